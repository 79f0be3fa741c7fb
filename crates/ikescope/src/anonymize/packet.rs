//! IP packets, their upper layers and what those carry, tunnels included: renamed and blanked in place.

use std::net::{IpAddr, SocketAddr};
use std::ops::Range;

use ikescope_analysis::Ports;
use ikescope_capture::place;
use ikescope_wire::Encapsulation;
use ikescope_wire::encapsulation::{IKE_PORT, NAT_T_PORT};
use ikescope_wire::observed::{Datagram, FrameId, Sighting, Timestamp, Transport};

use super::checksum::{bring_along, bring_along_udp, sum};
use super::nat::Ends;
use super::stand_ins::StandIns;
use super::{icmp, ike};

/// Renames and blanks, and remembers what stands for what.
#[derive(Debug)]
pub(crate) struct Rewriter {
    pub(crate) stand_ins: StandIns,
    ports: Ports,
    told_ports: Vec<u16>,
}

/// Where the octets at hand stand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context {
    /// Offset in the frame of the first of them; `None` where they stand in no frame of their own,
    /// and nothing can be held back.
    pub(crate) offset: Option<usize>,
    /// Packets around this one.
    pub(crate) depth: u8,
}

/// A part of a frame that can only be blanked together with parts of other frames.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    /// Where it stands in its frame.
    pub(crate) range: Range<usize>,
    /// What it is a part of.
    pub(crate) whole: Whole,
}

/// What is spread over several frames.
#[derive(Clone, Debug)]
pub(crate) enum Whole {
    /// An IP datagram.
    Datagram {
        key: DatagramKey,
        offset: usize,
        more: bool,
    },
    /// A TCP stream that may hold IKE.
    Stream {
        ends: (SocketAddr, SocketAddr),
        sequence: u32,
        opens: bool,
        /// Where in the frame the checksum stands.
        checksum: usize,
    },
}

/// What the fragments of a datagram have in common.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct DatagramKey {
    pub(crate) source: IpAddr,
    pub(crate) destination: IpAddr,
    pub(crate) identification: u32,
    pub(crate) protocol: u8,
}

/// The sums of the addresses in a pseudo header, before and after they were renamed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pseudo {
    before: u64,
    after: u64,
}

/// The parts that were found on the way.
pub(crate) type Parts = Vec<Part>;

impl Rewriter {
    /// `ports` are those that carry IKE besides the usual ones.
    pub(crate) fn new(ports: &[u16]) -> Self {
        Self {
            stand_ins: StandIns::default(),
            ports: Ports::new(ports),
            told_ports: ports.to_vec(),
        }
    }

    /// An IP packet, and what is behind it in the frame.
    pub(crate) fn packet(&mut self, octets: &mut [u8], context: Context, parts: &mut Parts) {
        let context = Context {
            depth: context.depth + 1,
            ..context
        };
        let read = match octets.first().map(|first| first >> 4) {
            _ if context.depth > MAX_DEPTH => None,
            Some(4) => self.ipv4(octets, context, parts),
            Some(6) => self.ipv6(octets, context, parts),
            _ => None,
        };
        if read.is_none() {
            // The version stays, so that what is wrong with the packet stays wrong.
            octets.get_mut(1..).unwrap_or_default().fill(0);
        }
    }

