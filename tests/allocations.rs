//! How often the allocator is asked while a message of an established call is taken: parsed,
//! matched, answered and told to the application. The numbers are exact and stand here, so that
//! whoever adds one sees it; where they have shrunk the test says so, and this table is to follow.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail")]

use prackle::agent::{FlowId, Input, Output, UserAgent};
use prackle::message::Message;
use prackle::protocol::{Answer, CallId, CallOptions, Command, Config, Event, Progress, RequestNumber};
use prackle::time::{Duration, Instant};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// What is received, and how often memory is asked for, at most.
const KINDS: [(&str, usize); 14] = [
    ("INVITE -> event", 15),
    ("OPTIONS -> 200", 7),
    ("INFO -> 200, event", 7),
    ("UPDATE that refreshes -> 200", 9),
    ("re-INVITE -> description, 200", 14),
    ("ACK to its 200", 3),
    ("re-INVITE again, absorbed", 2),
    ("BYE -> 200, event", 6),
    ("reliable 183 -> PRACK, event", 19),
    ("the 183 again, absorbed", 2),
    ("200 to our PRACK", 2),
    ("200 to our INVITE -> ACK, event", 10),
    ("the 200 again -> ACK", 4),
    ("PRACK -> 200, event", 8),
];

/// A description of the size that a browser makes.
const SDP: &str = include_str!("data/browser-offer.sdp");
const FIELDS: &str = "Contact: <sip:bob@192.0.2.4;transport=ws>\r\n\
    Allow: INVITE, ACK, CANCEL, BYE, PRACK, UPDATE, INFO, OPTIONS, MESSAGE\r\n\
    Supported: 100rel, timer\r\nUser-Agent: Example PBX 18.9.0\r\n";
/// Each kind comes so often; the last time counts, when all buffers have found their size.
const TIMES: u32 = 4;

struct World {
    agent: UserAgent,
    now: Instant,
    flow: FlowId,
    outputs: Vec<Output>,
    calls: u32,
    cseq: u32,
    counted: Vec<(&'static str, usize)>,
}

impl World {
    fn new() -> Self {
        let now = Instant::from_millis(0);
        let agent = UserAgent::new(Config::new("sip:alice@example.com", "ws://localhost"), [1; 32], now).unwrap();
        let mut world = Self {
            agent,
            now,
            flow: FlowId(0),
            outputs: Vec::with_capacity(64),
            calls: 0,
            cseq: 1000,
            counted: Vec::with_capacity(64),
        };
        world.command(Command::Connect);
        let flow = world.outputs.iter().find_map(|output| match output {
            Output::Open { flow, .. } => Some(*flow),
            Output::Close { .. } | Output::Send { .. } | Output::Event(_) => None,
        });
        world.flow = flow.unwrap();
        world.agent.handle(now, Input::Opened { flow: world.flow });
        world.drain(None);
        world
    }

    fn command(&mut self, command: Command) {
        self.agent.command(self.now, command).unwrap();
        self.drain(Some(SDP.to_owned()));
    }

    /// Takes what the agent has to say, and gives the description that it may ask for.
    fn drain(&mut self, mut description: Option<String>) {
        while let Some(output) = self.agent.poll() {
            if let Output::Event(Event::Describe { token, .. }) = &output {
                let answer = Answer::Sdp(description.take().unwrap());
                self.agent.command(self.now, Command::Description { token: *token, answer }).unwrap();
            }
            self.outputs.push(output);
        }
    }

    /// A frame arrives; how often memory was asked for until everything is answered and told.
    fn receive(&mut self, frame: &str) -> usize {
        self.outputs.clear();
        self.now += Duration::from_millis(20);
        let description = Some(SDP.to_owned());
        let region = Region::new(ALLOCATOR);
        self.agent.handle(self.now, Input::Frame { flow: self.flow, octets: frame.as_bytes() });
        self.drain(description);
        let change = region.change();
        change.allocations + change.reallocations
    }

    fn count(&mut self, kind: &'static str, frame: &str) {
        let asked = self.receive(frame);
        self.counted.push((kind, asked));
    }

    /// The messages that were sent since the last frame came.
    fn sent(&self) -> Vec<Message> {
        let frame = |output: &Output| match output {
            Output::Send { frame, .. } => Message::parse(frame).ok(),
            Output::Open { .. } | Output::Close { .. } | Output::Event(_) => None,
        };
        self.outputs.iter().filter_map(frame).collect()
    }

    fn sent_method(&self, method: &str) -> Message {
        self.sent().into_iter().rfind(|message| message.cseq().method.as_str() == method).unwrap()
    }

    /// A request of the peer in its last call.
    fn request(&mut self, method: &str, tag: &str, fields: &str, body: &str) -> String {
        self.cseq += 1;
        self.numbered(method, self.cseq, tag, fields, body)
    }

    fn numbered(&self, method: &str, number: u32, tag: &str, fields: &str, body: &str) -> String {
        let call = self.calls;
        let tag = if tag.is_empty() { String::new() } else { format!(";tag={tag}") };
        format!(
            "{method} sip:alice@x.invalid SIP/2.0\r\nVia: SIP/2.0/WSS edge.example.com;branch=z9hG4bK{method}{number}\r\n\
             Max-Forwards: 70\r\nFrom: \"Bob\" <sip:bob@example.com>;tag=bob{call}\r\nTo: <sip:alice@example.com>{tag}\r\n\
             Call-ID: call{call}\r\nCSeq: {number} {method}\r\n{FIELDS}{fields}{}",
            entity(body)
        )
    }

