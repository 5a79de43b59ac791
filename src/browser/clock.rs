//! The clock: monotonic, and the time that the machine slept counts.
//!
//! Where `performance.now()` stands still during sleep, `Date.now()` has gone on: the two
//! are compared at each reading. A registration that ran out under a closed lid is seen to
//! have run out. A clock that somebody sets back is not followed; one that is set forward
//! cannot be told from sleep.

use super::scope;
use crate::time::Instant;

/// The least difference that is taken for sleep: clocks are adjusted by less.
const SLEEP_MS: f64 = 2000.0;

pub(super) struct Clock {
    monotonic: f64,
    wall: f64,
    asleep: f64,
}

impl Clock {
    pub(super) fn start() -> Self {
        Self { monotonic: scope::monotonic(), wall: scope::wall(), asleep: 0.0 }
    }

    pub(super) fn now(&mut self) -> Instant {
        self.read(scope::monotonic(), scope::wall())
    }

    fn read(&mut self, monotonic: f64, wall: f64) -> Instant {
        let unseen = (wall - self.wall) - (monotonic - self.monotonic);
        if unseen >= SLEEP_MS {
            self.asleep += unseen;
        }
        self.monotonic = monotonic;
        self.wall = wall;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "positive, whole milliseconds are meant"
        )]
        Instant::from_millis((monotonic + self.asleep) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    fn clock() -> Clock {
        Clock { monotonic: 100.0, wall: 1_000_000.0, asleep: 0.0 }
    }

    #[wasm_bindgen_test]
    fn sleep_counts_once() {
        let mut clock = clock();
        assert_eq!(clock.read(150.0, 4_600_050.0), Instant::from_millis(3_600_150));
        assert_eq!(clock.read(160.0, 4_600_060.0), Instant::from_millis(3_600_160));
    }

    #[wasm_bindgen_test]
    fn a_clock_that_is_adjusted_or_set_back_changes_nothing() {
        let mut clock = clock();
        assert_eq!(clock.read(200.0, 1_001_500.0), Instant::from_millis(200));
        assert_eq!(clock.read(300.0, 5.0), Instant::from_millis(300));
        assert_eq!(clock.read(400.0, 105.0), Instant::from_millis(400));
    }
}
