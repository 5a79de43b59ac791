//! What the INVITE says, and what becomes of it where the peer wants another policy
//! (RFC 3262 section 4, `P-001` to `P-007`).

use super::caller::{ANSWER, Caller, OFFER, TARGET, contact, field, values};
use prackle::message::Name;
use prackle::protocol::{CallId, CallOptions, Cause, Command, Media, RefusalCode, Rel100, Server};

fn policy(rel100: Rel100) -> Caller {
    Caller::with(|config| config.rel100 = rel100).called(CallOptions::default())
}

fn falling_back(rel100: Rel100) -> Caller {
    Caller::with(|config| config.rel100 = rel100)
        .called(CallOptions { rel100_fallback: true, ..CallOptions::default() })
}

#[test]
fn p_001_the_default() {
    let alice = Caller::calling();
    let invite = alice.last();
    let supported = values(&invite, Name::Supported);
    assert!(supported.contains(&"100rel") && supported.contains(&"199"));
    assert!(values(&invite, Name::Require).is_empty());
    let allowed = values(&invite, Name::Allow);
    assert!(allowed.contains(&"PRACK") && allowed.contains(&"UPDATE"));
}

#[test]
fn p_002_required() {
    let alice = policy(Rel100::Required);
    let invite = alice.last();
    let supported = values(&invite, Name::Supported);
    assert!(supported.contains(&"100rel") && !supported.contains(&"199"));
    assert_eq!(values(&invite, Name::Require), ["100rel"]);
}

#[test]
fn p_003_none_and_what_one_call_wants_instead() {
    let alice = policy(Rel100::None);
    let invite = alice.last();
    assert!(!String::from_utf8_lossy(invite.octets()).contains("100rel"));
    assert!(!values(&invite, Name::Allow).contains(&"PRACK"));
    let options = CallOptions { rel100: Some(Rel100::Supported), ..CallOptions::default() };
    let alice = Caller::with(|config| config.rel100 = Rel100::None).called(options);
    let invite = alice.last();
    assert!(values(&invite, Name::Supported).contains(&"100rel"));
    assert!(values(&invite, Name::Allow).contains(&"PRACK"));
}

#[test]
fn p_004_none_and_a_reliable_response_nevertheless() {
    let mut alice = policy(Rel100::None);
    for _ in 0..2 {
        alice.reliable(183, "a", 5, "");
        assert_eq!(alice.take(), ["<unsolicited-100rel>", "<progress 183>"]);
    }
}

#[test]
fn required_and_an_unreliable_response_nevertheless() {
    let mut alice = policy(Rel100::Required);
    alice.unreliable(180, "a", "");
    assert_eq!(alice.take(), ["<unreliable-despite-require>", "<progress 180>"]);
}

#[test]
fn p_005_the_peer_has_no_100rel() {
    let mut alice = policy(Rel100::Required);
    alice.reply(420, "a", "Unsupported: 100rel\r\n", "");
    assert_eq!(alice.take(), ["ACK", "<ended BadExtension 420>"]);
    alice.finish();
}

#[test]
fn p_006_once_more_without_100rel_and_never_again() {
    let mut alice = falling_back(Rel100::Required);
    let first = alice.last();
    alice.reply(420, "a", "Unsupported: 100rel\r\n", "");
    assert_eq!(alice.take(), ["ACK", "INVITE sdp"]);
    let second = alice.last();
    assert_eq!(second.cseq().number, 2);
    assert_eq!((second.call_id(), second.from_tag()), (first.call_id(), first.from_tag()));
    assert_eq!(second.to_tag(), None);
    assert_ne!(second.via().branch(), first.via().branch());
    assert!(!String::from_utf8_lossy(second.octets()).contains("100rel"));
    alice.reply(420, "a", "Unsupported: 100rel\r\n", "");
    assert_eq!(alice.take(), ["ACK", "<ended BadExtension 420>"]);
    alice.finish();
}

#[test]
fn p_007_once_more_with_100rel() {
    let mut alice = falling_back(Rel100::None);
    alice.reply(421, "a", "Require: 100rel\r\n", "");
    assert_eq!(alice.take(), ["ACK", "INVITE sdp"]);
    let second = alice.last();
    assert_eq!(second.cseq().number, 2);
    assert!(values(&second, Name::Supported).contains(&"100rel"));
    alice.reliable(180, "b", 9, "");
    assert_eq!(alice.take(), ["PRACK 9", "<progress 180 rel>"]);
    alice.reply(421, "b", "Require: 100rel\r\n", "");
    assert_eq!(alice.take(), ["ACK", "<ended ExtensionRequired 421>"]);
    alice.answer("PRACK", 481, "", "");
    alice.finish();
}

