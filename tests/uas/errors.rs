//! Every way in which progress() can fail, refused at once or settled later (RFC 3262 section 3).

use super::callee::{ANSWER, Callee, OFFER};
use prackle::protocol::{Event, Progress, RefusalCode, Rel100, ReliableProgress};

const LAST: u32 = u32::MAX;

fn ringing() -> Callee {
    let mut bob = Callee::new();
    bob.invited();
    bob.progress(180);
    bob.take();
    bob
}

/// A call whose first RSeq is this one.
fn counting_from(first: u32, fields: &str) -> Callee {
    let mut bob = Callee::with(|config| config.first_rseq = Some(first));
    bob.invite(fields, OFFER);
    assert_eq!(bob.take(), ["<invite>"]);
    bob
}

fn reliable(code: u16, reliable: bool) -> Progress {
    Progress { code: Some(code), reliable: Some(reliable), ..Progress::default() }
}

/// Checks that nothing has been sent or told.
fn is_silent(bob: &mut Callee) {
    assert_eq!(bob.take(), [""; 0]);
}

#[test]
fn not_provisional() {
    let mut bob = ringing();
    for code in [0, 99, 100, 200, 486, u16::MAX] {
        assert_eq!(bob.try_progress(reliable(code, false)), Err(RefusalCode::NotProvisional), "{code}");
        assert_eq!(bob.try_progress(reliable(code, true)), Err(RefusalCode::NotProvisional), "{code}");
    }
    is_silent(&mut bob);
}

#[test]
fn not_invite() {
    let mut alice = Callee::new();
    let invite = alice.call();
    assert_eq!(alice.try_progress(Progress::default()), Err(RefusalCode::NotInvite));
    alice.respond(&invite, 200, "Contact: <sip:alice@192.0.2.1>\r\n", ANSWER);
    alice.take();
    assert_eq!(alice.try_progress(Progress::default()), Err(RefusalCode::NotInvite));
    is_silent(&mut alice);
}

#[test]
fn peer_unsupported_and_disabled() {
    for (policy, fields, expected) in [
        (Rel100::Supported, "", RefusalCode::PeerUnsupported),
        (Rel100::Supported, "Supported: x100rel, 100relx\r\n", RefusalCode::PeerUnsupported),
        (Rel100::None, "Supported: 100rel\r\n", RefusalCode::Disabled),
    ] {
        let mut bob = Callee::with(|config| config.rel100 = policy);
        bob.invite(fields, OFFER);
        bob.take();
        assert_eq!(bob.try_progress(reliable(180, true)), Err(expected), "{fields}");
        is_silent(&mut bob);
    }
}

#[test]
fn required() {
    for (policy, fields) in [(Rel100::Supported, "Require: 100rel\r\n"), (Rel100::Required, "Supported: 100rel\r\n")] {
        let mut bob =
            Callee::with(|config| (config.rel100, config.reliable_progress) = (policy, ReliableProgress::Never));
        bob.invite(fields, OFFER);
        bob.take();
        assert_eq!(bob.try_progress(reliable(180, false)), Err(RefusalCode::Required), "{fields}");
        is_silent(&mut bob);
        bob.progress(199);
        assert_eq!(bob.take(), ["199 INVITE rel"], "whatever `auto` would choose");
    }
}

#[test]
fn outstanding() {
    let mut bob = ringing();
    let at_once = Progress { queue: Some(false), ..Progress::default() };
    assert_eq!(bob.try_progress(at_once.clone()), Err(RefusalCode::Outstanding));
    is_silent(&mut bob);
    bob.prack("");
    bob.take();
    bob.try_progress(at_once).expect("nothing is outstanding any more");
    assert_eq!(bob.take(), ["180 INVITE rel"]);
}

#[test]
fn offer_missing() {
    let mut bob = Callee::new();
    bob.invite("Supported: 100rel\r\n", "");
    bob.take();
    for code in [180, 183] {
        let progress = Progress { sdp: Some(false), ..reliable(code, true) };
        assert_eq!(bob.try_progress(progress), Err(RefusalCode::OfferMissing), "{code}");
    }
    is_silent(&mut bob);
    bob.try_progress(reliable(180, true)).expect("the offer is asked for");
    let second = Progress { sdp: Some(false), ..reliable(182, true) };
    bob.try_progress(second).expect("the first one carries the offer");
    bob.describe(OFFER);
    assert_eq!(bob.take(), ["<describe>", "180 INVITE rel sdp"]);
    bob.prack(ANSWER);
    assert!(bob.take().contains(&"182 INVITE rel".to_owned()));
}

#[test]
fn final_sent() {
    let mut held = Callee::new();
    held.invited();
    held.progress(183);
    held.describe(ANSWER);
    held.accept();
    let mut cancelled = ringing();
    cancelled.cancel("");
    let mut rejected = ringing();
    rejected.reject(302);
    for bob in [&mut held, &mut cancelled, &mut rejected] {
        bob.take();
        assert_eq!(bob.try_progress(Progress::default()), Err(RefusalCode::FinalSent));
        assert_eq!(bob.try_accept(), Err(RefusalCode::FinalSent));
        is_silent(bob);
    }
}

