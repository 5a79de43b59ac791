//! A server on a virtual clock, and phones that are written frames.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::collections::{BTreeMap, VecDeque};

use prackle::auth::{Algorithm, Credentials};
use prackle::message::{Message, Name};
use prackle::time::{Duration, Instant};
use prackle::transaction::FlowId;
use prackle_server::media::{Heard, Order};
use prackle_server::registrar::Registrar;
use prackle_server::sip::{Config, Input, Output, Place, Sip};
use prackle_server::users::demo_users;

pub const OFFER: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\n";
pub const ANSWER: &str = "v=0\r\no=- 2 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\n";

/// The server with its clock; what it sent waits by connection.
pub struct Bench {
    pub sip: Sip,
    pub now: Instant,
    pub orders: Vec<Order>,
    inbox: BTreeMap<u32, VecDeque<Message>>,
    serial: u32,
}

/// What a test may change about the server.
pub fn config() -> Config {
    Config {
        place: Place {
            domain: "example.test".to_owned(),
            hosts: vec!["127.0.0.1".to_owned()],
            port: 8080,
            early: None,
            challenge_prack: false,
        },
        users: demo_users(),
        algorithms: vec![Algorithm::Sha256, Algorithm::Md5],
        nonce_lifetime: Duration::from_secs(300),
        registrar: Registrar { min_expires: 60, unix_origin: 784_111_777 },
    }
}

impl Bench {
    pub fn new() -> Self {
        Self::with(config())
    }

    pub fn with(config: Config) -> Self {
        let now = Instant::from_millis(1_000_000);
        Self { sip: Sip::new(config, [7; 32]), now, orders: Vec::new(), inbox: BTreeMap::new(), serial: 0 }
    }

    pub fn open(&mut self, flow: u32) {
        self.handle(Input::Opened { flow: FlowId(flow) });
    }

    pub fn close(&mut self, flow: u32) {
        self.handle(Input::Closed { flow: FlowId(flow) });
    }

    pub fn send(&mut self, flow: u32, frame: &str) {
        self.handle(Input::Frame { flow: FlowId(flow), octets: frame.as_bytes() });
    }

    /// Lets time pass, stopping at every deadline on the way.
    pub fn advance(&mut self, millis: u64) {
        let until = self.now + Duration::from_millis(millis);
        while let Some(deadline) = self.sip.deadline().filter(|deadline| *deadline <= until) {
            self.now = self.now.max(deadline);
            self.handle(Input::Deadline);
        }
        self.now = until;
    }

    /// The next message sent on `flow`.
    pub fn take(&mut self, flow: u32) -> Message {
        self.next(flow).unwrap_or_else(|| panic!("nothing was sent on flow {flow}"))
    }

    /// The same, if there is one.
    pub fn next(&mut self, flow: u32) -> Option<Message> {
        self.inbox.entry(flow).or_default().pop_front()
    }

    /// The next message on `flow`, which must be a response of this status.
    pub fn status(&mut self, flow: u32, status: u16) -> Message {
        let message = self.take(flow);
        assert_eq!(message.status(), Some(status), "{}", text(&message));
        message
    }

    /// The next message on `flow`, which must be a request of this method.
    pub fn request(&mut self, flow: u32, method: &str) -> Message {
        let message = self.take(flow);
        assert!(message.is_request() && message.method().as_str() == method, "{}", text(&message));
        message
    }

    /// Checks that nothing (more) was sent on `flow`.
    pub fn nothing(&self, flow: u32) {
        if let Some(message) = self.inbox.get(&flow).and_then(VecDeque::front) {
            panic!("unexpected on flow {flow}: {}", text(message));
        }
    }

    /// The media have answered the offer of the last order.
    pub fn described(&mut self, answer: Option<&str>) {
        let leg = self.orders.iter().rev().find_map(|order| match order {
            Order::Describe { leg, .. } => Some(*leg),
            Order::Play { .. } | Order::Release { .. } => None,
        });
        let leg = leg.expect("an offer was handed to the media");
        self.handle(Input::Heard(Heard::Answer { leg, answer: answer.map(str::to_owned) }));
    }

    pub fn handle(&mut self, input: Input<'_>) {
        self.sip.handle(self.now, input);
        while let Some(output) = self.sip.poll() {
            match output {
                Output::Send { flow, frame } => {
                    let message = Message::parse(&frame)
                        .unwrap_or_else(|error| panic!("{:?}: {}", error.fault(), String::from_utf8_lossy(&frame)));
                    self.inbox.entry(flow.0).or_default().push_back(message);
                }
                Output::Media(order) => self.orders.push(order),
            }
        }
    }

