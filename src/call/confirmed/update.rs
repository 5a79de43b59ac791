//! The UPDATEs that we send in a confirmed dialog (RFC 3311 section 5.1).

use super::Confirmed;
use super::reinvite::Reinvite;
use crate::call::life::Life;
use crate::call::session::Session;
use crate::call::update::{Outcome, Update};
use crate::message::Message;
use crate::protocol::{DialogNumber, Refusal, RefusalCode};
use crate::transaction::ClientId;
use crate::usage::Context;

impl Confirmed {
    /// Takes on an UPDATE, to be sent as soon as that is allowed.
    pub(in crate::call) fn want_update(
        &mut self,
        dialog: Option<DialogNumber>,
        update: Update,
        queue: bool,
    ) -> Result<(), Refusal> {
        if dialog.is_some_and(|number| number != self.number) {
            return Err(Refusal::new(RefusalCode::InvalidState, "there is no such dialog (any more)"));
        }
        self.session().want_update(update, queue)
    }

    /// Sends what had to wait and may go now: a refresh of the session, a re-INVITE, or UPDATEs.
    pub(in crate::call) fn proceed(&mut self, ctx: &mut Context, life: &mut Life) {
        self.refresh_session(ctx);
        self.proceed_with_reinvite(ctx, life);
        self.session().send_updates(ctx);
    }

    /// Whether the response was to an UPDATE of ours.
    pub(super) fn update_response(
        &mut self,
        ctx: &mut Context,
        life: &mut Life,
        id: ClientId,
        response: &Message,
    ) -> bool {
        let own = self.updates.owns(id);
        if own {
            let outcome = self.session().update_response(ctx, id, response);
            self.update_outcome(ctx, life, outcome);
        }
        own
    }

    /// Whether it was an UPDATE of ours that nobody answered.
    pub(super) fn update_timeout(&mut self, ctx: &mut Context, life: &mut Life, id: ClientId) -> bool {
        let own = self.updates.owns(id);
        if own {
            let outcome = self.session().update_timeout(ctx, id);
            self.update_outcome(ctx, life, outcome);
        }
        own
    }

    pub(super) fn session(&mut self) -> Session<'_> {
        Session {
            call: self.call,
            number: self.number,
            dialog: &mut self.dialog,
            negotiation: &mut self.negotiation,
            pending: &mut self.pending,
            updates: &mut self.updates,
            timer: &mut self.timer,
            rel100: self.rel100,
            is_caller: self.caller,
            is_known: true,
            is_confirmed: true,
            is_reoffering: self.reinvite.as_ref().is_some_and(Reinvite::is_waiting),
        }
    }

    fn update_outcome(&mut self, ctx: &mut Context, life: &mut Life, outcome: Outcome) {
        match outcome {
            Outcome::Continue => {}
            Outcome::Gone => self.gone(ctx, life),
        }
    }
}
