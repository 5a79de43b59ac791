//! The UPDATEs that a caller sends, in early dialogs and in confirmed ones: when they may
//! leave, and what becomes of them (RFC 3311 sections 5.1 and 5.3, `P-097`, `P-098`).

use super::caller::{ANSWER, Caller, OFFER, challenge, contact, credentials, require};
use prackle::message::Name;
use prackle::protocol::{CallOptions, Cause, Command, Event, ProgressKind, RefusalCode};

const ALLOW: &str = "Allow: INVITE, ACK, CANCEL, BYE, PRACK, UPDATE\r\n";

/// A second description of ours.
pub(crate) const REOFFER: &str =
    "v=0\r\no=- 1 2 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 40002 RTP/AVP 0\r\n";

/// A reliable 183 with the answer has come from `tag`, and its PRACK is on its way.
pub(crate) fn answered_early(alice: &mut Caller, tag: &str) {
    alice.reply(183, tag, &[&contact(tag), &require(100), ALLOW].concat(), ANSWER);
    assert_eq!(alice.take(), ["PRACK 100", "<remote>", "<progress 183 rel answer>"]);
}

/// An early session with `a`.
pub(crate) fn early() -> Caller {
    let mut alice = Caller::calling();
    answered_early(&mut alice, "a");
    alice.answer("PRACK", 200, "", "");
    assert_eq!(alice.take(), ["<prackresponse 100>"]);
    alice
}

/// A confirmed session with `a`, who takes UPDATE.
pub(crate) fn confirmed() -> Caller {
    let mut alice = Caller::calling();
    alice.reply(200, "a", &[&contact("a"), ALLOW].concat(), ANSWER);
    alice.take();
    alice
}

/// An UPDATE with an offer has left.
pub(crate) fn updating(mut alice: Caller) -> Caller {
    alice.update();
    alice.describe(REOFFER);
    assert_eq!(alice.take(), ["<describe>", "UPDATE sdp"]);
    alice
}

#[test]
fn p_097_an_offer_waits_for_the_200_to_the_prack_of_the_answer() {
    let mut alice = Caller::calling();
    answered_early(&mut alice, "a");
    assert_eq!(alice.try_update(None, true, false), Err(RefusalCode::OaPending));
    let number = alice.update();
    assert_eq!(alice.take(), [""; 0]);
    alice.answer("PRACK", 200, "", "");
    assert_eq!(alice.take(), ["<prackresponse 100>", "<describe>"]);
    alice.describe(REOFFER);
    assert_eq!(alice.take(), ["UPDATE sdp"]);
    let update = alice.last();
    assert_eq!((update.uri(), update.cseq().number, update.to_tag()), ("sip:bob@a.invalid", 3, Some("a")));
    assert_eq!(update.description(), Some(REOFFER));
    assert!(update.header(Name::Contact).is_some() && update.header(Name::Require).is_none());
    alice.respond(&update, 200, &contact("moved"), OFFER);
    assert_eq!(alice.take(), ["<remote>".to_owned(), format!("<settled {number}>")]);
    let remote = alice.events().iter().rev().find_map(|event| match event {
        Event::Remote { kind, sdp, commit, .. } => Some((*kind, sdp.as_str(), *commit)),
        _ => None,
    });
    assert_eq!(remote, Some((ProgressKind::Answer, OFFER, true)));
    alice.ok("a", "");
    assert_eq!((alice.last().uri(), alice.last().body().len()), ("sip:bob@a.invalid", 0));
}

#[test]
fn p_098_the_callee_does_not_allow_update() {
    for allow in ["Allow: INVITE, ACK, CANCEL, BYE, PRACK\r\n", "Allow: update\r\n", "Allow:\r\n", ""] {
        let mut alice = Caller::calling();
        alice.reply(183, "a", &[&contact("a"), &require(100), allow].concat(), ANSWER);
        alice.answer("PRACK", 200, "", "");
        alice.take();
        for (offer, queue) in [(true, true), (true, false), (false, true)] {
            assert_eq!(alice.try_update(None, offer, queue), Err(RefusalCode::MethodNotAllowed), "{allow}");
        }
        assert_eq!(alice.take(), [""; 0]);
    }
}

