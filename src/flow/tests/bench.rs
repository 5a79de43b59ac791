//! A connection on a virtual clock, and its actions in short words.

use super::super::*;
use crate::flow::PONG;
use alloc::string::String;
use alloc::vec::Vec;

/// A connection under test. Each stimulus answers with the actions it has caused, in short.
pub(super) struct Bench {
    pub(super) connection: Connection,
    pub(super) now: Instant,
    pub(super) random: Random,
}

impl Bench {
    pub(super) fn new(servers: &[&str]) -> Self {
        let server = |(priority, url): (u16, &&str)| Server { url: String::from(*url), priority, weight: 1 };
        let connection = Connection::new((0..).zip(servers).map(server).collect());
        Self { connection, now: Instant::from_millis(1_000_000), random: Random::new([9; 32]) }
    }

    pub(super) fn connected(servers: &[&str]) -> Self {
        let mut bench = Self::new(servers);
        bench.connect();
        assert!(bench.opened(1).starts_with("connected 1"));
        bench
    }

    pub(super) fn connect(&mut self) -> String {
        self.connection.connect(self.now, &mut self.random);
        self.taken()
    }

    pub(super) fn disconnect(&mut self) -> String {
        self.connection.disconnect();
        self.taken()
    }

    pub(super) fn opened(&mut self, flow: u32) -> String {
        self.connection.opened(self.now, FlowId(flow), &mut self.random);
        self.taken()
    }

    pub(super) fn closed(&mut self, flow: u32) -> String {
        self.connection.closed(self.now, FlowId(flow), 1006, &mut self.random);
        self.taken()
    }

    pub(super) fn abandon(&mut self, flow: u32) -> String {
        self.connection.abandon(self.now, FlowId(flow), &mut self.random);
        self.taken()
    }

    pub(super) fn frame(&mut self, flow: u32, frame: &[u8]) -> (Received, String) {
        let received = self.connection.receive(self.now, FlowId(flow), frame, &mut self.random);
        (received, self.taken())
    }

    /// The response to OPTIONS arrives.
    pub(super) fn respond(&mut self, flow: u32) {
        assert_eq!(self.frame(flow, b"SIP/2.0 200 OK\r\n"), (Received::Message, String::new()));
        self.connection.answered();
    }

    pub(super) fn pass(&mut self, millis: u64) {
        self.now += Duration::from_millis(millis);
    }

    /// Lets time pass until the deadline: how long that took, and what came of it.
    pub(super) fn expire(&mut self) -> (u64, String) {
        let deadline = self.connection.deadline().expect("a deadline");
        let waited = deadline.since(self.now).as_millis();
        self.connection.expire(deadline - 1, &mut self.random);
        assert_eq!(self.taken(), "", "nothing before the deadline");
        self.now = deadline;
        self.connection.expire(self.now, &mut self.random);
        (waited, self.taken())
    }

    pub(super) fn taken(&mut self) -> String {
        let words: Vec<String> = core::iter::from_fn(|| self.connection.poll()).map(|action| short(&action)).collect();
        words.join(", ")
    }
}

impl core::ops::Sub<u64> for Instant {
    type Output = Self;

    fn sub(self, millis: u64) -> Self {
        Self::from_millis(self.as_millis() - millis)
    }
}

fn short(action: &Action) -> String {
    match action {
        Action::Open { flow, url } => alloc::format!("open {} {url}", flow.0),
        Action::Close { flow, code } => alloc::format!("close {} {code}", flow.0),
        Action::Send { flow, frame } if *frame == PING => alloc::format!("ping {}", flow.0),
        Action::Send { flow, frame } if *frame == PONG => alloc::format!("pong {}", flow.0),
        Action::Send { frame, .. } => panic!("sent {frame:?}"),
        Action::Probe { flow } => alloc::format!("options {}", flow.0),
        Action::Changed(Change::Connecting { server }) => alloc::format!("connecting {server}"),
        Action::Changed(Change::Connected { flow, server, .. }) => alloc::format!("connected {} {server}", flow.0),
        Action::Changed(Change::Disconnected { retry_in, cause, .. }) => match retry_in {
            None => alloc::format!("disconnected {cause:?}"),
            Some(Duration::ZERO) => alloc::format!("disconnected {cause:?} again at once"),
            Some(_) => alloc::format!("disconnected {cause:?} again later"),
        },
    }
}

/// Answers pings until the connection has been open for `millis`.
pub(super) fn stay(bench: &mut Bench, flow: u32, millis: u64) {
    let until = bench.now + Duration::from_millis(millis);
    while bench.connection.deadline().expect("a keep-alive") <= until {
        assert_eq!(bench.expire().1, alloc::format!("ping {flow}"));
        assert_eq!(bench.frame(flow, PONG), (Received::KeepAlive, String::new()));
    }
    bench.now = until;
}
