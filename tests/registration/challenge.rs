//! Challenges of the registrar: when they are answered, and when no more
//! (RFC 3261 section 22, RFC 7616, RFC 8760).

use crate::client::{Client, password};
use crate::digest::{REALM, challenge, digest, verified, verified_with};
use prackle::auth::{Credentials, Hash, Presented};
use prackle::message::Name;
use prackle::protocol::Config;

const MD5: &str = "algorithm=MD5";

#[test]
fn a_challenge_is_answered_at_once() {
    let mut client = Client::new();
    client.register();
    client.take();
    let first = client.last();
    client.answer(401, &challenge("n1"));
    assert_eq!(client.take(), ["REGISTER"], "the application hears nothing of it");
    let second = client.last();
    assert_eq!(verified(&second, Name::Authorization), ("n1".to_owned(), 1));
    assert!(second.header(Name::ProxyAuthorization).is_none());
    assert_eq!((second.call_id(), second.from_tag()), (first.call_id(), first.from_tag()));
    assert_eq!(second.cseq().number, first.cseq().number + 1, "RFC 3261 section 22.2");
    assert_ne!(second.via().branch(), first.via().branch());
    assert_eq!(second.header(Name::Contact), first.header(Name::Contact));
    client.grant(600, "");
    assert_eq!(client.take(), ["<registered 600>", "<settled 1 200>"]);
}

#[test]
fn a_wrong_password_is_tried_once() {
    let mut client = Client::new();
    client.register();
    client.answer(401, &challenge("n1"));
    client.take();
    client.answer(401, &challenge("n1"));
    assert_eq!(client.take(), ["<unregistered Unauthorized 401>", "<failed 1 Unauthorized 401>"]);
    client.pass(3_600_000);
    assert_eq!(client.take(), [""; 0], "RFC 3261 section 22.1: rejected credentials are not sent again");
}

#[test]
fn a_nonce_that_changes_without_a_word_is_answered_once_more() {
    let mut client = Client::new();
    client.register();
    client.answer(401, &challenge("n1"));
    client.answer(401, &challenge("n2"));
    assert_eq!(verified(&client.last(), Name::Authorization), ("n2".to_owned(), 1));
    client.take();
    client.answer(401, &challenge("n3"));
    assert_eq!(client.take(), ["<unregistered Unauthorized 401>", "<failed 1 Unauthorized 401>"]);
    client.pass(3_600_000);
    assert_eq!(client.take(), [""; 0]);
}

#[test]
fn a_stale_nonce_is_replaced() {
    let mut client = Client::new();
    client.register();
    client.answer(401, &challenge("n1"));
    client.grant(600, "");
    client.pass_until_sent(600_000);
    client.take();
    let stale = format!("WWW-Authenticate: {}\r\n", digest("n2", "algorithm=MD5, stale=true"));
    client.answer(401, &stale);
    assert_eq!(client.take(), ["REGISTER"], "neither failure nor question");
    assert_eq!(verified(&client.last(), Name::Authorization), ("n2".to_owned(), 1));
    client.grant(600, "");
    assert_eq!(client.take(), ["<registered 600>"]);
}

#[test]
fn a_server_that_calls_every_nonce_stale_is_given_up() {
    let mut client = Client::new();
    client.register();
    for number in 0..10 {
        client.answer(401, &format!("WWW-Authenticate: {}\r\n", digest(&format!("n{number}"), "stale=true")));
    }
    let words = client.take();
    assert!(words.len() <= 8, "{words:?}");
    assert_eq!(words.last().map(String::as_str), Some("<failed 1 Unauthorized 401>"));
}

#[test]
fn refreshes_use_the_nonce_with_a_rising_count() {
    let mut client = Client::new();
    client.register();
    client.answer(401, &challenge("n1"));
    for count in 1..6 {
        let register = client.last();
        assert_eq!(verified(&register, Name::Authorization), ("n1".to_owned(), count));
        assert_eq!(register.cseq().number, count + 1, "one request each");
        client.grant(600, "");
        client.pass_until_sent(600_000);
    }
}

