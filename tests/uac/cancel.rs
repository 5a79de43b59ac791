//! CANCEL and its races (RFC 3261 section 9.1, RFC 5407 section 3.1, `P-117` to `P-122`).

use super::caller::{ANSWER, Caller, OFFER, contact, field, require};
use prackle::message::{Message, Name};
use prackle::protocol::{CallOptions, Cause, Command, Media};

/// One reliable 180 without a description is acknowledged, RSeq 100.
fn ringing() -> Caller {
    let mut alice = Caller::calling();
    alice.reliable(180, "a", 100, "");
    assert_eq!(alice.take(), ["PRACK 100", "<progress 180 rel>"]);
    alice
}

fn offerless() -> Caller {
    let mut alice = Caller::new();
    alice.dial(super::caller::TARGET, CallOptions { media: Media::Offerless, ..CallOptions::default() });
    assert_eq!(alice.take(), ["INVITE"]);
    alice
}

/// The m= lines of a request's description.
fn streams(request: &Message) -> Vec<String> {
    let lines = request.description().unwrap_or_default().lines();
    lines.filter(|line| line.starts_with("m=")).map(str::to_owned).collect()
}

#[test]
fn the_cancel() {
    let mut alice = ringing();
    let invite = alice.request_sent("INVITE");
    let headers = vec![super::caller::field("Reason", "SIP;cause=200;text=\"Call completed elsewhere\"")];
    let call = alice.call;
    alice.command(Command::Hangup { call, headers });
    assert_eq!(alice.take(), ["CANCEL"]);
    let cancel = alice.last();
    assert_eq!(cancel.via().branch(), invite.via().branch());
    assert_eq!((cancel.uri(), cancel.call_id()), (invite.uri(), invite.call_id()));
    assert_eq!((cancel.cseq().number, cancel.from_tag(), cancel.to_tag()), (1, invite.from_tag(), None));
    assert_eq!(cancel.header(Name::Reason), Some("SIP;cause=200;text=\"Call completed elsewhere\""));
    assert!(
        cancel.body().is_empty() && cancel.header(Name::Require).is_none() && cancel.header(Name::Contact).is_none()
    );
    alice.hangup();
    assert_eq!(alice.take(), [""; 0], "once is enough");
    alice.answer("CANCEL", 200, "", "");
    alice.answer("PRACK", 200, "", "");
    alice.take();
    alice.reply(487, "a", "", "");
    assert_eq!(alice.take(), ["ACK", "<ended Cancelled 487>"]);
    alice.finish();
}

#[test]
fn p_117_an_offer_after_the_cancel() {
    let mut alice = offerless();
    alice.unreliable(180, "a", "");
    alice.hangup();
    assert_eq!(alice.take(), ["<progress 180>", "CANCEL"]);
    alice.reliable(183, "a", 7, OFFER);
    assert_eq!(alice.take(), ["PRACK 7 sdp"], "the media layer is not asked");
    let prack = alice.last();
    assert_eq!(streams(&prack), ["m=audio 0 RTP/AVP 0"]);
    assert_eq!((prack.cseq().number, prack.header(Name::RAck)), (2, Some("7 1 INVITE")));
}

// Hung up by the listener of `progress`, which is called in the turn of the response.
#[test]
fn p_118_cancelled_while_it_rings() {
    let mut alice = Caller::calling();
    let invite = alice.last();
    alice.reliable(183, "a", 100, ANSWER);
    alice.hangup();
    assert_eq!(alice.take(), ["PRACK 100", "<remote>", "<progress 183 rel answer>", "CANCEL"]);
    let cancel = alice.last();
    assert_eq!((cancel.via().branch(), cancel.cseq().number), (invite.via().branch(), 1));
}

#[test]
fn what_comes_after_the_cancel_is_acknowledged_and_not_told() {
    let mut alice = ringing();
    alice.hangup();
    assert_eq!(alice.take(), ["CANCEL"]);
    alice.reliable(183, "a", 101, ANSWER);
    alice.reliable(183, "b", 7, ANSWER);
    assert_eq!(alice.take(), ["PRACK 101", "PRACK 7"]);
    assert!(alice.requests_sent("PRACK").iter().all(|prack| prack.body().is_empty()));
}

// The PRACK with the answer had to wait for the media layer, which nobody asks any more.
#[test]
fn hung_up_while_an_answer_is_owed() {
    let mut alice = offerless();
    alice.reliable(183, "a", 7, OFFER);
    alice.reliable(180, "a", 8, "");
    assert_eq!(alice.take(), ["<describe>", "<progress 183 rel offer>", "<progress 180 rel>"]);
    alice.hangup();
    assert_eq!(alice.take(), ["PRACK 7 sdp", "PRACK 8", "CANCEL"]);
    assert_eq!(alice.requests_sent("PRACK").first().map(streams), Some(vec!["m=audio 0 RTP/AVP 0".to_owned()]));
    alice.describe(ANSWER);
    assert_eq!(alice.take(), [""; 0]);
}

#[test]
fn p_119_everything_is_refused_once() {
    let mut alice = ringing();
    alice.hangup();
    alice.take();
    alice.reply(487, "a", "", "");
    assert_eq!(alice.take(), ["ACK", "<ended Cancelled 487>"]);
    alice.answer("PRACK", 481, "", "");
    alice.answer("CANCEL", 481, "", "");
    assert_eq!(alice.take(), [""; 0]);
    alice.finish();
}