    fn ipv4(&mut self, octets: &mut [u8], context: Context, parts: &mut Parts) -> Option<()> {
        let header = usize::from(octets.first()? & 0x0f) * 4;
        let total = usize::from(u16_at(octets, 2)?);
        if header < IPV4_HEADER || octets.len() < header {
            return None;
        }
        let end = if total == 0 {
            octets.len()
        } else {
            total.min(octets.len())
        };
        if end < header {
            return None;
        }
        octets.get_mut(end..)?.fill(0);
        let (source, destination) = (ipv4_at(octets, 12)?, ipv4_at(octets, 16)?);
        let protocol = followed(*octets.get(9)?);
        let before = sum(octets.get(..header)?);
        *octets.get_mut(9)? = protocol;
        self.rename_ipv4(octets.get_mut(12..20)?);
        octets.get_mut(IPV4_HEADER..header)?.fill(NO_OPERATION);
        let after = sum(octets.get(..header)?);
        bring_along(octets, 10, before, after);
        let fragment = u16_at(octets, 6)?;
        let (offset, more) = (usize::from(fragment & 0x1fff) * 8, fragment & 0x2000 != 0);
        let key = DatagramKey {
            source,
            destination,
            identification: u16_at(octets, 4)?.into(),
            protocol,
        };
        let payload = header..end;
        self.payload(octets, payload, (key, offset, more), context, parts)
    }

    fn ipv6(&mut self, octets: &mut [u8], context: Context, parts: &mut Parts) -> Option<()> {
        let announced = usize::from(u16_at(octets, 4)?);
        let (source, destination) = (ipv6_at(octets, 8)?, ipv6_at(octets, 24)?);
        let end = if announced == 0 {
            octets.len()
        } else {
            (IPV6_HEADER + announced).min(octets.len())
        };
        octets.get_mut(end..)?.fill(0);
        self.rename_ipv6(octets.get_mut(8..40)?);
        let (mut next, mut at) = (6, IPV6_HEADER);
        let mut fragment = (0, 0, false);
        while let Some(length) = extension(octets.get(..end)?, *octets.get(next)?, at) {
            match *octets.get(next)? {
                ROUTING => octets.get_mut(at + 4..(at + length).min(end))?.fill(0),
                FRAGMENT => {
                    let field = u16_at(octets, at + 2)?;
                    let identification = [u16_at(octets, at + 4)?, u16_at(octets, at + 6)?];
                    let identification =
                        u32::from(identification[0]) << 16 | u32::from(identification[1]);
                    fragment = (identification, usize::from(field & 0xfff8), field & 1 != 0);
                }
                _ => {}
            }
            (next, at) = (at, (at + length).min(end));
        }
        let protocol = followed(*octets.get(next)?);
        *octets.get_mut(next)? = protocol;
        let key = DatagramKey {
            source,
            destination,
            identification: fragment.0,
            protocol,
        };
        self.payload(
            octets,
            at..end,
            (key, fragment.1, fragment.2),
            context,
            parts,
        )
    }

    /// What is behind the headers of a packet, unless that is but a fragment: then it waits for the
    /// others.
    fn payload(
        &mut self,
        octets: &mut [u8],
        range: Range<usize>,
        (key, offset, more): (DatagramKey, usize, bool),
        context: Context,
        parts: &mut Parts,
    ) -> Option<()> {
        let start = range.start;
        let payload = octets.get_mut(range.clone())?;
        if offset == 0 && !more {
            let context = Context {
                offset: context.offset.map(|offset| offset + start),
                ..context
            };
            self.upper(key, payload, context, parts);
        } else if let Some(base) = context.offset {
            parts.push(Part {
                range: base + range.start..base + range.end,
                whole: Whole::Datagram { key, offset, more },
            });
        } else if offset == 0 {
            self.upper(key, payload, context, parts);
        } else {
            payload.fill(0);
        }
        Some(())
    }

    /// What stands above IP.
    pub(crate) fn upper(
        &mut self,
        key: DatagramKey,
        octets: &mut [u8],
        context: Context,
        parts: &mut Parts,
    ) {
        let pseudo = self.pseudo(key);
        match key.protocol {
            UDP => self.udp(key, octets, pseudo, context, parts),
            TCP => self.tcp(key, octets, pseudo, context, parts),
            ICMP => icmp::version4(self, octets, context),
            ICMPV6 => icmp::version6(self, octets, pseudo, context),
            ESP => blank_from(octets, ESP_HEADER),
            AH => self.ah(key, octets, context, parts),
            IPV4_IN_IP | IPV6_IN_IP => self.packet(octets, context, parts),
            GRE => self.gre(octets, context, parts),
            _ => octets.fill(0),
        }
    }

