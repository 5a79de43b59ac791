//! What must hold of every frame, seen from outside: an observer at the connections that
//! knows the RFCs and nothing of the machines behind them.
//!
//! It is told each frame that an end sends or receives, in order, with the time, and when
//! an end loses its connection and has one again. What breaks a rule panics.

#![allow(dead_code, reason = "each test binary uses its own part")]

mod order;
mod pracks;
mod senders;

use order::Order;
use prackle::message::{Message, Method, Name};
use pracks::Pracks;
use senders::Senders;
use std::fmt;
use std::ops::AddAssign;

/// One end: a user agent, or the server as one.
pub(crate) type End = usize;

/// The watcher of all ends.
#[derive(Default)]
pub(crate) struct Observer {
    order: Order,
    senders: Senders,
    pracks: Pracks,
    pub(crate) tally: Tally,
    /// Prints what it sees.
    pub(crate) talks: bool,
}

/// How often something has happened that a run is for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) runs: u64,
    /// Reliable responses, each counted once.
    pub(crate) reliable: u64,
    /// Those that came again.
    pub(crate) repeated: u64,
    /// PRACKs that matched what was outstanding.
    pub(crate) acknowledged: u64,
    /// PRACKs sent again after a refusal or a loss of the connection.
    pub(crate) again: u64,
    /// Responses that nobody acknowledged in time.
    pub(crate) given_up: u64,
    /// Reliable responses received out of order.
    pub(crate) gaps: u64,
}

impl Tally {
    /// Many runs have seen everything, and a few what is common.
    pub(crate) fn is_plausible(&self) -> bool {
        let Self { runs, reliable, repeated, acknowledged, again, given_up, gaps } = *self;
        let common = runs < 100 || acknowledged > runs;
        common && (runs < 5_000 || [reliable, repeated, again, given_up, gaps].iter().all(|count| *count > 0))
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.runs += other.runs;
        self.reliable += other.reliable;
        self.repeated += other.repeated;
        self.acknowledged += other.acknowledged;
        self.again += other.again;
        self.given_up += other.given_up;
        self.gaps += other.gaps;
    }
}

impl Observer {
    /// `end` sends `message`.
    pub(crate) fn sent(&mut self, now: u64, end: End, message: &Message) {
        self.tell(now, end, "sends", message);
        self.order.sent(end, message);
        self.sent_as_uas(now, end, message);
        if message.is_request() {
            match message.method() {
                Method::Prack => self.pracks.prack_sent(end, message, &mut self.tally),
                Method::Invite => self.pracks.invite_sent(now, end, message),
                Method::Cancel => self.pracks.cancel_sent(now, end, message),
                Method::Bye => self.pracks.dialog_over(end, message),
                _ => {}
            }
        }
    }

    /// The server sends `message` as a user agent of its own.
    pub(crate) fn sent_as_uas(&mut self, now: u64, end: End, message: &Message) {
        match (message.status(), message.method()) {
            (Some(status), Method::Invite) => self.senders.sent(now, end, status, message, &mut self.tally),
            (Some(status), Method::Prack) => self.senders.answered(end, status, message, &mut self.tally),
            _ => {}
        }
    }

    /// `end` receives `message`.
    pub(crate) fn received(&mut self, now: u64, end: End, message: &Message) {
        self.tell(now, end, "receives", message);
        self.received_as_uas(end, message);
        match (message.status(), message.method()) {
            (None, Method::Bye) => self.pracks.dialog_over(end, message),
            (Some(status), Method::Invite) => self.pracks.invite_answered(now, end, status, message, &mut self.tally),
            (Some(status), Method::Prack) => self.pracks.prack_answered(end, status, message),
            _ => {}
        }
    }

    /// The server receives `message` that may be for a user agent of its own.
    pub(crate) fn received_as_uas(&mut self, end: End, message: &Message) {
        match (message.status(), message.method()) {
            (None, Method::Invite) => self.senders.invited(end, message),
            (None, Method::Prack) => self.senders.acknowledged(end, message),
            _ => {}
        }
    }

