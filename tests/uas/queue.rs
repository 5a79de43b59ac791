//! What waits: reliable responses for PRACKs and descriptions, unreliable ones for
//! descriptions alone (RFC 3262 section 3).

use super::callee::{ANSWER, Callee, OFFER};
use prackle::protocol::{Progress, RefusalCode};

fn unreliable(code: u16) -> Progress {
    Progress { code: Some(code), reliable: Some(false), ..Progress::default() }
}

/// A call that the application has done nothing with.
fn waiting() -> Callee {
    let mut bob = Callee::new();
    bob.invited();
    bob
}

#[test]
fn described_and_undescribed_ones_go_in_their_order() {
    let mut bob = waiting();
    for code in [180, 183, 182, 181] {
        bob.progress(code);
    }
    assert_eq!(bob.take(), ["180 INVITE rel"]);
    let first = bob.rseq;
    bob.prack("");
    // The 183 waits for the media layer, and those behind it for the 183.
    assert_eq!(bob.take(), ["200 PRACK", "<describe>", "<prack>", "<settled 1>"]);
    bob.pass(5000);
    assert_eq!(bob.take(), [""; 0], "nothing is outstanding");
    bob.describe(ANSWER);
    assert_eq!(bob.take(), ["183 INVITE rel sdp"]);
    bob.prack("");
    assert_eq!(bob.take(), ["200 PRACK", "182 INVITE rel", "<prack>", "<settled 2>"]);
    bob.prack("");
    assert_eq!(bob.take(), ["200 PRACK", "181 INVITE rel", "<prack>", "<settled 3>"]);
    assert_eq!(bob.rseq, first + 3, "numbered when sent, without a gap");
}

#[test]
fn one_answer_is_enough_for_several_that_want_it() {
    let mut bob = waiting();
    bob.progress(183);
    bob.progress(183);
    bob.describe(ANSWER);
    assert_eq!(bob.take(), ["<describe>", "183 INVITE rel sdp"]);
    bob.prack("");
    assert_eq!(bob.take()[..2], ["200 PRACK", "183 INVITE rel"]);
    bob.prack("");
    bob.accept();
    assert!(bob.take().contains(&"200 INVITE".to_owned()));
}

// RFC 3262 section 3 lets unreliable ones pass at any time; the one without a description was
// held back by the other.
#[test]
fn unreliable_ones_wait_for_nothing_but_their_description() {
    let mut bob = waiting();
    bob.progress(183);
    bob.try_progress(unreliable(182)).expect("it may be sent at any time");
    assert_eq!(bob.take(), ["<describe>", "182 INVITE", "<settled 2>"]);
    bob.try_progress(unreliable(183)).expect("it waits for the same description");
    bob.describe(ANSWER);
    assert_eq!(bob.take(), ["183 INVITE sdp", "<settled 3>", "183 INVITE rel sdp"]);
    let (preview, answer) = (bob.sent[bob.sent.len() - 2].1.body().to_vec(), bob.last().body().to_vec());
    assert_eq!(preview, answer, "a preview is identical to the answer");
    bob.prack("");
    bob.take();
    bob.try_progress(unreliable(183)).expect("it may be sent at any time");
    assert_eq!(bob.take()[0], "183 INVITE", "the answer goes once");
}

#[test]
fn unreliable_ones_take_no_place_in_the_queue() {
    let mut bob = waiting();
    for _ in 0..9 {
        bob.progress(180);
    }
    assert_eq!(bob.try_progress(Progress::default()), Err(RefusalCode::QueueFull));
    bob.try_progress(unreliable(182)).expect("it needs no place");
    assert!(bob.take().contains(&"182 INVITE".to_owned()));
    for _ in 0..9 {
        bob.try_progress(unreliable(183)).expect("nine wait for the description");
    }
    assert_eq!(bob.try_progress(unreliable(183)), Err(RefusalCode::QueueFull));
}

#[test]
fn eight_wait_behind_one_that_waits_for_media() {
    let mut bob = waiting();
    bob.progress(183);
    for _ in 0..8 {
        bob.progress(180);
    }
    assert_eq!(bob.try_progress(Progress::default()), Err(RefusalCode::QueueFull));
    bob.describe(ANSWER);
    bob.take();
    for _ in 0..9 {
        bob.prack("");
    }
    let settled = bob.take().iter().filter(|words| words.starts_with("<settled")).count();
    assert_eq!(settled, 9);
}

