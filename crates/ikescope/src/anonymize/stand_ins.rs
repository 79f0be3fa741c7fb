//! What stands for addresses and names: the same for the same, and of the same kind.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ikescope_wire::observed::is_public;

/// Everything that was renamed so far, in the order it was met: the same capture gives the same
/// stand-ins, and nothing of the original is in them.
#[derive(Debug, Default)]
pub(crate) struct StandIns {
    addresses: HashMap<IpAddr, IpAddr>,
    hardware: HashMap<[u8; 6], [u8; 6]>,
    names: HashMap<Vec<u8>, usize>,
    /// Addresses that only a peer knows: whose, in which payload, the how-manieth.
    hidden: HashMap<(IpAddr, bool, usize), IpAddr>,
    /// How many there are of each kind of address.
    counts: HashMap<Kind, u32>,
    /// Addresses in the order they were met.
    order: Vec<IpAddr>,
}

/// Kinds of addresses that a verdict may tell apart.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
enum Kind {
    Public4,
    Private4,
    Shared4,
    LinkLocal4,
    Public6,
    Unique6,
    LinkLocal6,
    SolicitedNode,
}

impl StandIns {
    /// What stands for an address. Those that mean the same everywhere stay.
    pub(crate) fn address(&mut self, address: IpAddr) -> IpAddr {
        if let Some(stand_in) = self.addresses.get(&address) {
            return *stand_in;
        }
        let Some(kind) = kind(address) else {
            return address;
        };
        let stand_in = self.next(kind);
        self.addresses.insert(address, stand_in);
        self.order.push(address);
        stand_in
    }

    /// Addresses that have a stand-in, the newest first.
    pub(crate) fn known(&self) -> impl Iterator<Item = IpAddr> + '_ {
        self.order.iter().rev().copied()
    }

    /// A private address for one that `peer` believes in and that nobody sees.
    pub(crate) fn hidden(&mut self, peer: IpAddr, is_source: bool, ordinal: usize) -> IpAddr {
        let key = (peer, is_source, ordinal);
        if let Some(stand_in) = self.hidden.get(&key) {
            return *stand_in;
        }
        let kind = if peer.is_ipv4() {
            Kind::Private4
        } else {
            Kind::Unique6
        };
        let stand_in = self.next(kind);
        self.hidden.insert(key, stand_in);
        stand_in
    }

    /// What stands for a hardware address. Groups, nobody, VRRP's and the ones that FortiGate makes
    /// up stay, but for the groups of IPv6 neighbours, which tell addresses.
    pub(crate) fn hardware(&mut self, address: [u8; 6]) -> [u8; 6] {
        let neighbours = address.starts_with(&[0x33, 0x33, 0xff]);
        let stays = address[0] & 1 == 1
            || address[..5] == [0; 5]
            || address.starts_with(&[0, 0, 0x5e, 0, 1]);
        if stays && !neighbours {
            return address;
        }
        let number = self.hardware.len() as u32 + 1;
        *self.hardware.entry(address).or_insert_with(|| {
            let [_, b, c, d] = number.to_be_bytes();
            if neighbours {
                [0x33, 0x33, 0xff, b, c, d]
            } else {
                [0x02, 0, 0, b, c, d]
            }
        })
    }

    /// Overwrites a name with letters of the same number and, as far as there is room, which name it
    /// is.
    pub(crate) fn name(&mut self, name: &mut [u8]) {
        let number = self.names.len() + 1;
        let number = *self.names.entry(name.to_vec()).or_insert(number);
        for octet in name.iter_mut() {
            if !matches!(octet, b'@' | b'.') {
                *octet = b'x';
            }
        }
        for (place, digit) in name.iter_mut().rev().zip(number.to_string().bytes().rev()) {
            *place = digit;
        }
    }

    fn next(&mut self, kind: Kind) -> IpAddr {
        let count = self.counts.entry(kind).or_insert(0);
        *count += 1;
        kind.address(*count)
    }
}

