//! Provisional responses, reliable or not: in their turn, numbered, repeated (RFC 3262
//! section 3).

use super::{Invitation, Ours, Scope};
use crate::message::{Message, Name};
use crate::negotiation::Carrier;
use crate::protocol::{
    Cause, Event, Failure, Field, Progress, Refusal, RefusalCode, Rel100, Reliability, ReliableProgress, RequestNumber,
};
use crate::reliability::{Expiry, QUEUE};
use crate::time::{Duration, Instant};
use crate::usage::{Context, check_fields};
use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

/// A reliable response is followed by another before proxies give up: every 2.5 minutes
/// (RFC 3262 section 3); an unreliable one is repeated every minute (RFC 3261 section 13.3.1.1).
const RELIABLE: Duration = Duration::from_secs(150);
const UNRELIABLE: Duration = Duration::from_secs(60);

/// A provisional response that waits for its turn or for its description.
#[derive(Debug)]
pub(super) struct Queued {
    /// The command that it settles; none when the core sends it by itself.
    pub(super) request: Option<RequestNumber>,
    status: u16,
    reason: Option<String>,
    reliability: Reliability,
    sdp: bool,
    headers: Vec<Field>,
}

/// The provisional response that was sent last.
#[derive(Debug)]
pub(super) struct Last {
    status: u16,
    reason: Option<String>,
    /// An unreliable one, which is repeated as it is.
    frame: Option<Vec<u8>>,
    /// When it is to be repeated, or followed by another: a reliable one not before it is acknowledged.
    pub(super) again_at: Option<Instant>,
}

impl Invitation {
    /// Sends a provisional response, now or in its turn.
    pub(in crate::call) fn progress(
        &mut self,
        ctx: &mut Context,
        scope: &mut Scope,
        request: RequestNumber,
        progress: Progress,
    ) -> Result<(), Refusal> {
        let queue = progress.queue.unwrap_or(true);
        let queued = self.judge(ctx, scope, request, progress)?;
        let waits = match queued.reliability {
            Reliability::Reliable => self.is_reliable_blocked(),
            Reliability::Unreliable => !self.previews.is_empty(),
        };
        if waits && !queue {
            return Err(Refusal::new(RefusalCode::Outstanding, "an earlier response waits for its PRACK"));
        }
        match queued.reliability {
            Reliability::Reliable => {
                self.sender.enqueue(queued).map_err(|_| queue_full())?;
                self.send_queued(ctx, scope);
            }
            Reliability::Unreliable if waits && self.previews.len() > QUEUE => return Err(queue_full()),
            Reliability::Unreliable => {
                self.previews.push(queued);
                self.send_previews(ctx, scope);
            }
        }
        Ok(())
    }

    /// What may be sent of what the application asks for (RFC 3262 sections 3 and 5).
    fn judge(
        &mut self,
        ctx: &Context,
        scope: &Scope,
        request: RequestNumber,
        progress: Progress,
    ) -> Result<Queued, Refusal> {
        let status = progress.code.unwrap_or(180);
        if !(101..200).contains(&status) {
            return Err(Refusal::new(RefusalCode::NotProvisional, "the code must be in 101..199"));
        }
        check_fields(&progress.headers)?;
        check_reason(progress.reason.as_deref())?;
        if !self.is_undecided() {
            let why = "the INVITE has its final response, or is about to have it";
            return Err(Refusal::new(RefusalCode::FinalSent, why));
        }
        let wants_sdp = progress.sdp.unwrap_or(status == 183);
        let reliability = self.reliability(ctx, scope, status, progress.reliable, wants_sdp)?;
        // RFC 3262 section 5: the first reliable response to an INVITE without offer carries one.
        let must_offer = reliability == Reliability::Reliable && self.owes_offer(scope);
        if must_offer && progress.sdp == Some(false) {
            return Err(Refusal::new(RefusalCode::OfferMissing, "the first reliable response must carry the offer"));
        }
        Ok(Queued {
            request: Some(request),
            status,
            reason: progress.reason,
            reliability,
            sdp: must_offer || (wants_sdp && scope.negotiation.owes_answer()),
            headers: progress.headers,
        })
    }

