//! The 2xx of an outgoing call and its ACK (RFC 3261 sections 13.2.1 and 13.2.2.4), and what
//! still comes to an INVITE of ours that has been answered.

use super::Confirmed;
use super::purpose::Purpose;
use crate::call::life::{End, Life};
use crate::call::pracks::reliable;
use crate::message::{Message, Method};
use crate::negotiation::{Carrier, Meaning};
use crate::protocol::{Answer, Cause, DescriptionKind, Event, ProgressKind, Token};
use crate::sdp;
use crate::time::{Duration, Instant};
use crate::usage::{Context, headers};
use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

/// How long the answer for an ACK may take.
const ANSWER: Duration = Duration::from_secs(20);

/// The ACK that we owe: the 2xx made an offer, and the media layer works on the answer.
#[derive(Debug)]
pub(super) struct OwedAck {
    cseq: u32,
    offer: String,
    pub token: Token,
    pub due: Instant,
}

/// The ACKs that were sent: each is sent again with each retransmission of its 2xx.
#[derive(Debug, Default)]
pub(super) struct Acks(Vec<Ack>);

#[derive(Debug)]
struct Ack {
    /// The number of the INVITE.
    cseq: u32,
    frame: Vec<u8>,
    /// When the transaction of the INVITE has ended (RFC 6026: Timer M).
    until: Instant,
}

impl Acks {
    fn push(&mut self, ctx: &Context, cseq: u32, frame: Vec<u8>) {
        self.tidy(ctx.now);
        // Most dialogs have one at a time: no room for more in advance.
        self.0.reserve_exact(1);
        self.0.push(Ack { cseq, frame, until: ctx.now + ctx.timers.lifetime() });
    }

    /// Lets go of those that nobody asks for any more.
    pub(super) fn tidy(&mut self, now: Instant) {
        if self.0.iter().any(|ack| ack.until <= now) {
            self.0.retain(|ack| ack.until > now);
            self.0.shrink_to_fit();
        }
    }

    fn has(&self, cseq: u32) -> bool {
        self.0.iter().any(|ack| ack.cseq == cseq)
    }

    fn repeat(&self, ctx: &mut Context, response: &Message) {
        if let Some(ack) = self.0.iter().find(|ack| ack.cseq == response.cseq().number) {
            ctx.transmit(ack.frame.clone());
        }
    }
}

/// The ACKs of a dialog that is over: a 2xx that comes again gets its own again.
#[derive(Debug)]
pub(in crate::call) struct KeptAcks {
    remote_tag: String,
    acks: Acks,
}

impl KeptAcks {
    pub(in crate::call) fn is_for(&self, response: &Message) -> bool {
        response.to_tag().is_some_and(|tag| tag.eq_ignore_ascii_case(&self.remote_tag))
    }

    pub(in crate::call) fn repeat(&self, ctx: &mut Context, response: &Message) {
        self.acks.repeat(ctx, response);
    }
}

impl Confirmed {
    /// What is left of a dialog that is over.
    pub(in crate::call) fn into_acks(self) -> KeptAcks {
        KeptAcks { remote_tag: self.dialog.remote_tag().to_owned(), acks: self.acks }
    }

    /// The first 2xx: ACK now, or when the answer to its offer is there.
    pub(in crate::call) fn answered(&mut self, ctx: &mut Context, life: &mut Life, response: &Message) {
        life.answered(ctx.now);
        self.timer.granted(ctx.now, response);
        let (call, dialog) = (self.call, self.number);
        let answer = match self.success_means(ctx, response) {
            (Meaning::Offer, Some(offer)) => return self.owe_answer(ctx, response, offer),
            (meaning, sdp) => {
                self.acknowledge(ctx, response.cseq().number, None);
                if meaning == Meaning::Missing {
                    // RFC 3261 section 13.2.1: without a description in any reliable response there is no session.
                    return self.end_with_bye(ctx, life, End::system(Cause::NoAnswerDescription));
                }
                sdp.filter(|_| meaning == Meaning::Answer)
            }
        };
        if let Some(sdp) = answer {
            ctx.emit(Event::Remote { call, dialog, kind: ProgressKind::Answer, sdp, commit: true });
        }
        self.tell_accepted(ctx, response);
        life.confirmed(ctx, dialog);
    }

    /// The 2xx of a further callee, in a call of its own. A browser cannot share one
    /// connection between two answers: unless the callee offers, we offer it a session afresh.
    pub(in crate::call) fn forked(&mut self, ctx: &mut Context, life: &mut Life, response: &Message) {
        life.answered(ctx.now);
        self.timer.granted(ctx.now, response);
        if let (Meaning::Offer, Some(offer)) = self.success_means(ctx, response) {
            return self.owe_answer(ctx, response, offer);
        }
        self.acknowledge(ctx, response.cseq().number, None);
        self.tell_accepted(ctx, response);
        life.confirmed(ctx, self.number);
        self.offer_anew(Purpose::Session);
    }

