//! A client on a virtual clock: the agent under test, against the frames of a written server.
//!
//! What the agent does is told in short words, one a frame or event, in order: `REGISTER`,
//! `<registered 600>`, `<settled 1>`. A test says which words it expects; nothing may be
//! missing and nothing may be added.

use prackle::agent::{FlowId, Input, Output, UserAgent};
use prackle::message::{Message, Name};
use prackle::protocol::{
    Answer, Command, Config, ConnectionState, Credentials, Event, Failure, Field, Refusal, RefusalCode,
    RegistrationState, RequestNumber, RequestOptions, Token,
};
use prackle::time::Instant;

/// When a test begins; it tells times from here.
const ORIGIN: u64 = 1_000_000;

pub(crate) const SERVER: &str = "wss://edge.example.com";
pub(crate) const INSTANCE: &str = "urn:uuid:00000000-0000-4000-8000-00000000a11c";

/// The agent, its clock, and the connection that it is given.
pub(crate) struct Client {
    pub(crate) agent: UserAgent,
    pub(crate) flow: FlowId,
    now: u64,
    is_open: bool,
    opening: Option<FlowId>,
    seen: Vec<String>,
    /// The frames sent, keep-alives apart, each with its time.
    pub(crate) sent: Vec<(u64, Message)>,
    /// The times of the keep-alives sent, each with its octets.
    pub(crate) line_ends: Vec<(u64, Vec<u8>)>,
    /// All events, in order.
    pub(crate) events: Vec<Event>,
    requests: u32,
}

/// The configuration of Alice, who has a password.
pub(crate) fn alice() -> Config {
    let mut config = Config::new("sip:alice@example.com", SERVER);
    config.instance_id = Some(INSTANCE.to_owned());
    config.credentials = Some(password("alice", "wonderland"));
    config
}

pub(crate) fn password(username: &str, password: &str) -> Credentials {
    Credentials { username: username.to_owned(), password: Some(password.to_owned()), ha1: None, realm: None }
}

impl Client {
    /// Alice, connected.
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    /// Alice with a configuration changed by `change`, connected.
    pub(crate) fn with(change: impl FnOnce(&mut Config)) -> Self {
        let mut client = Self::offline(7, change);
        client.command(Command::Connect);
        client.take();
        client
    }

    /// The same, not connected; the seed of her randomness.
    pub(crate) fn offline(seed: u8, change: impl FnOnce(&mut Config)) -> Self {
        let mut config = alice();
        change(&mut config);
        let agent = UserAgent::new(config, [seed; 32], Instant::from_millis(ORIGIN)).expect("a good configuration");
        Self {
            agent,
            flow: FlowId(0),
            now: ORIGIN,
            is_open: true,
            opening: None,
            seen: Vec::new(),
            sent: Vec::new(),
            line_ends: Vec::new(),
            events: Vec::new(),
            requests: 0,
        }
    }

    /// Alice, registered for 600 seconds without having been challenged.
    pub(crate) fn registered() -> Self {
        let mut client = Self::new();
        client.register();
        client.grant(600, "");
        client.take();
        client
    }

    // The clock.

    /// Milliseconds since the beginning.
    pub(crate) fn time(&self) -> u64 {
        self.now - ORIGIN
    }

    /// Lets `millis` pass, each deadline at its instant.
    pub(crate) fn pass(&mut self, millis: u64) {
        let end = self.now + millis;
        while let Some(deadline) = self.agent.deadline().map(Instant::as_millis).filter(|at| *at <= end) {
            self.now = self.now.max(deadline);
            self.agent.handle(Instant::from_millis(self.now), Input::Deadline);
            self.drain();
        }
        self.now = end;
    }

    /// The machine sleeps: nothing is noticed meanwhile.
    pub(crate) fn sleep(&mut self, millis: u64) {
        self.now += millis;
    }

    /// Lets time pass until the agent sends a request, `millis` at the most; how long it took.
    pub(crate) fn pass_until_sent(&mut self, millis: u64) -> u64 {
        let (begin, count) = (self.time(), self.sent.len());
        while self.sent.len() == count {
            assert!(self.time() - begin < millis, "nothing was sent in {millis} ms");
            let next = self.agent.deadline().expect("a deadline").as_millis().max(self.now);
            self.pass(next - self.now);
        }
        self.time() - begin
    }

    // The connection.

    /// The connection is lost, and the server cannot be reached.
    pub(crate) fn lose_connection(&mut self) {
        self.is_open = false;
        let (now, flow) = (Instant::from_millis(self.now), self.flow);
        self.agent.handle(now, Input::Closed { flow, code: 1006 });
        self.drain();
    }

