//! The atomic turn: one input is handled to its end before the next.

use super::{Input, UserAgent};
use crate::call::{self, Call};
use crate::flow::{Action, Cause as Loss, Change, FlowId, Received};
use crate::message::{Message, Method};
use crate::protocol::{CallId, Cause, ConnectionState, Direction, Event, Failure};
use crate::time::Instant;
use crate::transaction::{ClientId, ClientVerdict, Expired, ServerId, ServerVerdict};
use crate::usage::{Output, Owner};
use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

impl UserAgent {
    /// Takes one input, and does everything that follows from it. It never fails; what is
    /// to be done outside comes by [`poll`](Self::poll).
    pub fn handle(&mut self, now: Instant, input: Input<'_>) {
        self.at(now);
        let random = &mut self.context.random;
        match input {
            Input::Opened { flow } => self.connection.opened(now, flow, random),
            Input::Closed { flow, code } => self.connection.closed(now, flow, code, random),
            Input::Frame { flow, octets } => match self.connection.receive(now, flow, octets, random) {
                Received::Message => self.frame(flow, octets),
                Received::KeepAlive | Received::Stale => {}
            },
            Input::Network { online } => self.connection.network(now, online, random),
            Input::Deadline => self.expire(),
        }
        self.keep_connection();
    }

    /// Time never goes backwards, whatever the shell's clock does.
    pub(super) fn at(&mut self, now: Instant) {
        self.context.now = self.context.now.max(now);
    }

    fn frame(&mut self, flow: FlowId, octets: &[u8]) {
        let now = self.context.now;
        match Message::parse(octets) {
            Ok(message) => {
                self.context.outbox.note(now, Direction::Received, flow, octets, None);
                if message.is_request() {
                    self.request(flow, message);
                } else {
                    self.response(&message);
                }
            }
            Err(error) => {
                let fault = error.fault().as_str();
                self.context.outbox.note(now, Direction::Received, flow, octets, Some(fault));
                let tag = self.context.random.token(12);
                if let Some(refusal) = error.refusal(&tag) {
                    self.context.transmit(refusal);
                }
            }
        }
    }

    // Responses.

    fn response(&mut self, response: &Message) {
        // RFC 3261 section 8.1.3.3: a response with a second Via was meant for another.
        if response.via_count() > 1 {
            return;
        }
        match self.context.transactions.response(self.context.now, response) {
            ClientVerdict::Unmatched | ClientVerdict::Absorbed(_) => {}
            ClientVerdict::Pass(id) => self.pass(id, response, false),
            ClientVerdict::PassLate(id) => self.pass(id, response, true),
            ClientVerdict::PassAndAck { id, ack, .. } => {
                self.context.transmit(ack);
                self.pass(id, response, false);
            }
        }
    }

    fn pass(&mut self, id: ClientId, response: &Message, late: bool) {
        let status = response.status().unwrap_or_default();
        if status >= 200 {
            self.context.confirm(id, response);
        }
        let last = status >= 200 && (response.method() != Method::Invite || status >= 300);
        let Some(owner) = self.context.owner_of_client(id, last) else { return };
        match owner {
            Owner::Registration => self.registration_response(id, response),
            Owner::Connection => self.connection.answered(),
            Owner::Call(call) => {
                // A 2xx brings that callee: what comes again before it need not be looked up by name.
                let further = if late || status >= 200 { self.further_callee(response) } else { None };
                let call = further.unwrap_or(call);
                let mut fork = None;
                self.with_call(call, |call, context| fork = call.response(context, id, response, late));
                if let Some((id, fork)) = fork {
                    self.admit(id, fork);
                }
            }
            Owner::Request(number) => {
                if let Some(request) = self.requests.remove(number)
                    && let Some(request) = self.context.request_response(number, request, response)
                {
                    self.requests.insert(number, request);
                }
            }
        }
    }