impl Kind {
    /// The address of that number.
    fn address(self, number: u32) -> IpAddr {
        match self {
            Self::Public4 => public(number).into(),
            Self::Private4 => Ipv4Addr::from_bits(0x0a00_0000 | number & 0x00ff_ffff).into(),
            Self::Shared4 => Ipv4Addr::from_bits(0x6440_0000 | number & 0x003f_ffff).into(),
            Self::LinkLocal4 => Ipv4Addr::from_bits(0xa9fe_0000 | number & 0xffff).into(),
            Self::Public6 => six(0x2001_0db8, number),
            Self::Unique6 => six(0xfd00_0000, number),
            Self::LinkLocal6 => six(0xfe80_0000, number),
            Self::SolicitedNode => {
                let group = 0xff02_0000_0000_0000_0000_0001_ff00_0000u128;
                Ipv6Addr::from_bits(group | u128::from(number & 0x00ff_ffff)).into()
            }
        }
    }
}

fn six(prefix: u32, number: u32) -> IpAddr {
    Ipv6Addr::from_bits(u128::from(prefix) << 96 | u128::from(number)).into()
}

/// The three networks for documentation (RFC 5737), then that for benchmarks (RFC 2544), then what was
/// never given out.
fn public(number: u32) -> Ipv4Addr {
    const DOCUMENTATION: [u32; 3] = [0xc000_0200, 0xc633_6400, 0xcb00_7100];
    let (network, host) = ((number - 1) / 254, (number - 1) % 254 + 1);
    Ipv4Addr::from_bits(match DOCUMENTATION.get(network as usize) {
        Some(network) => network | host,
        None if number < 0x1_0000 => 0xc612_0000 | number,
        None => 0xf000_0000 | number & 0x0fff_ffff,
    })
}

/// `None` for what means the same everywhere: nobody, itself, all, groups.
fn kind(address: IpAddr) -> Option<Kind> {
    let public = is_public(address);
    match address {
        IpAddr::V4(v4) => {
            let same =
                v4.is_unspecified() || v4.is_loopback() || v4.is_broadcast() || v4.is_multicast();
            (!same).then(|| match v4.octets() {
                _ if public => Kind::Public4,
                [169, ..] => Kind::LinkLocal4,
                [100, ..] => Kind::Shared4,
                _ => Kind::Private4,
            })
        }
        IpAddr::V6(v6) if v6.is_multicast() => {
            let neighbours = v6.to_bits() >> 24 == 0x00ff_0200_0000_0000_0000_0000_01ff;
            neighbours.then_some(Kind::SolicitedNode)
        }
        IpAddr::V6(v6) => {
            let same = v6.is_unspecified() || v6.is_loopback();
            (!same).then(|| {
                if public {
                    Kind::Public6
                } else if v6.is_unique_local() {
                    Kind::Unique6
                } else {
                    Kind::LinkLocal6
                }
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_address_has_the_same_stand_in_and_its_kind_stays() {
        let mut stand_ins = StandIns::default();
        let mut of = |text: &str| stand_ins.address(text.parse().unwrap()).to_string();
        assert_eq!(of("8.8.8.8"), "192.0.2.1");
        assert_eq!(of("10.9.8.7"), "10.0.0.1");
        assert_eq!(of("8.8.4.4"), "192.0.2.2");
        assert_eq!(of("8.8.8.8"), "192.0.2.1");
        assert_eq!(of("100.64.3.2"), "100.64.0.1");
        assert_eq!(of("2a00::1"), "2001:db8::1");
        assert_eq!(of("fd12::1"), "fd00::1");
        assert_eq!(of("fe80::1:2"), "fe80::1");
        assert_eq!(of("ff02::1:ff12:3456"), "ff02::1:ff00:1");
        for same in [
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.5",
            "127.0.0.1",
            "ff02::1",
            "::",
        ] {
            assert_eq!(of(same), same);
        }
    }

    #[test]
    fn no_two_public_addresses_get_the_same_stand_in() {
        let mut seen = std::collections::HashSet::new();
        for number in 1..=70_000 {
            let address = public(number);
            assert!(is_public(address.into()), "{address}");
            assert!(seen.insert(address), "{address}");
        }
    }

    #[test]
    fn names_stay_as_long_as_they_were_and_different() {
        let mut stand_ins = StandIns::default();
        let mut of = |text: &str| {
            let mut name = text.as_bytes().to_vec();
            stand_ins.name(&mut name);
            String::from_utf8(name).unwrap()
        };
        assert_eq!(of("vpn@corp.example"), "xxx@xxxx.xxxxxx1");
        assert_eq!(of("own@corp.example"), "xxx@xxxx.xxxxxx2");
        assert_eq!(of("vpn@corp.example"), "xxx@xxxx.xxxxxx1");
    }
}
