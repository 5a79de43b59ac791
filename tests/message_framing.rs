//! One WebSocket message, one SIP message (RFC 7118 section 5), and what hostile frames cost.

use prackle::message::{Fault, Message, Method, Name};

const FIELDS: &str = "Via: SIP/2.0/WSS a.invalid;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\n\
                      Call-ID: x@y\r\nCSeq: 1 OPTIONS\r\n";

fn request(fields: &str, body: &str) -> String {
    format!("OPTIONS sip:c@d SIP/2.0\r\n{FIELDS}{fields}\r\n{body}")
}

fn parse(text: &str) -> Message {
    Message::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{:?}: {text}", error.fault()))
}

fn fault(frame: impl AsRef<[u8]>) -> Option<Fault> {
    Message::parse(frame.as_ref()).err().map(|error| error.fault())
}

#[test]
fn the_frame_delimits_the_body() {
    assert_eq!(parse(&request("", "hello")).body(), b"hello");
    assert_eq!(parse(&request("Content-Length: 5\r\n", "hello")).body(), b"hello");
    assert_eq!(parse(&request("l: 0003\r\n", "hello")).body(), b"hel");
    assert_eq!(parse(&request("", "")).body(), b"");
    assert_eq!(parse(&request("Content-Length: 2\r\nl: 02\r\n", "hello")).body(), b"he");
}

#[test]
fn a_second_message_in_the_frame_is_gone() {
    let (first, second) = (request("Content-Length: 0\r\n", ""), request("", "x"));
    let message = parse(&format!("{first}{second}"));
    assert_eq!(message.octets(), first.as_bytes());
    assert_eq!(message.into_octets(), first.as_bytes());
}

#[test]
fn bodies_are_octets() {
    let mut frame = request("Content-Type: application/octet-stream\r\n", "").into_bytes();
    frame.extend([0xff, 0, 0xc3, b'\r', b'\n']);
    let message = Message::parse(&frame).unwrap();
    assert_eq!(message.body(), [0xff, 0, 0xc3, b'\r', b'\n']);
    assert_eq!((message.call_id(), message.from_tag(), message.octets()), ("x@y", Some("1"), frame.as_slice()));
    assert_eq!(message.description(), None);
}

#[test]
fn empty_lines_before_the_message_are_ignored() {
    let message = parse(&format!("\r\n\r\n\n{}", request("Subject: s\r\n", "")));
    assert_eq!((message.method(), message.header(Name::Subject)), (Method::Options, Some("s")));
}

#[test]
fn lone_line_feeds_end_lines() {
    let message = parse(&request("Subject: a\n b\r\nX: y\r\n", "\r\nz").replace("\r\n", "\n"));
    assert_eq!((message.header(Name::Subject), message.header_named("x")), (Some("a  b"), Some("y")));
    assert_eq!(message.body(), b"\nz");
}

#[test]
fn folds_are_white_space() {
    let message = parse(&request("Subject:\r\n one\r\n\ttwo \r\n \r\n three\r\n \r\nX: y\r\n", ""));
    let words: Vec<&str> = message.header(Name::Subject).unwrap().split_ascii_whitespace().collect();
    assert_eq!(words, ["one", "two", "three"]);
    assert_eq!(message.header_named("X"), Some("y"));
}

#[test]
fn malformed_fields_that_nobody_needs_do_no_harm() {
    let message =
        parse(&request("Date: never\r\nExpires: 10e9\r\nContact: <<>\r\nContent-Type: x\r\nVia: SIP/9 z\r\n", ""));
    assert_eq!((message.expires(), message.content_type()), (None, None));
    assert_eq!(message.contacts().next(), Some(Err(Fault::Contact)));
    assert_eq!(message.via_count(), 2);
}

#[test]
fn unknown_methods_and_fields_are_kept() {
    let text = request("X-Any: 1\r\nx-any:2\r\n", "").replace("OPTIONS", "NEW.METHOD");
    let message = parse(&text);
    assert_eq!(message.method(), Method::Other("NEW.METHOD"));
    assert_eq!(message.fields_named("X-ANY").collect::<Vec<_>>(), ["1", "2"]);
    assert_eq!(message.all_fields().last(), Some(("x-any", "2")));
    assert_eq!(message.fields(Name::Other).count(), 0);
}

