//! Provisional responses, reliable or not: in their turn, numbered, repeated (RFC 3262
//! section 3).

use super::{Incoming, Ours, failed};
use crate::message::{Message, Name};
use crate::negotiation::Carrier;
use crate::protocol::{
    Cause, Event, Field, Progress, Refusal, RefusalCode, Reliability, ReliableProgress, RequestNumber,
};
use crate::reliability::Expiry;
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
    request: Option<RequestNumber>,
    status: u16,
    reason: Option<String>,
    reliability: Reliability,
    sdp: bool,
    headers: Vec<Field>,
}

/// What keeps the transaction alive, and what is on its way.
#[derive(Debug, Default)]
pub(super) struct Ringing {
    /// The response that waits for the media layer.
    describing: Option<Queued>,
    /// The command that the outstanding response settles, and the number of that.
    pub(super) outstanding: Option<(RequestNumber, u32)>,
    last: Option<(u16, Option<String>, Reliability)>,
    pub(super) again_at: Option<Instant>,
}

impl Incoming {
    /// Sends a provisional response, now or in its turn.
    pub(in crate::call) fn progress(
        &mut self,
        ctx: &mut Context,
        request: RequestNumber,
        progress: Progress,
    ) -> Result<(), Refusal> {
        let queue = progress.queue.unwrap_or(true);
        let queued = self.judge(ctx, request, progress)?;
        let reliable = queued.reliability == Reliability::Reliable;
        let blocked = self.ringing.describing.is_some() || self.is_answering_prack();
        if blocked || (reliable && self.has_outstanding()) {
            if !queue {
                return Err(Refusal::new(RefusalCode::Outstanding, "an earlier response waits for its PRACK"));
            }
            return self
                .sender
                .enqueue(queued)
                .map_err(|_| Refusal::new(RefusalCode::QueueFull, "eight responses are waiting already"));
        }
        self.begin(ctx, queued);
        Ok(())
    }

    /// What may be sent of what the application asks for (RFC 3262 sections 3 and 5).
    fn judge(&self, ctx: &Context, request: RequestNumber, progress: Progress) -> Result<Queued, Refusal> {
        let status = progress.code.unwrap_or(180);
        if !(101..200).contains(&status) {
            return Err(Refusal::new(RefusalCode::NotProvisional, "the code must be in 101..199"));
        }
        check_fields(&progress.headers)?;
        check_reason(progress.reason.as_deref())?;
        if !self.is_undecided() {
            return Err(Refusal::new(
                RefusalCode::FinalSent,
                "the call has its final response, or is about to have it",
            ));
        }
        let wants_sdp = progress.sdp.unwrap_or(status == 183);
        let reliability = self.reliability(ctx, status, progress.reliable, wants_sdp)?;
        let reliable = reliability == Reliability::Reliable;
        if reliable && self.sender.exhausted() {
            return Err(Refusal::new(RefusalCode::RseqExhausted, "no RSeq number is left"));
        }
        // RFC 3262 section 5: the first reliable response to an INVITE without offer carries one.
        let must_offer = reliable && self.negotiation.owes_offer();
        if must_offer && progress.sdp == Some(false) {
            return Err(Refusal::new(RefusalCode::OfferMissing, "the first reliable response must carry the offer"));
        }
        let may_describe = self.negotiation.owes_answer() || must_offer;
        Ok(Queued {
            request: Some(request),
            status,
            reason: progress.reason,
            reliability,
            sdp: may_describe && (wants_sdp || must_offer),
            headers: progress.headers,
        })
    }

    fn reliability(&self, ctx: &Context, status: u16, asked: Option<bool>, sdp: bool) -> Result<Reliability, Refusal> {
        let (may, must) = (self.may_be_reliable(ctx), self.must_be_reliable(ctx));
        match asked {
            Some(true) if ctx.identity.rel100 == crate::protocol::Rel100::None => {
                Err(Refusal::new(RefusalCode::Disabled, "reliable provisional responses are switched off"))
            }
            Some(true) if !may => Err(Refusal::new(RefusalCode::PeerUnsupported, "the caller does not support 100rel")),
            Some(true) => Ok(Reliability::Reliable),
            Some(false) if must => Err(Refusal::new(RefusalCode::Required, "100rel is required for this call")),
            Some(false) => Ok(Reliability::Unreliable),
            None if must => Ok(Reliability::Reliable),
            None if !may || status == 199 || (self.negotiation.owes_offer() && !sdp) => Ok(Reliability::Unreliable),
            None => Ok(match ctx.reliable_progress {
                ReliableProgress::Always => Reliability::Reliable,
                ReliableProgress::Sdp if sdp => Reliability::Reliable,
                ReliableProgress::Sdp | ReliableProgress::Never => Reliability::Unreliable,
            }),
        }
    }

