//! The numbers to call, on a virtual clock with canned media.

mod common;

use common::{ANSWER, Bench, OFFER, cancel, in_dialog, invite};
use prackle::message::{Message, Name};
use prackle_server::media::{Order, Sound};

const REL: &str = "Supported: 100rel\r\n";

fn bench() -> Bench {
    let mut bench = Bench::new();
    bench.open(1);
    bench
}

fn call(bench: &mut Bench, number: &str, more: &str, body: &str) {
    bench.send(1, &invite(1, number, &format!("sip:{number}@example.test"), more, body));
    bench.status(1, 100);
}

fn rseq(response: &Message) -> u32 {
    response.rseq().expect("well-formed").expect("RSeq")
}

fn prack(cseq: u32, early: &Message) -> String {
    in_dialog(1, "PRACK", cseq, early, &format!("RAck: {} 1 INVITE\r\n", rseq(early)))
}

/// Hangs up, and checks that nothing is left behind.
fn hang_up(bench: &mut Bench, cseq: u32, established: &Message) {
    bench.send(1, &in_dialog(1, "BYE", cseq, established, ""));
    bench.status(1, 200);
    assert!(matches!(bench.orders.last(), Some(Order::Release { .. })));
    bench.advance(100_000);
    bench.nothing(1);
    assert_eq!(bench.sip.load(), (0, 0));
}

#[test]
fn echo_answers_and_plays_back() {
    let mut bench = bench();
    call(&mut bench, "echo", REL, OFFER);
    bench.nothing(1);
    bench.described(Some(ANSWER));
    let accepted = bench.status(1, 200);
    assert_eq!(accepted.description(), Some(ANSWER));
    assert!(bench.orders.iter().any(|order| matches!(order, Order::Play { sound: Sound::Echo, .. })));
    bench.send(1, &in_dialog(1, "ACK", 1, &accepted, ""));
    hang_up(&mut bench, 2, &accepted);
}

#[test]
fn an_offer_without_pcmu_gets_488() {
    let mut bench = bench();
    call(&mut bench, "echo", REL, OFFER);
    bench.described(None);
    assert!(bench.status(1, 488).header(Name::Warning).is_some());
    call(&mut bench, "early", REL, "");
    bench.status(1, 488);
}

#[test]
fn early_is_heard_before_it_answers() {
    let mut bench = bench();
    call(&mut bench, "early", REL, OFFER);
    bench.described(Some(ANSWER));
    assert!(matches!(bench.orders.last(), Some(Order::Play { sound: Sound::Tone(_), .. })));
    let early = bench.status(1, 183);
    assert!(early.has_token(Name::Require, "100rel"));
    assert_eq!(early.description(), Some(ANSWER));
    bench.send(1, &prack(2, &early));
    bench.status(1, 200);
    bench.advance(3_999);
    bench.nothing(1);
    bench.advance(1);
    let accepted = bench.status(1, 200);
    assert_eq!((accepted.method().as_str(), accepted.description()), ("INVITE", None));
    bench.send(1, &in_dialog(1, "ACK", 1, &accepted, ""));
    hang_up(&mut bench, 3, &accepted);
}

#[test]
fn without_a_prack_early_repeats_and_gives_up() {
    let mut bench = bench();
    call(&mut bench, "early", REL, OFFER);
    bench.described(Some(ANSWER));
    let early = bench.status(1, 183);
    for pause in [500, 1000, 2000, 4000, 8000, 16_000] {
        bench.advance(pause);
        assert_eq!(bench.status(1, 183).octets(), early.octets());
        bench.nothing(1);
    }
    bench.advance(500);
    bench.status(1, 504);
}

#[test]
fn without_100rel_early_is_unreliable() {
    let mut bench = bench();
    call(&mut bench, "early", "", OFFER);
    bench.described(Some(ANSWER));
    let early = bench.status(1, 183);
    assert!(early.header(Name::RSeq).is_none() && early.header(Name::Require).is_none());
    assert_eq!(early.description(), Some(ANSWER));
    bench.advance(4_000);
    // What went unreliably was a preview: the 2xx has the answer.
    assert_eq!(bench.status(1, 200).description(), Some(ANSWER));
}

#[test]
fn busy_is_busy() {
    let mut bench = bench();
    call(&mut bench, "busy", REL, OFFER);
    bench.status(1, 486);
}

#[test]
fn silent_rings_until_it_is_cancelled() {
    let mut bench = bench();
    call(&mut bench, "silent", REL, OFFER);
    // Ten minutes: no Timer C fires, for it rings anew every two and a half (RFC 3262 section 3).
    for cseq in 2..6 {
        let ringing = bench.status(1, 180);
        bench.send(1, &prack(cseq, &ringing));
        bench.status(1, 200);
        bench.advance(150_000);
    }
    bench.send(1, &cancel(&invite(1, "silent", "sip:silent@example.test", REL, OFFER)));
    bench.status(1, 180);
    bench.status(1, 200);
    bench.status(1, 487);
    bench.advance(100_000);
    bench.nothing(1);
    assert_eq!(bench.sip.load(), (0, 0));
}

