//! The UPDATEs that we send in one dialog, early or confirmed (RFC 3311 sections 5.1 and 5.3).

use super::offer::glare_pause;
use super::session::Session;
use crate::message::{Message, Name};
use crate::negotiation::{Carrier, Meaning};
use crate::protocol::{
    Answer, CallId, Cause, DescriptionKind, Event, Failure, Field, ProgressKind, Refusal, RefusalCode, RequestNumber,
    Severity, Token,
};
use crate::sdp;
use crate::time::{Duration, Instant};
use crate::transaction::ClientId;
use crate::usage::{Challenge, Context, Owner, Request, allow, failure, response as outcome};
use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;

/// Told when the session that a failed re-INVITE had changed could not be restored.
pub(super) const UNRESTORED: &str = "session-unrestored";

/// The UPDATEs of one dialog: one is under way, the others wait.
///
/// ```text
///            allowed, with offer              description
///   waiting ---------------------> Offering ---------------> Sent --2xx, 3xx..6xx--> (settled)
///    ^  |                              |                      ^ |
///    |  +-- allowed, without one ------|----------------------+ | 491, 500 with Retry-After:
///    +---------------------------------+  the peer was faster   | once more, later
///    +----------------------------------------------------------+
/// ```
#[derive(Debug, Default)]
pub(super) struct Updates {
    waiting: VecDeque<Update>,
    current: Current,
}

#[derive(Debug, Default)]
enum Current {
    #[default]
    None,
    /// The media layer makes its offer.
    Offering(Token, Update),
    Sent(Box<Sent>),
}

#[derive(Debug)]
struct Sent {
    request: Request,
    update: Update,
}

/// What an UPDATE is to be.
#[derive(Debug)]
pub(super) struct Update {
    /// The command that its outcome settles; none when the core wants it itself.
    command: Option<RequestNumber>,
    /// Whether it offers; without, it only refreshes the target.
    offers: bool,
    headers: Vec<Field>,
    /// Its offer, once that has been made.
    offer: Option<String>,
    /// Not before then.
    at: Option<Instant>,
    /// It has met another offer (491), or came too early (500): once each.
    glared: bool,
    postponed: bool,
}

/// What the outcome of an UPDATE means for its dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Continue,
    /// The peer does not know the dialog any more, or does not answer (RFC 3311 section 5.3).
    Gone,
}

impl Update {
    pub(super) fn new(command: Option<RequestNumber>, offers: bool, headers: Vec<Field>) -> Self {
        Self { command, offers, headers, offer: None, at: None, glared: false, postponed: false }
    }

    fn settle(self, ctx: &mut Context, call: CallId, failure: Failure) {
        match self.command {
            Some(command) => ctx.settle(command, Err(failure)),
            None => ctx.diagnose(Some(call), Severity::Warning, UNRESTORED),
        }
    }
}

impl Updates {
    /// Whether none is wanted, or under way.
    pub(super) fn is_idle(&self) -> bool {
        matches!(self.current, Current::None) && self.waiting.is_empty()
    }

    /// Whether the media layer is at work for one, or has made an offer that has no answer.
    pub(super) fn is_offering(&self) -> bool {
        let made = self.waiting.iter().any(|update| update.offer.is_some());
        made || matches!(&self.current, Current::Offering(..)) || self.sent().is_some_and(|sent| sent.update.offers)
    }

    pub(super) fn owns(&self, id: ClientId) -> bool {
        self.sent().is_some_and(|sent| sent.request.id == id)
    }

    pub(super) fn awaits(&self, token: Token) -> bool {
        matches!(self.current, Current::Offering(asked, _) if asked == token)
    }

    /// The dialog is over: whatever was to be updated is not.
    pub(super) fn close(&mut self, ctx: &mut Context) {
        let current = match core::mem::take(&mut self.current) {
            Current::None => None,
            Current::Offering(token, update) => {
                ctx.answered(token);
                Some(update)
            }
            Current::Sent(sent) => Some(sent.update),
        };
        let commands = current.into_iter().chain(self.waiting.drain(..)).filter_map(|update| update.command);
        for command in commands.collect::<Vec<_>>() {
            ctx.settle(command, Err(failed(Cause::DialogEnded)));
        }
    }

    /// Lets those go on whose time has come.
    pub(super) fn expire(&mut self, now: Instant) {
        for update in &mut self.waiting {
            update.at.take_if(|at| *at <= now);
        }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.waiting.iter().filter_map(|update| update.at).min()
    }

    fn sent(&self) -> Option<&Sent> {
        match &self.current {
            Current::Sent(sent) => Some(sent),
            Current::None | Current::Offering(..) => None,
        }
    }

    fn sent_mut(&mut self) -> Option<&mut Sent> {
        match &mut self.current {
            Current::Sent(sent) => Some(sent),
            Current::None | Current::Offering(..) => None,
        }
    }

