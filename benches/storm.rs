//! The storm: a hub comes back after a power cut and all its gateways ask at once, for an hour.
//!
//! Of 100 negotiations 55 are never answered, 20 are answered and the answer does not arrive, 10 get
//! a cookie and give up after the second round, 10 are refused, 5 complete with IKE_AUTH. Repeats
//! are identical octets at the intervals of strongSwan's defaults.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use ikescope_testkit::dialogue::{Dialogue, Sent, Side};
use ikescope_testkit::message::{Payload, Suite, ikev2};
use ikescope_testkit::random::Xorshift;

use crate::in_order::in_order;
use crate::offer::offer;

/// The packets of `negotiations` negotiations in order of time.
pub(crate) fn storm(negotiations: u32) -> impl Iterator<Item = Sent> {
    let step = DURATION / i64::from(negotiations.max(1));
    let offer = offer();
    in_order((0..negotiations).map(move |number| {
        let start = START + step * i64::from(number);
        negotiation(u64::from(number), start, &offer).into_iter()
    }))
}

fn negotiation(number: u64, start: i64, offer: &Payload) -> Vec<Sent> {
    let mut random = Xorshift::new(number);
    let mut dialogue = Dialogue::new(gateway(&mut random), HUB);
    dialogue
        .seed(number)
        .at(start)
        .suite(Suite::AES_GCM_16)
        .group(19)
        .latency(0.02)
        .offer(offer.clone())
        .announce(Side::Initiator, ikev2::vendor_id(&VENDOR_ID))
        .sa_init_request();
    match random.below(100) {
        0..55 => dialogue.repeat(&[4.0, 7.2, 13.0]),
        55..75 => dialogue.sa_init_response().repeat_answered(&[4.0, 7.2]),
        75..85 => dialogue.cookie().sa_init_response(),
        85..95 => dialogue.sa_init_error(ikev2::NO_PROPOSAL_CHOSEN, &[]),
        _ => dialogue.sa_init_response().float().auth(),
    };
    dialogue.drain()
}

/// One of 4,000 gateways; three of four keep port 500, the others come through a NAT.
fn gateway(random: &mut Xorshift) -> SocketAddr {
    let [high, low] = (random.below(4000) as u16).to_be_bytes();
    let address = IpAddr::V4(Ipv4Addr::new(10, 64, high, low));
    let port = if random.chance(3, 4) {
        500
    } else {
        1024 + random.below(64_000) as u16
    };
    SocketAddr::new(address, port)
}

const HUB: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(198, 51, 100, 1)), 500);
const VENDOR_ID: [u8; 16] = *b"a vendor of ours";
/// One hour, nanoseconds.
const DURATION: i64 = 3_600_000_000_000;
/// 2023-11-14 22:13:20 UTC.
const START: i64 = 1_700_000_000_000_000_000;
