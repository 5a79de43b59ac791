//! One call to a number: its script, its reliable responses, and its 2xx until the ACK.

use std::collections::VecDeque;

use prackle::message::{Message, Name, Writer, reason_phrase};
use prackle::reliability::{Expiry, Sender};
use prackle::time::{Duration, Instant, Timers, earlier};
use prackle::transaction::ServerId;

use super::Endpoint;
use super::script::{Flaw, Step};
use crate::media::{LegId, Order};

/// A call, from its INVITE until nothing can come of it any more.
pub(super) struct Call {
    pub(super) invite: Message,
    pub(super) server: ServerId,
    /// Our tag.
    pub(super) tag: String,
    script: VecDeque<Step>,
    pub(super) blocked: Blocked,
    pub(super) sender: Sender<()>,
    /// The last reliable response that was acknowledged.
    pub(super) last_reliable: Option<Vec<u8>>,
    /// The answer of the media, until a reliable response or the 2xx has carried it.
    pub(super) answer: Option<String>,
    pub(super) answer_sent: bool,
    /// The last CSeq number of the caller.
    pub(super) remote_cseq: u32,
    pub(super) stage: Stage,
    /// A 2xx that waits for its ACK.
    pub(super) accepted: Option<Accepted>,
    /// An offer inside the dialog that the media are answering.
    pub(super) reoffer: Option<(ServerId, Message)>,
}

/// What the script waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Blocked {
    No,
    /// The answer of the media, until this time at the latest.
    Media {
        until: Instant,
    },
    /// The PRACK of the outstanding response.
    Prack,
    Until(Instant),
}

impl Blocked {
    fn is_over(self, now: Instant) -> bool {
        matches!(self, Self::Until(until) if until <= now)
    }
}

/// How far the call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// No final response yet.
    Early,
    /// Answered.
    Up,
    /// Over; kept for a PRACK that is still under way.
    Over { until: Instant },
}

/// RFC 3261 section 13.3.1.4: a 2xx is repeated until its ACK, at T1, doubling up to T2,
/// whatever the transport.
pub(super) struct Accepted {
    pub(super) cseq: u32,
    frame: Vec<u8>,
    interval: Duration,
    resend_at: Instant,
    give_up_at: Instant,
}

impl Accepted {
    pub(super) fn new(now: Instant, timers: Timers, cseq: u32, frame: Vec<u8>) -> Self {
        let interval = timers.t1;
        Self { cseq, frame, interval, resend_at: now + interval, give_up_at: now + timers.lifetime() }
    }
}

impl Call {
    pub(super) fn new(invite: Message, server: ServerId, tag: String, script: Vec<Step>, first_rseq: u32) -> Self {
        Self {
            remote_cseq: invite.cseq().number,
            invite,
            server,
            tag,
            script: script.into(),
            blocked: Blocked::No,
            sender: Sender::new(first_rseq),
            last_reliable: None,
            answer: None,
            answer_sent: false,
            stage: Stage::Early,
            accepted: None,
            reoffer: None,
        }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        let stage = match (self.stage, self.blocked) {
            (Stage::Over { until }, _) => return Some(until),
            (Stage::Early, Blocked::Until(until) | Blocked::Media { until }) => Some(until),
            (Stage::Early | Stage::Up, _) => None,
        };
        let accepted = self.accepted.as_ref().map(|accepted| accepted.resend_at.min(accepted.give_up_at));
        earlier(earlier(stage, accepted), self.sender.deadline())
    }

    /// Whether the caller understands reliable provisional responses.
    fn reliable(&self) -> bool {
        [Name::Supported, Name::Require].iter().any(|name| self.invite.has_token(*name, "100rel"))
    }

    /// The start of a response to the INVITE that makes or confirms the dialog.
    fn dialog_response(&self, status: u16, host: &str) -> Writer {
        let mut response = Writer::response(&self.invite, status, reason_phrase(status), Some(&self.tag));
        response.copy_fields(&self.invite, Name::RecordRoute);
        response.field(Name::Contact, &contact(&self.invite, host));
        response.field(Name::Allow, ALLOW).field(Name::Supported, "100rel");
        response
    }
}

impl Endpoint {
    /// Goes on with the script of a call until it has to wait.
    pub(super) fn advance(&mut self, now: Instant, leg: LegId) {
        while let Some(step) = self.next_step(leg) {
            self.perform(now, leg, step);
        }
    }

