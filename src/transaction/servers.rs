//! The server side of the table: requests that were received, and our responses.

use super::server::Server;
use super::server_invite::{AckVerdict, ServerInvite};
use super::store::Origin;
use super::{Class, FlowId, Machine, RespondError, ServerId, ServerLapse, ServerVerdict, Transactions, key};
use crate::message::{Message, Method};
use crate::time::{Instant, Timers};
use alloc::vec::Vec;

/// One of the two machines.
#[derive(Debug)]
pub(super) enum ServerMachine {
    Invite(ServerInvite),
    Other(Server),
}

impl Transactions {
    /// Takes in a request that came on `flow`: whether it is new, and what it belongs to
    /// (RFC 3261 sections 8.2.2.2, 9.2 and 17.2.3).
    pub fn receive(&mut self, now: Instant, flow: FlowId, request: &Message) -> ServerVerdict<'_> {
        if request.method() == Method::Ack {
            return self.acknowledge(now, request);
        }
        key::server(&mut self.key, request, request.method().as_str());
        let former = self.servers.find(&self.key);
        if let Some(id) = former.filter(|id| self.is_repeated(*id, request)) {
            return ServerVerdict::Repeated { id, resend: self.servers.machine(id).and_then(ServerMachine::repeated) };
        }
        let id = self.admit(now, flow, request, former);
        if request.method() == Method::Cancel {
            return ServerVerdict::Cancel { cancel: id, target: self.find_target(request) };
        }
        if !key::merged(&mut self.key, request) {
            return ServerVerdict::New(id);
        }
        if self.servers.find(&self.key).is_some() {
            return ServerVerdict::Merged(id);
        }
        self.servers.name(id, &self.key);
        ServerVerdict::New(id)
    }

    /// Notes the response `frame`, which the caller sends when this returns `Ok`. The 2xx to
    /// an INVITE may pass again and again: the caller repeats it until its ACK.
    ///
    /// # Errors
    ///
    /// The response must not be sent; the transaction stays as it was.
    pub fn respond(&mut self, now: Instant, id: ServerId, status: u16, frame: &[u8]) -> Result<(), RespondError> {
        let timers = self.timers;
        let step = |machine: ServerMachine| {
            let (machine, said) = machine.respond(now, timers, status, frame);
            let is_memory = machine.is_memory();
            (machine, said.map(|()| is_memory))
        };
        let is_memory = self.servers.step(id, step).unwrap_or(Err(RespondError::Gone))?;
        if matches!(Class::of(status), Class::Success | Class::Failure) {
            self.expect_legacy_ack(id, frame);
        }
        if is_memory {
            self.remember(id);
        }
        Ok(())
    }

    /// The INVITEs that were refused, and whose ACK has not come.
    pub fn unacknowledged(&self) -> Vec<ServerId> {
        let refused =
            |machine: &ServerMachine| matches!(machine, ServerMachine::Invite(ServerInvite::Completed { .. }));
        self.servers.ids().into_iter().filter(|id| self.servers.machine(*id).is_some_and(refused)).collect()
    }

    /// The response that a repetition of the request would get.
    pub fn last_response(&self, id: ServerId) -> Option<&[u8]> {
        self.servers.machine(id).and_then(ServerMachine::repeated)
    }

    /// The connection on which the request came, while the transaction lives.
    pub fn flow_of(&self, id: ServerId) -> Option<FlowId> {
        self.servers.origin(id).map(|origin| origin.flow)
    }

    fn acknowledge(&mut self, now: Instant, ack: &Message) -> ServerVerdict<'_> {
        key::acknowledged(&mut self.key, ack);
        let timers = self.timers;
        let Some(id) = self.servers.find(&self.key) else { return ServerVerdict::Ack { invite: None } };
        match self.servers.step(id, |machine| machine.acknowledge(now, timers)) {
            None => ServerVerdict::Ack { invite: None },
            Some(AckVerdict::Pass) => ServerVerdict::Ack { invite: Some(id) },
            Some(AckVerdict::Absorb) => {
                if self.servers.machine(id).is_some_and(ServerMachine::is_memory) {
                    self.remember(id);
                }
                ServerVerdict::AckAbsorbed(id)
            }
        }
    }

    /// Whether `request`, which bears its key, repeats that of a transaction. By the letter of RFC 3261
    /// one that is only remembered has ended; so a request that differs by its `CSeq` is new to it.
    fn is_repeated(&self, id: ServerId, request: &Message) -> bool {
        let is_same = self.servers.origin(id).is_some_and(|origin| origin.cseq == request.cseq().number);
        is_same || self.servers.machine(id).is_some_and(|machine| !machine.is_memory())
    }

    fn admit(&mut self, now: Instant, flow: FlowId, request: &Message, former: Option<ServerId>) -> ServerId {
        let id = ServerId(self.next_number());
        let machine = if request.method() == Method::Invite {
            ServerMachine::Invite(ServerInvite::new(now))
        } else {
            ServerMachine::Other(Server::new(now, self.timers))
        };
        self.servers.insert(id, Origin { flow, cseq: request.cseq().number }, machine, &self.key, former);
        id
    }

    /// What a CANCEL is to cancel: the INVITE of its branch, or whatever else bears it.
    fn find_target(&mut self, cancel: &Message) -> Option<ServerId> {
        key::server(&mut self.key, cancel, Method::Invite.as_str());
        let invite = self.servers.find(&self.key);
        invite.or_else(|| {
            key::siblings(&mut self.key, cancel);
            self.servers.find_all(&self.key).find(|(rest, _)| !rest.starts_with(b"CANCEL")).map(|(_, id)| id)
        })
    }

    /// The ACK of a client of RFC 2543 is told from others by the To tag of our response.
    fn expect_legacy_ack(&mut self, id: ServerId, frame: &[u8]) {
        let Some(invite) = self.servers.key(id).filter(|key| key::is_legacy(key)) else { return };
        let Ok(response) = Message::parse(frame) else { return };
        if let Some(key) = key::legacy_ack(invite, response.to_tag()) {
            self.servers.name(id, &key);
        }
    }

    /// Bounds the number of transactions that live on as a memory alone.
    fn remember(&mut self, id: ServerId) {
        self.remembered.push_back(id);
        if self.remembered.len() > REMEMBERED
            && let Some(oldest) = self.remembered.pop_front()
        {
            self.servers.remove(oldest);
        }
    }
}

