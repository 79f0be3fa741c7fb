//! The address that a NAT hides, recovered from the hash that its owner sent: private addresses are
//! so few that all of them can be tried.

use core::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use core::sync::atomic::{AtomicBool, Ordering};
use std::num::NonZero;
use std::panic::resume_unwind;
use std::thread;

use ikescope_wire::encapsulation::{IKE_PORT, NAT_T_PORT};
use ikescope_wire::iana::ExchangeType;
use ikescope_wire::{Spi, SpiPair};
use sha1::{Digest, Sha1};

use crate::negotiation::{Negotiation, Role};
use crate::situation;

/// What a search came to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Search {
    /// Whose address was looked for.
    pub of: Role,
    /// The address and port whose hash was sent; `None` if no private one has it.
    pub found: Option<SocketAddr>,
    /// Addresses tried at most, each with every likely port.
    pub tried: u32,
}

/// Networks that are hidden behind NAT (RFC 1918, RFC 6598), the small ones first: first address and
/// prefix length.
const HIDDEN: [(Ipv4Addr, u32); 4] = [
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
];

/// Looks for the address of the first end whose own hash does not fit the address seen here.
pub(crate) fn search(negotiation: &Negotiation) -> Option<Search> {
    let nat = situation::nat(negotiation);
    let (of, proof) = [Role::Initiator, Role::Responder]
        .into_iter()
        .find_map(|role| {
            let mut own = nat.proofs(role).iter().filter(|proof| proof.is_of_sender());
            Some((role, own.next()?))
        })?;
    // The first request of IKEv2 knows no responder SPI yet (RFC 7296 §2.23).
    let is_first = of == Role::Initiator
        && negotiation
            .of_type(ExchangeType::IKE_SA_INIT)
            .next()
            .is_some();
    let responder = if is_first {
        Spi::default()
    } else {
        negotiation.spis.responder
    };
    let spis = SpiPair {
        responder,
        ..negotiation.spis
    };
    let mut ports = vec![proof.address.port(), IKE_PORT, NAT_T_PORT];
    ports.sort_unstable();
    ports.dedup();
    Some(Search {
        of,
        found: among(&HIDDEN, spis, proof.comparison.sent_prefix(), &ports),
        tried: HIDDEN.iter().map(|(_, bits)| 1 << (32 - bits)).sum(),
    })
}

/// The address of these networks, with one of these ports, whose hash begins so.
fn among(
    networks: &[(Ipv4Addr, u32)],
    spis: SpiPair,
    wanted: u64,
    ports: &[u16],
) -> Option<SocketAddr> {
    networks
        .iter()
        .find_map(|(first, bits)| within(first.to_bits(), 1 << (32 - bits), spis, wanted, ports))
}

/// Tries so many addresses from the first on; each processor takes its share.
fn within(first: u32, count: u32, spis: SpiPair, wanted: u64, ports: &[u16]) -> Option<SocketAddr> {
    let shares = thread::available_parallelism().map_or(1, NonZero::get);
    let share = count.div_ceil(u32::try_from(shares).unwrap_or(1)).max(1);
    let found = AtomicBool::new(false);
    thread::scope(|scope| {
        let workers: Vec<_> = (first..first + count)
            .step_by(share as usize)
            .map(|from| {
                let until = from.saturating_add(share).min(first + count);
                let found = &found;
                scope.spawn(move || one_by_one(from..until, spis, wanted, ports, found))
            })
            .collect();
        workers
            .into_iter()
            .filter_map(|worker| match worker.join() {
                Ok(hit) => hit,
                Err(panic) => resume_unwind(panic),
            })
            .next()
    })
}

/// How many addresses are tried before another thread is asked whether it found one.
const STRIDE: u32 = 1 << 12;

fn one_by_one(
    addresses: core::ops::Range<u32>,
    spis: SpiPair,
    wanted: u64,
    ports: &[u16],
    found: &AtomicBool,
) -> Option<SocketAddr> {
    let mut hashed = [0; 22];
    hashed[..8].copy_from_slice(&spis.initiator.0);
    hashed[8..16].copy_from_slice(&spis.responder.0);
    for address in addresses {
        if address % STRIDE == 0 && found.load(Ordering::Relaxed) {
            return None;
        }
        hashed[16..20].copy_from_slice(&address.to_be_bytes());
        for port in ports {
            hashed[20..].copy_from_slice(&port.to_be_bytes());
            if prefix(&Sha1::digest(hashed).into()) == wanted {
                found.store(true, Ordering::Relaxed);
                let address = Ipv4Addr::from_bits(address);
                return Some(SocketAddr::V4(SocketAddrV4::new(address, *port)));
            }
        }
    }
    None
}

/// The first eight octets of a hash.
pub(crate) const fn prefix(hash: &[u8; 20]) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = *hash;
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPIS: SpiPair = SpiPair {
        initiator: Spi([0x4f, 0x8a, 0xd1, 0x36, 0x7c, 0x25, 0xe0, 0x9b]),
        responder: Spi([0; 8]),
    };

    /// RFC 7296 §2.23: SHA-1 of the SPIs, the address and the port.
    fn hash_of(address: [u8; 4], port: u16) -> u64 {
        let mut octets = [SPIS.initiator.0, SPIS.responder.0].concat();
        octets.extend(address);
        octets.extend(port.to_be_bytes());
        prefix(&Sha1::digest(octets).into())
    }

    #[test]
    fn finds_the_address_and_the_port() {
        let network = [(Ipv4Addr::new(192, 168, 0, 0), 16)];
        let wanted = hash_of([192, 168, 7, 23], 4500);
        let found = among(&network, SPIS, wanted, &[500, 4500]);
        assert_eq!(found, Some(([192, 168, 7, 23], 4500).into()));
        let last = hash_of([192, 168, 255, 255], 500);
        let found = among(&network, SPIS, last, &[500, 4500]);
        assert_eq!(found, Some(([192, 168, 255, 255], 500).into()));
    }

    #[test]
    fn finds_nothing_where_another_address_was_hashed() {
        let network = [(Ipv4Addr::new(192, 168, 0, 0), 16)];
        for (address, port) in [([198, 51, 100, 9], 500), ([192, 168, 7, 23], 501)] {
            let wanted = hash_of(address, port);
            assert_eq!(among(&network, SPIS, wanted, &[500, 4500]), None);
        }
    }
}
