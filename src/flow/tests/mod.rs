//! Stimulus tables for [`Connection`] on a virtual clock.

mod bench;

use super::super::PONG;
use super::*;
use alloc::string::String;
use bench::{Bench, stay};

#[test]
fn connects_and_disconnects() {
    let mut bench = Bench::new(&["ws://a"]);
    assert_eq!(bench.connection.deadline(), None);
    assert_eq!(bench.disconnect(), "");
    assert_eq!(bench.connect(), "connecting ws://a, open 1 ws://a");
    assert_eq!(bench.connect(), "", "asking twice changes nothing");
    assert_eq!(bench.connection.open(), None);
    assert_eq!(bench.opened(1), "connected 1 ws://a");
    assert_eq!((bench.connection.open(), bench.connection.server()), (Some(FlowId(1)), Some("ws://a")));
    assert_eq!(bench.disconnect(), "close 1 1000, disconnected Unwanted");
    assert_eq!((bench.connection.open(), bench.connection.deadline()), (None, None));
    assert_eq!(bench.closed(1), "", "what the closed one still says is ignored");
    assert_eq!(bench.connect(), "connecting ws://a, open 2 ws://a");
}

#[test]
fn disconnecting_ends_every_state() {
    let mut opening = Bench::new(&["ws://a"]);
    opening.connect();
    assert_eq!(opening.disconnect(), "close 1 1000, disconnected Unwanted");
    assert_eq!(opening.opened(1), "");
    let mut waiting = Bench::new(&["ws://a"]);
    waiting.connect();
    waiting.closed(1);
    assert_eq!(waiting.disconnect(), "disconnected Unwanted");
    assert_eq!(waiting.connection.deadline(), None);
    assert!(!waiting.connection.is_wanted());
}

