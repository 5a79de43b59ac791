//! re-INVITEs of either side (RFC 3261 section 14).

use super::{Confirmed, disconnected, timed_out, unauthorized};
use crate::call::life::{End, Life};
use crate::call::offer::{PendingOffer, retry_later};
use crate::call::pracks::Wanted;
use crate::call::success::Success;
use crate::message::{Message, Name};
use crate::negotiation::{Carrier, Meaning};
use crate::protocol::{
    Answer, Cause, DescriptionKind, Event, Failure, ProgressKind, Refusal, RefusalCode, Rel100, RequestNumber, Token,
};
use crate::reliability::Reception;
use crate::time::{Duration, Instant};
use crate::transaction::{ClientId, ServerId};
use crate::usage::{Challenge, Context, Owner, Request, allow, failure};
use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

/// A re-INVITE of ours.
///
/// ```text
///   Offering --description--> Sent --2xx--> (ACK, settled)
///                              |  --3xx..6xx--> (rolled back, settled)
///                              v 491
///                            Waiting --2.1..4 s or 0..2 s--> Sent
/// ```
#[derive(Debug)]
pub(super) struct Reinvite {
    /// The command that it settles.
    pub request: RequestNumber,
    state: State,
    retried: bool,
}

/// A re-INVITE of ours that the end of the call, or of the connection, has left without a
/// final response: that still wants its ACK, but not for ever.
#[derive(Debug)]
pub(super) struct Left {
    id: ClientId,
    credentials: Vec<(Name, String)>,
    pub until: Instant,
}

#[derive(Debug)]
enum State {
    Offering(Token),
    Sent { offer: String, invite: Box<Request> },
    Waiting { offer: String, at: Instant },
}

impl Reinvite {
    pub(super) fn awaits(&self, token: Token) -> bool {
        matches!(self.state, State::Offering(asked) if asked == token)
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        match self.state {
            State::Waiting { at, .. } => Some(at),
            State::Offering(_) | State::Sent { .. } => None,
        }
    }

    fn is(&self, id: ClientId) -> bool {
        matches!(&self.state, State::Sent { invite, .. } if invite.id == id)
    }
}

impl Confirmed {
    // Ours.

    /// Asks for an offer and sends it in a re-INVITE.
    pub(in crate::call) fn renegotiate(&mut self, ctx: &mut Context, request: RequestNumber) -> Result<(), Refusal> {
        let open = self.reinvite.is_some() || self.pending.is_some() || self.success.is_some();
        if open || !self.negotiation.is_stable() {
            return Err(Refusal::new(RefusalCode::InvalidState, "another exchange of offer and answer is open"));
        }
        let token = ctx.describe(self.call, Some(self.number), DescriptionKind::Offer, None);
        self.reinvite = Some(Reinvite { request, state: State::Offering(token), retried: false });
        Ok(())
    }

    /// The offer for a re-INVITE of ours is there.
    pub(super) fn offer_described(&mut self, ctx: &mut Context, answer: Answer) {
        match answer {
            Answer::Sdp(offer) => self.send_reinvite(ctx, offer),
            Answer::Failed { cause, .. } => {
                let failed = Failure { cause, status: None, reason: None, retry_after: None };
                self.settle_reinvite(ctx, Err(failed));
            }
        }
    }

    fn send_reinvite(&mut self, ctx: &mut Context, offer: String) {
        if ctx.flow().is_none() {
            self.roll_back(ctx);
            return self.settle_reinvite(ctx, Err(disconnected()));
        }
        if self.pending.is_some() || !self.negotiation.offer(Carrier::Invite) {
            // The peer was faster: its offer has been answered meanwhile, ours is out of date.
            let failed = Failure { cause: Cause::Superseded, status: Some(491), reason: None, retry_after: None };
            self.roll_back(ctx);
            return self.settle_reinvite(ctx, Err(failed));
        }
        let mut draft = self.dialog.request("INVITE");
        draft.fields.push((Name::Contact, ["<", &ctx.identity.contact, ">"].concat()));
        draft.fields.push((Name::Allow, allow(ctx.identity.rel100).to_owned()));
        if ctx.identity.rel100 != Rel100::None {
            draft.fields.push((Name::Supported, "100rel".to_owned()));
        }
        draft.describe(offer.clone());
        self.pracks.restart();
        let invite = ctx.send(draft, Owner::Call(self.call));
        if let Some(reinvite) = &mut self.reinvite {
            reinvite.state = State::Sent { offer, invite: Box::new(invite) };
        }
    }

