use super::client::{Client, JsEngine, break_responses, object, pause, string, text, with_broken_promises};
use js_sys::{ArrayBuffer, Error, Function, Promise, Reflect, TypeError, WebAssembly};
use prackle::browser::Engine;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::WebSocket;

const REGISTER: &str = r#"{ "register": { "request": 7 } }"#;
const RESTARTED: u32 = 1012;
const NORMAL: u32 = 1000;

async fn microtasks() {
    JsFuture::from(Promise::resolve(&JsValue::UNDEFINED)).await.unwrap();
}

fn memory() -> u32 {
    let memory: WebAssembly::Memory = wasm_bindgen::memory().unchecked_into();
    memory.buffer().unchecked_into::<ArrayBuffer>().byte_length()
}

async fn registers(behaviour: &str) -> Client {
    let client = Client::connected(behaviour).await;
    client.command(REGISTER);
    let settled = client.event(r#""type":"settled","request":7"#).await;
    assert!(!text(&settled).contains("failure"), "{}", text(&settled));
    client
}

#[wasm_bindgen_test]
async fn opens_with_the_subprotocol_and_registers() {
    let client = registers("plain").await;
    let log = client.log(|log| log.length() > 0).await;
    assert_eq!(string(&log.at(0), "protocol").as_deref(), Some("sip"));
    assert!(text(&log).contains("REGISTER sip:example.com SIP/2.0"), "{}", text(&log));
    client.engine.free().unwrap();
}

#[wasm_bindgen_test]
async fn a_connection_that_was_opened_early_is_the_first() {
    for ready_state in [WebSocket::CONNECTING, WebSocket::OPEN] {
        let client = Client::early("plain", ready_state).await;
        client.command(r#""connect""#);
        client.event(r#""state":"connected""#).await;
        client.command(REGISTER);
        client.event(r#""type":"settled","request":7"#).await;
        assert_eq!(client.connections().await, 1);
        client.engine.free().unwrap();
        client.closed(NORMAL).await;
    }
}

#[wasm_bindgen_test]
async fn one_that_has_failed_by_then_is_made_anew() {
    let client = Client::early("drop", WebSocket::CLOSED).await;
    client.command(r#""connect""#);
    client.event(r#""state":"connected""#).await;
    assert_eq!(client.connections().await, 2);
    client.engine.free().unwrap();
}

#[wasm_bindgen_test]
async fn one_that_nobody_wants_is_closed() {
    for end in
        [|engine: &JsEngine| engine.command(&object(r#""disconnect""#)).map(drop), |engine: &JsEngine| engine.abandon()]
    {
        let client = Client::early("plain", WebSocket::OPEN).await;
        end(&client.engine).unwrap();
        client.closed(NORMAL).await;
        client.engine.free().unwrap();
    }
}

#[wasm_bindgen_test]
async fn takes_binary_frames_as_well() {
    registers("binary").await.engine.free().unwrap();
}

#[wasm_bindgen_test]
async fn the_trace_holds_what_was_sent_and_received() {
    let client = registers("plain").await;
    let trace = text(&client.engine.trace().unwrap());
    assert!(trace.contains("\"sent\"") && trace.contains("REGISTER sip:"), "{trace}");
    assert!(trace.contains("\"received\"") && trace.contains("SIP/2.0 200 OK"), "{trace}");
    client.engine.free().unwrap();
}

#[wasm_bindgen_test]
async fn notification_comes_after_the_command_and_once() {
    let client = Client::new("plain");
    client.command(r#""connect""#);
    assert_eq!(client.notified.get(), 0, "called while the command was on the stack");
    microtasks().await;
    assert_eq!(client.notified.get(), 1);
    let events = client.engine.take().unwrap();
    assert_eq!(string(&events.at(0), "type").as_deref(), Some("connection"));
    assert_eq!(client.engine.take().unwrap().length(), 0);
    client.engine.free().unwrap();
}

#[wasm_bindgen_test]
async fn the_timer_fires_and_a_lost_connection_comes_back() {
    let client = Client::connected("drop").await;
    client.event(r#""state":"disconnected""#).await;
    client.event(r#""state":"connected""#).await;
    assert_eq!(client.connections().await, 2);
    client.engine.free().unwrap();
    client.closed(NORMAL).await;
}

#[wasm_bindgen_test]
async fn a_network_that_is_back_ends_the_pause() {
    let client = Client::connected("drop").await;
    client.event(r#""state":"disconnected""#).await;
    client.engine.take().unwrap();
    Function::new_no_args("dispatchEvent(new Event('online'))").call0(&JsValue::UNDEFINED).unwrap();
    let events = text(&client.engine.take().unwrap());
    assert!(events.contains(r#""state":"connecting""#), "{events}");
    client.engine.free().unwrap();
}

#[wasm_bindgen_test]
async fn nothing_fires_after_free() {
    let client = Client::connected("plain").await;
    let waiting = Client::new("drop");
    waiting.command(r#""connect""#);
    waiting.event(r#""state":"disconnected""#).await;
    let before = (client.notified.get(), waiting.notified.get());
    client.engine.free().unwrap();
    waiting.engine.free().unwrap();
    client.closed(NORMAL).await;
    // Another engine's connection comes back after the same pause: this one's would have, too.
    let other = Client::connected("drop").await;
    other.event(r#""state":"connected""#).await;
    waiting.closed(RESTARTED).await;
    assert_eq!(waiting.connections().await, 1);
    assert_eq!((client.notified.get(), waiting.notified.get()), before);
    other.engine.free().unwrap();
}

#[wasm_bindgen_test]
async fn engines_that_were_freed_leave_no_memory_behind() {
    let mut settled = 0;
    for round in 0..120 {
        if round == 40 {
            settled = memory();
        }
        Client::connected("plain").await.engine.free().unwrap();
    }
    assert_eq!(memory(), settled);
}

#[wasm_bindgen_test]
fn mistakes_in_the_configuration_are_type_errors() {
    let nameless = r#"{ "uri": "alice", "servers": [{ "url": "ws://a.invalid" }] }"#;
    for config in [r"{}", r#"{ "uri": 5, "servers": [] }"#, nameless] {
        let error = Engine::new(object(config), Function::new_no_args(""), None).err().expect(config);
        assert!(error.is_instance_of::<TypeError>(), "{config}: {}", text(&error));
    }
}

// JSON.stringify meets the application's code and the limits of its own.
#[wasm_bindgen_test]
fn what_json_cannot_hold_is_a_type_error() {
    let client = Client::new("plain");
    let wrong = [
        "undefined",
        "() => 1",
        "Symbol()",
        "{ hangup: { call: 1n } }",
        "(() => { const own = {}; own.own = own; return { hangup: own }; })()",
        "{ hangup: { get call() { throw new RangeError('mine'); } } }",
        "{ hangup: { toJSON() { throw undefined; } } }",
        "{ register: { request: NaN } }",
        "{ register: { request: 1, expires: Infinity } }",
        "{ hangup: { call: 1, headers: [['A']] } }",
    ];
    for command in wrong {
        let command_of = Function::new_no_args(&format!("return ({command});"));
        let error = client.engine.command(&command_of.call0(&JsValue::NULL).unwrap()).expect_err(command);
        assert!(error.is_instance_of::<TypeError>(), "{command}: {}", text(&error));
    }
    client.engine.free().unwrap();
}

#[wasm_bindgen_test]
fn depth_is_passed_over_or_refused() {
    let client = Client::new("plain");
    let deep =
        "let deep = 1; for (let i = 0; i < depth; i += 1) deep = [deep]; return { trace: { live: false, deep } };";
    for depth in [1_000, 1_000_000] {
        let command = Function::new_with_args("depth", deep).call1(&JsValue::NULL, &depth.into()).unwrap();
        match client.engine.command(&command) {
            Ok(refusal) => assert!(refusal.is_undefined(), "{}", text(&refusal)),
            Err(error) => assert!(depth > 1_000 && error.is_instance_of::<TypeError>(), "{}", text(&error)),
        }
    }
    client.engine.free().unwrap();
}

#[wasm_bindgen_test]
async fn texts_cross_in_both_directions_as_they_are() {
    let client = Client::connected("plain").await;
    client.command(r#"{ "trace": { "live": true } }"#);
    let body = r#""\u0000\u0007\"\\\r\nGrüße, 猫 🐈 \ud83d""#;
    let request = format!(
        r#"{{ "request": {{ "request": 1, "method": "MESSAGE", "target": "sip:bob@example.com",
            "options": {{ "body": {body} }} }} }}"#
    );
    client.command(&request);
    let sent = string(&client.event(r#""direction":"sent""#).await, "text").unwrap();
    let (_, arrived) = sent.split_once("\r\n\r\n").unwrap();
    assert_eq!(arrived, "\0\u{7}\"\\\r\nGrüße, 猫 🐈 \u{fffd}");
    client.engine.free().unwrap();
}

#[wasm_bindgen_test]
fn a_description_that_is_no_text_is_a_type_error() {
    let client = Client::new("plain");
    let describe: Function = Reflect::get(&client.engine, &"describe".into()).unwrap().unchecked_into();
    for wrong in [JsValue::UNDEFINED, JsValue::NULL, 5.into(), object("{}"), ArrayBuffer::new(4).into()] {
        let error = describe.call2(&client.engine, &1.into(), &wrong).unwrap_err();
        assert!(error.is_instance_of::<TypeError>(), "{wrong:?}: {}", text(&error));
    }
    client.engine.free().unwrap();
}

#[wasm_bindgen_test]
fn a_malformed_command_throws_and_a_refused_one_is_returned() {
    let client = Client::new("plain");
    let error = client.engine.command(&object(r#"{ "register": { "request": "seven" } }"#)).unwrap_err();
    assert!(error.is_instance_of::<TypeError>(), "{}", text(&error));
    assert_eq!(string(&error, "message").as_deref(), Some("request must be a whole number within its range"));
    let refusal = client.engine.command(&object(r#"{ "hangup": { "call": 1 } }"#)).unwrap();
    assert_eq!(string(&refusal, "code").as_deref(), Some("unknown-call"));
    assert!(string(&refusal, "message").is_some_and(|message| !message.is_empty()));
    client.engine.free().unwrap();
}

#[wasm_bindgen_test]
async fn a_trap_is_noticed_by_every_later_call_and_the_socket_can_be_closed() {
    let client = Client::connected("plain").await;
    let engine = JsValue::from(&client.engine);
    let trap = with_broken_promises(&mut || {
        let command: Function = Reflect::get(&engine, &"command".into()).unwrap().unchecked_into();
        let outcome = command.call1(&engine, &object(r#""disconnect""#));
        assert!(outcome.is_err());
    });
    assert!(trap.is_ok());
    for outcome in [client.engine.command(&object(REGISTER)).err(), client.engine.take().err()] {
        let error: Error = outcome.expect("the engine has failed").unchecked_into();
        assert!(!error.is_instance_of::<TypeError>());
        assert_eq!(String::from(error.message()), "the engine has failed");
    }
    client.engine.abandon().unwrap();
    client.closed(NORMAL).await;
}

#[wasm_bindgen_test]
async fn a_trap_while_a_frame_comes_in_is_announced() {
    let client = Client::connected("plain").await;
    microtasks().await;
    client.engine.take().unwrap();
    let mend = break_responses();
    client.command(REGISTER);
    // What the command itself announces is taken before the response can come.
    microtasks().await;
    client.engine.take().unwrap();
    let before = client.notified.get();
    while client.notified.get() == before {
        pause(5).await;
    }
    mend.call0(&JsValue::NULL).unwrap();
    assert!(client.engine.take().is_err());
    client.engine.abandon().unwrap();
    client.closed(NORMAL).await;
}
