//! What a response proves of the server, and the next nonce.

use super::*;

#[test]
fn the_next_nonce_is_used_and_counted_anew() {
    let mut client = Client::alice();
    let mut request = client.send("REGISTER", "c");
    client.challenge(&mut request, &www("realm=\"r\", nonce=\"1\", qop=\"auth\""));
    let info = request.presented().info(&Credentials::password(NAME, PASSWORD), b"", Some("2")).unwrap();
    let info = format!("Authentication-Info: {info}");
    assert_eq!(client.confirm(&request, &info, ""), Confirmation::Confirmed);
    let next = client.send("REGISTER", "c");
    assert_eq!((&*next.presented().nonce, next.presented().count()), ("2", Some(1)));
    assert!(next.presented().verify(&Credentials::password(NAME, PASSWORD), "REGISTER", b""));
    assert_eq!(client.confirm(&request, &info, ""), Confirmation::Unchecked, "late: that nonce is gone");
    assert_eq!(&*client.send("REGISTER", "c").presented().nonce, "2");
}

// RFC 7616 section 3.4.2: HA1 of a session is made of the nonce of the challenge, and stays.
#[test]
fn a_session_key_outlives_its_nonce() {
    let mut client = Client::alice();
    let mut request = client.send("REGISTER", "c");
    client.challenge(&mut request, &www("realm=\"r\", nonce=\"1\", qop=\"auth\", algorithm=SHA-256-sess"));
    let cnonce = |request: &Request| {
        let value = request.authorization.concat();
        value.split("cnonce=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default().to_string()
    };
    let response = |request: &Request| {
        let value = request.authorization.concat();
        value.split("response=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default().to_string()
    };
    let stored = ha1(Hash::Sha256, NAME, "r", PASSWORD);
    let key = session_ha1(Algorithm::Sha256Sess, stored, "1", &cnonce(&request));
    client.confirm(&request, &format!("Authentication-Info: nextnonce=\"2\", cnonce=\"{}\"", cnonce(&request)), "");
    let next = client.send("REGISTER", "c");
    let digest =
        Digest { algorithm: Algorithm::Sha256Sess, nonce: "2", cnonce: &cnonce(&next), nc: "00000001", qop: Qop::Auth };
    assert_eq!(response(&next), digest.response(&key, &digest.ha2("REGISTER", "sip:bob@example.com", "")));
}

#[test]
fn a_server_that_does_not_know_the_secret_is_found_out() {
    for (qop, algorithm) in [("auth", "MD5"), ("auth-int", "SHA-256"), ("auth", "SHA-512-256-sess")] {
        let mut client = Client::alice();
        let mut request = client.send("REGISTER", "c");
        let fields = format!("realm=\"r\", nonce=\"1\", qop=\"{qop}\", algorithm={algorithm}");
        client.challenge(&mut request, &www(&fields));
        let info = |password: &str| {
            let credentials = Credentials::password(NAME, password);
            format!("Authentication-Info: {}", request.presented().info(&credentials, b"body", None).unwrap())
        };
        assert_eq!(client.confirm(&request, &info(PASSWORD), "body"), Confirmation::Confirmed);
        assert_eq!(client.confirm(&request, &info("guess"), "body"), Confirmation::Mismatch);
        let changed = if qop == "auth-int" { Confirmation::Mismatch } else { Confirmation::Confirmed };
        assert_eq!(client.confirm(&request, &info(PASSWORD), "changed"), changed);
        assert_eq!(client.confirm(&request, "X: y", ""), Confirmation::Absent);
        let never_sent = info(PASSWORD).replace("nc=00000001", "nc=00000009");
        assert_eq!(client.confirm(&request, &never_sent, "body"), Confirmation::Unchecked);
    }
}

#[test]
fn the_next_nonce_of_an_impostor_is_not_taken() {
    let mut client = Client::alice();
    let mut request = client.send("REGISTER", "c");
    client.challenge(&mut request, &www("realm=\"r\", nonce=\"1\", qop=\"auth\""));
    let info = request.presented().info(&Credentials::password(NAME, "guess"), b"", Some("2")).unwrap();
    assert_eq!(client.confirm(&request, &format!("Authentication-Info: {info}"), ""), Confirmation::Mismatch);
    assert_eq!(&*client.send("REGISTER", "c").presented().nonce, "1");
}

#[test]
fn proxies_confirm_by_a_field_of_their_own() {
    let mut client = Client::alice();
    let mut request = client.send("INVITE", "c");
    client.challenge(&mut request, &proxy("realm=\"r\", nonce=\"1\", qop=\"auth\""));
    let info = request.proxy_presented().info(&Credentials::password(NAME, PASSWORD), b"", Some("2")).unwrap();
    assert_eq!(client.confirm(&request, &format!("Authentication-Info: {info}"), ""), Confirmation::Unchecked);
    assert_eq!(client.confirm(&request, &format!("Proxy-Authentication-Info: {info}"), ""), Confirmation::Confirmed);
    assert_eq!(&*client.send("BYE", "c").proxy_presented().nonce, "2");
}

#[test]
fn one_impostor_among_two_is_reported() {
    let mut client = Client::alice();
    let mut request = client.send("INVITE", "c");
    let fields = [www("realm=\"s\", nonce=\"1\", qop=\"auth\""), proxy("realm=\"p\", nonce=\"2\", qop=\"auth\"")];
    client.challenge(&mut request, &fields.join("\r\n"));
    let (right, wrong) = (Credentials::password(NAME, PASSWORD), Credentials::password(NAME, "guess"));
    for (server, relay, expected) in [
        (&right, &right, Confirmation::Confirmed),
        (&wrong, &right, Confirmation::Mismatch),
        (&right, &wrong, Confirmation::Mismatch),
    ] {
        let server = request.presented().info(server, b"", None).unwrap();
        let relay = request.proxy_presented().info(relay, b"", None).unwrap();
        let fields = format!("Authentication-Info: {server}\r\nProxy-Authentication-Info: {relay}");
        assert_eq!(client.confirm(&request, &fields, ""), expected);
    }
}

// Without qop nothing tells which nonce a confirmation is about.
#[test]
fn an_old_confirmation_is_checked_only_while_the_nonce_stays() {
    let mut client = Client::alice();
    let mut request = client.send("REGISTER", "c");
    client.challenge(&mut request, &www("realm=\"r\", nonce=\"1\""));
    let info = request.presented().info(&Credentials::password(NAME, PASSWORD), b"", Some("2")).unwrap();
    let info = format!("Authentication-Info: {info}");
    assert_eq!(client.confirm(&request, &info, ""), Confirmation::Confirmed);
    assert_eq!(client.confirm(&request, &info, ""), Confirmation::Unchecked);
}
