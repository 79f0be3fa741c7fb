//! Two peers that talk, in virtual time: scenarios for tests in a few lines.
//!
//! The clock stands still unless something is sent or waited for. What is written down is what a
//! tap between the peers sees; the addresses given to [`Dialogue::new`] are those of the tap's side.
//!
//! ```
//! use ikescope_testkit::dialogue::{Dialogue, Side};
//!
//! // The responder answers IKE_SA_INIT and refuses IKE_AUTH.
//! let refused = Dialogue::between("192.0.2.1:500", "198.51.100.2:500")
//!     .sa_init()
//!     .auth_request()
//!     .auth_error()
//!     .pcap();
//!
//! // IKE_SA_INIT is sent five times at strongSwan's intervals, nobody answers.
//! let silent = Dialogue::between("192.0.2.1:500", "198.51.100.2:500")
//!     .sa_init_request()
//!     .repeat(&[4.0, 7.2, 13.0, 23.3])
//!     .pcap();
//!
//! // An SA behind a NAT, with ESP in UDP both ways.
//! let healthy = Dialogue::between("203.0.113.9:61500", "198.51.100.2:500")
//!     .behind_nat(Side::Initiator, "10.0.0.5:500")
//!     .sa_init()
//!     .auth()
//!     .esp(Side::Initiator, 3)
//!     .esp(Side::Responder, 3)
//!     .pcap();
//! # assert!(refused.len() > 24 && silent.len() > 24 && healthy.len() > 24);
//! ```

mod esp;
mod ikev1;
mod ikev2;
mod tcp;

use std::net::SocketAddr;

use crate::capture::Pcap;
use crate::frame::{Link, Packet};
use crate::message::{Message, Payload, Suite, with_non_esp_marker};
use crate::random::Xorshift;

/// One of the two peers, by its role in the first exchange.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Side {
    /// The one that sent the first request.
    Initiator,
    /// The other.
    Responder,
}

impl Side {
    /// The other peer.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Initiator => Self::Responder,
            Self::Responder => Self::Initiator,
        }
    }
}

/// A packet that the tap saw.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Nanoseconds since the Unix epoch.
    pub time: i64,
    /// The packet, before fragmentation.
    pub packet: Packet,
    /// Largest IP packet on the path, octets; `None` if the packet travels whole.
    pub mtu: Option<usize>,
}

impl Sent {
    /// The IP packets that the tap saw: one, or the fragments in order.
    #[must_use]
    pub fn packets(&self) -> Vec<Vec<u8>> {
        match self.mtu {
            Some(mtu) => self.packet.fragments(mtu),
            None => vec![self.packet.octets()],
        }
    }
}

/// The scenario so far; each step appends to it.
#[derive(Clone, Debug)]
pub struct Dialogue {
    time: i64,
    latency: f64,
    random: Xorshift,
    suite: Suite,
    group: u16,
    offer: Option<Payload>,
    initiator: Peer,
    responder: Peer,
    esp_in_udp: bool,
    over_tcp: bool,
    attempt: Attempt,
    sent: Vec<Sent>,
}

/// What belongs to one peer.
#[derive(Clone, Debug)]
struct Peer {
    address: SocketAddr,
    /// What the peer believes its own address to be; another one if it is behind a NAT.
    own_address: SocketAddr,
    hop_limit: u8,
    identification: u32,
    extra: Vec<Payload>,
    esp_spi: u32,
    esp_sequence: u32,
    next_message_id: u32,
    requested: (u8, u32),
    tcp_sequence: u32,
    /// What still has to be written in front of the first message of a TCP stream.
    stream_prefix: Option<Vec<u8>>,
}

/// What ends with an IKE SA.
#[derive(Clone, Debug, Default)]
struct Attempt {
    initiator_spi: [u8; 8],
    responder_spi: [u8; 8],
    /// The payloads of the first request, for retries with a cookie or another group.
    first_request: Vec<Payload>,
    quick_mode_id: u32,
}

