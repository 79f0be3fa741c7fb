//! Identification data, which both versions encode alike (RFC 7296 §3.5, RFC 2407 §4.6.2).

use core::fmt;
use core::net::IpAddr;

use nom::Parser;

use crate::asn1::{DistinguishedName, GeneralName};
use crate::describe::{FieldSink, Untrusted};
use crate::error::{DecodeError, Structure};
use crate::input::{Input, done, ipv4, ipv6};

/// Who somebody claims to be or, in IKEv1 phase 2, whose traffic an SA is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Identity<'a> {
    /// One address.
    Address(IpAddr),
    /// Addresses by mask (IKEv1).
    Subnet {
        /// Network.
        address: IpAddr,
        /// Netmask; nothing makes its one bits stand in front.
        mask: IpAddr,
    },
    /// Addresses from one to another (IKEv1).
    Range {
        /// First address.
        first: IpAddr,
        /// Last address.
        last: IpAddr,
    },
    /// A domain name or a mail address.
    Text(Untrusted<'a>),
    /// An X.500 name.
    DistinguishedName(DistinguishedName<'a>),
    /// An X.509 GeneralName.
    GeneralName(GeneralName<'a>),
    /// Octets that only the peers understand, or a type that this crate does not know.
    Opaque(&'a [u8]),
}

impl Identity<'_> {
    pub(crate) fn ipv4(data: Input<'_>) -> Result<Self, DecodeError> {
        let (rest, address) = done(ipv4(S)(data))?;
        rest.finish(S).map(|()| Self::Address(address.into()))
    }

    pub(crate) fn ipv6(data: Input<'_>) -> Result<Self, DecodeError> {
        let (rest, address) = done(ipv6(S)(data))?;
        rest.finish(S).map(|()| Self::Address(address.into()))
    }
}

/// Two IPv4 addresses and nothing behind them.
pub(crate) fn ipv4_pair(data: Input<'_>) -> Result<(IpAddr, IpAddr), DecodeError> {
    let (rest, (first, second)) = done((ipv4(S), ipv4(S)).parse(data))?;
    rest.finish(S).map(|()| (first.into(), second.into()))
}

/// Two IPv6 addresses and nothing behind them.
pub(crate) fn ipv6_pair(data: Input<'_>) -> Result<(IpAddr, IpAddr), DecodeError> {
    let (rest, (first, second)) = done((ipv6(S), ipv6(S)).parse(data))?;
    rest.finish(S).map(|()| (first.into(), second.into()))
}

/// Tells identification data, or its octets and why they could not be read. The second name is for
/// the text that opaque octets may spell.
pub(crate) fn describe_identity(
    sink: &mut dyn FieldSink,
    [name, text_name]: [&'static str; 2],
    identity: Result<Identity<'_>, DecodeError>,
    data: Input<'_>,
) {
    match identity {
        Ok(Identity::Opaque(octets)) => {
            sink.octets(name, octets);
            if !octets.is_empty() && octets.iter().all(|octet| matches!(octet, 0x20..=0x7e)) {
                sink.text(text_name, &Untrusted(octets));
            }
        }
        Ok(identity) => sink.text(name, &identity),
        Err(error) => {
            sink.octets(name, data.octets());
            sink.error(&error);
        }
    }
}

impl fmt::Display for Identity<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => address.fmt(f),
            Self::Subnet { address, mask } => match prefix_length(*mask) {
                Some(length) => write!(f, "{address}/{length}"),
                None => write!(f, "{address}/{mask}"),
            },
            Self::Range { first, last } => write!(f, "{first}-{last}"),
            Self::Text(text) => text.fmt(f),
            Self::DistinguishedName(name) => name.fmt(f),
            Self::GeneralName(name) => name.fmt(f),
            Self::Opaque(octets) => crate::describe::Hex(octets).fmt(f),
        }
    }
}

/// Number of leading one bits, if no others are set.
fn prefix_length(mask: IpAddr) -> Option<u32> {
    let (bits, ones, zeros) = match mask {
        IpAddr::V4(mask) => (
            32,
            mask.to_bits().leading_ones(),
            mask.to_bits().trailing_zeros(),
        ),
        IpAddr::V6(mask) => (
            128,
            mask.to_bits().leading_ones(),
            mask.to_bits().trailing_zeros(),
        ),
    };
    (ones.saturating_add(zeros) == bits).then_some(ones)
}

const S: Structure = Structure::Identification;

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;

    #[test]
    fn prints_a_mask_with_holes_as_it_is() {
        let subnet = |mask: [u8; 4]| Identity::Subnet {
            address: [10, 0, 0, 0].into(),
            mask: mask.into(),
        };
        assert_eq!(subnet([255, 255, 0, 0]).to_string(), "10.0.0.0/16");
        assert_eq!(subnet([0, 0, 0, 0]).to_string(), "10.0.0.0/0");
        assert_eq!(subnet([255, 255, 255, 255]).to_string(), "10.0.0.0/32");
        assert_eq!(subnet([255, 0, 255, 0]).to_string(), "10.0.0.0/255.0.255.0");
    }

    #[test]
    fn escapes_what_could_act_on_a_terminal() {
        let text = Identity::Text(Untrusted(b"vpn\x1b[2J\xff.example"));
        assert_eq!(text.to_string(), "vpn\\u{1b}[2J\\xff.example");
    }
}
