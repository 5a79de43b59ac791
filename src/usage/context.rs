//! The narrow door between a usage and everything below it.

use super::answering::Answering;
use super::identity::{Identity, allow};
use super::outbox::{Outbox, Output};
use super::request::Request;
use crate::auth::Auth;
use crate::flow::{FlowId, Place};
use crate::message::{Message, Name, Writer, reason_phrase};
use crate::protocol::{
    CallId, DescriptionKind, DialogNumber, Event, Failure, OnFork, PrackMode, Refusal, RefusalCode, RequestNumber,
    Response, Severity, Token,
};
use crate::random::Random;
use crate::table::Table;
use crate::time::{Duration, Instant, Timers};
use crate::transaction::{ClientId, ServerId, Transactions};
use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

/// Which usage a transaction or a question belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    /// The registration.
    Registration,
    /// The connection, which asks whether its server is still there.
    Connection,
    /// A call.
    Call(CallId),
    /// A request outside any dialog.
    Request(RequestNumber),
}

/// What is remembered of a request while its transaction lives.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) owner: Owner,
    /// Its Request-URI, when it went out with credentials: the server may prove itself in turn.
    pub(super) uri: Option<Arc<str>>,
}

/// A question to the application.
#[derive(Debug)]
pub(super) struct Question {
    owner: Owner,
    /// The realm that credentials are asked for; none when it is a description.
    pub(super) realm: Option<String>,
}

/// What a usage acts through.
#[derive(Debug)]
pub struct Context {
    /// The instant of this turn.
    pub now: Instant,
    /// The base values of the timers.
    pub timers: Timers,
    /// Who we are.
    pub identity: Identity,
    /// How INVITEs are answered.
    pub answering: Answering,
    /// Who sends the PRACKs of outgoing calls.
    pub prack: PrackMode,
    /// How long a PRACK may wait for the application or the media layer.
    pub prack_deadline: Duration,
    /// Whether an answer takes the place of a preview that differs from it.
    pub accept_changed_answer: bool,
    /// What becomes of a second callee that answers.
    pub on_fork: OnFork,
    /// The session interval that we ask for, in seconds.
    pub session_timer: Option<u32>,
    /// Tags, numbers, keys.
    pub random: Random,
    pub(crate) transactions: Transactions,
    pub(crate) auth: Auth,
    pub(crate) outbox: Outbox,
    pub(super) clients: Table<ClientId, Sent>,
    servers: Table<ServerId, CallId>,
    pub(super) questions: Table<Token, Question>,
    pub(super) link: Option<FlowId>,
    /// The server of the connection in use.
    server: Option<Place>,
    /// The requests whose responses found no connection to leave on.
    pub(super) unsent: Vec<ServerId>,
    /// Whether the connection in use, or the last one, is `wss:`.
    pub(super) secure: bool,
    tokens: u32,
    /// How many calls have begun that the shell has not begun.
    calls: u32,
}

impl Context {
    /// A context without a connection.
    pub fn new(now: Instant, timers: Timers, identity: Identity, random: Random, auth: Auth, outbox: Outbox) -> Self {
        Self {
            now,
            timers,
            identity,
            answering: Answering::default(),
            prack: PrackMode::default(),
            prack_deadline: Duration::from_secs(20),
            accept_changed_answer: false,
            on_fork: OnFork::default(),
            session_timer: None,
            random,
            transactions: Transactions::new(timers),
            auth,
            outbox,
            clients: Table::new(),
            servers: Table::new(),
            questions: Table::new(),
            link: None,
            server: None,
            unsent: Vec::new(),
            secure: false,
            tokens: 0,
            calls: 0,
        }
    }

    // Responses.

    /// Begins a response: its phrase is the usual one unless `reason` is given.
    pub fn reply(&self, request: &Message, status: u16, reason: Option<&str>, tag: Option<&str>) -> Writer {
        let mut writer = Writer::response(request, status, reason.unwrap_or(reason_phrase(status)), tag);
        writer.field(Name::Server, &self.identity.software);
        writer
    }

    /// Begins a response that makes or refreshes a dialog: Record-Route, Contact, Allow and Supported.
    pub fn reply_in_dialog(&self, request: &Message, status: u16, reason: Option<&str>, tag: &str) -> Writer {
        let mut writer = self.reply(request, status, reason, Some(tag));
        writer.copy_fields(request, Name::RecordRoute);
        self.contact(&mut writer);
        self.capabilities(&mut writer);
        writer
    }

