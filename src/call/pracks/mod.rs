//! The PRACKs that a UAC sends in one dialog (RFC 3262 section 4).
//!
//! `waiting` is what a PRACK waits for before it leaves: the media layer, the application,
//! those before it. `outcome` is what its final response means. Here is their order.

mod outcome;
mod waiting;

pub(super) use outcome::Outcome;
pub(super) use waiting::{Exchange, Wish};

use super::life::Life;
use crate::dialog::Dialog;
use crate::message::{Decimal, Message, Name};
use crate::negotiation::{Carrier, Negotiation};
use crate::protocol::{
    Answer, CallId, Cause, DialogNumber, Event, Failure, Refusal, RefusalCode, Rel100, RequestNumber, Severity, Token,
};
use crate::reliability::{Receiver, Reception};
use crate::time::{Instant, earlier};
use crate::usage::{Context, Owner};
use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;
use outcome::{Refused, Sent};
use waiting::Waiting;

/// The reliable provisional responses of one dialog, and what becomes of their PRACKs.
///
/// ```text
///                       description, application,
///   response --Next--> Waiting --deadline, CANCEL--> Sent --2xx, 481--> (done)
///                         ^                          |  | ^
///                         |        3xx..6xx          |  +-+ 401, 407; offer refused
///   response --Duplicate--+---------- Refused <------+
/// ```
#[derive(Debug)]
pub(super) struct Pracks {
    call: CallId,
    dialog: DialogNumber,
    /// The application sends them (prack: "manual").
    manual: bool,
    receiver: Receiver,
    /// In the order of `RSeq`, which is the order of sending (RFC 3262 erratum 4604).
    waiting: VecDeque<Waiting>,
    /// Without a final response; in the order of sending.
    sent: Vec<Sent>,
    refused: Option<Refused>,
}

impl Pracks {
    pub(super) fn new(call: CallId, dialog: DialogNumber, manual: bool) -> Self {
        let receiver = Receiver::default();
        Self { call, dialog, manual, receiver, waiting: VecDeque::new(), sent: Vec::new(), refused: None }
    }

    // Responses that want one.

    /// Judges the `RSeq` of a reliable provisional response.
    pub(super) fn receive(&mut self, rseq: u32) -> Reception {
        self.receiver.receive(rseq)
    }

    /// A re-INVITE counts anew.
    pub(super) fn restart(&mut self) {
        self.receiver = Receiver::default();
        self.refused = None;
    }

    /// Whether the application sends them.
    pub(super) fn is_manual(&self) -> bool {
        self.manual
    }

    /// Whether this is the first reliable response of the dialog.
    pub(super) fn is_first(&self) -> bool {
        self.receiver.is_first()
    }

    /// Whether a response with this `RSeq` would be the last one again.
    pub(super) fn is_duplicate(&self, rseq: u32) -> bool {
        self.receiver.last() == Some(rseq)
    }

    /// Notes a response that is to be acknowledged; when it is `held`, by the application.
    pub(super) fn acknowledge(&mut self, ctx: &Context, rseq: u32, invite_cseq: u32, exchange: Exchange, held: bool) {
        self.refused = None;
        self.waiting.push_back(Waiting::new(rseq, invite_cseq, exchange, held, ctx.now + ctx.prack_deadline));
    }

    /// A response came again: acknowledged afresh if its PRACK was refused, else nothing is done.
    pub(super) fn repeat(&mut self, ctx: &mut Context, dialog: &mut Dialog, negotiation: &mut Negotiation) {
        if let Some(refused) = &mut self.refused {
            refused.wanted = true;
            self.try_again(ctx);
            self.flush(ctx, dialog, negotiation);
        }
    }

    /// A response that the 2xx has overtaken: RFC 3262 section 4 lets us acknowledge it even
    /// now; it means nothing any more.
    pub(super) fn overtaken(
        &mut self,
        ctx: &mut Context,
        dialog: &mut Dialog,
        negotiation: &mut Negotiation,
        rseq: u32,
        invite_cseq: u32,
    ) {
        match self.receive(rseq) {
            Reception::Next => {
                self.acknowledge(ctx, rseq, invite_cseq, Exchange::Unrelated, false);
                self.flush(ctx, dialog, negotiation);
            }
            Reception::Duplicate => self.repeat(ctx, dialog, negotiation),
            Reception::Stale | Reception::Gap | Reception::Excess => {}
        }
    }

