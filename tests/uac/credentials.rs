//! Credentials in a call: which requests carry them (RFC 3261 sections 13.2.2.4 and 22).

use super::caller::{ANSWER, Caller, OFFER, TARGET};
use prackle::auth::{Credentials as Secret, Presented};
use prackle::message::{Message, Name};
use prackle::protocol::{CallOptions, Command, Config, Credentials, Event, Media, RequestOptions, Token};

fn known(config: &mut Config) {
    let (username, password) = ("alice".to_owned(), Some("wonderland".to_owned()));
    config.credentials = Some(Credentials { username, password, ha1: None, realm: None });
}

fn challenge(name: &str, realm: &str, nonce: &str) -> String {
    format!("{name}: Digest realm=\"{realm}\", qop=\"auth\", nonce=\"{nonce}\", algorithm=SHA-256\r\n")
}

/// The INVITE has been challenged by the proxy of our own domain, and sent again.
fn challenged() -> Caller {
    let mut alice = Caller::with(known).called(CallOptions::default());
    alice.reply(407, "x", &challenge("Proxy-Authenticate", "example.com", "one"), "");
    assert_eq!(alice.take(), ["ACK", "INVITE sdp"]);
    alice
}

/// The same, answered and confirmed.
fn confirmed() -> Caller {
    let mut alice = challenged();
    alice.ok("a", ANSWER);
    assert_eq!(alice.take(), ["ACK", "<remote>", "<accepted>", "<confirmed>"]);
    alice
}

/// Nonce and count of the credentials, which are right for the request.
fn verified(request: &Message, name: Name) -> (String, u32) {
    let presented = Presented::parse(request.header(name).expect("credentials")).expect("Digest");
    assert_eq!(presented.uri, request.uri());
    let secret = Secret::password("alice", "wonderland");
    assert!(presented.verify(&secret, request.method().as_str(), request.body()), "the digest is wrong");
    (presented.nonce.to_string(), presented.count().expect("a count"))
}

fn credentials(request: &Message) -> Vec<&str> {
    [Name::Authorization, Name::ProxyAuthorization].into_iter().flat_map(|name| request.fields(name)).collect()
}

#[test]
fn a_challenged_invite_is_sent_again() {
    let alice = challenged();
    let [first, second] = <[Message; 2]>::try_from(alice.requests_sent("INVITE")).expect("two of them");
    assert_eq!((first.call_id(), first.from_tag()), (second.call_id(), second.from_tag()));
    assert_eq!((first.cseq().number, second.cseq().number), (1, 2));
    assert_ne!(first.via().branch(), second.via().branch());
    assert_eq!(second.to_tag(), None);
    assert_eq!(second.body(), first.body());
    assert_eq!(verified(&second, Name::ProxyAuthorization), ("one".to_owned(), 1));
}

// The ACK went without credentials: it cannot be challenged, and a proxy that wants them lost it.
#[test]
fn the_ack_repeats_the_credentials_of_its_invite() {
    let alice = confirmed();
    let (invite, ack) = (alice.request_sent("INVITE"), alice.request_sent("ACK"));
    assert_eq!(credentials(&ack), credentials(&invite));
    assert_eq!(credentials(&ack).len(), 1);
    assert_eq!((ack.cseq().number, ack.to_tag()), (2, Some("a")));
}

#[test]
fn an_ack_that_has_to_wait_for_the_answer_repeats_them() {
    let mut alice = Caller::with(known);
    alice.dial(TARGET, CallOptions { media: Media::Offerless, ..CallOptions::default() });
    alice.reply(407, "x", &challenge("Proxy-Authenticate", "example.com", "one"), "");
    alice.ok("a", OFFER);
    alice.take();
    alice.describe(ANSWER);
    assert_eq!(alice.take(), ["ACK sdp", "<confirmed>"]);
    assert_eq!(credentials(&alice.last()), credentials(&alice.request_sent("INVITE")));
}

#[test]
fn the_acks_of_other_forks_repeat_them() {
    let mut alice = confirmed();
    let invite = alice.request_sent("INVITE");
    alice.ok("b", ANSWER);
    assert_eq!(alice.take(), ["ACK", "BYE"]);
    assert_eq!(credentials(&alice.request_sent("ACK")), credentials(&invite));
    assert_eq!(verified(&alice.last(), Name::ProxyAuthorization), ("one".to_owned(), 2));
}

