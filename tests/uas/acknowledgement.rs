//! PRACK: what matches, what does not, and what follows.

use super::callee::{ANSWER, Callee, OFFER, Peer};
use prackle::message::Name;
use prackle::protocol::{Event, Progress};

fn ringing() -> Callee {
    let mut bob = Callee::new();
    bob.invited();
    bob.progress(180);
    bob.take();
    bob
}

/// Checks that the outstanding 180 is still sent again, by the schedule from 0.
fn still_outstanding(bob: &mut Callee) {
    bob.take();
    assert!(bob.time() < 500);
    bob.until(3500);
    let times: Vec<_> = bob.take_timed();
    assert_eq!(times, [500, 1500, 3500].map(|at| (at, "180 INVITE rel".to_owned())));
}

#[test]
fn p_018_the_rack_in_every_shape_of_its_grammar() {
    for shape in ["\t{} 1 INVITE", " 000{}  1\r\n INVITE", " {}\t 0001 \t INVITE  "] {
        let mut bob = ringing();
        let rack = shape.replace("{}", &bob.rseq.to_string());
        bob.request("PRACK", &format!("RAck:{rack}\r\n"), "");
        assert_eq!(bob.take(), ["200 PRACK", "<prack>", "<settled 1>"], "{shape}");
    }
}

#[test]
fn p_019_a_malformed_rack() {
    for fields in [
        "",
        "RAck: {} 1 INVITE\r\nRAck: {} 1 INVITE\r\n",
        "RAck: {} 1\r\n",
        "RAck: {} 1 INVITE x\r\n",
        "RAck: 99999999999 1 INVITE\r\n",
        "RAck: {} 1, INVITE\r\n",
        "RAck: -{} 1 INVITE\r\n",
    ] {
        let mut bob = ringing();
        let fields = fields.replace("{}", &bob.rseq.to_string());
        bob.request("PRACK", &fields, "");
        assert_eq!(bob.take(), ["400 PRACK"], "{fields}");
        assert!(bob.last().reason().contains("RAck"));
        still_outstanding(&mut bob);
    }
}

// Every PRACK of the dialog raises its number, a malformed one too.
#[test]
fn a_malformed_one_counts_all_the_same() {
    let mut bob = ringing();
    bob.numbered("PRACK", 7, "RAck: nonsense\r\n", "");
    bob.numbered("UPDATE", 6, "", "");
    assert_eq!(bob.take(), ["400 PRACK", "500 UPDATE"]);
}

#[test]
fn p_062_it_stops_the_retransmission() {
    let mut bob = ringing();
    bob.until(1800);
    assert_eq!(bob.take(), ["180 INVITE rel", "180 INVITE rel"]);
    bob.prack("");
    assert_eq!(bob.take(), ["200 PRACK", "<prack>", "<settled 1>"]);
    let answer = bob.last();
    assert!(answer.header(Name::Contact).is_none() && answer.header(Name::RAck).is_none());
    bob.until(100_000);
    assert!(bob.take().is_empty());
}

#[test]
fn p_063_numbers_and_methods_that_do_not_match() {
    for rack in ["7 1 INVITE", "{} 9 INVITE", "{} 1 UPDATE", "{} 1 invite", "0 1 INVITE"] {
        let mut bob = ringing();
        let rack = rack.replace("{}", &bob.rseq.to_string());
        bob.prack_for(&rack, "");
        assert_eq!(bob.take(), ["<stray-prack>", "481 PRACK"], "{rack}");
        still_outstanding(&mut bob);
    }
}

#[test]
fn p_064_the_same_again_gets_the_same_answer() {
    let mut bob = ringing();
    let branch = bob.branch();
    let fields = format!("RAck: {} 1 INVITE\r\n", bob.rseq);
    let prack = bob.peer.frame("PRACK", 2, &branch, &fields, "");
    bob.receive(&prack);
    bob.take();
    let first = bob.last();
    bob.until(5000);
    bob.receive(&prack);
    assert_eq!(bob.take(), ["200 PRACK"]);
    assert_eq!(bob.last().octets(), first.octets());
    // By another path: another branch, the same number.
    bob.peer.cseq = 2;
    bob.numbered("PRACK", 2, &fields, "");
    assert_eq!(bob.take(), ["200 PRACK"]);
}

#[test]
fn p_065_a_new_one_for_what_is_acknowledged() {
    let mut bob = ringing();
    bob.prack("");
    bob.take();
    bob.prack("");
    assert_eq!(bob.take(), ["<stray-prack>", "481 PRACK"]);
}

