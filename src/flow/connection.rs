//! One connection, kept: opened when wanted, watched while open, opened again when lost.
//!
//! ```text
//!                connect                  opened
//!        Idle -------------> Opening -------------------> Open
//!         ^                   ^  ^ | closed,               | closed, silent,
//!         |                   |  | | no answer in 10 s     | abandoned
//!         | disconnect        |  | v                       v
//!         +--- (any state)    |  next server, at once, or after all have failed:
//!                             |                 |
//!                             +---- until ---- Waiting
//! ```

use super::keep_alive::{self, Due, KeepAlive};
use super::servers::{Place, Server, Servers};
use super::{Action, Cause, Change, FlowId, PING, Received};
use crate::random::Random;
use crate::time::{Duration, Instant};
use alloc::borrow::ToOwned;
use alloc::collections::VecDeque;
use alloc::vec::Vec;

/// The connection of a user agent to one of its servers.
///
/// Every call may leave something to be taken by [`Connection::poll`].
#[derive(Clone, Debug)]
pub struct Connection {
    servers: Servers,
    state: State,
    last: FlowId,
    actions: VecDeque<Action>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Not wanted.
    Idle,
    /// A WebSocket is being opened.
    Opening { flow: FlowId, place: Place, deadline: Instant },
    /// It is open.
    Open { flow: FlowId, place: Place, since: Instant, keep_alive: KeepAlive },
    /// All servers have failed.
    Waiting { until: Instant },
}

impl Connection {
    /// A connection to one of these servers, not wanted yet.
    pub fn new(servers: Vec<Server>) -> Self {
        Self { servers: Servers::new(servers), state: State::Idle, last: FlowId(0), actions: VecDeque::new() }
    }

    /// The connection is wanted. While waiting for the next attempt: it is made now.
    pub fn connect(&mut self, now: Instant, random: &mut Random) {
        match self.state {
            State::Opening { .. } | State::Open { .. } => {}
            State::Idle | State::Waiting { .. } => {
                self.servers.forget();
                self.open_next(now, random);
            }
        }
    }

    /// The connection is no longer wanted.
    pub fn disconnect(&mut self) {
        let flow = self.current();
        if self.state == State::Idle {
            return;
        }
        self.state = State::Idle;
        if let Some(flow) = flow {
            self.actions.push_back(Action::Close { flow, code: NORMAL });
        }
        self.changed(Change::Disconnected { flow, retry_in: None, cause: Cause::Unwanted });
    }

    /// The layers above have no use for this connection, although it is open: its server
    /// refuses or never answers them. The next one is tried.
    pub fn abandon(&mut self, now: Instant, flow: FlowId, random: &mut Random) {
        if self.current() == Some(flow) {
            self.actions.push_back(Action::Close { flow, code: FAILED });
            self.fail(now, Cause::Abandoned, random);
        }
    }

    /// Whether another server would be tried at once if this connection were abandoned.
    pub fn has_alternative(&self, now: Instant) -> bool {
        match self.state {
            State::Open { place, since, .. } => self.servers.has_other(place, now.since(since) >= PROVEN),
            State::Idle | State::Opening { .. } | State::Waiting { .. } => false,
        }
    }

    /// Whether the server is known to answer keep-alives: it is alive then, whatever else it
    /// leaves unanswered.
    pub fn is_proven(&self) -> bool {
        matches!(self.state, State::Open { keep_alive, .. } if keep_alive.is_proven())
    }

    /// The machine has a network again, or another one: an attempt that is waited for is made
    /// now, an open connection proves that it lives. Without a network the same is asked of
    /// it, since a connection within the machine goes on.
    pub fn network(&mut self, now: Instant, online: bool, random: &mut Random) {
        if let State::Open { keep_alive, .. } = &mut self.state {
            *keep_alive = keep_alive.shaken(now);
        } else if matches!(self.state, State::Waiting { .. }) && online {
            self.connect(now, random);
        }
    }

    /// A message has been sent: the server is expected to say something soon.
    pub fn sent(&mut self, now: Instant) {
        if let State::Open { keep_alive, .. } = &mut self.state {
            *keep_alive = keep_alive.sent(now);
        }
    }

    /// The OPTIONS that [`Action::Probe`] asked for has got a response.
    pub fn answered(&mut self) {
        if let State::Open { keep_alive, .. } = &mut self.state {
            *keep_alive = keep_alive.answered();
        }
    }

    /// A registration over this connection was granted with this Flow-Timer, in seconds
    /// (RFC 5626 section 4.4).
    pub fn flow_timer(&mut self, now: Instant, flow: FlowId, seconds: u32, random: &mut Random) {
        if let State::Open { flow: open, keep_alive, .. } = &mut self.state
            && *open == flow
        {
            *keep_alive = keep_alive.flow_timer(now, seconds, random);
        }
    }

    /// The WebSocket has opened.
    pub fn opened(&mut self, now: Instant, flow: FlowId, random: &mut Random) {
        match self.state {
            State::Opening { flow: opening, place, .. } if opening == flow => {
                self.state = State::Open { flow, place, since: now, keep_alive: KeepAlive::new(now, random) };
                let server = self.servers.url(place).to_owned();
                self.changed(Change::Connected { flow, server, place });
            }
            State::Idle | State::Opening { .. } | State::Open { .. } | State::Waiting { .. } => {}
        }
    }

    /// The WebSocket has closed, or could not be opened; the close code.
    pub fn closed(&mut self, now: Instant, flow: FlowId, code: u16, random: &mut Random) {
        match self.state {
            State::Opening { flow: own, .. } if own == flow => self.fail(now, Cause::Refused(code), random),
            State::Open { flow: own, .. } if own == flow => self.fail(now, Cause::Lost(code), random),
            State::Idle | State::Opening { .. } | State::Open { .. } | State::Waiting { .. } => {}
        }
    }

