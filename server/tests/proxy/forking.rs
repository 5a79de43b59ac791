//! Several contacts of one user: parallel and serial forks, CANCEL, the best response
//! (RFC 3261 sections 16.6 to 16.10).

use crate::caller::{BOB, bench, call};
use crate::common::{ANSWER, OFFER, cancel, contact_uri, invite, response};
use prackle::message::Name;

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
