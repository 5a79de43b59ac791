//! Sending copies of a request to its targets (RFC 3261 section 16.6).

use prackle::message::{Challenge, Edit, Message, Method, Name};
use prackle::time::Instant;
use prackle::transaction::{FlowId, ServerId};

use super::Proxy;
use super::context::{Branch, Context, State, TIMER_C, Target};
use super::early::{Early, VirtualUas};
use crate::answer::answer;

/// RFC 3261 leaves the breadth of a fork open; RFC 5393 section 5.3.3 proposes 60.
const MOST_BRANCHES: usize = 60;

impl Proxy {
    /// Begins a context: says that the request is being worked on, and tries its first targets.
    pub(super) fn start(
        &mut self,
        now: Instant,
        upstream: FlowId,
        server: ServerId,
        context: Context,
        early: Option<Early>,
    ) {
        let invite = context.is_invite();
        let trying = invite.then(|| answer(&context.request, 100));
        self.contexts.insert(server, context);
        if let Some(frame) = trying {
            self.send_response(now, server, upstream, 100, frame);
        }
        if let Some(early) = early.filter(|_| invite) {
            self.answer_early(now, server, &early);
        }
        self.next_group(now, server);
    }

    /// RFC 3261 section 17.2.1: the client should not wonder.
    pub(super) fn trying(&mut self, now: Instant, server: ServerId) {
        let Some(context) = self.contexts.get(&server) else { return };
        let (upstream, frame) = (context.upstream, answer(&context.request, 100));
        self.send_response(now, server, upstream, 100, frame);
    }

    /// Tries the best targets that are left; whether there were any.
    pub(super) fn next_group(&mut self, now: Instant, server: ServerId) -> bool {
        let Some(group) = self.contexts.get_mut(&server).and_then(|context| context.waiting.pop_front()) else {
            return false;
        };
        for target in group {
            self.branch(now, server, target);
        }
        // A branch without connection has failed by now.
        self.conclude(now, server);
        true
    }

    fn branch(&mut self, now: Instant, server: ServerId, target: Target) {
        let token = self.random.token(16);
        let Some(context) = self.contexts.get(&server).filter(|context| context.branches.len() < MOST_BRANCHES) else {
            return;
        };
        let uri = target.uri.clone().unwrap_or_else(|| context.request.uri().to_owned());
        let branch = format!("z9hG4bK{token}");
        let frame = self.copy(context, &target, &branch);
        let (invite, cseq, fault) = (context.is_invite(), context.request.cseq(), context.fault);
        let Some(flow) = self.flows.resolve(target.flow) else { return self.no_connection(now, server) };
        let client = if invite {
            match self.transactions.invite(now, flow, &frame) {
                Ok(client) => client,
                Err(_) => return self.no_connection(now, server),
            }
        } else {
            self.transactions.request(now, flow, &branch, cseq)
        };
        let state = State::Pending { timer_c: invite.then(|| now + TIMER_C) };
        let branch = Branch { client, flow: target.flow, frame: frame.clone(), state, dialogs: Vec::new() };
        if let Some(context) = self.contexts.get_mut(&server) {
            self.clients.insert(client, (server, context.branches.len()));
            context.tried.push(uri);
            context.branches.push(branch);
        }
        self.deliver(now, fault, flow, frame);
    }

    /// The target's connection broke between choosing and sending: as if it had said so.
    fn no_connection(&mut self, now: Instant, server: ServerId) {
        let status = self.unreachable(server);
        let response = self.contexts.get(&server).map(|context| own_response(&context.request, status));
        if let (Some(context), Some(Some(response))) = (self.contexts.get_mut(&server), response) {
            context.responses.push(response);
        }
        self.conclude(now, server);
    }