    /// A call comes in and rings; its PRACK; it is answered; the tag of our side.
    fn incoming(&mut self) -> String {
        self.calls += 1;
        let invite = self.request("INVITE", "", "", SDP);
        self.count("INVITE -> event", &invite);
        let call = self.outputs.iter().find_map(|output| match output {
            Output::Event(Event::Invite { call, .. }) => Some(*call),
            Output::Open { .. } | Output::Close { .. } | Output::Send { .. } | Output::Event(_) => None,
        });
        let (call, request, number) = (call.unwrap(), RequestNumber(self.calls), self.cseq);
        self.outputs.clear();
        let progress = Progress { code: Some(183), reliable: Some(true), ..Progress::default() };
        self.command(Command::Progress { call, request, progress });
        let ringing = self.sent_method("INVITE");
        let tag = ringing.to_tag().unwrap().to_owned();
        let rack = format!("RAck: {} {number} INVITE\r\n", ringing.rseq().unwrap().unwrap());
        let prack = self.request("PRACK", &tag, &rack, "");
        self.count("PRACK -> 200, event", &prack);
        self.outputs.clear();
        self.command(Command::Accept { call, request: RequestNumber(1000 + self.calls), headers: Vec::new() });
        let ack = self.numbered("ACK", number, &tag, "", "");
        self.receive(&ack);
        tag
    }

    /// What may happen in an established call, and its end.
    fn established(&mut self) {
        let tag = self.incoming();
        let options = self.request("OPTIONS", &tag, "", "");
        self.count("OPTIONS -> 200", &options);
        let info = self.request("INFO", &tag, "", "");
        self.count("INFO -> 200, event", &info);
        let update = self.request("UPDATE", &tag, "Session-Expires: 1800;refresher=uac\r\n", "");
        self.count("UPDATE that refreshes -> 200", &update);
        let invite = self.request("INVITE", &tag, "", SDP);
        self.count("re-INVITE -> description, 200", &invite);
        assert_eq!(self.sent_method("INVITE").status(), Some(200));
        self.count("re-INVITE again, absorbed", &invite);
        let ack = self.numbered("ACK", self.cseq, &tag, "", "");
        self.count("ACK to its 200", &ack);
        let bye = self.request("BYE", &tag, "", "");
        self.count("BYE -> 200, event", &bye);
        assert_eq!(self.sent_method("BYE").status(), Some(200));
    }

    /// A call of ours.
    fn outgoing(&mut self) {
        self.calls += 1;
        let call = CallId(self.calls);
        let (target, options) = ("sip:bob@example.com".to_owned(), CallOptions::default());
        self.outputs.clear();
        self.command(Command::Call { call, target, options });
        let invite = self.sent_method("INVITE");
        let progress = response(&invite, "183 Session Progress", "Require: 100rel\r\nRSeq: 7\r\n", SDP);
        self.count("reliable 183 -> PRACK, event", &progress);
        let prack = self.sent_method("PRACK");
        self.count("the 183 again, absorbed", &progress);
        self.count("200 to our PRACK", &response(&prack, "200 OK", "", ""));
        let ok = response(&invite, "200 OK", "", "");
        self.count("200 to our INVITE -> ACK, event", &ok);
        self.sent_method("ACK");
        self.count("the 200 again -> ACK", &ok);
        self.sent_method("ACK");
        self.outputs.clear();
        self.command(Command::Hangup { call, headers: Vec::new() });
        let bye = self.sent_method("BYE");
        self.receive(&response(&bye, "200 OK", "", ""));
    }
}

fn response(request: &Message, status: &str, fields: &str, body: &str) -> String {
    let text = String::from_utf8(request.octets().to_vec()).unwrap();
    let copied = |line: &&str| ["Via:", "From:", "To:", "Call-ID:", "CSeq:"].iter().any(|name| line.starts_with(name));
    let lines = text.lines().filter(copied).map(|line| {
        let is_new = line.starts_with("To:") && !line.contains(";tag=");
        format!("{line}{}\r\n", if is_new { ";tag=bob" } else { "" })
    });
    format!("SIP/2.0 {status}\r\n{}{FIELDS}{fields}{}", lines.collect::<String>(), entity(body))
}

fn entity(body: &str) -> String {
    let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
    format!("{kind}Content-Length: {}\r\n\r\n{body}", body.len())
}

// One test: the runner of two would be counted, too.
#[test]
fn a_message_of_an_established_call_asks_for_memory_so_often() {
    let mut world = World::new();
    for _ in 0..TIMES {
        world.established();
        world.outgoing();
        world.now += Duration::from_secs(1);
    }
    let last = |kind| world.counted.iter().rfind(|(counted, _)| *counted == kind).unwrap().1;
    let found = KINDS.map(|(kind, allowed)| (kind, allowed, last(kind)));
    for (kind, allowed, asked) in found {
        let verdict = match asked.cmp(&allowed) {
            std::cmp::Ordering::Less => "shrank: the table in this test is to follow",
            std::cmp::Ordering::Equal => "",
            std::cmp::Ordering::Greater => "GREW",
        };
        println!("{kind:32} {asked:3} (at most {allowed:3}) {verdict}");
    }
    let grown: Vec<_> = found.iter().filter(|(_, allowed, asked)| asked > allowed).collect();
    assert!(grown.is_empty(), "more allocations than before: {grown:?}");
}
