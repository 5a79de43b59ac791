//! The table of all open transactions of one agent or proxy.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::clients::ClientMachine;
use super::servers::ServerMachine;
use super::store::Store;
use super::{ClientId, ClientLapse, Expired, ServerId, ServerLapse};
use crate::time::{Instant, Timers, earlier};

/// All open transactions, matched by message and by deadline.
///
/// The cost of a message or a deadline grows with the logarithm of their number. Every
/// transaction ends by itself but for an INVITE in Proceeding: it rings until its user
/// answers it, or [abandons](Transactions::abandon) it.
#[derive(Debug)]
pub struct Transactions {
    pub(super) timers: Timers,
    pub(super) clients: Store<ClientId, ClientMachine>,
    pub(super) servers: Store<ServerId, ServerMachine>,
    /// The last transactions that became a memory, oldest first; some have ended since.
    pub(super) remembered: VecDeque<ServerId>,
    /// Where keys are written before they are looked up.
    pub(super) key: Vec<u8>,
    next_number: u64,
}

impl Transactions {
    /// An empty table.
    pub fn new(timers: Timers) -> Self {
        Self {
            timers,
            clients: Store::new(),
            servers: Store::new(),
            remembered: VecDeque::new(),
            key: Vec::new(),
            next_number: 0,
        }
    }

    /// Acts on the deadlines that have passed until one of them means something to the user;
    /// `None` when none is left. Call it until then, after all messages that have arrived.
    pub fn expire(&mut self, now: Instant) -> Option<Expired> {
        if let Some((id, lapse)) = self.clients.expire(now) {
            return Some(match lapse {
                ClientLapse::Timeout => Expired::ClientTimeout(id),
                ClientLapse::Ended => Expired::ClientEnded(id),
            });
        }
        self.servers.expire(now).map(|(id, lapse)| match lapse {
            ServerLapse::TryingDue => Expired::TryingDue(id),
            ServerLapse::Unanswered => Expired::Unanswered(id),
            ServerLapse::AckMissing => Expired::AckMissing(id),
            ServerLapse::Ended => Expired::ServerEnded(id),
        })
    }

    /// When [`Transactions::expire`] has something to do.
    pub fn deadline(&self) -> Option<Instant> {
        earlier(self.clients.deadline(), self.servers.deadline())
    }

    /// The number of transactions that are open or remembered.
    pub fn len(&self) -> usize {
        self.clients.len() + self.servers.len()
    }

    /// Whether no transaction is open or remembered.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn next_number(&mut self) -> u64 {
        self.next_number += 1;
        self.next_number
    }
}
