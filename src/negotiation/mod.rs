//! Offer and answer (RFC 3264) within one dialog, across INVITE, its responses, PRACK,
//! UPDATE and ACK (RFC 3262 section 5, RFC 3311 section 5, RFC 6337, RFC 6141 section 3).
//!
//! One explicit machine for both sides of a dialog: it says what a message means that comes
//! with or without a session description, whether one of ours may go now, and what is in the
//! way of it. It knows neither SDP nor messages.
//!
//! `rules` is the table of RFC 6337: what each message means in each state. Here are the
//! states, and what leads from one to the next.

#[cfg(test)]
mod crossing;
mod rules;
#[cfg(test)]
mod tests;

/// One of the two sides of a dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// We.
    Local,
    /// The peer.
    Remote,
}

/// The message that carries a session description, or could.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// An INVITE or re-INVITE.
    Invite,
    /// An unreliable provisional response to it.
    Unreliable,
    /// A reliable provisional response to it.
    Reliable,
    /// Its 2xx.
    Success,
    /// The ACK of its 2xx.
    Ack,
    /// A PRACK.
    Prack,
    /// The 2xx to a PRACK.
    PrackSuccess,
    /// An UPDATE.
    Update,
    /// The 2xx to an UPDATE.
    UpdateSuccess,
}

/// What a message means for offer and answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Nothing: it carries no description, and owes none.
    Nothing,
    /// A foretaste of the answer: may be rendered, settles nothing.
    Preview,
    /// The answer to the other side's offer.
    Answer,
    /// An offer that the other side has to answer.
    Offer,
    /// It carries no description, and owed one: the offer or the answer.
    Missing,
    /// Its description is neither: it does not count (RFC 3261 section 13.2.1, RFC 6337 section 3.1.1).
    Ignored,
    /// The request must not be taken now.
    Refused(Obstacle),
}

/// What is in the way of a request.
///
/// The rules of RFC 6337 section 4.3 name it by the transaction that is under way (I: INVITE,
/// U: UPDATE), by whether we are its client (c) or server (s), and by what comes: `UAS-IcU`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// We have made an offer that has no answer: 491 (RFC 3311 section 5.2; UAS-IcU, UAS-UcU, UAS-UcI).
    OfferPending,
    /// Our INVITE is under way: 491 (RFC 3261 section 14.2; UAS-IcI, UAS-IcU).
    InvitePending,
    /// Our PRACK of the response that carried offer or answer has no 2xx: 491 (UAS-IcU).
    PrackPending,
    /// We have not answered the peer's earlier UPDATE: 500 (RFC 3311 section 5.2; UAS-UsU, UAS-UsI).
    UpdateUnanswered,
    /// We have not answered the peer's offer: 500 (RFC 3311 section 5.2).
    OfferUnanswered,
    /// The peer's INVITE is under way: 500 (RFC 3261 section 14.2; UAS-IsI, UAS-IsU).
    InviteUnanswered,
    /// Our description in a response to the INVITE has no PRACK or ACK: 500 (UAS-IsU, UAS-IsI).
    Unacknowledged,
    /// There is no place for a description in this message, or none for a message without: 488
    /// (RFC 6337 section 2.2, patterns 1 to 5).
    Misplaced,
}

impl Obstacle {
    /// The status of the response that says so; a 500 goes with a Retry-After of 0 to 10 s.
    pub const fn status(self) -> u16 {
        match self {
            Self::OfferPending | Self::InvitePending | Self::PrackPending => 491,
            Self::UpdateUnanswered | Self::OfferUnanswered | Self::InviteUnanswered | Self::Unacknowledged => 500,
            Self::Misplaced => 488,
        }
    }
}

/// The state of offer and answer in one dialog.
///
/// ```text
///   the exchange:
///                        answer in a 2xx or ACK
///        +-------------------------------------------------------+
///        v                                                       |
///     Closed ------------------ offer -----------------> Open { by, carrier }
///        ^                                                 |  |      ^
///        |                            answer in a 1xx-rel  |  |      | offer in its
///        |                                                 v  |      | PRACK (pattern 5)
///        |                                          Answered -|------+
///        |                                 PRACK without one| | answer in the PRACK
///        |                                                 v  v      of a 1xx-rel
///        +-------------- 2xx to the PRACK ---------- Acknowledging
///
///   the INVITE under way:
///     Closed -- INVITE without offer --> Silent -- offer in its first 1xx-rel or 2xx --+
///        |                                                                             v
///        +------------------ INVITE with offer ------------------------------------> Described
///        ^                                                                             |
///        +---- ACK ---- Unconfirmed <---- 2xx of ours ---------------------------------+
///        +------------- 2xx of the peer's, failure, or the ACK that carries the answer +
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Negotiation {
    exchange: Exchange,
    invite: Invite,
    /// A session has been agreed: what fails from now on leaves that one in force.
    agreed: bool,
}

