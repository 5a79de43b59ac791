//! Responses that are received.

use super::*;
use crate::message::Name;

#[test]
fn a_rejected_invite_is_acknowledged_once() {
    let text = "INVITE sips:bob@biloxi.example;lr SIP/2.0\r\nVia: SIP/2.0/WSS me.invalid;branch=z9hG4bKack;rport\r\n\
        Via: SIP/2.0/UDP behind.example;branch=z9hG4bKbehind\r\nMax-Forwards: 12\r\n\
        Route: <sip:p1.example;lr>, <sip:p2.example;lr>\r\nRoute: <sip:p3.example;lr>\r\n\
        f: \"Alice\" <sip:alice@atlanta.example>;tag=a1\r\nTo: <sip:bob@biloxi.example>\r\n\
        Call-ID: 88@me.invalid\r\nCSeq: 4711 INVITE\r\nSupported: 100rel\r\nContent-Type: application/sdp\r\n\
        Content-Length: 5\r\n\r\nv=0\r\n";
    let mut table = table();
    let id = table.invite(at(0), FLOW, text.as_bytes()).unwrap();
    let rejection = "SIP/2.0 486 Busy Here\r\nVia: SIP/2.0/WSS me.invalid;branch=z9hG4bKack;rport\r\n\
        Via: SIP/2.0/UDP behind.example;branch=z9hG4bKbehind\r\n\
        From: \"Alice\" <sip:alice@atlanta.example>;tag=a1\r\nTo: <sip:bob@biloxi.example>;tag=b2\r\n\
        Call-ID: 88@me.invalid\r\nCSeq: 4711 INVITE\r\nContent-Length: 0\r\n\r\n";
    let rejection = Message::parse(rejection.as_bytes()).unwrap();
    let ClientVerdict::PassAndAck { id: ended, flow, ack } = table.response(at(5), &rejection) else { panic!() };
    assert_eq!((ended, flow), (id, FLOW));
    let ack = Message::parse(&ack).unwrap();
    assert_eq!((ack.method(), ack.uri()), (Method::Ack, "sips:bob@biloxi.example;lr"));
    assert_eq!((ack.cseq().number, ack.call_id(), ack.body()), (4711, "88@me.invalid", &b""[..]));
    let fields = |name| ack.fields(name).collect::<Vec<_>>();
    assert_eq!(fields(Name::Via), ["SIP/2.0/WSS me.invalid;branch=z9hG4bKack;rport"]);
    assert_eq!(fields(Name::Route), ["<sip:p1.example;lr>, <sip:p2.example;lr>", "<sip:p3.example;lr>"]);
    assert_eq!(fields(Name::From), ["\"Alice\" <sip:alice@atlanta.example>;tag=a1"]);
    assert_eq!(fields(Name::To), ["<sip:bob@biloxi.example>;tag=b2"]);
    assert_eq!(fields(Name::MaxForwards), ["12"]);
    // Timer D is zero: whatever follows on the branch matches nothing.
    assert_eq!(table.response(at(5), &rejection), ClientVerdict::Unmatched);
    assert!(table.is_empty() && table.deadline().is_none());
}

#[test]
fn every_2xx_and_late_progress_are_passed_until_timer_m() {
    let mut table = table();
    let id = invite(&mut table, 0, "z9hG4bKone");
    assert!(!table.has_provisional(id));
    let steps = [
        (10, 100, ClientVerdict::Pass(id)),
        (20, 183, ClientVerdict::Pass(id)),
        (30, 200, ClientVerdict::Pass(id)),
        (40, 180, ClientVerdict::PassLate(id)),
        (50, 100, ClientVerdict::Absorbed(id)),
        (60, 200, ClientVerdict::Pass(id)),
        (70, 486, ClientVerdict::Absorbed(id)),
        (32_029, 200, ClientVerdict::Pass(id)),
    ];
    for (now, status, verdict) in steps {
        assert_eq!(table.response(at(now), &INVITE.response(status)), verdict, "{status} at {now}");
        assert_eq!(table.has_provisional(id), now < 30);
    }
    assert_eq!(expire_all(&mut table, 32_029), []);
    assert_eq!(table.deadline(), Some(at(32_030)));
    assert_eq!(expire_all(&mut table, 32_030), [Expired::ClientEnded(id)]);
    assert_eq!(table.response(at(32_030), &INVITE.response(200)), ClientVerdict::Unmatched);
}

#[test]
fn unanswered_requests_time_out_at_64_t1() {
    let mut table = table();
    let calling = invite(&mut table, 0, "z9hG4bKone");
    let ringing = invite(&mut table, 1, "z9hG4bKtwo");
    let register = request(&mut table, 2, "z9hG4bKthree", 1, "REGISTER");
    let two = Written { branch: Some("z9hG4bKtwo"), ..INVITE };
    assert_eq!(table.response(at(3), &two.response(180)), ClientVerdict::Pass(ringing));
    assert_eq!(expire_all(&mut table, 31_999), []);
    assert_eq!(expire_all(&mut table, 32_000), [Expired::ClientTimeout(calling)]);
    assert_eq!(expire_all(&mut table, 32_001), []);
    assert_eq!(expire_all(&mut table, 32_002), [Expired::ClientTimeout(register)]);
    assert_eq!((table.len(), table.deadline()), (1, None));
    table.abandon(ringing);
    assert!(table.is_empty());
}

// RFC 3261 section 17.1.3, and the CSeq number besides.
#[test]
fn a_response_matches_by_branch_and_cseq() {
    let mut table = table();
    let call = invite(&mut table, 0, "z9hG4bKone");
    let cancel = request(&mut table, 0, "z9hG4bKone", 1, "CANCEL");
    let foreign = [
        Written { branch: Some("z9hG4bKother"), ..INVITE },
        Written { branch: Some("z9hG4bKon"), ..INVITE },
        Written { branch: None, ..INVITE },
        Written { cseq: 2, ..INVITE },
        INVITE.method("PRACK"),
        INVITE.method("invite"),
    ];
    for written in &foreign {
        assert_eq!(table.response(at(1), &written.response(180)), ClientVerdict::Unmatched);
    }
    assert_eq!(table.response(at(2), &INVITE.method("CANCEL").response(200)), ClientVerdict::Pass(cancel));
    assert_eq!(table.response(at(2), &INVITE.method("CANCEL").response(200)), ClientVerdict::Unmatched);
    assert_eq!(table.response(at(3), &INVITE.response(180)), ClientVerdict::Pass(call));
}

// RFC 4320 section 4.1: 100 is the only provisional response that such a request can have.
#[test]
fn progress_of_a_request_without_progress_is_absorbed() {
    let mut table = table();
    let id = request(&mut table, 0, "z9hG4bKone", 1, "MESSAGE");
    let message = INVITE.method("MESSAGE");
    assert_eq!(table.response(at(1), &message.response(183)), ClientVerdict::Absorbed(id));
    assert_eq!(table.response(at(1), &message.response(100)), ClientVerdict::Pass(id));
    assert_eq!(table.response(at(2), &message.response(202)), ClientVerdict::Pass(id));
    assert_eq!(table.response(at(3), &message.response(202)), ClientVerdict::Unmatched);
}

#[test]
fn a_malformed_invite_begins_nothing() {
    let mut table = table();
    assert!(table.invite(at(0), FLOW, b"INVITE").is_err());
    assert!(table.invite(at(0), FLOW, Written { branch: None, ..INVITE }.request().octets()).is_err());
    assert!(table.is_empty());
}