impl Dialogue {
    /// A dialogue about to begin: AES-256-CBC with SHA2-256, group 14, 10 ms from packet to packet.
    #[must_use]
    pub fn new(initiator: SocketAddr, responder: SocketAddr) -> Self {
        let mut dialogue = Self {
            time: START,
            latency: 0.010,
            random: Xorshift::new(1),
            suite: Suite::AES_CBC_SHA2_256,
            group: 14,
            offer: None,
            initiator: Peer::new(initiator),
            responder: Peer::new(responder),
            esp_in_udp: false,
            over_tcp: false,
            attempt: Attempt::default(),
            sent: Vec::new(),
        };
        dialogue.new_attempt().new_child_spis();
        dialogue
    }

    /// [`Dialogue::new`] from text such as `192.0.2.1:500` or `[2001:db8::1]:500`.
    ///
    /// # Panics
    /// If one of them is no socket address.
    #[must_use]
    pub fn between(initiator: &str, responder: &str) -> Self {
        Self::new(address(initiator), address(responder))
    }

    /// Chooses SPIs, nonces and everything random anew; dialogues that meet in one capture need
    /// different seeds.
    pub fn seed(&mut self, seed: u64) -> &mut Self {
        self.random = Xorshift::new(seed);
        self.new_attempt().new_child_spis()
    }

    /// Sets the clock, nanoseconds since the Unix epoch.
    pub const fn at(&mut self, time: i64) -> &mut Self {
        self.time = time;
        self
    }

    /// Sets the seconds that pass before each packet that is no repeat.
    pub const fn latency(&mut self, seconds: f64) -> &mut Self {
        self.latency = seconds;
        self
    }

    /// Sets the suite that the responder chooses.
    pub const fn suite(&mut self, suite: Suite) -> &mut Self {
        self.suite = suite;
        self
    }

    /// Sets the key exchange group of the first request and of the choice.
    pub const fn group(&mut self, group: u16) -> &mut Self {
        self.group = group;
        self
    }

    /// Sets the SA payload of the first request; without it the offer is just the suite.
    pub fn offer(&mut self, sa: Payload) -> &mut Self {
        self.offer = Some(sa);
        self
    }

    /// Adds a payload to this side's IKE_SA_INIT, or first main or aggressive mode message: vendor
    /// IDs, notifies.
    pub fn announce(&mut self, side: Side, payload: Payload) -> &mut Self {
        self.peer(side).extra.push(payload);
        self
    }

    /// Puts a NAT between this side and the tap: the peer believes to have address `inside`, hashes
    /// that into its NAT detection payloads, and ESP goes in UDP.
    ///
    /// # Panics
    /// If `inside` is no socket address.
    pub fn behind_nat(&mut self, side: Side, inside: &str) -> &mut Self {
        self.peer(side).own_address = address(inside);
        self.esp_in_udp = true;
        self
    }

    /// Sets whether ESP goes in UDP on the ports of IKE (RFC 3948) or as IP protocol 50.
    pub const fn esp_in_udp(&mut self, in_udp: bool) -> &mut Self {
        self.esp_in_udp = in_udp;
        self
    }

    /// Sets the TTL or hop limit that the tap sees of this side.
    pub const fn hop_limit(&mut self, side: Side, hops: u8) -> &mut Self {
        self.peer(side).hop_limit = hops;
        self
    }

    /// Gives a side another address, as after a NAT rebinding or a MOBIKE move.
    ///
    /// # Panics
    /// If `to` is no socket address.
    pub fn moves(&mut self, side: Side, to: &str) -> &mut Self {
        self.peer(side).address = address(to);
        self
    }

    /// Moves both sides to port 4500; a port that a NAT chose becomes another one (RFC 7296 §2.23).
    pub fn float(&mut self) -> &mut Self {
        for peer in [&mut self.initiator, &mut self.responder] {
            peer.own_address.set_port(4500);
            let port = peer.address.port();
            peer.address
                .set_port(if port == 500 { 4500 } else { port ^ 1 });
        }
        self
    }

