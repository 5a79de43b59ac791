//! Session timers of a callee (RFC 4028 sections 9 and 10): what its 2xx says, what it refuses,
//! who refreshes, and when the session is over.

use super::callee::{ANSWER, Callee, OFFER};
use super::updates::CONTACT;
use prackle::message::{Message, Name};
use prackle::protocol::Config;

/// The caller takes UPDATE and knows of timers.
const TIMER: &str = "Supported: 100rel, timer\r\nAllow: INVITE, ACK, BYE, PRACK, UPDATE\r\n";
/// It takes UPDATE, and knows nothing of timers.
const PLAIN: &str = "Supported: 100rel\r\nAllow: INVITE, ACK, BYE, PRACK, UPDATE\r\n";

fn asking(seconds: u32) -> impl Fn(&mut Config) {
    move |config| config.session_timer = Some(seconds)
}

/// Invited with these fields, answered at once.
fn answered(bob: Callee, fields: &str) -> Callee {
    let mut bob = bob;
    bob.invite(fields, OFFER);
    bob.accept_described();
    bob.ack("");
    assert_eq!(bob.take(), ["<invite>", "<describe>", "200 INVITE sdp", "<settled 1>", "<accepted>", "<confirmed>"]);
    bob
}

/// Session-Expires and Require of the last 2xx to this method.
fn granted(bob: &Callee, method: &str) -> (Option<String>, Option<String>) {
    let response = bob.response(200, method);
    assert!(response.has_token(Name::Supported, "timer") && response.header(Name::MinSe).is_none());
    let of = |name| response.header(name).map(str::to_owned);
    (of(Name::SessionExpires), of(Name::Require))
}

/// What `granted` gives for this.
fn both(expires: &str, require: &str) -> (Option<String>, Option<String>) {
    let of = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    (of(expires), of(require))
}

fn at(bob: &mut Callee, millis: u64, words: &[&str]) {
    bob.until(millis - 1);
    assert_eq!(bob.take(), [""; 0], "before {millis}");
    bob.until(millis);
    assert_eq!(bob.take(), words, "at {millis}");
}

/// The last request of ours has this response.
fn respond(bob: &mut Callee, status: u16, fields: &str) {
    let (_, request) = bob.sent.iter().rfind(|(_, sent)| sent.is_request()).expect("a request");
    let request = Message::parse(request.octets()).expect("what we send can be read");
    bob.respond(&request, status, fields, "");
}

// RFC 4028 section 9, table 2; with row 2 as row 1, since somebody has to.
#[test]
fn who_refreshes() {
    for (supports, asked, expires, require) in [
        (PLAIN, "90", "90;refresher=uas", ""),
        (PLAIN, "90;refresher=uac", "90;refresher=uas", ""),
        (TIMER, "90", "90;refresher=uac", "timer"),
        (TIMER, "90;refresher=uac", "90;refresher=uac", "timer"),
        (TIMER, "90;refresher=UAS", "90;refresher=uas", "timer"),
        (TIMER, "90 ; x=y ;refresher=uas", "90;refresher=uas", "timer"),
        ("Require: timer\r\nAllow: UPDATE\r\n", "90", "90;refresher=uac", "timer"),
    ] {
        let mut bob = answered(Callee::new(), &format!("{supports}Session-Expires: {asked}\r\n"));
        assert_eq!(granted(&bob, "INVITE"), both(expires, require), "{asked}");
        if expires.ends_with("uac") {
            at(&mut bob, 60_000, &["BYE", "<ended SessionExpired>"]);
            assert_eq!(bob.last().header_named("Reason"), Some("SIP;cause=408;text=\"Session expired\""));
        } else {
            at(&mut bob, 45_000, &["UPDATE"]);
            assert_eq!(bob.last().header(Name::SessionExpires), Some("90;refresher=uac"), "of this request");
            respond(&mut bob, 200, "Session-Expires: 90;refresher=uac\r\n");
            at(&mut bob, 90_000, &["UPDATE"]);
            respond(&mut bob, 481, "");
            assert_eq!(bob.take(), ["<session-unrefreshed>", "BYE", "<ended DialogGone>"]);
        }
    }
}

