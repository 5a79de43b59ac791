//! Challenges and credentials: scheme and auth-params (RFC 3261 section 20.44, RFC 7235).

use super::escape::unquote;
use super::index::Span;
use super::lex::{Cursor, Elements, cut, is_token, trim};
use alloc::borrow::Cow;

/// One challenge, or the credentials that answer one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Challenge<'a> {
    /// The scheme as written; compares without case.
    pub scheme: &'a str,
    text: &'a str,
}

impl<'a> Challenge<'a> {
    /// Reads the first challenge or credentials in a value; `None` when there is no scheme.
    pub fn parse(value: &'a str) -> Option<Self> {
        Challenges::new(value).next()
    }

    /// Whether the scheme is `scheme`, compared without case.
    pub fn is(&self, scheme: &str) -> bool {
        self.scheme.eq_ignore_ascii_case(scheme)
    }

    /// A parameter without its quotes; the name compares without case.
    pub fn param(&self, name: &str) -> Option<Cow<'a, str>> {
        self.raw(name).map(unquote)
    }

    /// A parameter as written, quotes included.
    pub fn raw(&self, name: &str) -> Option<&'a str> {
        self.params().find(|(candidate, _)| candidate.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Names and values as written, in order; what is no parameter is left out.
    pub fn params(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        Elements::without_brackets(self.text).filter_map(parameter)
    }
}

/// The challenges in one header field value.
///
/// The comma separates challenges as well as parameters: an element that starts with a token and
/// no `=` behind it opens the next challenge.
#[derive(Clone, Debug)]
pub struct Challenges<'a> {
    rest: &'a str,
}

impl<'a> Challenges<'a> {
    /// The challenges in `value`.
    pub fn new(value: &'a str) -> Self {
        Self { rest: value }
    }
}

impl<'a> Iterator for Challenges<'a> {
    type Item = Challenge<'a>;

    fn next(&mut self) -> Option<Challenge<'a>> {
        let whole = self.rest;
        let mut elements = Elements::without_brackets(whole);
        // What stands before the first scheme belongs to no challenge.
        let Some((scheme, first)) = elements.by_ref().find_map(opening) else {
            self.rest = "";
            return None;
        };
        let mut text = Span::of(whole, first);
        self.rest = loop {
            let before = elements.rest();
            match elements.next() {
                None => break "",
                Some(element) if opening(element).is_some() => break before,
                Some(element) => text = Span::new(text.start(), Span::of(whole, element).end()),
            }
        };
        Some(Challenge { scheme, text: text.text(whole) })
    }
}

/// Scheme and rest, if a challenge opens here.
fn opening(element: &str) -> Option<(&str, &str)> {
    let mut cursor = Cursor::new(element);
    let scheme = cursor.token()?;
    let spaced = cursor.skip_space();
    let opens = cursor.is_at_end() || (spaced && cursor.peek() != Some(b'='));
    opens.then_some((scheme, cursor.rest()))
}

fn parameter(element: &str) -> Option<(&str, &str)> {
    let (name, value) = cut(element, b'=')?;
    let name = trim(name);
    is_token(name).then_some((name, trim(value)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn several_challenges_share_a_field() {
        let value =
            r#"Digest realm="a, b", nonce="x=,y" , algorithm=SHA-256, Negotiate, Basic realm = "c", Digest nonce=z"#;
        let all: Vec<_> = Challenges::new(value).collect();
        let schemes: Vec<_> = all.iter().map(|challenge| challenge.scheme).collect();
        assert_eq!(schemes, ["Digest", "Negotiate", "Basic", "Digest"]);
        let texts = |name: &str| all.iter().map(|c| c.param(name).unwrap_or_default()).collect::<Vec<_>>();
        assert_eq!(texts("REALM"), ["a, b", "", "c", ""]);
        assert_eq!(texts("nonce"), ["x=,y", "", "", "z"]);
    }

    #[test]
    fn parameters_are_unquoted() {
        let challenge = Challenge::parse(r#"digest realm="a \"b\"", stale=TRUE"#).unwrap();
        assert!(challenge.is("Digest"));
        assert_eq!(challenge.param("realm").as_deref(), Some("a \"b\""));
        assert_eq!(challenge.raw("realm"), Some(r#""a \"b\"""#));
        assert_eq!(challenge.param("stale").as_deref(), Some("TRUE"));
        assert_eq!(challenge.param("opaque"), None);
    }

    #[test]
    fn junk_holds_no_challenge() {
        for value in ["", ",", "realm=\"x\"", "\"x\"", "= ,=,"] {
            assert_eq!(Challenges::new(value).count(), 0, "{value}");
        }
    }
}
