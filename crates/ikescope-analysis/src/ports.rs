//! Which datagrams are IKE, ESP or a keepalive: known ports, told ones, and ports learned from a
//! header that fits.

use std::collections::HashSet;

use ikescope_wire::encapsulation::{GROUP_KEY_PORT, IKE_PORT, NAT_T_PORT};
use ikescope_wire::observed::{Datagram, Transport};
use ikescope_wire::{Encapsulation, Header};

/// Learned ports are few; a scan over all ports must not fill memory.
const LEARNED_PORTS: usize = 4096;

/// Tells what datagrams hold, and remembers the odd ports on which IKE was found.
#[derive(Clone, Debug, Default)]
pub struct Ports {
    told: Vec<u16>,
    learned: HashSet<u16>,
}

impl Ports {
    /// `told` are UDP ports that carry IKE besides 500, 848 and 4500.
    #[must_use]
    pub fn new(told: &[u16]) -> Self {
        Self {
            told: told.to_vec(),
            learned: HashSet::new(),
        }
    }

    /// Reads what a datagram carries; `None` if that is of no IKE peer. AH has no encapsulation and
    /// is `None` too.
    pub fn read<'a>(&mut self, datagram: &Datagram<'a>) -> Option<Encapsulation<'a>> {
        let octets = datagram.octets;
        match datagram.transport {
            Transport::Udp => self.read_udp(datagram),
            Transport::Tcp => Some(Encapsulation::of_tcp_frame(octets)),
            Transport::Esp => Some(Encapsulation::Esp(octets)),
            _ => None,
        }
    }

    /// Whether a UDP port carries IKE as far as is known by now.
    #[must_use]
    pub fn carries_ike(&self, port: u16) -> bool {
        matches!(port, IKE_PORT | NAT_T_PORT | GROUP_KEY_PORT)
            || self.told.contains(&port)
            || self.learned.contains(&port)
    }

    fn read_udp<'a>(&mut self, datagram: &Datagram<'a>) -> Option<Encapsulation<'a>> {
        let ports = [
            datagram.sighting.source.port(),
            datagram.sighting.destination.port(),
        ];
        if ports.contains(&NAT_T_PORT) {
            return Some(Encapsulation::of_udp(datagram.octets, true));
        }
        if ports.contains(&IKE_PORT) || ports.contains(&GROUP_KEY_PORT) {
            return Some(Encapsulation::of_udp(datagram.octets, false));
        }
        // On a port of a NAT's choice ESP may stand as well.
        let read = Encapsulation::of_udp(datagram.octets, true);
        if ports.iter().any(|port| self.carries_ike(*port)) {
            return Some(read);
        }
        match read {
            Encapsulation::Ike { octets, .. } if is_convincing(octets) => {
                if self.learned.len() < LEARNED_PORTS {
                    self.learned.extend(ports);
                }
                Some(read)
            }
            _ => None,
        }
    }
}

/// On a port that nobody named, only a whole message with an initiator SPI is taken for IKE.
fn is_convincing(octets: &[u8]) -> bool {
    Header::decode(octets).is_ok_and(|header| {
        !header.spis.initiator.is_zero() && usize::try_from(header.length) == Ok(octets.len())
    })
}
