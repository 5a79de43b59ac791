//! Several callees answer one INVITE: each has a dialog of its own (RFC 3261 section
//! 13.2.2.4, RFC 3262 errata 4600 to 4604, RFC 6228, `P-050` to `P-057`, `P-158`, `P-159`).

use super::caller::{ANSWER, Caller, challenge, contact, credentials, rack, require};
use prackle::message::Name;
use prackle::protocol::{CallOptions, Cause, Command, Config, Event};

/// Callees `a` and `b` have both sent a reliable 183 with RSeq 100.
fn forked() -> Caller {
    let mut alice = Caller::calling();
    alice.reliable(183, "a", 100, ANSWER);
    alice.reliable(183, "b", 100, ANSWER);
    let early = ["PRACK 100", "<remote>", "<progress 183 rel answer>"];
    assert_eq!(alice.take(), [early, early].concat());
    alice
}

#[test]
fn p_050_one_prack_for_each() {
    let alice = forked();
    let pracks = alice.requests_sent("PRACK");
    let seen: Vec<_> =
        pracks.iter().map(|prack| (prack.to_tag(), prack.uri(), prack.cseq().number, rack(prack))).collect();
    assert_eq!(
        seen,
        [(Some("a"), "sip:bob@a.invalid", 2, "100 1 INVITE"), (Some("b"), "sip:bob@b.invalid", 2, "100 1 INVITE")]
    );
}

#[test]
fn p_051_the_numbers_of_one_are_not_those_of_the_other() {
    let mut alice = forked();
    alice.reliable(180, "a", 101, "");
    assert_eq!(alice.take(), ["PRACK 101", "<progress 180 rel>"]);
    alice.reliable(180, "b", 102, "");
    assert_eq!(alice.take(), ["<rseq-gap>"]);
}

#[test]
fn p_052_two_answer() {
    let mut alice = forked();
    alice.ok("b", ANSWER);
    assert_eq!(alice.take(), ["ACK", "<accepted>", "<confirmed>"]);
    assert_eq!(alice.last().to_tag(), Some("b"));
    alice.ok("a", ANSWER);
    assert_eq!(alice.take(), ["ACK", "BYE"]);
    let (ack, bye) = (alice.request_sent("ACK"), alice.last());
    assert_eq!((ack.to_tag(), ack.cseq().number, ack.uri()), (Some("a"), 1, "sip:bob@a.invalid"));
    assert_eq!((bye.to_tag(), bye.cseq().number, bye.uri()), (Some("a"), 3, "sip:bob@a.invalid"));
    alice.answer("BYE", 200, "", "");
    assert_eq!(alice.end(), None);
    alice.hangup();
    assert_eq!(alice.take(), ["BYE", "<ended Bye>"]);
    assert_eq!(alice.last().to_tag(), Some("b"));
}

#[test]
fn the_2xx_of_a_callee_that_was_never_heard_of() {
    let mut alice = forked();
    alice.ok("a", ANSWER);
    alice.take();
    alice.ok("c", ANSWER);
    assert_eq!(alice.take(), ["ACK", "BYE"]);
    assert_eq!(alice.last().uri(), "sip:bob@c.invalid");
}

#[test]
fn p_053_a_199_ends_one_of_them() {
    let mut alice = forked();
    alice.reply(199, "a", &format!("{}Reason: SIP;cause=486;text=\"Busy Here\"\r\n", require(101)), "");
    assert_eq!(alice.take(), ["PRACK 101", "<dialogended 0 486>"]);
    alice.reply(199, "a", &format!("{}Reason: SIP;cause=486\r\n", require(102)), "");
    assert_eq!(alice.take(), ["PRACK 102"], "only its PRACK is left");
    alice.ok("b", ANSWER);
    assert_eq!(alice.take(), ["ACK", "<accepted>", "<confirmed>"]);
}

#[test]
fn p_054_a_199_of_nobody() {
    let mut alice = Caller::calling();
    alice.reply(199, "x", "Reason: SIP;cause=486\r\n", "");
    assert_eq!(alice.take(), [""; 0]);
    alice.reply(199, "y", &format!("{}{}", contact("y"), require(5)), "");
    assert_eq!(alice.take(), ["PRACK 5", "<dialogended 0>"]);
}

