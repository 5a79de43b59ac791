//! Provisional responses: numbers, schedule, queue, and what keeps a call ringing.

use super::callee::{ANSWER, Callee, OFFER};
use prackle::message::Name;
use prackle::protocol::{Field, Progress, RefusalCode};
use std::collections::BTreeSet;

const SCHEDULE: [u64; 7] = [0, 500, 1500, 3500, 7500, 15_500, 31_500];

fn ringing() -> Callee {
    let mut bob = Callee::new();
    bob.invited();
    bob.progress(180);
    assert_eq!(bob.take(), ["180 INVITE rel"]);
    bob
}

#[test]
fn a_slow_application_is_covered_by_100() {
    let mut bob = Callee::new();
    bob.invited();
    bob.until(199);
    assert!(bob.take().is_empty());
    bob.until(200);
    assert_eq!(bob.take(), ["100 INVITE"]);
    assert!(bob.last().to_tag().is_none());
    bob.progress(180);
    bob.pass(300);
    assert_eq!(bob.take(), ["180 INVITE rel"]);
}

#[test]
fn a_fast_application_needs_no_100() {
    let mut bob = ringing();
    bob.prack("");
    bob.pass(10_000);
    assert!(!bob.take().iter().any(|words| words.starts_with("100")));
}

#[test]
fn p_058_what_a_reliable_180_says() {
    let mut bob = Callee::new();
    bob.invite("Supported: 100rel\r\nRecord-Route: <sip:p2;lr>, <sip:p1;lr>\r\nRecord-Route: <sip:p0;lr>\r\n", OFFER);
    bob.progress(180);
    let ringing = bob.last();
    assert_eq!(ringing.status(), Some(180));
    assert_eq!(ringing.values(Name::Require).collect::<Vec<_>>(), ["100rel"]);
    assert!((1..=2_147_483_647).contains(&bob.rseq));
    assert!(ringing.header(Name::Contact).is_some_and(|contact| contact.starts_with("<sip:bob@")));
    assert!(ringing.to_tag().is_some());
    let routes: Vec<_> = ringing.values(Name::RecordRoute).collect();
    assert_eq!(routes, ["<sip:p2;lr>", "<sip:p1;lr>", "<sip:p0;lr>"]);
    let allowed: Vec<_> = ringing.values(Name::Allow).collect();
    assert!(allowed.contains(&"PRACK") && allowed.contains(&"UPDATE"));
    assert!(ringing.has_token(Name::Supported, "100rel"));
}

// RFC 3262 section 3: uniform in 1..2^31-1. Chi-square with 63 degrees of freedom: above
// 131 once in a million.
#[test]
fn p_059_first_numbers_are_uniform() {
    let mut bob = Callee::new();
    let mut counts = [0_u32; 64];
    let mut firsts = BTreeSet::new();
    for index in 0..10_000 {
        bob.peer.call_id = format!("call-{index}");
        bob.invite("Supported: 100rel\r\n", OFFER);
        bob.progress(180);
        bob.cancel("");
        bob.ack_failure();
        bob.take();
        bob.sent.clear();
        bob.pass(40_000);
        assert!(bob.rseq >= 1 && bob.rseq < 1 << 31);
        counts[usize::try_from(bob.rseq >> 25).unwrap()] += 1;
        firsts.insert(bob.rseq);
    }
    let expected = 10_000.0 / 64.0;
    let chi: f64 = counts.iter().map(|count| (f64::from(*count) - expected).powi(2) / expected).sum();
    assert!(chi < 131.0, "{chi}");
    assert!(firsts.len() > 9_990, "{}", firsts.len());
}

#[test]
fn p_060_the_schedule_and_its_end() {
    let mut bob = ringing();
    bob.until(31_999);
    let times: Vec<u64> = bob.sent.iter().map(|(at, _)| *at).collect();
    assert_eq!(times, SCHEDULE);
    let first = bob.sent[0].1.octets();
    assert!(bob.sent.iter().all(|(_, message)| message.octets() == first), "bytes differ");
    bob.take();
    bob.until(40_000);
    let seen = bob.take_timed();
    let words: Vec<&str> = seen.iter().map(|(_, words)| words.as_str()).collect();
    assert_eq!(words, ["<failed 1 NoPrack>", "<noprack>", "504 INVITE", "<ended NoPrack 504>"]);
    assert!(seen.iter().all(|(at, _)| *at == 32_000), "{seen:?}");
}

#[test]
fn p_061_the_application_chooses_another_5xx() {
    let mut bob = ringing();
    bob.until(31_999);
    bob.take();
    // The event comes in a turn of its own: what the application says in it comes before the 504.
    bob.step();
    assert_eq!(bob.take(), ["<failed 1 NoPrack>", "<noprack>"]);
    bob.reject(500);
    assert_eq!(bob.take(), ["500 INVITE", "<ended NoPrack 500>"]);
    bob.ack_failure();
    bob.pass(60_000);
    assert!(bob.take().is_empty());
    assert_eq!(bob.agent.load(), 0);
}

#[test]
fn p_066_the_second_waits_for_the_prack_of_the_first() {
    let mut bob = Callee::new();
    bob.invited();
    bob.progress(183);
    bob.describe(ANSWER);
    bob.progress(180);
    let first = bob.rseq;
    bob.until(1000);
    assert_eq!(bob.take(), ["<describe>", "183 INVITE rel sdp", "183 INVITE rel sdp"]);
    bob.prack("");
    assert_eq!(bob.take(), ["200 PRACK", "180 INVITE rel", "<prack>", "<settled 1>"]);
    assert_eq!(bob.rseq, first + 1);
    bob.prack("");
    assert_eq!(bob.take(), ["200 PRACK", "<prack>", "<settled 2>"]);
}

