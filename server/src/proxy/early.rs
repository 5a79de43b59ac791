//! The virtual UAS: the one way in which a proxy may send a reliable provisional response of
//! its own (RFC 3262 section 3, RFC 3261 section 16.7). It stands beside the branches of an
//! initial INVITE, with a To tag of its own; a 504 of it counts like a branch's.

use prackle::message::{Message, Name, RAck, Writer, reason_phrase};
use prackle::reliability::{Acknowledgement, Expiry, Sender};
use prackle::time::{Instant, Timers};

/// Which provisional response the server sends by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Early {
    /// Its status, 101 to 199.
    pub code: u16,
    /// Its reason phrase; the usual one when empty.
    pub reason: String,
}

/// One such response, and the wait for its PRACK.
pub(super) struct VirtualUas {
    pub(super) tag: String,
    call_id: String,
    from_tag: String,
    cseq: u32,
    sender: Sender<()>,
    /// Once the INVITE is answered: until when a late PRACK is awaited.
    closing: Option<Instant>,
}

/// What has to be done at a deadline.
pub(super) enum EarlyExpiry {
    /// Send this response again.
    Resend(Vec<u8>),
    /// Nobody acknowledged it: 504 is this branch's result.
    GiveUp,
}

impl VirtualUas {
    /// Whether `invite` may be answered reliably by the server itself: an initial INVITE that
    /// understands it and makes the offer, for a first reliable response to one without would
    /// have to hold an offer (RFC 3262 section 5).
    pub(super) fn may_answer(invite: &Message) -> bool {
        let understood = [Name::Supported, Name::Require].iter().any(|name| invite.has_token(*name, "100rel"));
        invite.to_tag().is_none() && understood && invite.description().is_some()
    }

    /// The virtual UAS of `invite`, and its response. `first` is its first RSeq.
    pub(super) fn new(
        now: Instant,
        timers: Timers,
        invite: &Message,
        early: &Early,
        contact: &str,
        tag: String,
        first: u32,
    ) -> (Self, Vec<u8>) {
        let mut sender = Sender::new(first);
        let rseq = sender.number().unwrap_or(first);
        let reason = if early.reason.is_empty() { reason_phrase(early.code) } else { &early.reason };
        let mut response = Writer::response(invite, early.code, reason, Some(&tag));
        response.field_parts(Name::Contact, &["<", contact, ">"]);
        response.field(Name::Require, "100rel").field_number(Name::RSeq, rseq);
        response.field(Name::Allow, "INVITE, ACK, CANCEL, PRACK, UPDATE, BYE").field(Name::Supported, "100rel");
        let frame = response.finish();
        sender.sent(now, timers, rseq, frame.clone(), false);
        let uas = Self {
            tag,
            call_id: invite.call_id().to_owned(),
            from_tag: invite.from_tag().unwrap_or_default().to_owned(),
            cseq: invite.cseq().number,
            sender,
            closing: None,
        };
        (uas, frame)
    }

    /// Whether `request` is in the dialog of this UAS.
    pub(super) fn owns(&self, request: &Message) -> bool {
        let is = |tag: Option<&str>, own: &str| tag.is_some_and(|tag| tag.eq_ignore_ascii_case(own));
        request.call_id() == self.call_id && is(request.to_tag(), &self.tag) && is(request.from_tag(), &self.from_tag)
    }

    /// Takes a PRACK in this dialog; whether it acknowledges the response.
    pub(super) fn acknowledge(&mut self, rack: RAck<'_>) -> bool {
        let of_invite = rack.cseq == self.cseq && rack.method.as_str() == "INVITE";
        of_invite && self.sender.acknowledge(rack.rseq) != Acknowledgement::Stray
    }

    /// The INVITE is answered or cancelled: no retransmission any more, but a PRACK may still
    /// be under way.
    pub(super) fn close(&mut self, now: Instant, timers: Timers) {
        self.sender.close();
        self.closing.get_or_insert(now + timers.lifetime());
    }

    /// Whether there is nothing left to wait for.
    pub(super) fn is_over(&self, now: Instant) -> bool {
        self.closing.is_some_and(|until| until <= now)
    }

    pub(super) fn expire(&mut self, now: Instant) -> Option<EarlyExpiry> {
        self.sender.expire(now).map(|expiry| match expiry {
            Expiry::Resend(frame) => EarlyExpiry::Resend(frame.to_vec()),
            Expiry::GiveUp { .. } => EarlyExpiry::GiveUp,
        })
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.sender.deadline().or(self.closing)
    }
}
