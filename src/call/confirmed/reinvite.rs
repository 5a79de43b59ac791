//! The re-INVITEs that we send (RFC 3261 section 14.1, RFC 6141).

use super::purpose::Purpose;
use super::{Confirmed, timed_out, unauthorized};
use crate::call::flood::Flood;
use crate::call::life::{End, Life};
use crate::call::outgoing::extensions;
use crate::call::pracks::{Exchange, reliable};
use crate::message::{Message, Name};
use crate::negotiation::{Carrier, Meaning};
use crate::protocol::{Cause, Event, ProgressKind, Refusal, RefusalCode, RequestNumber, Severity, Token};
use crate::reliability::Reception;
use crate::time::{Duration, Instant};
use crate::transaction::ClientId;
use crate::usage::{Challenge, Context, Owner, Request, failure, headers};
use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

/// How long the peer may be silent after a provisional response: by then every proxy on the
/// way has given the INVITE up (RFC 3261 section 16.6: Timer C).
const SILENCE: Duration = Duration::from_secs(190);

/// A re-INVITE of ours.
///
/// ```text
///       allowed             description        allowed
///   Due --------> Offering ------------> Due ----------> Sent --2xx--> (ACK, settled)
///    ^               |                    ^               |  --3xx..6xx--> (rolled back, settled)
///    +---------------+                    +---------------+  --1xx, then silence--> (CANCEL, settled)
///      the peer offers first                     491
/// ```
#[derive(Debug)]
pub(super) struct Reinvite {
    pub purpose: Purpose,
    pub state: State,
    pub retried: bool,
    /// It has changed the session, before it met another offer.
    pub changed: bool,
}

#[derive(Debug)]
pub(super) enum State {
    /// It leaves as soon as it may, and not before `at`; its offer, once that has been made.
    Due {
        offer: Option<String>,
        at: Option<Instant>,
    },
    Offering(Token),
    Sent(Box<Open>),
}

/// A re-INVITE that has no final response yet.
#[derive(Debug)]
pub(super) struct Open {
    pub offer: String,
    pub invite: Request,
    flood: Flood,
    /// When the peer will have been silent for too long; none before its first response.
    silent_at: Option<Instant>,
}

impl Reinvite {
    pub(super) fn awaits(&self, token: Token) -> bool {
        matches!(self.state, State::Offering(asked) if asked == token)
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        match &self.state {
            State::Due { at, .. } => *at,
            State::Sent(open) => open.silent_at,
            State::Offering(_) => None,
        }
    }

    /// Whether it has not been sent: no other offer goes before its own.
    pub(super) fn is_waiting(&self) -> bool {
        matches!(self.state, State::Offering(_) | State::Due { .. })
    }

    pub(super) fn open(&mut self) -> Option<&mut Open> {
        match &mut self.state {
            State::Sent(open) => Some(open),
            State::Offering(_) | State::Due { .. } => None,
        }
    }
}

impl Confirmed {
    /// Asks for an offer and sends it in a re-INVITE.
    pub(in crate::call) fn renegotiate(&mut self, request: RequestNumber) -> Result<(), Refusal> {
        if self.waits_for_refresh(request) {
            return Ok(());
        }
        if self.reinvite.is_some()
            || self.updates.is_offering()
            || self.negotiation.may_send(Carrier::Invite, true).is_err()
        {
            return Err(Refusal::new(RefusalCode::InvalidState, "another exchange of offer and answer is open"));
        }
        self.offer_anew(Purpose::Command(request));
        Ok(())
    }

    pub(super) fn set_reinvite(&mut self, state: State) {
        if let Some(reinvite) = &mut self.reinvite {
            reinvite.state = state;
        }
    }

    pub(super) fn send_reinvite(&mut self, ctx: &mut Context, offer: String) {
        // What still waits acknowledges a former INVITE, whose numbers end here.
        self.release_pracks(ctx);
        let _ = self.negotiation.send(Carrier::Invite, true);
        let mut draft = self.dialog.request("INVITE");
        draft.fields.push((Name::Contact, ctx.identity.dialog_contact()));
        draft.fields.extend(extensions(ctx, self.rel100));
        draft.fields.extend(self.timer.fields());
        draft.fields.extend(ctx.identity.requirement(&offer));
        draft.describe(offer.clone());
        self.count_anew(draft.cseq);
        let invite = ctx.send(draft, Owner::Call(self.call));
        let open = Open { offer, invite, flood: Flood::default(), silent_at: None };
        self.set_reinvite(State::Sent(Box::new(open)));
    }

