//! What a call keeps of memory, and for how long.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail")]

use prackle::agent::{FlowId, Input, Output, UserAgent};
use prackle::message::{Message, Name, Writer};
use prackle::protocol::{Answer, CallId, CallOptions, Command, Config, Event, RequestNumber};
use prackle::time::{Duration, Instant};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// A description of the size that a browser makes.
const SDP: &str = include_str!("data/browser-offer.sdp");

struct World {
    agent: UserAgent,
    now: Instant,
    flow: FlowId,
    sent: Vec<Message>,
}

impl World {
    fn new() -> Self {
        let config = Config { trace_length: Some(0), ..Config::new("sip:alice@example.com", "ws://localhost") };
        let now = Instant::from_millis(0);
        let agent = UserAgent::new(config, [1; 32], now).unwrap();
        let mut world = Self { agent, now, flow: FlowId(0), sent: Vec::new() };
        world.agent.command(now, Command::Connect).unwrap();
        world.drain();
        world.agent.handle(now, Input::Opened { flow: world.flow });
        world.drain();
        world
    }

    fn drain(&mut self) {
        while let Some(output) = self.agent.poll() {
            match output {
                Output::Open { flow, .. } => self.flow = flow,
                Output::Close { .. } => {}
                Output::Send { frame, .. } if frame == b"\r\n\r\n" => {
                    self.agent.handle(self.now, Input::Frame { flow: self.flow, octets: b"\r\n" });
                }
                Output::Send { frame, .. } => self.sent.extend(Message::parse(&frame).ok()),
                Output::Event(Event::Describe { token, .. }) => {
                    let answer = Answer::Sdp(SDP.to_owned());
                    self.agent.command(self.now, Command::Description { token, answer }).unwrap();
                }
                Output::Event(_) => {}
            }
        }
    }

    fn command(&mut self, command: Command) {
        self.agent.command(self.now, command).unwrap();
        self.drain();
    }

    fn last(&mut self) -> Message {
        self.sent.drain(..).next_back().unwrap()
    }

    fn receive(&mut self, frame: &[u8]) {
        self.agent.handle(self.now, Input::Frame { flow: self.flow, octets: frame });
        self.drain();
    }

    /// A call that is answered and hung up.
    fn call(&mut self, number: u32) {
        self.answered_call(number);
        self.command(Command::Hangup { call: CallId(number), headers: Vec::new() });
        let bye = self.last();
        assert_eq!(bye.method().as_str(), "BYE");
        self.receive(&Writer::response(&bye, 200, "OK", None).finish());
    }

    /// INVITE, reliable 183, PRACK, 200, 200 with a description, ACK.
    fn answered_call(&mut self, number: u32) {
        let call = CallId(number);
        let options = CallOptions::default();
        self.agent.command(self.now, Command::Call { call, target: "sip:bob@example.com".into(), options }).unwrap();
        self.drain();
        let invite = self.last();
        for status in [183, 200] {
            let mut response = Writer::response(&invite, status, "", Some("callee"));
            response.field(Name::Contact, "<sip:bob@192.0.2.4;transport=ws>");
            response.field(Name::RecordRoute, "<sip:proxy.example.com;lr>");
            if status == 183 {
                response.field(Name::Require, "100rel").field(Name::RSeq, "7");
            }
            self.receive(&response.body("application/sdp", SDP.as_bytes()));
            let answered = self.last();
            if answered.method().as_str() == "PRACK" {
                self.receive(&Writer::response(&answered, 200, "OK", None).finish());
            }
        }
    }

    /// INVITE, 200, ACK: the peer has called.
    fn taken_call(&mut self, number: u32) {
        let head = format!(
            "Via: SIP/2.0/WS edge.example.com;branch=z9hG4bK{number}\r\nMax-Forwards: 70\r\n\
             From: <sip:bob@example.com>;tag=caller\r\nCall-ID: {number}@example.com\r\n\
             Contact: <sip:bob@192.0.2.4;transport=ws>\r\n"
        );
        let uri = "sip:alice@example.com";
        let invite = format!(
            "INVITE {uri} SIP/2.0\r\n{head}To: <{uri}>\r\nCSeq: 1 INVITE\r\nSupported: 100rel\r\n\
             Record-Route: <sip:proxy.example.com;lr>\r\nContent-Type: application/sdp\r\n\r\n{SDP}"
        );
        self.receive(invite.as_bytes());
        let call = CallId(CallId::FIRST_INCOMING + number);
        self.command(Command::Accept { call, request: RequestNumber(number), headers: Vec::new() });
        let ok = self.last();
        let tag = ok.to_tag().filter(|_| ok.status() == Some(200)).unwrap();
        let ack = format!("ACK {uri} SIP/2.0\r\n{head}To: <{uri}>;tag={tag}\r\nCSeq: 1 ACK\r\n\r\n");
        self.receive(ack.as_bytes());
    }

