//! The UAS's half: numbers, the retransmission schedule, the queue, and the match of `RAck`.

use crate::time::{Duration, Instant, Timers, earlier};
use alloc::collections::VecDeque;
use alloc::vec::Vec;

/// How many provisional responses may wait for their turn behind the one whose turn it is.
pub const QUEUE: usize = 8;

/// The reliable provisional responses of one INVITE server transaction (RFC 3262 section 3).
///
/// At most one is outstanding; what is to follow waits in a queue of `Q`, and is numbered
/// when it is sent.
///
/// ```text
///           send                  RAck matches
///   (idle) ------> (outstanding) --------------> (idle), the next of the queue may go
///                    |  T1, 2*T1, 4*T1 ...: Resend     |
///                    |  64*T1: GiveUp -> (idle)        | final response: close -> (closed)
///                    +---------------------------------+
///   After the final response a PRACK for what was outstanding, or given up, is Late, once.
/// ```
#[derive(Debug)]
pub struct Sender<Q> {
    next: Option<u32>,
    outstanding: Option<Outstanding>,
    queue: VecDeque<Q>,
    closed: bool,
    given_up: Option<u32>,
    left: Option<u32>,
    refused: Option<u32>,
}

#[derive(Debug)]
struct Outstanding {
    rseq: u32,
    frame: Vec<u8>,
    description: bool,
    interval: Duration,
    resend_at: Instant,
    give_up_at: Instant,
}

/// What a deadline of the sender asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Expiry<'a> {
    /// Send these octets again.
    Resend(&'a [u8]),
    /// 64*T1 have passed without a PRACK: reject the INVITE with a 5xx (RFC 3262 section 3).
    GiveUp {
        /// Its number.
        rseq: u32,
        /// The response that nobody acknowledged.
        frame: Vec<u8>,
    },
}

/// What the `RAck` of a PRACK acknowledges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acknowledgement {
    /// The outstanding response.
    Outstanding,
    /// A response that the final response had left unacknowledged.
    Late,
    /// A response whose PRACK was refused for its offer, again and now without one.
    Again,
    /// Nothing that is waited for: to be answered 481.
    Stray,
}

impl<Q> Sender<Q> {
    /// A sender whose first number is `first`: uniform in 1..2^31-1 (RFC 3262 section 3).
    pub fn new(first: u32) -> Self {
        Self {
            next: Some(first),
            outstanding: None,
            queue: VecDeque::new(),
            closed: false,
            given_up: None,
            left: None,
            refused: None,
        }
    }

    /// Takes the next number for a response that is to be sent now; none when one is
    /// outstanding, the numbers are used up, or the final response is out.
    pub fn number(&mut self) -> Option<u32> {
        if self.outstanding.is_some() || self.closed {
            return None;
        }
        let number = self.next?;
        self.next = number.checked_add(1);
        Some(number)
    }

    /// Notes that `frame`, numbered `rseq`, has been sent, and starts its schedule.
    pub fn sent(&mut self, now: Instant, timers: Timers, rseq: u32, frame: Vec<u8>, description: bool) {
        self.outstanding = Some(Outstanding {
            rseq,
            frame,
            description,
            interval: timers.t1,
            resend_at: now + timers.t1,
            give_up_at: now + timers.lifetime(),
        });
    }

    /// Lets `queued` wait for its turn; gives it back when the queue is full.
    ///
    /// # Errors
    /// Eight wait already behind the one whose turn it is: the outstanding one, or without
    /// such the first of the queue.
    pub fn enqueue(&mut self, queued: Q) -> Result<(), Q> {
        if self.queue.len() >= QUEUE + usize::from(self.outstanding.is_none()) {
            return Err(queued);
        }
        self.queue.push_back(queued);
        Ok(())
    }

    /// The next of the queue, when nothing is outstanding.
    pub fn front(&self) -> Option<&Q> {
        if self.outstanding.is_some() { None } else { self.queue.front() }
    }

    /// Takes the next of the queue, when nothing is outstanding.
    pub fn dequeue(&mut self) -> Option<Q> {
        if self.outstanding.is_some() { None } else { self.queue.pop_front() }
    }

