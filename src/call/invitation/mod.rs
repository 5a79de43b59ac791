//! An INVITE that we received, until the last straggler (RFC 3261 sections 13.3 and 14.2,
//! RFC 3262 section 3).
//!
//! It serves the initial INVITE of a call and re-INVITEs alike, and knows neither what a
//! call nor what a confirmed dialog makes of its end: [`Outcome`] tells them. `provisional`
//! sends what comes before the final response, `prack` takes its acknowledgements, `finals`
//! ends the INVITE.

mod finals;
mod prack;
mod provisional;

pub(super) use prack::receive as receive_prack;

use super::life::End;
use super::offer::PendingOffer;
use super::session_timer::SessionTimer;
use super::success::Success;
use crate::dialog::Dialog;
use crate::message::{Message, Name};
use crate::negotiation::Negotiation;
use crate::protocol::{
    Answer, CallId, Cause, DescriptionKind, DialogNumber, Field, PeerRel100, Rel100, RequestNumber, Token,
};
use crate::reliability::Sender;
use crate::time::{Duration, Instant, earlier};
use crate::transaction::ServerId;
use crate::usage::Context;
use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use prack::Answered;
use provisional::{Last, Queued};

/// How long the media layer may take when nobody but it is asked.
const DEADLINE: Duration = Duration::from_secs(10);

/// One INVITE, initial or inside its dialog.
///
/// ```text
///   Open --accept--> Accepting --(description, PRACK of one that carried it)--> 200: Final
///    |                   |                                                        |
///    +-- reject, CANCEL, BYE, Expires, no PRACK --> 3xx..6xx: Final --64*T1--> Over
/// ```
///
/// A re-INVITE that only the media layer is asked about is Accepting from the beginning.
#[derive(Debug)]
pub(super) struct Invitation {
    call: CallId,
    number: DialogNumber,
    server: ServerId,
    cseq: u32,
    /// Whether it is a re-INVITE.
    inside: bool,
    /// Until its final response is sent.
    invite: Option<Message>,
    peer: PeerRel100,
    phase: Phase,
    /// Whether it came with an offer.
    offered: bool,
    ours: Ours,
    sender: Sender<Queued>,
    /// Unreliable responses: the first waits for our description, the others for that one.
    previews: Vec<Queued>,
    /// The command that the outstanding response settles, and the number of that.
    outstanding: Option<(RequestNumber, u32)>,
    /// What keeps it alive at the proxies.
    last: Option<Last>,
    /// The application knows that no further response can be reliable.
    told_exhausted: bool,
    /// A PRACK whose offer is being answered.
    offer: Option<PendingOffer>,
    answered: Vec<Answered>,
    expires_at: Option<Instant>,
    /// When our description is overdue: where only the media layer is asked, nobody else would
    /// end the waiting.
    overdue_at: Option<Instant>,
    /// Nobody acknowledged: the application has until the next turn to choose the status.
    unacknowledged: Option<Instant>,
}

#[derive(Debug)]
enum Phase {
    Open,
    /// The 200 is decided, by a command or by the core itself.
    Accepting {
        request: Option<RequestNumber>,
        headers: Vec<Field>,
    },
    /// `success`: by a 200, so that the dialog lives on.
    Final {
        until: Instant,
        success: bool,
    },
    Over,
}

/// Our session description, as long as it may be needed.
#[derive(Debug)]
enum Ours {
    None,
    Asked(Token),
    Made(String),
}

/// What an INVITE acts upon: the dialog that it makes, or is inside of.
pub(super) struct Scope<'a> {
    pub dialog: &'a mut Dialog,
    pub negotiation: &'a mut Negotiation,
    pub timer: &'a mut SessionTimer,
}

/// What became of it in this turn.
#[must_use]
#[derive(Debug)]
pub(super) enum Outcome {
    /// Nothing new: it is still open, or was over before.
    Unchanged,
    /// Its 200 has left.
    Accepted(Accepted),
    /// A failure response has left, for this reason.
    Rejected {
        end: End,
        /// The media layer is still at an offer, ours or the peer's.
        open: bool,
    },
}

/// The 200 that has left.
#[derive(Debug)]
pub(super) struct Accepted {
    /// Repeats it until its ACK.
    pub success: Success,
    /// The command that it settles.
    pub request: Option<RequestNumber>,
    /// The offer that the INVITE carried.
    pub remote: Option<String>,
}

