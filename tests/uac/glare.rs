//! How the UPDATEs of a caller meet what the callee sends, and one another (RFC 3311 section
//! 5, RFC 6337 section 4, `P-113`).

use super::caller::{ANSWER, Caller, OFFER, contact};
use super::updates::{REOFFER, answered_early, confirmed, early, updating};
use prackle::protocol::{CallOptions, Command, DialogNumber, PrackMode, RefusalCode};

// P-113 for the caller, who owns the Call-ID: RFC 3311 section 5.3.
#[test]
fn p_113_after_a_491_once_more() {
    let mut pauses = Vec::new();
    for seed in 0..20 {
        let mut alice = updating(early());
        // The draw depends on what was drawn before.
        for _ in 0..seed {
            alice.request("UPDATE", &contact("a"), "");
            alice.request("UPDATE", &contact("a"), OFFER);
        }
        alice.take();
        alice.answer("UPDATE", 491, "", "");
        alice.until(2099);
        assert_eq!(alice.take(), [""; 0]);
        alice.until(4000);
        let [(at, words)] = &alice.take_timed()[..] else { panic!("not one message") };
        assert_eq!((words.as_str(), at % 10), ("UPDATE sdp", 0));
        pauses.push(*at);
        let updates = alice.requests_sent("UPDATE");
        let [first, second] = &updates[..] else { panic!("not two of them") };
        assert_eq!(second.body(), first.body());
        assert_eq!(second.cseq().number, first.cseq().number + 1);
        alice.answer("UPDATE", 491, "", "");
        assert_eq!(alice.take(), ["<rollback>", "<offerrejected>", "<failed 1 Rejected>"]);
        alice.pass(10_000);
        assert_eq!(alice.take(), [""; 0]);
    }
    assert!(pauses.iter().all(|at| (2100..=4000).contains(at)), "{pauses:?}");
}

#[test]
fn after_a_500_once_more_when_it_says_when() {
    let mut alice = updating(early());
    alice.answer("UPDATE", 500, "Retry-After: 3\r\n", "");
    alice.until(2999);
    assert_eq!(alice.take(), [""; 0]);
    alice.until(3000);
    assert_eq!(alice.take(), ["UPDATE sdp"]);
    alice.answer("UPDATE", 500, "Retry-After: 3\r\n", "");
    assert_eq!(alice.take(), ["<rollback>", "<offerrejected>", "<failed 1 ServerError>"]);
    let mut alice = updating(early());
    alice.answer("UPDATE", 500, "", "");
    assert_eq!(alice.take(), ["<rollback>", "<offerrejected>", "<failed 1 ServerError>"]);
    alice.pass(20_000);
    assert_eq!(alice.take(), [""; 0]);
}

// RFC 6337 figure 14, and the rest of section 4.2.
#[test]
fn glare_with_an_update_of_ours() {
    for make in [early as fn() -> Caller, confirmed] {
        let mut alice = updating(make());
        alice.request("UPDATE", &contact("a"), OFFER);
        alice.request("INVITE", &contact("a"), OFFER);
        alice.request("INVITE", &contact("a"), "");
        assert_eq!(alice.take(), ["491 UPDATE", "491 INVITE", "491 INVITE"]);
        alice.request("UPDATE", &contact("moved"), "");
        assert_eq!(alice.take(), ["200 UPDATE", "<update>"]);
        alice.answer("UPDATE", 200, "", ANSWER);
        assert_eq!(alice.take().first().map(String::as_str), Some("<remote>"));
        alice.request("UPDATE", &contact("a"), OFFER);
        assert_eq!(alice.take(), ["<describe>"]);
    }
}

// The peer's offer came while ours was being made: ours is out of date, and made again.
#[test]
fn the_peer_is_faster_than_the_media_layer() {
    let mut alice = early();
    alice.update();
    let ours = alice.token;
    alice.request("UPDATE", &contact("a"), OFFER);
    assert_eq!(alice.take(), ["<describe>", "<rollback>", "<describe>"]);
    let theirs = core::mem::replace(&mut alice.token, ours);
    alice.describe(REOFFER);
    assert_eq!(alice.take(), [""; 0], "nobody waits for it any more");
    alice.token = theirs;
    alice.describe(ANSWER);
    assert_eq!(alice.take(), ["200 UPDATE sdp", "<update>", "<describe>"]);
    alice.describe(REOFFER);
    assert_eq!(alice.take(), ["UPDATE sdp"]);
}

