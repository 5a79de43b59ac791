//! What comes back: responses, and the absence of them (RFC 3261 sections 16.7 to 16.9).

use prackle::message::{Contact, Message, Name, Writer, reason_phrase};
use prackle::time::Instant;
use prackle::transaction::{ClientId, ClientVerdict, FlowId, ServerId};

use super::Proxy;
use super::best::best;
use super::context::{Context, State, Target};
use super::early::EarlyExpiry;
use super::forward::own_response;

impl Proxy {
    pub(super) fn response(&mut self, now: Instant, response: &Message) {
        match self.transactions.response(now, response) {
            // RFC 6026 section 7.3: stray responses are dropped; and a provisional response
            // that a 2xx has overtaken would only confuse (RFC 3261 section 16.7 step 5).
            ClientVerdict::Unmatched | ClientVerdict::Absorbed(_) | ClientVerdict::PassLate(_) => {}
            ClientVerdict::Pass(client) => self.branch_response(now, client, response),
            ClientVerdict::PassAndAck { id, flow, ack } => {
                self.send(flow, ack);
                self.branch_response(now, id, response);
            }
        }
    }

    fn branch_response(&mut self, now: Instant, client: ClientId, response: &Message) {
        // A response to a CANCEL of ours has no branch.
        let Some(&(server, index)) = self.clients.get(&client) else { return };
        match response.status().unwrap_or(0) {
            0..=100 => self.cancel_if_unwanted(now, server, index),
            101..=199 => self.provisional(now, server, index, response),
            200..=299 => self.success(now, server, index, client, response),
            _ => self.failure(now, server, index, client, response),
        }
    }

    /// Each reception goes upstream at once, whatever it holds: retransmissions of a reliable
    /// response are end to end (RFC 3262 section 3).
    fn provisional(&mut self, now: Instant, server: ServerId, index: usize, response: &Message) {
        let Some(context) = self.contexts.get_mut(&server) else { return };
        let answered = context.answered;
        if let Some(branch) = context.branches.get_mut(index) {
            branch.state.restart_timer_c(now);
            if !answered {
                branch.note_dialog(response);
            }
        }
        let upstream = context.upstream;
        if !answered {
            self.pass_response(now, server, upstream, response);
        }
        self.cancel_if_unwanted(now, server, index);
    }

    /// The first 2xx answers the request; to an INVITE there can be more, and they all go up.
    fn success(&mut self, now: Instant, server: ServerId, index: usize, client: ClientId, response: &Message) {
        let timers = self.timers;
        let Some(context) = self.contexts.get_mut(&server) else { return };
        let (invite, first, upstream) = (context.is_invite(), !context.answered, context.upstream);
        if let Some(branch) = context.branches.get_mut(index) {
            branch.state = State::Ended;
        }
        if !invite {
            self.clients.remove(&client);
        }
        if first || invite {
            self.pass_response(now, server, upstream, response);
        }
        if let Some(context) = self.contexts.get_mut(&server).filter(|_| first) {
            context.answered = true;
            context.waiting.clear();
            if let Some(early) = &mut context.early {
                early.close(now, timers);
            }
            self.cancel_branches(now, server, Some(ANSWERED_ELSEWHERE));
        }
        self.sweep(now, server);
    }

    fn failure(&mut self, now: Instant, server: ServerId, index: usize, client: ClientId, response: &Message) {
        self.clients.remove(&client);
        let Ok(kept) = Message::parse(response.octets()) else { return };
        let status = response.status().unwrap_or(500);
        let more = if (300..400).contains(&status) { self.redirected(server, response) } else { Vec::new() };
        let Some(context) = self.contexts.get_mut(&server) else { return };
        if let Some(branch) = context.branches.get_mut(index) {
            branch.state = State::Ended;
        }
        if more.is_empty() {
            context.responses.push(kept);
        } else {
            // RFC 3261 section 16.7 step 4: a redirection that is followed is no result.
            context.waiting.push_front(more);
            self.next_group(now, server);
        }
        if status >= 600
            && let Some(context) = self.contexts.get_mut(&server)
        {
            context.waiting.clear();
            self.cancel_branches(now, server, None);
        }
        self.conclude(now, server);
        self.tell_ended_dialogs(now, server, index, status);
        self.sweep(now, server);
    }

    /// The contacts of a 3xx that this server can reach and has not tried.
    fn redirected(&self, server: ServerId, response: &Message) -> Vec<Target> {
        let Some(context) = self.contexts.get(&server).filter(|context| !context.answered && !context.cancelled) else {
            return Vec::new();
        };
        let mut targets = Vec::new();
        for contact in response.contacts() {
            let Ok(Contact::Address(address)) = contact else { continue };
            let known = |uri: &str| context.tried.iter().any(|tried| tried == uri);
            let Ok(plan) = self.targets(address.uri) else { continue };
            for target in plan.groups.into_iter().flatten() {
                let uri = target.uri.clone().unwrap_or_else(|| address.uri.to_owned());
                if !known(&uri) {
                    targets.push(Target { uri: Some(uri), flow: target.flow });
                }
            }
        }
        targets
    }

    /// Timers B and F: no response at all.
    pub(super) fn branch_timeout(&mut self, now: Instant, client: ClientId) {
        let Some((server, index)) = self.clients.remove(&client) else { return };
        self.branch_failed(now, server, index, 408);
    }

