//! Too many provisional responses: nobody rings that often.

use crate::time::{Duration, Instant};

/// How many provisional responses within a minute are a flood.
const PROVISIONALS: u32 = 600;
const MINUTE: Duration = Duration::from_secs(60);

/// The provisional responses to one INVITE within the present minute.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flood {
    since: Instant,
    count: u32,
}

impl Flood {
    pub(super) fn new(now: Instant) -> Self {
        Self { since: now, count: 0 }
    }

    /// Counts one more; whether that is too many.
    pub(super) fn rises(&mut self, now: Instant) -> bool {
        if now.since(self.since) >= MINUTE {
            *self = Self::new(now);
        }
        self.count += 1;
        self.count > PROVISIONALS
    }
}
