//! The 2xx of an outgoing call and its ACK (RFC 3261 sections 13.2.1 and 13.2.2.4).

use super::Confirmed;
use crate::call::life::{End, Life};
use crate::call::pracks::Wanted;
use crate::message::Message;
use crate::negotiation::{Carrier, Meaning};
use crate::protocol::{Answer, Cause, DescriptionKind, Event, ProgressKind, Token};
use crate::reliability::Reception;
use crate::sdp;
use crate::time::{Duration, Instant};
use crate::usage::{Context, Owner, headers};
use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

/// How long the answer for an ACK may take.
const ANSWER: Duration = Duration::from_secs(20);

/// The ACK that a UAC owes.
#[derive(Debug)]
pub(super) enum Acknowledgement {
    /// We are the UAS.
    None,
    /// The 2xx made an offer, and the media layer works on the answer.
    Owed { cseq: u32, offer: String, token: Token, due: Instant },
    /// Sent, and sent again with each retransmission of the 2xx.
    Sent(Vec<u8>),
}

/// The ACK of a dialog that is over: a 2xx that comes again gets it again.
#[derive(Debug)]
pub(in crate::call) struct KeptAck {
    remote_tag: String,
    frame: Vec<u8>,
}

impl KeptAck {
    pub(in crate::call) fn is_for(&self, response: &Message) -> bool {
        response.to_tag().is_some_and(|tag| tag.eq_ignore_ascii_case(&self.remote_tag))
    }

    pub(in crate::call) fn frame(&self) -> Vec<u8> {
        self.frame.clone()
    }
}

impl Acknowledgement {
    pub(super) fn awaits(&self, token: Token) -> bool {
        matches!(self, Self::Owed { token: asked, .. } if *asked == token)
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        match self {
            Self::Owed { due, .. } => Some(*due),
            Self::None | Self::Sent(_) => None,
        }
    }
}

impl Confirmed {
    /// What is left of a dialog that is over.
    pub(in crate::call) fn into_ack(self) -> Option<KeptAck> {
        match self.acknowledgement {
            Acknowledgement::Sent(frame) => Some(KeptAck { remote_tag: self.dialog.into_remote_tag(), frame }),
            Acknowledgement::None | Acknowledgement::Owed { .. } => None,
        }
    }

    /// The first 2xx: ACK now, or when the answer to its offer is there.
    pub(in crate::call) fn answered(&mut self, ctx: &mut Context, life: &mut Life, response: &Message) {
        life.answered(ctx.now);
        let (call, dialog, cseq) = (self.call, self.number, response.cseq().number);
        let meaning = self.success_means(response);
        let sdp = response.description().map(ToOwned::to_owned);
        if let (Meaning::Offer, Some(offer)) = (meaning, &sdp) {
            let token = ctx.describe(call, Some(dialog), DescriptionKind::Answer, sdp.clone());
            let due = ctx.now + ANSWER;
            self.acknowledgement = Acknowledgement::Owed { cseq, offer: offer.clone(), token, due };
            self.tell_accepted(ctx, response);
            return;
        }
        self.acknowledge(ctx, cseq, None);
        if meaning == Meaning::Ignored && !self.negotiation.is_agreed() && !self.negotiation.is_owing() {
            // RFC 3261 section 13.2.1: without a description in any reliable response there is no session.
            self.end_with_bye(ctx, life, End::system(Cause::NoAnswerDescription));
            return;
        }
        if let (Meaning::Answer, Some(sdp)) = (meaning, sdp) {
            ctx.emit(Event::Remote { call, dialog, kind: ProgressKind::Answer, sdp, commit: true });
        }
        self.tell_accepted(ctx, response);
        life.confirmed(ctx, dialog);
    }

    /// What the description of the 2xx is. Without one, a preview has to serve as the answer.
    fn success_means(&mut self, response: &Message) -> Meaning {
        let described = response.description().is_some();
        if described || (self.previewed && self.negotiation.is_offered()) {
            return self.negotiation.receive(Carrier::Success);
        }
        Meaning::Ignored
    }

    fn tell_accepted(&self, ctx: &mut Context, response: &Message) {
        let status = response.status().unwrap_or_default();
        ctx.emit(Event::Accepted { call: self.call, dialog: self.number, status, headers: headers(response) });
    }

