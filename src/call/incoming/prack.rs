//! PRACKs for our reliable provisional responses (RFC 3262 sections 3 and 5).

use super::{Incoming, Phase};
use crate::call::confirmed::Confirmed;
use crate::call::inside;
use crate::call::life::{End, Life};
use crate::call::offer::PendingOffer;
use crate::message::{Message, Method, Name};
use crate::negotiation::{Carrier, Meaning};
use crate::protocol::{Answer, Cause, DialogNumber, Event, Field, ProgressKind, Severity};
use crate::reliability::Acknowledgement;
use crate::time::Instant;
use crate::transaction::ServerId;
use crate::usage::{Context, body, content_type, headers};
use alloc::borrow::ToOwned;
use alloc::string::String;

/// How many answered PRACKs are remembered.
const MEMORY: usize = 16;

/// A PRACK that was answered: when it comes again by another path, it gets the same answer.
#[derive(Debug)]
pub(super) struct Answered {
    cseq: u32,
    rseq: u32,
    status: u16,
    sdp: Option<String>,
    pub(super) until: Instant,
}

impl Incoming {
    /// A PRACK inside our dialog.
    pub(super) fn prack(
        &mut self,
        ctx: &mut Context,
        life: &mut Life,
        server: ServerId,
        prack: Message,
    ) -> Option<Confirmed> {
        let Ok(rack) = prack.rack() else {
            // It counts all the same.
            let _ = self.dialog.receive(&prack);
            let frame = ctx.reply(&prack, 400, Some("Missing or Malformed RAck"), None).finish();
            ctx.respond(server, 400, frame);
            return None;
        };
        let (rseq, cseq) = (rack.rseq, prack.cseq().number);
        let ours = rack.method == Method::Invite && rack.cseq == self.invite_cseq;
        if let Some(answered) = self.answered.iter().find(|known| known.cseq == cseq && known.rseq == rseq) {
            repeat(ctx, server, &prack, answered);
            return None;
        }
        if !inside::in_order(ctx, &mut self.dialog, server, &prack) {
            return None;
        }
        let acknowledgement = if ours { self.sender.acknowledge(rseq) } else { Acknowledgement::Stray };
        match acknowledgement {
            Acknowledgement::Outstanding { .. } => return self.matched(ctx, life, server, prack, rseq),
            Acknowledgement::Late => self.answer_prack(ctx, server, &prack, rseq, 200),
            Acknowledgement::Again if prack.description().is_none() => {
                self.answer_prack(ctx, server, &prack, rseq, 200);
            }
            Acknowledgement::Again => {
                self.sender.refuse(rseq);
                self.answer_prack(ctx, server, &prack, rseq, 488);
            }
            Acknowledgement::Stray => {
                ctx.diagnose(Some(self.call), Severity::Warning, "stray-prack");
                ctx.answer(server, &prack, 481, None);
            }
        }
        None
    }

    /// It acknowledges the outstanding response: answer it, let the next one go, tell.
    fn matched(
        &mut self,
        ctx: &mut Context,
        life: &mut Life,
        server: ServerId,
        prack: Message,
        rseq: u32,
    ) -> Option<Confirmed> {
        let event = Event::Prack {
            call: self.call,
            rseq,
            body: body(&prack),
            content_type: content_type(&prack),
            headers: headers(&prack),
        };
        // What it settles is noted first: the next response may go below, and takes its place.
        let settled = self.ringing.outstanding.take();
        let meaning = self.negotiation.receive(Carrier::Prack, prack.description().is_some());
        match meaning {
            // RFC 6337 pattern 5: an offer may follow where the answer has just been given.
            Meaning::Offer => {
                self.pending = Some(PendingOffer::new(ctx, self.call, DialogNumber(0), server, prack));
            }
            Meaning::Refused(obstacle) => self.answer_prack(ctx, server, &prack, rseq, obstacle.status()),
            Meaning::Nothing | Meaning::Missing | Meaning::Preview | Meaning::Ignored | Meaning::Answer => {
                self.answer_prack(ctx, server, &prack, rseq, 200);
                let _ = self.negotiation.send(Carrier::PrackSuccess, false);
                if meaning == Meaning::Answer {
                    self.take_answer(ctx, &prack);
                }
            }
        }
        if meaning == Meaning::Missing {
            ctx.emit(event);
            self.acknowledged(ctx, settled);
            self.owed_answer_missing(ctx, life);
            return None;
        }
        let confirmed = self.proceed(ctx, life);
        ctx.emit(event);
        self.acknowledged(ctx, settled);
        confirmed
    }

