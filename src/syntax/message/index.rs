//! The one pass over a frame: start line, header field spans, end of the header.
//!
//! Folds become spaces in the buffer, so that every value is one slice. A fault does not stop
//! the pass: the fields behind it are wanted for the refusal.

use super::fault::Fault;
use super::lex::{is_token_octet, visible_length};
use super::name::Name;
use alloc::vec::Vec;

/// More fields than this are refused: an honest message has a few dozen.
pub(super) const MAX_FIELDS: usize = 1024;

/// A range of octets in the buffer of a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// The span of `start..end`; the buffer was measured before, so nothing is cut off.
    pub(super) fn new(start: usize, end: usize) -> Self {
        let limit = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Self { start: limit(start), end: limit(end) }
    }

    /// The span of `inner`, a slice of `outer`.
    pub(super) fn of(outer: &str, inner: &str) -> Self {
        let start = (inner.as_ptr() as usize).saturating_sub(outer.as_ptr() as usize);
        Self::new(start, start + inner.len())
    }

    pub(super) fn start(self) -> usize {
        self.start as usize
    }

    pub(super) fn end(self) -> usize {
        self.end as usize
    }

    pub(super) fn is_empty(self) -> bool {
        self.start >= self.end
    }

    pub(super) fn slice(self, octets: &[u8]) -> &[u8] {
        octets.get(self.start()..self.end()).unwrap_or(&[])
    }

    pub(super) fn text(self, text: &str) -> &str {
        text.get(self.start()..self.end()).unwrap_or("")
    }
}

/// One header field line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field {
    pub(super) name: Name,
    /// The name as received.
    pub(super) label: Span,
    /// The value, trimmed and unfolded.
    pub(super) value: Span,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum StartLine {
    Request { method: Span, uri: Span },
    Response { status: u16, reason: Span },
    Unreadable,
}

/// Known names.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct NameSet([u64; 2]);

impl NameSet {
    pub(super) fn has(self, name: Name) -> bool {
        let (word, bit) = Self::place(name);
        self.0.get(word).is_some_and(|word| word & bit != 0)
    }

    /// Puts a name in; whether it was there.
    fn put(&mut self, name: Name) -> bool {
        let had = self.has(name);
        let (word, bit) = Self::place(name);
        if let Some(word) = self.0.get_mut(word) {
            *word |= bit;
        }
        had
    }

    /// Beyond all words for [`Name::Other`], which is the last: it names no field.
    fn place(name: Name) -> (usize, u64) {
        let number = name as usize;
        (if name == Name::Other { usize::MAX } else { number / 64 }, 1 << (number % 64))
    }
}

/// What the pass found.
#[derive(Debug)]
pub(super) struct Index {
    pub(super) start: StartLine,
    pub(super) fields: Vec<Field>,
    /// The names of the fields, and of those that came more than once.
    pub(super) names: NameSet,
    pub(super) repeated: NameSet,
    /// Where the empty line begins and where the body begins.
    pub(super) header_end: usize,
    pub(super) body_start: usize,
    pub(super) is_folded: bool,
    pub(super) fault: Option<Fault>,
}

/// Indexes `octets` and unfolds its header in place.
pub(super) fn scan(octets: &mut [u8]) -> Index {
    let start = skip_line_ends(octets);
    let (line, after) = first_line(octets, start);
    let (start_line, fault) = match start_line(octets, line) {
        Ok(found) => (found, None),
        Err((found, fault)) => (found, Some(fault)),
    };
    let (fields, names, repeated) = (Vec::new(), NameSet::default(), NameSet::default());
    let mut index = Index {
        start: start_line,
        fields,
        names,
        repeated,
        header_end: after,
        body_start: after,
        is_folded: false,
        fault,
    };
    if !matches!(index.start, StartLine::Unreadable) {
        index.fields.reserve(24);
        scan_fields(octets, after, &mut index);
    }
    index
}

