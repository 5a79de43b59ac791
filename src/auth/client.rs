//! The client's half: challenges in, credentials out.

use super::algorithm::{Algorithm, Hash};
use super::attempts::{Attempts, Judgement};
use super::credentials::Credentials;
use super::keyring::Keyring;
use super::offer::{Offer, Side};
use super::session::{Scope, Session};
use crate::message::{Challenge, Message, Method, Name};
use crate::random::Random;
use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// The authentication of one user agent towards all that challenge it.
///
/// A request asks [`Auth::authorize`] for its fields whenever it is written; its 401 or 407
/// goes to [`Auth::challenge`], and what its final response says of the server's own knowledge
/// of the secret to [`Auth::confirm`].
pub struct Auth {
    home: String,
    keyring: Keyring,
    sessions: Vec<Session>,
    clock: u64,
}

/// A request that is being written.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    /// Its method.
    pub method: &'a str,
    /// Its Request-URI, as it will be written.
    pub uri: &'a str,
    /// Its Call-ID.
    pub call_id: &'a str,
    /// Its body, for `auth-int`; empty when there is none.
    pub body: &'a [u8],
}

/// What to do with a request that got a 401 or 407.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Write it again, with a new branch and the next CSeq number.
    Retry,
    /// Ask the application for credentials. When they are [supplied](Auth::supply): as
    /// [`Verdict::Retry`].
    Ask(Question),
    /// The response is final.
    GiveUp(Reason),
}

/// A question to the application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The protection space; meant to be shown.
    pub realm: String,
    /// The algorithm that will be used: an HA1 must be of its hash function.
    pub algorithm: Algorithm,
    /// The server says that only the nonce was wrong.
    pub stale: bool,
}

/// Why a challenge is not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// There is no challenge of a known scheme, algorithm and qop, or none for which the
    /// credentials hold an HA1.
    Unsupported,
    /// There are no credentials for the realm.
    NoCredentials,
    /// The server does not take the credentials.
    Rejected,
    /// It has been answered often enough.
    TooManyTries,
}

impl Reason {
    /// A short description in English.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unsupported => "no supported challenge",
            Self::NoCredentials => "no credentials for the realm",
            Self::Rejected => "credentials rejected",
            Self::TooManyTries => "challenged too often",
        }
    }
}

/// What a response proves of the server (RFC 7616 section 3.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirmation {
    /// It says nothing.
    Absent,
    /// It says something about a nonce that is no longer in use, or nothing that can be checked.
    Unchecked,
    /// The server knows the secret.
    Confirmed,
    /// The server does not know the secret, or the response was changed on the way.
    Mismatch,
}

impl Auth {
    /// For a user of the domain `home`, with these credentials. `asks`: where they do not
    /// serve, the application is asked.
    pub fn new(home: &str, credentials: Vec<Credentials>, asks: bool) -> Self {
        Self { home: home.to_owned(), keyring: Keyring::new(credentials, asks), sessions: Vec::new(), clock: 0 }
    }

    /// The Authorization and Proxy-Authorization fields of a request: for every realm that
    /// has challenged it, or one like it, before. None for ACK, which repeats the fields of
    /// its INVITE, and for CANCEL (RFC 3261 section 22.1).
    pub fn authorize(
        &mut self,
        request: &Outgoing<'_>,
        attempts: &mut Attempts,
        random: &mut Random,
    ) -> Vec<(Name, String)> {
        self.clock += 1;
        let mut fields = Vec::new();
        for session in self.sessions.iter_mut().filter(|session| session.applies(request.method, request.call_id)) {
            let Some(credentials) = self.keyring.find(&session.offer.realm) else { continue };
            if let Some(value) = session.authorize(credentials, request, random) {
                session.used = self.clock;
                attempts.sent(session.offer.side, &session.offer.realm, &session.offer.nonce);
                fields.push((session.offer.side.credentials_field(), value));
            }
        }
        fields
    }

    /// Takes the challenges of a 401 or 407 and says what is to be done with the request.
    pub fn challenge(&mut self, response: &Message, attempts: &mut Attempts) -> Verdict {
        let offers = Offer::best(response, |realm, hash| self.can_answer(realm, hash));
        let mut question = None;
        let mut answers = false;
        let mut reason = Reason::Unsupported;
        for offer in offers {
            match attempts.judge(&offer) {
                Judgement::Answer => {}
                refused @ (Judgement::Wrong | Judgement::Enough) => {
                    reason = self.refuse(&offer, refused);
                    continue;
                }
            }
            let known = self.keyring.find(&offer.realm).is_some();
            if known {
                answers = true;
                attempts.answered(&offer);
            } else if self.keyring.asks() {
                question.get_or_insert_with(|| offer.clone());
            } else {
                reason = Reason::NoCredentials;
                continue;
            }
            self.begin(offer, response);
        }
        Self::conclude(answers, question, reason, attempts)
    }

    /// The application's answer to [`Verdict::Ask`]. Whether it can be used: credentials that
    /// are bound to another realm cannot.
    pub fn supply(&mut self, realm: &str, credentials: Credentials) -> bool {
        let taken = self.keyring.supply(realm, credentials);
        for session in self.sessions.iter_mut().filter(|session| taken && session.offer.realm == realm) {
            session.forget_secret();
        }
        taken
    }

