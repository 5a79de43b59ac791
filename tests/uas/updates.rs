//! The UPDATEs of a caller: in the way of each other, of reliable responses and of the end
//! (RFC 3311 section 5.2, RFC 6337 section 4.3, `P-101` to `P-104`).

use super::callee::{ANSWER, Callee, OFFER};
use prackle::message::{Message, Name};
use prackle::protocol::Cause;

/// What the caller supports.
pub(crate) const CALLER: &str = "Supported: 100rel\r\nAllow: INVITE, ACK, CANCEL, BYE, PRACK, UPDATE\r\n";

pub(crate) const CONTACT: &str = "Contact: <sip:alice@192.0.2.1>\r\n";
/// Another address of the caller.
pub(crate) const MOVED: &str = "Contact: <sip:alice@192.0.2.9;transport=tcp>\r\n";

/// Invited with an offer, by a caller that takes UPDATE.
pub(crate) fn invited() -> Callee {
    let mut bob = Callee::new();
    bob.invite(CALLER, OFFER);
    assert_eq!(bob.take(), ["<invite>"]);
    bob
}

/// The answer is in a 183 that waits for its PRACK.
pub(crate) fn answered_early() -> Callee {
    let mut bob = invited();
    bob.progress(183);
    bob.describe(ANSWER);
    assert_eq!(bob.take(), ["<describe>", "183 INVITE rel sdp"]);
    bob
}

/// That has come.
pub(crate) fn early() -> Callee {
    let mut bob = answered_early();
    bob.prack("");
    assert_eq!(bob.take(), ["200 PRACK", "<prack>", "<settled 1>"]);
    bob
}

/// The seconds of a 500 that says when to come back: 0 to 10 (RFC 3311 section 5.2).
pub(crate) fn retry_after(response: &Message) -> u32 {
    assert_eq!(response.status(), Some(500));
    let seconds = response.header(Name::RetryAfter).and_then(|value| value.parse().ok()).expect("Retry-After");
    assert!(seconds <= 10);
    seconds
}

#[test]
fn p_101_update_while_the_answer_is_not_acknowledged() {
    let mut bob = answered_early();
    for _ in 0..30 {
        bob.request("UPDATE", MOVED, OFFER);
        assert_eq!(bob.take(), ["500 UPDATE"]);
        retry_after(&bob.last());
    }
    let drawn: Vec<u32> =
        bob.sent.iter().filter(|(_, sent)| sent.status() == Some(500)).map(|(_, sent)| retry_after(sent)).collect();
    assert!(drawn.iter().any(|seconds| *seconds != drawn[0]), "{drawn:?}");
    // Nothing else has happened: the 183 is repeated, the caller is where it was.
    bob.until(500);
    assert_eq!(bob.take(), ["183 INVITE rel sdp"]);
    bob.prack("");
    bob.accept();
    bob.ack("");
    bob.hangup();
    assert_eq!(bob.last().uri(), "sip:alice@192.0.2.1;transport=tcp");
}

#[test]
fn p_102_update_after_it_is() {
    let mut bob = answered_early();
    bob.request("UPDATE", MOVED, OFFER);
    assert_eq!(bob.take(), ["500 UPDATE"]);
    bob.prack("");
    bob.take();
    bob.request("UPDATE", MOVED, OFFER);
    assert_eq!(bob.take(), ["<describe>"]);
    bob.describe(ANSWER);
    assert_eq!(bob.take(), ["200 UPDATE sdp", "<update>"]);
    let response = bob.last();
    assert_eq!(response.description(), Some(ANSWER));
    assert!(response.header(Name::Contact).is_some() && response.header(Name::Allow).is_some());
}

#[test]
fn p_103_update_without_description_refreshes_the_target() {
    let mut bob = answered_early();
    bob.request("UPDATE", MOVED, "");
    assert_eq!(bob.take(), ["200 UPDATE", "<update>"]);
    let response = bob.last();
    assert!(response.body().is_empty() && response.header(Name::Contact).is_some());
    bob.until(500);
    assert_eq!(bob.take(), ["183 INVITE rel sdp"], "it is outstanding as before");
    bob.accept();
    bob.prack("");
    bob.ack("");
    bob.take();
    bob.hangup();
    assert_eq!(bob.take(), ["BYE", "<ended Bye>"]);
    assert_eq!(bob.last().uri(), "sip:alice@192.0.2.9;transport=tcp");
}

#[test]
fn p_104_two_updates() {
    let mut bob = early();
    bob.request("UPDATE", CONTACT, OFFER);
    assert_eq!(bob.take(), ["<describe>"]);
    for body in [OFFER, ""] {
        bob.request("UPDATE", MOVED, body);
        assert_eq!(bob.take(), ["500 UPDATE"]);
        retry_after(&bob.last());
    }
    bob.describe(ANSWER);
    assert_eq!(bob.take(), ["200 UPDATE sdp", "<update>"]);
    assert_eq!(bob.last().cseq().number, bob.peer.cseq - 2, "it answers the first");
}

#[test]
fn update_while_we_owe_the_answer_to_the_invite() {
    let mut bob = Callee::new();
    bob.invited();
    bob.progress(180);
    bob.prack("");
    bob.take();
    bob.request("UPDATE", MOVED, OFFER);
    assert_eq!(bob.take(), ["500 UPDATE"]);
    retry_after(&bob.last());
}

