//! Who may use `100rel`: Require, Supported and the policy of the user agent.

use super::callee::{Callee, OFFER};
use prackle::message::{Message, Name};
use prackle::protocol::{Progress, RefusalCode, Rel100, ReliableProgress};

fn under(policy: Rel100) -> Callee {
    Callee::with(|config| config.rel100 = policy)
}

fn values(message: &Message, name: Name) -> Vec<&str> {
    message.values(name).collect()
}

fn reliable(code: u16, reliable: bool) -> Progress {
    Progress { code: Some(code), reliable: Some(reliable), ..Progress::default() }
}

#[test]
fn p_008_without_100rel_it_is_not_understood() {
    let mut bob = under(Rel100::None);
    bob.invite("Require: 100rel, foo\r\n", OFFER);
    assert_eq!(bob.take(), ["420 INVITE"]);
    assert_eq!(values(&bob.last(), Name::Unsupported), ["100rel", "foo"]);
    assert!(bob.last().to_tag().is_some());
}

#[test]
fn p_009_only_what_is_not_understood_is_named() {
    let mut bob = Callee::new();
    bob.invite("require: FOO\r\nRequire: 100REL\r\n", OFFER);
    assert_eq!(bob.take(), ["420 INVITE"]);
    assert_eq!(values(&bob.last(), Name::Unsupported), ["FOO"]);
    assert_eq!(values(&bob.last(), Name::Supported), ["100rel", "timer"]);
}

#[test]
fn p_010_required_here_but_not_there() {
    let mut bob = under(Rel100::Required);
    bob.invite("Supported: timer\r\n", OFFER);
    assert_eq!(bob.take(), ["421 INVITE"]);
    assert_eq!(values(&bob.last(), Name::Require), ["100rel"]);
    assert_eq!(values(&bob.last(), Name::Supported), ["100rel", "timer"]);
}

#[test]
fn p_011_required_here_and_supported_there() {
    let mut bob = under(Rel100::Required);
    bob.invite("k: timer , 100rel\r\n", OFFER);
    bob.take();
    bob.progress(180);
    assert_eq!(bob.take(), ["180 INVITE rel"]);
    assert_eq!(bob.try_progress(reliable(180, false)), Err(RefusalCode::Required));
}

#[test]
fn p_012_a_caller_without_100rel() {
    let mut bob = Callee::new();
    bob.invite("", OFFER);
    bob.take();
    assert_eq!(bob.try_progress(reliable(183, true)), Err(RefusalCode::PeerUnsupported));
    assert!(bob.take().is_empty());
    bob.progress(180);
    assert_eq!(bob.take(), ["180 INVITE", "<settled 2>"]);
    assert!(bob.last().header(Name::RSeq).is_none() && bob.last().header(Name::Require).is_none());
}

#[test]
fn p_013_a_caller_that_requires_it() {
    let mut bob = Callee::new();
    bob.invite("Require: 100rel\r\n", OFFER);
    bob.take();
    assert_eq!(bob.try_progress(reliable(180, false)), Err(RefusalCode::Required));
    assert!(bob.take().is_empty());
    bob.progress(180);
    assert_eq!(bob.take(), ["180 INVITE rel"]);
}

#[test]
fn p_014_100_is_no_provisional_response_of_the_application() {
    for policy in [Rel100::None, Rel100::Supported, Rel100::Required] {
        let mut bob = under(policy);
        bob.invited();
        for code in [99, 100, 200, 0] {
            assert_eq!(bob.try_progress(reliable(code, true)), Err(RefusalCode::NotProvisional), "{code}");
        }
        assert!(bob.take().is_empty());
    }
}

#[test]
fn p_015_options_tell_the_policy() {
    for (policy, expected) in [(Rel100::None, false), (Rel100::Supported, true), (Rel100::Required, true)] {
        let mut bob = under(policy);
        bob.numbered("OPTIONS", 1, "", "");
        assert_eq!(bob.take(), ["200 OPTIONS"]);
        assert_eq!(values(&bob.last(), Name::Allow).contains(&"PRACK"), expected);
        assert_eq!(values(&bob.last(), Name::Supported).contains(&"100rel"), expected);
    }
}

#[test]
fn p_016_require_100rel_means_nothing_in_other_requests() {
    let mut bob = Callee::new();
    bob.invited();
    bob.progress(180);
    bob.take();
    bob.request("BYE", "Require: 100rel\r\n", "");
    assert_eq!(bob.take()[..2], ["200 BYE", "487 INVITE"]);
}

#[test]
fn switched_off_means_refused_to_the_application_too() {
    let mut bob = under(Rel100::None);
    bob.invited();
    assert_eq!(bob.try_progress(reliable(180, true)), Err(RefusalCode::Disabled));
    bob.progress(180);
    assert_eq!(bob.take(), ["180 INVITE", "<settled 2>"]);
}

#[test]
fn which_responses_auto_makes_reliable() {
    for (option, code, expected) in [
        (ReliableProgress::Always, 180, true),
        (ReliableProgress::Always, 199, false),
        (ReliableProgress::Sdp, 180, false),
        (ReliableProgress::Sdp, 183, true),
        (ReliableProgress::Never, 183, false),
    ] {
        let mut bob = Callee::with(|config| config.reliable_progress = option);
        bob.invited();
        bob.progress(code);
        if code == 183 {
            bob.describe(OFFER);
        }
        assert_eq!(bob.last().header(Name::RSeq).is_some(), expected, "{option:?} {code}");
    }
}
