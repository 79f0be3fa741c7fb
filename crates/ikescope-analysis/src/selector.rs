//! The traffic that an IPsec SA is for: traffic selectors of IKEv2, client identities of IKEv1's quick
//! mode, in one form.

use core::fmt;
use std::net::IpAddr;

use ikescope_wire::ikev2::{Selection, TrafficSelectors};
use ikescope_wire::{DecodeError, Identity, ikev1};

/// Selectors kept of one side.
const KEPT: usize = 64;

/// Packets by address, protocol and port. Ranges include both ends.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Selector {
    /// First address.
    pub first: IpAddr,
    /// Last address.
    pub last: IpAddr,
    /// IP protocol; 0 means any.
    pub protocol: u8,
    /// First and last port.
    pub ports: (u16, u16),
}

/// What both sides of an SA carry: TSi and TSr, or IDci and IDcr. The initiator is that of the
/// exchange, who may be the responder of the IKE SA.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Selectors {
    /// TSi.
    pub initiator: Vec<Selector>,
    /// TSr.
    pub responder: Vec<Selector>,
}

impl Selectors {
    /// Whether neither side says anything.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.initiator.is_empty() && self.responder.is_empty()
    }

    /// Whether every packet of the other selectors is of these.
    #[must_use]
    pub fn cover(&self, other: &Self) -> bool {
        covers_all(&self.initiator, &other.initiator)
            && covers_all(&self.responder, &other.responder)
    }

    /// The same seen from the other end.
    #[must_use]
    pub fn turned(&self) -> Self {
        Self {
            initiator: self.responder.clone(),
            responder: self.initiator.clone(),
        }
    }

    pub(crate) fn read_v2(
        side: &mut Vec<Selector>,
        payload: &TrafficSelectors<'_>,
    ) -> Result<(), DecodeError> {
        for selector in payload.selectors() {
            let selector = selector?;
            if let Selection::Addresses {
                start_port,
                end_port,
                start,
                end,
            } = selector.selection
                && side.len() < KEPT
            {
                side.push(Selector {
                    first: start,
                    last: end,
                    protocol: selector.ip_protocol_id,
                    ports: (start_port, end_port),
                });
            }
        }
        Ok(())
    }

    /// Takes an identification payload of quick mode: IDci, then IDcr (RFC 2409 §5.5).
    pub(crate) fn read_v1(&mut self, id: &ikev1::Identification<'_>) -> Result<(), DecodeError> {
        let range = match id.identity()? {
            Identity::Address(address) => Some((address, address)),
            Identity::Range { first, last } => Some((first, last)),
            Identity::Subnet { address, mask } => ends(address, mask),
            _ => None,
        };
        let side = if self.initiator.is_empty() {
            &mut self.initiator
        } else {
            &mut self.responder
        };
        side.extend(range.map(|(first, last)| Selector {
            first,
            last,
            protocol: id.protocol_id,
            ports: match id.port {
                0 => ANY_PORT,
                port => (port, port),
            },
        }));
        Ok(())
    }
}

/// Whether each of `inner` is a part of one of `outer`.
pub(crate) fn covers_all(outer: &[Selector], inner: &[Selector]) -> bool {
    inner
        .iter()
        .all(|inner| outer.iter().any(|outer| outer.covers(inner)))
}

const ANY_PORT: (u16, u16) = (0, u16::MAX);

/// First and last address of a network.
fn ends(address: IpAddr, mask: IpAddr) -> Option<(IpAddr, IpAddr)> {
    match (address, mask) {
        (IpAddr::V4(address), IpAddr::V4(mask)) => {
            Some(((address & mask).into(), (address | !mask).into()))
        }
        (IpAddr::V6(address), IpAddr::V6(mask)) => {
            Some(((address & mask).into(), (address | !mask).into()))
        }
        _ => None,
    }
}

