//! A PRACK with an offer (RFC 3262 section 5, RFC 6337 section 2.2, pattern 5, `P-094` to
//! `P-096`).

use super::caller::{ANSWER, Caller, OFFER, Prack, rack, require};
use prackle::message::Name;
use prackle::protocol::{CallOptions, Cause, Command, DescriptionKind, DialogNumber, Event, ProgressKind, RefusalCode};

/// Another offer than that of the INVITE.
const SECOND: &str =
    "v=0\r\no=- 1 2 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 40002 RTP/AVP 0 8\r\n";
/// The answer to that.
const SECOND_ANSWER: &str =
    "v=0\r\no=- 2 3 IN IP4 192.0.2.2\r\ns=-\r\nc=IN IP4 192.0.2.2\r\nt=0 0\r\nm=audio 50002 RTP/AVP 8\r\n";

const OFFERING: Prack = Prack { body: None, content_type: None, offer: true, headers: Vec::new() };
const SDP: Prack =
    Prack { body: Some(SECOND), content_type: Some("application/sdp"), offer: false, headers: Vec::new() };

/// The reliable 183 of callee `a` with the answer waits for the application.
fn answered() -> Caller {
    let mut alice = Caller::manual().called(CallOptions::default());
    alice.reliable(183, "a", 100, ANSWER);
    assert_eq!(alice.take(), ["<remote>", "<progress 183 rel answer prack>"]);
    alice
}

/// The same, with the PRACK and its offer on the way; the number of the command.
fn offered() -> (Caller, u32) {
    let mut alice = answered();
    let (number, result) = alice.try_prack(0, 100, OFFERING);
    assert_eq!(result, Ok(()));
    assert_eq!(alice.take(), ["<describe>"]);
    alice.describe(SECOND);
    assert_eq!(alice.take(), ["PRACK 100 sdp"]);
    (alice, number)
}

/// The last description that was told to the media layer.
fn remote(alice: &Caller) -> Option<(ProgressKind, &str, bool, DialogNumber)> {
    let mut events = alice.events().iter().rev();
    events.find_map(|event| match event {
        Event::Remote { kind, sdp, commit, dialog, .. } => Some((*kind, sdp.as_str(), *commit, *dialog)),
        _ => None,
    })
}

/// The exchange is complete: the next one can be begun.
fn is_stable(alice: &mut Caller) -> bool {
    alice.ok("a", "");
    alice.take();
    let (call, request) = (alice.call, alice.next_request());
    alice.try_command(Command::Renegotiate { call, request }).is_ok()
}

#[test]
fn p_094_the_answer_is_in_its_200() {
    let mut alice = answered();
    let (number, result) = alice.try_prack(0, 100, OFFERING);
    assert_eq!(result, Ok(()));
    let asked = alice.events().iter().rev().find_map(|event| match event {
        Event::Describe { kind, dialog, remote, .. } => Some((*kind, *dialog, remote.clone())),
        _ => None,
    });
    assert_eq!(asked, Some((DescriptionKind::Offer, Some(DialogNumber(0)), None)));
    alice.take();
    alice.until(4000);
    alice.describe(SECOND);
    assert_eq!(alice.take_timed(), [(4000, "PRACK 100 sdp".to_owned())]);
    let prack = alice.last();
    assert_eq!((prack.cseq().number, rack(&prack), prack.description()), (2, "100 1 INVITE", Some(SECOND)));
    assert!(prack.header(Name::Contact).is_none());
    alice.answer("PRACK", 200, "", SECOND_ANSWER);
    assert_eq!(alice.take(), ["<remote>".to_owned(), "<prackresponse 100>".to_owned(), format!("<settled {number}>")]);
    assert_eq!(remote(&alice), Some((ProgressKind::Answer, SECOND_ANSWER, true, DialogNumber(0))));
    // The 2xx to the INVITE has nothing to say any more.
    alice.ok("a", ANSWER);
    assert_eq!(alice.take(), ["ACK", "<accepted>", "<confirmed>"]);
    assert!(alice.last().body().is_empty());
}

