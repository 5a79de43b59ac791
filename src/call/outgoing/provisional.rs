//! Provisional responses: forks, PRACK, previews (RFC 3261 section 13.2.2.1, RFC 3262
//! section 4, RFC 6228).

use super::{Outgoing, Phase};
use crate::call::life::{End, Life, reason};
use crate::call::pracks::{Exchange, Outcome, Wish, reliable};
use crate::dialog::contact;
use crate::message::Message;
use crate::negotiation::{Carrier, Meaning};
use crate::protocol::{Cause, DescriptionKind, DialogNumber, Event, ProgressKind, Refusal, RefusalCode, Severity};
use crate::reliability::Reception;
use crate::transaction::ClientId;
use crate::usage::{Context, headers};
use alloc::borrow::ToOwned;
use alloc::vec::Vec;

/// What the application is told of a response beyond its text.
#[derive(Debug)]
struct Told {
    /// Its RSeq, when it is reliable.
    rseq: Option<u32>,
    kind: ProgressKind,
    /// The application is to acknowledge it.
    prack: bool,
}

impl Default for Told {
    fn default() -> Self {
        Self { rseq: None, kind: ProgressKind::None, prack: false }
    }
}

impl Outgoing {
    pub(super) fn provisional(&mut self, ctx: &mut Context, life: &mut Life, response: &Message) {
        if response.status() != Some(100) {
            let (tag, reliable) = (response.to_tag(), self.reliable(ctx, response));
            if !self.is_repeated(tag, reliable) && self.flood.rises(ctx.now) {
                self.want_cancel(ctx, life, End::system(Cause::Flood), Vec::new());
            }
            match (tag, reliable) {
                (Some(_), _) if self.is_of_the_past(response) => {}
                (None, _) => self.progress(ctx, None, response, Told::default()),
                (Some(tag), Some(rseq)) => self.reliable_provisional(ctx, life, response, tag, rseq),
                (Some(tag), None) => self.unreliable_provisional(ctx, life, response, tag),
            }
        }
        if matches!(self.phase, Phase::Calling) {
            self.phase = Phase::Proceeding;
        }
        self.cancel_when_allowed(ctx, life);
    }

    fn reliable(&self, ctx: &mut Context, response: &Message) -> Option<u32> {
        reliable(ctx, self.call, self.rel100, response)
    }

    fn unreliable_provisional(&mut self, ctx: &mut Context, life: &Life, response: &Message, tag: &str) {
        let known = self.fork(tag);
        if response.status() == Some(199) {
            // RFC 6228 section 4: for a dialog that is not known, a 199 means nothing.
            if let Some(index) = known {
                self.end_dialog(ctx, life, index, response);
            }
            return;
        }
        let Some(index) = known.or_else(|| self.new_fork(response)) else {
            return self.progress(ctx, None, response, Told::default());
        };
        if let Some(fork) = self.forks.get_mut(index) {
            fork.dialog.learn(response);
        }
        let kind = self.preview(ctx, index, response);
        self.progress(ctx, Some(index), response, Told { kind, ..Told::default() });
    }

    /// A foretaste of the answer. Of several that differ the first is in force, as it will be
    /// over the answer.
    fn preview(&mut self, ctx: &mut Context, index: usize, response: &Message) -> ProgressKind {
        let Some(fork) = self.forks.get_mut(index) else { return ProgressKind::None };
        let Some(sdp) = response.description() else { return ProgressKind::None };
        if fork.negotiation.receive(Carrier::Unreliable, true) != Meaning::Preview {
            return ProgressKind::None;
        }
        let (call, dialog) = (self.call, fork.number);
        if let Some(sdp) = fork.preview.receive(ctx, call, sdp)
            && self.cancel.is_none()
        {
            ctx.emit(Event::Remote { call, dialog, kind: ProgressKind::Preview, sdp, commit: false });
        }
        ProgressKind::Preview
    }

    fn reliable_provisional(&mut self, ctx: &mut Context, life: &mut Life, response: &Message, tag: &str, rseq: u32) {
        let known = self.fork(tag);
        if known.is_none() && contact(response).is_some() && !self.has_room() {
            ctx.diagnose(Some(self.call), Severity::Warning, "too-many-dialogs");
            return;
        }
        let Some(index) = known.or_else(|| self.new_fork(response)) else {
            ctx.diagnose(Some(self.call), Severity::Warning, "no-contact");
            return self.unreliable_provisional(ctx, life, response, tag);
        };
        let Some(fork) = self.forks.get_mut(index) else { return };
        match fork.pracks.receive(rseq) {
            Reception::Next => {}
            Reception::Duplicate => return fork.pracks.repeat(ctx, &mut fork.dialog, &mut fork.negotiation),
            Reception::Stale => return,
            Reception::Gap => return ctx.diagnose(Some(self.call), Severity::Info, "rseq-gap"),
            Reception::Excess => return self.want_cancel(ctx, life, End::system(Cause::Flood), Vec::new()),
        }
        fork.dialog.learn(response);
        // RFC 6141 section 4.7: a reliable response is a target refresh, an unreliable one is not.
        fork.dialog.refresh_target(response);
        // An unreliable one may have made the dialog, and need not say by which route.
        if fork.dialog.is_direct() && fork.pracks.is_first() {
            fork.dialog.refresh_route(response);
        }
        let told = self.acknowledge(ctx, index, response, rseq);
        if response.status() == Some(199) {
            return self.end_dialog(ctx, life, index, response);
        }
        self.progress(ctx, Some(index), response, told);
    }

