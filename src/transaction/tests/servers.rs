//! Requests that are received, and their responses.

use alloc::collections::BTreeSet;

use super::*;

#[test]
fn a_repeated_invite_meets_the_last_response() {
    let mut table = table();
    let id = admit(&mut table, 0, &INVITE);
    assert_eq!(table.flow_of(id), Some(FLOW));
    let repeat = |table: &mut Transactions, now, resend: Option<&[u8]>| {
        assert_eq!(table.receive(at(now), FlowId(8), &INVITE.request()), ServerVerdict::Repeated { id, resend });
    };
    repeat(&mut table, 1, None);
    for (status, frame) in [(100, b"100"), (183, b"183"), (180, b"180")] {
        table.respond(at(2), id, status, frame).unwrap();
        repeat(&mut table, 3, Some(frame));
    }
    table.respond(at(10), id, 486, b"486").unwrap();
    repeat(&mut table, 11, Some(b"486"));
    assert_eq!(table.receive(at(20), FLOW, &INVITE.method("ACK").request()), ServerVerdict::AckAbsorbed(id));
    assert_eq!(table.receive(at(21), FLOW, &INVITE.method("ACK").request()), ServerVerdict::AckAbsorbed(id));
    repeat(&mut table, 5_019, None);
    assert_eq!(expire_all(&mut table, 5_020), []);
    assert!(table.is_empty());
}

#[test]
fn an_accepted_invite_absorbs_invites_and_passes_acks_until_timer_l() {
    let mut table = table();
    let id = admit(&mut table, 0, &INVITE);
    table.respond(at(100), id, 200, b"200").unwrap();
    table.respond(at(600), id, 200, b"200").unwrap();
    assert_eq!(table.respond(at(700), id, 500, b"500"), Err(RespondError::FinalSent));
    let repeated = ServerVerdict::Repeated { id, resend: None };
    assert_eq!(table.receive(at(800), FLOW, &INVITE.request()), repeated);
    let own_branch = Written { method: "ACK", branch: Some("z9hG4bKack"), to_tag: "to", ..INVITE };
    assert_eq!(table.receive(at(900), FLOW, &own_branch.request()), ServerVerdict::Ack { invite: None });
    // Stacks exist that acknowledge a 2xx on the branch of the INVITE.
    let same_branch = Written { branch: INVITE.branch, ..own_branch };
    assert_eq!(table.receive(at(901), FLOW, &same_branch.request()), ServerVerdict::Ack { invite: Some(id) });
    assert_eq!(expire_all(&mut table, 32_099), []);
    assert_eq!(expire_all(&mut table, 32_100), [Expired::ServerEnded(id)]);
    assert_eq!(table.respond(at(32_101), id, 200, b"200"), Err(RespondError::Gone));
    assert!(table.is_empty());
}

#[test]
fn a_missing_ack_is_told_at_64_t1() {
    let mut table = table();
    let id = admit(&mut table, 0, &INVITE);
    assert_eq!(expire_all(&mut table, 199), []);
    assert_eq!(expire_all(&mut table, 200), [Expired::TryingDue(id)]);
    assert_eq!(expire_all(&mut table, 900_000), []);
    table.respond(at(900_000), id, 603, b"603").unwrap();
    assert_eq!(expire_all(&mut table, 931_999), []);
    assert_eq!(expire_all(&mut table, 932_000), [Expired::AckMissing(id)]);
    assert!(table.is_empty());
}

#[test]
fn other_requests_are_answered_in_time_or_not_at_all() {
    let mut table = table();
    let message = INVITE.method("MESSAGE");
    let id = admit(&mut table, 0, &message);
    assert_eq!(table.receive(at(1), FLOW, &message.request()), ServerVerdict::Repeated { id, resend: None });
    for status in [180, 199, 408] {
        assert_eq!(table.respond(at(2), id, status, b"no"), Err(RespondError::Forbidden));
    }
    assert_eq!(expire_all(&mut table, 3_499), []);
    assert_eq!(expire_all(&mut table, 3_500), [Expired::TryingDue(id)]);
    table.respond(at(3_500), id, 100, b"100").unwrap();
    let repeated = ServerVerdict::Repeated { id, resend: Some(b"100") };
    assert_eq!(table.receive(at(3_501), FLOW, &message.request()), repeated);
    assert_eq!(expire_all(&mut table, 31_999), []);
    assert_eq!(expire_all(&mut table, 32_000), [Expired::Unanswered(id)]);
    assert_eq!(table.respond(at(32_001), id, 200, b"200"), Err(RespondError::Gone));
}

