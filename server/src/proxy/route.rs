//! Where a request goes: Route and flow tokens inside a dialog, the users and numbers of the
//! domain outside (RFC 3261 sections 16.4 and 16.5, RFC 5626 section 5.3).

use std::collections::VecDeque;

use prackle::message::{Edit, Message, Name, NameAddr, Params, Uri, unescape_text};
use prackle::time::Instant;
use prackle::transaction::{FlowId, ServerId};

use super::context::{Context, Target};
use super::faults::{Fault, Faults};
use super::{Early, NUMBERS_FLOW, Proxy};
use crate::answer::{answer, with_reason};
use crate::endpoint;
use crate::location::Binding;

/// What a request is to be sent to: groups of targets, best first.
pub(super) struct Plan {
    pub(super) groups: VecDeque<Vec<Target>>,
    /// What the server answers by itself meanwhile.
    pub(super) early: Option<Early>,
    /// What goes wrong with the acknowledgements of the call.
    pub(super) faults: Option<Faults>,
}

impl Proxy {
    /// Routes an admitted request. `fault` is what befalls it on the way.
    pub(super) fn route(
        &mut self,
        now: Instant,
        flow: FlowId,
        server: ServerId,
        request: Message,
        fault: Option<Fault>,
    ) {
        let (request, token) = self.without_own_routes(request);
        let plan = match token {
            Some(ends) => self.along_dialog(flow, ends, &request),
            None => self.targets(request.uri()),
        };
        match plan {
            Ok(Plan { groups, early, faults }) => {
                let context = Context { faults, fault, ..Context::new(request, flow, groups) };
                self.start(now, flow, server, context, early);
            }
            Err(status) => self.reply(now, flow, server, status, unroutable(&request, status)),
        }
    }

    /// RFC 3261 section 16.4: undoes what a strict router did, and takes away the Route
    /// values that name this proxy; with them the flows that the dialog connects.
    pub(super) fn without_own_routes(&self, request: Message) -> (Message, Option<[FlowId; 2]>) {
        let mut edit = Edit::new(&request);
        let mut token = self.token(request.uri());
        if token.is_some() {
            let mut routes: Vec<String> = edit.values(Name::Route).map(str::to_owned).collect();
            if let Some(Ok(last)) = routes.pop().as_deref().map(NameAddr::parse) {
                edit.uri(last.uri);
            }
            edit.remove(Name::Route);
            for route in routes {
                edit.append(Name::Route, &route);
            }
        }
        while let Some(Ok(top)) = edit.top(Name::Route).map(NameAddr::parse) {
            if !self.is_self(top.uri) {
                break;
            }
            token = token.or_else(|| self.token(top.uri));
            edit.pop(Name::Route);
        }
        // The edited octets are those of a message that was well-formed before.
        match Message::parse(&edit.finish()) {
            Ok(edited) => (edited, token),
            Err(_) => (request, token),
        }
    }

    /// A request inside a dialog goes to the other end of it.
    pub(super) fn along_dialog(
        &self,
        flow: FlowId,
        [caller, callee]: [FlowId; 2],
        request: &Message,
    ) -> Result<Plan, u16> {
        let end = |end: FlowId| self.flows.resolve(end);
        let other = if end(caller) == Some(flow) {
            callee
        } else if end(callee) == Some(flow) {
            caller
        } else {
            // From a connection that has not registered yet: the contact tells.
            self.location.contact(request.uri()).map(|binding| binding.flow).ok_or(430_u16)?
        };
        // RFC 5626 section 5.3.1: the flow has failed.
        if end(other).is_none() { Err(430) } else { Ok(Plan::single(Target { uri: None, flow: other })) }
    }

    /// RFC 3261 section 16.5, for a request that no token routes.
    pub(super) fn targets(&self, uri: &str) -> Result<Plan, u16> {
        if let Some(binding) = self.location.contact(uri) {
            return match self.flows.resolve(binding.flow) {
                Some(_) => Ok(Plan::single(Target { uri: None, flow: binding.flow })),
                None => Err(430),
            };
        }
        let Some(user) = self.own_user(uri) else { return Err(nobody(uri)) };
        let params = params_of(uri);
        let leads_to = params.value("to").map(unescape_text);
        if user == endpoint::QUEUE {
            let queued = Early { code: 182, reason: "Queued".to_owned() };
            return self.user_plan(leads_to.as_deref().unwrap_or(endpoint::QUEUE_LEADS_TO), Some(queued));
        }
        match leads_to.filter(|_| user == endpoint::FLAKY) {
            Some(to) => self.flaky_plan(&to, params),
            None if endpoint::is_number(&user) => Ok(Plan::single(Target { uri: None, flow: NUMBERS_FLOW })),
            None => self.user_plan(&user, self.place.early.clone()),
        }
    }

