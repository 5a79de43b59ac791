//! A message: one buffer, an index of its header fields, and the base fields taken apart.

use super::base::{self, Base};
use super::fault::Fault;
use super::index::{Field, Index, NameSet, Span, StartLine, scan};
use super::lex::Elements;
use super::method::Method;
use super::name::Name;
use super::name_addr::NameAddr;
use super::refusal::ParseError;
use super::via::Via;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// A well-formed request or response.
///
/// Via, From, To, Call-ID and `CSeq` are there and in order; every other field is read on
/// demand, so that a malformed one that nobody needs does not lose the message.
#[derive(Clone)]
pub struct Message {
    buffer: Buffer,
    start: StartLine,
    fields: Vec<Field>,
    names: NameSet,
    base: Base,
    header_end: usize,
    body_start: usize,
    is_folded: bool,
}

/// `CSeq` (RFC 3261 section 20.16).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CSeq<'a> {
    /// The sequence number.
    pub number: u32,
    /// The method of the request.
    pub method: Method<'a>,
}

impl<'a> CSeq<'a> {
    /// Reads a value.
    ///
    /// # Errors
    /// [`Fault::CSeq`].
    pub fn parse(text: &'a str) -> Result<Self, Fault> {
        let (number, method) = base::sequence(text).ok_or(Fault::CSeq)?;
        Ok(Self { number, method: Method::new(method) })
    }
}

/// The header is UTF-8 always; where the body is too, slices need no second validation.
#[derive(Clone)]
enum Buffer {
    Text(String),
    Octets(Vec<u8>),
}

impl Buffer {
    fn new(octets: Vec<u8>) -> Self {
        String::from_utf8(octets).map_or_else(|error| Self::Octets(error.into_bytes()), Self::Text)
    }

    /// Without what stands behind `end`.
    fn cut(self, end: usize) -> Self {
        match self {
            Self::Text(mut text) if text.is_char_boundary(end) => {
                text.truncate(end);
                Self::Text(text)
            }
            other @ (Self::Text(_) | Self::Octets(_)) => {
                let mut octets = other.into_octets();
                octets.truncate(end);
                Self::new(octets)
            }
        }
    }

    /// `None` when it is no UTF-8.
    #[inline(always)]
    fn text(&self, span: Span) -> Option<&str> {
        match self {
            Self::Text(text) => Some(span.text(text)),
            Self::Octets(octets) => checked(octets, span),
        }
    }

    fn octets(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Octets(octets) => octets,
        }
    }

    fn into_octets(self) -> Vec<u8> {
        match self {
            Self::Text(text) => text.into_bytes(),
            Self::Octets(octets) => octets,
        }
    }
}

impl Message {
    /// Reads the message in `frame`, the payload of one WebSocket message (RFC 7118 section 5).
    ///
    /// Takes time linear in the length of the frame and allocates twice: buffer and index.
    ///
    /// # Errors
    /// The first [`Fault`] found, with what is needed to answer it.
    pub fn parse(frame: &[u8]) -> Result<Self, ParseError> {
        // Half of what the spans can address, so that no sum of two positions overflows.
        if frame.len() > (u32::MAX >> 1) as usize {
            return Err(ParseError::unanswerable(Fault::TooLarge));
        }
        let mut octets = frame.to_vec();
        let index = scan(&mut octets);
        let buffer = Buffer::new(octets);
        match check(&buffer, &index) {
            Ok(base) => Ok(Self::new(buffer, index, base)),
            Err(fault) => Err(ParseError::new(fault, buffer.into_octets(), index)),
        }
    }

    fn new(buffer: Buffer, index: Index, base: Base) -> Self {
        let Index { start, fields, names, header_end, body_start, is_folded, .. } = index;
        Self {
            buffer: buffer.cut(body_start + base.body),
            start,
            fields,
            names,
            base,
            header_end,
            body_start,
            is_folded,
        }
    }

    /// Whether this is a request.
    pub fn is_request(&self) -> bool {
        matches!(self.start, StartLine::Request { .. })
    }

    /// The status code of a response, 100 to 699.
    pub fn status(&self) -> Option<u16> {
        match self.start {
            StartLine::Response { status, .. } => Some(status),
            StartLine::Request { .. } | StartLine::Unreadable => None,
        }
    }

    /// The reason phrase of a response; empty for requests.
    pub fn reason(&self) -> &str {
        match self.start {
            StartLine::Response { reason, .. } => self.text(reason),
            StartLine::Request { .. } | StartLine::Unreadable => "",
        }
    }

    /// The Request-URI; empty for responses.
    pub fn uri(&self) -> &str {
        match self.start {
            StartLine::Request { uri, .. } => self.text(uri),
            StartLine::Response { .. } | StartLine::Unreadable => "",
        }
    }