/// At most one is under way in a dialog (RFC 3264 section 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exchange {
    /// None is open.
    Closed,
    /// The offer of `by` waits for its answer.
    Open { by: Side, carrier: Carrier },
    /// The answer was in a reliable response; the PRACK, which this side has to send, may
    /// offer anew.
    Answered(Side),
    /// Complete, but for the 2xx to this side's PRACK.
    Acknowledging(Side),
    /// The same, and our PRACK was refused: it may be sent again.
    Doubtful,
}

/// The INVITE under way, and who sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Invite {
    Closed,
    /// No offer yet: the first reliable response carries it.
    Silent(Side),
    /// It carried the offer, or a response did: there is no second one in its responses.
    Described(Side),
    /// Our 2xx has no ACK yet.
    Unconfirmed,
}

impl Negotiation {
    /// A dialog of our initial INVITE, which carries an offer or not.
    pub const fn inviting(described: bool) -> Self {
        Self::initial(Side::Local, described)
    }

    /// The dialog of the peer's initial INVITE, which carries an offer or not.
    pub const fn invited(described: bool) -> Self {
        Self::initial(Side::Remote, described)
    }

    const fn initial(by: Side, described: bool) -> Self {
        let (exchange, invite) = if described {
            (Exchange::Open { by, carrier: Carrier::Invite }, Invite::Described(by))
        } else {
            (Exchange::Closed, Invite::Silent(by))
        };
        Self { exchange, invite, agreed: false }
    }

    /// Takes a message of the peer, with or without a description, and says what it means.
    /// Only a request can be refused, and changes nothing then.
    pub fn receive(&mut self, carrier: Carrier, described: bool) -> Meaning {
        let meaning = self.meaning(Side::Remote, carrier, described);
        self.pass(Side::Remote, carrier, meaning);
        meaning
    }

    /// Notes that a message of ours leaves, with or without a description.
    ///
    /// # Errors
    /// It must not: what is in the way. Nothing has changed then.
    pub fn send(&mut self, carrier: Carrier, described: bool) -> Result<(), Obstacle> {
        let meaning = self.meaning(Side::Local, carrier, described);
        match meaning {
            Meaning::Refused(obstacle) => return Err(obstacle),
            Meaning::Missing | Meaning::Ignored => return Err(Obstacle::Misplaced),
            Meaning::Nothing | Meaning::Preview | Meaning::Answer | Meaning::Offer => {}
        }
        self.pass(Side::Local, carrier, meaning);
        Ok(())
    }

    /// Whether a message of ours may leave now, with or without a description.
    ///
    /// # Errors
    /// What is in the way.
    pub fn may_send(mut self, carrier: Carrier, described: bool) -> Result<(), Obstacle> {
        self.send(carrier, described)
    }

    /// Our request was refused, or never answered: what it offered has come to nothing.
    pub fn failed(&mut self, request: Carrier) {
        self.abandon(Side::Local, request);
    }

    /// We refuse a request of the peer's: what it offered has come to nothing.
    pub fn refuse(&mut self, request: Carrier) {
        self.abandon(Side::Remote, request);
    }

    /// Whether a response to the INVITE under way has a description to carry: our answer, or
    /// the offer that the INVITE did not make.
    pub fn owes_description(&self) -> bool {
        self.owes_answer() || self.owes_offer()
    }

    /// Whether the offer of the peer's INVITE waits for our answer.
    pub fn owes_answer(&self) -> bool {
        self.exchange == Exchange::Open { by: Side::Remote, carrier: Carrier::Invite }
    }

    /// Whether the peer's INVITE came without an offer, and we have made none: the first
    /// reliable response has to (RFC 3261 section 13.2.1).
    pub fn owes_offer(&self) -> bool {
        self.invite == Invite::Silent(Side::Remote)
    }

    /// Whether a session has been agreed.
    pub fn is_agreed(&self) -> bool {
        self.agreed
    }

