//! The INVITE that we sent, and its forks, until the last straggler (RFC 3261 sections
//! 9.1 and 13.2, RFC 3262 section 4, RFC 6026).
//!
//! `provisional` takes what comes before the final response and acknowledges it, `finals`
//! what ends the INVITE, `cancel` what gives it up, `recovery` what a lost connection means,
//! `invite` is what it says; here are its states and its timers.

mod cancel;
mod finals;
mod invite;
mod provisional;
mod recovery;
mod refused;
mod update;

use crate::call::confirmed::{Confirmed, KeptAcks};
use crate::call::early::Early;
use crate::call::flood::Flood;
use crate::call::forked::Fork;
use crate::call::life::{End, Life};
use crate::call::pracks::Pracks;
use crate::call::session_timer::SessionTimer;
use crate::dialog::Dialog;
use crate::message::Message;
use crate::protocol::{
    Answer, CallId, CallOptions, Cause, DescriptionKind, DialogNumber, Media, PrackMode, Refusal, Rel100, Token,
};
use crate::time::{Duration, Instant, earlier};
use crate::transaction::{ClientId, ServerId};
use crate::usage::{Context, Owner, check_fields, check_target};
use alloc::boxed::Box;
use alloc::vec::Vec;

use cancel::Cancel;
pub(in crate::call) use invite::extensions;
use invite::{Invite, draft, patience};
use refused::Refused;

/// How many early dialogs one INVITE may have.
const FORKS: usize = 16;

/// The initial INVITE of an outgoing call.
///
/// ```text
///   Offering --description--> Calling --1xx--> Proceeding --2xx--> Accepted --64*T1--> Over
///      |                      |  ^  |              |  |               (forks: ACK, BYE)
///      |          401, 407    v  |  |    hangup    |  +--3xx..6xx--> Over
///      |                 Challenged |              v
///      +--hangup, failure--> Over <-+---------- Cancelling --487, 64*T1--> Over
///                                                  ^  |
///                          the connection is back, |  | no connection for 64*T1
///                                        too late  |  v (also from Proceeding)
///                                                 Stranded --Timer C--> Over
/// ```
#[derive(Debug)]
pub(in crate::call) struct Outgoing {
    call: CallId,
    invite: Invite,
    phase: Phase,
    rel100: Rel100,
    offers: bool,
    fallback: bool,
    forks: Vec<Early>,
    dialogs: u32,
    cancel: Option<Cancel>,
    no_answer: NoAnswer,
    /// The application sends the PRACKs.
    manual: bool,
    flood: Flood,
    /// That of the INVITE: each dialog has its own.
    timer: SessionTimer,
    /// The ACKs of the dialogs that are over: the 2xx of each may come again.
    kept: Vec<KeptAcks>,
    refused: Refused,
}

/// What a 2xx makes.
#[derive(Debug)]
pub(in crate::call) enum Answered {
    /// The confirmed dialog of the call.
    First(Box<Confirmed>),
    /// A call of its own.
    Further(Box<Fork>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Offering(Token),
    Challenged(Token),
    Calling,
    Proceeding,
    Cancelling {
        give_up_at: Instant,
    },
    /// Over for the application, for want of a connection; should that come back, to be cancelled.
    Stranded {
        until: Instant,
    },
    Accepted {
        until: Instant,
    },
    Over,
}

#[derive(Clone, Copy, Debug)]
struct NoAnswer {
    after: Option<Duration>,
    at: Option<Instant>,
}

impl Outgoing {
    pub(in crate::call) fn new(
        ctx: &mut Context,
        call: CallId,
        target: &str,
        options: CallOptions,
    ) -> Result<Self, Refusal> {
        check_target(target)?;
        check_fields(&options.headers)?;
        ctx.check_connected()?;
        let rel100 = options.rel100.unwrap_or(ctx.identity.rel100);
        let offers = options.media == Media::Offer;
        let timer = SessionTimer::new(ctx.session_timer);
        let mut outgoing = Self {
            call,
            invite: Invite::Drafted(Box::new(draft(ctx, target, rel100, &timer, &options))),
            phase: Phase::Calling,
            rel100,
            offers,
            fallback: options.rel100_fallback,
            forks: Vec::new(),
            dialogs: 0,
            cancel: None,
            no_answer: NoAnswer { after: patience(&options), at: None },
            manual: options.prack.unwrap_or(ctx.prack) == PrackMode::Manual,
            flood: Flood::default(),
            timer,
            kept: Vec::new(),
            refused: Refused::default(),
        };
        if offers {
            outgoing.phase = Phase::Offering(ctx.describe(call, None, DescriptionKind::Offer, None));
        } else {
            outgoing.send(ctx);
        }
        Ok(outgoing)
    }

    pub(in crate::call) fn local_tag(&self) -> &str {
        self.invite.parties().from_tag()
    }

