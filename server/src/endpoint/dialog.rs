//! What happens in the dialog of an answered call: new offers, and hanging up
//! (RFC 3261 sections 14.2 and 15.1.1, RFC 3311 section 5.2).

use prackle::message::{CSeq, Message, Method, Name};
use prackle::time::Instant;
use prackle::transaction::ServerId;

use super::call::{ALLOW, Accepted, Blocked, Stage, contact, finish};
use super::{Endpoint, FLOW};
use crate::media::{LegId, Order};

impl Endpoint {
    /// The media have answered an offer, or refused it.
    pub(super) fn described(&mut self, now: Instant, leg: LegId, answer: Option<String>) {
        let Some(call) = self.calls.get_mut(&leg) else { return };
        if let Some((server, request)) = call.reoffer.take() {
            return self.reoffered(now, leg, server, &request, answer);
        }
        if call.stage != Stage::Early || !matches!(call.blocked, Blocked::Media { .. }) {
            return;
        }
        match answer {
            Some(answer) => {
                call.answer = Some(answer);
                call.blocked = Blocked::No;
                self.advance(now, leg);
            }
            None => self.finish(now, leg, 488),
        }
    }

    /// A re-INVITE or UPDATE: its offer goes to the media; without one it refreshes only.
    pub(super) fn offered(&mut self, now: Instant, leg: LegId, server: ServerId, request: Message) {
        let offer = request.description().map(str::to_owned);
        let Some(call) = self.calls.get_mut(&leg) else { return };
        match offer {
            // RFC 3311 section 5.2: one offer at a time, and none before ours is answered for.
            Some(_) if call.reoffer.is_some() || !call.answer_sent || call.sender.holds_description() => {
                let mut response = Self::dialog_answer(&request, 500);
                let frame = response.field(Name::RetryAfter, "1").finish();
                self.respond(now, server, 500, frame);
            }
            Some(offer) => {
                call.reoffer = Some((server, request));
                self.order(Order::Describe { leg, offer });
            }
            None if request.method() == Method::Invite => {
                // The numbers make no offers.
                let frame = Self::dialog_answer(&request, 488).finish();
                self.respond(now, server, 488, frame);
            }
            None => self.confirm(now, leg, server, &request, None),
        }
    }

    fn reoffered(&mut self, now: Instant, leg: LegId, server: ServerId, request: &Message, answer: Option<String>) {
        match answer {
            Some(answer) => self.confirm(now, leg, server, request, Some(&answer)),
            None => {
                let frame = Self::dialog_answer(request, 488).finish();
                self.respond(now, server, 488, frame);
            }
        }
    }

    fn confirm(&mut self, now: Instant, leg: LegId, server: ServerId, request: &Message, body: Option<&str>) {
        let timers = self.timers;
        let Some(call) = self.calls.get_mut(&leg) else { return };
        let mut response = Self::dialog_answer(request, 200);
        response.field(Name::Contact, &contact(&call.invite, &self.host));
        response.field(Name::Allow, ALLOW).field(Name::Supported, "100rel");
        let frame = finish(&mut response, body);
        if request.method() == Method::Invite {
            call.accepted = Some(Accepted::new(now, timers, request.cseq().number, frame.clone()));
        }
        self.respond(now, server, 200, frame);
    }

    /// The browser at the other end is gone.
    pub(super) fn media_ended(&mut self, now: Instant, leg: LegId) {
        match self.calls.get(&leg).map(|call| call.stage) {
            Some(Stage::Up) => self.hang_up(now, leg),
            Some(Stage::Early) => self.finish(now, leg, 480),
            Some(Stage::Over { .. }) | None => {}
        }
    }

    /// Sends a BYE; whatever is said to it, the call is over.
    pub(super) fn hang_up(&mut self, now: Instant, leg: LegId) {
        let branch = format!("z9hG4bK{}", self.random.token(16));
        let Some(call) = self.calls.get(&leg) else { return };
        if let Some(frame) = bye(&call.invite, &call.tag, &self.host, &branch) {
            self.transactions.request(now, FLOW, &branch, CSeq { number: 1, method: Method::Bye });
            self.send(frame);
        }
        self.release(now, leg);
    }
}

/// A request in the dialog that `invite` made: From and To change places, the route set is
/// that of the INVITE in its order (RFC 3261 sections 12.1.1 and 12.2.1.1; the proxy in
/// front is a loose router).
fn bye(invite: &Message, tag: &str, host: &str, branch: &str) -> Option<Vec<u8>> {
    let target = invite.contact().ok()?.uri;
    let mut request = prackle::message::Writer::request("BYE", target);
    request.field_parts(Name::Via, &["SIP/2.0/WS ", host, ";branch=", branch]).field(Name::MaxForwards, "70");
    for route in invite.fields(Name::RecordRoute) {
        request.field(Name::Route, route);
    }
    request.field_parts(Name::From, &[invite.header(Name::To)?, ";tag=", tag]);
    request.field(Name::To, invite.header(Name::From)?);
    request.field(Name::CallId, invite.call_id()).field(Name::CSeq, "1 BYE");
    Some(request.finish())
}
