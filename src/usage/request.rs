//! A request of ours, from its first sending to its final response, across challenges.

use super::context::Owner;
use crate::auth::{Attempts, Auth, Verdict};
use crate::dialog::Draft;
use crate::flow::Place;
use crate::message::{Message, Name};
use crate::protocol::Token;
use crate::transaction::ClientId;
use alloc::string::String;
use alloc::vec::Vec;

/// A request that is on its way.
#[derive(Debug)]
pub struct Request {
    /// What it says.
    pub draft: Draft,
    /// Its present transaction.
    pub id: ClientId,
    /// The branch of that.
    pub branch: String,
    /// Whose it is.
    pub owner: Owner,
    /// The server that it was sent to; none when there was no connection.
    pub server: Option<Place>,
    /// The credentials of an INVITE, which its ACK repeats (RFC 3261 section 22.1).
    pub credentials: Vec<(Name, String)>,
    /// The question to the application whose answer it waits for.
    pub asked: Option<Token>,
    pub(super) attempts: Attempts,
}

/// What a 401 or 407 leads to.
#[derive(Debug, PartialEq, Eq)]
pub enum Challenge {
    /// Credentials are known: send the request again.
    Retry,
    /// The application has been asked; its answer carries this token.
    Asked(Token),
    /// The challenge is final.
    Failed,
}

/// What the ledger and the keyring say to it.
pub(super) enum Judgement {
    Retry,
    Ask { realm: String, algorithm: &'static str },
    Failed,
}

impl Request {
    pub(super) fn challenged(&mut self, auth: &mut Auth, response: &Message) -> Judgement {
        match auth.challenge(response, &mut self.attempts) {
            Verdict::Retry => Judgement::Retry,
            Verdict::Ask(question) => Judgement::Ask { realm: question.realm, algorithm: question.algorithm.as_str() },
            Verdict::GiveUp(_) => Judgement::Failed,
        }
    }
}