    /// The 2xx offers: the ACK waits for the answer.
    fn owe_answer(&mut self, ctx: &mut Context, response: &Message, offer: String) {
        let token = ctx.describe(self.call, Some(self.number), DescriptionKind::Answer, Some(offer.clone()));
        let (cseq, due) = (response.cseq().number, ctx.now + ANSWER);
        self.owed = Some(OwedAck { cseq, offer, token, due });
        self.tell_accepted(ctx, response);
    }

    /// What the description of the 2xx is, and which one counts. Without one, a preview has to
    /// serve as the answer; with another, it stays in force.
    fn success_means(&mut self, ctx: &mut Context, response: &Message) -> (Meaning, Option<String>) {
        let sdp = response.description().or(self.preview.get()).map(ToOwned::to_owned);
        let meaning = self.negotiation.receive(Carrier::Success, sdp.is_some());
        let answer =
            sdp.map(|sdp| if meaning == Meaning::Answer { self.preview.settle(ctx, self.call, &sdp) } else { sdp });
        (meaning, answer)
    }

    fn tell_accepted(&self, ctx: &mut Context, response: &Message) {
        let status = response.status().unwrap_or_default();
        ctx.emit(Event::Accepted { call: self.call, dialog: self.number, status, headers: headers(response) });
    }

    /// A 2xx that nobody wants: ACK, then BYE unless that has been sent (RFC 3261 section
    /// 13.2.2.4).
    pub(in crate::call) fn refuse(&mut self, ctx: &mut Context, response: &Message) {
        let cseq = response.cseq().number;
        if self.acks.has(cseq) {
            return self.acks.repeat(ctx, response);
        }
        let (meaning, sdp) = self.success_means(ctx, response);
        let answer = sdp.filter(|_| meaning == Meaning::Offer).map(|offer| sdp::rejection(&offer));
        self.acknowledge(ctx, cseq, answer);
        self.send_bye(ctx, Vec::new());
    }

    /// Whether a response is of this dialog.
    pub(in crate::call) fn is_with(&self, response: &Message) -> bool {
        response.to_tag().is_some_and(|tag| self.dialog.is_with(tag))
    }

    /// What still comes to an INVITE that has been answered in this dialog, the first one or a
    /// re-INVITE: a 2xx has its ACK again (RFC 3261 section 13.2.2.4), a reliable provisional
    /// response that the 2xx has overtaken its PRACK. Whether it was of this dialog.
    pub(super) fn straggler(&mut self, ctx: &mut Context, response: &Message) -> bool {
        if !self.is_with(response) || response.method() != Method::Invite {
            return false;
        }
        match response.status() {
            Some(200..300) => self.acks.repeat(ctx, response),
            Some(..200) => self.overtaken(ctx, response),
            _ => {}
        }
        true
    }

    /// RFC 3262 section 4 lets us acknowledge it even now; it means nothing any more.
    pub(super) fn overtaken(&mut self, ctx: &mut Context, response: &Message) {
        let Some(rseq) = reliable(ctx, self.call, self.rel100, response) else { return };
        let cseq = response.cseq().number;
        if self.bye.is_none() && cseq == self.counted {
            self.pracks.overtaken(ctx, &mut self.dialog, &mut self.negotiation, rseq, cseq);
        }
    }

    pub(super) fn acknowledge(&mut self, ctx: &mut Context, cseq: u32, answer: Option<String>) {
        let mut ack = self.dialog.ack(cseq);
        let _ = self.negotiation.send(Carrier::Ack, answer.is_some());
        if let Some(sdp) = answer {
            ack.describe(sdp);
        }
        let mut frame = ctx.acknowledge(&ack, &core::mem::take(&mut self.credentials));
        frame.shrink_to_fit();
        self.acks.push(ctx, cseq, frame);
    }

    /// The answer to the offer in the 2xx, which the ACK carries.
    pub(super) fn answer_in_ack(&mut self, ctx: &mut Context, life: &mut Life, answer: Answer) {
        match answer {
            Answer::Sdp(sdp) => {
                if let Some(owed) = self.owed.take() {
                    self.acknowledge(ctx, owed.cseq, Some(sdp));
                }
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
        if let Some(owed) = self.owed.take() {
            ctx.answered(owed.token);
            self.acknowledge(ctx, owed.cseq, Some(sdp::rejection(&owed.offer)));
        }
    }

    pub(super) fn expire_acknowledgement(&mut self, ctx: &mut Context, life: &mut Life) {
        if self.owed.as_ref().is_some_and(|owed| owed.due <= ctx.now) {
            self.acknowledge_with_rejection(ctx);
            self.end_with_bye(ctx, life, End::system(Cause::MediaTimeout));
        }
    }
}