impl ServerMachine {
    fn repeated(&self) -> Option<&[u8]> {
        match self {
            Self::Invite(machine) => machine.repeated(),
            Self::Other(machine) => machine.repeated(),
        }
    }

    fn acknowledge(self, now: Instant, timers: Timers) -> (Self, AckVerdict) {
        match self {
            Self::Invite(machine) => {
                let (machine, said) = machine.acknowledge(now, timers);
                (Self::Invite(machine), said)
            }
            other @ Self::Other(_) => (other, AckVerdict::Absorb),
        }
    }

    fn respond(self, now: Instant, timers: Timers, status: u16, frame: &[u8]) -> (Self, Result<(), RespondError>) {
        match self {
            Self::Invite(machine) => {
                let (machine, said) = machine.respond(now, timers, status, frame);
                (Self::Invite(machine), said)
            }
            Self::Other(machine) => {
                let (machine, said) = machine.respond(now, timers, status, frame);
                (Self::Other(machine), said)
            }
        }
    }

    /// Whether the user of the transaction is done with it.
    fn is_memory(&self) -> bool {
        matches!(self, Self::Invite(ServerInvite::Confirmed { .. }) | Self::Other(Server::Completed { .. }))
    }
}

impl Machine for ServerMachine {
    type Lapse = ServerLapse;

    fn expire(self, now: Instant) -> (Self, Option<ServerLapse>) {
        match self {
            Self::Invite(machine) => {
                let (machine, lapse) = machine.expire(now);
                (Self::Invite(machine), lapse)
            }
            Self::Other(machine) => {
                let (machine, lapse) = machine.expire(now);
                (Self::Other(machine), lapse)
            }
        }
    }

    fn deadline(&self) -> Option<Instant> {
        match self {
            Self::Invite(machine) => machine.deadline(),
            Self::Other(machine) => machine.deadline(),
        }
    }

    fn is_terminated(&self) -> bool {
        match self {
            Self::Invite(machine) => machine.is_terminated(),
            Self::Other(machine) => machine.is_terminated(),
        }
    }
}

impl Default for ServerMachine {
    fn default() -> Self {
        Self::Other(Server::default())
    }
}

/// How many answered requests are remembered at the most, for the sake of repetitions.
const REMEMBERED: usize = 256;
