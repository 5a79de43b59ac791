//! A PRACK that has not left yet, and what it waits for.

use super::fail;
use super::outcome::Refused;
use crate::message::{Name, description_in};
use crate::negotiation::{Carrier, Negotiation};
use crate::protocol::{
    Answer, CallId, Cause, DescriptionKind, DialogNumber, Field, Refusal, RefusalCode, RequestNumber, RequestOptions,
    Token,
};
use crate::sdp;
use crate::time::Instant;
use crate::usage::Context;
use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

const SDP: &str = "application/sdp";

/// A PRACK, from the response that wants it to its last sending.
#[derive(Debug)]
pub(super) struct Prack {
    pub(super) rseq: u32,
    pub(super) invite_cseq: u32,
    pub(super) exchange: Exchange,
    /// The command that its final response settles.
    pub(super) command: Option<RequestNumber>,
    /// How many the response has had, this one included.
    pub(super) tries: u8,
}

/// One that has not left yet.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) prack: Prack,
    /// Content type and body.
    pub(super) body: Option<(String, String)>,
    /// The application's.
    pub(super) headers: Vec<Field>,
    /// The application has not sent it yet.
    held: bool,
    /// When it leaves as it is.
    due: Instant,
}

/// The part of a PRACK in the exchange of offer and answer.
///
/// ```text
///   Answering --description, rejection--> Answered
///   Open --offer wanted--> Offering --description--> Offered
///                             |                        |
///                             +-------- failure -------+--> Closed
/// ```
#[derive(Debug)]
pub(in crate::call) enum Exchange {
    /// None: there is no description in the response.
    Unrelated,
    /// None any more: offer and answer have been made.
    Closed,
    /// None so far: the response had the answer, and an offer may follow (RFC 6337 pattern 5).
    Open,
    /// It has to answer this offer; whom that was asked of, if anybody.
    Answering { offer: String, token: Option<Token> },
    /// Its body is the answer.
    Answered,
    /// The media layer works on our offer.
    Offering(Token),
    /// Its body is our offer.
    Offered,
}

/// What the application wants a PRACK to be.
#[derive(Debug)]
pub(in crate::call) struct Wish {
    pub(in crate::call) command: RequestNumber,
    pub(in crate::call) offer: bool,
    pub(in crate::call) options: RequestOptions,
}

impl Prack {
    /// Whether offer and answer wait for it, or for its response.
    pub(super) fn is_described(&self) -> bool {
        !matches!(self.exchange, Exchange::Unrelated)
    }

    /// Whether its body is our offer.
    pub(super) fn offers(&self) -> bool {
        matches!(self.exchange, Exchange::Offered)
    }
}

impl Waiting {
    pub(super) fn new(rseq: u32, invite_cseq: u32, exchange: Exchange, held: bool, due: Instant) -> Self {
        let prack = Prack { rseq, invite_cseq, exchange, command: None, tries: 1 };
        Self { prack, body: None, headers: Vec::new(), held, due }
    }

    /// One that was refused, once more.
    pub(super) fn again(refused: Refused) -> Self {
        let Refused { prack, body, headers, not_before, .. } = refused;
        let prack = Prack { tries: prack.tries + 1, ..prack };
        Self { prack, body, headers, held: false, due: not_before }
    }

    pub(super) fn is_held(&self, rseq: u32) -> bool {
        self.held && self.prack.rseq == rseq
    }

    pub(super) fn is_ready(&self) -> bool {
        !self.held && !matches!(self.prack.exchange, Exchange::Answering { .. } | Exchange::Offering(_))
    }

    /// Whether an answer is owed that is not there.
    pub(super) fn owes(&self) -> bool {
        matches!(self.prack.exchange, Exchange::Answering { .. })
    }

    pub(super) fn awaits(&self, token: Token) -> bool {
        self.question() == Some(token)
    }

    pub(super) fn is_overdue(&self, now: Instant) -> bool {
        self.deadline().is_some_and(|due| due <= now)
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        (!self.is_ready()).then_some(self.due)
    }

