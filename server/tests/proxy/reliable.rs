//! Reliable provisional responses and their PRACKs through the proxy (RFC 3261 section 16.7,
//! RFC 3262 section 3, RFC 6228 section 6, `P-128` to `P-133`, `P-140` to `P-143`).

use crate::caller::{Agent, BOB, REL, bench, call, prack, register, ring};
use crate::common::{
    ANSWER, Bench, OFFER, authorization, cancel, config, contact_uri, from_callee, in_dialog, invite, reliable,
    response, text, without_first_via,
};
use prackle::auth::Credentials;
use prackle::message::Name;
use prackle::protocol::Event;

#[test]
fn p_128_each_reception_is_forwarded_untouched() {
    let mut bench = bench(&[2, 3]);
    let invites = call(&mut bench, REL, &[2, 3]);
    for (flow, invite) in [(2, &invites[0]), (3, &invites[1])] {
        let sent = response(invite, 183, &format!("b{flow}"), &reliable(flow, "bob", 77), ANSWER);
        for _ in 0..3 {
            bench.send(flow, &sent);
            assert_eq!(text(&bench.status(1, 183)), without_first_via(&sent));
            bench.nothing(1);
        }
    }
    bench.advance(60_000);
    bench.nothing(1);
}

#[test]
fn p_129_each_prack_reaches_its_own_callee() {
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
fn p_130_an_unknown_rack_is_the_callees_to_refuse() {
    let mut bench = bench(&[2]);
    let invites = call(&mut bench, REL, &[2]);
    let early = ring(&mut bench, 2, &invites[0], 100);
    bench.send(1, &prack(2, &early, 4711));
    bench.nothing(1);
    let got = bench.request(2, "PRACK");
    assert_eq!(got.header(Name::RAck), Some("4711 1 INVITE"));
    let refusal = response(&got, 481, "", "Warning: 399 bob \"none such\"\r\n", "");
    bench.send(2, &refusal);
    assert_eq!(text(&bench.status(1, 481)), without_first_via(&refusal));
}

#[test]
fn p_131_every_provisional_restarts_timer_c() {
    let mut bench = bench(&[2]);
    let invites = call(&mut bench, REL, &[2]);
    bench.send(2, &response(&invites[0], 100, "", "", ""));
    bench.advance(150_000);
    bench.send(2, &response(&invites[0], 180, "b2", &reliable(2, "bob", 100), ""));
    bench.status(1, 180);
    bench.advance(339_999 - 150_000);
    bench.nothing(2);
    bench.advance(1);
    bench.request(2, "CANCEL");
    // RFC 3261 section 16.8: the branch is still waited for.
    bench.nothing(1);
    bench.advance(31_999);
    bench.nothing(1);
    bench.advance(1);
    bench.status(1, 408);
}

#[test]
fn p_132_no_408_for_a_prack() {
    let mut bench = bench(&[2]);
    let invites = call(&mut bench, REL, &[2]);
    let early = ring(&mut bench, 2, &invites[0], 100);
    bench.send(1, &prack(2, &early, 100));
    bench.request(2, "PRACK");
    // RFC 4320 section 4.1: a 100 at 3.5 s is all that may be said.
    bench.advance(3_499);
    bench.nothing(1);
    bench.advance(1);
    bench.status(1, 100);
    bench.advance(100_000);
    bench.nothing(1);
    bench.nothing(2);
}

#[test]
fn p_133_after_the_2xx_other_forks_are_cancelled_but_reachable() {
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
fn p_140_the_end_of_one_fork_is_told() {
    let mut bench = bench(&[2, 3]);
    let invites = call(&mut bench, "Supported: 100rel, 199\r\n", &[2, 3]);
    ring(&mut bench, 2, &invites[0], 100);
    bench.send(3, &response(&invites[1], 180, "b3", "", ""));
    bench.status(1, 180);
    bench.send(2, &response(&invites[0], 486, "b2", "", ""));
    bench.request(2, "ACK");
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
fn p_141_no_199_where_it_would_have_to_be_reliable() {
    for more in ["Supported: 100rel, 199\r\nRequire: 100rel\r\n", REL] {
        let mut bench = bench(&[2, 3]);
        let invites = call(&mut bench, more, &[2, 3]);
        ring(&mut bench, 2, &invites[0], 100);
        bench.send(2, &response(&invites[0], 486, "b2", "", ""));
        bench.nothing(1);
    }
}

#[test]
fn p_142_a_prack_into_a_closed_flow_gets_430() {
    let mut bench = bench(&[2]);
    let invites = call(&mut bench, REL, &[2]);
    let early = ring(&mut bench, 2, &invites[0], 100);
    bench.close(2);
    bench.send(1, &prack(2, &early, 100));
    bench.status(1, 430);
}

#[test]
fn p_143_a_serial_fork_starts_its_numbers_anew() {
    let mut bench = bench(&[]);
    bench.register(2, "bob", ";q=0.9");
    bench.register(3, "bob", ";q=0.1");
    let mut caller = Agent::calling(&mut bench, BOB);
    let (mut rang, mut acknowledged) = (Vec::new(), Vec::new());
    for (flow, rseq) in [(2, 900), (3, 5)] {
        let invite = bench.request(flow, "INVITE");
        bench.nothing(5 - flow);
        bench.send(flow, &response(&invite, 183, &format!("b{flow}"), &reliable(flow, "bob", rseq), ANSWER));
        rang.extend(caller.exchange(&mut bench));
        let prack = bench.request(flow, "PRACK");
        acknowledged.push((prack.header(Name::RAck).map(str::to_owned), prack.cseq().number));
        bench.send(flow, &response(&prack, 200, "", "", ""));
        bench.send(flow, &response(&invite, 408, &format!("b{flow}"), "", ""));
        bench.request(flow, "ACK");
        rang.extend(caller.exchange(&mut bench));
    }
    let rseqs: Vec<_> = rang.iter().filter_map(rseq_of).collect();
    assert_eq!(rseqs, [900, 5], "both are shown: {rang:?}");
    assert_eq!(acknowledged, [900, 5].map(|rseq| (Some(format!("{rseq} 1 INVITE")), 2)));
    assert!(rang.iter().any(|event| matches!(event, Event::Ended { status: Some(408), .. })), "{rang:?}");
}

fn rseq_of(event: &Event) -> Option<u32> {
    match event {
        Event::Progress { reliable: true, rseq, .. } => *rseq,
        _ => None,
    }
}

#[test]
fn a_cancel_passes_by_a_prack_under_way() {
    let mut bench = bench(&[2]);
    let invites = call(&mut bench, REL, &[2]);
    let early = ring(&mut bench, 2, &invites[0], 100);
    bench.send(1, &prack(2, &early, 100));
    let got = bench.request(2, "PRACK");
    bench.send(1, &cancel(&invite(1, "k", BOB, REL, OFFER)));
    assert_eq!(bench.status(1, 200).cseq().method.as_str(), "CANCEL");
    bench.request(2, "CANCEL");
    bench.send(2, &response(&invites[0], 487, "b2", "", ""));
    bench.request(2, "ACK");
    bench.status(1, 487);
    bench.send(2, &response(&got, 200, "", "", ""));
    assert_eq!(bench.status(1, 200).cseq().method.as_str(), "PRACK");
}

// RFC 6228 section 6: what a callee's own proxy has told is not told again.
#[test]
fn a_199_from_below_is_forwarded_and_none_is_added() {
    let mut bench = bench(&[2, 3]);
    let invites = call(&mut bench, "Supported: 100rel, 199\r\n", &[2, 3]);
    ring(&mut bench, 2, &invites[0], 100);
    let told = response(&invites[0], 199, "b2", "Require: 100rel\r\nRSeq: 101\r\nReason: SIP;cause=486\r\n", "");
    bench.send(2, &told);
    assert_eq!(text(&bench.status(1, 199)), without_first_via(&told));
    bench.send(2, &response(&invites[0], 486, "b2", "", ""));
    bench.nothing(1);
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
    let credentials = Credentials::password("alice", "alice-demo");
    let value = authorization(&challenge, &credentials, "PRACK", &contact_uri(2, "bob"));
    let again = in_dialog(1, "PRACK", 3, &early, &format!("RAck: 100 1 INVITE\r\nProxy-Authorization: {value}\r\n"));
    bench.send(1, &again);
    bench.request(2, "PRACK");
}