    /// The reliable responses to this INVITE are a sequence of their own.
    fn count_anew(&mut self, cseq: u32) {
        self.pracks.restart();
        self.counted = cseq;
    }

    fn open_reinvite(&mut self) -> Option<&mut Open> {
        self.reinvite.as_mut()?.open()
    }

    /// Whether the response was to a re-INVITE of ours.
    pub(super) fn reinvite_response(
        &mut self,
        ctx: &mut Context,
        life: &mut Life,
        id: ClientId,
        response: &Message,
    ) -> bool {
        if self.open_reinvite().is_none_or(|open| open.invite.id != id) {
            return false;
        }
        let status = response.status().unwrap_or_default();
        if status >= 300 {
            self.pracks.supersede(ctx);
        }
        match status {
            ..200 => self.reinvite_provisional(ctx, life, response),
            200..300 => self.reinvite_accepted(ctx, life, response),
            401 | 407 if self.reinvite_challenged(ctx, response) => {}
            422 if self.reinvite_raised(response) => self.send_reinvite_again(ctx),
            _ => self.reinvite_rejected(ctx, life, response),
        }
        true
    }

    /// Judged as in an early dialog, whose place the confirmed one takes (RFC 3262 section 4).
    fn reinvite_provisional(&mut self, ctx: &mut Context, life: &mut Life, response: &Message) {
        let Some(open) = self.open_reinvite() else { return };
        open.silent_at = Some(ctx.now + SILENCE);
        if !self.is_with(response) || response.status() == Some(100) {
            return;
        }
        let reliable = reliable(ctx, self.call, self.rel100, response);
        let repeated = reliable.is_some_and(|rseq| self.pracks.is_duplicate(rseq));
        if !repeated && self.open_reinvite().is_some_and(|open| open.flood.rises(ctx.now)) {
            return self.give_up_reinvite(ctx, life, Cause::Flood);
        }
        match reliable {
            Some(rseq) => self.reinvite_reliable(ctx, life, response, rseq),
            None => self.reinvite_progress(ctx, response, None, ProgressKind::None, false),
        }
    }

    fn reinvite_reliable(&mut self, ctx: &mut Context, life: &mut Life, response: &Message, rseq: u32) {
        match self.pracks.receive(rseq) {
            Reception::Next => {}
            Reception::Duplicate => return self.pracks.repeat(ctx, &mut self.dialog, &mut self.negotiation),
            Reception::Stale => return,
            Reception::Gap => return ctx.diagnose(Some(self.call), Severity::Info, "rseq-gap"),
            Reception::Excess => return self.give_up_reinvite(ctx, life, Cause::Flood),
        }
        self.dialog.refresh_target(response);
        let sdp = response.description();
        let answers = self.negotiation.receive(Carrier::Reliable, sdp.is_some()) == Meaning::Answer;
        let (kind, exchange) = match sdp {
            Some(_) if answers => (ProgressKind::Answer, Exchange::Open),
            Some(_) => (ProgressKind::None, Exchange::Closed),
            None => (ProgressKind::None, Exchange::Unrelated),
        };
        let held = self.pracks.is_manual();
        self.pracks.acknowledge(ctx, rseq, response.cseq().number, exchange, held);
        self.pracks.flush(ctx, &mut self.dialog, &mut self.negotiation);
        if let Some(sdp) = sdp.filter(|_| answers) {
            self.apply_answer(ctx, sdp);
        }
        self.reinvite_progress(ctx, response, Some(rseq), kind, held);
    }

    fn reinvite_progress(
        &self,
        ctx: &mut Context,
        response: &Message,
        rseq: Option<u32>,
        kind: ProgressKind,
        prack: bool,
    ) {
        ctx.emit(Event::Progress {
            call: self.call,
            dialog: Some(self.number),
            status: response.status().unwrap_or_default(),
            reason: response.reason().to_owned(),
            reliable: rseq.is_some(),
            rseq,
            kind,
            prack,
            headers: headers(response),
        });
    }

    fn reinvite_accepted(&mut self, ctx: &mut Context, life: &mut Life, response: &Message) {
        self.dialog.refresh_target(response);
        self.timer.granted(ctx.now, response);
        if let Some(open) = self.open_reinvite() {
            let credentials = core::mem::take(&mut open.invite.credentials);
            self.acknowledge_reinvite(ctx, credentials, response);
        }
        let sdp = response.description();
        match (self.negotiation.receive(Carrier::Success, sdp.is_some()), sdp) {
            (Meaning::Answer, Some(sdp)) => self.apply_answer(ctx, sdp),
            (Meaning::Missing, _) => {
                let end = End::system(Cause::NoAnswerDescription);
                return self.end_with_bye(ctx, life, end);
            }
            _ => {}
        }
        self.tell_updated(ctx, false, response.description());
        self.settle_reinvite(ctx, life, Ok(()));
    }

