//! The UPDATEs that a callee sends (RFC 3311 sections 5.1 and 5.3, `P-105`).

use super::callee::{ANSWER, Callee, OFFER};
use super::updates::{CALLER, CONTACT, answered_early, early, invited};
use prackle::message::{Message, Name};
use prackle::protocol::RefusalCode;

/// An UPDATE with an offer has left; its command has this number.
fn updating() -> (Callee, u32) {
    let mut bob = early();
    let number = bob.update();
    bob.describe(OFFER);
    assert_eq!(bob.take(), ["<describe>", "UPDATE sdp"]);
    (bob, number)
}

pub(crate) fn answer(bob: &mut Callee, status: u16, fields: &str, body: &str) {
    let update = bob.sent.iter().rfind(|(_, sent)| sent.is_request()).expect("a request").1.octets().to_vec();
    let update = Message::parse(&update).expect("what we send can be read");
    bob.respond(&update, status, fields, body);
}

fn settled(number: u32) -> String {
    format!("<settled {number}>")
}

// RFC 3311 section 5.1: not before the PRACK of the response that carried the answer.
#[test]
fn an_offer_waits_for_the_prack_of_the_answer() {
    let mut bob = answered_early();
    assert_eq!(bob.try_update(None, true, false), Err(RefusalCode::OaPending));
    let number = bob.update();
    assert_eq!(bob.take(), [""; 0]);
    bob.prack("");
    assert_eq!(bob.take(), ["200 PRACK", "<prack>", "<settled 1>", "<describe>"]);
    bob.describe(OFFER);
    assert_eq!(bob.take(), ["UPDATE sdp"]);
    let update = bob.last();
    assert_eq!((update.uri(), update.cseq().number), ("sip:alice@192.0.2.1;transport=tcp", 1));
    assert!(update.header(Name::Contact).is_some());
    answer(&mut bob, 200, CONTACT, ANSWER);
    assert_eq!(bob.take(), ["<remote>".to_owned(), settled(number)]);
    // RFC 3261 section 13.2.1: the answer went long ago.
    bob.accept();
    assert_eq!(bob.take()[0], "200 INVITE");
}

#[test]
fn an_offer_of_ours_in_the_183_has_to_be_answered_first() {
    let mut bob = Callee::new();
    bob.invite(CALLER, "");
    bob.progress(183);
    bob.describe(OFFER);
    bob.update();
    assert_eq!(bob.take(), ["<invite>", "<describe>", "183 INVITE rel sdp"]);
    bob.prack(ANSWER);
    assert_eq!(bob.take(), ["200 PRACK", "<remote>", "<prack>", "<settled 1>", "<describe>"]);
}

#[test]
fn an_offer_in_the_prack_comes_first() {
    let mut bob = answered_early();
    bob.update();
    bob.prack(OFFER);
    assert_eq!(bob.take(), ["<describe>", "<prack>", "<settled 1>"]);
    bob.describe(ANSWER);
    assert_eq!(bob.take(), ["200 PRACK sdp", "<describe>"]);
}

// Before any response the caller has no dialog to be updated.
#[test]
fn a_target_refresh_waits_for_the_first_response() {
    let mut bob = invited();
    assert_eq!(bob.try_update(None, false, false), Err(RefusalCode::OaPending));
    bob.try_update(None, false, true).expect("it waits");
    assert_eq!(bob.take(), [""; 0]);
    bob.progress(180);
    assert_eq!(bob.take(), ["180 INVITE rel", "UPDATE"]);
    answer(&mut bob, 200, "Contact: <sip:alice@192.0.2.7>\r\n", "");
    assert_eq!(bob.take(), ["<settled 2>"]);
}

#[test]
fn the_caller_does_not_allow_update() {
    let mut bob = Callee::new();
    bob.invited();
    bob.progress(180);
    bob.take();
    assert_eq!(bob.try_update(None, false, true), Err(RefusalCode::MethodNotAllowed));
    let rack = format!("RAck: {} 1 INVITE\r\n", bob.rseq);
    bob.request("PRACK", &(rack + "Allow: UPDATE\r\n"), "");
    assert!(bob.try_update(None, false, true).is_ok());
    assert_eq!(bob.try_update(Some(1), false, true), Err(RefusalCode::InvalidState), "there is but one dialog");
}

