//! The proxy on a virtual clock.
#[path = "../common/mod.rs"]
mod common;

mod admission;
mod caller;
mod flows;
mod forking;
mod reliable;
mod routing;
mod virtual_uas;
