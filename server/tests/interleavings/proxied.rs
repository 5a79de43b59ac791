//! What must hold of the server: it forwards reliable responses and PRACKs as they are, each
//! reception once, and makes none up but those of its own user agent (RFC 3261 section 16.7,
//! RFC 3262 section 3, RFC 4320).

use crate::observer::{End, Observer};
use prackle::message::{Message, Method, Name};
use std::collections::{BTreeMap, BTreeSet};

/// The server as one end.
pub(crate) const SERVER: End = 1000;

#[derive(Default)]
pub(crate) struct Proxied {
    /// The tags under which tabs respond.
    responders: BTreeSet<String>,
    /// Calls to the number that breaks the rules on purpose.
    flaky: BTreeSet<String>,
    /// The requests that have come, by branch and method.
    requests: BTreeSet<(String, String)>,
    /// PRACKs that may yet be challenged, by branch.
    pracks: BTreeMap<String, Vec<u8>>,
    /// The INVITEs that have been answered for good, by Call-ID and number.
    answered: BTreeSet<(String, u32)>,
    /// Frames have been lost or overtaken: what is not forwarded may have reasons.
    pub(crate) has_reasons: bool,
    turn: Turn,
}

/// What the frame that has just come allows.
#[derive(Default)]
struct Turn {
    /// What it has to become, if it is forwarded.
    forwarded: Option<Vec<u8>>,
    /// It is a reliable response to this INVITE: it has to be.
    owed: Option<(String, u32)>,
    /// It is a request that came before: the last response may be repeated.
    repeats: bool,
}

impl Proxied {
    pub(crate) fn received(&mut self, now: u64, message: &Message, observer: &mut Observer) {
        observer.tell(now, SERVER, "receives", message);
        if message.is_request() {
            let key = (message.via().branch().unwrap_or_default().to_owned(), message.method().as_str().to_owned());
            self.turn.repeats = !self.requests.insert(key);
            if message.method() == Method::Invite && message.uri().starts_with("sip:flaky@") {
                self.flaky.insert(message.call_id().to_owned());
            }
        } else {
            self.responders.extend(message.to_tag().map(str::to_owned));
            self.turn.forwarded = Some(without_first_via(message.octets()));
            self.turn.owed = is_reliable(message).then(|| invite_of(message));
        }
        if message.is_request() && message.method() == Method::Prack {
            self.pracks.insert(message.via().branch().unwrap_or_default().to_owned(), message.octets().to_owned());
        } else if !self.flaky.contains(message.call_id()) {
            observer.received_as_uas(SERVER, message);
        }
    }

    pub(crate) fn sent(&mut self, now: u64, message: &Message, observer: &mut Observer) {
        observer.tell(now, SERVER, "sends", message);
        let Some(status) = message.status() else { return };
        self.response_sent(now, status, message, observer);
        let is_final = message.method() == Method::Invite && status >= 200;
        if is_final || (message.method() == Method::Cancel && status == 200) {
            observer.done_as_uas(SERVER, message);
        }
    }

    fn response_sent(&mut self, now: u64, status: u16, message: &Message, observer: &mut Observer) {
        let is_invite = message.method() == Method::Invite;
        assert!(is_invite || status != 408, "RFC 4320 section 4.2: no 408 to {}", message.method().as_str());
        if is_invite && status >= 200 {
            self.answered.insert(invite_of(message));
        }
        let is_prack_success = message.method() == Method::Prack && (200..300).contains(&status);
        if !message.to_tag().is_some_and(|tag| self.responders.contains(tag)) {
            // Its own user agents, the virtual one and those behind the numbers. What the proxy
            // challenges they never hear of.
            let prack = self.pracks.remove(message.via().branch().unwrap_or_default());
            if let Some(prack) = prack.filter(|_| status != 407 && !self.flaky.contains(message.call_id())) {
                observer.received_as_uas(SERVER, &Message::parse(&prack).expect("it was read before"));
            }
            return observer.sent_as_uas(now, SERVER, message);
        }
        if (is_reliable(message) || is_prack_success) && !self.turn.repeats {
            self.turn.owed = None;
            let forwarded = self.turn.forwarded.take();
            assert_eq!(forwarded.as_deref(), Some(message.octets()), "not what has just been received");
        }
    }

    /// The server has said what it has to say about what came in.
    pub(crate) fn turn_over(&mut self) {
        let turn = std::mem::take(&mut self.turn);
        if let Some(invite) = turn.owed.filter(|_| !self.has_reasons) {
            assert!(self.answered.contains(&invite), "a reliable response is not forwarded");
        }
    }
}

fn is_reliable(message: &Message) -> bool {
    message.method() == Method::Invite && !message.is_request() && message.header(Name::RSeq).is_some()
}

fn invite_of(message: &Message) -> (String, u32) {
    (message.call_id().to_owned(), message.cseq().number)
}

/// The octets that the next hop is to get.
fn without_first_via(octets: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(octets);
    let (head, rest) = text.split_once("Via: ").expect("Via");
    let below = rest.split_once("\r\n").map_or("", |(_, below)| below);
    [head, below].concat().into_bytes()
}
