//! Session timers of a caller that are refused: intervals that are too small (RFC 4028 sections
//! 7.3 and 7.4), and refreshes that fail (section 10).

use super::caller::{ANSWER, Caller, OFFER, challenge, contact, credentials};
use super::session_timer::{BY_INVITE, OURS, answered, asking, at, expires, timer};
use prackle::message::{Message, Name};
use prackle::protocol::{CallOptions, Cause};

/// The callee, or a server on the way, wants no less.
fn too_small(alice: &mut Caller, method: &str, least: u32) {
    alice.answer(method, 422, &format!("Min-SE: {least}\r\n"), "");
}

fn identity(invite: &Message) -> (String, Option<String>, Option<String>) {
    let (from, to) = (invite.header(Name::From), invite.header(Name::To));
    (invite.call_id().to_owned(), from.map(str::to_owned), to.map(str::to_owned))
}

#[test]
fn the_invite_again_with_a_larger_interval() {
    let mut alice = asking(90).called(CallOptions::default());
    let first = alice.last();
    // The largest counts, whoever came last.
    for (number, least) in [(2, 600), (3, 700)] {
        too_small(&mut alice, "INVITE", least);
        assert_eq!(alice.take(), ["ACK", "INVITE sdp"]);
        let again = alice.last();
        let seconds = least.to_string();
        assert_eq!(timer(&again), (Some(seconds.as_str()), Some(seconds.as_str())));
        assert_eq!((again.cseq().number, again.description()), (number, Some(OFFER)));
        assert_eq!(identity(&again), identity(&first));
        assert_ne!(again.via().branch(), first.via().branch());
    }
    alice.reply(200, "a", &(contact("a") + "Allow: UPDATE\r\nSession-Expires: 700;refresher=uac\r\n"), ANSWER);
    alice.take();
    // RFC 4028 section 7.4: what was learned before the dialog is forgotten.
    at(&mut alice, 350_000, &["UPDATE"]);
    assert_eq!(timer(&alice.last()), (Some("700;refresher=uac"), None));
}

// RFC 4028 section 7.2: as if the value of the request were in the 2xx.
#[test]
fn what_was_raised_counts_where_the_callee_knows_nothing_of_timers() {
    let mut alice = asking(90).called(CallOptions::default());
    too_small(&mut alice, "INVITE", 600);
    alice.reply(200, "a", &(contact("a") + "Allow: UPDATE\r\n"), ANSWER);
    alice.take();
    at(&mut alice, 300_000, &["UPDATE"]);
    assert_eq!(timer(&alice.last()), (Some("600;refresher=uac"), None));
}

// One server has asked, and another one found that too small.
#[test]
fn a_422_although_nothing_was_asked_for() {
    for (least, sent) in [(600, "600"), (10, "90")] {
        let mut alice = Caller::calling();
        too_small(&mut alice, "INVITE", least);
        assert_eq!(alice.take(), ["ACK", "INVITE sdp"]);
        assert_eq!(timer(&alice.last()), (None, Some(sent)));
    }
}

#[test]
fn a_422_that_does_not_help_is_the_end() {
    for fields in ["", "Min-SE: 90\r\n", "Min-SE: 12\r\n", "Min-SE: a\r\n"] {
        let mut alice = asking(90).called(CallOptions::default());
        alice.answer("INVITE", 422, fields, "");
        assert_eq!(alice.take(), ["ACK", "<ended Rejected 422>"], "{fields}");
        alice.finish();
    }
    let mut alice = asking(90).called(CallOptions::default());
    (1..5).for_each(|turn| too_small(&mut alice, "INVITE", 90 + turn));
    assert_eq!(alice.requests_sent("INVITE").len(), 5);
    assert_eq!(alice.end(), None);
    too_small(&mut alice, "INVITE", 95);
    assert_eq!(alice.end(), Some((Cause::Rejected, Some(422))));
}

