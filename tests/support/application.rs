//! An application without a plan: it knows its calls, and does anything to them.

#![allow(dead_code, reason = "each test binary uses its own part")]

use crate::dice::Dice;
use prackle::protocol::{
    Answer, CallId, CallOptions, Cause, Command, DescriptionKind, DialogNumber, Event, Media, PrackMode, Progress,
    Rel100, RequestNumber, RequestOptions, Token,
};
use std::collections::{BTreeMap, BTreeSet};

/// Session descriptions that differ in what they want.
const SDP: [&str; 2] = [
    "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n",
    "v=0\r\no=- 1 2 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\na=sendonly\r\n",
];

/// What the application of one side knows.
pub(crate) struct Application {
    /// Whom it may call.
    targets: &'static [&'static str],
    /// Its calls, and whether they have ended.
    pub(crate) calls: BTreeMap<CallId, bool>,
    /// The commands whose outcome is still to come.
    pub(crate) open: BTreeSet<RequestNumber>,
    /// The calls whose session the peer has wanted to change.
    reinvited: BTreeSet<CallId>,
    numbers: u32,
}

impl Application {
    pub(crate) fn new(targets: &'static [&'static str]) -> Self {
        Self { targets, calls: BTreeMap::new(), open: BTreeSet::new(), reinvited: BTreeSet::new(), numbers: 0 }
    }

    /// Takes an event, and says what to do about it, and in how many milliseconds.
    pub(crate) fn event(&mut self, event: &Event, dice: &mut Dice) -> Vec<(u64, Command)> {
        match event {
            Event::Invite { call, .. } => {
                assert!(self.calls.insert(*call, false).is_none(), "a call comes in once");
            }
            Event::Ended { call, .. } => {
                assert_eq!(self.calls.insert(*call, true), Some(false), "a call ends once: {event:?}");
            }
            Event::Settled { request, .. } => {
                assert!(self.open.remove(request), "a command is settled once: {event:?}");
            }
            _ => {}
        }
        let over = call_of(event).map(|call| self.calls.get(&call).copied());
        let told_in_time = over.is_none_or(|over| over == Some(false)) || matches!(event, Event::Ended { .. });
        assert!(told_in_time, "told after the end, or of nothing: {event:?}");
        match event {
            Event::Describe { token, kind, .. } => vec![describe(*token, *kind, dice)],
            Event::NoPrack { call, .. } if dice.percent(50) => vec![(0, reject(*call, 500))],
            Event::Progress { call, dialog: Some(dialog), rseq: Some(rseq), prack: true, .. } => {
                self.prack(*call, *dialog, *rseq, dice)
            }
            Event::Reinvite { call, .. } => self.reinvited(*call, dice),
            _ => Vec::new(),
        }
    }

    /// Acknowledges by hand, perhaps too late, or never.
    fn prack(&mut self, call: CallId, dialog: DialogNumber, rseq: u32, dice: &mut Dice) -> Vec<(u64, Command)> {
        if dice.percent(10) {
            return Vec::new();
        }
        let described = dice.percent(10);
        let prack = Command::Prack {
            call,
            dialog,
            rseq,
            request: self.number(),
            body: described.then(|| dice.pick(&SDP).to_owned()),
            content_type: described.then(|| "application/sdp".to_owned()),
            offer: dice.percent(30),
            headers: Vec::new(),
        };
        vec![(dice.pick(&[0, 0, 0, 200, 2_000, 15_000, 25_000]), prack)]
    }

    /// Rings perhaps, and answers or refuses; it may go on doing so.
    fn reinvited(&mut self, call: CallId, dice: &mut Dice) -> Vec<(u64, Command)> {
        self.reinvited.insert(call);
        let mut commands = Vec::new();
        if dice.percent(50) {
            commands.push((0, Command::Progress { call, request: self.number(), progress: progress(dice) }));
        }
        let delay = dice.pick(&[0, 300, 3_000]);
        let accept = Command::Accept { call, request: self.number(), headers: Vec::new() };
        commands.push((delay, if dice.percent(70) { accept } else { reject(call, 488) }));
        commands
    }

    /// What a tab begins with, where there is a registrar.
    pub(crate) fn register(&mut self) -> Command {
        Command::Register { request: self.number(), expires: None, headers: Vec::new() }
    }

    /// Something that an application might do now.
    pub(crate) fn whim(&mut self, dice: &mut Dice) -> Command {
        let calls: Vec<CallId> = self.calls.iter().filter(|(_, over)| !**over).map(|(call, _)| *call).collect();
        if calls.is_empty() || dice.percent(10) {
            return self.call(dice);
        }
        let call = dice.pick(&calls);
        let request = self.number();
        let invited = call.0 >= CallId::FIRST_INCOMING || self.reinvited.contains(&call);
        match dice.roll(40) {
            0..20 if invited => Command::Progress { call, request, progress: progress(dice) },
            20..26 if invited => Command::Accept { call, request, headers: Vec::new() },
            26 if invited => reject(call, dice.pick(&[302, 404, 486, 503, 603])),
            0..30 => Command::Renegotiate { call, request },
            30..36 => Command::Update {
                call,
                dialog: None,
                request,
                offer: dice.percent(80),
                queue: dice.percent(80),
                headers: Vec::new(),
            },
            36..38 => Command::Info { call, request, options: RequestOptions::default() },
            _ => Command::Hangup { call, headers: Vec::new() },
        }
    }

    /// Ends whatever has not ended.
    pub(crate) fn farewell(&self) -> Vec<Command> {
        let open = self.calls.iter().filter(|(_, over)| !**over);
        open.map(|(call, _)| Command::Hangup { call: *call, headers: Vec::new() }).collect()
    }

    /// A command is on its way: its outcome may come before it returns.
    pub(crate) fn expect(&mut self, command: &Command) {
        if let Command::Call { call, .. } = command {
            self.calls.insert(*call, false);
        }
        self.open.extend(request_of(command));
    }

    /// It was refused.
    pub(crate) fn forget(&mut self, command: &Command) {
        if let Command::Call { call, .. } = command {
            self.calls.remove(call);
        }
        if let Some(request) = request_of(command) {
            self.open.remove(&request);
        }
    }

    fn call(&mut self, dice: &mut Dice) -> Command {
        let options = CallOptions {
            media: if dice.percent(25) { Media::Offerless } else { Media::Offer },
            rel100: dice.pick(&[None, None, Some(Rel100::None), Some(Rel100::Required)]),
            prack: dice.pick(&[None, None, Some(PrackMode::Auto), Some(PrackMode::Manual)]),
            no_answer_timeout: dice.percent(20).then_some(20_000),
            ..CallOptions::default()
        };
        let call = CallId(self.number().0);
        Command::Call { call, target: dice.pick(self.targets).to_owned(), options }
    }

    fn number(&mut self) -> RequestNumber {
        self.numbers += 1;
        RequestNumber(self.numbers)
    }
}

