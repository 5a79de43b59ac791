//! The core's deadlines, kept by the timer of the browser and measured at the peer.

use super::client::{Client, array, number};
use wasm_bindgen_test::{console_log, wasm_bindgen_test};

/// How far from its time a message may arrive, in ms: less than the shortest gap between two.
const TOLERANCE: f64 = 400.0;

/// A call that rings, reliably.
async fn ringing(behaviour: &str) -> Client {
    let client = Client::connected(behaviour).await;
    let invite = client.event(r#""type":"invite""#).await;
    let call = number(&invite, "call").unwrap();
    client.command(&format!(r#"{{ "progress": {{ "call": {call}, "request": 1 }} }}"#));
    client
}

/// When the frames that begin so arrived, in ms after the first response of the call.
async fn arrivals(client: &Client, start: &str) -> Vec<f64> {
    let log = client.log(|log| log.length() > 0).await;
    let (frames, times) = (array(&log.at(0), "frames"), array(&log.at(0), "times"));
    let text = |index| frames.get(index).as_string().unwrap_or_default();
    let time = |index| times.get(index).as_f64().unwrap();
    let first = (0..frames.length()).find(|&index| text(index).starts_with("SIP/2.0 180")).map(time);
    let wanted = (0..frames.length()).filter(|&index| text(index).starts_with(start));
    wanted.map(|index| time(index) - first.unwrap()).collect()
}

fn assert_times(what: &str, arrived: &[f64], wanted: &[f64]) {
    let off: Vec<f64> = arrived.iter().zip(wanted).map(|(arrived, wanted)| (arrived - wanted).round()).collect();
    console_log!("{what}: off by {off:?} ms, {TOLERANCE} are allowed");
    assert_eq!(arrived.len(), wanted.len(), "{what}: arrived at {arrived:?}, wanted at {wanted:?} ms");
    let worst = off.iter().fold(0.0, |worst: f64, off| worst.max(off.abs()));
    assert!(worst <= TOLERANCE, "{what}: off by {off:?} ms, {TOLERANCE} are allowed");
}

// RFC 3262 section 3: T1, doubled each time, without a limit, for 64*T1. The two calls go
// on at the same time: each by itself would take as long.
#[wasm_bindgen_test]
async fn a_reliable_response_is_repeated_on_schedule_until_its_prack_or_given_up_with_504() {
    let (silent, acknowledging) = (ringing("caller-0").await, ringing("caller-3").await);
    acknowledging.event(r#""type":"prack""#).await;
    silent.event(r#""type":"noPrack""#).await;
    silent.event(r#""type":"ended""#).await;
    let schedule = [0.0, 500.0, 1_500.0, 3_500.0, 7_500.0, 15_500.0, 31_500.0];
    assert_times("without PRACK", &arrivals(&silent, "SIP/2.0 180").await, &schedule);
    assert_times("given up", &arrivals(&silent, "SIP/2.0 504").await, &[32_000.0]);
    assert_times("until PRACK", &arrivals(&acknowledging, "SIP/2.0 180").await, &schedule[..3]);
    silent.engine.free().unwrap();
    acknowledging.engine.free().unwrap();
}
