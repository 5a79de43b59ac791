//! Messages on their way out: responses, forwarded requests, refusals.

use prackle::message::{Edit, Message, Name, Writer};

const INVITE: &str = "INVITE sip:bob@example.com SIP/2.0\r\nv: SIP/2.0/WSS a.invalid;branch=z9hG4bK2;rport , SIP/2.0/UDP b;branch=z9hG4bK1\r\n\
    VIA: SIP/2.0/UDP c;branch=z9hG4bK0\r\nMax-Forwards: 70\r\nroute: <sip:p1;lr>,\r\n <sip:p2;lr>\r\nFrom:<sip:a@b>;tag=1\r\n\
    To: \"B\" <sip:c@d;x=\"not a tag\">\r\ni: x@y\r\ncseq: 07 INVITE\r\nX-Odd :\tkept \r\nX-Odd: too\r\n\
    Record-Route: <sip:p3;lr>\r\nContent-Length: 3\r\n\r\nabc";

fn parse(text: impl AsRef<[u8]>) -> Message {
    Message::parse(text.as_ref()).unwrap_or_else(|error| panic!("{:?}", error.fault()))
}

fn invite() -> Message {
    parse(INVITE.replace("x=\"not a tag\"", "x"))
}

fn text(frame: Vec<u8>) -> String {
    String::from_utf8(frame).expect("text")
}

#[test]
fn responses_copy_what_they_must() {
    let mut writer = Writer::response(&invite(), 180, "Ringing", Some("t"));
    let frame =
        writer.copy_fields(&invite(), Name::RecordRoute).field_number(Name::RSeq, 5).body("application/sdp", b"v=0");
    assert_eq!(
        text(frame),
        "SIP/2.0 180 Ringing\r\nVia: SIP/2.0/WSS a.invalid;branch=z9hG4bK2;rport , SIP/2.0/UDP b;branch=z9hG4bK1\r\n\
         Via: SIP/2.0/UDP c;branch=z9hG4bK0\r\nFrom: <sip:a@b>;tag=1\r\nTo: \"B\" <sip:c@d;x>;tag=t\r\nCall-ID: x@y\r\n\
         CSeq: 07 INVITE\r\nRecord-Route: <sip:p3;lr>\r\nRSeq: 5\r\nContent-Type: application/sdp\r\nContent-Length: 3\r\n\r\nv=0"
    );
}

#[test]
fn a_to_tag_is_never_added_twice() {
    let request = parse(text(Edit::new(&invite()).finish()).replace(";x>", ";x>;tag=old"));
    assert_eq!(request.to_tag(), Some("old"));
    let response = parse(Writer::response(&request, 200, "OK", Some("new")).finish());
    assert_eq!(response.to_tag(), Some("old"));
    assert_eq!(parse(Writer::response(&invite(), 100, "Trying", None).finish()).to_tag(), None);
}

#[test]
fn forwarding_touches_nothing_else() {
    let message = invite();
    let mut edit = Edit::new(&message);
    assert_eq!(edit.decrement_max_forwards(), Some(69));
    assert_eq!(edit.pop(Name::Route).as_deref(), Some("<sip:p1;lr>"));
    edit.uri("sip:bob@192.0.2.4").via_param("received", "192.0.2.9").via_param("rport", "5");
    edit.push(Name::Via, "SIP/2.0/WSS proxy;branch=z9hG4bK3").push(Name::RecordRoute, "<sip:proxy;lr>");
    assert_eq!(
        text(edit.finish()),
        "INVITE sip:bob@192.0.2.4 SIP/2.0\r\nVia: SIP/2.0/WSS proxy;branch=z9hG4bK3\r\n\
         Via: SIP/2.0/WSS a.invalid;branch=z9hG4bK2;received=192.0.2.9;rport=5\r\nVia: SIP/2.0/UDP b;branch=z9hG4bK1\r\n\
         VIA: SIP/2.0/UDP c;branch=z9hG4bK0\r\nMax-Forwards: 69\r\nRoute: <sip:p2;lr>\r\nFrom:<sip:a@b>;tag=1\r\n\
         To: \"B\" <sip:c@d;x>\r\ni: x@y\r\ncseq: 07 INVITE\r\nX-Odd :\tkept \r\nX-Odd: too\r\nRecord-Route: <sip:proxy;lr>\r\n\
         Record-Route: <sip:p3;lr>\r\nContent-Length: 3\r\n\r\nabc"
    );
}

