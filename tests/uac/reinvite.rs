//! re-INVITEs of ours: their final responses, their ACKs, and those that are given up
//! (RFC 3261 sections 13.2.2.4 and 14).

use super::caller::{ANSWER, Caller, OFFER, contact};
use prackle::message::Name;
use prackle::protocol::{Cause, Command, RefusalCode};

/// A re-INVITE of ours is on its way.
pub(crate) fn renegotiating() -> Caller {
    let mut alice = Caller::confirmed("a");
    renegotiate(&mut alice);
    assert_eq!(alice.take(), ["<describe>", "INVITE sdp"]);
    alice
}

pub(crate) fn renegotiate(alice: &mut Caller) -> u32 {
    let (call, request) = (alice.call, alice.next_request());
    alice.command(Command::Renegotiate { call, request });
    alice.describe(OFFER);
    request.0
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
fn a_refused_reinvite_leaves_the_session() {
    let mut alice = renegotiating();
    alice.reply(488, "a", "", "");
    assert_eq!(alice.take(), ["ACK", "<rollback>", "<failed 1 NotAcceptable>"]);
    assert_eq!(alice.end(), None);
    alice.request("UPDATE", &contact("a"), OFFER);
    alice.describe(ANSWER);
    assert_eq!(alice.take(), ["<describe>", "200 UPDATE sdp", "<update>", "<updated>"]);
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

// It was offered as it was, although the session had changed since.
#[test]
fn the_peer_offers_while_ours_waits_out_a_glare() {
    let mut alice = renegotiating();
    alice.reply(491, "a", "", "");
    alice.take();
    alice.request("INVITE", &contact("a"), OFFER);
    alice.describe(ANSWER);
    assert_eq!(alice.take(), ["<rollback>", "<describe>", "200 INVITE sdp", "<updated>"]);
    alice.numbered("ACK", 2, "", "");
    alice.until(2099);
    alice.take();
    alice.until(4000);
    assert_eq!(alice.take(), ["<describe>"]);
    alice.describe(OFFER);
    alice.ok("a", ANSWER);
    assert_eq!(alice.take(), ["INVITE sdp", "ACK", "<remote>", "<updated>", "<settled 1>"]);
}

// It failed for that, and the application had to try again.
#[test]
fn the_peer_is_faster_than_the_media_layer() {
    for method in ["UPDATE", "INVITE"] {
        let mut alice = Caller::confirmed("a");
        let (call, request) = (alice.call, alice.next_request());
        alice.command(Command::Renegotiate { call, request });
        let ours = alice.token;
        alice.request(method, &contact("a"), OFFER);
        assert_eq!(alice.take(), ["<describe>", "<rollback>", "<describe>"]);
        let theirs = core::mem::replace(&mut alice.token, ours);
        alice.describe(OFFER);
        assert_eq!(alice.take(), [""; 0], "nobody waits for it any more");
        alice.token = theirs;
        alice.describe(ANSWER);
        assert_eq!(alice.take()[0], format!("200 {method} sdp"));
        if method == "INVITE" {
            let number = alice.peer.cseq;
            alice.numbered("ACK", number, "", "");
        }
        alice.describe(OFFER);
        alice.ok("a", ANSWER);
        assert_eq!(alice.take().last().map(String::as_str), Some("<settled 1>"));
    }
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

// Only the ACK of the last INVITE was kept: a 2xx of the first one that came again after a
// re-INVITE had none, and the peer hung up after 32 s.
#[test]
fn every_2xx_again_has_the_ack_of_its_own_invite() {
    let mut alice = Caller::calling();
    let first = alice.last();
    alice.ok("a", ANSWER);
    alice.take();
    renegotiate(&mut alice);
    alice.ok("a", ANSWER);
    alice.take();
    for _ in 0..2 {
        alice.respond(&first, 200, &contact("a"), ANSWER);
        assert_eq!(alice.take(), ["ACK"]);
        assert_eq!(alice.last().cseq().number, 1);
        alice.ok("a", ANSWER);
        assert_eq!(alice.take(), ["ACK"]);
        assert_eq!(alice.last().cseq().number, 2);
    }
    alice.hangup();
    alice.answer("BYE", 200, "", "");
    alice.take();
    alice.respond(&first, 200, &contact("a"), ANSWER);
    assert_eq!((alice.take(), alice.last().cseq().number), (vec!["ACK".to_owned()], 1));
    alice.finish();
}

// A re-INVITE that rings has no timer: it was open for ever, and no other could follow.
#[test]
fn a_provisional_response_and_then_silence() {
    let mut alice = renegotiating();
    alice.until(1000);
    alice.unreliable(180, "a", "");
    alice.until(100_000);
    alice.unreliable(100, "a", "");
    alice.take();
    alice.until(289_999);
    assert_eq!(alice.take(), [""; 0]);
    alice.until(290_000);
    assert_eq!(alice.take(), ["CANCEL", "<rollback>", "<failed 1 Timeout>"]);
    let (cancel, invite) = (alice.last(), alice.request_sent("INVITE"));
    assert_eq!((cancel.via().branch(), cancel.cseq().number), (invite.via().branch(), 2));
    assert_eq!((cancel.uri(), cancel.to_tag()), (invite.uri(), Some("a")));
    alice.answer("CANCEL", 200, "", "");
    alice.reply(487, "a", "", "");
    assert_eq!(alice.take(), ["ACK"]);
    assert_eq!(alice.end(), None);
    renegotiate(&mut alice);
    alice.ok("a", ANSWER);
    assert_eq!(alice.take(), ["<describe>", "INVITE sdp", "ACK", "<remote>", "<updated>", "<settled 2>"]);
}

#[test]
fn hung_up_while_a_reinvite_rings() {
    let mut alice = renegotiating();
    alice.unreliable(180, "a", "");
    alice.take();
    alice.hangup();
    assert_eq!(alice.take(), ["CANCEL", "<failed 1 Closed>", "BYE", "<ended Bye>"]);
    alice.reply(487, "a", "", "");
    alice.answer("CANCEL", 200, "", "");
    alice.answer("BYE", 200, "", "");
    assert_eq!(alice.take(), ["ACK"]);
    alice.finish();
}

#[test]
fn the_peer_hangs_up_while_a_reinvite_rings() {
    let mut alice = renegotiating();
    alice.unreliable(180, "a", "");
    alice.request("BYE", "", "");
    assert_eq!(alice.take(), ["<progress 180>", "200 BYE", "CANCEL", "<failed 1 Closed>", "<ended Bye>"]);
    alice.reply(487, "a", "", "");
    assert_eq!(alice.take(), ["ACK"]);
    alice.finish();
}

// RFC 3261 section 9.1: no CANCEL before a provisional response.
#[test]
fn a_reinvite_that_was_left_is_cancelled_as_soon_as_it_rings() {
    let mut alice = renegotiating();
    alice.hangup();
    alice.take();
    alice.reliable(180, "a", 7, "");
    assert_eq!(alice.take(), ["CANCEL"], "after the BYE there is nothing to acknowledge");
    alice.unreliable(180, "a", "");
    assert_eq!(alice.take(), [""; 0], "once is enough");
    alice.ok("a", ANSWER);
    assert_eq!(alice.take(), ["ACK"]);
    alice.answer("BYE", 200, "", "");
    alice.finish();
}

#[test]
fn a_reinvite_that_was_left_and_never_answered() {
    let mut alice = renegotiating();
    alice.unreliable(180, "a", "");
    alice.hangup();
    alice.answer("BYE", 200, "", "");
    alice.take();
    alice.finish();
}
