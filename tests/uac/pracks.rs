//! What becomes of a PRACK: refused, challenged, unanswered (RFC 3262 section 4, `P-036`,
//! `P-044` to `P-049`, `P-149`, `P-162`).

use super::caller::{ANSWER, Caller, OFFER, TARGET, challenge, credentials, rack};
use prackle::auth::{Credentials as Secret, Presented};
use prackle::message::{Message, Name};
use prackle::protocol::{CallOptions, Cause, Command, Event, Media};

/// A caller that has a password, and has sent its INVITE.
fn known() -> Caller {
    Caller::with(|config| config.credentials = Some(credentials())).called(CallOptions::default())
}

/// One reliable 180 without a description is acknowledged, RSeq 100.
fn ringing(mut alice: Caller) -> Caller {
    alice.reliable(180, "a", 100, "");
    assert_eq!(alice.take(), ["PRACK 100", "<progress 180 rel>"]);
    alice
}

/// The same, with the answer in it.
fn described() -> Caller {
    let mut alice = Caller::calling();
    alice.reliable(183, "a", 100, ANSWER);
    alice.take();
    alice
}

fn parameter<'a>(request: &'a Message, name: &str) -> &'a str {
    let value = request.header(Name::ProxyAuthorization).expect("credentials");
    let at = value.find(&format!("{name}=")).expect("the parameter") + name.len() + 1;
    value.get(at..).unwrap_or_default().split(',').next().unwrap_or_default().trim_matches('"')
}

/// The call goes on: a 200 is taken, and the call can be hung up.
fn goes_on(alice: &mut Caller) {
    alice.ok("a", ANSWER);
    let seen = alice.take();
    assert!(seen.contains(&"ACK".to_owned()) && seen.contains(&"<accepted>".to_owned()), "{seen:?}");
    alice.hangup();
    assert_eq!(alice.take(), ["BYE", "<ended Bye>"]);
    alice.answer("BYE", 200, "", "");
    alice.finish();
}

#[test]
fn p_036_credentials_go_along_at_once() {
    let mut alice = known();
    alice.reply(407, "proxy", &challenge("example.com", "n1"), "");
    assert_eq!(alice.take(), ["ACK", "INVITE sdp"]);
    assert_eq!((alice.last().cseq().number, parameter(&alice.last(), "nc")), (2, "00000001"));
    let mut alice = ringing(alice);
    let prack = alice.last();
    assert_eq!((prack.cseq().number, rack(&prack)), (3, "100 2 INVITE"));
    assert_eq!((parameter(&prack, "nc"), parameter(&prack, "uri")), ("00000002", "sip:bob@a.invalid"));
    let presented = Presented::parse(prack.header(Name::ProxyAuthorization).expect("credentials")).expect("Digest");
    assert!(presented.verify(&Secret::password("alice", "secret"), "PRACK", b""), "computed for the PRACK");
    alice.answer("PRACK", 200, "", "");
    assert_eq!(alice.take(), ["<prackresponse 100>"]);
    goes_on(&mut alice);
}

#[test]
fn p_044_challenged() {
    for (status, field, name) in
        [(407, Name::ProxyAuthorization, "Proxy-Authenticate"), (401, Name::Authorization, "WWW-Authenticate")]
    {
        let mut alice = ringing(known());
        let first = alice.last();
        let challenge = challenge("example.com", "n1").replace("Proxy-Authenticate", name);
        alice.answer("PRACK", status, &challenge, "");
        assert_eq!(alice.take(), ["PRACK 100"]);
        let second = alice.last();
        assert_eq!((first.cseq().number, second.cseq().number), (2, 3));
        assert_eq!((rack(&first), rack(&second)), ("100 1 INVITE", "100 1 INVITE"));
        assert_eq!((second.to_tag(), second.uri(), second.call_id()), (first.to_tag(), first.uri(), first.call_id()));
        assert_ne!(second.via().branch(), first.via().branch());
        assert!(first.header(field).is_none());
        assert!(second.header(field).is_some_and(|value| value.contains("username=\"alice\"")));
        alice.answer("PRACK", 200, "", "");
        assert_eq!(alice.take(), ["<prackresponse 100>"]);
        goes_on(&mut alice);
    }
}

