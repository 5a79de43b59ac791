//! The numbers to call: a user agent server inside the process, reached through the proxy
//! like any other (RFC 3261 section 13.3, RFC 3262 section 3, RFC 3311). It decides what a
//! number does with a call; of media it knows only that they can be asked for.

mod call;
mod dialog;
mod script;
mod transact;

use std::collections::{BTreeMap, VecDeque};

use prackle::message::Message;
use prackle::random::Random;
use prackle::time::{Instant, Timers, earlier};
use prackle::transaction::{Expired, FlowId, ServerId, Transactions};

use crate::media::{Heard, LegId, Order};
use call::Call;
pub use script::{NUMBERS, is_number};

/// The number that the proxy serves itself.
pub const QUEUE: &str = "queue";

/// The user that it leads to, unless the caller names another.
pub const QUEUE_LEADS_TO: &str = "bob";

/// The number of the callee with faults; with the name of somebody else behind it, the proxy
/// serves it: the faults are then on the way to that one.
pub const FLAKY: &str = "flaky";

/// The endpoint behind all numbers.
pub struct Endpoint {
    /// The host part of its contacts.
    host: String,
    timers: Timers,
    transactions: Transactions,
    random: Random,
    calls: BTreeMap<LegId, Call>,
    next_leg: LegId,
    outputs: VecDeque<Output>,
}

/// What the endpoint asks for.
pub enum Output {
    /// Send this frame to the proxy.
    Frame(Vec<u8>),
    /// Something about media.
    Media(Order),
}

/// Where frames of the endpoint come from: there is only one way.
const FLOW: FlowId = FlowId(0);

/// More calls at once are busy.
const MOST_CALLS: usize = 64;

/// Calls that are over are remembered for a stray PRACK, but not without end.
const MOST_MEMORIES: usize = 4096;

impl Endpoint {
    /// An endpoint whose contacts are at `host`.
    pub fn new(host: String, random: Random) -> Self {
        let timers = Timers::default();
        Self {
            host,
            timers,
            transactions: Transactions::new(timers),
            random,
            calls: BTreeMap::new(),
            next_leg: 1,
            outputs: VecDeque::new(),
        }
    }

    /// A frame has come from the proxy.
    pub fn frame(&mut self, now: Instant, octets: &[u8]) {
        match Message::parse(octets) {
            Ok(message) if message.is_request() => self.request(now, message),
            // Responses are those to a BYE of ours, whose dialog is over in any case.
            Ok(message) => drop(self.transactions.response(now, &message)),
            // The proxy parsed it before.
            Err(_) => {}
        }
    }

    /// The media have something to tell.
    pub fn heard(&mut self, now: Instant, heard: Heard) {
        match heard {
            Heard::Answer { leg, answer } => self.described(now, leg, answer),
            Heard::Ended { leg } => self.media_ended(now, leg),
        }
    }

    /// Acts on all deadlines that have passed.
    pub fn expire(&mut self, now: Instant) {
        while let Some(expired) = self.transactions.expire(now) {
            match expired {
                // Calls answer at once or when they mean to; a 100 is the proxy's affair.
                Expired::TryingDue(_)
                | Expired::ClientTimeout(_)
                | Expired::ClientEnded(_)
                | Expired::Unanswered(_)
                | Expired::AckMissing(_)
                | Expired::ServerEnded(_) => {}
            }
        }
        let due = |call: &Call| call.deadline().is_some_and(|deadline| deadline <= now);
        let legs: Vec<LegId> = self.calls.iter().filter(|(_, call)| due(call)).map(|(leg, _)| *leg).collect();
        for leg in legs {
            self.expire_call(now, leg);
        }
    }

    /// The next output.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When `expire` has something to do.
    pub fn deadline(&self) -> Option<Instant> {
        let calls = self.calls.values().filter_map(Call::deadline).min();
        earlier(calls, self.transactions.deadline())
    }

    /// How many transactions and calls are remembered; for tests of what is left behind.
    pub fn load(&self) -> (usize, usize) {
        (self.transactions.len(), self.calls.len())
    }

    fn send(&mut self, frame: Vec<u8>) {
        self.outputs.push_back(Output::Frame(frame));
    }

    fn order(&mut self, order: Order) {
        self.outputs.push_back(Output::Media(order));
    }

    /// Sends a response; whether the transaction still wanted one.
    fn respond(&mut self, now: Instant, server: ServerId, status: u16, frame: Vec<u8>) -> bool {
        let wanted = self.transactions.respond(now, server, status, &frame).is_ok();
        if wanted {
            self.send(frame);
        }
        wanted
    }
}
