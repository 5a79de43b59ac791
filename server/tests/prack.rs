//! Reliable provisional responses through the proxy, and its own (prack rules D; the tests
//! bear the numbers of the conformance matrix).

mod common;

use common::{
    ANSWER, Bench, OFFER, below_via, cancel, config, contact_uri, from_callee, in_dialog, invite, reliable, response,
};
use prackle::message::{Message, Name};
use prackle_server::sip::Early;

const BOB: &str = "sip:bob@example.test";
const REL: &str = "Supported: 100rel\r\n";

fn bench(flows: &[u32]) -> Bench {
    let mut bench = Bench::new();
    register(&mut bench, flows);
    bench
}

/// A server that answers every call with a reliable provisional of its own.
fn early_bench(flows: &[u32]) -> Bench {
    let mut config = config();
    config.place.early = Some(Early { code: 183, reason: String::new() });
    let mut bench = Bench::with(config);
    register(&mut bench, flows);
    bench
}

fn register(bench: &mut Bench, flows: &[u32]) {
    bench.open(1);
    for flow in flows {
        bench.register(*flow, "bob", "");
    }
}

fn call(bench: &mut Bench, more: &str, flows: &[u32]) -> Vec<Message> {
    bench.send(1, &invite(1, "k", BOB, more, OFFER));
    bench.status(1, 100);
    flows.iter().map(|flow| bench.request(*flow, "INVITE")).collect()
}

/// The phone on `flow` rings with a reliable 183; what the caller gets.
fn ring(bench: &mut Bench, flow: u32, invite: &Message, rseq: u32) -> Message {
    bench.send(flow, &response(invite, 183, &format!("b{flow}"), &reliable(flow, "bob", rseq), ANSWER));
    bench.status(1, 183)
}

fn prack(cseq: u32, early: &Message, rseq: u32) -> String {
    in_dialog(1, "PRACK", cseq, early, &format!("RAck: {rseq} 1 INVITE\r\n"))
}

#[test]
fn p128_each_reception_is_forwarded_untouched() {
    let mut bench = bench(&[2, 3]);
    let invites = call(&mut bench, REL, &[2, 3]);
    for (flow, invite) in [(2, &invites[0]), (3, &invites[1])] {
        let sent = response(invite, 183, &format!("b{flow}"), &reliable(flow, "bob", 77), ANSWER);
        let parsed = Message::parse(sent.as_bytes()).expect("well-formed");
        for _ in 0..3 {
            bench.send(flow, &sent);
            let got = bench.status(1, 183);
            // Below the proxy's own Via everything is equal.
            let below = below_via(&parsed);
            let below = below.split_once("\r\n").expect("the caller's Via").1.to_owned();
            assert_eq!(below_via(&got), below);
        }
    }
    bench.advance(60_000);
    bench.nothing(1);
}

#[test]
fn p129_each_prack_reaches_its_own_callee() {
    let mut bench = bench(&[2, 3]);
    let invites = call(&mut bench, REL, &[2, 3]);
    let first = ring(&mut bench, 2, &invites[0], 100);
    let second = ring(&mut bench, 3, &invites[1], 100);
    for (flow, early) in [(2, &first), (3, &second)] {
        bench.send(1, &prack(2, early, 100));
        bench.nothing(1);
        let got = bench.request(flow, "PRACK");
        assert_eq!((got.header(Name::RAck), got.uri()), (Some("100 1 INVITE"), contact_uri(flow, "bob").as_str()));
        bench.send(flow, &response(&got, 200, "", "", ""));
        bench.status(1, 200);
    }
    bench.nothing(2);
    bench.nothing(3);
}

#[test]
fn p130_an_unknown_rack_is_the_callees_to_refuse() {
    let mut bench = bench(&[2]);
    let invites = call(&mut bench, REL, &[2]);
    let early = ring(&mut bench, 2, &invites[0], 100);
    bench.send(1, &prack(2, &early, 4711));
    let got = bench.request(2, "PRACK");
    bench.send(2, &response(&got, 481, "", "", ""));
    bench.status(1, 481);
}

#[test]
fn p131_every_provisional_restarts_timer_c() {
    let mut bench = bench(&[2]);
    let invites = call(&mut bench, REL, &[2]);
    bench.advance(30_000);
    ring(&mut bench, 2, &invites[0], 100);
    bench.advance(150_000);
    ring(&mut bench, 2, &invites[0], 101);
    bench.advance(189_999);
    bench.nothing(2);
    bench.advance(1);
    bench.request(2, "CANCEL");
}

#[test]
fn p132_no_408_for_a_prack() {
    let mut bench = bench(&[2]);
    let invites = call(&mut bench, REL, &[2]);
    let early = ring(&mut bench, 2, &invites[0], 100);
    bench.send(1, &prack(2, &early, 100));
    bench.request(2, "PRACK");
    bench.advance(32_000);
    // RFC 4320 section 4.1: a 100 is all that may be said.
    bench.status(1, 100);
    bench.nothing(1);
}

