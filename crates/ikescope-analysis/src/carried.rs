//! What ESP carried, where the keys of its SAs are known: protocols, sizes, who spoke with whom.

use std::net::IpAddr;

use ikescope_wire::observed::{FrameId, Sighting};

/// Ends and protocols kept of one flow; the packets of others are counted.
const PAIRS_KEPT: usize = 64;
/// Protocols kept of one flow.
const PROTOCOLS_KEPT: usize = 16;

/// What the packets of a flow carried.
#[derive(Clone, Debug, Default)]
pub struct Carried {
    /// Packets that were opened, copies made by the capture left out.
    pub packets: u64,
    /// IP protocol numbers in order of appearance, each with its packets.
    pub protocols: Vec<(u8, u64)>,
    /// Octets of the largest IP packet inside (tunnel mode).
    pub largest: u32,
    /// Least and greatest MSS that a SYN announced, octets (RFC 9293 §3.7.1).
    pub mss: Option<(u16, u16)>,
    /// Who spoke with whom, in order of appearance (tunnel mode).
    pub pairs: Vec<Pair>,
    /// Packets of ends for which there was no room.
    pub pairs_dropped: u64,
    last_sequence: Option<u32>,
}

/// Packets of one protocol from one address to another.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Pair {
    /// Sender.
    pub source: IpAddr,
    /// Receiver.
    pub destination: IpAddr,
    /// IP protocol number.
    pub protocol: u8,
    /// Packets.
    pub packets: u64,
    /// The frame of the first.
    pub first_frame: FrameId,
}

/// What one packet carried.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Load {
    protocol: u8,
    /// Ends and octets of an IP packet inside.
    packet: Option<(IpAddr, IpAddr, u32)>,
    mss: Option<u16>,
}

impl Carried {
    pub(crate) fn add(&mut self, sighting: &Sighting, sequence: u32, load: &Load) {
        // A copy made by the capture stands beside its packet.
        if self.last_sequence.replace(sequence) == Some(sequence) {
            return;
        }
        self.packets += 1;
        self.count(load.protocol);
        if let Some(mss) = load.mss {
            let (least, greatest) = self.mss.unwrap_or((mss, mss));
            self.mss = Some((least.min(mss), greatest.max(mss)));
        }
        if let Some((source, destination, octets)) = load.packet {
            self.largest = self.largest.max(octets);
            self.meet(Pair {
                source,
                destination,
                protocol: load.protocol,
                packets: 1,
                first_frame: sighting.frame,
            });
        }
    }

    fn count(&mut self, protocol: u8) {
        let mut known = self.protocols.iter_mut();
        if let Some((_, packets)) = known.find(|(other, _)| *other == protocol) {
            *packets += 1;
        } else if self.protocols.len() < PROTOCOLS_KEPT {
            self.protocols.push((protocol, 1));
        }
    }

    fn meet(&mut self, new: Pair) {
        let ends = |pair: &Pair| (pair.source, pair.destination, pair.protocol);
        let mut known = self.pairs.iter_mut();
        if let Some(pair) = known.find(|pair| ends(pair) == ends(&new)) {
            pair.packets += 1;
        } else if self.pairs.len() < PAIRS_KEPT {
            self.pairs.push(new);
        } else {
            self.pairs_dropped += 1;
        }
    }
}

const IPV4: u8 = 4;
const TCP: u8 = 6;
const IPV6: u8 = 41;
/// Hop-by-hop options, routing, destination options: each says how long it is (RFC 8200 §4).
const EXTENSIONS: [u8; 3] = [0, 43, 60];

impl Load {
    /// Reads the payload behind this next header; `None` if it says to be a packet and is none.
    pub(crate) fn of(next_header: u8, payload: &[u8]) -> Option<Self> {
        match next_header {
            IPV4 => Self::of_ipv4(payload),
            IPV6 => Self::of_ipv6(payload),
            protocol => Some(Self {
                protocol,
                packet: None,
                mss: mss(protocol, payload),
            }),
        }
    }

    fn of_ipv4(octets: &[u8]) -> Option<Self> {
        let header: &[u8; 20] = octets.first_chunk()?;
        let [first, _, high, low, _, _, fragment_high, fragment_low, ..] = *header;
        let protocol = header[9];
        let address = |at: usize| -> Option<IpAddr> {
            let octets: [u8; 4] = header.get(at..at + 4)?.try_into().ok()?;
            Some(octets.into())
        };
        let is_first = u16::from_be_bytes([fragment_high & 0x1f, fragment_low]) == 0;
        let behind = octets
            .get(usize::from(first & 0xf) * 4..)
            .filter(|_| is_first);
        (first >> 4 == 4).then_some(())?;
        Some(Self {
            protocol,
            packet: Some((
                address(12)?,
                address(16)?,
                u16::from_be_bytes([high, low]).into(),
            )),
            mss: behind.and_then(|behind| mss(protocol, behind)),
        })
    }

