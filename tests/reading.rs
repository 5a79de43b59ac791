//! Messages that are only looked at: the places that are told of their parts are where these stand,
//! in every message of the corpora, as JavaScript counts.

#![expect(clippy::indexing_slicing, reason = "a place outside of the text fails the test")]

mod corpus;

use corpus::{flows, torture};
use prackle::message::{Contact, Message, Name, NameAddr};
use prackle::reading::{Reading, read, read_again};

/// Takes the parts from their places, in their order.
struct Parts {
    text: Vec<u16>,
    numbers: std::vec::IntoIter<u32>,
}

impl Parts {
    fn new(text: &str, Reading { numbers, text: another, .. }: Reading) -> Self {
        Self { text: another.as_deref().unwrap_or(text).encode_utf16().collect(), numbers: numbers.into_iter() }
    }

    fn number(&mut self) -> u32 {
        self.numbers.next().expect("another number")
    }

    fn text(&mut self) -> String {
        let (start, end) = (self.number() as usize, self.number() as usize);
        String::from_utf16(&self.text[start..end]).expect("whole characters")
    }

    fn optional(&mut self) -> Option<String> {
        (self.number() == 1).then(|| self.text())
    }

    fn optional_number(&mut self) -> Option<u32> {
        (self.number() == 1).then(|| self.number())
    }

    fn assert_address(&mut self, address: &NameAddr<'_>) {
        let display_name = Some(address.display_name().into_owned()).filter(|name| !name.is_empty());
        assert_eq!(self.optional(), display_name);
        assert_eq!(self.text(), address.uri);
        assert_eq!(self.optional().as_deref(), address.tag());
        assert_eq!(self.text(), address.params.as_str());
    }

    fn assert_addresses(&mut self, addresses: &[NameAddr<'_>]) {
        assert_eq!(self.number() as usize, addresses.len());
        addresses.iter().for_each(|address| self.assert_address(address));
    }

    fn assert_start(&mut self, message: &Message) {
        match (self.number() & 3, message.status()) {
            (1, None) => assert_eq!(self.text(), message.uri()),
            (2, Some(status)) => assert_eq!((self.number(), self.text().as_str()), (status.into(), message.reason())),
            other => panic!("{other:?}"),
        }
        assert_eq!(self.optional().as_deref(), Some(message.method().as_str()));
    }

    fn assert_via(&mut self, message: &Message) {
        let via = message.via();
        assert_eq!((self.number(), self.text().as_str(), self.text().as_str()), (1, via.transport, via.host));
        assert_eq!(self.optional_number(), via.port.map(u32::from));
        assert_eq!(self.optional().as_deref(), via.branch());
        assert_eq!(self.optional().as_deref(), via.received());
    }

    fn assert_rest(&mut self, message: &Message) {
        assert_eq!(self.optional_number(), message.max_forwards().map(u32::from));
        assert_eq!(self.optional().as_deref(), message.header(Name::ContentType));
        let timer = message.session_expires();
        assert_eq!(self.optional_number(), timer.map(|timer| timer.seconds));
        if let Some(timer) = timer {
            assert_eq!(self.optional().as_deref(), timer.refresher);
        }
        let required = message.has_token(Name::Require, "100rel");
        assert_eq!(self.number() == 2, required);
        assert_eq!(self.optional_number(), message.rseq().ok().flatten());
        let rack = message.rack().ok();
        assert_eq!(self.optional_number(), rack.map(|rack| rack.rseq));
        if let Some(rack) = rack {
            assert_eq!((self.number(), self.text().as_str()), (rack.cseq, rack.method.as_str()));
        }
        assert_eq!(self.text(), message.header_text());
        assert_eq!(self.text().as_bytes(), message.body());
        assert_eq!(self.numbers.next(), None);
    }
}

fn assert_read(text: &str, message: &Message) {
    let reading = read(text.as_bytes());
    assert_eq!(reading.fault, None);
    let mut parts = Parts::new(text, reading);
    parts.assert_start(message);
    for address in [message.from(), message.to()] {
        assert_eq!(parts.number(), 1);
        parts.assert_address(&address);
    }
    assert_eq!(parts.optional().as_deref(), Some(message.call_id()));
    let cseq = message.cseq();
    assert_eq!((parts.number(), parts.number(), parts.text().as_str()), (1, cseq.number, cseq.method.as_str()));
    parts.assert_via(message);
    let contacts: Vec<_> = message.contacts().flatten().filter_map(Contact::address).collect();
    parts.assert_addresses(&contacts);
    let routes: Vec<_> = message.addresses(Name::RecordRoute).flatten().collect();
    parts.assert_addresses(&routes);
    parts.assert_rest(message);
}

#[test]
fn every_part_stands_where_it_is_told() {
    let messages = torture().into_iter().map(|(_, octets)| octets).chain(flows().into_iter().map(|flow| flow.octets));
    let mut read = 0;
    for octets in messages {
        // What comes from JavaScript is text.
        let text = String::from_utf8_lossy(&octets);
        if let Ok(message) = Message::parse(text.as_bytes()) {
            assert_read(&text, &message);
            read += 1;
        }
    }
    assert!(read > 400, "{read}");
}

#[test]
fn a_malformed_text_has_its_fault_and_what_can_be_read() {
    let text =
        "SIP/2.0 180 Ringing\r\nFrom: <sip:a@b>;tag=1\r\nTo: nobody\r\nCSeq: x\r\nCall-ID: 1\r\nc: text/plain\r\n\r\nb";
    let reading = read(text.as_bytes());
    assert_eq!(reading.fault, Some("Missing Via"));
    let mut parts = Parts::new(text, reading);
    assert_eq!((parts.number(), parts.number(), parts.text().as_str()), (2 | 4, 180, "Ringing"));
    assert_eq!((parts.optional(), parts.number()), (None, 1));
    parts.assert_address(&NameAddr::parse("<sip:a@b>;tag=1").expect("an address"));
    assert_eq!((parts.number(), parts.optional().as_deref(), parts.number()), (0, Some("1"), 0));
    assert_eq!((0..4).map(|_| parts.number()).sum::<u32>(), 0);
    assert_eq!(parts.optional().as_deref(), Some("text/plain"));
    assert_eq!((0..4).map(|_| parts.number()).sum::<u32>(), 0);
    assert_eq!((parts.text().as_str(), parts.text().as_str()), (&text[21..text.len() - 3], "b"));
}

#[test]
fn what_is_no_message_at_all_has_the_same_number_of_places() {
    let numbers = |text: &str| read(text.as_bytes()).numbers.len();
    assert_eq!(numbers(""), numbers("hello"));
    let empty = read(b"");
    let mut parts = Parts::new("", empty);
    assert_eq!(parts.number(), 4);
    assert_eq!(parts.numbers.sum::<u32>(), 0);
}

#[test]
fn the_memory_of_a_large_text_is_not_kept() {
    let ringing = "SIP/2.0 180 Ringing\r\nVia: SIP/2.0/WSS a.invalid;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\n\
        To: <sip:c@d>\r\nCall-ID: 7\r\nCSeq: 1 INVITE\r\n\r\n";
    let large = ringing.replace("Call-ID", &format!("Record-Route: {}\r\nCall-ID", "<sip:a>,".repeat(10_000)));
    let reading = read(large.as_bytes());
    assert!(reading.numbers.len() > 10_000);
    let reading = read_again(reading, ringing.as_bytes(), true);
    assert!(reading.numbers.capacity() < 1000, "{}", reading.numbers.capacity());
    assert_eq!(reading.numbers, read(ringing.as_bytes()).numbers);
}
