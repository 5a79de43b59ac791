//! A confirmed dialog: BYE, INFO, UPDATE, and what they do to the call (RFC 3261 section 15).
//!
//! `acknowledgement` is the ACK that we owe as the caller, `bye` the end, `info` the INFOs that
//! we send, `update` the UPDATEs, `invited` the INVITEs of the peer, `reinvite` the re-INVITEs
//! that we send: `purpose` what they are for, `due` one that waits, `left` one that was given up,
//! `restoring` one that failed.
//! `refresh` keeps the session from expiring.

mod acknowledgement;
mod bye;
mod due;
mod info;
mod invited;
mod left;
mod purpose;
mod refresh;
mod reinvite;
mod restoring;
mod update;

pub(in crate::call) use acknowledgement::KeptAcks;
use acknowledgement::{Acks, OwedAck};
use bye::Bye;
use left::Left;
use reinvite::Reinvite;

use crate::call::early::{Early, Preview};
use crate::call::incoming::Incoming;
use crate::call::inside;
use crate::call::invitation::Invitation;
use crate::call::life::{End, Life};
use crate::call::offer::PendingOffer;
use crate::call::pracks::{Outcome, Pracks, Wish};
use crate::call::session_timer::SessionTimer;
use crate::call::update::Updates;

use crate::call::success::Success;
use crate::dialog::Dialog;
use crate::message::{Message, Method, Name};
use crate::negotiation::{Carrier, Meaning, Negotiation};
use crate::protocol::{Answer, CallId, Cause, DialogNumber, Event, Failure, Refusal, Rel100, RequestNumber, Token};
use crate::sdp;
use crate::time::{Instant, earlier};
use crate::transaction::{ClientId, ServerId};
use crate::usage::{Context, Request};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

/// The dialog that a 2xx confirmed.
#[derive(Debug)]
pub(in crate::call) struct Confirmed {
    call: CallId,
    number: DialogNumber,
    dialog: Dialog,
    negotiation: Negotiation,
    pracks: Pracks,
    preview: Preview,
    /// The policy of the call.
    rel100: Rel100,
    /// The INVITE of ours whose reliable responses `pracks` counts.
    counted: u32,
    owed: Option<OwedAck>,
    acks: Acks,
    /// The credentials of the INVITE that is to be acknowledged.
    credentials: Vec<(Name, String)>,
    success: Option<Success>,
    /// The INVITEs of the peer: at most one is open, the others wait for late PRACKs.
    invitations: Vec<Invitation>,
    /// The number of the last of them.
    invited: Option<u32>,
    pending: Option<PendingOffer>,
    updates: Updates,
    timer: SessionTimer,
    reinvite: Option<Reinvite>,
    left: Option<Box<Left>>,
    infos: Vec<(RequestNumber, Request)>,
    bye: Bye,
    /// Whether the Call-ID is ours: decides who waits longer after a 491.
    caller: bool,
}

impl Confirmed {
    /// The dialog of the 2xx to the INVITE of an outgoing call, which had these credentials.
    pub(in crate::call) fn outgoing(
        call: CallId,
        rel100: Rel100,
        early: Early,
        invite: u32,
        credentials: Vec<(Name, String)>,
    ) -> Self {
        Self {
            credentials,
            counted: invite,
            pending: early.pending,
            preview: early.preview,
            updates: early.updates,
            timer: early.timer,
            ..Self::new(call, rel100, early.number, early.dialog, early.negotiation, early.pracks, None)
        }
    }

    /// The dialog of an incoming call that we answered; `manual` says who sends the PRACKs of
    /// our re-INVITEs.
    pub(in crate::call) fn incoming(rel100: Rel100, manual: bool, incoming: Incoming, success: Success) -> Self {
        let Incoming { call, dialog, negotiation, invitation, updates, timer, .. } = incoming;
        let pracks = Pracks::new(call, DialogNumber(0), manual);
        Self {
            invited: Some(invitation.cseq()),
            invitations: if invitation.is_settled() { Vec::new() } else { [invitation].into() },
            updates,
            timer,
            ..Self::new(call, rel100, DialogNumber(0), dialog, negotiation, pracks, Some(success))
        }
    }

    fn new(
        call: CallId,
        rel100: Rel100,
        number: DialogNumber,
        dialog: Dialog,
        negotiation: Negotiation,
        pracks: Pracks,
        success: Option<Success>,
    ) -> Self {
        Self {
            call,
            number,
            dialog,
            negotiation,
            pracks,
            preview: Preview::default(),
            caller: success.is_none(),
            success,
            invitations: Vec::new(),
            invited: None,
            rel100,
            counted: 0,
            owed: None,
            acks: Acks::default(),
            credentials: Vec::new(),
            pending: None,
            updates: Updates::default(),
            timer: SessionTimer::default(),
            reinvite: None,
            left: None,
            infos: Vec::new(),
            bye: Bye::None,
        }
    }

