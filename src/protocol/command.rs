//! What the shell asks of the core.

use super::{CallId, Credentials, DialogNumber, Field, PrackMode, Rel100, RequestNumber, Token};
use alloc::string::String;
use alloc::vec::Vec;
use serde::Deserialize;

/// A command. It is carried out, or refused by a [`Refusal`](super::Refusal) and then has sent nothing.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Command {
    /// Open a connection to the first server that can be had, and keep it open.
    Connect,
    /// Close the connection and stay off. Calls end.
    Disconnect,
    /// Register, and keep the registration fresh (RFC 3261 section 10). Settled by the final response.
    Register {
        /// Names the outcome.
        request: RequestNumber,
        /// The lifetime to ask for in seconds, instead of the configured one.
        #[serde(default)]
        expires: Option<u32>,
        /// Further header fields.
        #[serde(default)]
        headers: Vec<Field>,
    },
    /// Remove the registration. Settled by the final response.
    Unregister {
        /// Names the outcome.
        request: RequestNumber,
        /// Remove every contact of the address of record, not only ours.
        #[serde(default)]
        all: bool,
    },
    /// Answers [`Event::Challenge`](super::Event::Challenge).
    Credentials {
        /// The question's.
        token: Token,
        /// None: there are none, the request fails with its 401 or 407.
        #[serde(default)]
        credentials: Option<Credentials>,
    },
    /// Start a call.
    Call {
        /// The call's number, chosen by the shell, below 2^31, unused so far.
        call: CallId,
        /// The URI to call: `sip:`, `sips:` or `tel:`.
        target: String,
        /// How.
        #[serde(default)]
        options: CallOptions,
    },
    /// Answers [`Event::Describe`](super::Event::Describe).
    Description {
        /// The question's.
        token: Token,
        /// The session description, or why there is none.
        answer: Answer,
    },
    /// Acknowledge a reliable provisional response whose [`Event::Progress`](super::Event::Progress)
    /// said `prack: true` (RFC 3262 section 4). The `RAck` is the user agent's, and so is the
    /// order: a PRACK waits for those of earlier responses, and for the answer that it has to
    /// carry. Settled by the final response to it.
    Prack {
        /// The outgoing call.
        call: CallId,
        /// The dialog of the response.
        dialog: DialogNumber,
        /// The RSeq of the response.
        rseq: u32,
        /// Names the outcome.
        request: RequestNumber,
        /// A body. One of type `application/sdp` is the answer where one is owed, else an offer.
        #[serde(default)]
        body: Option<String>,
        /// Its type; `text/plain;charset=UTF-8` when absent.
        #[serde(default)]
        content_type: Option<String>,
        /// Ask for an offer and have it carried: only where the response had the answer
        /// (RFC 6337 section 2.2, pattern 5).
        #[serde(default)]
        offer: bool,
        /// Further header fields.
        #[serde(default)]
        headers: Vec<Field>,
    },
    /// Send a provisional response to an incoming call. Settled when it is acknowledged
    /// (reliable) or has left (unreliable).
    Progress {
        /// The incoming call.
        call: CallId,
        /// Names the outcome.
        request: RequestNumber,
        /// What to send.
        #[serde(default)]
        progress: Progress,
    },
    /// Answer an incoming call with 200. Settled when the 200 has left.
    Accept {
        /// The incoming call.
        call: CallId,
        /// Names the outcome.
        request: RequestNumber,
        /// Further header fields.
        #[serde(default)]
        headers: Vec<Field>,
    },
    /// Reject an incoming call, or choose the response after [`Event::NoPrack`](super::Event::NoPrack).
    Reject {
        /// The incoming call.
        call: CallId,
        /// 300..699; 480 when absent.
        #[serde(default)]
        status: Option<u16>,
        /// The reason phrase; the usual one when absent.
        #[serde(default)]
        reason: Option<String>,
        /// Further header fields.
        #[serde(default)]
        headers: Vec<Field>,
    },
    /// End a call in whatever state it is: CANCEL, BYE, or 480 to an INVITE that is not answered yet.
    Hangup {
        /// The call.
        call: CallId,
        /// Further header fields, a Reason for instance.
        #[serde(default)]
        headers: Vec<Field>,
    },
    /// Offer the session anew (re-INVITE, RFC 3261 section 14). Settled by its outcome.
    Renegotiate {
        /// The confirmed call.
        call: CallId,
        /// Names the outcome.
        request: RequestNumber,
    },
    /// Send UPDATE in a dialog, early or confirmed (RFC 3311): with a new offer, or without one
    /// to refresh the target. Settled by its outcome; [`Cause::DialogEnded`](super::Cause) when
    /// the dialog ends first.
    Update {
        /// The call.
        call: CallId,
        /// The dialog; may be absent when there is but one.
        #[serde(default)]
        dialog: Option<DialogNumber>,
        /// Names the outcome.
        request: RequestNumber,
        /// Whether it carries an offer; true when absent.
        #[serde(default = "yes")]
        offer: bool,
        /// Whether it may wait until an offer is allowed; true when absent.
        #[serde(default = "yes")]
        queue: bool,
        /// Further header fields.
        #[serde(default)]
        headers: Vec<Field>,
    },
    /// Send INFO inside a call (RFC 6086, or the older use for DTMF). Settled by the final response.
    Info {
        /// The confirmed call.
        call: CallId,
        /// Names the outcome.
        request: RequestNumber,
        /// Its body and header fields.
        options: RequestOptions,
    },
    /// Send a request outside any dialog: OPTIONS, MESSAGE. Settled by the final response.
    Request {
        /// Names the outcome.
        request: RequestNumber,
        /// The method, not one that makes a dialog.
        method: String,
        /// The URI to send it to.
        target: String,
        /// Its body and header fields.
        #[serde(default)]
        options: RequestOptions,
    },
    /// Tell every message as [`Event::Trace`](super::Event::Trace) from now on, or stop that.
    Trace {
        /// Tell or not.
        live: bool,
    },
}

