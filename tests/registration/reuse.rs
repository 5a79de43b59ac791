//! One challenge serves many requests: the nonce with a rising count, and the next nonce that
//! a server names (RFC 7616 sections 3.4 and 3.5, RFC 3261 section 22.3).

use crate::client::{ANSWER, Client, OFFER};
use crate::digest::{challenge, digest, info, proxy_challenge, verified};
use prackle::message::Name;
use prackle::protocol::{CallId, Command, RequestNumber, RequestOptions};

/// A 2xx to an INVITE.
const ANSWERED: &str = "Contact: <sip:bob@192.0.2.2;transport=tcp>\r\nContent-Type: application/sdp\r\n";

impl Client {
    fn proxied(&self) -> (String, u32) {
        verified(&self.last(), Name::ProxyAuthorization)
    }
}

#[test]
fn the_registrars_challenge_is_not_shown_to_callees() {
    let mut client = Client::new();
    client.register();
    client.answer(401, &challenge("n1"));
    client.grant(600, "");
    client.invite();
    let invite = client.last();
    assert!(invite.header(Name::Authorization).is_none() && invite.header(Name::ProxyAuthorization).is_none());
}

#[test]
fn one_challenge_of_the_proxy_serves_a_whole_call_and_all_else() {
    let mut client = Client::new();
    client.invite();
    client.answer(407, &proxy_challenge("p1"));
    // The ACK of the 407 has gone before.
    let invite = client.last();
    assert_eq!(client.proxied(), ("p1".to_owned(), 1));
    client.respond_with(&invite, 200, ANSWERED, ANSWER);
    let ack = client.sent_last("ACK");
    let repeated = ack.header(Name::ProxyAuthorization);
    assert_eq!(repeated, invite.header(Name::ProxyAuthorization), "RFC 3261 section 22.1: the same in the ACK");
    let info = RequestOptions { body: Some("Signal=1".to_owned()), ..RequestOptions::default() };
    client.command(Command::Info { call: CallId(1), request: RequestNumber(90), options: info });
    assert_eq!(client.proxied(), ("p1".to_owned(), 2), "INFO");
    client.answer(200, "");
    client.command(Command::Renegotiate { call: CallId(1), request: RequestNumber(91) });
    client.describe(OFFER);
    assert_eq!(client.proxied(), ("p1".to_owned(), 3), "INVITE once more");
    client.answer(488, "");
    client.hangup();
    assert_eq!(client.last().method().as_str(), "BYE");
    assert_eq!(client.proxied(), ("p1".to_owned(), 4), "BYE");
    client.answer(200, "");
    client.options();
    assert_eq!(client.proxied(), ("p1".to_owned(), 5), "OPTIONS");
    client.answer(200, "");
    client.register();
    assert_eq!(client.proxied(), ("p1".to_owned(), 6), "REGISTER");
    client.grant(600, "");
    client.invite();
    assert_eq!(client.proxied(), ("p1".to_owned(), 7), "the next call");
}

#[test]
fn a_prack_uses_the_nonce_too_and_a_cancel_does_not() {
    let mut client = Client::new();
    client.invite();
    client.answer(407, &proxy_challenge("p1"));
    let invite = client.last();
    let reliable = format!("{ANSWERED}Require: 100rel\r\nRSeq: 5\r\n");
    client.respond_with(&invite, 183, &reliable, ANSWER);
    assert_eq!(client.last().method().as_str(), "PRACK");
    assert_eq!(client.proxied(), ("p1".to_owned(), 2));
    client.hangup();
    let cancel = client.sent_last("CANCEL");
    assert!(cancel.header(Name::ProxyAuthorization).is_none(), "RFC 3261 section 22.1");
}

#[test]
fn an_unknown_realm_gets_credentials_in_its_own_call_only() {
    let mut client = Client::new();
    client.options();
    client.answer(407, "Proxy-Authenticate: Digest realm=\"far.example.net\", nonce=\"f1\", qop=\"auth\"\r\n");
    assert!(client.last().header(Name::ProxyAuthorization).is_some());
    client.answer(200, "");
    client.options();
    assert!(client.last().header(Name::ProxyAuthorization).is_none());
}

