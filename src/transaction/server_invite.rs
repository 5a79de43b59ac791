//! The INVITE server transaction over a reliable transport (RFC 3261 section 17.2.1,
//! RFC 6026 section 8.6, figure 7).
//!
//! ```text
//!                         | INVITE
//!                         | pass INVITE to TU; ask for a 100 if nothing is said in 200 ms
//!     INVITE              v
//!     send response +------------+
//!        +----------|            |----------+ 100-199 from TU
//!        +--------->| Proceeding |<---------+ send response
//!                   |            |
//!                   +------------+
//!   300-699 from TU |            | 2xx from TU
//!   send response   |            | send response
//!     INVITE        v            v
//!     send  +------------+  +------------+ ACK to TU
//!  response |            |  |            |---+ 2xx from TU: send response
//!     +-----| Completed  |  |  Accepted  |<--+ INVITE: absorb
//!     +---->|            |  |            |
//!           +------------+  +------------+
//!   Timer H |         | ACK       | Timer L fires
//!   inform  |         | -         |
//!   TU      |         v           v
//!           |  +------------+  +------------+
//!           |  | Confirmed  |->| Terminated |
//!           |  +------------+  +------------+
//!           |   Timer I fires        ^
//!           +------------------------+
//! ```
//!
//! There is no Timer G. Timer I, zero by the letter of RFC 3261, has its value for
//! unreliable transports: the hop behind ours may be UDP, and an INVITE that it doubled
//! would otherwise ring as a new call after the ACK of the first.

use alloc::vec::Vec;

use super::{Class, Machine, RespondError, ServerLapse};
use crate::time::{Duration, Instant, Timers};

/// The state of one INVITE that was received.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) enum ServerInvite {
    /// Proceeding, and no response has been sent; the time when a 100 is due, until it was
    /// asked for.
    Silent { trying_due: Option<Instant> },
    /// The last provisional response answers repeated INVITEs.
    Proceeding { response: Vec<u8> },
    /// Rejected; the ACK is awaited.
    Completed { response: Vec<u8>, timer_h: Instant },
    /// Rejected and acknowledged; what is doubled is absorbed.
    Confirmed { timer_i: Instant },
    /// A 2xx was sent, by the UAS core or through this proxy, which repeats it until its ACK.
    Accepted { timer_l: Instant },
    #[default]
    Terminated,
}

/// What becomes of an ACK.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AckVerdict {
    Absorb,
    /// It acknowledges a 2xx.
    Pass,
}

impl ServerInvite {
    pub(super) fn new(now: Instant) -> Self {
        Self::Silent { trying_due: Some(now + TRYING_DUE) }
    }

    /// What answers a repeated INVITE.
    pub(super) fn repeated(&self) -> Option<&[u8]> {
        match self {
            Self::Proceeding { response } | Self::Completed { response, .. } => Some(response),
            Self::Silent { .. } | Self::Confirmed { .. } | Self::Accepted { .. } | Self::Terminated => None,
        }
    }

    pub(super) fn acknowledge(self, now: Instant, timers: Timers) -> (Self, AckVerdict) {
        match self {
            Self::Completed { .. } => (Self::Confirmed { timer_i: now + timers.t4 }, AckVerdict::Absorb),
            state @ Self::Accepted { .. } => (state, AckVerdict::Pass),
            // Before the final response there is nothing to acknowledge; after the ACK it is a double.
            state @ (Self::Silent { .. } | Self::Proceeding { .. } | Self::Confirmed { .. } | Self::Terminated) => {
                (state, AckVerdict::Absorb)
            }
        }
    }

    pub(super) fn respond(
        self,
        now: Instant,
        timers: Timers,
        status: u16,
        frame: &[u8],
    ) -> (Self, Result<(), RespondError>) {
        match (self, Class::of(status)) {
            (Self::Silent { .. }, class) => (Self::answer(now, timers, class, Vec::new(), frame), Ok(())),
            (Self::Proceeding { response }, class) => (Self::answer(now, timers, class, response, frame), Ok(())),
            // The UAS core repeats its 2xx; Timer L goes on (RFC 6026 section 7.1).
            (state @ Self::Accepted { .. }, Class::Success) => (state, Ok(())),
            (state, _) => (state, Err(RespondError::FinalSent)),
        }
    }

    fn answer(now: Instant, timers: Timers, class: Class, mut response: Vec<u8>, frame: &[u8]) -> Self {
        let lifetime = timers.lifetime();
        if class == Class::Success {
            return Self::Accepted { timer_l: now + lifetime };
        }
        response.clear();
        response.extend_from_slice(frame);
        if class == Class::Failure {
            return Self::Completed { response, timer_h: now + lifetime };
        }
        Self::Proceeding { response }
    }
}

impl Machine for ServerInvite {
    type Lapse = ServerLapse;

    fn expire(self, now: Instant) -> (Self, Option<ServerLapse>) {
        if !self.is_due(now) {
            return (self, None);
        }
        match self {
            Self::Silent { .. } => (Self::Silent { trying_due: None }, Some(ServerLapse::TryingDue)),
            Self::Completed { .. } => (Self::Terminated, Some(ServerLapse::AckMissing)),
            Self::Accepted { .. } => (Self::Terminated, Some(ServerLapse::Ended)),
            Self::Confirmed { .. } => (Self::Terminated, None),
            state @ (Self::Proceeding { .. } | Self::Terminated) => (state, None),
        }
    }

