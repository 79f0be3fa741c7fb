//! Addresses in the log: `192.0.2.1:500->198.51.100.2:500`, IPv6 alike, and those that people masked.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use memchr::memchr_iter;

/// One end as it is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct End<'a> {
    pub(super) address: &'a str,
    /// 0 where there is none.
    pub(super) port: u16,
}

/// Two ends as they are written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Ends<'a> {
    pub(super) from: End<'a>,
    pub(super) to: End<'a>,
}

/// The device and its peer.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) struct Pair {
    pub(super) own: SocketAddr,
    pub(super) peer: SocketAddr,
}

/// Two ends with an arrow between, the last word of the left and the first of the right.
pub(super) fn ends(text: &str) -> Option<Ends<'_>> {
    let arrow = memchr_iter(b'>', text.as_bytes()).find(|at| {
        let before = at.checked_sub(1).and_then(|at| text.as_bytes().get(at));
        before == Some(&b'-')
    })?;
    let (from, to) = (text.get(..arrow - 1)?, text.get(arrow + 1..)?);
    let from = from.trim().rsplit(' ').next().unwrap_or_default();
    let to = to.trim().split(' ').next().unwrap_or_default();
    let to = to.trim_end_matches([',', '.']);
    Some(Ends {
        from: end(from),
        to: end(to),
    })
}

fn end(text: &str) -> End<'_> {
    let is_address = |text: &str| text.parse::<IpAddr>().is_ok();
    let bare = |address: &'_ str| address.trim_matches(['[', ']']).len() == address.len();
    // `2001:db8::1:500` is an address and a port here, although it could be an address alone.
    let split = text
        .rsplit_once(':')
        .filter(|(address, _)| !bare(address) || is_address(address) || !is_address(text));
    match split.and_then(|(address, port)| Some((address, port.parse().ok()?))) {
        Some((address, port)) => End {
            address: address.trim_matches(['[', ']']),
            port,
        },
        None => End {
            address: text,
            port: 0,
        },
    }
}

/// Addresses that stand for those that cannot be read: the same for the same text, from the ranges
/// of RFC 5737 so that they are nobody's.
#[derive(Default)]
pub(super) struct StandIns {
    given: HashMap<(bool, String), IpAddr>,
}

impl StandIns {
    /// The address of an end, or what stands for it. The device's own and its peer's are never the
    /// same, even where both are masked alike.
    pub(super) fn address(&mut self, end: End<'_>, is_own: bool) -> SocketAddr {
        let address = end.address.parse();
        let address = address.unwrap_or_else(|_| self.stand_in(end.address, is_own));
        SocketAddr::new(address, end.port)
    }

    /// Whether this address stands for another.
    pub(super) fn is_one(&self, address: IpAddr) -> bool {
        self.given.values().any(|given| *given == address)
    }

    /// What was masked, and what stands for it, in order of the stand-ins.
    pub(super) fn given(&self) -> Vec<(String, IpAddr)> {
        let mut given: Vec<(String, IpAddr)> = self
            .given
            .iter()
            .map(|((_, text), address)| (text.clone(), *address))
            .collect();
        given.sort_by_key(|(_, address)| *address);
        given
    }

    /// From the end of each range downward: real examples begin at its start.
    fn stand_in(&mut self, text: &str, is_own: bool) -> IpAddr {
        if let Some(address) = self.given.get(&(is_own, text.to_owned())) {
            return *address;
        }
        let used = self.given.keys().filter(|(own, _)| *own == is_own).count();
        let network = if is_own { [192, 0, 2] } else { [198, 51, 100] };
        let host = u8::try_from(used % HOSTS).map_or(1, |used| 254 - used);
        let address = Ipv4Addr::new(network[0], network[1], network[2], host).into();
        if self.given.len() < MOST {
            self.given.insert((is_own, text.to_owned()), address);
        }
        address
    }
}

/// Stand-ins in one range.
const HOSTS: usize = 254;
/// Masked texts remembered.
const MOST: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_ipv6_with_and_without_ports() {
        let read = ends("6 2001:db8::1->2001:db8::2:4500.").unwrap();
        assert_eq!((read.from.address, read.from.port), ("2001:db8::1", 0));
        assert_eq!((read.to.address, read.to.port), ("2001:db8::2", 4500));
        let read = ends("[2001:db8::1]:500->[2001:db8::2]:4500").unwrap();
        assert_eq!((read.from.address, read.from.port), ("2001:db8::1", 500));
        assert_eq!((read.to.address, read.to.port), ("2001:db8::2", 4500));
    }

    #[test]
    fn gives_the_same_stand_in_for_the_same_mask_and_side() {
        let mut stand_ins = StandIns::default();
        let masked = End {
            address: "x.x.x.x",
            port: 500,
        };
        let own = stand_ins.address(masked, true);
        let peer = stand_ins.address(masked, false);
        assert_ne!(own, peer);
        assert_eq!(own, stand_ins.address(masked, true));
        assert!(stand_ins.is_one(own.ip()) && stand_ins.is_one(peer.ip()));
        assert_eq!(own.to_string(), "192.0.2.254:500");
    }
}
