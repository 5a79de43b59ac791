//! The registration: one binding of our contact to the address of record, kept fresh
//! (RFC 3261 section 10, RFC 5626 section 4.2, RFC 3608).
//!
//! Decides when to register, refresh, retry and give up, and tells the truth about it. It
//! knows nothing of calls or sockets; the agent tells it when the connection comes and goes.

mod contact;
mod wish;

use crate::dialog::{Draft, route_set};
use crate::message::{Message, Name};
use crate::protocol::{Cause, Event, Failure, Field, Refusal, RefusalCode, RegistrationState, RequestNumber, Token};
use crate::time::{Duration, Instant};
use crate::transaction::ClientId;
use crate::usage::{Challenge, Context, Owner, Request, check_fields, failure};
use alloc::sync::Arc;
use alloc::vec::Vec;
use contact::{contact_fields, granted, gruu, refresh_after};
use wish::Wish;

/// The first pause after a failure that may pass; it doubles up to the longest.
const FIRST_RETRY: Duration = Duration::from_secs(2);
const LONGEST_RETRY: Duration = Duration::from_secs(120);

/// The registration of one user agent.
///
/// ```text
///   Idle --register--> Registering --2xx--> Registered --(before it expires)--> Registering
///    ^                   |  ^                   |
///    |   4xx, 6xx        |  | pause is over     | connection lost: registers when it is back
///    +-------------------+  |                   |
///    |                   v  |                   | unregister
///    |  408, 5xx, silence: Waiting              v
///    +--------------- 2xx, failure ------ Unregistering
/// ```
#[derive(Debug)]
pub struct Registration {
    wish: Wish,
    draft: Option<Draft>,
    state: State,
    /// Whether the registrar is known to hold our binding.
    bound: bool,
    /// Whether to ask for outbound; not while the first hop lacks it.
    outbound: bool,
    failures: u32,
}

#[derive(Debug)]
enum State {
    Idle,
    /// Wanted, but there is no connection.
    Offline,
    Registering {
        request: Request,
        asked: Option<Token>,
        shortened: bool,
    },
    Registered {
        refresh_at: Instant,
    },
    Waiting {
        until: Instant,
    },
    Unregistering {
        request: Request,
        asked: Option<Token>,
    },
}

impl Registration {
    /// A registration that is not wanted yet, to be asked for `expires` seconds.
    pub fn new(expires: u32) -> Self {
        Self { wish: Wish::new(expires), draft: None, state: State::Idle, bound: false, outbound: true, failures: 0 }
    }

    /// Registers, now or as soon as there is a connection.
    ///
    /// # Errors
    /// A header field or the lifetime is not one to ask for.
    pub fn register(
        &mut self,
        ctx: &mut Context,
        request: RequestNumber,
        expires: Option<u32>,
        headers: Vec<Field>,
    ) -> Result<(), Refusal> {
        check_fields(&headers)?;
        if headers.iter().any(|Field(name, _)| name.eq_ignore_ascii_case("Expires")) {
            return Err(Refusal::new(RefusalCode::InvalidHeader, "the lifetime is set by expires"));
        }
        if expires == Some(0) {
            return Err(Refusal::new(RefusalCode::InvalidArgument, "expires must be at least 1; use unregister()"));
        }
        self.failures = 0;
        if matches!(self.state, State::Unregistering { .. }) {
            self.wish.fail(ctx, &plain(Cause::Superseded));
        }
        self.wish.join(request, expires, headers);
        if !matches!(self.state, State::Registering { .. }) {
            self.begin(ctx);
        }
        Ok(())
    }

    /// Removes our binding, or all of them. While the connection is lost, the registrar cannot
    /// be told: that fails, but nothing is registered any more when it is back.
    ///
    /// # Errors
    /// There is no connection to do it over, and nothing to be given up.
    pub fn unregister(&mut self, ctx: &mut Context, request: RequestNumber, all: bool) -> Result<(), Refusal> {
        let offline = matches!(self.state, State::Offline);
        if !offline {
            ctx.check_connected()?;
        }
        self.wish.fail(ctx, &plain(Cause::Superseded));
        self.wish.wait(request);
        if offline {
            self.state = State::Idle;
            self.wish.fail(ctx, &plain(Cause::Connection));
            return Ok(());
        }
        self.bound = false;
        let mut draft = self.next_draft(ctx);
        draft.fields = contact_fields(ctx, 0, all, self.outbound);
        let request = ctx.send(draft, Owner::Registration);
        self.state = State::Unregistering { request, asked: None };
        self.tell(ctx, RegistrationState::Unregistering, None, None);
        Ok(())
    }

    /// The connection is there.
    pub fn connected(&mut self, ctx: &mut Context) {
        self.outbound = true;
        if matches!(self.state, State::Offline) {
            self.begin(ctx);
        }
    }

