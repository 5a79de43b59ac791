//! What a message means in a state, and what is in the way of a request (RFC 6337 tables 1
//! and 2 and section 4.3, RFC 3311 sections 5.1 and 5.2).

use super::{Carrier, Exchange, Invite, Meaning, Negotiation, Obstacle, Side};

impl Negotiation {
    // What a message means.

    pub(super) fn meaning(&self, from: Side, carrier: Carrier, described: bool) -> Meaning {
        match carrier {
            Carrier::Invite => proposal(self.obstacle_to_invite(from), described),
            Carrier::Update => self.update_means(from, described),
            Carrier::Prack => self.prack_means(from, described),
            Carrier::Unreliable | Carrier::Reliable | Carrier::Success => self.response_means(from, carrier, described),
            Carrier::Ack | Carrier::PrackSuccess | Carrier::UpdateSuccess => {
                answer(self.is_answered_by(from, carrier), described)
            }
        }
    }

    /// UPDATE without an offer touches nothing; only an earlier UPDATE is in its way
    /// (RFC 3311 section 5.2).
    fn update_means(&self, from: Side, described: bool) -> Meaning {
        if self.exchange == (Exchange::Open { by: from, carrier: Carrier::Update }) {
            return Meaning::Refused(match from {
                Side::Local => Obstacle::OfferPending,
                Side::Remote => Obstacle::UpdateUnanswered,
            });
        }
        proposal(self.obstacle_to_update(from).filter(|_| described), described)
    }

    /// The PRACK of the response that carried the offer owes the answer; that of the response
    /// that carried the answer may offer anew; no other has a place for a description.
    fn prack_means(&self, from: Side, described: bool) -> Meaning {
        if self.is_answered_by(from, Carrier::Prack) {
            return answer(true, described);
        }
        let misplaced = described && self.exchange != Exchange::Answered(from);
        proposal(misplaced.then_some(Obstacle::Misplaced), described)
    }

    fn response_means(&self, from: Side, carrier: Carrier, described: bool) -> Meaning {
        let held = self.obstacle_to_success().filter(|_| (from, carrier) == (Side::Local, Carrier::Success));
        if let Some(obstacle) = held {
            return Meaning::Refused(obstacle);
        }
        let silent = matches!(self.invite, Invite::Silent(by) if by != from);
        let offered = matches!(self.exchange, Exchange::Open { by, carrier: Carrier::Invite } if by != from);
        match (carrier, described) {
            (Carrier::Unreliable, true) if offered => Meaning::Preview,
            (Carrier::Unreliable, _) => answer(false, described),
            (_, true) if silent => Meaning::Offer,
            (_, false) if silent => Meaning::Missing,
            // The answer may still come, in a later response.
            (Carrier::Reliable, false) => Meaning::Nothing,
            _ => answer(offered, described),
        }
    }

    /// Whether a message of `from` has to answer the offer of the other side (RFC 6337 table 1).
    fn is_answered_by(&self, from: Side, carrier: Carrier) -> bool {
        let Exchange::Open { by, carrier: offer } = self.exchange else { return false };
        by != from
            && matches!(
                (offer, carrier),
                (Carrier::Invite, Carrier::Reliable | Carrier::Success)
                    | (Carrier::Reliable, Carrier::Prack)
                    | (Carrier::Success, Carrier::Ack)
                    | (Carrier::Prack, Carrier::PrackSuccess)
                    | (Carrier::Update, Carrier::UpdateSuccess)
            )
    }

    // What is in the way.