    /// Reads the Authentication-Info of a response to a request with this Request-URI: takes
    /// the next nonce, and checks whether the server has proved itself.
    pub fn confirm(&mut self, response: &Message, uri: &str) -> Confirmation {
        let mut result = Confirmation::Absent;
        for side in Side::BOTH {
            // The field has the parameters of a challenge, without the scheme.
            let info = response.header(side.info_field()).map(|value| ["Digest ", value].concat());
            if let Some(info) = info.as_deref().and_then(Challenge::parse) {
                let checked = self.confirm_one(response, uri, side, &info);
                result = if result == Confirmation::Mismatch { result } else { checked };
            }
        }
        result
    }

    fn confirm_one(&mut self, response: &Message, uri: &str, side: Side, info: &Challenge<'_>) -> Confirmation {
        let (method, call_id) = (response.method(), response.call_id());
        let cnonce = info.param("cnonce");
        let mut sessions = self.sessions.iter_mut().filter(|session| {
            session.offer.side == side
                && session.applies(method.as_str(), call_id)
                && cnonce.as_deref().is_none_or(|cnonce| session.has_cnonce(cnonce))
        });
        // Authentication-Info names no realm: without a cnonce it must be the only one.
        let (Some(session), None) = (sessions.next(), sessions.next()) else { return Confirmation::Unchecked };
        let nc = info.param("nc").unwrap_or_default();
        let checked = match (self.keyring.find(&session.offer.realm), info.param("rspauth")) {
            (Some(credentials), Some(rspauth)) => session.confirm(credentials, uri, &nc, &rspauth, response.body()),
            _ => Confirmation::Unchecked,
        };
        let next = info.param("nextnonce").filter(|nonce| !nonce.is_empty() && checked != Confirmation::Mismatch);
        if let Some(nonce) = next {
            session.renew(&nonce);
        }
        checked
    }

    fn can_answer(&self, realm: &str, hash: Hash) -> bool {
        self.keyring.find(realm).is_none_or(|credentials| credentials.can(hash, realm))
    }

    fn refuse(&mut self, offer: &Offer, judgement: Judgement) -> Reason {
        match judgement {
            Judgement::Wrong => {
                self.keyring.reject(&offer.realm);
                Reason::Rejected
            }
            Judgement::Answer | Judgement::Enough => Reason::TooManyTries,
        }
    }

    fn conclude(answers: bool, question: Option<Offer>, reason: Reason, attempts: &mut Attempts) -> Verdict {
        if !answers && question.is_none() {
            return Verdict::GiveUp(reason);
        }
        if !attempts.may_retry() {
            return Verdict::GiveUp(Reason::TooManyTries);
        }
        attempts.retry();
        match question {
            // Realms that can be answered come first; the others challenge again.
            Some(offer) if !answers => {
                attempts.answered(&offer);
                Verdict::Ask(Question { algorithm: offer.computed(), stale: offer.stale, realm: offer.realm })
            }
            _ => Verdict::Retry,
        }
    }

    /// Makes the session that answers the offer, in place of those before it.
    fn begin(&mut self, offer: Offer, response: &Message) {
        if self.sessions.iter().any(|session| session.is_of(&offer) && self.reaches(session, response)) {
            return;
        }
        let scope = self.scope(&offer, response);
        let mut session = Session::new(offer, scope);
        session.used = self.clock;
        self.sessions.retain(|known| !known.is_replaced_by(&session));
        if self.sessions.len() >= MAX_SESSIONS
            && let Some(oldest) = self.sessions.iter().enumerate().min_by_key(|(_, known)| known.used).map(|(at, _)| at)
        {
            self.sessions.remove(oldest);
        }
        self.sessions.push(session);
    }

    fn reaches(&self, session: &Session, response: &Message) -> bool {
        session.applies(response.method().as_str(), response.call_id())
    }

    fn scope(&self, offer: &Offer, response: &Message) -> Scope {
        match (response.method(), offer.side) {
            (Method::Register, Side::Server) => Scope::Registrar,
            (Method::Register, Side::Proxy) => Scope::Everywhere,
            _ if self.is_home(&offer.realm) => Scope::Everywhere,
            _ => Scope::Call(response.call_id().to_owned()),
        }
    }

    /// Whether a realm is of our own domain: by its name, by the configuration, or because
    /// its registrar has challenged us.
    fn is_home(&self, realm: &str) -> bool {
        let registrar = |session: &Session| session.scope == Scope::Registrar && session.offer.realm == realm;
        realm.eq_ignore_ascii_case(&self.home) || self.keyring.names(realm) || self.sessions.iter().any(registrar)
    }
}

/// Shows realms alone.
impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Auth ")?;
        f.debug_list().entries(self.sessions.iter().map(|session| &session.offer.realm)).finish()
    }
}

/// How many challenges are remembered; the one that was not used for longest goes first.
const MAX_SESSIONS: usize = 16;

#[cfg(test)]
#[path = "tests/mod.rs"]
mod tests;
