//! The registration and its connection: lost, back, wanted no more (RFC 5626 sections 4.2 to
//! 4.5, RFC 7118), and the route that it gives to other requests (RFC 3608).

use crate::client::Client;
use prackle::agent::Input;
use prackle::message::{Method, Name};
use prackle::protocol::{Cause, Command, ConnectionState, Event, Server};
use prackle::time::Instant;

const ROUTE: &str = "Service-Route: <sip:edge.example.com;transport=ws;lr>, <sip:home.example.com;lr>\r\n";

#[test]
fn registering_before_connecting_waits_for_the_connection() {
    let mut client = Client::offline(7, |_| {});
    client.register();
    client.register_for(90);
    client.pass(10_000);
    assert_eq!(client.take(), [""; 0]);
    client.command(Command::Connect);
    assert_eq!(client.take(), ["<connected>", "REGISTER", "<registering>"]);
    assert_eq!(client.last().expires(), Some(90), "the last word counts");
    client.grant(90, "");
    assert_eq!(client.take(), ["<registered 90>", "<settled 1 200>", "<settled 2 200>"]);
}

#[test]
fn a_lost_connection_is_a_lost_registration_and_a_new_one_registers_at_once() {
    let mut client = Client::registered();
    let (flow, first) = (client.flow, client.last());
    client.lose_connection();
    assert_eq!(client.take(), ["<disconnected>", "<unregistered Connection>"]);
    client.restore_connection();
    assert_eq!(client.take(), ["<connected>", "REGISTER", "<registering>"]);
    assert_ne!(client.flow, flow);
    let second = client.last();
    assert_eq!(second.call_id(), first.call_id(), "RFC 3261 section 10.2");
    assert_eq!(second.cseq().number, 2);
    assert_eq!(second.header(Name::Contact), first.header(Name::Contact), "the same flow: reg-id replaces it");
    client.grant(600, "");
    assert_eq!(client.take(), ["<registered 600>"]);
}

#[test]
fn a_request_on_the_lost_connection_is_sent_again_on_the_next() {
    let mut client = Client::new();
    client.register();
    let lost = client.last();
    client.take();
    client.lose_connection();
    assert_eq!(client.take(), ["<disconnected>", "<unregistered Connection>"], "the command is not settled yet");
    client.restore_connection();
    client.take();
    client.respond(&lost, 200, "Expires: 5\r\n");
    assert_eq!(client.take(), [""; 0], "that was for another flow");
    client.pass(31_000);
    client.grant(600, "");
    client.pass(60_000);
    assert_eq!(client.take(), ["<registered 600>", "<settled 1 200>"], "the lost one does not time out");
}

#[test]
fn a_pause_after_a_failure_does_not_outlive_the_connection() {
    let mut client = Client::new();
    client.register();
    client.answer(503, "");
    client.lose_connection();
    client.pass(60_000);
    client.take();
    client.restore_connection();
    assert_eq!(client.take(), ["<connected>", "REGISTER", "<registering>"]);
}

#[test]
fn an_unregistration_on_the_lost_connection_fails_and_is_not_repeated() {
    let mut client = Client::registered();
    client.unregister(false);
    client.take();
    client.lose_connection();
    assert_eq!(client.take(), ["<disconnected>", "<failed 2 Connection>", "<unregistered Connection>"]);
    client.restore_connection();
    assert_eq!(client.take(), ["<connected>"]);
}

#[test]
fn unregistering_while_the_connection_is_lost_is_the_end_of_it() {
    let mut client = Client::registered();
    client.lose_connection();
    client.register();
    client.take();
    client.unregister(false);
    assert_eq!(client.take(), ["<failed 2 Superseded>", "<failed 3 Connection>"]);
    client.restore_connection();
    assert_eq!(client.take(), ["<connected>"], "it does not register again");
}

#[test]
fn without_a_registration_the_connection_says_nothing_of_it() {
    let mut client = Client::new();
    client.lose_connection();
    client.restore_connection();
    assert_eq!(client.take(), ["<disconnected>", "<connected>"]);
}