#[test]
fn start_lines_refused() {
    for (line, expected) in [
        ("OPTIONS sip:c@d SIP/2.1", Fault::Version),
        ("OPTIONS sip:c@d SIP/3.0", Fault::Version),
        ("OPTIONS sip:c@d SIP/2.0 ", Fault::RequestLine),
        ("OPTIONS  sip:c@d SIP/2.0", Fault::RequestLine),
        ("OPTIONS sip:c@d  SIP/2.0", Fault::RequestLine),
        ("OPTIONS  SIP/2.0", Fault::RequestLine),
        ("OPTIONS sip:c @d SIP/2.0", Fault::RequestUri),
        ("OPTIONS <sip:c@d> SIP/2.0", Fault::RequestUri),
        ("OPTIONS nobody SIP/2.0", Fault::RequestUri),
        ("OPTIONS sip:c@d?a=b SIP/2.0", Fault::RequestUriHeaders),
        ("OPTIONS SIP/2.0", Fault::StartLine),
        ("OPTIONS sip:c@d", Fault::StartLine),
        ("OPT;IONS sip:c@d SIP/2.0", Fault::RequestLine),
        (" OPTIONS sip:c@d SIP/2.0", Fault::StartLine),
        ("GET / HTTP/1.1", Fault::StartLine),
        ("OPTIONS\tsip:c@d SIP/2.0", Fault::RequestLine),
        ("OPTIONS sip:c\t@d SIP/2.0", Fault::RequestUri),
        ("OPTIONS sip:c@d\tSIP/2.0", Fault::StartLine),
        ("OPTIONS sip:c@d SIP/2.0\u{1}", Fault::StartLine),
        ("SIP/2.0", Fault::StartLine),
        ("SIP/2.0 ", Fault::StatusCode),
        ("SIP/2.0 99 x", Fault::StatusCode),
        ("SIP/2.0 700 x", Fault::StatusCode),
        ("SIP/2.0 1000 x", Fault::StatusCode),
        ("SIP/2.0 +20 x", Fault::StatusCode),
        ("SIP/2.0  200 x", Fault::StatusCode),
        ("SIP/7.0 200 OK", Fault::Version),
    ] {
        assert_eq!(fault(format!("{line}\r\n{FIELDS}\r\n")), Some(expected), "{line}");
    }
    for (line, reason) in [("SIP/2.0 699 any\tthing", "any\tthing"), ("sip/2.0 200 ", ""), ("SIP/2.0 200", "")] {
        assert_eq!(parse(&format!("{line}\r\n{FIELDS}\r\n")).reason(), reason, "{line}");
    }
    for line in ["OPTIONS tel:+1 sip/2.0", "OPTIONS urn:x:y SIP/2.0", "OPTIONS sip:%C3%A4@[::1]:1;lr SIP/2.0"] {
        assert!(parse(&format!("{line}\r\n{FIELDS}\r\n")).is_request());
    }
}

