//! Requests that are refused, or answered without a call (RFC 3261 section 8.2).

use super::callee::{ANSWER, Callee, OFFER, Peer};
use prackle::message::Name;
use prackle::protocol::Event;

/// A request outside any dialog, whose answer is expected, with a tag of its own.
fn answered(method: &str, fields: &str, body: &str) -> Callee {
    let mut bob = Callee::new();
    bob.keep_events();
    bob.numbered(method, 1, fields, body);
    assert!(bob.last().to_tag().is_some(), "RFC 3261 section 8.2.6.2: every response but 100 has a tag");
    bob
}

#[test]
fn unknown_methods_are_501_and_unwanted_ones_405() {
    for (method, expected) in
        [("FROBNICATE", 501), ("invite", 501), ("REGISTER", 405), ("PUBLISH", 405), ("SUBSCRIBE", 405)]
    {
        let mut bob = answered(method, "", "");
        assert_eq!(bob.take(), [format!("{expected} {method}")]);
        assert!(bob.last().values(Name::Allow).any(|allowed| allowed == "INVITE"));
    }
}

#[test]
fn requests_of_no_dialog_are_481() {
    for method in ["BYE", "PRACK", "UPDATE", "INFO"] {
        let mut bob = answered(method, "RAck: 1 1 INVITE\r\n", "");
        assert_eq!(bob.take(), [format!("481 {method}")]);
        bob.peer.to_tag = "gone".into();
        bob.numbered(method, 2, "RAck: 1 1 INVITE\r\n", "");
        assert_eq!(bob.take(), [format!("481 {method}")]);
    }
    let mut bob = Callee::new();
    bob.peer.to_tag = "gone".into();
    bob.numbered("INVITE", 2, "Contact: <sip:alice@192.0.2.1>\r\n", OFFER);
    assert_eq!(bob.take(), ["481 INVITE"]);
}

#[test]
fn an_ack_is_never_answered() {
    let mut bob = Callee::new();
    bob.peer.to_tag = "gone".into();
    bob.numbered("ACK", 1, "Require: foo\r\n", "");
    assert!(bob.take().is_empty());
    assert_eq!(bob.agent.load(), 0);
}

#[test]
fn a_scheme_that_is_not_for_us_is_416() {
    let mut bob = Callee::new();
    bob.peer.branch = bob.branch();
    let invite = bob.invite_frame("", OFFER).replace("INVITE sip:bob@b.invalid;transport=ws", "INVITE soap:bob");
    bob.receive(invite);
    assert_eq!(bob.take(), ["416 INVITE"]);
}

#[test]
fn a_body_that_is_not_understood_is_415() {
    let mut bob = Callee::new();
    bob.invite("Content-Type: application/unknown\r\n", "hello");
    assert_eq!(bob.take(), ["415 INVITE"]);
    assert!(bob.last().values(Name::Accept).any(|kind| kind == "application/sdp"));
    bob.ack_failure();
    bob.peer.cseq += 1;
    bob.invite("Content-Encoding: gzip\r\n", OFFER);
    assert_eq!(bob.take(), ["415 INVITE"]);
    assert_eq!(bob.last().header(Name::AcceptEncoding), Some("identity"));
}

#[test]
fn nothing_acceptable_is_406() {
    let mut bob = Callee::new();
    bob.invite("Accept: text/plain\r\n", OFFER);
    assert_eq!(bob.take(), ["406 INVITE"]);
}

#[test]
fn a_call_needs_a_contact() {
    let mut bob = Callee::new();
    bob.peer.branch = bob.branch();
    let frame = bob.peer.frame("INVITE", 1, &bob.peer.branch, "", OFFER);
    bob.receive(frame);
    assert_eq!(bob.take(), ["400 INVITE"]);
    assert!(bob.last().to_tag().is_some());
}

// Somebody who calls without end would have the page ring without end.
#[test]
fn not_more_calls_ring_than_are_allowed() {
    let mut bob = Callee::with(|config| config.max_ringing = Some(2));
    let mut peers = Vec::new();
    for name in ["one", "two"] {
        bob.peer = Peer::new(name);
        bob.invited();
        peers.push(bob.peer.clone());
    }
    bob.peer = Peer::new("three");
    bob.invite("Supported: 100rel\r\n", OFFER);
    assert_eq!(bob.take(), ["486 INVITE"]);
    assert!(bob.last().header(Name::RetryAfter).is_some() && bob.last().to_tag().is_some());
    bob.ack_failure();
    bob.peer = peers.remove(0);
    bob.cancel("");
    bob.take();
    bob.peer = Peer::new("four");
    bob.invited();
    bob.accept();
    bob.describe(ANSWER);
    bob.take();
    bob.peer = Peer::new("five");
    bob.invited();
}

