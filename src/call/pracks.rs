//! The PRACKs that a UAC sends in one dialog (RFC 3262 section 4).

use super::life::Life;
use crate::dialog::Dialog;
use crate::message::{Decimal, Message, Name};
use crate::negotiation::{Carrier, Negotiation};
use crate::protocol::{CallId, Cause, DialogNumber, Event, Failure, Rel100, Severity, Token};
use crate::reliability::{Receiver, Reception};
use crate::time::{Duration, Instant};
use crate::transaction::ClientId;
use crate::usage::{Challenge, Context, Owner, Request, failure};
use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;

/// How long a PRACK may wait for the media layer or the application.
const DEADLINE: Duration = Duration::from_secs(20);
/// How many PRACKs one response gets when they are refused.
const TRIES: u8 = 3;
/// How long a Retry-After may hold back the next of them.
const RETRY_AFTER: Duration = Duration::from_secs(10);
/// How many reliable responses one dialog may bring before it is a flood.
pub(super) const FLOOD: u32 = 256;

/// The reliable provisional responses of one dialog, and what has become of their PRACKs.
#[derive(Debug, Default)]
pub(super) struct Pracks {
    receiver: Receiver,
    /// Accepted, not yet acknowledged; in the order of `RSeq`, which is the order of sending.
    waiting: VecDeque<Waiting>,
    sent: Vec<Sent>,
    failed: Option<Failed>,
    /// The last response with a description: offer and answer wait for its PRACK.
    described: Option<u32>,
}

#[derive(Debug)]
struct Waiting {
    rseq: u32,
    invite_cseq: u32,
    answer: Wanted,
    due: Instant,
}

/// The answer that a PRACK has to carry.
#[derive(Debug)]
pub(super) enum Wanted {
    /// None.
    Nothing,
    /// The media layer makes it: it will come under this token.
    Asked(Token),
    /// This one.
    Ready(String),
}

#[derive(Debug)]
struct Sent {
    rseq: u32,
    invite_cseq: u32,
    request: Request,
    answers: bool,
    asked: Option<Token>,
    /// Sent again after the connection was lost: the former may have arrived.
    renewed: bool,
}

/// A PRACK that was refused: the response may come again, and is acknowledged afresh.
#[derive(Debug)]
struct Failed {
    rseq: u32,
    invite_cseq: u32,
    tries: u8,
    not_before: Instant,
}

/// What the outcome of a PRACK means for its call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The call goes on.
    Continue,
    /// The PRACK was never answered: the dialog is as good as gone.
    Timeout,
    /// The answer that it carried was refused.
    AnswerLost,
}

impl Pracks {
    /// Judges the `RSeq` of a reliable provisional response.
    pub(super) fn receive(&mut self, rseq: u32) -> Reception {
        self.receiver.receive(rseq)
    }

    /// A re-INVITE counts anew.
    pub(super) fn restart(&mut self) {
        self.receiver = Receiver::default();
        self.failed = None;
        self.described = None;
    }

    /// How many reliable responses have been taken.
    pub(super) fn accepted(&self) -> u32 {
        self.receiver.accepted()
    }

    /// Acknowledges, as soon as those before it have been and `answer` is there.
    pub(super) fn acknowledge(&mut self, now: Instant, rseq: u32, invite_cseq: u32, answer: Wanted) {
        self.waiting.push_back(Waiting { rseq, invite_cseq, answer, due: now + DEADLINE });
    }

    /// Whether one waits for this description.
    pub(super) fn awaits(&self, token: Token) -> bool {
        self.waiting.iter().any(|waiting| matches!(waiting.answer, Wanted::Asked(asked) if asked == token))
    }

    /// The description that one waits for.
    pub(super) fn describe(&mut self, token: Token, sdp: String) {
        for waiting in &mut self.waiting {
            if matches!(waiting.answer, Wanted::Asked(asked) if asked == token) {
                waiting.answer = Wanted::Ready(sdp);
                return;
            }
        }
    }

    /// Sends what need not wait; whether one of them carried the answer.
    pub(super) fn flush(&mut self, ctx: &mut Context, dialog: &mut Dialog, owner: Owner) -> bool {
        let mut answered = false;
        while self.waiting.front().is_some_and(|waiting| !matches!(waiting.answer, Wanted::Asked(_)))
            && let Some(waiting) = self.waiting.pop_front()
        {
            let answer = match waiting.answer {
                Wanted::Ready(sdp) => Some(sdp),
                Wanted::Nothing | Wanted::Asked(_) => None,
            };
            answered |= answer.is_some();
            self.send(ctx, dialog, owner, waiting.rseq, waiting.invite_cseq, answer);
        }
        answered
    }