    /// Begins anew: other SPIs, message IDs from zero, ports as they are.
    pub fn new_attempt(&mut self) -> &mut Self {
        self.attempt = Attempt {
            initiator_spi: self.random.spi(),
            ..Attempt::default()
        };
        for peer in [&mut self.initiator, &mut self.responder] {
            peer.next_message_id = 0;
        }
        self
    }

    /// Lets time pass.
    pub fn wait(&mut self, seconds: f64) -> &mut Self {
        self.time += (seconds * 1e9).round() as i64;
        self
    }

    /// Sends a message from one side, marked as IKE where the ports ask for it.
    pub fn send(&mut self, side: Side, message: &Message) -> &mut Self {
        let octets = message.octets();
        if self.is_floated() || self.over_tcp {
            self.datagram(side, &with_non_esp_marker(&octets))
        } else {
            self.datagram(side, &octets)
        }
    }

    /// Sends a UDP payload as it is, or a message of that content in the TCP stream.
    pub fn datagram(&mut self, side: Side, payload: &[u8]) -> &mut Self {
        if self.over_tcp {
            return self.tcp_message(side, payload);
        }
        let (source, destination) = self.addresses(side);
        self.packet(side, Packet::udp(source, destination, payload))
    }

    /// Sends a NAT-keepalive (RFC 3948 §2.3).
    pub fn keepalive(&mut self, side: Side) -> &mut Self {
        self.datagram(side, &[0xff])
    }

    /// Sends the last packet again, octet by octet, after each of these intervals in seconds.
    pub fn repeat(&mut self, intervals: &[f64]) -> &mut Self {
        for seconds in intervals {
            let Some(mut again) = self.sent.last().cloned() else {
                return self;
            };
            self.wait(*seconds);
            again.time = self.time;
            let side = self.side_of(&again.packet);
            again.packet.identification = self.peer(side).identification();
            self.sent.push(again);
        }
        self
    }

    /// Sends the last two packets again, a request and its response, after each of these intervals
    /// in seconds: the requester did not hear the answer.
    pub fn repeat_answered(&mut self, intervals: &[f64]) -> &mut Self {
        for seconds in intervals {
            let Some(first) = self.sent.len().checked_sub(2) else {
                return self;
            };
            let pair = self.sent[first..].to_vec();
            self.wait(*seconds);
            for mut again in pair {
                let side = self.side_of(&again.packet);
                again.time = self.time;
                again.packet.identification = self.peer(side).identification();
                self.sent.push(again);
                self.wait(self.latency);
            }
        }
        self
    }

    /// Records the last packet twice, as a mirror port does: same IP identification, 5 µs later.
    pub fn duplicate(&mut self) -> &mut Self {
        if let Some(mut copy) = self.sent.last().cloned() {
            copy.time += 5_000;
            self.sent.push(copy);
        }
        self
    }

    /// Takes a packet away that the tap did not see: `0` is the last one, `1` the one before.
    pub fn lose(&mut self, back: usize) -> &mut Self {
        if let Some(index) = self.sent.len().checked_sub(back + 1) {
            self.sent.remove(index);
        }
        self
    }

    /// Sends the last packet in IP fragments of at most `mtu` octets.
    pub fn fragmented(&mut self, mtu: usize) -> &mut Self {
        if let Some(last) = self.sent.last_mut() {
            last.mtu = Some(mtu);
        }
        self
    }

