//! Seeded mutations of what a peer sends, fed to agents in the middle of calls: nothing
//! panics, nothing piles up, and the rules of RFC 3262 hold.
#![expect(clippy::indexing_slicing, reason = "an index out of range is a fault of the test, and shows")]

use super::agent::{ANSWER, Driver, response};
use super::witness::Witness;
use prackle::message::{Message, Method};
use std::ops::DerefMut;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Mutations in all; `PRACKLE_MUTATIONS` asks for more.
const MUTATIONS: u64 = 100_000;
/// Mutations that one agent has to bear.
const EACH: u64 = 100;
/// Answers to PRACKs among the frames to choose from.
const ANSWERS: usize = 16;

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
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn roll(&mut self, sides: usize) -> usize {
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
        if frame.is_empty() {
            frame.push(b'x');
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

/// An agent in the middle of something, the frames that fit there, and what its application
/// may do after each of them, having seen what the agent did.
pub(crate) struct Situation<T> {
    pub(crate) agent: T,
    pub(crate) frames: Vec<String>,
    pub(crate) act: fn(&mut T, &[String], &mut Dice),
}

/// Plays as many mutations as are wanted, in situations of every kind, on all processors.
pub(crate) fn play<T: DerefMut<Target = Driver>>(situation: impl Fn(&mut Dice) -> Situation<T> + Sync) {
    let mutations = std::env::var("PRACKLE_MUTATIONS").ok().and_then(|count| count.parse().ok()).unwrap_or(MUTATIONS);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = |first| {
        let mut seeds = (1..=mutations / EACH).skip(first).step_by(threads);
        seeds.find_map(|seed| failure(seed, &situation))
    };
    let failed: Vec<String> = std::thread::scope(|scope| {
        let share = &share;
        let shares: Vec<_> = (0..threads).map(|first| scope.spawn(move || share(first))).collect();
        shares.into_iter().filter_map(|share| share.join().expect("panics are caught")).collect()
    });
    assert!(failed.is_empty(), "{failed:#?}");
}

/// How one seed fails, if it does.
fn failure<T: DerefMut<Target = Driver>>(seed: u64, situation: impl Fn(&mut Dice) -> Situation<T>) -> Option<String> {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let panic = catch_unwind(AssertUnwindSafe(|| torment(situation(&mut dice), &mut dice))).err()?;
    let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
    Some(format!("seed {seed}: {}", text.unwrap_or("a panic without words")))
}

/// Feeds one agent, lets its application end what is left, and everything run out.
fn torment<T: DerefMut<Target = Driver>>(situation: Situation<T>, dice: &mut Dice) {
    let Situation { mut agent, mut frames, act } = situation;
    let mut witness = Witness::default();
    let given = frames.len();
    for _ in 0..EACH {
        read_along(&mut agent, &mut witness, &mut frames);
        frames.drain(given..frames.len().saturating_sub(ANSWERS).max(given));
        let mut frame = frames[dice.roll(frames.len())].clone().into_bytes();
        for _ in 0..=dice.roll(3) {
            dice.mutate(&mut frame);
        }
        witness.received(&frame);
        agent.receive(&frame);
        let seen = agent.take();
        if seen.contains(&"<describe>".to_owned()) && dice.roll(2) == 0 {
            agent.describe(ANSWER);
        }
        act(&mut agent, &seen, dice);
        agent.pass(dice.roll(200) as u64);
        // One call or two a frame at the most, and the memory of 256 requests.
        assert!(agent.agent.load() < 1000, "it grows: {}", agent.agent.load());
    }
    agent.farewell();
    agent.pass(400_000);
    read_along(&mut agent, &mut witness, &mut frames);
    assert_eq!(agent.agent.load(), 0, "something stays");
}

/// Judges what was sent, and adds answers to the PRACKs among it to what may come.
fn read_along(agent: &mut Driver, witness: &mut Witness, frames: &mut Vec<String>) {
    for (_, message) in agent.sent.drain(..) {
        witness.sent(&message);
        if message.is_request() && message.method() == Method::Prack {
            frames.extend(answers(&message));
        }
    }
}

fn answers(prack: &Message) -> [String; 4] {
    let challenge = "Proxy-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\"\r\n";
    let answer = |status, fields, body| response(prack, status, "", fields, body);
    [answer(200, "", ANSWER), answer(488, "", ""), answer(500, "Retry-After: 1\r\n", ""), answer(407, challenge, "")]
}
