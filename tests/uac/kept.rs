//! A further callee that is kept becomes a call of its own (RFC 3261 section 13.2.2.4).

use super::caller::{ANSWER, Caller, OFFER, TARGET, challenge, contact, credentials, rack, require};
use prackle::message::Name;
use prackle::protocol::{
    CallId, CallOptions, Cause, Command, Config, DescriptionKind, Event, Media, OnFork, RefusalCode,
};

const FORK: CallId = CallId(CallId::FIRST_INCOMING);

fn keep(config: &mut Config) {
    config.on_fork = OnFork::Keep;
}

/// Callee `a` has answered, and then callee `b`.
fn forked() -> Caller {
    let mut alice = Caller::with(keep).called(CallOptions::default());
    alice.ok("a", ANSWER);
    alice.take();
    alice.ok("b", ANSWER);
    assert_eq!(alice.take(), ["<fork>", "ACK", "<accepted>", "<confirmed>", "<describe>"]);
    alice
}

/// The same, and `b` has a session of its own.
fn settled() -> Caller {
    let mut alice = forked();
    alice.describe(OFFER);
    alice.ok("b", ANSWER);
    assert_eq!(alice.take(), ["INVITE sdp", "ACK", "<remote>", "<updated>"]);
    alice
}

fn offerless() -> Caller {
    let mut alice = Caller::with(keep);
    alice.dial(TARGET, CallOptions { media: Media::Offerless, ..CallOptions::default() });
    alice.ok("a", OFFER);
    alice.describe(ANSWER);
    alice.take();
    alice
}

fn hang_up(alice: &mut Caller, call: CallId) {
    alice.command(Command::Hangup { call, headers: Vec::new() });
}

fn ends(alice: &Caller) -> Vec<(CallId, Cause)> {
    let ended = alice.events().iter().filter_map(|event| match event {
        Event::Ended { call, cause, .. } => Some((*call, *cause)),
        _ => None,
    });
    ended.collect()
}

#[test]
fn a_second_callee_is_a_call_of_its_own() {
    let mut alice = forked();
    let first = alice.call;
    let told = alice.events().iter().find_map(|event| match event {
        Event::Fork { call, of, from, to, headers } => {
            Some((*call, *of, from.uri.clone(), to.uri.clone(), headers.iter().any(|field| field.0 == "Contact")))
        }
        _ => None,
    });
    assert_eq!(told, Some((FORK, first, "sip:alice@example.com".into(), TARGET.into(), true)));
    let asked = alice.events().iter().rev().find_map(|event| match event {
        Event::Describe { call, kind, remote, .. } => Some((*call, *kind, remote.clone())),
        _ => None,
    });
    assert_eq!(asked, Some((FORK, DescriptionKind::Offer, None)));
    let ack = alice.last();
    assert_eq!((ack.to_tag(), ack.uri(), ack.cseq().number), (Some("b"), "sip:bob@b.invalid", 1));
    alice.describe(OFFER);
    let invite = alice.last();
    assert_eq!((invite.to_tag(), invite.uri(), invite.cseq().number), (Some("b"), "sip:bob@b.invalid", 2));
    assert_eq!((invite.from_tag(), invite.call_id()), (ack.from_tag(), ack.call_id()));
    alice.ok("b", ANSWER);
    assert_eq!(alice.take(), ["INVITE sdp", "ACK", "<remote>", "<updated>"]);
    assert_eq!((alice.last().to_tag(), alice.last().cseq().number), (Some("b"), 2));
    let remote = alice.events().iter().rev().find_map(|event| match event {
        Event::Remote { call, commit: true, .. } => Some(*call),
        _ => None,
    });
    assert_eq!(remote, Some(FORK));
}

