//! The end of a confirmed dialog, by either side (RFC 3261 section 15).

use super::Confirmed;
use crate::call::life::{End, Life};
use crate::message::Message;
use crate::protocol::{Cause, Failure, Field, Token};
use crate::transaction::{ClientId, ServerId};
use crate::usage::{Challenge, Context, Owner, Request};
use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::vec::Vec;

/// The BYE that ends it from our side.
#[derive(Debug)]
pub(super) enum Bye {
    None,
    /// It has to wait for the ACK of our 2xx (RFC 3261 section 15).
    Wanted(Vec<Field>),
    Sent(Box<Request>),
    Over,
}

impl Bye {
    /// Whether nobody has hung up.
    pub(super) fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }
}

impl Confirmed {
    pub(in crate::call) fn hangup(&mut self, ctx: &mut Context, life: &mut Life, headers: &[Field]) {
        self.acknowledge_with_rejection(ctx);
        self.release_pracks(ctx);
        self.settle_all(ctx);
        if self.success.is_some() {
            self.bye = Bye::Wanted(headers.to_owned());
        } else {
            self.send_bye(ctx, headers.to_owned());
        }
        life.end(ctx, End::local(Cause::Bye));
    }

    /// The user agent is switched off: a BYE that would have to wait for the ACK goes now,
    /// for there is no later (against RFC 3261 section 15, which would leave the peer in a
    /// call that nobody is in).
    pub(in crate::call) fn close(&mut self, ctx: &mut Context) {
        self.success = None;
        self.send_wanted_bye(ctx);
    }

    pub(super) fn bye_received(&mut self, ctx: &mut Context, life: &mut Life, server: ServerId, request: &Message) {
        ctx.answer(server, request, 200, None);
        self.success = None;
        self.settle_all(ctx);
        self.bye = Bye::Over;
        life.end(ctx, End::requested(request, Cause::Bye));
    }

    /// The peer no longer knows the dialog.
    pub(super) fn gone(&mut self, ctx: &mut Context, life: &mut Life) {
        self.end_with_bye(ctx, life, End::system(Cause::DialogGone));
    }

    /// Whether the response was to our BYE.
    pub(super) fn bye_response(&mut self, ctx: &mut Context, id: ClientId, response: &Message) -> bool {
        let Bye::Sent(bye) = &mut self.bye else { return false };
        if bye.id != id {
            return false;
        }
        match response.status().unwrap_or_default() {
            ..200 => {}
            401 | 407 => match ctx.challenge(bye, response) {
                Challenge::Retry => ctx.resend(bye, self.dialog.next_cseq()),
                Challenge::Asked(_) => {}
                Challenge::Failed => self.bye = Bye::Over,
            },
            _ => self.bye = Bye::Over,
        }
        true
    }

    /// The application answered a challenge: whether it was that of our BYE.
    pub(super) fn bye_credentials(&mut self, ctx: &mut Context, token: Token, known: bool) -> bool {
        let Bye::Sent(bye) = &mut self.bye else { return false };
        if bye.asked != Some(token) {
            return false;
        }
        if known {
            ctx.resend(bye, self.dialog.next_cseq());
        } else {
            self.bye = Bye::Over;
        }
        true
    }

    /// The ACK that it had to wait for is there.
    pub(super) fn send_wanted_bye(&mut self, ctx: &mut Context) {
        if let Bye::Wanted(headers) = &mut self.bye {
            let headers = core::mem::take(headers);
            self.send_bye(ctx, headers);
        }
    }

    pub(super) fn end_with_bye(&mut self, ctx: &mut Context, life: &mut Life, end: End) {
        self.end_with(ctx, life, end, Vec::new());
    }

    /// The same, with a BYE that says more.
    pub(super) fn end_with(&mut self, ctx: &mut Context, life: &mut Life, end: End, headers: Vec<Field>) {
        self.success = None;
        self.release_pracks(ctx);
        self.settle_all(ctx);
        self.send_bye(ctx, headers);
        life.end(ctx, end);
    }

    pub(in crate::call) fn send_bye(&mut self, ctx: &mut Context, headers: Vec<Field>) {
        if matches!(self.bye, Bye::Sent(_) | Bye::Over) {
            return;
        }
        let mut draft = self.dialog.request("BYE");
        draft.extra = headers;
        self.bye = Bye::Sent(Box::new(ctx.send(draft, Owner::Call(self.call))));
    }

    /// Settles what can no longer succeed: the peer's requests that are still open
    /// (RFC 3261 section 15.1.2: 487), and the commands of the application.
    fn settle_all(&mut self, ctx: &mut Context) {
        self.timer.stop();
        self.session().close(ctx);
        self.end_invitation(ctx);
        let failure = Failure { cause: Cause::Closed, status: None, reason: None, retry_after: None };
        for (request, _) in self.infos.drain(..) {
            ctx.settle(request, Err(failure.clone()));
        }
        self.leave_reinvite(ctx, failure);
        self.pracks.abandon(ctx);
    }

    /// What waits for the media layer or the application goes before a BYE, CANCEL or INVITE.
    pub(super) fn release_pracks(&mut self, ctx: &mut Context) {
        self.pracks.release(ctx, &mut self.dialog, &mut self.negotiation);
    }
}
