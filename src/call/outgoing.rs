//! The INVITE that we sent, and its forks, until the last straggler (RFC 3261 sections
//! 9.1 and 13.2, RFC 3262 section 4, RFC 6026).

use super::confirmed::Confirmed;
use super::early::Early;
use super::life::{End, Life};
use super::pracks::{FLOOD, Outcome};
use crate::dialog::{Dialog, Draft};
use crate::message::{Message, Name};
use crate::negotiation::{Carrier, Meaning};
use crate::protocol::{
    Answer, CallId, CallOptions, Cause, DescriptionKind, DialogNumber, Event, Field, Media, ProgressKind, Refusal,
    RefusalCode, Rel100, Severity, Token,
};
use crate::reliability::Reception;
use crate::sdp;
use crate::time::{Duration, Instant, earlier};
use crate::transaction::{ClientId, ServerId};
use crate::usage::{Challenge, Context, Owner, Request, allow, check_fields, check_target, headers};
use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

/// How many early dialogs one INVITE may have.
const FORKS: usize = 16;
/// How many provisional responses within a minute are a flood.
const PROVISIONALS: u32 = 600;

/// The initial INVITE of an outgoing call.
///
/// ```text
///   Offering --description--> Calling --1xx--> Proceeding --2xx--> Accepted --64*T1--> Over
///      |                      |  ^  |              |  |               (forks: ACK, BYE)
///      |          401, 407    v  |  |    hangup    |  +--3xx..6xx--> Over
///      |                 Challenged |              v
///      +--hangup, failure--> Over <-+---------- Cancelling --487, 64*T1--> Over
/// ```
#[derive(Debug)]
pub(super) struct Outgoing {
    call: CallId,
    draft: Draft,
    invite: Option<Request>,
    phase: Phase,
    rel100: Rel100,
    offers: bool,
    fallback: bool,
    forks: Vec<Early>,
    dialogs: u32,
    cancel: Option<Cancel>,
    no_answer: NoAnswer,
    flood: Flood,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Offering(Token),
    Challenged(Token),
    Calling,
    Proceeding,
    Cancelling { give_up_at: Instant },
    Accepted { until: Instant },
    Over,
}

/// The wish to cancel, and why.
#[derive(Debug)]
struct Cancel {
    end: End,
    headers: Vec<Field>,
}

#[derive(Clone, Copy, Debug)]
struct NoAnswer {
    after: Option<Duration>,
    at: Option<Instant>,
}

/// Provisional responses within the present minute.
#[derive(Clone, Copy, Debug)]
struct Flood {
    since: Instant,
    count: u32,
}

impl Outgoing {
    pub(super) fn new(ctx: &mut Context, call: CallId, target: &str, options: CallOptions) -> Result<Self, Refusal> {
        check_target(target)?;
        check_fields(&options.headers)?;
        if ctx.flow().is_none() {
            return Err(Refusal::new(RefusalCode::NotConnected, "there is no connection"));
        }
        let rel100 = options.rel100.unwrap_or(ctx.identity.rel100);
        let offers = options.media == Media::Offer;
        let mut outgoing = Self {
            call,
            draft: draft(ctx, target, rel100, &options),
            invite: None,
            phase: Phase::Calling,
            rel100,
            offers,
            fallback: options.rel100_fallback,
            forks: Vec::new(),
            dialogs: 0,
            cancel: None,
            no_answer: NoAnswer {
                after: options.no_answer_timeout.map(|ms| Duration::from_millis(ms.into())),
                at: None,
            },
            flood: Flood { since: ctx.now, count: 0 },
        };
        if offers {
            outgoing.phase = Phase::Offering(ctx.describe(call, None, DescriptionKind::Offer, None));
        } else {
            outgoing.invite(ctx);
        }
        Ok(outgoing)
    }

    pub(super) fn local_tag(&self) -> &str {
        &self.draft.from_tag
    }

    pub(super) fn is_invite(&self, id: ClientId) -> bool {
        self.invite.as_ref().is_some_and(|invite| invite.id == id)
    }

    pub(super) fn is_done(&self) -> bool {
        self.phase == Phase::Over && self.forks.is_empty()
    }

    // Responses.

