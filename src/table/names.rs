//! Handles under names that come from the wire.

use super::Key;
use super::sorted::{Place, Sorted};
use alloc::sync::Arc;
use core::marker::PhantomData;

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
        self.names.walk(super::sorted::BEGIN).map(|found| (&*found.name, K::of(found.number)))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::keys;
    use alloc::string::ToString;
    use alloc::vec::Vec;

    #[derive(Clone, Copy, Debug, PartialEq)]
    struct Id(u32);

    keys!(Id(u32));

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