    /// The server can be reached again, now.
    pub(crate) fn restore_connection(&mut self) {
        self.is_open = true;
        self.command(Command::Connect);
        if let Some(flow) = self.opening.take() {
            self.opened(flow);
            self.drain();
        }
    }

    // The server.

    /// A frame arrives.
    pub(crate) fn receive(&mut self, frame: impl AsRef<[u8]>) {
        let (now, flow) = (Instant::from_millis(self.now), self.flow);
        self.agent.handle(now, Input::Frame { flow, octets: frame.as_ref() });
        self.drain();
    }

    /// The server answers a request.
    pub(crate) fn respond(&mut self, request: &Message, status: u16, fields: &str) {
        self.receive(response(request, status, fields));
    }

    /// The server answers the request that was sent last.
    pub(crate) fn answer(&mut self, status: u16, fields: &str) {
        let request = self.last();
        self.respond(&request, status, fields);
    }

    /// The registrar takes the REGISTER that was sent last, and lists our contact.
    pub(crate) fn grant(&mut self, seconds: u32, fields: &str) {
        let contact = self.last().header(Name::Contact).expect("a Contact").to_owned();
        let (contact, _) = contact.rsplit_once(";expires=").expect("a lifetime");
        self.answer(200, &format!("Contact: {contact};expires={seconds}\r\n{fields}"));
    }

    // The application.

    /// The number of the next command that has an outcome.
    pub(crate) fn next_number(&mut self) -> RequestNumber {
        self.requests += 1;
        RequestNumber(self.requests)
    }

    /// The number of the last one.
    pub(crate) fn requests(&self) -> u32 {
        self.requests
    }

    pub(crate) fn command(&mut self, command: Command) {
        self.try_command(command).expect("the command is accepted");
    }

    pub(crate) fn try_command(&mut self, command: Command) -> Result<(), Refusal> {
        let result = self.agent.command(Instant::from_millis(self.now), command);
        self.drain();
        result
    }

    pub(crate) fn register(&mut self) {
        let request = self.next_number();
        self.command(Command::Register { request, expires: None, headers: Vec::new() });
    }

    pub(crate) fn register_for(&mut self, seconds: u32) {
        let request = self.next_number();
        self.command(Command::Register { request, expires: Some(seconds), headers: Vec::new() });
    }

    pub(crate) fn unregister(&mut self, all: bool) {
        let request = self.next_number();
        self.command(Command::Unregister { request, all });
    }

    pub(crate) fn supply(&mut self, token: Token, credentials: Option<Credentials>) {
        self.command(Command::Credentials { token, credentials });
    }

    /// OPTIONS to Bob.
    pub(crate) fn options(&mut self) {
        self.request("OPTIONS", "sip:bob@example.com", RequestOptions::default()).expect("it is accepted");
    }

    pub(crate) fn request(&mut self, method: &str, target: &str, options: RequestOptions) -> Result<(), RefusalCode> {
        let (request, method, target) = (self.next_number(), method.to_owned(), target.to_owned());
        self.try_command(Command::Request { request, method, target, options }).map_err(|refusal| refusal.code)
    }

    // What was seen.

    /// What the agent has done since the last time, in words.
    pub(crate) fn take(&mut self) -> Vec<String> {
        std::mem::take(&mut self.seen)
    }

    /// The frame sent last.
    pub(crate) fn last(&self) -> Message {
        let (_, message) = self.sent.last().expect("something was sent");
        Message::parse(message.octets()).expect("what we send can be read")
    }

    /// The last request sent with that method.
    pub(crate) fn sent_last(&self, method: &str) -> Message {
        let found = self.sent.iter().rfind(|(_, message)| message.cseq().method.as_str() == method);
        Message::parse(found.expect("it was sent").1.octets()).expect("what we send can be read")
    }

    /// The token of the last challenge that the application was asked about.
    pub(crate) fn question(&self) -> Token {
        let asked = self.events.iter().rev().find_map(|event| match event {
            Event::Challenge { token, .. } => Some(*token),
            _ => None,
        });
        asked.expect("a challenge")
    }

    /// The last event of the registration: state, lifetime, pause until the next try, failure.
    pub(crate) fn registration(&self) -> (RegistrationState, Option<u32>, Option<u32>, Option<Failure>) {
        let told = self.events.iter().rev().find_map(|event| match event {
            Event::Registration { state, expires, retry_in, failure } => {
                Some((*state, *expires, *retry_in, failure.clone()))
            }
            _ => None,
        });
        told.expect("an event of the registration")
    }

