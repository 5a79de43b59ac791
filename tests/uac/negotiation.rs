//! Offer and answer of an outgoing call, across its responses, PRACK and ACK (RFC 3262
//! section 5, RFC 6337, `P-087` to `P-100`).

use super::caller::{ANSWER, Caller, OFFER, TARGET, contact, require};
use prackle::message::Name;
use prackle::protocol::{CallOptions, Cause, Event, Media, ProgressKind};

fn offerless() -> Caller {
    let mut alice = Caller::new();
    alice.dial(TARGET, CallOptions { media: Media::Offerless, ..CallOptions::default() });
    assert_eq!(alice.take(), ["INVITE"]);
    alice
}

/// What was told to the media layer of the peer's descriptions, and whether for good.
fn remotes(alice: &Caller) -> Vec<(ProgressKind, &str, bool)> {
    let told = alice.events().iter().filter_map(|event| match event {
        Event::Remote { kind, sdp, commit, .. } => Some((*kind, sdp.as_str(), *commit)),
        _ => None,
    });
    told.collect()
}

fn is_rejection(sdp: Option<&str>) -> bool {
    sdp.is_some_and(|sdp| sdp.lines().filter(|line| line.starts_with("m=")).all(|line| line.contains(" 0 ")))
}

#[test]
fn p_087_a_preview_then_the_answer_then_nothing() {
    let mut alice = Caller::calling();
    alice.unreliable(183, "a", ANSWER);
    alice.reliable(183, "a", 100, ANSWER);
    alice.ok("a", OFFER);
    let early = ["<remote>", "<progress 183 preview>", "PRACK 100", "<remote>", "<progress 183 rel answer>"];
    assert_eq!(alice.take(), [&early[..], &["ACK", "<accepted>", "<confirmed>"]].concat());
    assert_eq!(remotes(&alice), [(ProgressKind::Preview, ANSWER, false), (ProgressKind::Answer, ANSWER, false)]);
}

/// Another answer than `ANSWER`.
const OTHER: &str =
    "v=0\r\no=- 2 3 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\nm=audio 50008 RTP/AVP 0\r\n";

#[test]
fn p_088_the_answer_is_not_what_was_previewed() {
    for (accept, in_force) in [(false, ANSWER), (true, OTHER)] {
        let mut alice = Caller::with(|config| config.accept_changed_answer = accept).called(CallOptions::default());
        alice.unreliable(183, "a", ANSWER);
        alice.take();
        alice.reliable(183, "a", 100, OTHER);
        assert_eq!(alice.take(), ["PRACK 100", "<answer-changed>", "<remote>", "<progress 183 rel answer>"]);
        let told = [(ProgressKind::Preview, ANSWER, false), (ProgressKind::Answer, in_force, false)];
        assert_eq!(remotes(&alice), told);
        // The exchange is complete: whatever the 2xx carries does not count.
        alice.ok("a", OFFER);
        assert_eq!(alice.take(), ["ACK", "<accepted>", "<confirmed>"]);
        assert_eq!(remotes(&alice), told);
    }
}

#[test]
fn the_answer_of_the_200_is_not_what_was_previewed() {
    for (accept, in_force) in [(false, ANSWER), (true, OTHER)] {
        let mut alice = Caller::with(|config| config.accept_changed_answer = accept).called(CallOptions::default());
        alice.unreliable(183, "a", ANSWER);
        alice.ok("a", OTHER);
        alice.take();
        assert_eq!(remotes(&alice).last(), Some(&(ProgressKind::Answer, in_force, true)));
    }
}

// RFC 3261 section 13.2.1: the first one counts.
#[test]
fn a_preview_is_not_what_was_previewed() {
    let mut alice = Caller::calling();
    alice.unreliable(183, "a", ANSWER);
    alice.unreliable(183, "a", ANSWER);
    alice.unreliable(183, "a", OTHER);
    let again = ["<progress 183 preview>", "<answer-changed>", "<progress 183 preview>"];
    assert_eq!(alice.take(), [&["<remote>", "<progress 183 preview>"][..], &again].concat());
    alice.reliable(183, "a", 100, ANSWER);
    assert_eq!(alice.take(), ["PRACK 100", "<remote>", "<progress 183 rel answer>"]);
    let mut alice = Caller::with(|config| config.accept_changed_answer = true).called(CallOptions::default());
    alice.unreliable(183, "a", ANSWER);
    alice.unreliable(183, "a", OTHER);
    alice.reliable(183, "a", 100, OTHER);
    let in_force = [(ProgressKind::Preview, ANSWER), (ProgressKind::Preview, OTHER), (ProgressKind::Answer, OTHER)];
    assert_eq!(remotes(&alice), in_force.map(|(kind, sdp)| (kind, sdp, false)));
}

