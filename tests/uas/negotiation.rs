//! Offer and answer as a UAS: in provisional responses, PRACK, UPDATE, 2xx and ACK.

use super::callee::{ANSWER, Callee, OFFER};
use prackle::message::{Message, Name};
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

fn update(bob: &mut Callee, body: &str) {
    bob.request("UPDATE", "Contact: <sip:alice@192.0.2.9;transport=tcp>\r\n", body);
}

/// Checks a 500 that says when to come back: after 0 to 10 s.
fn asks_to_retry(response: &Message) {
    assert_eq!(response.status(), Some(500));
    let seconds: u32 = response.header(Name::RetryAfter).and_then(|value| value.parse().ok()).expect("Retry-After");
    assert!(seconds <= 10);
}

/// An outgoing call with a reliable 183, for which the PRACK has no response yet.
fn calling(body: &str) -> (Callee, Message) {
    let mut alice = Callee::new();
    let invite = alice.call();
    alice.peer.cseq = 0;
    let fields = "Contact: <sip:alice@192.0.2.1>\r\nRequire: 100rel\r\nRSeq: 100\r\nAllow: UPDATE, PRACK\r\n";
    alice.respond(&invite, 183, fields, body);
    alice.take();
    (alice, invite)
}

#[test]
fn p_099_update_while_the_prack_of_the_answer_is_unanswered() {
    let (mut alice, _) = calling(ANSWER);
    update(&mut alice, OFFER);
    assert_eq!(alice.take(), ["491 UPDATE"]);
    let prack = alice.sent.iter().rfind(|(_, frame)| frame.is_request()).expect("a PRACK").1.octets().to_vec();
    let prack = Message::parse(&prack).expect("it can be read");
    alice.respond(&prack, 200, "", "");
    alice.take();
    update(&mut alice, OFFER);
    assert_eq!(alice.take(), ["<describe>"]);
    alice.describe(ANSWER);
    assert_eq!(alice.take()[0], "200 UPDATE sdp");
}

#[test]
fn p_100_update_while_we_owe_the_answer_to_a_183() {
    let mut alice = Callee::new();
    let invite = alice.call_without_offer();
    alice.peer.cseq = 0;
    alice.respond(&invite, 183, "Contact: <sip:alice@192.0.2.1>\r\nRequire: 100rel\r\nRSeq: 100\r\n", OFFER);
    assert!(alice.take().contains(&"<describe>".to_owned()));
    update(&mut alice, OFFER);
    assert_eq!(alice.take(), ["500 UPDATE"]);
    asks_to_retry(&alice.last());
    alice.describe(ANSWER);
    assert_eq!(alice.take()[0], "PRACK 100 sdp");
}

#[test]
fn p_101_update_while_the_answer_is_not_acknowledged() {
    let mut bob = described();
    update(&mut bob, OFFER);
    assert_eq!(bob.take(), ["500 UPDATE"]);
    asks_to_retry(&bob.last());
}

#[test]
fn p_102_update_after_it_is() {
    let mut bob = described();
    bob.prack("");
    bob.take();
    update(&mut bob, OFFER);
    assert_eq!(bob.take(), ["<describe>"]);
    bob.describe(ANSWER);
    assert_eq!(bob.take(), ["200 UPDATE sdp", "<update>"]);
    assert!(bob.last().header(Name::Contact).is_some());
}

#[test]
fn p_103_update_without_description_refreshes_the_target() {
    let mut bob = described();
    update(&mut bob, "");
    assert_eq!(bob.take(), ["200 UPDATE", "<update>"]);
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
    let mut bob = described();
    bob.prack("");
    update(&mut bob, OFFER);
    bob.take();
    update(&mut bob, OFFER);
    assert_eq!(bob.take(), ["500 UPDATE"]);
    asks_to_retry(&bob.last());
    bob.describe(ANSWER);
    assert_eq!(bob.take(), ["200 UPDATE sdp", "<update>"]);
}

#[test]
fn update_while_we_owe_the_answer_to_the_invite() {
    let mut bob = Callee::new();
    bob.invited();
    bob.progress(180);
    bob.prack("");
    bob.take();
    update(&mut bob, OFFER);
    assert_eq!(bob.take(), ["500 UPDATE"]);
    asks_to_retry(&bob.last());
}

// RFC 6337 figures 6 and 19: it was 491, as if the offer had been in a request of ours.
#[test]
fn update_while_the_offer_in_our_183_is_unanswered() {
    let mut bob = offerless("Require: 100rel\r\n");
    bob.progress(183);
    bob.describe(OFFER);
    bob.take();
    update(&mut bob, OFFER);
    assert_eq!(bob.take(), ["500 UPDATE"]);
    asks_to_retry(&bob.last());
}

