//! The names under which transactions are found, written into a buffer that is used again.
//!
//! A line feed separates the parts, for no value of a parsed message contains one; the first
//! octet tells the kinds apart.

use alloc::vec::Vec;

use crate::message::Message;

/// The name of a client transaction (RFC 3261 section 17.1.3).
pub(super) fn client(out: &mut Vec<u8>, branch: &str, method: &str) {
    write(out, b'c', &[branch]);
    out.push(GROUP);
    out.extend_from_slice(method.as_bytes());
}

/// The name of the server transaction that `request` would belong to if its method were
/// `method` (RFC 3261 section 17.2.3).
pub(super) fn server(out: &mut Vec<u8>, request: &Message, method: &str) {
    siblings(out, request);
    out.extend_from_slice(method.as_bytes());
    if is_legacy(out) {
        write_tag(out, request.to_tag());
    }
}

/// The name of the INVITE that `ack` belongs to. By its branch alone it is the INVITE's own
/// name; a client of RFC 2543 is asked for the To tag as well (see [`legacy_ack`]).
pub(super) fn acknowledged(out: &mut Vec<u8>, ack: &Message) {
    server(out, ack, "INVITE");
    if is_legacy(out) {
        server(out, ack, "ACK");
    }
}

/// What the names of all server transactions begin with that differ from the one of
/// `request` in nothing but the method.
pub(super) fn siblings(out: &mut Vec<u8>, request: &Message) {
    let via = request.via();
    match request.branch().filter(|branch| is_compliant(branch)) {
        Some(branch) => write(out, COMPLIANT, &[branch, ""]),
        None => write_legacy(out, request),
    }
    // Hosts compare without case (RFC 3261 section 19.1.4).
    out.extend(via.host.bytes().map(|octet| octet.to_ascii_lowercase()));
    out.push(b'\n');
    out.extend_from_slice(&via.port.unwrap_or_default().to_be_bytes());
    out.push(GROUP);
}

/// The name under which the ACK of a client of RFC 2543 looks for its INVITE: that of the
/// INVITE (`invite`), with the To tag of the final response. `None` where the ACK is found
/// by its branch.
pub(super) fn legacy_ack(invite: &[u8], to_tag: Option<&str>) -> Option<Vec<u8>> {
    let name = invite.strip_prefix(&[LEGACY])?;
    let end = name.iter().rposition(|&octet| octet == b'\n')?;
    let shared = name.get(..end)?.strip_suffix(b"INVITE")?;
    let mut out = Vec::from([LEGACY]);
    out.extend_from_slice(shared);
    out.extend_from_slice(b"ACK");
    write_tag(&mut out, to_tag);
    Some(out)
}

/// The name that all copies of one request outside a dialog share, by whatever path they
/// come (RFC 3261 section 8.2.2.2). `false` for a request inside a dialog.
pub(super) fn merged(out: &mut Vec<u8>, request: &Message) -> bool {
    if request.to_tag().is_some() {
        return false;
    }
    let from = request.from_tag().unwrap_or_default();
    write(out, b'm', &[request.call_id(), from, request.method().as_str(), ""]);
    out.extend_from_slice(&request.cseq().number.to_be_bytes());
    true
}

/// Whether the name of a server transaction is one of RFC 2543.
pub(super) fn is_legacy(key: &[u8]) -> bool {
    key.first() == Some(&LEGACY)
}

/// Whether a client of RFC 3261 made the branch. The cookie alone names nothing (RFC 4475
/// section 3.2.1), so such a request is matched as RFC 2543 did.
fn is_compliant(branch: &str) -> bool {
    branch.len() > COOKIE.len()
        && branch.as_bytes().get(..COOKIE.len()).is_some_and(|start| start.eq_ignore_ascii_case(COOKIE))
}

/// What RFC 2543 told transactions apart by, but for sent-by, method and To tag.
fn write_legacy(out: &mut Vec<u8>, request: &Message) {
    let via = request.via();
    let from = request.from_tag().unwrap_or_default();
    let branch = request.branch().unwrap_or_default();
    write(out, LEGACY, &[request.call_id(), from, branch, via.transport, request.uri(), ""]);
    out.extend_from_slice(&request.cseq().number.to_be_bytes());
}

fn write(out: &mut Vec<u8>, kind: u8, parts: &[&str]) {
    out.clear();
    out.push(kind);
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            out.push(b'\n');
        }
        out.extend_from_slice(part.as_bytes());
    }
}

fn write_tag(out: &mut Vec<u8>, tag: Option<&str>) {
    out.push(b'\n');
    out.extend_from_slice(tag.unwrap_or_default().as_bytes());
}

const COOKIE: &[u8] = b"z9hG4bK";
/// See [`Names`](crate::table::Names): no method and no tag contains it.
const GROUP: u8 = 0;
const COMPLIANT: u8 = b's';
const LEGACY: u8 = b'o';