    /// The application has decided what it is to be.
    pub(super) fn command(
        &mut self,
        ctx: &mut Context,
        (call, dialog): (CallId, DialogNumber),
        negotiation: &Negotiation,
        wish: Wish,
    ) -> Result<(), Refusal> {
        let (body, headers) = wish.options.into_content();
        let described = body.as_ref().is_some_and(|body| is_description(body, &headers));
        self.check(negotiation, wish.offer, described, body.is_some())?;
        if wish.offer {
            self.prack.exchange = Exchange::Offering(ctx.describe(call, Some(dialog), DescriptionKind::Offer, None));
        } else if let Some(body) = body {
            if described {
                self.withdraw(ctx);
                self.prack.exchange = if self.answers() { Exchange::Answered } else { Exchange::Offered };
            }
            self.body = Some(body);
        }
        self.headers = headers;
        self.prack.command = Some(wish.command);
        self.held = false;
        Ok(())
    }

    /// The media layer has made its description; why not, if it owed an answer.
    pub(super) fn describe(&mut self, ctx: &mut Context, answer: Answer) -> Option<Cause> {
        match answer {
            Answer::Sdp(sdp) => {
                self.prack.exchange = if self.answers() { Exchange::Answered } else { Exchange::Offered };
                self.body = Some((SDP.to_owned(), sdp));
                None
            }
            Answer::Failed { cause, .. } => {
                let owed = self.owes();
                self.withdraw_offer(ctx, cause);
                owed.then_some(cause)
            }
        }
    }

    /// It waits for nobody any more: `cause` says why no offer of the application's goes along.
    pub(super) fn release(&mut self, ctx: &mut Context, cause: Cause) {
        self.held = false;
        self.withdraw(ctx);
        if let Exchange::Answering { offer, .. } = &self.prack.exchange {
            self.body = Some((SDP.to_owned(), sdp::rejection(offer)));
            self.prack.exchange = Exchange::Answered;
        } else {
            self.withdraw_offer(ctx, cause);
        }
    }

    /// Nobody waits for the media layer any more.
    pub(super) fn withdraw(&self, ctx: &mut Context) {
        if let Some(token) = self.question() {
            ctx.answered(token);
        }
    }

    /// It goes without the offer that the application wanted.
    pub(super) fn withdraw_offer(&mut self, ctx: &mut Context, cause: Cause) {
        if matches!(self.prack.exchange, Exchange::Offering(_) | Exchange::Offered) {
            self.prack.exchange = Exchange::Closed;
            self.body = None;
            fail(ctx, self.prack.command.take(), cause);
        }
    }

    fn check(&self, negotiation: &Negotiation, offer: bool, described: bool, body: bool) -> Result<(), Refusal> {
        let misplaced =
            Refusal::new(RefusalCode::OfferNotAllowed, "only the PRACK of the response with the answer may offer");
        let occupied = Refusal::new(RefusalCode::InvalidArgument, "the body of this PRACK is a session description");
        match self.prack.exchange {
            Exchange::Answering { .. } | Exchange::Answered if offer => Err(misplaced),
            Exchange::Answering { .. } | Exchange::Answered if body && !described => Err(occupied),
            Exchange::Answering { .. } | Exchange::Answered => Ok(()),
            Exchange::Open if offer && body => Err(occupied),
            Exchange::Open if negotiation.may_send(Carrier::Prack, true).is_ok() => Ok(()),
            Exchange::Unrelated | Exchange::Closed | Exchange::Open | Exchange::Offering(_) | Exchange::Offered => {
                if offer || described {
                    Err(misplaced)
                } else {
                    Ok(())
                }
            }
        }
    }

    fn answers(&self) -> bool {
        matches!(self.prack.exchange, Exchange::Answering { .. } | Exchange::Answered)
    }

    fn question(&self) -> Option<Token> {
        match self.prack.exchange {
            Exchange::Answering { token, .. } => token,
            Exchange::Offering(token) => Some(token),
            Exchange::Unrelated | Exchange::Closed | Exchange::Open | Exchange::Answered | Exchange::Offered => None,
        }
    }
}

/// Whether a body with these header fields is, or has in it, a session description.
fn is_description((content_type, body): &(String, String), headers: &[Field]) -> bool {
    let field = |name: Name| headers.iter().find(|field| Name::from_bytes(field.0.as_bytes()) == name);
    let header = |name: Name| match field(name) {
        Some(Field(_, value)) => Some(value.as_str()),
        None => (name == Name::ContentType).then_some(content_type.as_str()),
    };
    description_in(&header, body.as_bytes()).is_some()
}
