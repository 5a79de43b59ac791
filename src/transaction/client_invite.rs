//! The INVITE client transaction over a reliable transport (RFC 3261 section 17.1.1,
//! RFC 6026 section 8.4, figure 5).
//!
//! ```text
//!                    | INVITE from TU
//!                    | INVITE sent
//!                    v
//!              +------------+ Timer B fires
//!              |            | inform TU
//!              |  Calling   |------------------------------------------------+
//!              |            |-----------------------+                        |
//!              +------------+ 2xx                   |                        |
//!  300-699       |     | 1xx  2xx to TU             |                        |
//!  ACK sent      |     | 1xx to TU                  |                        |
//!  resp. to TU   |     v                            |                        |
//!  +-------------+  +------------+ 1xx              |                        |
//!  |                |            |---+ 1xx to TU    |                        |
//!  |                | Proceeding |<--+              |                        |
//!  |    300-699     |            |--------------+   |                        |
//!  |    ACK sent,   +------------+ 2xx          |   |                        |
//!  |    resp. to TU   |            2xx to TU    v   v                        |
//!  |                  |                      +------------+ 2xx, 101-199     |
//!  |                  |                      |            |---+ to TU        |
//!  |                  |                      |  Accepted  |<--+ (1xx: late)  |
//!  |                  |                      |            |                  |
//!  |                  |                      +------------+                  |
//!  |                  v                             | Timer M fires          |
//!  |            +------------+                      v                        |
//!  +----------->|  Completed | Timer D (0 s)  +------------+                 |
//!               |            |--------------->| Terminated |<----------------+
//!               +------------+                +------------+
//! ```
//!
//! There is no Timer A, and Timer D is zero, so Completed is left in the turn that enters
//! it and is no variant here: what still comes on the branch matches nothing and is dropped.

use super::ack::PendingAck;
use super::{Class, ClientLapse, Machine};
use crate::time::{Instant, Timers};

/// The state of one INVITE that was sent.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) enum ClientInvite {
    /// Nothing has come back yet.
    Calling { timer_b: Instant, ack: PendingAck },
    /// A provisional response has come; only now may a CANCEL be sent. No timer runs: how
    /// long it may ring is for the user of the transaction to say.
    Proceeding { ack: PendingAck },
    /// A 2xx has come, perhaps the first of several.
    Accepted { timer_m: Instant },
    #[default]
    Terminated,
}

/// What becomes of a response.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Pass,
    /// A provisional response that the 2xx has overtaken.
    PassLate,
    /// Pass it, and send this ACK once its To is known.
    PassAndAck(PendingAck),
    Absorb,
}

impl ClientInvite {
    pub(super) fn new(now: Instant, timers: Timers, ack: PendingAck) -> Self {
        Self::Calling { timer_b: now + timers.lifetime(), ack }
    }

    pub(super) fn receive(self, now: Instant, timers: Timers, status: u16) -> (Self, Verdict) {
        match (self, Class::of(status)) {
            (Self::Calling { ack, .. } | Self::Proceeding { ack }, class) => Self::answered(now, timers, ack, class),
            // A reliable provisional response may still want its PRACK (RFC 3262 section 4).
            (state @ Self::Accepted { .. }, Class::Provisional) => (state, Verdict::PassLate),
            (state @ Self::Accepted { .. }, Class::Success) => (state, Verdict::Pass),
            (state @ Self::Accepted { .. }, Class::Trying | Class::Failure) => (state, Verdict::Absorb),
            (Self::Terminated, _) => (Self::Terminated, Verdict::Absorb),
        }
    }

    fn answered(now: Instant, timers: Timers, ack: PendingAck, class: Class) -> (Self, Verdict) {
        match class {
            Class::Trying | Class::Provisional => (Self::Proceeding { ack }, Verdict::Pass),
            Class::Success => (Self::Accepted { timer_m: now + timers.lifetime() }, Verdict::Pass),
            Class::Failure => (Self::Terminated, Verdict::PassAndAck(ack)),
        }
    }
}

impl Machine for ClientInvite {
    type Lapse = ClientLapse;

