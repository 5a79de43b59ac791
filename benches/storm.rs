//! A registration storm: 100,000 user agents, each with one connection to one server that is
//! gone for 30 s. How evenly do they come back?
//!
//! `cargo bench --bench storm`, or `npm run bench -- storm`. Virtual time: it takes seconds.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a bench may panic")]

use prackle::agent::{FlowId, Input, Output, UserAgent};
use prackle::message::{Message, Name, Writer};
use prackle::protocol::{Command, Config, RequestNumber};
use prackle::time::Instant;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::env;

/// How many; the environment may say otherwise (`PRACKLE_STORM_AGENTS`).
const AGENTS: u32 = 100_000;
/// They connect one after the other over this time, in ms.
const ARRIVAL: u64 = 60_000;
/// The server goes, in ms, and is gone for so long.
const GONE: u64 = 100_000;
const OUTAGE: u64 = 30_000;
/// The goal: arrivals in the busiest second, over the mean of the recovery.
const GOAL: f64 = 3.0;

struct Client {
    agent: UserAgent,
    flow: FlowId,
    is_registered: bool,
}

struct World {
    clients: Vec<Client>,
    /// When who has something to do. An entry may be out of date: it costs a look.
    agenda: BinaryHeap<Reverse<(u64, u32)>>,
    now: u64,
    is_up: bool,
    /// REGISTERs in each second since the server is back.
    arrivals: Vec<u32>,
}

impl World {
    fn new(agents: u32) -> Self {
        let clients = (0..agents).map(Client::new).collect();
        let agenda = (0..agents).map(|who| Reverse((u64::from(who) * ARRIVAL / u64::from(agents), who))).collect();
        Self { clients, agenda, now: 0, is_up: true, arrivals: Vec::new() }
    }

    /// Everybody acts on what is due until `end`, or until all are registered again.
    fn until(&mut self, end: u64) {
        while let Some(Reverse((at, who))) = self.agenda.peek().copied().filter(|Reverse((at, _))| *at <= end) {
            self.agenda.pop();
            self.now = at;
            self.act(who);
        }
        self.now = end;
    }

    fn act(&mut self, who: u32) {
        let now = Instant::from_millis(self.now);
        let client = &mut self.clients[who as usize];
        if client.flow == FlowId(0) && !client.is_registered && client.agent.deadline().is_none() {
            client.agent.command(now, Command::Connect).unwrap();
            let request = RequestNumber(0);
            client.agent.command(now, Command::Register { request, expires: None, headers: Vec::new() }).unwrap();
        } else if client.agent.deadline().is_some_and(|deadline| deadline <= now) {
            client.agent.handle(now, Input::Deadline);
        }
        self.settle(who);
    }

    fn settle(&mut self, who: u32) {
        let now = Instant::from_millis(self.now);
        let client = &mut self.clients[who as usize];
        while let Some(output) = client.agent.poll() {
            match output {
                Output::Open { flow, .. } if self.is_up => {
                    client.flow = flow;
                    client.agent.handle(now, Input::Opened { flow });
                }
                Output::Open { flow, .. } => client.agent.handle(now, Input::Closed { flow, code: 1006 }),
                Output::Send { flow, frame } => {
                    let answer = client.served(&frame);
                    if answer.starts_with(b"SIP") && GONE + OUTAGE <= self.now {
                        let second = ((self.now - GONE - OUTAGE) / 1000) as usize;
                        self.arrivals.resize(self.arrivals.len().max(second + 1), 0);
                        self.arrivals[second] += 1;
                    }
                    client.agent.handle(now, Input::Frame { flow, octets: &answer });
                }
                Output::Close { .. } | Output::Event(_) => {}
            }
        }
        if let Some(deadline) = client.agent.deadline() {
            self.agenda.push(Reverse((deadline.as_millis(), who)));
        }
    }

    fn lose(&mut self) {
        self.is_up = false;
        for who in 0..u32::try_from(self.clients.len()).unwrap() {
            let client = &mut self.clients[who as usize];
            client.is_registered = false;
            let flow = client.flow;
            client.agent.handle(Instant::from_millis(self.now), Input::Closed { flow, code: 1006 });
            self.settle(who);
        }
    }

    fn registered(&self) -> usize {
        self.clients.iter().filter(|client| client.is_registered).count()
    }
}

impl Client {
    fn new(who: u32) -> Self {
        let mut entropy = [0; 32];
        entropy[..4].copy_from_slice(&who.to_le_bytes());
        let config = Config {
            trace_length: Some(0),
            ..Config::new(&format!("sip:{who}@example.com"), "wss://edge.example.com")
        };
        let agent = UserAgent::new(config, entropy, Instant::from_millis(0)).unwrap();
        Self { agent, flow: FlowId(0), is_registered: false }
    }

    /// What the server says to a frame: a pong, or the 200 to REGISTER.
    fn served(&mut self, frame: &[u8]) -> Vec<u8> {
        let Ok(register) = Message::parse(frame) else { return b"\r\n".to_vec() };
        self.is_registered = true;
        let mut response = Writer::response(&register, 200, "OK", Some("registrar"));
        response.field(Name::Contact, register.header(Name::Contact).unwrap());
        response.finish()
    }
}

fn plot(arrivals: &[u32]) {
    let most = arrivals.iter().copied().max().unwrap_or(1).max(1);
    for (second, count) in arrivals.iter().enumerate() {
        println!("{second:4} s {count:7} {}", "#".repeat((count * 60 / most) as usize));
    }
}

fn main() {
    // `cargo test` builds and runs this too, and asks for no figures.
    if !env::args().any(|argument| argument == "--bench") {
        return;
    }
    let agents = env::var("PRACKLE_STORM_AGENTS").map_or(AGENTS, |agents| agents.parse().unwrap());
    let mut world = World::new(agents);
    world.until(GONE);
    assert_eq!(world.registered(), agents as usize);
    world.lose();
    world.until(GONE + OUTAGE);
    world.is_up = true;
    let mut end = GONE + OUTAGE;
    while world.registered() < agents as usize {
        end += 1000;
        assert!(end < GONE + OUTAGE + 600_000, "{} are registered after ten minutes", world.registered());
        world.until(end);
    }
    println!("{agents} agents, their server gone for {} s; REGISTERs a second since it is back:", OUTAGE / 1000);
    plot(&world.arrivals);
    let mean = f64::from(agents) / world.arrivals.len() as f64;
    let peak = f64::from(world.arrivals.iter().copied().max().unwrap_or_default());
    println!(
        "all registered after {} s; mean {mean:.0}, peak {peak:.0}: {:.2} times the mean (goal: {GOAL})",
        world.arrivals.len(),
        peak / mean
    );
    assert!(peak <= GOAL * mean, "they come back too much at once");
}
