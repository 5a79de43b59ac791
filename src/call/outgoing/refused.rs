//! Forks that we hang up while the call goes on: the 2xx of a second callee, the dialog
//! whose PRACK nobody answered (RFC 3261 sections 13.2.2.4 and 15).

use super::{FORKS, Outgoing};
use crate::call::confirmed::Confirmed;
use crate::call::early::Early;
use crate::call::life::Life;
use crate::message::Message;
use crate::protocol::Token;
use crate::time::{Instant, earlier};
use crate::transaction::{ClientId, ServerId};
use crate::usage::Context;
use alloc::boxed::Box;
use alloc::vec::Vec;

/// The dialogs that are being hung up. Nothing is told of them: they are no part of the call.
#[derive(Debug, Default)]
pub(super) struct Refused(Vec<Farewell>);

#[derive(Debug)]
struct Farewell {
    dialog: Box<Confirmed>,
    life: Life,
    /// For how long the application may think about the credentials of its BYE.
    until: Instant,
}

impl Refused {
    /// Keeps a dialog until its BYE has been answered.
    pub(super) fn push(&mut self, ctx: &Context, dialog: Confirmed, life: Life) {
        if self.0.len() < FORKS {
            let until = ctx.now + ctx.timers.lifetime() * 2;
            self.0.push(Farewell { dialog: Box::new(dialog), life, until });
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The one that this response to the INVITE is of.
    pub(super) fn with(&mut self, response: &Message) -> Option<&mut Confirmed> {
        let farewell = self.0.iter_mut().find(|farewell| farewell.dialog.is_with(response))?;
        Some(&mut farewell.dialog)
    }

    /// The response to a request inside one of them.
    pub(super) fn response(&mut self, ctx: &mut Context, id: ClientId, response: &Message) {
        self.any(|dialog, life| dialog.response(ctx, life, id, response));
    }

    pub(super) fn timeout(&mut self, ctx: &mut Context, id: ClientId) {
        self.any(|dialog, life| dialog.timeout(ctx, life, id));
    }

    pub(super) fn credentials(&mut self, ctx: &mut Context, token: Token, known: bool) {
        self.any(|dialog, life| dialog.credentials(ctx, life, token, known));
    }

    /// A request of the peer; given back when it is of none of them.
    pub(super) fn request(&mut self, ctx: &mut Context, server: ServerId, request: Message) -> Option<Message> {
        match self.0.iter_mut().find(|farewell| farewell.dialog.owns(&request)) {
            Some(Farewell { dialog, life, .. }) => {
                dialog.request(ctx, life, server, request);
                None
            }
            None => Some(request),
        }
    }

    pub(super) fn recovered(&mut self, ctx: &mut Context) {
        for farewell in &mut self.0 {
            farewell.dialog.recovered(ctx);
        }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.0.iter().fold(None, |least, farewell| earlier(least, Some(farewell.until)))
    }

    /// Those that need no answer any more: only the ACK of their 2xx may be asked for again.
    pub(super) fn settled(&mut self, now: Instant) -> Vec<Confirmed> {
        let mut settled = Vec::new();
        while let Some(index) = self.0.iter().position(|it| it.dialog.is_done() || it.until <= now) {
            settled.push(*self.0.swap_remove(index).dialog);
        }
        settled
    }

    fn any(&mut self, mut act: impl FnMut(&mut Confirmed, &mut Life) -> bool) {
        self.0.iter_mut().any(|farewell| act(&mut farewell.dialog, &mut farewell.life));
    }
}

impl Outgoing {
    /// Hangs up one early dialog, while others go on or are cancelled.
    pub(super) fn hang_up(&mut self, ctx: &mut Context, mut fork: Early) {
        fork.abandon(ctx);
        let (call, cseq) = (self.call, self.invite.cseq());
        let (mut dialog, life) = (Confirmed::outgoing(call, self.rel100, fork, cseq, Vec::new()), Life::over(call));
        dialog.send_bye(ctx, Vec::new());
        self.refused.push(ctx, dialog, life);
    }
}
