//! The INVITEs of the peer inside a confirmed dialog (RFC 3261 section 14.2), what is left
//! of the one that made it, late PRACKs, and the ACK of the 200 to either.

use super::Confirmed;
use crate::call::invitation::{Invitation, Outcome, Scope, receive_prack};
use crate::call::life::{End, Life};
use crate::call::offer::refuse;
use crate::call::success::Due;
use crate::message::Message;
use crate::negotiation::{Carrier, Meaning};
use crate::protocol::{Answer, Cause, Event, ProgressKind, Reinvites, Token};
use crate::transaction::ServerId;
use crate::usage::{Context, headers};
use alloc::borrow::ToOwned;
use alloc::vec::Vec;

impl Confirmed {
    /// The unanswered INVITE of the peer, and what it acts upon.
    pub(in crate::call) fn open_invitation(&mut self) -> Option<(&mut Invitation, Scope<'_>)> {
        let (invitations, scope) = self.split();
        Some((invitations.iter_mut().find(|invitation| invitation.is_open())?, scope))
    }

    fn split(&mut self) -> (&mut Vec<Invitation>, Scope<'_>) {
        let (dialog, negotiation, timer) = (&mut self.dialog, &mut self.negotiation, &mut self.timer);
        (&mut self.invitations, Scope { dialog, negotiation, timer })
    }

    /// A re-INVITE arrived, in its order.
    pub(super) fn invited(&mut self, ctx: &mut Context, server: ServerId, invite: Message) {
        // RFC 3261 section 8.2.2.2: one that has come already, by another path.
        let number = Some(invite.cseq().number);
        if number == self.invited {
            return ctx.answer(server, &invite, 482, None);
        }
        self.timer.learn(&invite);
        let offer = invite.description().is_some();
        if let Meaning::Refused(obstacle) = self.negotiation.receive(Carrier::Invite, offer) {
            return refuse(ctx, server, &invite, obstacle);
        }
        self.invited = number;
        self.session().withdraw_offers(ctx);
        self.withdraw_reinvite(ctx);
        let (call, headers) = (self.call, headers(&invite));
        let mut invitation = Invitation::new(ctx, call, self.number, server, invite);
        let outcome = if ctx.answering.reinvites == Reinvites::Manual {
            ctx.emit(Event::Reinvite { call, peer_rel100: invitation.peer_rel100(), offer, headers });
            Outcome::Unchanged
        } else {
            invitation.accept_unasked(ctx, &mut self.split().1)
        };
        self.invitations.push(invitation);
        self.conclude(ctx, outcome);
    }

    /// A PRACK arrived.
    pub(super) fn pracked(&mut self, ctx: &mut Context, server: ServerId, prack: Message) {
        let told = (!self.caller || !self.invitations.is_empty()).then_some(self.call);
        let (invitations, mut scope) = self.split();
        let outcome = receive_prack(ctx, told, invitations, &mut scope, server, prack);
        self.conclude(ctx, outcome);
    }

    /// A CANCEL, which has its 200: whether it was for an INVITE in this dialog.
    pub(in crate::call) fn cancelled(&mut self, ctx: &mut Context, server: ServerId, cancel: &Message) -> bool {
        let (invitations, mut scope) = self.split();
        let Some(invitation) = invitations.iter_mut().find(|invitation| invitation.is(server)) else { return false };
        let outcome = invitation.withdraw(ctx, &mut scope, cancel);
        self.conclude(ctx, outcome);
        true
    }

    /// What became of an INVITE of the peer: a failure leaves the session as it was.
    pub(in crate::call) fn conclude(&mut self, ctx: &mut Context, outcome: Outcome) {
        match outcome {
            Outcome::Unchanged => {}
            Outcome::Rejected { open, .. } => {
                if open {
                    self.roll_back(ctx);
                }
            }
            Outcome::Accepted(accepted) => {
                self.success = Some(accepted.success);
                if let Some(request) = accepted.request {
                    ctx.settle(request, Ok(None));
                }
                self.tell_updated(ctx, true, accepted.remote.as_deref());
            }
        }
        self.retire_invitations(ctx);
    }

