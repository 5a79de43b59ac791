//! The server, the tabs, and everything between them, on one clock.

use crate::agenda::Agenda;
use crate::common::{ANSWER, config};
use crate::dice::Dice;
use crate::observer::{Observer, Tally};
use crate::proxied::{Proxied, SERVER};
use crate::tab::Tab;
use crate::wire::{Link, Weather};
use prackle::agent::{FlowId, Input, Output};
use prackle::message::Message;
use prackle::protocol::{Command, Config, Credentials};
use prackle::time::Instant;
use prackle_server::media::{Heard, Order};
use prackle_server::sip::{self, Early, Sip};

/// From when to when the applications have whims, and until when all timers have run out.
const READY: u64 = 5_000;
const WHIMS: u64 = 95_000;
const END: u64 = 400_000;
/// When no browser sends media any more, and when all calls have long been over.
const SILENCE: u64 = 250_000;
const DONE: u64 = 320_000;
/// More turns than that are a livelock.
const TURNS: u32 = 200_000;

/// Who has a tab: bob has two, so that calls to him fork.
const USERS: [&str; 4] = ["alice", "bob", "bob", "carol"];
/// Whom they call: each other and themselves, and the numbers that the server answers.
const TARGETS: &[&str] = &[
    "sip:alice@example.test",
    "sip:bob@example.test",
    "sip:bob@example.test",
    "sip:bob@example.test",
    "sip:carol@example.test",
    "sip:queue@example.test",
    "sip:early@example.test",
    "sip:flaky@example.test",
    "sip:nobody@example.test",
];

pub(crate) struct World {
    now: u64,
    sip: Sip,
    tabs: Vec<Tab>,
    links: Vec<Link>,
    agenda: Agenda<Happening>,
    dice: Dice,
    weather: Weather,
    observer: Observer,
    proxied: Proxied,
}

enum Happening {
    ToServer { link: usize, frame: Vec<u8> },
    ToTab { link: usize, frame: Vec<u8> },
    Opened { tab: usize, flow: FlowId },
    Lost { tab: usize },
    Noticed { link: usize },
    Command { tab: usize, command: Command },
    Whim { tab: usize },
    Heard(Heard),
    Farewell,
    Disconnect,
}

impl World {
    pub(crate) fn new(mut dice: Dice, talks: bool) -> Self {
        let weather = Weather::new(&mut dice);
        let mut config = config();
        config.place.early = dice.percent(50).then(|| Early { code: 183, reason: String::new() });
        config.place.challenge_prack = dice.percent(20);
        let tabs: Vec<Tab> = (0..).zip(USERS).map(|(number, user)| tab(number, user, &mut dice)).collect();
        let mut observer = Observer::default();
        observer.talks = talks;
        observer.proxy(SERVER);
        tabs.iter().enumerate().filter(|(_, tab)| tab.is_sluggish()).for_each(|(end, _)| observer.sluggish(end));
        let mut proxied = Proxied::default();
        proxied.has_reasons = weather.reorders;
        Self {
            now: 0,
            sip: Sip::new(config, [9; 32]),
            tabs,
            links: Vec::new(),
            agenda: Agenda::new(),
            dice,
            weather,
            observer,
            proxied,
        }
    }

    /// Plays until all timers have run out; what it has been.
    pub(crate) fn run(mut self) -> Tally {
        for tab in 0..self.tabs.len() {
            self.command(tab, Command::Connect);
            let register = self.tabs[tab].application.register();
            self.command(tab, register);
        }
        for _ in 0..self.dice.roll(60) + 20 {
            let (at, tab) = (READY + self.dice.roll(WHIMS - READY), self.tab());
            self.plan(at, Happening::Whim { tab });
        }
        for _ in 0..self.dice.pick(&[0, 0, 0, 1, 3]) {
            let (at, tab) = (READY + self.dice.roll(WHIMS - READY), self.tab());
            self.plan(at, Happening::Lost { tab });
        }
        // What answers to a call of the last moment may come after the first farewell.
        for at in [WHIMS, WHIMS + 50_000, WHIMS + 100_000] {
            self.plan(at, Happening::Farewell);
        }
        self.plan(DONE, Happening::Disconnect);
        let mut turns = 0;
        while self.turn() {
            turns += 1;
            assert!(turns < TURNS, "a livelock");
        }
        self.tabs.iter().for_each(Tab::assert_done);
        assert_eq!(self.sip.load().1, 0, "something stays at the server");
        self.observer.tally
    }

