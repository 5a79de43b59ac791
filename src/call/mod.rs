//! The INVITE usage: a call from its INVITE to its end, on either side.
//!
//! Decides what provisional and final responses, PRACK, ACK, CANCEL, BYE, UPDATE, INFO and
//! re-INVITE do to a call (RFC 3261 sections 13 to 15, RFC 3262, RFC 3311, RFC 4028). It knows
//! nothing of other calls, of sockets, or of what is in a session description.

mod answer;
mod commands;
mod confirmed;
mod early;
mod flood;
mod forked;
mod incoming;
mod inside;
mod invitation;
mod life;
mod offer;
mod outgoing;
mod pracks;
mod session;
mod session_timer;
mod success;
mod update;

use crate::dialog::Dialog;
use crate::message::Message;
use crate::protocol::{Answer, CallId, CallOptions, Event, Refusal, Token};
use crate::time::{Instant, earlier};
use crate::transaction::{ClientId, ServerId};
use crate::usage::Context;
use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use confirmed::Confirmed;
pub use forked::fork_name;
use forked::{Fork, Forked};
use incoming::Incoming;
use life::Life;
use outgoing::{Answered, Outgoing};

/// One call.
///
/// ```text
///   outgoing: INVITE sent ---- 2xx ----> confirmed --+
///                  |                                 | BYE, timeout, fault
///                  +-- failure, CANCEL, timeout ---->+--> over (answers stragglers, then gone)
///   incoming: INVITE received -- 2xx --> confirmed --+
///   forked:   a further 2xx of an outgoing call -----+
/// ```
///
/// The machine of the INVITE that we sent stays beside the confirmed dialog for as long as it
/// has stragglers to answer: further forks, late provisional responses. That of one that we
/// received goes over into the dialog, where re-INVITEs follow it.
#[derive(Debug)]
pub struct Call {
    life: Life,
    setup: Setup,
    confirmed: Option<Box<Confirmed>>,
    /// Until when an unanswered call waits for its connection to come back.
    stranded_until: Option<Instant>,
}

#[derive(Debug)]
enum Setup {
    Outgoing(Box<Outgoing>),
    Incoming(Box<Incoming>),
    /// An incoming call: its dialog is confirmed, under this tag of ours.
    Answered {
        tag: String,
    },
    /// An outgoing call, under this tag of ours: its dialog is confirmed, and no further callee
    /// can answer any more.
    Settled {
        tag: String,
    },
    /// A further callee of an outgoing call.
    Forked(Forked),
}

impl Call {
    /// Starts a call: asks the media layer for an offer, or sends the INVITE without one.
    ///
    /// # Errors
    /// The target is no URI to call, or a header field is not the application's to set.
    pub fn outgoing(ctx: &mut Context, id: CallId, target: &str, options: CallOptions) -> Result<Self, Refusal> {
        let outgoing = Outgoing::new(ctx, id, target, options)?;
        Ok(Self {
            life: Life::new(id),
            setup: Setup::Outgoing(Box::new(outgoing)),
            confirmed: None,
            stranded_until: None,
        })
    }

    /// Takes an INVITE outside any dialog, and the dialog that it makes.
    pub fn incoming(ctx: &mut Context, id: CallId, server: ServerId, invite: Message, dialog: Dialog) -> Self {
        let incoming = Incoming::new(ctx, id, server, invite, dialog);
        Self { life: Life::new(id), setup: Setup::Incoming(Box::new(incoming)), confirmed: None, stranded_until: None }
    }

    /// The name under which requests of the peer find this call: our tag; that and the peer's
    /// when it is a fork of another call.
    pub fn name(&self) -> &str {
        match &self.setup {
            Setup::Forked(forked) => forked.name(),
            Setup::Outgoing(_) | Setup::Incoming(_) | Setup::Answered { .. } | Setup::Settled { .. } => {
                self.local_tag()
            }
        }
    }

    /// Our tag.
    pub fn local_tag(&self) -> &str {
        match &self.setup {
            Setup::Outgoing(outgoing) => outgoing.local_tag(),
            Setup::Incoming(incoming) => incoming.local_tag(),
            Setup::Answered { tag } | Setup::Settled { tag } => tag,
            Setup::Forked(forked) => forked.local_tag(),
        }
    }

    /// A response to a request of this call; `late` is a provisional one after a 2xx. A call
    /// that it makes is given back with its number: that of a further callee.
    pub fn response(
        &mut self,
        ctx: &mut Context,
        id: ClientId,
        response: &Message,
        late: bool,
    ) -> Option<(CallId, Self)> {
        if let Some(confirmed) = &mut self.confirmed
            && confirmed.response(ctx, &mut self.life, id, response)
        {
            return None;
        }
        match &mut self.setup {
            Setup::Outgoing(outgoing) => match outgoing.response(ctx, &mut self.life, id, response, late) {
                // The response has found us.
                None if outgoing.is_invite(id) => self.stranded_until = None,
                Some(Answered::First(confirmed)) => self.confirm(confirmed),
                Some(Answered::Further(fork)) => return Some((fork.life.id(), Self::forked(*fork))),
                None => {}
            },
            Setup::Incoming(incoming) => {
                let outcome = incoming.response(ctx, id, response);
                self.conclude(ctx, outcome);
            }
            Setup::Answered { .. } | Setup::Settled { .. } => {}
            Setup::Forked(forked) => forked.response(ctx, response),
        }
        None
    }

