//! Two machines against each other, over a wire on which messages cross (RFC 6337 sections 4.1
//! and 4.2): whatever is sent, and whatever is refused, in the end both agree on where they are.

use super::*;
use crate::random::Random;
use alloc::collections::VecDeque;
use alloc::vec::Vec;

/// What goes over the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sent {
    /// A message, with or without a description; a PRACK and its 2xx say whether the response
    /// that they are about has one.
    Message { carrier: Carrier, described: bool, of_description: bool },
    /// The refusal of a request.
    Failure(Carrier),
}

/// One side: its machine, and what its transactions have it do next.
struct End {
    negotiation: Negotiation,
    wire: VecDeque<Sent>,
    /// There is a dialog to send in.
    known: bool,
    /// Its own requests without a final response.
    inviting: bool,
    updating: Option<bool>,
    /// The peer's INVITE, and whether it may be refused.
    invited: Option<bool>,
    /// Its reliable response without PRACK: whether it had a description.
    outstanding: Option<bool>,
    /// The response that it has to acknowledge, and whether an offer may go along.
    prack: Option<(bool, bool)>,
    pracking: bool,
    /// It has to send an ACK with the answer; it waits for an ACK.
    acknowledging: bool,
    unconfirmed: bool,
    /// The peer's request whose offer it has to answer.
    owes: Option<Carrier>,
    /// What was in the way of the peer's requests.
    met: Vec<Obstacle>,
}

impl End {
    fn new(negotiation: Negotiation, caller: bool) -> Self {
        Self {
            negotiation,
            wire: VecDeque::new(),
            known: false,
            inviting: caller,
            updating: None,
            invited: (!caller).then_some(false),
            outstanding: None,
            prack: None,
            pracking: false,
            acknowledging: false,
            unconfirmed: false,
            owes: None,
            met: Vec::new(),
        }
    }

    fn send(&mut self, carrier: Carrier, described: bool) {
        self.negotiation.send(carrier, described).expect("it was allowed");
        self.put(carrier, described, true);
    }

    fn put(&mut self, carrier: Carrier, described: bool, of_description: bool) {
        self.wire.push_back(Sent::Message { carrier, described, of_description });
    }

    fn may(&self, carrier: Carrier, described: bool) -> bool {
        self.negotiation.may_send(carrier, described).is_ok()
    }

    /// Does one of the things that it may do now; `begin`: also what nobody waits for.
    fn act(&mut self, random: &mut Random, begin: bool) {
        let described = random.below(2) == 0;
        match random.below(8) {
            0 if self.invited.is_some() => self.succeed(),
            1 if begin && self.invited.is_some() && self.outstanding.is_none() => self.progress(described),
            2 => self.acknowledge(described && begin),
            3 => self.answer(begin && described),
            4 if begin && self.known && self.updating.is_none() && self.may(Carrier::Update, described) => {
                self.updating = Some(described);
                self.send(Carrier::Update, described);
            }
            5 if begin && self.may_invite(described) => {
                self.inviting = true;
                self.send(Carrier::Invite, described);
            }
            6 if begin && described && self.may_refuse() => {
                self.invited = None;
                self.refuse(Carrier::Invite);
            }
            _ => {}
        }
    }

    fn may_invite(&self, described: bool) -> bool {
        let free = !self.inviting && self.invited.is_none() && !self.unconfirmed;
        free && self.negotiation.is_agreed() && self.may(Carrier::Invite, described)
    }

    /// Only a re-INVITE that has changed nothing is refused (RFC 6141 section 3.3).
    fn may_refuse(&self) -> bool {
        let idle = self.invited == Some(true) && self.outstanding.is_none() && self.owes.is_none();
        idle && !self.negotiation.is_changed_by_invite()
    }

    fn succeed(&mut self) {
        let described = self.negotiation.owes_description();
        if self.may(Carrier::Success, described) {
            (self.invited, self.outstanding, self.known) = (None, None, true);
            self.unconfirmed = true;
            self.send(Carrier::Success, described);
        }
    }

    fn progress(&mut self, described: bool) {
        if self.may(Carrier::Reliable, described) {
            (self.outstanding, self.known) = (Some(described), true);
            self.send(Carrier::Reliable, described);
        }
    }

    fn acknowledge(&mut self, offer: bool) {
        if core::mem::take(&mut self.acknowledging) {
            return self.send(Carrier::Ack, true);
        }
        let Some((of_description, may_offer)) = self.prack.take() else { return };
        self.pracking = true;
        let answers = of_description && !self.may(Carrier::Prack, false);
        if answers || (of_description && offer && may_offer && self.may(Carrier::Prack, true)) {
            self.send(Carrier::Prack, true);
        } else if of_description {
            self.send(Carrier::Prack, false);
        } else {
            self.put(Carrier::Prack, false, false);
        }
    }

    fn answer(&mut self, refuse: bool) {
        match self.owes.take() {
            Some(request) if refuse => self.refuse(request),
            Some(Carrier::Prack) => self.send(Carrier::PrackSuccess, true),
            Some(_) => self.send(Carrier::UpdateSuccess, true),
            None => {}
        }
    }

