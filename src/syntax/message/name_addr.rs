//! Addresses of header fields: name-addr and addr-spec with parameters (RFC 3261 section 20.10).

use super::escape::unquote;
use super::fault::Fault;
use super::lex::{Cursor, Elements, cut, is_display_octet, is_space, is_uri_octet, trim};
use super::params::Params;
use super::uri::Uri;
use alloc::borrow::Cow;

/// The value of From, To, Contact, Route and their like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameAddr<'a> {
    /// The display name as written, quotes included; empty when there is none.
    pub display: &'a str,
    /// The URI, without angle brackets.
    pub uri: &'a str,
    /// The parameters of the header field (not those of the URI).
    pub params: Params<'a>,
}

impl<'a> NameAddr<'a> {
    /// Reads one address. Without angle brackets all parameters belong to the header field.
    ///
    /// # Errors
    /// [`Fault::UriNeedsBrackets`] for a bare URI with `?`, [`Fault::Parameters`], or
    /// [`Fault::NameAddr`].
    pub fn parse(text: &'a str) -> Result<Self, Fault> {
        Self::parse_with_tag(text).map(|(address, _)| address)
    }

    /// [`parse`](Self::parse), and the tag.
    pub(crate) fn parse_with_tag(text: &'a str) -> Result<(Self, Option<&'a str>), Fault> {
        let mut cursor = Cursor::new(trim(text));
        let found = Self::take(&mut cursor)?;
        if cursor.is_at_end() { Ok(found) } else { Err(Fault::Parameters) }
    }

    /// Takes the address that comes next, up to the end or a comma unless what follows is malformed.
    fn take(cursor: &mut Cursor<'a>) -> Result<(Self, Option<&'a str>), Fault> {
        let display = display(cursor)?;
        let uri = match display {
            Some(_) => bracketed(cursor)?,
            None => bare(cursor)?,
        };
        let (params, tag) = Params::take(cursor, false, "tag")?;
        Ok((Self { display: display.unwrap_or(""), uri, params }, tag))
    }

    /// The tag (RFC 3261 section 19.3).
    pub fn tag(&self) -> Option<&'a str> {
        self.params.value("tag")
    }

    /// The preference of a contact in thousandths (RFC 3261 section 20.10): 1000 when it has
    /// none, or none that can be read.
    pub fn preference(&self) -> u16 {
        self.params.value("q").and_then(thousandths).unwrap_or(1000)
    }

    /// The display name without quotes and backslashes; empty when there is none.
    pub fn display_name(&self) -> Cow<'a, str> {
        unquote(self.display)
    }

    /// The URI taken apart.
    ///
    /// # Errors
    /// [`Fault::Uri`].
    pub fn parsed_uri(&self) -> Result<Uri<'a>, Fault> {
        Uri::parse(self.uri)
    }
}

/// The addresses of a comma-separated list, each with its tag: the elements of [`Elements`], but
/// looked at once where they are well-formed.
#[derive(Clone, Debug)]
pub(crate) struct Addresses<'a> {
    rest: &'a str,
}

impl<'a> Addresses<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { rest: text }
    }
}

impl<'a> Iterator for Addresses<'a> {
    type Item = Result<(NameAddr<'a>, Option<&'a str>), Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut cursor = Cursor::new(self.rest);
        cursor.take_while(|octet| octet == b',' || is_space(octet));
        let start = cursor;
        let found = NameAddr::take(&mut cursor);
        if found.is_ok() && cursor.is_at_element_end() {
            self.rest = cursor.rest();
            return Some(found);
        }
        let mut elements = Elements::new(start.rest());
        let malformed = elements.next()?;
        self.rest = elements.rest();
        Some(NameAddr::parse_with_tag(malformed))
    }
}

/// A qvalue (RFC 3261 section 25.1): 0 to 1 with at most three decimal places.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, places) = cut(text, b'.').unwrap_or((text, ""));
    if places.len() > 3 || !places.bytes().all(|octet| octet.is_ascii_digit()) {
        return None;
    }
    let places = places.bytes().chain(*b"000").take(3).fold(0, |sum, octet| sum * 10 + u16::from(octet - b'0'));
    match (whole, places) {
        ("0", places) => Some(places),
        ("1", 0) => Some(1000),
        _ => None,
    }
}

