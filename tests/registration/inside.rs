//! Requests of others outside any dialog: OPTIONS and MESSAGE, and what is refused
//! (RFC 3261 sections 8.2 and 11.2, RFC 3428 section 7).

use crate::client::Client;
use prackle::message::{Message, Name};
use prackle::protocol::{Event, Rel100};

/// A request to us, as text.
fn request(method: &str, branch: &str, fields: &str, body: &str) -> String {
    format!(
        "{method} sip:alice@a.invalid;transport=ws SIP/2.0\r\n\
         Via: SIP/2.0/WSS edge.example.com;branch=z9hG4bK{branch}\r\n\
         Max-Forwards: 69\r\nFrom: \"Bob\" <sip:bob@example.com>;tag=b\r\nTo: <sip:alice@example.com>\r\n\
         Call-ID: from-bob-{branch}\r\nCSeq: 7 {method}\r\n{fields}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn tokens(message: &Message, name: Name) -> Vec<String> {
    message.values(name).map(str::to_owned).collect()
}

#[test]
fn options_is_answered_with_what_we_can() {
    let mut client = Client::new();
    client.receive(request("OPTIONS", "1", "Record-Route: <sip:edge.example.com;lr>\r\n", ""));
    assert_eq!(client.take(), ["200 OPTIONS"]);
    let answer = client.last();
    for method in ["INVITE", "ACK", "CANCEL", "BYE", "PRACK", "UPDATE", "OPTIONS", "MESSAGE"] {
        assert!(answer.has_token(Name::Allow, method), "{method}");
    }
    assert_eq!(tokens(&answer, Name::Accept), ["application/sdp"]);
    assert_eq!(tokens(&answer, Name::AcceptEncoding), ["identity"]);
    assert_eq!(tokens(&answer, Name::Supported), ["100rel", "timer"]);
    assert!(answer.to_tag().is_some(), "RFC 3261 section 8.2.6.2");
    assert_eq!(answer.header(Name::CallId), Some("from-bob-1"));
    assert_eq!(answer.header(Name::CSeq), Some("7 OPTIONS"));
    assert!(answer.header(Name::Server).is_some_and(|name| name.starts_with("Prackle/")));
}

#[test]
fn without_100rel_neither_prack_nor_100rel_is_named() {
    let mut client = Client::with(|config| config.rel100 = Rel100::None);
    client.receive(request("OPTIONS", "1", "", ""));
    let answer = client.last();
    assert!(!answer.has_token(Name::Allow, "PRACK") && !answer.has_token(Name::Supported, "100rel"));
}

#[test]
fn a_message_is_told_and_answered() {
    let mut client = Client::new();
    let fields = "Content-Type: text/plain\r\nSubject: lunch\r\n";
    client.receive(request("MESSAGE", "1", fields, "Grüße,\r\nBob"));
    assert_eq!(client.take(), ["200 MESSAGE", "<message sip:bob@example.com Grüße,\r\nBob>"]);
    assert_eq!(client.last().header(Name::Contact), None, "RFC 3428 section 7");
    let Some(Event::Message { from, content_type, headers, .. }) = client.events().last() else { panic!("a message") };
    assert_eq!(from.display_name.as_deref(), Some("Bob"));
    assert_eq!(content_type.as_deref(), Some("text/plain"));
    assert!(headers.iter().any(|told| told == ("Subject", "lunch")));
}

#[test]
fn a_message_that_comes_twice_is_told_once() {
    let mut client = Client::new();
    let message = request("MESSAGE", "1", "Content-Type: text/plain\r\n", "hi");
    client.receive(&message);
    let first = client.last();
    client.take();
    client.receive(&message);
    assert_eq!(client.take(), ["200 MESSAGE"]);
    assert_eq!(client.last().octets(), first.octets(), "the same answer once more");
}

#[test]
fn a_message_without_body_or_of_octets_that_are_no_text_does_no_harm() {
    let mut client = Client::new();
    client.receive(request("MESSAGE", "1", "", ""));
    assert_eq!(client.take(), ["200 MESSAGE", "<message sip:bob@example.com >"]);
    let mut octets = request("MESSAGE", "2", "Content-Type: text/plain\r\n", "???").into_bytes();
    let end = octets.len() - 3;
    octets.splice(end.., [0xff, 0xfe, 0x00]);
    client.receive(octets);
    assert_eq!(client.take(), ["200 MESSAGE", "<message sip:bob@example.com \u{fffd}\u{fffd}\0>"]);
}

#[test]
fn what_is_not_for_us_is_refused_by_its_name() {
    for (method, fields, status, name, value) in [
        ("REGISTER", "", 405, Name::Allow, None),
        ("SUBSCRIBE", "Event: presence\r\n", 405, Name::Allow, None),
        ("NOTIFY", "Event: presence\r\n", 405, Name::Allow, None),
        ("PUBLISH", "Event: presence\r\n", 405, Name::Allow, None),
        ("REFER", "Refer-To: <sip:c@example.com>\r\n", 405, Name::Allow, None),
        ("DANCE", "", 501, Name::Allow, None),
        ("OPTIONS", "Require: 100rel, nothing, else\r\n", 420, Name::Unsupported, Some("nothing, else")),
        ("MESSAGE", "Content-Encoding: gzip\r\n", 415, Name::AcceptEncoding, Some("identity")),
        ("INFO", "", 481, Name::CSeq, None),
        ("BYE", "", 481, Name::CSeq, None),
        ("UPDATE", "", 481, Name::CSeq, None),
    ] {
        let mut client = Client::new();
        client.receive(request(method, "1", fields, ""));
        assert_eq!(client.take(), [format!("{status} {method}")]);
        let refusal = client.last();
        let found = refusal.header(name);
        assert!(found.is_some() && (value.is_none() || found == value), "{method}: {found:?}");
        assert!(refusal.to_tag().is_some(), "{method}");
    }
}

#[test]
fn another_scheme_is_refused() {
    let mut client = Client::new();
    let uri = "OPTIONS sip:alice@a.invalid;transport=ws";
    client.receive(request("OPTIONS", "1", "", "").replace(uri, "OPTIONS http://alice"));
    assert_eq!(client.take(), ["416 OPTIONS"]);
}

#[test]
fn a_request_inside_a_dialog_that_we_do_not_have_is_refused() {
    let mut client = Client::new();
    let to = "To: <sip:alice@example.com>";
    for method in ["OPTIONS", "MESSAGE", "INFO", "BYE"] {
        client.receive(request(method, method, "", "").replace(to, &format!("{to};tag=unknown")));
        assert_eq!(client.take(), [format!("481 {method}")]);
        assert_eq!(client.last().to_tag(), Some("unknown"));
    }
}

#[test]
fn the_same_request_on_two_ways_is_merged() {
    let mut client = Client::new();
    let first = request("MESSAGE", "1", "", "");
    client.receive(&first);
    client.take();
    client.receive(first.replace("branch=z9hG4bK1", "branch=z9hG4bKelse"));
    assert_eq!(client.take(), ["482 MESSAGE"], "RFC 3261 section 8.2.2.2");
}