#[test]
fn the_next_nonce_is_taken_from_the_registrars_answer() {
    let mut client = Client::new();
    client.register();
    client.answer(401, &challenge("n1"));
    let register = client.last();
    client.grant(600, &format!("Authentication-Info: {}\r\n", info(&register, Name::Authorization, "n2")));
    client.take();
    client.pass_until_sent(600_000);
    assert_eq!(verified(&client.last(), Name::Authorization), ("n2".to_owned(), 1));
    client.grant(600, "");
    client.pass_until_sent(600_000);
    assert_eq!(verified(&client.last(), Name::Authorization), ("n2".to_owned(), 2), "and stays until the next");
    client.grant(600, "Authentication-Info: nextnonce=\"n3\"\r\n");
    client.pass_until_sent(600_000);
    assert_eq!(verified(&client.last(), Name::Authorization), ("n3".to_owned(), 1), "without proof, too");
}

#[test]
fn the_next_nonce_is_taken_from_proxies_and_failures() {
    let mut client = Client::new();
    client.options();
    client.answer(407, &proxy_challenge("p1"));
    let options = client.last();
    let next = format!("Proxy-Authentication-Info: {}\r\n", info(&options, Name::ProxyAuthorization, "p2"));
    client.answer(404, &next);
    client.options();
    assert_eq!(client.proxied(), ("p2".to_owned(), 1));
}

#[test]
fn the_next_nonce_is_taken_in_calls_and_from_the_first_2xx_alone() {
    let mut client = Client::new();
    client.invite();
    client.answer(407, &proxy_challenge("p1"));
    let invite = client.last();
    let next = |nonce: &str| format!("{ANSWERED}Proxy-Authentication-Info: nextnonce=\"{nonce}\"\r\n");
    client.respond_with(&invite, 200, &next("p2"), ANSWER);
    client.hangup();
    assert_eq!(client.proxied(), ("p2".to_owned(), 1));
    client.answer(200, "Proxy-Authentication-Info: nextnonce=\"p3\"\r\n");
    client.respond_with(&invite, 200, &next("p2"), ANSWER);
    client.options();
    assert_eq!(client.proxied(), ("p3".to_owned(), 1), "a retransmission does not bring an old nonce back");
}

#[test]
fn a_server_that_cannot_prove_itself_is_told_of_and_names_no_nonce() {
    let mut client = Client::new();
    client.register();
    client.answer(401, &challenge("n1"));
    let register = client.last();
    let proof = info(&register, Name::Authorization, "n2");
    let (start, rest) = proof.split_once("rspauth=\"").expect("a proof");
    let forged = format!("{start}rspauth=\"{}{}", "0".repeat(32), &rest[32..]);
    client.take();
    client.grant(600, &format!("Authentication-Info: {forged}\r\n"));
    assert_eq!(client.take(), ["<server-unproven>", "<registered 600>", "<settled 1 200>"]);
    client.pass_until_sent(600_000);
    assert_eq!(verified(&client.last(), Name::Authorization), ("n1".to_owned(), 2));
}

#[test]
fn nonsense_in_authentication_info_changes_nothing() {
    for value in ["", "nextnonce", "nextnonce=", "rspauth=\"\"", "cnonce=\"other\", nextnonce=\"n2\"", ",,=,"] {
        let mut client = Client::new();
        client.register();
        client.answer(401, &challenge("n1"));
        client.take();
        client.grant(600, &format!("Authentication-Info: {value}\r\n"));
        let words = client.take();
        assert_eq!(words.last().map(String::as_str), Some("<settled 1 200>"), "{value}: {words:?}");
        client.pass_until_sent(600_000);
        assert_eq!(verified(&client.last(), Name::Authorization).0, "n1", "{value}");
    }
}

#[test]
fn what_comes_without_having_been_asked_for_changes_nothing() {
    let mut client = Client::new();
    client.register();
    client.grant(600, "Authentication-Info: nextnonce=\"n2\"\r\n");
    client.pass_until_sent(600_000);
    assert!(client.last().header(Name::Authorization).is_none());
    client.answer(401, &format!("WWW-Authenticate: {}\r\n", digest("n1", "algorithm=MD5")));
    assert_eq!(verified(&client.last(), Name::Authorization), ("n1".to_owned(), 1));
}
