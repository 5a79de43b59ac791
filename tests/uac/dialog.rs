//! The dialog of an answered call: requests of the peer, re-INVITEs of both sides, and its
//! end (RFC 3261 sections 12.2, 14 and 15, `P-056`).

use super::caller::{ANSWER, Caller, OFFER, challenge, contact, credentials, rack, require};
use prackle::message::Name;
use prackle::protocol::{CallOptions, Cause, Command, RefusalCode, RequestOptions};

/// A re-INVITE of ours is on its way.
fn renegotiating() -> Caller {
    let mut alice = Caller::confirmed("a");
    renegotiate(&mut alice);
    assert_eq!(alice.take(), ["<describe>", "INVITE sdp"]);
    alice
}

fn renegotiate(alice: &mut Caller) -> u32 {
    let (call, request) = (alice.call, alice.next_request());
    alice.command(Command::Renegotiate { call, request });
    alice.describe(OFFER);
    request.0
}

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
fn a_reinvite_of_ours() {
    let mut alice = renegotiating();
    let invite = alice.last();
    assert_eq!((invite.cseq().number, invite.uri(), invite.to_tag()), (2, "sip:bob@a.invalid", Some("a")));
    assert!(invite.header(Name::Contact).is_some() && invite.header(Name::Allow).is_some());
    alice.unreliable(100, "a", "");
    alice.reply(200, "a", &contact("moved"), ANSWER);
    assert_eq!(alice.take(), ["ACK", "<remote>", "<updated>", "<settled 1>"]);
    assert_eq!((alice.last().cseq().number, alice.last().uri()), (2, "sip:bob@moved.invalid"));
    alice.hangup();
    assert_eq!((alice.last().cseq().number, alice.last().uri()), (3, "sip:bob@moved.invalid"));
}

// Only the 2xx of the first INVITE had its ACK again: the peer repeated that of a re-INVITE
// for 32 s, and then hung up.
#[test]
fn the_2xx_of_a_reinvite_again_has_its_ack_again() {
    let mut alice = renegotiating();
    alice.ok("a", ANSWER);
    let ack = alice.last();
    alice.take();
    for _ in 0..3 {
        alice.ok("a", ANSWER);
        assert_eq!(alice.take(), ["ACK"]);
        assert_eq!(alice.last().octets(), ack.octets());
    }
    alice.hangup();
    alice.take();
    alice.ok("a", ANSWER);
    assert_eq!(alice.take(), ["ACK"]);
}

#[test]
fn hung_up_while_a_reinvite_is_open() {
    let mut alice = renegotiating();
    alice.hangup();
    assert_eq!(alice.take(), ["<failed 1 Closed>", "BYE", "<ended Bye>"]);
    for _ in 0..2 {
        alice.ok("a", ANSWER);
        assert_eq!(alice.take(), ["ACK"]);
        assert_eq!(alice.last().cseq().number, 2);
    }
    alice.answer("BYE", 200, "", "");
    alice.finish();
}

#[test]
fn p_056_the_numbers_of_a_reinvite_begin_anew() {
    let mut alice = Caller::calling();
    alice.reliable(183, "a", 500, ANSWER);
    alice.ok("a", "");
    renegotiate(&mut alice);
    alice.take();
    alice.reliable(183, "a", 3, ANSWER);
    assert_eq!(alice.take(), ["PRACK 3", "<remote>"]);
    assert_eq!((alice.last().cseq().number, rack(&alice.last())), (4, "3 3 INVITE"));
    alice.reliable(183, "a", 3, ANSWER);
    alice.reliable(180, "a", 5, "");
    assert_eq!(alice.take(), [""; 0]);
    alice.reply(180, "a", &require(4), "");
    assert_eq!(alice.take(), ["PRACK 4"]);
}

