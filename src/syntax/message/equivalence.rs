//! When two URIs are the same: RFC 3261 section 19.1.4 and RFC 3966 section 4.

use super::escape::eq_component;
use super::ipv6;
use super::params::Params;
use super::uri::{SipUri, TelUri, Uri, is_separator};

/// Beyond so many parameters two lists are only the same when they are letter for letter: a
/// comparison in any order takes quadratic time.
const MANY: usize = 32;

impl Uri<'_> {
    /// Whether both name the same resource. Not transitive, as RFC 3261 says itself.
    pub fn equivalent(&self, other: &Uri<'_>) -> bool {
        match (self, other) {
            (Self::Sip(a), Uri::Sip(b)) => same_sip(*a, *b),
            (Self::Tel(a), Uri::Tel(b)) => same_tel(*a, *b),
            (Self::Other { scheme: a, rest: x }, Uri::Other { scheme: b, rest: y }) => {
                a.eq_ignore_ascii_case(b) && x == y
            }
            (Self::Sip(_) | Self::Tel(_) | Self::Other { .. }, _) => false,
        }
    }
}

fn same_sip(a: SipUri<'_>, b: SipUri<'_>) -> bool {
    a.secure == b.secure
        && a.port == b.port
        && same_optional(a.user, b.user, false)
        && same_optional(a.password, b.password, false)
        && same_host(a.host, b.host)
        && same_sip_params(a.params, b.params)
        && same_headers(a, b)
}

fn same_optional(a: Option<&str>, b: Option<&str>, fold_case: bool) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => eq_component(a, b, fold_case),
        (a, b) => a.is_none() && b.is_none(),
    }
}

fn same_host(a: &str, b: &str) -> bool {
    let address = |host: &str| ipv6::address(host.strip_prefix('[')?.strip_suffix(']')?);
    a.eq_ignore_ascii_case(b) || address(a).is_some_and(|a| address(b) == Some(a))
}

fn same_sip_params(a: Params<'_>, b: Params<'_>) -> bool {
    if a.iter().count() > MANY || b.iter().count() > MANY {
        return a.as_str() == b.as_str();
    }
    covers(a, b) && covers(b, a)
}

/// Whether each parameter of `a` is matched in `b`, or may be missing there.
fn covers(a: Params<'_>, b: Params<'_>) -> bool {
    a.iter().all(|(name, value)| match b.get(name) {
        Some(other) => same_optional(value, other, true),
        None => !["user", "ttl", "method", "maddr", "transport"].iter().any(|needed| eq_component(name, needed, true)),
    })
}

// Header components are never ignored; their order does not matter.
fn same_headers(a: SipUri<'_>, b: SipUri<'_>) -> bool {
    let count = a.headers().count();
    if count != b.headers().count() {
        return false;
    }
    if count > MANY {
        return a.headers == b.headers;
    }
    let includes = |x: SipUri<'_>, y: SipUri<'_>| {
        x.headers()
            .all(|(name, value)| y.headers().any(|(n, v)| eq_component(name, n, true) && eq_component(value, v, true)))
    };
    includes(a, b) && includes(b, a)
}

fn same_tel(a: TelUri<'_>, b: TelUri<'_>) -> bool {
    let fold = |digit: u8| digit.to_ascii_lowercase();
    let many = a.params.iter().count() > MANY || b.params.iter().count() > MANY;
    a.is_global() == b.is_global()
        && a.digits().map(fold).eq(b.digits().map(fold))
        && (a.params == b.params || (!many && includes_tel(a.params, b.params) && includes_tel(b.params, a.params)))
}

/// Whether each parameter of `a` is in `b`: a missing one makes the URIs differ.
fn includes_tel(a: Params<'_>, b: Params<'_>) -> bool {
    a.iter().all(|(name, value)| b.get(name).is_some_and(|other| same_tel_value(name, value, other)))
}

fn same_tel_value(name: &str, a: Option<&str>, b: Option<&str>) -> bool {
    let is_number = |value: Option<&str>| value.is_some_and(|value| value.starts_with('+'));
    let numeric = name.eq_ignore_ascii_case("ext")
        || (name.eq_ignore_ascii_case("phone-context") && is_number(a) && is_number(b));
    match (a, b) {
        (Some(a), Some(b)) if numeric => {
            a.bytes().filter(|o| !is_separator(*o)).eq(b.bytes().filter(|o| !is_separator(*o)))
        }
        (a, b) => same_optional(a, b, true),
    }
}
