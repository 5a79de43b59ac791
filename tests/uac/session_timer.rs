//! Session timers of a caller (RFC 4028 sections 7 and 10): what it asks for, who refreshes, how
//! and when, and when the session is over. What is refused is in `session_timer_refused`.

use super::caller::{ANSWER, Caller, OFFER, TARGET, contact, field, values};
use prackle::message::{Message, Name};
use prackle::protocol::{CallId, CallOptions, Cause, Command, RefusalCode};

/// The callee takes UPDATE, and has us refresh every 90 s.
pub(crate) const OURS: &str =
    "Allow: INVITE, ACK, BYE, UPDATE\r\nRequire: timer\r\nSession-Expires: 90;refresher=uac\r\n";
/// The same without UPDATE.
pub(crate) const BY_INVITE: &str = "Allow: INVITE, ACK, BYE\r\nRequire: timer\r\nx: 90 ;refresher=UAC\r\n";
/// The callee refreshes every 90 s.
const THEIRS: &str = "Allow: UPDATE\r\nRequire: timer\r\nSession-Expires: 90;refresher=uas\r\n";
/// The callee takes UPDATE, and knows nothing of timers.
const PLAIN: &str = "Allow: INVITE, ACK, BYE, UPDATE\r\n";

pub(crate) fn asking(seconds: u32) -> Caller {
    Caller::with(|config| config.session_timer = Some(seconds))
}

/// Answered now by `a`, with these fields in the 200.
pub(crate) fn answered(alice: Caller, fields: &str) -> Caller {
    let mut alice = alice.called(CallOptions::default());
    alice.reply(200, "a", &(contact("a") + fields), ANSWER);
    assert_eq!(alice.take(), ["ACK", "<remote>", "<accepted>", "<confirmed>"]);
    alice
}

/// Session-Expires and Min-SE, as sent.
pub(crate) fn timer(request: &Message) -> (Option<&str>, Option<&str>) {
    assert!(request.has_token(Name::Supported, "timer") && !request.has_token(Name::Require, "timer"));
    (request.header(Name::SessionExpires), request.header(Name::MinSe))
}

/// Nothing is done before `millis`, and this then.
pub(crate) fn at(alice: &mut Caller, millis: u64, words: &[&str]) {
    alice.until(millis - 1);
    assert_eq!(alice.take(), [""; 0], "before {millis}");
    alice.until(millis);
    assert_eq!(alice.take(), words, "at {millis}");
}

/// The session ends at `millis`, with a BYE that says why.
pub(crate) fn expires(alice: &mut Caller, millis: u64) {
    at(alice, millis, &["BYE", "<ended SessionExpired>"]);
    assert_eq!(alice.last().header_named("Reason"), Some("SIP;cause=408;text=\"Session expired\""));
    alice.answer("BYE", 200, "", "");
    alice.finish();
}

#[test]
fn nothing_is_asked_for_by_default() {
    let mut alice = answered(Caller::new(), PLAIN);
    assert_eq!(timer(&alice.request_sent("INVITE")), (None, None));
    alice.pass(100_000_000);
    assert_eq!(alice.take(), [""; 0]);
    alice.try_update(None, false, true).expect("it is accepted");
    assert_eq!(timer(&alice.last()), (None, None));
}

#[test]
fn what_is_asked_for() {
    let alice = asking(1800).called(CallOptions::default());
    assert_eq!(timer(&alice.last()), (Some("1800"), None));
    let mut alice = asking(90).offerless();
    assert_eq!(timer(&alice.last()), (Some("90"), None));
    alice.hangup();
}

#[test]
fn the_fields_are_not_the_applications() {
    for name in ["Session-Expires", "X", "min-se"] {
        let options = CallOptions { headers: vec![field(name, "1800")], ..CallOptions::default() };
        let mut alice = Caller::new();
        let call = Command::Call { call: CallId(7), target: TARGET.to_owned(), options };
        assert_eq!(alice.try_command(call).map_err(|refusal| refusal.code), Err(RefusalCode::InvalidHeader), "{name}");
    }
}

#[test]
fn refreshed_at_half_of_the_interval_whoever_asked_for_it() {
    for alice in [Caller::new(), asking(1800)] {
        let mut alice = answered(alice, OURS);
        for half in 1..5 {
            at(&mut alice, half * 45_000, &["UPDATE"]);
            let update = alice.last();
            assert_eq!(timer(&update), (Some("90;refresher=uac"), None));
            assert_eq!((update.cseq().number, update.description()), (1 + u32::try_from(half).unwrap(), None));
            assert!(update.header(Name::Contact).is_some());
            alice.answer("UPDATE", 200, OURS, "");
        }
        alice.hangup();
        assert_eq!(alice.take(), ["BYE", "<ended Bye>"]);
        alice.answer("BYE", 200, "", "");
        alice.finish();
    }
}