// The preview was left as a provisional answer for the whole of the call.
#[test]
fn a_200_without_a_description_makes_the_preview_the_answer() {
    let mut alice = Caller::calling();
    alice.unreliable(183, "a", ANSWER);
    alice.take();
    alice.ok("a", "");
    assert_eq!(alice.take(), ["ACK", "<remote>", "<accepted>", "<confirmed>"]);
    assert_eq!(remotes(&alice).last(), Some(&(ProgressKind::Answer, ANSWER, true)));
}

#[test]
fn p_089_the_200_needs_no_description_after_the_answer() {
    let mut alice = Caller::calling();
    alice.reliable(183, "a", 100, ANSWER);
    alice.take();
    alice.ok("a", "");
    assert_eq!(alice.take(), ["ACK", "<accepted>", "<confirmed>"]);
}

#[test]
fn p_090_no_description_at_all() {
    let mut alice = Caller::calling();
    alice.reliable(180, "a", 100, "");
    alice.take();
    alice.ok("a", "");
    assert_eq!(alice.take(), ["ACK", "BYE", "<ended NoAnswerDescription>"]);
}

#[test]
fn a_preview_of_one_callee_is_none_of_another() {
    let mut alice = Caller::calling();
    alice.unreliable(183, "a", ANSWER);
    alice.reliable(183, "b", 1, ANSWER);
    alice.ok("a", ANSWER);
    let seen = alice.take();
    assert_eq!(seen.get(5..), Some(["ACK", "<remote>", "<accepted>", "<confirmed>"].map(str::to_owned).as_slice()));
}

#[test]
fn p_091_the_answer_is_in_the_prack() {
    let mut alice = offerless();
    for at in [0, 500, 1500, 3500] {
        alice.until(at);
        alice.reliable(183, "a", 100, OFFER);
    }
    assert_eq!(alice.take(), ["<describe>", "<progress 183 rel offer>"]);
    alice.until(6000);
    alice.describe(ANSWER);
    assert_eq!(alice.take_timed(), [(6000, "PRACK 100 sdp".to_owned())]);
    assert_eq!(alice.last().description(), Some(ANSWER));
    alice.answer("PRACK", 200, "", "");
    alice.ok("a", "");
    assert_eq!(alice.take(), ["<prackresponse 100>", "ACK", "<accepted>", "<confirmed>"]);
    assert!(alice.last().body().is_empty());
}

#[test]
fn what_comes_after_an_offer_waits_for_its_prack() {
    let mut alice = offerless();
    alice.reliable(183, "a", 100, OFFER);
    alice.reliable(180, "a", 101, "");
    assert_eq!(alice.take(), ["<describe>", "<progress 183 rel offer>", "<progress 180 rel>"]);
    alice.describe(ANSWER);
    assert_eq!(alice.take(), ["PRACK 100 sdp", "PRACK 101"]);
}

#[test]
fn the_answers_for_two_callees_come_in_another_order() {
    let mut alice = offerless();
    let mut tokens = Vec::new();
    for (tag, rseq) in [("a", 100), ("b", 500)] {
        alice.reliable(183, tag, rseq, OFFER);
        tokens.push(alice.token);
    }
    alice.take();
    for (tag, words) in [("b", "PRACK 500 sdp"), ("a", "PRACK 100 sdp")] {
        alice.token = tokens.pop().expect("two of them");
        alice.describe(ANSWER);
        assert_eq!(alice.take(), [words]);
        assert_eq!((alice.last().to_tag(), alice.last().cseq().number), (Some(tag), 2));
    }
}

#[test]
fn p_092_the_media_layer_never_answers() {
    let mut alice = offerless();
    alice.reliable(183, "a", 100, OFFER);
    alice.take();
    alice.until(19_999);
    assert_eq!(alice.take(), [""; 0]);
    alice.until(20_000);
    assert_eq!(alice.take(), ["PRACK 100 sdp", "CANCEL"]);
    assert!(is_rejection(alice.request_sent("PRACK").description()));
    alice.answer("PRACK", 200, "", "");
    alice.reply(487, "a", "", "");
    assert_eq!(alice.end(), Some((Cause::MediaTimeout, Some(487))));
}

