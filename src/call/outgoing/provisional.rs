//! Provisional responses: forks, PRACK, previews (RFC 3261 section 13.2.2.1, RFC 3262
//! section 4, RFC 6228).

use super::{FORKS, Outgoing, Phase};
use crate::call::life::{End, Life, reason};
use crate::call::pracks::{FLOOD, Outcome, Wanted, reliable};
use crate::message::Message;
use crate::negotiation::{Carrier, Meaning};
use crate::protocol::{Cause, DescriptionKind, Event, ProgressKind, Severity, Token};
use crate::reliability::Reception;
use crate::sdp;
use crate::transaction::ClientId;
use crate::usage::{Context, Owner, headers};
use alloc::borrow::ToOwned;
use alloc::vec::Vec;

impl Outgoing {
    pub(super) fn provisional(&mut self, ctx: &mut Context, life: &mut Life, response: &Message) {
        if response.status() != Some(100) {
            if self.flood.rises(ctx.now) {
                self.want_cancel(ctx, End::system(Cause::Flood), Vec::new());
            }
            match (response.to_tag(), self.reliable(ctx, response)) {
                (Some(_), _) if self.is_of_the_past(response) => {}
                (None, _) => self.progress(ctx, None, response, None, ProgressKind::None),
                (Some(tag), Some(rseq)) => self.reliable_provisional(ctx, life, response, tag, rseq),
                (Some(tag), None) => self.unreliable_provisional(ctx, response, tag),
            }
        }
        if matches!(self.phase, Phase::Calling) {
            self.phase = Phase::Proceeding;
        }
        self.cancel_when_allowed(ctx);
    }

    fn reliable(&self, ctx: &mut Context, response: &Message) -> Option<u32> {
        reliable(ctx, self.call, self.rel100, response)
    }

    fn unreliable_provisional(&mut self, ctx: &mut Context, response: &Message, tag: &str) {
        let known = self.fork(tag);
        if response.status() == Some(199) {
            // RFC 6228 section 4: for a dialog that is not known, a 199 means nothing.
            if let Some(index) = known {
                self.end_dialog(ctx, index, response);
            }
            return;
        }
        let Some(index) = known.or_else(|| self.new_fork(response)) else {
            self.progress(ctx, None, response, None, ProgressKind::None);
            return;
        };
        let kind = self.preview(ctx, index, response);
        self.progress(ctx, Some(index), response, None, kind);
    }

    fn preview(&mut self, ctx: &mut Context, index: usize, response: &Message) -> ProgressKind {
        let Some(fork) = self.forks.get_mut(index) else { return ProgressKind::None };
        let Some(sdp) = response.description() else { return ProgressKind::None };
        if fork.negotiation.receive(Carrier::Unreliable, true) != Meaning::Preview {
            return ProgressKind::None;
        }
        fork.previewed = true;
        let (call, dialog) = (self.call, fork.number);
        if self.cancel.is_none() {
            ctx.emit(Event::Remote { call, dialog, kind: ProgressKind::Preview, sdp: sdp.to_owned(), commit: false });
        }
        ProgressKind::Preview
    }

    fn reliable_provisional(&mut self, ctx: &mut Context, life: &mut Life, response: &Message, tag: &str, rseq: u32) {
        let known = self.fork(tag);
        if known.is_none() && self.forks.len() >= FORKS {
            ctx.diagnose(Some(self.call), Severity::Warning, "too-many-dialogs");
            return;
        }
        let Some(index) = known.or_else(|| self.new_fork(response)) else {
            ctx.diagnose(Some(self.call), Severity::Warning, "no-contact");
            return self.unreliable_provisional(ctx, response, tag);
        };
        let owner = Owner::Call(self.call);
        let Some(fork) = self.forks.get_mut(index) else { return };
        match fork.pracks.receive(rseq) {
            Reception::Next => {}
            Reception::Duplicate => return fork.pracks.repeat(ctx, &mut fork.dialog, owner, rseq),
            Reception::Stale => return,
            Reception::Gap => return ctx.diagnose(Some(self.call), Severity::Info, "rseq-gap"),
        }
        // RFC 6141 section 4.7: a reliable response is a target refresh, an unreliable one is not.
        fork.dialog.refresh_target(response);
        // An unreliable one may have made the dialog, and need not say by which route.
        if fork.dialog.is_direct() && fork.pracks.accepted() == 1 {
            fork.dialog.refresh_route(response);
        }
        let kind = self.acknowledge(ctx, index, response, rseq);
        if response.status() == Some(199) {
            return self.end_dialog(ctx, index, response);
        }
        self.progress(ctx, Some(index), response, Some(rseq), kind);
        if self.forks.get(index).is_some_and(|fork| fork.pracks.accepted() > FLOOD) && !life.is_over() {
            self.want_cancel(ctx, End::system(Cause::Flood), Vec::new());
        }
    }

