//! An offer of the peer, in a request that waits for our answer from the media layer.

use crate::message::{Message, Name, Writer};
use crate::negotiation::Obstacle;
use crate::protocol::{Answer, CallId, Cause, DescriptionKind, DialogNumber, Event, Token};
use crate::time::{Duration, Instant};
use crate::transaction::ServerId;
use crate::usage::Context;
use alloc::borrow::ToOwned;

/// How long the media layer may take for the answer.
const DEADLINE: Duration = Duration::from_secs(10);

/// What it amounts to when it takes longer.
pub(super) const OVERDUE: Answer = Answer::Failed { status: 488, cause: Cause::MediaTimeout };

/// A PRACK or UPDATE with an offer, unanswered.
#[derive(Debug)]
pub(super) struct PendingOffer {
    pub server: ServerId,
    pub request: Message,
    pub token: Token,
    due: Instant,
}

impl PendingOffer {
    /// Asks the media layer for the answer to the offer in `request`.
    pub(super) fn new(
        ctx: &mut Context,
        call: CallId,
        dialog: DialogNumber,
        server: ServerId,
        request: Message,
    ) -> Self {
        let remote = request.description().map(ToOwned::to_owned);
        ctx.adopt(server, call);
        let token = ctx.describe(call, Some(dialog), DescriptionKind::Answer, remote);
        Self { server, request, token, due: ctx.now + DEADLINE }
    }

    /// Sends the 200 that was begun, with the description.
    pub(super) fn accept(&self, ctx: &mut Context, mut writer: Writer, sdp: &str) {
        let frame = writer.body("application/sdp", sdp.as_bytes());
        ctx.respond(self.server, 200, frame);
        ctx.disown(self.server);
    }

    /// Refuses it: 488 with a Warning (RFC 3261 section 20.43), 487, or what fits.
    pub(super) fn refuse(&self, ctx: &mut Context, status: u16) {
        let mut writer = ctx.reply(&self.request, status, None, None);
        if status == 488 {
            ctx.warn(&mut writer, "No acceptable session description");
        }
        let frame = writer.finish();
        ctx.respond(self.server, status, frame);
        ctx.disown(self.server);
    }

    /// The media layer is at it still, and may have taken the offer in.
    pub(super) fn withdraw(&self, ctx: &mut Context, call: CallId, dialog: DialogNumber) {
        ctx.answered(self.token);
        ctx.emit(Event::Rollback { call, dialog });
    }

    /// Whether the media layer has taken too long.
    pub(super) fn is_overdue(&self, now: Instant) -> bool {
        self.due <= now
    }

    /// When it will have.
    pub(super) fn deadline(&self) -> Instant {
        self.due
    }

    /// Sends 100 when it is due.
    pub(super) fn trying_due(&self, ctx: &mut Context, server: ServerId) {
        if self.server == server {
            ctx.answer(server, &self.request, 100, None);
        }
    }
}

/// How long to wait after a 491: longer for the owner of the Call-ID, so that both do not
/// meet again (RFC 3261 section 14.1, RFC 3311 section 5.3).
pub(super) fn glare_pause(ctx: &mut Context, owner: bool) -> Duration {
    let tens = if owner { 210 + ctx.random.below(191) } else { ctx.random.below(201) };
    Duration::from_millis(u64::from(tens) * 10)
}

/// Refuses a request for what is in its way.
pub(super) fn refuse(ctx: &mut Context, server: ServerId, request: &Message, obstacle: Obstacle) {
    match obstacle.status() {
        500 => retry_later(ctx, server, request),
        status => ctx.answer(server, request, status, None),
    }
}

/// Answers a request that must not be taken now with 500 and a random Retry-After of 0 to
/// 10 s (RFC 3261 section 14.2, RFC 3311 section 5.2).
pub(super) fn retry_later(ctx: &mut Context, server: ServerId, request: &Message) {
    let seconds = ctx.random.below(11);
    let frame = ctx.reply(request, 500, None, None).field_number(Name::RetryAfter, seconds).finish();
    ctx.respond(server, 500, frame);
}
