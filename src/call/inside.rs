//! What every dialog of a call does alike with the requests inside it.

use crate::dialog::{Dialog, OutOfDialog};
use crate::message::{Message, Method, Name};
use crate::protocol::{CallId, Event};
use crate::transaction::ServerId;
use crate::usage::{Context, allow, body, content_type, headers};

/// Checks identity and order of a request, and refuses what is wrong with 481 or 500
/// (RFC 3261 section 12.2.2).
pub(super) fn in_order(ctx: &mut Context, dialog: &mut Dialog, server: ServerId, request: &Message) -> bool {
    match dialog.receive(request) {
        Ok(()) => true,
        Err(OutOfDialog::Foreign) => {
            ctx.answer(server, request, 481, None);
            false
        }
        Err(OutOfDialog::OutOfOrder) => {
            ctx.answer(server, request, 500, None);
            false
        }
    }
}

/// What a dialog has to tell apart among the requests inside it.
pub(super) enum Kind {
    Invite,
    Bye,
    Update,
    Prack,
    /// Neither dialog nor session are touched by it.
    Plain,
}

/// The kind of a request.
pub(super) fn kind(request: &Message) -> Kind {
    let method = request.method();
    for (known, kind) in [
        (Method::Invite, Kind::Invite),
        (Method::Bye, Kind::Bye),
        (Method::Update, Kind::Update),
        (Method::Prack, Kind::Prack),
    ] {
        if method == known {
            return kind;
        }
    }
    Kind::Plain
}

/// INFO, OPTIONS and MESSAGE: answered, and told where they say something.
pub(super) fn answer(ctx: &mut Context, call: CallId, server: ServerId, request: &Message) {
    let method = request.method();
    if method == Method::Info {
        ctx.answer(server, request, 200, None);
        let (body, content_type, headers) = (body(request), content_type(request), headers(request));
        ctx.emit(Event::Info { call, body, content_type, headers });
    } else if method == Method::Message {
        ctx.message(server, request, None);
    } else if method == Method::Options {
        ctx.options(server, request, None);
    } else {
        let allowed = allow(ctx.identity.rel100);
        let frame = ctx.reply(request, 405, None, None).field(Name::Allow, allowed).finish();
        ctx.respond(server, 405, frame);
    }
}