#[test]
fn the_media_layer_has_as_long_as_the_application_wants() {
    let mut alice = Caller::with(|config| config.prack_deadline = Some(1000)).offerless();
    alice.until(5000);
    alice.reliable(183, "a", 100, OFFER);
    alice.take();
    alice.until(6000);
    assert_eq!(alice.take_timed(), ["PRACK 100 sdp", "CANCEL"].map(|words| (6000, words.to_owned())));
}

#[test]
fn the_media_layer_cannot_answer_an_early_offer() {
    let mut alice = offerless();
    alice.reliable(183, "a", 100, OFFER);
    alice.take();
    alice.fail_media(480, Cause::MediaDenied);
    assert_eq!(alice.take(), ["PRACK 100 sdp", "CANCEL"]);
    assert!(is_rejection(alice.request_sent("PRACK").description()));
    alice.reply(487, "a", "", "");
    assert_eq!(alice.end(), Some((Cause::MediaDenied, Some(487))));
}

#[test]
fn p_093_only_a_reliable_response_offers() {
    let mut alice = offerless();
    alice.reliable(180, "a", 100, "");
    assert_eq!(alice.take(), ["<offer-missing>", "PRACK 100", "<progress 180 rel>"]);
    alice.unreliable(183, "a", OFFER);
    assert_eq!(alice.take(), ["<progress 183>"]);
    alice.reliable(183, "a", 101, OFFER);
    assert_eq!(alice.take(), ["<describe>", "<progress 183 rel offer>"]);
    alice.describe(ANSWER);
    assert_eq!(alice.take(), ["PRACK 101 sdp"]);
}

#[test]
fn the_answer_is_in_the_ack() {
    let mut alice = offerless();
    alice.ok("a", OFFER);
    assert_eq!(alice.take(), ["<describe>", "<accepted>"]);
    alice.until(1000);
    alice.ok("a", OFFER);
    assert_eq!(alice.take(), [""; 0]);
    alice.describe(ANSWER);
    assert_eq!(alice.take(), ["ACK sdp", "<confirmed>"]);
    let ack = alice.last();
    assert_eq!((ack.description(), ack.cseq().number), (Some(ANSWER), 1));
    alice.ok("a", OFFER);
    assert_eq!(alice.last().octets(), ack.octets());
}

#[test]
fn the_media_layer_cannot_answer_the_200() {
    let mut alice = offerless();
    alice.ok("a", OFFER);
    alice.take();
    alice.fail_media(488, Cause::MediaFailed);
    assert_eq!(alice.take(), ["ACK sdp", "BYE", "<ended MediaFailed>"]);
    assert!(is_rejection(alice.request_sent("ACK").description()));
    let mut alice = offerless();
    alice.ok("a", OFFER);
    alice.take();
    alice.until(20_000);
    assert_eq!(alice.take(), ["ACK sdp", "BYE", "<ended MediaTimeout>"]);
}

#[test]
fn hung_up_while_the_answer_for_the_ack_is_made() {
    let mut alice = offerless();
    alice.ok("a", OFFER);
    alice.hangup();
    assert_eq!(alice.take(), ["<describe>", "<accepted>", "ACK sdp", "BYE", "<ended Bye>"]);
    alice.describe(ANSWER);
    assert_eq!(alice.take(), [""; 0]);
}

#[test]
fn no_offer_anywhere() {
    let mut alice = offerless();
    alice.ok("a", "");
    assert_eq!(alice.take(), ["ACK", "BYE", "<ended NoAnswerDescription>"]);
}

// The peer broke RFC 3262 section 3: its 200 came before the PRACK of the offer.
#[test]
fn a_200_before_the_answer_in_the_prack() {
    let mut alice = offerless();
    alice.reliable(183, "a", 100, OFFER);
    alice.ok("a", "");
    assert_eq!(alice.take(), ["<describe>", "<progress 183 rel offer>", "ACK", "<accepted>", "<confirmed>"]);
    alice.describe(ANSWER);
    assert_eq!(alice.take(), ["PRACK 100 sdp"]);
    let mut alice = offerless();
    alice.reliable(183, "a", 100, OFFER);
    alice.ok("a", "");
    alice.take();
    alice.until(20_000);
    assert_eq!(alice.take(), ["PRACK 100 sdp", "BYE", "<ended MediaTimeout>"]);
    assert!(is_rejection(alice.request_sent("PRACK").description()));
}

#[test]
fn the_prack_with_the_answer_is_refused() {
    for status in [400, 481, 500] {
        let mut alice = offerless();
        alice.reliable(183, "a", 100, OFFER);
        alice.describe(ANSWER);
        alice.take();
        alice.answer("PRACK", status, "", "");
        assert_eq!(alice.take(), [format!("<prackfailed 100 {status}>"), "CANCEL".to_owned()]);
        alice.reply(487, "a", "", "");
        assert_eq!(alice.end(), Some((Cause::PrackFailed, Some(487))));
    }
}