#[test]
fn p_069_one_for_what_is_only_queued() {
    let mut bob = ringing();
    bob.progress(182);
    let rack = format!("{} 1 INVITE", bob.rseq + 1);
    bob.prack_for(&rack, "");
    assert_eq!(bob.take(), ["<stray-prack>", "481 PRACK"]);
    still_outstanding(&mut bob);
}

#[test]
fn p_082_older_than_a_request_before_it() {
    let mut bob = ringing();
    bob.numbered("UPDATE", 5, "Contact: <sip:alice@192.0.2.9>\r\n", "");
    assert_eq!(bob.take(), ["200 UPDATE", "<update>"]);
    let fields = format!("RAck: {} 1 INVITE\r\n", bob.rseq);
    bob.numbered("PRACK", 4, &fields, "");
    assert_eq!(bob.take(), ["500 PRACK"]);
    still_outstanding(&mut bob);
}

// RFC 3261 section 12.2.2 refuses only what is lower.
#[test]
fn with_the_number_of_the_request_before_it() {
    let mut bob = ringing();
    bob.numbered("UPDATE", 5, "", "");
    bob.take();
    let fields = format!("RAck: {} 1 INVITE\r\n", bob.rseq);
    bob.numbered("PRACK", 5, &fields, "");
    assert_eq!(bob.take(), ["200 PRACK", "<prack>", "<settled 1>"]);
}

#[test]
fn p_083_extensions_and_bodies_that_nobody_understands() {
    for (fields, body, status) in
        [("Require: foo\r\n", "", "420 PRACK"), ("Content-Type: x/y\r\n", "what is this", "415 PRACK")]
    {
        let mut bob = ringing();
        let fields = format!("RAck: {} 1 INVITE\r\n{fields}", bob.rseq);
        bob.request("PRACK", &fields, body);
        assert_eq!(bob.take(), [status]);
        still_outstanding(&mut bob);
        bob.prack("");
        assert_eq!(bob.take(), ["200 PRACK", "<prack>", "<settled 1>"]);
    }
}

#[test]
fn a_body_that_may_be_ignored_is_handed_up() {
    let mut bob = ringing();
    let fields = format!(
        "RAck: {} 1 INVITE\r\nContent-Type: x/y\r\nContent-Disposition: render;handling=optional\r\n",
        bob.rseq
    );
    bob.request("PRACK", &fields, "anything");
    assert_eq!(bob.take(), ["200 PRACK", "<prack>", "<settled 1>"]);
}

#[test]
fn p_085_a_caller_is_sent_no_prack() {
    let mut bob = Callee::new();
    let invite = bob.call();
    bob.peer.cseq = 0;
    bob.respond(&invite, 183, "Contact: <sip:alice@192.0.2.1>\r\nRequire: 100rel\r\nRSeq: 100\r\n", ANSWER);
    assert_eq!(bob.take()[0], "PRACK 100");
    bob.prack_for("100 1 INVITE", "");
    assert_eq!(bob.take(), ["481 PRACK"]);
    bob.respond(&invite, 200, "Contact: <sip:alice@192.0.2.1>\r\n", "");
    bob.take();
    bob.prack_for("100 1 INVITE", "");
    assert_eq!(bob.take(), ["481 PRACK"]);
}

#[test]
fn p_150_everything_arrives_twice_and_counts_once() {
    let mut bob = Callee::new();
    bob.peer.branch = bob.branch();
    let invite = bob.invite_frame("Supported: 100rel\r\n", OFFER);
    bob.receive(&invite);
    bob.progress(183);
    bob.describe(ANSWER);
    bob.progress(180);
    bob.receive(&invite);
    let mut seen = bob.take();
    for _ in 0..2 {
        let rack = format!("RAck: {} 1 INVITE\r\n", bob.rseq);
        twice(&mut bob, "PRACK", &rack);
        seen.append(&mut bob.take());
    }
    bob.accept();
    twice(&mut bob, "ACK", "");
    twice(&mut bob, "BYE", "");
    seen.append(&mut bob.take());
    let events: Vec<&str> = seen.iter().map(String::as_str).filter(|words| words.starts_with('<')).collect();
    let once = ["<invite>", "<describe>", "<prack>", "<settled 1>", "<prack>", "<settled 2>"];
    assert_eq!(events, [&once[..], &["<settled 3>", "<accepted>", "<confirmed>", "<ended Bye>"]].concat());
    let frames: Vec<&str> = seen.iter().map(String::as_str).filter(|words| !words.starts_with('<')).collect();
    let rel = ["183 INVITE rel sdp", "183 INVITE rel sdp", "200 PRACK", "180 INVITE rel", "200 PRACK", "200 PRACK"];
    assert_eq!(frames, [&rel[..], &["200 PRACK", "200 INVITE", "200 BYE", "200 BYE"]].concat());
}