    /// A frame has arrived. Keep-alives are dealt with; what to do with others is told.
    pub fn receive(&mut self, now: Instant, flow: FlowId, frame: &[u8], random: &mut Random) -> Received {
        let State::Open { flow: open, keep_alive, .. } = &mut self.state else { return Received::Stale };
        if *open != flow {
            return Received::Stale;
        }
        let line_ends = keep_alive::is_keep_alive(frame);
        *keep_alive = keep_alive.receive(now, line_ends, random);
        if let Some(frame) = keep_alive::answer(frame) {
            self.actions.push_back(Action::Send { flow, frame });
        }
        if line_ends { Received::KeepAlive } else { Received::Message }
    }

    /// Acts on the deadline, if it has passed.
    pub fn expire(&mut self, now: Instant, random: &mut Random) {
        match self.state {
            State::Opening { flow, deadline, .. } if deadline <= now => {
                self.actions.push_back(Action::Close { flow, code: NORMAL });
                self.fail(now, Cause::Unanswered, random);
            }
            State::Waiting { until } if until <= now => {
                self.servers.begin_round();
                self.open_next(now, random);
            }
            State::Open { flow, place, since, keep_alive } => {
                let (keep_alive, due) = keep_alive.expire(now, random);
                self.state = State::Open { flow, place, since, keep_alive };
                self.keep_alive_due(now, flow, due, random);
            }
            State::Idle | State::Opening { .. } | State::Waiting { .. } => {}
        }
    }

    /// What is to be done next.
    pub fn poll(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// When [`Connection::expire`] has something to do.
    pub fn deadline(&self) -> Option<Instant> {
        match self.state {
            State::Idle => None,
            State::Opening { deadline, .. } | State::Waiting { until: deadline } => Some(deadline),
            State::Open { keep_alive, .. } => Some(keep_alive.deadline()),
        }
    }

    /// The open connection, over which messages can be sent.
    pub fn open(&self) -> Option<FlowId> {
        match self.state {
            State::Open { flow, .. } => Some(flow),
            State::Idle | State::Opening { .. } | State::Waiting { .. } => None,
        }
    }

    /// Whether the connection is wanted: it is open, or will be tried again and again.
    pub fn is_wanted(&self) -> bool {
        self.state != State::Idle
    }

    /// The address of the server in use, or being tried.
    pub fn server(&self) -> Option<&str> {
        match self.state {
            State::Opening { place, .. } | State::Open { place, .. } => Some(self.servers.url(place)),
            State::Idle | State::Waiting { .. } => None,
        }
    }

    fn current(&self) -> Option<FlowId> {
        match self.state {
            State::Opening { flow, .. } | State::Open { flow, .. } => Some(flow),
            State::Idle | State::Waiting { .. } => None,
        }
    }

    fn keep_alive_due(&mut self, now: Instant, flow: FlowId, due: Due, random: &mut Random) {
        match due {
            Due::Nothing => {}
            Due::Ping => self.actions.push_back(Action::Send { flow, frame: PING }),
            Due::Options => self.actions.push_back(Action::Probe { flow }),
            Due::Dead => {
                self.actions.push_back(Action::Close { flow, code: FAILED });
                self.fail(now, Cause::Silent, random);
            }
        }
    }

    /// The connection of the present state is gone: on to the next server, or to a pause.
    fn fail(&mut self, now: Instant, cause: Cause, random: &mut Random) {
        let flow = self.current();
        match self.state {
            State::Open { place, since, .. } => {
                // A server that takes connections and drops them must not be tried without
                // a pause for ever: RFC 5626 section 4.5 counts a flow as successful only
                // once it has been of use.
                if now.since(since) >= PROVEN {
                    self.servers.forget();
                }
                self.servers.failed(place);
            }
            State::Opening { place, .. } => self.servers.failed(place),
            State::Idle | State::Waiting { .. } => {}
        }
        if let Some(next) = self.servers.choose(random) {
            self.changed(Change::Disconnected { flow, retry_in: Some(Duration::ZERO), cause });
            self.attempt(now, next);
        } else {
            let pause = self.wait(now, random);
            self.changed(Change::Disconnected { flow, retry_in: Some(pause), cause });
        }
    }

    fn open_next(&mut self, now: Instant, random: &mut Random) {
        match self.servers.choose(random) {
            Some(place) => self.attempt(now, place),
            None => drop(self.wait(now, random)),
        }
    }

    fn attempt(&mut self, now: Instant, place: Place) {
        self.last = FlowId(self.last.0.wrapping_add(1));
        let (flow, url) = (self.last, self.servers.url(place).to_owned());
        self.state = State::Opening { flow, place, deadline: now + OPEN_WAIT };
        self.changed(Change::Connecting { server: url.clone() });
        self.actions.push_back(Action::Open { flow, url });
    }

    fn wait(&mut self, now: Instant, random: &mut Random) -> Duration {
        let pause = self.servers.pause(random);
        self.state = State::Waiting { until: now + pause };
        pause
    }

    fn changed(&mut self, change: Change) {
        self.actions.push_back(Action::Changed(change));
    }
}

/// How long a WebSocket may take to open.
const OPEN_WAIT: Duration = Duration::from_secs(10);

/// How long a connection must have been open for former failures to be forgotten.
const PROVEN: Duration = Duration::from_secs(10);

/// RFC 6455 section 7.4.1: the purpose is fulfilled.
const NORMAL: u16 = 1000;

/// RFC 6455 section 7.4.2: for private use; a browser lets pages close with no other.
const FAILED: u16 = 4000;

#[cfg(test)]
#[path = "tests/mod.rs"]
mod tests;
