//! What no honest callee sends (`P-155`, `P-156`, `P-160`).

use super::caller::{ANSWER, Caller, contact, require, response};
use prackle::message::{Message, Name};

#[test]
fn p_155_numbers_and_lists_without_end() {
    let mut alice = Caller::calling();
    let digits = "9".repeat(10_000);
    alice.reply(183, "a", &format!("{}Require: 100rel\r\nRSeq: {digits}\r\n", contact("a")), ANSWER);
    assert_eq!(alice.take(), ["<bad-rseq>", "<remote>", "<progress 183 preview>"]);
    let list = "foo,".repeat(16 * 1024);
    alice.reply(183, "b", &format!("{}Require: {list}100rel\r\nRSeq: 5\r\n", contact("b")), "");
    assert_eq!(alice.take(), ["PRACK 5", "<progress 183 rel>"]);
    alice.reply(183, "b", &format!("{}Require: {list}\r\nRSeq: 6\r\n", contact("b")), "");
    assert_eq!(alice.take(), ["<progress 183>"]);
}

#[test]
fn p_156_nothing_of_theirs_breaks_a_frame_of_ours() {
    for (tag, target, route) in [
        ("a%0D%0AEvil:%201", "sip:bob%0D%0AEvil:%201@a.invalid", "<sip:p%0D%0A.example.com;lr>"),
        ("a.!%*_+`'~-", "sip:bob;x=%22@a.invalid;y=%0d%0a", "\"a \\\" b\" <sip:p.example.com;lr>"),
        ("a", "sip:b%00b@a.invalid", "<sip:p.example.com;lr;x=\"q\">"),
    ] {
        let mut alice = Caller::calling();
        let fields = format!("Record-Route: {route}\r\nContact: \"B \\\"o\\\" b\" <{target}>\r\n{}", require(7));
        alice.reply(183, tag, &fields, ANSWER);
        for prack in alice.requests_sent("PRACK") {
            let text = String::from_utf8_lossy(prack.octets()).into_owned();
            assert!(!text.lines().any(|line| line.starts_with("Evil")), "{text}");
            assert_eq!((prack.uri(), prack.to_tag()), (target, Some(tag)));
            assert_eq!(prack.header(Name::RAck), Some("7 1 INVITE"));
            assert_eq!(text.matches("\r\n\r\n").count(), 1);
        }
    }
}

#[test]
fn p_160_responses_that_are_not_for_our_invite() {
    let mut alice = Caller::calling();
    let invite = alice.request_sent("INVITE");
    let fields = format!("{}{}", contact("a"), require(7));
    let frame = response(&invite, 183, "a", &fields, "");
    let branch = invite.via().branch().unwrap_or_default().to_owned();
    let host = invite.header(Name::Via).and_then(|via| via.split([' ', ';']).nth(1)).unwrap_or_default().to_owned();
    for foreign in [
        frame.replace(&branch, "z9hG4bKforeign"),
        frame.replace("CSeq: 1 INVITE", "CSeq: 2 INVITE"),
        frame.replace("CSeq: 1 INVITE", "CSeq: 1 UPDATE"),
        frame.replace("CSeq: 1 INVITE", "CSeq: 1 CANCEL"),
        frame.replace("\r\nFrom:", &format!("\r\nVia: SIP/2.0/WSS {host};branch=z9hG4bK2\r\nFrom:")),
    ] {
        assert!(foreign != frame && Message::parse(foreign.as_bytes()).is_ok());
        alice.receive(foreign);
        assert_eq!(alice.take(), [""; 0]);
    }
    alice.receive(frame);
    assert_eq!(alice.take(), ["PRACK 7", "<progress 183 rel>"]);
}

#[test]
fn frames_that_cannot_be_read_change_nothing() {
    let mut alice = Caller::calling();
    let invite = alice.request_sent("INVITE");
    let frame = response(&invite, 183, "a", &format!("{}{}", contact("a"), require(7)), "");
    for at in 0..frame.len() {
        alice.receive(frame.as_bytes().get(..at).unwrap_or_default());
    }
    let seen = alice.take();
    assert!(
        seen.iter().all(|words| words.starts_with("<progress 183")
            || words == "PRACK 7"
            || words == "<bad-rseq>"
            || words == "<no-contact>"),
        "{seen:?}"
    );
    assert!(alice.requests_sent("PRACK").len() <= 1);
    alice.ok("a", ANSWER);
    assert_eq!(alice.take(), ["ACK", "<remote>", "<accepted>", "<confirmed>"]);
}