#[test]
fn lists_are_popped_to_the_last_value() {
    let message = invite();
    let mut edit = Edit::new(&message);
    let vias: Vec<String> = core::iter::from_fn(|| edit.pop(Name::Via)).collect();
    assert_eq!(vias.len(), 3);
    assert_eq!(vias[2], "SIP/2.0/UDP c;branch=z9hG4bK0");
    assert_eq!((edit.top(Name::Via), edit.top(Name::Route)), (None, Some("<sip:p1;lr>")));
    // Without one of its name a field goes on top.
    edit.push(Name::Via, "SIP/2.0/WSS x");
    assert!(
        text(edit.finish()).starts_with("INVITE sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/WSS x\r\nMax-Forwards")
    );
}

#[test]
fn fields_are_set_and_removed() {
    let message = invite();
    let mut edit = Edit::new(&message);
    edit.set(Name::Via, "SIP/2.0/WSS only").set(Name::Expires, "60").remove(Name::Route).remove_named("x-odd");
    edit.append(Name::Supported, "path").append_named("X-New", "a\r\nb");
    let frame = edit.finish();
    let edited = parse(&frame);
    assert_eq!(edited.fields(Name::Via).collect::<Vec<_>>(), ["SIP/2.0/WSS only"]);
    assert_eq!((edited.expires(), edited.header(Name::Route), edited.header_named("X-Odd")), (Some(60), None, None));
    assert_eq!((edited.header(Name::Supported), edited.header_named("X-New")), (Some("path"), Some("a  b")));
    assert_eq!(edited.body(), b"abc");
}

#[test]
fn max_forwards_ends_at_zero_and_starts_at_seventy() {
    let zero = parse(INVITE.replace("x=\"not a tag\"", "x").replace("70", "0"));
    assert_eq!(Edit::new(&zero).decrement_max_forwards(), None);
    for missing in ["", "Max-Forwards: 300\r\n", "Max-Forwards: x\r\n"] {
        let message = parse(INVITE.replace("x=\"not a tag\"", "x").replace("Max-Forwards: 70\r\n", missing));
        let mut edit = Edit::new(&message);
        assert_eq!(edit.decrement_max_forwards(), Some(70));
        assert_eq!(parse(edit.finish()).max_forwards(), Some(70));
    }
}

#[test]
fn parameters_of_the_top_via_are_replaced_but_not_inside_quotes() {
    let top = "v: SIP/2.0/WSS a.invalid;x=\"q;received=9\";Received = 1;branch=z9hG4bK2";
    let message =
        parse(INVITE.replace("x=\"not a tag\"", "x").replace("v: SIP/2.0/WSS a.invalid;branch=z9hG4bK2;rport ", top));
    let mut edit = Edit::new(&message);
    edit.via_param("received", "192.0.2.9");
    let expected = "SIP/2.0/WSS a.invalid;x=\"q;received=9\";branch=z9hG4bK2;received=192.0.2.9";
    assert_eq!(edit.top(Name::Via), Some(expected));
}

#[test]
fn responses_are_edited_too() {
    let response = parse(Writer::response(&invite(), 200, "OK", Some("t")).body("text/plain", b"xyz"));
    let mut edit = Edit::new(&response);
    edit.pop(Name::Via);
    let frame = edit.finish();
    let forwarded = parse(&frame);
    assert_eq!(
        (forwarded.status(), forwarded.via().branch(), forwarded.body()),
        (Some(200), Some("z9hG4bK1"), b"xyz".as_slice())
    );
}

#[test]
fn refusals_name_the_fault_and_answer_only_requests() {
    let refusal = |text: &str| Message::parse(text.as_bytes()).unwrap_err().refusal("t").map(self::text);
    let broken = INVITE.replace("CSeq", "cseq").replace("07 INVITE", "07 BYE");
    assert!(refusal(&broken).unwrap().starts_with("SIP/2.0 400 Malformed To\r\nVia: SIP/2.0/WSS a.invalid"));
    let broken = invite_text().replace("07 INVITE", "x INVITE");
    assert!(refusal(&broken).unwrap().contains("\r\nTo: \"B\" <sip:c@d;x>;tag=t\r\n"));
    assert_eq!(refusal(&broken.replace("INVITE", "ACK")), None);
    assert_eq!(refusal(&broken.replace("INVITE sip:bob@example.com SIP/2.0", "SIP/2.0 200 OK")), None);
    assert_eq!(refusal("INVITE sip:bob@example.com SIP/2.0\r\nTo: x\r\n\r\n"), None);
    assert_eq!(refusal("hello"), None);
}

fn invite_text() -> String {
    INVITE.replace("x=\"not a tag\"", "x")
}