impl Invitation {
    /// The INVITE that arrived as `server`, of the call's dialog `number`.
    pub(super) fn new(
        ctx: &mut Context,
        call: CallId,
        number: DialogNumber,
        server: ServerId,
        invite: Message,
    ) -> Self {
        // RFC 3262 section 3: uniform in 1..2^31-1.
        let first = ctx.answering.first_rseq.unwrap_or_else(|| 1 + ctx.random.below((1 << 31) - 1));
        ctx.adopt(server, call);
        Self {
            call,
            number,
            server,
            cseq: invite.cseq().number,
            inside: invite.to_tag().is_some(),
            peer: peer_rel100(&invite),
            phase: Phase::Open,
            offered: invite.description().is_some(),
            ours: Ours::None,
            sender: Sender::new(first),
            previews: Vec::new(),
            outstanding: None,
            last: None,
            told_exhausted: false,
            offer: None,
            answered: Vec::new(),
            expires_at: invite.expires().map(|seconds| ctx.now + Duration::from_secs(seconds.into())),
            overdue_at: None,
            unacknowledged: None,
            invite: Some(invite),
        }
    }

    /// What the caller says of `100rel`.
    pub(super) fn peer_rel100(&self) -> PeerRel100 {
        self.peer
    }

    /// Whether it carries an offer.
    pub(super) fn has_offer(&self) -> bool {
        self.offered
    }

    /// Its number.
    pub(super) fn cseq(&self) -> u32 {
        self.cseq
    }

    /// Whether the caller has had a response that makes the dialog.
    pub(super) fn has_responded(&self) -> bool {
        self.last.is_some()
    }

