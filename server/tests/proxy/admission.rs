//! What may not pass: hops, extensions, strangers, garbage, floods (RFC 3261 sections 16.3 and 22.3).

use crate::caller::{BOB, bench};
use crate::common::{Bench, OFFER, authorization, invite, response, text};
use prackle::auth::Credentials;
use prackle::message::{Message, Name};
use prackle::transaction::FlowId;
use prackle_server::sip::{Input, Output};

#[test]
fn requests_that_must_not_go_on_are_refused() {
    let mut bench = bench(&[2]);
    let sent = invite(1, "hops", BOB, "", OFFER).replace("Max-Forwards: 70", "Max-Forwards: 0");
    bench.send(1, &sent);
    bench.status(1, 483);
    bench.send(1, &invite(1, "foo", BOB, "Proxy-Require: foo, 100rel\r\n", OFFER));
    assert_eq!(bench.status(1, 420).header(Name::Unsupported), Some("foo"), "100rel is understood");
    bench.nothing(2);
}

#[test]
fn own_users_must_prove_who_they_are() {
    let mut bench = Bench::new();
    bench.register(1, "alice", "");
    bench.register(2, "bob", "");
    let answered = bench.authenticated(1, "alice", "INVITE", BOB, "bob", "", OFFER);
    assert_eq!(answered.status(), Some(100));
    let forwarded = bench.request(2, "INVITE");
    assert_eq!(forwarded.header(Name::ProxyAuthorization), None, "credentials are for this realm only");
    // And nobody speaks for another, whose password is right or not.
    let sent = |credentials: &str, branch: &str| {
        invite(1, "m", BOB, credentials, "")
            .replace("INVITE", "MESSAGE")
            .replace("sip:caller@elsewhere.test", "sip:carol@example.test")
            .replace("branch=z9hG4bKm", &format!("branch=z9hG4bK{branch}"))
    };
    bench.send(1, &sent("", "m1"));
    let challenge = bench.status(1, 407);
    let alice = Credentials::password("alice", "alice-demo");
    let value = authorization(&challenge, &alice, "MESSAGE", BOB);
    bench.send(1, &sent(&format!("Proxy-Authorization: {value}\r\n"), "m2"));
    bench.status(1, 403);
    bench.nothing(2);
}

#[test]
fn keep_alives_and_garbage_disturb_nobody() {
    let mut bench = bench(&[2]);
    bench.sip.handle(bench.now, Input::Frame { flow: FlowId(1), octets: b"\r\n\r\n" });
    let pong = bench.sip.poll();
    assert!(matches!(pong, Some(Output::Send { frame, .. }) if frame == b"\r\n"));
    for garbage in ["", "\r\n", "\0\0\0", "INVITE", "SIP/2.0 200 OK\r\n\r\n", "GET / HTTP/1.1\r\n\r\n"] {
        bench.send(1, garbage);
    }
    bench.nothing(2);
    // What can be answered is: RFC 3261 section 21.4.1.
    bench.send(1, &invite(1, "bad", BOB, "Max-Forwards: 70\r\n", OFFER));
    let refused = bench.take(1);
    assert_eq!(refused.status(), Some(400), "{}", text(&refused));
    // A stray response goes nowhere (RFC 6026 section 7).
    let stray = invite(2, "stray", BOB, "", "");
    let stray = Message::parse(stray.as_bytes()).expect("well-formed");
    bench.send(2, &response(&stray, 200, "b", "", ""));
    bench.nothing(1);
}

#[test]
fn a_flood_exhausts_its_own_connection_only() {
    let mut bench = bench(&[2]);
    let mut refused = 0;
    for index in 0..2_100 {
        bench.send(1, &invite(1, &format!("k{index}"), BOB, "", ""));
        refused += u32::from(bench.take(1).status() == Some(503));
    }
    assert_eq!(refused, 100);
    bench.register(3, "carol", "");
    bench.send(3, &invite(3, "c", BOB, "", OFFER));
    bench.status(3, 100);
}
