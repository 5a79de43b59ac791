//! Why something failed or ended.

use serde::{Deserialize, Serialize};

/// Why something failed or ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// An answered call was hung up.
    Bye,
    /// Cancelled before it was answered.
    Cancelled,
    /// Rejected by the callee: 3xx..6xx without a narrower name.
    Rejected,
    /// 486 or 600.
    Busy,
    /// 404, 604 or 484: nobody there by that name.
    NotFound,
    /// 480, 410: there, but not to be reached, or not registered.
    Unavailable,
    /// 408, or no final response in time.
    Timeout,
    /// It rang for as long as it was allowed to.
    NoAnswer,
    /// 401, 403, 407: credentials missing or wrong.
    Unauthorized,
    /// 3xx.
    Redirected,
    /// 488, 606, 415, 406: descriptions without a common ground.
    NotAcceptable,
    /// 420 naming an extension.
    BadExtension,
    /// 421 naming an extension.
    ExtensionRequired,
    /// 5xx.
    ServerError,
    /// The connection was lost and did not come back in time.
    Connection,
    /// No description from the media layer in time.
    MediaTimeout,
    /// The user, or the browser, refused the microphone.
    MediaDenied,
    /// There is no microphone.
    MediaMissing,
    /// The media layer failed in another way.
    MediaFailed,
    /// A PRACK that carried the answer failed.
    PrackFailed,
    /// A reliable provisional response was never acknowledged.
    NoPrack,
    /// No RSeq number is left for a response that must be reliable.
    RseqExhausted,
    /// The 2xx was never acknowledged.
    NoAck,
    /// The peer's PRACK or ACK owed an answer and had none.
    NoAnswerDescription,
    /// Too many responses.
    Flood,
    /// The dialog of the request ended before its outcome was known.
    DialogEnded,
    /// The dialog is gone at the peer (481, 408 inside it).
    DialogGone,
    /// The session was not refreshed in time (RFC 4028): the peer, or the way to it, is gone.
    SessionExpired,
    /// Replaced by something newer.
    Superseded,
    /// The peer broke the protocol.
    ProtocolError,
    /// The engine failed.
    EngineFailed,
    /// The user agent was closed.
    Closed,
}

impl Cause {
    /// The cause that a final response other than 2xx names.
    pub fn of(status: u16) -> Self {
        match status {
            300..=399 => Self::Redirected,
            401 | 403 | 407 => Self::Unauthorized,
            404 | 484 | 604 => Self::NotFound,
            406 | 415 | 488 | 606 => Self::NotAcceptable,
            408 => Self::Timeout,
            410 | 480 => Self::Unavailable,
            420 => Self::BadExtension,
            421 => Self::ExtensionRequired,
            486 | 600 => Self::Busy,
            487 => Self::Cancelled,
            500..600 => Self::ServerError,
            _ => Self::Rejected,
        }
    }
}
