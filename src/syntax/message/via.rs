//! One Via value (RFC 3261 section 20.42).

use super::fault::Fault;
use super::lex::{Cursor, Elements};
use super::params::Params;
use super::uri::{host_length, port_number};

/// A hop that a request went through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Via<'a> {
    /// The transport as written: `WSS`, `UDP`, or any token.
    pub transport: &'a str,
    /// The host of sent-by; an IPv6 address keeps its brackets.
    pub host: &'a str,
    /// The port of sent-by, if stated.
    pub port: Option<u16>,
    /// The parameters.
    pub params: Params<'a>,
}

/// What starts every branch that is unique by itself (RFC 3261 section 8.1.1.7).
pub const MAGIC_COOKIE: &str = "z9hG4bK";

impl<'a> Via<'a> {
    /// Reads one value; white space may stand round every separator.
    ///
    /// # Errors
    /// [`Fault::Via`].
    pub fn parse(text: &'a str) -> Result<Self, Fault> {
        Self::parse_with_branch(text).map(|(via, _)| via)
    }

    /// The first one of a comma-separated list, and its branch.
    pub(super) fn first(list: &'a str) -> Result<(Self, Option<&'a str>), Fault> {
        let mut cursor = Cursor::new(list);
        match Self::take(&mut cursor).filter(|_| cursor.is_at_element_end()) {
            Some(found) => Ok(found),
            // It may stand behind a comma.
            None => Self::parse_with_branch(Elements::new(list).next().ok_or(Fault::Via)?),
        }
    }

    /// [`parse`](Self::parse), and the branch.
    fn parse_with_branch(text: &'a str) -> Result<(Self, Option<&'a str>), Fault> {
        let mut cursor = Cursor::new(text);
        Self::take(&mut cursor).filter(|_| cursor.is_at_end()).ok_or(Fault::Via)
    }

    /// The transaction's identifier.
    pub fn branch(&self) -> Option<&'a str> {
        self.params.value("branch")
    }

    /// Where the request came from, when that is not sent-by (RFC 3261 section 18.2.1).
    pub fn received(&self) -> Option<&'a str> {
        self.params.value("received")
    }

    /// The port of RFC 3581: `Some(None)` asks for it, `Some(Some(port))` tells it.
    pub fn rport(&self) -> Option<Option<u16>> {
        self.params.get("rport").map(|value| value.and_then(port_number))
    }

    fn take(cursor: &mut Cursor<'a>) -> Option<(Self, Option<&'a str>)> {
        cursor.skip_space();
        let is_sip = cursor.token()?.eq_ignore_ascii_case("SIP") && cursor.eat_spaced(b'/');
        let is_2_0 = cursor.token()? == "2.0" && cursor.eat_spaced(b'/');
        let transport = cursor.token()?;
        let spaced = cursor.skip_space();
        if !(is_sip && is_2_0 && spaced) {
            return None;
        }
        let host = cursor.take(host_length(cursor.rest())?)?;
        let port = if cursor.eat_spaced(b':') {
            Some(port_number(cursor.take_while(|octet| octet.is_ascii_digit()))?)
        } else {
            None
        };
        let (params, branch) = Params::take(cursor, true, "branch").ok()?;
        Some((Self { transport, host, port, params }, branch))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_may_stand_everywhere() {
        let via = Via::parse(" SIP  /  2.0 /\t WSS  [2001:db8::9] : 443 ; branch = z9hG4bK1 ;rport").unwrap();
        assert_eq!((via.transport, via.host, via.port), ("WSS", "[2001:db8::9]", Some(443)));
        assert_eq!((via.branch(), via.rport(), via.received()), (Some("z9hG4bK1"), Some(None), None));
    }

    #[test]
    fn the_first_of_a_list_is_its_first_element() {
        for text in [
            "SIP/2.0/UDP a;branch=1, SIP/2.0/UDP b",
            " , SIP/2.0/WSS a.invalid ;branch=\"x,y\" ,",
            "SIP/2.0/UDP a;branch=1;, SIP/2.0/UDP b",
            "SIP/2.0/UDP a x, SIP/2.0/UDP b",
            " , ",
            "",
        ] {
            let first = Elements::new(text).next().and_then(|element| Via::parse(element).ok());
            assert_eq!(Via::first(text).ok(), first.map(|via| (via, via.branch())), "{text}");
        }
    }

    #[test]
    fn received_and_rport_are_told() {
        let via = Via::parse("SIP/2.0/UDP a.b;received=2001:db8::1;rport=9988").unwrap();
        assert_eq!((via.received(), via.rport()), (Some("2001:db8::1"), Some(Some(9988))));
    }

    #[test]
    fn refuses_broken_values() {
        for text in [
            "",
            "SIP/2.0/UDP",
            "SIP/2.0 a",
            "SIP/7.0/UDP a",
            "HTTP/2.0/UDP a",
            "SIP/2.0/UDPa",
            "SIP/2.0/UDP a;;",
            "SIP/2.0/UDP a:",
            "SIP/2.0/UDP a:99999",
            "SIP/2.0/UDP a b",
            "SIP/2.0/UDP ;branch=x",
            "SIP/2.0/UDP [::1",
        ] {
            assert_eq!(Via::parse(text), Err(Fault::Via), "{text}");
        }
    }
}
