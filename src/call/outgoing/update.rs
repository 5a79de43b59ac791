//! The UPDATEs that we send in early dialogs (RFC 3311 section 5.1).

use super::Outgoing;
use crate::call::early::Early;
use crate::call::life::Life;
use crate::call::update::{Outcome, Update};
use crate::message::Message;
use crate::protocol::{Cause, DialogNumber, Refusal, RefusalCode, Token};
use crate::transaction::ClientId;
use crate::usage::Context;

impl Outgoing {
    /// Takes on an UPDATE for one early dialog, or for the only one.
    pub(in crate::call) fn want_update(
        &mut self,
        dialog: Option<DialogNumber>,
        update: Update,
        queue: bool,
    ) -> Result<(), Refusal> {
        // A callee that rings only after the CANCEL is nobody's session any more.
        let given_up = self.cancel.is_some();
        let wanted =
            |fork: &&mut Early| !given_up && fork.is_live() && dialog.is_none_or(|number| fork.number == number);
        let mut forks = self.forks.iter_mut().filter(wanted);
        match (forks.next(), forks.next()) {
            (Some(fork), None) => fork.session().want_update(update, queue),
            (Some(_), Some(_)) => {
                Err(Refusal::new(RefusalCode::InvalidArgument, "there are several dialogs: say which"))
            }
            (None, _) => Err(Refusal::new(RefusalCode::InvalidState, "there is no such dialog (any more)")),
        }
    }

    /// Sends the UPDATEs that may go now.
    pub(in crate::call) fn send_updates(&mut self, ctx: &mut Context) {
        for fork in &mut self.forks {
            fork.session().send_updates(ctx);
        }
    }

    /// Whether the response was to an UPDATE in one of the forks.
    pub(super) fn update_response(
        &mut self,
        ctx: &mut Context,
        life: &mut Life,
        id: ClientId,
        response: &Message,
    ) -> bool {
        let Some(index) = self.forks.iter().position(|fork| fork.updates.owns(id)) else { return false };
        let Some(fork) = self.forks.get_mut(index) else { return false };
        let outcome = fork.session().update_response(ctx, id, response);
        self.update_outcome(ctx, life, index, outcome, response.status());
        true
    }

    /// Whether it was an UPDATE in one of the forks that nobody answered.
    pub(super) fn update_timeout(&mut self, ctx: &mut Context, life: &mut Life, id: ClientId) -> bool {
        let Some(index) = self.forks.iter().position(|fork| fork.updates.owns(id)) else { return false };
        let Some(fork) = self.forks.get_mut(index) else { return false };
        let outcome = fork.session().update_timeout(ctx, id);
        self.update_outcome(ctx, life, index, outcome, Some(408));
        true
    }

    fn update_outcome(
        &mut self,
        ctx: &mut Context,
        life: &mut Life,
        index: usize,
        outcome: Outcome,
        status: Option<u16>,
    ) {
        match outcome {
            Outcome::Continue => {}
            Outcome::Gone => self.lose(ctx, life, index, Cause::DialogGone, status),
        }
    }

    /// The application answered a challenge: whether it was that of an UPDATE.
    pub(super) fn update_credentials(&mut self, ctx: &mut Context, token: Token, known: bool) -> bool {
        self.forks.iter_mut().any(|fork| fork.session().update_credentials(ctx, token, known))
    }
}
