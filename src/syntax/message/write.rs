//! Messages on their way out: written straight into one buffer.

use super::fault::Fault;
use super::lex::visible_length;
use super::name::Name;
use super::parse::Message;
use super::valid::{valid_header_name, valid_header_value};
use crate::decimal::Decimal;
use alloc::string::String;
use alloc::vec::Vec;
use core::mem;

/// Writes one message. A value can never break out of its line: CR, LF and NUL become spaces.
///
/// Fields stand in the order of the calls; [`body`](Writer::body) or [`finish`](Writer::finish)
/// adds Content-Length, ends the message and leaves the writer empty.
#[derive(Debug, PartialEq, Eq)]
pub struct Writer {
    octets: Vec<u8>,
}

/// Room for a usual header.
const CAPACITY: usize = 1024;

impl Writer {
    /// A request.
    pub fn request(method: &str, uri: &str) -> Self {
        let mut writer = Self { octets: Vec::with_capacity(CAPACITY) };
        writer.push(&[method, " ", uri, " SIP/2.0"]);
        writer.end_line();
        writer
    }

    /// A response to `request`: with its Via fields, From, To (and `to_tag` if it has no tag yet),
    /// Call-ID and `CSeq` (RFC 3261 section 8.2.6.2).
    pub fn response(request: &Message, status: u16, reason: &str, to_tag: Option<&str>) -> Self {
        let mut writer = Self::status(status, reason);
        writer.copy_fields(request, Name::Via).copy_fields(request, Name::From);
        match to_tag.filter(|_| request.to_tag().is_none()) {
            Some(tag) => writer.field_parts(Name::To, &[request.header(Name::To).unwrap_or(""), ";tag=", tag]),
            None => writer.copy_fields(request, Name::To),
        };
        writer.copy_fields(request, Name::CallId).copy_fields(request, Name::CSeq);
        writer
    }

    /// A response with nothing but its Status-Line so far.
    pub fn status(status: u16, reason: &str) -> Self {
        let mut writer = Self { octets: Vec::with_capacity(CAPACITY) };
        writer.push(&["SIP/2.0 ", Decimal::new(u64::from(status)).as_str(), " ", reason]);
        writer.end_line();
        writer
    }

    /// Adds a field.
    pub fn field(&mut self, name: Name, value: &str) -> &mut Self {
        self.field_parts(name, &[value])
    }

    /// Adds a field whose value is the concatenation of `parts`.
    pub fn field_parts(&mut self, name: Name, parts: &[&str]) -> &mut Self {
        self.octets.extend_from_slice(name.as_str().as_bytes());
        self.value(parts)
    }

    /// Adds lines of header fields that stand as they are to go out, line ends included.
    pub fn lines(&mut self, lines: &str) -> &mut Self {
        self.octets.extend_from_slice(lines.as_bytes());
        self
    }

    /// Adds a field whose value is a number.
    pub fn field_number(&mut self, name: Name, value: u32) -> &mut Self {
        self.field(name, Decimal::new(u64::from(value)).as_str())
    }

    /// Adds a field of any name.
    pub fn field_named(&mut self, name: &str, value: &str) -> &mut Self {
        self.push(&[name]);
        self.value(&[value])
    }

    /// Adds a field that the application gave.
    ///
    /// # Errors
    /// [`Fault::HeaderName`] or [`Fault::HeaderValue`]; nothing is written then.
    pub fn field_checked(&mut self, name: &str, value: &str) -> Result<&mut Self, Fault> {
        if !valid_header_name(name) {
            return Err(Fault::HeaderName);
        }
        if !valid_header_value(value) {
            return Err(Fault::HeaderValue);
        }
        Ok(self.field_named(name, value))
    }

    /// Adds all fields of `name` that `message` has, values as received, in order.
    pub fn copy_fields(&mut self, message: &Message, name: Name) -> &mut Self {
        for value in message.fields(name) {
            // As it is, not cleaned: a parsed value holds no line end, and a NUL in a quoted
            // string must come back to who sent it.
            self.octets.extend_from_slice(name.as_str().as_bytes());
            self.octets.extend_from_slice(b": ");
            self.octets.extend_from_slice(value.as_bytes());
            self.end_line();
        }
        self
    }

    /// Ends the message with a body.
    pub fn body(&mut self, content_type: &str, body: &[u8]) -> Vec<u8> {
        self.field(Name::ContentType, content_type);
        self.end(body)
    }

    /// Ends the message without a body.
    pub fn finish(&mut self) -> Vec<u8> {
        self.end(&[])
    }

    /// Ends the message with a body whose Content-Type was written before.
    pub fn end(&mut self, body: &[u8]) -> Vec<u8> {
        self.field(Name::ContentLength, Decimal::new(body.len() as u64).as_str());
        self.octets.reserve_exact(2 + body.len());
        self.end_line();
        self.octets.extend_from_slice(body);
        mem::take(&mut self.octets)
    }

    fn value(&mut self, parts: &[&str]) -> &mut Self {
        self.octets.extend_from_slice(b": ");
        self.push(parts);
        self.end_line();
        self
    }

    fn end_line(&mut self) {
        self.octets.extend_from_slice(b"\r\n");
    }

    fn push(&mut self, parts: &[&str]) {
        for part in parts {
            push_clean(&mut self.octets, part);
        }
    }
}

/// Appends `text` with spaces for whatever could end a line.
pub fn append_clean(out: &mut String, text: &str) {
    let clean = |character| if matches!(character, '\r' | '\n' | '\0') { ' ' } else { character };
    if visible_length(text.as_bytes()) < text.len() {
        out.extend(text.chars().map(clean));
    } else {
        out.push_str(text);
    }
}

/// [`append_clean`] for a message.
pub(super) fn push_clean(out: &mut Vec<u8>, text: &str) {
    let start = out.len();
    out.extend_from_slice(text.as_bytes());
    if visible_length(text.as_bytes()) < text.len() {
        let ends = |octet: &&mut u8| matches!(**octet, b'\r' | b'\n' | 0);
        out.iter_mut().skip(start).filter(ends).for_each(|octet| *octet = b' ');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_breaks_out_of_its_line() {
        let frame = Writer::request("OPTIONS", "sip:a@b\r\nX: y").field(Name::Subject, "a\r\nB: c\0d").finish();
        let expected = "OPTIONS sip:a@b  X: y SIP/2.0\r\nSubject: a  B: c d\r\nContent-Length: 0\r\n\r\n";
        assert_eq!(str::from_utf8(&frame), Ok(expected));
    }

    #[test]
    fn application_input_is_checked() {
        let mut writer = Writer::request("OPTIONS", "sip:a@b");
        assert_eq!(writer.field_checked("X Y", "1").err(), Some(Fault::HeaderName));
        assert_eq!(writer.field_checked("X-Y", "1\n2").err(), Some(Fault::HeaderValue));
        assert!(writer.field_checked("X-Y", "1\t2 ä").is_ok());
    }

    #[test]
    fn a_body_has_type_and_length() {
        let frame = Writer::request("MESSAGE", "sip:a@b").body("text/plain", b"hello");
        assert!(frame.ends_with(b"Content-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"));
    }
}
