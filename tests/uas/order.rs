//! What is looked at first in a PRACK: dialog, RAck, repetition, CSeq, extensions, body, match.

use super::callee::{ANSWER, Callee, OFFER, Peer};
use prackle::message::Name;
use prackle::protocol::Reinvites;

const BAD_RACK: &str = "RAck: nonsense\r\n";
const FOREIGN: &str = "Require: foo\r\n";
const UNREADABLE: &str = "Content-Type: x/y\r\n";

/// A call whose reliable 180 is outstanding in the early dialog.
fn early() -> Callee {
    let mut bob = Callee::with(|config| config.reinvites = Reinvites::Manual);
    bob.invited();
    bob.progress(180);
    bob.take();
    bob
}

/// The same, answered: the 180 was left behind by the 200.
fn left_behind() -> Callee {
    let mut bob = early();
    bob.accept();
    bob.describe(ANSWER);
    bob.ack("");
    bob.take();
    bob
}

/// A confirmed call whose reliable 180 to a re-INVITE is outstanding.
fn reinvited() -> Callee {
    let mut bob = left_behind();
    bob.reinvite("Contact: <sip:alice@192.0.2.1>\r\nSupported: 100rel\r\n", OFFER);
    bob.progress(180);
    bob.take();
    bob
}

/// The early dialog of an outgoing call.
fn calling() -> Callee {
    let mut alice = Callee::new();
    let invite = alice.call();
    alice.peer.cseq = 5;
    alice.respond(&invite, 180, "Contact: <sip:alice@192.0.2.1>\r\n", "");
    alice.take();
    alice
}

/// The confirmed dialog of an outgoing call.
fn called() -> Callee {
    let mut alice = Callee::new();
    let invite = alice.call();
    alice.peer.cseq = 5;
    alice.respond(&invite, 200, "Contact: <sip:alice@192.0.2.1>\r\n", ANSWER);
    alice.take();
    alice
}

fn dialogs() -> [Callee; 5] {
    [early(), left_behind(), reinvited(), calling(), called()]
}

/// The RAck of what is outstanding, or was left behind.
fn rack(bob: &Callee) -> String {
    format!("RAck: {} {} INVITE\r\n", bob.rseq, bob.peer.invite)
}

/// What a PRACK with this number gets, but for the diagnostics.
fn pracked(bob: &mut Callee, number: u32, fields: &str) -> u16 {
    let body = if fields.contains("x/y") { "what is this" } else { "" };
    bob.numbered("PRACK", number, fields, body);
    bob.take();
    let answer = bob.last();
    assert_eq!(answer.cseq().method.as_str(), "PRACK");
    answer.status().expect("a response")
}

#[test]
fn row_1_the_dialog_comes_first() {
    for mut bob in dialogs() {
        let peer = bob.peer.clone();
        let fields = [BAD_RACK, FOREIGN, UNREADABLE].concat();
        for other in [
            Peer { tag: "other".into(), ..peer.clone() },
            Peer { to_tag: "other".into(), ..peer.clone() },
            Peer { to_tag: String::new(), ..peer.clone() },
            Peer { call_id: "other".into(), ..peer.clone() },
        ] {
            bob.peer = other;
            assert_eq!(pracked(&mut bob, 50, &fields), 481);
            assert!(bob.last().to_tag().is_some());
        }
        bob.peer = peer;
        bob.numbered("INFO", 7, "", "");
        assert_eq!(bob.last().status(), Some(200), "it has raised nothing");
    }
}

#[test]
fn row_2_then_the_rack() {
    for mut bob in dialogs() {
        bob.numbered("INFO", 20, "", "");
        let fields = [BAD_RACK, FOREIGN, UNREADABLE].concat();
        assert_eq!(pracked(&mut bob, 10, &fields), 400, "whatever its number");
        assert!(bob.last().reason().contains("RAck"));
        bob.numbered("INFO", 20, "", "");
        assert_eq!(bob.last().status(), Some(200), "an old one does not lower the number");
        assert_eq!(pracked(&mut bob, 30, &fields), 400);
        bob.numbered("INFO", 29, "", "");
        assert_eq!(bob.last().status(), Some(500), "it has raised it");
    }
}

#[test]
fn row_3_then_what_was_answered_before() {
    for mut bob in [early(), left_behind(), reinvited()] {
        let rack = rack(&bob);
        assert_eq!(pracked(&mut bob, 10, &rack), 200);
        bob.numbered("INFO", 20, "", "");
        bob.take();
        let again = [&rack, FOREIGN, UNREADABLE].concat();
        assert_eq!(pracked(&mut bob, 10, &again), 200, "by another path, late, and changed");
        assert_eq!(pracked(&mut bob, 11, &rack), 500, "another number is another PRACK");
        assert_eq!(pracked(&mut bob, 21, &rack), 481);
        bob.pass(32_001);
        assert_eq!(pracked(&mut bob, 10, &rack), 500, "it is forgotten after 64*T1");
    }
}

#[test]
fn row_3_a_refusal_is_repeated_as_well() {
    let mut bob = early();
    let rack = rack(&bob);
    bob.numbered("PRACK", 10, &rack, OFFER);
    assert_eq!(bob.take()[0], "488 PRACK");
    bob.numbered("PRACK", 10, &rack, OFFER);
    assert_eq!(bob.take(), ["488 PRACK"]);
    assert!(bob.last().header(Name::Warning).is_some_and(|warning| warning.starts_with("399 ")));
}

