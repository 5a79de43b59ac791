//! Dialogs: who talks to whom, by which route, and in which order.
//!
//! Decides identity (Call-ID and tags), route set, remote target and `CSeq` of a dialog, and
//! what a request inside it looks like (RFC 3261 section 12, RFC 6141 section 4). It knows
//! nothing of transactions, usages or session descriptions.

mod draft;
mod parties;

pub use draft::Draft;
pub use parties::Parties;

use crate::message::{MAGIC_COOKIE, Message, Method, Name, NameAddr, Uri};
use alloc::sync::Arc;
use alloc::vec::Vec;

/// One dialog, early or confirmed.
#[derive(Clone, Debug)]
pub struct Dialog {
    parties: Parties,
    target: Arc<str>,
    route: Arc<str>,
    local_cseq: u32,
    remote_cseq: Option<u32>,
    /// The peer's last Allow lists UPDATE.
    takes_update: bool,
}

/// Why a request does not belong to the dialog, or not now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutOfDialog {
    /// Another Call-ID or another tag: 481.
    Foreign,
    /// An older `CSeq` than one seen before: 500 (RFC 3261 section 12.2.2).
    OutOfOrder,
}

impl Dialog {
    /// The dialog that a response with a To tag makes at the UAC (RFC 3261 section 12.1.2), to a
    /// request of these `parties`; none without a usable Contact.
    pub fn from_response(parties: &Parties, response: &Message) -> Option<Self> {
        let target = contact(response)?.into();
        Some(Self {
            parties: parties.answered_by(response.to_tag()?),
            target,
            route: reversed_route(response),
            local_cseq: response.cseq().number,
            remote_cseq: None,
            takes_update: allows_update(response).unwrap_or_default(),
        })
    }

    /// The dialog that a request makes at the UAS (RFC 3261 section 12.1.1), under our `tag`;
    /// none without a usable Contact.
    pub fn from_request(request: &Message, tag: &str) -> Option<Self> {
        let target = contact(request).or_else(|| legacy_contact(request))?.into();
        let (from, to) = (request.from(), request.to());
        let remote_tag = request.from_tag().unwrap_or_default();
        Some(Self {
            parties: Parties::new(&without_tag(&to), tag, &without_tag(&from), remote_tag, request.call_id()),
            target,
            route: route_set(&request.values(Name::RecordRoute).collect::<Vec<_>>()),
            local_cseq: 0,
            remote_cseq: Some(request.cseq().number),
            takes_update: allows_update(request).unwrap_or_default(),
        })
    }

    /// The next request inside the dialog (RFC 3261 section 12.2.1.1).
    pub fn request(&mut self, method: &'static str) -> Draft {
        let cseq = self.next_cseq();
        self.draft(method, cseq)
    }

    /// The ACK of a 2xx: it keeps the number of its INVITE (RFC 3261 section 13.2.2.4).
    pub fn ack(&self, invite_cseq: u32) -> Draft {
        self.draft("ACK", invite_cseq)
    }

    /// The number for the next request, or for the same one with credentials.
    pub fn next_cseq(&mut self) -> u32 {
        self.local_cseq = self.local_cseq.saturating_add(1);
        self.local_cseq
    }

    /// Checks a request that arrived, and notes its number (RFC 3261 section 12.2.2). The
    /// ACK has the number of its INVITE, and is never out of order.
    ///
    /// # Errors
    /// The request is of another dialog, or older than one seen before.
    pub fn receive(&mut self, request: &Message) -> Result<(), OutOfDialog> {
        if !self.owns(request) {
            return Err(OutOfDialog::Foreign);
        }
        let number = request.cseq().number;
        if self.remote_cseq.is_some_and(|seen| number < seen) {
            return Err(OutOfDialog::OutOfOrder);
        }
        self.remote_cseq = Some(number);
        self.learn(request);
        Ok(())
    }

    /// Whether a request that arrived is of this dialog.
    pub fn owns(&self, request: &Message) -> bool {
        self.parties.call_id() == request.call_id()
            && request.to_tag().is_some_and(|tag| tag.eq_ignore_ascii_case(self.local_tag()))
            && self.is_with(request.from_tag().unwrap_or_default())
    }

