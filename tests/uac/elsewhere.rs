//! The connection of an outgoing call comes back to another server, or too late (RFC 3261
//! sections 9.1, 15 and 18.2.2, RFC 3263 section 4.3, RFC 5626 section 4.5).

use super::caller::{ANSWER, Caller, OFFER, TARGET, contact};
use prackle::protocol::{CallOptions, Cause, Command, Config, Event, Media, Server};

const FIRST: &str = "wss://one.example.com";
const SECOND: &str = "wss://two.example.com";

fn two_servers(config: &mut Config) {
    let server = |url: &str, priority| Server { url: url.to_owned(), priority: Some(priority), weight: None };
    config.servers = vec![server(FIRST, 1), server(SECOND, 2)];
}

/// Calls over the first of two servers.
fn calling() -> Caller {
    Caller::with(two_servers).called(CallOptions::default())
}

/// One reliable 180 of callee `a` is acknowledged, RSeq 100, at 0 s.
fn ringing() -> Caller {
    let mut alice = calling();
    alice.reliable(180, "a", 100, "");
    assert_eq!(alice.take(), ["PRACK 100", "<progress 180 rel>"]);
    alice
}

/// The same, and the connection is now one to the other server.
fn elsewhere() -> Caller {
    let mut alice = ringing();
    alice.answer("PRACK", 200, "", "");
    alice.take();
    alice.lose_connection();
    restore_elsewhere(&mut alice);
    alice
}

/// Back to the server that was lost.
fn restore_home(alice: &mut Caller) {
    restore(alice, SECOND, FIRST);
}

/// Over to the other server.
fn restore_elsewhere(alice: &mut Caller) {
    restore(alice, FIRST, SECOND);
}

fn restore(alice: &mut Caller, down: &str, up: &str) {
    alice.down = vec![down.to_owned()];
    alice.restore_connection();
    assert_eq!(server(alice), up);
}

/// The server of the last connection.
fn server(alice: &Caller) -> String {
    let connected = alice.events().iter().rev().find_map(|event| match event {
        Event::Connection { state: prackle::protocol::ConnectionState::Connected, server, .. } => server.clone(),
        _ => None,
    });
    connected.expect("a connection")
}

// Nothing had come back. The double went to another server under the same branch, as if that
// had seen the first one.
#[test]
fn an_invite_without_a_response_is_a_new_one_for_another_server() {
    let mut alice = calling();
    let first = alice.last();
    alice.lose_connection();
    alice.pass(3000);
    restore_elsewhere(&mut alice);
    assert_eq!(alice.take(), ["INVITE sdp"]);
    let second = alice.last();
    assert_ne!(second.via().branch(), first.via().branch());
    assert_eq!((second.cseq().number, second.call_id()), (first.cseq().number, first.call_id()));
    assert_eq!((second.from_tag(), second.body()), (first.from_tag(), first.body()));
    // What the first server still says finds nobody.
    alice.respond(&first, 486, "", "");
    assert_eq!(alice.take(), [""; 0]);
    alice.reliable(180, "a", 7, "");
    alice.ok("a", ANSWER);
    let expected = ["PRACK 7", "<progress 180 rel>", "ACK", "<remote>", "<accepted>", "<confirmed>"];
    assert_eq!(alice.take(), expected);
}

#[test]
fn an_invite_that_was_given_up_is_not_made_anew() {
    let mut alice = calling();
    alice.hangup();
    alice.lose_connection();
    assert_eq!(alice.take(), [""; 0]);
    restore_elsewhere(&mut alice);
    assert_eq!(alice.take(), ["<ended Cancelled>"]);
    alice.finish();
}

// Timer B fired while there was no connection: the call failed with 408, although nobody
// could have answered.
#[test]
fn no_timer_b_without_a_connection() {
    let mut alice = Caller::calling();
    let first = alice.last();
    alice.until(10_000);
    alice.lose_connection();
    alice.until(41_999);
    assert_eq!((alice.take(), alice.end()), (vec![], None));
    alice.restore_connection();
    assert_eq!(alice.take(), ["INVITE sdp"]);
    let second = alice.last();
    assert_ne!(second.via().branch(), first.via().branch(), "its transaction is over");
    alice.ok("a", ANSWER);
    assert_eq!(alice.take(), ["ACK", "<remote>", "<accepted>", "<confirmed>"]);
    let mut bob = Caller::calling();
    bob.until(10_000);
    bob.lose_connection();
    bob.until(42_000);
    assert_eq!(bob.take(), ["<ended Connection>"]);
    bob.finish();
}