#[test]
fn headers_refused() {
    for (fields, expected) in [
        ("no colon\r\n", Fault::HeaderLine),
        (": no name\r\n", Fault::HeaderLine),
        ("X Y: 1\r\n", Fault::HeaderLine),
        ("X: a\rb\r\n", Fault::BareCarriageReturn),
        ("From: <sip:z@b>;tag=2\r\n", Fault::RepeatedFrom),
        ("t: <sip:z@b>\r\n", Fault::RepeatedTo),
        ("i: z\r\n", Fault::RepeatedCallId),
        ("cseq: 1 OPTIONS\r\n", Fault::RepeatedCSeq),
        ("Max-Forwards: 1\r\nMax-Forwards: 2\r\n", Fault::RepeatedMaxForwards),
        ("c: text/plain\r\nContent-Type: application/sdp\r\n", Fault::RepeatedContentType),
        ("Content-Length: 1\r\nl: 2\r\n", Fault::RepeatedContentLength),
        ("Content-Length: 99\r\n", Fault::BodyTooShort),
        ("Content-Length: 99999999999999999999\r\n", Fault::BodyTooShort),
        ("Content-Length: -1\r\n", Fault::ContentLength),
        ("Content-Length: 1;x\r\n", Fault::ContentLength),
        ("Content-Length:\r\n", Fault::ContentLength),
    ] {
        assert_eq!(fault(request(fields, "body of the request")), Some(expected), "{fields}");
    }
    for (from, to, expected) in [
        ("Via: SIP/2.0/WSS a.invalid;branch=z9hG4bK1\r\n", "", Fault::MissingVia),
        ("Via: SIP/2.0/WSS a.invalid;branch=z9hG4bK1\r\n", "Via: ,\r\n", Fault::Via),
        ("a.invalid", "a;;", Fault::Via),
        ("From: <sip:a@b>;tag=1\r\n", "", Fault::MissingFrom),
        ("From: <sip:a@b>;tag=1\r\n", "From:\r\n", Fault::From),
        ("To: <sip:c@d>\r\n", "", Fault::MissingTo),
        ("<sip:c@d>", "<sip:c@d", Fault::To),
        ("Call-ID: x@y\r\n", "", Fault::MissingCallId),
        ("x@y", "x y", Fault::CallId),
        ("CSeq: 1 OPTIONS\r\n", "", Fault::MissingCSeq),
        ("1 OPTIONS", "4294967296 OPTIONS", Fault::CSeq),
        ("1 OPTIONS", "OPTIONS", Fault::CSeq),
        ("1 OPTIONS", "1 OPTIONS x", Fault::CSeq),
        ("1 OPTIONS", "1 INVITE", Fault::CSeqMethod),
        ("1 OPTIONS", "1 options", Fault::CSeqMethod),
    ] {
        assert_eq!(fault(request("", "").replace(from, to)), Some(expected), "{from} {to}");
    }
}

#[test]
fn the_header_is_utf_8_and_ends_with_an_empty_line() {
    let mut frame = request("Subject: x\r\n", "").into_bytes();
    let place = frame.windows(3).position(|octets| octets == b": x").unwrap() + 2;
    frame[place] = 0xff;
    assert_eq!(fault(&frame), Some(Fault::Encoding));
    let whole = request("", "");
    assert_eq!(fault(&whole.as_bytes()[..whole.len() - 2]), Some(Fault::HeaderEnd));
    assert_eq!(fault(""), Some(Fault::Empty));
    assert_eq!(fault("\r\n\r\n"), Some(Fault::Empty));
    assert_eq!(fault("\0"), Some(Fault::StartLine));
}

#[test]
fn more_fields_than_any_message_has_are_refused() {
    assert_eq!(fault(request(&"X: y\r\n".repeat(1000), "")), None);
    assert_eq!(fault(request(&"X: y\r\n".repeat(1100), "")), Some(Fault::TooManyFields));
}

/// Quadratic or deeper work on any of these would take minutes.
#[test]
fn large_hostile_frames_cost_linear_time() {
    const MANY: usize = 200_000;
    for fields in [
        "\r\n ".repeat(MANY),
        format!("Subject: {}\r\n", "\r\n ".repeat(MANY)),
        format!("Contact: {}\r\n", ",".repeat(MANY)),
        format!("Contact: {}\r\n", "\"".repeat(MANY)),
        format!("Contact: {}\r\n", "<".repeat(MANY)),
        format!("WWW-Authenticate: {}\r\n", "Digest a=b,".repeat(MANY / 4)),
        format!("WWW-Authenticate: Digest {}\r\n", "a=\"\\\",".repeat(MANY / 4)),
        format!("Route: {}\r\n", "<sip:a@b;lr>,".repeat(MANY / 4)),
        format!("Reason: {}\r\n", "SIP;cause=1,".repeat(MANY / 4)),
        format!("Content-Type: multipart/mixed{}\r\n", ";a=b".repeat(MANY / 4)),
    ] {
        if let Ok(message) = Message::parse(request(&fields, "").as_bytes()) {
            let counts =
                (message.contacts().count(), message.addresses(Name::Route).count(), message.reasons().count());
            let challenges =
                message.challenges(Name::WwwAuthenticate).map(|challenge| challenge.params().count()).sum::<usize>();
            assert!(counts.0 + counts.1 + counts.2 + challenges <= fields.len());
            assert_eq!(message.description(), None);
        }
    }
    let body = "--a\r\n".repeat(MANY / 2);
    let message = parse(&request("Content-Type: multipart/mixed;boundary=a\r\n", &body));
    assert_eq!(message.parts().unwrap().count(), MANY / 2);
}
