//! Which server is tried next, and when (RFC 5626 section 4.5).
//!
//! Servers are tried in the order of preference, each at once after the other has failed.
//! When all have, there is a pause, and the order begins anew. The upper bound of the pause
//! is that of RFC 5626, `min(max-time, base-time * 2^failures)`, of which 50 to 100 % are
//! waited; but base-time is 2 s and max-time 30 s, not 30 s and 1800 s: somebody sits before
//! this user agent and waits for it to come back, and a server that restarts is soon there.

use crate::random::Random;
use crate::time::Duration;
use alloc::string::String;
use alloc::vec::Vec;

/// The servers and what was lately known of them.
#[derive(Clone, Debug)]
pub(super) struct Servers {
    servers: Vec<Server>,
    /// How many times in a row all have failed.
    rounds: u32,
}

#[derive(Clone, Debug)]
struct Server {
    url: String,
    /// It has failed in this round.
    failed: bool,
}

/// The place of a server in the order of preference.
pub(super) type Place = usize;

impl Servers {
    pub(super) fn new(urls: Vec<String>) -> Self {
        Self { servers: urls.into_iter().map(|url| Server { url, failed: false }).collect(), rounds: 0 }
    }

    /// Notes that this one has failed.
    pub(super) fn failed(&mut self, place: Place) {
        if let Some(server) = self.servers.get_mut(place) {
            server.failed = true;
        }
    }

    /// Forgets former failures: a connection has proved its worth, or the user asks anew.
    pub(super) fn forget(&mut self) {
        self.rounds = 0;
        self.begin_round();
    }

    /// Lets every server be tried once more.
    pub(super) fn begin_round(&mut self) {
        for server in &mut self.servers {
            server.failed = false;
        }
    }

    /// The pause after all have failed, longer each time.
    pub(super) fn pause(&mut self, random: &mut Random) -> Duration {
        let bound = BASE.as_millis().checked_shl(self.rounds.min(MAX_SHIFT)).unwrap_or(u64::MAX).min(MAX.as_millis());
        self.rounds = self.rounds.saturating_add(1);
        let half = u32::try_from(bound / 2).unwrap_or(u32::MAX);
        Duration::from_millis(bound) - Duration::from_millis(u64::from(random.below(half.saturating_add(1))))
    }

    /// The best server that has not failed in this round.
    pub(super) fn next(&self) -> Option<Place> {
        self.servers.iter().position(|server| !server.failed)
    }

    pub(super) fn url(&self, place: Place) -> &str {
        self.servers.get(place).map_or("", |server| &server.url)
    }
}

const BASE: Duration = Duration::from_secs(2);
const MAX: Duration = Duration::from_secs(30);
/// Beyond it the bound is above [`MAX`] anyway, and the shift could lose bits.
const MAX_SHIFT: u32 = 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn servers(count: usize) -> Servers {
        Servers::new(["ws://a", "ws://b", "ws://c"].into_iter().take(count).map(String::from).collect())
    }

    #[test]
    fn the_order_is_kept_and_begins_anew() {
        let mut servers = servers(3);
        for expected in [0, 1, 2] {
            assert_eq!(servers.next(), Some(expected));
            servers.failed(expected);
        }
        assert_eq!(servers.next(), None);
        servers.begin_round();
        assert_eq!(servers.next(), Some(0));
    }

    #[test]
    fn pauses_double_up_to_the_cap_with_half_of_it_random() {
        let mut random = Random::new([4; 32]);
        for _ in 0..50 {
            let mut servers = servers(1);
            for bound in [2_000, 4_000, 8_000, 16_000, 30_000, 30_000] {
                let pause = servers.pause(&mut random).as_millis();
                assert!((bound / 2..=bound).contains(&pause), "{pause} of {bound}");
            }
            servers.rounds = u32::MAX;
            assert!(servers.pause(&mut random).as_millis() <= 30_000);
            servers.forget();
            assert!(servers.pause(&mut random).as_millis() <= 2_000);
        }
    }
}