// The time of the 2xx counts, not that of the request (RFC 4028 section 7.2).
#[test]
fn a_refresh_that_is_answered_late() {
    let mut alice = answered(Caller::new(), OURS);
    at(&mut alice, 45_000, &["UPDATE"]);
    alice.until(60_000);
    alice.answer("UPDATE", 200, "Session-Expires: 600;refresher=uas\r\n", "");
    expires(&mut alice, 60_000 + 600_000 - 32_000);
}

#[test]
fn the_callee_refreshes() {
    for (interval, given_up) in [(90, 60_000), (91, 60_667), (96, 64_000), (100, 68_000), (1800, 1_768_000)] {
        let fields = format!("Require: timer\r\nSession-Expires: {interval};refresher=uas\r\n");
        expires(&mut answered(Caller::new(), &fields), given_up);
    }
    let mut alice = answered(asking(90), THEIRS);
    for (method, body) in [("UPDATE", ""), ("UPDATE", OFFER), ("INVITE", OFFER)] {
        alice.pass(59_999);
        let fields = format!("{}Supported: timer\r\nSession-Expires: 90;refresher=uac\r\n", contact("a"));
        alice.request(method, &fields, body);
        if !body.is_empty() {
            alice.describe(ANSWER);
        }
        let response = alice.response(200, method);
        assert_eq!(response.header(Name::SessionExpires), Some("90;refresher=uac"));
        assert_eq!(values(&response, Name::Require), ["timer"]);
    }
    let acknowledged = alice.peer.cseq;
    alice.numbered("ACK", acknowledged, "", "");
    alice.take();
    let last = alice.time();
    expires(&mut alice, last + 60_000);
}

// An interval below the minimum of RFC 4028 section 4 would have us send as often as they like.
#[test]
fn the_interval_of_a_rogue_is_raised() {
    let mut alice = answered(Caller::new(), "Allow: UPDATE\r\nSession-Expires: 1;refresher=uac\r\n");
    at(&mut alice, 45_000, &["UPDATE"]);
    assert_eq!(timer(&alice.last()), (Some("90;refresher=uac"), None));
}

// RFC 4028 section 7.2: it is for our own benefit then, and our own work.
#[test]
fn the_callee_knows_nothing_of_timers() {
    let mut alice = answered(asking(90), PLAIN);
    for half in 1..4 {
        at(&mut alice, half * 45_000, &["UPDATE"]);
        assert_eq!(timer(&alice.last()), (Some("90;refresher=uac"), None));
        alice.answer("UPDATE", 200, PLAIN, "");
    }
    // What it changes meanwhile is a sign of life as well, and says nothing of timers.
    alice.until(150_000);
    alice.request("UPDATE", &contact("a"), "");
    assert_eq!(alice.take(), ["200 UPDATE", "<update>"]);
    assert_eq!((alice.last().header(Name::SessionExpires), alice.last().header(Name::Require)), (None, None));
    at(&mut alice, 195_000, &["UPDATE"]);
    alice.pass(32_000);
    assert_eq!(alice.take(), ["<session-unrefreshed>", "BYE", "<ended DialogGone>"]);
}

#[test]
fn a_2xx_without_it_ends_a_timer_that_was_not_our_wish() {
    let mut alice = answered(Caller::new(), OURS);
    at(&mut alice, 45_000, &["UPDATE"]);
    alice.answer("UPDATE", 200, "", "");
    alice.pass(10_000_000);
    assert_eq!(alice.take(), [""; 0]);
}

#[test]
fn the_callee_takes_the_refreshing_over_and_gives_it_back() {
    let mut alice = answered(Caller::new(), OURS);
    alice.until(30_000);
    alice.request("UPDATE", "Supported: timer\r\nSession-Expires: 180;refresher=uac\r\n", "");
    assert_eq!(alice.last().header(Name::SessionExpires), Some("180;refresher=uac"));
    alice.until(60_000);
    alice.take();
    alice.request("UPDATE", "Supported: timer\r\nSession-Expires: 180;refresher=uas\r\n", "");
    assert_eq!(alice.last().header(Name::SessionExpires), Some("180;refresher=uas"));
    alice.take();
    at(&mut alice, 150_000, &["UPDATE"]);
}

