//! The caller's mistakes: each is refused by its name, and nothing is sent.

use crate::client::{Client, alice, field, password};
use prackle::agent::UserAgent;
use prackle::protocol::{
    CallId, CallOptions, Command, Config, Credentials, Field, RefusalCode, RequestNumber, RequestOptions, Server, Token,
};
use prackle::time::Instant;

/// What `UserAgent::new` says to the configuration of Alice with a change.
fn configured(change: impl FnOnce(&mut Config)) -> Result<(), RefusalCode> {
    let mut config = alice();
    change(&mut config);
    UserAgent::new(config, [1; 32], Instant::default()).map(|_| ()).map_err(|refusal| refusal.code)
}

/// The command is refused with that code, and nothing happens.
fn refused(client: &mut Client, command: Command, code: RefusalCode) {
    let shown = format!("{command:?}");
    let load = client.agent.load();
    let refusal = client.try_command(command).expect_err(&shown);
    assert_eq!(refusal.code, code, "{shown}");
    assert_eq!(client.take(), [""; 0], "{shown}");
    assert_eq!(client.agent.load(), load, "{shown}");
}

fn request(method: &str, target: &str, options: RequestOptions) -> Command {
    Command::Request { request: RequestNumber(1), method: method.to_owned(), target: target.to_owned(), options }
}

fn call(target: &str, headers: Vec<Field>) -> Command {
    let options = CallOptions { headers, ..CallOptions::default() };
    Command::Call { call: CallId(1), target: target.to_owned(), options }
}

const BAD_TARGETS: &[&str] = &[
    "",
    "bob",
    "bob@example.com",
    "sip:",
    "sip:@example.com",
    "sip:bob@",
    "http://example.com",
    "mailto:bob@example.com",
    "sip:bob@example.com?Subject=x",
    "sip:bob@example.com\r\nX-Evil: 1",
    "sip:bob@example.com\n",
    "sip:bob@example.com\0",
    "sip:b ob@example.com",
    "sip:bob@exam ple.com",
    "sip:bob@example.com>",
    "<sip:bob@example.com>",
    "sip:bob@example.com:99999",
    "sip:bob@example.com;a=\"b\"",
    "sip:b%zzb@example.com",
    "sip:bób@example.com",
    " sip:bob@example.com",
];

/// Name, value: fields that no application may set.
const BAD_FIELDS: &[(&str, &str)] = &[
    ("X-A", "1\r\nX-Evil: 1"),
    ("X-A", "1\n"),
    ("X-A", "1\r"),
    ("X-A", "\0"),
    ("X A", "1"),
    ("X-A:", "1"),
    ("X-A\r\nX-Evil", "1"),
    ("", "1"),
    ("Via", "SIP/2.0/WSS x"),
    ("v", "SIP/2.0/WSS x"),
    ("From", "<sip:mallory@example.com>"),
    ("f", "<sip:mallory@example.com>"),
    ("to", "<sip:mallory@example.com>"),
    ("T", "<sip:mallory@example.com>"),
    ("CALL-ID", "x"),
    ("i", "x"),
    ("cseq", "9 INVITE"),
    ("Contact", "<sip:mallory@example.com>"),
    ("m", "<sip:mallory@example.com>"),
    ("Max-Forwards", "1"),
    ("Record-Route", "<sip:x;lr>"),
    ("Require", "x"),
    ("RSeq", "1"),
    ("RAck", "1 1 INVITE"),
    ("Authorization", "Basic x"),
    ("Proxy-Authorization", "Basic x"),
    ("Supported", "x"),
    ("k", "x"),
    ("Allow", "X"),
    ("Content-Length", "99"),
    ("l", "99"),
    ("Content-Type", "text/plain"),
    ("c", "text/plain"),
    ("Content-Encoding", "gzip"),
    ("e", "gzip"),
];

#[test]
fn targets_must_be_uris_that_can_be_requested() {
    let mut client = Client::new();
    for target in BAD_TARGETS {
        refused(&mut client, request("OPTIONS", target, RequestOptions::default()), RefusalCode::InvalidUri);
        refused(&mut client, call(target, Vec::new()), RefusalCode::InvalidUri);
    }
    for target in
        ["sip:bob@example.com", "sips:bob@example.com:5061;transport=ws", "tel:+49-30-1234;x=y", "sip:b%20b@[::1]"]
    {
        client.send("OPTIONS", target, RequestOptions::default()).expect(target);
        assert_eq!(client.last().uri(), target);
    }
}

