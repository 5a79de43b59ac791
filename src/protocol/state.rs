//! Where things stand: connection, registration, dialogs, descriptions, parties.

use alloc::string::String;
use serde::Serialize;

/// The state of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[serde(rename_all = "camelCase")]
pub enum ConnectionState {
    /// A WebSocket is being opened.
    Connecting,
    /// It is open.
    Connected,
    /// It is closed; `retry_in` says whether and when it will be opened again.
    Disconnected,
}

/// The state of the registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[serde(rename_all = "camelCase")]
pub enum RegistrationState {
    /// A first REGISTER is on its way.
    Registering,
    /// The registrar holds our contact.
    Registered,
    /// It does no longer, or not yet again, as far as we know.
    Unregistered,
    /// Our contact is being removed.
    Unregistering,
}

/// What the caller's INVITE says of `100rel`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[serde(rename_all = "camelCase")]
pub enum PeerRel100 {
    /// Nothing.
    None,
    /// It is in Supported.
    Supported,
    /// It is in Require.
    Required,
}

/// Which session description is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[serde(rename_all = "camelCase")]
pub enum DescriptionKind {
    /// An offer.
    Offer,
    /// The answer to an offer.
    Answer,
}

/// What a session description in a provisional response is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[serde(rename_all = "camelCase")]
pub enum ProgressKind {
    /// There is none, or it does not count.
    None,
    /// An unreliable foretaste of the answer.
    Preview,
    /// The answer to our offer.
    Answer,
    /// An offer to us.
    Offer,
}

/// Where a dialog stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[serde(rename_all = "camelCase")]
pub enum DialogState {
    /// Made by a provisional response.
    Early,
    /// Made, or confirmed, by a 2xx.
    Confirmed,
    /// Over.
    Terminated,
}

/// Somebody in From, To or a like field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[serde(rename_all = "camelCase")]
pub struct Party {
    /// The URI.
    pub uri: String,
    /// The display name, unescaped.
    pub display_name: Option<String>,
}
