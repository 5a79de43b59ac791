//! The server's half: writing challenges and checking what answers them. The nonces are the
//! caller's: which one is fresh, and which count has been seen, is not decided here.

use super::algorithm::Algorithm;
use super::credentials::Credentials;
use super::digest::{Digest, Qop, session_ha1, userhash};
use super::text::{parameter, read_extended, token};
use crate::message::Challenge;
use alloc::borrow::Cow;
use alloc::string::String;

/// A challenge to be sent in WWW-Authenticate or Proxy-Authenticate.
#[derive(Clone, Copy, Debug)]
pub struct Demand<'a> {
    /// The protection space.
    pub realm: &'a str,
    /// A fresh nonce.
    pub nonce: &'a str,
    /// To be sent back by the client.
    pub opaque: Option<&'a str>,
    /// The algorithm.
    pub algorithm: Algorithm,
    /// The credentials were right, but for the age of their nonce.
    pub stale: bool,
    /// The client may hash the user name.
    pub userhash: bool,
}

/// The Digest credentials of a request, as read from Authorization or Proxy-Authorization.
#[derive(Clone, Debug)]
pub struct Presented<'a> {
    /// The protection space.
    pub realm: Cow<'a, str>,
    /// The nonce that is answered.
    pub nonce: Cow<'a, str>,
    /// The opaque of the challenge.
    pub opaque: Option<Cow<'a, str>>,
    /// The digest URI; it may differ from the Request-URI (RFC 8760 section 2.6 (6)).
    pub uri: Cow<'a, str>,
    /// The algorithm; MD5 where it was not stated.
    pub algorithm: Algorithm,
    /// The quality of protection.
    pub qop: Qop,
    username: Cow<'a, str>,
    hashed: bool,
    nc: Cow<'a, str>,
    cnonce: Cow<'a, str>,
    response: Cow<'a, str>,
}

impl Demand<'_> {
    /// The value of the header field. Offers both qops.
    pub fn value(&self) -> String {
        let mut out = String::from("Digest ");
        parameter(&mut out, "realm", self.realm);
        parameter(&mut out, "qop", "auth,auth-int");
        token(&mut out, "algorithm", self.algorithm.as_str());
        parameter(&mut out, "nonce", self.nonce);
        if let Some(opaque) = self.opaque {
            parameter(&mut out, "opaque", opaque);
        }
        for (name, said) in [("stale", self.stale), ("userhash", self.userhash)] {
            if said {
                token(&mut out, name, "true");
            }
        }
        token(&mut out, "charset", "UTF-8");
        out
    }
}

impl<'a> Presented<'a> {
    /// Reads the value of one field. `None` when it is not Digest, when a parameter is missing
    /// or contradicts another, or when the algorithm or the qop is unknown.
    pub fn parse(value: &'a str) -> Option<Self> {
        let fields = Challenge::parse(value).filter(|fields| fields.is("Digest"))?;
        let algorithm = match fields.param("algorithm") {
            None => Algorithm::Md5,
            Some(token) => Algorithm::from_token(&token)?,
        };
        let qop = match fields.param("qop") {
            None => Qop::None,
            Some(token) => Qop::from_token(&token)?,
        };
        // RFC 7616 section 3.4: both together are an error.
        let username = match (fields.param("username"), fields.param("username*")) {
            (Some(name), None) => name,
            (None, Some(name)) => Cow::Owned(read_extended(&name)?),
            (Some(_), Some(_)) | (None, None) => return None,
        };
        let counted = |name| if qop == Qop::None { Some(Cow::Borrowed("")) } else { fields.param(name) };
        Some(Self {
            realm: fields.param("realm")?,
            nonce: fields.param("nonce")?,
            opaque: fields.param("opaque"),
            uri: fields.param("uri")?,
            algorithm,
            qop,
            username,
            hashed: fields.param("userhash").is_some_and(|said| said.eq_ignore_ascii_case("true")),
            nc: counted("nc")?,
            cnonce: counted("cnonce")?,
            response: fields.param("response")?,
        })
    }

    /// Whether these are the credentials of `username`, whose name may be sent as a hash.
    pub fn is_of(&self, username: &str) -> bool {
        if self.hashed {
            self.username.eq_ignore_ascii_case(&userhash(self.algorithm.hash(), username, &self.realm))
        } else {
            self.username == username
        }
    }

    /// The user name as sent; a hash when [`Presented::is_hashed`].
    pub fn username(&self) -> &str {
        &self.username
    }

    /// Whether the user name was sent as a hash (RFC 7616 section 3.4.4).
    pub fn is_hashed(&self) -> bool {
        self.hashed
    }

    /// The nonce count, which must rise with every request that uses the nonce; `None` without qop.
    pub fn count(&self) -> Option<u32> {
        u32::from_str_radix(&self.nc, 16).ok()
    }

    /// Whether the response proves the secret of `credentials`, for a request of this method
    /// and body.
    pub fn verify(&self, credentials: &Credentials, method: &str, body: &[u8]) -> bool {
        let expected = self.compute(credentials, method, body);
        self.is_of(credentials.username()) && expected.is_some_and(|expected| same(&expected, &self.response))
    }

    /// The value of Authentication-Info for the response to a verified request, which proves
    /// that the server knows the secret too, and may name the next nonce.
    pub fn info(&self, credentials: &Credentials, body: &[u8], next_nonce: Option<&str>) -> Option<String> {
        let mut out = String::new();
        parameter(&mut out, "rspauth", &self.compute(credentials, "", body)?);
        if let Some(qop) = self.qop.as_str() {
            token(&mut out, "qop", qop);
            parameter(&mut out, "cnonce", &self.cnonce);
            token(&mut out, "nc", &self.nc);
        }
        if let Some(nonce) = next_nonce {
            parameter(&mut out, "nextnonce", nonce);
        }
        Some(out)
    }

    fn compute(&self, credentials: &Credentials, method: &str, body: &[u8]) -> Option<String> {
        let hash = self.algorithm.hash();
        let stored = credentials.ha1_for(hash, &self.realm)?;
        let ha1 = session_ha1(self.algorithm, stored, &self.nonce, &self.cnonce);
        let Self { algorithm, qop, .. } = *self;
        let digest = Digest { algorithm, nonce: &self.nonce, cnonce: &self.cnonce, nc: &self.nc, qop };
        Some(digest.response(&ha1, &digest.ha2(method, &self.uri, &hash.of(body))))
    }
}

/// Compares without telling by its time where the first difference is.
fn same(expected: &str, given: &str) -> bool {
    let pairs = expected.bytes().zip(given.bytes());
    expected.len() == given.len() && pairs.fold(0, |difference, (a, b)| difference | (a ^ b.to_ascii_lowercase())) == 0
}
