//! What crosses the border between the core and its shell: configuration and commands in,
//! events out.
//!
//! Plain data, one protocol on a thread, in a Worker and in a test. It knows nothing of
//! messages or machines. On wasm32 the TypeScript types of the package are generated from
//! these definitions. Commands are externally tagged (`{ accept: { .. } }`); events carry
//! their name as `type`, which TypeScript narrows by.
//!
//! What comes in is read by the lists in `read`: members that nobody knows are passed over,
//! and `null` is absence, but for numbers. serde's derived `Deserialize` says the same in more
//! code; it is what the types are generated from and the lists are tested against.

mod cause;
mod command;
mod config;
mod event;
mod headers;
mod outcome;
mod read;
mod refusal;
mod state;
mod trace;

pub use cause::Cause;
pub use command::{Answer, CallOptions, Command, Media, Progress, Reliability, RequestOptions};
pub use config::{Config, Credentials, OnFork, PrackMode, Reinvites, Rel100, ReliableProgress, Server};
pub use event::Event;
pub use headers::HeaderLines;
pub use outcome::{EndedBy, Failure, Response};
pub use refusal::{Refusal, RefusalCode};
pub use state::{ConnectionState, DescriptionKind, DialogState, Party, PeerRel100, ProgressKind, RegistrationState};
pub use trace::{Direction, Severity, TraceEntry};

use alloc::string::String;
use serde::{Deserialize, Serialize};

/// Names one call of one user agent.
///
/// The shell chooses the numbers of the calls that it begins (below 2^31), the core those of the
/// others, incoming ones and further callees (from 2^31 on), so that neither has to wait for the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[serde(transparent)]
pub struct CallId(pub u32);

impl CallId {
    /// The first number of the calls that the shell has not begun.
    pub const FIRST_INCOMING: u32 = 1 << 31;
}

/// Names one dialog (RFC 3261 section 12) of one call: 0 is the first one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[serde(transparent)]
pub struct DialogNumber(pub u32);

/// Names a command whose outcome comes later, as [`Event::Settled`]; the shell's choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[serde(transparent)]
pub struct RequestNumber(pub u32);

/// Names a question of the core ("a description, please", "credentials, please"): the
/// answer carries it back. An answer to a question that no longer stands is ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[serde(transparent)]
pub struct Token(pub u32);

crate::table::keys!(CallId(u32), RequestNumber(u32), Token(u32));

/// A header field: name and value.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
pub struct Field(pub String, pub String);
