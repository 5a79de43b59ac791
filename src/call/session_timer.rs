//! The session timer of one dialog (RFC 4028): who refreshes the session, how often, and when
//! it is over.
//!
//! It decides what INVITE, UPDATE and their 2xx say of that, on either side of them. It knows
//! neither what a refresh looks like nor what becomes of a session that has expired.

use crate::dialog::Draft;
use crate::message::{Decimal, Message, Name, Writer};
use crate::time::{Duration, Instant};
use crate::usage::{MIN_SE, TIMER};
use alloc::string::String;
use alloc::vec::Vec;

/// How often a request is sent again with a larger interval: as often as there may be proxies on
/// the way, each with a minimum of its own.
const RAISES: u8 = 4;

/// How long before the session expires its other side gives it up, at the most (RFC 4028 section 10).
const LEAD: Duration = Duration::from_secs(32);

/// The session timer of one dialog.
///
/// ```text
///   off <--2xx without interval-- on --half of it has passed--> Due --> Refreshing
///    |                             ^                             ^           |
///    +---2xx with an interval------+                             |           | failed: Waiting for
///                                  ^                             |           | half of what is left,
///                                  +------- 2xx of either side --(-----------+ and once more
///                                                                +-----------+ connection lost
/// ```
///
/// It begins with a 2xx to INVITE, and begins anew with each one to a re-INVITE or UPDATE after
/// that; with none in an early dialog.
#[derive(Debug, Default)]
pub(super) struct SessionTimer {
    /// The interval that we ask for, in seconds.
    wish: Option<u32>,
    /// The largest Min-SE that this dialog has seen.
    floor: Option<u32>,
    /// How often it has been raised since the last 2xx.
    raises: u8,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    /// In seconds.
    interval: u32,
    /// What we do to keep it; none when that is the peer's to do.
    refresh: Option<Refresh>,
    /// When we end the session, unless it is refreshed before.
    ends_at: Instant,
    /// A refresh of ours has failed since.
    failed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refresh {
    Waiting { until: Instant },
    Due,
    Refreshing,
}

impl SessionTimer {
    /// The timer of a dialog in which we ask for that interval, in seconds, or for none.
    pub(super) fn new(wish: Option<u32>) -> Self {
        Self { wish, ..Self::default() }
    }

    /// That of a dialog which this request makes: what it asks for is not forgotten, the minimum
    /// of servers that may not be on the way any more is (RFC 4028 section 7.4).
    pub(super) fn of_dialog(&self) -> Self {
        Self::new(self.proposal())
    }

    // Requests of ours.

    /// What INVITE and UPDATE say of it (RFC 4028 sections 7.1 and 7.4): the roles stay as they are.
    pub(super) fn fields(&self) -> Vec<(Name, String)> {
        let mut fields = Vec::new();
        if let Some(seconds) = self.proposal() {
            let refresher = match &self.running {
                None => "",
                Some(Running { refresh: Some(_), .. }) => ";refresher=uac",
                Some(Running { refresh: None, .. }) => ";refresher=uas",
            };
            fields.push((Name::SessionExpires, [Decimal::new(seconds.into()).as_str(), refresher].concat()));
        }
        if let Some(floor) = self.floor {
            fields.push((Name::MinSe, Decimal::new(floor.into()).as_str().into()));
        }
        fields
    }

    /// A 422: prepares the request for another try with a larger interval; whether that may
    /// help (RFC 4028 sections 7.3 and 7.4).
    pub(super) fn raise(&mut self, draft: &mut Draft, refusal: &Message) -> bool {
        let asked = self.proposal().max(self.floor);
        let Some(least) = minimum(refusal).filter(|least| Some(*least) > asked && self.raises < RAISES) else {
            return false;
        };
        self.raises += 1;
        self.floor = Some(least);
        draft.fields.retain(|(name, _)| !matches!(name, Name::SessionExpires | Name::MinSe));
        draft.fields.extend(self.fields());
        true
    }

    /// A 2xx to INVITE or UPDATE has arrived (RFC 4028 section 7.2).
    pub(super) fn granted(&mut self, now: Instant, success: &Message) {
        match (success.session_expires(), self.wish) {
            (Some(granted), _) => self.start(now, granted.seconds.max(MIN_SE), !is(granted.refresher, "uas")),
            // The peer does not know of timers: it is for our own benefit, and our own work.
            (None, Some(wish)) => self.start(now, self.proposal().unwrap_or(wish), true),
            (None, None) => self.stop(),
        }
    }

    // Requests of the peer.

    /// INVITE or UPDATE has arrived: its minimum is ours from now on (RFC 4028 section 7.4).
    pub(super) fn learn(&mut self, request: &Message) {
        self.floor = self.floor.max(minimum(request));
    }

