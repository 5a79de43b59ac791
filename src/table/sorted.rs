//! Values in ascending order, in chunks: what all maps are built from.

use alloc::vec::Vec;
use core::iter;

/// The most that a chunk holds: moving half of them is as quick as finding the place.
const FULL: usize = 64;
/// What there is room for from the beginning.
const SMALL: usize = 16;

/// Values in ascending order; the caller says where one belongs.
///
/// Each operation costs the logarithm of their number, and moving one chunk. (A new chunk moves those
/// behind it, which are five hundred where there are 30,000 values: once for at least 32 of them.)
#[derive(Debug)]
pub(super) struct Sorted<E> {
    /// None is empty but a single one, and no two neighbours have room in half of one.
    chunks: Vec<Vec<E>>,
}

/// Between two values.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    chunk: usize,
    at: usize,
}

pub(super) const BEGIN: Place = Place { chunk: 0, at: 0 };

impl<E> Sorted<E> {
    pub(super) const fn new() -> Self {
        Self { chunks: Vec::new() }
    }

    /// The place behind all values that are `before` it.
    pub(super) fn seek(&self, before: impl Fn(&E) -> bool) -> Place {
        let chunk = self.chunks.partition_point(|chunk| chunk.last().is_some_and(&before));
        let at = self.chunks.get(chunk).map_or(0, |chunk| chunk.partition_point(&before));
        Place { chunk, at }
    }

    /// The value behind a place.
    pub(super) fn get(&self, place: Place) -> Option<&E> {
        self.chunks.get(place.chunk)?.get(place.at)
    }

    pub(super) fn get_mut(&mut self, place: Place) -> Option<&mut E> {
        self.chunks.get_mut(place.chunk)?.get_mut(place.at)
    }

    /// The values behind a place, in order.
    pub(super) fn walk(&self, mut place: Place) -> impl Iterator<Item = &E> {
        iter::from_fn(move || {
            let value = self.get(place)?;
            place.at += 1;
            if self.get(place).is_none() {
                place = Place { chunk: place.chunk + 1, at: 0 };
            }
            Some(value)
        })
    }

    pub(super) fn insert(&mut self, place: Place, value: E) {
        let Place { mut chunk, mut at } = place;
        // Behind all of them is the end of the last chunk.
        if let Some(last) = self.chunks.len().checked_sub(1).filter(|last| *last < chunk) {
            (chunk, at) = (last, self.chunks.get(last).map_or(0, Vec::len));
        }
        let begun = match self.chunks.get_mut(chunk) {
            Some(values) if values.len() < FULL => return values.insert(at, value),
            // What comes in order leaves full chunks behind.
            Some(values) if at < FULL => {
                let mut behind = values.split_off(FULL / 2);
                match at.checked_sub(FULL / 2) {
                    Some(at) => behind.insert(at, value),
                    None => values.insert(at, value),
                }
                behind
            }
            _ => {
                let mut begun = Vec::with_capacity(SMALL);
                begun.push(value);
                begun
            }
        };
        self.chunks.insert((chunk + 1).min(self.chunks.len()), begun);
    }

    /// Takes out the value behind a place. A small chunk is kept for what comes next.
    pub(super) fn remove(&mut self, place: Place) -> Option<E> {
        let chunk = self.chunks.get_mut(place.chunk)?;
        let value = (place.at < chunk.len()).then(|| chunk.remove(place.at))?;
        if chunk.is_empty() {
            chunk.shrink_to(SMALL);
            if self.chunks.len() > 1 {
                self.chunks.remove(place.chunk);
            } else {
                self.chunks.shrink_to(SMALL);
            }
        }
        self.join(place.chunk);
        self.join(place.chunk.saturating_sub(1));
        Some(value)
    }

    /// Makes one chunk of two neighbours that have room in half of one.
    fn join(&mut self, first: usize) {
        let lengths = [first, first + 1].map(|chunk| self.chunks.get(chunk).map_or(FULL, Vec::len));
        if lengths.iter().sum::<usize>() <= FULL / 2 {
            let mut second = self.chunks.remove(first + 1);
            if let Some(first) = self.chunks.get_mut(first) {
                first.append(&mut second);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use alloc::collections::BTreeSet;

    /// Asserts what the chunks promise, and that they hold what the set holds.
    fn check(sorted: &Sorted<u64>, oracle: &BTreeSet<u64>) {
        assert!(sorted.walk(BEGIN).eq(oracle));
        let least = usize::from(sorted.chunks.len() > 1);
        assert!(sorted.chunks.iter().all(|chunk| (least..=FULL).contains(&chunk.len())));
        assert!(sorted.chunks.windows(2).all(|pair| pair.iter().map(Vec::len).sum::<usize>() > FULL / 2));
    }

    fn toggle(sorted: &mut Sorted<u64>, oracle: &mut BTreeSet<u64>, value: u64) {
        let place = sorted.seek(|other| *other < value);
        assert_eq!(sorted.get(place), oracle.range(value..).next());
        if oracle.remove(&value) {
            assert_eq!(sorted.remove(place), Some(value));
        } else {
            sorted.insert(place, value);
            oracle.insert(value);
        }
    }

    #[test]
    fn sorted_values_are_those_of_a_tree_whatever_comes_and_goes() {
        for (seed, range) in (0..20).zip([1, 3, 40, 300, 1000].into_iter().cycle()) {
            let mut random = Random::new([seed; 32]);
            let (mut sorted, mut oracle) = (Sorted::new(), BTreeSet::new());
            for step in 0..2000 {
                toggle(&mut sorted, &mut oracle, random.below(range).into());
                if step % 16 == 0 {
                    check(&sorted, &oracle);
                }
            }
        }
    }

    #[test]
    fn sorted_values_leave_no_holes_when_they_go_in_order() {
        let orders: [fn(u64) -> u64; 4] = [|at| at, |at| 499 - at, |at| at * 7 % 500, |at| at / 2 + at % 2 * 250];
        for (into, out) in orders.iter().flat_map(|into| orders.map(|out| (into, out))) {
            let (mut sorted, mut oracle) = (Sorted::new(), BTreeSet::new());
            (0..500).for_each(|at| toggle(&mut sorted, &mut oracle, into(at)));
            check(&sorted, &oracle);
            for at in 0..500 {
                toggle(&mut sorted, &mut oracle, out(at));
                check(&sorted, &oracle);
            }
            assert!(sorted.chunks.capacity() <= SMALL && sorted.chunks.iter().all(|chunk| chunk.capacity() <= SMALL));
        }
    }

    #[test]
    fn what_comes_in_order_fills_its_chunks() {
        let mut sorted = Sorted::new();
        for value in 0..10 * FULL {
            sorted.insert(sorted.seek(|other| *other < value), value);
        }
        assert_eq!(sorted.chunks.len(), 10);
    }
}
