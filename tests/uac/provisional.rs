//! Provisional responses, and the PRACKs that they cause (RFC 3262 section 4, `P-017`,
//! `P-020` to `P-039`, `P-150`, `P-151`).

use super::caller::{ANSWER, Caller, OFFER, TARGET, contact, rack, require, response, values};
use prackle::agent::Output;
use prackle::message::{Message, Method, Name};
use prackle::protocol::{CallOptions, Event, Media, ProgressKind};

/// With one reliable 183 with the answer acknowledged, RSeq 100, by callee `a`.
fn early() -> Caller {
    let mut alice = Caller::calling();
    alice.reliable(183, "a", 100, ANSWER);
    assert_eq!(alice.take(), ["PRACK 100", "<remote>", "<progress 183 rel answer>"]);
    alice
}

/// What the application was told of a provisional response.
#[derive(Debug, PartialEq)]
struct Told {
    dialog: Option<u32>,
    status: u16,
    reliable: bool,
    rseq: Option<u32>,
    kind: ProgressKind,
}

fn progress(alice: &Caller) -> Vec<Told> {
    let told = alice.events().iter().filter_map(|event| match event {
        Event::Progress { dialog, status, reliable, rseq, kind, .. } => {
            let dialog = dialog.map(|dialog| dialog.0);
            Some(Told { dialog, status: *status, reliable: *reliable, rseq: *rseq, kind: *kind })
        }
        _ => None,
    });
    told.collect()
}

/// One that wants no PRACK, and has no description.
fn unreliable(status: u16, dialog: Option<u32>) -> Told {
    Told { dialog, status, reliable: false, rseq: None, kind: ProgressKind::None }
}

fn numbers(request: &Message) -> (u32, &str) {
    (request.cseq().number, rack(request))
}

#[test]
fn p_017_the_rseq_in_every_shape() {
    for (shape, rseq) in
        [("007", 7), (" 9 ", 9), ("\r\n 12", 12), ("4294967295", u32::MAX), ("00000000000000000001", 1)]
    {
        let mut alice = Caller::calling();
        alice.reply(180, "a", &format!("{}Require: 100rel\r\nRSeq: {shape}\r\n", contact("a")), "");
        assert_eq!(alice.take(), [format!("PRACK {rseq}"), "<progress 180 rel>".to_owned()], "{shape}");
        assert_eq!(rack(&alice.last()), format!("{rseq} 1 INVITE"));
    }
    let forty = "1".repeat(40);
    for shape in ["0", "-1", "+1", "0x10", "1e3", "1 2", "", "4294967296", &forty, "5\r\nRSeq: 6"] {
        let mut alice = Caller::calling();
        alice.reply(180, "a", &format!("{}Require: 100rel\r\nRSeq: {shape}\r\n", contact("a")), "");
        assert_eq!(alice.take(), ["<bad-rseq>", "<progress 180>"], "{shape}");
    }
}

#[test]
fn p_020_the_prack() {
    let mut alice = Caller::calling();
    let invite = alice.last();
    let routes = "Record-Route: <sip:p1.example.com;lr>, <sip:p2.example.com;lr>\r\n";
    alice.reply(183, "a", &format!("{routes}{}{}", contact("a"), require(100)), ANSWER);
    assert_eq!(alice.take(), ["PRACK 100", "<remote>", "<progress 183 rel answer>"]);
    let told = Told { dialog: Some(0), status: 183, reliable: true, rseq: Some(100), kind: ProgressKind::Answer };
    assert_eq!(progress(&alice), [told]);
    let prack = alice.last();
    assert_eq!(numbers(&prack), (2, "100 1 INVITE"));
    assert_eq!(prack.cseq().method, Method::Prack);
    assert_eq!((prack.to_tag(), prack.from_tag()), (Some("a"), invite.from_tag()));
    assert_eq!(prack.call_id(), invite.call_id());
    assert_eq!(prack.uri(), "sip:bob@a.invalid");
    assert_eq!(values(&prack, Name::Route), ["<sip:p2.example.com;lr>", "<sip:p1.example.com;lr>"]);
    assert_eq!(prack.header(Name::MaxForwards), Some("70"));
    assert_ne!(prack.via().branch(), invite.via().branch());
    assert!(prack.header(Name::Contact).is_none() && prack.header(Name::RSeq).is_none());
    assert!(!prack.has_token(Name::Require, "100rel"));
    assert!(prack.header(Name::ContentType).is_none() && prack.body().is_empty());
}

#[test]
fn p_021_again_and_again() {
    let mut alice = early();
    for _ in 0..3 {
        alice.reliable(183, "a", 100, ANSWER);
    }
    assert_eq!(alice.take(), [""; 0]);
}

