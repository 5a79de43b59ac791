//! Parse, serialise, parse: the same message again. For RFC 4475 and for every complete message
//! that the RFCs print.

mod corpus;

use corpus::{flow, flows, table, torture};
use prackle::message::{Edit, Message, Name, Writer};

/// RFC 5626 section 9.1 prints `<anonymous@example.com>`, which is no URI.
const NO_URI: [&str; 2] = ["rfc5626/9.1.flow m1", "rfc5626/9.1.flow m2"];

#[test]
fn every_complete_message_of_the_flows_is_read() {
    for row in table("flows/index.tsv") {
        let messages = flow(row.get("file"));
        assert_eq!(messages.len().to_string(), row.get("messages"), "{}", row.get("file"));
        let read = messages.iter().filter(|message| Message::parse(&message.octets).is_ok()).count();
        let faulty = messages.iter().filter(|message| NO_URI.contains(&message.id.as_str())).count();
        assert_eq!((read + faulty).to_string(), row.get("complete_messages"), "{}", row.get("file"));
    }
    assert!(flows().len() > 950);
}

#[test]
fn rewritten_messages_are_the_same() {
    for (id, message) in messages() {
        let frame = rewritten(&message);
        let again = Message::parse(&frame).unwrap_or_else(|error| panic!("{id}: {:?}", error.fault()));
        assert_same(&id, &message, &again);
        // What the writer wrote is a fixed point.
        assert_eq!(rewritten(&again), frame, "{id}");
    }
}

#[test]
fn messages_without_edits_pass_octet_by_octet() {
    for (id, message) in messages() {
        assert_eq!(Edit::new(&message).finish(), message.octets(), "{id}");
    }
}

#[test]
fn edited_messages_keep_everything_else() {
    for (id, message) in messages() {
        let mut edit = Edit::new(&message);
        edit.push(Name::Via, "SIP/2.0/WSS edge.invalid;branch=z9hG4bKpushed");
        let frame = edit.finish();
        let pushed = Message::parse(&frame).unwrap();
        assert_eq!(pushed.via().branch(), Some("z9hG4bKpushed"), "{id}");
        let mut edit = Edit::new(&pushed);
        assert_eq!(edit.pop(Name::Via).as_deref(), Some("SIP/2.0/WSS edge.invalid;branch=z9hG4bKpushed"));
        assert_eq!(edit.finish(), message.octets(), "{id}");
    }
}

fn messages() -> Vec<(String, Message)> {
    let flows = flows().into_iter().map(|message| (message.id, message.octets));
    let all = torture().into_iter().chain(flows);
    all.filter_map(|(id, octets)| Some((id, Message::parse(&octets).ok()?))).collect()
}

/// All of `message` through the writer.
fn rewritten(message: &Message) -> Vec<u8> {
    let mut writer = match message.status() {
        Some(status) => Writer::status(status, message.reason()),
        None => Writer::request(message.method().as_str(), message.uri()),
    };
    let is_length = |name: &str| Name::from_bytes(name.as_bytes()) == Name::ContentLength;
    for (name, value) in message.all_fields().filter(|(name, _)| !is_length(name)) {
        writer.field_named(name, value);
    }
    writer.end(message.body())
}

fn assert_same(id: &str, a: &Message, b: &Message) {
    assert_eq!((a.is_request(), a.status(), a.reason()), (b.is_request(), b.status(), b.reason()), "{id}");
    assert_eq!((a.uri(), a.cseq(), a.call_id()), (b.uri(), b.cseq(), b.call_id()), "{id}");
    assert_eq!((a.via(), a.via_count()), (b.via(), b.via_count()), "{id}");
    assert_eq!((a.from_tag(), a.to_tag()), (b.from_tag(), b.to_tag()), "{id}");
    assert_eq!((a.from(), a.body(), a.description()), (b.from(), b.body(), b.description()), "{id}");
    // The writer writes no NUL; only intmeth.dat has one, in the display name of To.
    let clean = |value: &str| value.replace('\0', " ");
    let is_length = |name: &str| Name::from_bytes(name.as_bytes()) == Name::ContentLength;
    let fields = |message: &Message| -> Vec<(String, String)> {
        let kept = message.all_fields().filter(|(name, _)| !is_length(name));
        kept.map(|(name, value)| (name.to_owned(), clean(value))).collect()
    };
    assert_eq!(fields(a), fields(b), "{id}");
}
