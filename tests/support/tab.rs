//! One user agent with its application and its connection, as a browser's tab has them.

use crate::application::Application;
use crate::dice::Dice;
use prackle::agent::{FlowId, Input, UserAgent};
use prackle::protocol::{Command, Config, PrackMode, Reinvites, Rel100, ReliableProgress};
use prackle::time::Instant;

pub(crate) struct Tab {
    pub(crate) agent: UserAgent,
    pub(crate) application: Application,
    /// The connection that it has, or had last.
    pub(crate) flow: FlowId,
    /// The connection that is being opened.
    opening: Option<FlowId>,
    pub(crate) is_open: bool,
    /// A hidden tab's timers fire at whole multiples of this only, in milliseconds.
    throttle: u64,
}

impl Tab {
    /// A tab of `user`, with random preferences.
    pub(crate) fn new(mut config: Config, number: u8, targets: &'static [&'static str], dice: &mut Dice) -> Self {
        config.rel100 =
            dice.pick(&[Rel100::Supported, Rel100::Supported, Rel100::Supported, Rel100::Required, Rel100::None]);
        config.reliable_progress = dice.pick(&[
            ReliableProgress::Always,
            ReliableProgress::Always,
            ReliableProgress::Sdp,
            ReliableProgress::Never,
        ]);
        config.prack = dice.pick(&[PrackMode::Auto, PrackMode::Auto, PrackMode::Manual]);
        config.reinvites = dice.pick(&[Reinvites::Auto, Reinvites::Auto, Reinvites::Manual]);
        config.accept_changed_answer = dice.percent(30);
        config.session_timer = dice.pick(&[None, None, Some(90), Some(180)]);
        let mut octet = || u8::try_from(dice.roll(256)).unwrap_or_default();
        let entropy = [number + 1, octet(), octet(), 0].repeat(8).try_into().expect("32 octets");
        let agent = UserAgent::new(config, entropy, Instant::from_millis(0)).expect("a good configuration");
        let throttle = dice.pick(&[1, 1, 1, 1000]);
        let application = Application::new(targets);
        Self { agent, application, flow: FlowId(0), opening: None, is_open: false, throttle }
    }

    /// Whether its timers are late.
    pub(crate) fn is_sluggish(&self) -> bool {
        self.throttle > 1
    }

    /// When its timer fires next.
    pub(crate) fn deadline(&self) -> Option<u64> {
        self.agent.deadline().map(|at| at.as_millis().next_multiple_of(self.throttle))
    }

    /// The application commands; what is refused is as if it had not been said.
    pub(crate) fn command(&mut self, now: u64, command: Command) {
        self.application.expect(&command);
        if self.agent.command(Instant::from_millis(now), command.clone()).is_err() {
            self.application.forget(&command);
        }
    }

    pub(crate) fn opening(&mut self, flow: FlowId) {
        self.opening = Some(flow);
    }

    /// The connection has opened, if it is still wanted.
    pub(crate) fn opened(&mut self, now: u64, flow: FlowId) -> bool {
        let wanted = self.opening.take_if(|opening| *opening == flow).is_some();
        if wanted {
            (self.flow, self.is_open) = (flow, true);
            self.agent.handle(Instant::from_millis(now), Input::Opened { flow });
        }
        wanted
    }

    /// The agent closes its connection; whether there was one.
    pub(crate) fn close(&mut self) -> bool {
        self.opening = None;
        std::mem::take(&mut self.is_open)
    }

    /// The connection breaks, if there is one.
    pub(crate) fn lose(&mut self, now: u64) -> bool {
        let was_open = std::mem::take(&mut self.is_open);
        if was_open {
            self.agent.handle(Instant::from_millis(now), Input::Closed { flow: self.flow, code: 1006 });
        }
        was_open
    }

    /// Nothing is left of what the application began.
    pub(crate) fn assert_done(&self) {
        assert!(self.application.calls.values().all(|over| *over), "a call never ended");
        assert!(self.application.open.is_empty(), "never settled: {:?}", self.application.open);
        assert_eq!(self.agent.load(), 0, "something stays");
    }
}
