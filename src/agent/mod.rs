//! The user agent: configuration, the atomic turn, and the way from a message to the usage
//! that owns it.
//!
//! `turn` takes inputs and deadlines, `requests` judges what comes in outside of what is
//! known (RFC 3261 section 8.2), `commands` carries out what the application wants.

mod commands;
mod requests;
mod turn;

pub use crate::flow::FlowId;
pub use crate::usage::Output;

use crate::auth::{Auth, Credentials, Hash};
use crate::call::Call;
use crate::flow::{self, Connection};
use crate::message::Uri;
use crate::protocol::{CallId, Config, Refusal, RefusalCode, RequestNumber, Server, TraceEntry};
use crate::random::Random;
use crate::registration::Registration;
use crate::table::{Agenda, Names, Table};
use crate::time::{Duration, Instant, Timers, earlier};
use crate::transaction::ClientId;
use crate::usage::{Answering, Context, Identity, MIN_SE, Outbox, Request};
use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

/// A SIP user agent, as a value: no clock, no socket, no randomness of its own.
///
/// The shell calls [`handle`](UserAgent::handle) with whatever happens, one thing a turn,
/// carries out what [`poll`](UserAgent::poll) says until it says nothing, and calls again no
/// later than at [`deadline`](UserAgent::deadline). Commands go by
/// [`command`](UserAgent::command).
///
/// ```
/// use prackle::agent::{Input, Output, UserAgent};
/// use prackle::protocol::{Command, Config};
/// use prackle::time::Instant;
///
/// let config = Config::new("sip:alice@example.com", "wss://edge.example.com");
/// let mut agent = UserAgent::new(config, [7; 32], Instant::from_millis(0)).unwrap();
/// agent.command(Instant::from_millis(0), Command::Connect).unwrap();
/// while let Some(output) = agent.poll() {
///     if let Output::Open { flow, url } = output {
///         assert_eq!(url, "wss://edge.example.com");
///         agent.handle(Instant::from_millis(5), Input::Opened { flow });
///     }
/// }
/// ```
pub struct UserAgent {
    context: Context,
    connection: Connection,
    registration: Registration,
    calls: Table<CallId, Scheduled>,
    /// The names of all calls: the tags by which requests of peers find them.
    tags: Names<CallId>,
    agenda: Agenda<CallId>,
    requests: Table<RequestNumber, Request>,
    /// The OPTIONS that shows whether the server is still there.
    probe: Option<ClientId>,
    /// How many incoming calls wait for their answer: counting them would take all calls.
    ringing: usize,
    /// How many may do so at once.
    max_ringing: usize,
}

/// What happens to a user agent.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// The WebSocket has opened.
    Opened {
        /// Which one.
        flow: FlowId,
    },
    /// The WebSocket has closed, or could not be opened.
    Closed {
        /// Which one.
        flow: FlowId,
        /// The close code (RFC 6455 section 7.4).
        code: u16,
    },
    /// A WebSocket message has arrived.
    Frame {
        /// On which connection.
        flow: FlowId,
        /// Its payload, of a text or binary message.
        octets: &'a [u8],
    },
    /// The machine has a network again or another one, or has lost it.
    Network {
        /// Whether it has one.
        online: bool,
    },
    /// The deadline has passed.
    Deadline,
}

/// How many calls may ring at once when the configuration leaves it open.
const RINGING: usize = 64;

/// A call, with its deadline as it stands in the agenda, and whether it counts among those that ring.
#[derive(Debug)]
struct Scheduled {
    call: Call,
    deadline: Option<Instant>,
    rings: bool,
}

impl UserAgent {
    /// A user agent that is not connected yet. `entropy` must come from a cryptographic
    /// generator; the origin of `now` is the shell's choice.
    ///
    /// # Errors
    /// Something in the configuration is malformed or out of range.
    pub fn new(config: Config, entropy: [u8; 32], now: Instant) -> Result<Self, Refusal> {
        let mut random = Random::new(entropy);
        let identity = Identity::new(&config, &mut random)?;
        let servers = servers(&config.servers)?;
        let timers = timers(config.t1)?;
        if config.register_expires == Some(0) {
            return Err(Refusal::new(RefusalCode::InvalidArgument, "registerExpires must be at least 1 s"));
        }
        let auth = Auth::new(&home(&config.uri), credentials(&config)?, config.ask_credentials);
        let outbox = Outbox::new(usize::try_from(config.trace_length.unwrap_or(200)).unwrap_or(200));
        let mut context = Context::new(now, timers, identity, random, auth, outbox);
        context.answering = Answering::new(&config)?;
        context.prack = config.prack;
        if let Some(millis) = config.prack_deadline {
            context.prack_deadline = prack_deadline(millis)?;
        }
        context.accept_changed_answer = config.accept_changed_answer;
        context.on_fork = config.on_fork;
        context.session_timer = session_timer(config.session_timer)?;
        Ok(Self {
            context,
            connection: Connection::new(servers),
            registration: Registration::new(config.register_expires.unwrap_or(600)),
            calls: Table::new(),
            tags: Names::new(),
            agenda: Agenda::new(),
            requests: Table::new(),
            probe: None,
            ringing: 0,
            max_ringing: config.max_ringing.map_or(RINGING, |most| usize::try_from(most).unwrap_or(RINGING)),
        })
    }

    /// What the shell must do next; none when it has nothing to do until the next turn.
    pub fn poll(&mut self) -> Option<Output> {
        self.context.outbox.poll()
    }