    /// A response came again: acknowledged afresh if its PRACK was refused, else nothing is done.
    pub(super) fn repeat(&mut self, ctx: &mut Context, dialog: &mut Dialog, owner: Owner, rseq: u32) {
        if self.sent.iter().any(|sent| sent.rseq == rseq) {
            return;
        }
        let Some(failed) = self.failed.as_mut().filter(|failed| failed.rseq == rseq) else { return };
        if failed.tries < TRIES && failed.not_before <= ctx.now {
            failed.tries += 1;
            let invite_cseq = failed.invite_cseq;
            self.send(ctx, dialog, owner, rseq, invite_cseq, None);
        }
    }

    /// Whether a request is one of these PRACKs.
    pub(super) fn owns(&self, id: ClientId) -> bool {
        self.sent.iter().any(|sent| sent.request.id == id)
    }

    /// Notes that the response of this number carries a description.
    pub(super) fn describe_response(&mut self, rseq: u32) {
        self.described = Some(rseq);
    }

    /// Tells offer and answer of the response to one of them, after it was taken; `rseq` is
    /// what it acknowledges.
    pub(super) fn tell(&self, negotiation: &mut Negotiation, rseq: Option<u32>, response: &Message) {
        // A challenged one is on its way again.
        let described = rseq.filter(|rseq| self.described == Some(*rseq));
        if described.is_none_or(|rseq| self.is_unanswered(rseq)) {
            return;
        }
        if matches!(response.status(), Some(200..300)) {
            negotiation.receive(Carrier::PrackSuccess, response.description().is_some());
        } else {
            negotiation.failed(Carrier::Prack);
        }
    }

    /// The number of the response that one of them acknowledges.
    pub(super) fn rseq(&self, id: ClientId) -> Option<u32> {
        self.sent.iter().find(|sent| sent.request.id == id).map(|sent| sent.rseq)
    }

    /// The response to one of them.
    pub(super) fn response(
        &mut self,
        ctx: &mut Context,
        life: &Life,
        number: DialogNumber,
        dialog: &mut Dialog,
        id: ClientId,
        response: &Message,
    ) -> Outcome {
        let Some(index) = self.sent.iter().position(|sent| sent.request.id == id) else { return Outcome::Continue };
        let status = response.status().unwrap_or_default();
        if status < 200 {
            return Outcome::Continue;
        }
        let mut sent = self.sent.swap_remove(index);
        if matches!(status, 401 | 407) {
            match ctx.challenge(&mut sent.request, response) {
                Challenge::Retry => {
                    ctx.resend(&mut sent.request, dialog.next_cseq());
                    self.sent.push(sent);
                    return Outcome::Continue;
                }
                Challenge::Asked(token) => {
                    sent.asked = Some(token);
                    self.sent.push(sent);
                    return Outcome::Continue;
                }
                Challenge::Failed => {}
            }
        }
        self.settled(ctx, life, number, sent, status, failure(response))
    }

    /// One of them was never answered.
    pub(super) fn timeout(&mut self, ctx: &mut Context, life: &Life, number: DialogNumber, id: ClientId) -> Outcome {
        let Some(index) = self.sent.iter().position(|sent| sent.request.id == id) else { return Outcome::Continue };
        let sent = self.sent.swap_remove(index);
        let failure = Failure { cause: Cause::Timeout, status: None, reason: None, retry_after: None };
        self.settled(ctx, life, number, sent, 408, failure)
    }

    /// The application answered a challenge: what that means, if it was for one of these.
    pub(super) fn credentials(
        &mut self,
        ctx: &mut Context,
        life: &Life,
        number: DialogNumber,
        dialog: &mut Dialog,
        token: Token,
        known: bool,
    ) -> Option<Outcome> {
        let index = self.sent.iter().position(|sent| sent.asked == Some(token))?;
        if let Some(sent) = self.sent.get_mut(index).filter(|_| known) {
            sent.asked = None;
            ctx.resend(&mut sent.request, dialog.next_cseq());
            return Some(Outcome::Continue);
        }
        let sent = self.sent.swap_remove(index);
        let failure = Failure { cause: Cause::Unauthorized, status: Some(401), reason: None, retry_after: None };
        Some(self.settled(ctx, life, number, sent, 401, failure))
    }

