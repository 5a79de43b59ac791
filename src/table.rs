//! Maps whose code is made once, whatever they hold.
//!
//! The code of a `BTreeMap` is made anew for each pair of types, some 7 kB of wasm a time,
//! and the core needs a dozen maps. All of them are built from one: values in order, in chunks.
//! Ordered, so that iteration is the same in every run, and so that no name that a peer has
//! thought of costs more than another.

use crate::time::Instant;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::iter;
use core::marker::PhantomData;

/// The most that a chunk holds: moving half of them is as quick as finding the place.
const FULL: usize = 64;
/// What there is room for from the beginning.
const SMALL: usize = 16;

/// Values in ascending order; the caller says where one belongs.
///
/// Each operation costs the logarithm of their number, and moving one chunk. (A new chunk moves those
/// behind it, which are five hundred where there are 30,000 values: once for at least 32 of them.)
#[derive(Debug)]
struct Sorted<E> {
    /// None is empty but a single one, and no two neighbours have room in half of one.
    chunks: Vec<Vec<E>>,
}

/// Between two values.
#[derive(Clone, Copy, Debug)]
struct Place {
    chunk: usize,
    at: usize,
}

const BEGIN: Place = Place { chunk: 0, at: 0 };

impl<E> Sorted<E> {
    const fn new() -> Self {
        Self { chunks: Vec::new() }
    }

    /// The place behind all values that are `before` it.
    fn seek(&self, before: impl Fn(&E) -> bool) -> Place {
        let chunk = self.chunks.partition_point(|chunk| chunk.last().is_some_and(&before));
        let at = self.chunks.get(chunk).map_or(0, |chunk| chunk.partition_point(&before));
        Place { chunk, at }
    }

    /// The value behind a place.
    fn get(&self, place: Place) -> Option<&E> {
        self.chunks.get(place.chunk)?.get(place.at)
    }

    fn get_mut(&mut self, place: Place) -> Option<&mut E> {
        self.chunks.get_mut(place.chunk)?.get_mut(place.at)
    }

    /// The values behind a place, in order.
    fn walk(&self, mut place: Place) -> impl Iterator<Item = &E> {
        iter::from_fn(move || {
            let value = self.get(place)?;
            place.at += 1;
            if self.get(place).is_none() {
                place = Place { chunk: place.chunk + 1, at: 0 };
            }
            Some(value)
        })
    }

