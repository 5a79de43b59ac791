//! A re-INVITE of ours that fails after its provisional responses have changed the session:
//! the former one is offered anew (RFC 6141 section 3.4).

use super::caller::{ANSWER, Caller, OFFER, contact};
use super::reinvite::renegotiate;
use super::updates::{REOFFER, confirmed};
use prackle::protocol::Cause;

/// A re-INVITE, `INVITE` in which the exchange is complete.
fn changed(mut alice: Caller) -> (Caller, u32) {
    let request = renegotiate(&mut alice);
    alice.reliable(183, "a", 3, ANSWER);
    alice.answer("PRACK", 200, "", "");
    let seen = alice.take();
    assert_eq!(
        seen,
        ["<describe>", "INVITE sdp", "PRACK 3", "<remote>", "<progress 183 rel answer>", "<prackresponse 3>"]
    );
    (alice, request)
}

/// The same, with a peer that takes no UPDATE.
fn changed_without_update() -> (Caller, u32) {
    changed(Caller::confirmed("a"))
}

#[test]
fn by_an_update_where_the_peer_takes_one() {
    let (mut alice, request) = changed(confirmed());
    alice.reply(488, "a", "", "");
    let failed = format!("<failed {request} NotAcceptable>");
    assert_eq!(alice.take(), ["ACK", "<rollback>", &failed, "<describe>"]);
    alice.describe(REOFFER);
    assert_eq!(alice.take(), ["UPDATE sdp"]);
    alice.answer("UPDATE", 200, &contact("a"), ANSWER);
    assert_eq!(alice.take(), ["<remote>", "<updated>"]);
}

#[test]
fn else_by_a_reinvite() {
    let (mut alice, request) = changed_without_update();
    alice.reply(504, "a", "", "");
    let failed = format!("<failed {request} ServerError>");
    assert_eq!(alice.take(), ["ACK", "<rollback>", &failed, "<describe>"]);
    alice.describe(REOFFER);
    assert_eq!(alice.take(), ["INVITE sdp"]);
    alice.ok("a", ANSWER);
    assert_eq!(alice.take(), ["ACK", "<remote>", "<updated>"]);
}

#[test]
fn nothing_is_to_be_restored_where_nothing_was_agreed() {
    for body in ["", ANSWER] {
        let mut alice = confirmed();
        let request = renegotiate(&mut alice);
        alice.unreliable(183, "a", body);
        alice.reliable(180, "a", 3, "");
        alice.take();
        alice.reply(488, "a", "", "");
        assert_eq!(
            alice.take(),
            ["ACK".to_owned(), "<rollback>".to_owned(), format!("<failed {request} NotAcceptable>")]
        );
    }
}

#[test]
fn what_was_changed_before_a_glare_counts() {
    let (mut alice, request) = changed(confirmed());
    alice.reply(491, "a", "", "");
    alice.pass(4000);
    assert_eq!(alice.take(), ["ACK", "INVITE sdp"]);
    alice.reply(488, "a", "", "");
    let failed = format!("<failed {request} NotAcceptable>");
    assert_eq!(alice.take(), ["ACK", "<rollback>", &failed, "<describe>"]);
}

// The restoring one has to end somewhere.
#[test]
fn once_is_enough() {
    let (mut alice, _) = changed_without_update();
    alice.reply(488, "a", "", "");
    alice.describe(REOFFER);
    alice.take();
    alice.reliable(183, "a", 9, ANSWER);
    alice.reply(488, "a", "", "");
    let seen = alice.take();
    assert_eq!(seen[3..], ["ACK", "<rollback>", "<session-unrestored>"], "{seen:?}");
    let (mut alice, _) = changed(confirmed());
    alice.reply(488, "a", "", "");
    alice.describe(REOFFER);
    alice.take();
    alice.answer("UPDATE", 488, "", "");
    assert_eq!(alice.take(), ["<rollback>", "<offerrejected>", "<session-unrestored>"]);
    alice.pass(100_000);
    assert_eq!((alice.take(), alice.end()), (vec![], None));
}

#[test]
fn the_peer_offers_first() {
    let (mut alice, _) = changed_without_update();
    alice.request("UPDATE", &contact("a"), OFFER);
    alice.reply(488, "a", "", "");
    let seen = alice.take();
    assert_eq!(seen.last().map(String::as_str), Some("<failed 1 NotAcceptable>"), "{seen:?}");
    alice.describe(ANSWER);
    assert_eq!(alice.take(), ["200 UPDATE sdp", "<update>", "<updated>", "<describe>"]);
}

#[test]
fn not_when_the_dialog_is_gone() {
    let (mut alice, _) = changed(confirmed());
    alice.reply(481, "a", "", "");
    let seen = alice.take();
    assert_eq!(seen.last().map(String::as_str), Some("<ended DialogGone>"), "{seen:?}");
    let (mut alice, _) = changed_without_update();
    alice.reply(488, "a", "", "");
    alice.hangup();
    alice.describe(REOFFER);
    assert_eq!(alice.end(), Some((Cause::Bye, None)));
    assert_eq!(alice.requests_sent("INVITE").len(), 2);
}

// Given up for the connection, its final response decides whether the change stands.
#[test]
fn when_a_cancelled_one_has_failed() {
    let (mut alice, _) = changed(confirmed());
    alice.lose_connection();
    assert_eq!(alice.take(), ["<failed 1 Connection>"]);
    alice.restore_connection();
    assert_eq!(alice.take(), ["CANCEL"]);
    alice.reply(487, "a", "", "");
    assert_eq!(alice.take(), ["ACK", "<rollback>", "<describe>"]);
    let (mut alice, _) = changed(confirmed());
    alice.lose_connection();
    alice.restore_connection();
    alice.take();
    alice.ok("a", "");
    assert_eq!(alice.take(), ["ACK"]);
}
