//! What the application does with an INVITE of the peer, the first one or one inside the
//! dialog, and what becomes of the call by it.

use super::confirmed::Confirmed;
use super::invitation::{Accepted, Invitation, Outcome, Scope};
use super::{Call, Setup};
use crate::protocol::{
    DialogNumber, Event, Field, HeaderLines, PrackMode, Progress, Refusal, RefusalCode, RequestNumber,
};
use crate::usage::Context;
use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::vec::Vec;

impl Call {
    /// Sends a provisional response to the INVITE, or to an open re-INVITE, now or in its turn.
    ///
    /// # Errors
    /// RFC 3262 section 3, or the state of the call, does not allow it.
    pub fn progress(&mut self, ctx: &mut Context, request: RequestNumber, progress: Progress) -> Result<(), Refusal> {
        let (invitation, mut scope) = self.invitation()?;
        invitation.progress(ctx, &mut scope, request, progress)
    }

    /// Answers the INVITE, or an open re-INVITE.
    ///
    /// # Errors
    /// There is none to be answered (any more).
    pub fn accept(&mut self, ctx: &mut Context, request: RequestNumber, headers: Vec<Field>) -> Result<(), Refusal> {
        let (invitation, mut scope) = self.invitation()?;
        let outcome = invitation.accept(ctx, &mut scope, request, headers)?;
        self.conclude(ctx, outcome);
        Ok(())
    }

    /// Rejects the INVITE, or an open re-INVITE: the call goes on then.
    ///
    /// # Errors
    /// There is none to be rejected (any more), or the status is none to reject with.
    pub fn reject(
        &mut self,
        ctx: &mut Context,
        status: u16,
        reason: Option<&str>,
        headers: &[Field],
    ) -> Result<(), Refusal> {
        let (invitation, mut scope) = self.invitation()?;
        let outcome = invitation.reject(ctx, &mut scope, status, reason, headers)?;
        self.conclude(ctx, outcome);
        Ok(())
    }

    /// What became of the INVITE of an incoming call, or of an open re-INVITE.
    pub(super) fn conclude(&mut self, ctx: &mut Context, outcome: Outcome) {
        match (&mut self.confirmed, outcome) {
            (_, Outcome::Unchanged) => {}
            (Some(confirmed), outcome) => confirmed.conclude(ctx, outcome),
            (None, Outcome::Accepted(accepted)) => self.accepted(ctx, accepted),
            (None, Outcome::Rejected { end, .. }) => {
                if let Setup::Incoming(incoming) = &mut self.setup {
                    incoming.rejected(ctx);
                }
                self.life.end(ctx, end);
            }
        }
    }

    /// The 200 that answers an incoming call has left.
    fn accepted(&mut self, ctx: &mut Context, accepted: Accepted) {
        let answered = Setup::Answered { tag: self.local_tag().to_owned() };
        let Setup::Incoming(incoming) = core::mem::replace(&mut self.setup, answered) else { return };
        self.life.answered(ctx.now);
        if let Some(request) = accepted.request {
            ctx.settle(request, Ok(None));
        }
        let (call, dialog) = (self.life.id(), DialogNumber(0));
        ctx.emit(Event::Accepted { call, dialog, status: 200, headers: HeaderLines::default() });
        let manual = ctx.prack == PrackMode::Manual;
        self.confirm(Box::new(Confirmed::incoming(ctx.identity.rel100, manual, *incoming, accepted.success)));
    }

    /// The INVITE of the peer that can be answered, and what it acts upon.
    fn invitation(&mut self) -> Result<(&mut Invitation, Scope<'_>), Refusal> {
        match (&mut self.confirmed, &mut self.setup) {
            (None, Setup::Incoming(incoming)) => Ok(incoming.split()),
            (None, Setup::Outgoing(_) | Setup::Settled { .. } | Setup::Forked(_) | Setup::Answered { .. }) => {
                Err(not_invited())
            }
            (Some(confirmed), setup) => confirmed.open_invitation().ok_or(match setup {
                Setup::Outgoing(_) | Setup::Settled { .. } | Setup::Forked(_) => not_invited(),
                Setup::Incoming(_) | Setup::Answered { .. } => {
                    Refusal::new(RefusalCode::FinalSent, "the call has been answered")
                }
            }),
        }
    }
}

fn not_invited() -> Refusal {
    Refusal::new(RefusalCode::NotInvite, "there is no INVITE of the peer to respond to")
}
