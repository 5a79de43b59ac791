//! The application sends the PRACKs itself (RFC 3262 section 4, `P-040` to `P-043`).

use super::caller::{ANSWER, Caller, OFFER, Prack, challenge, contact, field, rack, require};
use prackle::message::Name;
use prackle::protocol::{CallId, CallOptions, Cause, Command, Event, PrackMode, RefusalCode};

/// The INVITE, with an offer, is out.
fn calling() -> Caller {
    Caller::manual().called(CallOptions::default())
}

/// One reliable 180 waits for the application, RSeq 100.
fn ringing() -> Caller {
    let mut alice = calling();
    alice.reliable(180, "a", 100, "");
    assert_eq!(alice.take(), ["<progress 180 rel prack>"]);
    alice
}

/// A reliable 183 with an offer waits for the application, and for the media layer.
fn offered() -> Caller {
    let mut alice = Caller::manual().offerless();
    alice.reliable(183, "a", 100, OFFER);
    assert_eq!(alice.take(), ["<describe>", "<progress 183 rel offer prack>"]);
    alice
}

fn rejects(sdp: Option<&str>) -> bool {
    sdp.is_some_and(|sdp| sdp.contains("m=audio 0 "))
}

#[test]
fn p_040_it_leaves_when_the_application_says_so() {
    let mut alice = calling();
    for at in [0, 500, 1500] {
        alice.until(at);
        alice.reliable(183, "a", 100, ANSWER);
    }
    assert_eq!(alice.take(), ["<remote>", "<progress 183 rel answer prack>"]);
    alice.until(3000);
    let (number, result) = alice.try_prack(0, 100, Prack { headers: vec![field("X-A", "1")], ..Prack::default() });
    assert_eq!(result, Ok(()));
    assert_eq!(alice.take_timed(), [(3000, "PRACK 100".to_owned())]);
    let prack = alice.last();
    assert_eq!((prack.cseq().number, rack(&prack), prack.body()), (2, "100 1 INVITE", &b""[..]));
    assert!(String::from_utf8_lossy(prack.octets()).contains("\r\nX-A: 1\r\n"));
    assert!(prack.header(Name::Contact).is_none() && prack.header(Name::ContentType).is_none());
    alice.until(3500);
    alice.reliable(183, "a", 100, ANSWER);
    assert_eq!(alice.take(), [""; 0]);
    alice.answer("PRACK", 200, "", "");
    assert_eq!(alice.take(), ["<prackresponse 100>".to_owned(), format!("<settled {number}>")]);
    alice.until(100_000);
    assert_eq!(alice.take(), [""; 0], "the deadline is over with it");
}

#[test]
fn p_041_not_twice_and_not_where_nothing_waits() {
    let mut alice = ringing();
    alice.prack(0, 100);
    assert_eq!(alice.take(), ["PRACK 100"]);
    assert_eq!(alice.try_prack(0, 100, Prack::default()).1, Err(RefusalCode::AlreadySent));
    alice.answer("PRACK", 200, "", "");
    assert_eq!(alice.try_prack(0, 100, Prack::default()).1, Err(RefusalCode::AlreadySent));
    alice.unreliable(183, "a", "");
    assert_eq!(alice.try_prack(0, 101, Prack::default()).1, Err(RefusalCode::NotReliable));
    // An unreliable response may have an RSeq, and one without To tag has no dialog.
    alice.reply(183, "b", &format!("{}RSeq: 7\r\n", contact("b")), "");
    assert_eq!(alice.try_prack(1, 7, Prack::default()).1, Err(RefusalCode::NotReliable));
    assert_eq!(alice.try_prack(2, 100, Prack::default()).1, Err(RefusalCode::NotReliable));
    assert_eq!(alice.requests_sent("PRACK").len(), 1);
}