    // Sending.

    /// Sends what need not wait; nothing without a connection.
    pub(super) fn flush(&mut self, ctx: &mut Context, dialog: &mut Dialog, negotiation: &mut Negotiation) {
        while ctx.flow().is_some()
            && self.waiting.front().is_some_and(Waiting::is_ready)
            && let Some(waiting) = self.waiting.pop_front()
        {
            self.send(ctx, dialog, negotiation, waiting);
        }
        if self.waiting.is_empty() {
            self.waiting = VecDeque::new();
        }
    }

    /// Nobody is there any more to decide, or to make descriptions: all that waits leaves by
    /// itself, without offers, and with every stream rejected where an answer is owed.
    pub(super) fn release(&mut self, ctx: &mut Context, dialog: &mut Dialog, negotiation: &mut Negotiation) {
        for waiting in &mut self.waiting {
            waiting.release(ctx, Cause::DialogEnded);
        }
        self.flush(ctx, dialog, negotiation);
    }

    /// The connection is back: those without an answer are sent anew, in transactions of
    /// their own, and then those that have become ready meanwhile. Nobody knows whether the
    /// former had arrived, so that a 481 is as good as a 200.
    pub(super) fn recover(&mut self, ctx: &mut Context, dialog: &mut Dialog, negotiation: &mut Negotiation) {
        for sent in self.sent.iter_mut().filter(|sent| sent.request.asked.is_none()) {
            ctx.abandon(sent.request.id);
            ctx.resend(&mut sent.request, dialog.next_cseq());
            sent.renewed = true;
        }
        self.flush(ctx, dialog, negotiation);
    }

    /// The dialog becomes that of another call.
    pub(super) fn hand_over(&mut self, ctx: &mut Context, call: CallId, dialog: DialogNumber) {
        (self.call, self.dialog) = (call, dialog);
        for sent in &mut self.sent {
            ctx.hand_over(&mut sent.request, Owner::Call(call));
        }
    }

    /// Nobody cares for the dialog any more: the application's commands fail.
    pub(super) fn forsake(&mut self, ctx: &mut Context) {
        let waiting = self.waiting.iter_mut().map(|waiting| &mut waiting.prack);
        for prack in self.sent.iter_mut().map(|sent| &mut sent.prack).chain(waiting) {
            fail(ctx, prack.command.take(), Cause::DialogEnded);
        }
    }

    /// The dialog is over: nothing more is sent, and the application's commands fail. PRACKs
    /// on their way run out in silence.
    pub(super) fn abandon(&mut self, ctx: &mut Context) {
        self.forsake(ctx);
        self.supersede(ctx);
    }

    /// The INVITE has failed: what waits acknowledges nothing any more.
    pub(super) fn supersede(&mut self, ctx: &mut Context) {
        self.refused = None;
        for mut waiting in self.waiting.drain(..) {
            waiting.withdraw(ctx);
            fail(ctx, waiting.prack.command.take(), Cause::Superseded);
        }
    }

    // The application and the media layer.

    /// The application acknowledges a response.
    ///
    /// # Errors
    /// There is no such response, or its PRACK has left; or the PRACK must not carry that.
    pub(super) fn command(
        &mut self,
        ctx: &mut Context,
        dialog: &mut Dialog,
        negotiation: &mut Negotiation,
        rseq: u32,
        wish: Wish,
    ) -> Result<(), Refusal> {
        let place = (self.call, self.dialog);
        let Some(waiting) = self.waiting.iter_mut().find(|waiting| waiting.is_held(rseq)) else {
            return Err(if self.receiver.has_accepted(rseq) {
                Refusal::new(RefusalCode::AlreadySent, "the PRACK of this response has left, or is about to")
            } else {
                Refusal::new(RefusalCode::NotReliable, "no reliable response has this RSeq in this dialog")
            });
        };
        waiting.command(ctx, place, negotiation, wish)?;
        self.flush(ctx, dialog, negotiation);
        Ok(())
    }