#[test]
fn disconnecting_ends_the_registration_and_a_new_one_is_told() {
    let mut client = Client::registered();
    client.command(Command::Disconnect);
    assert_eq!(client.take(), ["<unregistered Closed>", "<disconnected>"]);
    client.pass(3_600_000);
    client.command(Command::Connect);
    assert_eq!(client.take(), ["<connected>"], "register() decides");
    client.register();
    assert_eq!(client.take(), ["REGISTER", "<registering>"]);
}

#[test]
fn disconnecting_settles_everything() {
    let mut client = Client::new();
    client.register();
    client.register();
    client.options();
    client.options();
    client.invite();
    client.take();
    client.command(Command::Disconnect);
    let words = client.take();
    for settled in ["<failed 1 Closed>", "<failed 2 Closed>", "<failed 3 Closed>", "<failed 4 Closed>", "<ended>"] {
        assert_eq!(words.iter().filter(|word| *word == settled).count(), 1, "{settled}: {words:?}");
    }
    assert_eq!(words.last().map(String::as_str), Some("<disconnected>"));
    client.pass(3_600_000);
    assert_eq!(client.take(), [""; 0]);
    assert_eq!(client.agent.load(), 0);
}

#[test]
fn disconnecting_while_it_rings_cancels_and_waits_for_nothing() {
    let mut client = Client::new();
    client.invite();
    client.answer(180, "");
    client.take();
    client.command(Command::Disconnect);
    assert_eq!(client.take(), ["CANCEL", "<ended>", "<disconnected>"]);
    client.pass(3_600_000);
    assert_eq!((client.take(), client.agent.load()), (Vec::new(), 0));
}

#[test]
fn disconnecting_while_waiting_to_connect_settles_registrations_too() {
    let mut client = Client::offline(7, |_| {});
    client.register();
    client.command(Command::Disconnect);
    assert_eq!(client.take(), ["<failed 1 Closed>"]);
    client.command(Command::Connect);
    assert_eq!(client.take(), ["<connected>"]);
}

#[test]
fn the_service_route_is_taken_by_requests_outside_dialogs() {
    let mut client = Client::new();
    client.register();
    client.grant(600, ROUTE);
    client.options();
    let routes: Vec<String> = client.last().fields(Name::Route).map(str::to_owned).collect();
    assert_eq!(routes, ["<sip:edge.example.com;transport=ws;lr>", "<sip:home.example.com;lr>"]);
    assert_eq!(client.last().uri(), "sip:bob@example.com");
    client.invite();
    assert_eq!(client.last().fields(Name::Route).count(), 2, "INVITE");
    client.pass_until_sent(600_000);
    client.register();
    assert_eq!(client.sent_last("REGISTER").fields(Name::Route).count(), 0, "RFC 3608 section 6.1: not REGISTER");
}

#[test]
fn the_service_route_is_that_of_the_last_registration() {
    let mut client = Client::new();
    client.register();
    client.grant(600, ROUTE);
    client.register();
    client.grant(600, "Service-Route: <sip:other.example.com;lr>\r\n");
    client.options();
    assert_eq!(client.last().header(Name::Route), Some("<sip:other.example.com;lr>"));
    client.register();
    client.grant(600, "");
    client.options();
    assert_eq!(client.last().header(Name::Route), None, "RFC 3608 section 6.1: none is none");
}

#[test]
fn the_service_route_ends_with_the_registration() {
    let ends: [fn(&mut Client); 3] = [
        |client| {
            client.unregister(false);
            client.answer(200, "");
        },
        |client| {
            client.lose_connection();
            client.restore_connection();
        },
        |client| {
            client.command(Command::Disconnect);
            client.command(Command::Connect);
        },
    ];
    for end in ends {
        let mut client = Client::new();
        client.register();
        client.grant(600, ROUTE);
        end(&mut client);
        client.options();
        assert_eq!(client.last().header(Name::Route), None, "the edge may be another one by now");
    }
}

