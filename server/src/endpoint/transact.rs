//! Requests to the numbers: new calls, and what matches a call (RFC 3261 sections 8.2, 9.2
//! and 12.2.2, RFC 3262 section 3).

use prackle::message::{Message, Method, Name, Uri, Writer, reason_phrase};
use prackle::reliability::Acknowledgement;
use prackle::time::Instant;
use prackle::transaction::{ServerId, ServerVerdict};

use super::call::{ALLOW, Blocked, Call, Stage};
use super::script::script;
use super::{Endpoint, FLOW, MOST_CALLS, MOST_MEMORIES};
use crate::answer::{answer, with};
use crate::media::LegId;

impl Endpoint {
    pub(super) fn request(&mut self, now: Instant, request: Message) {
        match self.transactions.receive(now, FLOW, &request) {
            ServerVerdict::New(server) => self.new_request(now, server, request),
            ServerVerdict::Merged(server) => {
                self.respond(now, server, 482, answer(&request, 482));
            }
            ServerVerdict::Cancel { cancel, target } => self.cancel(now, cancel, target, &request),
            ServerVerdict::Repeated { resend, .. } => {
                if let Some(frame) = resend.map(<[u8]>::to_vec) {
                    self.send(frame);
                }
            }
            ServerVerdict::AckAbsorbed(_) => {}
            ServerVerdict::Ack { .. } => self.acknowledged(&request),
        }
    }

    fn new_request(&mut self, now: Instant, server: ServerId, request: Message) {
        let foreign: Vec<&str> =
            request.values(Name::Require).filter(|tag| !tag.eq_ignore_ascii_case("100rel")).collect();
        if !foreign.is_empty() {
            let frame = with(&request, 420).field(Name::Unsupported, &foreign.join(", ")).finish();
            self.respond(now, server, 420, frame);
            return;
        }
        if request.to_tag().is_some() {
            return match self.leg_of(&request) {
                Some(leg) => self.in_dialog(now, leg, server, request),
                None => self.refuse(now, server, &request, 481),
            };
        }
        match request.method() {
            Method::Invite => self.invite(now, server, request),
            Method::Options => {
                let frame = with(&request, 200).field(Name::Allow, ALLOW).field(Name::Supported, "100rel").finish();
                self.respond(now, server, 200, frame);
            }
            _ => self.refuse(now, server, &request, 405),
        }
    }

    fn refuse(&mut self, now: Instant, server: ServerId, request: &Message, status: u16) {
        let mut response = with(request, status);
        if status == 405 {
            response.field(Name::Allow, ALLOW);
        }
        self.respond(now, server, status, response.finish());
    }

    fn invite(&mut self, now: Instant, server: ServerId, invite: Message) {
        let number = match Uri::parse(invite.uri()) {
            Ok(Uri::Sip(uri)) => uri.user_text().unwrap_or_default().into_owned(),
            Ok(_) | Err(_) => String::new(),
        };
        let Some(steps) = script(&number) else { return self.refuse(now, server, &invite, 404) };
        let open = self.calls.values().filter(|call| !matches!(call.stage, Stage::Over { .. })).count();
        if open >= MOST_CALLS || self.calls.len() >= MOST_MEMORIES {
            return self.refuse(now, server, &invite, 486);
        }
        let leg = self.next_leg;
        self.next_leg += 1;
        // RFC 3262 section 3: the first RSeq is uniform in 1..2^31-1.
        let (tag, first) = (self.random.token(10), 1 + self.random.below((1 << 31) - 1));
        self.calls.insert(leg, Call::new(invite, server, tag, steps, first));
        self.advance(now, leg);
    }

    /// The call whose dialog a request belongs to.
    pub(super) fn leg_of(&self, request: &Message) -> Option<LegId> {
        let same = |a: Option<&str>, b: Option<&str>| a.zip(b).is_some_and(|(a, b)| a.eq_ignore_ascii_case(b));
        let is = |call: &Call| {
            call.invite.call_id() == request.call_id()
                && same(request.to_tag(), Some(&call.tag))
                && same(request.from_tag(), call.invite.from_tag())
        };
        self.calls.iter().find(|(_, call)| is(call)).map(|(leg, _)| *leg)
    }