#[test]
fn a_refresh_again_with_a_larger_interval() {
    let mut alice = answered(Caller::new(), OURS);
    at(&mut alice, 45_000, &["UPDATE"]);
    too_small(&mut alice, "UPDATE", 100);
    too_small(&mut alice, "UPDATE", 120);
    assert_eq!(alice.take(), ["UPDATE", "UPDATE"]);
    assert_eq!(timer(&alice.last()), (Some("120;refresher=uac"), Some("120")));
    assert_eq!(alice.last().cseq().number, 4);
    alice.answer("UPDATE", 200, "Session-Expires: 120;refresher=uac\r\n", "");
    at(&mut alice, 105_000, &["UPDATE"]);
    assert_eq!(timer(&alice.last()), (Some("120;refresher=uac"), Some("120")), "in the dialog it stays");
    // What does not help is a failure like any other.
    too_small(&mut alice, "UPDATE", 120);
    assert_eq!(alice.take(), ["<session-unrefreshed>"]);
}

#[test]
fn a_reinvite_again_with_a_larger_interval() {
    let mut alice = answered(Caller::new(), BY_INVITE);
    at(&mut alice, 45_000, &["<describe>"]);
    alice.describe(OFFER);
    too_small(&mut alice, "INVITE", 120);
    assert_eq!(alice.take(), ["INVITE sdp", "ACK", "INVITE sdp"]);
    assert_eq!(timer(&alice.last()), (Some("120;refresher=uac"), Some("120")));
    assert_eq!((alice.last().cseq().number, alice.last().description()), (3, Some(OFFER)));
    alice.reply(200, "a", &(contact("a") + "Session-Expires: 120;refresher=uac\r\n"), ANSWER);
    assert_eq!(alice.take(), ["ACK", "<remote>", "<updated>"]);
    at(&mut alice, 105_000, &["<describe>"]);
}

// RFC 4028 section 10: only a 2xx extends the session.
#[test]
fn a_422_does_not_extend_the_session() {
    let mut alice = answered(Caller::new(), OURS);
    at(&mut alice, 45_000, &["UPDATE"]);
    alice.until(60_000);
    too_small(&mut alice, "UPDATE", 1800);
    assert_eq!(alice.take(), ["UPDATE"]);
    expires(&mut alice, 90_000);
}

#[test]
fn refused_twice_then_it_expires() {
    for refusal in ["503", "403", "488", "500", "422"] {
        let mut alice = answered(Caller::new(), OURS);
        at(&mut alice, 45_000, &["UPDATE"]);
        alice.answer("UPDATE", refusal.parse().unwrap(), "", "");
        assert_eq!(alice.take(), ["<session-unrefreshed>"]);
        at(&mut alice, 67_500, &["UPDATE"]);
        alice.answer("UPDATE", refusal.parse().unwrap(), "", "");
        assert_eq!(alice.take(), ["<session-unrefreshed>"]);
        expires(&mut alice, 90_000);
    }
}

#[test]
fn refused_once_then_refreshed() {
    let mut alice = answered(Caller::new(), OURS);
    at(&mut alice, 45_000, &["UPDATE"]);
    alice.answer("UPDATE", 503, "", "");
    alice.until(67_500);
    alice.answer("UPDATE", 200, OURS, "");
    assert_eq!(alice.take(), ["<session-unrefreshed>", "UPDATE"]);
    at(&mut alice, 112_500, &["UPDATE"]);
}

#[test]
fn a_callee_that_takes_no_update_after_all() {
    let mut alice = answered(Caller::new(), OURS);
    at(&mut alice, 45_000, &["UPDATE"]);
    alice.answer("UPDATE", 405, "Allow: INVITE, ACK, BYE\r\n", "");
    assert_eq!(alice.take(), ["<session-unrefreshed>"]);
    at(&mut alice, 67_500, &["<describe>"]);
}

