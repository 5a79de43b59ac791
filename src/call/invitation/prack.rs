//! PRACKs for our reliable provisional responses (RFC 3262 sections 3 and 5).

use super::{Invitation, Ours, Outcome, Phase, Scope};
use crate::call::inside;
use crate::call::life::End;
use crate::call::offer::{OVERDUE, PendingOffer};
use crate::message::{Message, Method, Name};
use crate::negotiation::{Carrier, Meaning};
use crate::protocol::{Answer, CallId, Cause, Event, Field, ProgressKind, Severity};
use crate::reliability::Acknowledgement;
use crate::time::Instant;
use crate::transaction::ServerId;
use crate::usage::{Context, body, content_type, headers};
use alloc::borrow::ToOwned;
use alloc::string::String;

/// How many answered PRACKs of one INVITE are remembered.
const MEMORY: usize = 256;

/// A PRACK that was answered: when it comes again by another path, it gets the same answer.
#[derive(Debug)]
pub(super) struct Answered {
    cseq: u32,
    rseq: u32,
    status: u16,
    sdp: Option<String>,
    pub(super) until: Instant,
}

/// Takes a PRACK inside a dialog, for one of the INVITEs that the peer has sent in it.
///
/// What is wrong with it is looked for in this order: dialog, `RAck`, repetition, `CSeq`,
/// extensions, body. Whatever comes of it, it raises the number that the next request has
/// to have, unless it is of another dialog or too old itself. One that acknowledges nothing
/// is told as a stray of `told`; a caller hears nothing of it.
pub(in crate::call) fn receive(
    ctx: &mut Context,
    told: Option<CallId>,
    invitations: &mut [Invitation],
    scope: &mut Scope,
    server: ServerId,
    prack: Message,
) -> Outcome {
    if !scope.dialog.owns(&prack) {
        ctx.answer(server, &prack, 481, None);
        return Outcome::Unchanged;
    }
    let Ok(rack) = prack.rack() else {
        // It counts all the same.
        let _ = scope.dialog.receive(&prack);
        let frame = ctx.reply(&prack, 400, Some("Missing or Malformed RAck"), None).finish();
        ctx.respond(server, 400, frame);
        return Outcome::Unchanged;
    };
    let (rseq, invite) = (rack.rseq, (rack.method == Method::Invite).then_some(rack.cseq));
    let mut invitation = invitations.iter_mut().find(|invitation| Some(invitation.cseq) == invite);
    if let Some(answered) = invitation.as_ref().and_then(|it| it.answered(ctx.now, prack.cseq().number, rseq)) {
        repeat(ctx, server, &prack, answered);
    } else if !inside::in_order(ctx, scope.dialog, server, &prack) {
        // It has been refused.
    } else if let Some(objection) = ctx.objection_to_content(&prack) {
        ctx.object(server, &prack, &objection, None);
    } else if let Some(invitation) = &mut invitation {
        return invitation.acknowledge(ctx, scope, server, prack, rseq);
    } else {
        stray(ctx, told, server, &prack);
    }
    Outcome::Unchanged
}

/// It acknowledges nothing that is waited for.
fn stray(ctx: &mut Context, told: Option<CallId>, server: ServerId, prack: &Message) {
    if told.is_some() {
        ctx.diagnose(told, Severity::Warning, "stray-prack");
    }
    ctx.answer(server, prack, 481, None);
}

fn repeat(ctx: &mut Context, server: ServerId, prack: &Message, answered: &Answered) {
    match &answered.sdp {
        Some(sdp) => {
            let frame = ctx.reply(prack, answered.status, None, None).body("application/sdp", sdp.as_bytes());
            ctx.respond(server, answered.status, frame);
        }
        None => respond(ctx, server, prack, answered.status),
    }
}

/// A plain response; one that refuses a description says so.
fn respond(ctx: &mut Context, server: ServerId, prack: &Message, status: u16) {
    let mut writer = ctx.reply(prack, status, None, None);
    if status == 488 {
        ctx.warn(&mut writer, "No offer is allowed here");
    }
    let frame = writer.finish();
    ctx.respond(server, status, frame);
}

impl Invitation {
    fn answered(&self, now: Instant, cseq: u32, rseq: u32) -> Option<&Answered> {
        self.answered.iter().find(|known| known.cseq == cseq && known.rseq == rseq && known.until > now)
    }

    fn acknowledge(
        &mut self,
        ctx: &mut Context,
        scope: &mut Scope,
        server: ServerId,
        prack: Message,
        rseq: u32,
    ) -> Outcome {
        let offers = prack.description().is_some();
        let status = match self.sender.acknowledge(rseq) {
            Acknowledgement::Outstanding => return self.matched(ctx, scope, server, prack, rseq),
            // After a failure response there is no session left that it could be about.
            Acknowledgement::Late if offers && matches!(self.phase, Phase::Final { success: true, .. }) => 488,
            Acknowledgement::Again if offers => 488,
            Acknowledgement::Late | Acknowledgement::Again => 200,
            Acknowledgement::Stray => {
                stray(ctx, Some(self.call), server, &prack);
                return Outcome::Unchanged;
            }
        };
        self.answer_prack(ctx, server, &prack, rseq, status);
        Outcome::Unchanged
    }

