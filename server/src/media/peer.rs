//! One WebRTC peer: a task that owns its sockets and its str0m state.

use std::future::poll_fn;
use std::net::{IpAddr, SocketAddr};
use std::task::Poll;
use std::time::{Duration, Instant};

use str0m::change::SdpOffer;
use str0m::format::Codec;
use str0m::media::{Frequency, MediaData, MediaTime, Mid, Pt};
use str0m::net::{Protocol, Receive, Transmit};
use str0m::{Candidate, Event, IceConnectionState, Input, Output, Rtc, RtcConfig, RtcError};
use tokio::io::ReadBuf;
use tokio::net::UdpSocket;
use tokio::sync::mpsc;

use super::tone::{FRAME, Tone};
use super::{Heard, Order, Sound};

/// A peer that has answered its first offer.
pub(super) struct Peer {
    rtc: Rtc,
    sockets: Vec<UdpSocket>,
    /// The audio line that was agreed on, once str0m has told it.
    audio: Option<Mid>,
    voice: Voice,
    /// Until when the browser must have connected.
    patience: Option<Instant>,
    /// When the next frame of a tone is due.
    next_frame: Instant,
    /// Samples sent so far: the RTP timestamp, which survives a change of the sound.
    sent: u64,
}

enum Voice {
    Silent,
    Tone(Tone),
    Echo,
}

impl Peer {
    /// Answers `offer` on one new socket for each of `hosts`; nothing if the offer cannot
    /// be read or holds no PCMU audio. Must be called within a tokio runtime.
    pub(super) fn answer(hosts: &[IpAddr], offer: &str) -> Option<(Self, String)> {
        let offer = SdpOffer::from_sdp_string(offer).ok()?;
        let now = Instant::now();
        // The browser is the full agent, so it controls and does the checks: what it can
        // reach is found although its own candidates may be unresolvable mDNS names.
        let config = RtcConfig::new().clear_codecs().enable_pcmu(true, false).set_ice_lite(true);
        let mut rtc = config.build(now);
        let sockets: Vec<UdpSocket> = hosts.iter().filter_map(|host| bind(*host)).collect();
        for socket in &sockets {
            rtc.add_local_candidate(Candidate::host(socket.local_addr().ok()?, "udp").ok()?);
        }
        let answer = rtc.sdp_api().accept_offer(offer).ok()?.to_sdp_string();
        let peer = Self {
            rtc,
            sockets,
            audio: None,
            voice: Voice::Silent,
            patience: Some(now + PATIENCE),
            next_frame: now,
            sent: 0,
        };
        speaks_pcmu(&answer).then_some((peer, answer))
    }

    /// Runs until the leg is released, the browser is gone, or str0m gives up.
    pub(super) async fn run(mut self, mut orders: mpsc::Receiver<Order>, heard: mpsc::Sender<Heard>) {
        let mut datagram = vec![0; 2000];
        while self.rtc.is_alive() && self.patience.is_none_or(|until| Instant::now() < until) {
            let Ok(Some(deadline)) = self.drain() else { return };
            let wake = tokio::time::Instant::from_std(self.wake(deadline));
            let outcome = tokio::select! {
                order = orders.recv() => match order {
                    Some(order) => self.obey(order, &heard),
                    None => return self.rtc.disconnect(),
                },
                (length, source, local) = receive(&self.sockets, &mut datagram) => {
                    self.datagram(datagram.get(..length).unwrap_or_default(), source, local)
                }
                () = tokio::time::sleep_until(wake) => self.tick(),
            };
            if outcome.is_err() {
                return;
            }
        }
    }

    /// Sends what is to be sent; the deadline when there is no more, nothing at the end.
    fn drain(&mut self) -> Result<Option<Instant>, RtcError> {
        loop {
            match self.rtc.poll_output()? {
                Output::Timeout(deadline) => return Ok(Some(deadline)),
                Output::Transmit(packet) => self.transmit(&packet),
                Output::Event(Event::IceConnectionStateChange(IceConnectionState::Disconnected)) => return Ok(None),
                Output::Event(Event::Connected) => self.patience = None,
                Output::Event(Event::MediaAdded(media)) => self.audio = self.audio.or(Some(media.mid)),
                Output::Event(Event::MediaData(data)) => self.heard(&data)?,
                Output::Event(_) => {}
            }
        }
    }

    /// A datagram that cannot be sent now is a lost one: media does not wait.
    fn transmit(&self, packet: &Transmit) {
        let from = |socket: &&UdpSocket| socket.local_addr().is_ok_and(|local| local == packet.source);
        if let Some(socket) = self.sockets.iter().find(from) {
            drop(socket.try_send_to(&packet.contents, packet.destination));
        }
    }

