//! Messages that cross, and clocks that stand still while they do.

use super::callee::{ANSWER, Callee, OFFER};
use prackle::protocol::{Progress, RefusalCode};

fn ringing() -> Callee {
    let mut bob = Callee::new();
    bob.invited();
    bob.progress(180);
    bob.take();
    bob
}

/// A call whose 183 with the answer is outstanding.
fn described() -> Callee {
    let mut bob = Callee::new();
    bob.invited();
    bob.progress(183);
    bob.describe(ANSWER);
    bob.take();
    bob
}

// PRACK against CANCEL and BYE.

#[test]
fn the_cancel_overtakes_the_prack() {
    for body in ["", OFFER] {
        let mut bob = described();
        bob.progress(180);
        bob.accept();
        bob.take();
        bob.cancel("");
        bob.prack(body);
        let seen = bob.take();
        assert_eq!(seen[..2], ["200 CANCEL", "487 INVITE"], "{seen:?}");
        assert_eq!(seen.last().map(String::as_str), Some("200 PRACK"));
        assert!(!seen.iter().any(|words| words == "<prack>" || words.starts_with("200 INVITE")), "{seen:?}");
    }
}

#[test]
fn the_prack_overtakes_the_cancel() {
    let mut bob = described();
    bob.progress(180);
    bob.prack("");
    bob.cancel("");
    let seen = bob.take();
    let expected = ["200 PRACK", "180 INVITE rel", "<prack>", "<settled 1>", "200 CANCEL", "487 INVITE"];
    assert_eq!(seen[..6], expected, "{seen:?}");
    bob.prack("");
    assert_eq!(bob.take(), ["200 PRACK"], "the 180 that the PRACK had released");
}

#[test]
fn the_prack_releases_the_200_before_the_cancel() {
    let mut bob = described();
    bob.accept();
    bob.prack("");
    bob.take();
    bob.cancel("");
    assert_eq!(bob.take(), ["200 CANCEL"], "it comes too late");
    bob.ack("");
    assert_eq!(bob.take(), ["<confirmed>"]);
}

#[test]
fn the_bye_overtakes_the_prack() {
    let mut bob = described();
    let rack = format!("RAck: {} 1 INVITE\r\n", bob.rseq);
    bob.numbered("BYE", 3, "", "");
    bob.take();
    bob.numbered("PRACK", 2, &rack, "");
    assert_eq!(bob.take(), ["500 PRACK"], "RFC 3261 section 12.2.2: it is older than the BYE");
    bob.numbered("PRACK", 4, &rack, "");
    assert_eq!(bob.take(), ["200 PRACK"]);
}

#[test]
fn a_cancel_while_the_media_layer_works_for_an_update() {
    let mut bob = described();
    bob.prack("");
    bob.request("UPDATE", "Contact: <sip:alice@192.0.2.1>\r\n", OFFER);
    bob.accept();
    bob.take();
    bob.cancel("");
    let seen = bob.take();
    for words in ["200 CANCEL", "487 INVITE", "487 UPDATE", "<failed 2 Cancelled>", "<cancel>"] {
        assert!(seen.contains(&words.to_owned()), "{words}: {seen:?}");
    }
    assert_eq!(seen.last().map(String::as_str), Some("<ended Cancelled>"));
    bob.describe(ANSWER);
    assert_eq!(bob.take(), [""; 0]);
}

#[test]
fn the_200_waits_for_the_answer_to_an_update() {
    let mut bob = described();
    bob.prack("");
    bob.request("UPDATE", "Contact: <sip:alice@192.0.2.1>\r\n", OFFER);
    bob.take();
    bob.accept();
    assert_eq!(bob.take(), [""; 0]);
    bob.describe(ANSWER);
    let seen = bob.take();
    let frames: Vec<_> = seen.iter().filter(|words| !words.starts_with('<')).collect();
    assert_eq!(frames, ["200 UPDATE sdp", "200 INVITE"]);
}

#[test]
fn what_is_said_of_a_prack() {
    for (body, offer) in [("", false), (OFFER, true)] {
        let mut bob = described();
        bob.keep_events();
        bob.prack(body);
        let told = bob.events().iter().find_map(|event| match event {
            prackle::protocol::Event::Prack { offer, .. } => Some(*offer),
            _ => None,
        });
        assert_eq!(told, Some(offer));
    }
}

// Final responses against PRACKs.

#[test]
fn a_rejection_while_the_offer_of_a_prack_is_answered() {
    let mut bob = described();
    bob.prack(OFFER);
    bob.take();
    bob.reject(486);
    assert_eq!(bob.take(), ["486 INVITE", "487 PRACK", "<ended Busy 486>"]);
    bob.describe(ANSWER);
    assert_eq!(bob.take(), [""; 0]);
}

#[test]
fn a_rejection_between_noprack_and_its_504_is_a_5xx() {
    for (status, expected) in [(486, Err(RefusalCode::InvalidArgument)), (600, Err(RefusalCode::InvalidArgument))] {
        let mut bob = described();
        bob.until(31_999);
        bob.step();
        bob.take();
        let command = prackle::protocol::Command::Reject {
            call: bob.call,
            status: Some(status),
            reason: None,
            headers: Vec::new(),
        };
        assert_eq!(bob.try_command(command).map_err(|refusal| refusal.code), expected);
        bob.until(32_000);
        assert_eq!(bob.take()[0], "504 INVITE");
    }
}

