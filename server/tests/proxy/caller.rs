//! The caller on flow 1, and bob on the flows that a test gives him.

use crate::common::{ANSWER, Bench, OFFER, config, in_dialog, invite, reliable, response};
use prackle::agent::{self, UserAgent};
use prackle::message::Message;
use prackle::protocol::{Answer, CallId, CallOptions, Command, Config, Event};
use prackle::transaction::FlowId;
use prackle::usage;
use prackle_server::sip::{Early, Input};

pub(crate) const BOB: &str = "sip:bob@example.test";
pub(crate) const REL: &str = "Supported: 100rel\r\n";

pub(crate) fn bench(flows: &[u32]) -> Bench {
    let mut bench = Bench::new();
    register(&mut bench, flows);
    bench
}

/// A server that answers every call with a reliable provisional of its own.
pub(crate) fn early_bench(flows: &[u32]) -> Bench {
    let mut config = config();
    config.place.early = Some(Early { code: 183, reason: String::new() });
    let mut bench = Bench::with(config);
    register(&mut bench, flows);
    bench
}

pub(crate) fn register(bench: &mut Bench, flows: &[u32]) {
    bench.open(1);
    for flow in flows {
        bench.register(*flow, "bob", "");
    }
}

/// Calls bob; the INVITEs that arrive, in the order of `flows`.
pub(crate) fn call(bench: &mut Bench, more: &str, flows: &[u32]) -> Vec<Message> {
    bench.send(1, &invite(1, "k", BOB, more, OFFER));
    bench.status(1, 100);
    flows.iter().map(|flow| bench.request(*flow, "INVITE")).collect()
}

/// The phone on `flow` rings with a reliable 183; what the caller gets.
pub(crate) fn ring(bench: &mut Bench, flow: u32, invite: &Message, rseq: u32) -> Message {
    bench.send(flow, &response(invite, 183, &format!("b{flow}"), &reliable(flow, "bob", rseq), ANSWER));
    bench.status(1, 183)
}

pub(crate) fn prack(cseq: u32, early: &Message, rseq: u32) -> String {
    in_dialog(1, "PRACK", cseq, early, &format!("RAck: {rseq} 1 INVITE\r\n"))
}

/// Prackle itself as the caller, on flow 1.
pub(crate) struct Agent {
    agent: UserAgent,
    flow: FlowId,
}

impl Agent {
    /// Connected, and calling `target`.
    pub(crate) fn calling(bench: &mut Bench, target: &str) -> Self {
        let config = Config::new("sip:caller@elsewhere.test", "ws://127.0.0.1:8080/ws");
        let agent = UserAgent::new(config, [3; 32], bench.now).expect("a good configuration");
        let mut caller = Self { agent, flow: FlowId(0) };
        caller.command(bench, Command::Connect);
        let options = CallOptions::default();
        caller.command(bench, Command::Call { call: CallId(1), target: target.to_owned(), options });
        caller
    }

    /// Carries frames both ways until neither has more to say; the events on the way.
    pub(crate) fn exchange(&mut self, bench: &mut Bench) -> Vec<Event> {
        let mut events = Vec::new();
        loop {
            if let Some(output) = self.agent.poll() {
                events.extend(self.carry_out(bench, output));
            } else if let Some(message) = bench.next(1) {
                self.agent.handle(bench.now, agent::Input::Frame { flow: self.flow, octets: message.octets() });
            } else {
                return events;
            }
        }
    }

    fn command(&mut self, bench: &mut Bench, command: Command) {
        self.agent.command(bench.now, command).expect("accepted");
        self.exchange(bench);
    }

    fn carry_out(&mut self, bench: &mut Bench, output: usage::Output) -> Option<Event> {
        match output {
            usage::Output::Open { flow, .. } => {
                self.flow = flow;
                bench.open(1);
                self.agent.handle(bench.now, agent::Input::Opened { flow });
            }
            usage::Output::Close { .. } => bench.close(1),
            usage::Output::Send { frame, .. } => bench.handle(Input::Frame { flow: FlowId(1), octets: &frame }),
            usage::Output::Event(Event::Describe { token, .. }) => {
                let answer = Answer::Sdp(OFFER.to_owned());
                self.agent.command(bench.now, Command::Description { token, answer }).expect("accepted");
            }
            usage::Output::Event(event) => return Some(event),
        }
        None
    }
}