#[test]
fn p_042_fields_that_are_not_the_applications() {
    let mut alice = ringing();
    for (name, value) in [
        ("RAck", "1 1 INVITE"),
        ("rack", "1 1 INVITE"),
        ("RSeq", "1"),
        ("CSeq", "1 PRACK"),
        ("Require", "100rel"),
        ("Content-Length", "0"),
        ("X-A", "1\r\nEvil: 1"),
        ("X-A", "1\nEvil: 1"),
        ("X-A", "\0"),
        ("X\r\nEvil", "1"),
        ("X-A: 1\r\nEvil", "1"),
    ] {
        let prack = Prack { headers: vec![field("X-Good", "1"), field(name, value)], ..Prack::default() };
        assert_eq!(alice.try_prack(0, 100, prack).1, Err(RefusalCode::InvalidHeader), "{name}: {value}");
    }
    let prack = Prack { body: Some("x"), content_type: Some("text/plain\r\nEvil: 1"), ..Prack::default() };
    assert_eq!(alice.try_prack(0, 100, prack).1, Err(RefusalCode::InvalidHeader));
    assert_eq!(alice.take(), [""; 0]);
    // The mistakes have cost nothing.
    alice.prack(0, 100);
    assert_eq!(alice.take(), ["PRACK 100"]);
}

#[test]
fn p_043_the_application_is_silent() {
    let mut alice = ringing();
    alice.until(19_999);
    assert_eq!(alice.take(), [""; 0]);
    alice.until(20_000);
    assert_eq!(alice.take(), ["PRACK 100", "<prackauto 100>"]);
    let prack = alice.last();
    assert_eq!((prack.cseq().number, rack(&prack), prack.body()), (2, "100 1 INVITE", &b""[..]));
    assert_eq!(alice.try_prack(0, 100, Prack::default()).1, Err(RefusalCode::AlreadySent));
    alice.answer("PRACK", 200, "", "");
    assert_eq!(alice.take(), ["<prackresponse 100>"]);
}

#[test]
fn the_deadline_is_the_user_agents_to_set() {
    for millis in [1000, 30_000] {
        let mut alice = Caller::with(|config| {
            config.prack = PrackMode::Manual;
            config.prack_deadline = Some(millis);
        })
        .called(CallOptions::default());
        alice.until(500);
        alice.reliable(180, "a", 100, "");
        alice.take();
        alice.until(u64::from(millis) + 499);
        assert_eq!(alice.take(), [""; 0]);
        alice.until(u64::from(millis) + 500);
        assert_eq!(alice.take(), ["PRACK 100", "<prackauto 100>"]);
    }
    for millis in [0, 999, 30_001] {
        let mut config = prackle::protocol::Config::new("sip:alice@example.com", "wss://edge.example.com");
        config.prack_deadline = Some(millis);
        let refused = prackle::agent::UserAgent::new(config, [0; 32], prackle::time::Instant::default());
        assert_eq!(refused.map(|_| ()).map_err(|refusal| refusal.code), Err(RefusalCode::InvalidArgument));
    }
}

#[test]
fn one_call_may_want_it_otherwise() {
    let options = |prack| CallOptions { prack: Some(prack), ..CallOptions::default() };
    let mut alice = Caller::manual().called(options(PrackMode::Auto));
    alice.reliable(180, "a", 100, "");
    assert_eq!(alice.take(), ["PRACK 100", "<progress 180 rel>"]);
    assert_eq!(alice.try_prack(0, 100, Prack::default()).1, Err(RefusalCode::AlreadySent));
    let mut alice = Caller::new().called(options(PrackMode::Manual));
    alice.reliable(180, "a", 100, "");
    assert_eq!(alice.take(), ["<progress 180 rel prack>"]);
}

#[test]
fn with_a_body() {
    let mut alice = ringing();
    alice.reliable(180, "a", 101, "");
    let prack = Prack { body: Some("Signal=5"), content_type: Some("application/dtmf-relay"), ..Prack::default() };
    assert_eq!(alice.try_prack(0, 100, prack).1, Ok(()));
    let prack = alice.last();
    assert_eq!((prack.header(Name::ContentType), prack.body()), (Some("application/dtmf-relay"), &b"Signal=5"[..]));
    assert_eq!(alice.try_prack(0, 101, Prack { body: Some("hello"), ..Prack::default() }).1, Ok(()));
    assert_eq!(alice.last().header(Name::ContentType), Some("text/plain;charset=UTF-8"));
}