#[test]
fn a_refused_reinvite_leaves_the_session() {
    let mut alice = renegotiating();
    alice.reply(488, "a", "", "");
    assert_eq!(alice.take(), ["ACK", "<rollback>", "<failed 1 NotAcceptable>"]);
    assert_eq!(alice.end(), None);
    alice.request("UPDATE", &contact("a"), OFFER);
    alice.describe(ANSWER);
    assert_eq!(alice.take(), ["<describe>", "200 UPDATE sdp", "<updated>"]);
}

#[test]
fn a_reinvite_to_a_dialog_that_is_gone() {
    for status in [481, 408] {
        let mut alice = renegotiating();
        alice.reply(status, "a", "", "");
        let seen = alice.take();
        assert!(seen.contains(&"BYE".to_owned()) && seen.contains(&"<ended DialogGone>".to_owned()), "{seen:?}");
    }
    let mut alice = renegotiating();
    alice.pass(32_000);
    assert_eq!(alice.end(), Some((Cause::DialogGone, None)));
}

// RFC 3261 section 14.1: the owner of the Call-ID waits 2.1 to 4 s in steps of 10 ms.
#[test]
fn glare_seen_by_the_peer() {
    let mut alice = renegotiating();
    alice.reply(491, "a", "", "");
    assert_eq!(alice.take(), ["ACK"]);
    alice.until(2099);
    assert_eq!(alice.take(), [""; 0]);
    alice.until(4000);
    let seen = alice.take_timed();
    assert!(matches!(seen.as_slice(), [(at, words)] if words == "INVITE sdp" && at % 10 == 0), "{seen:?}");
    alice.reply(491, "a", "", "");
    assert_eq!(alice.take(), ["ACK", "<rollback>", "<failed 1 Rejected>"]);
    alice.pass(10_000);
    assert_eq!(alice.take(), [""; 0]);
}

#[test]
fn glare_seen_by_us() {
    let mut alice = renegotiating();
    alice.request("INVITE", &contact("a"), OFFER);
    alice.request("UPDATE", &contact("a"), OFFER);
    assert_eq!(alice.take(), ["491 INVITE", "491 UPDATE"]);
    alice.ok("a", ANSWER);
    assert_eq!(alice.take(), ["ACK", "<remote>", "<updated>", "<settled 1>"]);
}

#[test]
fn the_peer_offers_while_ours_waits_out_a_glare() {
    let mut alice = renegotiating();
    alice.reply(491, "a", "", "");
    alice.take();
    alice.request("INVITE", &contact("a"), OFFER);
    alice.describe(ANSWER);
    assert_eq!(alice.take(), ["<describe>", "200 INVITE sdp", "<updated>"]);
    alice.numbered("ACK", 2, "", "");
    alice.until(4000);
    let seen = alice.take();
    assert_eq!(seen.last().map(String::as_str), Some("INVITE sdp"), "{seen:?}");
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

#[test]
fn an_answer_without_a_description_is_none() {
    let mut alice = renegotiating();
    alice.ok("a", "");
    let seen = alice.take();
    assert!(seen.contains(&"ACK".to_owned()) && seen.contains(&"BYE".to_owned()), "{seen:?}");
    assert_eq!(alice.end(), Some((Cause::NoAnswerDescription, None)));
}

#[test]
fn what_needs_a_confirmed_call() {
    let mut alice = Caller::calling();
    let (call, request) = (alice.call, alice.next_request());
    let refused = alice.try_command(Command::Renegotiate { call, request }).map_err(|refusal| refusal.code);
    assert_eq!(refused, Err(RefusalCode::InvalidState));
    alice.ok("a", ANSWER);
    alice.command(Command::Renegotiate { call, request });
    let again = alice.next_request();
    let refused = alice.try_command(Command::Renegotiate { call, request: again }).map_err(|refusal| refusal.code);
    assert_eq!(refused, Err(RefusalCode::InvalidState));
    alice.take();
    alice.fail_media(480, Cause::MediaDenied);
    assert_eq!(alice.take(), [format!("<failed {} MediaDenied>", request.0)]);
}