#[test]
fn p_095_the_offer_is_refused() {
    for (status, cause) in [
        (488, "NotAcceptable"),
        (606, "NotAcceptable"),
        (415, "NotAcceptable"),
        (491, "Rejected"),
        (580, "ServerError"),
    ] {
        let (mut alice, number) = offered();
        let first = alice.last();
        alice.answer("PRACK", status, "", "");
        let refused = [format!("<offerrejected 100 {status}>"), format!("<failed {number} {cause}>")];
        assert_eq!(alice.take(), ["PRACK 100", "<rollback>", &refused[0], &refused[1]]);
        let second = alice.last();
        assert_eq!((second.cseq().number, rack(&second), second.body()), (3, rack(&first), &b""[..]));
        assert!(second.header(Name::ContentType).is_none());
        assert_eq!(second.to_tag(), first.to_tag());
        assert_ne!(second.via().branch(), first.via().branch());
        alice.answer("PRACK", 200, "", "");
        assert_eq!(alice.take(), ["<prackresponse 100>"]);
        assert!(is_stable(&mut alice));
    }
}

#[test]
fn p_096_not_without_an_answer_in_the_response() {
    let mut alice = Caller::manual().called(CallOptions::default());
    alice.reliable(180, "a", 100, "");
    alice.take();
    for prack in [OFFERING, SDP] {
        assert_eq!(alice.try_prack(0, 100, prack).1, Err(RefusalCode::OfferNotAllowed));
    }
    assert_eq!(alice.take(), [""; 0]);
    alice.prack(0, 100);
    assert_eq!(alice.take(), ["PRACK 100"]);
}

#[test]
fn only_with_the_prack_of_the_answer() {
    // After the answer, before it (a preview is none), and in place of one.
    let mut alice = answered();
    alice.reliable(180, "a", 101, "");
    alice.reliable(183, "a", 102, ANSWER);
    for rseq in [101, 102] {
        assert_eq!(alice.try_prack(0, rseq, OFFERING).1, Err(RefusalCode::OfferNotAllowed));
    }
    let mut alice = Caller::manual().called(CallOptions::default());
    alice.unreliable(183, "a", ANSWER);
    alice.reliable(180, "a", 100, "");
    assert_eq!(alice.try_prack(0, 100, OFFERING).1, Err(RefusalCode::OfferNotAllowed));
    let mut alice = Caller::manual().offerless();
    alice.reliable(180, "a", 100, "");
    assert_eq!(alice.try_prack(0, 100, SDP).1, Err(RefusalCode::OfferNotAllowed));
}

#[test]
fn the_application_makes_the_offer_itself() {
    let mut alice = answered();
    assert_eq!(alice.try_prack(0, 100, SDP).1, Ok(()));
    assert_eq!(alice.take(), ["PRACK 100 sdp"]);
    alice.answer("PRACK", 200, "", SECOND_ANSWER);
    assert_eq!(alice.take(), ["<remote>", "<prackresponse 100>", "<settled 1>"]);
    assert_eq!(remote(&alice).map(|remote| remote.1), Some(SECOND_ANSWER));
    let both = Prack { offer: true, ..SDP };
    assert_eq!(answered().try_prack(0, 100, both).1, Err(RefusalCode::InvalidArgument));
}

// One part of several is a session description as well (RFC 5621 section 3.1).
#[test]
fn an_offer_in_one_of_several_parts() {
    const PARTS: &str =
        "--x\r\nContent-Type: text/plain\r\n\r\nhello\r\n--x\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--x--\r\n";
    let parts = || Prack { body: Some(PARTS), content_type: Some("multipart/mixed;boundary=x"), ..Prack::default() };
    let mut alice = answered();
    alice.reliable(180, "a", 101, "");
    alice.take();
    assert_eq!(alice.try_prack(0, 101, parts()).1, Err(RefusalCode::OfferNotAllowed));
    assert_eq!(alice.try_prack(0, 100, parts()).1, Ok(()));
    assert_eq!(alice.take(), ["PRACK 100 sdp"]);
    // What is not meant as the session is none.
    let rendered = Prack { headers: vec![super::caller::field("Content-Disposition", "render")], ..SDP };
    assert_eq!(alice.try_prack(0, 101, rendered).1, Ok(()));
}