    fn reliability(
        &mut self,
        ctx: &Context,
        scope: &Scope,
        status: u16,
        asked: Option<bool>,
        sdp: bool,
    ) -> Result<Reliability, Refusal> {
        let (may, must) = (self.may_be_reliable(ctx), self.must_be_reliable(ctx));
        let reliable = match asked {
            Some(true) if ctx.identity.rel100 == Rel100::None => {
                return Err(Refusal::new(RefusalCode::Disabled, "reliable provisional responses are switched off"));
            }
            Some(true) if !may => {
                return Err(Refusal::new(RefusalCode::PeerUnsupported, "the caller does not support 100rel"));
            }
            Some(false) if must => {
                return Err(Refusal::new(RefusalCode::Required, "100rel is required for this call"));
            }
            Some(asked) => asked,
            None if must => true,
            None if !may || status == 199 || (self.owes_offer(scope) && !sdp) => false,
            None => match ctx.answering.reliable_progress {
                ReliableProgress::Always => true,
                ReliableProgress::Sdp => sdp,
                ReliableProgress::Never => false,
            },
        };
        if !reliable {
            return Ok(Reliability::Unreliable);
        }
        if !self.sender.is_exhausted() {
            return Ok(Reliability::Reliable);
        }
        // The application hears of it once; after that what it leaves open is unreliable.
        if core::mem::replace(&mut self.told_exhausted, true) && asked.is_none() && !must {
            return Ok(Reliability::Unreliable);
        }
        Err(Refusal::new(RefusalCode::RseqExhausted, "no RSeq number is left"))
    }

    /// Whether the INVITE had no offer, and no reliable response has ours, or waits to take it along.
    fn owes_offer(&self, scope: &Scope) -> bool {
        scope.negotiation.owes_offer() && self.sender.queued() == 0
    }

    /// Whether a reliable response has to wait: for the PRACK of another, for our response to
    /// that PRACK, or for another that waits itself.
    fn is_reliable_blocked(&self) -> bool {
        self.sender.outstanding().is_some() || self.sender.queued() > 0 || self.offer.is_some()
    }

    /// Whether our description has to be asked for, or waited for, first.
    fn lacks_description(&self, scope: &Scope, sdp: bool) -> bool {
        sdp && scope.negotiation.owes_description() && !matches!(self.ours, Ours::Made(_))
    }

    /// Sends the next of the queue, when it may go.
    pub(super) fn send_queued(&mut self, ctx: &mut Context, scope: &mut Scope) {
        while self.offer.is_none()
            && let Some(next) = self.sender.front()
        {
            if self.lacks_description(scope, next.sdp) {
                return self.ask(ctx);
            }
            let Some(queued) = self.sender.dequeue() else { return };
            self.send(ctx, scope, queued);
        }
    }

    /// Sends what is unreliable, as far as it need not wait for our description.
    pub(super) fn send_previews(&mut self, ctx: &mut Context, scope: &mut Scope) {
        while let Some(next) = self.previews.first() {
            if self.lacks_description(scope, next.sdp) {
                return self.ask(ctx);
            }
            let queued = self.previews.remove(0);
            self.send(ctx, scope, queued);
        }
    }

    fn send(&mut self, ctx: &mut Context, scope: &mut Scope, queued: Queued) {
        let Some(invite) = &self.invite else { return };
        let number = match queued.reliability {
            Reliability::Reliable => self.sender.number(),
            Reliability::Unreliable => None,
        };
        if number.is_none() && self.must_be_reliable(ctx) {
            return fail(ctx, queued.request, Cause::RseqExhausted);
        }
        let carrier = if number.is_some() { Carrier::Reliable } else { Carrier::Unreliable };
        let described = queued.sdp && scope.negotiation.send(carrier, true).is_ok();
        let frame = self.write(ctx, invite, scope.dialog.local_tag(), &queued, number, described);
        ctx.respond(self.server, queued.status, frame.clone());
        let (call, status, request) = (self.call, queued.status, queued.request);
        ctx.emit(Event::Sent { call, status, rseq: number, request });
        match number {
            Some(rseq) => self.sent(ctx, scope, queued, rseq, frame, described),
            None => self.sent_unreliably(ctx, queued, frame),
        }
    }

    fn write(
        &self,
        ctx: &Context,
        invite: &Message,
        tag: &str,
        queued: &Queued,
        number: Option<u32>,
        described: bool,
    ) -> Vec<u8> {
        let mut writer = ctx.reply_in_dialog(invite, queued.status, queued.reason.as_deref(), tag);
        for Field(name, value) in &queued.headers {
            writer.field_named(name, value);
        }
        if let Some(rseq) = number {
            writer.field(Name::Require, "100rel").field_number(Name::RSeq, rseq);
        }
        self.finish_described(ctx, writer, described)
    }