#[test]
fn queue_says_182_by_itself_and_leads_to_bob() {
    let mut bench = bench();
    call_fails(&mut bench);
    bench.register(2, "bob", "");
    bench.send(1, &invite(1, "q2", "sip:queue@example.test", REL, OFFER));
    bench.status(1, 100);
    let queued = bench.status(1, 182);
    assert_eq!(queued.reason(), "Queued");
    bench.send(1, &prack(2, &queued));
    bench.status(1, 200);
    let forwarded = bench.request(2, "INVITE");
    assert_eq!(forwarded.uri(), common::contact_uri(2, "bob"));
}

/// Nobody is there to be queued for.
fn call_fails(bench: &mut Bench) {
    bench.send(1, &invite(1, "q1", "sip:queue@example.test", REL, OFFER));
    bench.status(1, 480);
}

#[test]
fn flaky_is_answered_by_a_client_that_follows_the_rules() {
    let mut bench = bench();
    call(&mut bench, "flaky", REL, OFFER);
    bench.described(Some(ANSWER));
    let ringing = bench.status(1, 180);
    assert_eq!(bench.status(1, 180).octets(), ringing.octets(), "doubled");
    bench.send(1, &prack(2, &ringing));
    bench.status(1, 200);
    assert_eq!(bench.status(1, 180).octets(), ringing.octets(), "and once more after its PRACK");
    let overtaking = bench.status(1, 183);
    assert_eq!(rseq(&overtaking), rseq(&ringing) + 2, "a gap");
    // To acknowledge it would be wrong.
    bench.send(1, &prack(3, &overtaking));
    bench.status(1, 481);
    bench.advance(500);
    let overtaken = bench.status(1, 183);
    assert_eq!((rseq(&overtaken), overtaken.description()), (rseq(&ringing) + 1, Some(ANSWER)));
    bench.send(1, &prack(4, &overtaken));
    bench.status(1, 200);
    let again = bench.status(1, 183);
    assert_eq!(again.octets(), overtaking.octets());
    bench.send(1, &prack(5, &again));
    bench.status(1, 200);
    assert_eq!(bench.status(1, 180).header(Name::RSeq), Some("0"), "falsified");
    bench.advance(1_000);
    let accepted = bench.status(1, 200);
    bench.send(1, &in_dialog(1, "ACK", 1, &accepted, ""));
    hang_up(&mut bench, 6, &accepted);
}

#[test]
fn a_2xx_is_repeated_until_its_ack_and_hung_up_without() {
    let mut bench = bench();
    call(&mut bench, "echo", REL, OFFER);
    bench.described(Some(ANSWER));
    bench.status(1, 200);
    for pause in [500, 1000, 2000, 4000, 4000] {
        bench.advance(pause - 1);
        bench.nothing(1);
        bench.advance(1);
        bench.status(1, 200);
    }
    bench.advance(20_500);
    for _ in 0..5 {
        bench.status(1, 200);
    }
    bench.request(1, "BYE");
}

#[test]
fn hold_and_resume_are_answered() {
    let mut bench = bench();
    call(&mut bench, "echo", REL, OFFER);
    bench.described(Some(ANSWER));
    let accepted = bench.status(1, 200);
    bench.send(1, &in_dialog(1, "ACK", 1, &accepted, ""));
    let body = format!("Content-Type: application/sdp\r\n\r\n{OFFER}");
    let offer =
        |method: &str, cseq: u32| in_dialog(1, method, cseq, &accepted, "").replace("Content-Length: 0\r\n\r\n", &body);
    bench.send(1, &offer("INVITE", 2));
    bench.status(1, 100);
    bench.described(Some(ANSWER));
    assert_eq!(bench.status(1, 200).description(), Some(ANSWER));
    bench.send(1, &in_dialog(1, "ACK", 2, &accepted, ""));
    bench.send(1, &offer("UPDATE", 3));
    // RFC 3311 section 5.2: one at a time.
    bench.send(1, &offer("UPDATE", 4));
    assert!(bench.status(1, 500).retry_after().is_some());
    bench.described(None);
    bench.status(1, 488);
    bench.send(1, &in_dialog(1, "INFO", 5, &accepted, ""));
    bench.status(1, 200);
    hang_up(&mut bench, 6, &accepted);
}

#[test]
fn a_hundred_calls_leave_nothing_behind() {
    let mut bench = bench();
    for index in 0..100 {
        let sent = invite(1, &format!("e{index}"), "sip:echo@example.test", REL, OFFER);
        bench.send(1, &sent);
        bench.status(1, 100);
        bench.described(Some(ANSWER));
        let accepted = bench.status(1, 200);
        bench.send(1, &in_dialog(1, "ACK", 1, &accepted, ""));
        bench.send(1, &in_dialog(1, "BYE", 2, &accepted, ""));
        bench.status(1, 200);
        bench.advance(10);
    }
    bench.advance(100_000);
    bench.nothing(1);
    assert_eq!(bench.sip.load(), (0, 0));
}

#[test]
fn a_browser_that_is_gone_is_hung_up_on() {
    let mut bench = bench();
    call(&mut bench, "echo", REL, OFFER);
    bench.described(Some(ANSWER));
    let accepted = bench.status(1, 200);
    bench.send(1, &in_dialog(1, "ACK", 1, &accepted, ""));
    let leg = 1;
    bench.handle(prackle_server::sip::Input::Heard(prackle_server::media::Heard::Ended { leg }));
    let bye = bench.request(1, "BYE");
    bench.send(1, &common::response(&bye, 200, "", "", ""));
    bench.advance(100_000);
    assert_eq!(bench.sip.load(), (0, 0));
}
