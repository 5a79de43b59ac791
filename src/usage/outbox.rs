//! The one queue of everything that the shell has to do next, and the trace that every
//! message passes on its way.

use crate::flow::FlowId;
use crate::protocol::{Direction, Event, TraceEntry};
use crate::time::Instant;
use alloc::borrow::ToOwned;
use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;

/// What the shell must do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Open a WebSocket with subprotocol `sip` (RFC 7118 section 4).
    Open {
        /// Names it from now on.
        flow: FlowId,
        /// Where to.
        url: String,
    },
    /// Close it.
    Close {
        /// Which one.
        flow: FlowId,
        /// The close code (RFC 6455 section 7.4).
        code: u16,
    },
    /// Send one WebSocket message: text when it is UTF-8, else binary.
    Send {
        /// On which connection.
        flow: FlowId,
        /// The octets.
        frame: Vec<u8>,
    },
    /// Tell the application.
    Event(Event),
}

/// How many octets of messages the trace keeps, however short it is: some ten calls.
const OCTETS: usize = 96 * 1024;

/// The outputs in their order, and the trace.
#[derive(Debug)]
pub struct Outbox {
    queue: VecDeque<Output>,
    trace: VecDeque<Traced>,
    /// What the messages of the trace say, one behind the other: with a buffer for each, every turn
    /// would ask for memory and give some back.
    octets: Vec<u8>,
    /// How many of them, at the beginning, are of messages that the trace has let go of.
    gone: usize,
    length: usize,
    live: bool,
    /// A message has been sent since this was last asked for.
    sent: bool,
}

#[derive(Debug)]
struct Traced {
    at: Instant,
    direction: Direction,
    flow: FlowId,
    length: usize,
    fault: Option<&'static str>,
}

impl Outbox {
    /// An empty outbox whose trace keeps the last `length` messages.
    pub fn new(length: usize) -> Self {
        let (queue, trace, octets) = (VecDeque::new(), VecDeque::new(), Vec::new());
        Self { queue, trace, octets, gone: 0, length, live: false, sent: false }
    }

    /// Appends an output.
    pub fn push(&mut self, output: Output) {
        self.queue.push_back(output);
    }

    /// Sends a SIP message, and traces it.
    pub fn send(&mut self, at: Instant, flow: FlowId, frame: Vec<u8>) {
        self.note(at, Direction::Sent, flow, &frame, None);
        self.queue.push_back(Output::Send { flow, frame });
        self.sent = true;
    }

    /// Whether a SIP message has been sent since the last time that this was asked.
    pub fn take_sent(&mut self) -> bool {
        core::mem::take(&mut self.sent)
    }

    /// Traces a message; `fault` says why it was not taken.
    pub fn note(
        &mut self,
        at: Instant,
        direction: Direction,
        flow: FlowId,
        octets: &[u8],
        fault: Option<&'static str>,
    ) {
        if self.length == 0 && !self.live {
            return;
        }
        let traced = Traced { at, direction, flow, length: octets.len(), fault };
        if self.live {
            self.queue.push_back(Output::Event(Event::Trace(traced.entry(octets))));
        }
        self.keep(traced, octets);
    }

    fn keep(&mut self, traced: Traced, octets: &[u8]) {
        while self.has_no_room(octets.len())
            && let Some(oldest) = self.trace.pop_front()
        {
            self.gone += oldest.length;
        }
        if self.length > 0 {
            self.tidy();
            self.octets.extend_from_slice(octets);
            self.trace.push_back(traced);
        }
    }

    fn has_no_room(&self, length: usize) -> bool {
        self.trace.len() >= self.length || self.octets.len() - self.gone + length > OCTETS
    }

    /// Moves the octets to the beginning, not each time: only when that is worth it.
    fn tidy(&mut self) {
        if self.gone > OCTETS / 4 {
            let kept = self.octets.len() - self.gone;
            self.octets.copy_within(self.gone.., 0);
            self.octets.truncate(kept);
            self.octets.shrink_to(2 * OCTETS);
            self.gone = 0;
        }
    }

    /// Whether every message is told as an event.
    pub fn trace_live(&mut self, live: bool) {
        self.live = live;
    }

    /// The next output.
    pub fn poll(&mut self) -> Option<Output> {
        self.queue.pop_front()
    }

    /// The last messages, oldest first.
    pub fn trace(&self) -> impl Iterator<Item = TraceEntry> + '_ {
        let mut next = self.gone;
        self.trace.iter().map(move |traced| {
            let start = next;
            next += traced.length;
            traced.entry(self.octets.get(start..next).unwrap_or_default())
        })
    }
}

impl Traced {
    fn entry(&self, octets: &[u8]) -> TraceEntry {
        TraceEntry {
            at: self.at.as_millis(),
            direction: self.direction,
            flow: self.flow.0,
            text: redacted(&String::from_utf8_lossy(octets)),
            fault: self.fault.map(ToOwned::to_owned),
        }
    }
}

/// The fields that hold credentials, or the proof that the server knows them.
const SECRET: [&str; 4] = ["Authorization", "Proxy-Authorization", "Authentication-Info", "Proxy-Authentication-Info"];

/// The message with every digest response, the server's included, and every credential of
/// another scheme, masked: a response can be guessed against offline.
fn redacted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let (field, after) = split(rest, field_end(rest));
        match credentials(field) {
            Some((name, value)) => mask(name, value, &mut out),
            None => out.push_str(field),
        }
        rest = after;
    }
    out
}

