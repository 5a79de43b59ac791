//! The reliable provisional response of the server itself: a UAS beside the forks (RFC 3262
//! section 3, `P-134` to `P-139`).

use crate::caller::{BOB, REL, call, early_bench, prack, ring};
use crate::common::{ANSWER, OFFER, cancel, contact_uri, in_dialog, invite, response};
use prackle::message::{Message, Name};

#[test]
fn p_134_the_server_answers_reliably_beside_the_forks() {
    let mut bench = early_bench(&[2, 3]);
    let invites = call(&mut bench, REL, &[2, 3]);
    let own = bench.status(1, 183);
    assert!(own.has_token(Name::Require, "100rel") && own.to_tag().is_some());
    assert_eq!((own.description(), own.reason()), (None, "Session Progress"));
    assert!((1..1 << 31).contains(&rseq(&own)));
    assert_eq!(own.contact().expect("Contact").uri, "sip:example.test:8080;transport=ws");
    // RFC 3262 section 3: T1, doubling, the same octets.
    for pause in [500, 1000, 2000, 4000, 8000, 16_000] {
        bench.advance(pause - 1);
        bench.nothing(1);
        bench.advance(1);
        assert_eq!(bench.status(1, 183).octets(), own.octets());
    }
    // The forks ring under tags of their own.
    let early = ring(&mut bench, 3, &invites[1], 100);
    assert_ne!(early.to_tag(), own.to_tag());
}

#[test]
fn p_135_each_prack_finds_its_owner() {
    let mut bench = early_bench(&[2]);
    let invites = call(&mut bench, REL, &[2]);
    let own = bench.status(1, 183);
    let early = ring(&mut bench, 2, &invites[0], 100);
    bench.send(1, &prack(2, &early, 100));
    let got = bench.request(2, "PRACK");
    bench.send(2, &response(&got, 200, "", "", ""));
    bench.status(1, 200);
    let acknowledgement = prack(2, &own, rseq(&own));
    bench.send(1, &acknowledgement);
    let answer = bench.status(1, 200);
    // The hop before may be UDP and double it: the same answer.
    bench.send(1, &acknowledgement);
    assert_eq!(bench.status(1, 200).octets(), answer.octets());
    bench.advance(100_000);
    bench.nothing(1);
    bench.nothing(2);
}

#[test]
fn p_136_a_wrong_rack_for_the_server_gets_481() {
    let mut bench = early_bench(&[2]);
    call(&mut bench, REL, &[2]);
    let own = bench.status(1, 183);
    let right = rseq(&own);
    let table = [
        (format!("{} 1 INVITE", right + 1), 481),
        (format!("{right} 2 INVITE"), 481),
        (format!("{right} 1 UPDATE"), 481),
        (format!("{right} 1 invite"), 481),
        ("x".to_owned(), 400),
    ];
    for (cseq, (rack, status)) in (2..).zip(table) {
        bench.send(1, &in_dialog(1, "PRACK", cseq, &own, &format!("RAck: {rack}\r\n")));
        bench.status(1, status);
    }
    bench.nothing(2);
    bench.advance(500);
    assert_eq!(bench.status(1, 183).octets(), own.octets(), "it is still outstanding");
    bench.send(1, &prack(9, &own, right));
    bench.status(1, 200);
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
    bench.advance(31_500);
    for _ in 0..6 {
        bench.status(1, 183);
    }
    bench.advance(68_500);
    bench.nothing(1);
    bench.send(2, &response(&invites[0], 200, "b2", "", ANSWER));
    bench.status(1, 200);
}

#[test]
fn p_139_its_504_is_one_result_among_others() {
    for (status, best) in [(486, 486), (503, 504), (603, 603)] {
        let mut bench = early_bench(&[2]);
        let invites = call(&mut bench, REL, &[2]);
        bench.send(2, &response(&invites[0], 180, "b2", "", ""));
        bench.advance(32_000);
        bench.send(2, &response(&invites[0], status, "b2", "", ""));
        for status in [183, 180, 183, 183, 183, 183, 183, 183, best] {
            bench.status(1, status);
        }
        bench.nothing(1);
    }
}

// RFC 6228 section 6: its early dialog is one that others outlive.
#[test]
fn its_early_dialog_ends_by_a_199() {
    for (supported, told) in [("Supported: 100rel, 199\r\n", true), (REL, false)] {
        let mut bench = early_bench(&[2]);
        let invites = call(&mut bench, supported, &[2]);
        let own = bench.status(1, 183);
        bench.send(2, &response(&invites[0], 180, "b2", "", ""));
        bench.status(1, 180);
        bench.advance(31_999);
        while bench.next(1).is_some() {}
        bench.advance(1);
        let end = bench.next(1);
        assert_eq!(end.as_ref().and_then(|end| end.to_tag()), own.to_tag().filter(|_| told));
        let cause = end.as_ref().and_then(|end| end.reasons().next()).and_then(|reason| reason.cause);
        assert_eq!(cause, told.then_some(504));
        bench.send(2, &response(&invites[0], 486, "b2", "", ""));
        bench.status(1, 486);
    }
}

#[test]
fn a_caller_that_requires_100rel_gets_nothing_unreliable() {
    for bob in [BOB, "sip:queue@example.test"] {
        let mut bench = early_bench(&[2]);
        bench.send(1, &invite(1, "k", bob, "Supported: 100rel\r\nRequire: 100rel\r\n", OFFER));
        bench.status(1, 100);
        bench.request(2, "INVITE");
        let own = bench.take(1);
        assert!(own.has_token(Name::Require, "100rel") && rseq(&own) > 0, "{bob}");
    }
}

#[test]
fn a_final_response_stops_it_and_a_late_prack_is_welcome() {
    for (status, body) in [(200, ANSWER), (486, "")] {
        let mut bench = early_bench(&[2]);
        let invites = call(&mut bench, REL, &[2]);
        let own = bench.status(1, 183);
        bench.advance(400);
        bench.send(2, &response(&invites[0], status, "b2", "", body));
        bench.status(1, status);
        bench.advance(31_000);
        bench.nothing(1);
        bench.send(1, &prack(2, &own, rseq(&own)));
        bench.status(1, 200);
        bench.advance(1_001);
        bench.send(1, &prack(3, &own, rseq(&own)));
        bench.status(1, 481);
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
    bench.send(1, &prack(2, &own, rseq(&own)));
    bench.status(1, 200);
    bench.send(1, &prack(3, &own, rseq(&own)));
    bench.status(1, 481);
    bench.advance(100_000);
    assert_eq!(bench.sip.load(), (0, 0));
    // Later still there is nobody left to acknowledge to.
    bench.send(1, &prack(4, &own, rseq(&own)));
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

fn rseq(response: &Message) -> u32 {
    response.rseq().expect("well-formed").expect("RSeq")
}
