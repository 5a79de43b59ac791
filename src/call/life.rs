//! The beginning and the end of a call, as the application sees them.

use crate::message::{Message, Name};
use crate::protocol::{CallId, Cause, DialogNumber, EndedBy, Event, Failure};
use crate::time::Instant;
use crate::usage::Context;
use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

/// Whether a call has been answered, confirmed, and whether it is over: told once each.
#[derive(Debug)]
pub(super) struct Life {
    id: CallId,
    answered_at: Option<Instant>,
    confirmed: bool,
    over: bool,
}

/// How a call ended.
#[derive(Clone, Debug)]
pub(super) struct End {
    pub by: EndedBy,
    pub cause: Cause,
    pub status: Option<u16>,
    pub reason: Option<String>,
    pub answered_elsewhere: bool,
    pub retry_after: Option<u32>,
    pub contacts: Vec<String>,
}

impl Life {
    pub(super) fn new(id: CallId) -> Self {
        Self { id, answered_at: None, confirmed: false, over: false }
    }

    /// That of a dialog which is no part of its call any more: nothing is told of it.
    pub(super) fn over(id: CallId) -> Self {
        Self { over: true, ..Self::new(id) }
    }

    pub(super) fn id(&self) -> CallId {
        self.id
    }

    pub(super) fn answered(&mut self, now: Instant) {
        self.answered_at.get_or_insert(now);
    }

    /// Tells that the ACK of the call's 2xx has passed; that of a re-INVITE's is silent.
    pub(super) fn confirmed(&mut self, ctx: &mut Context, dialog: DialogNumber) {
        if !self.over && !core::mem::replace(&mut self.confirmed, true) {
            ctx.emit(Event::Confirmed { call: self.id, dialog });
        }
    }

    pub(super) fn is_over(&self) -> bool {
        self.over
    }

    /// Tells the end; a second one is silent.
    pub(super) fn end(&mut self, ctx: &mut Context, end: End) {
        if core::mem::replace(&mut self.over, true) {
            return;
        }
        ctx.forget_questions(self.id);
        let duration = self.answered_at.map_or(0, |since| ctx.now.since(since).as_millis());
        ctx.emit(Event::Ended {
            call: self.id,
            by: end.by,
            status: end.status,
            cause: end.cause,
            reason: end.reason,
            answered_elsewhere: end.answered_elsewhere,
            duration_ms: u32::try_from(duration).unwrap_or(u32::MAX),
            retry_after: end.retry_after,
            contacts: end.contacts,
        });
    }
}

impl End {
    pub(super) fn new(by: EndedBy, cause: Cause) -> Self {
        Self {
            by,
            cause,
            status: None,
            reason: None,
            answered_elsewhere: false,
            retry_after: None,
            contacts: Vec::new(),
        }
    }

    /// The application's doing.
    pub(super) fn local(cause: Cause) -> Self {
        Self::new(EndedBy::Local, cause)
    }

    /// A timeout or fault.
    pub(super) fn system(cause: Cause) -> Self {
        Self::new(EndedBy::System, cause)
    }

    pub(super) fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// What the call depended on has failed.
    pub(super) fn failed(failure: Failure) -> Self {
        Self {
            status: failure.status,
            reason: failure.reason,
            retry_after: failure.retry_after,
            ..Self::system(failure.cause)
        }
    }

    /// A final response of the peer other than 2xx.
    pub(super) fn rejected(response: &Message) -> Self {
        let failure = crate::usage::failure(response);
        Self {
            status: failure.status,
            reason: reason(response).and_then(|reason| reason.1).or(failure.reason),
            retry_after: failure.retry_after,
            contacts: if failure.cause == Cause::Redirected { alternatives(response) } else { Vec::new() },
            ..Self::new(EndedBy::Remote, failure.cause)
        }
    }

    /// A CANCEL or BYE of the peer: its Reason says more (RFC 3326).
    pub(super) fn requested(request: &Message, cause: Cause) -> Self {
        let reason = reason(request);
        let elsewhere = cause == Cause::Cancelled && reason.as_ref().is_some_and(|reason| reason.0 == Some(200));
        Self {
            status: reason.as_ref().and_then(|reason| reason.0),
            reason: reason.and_then(|reason| reason.1),
            answered_elsewhere: elsewhere,
            ..Self::new(EndedBy::Remote, cause)
        }
    }
}

/// The contacts of a 3xx, each once, those that are preferred first (RFC 3261 section 8.1.3.4).
fn alternatives(response: &Message) -> Vec<String> {
    let mut ranked: Vec<(u16, String)> = Vec::new();
    for contact in response.addresses(Name::Contact).filter_map(Result::ok) {
        let preference = contact.preference();
        if ranked.iter().all(|(_, known)| known != contact.uri) {
            let at = ranked.iter().position(|(other, _)| *other < preference).unwrap_or(ranked.len());
            ranked.insert(at, (preference, contact.uri.to_owned()));
        }
    }
    ranked.into_iter().map(|(_, uri)| uri).collect()
}

/// Status and text of the first SIP Reason value (RFC 3326 section 2).
pub(super) fn reason(message: &Message) -> Option<(Option<u16>, Option<String>)> {
    let reason = message.reasons().find(|reason| reason.protocol.eq_ignore_ascii_case("SIP"))?;
    Some((reason.cause.and_then(|cause| u16::try_from(cause).ok()), reason.text.map(|text| text.as_ref().to_owned())))
}
