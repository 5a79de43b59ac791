//! The proxy on a virtual clock: routing, forking, CANCEL, best response, dead flows
//! (RFC 3261 section 16, RFC 5626 section 5). PRACK has a file of its own.

mod common;

use common::{
    ANSWER, Bench, OFFER, authorization, cancel, contact_uri, from_callee, in_dialog, invite, reliable, response, text,
};
use prackle::auth::Credentials;
use prackle::message::Name;

const BOB: &str = "sip:bob@example.test";

/// The caller on flow 1; bob on the flows given.
fn bench(flows: &[u32]) -> Bench {
    let mut bench = Bench::new();
    bench.open(1);
    for flow in flows {
        bench.register(*flow, "bob", "");
    }
    bench
}

/// Calls bob; the INVITEs that arrive, in the order of `flows`.
fn call(bench: &mut Bench, more: &str, flows: &[u32]) -> Vec<prackle::message::Message> {
    bench.send(1, &invite(1, "k", BOB, more, OFFER));
    bench.status(1, 100);
    flows.iter().map(|flow| bench.request(*flow, "INVITE")).collect()
}

#[test]
fn a_call_from_invite_to_bye() {
    let mut bench = bench(&[2]);
    let [invite] = call(&mut bench, "", &[2]).try_into().expect("one INVITE");
    assert_eq!(invite.uri(), contact_uri(2, "bob"));
    assert_eq!((invite.max_forwards(), invite.via_count()), (Some(69), 2));
    assert!(invite.header(Name::RecordRoute).is_some_and(|route| route.contains(";lr")));
    assert_eq!(invite.description(), Some(OFFER));
    let contact = format!("Contact: <{}>\r\n", contact_uri(2, "bob"));
    bench.send(2, &response(&invite, 180, "b", &contact, ""));
    bench.send(2, &response(&invite, 200, "b", &contact, ANSWER));
    assert_eq!(bench.status(1, 180).via_count(), 1);
    let accepted = bench.status(1, 200);
    assert_eq!(accepted.description(), Some(ANSWER));
    bench.send(1, &in_dialog(1, "ACK", 1, &accepted, ""));
    let ack = bench.request(2, "ACK");
    assert_eq!((ack.uri(), ack.header(Name::Route)), (contact_uri(2, "bob").as_str(), None));
    // Either end hangs up along the same route.
    bench.send(2, &from_callee(2, "BYE", 1, &invite, "b"));
    let bye = bench.request(1, "BYE");
    assert_eq!(bye.uri(), contact_uri(1, "caller"));
    bench.send(1, &response(&bye, 200, "", "", ""));
    bench.status(2, 200);
    bench.advance(64_000);
    bench.nothing(1);
    bench.nothing(2);
    assert_eq!(bench.sip.load(), (0, 0), "nothing is left behind");
}

#[test]
fn all_contacts_ring_and_the_losers_hear_why_they_stop() {
    let mut bench = bench(&[2, 3]);
    let invites = call(&mut bench, "", &[2, 3]);
    bench.send(2, &response(&invites[0], 180, "b2", "", ""));
    bench.send(3, &response(&invites[1], 180, "b3", "", ""));
    bench.send(3, &response(&invites[1], 200, "b3", "", ANSWER));
    let cancelled = bench.request(2, "CANCEL");
    assert_eq!(cancelled.header(Name::Reason), Some("SIP;cause=200;text=\"Call completed elsewhere\""));
    assert_eq!(cancelled.via().branch(), invites[0].via().branch());
    bench.nothing(3);
    bench.send(2, &response(&cancelled, 200, "b2", "", ""));
    bench.send(2, &response(&invites[0], 487, "b2", "", ""));
    bench.request(2, "ACK");
    for status in [180, 180, 200] {
        bench.status(1, status);
    }
    bench.nothing(1);
}