    /// Takes the one that the media layer is at work for.
    fn take_offering(&mut self) -> Option<(Token, Update)> {
        match core::mem::take(&mut self.current) {
            Current::Offering(token, update) => Some((token, update)),
            other @ (Current::None | Current::Sent(_)) => {
                self.current = other;
                None
            }
        }
    }

    /// Takes the one under way, when it has this transaction.
    fn take_sent(&mut self, id: ClientId) -> Option<Box<Sent>> {
        match core::mem::take(&mut self.current) {
            Current::Sent(sent) if sent.request.id == id => Some(sent),
            other @ (Current::None | Current::Offering(..) | Current::Sent(_)) => {
                self.current = other;
                None
            }
        }
    }
}

impl Session<'_> {
    /// Takes an UPDATE on, to be sent as soon as that is allowed.
    ///
    /// # Errors
    /// The peer's Allow does not list UPDATE, or (not to be queued) it has to wait.
    pub(super) fn want_update(&mut self, update: Update, queue: bool) -> Result<(), Refusal> {
        if !self.dialog.takes_update() {
            return Err(Refusal::new(RefusalCode::MethodNotAllowed, "the peer's Allow does not list UPDATE"));
        }
        let ready = self.updates.is_idle() && self.may_send(&update);
        if !queue && !ready {
            return Err(Refusal::new(RefusalCode::OaPending, "an exchange of offer and answer is not complete"));
        }
        self.updates.waiting.push_back(update);
        Ok(())
    }

    /// Offers the former session in an UPDATE; whether the peer takes one.
    pub(super) fn restore(&mut self) -> bool {
        let takes = self.dialog.takes_update();
        if takes {
            self.updates.waiting.push_back(Update::new(None, true, Vec::new()));
        }
        takes
    }

    /// Begins with the next one that may go now.
    pub(super) fn send_updates(&mut self, ctx: &mut Context) {
        while matches!(self.updates.current, Current::None)
            && ctx.flow().is_some()
            && let Some(index) = self.updates.waiting.iter().position(|update| self.may_send(update))
            && let Some(update) = self.updates.waiting.remove(index)
        {
            if update.offers && update.offer.is_none() {
                let token = ctx.describe(self.call, Some(self.number), DescriptionKind::Offer, None);
                self.updates.current = Current::Offering(token, update);
            } else {
                self.send_update(ctx, update);
            }
        }
    }

    fn may_send(&self, update: &Update) -> bool {
        let allowed = self.negotiation.may_send(Carrier::Update, update.offers).is_ok();
        allowed && update.at.is_none() && if update.offers { !self.is_reoffering } else { self.is_known }
    }

    fn send_update(&mut self, ctx: &mut Context, update: Update) {
        let _ = self.negotiation.send(Carrier::Update, update.offers);
        let mut draft = self.dialog.request("UPDATE");
        draft.fields.push((Name::Contact, ctx.identity.dialog_contact()));
        draft.fields.push((Name::Allow, allow(self.rel100).to_owned()));
        draft.fields.extend(ctx.identity.supported(self.rel100, &[]));
        draft.extra.clone_from(&update.headers);
        if let Some(offer) = &update.offer {
            draft.fields.extend(ctx.identity.requirement(offer));
            draft.describe(offer.clone());
        }
        let request = ctx.send(draft, Owner::Call(self.call));
        self.updates.current = Current::Sent(Box::new(Sent { request, update }));
    }

    /// The media layer has made the offer of one, or could not.
    pub(super) fn update_described(&mut self, ctx: &mut Context, answer: Answer) {
        let Some((_, update)) = self.updates.take_offering() else { return };
        match answer {
            Answer::Sdp(sdp) => self.updates.waiting.push_front(Update { offer: Some(sdp), ..update }),
            Answer::Failed { cause, .. } => update.settle(ctx, self.call, failed(cause)),
        }
    }

    /// The peer has offered first: what was made for ours is out of date.
    pub(super) fn withdraw_offers(&mut self, ctx: &mut Context) {
        let mut withdrawn = false;
        if let Some((token, update)) = self.updates.take_offering() {
            ctx.answered(token);
            self.updates.waiting.push_front(update);
            withdrawn = true;
        }
        for update in &mut self.updates.waiting {
            withdrawn |= update.offer.take().is_some();
        }
        if withdrawn {
            self.roll_back(ctx);
        }
    }

    /// A response to the one under way.
    pub(super) fn update_response(&mut self, ctx: &mut Context, id: ClientId, response: &Message) -> Outcome {
        let status = response.status().unwrap_or_default();
        if status < 200 || (matches!(status, 401 | 407) && self.update_challenged(ctx, response)) {
            return Outcome::Continue;
        }
        let Some(sent) = self.updates.take_sent(id) else { return Outcome::Continue };
        match status {
            200..300 => self.update_accepted(ctx, sent.update, response),
            _ => self.update_refused(ctx, sent.update, response),
        }
        // RFC 3261 section 12.2.1.2: the dialog is gone at the peer.
        if matches!(status, 408 | 481) { Outcome::Gone } else { Outcome::Continue }
    }

    fn update_accepted(&mut self, ctx: &mut Context, update: Update, response: &Message) {
        self.dialog.refresh_target(response);
        let (call, dialog) = (self.call, self.number);
        let sdp = response.description();
        if update.offers {
            match (self.negotiation.receive(Carrier::UpdateSuccess, sdp.is_some()), sdp) {
                (Meaning::Answer, Some(sdp)) => {
                    let sdp = sdp.to_owned();
                    ctx.emit(Event::Remote { call, dialog, kind: ProgressKind::Answer, sdp, commit: true });
                }
                _ => {
                    ctx.diagnose(Some(call), Severity::Warning, "offer-unanswered");
                    self.roll_back(ctx);
                    return update.settle(ctx, call, failed(Cause::NoAnswerDescription));
                }
            }
            if self.is_confirmed {
                let held_by_peer = sdp.is_some_and(sdp::holds);
                ctx.emit(Event::Updated { call, by_peer: false, held_by_peer });
            }
        }
        if let Some(command) = update.command {
            ctx.settle(command, Ok(Some(outcome(response))));
        }
    }

    fn update_refused(&mut self, ctx: &mut Context, mut update: Update, response: &Message) {
        if update.offers {
            self.negotiation.failed(Carrier::Update);
        }
        let pause = match (response.status(), response.retry_after()) {
            (Some(491), _) if !core::mem::replace(&mut update.glared, true) => glare_pause(ctx, self.is_caller),
            (Some(500), Some(seconds)) if !core::mem::replace(&mut update.postponed, true) => {
                Duration::from_secs(seconds.into())
            }
            _ => return self.update_failed(ctx, update, failure(response)),
        };
        update.at = Some(ctx.now + pause);
        self.updates.waiting.push_front(update);
    }

    fn update_failed(&self, ctx: &mut Context, update: Update, failure: Failure) {
        if update.offer.is_some() {
            self.roll_back(ctx);
            // A challenge is no word on the offer, and 408 and 481 are the end of all.
            if let Some(status) = failure.status.filter(|status| !matches!(status, 401 | 407 | 408 | 481)) {
                let (call, dialog) = (self.call, self.number);
                ctx.emit(Event::OfferRejected { call, dialog, rseq: None, status });
            }
        }
        update.settle(ctx, self.call, failure);
    }

    /// Whether credentials are to be had for it.
    fn update_challenged(&mut self, ctx: &mut Context, response: &Message) -> bool {
        let Some(sent) = self.updates.sent_mut() else { return false };
        match ctx.challenge(&mut sent.request, response) {
            Challenge::Retry => ctx.resend(&mut sent.request, self.dialog.next_cseq()),
            Challenge::Asked(_) => {}
            Challenge::Failed => return false,
        }
        true
    }

    /// The application answered a challenge: whether it was that of an UPDATE.
    pub(super) fn update_credentials(&mut self, ctx: &mut Context, token: Token, known: bool) -> bool {
        let Some(sent) = self.updates.sent_mut().filter(|sent| sent.request.asked == Some(token)) else { return false };
        if known {
            ctx.resend(&mut sent.request, self.dialog.next_cseq());
            return true;
        }
        let id = sent.request.id;
        if let Some(sent) = self.updates.take_sent(id) {
            if sent.update.offers {
                self.negotiation.failed(Carrier::Update);
            }
            let failure = Failure { status: Some(401), ..failed(Cause::Unauthorized) };
            self.update_failed(ctx, sent.update, failure);
        }
        true
    }

    /// It was never answered. Without a connection that says nothing of the peer.
    pub(super) fn update_timeout(&mut self, ctx: &mut Context, id: ClientId) -> Outcome {
        if ctx.flow().is_none() {
            return Outcome::Continue;
        }
        let Some(sent) = self.updates.take_sent(id) else { return Outcome::Continue };
        if sent.update.offers {
            self.negotiation.failed(Carrier::Update);
        }
        self.update_failed(ctx, sent.update, failed(Cause::Timeout));
        Outcome::Gone
    }

    /// The connection is back: what had no answer is sent anew. Had it arrived, the same
    /// description again changes nothing (RFC 3264 section 8).
    pub(super) fn recover_update(&mut self, ctx: &mut Context) {
        if let Some(sent) = self.updates.sent_mut().filter(|sent| sent.request.asked.is_none()) {
            ctx.abandon(sent.request.id);
            ctx.resend(&mut sent.request, self.dialog.next_cseq());
        }
    }
}

fn failed(cause: Cause) -> Failure {
    Failure { cause, status: None, reason: None, retry_after: None }
}
