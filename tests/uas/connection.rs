//! Connections that are lost and come back, clocks that stand still.

use super::callee::{ANSWER, Callee, OFFER};
use prackle::protocol::Command;

fn ringing() -> Callee {
    let mut bob = Callee::new();
    bob.invited();
    bob.progress(180);
    bob.take();
    bob
}

#[test]
fn p_125_a_prack_that_waited_with_the_timer_wins() {
    let mut bob = ringing();
    bob.sleep_until(40_000);
    bob.prack("");
    bob.pass(100);
    assert_eq!(bob.take(), ["200 PRACK", "<prack>", "<settled 1>"]);
}

#[test]
fn p_126_a_sleeper_sends_once_and_keeps_the_schedule() {
    let mut bob = ringing();
    bob.until(200);
    bob.sleep_until(10_000);
    bob.until(20_000);
    assert_eq!(bob.take_timed(), [10_000, 15_500].map(|at| (at, "180 INVITE rel".to_owned())));
}

#[test]
fn p_144_a_reliable_transport_changes_nothing() {
    let mut bob = ringing();
    bob.until(31_999);
    let times: Vec<u64> = bob.take_timed().into_iter().map(|(at, _)| at).collect();
    assert_eq!(times, [500, 1500, 3500, 7500, 15_500, 31_500]);
}

#[test]
fn p_145_lost_and_back() {
    let mut bob = ringing();
    bob.until(2000);
    bob.lose_connection();
    bob.take();
    bob.until(6000);
    bob.restore_connection();
    bob.until(31_999);
    let times: Vec<u64> = bob.take_timed().into_iter().map(|(at, _)| at).collect();
    assert_eq!(times, [6000, 7500, 15_500, 31_500]);
    assert!(bob.sent.iter().all(|(_, frame)| frame.octets() == bob.sent[0].1.octets()));
    bob.prack("");
    assert_eq!(bob.take(), ["200 PRACK", "<prack>", "<settled 1>"]);
}

// The connection came back to a hidden tab at the very time of a repetition: the response left
// twice.
#[test]
fn back_when_the_schedule_sends_anyhow() {
    let mut bob = ringing();
    bob.until(2000);
    bob.lose_connection();
    bob.take();
    bob.sleep_until(7_600);
    bob.restore_connection();
    bob.until(20_000);
    let times: Vec<u64> = bob.take_timed().into_iter().map(|(at, _)| at).collect();
    assert_eq!(times, [7_600, 15_500]);
}

// It came back when the response had to be given up: it was sent once more before.
#[test]
fn back_when_it_is_too_late() {
    let mut bob = ringing();
    bob.until(2000);
    bob.lose_connection();
    bob.take();
    bob.sleep_until(32_000);
    bob.restore_connection();
    bob.until(33_000);
    assert_eq!(bob.take(), ["<failed 1 NoPrack>", "<noprack>", "504 INVITE", "<ended NoPrack 504>"]);
}

// The 504 of 32 s had no connection to go on, and was never sent at all.
#[test]
fn p_146_lost_for_longer_than_the_deadline() {
    let mut bob = ringing();
    bob.until(2000);
    bob.lose_connection();
    bob.take();
    bob.until(32_000);
    assert_eq!(bob.take(), ["<failed 1 NoPrack>", "<noprack>", "<ended NoPrack 504>"]);
    bob.until(40_000);
    bob.restore_connection();
    assert_eq!(bob.take_timed(), [(40_000, "504 INVITE".to_owned())]);
    bob.ack_failure();
    bob.pass(60_000);
    assert!(bob.take().is_empty());
    assert_eq!(bob.agent.load(), 0);
}

#[test]
fn a_rejection_while_the_connection_is_gone_goes_when_it_is_back() {
    let mut bob = ringing();
    bob.until(1000);
    bob.lose_connection();
    bob.reject(486);
    bob.take();
    bob.until(3000);
    bob.restore_connection();
    assert_eq!(bob.take_timed(), [(3000, "486 INVITE".to_owned())]);
}

#[test]
fn an_answer_while_the_connection_is_gone_goes_when_it_is_back() {
    let mut bob = ringing();
    bob.prack("");
    bob.until(1000);
    bob.lose_connection();
    bob.accept();
    bob.describe(ANSWER);
    bob.take();
    bob.until(3000);
    bob.restore_connection();
    assert_eq!(bob.take_timed(), [(3000, "200 INVITE sdp".to_owned())]);
    bob.ack("");
    assert_eq!(bob.take(), ["<confirmed>"]);
}

#[test]
fn a_call_that_nobody_can_reach_any_more_ends() {
    let mut bob = ringing();
    bob.prack("");
    bob.until(2000);
    bob.lose_connection();
    bob.take();
    bob.until(33_999);
    assert!(bob.take().is_empty());
    bob.until(34_000);
    assert_eq!(bob.take(), ["<ended Connection>"]);
    bob.until(100_000);
    assert_eq!(bob.agent.load(), 0);
}

