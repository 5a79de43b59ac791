//! The UPDATEs that we send before we have answered (RFC 3311 section 5.1).

use super::Incoming;
use crate::call::invitation::Outcome;
use crate::call::life::End;
use crate::call::update::{self, Update};
use crate::message::Message;
use crate::protocol::{Cause, DialogNumber, Refusal, RefusalCode, Token};
use crate::transaction::ClientId;
use crate::usage::Context;

impl Incoming {
    /// Takes on an UPDATE, to be sent as soon as that is allowed.
    pub(in crate::call) fn want_update(
        &mut self,
        ctx: &Context,
        dialog: Option<DialogNumber>,
        update: Update,
        queue: bool,
    ) -> Result<(), Refusal> {
        if !self.invitation.is_open() || dialog.is_some_and(|number| number.0 != 0) {
            return Err(Refusal::new(RefusalCode::InvalidState, "there is no such dialog (any more)"));
        }
        self.session(ctx).want_update(update, queue)
    }

    /// Sends the UPDATEs that may go now.
    pub(in crate::call) fn send_updates(&mut self, ctx: &mut Context) {
        self.session(ctx).send_updates(ctx);
    }

    /// A response to an UPDATE of ours.
    pub(in crate::call) fn response(&mut self, ctx: &mut Context, id: ClientId, response: &Message) -> Outcome {
        if !self.updates.owns(id) {
            return Outcome::Unchanged;
        }
        let outcome = self.session(ctx).update_response(ctx, id, response);
        self.update_outcome(ctx, outcome)
    }

    /// An UPDATE of ours was never answered.
    pub(in crate::call) fn timeout(&mut self, ctx: &mut Context, id: ClientId) -> Outcome {
        if !self.updates.owns(id) {
            return Outcome::Unchanged;
        }
        let outcome = self.session(ctx).update_timeout(ctx, id);
        self.update_outcome(ctx, outcome)
    }

    /// The application answered a challenge.
    pub(in crate::call) fn credentials(&mut self, ctx: &mut Context, token: Token, known: bool) {
        self.session(ctx).update_credentials(ctx, token, known);
    }

    fn update_outcome(&mut self, ctx: &mut Context, outcome: update::Outcome) -> Outcome {
        match outcome {
            update::Outcome::Continue => Outcome::Unchanged,
            // RFC 3311 section 5.3: the dialog is over, and with it the INVITE that made it.
            update::Outcome::Gone => {
                let (invitation, mut scope) = self.split();
                invitation.finish(ctx, &mut scope, 500, End::system(Cause::DialogGone).with_status(500))
            }
        }
    }
}