    /// An ICMP or ICMPv6 error of that type and code about the last packet, from `reporter` (an IP
    /// address).
    ///
    /// # Panics
    /// If `reporter` is no IP address.
    pub fn icmp_error(&mut self, reporter: &str, type_and_code: (u8, u8)) -> &mut Self {
        let ip = reporter.parse().expect("an IP address");
        let reporter = SocketAddr::new(ip, 0);
        if let Some(last) = self.sent.last().cloned() {
            let error = Packet::icmp_error(reporter, type_and_code, 0, &last.packet);
            let side = self.side_of(&last.packet).other();
            self.packet(side, error);
        }
        self
    }

    /// Sends any packet in the name of one side.
    pub fn packet(&mut self, side: Side, mut packet: Packet) -> &mut Self {
        self.wait(self.latency);
        let peer = self.peer(side);
        packet.hop_limit = peer.hop_limit;
        packet.identification = peer.identification();
        self.sent.push(Sent {
            time: self.time,
            packet,
            mtu: None,
        });
        self
    }

    /// The packets so far.
    #[must_use]
    pub fn sent(&self) -> &[Sent] {
        &self.sent
    }

    /// Takes the packets so far away, and lets the dialogue go on.
    #[must_use]
    pub fn drain(&mut self) -> Vec<Sent> {
        std::mem::take(&mut self.sent)
    }

    /// The IKE messages and other UDP payloads so far, as they went on the wire.
    #[must_use]
    pub fn payloads(&self) -> Vec<&[u8]> {
        let udp = self
            .sent
            .iter()
            .filter_map(|sent| sent.packet.udp_payload());
        udp.collect()
    }

    /// The capture of an Ethernet tap.
    #[must_use]
    pub fn pcap(&self) -> Vec<u8> {
        self.pcap_on(Link::Ethernet)
    }

    /// The capture of a tap on any link.
    #[must_use]
    pub fn pcap_on(&self, link: Link) -> Vec<u8> {
        pcap(link, &self.sent)
    }

    /// The time after the last packet, nanoseconds since the Unix epoch.
    #[must_use]
    pub const fn now(&self) -> i64 {
        self.time
    }

    /// SPIs of the IKE SA, or cookies: initiator's, responder's.
    #[must_use]
    pub const fn spis(&self) -> ([u8; 8], [u8; 8]) {
        (self.attempt.initiator_spi, self.attempt.responder_spi)
    }

    const fn peer(&mut self, side: Side) -> &mut Peer {
        match side {
            Side::Initiator => &mut self.initiator,
            Side::Responder => &mut self.responder,
        }
    }

    /// Source and destination of what `side` sends, at the tap.
    const fn addresses(&self, side: Side) -> (SocketAddr, SocketAddr) {
        match side {
            Side::Initiator => (self.initiator.address, self.responder.address),
            Side::Responder => (self.responder.address, self.initiator.address),
        }
    }

    /// The addresses that `side` believes to send from and to: its own, and the other's public one.
    fn believed_addresses(&mut self, side: Side) -> (SocketAddr, SocketAddr) {
        (self.peer(side).own_address, self.addresses(side).1)
    }

    fn side_of(&self, packet: &Packet) -> Side {
        if packet.source == self.responder.address {
            Side::Responder
        } else {
            Side::Initiator
        }
    }

    fn float_behind_nat(&mut self) {
        let peers = [&self.initiator, &self.responder];
        let has_nat = peers.iter().any(|peer| peer.own_address != peer.address);
        if has_nat && !self.is_floated() && !self.over_tcp {
            self.float();
        }
    }

    fn is_floated(&self) -> bool {
        [&self.initiator, &self.responder]
            .iter()
            .any(|peer| peer.own_address.port() == 4500)
    }
}

impl Peer {
    const fn new(address: SocketAddr) -> Self {
        Self {
            address,
            own_address: address,
            hop_limit: 64,
            identification: 0,
            extra: Vec::new(),
            esp_spi: 0,
            esp_sequence: 0,
            next_message_id: 0,
            requested: (0, 0),
            tcp_sequence: 1000,
            stream_prefix: None,
        }
    }

    const fn identification(&mut self) -> u32 {
        self.identification += 1;
        self.identification
    }
}