// RFC 4028 section 7.4: the offer says itself whether anything has changed.
#[test]
fn refreshed_by_reinvite_where_the_callee_does_not_take_update() {
    let mut alice = answered(Caller::new(), BY_INVITE);
    for half in 1..4 {
        at(&mut alice, half * 45_000, &["<describe>"]);
        alice.describe(OFFER);
        assert_eq!(alice.take(), ["INVITE sdp"]);
        assert_eq!((timer(&alice.last()), alice.last().description()), ((Some("90;refresher=uac"), None), Some(OFFER)));
        alice.reply(200, "a", &(contact("a") + BY_INVITE), ANSWER);
        assert_eq!(alice.take(), ["ACK", "<remote>", "<updated>"]);
    }
    alice.hangup();
    alice.answer("BYE", 200, "", "");
    alice.take();
    alice.finish();
}

#[test]
fn whatever_else_has_a_2xx_refreshes_as_well() {
    let mut alice = answered(Caller::new(), OURS);
    alice.until(30_000);
    alice.try_update(None, false, true).expect("it is accepted");
    assert_eq!(timer(&alice.last()), (Some("90;refresher=uac"), None));
    alice.answer("UPDATE", 200, OURS, "");
    alice.until(60_000);
    let (call, request) = (alice.call, alice.next_request());
    alice.command(Command::Renegotiate { call, request });
    alice.describe(OFFER);
    assert_eq!(timer(&alice.last()), (Some("90;refresher=uac"), None));
    alice.reply(200, "a", &(contact("a") + OURS), ANSWER);
    alice.take();
    // INFO is no session refresh request.
    alice.until(100_000);
    let (request, options) = (alice.next_request(), prackle::protocol::RequestOptions::default());
    alice.command(Command::Info { call, request, options });
    alice.answer("INFO", 200, "", "");
    alice.take();
    at(&mut alice, 105_000, &["UPDATE"]);
}

// prack.md E: "starts at the 2xx, not at a 18x-rel".
#[test]
fn a_reliable_response_does_not_start_it() {
    let mut alice = asking(90).called(CallOptions::default());
    alice.reply(183, "a", &format!("{}Require: 100rel\r\nRSeq: 7\r\n{OURS}", contact("a")), ANSWER);
    alice.answer("PRACK", 200, "", "");
    alice.take();
    alice.until(100_000);
    assert_eq!(alice.take(), [""; 0]);
    alice.reply(200, "a", &(contact("a") + OURS), "");
    alice.take();
    at(&mut alice, 145_000, &["UPDATE"]);
}

#[test]
fn an_update_in_an_early_dialog_does_not_start_it() {
    let mut alice = asking(90).called(CallOptions::default());
    alice.reply(183, "a", &format!("{}Require: 100rel\r\nRSeq: 7\r\nAllow: UPDATE\r\n", contact("a")), ANSWER);
    alice.answer("PRACK", 200, "", "");
    alice.try_update(None, false, true).expect("it is accepted");
    assert_eq!(timer(&alice.last()), (None, None));
    alice.answer("UPDATE", 200, OURS, "");
    alice.request("UPDATE", &format!("{}Supported: timer\r\nSession-Expires: 90\r\n", contact("a")), "");
    assert_eq!((alice.last().status(), alice.last().header(Name::SessionExpires)), (Some(200), None));
    alice.take();
    // Nor does it end the one that the 2xx has started, when its own comes later.
    alice.try_update(None, false, true).expect("it is accepted");
    alice.until(100_000 - 70_000);
    alice.reply(200, "a", &(contact("a") + OURS), "");
    alice.answer("UPDATE", 200, "", "");
    alice.take();
    at(&mut alice, 75_000, &["UPDATE"]);
}

// The media layer may wait for the user for as long as it likes: the session must not.
#[test]
fn a_refresh_does_not_wait_for_an_offer_in_the_making() {
    let mut alice = answered(Caller::new(), OURS);
    alice.until(40_000);
    alice.update();
    assert_eq!(alice.take(), ["<describe>"]);
    at(&mut alice, 45_000, &["UPDATE"]);
    alice.describe(OFFER);
    assert_eq!(alice.take(), [""; 0], "one at a time (RFC 3311 section 5.1)");
    alice.answer("UPDATE", 200, OURS, "");
    assert_eq!(alice.take(), ["UPDATE sdp"]);
}

