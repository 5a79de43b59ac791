//! What a UAC has to acknowledge, and how often it may (RFC 3262 section 4).

use super::{Dialog, End, Tally, Transaction, reliable_number, tag};
use prackle::message::{Message, Method, Name};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Default)]
pub(super) struct Pracks {
    invites: BTreeMap<Transaction, Invite>,
    dialogs: BTreeMap<Dialog, Early>,
    /// The dialog and RSeq of each PRACK, by its branch.
    branches: BTreeMap<(End, String), (Dialog, u32)>,
    /// Since when something has to be acknowledged.
    owed: BTreeMap<(Dialog, u32), u64>,
    /// The dialogs that a BYE has ended: Call-ID and both tags, at either end.
    over: BTreeSet<(End, String, BTreeSet<String>)>,
    /// Ends without connection, and since when.
    offline: BTreeMap<End, u64>,
    /// Ends whose timers are late.
    sluggish: BTreeSet<End>,
}

struct Invite {
    branch: String,
    offers_100rel: bool,
    outcome: Outcome,
    is_answered: bool,
    /// When it may be forgotten: 64*T1 after it was sent without any response, or after its
    /// CANCEL (RFC 3261 sections 9.1 and 17.1.1.2).
    forgotten: Option<u64>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Open,
    Success,
    Failure,
}

/// What one dialog has brought, and what became of it.
#[derive(Default)]
struct Early {
    /// The number taken last, and the number acknowledged last.
    last: Option<u32>,
    acknowledged: Option<u32>,
    pracks: BTreeMap<u32, Prack>,
}

#[derive(Default)]
struct Prack {
    state: State,
    /// How often it was sent again, for challenges and for other refusals.
    challenges: u32,
    refusals: u32,
    offers: bool,
}

/// What became of the acknowledgement of one response.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// Not sent yet.
    #[default]
    Open,
    /// No final response yet.
    Sent,
    /// The connection may have taken it along.
    Lost,
    /// 401 or 407: may be sent again at once.
    Challenged,
    /// Refused for the offer in it: to be sent again without.
    OfferRefused,
    /// Refused otherwise: to be sent again when the response comes again.
    Refused,
    /// It has come again.
    Renewed,
    /// 2xx, or nothing was outstanding.
    Done,
}

/// How long an application and its media may take, and how late a hidden tab may be.
const DEADLINE: u64 = 20_000;
const LATE: u64 = 1_000;
/// 64*T1.
const LIFETIME: u64 = 32_000;

impl Pracks {
    pub(super) fn invite_sent(&mut self, now: u64, end: End, invite: &Message) {
        let key = Transaction::itself(end, invite);
        let forgotten = Some(now + LIFETIME);
        let branch = tag(invite.via().branch());
        // The connection is back, and the INVITE goes again, perhaps in a new transaction.
        let again = |sent: &mut Invite| {
            if !sent.is_answered && sent.branch != branch {
                (sent.branch, sent.forgotten) = (branch.clone(), forgotten);
            }
        };
        self.invites.entry(key).and_modify(again).or_insert_with(|| Invite {
            branch: branch.clone(),
            offers_100rel: invite.has_token(Name::Supported, "100rel"),
            outcome: Outcome::Open,
            is_answered: false,
            forgotten,
        });
    }

    pub(super) fn cancel_sent(&mut self, now: u64, end: End, cancel: &Message) {
        let key = Transaction::itself(end, cancel);
        if let Some(invite) = self.invites.get_mut(&key) {
            invite.forgotten = Some(now + LIFETIME);
        }
    }

    pub(super) fn invite_answered(&mut self, now: u64, end: End, status: u16, response: &Message, tally: &mut Tally) {
        let key = Transaction::itself(end, response);
        let lateness = self.lateness(end);
        let Some(invite) = self.invites.get_mut(&key).filter(|invite| Some(&*invite.branch) == response.via().branch())
        else {
            return;
        };
        if invite.forgotten.is_some_and(|at| at + lateness < now) {
            return;
        }
        let is_kept = invite.forgotten.is_none_or(|at| now < at);
        if !invite.is_answered {
            (invite.is_answered, invite.forgotten) = (true, None);
        }
        let before = invite.outcome;
        let dialog = Dialog::of(key, response);
        match status {
            200..=299 if before == Outcome::Open => {
                invite.outcome = Outcome::Success;
                self.waive(|owed| owed.invite == dialog.invite && owed.tag != dialog.tag);
            }
            300.. if before == Outcome::Open => {
                invite.outcome = Outcome::Failure;
                self.waive(|owed| owed.invite == dialog.invite);
            }
            101..=199 if before != Outcome::Failure && invite.offers_100rel => {
                if let Some(rseq) = reliable_number(response).filter(|_| response.to_tag().is_some()) {
                    self.reliable(now, dialog, rseq, is_kept && before == Outcome::Open, tally);
                }
            }
            _ => {}
        }
    }

    /// RFC 3262 section 4: the first one, or one higher than the last, has to be acknowledged.
    fn reliable(&mut self, now: u64, dialog: Dialog, rseq: u32, is_open: bool, tally: &mut Tally) {
        let early = self.dialogs.entry(dialog.clone()).or_default();
        if early.last.is_none_or(|last| last.checked_add(1) == Some(rseq)) {
            early.last = Some(rseq);
            early.pracks.insert(rseq, Prack::default());
            if is_open && !self.over.contains(&place(&dialog)) {
                self.owed.insert((dialog, rseq), now);
            }
        } else if let Some(prack) = early.pracks.get_mut(&rseq).filter(|_| early.last == Some(rseq)) {
            if prack.state == State::Refused {
                prack.state = State::Renewed;
            }
        } else {
            tally.gaps += 1;
        }
    }

