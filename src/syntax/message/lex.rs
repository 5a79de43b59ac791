//! The lexical ground: character classes, a cursor over one value, comma-separated lists.
//!
//! Values were validated as UTF-8 and hold no line ends any more; every stop of the cursor is
//! before an ASCII octet, hence a character boundary.

const TOKEN: u8 = 1;
const HOST: u8 = 2;
const URI: u8 = 4;
/// What matters where a list is split.
const LIST: u8 = 8;
const DISPLAY: u8 = 16;
const VALUE: u8 = 32;
const WORD: u8 = 64;

static CLASSES: [u8; 256] = classes();

/// Whether `octet` may stand in a token (RFC 3261 section 25.1).
#[inline]
pub(super) fn is_token_octet(octet: u8) -> bool {
    class(octet) & TOKEN != 0
}

/// Whether `octet` may stand in a host name; the underscore is no letter of DNS but of life.
#[inline]
pub(super) fn is_host_octet(octet: u8) -> bool {
    class(octet) & HOST != 0
}

/// Whether `octet` may stand in a URI as we read it: visible and no delimiter of a header field.
#[inline]
pub(super) fn is_uri_octet(octet: u8) -> bool {
    class(octet) & URI != 0
}

/// Whether `octet` may stand in a display name without quotes: tokens and white space by the
/// grammar; what else stands in names and cannot be taken for a delimiter is let through (RFC 4475
/// section 3.1.1.6 shows how loosely it is written).
#[inline]
pub(super) fn is_display_octet(octet: u8) -> bool {
    class(octet) & DISPLAY != 0
}

/// Whether `octet` may stand in the value of a parameter. Wider than token and host: tags with `/`
/// or `=`, addresses without brackets and the like are harmless and seen.
#[inline]
pub(super) fn is_value_octet(octet: u8) -> bool {
    class(octet) & VALUE != 0
}

/// Whether `octet` may stand in a Call-ID. Wider than `word ["@" word]` of the grammar: they are
/// only ever compared.
#[inline]
pub(super) fn is_word_octet(octet: u8) -> bool {
    class(octet) & WORD != 0
}

/// White space inside a value: SP, HTAB, and the line ends of folds in the header of a body part.
#[inline]
pub(super) const fn is_space(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t' | b'\r' | b'\n')
}

/// Whether `text` is a token (RFC 3261 section 25.1).
pub fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_token_octet)
}

/// The decimal number that `text` is, all of it; `None` when it is none or beyond 32 bits.
pub(super) fn number(text: &str) -> Option<u32> {
    if text.is_empty() {
        return None;
    }
    text.bytes().try_fold(0_u32, |value, octet| {
        let digit = octet.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value.checked_mul(10)?.checked_add(u32::from(digit))
    })
}

/// How many octets there are before the first control character: only these can end a line. Looks
/// at eight at once, for every octet of a header passes here.
pub fn visible_length(octets: &[u8]) -> usize {
    const ONES: u64 = u64::MAX / 255;
    // An octet below 32 borrows from its highest bit, which it had not set itself; what it does to
    // those behind it comes too late to matter.
    let controls = |word: u64| word.wrapping_sub(ONES * 0x20) & !word & (ONES * 0x80);
    let (words, rest) = octets.as_chunks::<8>();
    let mut clean = 0;
    for word in words {
        let found = controls(u64::from_le_bytes(*word));
        if found != 0 {
            return clean + found.trailing_zeros() as usize / 8;
        }
        clean += 8;
    }
    clean + rest.iter().position(|octet| *octet < b' ').unwrap_or(rest.len())
}

/// `text` without white space at its ends.
pub(super) fn trim(text: &str) -> &str {
    let octets = text.as_bytes();
    let (mut start, mut end) = (0, octets.len());
    while octets.get(start).is_some_and(|octet| is_space(*octet)) {
        start += 1;
    }
    while end > start && octets.get(end - 1).is_some_and(|octet| is_space(*octet)) {
        end -= 1;
    }
    text.get(start..end).unwrap_or("")
}