    /// Whether a response to a request of ours is of this dialog.
    pub fn is_with(&self, remote_tag: &str) -> bool {
        self.parties.to_tag().eq_ignore_ascii_case(remote_tag)
    }

    /// Our tag.
    pub fn local_tag(&self) -> &str {
        self.parties.from_tag()
    }

    /// The tag of the peer.
    pub fn remote_tag(&self) -> &str {
        self.parties.to_tag()
    }

    /// Takes note of the methods that a message of the peer allows (RFC 3261 section 20.5: one
    /// without Allow says nothing of that).
    pub fn learn(&mut self, message: &Message) {
        self.takes_update = allows_update(message).unwrap_or(self.takes_update);
    }

    /// Whether the peer has said that it takes UPDATE (RFC 3311 section 4).
    pub fn takes_update(&self) -> bool {
        self.takes_update
    }

    /// Takes the remote target of a target refresh request or of its response
    /// (RFC 6141 section 4), when it has a usable Contact.
    pub fn refresh_target(&mut self, message: &Message) {
        if let Some(target) = contact(message).filter(|target| **target != *self.target) {
            self.target = target.into();
        }
    }

    /// Takes the route set anew, from the 2xx that confirms an early dialog
    /// (RFC 3261 section 13.2.2.4), or the first one of a dialog that had none.
    pub fn refresh_route(&mut self, response: &Message) {
        self.route = reversed_route(response);
    }

    /// Whether the route set is empty.
    pub fn is_direct(&self) -> bool {
        self.route.is_empty()
    }

    /// The highest number seen in a request of the peer.
    pub fn remote_cseq(&self) -> Option<u32> {
        self.remote_cseq
    }

    fn draft(&self, method: &'static str, cseq: u32) -> Draft {
        let mut draft = Draft {
            method: method.into(),
            uri: self.target.clone(),
            route: self.route.clone(),
            parties: self.parties.clone(),
            cseq,
            fields: Vec::new(),
            extra: Vec::new(),
            body: None,
        };
        draft.route_strictly();
        draft
    }
}

/// Whether Allow lists UPDATE; none when there is no Allow. Methods compare with case.
fn allows_update(message: &Message) -> Option<bool> {
    message.header(Name::Allow)?;
    Some(message.has_method(Name::Allow, Method::Update))
}

/// A route set: a line for each value.
pub fn route_set(values: &[&str]) -> Arc<str> {
    if values.is_empty() { Arc::default() } else { values.join("\n").into() }
}

/// The route set that a response gives to who has asked (RFC 3261 section 12.1.2).
fn reversed_route(response: &Message) -> Arc<str> {
    let mut values: Vec<&str> = response.values(Name::RecordRoute).collect();
    values.reverse();
    route_set(&values)
}

/// The URI of the first Contact, when it is one that a request can be sent to.
pub fn contact(message: &Message) -> Option<&str> {
    let value = NameAddr::parse(message.values(Name::Contact).next()?).ok()?;
    matches!(Uri::parse(value.uri), Ok(Uri::Sip(_))).then_some(value.uri)
}

/// The target of a client of RFC 2543, which need not give a Contact: who it says it is
/// (RFC 4475 section 3.4.1). Its branch does not begin with the cookie.
fn legacy_contact(request: &Message) -> Option<&str> {
    let is_legacy = !request.branch().is_some_and(|branch| branch.starts_with(MAGIC_COOKIE));
    let uri = request.from().uri;
    let usable = is_legacy && request.header(Name::Contact).is_none() && matches!(Uri::parse(uri), Ok(Uri::Sip(_)));
    usable.then_some(uri)
}

/// The parts of an address without its parameters.
fn without_tag<'a>(party: &NameAddr<'a>) -> [&'a str; 5] {
    let space = if party.display.is_empty() { "" } else { " " };
    [party.display, space, "<", party.uri, ">"]
}
