//! The agent under test on a virtual clock: frames and commands in, frames and events out.
//!
//! What the agent does is kept as it happens, and told in short words, one a frame or
//! event, in order: `183 INVITE rel sdp`, `BYE`, `<prack>`. A test says which words it
//! expects; nothing may be missing and nothing may be added.

#![allow(dead_code, reason = "each test binary uses its own part")]

#[path = "peer.rs"]
mod peer;

pub(crate) use peer::Peer;

pub(crate) use peer::response;
use peer::{told, words};
use prackle::agent::{FlowId, Input, Output, UserAgent};
use prackle::message::{Message, Method};
use prackle::protocol::{
    Answer, CallId, CallOptions, Cause, Command, Config, DialogNumber, Event, Refusal, RefusalCode, RequestNumber,
    Token,
};
use prackle::time::Instant;

pub(crate) const OFFER: &str =
    "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n";
pub(crate) const ANSWER: &str =
    "v=0\r\no=- 2 2 IN IP4 192.0.2.2\r\ns=-\r\nc=IN IP4 192.0.2.2\r\nt=0 0\r\nm=audio 50000 RTP/AVP 0\r\n";

/// When a test begins; it tells times from here.
const ORIGIN: u64 = 1_000_000;

/// The agent, its clock, and a peer that remembers what it needs for requests in the dialog.
pub(crate) struct Driver {
    pub(crate) agent: UserAgent,
    now: u64,
    /// The connection in use.
    pub(crate) flow: FlowId,
    is_open: bool,
    /// The connection that waits to be opened, and its server.
    opening: Option<(FlowId, String)>,
    /// The servers that refuse connections.
    pub(crate) down: Vec<String>,
    seen: Vec<Seen>,
    /// All frames that the agent has sent, in order.
    pub(crate) sent: Vec<(u64, Message)>,
    /// The call under test.
    pub(crate) call: CallId,
    /// The last question of the agent for a session description.
    pub(crate) token: Token,
    /// The RSeq of the last reliable provisional response.
    pub(crate) rseq: u32,
    /// The peer's half of the dialog.
    pub(crate) peer: Peer,
    /// The keep-alives sent, each with its time.
    pub(crate) line_ends: Vec<(u64, Vec<u8>)>,
    /// Whether the server answers them.
    pub(crate) pongs: bool,
    /// How events are told in words.
    pub(crate) tell: fn(&Event) -> Option<String>,
    /// The events, when they are kept.
    events: Option<Vec<Event>>,
    calls: u32,
    requests: u32,
    branches: u32,
}

/// Something that the agent did.
struct Seen {
    at: u64,
    words: String,
}

impl Driver {
    /// A connected agent; `seed` stands for its entropy.
    pub(crate) fn new(config: Config, seed: u8) -> Self {
        let mut driver = Self::offline(config, seed);
        driver.command(Command::Connect);
        driver
    }

    /// The same, not connected yet.
    pub(crate) fn offline(config: Config, seed: u8) -> Self {
        let agent = UserAgent::new(config, [seed; 32], Instant::from_millis(ORIGIN)).expect("a good configuration");
        Self {
            agent,
            now: ORIGIN,
            flow: FlowId(0),
            is_open: true,
            opening: None,
            down: Vec::new(),
            seen: Vec::new(),
            sent: Vec::new(),
            call: CallId(CallId::FIRST_INCOMING),
            token: Token(0),
            rseq: 0,
            peer: Peer::new("one"),
            line_ends: Vec::new(),
            pongs: true,
            tell: told,
            events: None,
            calls: 1,
            requests: 0,
            branches: 0,
        }
    }

    // The clock.

    /// Milliseconds since the beginning.
    pub(crate) fn time(&self) -> u64 {
        self.now - ORIGIN
    }

    /// Lets time pass, up to `millis` after the beginning, each deadline at its instant.
    pub(crate) fn until(&mut self, millis: u64) {
        let end = ORIGIN + millis;
        while let Some(deadline) = self.agent.deadline().map(Instant::as_millis).filter(|at| *at <= end) {
            self.now = self.now.max(deadline);
            self.agent.handle(Instant::from_millis(self.now), Input::Deadline);
            self.drain();
        }
        self.now = self.now.max(end);
    }

    /// Lets time pass up to the next deadline, and has that one turn only.
    pub(crate) fn step(&mut self) {
        let deadline = self.agent.deadline().expect("a deadline").as_millis();
        self.now = self.now.max(deadline);
        self.agent.handle(Instant::from_millis(self.now), Input::Deadline);
        self.drain();
    }

    /// Lets `millis` pass.
    pub(crate) fn pass(&mut self, millis: u64) {
        self.until(self.time() + millis);
    }

