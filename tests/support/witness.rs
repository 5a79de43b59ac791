//! What must hold of the frames of an agent, whatever its peers send (RFC 3262 sections 3 and 4).

use prackle::message::{Message, Method, Name};
use std::collections::BTreeMap;

/// Reads along in both directions, and panics where a rule is broken.
#[derive(Default)]
pub(crate) struct Witness {
    /// What the agent has sent reliably: by Call-ID, both tags, and the number of the INVITE.
    reliable: BTreeMap<Place, Reliable>,
    /// The PRACKs of peers, by the same with their own number: the RSeq that each is for.
    asked: BTreeMap<Place, u32>,
    /// The PRACKs of the agent, by branch: which response each acknowledges.
    pracks: BTreeMap<String, (Place, u32)>,
    /// How often each response may be acknowledged still.
    left: BTreeMap<(Place, u32), i32>,
}

/// Call-ID, the tags of agent and peer in small letters, and a number.
type Place = (String, String, String, u32);

/// The last response that the agent has sent reliably for one INVITE.
struct Reliable {
    rseq: u32,
    frame: Vec<u8>,
    described: bool,
    acknowledged: bool,
    is_final: bool,
}

impl Witness {
    /// The agent sends a frame.
    pub(crate) fn sent(&mut self, message: &Message) {
        match message.status() {
            None if message.method() == Method::Prack => self.prack_sent(message),
            None => {}
            Some(status) if message.cseq().method == Method::Prack => self.answered(message, status),
            Some(status) if message.cseq().method == Method::Invite => self.responded(message, status),
            Some(_) => {}
        }
    }

    /// The agent receives a frame, readable or not.
    pub(crate) fn received(&mut self, octets: &[u8]) {
        let Ok(message) = Message::parse(octets) else { return };
        match message.status() {
            None if message.method() == Method::Prack => {
                if let Ok(rack) = message.rack() {
                    let place = place(&message, message.to_tag(), message.from_tag(), message.cseq().number);
                    self.asked.insert(place, rack.rseq);
                }
            }
            // A refusal allows another one.
            Some(300..) if message.cseq().method == Method::Prack => {
                let acknowledged = message.via().branch().and_then(|branch| self.pracks.get(branch));
                if let Some(left) = acknowledged.and_then(|response| self.left.get_mut(response)) {
                    *left += 1;
                }
            }
            _ => {}
        }
    }

    /// No PRACK twice for one response of one dialog, unless it was refused.
    fn prack_sent(&mut self, prack: &Message) {
        let rack = prack.rack().expect("our RAck can be read");
        assert!(prack.header(Name::Contact).is_none() && !prack.has_token(Name::Require, "100rel"));
        let response = (place(prack, prack.from_tag(), prack.to_tag(), rack.cseq), rack.rseq);
        let left = self.left.entry(response.clone()).or_insert(1);
        *left -= 1;
        assert!(*left >= 0, "acknowledged twice: {response:?}");
        self.pracks.insert(prack.via().branch().unwrap_or_default().to_owned(), response);
    }

    /// The agent answers a PRACK: 488 refuses the offer in it, and not the acknowledgement.
    fn answered(&mut self, response: &Message, status: u16) {
        let (ours, theirs, number) = (response.to_tag(), response.from_tag(), response.cseq().number);
        let Some(rseq) = self.asked.get(&place(response, ours, theirs, number)) else { return };
        let of_dialog =
            |place: &Place| (&*place.0, &place.1, &place.2) == (response.call_id(), &small(ours), &small(theirs));
        for (_, reliable) in self.reliable.iter_mut().filter(|(place, _)| of_dialog(place)) {
            reliable.acknowledged |= reliable.rseq == *rseq && matches!(status, 200..300 | 488);
        }
    }

    /// RSeq rises by one, one response is outstanding at a time, and no 2xx passes an
    /// unacknowledged description.
    fn responded(&mut self, response: &Message, status: u16) {
        let place = place(response, response.to_tag(), response.from_tag(), response.cseq().number);
        let last = self.reliable.get_mut(&place);
        let Some(rseq) = response.rseq().expect("our RSeq can be read") else {
            if let Some(last) = last.filter(|_| status >= 200) {
                let held = last.described && !last.acknowledged && !last.is_final;
                assert!(status >= 300 || !held, "a 2xx past an unacknowledged description");
                last.is_final = true;
            }
            return;
        };
        assert!(response.has_token(Name::Require, "100rel"));
        match last {
            Some(last) if last.rseq == rseq => return assert_eq!(last.frame, response.octets(), "in other words"),
            Some(last) => {
                assert_eq!(rseq, last.rseq + 1, "RSeq rises by one");
                assert!(last.acknowledged, "a second one while one is outstanding");
                assert!(!last.is_final, "a reliable provisional response after the final one");
            }
            None => assert!((1..1 << 31).contains(&rseq), "the first RSeq"),
        }
        let (frame, described) = (response.octets().to_vec(), response.description().is_some());
        self.reliable.insert(place, Reliable { rseq, frame, described, acknowledged: false, is_final: false });
    }
}

fn place(message: &Message, ours: Option<&str>, theirs: Option<&str>, number: u32) -> Place {
    (message.call_id().to_owned(), small(ours), small(theirs), number)
}

fn small(tag: Option<&str>) -> String {
    tag.unwrap_or_default().to_ascii_lowercase()
}