#[test]
fn a_hangup_between_noprack_and_its_504_is_one() {
    let mut bob = described();
    bob.until(31_999);
    bob.step();
    bob.take();
    bob.hangup();
    assert_eq!(bob.take(), ["504 INVITE", "<ended NoPrack 504>"]);
}

#[test]
fn a_prack_after_the_504() {
    let mut bob = described();
    bob.accept();
    bob.until(32_000);
    bob.take();
    bob.prack("");
    assert_eq!(bob.take(), ["200 PRACK"], "it need not be told that it came too late");
}

// Clocks that stand still.

#[test]
fn asleep_over_the_end_of_the_schedule() {
    let mut bob = ringing();
    bob.until(200);
    bob.sleep_until(100_000);
    bob.until(100_000);
    assert_eq!(bob.take(), ["<failed 1 NoPrack>", "<noprack>", "504 INVITE", "<ended NoPrack 504>"]);
}

// What came first counts, though both are noticed at once.
#[test]
fn asleep_over_expires_and_the_end_of_the_schedule() {
    for (seconds, expected) in
        [(20, ["487 INVITE", "<ended NoAnswer 487>"]), (40, ["504 INVITE", "<ended NoPrack 504>"])]
    {
        let mut bob = Callee::new();
        bob.invite(&format!("Supported: 100rel\r\nExpires: {seconds}\r\n"), OFFER);
        bob.progress(180);
        bob.take();
        bob.sleep_until(100_000);
        bob.until(100_000);
        let seen = bob.take();
        assert_eq!(seen.iter().filter(|words| words.contains("INVITE")).collect::<Vec<_>>(), [expected[0]]);
        assert_eq!(seen.last().map(String::as_str), Some(expected[1]), "{seen:?}");
    }
}

#[test]
fn asleep_over_several_keep_alives() {
    let mut bob = ringing();
    bob.prack("");
    bob.take();
    bob.sleep_until(700_000);
    bob.until(700_000);
    assert_eq!(bob.take(), ["180 INVITE rel"], "one, not four");
    bob.prack("");
    let mut other = Callee::new();
    other.invite("", OFFER);
    other.progress(180);
    other.take();
    other.sleep_until(250_000);
    other.until(310_000);
    assert_eq!(other.take_timed(), [250_000, 310_000].map(|at| (at, "180 INVITE".to_owned())));
}

#[test]
fn asleep_while_the_media_layer_works_for_a_prack() {
    let mut bob = described();
    bob.accept();
    bob.prack(OFFER);
    bob.take();
    bob.sleep_until(11_000);
    // The answer waited with the deadline: commands that wait go first, as frames do.
    bob.describe(ANSWER);
    assert_eq!(bob.take()[..2], ["200 PRACK sdp", "200 INVITE"]);
    let mut bob = described();
    bob.prack(OFFER);
    bob.take();
    bob.sleep_until(31_000);
    bob.until(31_000);
    assert!(bob.take().contains(&"488 PRACK".to_owned()));
}

#[test]
fn asleep_over_the_repetitions_of_the_200() {
    let mut bob = described();
    bob.accept();
    bob.prack("");
    bob.take();
    bob.sleep_until(9000);
    bob.until(12_000);
    let times: Vec<u64> = bob.take_timed().into_iter().map(|(at, _)| at).collect();
    assert_eq!(times, [9000, 11_500]);
    bob.sleep_until(60_000);
    bob.ack("");
    bob.until(61_000);
    assert_eq!(bob.take(), ["<confirmed>"], "an ACK that waited with the timer wins");
}

#[test]
fn a_cancel_that_waited_with_the_timer_wins() {
    let mut bob = ringing();
    bob.sleep_until(40_000);
    bob.cancel("");
    bob.until(41_000);
    assert_eq!(bob.take(), ["200 CANCEL", "487 INVITE", "<failed 1 Cancelled>", "<cancel>", "<ended Cancelled>"]);
}

// The next one is released by a PRACK that comes late: its schedule begins when it leaves.
#[test]
fn what_a_late_prack_releases_has_its_own_schedule() {
    let mut bob = ringing();
    bob.progress(182);
    bob.sleep_until(20_000);
    bob.prack("");
    assert_eq!(bob.take()[..2], ["200 PRACK", "182 INVITE rel"]);
    bob.until(23_500);
    assert_eq!(bob.take_timed(), [20_500, 21_500, 23_500].map(|at| (at, "182 INVITE rel".to_owned())));
    bob.until(52_000);
    assert_eq!(bob.take().last().map(String::as_str), Some("<ended NoPrack 504>"));
}

#[test]
fn nothing_follows_the_end() {
    let mut bob = ringing();
    bob.progress(183);
    bob.cancel("");
    bob.ack_failure();
    bob.take();
    bob.describe(ANSWER);
    assert_eq!(bob.try_progress(Progress::default()), Err(RefusalCode::FinalSent));
    bob.pass(400_000);
    assert_eq!(bob.take(), [""; 0]);
    assert_eq!(bob.try_progress(Progress::default()), Err(RefusalCode::UnknownCall));
    assert_eq!(bob.agent.load(), 0);
}