/// The capture of several dialogues at one tap, in order of time.
#[must_use]
pub fn interleaved(dialogues: &[&Dialogue]) -> Vec<u8> {
    let mut sent: Vec<Sent> = dialogues.iter().flat_map(|one| one.sent.clone()).collect();
    sent.sort_by_key(|one| one.time);
    pcap(Link::Ethernet, &sent)
}

fn pcap(link: Link, sent: &[Sent]) -> Vec<u8> {
    let mut capture = Pcap::new(link.link_type());
    for one in sent {
        for packet in one.packets() {
            capture.push(one.time, &link.frame(&packet));
        }
    }
    capture.octets()
}

fn address(text: &str) -> SocketAddr {
    text.parse()
        .expect("a socket address such as 192.0.2.1:500")
}

/// 2023-11-14 22:13:20 UTC.
const START: i64 = 1_700_000_000_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn dialogue() -> Dialogue {
        Dialogue::between("192.0.2.1:500", "198.51.100.2:500")
    }

    #[test]
    fn repeats_are_the_same_octets_with_another_ip_identification() {
        let mut dialogue = dialogue();
        dialogue.sa_init_request().repeat(&[2.0, 4.0]);
        let payloads = dialogue.payloads();
        assert!(payloads.iter().all(|payload| *payload == payloads[0]));
        let sent = dialogue.sent();
        let times: Vec<_> = sent.iter().map(|one| one.time - sent[0].time).collect();
        assert_eq!(times, [0, 2_000_000_000, 6_000_000_000]);
        let ids: Vec<_> = sent.iter().map(|one| one.packet.identification).collect();
        assert_eq!(ids, [1, 2, 3]);
    }

    #[test]
    fn a_deaf_initiator_gets_the_same_answer_again() {
        let mut dialogue = dialogue();
        dialogue.sa_init().repeat_answered(&[1.0, 2.0]);
        let payloads = dialogue.payloads();
        assert_eq!(payloads.len(), 6);
        assert_eq!((payloads[0], payloads[1]), (payloads[4], payloads[5]));
        assert!(dialogue.sent().is_sorted_by_key(|one| one.time));
    }

    #[test]
    fn a_new_attempt_has_another_spi() {
        let mut dialogue = dialogue();
        dialogue.sa_init_request().new_attempt().sa_init_request();
        let payloads = dialogue.payloads();
        assert_ne!(payloads[0][..8], payloads[1][..8]);
    }

    #[test]
    fn behind_a_nat_the_source_hash_does_not_fit_the_tap() {
        let mut dialogue = Dialogue::between("203.0.113.9:61500", "198.51.100.2:500");
        dialogue
            .behind_nat(Side::Initiator, "10.0.0.5:500")
            .sa_init_request();
        let hash_of = |text: &str| {
            crate::message::nat_detection_hash(dialogue.spis().0, [0; 8], address(text))
        };
        let holds = |hash: [u8; 20]| dialogue.payloads()[0].windows(20).any(|part| part == hash);
        assert!(holds(hash_of("10.0.0.5:500")) && holds(hash_of("198.51.100.2:500")));
        assert!(!holds(hash_of("203.0.113.9:61500")));
    }

    #[test]
    fn captures_of_several_dialogues_are_in_order_of_time() {
        let (mut first, mut second) = (dialogue(), dialogue());
        first.sa_init().wait(1.0).sa_init_request();
        second.seed(2).wait(0.5).sa_init_request();
        let octets = interleaved(&[&first, &second]);
        let (mut at, mut times) = (24, Vec::new());
        while let Some(record) = octets.get(at..at + 16) {
            let field =
                |from: usize| u32::from_le_bytes(record[from..from + 4].try_into().unwrap());
            times.push((field(0), field(4)));
            at += 16 + field(8) as usize;
        }
        assert_eq!(times.len(), 4);
        assert!(times.is_sorted());
    }
}