    pub(super) fn acknowledge_reinvite(
        &mut self,
        ctx: &mut Context,
        credentials: Vec<(Name, String)>,
        response: &Message,
    ) {
        self.credentials = credentials;
        self.acknowledge(ctx, response.cseq().number, None);
    }

    fn apply_answer(&self, ctx: &mut Context, sdp: &str) {
        let (call, dialog, sdp) = (self.call, self.number, sdp.to_owned());
        ctx.emit(Event::Remote { call, dialog, kind: ProgressKind::Answer, sdp, commit: true });
    }

    fn reinvite_rejected(&mut self, ctx: &mut Context, life: &mut Life, response: &Message) {
        let status = response.status().unwrap_or_default();
        let Some(reinvite) = &mut self.reinvite else { return };
        if status == 491 && !core::mem::replace(&mut reinvite.retried, true) {
            reinvite.changed = self.negotiation.is_changed_by_invite();
            self.negotiation.failed(Carrier::Invite);
            return self.wait_after_glare(ctx);
        }
        self.fail_reinvite(ctx, life, failure(response));
        // RFC 3261 section 14.1: the dialog is gone at the peer.
        if matches!(status, 408 | 481) {
            self.gone(ctx, life);
        }
    }

    /// Whether credentials are to be had for it.
    fn reinvite_challenged(&mut self, ctx: &mut Context, response: &Message) -> bool {
        let Some(open) = self.open_reinvite() else { return false };
        match ctx.challenge(&mut open.invite, response) {
            Challenge::Retry => self.send_reinvite_again(ctx),
            Challenge::Asked(_) => open.silent_at = None,
            Challenge::Failed => return false,
        }
        true
    }

    /// Whether a larger session interval is worth another try.
    fn reinvite_raised(&mut self, response: &Message) -> bool {
        let Some(open) = self.reinvite.as_mut().and_then(Reinvite::open) else { return false };
        self.timer.raise(&mut open.invite.draft, response)
    }

    /// The application answered a challenge: whether it was that of a re-INVITE.
    pub(super) fn reinvite_credentials(
        &mut self,
        ctx: &mut Context,
        life: &mut Life,
        token: Token,
        known: bool,
    ) -> bool {
        if self.open_reinvite().is_none_or(|open| open.invite.asked != Some(token)) {
            return false;
        }
        if known {
            self.send_reinvite_again(ctx);
        } else {
            self.fail_reinvite(ctx, life, unauthorized());
        }
        true
    }

    fn send_reinvite_again(&mut self, ctx: &mut Context) {
        let cseq = self.dialog.next_cseq();
        self.count_anew(cseq);
        if let Some(open) = self.open_reinvite() {
            open.silent_at = None;
            ctx.resend(&mut open.invite, cseq);
        }
    }

    /// The connection is gone: what became of it is not known. When there is one again, the
    /// next offer clears that up.
    pub(super) fn lose_reinvite(&mut self, ctx: &mut Context, life: &mut Life) {
        if self.open_reinvite().is_some() {
            self.give_up_reinvite(ctx, life, Cause::Connection);
        }
    }

    pub(super) fn reinvite_timeout(&mut self, ctx: &mut Context, life: &mut Life, id: ClientId) -> bool {
        if self.open_reinvite().is_none_or(|open| open.invite.id != id) {
            return false;
        }
        self.settle_reinvite(ctx, life, Err(timed_out()));
        self.gone(ctx, life);
        true
    }

    pub(super) fn expire_reinvite(&mut self, ctx: &mut Context, life: &mut Life) {
        let Some(reinvite) = self.reinvite.as_mut().filter(|it| it.deadline().is_some_and(|at| at <= ctx.now)) else {
            return;
        };
        match &mut reinvite.state {
            State::Due { at, .. } => *at = None,
            State::Sent(_) => self.give_up_reinvite(ctx, life, Cause::Timeout),
            State::Offering(_) => {}
        }
    }

    pub(super) fn roll_back(&self, ctx: &mut Context) {
        ctx.emit(Event::Rollback { call: self.call, dialog: self.number });
    }
}