fn progress(dice: &mut Dice) -> Progress {
    Progress {
        code: Some(dice.pick(&[180, 181, 182, 183, 183, 183, 199])),
        reliable: dice.pick(&[None, None, Some(true), Some(false)]),
        sdp: dice.pick(&[None, Some(true), Some(false)]),
        queue: dice.percent(10).then_some(false),
        ..Progress::default()
    }
}

fn reject(call: CallId, status: u16) -> Command {
    Command::Reject { call, status: Some(status), reason: None, headers: Vec::new() }
}

fn describe(token: Token, kind: DescriptionKind, dice: &mut Dice) -> (u64, Command) {
    let delay = dice.pick(&[0, 0, 0, 300, 3000, 9000, 25_000]);
    let fails = kind == DescriptionKind::Answer && dice.percent(10);
    let answer = if fails {
        Answer::Failed { status: dice.pick(&[480, 488]), cause: Cause::MediaFailed }
    } else {
        Answer::Sdp(dice.pick(&SDP).to_owned())
    };
    (delay, Command::Description { token, answer })
}

fn request_of(command: &Command) -> Option<RequestNumber> {
    match command {
        Command::Register { request, .. }
        | Command::Progress { request, .. }
        | Command::Accept { request, .. }
        | Command::Prack { request, .. }
        | Command::Renegotiate { request, .. }
        | Command::Update { request, .. }
        | Command::Info { request, .. } => Some(*request),
        _ => None,
    }
}

/// The call that an event tells of, but for its end.
fn call_of(event: &Event) -> Option<CallId> {
    match event {
        Event::Invite { call, .. }
        | Event::Describe { call, .. }
        | Event::Remote { call, .. }
        | Event::Rollback { call, .. }
        | Event::Progress { call, .. }
        | Event::PrackAuto { call, .. }
        | Event::OfferRejected { call, .. }
        | Event::PrackResponse { call, .. }
        | Event::PrackFailed { call, .. }
        | Event::Prack { call, .. }
        | Event::NoPrack { call, .. }
        | Event::Reinvite { call, .. }
        | Event::Sent { call, .. }
        | Event::Cancel { call, .. }
        | Event::NoAck { call }
        | Event::Update { call, .. }
        | Event::DialogEnded { call, .. }
        | Event::Accepted { call, .. }
        | Event::Confirmed { call, .. }
        | Event::Updated { call, .. }
        | Event::Info { call, .. }
        | Event::Reconnecting { call, .. } => Some(*call),
        _ => None,
    }
}
