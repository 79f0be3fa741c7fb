//! NAT detection recomputed (RFC 7296 §2.23, RFC 3947 §3.2): whose address was rewritten?

use core::net::{IpAddr, SocketAddr};

use ikescope_wire::Header;
use ikescope_wire::observed::Sighting;
use sha1::{Digest, Sha1};

use crate::inside;

/// A hash that a peer sent, and which end it stands for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hash {
    octets: [u8; 20],
    is_source: bool,
    place: (u32, u32),
}

impl Hash {
    /// The hash of the sender's own address, if it is one of SHA-1.
    #[must_use]
    pub(crate) fn of_source(octets: &[u8], place: (u32, u32)) -> Option<Self> {
        Some(Self {
            octets: octets.try_into().ok()?,
            is_source: true,
            place,
        })
    }

    /// The hash of the address the sender sends to, if it is one of SHA-1.
    #[must_use]
    pub(crate) fn of_destination(octets: &[u8], place: (u32, u32)) -> Option<Self> {
        Some(Self {
            octets: octets.try_into().ok()?,
            is_source: false,
            place,
        })
    }
}

/// What the hashes of one message say of the addresses in its IP header.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct NatClaim {
    /// How the sender's own address compares.
    pub source: Option<Comparison>,
    /// How the address it sends to compares.
    pub destination: Option<Comparison>,
}

/// A hash beside the one that the visible address gives.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Comparison {
    /// Whether they are equal: no NAT between the sender and the capture.
    pub fits: bool,
    /// The first four octets of the hash sent.
    pub sent: u32,
    /// The first four octets of the hash of the visible address.
    pub computed: u32,
    /// The next four octets of the hash sent.
    sent_rest: u32,
    /// Offset of the hash's payload from the start of the IKE header, octets: a datagram holds no
    /// more than 65,535.
    offset: u16,
    /// Length of that payload, octets: it ends with a hash of twenty.
    length: u8,
}

impl Comparison {
    /// The first eight octets of the hash sent: enough to know it by.
    pub(crate) fn sent_prefix(&self) -> u64 {
        u64::from(self.sent) << 32 | u64::from(self.sent_rest)
    }

    /// Octets of the hash's payload, from and to (exclusive), from the start of the IKE header.
    #[must_use]
    pub const fn octets(&self) -> (u32, u32) {
        let offset = self.offset as u32;
        (offset, offset + self.length as u32)
    }
}

/// Compares every hash of a message with the addresses it was seen with. A peer with several
/// addresses sends several source hashes; one that fits suffices (RFC 7296 §2.23).
#[must_use]
pub(crate) fn claim(header: &Header, hashes: &[Hash], sighting: &Sighting) -> Option<NatClaim> {
    if hashes.is_empty() {
        return None;
    }
    let compare = |is_source: bool, address: SocketAddr| {
        let computed = hash(header, address);
        let of_end = || {
            hashes
                .iter()
                .filter(move |hash| hash.is_source == is_source)
        };
        let best = of_end()
            .find(|hash| hash.octets == computed)
            .or_else(|| of_end().next())?;
        Some(Comparison {
            fits: best.octets == computed,
            sent: prefix(&best.octets),
            computed: prefix(&computed),
            offset: u16::try_from(best.place.0).unwrap_or(u16::MAX),
            length: u8::try_from(best.place.1 - best.place.0).unwrap_or(u8::MAX),
            sent_rest: inside::prefix(&best.octets) as u32,
        })
    };
    Some(NatClaim {
        source: compare(true, sighting.source),
        destination: compare(false, sighting.destination),
    })
}

/// SHA-1 over both SPIs, the address and the port, in the order they stand on the wire.
fn hash(header: &Header, end: SocketAddr) -> [u8; 20] {
    let mut sha1 = Sha1::new();
    sha1.update(header.spis.initiator.0);
    sha1.update(header.spis.responder.0);
    match end.ip() {
        IpAddr::V4(address) => sha1.update(address.octets()),
        IpAddr::V6(address) => sha1.update(address.octets()),
    }
    sha1.update(end.port().to_be_bytes());
    sha1.finalize().into()
}

const fn prefix(hash: &[u8; 20]) -> u32 {
    u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]])
}
