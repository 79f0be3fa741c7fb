//! Link layers: from the first octet of a frame to the IP packet in it.
//!
//! Ethernet with any number of VLAN tags, PPPoE, MPLS; Linux cooked captures; BSD loopback; PPP.

use crate::census::Protocol;
use crate::frame::LinkType;
use crate::octets::{array, be_u16, be_u32};

/// What a frame carries.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Carried<'a> {
    /// IPv4 or IPv6, as its first nibble says.
    Ip(&'a [u8]),
    /// Something that no IKE is in.
    Other(Protocol),
}

/// Why a frame could not be followed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Loss {
    UnknownLink,
    Truncated,
    Malformed,
}

/// Takes the link layer off.
pub(crate) fn carried(link: LinkType, octets: &[u8]) -> Result<Carried<'_>, Loss> {
    match link {
        LinkType::ETHERNET => ethernet(octets),
        LinkType::NULL | LinkType::LOOP => loopback(octets),
        LinkType::RAW
        | LinkType::RAW_BSD
        | LinkType::RAW_OPENBSD
        | LinkType::IPV4
        | LinkType::IPV6 => Ok(Carried::Ip(octets)),
        LinkType::PPP => ppp(octets),
        LinkType::PPP_HDLC => match octets {
            [0x0f | 0x8f, _, ..] => cisco_hdlc(octets),
            _ => ppp(octets),
        },
        LinkType::PPP_ETHER => pppoe(octets),
        LinkType::C_HDLC => cisco_hdlc(octets),
        LinkType::LINUX_SLL => typed(octets, 14, 16),
        LinkType::LINUX_SLL2 => typed(octets, 0, 20),
        LinkType::NFLOG => nflog(octets),
        _ => Err(Loss::UnknownLink),
    }
}

/// Ethernet II or IEEE 802.3 from the destination address on.
pub(crate) fn ethernet(octets: &[u8]) -> Result<Carried<'_>, Loss> {
    typed(octets, 12, 14)
}

/// What stands behind an Ethernet type, tags and labels included.
pub(crate) fn of_ether_type(ether_type: u16, octets: &[u8]) -> Result<Carried<'_>, Loss> {
    let (mut ether_type, mut octets) = (ether_type, octets);
    loop {
        match ether_type {
            IPV4 | IPV6 => return Ok(Carried::Ip(octets)),
            VLAN | PROVIDER_VLAN | OLD_PROVIDER_VLAN => {
                ether_type = be_u16(octets, 2).ok_or(Loss::Truncated)?;
                octets = from(octets, 4)?;
            }
            PPPOE_SESSION => return pppoe(octets),
            MPLS_UNICAST | MPLS_MULTICAST => return mpls(octets),
            0..=MAX_802_3_LENGTH => return llc(octets),
            _ => return Ok(Carried::Other(Protocol::EtherType(ether_type))),
        }
    }
}

/// A label stack (RFC 3032); what it holds is told by its first nibble (RFC 4928 §3).
pub(crate) fn mpls(mut octets: &[u8]) -> Result<Carried<'_>, Loss> {
    loop {
        let entry = be_u32(octets, 0).ok_or(Loss::Truncated)?;
        octets = from(octets, 4)?;
        if entry & MPLS_BOTTOM != 0 {
            break;
        }
    }
    match octets.first().ok_or(Loss::Truncated)? >> 4 {
        4 | 6 => Ok(Carried::Ip(octets)),
        // An Ethernet pseudo-wire with control word (RFC 4448 §4.6).
        0 => ethernet(from(octets, 4)?),
        _ => ethernet(octets),
    }
}

/// PPP (RFC 1661 §2), with or without address and control octets; the protocol may be compressed.
pub(crate) fn ppp(octets: &[u8]) -> Result<Carried<'_>, Loss> {
    let octets = octets.strip_prefix(&[0xff, 0x03]).unwrap_or(octets);
    let first = *octets.first().ok_or(Loss::Truncated)?;
    // The first octet of a protocol number is even, the last one odd.
    let (protocol, octets) = if first & 1 == 1 {
        (u16::from(first), from(octets, 1)?)
    } else {
        (be_u16(octets, 0).ok_or(Loss::Truncated)?, from(octets, 2)?)
    };
    match protocol {
        0x0021 | 0x0057 => Ok(Carried::Ip(octets)),
        0x0281 | 0x0283 => mpls(octets),
        _ => Ok(Carried::Other(Protocol::OtherLink)),
    }
}

/// A PPPoE session packet (RFC 2516 §4): version, code, session, length, then PPP.
fn pppoe(octets: &[u8]) -> Result<Carried<'_>, Loss> {
    ppp(from(octets, 6)?)
}