    fn refuse(&mut self, request: Carrier) {
        self.negotiation.refuse(request);
        self.fail(request);
    }

    fn fail(&mut self, request: Carrier) {
        self.wire.push_back(Sent::Failure(request));
    }

    // What arrives.

    fn receive(&mut self, sent: Sent) {
        match sent {
            Sent::Message { carrier, described, of_description } => self.take(carrier, described, of_description),
            Sent::Failure(request) => self.failed(request),
        }
    }

    fn take(&mut self, carrier: Carrier, described: bool, of_description: bool) {
        let about_none = matches!(carrier, Carrier::Prack | Carrier::PrackSuccess) && !of_description;
        // A PRACK for what has been acknowledged already is no matter of descriptions.
        let again = carrier == Carrier::Prack && self.outstanding.is_none();
        let meaning = if about_none || again { Meaning::Nothing } else { self.negotiation.receive(carrier, described) };
        if carrier == Carrier::Prack {
            self.outstanding = None;
        }
        match (carrier, meaning) {
            (_, Meaning::Refused(obstacle)) => {
                self.met.push(obstacle);
                self.fail(carrier);
            }
            (Carrier::Invite, _) => self.invited = Some(true),
            (Carrier::Reliable, _) => {
                self.known = true;
                let may_offer = meaning == Meaning::Answer;
                self.prack = Some((described || meaning == Meaning::Offer, may_offer));
            }
            (Carrier::Success, _) => self.answered(meaning),
            (Carrier::Ack, _) => self.unconfirmed = false,
            (Carrier::Prack | Carrier::Update, Meaning::Offer) => self.owes = Some(carrier),
            (Carrier::Prack, _) if again || about_none => self.put(Carrier::PrackSuccess, false, !about_none),
            (Carrier::Prack, _) => self.send(Carrier::PrackSuccess, false),
            (Carrier::Update, _) => self.send(Carrier::UpdateSuccess, false),
            (Carrier::PrackSuccess, _) => self.pracking = false,
            (Carrier::UpdateSuccess, _) => self.updating = None,
            (Carrier::Unreliable, _) => {}
        }
    }

    fn answered(&mut self, meaning: Meaning) {
        assert_ne!(meaning, Meaning::Missing);
        (self.inviting, self.known) = (false, true);
        if meaning == Meaning::Offer {
            self.acknowledging = true;
        } else {
            self.send(Carrier::Ack, false);
        }
    }

    fn failed(&mut self, request: Carrier) {
        if request == Carrier::Prack {
            self.pracking = false;
            self.prack = Some((true, false));
        } else if request == Carrier::Invite {
            self.inviting = false;
        } else if self.updating.take() == Some(false) {
            return;
        }
        self.negotiation.failed(request);
    }

    fn is_quiet(&self) -> bool {
        let requests = self.inviting || self.invited.is_some() || self.updating.is_some() || self.owes.is_some();
        let acknowledgements = self.prack.is_some() || self.pracking || self.acknowledging || self.unconfirmed;
        self.wire.is_empty() && !requests && !acknowledgements
    }
}

/// One call: `described` INVITE, then whatever the dice say, then what is open comes to its end.
fn call(seed: u8, described: bool) -> [End; 2] {
    let mut random = Random::new([seed; 32]);
    let caller = End::new(Negotiation::inviting(described), true);
    let mut ends = [caller, End::new(Negotiation::invited(described), false)];
    for turn in 0..4000 {
        let begin = turn < 300;
        let [a, b] = &mut ends;
        let (from, to) = if random.below(2) == 0 { (a, b) } else { (b, a) };
        if random.below(2) == 0 {
            if let Some(sent) = from.wire.pop_front() {
                to.receive(sent);
            }
        } else {
            from.act(&mut random, begin);
        }
        if !begin && ends.iter().all(End::is_quiet) {
            return ends;
        }
    }
    panic!("seed {seed}: it does not come to an end");
}

#[test]
fn both_sides_agree_whatever_crosses() {
    let mut met = Vec::new();
    for (seed, described) in (0..=255).flat_map(|seed| [(seed, true), (seed, false)]) {
        let [mut caller, mut callee] = call(seed, described);
        let settled = Negotiation { exchange: Exchange::Closed, invite: Invite::Closed, agreed: true };
        assert_eq!((caller.negotiation, callee.negotiation), (settled, settled), "seed {seed}");
        met.append(&mut caller.met);
        met.append(&mut callee.met);
        // Whoever offers next is understood.
        let (one, other) = if seed % 2 == 0 { (&mut caller, &mut callee) } else { (&mut callee, &mut caller) };
        one.send(Carrier::Update, true);
        other.receive(one.wire.pop_front().expect("it was sent"));
        assert_eq!(other.owes, Some(Carrier::Update));
    }
    // Who keeps the rules of the sender meets a 491 at the worst: the 500s are for those who do not.
    assert!(met.iter().all(|obstacle| obstacle.status() == 491), "{met:?}");
    for obstacle in [Obstacle::OfferPending, Obstacle::InvitePending, Obstacle::PrackPending] {
        assert!(met.contains(&obstacle), "{obstacle:?} has met nobody");
    }
}
