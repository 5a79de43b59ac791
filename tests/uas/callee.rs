//! The agent as a callee, against the frames of a written caller.

pub(crate) use super::agent::{ANSWER, Driver, OFFER, Peer};
use prackle::message::Message;
use prackle::protocol::{CallOptions, Command, Config, Event, Progress, RefusalCode};
use std::ops::{Deref, DerefMut};

/// The driver of the agent, and what a written caller does.
pub(crate) struct Callee(Driver);

impl Callee {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    /// A connected callee, configured by `change`.
    pub(crate) fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::seeded(7, change)
    }

    pub(crate) fn seeded(seed: u8, change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::new("sip:bob@example.com", "wss://edge.example.com");
        change(&mut config);
        Self(Driver::new(config, seed))
    }

    /// An INVITE with these further header fields arrives, on a branch of its own.
    pub(crate) fn invite(&mut self, fields: &str, body: &str) {
        self.peer.branch = self.branch();
        self.peer.to_tag.clear();
        (self.peer.invite, self.peer.inside) = (self.peer.cseq, false);
        let frame = self.invite_frame(fields, body);
        self.receive(frame);
    }

    /// The INVITE as text.
    pub(crate) fn invite_frame(&self, fields: &str, body: &str) -> String {
        let fields = format!("Contact: <sip:alice@192.0.2.1;transport=tcp>\r\n{fields}");
        self.peer.frame("INVITE", self.peer.cseq, &self.peer.branch, &fields, body)
    }

    /// The ordinary INVITE: with an offer, and `Supported: 100rel`.
    pub(crate) fn invited(&mut self) {
        self.invite("Supported: 100rel\r\n", OFFER);
        assert_eq!(self.take(), ["<invite>"]);
    }

    /// A re-INVITE with these header fields arrives, with the next number.
    pub(crate) fn reinvite(&mut self, fields: &str, body: &str) {
        self.peer.branch = self.branch();
        self.peer.cseq += 1;
        (self.peer.invite, self.peer.inside) = (self.peer.cseq, true);
        let frame = self.peer.frame("INVITE", self.peer.invite, &self.peer.branch, fields, body);
        self.receive(frame);
    }

    /// The PRACK for the last reliable response arrives.
    pub(crate) fn prack(&mut self, body: &str) {
        let rack = format!("{} {} INVITE", self.rseq, self.peer.invite);
        self.prack_for(&rack, body);
    }

    pub(crate) fn prack_for(&mut self, rack: &str, body: &str) {
        self.request("PRACK", &format!("RAck: {rack}\r\n"), body);
    }

    /// The ACK of a 2xx to the INVITE arrives.
    pub(crate) fn ack(&mut self, body: &str) {
        let invite = self.peer.invite;
        self.numbered("ACK", invite, "", body);
    }

    /// The ACK of a failure response, on the branch of the INVITE, arrives.
    pub(crate) fn ack_failure(&mut self) {
        let frame = self.peer.frame("ACK", self.peer.invite, &self.peer.branch, "", "");
        self.receive(frame);
    }

    /// The CANCEL of the INVITE arrives.
    pub(crate) fn cancel(&mut self, fields: &str) {
        let to_tag = if self.peer.inside { self.peer.to_tag.clone() } else { String::new() };
        let peer = Peer { to_tag, ..self.peer.clone() };
        self.receive(peer.frame("CANCEL", peer.invite, &peer.branch, fields, ""));
    }

    // The application.

    /// A progress() with this code; its number.
    pub(crate) fn progress(&mut self, code: u16) -> u32 {
        self.try_progress(Progress { code: Some(code), ..Progress::default() }).expect("it is accepted")
    }

    pub(crate) fn try_progress(&mut self, progress: Progress) -> Result<u32, RefusalCode> {
        let request = self.next_request();
        let command = Command::Progress { call: self.call, request, progress };
        self.try_command(command).map(|()| request.0).map_err(|refusal| refusal.code)
    }

    pub(crate) fn accept(&mut self) -> u32 {
        self.try_accept().expect("it is accepted")
    }

    /// An accept() whose answer is there at once.
    pub(crate) fn accept_described(&mut self) {
        self.accept();
        self.describe(ANSWER);
    }

    pub(crate) fn try_accept(&mut self) -> Result<u32, RefusalCode> {
        let request = self.next_request();
        let accept = Command::Accept { call: self.call, request, headers: Vec::new() };
        self.try_command(accept).map(|()| request.0).map_err(|refusal| refusal.code)
    }

    pub(crate) fn reject(&mut self, status: u16) {
        let call = self.call;
        self.command(Command::Reject { call, status: Some(status), reason: None, headers: Vec::new() });
    }

    /// The agent calls; its INVITE. The peer is the callee from now on.
    pub(crate) fn call(&mut self) -> Message {
        self.dial("sip:alice@example.com", CallOptions::default());
        self.describe(OFFER);
        self.take();
        self.last()
    }

    /// What the end of the call says of that.
    pub(crate) fn answered_elsewhere(&self) -> Option<bool> {
        self.events().iter().find_map(|event| match event {
            Event::Ended { answered_elsewhere, .. } => Some(*answered_elsewhere),
            _ => None,
        })
    }
}

impl Deref for Callee {
    type Target = Driver;

    fn deref(&self) -> &Driver {
        &self.0
    }
}

impl DerefMut for Callee {
    fn deref_mut(&mut self) -> &mut Driver {
        &mut self.0
    }
}
