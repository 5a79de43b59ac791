//! The table against written messages, on a virtual clock.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::*;
use crate::message::{CSeq, Message, Method, Name};
use crate::random::Random;
use crate::time::{Duration, Timers};

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

#[test]
fn a_repeated_invite_meets_the_last_response() {
    let mut table = table();
    let id = admit(&mut table, 0, &INVITE);
    assert_eq!(table.flow_of(id), Some(FLOW));
    let repeat = |table: &mut Transactions, now, resend: Option<&[u8]>| {
        assert_eq!(table.receive(at(now), FlowId(8), &INVITE.request()), ServerVerdict::Repeated { id, resend });
    };
    repeat(&mut table, 1, None);
    for (status, frame) in [(100, b"100"), (183, b"183"), (180, b"180")] {
        table.respond(at(2), id, status, frame).unwrap();
        repeat(&mut table, 3, Some(frame));
    }
    table.respond(at(10), id, 486, b"486").unwrap();
    repeat(&mut table, 11, Some(b"486"));
    assert_eq!(table.receive(at(20), FLOW, &INVITE.method("ACK").request()), ServerVerdict::AckAbsorbed(id));
    assert_eq!(table.receive(at(21), FLOW, &INVITE.method("ACK").request()), ServerVerdict::AckAbsorbed(id));
    repeat(&mut table, 5_019, None);
    assert_eq!(expire_all(&mut table, 5_020), []);
    assert!(table.is_empty());
}

#[test]
fn an_accepted_invite_absorbs_invites_and_passes_acks_until_timer_l() {
    let mut table = table();
    let id = admit(&mut table, 0, &INVITE);
    table.respond(at(100), id, 200, b"200").unwrap();
    table.respond(at(600), id, 200, b"200").unwrap();
    assert_eq!(table.respond(at(700), id, 500, b"500"), Err(RespondError::FinalSent));
    let repeated = ServerVerdict::Repeated { id, resend: None };
    assert_eq!(table.receive(at(800), FLOW, &INVITE.request()), repeated);
    let own_branch = Written { method: "ACK", branch: Some("z9hG4bKack"), to_tag: "to", ..INVITE };
    assert_eq!(table.receive(at(900), FLOW, &own_branch.request()), ServerVerdict::Ack { invite: None });
    // Stacks exist that acknowledge a 2xx on the branch of the INVITE.
    let same_branch = Written { branch: INVITE.branch, ..own_branch };
    assert_eq!(table.receive(at(901), FLOW, &same_branch.request()), ServerVerdict::Ack { invite: Some(id) });
    assert_eq!(expire_all(&mut table, 32_099), []);
    assert_eq!(expire_all(&mut table, 32_100), [Expired::ServerEnded(id)]);
    assert_eq!(table.respond(at(32_101), id, 200, b"200"), Err(RespondError::Gone));
    assert!(table.is_empty());
}

#[test]
fn a_missing_ack_is_told_at_64_t1() {
    let mut table = table();
    let id = admit(&mut table, 0, &INVITE);
    assert_eq!(expire_all(&mut table, 199), []);
    assert_eq!(expire_all(&mut table, 200), [Expired::TryingDue(id)]);
    assert_eq!(expire_all(&mut table, 900_000), []);
    table.respond(at(900_000), id, 603, b"603").unwrap();
    assert_eq!(expire_all(&mut table, 931_999), []);
    assert_eq!(expire_all(&mut table, 932_000), [Expired::AckMissing(id)]);
    assert!(table.is_empty());
}

