//! The reliable provisional response of the server itself: a UAS beside the forks (RFC 3262
//! section 3, `P-134` to `P-139`).

use crate::caller::{BOB, REL, call, early_bench, prack, ring};
use crate::common::{ANSWER, OFFER, cancel, contact_uri, in_dialog, invite, response};
use prackle::message::Name;

#[test]
fn p_134_the_server_answers_reliably_beside_the_forks() {
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
fn p_135_each_prack_finds_its_owner() {
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
fn p_136_a_wrong_rack_for_the_server_gets_481() {
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
fn p_137_where_none_may_be_sent_none_is() {
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
fn p_138_unacknowledged_it_ends_nothing() {
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
fn p_139_its_504_is_one_result_among_others() {
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
