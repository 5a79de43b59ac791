//! The session of one dialog, early or confirmed: the UPDATEs of the peer, and its offers
//! until they are answered (RFC 3311 section 5.2). Ours are in `update`.

use super::offer::{OVERDUE, PendingOffer, refuse};
use super::session_timer::SessionTimer;
use super::update::Updates;
use crate::dialog::Dialog;
use crate::message::{Message, Writer};
use crate::negotiation::{Carrier, Meaning, Negotiation};
use crate::protocol::{Answer, CallId, Cause, DialogNumber, Event, Rel100, Token};
use crate::sdp;
use crate::transaction::ServerId;
use crate::usage::{Context, headers};

/// The parts of a dialog that the UPDATEs of both sides act upon.
pub(super) struct Session<'a> {
    pub call: CallId,
    pub number: DialogNumber,
    pub dialog: &'a mut Dialog,
    pub negotiation: &'a mut Negotiation,
    /// The offer of the peer that is being answered.
    pub pending: &'a mut Option<PendingOffer>,
    /// What we have to offer.
    pub updates: &'a mut Updates,
    pub timer: &'a mut SessionTimer,
    pub rel100: Rel100,
    /// The Call-ID is ours.
    pub is_caller: bool,
    /// The peer has the dialog, too: a response of ours made it, or the peer's did.
    pub is_known: bool,
    pub is_confirmed: bool,
    /// The media layer is at work for a re-INVITE of ours.
    pub is_reoffering: bool,
}

impl Session<'_> {
    /// An UPDATE of the peer: without an offer a target refresh, with one a new exchange
    /// unless another is open.
    pub(super) fn update_received(&mut self, ctx: &mut Context, server: ServerId, request: Message) {
        self.timer.learn(&request);
        match self.negotiation.receive(Carrier::Update, request.description().is_some()) {
            Meaning::Refused(obstacle) => refuse(ctx, server, &request, obstacle),
            Meaning::Offer => self.offered(ctx, server, request),
            Meaning::Nothing | Meaning::Preview | Meaning::Answer | Meaning::Missing | Meaning::Ignored => {
                self.dialog.refresh_target(&request);
                let frame = self.update_success(ctx, &request).finish();
                ctx.respond(server, 200, frame);
                self.tell_update(ctx, &request);
            }
        }
    }

    /// Begins the 2xx to an UPDATE, and the session timer with it: not before that of the INVITE
    /// has settled who refreshes (RFC 4028 erratum 4744).
    fn update_success(&mut self, ctx: &Context, request: &Message) -> Writer {
        let mut writer = ctx.reply(request, 200, None, None);
        ctx.contact(&mut writer);
        ctx.capabilities(&mut writer);
        if self.is_confirmed {
            self.timer.grant(ctx.now, request, &mut writer);
        }
        writer
    }

    /// Asks the media layer for the answer to an offer that has been found in order.
    fn offered(&mut self, ctx: &mut Context, server: ServerId, request: Message) {
        self.withdraw_offers(ctx);
        *self.pending = Some(PendingOffer::new(ctx, self.call, self.number, server, request));
    }

    /// Whether an UPDATE of either side waits for this description.
    pub(super) fn awaits(&self, token: Token) -> bool {
        self.updates.awaits(token) || self.pending.as_ref().is_some_and(|pending| pending.token == token)
    }

    /// The media layer has answered: ours, or an offer of the peer's. The peer's UPDATE that
    /// this accepts is to be told, after what else it lets go.
    #[must_use]
    pub(super) fn described(&mut self, ctx: &mut Context, token: Token, answer: Answer) -> Option<PendingOffer> {
        let Some(pending) = self.pending.take_if(|pending| pending.token == token) else {
            self.update_described(ctx, answer);
            return None;
        };
        let accepted = matches!(answer, Answer::Sdp(_));
        self.answer_offer(ctx, &pending, answer);
        accepted.then_some(pending)
    }

    /// Answers an UPDATE with what the media layer made of its offer.
    fn answer_offer(&mut self, ctx: &mut Context, pending: &PendingOffer, answer: Answer) {
        match answer {
            Answer::Sdp(sdp) => {
                // RFC 6141 section 4.6: the target is refreshed by the 2xx, and by no refusal.
                self.dialog.refresh_target(&pending.request);
                let writer = self.update_success(ctx, &pending.request);
                pending.accept(ctx, writer, &sdp);
                let _ = self.negotiation.send(Carrier::UpdateSuccess, true);
            }
            Answer::Failed { status, cause } => {
                // RFC 3311 section 5.2: 504 where the user would have to be asked; RFC 3312 section 8.
                pending.refuse(ctx, if matches!(status, 488 | 580) { status } else { 504 });
                self.negotiation.refuse(Carrier::Update);
                if cause == Cause::MediaTimeout {
                    pending.withdraw(ctx, self.call, self.number);
                }
            }
        }
    }

    /// Refuses the offer that the media layer has been at for too long; whether there was one.
    pub(super) fn expire_offer(&mut self, ctx: &mut Context) -> bool {
        let Some(pending) = self.pending.take_if(|pending| pending.is_overdue(ctx.now)) else { return false };
        self.answer_offer(ctx, &pending, OVERDUE);
        true
    }

    pub(super) fn roll_back(&self, ctx: &mut Context) {
        ctx.emit(Event::Rollback { call: self.call, dialog: self.number });
    }

    /// Nobody is there any more to answer the peer's offer (RFC 3261 section 15.1.2), or to
    /// wait for the outcome of ours.
    pub(super) fn close(&mut self, ctx: &mut Context) {
        if let Some(pending) = self.pending.take() {
            ctx.answered(pending.token);
            pending.refuse(ctx, 487);
            self.negotiation.refuse(Carrier::Update);
        }
        self.updates.close(ctx);
    }

    /// Tells an UPDATE that has its 2xx.
    pub(super) fn tell_update(&self, ctx: &mut Context, request: &Message) {
        let (call, dialog) = (self.call, self.number);
        let sdp = request.description();
        ctx.emit(Event::Update { call, dialog, offer: sdp.is_some(), headers: headers(request) });
        if let Some(sdp) = sdp.filter(|_| self.is_confirmed) {
            ctx.emit(Event::Updated { call, by_peer: true, held_by_peer: sdp::holds(sdp) });
        }
    }
}
