//! Several user agents on this server, under applications that do anything at any time, on
//! connections that delay and break, and over hops that lose, double and reorder.
#![allow(clippy::wildcard_enum_match_arm, reason = "tests name the events that they look for")]
#![expect(clippy::indexing_slicing, reason = "an index out of range is a fault of the test, and shows")]

#[path = "../../../tests/support/agenda.rs"]
mod agenda;
#[path = "../../../tests/support/application.rs"]
mod application;
#[path = "../common/mod.rs"]
mod common;
#[path = "../../../tests/support/dice.rs"]
mod dice;
#[path = "../../../tests/support/observer/mod.rs"]
mod observer;
mod proxied;
#[path = "../../../tests/support/seeds.rs"]
mod seeds;
#[path = "../../../tests/support/tab.rs"]
mod tab;
mod wire;
mod world;

use dice::Dice;
use observer::Tally;
use world::World;

/// What runs a seed again.
const TARGET: &str = "-p prackle-server --test interleavings random";

/// How many there are in an ordinary test; `npm run soak` plays ten thousand.
const RUNS: u64 = 100;

fn play(seed: u64, talks: bool) -> Tally {
    World::new(Dice::new(seed), talks).run()
}

#[test]
fn random_interleavings() {
    let tally = seeds::sweep(TARGET, RUNS, play);
    assert!(tally.is_plausible(), "the runs hardly touch what they are for: {tally:?}");
}
