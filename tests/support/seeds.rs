//! Thousands of seeded runs, on all cores; one that fails is named with the command that runs
//! it again.

use crate::observer::Tally;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

/// Plays the seeds from 1 on: as many as `runs` or `PRACKLE_SEEDS` says, or just the one that
/// `PRACKLE_SEED` names; what they did, together.
pub(crate) fn sweep(target: &str, runs: u64, play: fn(u64, bool) -> Tally) -> Tally {
    if let Some(seed) = number("PRACKLE_SEED") {
        return one(seed, target, play, true).unwrap_or_else(|failure| panic!("{failure}"));
    }
    let (runs, next, stopped) = (number("PRACKLE_SEEDS").unwrap_or(runs), AtomicU64::new(1), AtomicBool::new(false));
    let worker = || {
        let mut tally = Tally::default();
        while !stopped.load(Ordering::Relaxed) {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed > runs {
                break;
            }
            tally += one(seed, target, play, false).inspect_err(|_| stopped.store(true, Ordering::Relaxed))?;
        }
        Ok(tally)
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let results: Vec<Result<Tally, String>> = thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().map(|worker| worker.join().expect("panics are caught")).collect()
    });
    let mut all = Tally::default();
    for result in results {
        all += result.unwrap_or_else(|failure| panic!("{failure}"));
    }
    all
}

/// Plays one seed, and tells of it if it `talks`; what went wrong, with the way to see it again.
fn one(seed: u64, target: &str, play: fn(u64, bool) -> Tally, talks: bool) -> Result<Tally, String> {
    let run = || Tally { runs: 1, ..play(seed, talks) };
    catch_unwind(AssertUnwindSafe(run)).map_err(|panic| {
        format!("seed {seed}: {}\nagain: PRACKLE_SEED={seed} cargo test {target} -- --nocapture", words(&*panic))
    })
}

fn words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("a panic without words")
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().and_then(|text| text.parse().ok())
}