// RFC 3264 section 5: an offer wants an answer.
#[test]
fn the_200_has_no_answer() {
    let (mut alice, number) = offered();
    alice.answer("PRACK", 200, "", "");
    let settled = format!("<settled {number}>");
    assert_eq!(alice.take(), ["<rollback>", "<offer-unanswered>", "<prackresponse 100>", &settled]);
    assert!(is_stable(&mut alice));
}

#[test]
fn a_description_that_nobody_asked_for() {
    let mut alice = answered();
    alice.prack(0, 100);
    alice.take();
    alice.answer("PRACK", 200, "", SECOND_ANSWER);
    assert_eq!(alice.take(), ["<prackresponse 100>", "<settled 1>"]);
}

#[test]
fn the_prack_with_the_offer_is_refused_for_another_reason() {
    for status in [400, 403, 405, 500, 501, 503] {
        let (mut alice, number) = offered();
        alice.answer("PRACK", status, "", "");
        let seen = alice.take();
        assert_eq!(seen.get(..2), Some(["<rollback>".to_owned(), format!("<prackfailed 100 {status}>")].as_slice()));
        assert!(seen.len() == 3 && seen[2].starts_with(&format!("<failed {number} ")), "{seen:?}");
        // The acknowledgement is still wanted; the offer is not made again.
        alice.reliable(183, "a", 100, ANSWER);
        assert_eq!(alice.take(), ["PRACK 100"]);
        assert_eq!(alice.last().cseq().number, 3);
        alice.answer("PRACK", 200, "", "");
        assert!(is_stable(&mut alice));
    }
}

#[test]
fn nothing_was_outstanding() {
    let (mut alice, _) = offered();
    alice.answer("PRACK", 481, "", "");
    assert_eq!(alice.take(), ["<rollback>", "<prackfailed 100 481>", "<failed 1 Rejected>"]);
    alice.reliable(183, "a", 100, ANSWER);
    assert_eq!(alice.take(), [""; 0]);
    assert!(is_stable(&mut alice));
}

#[test]
fn the_prack_with_the_offer_is_never_answered() {
    let (mut alice, number) = offered();
    alice.until(32_000);
    let failed = format!("<failed {number} Timeout>");
    assert_eq!(alice.take(), ["<rollback>", "<prackfailed 100 Timeout>", &failed, "CANCEL"]);
}

// It is the response that wants a PRACK; the offer was the application's wish.
#[test]
fn the_media_layer_has_no_offer() {
    let mut alice = answered();
    let (number, _) = alice.try_prack(0, 100, OFFERING);
    alice.fail_media(480, Cause::MediaDenied);
    assert_eq!(alice.take(), ["<describe>", &format!("<failed {number} MediaDenied>"), "PRACK 100"]);
    assert!(alice.last().body().is_empty());
    assert!(is_stable(&mut alice));
}

#[test]
fn the_media_layer_is_silent() {
    let mut alice = answered();
    alice.until(15_000);
    let (number, _) = alice.try_prack(0, 100, OFFERING);
    alice.take();
    alice.until(20_000);
    assert_eq!(alice.take(), [&format!("<failed {number} MediaTimeout>"), "PRACK 100", "<prackauto 100>"]);
    assert!(alice.last().body().is_empty());
    assert_eq!(alice.end(), None);
    alice.describe(SECOND);
    assert_eq!(alice.take(), [""; 0]);
}

#[test]
fn hung_up_while_the_offer_is_made() {
    let mut alice = answered();
    let (number, _) = alice.try_prack(0, 100, OFFERING);
    alice.take();
    alice.hangup();
    assert_eq!(alice.take(), [&format!("<failed {number} DialogEnded>"), "PRACK 100", "CANCEL"]);
    assert!(alice.request_sent("PRACK").body().is_empty());
}