    fn sent(
        &mut self,
        ctx: &mut Context,
        scope: &mut Scope,
        queued: Queued,
        rseq: u32,
        frame: Vec<u8>,
        described: bool,
    ) {
        self.refresh_target(scope);
        self.sender.sent(ctx.now, ctx.timers, rseq, frame, described);
        self.outstanding = queued.request.map(|request| (request, rseq));
        self.last = Some(Last { status: queued.status, reason: queued.reason, frame: None, again_at: None });
    }

    fn sent_unreliably(&mut self, ctx: &mut Context, queued: Queued, frame: Vec<u8>) {
        let again_at = Some(ctx.now + UNRELIABLE);
        self.last = Some(Last { status: queued.status, reason: queued.reason, frame: Some(frame), again_at });
        if let Some(request) = queued.request {
            ctx.settle(request, Ok(None));
        }
    }

    /// The outstanding one was acknowledged, which settles a command.
    pub(super) fn acknowledged(&mut self, ctx: &mut Context, settled: Option<(RequestNumber, u32)>) {
        if let Some((request, rseq)) = settled {
            let rseq = Some(rseq);
            ctx.emit(Event::Settled { request, failure: None, response: None, rseq });
        }
        if self.sender.outstanding().is_none()
            && let Some(last) = self.last.as_mut().filter(|last| last.frame.is_none())
        {
            last.again_at = Some(ctx.now + RELIABLE);
        }
    }

    /// Tells every provisional response that will not be sent, or not be acknowledged, why.
    pub(super) fn supersede(&mut self, ctx: &mut Context, cause: Cause, outstanding_too: bool) {
        for queued in self.previews.drain(..).chain(self.sender.drain()) {
            fail(ctx, queued.request, cause);
        }
        if let Some((request, _)) = self.outstanding.take_if(|_| outstanding_too) {
            fail(ctx, Some(request), cause);
        }
    }

    pub(super) fn expire_sender(&mut self, ctx: &mut Context) {
        match self.sender.expire(ctx.now) {
            None => {}
            Some(Expiry::Resend(frame)) => {
                let frame = frame.to_owned();
                ctx.transmit(frame);
            }
            Some(Expiry::GiveUp { rseq, frame }) => {
                self.supersede(ctx, Cause::NoPrack, true);
                self.unacknowledged = Some(ctx.now);
                ctx.emit(Event::NoPrack {
                    call: self.call,
                    rseq,
                    invite: self.invite.as_ref().map(text).unwrap_or_default(),
                    response: String::from_utf8_lossy(&frame).into_owned(),
                });
            }
        }
    }

    /// Repeats the last response before a proxy takes the silence for an end.
    pub(super) fn keep_alive(&mut self, ctx: &mut Context, scope: &mut Scope) {
        let is_due = |last: &mut Last| last.again_at.is_some_and(|at| at <= ctx.now);
        let Some(mut last) = self.last.take_if(is_due) else { return };
        if let Some(frame) = &last.frame {
            ctx.respond(self.server, last.status, frame.clone());
            last.again_at = Some(ctx.now + UNRELIABLE);
            self.last = Some(last);
        } else {
            let (status, reason, reliability) = (last.status, last.reason, Reliability::Reliable);
            self.send(
                ctx,
                scope,
                Queued { request: None, status, reason, reliability, sdp: false, headers: Vec::new() },
            );
        }
    }
}

fn fail(ctx: &mut Context, request: Option<RequestNumber>, cause: Cause) {
    if let Some(request) = request {
        ctx.settle(request, Err(Failure { cause, status: None, reason: None, retry_after: None }));
    }
}

fn queue_full() -> Refusal {
    Refusal::new(RefusalCode::QueueFull, "eight responses are waiting already")
}

/// A message as text.
fn text(message: &Message) -> String {
    String::from_utf8_lossy(message.octets()).into_owned()
}

/// Checks a reason phrase of the application.
pub(super) fn check_reason(reason: Option<&str>) -> Result<(), Refusal> {
    match reason {
        Some(reason) if !crate::message::valid_header_value(reason) => {
            Err(Refusal::new(RefusalCode::InvalidArgument, "the reason phrase must not hold line ends"))
        }
        Some(_) | None => Ok(()),
    }
}
