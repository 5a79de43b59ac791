//! How requests and calls come out.

use super::{Cause, HeaderLines};
use alloc::string::String;
use serde::Serialize;

/// A final response, as the outcome of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// 200..699.
    pub status: u16,
    /// The reason phrase.
    pub reason: String,
    /// All its header fields, in order.
    pub headers: HeaderLines,
    /// Its body.
    pub body: Option<String>,
}

/// Who ended a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[serde(rename_all = "camelCase")]
pub enum EndedBy {
    /// The application.
    Local,
    /// The peer, or a proxy on its behalf.
    Remote,
    /// The user agent itself: a timeout, a fault, a lost connection.
    System,
}

/// A failure that a response or the lack of one caused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// The name.
    pub cause: Cause,
    /// The status of the response, when there was one.
    pub status: Option<u16>,
    /// Its reason phrase, or a sentence of ours.
    pub reason: Option<String>,
    /// From Retry-After, in seconds.
    pub retry_after: Option<u32>,
}
