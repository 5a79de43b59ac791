//! Two agents on one clock, and the network between them.

use crate::application::Application;
use crate::dice::Dice;
use crate::wire::Wire;
use prackle::agent::{FlowId, Input, Output, UserAgent};
use prackle::message::Message;
use prackle::protocol::{Command, Config, PrackMode, Reinvites, Rel100, ReliableProgress};
use prackle::time::Instant;
use std::collections::BTreeMap;

/// Until when the applications have whims, and until when all timers have run out.
const WHIMS: u64 = 90_000;
const END: u64 = 400_000;
/// More turns than that are a livelock.
const TURNS: u32 = 100_000;

/// The two agents.
pub(crate) struct Pair {
    now: u64,
    sides: [Side; 2],
    /// What is to come: the instant, and a number for the order within it.
    agenda: BTreeMap<(u64, u64), Happening>,
    happenings: u64,
    dice: Dice,
    wire: Wire,
    weather: Weather,
}

struct Side {
    agent: UserAgent,
    application: Application,
    flow: FlowId,
    /// The connection that is being opened.
    opening: Option<FlowId>,
    is_open: bool,
}

enum Happening {
    Frame { to: usize, octets: Vec<u8> },
    Command { of: usize, command: Command },
    Whim { of: usize },
    Opened { of: usize, flow: FlowId },
    Lost { of: usize },
    Farewell,
}

/// How bad the network is, in percent and milliseconds.
struct Weather {
    loss: u64,
    doubling: u64,
    delay: u64,
}

impl Pair {
    pub(crate) fn new(mut dice: Dice) -> Self {
        let sides = [0, 1].map(|side| Side::new(side, &mut dice));
        let weather = Weather {
            loss: dice.pick(&[0, 0, 2, 10]),
            doubling: dice.pick(&[0, 10, 50]),
            delay: dice.pick(&[1, 50, 500, 5000]),
        };
        Self { now: 0, sides, agenda: BTreeMap::new(), happenings: 0, dice, wire: Wire::default(), weather }
    }

    /// Plays until all timers have run out; how many reliable responses were acknowledged.
    pub(crate) fn run(mut self) -> u32 {
        for side in 0..2 {
            self.command(side, Command::Connect);
        }
        for _ in 0..self.dice.roll(60) + 20 {
            let (at, of) = (self.dice.roll(WHIMS), self.side());
            self.plan(at, Happening::Whim { of });
        }
        for _ in 0..self.dice.pick(&[0, 0, 0, 1, 3]) {
            let (at, of) = (self.dice.roll(WHIMS), self.side());
            self.plan(at, Happening::Lost { of });
        }
        // What answers to a call of the last moment may come after the first farewell.
        for at in [WHIMS, WHIMS + 50_000, WHIMS + 100_000] {
            self.plan(at, Happening::Farewell);
        }
        let mut turns = 0;
        while self.turn() {
            turns += 1;
            assert!(turns < TURNS, "a livelock");
        }
        for side in &self.sides {
            assert!(side.application.calls.values().all(|over| *over), "a call never ended");
            assert!(side.application.open.is_empty(), "never settled: {:?}", side.application.open);
            assert_eq!(side.agent.load(), 0, "something stays");
        }
        self.wire.acknowledged
    }

