//! Which of the final responses goes upstream (RFC 3261 section 16.7 steps 6 and 7).

use prackle::message::{Edit, Message, Name, reason_phrase};

use crate::answer::with_reason;

/// The best of `responses` as a frame, with its status; nothing when there is none.
pub(super) fn best(request: &Message, responses: &[Message]) -> Option<(u16, Vec<u8>)> {
    let best = responses.iter().min_by_key(|response| rank(response.status().unwrap_or(500)))?;
    Some(match best.status().unwrap_or(500) {
        // It would tell the client that this whole server is overloaded.
        503 => (500, with_reason(request, 500, reason_phrase(500)).finish()),
        status @ (401 | 407) => (status, with_all_challenges(best, responses)),
        status => (status, without_top_via(best)),
    })
}

/// The response for the next hop upstream (RFC 3261 section 16.7 step 3).
pub(super) fn without_top_via(response: &Message) -> Vec<u8> {
    let mut edit = Edit::new(response);
    edit.pop(Name::Via);
    edit.finish()
}

/// Lowest is best: any 6xx, then the lowest class; in it what tells how to do better first,
/// and an overloaded server last.
fn rank(status: u16) -> (u16, u16) {
    let preference = match status {
        401 | 407 | 415 | 420 | 484 => 0,
        503 => 2,
        _ => 1,
    };
    (if status >= 600 { 0 } else { status / 100 }, preference)
}

/// RFC 3261 section 16.7 step 7: the client may have to answer every one of them.
fn with_all_challenges(best: &Message, responses: &[Message]) -> Vec<u8> {
    let mut edit = Edit::new(best);
    edit.pop(Name::Via);
    let demanding =
        |response: &&Message| matches!(response.status(), Some(401 | 407)) && !std::ptr::eq(*response, best);
    for response in responses.iter().filter(demanding) {
        for name in [Name::WwwAuthenticate, Name::ProxyAuthenticate] {
            for challenge in response.fields(name) {
                edit.append(name, challenge);
            }
        }
    }
    edit.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(status: u16, more: &str) -> Message {
        let frame = format!(
            "SIP/2.0 {status} X\r\nVia: SIP/2.0/WS p;branch=z9hG4bK2\r\nVia: SIP/2.0/WS a;branch=z9hG4bK1\r\n\
             From: <sip:a@x>;tag=1\r\nTo: <sip:b@x>;tag=2\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n{more}\r\n"
        );
        Message::parse(frame.as_bytes()).expect("well-formed")
    }

    fn request() -> Message {
        let frame = "INVITE sip:b@x SIP/2.0\r\nVia: SIP/2.0/WS a;branch=z9hG4bK1\r\nFrom: <sip:a@x>;tag=1\r\n\
                     To: <sip:b@x>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n\r\n";
        Message::parse(frame.as_bytes()).expect("well-formed")
    }

    fn best_of(statuses: &[u16]) -> Option<u16> {
        let responses: Vec<_> = statuses.iter().map(|status| response(*status, "")).collect();
        best(&request(), &responses).map(|(status, _)| status)
    }

    #[test]
    fn the_order_of_section_16_7() {
        let table: &[(&[u16], Option<u16>)] = &[
            (&[], None),
            (&[504, 486], Some(486)),
            (&[486, 302, 404], Some(302)),
            (&[486, 603, 302], Some(603)),
            (&[404, 407, 486], Some(407)),
            (&[480, 486], Some(480)),
            (&[503], Some(500)),
            (&[503, 504], Some(504)),
        ];
        for (statuses, expected) in table {
            assert_eq!(best_of(statuses), *expected, "{statuses:?}");
        }
    }

    #[test]
    fn challenges_of_all_forks_are_collected_and_our_via_is_gone() {
        let responses = [
            response(407, "Proxy-Authenticate: Digest realm=\"one\"\r\n"),
            response(401, "WWW-Authenticate: Digest realm=\"two\"\r\n"),
            response(486, ""),
        ];
        let (status, frame) = best(&request(), &responses).expect("one of them");
        let sent = Message::parse(&frame).expect("well-formed");
        assert_eq!((status, sent.via_count()), (407, 1));
        assert!(sent.header(Name::ProxyAuthenticate).is_some() && sent.header(Name::WwwAuthenticate).is_some());
    }
}
