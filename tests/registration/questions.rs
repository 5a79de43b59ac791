//! Credentials that the application is asked for.

use crate::client::{Client, password};
use crate::digest::{challenge, digest, verified};
use prackle::message::Name;
use prackle::protocol::{Command, Credentials, RefusalCode, Token};

/// An agent without credentials that asks for them.
fn asking() -> Client {
    Client::with(|config| {
        config.credentials = None;
        config.ask_credentials = true;
    })
}

fn wonderland() -> Option<Credentials> {
    Some(password("alice", "wonderland"))
}

#[test]
fn the_application_is_asked_and_its_answer_is_used() {
    let mut client = asking();
    client.register();
    client.take();
    client.answer(401, &challenge("n1"));
    assert_eq!(client.take(), ["<challenge 401 example.com MD5>"]);
    client.pass(20_000);
    assert_eq!(client.take(), [""; 0], "the user is typing");
    client.supply(client.question(), wonderland());
    assert_eq!(client.take(), ["REGISTER"]);
    assert_eq!(verified(&client.last(), Name::Authorization), ("n1".to_owned(), 1));
    assert_eq!(client.last().cseq().number, 2);
    client.grant(600, "");
    assert_eq!(client.take(), ["<registered 600>", "<settled 1 200>"]);
}

#[test]
fn it_is_asked_once_a_realm() {
    let mut client = asking();
    client.register();
    client.answer(401, &challenge("n1"));
    client.supply(client.question(), wonderland());
    client.grant(600, "");
    client.take();
    client.pass_until_sent(600_000);
    client.answer(401, &format!("WWW-Authenticate: {}\r\n", digest("n2", "stale=true")));
    client.options();
    client.answer(407, &format!("Proxy-Authenticate: {}\r\n", digest("p1", "algorithm=MD5")));
    assert_eq!(client.take(), ["REGISTER", "REGISTER", "OPTIONS", "OPTIONS"]);
    assert_eq!(verified(&client.last(), Name::ProxyAuthorization), ("p1".to_owned(), 1));
}

#[test]
fn no_credentials_are_an_answer_too() {
    let mut client = asking();
    client.register();
    client.answer(401, &challenge("n1"));
    client.take();
    client.supply(client.question(), None);
    assert_eq!(client.take(), ["<unregistered Unauthorized 401>", "<failed 1 Unauthorized 401>"]);
    client.pass(3_600_000);
    assert_eq!(client.take(), [""; 0]);
}

#[test]
fn a_wrong_answer_fails_and_the_next_request_asks_anew() {
    let mut client = asking();
    client.register();
    client.answer(401, &challenge("n1"));
    client.supply(client.question(), Some(password("alice", "looking-glass")));
    client.take();
    client.answer(401, &challenge("n1"));
    assert_eq!(client.take(), ["<unregistered Unauthorized 401>", "<failed 1 Unauthorized 401>"]);
    client.register();
    client.answer(401, &challenge("n2"));
    assert_eq!(client.take(), ["REGISTER", "<registering>", "<challenge 401 example.com MD5>"]);
    client.supply(client.question(), wonderland());
    assert_eq!(verified(&client.last(), Name::Authorization), ("n2".to_owned(), 1));
}

#[test]
fn an_ha1_is_an_answer_for_its_algorithm() {
    let ha1 = prackle::auth::Hash::Sha256.of(b"alice:example.com:wonderland");
    let given = Credentials {
        username: "alice".to_owned(),
        password: None,
        ha1: Some(ha1),
        realm: Some("example.com".to_owned()),
    };
    let mut client = asking();
    client.register();
    client.answer(401, &format!("WWW-Authenticate: {}\r\n", digest("n1", "algorithm=SHA-256")));
    client.take();
    client.supply(client.question(), Some(given));
    assert_eq!(verified(&client.last(), Name::Authorization), ("n1".to_owned(), 1));
}

