//! The table against written messages, on a virtual clock.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::*;
use crate::message::{CSeq, Message, Method};
use crate::time::Timers;

mod clients;
mod random;
mod servers;

const FLOW: FlowId = FlowId(7);

fn at(millis: u64) -> Instant {
    Instant::from_millis(millis)
}

fn table() -> Transactions {
    Transactions::new(Timers::default())
}

/// What is put into a written message; the rest is the same in all of them.
#[derive(Clone)]
struct Written<'a> {
    method: &'a str,
    /// `None` leaves the parameter out.
    branch: Option<&'a str>,
    sent_by: &'a str,
    cseq: u32,
    from_tag: &'a str,
    to_tag: &'a str,
    call_id: &'a str,
    uri: &'a str,
}

const INVITE: Written<'static> = Written {
    method: "INVITE",
    branch: Some("z9hG4bKone"),
    sent_by: "peer.invalid",
    cseq: 1,
    from_tag: "from",
    to_tag: "",
    call_id: "call@peer.invalid",
    uri: "sip:bob@biloxi.example",
};

impl Written<'_> {
    fn request(&self) -> Message {
        let Self { method, uri, .. } = self;
        self.message(&format!("{method} {uri} SIP/2.0\r\nMax-Forwards: 70\r\n"))
    }

    fn response(&self, status: u16) -> Message {
        self.message(&format!("SIP/2.0 {status} Whatever\r\n"))
    }

    fn message(&self, start: &str) -> Message {
        let Self { method, sent_by, cseq, from_tag, to_tag, call_id, .. } = self;
        let branch = self.branch.map(|branch| format!(";branch={branch}")).unwrap_or_default();
        let tag = if to_tag.is_empty() { String::new() } else { format!(";tag={to_tag}") };
        let text = format!(
            "{start}Via: SIP/2.0/WSS {sent_by}{branch}\r\nFrom: <sip:alice@atlanta.example>;tag={from_tag}\r\n\
             To: Bob <sip:bob@biloxi.example>{tag}\r\nCall-ID: {call_id}\r\nCSeq: {cseq} {method}\r\n\
             Content-Length: 0\r\n\r\n"
        );
        Message::parse(text.as_bytes()).unwrap_or_else(|_| panic!("malformed: {text}"))
    }

    fn method<'b>(&'b self, method: &'b str) -> Written<'b> {
        Written { method, ..self.clone() }
    }
}

/// Begins the client transaction of an INVITE with `branch`.
fn invite(table: &mut Transactions, now: u64, branch: &str) -> ClientId {
    let invite = Written { branch: Some(branch), ..INVITE };
    table.invite(at(now), FLOW, invite.request().octets()).unwrap()
}

fn request(table: &mut Transactions, now: u64, branch: &str, number: u32, method: &str) -> ClientId {
    table.request(at(now), FLOW, branch, CSeq { number, method: Method::new(method) })
}

/// Receives a request that must be new.
fn admit(table: &mut Transactions, now: u64, written: &Written<'_>) -> ServerId {
    let verdict = table.receive(at(now), FLOW, &written.request());
    let ServerVerdict::New(id) = verdict else { panic!("{verdict:?}") };
    id
}

fn expire_all(table: &mut Transactions, now: u64) -> Vec<Expired> {
    core::iter::from_fn(|| table.expire(at(now))).collect()
}

#[test]
fn ten_thousand_open_transactions_are_told_apart() {
    let mut table = table();
    let branches: Vec<String> = (0..10_000).map(|number| format!("z9hG4bK{number}")).collect();
    let written = |branch| Written { branch: Some(branch), call_id: branch, ..INVITE };
    let clients: Vec<_> = branches.iter().map(|branch| invite(&mut table, 0, branch)).collect();
    let servers: Vec<_> = branches.iter().map(|branch| admit(&mut table, 0, &written(branch))).collect();
    for (branch, (client, server)) in branches.iter().zip(clients.into_iter().zip(servers)) {
        assert_eq!(table.response(at(1), &written(branch).response(180)), ClientVerdict::Pass(client));
        let repeated = ServerVerdict::Repeated { id: server, resend: None };
        assert_eq!(table.receive(at(1), FLOW, &written(branch).request()), repeated);
    }
    assert_eq!((table.len(), expire_all(&mut table, 200).len()), (20_000, 10_000));
}