#[test]
fn the_application_hears_what_became_of_it() {
    let mut alice = ringing();
    let number = alice.prack(0, 100);
    alice.take();
    alice.answer("PRACK", 500, "", "");
    assert_eq!(alice.take(), ["<prackfailed 100 500>".to_owned(), format!("<failed {number} ServerError>")]);
    let mut alice = ringing();
    let number = alice.prack(0, 100);
    alice.until(32_000);
    let failed = format!("<failed {number} Timeout>");
    assert_eq!(alice.take(), ["PRACK 100", "<prackfailed 100 Timeout>", &failed, "CANCEL"]);
}

// What the application put into the PRACK that was refused is in the next one, too.
#[test]
fn a_refused_one_is_sent_again_as_it_was() {
    let mut alice = ringing();
    let headers = vec![field("X-A", "1")];
    let (_, result) = alice.try_prack(0, 100, Prack { body: Some("x"), headers, ..Prack::default() });
    assert_eq!(result, Ok(()));
    alice.answer("PRACK", 500, "", "");
    alice.take();
    alice.reliable(180, "a", 100, "");
    assert_eq!(alice.take(), ["PRACK 100"]);
    let prack = alice.last();
    assert_eq!((prack.cseq().number, prack.body()), (3, &b"x"[..]));
    assert!(String::from_utf8_lossy(prack.octets()).contains("\r\nX-A: 1\r\n"));
    alice.answer("PRACK", 200, "", "");
    assert_eq!(alice.take(), ["<prackresponse 100>"], "the command has its outcome");
}

// RFC 3262 erratum 4604.
#[test]
fn they_leave_in_the_order_of_the_responses() {
    let mut alice = ringing();
    for rseq in [101, 102] {
        alice.reliable(180, "a", rseq, "");
    }
    alice.take();
    alice.prack(0, 102);
    alice.prack(0, 101);
    assert_eq!(alice.take(), [""; 0]);
    assert_eq!(alice.try_prack(0, 101, Prack::default()).1, Err(RefusalCode::AlreadySent));
    alice.until(5000);
    alice.prack(0, 100);
    assert_eq!(alice.take_timed(), [100, 101, 102].map(|rseq| (5000, format!("PRACK {rseq}"))));
    let numbers: Vec<_> = alice.requests_sent("PRACK").iter().map(|prack| prack.cseq().number).collect();
    assert_eq!(numbers, [2, 3, 4]);
}

#[test]
fn each_has_a_deadline_of_its_own() {
    let mut alice = ringing();
    alice.until(5000);
    alice.reliable(180, "a", 101, "");
    alice.until(10_000);
    alice.reliable(180, "a", 102, "");
    alice.take();
    alice.prack(0, 102);
    alice.until(20_000);
    assert_eq!(alice.take_timed(), [(20_000, "PRACK 100".to_owned()), (20_000, "<prackauto 100>".to_owned())]);
    alice.until(25_000);
    let rest = ["PRACK 101", "PRACK 102", "<prackauto 101>"];
    assert_eq!(alice.take_timed(), rest.map(|words| (25_000, words.to_owned())));
}

#[test]
fn a_deadline_that_is_noticed_late_acts_once() {
    let mut alice = ringing();
    alice.until(1000);
    alice.reliable(180, "a", 101, "");
    alice.take();
    alice.sleep_until(60_000);
    alice.step();
    assert_eq!(alice.take(), ["PRACK 100", "PRACK 101", "<prackauto 100>", "<prackauto 101>"]);
}