    fn next_step(&mut self, leg: LegId) -> Option<Step> {
        let call = self.calls.get_mut(&leg)?;
        (call.stage == Stage::Early && call.blocked == Blocked::No).then(|| call.script.pop_front()).flatten()
    }

    fn perform(&mut self, now: Instant, leg: LegId, step: Step) {
        match step {
            Step::Describe => self.describe(now, leg),
            Step::Play(sound) => self.order(Order::Play { leg, sound }),
            Step::Progress { code, description, flaw } => self.progress(now, leg, code, description, flaw),
            Step::Repeat => {
                let frame = self.calls.get(&leg).and_then(|call| call.last_reliable.clone());
                self.outputs.extend(frame.map(super::Output::Frame));
            }
            Step::Falsify(code) => self.falsify(now, leg, code),
            Step::Wait(span) => self.block(leg, Blocked::Until(now + span)),
            Step::KeepRinging => self.keep_ringing(now, leg),
            Step::Accept => self.accept(now, leg),
            Step::Reject(code) => self.finish(now, leg, code),
        }
    }

    fn block(&mut self, leg: LegId, blocked: Blocked) {
        if let Some(call) = self.calls.get_mut(&leg) {
            call.blocked = blocked;
        }
    }

    fn describe(&mut self, now: Instant, leg: LegId) {
        let offer = self.calls.get(&leg).and_then(|call| call.invite.description()).map(str::to_owned);
        match offer {
            Some(offer) => {
                self.block(leg, Blocked::Media { until: now + MEDIA_PATIENCE });
                self.order(Order::Describe { leg, offer });
            }
            None => self.finish(now, leg, 488),
        }
    }

    fn progress(&mut self, now: Instant, leg: LegId, code: u16, description: bool, flaw: Flaw) {
        let (timers, host) = (self.timers, self.host.clone());
        let Some(call) = self.calls.get_mut(&leg) else { return };
        let body = if description && !call.answer_sent { call.answer.clone() } else { None };
        let mut response = call.dialog_response(code, &host);
        let number = if call.reliable() { call.sender.number() } else { None };
        let Some(rseq) = number else {
            let (server, frame) = (call.server, finish(&mut response, body.as_deref()));
            self.respond(now, server, code, frame);
            return;
        };
        response.field(Name::Require, "100rel").field_number(Name::RSeq, rseq);
        let frame = finish(&mut response, body.as_deref());
        call.answer_sent |= body.is_some();
        call.sender.sent(now, timers, rseq, frame.clone(), body.is_some());
        call.last_reliable = Some(frame.clone());
        call.blocked = Blocked::Prack;
        let server = call.server;
        match flaw {
            Flaw::None => {
                self.respond(now, server, code, frame);
            }
            Flaw::Doubled => {
                if self.respond(now, server, code, frame.clone()) {
                    self.send(frame);
                }
            }
            // The one after it leaves now; itself leaves with its first retransmission, after
            // T1: late enough to have been overtaken.
            Flaw::Overtaken => {
                let next = self.calls.get(&leg).map(|call| {
                    let mut next = call.dialog_response(code, &host);
                    next.field(Name::Require, "100rel").field_number(Name::RSeq, rseq.saturating_add(1)).finish()
                });
                if let Some(next) = next {
                    self.respond(now, server, code, next);
                }
            }
        }
    }

    /// A response that claims to be reliable and is not: no PRACK must come of it.
    fn falsify(&mut self, now: Instant, leg: LegId, code: u16) {
        let Some(call) = self.calls.get(&leg).filter(|call| call.reliable()) else { return };
        let mut response = call.dialog_response(code, &self.host);
        let frame = response.field(Name::Require, "100rel").field(Name::RSeq, "0").finish();
        let server = call.server;
        self.respond(now, server, code, frame);
    }

    /// RFC 3262 section 3: at least every two and a half minutes while ringing reliably,
    /// RFC 3261 section 13.3.1.1: every minute otherwise.
    fn keep_ringing(&mut self, now: Instant, leg: LegId) {
        let Some(call) = self.calls.get_mut(&leg) else { return };
        let pause = Duration::from_secs(if call.reliable() { 150 } else { 60 });
        call.blocked = Blocked::Until(now + pause);
        call.script.push_back(Step::Progress { code: 180, description: false, flaw: Flaw::None });
        call.script.push_back(Step::KeepRinging);
    }