    fn has_outstanding(&self) -> bool {
        self.sender.outstanding().is_some() || self.sender.queued() > 0
    }

    fn begin(&mut self, ctx: &mut Context, queued: Queued) {
        if queued.sdp && !matches!(self.ours, Ours::Made(_)) {
            self.ringing.describing = Some(queued);
            self.ask(ctx);
        } else {
            self.send(ctx, queued);
        }
    }

    /// Our description is there: sends the response that waited for it.
    pub(super) fn send_described(&mut self, ctx: &mut Context) {
        if let Some(queued) = self.ringing.describing.take() {
            self.send(ctx, queued);
        }
    }

    /// Sends the next of the queue, when it may go.
    pub(super) fn send_queued(&mut self, ctx: &mut Context) {
        while self.ringing.describing.is_none()
            && !self.is_answering_prack()
            && let Some(queued) = self.sender.dequeue()
        {
            self.begin(ctx, queued);
        }
    }

    fn send(&mut self, ctx: &mut Context, queued: Queued) {
        let Some(invite) = &self.invite else { return };
        let mut writer = ctx.reply_in_dialog(invite, queued.status, queued.reason.as_deref(), self.dialog.local_tag());
        for Field(name, value) in &queued.headers {
            writer.field_named(name, value);
        }
        let number = match queued.reliability {
            Reliability::Reliable => self.sender.number(),
            Reliability::Unreliable => None,
        };
        if let Some(rseq) = number {
            writer.field(Name::Require, "100rel").field_number(Name::RSeq, rseq);
        }
        let carrier = if number.is_some() { Carrier::Reliable } else { Carrier::Unreliable };
        let described = queued.sdp && self.negotiation.send(carrier, true).is_ok();
        let frame = match &self.ours {
            Ours::Made(sdp) if described => writer.body("application/sdp", sdp.as_bytes()),
            Ours::Made(_) | Ours::Asked(_) | Ours::None => writer.finish(),
        };
        ctx.respond(self.server, queued.status, frame.clone());
        self.sent(ctx, queued, number, described, frame);
    }

    fn sent(&mut self, ctx: &mut Context, queued: Queued, number: Option<u32>, described: bool, frame: Vec<u8>) {
        if let Some(rseq) = number {
            self.sender.sent(ctx.now, ctx.timers, rseq, frame, described);
            self.ringing.outstanding = queued.request.map(|request| (request, rseq));
            self.ringing.again_at = None;
        } else {
            self.ringing.again_at = Some(ctx.now + UNRELIABLE);
            if let Some(request) = queued.request {
                ctx.settle(request, Ok(None));
            }
        }
        self.ringing.last = Some((queued.status, queued.reason, queued.reliability));
    }

    /// The outstanding one was acknowledged, which settles a command.
    pub(super) fn acknowledged(&mut self, ctx: &mut Context, settled: Option<(RequestNumber, u32)>) {
        if let Some((request, rseq)) = settled {
            let rseq = Some(rseq);
            ctx.emit(Event::Settled { request, failure: None, response: None, rseq });
        }
        if self.sender.outstanding().is_none() {
            self.ringing.again_at = Some(ctx.now + RELIABLE);
        }
    }

    /// Tells every provisional response that will not be sent, or not be acknowledged, why.
    pub(super) fn supersede(&mut self, ctx: &mut Context, cause: Cause, outstanding_too: bool) {
        let waiting = self.ringing.describing.take().into_iter().chain(self.sender.drain());
        let mut requests: Vec<RequestNumber> = waiting.filter_map(|queued| queued.request).collect();
        if outstanding_too {
            requests.extend(self.ringing.outstanding.take().map(|(request, _)| request));
        }
        for request in requests {
            ctx.settle(request, Err(failed(cause)));
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
    pub(super) fn keep_ringing(&mut self, ctx: &mut Context) {
        if self.ringing.again_at.is_none_or(|at| at > ctx.now) {
            return;
        }
        let Some((status, reason, reliability)) = self.ringing.last.take() else { return };
        let headers = Vec::new();
        self.send(ctx, Queued { request: None, status, reason, reliability, sdp: false, headers });
    }
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
