//! Values that leave the server and must come back unaltered: nonces and flow tokens.

use sha2::{Digest, Sha256};

/// A key that lives as long as the process.
#[derive(Clone)]
pub struct Seal {
    key: [u8; 32],
}

impl Seal {
    /// A seal with this key.
    pub fn new(key: [u8; 32]) -> Self {
        Self { key }
    }

    /// `numbers` and what proves that they come from here, in hexadecimal. `purpose` keeps
    /// a nonce from being taken for a flow token.
    pub fn close(&self, purpose: u8, numbers: [u32; 2]) -> String {
        let [high, low] = numbers;
        let mut text = hex(&[high.to_be_bytes(), low.to_be_bytes()].concat());
        text.push_str(&hex(&self.proof(purpose, numbers)));
        text
    }

    /// The numbers in a value made by [`Seal::close`]; nothing for any other text.
    pub fn open(&self, purpose: u8, text: &str) -> Option<[u32; 2]> {
        let (high, rest) = text.split_at_checked(8)?;
        let (low, proof) = rest.split_at_checked(8)?;
        let numbers = [u32::from_str_radix(high, 16).ok()?, u32::from_str_radix(low, 16).ok()?];
        (proof == hex(&self.proof(purpose, numbers))).then_some(numbers)
    }

    /// The key goes first and the rest has one length: nothing can be appended.
    fn proof(&self, purpose: u8, [high, low]: [u32; 2]) -> [u8; 12] {
        let mut hash = Sha256::new();
        hash.update(self.key);
        hash.update([purpose]);
        hash.update(high.to_be_bytes());
        hash.update(low.to_be_bytes());
        let digest: [u8; 32] = hash.finalize().into();
        let mut proof = [0; 12];
        for (octet, digest) in proof.iter_mut().zip(digest) {
            *octet = digest;
        }
        proof
    }
}

fn hex(octets: &[u8]) -> String {
    octets
        .iter()
        .flat_map(|octet| [octet >> 4, octet & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_sealed_opens() {
        let seal = Seal::new([7; 32]);
        let text = seal.close(1, [3, u32::MAX]);
        assert_eq!(seal.open(1, &text), Some([3, u32::MAX]));
        assert_eq!(seal.open(2, &text), None);
        assert_eq!(Seal::new([8; 32]).open(1, &text), None);
        assert_eq!(seal.open(1, &text.replacen('3', "4", 1)), None);
        assert_eq!(seal.open(1, "é23456789"), None);
        assert_eq!(seal.open(1, ""), None);
    }
}