#[test]
fn each_has_a_life_of_its_own() {
    let mut alice = settled();
    let first = alice.call;
    hang_up(&mut alice, first);
    assert_eq!(alice.take(), ["BYE", "<ended Bye>"]);
    assert_eq!((alice.last().to_tag(), alice.last().cseq().number), (Some("a"), 2));
    alice.answer("BYE", 200, "", "");
    alice.pass(100_000);
    // Requests of each callee find their call by both tags.
    alice.peer.tag = "B".into();
    alice.request("INFO", "", "x");
    alice.request("UPDATE", &contact("b"), OFFER);
    alice.describe(ANSWER);
    assert_eq!(alice.take(), ["200 INFO", "<info>", "<describe>", "200 UPDATE sdp", "<update>", "<updated>"]);
    alice.peer.tag = "a".into();
    alice.request("INFO", "", "x");
    assert_eq!(alice.take(), ["481 INFO"]);
    alice.peer.tag = "b".into();
    alice.request("BYE", "", "");
    assert_eq!(alice.take(), ["200 BYE", "<ended Bye>"]);
    assert_eq!(ends(&alice), [(first, Cause::Bye), (FORK, Cause::Bye)]);
    alice.finish();
}

#[test]
fn the_second_one_may_end_first() {
    let mut alice = settled();
    let first = alice.call;
    hang_up(&mut alice, FORK);
    assert_eq!((alice.take(), alice.last().to_tag()), (vec!["BYE".into(), "<ended Bye>".into()], Some("b")));
    alice.answer("BYE", 200, "", "");
    alice.peer.tag = "a".into();
    alice.request("INFO", "", "x");
    assert_eq!(alice.take(), ["200 INFO", "<info>"]);
    hang_up(&mut alice, first);
    alice.answer("BYE", 200, "", "");
    assert_eq!(ends(&alice), [(FORK, Cause::Bye), (first, Cause::Bye)]);
    alice.take();
    alice.finish();
}

#[test]
fn each_2xx_again_has_its_own_ack_again() {
    let mut alice = forked();
    let invite = alice.requests_sent("INVITE").remove(0);
    let repeat = |alice: &mut Caller, tag: &str| {
        tag.clone_into(&mut alice.peer.tag);
        alice.respond(&invite, 200, &contact(tag), ANSWER);
        assert_eq!(alice.take(), ["ACK"]);
        assert_eq!((alice.last().to_tag(), alice.last().cseq().number), (Some(tag), 1));
    };
    for tag in ["b", "a", "b"] {
        repeat(&mut alice, tag);
    }
    alice.describe(OFFER);
    alice.ok("b", ANSWER);
    alice.take();
    repeat(&mut alice, "b");
    // Also after its call is over.
    hang_up(&mut alice, FORK);
    alice.answer("BYE", 200, "", "");
    alice.take();
    repeat(&mut alice, "b");
    alice.pass(32_000);
    alice.respond(&invite, 200, &contact("b"), ANSWER);
    assert_eq!(alice.take(), [""; 0]);
    assert_eq!(ends(&alice).len(), 1);
}

#[test]
fn an_early_dialog_keeps_its_numbers_and_its_pracks() {
    let mut alice = Caller::with(keep).called(CallOptions::default());
    alice.reliable(183, "a", 100, ANSWER);
    alice.reliable(183, "b", 500, ANSWER);
    alice.ok("a", "");
    alice.take();
    alice.ok("b", "");
    assert_eq!(alice.take(), ["<fork>", "ACK", "<accepted>", "<confirmed>", "<describe>"]);
    // The response to the PRACK that is on its way is the new call's.
    let prack = alice.requests_sent("PRACK").remove(1);
    alice.respond(&prack, 200, "", "");
    let told = alice.events().iter().rev().find_map(|event| match event {
        Event::PrackResponse { call, dialog, rseq, .. } => Some((*call, dialog.0, *rseq)),
        _ => None,
    });
    assert_eq!(told, Some((FORK, 0, 500)));
    // What the 2xx has overtaken is of this dialog, too.
    alice.take();
    let invite = alice.requests_sent("INVITE").remove(0);
    alice.respond(&invite, 180, &format!("{}{}", contact("b"), require(501)), "");
    assert_eq!(alice.take(), ["PRACK 501"]);
    assert_eq!((alice.last().cseq().number, rack(&alice.last())), (3, "501 1 INVITE"));
    alice.answer("PRACK", 200, "", "");
    alice.describe(OFFER);
    assert_eq!(alice.last().cseq().number, 4);
    let first = alice.call;
    for call in [first, FORK] {
        hang_up(&mut alice, call);
        alice.answer("BYE", 200, "", "");
    }
    let prack = alice.requests_sent("PRACK").remove(0);
    alice.respond(&prack, 200, "", "");
    alice.take();
    alice.finish();
}

