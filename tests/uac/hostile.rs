//! What no honest callee sends (`P-155`, `P-156`, `P-160`, `P-161`).

use super::caller::{ANSWER, Caller, OFFER, Prack, TARGET, contact, require, response};
use super::mutation::{Dice, Situation, play};
use prackle::message::{Message, Name};
use prackle::protocol::{CallOptions, Command, Config, Event, Media, PrackMode};

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

/// An outgoing call that waits for its answer, with an offer or without, its PRACKs sent by
/// the application or not; hung up perhaps.
fn calling(dice: &mut Dice) -> Situation<Caller> {
    let options = |media| CallOptions { media, ..CallOptions::default() };
    let mut alice = Caller::with(any_mode(dice));
    let (media, sdp) = if dice.roll(2) == 0 { (Media::Offer, ANSWER) } else { (Media::Offerless, OFFER) };
    alice.dial(TARGET, options(media));
    if media == Media::Offer {
        alice.describe(OFFER);
    }
    let invite = alice.last();
    let reliable = |tag: &str, rseq: u32| format!("{}{}Record-Route: <sip:p;lr>\r\n", contact(tag), require(rseq));
    let frames = vec![
        response(&invite, 183, "a", &reliable("a", 100), sdp),
        response(&invite, 180, "a", &reliable("a", 101), ""),
        response(&invite, 183, "b", &reliable("b", 100), sdp),
        response(&invite, 183, "c", &contact("c"), sdp),
        response(&invite, 200, "a", &contact("a"), ANSWER),
        response(&invite, 486, "a", "", ""),
        response(&invite, 199, "b", "Reason: SIP;cause=486\r\n", ""),
        response(&invite, 407, "c", "Proxy-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\"\r\n", ""),
    ];
    for frame in frames.iter().take(dice.roll(3)) {
        alice.receive(frame);
    }
    if dice.roll(4) == 0 {
        alice.hangup();
    }
    Situation { agent: alice, frames, act: acknowledge }
}

/// A confirmed call with a re-INVITE of ours under way.
fn renegotiating(dice: &mut Dice) -> Situation<Caller> {
    let mut alice = Caller::with(any_mode(dice)).called(CallOptions::default());
    alice.ok("a", ANSWER);
    let (call, request) = (alice.call, alice.next_request());
    alice.command(Command::Renegotiate { call, request });
    alice.describe(OFFER);
    let invite = alice.last();
    let reliable = format!("{}{}", contact("a"), require(7));
    let frames = vec![
        response(&invite, 183, "a", &reliable, ANSWER),
        response(&invite, 180, "a", &reliable.replace('7', "8"), ""),
        response(&invite, 200, "a", &contact("a"), ANSWER),
        response(&invite, 488, "a", "", ""),
        response(&invite, 491, "a", "", ""),
        alice.peer.frame("UPDATE", 4, "z9hG4bKd", &contact("a"), OFFER),
        alice.peer.frame("BYE", 5, "z9hG4bKe", "", ""),
    ];
    Situation { agent: alice, frames, act: acknowledge }
}

fn any_mode(dice: &mut Dice) -> impl FnOnce(&mut Config) {
    let prack = if dice.roll(2) == 0 { PrackMode::Auto } else { PrackMode::Manual };
    move |config| config.prack = prack
}

/// Sends what the application is to send, perhaps with an offer.
fn acknowledge(alice: &mut Caller, _: &[String], dice: &mut Dice) {
    let wanted = alice.events().iter().rev().find_map(|event| match event {
        Event::Progress { dialog: Some(dialog), rseq: Some(rseq), prack: true, .. } => Some((dialog.0, *rseq)),
        _ => None,
    });
    if let Some((dialog, rseq)) = wanted.filter(|_| dice.roll(3) == 0) {
        // Most of them have been sent before.
        let _ = alice.try_prack(dialog, rseq, Prack { offer: dice.roll(2) == 0, ..Prack::default() });
    }
}

#[test]
fn p_161_nothing_breaks_it() {
    play(|dice| if dice.roll(4) > 0 { calling(dice) } else { renegotiating(dice) });
}
