//! What the session timer asks for: that the session be refreshed, or ended (RFC 4028 sections
//! 7.4 and 10).

use super::Confirmed;
use super::purpose::Purpose;
use crate::call::life::{End, Life};
use crate::call::update::UNREFRESHED;
use crate::negotiation::Carrier;
use crate::protocol::{Cause, Field, Severity};
use crate::usage::Context;

impl Confirmed {
    /// Refreshes the session when that is due and the way is free: by UPDATE where the peer takes
    /// one, by a re-INVITE elsewhere. While there is no connection it stays due.
    pub(super) fn refresh_session(&mut self, ctx: &Context) {
        // What is on its way refreshes it as well.
        if !self.timer.is_due() || ctx.flow().is_none() || self.updates.is_sent() {
            return;
        }
        if self.dialog.takes_update() {
            self.timer.refreshing();
            self.updates.refresh();
        } else if self.reinvite.is_none() && self.negotiation.may_send(Carrier::Invite, true).is_ok() {
            self.timer.refreshing();
            self.offer_anew(Purpose::Refresh { then: None });
        }
    }

    /// The re-INVITE has failed. One that went down with the connection is made up for when there
    /// is another.
    pub(super) fn refresh_failed(&mut self, ctx: &mut Context, cause: Cause) {
        if cause == Cause::Connection {
            return self.timer.interrupted();
        }
        self.timer.failed(ctx.now);
        ctx.diagnose(Some(self.call), Severity::Warning, UNREFRESHED);
    }

    /// Ends a session that nobody has refreshed in time.
    pub(super) fn expire_session(&mut self, ctx: &mut Context, life: &mut Life) {
        if self.timer.expire(ctx.now) {
            let reason = Field("Reason".into(), "SIP;cause=408;text=\"Session expired\"".into());
            self.end_with(ctx, life, End::system(Cause::SessionExpired), [reason].into());
        }
    }
}