    /// Sends the PRACK, or has it wait for the answer to the offer in the response. After
    /// CANCEL nobody is there to make one, or to hear of the peer's.
    fn acknowledge(&mut self, ctx: &mut Context, index: usize, response: &Message, rseq: u32) -> ProgressKind {
        let cancelled = self.cancel.is_some();
        let Some(fork) = self.forks.get_mut(index) else { return ProgressKind::None };
        let (call, dialog) = (self.call, fork.number);
        let sdp = response.description();
        let meaning = fork.negotiation.receive(Carrier::Reliable, sdp.is_some());
        if sdp.is_some() {
            fork.pracks.describe_response(rseq);
        } else if meaning == Meaning::Missing {
            // RFC 3262 section 5: the first reliable response to an INVITE without offer has to make one.
            ctx.diagnose(Some(call), Severity::Warning, "offer-missing");
        }
        let answer = match (meaning, sdp) {
            (Meaning::Offer, Some(offer)) if cancelled => Wanted::Ready(sdp::rejection(offer)),
            (Meaning::Offer, Some(offer)) => {
                fork.offer = Some(offer.to_owned());
                Wanted::Asked(ctx.describe(call, Some(dialog), DescriptionKind::Answer, fork.offer.clone()))
            }
            _ => Wanted::Nothing,
        };
        fork.pracks.acknowledge(ctx.now, rseq, response.cseq().number, answer);
        if fork.pracks.flush(ctx, &mut fork.dialog, Owner::Call(call)) {
            let _ = fork.negotiation.send(Carrier::Prack, true);
        }
        match (meaning, sdp) {
            (Meaning::Answer, Some(sdp)) => {
                if !cancelled {
                    let sdp = sdp.to_owned();
                    ctx.emit(Event::Remote { call, dialog, kind: ProgressKind::Answer, sdp, commit: false });
                }
                ProgressKind::Answer
            }
            (Meaning::Offer, _) => ProgressKind::Offer,
            _ => ProgressKind::None,
        }
    }

    /// Answers an offer that nobody wants any more: every stream rejected (RFC 6337 section 5.2.4).
    pub(super) fn reject_offer(&mut self, ctx: &mut Context, index: usize, token: Token) {
        let Some(fork) = self.forks.get_mut(index) else { return };
        let answer = sdp::rejection(fork.offer.as_deref().unwrap_or_default());
        ctx.answered(token);
        fork.pracks.describe(token, answer);
        if fork.pracks.flush(ctx, &mut fork.dialog, Owner::Call(self.call)) {
            let _ = fork.negotiation.send(Carrier::Prack, true);
        }
    }

    fn progress(
        &self,
        ctx: &mut Context,
        index: Option<usize>,
        response: &Message,
        rseq: Option<u32>,
        kind: ProgressKind,
    ) {
        // After CANCEL the application hears no more of ringing.
        if self.cancel.is_some() {
            return;
        }
        ctx.emit(Event::Progress {
            call: self.call,
            dialog: index.and_then(|index| self.forks.get(index)).map(|fork| fork.number),
            status: response.status().unwrap_or_default(),
            reason: response.reason().to_owned(),
            reliable: rseq.is_some(),
            rseq,
            kind,
            headers: headers(response),
        });
    }

    /// A 199: this fork is over, the others and the INVITE go on (RFC 6228).
    fn end_dialog(&mut self, ctx: &mut Context, index: usize, response: &Message) {
        let Some(fork) = self.forks.get_mut(index) else { return };
        if core::mem::replace(&mut fork.ended, true) {
            return;
        }
        let status = reason(response).and_then(|reason| reason.0);
        ctx.emit(Event::DialogEnded { call: self.call, dialog: fork.number, status });
    }

    /// A provisional response of another fork that the 2xx has overtaken: acknowledged, if
    /// it cannot hold an offer, and otherwise without effect (RFC 3262 section 4).
    pub(super) fn late(&mut self, ctx: &mut Context, response: &Message) {
        let Some(tag) = response.to_tag().filter(|_| self.offers && !self.is_of_the_past(response)) else { return };
        let Some(rseq) = self.reliable(ctx, response) else { return };
        let Some(index) = self.fork(tag).or_else(|| self.new_fork(response)) else { return };
        let Some(fork) = self.forks.get_mut(index) else { return };
        if fork.pracks.receive(rseq) == Reception::Next {
            fork.pracks.acknowledge(ctx.now, rseq, response.cseq().number, Wanted::Nothing);
            fork.pracks.flush(ctx, &mut fork.dialog, Owner::Call(self.call));
        }
    }

    pub(super) fn prack_response(
        &mut self,
        ctx: &mut Context,
        life: &mut Life,
        index: usize,
        id: ClientId,
        response: &Message,
    ) {
        let Some(fork) = self.forks.get_mut(index) else { return };
        let rseq = fork.pracks.rseq(id);
        let outcome = fork.pracks.response(ctx, life, fork.number, &mut fork.dialog, id, response);
        fork.pracks.tell(&mut fork.negotiation, rseq, response);
        self.prack_outcome(ctx, life, index, outcome);
    }

    pub(super) fn prack_outcome(&mut self, ctx: &mut Context, life: &Life, index: usize, outcome: Outcome) {
        let others = self.forks.iter().enumerate().any(|(other, fork)| other != index && !fork.ended);
        match outcome {
            Outcome::Continue => {}
            Outcome::Timeout if others => {
                if let Some(fork) = (index < self.forks.len()).then(|| self.forks.swap_remove(index)) {
                    let (dialog, told) = (fork.number, fork.ended || life.is_over());
                    self.hang_up(ctx, fork);
                    if !told {
                        ctx.emit(Event::DialogEnded { call: self.call, dialog, status: Some(408) });
                    }
                }
            }
            Outcome::Timeout => self.want_cancel(ctx, End::system(Cause::Timeout), Vec::new()),
            Outcome::AnswerLost => self.want_cancel(ctx, End::system(Cause::PrackFailed), Vec::new()),
        }
    }
}