#[test]
fn which_interval() {
    for (wish, fields, expected) in [
        (None, "", None),
        (None, "Session-Expires: 1800\r\n", Some("1800")),
        (None, "x: 1800\r\nMin-SE: 600\r\n", Some("1800")),
        (None, "Session-Expires: 600\r\nMin-SE: 1800\r\n", Some("1800")),
        (None, "Session-Expires: soon\r\n", None),
        // What we ask for ourselves: never more than the caller, never less than it can take.
        (Some(600), "", Some("600")),
        (Some(600), "Min-SE: 700\r\n", Some("700")),
        (Some(600), "Session-Expires: 500\r\n", Some("500")),
        (Some(600), "Session-Expires: 1800\r\n", Some("600")),
        (Some(600), "Session-Expires: 1800\r\nMin-SE: 700\r\n", Some("700")),
    ] {
        let bob = Callee::with(|config| config.session_timer = wish);
        let bob = answered(bob, &format!("{TIMER}{fields}"));
        let expected = expected.map(|seconds| format!("{seconds};refresher=uac"));
        assert_eq!(granted(&bob, "INVITE").0, expected, "{wish:?} {fields}");
    }
    // A caller that knows nothing of timers is not asked to refresh, nor told that we would.
    let mut bob = answered(Callee::with(asking(90)), PLAIN);
    assert_eq!(granted(&bob, "INVITE"), (None, None));
    bob.pass(100_000_000);
    assert_eq!(bob.take(), [""; 0]);
}

#[test]
fn too_small() {
    for seconds in ["89", "1", "0"] {
        let mut bob = Callee::new();
        bob.invite(&format!("{TIMER}Session-Expires: {seconds}\r\n"), OFFER);
        assert_eq!(bob.take(), ["422 INVITE"]);
        let refusal = bob.last();
        assert_eq!((refusal.reason(), refusal.header(Name::MinSe)), ("Session Interval Too Small", Some("90")));
    }
    // Erratum 1687: it is a server that has asked, and the caller could not do better.
    let bob = answered(Callee::new(), &format!("{PLAIN}Session-Expires: 60\r\n"));
    assert_eq!(granted(&bob, "INVITE"), both("90;refresher=uas", ""));
    let bob = answered(Callee::new(), &format!("{PLAIN}Session-Expires: 60\r\nMin-SE: 200\r\n"));
    assert_eq!(granted(&bob, "INVITE"), both("200;refresher=uas", ""));
}

#[test]
fn too_small_inside_the_call() {
    let mut bob = answered(Callee::new(), &format!("{TIMER}Session-Expires: 90;refresher=uac\r\n"));
    bob.until(30_000);
    bob.reinvite(&format!("{CONTACT}{TIMER}Session-Expires: 60\r\n"), OFFER);
    bob.ack_failure();
    bob.request("UPDATE", &format!("{CONTACT}{TIMER}Session-Expires: 60\r\n"), "");
    assert_eq!(bob.take(), ["422 INVITE", "422 UPDATE"]);
    assert_eq!(bob.last().header(Name::MinSe), Some("90"));
    at(&mut bob, 60_000, &["BYE", "<ended SessionExpired>"]);
}

// prack.md E: "starts at the 2xx, not at a 18x-rel".
#[test]
fn a_reliable_response_does_not_start_it() {
    for asked in ["uac", "uas"] {
        let mut bob = Callee::new();
        bob.invite(&format!("{TIMER}Session-Expires: 90;refresher={asked}\r\n"), OFFER);
        bob.progress(183);
        bob.describe(ANSWER);
        assert!(bob.last().header(Name::SessionExpires).is_none() && !bob.last().has_token(Name::Require, "timer"));
        bob.prack("");
        bob.take();
        bob.until(100_000);
        bob.accept();
        bob.ack("");
        assert_eq!(granted(&bob, "INVITE"), both(&format!("90;refresher={asked}"), "timer"));
        bob.take();
        match asked {
            "uac" => at(&mut bob, 160_000, &["BYE", "<ended SessionExpired>"]),
            _ => at(&mut bob, 145_000, &["UPDATE"]),
        }
    }
}

#[test]
fn an_update_in_an_early_dialog_does_not_start_it() {
    let mut bob = Callee::with(asking(90));
    bob.invite(TIMER, OFFER);
    bob.progress(180);
    bob.prack("");
    bob.request("UPDATE", &format!("{CONTACT}{TIMER}Session-Expires: 90;refresher=uac\r\n"), "");
    assert_eq!(granted(&bob, "UPDATE"), (None, None));
    bob.try_update(None, false, true).expect("it is accepted");
    assert_eq!(bob.last().header(Name::SessionExpires), None);
    respond(&mut bob, 200, "Session-Expires: 90;refresher=uas\r\n");
    bob.take();
    bob.until(140_000);
    assert_eq!(bob.take(), [""; 0]);
    bob.accept_described();
    bob.ack("");
    bob.take();
    at(&mut bob, 200_000, &["BYE", "<ended SessionExpired>"]);
}

// The 200 is what counts, and the ACK does not matter; a 200 that is repeated is no new one.
#[test]
fn from_the_first_200_on() {
    let mut bob = Callee::new();
    bob.invite(&format!("{TIMER}Session-Expires: 90;refresher=uac\r\n"), OFFER);
    bob.until(1000);
    bob.accept_described();
    bob.until(20_000);
    bob.ack("");
    bob.take();
    at(&mut bob, 61_000, &["BYE", "<ended SessionExpired>"]);
}

