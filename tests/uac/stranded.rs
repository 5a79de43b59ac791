//! A call that was given up for want of a connection, while its INVITE was still ringing.

use super::caller::{ANSWER, Caller};

/// A reliable 180 is acknowledged, RSeq 100; the connection goes at 1 s, and the call with it at 33 s.
fn lost_for_good() -> Caller {
    let mut alice = Caller::calling();
    alice.reliable(180, "a", 100, "");
    alice.until(1000);
    alice.lose_connection();
    alice.until(33_000);
    assert_eq!(alice.take(), ["PRACK 100", "<progress 180 rel>", "<ended Connection>"]);
    alice
}

// Nobody cancelled the INVITE: the callee rang on for a call that was over.
#[test]
fn it_is_cancelled_when_the_connection_is_back() {
    let mut alice = lost_for_good();
    alice.until(40_000);
    alice.restore_connection();
    assert_eq!(alice.take(), ["CANCEL"]);
    alice.answer("CANCEL", 200, "", "");
    alice.reply(487, "a", "", "");
    assert_eq!(alice.take(), ["ACK"]);
    alice.finish();
}

#[test]
fn the_200_was_faster_than_the_cancel() {
    let mut alice = lost_for_good();
    alice.until(40_000);
    alice.restore_connection();
    assert_eq!(alice.take(), ["CANCEL"]);
    alice.ok("a", ANSWER);
    assert_eq!(alice.take(), ["ACK", "BYE"]);
    alice.answer("BYE", 200, "", "");
    alice.finish();
}

#[test]
fn hung_up_while_it_was_lost_and_back_too_late() {
    let mut alice = Caller::calling();
    alice.reliable(180, "a", 100, "");
    alice.lose_connection();
    alice.until(10_000);
    alice.hangup();
    alice.until(40_000);
    assert_eq!(alice.take(), ["PRACK 100", "<progress 180 rel>", "<ended Cancelled>"]);
    alice.restore_connection();
    assert_eq!(alice.take(), ["CANCEL"]);
    alice.reliable(180, "a", 100, "");
    alice.reliable(180, "a", 101, "");
    assert_eq!(alice.take(), ["PRACK 101"]);
    assert_eq!(alice.last().cseq().number, 3);
    alice.until(72_000);
    assert_eq!(alice.take(), [""; 0]);
    assert_eq!(alice.agent.load(), 0);
}

#[test]
fn after_timer_c_nothing_is_cancelled() {
    let mut alice = lost_for_good();
    alice.until(222_999);
    assert_ne!(alice.agent.load(), 0);
    alice.until(223_000);
    assert_eq!(alice.agent.load(), 0);
    alice.restore_connection();
    assert_eq!(alice.take(), [""; 0]);
}

// `dialogended` was told of a call that was over.
#[test]
fn a_199_that_comes_too_late() {
    for reliable in [true, false] {
        let mut alice = lost_for_good();
        alice.until(40_000);
        alice.restore_connection();
        alice.take();
        if reliable {
            alice.reliable(199, "a", 101, "");
            assert_eq!(alice.take(), ["PRACK 101"]);
        } else {
            alice.unreliable(199, "a", "");
            assert_eq!(alice.take(), [""; 0]);
        }
    }
}