// RFC 3261 section 7.5: empty lines before the start line are ignored.
fn skip_line_ends(octets: &[u8]) -> usize {
    octets.iter().position(|octet| !matches!(octet, b'\r' | b'\n')).unwrap_or(octets.len())
}

/// The first line without its end, and where the next one starts.
fn first_line(octets: &[u8], start: usize) -> (Span, usize) {
    let rest = octets.get(start..).unwrap_or(&[]);
    let visible = visible_length(rest);
    let Some(more) = rest.get(visible..).unwrap_or(&[]).iter().position(|octet| *octet == b'\n') else {
        return (Span::new(start, octets.len()), octets.len());
    };
    let length = visible + more;
    let line = rest.get(..length).unwrap_or(&[]);
    let length_without_cr = line.strip_suffix(b"\r").unwrap_or(line).len();
    (Span::new(start, start + length_without_cr), start + length + 1)
}

/// The start line; an error tells what is known of it all the same.
fn start_line(octets: &[u8], line: Span) -> Result<StartLine, (StartLine, Fault)> {
    let text = line.slice(octets);
    if text.is_empty() {
        return Err((StartLine::Unreadable, Fault::Empty));
    }
    // Only a reason phrase may hold HTAB; elsewhere what follows refuses it.
    if text.iter().any(|octet| octet.is_ascii_control() && *octet != b'\t') {
        return Err((StartLine::Unreadable, Fault::StartLine));
    }
    match text.get(..4) {
        Some(start) if start.eq_ignore_ascii_case(b"SIP/") => status_line(text, line.start()),
        _ => request_line(text, line.start()),
    }
}

fn status_line(text: &[u8], at: usize) -> Result<StartLine, (StartLine, Fault)> {
    let fail = |fault| Err((StartLine::Response { status: 0, reason: Span::default() }, fault));
    let Some((version, rest)) = split_at_space(text) else {
        return fail(Fault::StartLine);
    };
    if !version.eq_ignore_ascii_case(b"SIP/2.0") {
        return fail(Fault::Version);
    }
    let (code, reason) = split_at_space(rest).unwrap_or((rest, &[]));
    let [hundreds @ b'1'..=b'6', tens @ b'0'..=b'9', ones @ b'0'..=b'9'] = code else {
        return fail(Fault::StatusCode);
    };
    let digit = |octet: &u8| u16::from(octet - b'0');
    let status = digit(hundreds) * 100 + digit(tens) * 10 + digit(ones);
    let end = at + text.len();
    Ok(StartLine::Response { status, reason: Span::new(end - reason.len(), end) })
}

fn request_line(text: &[u8], at: usize) -> Result<StartLine, (StartLine, Fault)> {
    let trimmed = text.trim_ascii_end();
    let before_version = trimmed.iter().rposition(|octet| *octet == b' ').unwrap_or(0);
    let version = trimmed.get(before_version..).unwrap_or(&[]).trim_ascii_start();
    let method_length = text.iter().position(|octet| !is_token_octet(*octet)).unwrap_or(0);
    if !is_version(version) || method_length == 0 || method_length >= before_version {
        return Err((StartLine::Unreadable, Fault::StartLine));
    }
    let method = Span::new(at, at + method_length);
    let uri = text.get(method_length + 1..before_version).unwrap_or(&[]);
    let span = Span::new(at + method_length + 1, at + before_version);
    let found = StartLine::Request { method, uri: span };
    if !version.eq_ignore_ascii_case(b"SIP/2.0") {
        return Err((found, Fault::Version));
    }
    // RFC 3261 section 7.1: single spaces, and none at the end.
    let spaced = text.get(method_length) == Some(&b' ') && trimmed.len() == text.len();
    if !spaced || uri.is_empty() || uri.starts_with(b" ") || uri.ends_with(b" ") {
        return Err((found, Fault::RequestLine));
    }
    if uri.contains(&b' ') {
        return Err((found, Fault::RequestUri));
    }
    Ok(found)
}