    pub(in crate::call) fn is_invite(&self, id: ClientId) -> bool {
        self.invite.is(id)
    }

    pub(in crate::call) fn is_done(&self) -> bool {
        self.phase == Phase::Over && self.forks.is_empty() && self.refused.is_empty()
    }

    /// Whether a 2xx has come.
    pub(in crate::call) fn is_answered(&self) -> bool {
        matches!(self.phase, Phase::Accepted { .. })
    }

    /// Lets go of the dialogs that have been hung up.
    pub(in crate::call) fn tidy(&mut self, ctx: &Context) {
        for dialog in self.refused.settled(ctx.now) {
            self.keep_acks(dialog.into_acks());
        }
    }

    /// Takes over the ACKs of a dialog that is over.
    pub(in crate::call) fn keep_acks(&mut self, acks: KeptAcks) {
        if self.kept.len() < FORKS {
            // Most calls have one such dialog: no room for more in advance.
            self.kept.reserve_exact(1);
            self.kept.push(acks);
        }
    }

    /// Whether a response is of a dialog that is over, or is being hung up.
    fn is_of_the_past(&mut self, response: &Message) -> bool {
        self.kept.iter().any(|kept| kept.is_for(response)) || self.refused.with(response).is_some()
    }

    // Responses.

    /// The response to a request of this INVITE's, and what a 2xx made.
    pub(in crate::call) fn response(
        &mut self,
        ctx: &mut Context,
        life: &mut Life,
        id: ClientId,
        response: &Message,
        late: bool,
    ) -> Option<Answered> {
        if let Some(index) = self.forks.iter().position(|fork| fork.pracks.owns(id)) {
            self.prack_response(ctx, life, index, id, response);
            return None;
        }
        if !self.is_invite(id) {
            if !self.update_response(ctx, life, id, response) && !self.cancel_response(ctx, life, id, response) {
                self.refused.response(ctx, id, response);
            }
            return None;
        }
        self.settle_in(ctx);
        match response.status().unwrap_or_default() {
            100..200 if late => self.late(ctx, response),
            100..200 => self.provisional(ctx, life, response),
            200..300 => return self.success(ctx, life, response),
            _ => self.failure(ctx, life, response),
        }
        None
    }

    pub(in crate::call) fn timeout(&mut self, ctx: &mut Context, life: &mut Life, id: ClientId) {
        if self.is_invite(id) && ctx.flow().is_some() {
            self.over(ctx, life, End::system(Cause::Timeout).with_status(408));
        } else if ctx.flow().is_none() || self.update_timeout(ctx, life, id) {
            // Without a connection it waits, as the call does.
        } else if let Some(index) = self.forks.iter().position(|fork| fork.pracks.owns(id))
            && let Some(fork) = self.forks.get_mut(index)
        {
            let outcome = fork.pracks.timeout(ctx, life, &mut fork.negotiation, id);
            self.prack_outcome(ctx, life, index, outcome);
        } else {
            self.refused.timeout(ctx, id);
        }
    }

    // Requests in early dialogs.

    pub(in crate::call) fn request(&mut self, ctx: &mut Context, life: &Life, server: ServerId, request: Message) {
        let Some(request) = self.refused.request(ctx, server, request) else { return };
        match self.forks.iter_mut().find(|fork| fork.dialog.owns(&request)) {
            Some(fork) => fork.request(ctx, life, server, request),
            None => ctx.answer(server, &request, 481, None),
        }
    }

    // The application.

    pub(in crate::call) fn description(&mut self, ctx: &mut Context, life: &mut Life, token: Token, answer: Answer) {
        if self.phase == Phase::Offering(token) {
            match answer {
                Answer::Sdp(sdp) => {
                    if let Some(draft) = self.invite.draft_mut() {
                        draft.fields.extend(ctx.identity.requirement(&sdp));
                        draft.describe(sdp);
                    }
                    self.send(ctx);
                }
                Answer::Failed { cause, .. } => self.over(ctx, life, End::local(cause)),
            }
            return;
        }
        if let Some(fork) = self.forks.iter_mut().find(|fork| fork.awaits(token)) {
            if let Some(accepted) = fork.session().described(ctx, token, answer) {
                fork.session().tell_update(ctx, &accepted.request);
            }
            return;
        }
        let Some(fork) = self.forks.iter_mut().find(|fork| fork.pracks.awaits(token)) else { return };
        match fork.pracks.describe(ctx, token, answer) {
            Some(cause) => {
                fork.release(ctx);
                self.want_cancel(ctx, life, End::local(cause), Vec::new());
            }
            None => fork.pracks.flush(ctx, &mut fork.dialog, &mut fork.negotiation),
        }
    }

