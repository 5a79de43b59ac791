//! The provisional responses to a re-INVITE of ours: judged as in an early dialog, whose place
//! the confirmed one takes (RFC 3262 section 4, RFC 6141, `P-056`).

use super::caller::{ANSWER, Caller, OFFER, TARGET, challenge, contact, credentials, rack, require, values};
use super::reinvite::{renegotiate, renegotiating};
use prackle::message::Name;
use prackle::protocol::{CallOptions, Cause, Event, Media, Rel100};

#[test]
fn p_056_the_numbers_of_a_reinvite_begin_anew() {
    let mut alice = Caller::calling();
    for rseq in 500..503 {
        alice.reliable(183, "a", rseq, ANSWER);
    }
    alice.ok("a", "");
    renegotiate(&mut alice);
    alice.take();
    assert_eq!(alice.last().cseq().number, 5);
    alice.reliable(183, "a", 3, ANSWER);
    assert_eq!(alice.take(), ["PRACK 3", "<remote>", "<progress 183 rel answer>"]);
    assert_eq!((alice.last().cseq().number, rack(&alice.last())), (6, "3 5 INVITE"));
}

#[test]
fn duplicates_and_gaps_are_silent() {
    let mut alice = renegotiating();
    alice.reliable(183, "a", 3, ANSWER);
    assert_eq!(alice.take(), ["PRACK 3", "<remote>", "<progress 183 rel answer>"]);
    alice.reliable(183, "a", 3, ANSWER);
    alice.reliable(180, "a", 2, "");
    assert_eq!(alice.take(), [""; 0]);
    alice.reply(180, "a", &format!("{}{}", contact("elsewhere"), require(5)), "");
    assert_eq!(alice.take(), ["<rseq-gap>"]);
    alice.reply(180, "a", &require(4), "");
    assert_eq!(alice.take(), ["PRACK 4", "<progress 180 rel>"]);
    assert_eq!(alice.last().uri(), "sip:bob@a.invalid");
    alice.ok("a", "");
    assert_eq!(alice.take(), ["ACK", "<updated>", "<settled 1>"]);
}

#[test]
fn what_is_told_of_them() {
    let mut alice = renegotiating();
    alice.unreliable(100, "a", "");
    alice.unreliable(180, "a", ANSWER);
    alice.reply(180, "a", &format!("{}Require: 100rel\r\n", contact("a")), "");
    alice.reliable(183, "a", 3, ANSWER);
    alice.reliable(183, "a", 4, OFFER);
    assert_eq!(
        alice.take(),
        [
            "<progress 180>",
            "<bad-rseq>",
            "<progress 180>",
            "PRACK 3",
            "<remote>",
            "<progress 183 rel answer>",
            "PRACK 4",
            "<progress 183 rel>"
        ]
    );
    let told = alice.events().iter().rev().find_map(|event| match event {
        Event::Progress { dialog, status, rseq, .. } => Some((dialog.map(|dialog| dialog.0), *status, *rseq)),
        _ => None,
    });
    assert_eq!(told, Some((Some(0), 183, Some(4))));
}

#[test]
fn a_response_of_another_dialog_is_none() {
    let mut alice = renegotiating();
    let invite = alice.request_sent("INVITE");
    let foreign = super::caller::response(&invite, 183, "a", &format!("{}{}", contact("b"), require(3)), ANSWER);
    alice.receive(foreign.replace(";tag=a\r\n", ";tag=b\r\n"));
    assert_eq!(alice.take(), [""; 0]);
}

// A reliable response moves the target (RFC 6141 section 4.7), also when the re-INVITE fails.
#[test]
fn a_reliable_response_refreshes_the_target() {
    let mut alice = renegotiating();
    alice.unreliable(180, "moved", "");
    alice.reply(180, "a", &format!("{}{}", contact("moved"), require(3)), "");
    assert_eq!(alice.last().uri(), "sip:bob@moved.invalid");
    alice.reply(486, "a", "", "");
    alice.hangup();
    assert_eq!(alice.request_sent("BYE").uri(), "sip:bob@moved.invalid");
}

