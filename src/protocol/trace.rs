//! What the support ticket shows.

use alloc::string::String;
use serde::Serialize;

/// How grave a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[serde(rename_all = "camelCase")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// The peer did something wrong.
    Warning,
}

/// One line of the trace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[serde(rename_all = "camelCase")]
pub struct TraceEntry {
    /// When, in ms on the shell's clock.
    pub at: u64,
    /// Sent or received.
    pub direction: Direction,
    /// On which connection.
    pub flow: u32,
    /// The message; credentials are replaced by `***`.
    pub text: String,
    /// Why the message was not taken, when it was not.
    pub fault: Option<String>,
}

/// Which way a message went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[serde(rename_all = "camelCase")]
pub enum Direction {
    /// To the server.
    Sent,
    /// From the server.
    Received,
}
