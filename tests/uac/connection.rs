//! The connection is lost in an outgoing call, and comes back or not (`P-147`, `P-148`).

use super::caller::{ANSWER, Caller, OFFER, TARGET, contact, rack};
use prackle::message::{Message, Name};
use prackle::protocol::{CallId, CallOptions, Cause, Command, Event, RefusalCode, RequestOptions};

/// One reliable 180 is acknowledged, RSeq 100, at 0 s.
fn ringing() -> Caller {
    let mut alice = Caller::calling();
    alice.reliable(180, "a", 100, "");
    assert_eq!(alice.take(), ["PRACK 100", "<progress 180 rel>"]);
    alice
}

fn reconnecting(alice: &Caller) -> Vec<bool> {
    let told = alice.events().iter().filter_map(|event| match event {
        Event::Reconnecting { lost, .. } => Some(*lost),
        _ => None,
    });
    told.collect()
}

/// The registrar grants what was asked for last.
fn register(alice: &mut Caller) {
    let granted = format!("{}: {}\r\n", "Contact", alice.request_sent("REGISTER").header(Name::Contact).unwrap_or(""));
    alice.answer("REGISTER", 200, &granted, "");
}

// The PRACK was not sent again: where the connection had taken it along, the call ended for it.
#[test]
fn p_147_registered_first_then_acknowledged_anew() {
    let mut alice = Caller::new();
    let request = alice.next_request();
    alice.command(Command::Register { request, expires: None, headers: Vec::new() });
    register(&mut alice);
    alice.take();
    let mut alice = alice.called(CallOptions::default());
    alice.reliable(183, "a", 100, ANSWER);
    let first = alice.request_sent("PRACK");
    alice.take();
    alice.lose_connection();
    alice.until(5000);
    alice.take();
    alice.restore_connection();
    assert_eq!(alice.take(), ["REGISTER", "<registration>", "PRACK 100"]);
    let second = alice.last();
    assert_eq!((second.cseq().number, rack(&second), second.body()), (3, rack(&first), first.body()));
    assert_ne!(second.via().branch(), first.via().branch());
    // The host in Via, and with it our Contact, is the same as before (RFC 7118 section 5).
    let host = |prack: &Message| prack.header(Name::Via).map(|via| via.split(';').next().unwrap_or("").to_owned());
    assert_eq!(host(&second), host(&first));
    assert_eq!(reconnecting(&alice), [true, false]);
    register(&mut alice);
    alice.take();
    alice.answer("PRACK", 481, "", "");
    assert_eq!(alice.take(), ["<prackresponse 100>"]);
    alice.ok("a", "");
    assert_eq!(alice.take(), ["ACK", "<accepted>", "<confirmed>"]);
}

#[test]
fn an_answered_prack_is_not_sent_anew() {
    let mut alice = ringing();
    alice.answer("PRACK", 200, "", "");
    alice.lose_connection();
    alice.restore_connection();
    assert_eq!(alice.take(), ["<prackresponse 100>"]);
}

#[test]
fn p_148_lost_for_good() {
    let mut alice = ringing();
    alice.until(1000);
    alice.lose_connection();
    alice.until(32_999);
    assert_eq!(alice.take(), [""; 0], "a PRACK without an answer does not end it");
    alice.until(33_000);
    assert_eq!(alice.take(), ["<ended Connection>"]);
    alice.finish();
}

// An INVITE that was lost with its connection, or made while there was none, was never sent
// again: the call tried for 32 s, and failed with 408.
#[test]
fn lost_before_any_response() {
    let mut alice = Caller::calling();
    alice.lose_connection();
    alice.until(3000);
    alice.restore_connection();
    assert_eq!(alice.take(), ["INVITE sdp"]);
    let invites = alice.requests_sent("INVITE");
    assert_eq!(invites[0].octets(), invites[1].octets());
    // The response finds its INVITE by the branch.
    alice.unreliable(180, "a", "");
    assert_eq!(alice.take(), ["<progress 180>"]);
    alice.ok("a", ANSWER);
    assert_eq!(alice.take(), ["ACK", "<remote>", "<accepted>", "<confirmed>"]);
}

#[test]
fn lost_while_talking() {
    let mut alice = Caller::confirmed("a");
    alice.lose_connection();
    alice.until(600_000);
    alice.restore_connection();
    assert_eq!(alice.take(), [""; 0]);
    assert_eq!(alice.end(), None);
    alice.hangup();
    assert_eq!(alice.take(), ["BYE", "<ended Bye>"]);
}

// The BYE went nowhere: the callee talked on to nobody.
#[test]
fn hung_up_without_a_connection() {
    let mut alice = Caller::confirmed("a");
    alice.lose_connection();
    alice.hangup();
    assert_eq!(alice.take(), ["<ended Bye>"]);
    alice.until(5000);
    alice.restore_connection();
    assert_eq!(alice.take(), ["BYE"]);
    alice.answer("BYE", 200, "", "");
    alice.finish();
}