#[test]
fn other_requests_are_answered_in_time_or_not_at_all() {
    let mut table = table();
    let message = INVITE.method("MESSAGE");
    let id = admit(&mut table, 0, &message);
    assert_eq!(table.receive(at(1), FLOW, &message.request()), ServerVerdict::Repeated { id, resend: None });
    for status in [180, 199, 408] {
        assert_eq!(table.respond(at(2), id, status, b"no"), Err(RespondError::Forbidden));
    }
    assert_eq!(expire_all(&mut table, 3_499), []);
    assert_eq!(expire_all(&mut table, 3_500), [Expired::TryingDue(id)]);
    table.respond(at(3_500), id, 100, b"100").unwrap();
    let repeated = ServerVerdict::Repeated { id, resend: Some(b"100") };
    assert_eq!(table.receive(at(3_501), FLOW, &message.request()), repeated);
    assert_eq!(expire_all(&mut table, 31_999), []);
    assert_eq!(expire_all(&mut table, 32_000), [Expired::Unanswered(id)]);
    assert_eq!(table.respond(at(32_001), id, 200, b"200"), Err(RespondError::Gone));
}

// A UDP hop behind ours may double a PRACK long after its 200: it must meet the same 200.
#[test]
fn an_answered_request_is_remembered_for_64_t1() {
    let mut table = table();
    let prack = Written { method: "PRACK", to_tag: "to", cseq: 2, ..INVITE };
    let id = admit(&mut table, 0, &prack);
    table.respond(at(10), id, 200, b"200").unwrap();
    assert_eq!(table.respond(at(11), id, 481, b"481"), Err(RespondError::FinalSent));
    let repeated = ServerVerdict::Repeated { id, resend: Some(b"200") };
    assert_eq!(table.receive(at(32_009), FLOW, &prack.request()), repeated);
    assert_eq!(expire_all(&mut table, 32_010), []);
    assert!(table.is_empty());
    assert_ne!(admit(&mut table, 32_011, &prack), id);
}

// To the letter the first one has ended (Timer J is zero), so its branch may serve again.
#[test]
fn a_memory_does_not_hide_a_new_request_on_an_old_branch() {
    let mut table = table();
    let register = INVITE.method("REGISTER");
    let id = admit(&mut table, 0, &register);
    table.respond(at(1), id, 401, b"401").unwrap();
    let again = admit(&mut table, 2, &Written { cseq: 2, ..register.clone() });
    assert_ne!(again, id);
    assert_eq!(table.len(), 1);
    table.servers.check();
}

#[test]
fn memory_is_bounded() {
    let mut table = table();
    for number in 0..1000 {
        let branch = format!("z9hG4bK{number}");
        let request = Written { method: "OPTIONS", branch: Some(&branch), cseq: number, ..INVITE };
        let id = admit(&mut table, 0, &request);
        table.respond(at(0), id, 200, b"200").unwrap();
        assert!(table.len() <= 256);
    }
    table.servers.check();
    assert_eq!((table.len(), expire_all(&mut table, 32_000).len(), table.len()), (256, 0, 0));
}

#[test]
fn requests_are_told_apart_by_branch_sent_by_and_method() {
    let mut table = table();
    let first = admit(&mut table, 0, &INVITE);
    let same = [
        Written { sent_by: "PEER.Invalid", ..INVITE },
        Written { branch: Some("z9hG4bKone;rport;received=192.0.2.1"), ..INVITE },
    ];
    for written in &same {
        let verdict = table.receive(at(0), FLOW, &written.request());
        assert_eq!(verdict, ServerVerdict::Repeated { id: first, resend: None });
    }
    let others = [
        Written { branch: Some("z9hG4bKtwo"), call_id: "2", ..INVITE },
        Written { branch: Some("z9hG4bKONE"), call_id: "3", ..INVITE },
        Written { sent_by: "peer.invalid:5061", call_id: "4", ..INVITE },
        Written { sent_by: "other.invalid", call_id: "5", ..INVITE },
        INVITE.method("MESSAGE"),
        INVITE.method("message"),
    ];
    let ids: BTreeSet<_> = others.iter().map(|written| admit(&mut table, 0, written)).collect();
    assert_eq!(ids.len(), others.len());
}

