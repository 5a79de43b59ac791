//! The server's half of Digest in these tests: challenges, and the check of what answers them.

use prackle::auth::{Credentials, Presented};
use prackle::message::{Message, Name};

pub(crate) const REALM: &str = "example.com";

/// A challenge of a registrar or server.
pub(crate) fn challenge(nonce: &str) -> String {
    format!("WWW-Authenticate: {}\r\n", digest(nonce, "algorithm=MD5"))
}

/// A challenge of a proxy.
pub(crate) fn proxy_challenge(nonce: &str) -> String {
    format!("Proxy-Authenticate: {}\r\n", digest(nonce, "algorithm=MD5"))
}

/// The value of a challenge for our realm.
pub(crate) fn digest(nonce: &str, more: &str) -> String {
    format!("Digest realm=\"{REALM}\", qop=\"auth\", nonce=\"{nonce}\", {more}")
}

/// What a request says in a field of credentials, checked against Alice's password: the
/// nonce and its count.
pub(crate) fn verified(request: &Message, field: Name) -> (String, u32) {
    verified_with(request, field, &Credentials::password("alice", "wonderland"))
}

pub(crate) fn verified_with(request: &Message, field: Name, credentials: &Credentials) -> (String, u32) {
    assert_eq!(request.fields(field).count(), 1, "one field of credentials");
    let presented = Presented::parse(request.header(field).expect("credentials")).expect("Digest");
    assert_eq!(presented.uri, request.uri(), "RFC 3261 section 22.4: the digest URI");
    assert!(presented.verify(credentials, request.method().as_str(), request.body()), "the digest is wrong");
    let count = presented.count().expect("a count");
    (presented.nonce.into_owned(), count)
}

/// The Authentication-Info of a server that knows Alice's password, and names the next nonce.
pub(crate) fn info(request: &Message, field: Name, next_nonce: &str) -> String {
    let presented = Presented::parse(request.header(field).expect("credentials")).expect("Digest");
    presented.info(&Credentials::password("alice", "wonderland"), b"", Some(next_nonce)).expect("a proof")
}