#[test]
fn each_fork_waits_for_itself() {
    let mut alice = calling();
    for tag in ["a", "b"] {
        alice.reliable(183, tag, 100, ANSWER);
    }
    alice.take();
    alice.until(2000);
    let number = alice.prack(1, 100);
    assert_eq!(alice.take(), ["PRACK 100"]);
    let prack = alice.last();
    assert_eq!((prack.to_tag(), prack.uri(), prack.cseq().number), (Some("b"), "sip:bob@b.invalid", 2));
    alice.answer("PRACK", 200, "", "");
    assert_eq!(alice.take(), ["<prackresponse 100>".to_owned(), format!("<settled {number}>")]);
    alice.until(20_000);
    assert_eq!(alice.take(), ["PRACK 100", "<prackauto 100>"]);
    assert_eq!(alice.last().to_tag(), Some("a"));
}

#[test]
fn forks_whose_deadlines_pass() {
    let mut alice = calling();
    alice.reliable(180, "a", 100, "");
    alice.until(3000);
    alice.reliable(180, "b", 100, "");
    alice.take();
    alice.until(60_000);
    let seen = alice.take_timed();
    let auto = |at| [(at, "PRACK 100".to_owned()), (at, "<prackauto 100>".to_owned())];
    assert_eq!(seen.get(..4), Some([auto(20_000), auto(23_000)].concat().as_slice()));
    let dialogs = alice.events().iter().filter_map(|event| match event {
        Event::PrackAuto { dialog, .. } => Some(dialog.0),
        _ => None,
    });
    assert_eq!(dialogs.collect::<Vec<_>>(), [0, 1]);
}

#[test]
fn one_fork_never_answers() {
    let mut alice = calling();
    for tag in ["a", "b"] {
        alice.reliable(180, tag, 100, "");
    }
    alice.reliable(180, "a", 101, "");
    alice.take();
    let (first, second) = (alice.prack(0, 100), alice.prack(0, 101));
    alice.until(10_000);
    alice.prack(1, 100);
    alice.answer("PRACK", 200, "", "");
    alice.take();
    alice.until(32_000);
    let told =
        ["<prackfailed 100 Timeout>", &format!("<failed {first} Timeout>"), &format!("<failed {second} DialogEnded>")];
    assert_eq!(alice.take(), [&told[..], &["BYE", "<dialogended 0 408>"]].concat());
    assert_eq!(alice.last().to_tag(), Some("a"));
    assert_eq!(alice.try_prack(0, 101, Prack::default()).1, Err(RefusalCode::NotReliable), "there is no such dialog");
}

#[test]
fn the_application_has_no_credentials() {
    let mut alice = Caller::with(|config| {
        config.prack = PrackMode::Manual;
        config.ask_credentials = true;
    })
    .called(CallOptions::default());
    alice.reliable(180, "a", 100, "");
    let number = alice.prack(0, 100);
    alice.answer("PRACK", 407, &challenge("example.com", "n"), "");
    let token = alice.events().iter().find_map(|event| match event {
        Event::Challenge { token, .. } => Some(*token),
        _ => None,
    });
    alice.take();
    alice.command(Command::Credentials { token: token.expect("a question"), credentials: None });
    assert_eq!(alice.take(), ["<prackfailed 100 401>".to_owned(), format!("<failed {number} Unauthorized>")]);
}

#[test]
fn a_response_that_is_not_taken_is_not_acknowledged() {
    let mut alice = ringing();
    alice.reliable(180, "a", 102, "");
    assert_eq!(alice.take(), ["<rseq-gap>"]);
    assert_eq!(alice.try_prack(0, 102, Prack::default()).1, Err(RefusalCode::NotReliable));
    assert_eq!(alice.try_prack(0, 99, Prack::default()).1, Err(RefusalCode::NotReliable));
    alice.reliable(180, "a", 101, "");
    alice.prack(0, 100);
    alice.prack(0, 101);
    assert_eq!(alice.take(), ["<progress 180 rel prack>", "PRACK 100", "PRACK 101"]);
}