    fn forked(fork: Fork) -> Self {
        let Fork { life, confirmed, setup } = fork;
        Self { life, setup: Setup::Forked(setup), confirmed: Some(Box::new(confirmed)), stranded_until: None }
    }

    /// No final response came in time.
    pub fn timeout(&mut self, ctx: &mut Context, id: ClientId) {
        if let Some(confirmed) = &mut self.confirmed
            && confirmed.timeout(ctx, &mut self.life, id)
        {
            return;
        }
        match &mut self.setup {
            Setup::Outgoing(outgoing) => outgoing.timeout(ctx, &mut self.life, id),
            Setup::Incoming(incoming) => {
                let outcome = incoming.timeout(ctx, id);
                self.conclude(ctx, outcome);
            }
            Setup::Answered { .. } | Setup::Settled { .. } | Setup::Forked(_) => {}
        }
    }

    /// A request inside one of the call's dialogs.
    pub fn request(&mut self, ctx: &mut Context, server: ServerId, request: Message) {
        if let Some(confirmed) = &mut self.confirmed
            && confirmed.owns(&request)
        {
            confirmed.request(ctx, &mut self.life, server, request);
            return;
        }
        match &mut self.setup {
            Setup::Outgoing(outgoing) => outgoing.request(ctx, &self.life, server, request),
            Setup::Answered { .. } | Setup::Settled { .. } | Setup::Forked(_) => {
                ctx.answer(server, &request, 481, None)
            }
            Setup::Incoming(incoming) => {
                let outcome = incoming.request(ctx, server, request);
                self.conclude(ctx, outcome);
            }
        }
    }

    /// The ACK of a 2xx of ours.
    pub fn ack(&mut self, ctx: &mut Context, ack: &Message) {
        if let Some(confirmed) = &mut self.confirmed
            && confirmed.owns(ack)
        {
            confirmed.ack(ctx, &mut self.life, ack);
        }
    }

    /// A CANCEL matched one of our server transactions; it has been answered.
    pub fn cancelled(&mut self, ctx: &mut Context, server: ServerId, cancel: &Message) {
        if let Some(confirmed) = &mut self.confirmed
            && confirmed.cancelled(ctx, server, cancel)
        {
            return;
        }
        if let Setup::Incoming(incoming) = &mut self.setup {
            let outcome = incoming.cancelled(ctx, server, cancel);
            self.conclude(ctx, outcome);
        }
    }

    /// A 100 is due: no other response came in time.
    pub fn trying_due(&mut self, ctx: &mut Context, server: ServerId) {
        if let Some(confirmed) = &self.confirmed {
            confirmed.trying_due(ctx, server);
        }
        if let Setup::Incoming(incoming) = &self.setup {
            incoming.trying_due(ctx, server);
        }
    }

    /// The media layer answered a question.
    pub fn description(&mut self, ctx: &mut Context, token: Token, answer: Answer) {
        if let Some(confirmed) = &mut self.confirmed
            && confirmed.awaits(token)
        {
            confirmed.description(ctx, &mut self.life, token, answer);
            return;
        }
        match &mut self.setup {
            Setup::Outgoing(outgoing) => outgoing.description(ctx, &mut self.life, token, answer),
            Setup::Answered { .. } | Setup::Settled { .. } | Setup::Forked(_) => {}
            Setup::Incoming(incoming) => {
                let outcome = incoming.description(ctx, token, answer);
                self.conclude(ctx, outcome);
            }
        }
    }

    /// The application answered a challenge; `known` says whether with credentials.
    pub fn credentials(&mut self, ctx: &mut Context, token: Token, known: bool) {
        if let Some(confirmed) = &mut self.confirmed
            && confirmed.credentials(ctx, &mut self.life, token, known)
        {
            return;
        }
        match &mut self.setup {
            Setup::Outgoing(outgoing) => outgoing.credentials(ctx, &mut self.life, token, known),
            Setup::Incoming(incoming) => incoming.credentials(ctx, token, known),
            Setup::Answered { .. } | Setup::Settled { .. } | Setup::Forked(_) => {}
        }
    }

    /// The connection is gone, or back. An answered call goes on without it; one that is
    /// not answered yet waits for 64*T1, the time after which its peer has given up.
    pub fn connection(&mut self, ctx: &mut Context, lost: bool) {
        match &mut self.confirmed {
            _ if !lost => self.recovered(ctx),
            Some(confirmed) => confirmed.lost(ctx, &mut self.life),
            None => {}
        }
        if self.life.is_over() {
            return;
        }
        ctx.emit(Event::Reconnecting { call: self.life.id(), lost });
        if lost && self.confirmed.is_none() {
            self.stranded_until.get_or_insert(ctx.now + ctx.timers.lifetime());
        } else if !matches!(&self.setup, Setup::Outgoing(outgoing) if outgoing.is_astray(ctx)) {
            self.stranded_until = None;
        }
    }