#[test]
fn the_peer_offers_while_ours_waits_out_a_glare() {
    let mut alice = updating(early());
    alice.answer("UPDATE", 491, "", "");
    alice.request("UPDATE", &contact("a"), OFFER);
    assert_eq!(alice.take(), ["<rollback>", "<describe>"]);
    alice.describe(ANSWER);
    assert_eq!(alice.take(), ["200 UPDATE sdp", "<update>"]);
    alice.until(4000);
    assert_eq!(alice.take(), ["<describe>"]);
    alice.describe(REOFFER);
    alice.answer("UPDATE", 200, &contact("a"), ANSWER);
    assert_eq!(alice.take(), ["UPDATE sdp", "<remote>", "<settled 1>"]);
}

#[test]
fn the_200_to_the_invite_overtakes_that_to_the_update() {
    let mut alice = updating(early());
    alice.ok("a", "");
    assert_eq!(alice.take(), ["ACK", "<accepted>", "<confirmed>"]);
    alice.answer("UPDATE", 200, &contact("a"), ANSWER);
    assert_eq!(alice.take(), ["<remote>", "<updated>", "<settled 1>"]);
}

#[test]
fn each_fork_has_its_own() {
    let mut alice = early();
    answered_early(&mut alice, "b");
    let prack = alice.last();
    assert_eq!(alice.try_update(None, true, true), Err(RefusalCode::InvalidArgument), "which of them?");
    assert_eq!(alice.try_update(Some(2), true, true), Err(RefusalCode::InvalidState), "there is no such");
    alice.try_update(Some(1), true, true).expect("b");
    assert_eq!(alice.take(), [""; 0], "the PRACK of b has no response");
    alice.try_update(Some(0), true, true).expect("a");
    alice.describe(REOFFER);
    assert_eq!(alice.take(), ["<describe>", "UPDATE sdp"]);
    assert_eq!((alice.last().to_tag(), alice.last().cseq().number), (Some("a"), 3));
    alice.respond(&prack, 200, "", "");
    alice.describe(REOFFER);
    assert_eq!(alice.take(), ["<prackresponse 100>", "<describe>", "UPDATE sdp"]);
    assert_eq!((alice.last().to_tag(), alice.last().cseq().number), (Some("b"), 3));
    // The one that is answered takes its UPDATE along; that of the other has lost its dialog.
    let of_a = alice.requests_sent("UPDATE").remove(0);
    alice.ok("a", "");
    let seen = alice.take();
    assert_eq!(seen, ["<failed 3 DialogEnded>", "ACK", "<accepted>", "<confirmed>"]);
    alice.respond(&of_a, 200, &contact("a"), ANSWER);
    assert_eq!(alice.take(), ["<remote>", "<updated>", "<settled 4>"]);
}

#[test]
fn an_offer_in_a_fork_that_has_lost() {
    let mut alice = early();
    alice.ok("b", ANSWER);
    alice.take();
    alice.peer.tag = "a".into();
    alice.request("UPDATE", &contact("a"), OFFER);
    assert_eq!(alice.take(), ["487 UPDATE"]);
}

// RFC 3261 section 15.1.2 has 487 for what is pending when a dialog ends.
#[test]
fn while_our_cancel_is_out_nobody_answers_offers() {
    let mut alice = early();
    alice.request("UPDATE", &contact("a"), OFFER);
    alice.hangup();
    assert_eq!(alice.take(), ["<describe>", "487 UPDATE", "CANCEL"]);
    alice.describe(ANSWER);
    alice.request("UPDATE", &contact("a"), OFFER);
    assert_eq!(alice.take(), ["487 UPDATE"]);
    alice.request("UPDATE", &contact("moved"), "");
    assert_eq!(alice.take(), ["200 UPDATE", "<update>"]);
    alice.reply(487, "a", "", "");
    assert_eq!(alice.take(), ["ACK", "<ended Cancelled 487>"]);
    alice.request("UPDATE", &contact("a"), OFFER);
    assert_eq!(alice.take(), ["481 UPDATE"]);
    alice.finish();
}

