//! The registrar: judges REGISTER requests and writes the bindings (RFC 3261 section 10.3,
//! RFC 5626 section 6). Knows nothing of other requests; whoever sent it is proven before.

use prackle::message::{Contact, Message, Name, NameAddr, Uri};
use prackle::time::{Duration, Instant};
use prackle::transaction::FlowId;

use crate::answer::{answer, with};
use crate::date::http_date;
use crate::flows::Flows;
use crate::location::{Binding, Location};

/// The registrar's settings.
#[derive(Clone, Debug)]
pub struct Registrar {
    /// Shortest registration accepted, in seconds.
    pub min_expires: u32,
    /// Seconds from 1970 to the origin of time, for the Date field.
    pub unix_origin: u64,
}

/// One contact of the request, read and judged.
struct Change {
    binding: Binding,
    seconds: u32,
    /// Whether the device asked for a flow of its own (reg-id).
    outbound: bool,
}

impl Registrar {
    /// Processes a REGISTER of `user` that came on `flow`; the response, with its status.
    /// Connections that a device has left for this one are noted in `flows`.
    pub fn register(
        &self,
        now: Instant,
        flow: FlowId,
        user: &str,
        request: &Message,
        location: &mut Location,
        flows: &mut Flows,
    ) -> (u16, Vec<u8>) {
        location.expire(now);
        let changed = if is_star(request) {
            remove_all(user, request, location).map(|()| false)
        } else {
            self.changes(now, flow, user, request, location).map(|changes| apply(user, changes, location, flows))
        };
        match changed {
            Ok(outbound) => (200, self.accepted(now, user, request, outbound, location)),
            Err(status @ 423) => {
                let mut response = with(request, status);
                (status, response.field_number(Name::MinExpires, self.min_expires).finish())
            }
            Err(status) => (status, answer(request, status)),
        }
    }

    /// Reads all contacts before anything is changed: a request is processed as a whole or
    /// not at all (RFC 3261 section 10.3).
    fn changes(
        &self,
        now: Instant,
        flow: FlowId,
        user: &str,
        request: &Message,
        location: &Location,
    ) -> Result<Vec<Change>, u16> {
        let mut changes = Vec::new();
        for contact in request.contacts() {
            match contact {
                Ok(Contact::Address(address)) => changes.push(self.change(now, flow, request, &address)?),
                Ok(Contact::Star) | Err(_) => return Err(400),
            }
        }
        let lasting = || changes.iter().filter(|change| change.seconds > 0);
        if lasting().count() > 1 && lasting().any(|change| change.outbound) {
            return Err(400);
        }
        for Change { binding, .. } in &changes {
            let known = location.find(user, &binding.uri, binding.instance.as_ref());
            if known.is_some_and(|old| old.order.0 == binding.order.0 && old.order.1 >= binding.order.1) {
                // RFC 3261 section 10.3 step 7: out of order.
                return Err(500);
            }
        }
        if location.bindings(user).len() + changes.len() > MOST_CONTACTS { Err(403) } else { Ok(changes) }
    }

    fn change(&self, now: Instant, flow: FlowId, request: &Message, address: &NameAddr<'_>) -> Result<Change, u16> {
        if !matches!(Uri::parse(address.uri), Ok(Uri::Sip(_))) {
            return Err(400);
        }
        let seconds = match address.params.value("expires") {
            // RFC 3261 section 20.10: a malformed value counts as 3600.
            Some(text) => text.parse().unwrap_or(DEFAULT_EXPIRES),
            None => request.expires().unwrap_or(DEFAULT_EXPIRES),
        }
        .min(MOST_EXPIRES);
        if seconds > 0 && seconds < self.min_expires.min(3600) {
            return Err(423);
        }
        let reg_id = address.params.value("reg-id").and_then(|id| id.parse().ok());
        // RFC 5626 section 6: a reg-id without instance is ignored.
        let instance = address.params.value("+sip.instance").map(|id| (id.to_owned(), reg_id));
        let outbound = reg_id.is_some() && instance.is_some() && request.has_token(Name::Supported, "outbound");
        let binding = Binding {
            uri: address.uri.to_owned(),
            flow,
            instance,
            q: address.preference(),
            params: kept_params(address),
            expires: now + Duration::from_secs(u64::from(seconds)),
            order: (request.call_id().to_owned(), request.cseq().number),
        };
        Ok(Change { binding, seconds, outbound })
    }

    fn accepted(&self, now: Instant, user: &str, request: &Message, outbound: bool, location: &Location) -> Vec<u8> {
        let mut response = with(request, 200);
        for binding in location.bindings(user) {
            let seconds = binding.expires.since(now).as_secs().to_string();
            let parts = ["<", &binding.uri, ">", &binding.params, ";expires=", &seconds];
            response.field_parts(Name::Contact, &parts);
        }
        if outbound {
            response.field(Name::Require, "outbound");
        }
        response.field(Name::Supported, "outbound");
        response.field(Name::Date, &http_date(self.unix_origin + now.as_millis() / 1000));
        response.finish()
    }
}

/// Carries the changes out; whether one of them was a registration by flow.
fn apply(user: &str, changes: Vec<Change>, location: &mut Location, flows: &mut Flows) -> bool {
    let mut outbound = false;
    for change in changes {
        let Binding { flow, instance, uri, .. } = &change.binding;
        let old = location.find(user, uri, instance.as_ref()).map(|old| old.flow);
        if let Some(old) = old.filter(|old| old != flow) {
            flows.take_over(old, *flow);
        }
        if change.seconds == 0 {
            let (uri, instance) = (uri.clone(), instance.clone());
            if let Some(gone) = location.find(user, &uri, instance.as_ref()).map(|old| old.uri.clone()) {
                location.unbind(user, |binding| binding.uri == gone && binding.instance == instance);
            }
        } else {
            outbound |= change.outbound;
            location.bind(user, change.binding);
        }
    }
    outbound
}

fn is_star(request: &Message) -> bool {
    request.contacts().any(|contact| contact == Ok(Contact::Star))
}

/// RFC 3261 section 10.3 step 6.
fn remove_all(user: &str, request: &Message, location: &mut Location) -> Result<(), u16> {
    if request.contacts().count() != 1 || request.expires() != Some(0) {
        return Err(400);
    }
    let (call_id, number) = (request.call_id(), request.cseq().number);
    if location.bindings(user).iter().any(|binding| binding.order.0 == call_id && binding.order.1 >= number) {
        return Err(500);
    }
    location.unbind(user, |_| true);
    Ok(())
}

/// The parameters that are given back as they came: without those that the registrar decides.
fn kept_params(address: &NameAddr<'_>) -> String {
    let mut kept = String::new();
    for (name, value) in address.params.iter() {
        if !name.eq_ignore_ascii_case("expires") {
            kept.push(';');
            kept.push_str(name);
            if let Some(value) = value {
                kept.push('=');
                kept.push_str(value);
            }
        }
    }
    kept
}

/// What a user's devices and forgotten tabs can need.
const MOST_CONTACTS: usize = 32;

const DEFAULT_EXPIRES: u32 = 3600;

/// A day: whatever is asked for beyond it is shortened.
const MOST_EXPIRES: u32 = 86_400;