/// IEEE 802.2; only SNAP with an Ethernet type can hold IP.
fn llc(octets: &[u8]) -> Result<Carried<'_>, Loss> {
    match array(octets, 0) {
        Some([0xaa, 0xaa, 0x03, 0, 0, 0]) => typed(octets, 6, 8),
        _ => Ok(Carried::Other(Protocol::OtherLink)),
    }
}

fn cisco_hdlc(octets: &[u8]) -> Result<Carried<'_>, Loss> {
    typed(octets, 2, 4)
}

/// The address family is in the byte order of whoever captured, which may be another machine.
fn loopback(octets: &[u8]) -> Result<Carried<'_>, Loss> {
    let family = be_u32(octets, 0).ok_or(Loss::Truncated)?;
    match family.min(family.swap_bytes()) {
        AF_INET | AF_INET6_LINUX | AF_INET6_NETBSD | AF_INET6_FREEBSD | AF_INET6_DARWIN
        | AF_INET6_WINDOWS => Ok(Carried::Ip(from(octets, 4)?)),
        _ => Ok(Carried::Other(Protocol::OtherLink)),
    }
}

/// Netfilter log: a header of four octets, then attributes in host byte order; one is the packet.
fn nflog(octets: &[u8]) -> Result<Carried<'_>, Loss> {
    let mut attributes = from(octets, 4)?;
    while !attributes.is_empty() {
        let (length, kind) = nflog_attribute(attributes).ok_or(Loss::Truncated)?;
        if kind == NFULA_PAYLOAD {
            let end = length.min(attributes.len());
            return attributes
                .get(4..end)
                .map(Carried::Ip)
                .ok_or(Loss::Malformed);
        }
        if length < 4 {
            return Err(Loss::Malformed);
        }
        attributes = attributes
            .get(length.next_multiple_of(4)..)
            .unwrap_or_default();
    }
    Ok(Carried::Other(Protocol::OtherLink))
}

/// Length and type; the byte order is the one in which the type is a small number.
fn nflog_attribute(octets: &[u8]) -> Option<(usize, u16)> {
    let (length, kind) = (be_u16(octets, 0)?, be_u16(octets, 2)?);
    let (length, kind) = if kind > 0xff {
        (length.swap_bytes(), kind.swap_bytes())
    } else {
        (length, kind)
    };
    Some((length.into(), kind))
}

/// A header of fixed length with an Ethernet type in it.
fn typed(octets: &[u8], at: usize, header: usize) -> Result<Carried<'_>, Loss> {
    let ether_type = be_u16(octets, at).ok_or(Loss::Truncated)?;
    of_ether_type(ether_type, from(octets, header)?)
}

fn from(octets: &[u8], start: usize) -> Result<&[u8], Loss> {
    octets.get(start..).ok_or(Loss::Truncated)
}

/// Whether an Ethernet type is one that is common, or a length.
pub(crate) const fn is_known_type(ether_type: u16) -> bool {
    matches!(
        ether_type,
        IPV4 | IPV6
            | VLAN
            | PROVIDER_VLAN
            | OLD_PROVIDER_VLAN
            | PPPOE_SESSION
            | MPLS_UNICAST
            | MPLS_MULTICAST
            | 0..=MAX_802_3_LENGTH
            // ARP, RARP, slow protocols, PPPoE discovery, EAPOL, the heartbeats of FortiGate
            // clusters, LLDP, MACsec, PTP, FortiLink, CFM, loopback.
            | 0x0806
            | 0x8035
            | 0x8809
            | 0x8863
            | 0x888e
            | 0x8890..=0x8893
            | 0x88cc
            | 0x88e5
            | 0x88f7
            | 0x88ff
            | 0x8902
            | 0x9000
    )
}

pub(crate) const IPV4: u16 = 0x0800;
pub(crate) const IPV6: u16 = 0x86dd;
const VLAN: u16 = 0x8100;
const PROVIDER_VLAN: u16 = 0x88a8;
const OLD_PROVIDER_VLAN: u16 = 0x9100;
const PPPOE_SESSION: u16 = 0x8864;
const MPLS_UNICAST: u16 = 0x8847;
const MPLS_MULTICAST: u16 = 0x8848;
/// An Ethernet type up to here is a length.
const MAX_802_3_LENGTH: u16 = 1500;
const MPLS_BOTTOM: u32 = 0x100;
const AF_INET: u32 = 2;
const AF_INET6_LINUX: u32 = 10;
const AF_INET6_WINDOWS: u32 = 23;
const AF_INET6_NETBSD: u32 = 24;
const AF_INET6_FREEBSD: u32 = 28;
const AF_INET6_DARWIN: u32 = 30;
const NFULA_PAYLOAD: u16 = 9;