#[test]
fn the_ack_of_a_re_invite_repeats_those_of_the_re_invite() {
    let mut alice = confirmed();
    let (call, request) = (alice.call, alice.next_request());
    alice.command(Command::Renegotiate { call, request });
    alice.describe(OFFER);
    let again = alice.last();
    assert_eq!(verified(&again, Name::ProxyAuthorization), ("one".to_owned(), 2));
    alice.ok("a", ANSWER);
    let ack = alice.request_sent("ACK");
    assert_eq!(credentials(&ack), credentials(&again));
}

#[test]
fn proxy_and_callee_may_challenge_the_same_invite() {
    let mut alice = challenged();
    alice.reply(401, "x", &challenge("WWW-Authenticate", "bob.example.net", "two"), "");
    assert_eq!(alice.take(), ["ACK", "INVITE sdp"]);
    let invite = alice.last();
    assert_eq!(invite.cseq().number, 3);
    assert_eq!(verified(&invite, Name::ProxyAuthorization), ("one".to_owned(), 2));
    assert_eq!(verified(&invite, Name::Authorization), ("two".to_owned(), 1));
    alice.ok("a", ANSWER);
    let ack = alice.request_sent("ACK");
    assert_eq!(credentials(&ack).len(), 2);
    assert_eq!(credentials(&ack), credentials(&invite));
}

#[test]
fn a_cancel_has_none() {
    let mut alice = challenged();
    alice.reply(180, "a", "", "");
    alice.hangup();
    assert!(credentials(&alice.request_sent("CANCEL")).is_empty());
}

/// In a call that was never challenged so far, by an agent that asks for credentials.
fn unchallenged() -> Caller {
    let mut alice = Caller::with(|config| config.ask_credentials = true).called(CallOptions::default());
    alice.ok("a", ANSWER);
    alice.take();
    alice
}

/// The last request of that method is challenged: the application is asked.
fn asked(alice: &mut Caller, method: &str) -> Token {
    alice.answer(method, 407, &challenge("Proxy-Authenticate", "example.com", "one"), "");
    let question = alice.events().iter().rev().find_map(|event| match event {
        Event::Challenge { token, realm, status: 407, .. } if realm == "example.com" => Some(*token),
        _ => None,
    });
    question.expect("a question")
}

fn given(alice: &mut Caller, token: Token) {
    let (username, password) = ("alice".to_owned(), Some("wonderland".to_owned()));
    let credentials = Some(Credentials { username, password, ha1: None, realm: None });
    alice.command(Command::Credentials { token, credentials });
}

#[test]
fn the_application_is_asked_for_those_of_an_invite() {
    let mut alice = Caller::with(|config| config.ask_credentials = true).called(CallOptions::default());
    let token = asked(&mut alice, "INVITE");
    assert_eq!(alice.take(), ["ACK", "<challenge>"]);
    alice.pass(60_000);
    given(&mut alice, token);
    assert_eq!(alice.take(), ["INVITE sdp"]);
    assert_eq!(verified(&alice.last(), Name::ProxyAuthorization), ("one".to_owned(), 1));
}

#[test]
fn hung_up_while_the_application_thinks() {
    let mut alice = Caller::with(|config| config.ask_credentials = true).called(CallOptions::default());
    let token = asked(&mut alice, "INVITE");
    alice.take();
    alice.hangup();
    assert_eq!(alice.take(), ["<ended Cancelled>"]);
    given(&mut alice, token);
    alice.finish();
}

// The BYE was given up when the application had to be asked, and the peer's call went on.
#[test]
fn the_application_is_asked_for_those_of_a_bye() {
    let mut alice = unchallenged();
    alice.hangup();
    let token = asked(&mut alice, "BYE");
    assert_eq!(alice.take(), ["BYE", "<ended Bye>", "<challenge>"]);
    given(&mut alice, token);
    assert_eq!(alice.take(), ["BYE"]);
    let [first, second] = <[Message; 2]>::try_from(alice.requests_sent("BYE")).expect("two of them");
    assert_eq!(second.cseq().number, first.cseq().number + 1);
    assert_eq!(verified(&second, Name::ProxyAuthorization), ("one".to_owned(), 1));
    alice.answer("BYE", 200, "", "");
    alice.finish();
}