    fn take_answer(&self, ctx: &mut Context, prack: &Message) {
        let (call, dialog, sdp) = (self.call, DialogNumber(0), prack.description().unwrap_or_default().to_owned());
        ctx.emit(Event::Remote { call, dialog, kind: ProgressKind::Answer, sdp, commit: false });
    }

    /// RFC 3262 section 5: the PRACK for our offer must carry the answer.
    fn owed_answer_missing(&mut self, ctx: &mut Context, life: &mut Life) {
        let end = End::system(Cause::NoAnswerDescription).with_status(488);
        let warning = ["399 ", &ctx.identity.sent_by, " \"No answer to the offer\""].concat();
        self.finish_with(ctx, life, 488, None, &[Field(Name::Warning.as_str().to_owned(), warning)], end);
    }

    /// What waited for the PRACK and for its answer: a held 2xx, or the next provisional response.
    fn proceed(&mut self, ctx: &mut Context, life: &mut Life) -> Option<Confirmed> {
        if matches!(self.phase, Phase::Accepting { .. }) {
            return self.try_answer(ctx, life);
        }
        self.send_queued(ctx);
        None
    }

    fn answer_prack(&mut self, ctx: &mut Context, server: ServerId, prack: &Message, rseq: u32, status: u16) {
        self.remember(ctx, prack.cseq().number, rseq, status, None);
        ctx.answer(server, prack, status, None);
    }

    /// The media layer has answered the offer of a PRACK or UPDATE.
    pub(super) fn answer_pending(
        &mut self,
        ctx: &mut Context,
        life: &mut Life,
        pending: &PendingOffer,
        answer: Answer,
    ) -> Option<Confirmed> {
        if let (Method::Prack, Ok(rack)) = (pending.request.method(), pending.request.rack()) {
            let (cseq, rseq) = (pending.request.cseq().number, rack.rseq);
            match &answer {
                Answer::Sdp(sdp) => self.remember(ctx, cseq, rseq, 200, Some(sdp.clone())),
                Answer::Failed { .. } => {
                    self.remember(ctx, cseq, rseq, 488, None);
                    // The acknowledgement counts; it may come again without the offer.
                    self.sender.refuse(rseq);
                }
            }
        }
        inside::settle_offer(ctx, &mut self.dialog, &mut self.negotiation, pending, answer);
        self.proceed(ctx, life)
    }

    pub(super) fn expire_pending(&mut self, ctx: &mut Context, life: &mut Life) -> Option<Confirmed> {
        let pending = self.pending.take_if(|pending| pending.is_overdue(ctx.now))?;
        let failed = Answer::Failed { status: 488, cause: Cause::MediaTimeout };
        self.answer_pending(ctx, life, &pending, failed)
    }

    /// Whether a PRACK waits for its response: nothing that it releases goes before that.
    pub(super) fn is_answering_prack(&self) -> bool {
        self.pending.as_ref().is_some_and(|pending| pending.request.method() == Method::Prack)
    }

    fn remember(&mut self, ctx: &Context, cseq: u32, rseq: u32, status: u16, sdp: Option<String>) {
        if self.answered.len() >= MEMORY {
            self.answered.remove(0);
        }
        let until = ctx.now + ctx.timers.lifetime();
        self.answered.push(Answered { cseq, rseq, status, sdp, until });
    }
}

fn repeat(ctx: &mut Context, server: ServerId, prack: &Message, answered: &Answered) {
    let mut writer = ctx.reply(prack, answered.status, None, None);
    let frame = match &answered.sdp {
        Some(sdp) => writer.body("application/sdp", sdp.as_bytes()),
        None => writer.finish(),
    };
    ctx.respond(server, answered.status, frame);
}
