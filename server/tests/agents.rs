//! Prackle's own user agents on this server: both sides of the house on one virtual clock.

mod common;

use std::collections::BTreeMap;

use common::{ANSWER, OFFER, config};
use prackle::agent::UserAgent;
use prackle::protocol::{
    Answer, CallId, CallOptions, Command, Config, Credentials, DescriptionKind, Event, Progress, RequestNumber,
};
use prackle::time::{Duration, Instant};
use prackle::transaction::FlowId;
use prackle::{agent, usage};
use prackle_server::media::{Heard, Order};
use prackle_server::sip::{self, Sip};

/// A tab: a user agent, the connection that it has, and what it has told.
struct Tab {
    agent: UserAgent,
    /// Its name for the connection, and the server's.
    flow: Option<(FlowId, FlowId)>,
    events: Vec<Event>,
}

/// The server, the tabs, and the time that they share.
struct World {
    sip: Sip,
    tabs: BTreeMap<&'static str, Tab>,
    now: Instant,
    flows: u32,
    requests: u32,
}

impl World {
    fn new(users: &[&'static str]) -> Self {
        let now = Instant::from_millis(1_000_000);
        let mut world = Self { sip: Sip::new(config(), [9; 32]), tabs: BTreeMap::new(), now, flows: 0, requests: 0 };
        for user in users {
            world.add(user, user);
        }
        world
    }

    /// Opens a tab as `user`, connects and registers.
    fn add(&mut self, tab: &'static str, user: &str) {
        let mut config = Config::new(&format!("sip:{user}@example.test"), "ws://127.0.0.1:8080/ws");
        let password = Some(format!("{user}-demo"));
        config.credentials = Some(Credentials { username: user.to_owned(), password, ha1: None, realm: None });
        let mut entropy = [0; 32];
        for (octet, name) in entropy.iter_mut().zip(tab.bytes()) {
            *octet = name;
        }
        let agent = UserAgent::new(config, entropy, self.now).expect("a good configuration");
        self.tabs.insert(tab, Tab { agent, flow: None, events: Vec::new() });
        self.command(tab, Command::Connect);
        let request = self.request();
        self.command(tab, Command::Register { request, expires: None, headers: Vec::new() });
        assert!(self.sip.is_reachable(user), "{:#?}", self.events(tab));
    }

    fn request(&mut self) -> RequestNumber {
        self.requests += 1;
        RequestNumber(self.requests)
    }

    fn call(&mut self, tab: &'static str, number: u32, target: &str) {
        let target = format!("sip:{target}@example.test");
        self.command(tab, Command::Call { call: CallId(number), target, options: CallOptions::default() });
    }

    fn command(&mut self, tab: &'static str, command: Command) {
        let shown = format!("{command:?}");
        let now = self.now;
        let refused = self.tab(tab).agent.command(now, command).err();
        assert!(refused.is_none(), "{shown}: {refused:?}");
        self.settle();
    }

    fn tab(&mut self, tab: &'static str) -> &mut Tab {
        self.tabs.get_mut(tab).expect("a tab of this name")
    }

    /// Lets frames run until everybody is silent.
    fn settle(&mut self) {
        while self.run_tabs() | self.run_server() {}
    }

    fn run_tabs(&mut self) -> bool {
        let names: Vec<&'static str> = self.tabs.keys().copied().collect();
        let mut busy = false;
        for name in names {
            while let Some(output) = self.tab(name).agent.poll() {
                busy = true;
                self.carry_out(name, output);
            }
        }
        busy
    }

    fn carry_out(&mut self, name: &'static str, output: usage::Output) {
        let now = self.now;
        match output {
            usage::Output::Open { flow, .. } => {
                self.flows += 1;
                let server = FlowId(self.flows);
                self.tab(name).flow = Some((flow, server));
                self.sip.handle(now, sip::Input::Opened { flow: server });
                self.tab(name).agent.handle(now, agent::Input::Opened { flow });
            }
            usage::Output::Close { flow, .. } => self.cut(name, flow),
            usage::Output::Send { flow, frame } => {
                if let Some((_, server)) = self.tab(name).flow.filter(|(own, _)| *own == flow) {
                    self.sip.handle(now, sip::Input::Frame { flow: server, octets: &frame });
                }
            }
            usage::Output::Event(Event::Describe { token, kind, .. }) => {
                let sdp = if kind == DescriptionKind::Offer { OFFER } else { ANSWER };
                let answer = Answer::Sdp(sdp.to_owned());
                let now = self.now;
                self.tab(name).agent.command(now, Command::Description { token, answer }).expect("taken");
            }
            usage::Output::Event(event) => self.tab(name).events.push(event),
        }
    }

    fn cut(&mut self, name: &'static str, flow: FlowId) {
        let now = self.now;
        if let Some((own, server)) = self.tab(name).flow.take_if(|(own, _)| *own == flow) {
            self.sip.handle(now, sip::Input::Closed { flow: server });
            self.tab(name).agent.handle(now, agent::Input::Closed { flow: own, code: 1006 });
        }
    }

    fn run_server(&mut self) -> bool {
        let now = self.now;
        let mut busy = false;
        while let Some(output) = self.sip.poll() {
            busy = true;
            match output {
                sip::Output::Send { flow, frame } => {
                    let tab = self.tabs.values_mut().find(|tab| tab.flow.is_some_and(|(_, server)| server == flow));
                    if let Some((tab, own)) = tab.and_then(|tab| tab.flow.map(|(own, _)| (tab, own))) {
                        tab.agent.handle(now, agent::Input::Frame { flow: own, octets: &frame });
                    }
                }
                sip::Output::Media(Order::Describe { leg, .. }) => {
                    let answer = Some(ANSWER.to_owned());
                    self.sip.handle(now, sip::Input::Heard(Heard::Answer { leg, answer }));
                }
                sip::Output::Media(_) => {}
            }
        }
        busy
    }

    fn advance(&mut self, millis: u64) {
        let until = self.now + Duration::from_millis(millis);
        loop {
            let tabs = self.tabs.values().filter_map(|tab| tab.agent.deadline());
            let next = tabs.chain(self.sip.deadline()).min().filter(|next| *next <= until);
            let Some(next) = next else { break };
            self.now = self.now.max(next);
            let now = self.now;
            self.sip.handle(now, sip::Input::Deadline);
            for tab in self.tabs.values_mut() {
                tab.agent.handle(now, agent::Input::Deadline);
            }
            self.settle();
        }
        self.now = until;
    }

    fn events(&self, tab: &str) -> &[Event] {
        self.tabs.get(tab).map_or(&[], |tab| &tab.events)
    }

    fn saw(&self, tab: &str, wanted: impl Fn(&Event) -> bool) -> bool {
        self.events(tab).iter().any(wanted)
    }

    fn incoming(&self, tab: &str) -> CallId {
        let invited = self.events(tab).iter().rev().find_map(|event| match event {
            Event::Invite { call, .. } => Some(*call),
            _ => None,
        });
        invited.unwrap_or_else(|| panic!("{tab} was not called: {:#?}", self.events(tab)))
    }

    fn ended(&self, tab: &str) -> &Event {
        let ended = self.events(tab).iter().rev().find(|event| matches!(event, Event::Ended { .. }));
        ended.unwrap_or_else(|| panic!("{tab}'s call goes on: {:#?}", self.events(tab)))
    }

    fn accept(&mut self, tab: &'static str) {
        let (call, request) = (self.incoming(tab), self.request());
        self.command(tab, Command::Accept { call, request, headers: Vec::new() });
    }

    fn hang_up(&mut self, tab: &'static str, call: CallId) {
        self.command(tab, Command::Hangup { call, headers: Vec::new() });
    }
}

fn reliable(event: &Event, code: u16) -> bool {
    matches!(event, Event::Progress { status, reliable: true, .. } if *status == code)
}

fn confirmed(event: &Event) -> bool {
    matches!(event, Event::Confirmed { .. } | Event::Accepted { .. })
}

#[test]
fn alice_calls_bob_who_rings_reliably_and_answers() {
    let mut world = World::new(&["alice", "bob"]);
    world.call("alice", 1, "bob");
    let (call, request) = (world.incoming("bob"), world.request());
    world.command("bob", Command::Progress { call, request, progress: Progress::default() });
    assert!(world.saw("alice", |event| reliable(event, 180)), "{:#?}", world.events("alice"));
    assert!(world.saw("bob", |event| matches!(event, Event::Prack { .. })));
    world.accept("bob");
    assert!(world.saw("alice", confirmed) && world.saw("bob", confirmed));
    world.hang_up("bob", call);
    world.ended("alice");
    world.ended("bob");
    world.advance(70_000);
    assert_eq!(world.sip.load(), (0, 0));
}

#[test]
fn one_of_two_tabs_answers_and_the_other_hears_of_it() {
    let mut world = World::new(&["alice"]);
    world.add("desk", "bob");
    world.add("sofa", "bob");
    world.call("alice", 1, "bob");
    for tab in ["desk", "sofa"] {
        let (call, request) = (world.incoming(tab), world.request());
        world.command(tab, Command::Progress { call, request, progress: Progress::default() });
    }
    world.accept("sofa");
    assert!(matches!(world.ended("desk"), Event::Ended { answered_elsewhere: true, .. }));
    assert!(world.saw("alice", confirmed));
}

#[test]
fn a_call_is_cancelled_while_it_rings() {
    let mut world = World::new(&["alice", "bob"]);
    world.call("alice", 1, "bob");
    world.incoming("bob");
    world.advance(1_000);
    world.hang_up("alice", CallId(1));
    assert!(matches!(world.ended("alice"), Event::Ended { status: Some(487), .. }), "{:?}", world.ended("alice"));
    world.ended("bob");
}

#[test]
fn early_and_flaky_and_echo_are_answered() {
    for (number, seconds) in [("echo", 0), ("early", 5), ("flaky", 5)] {
        let mut world = World::new(&["alice"]);
        world.call("alice", 1, number);
        world.advance(seconds * 1000);
        assert!(world.saw("alice", confirmed), "{number}: {:#?}", world.events("alice"));
        assert!(number == "echo" || world.saw("alice", |event| reliable(event, 183)));
        assert!(!world.saw("alice", |event| matches!(event, Event::PrackFailed { .. })), "{number}");
        world.hang_up("alice", CallId(1));
        world.advance(70_000);
        assert_eq!(world.sip.load(), (0, 0), "{number}");
    }
}

#[test]
fn queue_says_182_and_bob_answers() {
    let mut world = World::new(&["alice", "bob"]);
    world.call("alice", 1, "queue");
    assert!(world.saw("alice", |event| reliable(event, 182)));
    world.accept("bob");
    assert!(world.saw("alice", confirmed));
}

#[test]
fn silent_rings_for_ten_minutes_without_a_fault() {
    let mut world = World::new(&["alice"]);
    world.call("alice", 1, "silent");
    world.advance(600_000);
    assert!(!world.saw("alice", |event| matches!(event, Event::Ended { .. } | Event::PrackFailed { .. })));
    world.hang_up("alice", CallId(1));
    world.ended("alice");
}

#[test]
fn who_is_not_there_gets_480_and_busy_486() {
    let mut world = World::new(&["alice"]);
    for (number, (target, code)) in [("bob", 480), ("zoe", 404), ("busy", 486)].into_iter().enumerate() {
        world.call("alice", u32::try_from(number).expect("small") + 1, target);
        assert!(
            matches!(world.ended("alice"), Event::Ended { status: Some(status), .. } if *status == code),
            "{target}"
        );
    }
}

#[test]
fn a_lost_connection_does_not_end_a_call_that_rings() {
    let mut world = World::new(&["alice", "bob"]);
    world.call("alice", 1, "bob");
    world.incoming("bob");
    world.advance(1_000);
    let flow = world.tab("bob").flow.expect("connected").0;
    world.cut("bob", flow);
    world.advance(6_000);
    assert!(world.sip.is_reachable("bob"), "bob is back: {:#?}", world.events("bob"));
    world.accept("bob");
    assert!(world.saw("alice", confirmed), "{:#?}", world.events("alice"));
}

#[test]
fn registrations_are_kept_for_hours() {
    let mut world = World::new(&["alice"]);
    for _ in 0..24 {
        world.advance(15 * 60_000);
        assert!(world.sip.is_reachable("alice"));
    }
}