#[test]
fn what_the_callee_allows_is_learned_from_whatever_it_sends() {
    let mut alice = Caller::calling();
    alice.unreliable(180, "a", "");
    assert_eq!(alice.try_update(None, false, true), Err(RefusalCode::MethodNotAllowed));
    alice.reply(180, "a", ALLOW, "");
    assert!(alice.try_update(None, false, true).is_ok());
    alice.request("OPTIONS", "Allow: INVITE, ACK, BYE\r\n", "");
    assert_eq!(alice.try_update(None, false, true), Err(RefusalCode::MethodNotAllowed));
}

// RFC 3311 section 5.1 bounds offers; a mere target refresh has nothing to wait for.
#[test]
fn an_update_without_an_offer_leaves_at_once() {
    let mut alice = Caller::calling();
    alice.reply(180, "a", &[&contact("a"), ALLOW].concat(), "");
    alice.take();
    alice.try_update(None, false, false).expect("nothing is in its way");
    assert_eq!(alice.take(), ["UPDATE"]);
    let update = alice.last();
    assert!(update.body().is_empty() && update.header(Name::ContentType).is_none());
    assert_eq!(alice.try_update(None, false, false), Err(RefusalCode::OaPending), "one at a time");
    alice.try_update(None, false, true).expect("it waits");
    alice.respond(&update, 200, &contact("moved"), "");
    assert_eq!(alice.take(), ["<settled 1>", "UPDATE"]);
    assert_eq!(alice.last().uri(), "sip:bob@moved.invalid");
}

#[test]
fn without_an_answer_the_offer_waits_for_the_200() {
    let mut alice = Caller::calling();
    alice.reply(180, "a", &[&contact("a"), &require(100), ALLOW].concat(), "");
    alice.answer("PRACK", 200, "", "");
    alice.update();
    alice.try_update(None, false, true).expect("it need not wait");
    assert_eq!(alice.take(), ["PRACK 100", "<progress 180 rel>", "<prackresponse 100>", "UPDATE"]);
    alice.answer("UPDATE", 200, &contact("a"), "");
    assert_eq!(alice.take(), ["<settled 2>"]);
    alice.ok("a", ANSWER);
    assert_eq!(alice.take(), ["ACK", "<remote>", "<accepted>", "<confirmed>", "<describe>"]);
    alice.describe(REOFFER);
    alice.answer("UPDATE", 200, &contact("a"), ANSWER);
    assert_eq!(alice.take(), ["UPDATE sdp", "<remote>", "<updated>", "<settled 1>"]);
}

#[test]
fn a_preview_is_no_answer_to_build_on() {
    let mut alice = Caller::calling();
    alice.reply(183, "a", &[&contact("a"), ALLOW].concat(), ANSWER);
    alice.update();
    assert_eq!(alice.take(), ["<remote>", "<progress 183 preview>"]);
}

// RFC 6337 section 4.3 (UAC-IU): the PRACK has to have its 2xx, not just any response.
#[test]
fn a_refused_prack_holds_the_offer_back() {
    let mut alice = Caller::calling();
    answered_early(&mut alice, "a");
    alice.update();
    alice.answer("PRACK", 500, "", "");
    assert_eq!(alice.take(), ["<prackfailed 100 500>"]);
    alice.reliable(183, "a", 100, ANSWER);
    assert_eq!(alice.take(), ["PRACK 100"]);
    alice.answer("PRACK", 200, "", "");
    assert_eq!(alice.take(), ["<prackresponse 100>", "<describe>"]);
}