    /// The method of the request, or of the request that this response answers.
    pub fn method(&self) -> Method<'_> {
        self.base.known_method.unwrap_or_else(|| Method::Other(self.text(self.base.method)))
    }

    /// The method where it stands in `CSeq`.
    pub(crate) fn method_text(&self) -> &str {
        self.text(self.base.method)
    }

    /// Sequence number and method.
    pub fn cseq(&self) -> CSeq<'_> {
        CSeq { number: self.base.number, method: self.method() }
    }

    /// The topmost Via.
    pub fn via(&self) -> Via<'_> {
        self.base.via.view(|span| self.text(span))
    }

    /// The branch of the topmost Via.
    pub fn branch(&self) -> Option<&str> {
        self.base.via.branch().map(|span| self.text(span))
    }

    /// The number of Via values.
    pub fn via_count(&self) -> usize {
        self.values(Name::Via).count()
    }

    /// From.
    pub fn from(&self) -> NameAddr<'_> {
        self.base.from.view(|span| self.text(span))
    }

    /// To.
    pub fn to(&self) -> NameAddr<'_> {
        self.base.to.view(|span| self.text(span))
    }

    /// The tag of From.
    pub fn from_tag(&self) -> Option<&str> {
        self.base.from.tag().map(|span| self.text(span))
    }

    /// The tag of To.
    pub fn to_tag(&self) -> Option<&str> {
        self.base.to.tag().map(|span| self.text(span))
    }

    /// Call-ID.
    pub fn call_id(&self) -> &str {
        self.text(self.base.call_id)
    }

    /// The value of the first field of this name, trimmed and unfolded.
    pub fn header(&self, name: Name) -> Option<&str> {
        self.fields(name).next()
    }

    /// The value of the first field of a name that may be unknown: any case, long or compact.
    pub fn header_named(&self, name: &str) -> Option<&str> {
        let known = Name::from_bytes(name.as_bytes());
        self.fields.iter().find(|field| self.is_named(field, known, name)).map(|field| self.text(field.value))
    }

    /// The value of each field of this name, in order.
    pub fn fields(&self, name: Name) -> impl Iterator<Item = &str> + Clone {
        // Most that are asked for are not there.
        let fields: &[Field] = if self.names.has(name) { &self.fields } else { &[] };
        fields.iter().filter(move |field| field.name == name).map(|field| self.text(field.value))
    }

    /// [`fields`](Self::fields) for a name that may be unknown.
    pub fn fields_named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> + Clone {
        let known = Name::from_bytes(name.as_bytes());
        let same = move |field: &&Field| self.is_named(field, known, name);
        self.fields.iter().filter(same).map(|field| self.text(field.value))
    }

    /// The elements of all fields of this name: split at commas outside of quotes and angle
    /// brackets, trimmed, empty ones skipped (RFC 3261 section 7.3.1).
    pub fn values(&self, name: Name) -> impl Iterator<Item = &str> + Clone {
        self.fields(name).flat_map(Elements::new)
    }

    /// Name as received and value of every field, in order.
    pub fn all_fields(&self) -> impl Iterator<Item = (&str, &str)> + Clone {
        self.fields.iter().map(|field| (self.text(field.label), self.text(field.value)))
    }

    /// All header fields as they stand: a line each, folds as spaces.
    pub fn header_text(&self) -> &str {
        self.text(Span::new(self.fields.first().map_or(self.header_end, |field| field.label.start()), self.header_end))
    }

    /// Whether a list holds a token, compared without case (`Require`, `Supported`).
    pub fn has_token(&self, name: Name, token: &str) -> bool {
        self.values(name).any(|value| value.eq_ignore_ascii_case(token))
    }

    /// Whether a list of methods holds `method`, compared with case (`Allow`).
    pub fn has_method(&self, name: Name, method: Method<'_>) -> bool {
        self.values(name).any(|value| value == method.as_str())
    }

    /// The body; empty when there is none.
    pub fn body(&self) -> &[u8] {
        self.octets().get(self.body_start..).unwrap_or(&[])
    }

    /// The body as text, unless octets of the message are no UTF-8: then that is to be seen.
    pub(super) fn text_body(&self) -> Option<&str> {
        match &self.buffer {
            Buffer::Text(text) => text.get(self.body_start..),
            Buffer::Octets(_) => None,
        }
    }

    /// Whether the scheme of the Request-URI is one of telephony: `sip`, `sips` or `tel`.
    pub fn has_known_scheme(&self) -> bool {
        self.base.known_scheme
    }

    /// Whether a header field went over several lines (RFC 3261 section 7.3.1).
    pub fn is_folded(&self) -> bool {
        self.is_folded
    }

    /// The message as received: folds are spaces now, and what stood behind the body is gone.
    pub fn octets(&self) -> &[u8] {
        self.buffer.octets()
    }

    /// [`octets`](Self::octets) without a copy.
    pub fn into_octets(self) -> Vec<u8> {
        self.buffer.into_octets()
    }

    pub(super) fn start_line(&self) -> StartLine {
        self.start
    }

    pub(super) fn field_lines(&self) -> impl Iterator<Item = (Field, &[u8])> {
        let ends = self.fields.iter().skip(1).map(|next| next.label.start()).chain([self.header_end]);
        let line = |field: &Field, end| Span::new(field.label.start(), end).slice(self.octets());
        self.fields.iter().zip(ends).map(move |(field, end)| (*field, line(field, end)))
    }

    fn is_named(&self, field: &Field, known: Name, label: &str) -> bool {
        field.name == known && (known != Name::Other || self.text(field.label).eq_ignore_ascii_case(label))
    }

    pub(super) fn text(&self, span: Span) -> &str {
        self.buffer.text(span).unwrap_or("")
    }
}

// Only the start line: header fields may hold credentials.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.start {
            StartLine::Request { method, uri } => write!(f, "{} {}", self.text(method), self.text(uri)),
            StartLine::Response { status, reason } => write!(f, "{status} {}", self.text(reason)),
            StartLine::Unreadable => f.write_str("?"),
        }
    }
}

/// Apart, because hardly any message needs it, and every place that reads a field would have it.
#[cold]
#[inline(never)]
fn checked(octets: &[u8], span: Span) -> Option<&str> {
    str::from_utf8(span.slice(octets)).ok()
}

fn check(buffer: &Buffer, index: &Index) -> Result<Base, Fault> {
    if let Some(fault) = index.fault {
        return Err(fault);
    }
    let header = buffer.text(Span::new(0, index.header_end)).ok_or(Fault::Encoding)?;
    base::check(header, index, buffer.octets().len() - index.body_start)
}
