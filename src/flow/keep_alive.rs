//! Whether the server is still there: keep-alive (RFC 5626 sections 3.5.1 and 4.4.1).
//!
//! ```text
//!             probe_at: CRLF, or OPTIONS         answer_by, and it is known to answer
//!   Resting ------------------------------> Probed ------------------------------> dead
//!      ^                                      |
//!      +--------------------------------------+
//!        any frame, or answer_by otherwise
//! ```
//!
//! RFC 5626 section 4.4 lets a client expect pongs only of a server that is known to send
//! them. So a server is given up for its silence only when it has answered before, by a pong
//! or, where it sends none, by a response to OPTIONS (RFC 3261 section 11); one that answers
//! neither is pinged for the sake of the NATs on the way. Which of them it is, it is asked as
//! soon as the connection is there: what falls silent later is then known to be dead.

use super::{PING, PONG};
use crate::random::Random;
use crate::time::{Duration, Instant};

/// The state of the keep-alive of one open connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct KeepAlive {
    phase: Phase,
    /// The longest time between two probes.
    longest: Duration,
    means: Means,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// The next probe; `usual` when it is not hastened by a message without an answer.
    Resting {
        probe_at: Instant,
        usual: Instant,
    },
    Probed {
        answer_by: Instant,
    },
}

/// What the server is probed by; `proven` when it has answered that on this connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Means {
    Crlf { proven: bool },
    Options { proven: bool },
    None,
}

/// What is to be done when a deadline has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    Nothing,
    Ping,
    Options,
    Dead,
}

impl KeepAlive {
    pub(super) fn new(now: Instant, random: &mut Random) -> Self {
        Self { phase: rest(now, FIRST, random), longest: INTERVAL, means: Means::Crlf { proven: false } }
    }

    /// Takes the Flow-Timer of a registration (RFC 5626 section 4.4). Ours is shorter than
    /// most, for the sake of the NATs and balancers on the way, and then stays.
    pub(super) fn flow_timer(self, now: Instant, seconds: u32, random: &mut Random) -> Self {
        let granted = Duration::from_secs(u64::from(seconds));
        if granted == Duration::ZERO || granted >= self.longest {
            return self;
        }
        let sooner = rest(now, granted, random);
        let phase = match self.phase {
            Phase::Resting { .. } if sooner.deadline() < self.phase.deadline() => sooner,
            Phase::Resting { .. } | Phase::Probed { .. } => self.phase,
        };
        Self { phase, longest: granted, ..self }
    }

    /// Any frame shows that the server lives; one of CR and LF alone, that it sends pongs.
    pub(super) fn receive(self, now: Instant, keep_alive: bool, random: &mut Random) -> Self {
        match self.phase {
            Phase::Resting { usual, .. } => Self { phase: Phase::Resting { probe_at: usual, usual }, ..self },
            Phase::Probed { .. } => {
                let means = if keep_alive { Means::Crlf { proven: true } } else { self.means };
                Self { phase: rest(now, self.longest, random), means, ..self }
            }
        }
    }

    /// The OPTIONS has been answered.
    pub(super) fn answered(self) -> Self {
        match self.means {
            Means::Options { .. } => Self { means: Means::Options { proven: true }, ..self },
            Means::Crlf { .. } | Means::None => self,
        }
    }

    /// A message has been sent: silence after it makes the next probe come sooner.
    pub(super) fn sent(self, now: Instant) -> Self {
        if self.is_proven() { self.hasten(now + SILENCE) } else { self }
    }

    /// The network has changed: the connection may be dead without saying so.
    pub(super) fn shaken(self, now: Instant) -> Self {
        self.hasten(now)
    }

    fn hasten(self, at: Instant) -> Self {
        match self.phase {
            Phase::Resting { probe_at, usual } => {
                Self { phase: Phase::Resting { probe_at: probe_at.min(at), usual }, ..self }
            }
            Phase::Probed { .. } => self,
        }
    }

    pub(super) fn expire(self, now: Instant, random: &mut Random) -> (Self, Due) {
        if self.phase.deadline() > now {
            return (self, Due::Nothing);
        }
        let probed = Phase::Probed { answer_by: now + ANSWER_WAIT };
        match (self.phase, self.means) {
            (Phase::Resting { .. }, Means::Options { .. }) => (Self { phase: probed, ..self }, Due::Options),
            (Phase::Resting { .. }, Means::Crlf { .. } | Means::None) => (Self { phase: probed, ..self }, Due::Ping),
            (Phase::Probed { .. }, Means::Crlf { proven: false }) => {
                (Self { phase: probed, means: Means::Options { proven: false }, ..self }, Due::Options)
            }
            (Phase::Probed { .. }, Means::Options { proven: false } | Means::None) => {
                (Self { phase: rest(now, self.longest, random), means: Means::None, ..self }, Due::Nothing)
            }
            (Phase::Probed { .. }, Means::Crlf { proven: true } | Means::Options { proven: true }) => (self, Due::Dead),
        }
    }