#[test]
fn what_waits_for_media_is_not_passed_by() {
    let mut bob = waiting();
    bob.progress(183);
    let at_once = Progress { queue: Some(false), ..Progress::default() };
    assert_eq!(bob.try_progress(at_once), Err(RefusalCode::Outstanding));
    assert_eq!(bob.take(), ["<describe>"]);
}

#[test]
fn accept_takes_over_the_description_of_what_waits() {
    let mut bob = waiting();
    bob.progress(180);
    bob.prack("");
    bob.progress(183);
    bob.progress(182);
    bob.take();
    bob.accept();
    assert_eq!(bob.take(), ["<failed 2 Superseded>", "<failed 3 Superseded>"]);
    bob.describe(ANSWER);
    assert_eq!(bob.take(), ["200 INVITE sdp", "<settled 4>", "<accepted>"]);
}

// The answer went with the first of them; the second is superseded, and the 200 waits.
#[test]
fn accept_waits_for_the_described_one_and_drops_the_others() {
    let mut bob = waiting();
    bob.progress(183);
    bob.describe(ANSWER);
    bob.progress(180);
    bob.progress(182);
    bob.take();
    bob.accept();
    assert_eq!(bob.take(), ["<failed 2 Superseded>", "<failed 3 Superseded>"]);
    bob.pass(1500);
    assert_eq!(bob.take(), ["183 INVITE rel sdp", "183 INVITE rel sdp"]);
    bob.prack("");
    assert_eq!(bob.take()[..2], ["200 PRACK", "200 INVITE"]);
}

#[test]
fn media_that_fails_ends_all_that_waits() {
    let mut bob = waiting();
    bob.progress(183);
    bob.progress(180);
    bob.try_progress(unreliable(183)).expect("it waits for the description");
    bob.take();
    bob.fail_media(488, prackle::protocol::Cause::MediaFailed);
    let seen = bob.take();
    let failed = [1, 2, 3].map(|number| format!("<failed {number} MediaFailed>"));
    assert!(failed.iter().all(|words| seen.contains(words)), "{seen:?}");
    assert_eq!(seen.last().map(String::as_str), Some("<ended MediaFailed 488>"));
}

// The last response is the unreliable one: its minute counts, not the PRACK of the other.
#[test]
fn the_last_one_sent_keeps_the_call_alive() {
    let mut bob = waiting();
    bob.progress(180);
    bob.until(1000);
    bob.try_progress(unreliable(182)).expect("it may be sent at any time");
    bob.until(2000);
    bob.prack("");
    bob.take();
    bob.until(130_000);
    assert_eq!(bob.take_timed(), [61_000, 121_000].map(|at| (at, "182 INVITE".to_owned())));
}

// RFC 3261 section 13.3.1.1: the same response again, with all that it said.
#[test]
fn an_unreliable_one_is_repeated_as_it_was() {
    let mut bob = Callee::new();
    bob.invite("", OFFER);
    let progress = Progress {
        code: Some(183),
        reason: Some("Queued Behind You".into()),
        headers: vec![prackle::protocol::Field("X-Place".into(), "3".into())],
        ..Progress::default()
    };
    bob.try_progress(progress).expect("it may be sent");
    bob.describe(ANSWER);
    let first = bob.last().octets().to_vec();
    bob.pass(60_000);
    assert_eq!(bob.last().octets(), first);
}

#[test]
fn the_calls_of_one_callee_do_not_touch_each_other() {
    let mut bob = Callee::with(|config| config.first_rseq = Some(100));
    let mut peers = Vec::new();
    for name in ["one", "two", "three"] {
        bob.peer = super::callee::Peer::new(name);
        bob.invited();
        bob.progress(183);
        bob.describe(ANSWER);
        bob.progress(180);
        assert_eq!((bob.take(), bob.rseq), (vec!["<describe>".into(), "183 INVITE rel sdp".into()], 100));
        peers.push(bob.peer.clone());
        bob.pass(100);
    }
    bob.peer = peers[1].clone();
    bob.prack_for("100 1 INVITE", "");
    bob.until(800);
    let seen: Vec<_> = bob.take_timed().into_iter().filter(|(_, words)| words.contains("INVITE")).collect();
    let again = [(500, "183 INVITE rel sdp"), (700, "183 INVITE rel sdp"), (800, "180 INVITE rel")];
    assert_eq!(seen[1..], again.map(|(at, words)| (at, words.to_owned())));
}