#[test]
fn the_prack_is_tried_again_as_in_an_early_dialog() {
    let mut alice = renegotiating();
    alice.reliable(180, "a", 3, "");
    alice.answer("PRACK", 500, "", "");
    assert_eq!(alice.take(), ["PRACK 3", "<progress 180 rel>", "<prackfailed 3 500>"]);
    alice.reliable(180, "a", 3, "");
    assert_eq!(alice.take(), ["PRACK 3"]);
    alice.answer("PRACK", 200, "", "");
    assert_eq!(alice.take(), ["<prackresponse 3>"]);
}

// A late response to the first INVITE was counted among those to the re-INVITE: the next one
// of that was out of order, and had no PRACK.
#[test]
fn a_late_response_to_the_first_invite_is_not_counted() {
    let mut alice = Caller::calling();
    let first = alice.last();
    alice.ok("a", ANSWER);
    renegotiate(&mut alice);
    alice.take();
    alice.respond(&first, 183, &format!("{}{}", contact("a"), require(900)), ANSWER);
    assert_eq!(alice.take(), [""; 0]);
    alice.reliable(183, "a", 3, ANSWER);
    assert_eq!(alice.take(), ["PRACK 3", "<remote>", "<progress 183 rel answer>"]);
}

// The numbers of an INVITE that was challenged were those of the one that was sent again.
#[test]
fn a_challenged_reinvite_counts_anew() {
    let known = |config: &mut prackle::protocol::Config| config.credentials = Some(credentials());
    let mut alice = Caller::with(known).called(CallOptions::default());
    alice.ok("a", ANSWER);
    renegotiate(&mut alice);
    alice.reliable(180, "a", 500, "");
    alice.reply(407, "a", &challenge("example.com", "n"), "");
    alice.take();
    alice.reliable(180, "a", 3, "");
    assert_eq!(alice.take(), ["PRACK 3", "<progress 180 rel>"]);
    assert_eq!(rack(&alice.last()), format!("3 {} INVITE", alice.request_sent("INVITE").cseq().number));
}

// The 2xx overtook it: it had no PRACK, and the peer waited for one for 32 s.
#[test]
fn a_response_that_the_2xx_of_a_reinvite_overtook() {
    let mut alice = renegotiating();
    alice.ok("a", ANSWER);
    alice.take();
    alice.reliable(180, "a", 3, ANSWER);
    assert_eq!(alice.take(), ["PRACK 3"]);
    assert_eq!(rack(&alice.last()), "3 2 INVITE");
    alice.reliable(180, "a", 3, "");
    alice.reliable(180, "a", 5, "");
    assert_eq!(alice.take(), [""; 0]);
}

// The policy of the call was forgotten as soon as it was answered.
#[test]
fn the_policy_of_the_call_holds() {
    for (policy, supported, required) in [
        (Rel100::None, vec!["timer", "199", "outbound"], vec![]),
        (Rel100::Supported, vec!["100rel", "timer", "199", "outbound"], vec![]),
        (Rel100::Required, vec!["100rel", "timer", "outbound"], vec!["100rel"]),
    ] {
        let options = CallOptions { rel100: Some(policy), ..CallOptions::default() };
        let mut alice = Caller::new().called(options);
        alice.ok("a", ANSWER);
        renegotiate(&mut alice);
        alice.take();
        let invite = alice.last();
        assert_eq!(values(&invite, Name::Supported), supported);
        assert_eq!(values(&invite, Name::Require), required);
        assert_eq!(values(&invite, Name::Allow).contains(&"PRACK"), policy != Rel100::None);
        alice.reliable(180, "a", 3, "");
        let expected: &[&str] = match policy {
            Rel100::None => &["<unsolicited-100rel>", "<progress 180>"],
            _ => &["PRACK 3", "<progress 180 rel>"],
        };
        assert_eq!(alice.take(), expected);
        alice.unreliable(180, "a", "");
        let expected: &[&str] = match policy {
            Rel100::Required => &["<unreliable-despite-require>", "<progress 180>"],
            _ => &["<progress 180>"],
        };
        assert_eq!(alice.take(), expected);
    }
}

