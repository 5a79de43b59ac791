//! Our binding: how it is asked for, and where it is found in the registrar's answer.

use crate::message::{Contact, Decimal, Message, Name};
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

/// The lifetime of our binding in a 2xx, found by instance id or by address; none when the
/// registrar lists bindings without ours.
pub(super) fn granted(ctx: &Context, response: &Message, asked: u32) -> Option<u32> {
    let general = response.expires().unwrap_or(asked);
    let mut listed = false;
    for contact in response.contacts().filter_map(Result::ok) {
        let Contact::Address(address) = contact else { continue };
        listed = true;
        let instance = address.params.unquoted("+sip.instance");
        let ours = match instance.as_deref() {
            Some(instance) => instance.trim_matches(['<', '>']).eq_ignore_ascii_case(&ctx.identity.instance),
            None => address.uri.contains(&ctx.identity.sent_by),
        };
        if ours {
            let expires = address.params.value("expires").and_then(|value| value.parse().ok());
            return Some(expires.unwrap_or(general)).filter(|expires| *expires > 0);
        }
    }
    (!listed).then_some(general)
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
