//! The rules of the client against written challenges, and both halves against each other.
//! That the numbers themselves are right is shown by the vectors in `tests/digest.rs`.

use super::super::digest::{Digest, Qop, ha1, session_ha1};
use super::super::verify::{Demand, Presented};
use super::*;
use crate::message::Name;
use alloc::format;
use alloc::string::ToString;

const NAME: &str = "alice";
const PASSWORD: &str = "secret";

/// A user agent and the requests that it sends.
struct Client {
    auth: Auth,
    random: Random,
}

/// One request: its ledger, and what was written last.
struct Request {
    method: &'static str,
    call_id: String,
    body: &'static [u8],
    attempts: Attempts,
    authorization: Vec<String>,
    proxy_authorization: Vec<String>,
}

impl Client {
    fn new(credentials: Vec<Credentials>) -> Self {
        Self { auth: Auth::new("example.com", credentials, false), random: Random::new([5; 32]) }
    }

    fn alice() -> Self {
        Self::new(alloc::vec![Credentials::password(NAME, PASSWORD)])
    }

    fn asking() -> Self {
        Self { auth: Auth::new("example.com", Vec::new(), true), random: Random::new([6; 32]) }
    }

    /// Sends a new request.
    fn send(&mut self, method: &'static str, call_id: &str) -> Request {
        self.send_body(method, call_id, b"")
    }

    fn send_body(&mut self, method: &'static str, call_id: &str, body: &'static [u8]) -> Request {
        let mut request = Request {
            method,
            call_id: call_id.to_string(),
            body,
            attempts: Attempts::new(),
            authorization: Vec::new(),
            proxy_authorization: Vec::new(),
        };
        self.resend(&mut request);
        request
    }

    fn resend(&mut self, request: &mut Request) {
        let mut out = Writer::request(request.method, "sip:bob@example.com");
        let Request { method, call_id, body, .. } = request;
        let outgoing = Outgoing { method, uri: "sip:bob@example.com", call_id, body };
        self.auth.authorize(&outgoing, &mut request.attempts, &mut self.random, &mut out);
        let message = Message::parse(&complete(&mut out, method, call_id)).expect("what we write");
        let fields = |name| message.fields(name).map(ToString::to_string).collect();
        request.authorization = fields(Name::Authorization);
        request.proxy_authorization = fields(Name::ProxyAuthorization);
    }

    /// The request is challenged by these fields, and sent again if the verdict says so.
    fn challenge(&mut self, request: &mut Request, fields: &str) -> Verdict {
        let response = response(401, request.method, &request.call_id, fields, "");
        let verdict = self.auth.challenge(&response, &mut request.attempts);
        if verdict == Verdict::Retry {
            self.resend(request);
        }
        verdict
    }

    fn confirm(&mut self, request: &Request, fields: &str, body: &str) -> Confirmation {
        let response = response(200, request.method, &request.call_id, fields, body);
        self.auth.confirm(&response, "sip:bob@example.com")
    }
}

impl Request {
    fn presented(&self) -> Presented<'_> {
        let [value] = self.authorization.as_slice() else { panic!("one Authorization: {:?}", self.authorization) };
        Presented::parse(value).unwrap_or_else(|| panic!("credentials: {value}"))
    }

    fn proxy_presented(&self) -> Presented<'_> {
        let [value] = self.proxy_authorization.as_slice() else { panic!("one: {:?}", self.proxy_authorization) };
        Presented::parse(value).unwrap_or_else(|| panic!("credentials: {value}"))
    }

    fn is_bare(&self) -> bool {
        self.authorization.is_empty() && self.proxy_authorization.is_empty()
    }
}

fn complete(out: &mut Writer, method: &str, call_id: &str) -> Vec<u8> {
    out.field_named("Via", "SIP/2.0/WS a.invalid;branch=z9hG4bK1");
    out.field_named("From", "<sip:alice@example.com>;tag=1").field_named("To", "<sip:bob@example.com>");
    out.field_named("Call-ID", call_id).field_named("CSeq", &format!("1 {method}")).finish()
}

fn response(status: u16, method: &str, call_id: &str, fields: &str, body: &str) -> Message {
    let text = format!(
        "SIP/2.0 {status} Text\r\nVia: SIP/2.0/WS a.invalid;branch=z9hG4bK1\r\nFrom: <sip:alice@example.com>;tag=1\r\n\
         To: <sip:bob@example.com>;tag=2\r\nCall-ID: {call_id}\r\nCSeq: 1 {method}\r\n{fields}\r\n\r\n{body}"
    );
    Message::parse(text.as_bytes()).expect("a written response")
}

fn www(parameters: &str) -> String {
    format!("WWW-Authenticate: Digest {parameters}")
}

fn proxy(parameters: &str) -> String {
    format!("Proxy-Authenticate: Digest {parameters}")
}

