//! An authentication session: a challenge being answered, request after request, with a
//! rising nonce count (RFC 7616 section 3.6).

use super::credentials::Credentials;
use super::digest::{Digest, Qop, session_ha1, userhash};
use super::offer::{Offer, Side};
use super::text::{append_extended, nonce_count, parameter, token};
use super::{Confirmation, Outgoing};
use crate::message::append_quoted;
use crate::random::Random;
use alloc::borrow::ToOwned;
use alloc::string::String;

/// Which requests carry the credentials of a session without being asked for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// REGISTER: the registrar has challenged it. Others would show the digest to callees.
    Registrar,
    /// All: our own domain has challenged.
    Everywhere,
    /// Those of one Call-ID: a realm that we know nothing else of (RFC 3261 section 22.3).
    Call(String),
}

pub(super) struct Session {
    pub(super) offer: Offer,
    pub(super) scope: Scope,
    /// When it was last used, in authorized requests.
    pub(super) used: u64,
    cnonce: String,
    nc: u32,
    /// HA1 of a `-sess` algorithm, bound to the first nonce and cnonce of the session.
    ha1: Option<String>,
    /// The nonce is not the one of the challenge any more.
    renewed: bool,
}

impl Session {
    pub(super) fn new(offer: Offer, scope: Scope) -> Self {
        Self { offer, scope, used: 0, cnonce: String::new(), nc: 0, ha1: None, renewed: false }
    }

    /// Whether a request carries credentials of this session. CANCEL cannot be challenged,
    /// ACK repeats those of its INVITE (RFC 3261 section 22.1).
    pub(super) fn applies(&self, method: &str, call_id: &str) -> bool {
        match (&self.scope, method) {
            (_, "ACK" | "CANCEL") => false,
            (Scope::Registrar, method) => method == "REGISTER",
            (Scope::Everywhere, method) => self.offer.side == Side::Proxy || method != "REGISTER",
            (Scope::Call(own), _) => own == call_id,
        }
    }

    /// Whether `other` would be sent in the same requests to the same realm.
    pub(super) fn is_replaced_by(&self, other: &Self) -> bool {
        let overlap = match (&self.scope, &other.scope) {
            (Scope::Registrar, Scope::Registrar) => true,
            (Scope::Registrar, _) | (_, Scope::Registrar) => false,
            (Scope::Everywhere, _) | (_, Scope::Everywhere) => true,
            (Scope::Call(own), Scope::Call(others)) => own == others,
        };
        overlap && self.offer.side == other.offer.side && self.offer.realm == other.offer.realm
    }

    /// Whether the offer is the challenge of this session once more: the nonce count of a
    /// nonce must go on rising, whoever asks.
    pub(super) fn is_of(&self, offer: &Offer) -> bool {
        let Offer { side, realm, nonce, algorithm, .. } = offer;
        let own = &self.offer;
        own.side == *side && own.realm == *realm && own.nonce == *nonce && own.algorithm == *algorithm
    }

    /// Forgets what was computed from credentials that have been replaced.
    pub(super) fn forget_secret(&mut self) {
        self.ha1 = None;
        self.cnonce.clear();
    }

    /// The value of the Authorization or Proxy-Authorization field for the next request.
    pub(super) fn authorize(
        &mut self,
        credentials: &Credentials,
        request: &Outgoing<'_>,
        random: &mut Random,
    ) -> Option<String> {
        if self.cnonce.is_empty() {
            random.append_token(&mut self.cnonce, CNONCE_LENGTH);
        }
        let ha1 = self.ha1(credentials)?;
        self.nc = self.nc.checked_add(1)?;
        let nc = nonce_count(self.nc);
        let digest = self.digest(&nc, &self.cnonce);
        let body_hash = self.offer.hash().of(request.body);
        let ha2 = digest.ha2(request.method, request.uri, &body_hash);
        let response = digest.response(&ha1, &ha2);
        Some(self.write(credentials, request.uri, &nc, &response))
    }

    /// Whether an Authentication-Info field with this cnonce speaks of this session.
    pub(super) fn has_cnonce(&self, cnonce: &str) -> bool {
        !self.cnonce.is_empty() && self.cnonce == cnonce
    }

