//! What the application may put into a message: everything else is refused before anything is sent.

use crate::message::{MediaType, Uri, valid_header_name, valid_header_value, valid_uri};
use crate::protocol::{Field, Refusal, RefusalCode};

/// The fields that belong to the core: a wrong one would break the protocol.
const OWNED: [&str; 21] = [
    "Via",
    "v",
    "From",
    "f",
    "To",
    "t",
    "Call-ID",
    "i",
    "CSeq",
    "Contact",
    "m",
    "Max-Forwards",
    "Record-Route",
    "RSeq",
    "RAck",
    "Require",
    "Session-Expires",
    "x",
    "Min-SE",
    "Authorization",
    "Proxy-Authorization",
];

/// The fields that say what the core can do, or what the body is.
const DESCRIBING: [&str; 9] =
    ["Supported", "k", "Allow", "Content-Length", "l", "Content-Type", "c", "Content-Encoding", "e"];

/// Checks the header fields of an application.
///
/// # Errors
/// A name is no token, a value has CR, LF or NUL in it, or the field is the core's to set.
pub fn check_fields(fields: &[Field]) -> Result<(), Refusal> {
    for Field(name, value) in fields {
        if !valid_header_name(name) || !valid_header_value(value) {
            return Err(Refusal::new(RefusalCode::InvalidHeader, "a header field has an invalid name or value"));
        }
        if OWNED.iter().chain(&DESCRIBING).any(|owned| owned.eq_ignore_ascii_case(name)) {
            return Err(Refusal::new(RefusalCode::InvalidHeader, "this header field is set by the user agent itself"));
        }
    }
    Ok(())
}

/// Checks the URI that a request is to go to.
///
/// # Errors
/// It is no `sip:`, `sips:` or `tel:` URI, or one with header fields in it.
pub fn check_target(target: &str) -> Result<(), Refusal> {
    match Uri::parse(target) {
        Ok(Uri::Sip(_) | Uri::Tel(_)) if !valid_uri(target) => {
            Err(Refusal::new(RefusalCode::InvalidUri, "the URI must be ASCII, with every % before two digits"))
        }
        Ok(Uri::Sip(uri)) if uri.headers.is_none() => Ok(()),
        Ok(Uri::Tel(_)) => Ok(()),
        Ok(Uri::Sip(_)) => Err(Refusal::new(RefusalCode::InvalidUri, "the URI must not carry header fields (?...)")),
        Ok(Uri::Other { .. }) | Err(_) => {
            Err(Refusal::new(RefusalCode::InvalidUri, "the target must be a sip:, sips: or tel: URI"))
        }
    }
}

/// Checks the content type that the application gives a body.
///
/// # Errors
/// It is none.
pub fn check_content_type(content_type: Option<&str>) -> Result<(), Refusal> {
    match content_type {
        Some(value) if !valid_header_value(value) || MediaType::parse(value).is_err() => {
            Err(Refusal::new(RefusalCode::InvalidHeader, "contentType must be a media type"))
        }
        Some(_) | None => Ok(()),
    }
}
