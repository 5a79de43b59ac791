//! The dialog of an answered call: requests of the peer, INFOs of ours, and its end
//! (RFC 3261 sections 12.2, 14 and 15).

use super::caller::{ANSWER, Caller, OFFER, challenge, contact, credentials};
use prackle::message::Name;
use prackle::protocol::{CallOptions, Cause, Command, RequestOptions};

fn info(alice: &mut Caller) -> u32 {
    let (call, request) = (alice.call, alice.next_request());
    let options = RequestOptions { body: Some("Signal=5\r\n".to_owned()), ..RequestOptions::default() };
    alice.command(Command::Info { call, request, options });
    request.0
}

#[test]
fn requests_of_the_peer() {
    let mut alice = Caller::confirmed("a");
    alice.request("OPTIONS", "", "");
    alice.request("INFO", "Content-Type: text/plain\r\n", "x");
    alice.request("MESSAGE", "Content-Type: text/plain\r\n", "hello");
    alice.request("SUBSCRIBE", "", "");
    assert_eq!(alice.take(), ["200 OPTIONS", "200 INFO", "<info>", "200 MESSAGE", "<message>", "405 SUBSCRIBE"]);
    alice.request("BYE", "Reason: Q.850;cause=16;text=\"Normal\"\r\n", "");
    assert_eq!(alice.take(), ["200 BYE", "<ended Bye>"]);
    alice.request("INFO", "", "");
    assert_eq!(alice.take(), ["481 INFO"]);
    alice.finish();
}

#[test]
fn they_are_in_order() {
    let mut alice = Caller::confirmed("a");
    alice.numbered("INFO", 7, "", "");
    alice.numbered("INFO", 6, "", "");
    alice.numbered("BYE", 5, "", "");
    assert_eq!(alice.take(), ["200 INFO", "<info>", "500 INFO", "500 BYE"]);
    alice.numbered("BYE", 8, "", "");
    assert_eq!(alice.take(), ["200 BYE", "<ended Bye>"]);
}

#[test]
fn a_bye_of_another_dialog_is_481() {
    let mut alice = Caller::confirmed("a");
    alice.peer.tag = "b".into();
    alice.request("BYE", "", "");
    assert_eq!(alice.take(), ["481 BYE"]);
    assert_eq!(alice.end(), None);
}

#[test]
fn both_hang_up() {
    let mut alice = Caller::confirmed("a");
    alice.hangup();
    alice.request("BYE", "", "");
    assert_eq!(alice.take(), ["BYE", "<ended Bye>", "200 BYE"]);
    alice.answer("BYE", 481, "", "");
    alice.finish();
}

#[test]
fn our_bye_is_challenged_or_never_answered() {
    let mut alice = Caller::with(|config| config.credentials = Some(credentials())).called(CallOptions::default());
    alice.ok("a", ANSWER);
    alice.hangup();
    alice.take();
    alice.answer("BYE", 407, &challenge("example.com", "n"), "");
    assert_eq!(alice.take(), ["BYE"]);
    let bye = alice.last();
    assert!(bye.header(Name::ProxyAuthorization).is_some() && bye.cseq().number == 3);
    alice.pass(32_000);
    alice.finish();
}

#[test]
fn info_and_its_outcome() {
    let mut alice = Caller::confirmed("a");
    let request = info(&mut alice);
    assert_eq!(alice.take(), ["INFO"]);
    assert_eq!((alice.last().cseq().number, alice.last().body()), (2, &b"Signal=5\r\n"[..]));
    alice.answer("INFO", 200, "", "");
    assert_eq!(alice.take(), [format!("<settled {request}>")]);
    let request = info(&mut alice);
    alice.answer("INFO", 415, "", "");
    assert_eq!(alice.take(), ["INFO".to_owned(), format!("<failed {request} NotAcceptable>")]);
}

// RFC 3261 section 12.2.1.2.
#[test]
fn a_481_or_408_or_silence_ends_the_dialog() {
    for status in [481, 408] {
        let mut alice = Caller::confirmed("a");
        info(&mut alice);
        alice.take();
        alice.answer("INFO", status, "", "");
        let seen = alice.take();
        assert_eq!(seen.get(1..), Some(["BYE".to_owned(), "<ended DialogGone>".to_owned()].as_slice()), "{seen:?}");
        alice.answer("BYE", 481, "", "");
        alice.finish();
    }
    let mut alice = Caller::confirmed("a");
    info(&mut alice);
    alice.pass(32_000);
    assert_eq!(alice.end(), Some((Cause::DialogGone, None)));
}

#[test]
fn a_reinvite_of_the_peer() {
    let mut alice = Caller::confirmed("a");
    alice.request("INVITE", &contact("moved"), OFFER);
    alice.describe(ANSWER);
    assert_eq!(alice.take(), ["<describe>", "200 INVITE sdp", "<updated>"]);
    alice.pass(500);
    assert_eq!(alice.take(), ["200 INVITE sdp"]);
    let number = alice.peer.cseq;
    alice.numbered("ACK", number, "", "");
    alice.pass(40_000);
    assert_eq!(alice.take(), [""; 0]);
    alice.hangup();
    assert_eq!(alice.last().uri(), "sip:bob@moved.invalid");
}
