//! Requests of ours outside any dialog (RFC 3261 sections 8.1 and 11, RFC 3428).

use crate::client::{Client, field};
use crate::digest::{challenge, proxy_challenge, verified};
use prackle::message::{Message, Name};
use prackle::protocol::{Event, RefusalCode, RequestOptions, Response};

const BOB: &str = "sip:bob@example.com";

fn text(body: &str) -> RequestOptions {
    RequestOptions { body: Some(body.to_owned()), ..RequestOptions::default() }
}

fn settled(client: &Client) -> Response {
    let found = client.events().iter().rev().find_map(|event| match event {
        Event::Settled { response, .. } => response.clone(),
        _ => None,
    });
    found.expect("a response")
}

#[test]
fn options_says_what_every_request_says() {
    let mut client = Client::new();
    client.options();
    assert_eq!(client.take(), ["OPTIONS"]);
    let options = client.last();
    assert_eq!(options.uri(), BOB);
    assert_eq!(options.to().uri, BOB);
    assert_eq!(options.from().uri, "sip:alice@example.com");
    assert!(options.from_tag().is_some() && options.to_tag().is_none());
    assert_eq!(options.header(Name::MaxForwards), Some("70"));
    assert_eq!(options.cseq().number, 1);
    assert!(options.via().branch().is_some_and(|branch| branch.starts_with("z9hG4bK")));
    assert!(options.header(Name::UserAgent).is_some_and(|name| name.starts_with("Prackle/")));
    client.options();
    assert_ne!(client.last().call_id(), options.call_id(), "each stands for itself");
    assert_ne!(client.last().from_tag(), options.from_tag());
}

#[test]
fn it_is_settled_by_the_final_response() {
    let mut client = Client::new();
    client.options();
    client.answer(100, "");
    client.answer(183, "");
    assert_eq!(client.take(), ["OPTIONS"]);
    let options = client.last();
    let fields = "Allow: INVITE, ACK\r\nContent-Type: application/sdp\r\n";
    client.respond_with(&options, 200, fields, "v=0\r\n");
    assert_eq!(client.take(), ["<settled 1 200>"]);
    let response = settled(&client);
    assert_eq!(response.reason, "Phrase");
    assert_eq!(response.body.as_deref(), Some("v=0\r\n"));
    assert!(response.headers.iter().any(|told| told == ("Allow", "INVITE, ACK")));
    client.respond(&options, 200, "");
    assert_eq!(client.take(), [""; 0], "once");
}

#[test]
fn a_message_carries_text() {
    let mut client = Client::new();
    client.send("MESSAGE", BOB, text("Grüße, Bob\r\n")).expect("it is accepted");
    let message = client.last();
    assert_eq!(message.body(), "Grüße, Bob\r\n".as_bytes());
    assert_eq!(message.header(Name::ContentType), Some("text/plain;charset=UTF-8"));
    assert_eq!(message.header(Name::ContentLength), Some("14"), "octets");
    assert_eq!(message.header(Name::Contact), None, "RFC 3428 section 4");
    client.answer(202, "");
    assert_eq!(client.take(), ["MESSAGE", "<settled 1 202>"]);
}

#[test]
fn type_and_fields_are_the_applications_choice() {
    let mut client = Client::new();
    let options = RequestOptions {
        body: Some("<p>hi</p>".to_owned()),
        content_type: Some("text/html".to_owned()),
        headers: vec![field("Subject", "Grüße"), field("X-Id", "1"), field("X-Id", "2")],
    };
    client.send("MESSAGE", BOB, options).expect("it is accepted");
    let message = client.last();
    assert_eq!(message.header(Name::ContentType), Some("text/html"));
    assert_eq!(message.header(Name::Subject), Some("Grüße"));
    let ids: Vec<&str> = message.fields_named("X-Id").collect();
    assert_eq!(ids, ["1", "2"]);
}

#[test]
fn failures_settle_with_status_and_pause() {
    let mut client = Client::new();
    for (number, (status, words)) in (1..).zip([
        (302, "Redirected 302"),
        (404, "NotFound 404"),
        (403, "Unauthorized 403"),
        (486, "Busy 486"),
        (503, "ServerError 503"),
        (606, "NotAcceptable 606"),
    ]) {
        client.options();
        client.answer(status, "Retry-After: 9\r\n");
        assert_eq!(client.take(), ["OPTIONS".to_owned(), format!("<failed {number} {words}>")]);
        let failure = client.events().iter().rev().find_map(|event| match event {
            Event::Settled { failure, .. } => failure.clone(),
            _ => None,
        });
        assert_eq!(failure.and_then(|failure| failure.retry_after), Some(9));
    }
    client.pass(40_000);
    assert_eq!(client.take(), [""; 0], "nothing is tried again");
}

