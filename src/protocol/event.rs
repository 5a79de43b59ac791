//! What the core tells the shell.

use super::{
    CallId, Cause, ConnectionState, DescriptionKind, DialogNumber, EndedBy, Failure, HeaderLines, Party, PeerRel100,
    ProgressKind, RegistrationState, RequestNumber, Response, Severity, Token, TraceEntry,
};
use alloc::string::String;
use alloc::vec::Vec;
use serde::Serialize;

/// An event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Event {
    /// The connection changed its state.
    Connection {
        /// The new state.
        state: ConnectionState,
        /// The server's address.
        server: Option<String>,
        /// When connecting again: in how many ms.
        retry_in: Option<u32>,
        /// Why it was lost.
        failure: Option<Failure>,
    },
    /// The registration changed its state.
    Registration {
        /// The new state.
        state: RegistrationState,
        /// The lifetime that the registrar granted, in seconds.
        expires: Option<u32>,
        /// When trying again by itself: in how many ms.
        retry_in: Option<u32>,
        /// Why it failed or was lost.
        failure: Option<Failure>,
    },
    /// A server wants credentials; answered by `Command::Credentials`.
    Challenge {
        /// To be given back.
        token: Token,
        /// The protection space.
        realm: String,
        /// The digest algorithm that will be used.
        algorithm: String,
        /// 401 or 407.
        status: u16,
    },
    /// A call came in.
    Invite {
        /// Its number.
        call: CallId,
        /// Who calls.
        from: Party,
        /// Whom they call.
        to: Party,
        /// What the caller says of `100rel`.
        #[serde(rename = "peerRel100")]
        peer_rel100: PeerRel100,
        /// Whether the INVITE carries an offer.
        offer: bool,
        /// All its header fields, in order.
        headers: HeaderLines,
    },
    /// A further callee has answered an outgoing call, and becomes a call of its own
    /// (`Config::on_fork`). `Accepted` follows at once, and `Describe`: an offer for a session of
    /// its own, which goes out in a re-INVITE, for the answer that came with the 2xx was to an
    /// offer that the first callee has taken; or the answer, where the callee offers. Without a
    /// session the call ends.
    Fork {
        /// Its number.
        call: CallId,
        /// The call that it is a fork of.
        of: CallId,
        /// Who calls: we do.
        from: Party,
        /// Whom we called.
        to: Party,
        /// All header fields of the 2xx, in order.
        headers: HeaderLines,
    },
    /// A session description is needed; answered by `Command::Description`.
    Describe {
        /// To be given back.
        token: Token,
        /// For which call.
        call: CallId,
        /// For which dialog; absent when it is for all (the offer of an INVITE).
        dialog: Option<DialogNumber>,
        /// What is needed.
        kind: DescriptionKind,
        /// The offer to be answered.
        remote: Option<String>,
    },
    /// The peer's session description is to be applied.
    Remote {
        /// For which call.
        call: CallId,
        /// Of which dialog.
        dialog: DialogNumber,
        /// As what: `preview` (an unreliable response's) or `answer`.
        kind: ProgressKind,
        /// The description.
        sdp: String,
        /// No longer provisional: this dialog is the one that was answered.
        commit: bool,
    },
    /// The offer that we made last came to nothing: back to the session as it was.
    Rollback {
        /// Of which call.
        call: CallId,
        /// In which dialog.
        dialog: DialogNumber,
    },
    /// A provisional response of an outgoing call, once per response that counts.
    Progress {
        /// Of which call.
        call: CallId,
        /// Of which dialog; absent for a response without To tag.
        dialog: Option<DialogNumber>,
        /// 101..199.
        status: u16,
        /// The reason phrase.
        reason: String,
        /// Whether it was sent reliably, and is acknowledged by a PRACK.
        reliable: bool,
        /// Its RSeq.
        rseq: Option<u32>,
        /// What its session description is good for.
        kind: ProgressKind,
        /// Whether the application is to acknowledge it, by `Command::Prack`.
        prack: bool,
        /// All its header fields, in order.
        headers: HeaderLines,
    },
    /// The application has not acknowledged a reliable provisional response within the
    /// deadline: its PRACK leaves by itself.
    PrackAuto {
        /// Of which call.
        call: CallId,
        /// Of which dialog.
        dialog: DialogNumber,
        /// The RSeq that it acknowledges.
        rseq: u32,
    },
    /// The offer that a PRACK or UPDATE of ours carried was refused. The session is as it was,
    /// and the PRACK is sent again without (RFC 6337 section 2.3).
    OfferRejected {
        /// Of which call.
        call: CallId,
        /// Of which dialog.
        dialog: DialogNumber,
        /// The RSeq that the PRACK acknowledges; absent for an UPDATE.
        rseq: Option<u32>,
        /// 488 in most cases; for a PRACK one of 415, 488, 491, 580 and 606.
        status: u16,
    },
    /// A PRACK of ours was answered by a 2xx, or by 481 after it had been sent again because the
    /// connection was lost: the former has arrived then.
    PrackResponse {
        /// Of which call.
        call: CallId,
        /// Of which dialog.
        dialog: DialogNumber,
        /// The RSeq that it acknowledged.
        rseq: u32,
        /// 200..299, or 481.
        status: u16,
    },
    /// A PRACK of ours failed; what follows for the call comes as an event of its own.
    PrackFailed {
        /// Of which call.
        call: CallId,
        /// Of which dialog.
        dialog: DialogNumber,
        /// The RSeq that it was to acknowledge.
        rseq: u32,
        /// Why: a status, or a timeout.
        failure: Failure,
    },
    /// The peer wants to change the session of an answered call by a re-INVITE (RFC 3261
    /// section 14.2), and the configuration has the application decide: `Command::Progress`,
    /// `Command::Accept` and `Command::Reject` act on it until it has its final response.
    Reinvite {
        /// Which call.
        call: CallId,
        /// What the peer says of `100rel` in it.
        #[serde(rename = "peerRel100")]
        peer_rel100: PeerRel100,
        /// Whether it carries an offer.
        offer: bool,
        /// All its header fields, in order.
        headers: HeaderLines,
    },
    /// A provisional response of ours has left for the first time (RFC 3262 section 3). A
    /// reliable one is outstanding until [`Event::Prack`] or [`Event::NoPrack`] with its
    /// RSeq, or the final response.
    Sent {
        /// To the INVITE of which call.
        call: CallId,
        /// 101..199.
        status: u16,
        /// Its RSeq, when it is reliable.
        rseq: Option<u32>,
        /// The command that it was sent for; absent when it keeps the call alive at the proxies.
        request: Option<RequestNumber>,
    },
    /// A reliable provisional response of ours was acknowledged.
    Prack {
        /// Of which call.
        call: CallId,
        /// The RSeq that it acknowledges.
        rseq: u32,
        /// Whether it carried an offer, whose answer goes into our 200 (RFC 6337 section 2.2).
        offer: bool,
        /// Its body.
        body: Option<String>,
        /// Its content type.
        content_type: Option<String>,
        /// All its header fields, in order.
        headers: HeaderLines,
    },
    /// Nobody acknowledged a reliable provisional response for 64*T1. Unless
    /// `Command::Reject` follows at once with a 5xx, 504 is sent.
    NoPrack {
        /// Of which call.
        call: CallId,
        /// The RSeq.
        rseq: u32,
        /// The INVITE, as received.
        invite: String,
        /// The response, as sent.
        response: String,
    },
    /// The peer has taken its INVITE or re-INVITE back before it was answered: by CANCEL, or by
    /// BYE in the early dialog (RFC 3261 sections 9.2 and 15.1.2).
    Cancel {
        /// Of which call.
        call: CallId,
        /// All header fields of the CANCEL or BYE, in order.
        headers: HeaderLines,
    },
    /// One dialog of an outgoing call ended while the call goes on.
    DialogEnded {
        /// Of which call.
        call: CallId,
        /// Which dialog.
        dialog: DialogNumber,
        /// Why: from the Reason field of a 199 (RFC 6228), or absent.
        status: Option<u16>,
    },
    /// The call was answered by a 2xx: ours, or the peer's.
    Accepted {
        /// Which call.
        call: CallId,
        /// Which dialog.
        dialog: DialogNumber,
        /// 200..299.
        status: u16,
        /// All header fields of the peer's 2xx, in order; empty for ours.
        headers: HeaderLines,
    },
    /// The ACK of the call's 2xx was sent, or received.
    Confirmed {
        /// Which call.
        call: CallId,
        /// Which dialog.
        dialog: DialogNumber,
    },
    /// Our 2xx was not acknowledged for 64*T1; the call ends with a BYE
    /// (RFC 3261 section 13.3.1.4).
    NoAck {
        /// Which call.
        call: CallId,
    },
    /// The peer's UPDATE (RFC 3311) has been answered with a 2xx.
    Update {
        /// Of which call.
        call: CallId,
        /// In which dialog.
        dialog: DialogNumber,
        /// Whether it carried an offer; without, it only refreshed the target.
        offer: bool,
        /// All its header fields, in order.
        headers: HeaderLines,
    },
    /// The session's description changed, by a re-INVITE or UPDATE of either side.
    Updated {
        /// Which call.
        call: CallId,
        /// Whether the peer asked for it.
        by_peer: bool,
        /// Whether the peer has put us on hold (`sendonly` or `inactive`).
        held_by_peer: bool,
    },
    /// INFO came inside the call; it has been answered with 200.
    Info {
        /// Which call.
        call: CallId,
        /// Its body.
        body: Option<String>,
        /// Its content type.
        content_type: Option<String>,
        /// All its header fields, in order.
        headers: HeaderLines,
    },
    /// MESSAGE came outside any dialog; it has been answered with 200.
    Message {
        /// Who sent it.
        from: Party,
        /// Its body.
        body: String,
        /// Its content type.
        content_type: Option<String>,
        /// All its header fields, in order.
        headers: HeaderLines,
    },
    /// The connection under the call is gone, or back.
    Reconnecting {
        /// Which call.
        call: CallId,
        /// Gone or back.
        lost: bool,
    },
    /// The call is over. Nothing of it comes after this.
    Ended {
        /// Which call.
        call: CallId,
        /// Who ended it.
        by: EndedBy,
        /// The status that ended it, when one did.
        status: Option<u16>,
        /// The name of the cause.
        cause: Cause,
        /// The reason phrase, or the text of a Reason field (RFC 3326).
        reason: Option<String>,
        /// Another device of the same user took it (RFC 3326: cause 200 in the CANCEL).
        answered_elsewhere: bool,
        /// From the 2xx to the end, in ms; 0 when it was never answered.
        duration_ms: u32,
        /// From Retry-After, in seconds.
        retry_after: Option<u32>,
        /// Where a 3xx says that the callee can be had instead, best first (RFC 3261 section
        /// 8.1.3.4): the application may follow by a new call.
        contacts: Vec<String>,
    },
    /// The outcome of a command that named itself by `request`.
    Settled {
        /// The command's.
        request: RequestNumber,
        /// Why it failed; absent when it succeeded.
        failure: Option<Failure>,
        /// The final response to a request that was sent for it.
        response: Option<Response>,
        /// The RSeq that was acknowledged, for `Command::Progress`.
        rseq: Option<u32>,
    },
    /// A message that was sent or received.
    Trace(TraceEntry),
    /// Something odd that no application logic depends on.
    Diagnostic {
        /// Of which call, when of one.
        call: Option<CallId>,
        /// How grave.
        severity: Severity,
        /// The stable name (`rseq-gap`, `stray-prack`, ...).
        code: String,
    },
}
