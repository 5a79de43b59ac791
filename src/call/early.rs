//! One early dialog of an outgoing call: one fork (RFC 3261 section 12, RFC 3262 section 4).

use super::inside;
use super::invitation::{Scope, receive_prack};
use super::life::Life;
use super::offer::PendingOffer;
use super::pracks::Pracks;
use super::session::Session;
use super::session_timer::SessionTimer;
use super::update::Updates;
use crate::dialog::Dialog;
use crate::message::{Message, Method};
use crate::negotiation::{Carrier, Negotiation};
use crate::protocol::{CallId, DialogNumber, Event, Rel100, Severity, Token};
use crate::time::{Instant, earlier};
use crate::transaction::ServerId;
use crate::usage::Context;
use alloc::borrow::ToOwned;
use alloc::string::String;

/// What a fork has told so far.
#[derive(Debug)]
pub(super) struct Early {
    pub call: CallId,
    /// The policy of the call.
    pub rel100: Rel100,
    pub number: DialogNumber,
    pub dialog: Dialog,
    pub pracks: Pracks,
    pub negotiation: Negotiation,
    pub preview: Preview,
    /// A 199 said that it is over (RFC 6228).
    pub ended: bool,
    /// The call is over but for a CANCEL or BYE, or has been answered in another dialog.
    pub closed: bool,
    pub pending: Option<PendingOffer>,
    pub updates: Updates,
    /// It begins with the 2xx.
    pub timer: SessionTimer,
}

impl Early {
    pub(super) fn new(
        call: CallId,
        rel100: Rel100,
        number: DialogNumber,
        dialog: Dialog,
        pracks: Pracks,
        offered: bool,
        timer: SessionTimer,
    ) -> Self {
        Self {
            call,
            rel100,
            number,
            dialog,
            pracks,
            negotiation: Negotiation::inviting(offered),
            preview: Preview::default(),
            ended: false,
            closed: false,
            pending: None,
            updates: Updates::default(),
            timer,
        }
    }

    pub(super) fn session(&mut self) -> Session<'_> {
        Session {
            call: self.call,
            number: self.number,
            dialog: &mut self.dialog,
            negotiation: &mut self.negotiation,
            pending: &mut self.pending,
            updates: &mut self.updates,
            timer: &mut self.timer,
            rel100: self.rel100,
            is_caller: true,
            is_known: true,
            is_confirmed: false,
            is_reoffering: false,
        }
    }

    /// Nobody is there any more to answer the peer's offers, or to make any.
    fn close(&mut self, ctx: &mut Context) {
        self.closed = true;
        self.session().close(ctx);
    }

    /// Whether it can still be the one that is answered.
    pub(super) fn is_live(&self) -> bool {
        !self.ended && !self.closed
    }

    /// A request of the peer inside this dialog, before the call is answered.
    pub(super) fn request(&mut self, ctx: &mut Context, life: &Life, server: ServerId, request: Message) {
        if request.method() == Method::Prack {
            // A UAC has nothing to be acknowledged.
            let (dialog, negotiation) = (&mut self.dialog, &mut self.negotiation);
            let mut scope = Scope { dialog, negotiation, timer: &mut self.timer };
            let _ = receive_prack(ctx, None, &mut [], &mut scope, server, request);
            return;
        }
        if !inside::in_order(ctx, &mut self.dialog, server, &request) {
            return;
        }
        match inside::kind(&request) {
            inside::Kind::Bye => {
                ctx.answer(server, &request, 200, None);
                self.abandon(ctx);
                if !core::mem::replace(&mut self.ended, true) && !life.is_over() {
                    ctx.emit(Event::DialogEnded { call: self.call, dialog: self.number, status: None });
                }
            }
            // The application has been told that the call, or this dialog of it, is over.
            _ if life.is_over() || self.ended => ctx.answer(server, &request, 481, None),
            // Nobody answers an offer any more (as RFC 3261 section 15.1.2 has it for a BYE).
            inside::Kind::Update if self.closed && request.description().is_some() => {
                ctx.answer(server, &request, 487, None);
            }
            inside::Kind::Update => self.session().update_received(ctx, server, request),
            inside::Kind::Invite => ctx.answer(server, &request, 491, None),
            inside::Kind::Plain | inside::Kind::Prack => inside::answer(ctx, self.call, server, &request),
        }
    }

    /// Whether an UPDATE of either side waits for this description.
    pub(super) fn awaits(&self, token: Token) -> bool {
        self.updates.awaits(token) || self.pending.as_ref().is_some_and(|pending| pending.token == token)
    }

    /// The dialog becomes that of a call of its own.
    pub(super) fn change_hands(&mut self, ctx: &mut Context, call: CallId) {
        self.close(ctx);
        // What an UPDATE of ours offered, nobody waits for.
        self.negotiation.failed(Carrier::Update);
        (self.call, self.number) = (call, DialogNumber(0));
        self.pracks.hand_over(ctx, call, self.number);
    }

    /// The dialog is over, or of no use any more: whatever waits leaves by itself.
    pub(super) fn release(&mut self, ctx: &mut Context) {
        self.close(ctx);
        self.pracks.release(ctx, &mut self.dialog, &mut self.negotiation);
    }

    /// Another fork was answered: the application's commands come to nothing.
    pub(super) fn forsake(&mut self, ctx: &mut Context) {
        self.close(ctx);
        self.pracks.forsake(ctx);
    }

    /// The dialog is over, and with it all that waits.
    pub(super) fn abandon(&mut self, ctx: &mut Context) {
        self.close(ctx);
        self.pracks.abandon(ctx);
    }

    /// Whether it is over, and nothing of it is on its way.
    pub(super) fn is_spent(&self) -> bool {
        self.ended && self.pracks.is_idle()
    }

    /// Acts on the deadlines that have passed; whether an answer that was owed was not made.
    pub(super) fn expire(&mut self, ctx: &mut Context, life: &Life) -> bool {
        self.updates.expire(ctx.now);
        self.session().expire_offer(ctx);
        self.pracks.expire(ctx, life, &mut self.dialog, &mut self.negotiation)
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        let pending = self.pending.as_ref().map(PendingOffer::deadline);
        earlier(self.pracks.deadline(), earlier(pending, self.updates.deadline()))
    }
}

/// The description of an unreliable response, until there is an answer. Where that is another
/// the first stays in force (RFC 3261 section 13.2.1, RFC 6337 section 3.1.1), unless the
/// application would rather have the later one.
#[derive(Debug, Default)]
pub(super) struct Preview(Option<String>);

impl Preview {
    /// Takes a description in; gives it back when it is the one in force from now on.
    pub(super) fn receive(&mut self, ctx: &mut Context, call: CallId, sdp: &str) -> Option<String> {
        if let Some(former) = &self.0
            && (former == sdp || !accepts_change(ctx, call))
        {
            return None;
        }
        self.0 = Some(sdp.to_owned());
        self.0.clone()
    }

    /// The answer is there: the description that is in force as such.
    pub(super) fn settle(&mut self, ctx: &mut Context, call: CallId, answer: &str) -> String {
        match self.0.take() {
            Some(former) if former == answer || !accepts_change(ctx, call) => former,
            Some(_) | None => answer.to_owned(),
        }
    }

    /// It, when there is one.
    pub(super) fn get(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

/// A description is another than the one in force: whether it takes its place.
fn accepts_change(ctx: &mut Context, call: CallId) -> bool {
    ctx.diagnose(Some(call), Severity::Warning, "answer-changed");
    ctx.accept_changed_answer
}
