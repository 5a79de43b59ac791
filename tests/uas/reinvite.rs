//! re-INVITEs of the peer: provisional responses, their PRACKs, and what decides them.

use super::callee::{ANSWER, Callee, OFFER};
use prackle::message::Name;
use prackle::protocol::{Answer, Cause, Command, Config, Event, Progress, Refusal, RefusalCode, Reinvites, Rel100};

const CONTACT: &str = "Contact: <sip:alice@192.0.2.77;transport=tcp>\r\n";
const RELIABLE: &str = "Contact: <sip:alice@192.0.2.77;transport=tcp>\r\nSupported: 100rel\r\n";

/// The application decides about re-INVITEs.
fn manual(config: &mut Config) {
    config.reinvites = Reinvites::Manual;
}

/// A confirmed call from the peer.
fn confirmed() -> Callee {
    let mut bob = Callee::with(manual);
    bob.invited();
    bob.accept();
    bob.describe(ANSWER);
    bob.ack("");
    bob.take();
    bob
}

/// A confirmed call to the peer.
fn confirmed_caller() -> Callee {
    let mut alice = Callee::with(manual);
    let invite = alice.call();
    alice.peer.cseq = 0;
    alice.respond(&invite, 200, "Contact: <sip:alice@192.0.2.1>\r\n", ANSWER);
    alice.take();
    alice
}

/// A re-INVITE that requires nothing and supports `100rel`.
fn reinvited(bob: &mut Callee, body: &str) {
    bob.reinvite(RELIABLE, body);
    assert_eq!(bob.take(), ["<reinvite>"]);
}

/// A re-INVITE whose 183 with the answer is outstanding.
fn described(bob: &mut Callee) {
    reinvited(bob, OFFER);
    bob.progress(183);
    bob.describe(ANSWER);
    assert_eq!(bob.take(), ["<describe>", "183 INVITE rel sdp"]);
}

#[test]
fn required_here_but_not_in_the_reinvite() {
    let mut bob = Callee::with(|config| config.rel100 = Rel100::Required);
    bob.invite("Supported: 100rel\r\n", OFFER);
    bob.accept();
    bob.describe(ANSWER);
    bob.ack("");
    bob.take();
    bob.reinvite(CONTACT, OFFER);
    assert_eq!(bob.take(), ["421 INVITE"]);
    assert_eq!(bob.last().header(Name::Require), Some("100rel"));
    bob.ack("");
    bob.reinvite(RELIABLE, OFFER);
    assert_eq!(bob.take(), ["<describe>"], "the call goes on");
}

/// Checks that the call is there: it takes INFO, and another re-INVITE.
fn goes_on(bob: &mut Callee) {
    bob.request("INFO", "Content-Type: text/plain\r\n", "x");
    assert_eq!(bob.take(), ["200 INFO", "<info>"]);
    reinvited(bob, OFFER);
    bob.accept();
    bob.describe(ANSWER);
    let seen = bob.take();
    assert!(seen.starts_with(&["<describe>".to_owned(), "200 INVITE sdp".to_owned()]), "{seen:?}");
    bob.ack("");
    assert_eq!(bob.take(), [""; 0]);
}

#[test]
fn p_084_nobody_acknowledges_and_the_dialog_stays() {
    for mut bob in [confirmed(), confirmed_caller()] {
        let start = bob.time();
        described(&mut bob);
        bob.until(start + 31_999);
        let times: Vec<u64> = bob.take_timed().into_iter().map(|(at, _)| at - start).collect();
        assert_eq!(times, [500, 1500, 3500, 7500, 15_500, 31_500]);
        bob.until(start + 32_000);
        let seen = bob.take();
        assert_eq!(seen[1..], ["<noprack>", "504 INVITE"], "{seen:?}");
        assert!(seen[0].starts_with("<failed") && seen[0].ends_with("NoPrack>"), "{seen:?}");
        bob.ack_failure();
        goes_on(&mut bob);
    }
}

#[test]
fn nobody_acknowledges_and_the_application_says_503() {
    let mut bob = confirmed();
    described(&mut bob);
    bob.until(31_999);
    bob.step();
    bob.take();
    bob.reject(503);
    assert_eq!(bob.take(), ["503 INVITE"]);
    bob.ack_failure();
    goes_on(&mut bob);
}

#[test]
fn a_held_accept_fails_and_the_dialog_stays() {
    let mut bob = confirmed();
    described(&mut bob);
    bob.accept();
    bob.until(31_999);
    bob.take();
    bob.until(32_000);
    assert_eq!(bob.take(), ["<failed 2 NoPrack>", "<noprack>", "504 INVITE", "<failed 3 NoPrack>"]);
    bob.ack_failure();
    goes_on(&mut bob);
}

