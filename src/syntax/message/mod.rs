//! SIP syntax: what octets mean, and nothing else.
//!
//! Decides which frames are well-formed messages, reads their header fields on demand, and
//! writes messages. Must not know transactions, dialogs, or what any header field is good for.
//! RFC 3261 sections 7, 19, 20, 25; RFC 4475; framing of RFC 7118 section 5.
//!
//! A [`Message`] is one buffer and an index into it; everything read from it borrows. Hostile
//! input costs linear time and memory.
//!
//! ```
//! use prackle_syntax::message::{Message, Method, Name, Writer};
//!
//! let frame = b"PRACK sip:bob@192.0.2.4 SIP/2.0\r\n\
//!     Via: SIP/2.0/WSS df7jal23ls0d.invalid;branch=z9hG4bKp1\r\n\
//!     From: <sip:alice@example.com>;tag=9fxced76sl\r\n\
//!     To: <sip:bob@example.com>;tag=8321234356\r\n\
//!     Call-ID: a84b4c76e66710\r\nCSeq: 2 PRACK\r\nRAck: 813520 1 INVITE\r\n\r\n";
//! let request = Message::parse(frame).expect("a well-formed request");
//! assert_eq!((request.method(), request.from_tag()), (Method::Prack, Some("9fxced76sl")));
//! assert_eq!(request.rack().map(|rack| rack.rseq), Ok(813_520));
//!
//! let response = Writer::response(&request, 200, "OK", None).field(Name::Supported, "100rel").finish();
//! assert!(response.starts_with(b"SIP/2.0 200 OK\r\nVia: SIP/2.0/WSS df7jal23ls0d.invalid"));
//! ```

mod base;
mod challenge;
mod edit;
mod equivalence;
mod escape;
mod fault;
mod fields;
mod index;
mod ipv6;
mod lex;
mod media_type;
mod method;
mod multipart;
mod name;
mod name_addr;
mod parameterized;
mod params;
mod parse;
mod reason_phrase;
mod refusal;
mod uri;
mod valid;
mod via;
mod write;

pub use crate::decimal::Decimal;
pub use challenge::{Challenge, Challenges};
pub use edit::Edit;
pub use escape::{append_quoted, escape_header, escape_user, unescape, unescape_text, unquote};
pub use fault::Fault;
pub use fields::{Contact, RAck};
pub use lex::visible_length;
pub use lex::{Elements, is_token};
pub use media_type::MediaType;
pub use method::Method;
pub use multipart::{Part, Parts, description_in};
pub use name::Name;
pub(crate) use name_addr::Addresses;
pub use name_addr::NameAddr;
pub use parameterized::{DialogReference, Parameterized, Reason, SessionExpires};
pub use params::{Params, ParamsIter};
pub use parse::{CSeq, Message};
pub use reason_phrase::reason_phrase;
pub use refusal::ParseError;
pub use uri::{SipUri, TelUri, Uri};
pub use valid::{valid_header_name, valid_header_value, valid_uri};
pub use via::{MAGIC_COOKIE, Via};
pub use write::{Writer, append_clean};