#[test]
fn sixty_four_calls_may_ring() {
    let mut bob = Callee::new();
    for number in 0..64 {
        bob.peer = Peer::new(&number.to_string());
        bob.invited();
    }
    bob.peer = Peer::new("last");
    bob.invite("", OFFER);
    assert_eq!(bob.take(), ["486 INVITE"]);
}

// RFC 3261 section 8.2.2.2.
#[test]
fn the_same_request_by_another_path_is_482() {
    let mut bob = Callee::new();
    bob.invited();
    let first = bob.peer.branch.clone();
    bob.invite("Supported: 100rel\r\n", OFFER);
    assert_eq!(bob.take(), ["482 INVITE"]);
    assert!(bob.last().to_tag().is_some());
    bob.ack_failure();
    bob.peer.branch = first;
    bob.progress(180);
    assert_eq!(bob.take(), ["180 INVITE rel"]);
}

#[test]
fn options_tell_what_we_can() {
    let mut bob = answered("OPTIONS", "", "");
    assert_eq!(bob.take(), ["200 OPTIONS"]);
    let answer = bob.last();
    for method in ["INVITE", "ACK", "CANCEL", "BYE", "PRACK", "UPDATE", "OPTIONS"] {
        assert!(answer.values(Name::Allow).any(|allowed| allowed == method), "{method}");
    }
    assert_eq!(answer.header(Name::Accept), Some("application/sdp"));
    assert!(answer.header(Name::Contact).is_some());
    bob.pass(100_000);
    assert_eq!(bob.agent.load(), 0);
}

#[test]
fn a_message_is_answered_and_told() {
    let mut bob = answered("MESSAGE", "Content-Type: text/plain\r\n", "hello");
    assert_eq!(bob.take(), ["200 MESSAGE", "<message>"]);
    let told = bob.events().iter().any(|event| matches!(event, Event::Message { body, .. } if body == "hello"));
    assert!(told);
}

#[test]
fn an_unknown_requirement_is_420() {
    let mut bob = answered("MESSAGE", "Require: foo, bar\r\n", "");
    assert_eq!(bob.take(), ["420 MESSAGE"]);
    assert_eq!(bob.last().values(Name::Unsupported).collect::<Vec<_>>(), ["foo", "bar"]);
}

#[test]
fn what_cannot_be_read_is_refused_and_noted() {
    let mut bob = Callee::new();
    bob.receive(
        "MESSAGE sip:bob@b.invalid SIP/2.0\r\nVia: SIP/2.0/WSS h;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\n\
                 To: <sip:bob@b>\r\nCall-ID: x\r\nCSeq: 99999999999 MESSAGE\r\n\r\n",
    );
    assert_eq!(bob.take(), ["400 ?"]);
    assert!(bob.agent.trace().any(|entry| entry.fault.is_some()));
    bob.receive("\u{0}\u{1}nothing at all");
    bob.receive("SIP/2.0 200 OK\r\n\r\n");
    assert!(bob.take().is_empty());
    assert_eq!(bob.agent.trace().filter(|entry| entry.fault.is_some()).count(), 3);
}

/// A confirmed call.
fn confirmed() -> Callee {
    let mut bob = Callee::new();
    bob.invited();
    bob.accept();
    bob.describe(ANSWER);
    bob.ack("");
    bob.take();
    bob
}

const CONTACT: &str = "Contact: <sip:alice@192.0.2.77>\r\n";

#[test]
fn a_reinvite_is_answered_and_repeated_until_its_ack() {
    let mut bob = confirmed();
    bob.request("INVITE", CONTACT, OFFER);
    assert_eq!(bob.take(), ["<describe>"]);
    bob.until(200);
    assert_eq!(bob.take(), ["100 INVITE"]);
    bob.describe(ANSWER);
    assert_eq!(bob.take(), ["200 INVITE sdp", "<updated>"]);
    bob.pass(500);
    assert_eq!(bob.take(), ["200 INVITE sdp"]);
    bob.numbered("ACK", 2, "", "");
    bob.pass(100_000);
    assert_eq!(bob.take(), [""; 0]);
    bob.hangup();
    assert_eq!(bob.last().uri(), "sip:alice@192.0.2.77");
}