#[test]
fn unregistering_and_registering_anew_use_the_nonce_too() {
    let mut client = Client::new();
    client.register();
    client.answer(401, &challenge("n1"));
    client.grant(600, "");
    client.unregister(false);
    assert_eq!(verified(&client.last(), Name::Authorization), ("n1".to_owned(), 2));
    client.answer(200, "");
    client.register();
    assert_eq!(verified(&client.last(), Name::Authorization), ("n1".to_owned(), 3));
    client.lose_connection();
    client.restore_connection();
    assert_eq!(verified(&client.last(), Name::Authorization), ("n1".to_owned(), 4));
}

#[test]
fn an_unregistration_can_be_challenged() {
    let mut client = Client::registered();
    client.unregister(false);
    client.answer(401, &challenge("n1"));
    assert_eq!(verified(&client.last(), Name::Authorization), ("n1".to_owned(), 1));
    assert_eq!(client.last().expires(), Some(0));
    client.take();
    client.answer(200, "");
    assert_eq!(client.take(), ["<unregistered>", "<settled 2 200>"]);
}

#[test]
fn proxy_and_registrar_may_challenge_the_same_request() {
    let mut client = Client::new();
    client.register();
    client.answer(407, &format!("Proxy-Authenticate: {}\r\n", digest("p1", MD5)));
    let second = client.last();
    assert_eq!(verified(&second, Name::ProxyAuthorization), ("p1".to_owned(), 1));
    assert!(second.header(Name::Authorization).is_none());
    client.answer(401, &challenge("n1"));
    let third = client.last();
    assert_eq!(verified(&third, Name::ProxyAuthorization), ("p1".to_owned(), 2));
    assert_eq!(verified(&third, Name::Authorization), ("n1".to_owned(), 1));
    client.take();
    client.grant(600, "");
    assert_eq!(client.take(), ["<registered 600>", "<settled 1 200>"]);
    client.pass_until_sent(600_000);
    assert_eq!(verified(&client.last(), Name::ProxyAuthorization), ("p1".to_owned(), 3));
    assert_eq!(verified(&client.last(), Name::Authorization), ("n1".to_owned(), 2));
}

#[test]
fn both_challenges_in_one_response_are_answered_together() {
    let mut client = Client::new();
    client.register();
    let proxy = format!("Proxy-Authenticate: {}\r\n", digest("p1", MD5));
    client.answer(401, &format!("{proxy}{}", challenge("n1")));
    let second = client.last();
    assert_eq!(verified(&second, Name::ProxyAuthorization), ("p1".to_owned(), 1));
    assert_eq!(verified(&second, Name::Authorization), ("n1".to_owned(), 1));
}

#[test]
fn the_better_algorithm_of_two_is_taken() {
    let (sha, md5) = (digest("s1", "algorithm=SHA-256"), digest("m1", MD5));
    for fields in [
        format!("WWW-Authenticate: {sha}\r\nWWW-Authenticate: {md5}\r\n"),
        format!("WWW-Authenticate: {md5}\r\nWWW-Authenticate: {sha}\r\n"),
        format!("WWW-Authenticate: {md5}, {sha}\r\n"),
    ] {
        let mut client = Client::new();
        client.register();
        client.answer(401, &fields);
        let register = client.last();
        assert_eq!(verified(&register, Name::Authorization), ("s1".to_owned(), 1), "{fields}");
        assert!(register.header(Name::Authorization).is_some_and(|value| value.contains("algorithm=SHA-256")));
    }
}

#[test]
fn what_cannot_be_answered_is_final() {
    for fields in [
        String::new(),
        "WWW-Authenticate: Basic realm=\"example.com\"\r\n".to_owned(),
        format!("WWW-Authenticate: {}\r\n", digest("n1", "algorithm=BLAKE3")),
        "WWW-Authenticate: Digest realm=\"example.com\"\r\n".to_owned(),
        "WWW-Authenticate: \r\n".to_owned(),
    ] {
        let mut client = Client::new();
        client.register();
        client.take();
        client.answer(401, &fields);
        assert_eq!(client.take(), ["<unregistered Unauthorized 401>", "<failed 1 Unauthorized 401>"], "{fields}");
    }
}

