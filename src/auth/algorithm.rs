//! The hash algorithms of Digest and the text form of what they compute
//! (RFC 7616 sections 3.2, 3.3; RFC 8760 section 2.1).

use alloc::string::String;
use md5::{Digest, Md5};
use sha2::{Sha256, Sha512_256};

/// The value of the `algorithm` parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Algorithm {
    /// `MD5`, which is also meant where the parameter is absent.
    Md5,
    /// `MD5-sess`.
    Md5Sess,
    /// `SHA-256`.
    Sha256,
    /// `SHA-256-sess`.
    Sha256Sess,
    /// `SHA-512-256`: SHA-512/256, not SHA-512 cut short.
    Sha512_256,
    /// `SHA-512-256-sess`.
    Sha512_256Sess,
}

/// The hash function under an algorithm and its `-sess` variant: what an HA1 depends on.
/// Ordered by strength.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hash {
    /// MD5 (128 bits).
    Md5,
    /// SHA-256.
    Sha256,
    /// SHA-512/256.
    Sha512_256,
}

impl Algorithm {
    const ALL: [Self; 6] =
        [Self::Md5, Self::Md5Sess, Self::Sha256, Self::Sha256Sess, Self::Sha512_256, Self::Sha512_256Sess];

    /// The algorithm that `token` names (without regard to case), if it is supported.
    pub fn from_token(token: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.as_str().eq_ignore_ascii_case(token))
    }

    /// The token of the IANA registry.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Md5Sess => "MD5-sess",
            Self::Sha256 => "SHA-256",
            Self::Sha256Sess => "SHA-256-sess",
            Self::Sha512_256 => "SHA-512-256",
            Self::Sha512_256Sess => "SHA-512-256-sess",
        }
    }

    /// The hash function.
    pub const fn hash(self) -> Hash {
        match self {
            Self::Md5 | Self::Md5Sess => Hash::Md5,
            Self::Sha256 | Self::Sha256Sess => Hash::Sha256,
            Self::Sha512_256 | Self::Sha512_256Sess => Hash::Sha512_256,
        }
    }

    /// Whether A1 holds the nonce and the cnonce (`-sess`, RFC 7616 section 3.4.2).
    pub const fn is_session(self) -> bool {
        matches!(self, Self::Md5Sess | Self::Sha256Sess | Self::Sha512_256Sess)
    }
}

impl Hash {
    /// The length of a digest in hexadecimal digits.
    pub const fn digits(self) -> usize {
        match self {
            Self::Md5 => 32,
            Self::Sha256 | Self::Sha512_256 => 64,
        }
    }

    /// H(octets) in lower-case hexadecimal.
    pub fn of(self, octets: &[u8]) -> String {
        self.of_parts(&[octets])
    }

    /// H of the parts with a colon between each two of them: the only concatenation that
    /// Digest knows.
    pub fn of_joined<const N: usize>(self, parts: [&str; N]) -> String {
        self.of_parts(&parts.map(str::as_bytes))
    }

    fn of_parts(self, parts: &[&[u8]]) -> String {
        match self {
            Self::Md5 => hex::<Md5>(parts),
            Self::Sha256 => hex::<Sha256>(parts),
            Self::Sha512_256 => hex::<Sha512_256>(parts),
        }
    }
}

fn hex<D: Digest>(parts: &[&[u8]]) -> String {
    let mut hash = D::new();
    for (position, part) in parts.iter().enumerate() {
        if position > 0 {
            hash.update(b":");
        }
        hash.update(part);
    }
    let digest = hash.finalize();
    let digits = digest.iter().flat_map(|octet| [octet >> 4, octet & 15]);
    digits.filter_map(|digit| char::from_digit(u32::from(digit), 16)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_read_in_any_case_and_unknown_ones_are_nothing() {
        for algorithm in Algorithm::ALL {
            assert_eq!(Algorithm::from_token(&algorithm.as_str().to_ascii_lowercase()), Some(algorithm));
        }
        for unknown in ["", "SHA-512", "SHA-1", "MD5-session", "AKAv1-MD5", "SHA256"] {
            assert_eq!(Algorithm::from_token(unknown), None, "{unknown}");
        }
    }

    // RFC 3261 section 22.4 (7) and RFC 8760 section 2.6 (7) print the hash of no body.
    #[test]
    fn hashes_of_nothing_are_the_printed_ones() {
        assert_eq!(Hash::Md5.of(b""), "d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(Hash::Sha256.of(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!(Hash::Sha512_256.of(b""), "c672b8d1ef56ed28ab87c3622c5114069bdd3ad7b8f9737498d0c01ecef0967a");
    }

    #[test]
    fn joining_is_concatenation_with_colons() {
        assert_eq!(Hash::Md5.of_joined(["a", "", "c"]), Hash::Md5.of(b"a::c"));
        assert_eq!(Hash::Md5.of(b"x").len(), Hash::Md5.digits());
        assert_eq!(Hash::Sha512_256.of(b"x").len(), Hash::Sha512_256.digits());
    }
}