    pub(in crate::call) fn owns(&self, request: &Message) -> bool {
        self.dialog.owns(request)
    }

    pub(in crate::call) fn is_numbered(&self, dialog: DialogNumber) -> bool {
        self.number == dialog
    }

    pub(in crate::call) fn is_done(&self) -> bool {
        matches!(self.bye, Bye::Over | Bye::None)
            && self.success.is_none()
            && self.invitations.iter().all(Invitation::is_settled)
            && self.left.is_none()
            && self.pracks.is_idle()
    }

    // Responses.

    /// Whether the response was to a request of this dialog.
    pub(in crate::call) fn response(
        &mut self,
        ctx: &mut Context,
        life: &mut Life,
        id: ClientId,
        response: &Message,
    ) -> bool {
        if self.pracks.owns(id) {
            let (dialog, negotiation) = (&mut self.dialog, &mut self.negotiation);
            let result = self.pracks.response(ctx, life, dialog, negotiation, id, response);
            self.prack_outcome(ctx, life, result);
            return true;
        }
        self.update_response(ctx, life, id, response)
            || self.bye_response(ctx, id, response)
            || self.info_response(ctx, life, id, response)
            || self.reinvite_response(ctx, life, id, response)
            || self.left_response(ctx, id, response)
            || self.straggler(ctx, response)
    }

    pub(in crate::call) fn timeout(&mut self, ctx: &mut Context, life: &mut Life, id: ClientId) -> bool {
        if self.pracks.owns(id) && ctx.flow().is_none() && !life.is_over() {
            // It waits for the connection, as the call does.
        } else if self.pracks.owns(id) {
            let result = self.pracks.timeout(ctx, life, &mut self.negotiation, id);
            self.prack_outcome(ctx, life, result);
        } else if matches!(&self.bye, Bye::Sent(bye) if bye.id == id) {
            self.bye = Bye::Over;
        } else {
            return self.update_timeout(ctx, life, id)
                || self.info_timeout(ctx, life, id)
                || self.reinvite_timeout(ctx, life, id)
                || self.left_timeout(ctx, id);
        }
        true
    }

    fn prack_outcome(&mut self, ctx: &mut Context, life: &mut Life, outcome: Outcome) {
        match outcome {
            Outcome::Continue => {}
            Outcome::Timeout => self.end_with_bye(ctx, life, End::system(Cause::Timeout)),
            Outcome::AnswerLost => self.end_with_bye(ctx, life, End::system(Cause::PrackFailed)),
        }
    }

    /// The connection is gone, and with it the responses to INFO and re-INVITE: that they do
    /// not come says nothing of the peer.
    pub(in crate::call) fn lost(&mut self, ctx: &mut Context, life: &mut Life) {
        self.lose_infos(ctx);
        self.lose_reinvite(ctx, life);
    }

    /// The connection is back: PRACKs and the BYE that had no answer before it was lost are
    /// sent again, and a re-INVITE that it left behind is cancelled.
    pub(in crate::call) fn recovered(&mut self, ctx: &mut Context) {
        self.recover_invitations(ctx);
        self.pracks.recover(ctx, &mut self.dialog, &mut self.negotiation);
        self.session().recover_update(ctx);
        self.cancel_left(ctx);
        if let Bye::Sent(bye) = &mut self.bye
            && bye.asked.is_none()
        {
            ctx.abandon(bye.id);
            ctx.resend(bye, self.dialog.next_cseq());
        }
    }

    /// The application acknowledges a provisional response that the 2xx has overtaken.
    pub(in crate::call) fn prack(&mut self, ctx: &mut Context, rseq: u32, wish: Wish) -> Result<(), Refusal> {
        self.pracks.command(ctx, &mut self.dialog, &mut self.negotiation, rseq, wish)
    }

    // Requests.

    pub(in crate::call) fn request(&mut self, ctx: &mut Context, life: &mut Life, server: ServerId, request: Message) {
        if request.method() == Method::Prack {
            return self.pracked(ctx, server, request);
        }
        if !inside::in_order(ctx, &mut self.dialog, server, &request) {
            return;
        }
        match inside::kind(&request) {
            inside::Kind::Bye => self.bye_received(ctx, life, server, &request),
            // RFC 3261 section 15.1.2: nothing is left of the session, and the application knows.
            _ if life.is_over() => ctx.answer(server, &request, 481, None),
            inside::Kind::Update => {
                let described = request.description().is_some();
                if { self.negotiation }.receive(Carrier::Update, described) == Meaning::Offer {
                    self.withdraw_reinvite(ctx);
                }
                self.session().update_received(ctx, server, request);
            }
            inside::Kind::Invite => self.invited(ctx, server, request),
            inside::Kind::Plain | inside::Kind::Prack => inside::answer(ctx, self.call, server, &request),
        }
    }

    // The application.

