//! Parameters: `;name=value` after a header field value or inside a URI.

use super::escape::{eq_component, unquote};
use super::fault::Fault;
use super::lex::{Cursor, is_space, is_value_octet, trim};
use alloc::borrow::Cow;

/// Parameters, read lazily from their text.
///
/// Names compare without case. Those of a URI compare after unescaping as well (RFC 3261
/// section 19.1.4), those of a header field do not: `%` is an ordinary character there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Params<'a> {
    text: &'a str,
    escapes: bool,
}

impl<'a> Params<'a> {
    /// The parameters of a header field value: nothing, or `;` and so on. Empty ones between
    /// two semicolons are let through: even examples of RFCs have them.
    ///
    /// # Errors
    /// [`Fault::Parameters`] when a parameter is malformed.
    pub fn parse(text: &'a str) -> Result<Self, Fault> {
        Self::whole(text, false, "").map(|(params, _)| params)
    }

    fn whole(text: &'a str, strict: bool, wanted: &str) -> Result<(Self, Option<&'a str>), Fault> {
        let mut cursor = Cursor::new(text);
        let (_, found) = Self::take(&mut cursor, strict, wanted)?;
        if cursor.is_at_end() { Ok((Self { text, escapes: false }, found)) } else { Err(Fault::Parameters) }
    }

    /// Takes the parameters that come next, and the value of the one called `wanted`. What stops
    /// them is up to the caller: a comma, or else something malformed. Without empty ones when
    /// `strict` (RFC 4475 section 3.1.2.1).
    pub(super) fn take(cursor: &mut Cursor<'a>, strict: bool, wanted: &str) -> Result<(Self, Option<&'a str>), Fault> {
        let (start, mut found) = (*cursor, None);
        cursor.skip_space();
        while cursor.eat(b';') {
            cursor.take_while(|octet| is_space(octet) || (octet == b';' && !strict));
            if cursor.is_at_element_end() && !strict {
                break;
            }
            let (name, value) = parameter(cursor).ok_or(Fault::Parameters)?;
            if found.is_none() && name.eq_ignore_ascii_case(wanted) {
                found = Some(value);
            }
        }
        Ok((Self { text: start.up_to(cursor).trim_ascii_end(), escapes: false }, found.flatten()))
    }

    /// The parameters of a URI.
    pub(super) fn of_uri(text: &'a str) -> Self {
        Self { text, escapes: true }
    }

    /// Parameters whose text was parsed before.
    pub(super) fn of_parsed(text: &'a str) -> Self {
        Self { text, escapes: false }
    }

    /// `None` when there is no such parameter, `Some(None)` when it has no value.
    pub fn get(self, name: &str) -> Option<Option<&'a str>> {
        self.iter().find(|(candidate, _)| self.same_name(candidate, name)).map(|(_, value)| value)
    }

    /// The value of a parameter as it is written, quotes included.
    pub fn value(self, name: &str) -> Option<&'a str> {
        self.get(name).flatten()
    }

    /// The value of a parameter without quotes and backslashes.
    pub fn unquoted(self, name: &str) -> Option<Cow<'a, str>> {
        self.value(name).map(unquote)
    }

    /// Whether the parameter is there, with or without a value.
    pub fn has(self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Names and values in order.
    pub fn iter(self) -> ParamsIter<'a> {
        ParamsIter { rest: self.text }
    }

    /// The text as received, its first `;` included.
    pub fn as_str(self) -> &'a str {
        self.text
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.iter().next().is_none()
    }

    fn same_name(self, a: &str, b: &str) -> bool {
        a.eq_ignore_ascii_case(b) || (self.escapes && eq_component(a, b, true))
    }
}

impl<'a> IntoIterator for Params<'a> {
    type Item = (&'a str, Option<&'a str>);
    type IntoIter = ParamsIter<'a>;

    fn into_iter(self) -> ParamsIter<'a> {
        self.iter()
    }
}

/// See [`Params::iter`].
#[derive(Clone, Debug)]
pub struct ParamsIter<'a> {
    rest: &'a str,
}

impl<'a> Iterator for ParamsIter<'a> {
    type Item = (&'a str, Option<&'a str>);

    fn next(&mut self) -> Option<Self::Item> {
        let mut cursor = Cursor::new(self.rest);
        let _separators = cursor.take_while(|octet| octet == b';' || is_space(octet));
        if cursor.is_at_end() {
            self.rest = "";
            return None;
        }
        let name = trim(cursor.take_while(|octet| !matches!(octet, b';' | b'=')));
        let value = cursor.eat(b'=').then(|| value(&mut cursor));
        self.rest = cursor.rest();
        Some((name, value))
    }
}

fn value<'a>(cursor: &mut Cursor<'a>) -> &'a str {
    cursor.skip_space();
    if cursor.peek() == Some(b'"')
        && let Some(quoted) = cursor.quoted()
    {
        return quoted;
    }
    trim(cursor.take_while(|octet| octet != b';'))
}

/// Name and value of one `generic-param`, and the space after it.
fn parameter<'a>(cursor: &mut Cursor<'a>) -> Option<(&'a str, Option<&'a str>)> {
    let name = cursor.token()?;
    if !cursor.eat_spaced(b'=') {
        return Some((name, None));
    }
    let quoted = cursor.peek() == Some(b'"');
    let value = if quoted { cursor.quoted()? } else { cursor.take_while(is_value_octet) };
    cursor.skip_space();
    (!value.is_empty()).then_some((name, Some(value)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn reads_names_values_and_quotes() {
        let params = Params::parse(r#" ;a=1 ; B = "x;\"y" ;lr"#).unwrap();
        let all: Vec<_> = params.iter().collect();
        assert_eq!(all, [("a", Some("1")), ("B", Some(r#""x;\"y""#)), ("lr", None)]);
        assert_eq!(params.unquoted("b").as_deref(), Some("x;\"y"));
        assert_eq!(params.get("LR"), Some(None));
        assert_eq!(params.get("c"), None);
    }

    #[test]
    fn one_is_found_while_they_are_read() {
        for (text, value) in [(";b;Tag=1;tag=2", Some("1")), (";tag;tag=2", None), (";tag = \"x;\" ;a", Some("\"x;\""))]
        {
            let (params, found) = Params::whole(text, false, "tag").unwrap();
            assert_eq!((found, params.value("tag")), (value, value), "{text}");
        }
    }

    #[test]
    fn refuses_broken_parameters() {
        for text in [";a=", ";a=\"x", ";a b", "a", ";a=b c", ";a=1,b", ";=1", ";a=<b>", ";a=\"b\"c"] {
            assert_eq!(Params::parse(text), Err(Fault::Parameters), "{text}");
            assert_eq!(Params::whole(text, true, ""), Err(Fault::Parameters), "{text}");
        }
    }

    #[test]
    fn empty_parameters_are_tolerated_unless_strict() {
        for (text, count) in [(";", 0), (";;a", 1), ("; ; a=1;;b ; ", 2)] {
            assert_eq!(Params::parse(text).unwrap().iter().count(), count, "{text}");
            assert_eq!(Params::whole(text, true, ""), Err(Fault::Parameters), "{text}");
        }
    }

    #[test]
    fn only_uri_parameters_are_escaped() {
        assert_eq!(Params::of_uri(";n%61me=value%2541").value("name"), Some("value%2541"));
        assert_eq!(Params::parse(";n%61me=1").unwrap().value("name"), None);
    }
}