#[test]
fn each_2xx_inside_the_call_starts_it_anew() {
    let mut bob = answered(Callee::new(), &format!("{TIMER}Session-Expires: 90;refresher=uac\r\n"));
    let again = format!("{CONTACT}{TIMER}Session-Expires: 90;refresher=uac\r\n");
    bob.until(50_000);
    bob.request("UPDATE", &again, "");
    bob.until(100_000);
    bob.request("UPDATE", &again, OFFER);
    bob.until(102_000);
    bob.describe(ANSWER);
    assert_eq!(granted(&bob, "UPDATE"), both("90;refresher=uac", "timer"));
    bob.until(150_000);
    bob.reinvite(&again, OFFER);
    bob.describe(ANSWER);
    bob.ack("");
    assert_eq!(granted(&bob, "INVITE"), both("90;refresher=uac", "timer"));
    bob.take();
    // A refusal does not.
    bob.until(200_000);
    bob.reinvite(&again, OFFER);
    bob.fail_media(488, prackle::protocol::Cause::NotAcceptable);
    bob.ack_failure();
    bob.take();
    at(&mut bob, 210_000, &["BYE", "<ended SessionExpired>"]);
}

// Whoever puts a call on hold without a word of the timer does not want to end it.
#[test]
fn what_the_caller_leaves_out_stays_as_it_was() {
    for (refresher, next, words) in [("uac", 110_000, "BYE"), ("uas", 95_000, "UPDATE")] {
        let expires = format!("90;refresher={refresher}");
        let mut bob = answered(Callee::new(), &format!("{TIMER}Session-Expires: {expires}\r\n"));
        bob.until(30_000);
        bob.request("UPDATE", &format!("{CONTACT}{TIMER}"), "");
        assert_eq!(granted(&bob, "UPDATE"), both(&expires, "timer"));
        bob.until(50_000 - 10_000);
        bob.reinvite(&format!("{CONTACT}{TIMER}"), OFFER);
        bob.until(50_000);
        bob.describe(ANSWER);
        bob.ack("");
        assert_eq!(granted(&bob, "INVITE"), both(&expires, "timer"));
        bob.take();
        bob.until(next);
        assert_eq!(bob.take().first().map(String::as_str), Some(words));
    }
    // One that does not even say that it knows of timers will not refresh.
    let mut bob = answered(Callee::new(), &format!("{TIMER}Session-Expires: 90;refresher=uac\r\n"));
    bob.request("UPDATE", CONTACT, "");
    assert_eq!(granted(&bob, "UPDATE"), (None, None));
    bob.take();
    bob.pass(10_000_000);
    assert_eq!(bob.take(), [""; 0]);
}

// RFC 4028 section 7.4: the largest that the dialog has seen.
#[test]
fn the_minimum_of_the_caller_is_minded() {
    let mut bob = answered(Callee::new(), &format!("{TIMER}Session-Expires: 180;refresher=uas\r\nMin-SE: 120\r\n"));
    at(&mut bob, 90_000, &["UPDATE"]);
    let update = bob.last();
    let sent = (update.header(Name::SessionExpires), update.header(Name::MinSe));
    assert_eq!(sent, (Some("180;refresher=uac"), Some("120")));
    bob.request("UPDATE", &format!("{CONTACT}{TIMER}Session-Expires: 300;refresher=uac\r\nMin-SE: 200\r\n"), "");
    bob.try_update(None, false, true).expect("it is accepted");
    respond(&mut bob, 503, "");
    let update = bob.last();
    let sent = (update.header(Name::SessionExpires), update.header(Name::MinSe));
    assert_eq!(sent, (Some("300;refresher=uas"), Some("200")));
}

#[test]
fn refreshed_by_reinvite_where_the_caller_does_not_take_update() {
    let mut bob = answered(Callee::new(), "Supported: timer\r\nSession-Expires: 90;refresher=uas\r\n");
    at(&mut bob, 45_000, &["<describe>"]);
    bob.describe(ANSWER);
    assert_eq!(bob.take(), ["INVITE sdp"]);
    assert_eq!(bob.last().header(Name::SessionExpires), Some("90;refresher=uac"));
    let invite = bob.last();
    bob.respond(&invite, 200, &format!("{CONTACT}Session-Expires: 90;refresher=uas\r\n"), OFFER);
    assert_eq!(bob.take(), ["ACK", "<remote>", "<updated>"]);
    at(&mut bob, 105_000, &["BYE", "<ended SessionExpired>"]);
}

#[test]
fn what_is_required_is_understood() {
    let mut bob = Callee::new();
    bob.invite("Require: timer, x\r\n", OFFER);
    assert_eq!(bob.take(), ["420 INVITE"]);
    assert_eq!(bob.last().header(Name::Unsupported), Some("x"));
}