// A UDP hop behind ours may double a PRACK long after its 200: it must meet the same 200.
#[test]
fn an_answered_request_is_remembered_for_64_t1() {
    let mut table = table();
    let prack = Written { method: "PRACK", to_tag: "to", cseq: 2, ..INVITE };
    let id = admit(&mut table, 0, &prack);
    table.respond(at(10), id, 200, b"200").unwrap();
    assert_eq!(table.respond(at(11), id, 481, b"481"), Err(RespondError::FinalSent));
    let repeated = ServerVerdict::Repeated { id, resend: Some(b"200") };
    assert_eq!(table.receive(at(32_009), FLOW, &prack.request()), repeated);
    assert_eq!(expire_all(&mut table, 32_010), []);
    assert!(table.is_empty());
    assert_ne!(admit(&mut table, 32_011, &prack), id);
}

// To the letter the first one has ended (Timer J is zero), so its branch may serve again.
#[test]
fn a_memory_does_not_hide_a_new_request_on_an_old_branch() {
    let mut table = table();
    let register = INVITE.method("REGISTER");
    let id = admit(&mut table, 0, &register);
    table.respond(at(1), id, 401, b"401").unwrap();
    let again = admit(&mut table, 2, &Written { cseq: 2, ..register.clone() });
    assert_ne!(again, id);
    assert_eq!(table.len(), 1);
    table.servers.check();
}

// While the first one is open, RFC 3261 section 17.2.3 has no eye for the CSeq.
#[test]
fn an_open_transaction_is_not_displaced() {
    let mut table = table();
    let id = admit(&mut table, 0, &INVITE);
    let other = Written { cseq: 2, ..INVITE }.request();
    assert_eq!(table.receive(at(1), FLOW, &other), ServerVerdict::Repeated { id, resend: None });
}

#[test]
fn memory_of_rejected_invites_is_bounded() {
    let mut table = table();
    for number in 0..1000 {
        let branch = format!("z9hG4bK{number}");
        let invite = Written { branch: Some(&branch), cseq: number, ..INVITE };
        let id = admit(&mut table, 0, &invite);
        table.respond(at(0), id, 486, b"486").unwrap();
        let ack = table.receive(at(0), FLOW, &invite.method("ACK").request());
        assert_eq!(ack, ServerVerdict::AckAbsorbed(id));
        assert!(table.len() <= 256);
    }
    assert_eq!((table.len(), expire_all(&mut table, 5_000).len(), table.len()), (256, 0, 0));
}

#[test]
fn memory_is_bounded() {
    let mut table = table();
    for number in 0..1000 {
        let branch = format!("z9hG4bK{number}");
        let request = Written { method: "OPTIONS", branch: Some(&branch), cseq: number, ..INVITE };
        let id = admit(&mut table, 0, &request);
        table.respond(at(0), id, 200, b"200").unwrap();
        assert!(table.len() <= 256);
    }
    table.servers.check();
    assert_eq!((table.len(), expire_all(&mut table, 32_000).len(), table.len()), (256, 0, 0));
}

#[test]
fn requests_are_told_apart_by_branch_sent_by_and_method() {
    let mut table = table();
    let first = admit(&mut table, 0, &INVITE);
    let same = [
        Written { sent_by: "PEER.Invalid", ..INVITE },
        Written { branch: Some("z9hG4bKone;rport;received=192.0.2.1"), ..INVITE },
    ];
    for written in &same {
        let verdict = table.receive(at(0), FLOW, &written.request());
        assert_eq!(verdict, ServerVerdict::Repeated { id: first, resend: None });
    }
    let others = [
        Written { branch: Some("z9hG4bKtwo"), call_id: "2", ..INVITE },
        Written { branch: Some("z9hG4bKONE"), call_id: "3", ..INVITE },
        Written { sent_by: "peer.invalid:5061", call_id: "4", ..INVITE },
        Written { sent_by: "other.invalid", call_id: "5", ..INVITE },
        INVITE.method("MESSAGE"),
        INVITE.method("message"),
    ];
    let ids: BTreeSet<_> = others.iter().map(|written| admit(&mut table, 0, written)).collect();
    assert_eq!(ids.len(), others.len());
}

// RFC 3261 section 9.2.
#[test]
fn a_cancel_finds_what_bears_its_branch() {
    let mut table = table();
    let invite = admit(&mut table, 0, &INVITE);
    let cancel = |table: &mut Transactions, written: &Written<'_>| {
        let verdict = table.receive(at(1), FLOW, &written.method("CANCEL").request());
        let ServerVerdict::Cancel { cancel, target } = verdict else { panic!("{verdict:?}") };
        (cancel, target)
    };
    let (first, target) = cancel(&mut table, &INVITE);
    assert_eq!(target, Some(invite));
    table.respond(at(2), first, 200, b"200").unwrap();
    let repeated = ServerVerdict::Repeated { id: first, resend: Some(b"200") };
    assert_eq!(table.receive(at(3), FLOW, &INVITE.method("CANCEL").request()), repeated);
    assert_eq!(cancel(&mut table, &Written { branch: Some("z9hG4bKstray"), ..INVITE }).1, None);
    assert_eq!(cancel(&mut table, &Written { sent_by: "other.invalid", ..INVITE }).1, None);
    let message = Written { method: "MESSAGE", branch: Some("z9hG4bKmessage"), call_id: "2", ..INVITE };
    let id = admit(&mut table, 4, &message);
    assert_eq!(cancel(&mut table, &message).1, Some(id));
}

