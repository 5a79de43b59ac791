//! Redirections (RFC 3261 sections 8.1.3.4 and 21.3, `P-055`): the application follows by a new
//! call, or not.

use super::caller::{ANSWER, Caller, OFFER, contact, rack};
use prackle::protocol::{CallOptions, Cause, Event};

/// The contacts that the end of the call told.
fn contacts(alice: &Caller) -> Vec<String> {
    let told = alice.events().iter().rev().find_map(|event| match event {
        Event::Ended { contacts, .. } => Some(contacts.clone()),
        _ => None,
    });
    told.expect("the call has ended")
}

#[test]
fn p_055_a_call_that_follows_begins_anew() {
    let mut alice = Caller::calling();
    alice.reliable(183, "a", 100, ANSWER);
    assert_eq!(alice.take(), ["PRACK 100", "<remote>", "<progress 183 rel answer>"]);
    let (first, prack) = (alice.request_sent("INVITE"), alice.request_sent("PRACK"));
    alice.reply(302, "a", "Contact: <sip:bob@desk.example.com>\r\n", "");
    assert_eq!(alice.take(), ["ACK", "<ended Redirected 302>"]);
    let target = contacts(&alice).remove(0);
    alice.dial(&target, CallOptions::default());
    alice.describe(OFFER);
    assert_eq!(alice.take(), ["<describe>", "INVITE sdp"]);
    let second = alice.last();
    assert_eq!((second.uri(), second.cseq().number, second.to_tag()), ("sip:bob@desk.example.com", 1, None));
    assert_ne!((second.call_id(), second.from_tag()), (first.call_id(), first.from_tag()));
    // The same tag, and a number that would be old in the former dialog.
    alice.reliable(183, "a", 7, ANSWER);
    assert_eq!(alice.take(), ["PRACK 7", "<remote>", "<progress 183 rel answer>"]);
    assert_eq!((alice.last().cseq().number, rack(&alice.last())), (2, "7 1 INVITE"));
    // What is left of the first call ends in silence, and ends nothing.
    alice.respond(&prack, 481, "", "");
    assert_eq!(alice.take(), [""; 0]);
    alice.ok("a", "");
    assert_eq!(alice.take(), ["ACK", "<accepted>", "<confirmed>"]);
}

#[test]
fn the_best_contact_comes_first() {
    for (fields, expected) in [
        (
            "Contact: <sip:c@x>;q=0.3, <sip:a@x>;q=0.71\r\nm: <sip:b@x>;q=0.7, <sip:first@x>\r\n",
            vec!["sip:first@x", "sip:a@x", "sip:b@x", "sip:c@x"],
        ),
        // The order of those that are as good stays, and each comes once.
        ("Contact: <sip:a@x>;q=0.5, <sip:b@x>;q=0.500, <sip:a@x>;q=1\r\n", vec!["sip:a@x", "sip:b@x"]),
        // What cannot be read counts as none, which is 1.
        ("Contact: <sip:a@x>;q=0.9, <sip:b@x>;q=7, <sip:c@x>;q=1.000\r\n", vec!["sip:b@x", "sip:c@x", "sip:a@x"]),
        ("Contact: \"Bob, at home\" <tel:+1555>;q=0, <mailto:b@x>\r\n", vec!["mailto:b@x", "tel:+1555"]),
        ("Contact: *\r\n", vec![]),
        ("", vec![]),
    ] {
        let mut alice = Caller::calling();
        alice.reply(300, "a", fields, "");
        assert_eq!(contacts(&alice), expected, "{fields}");
        assert_eq!(alice.end(), Some((Cause::Redirected, Some(300))));
    }
}

// The Contact of another failure says something else (RFC 3261 section 21.4.23 for 485).
#[test]
fn only_a_redirection_has_contacts() {
    let mut alice = Caller::calling();
    alice.reply(486, "a", &contact("a"), "");
    assert_eq!(contacts(&alice), [""; 0]);
    let mut alice = Caller::confirmed("a");
    alice.hangup();
    assert_eq!(contacts(&alice), [""; 0]);
}

#[test]
fn redirected_after_the_early_dialogs_of_two_callees() {
    let mut alice = Caller::calling();
    for tag in ["a", "b"] {
        alice.reliable(183, tag, 100, ANSWER);
    }
    alice.take();
    alice.reply(301, "c", "Contact: <sip:bob@new.example.com>\r\n", "");
    assert_eq!(alice.take(), ["ACK", "<ended Redirected 301>"]);
    // Everything that still comes of the early dialogs is late.
    alice.reliable(180, "a", 101, "");
    assert_eq!(alice.take(), [""; 0]);
    for prack in alice.requests_sent("PRACK") {
        alice.respond(&prack, 200, "", "");
    }
    alice.peer.tag = "b".into();
    alice.request("BYE", "", "");
    assert_eq!(alice.take(), ["481 BYE"]);
    alice.finish();
}

#[test]
fn a_cancelled_call_is_followed_nowhere() {
    let mut alice = Caller::calling();
    alice.unreliable(180, "a", "");
    alice.hangup();
    alice.take();
    alice.reply(302, "a", "Contact: <sip:bob@desk.example.com>\r\n", "");
    assert_eq!(alice.take(), ["ACK", "<ended Cancelled 302>"]);
    assert_eq!(contacts(&alice), [""; 0]);
}