    /// The response to a request of this INVITE's; the confirmed dialog, when it made one.
    pub(super) fn response(
        &mut self,
        ctx: &mut Context,
        life: &mut Life,
        id: ClientId,
        response: &Message,
        late: bool,
    ) -> Option<Confirmed> {
        if let Some(index) = self.forks.iter().position(|fork| fork.pracks.owns(id)) {
            self.prack_response(ctx, life, index, id, response);
            return None;
        }
        if !self.is_invite(id) {
            return None;
        }
        match response.status().unwrap_or_default() {
            100..200 if late => self.late(ctx, response),
            100..200 => self.provisional(ctx, life, response),
            200..300 => return self.success(ctx, life, response),
            _ => self.failure(ctx, life, response),
        }
        None
    }

    pub(super) fn timeout(&mut self, ctx: &mut Context, life: &mut Life, id: ClientId) {
        if self.is_invite(id) {
            self.over(ctx, life, End::system(Cause::Timeout).with_status(408));
        } else if let Some(index) = self.forks.iter().position(|fork| fork.pracks.owns(id))
            && let Some(fork) = self.forks.get_mut(index)
        {
            let outcome = fork.pracks.timeout(ctx, life, fork.number, id);
            self.prack_outcome(ctx, index, outcome);
        }
    }

