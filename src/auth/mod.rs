//! Digest authentication, the client's half and the check of it (RFC 7616, RFC 8760, RFC 3261
//! section 22). Decides which challenge is answered, with which credentials, and when to give
//! up. Knows neither transactions nor dialogs: a request is described to it, and it writes the
//! Authorization and Proxy-Authorization fields.

mod algorithm;
mod attempts;
mod client;
mod credentials;
pub mod digest;
mod keyring;
mod offer;
mod session;
mod text;
mod verify;

pub use algorithm::{Algorithm, Hash};
pub use attempts::Attempts;
pub use client::{Auth, Confirmation, Outgoing, Question, Reason, Verdict};
pub use credentials::Credentials;
pub use verify::{Demand, Presented};
