//! How often a challenge is answered, and what is asked of the application.

use super::*;

// The application learns that the password is wrong, and the server sees it twice at most.
#[test]
fn the_same_nonce_again_means_a_wrong_password() {
    let mut client = Client::alice();
    let mut request = client.send("REGISTER", "c");
    let fields = www("realm=\"r\", nonce=\"n\", qop=\"auth\"");
    assert_eq!(client.challenge(&mut request, &fields), Verdict::Retry);
    assert_eq!(client.challenge(&mut request, &fields), Verdict::GiveUp(Reason::Rejected));
}

// Kamailio answers an expired nonce, a repeated nc and a wrong password alike: with another
// nonce and never with stale=true.
#[test]
fn a_changed_nonce_without_stale_is_tried_once_more() {
    let mut client = Client::alice();
    let mut request = client.send("REGISTER", "c");
    assert_eq!(client.challenge(&mut request, &www("realm=\"r\", nonce=\"1\", qop=\"auth\"")), Verdict::Retry);
    assert_eq!(client.challenge(&mut request, &www("realm=\"r\", nonce=\"2\", qop=\"auth\"")), Verdict::Retry);
    let verdict = client.challenge(&mut request, &www("realm=\"r\", nonce=\"3\", qop=\"auth\""));
    assert_eq!(verdict, Verdict::GiveUp(Reason::Rejected));
}

#[test]
fn a_strict_request_is_tried_again_for_a_stale_nonce_only() {
    let mut client = Client::alice();
    for (fields, expected) in [
        ("nonce=\"2\"", Verdict::GiveUp(Reason::TooManyTries)),
        ("nonce=\"1\"", Verdict::GiveUp(Reason::Rejected)),
        ("nonce=\"2\", stale=true", Verdict::Retry),
    ] {
        let mut request = client.send("PRACK", "c");
        request.attempts = Attempts::strict();
        assert_eq!(client.challenge(&mut request, &www("realm=\"r\", nonce=\"1\"")), Verdict::Retry);
        assert_eq!(client.challenge(&mut request, &www(&format!("realm=\"r\", {fields}"))), expected);
    }
}

#[test]
fn an_expired_nonce_of_a_former_request_is_replaced() {
    for stale in ["", ", stale=true", ", stale=\"TRUE\""] {
        let mut client = Client::alice();
        let mut first = client.send("REGISTER", "c");
        client.challenge(&mut first, &www("realm=\"r\", nonce=\"1\", qop=\"auth\""));
        let mut later = client.send("REGISTER", "c");
        assert_eq!(later.presented().count(), Some(2));
        assert_eq!(
            client.challenge(&mut later, &www(&format!("realm=\"r\", nonce=\"2\", qop=\"auth\"{stale}"))),
            Verdict::Retry
        );
        assert_eq!((&*later.presented().nonce, later.presented().count()), ("2", Some(1)));
    }
}

#[test]
fn stale_is_believed_once_more_and_not_for_ever() {
    let mut client = Client::alice();
    let mut request = client.send("REGISTER", "c");
    assert_eq!(client.challenge(&mut request, &www("realm=\"r\", nonce=\"1\"")), Verdict::Retry);
    assert_eq!(client.challenge(&mut request, &www("realm=\"r\", nonce=\"1\", stale=true")), Verdict::Retry);
    let verdict = client.challenge(&mut request, &www("realm=\"r\", nonce=\"1\", stale=true"));
    assert_eq!(verdict, Verdict::GiveUp(Reason::TooManyTries));
}

#[test]
fn a_request_is_sent_four_times_at_most() {
    let mut client = Client::alice();
    let mut request = client.send("INVITE", "c");
    for realm in ["a", "b", "c"] {
        assert_eq!(client.challenge(&mut request, &proxy(&format!("realm=\"{realm}\", nonce=\"n\""))), Verdict::Retry);
    }
    assert_eq!(request.attempts.retries(), 3);
    let verdict = client.challenge(&mut request, &proxy("realm=\"d\", nonce=\"n\""));
    assert_eq!(verdict, Verdict::GiveUp(Reason::TooManyTries));
}

#[test]
fn the_application_is_asked_and_its_answer_kept() {
    let mut client = Client::asking();
    let mut request = client.send("REGISTER", "c");
    let fields = www("realm=\"r\", nonce=\"1\", qop=\"auth\", algorithm=SHA-256");
    let question = Question { realm: "r".to_string(), algorithm: Algorithm::Sha256, stale: false };
    assert_eq!(client.challenge(&mut request, &fields), Verdict::Ask(question));
    assert!(!client.auth.supply("r", Credentials::password(NAME, PASSWORD).for_realm("s")));
    assert!(client.auth.supply("r", Credentials::password(NAME, PASSWORD)));
    client.resend(&mut request);
    assert!(request.presented().verify(&Credentials::password(NAME, PASSWORD), "REGISTER", b""));
    let mut later = client.send("REGISTER", "c");
    assert_eq!(later.presented().count(), Some(2), "asked once");
    assert_eq!(client.challenge(&mut later, &www("realm=\"r\", nonce=\"2\", stale=true")), Verdict::Retry);
}

#[test]
fn a_wrong_answer_of_the_application_is_forgotten() {
    let mut client = Client::asking();
    let mut request = client.send("REGISTER", "c");
    let fields = www("realm=\"r\", nonce=\"1\", qop=\"auth\"");
    client.challenge(&mut request, &fields);
    client.auth.supply("r", Credentials::password(NAME, "wrong"));
    client.resend(&mut request);
    assert_eq!(client.challenge(&mut request, &fields), Verdict::GiveUp(Reason::Rejected));
    let mut next = client.send("REGISTER", "c");
    assert!(next.is_bare());
    assert!(matches!(client.challenge(&mut next, &www("realm=\"r\", nonce=\"2\"")), Verdict::Ask(_)));
}

// A new answer for a -sess algorithm must not be computed with the key of the old one.
#[test]
fn a_new_answer_makes_a_new_session_key() {
    let mut client = Client::asking();
    let mut request = client.send("INVITE", "c");
    client.challenge(&mut request, &www("realm=\"r\", nonce=\"1\", qop=\"auth\", algorithm=MD5-sess"));
    for password in ["old", "new"] {
        client.auth.supply("r", Credentials::password(NAME, password));
        client.resend(&mut request);
        assert!(request.presented().verify(&Credentials::password(NAME, password), "INVITE", b""), "{password}");
    }
}

#[test]
fn known_realms_are_answered_before_the_application_is_asked() {
    let mut client = Client::asking();
    client.auth.supply("known", Credentials::password(NAME, PASSWORD));
    let mut request = client.send("INVITE", "c");
    let unknown = proxy("realm=\"unknown\", nonce=\"2\"");
    let both = format!("{unknown}\r\n{}", proxy("realm=\"known\", nonce=\"1\""));
    assert_eq!(client.challenge(&mut request, &both), Verdict::Retry);
    assert_eq!(&*request.proxy_presented().realm, "known");
    assert!(matches!(client.challenge(&mut request, &unknown), Verdict::Ask(question) if question.realm == "unknown"));
}

#[test]
fn without_credentials_and_without_asking_the_response_is_final() {
    let mut client = Client::new(Vec::new());
    let mut request = client.send("REGISTER", "c");
    let verdict = client.challenge(&mut request, &www("realm=\"r\", nonce=\"1\""));
    assert_eq!(verdict, Verdict::GiveUp(Reason::NoCredentials));
    assert!(client.send("REGISTER", "c").is_bare());
}
