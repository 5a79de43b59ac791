//! Final responses: what they wait for, what they end, and who repeats them.

use super::callee::{ANSWER, Callee, OFFER};
use prackle::protocol::{Answer, Cause, Command, Event, Progress, RefusalCode};

/// A call whose 183 with the answer is outstanding.
fn described() -> Callee {
    let mut bob = Callee::new();
    bob.invited();
    bob.progress(183);
    bob.describe(ANSWER);
    assert_eq!(bob.take(), ["<describe>", "183 INVITE rel sdp"]);
    bob
}

/// A call whose 180 without a description is outstanding.
fn ringing() -> Callee {
    let mut bob = Callee::new();
    bob.invited();
    bob.progress(180);
    bob.take();
    bob
}

#[test]
fn p_070_the_2xx_waits_for_the_prack_of_the_answer() {
    let mut bob = described();
    bob.accept();
    bob.until(1500);
    assert_eq!(bob.take(), ["183 INVITE rel sdp", "183 INVITE rel sdp"]);
    bob.prack("");
    assert_eq!(bob.take(), ["200 PRACK", "200 INVITE", "<prack>", "<settled 1>", "<settled 2>", "<accepted>"]);
}

#[test]
fn p_071_it_does_not_wait_for_one_without_description() {
    let mut bob = ringing();
    bob.accept();
    bob.describe(ANSWER);
    let seen = bob.take();
    assert_eq!(seen, ["<describe>", "200 INVITE sdp", "<failed 1 Superseded>", "<settled 2>", "<accepted>"]);
    bob.ack("");
    bob.pass(60_000);
    assert_eq!(bob.take(), ["<confirmed>"]);
}

#[test]
fn p_072_a_late_prack_ends_nothing() {
    let mut bob = ringing();
    bob.accept();
    bob.describe(ANSWER);
    bob.ack("");
    bob.take();
    bob.prack("");
    assert_eq!(bob.take(), ["200 PRACK"]);
    bob.pass(20_000);
    assert_eq!(bob.take(), [""; 0], "no BYE");
    bob.prack("");
    assert_eq!(bob.take(), ["<stray-prack>", "481 PRACK"]);
}

#[test]
fn p_073_nobody_acknowledges_the_answer() {
    let mut bob = described();
    bob.accept();
    bob.until(31_999);
    bob.take();
    bob.until(32_000);
    let seen = bob.take();
    assert_eq!(seen, ["<failed 1 NoPrack>", "<noprack>", "504 INVITE", "<failed 2 NoPrack>", "<ended NoPrack 504>"]);
}

// The application's own choice of status must not hide from accept() why it failed.
#[test]
fn nobody_acknowledges_and_the_application_says_503() {
    let mut bob = described();
    bob.accept();
    bob.until(31_999);
    bob.step();
    bob.take();
    bob.reject(503);
    assert_eq!(bob.take(), ["503 INVITE", "<failed 2 NoPrack>", "<ended NoPrack 503>"]);
}

// What nobody had acknowledged was followed by a 200, or by the next reliable response, when
// the application was quicker than the 5xx.
#[test]
fn nobody_acknowledges_and_the_application_goes_on() {
    let mut bob = described();
    bob.until(31_999);
    bob.step();
    bob.take();
    assert_eq!(bob.try_accept(), Err(RefusalCode::FinalSent));
    assert_eq!(bob.try_progress(Progress::default()), Err(RefusalCode::FinalSent));
    bob.until(32_000);
    assert_eq!(bob.take(), ["504 INVITE", "<ended NoPrack 504>"]);
}

#[test]
fn nobody_acknowledges_and_the_description_comes_then() {
    let mut bob = ringing();
    bob.accept();
    let token = bob.token;
    bob.until(31_999);
    bob.step();
    bob.take();
    bob.command(Command::Description { token, answer: Answer::Sdp(ANSWER.to_owned()) });
    assert_eq!(bob.take(), [""; 0]);
    bob.until(32_000);
    assert_eq!(bob.take(), ["504 INVITE", "<failed 2 NoPrack>", "<ended NoPrack 504>"]);
}

#[test]
fn p_074_a_rejection_waits_for_nothing() {
    let mut bob = described();
    bob.reject(486);
    assert_eq!(bob.take(), ["486 INVITE", "<failed 1 Cancelled>", "<ended Busy 486>"]);
    bob.prack("");
    assert_eq!(bob.take(), ["200 PRACK"]);
    bob.ack_failure();
    bob.pass(20_000);
    bob.prack("");
    assert_eq!(bob.take(), ["<stray-prack>", "481 PRACK"]);
    bob.pass(60_000);
    assert_eq!(bob.agent.load(), 0);
}

