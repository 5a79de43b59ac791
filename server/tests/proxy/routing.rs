//! Where requests go, and what makes up a call: Record-Route, flow tokens, strict routers
//! (RFC 3261 section 16).

use crate::caller::{BOB, bench, call};
use crate::common::{ANSWER, OFFER, contact_uri, from_callee, in_dialog, invite, reliable, response};
use prackle::message::{Message, Name};

#[test]
fn a_call_from_invite_to_bye() {
    let mut bench = bench(&[2]);
    let [invite] = call(&mut bench, "", &[2]).try_into().expect("one INVITE");
    assert_eq!(invite.uri(), contact_uri(2, "bob"));
    assert_eq!((invite.max_forwards(), invite.via_count()), (Some(69), 2));
    assert!(invite.header(Name::RecordRoute).is_some_and(|route| route.contains(";lr")));
    assert_eq!(invite.description(), Some(OFFER));
    let contact = format!("Contact: <{}>\r\n", contact_uri(2, "bob"));
    bench.send(2, &response(&invite, 180, "b", &contact, ""));
    bench.send(2, &response(&invite, 200, "b", &contact, ANSWER));
    assert_eq!(bench.status(1, 180).via_count(), 1);
    let accepted = bench.status(1, 200);
    assert_eq!(accepted.description(), Some(ANSWER));
    bench.send(1, &in_dialog(1, "ACK", 1, &accepted, ""));
    let ack = bench.request(2, "ACK");
    assert_eq!((ack.uri(), ack.header(Name::Route)), (contact_uri(2, "bob").as_str(), None));
    // Either end hangs up along the same route.
    bench.send(2, &from_callee(2, "BYE", 1, &invite, "b"));
    let bye = bench.request(1, "BYE");
    assert_eq!(bye.uri(), contact_uri(1, "caller"));
    bench.send(1, &response(&bye, 200, "", "", ""));
    bench.status(2, 200);
    bench.advance(64_000);
    bench.nothing(1);
    bench.nothing(2);
    assert_eq!(bench.sip.load(), (0, 0), "nothing is left behind");
}

#[test]
fn an_ack_of_a_second_2xx_reaches_its_fork() {
    let mut bench = bench(&[2, 3]);
    let invites = call(&mut bench, "", &[2, 3]);
    for (flow, invite) in [(2, &invites[0]), (3, &invites[1])] {
        let contact = format!("Contact: <{}>\r\n", contact_uri(flow, "bob"));
        bench.send(flow, &response(invite, 200, &format!("b{flow}"), &contact, ANSWER));
    }
    // RFC 3261 section 16.7 step 5: every 2xx to an INVITE goes up.
    let (first, second) = (bench.status(1, 200), bench.status(1, 200));
    for (flow, accepted) in [(2, &first), (3, &second)] {
        bench.send(1, &in_dialog(1, "ACK", 1, accepted, ""));
        bench.request(flow, "ACK");
        bench.send(1, &in_dialog(1, "BYE", 2, accepted, &reliable(1, "x", 1)));
        bench.request(flow, "BYE");
    }
}

#[test]
fn who_is_not_there_is_told_apart_from_who_does_not_exist() {
    let mut bench = bench(&[]);
    let table = [
        ("sip:bob@example.test", 480),
        ("sip:zoe@example.test", 404),
        ("sip:example.test", 404),
        ("sip:bob@elsewhere.test", 404),
        ("sip:bob@gone.invalid", 480),
        ("tel:+1234", 416),
        ("sips:bob@example.test", 416),
    ];
    for (index, (target, status)) in table.into_iter().enumerate() {
        bench.send(1, &invite(1, &format!("k{index}"), target, "", OFFER));
        assert_eq!(bench.take(1).status(), Some(status), "{target}");
    }
}

#[test]
fn options_to_the_server_and_other_requests() {
    let mut bench = bench(&[2]);
    bench.send(1, &invite(1, "o", "sip:example.test", "", "").replace("INVITE", "OPTIONS"));
    assert!(bench.status(1, 200).header(Name::Allow).is_some_and(|allow| allow.contains("PRACK")));
    bench.send(1, &invite(1, "m", BOB, "", "").replace("INVITE", "MESSAGE"));
    let message = bench.request(2, "MESSAGE");
    assert_eq!(message.header(Name::RecordRoute), None, "it makes no dialog");
    bench.send(2, &response(&message, 200, "b", "", ""));
    bench.status(1, 200);
    // RFC 4320 section 4.2: a request other than INVITE never gets a 408.
    bench.send(1, &invite(1, "n", BOB, "", "").replace("INVITE", "MESSAGE"));
    bench.request(2, "MESSAGE");
    bench.advance(40_000);
    bench.status(1, 100);
    bench.nothing(1);
    assert_eq!(bench.sip.load(), (0, 0));
}

