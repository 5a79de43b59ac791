//! What a registration does after failures: it tries again, later and later, or not at all.

use crate::client::Client;
use prackle::protocol::{Cause, RegistrationState};

/// How long after this failure the next REGISTER is sent, and how long was said.
fn pause_after(client: &mut Client, status: u16, fields: &str) -> (u64, u64) {
    client.answer(status, fields);
    let (state, _, retry_in, failure) = client.registration();
    assert_eq!(state, RegistrationState::Unregistered);
    assert_eq!(failure.and_then(|failure| failure.status), Some(status));
    let said = retry_in.expect("it will try again");
    (client.pass_until_sent(1_000_000), u64::from(said))
}

#[test]
fn failures_that_may_pass_are_tried_again_when_it_was_said() {
    for status in [408, 480, 500, 502, 503, 504, 580] {
        let mut client = Client::new();
        client.register();
        let (after, said) = pause_after(&mut client, status, "");
        assert_eq!(after, said, "{status}");
        assert!((1000..=2000).contains(&after), "{status}: {after}");
        client.take();
        client.grant(600, "");
        assert_eq!(client.take(), ["<registered 600>"], "{status}: the command was settled by the failure");
    }
}

#[test]
fn the_command_is_settled_by_the_failure_that_it_met() {
    let mut client = Client::new();
    client.register();
    client.take();
    client.answer(503, "Retry-After: 30\r\n");
    assert_eq!(client.take(), ["<unregistered ServerError 503 retry>", "<failed 1 ServerError 503>"]);
    let (.., failure) = client.registration();
    assert_eq!(failure.and_then(|failure| failure.retry_after), Some(30));
    client.pass_until_sent(60_000);
    assert_eq!(client.take(), ["REGISTER", "<registering>"]);
}

#[test]
fn pauses_double_up_to_two_minutes_with_half_of_each_random() {
    let mut seen = std::collections::BTreeSet::new();
    for seed in 0..10 {
        let mut client = Client::offline(seed, |_| {});
        client.command(prackle::protocol::Command::Connect);
        client.register();
        for bound in [2, 4, 8, 16, 32, 64, 120, 120, 120] {
            let (after, said) = pause_after(&mut client, 500, "");
            assert_eq!(after, said);
            assert!((bound * 500..=bound * 1000).contains(&after), "{after} of {bound} s");
            seen.insert(after);
        }
    }
    assert!(seen.len() > 80, "jitter: {}", seen.len());
}

#[test]
fn success_makes_the_next_failure_a_first_one() {
    let mut client = Client::new();
    client.register();
    for _ in 0..5 {
        pause_after(&mut client, 500, "");
    }
    client.grant(600, "");
    client.pass_until_sent(600_000);
    let (after, _) = pause_after(&mut client, 500, "");
    assert!(after <= 2000, "{after}");
}

#[test]
fn retry_after_is_the_least_that_is_waited() {
    for (fields, least) in [
        ("Retry-After: 300\r\n", 300_000),
        ("Retry-After: 60 (maintenance);duration=3600\r\n", 60_000),
        ("Retry-After: 0\r\n", 1000),
        ("Retry-After: soon\r\n", 1000),
    ] {
        let mut client = Client::new();
        client.register();
        let (after, said) = pause_after(&mut client, 503, fields);
        assert_eq!(after, said);
        assert!((least..least + 1001).contains(&after), "{fields}: {after}");
    }
}

#[test]
fn retry_after_makes_a_refusal_pass() {
    let mut client = Client::new();
    client.register();
    let (after, _) = pause_after(&mut client, 404, "Retry-After: 20\r\n");
    assert_eq!(after, 20_000);
}

#[test]
fn refusals_are_not_tried_again() {
    for (status, cause) in [
        (301, Cause::Redirected),
        (400, Cause::Rejected),
        (403, Cause::Unauthorized),
        (404, Cause::NotFound),
        (405, Cause::Rejected),
        (420, Cause::BadExtension),
        (600, Cause::Busy),
        (603, Cause::Rejected),
    ] {
        let mut client = Client::new();
        client.register();
        client.take();
        client.answer(status, "");
        let expected = [format!("<unregistered {cause:?} {status}>"), format!("<failed 1 {cause:?} {status}>")];
        assert_eq!(client.take(), expected);
        client.pass(24 * 3_600_000);
        assert_eq!(client.take(), [""; 0], "{status}");
        client.lose_connection();
        client.restore_connection();
        assert!(!client.take().contains(&"REGISTER".to_owned()), "{status}: not even on another connection");
    }
}

#[test]
fn silence_is_a_timeout_and_tried_again() {
    let mut client = Client::new();
    client.register();
    client.take();
    client.pass(31_999);
    assert_eq!(client.take(), [""; 0]);
    client.pass(1);
    assert_eq!(
        client.take(),
        ["<unregistered Timeout 408 retry>", "<failed 1 Timeout 408>"],
        "RFC 3261 section 17.1.2.2: timer F"
    );
    let said = client.registration().2.expect("it tries again");
    assert_eq!(client.pass_until_sent(10_000), u64::from(said));
    client.take();
    client.grant(600, "");
    assert_eq!(client.take(), ["<registered 600>"]);
}

#[test]
fn an_answer_after_the_timeout_changes_nothing() {
    let mut client = Client::new();
    client.register();
    let register = client.last();
    client.pass(32_000);
    client.take();
    client.respond(&register, 403, "");
    assert_eq!(client.take(), [""; 0]);
    client.pass_until_sent(10_000);
    assert_eq!(client.take(), ["REGISTER", "<registering>"]);
}

#[test]
fn an_unregistration_that_is_never_answered_fails_and_rests() {
    let mut client = Client::registered();
    client.unregister(false);
    client.take();
    client.pass(32_000);
    assert_eq!(client.take(), ["<unregistered Timeout 408>", "<failed 2 Timeout 408>"]);
    client.pass(3_600_000);
    assert_eq!(client.take(), [""; 0]);
}

#[test]
fn a_command_does_not_wait_for_the_pause() {
    let mut client = Client::new();
    client.register();
    client.answer(503, "Retry-After: 3600\r\n");
    client.take();
    client.register();
    assert_eq!(client.take(), ["REGISTER", "<registering>"]);
    client.grant(600, "");
    client.take();
    client.pass(470_000);
    assert_eq!(client.take(), [""; 0], "and the pause is over");
}

#[test]
fn unregistering_ends_the_attempts() {
    let mut client = Client::new();
    client.register();
    client.answer(503, "");
    client.unregister(false);
    client.take();
    client.answer(200, "");
    client.pass(600_000);
    assert_eq!(client.take(), ["<unregistered>", "<settled 2 200>"]);
}

#[test]
fn a_refresh_that_fails_is_told_and_tried_again() {
    let mut client = Client::registered();
    client.pass_until_sent(600_000);
    client.take();
    client.answer(503, "");
    assert_eq!(client.take(), ["<unregistered ServerError 503 retry>"]);
    client.pass_until_sent(10_000);
    client.grant(600, "");
    assert_eq!(client.take(), ["REGISTER", "<registering>", "<registered 600>"]);
}