    fn accept(&mut self, now: Instant, leg: LegId) {
        let (timers, host) = (self.timers, self.host.clone());
        let Some(call) = self.calls.get_mut(&leg) else { return };
        let body = if call.answer_sent { None } else { call.answer.clone() };
        let frame = finish(&mut call.dialog_response(200, &host), body.as_deref());
        call.answer_sent = true;
        call.sender.close();
        call.stage = Stage::Up;
        call.accepted = Some(Accepted::new(now, timers, call.invite.cseq().number, frame.clone()));
        let server = call.server;
        self.respond(now, server, 200, frame);
    }

    /// Ends a call that is not answered, with this final response.
    pub(super) fn finish(&mut self, now: Instant, leg: LegId, status: u16) {
        let lifetime = self.timers.lifetime();
        let Some(call) = self.calls.get_mut(&leg).filter(|call| call.stage == Stage::Early) else { return };
        call.sender.close();
        call.stage = Stage::Over { until: now + lifetime };
        let mut response = Writer::response(&call.invite, status, reason_phrase(status), Some(&call.tag));
        if status == 488 {
            response.field(Name::Warning, "305 prackle-server \"PCMU audio over WebRTC is needed\"");
        }
        let (server, frame) = (call.server, response.finish());
        self.respond(now, server, status, frame);
        self.order(Order::Release { leg });
    }

    /// Ends an answered call, or one whose caller is gone.
    pub(super) fn release(&mut self, now: Instant, leg: LegId) {
        let lifetime = self.timers.lifetime();
        if let Some(call) = self.calls.get_mut(&leg) {
            call.stage = Stage::Over { until: now + lifetime };
            call.accepted = None;
            self.order(Order::Release { leg });
        }
    }

    pub(super) fn expire_call(&mut self, now: Instant, leg: LegId) {
        let Some(call) = self.calls.get_mut(&leg) else { return };
        if matches!(call.stage, Stage::Over { until } if until <= now) {
            self.calls.remove(&leg);
            return;
        }
        match call.sender.expire(now) {
            Some(Expiry::Resend(frame)) => {
                let frame = frame.to_vec();
                self.send(frame);
            }
            Some(Expiry::GiveUp { .. }) => return self.finish(now, leg, 504),
            None => {}
        }
        match self.calls.get_mut(&leg) {
            Some(Call { blocked: Blocked::Media { until }, .. }) if *until <= now => self.finish(now, leg, 500),
            Some(Call { blocked: blocked @ Blocked::Until(_), .. }) if blocked.is_over(now) => *blocked = Blocked::No,
            Some(_) | None => {}
        }
        self.expire_accepted(now, leg);
        self.advance(now, leg);
    }

    fn expire_accepted(&mut self, now: Instant, leg: LegId) {
        let longest = self.timers.t2;
        let Some(accepted) = self.calls.get_mut(&leg).and_then(|call| call.accepted.as_mut()) else { return };
        if accepted.give_up_at <= now {
            // RFC 3261 section 13.3.1.4: the dialog is there, but nobody confirms the session.
            return self.hang_up(now, leg);
        }
        if accepted.resend_at <= now {
            accepted.interval = (accepted.interval * 2).min(longest);
            accepted.resend_at = now + accepted.interval;
            let frame = accepted.frame.clone();
            self.send(frame);
        }
    }
}

/// Ends a response, with a session description or without.
pub(super) fn finish(response: &mut Writer, body: Option<&str>) -> Vec<u8> {
    match body {
        Some(body) => response.body("application/sdp", body.as_bytes()),
        None => response.finish(),
    }
}

/// The contact of the number that was called.
pub(super) fn contact(invite: &Message, host: &str) -> String {
    let user = match prackle::message::Uri::parse(invite.uri()) {
        Ok(prackle::message::Uri::Sip(uri)) => uri.user.unwrap_or_default(),
        Ok(_) | Err(_) => "",
    };
    ["<sip:", user, "@", host, ";transport=ws>"].concat()
}

/// The media answer within some milliseconds, unless they are broken.
const MEDIA_PATIENCE: Duration = Duration::from_secs(10);

pub(super) const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, PRACK, UPDATE, OPTIONS, INFO";
