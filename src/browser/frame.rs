//! Frames on their way in: from JavaScript's strings and buffers into one buffer that is
//! used again and again.

use super::scope::TextEncoder;
use alloc::vec::Vec;
use js_sys::{ArrayBuffer, JsString, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

/// A longer buffer is given back after use: one large frame must not cost memory for ever.
const KEPT: usize = 64 * 1024;

pub(super) struct FrameBuffer {
    encoder: TextEncoder,
    octets: Vec<u8>,
}

impl FrameBuffer {
    pub(super) fn new() -> Self {
        Self { encoder: TextEncoder::new(), octets: Vec::new() }
    }

    /// The octets of the data of a message event: text or an `ArrayBuffer`.
    pub(super) fn read(&mut self, data: &JsValue) -> &[u8] {
        if self.octets.len() > KEPT {
            self.octets = Vec::new();
        }
        let length = match data.dyn_ref::<JsString>() {
            Some(text) => self.read_text(text),
            None => data.dyn_ref::<ArrayBuffer>().map_or(0, |buffer| self.read_binary(buffer)),
        };
        self.octets.get(..length).unwrap_or_default()
    }

    // The generated conversion of strings walks through them character by character;
    // encodeInto takes a tenth of that time.
    fn read_text(&mut self, text: &JsString) -> usize {
        // A unit of UTF-16 takes three octets at most.
        self.reserve(text.length() as usize * 3);
        self.encoder.encode_into(text, &mut self.octets).written() as usize
    }

    fn read_binary(&mut self, buffer: &ArrayBuffer) -> usize {
        let view = Uint8Array::new(buffer);
        let length = view.length() as usize;
        self.reserve(length);
        if let Some(room) = self.octets.get_mut(..length) {
            view.copy_to(room);
        }
        length
    }

    fn reserve(&mut self, length: usize) {
        if self.octets.len() < length {
            self.octets.resize(length, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn text_arrives_as_utf_8_and_a_short_frame_after_a_long_one_is_short() {
        let mut buffer = FrameBuffer::new();
        for text in ["INVITE", "Grüße, 猫 🐈", "", "\r\n"] {
            assert_eq!(buffer.read(&text.into()), text.as_bytes());
        }
    }

    #[wasm_bindgen_test]
    fn binary_frames_arrive_as_they_are_and_anything_else_as_nothing() {
        let mut buffer = FrameBuffer::new();
        let octets = [0, 255, 13, 10, 128];
        assert_eq!(buffer.read(&Uint8Array::from(octets.as_slice()).buffer()), octets);
        assert_eq!(buffer.read(&JsValue::NULL), b"");
    }

    #[wasm_bindgen_test]
    fn the_memory_of_a_large_frame_is_given_back() {
        let mut buffer = FrameBuffer::new();
        let large: String = core::iter::repeat_n('ü', 2 * KEPT).collect();
        assert_eq!(buffer.read(&large.as_str().into()).len(), 4 * KEPT);
        assert_eq!(buffer.read(&"SIP".into()), b"SIP");
        assert!(buffer.octets.capacity() <= KEPT);
    }
}
