//! Whatever application and caller do, and in whatever order: what RFC 3262 never allows.
//!
//! Seeded walks through commands, requests and time. The frames are judged by themselves,
//! without a look into the agent.
#![expect(clippy::indexing_slicing, reason = "an index out of range is a fault of the test, and shows")]

use super::callee::{ANSWER, Callee, OFFER};
use prackle::message::{Message, Method, Name};
use prackle::protocol::{Event, Progress, Reinvites};
use std::collections::BTreeMap;

const WALKS: u64 = 400;
const STEPS: usize = 60;

/// xorshift64*.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % sides
    }
}

/// What has been seen of one INVITE.
#[derive(Default)]
struct Seen {
    /// The reliable response sent last: its number, its octets, whether it is described.
    last: Option<(u32, Vec<u8>, bool)>,
    acknowledged: bool,
    /// Those responses that carried a description and count.
    descriptions: usize,
    end: Option<Vec<u8>>,
}

/// Reads the frames as they go, and the PRACKs as they come.
#[derive(Default)]
struct Judge {
    invites: BTreeMap<u32, Seen>,
    read: usize,
}

impl Judge {
    fn read(&mut self, bob: &Callee) {
        for (_, message) in &bob.sent[self.read..] {
            match message.status() {
                Some(101..200) => self.provisional(message),
                Some(200..) if message.method() == Method::Invite => self.end(message),
                _ => {}
            }
        }
        self.read = bob.sent.len();
    }

    fn provisional(&mut self, response: &Message) {
        let seen = self.invites.entry(response.cseq().number).or_default();
        assert!(seen.end.is_none(), "a provisional response after the final one");
        let rseq = response.rseq().expect("an RSeq that can be read");
        assert_eq!(rseq.is_some(), response.has_token(Name::Require, "100rel"));
        let Some(rseq) = rseq else { return };
        match &seen.last {
            Some((last, octets, _)) if *last == rseq => {
                assert!(!seen.acknowledged, "{rseq} is sent again, though acknowledged");
                return assert_eq!(octets, response.octets(), "the octets of {rseq} differ");
            }
            Some((last, ..)) => {
                assert!(seen.acknowledged, "{rseq} while {last} is outstanding");
                assert_eq!(rseq, last + 1);
            }
            None => assert!((1..1 << 31).contains(&rseq)),
        }
        let described = response.description().is_some();
        seen.descriptions += usize::from(described);
        assert!(seen.descriptions <= 1, "a second description");
        (seen.last, seen.acknowledged) = (Some((rseq, response.octets().to_vec(), described)), false);
    }

    fn end(&mut self, response: &Message) {
        let seen = self.invites.entry(response.cseq().number).or_default();
        if let Some(end) = &seen.end {
            return assert_eq!(end, response.octets(), "two final responses");
        }
        seen.end = Some(response.octets().to_vec());
        if matches!(response.status(), Some(200..300)) {
            let held = matches!(seen.last, Some((.., true)) if !seen.acknowledged);
            assert!(!held, "a 2xx past a description without PRACK");
            seen.descriptions += usize::from(response.description().is_some());
            assert_eq!(seen.descriptions, 1, "a 2xx, and not exactly one description");
        }
    }

    /// The PRACK that was sent has its response.
    fn pracked(&mut self, bob: &Callee, invite: u32, rseq: u32) {
        let answer = bob.sent[self.read..].iter().find(|(_, message)| message.method() == Method::Prack);
        let status = answer.and_then(|(_, message)| message.status());
        let Some(seen) = self.invites.get_mut(&invite) else { return };
        if seen.end.is_none() && seen.last.as_ref().is_some_and(|last| last.0 == rseq) {
            // One with an offer that is worked on has none yet: it acknowledges all the same.
            seen.acknowledged |= !matches!(status, Some(400 | 420 | 415 | 481 | 500));
        }
    }
}

fn walk(seed: u64) {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut bob = Callee::with(|config| config.reinvites = Reinvites::Manual);
    let mut judge = Judge::default();
    bob.keep_events();
    let fields = ["Supported: 100rel\r\n", "Require: 100rel\r\n", ""][dice.roll(3) as usize];
    bob.invite(fields, [OFFER, ""][dice.roll(2) as usize]);
    let mut accepted = Vec::new();
    for _ in 0..STEPS {
        step(&mut dice, &mut bob, &mut judge, &mut accepted);
        judge.read(&bob);
    }
    bob.farewell();
    bob.pass(200_000);
    judge.read(&bob);
    for request in accepted {
        let settled = |event: &&Event| matches!(event, Event::Settled { request: it, .. } if it.0 == request);
        assert_eq!(bob.events().iter().filter(settled).count(), 1, "command {request}");
    }
    assert_eq!(bob.agent.load(), 0, "something stays");
}

fn step(dice: &mut Dice, bob: &mut Callee, judge: &mut Judge, accepted: &mut Vec<u32>) {
    let body = ["", "", ANSWER, OFFER][dice.roll(4) as usize];
    match dice.roll(16) {
        0..=3 => accepted.extend(bob.try_progress(progress(dice))),
        4 | 5 => bob.describe(ANSWER),
        6..=8 => {
            judge.read(bob);
            let rseq = bob.rseq.wrapping_add([0, 0, 0, 1][dice.roll(4) as usize]);
            let invite = bob.peer.invite;
            bob.prack_for(&format!("{rseq} {invite} INVITE"), body);
            // What it releases is in the frames by now: it counts before those.
            judge.pracked(bob, invite, rseq);
        }
        9 => bob.request("UPDATE", "Contact: <sip:alice@192.0.2.1>\r\n", body),
        10 => bob.ack(body),
        11 => accepted.extend(bob.try_accept()),
        12 if dice.roll(3) == 0 => bob.cancel(""),
        13 if !bob.peer.to_tag.is_empty() => {
            bob.reinvite("Contact: <sip:alice@192.0.2.1>\r\nSupported: 100rel\r\n", body)
        }
        14 if dice.roll(4) == 0 => {
            bob.lose_connection();
            bob.pass(dice.roll(5000));
            bob.restore_connection();
        }
        _ => bob.pass(dice.roll(9000)),
    }
}

fn progress(dice: &mut Dice) -> Progress {
    Progress {
        code: Some([180, 182, 183][dice.roll(3) as usize]),
        reliable: [None, Some(true), Some(false)][dice.roll(3) as usize],
        sdp: [None, Some(true), Some(false)][dice.roll(3) as usize],
        queue: [None, Some(false)][dice.roll(2) as usize],
        ..Progress::default()
    }
}

#[test]
fn whatever_happens() {
    for seed in 1..=WALKS {
        let walked = std::panic::catch_unwind(|| walk(seed));
        assert!(walked.is_ok(), "walk {seed}");
    }
}