#[test]
fn a_forged_flow_token_leads_nowhere() {
    let mut bench = bench(&[2]);
    let invites = call(&mut bench, "", &[2]);
    let route = invites[0].header(Name::RecordRoute).expect("Record-Route").to_owned();
    // The flows are in the token's first 16 digits: another one's are not believed.
    let forged = route.replacen("sip:00000001", "sip:00000003", 1);
    assert_ne!(route, forged);
    bench.register(3, "carol", "");
    let request = invite(1, "forged", "sip:x@nowhere.test", &format!("Route: {forged}\r\n"), "")
        .replace("To: <sip:x@nowhere.test>", "To: <sip:x@nowhere.test>;tag=t");
    bench.send(1, &request);
    bench.status(1, 404);
    bench.nothing(3);
}

#[test]
fn a_strict_router_in_front_is_undone() {
    let mut bench = bench(&[2]);
    let invites = call(&mut bench, "", &[2]);
    let contact = format!("Contact: <{}>\r\n", contact_uri(2, "bob"));
    bench.send(2, &response(&invites[0], 200, "b", &contact, ANSWER));
    let accepted = bench.status(1, 200);
    let plain = in_dialog(1, "BYE", 2, &accepted, "");
    let route = accepted.header(Name::RecordRoute).expect("Record-Route").trim_matches(['<', '>']).to_owned();
    let target = contact_uri(2, "bob");
    let strict = plain.replacen(&format!("BYE {target} "), &format!("BYE {route} "), 1).replacen(
        &format!("Route: <{route}>"),
        &format!("Route: <{target}>"),
        1,
    );
    assert_ne!(plain, strict);
    bench.send(1, &strict);
    let bye = bench.request(2, "BYE");
    assert_eq!((bye.uri(), bye.header(Name::Route)), (target.as_str(), None));
}

// RFC 4028 section 8: a proxy that wants no timer itself lets those of others pass as they are.
#[test]
fn session_timers_are_the_affair_of_the_ends() {
    let timer = "Supported: timer\r\nSession-Expires: 1800\r\nMin-SE: 120\r\n";
    let fields = |message: &Message| {
        [Name::Supported, Name::SessionExpires, Name::MinSe, Name::Require]
            .map(|name| message.header(name).map(str::to_owned))
    };
    let of = |texts: [&str; 4]| texts.map(|text| (!text.is_empty()).then(|| text.to_owned()));
    let mut bench = bench(&[2]);
    let [refused] = call(&mut bench, timer, &[2]).try_into().expect("one INVITE");
    assert_eq!(fields(&refused), of(["timer", "1800", "120", ""]));
    bench.send(2, &response(&refused, 422, "b", "Min-SE: 2000\r\n", ""));
    bench.request(2, "ACK");
    assert_eq!(bench.status(1, 422).min_se(), Some(2000));
    // It asks for none where nobody does.
    bench.send(1, &invite(1, "plain", BOB, "", OFFER));
    bench.status(1, 100);
    let plain = bench.request(2, "INVITE");
    assert_eq!(fields(&plain), of(["", "", "", ""]));
    let contact = format!("Contact: <{}>\r\n", contact_uri(2, "bob"));
    let granted = "Require: timer\r\nSession-Expires: 1800;refresher=uac\r\n";
    bench.send(2, &response(&plain, 200, "b", &(contact + granted), ANSWER));
    let accepted = bench.status(1, 200);
    assert_eq!(fields(&accepted), of(["", "1800;refresher=uac", "", "timer"]));
    bench.send(1, &in_dialog(1, "ACK", 1, &accepted, ""));
    bench.request(2, "ACK");
    bench.send(1, &in_dialog(1, "UPDATE", 2, &accepted, "Supported: timer\r\nx: 1800;refresher=uac\r\n"));
    let refresh = bench.request(2, "UPDATE");
    assert_eq!(fields(&refresh), of(["timer", "1800;refresher=uac", "", ""]));
    bench.send(2, &response(&refresh, 200, "", granted, ""));
    assert_eq!(fields(&bench.status(1, 200)), of(["", "1800;refresher=uac", "", "timer"]));
}
