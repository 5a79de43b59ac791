//! Calls whose acknowledgements go wrong because their caller has ordered it, by the parameters
//! of `sip:flaky@host;to=bob`.

mod common;

use common::{ANSWER, Bench, OFFER, ack_of_failure, contact_uri, in_dialog, invite, reliable, response};
use prackle::message::{Message, Name};

const REL: &str = "Supported: 100rel\r\n";

/// A call from flow 1 to bob on flow 2 with these faults; the INVITE that bob gets.
fn call(faults: &str) -> (Bench, Message) {
    let mut bench = Bench::new();
    bench.open(1);
    bench.register(2, "bob", "");
    let target = format!("sip:flaky@example.test;to=bob{faults}");
    bench.send(1, &invite(1, "k", &target, REL, OFFER));
    bench.status(1, 100);
    let invite = bench.request(2, "INVITE");
    (bench, invite)
}

/// Bob rings reliably.
fn ring(bench: &mut Bench, invite: &Message, rseq: u32) {
    bench.send(2, &response(invite, 180, "b", &reliable(2, "bob", rseq), ""));
}

fn prack(bench: &mut Bench, cseq: u32, early: &Message, rseq: u32) {
    bench.send(1, &in_dialog(1, "PRACK", cseq, early, &format!("RAck: {rseq} 1 INVITE\r\n")));
}

/// Bob has rung with RSeq 100, and the caller acknowledges that.
fn acknowledged(faults: &str) -> (Bench, Message, Message) {
    let (mut bench, invite) = call(faults);
    ring(&mut bench, &invite, 100);
    let early = bench.status(1, 180);
    prack(&mut bench, 2, &early, 100);
    (bench, invite, early)
}

#[test]
fn the_call_goes_to_whom_the_parameter_names() {
    let (mut bench, invite) = call("");
    assert_eq!(invite.uri(), contact_uri(2, "bob"));
    assert_eq!(invite.to().uri, "sip:flaky@example.test;to=bob", "the callee sees what was dialled");
    ring(&mut bench, &invite, 100);
    let early = bench.status(1, 180);
    prack(&mut bench, 2, &early, 100);
    let got = bench.request(2, "PRACK");
    bench.send(2, &response(&got, 200, "", "", ""));
    bench.status(1, 200);
}

#[test]
fn without_to_it_is_the_number_itself() {
    let mut bench = Bench::new();
    bench.open(1);
    bench.send(1, &invite(1, "k", "sip:flaky@example.test;prack=withhold*", REL, OFFER));
    bench.status(1, 100);
    bench.described(Some(ANSWER));
    let first = bench.status(1, 180);
    assert_eq!(bench.status(1, 180).octets(), first.octets(), "it doubles its first response");
    prack(&mut bench, 2, &first, first.rseq().expect("well-formed").expect("RSeq"));
    bench.status(1, 200);
}

#[test]
fn it_may_lead_to_a_number() {
    let mut bench = Bench::new();
    bench.open(1);
    bench.send(1, &invite(1, "k", "sip:flaky@example.test;to=silent;prack=500", REL, OFFER));
    bench.status(1, 100);
    let early = bench.status(1, 180);
    let rseq = early.rseq().expect("well-formed").expect("RSeq");
    for (cseq, status) in [(2, 500), (3, 200)] {
        prack(&mut bench, cseq, &early, rseq);
        bench.status(1, status);
    }
}

#[test]
fn a_withheld_prack_is_never_heard_of() {
    let (mut bench, invite, early) = acknowledged(";prack=withhold");
    bench.nothing(2);
    // RFC 4320 section 4.1: the proxy says that it has it; section 4.2: no 408 at the end.
    bench.advance(40_000);
    bench.status(1, 100);
    bench.nothing(1);
    bench.nothing(2);
    ring(&mut bench, &invite, 101);
    bench.status(1, 180);
    prack(&mut bench, 3, &early, 101);
    assert_eq!(bench.request(2, "PRACK").header(Name::RAck), Some("101 1 INVITE"), "the second one passes");
}

#[test]
fn a_late_prack_comes_when_its_time_has_come() {
    let (mut bench, _, _) = acknowledged(";prack=delay:1500");
    bench.advance(1_499);
    bench.nothing(2);
    bench.advance(1);
    bench.request(2, "PRACK");
}

#[test]
fn a_doubled_prack_comes_twice_with_one_branch() {
    let (mut bench, _, _) = acknowledged(";prack=double");
    let (first, second) = (bench.request(2, "PRACK"), bench.request(2, "PRACK"));
    assert_eq!(first.octets(), second.octets());
    bench.nothing(2);
}

#[test]
fn a_falsified_prack_is_refused_by_the_callee() {
    let table = [("rseq", "101 1 INVITE"), ("cseq", "100 2 INVITE"), ("method", "100 1 UPDATE")];
    for (fault, rack) in table {
        let (mut bench, _, early) = acknowledged(&format!(";prack={fault}"));
        let got = bench.request(2, "PRACK");
        assert_eq!((got.header(Name::RAck), got.to_tag()), (Some(rack), Some("b")));
        bench.send(2, &response(&got, 481, "", "", ""));
        bench.status(1, 481);
        prack(&mut bench, 3, &early, 100);
        assert_eq!(bench.request(2, "PRACK").header(Name::RAck), Some("100 1 INVITE"));
    }
    let (mut bench, _, _) = acknowledged(";prack=dialog");
    let got = bench.request(2, "PRACK");
    assert_eq!((got.header(Name::RAck), got.to_tag()), (Some("100 1 INVITE"), Some("bx")));
}

