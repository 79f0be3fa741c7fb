//! What a capture held, counted by protocol, so that a report without IKE can say what there was.

use std::fmt;

/// What a frame was, at the innermost layer that was read.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Protocol {
    /// An IP packet, by protocol number.
    Ip(u8),
    /// Not IP, by Ethernet type.
    EtherType(u16),
    /// IEEE 802.3 with LLC that holds no Ethernet type, or a protocol of PPP that is not IP.
    OtherLink,
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Ip(1) => "ICMP",
            Self::Ip(2) => "IGMP",
            Self::Ip(6) => "TCP",
            Self::Ip(17) => "UDP",
            Self::Ip(47) => "GRE",
            Self::Ip(50) => "ESP",
            Self::Ip(51) => "AH",
            Self::Ip(58) => "ICMPv6",
            Self::Ip(89) => "OSPF",
            Self::Ip(112) => "VRRP",
            Self::Ip(132) => "SCTP",
            Self::Ip(number) => return write!(f, "IP protocol {number}"),
            Self::EtherType(0x0806) => "ARP",
            Self::EtherType(0x88cc) => "LLDP",
            Self::EtherType(0x888e) => "EAPOL",
            Self::EtherType(0x8863) => "PPPoE discovery",
            Self::EtherType(0x8809) => "LACP",
            Self::EtherType(0x88e5) => "MACsec",
            Self::EtherType(number) => return write!(f, "Ethernet type {number:#06x}"),
            Self::OtherLink => "other link protocols",
        };
        f.write_str(name)
    }
}

/// Frames by protocol, in fixed memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Census {
    ip: Box<[u64; 256]>,
    ether_types: Tally,
    udp_ports: Tally,
    other_link: u64,
}

impl Census {
    pub(crate) fn new() -> Self {
        Self {
            ip: Box::new([0; 256]),
            ether_types: Tally::default(),
            udp_ports: Tally::default(),
            other_link: 0,
        }
    }

    /// Frames of each protocol that was seen, most frequent first. Frames that could not be
    /// followed are not among them but in the losses.
    #[must_use]
    pub fn protocols(&self) -> Vec<(Protocol, u64)> {
        let ip = (0..=u8::MAX).zip(self.ip.iter().copied());
        let mut counts: Vec<_> = ip
            .map(|(number, count)| (Protocol::Ip(number), count))
            .chain(
                self.ether_types
                    .counts
                    .iter()
                    .map(|&(number, count)| (Protocol::EtherType(number), count)),
            )
            .chain([(
                Protocol::OtherLink,
                self.other_link.saturating_add(self.ether_types.others),
            )])
            .filter(|&(_, count)| count > 0)
            .collect();
        counts.sort_by_key(|&(protocol, count)| (std::cmp::Reverse(count), protocol));
        counts
    }

    /// Frames of one protocol.
    #[must_use]
    pub fn count(&self, protocol: Protocol) -> u64 {
        match protocol {
            Protocol::Ip(number) => self.ip.get(usize::from(number)).copied().unwrap_or(0),
            Protocol::EtherType(number) => self.ether_types.count(number),
            Protocol::OtherLink => self.other_link.saturating_add(self.ether_types.others),
        }
    }

    /// UDP frames by the lower of their two ports, most frequent first: of the first 32 ports seen.
    #[must_use]
    pub fn udp_ports(&self) -> Vec<(u16, u64)> {
        let mut counts = self.udp_ports.counts.clone();
        counts.sort_by_key(|&(port, count)| (std::cmp::Reverse(count), port));
        counts
    }

    pub(crate) fn add(&mut self, protocol: Protocol) {
        match protocol {
            Protocol::Ip(number) => {
                if let Some(count) = self.ip.get_mut(usize::from(number)) {
                    *count += 1;
                }
            }
            Protocol::EtherType(number) => self.ether_types.add(number),
            Protocol::OtherLink => self.other_link += 1,
        }
    }

    pub(crate) fn add_udp_port(&mut self, port: u16) {
        self.udp_ports.add(port);
    }
}

/// Counts of the first numbers seen, and of all others together.
#[derive(Clone, Debug, Default, PartialEq)]
struct Tally {
    counts: Vec<(u16, u64)>,
    others: u64,
}

impl Tally {
    fn add(&mut self, number: u16) {
        let room = self.counts.len() < MAX_NUMBERS;
        match self.counts.iter_mut().find(|(known, _)| *known == number) {
            Some((_, count)) => *count += 1,
            None if room => self.counts.push((number, 1)),
            None => self.others += 1,
        }
    }

    fn count(&self, number: u16) -> u64 {
        let found = self.counts.iter().find(|(known, _)| *known == number);
        found.map_or(0, |&(_, count)| count)
    }
}

const MAX_NUMBERS: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_by_frequency_and_bounds_the_numbers() {
        let mut census = Census::new();
        census.add(Protocol::Ip(17));
        for number in 0..100 {
            census.add(Protocol::Ip(6));
            census.add(Protocol::EtherType(0x9000 + number));
        }
        let protocols = census.protocols();
        assert_eq!(protocols[0], (Protocol::Ip(6), 100));
        assert_eq!(protocols[1], (Protocol::OtherLink, 68));
        assert_eq!(protocols.len(), 2 + 1 + 32);
    }
}
