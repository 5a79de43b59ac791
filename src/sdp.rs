//! The little that the core reads of session descriptions (RFC 8866): whether the peer
//! sends, and what an answer that rejects everything looks like.

use crate::message::visible_length;
use alloc::string::String;

/// The answer that rejects every stream of an offer: each m= line at port 0
/// (RFC 3264 section 6, RFC 6337 section 5.2.4).
pub fn rejection(offer: &str) -> String {
    let mut out = String::with_capacity(offer.len() / 2);
    out.push_str("v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n");
    for line in lines(offer) {
        let Some(media) = line.strip_prefix("m=") else { continue };
        let mut parts = media.splitn(3, ' ');
        let (Some(kind), Some(_), Some(rest)) = (parts.next(), parts.next(), parts.next()) else { continue };
        out.push_str("m=");
        out.push_str(kind);
        out.push_str(" 0 ");
        out.push_str(rest);
        out.push_str("\r\nc=IN IP4 0.0.0.0\r\n");
    }
    out
}

/// Whether the sender of a description wants to receive nothing: every accepted stream is
/// `sendonly` or `inactive` (RFC 3264 section 8.4, the way to put a call on hold).
pub fn holds(description: &str) -> bool {
    let mut session = false;
    let mut streams: (u32, u32) = (0, 0);
    let mut open: Option<bool> = None;
    for line in lines(description) {
        let line = line.trim_end();
        if let Some(media) = line.strip_prefix("m=") {
            count(&mut streams, open.take());
            let rejected = media.split(' ').nth(1) == Some("0");
            open = (!rejected).then_some(session);
        } else if let Some(held) = direction(line) {
            match &mut open {
                Some(stream) => *stream = held,
                None if streams == (0, 0) => session = held,
                None => {}
            }
        }
    }
    count(&mut streams, open);
    streams.0 > 0 && streams.0 == streams.1
}

/// Whether a description makes a precondition mandatory (RFC 3312 section 5: `a=des:qos
/// mandatory e2e sendrecv`).
pub fn has_mandatory_precondition(description: &str) -> bool {
    let mut desired = lines(description).filter_map(|line| line.strip_prefix("a=des:"));
    desired.any(|value| {
        value.split_ascii_whitespace().nth(1).is_some_and(|strength| strength.eq_ignore_ascii_case("mandatory"))
    })
}

/// The lines of a description without their ends. `str::lines` does the same, and takes three times as long.
fn lines(description: &str) -> impl Iterator<Item = &str> {
    let mut rest = description;
    core::iter::from_fn(move || {
        let octets = rest.as_bytes();
        let mut end = visible_length(octets);
        while octets.get(end).is_some_and(|octet| *octet != b'\n') {
            end += 1;
            end += visible_length(octets.get(end..)?);
        }
        let line = rest.get(..end).filter(|_| !rest.is_empty())?;
        rest = rest.get(end + 1..).unwrap_or_default();
        Some(line.strip_suffix('\r').unwrap_or(line))
    })
}

fn count(streams: &mut (u32, u32), stream: Option<bool>) {
    if let Some(held) = stream {
        streams.0 += 1;
        streams.1 += u32::from(held);
    }
}

fn direction(line: &str) -> Option<bool> {
    match line {
        "a=sendonly" | "a=inactive" => Some(true),
        "a=sendrecv" | "a=recvonly" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rejection_keeps_every_stream_at_port_0() {
        let offer = "v=0\r\no=a 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0 8\r\na=rtpmap:0 PCMU/8000\r\n\
                     m=video 4002/2 RTP/AVP 99\r\n";
        let answer = rejection(offer);
        assert!(answer.contains("m=audio 0 RTP/AVP 0 8\r\n"));
        assert!(answer.contains("m=video 0 RTP/AVP 99\r\n"));
        assert!(!answer.contains("rtpmap"));
    }

    #[test]
    fn preconditions_are_mandatory_or_not() {
        for (line, expected) in [
            ("a=des:qos mandatory e2e sendrecv", true),
            ("a=des:sec Mandatory e2e sendrecv", true),
            ("a=des:qos optional e2e sendrecv", false),
            ("a=des:qos none local mandatory", false),
            ("a=curr:qos mandatory", false),
            ("a=des:mandatory", false),
        ] {
            let description = ["v=0\r\nm=audio 4000 RTP/AVP 0\r\n", line, "\r\na=sendrecv\r\n"].concat();
            assert_eq!(has_mandatory_precondition(&description), expected, "{line}");
        }
    }

    #[test]
    fn hold_is_when_no_stream_is_wanted() {
        let audio = "m=audio 4000 RTP/AVP 0\r\n";
        for (description, expected) in [
            (["v=0\r\n", audio, "a=sendonly\r\n"].concat(), true),
            (["v=0\r\na=inactive\r\n", audio].concat(), true),
            (["v=0\r\na=inactive\r\n", audio, "a=sendrecv\r\n"].concat(), false),
            (["v=0\r\n", audio, "a=sendonly\r\n", audio].concat(), false),
            (["v=0\r\n", audio, "a=sendonly\r\nm=video 0 RTP/AVP 99\r\n"].concat(), true),
            ("v=0\r\n".into(), false),
        ] {
            assert_eq!(holds(&description), expected, "{description}");
        }
    }
}
