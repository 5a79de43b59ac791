//! Preconditions, which the application knows of and the core lets through (RFC 3312 sections
//! 11 and 13), as a caller; and other extensions of the application's.

use super::caller::{ANSWER, Caller, OFFER, TARGET, contact, require, values};
use prackle::message::{Message, Name};
use prackle::protocol::{CallOptions, Cause, Command, Config, DialogNumber, Event, Media, PrackMode, Rel100};

const ALLOW: &str = "Allow: INVITE, ACK, CANCEL, BYE, PRACK, UPDATE\r\n";

fn knowing(config: &mut Config) {
    config.extensions = vec!["precondition".to_owned(), "x-lamp".to_owned()];
}

/// A description with a precondition of this strength.
fn conditional(strength: &str) -> String {
    format!("{OFFER}a=curr:qos e2e none\r\na=des:qos {strength} e2e sendrecv\r\n")
}

fn required(message: &Message) -> Vec<&str> {
    values(message, Name::Require)
}

#[test]
fn without_the_extension_nothing_is_said_of_it() {
    let mut alice = Caller::new();
    alice.dial(TARGET, CallOptions::default());
    alice.describe(&conditional("mandatory"));
    let invite = alice.last();
    assert!(!invite.has_token(Name::Supported, "precondition") && required(&invite).is_empty());
    alice.reply(183, "a", &[&contact("a"), &require(1), ALLOW].concat(), ANSWER);
    alice.request("UPDATE", "Require: precondition\r\n", &conditional("mandatory"));
    assert_eq!(alice.last().status(), Some(420));
    assert_eq!(values(&alice.last(), Name::Unsupported), ["precondition"]);
}

#[test]
fn it_is_offered_and_required_where_it_is_mandatory() {
    for (strength, expected) in [("mandatory", &["precondition"][..]), ("optional", &[])] {
        for rel100 in [Rel100::Supported, Rel100::Required] {
            let mut alice = Caller::with(knowing);
            alice.dial(TARGET, CallOptions { rel100: Some(rel100), ..CallOptions::default() });
            alice.describe(&conditional(strength));
            let invite = alice.last();
            assert!(invite.has_token(Name::Supported, "precondition") && invite.has_token(Name::Supported, "x-lamp"));
            let own: &[&str] = if rel100 == Rel100::Required { &["100rel"] } else { &[] };
            assert_eq!(required(&invite), [own, expected].concat());
        }
    }
}

#[test]
fn a_second_attempt_requires_it_too() {
    let mut alice = Caller::with(knowing);
    let options = CallOptions { rel100: Some(Rel100::Required), rel100_fallback: true, ..CallOptions::default() };
    alice.dial(TARGET, options);
    alice.describe(&conditional("mandatory"));
    alice.reply(420, "a", "Unsupported: 100rel\r\n", "");
    assert_eq!(required(&alice.last()), ["precondition"]);
}

// RFC 3312 section 13.1: INVITE, 183, PRACK, UPDATE, 180, each acknowledged, then the answer.
#[test]
fn the_flow_of_rfc_3312() {
    let mut alice = Caller::with(knowing);
    alice.dial(TARGET, CallOptions::default());
    alice.describe(&conditional("mandatory"));
    alice.take();
    let fields = [&contact("a"), "Require: 100rel, precondition\r\nRSeq: 9\r\n", ALLOW].concat();
    alice.reply(183, "a", &fields, &format!("{ANSWER}a=conf:qos e2e recv\r\n"));
    assert_eq!(alice.take(), ["PRACK 9", "<remote>", "<progress 183 rel answer>"]);
    alice.answer("PRACK", 200, "", "");
    alice.update();
    alice.describe(&conditional("mandatory"));
    assert_eq!(alice.take(), ["<prackresponse 9>", "<describe>", "UPDATE sdp"]);
    let update = alice.last();
    assert_eq!(required(&update), ["precondition"]);
    assert_eq!(values(&update, Name::Supported), ["100rel", "timer", "precondition", "x-lamp"]);
    alice.respond(&update, 200, &contact("a"), ANSWER);
    alice.reply(180, "a", &require(10), "");
    alice.answer("PRACK", 200, "", "");
    alice.ok("a", "");
    let seen = alice.take();
    assert_eq!(seen[..4], ["<remote>", "<settled 1>", "PRACK 10", "<progress 180 rel>"]);
    assert_eq!(seen[4..], ["<prackresponse 10>", "ACK", "<accepted>", "<confirmed>"]);
}

#[test]
fn an_offer_in_the_prack_requires_it() {
    let mut alice = Caller::with(knowing);
    alice.dial(TARGET, CallOptions { prack: Some(PrackMode::Manual), ..CallOptions::default() });
    alice.describe(&conditional("mandatory"));
    alice.reliable(183, "a", 9, ANSWER);
    let (call, request) = (alice.call, alice.next_request());
    let (dialog, body, content_type, headers) = (DialogNumber(0), None, None, Vec::new());
    alice.command(Command::Prack { call, dialog, rseq: 9, request, body, content_type, offer: true, headers });
    alice.describe(&conditional("mandatory"));
    assert_eq!(required(&alice.request_sent("PRACK")), ["precondition"]);
}

#[test]
fn an_answer_requires_nothing() {
    let mut alice = Caller::with(knowing);
    alice.dial(TARGET, CallOptions { media: Media::Offerless, ..CallOptions::default() });
    alice.reliable(183, "a", 9, &conditional("mandatory"));
    alice.describe(&conditional("mandatory"));
    let prack = alice.request_sent("PRACK");
    assert!(prack.description().is_some() && required(&prack).is_empty());
}

#[test]
fn an_update_that_the_peer_requires_it_for() {
    let mut alice = Caller::with(knowing);
    alice.dial(TARGET, CallOptions::default());
    alice.describe(OFFER);
    alice.ok("a", ANSWER);
    alice.take();
    let fields = [&contact("a"), "Require: precondition\r\n"].concat();
    alice.request("UPDATE", &fields, &conditional("mandatory"));
    assert_eq!(alice.take(), ["<describe>"]);
    // RFC 3312 section 8: the preconditions cannot be met.
    alice.fail_media(580, Cause::MediaFailed);
    assert_eq!(alice.take(), ["580 UPDATE"]);
    alice.request("OPTIONS", "", "");
    assert_eq!(values(&alice.last(), Name::Supported), ["100rel", "timer", "precondition", "x-lamp"]);
    assert!(alice.events().iter().all(|event| !matches!(event, Event::Update { .. })));
}

#[test]
fn what_is_no_extension_of_the_application() {
    for tag in ["100rel", "199", "Outbound", "two words", "", "a,b", "a\r\nb"] {
        let mut config = Config::new("sip:alice@example.com", "wss://edge.example.com");
        config.extensions = vec![tag.to_owned()];
        let agent = prackle::agent::UserAgent::new(config, [7; 32], prackle::time::Instant::from_millis(0));
        assert!(agent.is_err(), "{tag:?}");
    }
}