    /// Empties the queue: a final response supersedes what has not been sent.
    pub fn drain(&mut self) -> impl Iterator<Item = Q> + '_ {
        self.queue.drain(..)
    }

    /// Judges the number of a PRACK whose CSeq number and method have been found right.
    pub fn acknowledge(&mut self, rseq: u32) -> Acknowledgement {
        if self.outstanding.take_if(|outstanding| outstanding.rseq == rseq).is_some() {
            return Acknowledgement::Outstanding;
        }
        if self.left.take_if(|left| *left == rseq).is_some() {
            return Acknowledgement::Late;
        }
        if self.refused.take_if(|refused| *refused == rseq).is_some() {
            return Acknowledgement::Again;
        }
        Acknowledgement::Stray
    }

    /// Notes that the PRACK for `rseq` was refused for the offer in it: it may come again without.
    pub fn refuse(&mut self, rseq: u32) {
        self.refused = Some(rseq);
    }

    /// The final response is out: no further reliable one, no retransmission
    /// (RFC 3262 section 3). A PRACK for the one left is still expected.
    pub fn close(&mut self) {
        self.closed = true;
        let left = self.outstanding.take().map(|outstanding| outstanding.rseq).or(self.given_up.take());
        self.left = left.or(self.left);
    }

    /// Acts on the schedule. Lateness never makes a burst: one retransmission, then the
    /// schedule goes on as if it had been in time.
    pub fn expire(&mut self, now: Instant) -> Option<Expiry<'_>> {
        if let Some(given_up) = self.outstanding.take_if(|outstanding| outstanding.give_up_at <= now) {
            self.given_up = Some(given_up.rseq);
            return Some(Expiry::GiveUp { rseq: given_up.rseq, frame: given_up.frame });
        }
        let outstanding = self.outstanding.as_mut()?;
        if outstanding.resend_at > now {
            return None;
        }
        outstanding.sent_again(now);
        Some(Expiry::Resend(&outstanding.frame))
    }

    /// The connection is back: the outstanding response is to be sent at once, and then by
    /// its schedule; what has to be given up by now is not.
    pub fn recover(&mut self, now: Instant) -> Option<&[u8]> {
        let outstanding = self.outstanding.as_mut().filter(|outstanding| now < outstanding.give_up_at)?;
        outstanding.sent_again(now);
        Some(&outstanding.frame)
    }

    /// When `expire` has something to do.
    pub fn deadline(&self) -> Option<Instant> {
        let outstanding = self.outstanding.as_ref()?;
        earlier(Some(outstanding.resend_at), Some(outstanding.give_up_at))
    }

    /// When the outstanding response will be given up.
    pub fn gives_up_at(&self) -> Option<Instant> {
        self.outstanding.as_ref().map(|outstanding| outstanding.give_up_at)
    }

    /// Whether a PRACK for a response that is no longer outstanding would be taken.
    pub fn awaits_late(&self) -> bool {
        self.left.is_some() || self.refused.is_some()
    }

    /// The outstanding response, as sent.
    pub fn outstanding(&self) -> Option<&[u8]> {
        self.outstanding.as_ref().map(|outstanding| outstanding.frame.as_slice())
    }

    /// Whether the outstanding response carries a session description: a 2xx has to wait
    /// for its PRACK then (RFC 3262 section 3).
    pub fn holds_description(&self) -> bool {
        self.outstanding.as_ref().is_some_and(|outstanding| outstanding.description)
    }

    /// How many wait for their turn.
    pub fn queued(&self) -> usize {
        self.queue.len()
    }

    /// Whether no number is left for another one: past 2^32-1 there is none, and those in the
    /// queue will take theirs.
    pub fn is_exhausted(&self) -> bool {
        let left = self.next.map_or(0, |next| u32::MAX - next + 1);
        usize::try_from(left).is_ok_and(|left| left <= self.queue.len())
    }
}