#[test]
fn a_reinvite_without_offer_is_given_one() {
    let mut bob = confirmed();
    bob.request("INVITE", CONTACT, "");
    assert_eq!(bob.take(), ["<describe>"]);
    bob.describe(OFFER);
    assert_eq!(bob.take()[0], "200 INVITE sdp");
    bob.numbered("ACK", 2, "", ANSWER);
    assert!(bob.take().contains(&"<remote>".to_owned()));
}

#[test]
fn a_second_reinvite_has_to_wait() {
    let mut bob = confirmed();
    bob.request("INVITE", CONTACT, OFFER);
    bob.take();
    bob.request("INVITE", CONTACT, OFFER);
    assert_eq!(bob.take(), ["500 INVITE"]);
    assert!(bob.last().header(Name::RetryAfter).is_some());
    bob.request("UPDATE", CONTACT, OFFER);
    assert_eq!(bob.take(), ["500 UPDATE"]);
}

#[test]
fn a_reinvite_can_be_cancelled() {
    let mut bob = confirmed();
    let branch = bob.branch();
    bob.peer.cseq = 2;
    let invite = bob.peer.frame("INVITE", 2, &branch, CONTACT, OFFER);
    bob.receive(invite);
    bob.take();
    let cancel = bob.peer.frame("CANCEL", 2, &branch, "", "");
    bob.receive(cancel);
    assert_eq!(bob.take(), ["200 CANCEL", "487 INVITE", "<rollback>"]);
    bob.request("BYE", "", "");
    assert_eq!(bob.take(), ["200 BYE", "<ended Bye>"]);
}

#[test]
fn a_reinvite_that_nobody_can_agree_to_leaves_the_session() {
    let mut bob = confirmed();
    bob.request("INVITE", CONTACT, OFFER);
    bob.fail_media(488, prackle::protocol::Cause::MediaFailed);
    assert_eq!(bob.take(), ["<describe>", "488 INVITE", "<rollback>"]);
    bob.request("UPDATE", CONTACT, OFFER);
    bob.describe(ANSWER);
    assert!(bob.take().contains(&"200 UPDATE sdp".to_owned()));
}

#[test]
fn requests_in_a_call_are_in_order() {
    let mut bob = confirmed();
    bob.numbered("INFO", 9, "Content-Type: text/plain\r\n", "x");
    assert_eq!(bob.take(), ["200 INFO", "<info>"]);
    bob.numbered("INFO", 8, "", "");
    assert_eq!(bob.take(), ["500 INFO"]);
    bob.numbered("OPTIONS", 10, "", "");
    assert_eq!(bob.take(), ["200 OPTIONS"]);
    bob.numbered("BYE", 11, "", "");
    assert_eq!(bob.take(), ["200 BYE", "<ended Bye>"]);
    bob.numbered("INFO", 12, "", "");
    assert_eq!(bob.take(), ["481 INFO"]);
    bob.pass(100_000);
    assert_eq!(bob.agent.load(), 0);
}

#[test]
fn a_bye_ends_what_is_still_open() {
    let mut bob = confirmed();
    bob.request("INVITE", CONTACT, OFFER);
    bob.take();
    bob.request("BYE", "Reason: Q.850;cause=16, SIP;cause=200\r\n", "");
    assert_eq!(bob.take(), ["200 BYE", "487 INVITE", "<ended Bye 200>"]);
}

// RFC 3261 section 7.3.1: tags are tokens. A proxy that writes them in capitals is rare, and within its rights.
#[test]
fn a_request_finds_its_dialog_whatever_the_case_of_the_tags() {
    let mut bob = Callee::new();
    bob.invited();
    bob.progress(180);
    bob.take();
    bob.peer.to_tag = bob.peer.to_tag.to_ascii_uppercase();
    bob.prack("");
    assert_eq!(bob.take().first().map(String::as_str), Some("200 PRACK"));
}

#[test]
fn a_420_names_each_extension_once() {
    let mut bob = answered("OPTIONS", "Require: foo, bar\r\nRequire: FOO\r\n", "");
    assert_eq!(bob.take(), ["420 OPTIONS"]);
    assert_eq!(bob.last().header(Name::Unsupported), Some("foo, bar"));
}