    /// The next thing, of the agenda or of a deadline; false when all is over.
    fn turn(&mut self) -> bool {
        let tabs = self.tabs.iter().enumerate().filter_map(|(tab, it)| Some((it.deadline()?, tab)));
        let server = self.sip.deadline().map(|at| (at.as_millis(), SERVER));
        let due = tabs.chain(server).min();
        match (self.agenda.next(), due) {
            // Frames that are there go before deadlines that are due.
            (Some(at), due) if due.is_none_or(|(deadline, _)| at <= deadline.max(self.now)) => {
                self.pass(at);
                if let Some(happening) = self.agenda.take() {
                    self.happen(happening);
                }
                self.now <= END
            }
            (_, Some((at, end))) if at <= END => {
                self.pass(at);
                if end == SERVER {
                    self.serve(sip::Input::Deadline)
                } else {
                    self.input(end, Input::Deadline)
                }
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
            Happening::ToServer { link, frame } => self.server_receives(link, &frame),
            Happening::ToTab { link, frame } => self.tab_receives(link, &frame),
            Happening::Opened { tab, flow } => self.opened(tab, flow),
            Happening::Lost { tab } => self.lost(tab),
            Happening::Noticed { link } => {
                if std::mem::take(&mut self.links[link].server_open) {
                    self.observer.blur(SERVER);
                    self.serve(sip::Input::Closed { flow: self.links[link].server });
                }
            }
            Happening::Command { tab, command } => self.command(tab, command),
            Happening::Whim { tab } => {
                let command = self.tabs[tab].application.whim(&mut self.dice);
                self.command(tab, command);
            }
            Happening::Heard(heard) => self.serve(sip::Input::Heard(heard)),
            Happening::Disconnect => (0..self.tabs.len()).for_each(|tab| self.disconnect(tab)),
            Happening::Farewell => {
                for tab in 0..self.tabs.len() {
                    for command in self.tabs[tab].application.farewell() {
                        self.command(tab, command);
                    }
                }
            }
        }
    }

    /// What is left then is a registration that is renewed, and a question whether the server lives.
    fn disconnect(&mut self, tab: usize) {
        let left = self.tabs[tab].agent.load();
        assert!(left <= 2, "something stays: {left}");
        self.command(tab, Command::Disconnect);
    }

    // The tabs.

    fn tab_receives(&mut self, link: usize, frame: &[u8]) {
        let Link { tab, client, client_open: true, .. } = self.links[link] else { return };
        if frame != b"\r\n" {
            let message = Message::parse(frame).expect("what the server sends can be read");
            self.observer.received(self.now, tab, &message);
        }
        self.input(tab, Input::Frame { flow: client, octets: frame });
    }

    fn opened(&mut self, tab: usize, flow: FlowId) {
        if !self.tabs[tab].opened(self.now, flow) {
            return;
        }
        let server = FlowId(u32::try_from(self.links.len()).expect("few connections") + 1);
        self.links.push(Link::new(tab, flow, server));
        self.serve(sip::Input::Opened { flow: server });
        self.observer.back(self.now, tab);
        self.drain(tab);
    }

    /// The connection breaks: the tab knows it at once, the server perhaps later. What is on the
    /// way is lost.
    fn lost(&mut self, tab: usize) {
        if self.tabs[tab].lose(self.now) {
            self.closed(tab);
            self.drain(tab);
        }
    }

    fn closed(&mut self, tab: usize) {
        self.observer.lost(self.now, tab);
        self.observer.blur(SERVER);
        self.proxied.has_reasons = true;
        let Some(link) = self.links.iter().rposition(|link| link.tab == tab) else { return };
        self.links[link].client_open = false;
        let delay = self.dice.pick(&[0, 0, 300, 3_000]);
        self.plan(delay, Happening::Noticed { link });
    }

    fn command(&mut self, tab: usize, command: Command) {
        self.observer.note(self.now, tab, format_args!("{command:?}"));
        self.tabs[tab].command(self.now, command);
        self.drain(tab);
    }

    fn input(&mut self, tab: usize, input: Input<'_>) {
        self.tabs[tab].agent.handle(Instant::from_millis(self.now), input);
        self.drain(tab);
    }

    fn drain(&mut self, tab: usize) {
        while let Some(output) = self.tabs[tab].agent.poll() {
            match output {
                Output::Open { flow, .. } => {
                    self.tabs[tab].opening(flow);
                    let delay = if self.now == 0 { 0 } else { self.dice.pick(&[0, 100, 5_000, 12_000]) };
                    self.plan(delay, Happening::Opened { tab, flow });
                }
                Output::Close { .. } => {
                    if self.tabs[tab].close() {
                        self.closed(tab);
                    }
                }
                Output::Send { frame, .. } => self.tab_sends(tab, frame),
                Output::Event(event) => {
                    self.observer.note(self.now, tab, format_args!("{event:?}"));
                    for (delay, command) in self.tabs[tab].application.event(&event, &mut self.dice) {
                        self.plan(delay, Happening::Command { tab, command });
                    }
                }
            }
        }
    }

    fn tab_sends(&mut self, tab: usize, frame: Vec<u8>) {
        let link = self.links.iter().rposition(|link| link.tab == tab && link.client_open).expect("a connection");
        if frame != b"\r\n\r\n" {
            let message = Message::parse(&frame).expect("what agents send can be read");
            self.observer.sent(self.now, tab, &message);
        }
        for at in self.links[link].arrivals(self.now, true, &self.weather, &mut self.dice) {
            self.agenda.plan(at, Happening::ToServer { link, frame: frame.clone() });
        }
    }

    // The server.

    fn server_receives(&mut self, link: usize, frame: &[u8]) {
        let Link { server, server_open, client_open, .. } = self.links[link];
        if !server_open || !client_open {
            return;
        }
        if let Ok(message) = Message::parse(frame) {
            self.proxied.received(self.now, &message, &mut self.observer);
        }
        self.serve(sip::Input::Frame { flow: server, octets: frame });
    }

    fn serve(&mut self, input: sip::Input<'_>) {
        self.sip.handle(Instant::from_millis(self.now), input);
        while let Some(output) = self.sip.poll() {
            match output {
                sip::Output::Send { flow, frame } => self.server_sends(flow, frame),
                sip::Output::Media(Order::Describe { leg, .. }) => {
                    let answer = Some(ANSWER.to_owned());
                    self.plan(0, Happening::Heard(Heard::Answer { leg, answer }));
                    // Should the BYE be lost, the media end by themselves.
                    self.agenda.plan(SILENCE.max(self.now), Happening::Heard(Heard::Ended { leg }));
                }
                sip::Output::Media(_) => {}
            }
        }
        self.proxied.turn_over();
    }

    fn server_sends(&mut self, flow: FlowId, frame: Vec<u8>) {
        if let Ok(message) = Message::parse(&frame) {
            self.proxied.sent(self.now, &message, &mut self.observer);
        }
        let Some(link) = self.links.iter().position(|link| link.server == flow && link.server_open) else { return };
        for at in self.links[link].arrivals(self.now, false, &self.weather, &mut self.dice) {
            self.agenda.plan(at, Happening::ToTab { link, frame: frame.clone() });
        }
    }

    fn plan(&mut self, delay: u64, happening: Happening) {
        self.agenda.plan(self.now + delay, happening);
    }

    fn tab(&mut self) -> usize {
        usize::try_from(self.dice.roll(self.tabs.len() as u64)).unwrap_or_default()
    }
}

fn tab(number: u8, user: &str, dice: &mut Dice) -> Tab {
    let mut config = Config::new(&format!("sip:{user}@example.test"), "ws://127.0.0.1:8080/ws");
    let password = Some(format!("{user}-demo"));
    config.credentials = Some(Credentials { username: user.to_owned(), password, ha1: None, realm: None });
    Tab::new(config, number, TARGETS, dice)
}