// RFC 3261 section 8.2.2.2: one INVITE forked on its way reaches us twice.
#[test]
fn a_merged_request_is_told() {
    let mut table = table();
    let first = admit(&mut table, 0, &INVITE);
    let twin = Written { branch: Some("z9hG4bKtwin"), ..INVITE };
    let ServerVerdict::Merged(second) = table.receive(at(1), FLOW, &twin.request()) else { panic!() };
    table.respond(at(2), second, 482, b"482").unwrap();
    assert_eq!(table.receive(at(3), FLOW, &twin.method("ACK").request()), ServerVerdict::AckAbsorbed(second));
    // Each CANCEL belongs to its own INVITE, and is no copy of the other.
    for (written, target) in [(&INVITE, first), (&twin, second)] {
        let verdict = table.receive(at(4), FLOW, &written.method("CANCEL").request());
        assert!(matches!(verdict, ServerVerdict::Cancel { target: Some(id), .. } if id == target));
    }
    let others = [
        Written { branch: Some("z9hG4bKa"), cseq: 2, ..INVITE },
        Written { branch: Some("z9hG4bKb"), from_tag: "other", ..INVITE },
        Written { branch: Some("z9hG4bKc"), call_id: "other", ..INVITE },
        Written { branch: Some("z9hG4bKd"), to_tag: "to", ..INVITE },
        Written { branch: Some("z9hG4bKe"), method: "OPTIONS", ..INVITE },
    ];
    for written in &others {
        admit(&mut table, 5, written);
    }
}

// RFC 3261 section 17.2.3, second half: RFC 2543 knew no branches.
#[test]
fn requests_of_rfc_2543_are_matched_by_what_they_say() {
    for branch in [None, Some("1"), Some("z9hG4bK")] {
        let invite = Written { branch, ..INVITE };
        let mut table = table();
        let id = admit(&mut table, 0, &invite);
        let repeated = ServerVerdict::Repeated { id, resend: None };
        assert_eq!(table.receive(at(1), FLOW, &invite.request()), repeated);
        let cancel = table.receive(at(2), FLOW, &invite.method("CANCEL").request());
        assert!(matches!(cancel, ServerVerdict::Cancel { target: Some(target), .. } if target == id));
        for other in [
            Written { uri: "sip:carol@biloxi.example", ..invite.clone() },
            Written { from_tag: "other", ..invite.clone() },
            Written { call_id: "other", ..invite.clone() },
            Written { cseq: 2, ..invite.clone() },
            Written { to_tag: "other", ..invite.clone() },
            Written { sent_by: "other.invalid", ..invite.clone() },
            Written { method: "BYE", ..invite.clone() },
        ] {
            let verdict = table.receive(at(3), FLOW, &other.request());
            assert!(matches!(verdict, ServerVerdict::New(_) | ServerVerdict::Merged(_)), "{verdict:?}");
        }
        let rejection = Written { to_tag: "ours", ..invite.clone() };
        table.respond(at(4), id, 486, rejection.response(486).octets()).unwrap();
        let foreign = Written { to_tag: "another", ..invite.method("ACK") };
        assert_eq!(table.receive(at(5), FLOW, &foreign.request()), ServerVerdict::Ack { invite: None });
        assert_eq!(table.receive(at(6), FLOW, &rejection.method("ACK").request()), ServerVerdict::AckAbsorbed(id));
        table.servers.check();
    }
}

// RFC 6026 section 6: in Accepted even such an ACK is for the user of the transaction.
#[test]
fn the_ack_of_rfc_2543_for_a_2xx_is_passed() {
    let mut table = table();
    let invite = Written { branch: None, ..INVITE };
    let id = admit(&mut table, 0, &invite);
    let answer = Written { to_tag: "ours", ..invite.clone() };
    table.respond(at(1), id, 200, answer.response(200).octets()).unwrap();
    let ack = answer.method("ACK");
    assert_eq!(table.receive(at(2), FLOW, &ack.request()), ServerVerdict::Ack { invite: Some(id) });
}

// An INVITE without To tag and one with the tag that we give: the ACK tells them not apart,
// and belongs to the later one.
#[test]
fn the_ack_of_rfc_2543_outlives_an_older_invite_of_the_same_name() {
    let mut table = table();
    let first = Written { branch: None, ..INVITE };
    let second = Written { to_tag: "ours", ..first.clone() };
    let rejection = second.response(486);
    for (now, invite) in [(0, &first), (1_000, &second)] {
        let id = admit(&mut table, now, invite);
        table.respond(at(now), id, 486, rejection.octets()).unwrap();
    }
    assert_eq!(expire_all(&mut table, 32_000).len(), 1);
    let ack = second.method("ACK").request();
    assert!(matches!(table.receive(at(32_500), FLOW, &ack), ServerVerdict::AckAbsorbed(_)));
}
