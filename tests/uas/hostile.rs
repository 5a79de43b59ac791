//! Seeded mutations of what a peer sends, fed to agents in the middle of calls: nothing
//! panics, nothing piles up, and the rules of RFC 3262 hold.
#![expect(clippy::indexing_slicing, reason = "an index out of range is a fault of the test, and shows")]

use super::agent::response;
use super::callee::{ANSWER, Callee, OFFER};
use super::witness::Witness;
use prackle::protocol::{Progress, Reinvites};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Mutations in all; `PRACKLE_MUTATIONS` asks for more.
const MUTATIONS: u64 = 100_000;
/// Mutations that one agent has to bear.
const EACH: u64 = 100;

/// What ends up where it does not belong.
const SCRAPS: &[&str] = &[
    "\r\n",
    "\r\n\r\n",
    "\n",
    " ",
    "\t",
    ",",
    ";",
    ":",
    "\"",
    "<",
    ">",
    "@",
    "%00",
    "\0",
    "\u{7f}",
    "é",
    "=",
    "?",
    "0",
    "-1",
    "1",
    "2147483648",
    "4294967295",
    "4294967296",
    "99999999999999999999",
    "100rel",
    "100REL",
    "INVITE",
    "PRACK",
    "Require: 100rel\r\n",
    "RSeq: 1\r\n",
    "RSeq: 4294967295\r\n",
    "RAck: 1 1 INVITE\r\n",
    "k: 100rel\r\n",
    "Content-Length: 5\r\n",
    "Content-Type: multipart/mixed;boundary=x\r\n",
    "Expires: 0\r\n",
    "Expires: 4294967295\r\n",
    "Contact: *\r\n",
    "Contact: <sip:>\r\n",
    "Record-Route: <sip:p>\r\n",
    ";tag=",
    ";lr",
    ";branch=z9hG4bK",
    "SIP/2.0",
];

/// xorshift64*.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % sides.max(1)
    }

    fn mutate(&mut self, frame: &mut Vec<u8>) {
        let (at, other) = (self.roll(frame.len()), self.roll(frame.len()));
        let (from, to) = (at.min(other), at.max(other).min(at.min(other) + 40));
        match self.roll(7) {
            0 => frame[at] ^= 1 << self.roll(8),
            1 => frame[at] = self.roll(256) as u8,
            2 => drop(frame.drain(from..to)),
            3 => {
                let copy = frame[from..to].to_vec();
                frame.splice(at..at, copy);
            }
            4 => frame.truncate(at.max(1)),
            5 => {
                let scrap = SCRAPS[self.roll(SCRAPS.len())];
                frame.splice(at..at, scrap.bytes());
            }
            _ => self.replace_number(frame, at),
        }
    }

    /// The next number from `at` on becomes another.
    fn replace_number(&mut self, frame: &mut Vec<u8>, at: usize) {
        let Some(start) = frame[at..].iter().position(u8::is_ascii_digit).map(|offset| at + offset) else { return };
        let end = frame[start..].iter().position(|octet| !octet.is_ascii_digit()).map_or(frame.len(), |it| start + it);
        let number = ["0", "1", "2", "101", "4294967295", "4294967296", "00000000001", ""][self.roll(8)];
        frame.splice(start..end, number.bytes());
    }
}

/// An agent in the middle of something, and the frames that fit there.
fn situation(dice: &mut Dice) -> (Callee, Vec<String>) {
    match dice.roll(3) {
        0 => ringing(dice),
        1 => calling(dice),
        _ => confirmed(dice),
    }
}

/// An incoming call with a reliable response outstanding.
fn ringing(dice: &mut Dice) -> (Callee, Vec<String>) {
    let mut bob = Callee::new();
    bob.invited();
    let invite = bob.invite_frame("Supported: 100rel\r\nExpires: 60\r\n", OFFER);
    bob.progress(183);
    bob.describe(ANSWER);
    if dice.roll(2) == 0 {
        bob.accept();
    }
    let rack = format!("RAck: {} 1 INVITE\r\n", bob.rseq);
    let frames = vec![
        bob.peer.frame("PRACK", 2, "z9hG4bKa", &rack, ""),
        bob.peer.frame("PRACK", 3, "z9hG4bKb", &rack, OFFER),
        bob.peer.frame("UPDATE", 4, "z9hG4bKc", "Contact: <sip:alice@192.0.2.1>\r\n", OFFER),
        bob.peer.frame("BYE", 5, "z9hG4bKd", "Reason: SIP;cause=200\r\n", ""),
        bob.peer.frame("ACK", 1, "z9hG4bKe", "", ""),
        bob.peer.frame("CANCEL", 1, &bob.peer.branch, "", ""),
        invite.replace("call-one", "call-two").replace("z9hG4bKpeer", "z9hG4bKother"),
        invite,
    ];
    (bob, frames)
}

