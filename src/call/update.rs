//! The UPDATEs that we send in one dialog, early or confirmed (RFC 3311 section 5.1): what waits,
//! and what may go. `outcome` takes their responses.

mod outcome;

use super::session::Session;
use crate::message::Name;
use crate::negotiation::Carrier;
use crate::protocol::{Answer, Cause, DescriptionKind, Failure, Field, Refusal, RefusalCode, RequestNumber, Token};
use crate::time::Instant;
use crate::transaction::ClientId;
use crate::usage::{Context, Owner, Request, allow};
use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;

/// Told when the session that a failed re-INVITE had changed could not be restored.
pub(super) const UNRESTORED: &str = "session-unrestored";

/// Told when a refresh of the session has failed: it goes on until it expires.
pub(super) const UNREFRESHED: &str = "session-unrefreshed";

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
    /// The media layer makes the offer of this one. Those without may go meanwhile.
    offering: Option<(Token, Update)>,
    sent: Option<Box<Sent>>,
}

#[derive(Debug)]
struct Sent {
    request: Request,
    update: Update,
    /// It speaks of the session timer: it was sent in a confirmed dialog.
    timed: bool,
}

/// What an UPDATE is to be.
#[derive(Debug)]
pub(super) struct Update {
    purpose: Purpose,
    /// Whether it offers; without, it only refreshes target and session.
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

/// What depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    /// The outcome of this command.
    Command(RequestNumber),
    /// The session that a failed re-INVITE has changed.
    Restoring,
    /// The session timer.
    Refresh,
}

/// What the outcome of an UPDATE means for its dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Continue,
    /// The peer does not know the dialog any more, or does not answer (RFC 3311 section 5.3).
    Gone,
}

impl Update {
    /// One that the application wants.
    pub(super) fn new(command: RequestNumber, offers: bool, headers: Vec<Field>) -> Self {
        Self { headers, ..Self::of(Purpose::Command(command), offers) }
    }

    fn of(purpose: Purpose, offers: bool) -> Self {
        Self { purpose, offers, headers: Vec::new(), offer: None, at: None, glared: false, postponed: false }
    }

    fn command(&self) -> Option<RequestNumber> {
        match self.purpose {
            Purpose::Command(command) => Some(command),
            Purpose::Restoring | Purpose::Refresh => None,
        }
    }
}

impl Updates {
    /// Whether none is wanted, or under way.
    pub(super) fn is_idle(&self) -> bool {
        self.offering.is_none() && self.sent.is_none() && self.waiting.is_empty()
    }

    /// Whether the media layer is at work for one, or has made an offer that has no answer.
    pub(super) fn is_offering(&self) -> bool {
        let made = self.waiting.iter().any(|update| update.offer.is_some());
        made || self.offering.is_some() || self.sent.as_ref().is_some_and(|sent| sent.update.offers)
    }

    /// Whether one is on its way: its 2xx will begin the session timer anew.
    pub(super) fn is_sent(&self) -> bool {
        self.sent.is_some()
    }

    /// Refreshes the session, as soon as that is allowed.
    pub(super) fn refresh(&mut self) {
        self.waiting.push_back(Update::of(Purpose::Refresh, false));
    }

    pub(super) fn owns(&self, id: ClientId) -> bool {
        self.sent.as_ref().is_some_and(|sent| sent.request.id == id)
    }

    pub(super) fn awaits(&self, token: Token) -> bool {
        self.offering.as_ref().is_some_and(|(asked, _)| *asked == token)
    }

    /// The dialog is over: whatever was to be updated is not.
    pub(super) fn close(&mut self, ctx: &mut Context) {
        let offering = self.offering.take().map(|(token, update)| {
            ctx.answered(token);
            update
        });
        let sent = self.sent.take().map(|sent| sent.update);
        let updates = offering.into_iter().chain(sent).chain(self.waiting.drain(..));
        let commands = updates.filter_map(|update| update.command());
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

    /// Takes the one under way, when it has this transaction.
    fn take_sent(&mut self, id: ClientId) -> Option<Box<Sent>> {
        self.sent.take_if(|sent| sent.request.id == id)
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
            self.updates.waiting.push_back(Update::of(Purpose::Restoring, true));
        }
        takes
    }

    /// Begins with the next one that may go now.
    pub(super) fn send_updates(&mut self, ctx: &mut Context) {
        while self.updates.sent.is_none()
            && ctx.flow().is_some()
            && let Some(index) = self.updates.waiting.iter().position(|update| self.may_send(update))
            && let Some(update) = self.updates.waiting.remove(index)
        {
            if update.offers && update.offer.is_none() {
                let token = ctx.describe(self.call, Some(self.number), DescriptionKind::Offer, None);
                self.updates.offering = Some((token, update));
            } else {
                self.send_update(ctx, update);
            }
        }
    }

    fn may_send(&self, update: &Update) -> bool {
        let allowed = self.negotiation.may_send(Carrier::Update, update.offers).is_ok();
        let free = if update.offers { !self.is_reoffering && self.updates.offering.is_none() } else { self.is_known };
        allowed && update.at.is_none() && free
    }

    fn send_update(&mut self, ctx: &mut Context, update: Update) {
        let _ = self.negotiation.send(Carrier::Update, update.offers);
        let mut draft = self.dialog.request("UPDATE");
        draft.fields.push((Name::Contact, ctx.identity.dialog_contact()));
        draft.fields.push((Name::Allow, allow(self.rel100).to_owned()));
        draft.fields.push(ctx.identity.supported(self.rel100, &[]));
        let timed = self.is_confirmed;
        if timed {
            draft.fields.extend(self.timer.fields());
        }
        draft.extra.clone_from(&update.headers);
        if let Some(offer) = &update.offer {
            draft.fields.extend(ctx.identity.requirement(offer));
            draft.describe(offer.clone());
        }
        let request = ctx.send(draft, Owner::Call(self.call));
        self.updates.sent = Some(Box::new(Sent { request, update, timed }));
    }

    /// The media layer has made the offer of one, or could not.
    pub(super) fn update_described(&mut self, ctx: &mut Context, answer: Answer) {
        let Some((_, update)) = self.updates.offering.take() else { return };
        match answer {
            Answer::Sdp(sdp) => self.updates.waiting.push_front(Update { offer: Some(sdp), ..update }),
            Answer::Failed { cause, .. } => self.settle_update(ctx, &update, Err(failed(cause))),
        }
    }

    /// The peer has offered first: what was made for ours is out of date.
    pub(super) fn withdraw_offers(&mut self, ctx: &mut Context) {
        let mut withdrawn = false;
        if let Some((token, update)) = self.updates.offering.take() {
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
}

fn failed(cause: Cause) -> Failure {
    Failure { cause, status: None, reason: None, retry_after: None }
}
