//! The requests of the usages: their transactions, credentials and challenges, and what is
//! sent again (RFC 3261 sections 8.1, 9.1, 13.2.2.4 and 22).

use super::context::{Context, Owner, Sent};
use super::request::{Challenge, Judgement, Request};
use crate::auth::{Attempts, Confirmation, Credentials, Outgoing};
use crate::dialog::{Draft, Parties};
use crate::flow::FlowId;
use crate::message::{CSeq, Message, Method, Name};
use crate::protocol::{Event, Field, Severity, Token};
use crate::transaction::ClientId;
use alloc::borrow::{Cow, ToOwned};
use alloc::string::String;
use alloc::vec::Vec;

impl Context {
    /// Begins a request outside any dialog: a fresh Call-ID and From tag, `CSeq` 1.
    pub fn draft(&mut self, method: impl Into<Cow<'static, str>>, uri: &str, to: &str) -> Draft {
        let (tag, call_id) = (self.random.token(12), self.random.token(20));
        Draft {
            method: method.into(),
            uri: uri.into(),
            route: self.identity.service_route.clone(),
            parties: Parties::new(&[&self.identity.from], &tag, &[to], "", &call_id),
            cseq: 1,
            fields: Vec::new(),
            extra: Vec::new(),
            body: None,
        }
    }

    /// Sends a request in a transaction of its own.
    pub fn send(&mut self, draft: Draft, owner: Owner) -> Request {
        // A PRACK that fails is no great loss: its response comes again, and has another.
        let mut attempts = if draft.method == "PRACK" { Attempts::strict() } else { Attempts::new() };
        let branch = self.branch();
        let credentials = self.authorize(&draft, &mut attempts);
        let id = self.transact(&draft, &branch, &credentials, owner);
        let credentials = if draft.method == "INVITE" { credentials } else { Vec::new() };
        Request { draft, id, branch, owner, server: self.server(), credentials, asked: None, attempts }
    }

    /// Sends a request again under the number `cseq`, with the credentials that are known by now.
    pub fn resend(&mut self, request: &mut Request, cseq: u32) {
        request.draft.cseq = cseq;
        request.asked = None;
        request.branch = self.branch();
        let credentials = self.authorize(&request.draft, &mut request.attempts);
        self.owner_of_client(request.id, true);
        request.id = self.transact(&request.draft, &request.branch, &credentials, request.owner);
        request.server = self.server();
        if request.draft.method == "INVITE" {
            request.credentials = credentials;
        }
    }

    /// Sends the CANCEL of an INVITE: same branch, same number (RFC 3261 section 9.1).
    pub fn cancel(&mut self, invite: &Request, extra: &[Field]) -> ClientId {
        let draft = Draft {
            method: "CANCEL".into(),
            fields: Vec::new(),
            extra: extra.to_owned(),
            body: None,
            ..invite.draft.clone()
        };
        self.transact(&draft, &invite.branch, &[], invite.owner)
    }

    /// Sends the same INVITE once more, in its transaction: a lost connection may have taken it
    /// along. A server that has it absorbs the double (RFC 3261 section 17.2.1).
    pub fn repeat_invite(&mut self, invite: &mut Request) {
        invite.server = self.server();
        let frame = self.frame(&invite.draft, &invite.branch, &invite.credentials);
        self.transmit(frame);
    }

    /// Sends the ACK of a 2xx, which has no transaction and the credentials of its INVITE
    /// (RFC 3261 section 13.2.2.4), and gives it back: it is repeated with every
    /// retransmission of the 2xx.
    pub fn acknowledge(&mut self, draft: &Draft, credentials: &[(Name, String)]) -> Vec<u8> {
        let branch = self.branch();
        let frame = self.frame(draft, &branch, credentials);
        self.transmit(frame.clone());
        frame
    }

    /// What to do about a 401 or 407: try again, wait for the application, or give up.
    pub fn challenge(&mut self, request: &mut Request, response: &Message) -> Challenge {
        match request.challenged(&mut self.auth, response) {
            Judgement::Retry => Challenge::Retry,
            Judgement::Failed => Challenge::Failed,
            Judgement::Ask { realm, algorithm } => {
                let token = self.question(request.owner, Some(realm.clone()));
                request.asked = Some(token);
                let status = response.status().unwrap_or_default();
                self.emit(Event::Challenge { token, realm, algorithm: algorithm.to_owned(), status });
                Challenge::Asked(token)
            }
        }
    }

    /// Takes what the first final response says of the server's own credentials and of the next
    /// nonce (RFC 7616 section 3.5). A retransmission would bring a nonce back that was used since.
    pub fn confirm(&mut self, id: ClientId, response: &Message) {
        let Some(uri) = self.clients.get_mut(id).and_then(|sent| sent.uri.take()) else { return };
        if self.auth.confirm(response, &uri) == Confirmation::Mismatch {
            self.diagnose(None, Severity::Warning, "server-unproven");
        }
    }

    /// Takes the application's credentials for a question; whether they can be used.
    pub fn supply(&mut self, token: Token, credentials: Option<Credentials>) -> bool {
        let realm = self.questions.get_mut(token).and_then(|question| question.realm.take());
        let (Some(realm), Some(credentials)) = (realm, credentials) else { return false };
        self.auth.supply(&realm, credentials)
    }

    /// Forgets a transaction whose outcome no longer matters.
    pub fn abandon(&mut self, id: ClientId) {
        self.owner_of_client(id, true);
        self.transactions.abandon(id);
    }

    fn branch(&mut self) -> String {
        let mut branch = String::with_capacity(24);
        branch.push_str("z9hG4bK");
        self.random.append_token(&mut branch, 16);
        branch
    }

    fn authorize(&mut self, draft: &Draft, attempts: &mut Attempts) -> Vec<(Name, String)> {
        let request =
            Outgoing { method: &draft.method, uri: &draft.uri, call_id: draft.parties.call_id(), body: draft.octets() };
        self.auth.authorize(&request, attempts, &mut self.random)
    }

    /// The value of Via, in parts.
    fn via<'a>(&'a self, branch: &'a str) -> [&'a str; 4] {
        let transport = if self.secure { "SIP/2.0/WSS " } else { "SIP/2.0/WS " };
        [transport, &self.identity.sent_by, ";branch=", branch]
    }

    fn frame(&self, draft: &Draft, branch: &str, credentials: &[(Name, String)]) -> Vec<u8> {
        let mut writer = draft.write(&self.via(branch));
        for (name, value) in credentials {
            writer.field(*name, value);
        }
        writer.field(Name::UserAgent, &self.identity.software);
        draft.finish(writer)
    }

    fn transact(&mut self, draft: &Draft, branch: &str, credentials: &[(Name, String)], owner: Owner) -> ClientId {
        let flow = self.link.unwrap_or(FlowId(0));
        let method = Method::new(&draft.method);
        let ack = (method == Method::Invite).then(|| draft.write_ack(&self.via(branch)));
        let id = match ack {
            Some(ack) => self.transactions.invite_with(self.now, flow, branch, draft.cseq, ack),
            None => self.transactions.request(self.now, flow, branch, CSeq { number: draft.cseq, method }),
        };
        let uri = (!credentials.is_empty()).then(|| draft.uri.clone());
        self.clients.insert(id, Sent { owner, uri });
        self.transmit(self.frame(draft, branch, credentials));
        id
    }
}