    /// Checks `rspauth` (RFC 7616 section 3.5). `nc` is the one of the response.
    pub(super) fn confirm(
        &mut self,
        credentials: &Credentials,
        uri: &str,
        nc: &str,
        rspauth: &str,
        body: &[u8],
    ) -> Confirmation {
        let known = match self.offer.qop {
            // The nonce of that request may have been replaced in the meantime.
            Qop::None => !self.renewed,
            Qop::Auth | Qop::AuthInt => u32::from_str_radix(nc, 16).is_ok_and(|nc| (1..=self.nc).contains(&nc)),
        };
        let Some(ha1) = self.ha1(credentials).filter(|_| known) else { return Confirmation::Unchecked };
        let digest = self.digest(nc, &self.cnonce);
        let ha2 = digest.ha2("", uri, &self.offer.hash().of(body));
        if digest.response(&ha1, &ha2).eq_ignore_ascii_case(rspauth) {
            Confirmation::Confirmed
        } else {
            Confirmation::Mismatch
        }
    }

    /// Takes the `nextnonce`. The session goes on, and with it the HA1 of `-sess` algorithms;
    /// a new cnonce tells its requests from those before.
    pub(super) fn renew(&mut self, nonce: &str) {
        if self.offer.nonce != nonce {
            nonce.clone_into(&mut self.offer.nonce);
            self.cnonce.clear();
            self.nc = 0;
            self.renewed = true;
        }
    }

    fn ha1(&mut self, credentials: &Credentials) -> Option<String> {
        if let Some(ha1) = &self.ha1 {
            return Some(ha1.clone());
        }
        let algorithm = self.offer.computed();
        let stored = credentials.ha1_for(algorithm.hash(), &self.offer.realm)?;
        let ha1 = session_ha1(algorithm, stored, &self.offer.nonce, &self.cnonce);
        if algorithm.is_session() {
            self.ha1 = Some(ha1.clone());
        }
        Some(ha1)
    }

    fn digest<'a>(&'a self, nc: &'a str, cnonce: &'a str) -> Digest<'a> {
        let Offer { nonce, qop, .. } = &self.offer;
        Digest { algorithm: self.offer.computed(), nonce, cnonce, nc, qop: *qop }
    }

    fn write(&self, credentials: &Credentials, uri: &str, nc: &str, response: &str) -> String {
        let offer = &self.offer;
        let mut out = String::from("Digest ");
        self.write_username(&mut out, credentials);
        for (name, value) in [("realm", offer.realm.as_str()), ("nonce", &offer.nonce), ("uri", uri)] {
            parameter(&mut out, name, value);
        }
        parameter(&mut out, "response", response);
        if let Some(algorithm) = offer.algorithm {
            token(&mut out, "algorithm", algorithm.as_str());
        }
        if let Some(qop) = offer.qop.as_str() {
            parameter(&mut out, "cnonce", &self.cnonce);
            token(&mut out, "qop", qop);
            token(&mut out, "nc", nc);
        }
        if let Some(opaque) = &offer.opaque {
            parameter(&mut out, "opaque", opaque);
        }
        out
    }

    /// SIP's quoted strings hold any UTF-8, so a name that is not ASCII is quoted; only to a
    /// server that shows by `charset` that it knows RFC 7616 is it sent as `username*`, and
    /// to any server when it holds what no quoted string can.
    fn write_username(&self, out: &mut String, credentials: &Credentials) {
        let name = credentials.username();
        if self.offer.userhash {
            let hashed = userhash(self.offer.hash(), name, &self.offer.realm);
            out.push_str("username=");
            append_quoted(out, &hashed);
            token(out, "userhash", "true");
        } else if name.contains(char::is_control) || (self.offer.utf8 && !name.is_ascii()) {
            out.push_str("username*=UTF-8''");
            append_extended(out, name);
        } else {
            out.push_str("username=");
            append_quoted(out, name);
        }
    }
}

/// 20 characters of five bits each.
const CNONCE_LENGTH: usize = 20;