#[test]
fn an_unreliable_199_ends_a_dialog_too() {
    let mut alice = forked();
    alice.reply(199, "b", "Reason: Q.850;cause=17, SIP;cause=486\r\n", "");
    assert_eq!(alice.take(), ["<dialogended 1 486>"]);
}

#[test]
fn an_invite_that_is_sent_again_begins_anew() {
    let mut alice = Caller::with(|config| config.credentials = Some(credentials())).called(CallOptions::default());
    alice.reliable(183, "a", 100, ANSWER);
    alice.reply(407, "proxy", &challenge("example.com", "n"), "");
    alice.take();
    alice.reliable(183, "a", 7, ANSWER);
    assert_eq!(alice.take(), ["PRACK 7", "<remote>", "<progress 183 rel answer>"]);
    assert_eq!((alice.last().cseq().number, rack(&alice.last())), (3, "7 2 INVITE"));
}

/// An agent with credentials whose call callee `a` has answered, and then callee `b`.
fn refusing(change: impl FnOnce(&mut Config)) -> Caller {
    let mut alice = Caller::with(change).called(CallOptions::default());
    alice.ok("a", ANSWER);
    alice.take();
    alice.ok("b", ANSWER);
    assert_eq!(alice.take(), ["ACK", "BYE"]);
    alice
}

// The BYE of a second callee was forgotten as soon as it was sent: a proxy that wanted
// credentials left that callee talking to nobody.
#[test]
fn the_bye_of_a_second_callee_has_credentials() {
    let mut alice = refusing(|config| config.credentials = Some(credentials()));
    for (status, field) in [(401, "WWW-Authenticate"), (407, "Proxy-Authenticate")] {
        let realm = format!("{field}: Digest realm=\"{field}\", nonce=\"n\", qop=\"auth\"\r\n");
        alice.answer("BYE", status, &realm, "");
        assert_eq!(alice.take(), ["BYE"]);
    }
    let byes = alice.requests_sent("BYE");
    let seen: Vec<_> = byes.iter().map(|bye| (bye.cseq().number, bye.to_tag(), bye.uri())).collect();
    assert_eq!(seen, [2, 3, 4].map(|number| (number, Some("b"), "sip:bob@b.invalid")));
    assert!(alice.last().header(Name::Authorization).is_some());
    assert!(alice.last().header(Name::ProxyAuthorization).is_some());
    alice.answer("BYE", 200, "", "");
    alice.ok("b", ANSWER);
    assert_eq!(alice.take(), ["ACK"]);
    assert_eq!((alice.last().to_tag(), alice.end()), (Some("b"), None));
    alice.hangup();
    assert_eq!((alice.take(), alice.last().to_tag()), (["BYE", "<ended Bye>"].map(str::to_owned).into(), Some("a")));
    alice.answer("BYE", 200, "", "");
    alice.finish();
}

#[test]
fn the_application_is_asked_for_them() {
    for known in [Some(credentials()), None] {
        let mut alice = refusing(|config| config.ask_credentials = true);
        alice.answer("BYE", 407, &challenge("example.com", "n"), "");
        assert_eq!(alice.take(), ["<challenge>"]);
        let token = alice.events().iter().rev().find_map(|event| match event {
            Event::Challenge { token, .. } => Some(*token),
            _ => None,
        });
        let again = if known.is_some() { vec!["BYE".to_owned()] } else { vec![] };
        alice.command(Command::Credentials { token: token.expect("a question"), credentials: known });
        assert_eq!(alice.take(), again);
        alice.hangup();
        alice.take();
        alice.finish();
    }
}

#[test]
fn a_question_that_nobody_answers_keeps_no_call() {
    let mut alice = refusing(|config| config.ask_credentials = true);
    alice.hangup();
    alice.answer("BYE", 200, "", "");
    let bye = alice.requests_sent("BYE").remove(0);
    alice.respond(&bye, 407, &challenge("example.com", "n"), "");
    alice.take();
    alice.finish();
}

#[test]
fn the_bye_of_a_second_callee_outlives_the_connection() {
    let mut alice = refusing(|_| {});
    alice.lose_connection();
    alice.pass(5000);
    alice.restore_connection();
    assert_eq!(alice.take(), ["BYE"]);
    assert_eq!((alice.last().to_tag(), alice.last().cseq().number), (Some("b"), 3));
    alice.answer("BYE", 200, "", "");
    alice.lose_connection();
    alice.restore_connection();
    assert_eq!(alice.take(), [""; 0]);
}

