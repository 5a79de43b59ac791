//! One early dialog of an outgoing call: one fork (RFC 3261 section 12, RFC 3262 section 4).

use super::inside;
use super::life::Life;
use super::offer::PendingOffer;
use super::pracks::Pracks;
use crate::dialog::Dialog;
use crate::message::Message;
use crate::negotiation::{Carrier, Negotiation};
use crate::protocol::{Answer, CallId, DialogNumber, Event, Token};
use crate::time::{Instant, earlier};
use crate::transaction::ServerId;
use crate::usage::Context;
use alloc::string::String;

/// What a fork has told so far.
#[derive(Debug)]
pub(super) struct Early {
    pub number: DialogNumber,
    pub dialog: Dialog,
    pub pracks: Pracks,
    pub negotiation: Negotiation,
    /// The offer that a reliable response made to us, while it is unanswered.
    pub offer: Option<String>,
    /// A description came, be it in an unreliable response only.
    pub previewed: bool,
    /// A 199 said that it is over (RFC 6228).
    pub ended: bool,
    pub pending: Option<PendingOffer>,
}

impl Early {
    pub(super) fn new(number: DialogNumber, dialog: Dialog, offered: bool) -> Self {
        Self {
            number,
            dialog,
            pracks: Pracks::default(),
            negotiation: Negotiation::inviting(offered),
            offer: None,
            previewed: false,
            ended: false,
            pending: None,
        }
    }

    /// A request of the peer inside this dialog, before the call is answered.
    pub(super) fn request(&mut self, ctx: &mut Context, life: &Life, call: CallId, server: ServerId, request: Message) {
        if !inside::in_order(ctx, &mut self.dialog, server, &request) {
            return;
        }
        match inside::kind(&request) {
            inside::Kind::Bye => {
                ctx.answer(server, &request, 200, None);
                if !core::mem::replace(&mut self.ended, true) && !life.is_over() {
                    ctx.emit(Event::DialogEnded { call, dialog: self.number, status: None });
                }
            }
            // The application has been told that the call is over.
            _ if life.is_over() => ctx.answer(server, &request, 481, None),
            inside::Kind::Update => inside::update(
                ctx,
                inside::Session {
                    call,
                    number: self.number,
                    dialog: &mut self.dialog,
                    negotiation: &mut self.negotiation,
                    pending: &mut self.pending,
                },
                server,
                request,
            ),
            inside::Kind::Invite => ctx.answer(server, &request, 491, None),
            // A UAC has nothing to be acknowledged.
            inside::Kind::Prack => ctx.answer(server, &request, 481, None),
            inside::Kind::Plain => inside::answer(ctx, call, server, &request),
        }
    }

    /// Whether a request of the peer waits for this description.
    pub(super) fn awaits(&self, token: Token) -> bool {
        self.pending.as_ref().is_some_and(|pending| pending.token == token)
    }

    /// Answers the request that waits for a description.
    pub(super) fn answer_request(&mut self, ctx: &mut Context, answer: Answer) {
        if let Some(pending) = self.pending.take() {
            inside::settle_offer(ctx, &mut self.dialog, &mut self.negotiation, &pending, answer);
        }
    }

    pub(super) fn expire(&mut self, ctx: &mut Context) {
        if let Some(pending) = self.pending.take_if(|pending| pending.is_overdue(ctx.now)) {
            pending.refuse(ctx, 488);
            self.negotiation.refuse(Carrier::Update);
        }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        earlier(self.pracks.deadline(), self.pending.as_ref().map(PendingOffer::deadline))
    }
}
