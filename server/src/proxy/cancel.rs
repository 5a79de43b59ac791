//! CANCEL: answered hop by hop, and sent for branches that are no longer wanted
//! (RFC 3261 sections 9.1, 9.2 and 16.10).

use prackle::message::{CSeq, Message, Method, Name, Writer};
use prackle::time::Instant;
use prackle::transaction::{FlowId, ServerId};

use super::Proxy;
use super::context::State;
use crate::answer::answer;

impl Proxy {
    /// A CANCEL has come from upstream.
    pub(super) fn cancel(&mut self, now: Instant, cancel: ServerId, target: Option<ServerId>, request: &Message) {
        let timers = self.timers;
        let status = if target.is_some() { 200 } else { 481 };
        let Some(upstream) = self.transactions.flow_of(cancel) else { return };
        self.reply(now, upstream, cancel, status, answer(request, status));
        let Some(server) = target else { return };
        let Some(context) = self.contexts.get_mut(&server).filter(|context| context.is_invite()) else { return };
        context.cancelled = true;
        context.waiting.clear();
        if let Some(early) = &mut context.early {
            early.close(now, timers);
        }
        // RFC 3326: why the caller gave up is for the callee to know.
        let reason: Vec<&str> = request.values(Name::Reason).collect();
        let reason = (!reason.is_empty()).then(|| reason.join(", "));
        self.cancel_branches(now, server, reason.as_deref());
    }

    /// Cancels whatever of an INVITE is still under way.
    pub(super) fn cancel_branches(&mut self, now: Instant, server: ServerId, reason: Option<&str>) {
        let Some(context) = self.contexts.get(&server).filter(|context| context.is_invite()) else { return };
        for index in 0..context.branches.len() {
            self.cancel_branch(now, server, index, reason);
        }
    }

    /// Cancels one branch, now if a provisional response allows it, else as soon as one does;
    /// whether a CANCEL was sent now or before.
    pub(super) fn cancel_branch(&mut self, now: Instant, server: ServerId, index: usize, reason: Option<&str>) -> bool {
        let lifetime = self.timers.lifetime();
        let Some(branch) = self.contexts.get_mut(&server).and_then(|context| context.branches.get_mut(index)) else {
            return false;
        };
        let timer_c = match &branch.state {
            State::Pending { timer_c } | State::Unwanted { timer_c, .. } => *timer_c,
            State::Cancelling { .. } => return true,
            State::Ended => return false,
        };
        if !self.transactions.has_provisional(branch.client) {
            branch.state = State::Unwanted { timer_c, reason: reason.map(str::to_owned) };
            return false;
        }
        branch.state = State::Cancelling { give_up: now + lifetime };
        let (flow, frame) = (branch.flow, std::mem::take(&mut branch.frame));
        self.send_cancel(now, flow, &frame, reason);
        true
    }

    /// The provisional response has come that an unwanted branch was waiting for.
    pub(super) fn cancel_if_unwanted(&mut self, now: Instant, server: ServerId, index: usize) {
        let branch = self.contexts.get(&server).and_then(|context| context.branches.get(index));
        if let Some(State::Unwanted { reason, .. }) = branch.map(|branch| branch.state.clone()) {
            self.cancel_branch(now, server, index, reason.as_deref());
        }
    }

    fn send_cancel(&mut self, now: Instant, flow: FlowId, invite: &[u8], reason: Option<&str>) {
        let Ok(invite) = Message::parse(invite) else { return };
        let (Some(via), Some(branch)) = (invite.values(Name::Via).next(), invite.via().branch()) else { return };
        // RFC 3261 section 9.1: the same Request-URI, topmost Via, To, From, Call-ID, CSeq
        // number and Route.
        let number = invite.cseq().number;
        let mut request = Writer::request("CANCEL", invite.uri());
        request.field(Name::Via, via).field(Name::MaxForwards, "70");
        request.copy_fields(&invite, Name::Route).copy_fields(&invite, Name::From).copy_fields(&invite, Name::To);
        request.copy_fields(&invite, Name::CallId).field(Name::CSeq, &format!("{number} CANCEL"));
        if let Some(reason) = reason {
            request.field(Name::Reason, reason);
        }
        let frame = request.finish();
        // Its own response means nothing: the INVITE's final one counts.
        self.transactions.request(now, flow, branch, CSeq { number, method: Method::Cancel });
        self.send(flow, frame);
    }
}