#[test]
fn p_022_the_next_one() {
    let mut alice = early();
    alice.reliable(180, "a", 101, "");
    assert_eq!(alice.take(), ["PRACK 101", "<progress 180 rel>"]);
    assert_eq!(numbers(&alice.last()), (3, "101 1 INVITE"));
}

#[test]
fn p_023_a_gap_is_filled_by_the_sender() {
    let mut alice = early();
    alice.reliable(180, "a", 101, "");
    alice.take();
    alice.reliable(183, "a", 103, ANSWER);
    assert_eq!(alice.take(), ["<rseq-gap>"]);
    alice.reliable(182, "a", 102, "");
    assert_eq!(alice.take(), ["PRACK 102", "<progress 182 rel>"]);
    alice.reliable(183, "a", 103, ANSWER);
    assert_eq!(alice.take(), ["PRACK 103", "<progress 183 rel>"]);
}

#[test]
fn a_gap_refreshes_no_target() {
    let mut alice = early();
    alice.reply(180, "a", &format!("{}{}", contact("elsewhere"), require(102)), "");
    alice.reliable(180, "a", 101, "");
    assert_eq!(alice.last().uri(), "sip:bob@a.invalid");
}

#[test]
fn p_024_what_is_older() {
    let mut alice = early();
    alice.reliable(180, "a", 101, "");
    alice.take();
    alice.reliable(183, "a", 100, ANSWER);
    alice.reliable(180, "a", 50, "");
    assert_eq!(alice.take(), [""; 0]);
}

#[test]
fn p_025_numbers_are_unsigned_and_do_not_wrap() {
    let mut alice = Caller::calling();
    alice.reliable(180, "a", 2_147_483_647, "");
    alice.reliable(180, "a", 2_147_483_648, "");
    assert_eq!(alice.take(), ["PRACK 2147483647", "<progress 180 rel>", "PRACK 2147483648", "<progress 180 rel>"]);
    assert_eq!(numbers(&alice.last()), (3, "2147483648 1 INVITE"));
    let mut alice = Caller::calling();
    alice.reliable(180, "a", u32::MAX, "");
    assert_eq!(alice.take(), ["PRACK 4294967295", "<progress 180 rel>"]);
    alice.reliable(180, "a", 1, "");
    assert_eq!(alice.take(), [""; 0]);
    alice.reliable(180, "a", 0, "");
    assert_eq!(alice.take(), ["<bad-rseq>", "<progress 180>"]);
    assert_eq!(alice.requests_sent("PRACK").len(), 1);
}

#[test]
fn p_026_a_100_is_never_reliable() {
    let mut alice = Caller::calling();
    alice.reliable(100, "a", 7, "");
    assert_eq!(alice.take(), [""; 0]);
    // It made no dialog: any number may come first.
    alice.reliable(180, "a", 3, "");
    assert_eq!(alice.take(), ["PRACK 3", "<progress 180 rel>"]);
    assert_eq!(progress(&alice).first().and_then(|told| told.dialog), Some(0), "the first dialog");
}

#[test]
fn p_027_an_rseq_alone() {
    let mut alice = Caller::calling();
    alice.reply(180, "a", &format!("{}RSeq: 7\r\n", contact("a")), "");
    assert_eq!(alice.take(), ["<progress 180>"]);
    assert_eq!(progress(&alice), [unreliable(180, Some(0))]);
}

#[test]
fn p_028_a_requirement_alone() {
    let mut alice = Caller::calling();
    alice.reply(180, "a", &format!("{}Require: 100rel\r\n", contact("a")), "");
    assert_eq!(alice.take(), ["<bad-rseq>", "<progress 180>"]);
    alice.reply(180, "a", &format!("{}Supported: 100rel\r\nRSeq: 7\r\n", contact("a")), "");
    assert_eq!(alice.take(), ["<progress 180>"]);
}

#[test]
fn p_029_the_option_tag_is_a_token() {
    let mut alice = Caller::calling();
    for token in ["x100rel", "100relx"] {
        alice.reply(180, "a", &format!("{}Require: {token}\r\nRSeq: 7\r\n", contact("a")), "");
        assert_eq!(alice.take(), ["<progress 180>"]);
    }
    alice.reply(180, "a", &format!("{}Require: ,100REL ,\r\nRSeq: 7\r\n", contact("a")), "");
    assert_eq!(alice.take(), ["PRACK 7", "<progress 180 rel>"]);
}

#[test]
fn p_030_without_a_to_tag() {
    let mut alice = Caller::calling();
    alice.reliable(180, "", 7, "");
    alice.reply(183, "", "", "");
    assert_eq!(alice.take(), ["<progress 180>", "<progress 183>"]);
    assert_eq!(progress(&alice), [unreliable(180, None), unreliable(183, None)]);
}

