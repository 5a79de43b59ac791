//! What no honest caller sends (`P-161`).

use super::callee::{ANSWER, Callee, OFFER};
use super::mutation::{Dice, Situation, play};
use prackle::protocol::{Progress, Reinvites};

/// An incoming call with a reliable response outstanding.
fn ringing(dice: &mut Dice) -> Situation<Callee> {
    let mut bob = Callee::new();
    bob.invited();
    let invite = bob.invite_frame("Supported: 100rel\r\nExpires: 60\r\n", OFFER);
    bob.progress(183);
    bob.describe(ANSWER);
    if dice.roll(2) == 0 {
        bob.accept();
    }
    let rack = format!("RAck: {} 1 INVITE\r\n", bob.rseq);
    let frames = vec![
        bob.peer.frame("PRACK", 2, "z9hG4bKa", &rack, ""),
        bob.peer.frame("PRACK", 3, "z9hG4bKb", &rack, OFFER),
        bob.peer.frame("UPDATE", 4, "z9hG4bKc", "Contact: <sip:alice@192.0.2.1>\r\n", OFFER),
        bob.peer.frame("BYE", 5, "z9hG4bKd", "Reason: SIP;cause=200\r\n", ""),
        bob.peer.frame("ACK", 1, "z9hG4bKe", "", ""),
        bob.peer.frame("CANCEL", 1, &bob.peer.branch, "", ""),
        invite.replace("call-one", "call-two").replace("z9hG4bKpeer", "z9hG4bKother"),
        invite,
    ];
    Situation { agent: bob, frames, act: |_, _, _| {} }
}

/// A confirmed call; the media layer or the application decides about re-INVITEs.
fn confirmed(dice: &mut Dice) -> Situation<Callee> {
    let reinvites = if dice.roll(2) == 0 { Reinvites::Auto } else { Reinvites::Manual };
    let mut bob = Callee::with(|config| (config.reinvites, config.first_rseq) = (reinvites, Some(100)));
    bob.invited();
    bob.accept();
    bob.describe(ANSWER);
    bob.ack("");
    let contact = "Contact: <sip:alice@192.0.2.1>\r\n";
    let frames = vec![
        bob.peer.frame("INVITE", 2, "z9hG4bKa", &format!("{contact}Supported: 100rel\r\n"), OFFER),
        bob.peer.frame("INVITE", 3, "z9hG4bKb", &format!("{contact}Require: 100rel\r\n"), ""),
        bob.peer.frame("PRACK", 4, "z9hG4bKg", "RAck: 100 2 INVITE\r\n", OFFER),
        bob.peer.frame("ACK", 2, "z9hG4bKc", "", ANSWER),
        bob.peer.frame("UPDATE", 4, "z9hG4bKd", contact, OFFER),
        bob.peer.frame("INFO", 5, "z9hG4bKe", "Content-Type: application/dtmf-relay\r\n", "Signal=1"),
        bob.peer.frame("CANCEL", 2, "z9hG4bKa", "", ""),
    ];
    Situation { agent: bob, frames, act: decide }
}

/// The application does something about a re-INVITE, be it possible or not.
fn decide(agent: &mut Callee, seen: &[String], dice: &mut Dice) {
    if !seen.iter().any(|words| words == "<reinvite>") {
        return;
    }
    for _ in 0..dice.roll(3) {
        let _ = agent.try_progress(Progress { code: Some(183), ..Progress::default() });
    }
    if dice.roll(2) == 0 {
        let _ = agent.try_accept();
    }
    agent.describe(ANSWER);
}

#[test]
fn p_161_nothing_breaks_it() {
    play(|dice| if dice.roll(2) == 0 { ringing(dice) } else { confirmed(dice) });
}