#[test]
fn a_second_callee_hangs_up_first() {
    let mut alice = refusing(|_| {});
    alice.peer.tag = "b".into();
    alice.request("INFO", "", "");
    alice.request("BYE", "", "");
    assert_eq!(alice.take(), ["481 INFO", "200 BYE"]);
    alice.answer("BYE", 481, "", "");
    alice.hangup();
    assert_eq!(alice.take(), ["BYE", "<ended Bye>"]);
    assert_eq!(alice.last().to_tag(), Some("a"));
}

/// Callee `a` never answers its PRACK, and is hung up at 32 s; `b` rings on.
fn abandoned() -> Caller {
    let mut alice = forked();
    let second = alice.requests_sent("PRACK").remove(1);
    alice.respond(&second, 200, "", "");
    alice.take();
    alice.until(32_000);
    assert_eq!(alice.take(), ["<prackfailed 100 Timeout>", "BYE", "<dialogended 0 408>"]);
    assert_eq!((alice.last().to_tag(), alice.last().cseq().number), (Some("a"), 3));
    alice
}

// What came of it afterwards was taken for a new callee, whose first request had a number
// that was used before.
#[test]
fn a_callee_that_was_hung_up_rings_no_more() {
    let mut alice = abandoned();
    alice.reliable(180, "a", 101, "");
    alice.unreliable(180, "a", "");
    assert_eq!(alice.take(), [""; 0]);
    alice.ok("b", "");
    assert_eq!(alice.take(), ["ACK", "<accepted>", "<confirmed>"]);
    alice.ok("a", "");
    alice.reliable(180, "a", 102, "");
    assert_eq!((alice.take(), alice.last().to_tag()), (vec!["ACK".to_owned()], Some("a")));
    alice.answer("BYE", 200, "", "");
    alice.ok("a", "");
    assert_eq!((alice.take(), alice.last().to_tag()), (vec!["ACK".to_owned()], Some("a")));
}

#[test]
fn a_callee_that_was_hung_up_answers_first() {
    let mut alice = abandoned();
    alice.ok("a", "");
    assert_eq!(alice.take(), ["ACK", "<ended Timeout>"]);
    alice.ok("b", "");
    assert_eq!(alice.take(), ["ACK", "BYE"]);
    alice.ok("a", "");
    assert_eq!(alice.take(), ["ACK"]);
    alice.finish();
}

#[test]
fn p_057_sixteen_early_dialogs_and_no_more() {
    let mut alice = Caller::calling();
    for fork in 1..=16 {
        alice.reliable(183, &format!("fork{fork}"), 100, "");
        assert_eq!(alice.take(), ["PRACK 100", "<progress 183 rel>"]);
    }
    alice.reliable(183, "fork17", 100, ANSWER);
    assert_eq!(alice.take(), ["<too-many-dialogs>"]);
    // Those that are known go on.
    alice.reliable(180, "fork16", 101, "");
    assert_eq!(alice.take(), ["PRACK 101", "<progress 180 rel>"]);
    alice.ok("fork17", ANSWER);
    assert_eq!(alice.take(), ["ACK", "<remote>", "<accepted>", "<confirmed>"]);
    let ack = alice.last();
    assert_eq!((ack.uri(), ack.to_tag(), ack.cseq().number), ("sip:bob@fork17.invalid", Some("fork17"), 1));
}

// A proxy that tries one callee after the other may have more than 16 in the end.
#[test]
fn a_dialog_that_is_over_gives_its_place() {
    let mut alice = Caller::calling();
    for fork in 0..40 {
        let tag = format!("fork{fork}");
        alice.reliable(183, &tag, 100, "");
        assert_eq!(alice.take(), ["PRACK 100", "<progress 183 rel>"]);
        alice.answer("PRACK", 200, "", "");
        alice.unreliable(199, &tag, "");
        assert_eq!(alice.take(), ["<prackresponse 100>".to_owned(), format!("<dialogended {fork}>")]);
    }
}