    /// Whether one waits for this description.
    pub(super) fn awaits(&self, token: Token) -> bool {
        self.waiting.iter().any(|waiting| waiting.awaits(token))
    }

    /// The description that one waits for; why it cannot be made, if it is an answer that is
    /// owed.
    pub(super) fn describe(&mut self, ctx: &mut Context, token: Token, answer: Answer) -> Option<Cause> {
        self.waiting.iter_mut().find(|waiting| waiting.awaits(token))?.describe(ctx, answer)
    }

    // Time.

    /// Lets go what has waited too long; whether an answer that was owed was not made.
    pub(super) fn expire(
        &mut self,
        ctx: &mut Context,
        life: &Life,
        dialog: &mut Dialog,
        negotiation: &mut Negotiation,
    ) -> bool {
        let (mut unanswered, mut alone) = (false, Vec::new());
        let now = ctx.now;
        for waiting in self.waiting.iter_mut().filter(|waiting| waiting.is_overdue(now)) {
            if waiting.owes() {
                unanswered = true;
            } else {
                alone.push(waiting.prack.rseq);
            }
            waiting.release(ctx, Cause::MediaTimeout);
        }
        self.try_again(ctx);
        self.flush(ctx, dialog, negotiation);
        for rseq in alone.into_iter().filter(|_| !life.is_over()) {
            ctx.emit(Event::PrackAuto { call: self.call, dialog: self.dialog, rseq });
        }
        unanswered
    }

    /// When `expire` has something to do.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let waiting = self.waiting.iter().filter_map(Waiting::deadline).min();
        earlier(waiting, self.refused.as_ref().and_then(Refused::deadline))
    }

    // Queries.

    /// Whether none is on its way, but for the application's credentials: nobody asks for
    /// those once the call is over.
    pub(super) fn is_idle(&self) -> bool {
        self.sent.iter().all(|sent| sent.request.asked.is_some())
    }

    // Privates.

    fn send(&mut self, ctx: &mut Context, dialog: &mut Dialog, negotiation: &mut Negotiation, mut waiting: Waiting) {
        if waiting.prack.is_described() {
            let carries = matches!(waiting.prack.exchange, Exchange::Answered | Exchange::Offered);
            if negotiation.send(Carrier::Prack, carries).is_err() {
                // The peer was faster: its offer is open, and ours has to give way.
                waiting.withdraw_offer(ctx, Cause::Superseded);
            }
        }
        let Waiting { prack, body, headers, .. } = waiting;
        let mut draft = dialog.request("PRACK");
        draft.fields.push((Name::RAck, rack(prack.rseq, prack.invite_cseq)));
        draft.extra = headers;
        if let (Exchange::Offered, Some((_, offer))) = (&prack.exchange, &body) {
            draft.fields.extend(ctx.identity.requirement(offer));
        }
        draft.body = body;
        let request = ctx.send(draft, Owner::Call(self.call));
        // Mostly there is one at a time: no room for more in advance.
        self.sent.reserve_exact(1);
        self.sent.push(Sent { prack, request, renewed: false });
    }

    /// The PRACK that was refused is due again.
    fn try_again(&mut self, ctx: &Context) {
        if let Some(refused) = self.refused.take_if(|refused| refused.deadline().is_some_and(|at| at <= ctx.now)) {
            self.waiting.push_back(Waiting::again(refused));
        }
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

/// A command of the application comes to nothing.
fn fail(ctx: &mut Context, command: Option<RequestNumber>, cause: Cause) {
    if let Some(command) = command {
        ctx.settle(command, Err(Failure { cause, status: None, reason: None, retry_after: None }));
    }
}

/// The value of `RAck` (RFC 3262 section 7.2).
fn rack(rseq: u32, invite_cseq: u32) -> String {
    let (rseq, cseq) = (Decimal::new(rseq.into()), Decimal::new(invite_cseq.into()));
    [rseq.as_str(), " ", cseq.as_str(), " INVITE"].concat()
}
