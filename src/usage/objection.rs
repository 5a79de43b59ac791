//! The checks of every request (RFC 3261 section 8.2), and the refusals of those that do not
//! stand them.

use super::context::Context;
use super::extensions::{MIN_SE, TIMER};
use super::identity::{Identity, allow};
use crate::message::{Decimal, Message, Method, Name, Writer};
use crate::protocol::Rel100;
use crate::transaction::ServerId;
use alloc::string::String;

/// Why a request is refused, whatever it is about.
#[derive(Debug)]
pub enum Objection {
    /// 501: a method that nobody here knows.
    UnknownMethod,
    /// 405: a method that is not for us.
    Method,
    /// 416: a Request-URI of another scheme.
    Scheme,
    /// 420: extensions that are not understood.
    Extensions(String),
    /// 415: a body that is not understood.
    Body,
    /// 406: nothing that we could answer with is acceptable.
    Acceptable,
    /// 421: `100rel` is required here.
    ReliabilityRequired,
    /// 422: the session would have to be refreshed too often.
    Interval,
}

impl Context {
    /// The checks of RFC 3261 section 8.2, in its order. Of a PRACK the dialog comes first,
    /// which has to look at its content itself.
    pub fn objection(&self, request: &Message) -> Option<Objection> {
        let policy = self.identity.rel100;
        if let Some(objection) = method_objection(request.method(), policy) {
            return Some(objection);
        }
        if !request.has_known_scheme() {
            return Some(Objection::Scheme);
        }
        if request.method() == Method::Prack {
            return None;
        }
        self.objection_to_content(request)
            .or_else(|| invite_objection(request, policy))
            .or_else(|| is_hasty(request).then_some(Objection::Interval))
    }

    /// What is not understood of extensions and body.
    pub fn objection_to_content(&self, request: &Message) -> Option<Objection> {
        if let Some(unknown) = unknown_extensions(request, &self.identity) {
            return Some(Objection::Extensions(unknown));
        }
        (!understands_body(request)).then_some(Objection::Body)
    }

    /// Refuses; outside a dialog under `tag`.
    pub fn object(&mut self, server: ServerId, request: &Message, objection: &Objection, tag: Option<&str>) {
        let least = Decimal::new(MIN_SE.into());
        let (status, name, value) = match objection {
            Objection::UnknownMethod => (501, Name::Allow, allow(self.identity.rel100)),
            Objection::Method => (405, Name::Allow, allow(self.identity.rel100)),
            Objection::Scheme => (416, Name::Allow, allow(self.identity.rel100)),
            Objection::Extensions(unknown) => (420, Name::Unsupported, unknown.as_str()),
            Objection::Body => (415, Name::Accept, "application/sdp"),
            Objection::Acceptable => (406, Name::Accept, "application/sdp"),
            Objection::ReliabilityRequired => (421, Name::Require, "100rel"),
            Objection::Interval => (422, Name::MinSe, least.as_str()),
        };
        let mut writer = self.reply(request, status, None, tag);
        writer.field(name, value);
        if matches!(objection, Objection::Body) {
            writer.field(Name::AcceptEncoding, "identity");
        }
        let frame = writer.field(Name::Supported, &self.identity.supported).finish();
        self.respond(server, status, frame);
    }

    /// Writes the Warning of a refusal in words: 399 (RFC 3261 section 20.43).
    pub fn warn(&self, writer: &mut Writer, words: &str) {
        writer.field_parts(Name::Warning, &["399 ", &self.identity.sent_by, " \"", words, "\""]);
    }
}

/// What is wrong with an INVITE in particular.
fn invite_objection(request: &Message, policy: Rel100) -> Option<Objection> {
    if request.method() != Method::Invite {
        return None;
    }
    if !accepts_sdp(request) {
        return Some(Objection::Acceptable);
    }
    let offered = request.has_token(Name::Supported, "100rel") || request.has_token(Name::Require, "100rel");
    (policy == Rel100::Required && !offered).then_some(Objection::ReliabilityRequired)
}

/// Whether INVITE or UPDATE ask for too short a session interval, and the peer knows what to do
/// about that (RFC 4028 section 9).
fn is_hasty(request: &Message) -> bool {
    matches!(request.method(), Method::Invite | Method::Update)
        && request.has_token(Name::Supported, TIMER)
        && request.session_expires().is_some_and(|asked| asked.seconds < MIN_SE)
}

fn method_objection(method: Method<'_>, policy: Rel100) -> Option<Objection> {
    match method {
        Method::Other(_) => Some(Objection::UnknownMethod),
        Method::Register | Method::Subscribe | Method::Notify | Method::Refer | Method::Publish => {
            Some(Objection::Method)
        }
        Method::Prack if policy == Rel100::None => Some(Objection::Method),
        Method::Invite
        | Method::Ack
        | Method::Bye
        | Method::Cancel
        | Method::Options
        | Method::Prack
        | Method::Update
        | Method::Info
        | Method::Message => None,
    }
}

/// The extensions of Require that are not understood, each once and as written
/// (RFC 3261 section 8.2.2.3).
fn unknown_extensions(request: &Message, identity: &Identity) -> Option<String> {
    let mut unknown = String::new();
    for tag in request.values(Name::Require) {
        let listed = unknown.split(',').any(|known| known.trim_start().eq_ignore_ascii_case(tag));
        if !identity.understands(tag) && !listed {
            if !unknown.is_empty() {
                unknown.push_str(", ");
            }
            unknown.push_str(tag);
        }
    }
    (!unknown.is_empty()).then_some(unknown)
}

/// Whether the body, where it matters, is one that can be read: a session description, or
/// one that may be ignored (RFC 3261 sections 8.2.3 and 20.11).
fn understands_body(request: &Message) -> bool {
    let encoded = request.values(Name::ContentEncoding).any(|coding| !coding.eq_ignore_ascii_case("identity"));
    if encoded {
        return false;
    }
    let negotiates = matches!(request.method(), Method::Invite | Method::Prack | Method::Update);
    !negotiates || request.body().is_empty() || request.description().is_some() || is_optional(request)
}

fn is_optional(request: &Message) -> bool {
    request
        .parameterized(Name::ContentDisposition)
        .and_then(|disposition| disposition.params.value("handling"))
        .is_some_and(|handling| handling.eq_ignore_ascii_case("optional"))
}

/// Whether an INVITE can be answered with a session description (RFC 3261 section 20.1).
fn accepts_sdp(invite: &Message) -> bool {
    if invite.header(Name::Accept).is_none() {
        return true;
    }
    invite.values(Name::Accept).any(|range| {
        let range = range.split(';').next().unwrap_or_default().trim();
        ["application/sdp", "application/*", "*/*"].iter().any(|known| known.eq_ignore_ascii_case(range))
    })
}