#[test]
fn superseded_cancelled_and_no_prack() {
    for (end, expected) in [
        ((|bob| bob.accept_described()) as fn(&mut Callee), "Superseded"),
        (|bob| bob.cancel(""), "Cancelled"),
        (|bob| bob.request("BYE", "", ""), "Cancelled"),
        (|bob| bob.reject(486), "Cancelled"),
        (|bob| bob.until(32_000), "NoPrack"),
    ] {
        let mut bob = ringing();
        bob.progress(182);
        end(&mut bob);
        let seen = bob.take();
        for number in [1, 2] {
            assert!(seen.contains(&format!("<failed {number} {expected}>")), "{number}: {seen:?}");
        }
    }
}

#[test]
fn p_080_at_the_end_of_the_numbers() {
    let mut bob = counting_from(LAST, "Supported: 100rel\r\n");
    bob.progress(180);
    assert_eq!((bob.take(), bob.rseq), (vec!["180 INVITE rel".to_owned()], LAST));
    assert_eq!(bob.try_progress(Progress::default()), Err(RefusalCode::RseqExhausted));
    is_silent(&mut bob);
    bob.prack("");
    bob.take();
    assert_eq!(bob.try_progress(reliable(183, true)), Err(RefusalCode::RseqExhausted));
    is_silent(&mut bob);
    bob.accept();
    bob.describe(ANSWER);
    assert_eq!(bob.take(), ["<describe>", "200 INVITE sdp", "<settled 4>", "<accepted>"]);
}

#[test]
fn past_the_numbers_what_need_not_be_reliable_is_not() {
    let mut bob = counting_from(LAST, "Supported: 100rel\r\n");
    bob.progress(180);
    bob.prack("");
    bob.take();
    assert_eq!(bob.try_progress(Progress::default()), Err(RefusalCode::RseqExhausted), "it is told once");
    bob.progress(182);
    assert_eq!(bob.take(), ["182 INVITE", "<settled 3>"]);
    assert_eq!(bob.try_progress(reliable(182, true)), Err(RefusalCode::RseqExhausted));
    bob.try_progress(reliable(181, false)).expect("it may always be sent");
    bob.take();
    bob.pass(60_000);
    assert_eq!(bob.take(), ["181 INVITE"]);
    bob.reject(486);
    assert_eq!(bob.take(), ["486 INVITE", "<ended Busy 486>"]);
}

#[test]
fn past_the_numbers_nothing_is_sent_where_all_must_be_reliable() {
    let mut bob = counting_from(LAST, "Require: 100rel\r\n");
    bob.progress(180);
    bob.prack("");
    bob.take();
    for asked in [None, None, Some(true)] {
        let progress = Progress { reliable: asked, ..Progress::default() };
        assert_eq!(bob.try_progress(progress), Err(RefusalCode::RseqExhausted));
    }
    assert_eq!(bob.try_progress(reliable(180, false)), Err(RefusalCode::Required));
    bob.pass(400_000);
    is_silent(&mut bob);
    bob.reject(486);
    assert_eq!(bob.take(), ["486 INVITE", "<ended Busy 486>"]);
}

// What waits has its number; what would come after it has none.
#[test]
fn the_queue_takes_the_last_numbers() {
    let mut bob = counting_from(LAST - 1, "Supported: 100rel\r\n");
    bob.progress(180);
    bob.progress(182);
    assert_eq!(bob.try_progress(reliable(183, true)), Err(RefusalCode::RseqExhausted));
    bob.prack("");
    assert_eq!(bob.rseq, LAST);
    bob.prack("");
    assert_eq!(bob.take().last().map(String::as_str), Some("<settled 2>"));
}

// The keep-alive took the number that a response had counted on which waited for media.
#[test]
fn a_number_that_is_lost_while_waiting() {
    for (fields, sent, outcome) in
        [("Supported: 100rel\r\n", true, "<settled 2>"), ("Require: 100rel\r\n", false, "<failed 2 RseqExhausted>")]
    {
        let mut bob = counting_from(LAST - 1, fields);
        bob.progress(180);
        bob.prack("");
        bob.progress(183);
        bob.pass(150_000);
        bob.prack("");
        bob.take();
        bob.describe(ANSWER);
        let seen = bob.take();
        assert_eq!(seen.contains(&"183 INVITE sdp".to_owned()), sent, "{seen:?}");
        assert_eq!(seen.last().map(String::as_str), Some(outcome));
        bob.accept();
        assert_eq!(bob.take()[0], "200 INVITE sdp", "no response that counts has carried the answer");
    }
}

#[test]
fn zero_is_no_first_number() {
    let mut config = prackle::protocol::Config::new("sip:bob@example.com", "wss://edge.example.com");
    config.first_rseq = Some(0);
    let agent = prackle::agent::UserAgent::new(config, [1; 32], prackle::time::Instant::from_millis(0));
    assert_eq!(agent.err().map(|refusal| refusal.code), Some(RefusalCode::InvalidArgument));
}

#[test]
fn each_is_told_once_when_it_leaves() {
    let mut bob = counting_from(100, "Supported: 100rel\r\n");
    bob.keep_events();
    bob.progress(180);
    bob.progress(182);
    bob.pass(700);
    bob.prack("");
    bob.prack("");
    bob.pass(150_000);
    let sent = bob.events().iter().filter_map(|event| match event {
        Event::Sent { status, rseq, request, .. } => Some((*status, *rseq, request.map(|request| request.0))),
        _ => None,
    });
    let sent: Vec<_> = sent.collect();
    assert_eq!(sent, [(180, Some(100), Some(1)), (182, Some(101), Some(2)), (182, Some(102), None)]);
}