    /// Whether no final response has been sent.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.phase, Phase::Open | Phase::Accepting { .. })
    }

    /// Whether nothing is left to do.
    pub(super) fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Over)
    }

    /// Whether a PRACK, or its repetition, is all that could still come.
    pub(super) fn is_settled(&self) -> bool {
        !self.is_open() && !self.sender.awaits_late() && self.answered.is_empty()
    }

    /// Whether `server` is its transaction.
    pub(super) fn is(&self, server: ServerId) -> bool {
        self.server == server
    }

    /// Nobody keeps it any more. The transaction of an initial one stays its call's until it
    /// ends: a CANCEL that comes too late is answered under the tag of the call.
    pub(super) fn retire(&self, ctx: &mut Context) {
        if self.inside {
            ctx.disown(self.server);
        }
    }

    /// A 100 for whichever request has waited long enough: the INVITE, or a PRACK.
    pub(super) fn trying_due(&self, ctx: &mut Context, server: ServerId) {
        if let Some(invite) = self.invite.as_ref().filter(|_| server == self.server) {
            ctx.answer(server, invite, 100, None);
        } else if let Some(offer) = &self.offer {
            offer.trying_due(ctx, server);
        }
    }

    /// The connection is back: what waits for its PRACK goes at once.
    pub(super) fn recovered(&mut self, ctx: &mut Context) {
        if let Some(frame) = self.sender.recover(ctx.now) {
            ctx.transmit(frame.to_owned());
        }
    }

    // The media layer.

    /// Asks for our description, once.
    fn ask(&mut self, ctx: &mut Context) {
        if !matches!(self.ours, Ours::None) {
            return;
        }
        let remote = self.invite.as_ref().and_then(Message::description).map(ToOwned::to_owned);
        let kind = if self.offered { DescriptionKind::Answer } else { DescriptionKind::Offer };
        self.ours = Ours::Asked(ctx.describe(self.call, Some(self.number), kind, remote));
    }

    pub(super) fn awaits(&self, token: Token) -> bool {
        matches!(self.ours, Ours::Asked(asked) if asked == token)
            || self.offer.as_ref().is_some_and(|offer| offer.token == token)
    }

    /// The media layer has answered.
    pub(super) fn description(
        &mut self,
        ctx: &mut Context,
        scope: &mut Scope,
        token: Token,
        answer: Answer,
    ) -> Outcome {
        if let Some(offer) = self.offer.take_if(|offer| offer.token == token) {
            return self.answer_offer(ctx, scope, &offer, answer);
        }
        if !self.awaits(token) || !self.is_open() {
            return Outcome::Unchanged;
        }
        match answer {
            Answer::Sdp(sdp) => {
                self.ours = Ours::Made(sdp);
                self.overdue_at = None;
                self.send_previews(ctx, scope);
                self.proceed(ctx, scope)
            }
            Answer::Failed { status, cause } => self.media_failed(ctx, scope, status, cause),
        }
    }

    /// What waited: a 200 that is decided, or the next provisional responses.
    pub(super) fn proceed(&mut self, ctx: &mut Context, scope: &mut Scope) -> Outcome {
        if matches!(self.phase, Phase::Accepting { .. }) {
            return self.try_answer(ctx, scope);
        }
        self.send_queued(ctx, scope);
        Outcome::Unchanged
    }

    // Time.

    /// Acts on the deadlines that have passed.
    pub(super) fn expire(&mut self, ctx: &mut Context, scope: &mut Scope) -> Outcome {
        self.answered.retain(|answered| answered.until > ctx.now);
        match self.phase {
            Phase::Open | Phase::Accepting { .. } => return self.expire_open(ctx, scope),
            Phase::Final { until, .. } if until <= ctx.now => {
                self.phase = Phase::Over;
                ctx.disown(self.server);
            }
            Phase::Final { .. } | Phase::Over => {}
        }
        Outcome::Unchanged
    }

    fn expire_open(&mut self, ctx: &mut Context, scope: &mut Scope) -> Outcome {
        let due = |at: Option<Instant>| at.is_some_and(|at| at <= ctx.now);
        if due(self.unacknowledged) {
            return self.finish(ctx, scope, 504, End::system(Cause::NoPrack).with_status(504));
        }
        // After a long sleep both may be due: what came first counts.
        if due(self.expires_at) && self.sender.gives_up_at().is_none_or(|at| self.expires_at <= Some(at)) {
            // RFC 3261 section 13.3.1: the invitation expired before it was answered.
            return self.finish(ctx, scope, 487, End::system(Cause::NoAnswer).with_status(487));
        }
        if due(self.overdue_at) {
            return self.media_failed(ctx, scope, 488, Cause::MediaTimeout);
        }
        self.expire_sender(ctx);
        let outcome = self.expire_offer(ctx, scope);
        if self.is_open() && self.unacknowledged.is_none() {
            self.keep_alive(ctx, scope);
        }
        outcome
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        match self.phase {
            Phase::Final { until, .. } => Some(until),
            Phase::Over => None,
            Phase::Open | Phase::Accepting { .. } => {
                let offer = self.offer.as_ref().map(PendingOffer::deadline);
                let again = self.last.as_ref().and_then(|last| last.again_at);
                [again, offer, self.expires_at, self.overdue_at, self.unacknowledged]
                    .into_iter()
                    .fold(self.sender.deadline(), earlier)
            }
        }
    }

    // Privates.

    /// Whether the final response is not even on its way: a response that nobody acknowledged
    /// leaves no other than a failure (RFC 3262 section 3).
    fn is_undecided(&self) -> bool {
        matches!(self.phase, Phase::Open) && self.unacknowledged.is_none()
    }

    /// Whether reliable provisional responses may be sent: both sides have `100rel`.
    fn may_be_reliable(&self, ctx: &Context) -> bool {
        self.peer != PeerRel100::None && ctx.identity.rel100 != Rel100::None
    }

    /// Whether no unreliable ones may be sent.
    fn must_be_reliable(&self, ctx: &Context) -> bool {
        self.peer == PeerRel100::Required || (self.may_be_reliable(ctx) && ctx.identity.rel100 == Rel100::Required)
    }

    /// RFC 6141 section 4.6: a reliable response or a 2xx takes the peer's new target.
    fn refresh_target(&self, scope: &mut Scope) {
        if let Some(invite) = self.invite.as_ref().filter(|_| self.inside) {
            scope.dialog.refresh_target(invite);
        }
    }
}

fn peer_rel100(invite: &Message) -> PeerRel100 {
    if invite.has_token(Name::Require, "100rel") {
        PeerRel100::Required
    } else if invite.has_token(Name::Supported, "100rel") {
        PeerRel100::Supported
    } else {
        PeerRel100::None
    }
}