#[test]
fn cancel_goes_to_every_branch_once_it_may() {
    let mut bench = bench(&[2, 3]);
    let invites = call(&mut bench, "", &[2, 3]);
    bench.send(2, &response(&invites[0], 180, "b2", "", ""));
    bench.status(1, 180);
    let sent = invite(1, "k", BOB, "", OFFER);
    bench.send(1, &cancel(&sent));
    bench.status(1, 200);
    bench.request(2, "CANCEL");
    // RFC 3261 section 9.1: not before a provisional response.
    bench.nothing(3);
    bench.send(3, &response(&invites[1], 100, "", "", ""));
    bench.request(3, "CANCEL");
    bench.send(2, &response(&invites[0], 487, "b2", "", ""));
    bench.send(3, &response(&invites[1], 487, "b3", "", ""));
    bench.status(1, 487);
}

#[test]
fn a_cancel_for_nothing_gets_481() {
    let mut bench = bench(&[]);
    bench.send(1, &cancel(&invite(1, "k", BOB, "", OFFER)));
    bench.status(1, 481);
}

#[test]
fn who_is_not_there_is_told_apart_from_who_does_not_exist() {
    let mut bench = bench(&[]);
    let table = [
        ("sip:bob@example.test", 480),
        ("sip:zoe@example.test", 404),
        ("sip:example.test", 404),
        ("sip:bob@elsewhere.test", 404),
        ("sip:bob@gone.invalid", 480),
        ("tel:+1234", 416),
        ("sips:bob@example.test", 416),
    ];
    for (index, (target, status)) in table.into_iter().enumerate() {
        bench.send(1, &invite(1, &format!("k{index}"), target, "", OFFER));
        assert_eq!(bench.take(1).status(), Some(status), "{target}");
    }
}

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
fn the_best_of_all_failures_goes_up() {
    let mut bench = bench(&[2, 3]);
    let invites = call(&mut bench, "", &[2, 3]);
    bench.send(2, &response(&invites[0], 503, "b2", "", ""));
    bench.nothing(1);
    bench.send(3, &response(&invites[1], 486, "b3", "", ""));
    bench.request(2, "ACK");
    bench.request(3, "ACK");
    bench.status(1, 486);
}

#[test]
fn a_decline_for_everybody_ends_the_others() {
    let mut bench = bench(&[2, 3]);
    let invites = call(&mut bench, "", &[2, 3]);
    bench.send(3, &response(&invites[1], 180, "b3", "", ""));
    bench.send(2, &response(&invites[0], 603, "b2", "", ""));
    bench.request(3, "CANCEL");
    bench.send(3, &response(&invites[1], 487, "b3", "", ""));
    bench.status(1, 180);
    bench.status(1, 603);
}

#[test]
fn preference_makes_a_serial_fork() {
    let mut bench = bench(&[]);
    bench.register(2, "bob", ";q=0.2");
    bench.register(3, "bob", ";q=0.9");
    bench.send(1, &invite(1, "k", BOB, "", OFFER));
    bench.status(1, 100);
    let first = bench.request(3, "INVITE");
    bench.nothing(2);
    bench.send(3, &response(&first, 486, "b3", "", ""));
    let second = bench.request(2, "INVITE");
    bench.nothing(1);
    bench.send(2, &response(&second, 200, "b2", "", ANSWER));
    bench.status(1, 200);
}

#[test]
fn a_redirection_within_the_domain_is_followed_once() {
    let mut bench = bench(&[2]);
    bench.register(3, "carol", "");
    let invites = call(&mut bench, "", &[2]);
    bench
        .send(2, &response(&invites[0], 302, "b", "Contact: <sip:carol@example.test>, <sip:bob@example.test>\r\n", ""));
    let followed = bench.request(3, "INVITE");
    assert_eq!(followed.uri(), contact_uri(3, "carol"));
    bench.request(2, "ACK");
    bench.nothing(2);
    bench.send(3, &response(&followed, 302, "c", "Contact: <sip:bob@example.test>\r\n", ""));
    // bob was tried: the redirection itself is all that is left.
    bench.status(1, 302);
}

#[test]
fn one_device_on_two_flows_rings_once() {
    let mut bench = bench(&[]);
    bench.register(2, "bob", ";+sip.instance=\"<urn:uuid:1>\";reg-id=1");
    bench.register(3, "bob", ";+sip.instance=\"<urn:uuid:1>\";reg-id=2");
    bench.send(1, &invite(1, "k", BOB, "", OFFER));
    bench.request(3, "INVITE");
    bench.nothing(2);
}

