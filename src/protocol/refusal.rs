//! The caller's mistakes: returned by the command that was wrong, which then has sent nothing.

use serde::{Deserialize, Serialize};

/// Why a command was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[serde(rename_all = "camelCase")]
pub struct Refusal {
    /// The stable name.
    pub code: RefusalCode,
    /// One English sentence for the developer.
    pub message: &'static str,
}

/// The names of refusals. Those that start with `invalid-` are mistakes in the arguments:
/// the face throws a `TypeError`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[serde(rename_all = "kebab-case")]
pub enum RefusalCode {
    /// Not a URI, or one with a scheme that cannot be used here.
    InvalidUri,
    /// Not a header field, one with CR, LF or NUL, or one that the core owns.
    InvalidHeader,
    /// Not a method, or one with a command of its own.
    InvalidMethod,
    /// A number, name or text outside its range.
    InvalidArgument,
    /// No such call, or a number that is taken.
    UnknownCall,
    /// Not possible in the call's present state.
    InvalidState,
    /// There is no connection.
    NotConnected,
    /// `not-provisional`: the status is not in 101..199 (RFC 3262 section 3).
    NotProvisional,
    /// `not-invite`: there is no INVITE to respond to.
    NotInvite,
    /// `peer-unsupported`: reliable asked, but the INVITE does not list `100rel`.
    PeerUnsupported,
    /// `disabled`: reliable asked under policy none.
    Disabled,
    /// `required`: unreliable asked, but `100rel` is required.
    Required,
    /// `outstanding`: an earlier one waits for its PRACK, and `queue` is false.
    Outstanding,
    /// `queue-full`: eight are waiting.
    QueueFull,
    /// `offer-missing`: the first reliable response to an INVITE without offer must carry one.
    OfferMissing,
    /// `final-sent`: the INVITE has its final response.
    FinalSent,
    /// `already-sent`: the PRACK of this response has left, or is about to.
    AlreadySent,
    /// `not-reliable`: no reliable response with this RSeq was received in this dialog.
    NotReliable,
    /// `offer-not-allowed`: only the PRACK of the response that carried the answer may offer.
    OfferNotAllowed,
    /// `oa-pending`: an exchange of offer and answer is not complete, and `queue` is false.
    OaPending,
    /// `method-not-allowed`: the peer's Allow does not list the method.
    MethodNotAllowed,
    /// `rseq-exhausted`: no RSeq number is left.
    RseqExhausted,
}

impl RefusalCode {
    /// The name, as serde writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidUri => "invalid-uri",
            Self::InvalidHeader => "invalid-header",
            Self::InvalidMethod => "invalid-method",
            Self::InvalidArgument => "invalid-argument",
            Self::UnknownCall => "unknown-call",
            Self::InvalidState => "invalid-state",
            Self::NotConnected => "not-connected",
            Self::NotProvisional => "not-provisional",
            Self::NotInvite => "not-invite",
            Self::PeerUnsupported => "peer-unsupported",
            Self::Disabled => "disabled",
            Self::Required => "required",
            Self::Outstanding => "outstanding",
            Self::QueueFull => "queue-full",
            Self::OfferMissing => "offer-missing",
            Self::FinalSent => "final-sent",
            Self::AlreadySent => "already-sent",
            Self::NotReliable => "not-reliable",
            Self::OfferNotAllowed => "offer-not-allowed",
            Self::OaPending => "oa-pending",
            Self::MethodNotAllowed => "method-not-allowed",
            Self::RseqExhausted => "rseq-exhausted",
        }
    }
}

impl Refusal {
    /// A refusal with its sentence.
    pub const fn new(code: RefusalCode, message: &'static str) -> Self {
        Self { code, message }
    }
}
