//! The INVITE that we received, until the last straggler (RFC 3261 sections 13.3 and 15,
//! RFC 3262 section 3).
//!
//! `provisional` sends what comes before the final response, `prack` takes its
//! acknowledgements, `finals` ends the INVITE.

mod finals;
mod prack;
mod provisional;

use super::confirmed::Confirmed;
use super::inside;
use super::life::Life;
use super::offer::{PendingOffer, retry_later};
use crate::dialog::Dialog;
use crate::message::{Message, Method, Name};
use crate::negotiation::Negotiation;
use crate::protocol::{
    Answer, CallId, Cause, DescriptionKind, DialogNumber, Event, Failure, Field, PeerRel100, Rel100, RequestNumber,
    Token,
};
use crate::reliability::Sender;
use crate::time::{Duration, Instant, earlier};
use crate::transaction::ServerId;
use crate::usage::{Context, headers, party};
use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use prack::Answered;
use provisional::{Queued, Ringing};

/// The initial INVITE of an incoming call.
///
/// ```text
///   Open --accept--> Accepting --(description, PRACK of one that carried it)--> 200: Final
///    |                   |                                                        |
///    +-- reject, CANCEL, BYE, Expires, no PRACK --> 3xx..6xx: Final --64*T1--> Over
/// ```
#[derive(Debug)]
pub(super) struct Incoming {
    call: CallId,
    server: ServerId,
    /// Until its final response is sent.
    invite: Option<Message>,
    invite_cseq: u32,
    offered: bool,
    dialog: Dialog,
    peer: PeerRel100,
    sender: Sender<Queued>,
    negotiation: Negotiation,
    ours: Ours,
    phase: Phase,
    ringing: Ringing,
    /// A PRACK or UPDATE whose offer is being answered.
    pending: Option<PendingOffer>,
    answered: Vec<Answered>,
    expires_at: Option<Instant>,
    /// Nobody acknowledged: the application has until the next turn to choose the status.
    unacknowledged: Option<Instant>,
    /// The final response, when there was no connection to send it on.
    undelivered: Option<Vec<u8>>,
}

#[derive(Debug)]
enum Phase {
    Open,
    Accepting { request: RequestNumber, headers: Vec<Field> },
    Final { until: Instant },
    Over,
}

/// Our session description.
#[derive(Debug)]
enum Ours {
    None,
    Asked(Token),
    Made(String),
}

impl Incoming {
    pub(super) fn new(ctx: &mut Context, call: CallId, server: ServerId, invite: Message, dialog: Dialog) -> Self {
        // RFC 3262 section 3: uniform in 1..2^31-1.
        let first = 1 + ctx.random.below((1 << 31) - 1);
        ctx.adopt(server, call);
        let offer = invite.description().is_some();
        let mut incoming = Self {
            call,
            server,
            dialog,
            peer: peer_rel100(&invite),
            sender: Sender::new(first),
            negotiation: Negotiation::invited(offer),
            ours: Ours::None,
            phase: Phase::Open,
            ringing: Ringing::default(),
            pending: None,
            answered: Vec::new(),
            expires_at: invite.expires().map(|seconds| ctx.now + Duration::from_secs(seconds.into())),
            unacknowledged: None,
            undelivered: None,
            invite_cseq: invite.cseq().number,
            offered: offer,
            invite: None,
        };
        incoming.tell(ctx, &invite);
        incoming.invite = Some(invite);
        incoming
    }

    fn tell(&self, ctx: &mut Context, invite: &Message) {
        ctx.emit(Event::Invite {
            call: self.call,
            from: party(&invite.from()),
            to: party(&invite.to()),
            peer_rel100: self.peer,
            offer: self.offered,
            headers: headers(invite),
        });
    }

    pub(super) fn local_tag(&self) -> &str {
        self.dialog.local_tag()
    }

    pub(super) fn is_done(&self) -> bool {
        matches!(self.phase, Phase::Over)
    }

    // Requests.

    /// A request inside our dialog; the confirmed dialog, when a PRACK released the held 2xx.
    pub(super) fn request(
        &mut self,
        ctx: &mut Context,
        life: &mut Life,
        server: ServerId,
        request: Message,
    ) -> Option<Confirmed> {
        if !self.dialog.owns(&request) {
            ctx.answer(server, &request, 481, None);
        } else if request.method() == Method::Prack {
            return self.prack(ctx, life, server, request);
        } else if inside::in_order(ctx, &mut self.dialog, server, &request) {
            self.early_request(ctx, life, server, request);
        }
        None
    }