#[test]
fn p_075_a_cancel_stops_everything() {
    let mut bob = described();
    bob.cancel("");
    assert_eq!(bob.take(), ["200 CANCEL", "487 INVITE", "<failed 1 Cancelled>", "<cancel>", "<ended Cancelled>"]);
    assert_eq!(bob.response(200, "CANCEL").to_tag(), bob.response(487, "INVITE").to_tag());
    bob.prack("");
    assert_eq!(bob.take(), ["200 PRACK"]);
    bob.prack("");
    assert_eq!(bob.take(), ["<stray-prack>", "481 PRACK"]);
    bob.ack_failure();
    bob.pass(100_000);
    assert!(bob.take().is_empty());
    assert_eq!(bob.agent.load(), 0);
}

#[test]
fn a_cancel_says_who_answered() {
    for (reason, expected) in [("Reason: SIP;cause=200;text=\"Call completed elsewhere\"\r\n", true), ("", false)] {
        let mut bob = ringing();
        bob.keep_events();
        bob.cancel(reason);
        assert_eq!(bob.answered_elsewhere(), Some(expected), "{reason}");
    }
}

#[test]
fn what_is_told_of_a_cancel_or_bye() {
    for (take_back, name) in
        [(Callee::cancel as fn(&mut Callee, &str), "CANCEL"), (|bob, why| bob.request("BYE", why, ""), "BYE")]
    {
        let mut bob = ringing();
        bob.keep_events();
        take_back(&mut bob, "Reason: SIP;cause=200\r\n");
        let told = bob.events().iter().find_map(|event| match event {
            Event::Cancel { headers, .. } => Some(headers.clone()),
            _ => None,
        });
        let headers = told.expect("it is told");
        assert!(headers.iter().any(|field| field.0 == "Reason" && field.1 == "SIP;cause=200"), "{name}");
        assert!(headers.iter().any(|field| field.0 == "CSeq" && field.1.ends_with(name)), "{name}");
    }
}

#[test]
fn a_cancel_after_the_2xx_has_no_effect() {
    let mut bob = ringing();
    bob.accept();
    bob.describe(ANSWER);
    bob.take();
    bob.cancel("");
    assert_eq!(bob.take(), ["200 CANCEL"]);
    assert_eq!(bob.last().to_tag(), bob.response(200, "INVITE").to_tag());
    bob.ack("");
    assert_eq!(bob.take(), ["<confirmed>"]);
}

#[test]
fn a_cancel_for_nothing() {
    let mut bob = Callee::new();
    bob.peer.branch = "z9hG4bKnone".into();
    bob.cancel("");
    assert_eq!(bob.take(), ["481 CANCEL"]);
    assert!(bob.last().to_tag().is_some(), "RFC 3261 section 8.2.6.2: every response but 100 has a tag");
}

#[test]
fn p_077_the_2xx_overtakes_a_queued_answer() {
    let mut bob = ringing();
    bob.progress(183);
    bob.accept();
    bob.describe(ANSWER);
    let seen = bob.take();
    let expected =
        ["<failed 2 Superseded>", "<describe>", "200 INVITE sdp", "<failed 1 Superseded>", "<settled 3>", "<accepted>"];
    assert_eq!(seen, expected);
}

#[test]
fn p_086_the_invitation_expires() {
    let mut bob = Callee::new();
    bob.invite("Supported: 100rel\r\nExpires: 5\r\n", OFFER);
    bob.progress(180);
    bob.until(4999);
    bob.take();
    bob.until(5000);
    assert_eq!(bob.take(), ["487 INVITE", "<failed 1 Cancelled>", "<ended NoAnswer 487>"]);
    bob.ack_failure();
    bob.pass(60_000);
    assert!(bob.take().is_empty());
}

#[test]
fn p_123_a_cancel_beats_a_held_accept() {
    let mut bob = described();
    bob.accept();
    bob.take();
    bob.cancel("");
    let seen = bob.take();
    assert_eq!(
        seen,
        ["200 CANCEL", "487 INVITE", "<failed 1 Cancelled>", "<failed 2 Cancelled>", "<cancel>", "<ended Cancelled>"]
    );
    bob.prack("");
    assert_eq!(bob.take(), ["200 PRACK"]);
}

#[test]
fn p_124_a_cancel_while_the_offer_of_a_prack_is_answered() {
    let mut bob = described();
    bob.prack(OFFER);
    assert_eq!(bob.take(), ["<describe>", "<prack>", "<settled 1>"]);
    bob.cancel("");
    assert_eq!(bob.take(), ["200 CANCEL", "487 INVITE", "487 PRACK", "<cancel>", "<ended Cancelled>"]);
    bob.describe(ANSWER);
    assert!(bob.take().is_empty());
}

