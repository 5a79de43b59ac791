//! What a UAS may send reliably, and when (RFC 3262 section 3).

use super::{Dialog, End, Tally, Transaction, reliable_number, tag};
use prackle::message::{Message, Method, Name};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Default)]
pub(super) struct Senders {
    invites: BTreeMap<Transaction, Invite>,
    uas: BTreeMap<Dialog, Sending>,
    /// Those of them that have something outstanding.
    outstanding: BTreeSet<Dialog>,
    /// Which of them each PRACK matches, by its branch.
    matched: BTreeMap<(End, String), Dialog>,
    /// Ends whose timers are late.
    sluggish: BTreeSet<End>,
    /// Ends whose 504 nobody need see: a virtual UAS's goes into a response context.
    silent: BTreeSet<End>,
    /// Ends without connection.
    offline: BTreeSet<End>,
}

/// What an INVITE allows.
#[derive(Default)]
struct Invite {
    supports: bool,
    requires: bool,
    /// How often it came again, each time for one repetition of the last response.
    repetitions: u32,
    /// Its end has lost the connection meanwhile: what was sent then nobody saw.
    was_lost: bool,
}

/// What one UAS has sent for one INVITE.
#[derive(Default)]
struct Sending {
    last: Option<Last>,
    is_final: bool,
    /// Something else has answered the INVITE.
    is_done: bool,
}

/// Its last reliable response.
struct Last {
    rseq: u32,
    frame: Vec<u8>,
    has_description: bool,
    acknowledged: Acknowledged,
    /// When it was sent first; unknown if that may have been while there was no connection.
    since: Option<u64>,
    /// The next of its times.
    next: usize,
    /// The connection is back, and it is to be sent at once, whatever the time.
    recovering: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Acknowledged {
    No,
    /// A PRACK that matches has come, and is not answered yet.
    Matched,
    Yes,
}

/// T1, doubling, without a cap, and the end of it: milliseconds after the first sending.
const TIMES: [u64; 6] = [500, 1_500, 3_500, 7_500, 15_500, 31_500];
const LIMIT: u64 = 32_000;

impl Senders {
    pub(super) fn invited(&mut self, end: End, invite: &Message) {
        let key = Transaction::itself(end, invite);
        let requires = invite.has_token(Name::Require, "100rel");
        let supports = requires || invite.has_token(Name::Supported, "100rel");
        let known = self.invites.contains_key(&key);
        let entry = self.invites.entry(key).or_default();
        (entry.supports, entry.requires) = (supports, requires);
        entry.repetitions += u32::from(known);
    }

    pub(super) fn sent(&mut self, now: u64, end: End, status: u16, response: &Message, tally: &mut Tally) {
        let key = Transaction::itself(end, response);
        let Some(invite) = self.invites.get_mut(&key).filter(|_| response.to_tag().is_some()) else { return };
        let key = Dialog::of(key, response);
        let sending = self.uas.entry(key.clone()).or_default();
        if status >= 200 {
            let held =
                sending.last.as_ref().filter(|last| last.has_description && last.acknowledged == Acknowledged::No);
            assert!(status >= 300 || sending.is_final || held.is_none(), "a 2xx past an unacknowledged description");
            tally.given_up += u64::from(
                status == 504 && sending.last.as_ref().is_some_and(|last| last.acknowledged == Acknowledged::No),
            );
            sending.is_final = true;
            self.outstanding.remove(&key);
            return;
        }
        if status == 100 {
            return;
        }
        assert!(!sending.is_final, "a provisional response after the final one");
        assert!(response.rseq().is_ok(), "an RSeq that cannot be read");
        let Some(rseq) = reliable_number(response) else {
            assert!(!invite.requires, "an unreliable response although the INVITE requires 100rel");
            return assert!(response.header(Name::RSeq).is_none(), "RSeq in an unreliable response");
        };
        assert!(invite.supports, "a reliable response although the INVITE knows nothing of it");
        assert!(response.header(Name::Contact).is_some(), "it makes a dialog");
        if sending.last.as_ref().is_some_and(|last| last.rseq == rseq) {
            tally.repeated += 1;
            let is_late = self.sluggish.contains(&end);
            return sending.repeat(now, response, &mut invite.repetitions, is_late);
        }
        assert!(!sending.is_done, "a new response after the end of the INVITE");
        tally.reliable += 1;
        sending.begin(rseq, response, (!invite.was_lost).then_some(now));
        self.outstanding.insert(key);
    }

    /// A PRACK has come: what it matches is repeated no more.
    pub(super) fn acknowledged(&mut self, end: End, prack: &Message) {
        let Some(rack) = prack.rack().ok().filter(|rack| rack.method == Method::Invite) else { return };
        let key = Dialog::of(Transaction::of(end, prack, rack.cseq), prack);
        let last = self.uas.get_mut(&key).and_then(|sending| sending.last.as_mut());
        if let Some(last) = last.filter(|last| last.rseq == rack.rseq && last.acknowledged == Acknowledged::No) {
            last.acknowledged = Acknowledged::Matched;
            self.outstanding.remove(&key);
            self.matched.insert((end, tag(prack.via().branch())), key);
        }
    }

