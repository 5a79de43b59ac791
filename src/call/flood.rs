//! Too many provisional responses: nobody rings that often.

use crate::time::{Duration, Instant};
use alloc::collections::VecDeque;

/// How many provisional responses a minute may bring before they are a flood.
const PROVISIONALS: usize = 600;
const MINUTE: Duration = Duration::from_secs(60);

/// When the provisional responses to one INVITE came, within the last minute.
#[derive(Debug, Default)]
pub(super) struct Flood(VecDeque<Instant>);

impl Flood {
    /// Counts one more; whether that is too many.
    pub(super) fn rises(&mut self, now: Instant) -> bool {
        while self.0.front().is_some_and(|at| now.since(*at) >= MINUTE) {
            self.0.pop_front();
        }
        let many = self.0.len() >= PROVISIONALS;
        if !many {
            self.0.push_back(now);
        }
        many
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Counted in whole minutes, twice as many could come around the turn of one.
    #[test]
    fn the_minute_is_the_last_one() {
        let mut flood = Flood::default();
        let at = |second| Instant::from_millis(second * 1000);
        for response in 0u64..600 {
            assert!(!flood.rises(at(40 + response / 300)));
        }
        assert!(flood.rises(at(99)));
        assert!(!flood.rises(at(100)), "the first half is out of the minute");
        for _ in 1..300 {
            assert!(!flood.rises(at(100)));
        }
        assert!(flood.rises(at(100)));
    }
}
