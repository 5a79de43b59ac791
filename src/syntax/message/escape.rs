//! The two escapes of SIP: `%` in URIs (RFC 3261 section 19.1.2), `\` in quoted strings
//! (section 25.1).

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

/// The octets of a URI component after one round of unescaping; a `%` that starts no escape
/// stands for itself.
pub fn unescape(text: &str) -> Cow<'_, [u8]> {
    if !text.contains('%') {
        return Cow::Borrowed(text.as_bytes());
    }
    Cow::Owned(Units::new(text).map(|unit| unit.octet).collect())
}

/// [`unescape`] as text; octets that are no UTF-8 become U+FFFD.
pub fn unescape_text(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    Cow::Owned(String::from_utf8_lossy(&unescape(text)).into_owned())
}

/// `text` escaped so that it may stand as the user part of a SIP URI.
pub fn escape_user(text: &str) -> String {
    escape(text, b"-_.!~*'()&=+$,;?/")
}

/// `text` escaped so that it may stand as a header value of a SIP URI.
pub fn escape_header(text: &str) -> String {
    escape(text, b"-_.!~*'()[]/?:+$")
}

/// What a value says: a quoted string without quotes and backslashes, anything else as it is.
pub fn unquote(text: &str) -> Cow<'_, str> {
    let Some(inner) = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
        return Cow::Borrowed(text);
    };
    if !inner.contains('\\') {
        return Cow::Borrowed(inner);
    }
    let mut out = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        out.extend(if character == '\\' { characters.next() } else { Some(character) });
    }
    Cow::Owned(out)
}

/// Appends `text` to `out` as a quoted string; control characters, which no quoted string of
/// ours shall hold, become spaces.
pub fn append_quoted(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        if matches!(character, '"' | '\\') {
            out.push('\\');
        }
        out.push(if character.is_control() { ' ' } else { character });
    }
    out.push('"');
}

/// Whether two URI components are the same: an escape equals the character that it stands
/// for, unless that is reserved (RFC 3261 section 19.1.4).
pub(super) fn eq_component(a: &str, b: &str, fold_case: bool) -> bool {
    let fold = |unit: Unit| {
        let octet = if fold_case { unit.octet.to_ascii_lowercase() } else { unit.octet };
        (octet, unit.escaped && is_reserved(unit.octet))
    };
    Units::new(a).map(fold).eq(Units::new(b).map(fold))
}

/// One octet of a component, and whether it was written as an escape.
struct Unit {
    octet: u8,
    escaped: bool,
}

struct Units<'a> {
    rest: &'a [u8],
}

impl<'a> Units<'a> {
    fn new(text: &'a str) -> Self {
        Self { rest: text.as_bytes() }
    }
}

impl Iterator for Units<'_> {
    type Item = Unit;

    fn next(&mut self) -> Option<Unit> {
        if let [b'%', high, low, rest @ ..] = self.rest
            && let (Some(high), Some(low)) = (hex(*high), hex(*low))
        {
            self.rest = rest;
            return Some(Unit { octet: high << 4 | low, escaped: true });
        }
        let (octet, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(Unit { octet: *octet, escaped: false })
    }
}

fn escape(text: &str, plain: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().unwrap_or(b'0');
    let mut out = Vec::with_capacity(text.len());
    for octet in text.bytes() {
        if octet.is_ascii_alphanumeric() || plain.contains(&octet) {
            out.push(octet);
        } else {
            out.extend([b'%', digit(octet >> 4), digit(octet & 15)]);
        }
    }
    String::from_utf8(out).unwrap_or_default()
}

pub(super) fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

fn is_reserved(octet: u8) -> bool {
    matches!(octet, b';' | b'/' | b'?' | b':' | b'@' | b'&' | b'=' | b'+' | b'$' | b',')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unescapes_once() {
        assert_eq!(unescape_text("value%2541"), "value%41");
        assert_eq!(*unescape("null-%00-null"), *b"null-\0-null");
        assert_eq!(unescape_text("100%zz%4"), "100%zz%4");
    }

    #[test]
    fn a_reserved_character_differs_from_its_escape() {
        assert!(eq_component("%61lice", "alice", false));
        assert!(!eq_component("a%3Bb", "a;b", false));
        assert!(eq_component("a%3bb", "a%3Bb", false));
        assert!(!eq_component("Alice", "alice", false));
    }

    #[test]
    fn quoting_and_unquoting_are_inverse() {
        let mut out = String::new();
        append_quoted(&mut out, r#"a "b" \c"#);
        assert_eq!(unquote(&out), r#"a "b" \c"#);
        assert_eq!(unquote("plain"), "plain");
    }

    #[test]
    fn escaping_and_unescaping_are_inverse() {
        assert_eq!(escape_user("a b@c"), "a%20b%40c");
        assert_eq!(unescape_text(&escape_header("id@host;to-tag=1;q=ä")), "id@host;to-tag=1;q=ä");
    }
}