    fn datagram(&mut self, octets: &[u8], source: SocketAddr, destination: SocketAddr) -> Result<(), RtcError> {
        let Ok(contents) = octets.try_into() else { return Ok(()) };
        let receive = Receive { proto: Protocol::Udp, source, destination, contents };
        let input = Input::Receive(Instant::now(), receive);
        // Anybody can send a datagram to this port; only the browser's count.
        if self.rtc.accepts(&input) { self.rtc.handle_input(input) } else { Ok(()) }
    }

    fn tick(&mut self) -> Result<(), RtcError> {
        let now = Instant::now();
        self.rtc.handle_input(Input::Timeout(now))?;
        if let Voice::Tone(tone) = &mut self.voice
            && self.next_frame <= now
        {
            let frame = tone.frame();
            // After a stall the frames that were missed are not caught up on.
            self.next_frame = (self.next_frame + FRAME_TIME).max(now);
            self.say(now, &frame)?;
        }
        Ok(())
    }

    fn wake(&self, deadline: Instant) -> Instant {
        let deadline = self.patience.map_or(deadline, |until| until.min(deadline));
        match self.voice {
            Voice::Tone(_) => deadline.min(self.next_frame),
            Voice::Silent | Voice::Echo => deadline,
        }
    }

    fn heard(&mut self, data: &MediaData) -> Result<(), RtcError> {
        match self.voice {
            Voice::Echo if data.params.spec().codec == Codec::PCMU => self.say(data.network_time, &data.data),
            Voice::Echo | Voice::Silent | Voice::Tone(_) => Ok(()),
        }
    }

    /// Sends µ-law samples; they are dropped while the connection is not up.
    fn say(&mut self, now: Instant, samples: &[u8]) -> Result<(), RtcError> {
        let Some((mid, pt)) = self.pcmu() else { return Ok(()) };
        let time = MediaTime::new(self.sent, Frequency::EIGHT_KHZ);
        self.sent += samples.len() as u64;
        match self.rtc.writer(mid) {
            Some(writer) => writer.write(pt, now, time, samples),
            None => Ok(()),
        }
    }

    fn pcmu(&mut self) -> Option<(Mid, Pt)> {
        let mid = self.audio?;
        let writer = self.rtc.writer(mid)?;
        let pcmu = writer.payload_params().find(|params| params.spec().codec == Codec::PCMU)?;
        Some((mid, pcmu.pt()))
    }

    fn obey(&mut self, order: Order, heard: &mpsc::Sender<Heard>) -> Result<(), RtcError> {
        match order {
            Order::Describe { leg, offer } => {
                let answer = self.change(&offer);
                drop(heard.try_send(Heard::Answer { leg, answer }));
            }
            Order::Play { sound: Sound::Echo, .. } => self.voice = Voice::Echo,
            Order::Play { sound: Sound::Tone(hertz), .. } => {
                self.voice = Voice::Tone(Tone::new(hertz));
                self.next_frame = Instant::now();
            }
            Order::Release { .. } => self.rtc.disconnect(),
        }
        Ok(())
    }

    /// A later offer of the same call: hold, resume, an ICE restart.
    fn change(&mut self, offer: &str) -> Option<String> {
        let offer = SdpOffer::from_sdp_string(offer).ok()?;
        let answer = self.rtc.sdp_api().accept_offer(offer).ok()?;
        Some(answer.to_sdp_string()).filter(|answer| speaks_pcmu(answer))
    }
}

/// A browser that has its answer connects within a second; one that is gone never does.
const PATIENCE: Duration = Duration::from_secs(30);

const FRAME_TIME: Duration = Duration::from_millis(FRAME as u64 / 8);

fn bind(host: IpAddr) -> Option<UdpSocket> {
    let socket = std::net::UdpSocket::bind((host, 0)).ok()?;
    socket.set_nonblocking(true).ok()?;
    UdpSocket::from_std(socket).ok()
}

/// The next datagram on any of the sockets: its length, whence it came and where to.
async fn receive(sockets: &[UdpSocket], datagram: &mut [u8]) -> (usize, SocketAddr, SocketAddr) {
    poll_fn(|context| {
        for socket in sockets {
            let mut buffer = ReadBuf::new(datagram);
            match (socket.poll_recv_from(context, &mut buffer), socket.local_addr()) {
                (Poll::Ready(Ok(source)), Ok(local)) => return Poll::Ready((buffer.filled().len(), source, local)),
                // An ICMP answer to something sent: of no use to ICE. Look again, for a
                // socket that was not pending wakes nobody.
                (Poll::Ready(_), _) => context.waker().wake_by_ref(),
                (Poll::Pending, _) => {}
            }
        }
        Poll::Pending
    })
    .await
}

/// str0m answers a line it shares no codec with by port 0 or without formats.
fn speaks_pcmu(answer: &str) -> bool {
    let offers_audio = |line: &str| line.strip_prefix("m=audio ").is_some_and(|rest| !rest.starts_with("0 "));
    answer.lines().any(offers_audio) && answer.contains("PCMU/8000")
}