// The media layer and the application: whoever is last lets it go.
#[test]
fn the_answer_and_the_application() {
    let mut alice = offered();
    alice.describe(ANSWER);
    assert_eq!(alice.take(), [""; 0]);
    alice.until(3000);
    alice.prack(0, 100);
    assert_eq!(alice.take(), ["PRACK 100 sdp"]);
    assert_eq!(alice.last().description(), Some(ANSWER));
    let mut alice = offered();
    alice.prack(0, 100);
    assert_eq!(alice.take(), [""; 0]);
    alice.describe(ANSWER);
    assert_eq!(alice.take(), ["PRACK 100 sdp"]);
    alice.answer("PRACK", 200, "", "");
    alice.ok("a", "");
    assert_eq!(alice.take(), ["<prackresponse 100>", "<settled 1>", "ACK", "<accepted>", "<confirmed>"]);
}

#[test]
fn the_application_makes_the_answer_itself() {
    for described in [false, true] {
        let mut alice = offered();
        if described {
            alice.describe(OFFER);
        }
        let prack = Prack { body: Some(ANSWER), content_type: Some("application/sdp"), ..Prack::default() };
        assert_eq!(alice.try_prack(0, 100, prack).1, Ok(()));
        assert_eq!(alice.take(), ["PRACK 100 sdp"]);
        assert_eq!(alice.last().description(), Some(ANSWER));
        alice.describe(OFFER);
        assert_eq!(alice.take(), [""; 0], "nobody waits for the media layer any more");
        alice.ok("a", "");
        assert_eq!(alice.take(), ["ACK", "<accepted>", "<confirmed>"]);
    }
}

#[test]
fn the_answer_leaves_no_room_for_another_body() {
    let mut alice = offered();
    let prack = Prack { body: Some("x"), ..Prack::default() };
    assert_eq!(alice.try_prack(0, 100, prack).1, Err(RefusalCode::InvalidArgument));
    let prack = Prack { offer: true, ..Prack::default() };
    assert_eq!(alice.try_prack(0, 100, prack).1, Err(RefusalCode::OfferNotAllowed));
    alice.prack(0, 100);
    alice.describe(ANSWER);
    assert_eq!(alice.take(), ["PRACK 100 sdp"]);
}

#[test]
fn an_answer_that_nobody_makes() {
    for acknowledged in [false, true] {
        let mut alice = offered();
        if acknowledged {
            alice.prack(0, 100);
        }
        alice.until(20_000);
        assert_eq!(alice.take(), ["PRACK 100 sdp", "CANCEL"]);
        assert!(rejects(alice.request_sent("PRACK").description()));
        alice.reply(487, "a", "", "");
        assert_eq!(alice.end(), Some((Cause::MediaTimeout, Some(487))));
    }
}

// It is the application that is late, and not the media layer: the answer is good.
#[test]
fn an_answer_that_nobody_sends() {
    let mut alice = offered();
    alice.describe(ANSWER);
    alice.until(20_000);
    assert_eq!(alice.take(), ["PRACK 100 sdp", "<prackauto 100>"]);
    assert_eq!(alice.last().description(), Some(ANSWER));
}

#[test]
fn the_media_layer_fails_while_the_application_thinks() {
    let mut alice = offered();
    alice.fail_media(480, Cause::MediaDenied);
    assert_eq!(alice.take(), ["PRACK 100 sdp", "CANCEL"]);
    assert!(rejects(alice.request_sent("PRACK").description()));
    alice.reply(487, "a", "", "");
    assert_eq!(alice.end(), Some((Cause::MediaDenied, Some(487))));
}