const ALL: [Algorithm; 6] = [
    Algorithm::Md5,
    Algorithm::Md5Sess,
    Algorithm::Sha256,
    Algorithm::Sha256Sess,
    Algorithm::Sha512_256,
    Algorithm::Sha512_256Sess,
];

#[test]
fn what_the_client_writes_the_server_takes() {
    for algorithm in ALL {
        for (qop, expected) in [("auth", Qop::Auth), ("auth-int", Qop::AuthInt), ("auth-int,auth", Qop::Auth)] {
            for userhash in ["true", "false"] {
                let mut client = Client::alice();
                let mut request = client.send_body("INVITE", "c", b"v=0\r\n");
                assert!(request.is_bare());
                let name = algorithm.as_str();
                let fields =
                    format!("realm=\"example.com\", nonce=\"n\", algorithm={name}, qop=\"{qop}\", userhash={userhash}");
                assert_eq!(client.challenge(&mut request, &www(&fields)), Verdict::Retry);
                let presented = request.presented();
                assert_eq!((presented.algorithm, presented.qop), (algorithm, expected));
                assert_eq!(presented.is_hashed(), userhash == "true");
                assert_eq!((presented.count(), &*presented.uri), (Some(1), "sip:bob@example.com"));
                let right = Credentials::password(NAME, PASSWORD);
                assert!(presented.verify(&right, "INVITE", b"v=0\r\n"), "{name} {qop}");
                assert!(!presented.verify(&right, "BYE", b"v=0\r\n"), "another method");
                assert_eq!(presented.verify(&right, "INVITE", b"v=1\r\n"), expected == Qop::Auth, "another body");
                assert!(!presented.verify(&Credentials::password(NAME, "Secret"), "INVITE", b"v=0\r\n"));
                assert!(!presented.verify(&Credentials::password("bob", PASSWORD), "INVITE", b"v=0\r\n"));
            }
        }
    }
}

#[test]
fn a_written_demand_is_answered() {
    for (algorithm, stale) in ALL.into_iter().zip([false, true, false, true, false, true]) {
        let demand =
            Demand { realm: "a \"b\" \\c", nonce: "n\"1", opaque: Some("o\\"), algorithm, stale, userhash: stale };
        let mut client = Client::alice();
        let mut request = client.send("REGISTER", "c");
        client.challenge(&mut request, &format!("WWW-Authenticate: {}", demand.value()));
        let presented = request.presented();
        assert_eq!((&*presented.realm, &*presented.nonce), (demand.realm, demand.nonce));
        assert_eq!(presented.opaque.as_deref(), demand.opaque);
        assert!(presented.verify(&Credentials::password(NAME, PASSWORD), "REGISTER", b""));
    }
}

// RFC 2069: no qop, hence neither cnonce nor nc; and no algorithm where none was named.
#[test]
fn without_qop_the_old_form_is_written() {
    let mut client = Client::alice();
    let mut request = client.send("REGISTER", "c");
    client.challenge(&mut request, &www("realm=\"r\", nonce=\"n\""));
    let [value] = request.authorization.as_slice() else { panic!("one field") };
    for absent in ["qop", "nc=", "cnonce", "algorithm", "opaque", "userhash"] {
        assert!(!value.contains(absent), "{value}");
    }
    assert!(request.presented().verify(&Credentials::password(NAME, PASSWORD), "REGISTER", b""));
}

// RFC 3261 section 22.4 (8): what depends on the cnonce cannot do without qop.
#[test]
fn a_session_algorithm_without_qop_is_answered_with_auth() {
    let mut client = Client::alice();
    let mut request = client.send("REGISTER", "c");
    client.challenge(&mut request, &www("realm=\"r\", nonce=\"n\", algorithm=MD5-sess"));
    assert_eq!(request.presented().qop, Qop::Auth);
}

#[test]
fn the_strongest_supported_challenge_of_a_realm_is_taken() {
    let md5 = "Digest realm=\"r\", nonce=\"m\", qop=\"auth\"";
    let sha = "Digest realm=\"r\", nonce=\"s\", qop=\"auth\", algorithm=SHA-256";
    let sha512 = "Digest realm=\"r\", nonce=\"t\", qop=\"auth\", algorithm=SHA-512-256";
    let unknown = "Digest realm=\"r\", nonce=\"u\", qop=\"auth\", algorithm=AKAv1-MD5";
    let other = "Basic realm=\"r\"";
    let strange = "Digest realm=\"r\", nonce=\"q\", qop=\"auth-conf\", algorithm=SHA-512-256";
    for (challenges, expected) in [
        (&[md5, sha][..], Some("s")),
        (&[sha, md5], Some("s")),
        (&[md5, sha512, sha], Some("t")),
        (&[unknown, md5], Some("m")),
        (&[other, md5, unknown], Some("m")),
        (&[strange, sha], Some("s")),
        (&[unknown, other, strange], None),
        (&[], None),
    ] {
        let one_field = format!("WWW-Authenticate: {}", challenges.join(", "));
        let many: Vec<String> = challenges.iter().map(|text| format!("www-authenticate: {text}")).collect();
        for fields in [one_field, many.join("\r\n")] {
            let fields = if challenges.is_empty() { "X: y" } else { fields.as_str() };
            let mut client = Client::alice();
            let mut request = client.send("REGISTER", "c");
            let verdict = client.challenge(&mut request, fields);
            match expected {
                None => assert_eq!(verdict, Verdict::GiveUp(Reason::Unsupported), "{fields}"),
                Some(nonce) => assert_eq!(&*request.presented().nonce, nonce, "{fields}"),
            }
        }
    }
}