#[test]
fn keep_alives_go_out_and_are_answered() {
    let mut client = Client::new();
    client.pass(120_000);
    let times: Vec<u64> = client.line_ends.iter().map(|(at, _)| *at).collect();
    assert!((5..=6).contains(&times.len()), "{times:?}");
    assert!(times.first().is_some_and(|first| *first <= 2_000), "whether it answers is soon known: {times:?}");
    assert!(client.line_ends.iter().all(|(_, octets)| octets == b"\r\n\r\n"), "RFC 5626 section 3.5.1: a ping");
    client.line_ends.clear();
    client.receive("\r\n\r\n");
    assert_eq!(client.line_ends.first().map(|(_, octets)| octets.as_slice()), Some(b"\r\n".as_slice()), "the pong");
    client.line_ends.clear();
    client.receive("\r\n");
    assert!(client.line_ends.is_empty(), "a pong is not answered");
    assert!(client.agent.trace().next().is_none(), "they are no messages");
}

#[test]
fn the_flow_timer_of_the_registrar_sets_the_pace() {
    let mut client = Client::new();
    client.pass(2_000);
    client.line_ends.clear();
    client.register();
    client.grant(600, "Flow-Timer: 10\r\n");
    let begin = client.time();
    client.pass(60_000);
    let mut last = begin;
    assert!(client.line_ends.len() >= 3, "{:?}", client.line_ends);
    for (at, _) in &client.line_ends {
        // What follows a ping that got no pong waits for that first.
        let pause = at - last;
        assert!((8_000..=20_000).contains(&pause), "{pause}");
        last = *at;
    }
    assert!(client.line_ends.first().is_some_and(|(at, _)| at - begin <= 10_000));
}

#[test]
fn a_server_that_stops_answering_pings_is_left_and_registered_with_anew() {
    let mut client = Client::registered();
    client.pass(28_000);
    client.pongs = false;
    client.take();
    client.pass(20_000);
    let expected = ["<disconnected>", "<unregistered Connection>", "<connected>", "REGISTER", "<registering>"];
    assert_eq!(client.take(), expected, "a pong was owed");
}

// An edge that hung within the first half minute of a connection was never left: it had not been
// asked anything before, and who has not answered one ping owes no pong.
#[test]
fn a_server_that_falls_silent_soon_after_it_was_found_is_left() {
    let mut client = Client::registered();
    client.pass(2_000);
    client.pongs = false;
    client.take();
    client.pass(40_000);
    let expected = ["<disconnected>", "<unregistered Connection>", "<connected>", "REGISTER", "<registering>"];
    assert_eq!(client.take(), expected, "what it answers is asked at the beginning");
}

#[test]
fn what_arrives_on_a_former_connection_is_not_heard() {
    let mut client = Client::new();
    client.register();
    let (former, first) = (client.flow, client.last());
    client.lose_connection();
    client.restore_connection();
    client.take();
    let frame = crate::client::response(&first, 200, "");
    let now = Instant::from_millis(1_000_000 + client.time());
    client.agent.handle(now, Input::Frame { flow: former, octets: frame.as_bytes() });
    assert!(client.agent.poll().is_none());
}

#[test]
fn the_events_of_the_connection_tell_the_truth() {
    let mut client = Client::registered();
    client.lose_connection();
    let told = client.events().iter().rev().find_map(|event| match event {
        Event::Connection { state: ConnectionState::Disconnected, retry_in, failure, .. } => {
            Some((*retry_in, failure.as_ref().map(|failure| failure.cause)))
        }
        _ => None,
    });
    let (retry_in, cause) = told.expect("it was told");
    assert_eq!(cause, Some(Cause::Connection));
    assert!(retry_in.is_some(), "it will be opened again");
}

/// Alice with two servers, registering at the first.
fn between_two() -> Client {
    let mut client = Client::with(|config| config.servers.push(Server::new("wss://other.example.com")));
    client.register();
    client.take();
    client
}

#[test]
fn a_server_that_cannot_register_gives_way_to_the_next_one() {
    for status in [408, 500, 503, 504] {
        let mut client = between_two();
        client.answer(status, "Retry-After: 600\r\n");
        let moved = ["<disconnected>", "<unregistered Connection>", "<connected>", "REGISTER", "<registering>"];
        assert_eq!(client.take(), moved, "{status}");
        client.grant(600, "");
        assert_eq!(client.take(), ["<registered 600>", "<settled 1 200>"], "the application hears of no failure");
    }
}

