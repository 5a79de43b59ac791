//! What is known of a message that was refused, and the answer to it.

use super::fault::Fault;
use super::index::{Field, Index, Span, StartLine};
use super::name::Name;
use super::write::Writer;
use alloc::boxed::Box;
use alloc::vec::Vec;

/// A frame that is no well-formed message.
#[derive(Debug)]
pub struct ParseError {
    fault: Fault,
    remains: Option<Box<Remains>>,
}

#[derive(Debug)]
struct Remains {
    octets: Vec<u8>,
    index: Index,
}

impl ParseError {
    pub(super) fn new(fault: Fault, octets: Vec<u8>, index: Index) -> Self {
        Self { fault, remains: Some(Box::new(Remains { octets, index })) }
    }

    pub(super) fn unanswerable(fault: Fault) -> Self {
        Self { fault, remains: None }
    }

    /// Why it was refused.
    pub fn fault(&self) -> Fault {
        self.fault
    }

    /// The method of a request; `None` for responses, and where the start line cannot be read.
    pub fn method(&self) -> Option<&str> {
        match self.remains.as_deref()?.index.start {
            StartLine::Request { method, .. } => self.text(method),
            StartLine::Response { .. } | StartLine::Unreadable => None,
        }
    }

    /// What stands where the Request-URI belongs, a URI or not.
    pub fn uri(&self) -> Option<&str> {
        match self.remains.as_deref()?.index.start {
            StartLine::Request { uri, .. } => self.text(uri),
            StartLine::Response { .. } | StartLine::Unreadable => None,
        }
    }

    /// The status code of a response and its reason phrase.
    pub fn status(&self) -> Option<(u16, &str)> {
        match self.remains.as_deref()?.index.start {
            StartLine::Response { status, reason } if status > 0 => Some((status, self.text(reason)?)),
            StartLine::Request { .. } | StartLine::Response { .. } | StartLine::Unreadable => None,
        }
    }

    /// The value of the first field of this name that is not empty.
    pub fn header(&self, name: Name) -> Option<&str> {
        self.remains.as_deref()?.values(name).next()
    }

    /// All header fields as they stand, up to where the header breaks off: a line each, folds as spaces.
    pub fn header_text(&self) -> &str {
        let span = |index: &Index| Some(Span::new(index.fields.first()?.label.start(), index.header_end));
        self.remains.as_deref().and_then(|remains| self.text(span(&remains.index)?)).unwrap_or_default()
    }

    /// Whether a header field went over several lines (RFC 3261 section 7.3.1).
    pub fn is_folded(&self) -> bool {
        self.remains.as_deref().is_some_and(|remains| remains.index.is_folded)
    }

    /// The message as received; folds are spaces now.
    pub fn octets(&self) -> &[u8] {
        self.remains.as_deref().map_or(&[], |remains| &remains.octets)
    }

    /// What stands behind the header.
    pub fn body(&self) -> &[u8] {
        self.remains.as_deref().and_then(|remains| remains.octets.get(remains.index.body_start..)).unwrap_or(&[])
    }

    fn text(&self, span: Span) -> Option<&str> {
        str::from_utf8(span.slice(self.octets())).ok()
    }

    /// Whether it is a request that somebody waits for an answer to.
    pub fn is_answerable(&self) -> bool {
        self.remains.as_deref().is_some_and(Remains::is_answerable)
    }

    /// The complete response that refuses the request: its Via fields, From, To (with `to_tag`
    /// if it has no tag), Call-ID and `CSeq` as far as they are readable. `None` for
    /// responses, for ACK, and where no Via tells who waits (RFC 3261 section 8.2.6.2).
    pub fn refusal(&self, to_tag: &str) -> Option<Vec<u8>> {
        let remains = self.remains.as_deref().filter(|remains| remains.is_answerable())?;
        let mut out = Writer::status(self.fault.status(), self.fault.as_str());
        for value in remains.values(Name::Via) {
            out.field(Name::Via, value);
        }
        for name in [Name::From, Name::To, Name::CallId, Name::CSeq] {
            let Some(value) = remains.values(name).next() else {
                continue;
            };
            if name == Name::To && !has_tag(value) {
                out.field_parts(name, &[value, ";tag=", to_tag]);
            } else {
                out.field(name, value);
            }
        }
        Some(out.finish())
    }
}

impl Remains {
    fn is_answerable(&self) -> bool {
        let StartLine::Request { method, .. } = self.index.start else {
            return false;
        };
        method.slice(&self.octets) != b"ACK" && self.values(Name::Via).next().is_some()
    }

    /// The values that are text.
    fn values(&self, name: Name) -> impl Iterator<Item = &str> {
        let same = move |field: &&Field| field.name == name && !field.value.is_empty();
        self.index.fields.iter().filter(same).filter_map(|field| str::from_utf8(field.value.slice(&self.octets)).ok())
    }
}

// The value may be anything: this only keeps a second tag from being added to a sound one.
fn has_tag(value: &str) -> bool {
    let is_tag = |param: &str| param.trim_start().get(..3).is_some_and(|start| start.eq_ignore_ascii_case("tag"));
    value.rsplit('>').next().unwrap_or(value).split(';').skip(1).any(is_tag)
}