#[test]
fn within_a_reinvite_it_waits_for_the_prack_of_the_answer() {
    let mut alice = confirmed();
    let (call, request) = (alice.call, alice.next_request());
    alice.command(Command::Renegotiate { call, request });
    alice.describe(OFFER);
    alice.update();
    assert_eq!(alice.take(), ["<describe>", "INVITE sdp"]);
    alice.reliable(183, "a", 7, ANSWER);
    assert_eq!(alice.take(), ["PRACK 7", "<remote>", "<progress 183 rel answer>"]);
    alice.answer("PRACK", 200, "", "");
    assert_eq!(alice.take(), ["<prackresponse 7>", "<describe>"]);
    alice.describe(REOFFER);
    alice.answer("UPDATE", 200, &contact("a"), ANSWER);
    assert_eq!(alice.take(), ["UPDATE sdp", "<remote>", "<updated>", "<settled 2>"]);
    alice.ok("a", "");
    assert_eq!(alice.take(), ["ACK", "<updated>", "<settled 1>"]);
}

// RFC 6337 section 4.3, UAC-UI and UAC-II: one of our offers at a time.
#[test]
fn a_reinvite_and_an_update_of_ours_do_not_meet() {
    let mut alice = updating(confirmed());
    let (call, request) = (alice.call, alice.next_request());
    let renegotiate = Command::Renegotiate { call, request };
    let refused = alice.try_command(renegotiate.clone()).map_err(|refusal| refusal.code);
    assert_eq!(refused, Err(RefusalCode::InvalidState));
    alice.answer("UPDATE", 491, "", "");
    let refused = alice.try_command(renegotiate.clone()).map_err(|refusal| refusal.code);
    assert_eq!(refused, Err(RefusalCode::InvalidState), "its offer is kept");
    alice.pass(4000);
    alice.answer("UPDATE", 200, &contact("a"), ANSWER);
    assert_eq!(alice.take(), ["UPDATE sdp", "<remote>", "<updated>", "<settled 1>"]);
    alice.command(renegotiate);
    alice.update();
    assert_eq!(alice.take(), ["<describe>"]);
    alice.describe(OFFER);
    alice.ok("a", ANSWER);
    assert_eq!(alice.take(), ["INVITE sdp", "ACK", "<remote>", "<updated>", "<settled 2>", "<describe>"]);
}

#[test]
fn the_peer_reinvites_while_ours_waits_out_a_glare() {
    let mut alice = updating(confirmed());
    alice.answer("UPDATE", 491, "", "");
    alice.request("INVITE", &contact("a"), OFFER);
    assert_eq!(alice.take(), ["<rollback>", "<describe>"]);
    alice.describe(ANSWER);
    alice.until(4000);
    let seen = alice.take();
    assert_eq!(seen[..2], ["200 INVITE sdp", "<updated>"], "ours waits for the ACK: {seen:?}");
    assert!(!seen.contains(&"<describe>".to_owned()), "{seen:?}");
    let number = alice.peer.cseq;
    alice.numbered("ACK", number, "", "");
    assert_eq!(alice.take(), ["<describe>"]);
}

// RFC 6337 section 4.3, UAS-IcU: with and after the exchange in a reliable response.
#[test]
fn an_update_of_the_peer_within_a_reinvite_of_ours() {
    let mut alice = confirmed();
    let (call, request) = (alice.call, alice.next_request());
    alice.command(Command::Renegotiate { call, request });
    alice.describe(OFFER);
    alice.request("UPDATE", &contact("a"), OFFER);
    alice.request("UPDATE", &contact("a"), "");
    assert_eq!(alice.take(), ["<describe>", "INVITE sdp", "491 UPDATE", "200 UPDATE", "<update>"]);
    alice.reliable(183, "a", 7, ANSWER);
    alice.take();
    alice.request("UPDATE", &contact("a"), OFFER);
    assert_eq!(alice.take(), ["491 UPDATE"]);
    alice.answer("PRACK", 200, "", "");
    alice.request("UPDATE", &contact("a"), OFFER);
    alice.describe(ANSWER);
    assert_eq!(alice.take(), ["<prackresponse 7>", "<describe>", "200 UPDATE sdp", "<update>", "<updated>"]);
    alice.ok("a", "");
    assert_eq!(alice.take(), ["ACK", "<updated>", "<settled 1>"]);
}