#[test]
fn no_fallback_for_another_extension() {
    let mut alice = falling_back(Rel100::Required);
    alice.reply(420, "a", "Unsupported: foo\r\n", "");
    assert_eq!(alice.take(), ["ACK", "<ended BadExtension 420>"]);
    let mut alice = falling_back(Rel100::Supported);
    alice.reply(421, "a", "Require: 100rel\r\n", "");
    assert_eq!(alice.end(), Some((Cause::ExtensionRequired, Some(421))));
}

// RFC 7118 section 5.
#[test]
fn the_via_is_that_of_the_connection() {
    for (server, transport) in [("wss://edge.example.com", "WSS"), ("ws://127.0.0.1:8080/sip", "WS")] {
        let alice = Caller::with(|config| config.servers = vec![Server::new(server)]).called(CallOptions::default());
        let invite = alice.last();
        let via = invite.header(Name::Via).unwrap_or_default().to_owned();
        assert!(via.starts_with(&format!("SIP/2.0/{transport} ")), "{via}");
        assert!(invite.via().branch().is_some_and(|branch| branch.starts_with("z9hG4bK")));
        let host = via.split([' ', ';']).nth(1).unwrap_or_default();
        assert!(host.ends_with(".invalid"));
        let own = invite.header(Name::Contact).unwrap_or_default();
        assert!(own.contains("sip:alice@") && own.contains(host) && own.contains(";transport=ws"), "{own}");
    }
}

#[test]
fn every_mandatory_field_is_there() {
    let options = CallOptions {
        display_name: Some("Bob \"the\" Builder".to_owned()),
        headers: vec![field("X-Order", "42")],
        ..CallOptions::default()
    };
    let alice = Caller::with(|config| config.display_name = Some("Alice".to_owned())).called(options);
    let invite = alice.last();
    assert_eq!(invite.uri(), TARGET);
    assert_eq!(invite.header(Name::MaxForwards), Some("70"));
    assert_eq!((invite.cseq().number, invite.to_tag()), (1, None));
    assert_eq!(invite.header(Name::To), Some("\"Bob \\\"the\\\" Builder\" <sip:bob@example.com>"));
    assert!(invite.header(Name::From).is_some_and(|from| from.starts_with("\"Alice\" <sip:alice@example.com>;tag=")));
    assert_eq!(invite.header_named("x-order"), Some("42"));
    assert_eq!(invite.header(Name::ContentType), Some("application/sdp"));
    assert_eq!(invite.description(), Some(OFFER));
    assert!(invite.header(Name::RSeq).is_none() && invite.header(Name::RAck).is_none());
}

#[test]
fn an_invite_without_offer_has_no_body() {
    let mut alice = Caller::new();
    alice.dial(TARGET, CallOptions { media: Media::Offerless, ..CallOptions::default() });
    assert_eq!(alice.take(), ["INVITE"]);
    assert!(alice.last().body().is_empty());
}

#[test]
fn what_an_application_may_not_say() {
    for (target, headers, expected) in [
        ("mailto:bob@example.com", vec![], RefusalCode::InvalidUri),
        ("sip:bob@example.com?Replaces=x", vec![], RefusalCode::InvalidUri),
        ("bob", vec![], RefusalCode::InvalidUri),
        (TARGET, vec![field("Require", "100rel")], RefusalCode::InvalidHeader),
        (TARGET, vec![field("rseq", "1")], RefusalCode::InvalidHeader),
        (TARGET, vec![field("X-A", "b\r\nc: d")], RefusalCode::InvalidHeader),
        (TARGET, vec![field("X A", "b")], RefusalCode::InvalidHeader),
    ] {
        let mut alice = Caller::new();
        let options = CallOptions { headers, ..CallOptions::default() };
        let command = Command::Call { call: CallId(1), target: target.to_owned(), options };
        assert_eq!(alice.try_command(command).map_err(|refusal| refusal.code), Err(expected), "{target}");
        assert!(alice.take().is_empty());
        assert_eq!(alice.agent.load(), 0);
    }
}

#[test]
fn the_service_route_of_the_registrar_is_taken() {
    let mut alice = Caller::new();
    let request = alice.next_request();
    alice.command(Command::Register { request, expires: None, headers: Vec::new() });
    let register = alice.request_sent("REGISTER");
    let fields = format!(
        "Contact: {};expires=600\r\nService-Route: <sip:edge.example.com;lr>\r\n",
        register.header(Name::Contact).unwrap_or_default()
    );
    alice.respond(&register, 200, &fields, "");
    alice.take();
    let mut alice = alice.called(CallOptions::default());
    assert_eq!(values(&alice.last(), Name::Route), ["<sip:edge.example.com;lr>"]);
    // It is no route set of the dialog (RFC 3608 section 6.1).
    alice.reply(200, "a", &contact("a"), ANSWER);
    assert_eq!(alice.take()[0], "ACK");
    assert!(values(&alice.request_sent("ACK"), Name::Route).is_empty());
}