#[test]
fn row_3_with_the_answer_that_it_had() {
    let mut bob = Callee::new();
    bob.invited();
    bob.progress(183);
    bob.describe(ANSWER);
    let rack = rack(&bob);
    bob.numbered("PRACK", 10, &rack, OFFER);
    bob.describe(ANSWER);
    bob.take();
    bob.numbered("PRACK", 10, &rack, OFFER);
    assert_eq!(bob.take(), ["200 PRACK sdp"]);
}

// Sixteen were remembered; a call that tells its place in a queue has more.
#[test]
fn row_3_the_first_of_many() {
    let mut bob = early();
    let first = rack(&bob);
    bob.prack("");
    for _ in 0..40 {
        bob.progress(182);
        bob.prack("");
        bob.pass(500);
    }
    bob.take();
    assert_eq!(pracked(&mut bob, 2, &first), 200);
}

#[test]
fn row_4_then_the_number() {
    for mut bob in dialogs() {
        bob.numbered("INFO", 20, "", "");
        let fields = [&rack(&bob), FOREIGN, UNREADABLE].concat();
        assert_eq!(pracked(&mut bob, 19, &fields), 500);
        bob.numbered("INFO", 20, "", "");
        assert_eq!(bob.last().status(), Some(200));
    }
}

#[test]
fn rows_5_and_6_then_what_is_not_understood() {
    for (fields, status, name) in
        [([FOREIGN, UNREADABLE].concat(), 420, Name::Unsupported), (UNREADABLE.to_owned(), 415, Name::Accept)]
    {
        for mut bob in dialogs() {
            let rack = rack(&bob);
            assert_eq!(pracked(&mut bob, 30, &[&rack, &fields[..]].concat()), status);
            assert!(bob.last().header(name).is_some());
            bob.numbered("INFO", 29, "", "");
            assert_eq!(bob.last().status(), Some(500), "it has raised the number");
        }
        for mut bob in [early(), left_behind(), reinvited()] {
            let rack = rack(&bob);
            pracked(&mut bob, 30, &[&rack, &fields[..]].concat());
            assert_eq!(pracked(&mut bob, 31, &rack), 200, "it has acknowledged nothing");
        }
    }
}

#[test]
fn row_6_what_may_be_ignored_is_no_hindrance() {
    for mut bob in [early(), left_behind(), reinvited()] {
        let optional = "Content-Disposition: render;handling=optional\r\n";
        let fields = [&rack(&bob), UNREADABLE, optional].concat();
        assert_eq!(pracked(&mut bob, 30, &fields), 200);
    }
}

#[test]
fn row_7_what_a_final_response_left_behind() {
    let ends: [fn(&mut Callee); 5] = [
        |bob| bob.cancel(""),
        |bob| bob.request("BYE", "", ""),
        |bob| bob.reject(486),
        |bob| bob.until(32_000),
        |bob| bob.hangup(),
    ];
    for end in ends {
        let mut bob = early();
        let rack = rack(&bob);
        end(&mut bob);
        let start = bob.time();
        bob.ack_failure();
        bob.until(start + 31_000);
        bob.take();
        bob.numbered("PRACK", 30, &rack, "");
        assert_eq!(bob.take(), ["200 PRACK"], "the first, without an event");
        assert_eq!(pracked(&mut bob, 31, &rack), 481, "the second");
    }
}

#[test]
fn row_7_but_not_for_ever() {
    let mut cancelled = early();
    cancelled.cancel("");
    cancelled.ack_failure();
    for mut bob in [cancelled, left_behind()] {
        let rack = rack(&bob);
        bob.pass(32_001);
        assert_eq!(pracked(&mut bob, 2, &rack), 481);
    }
}

// After the 200 an offer in such a PRACK has no place (RFC 6337 section 2.2); after a failure
// nobody cares.
#[test]
fn row_7_with_an_offer() {
    let mut bob = left_behind();
    let rack = rack(&bob);
    bob.numbered("PRACK", 30, &rack, OFFER);
    assert_eq!(bob.take(), ["488 PRACK"]);
    assert_eq!(pracked(&mut bob, 31, &rack), 200, "taken back");
    let mut bob = early();
    bob.cancel("");
    bob.take();
    bob.prack(OFFER);
    assert_eq!(bob.take(), ["200 PRACK"]);
}

#[test]
fn row_8_an_offer_that_was_refused_is_taken_back() {
    let mut bob = early();
    let rack = rack(&bob);
    bob.numbered("PRACK", 10, &rack, OFFER);
    bob.numbered("PRACK", 11, &rack, OFFER);
    assert_eq!(bob.last().status(), Some(488), "again with the offer");
    assert_eq!(pracked(&mut bob, 12, &rack), 200);
    assert_eq!(pracked(&mut bob, 13, &rack), 481);
}

#[test]
fn row_9_raises_the_number_too() {
    for mut bob in dialogs() {
        assert_eq!(pracked(&mut bob, 30, "RAck: 7 7 INVITE\r\n"), 481);
        bob.numbered("INFO", 29, "", "");
        assert_eq!(bob.last().status(), Some(500));
    }
}

// The dialog was two after the 200, and each counted for itself.
#[test]
fn a_prack_after_the_200_counts_for_all_that_follows() {
    let mut bob = left_behind();
    let rack = rack(&bob);
    assert_eq!(pracked(&mut bob, 10, &rack), 200);
    for method in ["INFO", "UPDATE", "BYE"] {
        bob.numbered(method, 9, "", "");
        assert_eq!(bob.last().status(), Some(500), "{method}");
    }
    bob.numbered("INFO", 20, "", "");
    bob.take();
    assert_eq!(pracked(&mut bob, 19, "RAck: 1 1 INVITE\r\n"), 500);
}