// RFC 6337 figures 6 and 19: it was 491, as if the offer had been in a request of ours.
#[test]
fn update_while_the_offer_in_our_183_is_unanswered() {
    let mut bob = Callee::new();
    bob.invite("Require: 100rel\r\n", "");
    bob.progress(183);
    bob.describe(OFFER);
    bob.take();
    bob.request("UPDATE", MOVED, OFFER);
    assert_eq!(bob.take(), ["500 UPDATE"]);
    retry_after(&bob.last());
}

// RFC 6141 section 4.6: a request that is refused refreshes no target.
#[test]
fn an_update_that_is_refused_moves_nothing() {
    let mut bob = answered_early();
    bob.prack("");
    bob.request("UPDATE", MOVED, OFFER);
    bob.fail_media(488, Cause::MediaFailed);
    bob.accept();
    bob.ack("");
    bob.hangup();
    assert_eq!(bob.last().uri(), "sip:alice@192.0.2.1;transport=tcp");
}

#[test]
fn an_update_that_the_media_layer_forgets() {
    let mut bob = answered_early();
    bob.prack("");
    bob.request("UPDATE", MOVED, OFFER);
    bob.take();
    bob.until(9999);
    assert_eq!(bob.take(), ["100 UPDATE"]);
    bob.until(10_000);
    assert_eq!(bob.take(), ["488 UPDATE", "<rollback>"]);
}

// RFC 3311 section 5.2 knows no reason to refuse a mere target refresh.
#[test]
fn an_update_without_description_while_the_offer_of_a_prack_is_answered() {
    let mut bob = answered_early();
    bob.prack(OFFER);
    bob.take();
    bob.request("UPDATE", MOVED, "");
    assert_eq!(bob.take(), ["200 UPDATE", "<update>"]);
    bob.request("UPDATE", MOVED, OFFER);
    assert_eq!(bob.take(), ["500 UPDATE"]);
    bob.describe(ANSWER);
    assert_eq!(bob.take(), ["200 PRACK sdp"]);
}

// C8.5 and RFC 3261 section 15.1.2.
#[test]
fn what_waits_for_its_answer_has_a_487_when_the_call_is_cancelled() {
    let mut bob = early();
    bob.request("UPDATE", CONTACT, OFFER);
    bob.take();
    bob.cancel("");
    let frames = |seen: Vec<String>| seen.into_iter().filter(|words| !words.starts_with('<')).collect::<Vec<_>>();
    assert_eq!(frames(bob.take()), ["200 CANCEL", "487 INVITE", "487 UPDATE"]);
    let mut bob = early();
    bob.request("UPDATE", CONTACT, OFFER);
    bob.take();
    bob.request("BYE", "", "");
    assert_eq!(frames(bob.take()), ["200 BYE", "487 INVITE", "487 UPDATE"]);
    bob.describe(ANSWER);
    assert_eq!(bob.take(), [""; 0]);
}

// RFC 6337 section 4.3, UAS-IsI and UAS-IsU: the offer in our 200 waits for its ACK.
#[test]
fn an_offer_of_ours_in_the_200_is_answered_first() {
    let mut bob = Callee::new();
    bob.invite(CALLER, "");
    bob.accept();
    bob.describe(OFFER);
    bob.take();
    bob.request("UPDATE", CONTACT, OFFER);
    retry_after(&bob.last());
    bob.request("INVITE", CONTACT, OFFER);
    retry_after(&bob.last());
    assert_eq!(bob.take(), ["500 UPDATE", "500 INVITE"]);
    bob.ack(ANSWER);
    bob.request("UPDATE", CONTACT, OFFER);
    assert_eq!(bob.take(), ["<remote>", "<confirmed>", "<describe>"]);
}

// RFC 3311 section 5.2.
#[test]
fn a_change_that_needs_the_user_is_504_and_one_that_cannot_be_is_488() {
    for (asked, cause, status) in
        [(488, Cause::MediaFailed, 488), (504, Cause::MediaDenied, 504), (480, Cause::MediaDenied, 504)]
    {
        let mut bob = early();
        bob.request("UPDATE", CONTACT, OFFER);
        bob.take();
        bob.fail_media(asked, cause);
        assert_eq!(bob.take(), [format!("{status} UPDATE")]);
        assert_eq!(bob.last().header(Name::Warning).is_some(), status == 488);
    }
}

// The answer was lost with the connection, and the caller waited for it in vain.
#[test]
fn an_answer_that_is_made_without_a_connection_is_sent_when_there_is_one() {
    for (response, acknowledged) in [("200 UPDATE sdp", true), ("200 PRACK sdp", false)] {
        let mut bob = answered_early();
        if acknowledged {
            bob.prack("");
            bob.request("UPDATE", CONTACT, OFFER);
        } else {
            bob.prack(OFFER);
        }
        bob.until(1000);
        bob.lose_connection();
        bob.take();
        bob.describe(ANSWER);
        bob.until(5000);
        bob.take();
        bob.restore_connection();
        assert_eq!(bob.take().first().map(String::as_str), Some(response));
    }
}

#[test]
fn a_refusal_waits_for_the_connection_too_but_not_for_ever() {
    for (back, expected) in [(5000, &["504 UPDATE"][..]), (60_000, &[])] {
        let mut bob = early();
        bob.accept();
        bob.ack("");
        bob.request("UPDATE", CONTACT, OFFER);
        bob.lose_connection();
        bob.fail_media(504, Cause::MediaFailed);
        bob.until(back);
        bob.take();
        bob.restore_connection();
        assert_eq!(bob.take(), expected);
    }
}
