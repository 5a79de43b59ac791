//! A message that is only looked at: where in its text each of its parts stands.
//!
//! For whoever has a text and wants to know what it says: a trace, a push, a ticket. It decides
//! nothing, and knows no more of SIP than `message` does. What it finds are places in the text
//! that the reader has already, so that nothing of it has to be written again.
//!
//! The numbers come in this order, and `js/message.ts` takes them in it. A text is two of them,
//! where it begins and where it ends, in units of UTF-16, as JavaScript counts. What may be absent
//! has 1 before it, or is 0 alone; a list has its length before it.
//!
//! ```text
//! start line    0 | 1 Request-URI | 2 status, reason phrase; and 4 more when there is a fault,
//!               8 more when the places are in another text than the one that was read
//! method        ?text
//! From, To      each ?(?display name, URI, ?tag, parameters)
//! Call-ID       ?text
//! CSeq          ?(number, method)
//! Via           ?(transport, host, ?port, ?branch, ?received), the topmost one
//! Contact       list of the same as From
//! Record-Route  list of the same as From
//! what else     ?Max-Forwards, ?Content-Type, ?(Session-Expires, ?refresher)
//! 100rel        0 not named | 1 in Supported | 2 in Require
//! RSeq, RAck    ?number, ?(RSeq, CSeq, method)
//! header, body  texts
//! ```

use crate::message::{Addresses, CSeq, Message, Name, NameAddr, ParseError, SessionExpires, Via};
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

/// What [`read`] has found.
#[derive(Debug, Default)]
pub struct Reading {
    /// Where everything stands, in the order above.
    pub numbers: Vec<u32>,
    /// The text that they are places in, when it is not the one that was read: folded lines are
    /// joined, and names that stand there with backslashes follow at its end without them.
    pub text: Option<String>,
    /// Why it is no well-formed message. What can be read is there all the same.
    pub fault: Option<&'static str>,
}

/// Reads a text, whatever it is. Takes time linear in its length.
///
/// ```
/// let ringing = "SIP/2.0 180 Ringing\r\nVia: SIP/2.0/WSS a.invalid;branch=z9hG4bK1\r\n\
///     From: <sip:a@example.com>;tag=1\r\nTo: <sip:b@example.com>\r\nCall-ID: 7\r\nCSeq: 1 INVITE\r\n\r\n";
/// let reading = prackle_syntax::reading::read(ringing.as_bytes());
/// let [response, status, from, to, ..] = reading.numbers[..] else { unreachable!() };
/// assert_eq!((response, status, &ringing[from as usize..to as usize]), (2, 180, "Ringing"));
/// assert_eq!(prackle_syntax::reading::read(b"hello").fault, Some("Malformed start line"));
/// ```
pub fn read(text: &[u8]) -> Reading {
    read_again(Reading::default(), text, text.is_ascii())
}

/// [`read`], with the memory of a reading that nobody needs any more, for those who know already
/// whether the text `is_ascii`.
pub fn read_again(old: Reading, text: &[u8], is_ascii: bool) -> Reading {
    let mut numbers = old.numbers;
    numbers.clear();
    // One large text does not keep its memory for ever.
    numbers.shrink_to(ROOM);
    numbers.reserve(ROOM);
    // Not moved: a message is large.
    match &Message::parse(text) {
        Ok(message) => {
            let mut places = Places::new(numbers, message.octets(), is_ascii);
            places.message(message);
            places.finish(message.is_folded(), None)
        }
        Err(error) => {
            let mut places = Places::new(numbers, error.octets(), is_ascii);
            places.remains(error);
            places.finish(error.is_folded(), Some(error.fault().as_str()))
        }
    }
}

/// The places found so far.
struct Places<'a> {
    numbers: Vec<u32>,
    /// The text: the parts are slices of it.
    octets: &'a [u8],
    is_ascii: bool,
    /// How many octets of the text have how many units of UTF-16.
    counted: (usize, usize),
    /// What does not stand in the text as it is meant, and where it ends.
    appended: String,
    end: usize,
}

impl<'a> Places<'a> {
    fn new(numbers: Vec<u32>, octets: &'a [u8], is_ascii: bool) -> Self {
        Self { numbers, octets, is_ascii, counted: (0, 0), appended: String::new(), end: 0 }
    }

    fn message(&mut self, message: &Message) {
        let method = message.method_text();
        match message.status() {
            None => self.request(message.uri()),
            Some(status) => self.response(status, message.reason()),
        }
        self.optional(Some(method));
        self.address(Some((message.from(), message.from_tag())));
        self.address(Some((message.to(), message.to_tag())));
        self.optional(Some(message.call_id()));
        self.sequence(Some((message.cseq().number, method)));
        self.via(&message.via(), message.branch());
        self.addresses(message.fields(Name::Contact));
        self.addresses(message.fields(Name::RecordRoute));
        self.optional_number(message.max_forwards().map(u32::from));
        self.optional(message.header(Name::ContentType));
        self.session_expires(message.session_expires());
        self.rel100(message);
        self.text(message.header_text());
        self.place(message.body());
    }

    /// What can be told of no message.
    fn remains(&mut self, error: &ParseError) {
        let cseq = error.header(Name::CSeq).and_then(|value| Some((value, CSeq::parse(value).ok()?)));
        let cseq = cseq.map(|(value, CSeq { number, method })| (number, tail(Some(value), method.as_str())));
        match (error.uri(), error.status()) {
            (Some(uri), _) => self.request(uri),
            (None, Some((status, reason))) => self.response(status, reason),
            (None, None) => self.numbers.push(0),
        }
        self.optional(error.method().or(cseq.map(|(_, method)| method)));
        for name in [Name::From, Name::To] {
            self.address(error.header(name).and_then(|value| NameAddr::parse_with_tag(value).ok()));
        }
        self.optional(error.header(Name::CallId));
        self.sequence(cseq);
        self.numbers.extend([0; 4]);
        self.optional(error.header(Name::ContentType));
        self.numbers.extend([0; 4]);
        self.text(error.header_text());
        self.place(error.body());
    }

