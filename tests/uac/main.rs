//! The user agent as a UAC: an agent on a virtual clock against written frames.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::wildcard_enum_match_arm, reason = "tests name the events that they look for")]

#[path = "../support/agent.rs"]
mod agent;
mod caller;
#[path = "../support/mutation.rs"]
mod mutation;
#[path = "../support/witness.rs"]
mod witness;

mod cancel;
mod connection;
mod credentials;
mod dialog;
mod elsewhere;
mod finals;
mod forks;
mod glare;
mod hostile;
mod kept;
mod late;
mod manual;
mod manual_reinvite;
mod negotiation;
mod offers;
mod policy;
mod pracks;
mod preconditions;
mod provisional;
mod redirects;
mod reinvite;
mod reinvite_early;
mod restoring;
mod session_timer;
mod session_timer_refused;
mod stranded;
mod updates;