#[test]
fn silence_settles_with_a_timeout() {
    let mut client = Client::new();
    client.options();
    client.take();
    client.pass(31_999);
    assert_eq!(client.take(), [""; 0]);
    client.pass(1);
    assert_eq!(client.take(), ["<failed 1 Timeout 408>"]);
    assert_eq!(client.agent.load(), 0);
}

#[test]
fn provisional_responses_do_not_prolong_it() {
    let mut client = Client::new();
    client.options();
    client.take();
    client.pass(20_000);
    client.answer(100, "");
    client.pass(12_000);
    assert_eq!(client.take(), ["<failed 1 Timeout 408>"], "RFC 3261 section 17.1.2.2: timer F");
}

#[test]
fn a_lost_connection_settles_at_once() {
    let mut client = Client::new();
    client.options();
    client.take();
    client.lose_connection();
    assert_eq!(client.take(), ["<disconnected>", "<failed 1 Connection>"], "RFC 3261 section 17.1.4");
    client.restore_connection();
    client.pass(60_000);
    assert_eq!(client.take(), ["<connected>"], "and once");
}

#[test]
fn challenges_are_answered() {
    let mut client = Client::new();
    client.send("MESSAGE", BOB, text("hi")).expect("it is accepted");
    let first = client.last();
    client.answer(407, &proxy_challenge("p1"));
    let second = client.last();
    assert_eq!(verified(&second, Name::ProxyAuthorization), ("p1".to_owned(), 1));
    assert_eq!((second.call_id(), second.cseq().number), (first.call_id(), 2));
    assert_eq!(second.body(), b"hi");
    client.answer(401, &challenge("n1"));
    let third = client.last();
    assert_eq!(verified(&third, Name::ProxyAuthorization), ("p1".to_owned(), 2));
    assert_eq!(verified(&third, Name::Authorization), ("n1".to_owned(), 1));
    client.answer(200, "");
    assert_eq!(client.take(), ["MESSAGE", "MESSAGE", "MESSAGE", "<settled 1 200>"]);
}

#[test]
fn a_rejected_password_settles() {
    let mut client = Client::new();
    client.options();
    client.answer(407, &proxy_challenge("p1"));
    client.answer(407, &proxy_challenge("p1"));
    assert_eq!(client.take(), ["OPTIONS", "OPTIONS", "<failed 1 Unauthorized 407>"]);
}

#[test]
fn many_are_told_apart() {
    let mut client = Client::new();
    let sent: Vec<Message> = (0..20)
        .map(|_| {
            client.options();
            client.last()
        })
        .collect();
    client.take();
    for (index, request) in sent.iter().enumerate().rev() {
        let number = index + 1;
        let (status, words) = if number % 2 == 0 { (200, "settled") } else { (404, "failed") };
        client.respond(request, status, "");
        let told = client.take().concat();
        assert!(told.starts_with(&format!("<{words} {number} ")), "{told}");
    }
}

#[test]
fn responses_that_are_not_ours_are_dropped() {
    let mut client = Client::new();
    client.options();
    client.take();
    let options = client.last();
    let right = crate::client::response(&options, 200, "");
    let branch = options.via().branch().expect("a branch").to_owned();
    for wrong in [
        right.replace(&branch, "z9hG4bKother"),
        right.replace("CSeq: 1 OPTIONS", "CSeq: 2 OPTIONS"),
        right.replace("CSeq: 1 OPTIONS", "CSeq: 1 MESSAGE"),
        right.replace("Via: ", "Via: SIP/2.0/TCP other.example.com;branch=z9hG4bKx\r\nVia: "),
        right.replace("SIP/2.0 200", "SIP/3.0 200"),
    ] {
        assert_ne!(wrong, right);
        client.receive(wrong);
        assert_eq!(client.take(), [""; 0]);
    }
    client.receive(right);
    assert_eq!(client.take(), ["<settled 1 200>"]);
}

#[test]
fn without_a_connection_nothing_can_be_sent() {
    let mut client = Client::offline(7, |_| {});
    let refused = client.send("OPTIONS", BOB, RequestOptions::default());
    assert_eq!(refused, Err(RefusalCode::NotConnected));
    assert_eq!(client.agent.load(), 0);
}

#[test]
fn other_methods_that_make_no_dialog_are_sent_as_they_are() {
    let mut client = Client::new();
    for method in ["PUBLISH", "NOTIFY", "X-OWN"] {
        client.send(method, BOB, RequestOptions::default()).expect("it is accepted");
        assert_eq!(client.last().cseq().method.as_str(), method);
        client.answer(501, "");
    }
}
