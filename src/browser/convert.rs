//! The border to JavaScript: the plain objects of the protocol in and out, and errors.
//! (`TypeScript` learns their types from the same definitions.)
//!
//! Objects cross as JSON, one text a crossing, which the engine of JavaScript makes and reads
//! faster than its objects can be walked through from here. A refusal is rare and small:
//! serde-wasm-bindgen makes its object.

use super::frame::FrameBuffer;
use crate::json::{List, Read, from_text};
use crate::protocol::{Refusal, TraceEntry};
use core::cell::RefCell;
use js_sys::{Array, Error, JSON, TypeError};
use serde::Serializer as _;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::{JsCast, JsValue};

/// How large a buffer is kept for the next events.
const KEPT: usize = 64 * 1024;

/// Reads what JavaScript hands in.
pub(super) struct Arguments {
    buffer: RefCell<FrameBuffer>,
}

impl Arguments {
    pub(super) fn new() -> Self {
        Self { buffer: RefCell::new(FrameBuffer::new()) }
    }

    /// The value that an object describes; a `TypeError` when it is none of that type.
    pub(super) fn read<T: Read>(&self, value: &JsValue) -> Result<T, JsValue> {
        // May run code of the application, which may call the engine: nothing is borrowed here.
        let text = JSON::stringify(value).map_err(unreadable)?;
        let mut buffer = self.buffer.try_borrow_mut().map_err(|_| failed())?;
        let text = core::str::from_utf8(buffer.read(&text)).unwrap_or_default();
        from_text(text).map_err(|fault| type_error(&fault.message()))
    }
}

// As a map: for the names in structs and enums serde-wasm-bindgen brings a hash table along.
pub(super) fn refusal(refusal: Refusal) -> Result<JsValue, JsValue> {
    let members = [("code", refusal.code.as_str()), ("message", refusal.message)];
    Ok(Serializer::new().serialize_maps_as_objects(true).collect_map(members)?)
}

/// Takes everything out of the list.
pub(super) fn array(list: &mut List) -> Result<Array, JsValue> {
    if list.is_empty() {
        return Ok(Array::new());
    }
    let array = JSON::parse(list.end());
    list.clear(KEPT);
    Ok(array?.unchecked_into())
}

pub(super) fn trace(entries: impl Iterator<Item = TraceEntry>) -> Result<Array, JsValue> {
    let mut list = List::default();
    entries.for_each(|entry| list.push(&entry));
    array(&mut list)
}

/// A mistake of the caller.
pub(super) fn type_error(message: &str) -> JsValue {
    TypeError::new(message).into()
}

/// What every call says after a trap.
pub(super) fn failed() -> JsValue {
    Error::new("the engine has failed").into()
}

/// What `JSON.stringify` has thrown: a `TypeError` for what JSON cannot hold, or anything else
/// out of the object's own code.
fn unreadable(thrown: JsValue) -> JsValue {
    if thrown.is_instance_of::<TypeError>() { thrown } else { type_error("the argument cannot be read") }
}
