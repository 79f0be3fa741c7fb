//! NAT detection: whose address a hash is of, and the hash of another one in its place.

use std::net::{IpAddr, SocketAddr};

use ikescope_wire::SpiPair;
use ikescope_wire::encapsulation::{IKE_PORT, NAT_T_PORT};
use md5::Md5;
use sha1::{Digest, Sha1};
use sha2::{Sha256, Sha384, Sha512};

use super::stand_ins::StandIns;

/// The ends of a message as they were captured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ends {
    pub(crate) source: SocketAddr,
    pub(crate) destination: SocketAddr,
}

/// What the hash is of, renamed, if an address that was met explains it: the message's own first.
pub(crate) fn explained(
    hash: &[u8],
    spis: &SpiPair,
    ends: Ends,
    stand_ins: &mut StandIns,
) -> Option<SocketAddr> {
    let ports = [
        IKE_PORT,
        NAT_T_PORT,
        ends.source.port(),
        ends.destination.port(),
    ];
    let met = stand_ins.known().take(TRIED);
    let met = met.flat_map(|address| ports.map(|port| SocketAddr::new(address, port)));
    let found = [ends.source, ends.destination]
        .into_iter()
        .chain(met)
        .find(|end| self::hash(hash.len(), spis, *end).as_deref() == Some(hash))?;
    Some(SocketAddr::new(stand_ins.address(found.ip()), found.port()))
}

/// Hash of both SPIs, address and port; its length tells the algorithm, which is SHA-1 in IKEv2 and
/// that of phase 1 in IKEv1.
pub(crate) fn hash(length: usize, spis: &SpiPair, end: SocketAddr) -> Option<Vec<u8>> {
    match length {
        16 => Some(of::<Md5>(spis, end)),
        20 => Some(of::<Sha1>(spis, end)),
        32 => Some(of::<Sha256>(spis, end)),
        48 => Some(of::<Sha384>(spis, end)),
        64 => Some(of::<Sha512>(spis, end)),
        _ => None,
    }
}

fn of<D: Digest>(spis: &SpiPair, end: SocketAddr) -> Vec<u8> {
    let mut digest = D::new();
    digest.update(spis.initiator.0);
    digest.update(spis.responder.0);
    match end.ip() {
        IpAddr::V4(address) => digest.update(address.octets()),
        IpAddr::V6(address) => digest.update(address.octets()),
    }
    digest.update(end.port().to_be_bytes());
    digest.finalize().to_vec()
}

/// How many of the addresses met are tried: a hub's capture has thousands of them.
const TRIED: usize = 64;
