//! The ACK of a rejected INVITE (RFC 3261 section 17.1.1.3).

use alloc::vec::Vec;

use crate::message::{Decimal, Message, Name, Writer};

/// The ACK of an INVITE that is under way, written as far as the INVITE alone tells: only
/// the To is missing, whose tag the response brings.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PendingAck(pub(super) Writer);

impl PendingAck {
    pub(super) fn new(invite: &Message) -> Self {
        let number = Decimal::new(u64::from(invite.cseq().number));
        let mut ack = Writer::request("ACK", invite.uri());
        ack.field(Name::Via, invite.values(Name::Via).next().unwrap_or_default())
            .copy_fields(invite, Name::Route)
            .copy_fields(invite, Name::MaxForwards)
            .copy_fields(invite, Name::From)
            .copy_fields(invite, Name::CallId)
            .field_parts(Name::CSeq, &[number.as_str(), " ACK"]);
        Self(ack)
    }

    /// The whole frame.
    pub(super) fn finish(mut self, response: &Message) -> Vec<u8> {
        self.0.copy_fields(response, Name::To).finish()
    }
}