/// Where the first line ends, with those that continue it (RFC 3261 section 7.3.1).
fn field_end(text: &str) -> usize {
    let line_ends = text.bytes().enumerate().filter(|(_, octet)| *octet == b'\n').map(|(at, _)| at + 1);
    let mut ends = line_ends.filter(|end| !text.get(*end..).is_some_and(|next| next.starts_with([' ', '\t'])));
    ends.next().unwrap_or(text.len())
}

/// Name (with its colon) and value of a field that holds credentials of either side.
fn credentials(line: &str) -> Option<(&str, &str)> {
    let colon = line.find(':')?;
    let (name, value) = split(line, colon + 1);
    let bare = name.trim_end_matches(':').trim_end();
    SECRET.iter().any(|secret| secret.eq_ignore_ascii_case(bare)).then_some((name, value))
}

fn mask(name: &str, value: &str, out: &mut String) {
    out.push_str(name);
    let end = value.trim_end_matches(['\r', '\n']).len();
    let (value, line_end) = split(value, end);
    let scheme = value.split_whitespace().next().unwrap_or_default();
    if is_proof(name) {
        mask_parameter(value, "rspauth", out);
    } else if scheme.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("digest")) {
        mask_parameter(value, "response", out);
    } else {
        out.push(' ');
        out.push_str(scheme);
        out.push_str(" ***");
    }
    out.push_str(line_end);
}

/// Whether the field proves the server to us (RFC 7616 section 3.5).
fn is_proof(name: &str) -> bool {
    name.trim_end_matches(':').trim_end().to_ascii_lowercase().ends_with("-info")
}

fn mask_parameter(value: &str, parameter: &str, out: &mut String) {
    let mut rest = value;
    while let Some(at) = find(rest, parameter) {
        let (before, found) = split(rest, at + parameter.len());
        out.push_str(before);
        out.push_str("=\"***\"");
        rest = split(found, found.find(',').unwrap_or(found.len())).1;
    }
    out.push_str(rest);
}

/// Where a word begins, in whatever case. (The search of the standard library for any text in
/// any other is made for large ones, and as large itself.)
fn find(text: &str, word: &str) -> Option<usize> {
    text.as_bytes().windows(word.len()).position(|part| part.eq_ignore_ascii_case(word.as_bytes()))
}

/// Both sides of a place in a text; the standard library's panics by formatting.
fn split(text: &str, at: usize) -> (&str, &str) {
    text.split_at_checked(at).unwrap_or((text, ""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decimal::Decimal;

    #[test]
    fn digest_responses_never_show() {
        let text = "REGISTER sip:a SIP/2.0\r\nauthorization: Digest username=\"al\", response=\"0123abcd\", nc=1\r\n\
                    Proxy-Authorization: Bearer secret\r\nSubject: response=\"kept\"\r\n\r\n";
        let shown = redacted(text);
        assert!(!shown.contains("0123abcd") && !shown.contains("secret"), "{shown}");
        assert!(shown.contains("username=\"al\", response=\"***\", nc=1\r\n"), "{shown}");
        assert!(shown.contains("Proxy-Authorization: Bearer ***\r\n"), "{shown}");
        assert!(shown.contains("Subject: response=\"kept\"\r\n"), "{shown}");
    }

    // Whoever holds it can guess at the password as with a response (RFC 7616 section 3.5).
    #[test]
    fn the_proof_of_the_server_does_not_show_either() {
        let text = "SIP/2.0 200 OK\r\nAuthentication-Info: nextnonce=\"n\", RspAuth=\"0123abcd\", nc=00000001\r\n\r\n";
        let shown = redacted(text);
        assert!(shown.contains("nextnonce=\"n\", RspAuth=\"***\", nc=00000001\r\n"), "{shown}");
    }

    // The octets of what is gone are let go of from time to time, and what is kept stays what it was.
    #[test]
    fn the_trace_keeps_the_last_octets() {
        let mut outbox = Outbox::new(200);
        let message = |number: u64| [Decimal::new(number).as_str().as_bytes(), &[b'x'; 3000]].concat();
        for number in 0..500 {
            outbox.send(Instant::default(), FlowId(0), message(number));
            assert!(outbox.octets.len() <= OCTETS + OCTETS / 4 + 2 * 3010);
        }
        outbox.send(Instant::default(), FlowId(0), Vec::from([b'y'; 2 * OCTETS]));
        assert_eq!(outbox.trace().map(|entry| entry.text.len()).collect::<Vec<_>>(), [2 * OCTETS]);
        for number in 0..100 {
            outbox.send(Instant::default(), FlowId(0), message(number));
        }
        let texts: Vec<String> = outbox.trace().map(|entry| entry.text).collect();
        let last: Vec<String> = (68..100).map(|number| String::from_utf8(message(number)).unwrap()).collect();
        assert_eq!(texts, last);
        assert!(outbox.octets.capacity() <= 2 * OCTETS);
    }

    #[test]
    fn the_trace_is_bounded() {
        let mut outbox = Outbox::new(2);
        for octet in b"abc" {
            outbox.send(Instant::default(), FlowId(0), [*octet].to_vec());
        }
        let texts: Vec<String> = outbox.trace().map(|entry| entry.text).collect();
        assert_eq!(texts, ["b", "c"]);
    }
}
