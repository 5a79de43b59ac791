//! Header fields read on demand, and bodies of several parts.

use prackle::message::{Contact, DialogReference, Fault, Message, Method, Name};

fn message(fields: &str, body: &str) -> Message {
    let text = format!(
        "SIP/2.0 200 OK\r\nVia: SIP/2.0/WSS a.invalid;branch=z9hG4bK1\r\nf: <sip:a@b>;tag=1\r\nt: \"B\" <sip:c@d>;tag=2\r\n\
         i: x@y\r\nCSeq: 1 INVITE\r\n{fields}\r\n{body}"
    );
    Message::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{:?}: {text}", error.fault()))
}

#[test]
fn contacts_over_several_fields() {
    let fields = "Contact: \"A, B\" <sip:a@b;x=1,2>;expires=60;q=0.5, sip:c@d;expires=7\r\nm: tel:+1\r\n";
    let message = message(fields, "");
    let contacts: Vec<_> = message.contacts().collect();
    let [Ok(Contact::Address(first)), Ok(Contact::Address(second)), Ok(Contact::Address(third))] = contacts[..] else {
        panic!("{contacts:?}");
    };
    assert_eq!(
        (first.uri, first.params.value("expires"), &*first.display_name()),
        ("sip:a@b;x=1,2", Some("60"), "A, B")
    );
    assert_eq!((second.uri, second.params.value("expires")), ("sip:c@d", Some("7")));
    assert_eq!(third.uri, "tel:+1");
    assert_eq!(message.contact().map(|contact| contact.uri), Ok("sip:a@b;x=1,2"));
}

#[test]
fn contacts_that_are_no_address() {
    assert_eq!(message("m: *\r\n", "").contacts().next(), Some(Ok(Contact::Star)));
    for fields in ["", "m: *\r\n", "m: <sip:a@b\r\n", "m: sip:a@b?x=y\r\n", "m:\r\n"] {
        assert_eq!(message(fields, "").contact(), Err(Fault::Contact), "{fields}");
    }
}

#[test]
fn route_sets_keep_their_order() {
    let fields = "Record-Route: <sip:p1;lr>, <sip:p2;lr>\r\nrecord-route:<sip:p3;lr>;x=y\r\n";
    let uris: Vec<_> = message(fields, "").addresses(Name::RecordRoute).map(|a| a.unwrap().uri.to_owned()).collect();
    assert_eq!(uris, ["sip:p1;lr", "sip:p2;lr", "sip:p3;lr"]);
}

#[test]
fn intervals_in_seconds() {
    let fields = "Expires: 0060\r\nMin-Expires: 90;x=y\r\nRetry-After: 18000 (in a (long) meeting);duration=3600\r\n\
                  Min-SE:120\r\nFlow-Timer: 25\r\nx: 1800;refresher=uac\r\n";
    let message = message(fields, "");
    assert_eq!((message.expires(), message.min_expires(), message.retry_after()), (Some(60), Some(90), Some(18000)));
    assert_eq!((message.min_se(), message.flow_timer()), (Some(120), Some(25)));
    let session = message.session_expires().unwrap();
    assert_eq!((session.seconds, session.refresher), (1800, Some("uac")));
}

#[test]
fn malformed_intervals_are_as_if_missing() {
    for value in ["", "x", "-1", "1x", "1.5", "4294967296", "1 2", "Thu, 01 Dec 1994 16:00:00 GMT"] {
        let message = message(&format!("Expires: {value}\r\nRetry-After: {value}\r\nx: {value}\r\n"), "");
        assert_eq!(
            (message.expires(), message.retry_after(), message.session_expires()),
            (None, None, None),
            "{value}"
        );
    }
    assert_eq!(message("Max-Forwards: 256\r\n", "").max_forwards(), None);
    assert_eq!(message("Max-Forwards: 255\r\n", "").max_forwards(), Some(255));
}

#[test]
fn events_reasons_and_references() {
    let fields = "o: presence.winfo;id=7\r\nSubscription-State: terminated ; reason=timeout;retry-after=5\r\n\
                  Reason: SIP ;cause=200 ;text=\"Call completed, elsewhere\", Q.850;cause=16\r\n\
                  Replaces: 425928@b.org;to-tag=7743;from-tag=6472;early-only\r\n";
    let message = message(fields, "");
    let event = message.event().unwrap();
    assert_eq!((event.value, event.params.value("id")), ("presence.winfo", Some("7")));
    assert_eq!(message.subscription_state().unwrap().params.value("reason"), Some("timeout"));
    let reasons: Vec<_> = message.reasons().collect();
    assert_eq!(reasons[0].text.as_deref(), Some("Call completed, elsewhere"));
    assert_eq!((reasons[1].protocol, reasons[1].cause), ("Q.850", Some(16)));
    let reference = DialogReference { call_id: "425928@b.org", to_tag: "7743", from_tag: "6472", early_only: true };
    assert_eq!(message.replaces(), Ok(Some(reference)));
}

#[test]
fn replaces_is_one_or_none() {
    let one = "Replaces: a;to-tag=1;from-tag=2\r\n";
    assert_eq!(message("", "").replaces(), Ok(None));
    assert_eq!(message(&one.repeat(2), "").replaces(), Err(Fault::Value));
    assert_eq!(message("Replaces: a;to-tag=1\r\n", "").replaces(), Err(Fault::Value));
}