#[test]
fn an_answer_for_another_realm_is_none() {
    let mut client = asking();
    client.register();
    client.answer(401, &challenge("n1"));
    client.take();
    let elsewhere = Credentials { realm: Some("example.net".to_owned()), ..password("alice", "wonderland") };
    client.supply(client.question(), Some(elsewhere));
    assert_eq!(client.take(), ["<unregistered Unauthorized 401>", "<failed 1 Unauthorized 401>"]);
}

#[test]
fn a_malformed_answer_is_refused_and_the_question_stands() {
    let mut client = asking();
    client.register();
    client.answer(401, &challenge("n1"));
    client.take();
    let token = client.question();
    let nothing = Credentials { password: None, ..password("alice", "") };
    let refused = client.try_command(Command::Credentials { token, credentials: Some(nothing) });
    assert_eq!(refused.map_err(|refusal| refusal.code), Err(RefusalCode::InvalidArgument));
    assert_eq!(client.take(), [""; 0]);
    client.supply(token, wonderland());
    assert_eq!(client.take(), ["REGISTER"]);
}

#[test]
fn answers_that_nobody_waits_for_are_ignored() {
    let mut client = asking();
    client.supply(Token(77), wonderland());
    client.register();
    client.answer(401, &challenge("n1"));
    let token = client.question();
    client.supply(token, wonderland());
    client.take();
    client.supply(token, Some(password("alice", "other")));
    client.supply(token, None);
    assert_eq!(client.take(), [""; 0]);
    client.grant(600, "");
    assert_eq!(client.take(), ["<registered 600>", "<settled 1 200>"]);
}

#[test]
fn an_answer_that_comes_while_offline_serves_the_next_attempt() {
    let mut client = asking();
    client.register();
    client.answer(401, &challenge("n1"));
    client.lose_connection();
    client.take();
    client.supply(client.question(), wonderland());
    assert_eq!(client.take(), [""; 0]);
    client.restore_connection();
    assert_eq!(client.take(), ["<connected>", "REGISTER", "<registering>"]);
    assert_eq!(verified(&client.last(), Name::Authorization), ("n1".to_owned(), 1));
}

#[test]
fn an_answer_that_comes_after_unregistering_does_not_register() {
    let mut client = asking();
    client.register();
    client.answer(401, &challenge("n1"));
    let token = client.question();
    client.unregister(false);
    client.answer(200, "");
    client.take();
    client.supply(token, wonderland());
    assert_eq!(client.take(), [""; 0]);
}

#[test]
fn an_unregistration_waits_for_credentials_too() {
    let mut client = asking();
    client.unregister(false);
    client.answer(401, &challenge("n1"));
    assert_eq!(client.take(), ["REGISTER", "<unregistering>", "<challenge 401 example.com MD5>"]);
    client.supply(client.question(), wonderland());
    assert_eq!(client.last().expires(), Some(0));
    client.answer(200, "");
    assert_eq!(client.take(), ["REGISTER", "<unregistered>", "<settled 1 200>"]);
}

#[test]
fn a_request_outside_dialogs_asks_too() {
    let mut client = asking();
    client.options();
    client.take();
    client.answer(407, &format!("Proxy-Authenticate: {}\r\n", digest("p1", "algorithm=SHA-256")));
    assert_eq!(client.take(), ["<challenge 407 example.com SHA-256>"]);
    client.supply(client.question(), wonderland());
    assert_eq!(client.take(), ["OPTIONS"]);
    assert_eq!(verified(&client.last(), Name::ProxyAuthorization), ("p1".to_owned(), 1));
    client.answer(200, "");
    assert_eq!(client.take(), ["<settled 1 200>"]);
    assert!(client.agent.load() <= 1, "only timer K is left");
}

#[test]
fn a_request_without_an_answer_fails() {
    let mut client = asking();
    client.options();
    client.answer(401, &challenge("n1"));
    client.take();
    client.supply(client.question(), None);
    assert_eq!(client.take(), ["<failed 1 Unauthorized 401>"]);
}