#[test]
fn a_bye_for_which_there_are_none_is_given_up() {
    let mut alice = unchallenged();
    alice.hangup();
    let token = asked(&mut alice, "BYE");
    alice.take();
    alice.command(Command::Credentials { token, credentials: None });
    alice.finish();
}

// So was the INFO, and its command failed although the application could have helped.
#[test]
fn the_application_is_asked_for_those_of_an_info() {
    let mut alice = unchallenged();
    let (call, request) = (alice.call, alice.next_request());
    alice.command(Command::Info { call, request, options: RequestOptions::default() });
    let token = asked(&mut alice, "INFO");
    assert_eq!(alice.take(), ["INFO", "<challenge>"]);
    given(&mut alice, token);
    assert_eq!(alice.take(), ["INFO"]);
    assert_eq!(verified(&alice.last(), Name::ProxyAuthorization), ("one".to_owned(), 1));
    alice.answer("INFO", 200, "", "");
    assert_eq!(alice.take(), ["<settled 1>"]);
}

#[test]
fn an_info_for_which_there_are_none_fails_and_the_call_goes_on() {
    let mut alice = unchallenged();
    let (call, request) = (alice.call, alice.next_request());
    alice.command(Command::Info { call, request, options: RequestOptions::default() });
    let token = asked(&mut alice, "INFO");
    alice.take();
    alice.command(Command::Credentials { token, credentials: None });
    assert_eq!(alice.take(), ["<failed 1 Unauthorized>"]);
    assert_eq!(alice.end(), None);
}

#[test]
fn the_application_is_asked_for_those_of_a_re_invite() {
    let mut alice = unchallenged();
    let (call, request) = (alice.call, alice.next_request());
    alice.command(Command::Renegotiate { call, request });
    alice.describe(OFFER);
    let token = asked(&mut alice, "INVITE");
    assert_eq!(alice.take(), ["<describe>", "INVITE sdp", "ACK", "<challenge>"]);
    given(&mut alice, token);
    assert_eq!(alice.take(), ["INVITE sdp"]);
    let again = alice.last();
    assert_eq!((again.cseq().number, again.to_tag()), (3, Some("a")));
    alice.ok("a", ANSWER);
    assert_eq!(alice.take(), ["ACK", "<remote>", "<updated>", "<settled 1>"]);
    assert_eq!(credentials(&alice.request_sent("ACK")), credentials(&again));
}

#[test]
fn a_re_invite_for_which_there_are_none_is_rolled_back() {
    let mut alice = unchallenged();
    let (call, request) = (alice.call, alice.next_request());
    alice.command(Command::Renegotiate { call, request });
    alice.describe(OFFER);
    let token = asked(&mut alice, "INVITE");
    alice.take();
    alice.command(Command::Credentials { token, credentials: None });
    assert_eq!(alice.take(), ["<rollback>", "<failed 1 Unauthorized>"]);
    // The next one may follow.
    let request = alice.next_request();
    alice.command(Command::Renegotiate { call, request });
    assert_eq!(alice.take(), ["<describe>"]);
}

// What waited for credentials kept a call that was over, for ever.
#[test]
fn nobody_is_asked_for_what_a_call_leaves_behind() {
    let mut alice = Caller::with(|config| config.ask_credentials = true).called(CallOptions::default());
    alice.reliable(183, "a", 7, ANSWER);
    asked(&mut alice, "PRACK");
    alice.ok("a", "");
    let (call, request) = (alice.call, alice.next_request());
    alice.command(Command::Info { call, request, options: RequestOptions::default() });
    asked(&mut alice, "INFO");
    let request = alice.next_request();
    alice.command(Command::Renegotiate { call, request });
    alice.describe(OFFER);
    asked(&mut alice, "INVITE");
    alice.hangup();
    alice.answer("BYE", 200, "", "");
    alice.take();
    alice.finish();
}