    fn udp(
        &mut self,
        key: DatagramKey,
        octets: &mut [u8],
        pseudo: Pseudo,
        context: Context,
        parts: &mut Parts,
    ) {
        let (Some(source), Some(destination)) = (u16_at(octets, 0), u16_at(octets, 2)) else {
            return octets.fill(0);
        };
        let before = pseudo.before + sum(octets);
        if let Some(payload) = octets.get_mut(UDP_HEADER..) {
            let ends = Ends {
                source: SocketAddr::new(key.source, source),
                destination: SocketAddr::new(key.destination, destination),
            };
            let context = context.behind(UDP_HEADER);
            match place::packet_in_udp(destination, payload) {
                Some(inner) => self.tunnel(payload, inner, destination == VXLAN, context, parts),
                None => self.udp_payload(payload, ends),
            }
        }
        let after = pseudo.after + sum(octets);
        bring_along_udp(octets, 6, before, after);
    }

    fn udp_payload(&mut self, octets: &mut [u8], ends: Ends) {
        let datagram = Datagram {
            sighting: sighting(ends),
            transport: Transport::Udp,
            octets,
            missing: 0,
            ip_fragments: &[],
            dont_fragment: false,
            plaintext: None,
        };
        match self.ports.read(&datagram) {
            Some(read) => {
                let found = Found::of(&read);
                self.encapsulated(octets, found, ends);
            }
            None => octets.fill(0),
        }
    }

    /// One frame of a TCP stream, its length field removed.
    pub(crate) fn tcp_frame(&mut self, octets: &mut [u8], ends: Ends) {
        let found = Found::of(&Encapsulation::of_tcp_frame(octets));
        self.encapsulated(octets, found, ends);
    }

    fn encapsulated(&mut self, octets: &mut [u8], found: Found, ends: Ends) {
        match found {
            Found::Ike(length) => {
                let start = octets.len() - length;
                let message = octets.get_mut(start..).unwrap_or_default();
                ike::blank(message, ends, &mut self.stand_ins);
            }
            Found::Esp => blank_from(octets, ESP_HEADER),
            Found::Keepalive => {}
            // Zeros could be taken for the non-ESP marker.
            Found::Unrecognized => octets.fill(b'x'),
        }
    }

    /// A segment of IKE waits for its stream, any other is blanked.
    fn tcp(
        &self,
        key: DatagramKey,
        octets: &mut [u8],
        pseudo: Pseudo,
        context: Context,
        parts: &mut Parts,
    ) {
        let before = pseudo.before + sum(octets);
        let header = octets
            .get(12)
            .map_or(0, |length| usize::from(length >> 4) * 4);
        let header = header.max(TCP_HEADER);
        match self.segment(key, octets, header, context.offset) {
            Some(part) => parts.push(part),
            None => blank_from(octets, header),
        }
        let after = pseudo.after + sum(octets);
        bring_along(octets, 16, before, after);
    }

    fn segment(
        &self,
        key: DatagramKey,
        octets: &[u8],
        header: usize,
        offset: Option<usize>,
    ) -> Option<Part> {
        let offset = offset?;
        let (source, destination) = (u16_at(octets, 0)?, u16_at(octets, 2)?);
        let opens = *octets.get(13)? & TCP_SYN != 0;
        let holds_any = opens || octets.len() > header;
        let may_hold_ike = [source, destination]
            .iter()
            .any(|port| self.is_ike_port(*port));
        if !may_hold_ike || !holds_any || octets.len() < header {
            return None;
        }
        Some(Part {
            range: offset + header..offset + octets.len(),
            whole: Whole::Stream {
                ends: (
                    SocketAddr::new(key.source, source),
                    SocketAddr::new(key.destination, destination),
                ),
                sequence: u32::from_be_bytes(*octets.get(4..)?.first_chunk()?),
                opens,
                checksum: offset + 16,
            },
        })
    }