#[test]
fn p_031_without_a_contact() {
    let mut alice = Caller::calling();
    alice.reply(180, "a", &require(7), "");
    assert_eq!(alice.take(), ["<no-contact>", "<progress 180>"]);
    assert_eq!(progress(&alice), [unreliable(180, None)]);
}

#[test]
fn without_a_contact_where_there_is_no_room() {
    let mut alice = Caller::calling();
    for tag in 0..16 {
        alice.unreliable(180, &format!("t{tag}"), "");
    }
    alice.take();
    alice.reply(180, "x", &require(7), "");
    assert_eq!(alice.take(), ["<no-contact>", "<progress 180>"]);
}

#[test]
fn p_032_without_a_contact_in_a_known_dialog() {
    let mut alice = early();
    alice.reply(180, "a", &require(101), "");
    assert_eq!(alice.take(), ["PRACK 101", "<progress 180 rel>"]);
    assert_eq!(alice.last().uri(), "sip:bob@a.invalid");
}

#[test]
fn p_033_only_a_reliable_response_refreshes_the_target() {
    let mut alice = early();
    alice.reply(180, "a", &contact("c2"), "");
    assert_eq!(alice.take(), ["<progress 180>"]);
    alice.reply(180, "a", &require(101), "");
    assert_eq!(alice.last().uri(), "sip:bob@a.invalid", "c1 stays");
    alice.reply(180, "a", &format!("{}{}", contact("c3"), require(102)), "");
    assert_eq!(alice.take(), ["PRACK 101", "<progress 180 rel>", "PRACK 102", "<progress 180 rel>"]);
    assert_eq!(alice.last().uri(), "sip:bob@c3.invalid");
    alice.reply(180, "a", &contact("c2"), "");
    alice.reply(180, "a", &require(103), "");
    assert_eq!(alice.last().uri(), "sip:bob@c3.invalid");
}

#[test]
fn p_034_the_route_set_that_an_unreliable_response_lacked() {
    let mut alice = Caller::calling();
    alice.unreliable(180, "a", "");
    let routes = "Record-Route: <sip:p1.example.com;lr>\r\nRecord-Route: <sip:p2.example.com;lr>\r\n";
    alice.reply(183, "a", &format!("{routes}{}{}", contact("a"), require(7)), "");
    let expected = ["<sip:p2.example.com;lr>", "<sip:p1.example.com;lr>"];
    assert_eq!(values(&alice.last(), Name::Route), expected);
    // It is fixed from now on.
    alice.reply(183, "a", &format!("Record-Route: <sip:p3.example.com;lr>\r\n{}", require(8)), "");
    assert_eq!(values(&alice.last(), Name::Route), expected);
}

// RFC 3261 section 12.1.2: a route set that is empty is one, too.
#[test]
fn the_route_set_of_a_reliable_response_is_fixed() {
    let mut alice = early();
    alice.reply(183, "a", &format!("Record-Route: <sip:p3.example.com;lr>\r\n{}", require(101)), "");
    assert_eq!(alice.take(), ["PRACK 101", "<progress 183 rel>"]);
    assert!(values(&alice.last(), Name::Route).is_empty());
}

#[test]
fn p_035_a_strict_router() {
    let mut alice = Caller::calling();
    let routes = "Record-Route: <sip:p1.example.com;lr>, <sip:strict.example.com;transport=tcp>\r\n";
    alice.reply(183, "a", &format!("{routes}{}{}", contact("a"), require(7)), "");
    let prack = alice.last();
    assert_eq!(prack.uri(), "sip:strict.example.com;transport=tcp");
    assert_eq!(values(&prack, Name::Route), ["<sip:p1.example.com;lr>", "<sip:bob@a.invalid>"]);
}

#[test]
fn p_037_no_prack_waits_for_the_response_to_another() {
    let mut alice = early();
    for rseq in [101, 102] {
        alice.reliable(180, "a", rseq, "");
        assert_eq!(alice.take(), [format!("PRACK {rseq}"), "<progress 180 rel>".to_owned()]);
    }
    let numbers: Vec<_> = alice.requests_sent("PRACK").iter().map(|prack| prack.cseq().number).collect();
    assert_eq!(numbers, [2, 3, 4]);
    // Their responses may come in any order.
    for (prack, rseq) in alice.requests_sent("PRACK").iter().zip([100, 101, 102]).rev() {
        alice.respond(prack, 200, "", "");
        assert_eq!(alice.take(), [format!("<prackresponse {rseq}>")]);
    }
}

