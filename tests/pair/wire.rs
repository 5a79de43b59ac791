//! What must hold of every frame between two user agents (RFC 3262 sections 3 and 4).

use prackle::message::{Message, Method, Name};
use std::collections::BTreeMap;

/// One INVITE at one UAS: who responds, Call-ID, tag of the responder, number of the INVITE.
type Invite = (usize, String, String, u32);

/// What one UAS has sent reliably for one INVITE.
#[derive(Default)]
struct Reliable {
    last: Option<u32>,
    frame: Vec<u8>,
    described: bool,
    acknowledged: bool,
    is_final: bool,
}

/// The watcher of both directions.
#[derive(Default)]
pub(crate) struct Wire {
    reliable: BTreeMap<Invite, Reliable>,
    /// The PRACKs sent: side, Call-ID, both tags, RSeq, INVITE; and how many.
    pracks: BTreeMap<(usize, String, String, String, u32, u32), u32>,
    /// How often an INVITE came again, each time for one repetition of the last response.
    doubled: BTreeMap<(usize, String, u32), i32>,
    branches: BTreeMap<(usize, String, String), Vec<u8>>,
    /// The highest CSeq that one side has seen in a dialog: Call-ID, both tags.
    numbers: BTreeMap<(usize, String, String, String), u32>,
    /// How many reliable responses were acknowledged: a run that has none tests nothing.
    pub(crate) acknowledged: u32,
}

impl Wire {
    /// `side` sends a frame.
    pub(crate) fn sent(&mut self, side: usize, message: &Message) {
        match message.status() {
            None => self.request_sent(side, message),
            Some(status) if message.method() == Method::Invite => self.response_sent(side, message, status),
            Some(_) => {}
        }
    }

    /// `side` receives a frame.
    pub(crate) fn received(&mut self, side: usize, message: &Message) {
        if message.is_request() && message.method() == Method::Invite {
            let key = (side, message.call_id().to_owned(), message.cseq().number);
            *self.doubled.entry(key).or_insert(-1) += 1;
        }
        let late = message.is_request() && self.is_overtaken(side, message);
        if !message.is_request() || message.method() != Method::Prack || late {
            return;
        }
        let Ok(rack) = message.rack() else { return };
        let key = (side, message.call_id().to_owned(), message.to_tag().unwrap_or_default().to_owned(), rack.cseq);
        if let Some(reliable) = self.reliable.get_mut(&key)
            && reliable.last == Some(rack.rseq)
            && !reliable.acknowledged
        {
            reliable.acknowledged = true;
            self.acknowledged += 1;
        }
    }

    /// Whether a request comes behind a younger one of its dialog: it acknowledges nothing then.
    fn is_overtaken(&mut self, side: usize, request: &Message) -> bool {
        let tag = |tag: Option<&str>| tag.unwrap_or_default().to_owned();
        let key = (side, request.call_id().to_owned(), tag(request.from_tag()), tag(request.to_tag()));
        let (seen, number) = (self.numbers.entry(key).or_default(), request.cseq().number);
        *seen = number.max(*seen);
        number < *seen
    }

    fn request_sent(&mut self, side: usize, request: &Message) {
        let branch = request.via().branch().expect("a branch").to_owned();
        let method = request.method().as_str().to_owned();
        let shares = matches!(request.method(), Method::Ack | Method::Cancel);
        let former = self.branches.insert((side, branch, method), request.octets().to_vec());
        // An INVITE goes again, as it was, when the connection is back.
        let repeats = request.method() == Method::Invite && former.as_deref() == Some(request.octets());
        assert!(former.is_none() || shares || repeats, "a branch is used twice");
        if request.method() == Method::Update {
            assert!(request.header(Name::Contact).is_some() && !request.has_token(Name::Require, "100rel"));
        }
        if request.method() != Method::Prack {
            return;
        }
        let rack = request.rack().expect("our RAck can be read");
        let tag = |tag: Option<&str>| tag.unwrap_or_default().to_owned();
        let key =
            (side, request.call_id().to_owned(), tag(request.from_tag()), tag(request.to_tag()), rack.rseq, rack.cseq);
        let count = self.pracks.entry(key).or_default();
        *count += 1;
        // One, and at most three afresh after refusals.
        assert!(*count <= 4, "a response is acknowledged again and again");
        assert!(request.header(Name::Contact).is_none() && !request.has_token(Name::Require, "100rel"));
    }

    fn response_sent(&mut self, side: usize, response: &Message, status: u16) {
        let Some(tag) = response.to_tag() else {
            assert_eq!(status, 100, "only 100 goes without a tag");
            return;
        };
        let key = (side, response.call_id().to_owned(), tag.to_owned(), response.cseq().number);
        let doubled = self.doubled.entry((side, key.1.clone(), key.3)).or_default();
        let reliable = self.reliable.entry(key).or_default();
        match response.rseq().expect("our RSeq can be read") {
            Some(rseq) => reliable.sent(rseq, response, doubled),
            None if (200..300).contains(&status) => {
                let held = reliable.last.is_some() && reliable.described && !reliable.acknowledged;
                assert!(!held, "a 2xx past an unacknowledged description");
                reliable.is_final = true;
            }
            None => reliable.is_final |= status >= 300,
        }
    }
}

impl Reliable {
    fn sent(&mut self, rseq: u32, response: &Message, doubled: &mut i32) {
        assert!(!self.is_final, "a reliable provisional response after the final one");
        assert!(response.has_token(Name::Require, "100rel"));
        if self.last == Some(rseq) {
            // RFC 3261 section 17.2.1: a repeated INVITE has the last response repeated.
            *doubled -= i32::from(self.acknowledged);
            assert!(*doubled >= 0, "repeated although it was acknowledged");
            assert_eq!(response.octets(), self.frame, "repeated in other words");
            return;
        }
        if let Some(last) = self.last {
            assert_eq!(rseq, last + 1, "RSeq rises by one");
            assert!(self.acknowledged, "a second one while one is outstanding");
        } else {
            assert!((1..1 << 31).contains(&rseq), "the first RSeq");
        }
        *self = Self {
            last: Some(rseq),
            frame: response.octets().to_vec(),
            described: response.description().is_some(),
            acknowledged: false,
            is_final: false,
        };
    }
}