#[test]
fn equally_strong_challenges_are_taken_from_the_top() {
    for (first, second) in [(Algorithm::Sha256Sess, Algorithm::Sha256), (Algorithm::Md5, Algorithm::Md5Sess)] {
        let field = |algorithm: Algorithm| www(&format!("realm=\"r\", nonce=\"n\", algorithm={}", algorithm.as_str()));
        let mut client = Client::alice();
        let mut request = client.send("REGISTER", "c");
        client.challenge(&mut request, &format!("{}\r\n{}", field(first), field(second)));
        assert_eq!(request.presented().algorithm, first);
    }
}

#[test]
fn a_stored_ha1_decides_the_algorithm() {
    let stored = ha1(Hash::Md5, NAME, "r", PASSWORD);
    let mut client = Client::new(alloc::vec![Credentials::ha1(NAME, "r", Hash::Md5, &stored).unwrap()]);
    let both = format!("{}\r\n{}", www("realm=\"r\", nonce=\"1\", algorithm=SHA-256"), www("realm=\"r\", nonce=\"2\""));
    let mut request = client.send("REGISTER", "c");
    assert_eq!(client.challenge(&mut request, &both), Verdict::Retry);
    assert!(request.presented().verify(&Credentials::password(NAME, PASSWORD), "REGISTER", b""));
    let mut request = client.send("REGISTER", "d");
    let verdict = client.challenge(&mut request, &www("realm=\"r\", nonce=\"3\", algorithm=SHA-256"));
    assert_eq!(verdict, Verdict::GiveUp(Reason::Unsupported));
    let mut request = client.send("REGISTER", "e");
    let verdict = client.challenge(&mut request, &www("realm=\"elsewhere\", nonce=\"4\""));
    assert_eq!(verdict, Verdict::GiveUp(Reason::NoCredentials));
}

#[test]
fn parameters_may_be_quoted_or_not_and_in_any_case() {
    let mut client = Client::alice();
    let mut request = client.send("REGISTER", "c");
    let fields =
        "WWW-Authenticate: DIGEST  Realm = \"r\" ,NONCE=n,ALGORITHM=\"sha-256\",QOP=Auth,Stale=FALSE,x=\"y,z\"";
    assert_eq!(client.challenge(&mut request, fields), Verdict::Retry);
    let presented = request.presented();
    assert_eq!((presented.algorithm, presented.qop, &*presented.nonce), (Algorithm::Sha256, Qop::Auth, "n"));
}

#[test]
fn incomplete_challenges_are_skipped() {
    let long = format!("realm=\"r\", nonce=\"{}\"", "n".repeat(10_000));
    for parameters in ["realm=\"r\"", "nonce=\"n\"", "", "realm", "=,=", long.as_str()] {
        let mut client = Client::alice();
        let mut request = client.send("REGISTER", "c");
        let verdict = client.challenge(&mut request, &www(parameters));
        assert_eq!(verdict, Verdict::GiveUp(Reason::Unsupported), "{}", parameters.len());
    }
}

#[test]
fn a_server_and_a_proxy_can_challenge_the_same_request() {
    let mut client = Client::alice();
    let mut request = client.send("INVITE", "c");
    assert_eq!(client.challenge(&mut request, &proxy("realm=\"p\", nonce=\"1\", qop=\"auth\"")), Verdict::Retry);
    assert_eq!((request.authorization.len(), request.proxy_authorization.len()), (0, 1));
    assert_eq!(client.challenge(&mut request, &www("realm=\"s\", nonce=\"2\", qop=\"auth\"")), Verdict::Retry);
    assert_eq!((request.authorization.len(), request.proxy_authorization.len()), (1, 1));
    assert_eq!((request.presented().count(), request.proxy_presented().count()), (Some(1), Some(2)));
}

// A B2BUA may use one realm and one nonce for both of its roles.
#[test]
fn the_same_realm_and_nonce_from_a_proxy_and_a_server_are_two_challenges() {
    let mut client = Client::alice();
    let mut request = client.send("INVITE", "c");
    assert_eq!(client.challenge(&mut request, &proxy("realm=\"r\", nonce=\"1\"")), Verdict::Retry);
    assert_eq!(client.challenge(&mut request, &www("realm=\"r\", nonce=\"1\"")), Verdict::Retry);
    assert_eq!((request.authorization.len(), request.proxy_authorization.len()), (1, 1));
}