// RFC 6337 section 3.1.1: the second description is ignored; its PRACK is waited for all the same.
#[test]
fn the_answer_once_more_and_its_prack() {
    let mut alice = early();
    alice.reliable(183, "a", 101, ANSWER);
    alice.update();
    assert_eq!(alice.take(), ["PRACK 101", "<progress 183 rel>"]);
    alice.request("UPDATE", &contact("a"), OFFER);
    assert_eq!(alice.take(), ["491 UPDATE"]);
    alice.answer("PRACK", 200, "", "");
    assert_eq!(alice.take(), ["<prackresponse 101>", "<describe>"]);
}

#[test]
fn after_an_offer_in_the_183_the_prack_with_the_answer_comes_first() {
    let mut alice = Caller::new();
    alice.dial(
        super::caller::TARGET,
        CallOptions { media: prackle::protocol::Media::Offerless, ..CallOptions::default() },
    );
    alice.reply(183, "a", &[&contact("a"), &require(100), ALLOW].concat(), OFFER);
    alice.update();
    assert_eq!(alice.take(), ["INVITE", "<describe>", "<progress 183 rel offer>"]);
    alice.describe(ANSWER);
    assert_eq!(alice.take(), ["PRACK 100 sdp"]);
    alice.answer("PRACK", 200, "", "");
    assert_eq!(alice.take(), ["<prackresponse 100>", "<describe>"]);
}

#[test]
fn the_dialog_ends_first() {
    // The callee declines.
    let mut alice = Caller::calling();
    answered_early(&mut alice, "a");
    alice.update();
    alice.reply(486, "a", "", "");
    assert_eq!(alice.take(), ["ACK", "<failed 1 DialogEnded>", "<ended Busy 486>"]);
    // We hang up, and the media layer is late.
    let mut alice = early();
    alice.update();
    alice.hangup();
    assert_eq!(alice.take(), ["<describe>", "<failed 1 DialogEnded>", "CANCEL"]);
    alice.describe(REOFFER);
    assert_eq!(alice.take(), [""; 0]);
    // The dialog alone ends.
    let mut alice = Caller::calling();
    answered_early(&mut alice, "a");
    alice.update();
    alice.reply(199, "a", "Reason: SIP;cause=486\r\n", "");
    assert_eq!(alice.take(), ["<failed 1 DialogEnded>", "<dialogended 0 486>"]);
    assert_eq!(alice.try_update(None, true, true), Err(RefusalCode::InvalidState));
    // It was on its way already.
    let mut alice = updating(confirmed());
    alice.request("BYE", "", "");
    assert_eq!(alice.take(), ["200 BYE", "<failed 1 DialogEnded>", "<ended Bye>"]);
    alice.answer("UPDATE", 200, &contact("a"), ANSWER);
    assert_eq!(alice.take(), [""; 0]);
    alice.finish();
}

// The callee rang only after the CANCEL, and the application wanted to update that dialog. The
// UPDATE waited for the answer, and the media layer was asked for the offer when the 200 had
// come and the call was over.
#[test]
fn none_of_a_call_that_is_given_up() {
    let mut alice = Caller::calling();
    alice.reply(100, "", "", "");
    alice.hangup();
    assert_eq!(alice.take(), ["CANCEL"]);
    alice.reply(183, "a", &[&contact("a"), ALLOW].concat(), "");
    assert_eq!(alice.take(), [""; 0]);
    assert_eq!(alice.try_update(None, true, true), Err(RefusalCode::InvalidState));
    alice.ok("a", ANSWER);
    assert_eq!(alice.take(), ["ACK", "BYE", "<ended Cancelled>"]);
}

