//! What the application may put into messages: stricter than what we read.

use super::escape::hex;
use super::lex::is_token;
use super::uri::Uri;

/// Whether `text` may be the name of a header field.
pub fn valid_header_name(text: &str) -> bool {
    is_token(text)
}

/// Whether `text` may be a header field value: no control characters but HTAB.
pub fn valid_header_value(text: &str) -> bool {
    !text.chars().any(|character| character.is_control() && character != '\t')
}

/// Whether `text` is a URI that may be written: ASCII, and every `%` starts an escape.
pub fn valid_uri(text: &str) -> bool {
    text.is_ascii() && escapes_are_whole(text) && Uri::parse(text).is_ok()
}

fn escapes_are_whole(text: &str) -> bool {
    text.split('%').skip(1).all(|rest| {
        let mut digits = rest.bytes().map(hex);
        matches!((digits.next(), digits.next()), (Some(Some(_)), Some(Some(_))))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_hold_no_control_characters() {
        assert!(valid_header_value("Grüße,\t\"x\""));
        for text in ["a\rb", "a\nb", "a\0b", "a\u{7f}b", "\u{85}"] {
            assert!(!valid_header_value(text));
        }
    }

    #[test]
    fn names_are_tokens() {
        assert!(valid_header_name("X-Any.1"));
        for text in ["", "a b", "a:b", "ä", "a\r"] {
            assert!(!valid_header_name(text));
        }
    }

    #[test]
    fn uris_are_strict() {
        assert!(valid_uri("sip:a%20b@example.com;x=%5B"));
        for text in ["sip:a%2@b", "sip:a%zz@b", "sip:ä@b", "sip:a b@c", "example.com", "sip:a@b\r\n"] {
            assert!(!valid_uri(text), "{text}");
        }
    }
}