// The response was lost with the connection. After 32 s its absence was taken for the end of
// the dialog at the peer, and ended a call that had long recovered.
#[test]
fn an_info_is_lost_and_the_call_is_not() {
    let mut alice = Caller::confirmed("a");
    let (call, request) = (alice.call, alice.next_request());
    let info = Command::Info { call, request, options: RequestOptions::default() };
    alice.command(info.clone());
    alice.lose_connection();
    assert_eq!(alice.take(), ["INFO", "<failed 1 Connection>"]);
    assert_eq!(alice.try_command(info.clone()).map_err(|refusal| refusal.code), Err(RefusalCode::NotConnected));
    alice.restore_connection();
    // The answer may come all the same; nobody waits for it.
    alice.answer("INFO", 481, "", "");
    alice.until(100_000);
    assert_eq!(alice.take(), [""; 0]);
    alice.command(info);
    assert_eq!(alice.take(), ["INFO"]);
}

#[test]
fn a_reinvite_is_lost_and_the_call_is_not() {
    let mut alice = Caller::confirmed("a");
    let (call, request) = (alice.call, alice.next_request());
    let renegotiate = Command::Renegotiate { call, request };
    alice.command(renegotiate.clone());
    alice.describe(OFFER);
    let lost = alice.last();
    alice.lose_connection();
    assert_eq!(alice.take(), ["<describe>", "INVITE sdp", "<rollback>", "<failed 1 Connection>"]);
    let refused = alice.try_command(renegotiate.clone()).map_err(|refusal| refusal.code);
    assert_eq!(refused, Err(RefusalCode::NotConnected));
    alice.until(5000);
    alice.restore_connection();
    // It had arrived: its 2xx wants an ACK, and means nothing any more.
    alice.respond(&lost, 200, &contact("a"), ANSWER);
    assert_eq!(alice.take(), ["ACK"]);
    alice.command(renegotiate);
    alice.describe(OFFER);
    alice.ok("a", ANSWER);
    assert_eq!(alice.take(), ["<describe>", "INVITE sdp", "ACK", "<remote>", "<updated>", "<settled 1>"]);
    alice.until(100_000);
    assert_eq!((alice.take(), alice.end()), (vec![], None));
}

#[test]
fn a_reinvite_whose_offer_comes_too_late_for_the_connection() {
    let mut alice = Caller::confirmed("a");
    let (call, request) = (alice.call, alice.next_request());
    alice.command(Command::Renegotiate { call, request });
    alice.lose_connection();
    alice.describe(OFFER);
    assert_eq!(alice.take(), ["<describe>", "<rollback>", "<failed 1 Connection>"]);
}

#[test]
fn a_prack_of_an_answered_call_waits_for_the_connection() {
    let mut alice = ringing();
    alice.ok("a", ANSWER);
    alice.take();
    alice.lose_connection();
    alice.until(60_000);
    assert_eq!(alice.take(), [""; 0]);
    alice.restore_connection();
    assert_eq!(alice.take(), ["PRACK 100"]);
    alice.answer("PRACK", 481, "", "");
    assert_eq!(alice.take(), ["<prackresponse 100>"]);
}

#[test]
fn cancelled_without_a_connection() {
    let mut alice = ringing();
    alice.lose_connection();
    alice.hangup();
    assert_eq!(alice.take(), [""; 0]);
    alice.until(5000);
    alice.restore_connection();
    assert_eq!(alice.take(), ["PRACK 100", "CANCEL"]);
    let (cancel, invite) = (alice.last(), alice.request_sent("INVITE"));
    assert_eq!((cancel.via().branch(), cancel.cseq().number), (invite.via().branch(), 1));
    alice.answer("CANCEL", 200, "", "");
    alice.answer("PRACK", 200, "", "");
    alice.take();
    alice.reply(487, "a", "", "");
    assert_eq!(alice.take(), ["ACK", "<ended Cancelled 487>"]);
    alice.finish();
}

#[test]
fn the_487_came_while_it_was_lost() {
    let mut alice = ringing();
    alice.hangup();
    alice.take();
    alice.lose_connection();
    alice.until(31_999);
    assert_eq!(alice.end(), None);
    alice.until(32_000);
    assert_eq!(alice.end(), Some((Cause::Cancelled, None)));
    alice.take();
    alice.finish();
}

#[test]
fn no_call_without_a_connection() {
    let mut alice = Caller::new();
    alice.lose_connection();
    let command = Command::Call { call: CallId(1), target: TARGET.to_owned(), options: CallOptions::default() };
    let refused = alice.try_command(command).map_err(|refusal| refusal.code);
    assert_eq!(refused, Err(RefusalCode::NotConnected));
    assert_eq!(alice.agent.load(), 0);
}

#[test]
fn the_offer_came_while_it_was_lost() {
    let mut alice = Caller::new();
    alice.dial(TARGET, CallOptions::default());
    alice.lose_connection();
    alice.describe(OFFER);
    assert_eq!(alice.take(), ["<describe>"]);
    alice.pass(2000);
    alice.restore_connection();
    assert_eq!(alice.take(), ["INVITE sdp"]);
    alice.reply(486, "a", "", "");
    assert_eq!(alice.take(), ["ACK", "<ended Busy 486>"]);
    assert_eq!(alice.last().header(Name::Via), alice.request_sent("INVITE").header(Name::Via));
}