#[test]
fn without_credentials_a_challenge_is_final() {
    let mut client = Client::with(|config| config.credentials = None);
    client.register();
    client.take();
    client.answer(401, &challenge("n1"));
    assert_eq!(client.take(), ["<unregistered Unauthorized 401>", "<failed 1 Unauthorized 401>"]);
}

/// `H(alice:example.com:wonderland)`, in hexadecimal.
fn ha1(hash: Hash) -> String {
    hash.of(format!("alice:{REALM}:wonderland").as_bytes()).to_string()
}

fn with_ha1(config: &mut Config, ha1: String) {
    let credentials = config.credentials.as_mut().expect("credentials");
    (credentials.password, credentials.ha1, credentials.realm) = (None, Some(ha1), Some(REALM.to_owned()));
}

#[test]
fn an_ha1_serves_its_own_algorithm() {
    for (hash, other, name) in [(Hash::Md5, "SHA-256", "MD5"), (Hash::Sha256, "MD5", "SHA-256")] {
        let mut client = Client::with(|config| with_ha1(config, ha1(hash)));
        client.register();
        let offered = [(other, "other"), (name, "own")]
            .map(|(name, nonce)| format!("WWW-Authenticate: {}\r\n", digest(nonce, &format!("algorithm={name}"))));
        client.answer(401, &offered.concat());
        assert_eq!(verified(&client.last(), Name::Authorization), ("own".to_owned(), 1), "{name}");
        client.grant(600, "");
    }
}

#[test]
fn an_ha1_is_of_no_use_for_another_algorithm_or_realm() {
    for challenge in [
        "Digest realm=\"example.com\", nonce=\"n\", qop=\"auth\", algorithm=SHA-256",
        "Digest realm=\"example.net\", nonce=\"n\", qop=\"auth\", algorithm=MD5",
    ] {
        let mut client = Client::with(|config| with_ha1(config, ha1(Hash::Md5)));
        client.register();
        client.take();
        client.answer(401, &format!("WWW-Authenticate: {challenge}\r\n"));
        assert_eq!(client.take(), ["<unregistered Unauthorized 401>", "<failed 1 Unauthorized 401>"], "{challenge}");
    }
}

#[test]
fn session_algorithms_opaque_and_old_servers_are_served() {
    for (more, qop) in [
        ("algorithm=SHA-256-sess, opaque=\"o\\\"1\"", true),
        ("algorithm=SHA-512-256", true),
        ("userhash=true, algorithm=SHA-256", true),
        ("opaque=\"\"", false),
    ] {
        let mut client = Client::new();
        client.register();
        let qop = if qop { "qop=\"auth-int, auth\", " } else { "" };
        client.answer(401, &format!("WWW-Authenticate: Digest realm=\"{REALM}\", {qop}nonce=\"n1\", {more}\r\n"));
        let register = client.last();
        let value = register.header(Name::Authorization).expect("credentials");
        let presented = Presented::parse(value).expect("Digest");
        let alice = Credentials::password("alice", "wonderland");
        assert!(presented.verify(&alice, "REGISTER", b""), "{more}: {value}");
        if let Some((_, opaque)) = more.split_once("opaque=") {
            assert!(value.ends_with(&format!("opaque={opaque}")), "{value}");
        }
    }
}

#[test]
fn names_and_passwords_of_any_script_are_served() {
    let (name, secret) = ("Zoë \"Z\" \\ :", "пароль€\"");
    let mut client = Client::with(|config| config.credentials = Some(password(name, secret)));
    client.register();
    client.answer(401, &challenge("n1"));
    verified_with(&client.last(), Name::Authorization, &Credentials::password(name, secret));
}