    /// A call to `to`, with the faults that the parameters order.
    fn flaky_plan(&self, to: &str, params: Params<'_>) -> Result<Plan, u16> {
        let faults = Faults::of_uri(params).map_err(|_| 400_u16)?;
        let number = || Target { uri: Some(format!("sip:{to}@{}", self.place.domain)), flow: NUMBERS_FLOW };
        let plan = if endpoint::is_number(to) {
            Plan::single(number())
        } else {
            self.user_plan(to, self.place.early.clone())?
        };
        Ok(Plan { faults, ..plan })
    }

    fn user_plan(&self, user: &str, early: Option<Early>) -> Result<Plan, u16> {
        if !self.realm.has(user) {
            return Err(404);
        }
        let groups = self.contacts(user);
        if groups.is_empty() { Err(480) } else { Ok(Plan { groups, early, faults: None }) }
    }

    /// The live contacts of a user, in groups of falling preference; of the flows of one
    /// device only the latest (RFC 5626 section 5.3: a device rings once).
    fn contacts(&self, user: &str) -> VecDeque<Vec<Target>> {
        let live = |binding: &&Binding| self.flows.resolve(binding.flow).is_some();
        let mut chosen: Vec<&Binding> = Vec::new();
        for binding in self.location.bindings(user).iter().filter(live).rev() {
            let device = |other: &&Binding| {
                let ids = (other.instance.as_ref(), binding.instance.as_ref());
                matches!(ids, (Some((a, _)), Some((b, _))) if a == b)
            };
            if !chosen.iter().any(device) {
                chosen.push(binding);
            }
        }
        chosen.sort_by_key(|binding| std::cmp::Reverse(binding.q));
        let groups = chosen.chunk_by(|a, b| a.q == b.q);
        let target = |binding: &&Binding| Target { uri: Some(binding.uri.clone()), flow: binding.flow };
        groups.map(|group| group.iter().rev().map(target).collect()).collect()
    }

    /// The Record-Route value that brings the requests of a dialog between these flows here.
    pub(super) fn record_route(&self, caller: FlowId, callee: FlowId) -> String {
        let token = self.seal.close(TOKEN, [caller.0, callee.0]);
        format!("<sip:{token}@{}:{};transport=ws;lr>", self.place.domain, self.place.port)
    }

    /// The user of this domain that a URI names, unescaped.
    pub(super) fn own_user(&self, uri: &str) -> Option<String> {
        let Ok(Uri::Sip(parsed)) = Uri::parse(uri) else { return None };
        if !self.is_ours(uri) {
            return None;
        }
        parsed.user_text().filter(|user| !user.is_empty()).map(std::borrow::Cow::into_owned)
    }

    /// Whether a URI names this server itself, not a user.
    pub(super) fn is_self(&self, uri: &str) -> bool {
        self.is_bare(uri) || (self.is_ours(uri) && self.token(uri).is_some())
    }

    /// Whether a URI is this server's own contact, that of its virtual UAS.
    pub(super) fn is_bare(&self, uri: &str) -> bool {
        self.is_ours(uri) && self.own_user(uri).is_none()
    }

    /// Whether the host of a URI is this one.
    pub(super) fn is_ours(&self, uri: &str) -> bool {
        let Ok(Uri::Sip(uri)) = Uri::parse(uri) else { return false };
        let mut names = std::iter::once(&self.place.domain).chain(&self.place.hosts);
        uri.port.is_none_or(|port| port == self.place.port) && names.any(|name| name.eq_ignore_ascii_case(uri.host))
    }

    /// The flows in the token of a URI that [`Proxy::record_route`] made.
    fn token(&self, uri: &str) -> Option<[FlowId; 2]> {
        let Ok(Uri::Sip(uri)) = Uri::parse(uri) else { return None };
        self.seal.open(TOKEN, uri.user?).map(|flows| flows.map(FlowId))
    }
}

impl Plan {
    fn single(target: Target) -> Self {
        Self { groups: VecDeque::from([vec![target]]), early: None, faults: None }
    }
}

fn params_of(uri: &str) -> Params<'_> {
    Uri::parse(uri).ok().and_then(Uri::sip).map(|uri| uri.params).unwrap_or_default()
}

/// Why a URI that leads to no user cannot be reached: a browser's contact that has gone
/// (RFC 7118 appendix B.1), or a domain beyond this server.
fn nobody(uri: &str) -> u16 {
    let gone = |host: &str| host.to_ascii_lowercase().ends_with(".invalid");
    if matches!(Uri::parse(uri), Ok(Uri::Sip(uri)) if gone(uri.host)) { 480 } else { 404 }
}

/// The refusal of a request that leads nowhere. A 480 of ours says why: the usual phrase is
/// also that of a person's phone, and the caller could not tell the two apart.
fn unroutable(request: &Message, status: u16) -> Vec<u8> {
    match status {
        480 => with_reason(request, status, "Not Registered").finish(),
        400 => with_reason(request, status, "Bad Fault Parameter").finish(),
        _ => answer(request, status),
    }
}

/// The purpose under which flow tokens are sealed.
const TOKEN: u8 = 2;
