//! What every JavaScript scope has: pages, Workers, SharedWorkers, Node.

use js_sys::{Function, JsString, Object};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// Milliseconds since the scope was made: monotonic, but it may stand still while the machine sleeps.
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    pub(super) fn monotonic() -> f64;

    /// Milliseconds since 1970: goes on while the machine sleeps, but may be set.
    #[wasm_bindgen(js_namespace = Date, js_name = now)]
    pub(super) fn wall() -> f64;

    /// A promise that is kept already.
    #[wasm_bindgen(js_name = Promise)]
    pub(super) type Kept;

    #[wasm_bindgen(static_method_of = Kept, js_class = "Promise")]
    pub(super) fn resolve() -> Kept;

    /// Calls a function when no other is left on the stack.
    #[wasm_bindgen(method, js_class = "Promise")]
    pub(super) fn then(this: &Kept, callback: &Function);

    /// Hears the events of the scope itself.
    #[wasm_bindgen(js_name = addEventListener, catch)]
    pub(super) fn add_event_listener(name: &str, listener: &Function) -> Result<(), JsValue>;

    /// Hears them no more.
    #[wasm_bindgen(js_name = removeEventListener, catch)]
    pub(super) fn remove_event_listener(name: &str, listener: &Function) -> Result<(), JsValue>;

    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues, catch)]
    fn fill_with_random(octets: &mut [u8]) -> Result<Object, JsValue>;

    /// Writes text as UTF-8.
    pub(super) type TextEncoder;

    #[wasm_bindgen(constructor)]
    pub(super) fn new() -> TextEncoder;

    #[wasm_bindgen(method, js_name = encodeInto)]
    pub(super) fn encode_into(this: &TextEncoder, text: &JsString, octets: &mut [u8]) -> Encoded;

    /// The outcome of [`encode_into`](TextEncoder::encode_into).
    pub(super) type Encoded;

    #[wasm_bindgen(method, getter)]
    pub(super) fn written(this: &Encoded) -> u32;
}

/// Octets that nobody can guess.
pub(super) fn entropy() -> Result<[u8; 32], JsValue> {
    let mut octets = [0; 32];
    fill_with_random(&mut octets)?;
    Ok(octets)
}