#[test]
fn a_flood_is_cancelled_and_the_call_goes_on() {
    let mut alice = renegotiating();
    for rseq in 1..=256 {
        alice.reliable(180, "a", rseq, "");
        assert_eq!(alice.take().len(), 2, "{rseq}");
    }
    alice.reliable(180, "a", 257, "");
    assert_eq!(alice.take(), ["CANCEL", "<rollback>", "<failed 1 Flood>"]);
    alice.reply(487, "a", "", "");
    assert_eq!((alice.take(), alice.end()), (vec!["ACK".to_owned()], None));
    let mut alice = renegotiating();
    for _ in 0..1000 {
        alice.unreliable(180, "a", "");
    }
    let seen = alice.take();
    assert_eq!(seen.iter().filter(|words| *words == "<progress 180>").count(), 600);
    assert_eq!(seen.iter().filter(|words| *words == "CANCEL").count(), 1);
}

#[test]
fn a_call_whose_first_exchange_was_in_a_prack() {
    let mut alice = Caller::new();
    alice.dial(TARGET, CallOptions { media: Media::Offerless, ..CallOptions::default() });
    alice.reliable(183, "a", 100, OFFER);
    alice.describe(ANSWER);
    alice.ok("a", "");
    renegotiate(&mut alice);
    alice.take();
    alice.reliable(183, "a", 1, ANSWER);
    assert_eq!(alice.take(), ["PRACK 1", "<remote>", "<progress 183 rel answer>"]);
    alice.answer("PRACK", 200, "", "");
    alice.reply(200, "a", "", "");
    assert_eq!(alice.take(), ["<prackresponse 1>", "ACK", "<updated>", "<settled 1>"]);
}

#[test]
fn lost_in_every_state() {
    // While the offer is made: nothing is sent any more.
    let mut alice = Caller::confirmed("a");
    let (call, request) = (alice.call, alice.next_request());
    alice.command(prackle::protocol::Command::Renegotiate { call, request });
    alice.lose_connection();
    alice.restore_connection();
    alice.describe(OFFER);
    assert_eq!(alice.take(), ["<describe>", "INVITE sdp"], "the connection is back");
    // While it rings: cancelled when the connection is back, its PRACK sent anew.
    alice.reliable(180, "a", 3, "");
    alice.lose_connection();
    assert_eq!(alice.take(), ["PRACK 3", "<progress 180 rel>", "<rollback>", "<failed 1 Connection>"]);
    alice.pass(3000);
    alice.restore_connection();
    assert_eq!(alice.take(), ["PRACK 3", "CANCEL"]);
    alice.answer("PRACK", 481, "", "");
    alice.reply(487, "a", "", "");
    assert_eq!(alice.take(), ["<prackresponse 3>", "ACK"]);
    // While it waits out a glare.
    let request = renegotiate(&mut alice);
    alice.reply(491, "a", "", "");
    alice.lose_connection();
    alice.take();
    alice.pass(5000);
    assert_eq!(alice.take(), ["<rollback>".to_owned(), format!("<failed {request} Connection>")]);
    assert_eq!(alice.end(), None);
}

// After the exchange in a reliable response there is no offer to be rolled back.
#[test]
fn lost_after_the_answer() {
    let mut alice = renegotiating();
    alice.reliable(183, "a", 3, ANSWER);
    alice.answer("PRACK", 200, "", "");
    alice.take();
    alice.lose_connection();
    assert_eq!(alice.take(), ["<failed 1 Connection>"]);
    alice.restore_connection();
    assert_eq!(alice.take(), ["CANCEL"]);
    // The CANCEL came too late: the session is the same on both sides.
    alice.ok("a", "");
    assert_eq!(alice.take(), ["ACK"]);
    assert_eq!(alice.end(), None);
    alice.pass(100_000);
    assert_eq!((alice.take(), alice.end()), (vec![], None));
}

#[test]
fn the_prack_of_a_reinvite_is_never_answered() {
    let mut alice = renegotiating();
    alice.reliable(180, "a", 3, "");
    alice.take();
    alice.pass(32_000);
    assert_eq!(alice.end(), Some((Cause::Timeout, None)));
    let seen = alice.take();
    assert!(seen.contains(&"CANCEL".to_owned()) && seen.contains(&"BYE".to_owned()), "{seen:?}");
    alice.reply(487, "a", "", "");
    alice.answer("BYE", 200, "", "");
    alice.answer("CANCEL", 200, "", "");
    alice.take();
    alice.finish();
}