    fn registration_response(&mut self, id: ClientId, response: &Message) {
        let unable = matches!(response.status(), Some(408 | 500 | 502..=504));
        if unable && self.connection.has_alternative(self.context.now) {
            return self.abandon_connection();
        }
        let timer = self.registration.response(&mut self.context, id, response);
        if let (Some(seconds), Some(flow)) = (timer, self.connection.open()) {
            self.connection.flow_timer(self.context.now, flow, seconds, &mut self.context.random);
        }
    }

    /// The server cannot register us, or has not said anything: another may (RFC 5626 section 4.5).
    fn abandon_connection(&mut self) {
        if let Some(flow) = self.connection.open() {
            self.connection.abandon(self.context.now, flow, &mut self.context.random);
        }
    }

    // Requests.

    fn request(&mut self, flow: FlowId, request: Message) {
        let verdict = self.context.transactions.receive(self.context.now, flow, &request);
        match verdict {
            ServerVerdict::New(server) => self.requested(server, request),
            ServerVerdict::Merged(server) => self.refuse(server, &request, 482),
            ServerVerdict::Repeated { resend: Some(frame), .. } => {
                let frame = frame.to_owned();
                self.context.transmit(frame);
            }
            ServerVerdict::Repeated { resend: None, .. } | ServerVerdict::AckAbsorbed(_) => {}
            ServerVerdict::Ack { .. } => {
                if let Some(call) = self.call_of(&request) {
                    self.with_call(call, |call, context| call.ack(context, &request));
                }
            }
            ServerVerdict::Cancel { cancel, target } => self.cancel(cancel, target, &request),
        }
    }

    /// A CANCEL has a response of its own, whatever it does (RFC 3261 section 9.2).
    fn cancel(&mut self, server: ServerId, target: Option<ServerId>, cancel: &Message) {
        let Some(target) = target else { return self.refuse(server, cancel, 481) };
        let call = self.context.owner_of_server(target);
        let tag = call.and_then(|id| self.calls.get(id)).map(|known| known.call.local_tag().to_owned());
        let tag = tag.unwrap_or_else(|| self.context.random.token(12));
        self.context.answer(server, cancel, 200, Some(&tag));
        if let Some(call) = call {
            self.with_call(call, |call, context| call.cancelled(context, target, cancel));
        }
    }

    /// A plain refusal with a tag of its own (RFC 3261 section 8.2.6.2: only 100 goes without).
    pub(super) fn refuse(&mut self, server: ServerId, request: &Message, status: u16) {
        let tag = self.context.random.token(12);
        self.context.answer(server, request, status, Some(&tag));
    }

    /// The call whose dialog a request is inside of.
    pub(super) fn call_of(&self, request: &Message) -> Option<CallId> {
        let (ours, theirs) = (request.to_tag()?, request.from_tag().unwrap_or_default());
        // Tags are tokens and compare without case (RFC 3261 section 7.3.1); ours are in small letters.
        let name = call::fork_name(ours, theirs);
        let ours = name.as_bytes().get(..ours.len()).unwrap_or_default();
        self.tags.get(name.as_bytes()).or_else(|| self.tags.get(ours))
    }

    /// The call of a further callee, whom the INVITE of another call has brought.
    fn further_callee(&self, response: &Message) -> Option<CallId> {
        if response.method() != Method::Invite {
            return None;
        }
        self.tags.get(call::fork_name(response.from_tag()?, response.to_tag()?).as_bytes())
    }

    // Time.

    fn expire(&mut self) {
        let now = self.context.now;
        while let Some(expired) = self.context.transactions.expire(now) {
            match expired {
                Expired::ClientTimeout(id) => self.timed_out(id),
                Expired::ClientEnded(id) => {
                    self.context.owner_of_client(id, true);
                }
                Expired::TryingDue(id) => {
                    if let Some(call) = self.context.owner_of_server(id) {
                        self.with_call(call, |call, context| call.trying_due(context, id));
                    }
                }
                Expired::Unanswered(id) | Expired::AckMissing(id) | Expired::ServerEnded(id) => {
                    self.context.disown(id);
                }
            }
        }
        self.connection.expire(now, &mut self.context.random);
        self.registration.expire(&mut self.context);
        let due: Vec<CallId> = self.agenda.iter().take_while(|(at, _)| *at <= now).map(|(_, call)| call).collect();
        for call in due {
            self.with_call(call, Call::expire);
        }
    }

