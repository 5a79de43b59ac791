//! Digest authentication against published and computed vectors: the examples of RFC 2617,
//! RFC 7616 (with erratum 4897) and RFC 5090, vectors from the tests of other SIP stacks, and
//! ones computed by two independent programs. One row of `data/digest.tsv` is one vector.

use prackle::auth::digest::{Digest, Qop, ha1, session_ha1, userhash};
use prackle::auth::{Algorithm, Credentials, Hash};
use std::collections::BTreeMap;

struct Vector<'a> {
    id: &'a str,
    columns: BTreeMap<&'a str, &'a str>,
}

impl Vector<'_> {
    fn get(&self, column: &str) -> &str {
        self.columns.get(column).expect("a known column")
    }

    fn algorithm(&self) -> Algorithm {
        match self.get("algorithm") {
            "" => Algorithm::Md5,
            token => Algorithm::from_token(token).expect("a supported algorithm"),
        }
    }

    fn qop(&self) -> Qop {
        match self.get("qop") {
            "" => Qop::None,
            token => Qop::from_token(token).expect("a known qop"),
        }
    }

    fn digest(&self) -> Digest<'_> {
        Digest {
            algorithm: self.algorithm(),
            nonce: self.get("nonce"),
            cnonce: self.get("cnonce"),
            nc: self.get("nc"),
            qop: self.qop(),
        }
    }
}

fn each(mut check: impl FnMut(&Vector)) {
    let table = include_str!("data/digest.tsv");
    let mut lines = table.lines();
    let names: Vec<&str> = lines.next().expect("a heading").split('\t').collect();
    let mut count = 0;
    for line in lines {
        let columns: BTreeMap<&str, &str> = names.iter().copied().zip(line.split('\t')).collect();
        check(&Vector { id: columns.get("id").expect("a name"), columns });
        count += 1;
    }
    assert_eq!(count, 68, "every vector was read");
}

#[test]
fn every_vector_gives_its_response_and_its_rspauth() {
    each(|vector| {
        let (digest, hash) = (vector.digest(), vector.algorithm().hash());
        let user = ha1(hash, vector.get("username"), vector.get("realm"), vector.get("password"));
        let ha1 = session_ha1(digest.algorithm, user, digest.nonce, digest.cnonce);
        assert_eq!(ha1, vector.get("ha1"), "HA1 of {}", vector.id);
        let ha2 = digest.ha2(vector.get("method"), vector.get("uri"), vector.get("body_hash"));
        assert_eq!(ha2, vector.get("ha2"), "HA2 of {}", vector.id);
        assert_eq!(digest.response(&ha1, &ha2), vector.get("response"), "response of {}", vector.id);
        let answer = digest.ha2("", vector.get("uri"), &hash.of(b""));
        assert_eq!(digest.response(&ha1, &answer), vector.get("rspauth"), "rspauth of {}", vector.id);
    });
}

#[test]
fn every_vector_sends_its_user_name() {
    each(|vector| {
        let (name, realm) = (vector.get("username"), vector.get("realm"));
        let sent = match vector.get("userhash") {
            "true" => userhash(vector.algorithm().hash(), name, realm),
            _ => name.to_owned(),
        };
        assert_eq!(sent, vector.get("username_sent"), "{}", vector.id);
    });
}

#[test]
fn every_stored_ha1_stands_for_its_password() {
    each(|vector| {
        let (hash, name, realm) = (vector.algorithm().hash(), vector.get("username"), vector.get("realm"));
        let password = Credentials::password(name, vector.get("password"));
        let stored = ha1(hash, name, realm, vector.get("password")).to_ascii_uppercase();
        let stored = Credentials::ha1(name, realm, hash, &stored).expect("a digest of the right length");
        assert_eq!(password.ha1_for(hash, realm), stored.ha1_for(hash, realm), "{}", vector.id);
        assert_eq!(stored.ha1_for(hash, "elsewhere"), None, "{}: an HA1 is bound to its realm", vector.id);
        for other in [Hash::Md5, Hash::Sha256, Hash::Sha512_256].into_iter().filter(|other| *other != hash) {
            assert_eq!(stored.ha1_for(other, realm), None, "{}: and to its algorithm", vector.id);
        }
    });
}