    /// The connection is gone, and with it the path to our contact.
    pub fn disconnected(&mut self, ctx: &mut Context) {
        match self.state {
            State::Idle | State::Offline => return,
            State::Unregistering { .. } => {
                self.state = State::Idle;
                self.wish.fail(ctx, &plain(Cause::Connection));
            }
            State::Registering { .. } | State::Registered { .. } | State::Waiting { .. } => self.state = State::Offline,
        }
        self.unbind(ctx);
        self.tell(ctx, RegistrationState::Unregistered, None, Some(plain(Cause::Connection)));
    }

    /// The user agent is switched off: nothing is wanted any more.
    pub fn close(&mut self, ctx: &mut Context) {
        self.wish.fail(ctx, &plain(Cause::Closed));
        let former = core::mem::replace(&mut self.state, State::Idle);
        self.unbind(ctx);
        ctx.identity.gruu = None;
        if !matches!(former, State::Idle | State::Offline) {
            self.tell(ctx, RegistrationState::Unregistered, None, Some(plain(Cause::Closed)));
        }
    }

    /// The response to a REGISTER of ours; the Flow-Timer in seconds, when the registrar set
    /// one (RFC 5626 section 4.4).
    pub fn response(&mut self, ctx: &mut Context, id: ClientId, response: &Message) -> Option<u32> {
        let status = response.status().filter(|status| *status >= 200)?;
        if self.request().is_none_or(|request| request.id != id) {
            return None;
        }
        match status {
            200..300 => return self.accepted(ctx, response),
            401 | 407 if self.challenged(ctx, response) => {}
            423 if self.too_brief(ctx, response) => {}
            439 if self.first_hop_lacks_outbound(ctx) => {}
            _ => self.failed(ctx, failure(response)),
        }
        None
    }

    /// A REGISTER was never answered.
    pub fn timeout(&mut self, ctx: &mut Context, id: ClientId) {
        if self.request().is_some_and(|request| request.id == id) {
            self.failed(ctx, Failure { status: Some(408), ..plain(Cause::Timeout) });
        }
    }

    /// The application answered a challenge; `known` says whether with credentials.
    pub fn credentials(&mut self, ctx: &mut Context, token: Token, known: bool) {
        let (State::Registering { request, asked, .. } | State::Unregistering { request, asked }) = &mut self.state
        else {
            return;
        };
        if asked.take_if(|asked| *asked == token).is_none() {
            return;
        }
        if known {
            let cseq = request.draft.cseq + 1;
            ctx.resend(request, cseq);
            self.note_cseq(cseq);
        } else {
            self.failed(ctx, Failure { status: Some(401), ..plain(Cause::Unauthorized) });
        }
    }

    /// Refreshes or tries again, when it is time.
    pub fn expire(&mut self, ctx: &mut Context) {
        if self.deadline().is_some_and(|at| at <= ctx.now) {
            self.begin(ctx);
        }
    }

    /// When `expire` has something to do.
    pub fn deadline(&self) -> Option<Instant> {
        match self.state {
            State::Registered { refresh_at } => Some(refresh_at),
            State::Waiting { until } => Some(until),
            State::Idle | State::Offline | State::Registering { .. } | State::Unregistering { .. } => None,
        }
    }

    fn begin(&mut self, ctx: &mut Context) {
        self.wish.adopt();
        if ctx.flow().is_none() {
            self.state = State::Offline;
            return;
        }
        self.ask(ctx, false);
        if !self.bound {
            self.tell(ctx, RegistrationState::Registering, None, None);
        }
    }

    /// Sends what the wish says; `shortened` when a 423 has changed it already.
    fn ask(&mut self, ctx: &mut Context, shortened: bool) {
        let mut draft = self.next_draft(ctx);
        draft.fields = contact_fields(ctx, self.wish.expires, false, self.outbound);
        let request = ctx.send(draft, Owner::Registration);
        self.state = State::Registering { request, asked: None, shortened };
    }

    /// All REGISTERs of one user agent share Call-ID and From tag, and count on
    /// (RFC 3261 section 10.2).
    fn next_draft(&mut self, ctx: &mut Context) -> Draft {
        let draft = self.draft.get_or_insert_with(|| {
            let registrar = ctx.identity.registrar.clone();
            let to = ["<", &ctx.identity.uri, ">"].concat();
            let mut draft = ctx.draft("REGISTER", &registrar, &to);
            draft.cseq = 0;
            draft
        });
        draft.cseq += 1;
        draft.route = Arc::default();
        draft.extra.clone_from(&self.wish.headers);
        draft.clone()
    }

    fn note_cseq(&mut self, cseq: u32) {
        if let Some(draft) = &mut self.draft {
            draft.cseq = cseq;
        }
    }

    fn request(&self) -> Option<&Request> {
        match &self.state {
            State::Registering { request, .. } | State::Unregistering { request, .. } => Some(request),
            State::Idle | State::Offline | State::Registered { .. } | State::Waiting { .. } => None,
        }
    }

