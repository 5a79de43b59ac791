//! Writing and reading the parameters of credentials.

use crate::message::{append_quoted, unescape};
use alloc::string::String;

/// Appends a parameter as a quoted string.
pub(super) fn parameter(out: &mut String, name: &str, value: &str) {
    begin(out, name);
    append_quoted(out, value);
}

/// Appends a parameter that must not be quoted (RFC 7616 section 3.4: algorithm, qop, nc).
pub(super) fn token(out: &mut String, name: &str, value: &str) {
    begin(out, name);
    out.push_str(value);
}

fn begin(out: &mut String, name: &str) {
    if !out.is_empty() && !out.ends_with(' ') {
        out.push_str(", ");
    }
    out.push_str(name);
    out.push('=');
}

/// The nonce count: exactly eight hexadecimal digits.
pub(super) fn nonce_count(count: u32) -> String {
    let digits = (0..8).rev().map(|place| (count >> (4 * place)) & 15);
    digits.filter_map(|digit| char::from_digit(digit, 16)).collect()
}

/// Appends `text` in the value form of RFC 5987: octets that are no `attr-char` as `%XX`.
pub(super) fn append_extended(out: &mut String, text: &str) {
    for octet in text.bytes() {
        if octet.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&octet) {
            out.push(char::from(octet));
        } else {
            out.push('%');
            let digits = [octet >> 4, octet & 15];
            out.extend(
                digits
                    .iter()
                    .filter_map(|digit| char::from_digit(u32::from(*digit), 16))
                    .map(|digit| digit.to_ascii_uppercase()),
            );
        }
    }
}

/// Reads `charset'language'value` of RFC 5987. Only UTF-8 is known.
pub(super) fn read_extended(text: &str) -> Option<String> {
    let (charset, rest) = text.split_once('\'')?;
    let (_language, value) = rest.split_once('\'')?;
    if !charset.eq_ignore_ascii_case("UTF-8") {
        return None;
    }
    String::from_utf8(unescape(value).into_owned()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonce_counts_have_eight_digits() {
        for (count, text) in [(1, "00000001"), (0xab, "000000ab"), (u32::MAX, "ffffffff")] {
            assert_eq!(nonce_count(count), text);
        }
    }

    // RFC 7616 section 3.9.2 prints this name.
    #[test]
    fn extended_values_are_those_of_the_rfc() {
        let mut out = String::new();
        append_extended(&mut out, "J\u{e4}s\u{f8}n Doe");
        assert_eq!(out, "J%C3%A4s%C3%B8n%20Doe");
        assert_eq!(read_extended("UTF-8''J%C3%A4s%C3%B8n%20Doe").as_deref(), Some("J\u{e4}s\u{f8}n Doe"));
        assert_eq!(read_extended("utf-8'en'x").as_deref(), Some("x"));
        for bad in ["", "x", "UTF-8'x", "ISO-8859-1''x", "UTF-8''%C3"] {
            assert_eq!(read_extended(bad), None, "{bad}");
        }
    }
}
