//! The non-INVITE server transaction over a reliable transport (RFC 3261 section 17.2.2
//! with erratum 1470, figure 8; RFC 4320).
//!
//! ```text
//!                     | request received
//!                     | pass to TU
//!                     v
//!               +------------+ Timer F of the client
//!               |   Trying   |------------------------------+
//!               | (100 due?) | inform TU                    |
//!               +------------+                              |
//!  200-699        |      | 100 from TU                      |
//!  from TU        |      | send response                    |
//!  send response  |      v                                  |
//!  +--------------+  +------------+ Timer F of the client   |
//!  |        request  |            | inform TU               |
//!  |        send  +--| Proceeding |------------------------>|
//!  |     response +->|            |--+ 100 from TU          |
//!  |                 +------------+<-+ send response        |
//!  |                     | 200-699 from TU                  |
//!  |        request      v send response                    v
//!  |        send  +------------+  Timer J fires       +------------+
//!  |   response +-|            |--------------------->| Terminated |
//!  +----------->+>|  Completed |  or forgotten        +------------+
//!                 +------------+
//! ```
//!
//! Timer J, zero by the letter of RFC 3261, has its value for unreliable transports: the
//! hop behind ours may be UDP and its doubles must meet the same response, not a second
//! processing. The table bounds how many are remembered.
//!
//! No RFC bounds Trying and Proceeding. But once the client's Timer F has fired a final
//! response helps nobody (RFC 4320 section 4.2), so the transaction ends there.

use alloc::vec::Vec;

use super::{Class, Machine, RespondError, ServerLapse};
use crate::time::{Duration, Instant, Timers, earlier};

/// The state of one request other than INVITE and ACK that was received.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) enum Server {
    /// No response has been sent; the time when a 100 is due, until it was asked for.
    Trying {
        trying_due: Option<Instant>,
        timer_f: Instant,
    },
    Proceeding {
        response: Vec<u8>,
        timer_f: Instant,
    },
    Completed {
        response: Vec<u8>,
        timer_j: Instant,
    },
    #[default]
    Terminated,
}

impl Server {
    pub(super) fn new(now: Instant, timers: Timers) -> Self {
        Self::Trying { trying_due: Some(now + trying_due(timers)), timer_f: now + timers.lifetime() }
    }

    /// What answers a repeated request.
    pub(super) fn repeated(&self) -> Option<&[u8]> {
        match self {
            Self::Proceeding { response, .. } | Self::Completed { response, .. } => Some(response),
            Self::Trying { .. } | Self::Terminated => None,
        }
    }

    pub(super) fn respond(
        self,
        now: Instant,
        timers: Timers,
        status: u16,
        frame: &[u8],
    ) -> (Self, Result<(), RespondError>) {
        let (kept, timer_f) = match self {
            state @ (Self::Completed { .. } | Self::Terminated) => return (state, Err(RespondError::FinalSent)),
            state @ (Self::Trying { .. } | Self::Proceeding { .. }) if is_forbidden(status) => {
                return (state, Err(RespondError::Forbidden));
            }
            Self::Trying { timer_f, .. } => (Vec::new(), timer_f),
            Self::Proceeding { response, timer_f } => (response, timer_f),
        };
        let response = replaced(kept, frame);
        if Class::of(status) == Class::Trying {
            return (Self::Proceeding { response, timer_f }, Ok(()));
        }
        (Self::Completed { response, timer_j: now + timers.lifetime() }, Ok(()))
    }
}

impl Machine for Server {
    type Lapse = ServerLapse;

    fn expire(self, now: Instant) -> (Self, Option<ServerLapse>) {
        if !self.is_due(now) {
            return (self, None);
        }
        match self {
            Self::Trying { trying_due: Some(_), timer_f } if now < timer_f => {
                (Self::Trying { trying_due: None, timer_f }, Some(ServerLapse::TryingDue))
            }
            Self::Trying { .. } | Self::Proceeding { .. } => (Self::Terminated, Some(ServerLapse::Unanswered)),
            Self::Completed { .. } | Self::Terminated => (Self::Terminated, None),
        }
    }

    fn deadline(&self) -> Option<Instant> {
        match self {
            Self::Trying { trying_due, timer_f } => earlier(*trying_due, Some(*timer_f)),
            Self::Proceeding { timer_f, .. } => Some(*timer_f),
            Self::Completed { timer_j, .. } => Some(*timer_j),
            Self::Terminated => None,
        }
    }

    fn is_terminated(&self) -> bool {
        matches!(self, Self::Terminated)
    }
}