#[test]
fn p_120_the_200_was_faster() {
    let mut alice = ringing();
    alice.hangup();
    alice.take();
    alice.ok("a", ANSWER);
    assert_eq!(alice.take(), ["ACK", "BYE", "<ended Cancelled>"]);
    assert_eq!(alice.last().cseq().number, 3);
    // Its retransmission has the same ACK.
    let ack = alice.request_sent("ACK");
    alice.ok("a", ANSWER);
    assert_eq!(alice.take(), ["ACK"]);
    assert_eq!(alice.last().octets(), ack.octets());
    alice.answer("BYE", 200, "", "");
    alice.answer("CANCEL", 200, "", "");
    alice.answer("PRACK", 200, "", "");
    alice.finish();
}

#[test]
fn p_121_cancelled_before_any_response() {
    let mut alice = Caller::calling();
    alice.hangup();
    assert_eq!(alice.take(), [""; 0]);
    let invite = alice.last();
    alice.reliable(183, "a", 100, ANSWER);
    assert_eq!(alice.take(), ["PRACK 100", "CANCEL"]);
    let cancel = alice.last();
    assert_eq!((cancel.via().branch(), cancel.cseq().number), (invite.via().branch(), 1));
}

#[test]
fn a_100_lets_it_go() {
    let mut alice = Caller::calling();
    alice.hangup();
    alice.reply(100, "", "", "");
    assert_eq!(alice.take(), ["CANCEL"]);
}

#[test]
fn cancelled_and_never_heard_of_again() {
    let mut alice = Caller::calling();
    alice.hangup();
    alice.until(32_000);
    assert_eq!(alice.take(), ["<ended Cancelled>"]);
    alice.finish();
}

#[test]
fn cancelled_before_any_response_and_answered() {
    let mut alice = Caller::calling();
    alice.hangup();
    alice.ok("a", ANSWER);
    assert_eq!(alice.take(), ["ACK", "BYE", "<ended Cancelled>"]);
    alice.answer("BYE", 200, "", "");
    alice.finish();
}

#[test]
fn cancelled_and_rejected_nevertheless() {
    let mut alice = ringing();
    alice.hangup();
    alice.reply(486, "a", "", "");
    assert_eq!(alice.take(), ["CANCEL", "ACK", "<ended Cancelled 486>"]);
}

// RFC 3261 section 9.1: without a final response the client may give up after 64*T1.
#[test]
fn the_487_never_comes() {
    let mut alice = ringing();
    alice.until(1000);
    alice.answer("PRACK", 200, "", "");
    alice.hangup();
    alice.answer("CANCEL", 200, "", "");
    alice.take();
    alice.until(32_999);
    assert_eq!(alice.take(), [""; 0]);
    alice.until(33_000);
    assert_eq!(alice.take(), ["<ended Cancelled>"]);
    alice.finish();
}

#[test]
fn the_cancel_is_never_answered() {
    let mut alice = ringing();
    alice.answer("PRACK", 200, "", "");
    alice.hangup();
    alice.take();
    alice.reply(487, "a", "", "");
    assert_eq!(alice.take(), ["ACK", "<ended Cancelled 487>"]);
    alice.finish();
}

#[test]
fn several_forks_answer_a_cancelled_call() {
    let mut alice = ringing();
    alice.unreliable(180, "b", "");
    alice.hangup();
    alice.take();
    for tag in ["b", "a"] {
        alice.ok(tag, ANSWER);
        let seen = alice.take();
        assert_eq!(seen.get(..2), Some(["ACK".to_owned(), "BYE".to_owned()].as_slice()));
        assert_eq!(alice.last().to_tag(), Some(tag));
        alice.answer("BYE", 200, "", "");
    }
    alice.answer("PRACK", 200, "", "");
    alice.finish();
}

#[test]
fn p_122_what_comes_after_a_failure() {
    let mut alice = ringing();
    alice.reply(486, "a", "", "");
    assert_eq!(alice.take(), ["ACK", "<ended Busy 486>"]);
    alice.reliable(180, "a", 100, "");
    alice.reply(183, "a", &format!("{}{}", contact("a"), require(101)), ANSWER);
    assert_eq!(alice.take(), [""; 0]);
}

#[test]
fn nobody_answers_for_as_long_as_it_may_ring() {
    let mut alice = Caller::new().called(CallOptions { no_answer_timeout: Some(20_000), ..CallOptions::default() });
    alice.unreliable(180, "a", "");
    alice.until(19_999);
    assert_eq!(alice.take(), ["<progress 180>"]);
    alice.until(20_000);
    assert_eq!(alice.take(), ["CANCEL"]);
    alice.answer("CANCEL", 200, "", "");
    alice.reply(487, "a", "", "");
    assert_eq!(alice.take(), ["ACK", "<ended NoAnswer 487>"]);
    alice.finish();
}

// RFC 3261 section 13.2.1: the caller cancels an invitation that has expired.
#[test]
fn the_invitation_expires() {
    for (expires, no_answer_timeout) in [("5", None), ("5", Some(20_000)), ("3600", Some(5000))] {
        let headers = vec![field("expires", expires)];
        let mut alice = Caller::new().called(CallOptions { headers, no_answer_timeout, ..CallOptions::default() });
        alice.unreliable(180, "a", "");
        alice.until(4999);
        assert_eq!(alice.take(), ["<progress 180>"]);
        alice.until(5000);
        assert_eq!(alice.take(), ["CANCEL"]);
        alice.reply(487, "a", "", "");
        assert_eq!(alice.take(), ["ACK", "<ended NoAnswer 487>"]);
    }
}

#[test]
fn hung_up_while_the_offer_is_made() {
    let mut alice = Caller::new();
    alice.dial(super::caller::TARGET, CallOptions::default());
    alice.hangup();
    assert_eq!(alice.take(), ["<describe>", "<ended Cancelled>"]);
    alice.describe(OFFER);
    assert_eq!(alice.take(), [""; 0]);
    assert_eq!(alice.end(), Some((Cause::Cancelled, None)));
    alice.finish();
}