/// The same frame, with the next number of the dialog, arrives twice.
fn twice(bob: &mut Callee, method: &str, fields: &str) {
    let branch = bob.branch();
    let number = if method == "ACK" { bob.peer.invite } else { bob.peer.cseq + 1 };
    bob.peer.cseq = bob.peer.cseq.max(number);
    let frame = bob.peer.frame(method, number, &branch, fields, "");
    bob.receive(&frame);
    bob.receive(&frame);
}

#[test]
fn p_152_the_numbers_of_one_call_in_the_dialog_of_another() {
    let mut bob = ringing();
    let one = bob.peer.clone();
    let rack = format!("{} 1 INVITE", bob.rseq);
    bob.peer = Peer::new("two");
    bob.invited();
    bob.progress(180);
    bob.take();
    bob.prack_for(&rack, "");
    assert_eq!(bob.take(), ["<stray-prack>", "481 PRACK"]);
    bob.until(500);
    assert_eq!(bob.take(), ["180 INVITE rel", "180 INVITE rel"], "both are outstanding");
    bob.peer = one;
    bob.prack_for(&rack, "");
    assert_eq!(bob.take()[..2], ["200 PRACK", "<prack>"]);
}

#[test]
fn p_153_the_right_numbers_in_no_dialog() {
    let mut bob = ringing();
    let peer = bob.peer.clone();
    for other in [
        Peer { tag: "other".into(), ..peer.clone() },
        Peer { to_tag: "other".into(), ..peer.clone() },
        Peer { to_tag: String::new(), ..peer.clone() },
        Peer { call_id: "other".into(), ..peer.clone() },
    ] {
        bob.peer = other;
        bob.prack("");
        assert_eq!(bob.take(), ["481 PRACK"]);
    }
    bob.peer = peer;
    still_outstanding(&mut bob);
}

#[test]
fn p_154_a_thousand_guesses() {
    let mut bob = ringing();
    let load = bob.agent.load();
    let right = bob.rseq;
    for guess in 1..=1000_u32 {
        bob.prack_for(&format!("{} 1 INVITE", right.wrapping_add(guess)), "");
        assert_eq!(bob.take(), ["<stray-prack>", "481 PRACK"]);
    }
    // Answered requests are remembered for the sake of repetitions, 256 of them.
    assert!(bob.agent.load() <= load + 257, "{}", bob.agent.load());
    still_outstanding(&mut bob);
    bob.prack("");
    assert_eq!(bob.take()[..2], ["200 PRACK", "<prack>"]);
}

#[test]
fn p_157_control_octets_and_a_megabyte() {
    let mut bob = ringing();
    let rseq = bob.rseq;
    for fields in [
        format!("RAck: {rseq} 1 INV\u{1}ITE\r\n"),
        format!("RAck: {rseq} 1 \u{7f}\r\n"),
        format!("RAck: {rseq} 1 {}\r\n", "A".repeat(1 << 20)),
        format!("RAck: {} 1 INVITE\r\n", "1".repeat(1 << 20)),
    ] {
        bob.request("PRACK", &fields, "");
        let seen = bob.take();
        assert!(matches!(seen.last().map(String::as_str), Some("400 PRACK" | "481 PRACK")), "{seen:?}");
    }
    still_outstanding(&mut bob);
}

#[test]
fn extra_fields_and_body_reach_the_application() {
    let mut bob = ringing();
    bob.keep_events();
    let fields = format!("RAck: {} 1 INVITE\r\nX-Mood: fine\r\n", bob.rseq);
    bob.request("PRACK", &fields, "");
    let told = bob.events().iter().find_map(|event| match event {
        Event::Prack { headers, .. } => Some(headers.clone()),
        _ => None,
    });
    assert!(told.expect("it is told").iter().any(|told| told == ("X-Mood", "fine")));
    // A second reliable response of the same transaction takes the next number.
    let first = bob.rseq;
    bob.try_progress(Progress { code: Some(182), ..Progress::default() }).expect("the call is still ringing");
    assert_eq!(bob.rseq, first + 1);
    assert_eq!(bob.response(182, "INVITE").to_tag(), bob.response(180, "INVITE").to_tag());
}
