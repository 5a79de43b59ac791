//! Whether the server is still there: CRLF keep-alive (RFC 5626 sections 3.5.1 and 4.4.1).
//!
//! ```text
//!              ping_at: send ping                 pong_by, answers
//!   Resting ------------------------> Pinged ------------------------> dead
//!      ^                                |
//!      +--------------------------------+
//!        any frame, or pong_by when the
//!        server has never sent a pong
//! ```
//!
//! RFC 5626 section 4.4 lets a client expect pongs only of a server that is known to send
//! them: one that has never sent any is pinged for the sake of the NATs on the way, and not
//! given up for its silence.

use super::{PING, PONG};
use crate::random::Random;
use crate::time::{Duration, Instant};

/// The state of the keep-alive of one open connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct KeepAlive {
    phase: Phase,
    /// The longest time between two pings.
    longest: Duration,
    /// The server has sent a pong on this connection.
    answers: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Resting { ping_at: Instant },
    Pinged { pong_by: Instant },
}

/// What is to be done when a deadline has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    Nothing,
    Ping,
    Dead,
}

impl KeepAlive {
    pub(super) fn new(now: Instant, random: &mut Random) -> Self {
        let longest = INTERVAL;
        Self { phase: rest(now, longest, random), longest, answers: false }
    }

    /// Takes the Flow-Timer of a registration (RFC 5626 section 4.4). Ours is shorter than
    /// most, for the sake of the NATs and balancers on the way, and then stays.
    pub(super) fn flow_timer(self, now: Instant, seconds: u32, random: &mut Random) -> Self {
        let granted = Duration::from_secs(u64::from(seconds));
        if granted == Duration::ZERO || granted >= self.longest {
            return self;
        }
        let phase = match self.phase {
            Phase::Resting { ping_at } => match rest(now, granted, random) {
                Phase::Resting { ping_at: sooner } => Phase::Resting { ping_at: ping_at.min(sooner) },
                pinged @ Phase::Pinged { .. } => pinged,
            },
            pinged @ Phase::Pinged { .. } => pinged,
        };
        Self { phase, longest: granted, ..self }
    }

    /// Any frame shows that the server lives; one of CR and LF alone, that it answers pings.
    pub(super) fn receive(self, now: Instant, keep_alive: bool, random: &mut Random) -> Self {
        match self.phase {
            Phase::Resting { .. } => self,
            Phase::Pinged { .. } => {
                Self { phase: rest(now, self.longest, random), answers: self.answers || keep_alive, ..self }
            }
        }
    }

    pub(super) fn expire(self, now: Instant, random: &mut Random) -> (Self, Due) {
        match self.phase {
            Phase::Resting { ping_at } if ping_at <= now => {
                (Self { phase: Phase::Pinged { pong_by: now + PONG_WAIT }, ..self }, Due::Ping)
            }
            Phase::Pinged { pong_by } if pong_by <= now && self.answers => (self, Due::Dead),
            Phase::Pinged { pong_by } if pong_by <= now => {
                (Self { phase: rest(now, self.longest, random), ..self }, Due::Nothing)
            }
            Phase::Resting { .. } | Phase::Pinged { .. } => (self, Due::Nothing),
        }
    }

    pub(super) fn deadline(self) -> Instant {
        match self.phase {
            Phase::Resting { ping_at: deadline } | Phase::Pinged { pong_by: deadline } => deadline,
        }
    }
}

/// Whether the frame holds nothing but line ends: a keep-alive in either direction.
pub(super) fn is_keep_alive(frame: &[u8]) -> bool {
    frame.iter().all(|octet| matches!(octet, b'\r' | b'\n'))
}

/// The answer that a keep-alive of the server wants: a pong, to a ping.
pub(super) fn answer(frame: &[u8]) -> Option<&'static [u8]> {
    (frame == PING).then_some(PONG)
}

/// The next ping: at random between 80 and 100 % of the longest time (RFC 5626 section 4.4).
fn rest(now: Instant, longest: Duration, random: &mut Random) -> Phase {
    let fifth = u32::try_from(longest.as_millis() / 5).unwrap_or(u32::MAX);
    let jitter = Duration::from_millis(u64::from(random.below(fifth.saturating_add(1))));
    Phase::Resting { ping_at: now + (longest - jitter) }
}

/// The longest time between pings, of which 80 to 100 % are used: NATs forget after 30 s
/// (RFC 5626 section 4.4.2), reverse proxies in front of WebSockets after 60 s.
const INTERVAL: Duration = Duration::from_secs(28);

/// How long a pong may take (RFC 5626 section 4.4.1).
const PONG_WAIT: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Instant {
        Instant::from_millis(millis)
    }

    #[test]
    fn pings_are_spread_over_the_last_fifth() {
        let mut random = Random::new([2; 32]);
        let times: alloc::vec::Vec<u64> =
            (0..500).map(|_| KeepAlive::new(at(0), &mut random).deadline().as_millis()).collect();
        assert!(times.iter().all(|time| (22_400..=28_000).contains(time)));
        assert!(times.iter().any(|time| *time < 23_000) && times.iter().any(|time| *time > 27_400));
    }

    #[test]
    fn a_shorter_flow_timer_is_kept_and_a_longer_or_empty_one_is_not() {
        let mut random = Random::new([2; 32]);
        let usual = KeepAlive::new(at(0), &mut random);
        assert_eq!(usual.flow_timer(at(0), 120, &mut random), usual);
        assert_eq!(usual.flow_timer(at(0), 0, &mut random), usual);
        let short = usual.flow_timer(at(1000), 10, &mut random);
        assert!((9_000..=11_000).contains(&short.deadline().as_millis()));
        let (pinged, due) = short.expire(short.deadline(), &mut random);
        assert_eq!(due, Due::Ping);
        let rested = pinged.receive(at(20_000), true, &mut random);
        assert!((28_000..=30_000).contains(&rested.deadline().as_millis()), "and from then on");
    }

    #[test]
    fn a_flow_timer_does_not_put_off_a_ping_that_is_near() {
        let mut random = Random::new([2; 32]);
        let usual = KeepAlive::new(at(0), &mut random);
        let near = at(usual.deadline().as_millis() - 100);
        assert_eq!(usual.flow_timer(near, 20, &mut random).deadline(), usual.deadline());
    }

    #[test]
    fn frames_of_line_ends_are_keep_alives() {
        for frame in [&b""[..], b"\r\n", b"\r\n\r\n", b"\n", b"\r\n\r\n\r\n"] {
            assert!(is_keep_alive(frame));
        }
        assert!(!is_keep_alive(b"\r\nSIP/2.0 200 OK\r\n"));
        assert_eq!(answer(PING), Some(PONG));
        assert_eq!(answer(PONG), None);
    }
}