#[test]
fn a_confirmed_call_survives_the_loss() {
    let mut bob = ringing();
    bob.accept();
    bob.describe(ANSWER);
    bob.ack("");
    bob.lose_connection();
    bob.take();
    bob.until(300_000);
    bob.restore_connection();
    assert!(bob.take().is_empty());
    bob.request("BYE", "", "");
    assert_eq!(bob.take(), ["200 BYE", "<ended Bye>"]);
}

// Over a reliable transport nobody else repeats it: the caller would have rung for ever.
#[test]
fn a_rejection_that_the_connection_took_along_goes_again() {
    let mut bob = ringing();
    bob.until(1000);
    bob.reject(486);
    bob.lose_connection();
    bob.take();
    let first = bob.response(486, "INVITE");
    bob.until(3000);
    bob.restore_connection();
    assert_eq!(bob.take_timed(), [(3000, "486 INVITE".to_owned())]);
    assert_eq!(bob.last().octets(), first.octets());
    bob.ack_failure();
    bob.lose_connection();
    bob.restore_connection();
    assert_eq!(bob.take(), [""; 0], "its ACK has come");
}

#[test]
fn a_cancelled_call_whose_487_the_connection_took_along() {
    let mut bob = ringing();
    bob.cancel("");
    bob.lose_connection();
    bob.take();
    bob.pass(20_000);
    bob.restore_connection();
    assert_eq!(bob.take(), ["487 INVITE"]);
    bob.pass(70_000);
    bob.lose_connection();
    bob.restore_connection();
    assert_eq!(bob.take(), [""; 0], "after 64*T1 nobody waits for it");
    assert_eq!(bob.agent.load(), 0);
}

#[test]
fn a_200_that_the_connection_took_along_goes_again_at_once() {
    let mut bob = ringing();
    bob.accept();
    bob.describe(ANSWER);
    bob.lose_connection();
    bob.take();
    bob.until(2000);
    bob.restore_connection();
    bob.until(4000);
    let times: Vec<u64> = bob.take_timed().into_iter().map(|(at, _)| at).collect();
    assert_eq!(times, [2000, 3500], "then by its schedule");
}

#[test]
fn the_answer_to_the_offer_of_a_prack_waits_for_the_connection() {
    let mut bob = Callee::new();
    bob.invited();
    bob.progress(183);
    bob.describe(ANSWER);
    bob.accept();
    bob.prack(OFFER);
    bob.lose_connection();
    bob.describe(ANSWER);
    bob.take();
    bob.pass(2000);
    bob.restore_connection();
    let mut seen = bob.take();
    seen.sort();
    assert_eq!(seen, ["200 INVITE", "200 PRACK sdp"]);
}

#[test]
fn a_response_that_is_decided_without_connection_goes_with_the_next() {
    let mut bob = Callee::new();
    bob.invited();
    bob.lose_connection();
    bob.progress(180);
    bob.pass(2000);
    assert_eq!(bob.take(), [""; 0]);
    bob.restore_connection();
    assert_eq!(bob.take(), ["180 INVITE rel"]);
    bob.prack("");
    assert_eq!(bob.take(), ["200 PRACK", "<prack>", "<settled 1>"]);
}

#[test]
fn an_unreliable_one_is_not_stored() {
    let mut bob = Callee::new();
    bob.invite("", OFFER);
    bob.lose_connection();
    bob.progress(180);
    bob.take();
    bob.pass(2000);
    bob.restore_connection();
    assert_eq!(bob.take(), [""; 0]);
    bob.until(60_000);
    assert_eq!(bob.take(), ["180 INVITE"], "its minute has passed");
}

#[test]
fn a_200_without_ack_while_the_connection_is_gone() {
    let mut bob = ringing();
    bob.accept();
    bob.describe(ANSWER);
    bob.until(1000);
    bob.lose_connection();
    bob.take();
    bob.until(32_000);
    assert_eq!(bob.take(), ["<noack>", "<ended NoAck>"]);
    bob.restore_connection();
    assert_eq!(bob.take(), ["BYE"]);
}

// RFC 3261 section 15 has a callee's BYE wait for the ACK: for ever, when the agent is switched
// off before that. The caller sat in a call that nobody was in.
#[test]
fn switched_off_before_the_ack() {
    let mut bob = ringing();
    bob.accept();
    bob.describe(ANSWER);
    bob.hangup();
    bob.take();
    bob.command(Command::Disconnect);
    assert_eq!(bob.take(), ["BYE"]);
    let mut bob = ringing();
    bob.accept();
    bob.describe(ANSWER);
    bob.take();
    bob.command(Command::Disconnect);
    assert_eq!(bob.take(), ["<ended Bye>", "BYE"]);
}

#[test]
fn switched_off_while_ringing() {
    let mut bob = ringing();
    bob.command(Command::Disconnect);
    assert_eq!(bob.take(), ["480 INVITE", "<failed 1 Cancelled>", "<ended Rejected 480>"]);
}