// RFC 3262 section 4: the CANCEL may lose against a 2xx, so that everything is acknowledged.
#[test]
fn hung_up_while_it_waits() {
    let mut alice = ringing();
    alice.reliable(180, "a", 101, "");
    alice.take();
    alice.hangup();
    assert_eq!(alice.take(), ["PRACK 100", "PRACK 101", "CANCEL"]);
    assert_eq!(alice.try_prack(0, 101, Prack::default()).1, Err(RefusalCode::AlreadySent));
    alice.reliable(183, "a", 102, ANSWER);
    assert_eq!(alice.take(), ["PRACK 102"], "by itself, and nothing is told");
    assert_eq!(alice.try_prack(0, 102, Prack::default()).1, Err(RefusalCode::AlreadySent));
    alice.until(20_000);
    assert_eq!(alice.take(), [""; 0]);
    alice.reply(487, "a", "", "");
    assert_eq!(alice.take(), ["ACK", "<ended Cancelled 487>"]);
}

#[test]
fn hung_up_while_the_answer_is_owed() {
    let mut alice = offered();
    alice.hangup();
    assert_eq!(alice.take(), ["PRACK 100 sdp", "CANCEL"]);
    assert!(rejects(alice.request_sent("PRACK").description()));
    alice.describe(ANSWER);
    alice.until(31_000);
    assert_eq!(alice.take(), [""; 0]);
}

#[test]
fn an_offer_after_the_cancel() {
    let mut alice = Caller::manual().offerless();
    alice.unreliable(180, "a", "");
    alice.hangup();
    alice.take();
    alice.reliable(183, "a", 7, OFFER);
    assert_eq!(alice.take(), ["PRACK 7 sdp"], "neither the media layer nor the application is asked");
    assert!(rejects(alice.last().description()));
    assert_eq!(alice.try_prack(0, 7, Prack::default()).1, Err(RefusalCode::AlreadySent));
}

// RFC 3262 section 3 forbids that 200; the PRACK with the answer is owed all the same.
#[test]
fn a_200_while_the_answer_is_owed() {
    let mut alice = offered();
    alice.ok("a", "");
    assert_eq!(alice.take(), ["ACK", "<accepted>", "<confirmed>"]);
    alice.prack(0, 100);
    alice.describe(ANSWER);
    assert_eq!(alice.take(), ["PRACK 100 sdp"]);
    let mut alice = offered();
    alice.ok("a", "");
    alice.take();
    alice.until(20_000);
    assert_eq!(alice.take(), ["PRACK 100 sdp", "BYE", "<ended MediaTimeout>"]);
    assert!(rejects(alice.request_sent("PRACK").description()));
}

#[test]
fn a_200_while_it_waits() {
    let mut alice = ringing();
    alice.ok("a", ANSWER);
    assert_eq!(alice.take(), ["ACK", "<remote>", "<accepted>", "<confirmed>"]);
    let number = alice.prack(0, 100);
    assert_eq!(alice.take(), ["PRACK 100"]);
    assert_eq!((alice.last().cseq().number, rack(&alice.last())), (2, "100 1 INVITE"));
    alice.answer("PRACK", 200, "", "");
    assert_eq!(alice.take(), ["<prackresponse 100>".to_owned(), format!("<settled {number}>")]);
    // What the 2xx has overtaken is told to nobody, and leaves by itself.
    alice.reliable(180, "a", 101, "");
    assert_eq!(alice.take(), ["PRACK 101"]);
    assert_eq!(alice.try_prack(0, 101, Prack::default()).1, Err(RefusalCode::AlreadySent));
}

#[test]
fn a_200_and_a_silent_application() {
    let mut alice = ringing();
    alice.ok("a", ANSWER);
    alice.take();
    alice.until(20_000);
    assert_eq!(alice.take(), ["PRACK 100", "<prackauto 100>"]);
    assert_eq!(alice.end(), None);
}

#[test]
fn hung_up_after_the_200() {
    let mut alice = ringing();
    alice.ok("a", ANSWER);
    alice.take();
    alice.hangup();
    assert_eq!(alice.take(), ["PRACK 100", "BYE", "<ended Bye>"]);
    alice.answer("PRACK", 200, "", "");
    alice.answer("BYE", 200, "", "");
    assert_eq!(alice.take(), [""; 0]);
    alice.finish();
}