    fn deadline(&self) -> Option<Instant> {
        match self {
            Self::Silent { trying_due } => *trying_due,
            Self::Completed { timer_h, .. } => Some(*timer_h),
            Self::Confirmed { timer_i } => Some(*timer_i),
            Self::Accepted { timer_l } => Some(*timer_l),
            Self::Proceeding { .. } | Self::Terminated => None,
        }
    }

    fn is_terminated(&self) -> bool {
        matches!(self, Self::Terminated)
    }
}

/// RFC 3261 section 17.2.1: a 100 is sent unless the user responds within 200 ms.
const TRYING_DUE: Duration = Duration::from_millis(200);

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    const NOW: Instant = Instant::from_millis(10_000);

    type State = fn() -> ServerInvite;

    fn at(millis: u64) -> Instant {
        Instant::from_millis(millis)
    }

    fn silent() -> ServerInvite {
        ServerInvite::Silent { trying_due: Some(at(200)) }
    }

    fn proceeding() -> ServerInvite {
        ServerInvite::Proceeding { response: vec![1] }
    }

    fn completed() -> ServerInvite {
        ServerInvite::Completed { response: vec![2], timer_h: at(42_000) }
    }

    fn confirmed() -> ServerInvite {
        ServerInvite::Confirmed { timer_i: at(15_000) }
    }

    fn accepted() -> ServerInvite {
        ServerInvite::Accepted { timer_l: at(42_000) }
    }

    fn terminated() -> ServerInvite {
        ServerInvite::Terminated
    }

    #[test]
    fn every_response_in_every_state() {
        const SENT: Result<(), RespondError> = Ok(());
        const LATE: Result<(), RespondError> = Err(RespondError::FinalSent);
        let table = [
            (silent as State, vec![100, 101, 180, 199], 1, proceeding(), SENT),
            (silent, vec![200, 202, 299], 2, accepted(), SENT),
            (silent, vec![300, 408, 486, 699], 2, completed(), SENT),
            (proceeding, vec![100, 180, 199], 7, ServerInvite::Proceeding { response: vec![7] }, SENT),
            (proceeding, vec![200, 202, 299], 2, accepted(), SENT),
            (proceeding, vec![300, 408, 487, 699], 2, completed(), SENT),
            (completed, vec![100, 183, 200, 486, 699], 9, completed(), LATE),
            (confirmed, vec![100, 183, 200, 486, 699], 9, confirmed(), LATE),
            (accepted, vec![200, 202, 299], 9, accepted(), SENT),
            (accepted, vec![100, 183, 300, 486, 699], 9, accepted(), LATE),
            (terminated, vec![100, 183, 200, 486, 699], 9, terminated(), LATE),
        ];
        for (before, statuses, octet, after, outcome) in table {
            for status in statuses {
                let (state, said) = before().respond(NOW, Timers::default(), status, &[octet]);
                assert_eq!((&state, &said), (&after, &outcome), "{:?} sends {status}", before());
            }
        }
    }

    #[test]
    fn every_request_in_every_state() {
        use AckVerdict::{Absorb, Pass};
        let table = [
            (silent as State, None, silent(), Absorb),
            (proceeding, Some(&[1_u8][..]), proceeding(), Absorb),
            (completed, Some(&[2][..]), confirmed(), Absorb),
            (confirmed, None, confirmed(), Absorb),
            (accepted, None, accepted(), Pass),
            (terminated, None, terminated(), Absorb),
        ];
        for (before, repeated, after, verdict) in table {
            assert_eq!(before().repeated(), repeated, "{:?} receives INVITE", before());
            let (state, said) = before().acknowledge(NOW, Timers::default());
            assert_eq!((&state, &said), (&after, &verdict), "{:?} receives ACK", before());
        }
    }

    #[test]
    fn timers_fire_once_and_to_the_millisecond() {
        assert_eq!(ServerInvite::new(at(0)), silent());
        let asked = ServerInvite::Silent { trying_due: None };
        let table = [
            (silent as State, 200, asked, Some(ServerLapse::TryingDue)),
            (completed, 42_000, terminated(), Some(ServerLapse::AckMissing)),
            (confirmed, 15_000, terminated(), None),
            (accepted, 42_000, terminated(), Some(ServerLapse::Ended)),
        ];
        for (before, fires, after, lapse) in table {
            assert_eq!(before().deadline(), Some(at(fires)));
            assert_eq!(before().expire(at(fires - 1)), (before(), None));
            let (state, said) = before().expire(at(fires));
            assert_eq!((&state, &said), (&after, &lapse));
        }
    }

    #[test]
    fn nothing_fires_while_it_rings() {
        for state in [|| ServerInvite::Silent { trying_due: None }, proceeding, terminated] {
            assert_eq!(state().deadline(), None);
            assert_eq!(state().expire(at(u64::MAX)), (state(), None));
        }
    }
}