    fn pass(&mut self, span: Duration) {
        let end = self.now + span;
        while let Some(at) = self.agent.deadline().filter(|at| *at <= end) {
            self.now = at;
            self.agent.handle(at, Input::Deadline);
            self.drain();
        }
        self.now = end;
    }
}

// One test: the runner of two would be counted, too.
#[test]
fn what_calls_cost_and_keep() {
    a_finished_call_keeps_little_and_then_nothing();
    an_idle_call_keeps_only_its_dialog(World::answered_call);
    an_idle_call_keeps_only_its_dialog(World::taken_call);
    a_response_that_comes_again_costs_nothing();
}

// A hundred quick calls once grew the memory of a page: each held its INVITE, two
// descriptions and its ACK for the 32 s in which a further fork may still answer.
fn a_finished_call_keeps_little_and_then_nothing() {
    const CALLS: u32 = 100;
    let mut world = World::new();
    world.call(1);
    world.pass(Duration::from_secs(40));
    world.sent = Vec::new();
    let region = Region::new(ALLOCATOR);
    for number in 2..2 + CALLS {
        world.call(number);
    }
    world.sent = Vec::new();
    let held = live(&region) / i64::from(CALLS);
    println!("a finished call keeps {held} octets");
    assert!(held < 2000, "{held} octets a call");
    world.pass(Duration::from_secs(40));
    assert_eq!(world.agent.load(), 0);
    let left = live(&region);
    assert!(left < 2500, "{left} octets are left of {CALLS} calls");
}

// Until 64*T1 after its 2xx another callee may answer, and the 2xx may come again: a call that goes on
// kept its INVITE and its ACK for that, and went on keeping them for hours.
fn an_idle_call_keeps_only_its_dialog(begin: fn(&mut World, u32)) {
    const CALLS: u32 = 64;
    let mut world = World::new();
    begin(&mut world, 0);
    world.pass(Duration::from_secs(40));
    world.sent = Vec::new();
    let region = Region::new(ALLOCATOR);
    for number in 1..=CALLS {
        begin(&mut world, number);
    }
    world.pass(Duration::from_secs(40));
    world.sent = Vec::new();
    let held = live(&region) / i64::from(CALLS);
    println!("an idle call keeps {held} octets");
    assert!(held < 2000, "{held} octets a call");
}

// A peer repeats a response until it has its PRACK (RFC 3262 section 3), and an attacker for ever.
fn a_response_that_comes_again_costs_nothing() {
    let mut world = World::new();
    let call = CallId(1);
    let (target, options) = ("sip:bob@example.com".to_owned(), CallOptions::default());
    world.agent.command(world.now, Command::Call { call, target, options }).unwrap();
    world.drain();
    let invite = world.last();
    let mut response = Writer::response(&invite, 183, "", Some("callee"));
    response.field(Name::Contact, "<sip:bob@192.0.2.4;transport=ws>");
    response.field(Name::Require, "100rel").field(Name::RSeq, "7");
    let frame = response.body("application/sdp", SDP.as_bytes());
    world.receive(&frame);
    assert_eq!(world.last().method().as_str(), "PRACK");
    let reading = Region::new(ALLOCATOR);
    drop(Message::parse(&frame).unwrap());
    let reading = reading.change().allocations;
    let region = Region::new(ALLOCATOR);
    for _ in 0..1000 {
        world.agent.handle(world.now, Input::Frame { flow: world.flow, octets: &frame });
        assert!(world.agent.poll().is_none());
    }
    assert_eq!(live(&region), 0);
    println!("reading allocates {reading} times, taking {} times", region.change().allocations / 1000);
    assert_eq!(region.change().allocations / 1000, reading, "beyond reading it");
}

fn live(region: &Region<'_, System>) -> i64 {
    let change = region.change();
    i64::try_from(change.bytes_allocated).unwrap() - i64::try_from(change.bytes_deallocated).unwrap()
}
