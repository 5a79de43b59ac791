//! Keeping a binding fresh, and removing it (RFC 3261 sections 10.2.2 to 10.2.8).

use crate::client::{Client, field};
use prackle::message::{Method, Name};
use prackle::protocol::{Cause, Command, RefusalCode, RegistrationState, RequestNumber};

#[test]
fn refreshes_come_after_80_to_90_percent_and_10_seconds_before_the_end() {
    for seed in 0..20 {
        for granted in [600, 3600, 90, 60, 30, 21, 20, 5, 1] {
            let mut client = Client::offline(seed, |_| {});
            client.command(Command::Connect);
            client.register();
            client.grant(granted, "");
            let (lifetime, after) = (u64::from(granted) * 1000, client.pass_until_sent(u64::from(granted) * 1000));
            assert_eq!(client.last().method(), Method::Register);
            assert!(after < lifetime, "{after} ms of {granted} s");
            if granted >= 100 {
                assert!((lifetime * 8 / 10..=lifetime * 9 / 10).contains(&after), "{after} ms of {granted} s");
            }
            if granted > 20 {
                assert!(after <= lifetime - 10_000, "{after} ms of {granted} s");
            }
            assert!(after >= lifetime / 2, "{after} ms of {granted} s: no hurry");
        }
    }
}

#[test]
fn clients_do_not_refresh_as_one() {
    let times: std::collections::BTreeSet<u64> = (0..20)
        .map(|seed| {
            let mut client = Client::offline(seed, |_| {});
            client.command(Command::Connect);
            client.register();
            client.grant(3600, "");
            client.pass_until_sent(3_600_000)
        })
        .collect();
    assert!(times.len() >= 19, "{times:?}");
}

#[test]
fn a_refresh_is_silent_and_goes_by_what_is_granted_then() {
    let mut client = Client::registered();
    client.pass_until_sent(600_000);
    assert_eq!(client.take(), ["REGISTER"], "no event says that we are registering: we are registered");
    client.grant(60, "");
    assert_eq!(client.take(), ["<registered 60>"], "and no command is settled by it");
    assert!(client.pass_until_sent(60_000) <= 50_000);
}

#[test]
fn nothing_is_sent_between_refreshes() {
    let mut client = Client::registered();
    client.pass(470_000);
    assert_eq!(client.take(), [""; 0]);
}

#[test]
fn a_late_timer_refreshes_once() {
    let mut client = Client::registered();
    let deadline = client.agent.deadline().expect("a deadline");
    client.sleep_until(7 * 3_600_000);
    assert!(client.agent.deadline().is_some_and(|at| at >= deadline));
    client.pass(1000);
    assert_eq!(client.take(), ["REGISTER"]);
}

#[test]
fn an_interval_too_brief_is_asked_for_once_more() {
    let mut client = Client::new();
    client.register_for(60);
    client.take();
    let first = client.last();
    client.answer(423, "Min-Expires: 1800\r\n");
    assert_eq!(client.take(), ["REGISTER"], "RFC 3261 section 10.2.8");
    let second = client.last();
    assert_eq!(second.expires(), Some(1800));
    assert!(second.header(Name::Contact).is_some_and(|contact| contact.ends_with(";expires=1800")));
    assert_eq!((second.call_id(), second.cseq().number), (first.call_id(), first.cseq().number + 1));
    client.grant(1800, "");
    assert_eq!(client.take(), ["<registered 1800>", "<settled 1 200>"]);
    client.pass_until_sent(1_800_000);
    assert_eq!(client.last().expires(), Some(1800), "the next refresh knows");
}

#[test]
fn an_interval_that_stays_too_brief_is_a_failure() {
    let mut client = Client::new();
    client.register_for(60);
    client.answer(423, "Min-Expires: 1800\r\n");
    client.take();
    client.answer(423, "Min-Expires: 3600\r\n");
    assert_eq!(client.take(), ["<unregistered Rejected 423>", "<failed 1 Rejected 423>"]);
}

