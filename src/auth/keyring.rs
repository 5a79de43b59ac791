//! The credentials at hand, by realm.

use super::credentials::Credentials;
use alloc::vec::Vec;

pub(super) struct Keyring {
    configured: Vec<Credentials>,
    /// What the application has answered; each is bound to its realm, the oldest first.
    supplied: Vec<Credentials>,
    asks: bool,
}

impl Keyring {
    pub(super) fn new(configured: Vec<Credentials>, asks: bool) -> Self {
        Self { configured, supplied: Vec::new(), asks }
    }

    /// Keeps an answer of the application, in place of a former one for the same realm.
    /// Credentials that are bound to another realm are no answer.
    pub(super) fn supply(&mut self, realm: &str, credentials: Credentials) -> bool {
        if !credentials.serves(realm) {
            return false;
        }
        self.reject(realm);
        if self.supplied.len() >= MAX_SUPPLIED {
            self.supplied.remove(0);
        }
        self.supplied.push(credentials.for_realm(realm));
        true
    }

    /// Forgets an answer of the application that turned out wrong: the next request asks anew.
    pub(super) fn reject(&mut self, realm: &str) {
        self.supplied.retain(|credentials| credentials.realm() != Some(realm));
    }

    /// The credentials for a realm: those bound to it come before those for any.
    pub(super) fn find(&self, realm: &str) -> Option<&Credentials> {
        let bound = |credentials: &&Credentials| credentials.realm() == Some(realm);
        let configured = self.configured.iter();
        let any = || self.configured.iter().find(|credentials| credentials.realm().is_none());
        configured.clone().find(bound).or_else(|| self.supplied.iter().find(bound)).or_else(any)
    }

    /// Whether the configuration names this realm.
    pub(super) fn names(&self, realm: &str) -> bool {
        self.configured.iter().any(|credentials| credentials.realm() == Some(realm))
    }

    /// Whether the application is to be asked where there are no credentials.
    pub(super) fn asks(&self) -> bool {
        self.asks
    }
}

/// How many realms the application can have answered for.
const MAX_SUPPLIED: usize = 16;
