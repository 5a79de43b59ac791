//! What becomes of a PRACK that has left: its final response, or the lack of one.

use super::waiting::Prack;
use super::{Exchange, Pracks};
use crate::call::life::Life;
use crate::dialog::Dialog;
use crate::message::Message;
use crate::negotiation::{Carrier, Meaning, Negotiation};
use crate::protocol::{Cause, Event, Failure, Field, ProgressKind, RequestNumber, Severity, Token};
use crate::time::{Duration, Instant};
use crate::transaction::ClientId;
use crate::usage::{Challenge, Context, Request, failure, response as final_response};
use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

/// How many PRACKs one response gets when they are refused.
const TRIES: u8 = 3;
/// How long a Retry-After may hold back the next of them.
const RETRY_AFTER: Duration = Duration::from_secs(10);

/// A PRACK on its way.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) prack: Prack,
    pub(super) request: Request,
    /// Sent again after the connection was lost: the former may have arrived.
    pub(super) renewed: bool,
}

/// A PRACK that was refused: the response may come again, and is acknowledged afresh.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) prack: Prack,
    pub(super) body: Option<(String, String)>,
    pub(super) headers: Vec<Field>,
    /// The response has come again.
    pub(super) wanted: bool,
    /// What a Retry-After asked for.
    pub(super) not_before: Instant,
}

/// What the outcome of a PRACK means for its call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::call) enum Outcome {
    /// The call goes on.
    Continue,
    /// The PRACK was never answered: the dialog is as good as gone.
    Timeout,
    /// The answer that it carried was refused.
    AnswerLost,
}

impl Refused {
    /// When the next PRACK leaves.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.wanted.then_some(self.not_before)
    }
}

impl Pracks {
    /// Whether a request is one of these PRACKs.
    pub(in crate::call) fn owns(&self, id: ClientId) -> bool {
        self.position(id).is_some()
    }

    /// The response to one of them.
    pub(in crate::call) fn response(
        &mut self,
        ctx: &mut Context,
        life: &Life,
        dialog: &mut Dialog,
        negotiation: &mut Negotiation,
        id: ClientId,
        response: &Message,
    ) -> Outcome {
        let status = response.status().unwrap_or_default();
        let Some(index) = self.position(id).filter(|_| status >= 200) else { return Outcome::Continue };
        let goes_on = match status {
            401 | 407 => self.challenged(ctx, dialog, index, response),
            415 | 488 | 491 | 580 | 606 if !life.is_over() => {
                self.offer_refused(ctx, dialog, negotiation, index, response)
            }
            _ => false,
        };
        if goes_on {
            return Outcome::Continue;
        }
        let sent = self.take(index);
        if status < 300 || (status == 481 && sent.renewed) {
            self.accepted(ctx, life, negotiation, sent, response);
            return Outcome::Continue;
        }
        self.failed(ctx, life, negotiation, sent, status, failure(response))
    }

    /// One of them was never answered.
    pub(in crate::call) fn timeout(
        &mut self,
        ctx: &mut Context,
        life: &Life,
        negotiation: &mut Negotiation,
        id: ClientId,
    ) -> Outcome {
        let Some(index) = self.position(id) else { return Outcome::Continue };
        let sent = self.take(index);
        let failure = Failure { cause: Cause::Timeout, status: None, reason: None, retry_after: None };
        self.failed(ctx, life, negotiation, sent, 408, failure)
    }

    /// The application answered a challenge: what that means, if it was for one of these.
    pub(in crate::call) fn credentials(
        &mut self,
        ctx: &mut Context,
        life: &Life,
        dialog: &mut Dialog,
        negotiation: &mut Negotiation,
        token: Token,
        known: bool,
    ) -> Option<Outcome> {
        let index = self.sent.iter().position(|sent| sent.request.asked == Some(token))?;
        if let Some(sent) = self.sent.get_mut(index).filter(|_| known) {
            ctx.resend(&mut sent.request, dialog.next_cseq());
            return Some(Outcome::Continue);
        }
        let sent = self.take(index);
        let failure = Failure { cause: Cause::Unauthorized, status: Some(401), reason: None, retry_after: None };
        Some(self.failed(ctx, life, negotiation, sent, 401, failure))
    }

    /// One that is answered. An idle call is not to keep room for more.
    fn take(&mut self, index: usize) -> Sent {
        let sent = self.sent.remove(index);
        if self.sent.is_empty() {
            self.sent = Vec::new();
        }
        sent
    }

    fn position(&self, id: ClientId) -> Option<usize> {
        self.sent.iter().position(|sent| sent.request.id == id)
    }

    /// Whether credentials are to be had for it.
    fn challenged(&mut self, ctx: &mut Context, dialog: &mut Dialog, index: usize, response: &Message) -> bool {
        let Some(sent) = self.sent.get_mut(index) else { return false };
        match ctx.challenge(&mut sent.request, response) {
            Challenge::Retry => ctx.resend(&mut sent.request, dialog.next_cseq()),
            Challenge::Asked(_) => {}
            Challenge::Failed => return false,
        }
        true
    }