#[test]
fn an_update_on_its_way_is_refresh_enough() {
    let mut alice = answered(Caller::new(), OURS);
    alice.until(44_000);
    alice.try_update(None, false, true).expect("it is accepted");
    assert_eq!(alice.take(), ["UPDATE"]);
    alice.until(46_000);
    alice.answer("UPDATE", 200, OURS, "");
    assert_eq!(alice.take(), ["<settled 1>"]);
    at(&mut alice, 91_000, &["UPDATE"]);
    // It is not when it fails.
    alice.answer("UPDATE", 200, OURS, "");
    alice.until(135_500);
    alice.try_update(None, false, true).expect("it is accepted");
    alice.until(137_000);
    alice.answer("UPDATE", 403, "", "");
    assert_eq!(alice.take(), ["UPDATE", "<failed 2 Unauthorized>", "UPDATE"]);
}

#[test]
fn the_callee_is_faster_than_the_offer_of_a_refresh() {
    let mut alice = answered(Caller::new(), BY_INVITE);
    at(&mut alice, 45_000, &["<describe>"]);
    let fields = format!("{}Supported: timer\r\nSession-Expires: 90;refresher=uas\r\n", contact("a"));
    alice.request("INVITE", &fields, OFFER);
    assert_eq!(alice.take(), ["<rollback>", "<describe>"]);
    alice.until(46_000);
    alice.describe(ANSWER);
    let acknowledged = alice.peer.cseq;
    alice.numbered("ACK", acknowledged, "", "");
    assert_eq!(alice.take(), ["100 INVITE", "200 INVITE sdp", "<updated>"]);
    at(&mut alice, 91_000, &["<describe>"]);
    // Theirs comes to nothing: ours is needed again.
    alice.request("INVITE", &fields, OFFER);
    alice.fail_media(488, Cause::NotAcceptable);
    let branch = alice.response(488, "INVITE").via().branch().unwrap_or_default().to_owned();
    assert_eq!(alice.take(), ["<rollback>", "<describe>", "488 INVITE", "<rollback>", "<describe>"]);
    let ack = alice.peer.frame("ACK", alice.peer.cseq, &branch, "", "");
    alice.receive(ack);
    alice.describe(OFFER);
    assert_eq!(alice.take(), ["INVITE sdp"]);
}

// The application knows nothing of refreshes: hold() failed for no reason that it could see.
#[test]
fn a_command_that_meets_a_refresh_has_its_turn_next() {
    let renegotiating = |described: bool| {
        let mut alice = answered(Caller::new(), BY_INVITE);
        at(&mut alice, 45_000, &["<describe>"]);
        if described {
            alice.describe(OFFER);
            assert_eq!(alice.take(), ["INVITE sdp"]);
        }
        let (call, request) = (alice.call, alice.next_request());
        alice.command(Command::Renegotiate { call, request });
        let again = Command::Renegotiate { call, request: alice.next_request() };
        assert_eq!(alice.try_command(again).map_err(|refusal| refusal.code), Err(RefusalCode::InvalidState));
        alice
    };
    let mut alice = renegotiating(false);
    alice.describe(OFFER);
    alice.reply(200, "a", &(contact("a") + BY_INVITE), ANSWER);
    assert_eq!(alice.take(), ["INVITE sdp", "ACK", "<remote>", "<updated>", "<describe>"]);
    alice.describe(OFFER);
    alice.reply(200, "a", &(contact("a") + BY_INVITE), ANSWER);
    assert_eq!(alice.take(), ["INVITE sdp", "ACK", "<remote>", "<updated>", "<settled 1>"]);
    // Whatever becomes of the refresh.
    let mut alice = renegotiating(true);
    alice.answer("INVITE", 503, "", "");
    assert_eq!(alice.take(), ["ACK", "<rollback>", "<session-unrefreshed>", "<describe>"]);
    let mut alice = renegotiating(true);
    alice.answer("INVITE", 481, "", "");
    assert_eq!(alice.take()[3..], ["<failed 1 Closed>", "BYE", "<ended DialogGone>"]);
    let mut alice = renegotiating(true);
    alice.lose_connection();
    assert_eq!(alice.take(), ["<rollback>", "<failed 1 Connection>"]);
    let mut alice = renegotiating(true);
    alice.hangup();
    assert_eq!(alice.take(), ["<failed 1 Closed>", "BYE", "<ended Bye>"]);
    let mut alice = renegotiating(false);
    alice.request("UPDATE", &(contact("a") + "Allow: INVITE\r\n"), OFFER);
    alice.describe(ANSWER);
    assert_eq!(alice.take(), ["<rollback>", "<describe>", "200 UPDATE sdp", "<update>", "<updated>", "<describe>"]);
    alice.describe(OFFER);
    alice.reply(200, "a", &(contact("a") + BY_INVITE), ANSWER);
    assert_eq!(alice.take(), ["INVITE sdp", "ACK", "<remote>", "<updated>", "<settled 1>"]);
}