#[test]
fn an_answer_in_a_183_then_the_200() {
    for mut bob in [confirmed(), confirmed_caller()] {
        described(&mut bob);
        bob.accept();
        assert_eq!(bob.take(), [""; 0], "the 200 waits for the PRACK");
        bob.prack("");
        let seen = bob.take();
        assert_eq!(seen[..3], ["200 PRACK", "200 INVITE", "<prack>"], "{seen:?}");
        assert_eq!(seen.last().map(String::as_str), Some("<updated>"));
        bob.pass(500);
        assert_eq!(bob.take(), ["200 INVITE"]);
        bob.ack("");
        bob.pass(60_000);
        assert_eq!(bob.take(), [""; 0]);
        goes_on(&mut bob);
    }
}

#[test]
fn an_offer_in_a_180_answered_in_its_prack() {
    let mut bob = confirmed();
    reinvited(&mut bob, "");
    let silent = Progress { reliable: Some(true), sdp: Some(false), ..Progress::default() };
    assert_eq!(bob.try_progress(silent), Err(RefusalCode::OfferMissing));
    bob.try_progress(Progress { reliable: Some(true), ..Progress::default() }).expect("it may be sent");
    bob.describe(OFFER);
    assert_eq!(bob.take(), ["<describe>", "180 INVITE rel sdp"]);
    bob.prack(ANSWER);
    assert_eq!(bob.take(), ["200 PRACK", "<remote>", "<prack>", "<settled 3>"]);
    bob.accept();
    assert_eq!(bob.take(), ["200 INVITE", "<settled 4>", "<updated>"]);
    bob.ack("");
    goes_on(&mut bob);
}

#[test]
fn a_prack_without_the_answer_fails_the_reinvite_alone() {
    let mut bob = confirmed();
    reinvited(&mut bob, "");
    bob.progress(183);
    bob.describe(OFFER);
    bob.take();
    bob.prack("");
    assert_eq!(bob.take(), ["200 PRACK", "<prack>", "<settled 2>", "488 INVITE", "<rollback>"]);
    bob.ack_failure();
    goes_on(&mut bob);
}

#[test]
fn an_offer_in_the_prack_of_the_answer() {
    let mut bob = confirmed();
    described(&mut bob);
    bob.accept();
    bob.prack(OFFER);
    assert_eq!(bob.take(), ["<describe>", "<prack>", "<settled 2>"]);
    bob.pass(3500);
    assert_eq!(bob.take(), ["100 PRACK"]);
    bob.describe(ANSWER);
    assert_eq!(bob.take(), ["200 PRACK sdp", "200 INVITE", "<settled 3>", "<updated>"]);
}

#[test]
fn a_cancel_ends_it_and_its_prack_has_a_200() {
    let mut bob = confirmed();
    described(&mut bob);
    bob.accept();
    bob.cancel("");
    let seen = bob.take();
    assert_eq!(seen, ["200 CANCEL", "487 INVITE", "<failed 2 Cancelled>", "<failed 3 Cancelled>", "<cancel>"]);
    bob.prack("");
    assert_eq!(bob.take(), ["200 PRACK"]);
    bob.ack_failure();
    assert_eq!(bob.try_progress(Progress::default()), Err(RefusalCode::FinalSent));
    goes_on(&mut bob);
}

#[test]
fn a_bye_ends_it_and_the_call() {
    let mut bob = confirmed();
    described(&mut bob);
    bob.accept();
    bob.request("BYE", "", "");
    let seen = bob.take();
    assert_eq!(seen, ["200 BYE", "487 INVITE", "<failed 2 Cancelled>", "<failed 3 Cancelled>", "<ended Bye>"]);
    bob.prack("");
    assert_eq!(bob.take(), ["200 PRACK"]);
    bob.ack_failure();
    bob.pass(70_000);
    assert_eq!(bob.agent.load(), 0);
}

#[test]
fn our_hangup_ends_it_and_the_call() {
    let mut bob = confirmed();
    described(&mut bob);
    bob.hangup();
    assert_eq!(bob.take(), ["487 INVITE", "<failed 2 Cancelled>", "BYE", "<ended Bye>"]);
}

#[test]
fn a_rejection_leaves_the_session() {
    let mut bob = confirmed();
    reinvited(&mut bob, OFFER);
    bob.progress(180);
    bob.reject(486);
    assert_eq!(bob.take(), ["180 INVITE rel", "486 INVITE", "<failed 2 Cancelled>"]);
    bob.prack("");
    assert_eq!(bob.take(), ["200 PRACK"]);
    bob.ack_failure();
    assert_eq!(bob.try_accept(), Err(RefusalCode::FinalSent));
    goes_on(&mut bob);
}

