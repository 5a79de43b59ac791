//! Responses that the server gives itself.

use prackle::message::{Message, Name, Writer, reason_phrase};

/// A response without more than it must have. Its To tag is the same each time, so that a
/// request that is answered again gets the same octets (RFC 3261 section 8.2.7).
pub fn answer(request: &Message, status: u16) -> Vec<u8> {
    with(request, status).finish()
}

/// The start of a response, to be completed.
pub fn with(request: &Message, status: u16) -> Writer {
    with_reason(request, status, reason_phrase(status))
}

/// The start of a response with a reason phrase of its own.
pub fn with_reason(request: &Message, status: u16, reason: &str) -> Writer {
    // RFC 3261 section 8.2.6.2: a 100 may go without.
    let tag = if status == 100 { None } else { Some(to_tag(request)) };
    let mut response = Writer::response(request, status, reason, tag.as_deref());
    if status != 100 {
        response.field(Name::Server, concat!("prackle-server/", env!("CARGO_PKG_VERSION")));
    }
    response
}

/// RFC 3261 section 8.2.7: a hash over what identifies the transaction will do for a tag.
fn to_tag(request: &Message) -> String {
    // FNV-1a; nothing hangs on its strength, for no dialog is made with this tag.
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let identity =
        [request.call_id(), request.from_tag().unwrap_or_default(), request.via().branch().unwrap_or_default()];
    for octet in identity.iter().flat_map(|part| part.bytes()) {
        hash = (hash ^ u64::from(octet)).wrapping_mul(0x0100_0000_01b3);
    }
    format!("{hash:x}")
}
