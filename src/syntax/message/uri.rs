//! URIs: `sip:`, `sips:` (RFC 3261 section 19.1), `tel:` (RFC 3966), and any other as
//! scheme and opaque rest.

use super::escape::{unescape, unescape_text};
use super::fault::Fault;
use super::ipv6;
use super::lex::{cut, is_host_octet, is_uri_octet, number};
use super::params::Params;
use alloc::borrow::Cow;

/// A URI, borrowed from its text.
#[derive(Clone, Copy, Debug)]
pub enum Uri<'a> {
    /// `sip:` and `sips:`.
    Sip(SipUri<'a>),
    /// `tel:`.
    Tel(TelUri<'a>),
    /// Any other scheme.
    Other {
        /// What stands before the first colon.
        scheme: &'a str,
        /// What stands behind it.
        rest: &'a str,
    },
}

/// A SIP or SIPS URI; every component as it is written, escapes included.
#[derive(Clone, Copy, Debug)]
pub struct SipUri<'a> {
    /// Whether the scheme is `sips`.
    pub secure: bool,
    /// The user part without the password.
    pub user: Option<&'a str>,
    /// The password, if somebody was so careless.
    pub password: Option<&'a str>,
    /// Name or address; an IPv6 address keeps its brackets.
    pub host: &'a str,
    /// The port, if stated.
    pub port: Option<u16>,
    /// The URI parameters.
    pub params: Params<'a>,
    /// What follows the `?`.
    pub headers: Option<&'a str>,
}

/// A telephone number.
#[derive(Clone, Copy, Debug)]
pub struct TelUri<'a> {
    /// The number with its visual separators; starts with `+` when it is global.
    pub number: &'a str,
    /// Parameters: `phone-context`, `ext`, `isub` and others.
    pub params: Params<'a>,
}

impl<'a> Uri<'a> {
    /// Reads a URI.
    ///
    /// # Errors
    /// [`Fault::Uri`] when it is none.
    pub fn parse(text: &'a str) -> Result<Self, Fault> {
        let (scheme, rest) = cut(text, b':').ok_or(Fault::Uri)?;
        if !is_scheme(scheme) || rest.is_empty() || !rest.bytes().all(is_uri_octet) {
            return Err(Fault::Uri);
        }
        let uri = if scheme.eq_ignore_ascii_case("sip") {
            SipUri::parse(rest, false).map(Self::Sip)
        } else if scheme.eq_ignore_ascii_case("sips") {
            SipUri::parse(rest, true).map(Self::Sip)
        } else if scheme.eq_ignore_ascii_case("tel") {
            TelUri::parse(rest).map(Self::Tel)
        } else {
            Some(Self::Other { scheme, rest })
        };
        uri.ok_or(Fault::Uri)
    }

    /// The SIP or SIPS URI that it is.
    pub fn sip(self) -> Option<SipUri<'a>> {
        match self {
            Self::Sip(uri) => Some(uri),
            Self::Tel(_) | Self::Other { .. } => None,
        }
    }

    /// The scheme in lower case if it is known, else as written.
    pub fn scheme(self) -> &'a str {
        match self {
            Self::Sip(SipUri { secure: false, .. }) => "sip",
            Self::Sip(SipUri { secure: true, .. }) => "sips",
            Self::Tel(_) => "tel",
            Self::Other { scheme, .. } => scheme,
        }
    }
}

impl<'a> SipUri<'a> {
    fn parse(rest: &'a str, secure: bool) -> Option<Self> {
        // A user part may hold `;`, `?` and `:`, but no `@` that is not escaped.
        let (userinfo, rest) = match cut(rest, b'@') {
            Some((userinfo, rest)) => (Some(userinfo), rest),
            None => (None, rest),
        };
        let (host, rest) = rest.split_at_checked(host_length(rest)?)?;
        let (rest, headers) = match cut(rest, b'?') {
            Some((rest, headers)) => (rest, Some(headers)),
            None => (rest, None),
        };
        let (port, params) = split_params(rest)?;
        let port = split_port(port)?;
        let (user, password) = split_userinfo(userinfo)?;
        Some(Self { secure, user, password, host, port, params: Params::of_uri(params), headers })
    }

    /// The user part after one round of unescaping.
    pub fn user_octets(self) -> Option<Cow<'a, [u8]>> {
        self.user.map(unescape)
    }

    /// The user part after one round of unescaping, as text.
    pub fn user_text(self) -> Option<Cow<'a, str>> {
        self.user.map(unescape_text)
    }

    /// Names and values of the headers behind `?`, escapes included.
    pub fn headers(self) -> impl Iterator<Item = (&'a str, &'a str)> + Clone {
        let all = self.headers.unwrap_or("").split('&').filter(|header| !header.is_empty());
        all.map(|header| header.split_once('=').unwrap_or((header, "")))
    }

    /// The value of the `transport` parameter.
    pub fn transport(self) -> Option<&'a str> {
        self.params.value("transport")
    }

    /// Whether the parameter `lr` marks a loose router (RFC 3261 section 16.12.1.1).
    pub fn is_loose(self) -> bool {
        self.params.has("lr")
    }
}

impl<'a> TelUri<'a> {
    fn parse(rest: &'a str) -> Option<Self> {
        let (number, params) = split_params(rest)?;
        let uri = Self { number, params: Params::of_uri(params) };
        let digits = number.strip_prefix('+').unwrap_or(number);
        let valid = if uri.is_global() { is_global_digit } else { is_local_digit };
        let some_digit = digits.bytes().any(|octet| !is_separator(octet));
        (some_digit && digits.bytes().all(|octet| valid(octet) || is_separator(octet))).then_some(uri)
    }