// RFC 3261 section 22.3: a forking proxy puts the challenges of all branches into one response.
#[test]
fn all_realms_of_one_response_are_answered() {
    let mut client = Client::alice();
    let mut request = client.send("INVITE", "c");
    let fields =
        [proxy("realm=\"p\", nonce=\"1\""), proxy("realm=\"q\", nonce=\"2\""), www("realm=\"p\", nonce=\"3\"")];
    assert_eq!(client.challenge(&mut request, &fields.join("\r\n")), Verdict::Retry);
    assert_eq!((request.authorization.len(), request.proxy_authorization.len()), (1, 2));
}

#[test]
fn following_requests_reuse_the_nonce_with_a_rising_count() {
    let mut client = Client::alice();
    let mut request = client.send("REGISTER", "c");
    client.challenge(&mut request, &www("realm=\"example.com\", nonce=\"n\", qop=\"auth\""));
    for count in 2..20 {
        let request = client.send("REGISTER", "c");
        let presented = request.presented();
        assert_eq!((presented.count(), &*presented.nonce), (Some(count), "n"));
        assert!(presented.verify(&Credentials::password(NAME, PASSWORD), "REGISTER", b""));
    }
    assert!(client.send("REGISTER", "c").authorization.concat().contains("nc=00000014"));
}

// Two requests in flight can be challenged with one nonce: its count must not start again.
#[test]
fn a_nonce_given_twice_goes_on_counting() {
    let mut client = Client::alice();
    let (mut one, mut two) = (client.send("REGISTER", "c"), client.send("REGISTER", "c"));
    for (request, count) in [(&mut one, 1), (&mut two, 2)] {
        client.challenge(request, &www("realm=\"r\", nonce=\"n\", qop=\"auth\""));
        assert_eq!(request.presented().count(), Some(count));
    }
}

#[test]
fn requests_of_an_authenticated_dialog_carry_credentials_at_once() {
    let mut client = Client::alice();
    let mut invite = client.send("INVITE", "c");
    client.challenge(&mut invite, &proxy("realm=\"far.example\", nonce=\"n\", qop=\"auth\""));
    for (method, count) in [("PRACK", 2), ("UPDATE", 3), ("BYE", 4)] {
        let request = client.send(method, "c");
        assert_eq!(request.proxy_presented().count(), Some(count));
        assert!(request.proxy_presented().verify(&Credentials::password(NAME, PASSWORD), method, b""));
    }
    assert!(client.send("ACK", "c").is_bare() && client.send("CANCEL", "c").is_bare());
    assert!(client.send("INVITE", "d").is_bare(), "RFC 3261 section 22.3: not across dialogs");
}

#[test]
fn a_proxy_of_our_own_domain_gets_credentials_in_every_call() {
    for (realm, registers) in [("example.com", false), ("EXAMPLE.COM", false), ("asterisk", true)] {
        let mut client = Client::alice();
        if registers {
            let mut register = client.send("REGISTER", "r");
            client.challenge(&mut register, &www(&format!("realm=\"{realm}\", nonce=\"0\", qop=\"auth\"")));
        }
        let mut invite = client.send("INVITE", "c");
        client.challenge(&mut invite, &proxy(&format!("realm=\"{realm}\", nonce=\"n\", qop=\"auth\"")));
        assert_eq!(client.send("INVITE", "d").proxy_presented().count(), Some(2), "{realm}");
        assert_eq!(client.send("REGISTER", "e").proxy_authorization.len(), 1, "{realm}");
    }
}

#[test]
fn a_realm_that_the_configuration_names_is_of_our_domain() {
    let mut client = Client::new(alloc::vec![Credentials::password(NAME, PASSWORD).for_realm("pbx")]);
    let mut invite = client.send("INVITE", "c");
    client.challenge(&mut invite, &www("realm=\"pbx\", nonce=\"n\", qop=\"auth\""));
    assert_eq!(client.send("INVITE", "d").presented().count(), Some(2));
    assert!(client.send("REGISTER", "e").is_bare(), "the registrar has not challenged");
}

// A call can be challenged before its realm is known to be ours, and after.
#[test]
fn one_realm_gets_one_field() {
    let mut client = Client::alice();
    let mut invite = client.send("INVITE", "c");
    client.challenge(&mut invite, &proxy("realm=\"pbx\", nonce=\"1\""));
    let mut register = client.send("REGISTER", "r");
    client.challenge(&mut register, &www("realm=\"pbx\", nonce=\"2\""));
    let mut update = client.send("UPDATE", "c");
    client.challenge(&mut update, &proxy("realm=\"pbx\", nonce=\"3\""));
    assert_eq!(&*client.send("BYE", "c").proxy_presented().nonce, "3");
    assert_eq!(&*client.send("INVITE", "d").proxy_presented().nonce, "3");
}

