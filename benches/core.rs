//! The core's own time: reading a message, and a turn with one, a hundred and ten thousand
//! calls open. `cargo bench --bench core`; ratios within one run mean something, times of
//! two runs on a shared machine do not.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a bench may panic")]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use prackle::agent::{FlowId, Input, Output, UserAgent};
use prackle::message::{Message, Writer};
use prackle::protocol::{Answer, CallId, Command, Config, Event, RequestNumber};
use prackle::time::{Duration, Instant};
use std::hint::black_box;

const SDP: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n";

/// Eight everyday messages, as browsers' peers send them.
const CORPUS: [(&str, &[u8]); 8] = [
    ("invite", include_bytes!("corpus/invite.sip")),
    ("progress", include_bytes!("corpus/progress.sip")),
    ("ringing", include_bytes!("corpus/ringing.sip")),
    ("ok", include_bytes!("corpus/ok.sip")),
    ("prack", include_bytes!("corpus/prack.sip")),
    ("ack", include_bytes!("corpus/ack.sip")),
    ("bye", include_bytes!("corpus/bye.sip")),
    ("registered", include_bytes!("corpus/registered.sip")),
];

fn parse(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parse");
    for (name, octets) in CORPUS {
        group.throughput(Throughput::Bytes(octets.len() as u64));
        group.bench_with_input(BenchmarkId::from_parameter(name), octets, |bencher, octets| {
            bencher.iter(|| black_box(Message::parse(black_box(octets)).unwrap().cseq().number));
        });
    }
}

/// A connected agent that answers every question, and the calls that it has taken.
struct World {
    agent: UserAgent,
    now: Instant,
    flow: FlowId,
    sent: Vec<Vec<u8>>,
    incoming: Vec<CallId>,
    calls: u32,
    numbers: u32,
}

impl World {
    fn new() -> Self {
        let config = Config { trace_length: Some(0), ..Config::new("sip:alice@example.com", "wss://edge.example.com") };
        let now = Instant::from_millis(0);
        let agent = UserAgent::new(config, [1; 32], now).unwrap();
        let mut world =
            Self { agent, now, flow: FlowId(0), sent: Vec::new(), incoming: Vec::new(), calls: 0, numbers: 0 };
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
                Output::Send { frame, .. } => self.sent.push(frame),
                Output::Event(Event::Invite { call, .. }) => self.incoming.push(call),
                Output::Event(Event::Describe { token, .. }) => {
                    let answer = Answer::Sdp(SDP.to_owned());
                    self.agent.command(self.now, Command::Description { token, answer }).unwrap();
                }
                Output::Event(_) | Output::Close { .. } => {}
            }
        }
    }

    fn receive(&mut self, frame: &[u8]) {
        self.agent.handle(self.now, Input::Frame { flow: self.flow, octets: frame });
        self.drain();
    }

    fn request(&self, call: u32, method: &str, number: u32, tag: &str, body: &str) -> Vec<u8> {
        let tag = if tag.is_empty() { String::new() } else { format!(";tag={tag}") };
        format!(
            "{method} sip:alice@x.invalid SIP/2.0\r\nVia: SIP/2.0/WSS edge.example.com;branch=z9hG4bK{call}x{number}\r\n\
             Max-Forwards: 70\r\nFrom: <sip:bob@example.com>;tag=bob{call}\r\nTo: <sip:alice@example.com>{tag}\r\n\
             Call-ID: call{call}\r\nCSeq: {number} {method}\r\nContact: <sip:bob@192.0.2.4>\r\nContent-Type: application/sdp\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .into_bytes()
    }

    /// A call comes in, is answered and confirmed; the tag of our side.
    fn talk(&mut self) -> String {
        self.calls += 1;
        self.receive(&self.request(self.calls, "INVITE", 1, "", SDP));
        let call = self.incoming.pop().unwrap();
        let request = RequestNumber(self.calls);
        self.agent.command(self.now, Command::Accept { call, request, headers: Vec::new() }).unwrap();
        self.drain();
        let ok = Message::parse(&self.sent.pop().unwrap()).unwrap();
        let tag = ok.to_tag().unwrap().to_owned();
        self.sent.clear();
        self.receive(&self.request(self.calls, "ACK", 1, &tag, ""));
        tag
    }
}

/// One request inside the first call, and its 200, with so many calls open.
fn turn(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("turn");
    for calls in [1, 100, 10_000] {
        let mut world = World::new();
        let tag = world.talk();
        for _ in 1..calls {
            world.talk();
        }
        world.numbers = 1;
        group.bench_function(BenchmarkId::new("request in a dialog", calls), |bencher| {
            bencher.iter(|| {
                world.numbers += 1;
                world.now += Duration::from_millis(50);
                let frame = world.request(1, "OPTIONS", world.numbers, &tag, "");
                world.receive(&frame);
                black_box(world.sent.drain(..).count());
            });
        });
        group.bench_function(BenchmarkId::new("the next deadline", calls), |bencher| {
            bencher.iter(|| black_box(world.agent.deadline()));
        });
    }
}

/// A request of ours and its response, in a transaction, with so many others open.
fn transactions(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("transaction");
    for open in [0, 100, 10_000] {
        let mut world = World::new();
        for _ in 0..open {
            world.ask();
        }
        group.bench_function(BenchmarkId::new("request and response", open), |bencher| {
            bencher.iter(|| {
                let request = world.ask();
                world.receive(&Writer::response(&request, 200, "OK", Some("bob")).finish());
            });
        });
    }
}

impl World {
    fn ask(&mut self) -> Message {
        self.numbers += 1;
        let (request, target) = (RequestNumber(self.numbers), "sip:bob@example.com");
        let (method, options) = ("OPTIONS".to_owned(), Default::default());
        self.agent.command(self.now, Command::Request { request, method, target: target.to_owned(), options }).unwrap();
        self.drain();
        Message::parse(&self.sent.pop().unwrap()).unwrap()
    }
}

criterion_group!(benches, parse, turn, transactions);
criterion_main!(benches);
