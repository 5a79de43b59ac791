//! The final response: accept, reject, CANCEL, and what they do to what is on its way
//! (RFC 3261 sections 13.3.1 and 15.1.2, RFC 3262 section 3).

use super::provisional::check_reason;
use super::{Accepted, DEADLINE, Invitation, Ours, Outcome, Phase, Scope};
use crate::call::life::End;
use crate::call::success::Success;
use crate::message::{Message, Writer};
use crate::negotiation::Carrier;
use crate::protocol::{Cause, Event, Failure, Field, Refusal, RefusalCode, RequestNumber};
use crate::usage::{Context, check_fields, headers};
use alloc::borrow::ToOwned;
use alloc::vec::Vec;

impl Invitation {
    /// Answers with 200: at once, or when description and PRACKs allow it.
    pub(in crate::call) fn accept(
        &mut self,
        ctx: &mut Context,
        scope: &mut Scope,
        request: RequestNumber,
        headers: Vec<Field>,
    ) -> Result<Outcome, Refusal> {
        check_fields(&headers)?;
        if !self.is_undecided() {
            return Err(final_sent());
        }
        self.supersede(ctx, Cause::Superseded, false);
        self.phase = Phase::Accepting { request: Some(request), headers };
        Ok(self.try_answer(ctx, scope))
    }

    /// The same where the media layer alone has to be asked.
    pub(in crate::call) fn accept_unasked(&mut self, ctx: &mut Context, scope: &mut Scope) -> Outcome {
        self.phase = Phase::Accepting { request: None, headers: Vec::new() };
        self.overdue_at = Some(ctx.now + DEADLINE);
        self.try_answer(ctx, scope)
    }

    /// Sends the 200, unless it has to wait: for our description, or for the PRACK of a
    /// response that carried one (RFC 3262 section 3), or for our answer to an offer that
    /// came in a PRACK or UPDATE.
    pub(super) fn try_answer(&mut self, ctx: &mut Context, scope: &mut Scope) -> Outcome {
        if !matches!(self.phase, Phase::Accepting { .. }) || self.unacknowledged.is_some() {
            return Outcome::Unchanged;
        }
        let describes = scope.negotiation.owes_description();
        if describes && !matches!(self.ours, Ours::Made(_)) {
            self.ask(ctx);
            return Outcome::Unchanged;
        }
        if scope.negotiation.may_send(Carrier::Success, describes).is_err() {
            return Outcome::Unchanged;
        }
        self.refresh_target(scope);
        let Some(invite) = self.invite.take() else { return Outcome::Unchanged };
        let phase = Phase::Final { until: ctx.now + ctx.timers.lifetime(), success: true };
        let Phase::Accepting { request, headers } = core::mem::replace(&mut self.phase, phase) else {
            return Outcome::Unchanged;
        };
        let frame = self.write_success(ctx, scope, &invite, &headers, describes);
        ctx.respond(self.server, 200, frame.clone());
        let _ = scope.negotiation.send(Carrier::Success, describes);
        self.close(ctx, Cause::Superseded);
        let success = Success::new(ctx.now, ctx.timers, self.cseq, frame);
        Outcome::Accepted(Accepted { success, request, remote: invite.description().map(ToOwned::to_owned) })
    }

    fn write_success(
        &self,
        ctx: &Context,
        scope: &mut Scope,
        invite: &Message,
        headers: &[Field],
        describes: bool,
    ) -> Vec<u8> {
        let mut writer = ctx.reply_in_dialog(invite, 200, None, scope.dialog.local_tag());
        scope.timer.grant(ctx.now, invite, &mut writer);
        for Field(name, value) in headers {
            writer.field_named(name, value);
        }
        self.finish_described(ctx, writer, describes)
    }

    /// Ends a response, with our description when it carries one.
    pub(super) fn finish_described(&self, ctx: &Context, mut writer: Writer, described: bool) -> Vec<u8> {
        let Ours::Made(sdp) = &self.ours else { return writer.finish() };
        if !described {
            return writer.finish();
        }
        // RFC 3312 section 11: it is the offerer who requires.
        if let Some((name, value)) = ctx.identity.requirement(sdp).filter(|_| !self.offered) {
            writer.field(name, &value);
        }
        writer.body("application/sdp", sdp.as_bytes())
    }

