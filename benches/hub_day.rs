//! A hub's day: thousands of tunnels that come up in the first hour, carry ESP in bursts both ways,
//! ask whether the peer is alive and rekey now and then.

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use ikescope_testkit::dialogue::{Dialogue, Sent, Side};
use ikescope_testkit::message::Suite;
use ikescope_testkit::random::Xorshift;

use crate::in_order::in_order;

/// The packets of `tunnels` tunnels, `octets` of IP packets in all, in order of time.
pub(crate) fn hub_day(tunnels: u32, octets: u64) -> impl Iterator<Item = Sent> {
    let share = octets / u64::from(tunnels.max(1));
    let step = FIRST_HOUR / i64::from(tunnels.max(1));
    in_order((0..tunnels).map(move |number| {
        let start = START + step * i64::from(number);
        Tunnel::new(number, start, i64::try_from(share).unwrap_or(i64::MAX))
    }))
}

/// One tunnel: gives its packets until it has used its share of octets.
struct Tunnel {
    dialogue: Dialogue,
    random: Xorshift,
    share: i64,
    ready: VecDeque<Sent>,
}

impl Tunnel {
    fn new(number: u32, start: i64, share: i64) -> Self {
        let [_, high, middle, low] = number.to_be_bytes();
        let address = Ipv4Addr::new(10, 128 + high, middle, low);
        let mut dialogue = Dialogue::new(SocketAddr::new(IpAddr::V4(address), 500), HUB);
        let seed = u64::from(number);
        dialogue
            .seed(seed)
            .at(start)
            .suite(Suite::AES_GCM_16)
            .group(19)
            .latency(0.004);
        if number.is_multiple_of(2) {
            dialogue.behind_nat(Side::Initiator, "10.0.0.5:500");
        }
        let ready = dialogue.sa_init().auth().drain().into();
        Self {
            dialogue,
            random: Xorshift::new(seed),
            share,
            ready,
        }
    }

    /// After a pause, one thing that happens in a tunnel's life: mostly a burst of packets.
    fn live_on(&mut self) {
        self.dialogue.wait(60.0 + self.random.below(4700) as f64);
        match self.random.below(20) {
            0..2 => {
                self.dialogue.dpd(Side::Responder);
            }
            2 => {
                self.dialogue.rekey_child(Side::Initiator);
            }
            _ => self.burst(),
        }
        self.ready.extend(self.dialogue.drain());
    }

    /// Ten packets; one side sends large ones, the other mostly acknowledges.
    fn burst(&mut self) {
        for _ in 0..10 {
            let (side, inner) = if self.random.chance(2, 3) {
                (Side::Responder, 1340)
            } else {
                (Side::Initiator, 40 + self.random.below(200))
            };
            self.dialogue.esp_around(side, inner);
        }
    }
}

impl Iterator for Tunnel {
    type Item = Sent;

    fn next(&mut self) -> Option<Sent> {
        while self.ready.is_empty() {
            if self.share <= 0 {
                return None;
            }
            self.live_on();
        }
        let sent = self.ready.pop_front()?;
        let length = sent.packet.octets().len();
        self.share -= i64::try_from(length).unwrap_or(i64::MAX);
        Some(sent)
    }
}

const HUB: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(198, 51, 100, 1)), 500);
/// One hour, nanoseconds.
const FIRST_HOUR: i64 = 3_600_000_000_000;
/// 2023-11-14 22:13:20 UTC.
const START: i64 = 1_700_000_000_000_000_000;