    /// Whether the response was to a re-INVITE of ours.
    pub(super) fn reinvite_response(
        &mut self,
        ctx: &mut Context,
        life: &mut Life,
        id: ClientId,
        response: &Message,
    ) -> bool {
        if self.acknowledged == Some(id) {
            self.acknowledge_again(ctx, response);
            return true;
        }
        if let Some(left) = self.left.take_if(|left| left.id == id) {
            self.left_response(ctx, left, response);
            return true;
        }
        if !self.reinvite.as_ref().is_some_and(|reinvite| reinvite.is(id)) {
            return false;
        }
        match response.status().unwrap_or_default() {
            ..200 => self.reinvite_provisional(ctx, response),
            200..300 => self.reinvite_accepted(ctx, life, response),
            401 | 407 if self.reinvite_challenged(ctx, response) => {}
            _ => self.reinvite_rejected(ctx, life, response),
        }
        true
    }

    fn reinvite_provisional(&mut self, ctx: &mut Context, response: &Message) {
        let reliable = response.status() != Some(100)
            && ctx.identity.rel100 != Rel100::None
            && response.has_token(Name::Require, "100rel");
        let Some(rseq) = reliable.then(|| response.rseq().ok().flatten()).flatten() else { return };
        match self.pracks.receive(rseq) {
            Reception::Next => {}
            Reception::Duplicate => {
                return self.pracks.repeat(ctx, &mut self.dialog, Owner::Call(self.call), rseq);
            }
            Reception::Stale | Reception::Gap => return,
        }
        self.dialog.refresh_target(response);
        self.pracks.acknowledge(ctx.now, rseq, response.cseq().number, Wanted::Nothing);
        self.pracks.flush(ctx, &mut self.dialog, Owner::Call(self.call));
        self.take_answer(ctx, response, Carrier::Reliable);
    }

    fn reinvite_accepted(&mut self, ctx: &mut Context, life: &mut Life, response: &Message) {
        self.dialog.refresh_target(response);
        if let Some(Reinvite { state: State::Sent { invite, .. }, .. }) = &mut self.reinvite {
            let (id, credentials) = (invite.id, core::mem::take(&mut invite.credentials));
            self.acknowledge_reinvite(ctx, id, credentials, response);
        }
        self.take_answer(ctx, response, Carrier::Success);
        if self.negotiation.is_offered() {
            let end = End::system(Cause::NoAnswerDescription);
            return self.end_with_bye(ctx, life, end);
        }
        self.tell_updated(ctx, false, response.description());
        self.settle_reinvite(ctx, Ok(()));
    }

    fn acknowledge_reinvite(
        &mut self,
        ctx: &mut Context,
        id: ClientId,
        credentials: Vec<(Name, String)>,
        response: &Message,
    ) {
        self.acknowledged = Some(id);
        self.credentials = credentials;
        self.acknowledge(ctx, response.cseq().number, None);
    }

    fn take_answer(&mut self, ctx: &mut Context, response: &Message, carrier: Carrier) {
        let Some(sdp) = response.description() else { return };
        if self.negotiation.receive(carrier) == Meaning::Answer {
            let (call, dialog, sdp) = (self.call, self.number, sdp.to_owned());
            ctx.emit(Event::Remote { call, dialog, kind: ProgressKind::Answer, sdp, commit: true });
        }
    }

    fn reinvite_rejected(&mut self, ctx: &mut Context, life: &mut Life, response: &Message) {
        let status = response.status().unwrap_or_default();
        let Some(reinvite) = &mut self.reinvite else { return };
        self.negotiation.roll_back();
        if status == 491 && !core::mem::replace(&mut reinvite.retried, true) {
            return self.wait_after_glare(ctx);
        }
        self.roll_back(ctx);
        self.settle_reinvite(ctx, Err(failure(response)));
        // RFC 3261 section 14.1: the dialog is gone at the peer.
        if matches!(status, 408 | 481) {
            self.gone(ctx, life);
        }
    }

    /// Whether credentials are to be had for it.
    fn reinvite_challenged(&mut self, ctx: &mut Context, response: &Message) -> bool {
        let Some(Reinvite { state: State::Sent { invite, .. }, .. }) = &mut self.reinvite else { return false };
        match ctx.challenge(invite, response) {
            Challenge::Retry => ctx.resend(invite, self.dialog.next_cseq()),
            Challenge::Asked(_) => {}
            Challenge::Failed => return false,
        }
        true
    }

    /// The application answered a challenge: whether it was that of a re-INVITE.
    pub(super) fn reinvite_credentials(&mut self, ctx: &mut Context, token: Token, known: bool) -> bool {
        let Some(Reinvite { state: State::Sent { invite, .. }, .. }) = &mut self.reinvite else { return false };
        if invite.asked != Some(token) {
            return false;
        }
        if known {
            ctx.resend(invite, self.dialog.next_cseq());
        } else {
            self.negotiation.roll_back();
            self.roll_back(ctx);
            self.settle_reinvite(ctx, Err(unauthorized()));
        }
        true
    }