    fn insert(&mut self, place: Place, value: E) {
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
    fn remove(&mut self, place: Place) -> Option<E> {
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

/// A handle that is a number underneath.
pub trait Key: Copy {
    /// The number.
    fn number(self) -> u64;

    /// The handle of a number that [`Key::number`] gave.
    fn of(number: u64) -> Self;
}

/// Values under numbered handles; each operation costs the logarithm of their number.
#[derive(Debug)]
pub struct Table<K, T> {
    index: Index,
    slots: Vec<Option<T>>,
    key: PhantomData<K>,
}

/// Where the value of a number is.
#[derive(Debug)]
struct Index {
    /// Each number with its place.
    places: Sorted<(u64, u64)>,
    free: Vec<u64>,
}

impl<K: Key, T> Table<K, T> {
    /// An empty table.
    pub const fn new() -> Self {
        Self { index: Index { places: Sorted::new(), free: Vec::new() }, slots: Vec::new(), key: PhantomData }
    }

    /// Puts a value under a handle; the one that was there is gone.
    pub fn insert(&mut self, key: K, value: T) {
        let place = self.index.place(key.number(), self.slots.len());
        match self.slots.get_mut(place) {
            Some(slot) => *slot = Some(value),
            None => self.slots.push(Some(value)),
        }
    }

    /// Takes a value out. A table that becomes empty lets go of its memory.
    pub fn remove(&mut self, key: K) -> Option<T> {
        let place = self.index.remove(key.number())?;
        let value = self.slots.get_mut(place).and_then(Option::take);
        if self.is_empty() {
            self.index.free = Vec::new();
            self.slots = Vec::new();
        }
        value
    }

    /// The value under a handle.
    pub fn get(&self, key: K) -> Option<&T> {
        self.slots.get(self.index.find(key.number())?)?.as_ref()
    }

    /// The value under a handle, to be changed.
    pub fn get_mut(&mut self, key: K) -> Option<&mut T> {
        self.slots.get_mut(self.index.find(key.number())?)?.as_mut()
    }

    /// Whether there is one.
    pub fn contains(&self, key: K) -> bool {
        self.index.find(key.number()).is_some()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.slots.len() - self.index.free.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The handles, in ascending order.
    pub fn keys(&self) -> Vec<K> {
        self.index.places.walk(BEGIN).map(|(number, _)| K::of(*number)).collect()
    }

    /// Keeps those that `keep` says.
    pub fn retain(&mut self, keep: impl Fn(&T) -> bool) {
        for key in self.keys() {
            if !self.get(key).is_some_and(&keep) {
                self.remove(key);
            }
        }
    }
}

impl<K: Key, T> Default for Table<K, T> {
    fn default() -> Self {
        Self::new()
    }
}

impl Index {
    /// Where the number stands, or belongs.
    fn seek(&self, number: u64) -> Place {
        self.places.seek(|(other, _)| *other < number)
    }

    fn at(&self, spot: Place, number: u64) -> Option<usize> {
        let (found, place) = self.places.get(spot)?;
        (*found == number).then(|| usize::try_from(*place).ok()).flatten()
    }

    fn find(&self, number: u64) -> Option<usize> {
        self.at(self.seek(number), number)
    }

    fn place(&mut self, number: u64, end: usize) -> usize {
        let spot = self.seek(number);
        if let Some(place) = self.at(spot, number) {
            return place;
        }
        let place = self.free.pop().unwrap_or(end as u64);
        self.places.insert(spot, (number, place));
        usize::try_from(place).unwrap_or(end)
    }

    fn remove(&mut self, number: u64) -> Option<usize> {
        let spot = self.seek(number);
        let place = self.at(spot, number)?;
        self.places.remove(spot);
        self.free.push(place as u64);
        Some(place)
    }
}

/// Who has a deadline, the next one first.
#[derive(Debug)]
pub struct Agenda<K> {
    /// In milliseconds.
    order: Sorted<(u64, u64)>,
    key: PhantomData<K>,
}

impl<K: Key> Agenda<K> {
    /// An empty agenda.
    pub const fn new() -> Self {
        Self { order: Sorted::new(), key: PhantomData }
    }

    /// Moves a deadline from where it was to where it is to be.
    pub fn change(&mut self, key: K, former: Option<Instant>, next: Option<Instant>) {
        if former == next {
            return;
        }
        let entry = |at: Instant| (at.as_millis(), key.number());
        if let Some(former) = former.map(entry) {
            let place = self.order.seek(|other| *other < former);
            if self.order.get(place) == Some(&former) {
                self.order.remove(place);
            }
        }
        if let Some(next) = next.map(entry) {
            self.order.insert(self.order.seek(|other| *other < next), next);
        }
    }

    /// The next deadline.
    pub fn first(&self) -> Option<Instant> {
        self.order.get(BEGIN).map(|(at, _)| Instant::from_millis(*at))
    }

    /// The first whose deadline has passed.
    pub fn due(&self, now: Instant) -> Option<K> {
        self.order.get(BEGIN).filter(|(at, _)| *at <= now.as_millis()).map(|(_, number)| K::of(*number))
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Instant, K)> + '_ {
        self.order.walk(BEGIN).map(|(at, number)| (Instant::from_millis(*at), K::of(*number)))
    }
}

impl<K: Key> Default for Agenda<K> {
    fn default() -> Self {
        Self::new()
    }
}

/// Handles under names. A group of names ends its common beginning with the octet 0, which is in none of their rests.
///
/// They are in the order of a hash of that beginning, and only where the hashes are equal in their own:
/// so few names are looked at to find one, and a peer that makes the hashes equal gains nothing.
#[derive(Debug)]
pub struct Names<K> {
    names: Sorted<Named>,
    key: PhantomData<K>,
}

#[derive(Debug)]
struct Named {
    hash: u64,
    name: Arc<[u8]>,
    number: u64,
}

impl<K: Key> Names<K> {
    /// No names.
    pub const fn new() -> Self {
        Self { names: Sorted::new(), key: PhantomData }
    }

    /// Gives a handle a name; who had it before has lost it.
    pub fn insert(&mut self, name: Arc<[u8]>, key: K) {
        let (place, hash) = self.names.seek_name(&name);
        match self.names.get_mut(place) {
            Some(found) if found.name == name => found.number = key.number(),
            _ => self.names.insert(place, Named { hash, name, number: key.number() }),
        }
    }

    /// Forgets a name.
    pub fn remove(&mut self, name: &[u8]) {
        let (place, _) = self.names.seek_name(name);
        if self.names.get(place).is_some_and(|found| *found.name == *name) {
            self.names.remove(place);
        }
    }

    /// Whose name it is.
    pub fn get(&self, name: &[u8]) -> Option<K> {
        let found = self.names.get(self.names.seek_name(name).0)?;
        (*found.name == *name).then(|| K::of(found.number))
    }

    /// The names of a group: the rest of each, and whose it is.
    pub fn group<'a>(&'a self, beginning: &'a [u8]) -> impl Iterator<Item = (&'a [u8], K)> {
        let names = self.names.walk(self.names.seek_name(beginning).0);
        names.map_while(|found| Some((found.name.strip_prefix(beginning)?, K::of(found.number))))
    }

    /// All names.
    #[cfg(test)]
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&[u8], K)> {
        self.names.walk(BEGIN).map(|found| (&*found.name, K::of(found.number)))
    }
}

impl Sorted<Named> {
    /// Where the name stands, or belongs; and its hash.
    fn seek_name(&self, name: &[u8]) -> (Place, u64) {
        let hash = hash(name);
        (self.seek(|other| (other.hash, &*other.name) < (hash, name)), hash)
    }
}

/// A hash of what the names of one group have in common: of a name without group all of it.
fn hash(name: &[u8]) -> u64 {
    let end = name.iter().rposition(|octet| *octet == 0).unwrap_or(name.len());
    let (words, rest) = name.get(..end).unwrap_or_default().as_chunks::<8>();
    let mix = |hash: u64, word: u64| (hash.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let hash = words.iter().fold(0, |hash, word| mix(hash, u64::from_le_bytes(*word)));
    rest.iter().fold(hash, |hash, octet| mix(hash, (*octet).into()))
}

impl<K: Key> Default for Names<K> {
    fn default() -> Self {
        Self::new()
    }
}

/// Makes tuple structs of one number the keys of tables.
macro_rules! keys {
    ($($name:ident($number:ty)),+ $(,)?) => {$(
        impl $crate::table::Key for $name {
            fn number(self) -> u64 {
                u64::from(self.0)
            }

            fn of(number: u64) -> Self {
                Self(<$number>::try_from(number).unwrap_or(<$number>::MAX))
            }
        }
    )+};
}

pub(crate) use keys;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use alloc::collections::BTreeSet;
    use alloc::string::{String, ToString};

    #[derive(Clone, Copy, Debug, PartialEq)]
    struct Id(u32);

    keys!(Id(u32));

    #[test]
    fn a_table_keeps_values_under_their_handles() {
        let mut table = Table::new();
        for number in [7, 3, 5] {
            table.insert(Id(number), number * 10);
        }
        table.insert(Id(3), 31);
        assert_eq!(table.keys(), [Id(3), Id(5), Id(7)]);
        assert_eq!(table.get(Id(3)), Some(&31));
        assert_eq!(table.remove(Id(5)), Some(50));
        assert_eq!(table.remove(Id(5)), None);
        table.insert(Id(1), 10);
        assert_eq!(table.slots.len(), 3, "the place of 5 is used again");
        table.retain(|value| *value != 31);
        assert_eq!(table.keys(), [Id(1), Id(7)]);
    }

    #[test]
    fn an_empty_table_holds_no_memory() {
        let mut table = Table::new();
        for number in 0..100 {
            table.insert(Id(number), String::new());
        }
        for number in 0..100 {
            table.remove(Id(number));
        }
        assert!(table.is_empty());
        assert_eq!(table.slots.capacity() + table.index.free.capacity(), 0);
    }

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

    #[test]
    fn an_agenda_tells_who_is_next() {
        let at = Instant::from_millis;
        let mut agenda = Agenda::new();
        agenda.change(Id(1), None, Some(at(20)));
        agenda.change(Id(2), None, Some(at(10)));
        assert_eq!(agenda.due(at(9)), None);
        assert_eq!(agenda.due(at(10)), Some(Id(2)));
        agenda.change(Id(2), Some(at(10)), Some(at(30)));
        assert_eq!(agenda.first(), Some(at(20)));
        agenda.change(Id(1), Some(at(20)), None);
        assert_eq!(agenda.iter().collect::<Vec<_>>(), [(at(30), Id(2))]);
    }

    #[test]
    fn names_are_found_whole_and_by_their_beginning() {
        let mut names = Names::new();
        for (name, number) in [("ab\x002", 2), ("ab\x001", 1), ("b", 3), ("ab", 4), ("abc\x001", 5)] {
            names.insert(Arc::from(name.as_bytes()), Id(number));
        }
        assert_eq!(names.get(b"ab\0"), None);
        assert_eq!(names.get(b"ab"), Some(Id(4)));
        assert_eq!(names.group(b"ab\0").collect::<Vec<_>>(), [(&b"1"[..], Id(1)), (&b"2"[..], Id(2))]);
        names.insert(Arc::from(&b"ab\x002"[..]), Id(6));
        names.remove(b"ab\x001");
        assert_eq!(names.group(b"ab\0").collect::<Vec<_>>(), [(&b"2"[..], Id(6))]);
        assert_eq!(names.iter().count(), 4);
    }

    #[test]
    fn names_of_one_hash_are_told_apart() {
        let mut names = Names::new();
        let name = |number: u32| [b"beginning\0".as_slice(), &number.to_string().into_bytes()].concat();
        (0..1000).for_each(|number| names.insert(Arc::from(name(number)), Id(number)));
        assert!((0..1000).all(|number| hash(&name(number)) == hash(b"beginning\0")));
        assert!((0..1000).all(|number| names.get(&name(number)) == Some(Id(number))));
        (0..1000).for_each(|number| names.remove(&name(number)));
        assert_eq!(names.iter().count(), 0);
    }
}