#[test]
fn when_no_server_can_register_that_is_told_and_tried_again_later() {
    let mut client = between_two();
    client.answer(503, "");
    client.take();
    client.answer(503, "");
    assert_eq!(client.take(), ["<unregistered ServerError 503 retry>", "<failed 1 ServerError 503>"]);
    client.pass(2_000);
    client.take();
    client.grant(600, "");
    assert_eq!(client.take(), ["<registered 600>"]);
}

#[test]
fn a_refusal_of_the_registrar_is_no_fault_of_the_connection() {
    let mut client = between_two();
    client.answer(403, "");
    assert_eq!(client.take(), ["<unregistered Unauthorized 403>", "<failed 1 Unauthorized 403>"]);
}

#[test]
fn a_server_that_never_answers_a_register_gives_way() {
    let mut client = between_two();
    client.pass(31_999);
    assert_eq!(client.take(), [""; 0]);
    client.pass(1);
    let moved = ["<disconnected>", "<unregistered Connection>", "<connected>", "REGISTER", "<registering>"];
    assert_eq!(client.take(), moved);
}

#[test]
fn a_lone_server_that_never_answers_anything_is_connected_to_anew() {
    let mut client = Client::new();
    client.pongs = false;
    client.register();
    client.take();
    client.pass(32_000);
    let told = ["OPTIONS", "<unregistered Timeout 408 retry>", "<failed 1 Timeout 408>", "<disconnected>"];
    assert_eq!(client.take().get(..4), Some(&told.map(String::from)[..]));
}

#[test]
fn a_server_without_pongs_is_asked_by_options() {
    let mut client = Client::registered();
    client.pongs = false;
    client.pass_until_sent(60_000);
    let options = client.last();
    assert_eq!((options.method(), options.uri()), (Method::Options, "sip:example.com"));
    client.respond(&options, 404, "");
    let next = client.pass_until_sent(60_000);
    assert!((22_400..=28_000).contains(&next), "{next}");
    client.take();
    client.pass(10_000);
    assert_eq!(client.take().first().map(String::as_str), Some("<disconnected>"), "it had answered before");
}

#[test]
fn silence_after_a_request_has_the_connection_looked_at() {
    let mut client = Client::registered();
    client.pass(3_000);
    client.pongs = false;
    client.take();
    let since = client.time();
    client.options();
    client.pass(20_000);
    let lost = client.take_timed().into_iter().find(|(_, words)| words == "<disconnected>");
    assert_eq!(lost.map(|(at, _)| at), Some(since + 15_000), "5 s without a word, and 10 s for a pong");
}

#[test]
fn another_network_makes_the_connection_prove_itself_and_ends_a_pause() {
    let mut client = Client::registered();
    client.pongs = false;
    let count = client.line_ends.len();
    client.network(false);
    client.network(true);
    client.pass(0);
    assert_eq!(client.line_ends.len(), count + 1, "one ping for both");
    client.lose_connection();
    client.pass(200);
    client.take();
    client.reachable();
    client.network(false);
    assert_eq!(client.take(), [""; 0]);
    client.network(true);
    assert_eq!(client.take().first().map(String::as_str), Some("<connected>"));
}

#[test]
fn the_gruu_is_the_contact_of_dialogs_but_not_of_the_registration() {
    const GRUU: &str = "sip:alice@example.com;gr=urn:uuid:00000000-0000-4000-8000-00000000a11c";
    let mut client = Client::new();
    client.register();
    let register = client.last();
    let contact = register.header(Name::Contact).expect("a Contact").to_owned();
    client.respond(&register, 200, &format!("Contact: {contact};pub-gruu=\"{GRUU}\"\r\n"));
    client.invite();
    assert_eq!(client.last().header(Name::Contact), Some(format!("<{GRUU}>").as_str()));
    client.register();
    assert_eq!(client.last().header(Name::Contact), Some(contact.as_str()));
    client.grant(600, "");
    client.invite();
    assert!(client.last().header(Name::Contact).is_some_and(|contact| contact.contains(".invalid")), "it is gone");
}
