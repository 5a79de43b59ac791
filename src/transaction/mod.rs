//! Transactions: which request a response answers, and which request is a repetition.
//!
//! Decides by branch, sent-by and method (RFC 3261 sections 8.2.2.2, 9.2, 17.1.3, 17.2.3),
//! absorbs what is doubled, and keeps timers B, F, H, I, J, L and M (RFC 3261 section 17,
//! RFC 6026, RFC 4320) for a reliable transport: nothing is ever sent twice from here. It
//! knows nothing of dialogs, usages or sockets; the user of a transaction sends the frames.

use crate::time::Instant;

mod ack;
mod client;
mod client_invite;
mod clients;
mod key;
mod server;
mod server_invite;
mod servers;
mod store;
mod table;
#[cfg(test)]
mod tests;

pub use crate::flow::FlowId;
pub use table::Transactions;

/// A transaction begun by a request that was sent; never used again for another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClientId(u64);

/// A transaction begun by a request that was received; never used again for another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServerId(u64);

crate::table::keys!(ClientId(u64), ServerId(u64));

/// What becomes of a response that was received.
#[derive(Debug, PartialEq, Eq)]
pub enum ClientVerdict {
    /// It answers no request of ours, or one that has long ended: drop it
    /// (RFC 6026 section 8.9).
    Unmatched,
    /// It is a repetition or comes too late: drop it.
    Absorbed(ClientId),
    /// It is for the user of the transaction. After a final response to a request other than
    /// INVITE the transaction is gone; after a 2xx to INVITE it stays, for further ones, until
    /// [`Expired::ClientEnded`].
    Pass(ClientId),
    /// A provisional response (101..199) to an INVITE that a 2xx has overtaken.
    PassLate(ClientId),
    /// The INVITE was rejected: send `ack` on the connection of the INVITE, then pass the
    /// response. The transaction is gone.
    PassAndAck {
        /// The transaction that has ended.
        id: ClientId,
        /// The connection that carried the INVITE.
        flow: FlowId,
        /// The whole ACK (RFC 3261 section 17.1.1.3).
        ack: alloc::vec::Vec<u8>,
    },
}

/// What becomes of a request that was received.
#[derive(Debug, PartialEq, Eq)]
pub enum ServerVerdict<'a> {
    /// A new request, never an ACK or CANCEL: pass it.
    New(ServerId),
    /// A new branch, but the same request as one that is in progress, come by another path. A
    /// user agent answers it with 482 (RFC 3261 section 8.2.2.2); to a proxy it is as
    /// good as new.
    Merged(ServerId),
    /// A new CANCEL.
    Cancel {
        /// The transaction of the CANCEL itself: answer it with 200, or with 481 when there
        /// is no target.
        cancel: ServerId,
        /// The transaction to be cancelled. If it has its final response already, or is no
        /// INVITE, the CANCEL has no effect on it (RFC 3261 section 9.2).
        target: Option<ServerId>,
    },
    /// A request that was seen before: send `resend`, if any, where it came from.
    Repeated {
        /// The transaction of the first one.
        id: ServerId,
        /// The last response, where it is for this layer to repeat it.
        resend: Option<&'a [u8]>,
    },
    /// The ACK of a response other than 2xx, or a repetition of it: drop it.
    AckAbsorbed(ServerId),
    /// The ACK of a 2xx, or one that belongs nowhere: pass it.
    Ack {
        /// The accepted INVITE, when the ACK came on its branch.
        invite: Option<ServerId>,
    },
}

/// What a deadline that has passed means to the user of the transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expired {
    /// No final response came in time (timers B and F): treat it as a 408. The transaction
    /// is gone.
    ClientTimeout(ClientId),
    /// No further 2xx of this INVITE will be passed (Timer M). The transaction is gone.
    ClientEnded(ClientId),
    /// A 100 is due (RFC 3261 section 17.2.1: after 200 ms; RFC 4320 section 4.1: after
    /// 3.5 s for other requests). Asked for once.
    TryingDue(ServerId),
    /// The request was never answered, and its client has given up by now: send nothing
    /// (RFC 4320 section 4.2). The transaction is gone.
    Unanswered(ServerId),
    /// The INVITE was rejected and the ACK never came (Timer H). The transaction is gone.
    AckMissing(ServerId),
    /// The INVITE was accepted, and its repetitions are no longer absorbed (Timer L). The
    /// transaction is gone.
    ServerEnded(ServerId),
}

/// Why a response must not be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RespondError {
    /// There is no such transaction (any more).
    Gone,
    /// A final response was sent before.
    FinalSent,
    /// A 408, or a provisional response other than 100, to a request that is no INVITE
    /// (RFC 4320 section 4).
    Forbidden,
}

/// A class of status codes, as far as the machines tell them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    /// 100.
    Trying,
    /// 101..199.
    Provisional,
    /// 200..299.
    Success,
    /// 300..699.
    Failure,
}

impl Class {
    fn of(status: u16) -> Self {
        match status {
            0..=100 => Self::Trying,
            101..=199 => Self::Provisional,
            200..=299 => Self::Success,
            300.. => Self::Failure,
        }
    }
}

/// What a passed deadline of a client transaction means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ClientLapse {
    Timeout,
    Ended,
}

/// What a passed deadline of a server transaction means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ServerLapse {
    TryingDue,
    Unanswered,
    AckMissing,
    Ended,
}

/// What the four machines have in common; their default is Terminated.
trait Machine: Default {
    type Lapse;
    /// When `expire` has something to do.
    fn deadline(&self) -> Option<Instant>;
    /// Acts on a deadline that has passed, once.
    fn expire(self, now: Instant) -> (Self, Option<Self::Lapse>);
    /// Whether it is to be destroyed.
    fn is_terminated(&self) -> bool;

    /// Whether `expire` has something to do by now.
    fn is_due(&self, now: Instant) -> bool {
        self.deadline().is_some_and(|deadline| deadline <= now)
    }
}
