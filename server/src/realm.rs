//! Who is who: digest authentication of the users of the one realm (RFC 7616, RFC 8760,
//! RFC 3261 section 22), for the registrar and the proxy alike.

use std::collections::BTreeMap;

use prackle::auth::{Algorithm, Credentials, Demand, Presented};
use prackle::message::{Message, Name, Uri, Writer};
use prackle::time::{Duration, Instant};

use crate::seal::Seal;
use crate::users::User;

/// The users of one realm, and the nonces given out to them.
pub struct Realm {
    name: String,
    users: BTreeMap<String, Credentials>,
    algorithms: Vec<Algorithm>,
    lifetime: Duration,
    seal: Seal,
    /// Makes nonces of the same millisecond differ.
    serial: u32,
    /// The highest nonce count seen with each nonce, by the numbers in it.
    counts: BTreeMap<[u32; 2], u32>,
}

/// Whether a request proves who sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// It was sent by this user.
    User(String),
    /// It must be challenged.
    None {
        /// The password was right, but the nonce is used up: no need to ask anybody for
        /// another password (RFC 7616 section 3.3).
        stale: bool,
    },
}

impl Realm {
    /// The realm `name`, which challenges with `algorithms`, best first.
    pub fn new(name: String, users: &[User], algorithms: Vec<Algorithm>, lifetime: Duration, seal: Seal) -> Self {
        let credentials = |user: &User| (user.name.clone(), Credentials::password(&user.name, &user.password));
        let users = users.iter().map(credentials).collect();
        Self { name, users, algorithms, lifetime, seal, serial: 0, counts: BTreeMap::new() }
    }

    /// Judges the credentials for this realm in the fields `name` of `request`.
    pub fn check(&mut self, now: Instant, request: &Message, name: Name) -> Proof {
        let mut presented = request.fields(name).filter_map(Presented::parse);
        let Some(presented) = presented.find(|presented| presented.realm == self.name) else {
            return Proof::None { stale: false };
        };
        match self.sender(request, &presented) {
            Some(user) if self.is_fresh(now, &presented) => Proof::User(user),
            Some(_) => Proof::None { stale: true },
            None => Proof::None { stale: false },
        }
    }

    /// Writes one challenge per algorithm into the fields `name` of a 401 or 407.
    pub fn challenge(&mut self, now: Instant, stale: bool, name: Name, response: &mut Writer) {
        self.forget_old(now);
        self.serial = self.serial.wrapping_add(1);
        let nonce = self.seal.close(NONCE, [millis(now), self.serial]);
        for &algorithm in &self.algorithms {
            let demand = Demand { realm: &self.name, nonce: &nonce, opaque: None, algorithm, stale, userhash: false };
            response.field(name, &demand.value());
        }
    }

    /// The name of the realm.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether there is such a user.
    pub fn has(&self, user: &str) -> bool {
        self.users.contains_key(user)
    }

    /// The user whose password made this digest.
    fn sender(&self, request: &Message, presented: &Presented<'_>) -> Option<String> {
        if !self.algorithms.contains(&presented.algorithm) || !is_for(request, presented) {
            return None;
        }
        let (name, credentials) = self.users.iter().find(|(name, _)| presented.is_of(name))?;
        presented.verify(credentials, request.method().as_str(), request.body()).then(|| name.clone())
    }

    /// Whether the nonce is ours, young, and its count higher than ever before: a request
    /// that is played back has the count of the original (RFC 7616 section 3.4).
    fn is_fresh(&mut self, now: Instant, presented: &Presented<'_>) -> bool {
        let Some(nonce) = self.seal.open(NONCE, &presented.nonce) else { return false };
        if !self.is_young(now, nonce) {
            return false;
        }
        let highest = self.counts.entry(nonce).or_default();
        // Without qop there is no count: the nonce then serves once.
        let count = presented.count().unwrap_or(1);
        let fresh = count > *highest;
        *highest = count.max(*highest);
        fresh
    }

    fn forget_old(&mut self, now: Instant) {
        let mut counts = std::mem::take(&mut self.counts);
        counts.retain(|nonce, _| self.is_young(now, *nonce));
        self.counts = counts;
    }

    fn is_young(&self, now: Instant, [made, _]: [u32; 2]) -> bool {
        u64::from(millis(now).wrapping_sub(made)) < self.lifetime.as_millis()
    }
}

/// The digest must be one for this Request-URI (RFC 7616 section 3.4.6); a proxy on the way
/// may have written it in another form.
fn is_for(request: &Message, presented: &Presented<'_>) -> bool {
    let same = |a: &str, b: &str| matches!((Uri::parse(a), Uri::parse(b)), (Ok(a), Ok(b)) if a.equivalent(&b));
    presented.uri == request.uri() || same(&presented.uri, request.uri())
}

/// Milliseconds modulo 2^32 (49 days): enough for the age of a nonce.
fn millis(now: Instant) -> u32 {
    #[expect(clippy::cast_possible_truncation, reason = "modulo 2^32 is meant")]
    let millis = now.as_millis() as u32;
    millis
}