#[test]
fn p_127_bye_in_the_early_dialog() {
    let mut bob = described();
    bob.request("BYE", "", "");
    assert_eq!(bob.take(), ["200 BYE", "487 INVITE", "<failed 1 Cancelled>", "<cancel>", "<ended Cancelled>"]);
    bob.prack("");
    assert_eq!(bob.take(), ["200 PRACK"]);
    bob.ack_failure();
    bob.pass(60_000);
    assert_eq!(bob.agent.load(), 0);
}

// RFC 3261 section 13.3.1.4: T1, doubling up to T2, for 64*T1, then BYE.
#[test]
fn the_2xx_is_repeated_until_its_ack() {
    let mut bob = ringing();
    bob.accept();
    bob.describe(ANSWER);
    bob.take();
    bob.until(31_999);
    let times: Vec<u64> = bob.take_timed().into_iter().map(|(at, _)| at).collect();
    assert_eq!(times, [500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]);
    let first = bob.response(200, "INVITE");
    assert!(bob.sent[2..].iter().all(|(_, message)| message.octets() == first.octets()));
    bob.until(32_000);
    assert_eq!(bob.take(), ["<noack>", "BYE", "<ended NoAck>"]);
    let bye = bob.last();
    bob.respond(&bye, 200, "", "");
    bob.pass(60_000);
    assert_eq!(bob.agent.load(), 0);
}

#[test]
fn the_ack_stops_the_2xx() {
    let mut bob = ringing();
    bob.accept();
    bob.describe(ANSWER);
    bob.until(600);
    bob.take();
    bob.ack("");
    assert_eq!(bob.take(), ["<confirmed>"]);
    bob.ack("");
    bob.until(50_000);
    assert!(bob.take().is_empty());
}

// RFC 3261 section 15: a callee's BYE has to wait for the ACK.
#[test]
fn a_hangup_before_the_ack_waits_for_it() {
    let mut bob = ringing();
    bob.accept();
    bob.describe(ANSWER);
    bob.take();
    bob.hangup();
    assert_eq!(bob.take(), ["<ended Bye>"]);
    bob.until(500);
    assert_eq!(bob.take(), ["200 INVITE sdp"]);
    bob.ack("");
    assert_eq!(bob.take(), ["BYE"]);
    let bye = bob.last();
    bob.respond(&bye, 200, "", "");
    bob.pass(60_000);
    assert!(bob.take().is_empty());
    assert_eq!(bob.agent.load(), 0);
}

#[test]
fn a_hangup_whose_ack_never_comes_ends_with_bye() {
    let mut bob = ringing();
    bob.accept();
    bob.describe(ANSWER);
    bob.hangup();
    bob.until(31_999);
    bob.take();
    bob.until(32_000);
    assert_eq!(bob.take(), ["BYE"]);
}

#[test]
fn a_hangup_while_ringing_rejects() {
    let mut bob = ringing();
    bob.hangup();
    assert_eq!(bob.take(), ["480 INVITE", "<failed 1 Cancelled>", "<ended Rejected 480>"]);
}

#[test]
fn rejections_have_final_codes_only() {
    let mut bob = ringing();
    for status in [0, 100, 180, 200, 299, 700] {
        let call = bob.call;
        let command =
            prackle::protocol::Command::Reject { call, status: Some(status), reason: None, headers: Vec::new() };
        assert_eq!(bob.try_command(command).map_err(|refusal| refusal.code), Err(RefusalCode::InvalidArgument));
    }
    assert!(bob.take().is_empty());
    bob.reject(302);
    assert_eq!(bob.take(), ["302 INVITE", "<failed 1 Cancelled>", "<ended Redirected 302>"]);
    assert_eq!(bob.try_accept(), Err(RefusalCode::FinalSent));
}

#[test]
fn media_that_cannot_be_had_rejects_the_call() {
    for (status, cause, expected) in [
        (480, Cause::MediaDenied, "480 INVITE"),
        (488, Cause::MediaFailed, "488 INVITE"),
        (0, Cause::MediaMissing, "488 INVITE"),
    ] {
        let mut bob = ringing();
        bob.accept();
        bob.take();
        bob.fail_media(status, cause);
        let seen = bob.take();
        assert!(seen.contains(&expected.to_owned()), "{seen:?}");
        assert!(seen.contains(&format!("<failed 2 {cause:?}>")), "{seen:?}");
        bob.ack_failure();
        bob.pass(60_000);
        assert_eq!(bob.agent.load(), 0);
    }
}

#[test]
fn a_rejection_without_ack_ends_all_the_same() {
    let mut bob = ringing();
    bob.reject(486);
    bob.pass(33_000);
    bob.take();
    assert_eq!(bob.agent.load(), 0);
}

#[test]
fn an_answer_that_comes_after_the_end_is_ignored() {
    let mut bob = ringing();
    bob.accept();
    bob.cancel("");
    bob.take();
    bob.describe(ANSWER);
    assert!(bob.take().is_empty());
}