// Dialogs are end to end: their requests find their way from any server (RFC 3261 section 12.2).
#[test]
fn pracks_go_by_another_server_as_well() {
    let mut alice = ringing();
    alice.lose_connection();
    restore_elsewhere(&mut alice);
    assert_eq!(alice.take(), ["PRACK 100"]);
    alice.answer("PRACK", 200, "", "");
    assert_eq!(alice.take(), ["<prackresponse 100>"]);
}

// Its responses come to the first server, which has no connection to bring them by: the call
// seemed to ring for ever.
#[test]
fn the_invite_is_waited_for_as_long_as_without_a_connection() {
    let mut alice = elsewhere();
    alice.until(31_999);
    assert_eq!((alice.take(), alice.end()), (vec![], None));
    alice.until(32_000);
    assert_eq!(alice.take(), ["BYE", "<ended Connection>"], "the server that could be told has no connection");
    let bye = alice.last();
    assert_eq!((bye.to_tag(), bye.uri(), bye.cseq().number), (Some("a"), "sip:bob@a.invalid", 3));
    alice.answer("BYE", 200, "", "");
    alice.finish();
}

// One proxy behind two names: it finds us by the host in our Via.
#[test]
fn a_response_that_finds_us_says_that_all_is_well() {
    let mut alice = elsewhere();
    alice.unreliable(180, "a", "");
    assert_eq!(alice.take(), ["<progress 180>"]);
    alice.until(100_000);
    assert_eq!((alice.take(), alice.end()), (vec![], None));
    alice.hangup();
    assert_eq!(alice.take(), ["CANCEL"]);
    alice.reply(487, "a", "", "");
    assert_eq!(alice.take(), ["ACK", "<ended Cancelled 487>"]);
    alice.finish();
}

#[test]
fn back_home_in_time() {
    let mut alice = elsewhere();
    alice.until(5000);
    alice.lose_connection();
    alice.until(10_000);
    restore_home(&mut alice);
    alice.until(100_000);
    assert_eq!((alice.take(), alice.end()), (vec![], None));
    alice.ok("a", ANSWER);
    assert_eq!(alice.take(), ["ACK", "<remote>", "<accepted>", "<confirmed>"]);
}

// The time runs from the loss of the connection that brought the INVITE.
#[test]
fn another_server_is_no_prolongation() {
    let mut alice = elsewhere();
    alice.until(20_000);
    alice.lose_connection();
    alice.until(32_000);
    assert_eq!(alice.take(), ["<ended Connection>"]);
    alice.until(40_000);
    restore_home(&mut alice);
    assert_eq!(alice.take(), ["CANCEL"]);
}

// RFC 3261 section 9.1: a CANCEL goes where the INVITE went, and nowhere else.
#[test]
fn hung_up_elsewhere() {
    let mut alice = elsewhere();
    alice.hangup();
    assert_eq!(alice.take(), ["BYE", "<ended Cancelled>"]);
    alice.answer("BYE", 200, "", "");
    alice.finish();
}

#[test]
fn hung_up_elsewhere_and_answered() {
    let mut alice = elsewhere();
    alice.hangup();
    alice.take();
    alice.ok("a", ANSWER);
    assert_eq!(alice.take(), ["ACK"], "the BYE has been sent");
    alice.ok("a", ANSWER);
    assert_eq!(alice.take(), ["ACK"]);
    alice.ok("c", ANSWER);
    assert_eq!(alice.take(), ["ACK", "BYE"]);
    alice.finish();
}

#[test]
fn hung_up_elsewhere_with_nobody_to_tell() {
    let mut alice = calling();
    alice.reply(100, "", "", "");
    alice.reply(180, "", "", "");
    alice.take();
    alice.lose_connection();
    restore_elsewhere(&mut alice);
    alice.hangup();
    assert_eq!(alice.take(), ["<ended Cancelled>"]);
    alice.finish();
}

#[test]
fn hung_up_before_the_connection_was_one_to_another_server() {
    let mut alice = ringing();
    alice.unreliable(180, "b", "");
    alice.reliable(199, "b", 7, "");
    alice.take();
    alice.lose_connection();
    alice.hangup();
    restore_elsewhere(&mut alice);
    let seen = alice.take();
    assert_eq!(seen, ["PRACK 100", "PRACK 7", "BYE", "<ended Cancelled>"], "callee b is gone already");
    assert_eq!(alice.last().to_tag(), Some("a"));
}