#[test]
fn a_refused_one_leaves_the_session() {
    for (status, cause) in [(488, "NotAcceptable"), (504, "ServerError"), (405, "Rejected"), (603, "Rejected")] {
        let mut alice = updating(early());
        alice.answer("UPDATE", status, "", "");
        assert_eq!(alice.take(), ["<rollback>", "<offerrejected>", &format!("<failed 1 {cause}>")]);
        // Another exchange is possible.
        alice.request("UPDATE", &contact("a"), OFFER);
        alice.describe(ANSWER);
        assert_eq!(alice.take(), ["<describe>", "200 UPDATE sdp", "<update>"]);
        alice.ok("a", "");
        assert_eq!(alice.take(), ["ACK", "<accepted>", "<confirmed>"]);
    }
}

#[test]
fn a_200_without_the_answer() {
    let mut alice = updating(confirmed());
    alice.answer("UPDATE", 200, &contact("a"), "");
    assert_eq!(alice.take(), ["<offer-unanswered>", "<rollback>", "<failed 1 NoAnswerDescription>"]);
    assert_eq!(alice.end(), None);
}

#[test]
fn it_is_challenged() {
    let mut alice = Caller::with(|config| config.credentials = Some(credentials())).called(CallOptions::default());
    answered_early(&mut alice, "a");
    alice.answer("PRACK", 200, "", "");
    alice.take();
    let mut alice = updating(alice);
    alice.answer("UPDATE", 407, &challenge("example.com", "n1"), "");
    assert_eq!(alice.take(), ["UPDATE sdp"]);
    let again = alice.last();
    assert!(again.header(Name::ProxyAuthorization).is_some());
    assert_eq!((again.cseq().number, again.description()), (4, Some(REOFFER)));
    alice.answer("UPDATE", 407, &challenge("example.com", "n1"), "");
    assert_eq!(alice.take(), ["<rollback>", "<failed 1 Unauthorized>"]);
}

#[test]
fn the_application_is_asked_for_credentials() {
    for known in [true, false] {
        let mut alice = Caller::with(|config| config.ask_credentials = true).called(CallOptions::default());
        answered_early(&mut alice, "a");
        alice.answer("PRACK", 200, "", "");
        alice.take();
        let mut alice = updating(alice);
        alice.answer("UPDATE", 401, &challenge("example.com", "n1").replace("Proxy", "WWW"), "");
        assert_eq!(alice.take(), ["<challenge>"]);
        let token = alice.events().iter().rev().find_map(|event| match event {
            Event::Challenge { token, .. } => Some(*token),
            _ => None,
        });
        let credentials = known.then(credentials);
        alice.command(Command::Credentials { token: token.expect("a question"), credentials });
        let expected: &[&str] = if known { &["UPDATE sdp"] } else { &["<rollback>", "<failed 1 Unauthorized>"] };
        assert_eq!(alice.take(), expected);
    }
}

// RFC 3311 section 5.3 with RFC 3261 section 12.2.1.2: the dialog is over.
#[test]
fn a_481_or_408_or_silence_ends_the_dialog() {
    for end in [Some(481), Some(408), None] {
        let lose = |alice: &mut Caller| match end {
            Some(status) => alice.answer("UPDATE", status, "", ""),
            None => alice.pass(32_000),
        };
        let cause = end.map_or("Timeout", |status| if status == 481 { "Rejected" } else { "Timeout" });
        let failed = format!("<failed 1 {cause}>");
        let mut alice = updating(early());
        lose(&mut alice);
        assert_eq!(alice.take(), ["<rollback>", &failed, "CANCEL"]);
        alice.reply(487, "a", "", "");
        assert_eq!(alice.end(), Some((Cause::DialogGone, Some(487))));
        let mut alice = updating(confirmed());
        lose(&mut alice);
        assert_eq!(alice.take(), ["<rollback>", &failed, "BYE", "<ended DialogGone>"]);
        // Another fork lives on.
        let mut alice = updating(early());
        alice.unreliable(180, "b", "");
        alice.take();
        lose(&mut alice);
        let status = end.unwrap_or(408);
        assert_eq!(alice.take(), ["<rollback>", &failed, "BYE", &format!("<dialogended 0 {status}>")]);
        alice.ok("b", ANSWER);
        assert_eq!(alice.take(), ["ACK", "<remote>", "<accepted>", "<confirmed>"]);
    }
}