    fn of_ipv6(octets: &[u8]) -> Option<Self> {
        const HEADER: usize = 40;
        let header: &[u8; HEADER] = octets.first_chunk()?;
        let address = |at: usize| -> Option<IpAddr> {
            let octets: [u8; 16] = header.get(at..at + 16)?.try_into().ok()?;
            Some(octets.into())
        };
        (header[0] >> 4 == 6).then_some(())?;
        let length = u32::from(u16::from_be_bytes([header[4], header[5]]));
        let (mut protocol, mut behind) = (header[6], octets.get(HEADER..)?);
        while EXTENSIONS.contains(&protocol)
            && let [next, units, ..] = *behind
            && let Some(rest) = behind.get(usize::from(units) * 8 + 8..)
        {
            (protocol, behind) = (next, rest);
        }
        Some(Self {
            protocol,
            packet: Some((address(8)?, address(24)?, length + HEADER as u32)),
            mss: mss(protocol, behind),
        })
    }
}

/// The MSS option of a SYN.
fn mss(protocol: u8, segment: &[u8]) -> Option<u16> {
    const SYN: u8 = 2;
    const HEADER: usize = 20;
    let header: &[u8; HEADER] = segment.first_chunk().filter(|_| protocol == TCP)?;
    let end = usize::from(header[12] >> 4) * 4;
    let mut options = segment.get(HEADER..end).filter(|_| header[13] & SYN != 0)?;
    loop {
        match *options {
            [2, 4, high, low, ..] => return Some(u16::from_be_bytes([high, low])),
            [0, ..] | [] => return None,
            [1, ..] => options = &options[1..],
            [_, length, ..] if length >= 2 => options = options.get(usize::from(length)..)?,
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 60 octets of IPv4 around a SYN with MSS 1360 behind two NOPs.
    fn syn() -> Vec<u8> {
        let mut octets = vec![0x45, 0, 0, 48, 0, 0, 0x40, 0, 64, 6, 0, 0];
        octets.extend([10, 1, 0, 1, 10, 2, 0, 1]);
        octets.extend([
            0, 80, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0x70, 2, 0, 0, 0, 0, 0, 0,
        ]);
        octets.extend([1, 1, 2, 4, 5, 80, 0, 0]);
        octets
    }

    #[test]
    fn reads_ends_protocol_length_and_mss_of_ipv4() {
        let load = Load::of(4, &syn()).unwrap();
        let ends = ["10.1.0.1", "10.2.0.1"].map(|text| text.parse().unwrap());
        assert_eq!(load.protocol, 6);
        assert_eq!(load.packet, Some((ends[0], ends[1], 48)));
        assert_eq!(load.mss, Some(1360));
        let mut fragment = syn();
        fragment[7] = 1;
        assert_eq!(Load::of(4, &fragment).unwrap().mss, None);
        let mut ack = syn();
        ack[33] = 0x10;
        assert_eq!(Load::of(4, &ack).unwrap().mss, None);
    }

    #[test]
    fn reads_ipv6_behind_its_extension_headers() {
        let mut octets = vec![0x60, 0, 0, 0, 0, 36, 60, 64];
        octets.extend([[0x20; 16], [0x30; 16]].concat());
        octets.extend([6, 0, 1, 4, 0, 0, 0, 0]);
        octets.extend(&syn()[20..]);
        let load = Load::of(41, &octets).unwrap();
        let octets_of = load.packet.unwrap().2;
        assert_eq!((load.protocol, octets_of, load.mss), (6, 76, Some(1360)));
    }

    #[test]
    fn takes_nothing_for_a_packet_that_is_none() {
        assert_eq!(Load::of(4, &[0x65; 20]), None);
        assert_eq!(Load::of(41, &[0x60; 39]), None);
        for length in 0..syn().len() {
            let _ = Load::of(4, &syn()[..length]);
        }
        // Transport mode: the segment itself.
        let load = Load::of(6, &syn()[20..]).unwrap();
        assert_eq!((load.packet, load.mss), (None, Some(1360)));
    }

    #[test]
    fn counts_protocols_pairs_and_no_copies() {
        let mut carried = Carried::default();
        let sighting = Sighting {
            frame: FrameId::default(),
            time: ikescope_wire::observed::Timestamp(0),
            source: ([192, 0, 2, 1], 0).into(),
            destination: ([198, 51, 100, 1], 0).into(),
            hop_limit: 64,
            ip_id: None,
            interface: 0,
            ip_length: 100,
        };
        let load = Load::of(4, &syn()).unwrap();
        for sequence in [1, 1, 2, 3] {
            carried.add(&sighting, sequence, &load);
        }
        for number in 0..100 {
            let mut other = syn();
            (other[15], other[9]) = (number, 17);
            carried.add(
                &sighting,
                10 + u32::from(number),
                &Load::of(4, &other).unwrap(),
            );
        }
        assert_eq!(carried.packets, 103);
        assert_eq!(carried.protocols, [(6, 3), (17, 100)]);
        assert_eq!((carried.largest, carried.mss), (48, Some((1360, 1360))));
        assert_eq!((carried.pairs.len(), carried.pairs[0].packets), (64, 3));
        assert_eq!(carried.pairs_dropped, 37);
    }
}