    /// The dialog ends, and the open INVITE of the peer with it (RFC 3261 section 15.1.2).
    pub(super) fn end_invitation(&mut self, ctx: &mut Context) {
        if let Some((invitation, mut scope)) = self.open_invitation() {
            let _ = invitation.finish(ctx, &mut scope, 487, End::system(Cause::Cancelled));
            self.retire_invitations(ctx);
        }
    }

    /// The media layer has described what an INVITE or a PRACK of the peer waits for.
    pub(super) fn invitation_described(&mut self, ctx: &mut Context, token: Token, answer: Answer) {
        let (invitations, mut scope) = self.split();
        let Some(invitation) = invitations.iter_mut().find(|invitation| invitation.awaits(token)) else { return };
        let outcome = invitation.description(ctx, &mut scope, token, answer);
        self.conclude(ctx, outcome);
    }

    /// An UPDATE has been answered: a 200 may have waited for that.
    pub(super) fn proceed_with_invitation(&mut self, ctx: &mut Context) {
        if let Some((invitation, mut scope)) = self.open_invitation() {
            let outcome = invitation.proceed(ctx, &mut scope);
            self.conclude(ctx, outcome);
        }
    }

    pub(super) fn expire_invitations(&mut self, ctx: &mut Context) {
        let (invitations, mut scope) = self.split();
        let mut outcome = Outcome::Unchanged;
        for invitation in invitations {
            match invitation.expire(ctx, &mut scope) {
                Outcome::Unchanged => {}
                concluded @ (Outcome::Accepted(_) | Outcome::Rejected { .. }) => outcome = concluded,
            }
        }
        self.conclude(ctx, outcome);
    }

    // Our 200.

    /// The ACK of a 2xx of ours.
    pub(in crate::call) fn ack(&mut self, ctx: &mut Context, life: &mut Life, ack: &Message) {
        if self.success.take_if(|success| success.cseq == ack.cseq().number).is_none() {
            return;
        }
        let (call, dialog) = (self.call, self.number);
        let sdp = ack.description();
        match (self.negotiation.receive(Carrier::Ack, sdp.is_some()), sdp) {
            (Meaning::Answer, Some(sdp)) if !life.is_over() => {
                let sdp = sdp.to_owned();
                ctx.emit(Event::Remote { call, dialog, kind: ProgressKind::Answer, sdp, commit: true });
            }
            (Meaning::Missing, _) if self.negotiation.is_agreed() => self.roll_back(ctx),
            (Meaning::Missing, _) => self.end_with_bye(ctx, life, End::system(Cause::NoAnswerDescription)),
            _ => {}
        }
        life.confirmed(ctx, dialog);
        self.send_wanted_bye(ctx);
    }

    pub(super) fn expire_success(&mut self, ctx: &mut Context, life: &mut Life) {
        let Some(success) = &mut self.success else { return };
        match success.expire(ctx.now, ctx.timers) {
            Due::Nothing => {}
            Due::Resend(frame) => ctx.transmit(frame),
            Due::GiveUp => {
                self.success = None;
                if !life.is_over() {
                    ctx.emit(Event::NoAck { call: self.call });
                }
                // RFC 3261 section 13.3.1.4: the session is ended with a BYE.
                self.end_with_bye(ctx, life, End::system(Cause::NoAck));
            }
        }
    }

    /// The connection is back: what waits for its PRACK or ACK goes at once.
    pub(super) fn recover_invitations(&mut self, ctx: &mut Context) {
        for invitation in &mut self.invitations {
            invitation.recovered(ctx);
        }
        if let Some(success) = &self.success {
            ctx.transmit(success.frame());
        }
    }

    /// Lets go of those for which nothing can come any more.
    fn retire_invitations(&mut self, ctx: &mut Context) {
        self.invitations.retain(|invitation| {
            let keep = !invitation.is_settled() && !invitation.is_over();
            if !keep {
                invitation.retire(ctx);
            }
            keep
        });
    }
}
