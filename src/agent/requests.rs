//! What comes in: the checks of every request (RFC 3261 section 8.2), and what is answered
//! outside dialogs.

use super::UserAgent;
use crate::call::Call;
use crate::dialog::Dialog;
use crate::message::{Message, Method, Name, Uri};
use crate::protocol::{CallId, Rel100};
use crate::transaction::ServerId;
use crate::usage::allow;
use alloc::string::String;

/// Why a request is refused before any usage sees it.
enum Objection {
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
}

impl UserAgent {
    /// A new request, in a transaction of its own.
    pub(super) fn requested(&mut self, server: ServerId, request: Message) {
        if let Some(objection) = self.objection(&request) {
            return self.object(server, &request, &objection);
        }
        if request.to_tag().is_none() {
            return self.out_of_dialog(server, request);
        }
        match self.call_of(&request) {
            Some(call) => self.with_call(call, |call, context| call.request(context, server, request)),
            None => self.context.answer(server, &request, 481, None),
        }
    }

    /// The checks of RFC 3261 section 8.2, in its order.
    fn objection(&self, request: &Message) -> Option<Objection> {
        let policy = self.context.identity.rel100;
        let initial = request.to_tag().is_none();
        if let Some(objection) = method_objection(request.method(), policy) {
            return Some(objection);
        }
        if !matches!(Uri::parse(request.uri()), Ok(Uri::Sip(_) | Uri::Tel(_))) {
            return Some(Objection::Scheme);
        }
        if let Some(unknown) = unknown_extensions(request, policy) {
            return Some(Objection::Extensions(unknown));
        }
        if !understands_body(request) {
            return Some(Objection::Body);
        }
        if request.method() == Method::Invite && !accepts_sdp(request) {
            return Some(Objection::Acceptable);
        }
        let offered = request.has_token(Name::Supported, "100rel") || request.has_token(Name::Require, "100rel");
        let lacks = initial && request.method() == Method::Invite && policy == Rel100::Required && !offered;
        lacks.then_some(Objection::ReliabilityRequired)
    }

    fn object(&mut self, server: ServerId, request: &Message, objection: &Objection) {
        let context = &mut self.context;
        let tag = context.random.token(12);
        let (status, name, value) = match objection {
            Objection::UnknownMethod => (501, Name::Allow, allow(context.identity.rel100)),
            Objection::Method => (405, Name::Allow, allow(context.identity.rel100)),
            Objection::Scheme => (416, Name::Allow, allow(context.identity.rel100)),
            Objection::Extensions(unknown) => (420, Name::Unsupported, unknown.as_str()),
            Objection::Body => (415, Name::Accept, "application/sdp"),
            Objection::Acceptable => (406, Name::Accept, "application/sdp"),
            Objection::ReliabilityRequired => (421, Name::Require, "100rel"),
        };
        let mut writer = context.reply(request, status, None, Some(&tag));
        writer.field(name, value);
        if matches!(objection, Objection::Body) {
            writer.field(Name::AcceptEncoding, "identity");
        }
        if context.identity.rel100 != Rel100::None {
            writer.field(Name::Supported, "100rel");
        }
        let frame = writer.finish();
        context.respond(server, status, frame);
    }

    fn out_of_dialog(&mut self, server: ServerId, request: Message) {
        let tag = self.context.random.token(12);
        match request.method() {
            Method::Invite => self.invited(server, request),
            Method::Options => self.context.options(server, &request, Some(&tag)),
            Method::Message => self.context.message(server, &request, Some(&tag)),
            // The others are for dialogs only.
            Method::Bye
            | Method::Prack
            | Method::Update
            | Method::Info
            | Method::Ack
            | Method::Cancel
            | Method::Register
            | Method::Subscribe
            | Method::Notify
            | Method::Refer
            | Method::Publish
            | Method::Other(_) => self.context.answer(server, &request, 481, Some(&tag)),
        }
    }

    fn invited(&mut self, server: ServerId, invite: Message) {
        let tag = self.context.random.token(12);
        let Some(dialog) = Dialog::from_request(&invite, &tag) else {
            let reason = Some("Missing or Malformed Contact");
            let frame = self.context.reply(&invite, 400, reason, Some(&tag)).finish();
            return self.context.respond(server, 400, frame);
        };
        let id = CallId(self.next_incoming);
        self.next_incoming = self.next_incoming.checked_add(1).unwrap_or(CallId::FIRST_INCOMING);
        let call = Call::incoming(&mut self.context, id, server, invite, dialog);
        self.admit(id, call);
    }
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
fn unknown_extensions(request: &Message, policy: Rel100) -> Option<String> {
    let mut unknown = String::new();
    for tag in request.values(Name::Require) {
        let understood = tag.eq_ignore_ascii_case("100rel") && policy != Rel100::None;
        let listed = unknown.split(", ").any(|known| known.eq_ignore_ascii_case(tag));
        if !understood && !listed {
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