#[test]
fn p_105_the_offers_meet() {
    let (mut bob, number) = updating();
    bob.request("UPDATE", CONTACT, OFFER);
    assert_eq!(bob.take(), ["491 UPDATE"]);
    bob.request("UPDATE", CONTACT, "");
    assert_eq!(bob.take(), ["200 UPDATE", "<update>"]);
    answer(&mut bob, 200, CONTACT, ANSWER);
    assert_eq!(bob.take(), ["<remote>".to_owned(), settled(number)]);
    bob.request("UPDATE", CONTACT, OFFER);
    assert_eq!(bob.take(), ["<describe>"]);
}

// RFC 3311 section 5.3: who does not own the Call-ID waits for 0 to 2 s.
#[test]
fn after_a_491_once_more() {
    for seed in 0..20 {
        let (mut bob, number) = updating();
        // The draw depends on what was drawn before.
        (0..seed).for_each(|_| bob.request("INVITE", CONTACT, OFFER));
        bob.take();
        let update = bob.sent.iter().rfind(|(_, sent)| sent.is_request()).expect("it").1.octets().to_vec();
        let update = Message::parse(&update).expect("it can be read");
        bob.respond(&update, 491, "", "");
        bob.until(2000);
        let [(at, words)] = &bob.take_timed()[..] else { panic!("not one message") };
        assert_eq!((words.as_str(), at % 10), ("UPDATE sdp", 0));
        assert_eq!((bob.last().body(), bob.last().cseq().number), (update.body(), 2));
        answer(&mut bob, 200, CONTACT, ANSWER);
        assert_eq!(bob.take(), ["<remote>".to_owned(), settled(number)]);
    }
}

#[test]
fn the_call_is_cancelled_meanwhile() {
    let mut bob = answered_early();
    bob.update();
    bob.cancel("");
    let seen = bob.take();
    assert!(seen.contains(&"<failed 2 DialogEnded>".to_owned()) && seen.contains(&"487 INVITE".to_owned()), "{seen:?}");
    // It was on its way already.
    let (mut bob, number) = updating();
    bob.cancel("");
    let seen = bob.take();
    assert!(seen.contains(&format!("<failed {number} DialogEnded>")), "{seen:?}");
    answer(&mut bob, 200, CONTACT, ANSWER);
    assert_eq!(bob.take(), [""; 0]);
}

// RFC 3311 section 5.3: the dialog is over, and no INVITE can be answered without.
#[test]
fn a_481_or_408_or_silence_ends_the_dialog() {
    for end in [Some(481), Some(408), None] {
        let (mut bob, number) = updating();
        match end {
            Some(status) => answer(&mut bob, status, "", ""),
            None => bob.pass(32_000),
        }
        let cause = if end == Some(481) { "Rejected" } else { "Timeout" };
        let seen = bob.take();
        assert_eq!(seen[..2], ["<rollback>".to_owned(), format!("<failed {number} {cause}>")]);
        assert_eq!(seen[2..], ["500 INVITE", "<ended DialogGone 500>"]);
    }
}

#[test]
fn the_200_need_not_wait_for_the_answer_to_our_update() {
    let (mut bob, number) = updating();
    let accepted = bob.accept();
    assert_eq!(bob.take(), ["200 INVITE".to_owned(), settled(accepted), "<accepted>".to_owned()]);
    answer(&mut bob, 200, CONTACT, ANSWER);
    assert_eq!(bob.take(), ["<remote>".to_owned(), "<updated>".to_owned(), settled(number)]);
    bob.ack("");
    assert_eq!(bob.take(), ["<confirmed>"]);
}

// RFC 6337 figure 8: the ACK may be on its way still, behind what the caller offers next.
#[test]
fn after_the_200_ours_waits_for_the_ack_and_the_callers_does_not() {
    let mut bob = early();
    bob.accept();
    bob.take();
    assert_eq!(bob.try_update(None, true, false), Err(RefusalCode::OaPending));
    bob.update();
    assert_eq!(bob.take(), [""; 0]);
    bob.request("UPDATE", CONTACT, OFFER);
    bob.describe(ANSWER);
    assert_eq!(bob.take(), ["<describe>", "200 UPDATE sdp", "<update>", "<updated>"]);
    bob.ack("");
    assert_eq!(bob.take(), ["<confirmed>", "<describe>"]);
}