#[test]
fn p_099_an_update_before_the_prack_of_the_answer_is_answered() {
    let mut alice = Caller::calling();
    alice.reliable(183, "a", 100, ANSWER);
    alice.take();
    alice.request("UPDATE", &contact("moved"), OFFER);
    assert_eq!(alice.take(), ["491 UPDATE"]);
    alice.answer("PRACK", 200, "", "");
    alice.request("UPDATE", &contact("a"), OFFER);
    assert_eq!(alice.take(), ["<prackresponse 100>", "<describe>"]);
    alice.describe(ANSWER);
    assert_eq!(alice.take(), ["200 UPDATE sdp", "<update>"]);
    assert_eq!(alice.last().description(), Some(ANSWER));
}

#[test]
fn p_100_an_update_while_we_owe_an_answer() {
    let mut alice = offerless();
    alice.reliable(183, "a", 100, OFFER);
    alice.take();
    alice.request("UPDATE", &contact("moved"), OFFER);
    assert_eq!(alice.take(), ["500 UPDATE"]);
    let seconds = alice.last().header(Name::RetryAfter).and_then(|value| value.parse::<u32>().ok());
    assert!(seconds.is_some_and(|seconds| seconds <= 10));
    // The first offer is answered as if nothing had been.
    alice.describe(ANSWER);
    assert_eq!(alice.take(), ["PRACK 100 sdp"]);
    assert_eq!(alice.last().uri(), "sip:bob@a.invalid");
}

#[test]
fn an_update_while_our_offer_is_open() {
    let mut alice = Caller::calling();
    alice.reliable(180, "a", 100, "");
    alice.take();
    alice.request("UPDATE", &contact("a"), OFFER);
    assert_eq!(alice.take(), ["491 UPDATE"]);
    alice.request("UPDATE", &contact("moved"), "");
    assert_eq!(alice.take(), ["200 UPDATE", "<update>"]);
    alice.reply(180, "a", &super::caller::require(101), "");
    assert_eq!(alice.last().uri(), "sip:bob@moved.invalid");
}

#[test]
fn requests_in_an_early_dialog() {
    let mut alice = Caller::calling();
    alice.reliable(180, "a", 100, "");
    alice.take();
    alice.request("OPTIONS", "", "");
    alice.request("INFO", "", "");
    alice.request("INVITE", &contact("a"), OFFER);
    alice.request("PRACK", "RAck: 100 1 INVITE\r\n", "");
    assert_eq!(alice.take(), ["200 OPTIONS", "200 INFO", "<info>", "491 INVITE", "481 PRACK"]);
    alice.request("BYE", "", "");
    assert_eq!(alice.take(), ["200 BYE", "<dialogended 0>"]);
    alice.reply(487, "a", "", "");
    assert_eq!(alice.take(), ["ACK", "<ended Cancelled 487>"]);
}

#[test]
fn the_media_layer_has_no_offer() {
    for cause in [Cause::MediaDenied, Cause::MediaMissing, Cause::MediaFailed] {
        let mut alice = Caller::new();
        alice.dial(TARGET, CallOptions::default());
        alice.fail_media(480, cause);
        assert_eq!(alice.take(), ["<describe>".to_owned(), format!("<ended {cause:?}>")]);
        alice.finish();
    }
}

#[test]
fn a_description_of_another_session() {
    let mut alice = Caller::calling();
    let fields = format!("{}{}Content-Disposition: early-session\r\n", contact("a"), require(1));
    alice.reply(183, "a", &fields, ANSWER);
    assert_eq!(alice.take(), ["PRACK 1", "<progress 183 rel>"]);
    alice.reliable(183, "a", 2, ANSWER);
    assert_eq!(alice.take(), ["PRACK 2", "<remote>", "<progress 183 rel answer>"]);
}

#[test]
fn a_199_behind_an_owed_answer() {
    let mut alice = offerless();
    alice.reliable(183, "a", 1, OFFER);
    assert_eq!(alice.take(), ["<describe>", "<progress 183 rel offer>"]);
    alice.reliable(199, "a", 2, "");
    assert_eq!(alice.take(), ["PRACK 1 sdp", "PRACK 2", "<dialogended 0>"]);
    let pracks = alice.requests_sent("PRACK");
    assert!(is_rejection(pracks[0].description()));
    assert_eq!((pracks[0].cseq().number, pracks[1].cseq().number), (2, 3));
}