#[test]
fn a_423_that_does_not_say_more_is_a_failure() {
    for fields in ["", "Min-Expires: 60\r\n", "Min-Expires: 10\r\n", "Min-Expires: much\r\n"] {
        let mut client = Client::new();
        client.register_for(60);
        client.take();
        client.answer(423, fields);
        client.pass(300_000);
        assert_eq!(client.take(), ["<unregistered Rejected 423>", "<failed 1 Rejected 423>"], "{fields}");
    }
}

/// An edge that writes no flow tokens, before a registrar that knows them: the registrar must refuse
/// what asks for outbound (RFC 5626 section 6), and the user is not registered at all unless we ask
/// for less.
#[test]
fn a_first_hop_without_outbound_is_registered_through_without_it() {
    let mut client = Client::new();
    client.register_for(60);
    client.take();
    client.answer(439, "");
    assert_eq!(client.take(), ["REGISTER"], "RFC 5626 section 4.2.1");
    let second = client.last();
    let contact = second.contact().expect("an address");
    assert_eq!(contact.params.value("reg-id"), None);
    assert!(contact.params.unquoted("+sip.instance").is_some(), "RFC 5627 needs it all the same");
    assert!(!second.has_token(Name::Supported, "outbound"));
    client.grant(60, "");
    assert_eq!(client.take(), ["<registered 60>", "<settled 1 200>"]);
    client.pass_until_sent(60_000);
    assert!(!client.last().has_token(Name::Supported, "outbound"), "the refresh knows");
    client.answer(439, "");
    assert_eq!(client.take(), ["REGISTER", "<unregistered Rejected 439>"], "there is nothing less to ask for");
}

#[test]
fn the_next_connection_is_asked_for_outbound_again() {
    let mut client = Client::new();
    client.register_for(60);
    client.answer(439, "");
    client.grant(60, "");
    client.lose_connection();
    client.restore_connection();
    assert!(client.last().has_token(Name::Supported, "outbound"), "it may be another edge");
}

#[test]
fn unregistering_removes_our_contact() {
    let mut client = Client::registered();
    let register = client.last();
    client.unregister(false);
    assert_eq!(client.take(), ["REGISTER", "<unregistering>"]);
    let remove = client.last();
    assert_eq!((remove.call_id(), remove.cseq().number), (register.call_id(), 2));
    assert_eq!(remove.expires(), Some(0));
    let contact = remove.contact().expect("our address");
    assert_eq!(contact.uri, register.contact().expect("an address").uri);
    assert_eq!(contact.params.value("expires"), Some("0"));
    client.answer(200, "");
    assert_eq!(client.take(), ["<unregistered>", "<settled 2 200>"]);
    client.pass(3_600_000);
    assert_eq!(client.take(), [""; 0], "no refresh comes");
}

#[test]
fn unregistering_all_names_no_address() {
    let mut client = Client::registered();
    client.unregister(true);
    let remove = client.last();
    assert_eq!(remove.header(Name::Contact), Some("*"), "RFC 3261 section 10.2.2");
    assert_eq!(remove.fields(Name::Contact).count(), 1);
    assert_eq!(remove.expires(), Some(0));
    client.take();
    client.answer(200, "");
    assert_eq!(client.take(), ["<unregistered>", "<settled 2 200>"]);
}

#[test]
fn contacts_that_others_keep_do_not_matter_when_unregistering() {
    let mut client = Client::registered();
    client.unregister(false);
    client.take();
    client.answer(200, "Contact: <sip:alice@192.0.2.7>;expires=3000\r\n");
    assert_eq!(client.take(), ["<unregistered>", "<settled 2 200>"]);
}

#[test]
fn a_failure_to_unregister_is_told_and_not_repeated() {
    let mut client = Client::registered();
    client.unregister(false);
    client.take();
    client.answer(500, "");
    assert_eq!(client.take(), ["<unregistered ServerError 500>", "<failed 2 ServerError 500>"]);
    client.pass(3_600_000);
    assert_eq!(client.take(), [""; 0]);
}

