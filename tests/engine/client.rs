//! An engine as JavaScript sees it, and the peer that it talks to.

use js_sys::{Array, Function, JSON, Object, Reflect};
use prackle::browser::Engine;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::WebSocket;

/// Set by `npm test` to the address of a real server.
const PEER: Option<&str> = option_env!("PRACKLE_TEST_PEER");

#[wasm_bindgen(module = "/tests/engine/peer.js")]
extern "C" {
    #[wasm_bindgen(js_name = peerAddress)]
    fn peer_address(configured: Option<&str>) -> String;
    #[wasm_bindgen(js_name = peerLog)]
    async fn peer_log(key: &str) -> JsValue;
    pub(super) async fn pause(ms: u32);
    #[wasm_bindgen(js_name = breakResponses)]
    pub(super) fn break_responses() -> Function;
    #[wasm_bindgen(js_name = withBrokenPromises, catch)]
    pub(super) fn with_broken_promises(act: &mut dyn FnMut()) -> Result<(), JsValue>;
}

#[wasm_bindgen]
extern "C" {
    /// The class as it is exported: every call passes the generated glue.
    pub(super) type JsEngine;

    #[wasm_bindgen(method, catch)]
    pub(super) fn command(this: &JsEngine, command: &JsValue) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(super) fn describe(this: &JsEngine, token: u32, sdp: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = take)]
    fn take_texts(this: &JsEngine) -> Result<Array, JsValue>;
    #[wasm_bindgen(method, catch, js_name = trace)]
    fn trace_texts(this: &JsEngine) -> Result<Array, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(super) fn abandon(this: &JsEngine) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(super) fn free(this: &JsEngine) -> Result<(), JsValue>;
}

impl JsEngine {
    pub(super) fn take(&self) -> Result<Array, JsValue> {
        self.take_texts().map(whole)
    }

    pub(super) fn trace(&self) -> Result<Array, JsValue> {
        self.trace_texts().map(whole)
    }
}

/// The list that JSON describes, with the long texts where it has `null`: `js/engine/whole.ts`.
fn whole(texts: Array) -> Array {
    let mut texts = texts.iter();
    let Some(json) = texts.next() else { return Array::new() };
    let list = JSON::parse(&json.as_string().unwrap()).unwrap();
    fill(&list, &mut texts);
    assert!(texts.next().is_none(), "more texts than places");
    list.unchecked_into()
}

fn fill(value: &JsValue, texts: &mut impl Iterator<Item = JsValue>) {
    for name in Object::keys(value.unchecked_ref::<Object>()) {
        let member = Reflect::get(value, &name).unwrap();
        if member.is_null() {
            Reflect::set(value, &name, &texts.next().unwrap()).unwrap();
        } else if member.is_object() {
            fill(&member, texts);
        }
    }
}

/// An engine with a server of its own.
pub(super) struct Client {
    pub(super) engine: JsEngine,
    pub(super) notified: Rc<Cell<u32>>,
    events: RefCell<VecDeque<JsValue>>,
    key: String,
}

impl Client {
    /// An engine for a server that behaves as told (see peer.js).
    pub(super) fn new(behaviour: &str) -> Self {
        let (key, url) = address(behaviour);
        Self::with(key, &url, None)
    }

    /// One whose connection was opened before, and has come to this `readyState`.
    pub(super) async fn early(behaviour: &str, ready_state: u16) -> Self {
        let (key, url) = address(behaviour);
        let socket = WebSocket::new_with_str(&url, "sip").unwrap();
        while socket.ready_state() != ready_state {
            pause(5).await;
        }
        Self::with(key, &url, Some(socket))
    }

    fn with(key: String, url: &str, early: Option<WebSocket>) -> Self {
        let config = object(&format!(r#"{{ "uri": "sip:alice@example.com", "servers": [{{ "url": "{url}" }}] }}"#));
        let notified = Rc::new(Cell::new(0));
        let count = notified.clone();
        // JavaScript keeps it: a last microtask may be on its way when the engine is gone.
        let notify = Closure::<dyn FnMut()>::new(move || count.set(count.get() + 1)).into_js_value();
        let engine = JsValue::from(Engine::new(config, notify.unchecked_into(), early).unwrap()).unchecked_into();
        Self { engine, notified, events: RefCell::default(), key }
    }

    /// One that is connected.
    pub(super) async fn connected(behaviour: &str) -> Self {
        let client = Self::new(behaviour);
        client.command(r#""connect""#);
        client.event(r#""state":"connected""#).await;
        client
    }

    /// Gives a command that must be taken.
    pub(super) fn command(&self, json: &str) {
        let refusal = self.engine.command(&object(json)).unwrap();
        assert!(refusal.is_undefined(), "{}", text(&refusal));
    }

    fn next(&self) -> Option<JsValue> {
        self.events.borrow_mut().pop_front()
    }

    /// Waits for an event that holds these words; those before it are dropped.
    pub(super) async fn event(&self, words: &str) -> JsValue {
        loop {
            self.events.borrow_mut().extend(self.engine.take().unwrap());
            while let Some(event) = self.next() {
                if text(&event).contains(words) {
                    return event;
                }
            }
            pause(5).await;
        }
    }

    /// The peer's log, once it is as wanted.
    pub(super) async fn log(&self, wanted: impl Fn(&Array) -> bool) -> Array {
        loop {
            let log: Array = peer_log(&self.key).await.unchecked_into();
            if wanted(&log) {
                return log;
            }
            pause(5).await;
        }
    }

    /// Waits until the peer has seen the newest connection end with this code.
    pub(super) async fn closed(&self, code: u32) {
        self.log(|log| log.length() > 0 && number(&log.at(-1), "closed") == Some(f64::from(code))).await;
    }

    /// How many connections the peer has seen.
    pub(super) async fn connections(&self) -> u32 {
        self.log(|_| true).await.length()
    }
}

/// A key of its own, and where its server is.
fn address(behaviour: &str) -> (String, String) {
    let key = format!("{:x}", (js_sys::Math::random() * 1e15) as u64);
    let url = format!("{}/{behaviour}/{key}", peer_address(PEER));
    (key, url)
}

/// The value that JSON describes.
pub(super) fn object(json: &str) -> JsValue {
    JSON::parse(json).unwrap()
}

/// A value as JSON.
pub(super) fn text(value: &JsValue) -> String {
    JSON::stringify(value).map(String::from).unwrap_or_default()
}

/// A member that is an array.
pub(super) fn array(value: &JsValue, name: &str) -> Array {
    Reflect::get(value, &name.into()).unwrap().unchecked_into()
}

/// A member that is a string.
pub(super) fn string(value: &JsValue, name: &str) -> Option<String> {
    Reflect::get(value, &name.into()).ok()?.as_string()
}

/// A member that is a number.
pub(super) fn number(value: &JsValue, name: &str) -> Option<f64> {
    Reflect::get(value, &name.into()).ok()?.as_f64()
}
