//! The fields that every message has (RFC 3261 section 8.1.1): found, checked and taken apart
//! once, so that later code never meets a message without them.

use super::fault::Fault;
use super::index::{Field, Index, Span, StartLine};
use super::lex::{Cursor, is_word_octet, number};
use super::method::Method;
use super::name::Name;
use super::name_addr::NameAddr;
use super::params::Params;
use super::uri::Uri;
use super::via::Via;

/// From or To, taken apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Address {
    display: Span,
    uri: Span,
    params: Span,
    tag: Option<Span>,
}

/// The topmost Via, taken apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hop {
    transport: Span,
    host: Span,
    port: Option<u16>,
    params: Span,
    branch: Option<Span>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Base {
    pub(super) via: Hop,
    pub(super) from: Address,
    pub(super) to: Address,
    pub(super) call_id: Span,
    pub(super) number: u32,
    pub(super) method: Span,
    /// What [`Method`] makes of it, unless that borrows its text.
    pub(super) known_method: Option<Method<'static>>,
    /// Whether the Request-URI is a `sip:`, `sips:` or `tel:` URI.
    pub(super) known_scheme: bool,
    /// The length of the body.
    pub(super) body: usize,
}

/// Checks the header against RFC 3261 section 8.1.1 and 18.3; `header` is the text of all
/// lines, `available` the number of octets behind it.
pub(super) fn check(header: &str, index: &Index, available: usize) -> Result<Base, Fault> {
    let found = Found::new(index)?;
    let text = |field: &Field| field.value.text(header);
    let (number, method) = sequence(text(found.cseq)).ok_or(Fault::CSeq)?;
    let mut base = Base {
        via: Hop::new(header, text(found.via))?,
        from: Address::new(header, text(found.from)).map_err(|_| Fault::From)?,
        to: Address::new(header, text(found.to)).map_err(|_| Fault::To)?,
        call_id: Some(found.call_id.value).filter(|span| is_word(span.text(header))).ok_or(Fault::CallId)?,
        number,
        method: Span::of(header, method),
        known_method: Method::known(method),
        known_scheme: false,
        body: found.content_length.map_or(Ok(available), |field| body_length(text(field), available))?,
    };
    if let StartLine::Request { method: requested, uri } = index.start {
        check_method(requested.text(header), method)?;
        base.known_scheme = check_uri(uri.text(header))?;
    }
    if found.lengths_differ(header) {
        return Err(Fault::RepeatedContentLength);
    }
    Ok(base)
}

impl Address {
    fn new(header: &str, value: &str) -> Result<Self, Fault> {
        let (address, tag) = NameAddr::parse_with_tag(value)?;
        let span = |inner: &str| Span::of(header, inner);
        Ok(Self {
            display: span(address.display),
            uri: span(address.uri),
            params: span(address.params.as_str()),
            tag: tag.map(span),
        })
    }

    pub(super) fn view<'a>(&self, text: impl Fn(Span) -> &'a str) -> NameAddr<'a> {
        NameAddr { display: text(self.display), uri: text(self.uri), params: Params::of_parsed(text(self.params)) }
    }

    pub(super) fn tag(&self) -> Option<Span> {
        self.tag
    }
}

impl Hop {
    fn new(header: &str, value: &str) -> Result<Self, Fault> {
        let (via, branch) = Via::first(value)?;
        let span = |inner: &str| Span::of(header, inner);
        Ok(Self {
            transport: span(via.transport),
            host: span(via.host),
            port: via.port,
            params: span(via.params.as_str()),
            branch: branch.map(span),
        })
    }

    pub(super) fn branch(&self) -> Option<Span> {
        self.branch
    }

    pub(super) fn view<'a>(&self, text: impl Fn(Span) -> &'a str) -> Via<'a> {
        let params = Params::of_parsed(text(self.params));
        Via { transport: text(self.transport), host: text(self.host), port: self.port, params }
    }
}

/// The base fields, none of them twice.
struct Found<'i> {
    via: &'i Field,
    from: &'i Field,
    to: &'i Field,
    call_id: &'i Field,
    cseq: &'i Field,
    content_length: Option<&'i Field>,
    index: &'i Index,
}

impl<'i> Found<'i> {
    fn new(index: &'i Index) -> Result<Self, Fault> {
        let first = |name| index.fields.iter().find(|field| field.name == name);
        // RFC 3261 section 7.3.1: what must not come twice.
        let once = |name, fault| if index.repeated.has(name) { Err(fault) } else { Ok(()) };
        let single = |name, repeated, missing| once(name, repeated).and_then(|()| first(name).ok_or(missing));
        once(Name::ContentType, Fault::RepeatedContentType)?;
        once(Name::MaxForwards, Fault::RepeatedMaxForwards)?;
        Ok(Self {
            via: first(Name::Via).ok_or(Fault::MissingVia)?,
            from: single(Name::From, Fault::RepeatedFrom, Fault::MissingFrom)?,
            to: single(Name::To, Fault::RepeatedTo, Fault::MissingTo)?,
            call_id: single(Name::CallId, Fault::RepeatedCallId, Fault::MissingCallId)?,
            cseq: single(Name::CSeq, Fault::RepeatedCSeq, Fault::MissingCSeq)?,
            content_length: first(Name::ContentLength),
            index,
        })
    }

    /// Whether two Content-Length fields contradict each other (RFC 4475 section 3.3.9).
    fn lengths_differ(&self, header: &str) -> bool {
        let Some(first) = self.content_length.filter(|_| self.index.repeated.has(Name::ContentLength)) else {
            return false;
        };
        let lengths = self.index.fields.iter().filter(|field| field.name == Name::ContentLength);
        lengths.map(|field| number(field.value.text(header))).any(|value| value != number(first.value.text(header)))
    }
}

/// `CSeq`: a number within 32 bits, white space, a method.
pub(super) fn sequence(value: &str) -> Option<(u32, &str)> {
    let mut cursor = Cursor::new(value);
    let number = number(cursor.take_while(|octet| octet.is_ascii_digit()))?;
    let spaced = cursor.skip_space();
    let method = cursor.token()?;
    (spaced && cursor.is_at_end()).then_some((number, method))
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_word_octet)
}

/// The length of the body. More than what arrived is a fault where frames delimit messages
/// (RFC 4475 section 3.1.2.2); what arrived beyond it is ignored (RFC 3261 section 18.3).
fn body_length(value: &str, available: usize) -> Result<usize, Fault> {
    if value.is_empty() || !value.bytes().all(|octet| octet.is_ascii_digit()) {
        return Err(Fault::ContentLength);
    }
    match number(value).and_then(|length| usize::try_from(length).ok()) {
        Some(length) if length <= available => Ok(length),
        _ => Err(Fault::BodyTooShort),
    }
}

fn check_method(requested: &str, sequenced: &str) -> Result<(), Fault> {
    if requested == sequenced {
        return Ok(());
    }
    // RFC 4475 section 3.1.2.18 prefers 501 where nobody knows the method anyway.
    Err(if Method::known(requested).is_none() { Fault::UnknownMethod } else { Fault::CSeqMethod })
}

/// Whether its scheme is known.
fn check_uri(uri: &str) -> Result<bool, Fault> {
    match Uri::parse(uri) {
        Err(_) => Err(Fault::RequestUri),
        Ok(Uri::Sip(uri)) if uri.headers.is_some() => Err(Fault::RequestUriHeaders),
        Ok(Uri::Sip(_) | Uri::Tel(_)) => Ok(true),
        Ok(Uri::Other { .. }) => Ok(false),
    }
}
