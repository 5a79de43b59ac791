//! The computation of Digest: HA1, HA2, `response` and `rspauth` (RFC 7616 sections 3.4.1 to
//! 3.4.4 and 3.5). Values are the unquoted ones.

use super::algorithm::{Algorithm, Hash};
use alloc::string::String;

/// The quality of protection applied to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Qop {
    /// No `qop` in the challenge: the computation of RFC 2069.
    None,
    /// `auth`.
    Auth,
    /// `auth-int`: the body is protected too.
    AuthInt,
}

/// What a digest is computed over, beside the secret, the method and the URI.
#[derive(Clone, Copy, Debug)]
pub struct Digest<'a> {
    /// The algorithm of the challenge.
    pub algorithm: Algorithm,
    /// The nonce of the server.
    pub nonce: &'a str,
    /// The nonce of the client; unused without qop.
    pub cnonce: &'a str,
    /// The nonce count as it is sent: eight hexadecimal digits; unused without qop.
    pub nc: &'a str,
    /// The quality of protection.
    pub qop: Qop,
}

impl Qop {
    /// The token, `None` where the parameter is not sent.
    pub const fn as_str(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Auth => Some("auth"),
            Self::AuthInt => Some("auth-int"),
        }
    }

    /// The value that `token` names, without regard to case.
    pub fn from_token(token: &str) -> Option<Self> {
        [Self::Auth, Self::AuthInt]
            .into_iter()
            .find(|qop| qop.as_str().is_some_and(|known| known.eq_ignore_ascii_case(token)))
    }
}

impl Digest<'_> {
    /// HA2: the method (empty for `rspauth`), the digest URI and, for auth-int, H(body).
    pub fn ha2(&self, method: &str, uri: &str, body_hash: &str) -> String {
        let hash = self.algorithm.hash();
        match self.qop {
            Qop::None | Qop::Auth => hash.of_joined([method, uri]),
            Qop::AuthInt => hash.of_joined([method, uri, body_hash]),
        }
    }

    /// The `response` (or, with its HA2, the `rspauth`). `ha1` is the one after the session
    /// step, see [`session_ha1`].
    pub fn response(&self, ha1: &str, ha2: &str) -> String {
        let hash = self.algorithm.hash();
        match self.qop.as_str() {
            None => hash.of_joined([ha1, self.nonce, ha2]),
            Some(qop) => hash.of_joined([ha1, self.nonce, self.nc, self.cnonce, qop, ha2]),
        }
    }
}

/// HA1 of a user: what a server may store in place of the password.
pub fn ha1(hash: Hash, username: &str, realm: &str, password: &str) -> String {
    hash.of_joined([username, realm, password])
}

/// The HA1 that enters the response: for `-sess` algorithms it is bound to the nonce and the
/// cnonce that began the session, for the others it is `ha1` itself.
pub fn session_ha1(algorithm: Algorithm, ha1: String, nonce: &str, cnonce: &str) -> String {
    if algorithm.is_session() { algorithm.hash().of_joined([ha1.as_str(), nonce, cnonce]) } else { ha1 }
}

/// The user name as sent with `userhash=true` (RFC 7616 section 3.4.4).
pub fn userhash(hash: Hash, username: &str, realm: &str) -> String {
    hash.of_joined([username, realm])
}