// The offer that the media layer had made for it would otherwise stay open in the browser.
#[test]
fn an_offer_that_is_never_answered_is_rolled_back() {
    let mut bob = confirmed();
    reinvited(&mut bob, "");
    bob.accept();
    let token = bob.token;
    bob.reject(480);
    assert_eq!(bob.take(), ["<describe>", "480 INVITE", "<failed 2 Unavailable>", "<rollback>"]);
    bob.command(Command::Description { token, answer: Answer::Sdp(OFFER.to_owned()) });
    assert_eq!(bob.take(), [""; 0], "nobody waits for it any more");
    bob.ack_failure();
    reinvited(&mut bob, "");
    bob.accept();
    bob.describe(OFFER);
    bob.take();
    bob.ack("");
    assert_eq!(bob.take(), ["<rollback>"], "an ACK that owes the answer");
    goes_on(&mut bob);
}

#[test]
fn media_that_cannot_be_had_leaves_the_session() {
    let mut bob = confirmed();
    reinvited(&mut bob, OFFER);
    bob.progress(183);
    bob.fail_media(488, Cause::MediaFailed);
    assert_eq!(bob.take(), ["<describe>", "<failed 2 MediaFailed>", "488 INVITE", "<rollback>"]);
    bob.ack_failure();
    goes_on(&mut bob);
}

// RFC 3262 section 3: each INVITE counts by itself.
#[test]
fn its_numbers_are_its_own() {
    let mut bob = Callee::with(manual);
    bob.invited();
    bob.progress(180);
    let first = (bob.rseq, bob.peer.invite);
    bob.accept();
    bob.describe(ANSWER);
    bob.ack("");
    bob.take();
    reinvited(&mut bob, OFFER);
    bob.progress(180);
    bob.take();
    let second = (bob.rseq, bob.peer.invite);
    assert_ne!(first.0, second.0);
    assert!(bob.rseq < 1 << 31);
    for (rseq, invite) in [(first.0, second.1), (second.0, first.1), (second.0 + 1, second.1)] {
        bob.prack_for(&format!("{rseq} {invite} INVITE"), "");
        assert_eq!(bob.take(), ["<stray-prack>", "481 PRACK"]);
    }
    bob.prack("");
    assert_eq!(bob.take()[..2], ["200 PRACK", "<prack>"]);
    // The response to the first INVITE, which the 200 had overtaken.
    bob.prack_for(&format!("{} {} INVITE", first.0, first.1), "");
    assert_eq!(bob.take(), ["200 PRACK"]);
}

#[test]
fn what_a_caller_without_100rel_gets() {
    let mut bob = confirmed();
    bob.reinvite(CONTACT, OFFER);
    let reliable = Progress { reliable: Some(true), ..Progress::default() };
    assert_eq!(bob.try_progress(reliable), Err(RefusalCode::PeerUnsupported));
    bob.progress(180);
    assert_eq!(bob.take(), ["<reinvite>", "180 INVITE", "<settled 3>"]);
    bob.reject(486);
    bob.ack_failure();
    bob.take();
    bob.reinvite("Contact: <sip:alice@192.0.2.1>\r\nRequire: 100rel\r\n", OFFER);
    let unreliable = Progress { reliable: Some(false), ..Progress::default() };
    assert_eq!(bob.try_progress(unreliable), Err(RefusalCode::Required));
}

#[test]
fn only_one_waits_at_a_time() {
    let mut bob = confirmed();
    described(&mut bob);
    bob.request("UPDATE", CONTACT, OFFER);
    assert_eq!(bob.take(), ["500 UPDATE"]);
    bob.request("INVITE", CONTACT, OFFER);
    assert_eq!(bob.take(), ["500 INVITE"]);
    let request = bob.next_request();
    let renegotiate = Command::Renegotiate { call: bob.call, request };
    assert_eq!(bob.try_command(renegotiate).map_err(|Refusal { code, .. }| code), Err(RefusalCode::InvalidState));
    bob.prack("");
    assert_eq!(bob.take()[0], "200 PRACK");
}

// Its RAck would not tell which of the two a PRACK is for.
#[test]
fn the_same_one_by_another_path_is_482() {
    let mut bob = confirmed();
    bob.numbered("INVITE", 1, RELIABLE, OFFER);
    assert_eq!(bob.take(), ["482 INVITE"], "the number of the first one");
    described(&mut bob);
    let number = bob.peer.invite;
    bob.numbered("INVITE", number, RELIABLE, OFFER);
    assert_eq!(bob.take(), ["482 INVITE"]);
    bob.accept();
    bob.prack("");
    bob.ack("");
    bob.take();
    let number = bob.peer.cseq;
    bob.numbered("INVITE", number, RELIABLE, OFFER);
    assert_eq!(bob.take(), ["<reinvite>"], "the number of another request is as good as new");
}