    pub(super) fn prack_sent(&mut self, end: End, prack: &Message, tally: &mut Tally) {
        let rack = prack.rack().expect("our RAck can be read");
        assert_eq!(rack.method, Method::Invite);
        assert!(prack.cseq().number > rack.cseq, "its number follows the INVITE's");
        let dialog = Dialog::of(Transaction::of(end, prack, rack.cseq), prack);
        let early = self.dialogs.get_mut(&dialog).expect("a PRACK in a dialog that is none");
        let known = early.pracks.get_mut(&rack.rseq).expect("a PRACK for what was not received in its turn");
        if known.state == State::Open {
            let in_turn = early.acknowledged.is_none_or(|last| last + 1 == rack.rseq);
            assert!(in_turn, "PRACKs leave in the order of their RSeq: {} after {:?}", rack.rseq, early.acknowledged);
            early.acknowledged = Some(rack.rseq);
        } else {
            tally.again += 1;
        }
        known.sent(prack.description().is_some());
        self.owed.remove(&(dialog.clone(), rack.rseq));
        // What is said to a former one, which was sent over a connection that is gone, is not heard.
        let sent = (dialog, rack.rseq);
        self.branches.retain(|_, former| *former != sent);
        self.branches.insert((end, tag(prack.via().branch())), sent);
    }

    pub(super) fn prack_answered(&mut self, end: End, status: u16, response: &Message) {
        let Some((dialog, rseq)) = self.branches.get(&(end, tag(response.via().branch()))) else { return };
        let prack = self.dialogs.get_mut(dialog).and_then(|early| early.pracks.get_mut(rseq));
        prack.into_iter().for_each(|prack| prack.answered(status));
    }

    /// A BYE has been sent or received.
    pub(super) fn dialog_over(&mut self, end: End, bye: &Message) {
        let tags = BTreeSet::from([tag(bye.from_tag()), tag(bye.to_tag())]);
        self.over.insert((end, bye.call_id().to_owned(), tags));
        let over = std::mem::take(&mut self.over);
        self.waive(|dialog| over.contains(&place(dialog)));
        self.over = over;
    }

    pub(super) fn sluggish(&mut self, end: End) {
        self.sluggish.insert(end);
    }

    /// A call that has waited for the connection for 64*T1 has been given up.
    pub(super) fn back(&mut self, now: u64, end: End) {
        let lost_for = self.offline.remove(&end).map_or(0, |since| now - since);
        if lost_for >= LIFETIME {
            let open =
                self.invites.iter_mut().filter(|(key, invite)| key.end == end && invite.outcome == Outcome::Open);
            open.for_each(|(_, invite)| invite.forgotten = Some(now));
        }
    }

    pub(super) fn lost(&mut self, now: u64, end: End) {
        self.offline.insert(end, now);
        self.waive(|dialog| dialog.invite.end == end);
        let mine = self.dialogs.iter_mut().filter(|(dialog, _)| dialog.invite.end == end);
        for prack in mine.flat_map(|(_, early)| early.pracks.values_mut()).filter(|prack| prack.state == State::Sent) {
            prack.state = State::Lost;
        }
    }

    pub(super) fn passed(&self, now: u64) {
        for ((dialog, rseq), since) in &self.owed {
            let invite = self.invites.get(&dialog.invite).expect("its INVITE");
            if invite.forgotten.is_some_and(|at| at <= now) {
                continue;
            }
            let due = since + DEADLINE + self.lateness(dialog.invite.end);
            assert!(now <= due, "RSeq {rseq} of {} is not acknowledged", dialog.tag);
        }
    }

    /// How late its timers may be.
    fn lateness(&self, end: End) -> u64 {
        if self.sluggish.contains(&end) { LATE } else { 0 }
    }

    fn waive(&mut self, which: impl Fn(&Dialog) -> bool) {
        self.owed.retain(|(dialog, _), _| !which(dialog));
    }
}

fn place(dialog: &Dialog) -> (End, String, BTreeSet<String>) {
    let Dialog { invite: Transaction { end, call, caller, .. }, tag } = dialog;
    (*end, call.clone(), BTreeSet::from([caller.clone(), tag.clone()]))
}

impl Prack {
    /// No PRACK twice for one response, but after a loss or a refusal, and then not for ever.
    fn sent(&mut self, offers: bool) {
        match self.state {
            State::Open | State::Lost => {}
            State::Challenged => {
                self.challenges += 1;
                assert!(self.challenges <= 3, "a loop of challenges");
            }
            State::OfferRefused => assert!(!offers, "the refused offer again"),
            State::Renewed => {
                self.refusals += 1;
                assert!(self.refusals < 3, "acknowledged again and again");
            }
            State::Sent | State::Refused | State::Done => panic!("a second PRACK for one response: {:?}", self.state),
        }
        (self.state, self.offers) = (State::Sent, offers);
    }

    fn answered(&mut self, status: u16) {
        self.state = match status {
            100..=199 => return,
            200..=299 | 481 => State::Done,
            401 | 407 => State::Challenged,
            488 | 606 | 415 | 491 | 580 if self.offers => State::OfferRefused,
            _ => State::Refused,
        };
    }
}
