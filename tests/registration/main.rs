//! Registration, authentication and requests outside calls: an agent on a virtual clock
//! against written frames.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::wildcard_enum_match_arm, reason = "tests name the events that they look for")]

#[path = "../support/agent.rs"]
mod agent;
mod client;
mod digest;

mod challenge;
mod flow;
mod inside;
mod lifetime;
mod outside;
mod questions;
mod refusals;
mod register;
mod retry;
mod reuse;
mod secrets;
