//! UPDATEs of both sides while the peer's re-INVITE is open (RFC 6337 section 4.3 and figures
//! 5 to 19), and descriptions in messages where none belongs.

use super::callee::{ANSWER, Callee, OFFER};
use super::updates::{CALLER, CONTACT, early, retry_after};
use super::updates_sent::answer;
use prackle::protocol::{RefusalCode, Reinvites};

/// A confirmed call from a caller that takes UPDATE; the application decides about re-INVITEs.
fn confirmed() -> Callee {
    let mut bob = Callee::with(|config| config.reinvites = Reinvites::Manual);
    bob.invite(CALLER, OFFER);
    bob.accept();
    bob.describe(ANSWER);
    bob.ack("");
    bob.take();
    bob
}

/// A re-INVITE, with an offer or without, is open.
fn reinvited(body: &str) -> Callee {
    let mut bob = confirmed();
    bob.reinvite(&[CONTACT, CALLER].concat(), body);
    assert_eq!(bob.take(), ["<reinvite>"]);
    bob
}

/// An offer of the caller comes too early.
fn too_early(bob: &mut Callee) {
    bob.request("UPDATE", CONTACT, OFFER);
    assert_eq!(bob.take(), ["500 UPDATE"]);
    retry_after(&bob.last());
    bob.request("UPDATE", CONTACT, "");
    assert_eq!(bob.take(), ["200 UPDATE", "<update>"], "a target refresh never does");
}

#[test]
fn before_and_after_the_answer_in_a_183() {
    let mut bob = reinvited(OFFER);
    too_early(&mut bob);
    assert_eq!(bob.try_update(None, true, false), Err(RefusalCode::OaPending));
    let progress = bob.progress(183);
    bob.describe(ANSWER);
    bob.take();
    too_early(&mut bob);
    let number = bob.update();
    assert_eq!(bob.take(), [""; 0], "ours waits for the PRACK");
    bob.prack("");
    assert_eq!(bob.take(), ["200 PRACK", "<prack>", &format!("<settled {progress}>"), "<describe>"]);
    bob.describe(OFFER);
    answer(&mut bob, 200, CONTACT, ANSWER);
    assert_eq!(bob.take(), ["UPDATE sdp", "<remote>", "<updated>", &format!("<settled {number}>")]);
    bob.request("UPDATE", CONTACT, OFFER);
    bob.describe(ANSWER);
    assert_eq!(bob.take(), ["<describe>", "200 UPDATE sdp", "<update>", "<updated>"]);
    bob.accept();
    assert_eq!(bob.take()[0], "200 INVITE");
}

// Figures 5, 12 and 19: the offer that it did not make has to come first.
#[test]
fn without_an_offer() {
    let mut bob = reinvited("");
    too_early(&mut bob);
    bob.progress(183);
    assert_eq!(bob.take(), ["<describe>"]);
    too_early(&mut bob);
    bob.describe(OFFER);
    assert_eq!(bob.take(), ["183 INVITE rel sdp"]);
    too_early(&mut bob);
    bob.prack(ANSWER);
    bob.request("UPDATE", CONTACT, OFFER);
    assert_eq!(bob.take().last().map(String::as_str), Some("<describe>"));
}

#[test]
fn an_offer_in_its_200_waits_for_the_ack() {
    let mut bob = reinvited("");
    bob.accept();
    bob.describe(OFFER);
    assert_eq!(bob.take()[..2], ["<describe>", "200 INVITE sdp"]);
    too_early(&mut bob);
    bob.update();
    assert_eq!(bob.take(), [""; 0]);
    bob.ack(ANSWER);
    assert_eq!(bob.take(), ["<remote>", "<describe>"]);
}

// Figures 16 and 17: UAS-UcI and UAS-UsI, whatever the re-INVITE carries.
#[test]
fn while_an_update_is_open() {
    let mut bob = confirmed();
    bob.update();
    bob.describe(OFFER);
    bob.take();
    for body in [OFFER, ""] {
        bob.reinvite(CONTACT, body);
        assert_eq!(bob.take(), ["491 INVITE"]);
        bob.ack_failure();
    }
    answer(&mut bob, 200, CONTACT, ANSWER);
    bob.request("UPDATE", CONTACT, OFFER);
    bob.take();
    for body in [OFFER, ""] {
        bob.reinvite(CONTACT, body);
        assert_eq!(bob.take(), ["500 INVITE"]);
        retry_after(&bob.last());
        bob.ack_failure();
    }
}

#[test]
fn the_peer_reinvites_while_ours_waits_out_a_glare() {
    let mut bob = confirmed();
    bob.update();
    bob.describe(OFFER);
    answer(&mut bob, 491, "", "");
    bob.take();
    bob.reinvite(CONTACT, OFFER);
    assert_eq!(bob.take(), ["<rollback>", "<reinvite>"], "our offer is out of date");
    bob.accept();
    bob.describe(ANSWER);
    bob.take();
    bob.until(4000);
    bob.take();
    bob.ack("");
    assert_eq!(bob.take(), ["<describe>"]);
}

// Neither offer nor answer: they do not count.
#[test]
fn descriptions_in_the_wrong_place() {
    // In the ACK of an exchange that is complete.
    let mut bob = early();
    bob.accept();
    bob.ack(OFFER);
    assert_eq!(bob.take().last().map(String::as_str), Some("<confirmed>"));
    // In the 200 to an UPDATE without an offer.
    let mut bob = early();
    bob.try_update(None, false, true).expect("it may go");
    answer(&mut bob, 200, CONTACT, ANSWER);
    assert_eq!(bob.take(), ["UPDATE", "<settled 2>"]);
    bob.request("UPDATE", CONTACT, OFFER);
    assert_eq!(bob.take(), ["<describe>"], "nothing is open");
    // In an UPDATE, instead of the PRACK that owes the answer.
    let mut bob = Callee::new();
    bob.invite("Require: 100rel\r\n", "");
    bob.progress(183);
    bob.describe(OFFER);
    bob.take();
    bob.request("UPDATE", CONTACT, ANSWER);
    assert_eq!(bob.take(), ["500 UPDATE"]);
    bob.prack(ANSWER);
    assert_eq!(bob.take()[..2], ["200 PRACK", "<remote>"]);
}

#[test]
fn an_update_of_another_dialog_or_none() {
    let mut bob = early();
    let own = bob.peer.tag.clone();
    bob.peer.tag = "somebody-else".to_owned();
    bob.request("UPDATE", CONTACT, OFFER);
    bob.peer.tag = own;
    assert_eq!(bob.take(), ["481 UPDATE"]);
    let number = bob.peer.cseq - 1;
    bob.request("UPDATE", CONTACT, "");
    bob.numbered("UPDATE", number, CONTACT, OFFER);
    assert_eq!(bob.take(), ["200 UPDATE", "<update>", "500 UPDATE"], "it is out of order");
    bob.reject(486);
    bob.take();
    bob.request("UPDATE", CONTACT, OFFER);
    assert_eq!(bob.take(), ["481 UPDATE"]);
}
