//! What a usage may do, and no more: send requests and responses, ask the shell, emit.
//!
//! A usage (a call, the registration, a request outside dialogs) acts through [`Context`];
//! it has no pointer to the agent or to other usages (RFC 5057 for the word).

mod answering;
mod checks;
mod context;
mod delivery;
mod extensions;
mod identity;
mod objection;
mod outbox;
mod request;
mod sending;

pub use answering::Answering;
pub use checks::{check_content_type, check_fields, check_target};
pub use context::{Context, Owner};
pub use extensions::{MIN_SE, TIMER};
pub use identity::{Identity, allow};
pub use objection::Objection;
pub use outbox::{Outbox, Output};
pub use request::{Challenge, Request};

use crate::message::{Message, Name};
use crate::protocol::{Failure, HeaderLines, Party, Response};
use alloc::borrow::ToOwned;
use alloc::string::String;

/// All header fields of a message, for an event.
pub fn headers(message: &Message) -> HeaderLines {
    HeaderLines::new(message.header_text())
}

/// The body as text, when there is one.
pub fn body(message: &Message) -> Option<String> {
    let body = message.body();
    (!body.is_empty()).then(|| String::from_utf8_lossy(body).into_owned())
}

/// The content type as written.
pub fn content_type(message: &Message) -> Option<String> {
    message.header(Name::ContentType).map(ToOwned::to_owned)
}

/// Somebody in From or To.
pub fn party(address: &crate::message::NameAddr<'_>) -> Party {
    Party {
        uri: address.uri.to_owned(),
        display_name: Some(address.display_name().into_owned()).filter(|name| !name.is_empty()),
    }
}

/// A final response, for the outcome of a request.
pub fn response(message: &Message) -> Response {
    Response {
        status: message.status().unwrap_or_default(),
        reason: message.reason().to_owned(),
        headers: headers(message),
        body: body(message),
    }
}

/// The failure that a final response other than 2xx is.
pub fn failure(message: &Message) -> Failure {
    let status = message.status().unwrap_or_default();
    Failure {
        cause: crate::protocol::Cause::of(status),
        status: Some(status),
        reason: Some(message.reason().to_owned()),
        retry_after: message.retry_after(),
    }
}