    /// Writes Contact as it stands in dialogs.
    pub fn contact(&self, writer: &mut Writer) {
        writer.field_parts(Name::Contact, &self.identity.contact_parts());
    }

    /// Writes Allow and Supported.
    pub fn capabilities(&self, writer: &mut Writer) {
        writer.field(Name::Allow, allow(self.identity.rel100)).field(Name::Supported, &self.identity.supported);
    }

    /// Sends octets as they are: a retransmission by the user of the transaction.
    pub fn transmit(&mut self, frame: Vec<u8>) {
        if let Some(flow) = self.link {
            self.outbox.send(self.now, flow, frame);
        }
    }

    // The application.

    /// Tells the application.
    pub fn emit(&mut self, event: Event) {
        self.outbox.push(Output::Event(event));
    }

    /// Settles a command.
    pub fn settle(&mut self, request: RequestNumber, outcome: Result<Option<Response>, Failure>) {
        let (failure, response) = match outcome {
            Ok(response) => (None, response),
            Err(failure) => (Some(failure), None),
        };
        self.emit(Event::Settled { request, failure, response, rseq: None });
    }

    /// Tells of something odd.
    pub fn diagnose(&mut self, call: Option<CallId>, severity: Severity, code: &str) {
        self.emit(Event::Diagnostic { call, severity, code: code.to_owned() });
    }

    /// Asks the media layer for a description.
    pub fn describe(
        &mut self,
        call: CallId,
        dialog: Option<DialogNumber>,
        kind: DescriptionKind,
        remote: Option<String>,
    ) -> Token {
        let token = self.question(Owner::Call(call), None);
        self.emit(Event::Describe { token, call, dialog, kind, remote });
        token
    }

    /// A number for a call that the shell has not begun.
    pub fn number_call(&mut self) -> CallId {
        let number = CallId(CallId::FIRST_INCOMING | self.calls);
        self.calls = self.calls.wrapping_add(1);
        number
    }

    // Who owns what.

    /// A request that was sent is another usage's from now on.
    pub fn hand_over(&mut self, request: &mut Request, to: Owner) {
        request.owner = to;
        if let Some(sent) = self.clients.get_mut(request.id) {
            sent.owner = to;
        }
    }

    /// Notes that a request that arrived is a call's to answer.
    pub fn adopt(&mut self, server: ServerId, call: CallId) {
        self.servers.insert(server, call);
    }

    /// The call that has to answer a request.
    pub fn owner_of_server(&self, server: ServerId) -> Option<CallId> {
        self.servers.get(server).copied()
    }

    /// Forgets whose a request was that nobody has to answer any more.
    pub fn disown(&mut self, server: ServerId) {
        self.servers.remove(server);
    }

    /// The usage that sent a request; `last` forgets it.
    pub fn owner_of_client(&mut self, id: ClientId, last: bool) -> Option<Owner> {
        if last { self.clients.remove(id).map(|sent| sent.owner) } else { self.clients.get(id).map(|sent| sent.owner) }
    }

    /// The usage that asked a question, which is answered by this.
    pub fn answered(&mut self, token: Token) -> Option<Owner> {
        self.questions.remove(token).map(|question| question.owner)
    }

    /// Forgets a call's open questions: nobody waits for the answers any more.
    pub fn forget_questions(&mut self, call: CallId) {
        self.questions.retain(|question| question.owner != Owner::Call(call));
    }

    // The connection.

    /// The connection in use.
    pub fn flow(&self) -> Option<FlowId> {
        self.link
    }

    /// Refuses what cannot be sent.
    ///
    /// # Errors
    /// There is no connection.
    pub fn check_connected(&self) -> Result<(), Refusal> {
        match self.link {
            Some(_) => Ok(()),
            None => Err(Refusal::new(RefusalCode::NotConnected, "there is no connection")),
        }
    }

    /// Uses a connection from now on.
    pub fn connected(&mut self, flow: FlowId, server: Place, secure: bool) {
        self.link = Some(flow);
        self.server = Some(server);
        self.secure = secure;
    }

    /// Has none any more.
    pub fn disconnected(&mut self) {
        self.link = None;
        self.server = None;
    }

    /// The server of the connection in use.
    pub fn server(&self) -> Option<Place> {
        self.server
    }

    pub(super) fn question(&mut self, owner: Owner, realm: Option<String>) -> Token {
        self.tokens = self.tokens.wrapping_add(1);
        let token = Token(self.tokens);
        self.questions.insert(token, Question { owner, realm });
        token
    }
}