#[test]
fn nothing_to_respond_to() {
    let mut bob = confirmed();
    assert_eq!(bob.try_progress(Progress::default()), Err(RefusalCode::FinalSent));
    assert_eq!(bob.try_accept(), Err(RefusalCode::FinalSent));
    let mut alice = confirmed_caller();
    assert_eq!(alice.try_progress(Progress::default()), Err(RefusalCode::NotInvite));
    assert_eq!(alice.try_accept(), Err(RefusalCode::NotInvite));
    assert_eq!([bob.take(), alice.take()].concat(), [""; 0]);
}

#[test]
fn it_is_kept_alive() {
    let mut bob = confirmed();
    reinvited(&mut bob, OFFER);
    bob.progress(180);
    bob.prack("");
    bob.take();
    bob.pass(149_999);
    assert_eq!(bob.take(), [""; 0]);
    bob.pass(1);
    assert_eq!(bob.take(), ["180 INVITE rel"]);
}

#[test]
fn a_lost_connection_under_it() {
    let mut bob = confirmed();
    described(&mut bob);
    bob.until(1000);
    bob.lose_connection();
    bob.until(5000);
    bob.take();
    bob.restore_connection();
    assert_eq!(bob.take_timed(), [(5000, "183 INVITE rel sdp".to_owned())]);
    bob.prack("");
    bob.take();
    bob.lose_connection();
    bob.accept();
    bob.pass(100);
    bob.take();
    bob.restore_connection();
    assert_eq!(bob.take(), ["200 INVITE"]);
}

// RFC 6141 section 4.6.
#[test]
fn a_reliable_response_or_a_200_takes_the_new_target() {
    for (act, target) in [
        (None, "sip:alice@192.0.2.1;transport=tcp"),
        (Some(true), "sip:alice@192.0.2.77;transport=tcp"),
        (Some(false), "sip:alice@192.0.2.1;transport=tcp"),
    ] {
        let mut bob = confirmed();
        reinvited(&mut bob, OFFER);
        if let Some(reliable) = act {
            let progress = Progress { reliable: Some(reliable), ..Progress::default() };
            bob.try_progress(progress).expect("it may be sent");
        }
        bob.reject(486);
        bob.ack_failure();
        bob.hangup();
        assert_eq!(bob.last().uri(), target, "{act:?}");
    }
}

#[test]
fn it_expires() {
    let mut bob = confirmed();
    bob.reinvite(&format!("{RELIABLE}Expires: 5\r\n"), OFFER);
    bob.progress(180);
    bob.until(4999);
    bob.take();
    bob.until(5000);
    assert_eq!(bob.take(), ["487 INVITE", "<failed 2 Cancelled>"]);
    bob.ack_failure();
    goes_on(&mut bob);
}

#[test]
fn what_the_application_is_told() {
    let mut bob = confirmed();
    bob.keep_events();
    bob.reinvite("Contact: <sip:alice@192.0.2.1>\r\nRequire: 100rel\r\nX-Why: hold\r\n", OFFER);
    let told = bob.events().iter().any(|event| match event {
        Event::Reinvite { offer: true, headers, .. } => headers.iter().any(|field| field.0 == "X-Why"),
        _ => false,
    });
    assert!(told, "{:?}", bob.events());
}

// Where the media layer decides, the application has not heard of the re-INVITE, nor of its CANCEL.
#[test]
fn without_the_application_the_media_layer_decides() {
    let mut bob = Callee::new();
    bob.invited();
    bob.accept();
    bob.describe(ANSWER);
    bob.ack("");
    bob.take();
    bob.reinvite(RELIABLE, OFFER);
    assert_eq!(bob.take(), ["<describe>"]);
    assert_eq!(bob.try_progress(Progress::default()), Err(RefusalCode::FinalSent));
    assert_eq!(bob.try_accept(), Err(RefusalCode::FinalSent));
    bob.pass(199);
    assert_eq!(bob.take(), [""; 0]);
    bob.pass(1);
    assert_eq!(bob.take(), ["100 INVITE"]);
    bob.cancel("");
    assert_eq!(bob.take(), ["200 CANCEL", "487 INVITE", "<rollback>"]);
    bob.ack_failure();
    bob.reinvite(RELIABLE, OFFER);
    bob.take();
    bob.pass(10_000);
    assert_eq!(bob.take(), ["100 INVITE", "488 INVITE", "<rollback>"], "the media layer forgets it");
}

// One Invitation is kept for each re-INVITE as long as a PRACK may come for it, and no longer.
#[test]
fn a_hundred_of_them_leave_nothing_behind() {
    let mut bob = confirmed();
    for _ in 0..100 {
        described(&mut bob);
        bob.accept();
        bob.prack("");
        bob.ack("");
        bob.take();
        bob.sent.clear();
        bob.pass(1000);
    }
    bob.pass(70_000);
    assert_eq!(bob.agent.load(), 1, "the call itself");
    bob.prack("");
    assert_eq!(bob.take(), ["<stray-prack>", "481 PRACK"], "the late window has passed");
}
