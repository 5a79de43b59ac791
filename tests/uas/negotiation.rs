//! Offer and answer as a UAS: in provisional responses, PRACK, 2xx and ACK (`P-106` to
//! `P-112`).

use super::callee::{ANSWER, Callee, OFFER};
use prackle::message::Name;
use prackle::protocol::{Cause, Progress, RefusalCode};

/// An INVITE with an offer, whose 183 with the answer is outstanding.
fn described() -> Callee {
    let mut bob = Callee::new();
    bob.invited();
    bob.progress(183);
    bob.describe(ANSWER);
    bob.take();
    bob
}

/// An INVITE without an offer, by a caller that supports `100rel`.
fn offerless(fields: &str) -> Callee {
    let mut bob = Callee::new();
    bob.invite(fields, "");
    bob.take();
    bob
}

#[test]
fn p_106_the_first_reliable_response_carries_the_offer() {
    let mut bob = offerless("Require: 100rel\r\n");
    let silent = Progress { code: Some(180), sdp: Some(false), ..Progress::default() };
    assert_eq!(bob.try_progress(silent), Err(RefusalCode::OfferMissing));
    assert_eq!(bob.take(), [""; 0]);
    bob.progress(180);
    assert_eq!(bob.take(), ["<describe>"]);
    bob.describe(OFFER);
    assert_eq!(bob.take(), ["180 INVITE rel sdp"]);
    assert_eq!(bob.last().description(), Some(OFFER));
    // Only the first one: the exchange goes on in its PRACK.
    bob.progress(183);
    bob.prack(ANSWER);
    assert_eq!(bob.take(), ["200 PRACK", "<remote>", "183 INVITE rel", "<prack>", "<settled 2>"]);
}

#[test]
fn p_107_the_prack_owes_the_answer() {
    let mut bob = offerless("Require: 100rel\r\n");
    bob.progress(180);
    bob.describe(OFFER);
    bob.take();
    bob.prack("");
    let seen = bob.take();
    assert_eq!(seen, ["200 PRACK", "<prack>", "<settled 1>", "488 INVITE", "<ended NoAnswerDescription 488>"]);
    assert!(bob.last().header(Name::Warning).is_some_and(|warning| warning.starts_with("399 ")));
    bob.ack_failure();
    bob.until(60_000);
    assert_eq!(bob.take(), [""; 0]);
}

#[test]
fn p_108_offer_in_180_answer_in_prack() {
    let mut bob = offerless("Require: 100rel\r\n");
    bob.progress(180);
    bob.describe(OFFER);
    bob.take();
    bob.prack(ANSWER);
    assert_eq!(bob.take(), ["200 PRACK", "<remote>", "<prack>", "<settled 1>"]);
    bob.accept();
    assert_eq!(bob.take(), ["200 INVITE", "<settled 2>", "<accepted>"]);
    assert!(bob.last().body().is_empty());
    bob.ack("");
    assert_eq!(bob.take(), ["<confirmed>"]);
}

#[test]
fn a_200_that_waits_for_the_answer_in_the_prack() {
    let mut bob = offerless("Require: 100rel\r\n");
    bob.progress(180);
    bob.describe(OFFER);
    bob.accept();
    assert_eq!(bob.take(), ["<describe>", "180 INVITE rel sdp"]);
    bob.prack(ANSWER);
    let seen = bob.take();
    let expected = ["200 PRACK", "<remote>", "200 INVITE", "<prack>", "<settled 1>", "<settled 2>", "<accepted>"];
    assert_eq!(seen, expected);
}

#[test]
fn an_offer_in_the_2xx_is_answered_in_the_ack() {
    let mut bob = offerless("");
    bob.progress(180);
    bob.accept();
    bob.take();
    bob.describe(OFFER);
    assert_eq!(bob.take(), ["200 INVITE sdp", "<settled 2>", "<accepted>"]);
    bob.ack(ANSWER);
    assert_eq!(bob.take(), ["<remote>", "<confirmed>"]);
}

#[test]
fn an_ack_that_owes_the_answer_ends_the_call() {
    let mut bob = offerless("");
    bob.accept();
    bob.describe(OFFER);
    bob.take();
    bob.ack("");
    assert_eq!(bob.take(), ["BYE", "<ended NoAnswerDescription>"]);
}

#[test]
fn an_unreliable_response_carries_no_offer() {
    let mut bob = offerless("");
    bob.progress(183);
    assert_eq!(bob.take(), ["183 INVITE", "<settled 1>"]);
}

