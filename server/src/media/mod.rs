//! The sound behind the numbers to call: WebRTC peers that answer an offer, send a tone or
//! give back what they hear. Decides nothing about calls: it knows legs, session
//! descriptions and packets, never SIP.
//! RFC 8829 (answers), RFC 8445 (ICE, the lite side), RFC 5764 (DTLS-SRTP), RFC 3551 (PCMU).

mod hosts;
mod peer;
mod tone;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use tokio::sync::mpsc;

use peer::Peer;

/// One leg of media: the endpoint's name for the sound of one call, never reused.
pub type LegId = u64;

/// What a leg sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sound {
    /// A steady tone of this many hertz.
    Tone(u16),
    /// What it hears, packet by packet.
    Echo,
}

/// What the endpoint asks of the media.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// Answer this offer; the first one makes the leg, a later one changes it.
    Describe {
        /// The leg.
        leg: LegId,
        /// The offer, as it came in the SIP body.
        offer: String,
    },
    /// Send this from now on; until the first such order a leg is silent.
    Play {
        /// The leg.
        leg: LegId,
        /// What to send.
        sound: Sound,
    },
    /// The call is over.
    Release {
        /// The leg.
        leg: LegId,
    },
}

/// What the media tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The outcome of [`Order::Describe`].
    Answer {
        /// The leg.
        leg: LegId,
        /// The answer; nothing where the offer holds no audio that this endpoint speaks.
        answer: Option<String>,
    },
    /// The connection to the browser is gone, and with it the leg.
    Ended {
        /// The leg.
        leg: LegId,
    },
}

/// All legs of the process. A leg is a task of its own; dropping its sender ends it.
pub struct Legs {
    hosts: Arc<[IpAddr]>,
    legs: BTreeMap<LegId, mpsc::Sender<Order>>,
    heard: mpsc::Sender<Heard>,
}

impl Legs {
    /// Media on the addresses of this machine that a browser on it can reach, beside the
    /// one that the server listens on. What it tells goes to `heard`.
    pub fn new(listen: IpAddr, heard: mpsc::Sender<Heard>) -> Self {
        Self { hosts: hosts::addresses(listen).into(), legs: BTreeMap::new(), heard }
    }

    /// Carries out an order. Must be called within a tokio runtime.
    pub fn carry_out(&mut self, order: Order) {
        self.legs.retain(|_, leg| !leg.is_closed());
        match order {
            Order::Describe { leg, offer } => self.describe(leg, offer),
            Order::Play { leg, .. } => self.forward(leg, order),
            Order::Release { leg } => drop(self.legs.remove(&leg)),
        }
    }

    fn describe(&mut self, leg: LegId, offer: String) {
        if self.legs.contains_key(&leg) {
            return self.forward(leg, Order::Describe { leg, offer });
        }
        let (heard, hosts) = (self.heard.clone(), Arc::clone(&self.hosts));
        let room = self.legs.len() < MOST_LEGS;
        let (sender, orders) = mpsc::channel(ORDERS);
        self.legs.insert(leg, sender);
        tokio::spawn(async move {
            if room {
                // A task of its own: whatever a hostile offer may break ends there.
                drop(tokio::spawn(attend(leg, hosts, offer, orders, heard.clone())).await);
            } else {
                drop(heard.send(Heard::Answer { leg, answer: None }).await);
            }
            // A call that is over already takes no notice.
            drop(heard.send(Heard::Ended { leg }).await);
        });
    }

    fn forward(&self, leg: LegId, order: Order) {
        if let Some(sender) = self.legs.get(&leg) {
            drop(sender.try_send(order));
        }
    }
}

/// The life of one leg.
async fn attend(
    leg: LegId,
    hosts: Arc<[IpAddr]>,
    offer: String,
    orders: mpsc::Receiver<Order>,
    heard: mpsc::Sender<Heard>,
) {
    let (peer, answer) = Peer::answer(&hosts, &offer).unzip();
    drop(heard.send(Heard::Answer { leg, answer }).await);
    if let Some(peer) = peer {
        peer.run(orders, heard).await;
    }
}

/// Enough for every tab that one machine can bear, too few to exhaust its sockets.
const MOST_LEGS: usize = 64;

/// Orders of one leg under way: there are never more than three in one call's start.
const ORDERS: usize = 16;