#[test]
fn timer_c_ends_what_rings_for_ever() {
    let mut bench = bench(&[2]);
    let invites = call(&mut bench, "", &[2]);
    bench.send(2, &response(&invites[0], 180, "b", "", ""));
    bench.status(1, 180);
    bench.advance(189_999);
    bench.nothing(2);
    bench.advance(1);
    bench.request(2, "CANCEL");
    bench.advance(32_000);
    bench.status(1, 408);
    bench.advance(64_000);
    assert_eq!(bench.sip.load(), (0, 0));
}

#[test]
fn a_silent_callee_is_a_408() {
    let mut bench = bench(&[2]);
    call(&mut bench, "", &[2]);
    bench.advance(32_000);
    bench.status(1, 408);
}

#[test]
fn a_callee_that_goes_away_while_ringing_ends_the_call() {
    let mut bench = bench(&[2]);
    let invites = call(&mut bench, "", &[2]);
    bench.send(2, &response(&invites[0], 180, "b", "", ""));
    bench.status(1, 180);
    bench.close(2);
    bench.advance(9_999);
    bench.nothing(1);
    bench.advance(1);
    bench.status(1, 480);
}

#[test]
fn a_caller_that_goes_away_stops_the_ringing() {
    let mut bench = bench(&[2]);
    let invites = call(&mut bench, "", &[2]);
    bench.send(2, &response(&invites[0], 180, "b", "", ""));
    bench.close(1);
    bench.advance(10_000);
    bench.request(2, "CANCEL");
}

#[test]
fn a_device_that_comes_back_keeps_its_calls() {
    let device = ";+sip.instance=\"<urn:uuid:1>\";reg-id=1";
    let mut bench = bench(&[]);
    bench.register(2, "bob", device);
    let invites = call(&mut bench, "", &[2]);
    let contact = format!("Contact: <{}>\r\n", contact_uri(2, "bob"));
    bench.send(2, &response(&invites[0], 180, "b", &contact, ""));
    bench.status(1, 180);
    bench.close(2);
    bench.advance(3_000);
    bench.open(5);
    let again = bench.authenticated(
        5,
        "bob",
        "REGISTER",
        "sip:example.test",
        "bob",
        &format!("Contact: <{}>{device}\r\nSupported: outbound\r\n", contact_uri(2, "bob")),
        "",
    );
    assert_eq!(again.values(Name::Contact).count(), 1);
    // The INVITE is answered over the new connection, and the dialog goes on over it.
    bench.send(5, &response(&invites[0], 200, "b", &contact, ANSWER));
    let accepted = bench.status(1, 200);
    bench.send(1, &in_dialog(1, "ACK", 1, &accepted, ""));
    bench.request(5, "ACK");
    bench.send(5, &from_callee(5, "BYE", 1, &invites[0], "b"));
    bench.request(1, "BYE");
    bench.nothing(2);
}

#[test]
fn a_request_into_a_dead_flow_gets_430() {
    let mut bench = bench(&[2]);
    let invites = call(&mut bench, "", &[2]);
    let contact = format!("Contact: <{}>\r\n", contact_uri(2, "bob"));
    bench.send(2, &response(&invites[0], 200, "b", &contact, ANSWER));
    let accepted = bench.status(1, 200);
    bench.send(1, &in_dialog(1, "ACK", 1, &accepted, ""));
    bench.request(2, "ACK");
    bench.close(2);
    bench.send(1, &in_dialog(1, "BYE", 2, &accepted, ""));
    bench.status(1, 430);
}

