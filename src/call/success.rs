//! A 2xx to an INVITE, repeated until its ACK comes (RFC 3261 section 13.3.1.4).

use crate::time::{Duration, Instant, Timers};
use alloc::vec::Vec;

/// The user of the transaction repeats a 2xx on every transport: at T1, doubling up to T2,
/// for 64*T1.
#[derive(Debug)]
pub(super) struct Success {
    /// The number of the INVITE, and of the ACK.
    pub cseq: u32,
    frame: Vec<u8>,
    interval: Duration,
    resend_at: Instant,
    give_up_at: Instant,
}

/// What a deadline asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Due {
    Nothing,
    Resend(Vec<u8>),
    GiveUp,
}

impl Success {
    pub(super) fn new(now: Instant, timers: Timers, cseq: u32, frame: Vec<u8>) -> Self {
        Self { cseq, frame, interval: timers.t1, resend_at: now + timers.t1, give_up_at: now + timers.lifetime() }
    }

    pub(super) fn expire(&mut self, now: Instant, timers: Timers) -> Due {
        if self.give_up_at <= now {
            return Due::GiveUp;
        }
        if self.resend_at > now {
            return Due::Nothing;
        }
        while self.resend_at <= now {
            self.interval = (self.interval * 2).min(timers.t2);
            self.resend_at += self.interval;
        }
        Due::Resend(self.frame.clone())
    }

    /// The 2xx, as sent.
    pub(super) fn frame(&self) -> Vec<u8> {
        self.frame.clone()
    }

    pub(super) fn deadline(&self) -> Instant {
        self.resend_at.min(self.give_up_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn doubles_up_to_t2_for_64_t1() {
        let timers = Timers::default();
        let mut success = Success::new(Instant::default(), timers, 1, vec![7]);
        for time in [500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500] {
            let now = Instant::from_millis(time);
            assert_eq!(success.deadline(), now);
            assert_eq!(success.expire(now, timers), Due::Resend(vec![7]));
            assert_eq!(success.expire(now, timers), Due::Nothing);
        }
        assert_eq!(success.deadline(), Instant::from_millis(32000));
        assert_eq!(success.expire(Instant::from_millis(32000), timers), Due::GiveUp);
    }
}