#[test]
fn p_067_without_queue_it_is_refused() {
    let mut bob = ringing();
    let progress = Progress { code: Some(183), queue: Some(false), ..Progress::default() };
    assert_eq!(bob.try_progress(progress), Err(RefusalCode::Outstanding));
    assert!(bob.take().is_empty());
}

#[test]
fn p_068_nine_do_not_fit() {
    let mut bob = ringing();
    for _ in 0..8 {
        bob.progress(180);
    }
    assert_eq!(bob.try_progress(Progress::default()), Err(RefusalCode::QueueFull));
    let first = bob.rseq;
    for index in 1..9 {
        bob.prack("");
        assert_eq!(bob.rseq, first + index);
    }
    bob.prack("");
    let settled = bob.take().iter().filter(|words| words.starts_with("<settled")).count();
    assert_eq!(settled, 9);
}

#[test]
fn p_076_nothing_provisional_after_the_final_response() {
    let mut bob = ringing();
    bob.reject(486);
    assert_eq!(bob.try_progress(Progress::default()), Err(RefusalCode::FinalSent));
    let mut bob = ringing();
    bob.accept();
    bob.describe(ANSWER);
    bob.take();
    assert_eq!(bob.try_progress(Progress::default()), Err(RefusalCode::FinalSent));
    assert!(bob.take().is_empty());
}

#[test]
fn p_078_a_reliable_one_follows_every_150_s() {
    let mut bob = ringing();
    let first = bob.rseq;
    bob.until(1000);
    bob.prack("");
    bob.take();
    bob.until(150_999);
    assert!(bob.take().is_empty());
    bob.until(151_000);
    assert_eq!(bob.take(), ["180 INVITE rel"]);
    assert_eq!(bob.rseq, first + 1);
    assert!(bob.last().body().is_empty());
    bob.prack("");
    bob.take();
    bob.until(301_000);
    assert_eq!(bob.take(), ["180 INVITE rel"]);
}

#[test]
fn the_one_that_follows_a_183_has_no_body() {
    let mut bob = Callee::new();
    bob.invited();
    bob.progress(183);
    bob.describe(ANSWER);
    bob.prack("");
    bob.take();
    bob.until(150_000);
    assert_eq!(bob.take(), ["183 INVITE rel"]);
}

#[test]
fn p_079_an_unreliable_one_is_repeated_every_minute() {
    let mut bob = Callee::new();
    bob.invite("", OFFER);
    bob.progress(180);
    bob.take();
    bob.until(180_000);
    let seen = bob.take_timed();
    let expected = [60_000, 120_000, 180_000].map(|at| (at, "180 INVITE".to_owned()));
    assert_eq!(seen, expected);
}

#[test]
fn p_081_a_doubled_invite_gets_the_last_response_and_shifts_nothing() {
    let mut bob = Callee::new();
    bob.invited();
    let again = bob.invite_frame("Supported: 100rel\r\n", OFFER);
    bob.progress(180);
    bob.until(700);
    bob.take();
    bob.receive(again);
    assert_eq!(bob.take(), ["180 INVITE rel"]);
    assert_eq!(bob.sent[0].1.octets(), bob.last().octets());
    bob.until(3500);
    assert_eq!(bob.take_timed(), [1500, 3500].map(|at| (at, "180 INVITE rel".to_owned())));
}

// The 183 waited for the media layer, the 180 behind it for the 183, which was unreliable:
// no PRACK comes to let the 180 go.
#[test]
fn what_waits_behind_an_unreliable_one_goes_when_that_has_gone() {
    let mut bob = Callee::new();
    bob.invite("", OFFER);
    bob.progress(183);
    bob.progress(180);
    assert_eq!(bob.take(), ["<invite>", "<describe>"]);
    bob.describe(ANSWER);
    assert_eq!(bob.take(), ["183 INVITE sdp", "<settled 1>", "180 INVITE", "<settled 2>"]);
}

#[test]
fn an_unreliable_one_passes_by_an_outstanding_one() {
    let mut bob = ringing();
    let progress = Progress { code: Some(182), reliable: Some(false), ..Progress::default() };
    bob.try_progress(progress).expect("it may be sent at any time");
    assert_eq!(bob.take(), ["182 INVITE", "<settled 2>"]);
    bob.until(500);
    assert_eq!(bob.take(), ["180 INVITE rel"]);
}

#[test]
fn the_application_words_it_and_cannot_break_it() {
    let mut bob = Callee::new();
    bob.invited();
    for (reason, fields) in [
        (Some("a\r\nb"), vec![]),
        (None, vec![Field("RSeq".into(), "1".into())]),
        (None, vec![Field("Require".into(), "100rel".into())]),
        (None, vec![Field("X-A".into(), "b\r\nc: d".into())]),
    ] {
        let progress = Progress { reason: reason.map(str::to_owned), headers: fields, ..Progress::default() };
        let refused = bob.try_progress(progress).expect_err("it breaks the message");
        assert!(matches!(refused, RefusalCode::InvalidArgument | RefusalCode::InvalidHeader), "{refused:?}");
    }
    assert!(bob.take().is_empty());
    let headers = vec![Field("Alert-Info".into(), "<https://example.com/ring>".into())];
    let progress = Progress { reason: Some("Queued Behind You".into()), headers, ..Progress::default() };
    bob.try_progress(progress).expect("it is well formed");
    assert_eq!(bob.last().reason(), "Queued Behind You");
    assert_eq!(bob.last().header_named("alert-info"), Some("<https://example.com/ring>"));
}
