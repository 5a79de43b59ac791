//! The border for a text that is only read: no engine, no objects. The text is written into one
//! buffer, and where its parts stand is read from another; only numbers cross.

use crate::reading::{Reading, read_again};
use alloc::vec::Vec;
use core::mem;
use js_sys::Array;
use wasm_bindgen::prelude::*;

/// Reads texts, one after the other.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Reader {
    text: Vec<u8>,
    reading: Reading,
}

#[wasm_bindgen]
impl Reader {
    /// One for the whole page is enough.
    #[wasm_bindgen(constructor)]
    #[expect(clippy::new_without_default, reason = "JavaScript has no use for it")]
    pub fn new() -> Self {
        Self { text: Vec::new(), reading: Reading::default() }
    }

    /// Makes room for so many octets of UTF-8; where that is in linear memory.
    pub fn room(&mut self, octets: usize) -> *const u8 {
        self.text = alloc::vec![0; octets];
        self.text.as_ptr()
    }

    /// Reads so many octets of what was written there, which were so many units of UTF-16; where the
    /// numbers of the [`Reading`] are in linear memory, until the next one.
    pub fn read(&mut self, octets: usize, units: usize) -> *const u32 {
        let text = self.text.get(..octets).unwrap_or_default();
        self.reading = read_again(mem::take(&mut self.reading), text, octets == units);
        self.reading.numbers.as_ptr()
    }

    /// What the reading has besides: the text that the places are in when it is another one, and
    /// the fault when there is one.
    #[wasm_bindgen(unchecked_return_type = "[string | undefined, string | undefined]")]
    pub fn aside(&self) -> Array {
        Array::of2(&self.reading.text.as_deref().into(), &self.reading.fault.into())
    }
}