    /// The next thing, of the agenda or of a deadline; false when all is over.
    fn turn(&mut self) -> bool {
        let planned = self.agenda.first_key_value().map(|((at, _), _)| *at);
        let deadlines = self.sides.iter().enumerate().filter_map(|(side, it)| Some((it.agent.deadline()?, side)));
        let due = deadlines.min().map(|(at, side)| (at.as_millis(), side));
        match (planned, due) {
            // Frames that are there go before deadlines that are due.
            (Some(at), due) if due.is_none_or(|(deadline, _)| at <= deadline.max(self.now)) => {
                self.now = self.now.max(at);
                if let Some((_, happening)) = self.agenda.pop_first() {
                    self.happen(happening);
                }
                self.now <= END
            }
            (_, Some((at, side))) if at <= END => {
                self.now = self.now.max(at);
                self.input(side, Input::Deadline);
                true
            }
            _ => false,
        }
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Frame { to, octets } => self.deliver(to, &octets),
            Happening::Command { of, command } => self.command(of, command),
            Happening::Whim { of } => {
                if let Some(side) = self.sides.get_mut(of) {
                    let command = side.application.whim(&mut self.dice);
                    self.command(of, command);
                }
            }
            Happening::Opened { of, flow } => {
                if let Some(side) = self.sides.get_mut(of).filter(|side| side.opening == Some(flow)) {
                    (side.flow, side.opening, side.is_open) = (flow, None, true);
                    self.input(of, Input::Opened { flow });
                }
            }
            Happening::Lost { of } => {
                if let Some(side) = self.sides.get_mut(of).filter(|side| side.is_open) {
                    side.is_open = false;
                    let flow = side.flow;
                    self.input(of, Input::Closed { flow, code: 1006 });
                }
            }
            Happening::Farewell => {
                for of in 0..2 {
                    let commands = self.sides.get(of).map(|side| side.application.farewell()).unwrap_or_default();
                    commands.into_iter().for_each(|command| self.command(of, command));
                }
            }
        }
    }

    fn deliver(&mut self, to: usize, octets: &[u8]) {
        let Some(side) = self.sides.get(to).filter(|side| side.is_open) else { return };
        let flow = side.flow;
        if octets != b"\r\n" {
            self.wire.received(to, &Message::parse(octets).expect("what agents send can be read"));
        }
        self.input(to, Input::Frame { flow, octets });
    }

    fn command(&mut self, of: usize, command: Command) {
        let Some(side) = self.sides.get_mut(of) else { return };
        side.application.expect(&command);
        if side.agent.command(Instant::from_millis(self.now), command.clone()).is_err() {
            side.application.forget(&command);
        }
        self.drain(of);
    }

    fn input(&mut self, of: usize, input: Input<'_>) {
        if let Some(side) = self.sides.get_mut(of) {
            side.agent.handle(Instant::from_millis(self.now), input);
        }
        self.drain(of);
    }

    fn drain(&mut self, of: usize) {
        while let Some(output) = self.sides.get_mut(of).and_then(|side| side.agent.poll()) {
            match output {
                Output::Open { flow, .. } => {
                    let delay = self.dice.pick(&[0, 100, 5000, 12_000]);
                    let delay = if self.now == 0 { 0 } else { delay };
                    if let Some(side) = self.sides.get_mut(of) {
                        side.opening = Some(flow);
                    }
                    self.plan(delay, Happening::Opened { of, flow });
                }
                Output::Close { .. } => {
                    if let Some(side) = self.sides.get_mut(of) {
                        (side.opening, side.is_open) = (None, false);
                    }
                }
                Output::Send { frame, .. } => self.send(of, frame),
                Output::Event(event) => {
                    let Some(side) = self.sides.get_mut(of) else { return };
                    if let Some((delay, command)) = side.application.event(&event, &mut self.dice) {
                        self.plan(delay, Happening::Command { of, command });
                    }
                }
            }
        }
    }

    fn send(&mut self, of: usize, frame: Vec<u8>) {
        if frame == b"\r\n\r\n" {
            return self.plan(1, Happening::Frame { to: of, octets: b"\r\n".to_vec() });
        }
        assert!(self.sides.get(of).is_some_and(|side| side.is_open), "sent without a connection");
        self.wire.sent(of, &Message::parse(&frame).expect("what agents send can be read"));
        let copies = if self.dice.percent(self.weather.doubling) { 2 } else { 1 };
        for _ in 0..copies {
            if !self.dice.percent(self.weather.loss) {
                let delay = 1 + self.dice.roll(self.weather.delay);
                self.plan(delay, Happening::Frame { to: 1 - of, octets: frame.clone() });
            }
        }
    }

    fn plan(&mut self, delay: u64, happening: Happening) {
        self.happenings += 1;
        self.agenda.insert((self.now + delay, self.happenings), happening);
    }

    fn side(&mut self) -> usize {
        usize::from(self.dice.percent(50))
    }
}

impl Side {
    fn new(side: u8, dice: &mut Dice) -> Self {
        let mut config = Config::new(&format!("sip:user{side}@example.com"), "wss://edge.example.com");
        config.rel100 =
            dice.pick(&[Rel100::Supported, Rel100::Supported, Rel100::Supported, Rel100::Required, Rel100::None]);
        config.reliable_progress = dice.pick(&[
            ReliableProgress::Always,
            ReliableProgress::Always,
            ReliableProgress::Sdp,
            ReliableProgress::Never,
        ]);
        let octets = [dice.roll(256) as u8, dice.roll(256) as u8];
        // No throws of their own, and none for the seeds that failed once: they play what they played.
        config.prack = if octets[1] % 5 == 2 { PrackMode::Manual } else { PrackMode::Auto };
        config.reinvites = if octets[0] % 3 == 2 { Reinvites::Manual } else { Reinvites::Auto };
        let updates = octets[0] % 5 == 2;
        let seed = [side + 1, octets[0], octets[1], 0].repeat(8);
        let entropy = seed.try_into().expect("32 octets");
        let agent = UserAgent::new(config, entropy, Instant::from_millis(0)).expect("a good configuration");
        let application = Application::new(updates);
        Self { agent, application, flow: FlowId(0), opening: None, is_open: false }
    }
}
