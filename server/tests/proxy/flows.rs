//! Connections that go away, and come back (RFC 5626 section 5.3, RFC 6026 section 6).

use crate::caller::{bench, call};
use crate::common::{ANSWER, contact_uri, from_callee, in_dialog, response};
use prackle::message::Name;

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

// RFC 7118 appendix B.1: the random host of its Via is all that is known of a caller that
// never registered.
#[test]
fn a_caller_that_comes_back_without_registering_keeps_its_call() {
    let mut bench = bench(&[2]);
    let invites = call(&mut bench, "", &[2]);
    let contact = format!("Contact: <{}>\r\n", contact_uri(2, "bob"));
    bench.send(2, &response(&invites[0], 183, "b", &contact, ""));
    let early = bench.status(1, 183);
    bench.close(1);
    bench.advance(5_000);
    bench.open(7);
    // Any request of it, even one that is refused, shows that it is back.
    bench.send(7, &in_dialog(1, "UPDATE", 2, &early, ""));
    bench.request(2, "UPDATE");
    bench.advance(60_000);
    bench.send(2, &response(&invites[0], 200, "b", &contact, ANSWER));
    let statuses: Vec<_> = std::iter::from_fn(|| bench.next(7)).filter_map(|response| response.status()).collect();
    assert_eq!(statuses, [100, 200], "the UPDATE's, the INVITE's");
    bench.send(2, &from_callee(2, "BYE", 1, &invites[0], "b"));
    bench.request(7, "BYE");
    bench.nothing(1);
}