// Neither offer nor answer: they do not count.
#[test]
fn descriptions_in_the_wrong_place() {
    // In an UPDATE, before the answer to the INVITE.
    let mut alice = Caller::calling();
    alice.reliable(180, "a", 100, "");
    alice.take();
    alice.request("UPDATE", &contact("a"), ANSWER);
    assert_eq!(alice.take(), ["491 UPDATE"]);
    // In the 200 to the PRACK of one without.
    alice.answer("PRACK", 200, "", ANSWER);
    assert_eq!(alice.take(), ["<prackresponse 100>"]);
    alice.ok("a", ANSWER);
    assert_eq!(alice.take(), ["ACK", "<remote>", "<accepted>", "<confirmed>"]);
    // In the 200 to an UPDATE without an offer, and in the refusal of one with.
    let mut alice = confirmed();
    alice.try_update(None, false, true).expect("nothing is in its way");
    alice.answer("UPDATE", 200, &contact("a"), ANSWER);
    assert_eq!(alice.take(), ["UPDATE", "<settled 1>"]);
    let mut alice = updating(confirmed());
    alice.answer("UPDATE", 488, "", ANSWER);
    assert_eq!(alice.take(), ["<rollback>", "<offerrejected>", "<failed 1 NotAcceptable>"]);
    alice.update();
    assert_eq!(alice.take(), ["<describe>"]);
}

#[test]
fn a_provisional_response_to_an_update_says_nothing() {
    let mut alice = updating(early());
    alice.answer("UPDATE", 100, "", "");
    alice.answer("UPDATE", 183, &contact("elsewhere"), ANSWER);
    assert_eq!(alice.take(), [""; 0]);
    alice.answer("UPDATE", 200, &contact("a"), ANSWER);
    assert_eq!(alice.take(), ["<remote>", "<settled 1>"]);
    alice.answer("UPDATE", 200, &contact("a"), OFFER);
    assert_eq!(alice.take(), [""; 0], "it is the same one again");
}

#[test]
fn an_update_of_the_peer_outlives_the_early_dialog_that_it_came_in() {
    let mut alice = early();
    alice.request("UPDATE", &contact("a"), OFFER);
    alice.ok("a", "");
    assert_eq!(alice.take(), ["<describe>", "ACK", "<accepted>", "<confirmed>"]);
    alice.describe(ANSWER);
    assert_eq!(alice.take(), ["200 UPDATE sdp", "<update>", "<updated>"]);
    let mut alice = early();
    alice.request("UPDATE", &contact("a"), OFFER);
    alice.take();
    alice.reply(486, "a", "", "");
    assert_eq!(alice.take(), ["ACK", "487 UPDATE", "<ended Busy 486>"], "but not the call");
}

// RFC 3311 section 5.2: it is an offer of ours wherever it went.
#[test]
fn an_update_of_the_peer_against_an_offer_in_our_prack() {
    let mut alice = Caller::with(|config| config.prack = PrackMode::Manual).called(CallOptions::default());
    alice.reliable(183, "a", 9, ANSWER);
    alice.request("UPDATE", &contact("a"), OFFER);
    assert_eq!(
        alice.take(),
        ["<remote>", "<progress 183 rel answer prack>", "491 UPDATE"],
        "it is not acknowledged yet"
    );
    let (call, request) = (alice.call, alice.next_request());
    let (dialog, body, content_type, headers) = (DialogNumber(0), None, None, Vec::new());
    alice.command(Command::Prack { call, dialog, rseq: 9, request, body, content_type, offer: true, headers });
    alice.describe(REOFFER);
    alice.request("UPDATE", &contact("a"), OFFER);
    alice.request("UPDATE", &contact("a"), "");
    assert_eq!(alice.take(), ["<describe>", "PRACK 9 sdp", "491 UPDATE", "200 UPDATE", "<update>"]);
    alice.answer("PRACK", 200, "", ANSWER);
    alice.request("UPDATE", &contact("a"), OFFER);
    assert_eq!(alice.take().last().map(String::as_str), Some("<describe>"));
}