#[test]
fn the_prack_of_the_new_call_is_never_answered() {
    let mut alice = Caller::with(keep).called(CallOptions::default());
    alice.reliable(183, "b", 500, ANSWER);
    alice.ok("a", ANSWER);
    alice.ok("b", "");
    alice.describe(OFFER);
    alice.ok("b", ANSWER);
    alice.take();
    alice.until(32_000);
    assert_eq!(alice.take(), ["<prackfailed 500 Timeout>", "BYE", "<ended Timeout>"]);
    assert_eq!(ends(&alice), [(FORK, Cause::Timeout)]);
}

#[test]
fn without_a_session_it_ends() {
    type Fail = fn(&mut Caller);
    let failures: [(&str, Fail, Cause); 3] = [
        ("a microphone that is refused", |alice| alice.fail_media(480, Cause::MediaDenied), Cause::MediaDenied),
        (
            "an offer that is refused",
            |alice| {
                alice.describe(OFFER);
                alice.reply(488, "b", "", "");
            },
            Cause::NotAcceptable,
        ),
        (
            "a connection that is lost",
            |alice| {
                alice.describe(OFFER);
                alice.lose_connection();
                alice.restore_connection();
            },
            Cause::Connection,
        ),
    ];
    for (what, fail, cause) in failures {
        let mut alice = forked();
        fail(&mut alice);
        assert_eq!(ends(&alice), [(FORK, cause)], "{what}");
        assert_eq!(alice.request_sent("BYE").to_tag(), Some("b"), "{what}");
        alice.answer("BYE", 200, "", "");
        let first = alice.call;
        hang_up(&mut alice, first);
        alice.answer("BYE", 200, "", "");
        alice.take();
        alice.finish();
    }
}

#[test]
fn the_offer_meets_one_of_the_callee() {
    let mut alice = forked();
    alice.describe(OFFER);
    alice.reply(491, "b", "", "");
    alice.take();
    alice.pass(4000);
    assert_eq!(alice.take(), ["INVITE sdp"]);
    alice.ok("b", ANSWER);
    assert_eq!(alice.take(), ["ACK", "<remote>", "<updated>"]);
}

#[test]
fn a_callee_that_offers_has_its_answer_in_the_ack() {
    let mut alice = offerless();
    alice.ok("b", OFFER);
    assert_eq!(alice.take(), ["<fork>", "<describe>", "<accepted>"]);
    alice.ok("b", OFFER);
    assert_eq!(alice.take(), [""; 0], "the ACK is still to come");
    alice.describe(ANSWER);
    assert_eq!(alice.take(), ["ACK sdp", "<confirmed>"]);
    assert_eq!((alice.last().to_tag(), alice.last().cseq().number), (Some("b"), 1));
    alice.ok("b", OFFER);
    assert_eq!(alice.take(), ["ACK sdp"]);
}

