//! Maps whose code is made once, whatever they hold.
//!
//! The code of a `BTreeMap` is made anew for each pair of types, some 7 kB of wasm a time,
//! and the core needs a dozen maps. All of them are built from one: values in order, in chunks.
//! Ordered, so that iteration is the same in every run, and so that no name that a peer has
//! thought of costs more than another.

mod names;
mod sorted;

pub use names::Names;

use crate::time::Instant;
use alloc::vec::Vec;
use core::marker::PhantomData;
use sorted::{BEGIN, Place, Sorted};

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
    use alloc::string::String;

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
}
