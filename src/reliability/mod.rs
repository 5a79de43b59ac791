//! Reliable provisional responses: the two pure machines of RFC 3262, and the only place
//! that interprets `RSeq` and `RAck`.
//!
//! [`Receiver`] is the UAC's half (section 4), one per early dialog; [`Sender`] the UAS's
//! (section 3), one per INVITE server transaction. Neither knows messages, dialogs or
//! session descriptions: they are told numbers and give verdicts.

mod receiver;
mod sender;

pub use receiver::{Receiver, Reception};
pub use sender::{Acknowledgement, Expiry, QUEUE, Sender};
