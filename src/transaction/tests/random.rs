//! Random interleavings: whatever happens in whatever order, the table keeps its promises.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::ToString;

use super::*;
use crate::random::Random;
use crate::time::Duration;

/// What the user of the table believes, and asserts against it, in a random run.
struct Run {
    table: Transactions,
    random: Random,
    now: u64,
    clients: BTreeMap<ClientId, (String, &'static str)>,
    servers: BTreeMap<ServerId, (String, &'static str)>,
    ended: usize,
}

const METHODS: [&str; 4] = ["INVITE", "MESSAGE", "PRACK", "REGISTER"];
const STATUSES: [u16; 8] = [100, 180, 183, 200, 202, 302, 408, 486];

impl Run {
    fn new(seed: u8) -> Self {
        Self {
            table: table(),
            random: Random::new([seed; 32]),
            now: 0,
            clients: BTreeMap::new(),
            servers: BTreeMap::new(),
            ended: 0,
        }
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.random.below(u32::try_from(of.len()).unwrap()) as usize]
    }

    /// One of few branches, so that collisions of every kind happen.
    fn branch(&mut self) -> String {
        format!("z9hG4bK{}", self.random.below(12))
    }

    fn turn(&mut self) {
        match self.random.below(8) {
            0 => self.send(),
            1 | 2 => self.hear_response(),
            3 | 4 => self.hear_request(),
            5 => self.respond(),
            6 => self.now += u64::from(self.random.below(100)),
            _ => self.now += u64::from(self.random.below(20_000)),
        }
        self.expire();
        self.table.clients.check();
        self.table.servers.check();
        assert!(self.table.remembered.len() <= 256);
        assert!(self.table.deadline().is_none_or(|deadline| deadline > at(self.now)));
    }

    fn send(&mut self) {
        let (method, branch) = (self.pick(&METHODS), self.random.token(8));
        let id = if method == "INVITE" {
            invite(&mut self.table, self.now, &branch)
        } else {
            request(&mut self.table, self.now, &branch, 1, method)
        };
        assert!(self.clients.insert(id, (branch, method)).is_none());
    }

    fn hear_response(&mut self) {
        let ids: Vec<_> = self.clients.keys().copied().collect();
        if ids.is_empty() {
            return;
        }
        let (id, status) = (self.pick(&ids), self.pick(&STATUSES));
        let (branch, method) = self.clients[&id].clone();
        let response = Written { method, branch: Some(&branch), ..INVITE }.response(status);
        match self.table.response(at(self.now), &response) {
            ClientVerdict::Pass(passed) => {
                assert_eq!(passed, id);
                assert!(status < 300 || method != "INVITE");
                if status >= 200 && method != "INVITE" {
                    self.forget_client(id);
                }
            }
            ClientVerdict::PassLate(passed) => assert_eq!((passed, method), (id, "INVITE")),
            ClientVerdict::PassAndAck { id: passed, .. } => {
                assert_eq!((passed, method, status >= 300), (id, "INVITE", true));
                self.forget_client(id);
            }
            ClientVerdict::Absorbed(absorbed) => assert_eq!(absorbed, id),
            ClientVerdict::Unmatched => panic!("{id:?} is open"),
        }
        if !self.clients.contains_key(&id) {
            assert_eq!(self.table.response(at(self.now), &response), ClientVerdict::Unmatched);
        }
    }

    fn hear_request(&mut self) {
        let method = self.pick(&["INVITE", "INVITE", "MESSAGE", "PRACK", "ACK", "CANCEL"]);
        let (branch, call_id) = (self.branch(), self.random.below(4).to_string());
        let cseq = 1 + self.random.below(2);
        let written = Written { method, branch: Some(&branch), call_id: &call_id, cseq, ..INVITE };
        let (id, method) = match self.table.receive(at(self.now), FLOW, &written.request()) {
            ServerVerdict::New(id) | ServerVerdict::Merged(id) => {
                (id, if method == "INVITE" { method } else { "other" })
            }
            ServerVerdict::Cancel { cancel, target } => {
                assert!(target.is_none_or(|target| target != cancel));
                (cancel, "other")
            }
            ServerVerdict::Repeated { id, .. } => return assert!(self.table.flow_of(id).is_some()),
            ServerVerdict::AckAbsorbed(_) | ServerVerdict::Ack { .. } => return assert_eq!(method, "ACK"),
        };
        assert!(self.servers.insert(id, (branch, method)).is_none(), "a handle is never used again");
    }

    fn respond(&mut self) {
        let ids: Vec<_> = self.servers.keys().copied().collect();
        if ids.is_empty() {
            return;
        }
        let (id, status) = (self.pick(&ids), self.pick(&STATUSES));
        let (now, is_invite) = (at(self.now), self.servers[&id].1 == "INVITE");
        match self.table.respond(now, id, status, b"response") {
            Ok(()) => assert!(is_invite || status == 100 || (status >= 200 && status != 408)),
            Err(RespondError::Forbidden) => assert!(!is_invite),
            Err(RespondError::FinalSent | RespondError::Gone) => {}
        }
        if self.table.flow_of(id).is_none() {
            self.servers.remove(&id);
        }
    }

    fn expire(&mut self) {
        while let Some(expired) = self.table.expire(at(self.now)) {
            match expired {
                Expired::ClientTimeout(id) => self.forget_client(id),
                Expired::ClientEnded(id) => self.forget_client(id),
                Expired::TryingDue(id) => assert!(self.servers.contains_key(&id)),
                Expired::Unanswered(id) | Expired::AckMissing(id) | Expired::ServerEnded(id) => {
                    assert!(self.servers.remove(&id).is_some(), "{id:?} ends twice");
                }
            }
        }
    }

    fn forget_client(&mut self, id: ClientId) {
        assert!(self.clients.remove(&id).is_some(), "{id:?} ends twice");
        self.ended += 1;
    }

    /// Answers or abandons what rings; the rest must end by its timers.
    fn finish(mut self) {
        for id in core::mem::take(&mut self.clients).into_keys() {
            self.table.abandon(id);
        }
        for id in self.servers.keys() {
            let _ = self.table.respond(at(self.now), *id, 486, b"486");
        }
        self.now += Duration::from_secs(32).as_millis();
        self.expire();
        assert!(self.table.is_empty() && self.table.deadline().is_none());
        self.table.clients.check();
        self.table.servers.check();
    }
}

#[test]
fn random_interleavings_end_with_an_empty_table() {
    for seed in 0..20 {
        let mut run = Run::new(seed);
        for _ in 0..3_000 {
            run.turn();
        }
        assert!(run.ended > 100);
        run.finish();
    }
}
