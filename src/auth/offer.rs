//! What a server offers in its challenges, and which of its offers is taken.

use super::algorithm::{Algorithm, Hash};
use super::digest::Qop;
use crate::message::{Challenge, Message, Name};
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

/// Who challenges: it decides the names of the header fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// A user agent server or registrar: WWW-Authenticate, Authorization.
    Server,
    /// A proxy: Proxy-Authenticate, Proxy-Authorization.
    Proxy,
}

/// A challenge that can be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Offer {
    pub(super) side: Side,
    pub(super) realm: String,
    pub(super) nonce: String,
    pub(super) opaque: Option<String>,
    /// `None`: the parameter was absent, which means MD5, and it is not sent back.
    pub(super) algorithm: Option<Algorithm>,
    pub(super) qop: Qop,
    pub(super) stale: bool,
    pub(super) userhash: bool,
    /// `charset=UTF-8`: the server speaks RFC 7616.
    pub(super) utf8: bool,
}

impl Side {
    pub(super) const BOTH: [Self; 2] = [Self::Server, Self::Proxy];

    pub(super) const fn challenge_field(self) -> Name {
        match self {
            Self::Server => Name::WwwAuthenticate,
            Self::Proxy => Name::ProxyAuthenticate,
        }
    }

    pub(super) const fn credentials_field(self) -> Name {
        match self {
            Self::Server => Name::Authorization,
            Self::Proxy => Name::ProxyAuthorization,
        }
    }

    pub(super) const fn info_field(self) -> Name {
        match self {
            Self::Server => Name::AuthenticationInfo,
            Self::Proxy => Name::ProxyAuthenticationInfo,
        }
    }
}

impl Offer {
    /// Reads one challenge. `None` when its scheme, its algorithm or all its qops are unknown
    /// (RFC 7616 section 3.3: such a challenge is ignored), or when it is incomplete.
    pub(super) fn read(side: Side, challenge: &Challenge<'_>) -> Option<Self> {
        if !challenge.is("Digest") {
            return None;
        }
        let owned = |name| Some(challenge.param(name)?.into_owned());
        let says = |name, value| challenge.param(name).is_some_and(|text| text.eq_ignore_ascii_case(value));
        let algorithm = match challenge.param("algorithm") {
            None => None,
            Some(token) => Some(Algorithm::from_token(&token)?),
        };
        let offer = Self {
            side,
            realm: owned("realm")?,
            nonce: owned("nonce")?,
            opaque: owned("opaque"),
            qop: choose_qop(challenge.param("qop"), algorithm)?,
            algorithm,
            stale: says("stale", "true"),
            userhash: says("userhash", "true"),
            utf8: says("charset", "UTF-8"),
        };
        offer.is_small().then_some(offer)
    }

    /// The challenges of a 401 or 407: per realm the strongest one whose hash function
    /// `usable` accepts, the topmost among equals. A forking proxy may put challenges of both
    /// kinds into one response (RFC 3261 section 22.3), so both fields are read.
    pub(super) fn best(response: &Message, usable: impl Fn(&str, Hash) -> bool) -> Vec<Self> {
        let mut best: Vec<Self> = Vec::new();
        for side in Side::BOTH {
            let challenges = response.challenges(side.challenge_field());
            for offer in challenges.filter_map(|challenge| Self::read(side, &challenge)) {
                if usable(&offer.realm, offer.hash()) {
                    offer.join(&mut best);
                }
            }
        }
        best
    }

    pub(super) fn hash(&self) -> Hash {
        self.computed().hash()
    }

    /// The algorithm to compute by.
    pub(super) fn computed(&self) -> Algorithm {
        self.algorithm.unwrap_or(Algorithm::Md5)
    }

    fn join(self, best: &mut Vec<Self>) {
        let room = best.len() < MAX_OFFERS;
        match best.iter_mut().find(|known| known.side == self.side && known.realm == self.realm) {
            Some(known) if known.hash() < self.hash() => *known = self,
            Some(_) => {}
            None if room => best.push(self),
            None => {}
        }
    }

    /// It will be kept and sent back with every request.
    fn is_small(&self) -> bool {
        self.realm.len() + self.nonce.len() + self.opaque.as_ref().map_or(0, String::len) <= MAX_OCTETS
    }
}

/// `auth` where it is offered (proxies may change bodies), else `auth-int`. Without the
/// parameter the computation of RFC 2069 is meant, but an algorithm that depends on the cnonce
/// cannot do without it (RFC 3261 section 22.4 (8)); RFC 8760 section 2.6 (8) has `auth` there.
fn choose_qop(offered: Option<Cow<'_, str>>, algorithm: Option<Algorithm>) -> Option<Qop> {
    let offered = offered.unwrap_or_default();
    if offered.trim().is_empty() {
        let session = algorithm.is_some_and(Algorithm::is_session);
        return Some(if session { Qop::Auth } else { Qop::None });
    }
    let known = || offered.split(',').filter_map(|token| Qop::from_token(token.trim()));
    known().find(|qop| *qop == Qop::Auth).or_else(|| known().next())
}

/// How many challenges of one response are looked at.
const MAX_OFFERS: usize = 8;

/// How long realm, nonce and opaque may be together.
const MAX_OCTETS: usize = 8192;
