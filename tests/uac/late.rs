//! What comes to an INVITE that has been answered: retransmissions of its 2xx, the 2xx of
//! other callees, provisional responses that were overtaken (RFC 3261 section 13.2.2.4,
//! RFC 3262 section 4, `P-114` to `P-116`).

use super::caller::{ANSWER, Caller, OFFER, TARGET, contact, rack, require, values};
use prackle::message::{Message, Name};
use prackle::protocol::{CallOptions, Cause, Config, Media, Rel100};

/// Early by a reliable 183 and 180, then answered by callee `a`.
fn answered() -> Caller {
    let mut alice = Caller::calling();
    alice.reliable(183, "a", 100, ANSWER);
    alice.reliable(180, "a", 101, "");
    alice.ok("a", "");
    assert_eq!(alice.take().last().map(String::as_str), Some("<confirmed>"));
    alice
}

fn numbers(request: &Message) -> (u32, &str, Option<&str>) {
    (request.cseq().number, rack(request), request.to_tag())
}

#[test]
fn p_114_the_ack_waits_for_no_prack() {
    let mut alice = Caller::calling();
    alice.reliable(183, "a", 100, ANSWER);
    alice.take();
    alice.ok("a", "");
    assert_eq!(alice.take(), ["ACK", "<accepted>", "<confirmed>"]);
    alice.answer("PRACK", 200, "", "");
    assert_eq!(alice.take(), ["<prackresponse 100>"]);
}

#[test]
fn p_115_the_2xx_overtakes_a_reliable_response() {
    let mut alice = Caller::calling();
    alice.ok("a", ANSWER);
    assert_eq!(alice.take(), ["ACK", "<remote>", "<accepted>", "<confirmed>"]);
    alice.reliable(180, "a", 100, ANSWER);
    assert_eq!(alice.take(), ["PRACK 100"]);
    assert_eq!(numbers(&alice.last()), (2, "100 1 INVITE", Some("a")));
    assert!(alice.last().body().is_empty());
    alice.reliable(180, "a", 100, ANSWER);
    alice.reliable(180, "a", 102, "");
    assert_eq!(alice.take(), [""; 0]);
    alice.hangup();
    assert_eq!(alice.last().cseq().number, 3);
}

// A response that had its PRACK before the 2xx was taken for that of a new fork: it had
// another PRACK, with the number of the first request in the dialog, which a peer refuses.
#[test]
fn an_overtaken_response_is_of_the_dialog_that_was_answered() {
    let mut alice = answered();
    alice.reliable(183, "a", 100, ANSWER);
    alice.reliable(180, "a", 101, "");
    assert_eq!(alice.take(), [""; 0]);
    alice.reliable(180, "a", 102, "");
    assert_eq!(alice.take(), ["PRACK 102"]);
    assert_eq!(numbers(&alice.last()), (4, "102 1 INVITE", Some("a")));
    alice.unreliable(180, "a", ANSWER);
    alice.reply(180, "a", &format!("{}RSeq: 103\r\n", contact("a")), "");
    assert_eq!(alice.take(), [""; 0]);
}

#[test]
fn an_overtaken_response_moves_nothing() {
    let mut alice = answered();
    let routes = "Record-Route: <sip:p9.example.com;lr>\r\n";
    alice.reply(183, "a", &format!("{routes}{}{}", contact("elsewhere"), require(102)), OFFER);
    alice.hangup();
    let bye = alice.last();
    assert_eq!((bye.uri(), values(&bye, Name::Route).len()), ("sip:bob@a.invalid", 0));
}

// The PRACK of one that the 2xx has overtaken was refused: it comes again, and has another.
#[test]
fn the_prack_of_an_overtaken_response_is_tried_again() {
    let mut alice = answered();
    alice.reliable(180, "a", 102, "");
    alice.answer("PRACK", 500, "", "");
    alice.take();
    alice.reliable(180, "a", 102, "");
    assert_eq!(alice.take(), ["PRACK 102"]);
    assert_eq!(numbers(&alice.last()), (5, "102 1 INVITE", Some("a")));
}