    pub(in crate::call) fn credentials(&mut self, ctx: &mut Context, life: &mut Life, token: Token, known: bool) {
        if self.phase == Phase::Challenged(token) {
            if known {
                self.retry(ctx);
            } else {
                self.over(ctx, life, End::local(Cause::Unauthorized).with_status(401));
            }
            return;
        }
        if self.update_credentials(ctx, token, known) {
            return;
        }
        let outcome = self.forks.iter_mut().enumerate().find_map(|(index, fork)| {
            let (dialog, negotiation) = (&mut fork.dialog, &mut fork.negotiation);
            let outcome = fork.pracks.credentials(ctx, life, dialog, negotiation, token, known)?;
            Some((index, outcome))
        });
        if let Some((index, outcome)) = outcome {
            self.prack_outcome(ctx, life, index, outcome);
        }
        self.refused.credentials(ctx, token, known);
    }

    // Time.

    pub(in crate::call) fn expire(&mut self, ctx: &mut Context, life: &mut Life) {
        if self.no_answer.at.is_some_and(|at| at <= ctx.now) {
            self.no_answer.at = None;
            self.want_cancel(ctx, life, End::local(Cause::NoAnswer), Vec::new());
        }
        if self.forks.iter_mut().fold(false, |unanswered, fork| fork.expire(ctx, life) | unanswered) {
            self.want_cancel(ctx, life, End::system(Cause::MediaTimeout), Vec::new());
        }
        match self.phase {
            Phase::Cancelling { give_up_at } if give_up_at <= ctx.now => {
                if self.cancel.as_ref().is_some_and(Cancel::is_wanted) {
                    self.strand(ctx, life);
                } else {
                    self.give_up(ctx, life, End::system(Cause::Timeout));
                }
            }
            Phase::Stranded { until } if until <= ctx.now => {
                self.give_up(ctx, life, End::system(Cause::Connection));
            }
            Phase::Accepted { until } if until <= ctx.now => {
                self.phase = Phase::Over;
                self.drop_forks(ctx);
                self.kept.clear();
            }
            Phase::Offering(_) | Phase::Challenged(_) | Phase::Calling | Phase::Proceeding | Phase::Over => {}
            Phase::Cancelling { .. } | Phase::Stranded { .. } | Phase::Accepted { .. } => {}
        }
    }

    pub(in crate::call) fn deadline(&self) -> Option<Instant> {
        let phase = match self.phase {
            Phase::Cancelling { give_up_at } => Some(give_up_at),
            Phase::Stranded { until } | Phase::Accepted { until } => Some(until),
            Phase::Offering(_) | Phase::Challenged(_) | Phase::Calling | Phase::Proceeding | Phase::Over => None,
        };
        let forks = self.forks.iter().fold(None, |least, fork| earlier(least, fork.deadline()));
        let no_answer = self.no_answer.at.filter(|_| matches!(self.phase, Phase::Calling | Phase::Proceeding));
        earlier(earlier(phase, forks), earlier(no_answer, self.refused.deadline()))
    }

    // Privates.

    fn over(&mut self, ctx: &mut Context, life: &mut Life, end: End) {
        let end = self.cancel.take().map_or(end, |cancel| cancel.end);
        self.phase = Phase::Over;
        self.drop_forks(ctx);
        life.end(ctx, end);
    }

    fn send(&mut self, ctx: &mut Context) {
        self.no_answer.at = self.no_answer.after.map(|after| ctx.now + after);
        let Some(draft) = self.invite.draft_mut().map(core::mem::take) else { return };
        self.invite = Invite::Sent(Box::new(ctx.send(draft, Owner::Call(self.call))));
        self.phase = Phase::Calling;
    }

    /// All early dialogs are over; PRACKs on their way run out in silence.
    fn drop_forks(&mut self, ctx: &mut Context) {
        for mut fork in self.forks.drain(..) {
            fork.abandon(ctx);
        }
    }

    fn fork(&self, tag: &str) -> Option<usize> {
        self.forks.iter().position(|fork| fork.dialog.is_with(tag))
    }

    fn new_fork(&mut self, response: &Message) -> Option<usize> {
        if !self.has_room() {
            return None;
        }
        let early = self.early(response)?;
        if self.forks.len() >= FORKS
            && let Some(spent) = self.forks.iter().position(Early::is_spent)
        {
            self.forks.swap_remove(spent);
        }
        // Most calls have one fork, and a fork is large: no room for more in advance.
        self.forks.reserve_exact(1);
        self.forks.push(early);
        Some(self.forks.len() - 1)
    }

    /// Whether one more early dialog can be had; one that is over gives its place.
    fn has_room(&self) -> bool {
        self.forks.len() < FORKS || self.forks.iter().any(Early::is_spent)
    }

    fn early(&mut self, response: &Message) -> Option<Early> {
        let dialog = Dialog::from_response(self.invite.parties(), response)?;
        let number = DialogNumber(self.dialogs);
        self.dialogs += 1;
        let pracks = Pracks::new(self.call, number, self.manual);
        Some(Early::new(self.call, self.rel100, number, dialog, pracks, self.offers, self.timer.of_dialog()))
    }
}