impl Outstanding {
    /// Goes on in the schedule with what comes after `now`.
    fn sent_again(&mut self, now: Instant) {
        while self.resend_at <= now {
            self.interval = self.interval * 2;
            self.resend_at += self.interval;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn at(millis: u64) -> Instant {
        Instant::from_millis(millis)
    }

    fn sending() -> Sender<u8> {
        let mut sender = Sender::new(100);
        let rseq = sender.number().unwrap();
        sender.sent(at(0), Timers::default(), rseq, vec![1, 2, 3], true);
        sender
    }

    // RFC 3262 section 3: T1, doubling, without a cap; 64*T1 in all.
    #[test]
    fn doubles_without_cap_and_gives_up_at_64_t1() {
        let mut sender = sending();
        for time in [500, 1500, 3500, 7500, 15500, 31500] {
            assert_eq!(sender.deadline(), Some(at(time)));
            assert_eq!(sender.expire(at(time - 1)), None);
            assert_eq!(sender.expire(at(time)), Some(Expiry::Resend(&[1, 2, 3])));
        }
        assert_eq!(sender.deadline(), Some(at(32000)));
        assert_eq!(sender.expire(at(32000)), Some(Expiry::GiveUp { rseq: 100, frame: vec![1, 2, 3] }));
        assert_eq!(sender.deadline(), None);
        assert_eq!(sender.acknowledge(100), Acknowledgement::Stray);
        sender.close();
        assert_eq!(sender.acknowledge(100), Acknowledgement::Late);
        assert_eq!(sender.acknowledge(100), Acknowledgement::Stray);
    }

    #[test]
    fn a_late_timer_sends_once_and_keeps_the_schedule() {
        let mut sender = sending();
        assert!(matches!(sender.expire(at(10_000)), Some(Expiry::Resend(_))));
        assert_eq!(sender.expire(at(10_000)), None);
        assert_eq!(sender.deadline(), Some(at(15_500)));
    }

    #[test]
    fn only_the_outstanding_number_matches() {
        let mut sender = sending();
        assert_eq!(sender.number(), None);
        assert_eq!(sender.acknowledge(101), Acknowledgement::Stray);
        assert!(sender.holds_description());
        assert_eq!(sender.acknowledge(100), Acknowledgement::Outstanding);
        assert_eq!(sender.acknowledge(100), Acknowledgement::Stray);
        assert_eq!(sender.number(), Some(101));
    }

    #[test]
    fn what_a_final_response_left_is_acknowledged_once() {
        let mut sender = sending();
        sender.close();
        assert_eq!(sender.deadline(), None);
        assert_eq!(sender.acknowledge(100), Acknowledgement::Late);
        assert_eq!(sender.acknowledge(100), Acknowledgement::Stray);
        assert_eq!(sender.number(), None);
    }

    #[test]
    fn a_refused_one_may_be_acknowledged_again() {
        let mut sender = sending();
        sender.acknowledge(100);
        sender.refuse(100);
        assert_eq!(sender.acknowledge(100), Acknowledgement::Again);
        assert_eq!(sender.acknowledge(100), Acknowledgement::Stray);
    }

    #[test]
    fn eight_wait_and_no_more() {
        let mut sender = sending();
        for queued in 0..8 {
            assert_eq!(sender.enqueue(queued), Ok(()));
        }
        assert_eq!(sender.enqueue(8), Err(8));
        assert_eq!(sender.dequeue(), None, "one is outstanding");
        sender.acknowledge(100);
        assert_eq!(sender.dequeue(), Some(0));
    }

    #[test]
    fn one_more_waits_while_the_first_of_them_has_yet_to_go() {
        let mut sender = Sender::new(100);
        for queued in 0..9 {
            assert_eq!(sender.enqueue(queued), Ok(()));
        }
        assert_eq!(sender.enqueue(9), Err(9));
        assert_eq!(sender.front(), Some(&0));
    }

    #[test]
    fn numbers_end_without_wrapping() {
        let mut sender: Sender<()> = Sender::new(u32::MAX);
        assert!(!sender.is_exhausted());
        assert_eq!(sender.number(), Some(u32::MAX));
        assert!(sender.is_exhausted());
        assert_eq!(sender.number(), None);
    }

    #[test]
    fn what_waits_has_its_number() {
        let mut sender = Sender::new(u32::MAX - 1);
        sender.number();
        assert_eq!(sender.enqueue(()), Ok(()));
        assert!(sender.is_exhausted(), "the last number is for the one that waits");
    }
}
