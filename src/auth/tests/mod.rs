//! The rules of the client against written challenges, and both halves against each other.
//! That the numbers themselves are right is shown by the vectors in `tests/digest.rs`.

use super::super::digest::{Digest, Qop, ha1, session_ha1};
use super::super::verify::{Demand, Presented};
use super::*;
use crate::message::{Name, Writer};
use alloc::format;
use alloc::string::ToString;

mod choice;
mod confirm;
mod form;
mod reach;
mod tries;

const NAME: &str = "alice";
const PASSWORD: &str = "secret";

/// A user agent and the requests that it sends.
struct Client {
    auth: Auth,
    random: Random,
}

/// One request: its ledger, and what was written last.
struct Request {
    method: &'static str,
    call_id: String,
    body: &'static [u8],
    attempts: Attempts,
    authorization: Vec<String>,
    proxy_authorization: Vec<String>,
}

impl Client {
    fn new(credentials: Vec<Credentials>) -> Self {
        Self { auth: Auth::new("example.com", credentials, false), random: Random::new([5; 32]) }
    }

    fn alice() -> Self {
        Self::new(alloc::vec![Credentials::password(NAME, PASSWORD)])
    }

    fn asking() -> Self {
        Self { auth: Auth::new("example.com", Vec::new(), true), random: Random::new([6; 32]) }
    }

    /// Sends a new request.
    fn send(&mut self, method: &'static str, call_id: &str) -> Request {
        self.send_body(method, call_id, b"")
    }

    fn send_body(&mut self, method: &'static str, call_id: &str, body: &'static [u8]) -> Request {
        let mut request = Request {
            method,
            call_id: call_id.to_string(),
            body,
            attempts: Attempts::new(),
            authorization: Vec::new(),
            proxy_authorization: Vec::new(),
        };
        self.resend(&mut request);
        request
    }

    fn resend(&mut self, request: &mut Request) {
        let mut out = Writer::request(request.method, "sip:bob@example.com");
        let Request { method, call_id, body, .. } = request;
        let outgoing = Outgoing { method, uri: "sip:bob@example.com", call_id, body };
        for (name, value) in self.auth.authorize(&outgoing, &mut request.attempts, &mut self.random) {
            out.field(name, &value);
        }
        let message = Message::parse(&complete(&mut out, method, call_id)).expect("what we write");
        let fields = |name| message.fields(name).map(ToString::to_string).collect();
        request.authorization = fields(Name::Authorization);
        request.proxy_authorization = fields(Name::ProxyAuthorization);
    }

    /// The request is challenged by these fields, and sent again if the verdict says so.
    fn challenge(&mut self, request: &mut Request, fields: &str) -> Verdict {
        let response = response(401, request.method, &request.call_id, fields, "");
        let verdict = self.auth.challenge(&response, &mut request.attempts);
        if verdict == Verdict::Retry {
            self.resend(request);
        }
        verdict
    }

    fn confirm(&mut self, request: &Request, fields: &str, body: &str) -> Confirmation {
        let response = response(200, request.method, &request.call_id, fields, body);
        self.auth.confirm(&response, "sip:bob@example.com")
    }
}

impl Request {
    fn presented(&self) -> Presented<'_> {
        let [value] = self.authorization.as_slice() else { panic!("one Authorization: {:?}", self.authorization) };
        Presented::parse(value).unwrap_or_else(|| panic!("credentials: {value}"))
    }

    fn proxy_presented(&self) -> Presented<'_> {
        let [value] = self.proxy_authorization.as_slice() else { panic!("one: {:?}", self.proxy_authorization) };
        Presented::parse(value).unwrap_or_else(|| panic!("credentials: {value}"))
    }

    fn is_bare(&self) -> bool {
        self.authorization.is_empty() && self.proxy_authorization.is_empty()
    }
}

fn complete(out: &mut Writer, method: &str, call_id: &str) -> Vec<u8> {
    out.field_named("Via", "SIP/2.0/WS a.invalid;branch=z9hG4bK1");
    out.field_named("From", "<sip:alice@example.com>;tag=1").field_named("To", "<sip:bob@example.com>");
    out.field_named("Call-ID", call_id).field_named("CSeq", &format!("1 {method}")).finish()
}

fn response(status: u16, method: &str, call_id: &str, fields: &str, body: &str) -> Message {
    let text = format!(
        "SIP/2.0 {status} Text\r\nVia: SIP/2.0/WS a.invalid;branch=z9hG4bK1\r\nFrom: <sip:alice@example.com>;tag=1\r\n\
         To: <sip:bob@example.com>;tag=2\r\nCall-ID: {call_id}\r\nCSeq: 1 {method}\r\n{fields}\r\n\r\n{body}"
    );
    Message::parse(text.as_bytes()).expect("a written response")
}

fn www(parameters: &str) -> String {
    format!("WWW-Authenticate: Digest {parameters}")
}

fn proxy(parameters: &str) -> String {
    format!("Proxy-Authenticate: Digest {parameters}")
}

const ALL: [Algorithm; 6] = [
    Algorithm::Md5,
    Algorithm::Md5Sess,
    Algorithm::Sha256,
    Algorithm::Sha256Sess,
    Algorithm::Sha512_256,
    Algorithm::Sha512_256Sess,
];