#[test]
fn header_fields_must_be_valid_and_not_ours() {
    let mut client = Client::new();
    for (name, value) in BAD_FIELDS {
        let headers = vec![field(name, value)];
        let options = RequestOptions { headers: headers.clone(), ..RequestOptions::default() };
        let code = RefusalCode::InvalidHeader;
        refused(&mut client, request("MESSAGE", "sip:bob@example.com", options), code);
        refused(&mut client, call("sip:bob@example.com", headers.clone()), code);
        let number = RequestNumber(2);
        refused(&mut client, Command::Register { request: number, expires: None, headers }, code);
    }
}

#[test]
fn a_registration_says_its_own_lifetime() {
    let mut client = Client::new();
    for name in ["Expires", "expires"] {
        let register = Command::Register { request: RequestNumber(1), expires: None, headers: vec![field(name, "9")] };
        refused(&mut client, register, RefusalCode::InvalidHeader);
    }
    let register = Command::Register { request: RequestNumber(1), expires: Some(0), headers: Vec::new() };
    refused(&mut client, register, RefusalCode::InvalidArgument);
}

#[test]
fn content_types_must_be_media_types() {
    let mut client = Client::new();
    for content_type in ["", "text", "text/plain\r\nX-Evil: 1", "text/plain\n", "/", "a/", "/b"] {
        let content_type = Some(content_type.to_owned());
        let options = RequestOptions { body: Some("x".to_owned()), content_type, headers: Vec::new() };
        refused(&mut client, request("MESSAGE", "sip:bob@example.com", options), RefusalCode::InvalidHeader);
    }
}

#[test]
fn methods_must_be_ones_that_stand_alone() {
    let mut client = Client::new();
    for method in [
        "",
        "A B",
        "MESSAGE\r\n",
        "INVITE",
        "ACK",
        "CANCEL",
        "BYE",
        "PRACK",
        "UPDATE",
        "REGISTER",
        "SUBSCRIBE",
        "REFER",
        "Ä",
        "OPTIONS sip:x SIP/2.0\r\n",
    ] {
        let command = request(method, "sip:bob@example.com", RequestOptions::default());
        refused(&mut client, command, RefusalCode::InvalidMethod);
    }
}

#[test]
fn numbers_of_calls_must_be_free_and_low() {
    let mut client = Client::new();
    let numbered = |number| Command::Call {
        call: CallId(number),
        target: "sip:bob@example.com".to_owned(),
        options: CallOptions::default(),
    };
    client.command(numbered(5));
    client.take();
    refused(&mut client, numbered(5), RefusalCode::UnknownCall);
    refused(&mut client, numbered(CallId::FIRST_INCOMING), RefusalCode::UnknownCall);
    refused(&mut client, Command::Hangup { call: CallId(6), headers: Vec::new() }, RefusalCode::UnknownCall);
}

fn hashed(ha1: &str, realm: Option<&str>) -> Credentials {
    Credentials { password: None, ha1: Some(ha1.to_owned()), realm: realm.map(str::to_owned), ..password("alice", "") }
}

#[test]
fn credentials_must_be_whole() {
    let good = "0123456789abcdef0123456789ABCDEF";
    let sha = good.repeat(2);
    let bad = [
        hashed(&good[1..], Some("example.com")),
        hashed(&format!("{good}0"), Some("example.com")),
        hashed("", Some("example.com")),
        hashed("g123456789abcdef0123456789abcdef", Some("example.com")),
        hashed("é23456789abcdef0123456789abcdef0", Some("example.com")),
        hashed(good, None),
        hashed(good, Some("")),
        Credentials { password: None, ..password("alice", "") },
    ];
    let mut client = Client::new();
    for credentials in bad {
        let shown = credentials.ha1.clone();
        let config = configured(|config| config.credentials = Some(credentials.clone()));
        assert_eq!(config, Err(RefusalCode::InvalidArgument), "{shown:?}");
        let command = Command::Credentials { token: Token(1), credentials: Some(credentials) };
        refused(&mut client, command, RefusalCode::InvalidArgument);
    }
    for ha1 in [good, &sha] {
        assert_eq!(configured(|config| config.credentials = Some(hashed(ha1, Some("example.com")))), Ok(()));
    }
}