    /// RFC 6337 section 4.3: UAC-II, UAC-UI; UAS-IcI, UAS-IsI, UAS-UcI, UAS-UsI.
    fn obstacle_to_invite(&self, from: Side) -> Option<Obstacle> {
        match self.invite {
            Invite::Silent(Side::Local) | Invite::Described(Side::Local) => return Some(Obstacle::InvitePending),
            Invite::Silent(Side::Remote) | Invite::Described(Side::Remote) => return Some(Obstacle::InviteUnanswered),
            // The peer has our 2xx when it sends another INVITE (RFC 5407 section 3.1.4); we do
            // not know yet that it has.
            Invite::Unconfirmed if from == Side::Local => return Some(Obstacle::InviteUnanswered),
            Invite::Unconfirmed | Invite::Closed => {}
        }
        self.obstacle_to_offer(from)
    }

    /// RFC 6337 section 4.3: UAC-UU, UAC-IU; UAS-UcU, UAS-UsU, UAS-IcU, UAS-IsU.
    fn obstacle_to_update(&self, from: Side) -> Option<Obstacle> {
        self.obstacle_to_offer(from).or(match self.invite {
            // The offer that the INVITE did not make comes first (figures 5 and 12).
            Invite::Silent(Side::Local) => Some(Obstacle::InvitePending),
            Invite::Silent(Side::Remote) => Some(Obstacle::InviteUnanswered),
            // Figure 8: ours waits for the ACK, the peer's may have overtaken it.
            Invite::Unconfirmed if from == Side::Local => Some(Obstacle::Unacknowledged),
            Invite::Unconfirmed | Invite::Described(_) | Invite::Closed => None,
        })
    }

    fn obstacle_to_offer(&self, from: Side) -> Option<Obstacle> {
        match self.exchange {
            Exchange::Closed => None,
            Exchange::Open { by: Side::Remote, carrier: Carrier::Update } => Some(Obstacle::UpdateUnanswered),
            // RFC 3311 section 5.2 has 500 for whatever offer is unanswered, RFC 6337 (UAS-IcU)
            // 491 for one in a response to our INVITE: the former is a MUST.
            Exchange::Open { by: Side::Remote, .. } => Some(Obstacle::OfferUnanswered),
            Exchange::Open { by: Side::Local, carrier: Carrier::Reliable | Carrier::Success } => {
                Some(Obstacle::Unacknowledged)
            }
            Exchange::Open { by: Side::Local, .. } => Some(Obstacle::OfferPending),
            // It has its final response: the peer may go on, we may not.
            Exchange::Doubtful if from == Side::Remote => None,
            Exchange::Answered(by) | Exchange::Acknowledging(by) => match by {
                Side::Local => Some(Obstacle::PrackPending),
                Side::Remote => Some(Obstacle::Unacknowledged),
            },
            Exchange::Doubtful => Some(Obstacle::PrackPending),
        }
    }

    /// A 2xx of ours waits for the PRACK of a description (RFC 3262 section 3), and for our
    /// answer to an offer that came meanwhile.
    fn obstacle_to_success(&self) -> Option<Obstacle> {
        match self.exchange {
            Exchange::Answered(_)
            | Exchange::Acknowledging(_)
            | Exchange::Open { by: Side::Local, carrier: Carrier::Reliable } => Some(Obstacle::Unacknowledged),
            Exchange::Open { by: Side::Remote, carrier: Carrier::Prack } => Some(Obstacle::OfferUnanswered),
            Exchange::Open { by: Side::Remote, carrier: Carrier::Update } => Some(Obstacle::UpdateUnanswered),
            Exchange::Open { .. } | Exchange::Closed | Exchange::Doubtful => None,
        }
    }
}

/// A request that may carry an offer.
fn proposal(obstacle: Option<Obstacle>, described: bool) -> Meaning {
    match obstacle {
        Some(obstacle) => Meaning::Refused(obstacle),
        None if described => Meaning::Offer,
        None => Meaning::Nothing,
    }
}

/// A message that carries the answer where one is due, and nothing otherwise.
fn answer(due: bool, described: bool) -> Meaning {
    match (due, described) {
        (true, true) => Meaning::Answer,
        (true, false) => Meaning::Missing,
        (false, true) => Meaning::Ignored,
        (false, false) => Meaning::Nothing,
    }
}