    pub(super) fn deadline(self) -> Instant {
        self.phase.deadline()
    }

    /// Whether the server has answered what it is probed by.
    pub(super) fn is_proven(self) -> bool {
        matches!(self.means, Means::Crlf { proven: true } | Means::Options { proven: true })
    }
}

impl Phase {
    fn deadline(self) -> Instant {
        match self {
            Self::Resting { probe_at: deadline, .. } | Self::Probed { answer_by: deadline } => deadline,
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

/// The next probe: at random between 80 and 100 % of the longest time (RFC 5626 section 4.4).
fn rest(now: Instant, longest: Duration, random: &mut Random) -> Phase {
    let fifth = u32::try_from(longest.as_millis() / 5).unwrap_or(u32::MAX);
    let jitter = Duration::from_millis(u64::from(random.below(fifth.saturating_add(1))));
    let usual = now + (longest - jitter);
    Phase::Resting { probe_at: usual, usual }
}

/// The longest time until the first probe; once the messages of the beginning are through.
const FIRST: Duration = Duration::from_secs(2);

/// The longest time between probes, of which 80 to 100 % are used: NATs forget after 30 s
/// (RFC 5626 section 4.4.2), reverse proxies in front of WebSockets after 60 s.
const INTERVAL: Duration = Duration::from_secs(28);

/// How long a pong may take (RFC 5626 section 4.4.1), or the response to OPTIONS.
const ANSWER_WAIT: Duration = Duration::from_secs(10);

/// How long a server that is known to answer may say nothing at all after a message of ours.
const SILENCE: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Instant {
        Instant::from_millis(millis)
    }

    /// A connection whose first ping has been answered, at 0 s.
    fn answered(random: &mut Random) -> KeepAlive {
        let fresh = KeepAlive::new(at(0), random);
        let (pinged, due) = fresh.expire(fresh.deadline(), random);
        assert_eq!(due, Due::Ping);
        pinged.receive(at(0), true, random)
    }

    #[test]
    fn the_first_ping_is_soon() {
        let mut random = Random::new([2; 32]);
        for _ in 0..500 {
            let time = KeepAlive::new(at(0), &mut random).deadline().as_millis();
            assert!((1_600..=2_000).contains(&time), "{time}");
        }
    }

    #[test]
    fn pings_are_spread_over_the_last_fifth() {
        let mut random = Random::new([2; 32]);
        let times: alloc::vec::Vec<u64> = (0..500).map(|_| answered(&mut random).deadline().as_millis()).collect();
        assert!(times.iter().all(|time| (22_400..=28_000).contains(time)));
        assert!(times.iter().any(|time| *time < 23_000) && times.iter().any(|time| *time > 27_400));
    }

    #[test]
    fn a_shorter_flow_timer_is_kept_and_a_longer_or_empty_one_is_not() {
        let mut random = Random::new([2; 32]);
        let usual = answered(&mut random);
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
    fn silence_after_a_message_hastens_the_probe_and_any_frame_puts_it_back() {
        let mut random = Random::new([2; 32]);
        let fresh = KeepAlive::new(at(0), &mut random);
        assert_eq!(fresh.sent(at(1000)), fresh, "it is not known to answer");
        let (pinged, _) = fresh.expire(fresh.deadline(), &mut random);
        let proven = pinged.receive(at(28_000), true, &mut random);
        let waiting = proven.sent(at(30_000));
        assert_eq!(waiting.deadline(), at(35_000));
        assert_eq!(waiting.receive(at(30_100), false, &mut random), proven);
        assert_eq!(waiting.sent(at(31_000)), waiting, "counted from the first one without an answer");
        let (probed, due) = waiting.expire(at(35_000), &mut random);
        assert_eq!((probed.deadline(), due), (at(45_000), Due::Ping));
        assert_eq!(probed.expire(at(45_000), &mut random).1, Due::Dead);
    }

    #[test]
    fn a_flow_timer_does_not_put_off_a_ping_that_is_near() {
        let mut random = Random::new([2; 32]);
        let usual = answered(&mut random);
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