    /// A branch has ended without a response; `status` stands for it.
    pub(super) fn branch_failed(&mut self, now: Instant, server: ServerId, index: usize, status: u16) {
        let Some(context) = self.contexts.get_mut(&server) else { return };
        let response = own_response(&context.request, status);
        let Some(branch) = context.branches.get_mut(index).filter(|branch| branch.state != State::Ended) else {
            return;
        };
        branch.state = State::Ended;
        let client = branch.client;
        // RFC 4320 section 4.2: nobody is told of the timeout of a request but INVITE; the
        // client's own timer has fired by now.
        let told = context.is_invite() || status != 408;
        context.responses.extend(response.filter(|_| told));
        self.clients.remove(&client);
        self.transactions.abandon(client);
        self.conclude(now, server);
        self.tell_ended_dialogs(now, server, index, status);
        self.sweep(now, server);
    }

    /// When all branches have failed: tries the next targets, or sends the best response.
    pub(super) fn conclude(&mut self, now: Instant, server: ServerId) {
        let timers = self.timers;
        let Some(context) = self.contexts.get(&server) else { return };
        if context.answered || !context.is_complete() {
            return;
        }
        if !context.cancelled && self.next_group(now, server) {
            return;
        }
        let Some(context) = self.contexts.get_mut(&server) else { return };
        let Some((status, frame)) = best(&context.request, &context.responses) else { return };
        context.answered = true;
        if let Some(early) = &mut context.early {
            early.close(now, timers);
        }
        let upstream = context.upstream;
        self.send_response(now, server, upstream, status, frame);
    }

    /// RFC 6228 section 6: while others still ring, the caller hears by a 199 that this
    /// branch does not any more.
    fn tell_ended_dialogs(&mut self, now: Instant, server: ServerId, index: usize, status: u16) {
        let tags = self.contexts.get_mut(&server).map(|context| context.take_ended_dialogs(index));
        self.tell_ended(now, server, &tags.unwrap_or_default(), status);
    }

    fn tell_ended(&mut self, now: Instant, server: ServerId, tags: &[String], status: u16) {
        let Some(context) = self.contexts.get(&server) else { return };
        let upstream = context.upstream;
        let cause = status.to_string();
        let reason = ["SIP;cause=", &cause, ";text=\"", reason_phrase(status), "\""].concat();
        let frames: Vec<_> = tags
            .iter()
            .map(|tag| {
                let mut response = Writer::response(&context.request, 199, reason_phrase(199), Some(tag));
                response.field(Name::Reason, &reason).finish()
            })
            .collect();
        for frame in frames {
            self.send_response(now, server, upstream, 199, frame);
        }
    }

    /// Timer C, the end of waiting for a cancelled branch, and the virtual UAS.
    pub(super) fn expire_context(&mut self, now: Instant, server: ServerId) {
        let Some(context) = self.contexts.get_mut(&server) else { return };
        let early = context.early.as_mut().and_then(|early| early.expire(now));
        let upstream = context.upstream;
        match early {
            // The retransmission is this UAS's own; the transaction keeps the last response.
            Some(EarlyExpiry::Resend(frame)) => self.send(upstream, frame),
            Some(EarlyExpiry::GiveUp) => {
                let result = own_response(&context.request, 504);
                context.responses.extend(result);
                self.conclude(now, server);
                let tag = self.contexts.get(&server).map(Context::ended_early_dialog);
                self.tell_ended(now, server, &tag.unwrap_or_default(), 504);
            }
            None => {}
        }
        if let Some(context) = self.contexts.get_mut(&server) {
            context.early.take_if(|early| early.is_over(now));
        }
        self.expire_branches(now, server);
        self.sweep(now, server);
    }

    fn expire_branches(&mut self, now: Instant, server: ServerId) {
        let Some(context) = self.contexts.get(&server) else { return };
        let states: Vec<State> = context.branches.iter().map(|branch| branch.state.clone()).collect();
        for (index, state) in states.into_iter().enumerate() {
            match state {
                // RFC 3261 section 16.8: with a provisional response it is cancelled, and
                // still waited for; without one it has failed.
                State::Pending { timer_c: Some(at) } | State::Unwanted { timer_c: Some(at), .. } if at <= now => {
                    if !self.cancel_branch(now, server, index, None) {
                        self.branch_failed(now, server, index, 408);
                    }
                }
                State::Cancelling { give_up } if give_up <= now => self.branch_failed(now, server, index, 408),
                State::Pending { .. } | State::Unwanted { .. } | State::Cancelling { .. } | State::Ended => {}
            }
        }
    }

    /// The status for a target whose connection is gone: inside a dialog the client may want
    /// to know that the flow has failed, outside nobody is there (RFC 5626 section 5.3).
    pub(super) fn unreachable(&self, server: ServerId) -> u16 {
        let inside = self.contexts.get(&server).is_some_and(|context| context.request.to_tag().is_some());
        if inside { 430 } else { 480 }
    }

    /// A client has not come back: what waits for it has failed, what it asked for is no
    /// longer wanted.
    pub(super) fn flow_lost(&mut self, now: Instant, flow: FlowId) {
        let gone =
            |proxy: &Self, of: FlowId| of == flow || (proxy.flows.resolve(of).is_none() && !proxy.flows.may_return(of));
        let servers: Vec<ServerId> = self.contexts.keys().copied().collect();
        for server in servers {
            let Some(context) = self.contexts.get(&server) else { continue };
            let (upstream, flows): (FlowId, Vec<FlowId>) =
                (context.upstream, context.branches.iter().map(|branch| branch.flow).collect());
            for (index, flow) in flows.into_iter().enumerate() {
                if gone(self, flow) {
                    self.branch_failed(now, server, index, self.unreachable(server));
                }
            }
            if gone(self, upstream) {
                if let Some(context) = self.contexts.get_mut(&server) {
                    context.cancelled = true;
                    context.waiting.clear();
                }
                self.cancel_branches(now, server, None);
            }
        }
    }
}

/// RFC 3326 section 2: the phones that did not answer should not show a missed call.
const ANSWERED_ELSEWHERE: &str = "SIP;cause=200;text=\"Call completed elsewhere\"";