// RFC 6141 section 4.6: a request that is refused refreshes no target.
#[test]
fn an_update_that_is_refused_moves_nothing() {
    let mut bob = described();
    bob.prack("");
    update(&mut bob, OFFER);
    bob.fail_media(488, Cause::MediaFailed);
    bob.accept();
    bob.ack("");
    bob.hangup();
    assert_eq!(bob.last().uri(), "sip:alice@192.0.2.1;transport=tcp");
}

#[test]
fn an_update_that_nobody_can_agree_to() {
    let mut bob = described();
    bob.prack("");
    update(&mut bob, OFFER);
    bob.take();
    bob.fail_media(488, Cause::MediaFailed);
    assert_eq!(bob.take(), ["488 UPDATE"]);
    assert!(bob.last().header(Name::Warning).is_some_and(|warning| warning.starts_with("399 ")));
    // The session is as it was: the call can be answered.
    bob.accept();
    assert_eq!(bob.take()[0], "200 INVITE");
}

#[test]
fn an_update_that_the_media_layer_forgets() {
    let mut bob = described();
    bob.prack("");
    update(&mut bob, OFFER);
    bob.take();
    bob.until(9999);
    assert_eq!(bob.take(), ["100 UPDATE"]);
    bob.until(10_000);
    assert_eq!(bob.take(), ["488 UPDATE", "<rollback>"]);
}

#[test]
fn p_106_the_first_reliable_response_carries_the_offer() {
    let mut bob = offerless("Require: 100rel\r\n");
    let silent = Progress { code: Some(180), sdp: Some(false), ..Progress::default() };
    assert_eq!(bob.try_progress(silent), Err(RefusalCode::OfferMissing));
    assert!(bob.take().is_empty());
    bob.progress(180);
    assert_eq!(bob.take(), ["<describe>"]);
    bob.describe(OFFER);
    assert_eq!(bob.take(), ["180 INVITE rel sdp"]);
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
}

#[test]
fn p_108_offer_in_180_answer_in_prack() {
    let mut bob = offerless("Require: 100rel\r\n");
    bob.progress(180);
    bob.describe(OFFER);
    bob.accept();
    bob.take();
    bob.prack(ANSWER);
    let seen = bob.take();
    let expected = ["200 PRACK", "<remote>", "200 INVITE", "<prack>", "<settled 1>", "<settled 2>", "<accepted>"];
    assert_eq!(seen, expected);
    bob.ack("");
    assert_eq!(bob.take(), ["<confirmed>"]);
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
    bob.until(3499);
    assert_eq!(bob.take(), ["<describe>", "<prack>", "<settled 1>"]);
    bob.until(4000);
    assert_eq!(bob.take_timed(), [(3500, "100 PRACK".to_owned())]);
    bob.describe(ANSWER);
    assert_eq!(bob.take(), ["200 PRACK sdp"]);
    assert!(bob.last().header(Name::Contact).is_none());
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

// RFC 3311 section 5.2 knows no reason to refuse a mere target refresh.
#[test]
fn an_update_without_description_while_the_offer_of_a_prack_is_answered() {
    let mut bob = described();
    bob.prack(OFFER);
    bob.take();
    update(&mut bob, "");
    assert_eq!(bob.take(), ["200 UPDATE", "<update>"]);
    update(&mut bob, OFFER);
    assert_eq!(bob.take(), ["500 UPDATE"]);
    bob.describe(ANSWER);
    assert_eq!(bob.take(), ["200 PRACK sdp"]);
}

#[test]
fn p_110_an_offer_that_is_refused_acknowledges_all_the_same() {
    let mut bob = described();
    bob.prack(OFFER);
    bob.take();
    bob.fail_media(488, Cause::MediaFailed);
    assert_eq!(bob.take(), ["488 PRACK"]);
    assert!(bob.last().header(Name::Warning).is_some());
    bob.until(9000);
    assert!(bob.take().is_empty(), "nothing is outstanding");
    bob.prack("");
    assert_eq!(bob.take(), ["200 PRACK"]);
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
    bob.until(9000);
    assert!(bob.take().is_empty());
}

#[test]
fn p_112_the_answer_goes_once() {
    let mut bob = described();
    bob.prack("");
    bob.take();
    bob.progress(180);
    assert_eq!(bob.take(), ["180 INVITE rel"]);
    bob.prack("");
    bob.accept();
    let seen = bob.take();
    assert!(seen.contains(&"200 INVITE".to_owned()), "{seen:?}");
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