#[test]
fn p_038_the_numbers_of_ack_and_bye() {
    let mut alice = early();
    alice.reliable(180, "a", 101, "");
    alice.take();
    alice.ok("a", "");
    assert_eq!(alice.take(), ["ACK", "<accepted>", "<confirmed>"]);
    assert_eq!(alice.last().cseq().number, 1);
    alice.hangup();
    assert_eq!(alice.take(), ["BYE", "<ended Bye>"]);
    assert_eq!(alice.last().cseq().number, 4);
    alice.answer("BYE", 200, "", "");
    for prack in alice.requests_sent("PRACK") {
        alice.respond(&prack, 200, "", "");
    }
    alice.finish();
}

#[test]
fn p_039_codes_may_fall_and_repeat() {
    let mut alice = early();
    for rseq in [101, 102] {
        alice.reliable(180, "a", rseq, "");
        assert_eq!(alice.take(), [format!("PRACK {rseq}"), "<progress 180 rel>".to_owned()]);
    }
}

#[test]
fn the_answer_to_a_prack_is_told_once() {
    let mut alice = early();
    for _ in 0..2 {
        alice.answer("PRACK", 100, "", "");
        alice.answer("PRACK", 200, "", "");
    }
    assert_eq!(alice.take(), ["<prackresponse 100>"]);
}

// RFC 4320: nothing but 100 is a provisional response to a PRACK, and 100 changes nothing.
#[test]
fn a_provisional_response_to_a_prack_changes_nothing() {
    let mut alice = early();
    alice.answer("PRACK", 183, &contact("elsewhere"), ANSWER);
    assert_eq!(alice.take(), [""; 0]);
    alice.reliable(180, "a", 101, "");
    assert_eq!(alice.last().uri(), "sip:bob@a.invalid");
}

// 3262 section 4, RFC 3261 section 12.2.1.2: the 2xx to a PRACK is no target refresh.
#[test]
fn the_2xx_to_a_prack_moves_nothing() {
    let mut alice = early();
    alice.answer("PRACK", 200, &format!("{}Record-Route: <sip:p9.example.com;lr>\r\n", contact("elsewhere")), "");
    alice.reliable(180, "a", 101, "");
    let prack = alice.last();
    assert_eq!(prack.uri(), "sip:bob@a.invalid");
    assert!(values(&prack, Name::Route).is_empty());
}

// RFC 3262 section 5: the first reliable response has to make the offer; the next may.
#[test]
fn a_missing_offer_is_told_and_forgiven() {
    let mut alice = Caller::new();
    alice.dial(TARGET, CallOptions { media: Media::Offerless, ..CallOptions::default() });
    alice.take();
    alice.reliable(180, "a", 7, "");
    assert_eq!(alice.take(), ["<offer-missing>", "PRACK 7", "<progress 180 rel>"]);
    alice.reliable(183, "a", 8, OFFER);
    assert_eq!(alice.take(), ["<describe>", "<progress 183 rel offer>"]);
}

// The listener of the next event throws: the shell has sent the PRACK, and goes on.
#[test]
fn the_prack_is_sent_before_anybody_is_told() {
    let mut alice = Caller::calling();
    let invite = alice.request_sent("INVITE");
    let frame = response(&invite, 183, "a", &format!("{}{}", contact("a"), require(100)), ANSWER);
    alice.hand_in(frame);
    let Some(Output::Send { frame, .. }) = alice.agent.poll() else { panic!("the PRACK comes first") };
    assert_eq!(rack(&Message::parse(&frame).expect("what we send can be read")), "100 1 INVITE");
    assert!(matches!(alice.agent.poll(), Some(Output::Event(Event::Remote { .. }))));
    // Nothing of what was left is lost, and nothing waits for it.
    alice.reliable(180, "a", 101, "");
    assert_eq!(alice.take(), ["<progress 183 rel answer>", "PRACK 101", "<progress 180 rel>"]);
    alice.ok("a", "");
    assert_eq!(alice.take(), ["ACK", "<accepted>", "<confirmed>"]);
}

#[test]
fn p_150_everything_arrives_twice() {
    let mut alice = Caller::calling();
    for (status, rseq) in [(183, 100), (180, 101)] {
        let frame =
            response(&alice.request_sent("INVITE"), status, "a", &format!("{}{}", contact("a"), require(rseq)), "");
        alice.receive(&frame);
        alice.receive(&frame);
        assert_eq!(alice.take(), [format!("PRACK {rseq}"), format!("<progress {status} rel>")]);
        let done = response(&alice.last(), 200, "a", "", "");
        alice.receive(&done);
        alice.receive(&done);
        assert_eq!(alice.take(), [format!("<prackresponse {rseq}>")]);
    }
}