    fn is_ike_port(&self, port: u16) -> bool {
        matches!(port, IKE_PORT | NAT_T_PORT) || self.told_ports.contains(&port)
    }

    /// What AH protects is in clear, and is blanked like anything else.
    fn ah(&mut self, key: DatagramKey, octets: &mut [u8], context: Context, parts: &mut Parts) {
        let [Some(next), Some(words)] = [0, 1].map(|at| octets.get(at).copied()) else {
            return;
        };
        let header = (usize::from(words) + 2) * 4;
        let protocol = followed(next);
        if let Some(first) = octets.first_mut() {
            *first = protocol;
        }
        if let Some(inner) = octets.get_mut(header..) {
            let key = DatagramKey { protocol, ..key };
            self.upper(key, inner, context.behind(header), parts);
        }
    }

    fn gre(&mut self, octets: &mut [u8], context: Context, parts: &mut Parts) {
        let bridges = matches!(u16_at(octets, 2), Some(0x6558 | 0x88be | 0x22eb));
        match place::packet_in_gre(octets) {
            Some(inner) => self.tunnel(octets, inner, bridges, context, parts),
            None => blank_from(octets, 4),
        }
    }

    /// A packet in a tunnel, with the Ethernet header in front of it where the tunnel bridges.
    fn tunnel(
        &mut self,
        octets: &mut [u8],
        inner: Range<usize>,
        bridges: bool,
        context: Context,
        parts: &mut Parts,
    ) {
        let ethernet = inner.start.checked_sub(ETHERNET_HEADER);
        if let Some(ethernet) = ethernet.filter(|_| bridges) {
            for place in [ethernet, ethernet + 6] {
                self.hardware(octets, place);
            }
        }
        let context = context.behind(inner.start);
        self.packet(octets.get_mut(inner).unwrap_or_default(), context, parts);
    }

    /// The hardware address at `at`.
    pub(crate) fn hardware(&mut self, octets: &mut [u8], at: usize) {
        let field = octets.get_mut(at..).and_then(<[u8]>::first_chunk_mut);
        if let Some(field) = field {
            *field = self.stand_ins.hardware(*field);
        }
    }

    /// One IPv4 address after another.
    pub(crate) fn rename_ipv4(&mut self, octets: &mut [u8]) {
        ike::rename(octets, false, &mut self.stand_ins);
    }

    /// One IPv6 address after another.
    pub(crate) fn rename_ipv6(&mut self, octets: &mut [u8]) {
        ike::rename(octets, true, &mut self.stand_ins);
    }

    fn pseudo(&mut self, key: DatagramKey) -> Pseudo {
        let both = [key.source, key.destination];
        let of = |addresses: [IpAddr; 2]| -> u64 {
            let sums = addresses.map(|address| match address {
                IpAddr::V4(address) => sum(&address.octets()),
                IpAddr::V6(address) => sum(&address.octets()),
            });
            sums.iter().sum()
        };
        let renamed = both.map(|address| self.stand_ins.address(address));
        Pseudo {
            before: of(both),
            after: of(renamed),
        }
    }
}

impl Context {
    /// The same, `octets` further on.
    const fn behind(self, octets: usize) -> Self {
        Self {
            offset: match self.offset {
                Some(offset) => Some(offset + octets),
                None => None,
            },
            ..self
        }
    }

    /// A copy of octets, or octets of which the beginning is quoted: nothing to wait for.
    pub(crate) const fn detached(self) -> Self {
        Self {
            offset: None,
            ..self
        }
    }
}

impl Pseudo {
    /// Of a checksum without a pseudo header.
    pub(crate) const NONE: Self = Self {
        before: 0,
        after: 0,
    };