#[test]
fn the_peer_hangs_up_while_it_waits() {
    let mut alice = ringing();
    alice.ok("a", ANSWER);
    alice.take();
    alice.request("BYE", "", "");
    assert_eq!(alice.take(), ["200 BYE", "<ended Bye>"]);
    alice.finish();
}

// The commands of a call are settled before its end is told.
#[test]
fn the_call_is_rejected_while_it_waits() {
    let mut alice = ringing();
    let sent = alice.prack(0, 100);
    alice.reply(486, "a", "", "");
    assert_eq!(alice.take(), ["PRACK 100", "ACK", &format!("<failed {sent} DialogEnded>"), "<ended Busy 486>"]);
    alice.answer("PRACK", 481, "", "");
    assert_eq!(alice.take(), [""; 0]);
    alice.finish();
    let mut alice = offered();
    let waiting = alice.prack(0, 100);
    alice.reply(486, "a", "", "");
    assert_eq!(alice.take(), ["ACK", &format!("<failed {waiting} DialogEnded>"), "<ended Busy 486>"]);
    alice.describe(ANSWER);
    alice.finish();
}

// Nobody has use for the other forks any more.
#[test]
fn another_fork_is_answered_while_it_waits() {
    let mut alice = calling();
    for tag in ["a", "b", "c"] {
        alice.reliable(180, tag, 100, "");
    }
    let number = alice.prack(2, 100);
    alice.take();
    alice.ok("a", ANSWER);
    let ended = format!("<failed {number} DialogEnded>");
    assert_eq!(alice.take(), [&ended, "ACK", "<remote>", "<accepted>", "<confirmed>", "PRACK 100"]);
    let pracks = alice.requests_sent("PRACK");
    assert_eq!(pracks.last().and_then(|prack| prack.to_tag()), Some("b"));
    assert_eq!(alice.try_prack(1, 100, Prack::default()).1, Err(RefusalCode::AlreadySent));
    alice.prack(0, 100);
    assert_eq!(alice.last().to_tag(), Some("a"));
    // A fork that was never heard of is acknowledged at once.
    alice.take();
    alice.reliable(183, "d", 7, ANSWER);
    assert_eq!(alice.take(), ["PRACK 7"]);
}

#[test]
fn a_dialog_that_ends_while_it_waits() {
    let mut alice = calling();
    for tag in ["a", "b"] {
        alice.reliable(180, tag, 100, "");
    }
    alice.take();
    // RFC 6228 section 4: no request but PRACKs is sent any more, and nobody is left to send those.
    alice.reply(199, "a", &format!("{}Reason: SIP;cause=486\r\n", require(101)), "");
    assert_eq!(alice.take(), ["PRACK 100", "PRACK 101", "<dialogended 0 486>"]);
    alice.reliable(180, "a", 102, "");
    assert_eq!(alice.take(), ["PRACK 102"]);
    assert_eq!(alice.try_prack(0, 100, Prack::default()).1, Err(RefusalCode::AlreadySent));
    alice.prack(1, 100);
    assert_eq!(alice.last().to_tag(), Some("b"));
}

#[test]
fn the_peer_ends_the_dialog_while_it_waits() {
    let mut alice = offered();
    let number = alice.prack(0, 100);
    alice.request("BYE", "", "");
    assert_eq!(alice.take(), ["200 BYE", &format!("<failed {number} DialogEnded>"), "<dialogended 0>"]);
    alice.until(31_000);
    assert_eq!(alice.take(), [""; 0]);
}