#[test]
fn a_forged_flow_token_leads_nowhere() {
    let mut bench = bench(&[2]);
    let invites = call(&mut bench, "", &[2]);
    let route = invites[0].header(Name::RecordRoute).expect("Record-Route").to_owned();
    // The flows are in the token's first 16 digits: another one's are not believed.
    let forged = route.replacen("sip:00000001", "sip:00000003", 1);
    assert_ne!(route, forged);
    bench.register(3, "carol", "");
    let request = invite(1, "forged", "sip:x@nowhere.test", &format!("Route: {forged}\r\n"), "")
        .replace("To: <sip:x@nowhere.test>", "To: <sip:x@nowhere.test>;tag=t");
    bench.send(1, &request);
    bench.status(1, 404);
    bench.nothing(3);
}

#[test]
fn keep_alives_and_garbage_disturb_nobody() {
    let mut bench = bench(&[2]);
    bench.sip.handle(
        bench.now,
        prackle_server::sip::Input::Frame { flow: prackle::transaction::FlowId(1), octets: b"\r\n\r\n" },
    );
    let pong = bench.sip.poll();
    assert!(matches!(pong, Some(prackle_server::sip::Output::Send { frame, .. }) if frame == b"\r\n"));
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
    let stray = prackle::message::Message::parse(stray.as_bytes()).expect("well-formed");
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

#[test]
fn options_to_the_server_and_other_requests() {
    let mut bench = bench(&[2]);
    bench.send(1, &invite(1, "o", "sip:example.test", "", "").replace("INVITE", "OPTIONS"));
    assert!(bench.status(1, 200).header(Name::Allow).is_some_and(|allow| allow.contains("PRACK")));
    bench.send(1, &invite(1, "m", BOB, "", "").replace("INVITE", "MESSAGE"));
    let message = bench.request(2, "MESSAGE");
    assert_eq!(message.header(Name::RecordRoute), None, "it makes no dialog");
    bench.send(2, &response(&message, 200, "b", "", ""));
    bench.status(1, 200);
    // RFC 4320 section 4.2: a request other than INVITE never gets a 408.
    bench.send(1, &invite(1, "n", BOB, "", "").replace("INVITE", "MESSAGE"));
    bench.request(2, "MESSAGE");
    bench.advance(40_000);
    bench.status(1, 100);
    bench.nothing(1);
    assert_eq!(bench.sip.load(), (0, 0));
}

#[test]
fn a_strict_router_in_front_is_undone() {
    let mut bench = bench(&[2]);
    let invites = call(&mut bench, "", &[2]);
    let contact = format!("Contact: <{}>\r\n", contact_uri(2, "bob"));
    bench.send(2, &response(&invites[0], 200, "b", &contact, ANSWER));
    let accepted = bench.status(1, 200);
    let plain = in_dialog(1, "BYE", 2, &accepted, "");
    let route = accepted.header(Name::RecordRoute).expect("Record-Route").trim_matches(['<', '>']).to_owned();
    let target = contact_uri(2, "bob");
    let strict = plain.replacen(&format!("BYE {target} "), &format!("BYE {route} "), 1).replacen(
        &format!("Route: <{route}>"),
        &format!("Route: <{target}>"),
        1,
    );
    assert_ne!(plain, strict);
    bench.send(1, &strict);
    let bye = bench.request(2, "BYE");
    assert_eq!((bye.uri(), bye.header(Name::Route)), (target.as_str(), None));
}

#[test]
fn an_ack_of_a_second_2xx_reaches_its_fork() {
    let mut bench = bench(&[2, 3]);
    let invites = call(&mut bench, "", &[2, 3]);
    for (flow, invite) in [(2, &invites[0]), (3, &invites[1])] {
        let contact = format!("Contact: <{}>\r\n", contact_uri(flow, "bob"));
        bench.send(flow, &response(invite, 200, &format!("b{flow}"), &contact, ANSWER));
    }
    // RFC 3261 section 16.7 step 5: every 2xx to an INVITE goes up.
    let (first, second) = (bench.status(1, 200), bench.status(1, 200));
    for (flow, accepted) in [(2, &first), (3, &second)] {
        bench.send(1, &in_dialog(1, "ACK", 1, accepted, ""));
        bench.request(flow, "ACK");
        bench.send(1, &in_dialog(1, "BYE", 2, accepted, &reliable(1, "x", 1)));
        bench.request(flow, "BYE");
    }
}
