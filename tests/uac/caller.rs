//! The agent as a caller, against the frames of written callees.
//!
//! A callee is named by its To tag; its Contact is `sip:bob@<tag>.invalid`.

pub(crate) use super::agent::{ANSWER, Driver, OFFER, response};
use prackle::message::{Message, Name};
use prackle::protocol::{
    CallOptions, Cause, Command, Config, Credentials, DialogNumber, Event, Field, Media, PrackMode, RefusalCode,
};
use std::ops::{Deref, DerefMut};

/// Who is called.
pub(crate) const TARGET: &str = "sip:bob@example.com";

/// The driver of the agent, and what written callees do.
pub(crate) struct Caller(Driver);

impl Caller {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    /// A connected caller, configured by `change`.
    pub(crate) fn with(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::new("sip:alice@example.com", "wss://edge.example.com");
        change(&mut config);
        let mut driver = Driver::new(config, 7);
        driver.keep_events();
        Self(driver)
    }

    /// Whose INVITE, with an offer, has just been sent.
    pub(crate) fn calling() -> Self {
        Self::new().called(CallOptions::default())
    }

    /// The same, with options.
    pub(crate) fn called(mut self, options: CallOptions) -> Self {
        self.dial(TARGET, options);
        self.describe(OFFER);
        assert_eq!(self.take(), ["<describe>", "INVITE sdp"]);
        self
    }

    /// Whose INVITE, without an offer, has just been sent.
    pub(crate) fn offerless(self) -> Self {
        let mut alice = self;
        alice.dial(TARGET, CallOptions { media: Media::Offerless, ..CallOptions::default() });
        assert_eq!(alice.take(), ["INVITE"]);
        alice
    }

    /// Whose application sends the PRACKs itself.
    pub(crate) fn manual() -> Self {
        Self::with(|config| config.prack = PrackMode::Manual)
    }

    /// Whose call `tag` has answered.
    pub(crate) fn confirmed(tag: &str) -> Self {
        let mut alice = Self::calling();
        alice.ok(tag, ANSWER);
        assert_eq!(alice.take(), ["ACK", "<remote>", "<accepted>", "<confirmed>"]);
        alice
    }

    // What callees do.

    /// A response to the last INVITE, from the callee `tag`.
    pub(crate) fn reply(&mut self, status: u16, tag: &str, fields: &str, body: &str) {
        let invite = self.request_sent("INVITE");
        tag.clone_into(&mut self.peer.tag);
        self.respond(&invite, status, fields, body);
    }

    /// A provisional response that wants no PRACK.
    pub(crate) fn unreliable(&mut self, status: u16, tag: &str, body: &str) {
        self.reply(status, tag, &contact(tag), body);
    }

    /// A reliable provisional response.
    pub(crate) fn reliable(&mut self, status: u16, tag: &str, rseq: u32, body: &str) {
        self.reply(status, tag, &format!("{}{}", contact(tag), require(rseq)), body);
    }

    /// The 200.
    pub(crate) fn ok(&mut self, tag: &str, body: &str) {
        self.reply(200, tag, &contact(tag), body);
    }

    /// A response to the last request of ours with that method.
    pub(crate) fn answer(&mut self, method: &str, status: u16, fields: &str, body: &str) {
        let request = self.request_sent(method);
        self.respond(&request, status, fields, body);
    }

    // The application.

    /// Acknowledges a provisional response of the dialog by hand; the number of the command.
    pub(crate) fn prack(&mut self, dialog: u32, rseq: u32) -> u32 {
        let (number, result) = self.try_prack(dialog, rseq, Prack::default());
        result.expect("the PRACK is accepted");
        number
    }

    /// The same with content, or the name of the refusal.
    pub(crate) fn try_prack(&mut self, dialog: u32, rseq: u32, prack: Prack) -> (u32, Result<(), RefusalCode>) {
        let (call, request) = (self.call, self.next_request());
        let Prack { body, content_type, offer, headers } = prack;
        let (body, content_type) = (body.map(str::to_owned), content_type.map(str::to_owned));
        let dialog = DialogNumber(dialog);
        let command = Command::Prack { call, dialog, rseq, request, body, content_type, offer, headers };
        (request.0, self.try_command(command).map_err(|refusal| refusal.code))
    }

    // What was seen.

    /// The last request sent with that method.
    pub(crate) fn request_sent(&self, method: &str) -> Message {
        self.requests_sent(method).pop().unwrap_or_else(|| panic!("no {method} was sent"))
    }

    /// All requests sent with that method, in order.
    pub(crate) fn requests_sent(&self, method: &str) -> Vec<Message> {
        let of_method =
            self.sent.iter().filter(|(_, message)| message.is_request() && message.method().as_str() == method);
        of_method.map(|(_, message)| Message::parse(message.octets()).expect("what we send can be read")).collect()
    }

    /// Cause and status of the call's end, when it has ended.
    pub(crate) fn end(&self) -> Option<(Cause, Option<u16>)> {
        self.events().iter().find_map(|event| match event {
            Event::Ended { cause, status, .. } => Some((*cause, *status)),
            _ => None,
        })
    }

    /// Lets everything run out, and checks that nothing is left and nothing more is sent.
    pub(crate) fn finish(&mut self) {
        assert!(self.end().is_some(), "the call has not ended");
        self.pass(200_000);
        assert_eq!(self.take(), [""; 0]);
        assert_eq!(self.agent.load(), 0, "something stays");
    }
}

/// What the application puts into a PRACK.
#[derive(Default)]
pub(crate) struct Prack {
    pub(crate) body: Option<&'static str>,
    pub(crate) content_type: Option<&'static str>,
    pub(crate) offer: bool,
    pub(crate) headers: Vec<Field>,
}

impl Deref for Caller {
    type Target = Driver;

    fn deref(&self) -> &Driver {
        &self.0
    }
}

impl DerefMut for Caller {
    fn deref_mut(&mut self) -> &mut Driver {
        &mut self.0
    }
}

/// The Contact of a callee.
pub(crate) fn contact(tag: &str) -> String {
    format!("Contact: <sip:bob@{tag}.invalid>\r\n")
}

/// What makes a provisional response reliable.
pub(crate) fn require(rseq: impl std::fmt::Display) -> String {
    format!("Require: 100rel\r\nRSeq: {rseq}\r\n")
}

/// A Digest challenge in 407.
pub(crate) fn challenge(realm: &str, nonce: &str) -> String {
    format!("Proxy-Authenticate: Digest realm=\"{realm}\", nonce=\"{nonce}\", qop=\"auth\", algorithm=MD5\r\n")
}

/// Username and password of the caller.
pub(crate) fn credentials() -> Credentials {
    Credentials { username: "alice".to_owned(), password: Some("secret".to_owned()), ha1: None, realm: None }
}

/// The values of a field.
pub(crate) fn values(message: &Message, name: Name) -> Vec<&str> {
    message.values(name).collect()
}

/// The RAck of a PRACK, as written.
pub(crate) fn rack(prack: &Message) -> &str {
    prack.header(Name::RAck).unwrap_or_default()
}

/// A field of the application.
pub(crate) fn field(name: &str, value: &str) -> Field {
    Field(name.to_owned(), value.to_owned())
}
