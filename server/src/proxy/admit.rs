//! Whether a request may be forwarded at all (RFC 3261 sections 16.3 and 22.3).

use prackle::message::{Message, Method, Name, Uri};
use prackle::time::Instant;
use prackle::transaction::{FlowId, ServerId};

use super::faults::PrackFault;
use super::{NUMBERS_FLOW, Proxy};
use crate::answer::{answer, with};
use crate::realm::Proof;

/// The option tags that mean something to this proxy (RFC 3261 section 16.3 step 5).
const UNDERSTOOD: [&str; 1] = ["100rel"];

impl Proxy {
    /// Judges a new request and passes it on, to the server's own side or to its targets.
    pub(super) fn admit(&mut self, now: Instant, flow: FlowId, server: ServerId, request: Message) {
        if let Some(status) = refusal(&request) {
            return self.reply(now, flow, server, status, answer(&request, status));
        }
        let foreign: Vec<&str> = not_understood(&request, Name::ProxyRequire);
        if !foreign.is_empty() {
            let frame = with(&request, 420).field(Name::Unsupported, &foreign.join(", ")).finish();
            return self.reply(now, flow, server, 420, frame);
        }
        if let Some((status, frame)) = self.local(now, flow, &request) {
            return self.reply(now, flow, server, status, frame);
        }
        if request.max_forwards() == Some(0) {
            return self.reply(now, flow, server, 483, answer(&request, 483));
        }
        if self.contexts.values().filter(|context| context.upstream == flow).count() >= MOST_CONTEXTS {
            let frame = with(&request, 503).field_number(Name::RetryAfter, 5).finish();
            return self.reply(now, flow, server, 503, frame);
        }
        if let Err((status, frame)) = self.authorize(now, flow, &request) {
            return self.reply(now, flow, server, status, frame);
        }
        match self.prack_fault(&request) {
            None => self.route(now, flow, server, request, None),
            Some(PrackFault::OnTheWay(fault)) => self.route(now, flow, server, request, Some(fault)),
            Some(PrackFault::Refuse(407)) => {
                let frame = self.challenge(now, &request, false);
                self.reply(now, flow, server, 407, frame);
            }
            Some(PrackFault::Refuse(status)) => self.reply(now, flow, server, status, answer(&request, status)),
        }
    }

    /// Answers a request on behalf of the server itself.
    pub(super) fn reply(&mut self, now: Instant, flow: FlowId, server: ServerId, status: u16, frame: Vec<u8>) {
        self.send_response(now, server, flow, status, frame);
    }

    /// Users of this domain have to prove who they are when they begin something. Inside a
    /// dialog the route that only its members know is proof enough.
    fn authorize(&mut self, now: Instant, flow: FlowId, request: &Message) -> Result<(), (u16, Vec<u8>)> {
        if request.to_tag().is_some() {
            return if self.place.challenge_prack { self.challenge_prack(now, request) } else { Ok(()) };
        }
        let Some(user) = self.own_user(request.from().uri).filter(|_| flow != NUMBERS_FLOW) else { return Ok(()) };
        match self.realm.check(now, request, Name::ProxyAuthorization) {
            Proof::User(proven) if proven == user => Ok(()),
            Proof::User(_) => Err((403, answer(request, 403))),
            Proof::None { stale } => Err((407, self.challenge(now, request, stale))),
        }
    }

    /// Test mode: each PRACK is challenged once, even if it brings credentials.
    fn challenge_prack(&mut self, now: Instant, request: &Message) -> Result<(), (u16, Vec<u8>)> {
        if request.method() != Method::Prack {
            return Ok(());
        }
        let key = (request.call_id().to_owned(), request.header(Name::RAck).unwrap_or_default().to_owned());
        let again = self.challenged.contains(&key);
        match self.realm.check(now, request, Name::ProxyAuthorization) {
            Proof::User(_) if again => Ok(()),
            Proof::User(_) => {
                self.note_challenged(key);
                Err((407, self.challenge(now, request, true)))
            }
            Proof::None { stale } => {
                self.note_challenged(key);
                Err((407, self.challenge(now, request, stale)))
            }
        }
    }

    fn note_challenged(&mut self, key: (String, String)) {
        self.challenged.push_back(key);
        if self.challenged.len() > MOST_CHALLENGED {
            self.challenged.pop_front();
        }
    }

    fn challenge(&mut self, now: Instant, request: &Message, stale: bool) -> Vec<u8> {
        let mut response = with(request, 407);
        self.realm.challenge(now, stale, Name::ProxyAuthenticate, &mut response);
        response.finish()
    }
}

/// The option tags in `name` that this server does not understand.
pub(super) fn not_understood(request: &Message, name: Name) -> Vec<&str> {
    let known = |tag: &&str| UNDERSTOOD.iter().any(|known| known.eq_ignore_ascii_case(tag));
    request.values(name).filter(|tag| !known(tag)).collect()
}

/// RFC 3261 section 16.3 step 2: only what can be routed here; sips would promise a security
/// that this server does not have.
fn refusal(request: &Message) -> Option<u16> {
    match Uri::parse(request.uri()) {
        Ok(Uri::Sip(uri)) if !uri.secure => None,
        Ok(_) => Some(416),
        Err(_) => Some(400),
    }
}

/// Requests that one connection may have under way or just behind it: far beyond any user,
/// and little enough for the memory of everybody else.
const MOST_CONTEXTS: usize = 2000;

/// PRACKs remembered in the test mode.
const MOST_CHALLENGED: usize = 256;