    /// The connection is back: those without an answer are sent anew, in transactions of
    /// their own. Nobody knows whether they had arrived, so that a 481 is as good as a 200.
    pub(super) fn renew(&mut self, ctx: &mut Context, dialog: &mut Dialog) {
        for sent in self.sent.iter_mut().filter(|sent| sent.asked.is_none()) {
            ctx.abandon(sent.request.id);
            ctx.resend(&mut sent.request, dialog.next_cseq());
            sent.renewed = true;
        }
    }

    /// The first one whose description is overdue.
    pub(super) fn overdue(&self, now: Instant) -> Option<Token> {
        self.waiting.iter().find(|waiting| waiting.due <= now).and_then(|waiting| match waiting.answer {
            Wanted::Asked(token) => Some(token),
            Wanted::Nothing | Wanted::Ready(_) => None,
        })
    }

    /// When a description will be overdue.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.waiting.iter().map(|waiting| waiting.due).min()
    }

    /// Whether the PRACK of that response has no final response yet.
    pub(super) fn is_unanswered(&self, rseq: u32) -> bool {
        self.sent.iter().any(|sent| sent.rseq == rseq) || self.waiting.iter().any(|waiting| waiting.rseq == rseq)
    }

    /// Whether none is on its way or waiting, but for the application's credentials: nobody
    /// asks for those once the call is over.
    pub(super) fn is_idle(&self) -> bool {
        self.sent.iter().all(|sent| sent.asked.is_some()) && self.waiting.is_empty()
    }

    fn send(
        &mut self,
        ctx: &mut Context,
        dialog: &mut Dialog,
        owner: Owner,
        rseq: u32,
        invite_cseq: u32,
        answer: Option<String>,
    ) {
        let mut draft = dialog.request("PRACK");
        draft.fields.push((Name::RAck, rack(rseq, invite_cseq)));
        let answers = answer.is_some();
        if let Some(sdp) = answer {
            draft.describe(sdp);
        }
        let request = ctx.send(draft, owner);
        self.sent.push(Sent { rseq, invite_cseq, request, answers, asked: None, renewed: false });
    }

    fn settled(
        &mut self,
        ctx: &mut Context,
        life: &Life,
        dialog: DialogNumber,
        sent: Sent,
        status: u16,
        failure: Failure,
    ) -> Outcome {
        let (call, rseq) = (life.id(), sent.rseq);
        let tries = self.failed.take_if(|failed| failed.rseq == rseq).map_or(1, |failed| failed.tries);
        let wait = Duration::from_secs(failure.retry_after.unwrap_or_default().into()).min(RETRY_AFTER);
        if status < 300 || (status == 481 && sent.renewed) {
            if !life.is_over() {
                ctx.emit(Event::PrackResponse { call, dialog, rseq, status });
            }
            return Outcome::Continue;
        }
        if !life.is_over() {
            ctx.emit(Event::PrackFailed { call, dialog, rseq, failure });
        }
        match status {
            408 => return Outcome::Timeout,
            _ if sent.answers => return Outcome::AnswerLost,
            // RFC 3262 section 3 gives 481 the meaning "nothing outstanding": no retry.
            481 => return Outcome::Continue,
            _ => {}
        }
        self.failed = Some(Failed { rseq, invite_cseq: sent.invite_cseq, tries, not_before: ctx.now + wait });
        Outcome::Continue
    }
}

/// The `RSeq` of a response that is to be acknowledged (RFC 3262 section 4): `100rel`
/// required, the number well-formed, and the extension not switched off.
pub(super) fn reliable(ctx: &mut Context, call: CallId, policy: Rel100, response: &Message) -> Option<u32> {
    if !matches!(response.status(), Some(101..200)) {
        return None;
    }
    if !response.has_token(Name::Require, "100rel") {
        if policy == Rel100::Required {
            ctx.diagnose(Some(call), Severity::Warning, "unreliable-despite-require");
        }
        return None;
    }
    if policy == Rel100::None {
        ctx.diagnose(Some(call), Severity::Warning, "unsolicited-100rel");
        return None;
    }
    let rseq = response.rseq().ok().flatten();
    if rseq.is_none() {
        ctx.diagnose(Some(call), Severity::Warning, "bad-rseq");
    }
    rseq
}

/// The value of `RAck` (RFC 3262 section 7.2).
fn rack(rseq: u32, invite_cseq: u32) -> String {
    let (rseq, cseq) = (Decimal::new(rseq.into()), Decimal::new(invite_cseq.into()));
    [rseq.as_str(), " ", cseq.as_str(), " INVITE"].concat()
}