    fn timed_out(&mut self, id: ClientId) {
        match self.context.owner_of_client(id, true) {
            None | Some(Owner::Connection) => {}
            Some(Owner::Registration) => {
                let alternative = self.connection.has_alternative(self.context.now);
                if !alternative {
                    self.registration.timeout(&mut self.context, id);
                }
                if alternative || !self.connection.is_proven() {
                    self.abandon_connection();
                }
            }
            Some(Owner::Call(call)) => self.with_call(call, |call, context| call.timeout(context, id)),
            Some(Owner::Request(number)) => {
                self.requests.remove(number);
                let timeout = Failure { cause: Cause::Timeout, status: Some(408), reason: None, retry_after: None };
                self.context.settle(number, Err(timeout));
            }
        }
    }

    // The connection.

    /// Carries out what the connection's machine wants, and tells everybody of its changes.
    pub(super) fn keep_connection(&mut self) {
        while let Some(action) = self.connection.poll() {
            match action {
                Action::Open { flow, url } => self.context.outbox.push(Output::Open { flow, url }),
                Action::Close { flow, code } => self.context.outbox.push(Output::Close { flow, code }),
                Action::Send { flow, frame } => {
                    self.context.outbox.push(Output::Send { flow, frame: frame.to_owned() });
                }
                Action::Probe { .. } => self.probe_server(),
                Action::Changed(change) => self.changed(change),
            }
        }
        if self.context.outbox.take_sent() {
            self.connection.sent(self.context.now);
        }
    }

    fn probe_server(&mut self) {
        let to = ["<", &self.context.identity.registrar, ">"].concat();
        let mut draft = self.context.draft("OPTIONS", &self.context.identity.registrar.clone(), &to);
        draft.route = Arc::default();
        self.probe = Some(self.context.send(draft, Owner::Connection).id);
    }

    fn changed(&mut self, change: Change) {
        match change {
            Change::Connecting { server } => {
                self.tell_connection(ConnectionState::Connecting, Some(server), None, None)
            }
            Change::Connected { flow, server, place } => {
                self.context.connected(flow, place, server.starts_with("wss:"));
                self.tell_connection(ConnectionState::Connected, Some(server), None, None);
                self.registration.connected(&mut self.context);
                self.tell_calls(false);
                self.context.redeliver();
            }
            Change::Disconnected { retry_in, cause, .. } => {
                let was_connected = self.context.flow().is_some();
                self.context.disconnected();
                let retry_in = retry_in.map(|span| u32::try_from(span.as_millis()).unwrap_or(u32::MAX));
                self.tell_connection(ConnectionState::Disconnected, None, retry_in, lost(cause));
                if let Some(probe) = self.probe.take() {
                    self.context.abandon(probe);
                }
                if was_connected {
                    self.registration.disconnected(&mut self.context);
                    self.settle_requests(Cause::Connection);
                    self.tell_calls(true);
                }
            }
        }
    }

    fn tell_calls(&mut self, lost: bool) {
        for call in self.calls.keys() {
            self.with_call(call, |call, context| call.connection(context, lost));
        }
    }

    fn tell_connection(
        &mut self,
        state: ConnectionState,
        server: Option<String>,
        retry_in: Option<u32>,
        failure: Option<Failure>,
    ) {
        self.context.emit(Event::Connection { state, server, retry_in, failure });
    }
}

/// Why the connection was lost, in words; nothing when it was not wanted any more.
fn lost(cause: Loss) -> Option<Failure> {
    let reason = match cause {
        Loss::Unwanted => return None,
        Loss::Refused(_) => "the server could not be reached",
        Loss::Unanswered => "the server did not answer in time",
        Loss::Lost(_) => "the connection was lost",
        Loss::Silent => "the server has fallen silent",
        Loss::Abandoned => "the server was of no use",
    };
    Some(Failure { cause: Cause::Connection, status: None, reason: Some(reason.to_owned()), retry_after: None })
}