#[test]
fn a_cancel_that_was_on_its_way_is_a_bye_from_elsewhere() {
    let mut alice = ringing();
    alice.answer("PRACK", 200, "", "");
    alice.hangup();
    assert_eq!(alice.take(), ["<prackresponse 100>", "CANCEL"]);
    alice.lose_connection();
    restore_elsewhere(&mut alice);
    assert_eq!(alice.take(), ["BYE", "<ended Cancelled>"]);
    alice.answer("BYE", 200, "", "");
    alice.finish();
}

// A server that was started again knows nothing of the INVITE; the callee rings on.
#[test]
fn the_server_has_forgotten_the_invite() {
    let mut alice = ringing();
    alice.answer("PRACK", 200, "", "");
    alice.unreliable(180, "b", "");
    alice.hangup();
    alice.take();
    alice.answer("CANCEL", 481, "", "");
    assert_eq!(alice.take(), ["BYE", "BYE", "<ended Cancelled>"]);
    alice.answer("BYE", 481, "", "");
    let first = alice.requests_sent("BYE").remove(0);
    alice.respond(&first, 200, "", "");
    alice.finish();
}

#[test]
fn an_answered_cancel_is_not_sent_again() {
    let mut alice = ringing();
    alice.hangup();
    alice.answer("CANCEL", 200, "", "");
    alice.answer("PRACK", 200, "", "");
    alice.take();
    alice.lose_connection();
    restore_home(&mut alice);
    assert_eq!(alice.take(), [""; 0]);
    alice.reply(487, "a", "", "");
    assert_eq!(alice.take(), ["ACK", "<ended Cancelled 487>"]);
    alice.finish();
}

/// The connection has been lost for too long.
fn stranded() -> Caller {
    let mut alice = ringing();
    alice.lose_connection();
    alice.until(32_000);
    assert_eq!(alice.take(), ["<ended Connection>"]);
    alice
}

#[test]
fn too_late_and_answered() {
    let mut alice = stranded();
    restore_home(&mut alice);
    alice.take();
    alice.ok("a", ANSWER);
    assert_eq!(alice.take(), ["ACK", "BYE"]);
    alice.ok("b", ANSWER);
    assert_eq!(alice.take(), ["ACK", "BYE"]);
    alice.finish();
}

#[test]
fn too_late_and_rejected() {
    let mut alice = stranded();
    restore_home(&mut alice);
    alice.take();
    alice.reply(486, "a", "", "");
    assert_eq!(alice.take(), ["ACK"]);
    alice.finish();
}

#[test]
fn too_late_and_elsewhere() {
    let mut alice = stranded();
    restore_elsewhere(&mut alice);
    assert_eq!((alice.take(), alice.last().cseq().number), (vec!["BYE".to_owned()], 3));
    alice.finish();
}

#[test]
fn what_still_comes_too_late_has_no_effect() {
    let mut alice = stranded();
    alice.until(40_000);
    restore_home(&mut alice);
    alice.take();
    alice.peer.tag = "a".into();
    alice.request("UPDATE", &contact("a"), OFFER);
    // The CANCEL may lose against a 2xx: reliable responses have their PRACK all the same.
    alice.reliable(183, "a", 101, ANSWER);
    assert_eq!(alice.take(), ["481 UPDATE", "PRACK 101"]);
    alice.finish();
}

#[test]
fn the_application_cannot_end_it_twice() {
    let mut alice = stranded();
    alice.hangup();
    assert_eq!(alice.take(), [""; 0]);
    alice.command(Command::Disconnect);
    assert_eq!(alice.agent.load(), 0);
}

#[test]
fn a_dialog_without_an_offer_of_ours_too() {
    let mut alice = Caller::with(two_servers);
    alice.dial(TARGET, CallOptions { media: Media::Offerless, ..CallOptions::default() });
    alice.reliable(183, "a", 7, OFFER);
    alice.take();
    alice.lose_connection();
    alice.until(10_000);
    restore_elsewhere(&mut alice);
    assert_eq!(alice.take(), [""; 0]);
    alice.until(20_000);
    assert_eq!(alice.take(), ["PRACK 7 sdp", "BYE", "<ended MediaTimeout>"]);
    assert_eq!(alice.end(), Some((Cause::MediaTimeout, None)));
}