    /// When [`Input::Deadline`] is to be handled at the latest.
    pub fn deadline(&self) -> Option<Instant> {
        let machines = earlier(self.context.transactions.deadline(), self.connection.deadline());
        earlier(earlier(machines, self.registration.deadline()), self.agenda.first())
    }

    /// The last messages sent and received, oldest first, without secrets.
    pub fn trace(&self) -> impl Iterator<Item = TraceEntry> + '_ {
        self.context.outbox.trace()
    }

    /// How many calls, requests and transactions are open: for tests and diagnostics.
    pub fn load(&self) -> usize {
        self.calls.len() + self.requests.len() + self.context.transactions.len()
    }

    /// Has a call act, and keeps the agenda and the books in step with it.
    fn with_call(&mut self, id: CallId, act: impl FnOnce(&mut Call, &mut Context)) {
        if let Some(scheduled) = self.calls.get_mut(id) {
            act(&mut scheduled.call, &mut self.context);
            self.conclude(id);
        }
    }

    /// Something has happened to a call: what follows from it, in the call and in what is known of it.
    fn conclude(&mut self, id: CallId) {
        let Some(scheduled) = self.calls.get_mut(id) else { return };
        scheduled.call.proceed(&mut self.context);
        scheduled.call.tidy(&self.context);
        let done = scheduled.call.is_done();
        let next = if done { None } else { scheduled.call.deadline() };
        self.agenda.change(id, scheduled.deadline, next);
        scheduled.deadline = next;
        let rings = !done && scheduled.call.is_ringing();
        self.ringing = self.ringing + usize::from(rings) - usize::from(scheduled.rings);
        scheduled.rings = rings;
        if done {
            self.tags.remove(scheduled.call.name().as_bytes());
            self.calls.remove(id);
        }
    }

    fn admit(&mut self, id: CallId, call: Call) {
        self.tags.insert(Arc::from(call.name().as_bytes()), id);
        self.calls.insert(id, Scheduled { call, deadline: None, rings: false });
        self.conclude(id);
    }
}

/// Shows who it is and how much it has to do: all that it keeps would show credentials too.
impl fmt::Debug for UserAgent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserAgent")
            .field("uri", &self.context.identity.uri)
            .field("connection", &self.connection)
            .field("calls", &self.calls.len())
            .field("load", &self.load())
            .finish_non_exhaustive()
    }
}

fn servers(given: &[Server]) -> Result<Vec<flow::Server>, Refusal> {
    if given.is_empty() || !given.iter().all(|server| is_websocket(&server.url)) {
        return Err(Refusal::new(RefusalCode::InvalidUri, "servers must be one or more ws:// or wss:// addresses"));
    }
    let known = |(place, server): (u16, &Server)| flow::Server {
        url: server.url.clone(),
        priority: server.priority.unwrap_or(place),
        weight: server.weight.unwrap_or(1),
    };
    Ok((0..u16::MAX).zip(given).map(known).collect())
}

fn is_websocket(url: &str) -> bool {
    let rest = url.strip_prefix("wss://").or_else(|| url.strip_prefix("ws://"));
    rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|octet| octet.is_ascii_graphic()))
}

fn timers(t1: Option<u32>) -> Result<Timers, Refusal> {
    let default = Timers::default();
    match t1 {
        None => Ok(default),
        Some(t1) if (500..=10_000).contains(&t1) => Ok(Timers { t1: Duration::from_millis(t1.into()), ..default }),
        Some(_) => Err(Refusal::new(RefusalCode::InvalidArgument, "t1 must be in 500..10000 ms")),
    }
}

fn prack_deadline(millis: u32) -> Result<Duration, Refusal> {
    match millis {
        1000..=30_000 => Ok(Duration::from_millis(millis.into())),
        _ => Err(Refusal::new(RefusalCode::InvalidArgument, "prackDeadline must be in 1000..30000 ms")),
    }
}

fn session_timer(seconds: Option<u32>) -> Result<Option<u32>, Refusal> {
    match seconds {
        Some(..MIN_SE) => Err(Refusal::new(RefusalCode::InvalidArgument, "sessionTimer must be at least 90 s")),
        Some(MIN_SE..) | None => Ok(seconds),
    }
}

/// The domain whose challenges are for our own user (RFC 3261 section 22.3).
fn home(uri: &str) -> String {
    match Uri::parse(uri) {
        Ok(Uri::Sip(uri)) => uri.host.to_owned(),
        Ok(Uri::Tel(_) | Uri::Other { .. }) | Err(_) => String::new(),
    }
}

fn credentials(config: &Config) -> Result<Vec<Credentials>, Refusal> {
    config.credentials.iter().map(keyed).collect()
}

/// The credentials of the configuration, or of the application's answer to a challenge. An
/// HA1 of 32 digits is one of MD5, of 64 one of SHA-256.
fn keyed(given: &crate::protocol::Credentials) -> Result<Credentials, Refusal> {
    match (&given.password, &given.ha1) {
        (Some(password), _) => {
            let credentials = Credentials::password(&given.username, password);
            Ok(match &given.realm {
                Some(realm) => credentials.for_realm(realm),
                None => credentials,
            })
        }
        (None, Some(ha1)) => {
            let hash = if ha1.len() == 32 { Hash::Md5 } else { Hash::Sha256 };
            let realm = given.realm.as_deref().unwrap_or_default();
            Credentials::ha1(&given.username, realm, hash, ha1).filter(|_| !realm.is_empty()).ok_or(Refusal::new(
                RefusalCode::InvalidArgument,
                "ha1 must be 32 or 64 hexadecimal digits, with its realm",
            ))
        }
        (None, None) => Err(Refusal::new(RefusalCode::InvalidArgument, "credentials need a password or an ha1")),
    }
}
