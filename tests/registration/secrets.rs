//! What must not be seen: passwords, hashes, digests and entropy, neither in the trace, nor in
//! events, nor in what Debug shows.

use crate::client::{Client, password};
use crate::digest::{challenge, proxy_challenge};
use prackle::auth::Hash;
use prackle::message::{Challenge, Message, Name};
use prackle::protocol::{Command, Credentials, Event};

/// The octets as Debug shows them: `97, 98, 99`.
fn octets(text: &str) -> String {
    let numbers: Vec<String> = text.bytes().map(|octet| octet.to_string()).collect();
    numbers.join(", ")
}

/// Alice, who was challenged by proxy and registrar, and what must not be seen of her. She
/// has a call and a request on their way.
fn challenged() -> (Client, Vec<String>) {
    let mut client = Client::new();
    client.command(Command::Trace { live: true });
    client.register();
    client.answer(407, &proxy_challenge("p1"));
    client.answer(401, &challenge("n1"));
    client.grant(600, "");
    client.options();
    client.invite();
    let mut secrets: Vec<String> = client.sent.iter().flat_map(|(_, request)| digests(request)).collect();
    assert_eq!(secrets.len(), 5, "one and two of REGISTER, one of OPTIONS, one of INVITE");
    secrets.extend(["wonderland".to_owned(), Hash::Md5.of(b"alice:example.com:wonderland")]);
    (client, secrets)
}

/// The digests that a request carries.
fn digests(request: &Message) -> Vec<String> {
    let fields = [Name::Authorization, Name::ProxyAuthorization];
    let values = fields.into_iter().filter_map(|name| request.header(name));
    values.filter_map(|value| Some(Challenge::parse(value)?.param("response")?.into_owned())).collect()
}

fn check(shown: &str, secrets: &[String], place: &str) {
    for secret in secrets {
        assert!(secret.len() >= 8);
        assert!(!shown.contains(secret.as_str()), "{place}: {secret}");
        assert!(!shown.contains(&octets(secret)), "{place}: {secret} as octets");
    }
}

#[test]
fn the_trace_masks_what_proves_us() {
    let (client, secrets) = challenged();
    let shown: Vec<String> = client.agent.trace().map(|entry| entry.text).collect();
    check(&shown.concat(), &secrets, "the trace");
    assert!(shown.iter().any(|text| text.contains("Authorization: Digest username=\"alice\"")), "{shown:?}");
    assert!(shown.iter().any(|text| text.contains("response=\"***\"")), "{shown:?}");
    assert_eq!(shown.len(), 8, "three requests, three answers, OPTIONS, INVITE");
}

#[test]
fn events_hold_no_secrets() {
    let (client, secrets) = challenged();
    assert!(client.events().iter().any(|event| matches!(event, Event::Trace(_))), "the live trace is among them");
    check(&format!("{:?}", client.events()), &secrets, "events");
}

#[test]
fn debug_shows_no_secrets() {
    let (client, secrets) = challenged();
    let shown = format!("{:?}", client.agent);
    check(&shown, &secrets, "the agent");
    assert!(shown.contains("sip:alice@example.com"), "but it does show something");
}

#[test]
fn debug_shows_no_entropy() {
    // Whoever knows the key of the generator knows every tag, branch and cnonce to come.
    let client = Client::offline(0xa7, |_| {});
    let shown = format!("{:?}", client.agent);
    let word = u32::from_le_bytes([0xa7; 4]).to_string();
    assert!(!shown.contains(&word), "{shown}");
    assert!(!shown.contains(&[word.as_str(); 2].join(", ")));
}

#[test]
fn supplied_credentials_are_not_shown_either() {
    let mut client = Client::with(|config| {
        config.credentials = None;
        config.ask_credentials = true;
    });
    client.register();
    client.answer(401, &challenge("n1"));
    let given = password("alice", "wonderland");
    let ha1 = Credentials { ha1: Some("0123456789abcdef".repeat(2)), ..given.clone() };
    for shown in [format!("{given:?}"), format!("{ha1:?}")] {
        assert!(!shown.contains("wonderland") && !shown.contains("0123456789abcdef"), "{shown}");
    }
    let command = Command::Credentials { token: client.question(), credentials: Some(given) };
    assert!(!format!("{command:?}").contains("wonderland"));
    client.command(command);
    check(&format!("{:?}", client.agent), &["wonderland".to_owned()], "the agent");
    let config = crate::client::alice();
    assert!(!format!("{config:?}").contains("wonderland"));
}

#[test]
fn credentials_of_any_form_are_masked_in_what_arrives() {
    let mut client = Client::new();
    for (number, (name, value)) in [
        ("Authorization", "Digest username=\"mallory\", response=\"feedfacefeedface\""),
        ("proxy-authorization", "DIGEST RESPONSE = \"feedfacefeedface\" , nc=00000001"),
        ("AUTHORIZATION ", "Basic feedfacefeedface"),
        ("Authorization", "Digest username=\"mallory\",\r\n response=\"feedfacefeedface\""),
        ("Authorization", "Bearer\r\n\tfeedfacefeedface"),
        ("Authorization", "\r\n Bearer feedfacefeedface"),
    ]
    .into_iter()
    .enumerate()
    {
        client.receive(format!(
            "OPTIONS sip:alice@a.invalid SIP/2.0\r\nVia: SIP/2.0/WSS x.example.com;branch=z9hG4bKs{number}\r\n\
             From: <sip:m@example.com>;tag=m\r\nTo: <sip:alice@example.com>\r\nCall-ID: s{number}\r\n\
             CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\n{name}: {value}\r\nSubject: after\r\nContent-Length: 0\r\n\r\n"
        ));
        let text = client.agent.trace().filter(|entry| entry.text.starts_with("OPTIONS")).last().expect("it").text;
        assert!(!text.contains("feedface"), "{text}");
        assert!(text.contains("Subject: after\r\n"), "{text}");
    }
}
