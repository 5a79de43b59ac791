//! Alice on a virtual clock: the agent under test, against the frames of a written server.

pub(crate) use super::agent::{ANSWER, OFFER};
use super::agent::{Driver, response as phrase};
use prackle::message::{Message, Name};
use prackle::protocol::{
    CallOptions, Command, Config, ConnectionState, Credentials, Event, Failure, Field, RefusalCode, RegistrationState,
    RequestOptions, Token,
};
use std::ops::{Deref, DerefMut};

const SERVER: &str = "wss://edge.example.com";
pub(crate) const INSTANCE: &str = "urn:uuid:00000000-0000-4000-8000-00000000a11c";

/// The driver of the agent, and what a written server does.
pub(crate) struct Client(Driver);

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
        let mut driver = Driver::offline(config, seed);
        driver.tell = told;
        driver.keep_events();
        Self(driver)
    }

    /// Alice, registered for 600 seconds without having been challenged.
    pub(crate) fn registered() -> Self {
        let mut client = Self::new();
        client.register();
        client.grant(600, "");
        client.take();
        client
    }

    /// Lets time pass until the agent sends a message, `millis` at the most; how long it took.
    pub(crate) fn pass_until_sent(&mut self, millis: u64) -> u64 {
        let (begin, count) = (self.time(), self.sent.len());
        while self.sent.len() == count {
            assert!(self.time() - begin < millis, "nothing was sent in {millis} ms");
            self.step();
        }
        self.time() - begin
    }

    // The server.

    /// The server answers a request.
    pub(crate) fn respond(&mut self, request: &Message, status: u16, fields: &str) {
        self.respond_with(request, status, fields, "");
    }

    /// The same, with a body.
    pub(crate) fn respond_with(&mut self, request: &Message, status: u16, fields: &str, body: &str) {
        self.0.respond(request, status, fields, body);
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

    pub(crate) fn register(&mut self) {
        let request = self.next_request();
        self.command(Command::Register { request, expires: None, headers: Vec::new() });
    }

    pub(crate) fn register_for(&mut self, seconds: u32) {
        let request = self.next_request();
        self.command(Command::Register { request, expires: Some(seconds), headers: Vec::new() });
    }

    pub(crate) fn unregister(&mut self, all: bool) {
        let request = self.next_request();
        self.command(Command::Unregister { request, all });
    }

    pub(crate) fn supply(&mut self, token: Token, credentials: Option<Credentials>) {
        self.command(Command::Credentials { token, credentials });
    }

    /// OPTIONS to Bob.
    pub(crate) fn options(&mut self) {
        self.send("OPTIONS", "sip:bob@example.com", RequestOptions::default()).expect("it is accepted");
    }

    pub(crate) fn send(&mut self, method: &str, target: &str, options: RequestOptions) -> Result<(), RefusalCode> {
        let (request, method, target) = (self.next_request(), method.to_owned(), target.to_owned());
        self.try_command(Command::Request { request, method, target, options }).map_err(|refusal| refusal.code)
    }

    /// A call to Bob, up to its INVITE.
    pub(crate) fn invite(&mut self) {
        self.dial("sip:bob@example.com", CallOptions::default());
        self.describe(OFFER);
    }

    // What was seen.

    /// The last request sent with that method.
    pub(crate) fn sent_last(&self, method: &str) -> Message {
        let found = self.sent.iter().rfind(|(_, message)| message.cseq().method.as_str() == method);
        Message::parse(found.expect("it was sent").1.octets()).expect("what we send can be read")
    }

    /// The token of the last challenge that the application was asked about.
    pub(crate) fn question(&self) -> Token {
        let asked = self.events().iter().rev().find_map(|event| match event {
            Event::Challenge { token, .. } => Some(*token),
            _ => None,
        });
        asked.expect("a challenge")
    }

    /// The last event of the registration: state, lifetime, pause until the next try, failure.
    pub(crate) fn registration(&self) -> (RegistrationState, Option<u32>, Option<u32>, Option<Failure>) {
        let told = self.events().iter().rev().find_map(|event| match event {
            Event::Registration { state, expires, retry_in, failure } => {
                Some((*state, *expires, *retry_in, failure.clone()))
            }
            _ => None,
        });
        told.expect("an event of the registration")
    }
}

impl Deref for Client {
    type Target = Driver;

    fn deref(&self) -> &Driver {
        &self.0
    }
}

impl DerefMut for Client {
    fn deref_mut(&mut self) -> &mut Driver {
        &mut self.0
    }
}

/// A header field of the application.
pub(crate) fn field(name: &str, value: &str) -> Field {
    Field(name.to_owned(), value.to_owned())
}

/// A response to a request of the agent, as text.
pub(crate) fn response(request: &Message, status: u16, fields: &str) -> String {
    phrase(request, status, "server", fields, "")
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
        Event::Connection { state: ConnectionState::Connecting, .. } | Event::Describe { .. } | Event::Trace(_) => {
            return None;
        }
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