#[test]
fn p133_after_the_2xx_other_forks_are_cancelled_but_reachable() {
    let mut bench = bench(&[2, 3]);
    let invites = call(&mut bench, REL, &[2, 3]);
    let early = ring(&mut bench, 3, &invites[1], 100);
    bench.send(2, &response(&invites[0], 200, "b2", "", ANSWER));
    bench.status(1, 200);
    bench.request(3, "CANCEL");
    bench.send(3, &response(&invites[1], 183, "b3", &reliable(3, "bob", 101), ""));
    bench.nothing(1);
    bench.send(1, &prack(2, &early, 100));
    bench.request(3, "PRACK");
}

#[test]
fn p134_the_server_answers_reliably_beside_the_forks() {
    let mut bench = early_bench(&[2]);
    call(&mut bench, REL, &[2]);
    let own = bench.status(1, 183);
    assert!(own.has_token(Name::Require, "100rel") && own.to_tag().is_some());
    let rseq = own.rseq().expect("well-formed").expect("RSeq");
    assert!((1..1 << 31).contains(&rseq));
    assert_eq!(own.contact().expect("Contact").uri, "sip:example.test:8080;transport=ws");
    // RFC 3262 section 3: T1, doubling, the same octets.
    for pause in [500, 1000, 2000, 4000] {
        bench.advance(pause - 1);
        bench.nothing(1);
        bench.advance(1);
        assert_eq!(bench.status(1, 183).octets(), own.octets());
    }
}

#[test]
fn p135_each_prack_finds_its_owner() {
    let mut bench = early_bench(&[2]);
    let invites = call(&mut bench, REL, &[2]);
    let own = bench.status(1, 183);
    let early = ring(&mut bench, 2, &invites[0], 100);
    bench.send(1, &prack(2, &early, 100));
    bench.request(2, "PRACK");
    bench.send(1, &prack(2, &own, own.rseq().expect("well-formed").expect("RSeq")));
    bench.status(1, 200);
    bench.nothing(2);
    bench.advance(31_000);
    assert_eq!(bench.status(1, 100).method().as_str(), "PRACK", "the callee has not answered its PRACK");
    bench.nothing(1);
}

#[test]
fn p136_a_wrong_rack_for_the_server_gets_481() {
    let mut bench = early_bench(&[2]);
    call(&mut bench, REL, &[2]);
    let own = bench.status(1, 183);
    let rseq = own.rseq().expect("well-formed").expect("RSeq");
    bench.send(1, &prack(2, &own, rseq + 1));
    bench.status(1, 481);
    bench.send(1, &in_dialog(1, "PRACK", 3, &own, &format!("RAck: {rseq} 2 INVITE\r\n")));
    bench.status(1, 481);
    bench.send(1, &in_dialog(1, "PRACK", 4, &own, "RAck: x\r\n"));
    bench.status(1, 400);
    bench.advance(500);
    assert_eq!(bench.status(1, 183).octets(), own.octets(), "it is still outstanding");
}

#[test]
fn p137_where_none_may_be_sent_none_is() {
    let mut bench = early_bench(&[2]);
    // Without 100rel.
    bench.send(1, &invite(1, "k1", BOB, "", OFFER));
    // Without an offer.
    bench.send(1, &invite(1, "k2", BOB, REL, ""));
    // Inside a dialog.
    let inside = invite(1, "k3", &contact_uri(2, "bob"), REL, OFFER).replacen(
        "invalid;transport=ws>\r\nCall",
        "invalid;transport=ws>;tag=x\r\nCall",
        1,
    );
    assert!(inside.contains(";tag=x"));
    bench.send(1, &inside);
    for _ in 0..3 {
        bench.status(1, 100);
        bench.request(2, "INVITE");
    }
    bench.nothing(1);
}

#[test]
fn p138_unacknowledged_it_ends_nothing() {
    let mut bench = early_bench(&[2]);
    let invites = call(&mut bench, REL, &[2]);
    bench.status(1, 183);
    bench.send(2, &response(&invites[0], 180, "b2", "", ""));
    bench.status(1, 180);
    bench.advance(40_000);
    for _ in 0..6 {
        bench.status(1, 183);
    }
    bench.nothing(1);
    bench.send(2, &response(&invites[0], 200, "b2", "", ANSWER));
    bench.status(1, 200);
}

#[test]
fn p139_its_504_is_one_result_among_others() {
    let mut bench = early_bench(&[2]);
    let invites = call(&mut bench, REL, &[2]);
    bench.send(2, &response(&invites[0], 180, "b2", "", ""));
    bench.advance(40_000);
    bench.send(2, &response(&invites[0], 486, "b2", "", ""));
    for status in [183, 180, 183, 183, 183, 183, 183, 183, 486] {
        bench.status(1, status);
    }
}

