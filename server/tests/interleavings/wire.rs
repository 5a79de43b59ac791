//! The connections between the tabs and the server, and how bad they are.

use crate::dice::Dice;
use prackle::transaction::FlowId;

/// What the way of a frame may do to it, in percent and milliseconds.
pub(crate) struct Weather {
    /// Beyond the connection there is a hop that loses, doubles and reorders.
    pub(crate) loss: u64,
    pub(crate) doubling: u64,
    pub(crate) reorders: bool,
    pub(crate) delay: u64,
}

impl Weather {
    pub(crate) fn new(dice: &mut Dice) -> Self {
        let delay = dice.pick(&[1, 50, 500, 2_000]);
        // A WebSocket neither loses nor reorders; what lies behind it may.
        if dice.percent(60) {
            return Self { loss: 0, doubling: 0, reorders: false, delay };
        }
        Self { loss: dice.pick(&[0, 2, 10]), doubling: dice.pick(&[0, 10, 50]), reorders: true, delay }
    }
}

/// One connection, under the names that its two ends have for it.
pub(crate) struct Link {
    pub(crate) tab: usize,
    pub(crate) client: FlowId,
    pub(crate) server: FlowId,
    /// Whether each end still holds it for open.
    pub(crate) client_open: bool,
    pub(crate) server_open: bool,
    /// When the last frame arrives, to the server and to the tab: none overtakes it.
    last: [u64; 2],
}

impl Link {
    pub(crate) fn new(tab: usize, client: FlowId, server: FlowId) -> Self {
        Self { tab, client, server, client_open: true, server_open: true, last: [0; 2] }
    }

    /// When copies of a frame sent now arrive, if at all.
    pub(crate) fn arrivals(&mut self, now: u64, to_server: bool, weather: &Weather, dice: &mut Dice) -> Vec<u64> {
        let copies = if dice.percent(weather.doubling) { 2 } else { 1 };
        let last = &mut self.last[usize::from(!to_server)];
        let mut arrivals = Vec::new();
        for _ in 0..copies {
            if dice.percent(weather.loss) {
                continue;
            }
            let at = now + 1 + dice.roll(weather.delay);
            *last = if weather.reorders { at } else { at.max(*last) };
            arrivals.push(*last);
        }
        arrivals
    }
}
