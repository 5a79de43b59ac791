//! The SIP part as one value: the proxy with its registrar, and the numbers behind it.
//!
//! `handle` takes something in, `poll` takes something out, `deadline` tells when time has
//! to be let in. There is no clock and no socket in here.

use std::collections::VecDeque;

use prackle::random::Random;
use prackle::time::{Duration, Instant, earlier};
use prackle::transaction::FlowId;

use crate::endpoint::{self, Endpoint};
use crate::media::{Heard, Order};
use crate::proxy::{NUMBERS_FLOW, Proxy};
use crate::realm::Realm;
use crate::registrar::Registrar;
use crate::seal::Seal;
use crate::users::User;

pub use crate::proxy::{Early, Place};
pub use prackle::auth::Algorithm;

/// What the SIP part has to be told at its start.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where it is, and how its proxy behaves. The domain is the realm, too.
    pub place: Place,
    /// Who may register.
    pub users: Vec<User>,
    /// What to challenge with, best first.
    pub algorithms: Vec<Algorithm>,
    /// How long a nonce serves.
    pub nonce_lifetime: Duration,
    /// The registrar.
    pub registrar: Registrar,
}

/// What comes in.
#[derive(Debug)]
pub enum Input<'a> {
    /// A connection has been opened.
    Opened {
        /// Its name.
        flow: FlowId,
    },
    /// A connection is gone.
    Closed {
        /// Its name.
        flow: FlowId,
    },
    /// A frame has come in.
    Frame {
        /// The connection.
        flow: FlowId,
        /// One WebSocket message.
        octets: &'a [u8],
    },
    /// The media have something to tell.
    Heard(Heard),
    /// A deadline has passed.
    Deadline,
}

/// What goes out.
#[derive(Debug)]
pub enum Output {
    /// Send this frame.
    Send {
        /// The connection.
        flow: FlowId,
        /// One WebSocket message.
        frame: Vec<u8>,
    },
    /// Something about media.
    Media(Order),
}

/// The proxy, the registrar and the numbers.
pub struct Sip {
    proxy: Proxy,
    numbers: Endpoint,
    outputs: VecDeque<Output>,
}

impl Sip {
    /// A server without connections. `entropy` is what its tokens and nonces come from.
    pub fn new(config: Config, entropy: [u8; 32]) -> Self {
        let mut random = Random::new(entropy);
        let seal = Seal::new(key(&mut random));
        let Config { place, users, algorithms, nonce_lifetime, registrar } = config;
        let realm = Realm::new(place.domain.clone(), &users, algorithms, nonce_lifetime, seal.clone());
        let host = format!("{}:{}", place.domain, place.port);
        let numbers = Endpoint::new(host, Random::new(key(&mut random)));
        Self { proxy: Proxy::new(place, realm, registrar, seal, random), numbers, outputs: VecDeque::new() }
    }

    /// Handles one input to the end.
    pub fn handle(&mut self, now: Instant, input: Input<'_>) {
        match input {
            Input::Opened { flow } => self.proxy.opened(flow),
            Input::Closed { flow } => self.proxy.closed(now, flow),
            Input::Frame { flow, octets } => self.proxy.frame(now, flow, octets),
            Input::Heard(heard) => self.numbers.heard(now, heard),
            Input::Deadline => {
                self.proxy.expire(now);
                self.numbers.expire(now);
            }
        }
        self.exchange(now);
    }

    /// What is to be done next.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When an [`Input::Deadline`] is due.
    pub fn deadline(&self) -> Option<Instant> {
        earlier(self.proxy.deadline(), self.numbers.deadline())
    }

    /// Whether `user` has a contact on a live connection.
    pub fn is_reachable(&self, user: &str) -> bool {
        self.proxy.is_reachable(user)
    }

    /// How many transactions, and how many contexts and calls, are remembered.
    pub fn load(&self) -> (usize, usize) {
        let ((proxied, contexts), (answered, calls)) = (self.proxy.load(), self.numbers.load());
        (proxied + answered, contexts + calls)
    }

    /// Carries frames between the proxy and the numbers until both are silent.
    fn exchange(&mut self, now: Instant) {
        loop {
            if let Some((flow, frame)) = self.proxy.poll() {
                if flow == NUMBERS_FLOW {
                    self.numbers.frame(now, &frame);
                } else {
                    self.outputs.push_back(Output::Send { flow, frame });
                }
            } else if let Some(output) = self.numbers.poll() {
                match output {
                    endpoint::Output::Frame(frame) => self.proxy.frame(now, NUMBERS_FLOW, &frame),
                    endpoint::Output::Media(order) => self.outputs.push_back(Output::Media(order)),
                }
            } else {
                return;
            }
        }
    }
}

fn key(random: &mut Random) -> [u8; 32] {
    let mut key = [0; 32];
    for octets in key.as_chunks_mut::<4>().0 {
        *octets = random.u32().to_le_bytes();
    }
    key
}
