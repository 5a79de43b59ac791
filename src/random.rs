//! The seeded generator behind tags, branches, Call-IDs, RSeq and cnonces.
//!
//! It is ChaCha20 in counter mode, keyed by 32 octets of entropy that the shell takes from
//! the platform's cryptographic generator: unpredictable on the wire (RFC 3261 section 19.3),
//! and repeatable in a test.

use alloc::string::String;
use core::fmt;

/// A cryptographic generator, seeded once.
#[derive(Clone)]
pub struct Random {
    key: [u32; 8],
    counter: u64,
    block: [u8; 64],
    used: usize,
}

/// 32 characters that are tokens, host labels and cookies alike.
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

impl Random {
    /// A generator whose output depends on nothing but `seed`.
    pub fn new(seed: [u8; 32]) -> Self {
        let mut key = [0; 8];
        for (word, octets) in key.iter_mut().zip(seed.as_chunks::<4>().0) {
            *word = u32::from_le_bytes(*octets);
        }
        Self { key, counter: 0, block: [0; 64], used: 64 }
    }

    /// A uniform number of 32 bits.
    pub fn u32(&mut self) -> u32 {
        u32::from_le_bytes([self.octet(), self.octet(), self.octet(), self.octet()])
    }

    /// A uniform number in `0..bound`; 0 when `bound` is 0.
    pub fn below(&mut self, bound: u32) -> u32 {
        if bound == 0 {
            return 0;
        }
        // Values past the last whole multiple of `bound` would favour the small ones.
        let limit = u32::MAX - u32::MAX % bound;
        loop {
            let value = self.u32();
            if value < limit {
                return value % bound;
            }
        }
    }

    /// Appends `count` random characters (five bits each) to `out`: a token of RFC 3261.
    pub fn append_token(&mut self, out: &mut String, count: usize) {
        // In pieces: a text takes each character by itself for one that may need four octets.
        let mut piece = [b'a'; 24];
        let mut left = count;
        while left > 0 {
            let length = left.min(piece.len());
            for letter in piece.iter_mut().take(length) {
                *letter = ALPHABET.get(usize::from(self.octet() & 31)).copied().unwrap_or(b'a');
            }
            out.push_str(piece.get(..length).and_then(|piece| core::str::from_utf8(piece).ok()).unwrap_or_default());
            left -= length;
        }
    }

    /// A token of `count` random characters, five bits each.
    pub fn token(&mut self, count: usize) -> String {
        let mut out = String::with_capacity(count);
        self.append_token(&mut out, count);
        out
    }

    /// A random UUID in its text form (RFC 4122 section 4.4, version 4).
    pub fn uuid(&mut self) -> String {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut out = String::with_capacity(36);
        for position in 0..36_u32 {
            let nibble = usize::from(self.octet() & 15);
            out.push(match position {
                8 | 13 | 18 | 23 => '-',
                14 => '4',
                19 => DIGITS.get(8 | nibble & 3).copied().map_or('8', char::from),
                _ => DIGITS.get(nibble).copied().map_or('0', char::from),
            });
        }
        out
    }

    fn octet(&mut self) -> u8 {
        if self.used >= self.block.len() {
            self.block = chacha20(&self.key, self.counter);
            self.counter = self.counter.wrapping_add(1);
            self.used = 0;
        }
        let octet = self.block.get(self.used).copied().unwrap_or(0);
        self.used += 1;
        octet
    }
}

fn chacha20(key: &[u32; 8], counter: u64) -> [u8; 64] {
    let [k0, k1, k2, k3, k4, k5, k6, k7] = *key;
    let (low, high) = (counter as u32, (counter >> 32) as u32);
    let input = [0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574, k0, k1, k2, k3, k4, k5, k6, k7, low, high, 0, 0];
    let mut state = input;
    for _ in 0..10 {
        state = double_round(state);
    }
    let mut out = [0; 64];
    for ((octets, word), start) in out.as_chunks_mut::<4>().0.iter_mut().zip(state).zip(input) {
        *octets = word.wrapping_add(start).to_le_bytes();
    }
    out
}

/// The columns, then the diagonals (RFC 8439 section 2.3). Word by word, not by index: an index
/// into the state is checked each time, and that takes longer than the arithmetic.
fn double_round(state: [u32; 16]) -> [u32; 16] {
    let [a0, a1, a2, a3, b0, b1, b2, b3, c0, c1, c2, c3, d0, d1, d2, d3] = state;
    let [a0, b0, c0, d0] = quarter_round(a0, b0, c0, d0);
    let [a1, b1, c1, d1] = quarter_round(a1, b1, c1, d1);
    let [a2, b2, c2, d2] = quarter_round(a2, b2, c2, d2);
    let [a3, b3, c3, d3] = quarter_round(a3, b3, c3, d3);
    let [a0, b1, c2, d3] = quarter_round(a0, b1, c2, d3);
    let [a1, b2, c3, d0] = quarter_round(a1, b2, c3, d0);
    let [a2, b3, c0, d1] = quarter_round(a2, b3, c0, d1);
    let [a3, b0, c1, d2] = quarter_round(a3, b0, c1, d2);
    [a0, a1, a2, a3, b0, b1, b2, b3, c0, c1, c2, c3, d0, d1, d2, d3]
}

#[inline(always)]
fn quarter_round(a: u32, b: u32, c: u32, d: u32) -> [u32; 4] {
    let a = a.wrapping_add(b);
    let d = (d ^ a).rotate_left(16);
    let c = c.wrapping_add(d);
    let b = (b ^ c).rotate_left(12);
    let a = a.wrapping_add(b);
    let d = (d ^ a).rotate_left(8);
    let c = c.wrapping_add(d);
    [a, (b ^ c).rotate_left(7), c, d]
}

/// Shows nothing: the key tells every tag, branch and cnonce to come.
impl fmt::Debug for Random {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Random")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeSet;

    // The key stream for an all-zero key, nonce and counter: RFC 8439 appendix A.1, vector 1.
    #[test]
    fn is_chacha20() {
        let mut random = Random::new([0; 32]);
        assert_eq!(random.u32(), u32::from_le_bytes([0x76, 0xb8, 0xe0, 0xad]));
        assert_eq!(random.u32(), u32::from_le_bytes([0xa0, 0xf1, 0x3d, 0x90]));
    }

    #[test]
    fn tokens_differ_and_repeat_with_the_seed() {
        let mut random = Random::new([7; 32]);
        let tokens: BTreeSet<String> = (0..1000).map(|_| random.token(12)).collect();
        assert_eq!(tokens.len(), 1000);
        assert!(tokens.contains(&Random::new([7; 32]).token(12)));
    }

    #[test]
    fn a_token_of_any_length_is_the_next_characters() {
        let (mut whole, mut parts) = (Random::new([7; 32]), Random::new([7; 32]));
        for length in [0, 1, 23, 24, 25, 48, 100] {
            let token = whole.token(length);
            assert_eq!(token.len(), length);
            assert_eq!(token, (0..length).map(|_| parts.token(1)).collect::<String>());
        }
    }

    #[test]
    fn below_stays_below() {
        let mut random = Random::new([1; 32]);
        assert!((0..1000).all(|_| random.below(7) < 7));
        assert_eq!(random.below(0), 0);
    }

    #[test]
    fn uuids_are_of_version_4() {
        let uuid = Random::new([3; 32]).uuid();
        assert_eq!(uuid.len(), 36);
        assert_eq!(uuid.as_bytes().get(14), Some(&b'4'));
    }
}
