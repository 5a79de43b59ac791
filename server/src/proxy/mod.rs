//! The proxy: stateful, forking, loose-routing, always on the path of what follows
//! (RFC 3261 section 16, RFC 5626 section 5, RFC 6228 section 6). It decides where requests
//! go and which responses go back; it knows no sockets and no clock, and reads of SDP only
//! whether it is there. The registrar, which needs the same users and flows, works within.

mod admit;
mod back;
mod best;
mod cancel;
mod context;
mod early;
mod faults;
mod flaky;
mod forward;
mod local;
mod route;

use std::collections::{BTreeMap, VecDeque};

use prackle::message::Message;
use prackle::random::Random;
use prackle::time::{Instant, Timers, earlier};
use prackle::transaction::{ClientId, Expired, FlowId, ServerId, ServerVerdict, Transactions};

use crate::flows::Flows;
use crate::location::Location;
use crate::realm::Realm;
use crate::registrar::Registrar;
use crate::seal::Seal;
use best::without_top_via;
use context::Context;
pub use early::Early;
use flaky::Late;

/// Where the proxy is, and how it behaves.
#[derive(Clone, Debug)]
pub struct Place {
    /// The domain of its users.
    pub domain: String,
    /// Further names and addresses of this host that may stand in its URIs.
    pub hosts: Vec<String>,
    /// Its port.
    pub port: u16,
    /// The reliable provisional response sent to every call, if any.
    pub early: Option<Early>,
    /// Whether each PRACK is challenged once.
    pub challenge_prack: bool,
}

/// The proxy and registrar of one domain.
pub struct Proxy {
    place: Place,
    timers: Timers,
    transactions: Transactions,
    flows: Flows,
    location: Location,
    realm: Realm,
    registrar: Registrar,
    random: Random,
    seal: Seal,
    contexts: BTreeMap<ServerId, Context>,
    /// Which branch of which context a client transaction serves.
    clients: BTreeMap<ClientId, (ServerId, usize)>,
    /// PRACKs that were challenged for the sake of a test: Call-ID and RAck.
    challenged: VecDeque<(String, String)>,
    late: Late,
    outputs: VecDeque<(FlowId, Vec<u8>)>,
}

/// The flow to the numbers inside the process.
pub const NUMBERS_FLOW: FlowId = FlowId(0);

impl Proxy {
    /// A proxy without connections.
    pub fn new(place: Place, realm: Realm, registrar: Registrar, seal: Seal, random: Random) -> Self {
        let timers = Timers::default();
        let mut flows = Flows::default();
        flows.open(NUMBERS_FLOW);
        Self {
            place,
            timers,
            transactions: Transactions::new(timers),
            flows,
            location: Location::default(),
            realm,
            registrar,
            random,
            seal,
            contexts: BTreeMap::new(),
            clients: BTreeMap::new(),
            challenged: VecDeque::new(),
            late: Late::default(),
            outputs: VecDeque::new(),
        }
    }

    /// A connection has been opened.
    pub fn opened(&mut self, flow: FlowId) {
        self.flows.open(flow);
    }

    /// A connection is gone.
    pub fn closed(&mut self, now: Instant, flow: FlowId) {
        self.flows.close(now, flow);
    }

    /// A frame has come in on `flow`.
    pub fn frame(&mut self, now: Instant, flow: FlowId, octets: &[u8]) {
        if octets.iter().all(|octet| matches!(octet, b'\r' | b'\n')) {
            // RFC 5626 section 4.4.1: the double CRLF is answered by a single one.
            if octets.len() >= 4 {
                self.outputs.push_back((flow, b"\r\n".to_vec()));
            }
            return;
        }
        match Message::parse(octets) {
            Ok(message) if message.is_request() => self.request(now, flow, message),
            Ok(message) => self.response(now, &message),
            Err(error) => {
                // What cannot be answered is dropped: it harms nobody.
                let refusal = error.refusal(&self.random.token(10));
                self.outputs.extend(refusal.map(|frame| (flow, frame)));
            }
        }
    }

    /// Acts on all deadlines that have passed.
    pub fn expire(&mut self, now: Instant) {
        while let Some(expired) = self.transactions.expire(now) {
            self.expired(now, expired);
        }
        self.location.expire(now);
        while let Some(flow) = self.flows.expire(now) {
            self.location.flow_lost(flow);
            self.flow_lost(now, flow);
        }
        let due = |context: &Context| context.deadline().is_some_and(|deadline| deadline <= now);
        let contexts: Vec<_> = self.contexts.iter().filter(|(_, context)| due(context)).map(|(id, _)| *id).collect();
        for server in contexts {
            self.expire_context(now, server);
        }
        self.deliver_late(now);
    }