// Its offer came in a reliable response, and was rejected when the first callee answered.
#[test]
fn an_early_offer_is_made_anew() {
    let mut alice = Caller::with(keep);
    alice.dial(TARGET, CallOptions { media: Media::Offerless, ..CallOptions::default() });
    alice.reliable(183, "b", 500, OFFER);
    alice.ok("a", OFFER);
    alice.describe(ANSWER);
    alice.take();
    alice.ok("b", "");
    assert_eq!(alice.take(), ["<fork>", "ACK", "<accepted>", "<confirmed>", "<describe>"]);
    assert!(alice.request_sent("PRACK").description().is_some_and(|sdp| sdp.contains("m=audio 0 ")));
    alice.describe(OFFER);
    alice.ok("b", ANSWER);
    assert_eq!(alice.take(), ["INVITE sdp", "ACK", "<remote>", "<updated>"]);
}

#[test]
fn its_requests_have_credentials() {
    let mut alice = Caller::with(|config| {
        keep(config);
        config.credentials = Some(credentials());
    })
    .called(CallOptions::default());
    alice.reply(407, "proxy", &challenge("example.com", "n"), "");
    alice.ok("a", ANSWER);
    alice.ok("b", ANSWER);
    alice.describe(OFFER);
    for request in [alice.request_sent("ACK"), alice.request_sent("INVITE")] {
        assert_eq!(request.to_tag(), Some("b"));
        assert!(request.header(Name::ProxyAuthorization).is_some(), "{}", request.method().as_str());
    }
    alice.take();
    alice.reply(407, "b", &challenge("example.com", "m").replace("algorithm", "stale=true, algorithm"), "");
    assert_eq!(alice.take(), ["ACK", "INVITE sdp"]);
}

#[test]
fn many_callees() {
    let mut alice = forked();
    alice.ok("c", ANSWER);
    assert_eq!(alice.take(), ["<fork>", "ACK", "<accepted>", "<confirmed>", "<describe>"]);
    let calls = [alice.call, FORK, CallId(FORK.0 + 1)];
    for (call, tag) in calls.into_iter().zip(["a", "b", "c"]) {
        hang_up(&mut alice, call);
        assert_eq!(alice.request_sent("BYE").to_tag(), Some(tag));
        alice.answer("BYE", 200, "", "");
    }
    alice.take();
    alice.finish();
    assert_eq!(ends(&alice).len(), 3);
}

#[test]
fn after_the_call_has_ended_further_callees_are_hung_up() {
    let mut alice = Caller::with(keep).called(CallOptions::default());
    alice.ok("a", ANSWER);
    alice.hangup();
    alice.take();
    alice.ok("b", ANSWER);
    assert_eq!(alice.take(), ["ACK", "BYE"]);
    let mut alice = Caller::with(keep).called(CallOptions::default());
    alice.unreliable(180, "a", "");
    alice.hangup();
    alice.take();
    for tag in ["a", "b"] {
        alice.ok(tag, ANSWER);
        assert_eq!(alice.take().get(..2), Some(["ACK".to_owned(), "BYE".to_owned()].as_slice()));
    }
}

#[test]
fn what_a_fork_is_not() {
    let mut alice = forked();
    let (call, request) = (FORK, alice.next_request());
    for command in [
        Command::Accept { call, request, headers: Vec::new() },
        Command::Reject { call, status: None, reason: None, headers: Vec::new() },
        Command::Progress { call, request, progress: prackle::protocol::Progress::default() },
    ] {
        let refused = alice.try_command(command).map_err(|refusal| refusal.code);
        assert_eq!(refused, Err(RefusalCode::NotInvite));
    }
    let refused = alice.try_command(Command::Renegotiate { call, request }).map_err(|refusal| refusal.code);
    assert_eq!(refused, Err(RefusalCode::InvalidState), "it is being offered a session already");
}

#[test]
fn switched_off() {
    let mut alice = forked();
    alice.command(Command::Disconnect);
    assert_eq!(ends(&alice).len(), 2);
    assert_eq!(alice.take(), ["BYE", "<ended Bye>", "BYE", "<ended Bye>"]);
    alice.finish();
}
