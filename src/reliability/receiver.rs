//! The UAC's half: which reliable provisional response is the next one.

/// What a reliable provisional response is, by its `RSeq`, within its early dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reception {
    /// The first, or one higher than the last: to be taken and acknowledged.
    Next,
    /// The last one again: a retransmission, discarded in silence.
    Duplicate,
    /// Older than the last one: discarded in silence.
    Stale,
    /// One or more before it are missing: discarded, the sender will repeat it in its turn.
    Gap,
    /// The next one after more than anybody needs: not taken.
    Excess,
}

/// How many one dialog may bring.
const LIMIT: u32 = 256;

/// The sequence of reliable provisional responses in one early dialog
/// (RFC 3262 section 4; per dialog by erratum 4603).
///
/// ```text
///            any n                n = last + 1
///   (none) --------> (last = n) ---------------> (last = n)
///                      n = last: Duplicate   n < last: Stale   n > last + 1: Gap
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Receiver {
    last: Option<u32>,
    accepted: u32,
}

impl Receiver {
    /// Judges `rseq`; `Next` takes it at once, whenever its PRACK can be sent.
    ///
    /// There is no wrap: after 2^32-1 nothing is next (RFC 3262 section 3 has the sender
    /// start below 2^31 for that reason).
    pub fn receive(&mut self, rseq: u32) -> Reception {
        let reception = match self.last {
            None => Reception::Next,
            Some(last) if rseq == last => Reception::Duplicate,
            Some(last) if rseq < last => Reception::Stale,
            Some(last) if rseq - last > 1 => Reception::Gap,
            Some(_) if self.accepted >= LIMIT => Reception::Excess,
            Some(_) => Reception::Next,
        };
        if reception == Reception::Next {
            self.last = Some(rseq);
            self.accepted += 1;
        }
        reception
    }

    /// The `RSeq` taken last.
    pub fn last(&self) -> Option<u32> {
        self.last
    }

    /// Whether one with this number has been taken.
    pub fn has_accepted(&self, rseq: u32) -> bool {
        self.last.is_some_and(|last| rseq <= last && last - rseq < self.accepted)
    }

    /// Whether it has taken one, and no more.
    pub fn is_first(&self) -> bool {
        self.accepted == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn takes_what_is_next_and_nothing_else() {
        let table: &[(u32, Reception)] = &[
            (100, Reception::Next),
            (100, Reception::Duplicate),
            (102, Reception::Gap),
            (99, Reception::Stale),
            (101, Reception::Next),
            (100, Reception::Stale),
            (101, Reception::Duplicate),
            (102, Reception::Next),
        ];
        let mut receiver = Receiver::default();
        for (rseq, expected) in table {
            assert_eq!(receiver.receive(*rseq), *expected, "RSeq {rseq}");
        }
        let taken: Vec<u32> = (0..=u32::from(u8::MAX)).filter(|rseq| receiver.has_accepted(*rseq)).collect();
        assert_eq!(taken, [100, 101, 102]);
    }

    #[test]
    fn takes_256_at_the_most() {
        let mut receiver = Receiver::default();
        for rseq in 1..=256 {
            assert_eq!(receiver.receive(rseq), Reception::Next, "RSeq {rseq}");
        }
        assert_eq!(receiver.receive(257), Reception::Excess);
        assert_eq!(receiver.receive(256), Reception::Duplicate);
        assert_eq!(receiver.receive(258), Reception::Gap);
        assert!(!receiver.has_accepted(257));
    }

    #[test]
    fn does_not_wrap() {
        let mut receiver = Receiver::default();
        assert_eq!(receiver.receive(u32::MAX), Reception::Next);
        assert_eq!(receiver.receive(1), Reception::Stale);
        assert_eq!(receiver.receive(u32::MAX), Reception::Duplicate);
        assert_eq!(receiver.last(), Some(u32::MAX));
    }
}