// RFC 3261 section 9.2.
#[test]
fn a_cancel_finds_what_bears_its_branch() {
    let mut table = table();
    let invite = admit(&mut table, 0, &INVITE);
    let cancel = |table: &mut Transactions, written: &Written<'_>| {
        let verdict = table.receive(at(1), FLOW, &written.method("CANCEL").request());
        let ServerVerdict::Cancel { cancel, target } = verdict else { panic!("{verdict:?}") };
        (cancel, target)
    };
    let (first, target) = cancel(&mut table, &INVITE);
    assert_eq!(target, Some(invite));
    table.respond(at(2), first, 200, b"200").unwrap();
    let repeated = ServerVerdict::Repeated { id: first, resend: Some(b"200") };
    assert_eq!(table.receive(at(3), FLOW, &INVITE.method("CANCEL").request()), repeated);
    assert_eq!(cancel(&mut table, &Written { branch: Some("z9hG4bKstray"), ..INVITE }).1, None);
    assert_eq!(cancel(&mut table, &Written { sent_by: "other.invalid", ..INVITE }).1, None);
    let message = Written { method: "MESSAGE", branch: Some("z9hG4bKmessage"), call_id: "2", ..INVITE };
    let id = admit(&mut table, 4, &message);
    assert_eq!(cancel(&mut table, &message).1, Some(id));
}

// RFC 3261 section 8.2.2.2: one INVITE forked on its way reaches us twice.
#[test]
fn a_merged_request_is_told() {
    let mut table = table();
    let first = admit(&mut table, 0, &INVITE);
    let twin = Written { branch: Some("z9hG4bKtwin"), ..INVITE };
    let ServerVerdict::Merged(second) = table.receive(at(1), FLOW, &twin.request()) else { panic!() };
    table.respond(at(2), second, 482, b"482").unwrap();
    assert_eq!(table.receive(at(3), FLOW, &twin.method("ACK").request()), ServerVerdict::AckAbsorbed(second));
    // Each CANCEL belongs to its own INVITE, and is no copy of the other.
    for (written, target) in [(&INVITE, first), (&twin, second)] {
        let verdict = table.receive(at(4), FLOW, &written.method("CANCEL").request());
        assert!(matches!(verdict, ServerVerdict::Cancel { target: Some(id), .. } if id == target));
    }
    let others = [
        Written { branch: Some("z9hG4bKa"), cseq: 2, ..INVITE },
        Written { branch: Some("z9hG4bKb"), from_tag: "other", ..INVITE },
        Written { branch: Some("z9hG4bKc"), call_id: "other", ..INVITE },
        Written { branch: Some("z9hG4bKd"), to_tag: "to", ..INVITE },
        Written { branch: Some("z9hG4bKe"), method: "OPTIONS", ..INVITE },
    ];
    for written in &others {
        admit(&mut table, 5, written);
    }
}

// RFC 3261 section 17.2.3, second half: RFC 2543 knew no branches.
#[test]
fn requests_of_rfc_2543_are_matched_by_what_they_say() {
    for branch in [None, Some("1"), Some("z9hG4bK")] {
        let invite = Written { branch, ..INVITE };
        let mut table = table();
        let id = admit(&mut table, 0, &invite);
        let repeated = ServerVerdict::Repeated { id, resend: None };
        assert_eq!(table.receive(at(1), FLOW, &invite.request()), repeated);
        let cancel = table.receive(at(2), FLOW, &invite.method("CANCEL").request());
        assert!(matches!(cancel, ServerVerdict::Cancel { target: Some(target), .. } if target == id));
        for (number, other) in [
            Written { uri: "sip:carol@biloxi.example", from_tag: "1", ..invite.clone() },
            Written { from_tag: "2", ..invite.clone() },
            Written { call_id: "3", ..invite.clone() },
            Written { cseq: 4, ..invite.clone() },
            Written { to_tag: "5", ..invite.clone() },
            Written { sent_by: "other.invalid", from_tag: "6", ..invite.clone() },
            Written { method: "BYE", ..invite.clone() },
        ]
        .iter()
        .enumerate()
        {
            let verdict = table.receive(at(3), FLOW, &other.request());
            assert!(matches!(verdict, ServerVerdict::New(_)), "{number}: {verdict:?}");
        }
        let rejection = Written { to_tag: "ours", ..invite.clone() };
        table.respond(at(4), id, 486, rejection.response(486).octets()).unwrap();
        let foreign = Written { to_tag: "another", ..invite.method("ACK") };
        assert_eq!(table.receive(at(5), FLOW, &foreign.request()), ServerVerdict::Ack { invite: None });
        assert_eq!(table.receive(at(6), FLOW, &rejection.method("ACK").request()), ServerVerdict::AckAbsorbed(id));
        table.servers.check();
    }
}

