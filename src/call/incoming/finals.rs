//! The final response: accept, reject, CANCEL, and what they do to what is on its way
//! (RFC 3261 sections 13.3.1 and 15.1.2, RFC 3262 section 3).

use super::provisional::check_reason;
use super::{Incoming, Ours, Phase, failed};
use crate::call::confirmed::Confirmed;
use crate::call::life::{End, Life};
use crate::call::success::Success;
use crate::message::Message;
use crate::negotiation::Carrier;
use crate::protocol::{Cause, DialogNumber, Event, Field, Refusal, RefusalCode, RequestNumber};
use crate::transaction::ServerId;
use crate::usage::{Context, check_fields};
use alloc::vec::Vec;

impl Incoming {
    /// Answers with 200: at once, or when description and PRACKs allow it.
    pub(in crate::call) fn accept(
        &mut self,
        ctx: &mut Context,
        life: &mut Life,
        request: RequestNumber,
        headers: Vec<Field>,
    ) -> Result<Option<Confirmed>, Refusal> {
        check_fields(&headers)?;
        if !self.is_undecided() {
            return Err(Refusal::new(RefusalCode::FinalSent, "the call has been answered, rejected or cancelled"));
        }
        self.supersede(ctx, Cause::Superseded, false);
        self.phase = Phase::Accepting { request, headers };
        Ok(self.try_answer(ctx, life))
    }

    /// Sends the 200, unless it has to wait: for our description, or for the PRACK of a
    /// response that carried one (RFC 3262 section 3), or for our answer to an offer that
    /// came in a PRACK or UPDATE.
    pub(super) fn try_answer(&mut self, ctx: &mut Context, life: &mut Life) -> Option<Confirmed> {
        let Phase::Accepting { .. } = self.phase else { return None };
        let describes = self.negotiation.owes_description();
        if describes && !matches!(self.ours, Ours::Made(_)) {
            self.ask(ctx);
            return None;
        }
        if self.unacknowledged.is_some() || self.negotiation.may_send(Carrier::Success, describes).is_err() {
            return None;
        }
        let until = ctx.now + ctx.timers.lifetime();
        let invite = self.invite.take()?;
        let Phase::Accepting { request, headers } = core::mem::replace(&mut self.phase, Phase::Final { until }) else {
            return None;
        };
        let frame = self.write_success(ctx, &invite, &headers, describes);
        Some(self.succeed(ctx, life, request, frame, describes))
    }

    fn write_success(&self, ctx: &Context, invite: &Message, headers: &[Field], describes: bool) -> Vec<u8> {
        let mut writer = ctx.reply_in_dialog(invite, 200, None, self.dialog.local_tag());
        for Field(name, value) in headers {
            writer.field_named(name, value);
        }
        match &self.ours {
            Ours::Made(sdp) if describes => writer.body("application/sdp", sdp.as_bytes()),
            Ours::Made(_) | Ours::Asked(_) | Ours::None => writer.finish(),
        }
    }

    fn succeed(
        &mut self,
        ctx: &mut Context,
        life: &mut Life,
        request: RequestNumber,
        frame: Vec<u8>,
        describes: bool,
    ) -> Confirmed {
        self.respond(ctx, 200, frame.clone());
        let _ = self.negotiation.send(Carrier::Success, describes);
        self.ours = Ours::None;
        self.sender.close();
        self.supersede(ctx, Cause::Superseded, true);
        life.answered(ctx.now);
        ctx.settle(request, Ok(None));
        ctx.emit(Event::Accepted { call: self.call, dialog: DialogNumber(0), status: 200, headers: Vec::new() });
        let success = Success::new(ctx.now, ctx.timers, self.invite_cseq, frame);
        Confirmed::incoming(self.call, ctx.identity.rel100, self.dialog.clone(), self.negotiation, success)
    }

    /// Rejects.
    pub(in crate::call) fn reject(
        &mut self,
        ctx: &mut Context,
        life: &mut Life,
        status: u16,
        reason: Option<&str>,
        headers: &[Field],
    ) -> Result<(), Refusal> {
        if !(300..700).contains(&status) {
            return Err(Refusal::new(RefusalCode::InvalidArgument, "the status must be in 300..699"));
        }
        check_fields(headers)?;
        check_reason(reason)?;
        if !self.is_open() {
            return Err(Refusal::new(RefusalCode::FinalSent, "the call has been answered, rejected or cancelled"));
        }
        let cause = if self.unacknowledged.is_some() { Cause::NoPrack } else { Cause::of(status) };
        self.finish_with(ctx, life, status, reason, headers, End::local(cause).with_status(status));
        Ok(())
    }