    /// The server has answered an INVITE for good, or its CANCEL: its own user agents are done
    /// with that INVITE.
    pub(crate) fn done_as_uas(&mut self, end: End, response: &Message) {
        self.senders.done(end, response);
    }

    /// `end` is a proxy: when its own user agent gives up, that is a result among others.
    pub(crate) fn proxy(&mut self, end: End) {
        self.senders.silent(end);
    }

    /// One of the connections of `end` is gone: what it sends there nobody sees.
    pub(crate) fn blur(&mut self, end: End) {
        self.senders.blur(end);
    }

    /// `end` acts on its deadlines later than it should, from now on.
    pub(crate) fn sluggish(&mut self, end: End) {
        self.senders.sluggish(end);
        self.pracks.sluggish(end);
    }

    /// `end` has lost its connection.
    pub(crate) fn lost(&mut self, now: u64, end: End) {
        self.note(now, end, format_args!("has lost its connection"));
        self.senders.lost(end);
        self.pracks.lost(now, end);
    }

    /// `end` has one again.
    pub(crate) fn back(&mut self, now: u64, end: End) {
        self.note(now, end, format_args!("has a connection"));
        self.senders.back(end);
        self.pracks.back(now, end);
    }

    /// Something else that whoever looks into a run wants to know.
    pub(crate) fn note(&self, now: u64, end: End, what: fmt::Arguments<'_>) {
        if self.talks {
            println!("{now:>7} {end} {what}");
        }
    }

    pub(crate) fn tell(&self, now: u64, end: End, verb: &str, message: &Message) {
        if !self.talks {
            return;
        }
        let start =
            message.octets().split(|octet| *octet == b'\r').next().map(String::from_utf8_lossy).unwrap_or_default();
        let number = message.rseq().ok().flatten().map(|rseq| format!(" RSeq {rseq}"));
        let rack = message.header(Name::RAck).map(|rack| format!(" RAck {rack}"));
        let sdp = if message.description().is_some() { " sdp" } else { "" };
        let tags = [message.from_tag(), message.to_tag()].map(|tag| tag.unwrap_or("-"));
        let (call, cseq) =
            (message.call_id().get(..6).unwrap_or_default(), message.header(Name::CSeq).unwrap_or_default());
        let more = [number, rack].into_iter().flatten().collect::<String>();
        println!("{now:>7} {end} {verb:<8} {start} [{call} {} {} {cseq}]{more}{sdp}", tags[0], tags[1]);
    }

    /// Everything before `now` has happened.
    pub(crate) fn passed(&mut self, now: u64) {
        self.senders.passed(now);
        self.pracks.passed(now);
    }
}

/// Whether a response to INVITE is reliable (RFC 3262 section 4), and its number.
fn reliable_number(response: &Message) -> Option<u32> {
    let provisional = response.status().is_some_and(|status| (101..200).contains(&status));
    let required = provisional && response.has_token(Name::Require, "100rel");
    if required { response.rseq().ok().flatten() } else { None }
}

/// One INVITE at one end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Transaction {
    end: End,
    call: String,
    /// The tag of who sends the INVITE.
    caller: String,
    number: u32,
}

/// One of its dialogs: the same, and the tag of who responds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Dialog {
    invite: Transaction,
    tag: String,
}

impl Transaction {
    /// The one that `message` belongs to: an INVITE, a response to it, or a request of the same
    /// sender for the INVITE of that number.
    fn of(end: End, message: &Message, number: u32) -> Self {
        Self { end, call: message.call_id().to_owned(), caller: tag(message.from_tag()), number }
    }

    fn itself(end: End, message: &Message) -> Self {
        Self::of(end, message, message.cseq().number)
    }
}

impl Dialog {
    fn of(invite: Transaction, message: &Message) -> Self {
        Self { invite, tag: tag(message.to_tag()) }
    }
}

fn tag(tag: Option<&str>) -> String {
    tag.unwrap_or_default().to_owned()
}