    /// A number that no other call of this test has.
    pub fn serial(&mut self) -> u32 {
        self.serial += 1;
        self.serial
    }

    /// Opens `flow` and registers `user` on it, with `more` behind the contact's URI.
    pub fn register(&mut self, flow: u32, user: &str, more: &str) {
        self.open(flow);
        let response = self.register_again(flow, user, more);
        assert_eq!(response.status(), Some(200), "{}", text(&response));
    }

    /// Registers on an open flow; the response to the request with credentials.
    pub fn register_again(&mut self, flow: u32, user: &str, more: &str) -> Message {
        let contact = format!("Contact: <{}>{more}\r\nSupported: outbound\r\n", contact_uri(flow, user));
        self.authenticated(flow, user, "REGISTER", "sip:example.test", user, &contact, "")
    }

    /// Sends a request, and once more with credentials when it is challenged; the first
    /// response to the last one. An INVITE's 407 is acknowledged.
    #[expect(clippy::too_many_arguments, reason = "what a request is made of")]
    pub fn authenticated(
        &mut self,
        flow: u32,
        user: &str,
        method: &str,
        uri: &str,
        to: &str,
        more: &str,
        body: &str,
    ) -> Message {
        let serial = self.serial();
        let frame = |cseq: u32, more: &str| {
            with_body(
                &format!(
                    "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/WS f{flow}.invalid;branch=z9hG4bKr{serial}x{cseq}\r\n\
                     Max-Forwards: 70\r\nFrom: <sip:{user}@example.test>;tag=f{serial}\r\nTo: <sip:{to}@example.test>\r\n\
                     Call-ID: c{serial}\r\nCSeq: {cseq} {method}\r\n{more}"
                ),
                body,
            )
        };
        self.send(flow, &frame(1, more));
        let challenge = self.take(flow);
        let field = match challenge.status() {
            Some(401) => "Authorization",
            Some(407) => "Proxy-Authorization",
            _ => return challenge,
        };
        if method == "INVITE" {
            self.send(flow, &ack_of_failure(&frame(1, more), &challenge));
        }
        let credentials = Credentials::password(user, &format!("{user}-demo"));
        let value = authorization(&challenge, &credentials, method, uri);
        self.send(flow, &frame(2, &format!("{more}{field}: {value}\r\n")));
        self.take(flow)
    }
}

/// The credentials that answer the first challenge of a response.
pub fn authorization(challenge: &Message, credentials: &Credentials, method: &str, uri: &str) -> String {
    use prackle::auth::digest::{Digest, Qop};
    let name = if challenge.status() == Some(401) { Name::WwwAuthenticate } else { Name::ProxyAuthenticate };
    let challenge = challenge.challenges(name).next().expect("a challenge");
    let [realm, nonce, algorithm] =
        ["realm", "nonce", "algorithm"].map(|name| challenge.param(name).expect("a parameter").into_owned());
    let algorithm = Algorithm::from_token(&algorithm).expect("a known algorithm");
    let digest = Digest { algorithm, nonce: &nonce, cnonce: "x", nc: "00000001", qop: Qop::Auth };
    let ha1 = credentials.ha1_for(algorithm.hash(), &realm).expect("a password");
    let response = digest.response(&ha1, &digest.ha2(method, uri, ""));
    format!(
        "Digest username=\"{}\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{uri}\", algorithm={}, cnonce=\"x\", \
         qop=auth, nc=00000001, response=\"{response}\"",
        credentials.username(),
        algorithm.as_str()
    )
}

/// The contact that a phone registers and calls from.
pub fn contact_uri(flow: u32, user: &str) -> String {
    format!("sip:{user}@f{flow}.invalid;transport=ws")
}

/// Ends a message.
pub fn with_body(head: &str, body: &str) -> String {
    if body.is_empty() {
        format!("{head}Content-Length: 0\r\n\r\n")
    } else {
        format!("{head}Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{body}", body.len())
    }
}

/// An INVITE of somebody from another domain, who is not asked for a password.
pub fn invite(flow: u32, call: &str, target: &str, more: &str, body: &str) -> String {
    with_body(
        &format!(
            "INVITE {target} SIP/2.0\r\nVia: SIP/2.0/WS f{flow}.invalid;branch=z9hG4bK{call}\r\nMax-Forwards: 70\r\n\
             From: <sip:caller@elsewhere.test>;tag=from{call}\r\nTo: <{target}>\r\nCall-ID: {call}\r\nCSeq: 1 INVITE\r\n\
             Contact: <{}>\r\n{more}",
            contact_uri(flow, "caller")
        ),
        body,
    )
}

