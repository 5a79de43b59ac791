//! An incoming call before it is answered: its INVITE, and the early dialog that this made
//! (RFC 3261 sections 12.1.1 and 13.3).

mod update;

use super::inside;
use super::invitation::{Invitation, Outcome, Scope, receive_prack};
use super::life::End;
use super::offer::{PendingOffer, retry_later};
use super::session::Session;
use super::session_timer::SessionTimer;
use super::update::Updates;
use crate::dialog::Dialog;
use crate::message::{Message, Method};
use crate::negotiation::Negotiation;
use crate::protocol::{Answer, CallId, Cause, DialogNumber, Event, Token};
use crate::time::{Instant, earlier};
use crate::transaction::ServerId;
use crate::usage::{Context, headers, party};

/// The initial INVITE of a call, and its dialog.
///
/// The 200 takes both over into the confirmed dialog; a failure leaves them here until the
/// last straggler.
#[derive(Debug)]
pub(super) struct Incoming {
    pub call: CallId,
    pub invitation: Invitation,
    pub dialog: Dialog,
    pub negotiation: Negotiation,
    /// An UPDATE whose offer is being answered.
    pending: Option<PendingOffer>,
    pub updates: Updates,
    /// It begins with the 2xx.
    pub timer: SessionTimer,
}

impl Incoming {
    pub(super) fn new(ctx: &mut Context, call: CallId, server: ServerId, invite: Message, dialog: Dialog) -> Self {
        let (from, to, headers) = (party(&invite.from()), party(&invite.to()), headers(&invite));
        let mut timer = SessionTimer::new(ctx.session_timer);
        timer.learn(&invite);
        let invitation = Invitation::new(ctx, call, DialogNumber(0), server, invite);
        let offer = invitation.has_offer();
        ctx.emit(Event::Invite { call, from, to, peer_rel100: invitation.peer_rel100(), offer, headers });
        let (negotiation, updates) = (Negotiation::invited(offer), Updates::default());
        Self { call, invitation, dialog, negotiation, pending: None, updates, timer }
    }

    pub(super) fn local_tag(&self) -> &str {
        self.dialog.local_tag()
    }

    /// The INVITE, and what it acts upon.
    pub(super) fn split(&mut self) -> (&mut Invitation, Scope<'_>) {
        let (dialog, negotiation, timer) = (&mut self.dialog, &mut self.negotiation, &mut self.timer);
        (&mut self.invitation, Scope { dialog, negotiation, timer })
    }

    // Requests.

    /// A request inside our dialog.
    pub(super) fn request(&mut self, ctx: &mut Context, server: ServerId, request: Message) -> Outcome {
        if request.method() == Method::Prack {
            let told = Some(self.call);
            let (invitation, mut scope) = self.split();
            return receive_prack(ctx, told, core::slice::from_mut(invitation), &mut scope, server, request);
        }
        if inside::in_order(ctx, &mut self.dialog, server, &request) {
            return self.early_request(ctx, server, request);
        }
        Outcome::Unchanged
    }

    fn early_request(&mut self, ctx: &mut Context, server: ServerId, request: Message) -> Outcome {
        let open = self.invitation.is_open();
        match inside::kind(&request) {
            // RFC 3261 section 15.1.2.
            inside::Kind::Bye => {
                ctx.answer(server, &request, 200, None);
                let (invitation, mut scope) = self.split();
                return invitation.withdraw(ctx, &mut scope, &request);
            }
            inside::Kind::Update if open => self.session(ctx).update_received(ctx, server, request),
            inside::Kind::Invite if open => retry_later(ctx, server, &request),
            inside::Kind::Plain if open => inside::answer(ctx, self.call, server, &request),
            inside::Kind::Update | inside::Kind::Invite | inside::Kind::Plain | inside::Kind::Prack => {
                ctx.answer(server, &request, 481, None);
            }
        }
        Outcome::Unchanged
    }

    fn session(&mut self, ctx: &Context) -> Session<'_> {
        Session {
            call: self.call,
            number: DialogNumber(0),
            dialog: &mut self.dialog,
            negotiation: &mut self.negotiation,
            pending: &mut self.pending,
            updates: &mut self.updates,
            timer: &mut self.timer,
            rel100: ctx.identity.rel100,
            is_caller: false,
            is_known: self.invitation.has_responded(),
            is_confirmed: false,
            is_reoffering: false,
        }
    }

    /// The CANCEL that matched the INVITE; it has its 200.
    pub(super) fn cancelled(&mut self, ctx: &mut Context, server: ServerId, cancel: &Message) -> Outcome {
        let (invitation, mut scope) = self.split();
        if invitation.is(server) { invitation.withdraw(ctx, &mut scope, cancel) } else { Outcome::Unchanged }
    }

    /// A 100 for whichever request has waited long enough.
    pub(super) fn trying_due(&self, ctx: &mut Context, server: ServerId) {
        self.invitation.trying_due(ctx, server);
        if let Some(pending) = &self.pending {
            pending.trying_due(ctx, server);
        }
    }

    /// The INVITE has been refused: the UPDATEs of both sides come to nothing as well.
    pub(super) fn rejected(&mut self, ctx: &mut Context) {
        self.session(ctx).close(ctx);
    }

    /// The connection is back.
    pub(super) fn recovered(&mut self, ctx: &mut Context) {
        self.invitation.recovered(ctx);
        self.session(ctx).recover_update(ctx);
    }

    /// The connection did not come back in time: the caller has given up by now.
    pub(super) fn strand(&mut self, ctx: &mut Context) -> Outcome {
        let (invitation, mut scope) = self.split();
        invitation.finish(ctx, &mut scope, 480, End::system(Cause::Connection))
    }

    // The media layer.

    pub(super) fn description(&mut self, ctx: &mut Context, token: Token, answer: Answer) -> Outcome {
        if !self.session(ctx).awaits(token) {
            let (invitation, mut scope) = self.split();
            return invitation.description(ctx, &mut scope, token, answer);
        }
        let accepted = self.session(ctx).described(ctx, token, answer);
        let (invitation, mut scope) = self.split();
        let outcome = invitation.proceed(ctx, &mut scope);
        if let Some(accepted) = accepted {
            self.session(ctx).tell_update(ctx, &accepted.request);
        }
        outcome
    }

    // Time.

    pub(super) fn expire(&mut self, ctx: &mut Context) -> Outcome {
        self.updates.expire(ctx.now);
        if self.session(ctx).expire_offer(ctx) {
            let (invitation, mut scope) = self.split();
            let outcome = invitation.proceed(ctx, &mut scope);
            if !matches!(outcome, Outcome::Unchanged) {
                return outcome;
            }
        }
        let (invitation, mut scope) = self.split();
        invitation.expire(ctx, &mut scope)
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        let pending = self.pending.as_ref().map(PendingOffer::deadline);
        earlier(self.invitation.deadline(), earlier(pending, self.updates.deadline()))
    }
}