#[test]
fn methods_compare_with_case() {
    let message = message("Allow: INVITE,ACK\r\nAllow: PRACK , x-new\r\n", "");
    assert!(message.has_method(Name::Allow, Method::Prack) && message.has_method(Name::Allow, Method::Other("x-new")));
    assert!(!message.has_method(Name::Allow, Method::Other("prack")) && !message.has_method(Name::Allow, Method::Bye));
}

#[test]
fn challenges_over_several_fields() {
    let fields = "WWW-Authenticate: Digest realm=\"a\", nonce=\"1\", Digest realm=\"a\", nonce=\"2\", algorithm=SHA-256\r\n\
                  www-authenticate: Basic realm=\"b\"\r\nProxy-Authenticate: Digest realm=\"p\"\r\n";
    let message = message(fields, "");
    let found: Vec<_> = message.challenges(Name::WwwAuthenticate).map(|c| (c.scheme, c.param("nonce"))).collect();
    assert_eq!(found, [("Digest", Some("1".into())), ("Digest", Some("2".into())), ("Basic", None)]);
    assert_eq!(message.challenges(Name::ProxyAuthenticate).count(), 1);
}

const SDP: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\n";

#[test]
fn a_body_of_type_sdp_is_the_description() {
    let description = |fields: &str, body: &str| message(fields, body).description().map(str::to_owned);
    assert_eq!(description("c: application/sdp\r\n", SDP).as_deref(), Some(SDP));
    assert_eq!(
        description("c: Application / SDP ;charset=x\r\nContent-Disposition: SESSION;handling=optional\r\n", SDP)
            .as_deref(),
        Some(SDP)
    );
    for (fields, body) in [
        ("c: application/sdp\r\n", ""),
        ("", SDP),
        ("c: text/plain\r\n", SDP),
        ("c: application/sdp\r\nContent-Disposition: early-session\r\n", SDP),
        ("c: application/sdp\r\nContent-Disposition: render\r\n", SDP),
        ("c: application/sdp\r\ne: gzip\r\n", SDP),
    ] {
        assert_eq!(description(fields, body), None, "{fields}");
    }
}

#[test]
fn the_description_among_several_parts() {
    let part = |header: &str, body: &str| format!("--b1\r\n{header}\r\n{body}\r\n");
    let other = part("Content-Type: text/plain\r\n", "hello");
    let early = part("Content-Type: application/sdp\r\nContent-Disposition: early-session\r\n", "v=early");
    let sdp = part("content-type : application/sdp\r\nContent-ID: <1@a>\r\n", "v=0");
    let second = part("c: application/sdp\r\n", "v=1");
    let nested = part(
        "Content-Type: multipart/alternative;\r\n boundary=\"b 2\"\r\n",
        "preamble\r\n--b 2\r\n\r\ntext\r\n--b 2\r\nContent-Type: application/sdp\r\n\r\nv=nested\r\n--b 2--\r\nepilogue",
    );
    for (kind, parts, expected) in [
        ("mixed", vec![&other, &early, &sdp, &second], Some("v=0")),
        ("alternative", vec![&other, &sdp, &second], Some("v=1")),
        ("mixed", vec![&other, &nested], Some("v=nested")),
        ("mixed", vec![&other, &early], None),
    ] {
        let body: String =
            ["preamble\r\n"].into_iter().chain(parts.into_iter().map(String::as_str)).chain(["--b1--\r\n"]).collect();
        let message = message(&format!("Content-Type: multipart/{kind};boundary=b1\r\n"), &body);
        assert_eq!(message.description(), expected, "{body}");
    }
}

#[test]
fn parts_have_header_and_body() {
    let body = "ignored\r\n--x y\r\nContent-Type: text/plain\r\nContent-ID: <1@a>\r\n\r\none\r\n\r\ntwo\r\n--x y  \r\n\r\n\
                no header\r\n--x yz is no delimiter\r\n--x y--\r\nignored";
    let message = message("Content-Type: multipart/mixed; boundary=\"x y\"\r\n", body);
    let parts: Vec<_> = message.parts().unwrap().collect();
    assert_eq!(parts.len(), 2);
    assert_eq!((parts[0].header(Name::ContentId), parts[0].body), (Some("<1@a>"), "one\r\n\r\ntwo".as_bytes()));
    assert_eq!(parts[1].body, b"no header\r\n--x yz is no delimiter");
    assert!(parts[1].content_type().unwrap().is("text", "plain"));
}

#[test]
fn multipart_without_boundary_has_no_parts() {
    for fields in ["", "c: multipart/mixed\r\n", "c: multipart/mixed;boundary=\"\"\r\n", "c: text/plain;boundary=a\r\n"]
    {
        assert_eq!(message(fields, "--a\r\n\r\nx\r\n--a--").parts().err(), Some(Fault::Multipart), "{fields}");
    }
    assert_eq!(message("c: multipart/mixed;boundary=a\r\n", "no delimiter").parts().unwrap().count(), 0);
    // A body that was cut off keeps what arrived.
    let cut = message("c: multipart/mixed;boundary=a\r\n", "--a\r\nc: application/sdp\r\n\r\nv=0");
    assert_eq!(cut.description(), Some("v=0"));
}