#[test]
fn p_116_a_response_of_another_fork() {
    let mut alice = answered();
    alice.reliable(183, "b", 7, ANSWER);
    assert_eq!(alice.take(), ["PRACK 7"]);
    let prack = alice.last();
    assert_eq!(numbers(&prack), (2, "7 1 INVITE", Some("b")));
    assert_eq!((prack.uri(), prack.body()), ("sip:bob@b.invalid", &b""[..]));
    alice.reliable(183, "b", 7, ANSWER);
    assert_eq!(alice.take(), [""; 0]);
}

// RFC 5407 appendix E: it would hold an offer, which nobody can answer any more.
#[test]
fn a_response_of_another_fork_without_an_offer_of_ours_is_dropped() {
    let mut alice = Caller::new();
    alice.dial(TARGET, CallOptions { media: Media::Offerless, ..CallOptions::default() });
    alice.ok("a", OFFER);
    alice.describe(ANSWER);
    alice.take();
    alice.reliable(183, "b", 7, OFFER);
    assert_eq!(alice.take(), [""; 0]);
}

// Without 100rel there are no PRACKs: late responses had one all the same.
#[test]
fn without_100rel_no_late_response_is_acknowledged() {
    let none = |config: &mut Config| config.rel100 = Rel100::None;
    for tag in ["a", "b"] {
        let mut alice = Caller::with(none).called(CallOptions::default());
        alice.ok("a", ANSWER);
        alice.take();
        alice.reliable(180, tag, 7, "");
        assert_eq!(alice.take(), ["<unsolicited-100rel>"]);
    }
}

#[test]
fn nothing_of_a_call_that_is_over_is_acknowledged_but_its_2xx() {
    let mut alice = answered();
    alice.hangup();
    alice.answer("BYE", 200, "", "");
    for prack in alice.requests_sent("PRACK") {
        alice.respond(&prack, 200, "", "");
    }
    alice.take();
    alice.reliable(180, "a", 102, "");
    assert_eq!(alice.take(), [""; 0]);
    let ack = alice.request_sent("ACK");
    alice.ok("a", "");
    assert_eq!(alice.take(), ["ACK"]);
    assert_eq!(alice.last().octets(), ack.octets());
    alice.finish();
}

// Each retransmission of an unwanted 2xx had another BYE, as of a new dialog.
#[test]
fn the_2xx_of_another_fork_has_an_ack_each_time_and_one_bye() {
    let mut alice = answered();
    alice.ok("b", ANSWER);
    assert_eq!(alice.take(), ["ACK", "BYE"]);
    let (ack, bye) = (alice.request_sent("ACK"), alice.last());
    assert_eq!((ack.to_tag(), ack.cseq().number, ack.uri()), (Some("b"), 1, "sip:bob@b.invalid"));
    assert_eq!((bye.to_tag(), bye.cseq().number, bye.uri()), (Some("b"), 2, "sip:bob@b.invalid"));
    alice.ok("b", ANSWER);
    assert_eq!(alice.take(), ["ACK"]);
    assert_eq!(alice.last().octets(), ack.octets());
    alice.ok("c", ANSWER);
    assert_eq!(alice.take(), ["ACK", "BYE"]);
    alice.ok("a", "");
    assert_eq!((alice.take(), alice.last().to_tag()), (vec!["ACK".to_owned()], Some("a")));
}

// There is nobody to be told anything: the call stayed as if it rang, for ever.
#[test]
fn a_2xx_without_a_contact_ends_the_call() {
    for fields in ["", "Contact: <mailto:bob@example.com>\r\n"] {
        let mut alice = Caller::calling();
        alice.reply(200, "a", fields, ANSWER);
        assert_eq!(alice.end(), Some((Cause::ProtocolError, None)));
        alice.take();
        alice.finish();
    }
}

#[test]
fn a_2xx_without_a_contact_in_a_known_dialog_is_as_good_as_any() {
    let mut alice = Caller::calling();
    alice.unreliable(180, "a", "");
    alice.take();
    alice.reply(200, "a", "", ANSWER);
    assert_eq!(alice.take(), ["ACK", "<remote>", "<accepted>", "<confirmed>"]);
    assert_eq!(alice.last().uri(), "sip:bob@a.invalid");
}

#[test]
fn a_2xx_of_another_fork_without_a_contact_is_dropped() {
    let mut alice = answered();
    alice.reply(200, "b", "", ANSWER);
    assert_eq!(alice.take(), [""; 0]);
    assert_eq!(alice.end(), None);
}