#[test]
fn the_server_can_refuse_a_prack_itself() {
    let (mut bench, _, early) = acknowledged(";prack=407+500+481");
    assert!(bench.status(1, 407).challenges(Name::ProxyAuthenticate).next().is_some());
    for (cseq, status) in [(3, 500), (4, 481)] {
        prack(&mut bench, cseq, &early, 100);
        bench.status(1, status);
    }
    bench.nothing(2);
    prack(&mut bench, 5, &early, 100);
    bench.request(2, "PRACK");
}

#[test]
fn each_copy_of_a_response_is_a_message_of_the_script() {
    let (mut bench, invite) = call(";18x=withhold*2+pass+rseq+double");
    for _ in 0..2 {
        ring(&mut bench, &invite, 100);
        bench.nothing(1);
    }
    let rseq = |bench: &mut Bench, copies: usize| {
        ring(bench, &invite, 100);
        let got: Vec<_> = (0..copies).map(|_| bench.status(1, 180).rseq().ok().flatten()).collect();
        bench.nothing(1);
        got
    };
    assert_eq!(rseq(&mut bench, 1), [Some(100)]);
    assert_eq!(rseq(&mut bench, 1), [Some(101)]);
    assert_eq!(rseq(&mut bench, 2), [Some(100), Some(100)]);
    assert_eq!(rseq(&mut bench, 1), [Some(100)]);
}

#[test]
fn unreliable_responses_are_left_alone() {
    let (mut bench, invite) = call(";18x=withhold*");
    bench.send(2, &response(&invite, 180, "b", "", ""));
    bench.status(1, 180);
    bench.send(2, &response(&invite, 200, "b", &format!("Contact: <{}>\r\n", contact_uri(2, "bob")), ANSWER));
    bench.status(1, 200);
}

#[test]
fn the_answer_to_a_prack_can_be_lost_late_and_doubled() {
    let (mut bench, _, early) = acknowledged(";200=withhold+delay:700+double");
    let answer = |bench: &mut Bench| {
        let got = bench.request(2, "PRACK");
        bench.send(2, &response(&got, 200, "", "", ""));
    };
    answer(&mut bench);
    bench.nothing(1);
    prack(&mut bench, 3, &early, 100);
    answer(&mut bench);
    bench.advance(699);
    bench.nothing(1);
    bench.advance(1);
    bench.status(1, 200);
    prack(&mut bench, 4, &early, 100);
    answer(&mut bench);
    bench.status(1, 200);
    bench.status(1, 200);
    bench.nothing(1);
}

#[test]
fn another_call_is_another_matter() {
    let (mut bench, _) = call(";prack=withhold*;18x=withhold*");
    bench.send(1, &invite(1, "other", "sip:bob@example.test", REL, OFFER));
    bench.status(1, 100);
    let plain = bench.request(2, "INVITE");
    bench.send(2, &response(&plain, 180, "o", &reliable(2, "bob", 5), ""));
    let early = bench.status(1, 180);
    prack(&mut bench, 2, &early, 5);
    bench.request(2, "PRACK");
}

#[test]
fn what_is_ordered_ends_with_the_call() {
    let (mut bench, invited, early) = acknowledged(";prack=delay:60000*");
    bench.send(2, &response(&invited, 486, "b", "", ""));
    bench.request(2, "ACK");
    let refused = bench.status(1, 486);
    let target = "sip:flaky@example.test;to=bob;prack=delay:60000*";
    bench.send(1, &ack_of_failure(&invite(1, "k", target, REL, OFFER), &refused));
    prack(&mut bench, 3, &early, 100);
    bench.request(2, "PRACK");
    bench.advance(100_000);
    bench.request(2, "PRACK");
    assert_eq!(bench.sip.load(), (0, 0));
}

#[test]
fn a_parameter_that_cannot_be_read_is_refused() {
    for faults in [";prack=loose", ";18x=cseq", ";200=481"] {
        let mut bench = Bench::new();
        bench.open(1);
        bench.register(2, "bob", "");
        bench.send(1, &invite(1, "k", &format!("sip:flaky@example.test;to=bob{faults}"), REL, OFFER));
        let refusal = bench.status(1, 400);
        assert!(common::text(&refusal).starts_with("SIP/2.0 400 Bad Fault Parameter\r\n"));
        bench.nothing(2);
    }
}

#[test]
fn nobody_and_somebody_who_is_away_are_told_as_ever() {
    for (to, status) in [("nobody", 404), ("carol", 480)] {
        let mut bench = Bench::new();
        bench.open(1);
        bench.send(1, &invite(1, "k", &format!("sip:flaky@example.test;to={to};prack=500"), REL, OFFER));
        bench.status(1, status);
    }
}

#[test]
fn the_queue_leads_to_whom_the_parameter_names() {
    let mut bench = Bench::new();
    bench.open(1);
    bench.register(2, "carol", "");
    bench.send(1, &invite(1, "k", "sip:queue@example.test;to=carol", REL, OFFER));
    bench.status(1, 100);
    let queued = bench.status(1, 182);
    assert!(queued.has_token(Name::Require, "100rel"));
    let ringing = bench.request(2, "INVITE");
    ring(&mut bench, &ringing, 7);
    let early = bench.status(1, 180);
    assert_ne!(early.to_tag(), queued.to_tag());
    prack(&mut bench, 2, &early, 7);
    bench.request(2, "PRACK");
    prack(&mut bench, 2, &queued, queued.rseq().expect("well-formed").expect("RSeq"));
    bench.status(1, 200);
    bench.nothing(2);
}