    /// RFC 6337 section 2.3: an offer may be refused, the acknowledgement is not, and goes
    /// again without it. Whether there was an offer.
    fn offer_refused(
        &mut self,
        ctx: &mut Context,
        dialog: &mut Dialog,
        negotiation: &mut Negotiation,
        index: usize,
        response: &Message,
    ) -> bool {
        let Some(sent) = self.sent.get_mut(index).filter(|sent| sent.prack.offers()) else { return false };
        sent.prack.exchange = Exchange::Closed;
        sent.prack.tries += 1;
        sent.request.draft.body = None;
        ctx.resend(&mut sent.request, dialog.next_cseq());
        negotiation.failed(Carrier::Prack);
        let (call, dialog, rseq) = (self.call, self.dialog, sent.prack.rseq);
        let status = response.status().unwrap_or_default();
        ctx.emit(Event::Rollback { call, dialog });
        ctx.emit(Event::OfferRejected { call, dialog, rseq: Some(rseq), status });
        settle(ctx, sent.prack.command.take(), Err(failure(response)));
        true
    }

    fn accepted(&self, ctx: &mut Context, life: &Life, negotiation: &mut Negotiation, sent: Sent, response: &Message) {
        let (call, dialog, rseq) = (self.call, self.dialog, sent.prack.rseq);
        let sdp = response.description();
        let meaning = if self.is_awaited(&sent.prack) {
            negotiation.receive(Carrier::PrackSuccess, sdp.is_some())
        } else {
            Meaning::Nothing
        };
        if !life.is_over() {
            match (meaning, sdp) {
                (Meaning::Answer, Some(sdp)) => {
                    let sdp = sdp.to_owned();
                    ctx.emit(Event::Remote { call, dialog, kind: ProgressKind::Answer, sdp, commit: true });
                }
                (Meaning::Missing, _) => {
                    ctx.emit(Event::Rollback { call, dialog });
                    ctx.diagnose(Some(call), Severity::Warning, "offer-unanswered");
                }
                _ => {}
            }
            let status = response.status().unwrap_or_default();
            ctx.emit(Event::PrackResponse { call, dialog, rseq, status });
        }
        settle(ctx, sent.prack.command, Ok(response));
    }

    fn failed(
        &mut self,
        ctx: &mut Context,
        life: &Life,
        negotiation: &mut Negotiation,
        mut sent: Sent,
        status: u16,
        failure: Failure,
    ) -> Outcome {
        let (call, dialog, rseq) = (self.call, self.dialog, sent.prack.rseq);
        if sent.prack.offers() {
            // The offer has come to nothing; then, below, the acknowledgement as well.
            negotiation.failed(Carrier::Prack);
        }
        if self.is_awaited(&sent.prack) {
            negotiation.failed(Carrier::Prack);
        }
        if !life.is_over() {
            if sent.prack.offers() {
                ctx.emit(Event::Rollback { call, dialog });
            }
            ctx.emit(Event::PrackFailed { call, dialog, rseq, failure: failure.clone() });
        }
        settle(ctx, sent.prack.command.take(), Err(failure.clone()));
        match status {
            408 => Outcome::Timeout,
            _ if matches!(sent.prack.exchange, Exchange::Answered) => Outcome::AnswerLost,
            // RFC 3262 section 3 gives 481 the meaning "nothing outstanding": no retry.
            481 => Outcome::Continue,
            _ => {
                self.refuse(ctx.now, sent, failure.retry_after);
                Outcome::Continue
            }
        }
    }

    /// Whether offer and answer wait for this PRACK, and for none after it.
    fn is_awaited(&self, prack: &Prack) -> bool {
        let waiting = self.waiting.iter().map(|waiting| &waiting.prack);
        let others = self.sent.iter().map(|sent| &sent.prack).chain(waiting).any(Prack::is_described);
        prack.is_described() && (prack.offers() || !others)
    }

    /// Remembers a PRACK that was refused, for as long as its response may come again.
    fn refuse(&mut self, now: Instant, sent: Sent, retry_after: Option<u32>) {
        let Sent { mut prack, request, .. } = sent;
        if prack.tries >= TRIES || !self.is_duplicate(prack.rseq) {
            return;
        }
        let body = request.draft.body.filter(|_| !prack.offers());
        if prack.offers() {
            prack.exchange = Exchange::Closed;
        }
        let wait = Duration::from_secs(retry_after.unwrap_or_default().into()).min(RETRY_AFTER);
        let (headers, not_before) = (request.draft.extra, now + wait);
        self.refused = Some(Refused { prack, body, headers, wanted: false, not_before });
    }
}

fn settle(ctx: &mut Context, command: Option<RequestNumber>, outcome: Result<&Message, Failure>) {
    if let Some(command) = command {
        ctx.settle(command, outcome.map(|response| Some(final_response(response))));
    }
}
