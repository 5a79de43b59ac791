//! Mutated messages: whatever arrives, the parser answers in time, without a panic, and what it
//! accepts keeps its promises.
//!
//! Seeded, so that a failure repeats; the four seeds run side by side.

#![expect(clippy::indexing_slicing, reason = "the mutator keeps its positions inside of the frame")]

mod corpus;

use corpus::{flows, torture};
use prackle::message::{Edit, Message, Name, ParseError, Uri};
use prackle::reading::read;

/// Mutations in one test: 200 000 in all.
const MUTATIONS: usize = 50_000;

#[test]
fn mutated_torture_messages_do_no_harm() {
    fuzz(torture().into_iter().map(|(_, octets)| octets).collect(), 1);
}

#[test]
fn mutated_torture_messages_do_no_harm_with_another_seed() {
    fuzz(torture().into_iter().map(|(_, octets)| octets).collect(), 2);
}

#[test]
fn mutated_flows_do_no_harm() {
    fuzz(flows().into_iter().map(|message| message.octets).collect(), 3);
}

#[test]
fn mutated_flows_do_no_harm_with_another_seed() {
    fuzz(flows().into_iter().map(|message| message.octets).collect(), 4);
}

/// Each truncation of a message that uses the whole grammar.
#[test]
fn truncated_messages_do_no_harm() {
    for (_, octets) in torture() {
        for end in 0..octets.len() {
            let _ = judge(&octets[..end]);
        }
    }
}

fn fuzz(corpus: Vec<Vec<u8>>, seed: u64) {
    let mut noise = Noise(seed);
    let mut accepted = 0;
    for round in 0..MUTATIONS {
        let frame = mutated(&corpus, &mut noise);
        let before = frame.clone();
        let outcome = std::panic::catch_unwind(|| judge(&frame));
        let Ok(is_message) = outcome else {
            panic!("seed {seed} round {round}: {}", before.escape_ascii());
        };
        accepted += usize::from(is_message);
    }
    // Neither everything nor nothing passes: the mutations reach behind the first check.
    assert!(accepted > MUTATIONS / 10 && accepted < MUTATIONS * 9 / 10, "{accepted}");
}

/// Parses and reads all of it; whether it was accepted.
fn judge(frame: &[u8]) -> bool {
    check_reading(frame);
    match Message::parse(frame) {
        Ok(message) => check_message(frame, &message),
        Err(error) => return check_refusal(frame, &error),
    }
    true
}

fn check_message(frame: &[u8], message: &Message) {
    assert!(message.octets().len() <= frame.len());
    assert!(message.body().len() <= message.octets().len());
    assert!(!message.call_id().is_empty());
    assert!(!message.via().host.is_empty());
    assert!(message.via_count() > 0);
    assert_eq!(message.is_request(), message.status().is_none());
    assert!(message.status().is_none_or(|status| (100..700).contains(&status)));
    assert_eq!(message.from().tag(), message.from_tag());
    assert_eq!(message.to().tag(), message.to_tag());
    for (name, value) in message.all_fields() {
        assert!(!name.is_empty() && !value.contains(['\r', '\n']));
    }
    read_on_demand(message);
    let again = Message::parse(&Edit::new(message).finish()).expect("an unedited message stays well formed");
    assert_eq!((again.body(), again.call_id()), (message.body(), message.call_id()));
    assert!(again.all_fields().eq(message.all_fields()));
}

/// Whoever only looks gets places within the text, which JavaScript takes as they are.
fn check_reading(frame: &[u8]) {
    let text = String::from_utf8_lossy(frame);
    let reading = read(text.as_bytes());
    assert_eq!(reading.fault.is_none(), Message::parse(text.as_bytes()).is_ok());
    let units = reading.text.as_deref().unwrap_or(&text).encode_utf16().count();
    let [.., start, end] = reading.numbers[..] else { panic!("no body") };
    assert!(start <= end && end as usize <= units);
}

/// Readers have no promise to keep on such input but to return.
fn read_on_demand(message: &Message) {
    let _ = (message.rseq(), message.rack(), message.replaces(), message.session_expires());
    let _ = (message.contacts().count(), message.addresses(Name::Route).count(), message.reasons().count());
    let _ = (message.content_type(), message.expires(), message.event(), message.max_forwards());
    for challenge in message.challenges(Name::WwwAuthenticate).chain(message.challenges(Name::Authorization)) {
        assert!(!challenge.scheme.is_empty());
        let _ = (challenge.param("nonce"), challenge.params().count());
    }
    assert!(message.description().is_none_or(|text| text.len() <= message.body().len()));
    if let Ok(uri) = Uri::parse(message.from().uri) {
        assert!(uri.equivalent(&uri));
    }
}

fn check_refusal(frame: &[u8], error: &ParseError) -> bool {
    let refusal = error.refusal("tag");
    assert_eq!(refusal.is_some(), error.is_answerable());
    let refusal = refusal.unwrap_or_else(|| b"SIP/2.0 400 \r\n\r\n".to_vec());
    assert!(refusal.len() <= 2 * frame.len() + 200);
    assert!(refusal.starts_with(b"SIP/2.0 ") && refusal.ends_with(b"\r\n\r\n"));
    false
}

/// Up to four changes to a message of the corpus.
fn mutated(corpus: &[Vec<u8>], noise: &mut Noise) -> Vec<u8> {
    let mut frame = corpus[noise.below(corpus.len())].clone();
    for _ in 0..=noise.below(4) {
        mutate(&mut frame, corpus, noise);
    }
    frame
}

const FRAGMENTS: [&[u8]; 24] = [
    b"\"",
    b"<",
    b">",
    b"%",
    b"%00",
    b",",
    b";",
    b"=",
    b"\\",
    b":",
    b"\r",
    b"\n",
    b"\r\n",
    b"\r\n ",
    b"\r\n\r\n",
    b"\0",
    b"\xff",
    b"\xc3",
    b"@",
    b"[::1]",
    b"99999999999999999999",
    b"-1",
    b"SIP/2.0",
    b"multipart/mixed;boundary=a\r\n\r\n--a",
];

fn mutate(frame: &mut Vec<u8>, corpus: &[Vec<u8>], noise: &mut Noise) {
    let start = noise.below(frame.len() + 1);
    let end = (start + noise.below(24)).min(frame.len());
    match noise.below(7) {
        0 => drop(frame.drain(start..end)),
        1 => frame.truncate(start.max(frame.len() / 2)),
        2 => frame.extend_from_within(start..end),
        3 => {
            let copy = frame[start..end].to_vec();
            let place = noise.below(frame.len() + 1);
            drop(frame.splice(place..place, copy));
        }
        4 => {
            let other = &corpus[noise.below(corpus.len())];
            let from = noise.below(other.len());
            let part = other[from..(from + 40).min(other.len())].to_vec();
            drop(frame.splice(start..end, part));
        }
        5 => {
            if let Some(octet) = frame.get_mut(start) {
                *octet ^= 1 << noise.below(8);
            }
        }
        _ => drop(frame.splice(start..start, FRAGMENTS[noise.below(FRAGMENTS.len())].iter().copied())),
    }
}

/// A small generator (xorshift64*): what matters here is speed and that it repeats.
struct Noise(u64);

impl Noise {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let value = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(value).unwrap_or(0) % bound.max(1)
    }
}
