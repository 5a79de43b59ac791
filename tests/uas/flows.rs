//! The constructed PRACK flows, replayed: the agent plays the side under test, and every
//! message that the flow shows for it must come at its place, with its numbers, and no other.

use super::callee::{ANSWER, Callee, Peer};
use super::corpus::read;
use prackle::message::{Message, Name};
use prackle::protocol::{
    CallId, CallOptions, Command, Config, Credentials, DialogNumber, Media, PrackMode, Progress, Rel100,
};

/// One line of a flow.
enum Step {
    /// A message, of the side under test or for it; when, in ms, where it matters.
    Message { id: String, ours: bool, at: Option<u64>, octets: Vec<u8> },
    /// The user answers.
    Answers(u64),
}

/// A flow on its way.
struct Player {
    agent: Callee,
    /// How many of the frames that the agent has sent have been compared.
    compared: usize,
    /// What to add to an RSeq of the flow to have that of the agent.
    shift: Option<u32>,
    /// The application sends the PRACKs: one of them makes an offer.
    manual: bool,
}

macro_rules! flows {
    ($($test:ident $file:literal)+) => { $(#[test] fn $test() { play($file, usize::MAX); })+ };
}

flows! {
    uas_01_basic "uas-01-basic"
    uas_02_no_prack "uas-02-no-prack"
    uas_03_required "uas-03-required"
    uas_04_not_supported_by_caller "uas-04-not-supported-by-caller"
    uas_05_prack_unmatched "uas-05-prack-unmatched"
    uas_06_answer_waits_for_prack "uas-06-answer-waits-for-prack"
    uas_07_answer_need_not_wait "uas-07-answer-need-not-wait"
    uas_08_late_offer "uas-08-late-offer"
    uas_09_offer_in_prack "uas-09-offer-in-prack"
    uas_10_update_too_early "uas-10-update-too-early"
    uas_11_cancel "uas-11-cancel"
    uas_12_prack_retransmitted "uas-12-prack-retransmitted"
    uac_01_basic "uac-01-basic"
    uac_02_retransmitted_1xx "uac-02-retransmitted-1xx"
    uac_03_rseq_gap "uac-03-rseq-gap"
    uac_04_late_offer "uac-04-late-offer"
    uac_05_offer_in_prack "uac-05-offer-in-prack"
    uac_06_update_early "uac-06-update-early"
    uac_07_forking "uac-07-forking"
    uac_08_require_420 "uac-08-require-420"
    uac_09_unreliable_preview "uac-09-unreliable-preview"
    uac_10_prack_challenged "uac-10-prack-challenged"
    uac_11_final_before_prack_response "uac-11-final-before-prack-response"
    uac_12_cancel_with_prack "uac-12-cancel-with-prack"
    uac_13_100_never_reliable "uac-13-100-never-reliable"
}

// From the 481 on the flow shows one of two ways; ours is the other: RFC 3262 section 3
// gives 481 the meaning that nothing is outstanding, and the INVITE's own outcome decides.
#[test]
fn uac_14_prack_481() {
    let mut player = play("uac-14-prack-481", 4);
    player.agent.until(60_000);
    assert!(player.next().is_none(), "the call goes on");
}

fn play(name: &str, messages: usize) -> Player {
    let steps = steps(&String::from_utf8(read(&format!("flows/prack/{name}.flow"))).expect("flows are UTF-8"));
    let manual = offers(&steps, "INVITE") && offers(&steps, "PRACK");
    let mut player = Player { agent: Callee::with(configure), compared: 0, shift: None, manual };
    assert!(!steps.is_empty());
    for step in steps.iter().take(messages) {
        player.take(step);
    }
    assert!(player.next().is_none(), "{name}: more was sent than the flow shows");
    player
}

/// The side under test is bob or alice: nothing in a flow depends on the name.
fn configure(config: &mut Config) {
    config.credentials =
        Some(Credentials { username: "alice".into(), password: Some("secret".into()), ha1: None, realm: None });
}

fn steps(text: &str) -> Vec<Step> {
    let under_test = text
        .lines()
        .find_map(|line| line.strip_prefix("## under-test: "))
        .and_then(|name| name.split(' ').next())
        .expect("a flow names the side under test");
    let mut steps = Vec::new();
    for line in text.lines() {
        if let Some(caption) = line.strip_prefix("@@ ") {
            let at = caption.split('|').find_map(|part| part.trim().strip_prefix("t=")).map(millis);
            let ours = caption.contains(&format!("| {under_test} -> "));
            let id = caption.split(' ').next().unwrap_or_default().to_owned();
            steps.push(Step::Message { id, ours, at, octets: Vec::new() });
        } else if let Some(remark) = line.strip_prefix("## ") {
            if let Some((time, _)) = remark.strip_prefix("t=").and_then(|rest| rest.split_once(": the user answers")) {
                steps.push(Step::Answers(millis(time)));
            }
        } else if let Some(Step::Message { octets, .. }) = steps.last_mut() {
            octets.extend_from_slice(line.as_bytes());
            octets.extend_from_slice(b"\r\n");
        }
    }
    steps
}

/// Whether a request of the side under test has a description.
fn offers(steps: &[Step], method: &str) -> bool {
    steps.iter().any(|step| match step {
        Step::Message { ours: true, octets, .. } => {
            let message = Message::parse(octets).expect("the messages of flows are well formed");
            message.is_request() && message.method().as_str() == method && message.description().is_some()
        }
        Step::Message { .. } | Step::Answers(_) => false,
    })
}

fn millis(seconds: &str) -> u64 {
    let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
    whole.parse::<u64>().expect("seconds") * 1000 + format!("{fraction:0<3}").parse::<u64>().expect("a fraction")
}

impl Player {
    fn take(&mut self, step: &Step) {
        match step {
            Step::Answers(at) => {
                self.agent.until(*at);
                self.agent.accept();
            }
            Step::Message { id, ours, at, octets } => {
                if let Some(at) = at {
                    self.agent.until(*at);
                }
                let message = Message::parse(octets).expect("the messages of flows are well formed");
                if *ours {
                    self.expect(id, &message, *at);
                } else {
                    assert!(self.next().is_none(), "{id}: something was sent before it");
                    if message.is_request() {
                        self.agent.peer.call_id = message.call_id().to_owned();
                    }
                    let frame = if message.is_request() { self.request(octets) } else { self.response(&message) };
                    self.agent.receive(frame);
                    self.describe();
                }
            }
        }
    }

    /// The media layer answers at once.
    fn describe(&mut self) {
        while self.agent.take().contains(&"<describe>".to_owned()) {
            self.agent.describe(ANSWER);
        }
    }

    /// The next frame that the agent has sent, apart from 100.
    fn next(&mut self) -> Option<(u64, Message)> {
        while let Some((at, message)) = self.agent.sent.get(self.compared) {
            self.compared += 1;
            if message.status() != Some(100) {
                return Some((*at, Message::parse(message.octets()).expect("it could be read before")));
            }
        }
        None
    }

    // What comes.

    /// A request of the flow, with our tag and our RSeq instead of the flow's.
    fn request(&self, octets: &[u8]) -> String {
        let text = String::from_utf8_lossy(octets);
        let mut out = String::new();
        for line in text.split_inclusive("\r\n") {
            match (line.split_once(": "), line.split_once(";tag=")) {
                (Some(("To", _)), Some((to, _))) => out += &format!("{to};tag={}\r\n", self.agent.peer.to_tag),
                (Some(("RAck", rack)), _) => out += &format!("RAck: {}", self.shifted(rack)),
                _ => out += line,
            }
        }
        out
    }

    fn shifted(&self, rack: &str) -> String {
        let (number, rest) = rack.split_once(' ').expect("three parts");
        let shift = self.shift.expect("a reliable response went before");
        format!("{} {rest}", number.parse::<u32>().expect("a number").wrapping_add(shift))
    }

    /// A response of the flow, to the request of ours that it is for.
    fn response(&self, response: &Message) -> String {
        let requests: Vec<&Message> = self
            .agent
            .sent
            .iter()
            .map(|(_, sent)| sent)
            .filter(|sent| sent.is_request() && sent.cseq() == response.cseq())
            .collect();
        let of_dialog = requests.iter().find(|request| request.to_tag() == response.to_tag());
        let request = of_dialog.or(requests.last()).expect("a request to respond to");
        let mut text = format!("SIP/2.0 {} {}\r\n", response.status().unwrap_or_default(), response.reason());
        for (name, value) in response.all_fields() {
            let value = match name {
                "Via" | "From" | "Call-ID" => request.header_named(name).unwrap_or_default(),
                _ => value,
            };
            text += &format!("{name}: {value}\r\n");
        }
        text + "\r\n" + &String::from_utf8_lossy(response.body())
    }

    // What goes.

    fn expect(&mut self, id: &str, flow: &Message, at: Option<u64>) {
        let (time, sent) = self.next().unwrap_or_else(|| {
            self.cause(id, flow);
            self.next().unwrap_or_else(|| panic!("{id}: nothing was sent"))
        });
        if let Some(at) = at {
            assert_eq!(time, at, "{id}: the time");
        }
        assert_eq!(facts(&sent), facts(flow), "{id}");
        assert_eq!(sent.cseq(), flow.cseq(), "{id}: the CSeq");
        // Once challenged we send credentials with every request; the flow shows them once.
        let authorized = |message: &Message| message.header(Name::ProxyAuthorization).is_some();
        assert!(authorized(&sent) || !authorized(flow), "{id}: the credentials");
        if flow.is_request() {
            assert_eq!(sent.header(Name::RAck), flow.header(Name::RAck), "{id}: the RAck");
            assert_eq!(sent.to_tag(), flow.to_tag(), "{id}: the dialog");
        } else if let (Ok(Some(ours)), Ok(Some(theirs))) = (sent.rseq(), flow.rseq()) {
            let shift = *self.shift.get_or_insert(ours.wrapping_sub(theirs));
            assert_eq!(ours, theirs.wrapping_add(shift), "{id}: the RSeq");
            assert_eq!(sent.to_tag(), Some(self.agent.peer.to_tag.as_str()), "{id}: one tag for all");
        }
    }

    /// The user does what leads to this message.
    fn cause(&mut self, id: &str, flow: &Message) {
        match (flow.status(), flow.cseq().method.as_str()) {
            (Some(code @ 101..200), _) => {
                let sdp = Some(flow.description().is_some());
                self.agent.try_progress(Progress { code: Some(code), sdp, ..Progress::default() }).expect("progress");
            }
            (Some(200), "INVITE") => {
                self.agent.accept();
            }
            (None, "INVITE") => self.call(flow),
            (None, "BYE" | "CANCEL") => self.agent.hangup(),
            (None, "UPDATE") => {
                self.agent.update();
            }
            (None, "PRACK") => self.prack(flow),
            _ => panic!("{id}: nothing was sent, and the user cannot make it"),
        }
        self.describe();
    }

    fn prack(&mut self, flow: &Message) {
        let (call, request) = (self.agent.call, self.agent.next_request());
        let rseq = flow.rack().expect("a PRACK has one").rseq;
        let (dialog, offer) = (DialogNumber(0), flow.description().is_some());
        let (body, content_type, headers) = (None, None, Vec::new());
        self.agent.command(Command::Prack { call, dialog, rseq, request, body, content_type, offer, headers });
    }

    fn call(&mut self, invite: &Message) {
        let required = invite.has_token(Name::Require, "100rel");
        let options = CallOptions {
            media: if invite.description().is_some() { Media::Offer } else { Media::Offerless },
            rel100: required.then_some(Rel100::Required),
            rel100_fallback: required,
            prack: self.manual.then_some(PrackMode::Manual),
            ..CallOptions::default()
        };
        self.agent.call = CallId(1);
        self.agent.peer = Peer::new("flow");
        self.agent.command(Command::Call { call: CallId(1), target: invite.uri().to_owned(), options });
    }
}

/// What must be the same in the flow and in our message.
fn facts(message: &Message) -> Vec<String> {
    let mut facts = vec![
        message.status().map_or(String::new(), |status| status.to_string()),
        format!("sdp: {}", message.description().is_some()),
        format!("required: {}", message.has_token(Name::Require, "100rel")),
        format!("reliable: {}", message.header(Name::RSeq).is_some()),
    ];
    for name in [Name::RecordRoute, Name::Route, Name::Unsupported] {
        facts.extend(message.values(name).map(|value| format!("{}: {value}", name.as_str())));
    }
    for name in [Name::Contact, Name::RetryAfter] {
        facts.push(format!("{}: {}", name.as_str(), message.header(name).is_some()));
    }
    if message.is_request() {
        facts.push(message.uri().to_owned());
    }
    facts
}