    fn request(&mut self, uri: &str) {
        self.numbers.push(1);
        self.text(uri);
    }

    fn response(&mut self, status: u16, reason: &str) {
        self.numbers.extend([2, status.into()]);
        self.text(reason);
    }

    fn sequence(&mut self, cseq: Option<(u32, &str)>) {
        self.optional_number(cseq.map(|(number, _)| number));
        if let Some((_, method)) = cseq {
            self.text(method);
        }
    }

    fn via(&mut self, via: &Via<'_>, branch: Option<&str>) {
        self.optional(Some(via.transport));
        self.text(via.host);
        self.optional_number(via.port.map(u32::from));
        self.optional(branch);
        self.optional(via.received());
    }

    /// Those of the elements that are addresses: `*` is none.
    fn addresses<'m>(&mut self, fields: impl Iterator<Item = &'m str>) {
        let at = self.numbers.len();
        self.numbers.push(0);
        for (address, tag) in fields.flat_map(Addresses::new).filter_map(Result::ok) {
            self.parts(&address, tag);
            self.numbers.get_mut(at).into_iter().for_each(|length| *length += 1);
        }
    }

    fn address(&mut self, address: Option<(NameAddr<'_>, Option<&str>)>) {
        self.numbers.push(address.is_some().into());
        if let Some((address, tag)) = address {
            self.parts(&address, tag);
        }
    }

    fn parts(&mut self, address: &NameAddr<'_>, tag: Option<&str>) {
        match address.display_name() {
            Cow::Borrowed(name) => self.optional(Some(name).filter(|name| !name.is_empty())),
            Cow::Owned(name) => self.append(&name),
        }
        self.text(address.uri);
        self.optional(tag);
        self.text(address.params.as_str());
    }

    fn session_expires(&mut self, timer: Option<SessionExpires<'_>>) {
        self.optional_number(timer.map(|timer| timer.seconds));
        if let Some(timer) = timer {
            self.optional(timer.refresher);
        }
    }

    fn rel100(&mut self, message: &Message) {
        let named_in = |name| message.has_token(name, "100rel");
        self.numbers.push(if named_in(Name::Require) { 2 } else { named_in(Name::Supported).into() });
        self.optional_number(message.rseq().ok().flatten());
        let rack = message.rack().ok();
        self.optional_number(rack.map(|rack| rack.rseq));
        if let Some(rack) = rack {
            self.numbers.push(rack.cseq);
            self.text(tail(message.header(Name::RAck), rack.method.as_str()));
        }
    }

    fn optional_number(&mut self, number: Option<u32>) {
        self.numbers.push(number.is_some().into());
        if let Some(number) = number {
            self.numbers.push(number);
        }
    }

    fn optional(&mut self, part: Option<&str>) {
        self.numbers.push(part.is_some().into());
        if let Some(part) = part {
            self.text(part);
        }
    }

    fn text(&mut self, part: &str) {
        self.place(part.as_bytes());
    }

    fn place(&mut self, part: &[u8]) {
        // What is empty may stand elsewhere, and nobody asks where.
        let start = (part.as_ptr() as usize).saturating_sub(self.octets.as_ptr() as usize);
        let (start, end) = if part.is_empty() { (0, 0) } else { (start, start + part.len()) };
        let (start, end) = if self.is_ascii { (start, end) } else { (self.units(start), self.units(end)) };
        self.numbers.extend_from_slice(&[narrow(start), narrow(end)]);
    }

    /// How many units of UTF-16 the text has before this octet. They are counted from the last
    /// place on, forwards or backwards, so that many places in a long text cost no more than it.
    fn units(&mut self, at: usize) -> usize {
        let (from, before) = self.counted;
        let between = |from, to| self.octets.get(from..to).unwrap_or_default().iter().map(units_of).sum::<usize>();
        let units = if at < from { before.saturating_sub(between(at, from)) } else { before + between(from, at) };
        self.counted = (at, units);
        units
    }

    fn append(&mut self, text: &str) {
        if self.appended.is_empty() {
            self.end = String::from_utf8_lossy(self.octets).encode_utf16().count();
        }
        self.numbers.extend([1, narrow(self.end)]);
        self.appended.push_str(text);
        self.end += text.encode_utf16().count();
        self.numbers.push(narrow(self.end));
    }

    fn finish(mut self, is_folded: bool, fault: Option<&'static str>) -> Reading {
        let is_another = is_folded || !self.appended.is_empty();
        let text = is_another.then(|| String::from_utf8_lossy(self.octets).into_owned() + &self.appended);
        let aside = u32::from(fault.is_some()) << 2 | u32::from(is_another) << 3;
        self.numbers.first_mut().into_iter().for_each(|first| *first |= aside);
        Reading { numbers: self.numbers, text, fault }
    }
}

/// What everyday messages need.
const ROOM: usize = 128;

/// The end of a value that says this, where it stands.
fn tail<'a>(value: Option<&'a str>, says: &str) -> &'a str {
    let value = value.unwrap_or_default();
    value.get(value.len().saturating_sub(says.len())..).unwrap_or_default()
}

/// A character of four octets is two units. The first octet counts for all of a character.
fn units_of(octet: &u8) -> usize {
    usize::from(octet & 0xc0 != 0x80) + usize::from(*octet >= 0xf0)
}

/// No message is so long that anything is lost.
fn narrow(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
