//! The application sends the PRACKs of a re-INVITE itself (RFC 3262 section 4, RFC 6141).

use super::caller::{ANSWER, Caller, OFFER, Prack, rack};
use super::reinvite::renegotiate;
use prackle::protocol::CallOptions;

/// The INVITE, with an offer, is out.
fn calling() -> Caller {
    Caller::manual().called(CallOptions::default())
}

/// A re-INVITE of ours is on its way.
fn renegotiating() -> Caller {
    let mut alice = calling();
    alice.ok("a", ANSWER);
    renegotiate(&mut alice);
    alice.take();
    alice
}

#[test]
fn it_is_acknowledged_by_hand() {
    let mut alice = renegotiating();
    alice.reliable(183, "a", 7, ANSWER);
    assert_eq!(alice.take(), ["<remote>", "<progress 183 rel answer prack>"]);
    alice.until(1500);
    let number = alice.prack(0, 7);
    assert_eq!(alice.take_timed(), [(1500, "PRACK 7".to_owned())]);
    assert_eq!((alice.last().cseq().number, rack(&alice.last())), (3, "7 2 INVITE"));
    alice.answer("PRACK", 200, "", "");
    assert_eq!(alice.take(), ["<prackresponse 7>".to_owned(), format!("<settled {number}>")]);
    alice.ok("a", "");
    assert_eq!(alice.take(), ["ACK", "<updated>", "<settled 1>"]);
}

#[test]
fn its_prack_may_offer() {
    let mut alice = renegotiating();
    alice.reliable(183, "a", 7, ANSWER);
    alice.take();
    let (number, result) = alice.try_prack(0, 7, Prack { offer: true, ..Prack::default() });
    assert_eq!(result, Ok(()));
    alice.describe(OFFER);
    assert_eq!(alice.take(), ["<describe>", "PRACK 7 sdp"]);
    alice.answer("PRACK", 200, "", ANSWER);
    assert_eq!(alice.take(), ["<remote>".to_owned(), "<prackresponse 7>".to_owned(), format!("<settled {number}>")]);
    alice.ok("a", "");
    assert_eq!(alice.take(), ["ACK", "<updated>", "<settled 1>"]);
}

#[test]
fn the_application_is_silent() {
    let mut alice = renegotiating();
    alice.reliable(180, "a", 7, "");
    alice.take();
    alice.until(19_999);
    assert_eq!(alice.take(), [""; 0]);
    alice.until(20_000);
    assert_eq!(alice.take(), ["PRACK 7", "<prackauto 7>"]);
}

// It acknowledged nothing any more, and met a 481.
#[test]
fn a_refused_one_wants_no_prack() {
    let mut alice = renegotiating();
    alice.reliable(183, "a", 7, ANSWER);
    alice.take();
    let (number, _) = alice.try_prack(0, 7, Prack { offer: true, ..Prack::default() });
    alice.reply(488, "a", "", "");
    let told = alice.take();
    assert!(told.contains(&format!("<failed {number} Superseded>")), "{told:?}");
    assert!(!told.iter().any(|line| line.starts_with("PRACK")), "{told:?}");
    alice.describe(OFFER);
    alice.until(60_000);
    assert!(!alice.take().iter().any(|line| line.starts_with("PRACK")));
}

#[test]
fn what_waits_for_the_first_invite_goes_before_the_next() {
    let mut alice = calling();
    alice.reliable(183, "a", 100, ANSWER);
    alice.ok("a", "");
    alice.take();
    renegotiate(&mut alice);
    assert_eq!(alice.take(), ["<describe>", "PRACK 100", "INVITE sdp"]);
}