    fn expire(self, now: Instant) -> (Self, Option<ClientLapse>) {
        if !self.is_due(now) {
            return (self, None);
        }
        match self {
            Self::Calling { .. } => (Self::Terminated, Some(ClientLapse::Timeout)),
            Self::Accepted { .. } => (Self::Terminated, Some(ClientLapse::Ended)),
            state @ (Self::Proceeding { .. } | Self::Terminated) => (state, None),
        }
    }

    fn deadline(&self) -> Option<Instant> {
        match self {
            Self::Calling { timer_b, .. } => Some(*timer_b),
            Self::Accepted { timer_m } => Some(*timer_m),
            Self::Proceeding { .. } | Self::Terminated => None,
        }
    }

    fn is_terminated(&self) -> bool {
        matches!(self, Self::Terminated)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Message;
    use alloc::vec;

    type State = fn() -> ClientInvite;

    fn at(millis: u64) -> Instant {
        Instant::from_millis(millis)
    }

    fn ack() -> PendingAck {
        let invite = b"INVITE sip:bob@b.example SIP/2.0\r\nVia: SIP/2.0/WSS a.invalid;branch=z9hG4bK1\r\n\
            Max-Forwards: 70\r\nFrom: <sip:alice@a.example>;tag=a\r\nTo: <sip:bob@b.example>\r\n\
            Call-ID: c\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n";
        PendingAck::new(&Message::parse(invite).unwrap())
    }

    fn calling() -> ClientInvite {
        ClientInvite::Calling { timer_b: at(32_000), ack: ack() }
    }

    fn proceeding() -> ClientInvite {
        ClientInvite::Proceeding { ack: ack() }
    }

    fn accepted() -> ClientInvite {
        ClientInvite::Accepted { timer_m: at(42_000) }
    }

    #[test]
    fn every_response_in_every_state() {
        use ClientInvite::Terminated;
        use Verdict::{Absorb, Pass, PassAndAck, PassLate};
        let table = [
            (calling as State, vec![100, 101, 180, 183, 199], proceeding(), Pass),
            (calling, vec![200, 202, 299], accepted(), Pass),
            (calling, vec![300, 401, 486, 503, 603, 699], Terminated, PassAndAck(ack())),
            (proceeding, vec![100, 101, 180, 183, 199], proceeding(), Pass),
            (proceeding, vec![200, 202, 299], accepted(), Pass),
            (proceeding, vec![300, 407, 487, 504, 600, 699], Terminated, PassAndAck(ack())),
            (accepted, vec![100], accepted(), Absorb),
            (accepted, vec![101, 180, 183, 199], accepted(), PassLate),
            (accepted, vec![200, 202, 299], accepted(), Pass),
            (accepted, vec![300, 486, 500, 699], accepted(), Absorb),
            (|| Terminated, vec![100, 180, 200, 486], Terminated, Absorb),
        ];
        for (before, statuses, after, verdict) in table {
            for status in statuses {
                let (state, said) = before().receive(at(10_000), Timers::default(), status);
                assert_eq!((&state, &said), (&after, &verdict), "{:?} receives {status}", before());
            }
        }
    }

    #[test]
    fn timers_b_and_m_fire_once_and_to_the_millisecond() {
        assert_eq!(ClientInvite::new(at(0), Timers::default(), ack()), calling());
        let table = [(calling as State, 32_000, ClientLapse::Timeout), (accepted, 42_000, ClientLapse::Ended)];
        for (state, fires, lapse) in table {
            assert_eq!(state().deadline(), Some(at(fires)));
            assert_eq!(state().expire(at(fires - 1)), (state(), None));
            assert_eq!(state().expire(at(fires)), (ClientInvite::Terminated, Some(lapse)));
        }
    }

    #[test]
    fn nothing_fires_while_it_rings() {
        assert_eq!(proceeding().deadline(), None);
        assert_eq!(proceeding().expire(at(u64::MAX)), (proceeding(), None));
        assert_eq!(ClientInvite::Terminated.deadline(), None);
    }

    // RFC 6026 section 8.4: further 2xx do not start Timer M again.
    #[test]
    fn timer_m_counts_from_the_first_2xx() {
        let (state, _) = calling().receive(at(10_000), Timers::default(), 200);
        let (state, _) = state.receive(at(20_000), Timers::default(), 200);
        assert_eq!(state.deadline(), Some(at(42_000)));
    }
}