/// What stands before and after the first `octet`, which is ASCII; the search of the standard
/// library is made for longer texts.
pub(super) fn cut(text: &str, octet: u8) -> Option<(&str, &str)> {
    let at = text.bytes().position(|other| other == octet)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// A position in one value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// Takes `octet` if it is next.
    pub(super) fn eat(&mut self, octet: u8) -> bool {
        let found = self.peek() == Some(octet);
        self.at += usize::from(found);
        found
    }

    /// Skips white space and says whether there was any.
    pub(super) fn skip_space(&mut self) -> bool {
        let start = self.at;
        while self.peek().is_some_and(is_space) {
            self.at += 1;
        }
        self.at > start
    }

    /// Takes `octet` with optional white space on both sides (SLASH, SEMI, EQUAL ...).
    pub(super) fn eat_spaced(&mut self, octet: u8) -> bool {
        self.skip_space();
        let found = self.eat(octet);
        self.skip_space();
        found
    }

    /// Takes a token; `None` when there is none.
    pub(super) fn token(&mut self) -> Option<&'a str> {
        Some(self.take_while(is_token_octet)).filter(|token| !token.is_empty())
    }

    /// Takes the longest run of octets of one kind.
    pub(super) fn take_while(&mut self, kind: impl Fn(u8) -> bool) -> &'a str {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or(&[]);
        let length = rest.iter().position(|octet| !kind(*octet)).unwrap_or(rest.len());
        let run = self.text.get(self.at..self.at + length).unwrap_or("");
        self.at += length;
        run
    }

    /// Takes a quoted string, its quotes included; `None` when none starts here or it never ends.
    pub(super) fn quoted(&mut self) -> Option<&'a str> {
        let rest = self.text.as_bytes().get(self.at..)?;
        let length = quoted_length(rest)?;
        let quoted = self.text.get(self.at..self.at + length);
        self.at += length;
        quoted
    }

    #[inline(always)]
    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at >= self.text.len()
    }

    /// Whether an element of a comma-separated list ends here.
    pub(super) fn is_at_element_end(&self) -> bool {
        matches!(self.peek(), None | Some(b','))
    }

    /// Takes so many octets; `None` when there are not as many.
    pub(super) fn take(&mut self, length: usize) -> Option<&'a str> {
        let taken = self.text.get(self.at..self.at + length)?;
        self.at += length;
        Some(taken)
    }

    /// What has been taken between this position and a later one.
    pub(super) fn up_to(&self, later: &Self) -> &'a str {
        self.text.get(self.at..later.at).unwrap_or("")
    }

    /// What has not been taken yet.
    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }
}

/// The length of the quoted string at the start of `octets`, quotes included.
fn quoted_length(octets: &[u8]) -> Option<usize> {
    let mut inside = octets.iter().enumerate();
    inside.next().filter(|(_, first)| **first == b'"')?;
    while let Some((at, octet)) = inside.next() {
        match octet {
            b'"' => return Some(at + 1),
            b'\\' => drop(inside.next()),
            _ => {}
        }
    }
    None
}

/// The elements of a comma-separated list: quoted strings and angle brackets are respected,
/// empty elements are skipped, elements are trimmed (RFC 3261 section 7.3.1).
#[derive(Clone, Debug)]
pub struct Elements<'a> {
    rest: &'a str,
    brackets: bool,
}

impl<'a> Elements<'a> {
    /// The elements of `text`.
    pub fn new(text: &'a str) -> Self {
        Self { rest: text, brackets: true }
    }

    /// The elements of a list whose values know no angle brackets (challenges).
    pub(super) fn without_brackets(text: &'a str) -> Self {
        Self { rest: text, brackets: false }
    }

    /// What follows the elements taken so far.
    pub(super) fn rest(&self) -> &'a str {
        trim(self.rest)
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        while !self.rest.is_empty() {
            let comma = element_length(self.rest.as_bytes(), self.brackets);
            let element = trim(self.rest.get(..comma).unwrap_or(""));
            self.rest = self.rest.get(comma + 1..).unwrap_or("");
            if !element.is_empty() {
                return Some(element);
            }
        }
        None
    }
}