    /// The next frame to send, and where to.
    pub fn poll(&mut self) -> Option<(FlowId, Vec<u8>)> {
        self.outputs.pop_front()
    }

    /// When `expire` has something to do.
    pub fn deadline(&self) -> Option<Instant> {
        let contexts = self.contexts.values().filter_map(Context::deadline).min();
        let stores = earlier(self.location.deadline(), self.flows.deadline());
        earlier(earlier(contexts, stores), earlier(self.transactions.deadline(), self.late.deadline()))
    }

    /// Whether `user` has a contact on a live connection.
    pub fn is_reachable(&self, user: &str) -> bool {
        self.location.bindings(user).iter().any(|binding| self.flows.resolve(binding.flow).is_some())
    }

    /// How many transactions, requests under way and bindings are remembered; for tests of
    /// what is left behind.
    pub fn load(&self) -> (usize, usize) {
        (self.transactions.len(), self.contexts.len() + self.clients.len() + self.late.len())
    }

    fn request(&mut self, now: Instant, flow: FlowId, request: Message) {
        self.flows.sent_by(flow, request.via().host);
        match self.transactions.receive(now, flow, &request) {
            // RFC 3261 section 16.3: to a proxy a merged request is a request like any other.
            ServerVerdict::New(server) | ServerVerdict::Merged(server) => self.admit(now, flow, server, request),
            ServerVerdict::Cancel { cancel, target } => self.cancel(now, cancel, target, &request),
            ServerVerdict::Repeated { resend, .. } => {
                let frame = resend.map(<[u8]>::to_vec);
                self.outputs.extend(frame.map(|frame| (flow, frame)));
            }
            ServerVerdict::AckAbsorbed(_) => {}
            ServerVerdict::Ack { .. } => self.forward_ack(flow, &request),
        }
    }

    fn expired(&mut self, now: Instant, expired: Expired) {
        match expired {
            Expired::ClientTimeout(client) => self.branch_timeout(now, client),
            Expired::ClientEnded(client) => {
                if let Some((server, _)) = self.clients.remove(&client) {
                    self.sweep(now, server);
                }
            }
            Expired::TryingDue(server) => self.trying(now, server),
            Expired::Unanswered(server) | Expired::AckMissing(server) | Expired::ServerEnded(server) => {
                self.sweep(now, server);
            }
        }
    }

    /// Sends a response of this server or one from downstream; one that must not be sent any
    /// more is dropped, but for a 2xx to INVITE, which always goes up (RFC 6026 section 7).
    fn send_response(&mut self, now: Instant, server: ServerId, upstream: FlowId, status: u16, frame: Vec<u8>) {
        if self.may_respond(now, server, status, &frame) {
            self.send(upstream, frame);
        }
    }

    /// The same for a response from downstream, with what is ordered for it.
    fn pass_response(&mut self, now: Instant, server: ServerId, upstream: FlowId, response: &Message) {
        let (status, frame) = (response.status().unwrap_or(500), without_top_via(response));
        if self.may_respond(now, server, status, &frame) {
            let fault = self.response_fault(response);
            self.deliver(now, fault, upstream, frame);
        }
    }

    fn may_respond(&mut self, now: Instant, server: ServerId, status: u16, frame: &[u8]) -> bool {
        let further_2xx = self.contexts.get(&server).is_some_and(|context| context.answered && context.is_invite());
        let allowed = self.transactions.respond(now, server, status, frame).is_ok();
        allowed || (further_2xx && (200..300).contains(&status))
    }

    /// Sends on the connection that leads today where `flow` led; what has no connection is
    /// lost, and repeated by whom it matters to.
    fn send(&mut self, flow: FlowId, frame: Vec<u8>) {
        if let Some(today) = self.flows.resolve(flow) {
            self.outputs.push_back((today, frame));
        }
    }

    /// Forgets a context that nothing can happen to any more.
    fn sweep(&mut self, now: Instant, server: ServerId) {
        let live = self.clients.values().any(|(of, _)| *of == server);
        let over = |context: &Context| context.early.as_ref().is_none_or(|early| early.is_over(now));
        let gone = self.transactions.flow_of(server).is_none();
        if self.contexts.get(&server).is_some_and(|context| !live && over(context) && (gone || context.answered)) {
            self.contexts.remove(&server);
        }
    }
}