    /// Whether the number is global: it starts with `+`.
    pub fn is_global(self) -> bool {
        self.number.starts_with('+')
    }

    /// The digits without visual separators (RFC 3966 section 5.1.1).
    pub fn digits(self) -> impl Iterator<Item = u8> + Clone + 'a {
        self.number.bytes().filter(|octet| !is_separator(*octet))
    }
}

/// What stands before the first `;`, and the rest with it.
fn split_params(text: &str) -> Option<(&str, &str)> {
    text.split_at_checked(text.bytes().position(|octet| octet == b';').unwrap_or(text.len()))
}

pub(super) fn is_separator(octet: u8) -> bool {
    matches!(octet, b'-' | b'.' | b'(' | b')')
}

/// What stands behind the host: a colon and a port, or nothing. `None` when malformed.
fn split_port(text: &str) -> Option<Option<u16>> {
    match text.strip_prefix(':') {
        Some(port) => port_number(port).map(Some),
        None => text.is_empty().then_some(None),
    }
}

/// The number of a port.
pub(super) fn port_number(text: &str) -> Option<u16> {
    number(text).and_then(|port| u16::try_from(port).ok())
}

/// The length of the host at the start of `text`; `None` when there is none.
pub(super) fn host_length(text: &str) -> Option<usize> {
    let Some(bracketed) = text.strip_prefix('[') else {
        let length = text.bytes().position(|octet| !is_host_octet(octet)).unwrap_or(text.len());
        return (length > 0).then_some(length);
    };
    let (address, _) = cut(bracketed, b']')?;
    ipv6::address(address).map(|_| address.len() + 2)
}

fn split_userinfo(userinfo: Option<&str>) -> Option<(Option<&str>, Option<&str>)> {
    let Some(userinfo) = userinfo else {
        return Some((None, None));
    };
    let (user, password) = match cut(userinfo, b':') {
        Some((user, password)) => (user, Some(password)),
        None => (userinfo, None),
    };
    (!user.is_empty()).then_some((Some(user), password))
}

fn is_scheme(text: &str) -> bool {
    let mut octets = text.bytes();
    octets.next().is_some_and(|first| first.is_ascii_alphabetic())
        && octets.all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'+' | b'-' | b'.'))
}

fn is_global_digit(octet: u8) -> bool {
    octet.is_ascii_digit()
}

fn is_local_digit(octet: u8) -> bool {
    octet.is_ascii_hexdigit() || matches!(octet, b'*' | b'#')
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn sip(text: &str) -> SipUri<'_> {
        Uri::parse(text).unwrap().sip().unwrap()
    }

    // RFC 3261 section 19.1.3.
    #[test]
    fn reads_the_examples_of_rfc_3261() {
        let uri = sip("sip:alice:secretword@atlanta.com;transport=tcp");
        assert_eq!((uri.user, uri.password), (Some("alice"), Some("secretword")));
        assert_eq!((uri.host, uri.transport()), ("atlanta.com", Some("tcp")));
        let uri = sip("sips:alice@atlanta.com?subject=project%20x&priority=urgent");
        assert!(uri.secure);
        assert_eq!(uri.headers().collect::<Vec<_>>(), [("subject", "project%20x"), ("priority", "urgent")]);
        let uri = sip("sip:+1-212-555-1212:1234@gateway.com;user=phone");
        assert_eq!((uri.user, uri.password), (Some("+1-212-555-1212"), Some("1234")));
        let uri = sip("sip:atlanta.com;method=REGISTER?to=alice%40atlanta.com");
        assert_eq!((uri.user, uri.host), (None, "atlanta.com"));
        let uri = sip("sip:alice;day=tuesday@atlanta.com");
        assert_eq!(uri.user, Some("alice;day=tuesday"));
        assert!(uri.params.is_empty());
        assert_eq!(sip("sip:alice@192.0.2.4").host, "192.0.2.4");
    }

    #[test]
    fn reads_ipv6_hosts() {
        let uri = sip("sip:bob@[2001:db8::10]:5070;lr");
        assert_eq!((uri.host, uri.port, uri.is_loose()), ("[2001:db8::10]", Some(5070), true));
    }

    #[test]
    fn reads_telephone_numbers() {
        let Uri::Tel(uri) = Uri::parse("tel:+1-(201)-555.0123;ext=12").unwrap() else { panic!() };
        assert!(uri.is_global());
        assert_eq!(uri.digits().collect::<Vec<u8>>(), b"+12015550123");
        assert_eq!(uri.params.value("ext"), Some("12"));
    }

    #[test]
    fn refuses_what_is_no_uri() {
        for text in [
            "",
            "sip",
            "sip:",
            ":a",
            "1a:b",
            "sip:@host",
            "sip:a@",
            "sip:a@host:",
            "sip:a@host:70000",
            "sip:a@ho st",
            "sip:a@[::1",
            "sip:a@[::g]",
            "<sip:a@b>",
            "sip:a@b@c",
            "tel:",
            "tel:+",
            "tel:+12ab",
            "sip:a@host:5x",
            "sip:a\"b@c",
            "sip:a@h\u{e4}st",
        ] {
            assert_eq!(Uri::parse(text).map(|_| ()), Err(Fault::Uri), "{text}");
        }
    }
}
