//! Which challenge of a response is answered.

use super::*;

#[test]
fn the_strongest_supported_challenge_of_a_realm_is_taken() {
    let md5 = "Digest realm=\"r\", nonce=\"m\", qop=\"auth\"";
    let sha = "Digest realm=\"r\", nonce=\"s\", qop=\"auth\", algorithm=SHA-256";
    let sha512 = "Digest realm=\"r\", nonce=\"t\", qop=\"auth\", algorithm=SHA-512-256";
    let unknown = "Digest realm=\"r\", nonce=\"u\", qop=\"auth\", algorithm=AKAv1-MD5";
    let other = "Basic realm=\"r\"";
    let strange = "Digest realm=\"r\", nonce=\"q\", qop=\"auth-conf\", algorithm=SHA-512-256";
    for (challenges, expected) in [
        (&[md5, sha][..], Some("s")),
        (&[sha, md5], Some("s")),
        (&[md5, sha512, sha], Some("t")),
        (&[unknown, md5], Some("m")),
        (&[other, md5, unknown], Some("m")),
        (&[strange, sha], Some("s")),
        (&[unknown, other, strange], None),
        (&[], None),
    ] {
        let one_field = format!("WWW-Authenticate: {}", challenges.join(", "));
        let many: Vec<String> = challenges.iter().map(|text| format!("www-authenticate: {text}")).collect();
        for fields in [one_field, many.join("\r\n")] {
            let fields = if challenges.is_empty() { "X: y" } else { fields.as_str() };
            let mut client = Client::alice();
            let mut request = client.send("REGISTER", "c");
            let verdict = client.challenge(&mut request, fields);
            match expected {
                None => assert_eq!(verdict, Verdict::GiveUp(Reason::Unsupported), "{fields}"),
                Some(nonce) => assert_eq!(&*request.presented().nonce, nonce, "{fields}"),
            }
        }
    }
}

#[test]
fn equally_strong_challenges_are_taken_from_the_top() {
    for (first, second) in [(Algorithm::Sha256Sess, Algorithm::Sha256), (Algorithm::Md5, Algorithm::Md5Sess)] {
        let field = |algorithm: Algorithm| www(&format!("realm=\"r\", nonce=\"n\", algorithm={}", algorithm.as_str()));
        let mut client = Client::alice();
        let mut request = client.send("REGISTER", "c");
        client.challenge(&mut request, &format!("{}\r\n{}", field(first), field(second)));
        assert_eq!(request.presented().algorithm, first);
    }
}

#[test]
fn a_stored_ha1_decides_the_algorithm() {
    let stored = ha1(Hash::Md5, NAME, "r", PASSWORD);
    let mut client = Client::new(alloc::vec![Credentials::ha1(NAME, "r", Hash::Md5, &stored).unwrap()]);
    let both = format!("{}\r\n{}", www("realm=\"r\", nonce=\"1\", algorithm=SHA-256"), www("realm=\"r\", nonce=\"2\""));
    let mut request = client.send("REGISTER", "c");
    assert_eq!(client.challenge(&mut request, &both), Verdict::Retry);
    assert!(request.presented().verify(&Credentials::password(NAME, PASSWORD), "REGISTER", b""));
    let mut request = client.send("REGISTER", "d");
    let verdict = client.challenge(&mut request, &www("realm=\"r\", nonce=\"3\", algorithm=SHA-256"));
    assert_eq!(verdict, Verdict::GiveUp(Reason::Unsupported));
    let mut request = client.send("REGISTER", "e");
    let verdict = client.challenge(&mut request, &www("realm=\"elsewhere\", nonce=\"4\""));
    assert_eq!(verdict, Verdict::GiveUp(Reason::NoCredentials));
}

#[test]
fn parameters_may_be_quoted_or_not_and_in_any_case() {
    let mut client = Client::alice();
    let mut request = client.send("REGISTER", "c");
    let fields =
        "WWW-Authenticate: DIGEST  Realm = \"r\" ,NONCE=n,ALGORITHM=\"sha-256\",QOP=Auth,Stale=FALSE,x=\"y,z\"";
    assert_eq!(client.challenge(&mut request, fields), Verdict::Retry);
    let presented = request.presented();
    assert_eq!((presented.algorithm, presented.qop, &*presented.nonce), (Algorithm::Sha256, Qop::Auth, "n"));
}

#[test]
fn incomplete_challenges_are_skipped() {
    let long = format!("realm=\"r\", nonce=\"{}\"", "n".repeat(10_000));
    for parameters in ["realm=\"r\"", "nonce=\"n\"", "", "realm", "=,=", long.as_str()] {
        let mut client = Client::alice();
        let mut request = client.send("REGISTER", "c");
        let verdict = client.challenge(&mut request, &www(parameters));
        assert_eq!(verdict, Verdict::GiveUp(Reason::Unsupported), "{}", parameters.len());
    }
}

#[test]
fn a_server_and_a_proxy_can_challenge_the_same_request() {
    let mut client = Client::alice();
    let mut request = client.send("INVITE", "c");
    assert_eq!(client.challenge(&mut request, &proxy("realm=\"p\", nonce=\"1\", qop=\"auth\"")), Verdict::Retry);
    assert_eq!((request.authorization.len(), request.proxy_authorization.len()), (0, 1));
    assert_eq!(client.challenge(&mut request, &www("realm=\"s\", nonce=\"2\", qop=\"auth\"")), Verdict::Retry);
    assert_eq!((request.authorization.len(), request.proxy_authorization.len()), (1, 1));
    assert_eq!((request.presented().count(), request.proxy_presented().count()), (Some(1), Some(2)));
}

// A B2BUA may use one realm and one nonce for both of its roles.
#[test]
fn the_same_realm_and_nonce_from_a_proxy_and_a_server_are_two_challenges() {
    let mut client = Client::alice();
    let mut request = client.send("INVITE", "c");
    assert_eq!(client.challenge(&mut request, &proxy("realm=\"r\", nonce=\"1\"")), Verdict::Retry);
    assert_eq!(client.challenge(&mut request, &www("realm=\"r\", nonce=\"1\"")), Verdict::Retry);
    assert_eq!((request.authorization.len(), request.proxy_authorization.len()), (1, 1));
}

// RFC 3261 section 22.3: a forking proxy puts the challenges of all branches into one response.
#[test]
fn all_realms_of_one_response_are_answered() {
    let mut client = Client::alice();
    let mut request = client.send("INVITE", "c");
    let fields =
        [proxy("realm=\"p\", nonce=\"1\""), proxy("realm=\"q\", nonce=\"2\""), www("realm=\"p\", nonce=\"3\"")];
    assert_eq!(client.challenge(&mut request, &fields.join("\r\n")), Verdict::Retry);
    assert_eq!((request.authorization.len(), request.proxy_authorization.len()), (1, 2));
}
