//! Carries out the faults that a caller has ordered for its call ([`super::faults`]): on the
//! copies that leave the proxy, never on what it remembers of them, so that its rules stay
//! those of every other call.

use std::collections::VecDeque;

use prackle::message::{Message, Method, Name};
use prackle::time::Instant;
use prackle::transaction::FlowId;

use super::Proxy;
use super::faults::{Fault, Faults, PrackFault, falsified};

/// Frames that are late, in the order in which they are due.
#[derive(Default)]
pub(super) struct Late {
    frames: VecDeque<(Instant, FlowId, Vec<u8>)>,
}

impl Late {
    fn push(&mut self, due: Instant, flow: FlowId, frame: Vec<u8>) {
        let place = self.frames.partition_point(|(other, _, _)| *other <= due);
        self.frames.insert(place, (due, flow, frame));
    }

    fn pop(&mut self, now: Instant) -> Option<(FlowId, Vec<u8>)> {
        self.deadline().filter(|due| *due <= now)?;
        self.frames.pop_front().map(|(_, flow, frame)| (flow, frame))
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.frames.front().map(|(due, _, _)| *due)
    }

    pub(super) fn len(&self) -> usize {
        self.frames.len()
    }
}

impl Proxy {
    /// What is ordered for a PRACK that has come.
    pub(super) fn prack_fault(&mut self, request: &Message) -> Option<PrackFault> {
        if request.method() != Method::Prack {
            return None;
        }
        self.faults_of(request)?.pracks.next()
    }

    /// What is ordered for a response that goes upstream.
    pub(super) fn response_fault(&mut self, response: &Message) -> Option<Fault> {
        let status = response.status()?;
        match response.cseq().method {
            Method::Invite if (101..200).contains(&status) && response.has_token(Name::Require, "100rel") => {
                self.faults_of(response)?.provisionals.next()
            }
            Method::Prack if (200..300).contains(&status) => self.faults_of(response)?.answers.next(),
            _ => None,
        }
    }

    /// The faults of the call that a message belongs to: those of the caller's INVITE, for as
    /// long as it is remembered.
    fn faults_of(&mut self, message: &Message) -> Option<&mut Faults> {
        let mut contexts = self.contexts.values_mut().filter(|context| context.faults.is_some());
        let of = |invite: &Message| invite.call_id() == message.call_id() && invite.from_tag() == message.from_tag();
        contexts.find(|context| of(&context.request))?.faults.as_mut()
    }

    /// Sends a frame as it is ordered.
    pub(super) fn deliver(&mut self, now: Instant, fault: Option<Fault>, flow: FlowId, frame: Vec<u8>) {
        match fault {
            None => self.send(flow, frame),
            Some(Fault::Withhold) => {}
            Some(Fault::Double) => {
                self.send(flow, frame.clone());
                self.send(flow, frame);
            }
            Some(Fault::Delay(pause)) if self.late.len() < MOST_LATE => self.late.push(now + pause, flow, frame),
            Some(Fault::Delay(_)) => self.send(flow, frame),
            Some(Fault::Falsify(part)) => self.send(flow, falsified(&frame, part).unwrap_or(frame)),
        }
    }

    /// Sends what was late and is due now.
    pub(super) fn deliver_late(&mut self, now: Instant) {
        while let Some((flow, frame)) = self.late.pop(now) {
            self.send(flow, frame);
        }
    }
}

/// A phone that floods us with responses must not fill the memory: what is beyond is in time.
const MOST_LATE: usize = 1000;

#[cfg(test)]
mod tests {
    use super::*;
    use prackle::time::Duration;

    #[test]
    fn late_frames_leave_when_they_are_due() {
        let mut late = Late::default();
        let start = Instant::from_millis(0);
        for (millis, text) in [(300, "c"), (100, "a"), (100, "b")] {
            late.push(start + Duration::from_millis(millis), FlowId(1), text.into());
        }
        assert_eq!(late.deadline(), Some(Instant::from_millis(100)));
        assert_eq!(late.pop(Instant::from_millis(99)), None);
        let at = Instant::from_millis(100);
        assert_eq!([late.pop(at), late.pop(at)], [Some((FlowId(1), b"a".to_vec())), Some((FlowId(1), b"b".to_vec()))]);
        assert_eq!((late.pop(at), late.len()), (None, 1));
    }
}