    /// A 2xx that nobody wants: ACK, then BYE (RFC 3261 section 13.2.2.4).
    pub(in crate::call) fn refuse(&mut self, ctx: &mut Context, life: &mut Life, response: &Message, end: Option<End>) {
        let answer = (self.success_means(response) == Meaning::Offer)
            .then(|| sdp::rejection(response.description().unwrap_or_default()));
        self.acknowledge(ctx, response.cseq().number, answer);
        self.send_bye(ctx, Vec::new());
        if let Some(end) = end {
            life.end(ctx, end);
        }
    }

    /// Whether the 2xx or early dialog of this response is the one that was confirmed.
    pub(in crate::call) fn is_with(&self, response: &Message) -> bool {
        response.to_tag().is_some_and(|tag| self.dialog.is_with(tag))
    }

    /// What still comes to the initial INVITE in this dialog: a 2xx has its ACK again, a
    /// reliable provisional response that the 2xx has overtaken its PRACK.
    pub(in crate::call) fn straggler(&mut self, ctx: &mut Context, response: &Message, reliable: Option<u32>) {
        match response.status() {
            Some(200..300) if self.acknowledged.is_none() => self.acknowledge_again(ctx, response),
            Some(..200) => self.overtaken(ctx, response, reliable),
            _ => {}
        }
    }

    /// A 2xx that comes again has its ACK again (RFC 3261 section 13.2.2.4).
    pub(super) fn acknowledge_again(&self, ctx: &mut Context, response: &Message) {
        if let (Some(200..300), Acknowledgement::Sent(frame)) = (response.status(), &self.acknowledgement) {
            ctx.transmit(frame.clone());
        }
    }

    /// RFC 3262 section 4 lets us acknowledge it even now; it means nothing any more.
    fn overtaken(&mut self, ctx: &mut Context, response: &Message, reliable: Option<u32>) {
        let Some(rseq) = reliable else { return };
        let owner = Owner::Call(self.call);
        match self.pracks.receive(rseq) {
            Reception::Next => {
                self.pracks.acknowledge(ctx.now, rseq, response.cseq().number, Wanted::Nothing);
                self.pracks.flush(ctx, &mut self.dialog, owner);
            }
            Reception::Duplicate => self.pracks.repeat(ctx, &mut self.dialog, owner, rseq),
            Reception::Stale | Reception::Gap => {}
        }
    }

    pub(in crate::call) fn acknowledge(&mut self, ctx: &mut Context, cseq: u32, answer: Option<String>) {
        let mut ack = self.dialog.ack(cseq);
        if let Some(sdp) = answer {
            ack.describe(sdp);
            self.negotiation.answer();
        }
        let mut frame = ctx.acknowledge(&ack, &core::mem::take(&mut self.credentials));
        frame.shrink_to_fit();
        self.acknowledgement = Acknowledgement::Sent(frame);
    }

    /// The answer to the offer in the 2xx, which the ACK carries.
    pub(super) fn answer_in_ack(&mut self, ctx: &mut Context, life: &mut Life, answer: Answer) {
        let Acknowledgement::Owed { cseq, .. } = self.acknowledgement else { return };
        match answer {
            Answer::Sdp(sdp) => {
                self.acknowledge(ctx, cseq, Some(sdp));
                life.confirmed(ctx, self.number);
            }
            Answer::Failed { cause, .. } => {
                self.acknowledge_with_rejection(ctx);
                self.end_with_bye(ctx, life, End::local(cause));
            }
        }
    }

    /// Nobody makes the answer that the ACK should carry: every stream is rejected.
    pub(super) fn acknowledge_with_rejection(&mut self, ctx: &mut Context) {
        if let Acknowledgement::Owed { cseq, offer, token, .. } = &self.acknowledgement {
            let (cseq, answer) = (*cseq, sdp::rejection(offer));
            ctx.answered(*token);
            self.acknowledge(ctx, cseq, Some(answer));
        }
    }

    pub(super) fn expire_acknowledgement(&mut self, ctx: &mut Context, life: &mut Life) {
        if self.acknowledgement.deadline().is_some_and(|due| due <= ctx.now) {
            self.acknowledge_with_rejection(ctx);
            self.end_with_bye(ctx, life, End::system(Cause::MediaTimeout));
        }
    }
}