    /// Rejects.
    pub(in crate::call) fn reject(
        &mut self,
        ctx: &mut Context,
        scope: &mut Scope,
        status: u16,
        reason: Option<&str>,
        headers: &[Field],
    ) -> Result<Outcome, Refusal> {
        if !(300..700).contains(&status) {
            return Err(Refusal::new(RefusalCode::InvalidArgument, "the status must be in 300..699"));
        }
        check_fields(headers)?;
        check_reason(reason)?;
        if !self.is_open() {
            return Err(final_sent());
        }
        let cause = match self.unacknowledged {
            None => Cause::of(status),
            Some(_) if status / 100 == 5 => Cause::NoPrack,
            Some(_) => {
                let why = "RFC 3262 section 3: where no PRACK came, the status is in 500..599";
                return Err(Refusal::new(RefusalCode::InvalidArgument, why));
            }
        };
        Ok(self.finish_with(ctx, scope, status, reason, headers, End::local(cause).with_status(status)))
    }

    /// Ends it without an answer, on behalf of the user.
    pub(in crate::call) fn decline(&mut self, ctx: &mut Context, scope: &mut Scope, headers: &[Field]) -> Outcome {
        let (status, cause) = match self.unacknowledged {
            None => (480, Cause::Rejected),
            Some(_) => (504, Cause::NoPrack),
        };
        self.finish_with(ctx, scope, status, None, headers, End::local(cause).with_status(status))
    }

    /// The media layer cannot do it.
    pub(super) fn media_failed(&mut self, ctx: &mut Context, scope: &mut Scope, status: u16, cause: Cause) -> Outcome {
        let status = if (400..700).contains(&status) { status } else { 488 };
        self.supersede(ctx, cause, true);
        self.finish(ctx, scope, status, End::local(cause).with_status(status))
    }

    /// The peer takes it back, by CANCEL or by a BYE in its early dialog (RFC 3261 section
    /// 15.1.2): that has its 200. The application hears of it if it has heard of the INVITE.
    pub(in crate::call) fn withdraw(&mut self, ctx: &mut Context, scope: &mut Scope, request: &Message) -> Outcome {
        let unasked = matches!(self.phase, Phase::Accepting { request: None, .. });
        let outcome = self.finish(ctx, scope, 487, End::requested(request, Cause::Cancelled));
        if !unasked && matches!(outcome, Outcome::Rejected { .. }) {
            ctx.emit(Event::Cancel { call: self.call, headers: headers(request) });
        }
        outcome
    }

    /// Sends a final response other than 2xx, and ends everything that is on its way.
    pub(in crate::call) fn finish(&mut self, ctx: &mut Context, scope: &mut Scope, status: u16, end: End) -> Outcome {
        self.finish_with(ctx, scope, status, None, &[], end)
    }

    pub(super) fn finish_with(
        &mut self,
        ctx: &mut Context,
        scope: &mut Scope,
        status: u16,
        reason: Option<&str>,
        headers: &[Field],
        end: End,
    ) -> Outcome {
        let Some(invite) = self.invite.take() else { return Outcome::Unchanged };
        let mut writer = ctx.reply(&invite, status, reason, Some(scope.dialog.local_tag()));
        for Field(name, value) in headers {
            writer.field_named(name, value);
        }
        let frame = writer.finish();
        ctx.respond(self.server, status, frame);
        let open = self.roll_back(ctx, scope);
        self.close(ctx, Cause::Cancelled);
        let phase = Phase::Final { until: ctx.now + ctx.timers.lifetime(), success: false };
        if let Phase::Accepting { request: Some(request), .. } = core::mem::replace(&mut self.phase, phase) {
            // To the user who was about to take it, an invitation that expired is cancelled.
            let cause = if end.cause == Cause::NoAnswer { Cause::Cancelled } else { end.cause };
            ctx.settle(request, Err(Failure { cause, status: None, reason: None, retry_after: None }));
        }
        Outcome::Rejected { end, open }
    }

    /// An exchange that it leaves unfinished has not been: the session is what it was before.
    /// Whether the media layer has to be told.
    fn roll_back(&mut self, ctx: &mut Context, scope: &mut Scope) -> bool {
        scope.negotiation.refuse(Carrier::Invite);
        let open = match self.ours {
            Ours::None => false,
            // The media layer is at it still, and may have taken the peer's offer in.
            Ours::Asked(_) => true,
            Ours::Made(_) => !self.offered,
        };
        let prack = self.offer.take();
        if let Some(prack) = &prack {
            ctx.answered(prack.token);
            prack.refuse(ctx, 487);
        }
        open || prack.is_some()
    }

    /// The final response has left: nothing provisional follows, and nothing is repeated.
    fn close(&mut self, ctx: &mut Context, cause: Cause) {
        if let Ours::Asked(token) = core::mem::replace(&mut self.ours, Ours::None) {
            ctx.answered(token);
        }
        self.last = None;
        self.sender.close();
        self.supersede(ctx, cause, true);
    }
}

fn final_sent() -> Refusal {
    Refusal::new(RefusalCode::FinalSent, "the call has been answered, rejected or cancelled")
}
