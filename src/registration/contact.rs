//! Our binding: how it is asked for, and where it is found in the registrar's answer.

use crate::message::{Contact, Decimal, Message, Name, NameAddr, Uri};
use crate::time::Duration;
use crate::usage::{Context, allow};
use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

/// Contact, Expires, and what a registrar wants to know (RFC 5626 section 4.2.1); `outbound` asks
/// for that mechanism.
pub(super) fn contact_fields(ctx: &Context, expires: u32, all: bool, outbound: bool) -> Vec<(Name, String)> {
    let seconds = Decimal::new(expires.into());
    let identity = &ctx.identity;
    let contact = if all {
        "*".to_owned()
    } else {
        let instance = &identity.instance;
        let flow = if outbound { ";reg-id=1" } else { "" };
        let parts =
            ["<", &identity.contact, ">", flow, ";+sip.instance=\"<", instance, ">\";expires=", seconds.as_str()];
        parts.concat()
    };
    [
        (Name::Contact, contact),
        (Name::Expires, seconds.as_str().to_owned()),
        (Name::Allow, allow(identity.rel100).to_owned()),
        (Name::Supported, if outbound { "path, outbound, gruu" } else { "path, gruu" }.to_owned()),
    ]
    .into()
}

/// The lifetime of our binding in a 2xx; none when the registrar lists bindings without ours,
/// or says that it is over.
pub(super) fn granted(ctx: &Context, response: &Message, asked: u32) -> Option<u32> {
    let general = response.expires().unwrap_or(asked);
    let granted = match ours(ctx, response) {
        Some(ours) => ours.params.value("expires").and_then(|value| value.parse().ok()).unwrap_or(general),
        None if addresses(response).next().is_some() => return None,
        None => general,
    };
    (granted > 0).then_some(granted)
}

/// The public GRUU of our instance (RFC 5627 section 4.2): requests to it find us over
/// whichever connection we have.
pub(super) fn gruu(ctx: &Context, response: &Message) -> Option<String> {
    let gruu = ours(ctx, response)?.params.unquoted("pub-gruu")?;
    matches!(Uri::parse(&gruu), Ok(Uri::Sip(_))).then(|| gruu.as_ref().to_owned())
}

/// Our binding. Our address comes before our instance: a registrar without RFC 5626 may keep
/// an older address of the same instance beside it.
fn ours<'a>(ctx: &Context, response: &'a Message) -> Option<NameAddr<'a>> {
    addresses(response)
        .find(|address| is_at(address, &ctx.identity.sent_by))
        .or_else(|| addresses(response).find(|address| is_of_instance(address, &ctx.identity.instance)))
}

fn is_at(address: &NameAddr<'_>, host: &str) -> bool {
    matches!(Uri::parse(address.uri), Ok(Uri::Sip(uri)) if uri.host.eq_ignore_ascii_case(host))
}

fn addresses(response: &Message) -> impl Iterator<Item = NameAddr<'_>> {
    response.contacts().filter_map(Result::ok).filter_map(address)
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
