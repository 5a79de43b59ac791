//! A re-INVITE of ours that was given up before its final response: cancelled where that is
//! possible, acknowledged whatever comes of it (RFC 3261 sections 9.1 and 13.2.2.4).

use super::reinvite::State;
use super::{Confirmed, timed_out};
use crate::call::life::Life;
use crate::message::Message;
use crate::negotiation::Carrier;
use crate::protocol::{Cause, Failure};
use crate::time::Instant;
use crate::transaction::ClientId;
use crate::usage::{Context, Request};
use alloc::boxed::Box;

/// A re-INVITE that the end of the call, the loss of the connection, or its own silence has
/// left without a final response: that still wants its ACK, but not for ever.
#[derive(Debug)]
pub(super) struct Left {
    invite: Request,
    cancelled: bool,
    /// It has changed the session: should it fail, that is to be restored.
    restores: bool,
    pub until: Instant,
}

impl Confirmed {
    /// Gives up one that is still open: CANCEL, and the session as it was, unless it has
    /// changed that already: then its final response decides.
    pub(super) fn give_up_reinvite(&mut self, ctx: &mut Context, life: &mut Life, cause: Cause) {
        let Some(reinvite) = self.reinvite.take() else { return };
        self.release_pracks(ctx);
        let changed = reinvite.changed || self.negotiation.is_changed_by_invite();
        self.leave_open(ctx, reinvite.state, changed && reinvite.purpose.is_restorable());
        self.negotiation.failed(Carrier::Invite);
        if !changed {
            self.roll_back(ctx);
        }
        self.conclude_reinvite(ctx, life, reinvite.purpose, Err(Failure { cause, ..timed_out() }));
    }

    /// The call is over, and nobody waits for the outcome any more.
    pub(super) fn leave_reinvite(&mut self, ctx: &mut Context, failure: Failure) {
        let Some(reinvite) = self.reinvite.take() else { return };
        self.leave_open(ctx, reinvite.state, false);
        if let Some(request) = reinvite.purpose.command() {
            ctx.settle(request, Err(failure));
        }
    }

    fn leave_open(&mut self, ctx: &mut Context, state: State, restores: bool) {
        if let State::Sent(open) = state {
            self.leave(ctx, open.invite, restores);
        }
    }

    /// Nobody waits for this re-INVITE any more.
    pub(super) fn leave(&mut self, ctx: &mut Context, invite: Request, restores: bool) {
        if invite.asked.is_some() {
            return;
        }
        let until = ctx.now + ctx.timers.lifetime();
        let mut left = Left { invite, cancelled: false, restores, until };
        // Only the latest is waited for: an INVITE that rings has no timer of its own to end it.
        if let Some(former) = self.left.take() {
            ctx.abandon(former.invite.id);
            left.restores |= former.restores;
        }
        self.left = Some(Box::new(left));
        self.cancel_left(ctx);
    }

    /// Cancels it, once: after a provisional response, and when there is a connection.
    pub(super) fn cancel_left(&mut self, ctx: &mut Context) {
        let Some(left) = self.left.as_mut().filter(|left| !left.cancelled) else { return };
        // RFC 3261 section 9.1: it goes where the INVITE went, and nowhere else.
        let home = ctx.flow().is_some() && left.invite.server == ctx.server();
        if home && ctx.transactions.has_provisional(left.invite.id) {
            ctx.cancel(&left.invite, &[]);
            left.cancelled = true;
            left.until = ctx.now + ctx.timers.lifetime();
        }
    }

    /// Whether the response was to it.
    pub(super) fn left_response(&mut self, ctx: &mut Context, id: ClientId, response: &Message) -> bool {
        let Some(left) = self.left.take_if(|left| left.invite.id == id) else { return false };
        match response.status().unwrap_or_default() {
            ..200 => {
                self.left = Some(left);
                self.overtaken(ctx, response);
                self.cancel_left(ctx);
            }
            200..300 => {
                // The peer's timer has begun anew with it.
                if self.bye.is_none() {
                    self.timer.granted(ctx.now, response);
                }
                self.acknowledge_reinvite(ctx, left.invite.credentials, response);
            }
            _ => self.left_failed(ctx, left.restores),
        }
        true
    }

    fn left_failed(&mut self, ctx: &mut Context, restores: bool) {
        if restores && self.bye.is_none() {
            self.roll_back(ctx);
            self.restore();
        }
    }

    /// Whether it was this one that nobody answered.
    pub(super) fn left_timeout(&mut self, ctx: &mut Context, id: ClientId) -> bool {
        let Some(left) = self.left.take_if(|left| left.invite.id == id) else { return false };
        self.left_failed(ctx, left.restores);
        true
    }

    pub(super) fn expire_left(&mut self, ctx: &mut Context) {
        if let Some(left) = self.left.take_if(|left| left.until <= ctx.now) {
            ctx.abandon(left.invite.id);
            self.left_failed(ctx, left.restores);
        }
    }
}