// RFC 6026 section 6: in Accepted even such an ACK is for the user of the transaction.
#[test]
fn the_ack_of_rfc_2543_for_a_2xx_is_passed() {
    let mut table = table();
    let invite = Written { branch: None, ..INVITE };
    let id = admit(&mut table, 0, &invite);
    let answer = Written { to_tag: "ours", ..invite.clone() };
    table.respond(at(1), id, 200, answer.response(200).octets()).unwrap();
    let ack = answer.method("ACK");
    assert_eq!(table.receive(at(2), FLOW, &ack.request()), ServerVerdict::Ack { invite: Some(id) });
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

/// What the user of the table believes, and asserts against it, in a random run.
struct Run {
    table: Transactions,
    random: Random,
    now: u64,
    clients: BTreeMap<ClientId, (String, &'static str)>,
    servers: BTreeMap<ServerId, (String, &'static str)>,
    ended: usize,
}

const METHODS: [&str; 4] = ["INVITE", "MESSAGE", "PRACK", "REGISTER"];
const STATUSES: [u16; 8] = [100, 180, 183, 200, 202, 302, 408, 486];

impl Run {
    fn new(seed: u8) -> Self {
        Self {
            table: table(),
            random: Random::new([seed; 32]),
            now: 0,
            clients: BTreeMap::new(),
            servers: BTreeMap::new(),
            ended: 0,
        }
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.random.below(u32::try_from(of.len()).unwrap()) as usize]
    }

    /// One of few branches, so that collisions of every kind happen.
    fn branch(&mut self) -> String {
        format!("z9hG4bK{}", self.random.below(12))
    }

    fn turn(&mut self) {
        match self.random.below(8) {
            0 => self.send(),
            1 | 2 => self.hear_response(),
            3 | 4 => self.hear_request(),
            5 => self.respond(),
            6 => self.now += u64::from(self.random.below(100)),
            _ => self.now += u64::from(self.random.below(20_000)),
        }
        self.expire();
        self.table.clients.check();
        self.table.servers.check();
        assert!(self.table.remembered.len() <= 256);
        assert!(self.table.deadline().is_none_or(|deadline| deadline > at(self.now)));
    }

    fn send(&mut self) {
        let (method, branch) = (self.pick(&METHODS), self.random.token(8));
        let id = if method == "INVITE" {
            invite(&mut self.table, self.now, &branch)
        } else {
            request(&mut self.table, self.now, &branch, 1, method)
        };
        assert!(self.clients.insert(id, (branch, method)).is_none());
    }

    fn hear_response(&mut self) {
        let ids: Vec<_> = self.clients.keys().copied().collect();
        if ids.is_empty() {
            return;
        }
        let (id, status) = (self.pick(&ids), self.pick(&STATUSES));
        let (branch, method) = self.clients[&id].clone();
        let response = Written { method, branch: Some(&branch), ..INVITE }.response(status);
        match self.table.response(at(self.now), &response) {
            ClientVerdict::Pass(passed) => {
                assert_eq!(passed, id);
                assert!(status < 300 || method != "INVITE");
                if status >= 200 && method != "INVITE" {
                    self.forget_client(id);
                }
            }
            ClientVerdict::PassLate(passed) => assert_eq!((passed, method), (id, "INVITE")),
            ClientVerdict::PassAndAck { id: passed, .. } => {
                assert_eq!((passed, method, status >= 300), (id, "INVITE", true));
                self.forget_client(id);
            }
            ClientVerdict::Absorbed(absorbed) => assert_eq!(absorbed, id),
            ClientVerdict::Unmatched => panic!("{id:?} is open"),
        }
        if !self.clients.contains_key(&id) {
            assert_eq!(self.table.response(at(self.now), &response), ClientVerdict::Unmatched);
        }
    }

    fn hear_request(&mut self) {
        let method = self.pick(&["INVITE", "INVITE", "MESSAGE", "PRACK", "ACK", "CANCEL"]);
        let (branch, call_id) = (self.branch(), self.random.below(4).to_string());
        let cseq = 1 + self.random.below(2);
        let written = Written { method, branch: Some(&branch), call_id: &call_id, cseq, ..INVITE };
        let (id, method) = match self.table.receive(at(self.now), FLOW, &written.request()) {
            ServerVerdict::New(id) | ServerVerdict::Merged(id) => {
                (id, if method == "INVITE" { method } else { "other" })
            }
            ServerVerdict::Cancel { cancel, target } => {
                assert!(target.is_none_or(|target| target != cancel));
                (cancel, "other")
            }
            ServerVerdict::Repeated { id, .. } => return assert!(self.table.flow_of(id).is_some()),
            ServerVerdict::AckAbsorbed(_) | ServerVerdict::Ack { .. } => return assert_eq!(method, "ACK"),
        };
        assert!(self.servers.insert(id, (branch, method)).is_none(), "a handle is never used again");
    }

    fn respond(&mut self) {
        let ids: Vec<_> = self.servers.keys().copied().collect();
        if ids.is_empty() {
            return;
        }
        let (id, status) = (self.pick(&ids), self.pick(&STATUSES));
        let (now, is_invite) = (at(self.now), self.servers[&id].1 == "INVITE");
        match self.table.respond(now, id, status, b"response") {
            Ok(()) => assert!(is_invite || status == 100 || (status >= 200 && status != 408)),
            Err(RespondError::Forbidden) => assert!(!is_invite),
            Err(RespondError::FinalSent | RespondError::Gone) => {}
        }
        if self.table.flow_of(id).is_none() {
            self.servers.remove(&id);
        }
    }

    fn expire(&mut self) {
        while let Some(expired) = self.table.expire(at(self.now)) {
            match expired {
                Expired::ClientTimeout(id) => self.forget_client(id),
                Expired::ClientEnded(id) => self.forget_client(id),
                Expired::TryingDue(id) => assert!(self.servers.contains_key(&id)),
                Expired::Unanswered(id) | Expired::AckMissing(id) | Expired::ServerEnded(id) => {
                    assert!(self.servers.remove(&id).is_some(), "{id:?} ends twice");
                }
            }
        }
    }

    fn forget_client(&mut self, id: ClientId) {
        assert!(self.clients.remove(&id).is_some(), "{id:?} ends twice");
        self.ended += 1;
    }

    /// Answers or abandons what rings; the rest must end by its timers.
    fn finish(mut self) {
        for id in core::mem::take(&mut self.clients).into_keys() {
            self.table.abandon(id);
        }
        for id in self.servers.keys() {
            let _ = self.table.respond(at(self.now), *id, 486, b"486");
        }
        self.now += Duration::from_secs(32).as_millis();
        self.expire();
        assert!(self.table.is_empty() && self.table.deadline().is_none());
        self.table.clients.check();
        self.table.servers.check();
    }
}

#[test]
fn random_interleavings_end_with_an_empty_table() {
    for seed in 0..20 {
        let mut run = Run::new(seed);
        for _ in 0..3_000 {
            run.turn();
        }
        assert!(run.ended > 100);
        run.finish();
    }
}