#[test]
fn the_dialog_is_gone() {
    for status in [408, 481] {
        let mut alice = answered(Caller::new(), OURS);
        at(&mut alice, 45_000, &["UPDATE"]);
        alice.answer("UPDATE", status, "", "");
        assert_eq!(alice.take(), ["<session-unrefreshed>", "BYE", "<ended DialogGone>"]);
        let mut alice = answered(Caller::new(), BY_INVITE);
        at(&mut alice, 45_000, &["<describe>"]);
        alice.describe(OFFER);
        alice.answer("INVITE", status, "", "");
        assert_eq!(alice.take()[4..], ["BYE", "<ended DialogGone>"]);
    }
    for fields in [OURS, BY_INVITE] {
        let mut alice = answered(Caller::new(), fields);
        alice.until(45_000);
        if fields == BY_INVITE {
            alice.describe(OFFER);
        }
        alice.take();
        alice.until(76_999);
        assert_eq!(alice.take(), [""; 0]);
        alice.until(77_000);
        let seen = alice.take();
        assert_eq!(seen[seen.len() - 2..], ["BYE", "<ended DialogGone>"], "{seen:?}");
    }
}

#[test]
fn a_challenge_is_met() {
    let alice = Caller::with(|config| config.credentials = Some(credentials()));
    let mut alice = answered(alice, OURS);
    at(&mut alice, 45_000, &["UPDATE"]);
    alice.answer("UPDATE", 407, &challenge("example.com", "n"), "");
    assert_eq!(alice.take(), ["UPDATE"]);
    assert_eq!(timer(&alice.last()), (Some("90;refresher=uac"), None));
    alice.answer("UPDATE", 200, OURS, "");
    at(&mut alice, 90_000, &["UPDATE"]);
}

#[test]
fn it_came_too_early_for_the_callee() {
    let mut alice = answered(Caller::new(), OURS);
    at(&mut alice, 45_000, &["UPDATE"]);
    alice.answer("UPDATE", 500, "Retry-After: 3\r\n", "");
    at(&mut alice, 48_000, &["UPDATE"]);
}

// RFC 3261 section 14.1: the owner of the Call-ID waits 2.1 to 4 s.
#[test]
fn a_refresh_meets_an_offer() {
    let mut alice = answered(Caller::new(), BY_INVITE);
    at(&mut alice, 45_000, &["<describe>"]);
    alice.describe(OFFER);
    let theirs = format!("{}Supported: timer\r\nSession-Expires: 90;refresher=uas\r\n", contact("a"));
    alice.request("INVITE", &theirs, OFFER);
    alice.answer("INVITE", 491, "", "");
    assert_eq!(alice.take(), ["INVITE sdp", "491 INVITE", "ACK"]);
    alice.until(47_099);
    assert_eq!(alice.take(), [""; 0]);
    alice.until(49_000);
    assert_eq!(alice.take(), ["INVITE sdp"]);
    alice.answer("INVITE", 491, "", "");
    assert_eq!(alice.take(), ["ACK", "<rollback>", "<session-unrefreshed>"]);
    // The peer's own refreshes it meanwhile.
    alice.until(50_000);
    alice.request("INVITE", &theirs, OFFER);
    alice.describe(ANSWER);
    let acknowledged = alice.peer.cseq;
    alice.numbered("ACK", acknowledged, "", "");
    assert_eq!(alice.take(), ["<describe>", "200 INVITE sdp", "<updated>"]);
    at(&mut alice, 95_000, &["<describe>"]);
}

#[test]
fn the_media_layer_has_no_offer() {
    let mut alice = answered(Caller::new(), BY_INVITE);
    at(&mut alice, 45_000, &["<describe>"]);
    alice.fail_media(480, Cause::MediaFailed);
    assert_eq!(alice.take(), ["<session-unrefreshed>"]);
    at(&mut alice, 67_500, &["<describe>"]);
    expires(&mut alice, 90_000);
}

// It rings: nobody can tell when it ends, but the session does.
#[test]
fn a_refresh_that_is_not_decided_in_time() {
    let mut alice = answered(Caller::new(), BY_INVITE);
    at(&mut alice, 45_000, &["<describe>"]);
    alice.describe(OFFER);
    alice.reply(100, "a", "", "");
    alice.take();
    at(&mut alice, 90_000, &["CANCEL", "BYE", "<ended SessionExpired>"]);
}
