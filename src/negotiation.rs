//! Offer and answer (RFC 3264) within one dialog, across INVITE, its responses, PRACK,
//! UPDATE and ACK (RFC 3262 section 5, RFC 3311, RFC 6337).
//!
//! One explicit machine: it says what a session description in a given message means, and
//! whether an offer may be sent. It knows neither SDP nor messages.

/// The message that carries a session description.
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

/// What a received session description means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// A foretaste of the answer: may be rendered, settles nothing.
    Preview,
    /// The answer to our offer.
    Answer,
    /// An offer that we have to answer.
    Offer,
    /// Neither: it does not count (RFC 3261 section 13.2.1, RFC 6337 section 3.1.1).
    Ignored,
}

/// The state of offer and answer in one dialog.
///
/// ```text
///            offer out                    offer in
///   Idle ---------------> Offered    Idle ----------> Owing
///                          | answer in                 | answer out
///                          v                           v
///                        Stable  <-------------------- Stable
///          Stable -- offer out --> Offered -- roll back --> Stable (or Idle, when nothing was agreed yet)
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Negotiation {
    state: State,
    agreed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Idle,
    Offered(Carrier),
    Owing(Carrier),
    Stable,
}

impl Negotiation {
    /// Nothing has been offered.
    pub const fn new() -> Self {
        Self { state: State::Idle, agreed: false }
    }

    /// A dialog whose INVITE carried our offer.
    pub const fn offered() -> Self {
        Self { state: State::Offered(Carrier::Invite), agreed: false }
    }

    /// A dialog whose INVITE carried the peer's offer.
    pub const fn owing() -> Self {
        Self { state: State::Owing(Carrier::Invite), agreed: false }
    }

    /// Takes a received description and says what it means.
    pub fn receive(&mut self, carrier: Carrier) -> Meaning {
        let meaning = self.meaning(carrier);
        match meaning {
            Meaning::Answer => self.settle(),
            Meaning::Offer => self.state = State::Owing(carrier),
            Meaning::Preview | Meaning::Ignored => {}
        }
        meaning
    }

    /// Notes our offer in `carrier`; refused while another exchange is open.
    pub fn offer(&mut self, carrier: Carrier) -> bool {
        let free = matches!(self.state, State::Idle | State::Stable);
        if free {
            self.state = State::Offered(carrier);
        }
        free
    }

    /// Notes that the answer that we owed has been sent.
    pub fn answer(&mut self) {
        if matches!(self.state, State::Owing(_)) {
            self.settle();
        }
    }

    /// The open offer, of either side, came to nothing.
    pub fn roll_back(&mut self) {
        if matches!(self.state, State::Offered(_) | State::Owing(_)) {
            self.state = if self.agreed { State::Stable } else { State::Idle };
        }
    }

    /// Whether nothing has been offered yet, by neither side.
    pub fn is_idle(&self) -> bool {
        self.state == State::Idle
    }

    /// Whether our offer waits for an answer.
    pub fn is_offered(&self) -> bool {
        matches!(self.state, State::Offered(_))
    }

    /// Whether we owe an answer.
    pub fn is_owing(&self) -> bool {
        matches!(self.state, State::Owing(_))
    }

    /// Whether offer and answer have been exchanged and none is open.
    pub fn is_stable(&self) -> bool {
        self.state == State::Stable
    }

    /// Whether a session has been agreed at least once.
    pub fn is_agreed(&self) -> bool {
        self.agreed
    }

    fn settle(&mut self) {
        self.state = State::Stable;
        self.agreed = true;
    }

    fn meaning(&self, carrier: Carrier) -> Meaning {
        match (self.state, carrier) {
            (State::Offered(Carrier::Invite), Carrier::Unreliable) => Meaning::Preview,
            (State::Offered(offer), answer) if answers(offer, answer) => Meaning::Answer,
            (State::Idle, Carrier::Reliable | Carrier::Success | Carrier::Invite) => Meaning::Offer,
            (State::Stable, Carrier::Invite | Carrier::Prack | Carrier::Update) => Meaning::Offer,
            _ => Meaning::Ignored,
        }
    }
}

impl Default for Negotiation {
    fn default() -> Self {
        Self::new()
    }
}

/// Whether a description in `answer` answers an offer in `offer` (RFC 6337 table 1).
fn answers(offer: Carrier, answer: Carrier) -> bool {
    matches!(
        (offer, answer),
        (Carrier::Invite, Carrier::Reliable | Carrier::Success)
            | (Carrier::Reliable, Carrier::Prack)
            | (Carrier::Success, Carrier::Ack)
            | (Carrier::Prack, Carrier::PrackSuccess)
            | (Carrier::Update, Carrier::UpdateSuccess)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    // The six patterns of RFC 6337 section 2.2, as the offerer sees them.
    #[test]
    fn the_six_patterns() {
        for (offer, answer) in [
            (Carrier::Invite, Carrier::Success),
            (Carrier::Success, Carrier::Ack),
            (Carrier::Invite, Carrier::Reliable),
            (Carrier::Reliable, Carrier::Prack),
            (Carrier::Prack, Carrier::PrackSuccess),
            (Carrier::Update, Carrier::UpdateSuccess),
        ] {
            let mut negotiation = Negotiation::new();
            assert!(negotiation.offer(offer));
            assert_eq!(negotiation.receive(answer), Meaning::Answer);
            assert!(negotiation.is_stable());
        }
    }

    #[test]
    fn a_preview_settles_nothing_and_the_answer_comes_once() {
        let mut negotiation = Negotiation::offered();
        assert_eq!(negotiation.receive(Carrier::Unreliable), Meaning::Preview);
        assert_eq!(negotiation.receive(Carrier::Reliable), Meaning::Answer);
        assert_eq!(negotiation.receive(Carrier::Unreliable), Meaning::Ignored);
        assert_eq!(negotiation.receive(Carrier::Success), Meaning::Ignored);
    }

    #[test]
    fn without_an_offer_only_a_reliable_response_offers() {
        let mut negotiation = Negotiation::new();
        assert_eq!(negotiation.receive(Carrier::Unreliable), Meaning::Ignored);
        assert_eq!(negotiation.receive(Carrier::Reliable), Meaning::Offer);
        assert_eq!(negotiation.receive(Carrier::Success), Meaning::Ignored);
        negotiation.answer();
        assert!(negotiation.is_stable());
    }

    #[test]
    fn an_open_exchange_admits_no_second_offer() {
        let mut negotiation = Negotiation::offered();
        assert!(!negotiation.offer(Carrier::Update));
        assert_eq!(negotiation.receive(Carrier::Update), Meaning::Ignored);
        let mut negotiation = Negotiation::owing();
        assert!(!negotiation.offer(Carrier::Update));
    }

    #[test]
    fn rolling_back_returns_to_what_was_agreed() {
        let mut negotiation = Negotiation::owing();
        negotiation.answer();
        assert!(negotiation.offer(Carrier::Update));
        negotiation.roll_back();
        assert!(negotiation.is_stable());
        let mut fresh = Negotiation::offered();
        fresh.roll_back();
        assert!(!fresh.is_stable() && !fresh.is_agreed());
    }
}
