//! A further callee of an outgoing call, as a call of its own (RFC 3261 section 13.2.2.4).

use super::confirmed::{Confirmed, KeptAcks};
use super::life::Life;
use crate::message::Message;
use crate::time::Instant;
use crate::usage::Context;
use alloc::string::String;

/// What the 2xx of a further callee brings.
#[derive(Debug)]
pub(super) struct Fork {
    pub life: Life,
    pub confirmed: Confirmed,
    pub setup: Forked,
}

/// What such a call has instead of an INVITE of its own: the ACK of its 2xx, which may come
/// again for as long as the transaction of the INVITE lives.
#[derive(Debug)]
pub(super) struct Forked {
    name: String,
    /// None when that is over.
    until: Option<Instant>,
    kept: Option<KeptAcks>,
}

/// The name of a dialog with a further callee: it shares our tag with the first one. No tag
/// has a space in it.
pub fn fork_name(ours: &str, theirs: &str) -> String {
    let mut name = [ours, " ", theirs].concat();
    name.make_ascii_lowercase();
    name
}

impl Forked {
    pub(super) fn new(ctx: &Context, ours: &str, theirs: &str) -> Self {
        Self { name: fork_name(ours, theirs), until: Some(ctx.now + ctx.timers.lifetime()), kept: None }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn local_tag(&self) -> &str {
        self.name.split(' ').next().unwrap_or_default()
    }

    /// Takes over the ACKs when the dialog is over.
    pub(super) fn keep_acks(&mut self, acks: KeptAcks) {
        self.kept = Some(acks);
    }

    /// A response to the INVITE after the dialog is over.
    pub(super) fn response(&self, ctx: &mut Context, response: &Message) {
        if let Some(kept) = self.kept.as_ref().filter(|kept| kept.is_for(response)) {
            kept.repeat(ctx, response);
        }
    }

    pub(super) fn expire(&mut self, now: Instant) {
        if self.until.take_if(|until| *until <= now).is_some() {
            self.kept = None;
        }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.until
    }

    pub(super) fn is_done(&self) -> bool {
        self.until.is_none()
    }
}