#[test]
fn p_158_a_flood_in_one_dialog() {
    let mut alice = Caller::calling();
    for rseq in 1..=256 {
        alice.reliable(180, "a", rseq, "");
        assert_eq!(alice.take(), [format!("PRACK {rseq}"), "<progress 180 rel>".to_owned()]);
    }
    alice.reliable(180, "a", 257, "");
    assert_eq!(alice.take(), ["CANCEL"]);
    for rseq in 257..=300 {
        alice.reliable(180, "a", rseq, "");
    }
    assert_eq!(alice.take().iter().filter(|words| *words != "<rseq-gap>").count(), 0);
    alice.reply(487, "a", "", "");
    assert_eq!(alice.take(), ["ACK", "<ended Flood 487>"]);
}

#[test]
fn p_159_ten_thousand_callees() {
    let mut alice = Caller::calling();
    for fork in 0..10_000 {
        alice.reliable(180, &format!("fork{fork}"), 100, "");
    }
    let seen = alice.take();
    let count = |expected: &str| seen.iter().filter(|words| *words == expected).count();
    assert_eq!((count("PRACK 100"), count("<progress 180 rel>"), count("CANCEL")), (16, 16, 1));
    assert_eq!(count("<too-many-dialogs>"), 10_000 - 16);
    // The call, its INVITE and CANCEL, and 16 PRACKs.
    assert_eq!(alice.agent.load(), 19);
    alice.reply(487, "", "", "");
    assert_eq!(alice.end(), Some((Cause::Flood, Some(487))));
    alice.take();
    alice.finish();
}

#[test]
fn ten_thousand_callees_who_want_no_prack() {
    let mut alice = Caller::calling();
    for fork in 0..10_000 {
        alice.unreliable(180, &format!("fork{fork}"), "");
    }
    let seen = alice.take();
    assert_eq!(seen.iter().filter(|words| *words == "<progress 180>").count(), 600);
    assert_eq!(seen.iter().filter(|words| *words == "CANCEL").count(), 1);
    assert!(alice.agent.load() < 4);
    alice.reply(487, "", "", "");
    assert_eq!(alice.end(), Some((Cause::Flood, Some(487))));
    alice.take();
    alice.finish();
}

// The peer repeats a response until it has its PRACK: that is no flood, however often.
#[test]
fn what_comes_again_is_no_flood() {
    let mut alice = forked();
    for _ in 0..5000 {
        alice.reliable(183, "a", 100, ANSWER);
        alice.reliable(183, "b", 100, ANSWER);
    }
    assert_eq!(alice.take(), [""; 0]);
    for _ in 0..598 {
        alice.unreliable(180, "a", "");
    }
    assert_eq!(alice.take().len(), 598, "two were counted before");
    alice.unreliable(180, "a", "");
    assert_eq!(alice.take(), ["CANCEL"]);
}

// Counted by whole minutes, twice as many could come around the turn of one.
#[test]
fn a_flood_is_what_comes_within_a_minute() {
    for (next, expected) in [(59_999, "CANCEL"), (60_000, "<progress 180>")] {
        let mut alice = Caller::calling();
        alice.until(30_000);
        for _ in 0..600 {
            alice.unreliable(180, "a", "");
        }
        assert_eq!(alice.take().len(), 600);
        alice.pass(next);
        alice.unreliable(180, "a", "");
        assert_eq!(alice.take(), [expected]);
    }
}

#[test]
fn slow_progress_is_no_flood() {
    let mut alice = Caller::calling();
    for _ in 0..2000 {
        alice.unreliable(180, "a", "");
        alice.pass(110);
    }
    assert!(alice.take().iter().all(|words| words == "<progress 180>"));
}

// The PRACK of a further callee was given up after the call had ended: its dialog was told to
// have ended then, and one that a 199 had ended was told so twice.
#[test]
fn a_dialog_ends_once_and_not_after_its_call() {
    let mut alice = Caller::calling();
    for tag in ["a", "b", "c"] {
        alice.reliable(180, tag, 100, "");
    }
    alice.unreliable(199, "c", "");
    alice.until(1000);
    alice.ok("a", ANSWER);
    alice.hangup();
    alice.answer("BYE", 200, "", "");
    alice.take();
    alice.until(33_500);
    assert_eq!(alice.take(), ["BYE"]);
    let mut bob = Caller::calling();
    for tag in ["a", "b"] {
        bob.reliable(180, tag, 100, "");
    }
    bob.unreliable(199, "b", "");
    bob.take();
    bob.until(32_000);
    assert_eq!(bob.take().iter().filter(|words| words.starts_with("<dialogended")).count(), 0);
}
