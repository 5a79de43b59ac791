//! What a re-INVITE of ours leaves behind that has failed (RFC 3261 section 14.1, RFC 6141
//! section 3.4).

use super::Confirmed;
use super::purpose::Purpose;
use crate::call::life::Life;
use crate::negotiation::Carrier;
use crate::protocol::Failure;
use crate::usage::Context;

impl Confirmed {
    /// It has come to nothing.
    pub(super) fn fail_reinvite(&mut self, ctx: &mut Context, life: &mut Life, failure: Failure) {
        let Some(reinvite) = self.reinvite.take() else { return };
        let changed = reinvite.changed || self.negotiation.is_changed_by_invite();
        self.negotiation.failed(Carrier::Invite);
        self.roll_back(ctx);
        self.conclude_reinvite(ctx, life, reinvite.purpose, Err(failure));
        // Once is enough: a peer that refuses that as well does not want the former session.
        if changed && reinvite.purpose.is_restorable() {
            self.restore();
        }
    }

    /// What a failed re-INVITE had changed before, in provisional responses, is offered as it
    /// was, so that both sides agree again (RFC 6141 section 3.4).
    pub(super) fn restore(&mut self) {
        // A newer offer does the same.
        if self.reinvite.is_some() {
            return;
        }
        if !self.session().restore() {
            self.offer_anew(Purpose::Restoring);
        }
    }
}