/// The display name, when a `<` follows: with it, the name-addr form.
fn display<'a>(cursor: &mut Cursor<'a>) -> Result<Option<&'a str>, Fault> {
    let start = *cursor;
    let name = if cursor.peek() == Some(b'"') {
        let quoted = cursor.quoted().ok_or(Fault::NameAddr)?;
        cursor.skip_space();
        quoted
    } else {
        trim(cursor.take_while(is_display_octet))
    };
    if cursor.eat(b'<') {
        return Ok(Some(name));
    }
    *cursor = start;
    if cursor.peek() == Some(b'"') { Err(Fault::NameAddr) } else { Ok(None) }
}

fn bracketed<'a>(cursor: &mut Cursor<'a>) -> Result<&'a str, Fault> {
    let uri = cursor.take_while(is_uri_octet);
    if cursor.eat(b'>') && has_scheme(uri) { Ok(uri) } else { Err(Fault::NameAddr) }
}

fn bare<'a>(cursor: &mut Cursor<'a>) -> Result<&'a str, Fault> {
    let uri = cursor.take_while(|octet| is_uri_octet(octet) && !matches!(octet, b';' | b'?' | b','));
    match cursor.peek() {
        Some(b'?') => Err(Fault::UriNeedsBrackets),
        Some(octet) if !matches!(octet, b';' | b',') && !is_space(octet) => Err(Fault::NameAddr),
        _ if has_scheme(uri) => Ok(uri),
        _ => Err(Fault::NameAddr),
    }
}

fn has_scheme(uri: &str) -> bool {
    uri.bytes().position(|octet| octet == b':').is_some_and(|colon| colon > 0 && colon + 1 < uri.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn brackets_decide_whose_the_parameters_are() {
        let inside = NameAddr::parse("<sip:a@b;x=1>;tag=t").unwrap();
        assert_eq!((inside.uri, inside.tag()), ("sip:a@b;x=1", Some("t")));
        let outside = NameAddr::parse("sip:a@b;x=1;tag=t").unwrap();
        assert_eq!((outside.uri, outside.params.value("x"), outside.tag()), ("sip:a@b", Some("1"), Some("t")));
    }

    #[test]
    fn a_list_is_what_its_elements_are() {
        for text in [
            "<sip:a@b>;x=1 , \"A, B\" <sip:c@d,e>;tag=t ,, sip:f@g,sip:h@i;tag=\",\" , Bob <sip:j@k> ;l",
            " , <sip:a@b> x, <sip:c@d>;;, <sip:e@f>;=1, nobody ,<sip:g@h>",
            "*, <sip:a@b, <sip:c@d>",
            "sip:a@b?c, \"<sip:d@e>, sip:f@g",
            "<sip:a@b>;",
            "",
        ] {
            let listed: Vec<_> = Addresses::new(text).map(Result::ok).collect();
            let elements = Elements::new(text).map(|element| NameAddr::parse_with_tag(element).ok());
            assert_eq!(listed, elements.collect::<Vec<_>>(), "{text}");
        }
    }

    #[test]
    fn display_names() {
        for (text, name) in [
            ("\"A. \\\"Q\\\" <x>\" <sip:a@b>", "A. \"Q\" <x>"),
            ("Bob Smith<sip:a@b>", "Bob Smith"),
            ("<sip:a@b>", ""),
            ("sip:a@b", ""),
            ("Jürg (home) <sip:a@b>", "Jürg (home)"),
        ] {
            assert_eq!(NameAddr::parse(text).unwrap().display_name(), name, "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_address() {
        for text in [
            "",
            "<>",
            "<sip:a@b",
            "\"x <sip:a@b>",
            "\"x\" sip:a@b",
            "< sip:a@b >",
            "A, B <sip:a@b>",
            "sip:a@b x",
            "<sip:a@b> x",
            "<sip:a@b>;=1",
            "nobody",
            "<nobody>",
            "sip:",
            "<sip:a@b>>",
            "x\u{1}y <sip:a@b>",
        ] {
            assert!(NameAddr::parse(text).is_err(), "{text}");
        }
        assert_eq!(NameAddr::parse("sip:a@b?x=y"), Err(Fault::UriNeedsBrackets));
    }
}
