//! The border to JavaScript: the plain objects of the protocol in and out, and errors.
//! (`TypeScript` learns their types from the same definitions.)

use crate::protocol::{Command, Config, Event, Refusal, TraceEntry};
use alloc::string::String;
use js_sys::{Array, Error, TypeError};
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue};

pub(super) fn config(value: JsValue) -> Result<Config, JsValue> {
    serde_wasm_bindgen::from_value(value).map_err(malformed)
}

pub(super) fn command(value: JsValue) -> Result<Command, JsValue> {
    serde_wasm_bindgen::from_value(value).map_err(malformed)
}

pub(super) fn refusal(refusal: Refusal) -> Result<JsValue, JsValue> {
    object(&refusal)
}

pub(super) fn events(events: &[Event]) -> Result<Array, JsValue> {
    events.iter().map(object).collect()
}

pub(super) fn trace(entries: impl Iterator<Item = TraceEntry>) -> Result<Array, JsValue> {
    entries.map(|entry| object(&entry)).collect()
}

/// A mistake of the caller.
pub(super) fn type_error(message: &str) -> JsValue {
    TypeError::new(message).into()
}

/// What every call says after a trap.
pub(super) fn failed() -> JsValue {
    Error::new("the engine has failed").into()
}

fn malformed(error: serde_wasm_bindgen::Error) -> JsValue {
    let error: Error = JsValue::from(error).unchecked_into();
    type_error(&String::from(error.message()))
}

fn object<T: Serialize + ?Sized>(value: &T) -> Result<JsValue, JsValue> {
    Ok(serde_wasm_bindgen::to_value(value)?)
}
