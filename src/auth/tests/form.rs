//! What the fields look like, and whether the other half takes them.

use super::*;

#[test]
fn what_the_client_writes_the_server_takes() {
    for algorithm in ALL {
        for (qop, expected) in [("auth", Qop::Auth), ("auth-int", Qop::AuthInt), ("auth-int,auth", Qop::Auth)] {
            for userhash in ["true", "false"] {
                let mut client = Client::alice();
                let mut request = client.send_body("INVITE", "c", b"v=0\r\n");
                assert!(request.is_bare());
                let name = algorithm.as_str();
                let fields =
                    format!("realm=\"example.com\", nonce=\"n\", algorithm={name}, qop=\"{qop}\", userhash={userhash}");
                assert_eq!(client.challenge(&mut request, &www(&fields)), Verdict::Retry);
                let presented = request.presented();
                assert_eq!((presented.algorithm, presented.qop), (algorithm, expected));
                assert_eq!(presented.is_hashed(), userhash == "true");
                assert_eq!((presented.count(), &*presented.uri), (Some(1), "sip:bob@example.com"));
                let right = Credentials::password(NAME, PASSWORD);
                assert!(presented.verify(&right, "INVITE", b"v=0\r\n"), "{name} {qop}");
                assert!(!presented.verify(&right, "BYE", b"v=0\r\n"), "another method");
                assert_eq!(presented.verify(&right, "INVITE", b"v=1\r\n"), expected == Qop::Auth, "another body");
                assert!(!presented.verify(&Credentials::password(NAME, "Secret"), "INVITE", b"v=0\r\n"));
                assert!(!presented.verify(&Credentials::password("bob", PASSWORD), "INVITE", b"v=0\r\n"));
            }
        }
    }
}

#[test]
fn a_written_demand_is_answered() {
    for (algorithm, stale) in ALL.into_iter().zip([false, true, false, true, false, true]) {
        let demand =
            Demand { realm: "a \"b\" \\c", nonce: "n\"1", opaque: Some("o\\"), algorithm, stale, userhash: stale };
        let mut client = Client::alice();
        let mut request = client.send("REGISTER", "c");
        client.challenge(&mut request, &format!("WWW-Authenticate: {}", demand.value()));
        let presented = request.presented();
        assert_eq!((&*presented.realm, &*presented.nonce), (demand.realm, demand.nonce));
        assert_eq!(presented.opaque.as_deref(), demand.opaque);
        assert!(presented.verify(&Credentials::password(NAME, PASSWORD), "REGISTER", b""));
    }
}

// RFC 2069: no qop, hence neither cnonce nor nc; and no algorithm where none was named.
#[test]
fn without_qop_the_old_form_is_written() {
    let mut client = Client::alice();
    let mut request = client.send("REGISTER", "c");
    client.challenge(&mut request, &www("realm=\"r\", nonce=\"n\""));
    let [value] = request.authorization.as_slice() else { panic!("one field") };
    for absent in ["qop", "nc=", "cnonce", "algorithm", "opaque", "userhash"] {
        assert!(!value.contains(absent), "{value}");
    }
    assert!(request.presented().verify(&Credentials::password(NAME, PASSWORD), "REGISTER", b""));
}

// RFC 3261 section 22.4 (8): what depends on the cnonce cannot do without qop.
#[test]
fn a_session_algorithm_without_qop_is_answered_with_auth() {
    let mut client = Client::alice();
    let mut request = client.send("REGISTER", "c");
    client.challenge(&mut request, &www("realm=\"r\", nonce=\"n\", algorithm=MD5-sess"));
    assert_eq!(request.presented().qop, Qop::Auth);
}

