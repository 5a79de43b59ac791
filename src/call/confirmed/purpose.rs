//! What a re-INVITE of ours is for, and what its outcome means for that.

use super::Confirmed;
use super::reinvite::Reinvite;
use crate::call::life::{End, Life};
use crate::call::update::UNRESTORED;
use crate::protocol::{Failure, RequestNumber, Severity};
use crate::usage::Context;

/// What depends on a re-INVITE of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// The outcome of this command.
    Command(RequestNumber),
    /// The session that a former one has changed and lost.
    Restoring,
    /// The session of a further callee, and with it the call.
    Session,
    /// The session timer; and a command that came meanwhile, and has its turn next.
    Refresh { then: Option<RequestNumber> },
}

impl Purpose {
    /// Whether the session that was is to be had again when it fails: once is enough, and a
    /// further callee has had none.
    pub(super) fn is_restorable(self) -> bool {
        matches!(self, Self::Command(_) | Self::Refresh { .. })
    }

    /// The command whose outcome depends on it.
    pub(super) fn command(self) -> Option<RequestNumber> {
        match self {
            Self::Command(request) => Some(request),
            Self::Refresh { then } => then,
            Self::Restoring | Self::Session => None,
        }
    }
}

impl Confirmed {
    /// Has a command wait for the refresh that is under way, of which the application does not
    /// know; whether there is one.
    pub(super) fn waits_for_refresh(&mut self, request: RequestNumber) -> bool {
        let Some(Reinvite { purpose: Purpose::Refresh { then: then @ None }, .. }) = &mut self.reinvite else {
            return false;
        };
        *then = Some(request);
        true
    }

    pub(super) fn settle_reinvite(&mut self, ctx: &mut Context, life: &mut Life, result: Result<(), Failure>) {
        if let Some(reinvite) = self.reinvite.take() {
            self.conclude_reinvite(ctx, life, reinvite.purpose, result);
        }
    }

    pub(super) fn conclude_reinvite(
        &mut self,
        ctx: &mut Context,
        life: &mut Life,
        purpose: Purpose,
        result: Result<(), Failure>,
    ) {
        match (purpose, result) {
            (Purpose::Command(request), result) => ctx.settle(request, result.map(|()| None)),
            (Purpose::Restoring | Purpose::Session, Ok(())) => {}
            (Purpose::Restoring, Err(_)) => ctx.diagnose(Some(self.call), Severity::Warning, UNRESTORED),
            (Purpose::Session, Err(failure)) => self.end_with_bye(ctx, life, End::failed(failure)),
            (Purpose::Refresh { then }, result) => {
                if let Err(failure) = result {
                    self.refresh_failed(ctx, failure.cause);
                }
                if let Some(request) = then {
                    self.offer_anew(Purpose::Command(request));
                }
            }
        }
    }
}
