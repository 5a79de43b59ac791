//! The user agent as a UAS: an agent on a virtual clock against written frames.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::wildcard_enum_match_arm, reason = "tests name the events that they look for")]

#[path = "../corpus/mod.rs"]
mod corpus;

#[path = "../support/agent.rs"]
mod agent;
mod callee;
#[path = "../support/mutation.rs"]
mod mutation;
#[path = "../support/witness.rs"]
mod witness;

mod acknowledgement;
mod connection;
mod errors;
mod finals;
mod flows;
mod hostile;
mod invariants;
mod negotiation;
mod order;
mod policy;
mod preconditions;
mod provisional;
mod queue;
mod races;
mod reinvite;
mod requests;
mod session_timer;
mod torture;
mod updates;
mod updates_reinvite;
mod updates_sent;