#[test]
fn names_are_quoted_hashed_or_extended() {
    let jason = "J\u{e4}s\u{f8}n Doe";
    for (name, more, expected) in [
        (r#"a"b\c"#, "", r#"username="a\"b\\c""#),
        (jason, "", "username=\"J\u{e4}s\u{f8}n Doe\""),
        (jason, ", charset=UTF-8", "username*=UTF-8''J%C3%A4s%C3%B8n%20Doe"),
        ("alice", ", charset=UTF-8", "username=\"alice\""),
        ("a\r\nb", "", "username*=UTF-8''a%0D%0Ab"),
        (
            jason,
            ", charset=UTF-8, userhash=true, algorithm=SHA-512-256",
            "username=\"793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b\", userhash=true",
        ),
    ] {
        let mut client = Client::new(alloc::vec![Credentials::password(name, PASSWORD)]);
        let mut request = client.send("REGISTER", "c");
        client.challenge(&mut request, &www(&format!("realm=\"api@example.org\", nonce=\"n\", qop=\"auth\"{more}")));
        let [value] = request.authorization.as_slice() else { panic!("one field") };
        assert!(value.starts_with(&format!("Digest {expected}, realm=")), "{value}");
        assert!(request.presented().verify(&Credentials::password(name, PASSWORD), "REGISTER", b""), "{value}");
    }
}

#[test]
fn escapes_are_removed_for_the_hash_and_put_back_for_the_wire() {
    let mut client = Client::alice();
    let mut request = client.send("REGISTER", "c");
    let challenge = r#"realm="a \"b\" \\c", nonce="n\"o\\nce", opaque="\"o\\p\"", qop="auth""#;
    client.challenge(&mut request, &www(challenge));
    let [value] = request.authorization.as_slice() else { panic!("one field") };
    for part in [r#"realm="a \"b\" \\c""#, r#"nonce="n\"o\\nce""#, r#"opaque="\"o\\p\"""#] {
        assert!(value.contains(part), "{value}");
    }
    assert_eq!(&*request.presented().realm, r#"a "b" \c"#);
    assert!(request.presented().verify(&Credentials::password(NAME, PASSWORD), "REGISTER", b""));
}

#[test]
fn a_response_proves_nothing_for_another_name() {
    let mut client = Client::alice();
    let mut request = client.send("REGISTER", "c");
    client.challenge(&mut request, &www("realm=\"r\", nonce=\"1\""));
    let stored = ha1(Hash::Md5, NAME, "r", PASSWORD);
    let named = |name| Credentials::ha1(name, "r", Hash::Md5, &stored).unwrap();
    assert!(request.presented().verify(&named(NAME), "REGISTER", b""));
    assert!(!request.presented().verify(&named("bob"), "REGISTER", b""));
}

#[test]
fn contradicting_or_incomplete_credentials_are_not_read() {
    let good = "Digest username=\"a\", realm=\"r\", nonce=\"n\", uri=\"sip:x\", response=\"0\"";
    assert!(Presented::parse(good).is_some());
    for (from, to) in [
        ("Digest", "Basic"),
        ("username=\"a\"", "username=\"a\", username*=UTF-8''a"),
        ("username=\"a\", ", ""),
        ("realm=\"r\", ", ""),
        ("uri=\"sip:x\", ", ""),
        ("nonce=\"n\"", "nonce=\"n\", algorithm=SHA-1"),
        ("nonce=\"n\"", "nonce=\"n\", qop=auth"),
        ("nonce=\"n\"", "nonce=\"n\", qop=auth-conf, nc=1, cnonce=\"c\""),
        (", response=\"0\"", ""),
    ] {
        assert!(Presented::parse(&good.replace(from, to)).is_none(), "{to}");
    }
}

#[test]
fn debug_output_shows_no_secret_and_no_digest() {
    let mut client = Client::alice();
    let mut request = client.send("REGISTER", "c");
    client.challenge(&mut request, &www("realm=\"r\", nonce=\"1\", qop=\"auth\", algorithm=MD5-sess"));
    let text = format!("{:?}", client.auth);
    assert!(text.contains("\"r\"") && !text.contains(PASSWORD) && !text.contains(&ha1(Hash::Md5, NAME, "r", PASSWORD)));
}
