//! What crosses the border to JavaScript as text, compared with what serde and `serde_json` make
//! of the same definitions: TypeScript's types are generated from these.
#![cfg(not(target_arch = "wasm32"))]

mod read;
mod samples;
mod schema;
mod write;