#[test]
fn unregistering_needs_a_connection() {
    let mut client = Client::offline(7, |_| {});
    let refused = client.try_command(Command::Unregister { request: RequestNumber(1), all: false });
    assert_eq!(refused.map_err(|refusal| refusal.code), Err(RefusalCode::NotConnected));
}

#[test]
fn unregistering_supersedes_a_registration_on_its_way() {
    let mut client = Client::new();
    client.register();
    let register = client.last();
    client.take();
    client.unregister(false);
    assert_eq!(client.take(), ["<failed 1 Superseded>", "REGISTER", "<unregistering>"]);
    let remove = client.last();
    client.respond(&register, 200, "Expires: 600\r\n");
    assert_eq!(client.take(), [""; 0], "what it says is out of date");
    client.respond(&remove, 200, "");
    assert_eq!(client.take(), ["<unregistered>", "<settled 2 200>"]);
}

#[test]
fn registering_supersedes_an_unregistration_on_its_way() {
    let mut client = Client::registered();
    client.unregister(false);
    let remove = client.last();
    client.take();
    client.register();
    let first = client.take();
    assert_eq!(first, ["<failed 2 Superseded>", "REGISTER", "<registering>"]);
    let register = client.last();
    client.respond(&remove, 200, "");
    assert_eq!(client.take(), [""; 0]);
    client.respond(&register, 200, "Expires: 600\r\n");
    assert_eq!(client.take(), ["<registered 600>", "<settled 3 200>"]);
}

#[test]
fn several_commands_share_one_request() {
    let mut client = Client::new();
    for _ in 0..3 {
        client.register();
    }
    assert_eq!(client.take(), ["REGISTER", "<registering>"]);
    client.grant(600, "");
    assert_eq!(client.take(), ["<registered 600>", "<settled 1 200>", "<settled 2 200>", "<settled 3 200>"]);
}

#[test]
fn a_command_that_asks_for_something_else_is_not_settled_by_the_former_request() {
    let mut client = Client::new();
    client.register();
    client.register_for(90);
    let request = client.next_request();
    client.command(Command::Register { request, expires: None, headers: vec![field("X-Device", "desk")] });
    assert_eq!(client.take(), ["REGISTER", "<registering>"]);
    client.grant(600, "");
    assert_eq!(client.take(), ["<registered 600>", "<settled 1 200>", "REGISTER"]);
    let second = client.last();
    assert_eq!(second.expires(), Some(90), "the last one named stays");
    assert_eq!(second.header_named("X-Device"), Some("desk"));
    client.grant(90, "");
    assert_eq!(client.take(), ["<registered 90>", "<settled 2 200>", "<settled 3 200>"]);
}

#[test]
fn a_command_that_asks_for_something_else_shares_the_failure_but_not_what_was_asked() {
    let mut client = Client::new();
    client.register();
    client.register_for(90);
    client.take();
    client.answer(503, "");
    assert_eq!(
        client.take(),
        ["<unregistered ServerError 503 retry>", "<failed 1 ServerError 503>", "<failed 2 ServerError 503>"]
    );
    client.pass_until_sent(10_000);
    assert_eq!(client.last().expires(), Some(90));
}

#[test]
fn registering_while_registered_registers_again() {
    let mut client = Client::registered();
    client.register();
    assert_eq!(client.take(), ["REGISTER"]);
    client.grant(600, "");
    assert_eq!(client.take(), ["<registered 600>", "<settled 2 200>"]);
    let lone = client.pass_until_sent(600_000);
    assert!(lone >= 480_000, "the former refresh is not due any more: {lone}");
}

#[test]
fn a_response_to_a_former_request_changes_nothing() {
    let mut client = Client::registered();
    let first = client.last();
    client.pass_until_sent(600_000);
    client.take();
    client.respond(&first, 403, "");
    assert_eq!(client.take(), [""; 0]);
    client.grant(600, "");
    client.take();
    client.answer(403, "");
    assert_eq!(client.take(), [""; 0], "a second final response to the same request");
    let (state, _, _, failure) = client.registration();
    assert_eq!((state, failure.map(|failure| failure.cause)), (RegistrationState::Registered, None::<Cause>));
}