/// Whether `text` is a SIP-Version of any number.
fn is_version(text: &[u8]) -> bool {
    let Some((name, number)) = text.split_at_checked(4) else {
        return false;
    };
    name.eq_ignore_ascii_case(b"SIP/")
        && !number.is_empty()
        && number.iter().all(|octet| octet.is_ascii_digit() || *octet == b'.')
}

fn split_at_space(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let space = text.iter().position(|octet| *octet == b' ')?;
    Some((text.get(..space)?, text.get(space + 1..)?))
}

fn scan_fields(octets: &mut [u8], start: usize, index: &mut Index) {
    let mut at = start;
    loop {
        index.header_end = at;
        index.body_start = at;
        match octets.get(at..).unwrap_or(&[]) {
            [] => return note(index, Fault::HeaderEnd),
            [b'\n', ..] => index.body_start = at + 1,
            [b'\r', b'\n', ..] => index.body_start = at + 2,
            _ => {
                at = scan_field(octets, at, index);
                continue;
            }
        }
        return;
    }
}

/// Indexes the line at `start`, its folds included, and returns where the next one starts.
fn scan_field(octets: &mut [u8], start: usize, index: &mut Index) -> usize {
    let rest = octets.get(start..).unwrap_or(&[]);
    let label = rest.iter().position(|octet| !is_token_octet(*octet)).unwrap_or(rest.len());
    let after = rest.get(label..).unwrap_or(&[]);
    let spaces = after.iter().position(|octet| !matches!(octet, b' ' | b'\t')).unwrap_or(after.len());
    let is_field = label > 0 && after.get(spaces) == Some(&b':');
    let value = if is_field { start + label + spaces + 1 } else { start };
    let name = Name::from_bytes(rest.get(..label).unwrap_or(&[]));
    let (end, next) = unfold(octets, value, index);
    if !is_field {
        note(index, Fault::HeaderLine);
    } else if index.fields.len() >= MAX_FIELDS {
        note(index, Fault::TooManyFields);
    } else {
        let value = trimmed(octets, value, end);
        if index.names.put(name) {
            index.repeated.put(name);
        }
        index.fields.push(Field { name, label: Span::new(start, start + label), value });
    }
    next
}

/// Turns folds into spaces (RFC 3261 section 7.3.1) up to the end of the field; returns that end
/// and the start of the next line. A lone LF ends a line as well.
fn unfold(octets: &mut [u8], start: usize, index: &mut Index) -> (usize, usize) {
    let mut at = start;
    loop {
        at += visible_length(octets.get(at..).unwrap_or(&[]));
        let line_end = match octets.get(at..).unwrap_or(&[]) {
            [] => return (at, at),
            [b'\n', ..] => 1,
            [b'\r', b'\n', ..] => 2,
            [b'\r', ..] => {
                note(index, Fault::BareCarriageReturn);
                0
            }
            _ => 0,
        };
        if line_end == 0 {
            at += 1;
        } else if matches!(octets.get(at + line_end), Some(b' ' | b'\t')) {
            octets.get_mut(at..at + line_end).unwrap_or(&mut []).fill(b' ');
            index.is_folded = true;
            at += line_end;
        } else {
            return (at, at + line_end);
        }
    }
}

fn trimmed(octets: &[u8], start: usize, end: usize) -> Span {
    let value = octets.get(start..end).unwrap_or(&[]);
    let is_text = |octet: &u8| !matches!(octet, b' ' | b'\t');
    let Some(first) = value.iter().position(is_text) else {
        return Span::new(start, start);
    };
    let last = value.iter().rposition(is_text).unwrap_or(first);
    Span::new(start + first, start + last + 1)
}

/// Keeps the first fault.
fn note(index: &mut Index, fault: Fault) {
    index.fault.get_or_insert(fault);
}