#[test]
fn p_109_an_offer_in_the_prack_of_the_answer() {
    let mut bob = described();
    bob.prack(OFFER);
    bob.until(4000);
    bob.describe(ANSWER);
    bob.until(40_000);
    let seen = bob.take_timed();
    let frames: Vec<_> =
        seen.iter().filter(|(_, words)| !words.starts_with('<')).map(|(at, words)| (*at, &words[..])).collect();
    assert_eq!(frames, [(3500, "100 PRACK"), (4000, "200 PRACK sdp")]);
    let response = bob.last();
    assert_eq!(response.description(), Some(ANSWER));
    assert!(response.header(Name::Contact).is_none());
}

// RFC 3262 section 3 and C6: what a PRACK releases leaves after the response to it. The 200
// to the INVITE went first, and the offer was answered in a dialog that nobody owned any more.
#[test]
fn what_the_prack_releases_waits_for_its_answer() {
    let mut bob = described();
    bob.accept();
    bob.take();
    bob.prack(OFFER);
    assert_eq!(bob.take(), ["<describe>", "<prack>", "<settled 1>"]);
    bob.describe(ANSWER);
    assert_eq!(bob.take(), ["200 PRACK sdp", "200 INVITE", "<settled 2>", "<accepted>"]);
    bob.ack("");
    bob.take();
    bob.request("INVITE", "Contact: <sip:alice@192.0.2.1>\r\n", OFFER);
    assert_eq!(bob.take(), ["<describe>"], "offer and answer are through");
}

#[test]
fn the_queue_waits_for_its_answer_too() {
    let mut bob = described();
    bob.progress(180);
    bob.prack(OFFER);
    bob.progress(182);
    assert_eq!(bob.take(), ["<describe>", "<prack>", "<settled 1>"]);
    bob.describe(ANSWER);
    assert_eq!(bob.take(), ["200 PRACK sdp", "180 INVITE rel"]);
}

#[test]
fn p_110_an_offer_that_is_refused_acknowledges_all_the_same() {
    let mut bob = described();
    bob.prack(OFFER);
    bob.take();
    bob.fail_media(488, Cause::MediaFailed);
    assert_eq!(bob.take(), ["488 PRACK"]);
    assert!(bob.last().header(Name::Warning).is_some_and(|warning| warning.starts_with("399 ")));
    bob.until(40_000);
    assert_eq!(bob.take(), [""; 0], "nothing is outstanding");
    bob.prack("");
    assert_eq!(bob.take(), ["200 PRACK"]);
    // The session is as it was: the answer has gone.
    bob.accept();
    assert_eq!(bob.take()[0], "200 INVITE");
}

#[test]
fn the_media_layer_for_the_prack_takes_too_long() {
    let mut bob = described();
    bob.accept();
    bob.prack(OFFER);
    bob.until(9999);
    bob.take();
    bob.until(10_000);
    assert_eq!(bob.take(), ["488 PRACK", "<rollback>", "200 INVITE", "<settled 2>", "<accepted>"]);
}

#[test]
fn p_111_no_offer_where_there_was_no_answer() {
    let mut bob = Callee::new();
    bob.invited();
    bob.progress(180);
    bob.take();
    bob.prack(OFFER);
    assert_eq!(bob.take(), ["488 PRACK", "<prack>", "<settled 1>"]);
    bob.until(40_000);
    assert_eq!(bob.take(), [""; 0], "nothing is outstanding");
}

#[test]
fn p_112_the_answer_goes_once() {
    let mut bob = described();
    bob.prack("");
    bob.take();
    bob.progress(180);
    assert_eq!(bob.take(), ["180 INVITE rel"]);
    bob.prack("");
    bob.take();
    bob.accept();
    assert_eq!(bob.take()[0], "200 INVITE");
    for status in [180, 200] {
        assert!(bob.response(status, "INVITE").body().is_empty());
    }
}

#[test]
fn towards_a_caller_without_100rel_the_200_repeats_the_answer() {
    let mut bob = Callee::new();
    bob.invite("", OFFER);
    bob.progress(183);
    bob.describe(ANSWER);
    assert_eq!(bob.take()[2], "183 INVITE sdp");
    bob.accept();
    assert_eq!(bob.take()[0], "200 INVITE sdp");
    assert_eq!(bob.response(183, "INVITE").body(), bob.response(200, "INVITE").body());
}