fn yes() -> bool {
    true
}

/// The options of an outgoing call.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[serde(rename_all = "camelCase")]
pub struct CallOptions {
    /// Whether the INVITE carries an offer; `offer` when absent.
    #[serde(default)]
    pub media: Media,
    /// The policy for this call instead of the user agent's.
    #[serde(default)]
    pub rel100: Option<Rel100>,
    /// Who sends the PRACKs of this call; as the user agent is configured when absent.
    #[serde(default)]
    pub prack: Option<PrackMode>,
    /// Try once more with the other policy after 420 or 421 naming `100rel`.
    #[serde(default)]
    pub rel100_fallback: bool,
    /// The display name in To.
    #[serde(default)]
    pub display_name: Option<String>,
    /// Further header fields.
    #[serde(default)]
    pub headers: Vec<Field>,
    /// How long to let it ring, in ms, until the call is cancelled; as long as the peer likes when absent.
    #[serde(default)]
    pub no_answer_timeout: Option<u32>,
}

/// Who offers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[serde(rename_all = "lowercase")]
pub enum Media {
    /// The INVITE carries our offer.
    #[default]
    Offer,
    /// The INVITE carries none: the peer offers.
    Offerless,
}

/// The outcome of making a session description.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Answer {
    /// The description that was asked for.
    Sdp(String),
    /// There can be none: microphone refused, no device, offer not understood.
    Failed {
        /// The status that rejects the peer's request: 480 where the user would be needed, which
        /// is 504 for an UPDATE (RFC 3311 section 5.2); 488; 580 for preconditions (RFC 3312 section 8).
        status: u16,
        /// Why, for the local application: becomes the `cause` of the call's end.
        cause: super::Cause,
    },
}

/// A provisional response.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// 101..199; 180 when absent.
    #[serde(default)]
    pub code: Option<u16>,
    /// The reason phrase; the usual one when absent.
    #[serde(default)]
    pub reason: Option<String>,
    /// Reliably or not; as policy and peer allow when absent.
    #[serde(default)]
    pub reliable: Option<bool>,
    /// Whether it carries a session description; true for 183, else false, when absent.
    #[serde(default)]
    pub sdp: Option<bool>,
    /// Whether it may wait for the PRACK of an earlier one; true when absent.
    #[serde(default)]
    pub queue: Option<bool>,
    /// Further header fields.
    #[serde(default)]
    pub headers: Vec<Field>,
}

/// How a provisional response is to be sent: what the peer and the policy left of
/// [`Progress::reliable`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reliability {
    /// With RSeq, until it is acknowledged.
    Reliable,
    /// Once.
    Unreliable,
}

/// Body and header fields of a request.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[serde(rename_all = "camelCase")]
pub struct RequestOptions {
    /// The body.
    #[serde(default)]
    pub body: Option<String>,
    /// Its type; `text/plain;charset=UTF-8` when absent.
    #[serde(default)]
    pub content_type: Option<String>,
    /// Further header fields.
    #[serde(default)]
    pub headers: Vec<Field>,
}

impl RequestOptions {
    /// Content type and body, when there is one, and the header fields.
    pub(crate) fn into_content(self) -> (Option<(String, String)>, Vec<Field>) {
        let Self { body, content_type, headers } = self;
        let content_type = content_type.unwrap_or_else(|| "text/plain;charset=UTF-8".into());
        (body.filter(|body| !body.is_empty()).map(|body| (content_type, body)), headers)
    }
}
