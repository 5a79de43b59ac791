//! The border to JavaScript: the plain objects of the protocol in and out, and errors.
//! (`TypeScript` learns their types from the same definitions.)
//!
//! Objects cross as JSON, one text a crossing, which the engine of JavaScript makes and reads
//! faster than its objects can be walked through from here; but long texts cross as they are. A
//! refusal is rare and small: serde-wasm-bindgen makes its object.

use super::frame::FrameBuffer;
use crate::json::{List, Read, from_text};
use crate::protocol::{Refusal, TraceEntry};
use core::cell::RefCell;
use js_sys::{Array, Error, JSON, JsString, TypeError};
use serde::Serializer as _;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::{JsCast, JsValue};

/// How large a buffer is kept for the next events.
const KEPT: usize = 64 * 1024;
/// How many octets of a text are read out of JSON as fast as they are taken by themselves.
const LONGEST: usize = 128;

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
        self.text(&text, from_text)?.map_err(|fault| type_error(&fault.message()))
    }

    /// Has a text of JavaScript read; a `TypeError` when it is none.
    pub(super) fn text<T>(&self, text: &JsString, read: impl FnOnce(&str) -> T) -> Result<T, JsValue> {
        if !text.is_string() {
            return Err(type_error("the argument must be text"));
        }
        let mut buffer = self.buffer.try_borrow_mut().map_err(|_| failed())?;
        Ok(read(core::str::from_utf8(buffer.read(text)).unwrap_or_default()))
    }
}

// As a map: for the names in structs and enums serde-wasm-bindgen brings a hash table along.
pub(super) fn refusal(refusal: Refusal) -> Result<JsValue, JsValue> {
    let members = [("code", refusal.code.as_str()), ("message", refusal.message)];
    Ok(Serializer::new().serialize_maps_as_objects(true).collect_map(members)?)
}

/// A list for what JavaScript will be given.
pub(super) fn list() -> List {
    List::new(LONGEST)
}

/// Takes everything out of the list: the JSON, and the texts beside it.
pub(super) fn texts(list: &mut List) -> Array {
    let texts = Array::new();
    if !list.is_empty() {
        texts.push(&list.end().into());
        for text in list.beside() {
            texts.push(&text.into());
        }
        list.clear(KEPT);
    }
    texts
}

pub(super) fn trace(entries: impl Iterator<Item = TraceEntry>) -> Array {
    let mut list = list();
    entries.for_each(|entry| list.push(&entry));
    texts(&mut list)
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