    fn early_request(&mut self, ctx: &mut Context, life: &mut Life, server: ServerId, request: Message) {
        match inside::kind(&request) {
            inside::Kind::Bye => self.bye(ctx, life, server, &request),
            inside::Kind::Update if self.is_open() => self.update(ctx, server, request),
            inside::Kind::Invite if self.is_open() => retry_later(ctx, server, &request),
            inside::Kind::Plain if self.is_open() => inside::answer(ctx, self.call, server, &request),
            inside::Kind::Update | inside::Kind::Invite | inside::Kind::Plain | inside::Kind::Prack => {
                ctx.answer(server, &request, 481, None);
            }
        }
    }

    fn update(&mut self, ctx: &mut Context, server: ServerId, request: Message) {
        let session = inside::Session {
            call: self.call,
            number: DialogNumber(0),
            dialog: &mut self.dialog,
            negotiation: &mut self.negotiation,
            pending: &mut self.pending,
        };
        inside::update(ctx, session, server, request);
    }

    /// A 100 for whichever request has waited long enough.
    pub(super) fn trying_due(&self, ctx: &mut Context, server: ServerId) {
        if let Some(invite) = self.invite.as_ref().filter(|_| server == self.server) {
            ctx.answer(server, invite, 100, None);
        } else if let Some(pending) = &self.pending {
            pending.trying_due(ctx, server);
        }
    }

    /// The connection is back: what waits for its PRACK, or was decided meanwhile, goes at once.
    pub(super) fn recovered(&mut self, ctx: &mut Context) {
        if let Some(frame) = self.undelivered.take() {
            ctx.transmit(frame);
        } else if let Some(frame) = self.sender.outstanding() {
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
        let kind = if remote.is_some() { DescriptionKind::Answer } else { DescriptionKind::Offer };
        self.ours = Ours::Asked(ctx.describe(self.call, Some(DialogNumber(0)), kind, remote));
    }

    pub(super) fn description(
        &mut self,
        ctx: &mut Context,
        life: &mut Life,
        token: Token,
        answer: Answer,
    ) -> Option<Confirmed> {
        if let Some(pending) = self.pending.take_if(|pending| pending.token == token) {
            return self.answer_pending(ctx, life, &pending, answer);
        }
        if !matches!(self.ours, Ours::Asked(asked) if asked == token) || !self.is_open() {
            return None;
        }
        match answer {
            Answer::Sdp(sdp) => {
                self.ours = Ours::Made(sdp);
                self.send_described(ctx);
                self.send_queued(ctx);
                self.try_answer(ctx, life)
            }
            Answer::Failed { status, cause } => {
                self.media_failed(ctx, life, status, cause);
                None
            }
        }
    }

    // Time.

    /// Acts on the deadlines that have passed; the confirmed dialog, when that released the held 2xx.
    pub(super) fn expire(&mut self, ctx: &mut Context, life: &mut Life) -> Option<Confirmed> {
        if self.unacknowledged.is_some_and(|since| since <= ctx.now) && self.is_open() {
            self.give_up(ctx, life, 504);
            return None;
        }
        self.expire_sender(ctx);
        let confirmed = self.expire_pending(ctx, life);
        if self.is_open() {
            self.keep_ringing(ctx);
            if self.expires_at.is_some_and(|at| at <= ctx.now) {
                // RFC 3261 section 13.3.1: the invitation expired before it was answered.
                self.expired(ctx, life);
            }
        }
        self.answered.retain(|answered| answered.until > ctx.now);
        if let Phase::Final { until } = self.phase
            && until <= ctx.now
        {
            self.phase = Phase::Over;
            ctx.disown(self.server);
        }
        confirmed
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        let phase = match self.phase {
            Phase::Final { until } => Some(until),
            Phase::Open | Phase::Accepting { .. } => {
                earlier(earlier(self.ringing.again_at, self.expires_at), self.unacknowledged)
            }
            Phase::Over => None,
        };
        let pending = self.pending.as_ref().map(PendingOffer::deadline);
        earlier(earlier(phase, pending), self.sender.deadline())
    }

    // Privates.

    /// Whether no final response has been sent.
    fn is_open(&self) -> bool {
        matches!(self.phase, Phase::Open | Phase::Accepting { .. })
    }

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
        self.peer == PeerRel100::Required || ctx.identity.rel100 == Rel100::Required
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

fn failed(cause: Cause) -> Failure {
    Failure { cause, status: None, reason: None, retry_after: None }
}