    /// Brings along the checksum at `at` over octets that `change` changes.
    pub(crate) fn around(self, octets: &mut [u8], at: usize, change: impl FnOnce(&mut [u8])) {
        let before = self.before + sum(octets);
        change(octets);
        let after = self.after + sum(octets);
        bring_along(octets, at, before, after);
    }
}

/// What a datagram holds, without a borrow of it.
enum Found {
    /// A message of that length, at the end.
    Ike(usize),
    Esp,
    Keepalive,
    Unrecognized,
}

impl Found {
    const fn of(read: &Encapsulation<'_>) -> Self {
        match read {
            Encapsulation::Ike { octets, .. } => Self::Ike(octets.len()),
            Encapsulation::Esp(_) => Self::Esp,
            Encapsulation::NatKeepalive => Self::Keepalive,
            Encapsulation::Unrecognized(_) => Self::Unrecognized,
        }
    }
}

/// Only the ends matter to who tells ports apart.
fn sighting(ends: Ends) -> Sighting {
    Sighting {
        frame: FrameId::default(),
        time: Timestamp::default(),
        source: ends.source,
        destination: ends.destination,
        hop_limit: 0,
        ip_id: None,
        interface: 0,
        ip_length: 0,
    }
}

/// Zeros from there on.
pub(crate) fn blank_from(octets: &mut [u8], at: usize) {
    octets.get_mut(at..).unwrap_or_default().fill(0);
}

/// Length of the extension header at `at`, if `protocol` is one and it is there.
fn extension(octets: &[u8], protocol: u8, at: usize) -> Option<usize> {
    match protocol {
        FRAGMENT => (at + 8 <= octets.len()).then_some(8),
        0 | ROUTING | 60 | 135 | 139 | 140 => {
            let units = usize::from(*octets.get(at + 1)?);
            Some((units + 1) * 8)
        }
        _ => None,
    }
}

/// The protocol, or one for experiments (RFC 3692) if nothing is known of it: what is blanked would
/// be taken for damage.
const fn followed(protocol: u8) -> u8 {
    match protocol {
        ICMP | IPV4_IN_IP | TCP | UDP | IPV6_IN_IP | GRE | ESP | AH | ICMPV6 => protocol,
        _ => EXPERIMENT,
    }
}

pub(crate) fn u16_at(octets: &[u8], at: usize) -> Option<u16> {
    let field = octets.get(at..)?.first_chunk()?;
    Some(u16::from_be_bytes(*field))
}

fn ipv4_at(octets: &[u8], at: usize) -> Option<IpAddr> {
    let field: &[u8; 4] = octets.get(at..)?.first_chunk()?;
    Some(IpAddr::from(*field))
}

fn ipv6_at(octets: &[u8], at: usize) -> Option<IpAddr> {
    let field: &[u8; 16] = octets.get(at..)?.first_chunk()?;
    Some(IpAddr::from(*field))
}

const ICMP: u8 = 1;
const IPV4_IN_IP: u8 = 4;
const TCP: u8 = 6;
const UDP: u8 = 17;
const IPV6_IN_IP: u8 = 41;
const ROUTING: u8 = 43;
const FRAGMENT: u8 = 44;
const GRE: u8 = 47;
const ESP: u8 = 50;
const AH: u8 = 51;
const ICMPV6: u8 = 58;
const EXPERIMENT: u8 = 253;

const IPV4_HEADER: usize = 20;
const IPV6_HEADER: usize = 40;
const UDP_HEADER: usize = 8;
const TCP_HEADER: usize = 20;
const ESP_HEADER: usize = 8;
const ETHERNET_HEADER: usize = 14;
const TCP_SYN: u8 = 0x02;
const VXLAN: u16 = 4789;
/// An option of IPv4 that says nothing.
const NO_OPERATION: u8 = 1;
/// Packets in packets that are followed.
const MAX_DEPTH: u8 = 9;