// The digest of a registration is nothing for a callee to guess at.
#[test]
fn credentials_for_the_registrar_are_not_shown_to_callees() {
    let mut client = Client::alice();
    let mut register = client.send("REGISTER", "r");
    client.challenge(&mut register, &www("realm=\"example.com\", nonce=\"n\", qop=\"auth\""));
    assert!(client.send("INVITE", "c").is_bare());
    assert_eq!(client.send("REGISTER", "r").presented().count(), Some(2));
}

// The application learns that the password is wrong, and the server sees it twice at most.
#[test]
fn the_same_nonce_again_means_a_wrong_password() {
    let mut client = Client::alice();
    let mut request = client.send("REGISTER", "c");
    let fields = www("realm=\"r\", nonce=\"n\", qop=\"auth\"");
    assert_eq!(client.challenge(&mut request, &fields), Verdict::Retry);
    assert_eq!(client.challenge(&mut request, &fields), Verdict::GiveUp(Reason::Rejected));
}

// Kamailio answers an expired nonce, a repeated nc and a wrong password alike: with another
// nonce and never with stale=true.
#[test]
fn a_changed_nonce_without_stale_is_tried_once_more() {
    let mut client = Client::alice();
    let mut request = client.send("REGISTER", "c");
    assert_eq!(client.challenge(&mut request, &www("realm=\"r\", nonce=\"1\", qop=\"auth\"")), Verdict::Retry);
    assert_eq!(client.challenge(&mut request, &www("realm=\"r\", nonce=\"2\", qop=\"auth\"")), Verdict::Retry);
    let verdict = client.challenge(&mut request, &www("realm=\"r\", nonce=\"3\", qop=\"auth\""));
    assert_eq!(verdict, Verdict::GiveUp(Reason::Rejected));
}

#[test]
fn an_expired_nonce_of_a_former_request_is_replaced() {
    for stale in ["", ", stale=true", ", stale=\"TRUE\""] {
        let mut client = Client::alice();
        let mut first = client.send("REGISTER", "c");
        client.challenge(&mut first, &www("realm=\"r\", nonce=\"1\", qop=\"auth\""));
        let mut later = client.send("REGISTER", "c");
        assert_eq!(later.presented().count(), Some(2));
        assert_eq!(
            client.challenge(&mut later, &www(&format!("realm=\"r\", nonce=\"2\", qop=\"auth\"{stale}"))),
            Verdict::Retry
        );
        assert_eq!((&*later.presented().nonce, later.presented().count()), ("2", Some(1)));
    }
}

#[test]
fn stale_is_believed_once_more_and_not_for_ever() {
    let mut client = Client::alice();
    let mut request = client.send("REGISTER", "c");
    assert_eq!(client.challenge(&mut request, &www("realm=\"r\", nonce=\"1\"")), Verdict::Retry);
    assert_eq!(client.challenge(&mut request, &www("realm=\"r\", nonce=\"1\", stale=true")), Verdict::Retry);
    let verdict = client.challenge(&mut request, &www("realm=\"r\", nonce=\"1\", stale=true"));
    assert_eq!(verdict, Verdict::GiveUp(Reason::TooManyTries));
}

#[test]
fn a_request_is_sent_four_times_at_most() {
    let mut client = Client::alice();
    let mut request = client.send("INVITE", "c");
    for realm in ["a", "b", "c"] {
        assert_eq!(client.challenge(&mut request, &proxy(&format!("realm=\"{realm}\", nonce=\"n\""))), Verdict::Retry);
    }
    assert_eq!(request.attempts.retries(), 3);
    let verdict = client.challenge(&mut request, &proxy("realm=\"d\", nonce=\"n\""));
    assert_eq!(verdict, Verdict::GiveUp(Reason::TooManyTries));
}

#[test]
fn realms_in_plenty_are_forgotten_not_kept() {
    let mut client = Client::alice();
    for realm in 0..1000 {
        let mut request = client.send("INVITE", &format!("call{realm}"));
        let field = |n: u32| proxy(&format!("realm=\"{realm}-{n}\", nonce=\"n\""));
        let fields: Vec<String> = (0..20).map(field).collect();
        assert_eq!(client.challenge(&mut request, &fields.join("\r\n")), Verdict::Retry);
        assert!(client.auth.sessions.len() <= MAX_SESSIONS);
    }
    let mut asking = Client::asking();
    for realm in 0..1000 {
        assert!(asking.auth.supply(&realm.to_string(), Credentials::password(NAME, PASSWORD)));
    }
    assert!(asking.auth.keyring.find("0").is_none() && asking.auth.keyring.find("999").is_some());
}

#[test]
fn the_session_that_is_in_use_is_kept() {
    let mut client = Client::alice();
    let mut register = client.send("REGISTER", "r");
    client.challenge(&mut register, &www("realm=\"example.com\", nonce=\"n\", qop=\"auth\""));
    for call in 0..100 {
        let mut invite = client.send("INVITE", &format!("call{call}"));
        client.challenge(&mut invite, &proxy("realm=\"far.example\", nonce=\"n\""));
        assert_eq!(client.send("BYE", &format!("call{call}")).proxy_authorization.len(), 1);
        assert_eq!(client.send("REGISTER", "r").presented().count(), Some(call + 2));
    }
}

