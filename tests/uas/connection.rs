//! Connections that are lost and come back, clocks that stand still.

use super::callee::{ANSWER, Callee};

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