/// An outgoing call that waits for its answer.
fn calling(dice: &mut Dice) -> (Callee, Vec<String>) {
    let mut alice = Callee::new();
    let invite = alice.call();
    let reliable = "Contact: <sip:alice@192.0.2.1>\r\nRequire: 100rel\r\nRSeq: 100\r\nRecord-Route: <sip:p;lr>\r\n";
    let second = reliable.replace("100\r\nRec", "101\r\nRec");
    let mut frames = vec![
        response(&invite, 183, "a", reliable, ANSWER),
        response(&invite, 180, "a", &second, ""),
        response(&invite, 183, "b", reliable, ""),
        response(&invite, 200, "a", "Contact: <sip:alice@192.0.2.1>\r\n", ANSWER),
        response(&invite, 486, "a", "", ""),
        response(&invite, 199, "b", "Reason: SIP;cause=486\r\n", ""),
        response(&invite, 407, "c", "Proxy-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\"\r\n", ""),
    ];
    if dice.roll(2) == 0 {
        alice.receive(&frames[0]);
        let prack = alice.last();
        frames.push(response(&prack, 200, "a", "", ""));
        frames.push(response(&prack, 481, "a", "", ""));
    }
    (alice, frames)
}

/// A confirmed call; the media layer or the application decides about re-INVITEs.
fn confirmed(dice: &mut Dice) -> (Callee, Vec<String>) {
    let reinvites = [Reinvites::Auto, Reinvites::Manual][dice.roll(2)];
    let mut bob = Callee::with(|config| (config.reinvites, config.first_rseq) = (reinvites, Some(100)));
    bob.invited();
    bob.accept();
    bob.describe(ANSWER);
    bob.ack("");
    let contact = "Contact: <sip:alice@192.0.2.1>\r\n";
    let frames = vec![
        bob.peer.frame("INVITE", 2, "z9hG4bKa", &format!("{contact}Supported: 100rel\r\n"), OFFER),
        bob.peer.frame("INVITE", 3, "z9hG4bKb", &format!("{contact}Require: 100rel\r\n"), ""),
        bob.peer.frame("PRACK", 4, "z9hG4bKg", "RAck: 100 2 INVITE\r\n", OFFER),
        bob.peer.frame("ACK", 2, "z9hG4bKc", "", ANSWER),
        bob.peer.frame("UPDATE", 4, "z9hG4bKd", contact, OFFER),
        bob.peer.frame("INFO", 5, "z9hG4bKe", "Content-Type: application/dtmf-relay\r\n", "Signal=1"),
        bob.peer.frame("CANCEL", 2, "z9hG4bKa", "", ""),
    ];
    (bob, frames)
}

/// The application does something about a re-INVITE, be it possible or not.
fn decide(agent: &mut Callee, dice: &mut Dice) {
    for _ in 0..dice.roll(3) {
        let _ = agent.try_progress(Progress { code: Some(183), ..Progress::default() });
    }
    if dice.roll(2) == 0 {
        let _ = agent.try_accept();
    }
    agent.describe(ANSWER);
}

/// Feeds one agent, lets its application end what is left, and everything run out.
fn torment(seed: u64) {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let (mut agent, frames) = situation(&mut dice);
    let mut witness = Witness::default();
    for _ in 0..EACH {
        let mut frame = frames[dice.roll(frames.len())].clone().into_bytes();
        for _ in 0..=dice.roll(3) {
            dice.mutate(&mut frame);
            if frame.is_empty() {
                frame.push(b'x');
            }
        }
        witness.received(&frame);
        agent.receive(&frame);
        let seen = agent.take();
        if seen.contains(&"<describe>".to_owned()) && dice.roll(2) == 0 {
            agent.describe(ANSWER);
        }
        if seen.contains(&"<reinvite>".to_owned()) {
            decide(&mut agent, &mut dice);
        }
        agent.pass(dice.roll(200) as u64);
        agent.sent.drain(..).for_each(|(_, message)| witness.sent(&message));
        // One call or two a frame at the most, and the memory of 256 requests.
        assert!(agent.agent.load() < 1000, "it grows: {}", agent.agent.load());
    }
    agent.farewell();
    agent.pass(400_000);
    agent.sent.drain(..).for_each(|(_, message)| witness.sent(&message));
    assert_eq!(agent.agent.load(), 0, "something stays");
}

/// The same for a share of the seeds, and the first that fails.
fn torment_share(seeds: impl Iterator<Item = u64>) -> Option<String> {
    seeds.into_iter().find_map(|seed| {
        let panic = catch_unwind(AssertUnwindSafe(|| torment(seed))).err()?;
        let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
        Some(format!("seed {seed}: {}", text.unwrap_or("a panic without words")))
    })
}

#[test]
fn p_161_nothing_breaks_it() {
    let mutations = std::env::var("PRACKLE_MUTATIONS").ok().and_then(|count| count.parse().ok()).unwrap_or(MUTATIONS);
    let seeds = 1..=mutations / EACH;
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let failed = std::thread::scope(|scope| {
        let share = |first| {
            scope.spawn({
                let seeds = seeds.clone();
                move || torment_share(seeds.skip(first).step_by(threads))
            })
        };
        let shares: Vec<_> = (0..threads).map(share).collect();
        shares.into_iter().filter_map(|share| share.join().expect("panics are caught")).collect::<Vec<_>>()
    });
    assert!(failed.is_empty(), "{failed:#?}");
}