    /// The machine sleeps: no deadline is noticed until `millis`, nor is it then.
    pub(crate) fn sleep_until(&mut self, millis: u64) {
        self.now = ORIGIN + millis;
    }

    // The connection.

    pub(crate) fn lose_connection(&mut self) {
        self.is_open = false;
        let (now, flow) = (Instant::from_millis(self.now), self.flow);
        self.agent.handle(now, Input::Closed { flow, code: 1006 });
        self.drain();
    }

    /// The machine has a network, or none.
    pub(crate) fn network(&mut self, online: bool) {
        self.agent.handle(Instant::from_millis(self.now), Input::Network { online });
        self.drain();
    }

    /// The server can be reached again.
    pub(crate) fn reachable(&mut self) {
        self.is_open = true;
    }

    /// The server can be reached again, and is, now.
    pub(crate) fn restore_connection(&mut self) {
        self.reachable();
        if let Some((flow, url)) = self.opening.take() {
            self.opening(flow, url);
            self.drain();
        }
        self.command(Command::Connect);
    }

    // The peer.

    /// A frame arrives.
    pub(crate) fn receive(&mut self, frame: impl AsRef<[u8]>) {
        self.hand_in(frame);
        self.drain();
    }

    /// A frame arrives, and what the agent does about it is left to be asked for.
    pub(crate) fn hand_in(&mut self, frame: impl AsRef<[u8]>) {
        let (now, flow) = (Instant::from_millis(self.now), self.flow);
        self.agent.handle(now, Input::Frame { flow, octets: frame.as_ref() });
    }

    /// A request inside the dialog arrives, with the next number.
    pub(crate) fn request(&mut self, method: &str, fields: &str, body: &str) {
        self.peer.cseq += 1;
        let number = self.peer.cseq;
        self.numbered(method, number, fields, body);
    }

    /// A request inside the dialog arrives, on a branch of its own.
    pub(crate) fn numbered(&mut self, method: &str, number: u32, fields: &str, body: &str) {
        let branch = self.branch();
        let frame = self.peer.frame(method, number, &branch, fields, body);
        self.receive(frame);
    }

    /// The peer answers a request of ours.
    pub(crate) fn respond(&mut self, request: &Message, status: u16, fields: &str, body: &str) {
        self.receive(response(request, status, &self.peer.tag.clone(), fields, body));
    }

    pub(crate) fn branch(&mut self) -> String {
        self.branches += 1;
        format!("z9hG4bKpeer{}", self.branches)
    }

    // The application.

    pub(crate) fn command(&mut self, command: Command) {
        self.try_command(command).expect("the command is accepted");
    }

    pub(crate) fn try_command(&mut self, command: Command) -> Result<(), Refusal> {
        let result = self.agent.command(Instant::from_millis(self.now), command);
        self.drain();
        result
    }

    /// The number of the next command that is settled later.
    pub(crate) fn next_request(&mut self) -> RequestNumber {
        self.requests += 1;
        RequestNumber(self.requests)
    }

    /// The agent calls; the peer is the callee from now on.
    pub(crate) fn dial(&mut self, target: &str, options: CallOptions) {
        self.call = CallId(self.calls);
        self.calls += 1;
        self.command(Command::Call { call: self.call, target: target.to_owned(), options });
    }

    /// An UPDATE with an offer, for the only dialog, when that is allowed; its number.
    pub(crate) fn update(&mut self) -> u32 {
        self.try_update(None, true, true).expect("the command is accepted")
    }

    pub(crate) fn try_update(&mut self, dialog: Option<u32>, offer: bool, queue: bool) -> Result<u32, RefusalCode> {
        let (call, dialog, request) = (self.call, dialog.map(DialogNumber), self.next_request());
        let command = Command::Update { call, dialog, request, offer, queue, headers: Vec::new() };
        self.try_command(command).map(|()| request.0).map_err(|refusal| refusal.code)
    }

    pub(crate) fn hangup(&mut self) {
        self.command(Command::Hangup { call: self.call, headers: Vec::new() });
    }

    /// Ends every call there has been.
    pub(crate) fn farewell(&mut self) {
        let last = self.call.0.max(CallId::FIRST_INCOMING);
        for call in (0..2).chain(CallId::FIRST_INCOMING..=last) {
            // Most of them are over, and unknown.
            let _ = self.try_command(Command::Hangup { call: CallId(call), headers: Vec::new() });
        }
    }

    /// The media layer answers the last question.
    pub(crate) fn describe(&mut self, sdp: &str) {
        let (token, answer) = (self.token, Answer::Sdp(sdp.to_owned()));
        self.command(Command::Description { token, answer });
    }

