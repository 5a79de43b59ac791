//! What is to happen, in the order of time, and within one instant in that of planning.

use std::collections::BTreeMap;

pub(crate) struct Agenda<T> {
    entries: BTreeMap<(u64, u64), T>,
    planned: u64,
}

impl<T> Agenda<T> {
    pub(crate) fn new() -> Self {
        Self { entries: BTreeMap::new(), planned: 0 }
    }

    pub(crate) fn plan(&mut self, at: u64, what: T) {
        self.planned += 1;
        self.entries.insert((at, self.planned), what);
    }

    /// When the next one is due.
    pub(crate) fn next(&self) -> Option<u64> {
        self.entries.first_key_value().map(|((at, _), _)| *at)
    }

    pub(crate) fn take(&mut self) -> Option<T> {
        self.entries.pop_first().map(|(_, what)| what)
    }
}
