//! Tunnels that show what they carry: GRE and ERSPAN, VXLAN, Geneve, GTP-U. They take their own header
//! off; what is inside is read like a frame of its own.

use crate::link::{self, Carried, Loss};
use crate::octets::{be_u16, be_u32};

/// GRE (RFC 2784, RFC 2890), PPTP's version of it (RFC 2637) and ERSPAN
/// (draft-foschiano-erspan-03).
pub(crate) fn gre(octets: &[u8]) -> Result<Carried<'_>, Loss> {
    let flags = be_u16(octets, 0).ok_or(Loss::Truncated)?;
    let protocol = be_u16(octets, 2).ok_or(Loss::Truncated)?;
    let words = [GRE_CHECKSUM, GRE_KEY, GRE_SEQUENCE, GRE_ACKNOWLEDGMENT];
    let optional = words.iter().filter(|&&word| flags & word != 0).count();
    let content = octets.get(4 + 4 * optional..).ok_or(Loss::Truncated)?;
    match protocol {
        ETHERNET_BRIDGING => link::ethernet(content),
        // Type I has neither sequence number nor header of its own.
        ERSPAN if flags & GRE_SEQUENCE == 0 => link::ethernet(content),
        ERSPAN => link::ethernet(content.get(8..).ok_or(Loss::Truncated)?),
        ERSPAN_III => link::ethernet(without_erspan_iii(content).ok_or(Loss::Truncated)?),
        PPP => link::ppp(content),
        _ => link::of_ether_type(protocol, content),
    }
}

/// The IP packet in a UDP datagram to that port, if it is a tunnel's port and the octets agree: NAT
/// gives such ports to IKE as well.
pub(crate) fn in_udp(port: u16, octets: &[u8]) -> Option<&[u8]> {
    let carried = match port {
        VXLAN_PORT => link::ethernet(vxlan(octets)?),
        GENEVE_PORT => geneve(octets)?,
        GTP_U_PORT => Ok(Carried::Ip(gtp_u(octets)?)),
        _ => return None,
    };
    match carried {
        Ok(Carried::Ip(packet)) => Some(packet).filter(|packet| is_ip(packet)),
        _ => None,
    }
}

fn is_ip(packet: &[u8]) -> bool {
    matches!(packet.first(), Some(0x45..=0x4f | 0x60..=0x6f))
}

/// RFC 7348 §5: the I flag alone is set, the last octet is reserved.
fn vxlan(octets: &[u8]) -> Option<&[u8]> {
    let valid = octets.first()? & 0x08 != 0 && *octets.get(7)? == 0;
    octets.get(8..).filter(|_| valid)
}

/// RFC 8926 §3.4: version 0, options in words of four octets.
fn geneve(octets: &[u8]) -> Option<Result<Carried<'_>, Loss>> {
    let first = *octets.first()?;
    let protocol = be_u16(octets, 2)?;
    let content = octets.get(8 + 4 * usize::from(first & 0x3f)..)?;
    (first >> 6 == 0).then(|| match protocol {
        ETHERNET_BRIDGING => link::ethernet(content),
        _ => link::of_ether_type(protocol, content),
    })
}

/// 3GPP TS 29.281 §5: version 1, a user packet, then extension headers while there are any.
fn gtp_u(octets: &[u8]) -> Option<&[u8]> {
    let (flags, message) = (*octets.first()?, *octets.get(1)?);
    if flags >> 4 != GTP_VERSION_1 || message != GTP_USER_PACKET {
        return None;
    }
    let end = 8usize.saturating_add(be_u16(octets, 2)?.into());
    let octets = octets.get(..end).unwrap_or(octets);
    if flags & GTP_OPTIONAL == 0 {
        return octets.get(8..);
    }
    let (mut next, mut at) = (*octets.get(11)?, 12);
    while next != 0 {
        let length = 4 * usize::from(*octets.get(at)?).max(1);
        next = *octets.get(at + length - 1)?;
        at += length;
    }
    octets.get(at..)
}

/// Twelve octets, and eight more if the last bit says so.
fn without_erspan_iii(octets: &[u8]) -> Option<&[u8]> {
    let platform = be_u32(octets, 8)? & 1 != 0;
    octets.get(if platform { 20 } else { 12 }..)
}

const GRE_CHECKSUM: u16 = 0x8000;
const GRE_KEY: u16 = 0x2000;
const GRE_SEQUENCE: u16 = 0x1000;
const GRE_ACKNOWLEDGMENT: u16 = 0x0080;
const ETHERNET_BRIDGING: u16 = 0x6558;
const ERSPAN: u16 = 0x88be;
const ERSPAN_III: u16 = 0x22eb;
const PPP: u16 = 0x880b;
const VXLAN_PORT: u16 = 4789;
const GENEVE_PORT: u16 = 6081;
const GTP_U_PORT: u16 = 2152;
/// Version 1 and protocol type GTP.
const GTP_VERSION_1: u8 = 3;
const GTP_USER_PACKET: u8 = 255;
/// Any of E, S and PN: then four more octets follow.
const GTP_OPTIONAL: u8 = 0x07;