    /// Sends the PRACK, or has it wait for the application, or for the answer to the offer in
    /// the response. After CANCEL or in a dialog that is over nobody is there to make one, or
    /// to hear of the peer's.
    fn acknowledge(&mut self, ctx: &mut Context, index: usize, response: &Message, rseq: u32) -> Told {
        let Some(fork) = self.forks.get_mut(index) else { return Told::default() };
        let (call, dialog) = (self.call, fork.number);
        let deserted = self.cancel.is_some() || fork.ended || response.status() == Some(199);
        let sdp = response.description();
        let meaning = fork.negotiation.receive(Carrier::Reliable, sdp.is_some());
        if meaning == Meaning::Missing {
            // RFC 3262 section 5: the first reliable response to an INVITE without offer has to make one.
            ctx.diagnose(Some(call), Severity::Warning, "offer-missing");
        }
        let (kind, exchange) = match (meaning, sdp) {
            (Meaning::Offer, Some(sdp)) => {
                let (offer, remote) = (sdp.to_owned(), Some(sdp.to_owned()));
                let token = (!deserted).then(|| ctx.describe(call, Some(dialog), DescriptionKind::Answer, remote));
                (ProgressKind::Offer, Exchange::Answering { offer, token })
            }
            (Meaning::Answer, _) => (ProgressKind::Answer, Exchange::Open),
            (_, Some(_)) => (ProgressKind::None, Exchange::Closed),
            (_, None) => (ProgressKind::None, Exchange::Unrelated),
        };
        let held = fork.pracks.is_manual() && !deserted;
        fork.pracks.acknowledge(ctx, rseq, response.cseq().number, exchange, held);
        if deserted {
            fork.release(ctx);
        } else {
            fork.pracks.flush(ctx, &mut fork.dialog, &mut fork.negotiation);
        }
        if let (Meaning::Answer, Some(sdp)) = (meaning, sdp) {
            let sdp = fork.preview.settle(ctx, call, sdp);
            if !deserted {
                ctx.emit(Event::Remote { call, dialog, kind, sdp, commit: false });
            }
        }
        Told { rseq: Some(rseq), kind, prack: held }
    }

    fn progress(&self, ctx: &mut Context, index: Option<usize>, response: &Message, told: Told) {
        let fork = index.and_then(|index| self.forks.get(index));
        // After CANCEL the application hears no more of ringing, nor of a callee who is gone.
        if self.cancel.is_some() || fork.is_some_and(|fork| fork.ended) {
            return;
        }
        ctx.emit(Event::Progress {
            call: self.call,
            dialog: fork.map(|fork| fork.number),
            status: response.status().unwrap_or_default(),
            reason: response.reason().to_owned(),
            reliable: told.rseq.is_some(),
            rseq: told.rseq,
            kind: told.kind,
            prack: told.prack,
            headers: headers(response),
        });
    }

    /// A 199: this fork is over, the others and the INVITE go on (RFC 6228).
    fn end_dialog(&mut self, ctx: &mut Context, life: &Life, index: usize, response: &Message) {
        let Some(fork) = self.forks.get_mut(index) else { return };
        fork.release(ctx);
        if core::mem::replace(&mut fork.ended, true) || life.is_over() {
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
        fork.pracks.overtaken(ctx, &mut fork.dialog, &mut fork.negotiation, rseq, response.cseq().number);
    }

    /// The application acknowledges a provisional response.
    pub(in crate::call) fn prack(
        &mut self,
        ctx: &mut Context,
        dialog: DialogNumber,
        rseq: u32,
        wish: Wish,
    ) -> Result<(), Refusal> {
        let Some(fork) = self.forks.iter_mut().find(|fork| fork.number == dialog) else {
            return Err(Refusal::new(RefusalCode::NotReliable, "no response has made this dialog"));
        };
        fork.pracks.command(ctx, &mut fork.dialog, &mut fork.negotiation, rseq, wish)
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
        let (dialog, negotiation) = (&mut fork.dialog, &mut fork.negotiation);
        let outcome = fork.pracks.response(ctx, life, dialog, negotiation, id, response);
        self.prack_outcome(ctx, life, index, outcome);
    }

    pub(super) fn prack_outcome(&mut self, ctx: &mut Context, life: &mut Life, index: usize, outcome: Outcome) {
        match outcome {
            Outcome::Continue => {}
            Outcome::Timeout => self.lose(ctx, life, index, Cause::Timeout, Some(408)),
            Outcome::AnswerLost => self.want_cancel(ctx, life, End::system(Cause::PrackFailed), Vec::new()),
        }
    }

    /// RFC 3261 section 12.2.1.2: that dialog is gone, and the call with it if it was the only one.
    pub(super) fn lose(&mut self, ctx: &mut Context, life: &mut Life, index: usize, cause: Cause, status: Option<u16>) {
        let others = self.forks.iter().enumerate().any(|(other, fork)| other != index && !fork.ended);
        let alone = !others && !matches!(self.phase, Phase::Accepted { .. });
        if self.forks.get(index).is_none_or(|fork| fork.ended) {
            return;
        }
        if alone {
            return self.want_cancel(ctx, life, End::system(cause), Vec::new());
        }
        let fork = self.forks.swap_remove(index);
        let dialog = fork.number;
        self.hang_up(ctx, fork);
        if !life.is_over() {
            ctx.emit(Event::DialogEnded { call: self.call, dialog, status });
        }
    }

    /// Whether it is the last reliable response of its dialog once more.
    fn is_repeated(&self, tag: Option<&str>, reliable: Option<u32>) -> bool {
        let fork = tag.and_then(|tag| self.fork(tag)).and_then(|index| self.forks.get(index));
        matches!((fork, reliable), (Some(fork), Some(rseq)) if fork.pracks.is_duplicate(rseq))
    }
}
