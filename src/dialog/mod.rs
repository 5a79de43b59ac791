//! Dialogs: who talks to whom, by which route, and in which order.
//!
//! Decides identity (Call-ID and tags), route set, remote target and `CSeq` of a dialog, and
//! what a request inside it looks like (RFC 3261 section 12, RFC 6141 section 4). It knows
//! nothing of transactions, usages or session descriptions.

mod draft;

pub use draft::Draft;

use crate::message::{MAGIC_COOKIE, Message, Method, Name, NameAddr, Uri};
use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

/// One dialog, early or confirmed.
#[derive(Clone, Debug)]
pub struct Dialog {
    call_id: String,
    local: String,
    local_tag: String,
    remote: String,
    remote_tag: String,
    target: String,
    route: Vec<String>,
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
    /// The dialog that a response with a To tag makes at the UAC (RFC 3261 section 12.1.2);
    /// none without a usable Contact.
    pub fn from_response(request: &Draft, response: &Message) -> Option<Self> {
        let mut route: Vec<String> = response.values(Name::RecordRoute).map(ToOwned::to_owned).collect();
        route.reverse();
        Some(Self {
            call_id: request.call_id.clone(),
            local: request.from.clone(),
            local_tag: request.from_tag.clone(),
            remote: request.to.clone(),
            remote_tag: response.to_tag()?.to_owned(),
            target: contact(response)?,
            route,
            local_cseq: response.cseq().number,
            remote_cseq: None,
            takes_update: allows_update(response).unwrap_or_default(),
        })
    }

    /// The dialog that a request makes at the UAS (RFC 3261 section 12.1.1), under our `tag`;
    /// none without a usable Contact.
    pub fn from_request(request: &Message, tag: &str) -> Option<Self> {
        Some(Self {
            call_id: request.call_id().to_owned(),
            local: without_tag(&request.to()),
            local_tag: tag.to_owned(),
            remote: without_tag(&request.from()),
            remote_tag: request.from_tag().unwrap_or_default().to_owned(),
            target: contact(request).or_else(|| legacy_contact(request))?,
            route: request.values(Name::RecordRoute).map(ToOwned::to_owned).collect(),
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
        self.call_id == request.call_id()
            && request.to_tag().is_some_and(|tag| tag.eq_ignore_ascii_case(&self.local_tag))
            && request.from_tag().unwrap_or_default().eq_ignore_ascii_case(&self.remote_tag)
    }

    /// Whether a response to a request of ours is of this dialog.
    pub fn is_with(&self, remote_tag: &str) -> bool {
        self.remote_tag.eq_ignore_ascii_case(remote_tag)
    }

    /// Our tag.
    pub fn local_tag(&self) -> &str {
        &self.local_tag
    }

    /// The tag of the peer, when nothing else is needed any more.
    pub fn into_remote_tag(self) -> String {
        self.remote_tag
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
        if let Some(target) = contact(message) {
            self.target = target;
        }
    }

    /// Takes the route set anew, from the 2xx that confirms an early dialog
    /// (RFC 3261 section 13.2.2.4), or the first one of a dialog that had none.
    pub fn refresh_route(&mut self, response: &Message) {
        self.route = response.values(Name::RecordRoute).map(ToOwned::to_owned).collect();
        self.route.reverse();
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
            from: self.local.clone(),
            from_tag: self.local_tag.clone(),
            to: self.remote.clone(),
            to_tag: self.remote_tag.clone(),
            call_id: self.call_id.clone(),
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
    Some(message.values(Name::Allow).any(|method| method == Method::Update.as_str()))
}

/// The URI of the first Contact, when it is one that a request can be sent to.
pub fn contact(message: &Message) -> Option<String> {
    let value = NameAddr::parse(message.values(Name::Contact).next()?).ok()?;
    matches!(Uri::parse(value.uri), Ok(Uri::Sip(_))).then(|| value.uri.to_owned())
}

/// The target of a client of RFC 2543, which need not give a Contact: who it says it is
/// (RFC 4475 section 3.4.1). Its branch does not begin with the cookie.
fn legacy_contact(request: &Message) -> Option<String> {
    let is_legacy = !request.branch().is_some_and(|branch| branch.starts_with(MAGIC_COOKIE));
    let uri = request.from().uri;
    let usable = is_legacy && request.header(Name::Contact).is_none() && matches!(Uri::parse(uri), Ok(Uri::Sip(_)));
    usable.then(|| uri.to_owned())
}

fn without_tag(party: &NameAddr<'_>) -> String {
    let mut out = String::new();
    if !party.display.is_empty() {
        out.push_str(party.display);
        out.push(' ');
    }
    out.push('<');
    out.push_str(party.uri);
    out.push('>');
    out
}
