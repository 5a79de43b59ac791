//! Final responses: 2xx of one fork and of more, challenges, fallbacks, rejections
//! (RFC 3261 section 13.2.2, RFC 6026).

use super::invite::extensions;
use super::{Answered, Outgoing, Phase};
use crate::call::confirmed::Confirmed;
use crate::call::early::Early;
use crate::call::forked::{Fork, Forked};
use crate::call::life::{End, Life};
use crate::message::{Message, Name};
use crate::protocol::{CallId, Cause, Event, OnFork, Rel100};
use crate::usage::{Challenge, Context, headers, party};
use alloc::boxed::Box;

impl Outgoing {
    pub(super) fn success(&mut self, ctx: &mut Context, life: &mut Life, response: &Message) -> Option<Answered> {
        if let Some(kept) = self.kept.iter().find(|kept| kept.is_for(response)) {
            kept.repeat(ctx, response);
            return None;
        }
        let first = !matches!(self.phase, Phase::Accepted { .. } | Phase::Over);
        if let Some(refused) = self.refused.with(response) {
            refused.refuse(ctx, response);
            if first {
                // Who has answered is hung up already: nobody is left to talk to.
                self.answered(ctx);
                life.end(ctx, self.cancel.take().map_or(End::system(Cause::Timeout), |cancel| cancel.end));
            }
            return None;
        }
        let Some(early) = self.answered_dialog(response) else {
            if first {
                // Nobody can be told that there is no call: there is no target for an ACK or BYE.
                self.over(ctx, life, End::system(Cause::ProtocolError));
            }
            return None;
        };
        if first {
            return self.first_success(ctx, life, early, response);
        }
        if ctx.on_fork == OnFork::Keep && !life.is_over() {
            return Some(Answered::Further(Box::new(self.fork_off(ctx, early, response))));
        }
        self.refuse(ctx, early, response);
        None
    }

    fn first_success(
        &mut self,
        ctx: &mut Context,
        life: &mut Life,
        early: Early,
        response: &Message,
    ) -> Option<Answered> {
        self.answered(ctx);
        if life.is_over() {
            self.refuse(ctx, early, response);
            return None;
        }
        let mut confirmed = self.confirmed(self.call, early, response);
        match self.cancel.take() {
            // The CANCEL came too late (RFC 3261 section 9.1).
            Some(cancel) => {
                confirmed.refuse(ctx, response);
                life.end(ctx, cancel.end);
            }
            None => confirmed.answered(ctx, life, response),
        }
        self.forks.iter_mut().for_each(|fork| fork.release(ctx));
        Some(Answered::First(Box::new(confirmed)))
    }

    /// Nobody wants to talk to whom this 2xx is from.
    fn refuse(&mut self, ctx: &mut Context, early: Early, response: &Message) {
        let mut dialog = self.confirmed(self.call, early, response);
        dialog.refuse(ctx, response);
        self.refused.push(ctx, dialog, Life::over(self.call));
    }

    fn confirmed(&self, call: CallId, early: Early, response: &Message) -> Confirmed {
        Confirmed::outgoing(call, self.rel100, early, response.cseq().number, self.invite.credentials().to_vec())
    }

    /// A further callee becomes a call of its own.
    fn fork_off(&self, ctx: &mut Context, mut early: Early, response: &Message) -> Fork {
        let call = ctx.number_call();
        early.change_hands(ctx, call);
        let (mut confirmed, mut life) = (self.confirmed(call, early, response), Life::new(call));
        let (from, to) = (party(&response.from()), party(&response.to()));
        ctx.emit(Event::Fork { call, of: self.call, from, to, headers: headers(response) });
        confirmed.forked(ctx, &mut life, response);
        let setup = Forked::new(ctx, self.local_tag(), response.to_tag().unwrap_or_default());
        Fork { life, confirmed, setup }
    }

    /// The first 2xx is there; others may follow.
    fn answered(&mut self, ctx: &mut Context) {
        self.phase = Phase::Accepted { until: ctx.now + ctx.timers.lifetime() };
        self.invite.shrink();
        self.forks.shrink_to_fit();
        self.forks.iter_mut().for_each(|fork| fork.forsake(ctx));
    }

    /// The dialog of a 2xx, known or new; none when it has no usable Contact.
    fn answered_dialog(&mut self, response: &Message) -> Option<Early> {
        let mut early = match response.to_tag().and_then(|tag| self.fork(tag)) {
            Some(index) => self.forks.swap_remove(index),
            None => self.early(response)?,
        };
        early.dialog.refresh_route(response);
        early.dialog.refresh_target(response);
        early.dialog.learn(response);
        Some(early)
    }

    pub(super) fn failure(&mut self, ctx: &mut Context, life: &mut Life, response: &Message) {
        self.drop_forks(ctx);
        if let Some(cancel) = self.cancel.take() {
            let status = response.status().unwrap_or_default();
            return self.over(ctx, life, cancel.end.with_status(status));
        }
        let again = match response.status() {
            Some(401 | 407) => self.challenged(ctx, response),
            Some(420) => self.fall_back(ctx, response, Name::Unsupported, Rel100::Required, Rel100::None),
            Some(421) => self.fall_back(ctx, response, Name::Require, Rel100::None, Rel100::Supported),
            Some(422) => self.raise_interval(ctx, response),
            _ => false,
        };
        if !again {
            self.over(ctx, life, End::rejected(response));
        }
    }

    fn challenged(&mut self, ctx: &mut Context, response: &Message) -> bool {
        let Some(invite) = self.invite.sent_mut() else { return false };
        match ctx.challenge(invite, response) {
            Challenge::Retry => self.retry(ctx),
            Challenge::Asked(token) => self.phase = Phase::Challenged(token),
            Challenge::Failed => return false,
        }
        true
    }

    pub(super) fn retry(&mut self, ctx: &mut Context) {
        let Some(invite) = self.invite.sent_mut() else { return };
        let cseq = invite.draft.cseq + 1;
        ctx.resend(invite, cseq);
        self.phase = Phase::Calling;
    }

    /// Asks for a larger session interval. RFC 4028 section 7.3 has Call-ID, From and To stay as
    /// they are; only its example is corrected by erratum 1681.
    fn raise_interval(&mut self, ctx: &mut Context, response: &Message) -> bool {
        let Some(invite) = self.invite.sent_mut() else { return false };
        let raised = self.timer.raise(&mut invite.draft, response);
        if raised {
            self.retry(ctx);
        }
        raised
    }

    /// Tries once more with the other policy, where the application wants it so.
    fn fall_back(&mut self, ctx: &mut Context, response: &Message, name: Name, from: Rel100, to: Rel100) -> bool {
        let wanted = self.fallback && self.rel100 == from && response.has_token(name, "100rel");
        let Some(invite) = self.invite.sent_mut().filter(|_| wanted) else { return false };
        self.fallback = false;
        self.rel100 = to;
        invite.draft.fields.retain(|(name, _)| !matches!(name, Name::Allow | Name::Supported | Name::Require));
        invite.draft.fields.extend(extensions(ctx, to));
        let offer = invite.draft.body.as_ref().and_then(|(_, offer)| ctx.identity.requirement(offer));
        invite.draft.fields.extend(offer);
        self.retry(ctx);
        true
    }
}