    /// A PRACK is answered: 488 refuses the offer in it and 487 comes too late, but other
    /// refusals leave things as they were.
    pub(super) fn answered(&mut self, end: End, status: u16, response: &Message, tally: &mut Tally) {
        let Some(key) = self.matched.get(&(end, tag(response.via().branch()))).filter(|_| status >= 200) else {
            return;
        };
        let sending = self.uas.get_mut(key).expect("it has sent something");
        let last = sending.last.as_mut().filter(|last| last.acknowledged == Acknowledged::Matched);
        let Some(last) = last else { return };
        if matches!(status, 200..=299 | 487 | 488) {
            last.acknowledged = Acknowledged::Yes;
            tally.acknowledged += 1;
        } else {
            last.acknowledged = Acknowledged::No;
            if !sending.is_final {
                self.outstanding.insert(key.clone());
            }
        }
    }

    pub(super) fn done(&mut self, end: End, response: &Message) {
        let invite = Transaction::itself(end, response);
        let of = |key: &Dialog| key.invite == invite;
        for (_, sending) in self.uas.iter_mut().filter(|(key, _)| of(key)) {
            sending.is_done = true;
            // Only the INVITE itself can ask for it again.
            sending.last.iter_mut().for_each(|last| last.acknowledged = Acknowledged::Yes);
        }
        self.outstanding.retain(|key| !of(key));
    }

    pub(super) fn blur(&mut self, end: End) {
        self.invites.iter_mut().filter(|(key, _)| key.end == end).for_each(|(_, invite)| invite.was_lost = true);
        for last in self
            .uas
            .iter_mut()
            .filter(|(key, _)| key.invite.end == end)
            .filter_map(|(_, sending)| sending.last.as_mut())
        {
            last.since = None;
        }
    }

    pub(super) fn silent(&mut self, end: End) {
        self.silent.insert(end);
    }

    pub(super) fn sluggish(&mut self, end: End) {
        self.sluggish.insert(end);
    }

    pub(super) fn lost(&mut self, end: End) {
        self.offline.insert(end);
        self.invites.iter_mut().filter(|(key, _)| key.end == end).for_each(|(_, invite)| invite.was_lost = true);
        // What was answered meanwhile nobody saw.
        for last in self
            .uas
            .iter_mut()
            .filter(|(key, _)| key.invite.end == end)
            .filter_map(|(_, sending)| sending.last.as_mut())
        {
            if last.acknowledged == Acknowledged::Matched {
                last.acknowledged = Acknowledged::Yes;
            }
        }
    }

    pub(super) fn back(&mut self, end: End) {
        self.offline.remove(&end);
        for key in self.outstanding.iter().filter(|key| key.invite.end == end) {
            if let Some(last) = self.uas.get_mut(key).and_then(|sending| sending.last.as_mut()) {
                last.recovering = true;
            }
        }
    }

    /// Nothing that was due before `now` has been forgotten.
    pub(super) fn passed(&self, now: u64) {
        for key in &self.outstanding {
            if self.sluggish.contains(&key.invite.end) || self.offline.contains(&key.invite.end) {
                continue;
            }
            let last = self.uas.get(key).and_then(|sending| sending.last.as_ref()).expect("what is outstanding");
            let Some(since) = last.since.filter(|_| !last.recovering) else { continue };
            if last.next == TIMES.len() && self.silent.contains(&key.invite.end) {
                continue;
            }
            let due = since + TIMES.get(last.next).copied().unwrap_or(LIMIT);
            assert!(
                now <= due,
                "RSeq {} was not repeated, or not given up, {} ms after its first sending",
                last.rseq,
                due - since
            );
        }
    }
}

impl Sending {
    /// RFC 3262 section 3: the first number below 2^31, each further one is one more, and only
    /// when the one before has been acknowledged.
    fn begin(&mut self, rseq: u32, response: &Message, since: Option<u64>) {
        if let Some(last) = &self.last {
            assert_eq!(Some(rseq), last.rseq.checked_add(1), "RSeq rises by one");
            assert!(last.acknowledged == Acknowledged::Yes, "a second one while one is outstanding");
        } else {
            assert!((1..1 << 31).contains(&rseq), "the first RSeq");
        }
        self.last = Some(Last {
            rseq,
            frame: response.octets().to_vec(),
            has_description: response.description().is_some(),
            acknowledged: Acknowledged::No,
            since,
            next: 0,
            recovering: false,
        });
    }

    fn repeat(&mut self, now: u64, response: &Message, repetitions: &mut u32, is_late: bool) {
        let last = self.last.as_mut().expect("it was sent before");
        assert_eq!(response.octets(), last.frame, "repeated in other words");
        if last.acknowledged == Acknowledged::No && last.is_due(now, is_late) {
            return;
        }
        // RFC 3261 section 17.2.1: an INVITE that comes again has the last response repeated.
        *repetitions = repetitions.checked_sub(1).expect("repeated although nothing asks for it");
    }
}

impl Last {
    /// Whether it is to be sent again now; if so, it has been.
    fn is_due(&mut self, now: u64, is_late: bool) -> bool {
        let Some(since) = self.since else { return true };
        let passed = now - since;
        assert!(passed < LIMIT, "repeated although it had to be given up");
        let at = TIMES.get(self.next).copied().unwrap_or(LIMIT);
        let due = if is_late { at <= passed } else { at == passed };
        if due || self.recovering {
            self.recovering = false;
            self.next = TIMES.iter().take_while(|time| **time <= passed).count();
            return true;
        }
        false
    }
}
