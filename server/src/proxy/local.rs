//! Requests that the server answers itself: REGISTER, OPTIONS to the server, and those in
//! the dialog of a virtual UAS.

use prackle::message::{Message, Method, Name};
use prackle::time::Instant;
use prackle::transaction::{FlowId, ServerId};

use super::Proxy;
use super::admit::not_understood;
use crate::answer::{answer, with};
use crate::realm::Proof;

impl Proxy {
    /// The response to a request that is for the server itself; nothing for one to forward.
    pub(super) fn local(&mut self, now: Instant, flow: FlowId, request: &Message) -> Option<(u16, Vec<u8>)> {
        if request.method() == Method::Register {
            return Some(self.register(now, flow, request));
        }
        if request.method() == Method::Options && self.is_self(request.uri()) && request.to_tag().is_none() {
            return Some((
                200,
                with(request, 200).field(Name::Allow, ALLOW).field(Name::Accept, "application/sdp").finish(),
            ));
        }
        match self.virtual_owner(request) {
            Some(server) => self.virtual_request(now, server, request),
            // It leads to a virtual UAS that is no more: RFC 3262 section 3 has such a PRACK
            // proxied, and its target is this server.
            None if request.to_tag().is_some() && self.is_bare(request.uri()) => Some((481, answer(request, 481))),
            None => None,
        }
    }

    fn register(&mut self, now: Instant, flow: FlowId, request: &Message) -> (u16, Vec<u8>) {
        let foreign: Vec<&str> =
            not_understood(request, Name::Require).into_iter().filter(|tag| !REGISTRAR_TAGS.contains(tag)).collect();
        if !foreign.is_empty() {
            return (420, with(request, 420).field(Name::Unsupported, &foreign.join(", ")).finish());
        }
        let Some(user) = self.own_user(request.to().uri).filter(|_| self.is_ours(request.uri())) else {
            return (404, answer(request, 404));
        };
        match self.realm.check(now, request, Name::Authorization) {
            Proof::User(proven) if proven == user => {
                self.registrar.register(now, flow, &user, request, &mut self.location, &mut self.flows)
            }
            Proof::User(_) => (403, answer(request, 403)),
            Proof::None { stale } => {
                let mut response = with(request, 401);
                self.realm.challenge(now, stale, Name::WwwAuthenticate, &mut response);
                (401, response.finish())
            }
        }
    }

    /// The INVITE whose virtual UAS made the dialog of this request.
    fn virtual_owner(&self, request: &Message) -> Option<ServerId> {
        request.to_tag()?;
        let owns = |early: &super::early::VirtualUas| early.owns(request);
        let (server, _) = self.contexts.iter().find(|(_, context)| context.early.as_ref().is_some_and(owns))?;
        Some(*server)
    }

    fn virtual_request(&mut self, now: Instant, server: ServerId, request: &Message) -> Option<(u16, Vec<u8>)> {
        let timers = self.timers;
        let early = self.contexts.get_mut(&server)?.early.as_mut()?;
        let status = match request.method() {
            Method::Prack => match request.rack() {
                Ok(rack) if early.acknowledge(rack) => 200,
                Ok(_) => 481,
                Err(_) => 400,
            },
            // RFC 3261 section 15: a BYE ends this early dialog only, the call goes on.
            Method::Bye => {
                early.close(now, timers);
                200
            }
            Method::Update if request.description().is_none() => 200,
            Method::Update => 488,
            Method::Ack => return None,
            Method::Options | Method::Info => 200,
            _ => 405,
        };
        let mut response = with(request, status);
        if status == 405 {
            response.field(Name::Allow, "PRACK, BYE, UPDATE, OPTIONS, INFO");
        }
        Some((status, response.finish()))
    }
}

/// Option tags of registrations that are served, or harmless.
const REGISTRAR_TAGS: [&str; 2] = ["outbound", "path"];

const ALLOW: &str =
    "INVITE, ACK, CANCEL, BYE, PRACK, UPDATE, OPTIONS, REGISTER, INFO, MESSAGE, SUBSCRIBE, NOTIFY, REFER, PUBLISH";