#[test]
fn hung_up_while_the_offer_waits_for_its_turn() {
    let mut alice = Caller::manual().called(CallOptions::default());
    alice.reliable(180, "a", 100, "");
    alice.reliable(183, "a", 101, ANSWER);
    let (number, result) = alice.try_prack(0, 101, OFFERING);
    assert_eq!(result, Ok(()));
    alice.describe(SECOND);
    alice.take();
    alice.hangup();
    let failed = format!("<failed {number} DialogEnded>");
    assert_eq!(alice.take(), [&failed, "PRACK 100", "PRACK 101", "CANCEL"]);
    assert!(alice.requests_sent("PRACK").iter().all(|prack| prack.body().is_empty()));
}

#[test]
fn hung_up_while_the_offer_is_on_its_way() {
    let (mut alice, number) = offered();
    alice.hangup();
    assert_eq!(alice.take(), ["CANCEL"]);
    // The CANCEL may lose: the acknowledgement goes on.
    alice.answer("PRACK", 488, "", "");
    let failed = format!("<failed {number} NotAcceptable>");
    assert_eq!(alice.take(), ["PRACK 100", "<rollback>", "<offerrejected 100 488>", &failed]);
    alice.reply(487, "a", "", "");
    assert_eq!(alice.take(), ["ACK", "<ended Cancelled 487>"]);
    alice.finish();
}

// RFC 6337 section 4.3: nobody else may offer meanwhile.
#[test]
fn the_peer_offers_meanwhile() {
    for described in [false, true] {
        let mut alice = answered();
        let _ = alice.try_prack(0, 100, OFFERING);
        if described {
            alice.describe(SECOND);
        }
        alice.take();
        alice.request("UPDATE", &super::caller::contact("a"), OFFER);
        assert_eq!(alice.take(), ["491 UPDATE"]);
    }
}

// RFC 3264 section 4: one exchange at a time, and the next when it is complete.
#[test]
fn an_update_waits_for_the_answer() {
    let (mut alice, _) = offered();
    alice.reply(180, "a", "Allow: INVITE, ACK, BYE, CANCEL, PRACK, UPDATE\r\n", "");
    assert_eq!(alice.take(), ["<progress 180>"]);
    let (call, request) = (alice.call, alice.next_request());
    let update = |queue| Command::Update { call, dialog: None, request, offer: true, queue, headers: Vec::new() };
    let refused = alice.try_command(update(false)).map_err(|refusal| refusal.code);
    assert_eq!(refused, Err(RefusalCode::OaPending));
    alice.command(update(true));
    assert_eq!(alice.take(), [""; 0]);
    alice.answer("PRACK", 200, "", SECOND_ANSWER);
    assert_eq!(alice.take(), ["<remote>", "<prackresponse 100>", "<settled 1>", "<describe>"]);
    alice.describe(OFFER);
    assert_eq!(alice.take(), ["UPDATE sdp"]);
    assert_eq!(alice.last().cseq().number, 3);
}

#[test]
fn each_fork_has_an_exchange_of_its_own() {
    let mut alice = Caller::manual().called(CallOptions::default());
    for tag in ["a", "b"] {
        alice.reliable(183, tag, 100, ANSWER);
    }
    alice.take();
    for (dialog, tag) in [(1, "b"), (0, "a")] {
        let (_, result) = alice.try_prack(dialog, 100, OFFERING);
        assert_eq!(result, Ok(()));
        alice.describe(SECOND);
        assert_eq!(alice.take(), ["<describe>", "PRACK 100 sdp"]);
        assert_eq!((alice.last().to_tag(), alice.last().cseq().number), (Some(tag), 2));
    }
    let [b, a] = <[_; 2]>::try_from(alice.requests_sent("PRACK")).expect("two of them");
    alice.respond(&a, 488, "", "");
    assert_eq!(alice.take(), ["PRACK 100", "<rollback>", "<offerrejected 100 488>", "<failed 2 NotAcceptable>"]);
    assert_eq!((alice.last().to_tag(), alice.last().cseq().number), (Some("a"), 3));
    alice.respond(&b, 200, "", SECOND_ANSWER);
    assert_eq!(alice.take(), ["<remote>", "<prackresponse 100>", "<settled 1>"]);
    assert_eq!(remote(&alice), Some((ProgressKind::Answer, SECOND_ANSWER, true, DialogNumber(1))));
}