    pub(in crate::call) fn awaits(&self, token: Token) -> bool {
        self.pracks.awaits(token)
            || self.updates.awaits(token)
            || self.pending.as_ref().is_some_and(|pending| pending.token == token)
            || self.invitations.iter().any(|invitation| invitation.awaits(token))
            || self.reinvite.as_ref().is_some_and(|reinvite| reinvite.awaits(token))
            || self.owes(token)
    }

    fn owes(&self, token: Token) -> bool {
        self.owed.as_ref().is_some_and(|owed| owed.token == token)
    }

    pub(in crate::call) fn description(&mut self, ctx: &mut Context, life: &mut Life, token: Token, answer: Answer) {
        if self.pracks.awaits(token) {
            return self.describe_prack(ctx, life, token, answer);
        }
        if self.session().awaits(token) {
            let accepted = self.session().described(ctx, token, answer);
            self.proceed_with_invitation(ctx);
            if let Some(accepted) = accepted {
                self.session().tell_update(ctx, &accepted.request);
            }
            return;
        }
        if self.invitations.iter().any(|invitation| invitation.awaits(token)) {
            return self.invitation_described(ctx, token, answer);
        }
        if self.owes(token) {
            return self.answer_in_ack(ctx, life, answer);
        }
        self.offer_described(ctx, life, answer);
    }

    /// A description for the PRACK of a provisional response that the 2xx has overtaken.
    fn describe_prack(&mut self, ctx: &mut Context, life: &mut Life, token: Token, answer: Answer) {
        match self.pracks.describe(ctx, token, answer) {
            Some(cause) => self.end_with_bye(ctx, life, End::local(cause)),
            None => self.pracks.flush(ctx, &mut self.dialog, &mut self.negotiation),
        }
    }

    fn tell_updated(&self, ctx: &mut Context, by_peer: bool, remote: Option<&str>) {
        let held_by_peer = remote.is_some_and(sdp::holds);
        ctx.emit(Event::Updated { call: self.call, by_peer, held_by_peer });
    }

    /// The application answered a challenge: whether it concerned this dialog.
    pub(in crate::call) fn credentials(
        &mut self,
        ctx: &mut Context,
        life: &mut Life,
        token: Token,
        known: bool,
    ) -> bool {
        let (dialog, negotiation) = (&mut self.dialog, &mut self.negotiation);
        if let Some(outcome) = self.pracks.credentials(ctx, life, dialog, negotiation, token, known) {
            self.prack_outcome(ctx, life, outcome);
            return true;
        }
        self.session().update_credentials(ctx, token, known)
            || self.bye_credentials(ctx, token, known)
            || self.info_credentials(ctx, token, known)
            || self.reinvite_credentials(ctx, life, token, known)
    }

    pub(in crate::call) fn trying_due(&self, ctx: &mut Context, server: ServerId) {
        if let Some(pending) = &self.pending {
            pending.trying_due(ctx, server);
        }
        for invitation in &self.invitations {
            invitation.trying_due(ctx, server);
        }
    }

    // Time.

    pub(in crate::call) fn expire(&mut self, ctx: &mut Context, life: &mut Life) {
        self.expire_success(ctx, life);
        self.updates.expire(ctx.now);
        if self.session().expire_offer(ctx) {
            self.proceed_with_invitation(ctx);
        }
        self.expire_invitations(ctx);
        self.expire_acknowledgement(ctx, life);
        if self.pracks.expire(ctx, life, &mut self.dialog, &mut self.negotiation) {
            self.end_with_bye(ctx, life, End::system(Cause::MediaTimeout));
        }
        self.expire_reinvite(ctx, life);
        self.expire_left(ctx);
        self.acks.tidy(ctx.now);
        self.expire_session(ctx, life);
    }

    pub(in crate::call) fn deadline(&self) -> Option<Instant> {
        let owed = self.owed.as_ref().map(|owed| owed.due);
        let success = self.success.as_ref().map(Success::deadline);
        let pending = self.pending.as_ref().map(PendingOffer::deadline);
        let reinvite = self.reinvite.as_ref().and_then(Reinvite::deadline);
        let left = self.left.as_ref().map(|left| left.until);
        let (updates, timer) = (self.updates.deadline(), self.timer.deadline());
        let invitations = self.invitations.iter().map(Invitation::deadline).fold(None, earlier);
        [owed, success, invitations, pending, updates, timer, reinvite, left]
            .into_iter()
            .fold(self.pracks.deadline(), earlier)
    }
}

fn timed_out() -> Failure {
    Failure { cause: Cause::Timeout, status: None, reason: None, retry_after: None }
}

/// The connection took along what might have been the response.
fn disconnected() -> Failure {
    Failure { cause: Cause::Connection, status: None, reason: None, retry_after: None }
}

/// The application has no credentials for the challenge of a request inside the dialog.
fn unauthorized() -> Failure {
    Failure { cause: Cause::Unauthorized, status: Some(401), reason: None, retry_after: None }
}