    /// A 2xx to INVITE or UPDATE leaves: what it says of the timer, which begins with it
    /// (RFC 4028 section 9).
    pub(super) fn grant(&mut self, now: Instant, request: &Message, writer: &mut Writer) {
        let supports = request.has_token(Name::Supported, TIMER) || request.has_token(Name::Require, TIMER);
        let Some((interval, ours)) = self.terms(request, supports) else { return self.stop() };
        self.start(now, interval, ours);
        // A peer that neither knows of timers nor sits behind a server that does is not told of ours.
        if supports || request.session_expires().is_some() {
            let refresher = if ours { ";refresher=uas" } else { ";refresher=uac" };
            writer.field_parts(Name::SessionExpires, &[Decimal::new(interval.into()).as_str(), refresher]);
        }
        if supports {
            writer.field(Name::Require, TIMER);
        }
    }

    /// The interval, and whether we refresh (RFC 4028 section 9, table 2).
    fn terms(&self, request: &Message, supports: bool) -> Option<(u32, bool)> {
        // Below the minimum only a server can have asked, on behalf of a caller that does not know
        // of timers and cannot be refused: it is raised then, as by a server (erratum 1687).
        let least = minimum(request).unwrap_or(MIN_SE);
        match (request.session_expires(), &self.running) {
            (Some(asked), _) => {
                let interval = self.wish.map_or(asked.seconds, |wish| wish.min(asked.seconds)).max(least);
                Some((interval, !supports || is(asked.refresher, "uas")))
            }
            // That hold or a new address were asked for without it is no wish to end it.
            (None, Some(running)) if supports || running.refresh.is_some() => {
                Some((running.interval.max(least), running.refresh.is_some()))
            }
            (None, _) => self.wish.filter(|_| supports).map(|wish| (wish.max(least), false)),
        }
    }

    // Time.

    /// Acts on the deadlines that have passed; whether the session is to be ended.
    pub(super) fn expire(&mut self, now: Instant) -> bool {
        let Some(running) = &mut self.running else { return false };
        if matches!(running.refresh, Some(Refresh::Waiting { until }) if until <= now) {
            running.refresh = Some(Refresh::Due);
        }
        running.ends_at <= now
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        let running = self.running.as_ref()?;
        match running.refresh {
            Some(Refresh::Waiting { until }) => Some(until.min(running.ends_at)),
            Some(Refresh::Due | Refresh::Refreshing) | None => Some(running.ends_at),
        }
    }

    /// Whether it is time for us to refresh the session.
    pub(super) fn is_due(&self) -> bool {
        self.running.as_ref().is_some_and(|running| running.refresh == Some(Refresh::Due))
    }

    /// The refresh that was due is under way.
    pub(super) fn refreshing(&mut self) {
        self.change(Refresh::Refreshing);
    }

    /// It is due again: it has been withdrawn, or went down with the connection.
    pub(super) fn interrupted(&mut self) {
        self.change(Refresh::Due);
    }

    /// It was refused, which leaves the session until it expires: there is time for one more
    /// (RFC 4028 section 10: no request is repeated without end).
    pub(super) fn failed(&mut self, now: Instant) {
        if let Some(running) = &mut self.running
            && !core::mem::replace(&mut running.failed, true)
        {
            let left = running.ends_at.since(now).as_millis();
            self.change(Refresh::Waiting { until: now + Duration::from_millis(left / 2) });
        }
    }

    /// There is no session any more, or none that expires.
    pub(super) fn stop(&mut self) {
        self.running = None;
        self.raises = 0;
    }

    // Privates.

    /// The interval that a request asks for.
    fn proposal(&self) -> Option<u32> {
        let interval = self.running.as_ref().map(|running| running.interval).or(self.wish)?;
        Some(interval.max(self.floor.unwrap_or_default()))
    }

    fn start(&mut self, now: Instant, interval: u32, ours: bool) {
        let whole = Duration::from_secs(interval.into());
        let third = Duration::from_millis(whole.as_millis() / 3);
        let half = Duration::from_millis(whole.as_millis() / 2);
        self.raises = 0;
        self.running = Some(Running {
            interval,
            refresh: ours.then_some(Refresh::Waiting { until: now + half }),
            // RFC 4028 section 10: who waits for the refresh ends the session slightly before.
            ends_at: now + if ours { whole } else { whole - third.min(LEAD) },
            failed: false,
        });
    }

    fn change(&mut self, refresh: Refresh) {
        if let Some(running) = &mut self.running
            && running.refresh.is_some()
        {
            running.refresh = Some(refresh);
        }
    }
}

/// Min-SE, which cannot be less than the shortest interval (RFC 4028 section 5).
fn minimum(message: &Message) -> Option<u32> {
    message.min_se().map(|seconds| seconds.max(MIN_SE))
}

/// Whether the refresher parameter has this value.
fn is(refresher: Option<&str>, side: &str) -> bool {
    refresher.is_some_and(|value| value.eq_ignore_ascii_case(side))
}