fn element_length(octets: &[u8], brackets: bool) -> usize {
    let (mut quoted, mut bracketed) = (false, false);
    let mut at = 0;
    while let Some(rest) = octets.get(at..) {
        let Some((step, octet)) = rest.iter().enumerate().find(|(_, octet)| class(**octet) & LIST != 0) else {
            break;
        };
        at += step;
        match octet {
            b'\\' if quoted => at += 1,
            b'"' if !bracketed => quoted = !quoted,
            b'<' if brackets && !quoted => bracketed = true,
            b'>' if !quoted => bracketed = false,
            b',' if !quoted && !bracketed => return at,
            _ => {}
        }
        at += 1;
    }
    octets.len()
}

#[inline]
fn class(octet: u8) -> u8 {
    CLASSES.get(usize::from(octet)).copied().unwrap_or(0)
}

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, the index is below 256")]
const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut octet = 0_u8;
    loop {
        let token = octet.is_ascii_alphanumeric()
            || matches!(octet, b'-' | b'.' | b'!' | b'%' | b'*' | b'_' | b'+' | b'`' | b'\'' | b'~');
        let host = octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_');
        let uri = octet > b' ' && octet != 0x7f && !matches!(octet, b'<' | b'>' | b'"');
        let list = matches!(octet, b',' | b'"' | b'\\' | b'<' | b'>');
        let display = !matches!(octet, b'<' | b'>' | b'"' | b',' | b';' | b':' | b'\\')
            && (!octet.is_ascii_control() || is_space(octet));
        let value = uri && !matches!(octet, b';' | b',');
        let word = !is_space(octet) && octet != b',';
        table[octet as usize] = (token as u8)
            | ((host as u8) << 1)
            | ((uri as u8) << 2)
            | ((list as u8) << 3)
            | ((display as u8) << 4)
            | ((value as u8) << 5)
            | ((word as u8) << 6);
        if octet == u8::MAX {
            return table;
        }
        octet += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn the_first_control_character_is_found_wherever_it_stands() {
        for length in 0..18 {
            for (octet, place) in [0x00, 0x1f, 0x20, 0x7f, 0x80, 0xff]
                .into_iter()
                .flat_map(|octet| (0..length).map(move |place| (octet, place)))
            {
                for later in 0..length {
                    let mut octets = alloc::vec![b'a'; length];
                    octets[later] = b'\r';
                    octets[place] = octet;
                    let plain = octets.iter().position(|octet| *octet < b' ').unwrap_or(length);
                    assert_eq!(visible_length(&octets), plain, "{octets:?}");
                }
            }
        }
    }

    #[test]
    fn elements_respect_quotes_and_brackets() {
        let list = Elements::new(r#" "a, \" b" <sip:x@y?a=1,2> ,, <sip:,> ;q=",",c "#);
        let elements: Vec<&str> = list.collect();
        assert_eq!(elements, [r#""a, \" b" <sip:x@y?a=1,2>"#, r#"<sip:,> ;q=",""#, "c"]);
    }

    #[test]
    fn an_unterminated_quote_is_one_element() {
        assert_eq!(Elements::new("\"a, b\\").collect::<Vec<_>>(), ["\"a, b\\"]);
        assert_eq!(Elements::new(" , ,").count(), 0);
    }

    #[test]
    fn numbers_are_digits_within_32_bits() {
        assert_eq!(number("0004294967295"), Some(u32::MAX));
        for text in ["", "4294967296", "+1", "-1", "1e3", "0x1", " 1", "1 "] {
            assert_eq!(number(text), None, "{text}");
        }
    }

    #[test]
    fn quoted_strings_end_at_an_unescaped_quote() {
        let mut cursor = Cursor::new(r#""a\"b" c"#);
        assert_eq!(cursor.quoted(), Some(r#""a\"b""#));
        assert_eq!(cursor.rest(), " c");
        assert_eq!(Cursor::new(r#""a\""#).quoted(), None);
    }
}