#[test]
fn names_are_quoted_hashed_or_extended() {
    let jason = "J\u{e4}s\u{f8}n Doe";
    for (name, more, expected) in [
        (r#"a"b\c"#, "", r#"username="a\"b\\c""#),
        (jason, "", "username=\"J\u{e4}s\u{f8}n Doe\""),
        (jason, ", charset=UTF-8", "username*=UTF-8''J%C3%A4s%C3%B8n%20Doe"),
        ("alice", ", charset=UTF-8", "username=\"alice\""),
        ("a\r\nb", "", "username*=UTF-8''a%0D%0Ab"),
        (
            jason,
            ", charset=UTF-8, userhash=true, algorithm=SHA-512-256",
            "username=\"793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b\", userhash=true",
        ),
    ] {
        let mut client = Client::new(alloc::vec![Credentials::password(name, PASSWORD)]);
        let mut request = client.send("REGISTER", "c");
        client.challenge(&mut request, &www(&format!("realm=\"api@example.org\", nonce=\"n\", qop=\"auth\"{more}")));
        let [value] = request.authorization.as_slice() else { panic!("one field") };
        assert!(value.starts_with(&format!("Digest {expected}, realm=")), "{value}");
        assert!(request.presented().verify(&Credentials::password(name, PASSWORD), "REGISTER", b""), "{value}");
    }
}

#[test]
fn escapes_are_removed_for_the_hash_and_put_back_for_the_wire() {
    let mut client = Client::alice();
    let mut request = client.send("REGISTER", "c");
    let challenge = r#"realm="a \"b\" \\c", nonce="n\"o\\nce", opaque="\"o\\p\"", qop="auth""#;
    client.challenge(&mut request, &www(challenge));
    let [value] = request.authorization.as_slice() else { panic!("one field") };
    for part in [r#"realm="a \"b\" \\c""#, r#"nonce="n\"o\\nce""#, r#"opaque="\"o\\p\"""#] {
        assert!(value.contains(part), "{value}");
    }
    assert_eq!(&*request.presented().realm, r#"a "b" \c"#);
    assert!(request.presented().verify(&Credentials::password(NAME, PASSWORD), "REGISTER", b""));
}

#[test]
fn the_next_nonce_is_used_and_counted_anew() {
    let mut client = Client::alice();
    let mut request = client.send("REGISTER", "c");
    client.challenge(&mut request, &www("realm=\"r\", nonce=\"1\", qop=\"auth\""));
    let info = request.presented().info(&Credentials::password(NAME, PASSWORD), b"", Some("2")).unwrap();
    let info = format!("Authentication-Info: {info}");
    assert_eq!(client.confirm(&request, &info, ""), Confirmation::Confirmed);
    let next = client.send("REGISTER", "c");
    assert_eq!((&*next.presented().nonce, next.presented().count()), ("2", Some(1)));
    assert!(next.presented().verify(&Credentials::password(NAME, PASSWORD), "REGISTER", b""));
    assert_eq!(client.confirm(&request, &info, ""), Confirmation::Unchecked, "late: that nonce is gone");
    assert_eq!(&*client.send("REGISTER", "c").presented().nonce, "2");
}

// RFC 7616 section 3.4.2: HA1 of a session is made of the nonce of the challenge, and stays.
#[test]
fn a_session_key_outlives_its_nonce() {
    let mut client = Client::alice();
    let mut request = client.send("REGISTER", "c");
    client.challenge(&mut request, &www("realm=\"r\", nonce=\"1\", qop=\"auth\", algorithm=SHA-256-sess"));
    let cnonce = |request: &Request| {
        let value = request.authorization.concat();
        value.split("cnonce=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default().to_string()
    };
    let response = |request: &Request| {
        let value = request.authorization.concat();
        value.split("response=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default().to_string()
    };
    let stored = ha1(Hash::Sha256, NAME, "r", PASSWORD);
    let key = session_ha1(Algorithm::Sha256Sess, stored, "1", &cnonce(&request));
    client.confirm(&request, &format!("Authentication-Info: nextnonce=\"2\", cnonce=\"{}\"", cnonce(&request)), "");
    let next = client.send("REGISTER", "c");
    let digest =
        Digest { algorithm: Algorithm::Sha256Sess, nonce: "2", cnonce: &cnonce(&next), nc: "00000001", qop: Qop::Auth };
    assert_eq!(response(&next), digest.response(&key, &digest.ha2("REGISTER", "sip:bob@example.com", "")));
}

#[test]
fn a_server_that_does_not_know_the_secret_is_found_out() {
    for (qop, algorithm) in [("auth", "MD5"), ("auth-int", "SHA-256"), ("auth", "SHA-512-256-sess")] {
        let mut client = Client::alice();
        let mut request = client.send("REGISTER", "c");
        let fields = format!("realm=\"r\", nonce=\"1\", qop=\"{qop}\", algorithm={algorithm}");
        client.challenge(&mut request, &www(&fields));
        let info = |password: &str| {
            let credentials = Credentials::password(NAME, password);
            format!("Authentication-Info: {}", request.presented().info(&credentials, b"body", None).unwrap())
        };
        assert_eq!(client.confirm(&request, &info(PASSWORD), "body"), Confirmation::Confirmed);
        assert_eq!(client.confirm(&request, &info("guess"), "body"), Confirmation::Mismatch);
        let changed = if qop == "auth-int" { Confirmation::Mismatch } else { Confirmation::Confirmed };
        assert_eq!(client.confirm(&request, &info(PASSWORD), "changed"), changed);
        assert_eq!(client.confirm(&request, "X: y", ""), Confirmation::Absent);
        let never_sent = info(PASSWORD).replace("nc=00000001", "nc=00000009");
        assert_eq!(client.confirm(&request, &never_sent, "body"), Confirmation::Unchecked);
    }
}

#[test]
fn the_next_nonce_of_an_impostor_is_not_taken() {
    let mut client = Client::alice();
    let mut request = client.send("REGISTER", "c");
    client.challenge(&mut request, &www("realm=\"r\", nonce=\"1\", qop=\"auth\""));
    let info = request.presented().info(&Credentials::password(NAME, "guess"), b"", Some("2")).unwrap();
    assert_eq!(client.confirm(&request, &format!("Authentication-Info: {info}"), ""), Confirmation::Mismatch);
    assert_eq!(&*client.send("REGISTER", "c").presented().nonce, "1");
}

#[test]
fn proxies_confirm_by_a_field_of_their_own() {
    let mut client = Client::alice();
    let mut request = client.send("INVITE", "c");
    client.challenge(&mut request, &proxy("realm=\"r\", nonce=\"1\", qop=\"auth\""));
    let info = request.proxy_presented().info(&Credentials::password(NAME, PASSWORD), b"", Some("2")).unwrap();
    assert_eq!(client.confirm(&request, &format!("Authentication-Info: {info}"), ""), Confirmation::Unchecked);
    assert_eq!(client.confirm(&request, &format!("Proxy-Authentication-Info: {info}"), ""), Confirmation::Confirmed);
    assert_eq!(&*client.send("BYE", "c").proxy_presented().nonce, "2");
}

#[test]
fn one_impostor_among_two_is_reported() {
    let mut client = Client::alice();
    let mut request = client.send("INVITE", "c");
    let fields = [www("realm=\"s\", nonce=\"1\", qop=\"auth\""), proxy("realm=\"p\", nonce=\"2\", qop=\"auth\"")];
    client.challenge(&mut request, &fields.join("\r\n"));
    let (right, wrong) = (Credentials::password(NAME, PASSWORD), Credentials::password(NAME, "guess"));
    for (server, relay, expected) in [
        (&right, &right, Confirmation::Confirmed),
        (&wrong, &right, Confirmation::Mismatch),
        (&right, &wrong, Confirmation::Mismatch),
    ] {
        let server = request.presented().info(server, b"", None).unwrap();
        let relay = request.proxy_presented().info(relay, b"", None).unwrap();
        let fields = format!("Authentication-Info: {server}\r\nProxy-Authentication-Info: {relay}");
        assert_eq!(client.confirm(&request, &fields, ""), expected);
    }
}

// Without qop nothing tells which nonce a confirmation is about.
#[test]
fn an_old_confirmation_is_checked_only_while_the_nonce_stays() {
    let mut client = Client::alice();
    let mut request = client.send("REGISTER", "c");
    client.challenge(&mut request, &www("realm=\"r\", nonce=\"1\""));
    let info = request.presented().info(&Credentials::password(NAME, PASSWORD), b"", Some("2")).unwrap();
    let info = format!("Authentication-Info: {info}");
    assert_eq!(client.confirm(&request, &info, ""), Confirmation::Confirmed);
    assert_eq!(client.confirm(&request, &info, ""), Confirmation::Unchecked);
}

#[test]
fn the_application_is_asked_and_its_answer_kept() {
    let mut client = Client::asking();
    let mut request = client.send("REGISTER", "c");
    let fields = www("realm=\"r\", nonce=\"1\", qop=\"auth\", algorithm=SHA-256");
    let question = Question { realm: "r".to_string(), algorithm: Algorithm::Sha256, stale: false };
    assert_eq!(client.challenge(&mut request, &fields), Verdict::Ask(question));
    assert!(!client.auth.supply("r", Credentials::password(NAME, PASSWORD).for_realm("s")));
    assert!(client.auth.supply("r", Credentials::password(NAME, PASSWORD)));
    client.resend(&mut request);
    assert!(request.presented().verify(&Credentials::password(NAME, PASSWORD), "REGISTER", b""));
    let mut later = client.send("REGISTER", "c");
    assert_eq!(later.presented().count(), Some(2), "asked once");
    assert_eq!(client.challenge(&mut later, &www("realm=\"r\", nonce=\"2\", stale=true")), Verdict::Retry);
}

#[test]
fn a_wrong_answer_of_the_application_is_forgotten() {
    let mut client = Client::asking();
    let mut request = client.send("REGISTER", "c");
    let fields = www("realm=\"r\", nonce=\"1\", qop=\"auth\"");
    client.challenge(&mut request, &fields);
    client.auth.supply("r", Credentials::password(NAME, "wrong"));
    client.resend(&mut request);
    assert_eq!(client.challenge(&mut request, &fields), Verdict::GiveUp(Reason::Rejected));
    let mut next = client.send("REGISTER", "c");
    assert!(next.is_bare());
    assert!(matches!(client.challenge(&mut next, &www("realm=\"r\", nonce=\"2\"")), Verdict::Ask(_)));
}

// A new answer for a -sess algorithm must not be computed with the key of the old one.
#[test]
fn a_new_answer_makes_a_new_session_key() {
    let mut client = Client::asking();
    let mut request = client.send("INVITE", "c");
    client.challenge(&mut request, &www("realm=\"r\", nonce=\"1\", qop=\"auth\", algorithm=MD5-sess"));
    for password in ["old", "new"] {
        client.auth.supply("r", Credentials::password(NAME, password));
        client.resend(&mut request);
        assert!(request.presented().verify(&Credentials::password(NAME, password), "INVITE", b""), "{password}");
    }
}

#[test]
fn known_realms_are_answered_before_the_application_is_asked() {
    let mut client = Client::asking();
    client.auth.supply("known", Credentials::password(NAME, PASSWORD));
    let mut request = client.send("INVITE", "c");
    let unknown = proxy("realm=\"unknown\", nonce=\"2\"");
    let both = format!("{unknown}\r\n{}", proxy("realm=\"known\", nonce=\"1\""));
    assert_eq!(client.challenge(&mut request, &both), Verdict::Retry);
    assert_eq!(&*request.proxy_presented().realm, "known");
    assert!(matches!(client.challenge(&mut request, &unknown), Verdict::Ask(question) if question.realm == "unknown"));
}

#[test]
fn without_credentials_and_without_asking_the_response_is_final() {
    let mut client = Client::new(Vec::new());
    let mut request = client.send("REGISTER", "c");
    let verdict = client.challenge(&mut request, &www("realm=\"r\", nonce=\"1\""));
    assert_eq!(verdict, Verdict::GiveUp(Reason::NoCredentials));
    assert!(client.send("REGISTER", "c").is_bare());
}

#[test]
fn a_response_proves_nothing_for_another_name() {
    let mut client = Client::alice();
    let mut request = client.send("REGISTER", "c");
    client.challenge(&mut request, &www("realm=\"r\", nonce=\"1\""));
    let stored = ha1(Hash::Md5, NAME, "r", PASSWORD);
    let named = |name| Credentials::ha1(name, "r", Hash::Md5, &stored).unwrap();
    assert!(request.presented().verify(&named(NAME), "REGISTER", b""));
    assert!(!request.presented().verify(&named("bob"), "REGISTER", b""));
}

#[test]
fn contradicting_or_incomplete_credentials_are_not_read() {
    let good = "Digest username=\"a\", realm=\"r\", nonce=\"n\", uri=\"sip:x\", response=\"0\"";
    assert!(Presented::parse(good).is_some());
    for (from, to) in [
        ("Digest", "Basic"),
        ("username=\"a\"", "username=\"a\", username*=UTF-8''a"),
        ("username=\"a\", ", ""),
        ("realm=\"r\", ", ""),
        ("uri=\"sip:x\", ", ""),
        ("nonce=\"n\"", "nonce=\"n\", algorithm=SHA-1"),
        ("nonce=\"n\"", "nonce=\"n\", qop=auth"),
        ("nonce=\"n\"", "nonce=\"n\", qop=auth-conf, nc=1, cnonce=\"c\""),
        (", response=\"0\"", ""),
    ] {
        assert!(Presented::parse(&good.replace(from, to)).is_none(), "{to}");
    }
}

#[test]
fn debug_output_shows_no_secret_and_no_digest() {
    let mut client = Client::alice();
    let mut request = client.send("REGISTER", "c");
    client.challenge(&mut request, &www("realm=\"r\", nonce=\"1\", qop=\"auth\", algorithm=MD5-sess"));
    let text = format!("{:?}", client.auth);
    assert!(text.contains("\"r\"") && !text.contains(PASSWORD) && !text.contains(&ha1(Hash::Md5, NAME, "r", PASSWORD)));
}
