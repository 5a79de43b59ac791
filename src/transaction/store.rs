//! The transactions of one side: by handle, by key and by deadline.
//!
//! Every operation costs the logarithm of the number of open transactions, and none
//! allocates but to begin one.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::mem;

use super::{FlowId, Machine};
use crate::table::{Agenda, Key, Names, Table};
use crate::time::Instant;

/// Machines of kind `M` under handles of kind `I`.
#[derive(Debug)]
pub(super) struct Store<I, M> {
    slots: Table<I, Slot<M>>,
    keys: Names<I>,
    deadlines: Agenda<I>,
}

/// What is known of the request that began a transaction.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin {
    pub(super) flow: FlowId,
    pub(super) cseq: u32,
}

#[derive(Debug)]
struct Slot<M> {
    origin: Origin,
    machine: M,
    /// As it stands in `deadlines`.
    deadline: Option<Instant>,
    /// The key of the transaction, and further names of it.
    keys: [Option<Arc<[u8]>>; 3],
}

impl<I: Key + PartialEq, M: Machine> Store<I, M> {
    pub(super) fn new() -> Self {
        Self { slots: Table::new(), keys: Names::new(), deadlines: Agenda::new() }
    }

    /// Begins a transaction. `former`, which bears the same key already, ends in silence.
    pub(super) fn insert(&mut self, id: I, origin: Origin, machine: M, key: &[u8], former: Option<I>) {
        if let Some(former) = former {
            self.remove(former);
        }
        let (key, deadline): (Arc<[u8]>, _) = (Arc::from(key), machine.deadline());
        self.keys.insert(Arc::clone(&key), id);
        self.deadlines.change(id, None, deadline);
        self.slots.insert(id, Slot { origin, machine, deadline, keys: [Some(key), None, None] });
    }

    /// Gives the transaction a further key, if it has room for one.
    pub(super) fn name(&mut self, id: I, key: &[u8]) {
        let Some(slot) = self.slots.get_mut(id) else { return };
        if let Some(free) = slot.keys.iter_mut().find(|key| key.is_none()) {
            let key: Arc<[u8]> = Arc::from(key);
            *free = Some(Arc::clone(&key));
            self.keys.insert(key, id);
        }
    }

    /// Lets the machine take one step, keeps its deadline, and destroys it when it has terminated;
    /// `None` when there is none.
    pub(super) fn step<R>(&mut self, id: I, step: impl FnOnce(M) -> (M, R)) -> Option<R> {
        let slot = self.slots.get_mut(id)?;
        let (machine, said) = step(mem::take(&mut slot.machine));
        let (next, is_over) = (machine.deadline(), machine.is_terminated());
        slot.machine = machine;
        let former = mem::replace(&mut slot.deadline, next);
        self.deadlines.change(id, former, next);
        if is_over {
            self.remove(id);
        }
        Some(said)
    }

    /// Acts on the deadlines that have passed until one of them means something.
    pub(super) fn expire(&mut self, now: Instant) -> Option<(I, M::Lapse)> {
        while let Some(id) = self.deadlines.due(now) {
            if let Some(lapse) = self.step(id, |machine| machine.expire(now)).flatten() {
                return Some((id, lapse));
            }
        }
        None
    }

    pub(super) fn remove(&mut self, id: I) {
        let Some(slot) = self.slots.remove(id) else { return };
        self.deadlines.change(id, slot.deadline, None);
        for key in slot.keys.iter().flatten() {
            // Another transaction may have taken the name over.
            if self.keys.get(key) == Some(id) {
                self.keys.remove(key);
            }
        }
    }

    pub(super) fn find(&self, key: &[u8]) -> Option<I> {
        self.keys.get(key)
    }

    /// The transactions of a group of keys, each with the rest of its key.
    pub(super) fn find_all<'a>(&'a self, beginning: &'a [u8]) -> impl Iterator<Item = (&'a [u8], I)> {
        self.keys.group(beginning)
    }

    pub(super) fn ids(&self) -> Vec<I> {
        self.slots.keys()
    }

    pub(super) fn machine(&self, id: I) -> Option<&M> {
        self.slots.get(id).map(|slot| &slot.machine)
    }

    pub(super) fn origin(&self, id: I) -> Option<Origin> {
        self.slots.get(id).map(|slot| slot.origin)
    }

    /// The key under which the transaction began.
    pub(super) fn key(&self, id: I) -> Option<&[u8]> {
        self.slots.get(id)?.keys.first()?.as_deref()
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.deadlines.first()
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    /// Asserts that slots, keys and deadlines tell the same story.
    #[cfg(test)]
    pub(super) fn check(&self) {
        let slots: Vec<_> = self.slots.keys().into_iter().filter_map(|id| Some((id, self.slots.get(id)?))).collect();
        let deadlines = slots.iter().filter_map(|(id, slot)| Some((slot.machine.deadline()?, id.number())));
        let agenda = self.deadlines.iter().map(|(at, id)| (at, id.number()));
        assert!(agenda.eq(deadlines.collect::<alloc::collections::BTreeSet<_>>()));
        assert!(slots.iter().all(|(_, slot)| !slot.machine.is_terminated()));
        for (key, id) in self.keys.iter() {
            assert!(slots.iter().any(|(own, slot)| *own == id && slot.keys.iter().flatten().any(|own| **own == *key)));
        }
        for (id, slot) in &slots {
            assert!(slot.keys.first().and_then(Option::as_ref).and_then(|key| self.keys.get(key)) == Some(*id));
        }
    }
}