#[test]
fn p140_the_end_of_one_fork_is_told() {
    let mut bench = bench(&[2, 3]);
    let invites = call(&mut bench, "Supported: 100rel, 199\r\n", &[2, 3]);
    ring(&mut bench, 2, &invites[0], 100);
    bench.send(3, &response(&invites[1], 180, "b3", "", ""));
    bench.status(1, 180);
    bench.send(2, &response(&invites[0], 486, "b2", "", ""));
    let told = bench.status(1, 199);
    assert_eq!(told.to_tag(), Some("b2"));
    assert_eq!(told.reasons().next().and_then(|reason| reason.cause), Some(486));
    assert!(
        [Name::Contact, Name::RSeq, Name::RecordRoute, Name::Require].iter().all(|name| told.header(*name).is_none())
    );
    bench.send(3, &response(&invites[1], 486, "b3", "", ""));
    bench.status(1, 486);
    bench.nothing(1);
}

#[test]
fn p141_no_199_where_it_would_have_to_be_reliable() {
    for more in ["Supported: 100rel, 199\r\nRequire: 100rel\r\n", REL] {
        let mut bench = bench(&[2, 3]);
        let invites = call(&mut bench, more, &[2, 3]);
        ring(&mut bench, 2, &invites[0], 100);
        bench.send(2, &response(&invites[0], 486, "b2", "", ""));
        bench.nothing(1);
    }
}

#[test]
fn p142_a_prack_into_a_closed_flow_gets_430() {
    let mut bench = bench(&[2]);
    let invites = call(&mut bench, REL, &[2]);
    let early = ring(&mut bench, 2, &invites[0], 100);
    bench.close(2);
    bench.send(1, &prack(2, &early, 100));
    bench.status(1, 430);
}

#[test]
fn p143_a_serial_fork_starts_its_numbers_anew() {
    let mut bench = bench(&[]);
    bench.register(2, "bob", ";q=0.9");
    bench.register(3, "bob", ";q=0.1");
    let invites = call(&mut bench, REL, &[2]);
    let first = ring(&mut bench, 2, &invites[0], 900);
    bench.send(1, &prack(2, &first, 900));
    bench.request(2, "PRACK");
    bench.send(2, &response(&invites[0], 408, "b2", "", ""));
    let second = bench.request(3, "INVITE");
    let early = ring(&mut bench, 3, &second, 5);
    bench.send(1, &prack(2, &early, 5));
    assert_eq!(bench.request(3, "PRACK").header(Name::RAck), Some("5 1 INVITE"));
}

#[test]
fn a_cancel_stops_the_servers_own_response_and_a_late_prack_is_welcome() {
    let mut bench = early_bench(&[2]);
    let invites = call(&mut bench, REL, &[2]);
    let own = bench.status(1, 183);
    bench.send(2, &response(&invites[0], 180, "b2", "", ""));
    bench.status(1, 180);
    bench.send(1, &cancel(&invite(1, "k", BOB, REL, OFFER)));
    bench.status(1, 200);
    bench.request(2, "CANCEL");
    bench.send(2, &response(&invites[0], 487, "b2", "", ""));
    bench.status(1, 487);
    bench.advance(2_000);
    bench.nothing(1);
    let rseq = own.rseq().expect("well-formed").expect("RSeq");
    bench.send(1, &prack(2, &own, rseq));
    bench.status(1, 200);
    bench.send(1, &prack(3, &own, rseq));
    bench.status(1, 481);
    bench.advance(100_000);
    assert_eq!(bench.sip.load(), (0, 0));
    // Later still there is nobody left to acknowledge to.
    bench.send(1, &prack(4, &own, rseq));
    bench.status(1, 481);
}

#[test]
fn the_servers_own_response_ends_before_a_branch_that_never_answers() {
    let mut bench = early_bench(&[2]);
    call(&mut bench, REL, &[2]);
    bench.status(1, 183);
    bench.advance(20_000);
    bench.send(1, &cancel(&invite(1, "k", BOB, REL, OFFER)));
    // Longer than any timer: a deadline that stays due would keep the clock from going on.
    bench.advance(300_000);
    assert_eq!(bench.sip.load(), (0, 0));
}

#[test]
fn an_update_in_the_early_dialog_goes_both_ways() {
    let mut bench = bench(&[2]);
    let invites = call(&mut bench, REL, &[2]);
    let early = ring(&mut bench, 2, &invites[0], 100);
    bench.send(1, &in_dialog(1, "UPDATE", 3, &early, ""));
    bench.request(2, "UPDATE");
    bench.send(2, &from_callee(2, "UPDATE", 1, &invites[0], "b2"));
    assert_eq!(bench.request(1, "UPDATE").uri(), contact_uri(1, "caller"));
}

#[test]
fn a_prack_can_be_challenged_once() {
    let mut config = config();
    config.place.challenge_prack = true;
    let mut bench = Bench::with(config);
    register(&mut bench, &[2]);
    let invites = call(&mut bench, REL, &[2]);
    let early = ring(&mut bench, 2, &invites[0], 100);
    bench.send(1, &prack(2, &early, 100));
    let challenge = bench.status(1, 407);
    let credentials = prackle::auth::Credentials::password("alice", "alice-demo");
    let value = common::authorization(&challenge, &credentials, "PRACK", &contact_uri(2, "bob"));
    let again = in_dialog(1, "PRACK", 3, &early, &format!("RAck: 100 1 INVITE\r\nProxy-Authorization: {value}\r\n"));
    bench.send(1, &again);
    bench.request(2, "PRACK");
}
