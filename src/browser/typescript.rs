//! What tsify's macro wants to find, so that `TypeScript` learns the types of commands and events
//! from their definitions. The crate that has the macro's name converts values as well, for which it
//! needs std; here all of them cross as JSON.

pub use tsify_macros::Tsify;

/// A type that `TypeScript` knows.
pub trait Tsify {
    /// The handle of such a value in JavaScript.
    type JsType;

    /// Its definition in `TypeScript`.
    const DECL: &'static str;

    /// How the macro would convert it.
    const SERIALIZATION_CONFIG: SerializationConfig;
}

/// How the macro would convert a value; nobody asks.
#[derive(Clone, Copy, Debug)]
pub struct SerializationConfig {
    /// `null`, not `undefined`, for `None`.
    pub missing_as_null: bool,
    /// A plain object, not a `Map`, for a map.
    pub hashmap_as_object: bool,
    /// `bigint` for what has more than 32 bits.
    pub large_number_types_as_bigints: bool,
}
