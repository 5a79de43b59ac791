//! The non-INVITE client transaction over a reliable transport (RFC 3261 section 17.1.2,
//! figure 6; RFC 4320).
//!
//! ```text
//!                    | request from TU
//!                    | send request
//!                    v
//!              +------------+ Timer F
//!              |            | inform TU
//!              |   Trying   |--------------------------+
//!              |            |                          |
//!              +------------+                          |
//!  200-699       |     | 1xx                           |
//!  resp. to TU   |     | resp. to TU                   |
//!  +-------------+     v                               |
//!  |           +------------+ Timer F                  |
//!  |           |            | inform TU                |
//!  |           | Proceeding |------------------------->|
//!  |           |            |---+ 1xx                  |
//!  |           +------------+<--+ resp. to TU          |
//!  |                   | 200-699                       |
//!  |                   | resp. to TU                   |
//!  |                   v                               v
//!  |           +------------+  Timer K (0 s)    +------------+
//!  +---------->|  Completed |------------------>| Terminated |
//!              +------------+                   +------------+
//! ```
//!
//! There is no Timer E, and Timer K is zero: Completed is left in the turn that enters it
//! and is no variant here. Of the provisional responses only 100 is passed on, for a
//! non-INVITE request has no other (RFC 4320 section 4.1) and a proxy must not send one.

use super::{Class, ClientLapse, Machine};
use crate::time::{Instant, Timers};

/// The state of one request other than INVITE and ACK that was sent.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) enum Client {
    Trying {
        timer_f: Instant,
    },
    Proceeding {
        timer_f: Instant,
    },
    #[default]
    Terminated,
}

/// What becomes of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Pass,
    Absorb,
}

impl Client {
    pub(super) fn new(now: Instant, timers: Timers) -> Self {
        Self::Trying { timer_f: now + timers.lifetime() }
    }

    pub(super) fn receive(self, status: u16) -> (Self, Verdict) {
        match (self, Class::of(status)) {
            (Self::Trying { timer_f } | Self::Proceeding { timer_f }, Class::Trying) => {
                (Self::Proceeding { timer_f }, Verdict::Pass)
            }
            (Self::Trying { timer_f } | Self::Proceeding { timer_f }, Class::Provisional) => {
                (Self::Proceeding { timer_f }, Verdict::Absorb)
            }
            (Self::Trying { .. } | Self::Proceeding { .. }, Class::Success | Class::Failure) => {
                (Self::Terminated, Verdict::Pass)
            }
            (Self::Terminated, _) => (Self::Terminated, Verdict::Absorb),
        }
    }
}

impl Machine for Client {
    type Lapse = ClientLapse;

    fn expire(self, now: Instant) -> (Self, Option<ClientLapse>) {
        if !self.is_due(now) {
            return (self, None);
        }
        match self {
            Self::Trying { .. } | Self::Proceeding { .. } => (Self::Terminated, Some(ClientLapse::Timeout)),
            Self::Terminated => (Self::Terminated, None),
        }
    }

    fn deadline(&self) -> Option<Instant> {
        match self {
            Self::Trying { timer_f } | Self::Proceeding { timer_f } => Some(*timer_f),
            Self::Terminated => None,
        }
    }

    fn is_terminated(&self) -> bool {
        matches!(self, Self::Terminated)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    type State = fn() -> Client;

    fn at(millis: u64) -> Instant {
        Instant::from_millis(millis)
    }

    fn trying() -> Client {
        Client::Trying { timer_f: at(32_000) }
    }

    fn proceeding() -> Client {
        Client::Proceeding { timer_f: at(32_000) }
    }

    #[test]
    fn every_response_in_every_state() {
        use Client::Terminated;
        use Verdict::{Absorb, Pass};
        let table = [
            (trying as State, vec![100], proceeding(), Pass),
            (trying, vec![101, 180, 183, 199], proceeding(), Absorb),
            (trying, vec![200, 202, 302, 401, 481, 500, 606, 699], Terminated, Pass),
            (proceeding, vec![100], proceeding(), Pass),
            (proceeding, vec![101, 180, 183, 199], proceeding(), Absorb),
            (proceeding, vec![200, 202, 302, 401, 481, 500, 606, 699], Terminated, Pass),
            (|| Terminated, vec![100, 180, 200, 481], Terminated, Absorb),
        ];
        for (before, statuses, after, verdict) in table {
            for status in statuses {
                let (state, said) = before().receive(status);
                assert_eq!((&state, &said), (&after, &verdict), "{:?} receives {status}", before());
            }
        }
    }

    // A 100 does not prolong the wait: Timer F counts from the request.
    #[test]
    fn timer_f_fires_once_and_to_the_millisecond() {
        assert_eq!(Client::new(at(0), Timers::default()), trying());
        for state in [trying, proceeding] {
            assert_eq!(state().deadline(), Some(at(32_000)));
            assert_eq!(state().expire(at(31_999)), (state(), None));
            assert_eq!(state().expire(at(32_000)), (Client::Terminated, Some(ClientLapse::Timeout)));
        }
        assert_eq!(Client::Terminated.deadline(), None);
        assert_eq!(Client::Terminated.expire(at(u64::MAX)), (Client::Terminated, None));
    }
}
