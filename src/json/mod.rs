//! JSON, as far as the border to JavaScript needs it: one text a crossing, which
//! `JSON.stringify` has written or `JSON.parse` will read.
//!
//! Writing goes by serde, whose derived code is small. Its derived readers are not, they would
//! be a tenth of the wasm: types are read by [`Read`] instead, from lists of their members
//! (`protocol::read`), which the tests compare with what serde would read.
//! Numbers are whole and not negative: the protocol has no others.

pub(crate) mod read;
mod write;

#[cfg(test)]
mod tests;

pub use read::{Fault, Read, from_text};
pub use write::List;
