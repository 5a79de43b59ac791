//! SIP syntax, without a notion of what any of it is good for: messages parsed, written and edited
//! ([`message`]), and messages that are only looked at ([`reading`]).
//!
//! What every frame passes through, and a package of its own for one reason: it is compiled for
//! speed, all else for size (`Cargo.toml`). The core knows these modules as its own.
#![no_std]

extern crate alloc;

pub mod decimal;
pub mod message;
pub mod reading;