    /// Acts on the deadlines that have passed.
    pub fn expire(&mut self, ctx: &mut Context) {
        if let Some(confirmed) = &mut self.confirmed {
            confirmed.expire(ctx, &mut self.life);
        }
        match &mut self.setup {
            Setup::Outgoing(outgoing) => outgoing.expire(ctx, &mut self.life),
            Setup::Answered { .. } | Setup::Settled { .. } => {}
            Setup::Forked(forked) => forked.expire(ctx.now),
            Setup::Incoming(incoming) => {
                let outcome = incoming.expire(ctx);
                self.conclude(ctx, outcome);
            }
        }
        if self.stranded_until.take_if(|until| *until <= ctx.now).is_some() && !self.life.is_over() {
            match &mut self.setup {
                Setup::Outgoing(outgoing) => outgoing.strand(ctx, &mut self.life),
                Setup::Answered { .. } | Setup::Settled { .. } | Setup::Forked(_) => {}
                Setup::Incoming(incoming) => {
                    let outcome = incoming.strand(ctx);
                    self.conclude(ctx, outcome);
                }
            }
        }
    }

    /// When `expire` has something to do.
    pub fn deadline(&self) -> Option<Instant> {
        let setup = match &self.setup {
            Setup::Outgoing(outgoing) => outgoing.deadline(),
            Setup::Incoming(incoming) => incoming.deadline(),
            Setup::Answered { .. } | Setup::Settled { .. } => None,
            Setup::Forked(forked) => forked.deadline(),
        };
        let confirmed = self.confirmed.as_ref().and_then(|confirmed| confirmed.deadline());
        earlier(earlier(setup, confirmed), self.stranded_until)
    }

    /// Does what had to wait and may be done now.
    pub fn proceed(&mut self, ctx: &mut Context) {
        match (&mut self.confirmed, &mut self.setup) {
            (Some(confirmed), _) => confirmed.proceed(ctx, &mut self.life),
            (None, Setup::Outgoing(outgoing)) => outgoing.send_updates(ctx),
            (None, Setup::Incoming(incoming)) => incoming.send_updates(ctx),
            (None, Setup::Answered { .. } | Setup::Settled { .. } | Setup::Forked(_)) => {}
        }
    }

    /// Lets go of how a call was set up when nothing more can come of that, and of a confirmed
    /// dialog that is over; only the ACK of its 2xx may be asked for again.
    pub fn tidy(&mut self, ctx: &Context) {
        if let Setup::Outgoing(outgoing) = &mut self.setup {
            outgoing.tidy(ctx);
            if outgoing.is_done() && self.confirmed.is_some() {
                self.setup = Setup::Settled { tag: outgoing.local_tag().to_owned() };
            }
        }
        if !self.life.is_over() || self.confirmed.as_ref().is_none_or(|confirmed| !confirmed.is_done()) {
            return;
        }
        let Some(confirmed) = self.confirmed.take() else { return };
        match &mut self.setup {
            Setup::Outgoing(outgoing) => outgoing.keep_acks(confirmed.into_acks()),
            Setup::Forked(forked) => forked.keep_acks(confirmed.into_acks()),
            Setup::Incoming(_) | Setup::Answered { .. } | Setup::Settled { .. } => {}
        }
    }

    /// Whether the application has been told that the call is over.
    pub fn is_over(&self) -> bool {
        self.life.is_over()
    }

    /// Whether it is an incoming call that waits for its answer.
    pub fn is_ringing(&self) -> bool {
        matches!(&self.setup, Setup::Incoming(incoming) if incoming.invitation.is_open())
    }

    /// Whether nothing is left to do: not even stragglers to answer.
    pub fn is_done(&self) -> bool {
        let setup = match &self.setup {
            Setup::Outgoing(outgoing) => outgoing.is_done(),
            Setup::Incoming(incoming) => incoming.invitation.is_over(),
            Setup::Answered { .. } | Setup::Settled { .. } => true,
            Setup::Forked(forked) => forked.is_done(),
        };
        self.life.is_over() && setup && self.confirmed.as_ref().is_none_or(|confirmed| confirmed.is_done())
    }

    fn recovered(&mut self, ctx: &mut Context) {
        if let Some(confirmed) = &mut self.confirmed {
            confirmed.recovered(ctx);
        }
        match &mut self.setup {
            Setup::Outgoing(outgoing) => outgoing.recovered(ctx, &mut self.life),
            Setup::Incoming(incoming) => incoming.recovered(ctx),
            Setup::Answered { .. } | Setup::Settled { .. } | Setup::Forked(_) => {}
        }
    }

    fn confirm(&mut self, confirmed: Box<Confirmed>) {
        self.stranded_until = None;
        self.confirmed = Some(confirmed);
    }
}