#[test]
fn the_connection_is_lost_while_it_waits() {
    let mut alice = ringing();
    alice.until(2000);
    alice.lose_connection();
    let number = alice.prack(0, 100);
    assert_eq!(alice.take(), [""; 0]);
    assert_eq!(alice.try_prack(0, 100, Prack::default()).1, Err(RefusalCode::AlreadySent));
    alice.until(5000);
    alice.restore_connection();
    assert_eq!(alice.take(), ["PRACK 100"]);
    assert_eq!((alice.last().cseq().number, rack(&alice.last())), (2, "100 1 INVITE"));
    alice.answer("PRACK", 200, "", "");
    assert_eq!(alice.take(), ["<prackresponse 100>".to_owned(), format!("<settled {number}>")]);
}

#[test]
fn what_was_sent_and_what_waited_go_in_order_when_the_connection_is_back() {
    let mut alice = ringing();
    alice.prack(0, 100);
    alice.reliable(180, "a", 101, "");
    alice.reliable(180, "a", 102, "");
    alice.take();
    alice.lose_connection();
    alice.prack(0, 102);
    alice.prack(0, 101);
    alice.until(3000);
    alice.restore_connection();
    assert_eq!(alice.take(), ["PRACK 100", "PRACK 101", "PRACK 102"]);
    let numbers: Vec<_> = alice.requests_sent("PRACK").iter().map(|prack| prack.cseq().number).collect();
    assert_eq!(numbers, [2, 3, 4, 5]);
}

#[test]
fn the_deadline_passes_while_the_connection_is_lost() {
    let mut alice = ringing();
    alice.until(10_000);
    alice.lose_connection();
    alice.until(20_000);
    assert_eq!(alice.take_timed(), [(20_000, "<prackauto 100>".to_owned())]);
    assert_eq!(alice.try_prack(0, 100, Prack::default()).1, Err(RefusalCode::AlreadySent));
    alice.until(25_000);
    alice.restore_connection();
    assert_eq!(alice.take_timed(), [(25_000, "PRACK 100".to_owned())]);
    assert_eq!(alice.last().cseq().number, 2);
}

#[test]
fn the_answer_is_not_made_while_the_connection_is_lost() {
    let mut alice = offered();
    alice.lose_connection();
    alice.until(20_000);
    assert_eq!(alice.take(), [""; 0]);
    alice.restore_connection();
    assert_eq!(alice.take(), ["PRACK 100 sdp", "CANCEL"]);
    assert!(rejects(alice.request_sent("PRACK").description()));
    alice.reply(487, "a", "", "");
    assert_eq!(alice.end(), Some((Cause::MediaTimeout, Some(487))));
}

#[test]
fn the_connection_does_not_come_back() {
    let mut alice = ringing();
    alice.lose_connection();
    let number = alice.prack(0, 100);
    alice.until(32_000);
    assert_eq!(alice.take(), [&format!("<failed {number} DialogEnded>"), "<ended Connection>"]);
    alice.finish();
}

#[test]
fn hung_up_without_a_connection_while_it_waits() {
    let mut alice = ringing();
    alice.ok("a", ANSWER);
    alice.take();
    alice.lose_connection();
    alice.hangup();
    assert_eq!(alice.take(), ["<ended Bye>"]);
    alice.until(200_000);
    assert_eq!(alice.agent.load(), 0);
}

#[test]
fn only_a_call_that_is_there_can_be_acknowledged() {
    let mut alice = ringing();
    alice.ok("a", ANSWER);
    alice.hangup();
    assert_eq!(alice.try_prack(0, 100, Prack::default()).1, Err(RefusalCode::InvalidState), "over");
    alice.call = CallId(77);
    assert_eq!(alice.try_prack(0, 100, Prack::default()).1, Err(RefusalCode::UnknownCall));
}

// The media layer's part is as in the automatic mode: PRACKs behind one that waits, wait too.
#[test]
fn what_comes_after_an_offer_waits_for_its_prack() {
    let mut alice = offered();
    alice.reliable(180, "a", 101, "");
    alice.take();
    alice.prack(0, 101);
    alice.describe(ANSWER);
    assert_eq!(alice.take(), [""; 0]);
    alice.prack(0, 100);
    assert_eq!(alice.take(), ["PRACK 100 sdp", "PRACK 101"]);
}