impl Selector {
    /// Whether every packet of the other one is of this one too.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        self.first <= other.first
            && other.last <= self.last
            && self.first.is_ipv4() == other.first.is_ipv4()
            && (self.protocol == 0 || self.protocol == other.protocol)
            && self.ports.0 <= other.ports.0
            && other.ports.1 <= self.ports.1
    }

    /// Prefix length, if the addresses are one network.
    fn prefix(&self) -> Option<u32> {
        let (width, first, last) = match (self.first, self.last) {
            (IpAddr::V4(first), IpAddr::V4(last)) => {
                (32, u128::from(first.to_bits()), u128::from(last.to_bits()))
            }
            (IpAddr::V6(first), IpAddr::V6(last)) => (128, first.to_bits(), last.to_bits()),
            _ => return None,
        };
        let host = (first ^ last).count_ones();
        let hosts = 1_u128.checked_shl(host).unwrap_or(0).wrapping_sub(1);
        (first & hosts == 0 && last & hosts == hosts && first ^ last == hosts).then(|| width - host)
    }
}

/// `10.1.0.0/16`, `10.1.0.5`, `10.1.0.1-10.1.0.9`, protocol and ports behind it.
impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.prefix() {
            _ if self.first == self.last => write!(f, "{}", self.first)?,
            Some(length) => write!(f, "{}/{length}", self.first)?,
            None => write!(f, "{}-{}", self.first, self.last)?,
        }
        if self.protocol != 0 {
            write!(f, " protocol {}", self.protocol)?;
        }
        match self.ports {
            ANY_PORT => Ok(()),
            // RFC 7296 §3.13.1: the other way round they stand for OPAQUE.
            (u16::MAX, 0) => f.write_str(" port opaque"),
            (first, last) if first == last => write!(f, " port {first}"),
            (first, last) => write!(f, " ports {first}-{last}"),
        }
    }
}

/// The selectors of one side in a row.
#[must_use]
pub(crate) fn listed(selectors: &[Selector]) -> String {
    let all: Vec<String> = selectors.iter().map(ToString::to_string).collect();
    match all.as_slice() {
        [] => "nothing".to_owned(),
        all => all.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(first: &str, last: &str) -> Selector {
        Selector {
            first: first.parse().unwrap(),
            last: last.parse().unwrap(),
            protocol: 0,
            ports: ANY_PORT,
        }
    }

    #[test]
    fn prints_networks_by_their_prefix_and_other_ranges_by_both_ends() {
        let printed = |first, last| range(first, last).to_string();
        assert_eq!(printed("10.1.0.0", "10.1.255.255"), "10.1.0.0/16");
        assert_eq!(printed("0.0.0.0", "255.255.255.255"), "0.0.0.0/0");
        assert_eq!(printed("10.1.0.7", "10.1.0.7"), "10.1.0.7");
        assert_eq!(printed("10.1.0.1", "10.1.0.2"), "10.1.0.1-10.1.0.2");
        assert_eq!(printed("10.1.0.4", "10.1.0.6"), "10.1.0.4-10.1.0.6");
        assert_eq!(printed("2001:db8::", "2001:db8::ffff"), "2001:db8::/112");
        assert_eq!(
            printed("::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
            "::/0"
        );
        let web = Selector {
            protocol: 6,
            ports: (443, 443),
            ..range("10.1.0.0", "10.1.0.255")
        };
        assert_eq!(web.to_string(), "10.1.0.0/24 protocol 6 port 443");
    }

    #[test]
    fn any_protocol_and_port_cover_one() {
        let all = range("10.1.0.0", "10.1.0.255");
        let web = Selector {
            protocol: 6,
            ports: (443, 443),
            ..range("10.1.0.9", "10.1.0.9")
        };
        assert!(all.covers(&web) && !web.covers(&all));
        assert!(!range("::", "::ffff").covers(&all));
        assert!(!all.covers(&range("10.1.0.0", "10.1.1.0")));
    }
}