    fn provisional(&mut self, ctx: &mut Context, life: &mut Life, response: &Message) {
        if response.status() != Some(100) {
            if self.flooded(ctx.now) {
                self.want_cancel(ctx, End::system(Cause::Flood), Vec::new());
            }
            match (response.to_tag(), self.reliable(ctx, response)) {
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

    /// The `RSeq` of a response that is to be acknowledged (RFC 3262 section 4): `100rel`
    /// required, the number well-formed, and the extension not switched off.
    fn reliable(&self, ctx: &mut Context, response: &Message) -> Option<u32> {
        if !response.has_token(Name::Require, "100rel") {
            if self.rel100 == Rel100::Required {
                ctx.diagnose(Some(self.call), Severity::Warning, "unreliable-despite-require");
            }
            return None;
        }
        if self.rel100 == Rel100::None {
            ctx.diagnose(Some(self.call), Severity::Warning, "unsolicited-100rel");
            return None;
        }
        let rseq = response.rseq().ok().flatten();
        if rseq.is_none() {
            ctx.diagnose(Some(self.call), Severity::Warning, "bad-rseq");
        }
        rseq
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
        if fork.negotiation.receive(Carrier::Unreliable) != Meaning::Preview {
            return ProgressKind::None;
        }
        fork.previewed = true;
        let (call, dialog) = (self.call, fork.number);
        ctx.emit(Event::Remote { call, dialog, kind: ProgressKind::Preview, sdp: sdp.to_owned(), commit: false });
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
        if fork.dialog.is_direct() {
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

    /// Sends the PRACK, or has it wait for the answer to the offer in the response.
    fn acknowledge(&mut self, ctx: &mut Context, index: usize, response: &Message, rseq: u32) -> ProgressKind {
        let Some(fork) = self.forks.get_mut(index) else { return ProgressKind::None };
        let (call, dialog) = (self.call, fork.number);
        let sdp = response.description().map(ToOwned::to_owned);
        let meaning = sdp.as_ref().map_or(Meaning::Ignored, |_| fork.negotiation.receive(Carrier::Reliable));
        let token = (meaning == Meaning::Offer).then(|| {
            fork.offer = sdp.clone();
            ctx.describe(call, Some(dialog), DescriptionKind::Answer, sdp.clone())
        });
        let cseq = response.cseq().number;
        fork.pracks.acknowledge(ctx.now, rseq, cseq, token);
        fork.pracks.flush(ctx, &mut fork.dialog, Owner::Call(call));
        match (meaning, sdp, token) {
            (Meaning::Answer, Some(sdp), _) => {
                ctx.emit(Event::Remote { call, dialog, kind: ProgressKind::Answer, sdp, commit: false });
                ProgressKind::Answer
            }
            (Meaning::Offer, _, Some(token)) => {
                if self.cancel.is_some() {
                    self.reject_offer(ctx, index, token);
                }
                ProgressKind::Offer
            }
            _ => ProgressKind::None,
        }
    }

    /// Answers an offer that nobody wants any more: every stream rejected (RFC 6337 section 5.2.4).
    fn reject_offer(&mut self, ctx: &mut Context, index: usize, token: Token) {
        let Some(fork) = self.forks.get_mut(index) else { return };
        let answer = sdp::rejection(fork.offer.as_deref().unwrap_or_default());
        ctx.answered(token);
        fork.pracks.describe(token, answer);
        if fork.pracks.flush(ctx, &mut fork.dialog, Owner::Call(self.call)) {
            fork.negotiation.answer();
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
        let status = response.reasons().find_map(|reason| reason.cause).and_then(|cause| u16::try_from(cause).ok());
        ctx.emit(Event::DialogEnded { call: self.call, dialog: fork.number, status });
    }

    /// A provisional response that a 2xx has overtaken: acknowledged, and otherwise without effect.
    fn late(&mut self, ctx: &mut Context, response: &Message) {
        let Some(tag) = response.to_tag() else { return };
        if !self.offers || !response.has_token(Name::Require, "100rel") {
            return;
        }
        let Ok(Some(rseq)) = response.rseq() else { return };
        let Some(index) = self.fork(tag).or_else(|| self.new_fork(response)) else { return };
        let Some(fork) = self.forks.get_mut(index) else { return };
        if fork.pracks.receive(rseq) == Reception::Next {
            fork.pracks.acknowledge(ctx.now, rseq, response.cseq().number, None);
            fork.pracks.flush(ctx, &mut fork.dialog, Owner::Call(self.call));
        }
    }

    // Final responses.

    fn success(&mut self, ctx: &mut Context, life: &mut Life, response: &Message) -> Option<Confirmed> {
        let first = !matches!(self.phase, Phase::Accepted { .. } | Phase::Over);
        let index = response.to_tag().and_then(|tag| self.fork(tag));
        let mut early = match index {
            Some(index) => self.forks.swap_remove(index),
            None => self.early(response)?,
        };
        early.dialog.refresh_route(response);
        early.dialog.refresh_target(response);
        if first {
            self.phase = Phase::Accepted { until: ctx.now + ctx.timers.lifetime() };
        }
        let mut confirmed = Confirmed::outgoing(self.call, early);
        match self.cancel.take() {
            // The CANCEL came too late (RFC 3261 section 9.1), or it is a further fork's 2xx.
            Some(cancel) if first => confirmed.refuse(ctx, life, response, Some(cancel.end)),
            _ if !first || life.is_over() => confirmed.refuse(ctx, life, response, None),
            _ => {
                confirmed.answered(ctx, life, response);
                return Some(confirmed);
            }
        }
        first.then_some(confirmed)
    }

    fn failure(&mut self, ctx: &mut Context, life: &mut Life, response: &Message) {
        self.forks.clear();
        if let Some(cancel) = self.cancel.take() {
            let status = response.status().unwrap_or_default();
            return self.over(ctx, life, cancel.end.with_status(status));
        }
        let again = match response.status() {
            Some(401 | 407) => self.challenged(ctx, response),
            Some(420) => self.fall_back(ctx, response, Name::Unsupported, Rel100::Required, Rel100::None),
            Some(421) => self.fall_back(ctx, response, Name::Require, Rel100::None, Rel100::Supported),
            _ => false,
        };
        if !again {
            self.over(ctx, life, End::rejected(response));
        }
    }

    fn challenged(&mut self, ctx: &mut Context, response: &Message) -> bool {
        let Some(invite) = &mut self.invite else { return false };
        match ctx.challenge(invite, response) {
            Challenge::Retry => self.retry(ctx),
            Challenge::Asked(token) => self.phase = Phase::Challenged(token),
            Challenge::Failed => return false,
        }
        true
    }

    fn retry(&mut self, ctx: &mut Context) {
        let Some(invite) = &mut self.invite else { return };
        self.draft.cseq += 1;
        ctx.resend(invite, self.draft.cseq);
        self.phase = Phase::Calling;
    }

    /// Tries once more with the other policy, where the application wants it so.
    fn fall_back(&mut self, ctx: &mut Context, response: &Message, name: Name, from: Rel100, to: Rel100) -> bool {
        let wanted = self.fallback && self.rel100 == from && response.has_token(name, "100rel");
        let Some(invite) = self.invite.as_mut().filter(|_| wanted) else { return false };
        self.fallback = false;
        self.rel100 = to;
        invite.draft.fields.retain(|(name, _)| !matches!(name, Name::Allow | Name::Supported | Name::Require));
        invite.draft.fields.extend(extensions(to));
        self.retry(ctx);
        true
    }

    fn over(&mut self, ctx: &mut Context, life: &mut Life, end: End) {
        let end = self.cancel.take().map_or(end, |cancel| cancel.end);
        self.phase = Phase::Over;
        self.forks.clear();
        life.end(ctx, end);
    }

    // PRACK.

    fn prack_response(&mut self, ctx: &mut Context, life: &mut Life, index: usize, id: ClientId, response: &Message) {
        let Some(fork) = self.forks.get_mut(index) else { return };
        let outcome = fork.pracks.response(ctx, life, fork.number, &mut fork.dialog, id, response);
        self.prack_outcome(ctx, index, outcome);
    }

    fn prack_outcome(&mut self, ctx: &mut Context, index: usize, outcome: Outcome) {
        let others = self.forks.iter().enumerate().any(|(other, fork)| other != index && !fork.ended);
        match outcome {
            Outcome::Continue => {}
            Outcome::Timeout if others => {
                if let Some(mut fork) = (index < self.forks.len()).then(|| self.forks.swap_remove(index)) {
                    ctx.send(fork.dialog.request("BYE"), Owner::Call(self.call));
                    ctx.emit(Event::DialogEnded { call: self.call, dialog: fork.number, status: Some(408) });
                }
            }
            Outcome::Timeout => self.want_cancel(ctx, End::system(Cause::Timeout), Vec::new()),
            Outcome::AnswerLost => self.want_cancel(ctx, End::system(Cause::PrackFailed), Vec::new()),
        }
    }

    // Requests in early dialogs.

    pub(super) fn request(&mut self, ctx: &mut Context, life: &Life, server: ServerId, request: Message) {
        let call = self.call;
        match self.forks.iter_mut().find(|fork| fork.dialog.owns(&request)) {
            Some(fork) => fork.request(ctx, life, call, server, request),
            None => ctx.answer(server, &request, 481, None),
        }
    }

    // The application.

    pub(super) fn description(&mut self, ctx: &mut Context, life: &mut Life, token: Token, answer: Answer) {
        if self.phase == Phase::Offering(token) {
            match answer {
                Answer::Sdp(sdp) => {
                    self.draft.describe(sdp);
                    self.invite(ctx);
                }
                Answer::Failed { cause, .. } => self.over(ctx, life, End::local(cause)),
            }
            return;
        }
        if let Some(fork) = self.forks.iter_mut().find(|fork| fork.awaits(token)) {
            return fork.answer_request(ctx, answer);
        }
        let Some(index) = self.forks.iter().position(|fork| fork.pracks.awaits(token)) else { return };
        let Some(fork) = self.forks.get_mut(index) else { return };
        match answer {
            Answer::Sdp(sdp) => {
                fork.pracks.describe(token, sdp);
                if fork.pracks.flush(ctx, &mut fork.dialog, Owner::Call(self.call)) {
                    fork.negotiation.answer();
                }
            }
            Answer::Failed { cause, .. } => {
                self.reject_offer(ctx, index, token);
                self.want_cancel(ctx, End::local(cause), Vec::new());
            }
        }
    }

    pub(super) fn credentials(&mut self, ctx: &mut Context, life: &mut Life, token: Token, known: bool) {
        if self.phase == Phase::Challenged(token) {
            if known {
                self.retry(ctx);
            } else {
                self.over(ctx, life, End::local(Cause::Unauthorized).with_status(401));
            }
            return;
        }
        for fork in &mut self.forks {
            if fork.pracks.credentials(ctx, &mut fork.dialog, token, known) {
                return;
            }
        }
    }

    pub(super) fn hangup(&mut self, ctx: &mut Context, life: &mut Life, headers: &[Field]) {
        match self.phase {
            Phase::Offering(_) | Phase::Challenged(_) => self.over(ctx, life, End::local(Cause::Cancelled)),
            Phase::Calling | Phase::Proceeding => {
                self.want_cancel(ctx, End::local(Cause::Cancelled), headers.to_owned());
                self.cancel_when_allowed(ctx);
            }
            Phase::Cancelling { .. } | Phase::Accepted { .. } | Phase::Over => {}
        }
    }

    // Time.

    pub(super) fn expire(&mut self, ctx: &mut Context, life: &mut Life) {
        if self.no_answer.at.is_some_and(|at| at <= ctx.now) {
            self.no_answer.at = None;
            self.want_cancel(ctx, End::local(Cause::NoAnswer), Vec::new());
        }
        for index in 0..self.forks.len() {
            while let Some(token) = self.forks.get(index).and_then(|fork| fork.pracks.overdue(ctx.now)) {
                self.reject_offer(ctx, index, token);
                self.want_cancel(ctx, End::system(Cause::MediaTimeout), Vec::new());
            }
            if let Some(fork) = self.forks.get_mut(index) {
                fork.expire(ctx);
            }
        }
        self.cancel_when_allowed(ctx);
        match self.phase {
            Phase::Cancelling { give_up_at } if give_up_at <= ctx.now => {
                if let Some(invite) = &self.invite {
                    ctx.abandon(invite.id);
                }
                self.over(ctx, life, End::system(Cause::Timeout));
            }
            Phase::Accepted { until } if until <= ctx.now => {
                self.phase = Phase::Over;
                self.forks.clear();
            }
            Phase::Offering(_) | Phase::Challenged(_) | Phase::Calling | Phase::Proceeding | Phase::Over => {}
            Phase::Cancelling { .. } | Phase::Accepted { .. } => {}
        }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        let phase = match self.phase {
            Phase::Cancelling { give_up_at } => Some(give_up_at),
            Phase::Accepted { until } => Some(until),
            Phase::Offering(_) | Phase::Challenged(_) | Phase::Calling | Phase::Proceeding | Phase::Over => None,
        };
        let forks = self.forks.iter().fold(None, |least, fork| earlier(least, fork.deadline()));
        let no_answer = self.no_answer.at.filter(|_| matches!(self.phase, Phase::Calling | Phase::Proceeding));
        earlier(earlier(phase, forks), no_answer)
    }

    // Privates.

    fn invite(&mut self, ctx: &mut Context) {
        self.no_answer.at = self.no_answer.after.map(|after| ctx.now + after);
        self.invite = Some(ctx.send(self.draft.clone(), Owner::Call(self.call)));
        self.phase = Phase::Calling;
    }

    fn want_cancel(&mut self, ctx: &mut Context, end: End, headers: Vec<Field>) {
        if self.cancel.is_none() && matches!(self.phase, Phase::Calling | Phase::Proceeding) {
            self.cancel = Some(Cancel { end, headers });
            self.no_answer.at = None;
            self.cancel_when_allowed(ctx);
        }
    }

    /// A CANCEL may leave only after a provisional response (RFC 3261 section 9.1).
    fn cancel_when_allowed(&mut self, ctx: &mut Context) {
        let (Some(invite), Some(cancel), Phase::Proceeding) = (&self.invite, &self.cancel, self.phase) else { return };
        ctx.cancel(invite, &cancel.headers);
        self.phase = Phase::Cancelling { give_up_at: ctx.now + ctx.timers.lifetime() };
    }

    fn fork(&self, tag: &str) -> Option<usize> {
        self.forks.iter().position(|fork| fork.dialog.is_with(tag))
    }

    fn new_fork(&mut self, response: &Message) -> Option<usize> {
        if self.forks.len() >= FORKS {
            return None;
        }
        let early = self.early(response)?;
        self.forks.push(early);
        Some(self.forks.len() - 1)
    }

    fn early(&mut self, response: &Message) -> Option<Early> {
        let dialog = Dialog::from_response(&self.draft, response)?;
        let number = DialogNumber(self.dialogs);
        self.dialogs += 1;
        Some(Early::new(number, dialog, self.offers))
    }

    fn flooded(&mut self, now: Instant) -> bool {
        if now.since(self.flood.since) >= Duration::from_secs(60) {
            self.flood = Flood { since: now, count: 0 };
        }
        self.flood.count += 1;
        self.flood.count > PROVISIONALS
    }
}

fn draft(ctx: &mut Context, target: &str, rel100: Rel100, options: &CallOptions) -> Draft {
    let mut to = String::new();
    if let Some(name) = options.display_name.as_deref().filter(|name| !name.is_empty()) {
        crate::message::append_quoted(&mut to, name);
        to.push(' ');
    }
    to.push('<');
    to.push_str(target);
    to.push('>');
    let mut draft = ctx.draft("INVITE", target, to);
    draft.fields.push((Name::Contact, ["<", &ctx.identity.contact, ">"].concat()));
    draft.fields.extend(extensions(rel100));
    draft.extra.clone_from(&options.headers);
    draft
}

/// Allow, Supported and Require under a policy (RFC 3262 section 4; RFC 6228 section 4 for 199).
fn extensions(rel100: Rel100) -> Vec<(Name, String)> {
    let mut fields = Vec::with_capacity(3);
    fields.push((Name::Allow, allow(rel100).to_owned()));
    match rel100 {
        Rel100::None => fields.push((Name::Supported, "199, outbound".to_owned())),
        Rel100::Supported => fields.push((Name::Supported, "100rel, 199, outbound".to_owned())),
        Rel100::Required => {
            fields.push((Name::Supported, "100rel, outbound".to_owned()));
            fields.push((Name::Require, "100rel".to_owned()));
        }
    }
    fields
}
