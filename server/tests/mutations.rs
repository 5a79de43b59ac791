//! Hostile input: frames of a real session, mutated. Nothing may panic, and when it is over
//! nothing may be left behind.

mod common;

use common::{ANSWER, Bench, OFFER, cancel, contact_uri, from_callee, in_dialog, invite, reliable, response, text};
use prackle::message::Message;
use prackle::random::Random;
use prackle::transaction::FlowId;
use prackle_server::media::Heard;
use prackle_server::sip::{Early, Input, Output, Sip};

/// Frames as they come in while alice calls bob and the numbers, each with its connection.
fn session() -> Vec<(u32, String)> {
    let mut bench = Bench::new();
    bench.open(1);
    bench.register(2, "bob", "");
    let mut frames = Vec::new();
    let mut send = |bench: &mut Bench, flow: u32, frame: String| {
        bench.send(flow, &frame);
        frames.push((flow, frame));
    };
    let flaky = "sip:flaky@example.test;to=bob;prack=delay:2000+rseq+dialog*;18x=double*2+rseq;200=delay:9000*";
    let called = invite(1, "f", flaky, "Supported: 100rel\r\n", OFFER);
    send(&mut bench, 1, called);
    bench.status(1, 100);
    let ringing = bench.request(2, "INVITE");
    send(&mut bench, 2, response(&ringing, 183, "fb", &reliable(2, "bob", 7), ANSWER));
    let early = bench.status(1, 183);
    bench.status(1, 183);
    send(&mut bench, 1, in_dialog(1, "PRACK", 2, &early, "RAck: 7 1 INVITE\r\n"));
    bench.advance(2_000);
    let prack = bench.request(2, "PRACK");
    send(&mut bench, 2, response(&prack, 200, "", "", ""));
    let called = invite(1, "k", "sip:bob@example.test", "Supported: 100rel, 199\r\n", OFFER);
    send(&mut bench, 1, called.clone());
    bench.status(1, 100);
    let ringing = bench.request(2, "INVITE");
    send(&mut bench, 2, response(&ringing, 183, "b", &reliable(2, "bob", 7), ANSWER));
    let early = bench.status(1, 183);
    send(&mut bench, 1, in_dialog(1, "PRACK", 2, &early, "RAck: 7 1 INVITE\r\n"));
    let prack = bench.request(2, "PRACK");
    send(&mut bench, 2, response(&prack, 200, "", "", ""));
    bench.status(1, 200);
    send(&mut bench, 1, cancel(&called));
    let contact = format!("Contact: <{}>\r\n", contact_uri(2, "bob"));
    send(&mut bench, 2, response(&ringing, 200, "b", &contact, ANSWER));
    send(&mut bench, 1, in_dialog(1, "ACK", 1, &early, ""));
    send(&mut bench, 2, from_callee(2, "BYE", 1, &ringing, "b"));
    for number in ["echo", "early", "silent", "queue", "flaky", "busy"] {
        let target = format!("sip:{number}@example.test");
        send(&mut bench, 1, invite(1, number, &target, "Supported: 100rel\r\n", OFFER));
    }
    frames
}

/// One to four small changes: octets, cuts, repetitions, words that mean something.
fn mutate(random: &mut Random, frame: &str) -> Vec<u8> {
    const WORDS: [&str; 12] =
        ["\r\n", "\r\n ", ",", ";", "<", "\"", "0", "4294967296", "INVITE", "Route: <sip:x;lr>\r\n", "\0", "\u{e4}"];
    let mut octets = frame.as_bytes().to_vec();
    for _ in 0..=random.below(4) {
        let length = u32::try_from(octets.len()).unwrap_or(u32::MAX);
        let at = random.below(length.max(1)) as usize;
        match random.below(4) {
            0 => octets.get_mut(at).into_iter().for_each(|octet| *octet ^= 1 << random.below(8)),
            1 => octets.truncate(at),
            2 => {
                let piece: Vec<u8> = octets.iter().skip(at).take(random.below(200) as usize).copied().collect();
                octets.splice(at.min(octets.len())..at.min(octets.len()), piece);
            }
            _ => {
                let word = WORDS.get(random.below(12) as usize).unwrap_or(&"").bytes();
                octets.splice(at.min(octets.len())..at.min(octets.len()), word);
            }
        }
    }
    octets
}

fn feed(sip: &mut Sip, bench_now: prackle::time::Instant, flow: u32, octets: &[u8]) {
    sip.handle(bench_now, Input::Frame { flow: FlowId(flow), octets });
    while let Some(output) = sip.poll() {
        if let Output::Send { frame, .. } = output
            && frame.len() > 4
            && !frame.starts_with(b"SIP/2.0 ")
        {
            // A request that is sent on is one that can be read. (A refusal gives back what
            // could not be; of a response only the topmost Via is ours to check.)
            assert!(Message::parse(&frame).is_ok(), "{}", String::from_utf8_lossy(&frame));
        }
    }
}

#[test]
fn mutated_sessions_break_nothing() {
    let frames = session();
    let mut random = Random::new([42; 32]);
    for round in 0..40 {
        let mut config = common::config();
        config.place.early = (round % 2 == 0).then(|| Early { code: 183, reason: String::new() });
        let mut bench = Bench::with(config);
        bench.open(1);
        bench.register(2, "bob", "");
        for (flow, frame) in &frames {
            for _ in 0..20 {
                let mutated = mutate(&mut random, frame);
                feed(&mut bench.sip, bench.now, *flow, &mutated);
            }
            feed(&mut bench.sip, bench.now, *flow, frame.as_bytes());
            bench.advance(u64::from(random.below(3_000)));
        }
        bench.close(1);
        bench.close(2);
        for leg in 1..1000 {
            bench.handle(Input::Heard(Heard::Ended { leg }));
        }
        bench.advance(600_000);
        assert_eq!(bench.sip.load().1, 0, "contexts and calls of round {round}");
    }
}

#[test]
fn the_session_is_a_real_one() {
    for (_, frame) in session() {
        let message = Message::parse(frame.as_bytes()).expect("well-formed");
        assert!(!text(&message).is_empty());
    }
}
