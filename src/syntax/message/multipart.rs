//! Bodies of several parts (RFC 2046 section 5.1, RFC 5621), and the session description among
//! them.

use super::fault::Fault;
use super::lex::{cut, trim};
use super::media_type::MediaType;
use super::name::Name;
use super::parameterized::Parameterized;
use super::parse::Message;
use alloc::borrow::Cow;

/// One part of a multipart body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part<'a> {
    header: &'a str,
    /// The octets of the part.
    pub body: &'a [u8],
}

/// How deep a multipart in a multipart is looked into.
const MAX_DEPTH: u8 = 3;

impl Message {
    /// The parts of a multipart body, in order.
    ///
    /// # Errors
    /// [`Fault::Multipart`] when the body is not multipart or has no boundary.
    pub fn parts(&self) -> Result<Parts<'_>, Fault> {
        let media = self.content_type().ok_or(Fault::Multipart)?;
        Parts::new(media, self.body()).ok_or(Fault::Multipart)
    }

    /// The session description: a body, or a part of it, of type `application/sdp` whose
    /// disposition is `session`, stated or implied (RFC 5621 section 3.1).
    pub fn description(&self) -> Option<&str> {
        let header = |name| self.header(name);
        find_description(header, Body { octets: self.body(), text: self.text_body() }, MAX_DEPTH)
    }
}

/// A body, and the same as text where that is known to be UTF-8.
#[derive(Clone, Copy)]
struct Body<'a> {
    octets: &'a [u8],
    text: Option<&'a str>,
}

impl<'a> Body<'a> {
    fn of(octets: &'a [u8]) -> Self {
        Self { octets, text: None }
    }
}

impl<'a> Part<'a> {
    /// The value of a field in the header of the part; a fold in it is left as it is, which no
    /// reader of ours minds.
    pub fn header(&self, name: Name) -> Option<&'a str> {
        let mut lines = Lines { rest: self.header.as_bytes() };
        let is_named = |line: &[u8]| {
            let label = line.split(|octet| *octet == b':').next().unwrap_or(&[]);
            label.len() < line.len() && name != Name::Other && Name::from_bytes(label.trim_ascii_end()) == name
        };
        let line = lines.by_ref().find(|line| is_named(line))?;
        let start = self.header.len() - lines.rest.len() - line.len();
        while lines.rest.starts_with(b" ") || lines.rest.starts_with(b"\t") {
            lines.next();
        }
        let field = self.header.get(start..self.header.len() - lines.rest.len())?;
        cut(field, b':').map(|(_, value)| trim(value))
    }

    /// The type of the part; `text/plain` when it says nothing (RFC 2046 section 5.1).
    pub fn content_type(&self) -> Option<MediaType<'a>> {
        MediaType::parse(self.header(Name::ContentType).unwrap_or("text/plain")).ok()
    }
}

/// The session description in a body whose header has these fields (RFC 5621 section 3.1).
pub fn description_in<'a>(header: &dyn Fn(Name) -> Option<&'a str>, body: &'a [u8]) -> Option<&'a str> {
    find_description(header, Body::of(body), MAX_DEPTH)
}

/// The parts of a multipart body.
#[derive(Clone, Debug)]
pub struct Parts<'a> {
    rest: Option<&'a [u8]>,
    boundary: Cow<'a, str>,
}

impl<'a> Parts<'a> {
    /// The parts of `body`; `None` when `media` is not multipart or has no boundary.
    pub fn new(media: MediaType<'a>, body: &'a [u8]) -> Option<Self> {
        let boundary = media.params.unquoted("boundary").filter(|boundary| !boundary.is_empty())?;
        if !media.kind.eq_ignore_ascii_case("multipart") {
            return None;
        }
        let mut parts = Self { rest: Some(body), boundary };
        // The preamble is no part.
        parts.advance();
        Some(parts)
    }

    /// Takes what stands before the next delimiter line.
    fn advance(&mut self) -> Option<&'a [u8]> {
        let body = self.rest.take()?;
        let mut lines = Lines { rest: body };
        loop {
            let before = body.len() - lines.rest.len();
            // A last delimiter that was cut off ends the last part all the same.
            let Some(line) = lines.next() else {
                return Some(body);
            };
            if let Some(is_last) = self.delimiter(line) {
                self.rest = (!is_last).then_some(lines.rest);
                return Some(without_line_end(body.get(..before).unwrap_or(&[])));
            }
        }
    }

    /// Whether `line` is a delimiter, and the last one.
    fn delimiter(&self, line: &[u8]) -> Option<bool> {
        let rest = line.strip_prefix(b"--")?.strip_prefix(self.boundary.as_bytes())?.trim_ascii_end();
        match rest {
            b"" => Some(false),
            b"--" => Some(true),
            _ => None,
        }
    }
}

impl<'a> Iterator for Parts<'a> {
    type Item = Part<'a>;

    fn next(&mut self) -> Option<Part<'a>> {
        self.advance().map(split_part)
    }
}

/// Lines with their ends.
struct Lines<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Lines<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        let length = self.rest.iter().position(|octet| *octet == b'\n').map_or(self.rest.len(), |end| end + 1);
        let (line, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(line)
    }
}

fn split_part(octets: &[u8]) -> Part<'_> {
    let mut lines = Lines { rest: octets };
    let mut header = 0;
    for line in lines.by_ref() {
        if without_line_end(line).is_empty() {
            break;
        }
        header += line.len();
    }
    let header = octets.get(..header).and_then(|header| str::from_utf8(header).ok()).unwrap_or("");
    Part { header, body: lines.rest }
}

fn without_line_end(octets: &[u8]) -> &[u8] {
    let line = octets.strip_suffix(b"\n").unwrap_or(octets);
    line.strip_suffix(b"\r").unwrap_or(line)
}

fn find_description<'a>(header: impl Fn(Name) -> Option<&'a str>, body: Body<'a>, depth: u8) -> Option<&'a str> {
    let media = header(Name::ContentType).and_then(|value| MediaType::parse(value).ok())?;
    if media.is("application", "sdp") {
        let readable = is_session(header(Name::ContentDisposition)) && is_plain(header(Name::ContentEncoding));
        let text = body.text.or_else(|| str::from_utf8(body.octets).ok());
        return text.filter(|text| readable && !text.is_empty());
    }
    let mut found = Parts::new(media, body.octets).filter(|_| depth > 0)?.filter_map(nested(depth - 1));
    // RFC 2046 section 5.1.4: the best alternative comes last.
    if media.subtype.eq_ignore_ascii_case("alternative") { found.last() } else { found.next() }
}

fn nested<'a>(depth: u8) -> impl FnMut(Part<'a>) -> Option<&'a str> {
    move |part| find_description_in(&part, depth)
}

fn find_description_in<'a>(part: &Part<'a>, depth: u8) -> Option<&'a str> {
    let header = |name| part.header(name);
    find_description(&header as &dyn Fn(Name) -> Option<&'a str>, Body::of(part.body), depth)
}

fn is_session(disposition: Option<&str>) -> bool {
    disposition.is_none_or(|value| Parameterized::parse(value).is_ok_and(|disposition| disposition.is("session")))
}

fn is_plain(encoding: Option<&str>) -> bool {
    encoding.is_none_or(|value| value.eq_ignore_ascii_case("identity"))
}
