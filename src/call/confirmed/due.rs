//! The re-INVITE of ours that waits: for its offer, for the end of another exchange, or out a
//! glare (RFC 3261 section 14.1, RFC 6337 section 4.3).

use super::purpose::Purpose;
use super::reinvite::{Reinvite, State};
use super::{Confirmed, disconnected};
use crate::call::life::Life;
use crate::call::offer::glare_pause;
use crate::negotiation::Carrier;
use crate::protocol::{Answer, DescriptionKind, Failure};
use crate::usage::Context;

impl Confirmed {
    /// Offers the session in a re-INVITE, as soon as nothing is in the way.
    pub(super) fn offer_anew(&mut self, purpose: Purpose) {
        let state = State::Due { offer: None, at: None };
        self.reinvite = Some(Reinvite { purpose, state, retried: false, changed: false });
    }

    /// Goes on with one that is due, when nothing is in its way.
    pub(super) fn proceed_with_reinvite(&mut self, ctx: &mut Context, life: &mut Life) {
        let Some(Reinvite { state: State::Due { offer, at: None }, purpose, .. }) = &mut self.reinvite else { return };
        if ctx.flow().is_none() && *purpose != Purpose::Restoring {
            if offer.is_some() {
                self.roll_back(ctx);
            }
            return self.settle_reinvite(ctx, life, Err(disconnected()));
        }
        let blocked = self.updates.is_offering() || self.negotiation.may_send(Carrier::Invite, true).is_err();
        if blocked || ctx.flow().is_none() {
            return;
        }
        match offer.take() {
            Some(offer) => self.send_reinvite(ctx, offer),
            None => {
                let token = ctx.describe(self.call, Some(self.number), DescriptionKind::Offer, None);
                self.set_reinvite(State::Offering(token));
            }
        }
    }

    /// The offer for a re-INVITE of ours is there.
    pub(super) fn offer_described(&mut self, ctx: &mut Context, life: &mut Life, answer: Answer) {
        match answer {
            Answer::Sdp(offer) => self.set_reinvite(State::Due { offer: Some(offer), at: None }),
            Answer::Failed { cause, .. } => {
                let failed = Failure { cause, status: None, reason: None, retry_after: None };
                self.settle_reinvite(ctx, life, Err(failed));
            }
        }
    }

    /// Both sides offered at once (RFC 3261 section 14.1).
    pub(super) fn wait_after_glare(&mut self, ctx: &mut Context) {
        let at = ctx.now + glare_pause(ctx, self.caller);
        if let Some(reinvite) = &mut self.reinvite
            && let Some(open) = reinvite.open()
        {
            let offer = core::mem::take(&mut open.offer);
            reinvite.state = State::Due { offer: Some(offer), at: Some(at) };
        }
    }

    /// The peer has offered first: what was made for ours is out of date. A refresh is not needed
    /// any more, unless the peer's comes to nothing.
    pub(super) fn withdraw_reinvite(&mut self, ctx: &mut Context) {
        let withdrawn = match self.reinvite.as_mut().map(|reinvite| &mut reinvite.state) {
            Some(State::Offering(token)) => {
                ctx.answered(*token);
                self.set_reinvite(State::Due { offer: None, at: None });
                true
            }
            Some(State::Due { offer, .. }) => offer.take().is_some(),
            Some(State::Sent(_)) | None => false,
        };
        if withdrawn {
            self.roll_back(ctx);
        }
        let refresh = |it: &mut Reinvite| matches!(it.purpose, Purpose::Refresh { .. }) && it.is_waiting();
        if let Some(refresh) = self.reinvite.take_if(refresh) {
            self.timer.interrupted();
            if let Some(request) = refresh.purpose.command() {
                self.offer_anew(Purpose::Command(request));
            }
        }
    }
}