    /// Whether the re-INVITE under way has changed the session already, by its provisional
    /// responses: its failure does not undo that by itself (RFC 6141 sections 3.3 and 3.4).
    pub fn is_changed_by_invite(&self) -> bool {
        let unanswered = matches!(self.exchange, Exchange::Open { carrier: Carrier::Invite | Carrier::Reliable, .. });
        matches!(self.invite, Invite::Described(_)) && !unanswered
    }

    // What follows.

    fn pass(&mut self, from: Side, carrier: Carrier, meaning: Meaning) {
        match meaning {
            Meaning::Refused(_) => return,
            Meaning::Offer => self.exchange = Exchange::Open { by: from, carrier },
            Meaning::Answer => self.settle(carrier),
            Meaning::Missing => self.exchange = Exchange::Closed,
            Meaning::Ignored => self.repeat(carrier),
            Meaning::Nothing => self.acknowledge(from, carrier),
            Meaning::Preview => {}
        }
        self.pass_invite(from, carrier, meaning);
    }

    fn settle(&mut self, carrier: Carrier) {
        self.agreed = true;
        self.exchange = match (carrier, self.invite) {
            (Carrier::Reliable, Invite::Described(by)) => Exchange::Answered(by),
            (Carrier::Prack, Invite::Described(by)) => Exchange::Acknowledging(by),
            // Once the INVITE has its 2xx, nothing waits for a PRACK any more (UAC-IU).
            _ => Exchange::Closed,
        };
    }

    /// The PRACK of a description that does not count is waited for all the same.
    fn repeat(&mut self, carrier: Carrier) {
        if let (Carrier::Reliable, Exchange::Closed, Invite::Described(by)) = (carrier, self.exchange, self.invite) {
            self.exchange = Exchange::Acknowledging(by);
        }
    }

    fn acknowledge(&mut self, from: Side, carrier: Carrier) {
        if carrier == Carrier::Prack && self.exchange == Exchange::Answered(from) {
            self.exchange = Exchange::Acknowledging(from);
        }
    }

    fn pass_invite(&mut self, from: Side, carrier: Carrier, meaning: Meaning) {
        match carrier {
            Carrier::Invite if meaning == Meaning::Offer => self.invite = Invite::Described(from),
            Carrier::Invite => self.invite = Invite::Silent(from),
            Carrier::Reliable => self.describe_invite(meaning),
            Carrier::Success => {
                self.acknowledged();
                self.invite = match (from, meaning) {
                    (Side::Local, _) => Invite::Unconfirmed,
                    (Side::Remote, Meaning::Offer) => Invite::Described(Side::Local),
                    (Side::Remote, _) => Invite::Closed,
                };
            }
            Carrier::Ack if self.invite == Invite::Unconfirmed || meaning == Meaning::Answer => {
                self.invite = Invite::Closed;
            }
            Carrier::PrackSuccess => self.acknowledged(),
            Carrier::Ack | Carrier::Unreliable | Carrier::Prack | Carrier::Update | Carrier::UpdateSuccess => {}
        }
    }

    fn describe_invite(&mut self, meaning: Meaning) {
        if let (Meaning::Offer, Invite::Silent(by)) = (meaning, self.invite) {
            self.invite = Invite::Described(by);
        }
    }

    fn acknowledged(&mut self) {
        if matches!(self.exchange, Exchange::Answered(_) | Exchange::Acknowledging(_) | Exchange::Doubtful) {
            self.exchange = Exchange::Closed;
        }
    }

    fn abandon(&mut self, by: Side, request: Carrier) {
        match (request, self.exchange) {
            (Carrier::Invite, exchange) => {
                // An UPDATE within it has an outcome of its own.
                if !matches!(exchange, Exchange::Open { carrier: Carrier::Update, .. }) {
                    self.exchange = Exchange::Closed;
                }
                self.invite = Invite::Closed;
            }
            (Carrier::Update, Exchange::Open { by: offerer, carrier: Carrier::Update }) if offerer == by => {
                self.exchange = Exchange::Closed;
            }
            // RFC 6337 section 2.3: it is to be sent again, without the offer; to us, who have
            // refused that, it has acknowledged the response all the same.
            (Carrier::Prack, Exchange::Open { by: offerer, carrier: Carrier::Prack }) if offerer == by => {
                self.exchange = if by == Side::Local { Exchange::Acknowledging(by) } else { Exchange::Closed };
            }
            (Carrier::Prack, Exchange::Answered(Side::Local) | Exchange::Acknowledging(Side::Local))
                if by == Side::Local =>
            {
                self.exchange = Exchange::Doubtful;
            }
            _ => {}
        }
    }
}
