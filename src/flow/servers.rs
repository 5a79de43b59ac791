//! Which server is tried next, and when (RFC 5626 section 4.5, RFC 2782).
//!
//! Servers are tried in the order of priority, those of one priority in a random order that
//! their weights bias; each at once after the other has failed. When all have, there is a
//! pause, and the order begins anew. The upper bound of the pause is that of RFC 5626,
//! `min(max-time, base-time * 2^failures)`, of which 50 to 100 % are waited; but base-time is
//! 2 s and max-time 30 s, not 30 s and 1800 s: somebody sits before this user agent and
//! waits for it to come back, and a server that restarts is soon there.

use crate::random::Random;
use crate::time::Duration;
use alloc::string::String;
use alloc::vec::Vec;

/// A server of the user agent (RFC 2782: what a SRV record says of it).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Its address, `ws:` or `wss:`.
    pub url: String,
    /// Lower ones are tried first.
    pub priority: u16,
    /// Its share among those of the same priority; one of 0 is tried when no other is left.
    pub weight: u16,
}

/// The servers and what was lately known of them.
#[derive(Clone, Debug)]
pub(super) struct Servers {
    servers: Vec<Known>,
    /// How many times in a row all have failed.
    rounds: u32,
}

#[derive(Clone, Debug)]
struct Known {
    server: Server,
    /// It has failed in this round.
    failed: bool,
}

/// The place of a server in the list.
pub type Place = usize;

impl Servers {
    pub(super) fn new(servers: Vec<Server>) -> Self {
        Self { servers: servers.into_iter().map(|server| Known { server, failed: false }).collect(), rounds: 0 }
    }

    /// Notes that this one has failed.
    pub(super) fn failed(&mut self, place: Place) {
        if let Some(known) = self.servers.get_mut(place) {
            known.failed = true;
        }
    }

    /// Forgets former failures: a connection has proved its worth, or the user asks anew.
    pub(super) fn forget(&mut self) {
        self.rounds = 0;
        self.begin_round();
    }

    /// Lets every server be tried once more.
    pub(super) fn begin_round(&mut self) {
        for known in &mut self.servers {
            known.failed = false;
        }
    }

    /// The pause after all have failed, longer each time.
    pub(super) fn pause(&mut self, random: &mut Random) -> Duration {
        let bound = BASE.as_millis().checked_shl(self.rounds.min(MAX_SHIFT)).unwrap_or(u64::MAX).min(MAX.as_millis());
        self.rounds = self.rounds.saturating_add(1);
        let half = u32::try_from(bound / 2).unwrap_or(u32::MAX);
        Duration::from_millis(bound) - Duration::from_millis(u64::from(random.below(half.saturating_add(1))))
    }

    /// Whether there is one, other than that at `place`, which has not failed in this round, or
    /// in a new one.
    pub(super) fn has_other(&self, place: Place, anew: bool) -> bool {
        self.servers.iter().enumerate().any(|(other, known)| other != place && (anew || !known.failed))
    }

    /// One that has not failed in this round: of the least priority, by weight and chance.
    pub(super) fn choose(&self, random: &mut Random) -> Option<Place> {
        let left = || self.servers.iter().enumerate().filter(|(_, known)| !known.failed);
        let priority = left().map(|(_, known)| known.server.priority).min()?;
        let equals = || left().filter(|(_, known)| known.server.priority == priority);
        let whole = equals().map(|(_, known)| u32::from(known.server.weight)).sum();
        let mut lot = random.below(whole);
        equals()
            .find(|(_, known)| {
                let weight = u32::from(known.server.weight);
                let drawn = lot < weight || whole == 0;
                lot = lot.saturating_sub(weight);
                drawn
            })
            .map(|(place, _)| place)
    }

    pub(super) fn url(&self, place: Place) -> &str {
        self.servers.get(place).map_or("", |known| &known.server.url)
    }
}

const BASE: Duration = Duration::from_secs(2);
const MAX: Duration = Duration::from_secs(30);
/// Beyond it the bound is above [`MAX`] anyway, and the shift could lose bits.
const MAX_SHIFT: u32 = 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn servers(known: &[(u16, u16)]) -> Servers {
        let server = |(priority, weight): &(u16, u16)| Server {
            url: String::from("ws://a"),
            priority: *priority,
            weight: *weight,
        };
        Servers::new(known.iter().map(server).collect())
    }

    #[test]
    fn the_order_of_priority_is_kept_and_begins_anew() {
        let (mut servers, mut random) = (servers(&[(2, 1), (0, 1), (1, 1)]), Random::new([4; 32]));
        for expected in [1, 2, 0] {
            assert_eq!(servers.choose(&mut random), Some(expected));
            servers.failed(expected);
        }
        assert_eq!(servers.choose(&mut random), None);
        servers.begin_round();
        assert_eq!(servers.choose(&mut random), Some(1));
    }

    #[test]
    fn equals_share_by_weight_and_none_has_what_the_others_leave() {
        let (mut servers, mut random) = (servers(&[(0, 30), (0, 10), (0, 0), (1, 60)]), Random::new([4; 32]));
        let mut drawn = [0; 4];
        for _ in 0..4000 {
            drawn[servers.choose(&mut random).unwrap()] += 1;
        }
        assert!((2850..=3150).contains(&drawn[0]), "three quarters of {drawn:?}");
        assert_eq!((drawn[0] + drawn[1], drawn[2], drawn[3]), (4000, 0, 0));
        servers.failed(0);
        servers.failed(1);
        assert_eq!(servers.choose(&mut random), Some(2), "a weight of 0 comes last among its equals");
        assert!(servers.has_other(2, false));
        servers.failed(2);
        assert_eq!(servers.choose(&mut random), Some(3));
        assert!(!servers.has_other(3, false) && servers.has_other(3, true));
    }

    #[test]
    fn pauses_double_up_to_the_cap_with_half_of_it_random() {
        let mut random = Random::new([4; 32]);
        for _ in 0..50 {
            let mut servers = servers(&[(0, 1)]);
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
