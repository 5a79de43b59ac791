//! Final responses to the INVITE, and the end of those that never come (RFC 3261 sections
//! 13.2.2 and 17.1.1.2).

use super::caller::{ANSWER, Caller, contact, values};
use prackle::message::Name;
use prackle::protocol::Event;

#[test]
fn the_ack_of_a_2xx() {
    let mut alice = Caller::calling();
    let invite = alice.last();
    let routes = "Record-Route: <sip:p1.example.com;lr>\r\nRecord-Route: <sip:p2.example.com;lr>\r\n";
    alice.reply(200, "a", &format!("{routes}{}", contact("a")), ANSWER);
    assert_eq!(alice.take(), ["ACK", "<remote>", "<accepted>", "<confirmed>"]);
    let ack = alice.last();
    assert_eq!((ack.uri(), ack.cseq().number, ack.to_tag()), ("sip:bob@a.invalid", 1, Some("a")));
    assert_eq!(values(&ack, Name::Route), ["<sip:p2.example.com;lr>", "<sip:p1.example.com;lr>"]);
    assert_ne!(ack.via().branch(), invite.via().branch());
    assert!(ack.body().is_empty() && ack.header(Name::Require).is_none());
}

#[test]
fn a_2xx_again_has_the_same_ack_again() {
    let mut alice = Caller::confirmed("a");
    let ack = alice.last();
    for _ in 0..3 {
        alice.pass(4000);
        alice.ok("a", ANSWER);
        assert_eq!(alice.take(), ["ACK"]);
        assert_eq!(alice.last().octets(), ack.octets());
    }
    alice.hangup();
    alice.ok("a", ANSWER);
    assert_eq!(alice.take(), ["BYE", "<ended Bye>", "ACK"]);
    assert_eq!(alice.last().octets(), ack.octets());
    alice.answer("BYE", 200, "", "");
    alice.ok("a", ANSWER);
    assert_eq!(alice.take(), ["ACK"]);
    alice.finish();
    alice.ok("a", ANSWER);
    assert_eq!(alice.take(), [""; 0], "64*T1 are over");
}

#[test]
fn every_2xx_answers_the_call() {
    for status in [200, 202, 299] {
        let mut alice = Caller::calling();
        alice.reply(status, "a", &contact("a"), ANSWER);
        assert_eq!(alice.take(), ["ACK", "<remote>", "<accepted>", "<confirmed>"]);
    }
}

// The route set of the 2xx counts (RFC 3261 section 13.2.2.4), and its Contact.
#[test]
fn the_2xx_sets_route_and_target_anew() {
    let mut alice = Caller::calling();
    alice.reply(180, "a", &format!("Record-Route: <sip:old.example.com;lr>\r\n{}", contact("old")), "");
    alice.reply(200, "a", &format!("Record-Route: <sip:new.example.com;lr>\r\n{}", contact("new")), ANSWER);
    let ack = alice.request_sent("ACK");
    assert_eq!(ack.uri(), "sip:bob@new.invalid");
    assert_eq!(values(&ack, Name::Route), ["<sip:new.example.com;lr>"]);
}

#[test]
fn failures_and_what_they_are_called() {
    for (status, cause) in [
        (300, "Redirected"),
        (302, "Redirected"),
        (400, "Rejected"),
        (401, "Unauthorized"),
        (403, "Unauthorized"),
        (404, "NotFound"),
        (408, "Timeout"),
        (410, "Unavailable"),
        (415, "NotAcceptable"),
        (420, "BadExtension"),
        (421, "ExtensionRequired"),
        (480, "Unavailable"),
        (484, "NotFound"),
        (486, "Busy"),
        (487, "Cancelled"),
        (488, "NotAcceptable"),
        (500, "ServerError"),
        (503, "ServerError"),
        (600, "Busy"),
        (603, "Rejected"),
        (604, "NotFound"),
        (606, "NotAcceptable"),
        (699, "Rejected"),
    ] {
        let mut alice = Caller::calling();
        let invite = alice.last();
        alice.reply(status, "a", "", "");
        assert_eq!(alice.take(), ["ACK".to_owned(), format!("<ended {cause} {status}>")]);
        // RFC 3261 section 17.1.1.3: the ACK of a failure is of the INVITE's transaction.
        let ack = alice.last();
        assert_eq!((ack.via().branch(), ack.uri()), (invite.via().branch(), invite.uri()));
        assert_eq!((ack.to_tag(), ack.cseq().number), (Some("a"), 1));
        alice.finish();
    }
}

#[test]
fn the_end_says_what_the_peer_said() {
    let mut alice = Caller::calling();
    alice.reply(503, "a", "Retry-After: 120 (maintenance)\r\nReason: SIP;cause=503;text=\"Overload\"\r\n", "");
    let told = alice.events().iter().find_map(|event| match event {
        Event::Ended { reason, retry_after, duration_ms, .. } => Some((reason.as_deref(), *retry_after, *duration_ms)),
        _ => None,
    });
    assert_eq!(told, Some((Some("Overload"), Some(120), 0)));
}

#[test]
fn timer_b() {
    let mut alice = Caller::calling();
    alice.until(31_999);
    assert_eq!(alice.take(), [""; 0], "over WebSocket no INVITE is repeated");
    alice.until(32_000);
    assert_eq!(alice.take(), ["<ended Timeout 408>"]);
    alice.ok("a", ANSWER);
    assert_eq!(alice.take(), [""; 0]);
    alice.finish();
}

#[test]
fn a_provisional_response_stops_timer_b() {
    for status in [100, 180] {
        let mut alice = Caller::calling();
        alice.unreliable(status, "a", "");
        alice.take();
        alice.pass(600_000);
        assert_eq!(alice.take(), [""; 0]);
        alice.ok("a", ANSWER);
        assert_eq!(alice.take(), ["ACK", "<remote>", "<accepted>", "<confirmed>"]);
    }
}

#[test]
fn the_duration_counts_from_the_answer() {
    let mut alice = Caller::calling();
    alice.unreliable(180, "a", "");
    alice.pass(5000);
    alice.ok("a", ANSWER);
    alice.pass(61_000);
    alice.hangup();
    let duration = alice.events().iter().find_map(|event| match event {
        Event::Ended { duration_ms, .. } => Some(*duration_ms),
        _ => None,
    });
    assert_eq!(duration, Some(61_000));
}
