//! The user agent: configuration, the atomic turn, the way from a message to the usage
//! that owns it, and the trace.

pub mod protocol;
