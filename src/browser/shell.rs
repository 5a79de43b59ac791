//! The core with what surrounds it, and the turns that it takes: something comes in, the
//! core handles it, and all that it asks for is done before anything else comes in.

use super::alarm::Alarm;
use super::clock::Clock;
use super::convert;
use super::frame::FrameBuffer;
use super::network::Network;
use super::scope::Kept;
use super::socket::{Early, Signal, Socket};
use crate::agent::{Input, Output, UserAgent};
use crate::flow::FlowId;
use crate::json::List;
use crate::protocol::{Command, Refusal};
use crate::table::Table;
use crate::time::Instant;
use alloc::rc::{Rc, Weak};
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};
use js_sys::Function;
use wasm_bindgen::JsValue;

/// Everything that one engine owns.
///
/// A trap in the midst of a turn leaves `inside` borrowed for ever: this is how every later
/// call knows. What must be closed even then is `outside`.
pub(super) struct Shell {
    inside: RefCell<Inside>,
    outside: RefCell<Outside>,
    notify: Function,
    notified: Cell<bool>,
    /// Brings `notify` its turn: queueMicrotask takes twice as long in Node.
    kept: Kept,
}

struct Inside {
    agent: UserAgent,
    clock: Clock,
    frame: FrameBuffer,
    events: List,
}

#[derive(Default)]
struct Outside {
    sockets: Table<FlowId, Socket>,
    early: Early,
    alarm: Alarm,
    network: Option<Network>,
}

/// The room for some hundred calls. The memory grows once, at the start, and not in the
/// midst of calls: with each growth JavaScript has to make all its views of it anew.
const ROOM: usize = 256 * 1024;

impl Shell {
    pub(super) fn new(agent: UserAgent, clock: Clock, notify: Function, early: Early) -> Rc<Self> {
        drop(core::hint::black_box(Vec::<u8>::with_capacity(ROOM)));
        let inside = Inside { agent, clock, frame: FrameBuffer::new(), events: convert::list() };
        let (inside, outside) = (RefCell::new(inside), RefCell::new(Outside { early, ..Outside::default() }));
        let shell = Rc::new(Self { inside, outside, notify, notified: Cell::new(false), kept: Kept::resolve() });
        shell.listen();
        shell
    }

    fn listen(self: &Rc<Self>) {
        let shell = Rc::downgrade(self);
        let heard = move |online| {
            with(&shell, |shell| {
                shell.turn(|inside, now| inside.agent.handle(now, Input::Network { online }));
            });
        };
        self.outside.borrow_mut().network = Some(Network::listen(heard));
    }

    /// Carries out a command; `None` when the engine has failed.
    pub(super) fn command(self: &Rc<Self>, command: Command) -> Option<Result<(), Refusal>> {
        let mut inside = self.inside.try_borrow_mut().ok()?;
        if matches!(command, Command::Disconnect) {
            self.outside.borrow_mut().early = Early::default();
        }
        let now = inside.clock.now();
        let outcome = inside.agent.command(now, command);
        self.settle(&mut inside, now);
        if !inside.events.is_empty() {
            self.announce();
        }
        Some(outcome)
    }

    /// Has the events since the last time taken; `None` when the engine has failed.
    pub(super) fn take<T>(&self, take: impl FnOnce(&mut List) -> T) -> Option<T> {
        self.notified.set(false);
        self.inside.try_borrow_mut().ok().map(|mut inside| take(&mut inside.events))
    }

    /// Looks at the core; `None` when the engine has failed.
    pub(super) fn inspect<T>(&self, look: impl FnOnce(&UserAgent) -> T) -> Option<T> {
        self.inside.try_borrow().ok().map(|inside| look(&inside.agent))
    }

    /// Closes all connections and stops the timer.
    pub(super) fn abandon(&self) {
        if let Ok(mut outside) = self.outside.try_borrow_mut() {
            *outside = Outside::default();
        }
    }