#[test]
fn every_callee_that_answers_has_a_timer_of_its_own() {
    let alice = Caller::with(|config| config.on_fork = prackle::protocol::OnFork::Keep);
    let mut alice = answered(alice, OURS);
    alice.until(10_000);
    let fields = contact("b") + "Allow: INVITE, ACK, UPDATE\r\nSession-Expires: 180;refresher=uas\r\n";
    alice.reply(200, "b", &fields, ANSWER);
    assert_eq!(alice.take(), ["<fork>", "ACK", "<accepted>", "<confirmed>", "<describe>"]);
    alice.describe(OFFER);
    alice.reply(200, "b", &fields, ANSWER);
    assert_eq!(alice.take(), ["INVITE sdp", "ACK", "<remote>", "<updated>"]);
    at(&mut alice, 45_000, &["UPDATE"]);
    assert_eq!(alice.last().to_tag(), Some("a"));
    alice.answer("UPDATE", 200, "", "");
    at(&mut alice, 10_000 + 148_000, &["BYE", "<ended SessionExpired>"]);
    assert_eq!(alice.last().to_tag(), Some("b"));
}

// The connection.

#[test]
fn due_while_there_is_no_connection() {
    for (fields, refresh) in [(OURS, "UPDATE"), (BY_INVITE, "<describe>")] {
        let mut alice = answered(Caller::new(), fields);
        alice.until(40_000);
        alice.lose_connection();
        alice.until(50_000);
        assert_eq!(alice.take(), [""; 0]);
        alice.restore_connection();
        assert_eq!(alice.take(), [refresh]);
    }
}

#[test]
fn lost_with_the_connection() {
    let mut alice = answered(Caller::new(), OURS);
    at(&mut alice, 45_000, &["UPDATE"]);
    let branch = alice.last().via().branch().map(str::to_owned);
    alice.lose_connection();
    alice.until(80_000);
    alice.restore_connection();
    assert_eq!(alice.take(), ["UPDATE"]);
    assert_ne!(alice.last().via().branch().map(str::to_owned), branch);
    alice.answer("UPDATE", 200, OURS, "");
    at(&mut alice, 125_000, &["UPDATE"]);

    let mut alice = answered(Caller::new(), BY_INVITE);
    at(&mut alice, 45_000, &["<describe>"]);
    alice.describe(OFFER);
    alice.take();
    alice.lose_connection();
    assert_eq!(alice.take(), ["<rollback>"]);
    alice.until(80_000);
    alice.restore_connection();
    assert_eq!(alice.take(), ["<describe>"]);
    alice.describe(OFFER);
    assert_eq!(alice.take(), ["INVITE sdp"]);
}

// The peer's timer begins with its 200, whether or not we still care for that.
#[test]
fn the_200_to_a_reinvite_that_was_given_up() {
    let mut alice = answered(Caller::new(), OURS);
    alice.until(10_000);
    let (call, request) = (alice.call, alice.next_request());
    alice.command(Command::Renegotiate { call, request });
    alice.describe(OFFER);
    alice.lose_connection();
    alice.restore_connection();
    alice.until(20_000);
    alice.reply(200, "a", &(contact("a") + OURS), ANSWER);
    assert_eq!(alice.take(), ["<describe>", "INVITE sdp", "<rollback>", "<failed 1 Connection>", "ACK"]);
    at(&mut alice, 65_000, &["UPDATE"]);
}

#[test]
fn expired_while_there_is_no_connection() {
    for (fields, end) in [(OURS, 90_000), (THEIRS, 60_000)] {
        let mut alice = answered(Caller::new(), fields);
        alice.until(40_000);
        alice.lose_connection();
        at(&mut alice, end, &["<ended SessionExpired>"]);
        alice.until(end + 10_000);
        alice.restore_connection();
        assert_eq!(alice.take(), ["BYE"]);
        alice.answer("BYE", 200, "", "");
        alice.finish();
    }
}

// A lid closed for an hour: what has waited at the door goes first (prack.md Z1).
#[test]
fn a_refresh_that_waited_while_we_slept() {
    let mut alice = answered(Caller::new(), THEIRS);
    alice.sleep_until(3_600_000);
    alice.request("UPDATE", "Supported: timer\r\nSession-Expires: 90;refresher=uac\r\n", "");
    assert_eq!(alice.take(), ["200 UPDATE", "<update>"]);
    expires(&mut alice, 3_660_000);
    let mut alice = answered(Caller::new(), OURS);
    alice.sleep_until(3_600_000);
    alice.until(3_600_000);
    assert_eq!(alice.take(), ["BYE", "<ended SessionExpired>"]);
}