#[test]
fn a_lone_server_is_tried_again_after_growing_pauses() {
    let mut bench = Bench::new(&["ws://a"]);
    bench.connect();
    for (flow, bound) in (1..).zip([2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
        assert_eq!(bench.closed(flow), "disconnected Refused(1006) again later");
        let (waited, actions) = bench.expire();
        assert!((bound / 2..=bound).contains(&waited), "{waited} of {bound}");
        assert_eq!(actions, alloc::format!("connecting ws://a, open {0} ws://a", flow + 1));
    }
}

#[test]
fn the_pause_told_is_the_pause_waited() {
    let mut bench = Bench::new(&["ws://a"]);
    bench.connect();
    bench.connection.closed(bench.now, FlowId(1), 1006, &mut bench.random);
    let Some(Action::Changed(Change::Disconnected { flow, retry_in, .. })) = bench.connection.poll() else {
        panic!("told");
    };
    assert_eq!(flow, Some(FlowId(1)));
    assert_eq!(bench.connection.deadline(), retry_in.map(|pause| bench.now + pause));
}

#[test]
fn asking_while_waiting_tries_at_once_and_forgets_the_failures() {
    let mut bench = Bench::new(&["ws://a"]);
    bench.connect();
    for flow in 1..5 {
        bench.closed(flow);
        bench.expire();
    }
    bench.closed(5);
    assert_eq!(bench.connect(), "connecting ws://a, open 6 ws://a");
    bench.closed(6);
    assert!(bench.expire().0 <= 2_000);
}

#[test]
fn the_next_server_is_tried_at_once_until_all_have_failed() {
    let mut bench = Bench::new(&["ws://a", "ws://b", "ws://c"]);
    assert_eq!(bench.connect(), "connecting ws://a, open 1 ws://a");
    let next = "disconnected Refused(1006) again at once, connecting";
    assert_eq!(bench.closed(1), alloc::format!("{next} ws://b, open 2 ws://b"));
    assert_eq!(bench.closed(2), alloc::format!("{next} ws://c, open 3 ws://c"));
    assert_eq!(bench.closed(3), "disconnected Refused(1006) again later");
    assert_eq!(bench.expire().1, "connecting ws://a, open 4 ws://a", "the order begins anew");
}

#[test]
fn a_proven_connection_that_is_lost_moves_to_the_other_server_and_back() {
    let mut bench = Bench::connected(&["ws://a", "ws://b"]);
    stay(&mut bench, 1, 60_000);
    assert_eq!(bench.closed(1), "disconnected Lost(1006) again at once, connecting ws://b, open 2 ws://b");
    assert_eq!(bench.opened(2), "connected 2 ws://b");
    stay(&mut bench, 2, 60_000);
    assert_eq!(bench.closed(2), "disconnected Lost(1006) again at once, connecting ws://a, open 3 ws://a");
}

#[test]
fn servers_that_accept_and_drop_are_not_tried_without_pause() {
    let mut bench = Bench::connected(&["ws://a", "ws://b"]);
    assert_eq!(bench.closed(1), "disconnected Lost(1006) again at once, connecting ws://b, open 2 ws://b");
    bench.opened(2);
    assert_eq!(bench.closed(2), "disconnected Lost(1006) again later");
    for (round, bound) in (0_u32..).zip([2_000, 4_000, 8_000]) {
        let (waited, _) = bench.expire();
        assert!((bound / 2..=bound).contains(&waited), "{waited} of {bound}");
        for flow in [3 + 2 * round, 4 + 2 * round] {
            bench.opened(flow);
            bench.closed(flow);
        }
    }
}

#[test]
fn a_server_that_does_not_answer_is_given_up_after_ten_seconds() {
    let mut bench = Bench::new(&["ws://a", "ws://b"]);
    bench.connect();
    let (waited, actions) = bench.expire();
    assert_eq!(waited, 10_000);
    assert_eq!(actions, "close 1 1000, disconnected Unanswered again at once, connecting ws://b, open 2 ws://b");
    assert_eq!(bench.opened(1), "", "too late: it has been given up");
    assert_eq!(bench.opened(2), "connected 2 ws://b");
}

#[test]
fn an_answering_server_that_falls_silent_is_left() {
    let mut bench = Bench::connected(&["ws://a", "ws://b"]);
    for times in [1_600..=2_000, 22_400..=28_000] {
        let (waited, actions) = bench.expire();
        assert!(times.contains(&waited), "{waited}");
        assert_eq!(actions, "ping 1");
        bench.pass(300);
        assert_eq!(bench.frame(1, PONG), (Received::KeepAlive, String::new()));
    }
    assert_eq!(bench.expire().1, "ping 1");
    let (waited, actions) = bench.expire();
    assert_eq!(waited, 10_000);
    assert_eq!(actions, "close 1 4000, disconnected Silent again at once, connecting ws://b, open 2 ws://b");
}

#[test]
fn a_server_without_pongs_is_asked_by_options_and_left_when_it_falls_silent() {
    let mut bench = Bench::connected(&["ws://a", "ws://b"]);
    assert_eq!(bench.expire().1, "ping 1");
    assert_eq!(bench.expire(), (10_000, String::from("options 1")));
    bench.respond(1);
    for _ in 0..3 {
        let (waited, actions) = bench.expire();
        assert!((22_400..=28_000).contains(&waited), "{waited}");
        assert_eq!(actions, "options 1");
        bench.respond(1);
    }
    bench.expire();
    let expected = "close 1 4000, disconnected Silent again at once, connecting ws://b, open 2 ws://b";
    assert_eq!(bench.expire(), (10_000, String::from(expected)));
}

#[test]
fn a_server_that_answers_nothing_of_it_is_kept() {
    let mut bench = Bench::connected(&["ws://a"]);
    assert_eq!(bench.expire().1, "ping 1");
    assert_eq!(bench.expire(), (10_000, String::from("options 1")));
    assert_eq!(bench.expire(), (10_000, String::new()));
    for _ in 0..20 {
        assert_eq!(bench.expire().1, "ping 1", "for the sake of the NATs");
        assert_eq!(bench.expire(), (10_000, String::new()));
    }
    assert_eq!(bench.connection.open(), Some(FlowId(1)));
}

#[test]
fn a_pong_that_was_slow_is_one_all_the_same() {
    let mut bench = Bench::connected(&["ws://a"]);
    bench.expire();
    assert_eq!(bench.expire().1, "options 1");
    bench.frame(1, PONG);
    assert_eq!(bench.expire().1, "ping 1");
}

#[test]
fn any_message_shows_that_the_server_lives_but_not_that_it_answers() {
    let mut bench = Bench::connected(&["ws://a"]);
    bench.expire();
    assert_eq!(bench.frame(1, b"OPTIONS sip:a SIP/2.0\r\n"), (Received::Message, String::new()));
    assert_eq!(bench.expire().1, "ping 1");
    assert_eq!(bench.expire().1, "options 1", "no pong was ever seen");
    bench.frame(1, PONG);
    bench.expire();
    bench.pass(9_999);
    assert_eq!(bench.frame(1, b"SIP/2.0 200 OK\r\n").0, Received::Message);
    assert_eq!(bench.expire().1, "ping 1", "it lives");
}

#[test]
fn another_network_makes_the_connection_prove_itself_and_ends_a_pause() {
    let mut bench = Bench::connected(&["ws://a"]);
    stay(&mut bench, 1, 60_000);
    for online in [false, true] {
        bench.pass(1_000);
        bench.connection.network(bench.now, online, &mut bench.random);
        assert_eq!(bench.expire(), (0, String::from("ping 1")));
        bench.frame(1, PONG);
    }
    bench.pass(1_000);
    bench.connection.network(bench.now, true, &mut bench.random);
    bench.expire();
    assert_eq!(bench.expire(), (10_000, String::from("close 1 4000, disconnected Silent again later")));
    bench.connection.network(bench.now, false, &mut bench.random);
    assert_eq!(bench.taken(), "", "the pause goes on");
    bench.connection.network(bench.now, true, &mut bench.random);
    assert_eq!(bench.taken(), "connecting ws://a, open 2 ws://a");
    bench.connection.network(bench.now, true, &mut bench.random);
    assert_eq!(bench.taken(), "", "it is being opened");
}

#[test]
fn an_alternative_is_one_that_would_be_tried_at_once() {
    let mut bench = Bench::connected(&["ws://a", "ws://b"]);
    assert!(bench.connection.has_alternative(bench.now));
    bench.abandon(1);
    bench.opened(2);
    assert!(!bench.connection.has_alternative(bench.now), "the other has just failed");
    stay(&mut bench, 2, 60_000);
    assert!(bench.connection.has_alternative(bench.now));
    assert!(!Bench::connected(&["ws://a"]).connection.has_alternative(Instant::from_millis(9_000_000)));
}

#[test]
fn a_deadline_that_fires_late_acts_once() {
    let mut bench = Bench::connected(&["ws://a"]);
    bench.pass(3_600_000);
    bench.connection.expire(bench.now, &mut bench.random);
    assert_eq!(bench.taken(), "ping 1");
    bench.connection.expire(bench.now, &mut bench.random);
    assert_eq!(bench.taken(), "");
    assert_eq!(bench.connection.deadline(), Some(bench.now + Duration::from_secs(10)), "a full wait for the pong");
}

#[test]
fn pings_of_the_server_are_answered_and_line_ends_absorbed() {
    let mut bench = Bench::connected(&["ws://a"]);
    assert_eq!(bench.frame(1, PING), (Received::KeepAlive, String::from("pong 1")));
    for frame in [PONG, b"", b"\n"] {
        assert_eq!(bench.frame(1, frame), (Received::KeepAlive, String::new()));
    }
}

#[test]
fn a_flow_timer_shortens_the_interval_of_its_connection() {
    let mut bench = Bench::connected(&["ws://a"]);
    stay(&mut bench, 1, 2_000);
    bench.connection.flow_timer(bench.now, FlowId(7), 5, &mut bench.random);
    assert!(bench.connection.deadline() > Some(bench.now + Duration::from_secs(20)), "another connection's");
    bench.connection.flow_timer(bench.now, FlowId(1), 5, &mut bench.random);
    for _ in 0..10 {
        let (waited, actions) = bench.expire();
        assert!((4_000..=5_000).contains(&waited), "{waited}");
        assert_eq!(actions, "ping 1");
        bench.frame(1, PONG);
    }
}

#[test]
fn an_abandoned_connection_gives_way_to_the_next_server() {
    let mut bench = Bench::connected(&["ws://a", "ws://b"]);
    assert_eq!(bench.abandon(9), "");
    let expected = "close 1 4000, disconnected Abandoned again at once, connecting ws://b, open 2 ws://b";
    assert_eq!(bench.abandon(1), expected);
}

#[test]
fn events_of_former_connections_change_nothing() {
    let mut bench = Bench::connected(&["ws://a"]);
    stay(&mut bench, 1, 15_000);
    bench.closed(1);
    bench.expire();
    assert_eq!(bench.closed(1), "");
    assert_eq!(bench.opened(1), "");
    assert_eq!(bench.frame(1, PING), (Received::Stale, String::new()));
    assert_eq!(bench.opened(2), "connected 2 ws://a");
    assert_eq!(bench.frame(1, PING), (Received::Stale, String::new()));
    assert_eq!(bench.frame(2, PING).0, Received::KeepAlive);
}

#[test]
fn without_servers_nothing_is_opened_and_nothing_breaks() {
    let mut bench = Bench::new(&[]);
    assert_eq!(bench.connect(), "");
    assert_eq!(bench.expire().1, "");
    assert_eq!(bench.disconnect(), "disconnected Unwanted");
}
