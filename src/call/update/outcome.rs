//! What becomes of the UPDATEs that we have sent (RFC 3311 sections 5.1 and 5.3, RFC 3261 section
//! 12.2.1.2).

use super::{Outcome, Purpose, UNREFRESHED, UNRESTORED, Update, failed};
use crate::call::offer::glare_pause;
use crate::call::session::Session;
use crate::message::Message;
use crate::negotiation::{Carrier, Meaning};
use crate::protocol::{Cause, Event, Failure, ProgressKind, Severity, Token};
use crate::sdp;
use crate::time::Duration;
use crate::transaction::ClientId;
use crate::usage::{Challenge, Context, failure, response as outcome};
use alloc::borrow::ToOwned;

impl Session<'_> {
    /// A response to the one under way.
    pub(in crate::call) fn update_response(&mut self, ctx: &mut Context, id: ClientId, response: &Message) -> Outcome {
        let status = response.status().unwrap_or_default();
        let again = match status {
            401 | 407 => self.update_challenged(ctx, response),
            422 => self.update_raised(ctx, response),
            _ => status < 200,
        };
        if again {
            return Outcome::Continue;
        }
        let Some(sent) = self.updates.take_sent(id) else { return Outcome::Continue };
        match status {
            200..300 => {
                if sent.timed {
                    self.timer.granted(ctx.now, response);
                }
                self.update_accepted(ctx, &sent.update, response);
            }
            _ => self.update_refused(ctx, sent.update, response),
        }
        // RFC 3261 section 12.2.1.2: the dialog is gone at the peer.
        if matches!(status, 408 | 481) { Outcome::Gone } else { Outcome::Continue }
    }

    fn update_accepted(&mut self, ctx: &mut Context, update: &Update, response: &Message) {
        self.dialog.refresh_target(response);
        let (call, dialog) = (self.call, self.number);
        let sdp = response.description();
        if update.offers {
            match (self.negotiation.receive(Carrier::UpdateSuccess, sdp.is_some()), sdp) {
                (Meaning::Answer, Some(sdp)) => {
                    let sdp = sdp.to_owned();
                    ctx.emit(Event::Remote { call, dialog, kind: ProgressKind::Answer, sdp, commit: true });
                }
                _ => {
                    ctx.diagnose(Some(call), Severity::Warning, "offer-unanswered");
                    self.roll_back(ctx);
                    return self.settle_update(ctx, update, Err(failed(Cause::NoAnswerDescription)));
                }
            }
            if self.is_confirmed {
                let held_by_peer = sdp.is_some_and(sdp::holds);
                ctx.emit(Event::Updated { call, by_peer: false, held_by_peer });
            }
        }
        self.settle_update(ctx, update, Ok(response));
    }

    pub(super) fn settle_update(&mut self, ctx: &mut Context, update: &Update, result: Result<&Message, Failure>) {
        match (update.purpose, result) {
            (Purpose::Command(command), result) => {
                ctx.settle(command, result.map(|response| Some(outcome(response))));
            }
            (Purpose::Restoring | Purpose::Refresh, Ok(_)) => {}
            (Purpose::Restoring, Err(_)) => ctx.diagnose(Some(self.call), Severity::Warning, UNRESTORED),
            (Purpose::Refresh, Err(_)) => {
                self.timer.failed(ctx.now);
                ctx.diagnose(Some(self.call), Severity::Warning, UNREFRESHED);
            }
        }
    }

    fn update_refused(&mut self, ctx: &mut Context, mut update: Update, response: &Message) {
        if update.offers {
            self.negotiation.failed(Carrier::Update);
        }
        // RFC 3261 section 21.4.6: it tells what is allowed instead.
        if response.status() == Some(405) {
            self.dialog.learn(response);
        }
        let pause = match (response.status(), response.retry_after()) {
            (Some(491), _) if !core::mem::replace(&mut update.glared, true) => glare_pause(ctx, self.is_caller),
            (Some(500), Some(seconds)) if !core::mem::replace(&mut update.postponed, true) => {
                Duration::from_secs(seconds.into())
            }
            _ => return self.update_failed(ctx, &update, failure(response)),
        };
        update.at = Some(ctx.now + pause);
        self.updates.waiting.push_front(update);
    }

    fn update_failed(&mut self, ctx: &mut Context, update: &Update, failure: Failure) {
        if update.offer.is_some() {
            self.roll_back(ctx);
            // A challenge is no word on the offer, and 408 and 481 are the end of all.
            if let Some(status) = failure.status.filter(|status| !matches!(status, 401 | 407 | 408 | 481)) {
                let (call, dialog) = (self.call, self.number);
                ctx.emit(Event::OfferRejected { call, dialog, rseq: None, status });
            }
        }
        self.settle_update(ctx, update, Err(failure));
    }

    /// Whether credentials are to be had for it.
    fn update_challenged(&mut self, ctx: &mut Context, response: &Message) -> bool {
        let Some(sent) = &mut self.updates.sent else { return false };
        match ctx.challenge(&mut sent.request, response) {
            Challenge::Retry => ctx.resend(&mut sent.request, self.dialog.next_cseq()),
            Challenge::Asked(_) => {}
            Challenge::Failed => return false,
        }
        true
    }

    /// Whether it is sent again, with a larger session interval.
    fn update_raised(&mut self, ctx: &mut Context, response: &Message) -> bool {
        let Some(sent) = self.updates.sent.as_mut().filter(|sent| sent.timed) else { return false };
        let raised = self.timer.raise(&mut sent.request.draft, response);
        if raised {
            ctx.resend(&mut sent.request, self.dialog.next_cseq());
        }
        raised
    }

    /// The application answered a challenge: whether it was that of an UPDATE.
    pub(in crate::call) fn update_credentials(&mut self, ctx: &mut Context, token: Token, known: bool) -> bool {
        let Some(sent) = self.updates.sent.as_mut().filter(|sent| sent.request.asked == Some(token)) else {
            return false;
        };
        if known {
            ctx.resend(&mut sent.request, self.dialog.next_cseq());
            return true;
        }
        let id = sent.request.id;
        if let Some(sent) = self.updates.take_sent(id) {
            if sent.update.offers {
                self.negotiation.failed(Carrier::Update);
            }
            let failure = Failure { status: Some(401), ..failed(Cause::Unauthorized) };
            self.update_failed(ctx, &sent.update, failure);
        }
        true
    }

    /// It was never answered. Without a connection that says nothing of the peer.
    pub(in crate::call) fn update_timeout(&mut self, ctx: &mut Context, id: ClientId) -> Outcome {
        if ctx.flow().is_none() {
            return Outcome::Continue;
        }
        let Some(sent) = self.updates.take_sent(id) else { return Outcome::Continue };
        if sent.update.offers {
            self.negotiation.failed(Carrier::Update);
        }
        self.update_failed(ctx, &sent.update, failed(Cause::Timeout));
        Outcome::Gone
    }

    /// The connection is back: what had no answer is sent anew. Had it arrived, the same
    /// description again changes nothing (RFC 3264 section 8).
    pub(in crate::call) fn recover_update(&mut self, ctx: &mut Context) {
        if let Some(sent) = self.updates.sent.as_mut().filter(|sent| sent.request.asked.is_none()) {
            ctx.abandon(sent.request.id);
            ctx.resend(&mut sent.request, self.dialog.next_cseq());
        }
    }
}
