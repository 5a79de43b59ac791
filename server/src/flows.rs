//! Which connections live, and which one has taken the place of another.
//!
//! A browser that loses its connection comes back on a new one and registers the same
//! instance again (RFC 5626 section 4.2); one that never registered is known by the random
//! host in its Via (RFC 7118 appendix B.1). Dialogs and transactions that ran over the
//! old flow go on over the new one.

use std::collections::BTreeMap;

use prackle::time::{Duration, Instant};
use prackle::transaction::FlowId;

/// The connections of the server.
#[derive(Default)]
pub struct Flows {
    /// The open ones, each with the sent-by host of its first request.
    live: BTreeMap<FlowId, Option<String>>,
    /// Closed flows that may still be taken over.
    closed: BTreeMap<FlowId, Closed>,
    successors: BTreeMap<FlowId, FlowId>,
}

/// What is remembered of a connection that may come back, and until when.
struct Closed {
    until: Instant,
    host: Option<String>,
}

impl Flows {
    /// A connection has been opened.
    pub fn open(&mut self, flow: FlowId) {
        self.live.insert(flow, None);
    }

    /// A connection is gone; its client may come back within [`GRACE`].
    pub fn close(&mut self, now: Instant, flow: FlowId) {
        if let Some(host) = self.live.remove(&flow) {
            self.closed.insert(flow, Closed { until: now + GRACE, host });
        }
    }

    /// A request on `flow` names `host` in its topmost Via: a connection that had the same one
    /// and is gone has come back as this one.
    pub fn sent_by(&mut self, flow: FlowId, host: &str) {
        let Some(own @ None) = self.live.get_mut(&flow) else { return };
        *own = Some(host.to_owned());
        let same = |closed: &Closed| closed.host.as_deref().is_some_and(|of| of.eq_ignore_ascii_case(host));
        let old: Vec<FlowId> = self.closed.iter().filter(|(_, closed)| same(closed)).map(|(old, _)| *old).collect();
        for old in old {
            self.take_over(old, flow);
        }
    }

    /// The client of `old` has come back on `new`.
    pub fn take_over(&mut self, old: FlowId, new: FlowId) {
        if old == new {
            return;
        }
        for successor in self.successors.values_mut().filter(|successor| **successor == old) {
            *successor = new;
        }
        self.successors.remove(&new);
        self.successors.insert(old, new);
        self.closed.remove(&old);
    }

    /// Flows whose client did not come back in time, one by one.
    pub fn expire(&mut self, now: Instant) -> Option<FlowId> {
        let (&flow, _) = self.closed.iter().find(|(_, closed)| closed.until <= now)?;
        self.closed.remove(&flow);
        self.successors.retain(|_, successor| *successor != flow);
        Some(flow)
    }

    /// When `expire` has something to do.
    pub fn deadline(&self) -> Option<Instant> {
        self.closed.values().map(|closed| closed.until).min()
    }

    /// The connection that today leads where `flow` led, if there is one.
    pub fn resolve(&self, flow: FlowId) -> Option<FlowId> {
        let today = if self.live.contains_key(&flow) { flow } else { *self.successors.get(&flow)? };
        self.live.contains_key(&today).then_some(today)
    }

    /// Whether `flow` is dead, but its client may still come back.
    pub fn may_return(&self, flow: FlowId) -> bool {
        let last = self.successors.get(&flow).unwrap_or(&flow);
        self.closed.contains_key(last)
    }
}

/// How long a client has for coming back: a browser that reloads its connection needs a
/// second or two, and the caller of one that is gone should not wait much longer.
pub const GRACE: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    fn flow(number: u32) -> FlowId {
        FlowId(number)
    }

    #[test]
    fn a_returning_client_takes_over() {
        let mut flows = Flows::default();
        let start = Instant::from_millis(0);
        flows.open(flow(1));
        flows.close(start, flow(1));
        assert_eq!(flows.resolve(flow(1)), None);
        assert!(flows.may_return(flow(1)));
        flows.open(flow(2));
        flows.take_over(flow(1), flow(2));
        assert_eq!(flows.resolve(flow(1)), Some(flow(2)));
        // And once more: the chain stays one step long.
        flows.close(start, flow(2));
        assert!(flows.may_return(flow(1)));
        flows.open(flow(3));
        flows.take_over(flow(2), flow(3));
        assert_eq!(flows.resolve(flow(1)), Some(flow(3)));
        assert_eq!(flows.deadline(), None);
    }

    #[test]
    fn a_host_that_comes_back_takes_over_what_is_gone_and_nothing_else() {
        let mut flows = Flows::default();
        let start = Instant::from_millis(0);
        for (number, host) in [(1, "a.invalid"), (2, "b.invalid")] {
            flows.open(flow(number));
            flows.sent_by(flow(number), host);
        }
        flows.open(flow(3));
        flows.sent_by(flow(3), "a.invalid");
        flows.close(start, flow(1));
        flows.close(start, flow(2));
        assert_eq!([1, 2].map(|number| flows.resolve(flow(number))), [None, None], "it was there before");
        flows.open(flow(4));
        flows.sent_by(flow(4), "B.invalid");
        // One connection is one client's: a second host is not believed.
        flows.sent_by(flow(4), "a.invalid");
        assert_eq!([1, 2].map(|number| flows.resolve(flow(number))), [None, Some(flow(4))]);
    }

    #[test]
    fn one_that_stays_away_is_forgotten() {
        let mut flows = Flows::default();
        let start = Instant::from_millis(0);
        for number in 1..=2 {
            flows.open(flow(number));
        }
        flows.close(start, flow(1));
        flows.take_over(flow(1), flow(2));
        flows.close(start, flow(2));
        assert_eq!(flows.expire(start), None);
        assert_eq!(flows.deadline(), Some(start + GRACE));
        assert_eq!(flows.expire(start + GRACE), Some(flow(2)));
        assert!(!flows.may_return(flow(1)) && flows.successors.is_empty());
    }
}