    fn in_dialog(&mut self, now: Instant, leg: LegId, server: ServerId, request: Message) {
        let Some(call) = self.calls.get_mut(&leg) else { return };
        let number = request.cseq().number;
        if number < call.remote_cseq {
            // RFC 3261 section 12.2.2.
            return self.refuse(now, server, &request, 500);
        }
        if request.method() == Method::Prack {
            return self.prack(now, leg, server, &request);
        }
        call.remote_cseq = number;
        let (stage, up) = (call.stage, call.stage == Stage::Up);
        match request.method() {
            Method::Bye => self.bye(now, leg, server, &request),
            _ if matches!(stage, Stage::Over { .. }) => self.refuse(now, server, &request, 481),
            Method::Invite if up => self.offered(now, leg, server, request),
            Method::Invite => self.refuse(now, server, &request, 491),
            Method::Update => self.offered(now, leg, server, request),
            Method::Options | Method::Info => self.refuse(now, server, &request, 200),
            _ => self.refuse(now, server, &request, 405),
        }
    }

    /// RFC 3262 section 3: what matches is answered with 2xx and goes on, what does not is
    /// answered with 481 and changes nothing.
    fn prack(&mut self, now: Instant, leg: LegId, server: ServerId, request: &Message) {
        let Some(call) = self.calls.get_mut(&leg) else { return };
        let Ok(rack) = request.rack() else {
            let mut response = Writer::response(request, 400, "Bad RAck", None);
            self.respond(now, server, 400, response.finish());
            return;
        };
        call.remote_cseq = request.cseq().number;
        if rack.cseq != call.invite.cseq().number || rack.method != Method::Invite {
            return self.refuse(now, server, request, 481);
        }
        match call.sender.acknowledge(rack.rseq) {
            Acknowledgement::Stray => self.refuse(now, server, request, 481),
            // An offer in PRACK is beyond the numbers; the acknowledgement counts
            // (RFC 3262 section 5).
            Acknowledgement::Outstanding | Acknowledgement::Late | Acknowledgement::Again => {
                if call.blocked == Blocked::Prack {
                    call.blocked = Blocked::No;
                }
                self.refuse(now, server, request, if request.description().is_some() { 488 } else { 200 });
                self.advance(now, leg);
            }
        }
    }

    fn cancel(&mut self, now: Instant, cancel: ServerId, target: Option<ServerId>, request: &Message) {
        let status = if target.is_some() { 200 } else { 481 };
        self.respond(now, cancel, status, answer(request, status));
        let cancelled = |call: &Call| Some(call.server) == target && call.stage == Stage::Early;
        let leg = self.calls.iter().find(|(_, call)| cancelled(call)).map(|(leg, _)| *leg);
        if let Some(leg) = leg {
            self.finish(now, leg, 487);
        }
    }

    fn bye(&mut self, now: Instant, leg: LegId, server: ServerId, request: &Message) {
        self.refuse(now, server, request, 200);
        match self.calls.get(&leg).map(|call| call.stage) {
            // RFC 3261 section 15.1.2: an INVITE that is still open gets 487.
            Some(Stage::Early) => self.finish(now, leg, 487),
            Some(Stage::Up) => self.release(now, leg),
            Some(Stage::Over { .. }) | None => {}
        }
    }

    /// An ACK stops the 2xx with its CSeq number.
    fn acknowledged(&mut self, ack: &Message) {
        let Some(call) = self.leg_of(ack).and_then(|leg| self.calls.get_mut(&leg)) else { return };
        call.accepted.take_if(|accepted| accepted.cseq == ack.cseq().number);
    }

    /// The start of a response inside a dialog, where To has its tag already.
    pub(super) fn dialog_answer(request: &Message, status: u16) -> Writer {
        Writer::response(request, status, reason_phrase(status), None)
    }
}
