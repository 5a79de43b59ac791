//! Two agents on one clock, and the network between them.

use crate::agenda::Agenda;
use crate::dice::Dice;
use crate::observer::{Observer, Tally};
use crate::tab::Tab;
use prackle::agent::{FlowId, Input, Output};
use prackle::message::Message;
use prackle::protocol::{Command, Config};
use prackle::time::Instant;

/// Until when the applications have whims, and until when all timers have run out.
const WHIMS: u64 = 90_000;
const END: u64 = 400_000;
/// More turns than that are a livelock.
const TURNS: u32 = 100_000;

/// The two agents.
pub(crate) struct Pair {
    now: u64,
    sides: [Tab; 2],
    agenda: Agenda<Happening>,
    dice: Dice,
    observer: Observer,
    weather: Weather,
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
    pub(crate) fn new(mut dice: Dice, talks: bool) -> Self {
        let sides = [0, 1].map(|number| {
            let config = Config::new(&format!("sip:user{number}@example.com"), "wss://edge.example.com");
            Tab::new(config, number, &["sip:other@example.com"], &mut dice)
        });
        let mut observer = Observer::default();
        observer.talks = talks;
        (0..2).zip(&sides).filter(|(_, side)| side.is_sluggish()).for_each(|(end, _)| observer.sluggish(end));
        let weather = Weather {
            loss: dice.pick(&[0, 0, 2, 10]),
            doubling: dice.pick(&[0, 10, 50]),
            delay: dice.pick(&[1, 50, 500, 5000]),
        };
        Self { now: 0, sides, agenda: Agenda::new(), dice, observer, weather }
    }

    /// Plays until all timers have run out; what it has been.
    pub(crate) fn run(mut self) -> Tally {
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
        self.sides.iter().for_each(Tab::assert_done);
        self.observer.tally
    }

    /// The next thing, of the agenda or of a deadline; false when all is over.
    fn turn(&mut self) -> bool {
        let deadlines = self.sides.iter().enumerate().filter_map(|(side, tab)| Some((tab.deadline()?, side)));
        let due = deadlines.min();
        match (self.agenda.next(), due) {
            // Frames that are there go before deadlines that are due.
            (Some(at), due) if due.is_none_or(|(deadline, _)| at <= deadline.max(self.now)) => {
                self.pass(at);
                if let Some(happening) = self.agenda.take() {
                    self.happen(happening);
                }
                self.now <= END
            }
            (_, Some((at, side))) if at <= END => {
                self.pass(at);
                self.input(side, Input::Deadline);
                true
            }
            _ => false,
        }
    }

    fn pass(&mut self, at: u64) {
        if at > self.now {
            self.now = at;
            self.observer.passed(at);
        }
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Frame { to, octets } => self.deliver(to, &octets),
            Happening::Command { of, command } => self.command(of, command),
            Happening::Whim { of } => {
                let command = self.sides[of].application.whim(&mut self.dice);
                self.command(of, command);
            }
            Happening::Opened { of, flow } => {
                if self.sides[of].opened(self.now, flow) {
                    self.observer.back(self.now, of);
                    self.drain(of);
                }
            }
            Happening::Lost { of } => {
                if self.sides[of].lose(self.now) {
                    self.observer.lost(self.now, of);
                    self.drain(of);
                }
            }
            Happening::Farewell => {
                for of in 0..2 {
                    for command in self.sides[of].application.farewell() {
                        self.command(of, command);
                    }
                }
            }
        }
    }

    fn deliver(&mut self, to: usize, octets: &[u8]) {
        let side = &self.sides[to];
        if !side.is_open {
            return;
        }
        if octets != b"\r\n" {
            let message = Message::parse(octets).expect("what agents send can be read");
            self.observer.received(self.now, to, &message);
        }
        self.input(to, Input::Frame { flow: side.flow, octets });
    }

    fn command(&mut self, of: usize, command: Command) {
        self.observer.note(self.now, of, format_args!("{command:?}"));
        self.sides[of].command(self.now, command);
        self.drain(of);
    }

    fn input(&mut self, of: usize, input: Input<'_>) {
        self.sides[of].agent.handle(Instant::from_millis(self.now), input);
        self.drain(of);
    }

    fn drain(&mut self, of: usize) {
        while let Some(output) = self.sides[of].agent.poll() {
            match output {
                Output::Open { flow, .. } => {
                    self.sides[of].opening(flow);
                    let delay = if self.now == 0 { 0 } else { self.dice.pick(&[0, 100, 5000, 12_000]) };
                    self.plan(delay, Happening::Opened { of, flow });
                }
                Output::Close { .. } => {
                    if self.sides[of].close() {
                        self.observer.lost(self.now, of);
                    }
                }
                Output::Send { frame, .. } => self.send(of, frame),
                Output::Event(event) => {
                    self.observer.note(self.now, of, format_args!("{event:?}"));
                    for (delay, command) in self.sides[of].application.event(&event, &mut self.dice) {
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
        assert!(self.sides[of].is_open, "sent without a connection");
        self.observer.sent(self.now, of, &Message::parse(&frame).expect("what agents send can be read"));
        let copies = if self.dice.percent(self.weather.doubling) { 2 } else { 1 };
        for _ in 0..copies {
            if !self.dice.percent(self.weather.loss) {
                let delay = 1 + self.dice.roll(self.weather.delay);
                self.plan(delay, Happening::Frame { to: 1 - of, octets: frame.clone() });
            }
        }
    }

    fn plan(&mut self, delay: u64, happening: Happening) {
        self.agenda.plan(self.now + delay, happening);
    }

    fn side(&mut self) -> usize {
        usize::from(self.dice.percent(50))
    }
}