    fn accepted(&mut self, ctx: &mut Context, response: &Message) -> Option<u32> {
        self.failures = 0;
        ctx.identity.gruu = gruu(ctx, response);
        if matches!(self.state, State::Unregistering { .. }) {
            self.unbind(ctx);
            self.state = State::Idle;
            self.tell(ctx, RegistrationState::Unregistered, None, None);
            self.wish.grant(ctx, response);
            return None;
        }
        let Some(granted) = granted(ctx, response, self.wish.expires) else {
            // The registrar lists bindings, and ours is not among them.
            self.failed(ctx, Failure { status: response.status(), ..plain(Cause::ProtocolError) });
            return None;
        };
        self.bound = true;
        ctx.identity.service_route = route_set(&response.values(Name::ServiceRoute).collect::<Vec<_>>());
        self.state = State::Registered { refresh_at: ctx.now + refresh_after(ctx, granted) };
        self.tell(ctx, RegistrationState::Registered, Some(granted), None);
        self.wish.grant(ctx, response);
        if self.wish.has_changed() {
            self.begin(ctx);
        }
        response.flow_timer()
    }

    fn challenged(&mut self, ctx: &mut Context, response: &Message) -> bool {
        let (State::Registering { request, asked, .. } | State::Unregistering { request, asked }) = &mut self.state
        else {
            return false;
        };
        match ctx.challenge(request, response) {
            Challenge::Retry => {
                let cseq = request.draft.cseq + 1;
                ctx.resend(request, cseq);
                self.note_cseq(cseq);
            }
            Challenge::Asked(token) => *asked = Some(token),
            Challenge::Failed => return false,
        }
        true
    }

    /// 423: asks once more, for as long as the registrar wants (RFC 3261 section 10.2.8).
    fn too_brief(&mut self, ctx: &mut Context, response: &Message) -> bool {
        let State::Registering { shortened: false, .. } = self.state else { return false };
        let Some(least) = response.min_expires().filter(|least| *least > self.wish.expires) else { return false };
        self.wish.expires = least;
        self.ask(ctx, true);
        true
    }

    /// 439: without outbound, for as long as this connection lasts; the next may lead to another
    /// edge (RFC 5626 section 4.2.1).
    fn first_hop_lacks_outbound(&mut self, ctx: &mut Context) -> bool {
        let State::Registering { shortened, .. } = self.state else { return false };
        if !core::mem::take(&mut self.outbound) {
            return false;
        }
        self.ask(ctx, shortened);
        true
    }

    fn failed(&mut self, ctx: &mut Context, failure: Failure) {
        let unregistering = matches!(self.state, State::Unregistering { .. });
        let pause = (!unregistering).then(|| self.pause(ctx, &failure)).flatten();
        self.unbind(ctx);
        ctx.identity.gruu = None;
        self.state = pause.map_or(State::Idle, |pause| State::Waiting { until: ctx.now + pause });
        let retry_in = pause.map(|pause| u32::try_from(pause.as_millis()).unwrap_or(u32::MAX));
        let event = Event::Registration {
            state: RegistrationState::Unregistered,
            expires: None,
            retry_in,
            failure: Some(failure.clone()),
        };
        ctx.emit(event);
        self.wish.fail(ctx, &failure);
    }

    /// The registrar does not hold our binding, as far as we know: the route that came with it
    /// is not to be taken any more (RFC 3608 section 6.1).
    fn unbind(&mut self, ctx: &mut Context) {
        self.bound = false;
        ctx.identity.service_route = Arc::default();
    }

    /// How long to wait before the next try; none when trying again would not help.
    fn pause(&mut self, ctx: &mut Context, failure: &Failure) -> Option<Duration> {
        let passing = matches!(failure.status, Some(408 | 480 | 500..600) | None);
        if !passing && failure.retry_after.is_none() {
            return None;
        }
        let doubled = FIRST_RETRY * (1 << self.failures.min(10));
        self.failures += 1;
        let pause = doubled.min(LONGEST_RETRY).as_millis();
        // Between half and all of it, so that a server's clients do not come back as one.
        let jitter = ctx.random.below(u32::try_from(pause / 2).unwrap_or(u32::MAX));
        let pause = Duration::from_millis(pause / 2 + u64::from(jitter));
        let asked = failure.retry_after.map(|seconds| Duration::from_secs(seconds.into()));
        Some(asked.map_or(pause, |asked| asked.max(pause)))
    }

    fn tell(&self, ctx: &mut Context, state: RegistrationState, expires: Option<u32>, failure: Option<Failure>) {
        ctx.emit(Event::Registration { state, expires, retry_in: None, failure });
    }
}

fn plain(cause: Cause) -> Failure {
    Failure { cause, status: None, reason: None, retry_after: None }
}