    fn drain(&mut self) {
        while let Some(output) = self.agent.poll() {
            match output {
                Output::Open { flow, .. } if self.is_open => self.opened(flow),
                Output::Open { flow, .. } => self.opening = Some(flow),
                Output::Close { .. } => self.opening = None,
                Output::Send { flow, frame } => self.note_frame(flow, frame),
                Output::Event(event) => self.note_event(event),
            }
        }
    }

    fn opened(&mut self, flow: FlowId) {
        self.flow = flow;
        self.agent.handle(Instant::from_millis(self.now), Input::Opened { flow });
    }

    fn note_frame(&mut self, flow: FlowId, frame: Vec<u8>) {
        assert!(self.is_open && flow == self.flow, "sent on {flow:?}, not {:?}", self.flow);
        let at = self.time();
        if frame.iter().all(|octet| b"\r\n".contains(octet)) {
            return self.line_ends.push((at, frame));
        }
        let message = Message::parse(&frame).expect("what we send can be read");
        let method = message.cseq().method.as_str().to_owned();
        self.seen.push(message.status().map_or(method.clone(), |status| format!("{status} {method}")));
        self.sent.push((at, message));
    }

    fn note_event(&mut self, event: Event) {
        // The media layer of these tests always has the same to offer.
        if let Event::Describe { token, .. } = &event {
            let answer = Answer::Sdp(OFFER.to_owned());
            let described = Command::Description { token: *token, answer };
            self.agent.command(Instant::from_millis(self.now), described).expect("it was asked for");
        }
        self.seen.extend(told(&event));
        self.events.push(event);
    }
}

pub(crate) const OFFER: &str =
    "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n";

pub(crate) const ANSWER: &str =
    "v=0\r\no=- 2 2 IN IP4 192.0.2.2\r\ns=-\r\nc=IN IP4 192.0.2.2\r\nt=0 0\r\nm=audio 50000 RTP/AVP 0\r\n";

/// A header field of the application.
pub(crate) fn field(name: &str, value: &str) -> Field {
    Field(name.to_owned(), value.to_owned())
}

/// A response to a request of the agent, as text.
pub(crate) fn response(request: &Message, status: u16, fields: &str) -> String {
    response_with(request, status, fields, "")
}

/// The same, with a body.
pub(crate) fn response_with(request: &Message, status: u16, fields: &str, body: &str) -> String {
    let field = |name: Name| request.header(name).unwrap_or_default().to_owned();
    let tag = if request.to_tag().is_some() { "" } else { ";tag=server" };
    format!(
        "SIP/2.0 {status} Phrase\r\nVia: {}\r\nFrom: {}\r\nTo: {}{tag}\r\nCall-ID: {}\r\nCSeq: {}\r\n{fields}\
         Content-Length: {}\r\n\r\n{body}",
        field(Name::Via),
        field(Name::From),
        field(Name::To),
        field(Name::CallId),
        field(Name::CSeq),
        body.len(),
    )
}

/// An event in words; nothing for those that the tests look at by themselves.
fn told(event: &Event) -> Option<String> {
    Some(match event {
        Event::Registration { state, expires, retry_in, failure } => {
            let mut words = format!("{state:?}").to_lowercase();
            words.extend(expires.map(|seconds| format!(" {seconds}")));
            words.extend(failure.iter().map(reason));
            words.extend(retry_in.map(|_| " retry"));
            format!("<{words}>")
        }
        Event::Connection { state: ConnectionState::Connecting, .. } | Event::Describe { .. } => return None,
        Event::Connection { state, .. } => format!("<{}>", format!("{state:?}").to_lowercase()),
        Event::Challenge { realm, algorithm, status, .. } => format!("<challenge {status} {realm} {algorithm}>"),
        Event::Settled { request, failure: None, response, .. } => {
            let status = response.as_ref().map_or(String::new(), |response| format!(" {}", response.status));
            format!("<settled {}{status}>", request.0)
        }
        Event::Settled { request, failure: Some(failure), .. } => format!("<failed {}{}>", request.0, reason(failure)),
        Event::Message { from, body, .. } => format!("<message {} {body}>", from.uri),
        Event::Diagnostic { code, .. } => format!("<{code}>"),
        other => {
            let name = format!("{other:?}");
            format!("<{}>", name.split([' ', '{', '(']).next().unwrap_or_default().to_lowercase())
        }
    })
}

fn reason(failure: &Failure) -> String {
    let status = failure.status.map_or(String::new(), |status| format!(" {status}"));
    format!(" {:?}{status}", failure.cause)
}
