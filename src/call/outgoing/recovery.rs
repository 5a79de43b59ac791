//! The connection is lost while the INVITE has no final response, and comes back: to the
//! server that has the INVITE, to another one, or too late (RFC 3261 sections 9.1, 15 and
//! 18.2.2, RFC 3263 section 4.3, RFC 5626 section 4.5).

use super::{Outgoing, Phase};
use crate::call::life::{End, Life};
use crate::protocol::Cause;
use crate::time::Duration;
use crate::usage::Context;

/// How long an INVITE may ring without a further response: then the proxies on its way have
/// given it up (RFC 3261 section 16.6: Timer C).
const TIMER_C: Duration = Duration::from_secs(190);

impl Outgoing {
    /// The connection is back: what had no answer before it was lost is sent again.
    pub(in crate::call) fn recovered(&mut self, ctx: &mut Context, life: &mut Life) {
        match self.phase {
            Phase::Calling => self.invite_again(ctx, life),
            Phase::Stranded { .. } => return self.cancel_late(ctx, life),
            Phase::Offering(_) | Phase::Challenged(_) | Phase::Proceeding | Phase::Over => {}
            Phase::Cancelling { .. } | Phase::Accepted { .. } => {}
        }
        for fork in &mut self.forks {
            fork.pracks.recover(ctx, &mut fork.dialog, &mut fork.negotiation);
            fork.session().recover_update(ctx);
        }
        self.refused.recovered(ctx);
        self.send_cancel(ctx, life);
    }

    /// Nothing has come back yet. The server that may have the INVITE absorbs the double (RFC
    /// 3261 section 17.2.1); for another it is a new one, the same but for its branch (RFC 3263
    /// section 4.3), unless nobody wants it any more.
    fn invite_again(&mut self, ctx: &mut Context, life: &mut Life) {
        let home = self.is_home(ctx);
        let Some(invite) = self.invite.sent_mut() else { return };
        if home && ctx.transactions.client_flow(invite.id).is_some() {
            ctx.repeat_invite(invite);
        } else if self.cancel.is_none() {
            let cseq = invite.draft.cseq;
            ctx.abandon(invite.id);
            ctx.resend(invite, cseq);
        } else {
            self.give_up(ctx, life, End::system(Cause::Connection));
        }
    }

    /// Whether the connection is one to the server that has the INVITE: responses to it come
    /// no other way, and a CANCEL has to go the same (RFC 3261 sections 9.1 and 18.2.2).
    pub(super) fn is_home(&self, ctx: &Context) -> bool {
        self.invite.sent().is_none_or(|invite| invite.server.is_none() || invite.server == ctx.server())
    }

    /// Whether it waits for what cannot come over the connection in use.
    pub(in crate::call) fn is_astray(&self, ctx: &Context) -> bool {
        matches!(self.phase, Phase::Proceeding | Phase::Cancelling { .. }) && !self.is_home(ctx)
    }

    /// A response to the INVITE has come: that is where it is at home.
    pub(super) fn settle_in(&mut self, ctx: &Context) {
        if let Some(invite) = self.invite.sent_mut() {
            invite.server = ctx.server();
        }
    }

    /// The connection has not come back in time. Somebody may ring on nevertheless: he is to
    /// be told as soon as that is possible.
    pub(in crate::call) fn strand(&mut self, ctx: &mut Context, life: &mut Life) {
        let end = End::system(Cause::Connection);
        if !matches!(self.phase, Phase::Proceeding | Phase::Cancelling { .. }) {
            return self.give_up(ctx, life, end);
        }
        let end = self.cancel.as_ref().map_or(end, |cancel| cancel.end.clone());
        for fork in &mut self.forks {
            fork.abandon(ctx);
        }
        if ctx.flow().is_some() {
            self.cancel_late(ctx, life);
        } else {
            self.phase = Phase::Stranded { until: ctx.now + TIMER_C };
        }
        life.end(ctx, end);
    }

    /// Nothing is waited for any longer, not even the outcome of a CANCEL.
    pub(in crate::call) fn give_up(&mut self, ctx: &mut Context, life: &mut Life, end: End) {
        if let Some(invite) = self.invite.sent() {
            ctx.abandon(invite.id);
        }
        self.over(ctx, life, end);
    }
}
