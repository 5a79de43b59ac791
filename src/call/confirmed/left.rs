//! A re-INVITE of ours that was given up before its final response: cancelled where that is
//! possible, acknowledged whatever comes of it (RFC 3261 sections 9.1 and 13.2.2.4).

use super::Confirmed;
use crate::message::Message;
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
    pub until: Instant,
}

impl Confirmed {
    /// Nobody waits for this re-INVITE any more.
    pub(super) fn leave(&mut self, ctx: &mut Context, invite: Request) {
        if invite.asked.is_some() {
            return;
        }
        let until = ctx.now + ctx.timers.lifetime();
        // Only the latest is waited for: an INVITE that rings has no timer of its own to end it.
        if let Some(former) = self.left.replace(Box::new(Left { invite, cancelled: false, until })) {
            ctx.abandon(former.invite.id);
        }
        self.cancel_left(ctx);
    }

    /// Cancels it, once: after a provisional response, and when there is a connection.
    pub(super) fn cancel_left(&mut self, ctx: &mut Context) {
        let Some(left) = self.left.as_mut().filter(|left| !left.cancelled) else { return };
        if ctx.flow().is_some() && ctx.transactions.has_provisional(left.invite.id) {
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
            200..300 => self.acknowledge_reinvite(ctx, left.invite.credentials, response),
            _ => {}
        }
        true
    }

    /// Whether it was this one that nobody answered.
    pub(super) fn left_timeout(&mut self, id: ClientId) -> bool {
        self.left.take_if(|left| left.invite.id == id).is_some()
    }

    pub(super) fn expire_left(&mut self, ctx: &mut Context) {
        if let Some(left) = self.left.take_if(|left| left.until <= ctx.now) {
            ctx.abandon(left.invite.id);
        }
    }
}
