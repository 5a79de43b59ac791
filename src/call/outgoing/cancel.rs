//! CANCEL: when it leaves, what leaves before it, and what leaves in its place (RFC 3261
//! sections 9.1 and 15).

use super::{Outgoing, Phase};
use crate::call::life::{End, Life};
use crate::message::Message;
use crate::protocol::{Cause, Field};
use crate::transaction::ClientId;
use crate::usage::Context;
use alloc::borrow::ToOwned;
use alloc::vec::Vec;

/// The wish to cancel, and why.
#[derive(Debug)]
pub(super) struct Cancel {
    pub(super) end: End,
    headers: Vec<Field>,
    course: Course,
}

/// How far the CANCEL has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Course {
    /// There was no connection to send it on.
    Wanted,
    Sent(ClientId),
    /// It has been answered, or each callee has had a BYE instead.
    Over,
}

impl Cancel {
    fn new(end: End, headers: Vec<Field>) -> Self {
        Self { end, headers, course: Course::Wanted }
    }

    /// Whether it never left.
    pub(super) fn is_wanted(&self) -> bool {
        self.course == Course::Wanted
    }
}

impl Outgoing {
    pub(in crate::call) fn hangup(&mut self, ctx: &mut Context, life: &mut Life, headers: &[Field]) {
        match self.phase {
            Phase::Offering(_) | Phase::Challenged(_) => self.over(ctx, life, End::local(Cause::Cancelled)),
            Phase::Calling | Phase::Proceeding => {
                self.want_cancel(ctx, life, End::local(Cause::Cancelled), headers.to_owned());
            }
            Phase::Cancelling { .. } | Phase::Stranded { .. } | Phase::Accepted { .. } | Phase::Over => {}
        }
    }

    /// Gives the INVITE up. Nobody decides on PRACKs any more: those that wait go first, for
    /// the CANCEL may lose against a 2xx.
    pub(super) fn want_cancel(&mut self, ctx: &mut Context, life: &mut Life, end: End, headers: Vec<Field>) {
        if self.cancel.is_none() && matches!(self.phase, Phase::Calling | Phase::Proceeding) {
            self.cancel = Some(Cancel::new(end, headers));
            self.no_answer.at = None;
            for fork in &mut self.forks {
                fork.release(ctx);
            }
            self.cancel_when_allowed(ctx, life);
        }
    }

    /// A CANCEL may leave only after a provisional response (RFC 3261 section 9.1).
    pub(super) fn cancel_when_allowed(&mut self, ctx: &mut Context, life: &mut Life) {
        if self.cancel.is_some() && self.phase == Phase::Proceeding {
            self.phase = Phase::Cancelling { give_up_at: ctx.now + ctx.timers.lifetime() };
            self.send_cancel(ctx, life);
        }
    }

    /// Sends it, or sends it again: the connection may have taken it along. It goes where the
    /// INVITE went, and nowhere else (RFC 3261 section 9.1).
    pub(super) fn send_cancel(&mut self, ctx: &mut Context, life: &mut Life) {
        let home = self.is_home(ctx);
        let (Some(invite), Some(cancel), Phase::Cancelling { .. }) = (self.invite.sent(), &mut self.cancel, self.phase)
        else {
            return;
        };
        if ctx.flow().is_none() || cancel.course == Course::Over {
            return;
        }
        if !home {
            return self.part(ctx, life);
        }
        if let Course::Sent(former) = cancel.course {
            ctx.abandon(former);
        }
        cancel.course = Course::Sent(ctx.cancel(invite, &cancel.headers));
    }

    /// Whether the response was to it. When its server does not know the INVITE, the callees
    /// have to be told one by one.
    pub(super) fn cancel_response(
        &mut self,
        ctx: &mut Context,
        life: &mut Life,
        id: ClientId,
        response: &Message,
    ) -> bool {
        let Some(cancel) = self.cancel.as_mut().filter(|cancel| cancel.course == Course::Sent(id)) else {
            return false;
        };
        match response.status() {
            Some(200..300) => cancel.course = Course::Over,
            Some(300..) => self.part(ctx, life),
            _ => {}
        }
        true
    }

    /// The connection is back, too late for the call.
    pub(super) fn cancel_late(&mut self, ctx: &mut Context, life: &mut Life) {
        let headers = self.cancel.take().map(|cancel| cancel.headers).unwrap_or_default();
        self.cancel = Some(Cancel::new(End::system(Cause::Connection), headers));
        self.phase = Phase::Cancelling { give_up_at: ctx.now + ctx.timers.lifetime() };
        self.send_cancel(ctx, life);
    }

    /// No CANCEL reaches whoever has the INVITE: each callee that is known has a BYE (RFC 3261
    /// section 15), and no final response need come.
    fn part(&mut self, ctx: &mut Context, life: &mut Life) {
        for mut fork in core::mem::take(&mut self.forks) {
            fork.abandon(ctx);
            if !fork.ended {
                self.hang_up(ctx, fork);
            }
        }
        if let Some(cancel) = &mut self.cancel {
            cancel.course = Course::Over;
            life.end(ctx, cancel.end.clone());
        }
    }
}