    /// It acknowledges the outstanding response: answer it, let the next one go, tell.
    fn matched(
        &mut self,
        ctx: &mut Context,
        scope: &mut Scope,
        server: ServerId,
        prack: Message,
        rseq: u32,
    ) -> Outcome {
        // What it settles is noted first: the next response may go below, and takes its place.
        let settled = self.outstanding.take();
        let meaning = scope.negotiation.receive(Carrier::Prack, prack.description().is_some());
        let event = Event::Prack {
            call: self.call,
            rseq,
            offer: meaning == Meaning::Offer,
            body: body(&prack),
            content_type: content_type(&prack),
            headers: headers(&prack),
        };
        match meaning {
            // RFC 6337 pattern 5: an offer may follow where the answer has just been given.
            Meaning::Offer => self.offer = Some(PendingOffer::new(ctx, self.call, self.number, server, prack)),
            Meaning::Refused(obstacle) => self.answer_prack(ctx, server, &prack, rseq, obstacle.status()),
            Meaning::Nothing | Meaning::Missing | Meaning::Preview | Meaning::Ignored | Meaning::Answer => {
                self.answer_prack(ctx, server, &prack, rseq, 200);
                let _ = scope.negotiation.send(Carrier::PrackSuccess, false);
                if meaning == Meaning::Answer {
                    self.take_answer(ctx, &prack);
                }
            }
        }
        let missing = meaning == Meaning::Missing;
        let outcome = if missing { Outcome::Unchanged } else { self.proceed(ctx, scope) };
        ctx.emit(event);
        self.acknowledged(ctx, settled);
        if missing { self.answer_missing(ctx, scope) } else { outcome }
    }

    /// The answer to our offer.
    fn take_answer(&mut self, ctx: &mut Context, prack: &Message) {
        self.ours = Ours::None;
        let (call, dialog, commit) = (self.call, self.number, self.inside);
        let sdp = prack.description().unwrap_or_default().to_owned();
        ctx.emit(Event::Remote { call, dialog, kind: ProgressKind::Answer, sdp, commit });
    }

    /// RFC 3262 section 5: the PRACK for our offer must carry the answer.
    fn answer_missing(&mut self, ctx: &mut Context, scope: &mut Scope) -> Outcome {
        let end = End::system(Cause::NoAnswerDescription).with_status(488);
        let warning = ["399 ", &ctx.identity.sent_by, " \"No answer to the offer\""].concat();
        self.finish_with(ctx, scope, 488, None, &[Field(Name::Warning.as_str().to_owned(), warning)], end)
    }

    fn answer_prack(&mut self, ctx: &mut Context, server: ServerId, prack: &Message, rseq: u32, status: u16) {
        self.remember(ctx, prack.cseq().number, rseq, status, None);
        respond(ctx, server, prack, status);
    }

    /// The media layer has answered the offer of a PRACK.
    pub(super) fn answer_offer(
        &mut self,
        ctx: &mut Context,
        scope: &mut Scope,
        offer: &PendingOffer,
        answer: Answer,
    ) -> Outcome {
        let (cseq, rseq) = (offer.request.cseq().number, offer.request.rack().map_or(0, |rack| rack.rseq));
        match answer {
            Answer::Sdp(sdp) => {
                // RFC 3262 table 1: no Contact in the responses to PRACK, which is no target refresh request.
                let writer = ctx.reply(&offer.request, 200, None, None);
                offer.accept(ctx, writer, &sdp);
                let _ = scope.negotiation.send(Carrier::PrackSuccess, true);
                self.remember(ctx, cseq, rseq, 200, Some(sdp));
            }
            Answer::Failed { status, cause } => {
                // RFC 3312 section 8 has a status of its own for preconditions.
                let status = if status == 580 { 580 } else { 488 };
                offer.refuse(ctx, status);
                scope.negotiation.refuse(Carrier::Prack);
                self.remember(ctx, cseq, rseq, status, None);
                if cause == Cause::MediaTimeout {
                    offer.withdraw(ctx, self.call, self.number);
                }
            }
        }
        self.proceed(ctx, scope)
    }

    pub(super) fn expire_offer(&mut self, ctx: &mut Context, scope: &mut Scope) -> Outcome {
        let Some(offer) = self.offer.take_if(|offer| offer.is_overdue(ctx.now)) else { return Outcome::Unchanged };
        self.answer_offer(ctx, scope, &offer, OVERDUE)
    }

    /// Keeps the answer for a repetition; a refused offer may be taken back by a PRACK without.
    fn remember(&mut self, ctx: &Context, cseq: u32, rseq: u32, status: u16, sdp: Option<String>) {
        if matches!(status, 488 | 580) {
            self.sender.refuse(rseq);
        }
        if self.answered.len() >= MEMORY {
            self.answered.remove(0);
        }
        let until = ctx.now + ctx.timers.lifetime();
        self.answered.push(Answered { cseq, rseq, status, sdp, until });
        if let Phase::Final { until: end, .. } = &mut self.phase {
            *end = until.max(*end);
        }
    }
}