#[test]
fn later_pracks_wait_for_the_offer() {
    let mut alice = answered();
    let _ = alice.try_prack(0, 100, OFFERING);
    alice.reliable(180, "a", 101, "");
    alice.take();
    alice.prack(0, 101);
    assert_eq!(alice.take(), [""; 0]);
    alice.describe(SECOND);
    assert_eq!(alice.take(), ["PRACK 100 sdp", "PRACK 101"]);
}

// The 2xx may overtake the answer in the response to the PRACK.
#[test]
fn a_200_before_the_answer() {
    let (mut alice, number) = offered();
    alice.ok("a", "");
    assert_eq!(alice.take(), ["ACK", "<accepted>", "<confirmed>"]);
    alice.answer("PRACK", 200, "", SECOND_ANSWER);
    assert_eq!(alice.take(), ["<remote>".to_owned(), "<prackresponse 100>".to_owned(), format!("<settled {number}>")]);
    assert_eq!(remote(&alice).map(|remote| remote.1), Some(SECOND_ANSWER));
}

#[test]
fn a_200_before_the_offer_is_refused() {
    let (mut alice, number) = offered();
    alice.ok("a", "");
    alice.take();
    alice.answer("PRACK", 488, "", "");
    let failed = format!("<failed {number} NotAcceptable>");
    assert_eq!(alice.take(), ["PRACK 100", "<rollback>", "<offerrejected 100 488>", &failed]);
    assert_eq!(alice.last().cseq().number, 3);
    alice.answer("PRACK", 200, "", "");
    assert_eq!(alice.take(), ["<prackresponse 100>"]);
    assert_eq!(alice.end(), None);
}

#[test]
fn the_connection_is_lost_under_the_offer() {
    let (mut alice, number) = offered();
    alice.lose_connection();
    alice.until(3000);
    alice.restore_connection();
    assert_eq!(alice.take(), ["PRACK 100 sdp"]);
    let prack = alice.last();
    assert_eq!((prack.cseq().number, prack.description()), (3, Some(SECOND)));
    // The former had arrived: its answer is lost, but the acknowledgement counts.
    alice.answer("PRACK", 481, "", "");
    let settled = format!("<settled {number}>");
    assert_eq!(alice.take(), ["<rollback>", "<offer-unanswered>", "<prackresponse 100>", &settled]);
    assert!(is_stable(&mut alice));
}

#[test]
fn the_offer_is_ready_before_the_connection_is_back() {
    let mut alice = answered();
    let _ = alice.try_prack(0, 100, OFFERING);
    alice.lose_connection();
    alice.describe(SECOND);
    assert_eq!(alice.take(), ["<describe>"]);
    alice.until(3000);
    alice.restore_connection();
    assert_eq!(alice.take(), ["PRACK 100 sdp"]);
    assert_eq!(alice.last().cseq().number, 2);
}

#[test]
fn the_offer_is_challenged() {
    let mut alice = Caller::with(|config| {
        config.prack = prackle::protocol::PrackMode::Manual;
        config.credentials = Some(super::caller::credentials());
    })
    .called(CallOptions::default());
    alice.reliable(183, "a", 100, ANSWER);
    let _ = alice.try_prack(0, 100, OFFERING);
    alice.describe(SECOND);
    alice.take();
    alice.answer("PRACK", 407, &super::caller::challenge("example.com", "n"), "");
    assert_eq!(alice.take(), ["PRACK 100 sdp"]);
    assert_eq!((alice.last().cseq().number, alice.last().description()), (3, Some(SECOND)));
    alice.answer("PRACK", 200, "", SECOND_ANSWER);
    assert_eq!(alice.take(), ["<remote>", "<prackresponse 100>", "<settled 1>"]);
}

#[test]
fn the_response_again_while_the_offer_is_open() {
    let (mut alice, _) = offered();
    alice.reliable(183, "a", 100, ANSWER);
    alice.reply(183, "a", &require(100), "");
    assert_eq!(alice.take(), [""; 0]);
}