    fn copy(&self, context: &Context, target: &Target, branch: &str) -> Vec<u8> {
        let request = &context.request;
        let mut edit = Edit::new(request);
        if let Some(uri) = &target.uri {
            edit.uri(uri);
        }
        // 0 was refused before.
        edit.decrement_max_forwards();
        self.remove_own_credentials(request, &mut edit);
        if makes_or_refreshes_a_dialog(request.method()) {
            let value = self.record_route(context.upstream, target.flow);
            if edit.top(Name::RecordRoute).is_some() {
                edit.push(Name::RecordRoute, &value);
            } else {
                edit.append(Name::RecordRoute, &value);
            }
        }
        edit.push(Name::Via, &self.via(branch));
        edit.finish()
    }

    /// RFC 3261 section 22.3: credentials for this realm are nobody else's business.
    fn remove_own_credentials(&self, request: &Message, edit: &mut Edit<'_>) {
        let others = |value: &&str| {
            let realm = Challenge::parse(value).and_then(|credentials| credentials.param("realm"));
            realm.is_none_or(|realm| realm != self.realm.name())
        };
        edit.remove(Name::ProxyAuthorization);
        for value in request.fields(Name::ProxyAuthorization).filter(others) {
            edit.append(Name::ProxyAuthorization, value);
        }
    }

    pub(super) fn via(&self, branch: &str) -> String {
        format!("SIP/2.0/WS {}:{};branch={branch}", self.place.domain, self.place.port)
    }

    /// The ACK of a 2xx is a request without a transaction: it is passed on and forgotten
    /// (RFC 3261 section 16.11).
    pub(super) fn forward_ack(&mut self, flow: FlowId, ack: &Message) {
        let Ok(copy) = Message::parse(ack.octets()) else { return };
        let (ack, token) = self.without_own_routes(copy);
        let Some(target) = self.ack_target(flow, token, &ack) else { return };
        let branch = format!("z9hG4bK{}", self.random.token(16));
        let mut edit = Edit::new(&ack);
        if edit.decrement_max_forwards().is_some() {
            edit.push(Name::Via, &self.via(&branch));
            self.send(target, edit.finish());
        }
    }

    fn ack_target(&self, flow: FlowId, token: Option<[FlowId; 2]>, ack: &Message) -> Option<FlowId> {
        let plan = match token {
            Some(ends) => self.along_dialog(flow, ends, ack),
            None => self.targets(ack.uri()),
        };
        plan.ok()?.groups.pop_front()?.into_iter().next().map(|target| target.flow)
    }

    /// Puts a virtual UAS beside the branches, where RFC 3262 section 3 allows one.
    fn answer_early(&mut self, now: Instant, server: ServerId, early: &Early) {
        // RFC 3262 section 3: uniform in 1..2^31-1.
        let (tag, first) = (self.random.token(10), 1 + self.random.below((1 << 31) - 1));
        let contact = format!("sip:{}:{};transport=ws", self.place.domain, self.place.port);
        let timers = self.timers;
        let Some(context) = self.contexts.get_mut(&server) else { return };
        if !VirtualUas::may_answer(&context.request) {
            return;
        }
        let (uas, frame) = VirtualUas::new(now, timers, &context.request, early, &contact, tag, first);
        context.early = Some(uas);
        let upstream = context.upstream;
        self.send_response(now, server, upstream, early.code, frame);
    }
}

/// A response of this proxy in the shape of a branch's result: with a Via of its own on top.
pub(super) fn own_response(request: &Message, status: u16) -> Option<Message> {
    let plain = Message::parse(&answer(request, status)).ok()?;
    let mut edit = Edit::new(&plain);
    edit.push(Name::Via, "SIP/2.0/WS own.invalid");
    Message::parse(&edit.finish()).ok()
}

/// RFC 3261 section 16.6 step 4: the proxy stays on the path of what follows, also where a
/// dialog is only refreshed: its route set can be rebuilt from that.
fn makes_or_refreshes_a_dialog(method: Method<'_>) -> bool {
    matches!(method, Method::Invite | Method::Subscribe | Method::Notify | Method::Refer | Method::Update)
}
