//! Prackle: a SIP user agent for the browser (SIP over WebSocket, RFC 7118) with complete
//! reliable provisional responses (RFC 3262).
//!
//! The core is a value without clock, socket or randomness of its own:
//! [`agent::UserAgent`]. A shell feeds it and carries out what it asks for; in the browser
//! that shell is `src/browser`, in the tests it is a virtual clock and a scripted peer.
//!
//! Method kinds: `handle` and `receive` take something in, `poll` takes something out,
//! `expire` acts on deadlines that have passed, `deadline` tells the next one; plain verbs
//! are commands.
#![no_std]

extern crate alloc;
// Bound under a name that cannot be written by accident: a clock, a socket or a thread in
// the core does not compile. Only `browser` binds std and the JavaScript crates.
extern crate std as _;

pub mod agent;
pub mod auth;
#[cfg(target_arch = "wasm32")]
pub mod browser;
pub mod call;
pub mod dialog;
pub mod flow;
pub mod json;
pub mod negotiation;
pub mod protocol;
pub mod random;
pub mod registration;
pub mod reliability;
pub mod request;
pub mod sdp;
pub mod table;
pub mod time;
pub mod transaction;
pub mod usage;

#[doc(inline)]
pub use prackle_syntax::{decimal, message, reading};
