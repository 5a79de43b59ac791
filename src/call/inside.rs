//! What every dialog of a call does alike with the requests inside it.

use super::offer::{PendingOffer, refuse};
use crate::dialog::{Dialog, OutOfDialog};
use crate::message::{Message, Method, Name};
use crate::negotiation::{Carrier, Meaning, Negotiation};
use crate::protocol::{Answer, CallId, DialogNumber, Event};
use crate::transaction::ServerId;
use crate::usage::{Context, allow, body, content_type, headers};

/// The parts of a dialog that an UPDATE acts upon.
pub(super) struct Session<'a> {
    pub call: CallId,
    pub number: DialogNumber,
    pub dialog: &'a mut Dialog,
    pub negotiation: &'a mut Negotiation,
    pub pending: &'a mut Option<PendingOffer>,
}

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

/// UPDATE (RFC 3311 section 5.2): without an offer a target refresh, with one a new exchange
/// unless another is open.
pub(super) fn update(ctx: &mut Context, session: Session<'_>, server: ServerId, request: Message) {
    match session.negotiation.receive(Carrier::Update, request.description().is_some()) {
        Meaning::Refused(obstacle) => refuse(ctx, server, &request, obstacle),
        Meaning::Offer => {
            *session.pending = Some(PendingOffer::new(ctx, session.call, session.number, server, request));
        }
        Meaning::Nothing | Meaning::Preview | Meaning::Answer | Meaning::Missing | Meaning::Ignored => {
            session.dialog.refresh_target(&request);
            let mut writer = ctx.reply(&request, 200, None, None);
            ctx.contact(&mut writer);
            ctx.capabilities(&mut writer);
            let frame = writer.finish();
            ctx.respond(server, 200, frame);
        }
    }
}

/// Answers an UPDATE or PRACK with what the media layer made of its offer.
pub(super) fn settle_offer(
    ctx: &mut Context,
    dialog: &mut Dialog,
    negotiation: &mut Negotiation,
    pending: &PendingOffer,
    answer: Answer,
) {
    let update = pending.request.method() == Method::Update;
    match answer {
        Answer::Sdp(sdp) => {
            // RFC 6141 section 4.6: the target is refreshed by the 2xx, and by no refusal.
            if update {
                dialog.refresh_target(&pending.request);
            }
            pending.accept(ctx, &sdp);
            let _ = negotiation.send(if update { Carrier::UpdateSuccess } else { Carrier::PrackSuccess }, true);
        }
        Answer::Failed { .. } => {
            pending.refuse(ctx, 488);
            negotiation.refuse(if update { Carrier::Update } else { Carrier::Prack });
        }
    }
}
