//! Our binding: how it is asked for, and where it is found in the registrar's answer.

use crate::message::{Contact, Decimal, Message, Name, NameAddr};
use crate::time::Duration;
use crate::usage::{Context, allow};
use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

/// Contact, Expires, and what a registrar wants to know (RFC 5626 section 4.2.1).
pub(super) fn contact_fields(ctx: &Context, expires: u32, all: bool) -> Vec<(Name, String)> {
    let seconds = Decimal::new(expires.into());
    let identity = &ctx.identity;
    let contact = if all {
        "*".to_owned()
    } else {
        let instance = &identity.instance;
        let parts =
            ["<", &identity.contact, ">;reg-id=1;+sip.instance=\"<", instance, ">\";expires=", seconds.as_str()];
        parts.concat()
    };
    [
        (Name::Contact, contact),
        (Name::Expires, seconds.as_str().to_owned()),
        (Name::Allow, allow(identity.rel100).to_owned()),
        (Name::Supported, "path, outbound, gruu".to_owned()),
    ]
    .into()
}

/// The lifetime of our binding in a 2xx; none when the registrar lists bindings without ours,
/// or says that it is over. Our address comes before our instance: a registrar without RFC 5626
/// may keep an older address of the same instance beside it.
pub(super) fn granted(ctx: &Context, response: &Message, asked: u32) -> Option<u32> {
    let general = response.expires().unwrap_or(asked);
    let lifetime = |address: NameAddr<'_>| address.params.value("expires").and_then(|value| value.parse().ok());
    let addresses = || response.contacts().filter_map(Result::ok).filter_map(address);
    let ours = addresses()
        .find(|address| address.uri.contains(&ctx.identity.sent_by))
        .or_else(|| addresses().find(|address| is_of_instance(address, &ctx.identity.instance)));
    let granted = match ours {
        Some(ours) => lifetime(ours).unwrap_or(general),
        None if addresses().next().is_some() => return None,
        None => general,
    };
    (granted > 0).then_some(granted)
}

fn address(contact: Contact<'_>) -> Option<NameAddr<'_>> {
    match contact {
        Contact::Address(address) => Some(address),
        Contact::Star => None,
    }
}

fn is_of_instance(address: &NameAddr<'_>, instance: &str) -> bool {
    let named = address.params.unquoted("+sip.instance");
    named.is_some_and(|named| named.trim_matches(['<', '>']).eq_ignore_ascii_case(instance))
}

/// Well before it expires: after 80 to 90 % of the lifetime, and never later than 10 s
/// before the end where the lifetime allows it.
pub(super) fn refresh_after(ctx: &mut Context, granted: u32) -> Duration {
    let lifetime = u64::from(granted) * 1000;
    let tenth = u32::try_from(lifetime / 10).unwrap_or(u32::MAX);
    let share = lifetime * 8 / 10 + u64::from(ctx.random.below(tenth));
    let latest = if granted > 20 { lifetime - 10_000 } else { lifetime / 2 };
    Duration::from_millis(share.min(latest))
}