/// RFC 4320 section 4: no provisional response but 100, and never a 408.
fn is_forbidden(status: u16) -> bool {
    status == 408 || Class::of(status) == Class::Provisional
}

/// RFC 4320 section 4.1: when Timer E of a client would be set to T2, a 100 is due.
fn trying_due(timers: Timers) -> Duration {
    let (mut interval, mut due) = (timers.t1, Duration::ZERO);
    while interval > Duration::ZERO && interval < timers.t2 {
        due = due + interval;
        interval = interval * 2;
    }
    due
}

fn replaced(mut kept: Vec<u8>, frame: &[u8]) -> Vec<u8> {
    kept.clear();
    kept.extend_from_slice(frame);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    const NOW: Instant = Instant::from_millis(10_000);

    type State = fn() -> Server;

    fn at(millis: u64) -> Instant {
        Instant::from_millis(millis)
    }

    fn trying() -> Server {
        Server::Trying { trying_due: Some(at(3_500)), timer_f: at(32_000) }
    }

    fn asked() -> Server {
        Server::Trying { trying_due: None, timer_f: at(32_000) }
    }

    fn proceeding() -> Server {
        Server::Proceeding { response: vec![1], timer_f: at(32_000) }
    }

    fn completed() -> Server {
        Server::Completed { response: vec![2], timer_j: at(42_000) }
    }

    fn terminated() -> Server {
        Server::Terminated
    }

    #[test]
    fn every_response_in_every_state() {
        const SENT: Result<(), RespondError> = Ok(());
        const LATE: Result<(), RespondError> = Err(RespondError::FinalSent);
        const FORBIDDEN: Result<(), RespondError> = Err(RespondError::Forbidden);
        let again = || Server::Proceeding { response: vec![7], timer_f: at(32_000) };
        let table = [
            (trying as State, vec![100], 1, proceeding(), SENT),
            (trying, vec![101, 180, 183, 199, 408], 1, trying(), FORBIDDEN),
            (trying, vec![200, 202, 301, 481, 504, 606], 2, completed(), SENT),
            (asked, vec![100], 1, proceeding(), SENT),
            (asked, vec![200, 481], 2, completed(), SENT),
            (proceeding, vec![100], 7, again(), SENT),
            (proceeding, vec![101, 180, 183, 199, 408], 7, proceeding(), FORBIDDEN),
            (proceeding, vec![200, 202, 301, 481, 504, 606], 2, completed(), SENT),
            (completed, vec![100, 180, 200, 408, 500], 9, completed(), LATE),
            (terminated, vec![100, 180, 200, 408, 500], 9, terminated(), LATE),
        ];
        for (before, statuses, octet, after, outcome) in table {
            for status in statuses {
                let (state, said) = before().respond(NOW, Timers::default(), status, &[octet]);
                assert_eq!((&state, &said), (&after, &outcome), "{:?} sends {status}", before());
            }
        }
    }

    #[test]
    fn a_repeated_request_meets_the_last_response() {
        let table =
            [(trying as State, None), (proceeding, Some(&[1_u8][..])), (completed, Some(&[2][..])), (terminated, None)];
        for (state, repeated) in table {
            assert_eq!(state().repeated(), repeated);
        }
    }

    #[test]
    fn timers_fire_once_and_to_the_millisecond() {
        assert_eq!(Server::new(at(0), Timers::default()), trying());
        let table = [
            (trying as State, 3_500, asked(), Some(ServerLapse::TryingDue)),
            (asked, 32_000, terminated(), Some(ServerLapse::Unanswered)),
            (proceeding, 32_000, terminated(), Some(ServerLapse::Unanswered)),
            (completed, 42_000, terminated(), None),
        ];
        for (before, fires, after, lapse) in table {
            assert_eq!(before().deadline(), Some(at(fires)));
            assert_eq!(before().expire(at(fires - 1)), (before(), None));
            let (state, said) = before().expire(at(fires));
            assert_eq!((&state, &said), (&after, &lapse));
        }
        assert_eq!(terminated().deadline(), None);
    }

    // A machine that slept over both deadlines does not ask for a 100 that nobody awaits.
    #[test]
    fn late_wake_up_acts_once() {
        assert_eq!(trying().expire(at(40_000)), (terminated(), Some(ServerLapse::Unanswered)));
    }

    #[test]
    fn a_100_is_due_when_timer_e_would_reach_t2() {
        let due = |t1| trying_due(Timers { t1: Duration::from_millis(t1), ..Timers::default() }).as_millis();
        assert_eq!([due(500), due(1_000), due(3_000), due(4_000), due(0)], [3_500, 3_000, 3_000, 0, 0]);
    }
}