    /// Both sides offered at once: the owner of the Call-ID waits longer (RFC 3261 section 14.1).
    fn wait_after_glare(&mut self, ctx: &mut Context) {
        let tens = if self.caller { 210 + ctx.random.below(191) } else { ctx.random.below(201) };
        let at = ctx.now + Duration::from_millis(u64::from(tens) * 10);
        if let Some(reinvite) = &mut self.reinvite
            && let State::Sent { offer, .. } = &mut reinvite.state
        {
            reinvite.state = State::Waiting { offer: core::mem::take(offer), at };
        }
    }

    /// The connection is gone: what became of it is not known. When there is one again, the
    /// next offer clears that up.
    pub(super) fn lose_reinvite(&mut self, ctx: &mut Context) {
        if !matches!(self.reinvite, Some(Reinvite { state: State::Sent { .. }, .. })) {
            return;
        }
        if self.negotiation.is_offered() {
            self.negotiation.roll_back();
            self.roll_back(ctx);
        }
        self.leave_reinvite(ctx, disconnected());
    }

    /// Nobody waits for the outcome any more.
    pub(super) fn leave_reinvite(&mut self, ctx: &mut Context, failure: Failure) {
        let Some(reinvite) = self.reinvite.take() else { return };
        if let State::Sent { invite, .. } = reinvite.state
            && invite.asked.is_none()
        {
            let until = ctx.now + ctx.timers.lifetime();
            let left = Left { id: invite.id, credentials: invite.credentials, until };
            // Only the latest is waited for: an INVITE that rings has no timer of its own to end it.
            if let Some(former) = self.left.replace(left) {
                ctx.abandon(former.id);
            }
        }
        ctx.settle(reinvite.request, Err(failure));
    }

    fn left_response(&mut self, ctx: &mut Context, left: Left, response: &Message) {
        match response.status().unwrap_or_default() {
            ..200 => self.left = Some(left),
            200..300 => self.acknowledge_reinvite(ctx, left.id, left.credentials, response),
            _ => {}
        }
    }

    pub(super) fn reinvite_timeout(&mut self, ctx: &mut Context, life: &mut Life, id: ClientId) -> bool {
        if self.left.take_if(|left| left.id == id).is_some() {
            return true;
        }
        if !self.reinvite.as_ref().is_some_and(|reinvite| reinvite.is(id)) {
            return false;
        }
        self.settle_reinvite(ctx, Err(timed_out()));
        self.gone(ctx, life);
        true
    }

    pub(super) fn expire_reinvite(&mut self, ctx: &mut Context) {
        if let Some(left) = self.left.take_if(|left| left.until <= ctx.now) {
            ctx.abandon(left.id);
        }
        let Some(Reinvite { state: State::Waiting { offer, at }, .. }) = &mut self.reinvite else { return };
        if *at <= ctx.now {
            let offer = core::mem::take(offer);
            self.send_reinvite(ctx, offer);
        }
    }

    fn roll_back(&self, ctx: &mut Context) {
        ctx.emit(Event::Rollback { call: self.call, dialog: self.number });
    }

    fn settle_reinvite(&mut self, ctx: &mut Context, result: Result<(), Failure>) {
        if let Some(reinvite) = self.reinvite.take() {
            ctx.settle(reinvite.request, result.map(|()| None));
        }
    }

    // The peer's.

    pub(super) fn reinvited(&mut self, ctx: &mut Context, server: ServerId, request: Message) {
        // RFC 3261 section 14.2: ours is open: 491; theirs is open: 500 with Retry-After.
        if self.negotiation.is_offered() && self.success.is_none() {
            return ctx.answer(server, &request, 491, None);
        }
        if self.pending.is_some() || self.success.is_some() || self.negotiation.is_owing() {
            return retry_later(ctx, server, &request);
        }
        self.dialog.refresh_target(&request);
        if request.description().is_some() {
            self.negotiation.receive(Carrier::Invite);
        }
        self.pending = Some(PendingOffer::new(ctx, self.call, self.number, server, request));
    }

    /// Answers a re-INVITE of the peer with what the media layer made of it.
    pub(super) fn answer_reinvite(&mut self, ctx: &mut Context, pending: &PendingOffer, answer: Answer) {
        let Answer::Sdp(sdp) = answer else {
            pending.refuse(ctx, 488);
            return self.negotiation.roll_back();
        };
        let frame = pending.accept(ctx, &sdp);
        self.success = Some(Success::new(ctx.now, ctx.timers, pending.request.cseq().number, frame));
        if pending.request.description().is_some() {
            self.negotiation.answer();
        } else {
            self.negotiation.offer(Carrier::Success);
        }
        self.tell_updated(ctx, true, pending.request.description());
    }
}
