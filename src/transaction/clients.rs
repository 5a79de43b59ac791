//! The client side of the table: requests that were sent, and their responses.

use super::ack::PendingAck;
use super::client::{self, Client};
use super::client_invite::{self, ClientInvite};
use super::store::Origin;
use super::{ClientId, ClientLapse, ClientVerdict, FlowId, Machine, Transactions, key};
use crate::message::{CSeq, Fault, Message, Method, Writer};
use crate::time::{Instant, Timers};

/// One of the two machines.
#[derive(Debug)]
pub(super) enum ClientMachine {
    Invite(ClientInvite),
    Other(Client),
}

impl Transactions {
    /// Begins the transaction of an INVITE that the caller sends on `flow`.
    ///
    /// What its ACK may need is taken from `frame`; the frame itself is not kept.
    ///
    /// # Errors
    ///
    /// The frame is not a well-formed INVITE with a branch.
    pub fn invite(&mut self, now: Instant, flow: FlowId, frame: &[u8]) -> Result<ClientId, Fault> {
        let invite = Message::parse(frame).map_err(|error| error.fault())?;
        let branch = invite.branch().ok_or(Fault::Via)?;
        Ok(self.begin_invite(now, flow, branch, invite.cseq().number, PendingAck::new(&invite)))
    }

    /// [`invite`](Self::invite) for who writes the INVITE itself: with `branch` in its topmost Via, and
    /// `ack`, the ACK of a response other than 2xx, but for its To (RFC 3261 section 17.1.1.3).
    pub fn invite_with(&mut self, now: Instant, flow: FlowId, branch: &str, cseq: u32, ack: Writer) -> ClientId {
        self.begin_invite(now, flow, branch, cseq, PendingAck(ack))
    }

    /// Begins the transaction of a request other than INVITE and ACK that the caller sends on
    /// `flow`, with `branch` in its topmost Via. A CANCEL bears the branch of its INVITE.
    pub fn request(&mut self, now: Instant, flow: FlowId, branch: &str, cseq: CSeq<'_>) -> ClientId {
        let machine = Client::new(now, self.timers);
        self.begin(flow, branch, cseq, ClientMachine::Other(machine))
    }

    /// Takes in a response: whose it is, and whether it is worth passing on
    /// (RFC 3261 section 17.1.3).
    pub fn response(&mut self, now: Instant, response: &Message) -> ClientVerdict {
        let (Some((id, origin)), Some(status)) = (self.find_client(response), response.status()) else {
            return ClientVerdict::Unmatched;
        };
        let timers = self.timers;
        match self.clients.step(id, |machine| machine.receive(now, timers, status)) {
            None => ClientVerdict::Unmatched,
            Some(client_invite::Verdict::Absorb) => ClientVerdict::Absorbed(id),
            Some(client_invite::Verdict::Pass) => ClientVerdict::Pass(id),
            Some(client_invite::Verdict::PassLate) => ClientVerdict::PassLate(id),
            Some(client_invite::Verdict::PassAndAck(ack)) => {
                ClientVerdict::PassAndAck { id, flow: origin.flow, ack: ack.finish(response) }
            }
        }
    }

    /// Forgets a transaction: nothing more is said of it, its responses match nothing. For
    /// a request whose connection was lost (RFC 3261 section 17.1.4), and for an INVITE that
    /// never had a final response.
    pub fn abandon(&mut self, id: ClientId) {
        self.clients.remove(id);
    }

    /// Whether a provisional response has come and no final one: only then may an INVITE be
    /// cancelled (RFC 3261 section 9.1).
    pub fn has_provisional(&self, id: ClientId) -> bool {
        matches!(
            self.clients.machine(id),
            Some(
                ClientMachine::Invite(ClientInvite::Proceeding { .. })
                    | ClientMachine::Other(Client::Proceeding { .. })
            )
        )
    }

    /// The connection that carried the request, while the transaction lives.
    pub fn client_flow(&self, id: ClientId) -> Option<FlowId> {
        self.clients.origin(id).map(|origin| origin.flow)
    }

    fn begin(&mut self, flow: FlowId, branch: &str, cseq: CSeq<'_>, machine: ClientMachine) -> ClientId {
        let id = ClientId(self.next_number());
        key::client(&mut self.key, branch, cseq.method.as_str());
        let former = self.clients.find(&self.key);
        self.clients.insert(id, Origin { flow, cseq: cseq.number }, machine, &self.key, former);
        id
    }

    fn begin_invite(&mut self, now: Instant, flow: FlowId, branch: &str, number: u32, ack: PendingAck) -> ClientId {
        let machine = ClientMachine::Invite(ClientInvite::new(now, self.timers, ack));
        self.begin(flow, branch, CSeq { number, method: Method::Invite }, machine)
    }

    fn find_client(&mut self, response: &Message) -> Option<(ClientId, Origin)> {
        let cseq = response.cseq();
        key::client(&mut self.key, response.branch()?, cseq.method.as_str());
        let id = self.clients.find(&self.key)?;
        // A branch that was guessed or mixed up is not enough.
        let origin = self.clients.origin(id)?;
        (origin.cseq == cseq.number).then_some((id, origin))
    }
}

impl ClientMachine {
    fn receive(self, now: Instant, timers: Timers, status: u16) -> (Self, client_invite::Verdict) {
        match self {
            Self::Invite(machine) => {
                let (machine, said) = machine.receive(now, timers, status);
                (Self::Invite(machine), said)
            }
            Self::Other(machine) => {
                let (machine, said) = machine.receive(status);
                let said = match said {
                    client::Verdict::Pass => client_invite::Verdict::Pass,
                    client::Verdict::Absorb => client_invite::Verdict::Absorb,
                };
                (Self::Other(machine), said)
            }
        }
    }
}

impl Machine for ClientMachine {
    type Lapse = ClientLapse;

    fn expire(self, now: Instant) -> (Self, Option<ClientLapse>) {
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

impl Default for ClientMachine {
    fn default() -> Self {
        Self::Other(Client::default())
    }
}