#[test]
fn the_connection_is_lost_and_comes_back() {
    for (make, until) in [(early as fn() -> Caller, 10_000), (confirmed, 100_000)] {
        let mut alice = updating(make());
        let first = alice.last();
        alice.lose_connection();
        alice.until(until);
        assert_eq!((alice.take(), alice.end()), (vec![], None), "its silence says nothing");
        alice.restore_connection();
        assert_eq!(alice.take(), ["UPDATE sdp"]);
        let second = alice.last();
        assert_eq!((second.cseq().number, second.body()), (first.cseq().number + 1, first.body()));
        assert_ne!(second.via().branch(), first.via().branch());
        alice.respond(&second, 200, &contact("a"), ANSWER);
        assert_eq!(alice.take().first().map(String::as_str), Some("<remote>"));
    }
}

#[test]
fn the_offer_is_made_while_there_is_no_connection() {
    let mut alice = early();
    alice.update();
    alice.lose_connection();
    alice.describe(REOFFER);
    assert_eq!(alice.take(), ["<describe>"]);
    assert_eq!(alice.try_update(None, true, true), Err(RefusalCode::NotConnected));
    alice.restore_connection();
    assert_eq!(alice.take(), ["UPDATE sdp"]);
}

#[test]
fn the_media_layer_has_no_offer() {
    let mut alice = early();
    alice.update();
    alice.fail_media(480, Cause::MediaDenied);
    assert_eq!(alice.take(), ["<describe>", "<failed 1 MediaDenied>"]);
}

#[test]
fn one_after_the_other() {
    let mut alice = updating(early());
    alice.update();
    assert_eq!(alice.try_update(None, true, false), Err(RefusalCode::OaPending));
    assert_eq!(alice.take(), [""; 0]);
    alice.answer("UPDATE", 200, &contact("a"), ANSWER);
    assert_eq!(alice.take(), ["<remote>", "<settled 1>", "<describe>"]);
}

#[test]
fn header_fields_of_the_application() {
    let mut alice = confirmed();
    let (call, request) = (alice.call, alice.next_request());
    let update = |headers| Command::Update { call, dialog: None, request, offer: false, queue: true, headers };
    let bad = vec![super::caller::field("RSeq", "1")];
    let refused = alice.try_command(update(bad)).map_err(|refusal| refusal.code);
    assert_eq!(refused, Err(RefusalCode::InvalidHeader));
    alice.command(update(vec![super::caller::field("X-Why", "because")]));
    assert_eq!(alice.last().header_named("X-Why"), Some("because"));
}

#[test]
fn an_update_moves_the_target_and_no_prack_does_and_neither_the_route() {
    let mut alice = Caller::calling();
    let fields = format!("{}{}Record-Route: <sip:p1;lr>\r\nAllow: UPDATE, PRACK\r\n", contact("a"), require(1));
    alice.reply(183, "a", &fields, ANSWER);
    alice.answer("PRACK", 200, "Contact: <sip:x@x.invalid>\r\nRecord-Route: <sip:p9;lr>\r\n", "");
    alice.update();
    alice.describe(OFFER);
    alice.take();
    assert_eq!(alice.last().uri(), "sip:bob@a.invalid");
    alice.answer("UPDATE", 200, "Contact: <sip:new@a.invalid>\r\nRecord-Route: <sip:p9;lr>\r\n", ANSWER);
    alice.reply(180, "a", &require(2), "");
    let prack = alice.request_sent("PRACK");
    assert_eq!((prack.uri(), prack.header(Name::Route)), ("sip:new@a.invalid", Some("<sip:p1;lr>")));
    assert_eq!(prack.cseq().number, 4);
}
