//! Two user agents, back to back through a network that loses, doubles, delays and reorders,
//! under applications that do anything at any time.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::wildcard_enum_match_arm, reason = "tests name the events that they look for")]
#![expect(clippy::indexing_slicing, reason = "an index out of range is a fault of the test, and shows")]

#[path = "../support/agenda.rs"]
mod agenda;
#[path = "../support/application.rs"]
mod application;
#[path = "../support/dice.rs"]
mod dice;
#[path = "../support/observer/mod.rs"]
mod observer;
mod pair;
#[path = "../support/seeds.rs"]
mod seeds;
#[path = "../support/tab.rs"]
mod tab;

use dice::Dice;
use observer::Tally;
use pair::Pair;

/// What runs a seed again.
const TARGET: &str = "--test pair random";

/// How many there are in an ordinary test; `npm run soak` plays ten thousand.
const RUNS: u64 = 300;

fn play(seed: u64, talks: bool) -> Tally {
    Pair::new(Dice::new(seed), talks).run()
}

#[test]
fn random_interleavings() {
    let tally = seeds::sweep(TARGET, RUNS, play);
    assert!(tally.is_plausible(), "the runs hardly touch what they are for: {tally:?}");
}