/// A response of a phone to a request it has got.
pub fn response(request: &Message, status: u16, tag: &str, more: &str, body: &str) -> String {
    let mut head = format!("SIP/2.0 {status} X\r\n");
    for name in [Name::Via, Name::RecordRoute, Name::From] {
        for value in request.fields(name) {
            head += &format!("{}: {value}\r\n", name.as_str());
        }
    }
    let to = request.header(Name::To).expect("To");
    let tagged = if request.to_tag().is_some() || tag.is_empty() { to.to_owned() } else { format!("{to};tag={tag}") };
    head += &format!("To: {tagged}\r\nCall-ID: {}\r\n", request.call_id());
    head += &format!("CSeq: {}\r\n{more}", request.header(Name::CSeq).expect("CSeq"));
    with_body(&head, body)
}

/// A request of the caller inside the dialog that `established` (a response it has got) made.
pub fn in_dialog(flow: u32, method: &str, cseq: u32, established: &Message, more: &str) -> String {
    let target =
        established.contact().map_or_else(|_| "sip:nobody@example.test".to_owned(), |contact| contact.uri.to_owned());
    let mut routes: Vec<&str> = established.values(Name::RecordRoute).collect();
    routes.reverse();
    let route = if routes.is_empty() { String::new() } else { format!("Route: {}\r\n", routes.join(", ")) };
    with_body(
        &format!(
            "{method} {target} SIP/2.0\r\nVia: SIP/2.0/WS f{flow}.invalid;branch=z9hG4bK{}{method}{cseq}\r\n\
             Max-Forwards: 70\r\n{route}From: {}\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: {cseq} {method}\r\n{more}",
            established.to_tag().unwrap_or_default(),
            established.header(Name::From).expect("From"),
            established.header(Name::To).expect("To"),
            established.call_id(),
        ),
        "",
    )
}

/// A request of the callee inside the dialog that `invite` (which it has got) made.
pub fn from_callee(flow: u32, method: &str, cseq: u32, invite: &Message, tag: &str) -> String {
    let target = invite.contact().expect("Contact").uri;
    let routes: Vec<&str> = invite.values(Name::RecordRoute).collect();
    with_body(
        &format!(
            "{method} {target} SIP/2.0\r\nVia: SIP/2.0/WS f{flow}.invalid;branch=z9hG4bK{tag}{method}{cseq}\r\n\
             Max-Forwards: 70\r\nRoute: {}\r\nFrom: {};tag={tag}\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: {cseq} {method}\r\n",
            routes.join(", "),
            invite.header(Name::To).expect("To"),
            invite.header(Name::From).expect("From"),
            invite.call_id(),
        ),
        "",
    )
}

/// The ACK of a final response other than 2xx to the request in `frame`.
pub fn ack_of_failure(frame: &str, response: &Message) -> String {
    let request = Message::parse(frame.as_bytes()).expect("well-formed");
    with_body(
        &format!(
            "ACK {} SIP/2.0\r\nVia: {}\r\nMax-Forwards: 70\r\nFrom: {}\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: {} ACK\r\n",
            request.uri(),
            request.header(Name::Via).expect("Via"),
            request.header(Name::From).expect("From"),
            response.header(Name::To).expect("To"),
            request.call_id(),
            request.cseq().number
        ),
        "",
    )
}

/// The CANCEL of the request in `frame`.
pub fn cancel(frame: &str) -> String {
    let request = Message::parse(frame.as_bytes()).expect("well-formed");
    with_body(
        &format!(
            "CANCEL {} SIP/2.0\r\nVia: {}\r\nMax-Forwards: 70\r\nFrom: {}\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: {} CANCEL\r\n",
            request.uri(),
            request.header(Name::Via).expect("Via"),
            request.header(Name::From).expect("From"),
            request.header(Name::To).expect("To"),
            request.call_id(),
            request.cseq().number
        ),
        "",
    )
}

/// The headers of a reliable provisional response.
pub fn reliable(flow: u32, user: &str, rseq: u32) -> String {
    format!("Require: 100rel\r\nRSeq: {rseq}\r\nContact: <{}>\r\n", contact_uri(flow, user))
}

/// A message as the next hop is to get it: the same octets but for the topmost Via.
pub fn without_first_via(frame: &str) -> String {
    let (head, rest) = frame.split_once("Via: ").expect("Via");
    let (_, below) = rest.split_once("\r\n").expect("a line");
    format!("{head}{below}")
}

pub fn text(message: &Message) -> String {
    String::from_utf8_lossy(message.octets()).into_owned()
}