#[test]
fn servers_must_be_websocket_addresses() {
    for server in [
        "",
        "example.com",
        "http://example.com",
        "wss://",
        "ws:",
        "wss:/example.com",
        "wss://exa mple.com",
        "wss://example.com\r\n",
        "wss://exämple.com",
        "sip:example.com",
    ] {
        assert_eq!(
            configured(|config| config.servers = vec![Server::new(server)]),
            Err(RefusalCode::InvalidUri),
            "{server}"
        );
        let among = vec![Server::new("wss://good.example.com"), Server::new(server)];
        assert_eq!(configured(|config| config.servers = among), Err(RefusalCode::InvalidUri), "{server}");
    }
    assert_eq!(configured(|config| config.servers = Vec::new()), Err(RefusalCode::InvalidUri));
    assert_eq!(configured(|config| config.servers = vec![Server::new("ws://[::1]:8080/sip?a=b")]), Ok(()));
}

#[test]
fn numbers_must_be_in_their_range() {
    for t1 in [0, 1, 499, 10_001, u32::MAX] {
        assert_eq!(configured(|config| config.t1 = Some(t1)), Err(RefusalCode::InvalidArgument), "{t1}");
    }
    for t1 in [500, 10_000] {
        assert_eq!(configured(|config| config.t1 = Some(t1)), Ok(()), "{t1}");
    }
    assert_eq!(configured(|config| config.register_expires = Some(0)), Err(RefusalCode::InvalidArgument));
    assert_eq!(configured(|config| config.register_expires = Some(u32::MAX)), Ok(()));
}

#[test]
fn our_own_address_must_be_one() {
    let bad = ["sip:example.com", "tel:+4930", "sip:alice@example.com?Subject=x", "sips:", "sip:alice@ex>ample.com"];
    for uri in BAD_TARGETS.iter().chain(&bad) {
        assert_eq!(configured(|config| config.uri = (*uri).to_owned()), Err(RefusalCode::InvalidUri), "{uri}");
    }
    for uri in BAD_TARGETS.iter().chain(&["tel:+4930"]) {
        let registrar = Some((*uri).to_owned());
        assert_eq!(configured(|config| config.registrar = registrar), Err(RefusalCode::InvalidUri), "{uri}");
    }
}

#[test]
fn names_of_ours_must_fit_into_a_header_field() {
    for bad in ["a\r\nb", "a\nb", "a\0b", "\u{7f}"] {
        let refusal = configured(|config| config.display_name = Some(bad.to_owned()));
        assert_eq!(refusal, Err(RefusalCode::InvalidArgument));
        let refusal = configured(|config| config.user_agent = Some(bad.to_owned()));
        assert_eq!(refusal, Err(RefusalCode::InvalidHeader));
    }
    for bad in ["", "0001", "urn:", "urn:uuid:\"", "urn:uuid:a b", "urn:uuid:a>b", "urn:uuid:é", "urn:x\r\n"] {
        let refusal = configured(|config| config.instance_id = Some(bad.to_owned()));
        assert_eq!(refusal, Err(RefusalCode::InvalidArgument), "{bad}");
    }
}

#[test]
fn what_was_refused_leaves_no_trace_in_what_is_accepted() {
    let mut client = Client::new();
    let headers = vec![field("X-A", "1\r\n")];
    refused(
        &mut client,
        Command::Register { request: RequestNumber(1), expires: Some(77), headers },
        RefusalCode::InvalidHeader,
    );
    client.register();
    assert_eq!(client.take(), ["REGISTER", "<registering>"]);
    assert_eq!(client.last().expires(), Some(600));
}

// The request that had the number first was forgotten, and never settled.
#[test]
fn the_number_of_a_request_that_is_on_its_way_is_taken() {
    let mut client = Client::new();
    client.take();
    let options = || request("OPTIONS", "sip:bob@example.com", RequestOptions::default());
    client.try_command(options()).expect("nothing has that number");
    client.take();
    refused(&mut client, options(), RefusalCode::InvalidArgument);
}
