//! How often one request has been tried: the ledger that keeps a client from guessing
//! (RFC 3261 section 22.1: rejected credentials are not sent again, unless the nonce was stale).

use super::offer::{Offer, Side};

/// The retries of one request for the sake of credentials. The request carries it from its
/// first sending on, through every retry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attempts {
    retries: u8,
    /// Only a nonce that is called stale is answered a second time.
    strict: bool,
    realms: [Option<Realm>; REALMS],
}

/// What the request has been through with one realm; texts are kept as fingerprints, so that
/// the ledger costs no allocation. A collision would only end the attempts early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Realm {
    name: u64,
    /// The nonce of the credentials that were sent last.
    nonce: Option<u64>,
    /// How many of its challenges have been answered.
    answers: u8,
}

/// What the ledger says to a challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Judgement {
    /// It may be answered.
    Answer,
    /// The credentials that were sent are wrong.
    Wrong,
    /// It was answered often enough.
    Enough,
}

impl Attempts {
    /// The ledger of a request that has not been sent yet.
    pub const fn new() -> Self {
        Self { retries: 0, strict: false, realms: [None; REALMS] }
    }

    /// The same, of one that is not tried again for another nonce alone.
    pub const fn strict() -> Self {
        Self { strict: true, ..Self::new() }
    }

    /// How many times the request was, or is about to be, sent again.
    pub const fn retries(&self) -> u8 {
        self.retries
    }

    /// Whether one more retry is left.
    pub(super) const fn may_retry(&self) -> bool {
        self.retries < MAX_RETRIES
    }

    /// Notes that the request is sent again.
    pub(super) fn retry(&mut self) {
        self.retries = self.retries.saturating_add(1);
    }

    /// Notes that credentials for this realm were written into the request.
    pub(super) fn sent(&mut self, side: Side, realm: &str, nonce: &str) {
        if let Some(entry) = self.entry(side, realm) {
            entry.nonce = Some(fingerprint(FNV_OFFSET, nonce));
        }
    }

    /// Whether the challenge may be answered. A server that changes the nonce without a word
    /// about staleness (Kamailio does) is answered once more, unless this is strict; the same
    /// nonce again means that the secret is wrong.
    pub(super) fn judge(&mut self, offer: &Offer) -> Judgement {
        let believed = offer.stale || !self.strict;
        let Some(entry) = self.entry(offer.side, &offer.realm) else { return Judgement::Enough };
        let same_nonce = entry.nonce == Some(fingerprint(FNV_OFFSET, &offer.nonce));
        match entry.answers {
            _ if same_nonce && !offer.stale => Judgement::Wrong,
            0 => Judgement::Answer,
            1..MAX_ANSWERS if believed => Judgement::Answer,
            1..MAX_ANSWERS => Judgement::Enough,
            _ if offer.stale => Judgement::Enough,
            _ => Judgement::Wrong,
        }
    }

    /// Notes that the challenge is being answered.
    pub(super) fn answered(&mut self, offer: &Offer) {
        if let Some(entry) = self.entry(offer.side, &offer.realm) {
            entry.answers = entry.answers.saturating_add(1);
        }
    }

    /// The entry of a realm, made if it is new; `None` when there are too many.
    fn entry(&mut self, side: Side, realm: &str) -> Option<&mut Realm> {
        let name = fingerprint(FNV_OFFSET ^ u64::from(side == Side::Proxy), realm);
        let mut places = self.realms.iter_mut();
        let place = places.find(|place| place.is_none_or(|entry| entry.name == name))?;
        Some(place.get_or_insert(Realm { name, nonce: None, answers: 0 }))
    }
}

/// FNV-1a.
fn fingerprint(seed: u64, text: &str) -> u64 {
    text.bytes().fold(seed, |hash, octet| (hash ^ u64::from(octet)).wrapping_mul(0x0100_0000_01b3))
}

const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;

/// How many realms can challenge one request.
const REALMS: usize = 4;

/// Once with credentials, and once more with a new nonce.
const MAX_ANSWERS: u8 = 2;

/// In all realms together.
const MAX_RETRIES: u8 = 3;
