//! Who we are to a realm, and the secret that proves it. The secret is never printed.

use super::algorithm::Hash;
use super::digest;
use alloc::borrow::ToOwned;
use alloc::string::String;
use core::fmt;

/// A user name with its secret, for one realm or for any.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    username: String,
    realm: Option<String>,
    secret: Secret,
}

#[derive(Clone, PartialEq, Eq)]
enum Secret {
    Password(String),
    /// One HA1 per hash function; HA1 holds the realm, so the credentials are bound to one.
    Ha1 {
        md5: Option<String>,
        sha256: Option<String>,
        sha512_256: Option<String>,
    },
}

impl Credentials {
    /// A user name and a password, for any realm unless [`Credentials::for_realm`] binds them.
    pub fn password(username: &str, password: &str) -> Self {
        Self { username: username.to_owned(), realm: None, secret: Secret::Password(password.to_owned()) }
    }

    /// A user name and H(username:realm:password) in hexadecimal, in place of the password.
    /// `None` when `digest` is not of the length of the hash, or not hexadecimal.
    pub fn ha1(username: &str, realm: &str, hash: Hash, digest: &str) -> Option<Self> {
        let secret = Secret::Ha1 { md5: None, sha256: None, sha512_256: None };
        Self { username: username.to_owned(), realm: Some(realm.to_owned()), secret }.with_ha1(hash, digest)
    }

    /// The same credentials with an HA1 for one more hash function. `None` as in
    /// [`Credentials::ha1`], and for credentials that hold a password.
    pub fn with_ha1(mut self, hash: Hash, digest: &str) -> Option<Self> {
        let valid = digest.len() == hash.digits() && digest.bytes().all(|octet| octet.is_ascii_hexdigit());
        let Secret::Ha1 { md5, sha256, sha512_256 } = &mut self.secret else { return None };
        let place = match hash {
            Hash::Md5 => md5,
            Hash::Sha256 => sha256,
            Hash::Sha512_256 => sha512_256,
        };
        // HA1 enters the next hash as text: RFC 7616 section 3.2 has lower case only.
        *place = Some(digest.to_ascii_lowercase());
        valid.then_some(self)
    }

    /// The same credentials, used for no other realm than this.
    pub fn for_realm(mut self, realm: &str) -> Self {
        self.realm = Some(realm.to_owned());
        self
    }

    /// The user name, unquoted.
    pub fn username(&self) -> &str {
        &self.username
    }

    /// The realm that these credentials are bound to.
    pub fn realm(&self) -> Option<&str> {
        self.realm.as_deref()
    }

    /// Whether they may be used for this realm. Realms compare octet by octet.
    pub fn serves(&self, realm: &str) -> bool {
        self.realm.as_deref().is_none_or(|bound| bound == realm)
    }

    /// HA1 before any session step; `None` for a realm that they are not for, or a hash
    /// function for which only others were given.
    pub fn ha1_for(&self, hash: Hash, realm: &str) -> Option<String> {
        if !self.serves(realm) {
            return None;
        }
        match (&self.secret, hash) {
            (Secret::Password(password), _) => Some(digest::ha1(hash, &self.username, realm, password)),
            (Secret::Ha1 { md5, .. }, Hash::Md5) => md5.clone(),
            (Secret::Ha1 { sha256, .. }, Hash::Sha256) => sha256.clone(),
            (Secret::Ha1 { sha512_256, .. }, Hash::Sha512_256) => sha512_256.clone(),
        }
    }

    /// Whether [`Credentials::ha1_for`] would give a value.
    pub(super) fn can(&self, hash: Hash, realm: &str) -> bool {
        let known = match (&self.secret, hash) {
            (Secret::Password(_), _) => true,
            (Secret::Ha1 { md5, .. }, Hash::Md5) => md5.is_some(),
            (Secret::Ha1 { sha256, .. }, Hash::Sha256) => sha256.is_some(),
            (Secret::Ha1 { sha512_256, .. }, Hash::Sha512_256) => sha512_256.is_some(),
        };
        known && self.serves(realm)
    }
}

/// Shows neither the secret nor its length.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("username", &self.username)
            .field("realm", &self.realm)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_secret() {
        let password = Credentials::password("alice", "hunter2");
        let stored = Credentials::ha1("alice", "r", Hash::Md5, "939e7578ed9e3c518a452acee763bce9").unwrap();
        for text in [alloc::format!("{password:?}"), alloc::format!("{stored:?}")] {
            assert!(text.contains("alice"));
            assert!(!text.contains("hunter2") && !text.contains("939e"), "{text}");
        }
    }

    #[test]
    fn an_ha1_must_be_hexadecimal_of_the_right_length() {
        for bad in ["", "939e7578", "939e7578ed9e3c518a452acee763bcez"] {
            assert_eq!(Credentials::ha1("alice", "r", Hash::Md5, bad), None, "{bad}");
        }
        assert_eq!(Credentials::ha1("a", "r", Hash::Sha256, "939e7578ed9e3c518a452acee763bce9"), None);
        assert_eq!(Credentials::password("a", "b").with_ha1(Hash::Md5, "939e7578ed9e3c518a452acee763bce9"), None);
    }

    #[test]
    fn bound_credentials_serve_their_realm_alone() {
        let bound = Credentials::password("alice", "x").for_realm("Here");
        assert!(bound.serves("Here") && !bound.serves("here") && !bound.serves("there"));
        assert!(Credentials::password("alice", "x").serves("anywhere"));
    }
}