    /// A turn that a socket or the timer starts. It is announced beforehand: should it trap,
    /// whoever is told finds out.
    fn turn(self: &Rc<Self>, act: impl FnOnce(&mut Inside, Instant)) {
        let Ok(mut inside) = self.inside.try_borrow_mut() else { return };
        self.announce();
        let now = inside.clock.now();
        act(&mut inside, now);
        self.settle(&mut inside, now);
    }

    fn announce(&self) {
        if !self.notified.replace(true) {
            self.kept.then(&self.notify);
        }
    }

    fn hear(self: &Rc<Self>, flow: FlowId, signal: &Signal) {
        self.turn(|Inside { agent, frame, .. }, now| match signal {
            Signal::Opened => agent.handle(now, Input::Opened { flow }),
            Signal::Frame(data) => agent.handle(now, Input::Frame { flow, octets: frame.read(data) }),
            Signal::Closed { code } => {
                self.outside.borrow_mut().sockets.remove(flow);
                agent.handle(now, Input::Closed { flow, code: *code });
            }
        });
    }

    fn ring(self: &Rc<Self>) {
        let Ok(now) = self.inside.try_borrow_mut().map(|mut inside| inside.clock.now()) else { return };
        let shell = Rc::downgrade(self);
        let in_time = self.outside.borrow_mut().alarm.rang(now, move || with(&shell, Self::hopped));
        if in_time {
            self.expire();
        }
    }

    fn hopped(self: &Rc<Self>) {
        self.outside.borrow_mut().alarm.hopped();
        self.expire();
    }

    fn expire(self: &Rc<Self>) {
        self.turn(|inside, now| {
            if inside.agent.deadline().is_some_and(|deadline| deadline <= now) {
                inside.agent.handle(now, Input::Deadline);
            }
        });
    }

    /// Does what the core asks for.
    fn settle(self: &Rc<Self>, inside: &mut Inside, now: Instant) {
        while let Some(output) = inside.agent.poll() {
            match output {
                Output::Open { flow, url } => match self.open(flow, &url) {
                    Ok(true) => inside.agent.handle(now, Input::Opened { flow }),
                    Ok(false) => {}
                    Err(_) => inside.agent.handle(now, Input::Closed { flow, code: NOT_OPENED }),
                },
                Output::Close { flow, code } => {
                    if let Some(socket) = self.outside.borrow_mut().sockets.remove(flow) {
                        socket.close(code);
                    }
                }
                Output::Send { flow, frame } => {
                    if let Some(socket) = self.outside.borrow().sockets.get(flow) {
                        socket.send(&frame);
                    }
                }
                Output::Event(event) => inside.events.push(&event),
            }
        }
        let shell = Rc::downgrade(self);
        self.outside.borrow_mut().alarm.set(now, inside.agent.deadline(), move || with(&shell, Self::ring));
    }

    /// Opens a connection; true when it is open at once, because it was opened early.
    fn open(self: &Rc<Self>, flow: FlowId, url: &str) -> Result<bool, JsValue> {
        let shell = Rc::downgrade(self);
        let tell = move |signal| with(&shell, |shell| shell.hear(flow, &signal));
        let mut outside = self.outside.borrow_mut();
        let socket = match outside.early.take() {
            Some(early) => Socket::watch(early, tell),
            None => Socket::open(url, tell)?,
        };
        let is_open = socket.is_open();
        outside.sockets.insert(flow, socket);
        Ok(is_open)
    }
}

/// RFC 6455 section 7.4.1: what a browser says of a connection that never was.
const NOT_OPENED: u16 = 1006;

/// Callbacks hold the shell weakly: once the engine is freed they do nothing.
fn with(shell: &Weak<Shell>, act: impl FnOnce(&Rc<Shell>)) {
    if let Some(shell) = shell.upgrade() {
        act(&shell);
    }
}