// A PRACK was tried a second time for another nonce that nobody had called stale.
#[test]
fn p_045_and_the_credentials_are_not_taken() {
    for nonce in ["n1", "n2"] {
        let mut alice = ringing(known());
        alice.answer("PRACK", 407, &challenge("example.com", "n1"), "");
        assert_eq!(alice.take(), ["PRACK 100"]);
        alice.answer("PRACK", 407, &challenge("example.com", nonce), "");
        assert_eq!(alice.take(), ["<prackfailed 100 407>"]);
        goes_on(&mut alice);
    }
}

#[test]
fn proxies_of_several_realms() {
    let mut alice = ringing(known());
    for (number, realm) in [(3, "example.com"), (4, "example.net"), (5, "example.org")] {
        alice.answer("PRACK", 407, &challenge(realm, "n"), "");
        assert_eq!(alice.take(), ["PRACK 100"]);
        let fields = alice.last().fields(Name::ProxyAuthorization).count();
        assert_eq!((alice.last().cseq().number, fields), (number, number as usize - 2));
    }
    alice.answer("PRACK", 407, &challenge("example.edu", "n"), "");
    assert_eq!(alice.take(), ["<prackfailed 100 407>"], "three retries in all");
    goes_on(&mut alice);
}

#[test]
fn there_are_no_credentials() {
    let mut alice = ringing(Caller::calling());
    alice.answer("PRACK", 407, &challenge("example.com", "n1"), "");
    assert_eq!(alice.take(), ["<prackfailed 100 407>"]);
    goes_on(&mut alice);
}

#[test]
fn p_046_refused() {
    for status in [302, 400, 403, 405, 488, 500, 501, 503, 603] {
        let mut alice = ringing(Caller::calling());
        alice.answer("PRACK", status, "", "");
        assert_eq!(alice.take(), [format!("<prackfailed 100 {status}>")]);
        goes_on(&mut alice);
    }
}

// Retransmissions that came while the PRACK was on its way were once counted as tries.
#[test]
fn p_047_a_retransmission_is_acknowledged_afresh() {
    let mut alice = ringing(Caller::calling());
    for number in [3, 4] {
        alice.reliable(180, "a", 100, "");
        assert_eq!(alice.take(), [""; 0], "one at a time");
        alice.answer("PRACK", 500, "", "");
        assert_eq!(alice.take(), ["<prackfailed 100 500>"]);
        alice.reliable(180, "a", 100, "");
        assert_eq!(alice.take(), ["PRACK 100"]);
        assert_eq!((alice.last().cseq().number, rack(&alice.last())), (number, "100 1 INVITE"));
    }
    alice.answer("PRACK", 500, "", "");
    assert_eq!(alice.take(), ["<prackfailed 100 500>"]);
    alice.reliable(180, "a", 100, "");
    assert_eq!(alice.take(), [""; 0]);
    goes_on(&mut alice);
}

#[test]
fn a_retry_after_holds_the_next_prack_back() {
    for (fields, from) in [("Retry-After: 3\r\n", 3000), ("Retry-After: 3600\r\n", 10_000)] {
        let mut alice = ringing(Caller::calling());
        alice.answer("PRACK", 503, fields, "");
        alice.take();
        alice.until(from - 1);
        alice.reliable(180, "a", 100, "");
        assert_eq!(alice.take(), [""; 0]);
        alice.until(from);
        alice.reliable(180, "a", 100, "");
        assert_eq!(alice.take(), ["PRACK 100"]);
    }
}

// The response that came too early was ignored, and the next one might be long in coming.
#[test]
fn what_came_again_too_early_is_acknowledged_when_it_may_be() {
    let mut alice = ringing(Caller::calling());
    alice.answer("PRACK", 503, "Retry-After: 5\r\n", "");
    alice.take();
    for at in [500, 1500, 3500] {
        alice.until(at);
        alice.reliable(180, "a", 100, "");
    }
    assert_eq!(alice.take(), [""; 0]);
    alice.until(60_000);
    assert_eq!(alice.take_timed().first(), Some(&(5000, "PRACK 100".to_owned())));
}