/// The purpose under which nonces are sealed.
const NONCE: u8 = 1;

#[cfg(test)]
mod tests {
    use super::*;
    use prackle::auth::digest::{self, Digest, Qop};

    const START: Instant = Instant::from_millis(5_000_000_000);

    fn realm() -> Realm {
        let users = [User { name: "alice".to_owned(), password: "secret".to_owned() }];
        let algorithms = vec![Algorithm::Sha256, Algorithm::Md5];
        Realm::new("example".to_owned(), &users, algorithms, Duration::from_secs(60), Seal::new([1; 32]))
    }

    fn request(authorization: &str) -> Message {
        let frame = format!(
            "REGISTER sip:example SIP/2.0\r\nVia: SIP/2.0/WS a.invalid;branch=z9hG4bK1\r\nFrom: <sip:alice@example>;tag=1\r\n\
             To: <sip:alice@example>\r\nCall-ID: c\r\nCSeq: 1 REGISTER\r\n{authorization}\r\n"
        );
        Message::parse(frame.as_bytes()).expect("well-formed")
    }

    fn nonce(realm: &mut Realm, now: Instant) -> String {
        let request = request("");
        let mut response = Writer::response(&request, 401, "Unauthorized", Some("t"));
        realm.challenge(now, false, Name::WwwAuthenticate, &mut response);
        let response = Message::parse(&response.finish()).expect("well-formed");
        let challenges: Vec<_> = response.challenges(Name::WwwAuthenticate).collect();
        let algorithms: Vec<_> = challenges.iter().filter_map(|challenge| challenge.raw("algorithm")).collect();
        assert_eq!(algorithms, ["SHA-256", "MD5"], "best first (RFC 8760 section 2.4)");
        challenges.first().and_then(|challenge| challenge.param("nonce")).expect("a nonce").into_owned()
    }

    fn credentials(nonce: &str, algorithm: Algorithm, nc: &str, password: &str, uri: &str) -> String {
        let computed = Digest { algorithm, nonce, cnonce: "x", nc, qop: Qop::Auth };
        let ha1 = digest::ha1(algorithm.hash(), "alice", "example", password);
        let response = computed.response(&ha1, &computed.ha2("REGISTER", uri, ""));
        format!(
            "Authorization: Digest username=\"alice\", realm=\"example\", nonce=\"{nonce}\", uri=\"{uri}\", \
             algorithm={}, cnonce=\"x\", qop=auth, nc={nc}, response=\"{response}\"\r\n",
            algorithm.as_str()
        )
    }

    fn check(realm: &mut Realm, now: Instant, authorization: &str) -> Proof {
        realm.check(now, &request(authorization), Name::Authorization)
    }

    #[test]
    fn both_algorithms_prove_the_user() {
        for algorithm in [Algorithm::Sha256, Algorithm::Md5] {
            let mut realm = realm();
            let nonce = nonce(&mut realm, START);
            let good = credentials(&nonce, algorithm, "00000001", "secret", "sip:example");
            assert_eq!(check(&mut realm, START, &good), Proof::User("alice".to_owned()));
        }
    }

    #[test]
    fn wrong_ones_are_not_stale() {
        let mut realm = realm();
        let nonce = nonce(&mut realm, START);
        let wrong = [
            String::new(),
            credentials(&nonce, Algorithm::Md5, "00000001", "guess", "sip:example"),
            credentials(&nonce, Algorithm::Md5, "00000001", "secret", "sip:elsewhere"),
            credentials(&nonce, Algorithm::Sha512_256, "00000001", "secret", "sip:example"),
            "Authorization: Digest realm=\"example\"\r\n".to_owned(),
        ];
        for authorization in wrong {
            assert_eq!(check(&mut realm, START, &authorization), Proof::None { stale: false }, "{authorization}");
        }
    }

    #[test]
    fn a_count_serves_once_and_a_nonce_for_its_time() {
        let mut realm = realm();
        let nonce = nonce(&mut realm, START);
        let with = |nc: &str| credentials(&nonce, Algorithm::Sha256, nc, "secret", "sip:example");
        assert_eq!(check(&mut realm, START, &with("00000001")), Proof::User("alice".to_owned()));
        assert_eq!(check(&mut realm, START, &with("00000001")), Proof::None { stale: true });
        assert_eq!(check(&mut realm, START, &with("0000000a")), Proof::User("alice".to_owned()));
        assert_eq!(check(&mut realm, START, &with("00000009")), Proof::None { stale: true });
        let late = START + Duration::from_secs(60);
        assert_eq!(check(&mut realm, late, &with("0000000b")), Proof::None { stale: true });
    }

    #[test]
    fn a_foreign_nonce_is_stale() {
        let mut realm = realm();
        let foreign = credentials("0123456789", Algorithm::Md5, "00000001", "secret", "sip:example");
        assert_eq!(check(&mut realm, START, &foreign), Proof::None { stale: true });
        assert!(realm.counts.is_empty(), "nothing is remembered of it");
    }
}
