//! CANCEL: when it leaves, and what leaves before it (RFC 3261 section 9.1).

use super::{Outgoing, Phase};
use crate::call::life::{End, Life};
use crate::protocol::{Cause, Field};
use crate::time::Duration;
use crate::transaction::ClientId;
use crate::usage::Context;
use alloc::borrow::ToOwned;
use alloc::vec::Vec;

/// How long an INVITE may ring without a further response.
const RINGING: Duration = Duration::from_secs(190);

/// The wish to cancel, and why.
#[derive(Debug)]
pub(super) struct Cancel {
    pub(super) end: End,
    headers: Vec<Field>,
    sent: Option<ClientId>,
}

impl Outgoing {
    pub(in crate::call) fn hangup(&mut self, ctx: &mut Context, life: &mut Life, headers: &[Field]) {
        match self.phase {
            Phase::Offering(_) | Phase::Challenged(_) => self.over(ctx, life, End::local(Cause::Cancelled)),
            Phase::Calling | Phase::Proceeding => {
                self.want_cancel(ctx, End::local(Cause::Cancelled), headers.to_owned());
                self.cancel_when_allowed(ctx);
            }
            Phase::Cancelling { .. } | Phase::Stranded { .. } | Phase::Accepted { .. } | Phase::Over => {}
        }
    }

    /// The connection did not come back in time: the call is over. The INVITE may ring on for as
    /// long as proxies let it (RFC 3261 section 16.6: Timer C), and is cancelled if there is a
    /// connection by then.
    pub(in crate::call) fn strand(&mut self, ctx: &mut Context, life: &mut Life) {
        let end = End::system(Cause::Connection);
        if !matches!(self.phase, Phase::Proceeding | Phase::Cancelling { .. }) {
            return self.give_up(ctx, life, end);
        }
        for fork in &mut self.forks {
            fork.abandon(ctx);
        }
        let cancel = self.cancel.get_or_insert(Cancel { end, headers: Vec::new(), sent: None });
        if let Some(id) = cancel.sent.take() {
            ctx.abandon(id);
        }
        life.end(ctx, cancel.end.clone());
        self.phase = Phase::Stranded { until: ctx.now + RINGING };
    }

    /// Nothing more is done about the INVITE.
    pub(in crate::call) fn give_up(&mut self, ctx: &mut Context, life: &mut Life, end: End) {
        if let Some(invite) = self.invite.sent() {
            ctx.abandon(invite.id);
        }
        self.over(ctx, life, end);
    }

    /// Gives the INVITE up. Nobody decides on PRACKs any more: those that wait go first, for
    /// the CANCEL may lose against a 2xx.
    pub(super) fn want_cancel(&mut self, ctx: &mut Context, end: End, headers: Vec<Field>) {
        if self.cancel.is_none() && matches!(self.phase, Phase::Calling | Phase::Proceeding) {
            self.cancel = Some(Cancel { end, headers, sent: None });
            self.no_answer.at = None;
            for fork in &mut self.forks {
                fork.release(ctx);
            }
            self.cancel_when_allowed(ctx);
        }
    }

    /// A CANCEL may leave only after a provisional response (RFC 3261 section 9.1).
    pub(super) fn cancel_when_allowed(&mut self, ctx: &mut Context) {
        let (Some(invite), Some(cancel), Phase::Proceeding) = (self.invite.sent(), &mut self.cancel, self.phase) else {
            return;
        };
        cancel.sent = Some(ctx.cancel(invite, &cancel.headers));
        self.phase = Phase::Cancelling { give_up_at: ctx.now + ctx.timers.lifetime() };
    }

    /// The connection is back: nobody knows whether it had arrived.
    pub(super) fn cancel_again(&mut self, ctx: &mut Context) {
        if let (Some(invite), Some(cancel)) = (self.invite.sent(), &mut self.cancel)
            && let Some(id) = cancel.sent
        {
            ctx.abandon(id);
            cancel.sent = Some(ctx.cancel(invite, &cancel.headers));
        }
    }
}