    /// Ends it without an answer, on behalf of the user.
    pub(in crate::call) fn decline(&mut self, ctx: &mut Context, life: &mut Life, headers: &[Field]) {
        if self.is_open() {
            self.finish_with(ctx, life, 480, None, headers, End::local(Cause::Rejected).with_status(480));
        }
    }

    /// The media layer cannot do it.
    pub(super) fn media_failed(&mut self, ctx: &mut Context, life: &mut Life, status: u16, cause: Cause) {
        let status = if (400..700).contains(&status) { status } else { 488 };
        self.supersede(ctx, cause, true);
        self.finish(ctx, life, status, End::local(cause).with_status(status));
    }

    /// Nobody acknowledged a reliable response.
    pub(super) fn give_up(&mut self, ctx: &mut Context, life: &mut Life, status: u16) {
        self.finish(ctx, life, status, End::system(Cause::NoPrack).with_status(status));
    }

    /// The CANCEL that matched the INVITE; it has its 200.
    pub(in crate::call) fn cancelled(
        &mut self,
        ctx: &mut Context,
        life: &mut Life,
        server: ServerId,
        cancel: &Message,
    ) {
        if server == self.server && self.is_open() {
            self.finish(ctx, life, 487, End::requested(cancel, Cause::Cancelled));
        }
    }

    /// BYE before the final response (RFC 3261 section 15.1.2).
    pub(super) fn bye(&mut self, ctx: &mut Context, life: &mut Life, server: ServerId, bye: &Message) {
        ctx.answer(server, bye, 200, None);
        if self.is_open() {
            self.finish(ctx, life, 487, End::requested(bye, Cause::Cancelled));
        }
    }

    pub(super) fn expired(&mut self, ctx: &mut Context, life: &mut Life) {
        self.finish(ctx, life, 487, End::system(Cause::NoAnswer).with_status(487));
    }

    /// The connection did not come back in time: the caller has given up by now.
    pub(in crate::call) fn strand(&mut self, ctx: &mut Context, life: &mut Life) {
        self.finish(ctx, life, 480, End::system(Cause::Connection));
    }

    /// Sends a final response other than 2xx, and ends everything that is on its way.
    pub(super) fn finish(&mut self, ctx: &mut Context, life: &mut Life, status: u16, end: End) {
        self.finish_with(ctx, life, status, None, &[], end);
    }

    pub(super) fn finish_with(
        &mut self,
        ctx: &mut Context,
        life: &mut Life,
        status: u16,
        reason: Option<&str>,
        headers: &[Field],
        end: End,
    ) {
        let Some(invite) = self.invite.take() else { return };
        self.ours = Ours::None;
        let mut writer = ctx.reply(&invite, status, reason, Some(self.dialog.local_tag()));
        for Field(name, value) in headers {
            writer.field_named(name, value);
        }
        let frame = writer.finish();
        self.respond(ctx, status, frame);
        if let Some(pending) = self.pending.take() {
            pending.refuse(ctx, 487);
        }
        self.sender.close();
        self.supersede(ctx, Cause::Cancelled, true);
        self.fail_accept(ctx, end.cause);
        self.phase = Phase::Final { until: ctx.now + ctx.timers.lifetime() };
        life.end(ctx, end);
    }

    /// Sends the final response, now or when there is a connection again.
    fn respond(&mut self, ctx: &mut Context, status: u16, frame: Vec<u8>) {
        if ctx.flow().is_none() {
            self.undelivered = Some(frame.clone());
        }
        ctx.respond(self.server, status, frame);
    }

    /// A waiting accept() has failed.
    fn fail_accept(&mut self, ctx: &mut Context, cause: Cause) {
        if let Phase::Accepting { request, .. } = core::mem::replace(&mut self.phase, Phase::Open) {
            ctx.settle(request, Err(failed(cause)));
        }
    }
}