#[test]
fn a_dialog_that_is_over_has_no_second_prack() {
    let mut alice = ringing(Caller::calling());
    alice.unreliable(180, "b", "");
    alice.answer("PRACK", 503, "Retry-After: 5\r\n", "");
    alice.reliable(180, "a", 100, "");
    alice.peer.tag = "a".to_owned();
    alice.request("BYE", "", "");
    alice.take();
    alice.until(60_000);
    assert_eq!(alice.take(), [""; 0]);
}

// A first refusal was remembered beyond the PRACK that succeeded in its place.
#[test]
fn what_is_acknowledged_at_last_stays_so() {
    for status in [200, 481] {
        let mut alice = ringing(Caller::calling());
        alice.answer("PRACK", 500, "", "");
        alice.reliable(180, "a", 100, "");
        alice.answer("PRACK", status, "", "");
        alice.take();
        alice.reliable(180, "a", 100, "");
        assert_eq!(alice.take(), [""; 0]);
        goes_on(&mut alice);
    }
}

#[test]
fn p_048_nothing_is_outstanding() {
    let mut alice = ringing(Caller::calling());
    alice.answer("PRACK", 481, "", "");
    assert_eq!(alice.take(), ["<prackfailed 100 481>"]);
    alice.reliable(180, "a", 100, "");
    assert_eq!(alice.take(), [""; 0]);
    goes_on(&mut alice);
}

#[test]
fn p_049_never_answered() {
    let mut alice = ringing(Caller::calling());
    alice.until(31_999);
    assert_eq!(alice.take(), [""; 0]);
    alice.until(32_000);
    assert_eq!(alice.take(), ["<prackfailed 100 Timeout>", "CANCEL"]);
    alice.answer("CANCEL", 200, "", "");
    alice.reply(487, "a", "", "");
    assert_eq!(alice.take(), ["ACK", "<ended Timeout 487>"]);
    alice.finish();
    // With another fork alive it is only this dialog that has gone.
    let mut alice = ringing(Caller::calling());
    alice.unreliable(180, "b", "");
    alice.take();
    alice.until(32_000);
    assert_eq!(alice.take(), ["<prackfailed 100 Timeout>", "BYE", "<dialogended 0 408>"]);
    let bye = alice.last();
    assert_eq!((bye.to_tag(), bye.cseq().number, bye.uri()), (Some("a"), 3, "sip:bob@a.invalid"));
    alice.answer("BYE", 200, "", "");
    alice.ok("b", ANSWER);
    assert_eq!(alice.take(), ["ACK", "<remote>", "<accepted>", "<confirmed>"]);
    assert!(alice.requests_sent("CANCEL").is_empty());
}

// The response to it was lost, and over WebSocket no request is repeated (RFC 7118 section 4).
#[test]
fn p_149_it_is_not_repeated() {
    let mut alice = ringing(Caller::calling());
    // The callee has its PRACK, and goes on.
    alice.until(10_000);
    alice.reliable(180, "a", 101, "");
    alice.answer("PRACK", 200, "", "");
    assert_eq!(alice.take(), ["PRACK 101", "<progress 180 rel>", "<prackresponse 101>"]);
    alice.until(31_999);
    assert_eq!(alice.take(), [""; 0]);
    alice.until(32_000);
    assert_eq!(alice.take_timed(), ["<prackfailed 100 Timeout>", "CANCEL"].map(|words| (32_000, words.to_owned())));
    assert_eq!(alice.requests_sent("PRACK").len(), 2);
}

// A dialog that a 199 had ended got a BYE all the same (RFC 6228 section 4 allows PRACKs only),
// and the call was cancelled for it when there was no other.
#[test]
fn never_answered_in_a_dialog_that_is_over() {
    let mut alice = ringing(Caller::calling());
    alice.unreliable(199, "a", "");
    assert_eq!(alice.take(), ["<dialogended 0>"]);
    alice.until(32_000);
    assert_eq!(alice.take(), ["<prackfailed 100 Timeout>"]);
    alice.ok("b", ANSWER);
    assert_eq!(alice.take(), ["ACK", "<remote>", "<accepted>", "<confirmed>"]);
}

