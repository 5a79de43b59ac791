//! Which requests carry credentials unasked, and how much is remembered.

use super::*;

#[test]
fn following_requests_reuse_the_nonce_with_a_rising_count() {
    let mut client = Client::alice();
    let mut request = client.send("REGISTER", "c");
    client.challenge(&mut request, &www("realm=\"example.com\", nonce=\"n\", qop=\"auth\""));
    for count in 2..20 {
        let request = client.send("REGISTER", "c");
        let presented = request.presented();
        assert_eq!((presented.count(), &*presented.nonce), (Some(count), "n"));
        assert!(presented.verify(&Credentials::password(NAME, PASSWORD), "REGISTER", b""));
    }
    assert!(client.send("REGISTER", "c").authorization.concat().contains("nc=00000014"));
}

// Two requests in flight can be challenged with one nonce: its count must not start again.
#[test]
fn a_nonce_given_twice_goes_on_counting() {
    let mut client = Client::alice();
    let (mut one, mut two) = (client.send("REGISTER", "c"), client.send("REGISTER", "c"));
    for (request, count) in [(&mut one, 1), (&mut two, 2)] {
        client.challenge(request, &www("realm=\"r\", nonce=\"n\", qop=\"auth\""));
        assert_eq!(request.presented().count(), Some(count));
    }
}

#[test]
fn requests_of_an_authenticated_dialog_carry_credentials_at_once() {
    let mut client = Client::alice();
    let mut invite = client.send("INVITE", "c");
    client.challenge(&mut invite, &proxy("realm=\"far.example\", nonce=\"n\", qop=\"auth\""));
    for (method, count) in [("PRACK", 2), ("UPDATE", 3), ("BYE", 4)] {
        let request = client.send(method, "c");
        assert_eq!(request.proxy_presented().count(), Some(count));
        assert!(request.proxy_presented().verify(&Credentials::password(NAME, PASSWORD), method, b""));
    }
    assert!(client.send("ACK", "c").is_bare() && client.send("CANCEL", "c").is_bare());
    assert!(client.send("INVITE", "d").is_bare(), "RFC 3261 section 22.3: not across dialogs");
}

#[test]
fn a_proxy_of_our_own_domain_gets_credentials_in_every_call() {
    for (realm, registers) in [("example.com", false), ("EXAMPLE.COM", false), ("asterisk", true)] {
        let mut client = Client::alice();
        if registers {
            let mut register = client.send("REGISTER", "r");
            client.challenge(&mut register, &www(&format!("realm=\"{realm}\", nonce=\"0\", qop=\"auth\"")));
        }
        let mut invite = client.send("INVITE", "c");
        client.challenge(&mut invite, &proxy(&format!("realm=\"{realm}\", nonce=\"n\", qop=\"auth\"")));
        assert_eq!(client.send("INVITE", "d").proxy_presented().count(), Some(2), "{realm}");
        assert_eq!(client.send("REGISTER", "e").proxy_authorization.len(), 1, "{realm}");
    }
}

#[test]
fn a_realm_that_the_configuration_names_is_of_our_domain() {
    let mut client = Client::new(alloc::vec![Credentials::password(NAME, PASSWORD).for_realm("pbx")]);
    let mut invite = client.send("INVITE", "c");
    client.challenge(&mut invite, &www("realm=\"pbx\", nonce=\"n\", qop=\"auth\""));
    assert_eq!(client.send("INVITE", "d").presented().count(), Some(2));
    assert!(client.send("REGISTER", "e").is_bare(), "the registrar has not challenged");
}

// A call can be challenged before its realm is known to be ours, and after.
#[test]
fn one_realm_gets_one_field() {
    let mut client = Client::alice();
    let mut invite = client.send("INVITE", "c");
    client.challenge(&mut invite, &proxy("realm=\"pbx\", nonce=\"1\""));
    let mut register = client.send("REGISTER", "r");
    client.challenge(&mut register, &www("realm=\"pbx\", nonce=\"2\""));
    let mut update = client.send("UPDATE", "c");
    client.challenge(&mut update, &proxy("realm=\"pbx\", nonce=\"3\""));
    assert_eq!(&*client.send("BYE", "c").proxy_presented().nonce, "3");
    assert_eq!(&*client.send("INVITE", "d").proxy_presented().nonce, "3");
}

// The digest of a registration is nothing for a callee to guess at.
#[test]
fn credentials_for_the_registrar_are_not_shown_to_callees() {
    let mut client = Client::alice();
    let mut register = client.send("REGISTER", "r");
    client.challenge(&mut register, &www("realm=\"example.com\", nonce=\"n\", qop=\"auth\""));
    assert!(client.send("INVITE", "c").is_bare());
    assert_eq!(client.send("REGISTER", "r").presented().count(), Some(2));
}

#[test]
fn realms_in_plenty_are_forgotten_not_kept() {
    let mut client = Client::alice();
    for realm in 0..1000 {
        let mut request = client.send("INVITE", &format!("call{realm}"));
        let field = |n: u32| proxy(&format!("realm=\"{realm}-{n}\", nonce=\"n\""));
        let fields: Vec<String> = (0..20).map(field).collect();
        assert_eq!(client.challenge(&mut request, &fields.join("\r\n")), Verdict::Retry);
        assert!(client.auth.sessions.len() <= MAX_SESSIONS);
    }
    let mut asking = Client::asking();
    for realm in 0..1000 {
        assert!(asking.auth.supply(&realm.to_string(), Credentials::password(NAME, PASSWORD)));
    }
    assert!(asking.auth.keyring.find("0").is_none() && asking.auth.keyring.find("999").is_some());
}

#[test]
fn the_session_that_is_in_use_is_kept() {
    let mut client = Client::alice();
    let mut register = client.send("REGISTER", "r");
    client.challenge(&mut register, &www("realm=\"example.com\", nonce=\"n\", qop=\"auth\""));
    for call in 0..100 {
        let mut invite = client.send("INVITE", &format!("call{call}"));
        client.challenge(&mut invite, &proxy("realm=\"far.example\", nonce=\"n\""));
        assert_eq!(client.send("BYE", &format!("call{call}")).proxy_authorization.len(), 1);
        assert_eq!(client.send("REGISTER", "r").presented().count(), Some(call + 2));
    }
}