    /// The media layer cannot answer the last question.
    pub(crate) fn fail_media(&mut self, status: u16, cause: Cause) {
        let (token, answer) = (self.token, Answer::Failed { status, cause });
        self.command(Command::Description { token, answer });
    }

    // What was seen.

    /// What the agent has done since the last time, in words.
    pub(crate) fn take(&mut self) -> Vec<String> {
        self.seen.drain(..).map(|seen| seen.words).collect()
    }

    /// The same, each with its time in milliseconds since the beginning.
    pub(crate) fn take_timed(&mut self) -> Vec<(u64, String)> {
        self.seen.drain(..).map(|seen| (seen.at, seen.words)).collect()
    }

    /// The frame sent last.
    pub(crate) fn last(&self) -> Message {
        let (_, message) = self.sent.last().expect("something was sent");
        Message::parse(message.octets()).expect("what we send can be read")
    }

    /// The last response to the method with that status.
    pub(crate) fn response(&self, status: u16, method: &str) -> Message {
        let (_, found) = self
            .sent
            .iter()
            .rfind(|(_, message)| message.status() == Some(status) && message.cseq().method.as_str() == method)
            .unwrap_or_else(|| panic!("no {status} to {method} was sent"));
        Message::parse(found.octets()).expect("what we send can be read")
    }

    /// Keeps whole events from now on.
    pub(crate) fn keep_events(&mut self) {
        self.events = Some(Vec::new());
    }

    /// The events kept.
    pub(crate) fn events(&self) -> &[Event] {
        self.events.as_deref().unwrap_or_default()
    }

    fn drain(&mut self) {
        while let Some(output) = self.agent.poll() {
            match output {
                Output::Open { flow, url } => self.opening(flow, url),
                Output::Close { .. } => self.opening = None,
                Output::Send { flow, frame } => self.note_frame(flow, &frame),
                Output::Event(event) => self.note_event(event),
            }
        }
    }

    /// Opens at once, or waits for the server to come back.
    fn opening(&mut self, flow: FlowId, url: String) {
        if !self.is_open {
            self.opening = Some((flow, url));
        } else if self.down.contains(&url) {
            self.agent.handle(Instant::from_millis(self.now), Input::Closed { flow, code: 1006 });
        } else {
            self.opened(flow);
        }
    }

    fn opened(&mut self, flow: FlowId) {
        self.flow = flow;
        self.agent.handle(Instant::from_millis(self.now), Input::Opened { flow });
    }

    fn note_frame(&mut self, flow: FlowId, frame: &[u8]) {
        let open = self.is_open && flow == self.flow;
        assert!(open, "sent without a connection: {}", String::from_utf8_lossy(frame));
        if frame.iter().all(|octet| b"\r\n".contains(octet)) {
            return self.note_line_ends(frame);
        }
        let Ok(message) = Message::parse(frame) else {
            // The refusal of a message that has no such CSeq as it should have echoes it.
            let status = String::from_utf8_lossy(frame).split(' ').nth(1).unwrap_or_default().to_owned();
            return self.seen.push(Seen { at: self.now - ORIGIN, words: format!("{status} ?") });
        };
        self.learn(&message);
        self.seen.push(Seen { at: self.now - ORIGIN, words: words(&message) });
        self.sent.push((self.now - ORIGIN, message));
    }

    fn note_line_ends(&mut self, frame: &[u8]) {
        self.line_ends.push((self.time(), frame.to_owned()));
        if self.pongs && frame == b"\r\n\r\n" {
            let (now, flow) = (Instant::from_millis(self.now), self.flow);
            self.agent.handle(now, Input::Frame { flow, octets: b"\r\n" });
        }
    }

    /// What the peer has to know for requests in the dialog.
    fn learn(&mut self, message: &Message) {
        if message.is_request() {
            if message.method() == Method::Invite && message.to_tag().is_none() {
                message.call_id().clone_into(&mut self.peer.call_id);
                self.peer.to_tag = message.from_tag().unwrap_or_default().to_owned();
            }
        } else if let Some(status) = message.status()
            && message.call_id() == self.peer.call_id
        {
            if status > 100 && message.method() == Method::Invite {
                self.peer.to_tag = message.to_tag().unwrap_or_default().to_owned();
            }
            if let Ok(Some(rseq)) = message.rseq() {
                self.rseq = rseq;
            }
        }
    }

    fn note_event(&mut self, event: Event) {
        match &event {
            Event::Invite { call, .. } => self.call = *call,
            Event::Describe { token, .. } => self.token = *token,
            _ => {}
        }
        if let Some(events) = &mut self.events {
            events.push(event.clone());
        }
        if let Some(words) = (self.tell)(&event) {
            self.seen.push(Seen { at: self.now - ORIGIN, words });
        }
    }
}