// Its next response once made another dialog of the same name, and a PRACK with an old number.
#[test]
fn a_dialog_that_was_hung_up_does_not_come_back() {
    let mut alice = ringing(Caller::calling());
    alice.unreliable(180, "b", "");
    alice.until(32_000);
    alice.answer("BYE", 200, "", "");
    alice.take();
    alice.reliable(180, "a", 100, "");
    alice.reliable(180, "a", 101, "");
    alice.unreliable(180, "a", "");
    assert_eq!(alice.take(), [""; 0]);
}

#[test]
fn a_408_is_as_good_as_silence() {
    let mut alice = ringing(Caller::calling());
    alice.answer("PRACK", 408, "", "");
    assert_eq!(alice.take(), ["<prackfailed 100 408>", "CANCEL"]);
}

#[test]
fn never_answered_and_confirmed_meanwhile() {
    let mut alice = ringing(Caller::calling());
    alice.ok("a", ANSWER);
    alice.take();
    alice.until(32_000);
    assert_eq!(alice.take(), ["<prackfailed 100 Timeout>", "BYE", "<ended Timeout>"]);
    alice.answer("BYE", 200, "", "");
    alice.finish();
}

#[test]
fn the_answer_was_not_in_it() {
    // The answer came in the 183; its PRACK carries none, and may fail.
    let mut alice = described();
    alice.answer("PRACK", 500, "", "");
    assert_eq!(alice.take(), ["<prackfailed 100 500>"]);
    goes_on(&mut alice);
}

/// The last PRACK is challenged: the application is asked, and has no credentials.
fn without_credentials(alice: &mut Caller) {
    alice.answer("PRACK", 407, &challenge("example.com", "n1"), "");
    let token = alice.events().iter().find_map(|event| match event {
        Event::Challenge { token, .. } => Some(*token),
        _ => None,
    });
    assert_eq!(alice.take(), ["<challenge>"]);
    alice.command(Command::Credentials { token: token.expect("a question"), credentials: None });
}

fn asking() -> Caller {
    Caller::with(|config| config.ask_credentials = true)
}

// The PRACK was forgotten without a word, and yet kept the call when that was over.
#[test]
fn the_application_has_no_credentials() {
    let mut alice = ringing(asking().called(CallOptions::default()));
    without_credentials(&mut alice);
    assert_eq!(alice.take(), ["<prackfailed 100 401>"]);
    goes_on(&mut alice);
}

#[test]
fn the_application_has_no_credentials_for_the_answer() {
    let mut alice = asking();
    alice.dial(TARGET, CallOptions { media: Media::Offerless, ..CallOptions::default() });
    alice.reliable(183, "a", 100, OFFER);
    alice.describe(ANSWER);
    alice.take();
    without_credentials(&mut alice);
    assert_eq!(alice.take(), ["<prackfailed 100 401>", "CANCEL"]);
    alice.reply(487, "a", "", "");
    assert_eq!(alice.end(), Some((Cause::PrackFailed, Some(487))));
}

#[test]
fn p_162_a_loop_of_challenges() {
    let mut alice = ringing(known());
    let mut pracks = 0;
    for round in 0..9 {
        let stale = format!("{}, stale=true\r\n", challenge("example.com", &format!("n{round}")).trim_end());
        alice.answer("PRACK", 407, &stale, "");
        match alice.take().as_slice() {
            [word] if word == "PRACK 100" => pracks += 1,
            [word] => assert_eq!(word, "<prackfailed 100 407>"),
            seen => assert!(seen.is_empty(), "{seen:?}"),
        }
    }
    assert_eq!(pracks, 2);
    assert_eq!(alice.end(), None::<(Cause, Option<u16>)>);
    goes_on(&mut alice);
}
