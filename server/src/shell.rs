//! The task around the SIP part: it has the clock, the connections and the media, feeds
//! [`Sip`] one input at a time and carries out what comes out.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use prackle::message::{Message, Name};
use prackle::time::Instant;
use prackle::transaction::FlowId;
use tokio::sync::{mpsc, oneshot};

use crate::media::{Heard, Legs};
use crate::sip::{Input, Output, Sip};
use crate::socket;
use crate::users::{End, Roster, User};

/// A connection's end of what it shares with the SIP part.
pub struct Opened {
    /// The name of the connection.
    pub flow: FlowId,
    /// Frames to send. Closed when the connection is to be closed.
    pub frames: mpsc::Receiver<Vec<u8>>,
}

/// The way to the SIP part, for any number of connections.
#[derive(Clone)]
pub struct Port {
    events: mpsc::Sender<Event>,
    flows: Arc<AtomicU32>,
}

enum Event {
    Opened { flow: FlowId, frames: mpsc::Sender<Vec<u8>> },
    Frame { flow: FlowId, octets: Vec<u8> },
    Closed { flow: FlowId },
    Lease { end: End, reply: oneshot::Sender<Option<User>> },
}

impl Port {
    /// Announces a new connection; nothing when the server is going down.
    pub async fn open(&self) -> Option<Opened> {
        let flow = FlowId(self.flows.fetch_add(1, Ordering::Relaxed));
        let (sender, frames) = socket::queue();
        self.events.send(Event::Opened { flow, frames: sender }).await.ok()?;
        Some(Opened { flow, frames })
    }

    /// Hands a frame over, waiting for a turn: senders are served in the order they came.
    pub async fn frame(&self, flow: FlowId, octets: Vec<u8>) {
        // An error means that the server is going down.
        drop(self.events.send(Event::Frame { flow, octets }).await);
    }

    /// Tells that a connection is gone.
    pub async fn closed(&self, flow: FlowId) {
        drop(self.events.send(Event::Closed { flow }).await);
    }

    /// The next free demo user.
    pub async fn lease(&self, end: End) -> Option<User> {
        let (reply, answer) = oneshot::channel();
        self.events.send(Event::Lease { end, reply }).await.ok()?;
        answer.await.ok().flatten()
    }
}

/// The shell of one server.
pub struct Shell {
    sip: Sip,
    roster: Roster,
    legs: Legs,
    heard: mpsc::Receiver<Heard>,
    events: mpsc::Receiver<Event>,
    connections: BTreeMap<FlowId, mpsc::Sender<Vec<u8>>>,
    origin: tokio::time::Instant,
    verbose: bool,
}

impl Shell {
    /// A shell around `sip`, whose origin of time is `origin`. `legs` makes the media.
    pub fn new(
        sip: Sip,
        roster: Roster,
        origin: tokio::time::Instant,
        verbose: bool,
        legs: impl FnOnce(mpsc::Sender<Heard>) -> Legs,
    ) -> (Self, Port) {
        let (sender, events) = mpsc::channel(EVENTS);
        let (teller, heard) = mpsc::channel(EVENTS);
        let connections = BTreeMap::new();
        let shell = Self { sip, roster, legs: legs(teller), heard, events, connections, origin, verbose };
        (shell, Port { events: sender, flows: Arc::new(AtomicU32::new(FIRST_FLOW)) })
    }

    /// Runs for as long as there is a [`Port`].
    pub async fn run(mut self) {
        loop {
            let deadline = self.sip.deadline();
            // Biased: what has arrived goes in before a deadline acts (a PRACK that is here
            // already beats the timer that waits for it).
            tokio::select! {
                biased;
                event = self.events.recv() => match event {
                    Some(event) => self.event(event),
                    None => return,
                },
                Some(heard) = self.heard.recv() => self.feed(Input::Heard(heard)),
                () = sleep_until(self.origin, deadline), if deadline.is_some() => self.feed(Input::Deadline),
            }
        }
    }

    fn event(&mut self, event: Event) {
        match event {
            Event::Opened { flow, frames } => {
                self.connections.insert(flow, frames);
                self.feed(Input::Opened { flow });
            }
            Event::Frame { flow, octets } => {
                // What a dropped connection had still under way is no longer heard.
                if self.connections.contains_key(&flow) {
                    self.note(">", flow, &octets);
                    self.feed(Input::Frame { flow, octets: &octets });
                }
            }
            Event::Closed { flow } => self.close(flow),
            Event::Lease { end, reply } => {
                let (now, sip) = (self.now(), &self.sip);
                // The page may have stopped waiting.
                drop(reply.send(self.roster.lease(now, end, |name| sip.is_reachable(name))));
            }
        }
    }

    fn feed(&mut self, input: Input<'_>) {
        let now = self.now();
        let culprit = match input {
            Input::Frame { flow, .. } => Some(flow),
            Input::Opened { .. } | Input::Closed { .. } | Input::Heard(_) | Input::Deadline => None,
        };
        let handled = catch_unwind(AssertUnwindSafe(|| self.sip.handle(now, input)));
        match (handled, culprit) {
            (Ok(()), _) => {}
            // A frame that makes us panic is our fault, but it must not end everybody's calls.
            (Err(_), Some(flow)) => self.close(flow),
            (Err(panic), None) => resume_unwind(panic),
        }
        while let Some(output) = self.sip.poll() {
            match output {
                Output::Send { flow, frame } => self.send(flow, frame),
                Output::Media(order) => self.legs.carry_out(order),
            }
        }
    }

    /// A queue that is full belongs to a client that does not read: it is dropped.
    fn send(&mut self, flow: FlowId, frame: Vec<u8>) {
        self.note("<", flow, &frame);
        let full = self.connections.get(&flow).is_some_and(|connection| connection.try_send(frame).is_err());
        if full {
            self.close(flow);
        }
    }

    /// Dropping the queue's sender makes the connection's task close the socket.
    fn close(&mut self, flow: FlowId) {
        if self.connections.remove(&flow).is_some() {
            let now = self.now();
            self.sip.handle(now, Input::Closed { flow });
        }
    }

    /// Prints what a frame is: its first line and its CSeq, so that responses can be told apart.
    fn note(&self, direction: &str, FlowId(flow): FlowId, frame: &[u8]) {
        if self.verbose
            && let Ok(message) = Message::parse(frame)
        {
            let first = String::from_utf8_lossy(frame).lines().next().unwrap_or_default().to_owned();
            let cseq = message.header(Name::CSeq).unwrap_or_default();
            let seconds = self.origin.elapsed().as_secs_f64();
            println!("{seconds:9.3} {flow:>3} {direction} {first}  ({cseq})");
        }
    }

    fn now(&self) -> Instant {
        Instant::from_millis(u64::try_from(self.origin.elapsed().as_millis()).unwrap_or(u64::MAX))
    }
}

async fn sleep_until(origin: tokio::time::Instant, deadline: Option<Instant>) {
    let after = deadline.map_or(Duration::MAX, |deadline| Duration::from_millis(deadline.as_millis()));
    match origin.checked_add(after) {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// Flow 0 leads to the numbers inside the process.
const FIRST_FLOW: u32 = 1;

/// Inputs waiting for their turn; a connection that finds this full waits.
const EVENTS: usize = 256;
