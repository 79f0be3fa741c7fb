//! Captures that exist, read frame by frame and written anew: for tests that change something in
//! them. Only what such tests meet is read: sections of one byte order, enhanced packet blocks.

use super::{ByteOrder, Interface, Pcapng};

/// A frame and what a capture says of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Recorded {
    /// LINKTYPE_ value.
    pub link_type: u16,
    /// Number of the interface in its file.
    pub interface: u32,
    /// Nanoseconds since the Unix epoch.
    pub time: i64,
    /// The octets that were kept.
    pub octets: Vec<u8>,
    /// How many there were on the wire.
    pub original_length: usize,
}

impl Recorded {
    /// The frame with no more than so many octets kept.
    #[must_use]
    pub fn cut(mut self, octets: usize) -> Self {
        self.octets.truncate(octets);
        self
    }
}

/// The frames of a pcap or pcapng file; nothing if it is neither.
#[must_use]
pub fn recorded(file: &[u8]) -> Vec<Recorded> {
    let magic = file.first_chunk::<4>().copied().unwrap_or_default();
    match (u32::from_le_bytes(magic), u32::from_be_bytes(magic)) {
        (0xa1b2_c3d4, _) => of_pcap(&Reader(file, ByteOrder::Little), 1000),
        (0xa1b2_3c4d, _) => of_pcap(&Reader(file, ByteOrder::Little), 1),
        (_, 0xa1b2_c3d4) => of_pcap(&Reader(file, ByteOrder::Big), 1000),
        (_, 0xa1b2_3c4d) => of_pcap(&Reader(file, ByteOrder::Big), 1),
        (0x0a0d_0d0a, _) => of_pcapng(file),
        _ => Vec::new(),
    }
}

/// A pcapng file of these frames, in nanoseconds.
#[must_use]
pub fn written(frames: &[Recorded]) -> Vec<u8> {
    let mut interfaces: Vec<(u32, u16)> = Vec::new();
    let mut file = Pcapng::new(ByteOrder::Little);
    for frame in frames {
        let key = (frame.interface, frame.link_type);
        let known = interfaces.iter().position(|known| *known == key);
        let number = known.unwrap_or(interfaces.len());
        if known.is_none() {
            interfaces.push(key);
            file = file.interface(Interface::new(frame.link_type).resolution(9));
        }
        file = file.block(6, &packet_body(number as u32, frame));
    }
    file.octets()
}

fn packet_body(interface: u32, frame: &Recorded) -> Vec<u8> {
    let words = [
        interface,
        (frame.time >> 32) as u32,
        frame.time as u32,
        frame.octets.len() as u32,
        frame.original_length as u32,
    ];
    let mut body = words.map(u32::to_le_bytes).concat();
    body.extend_from_slice(&frame.octets);
    body
}

/// Octets with the byte order of their file.
struct Reader<'a>(&'a [u8], ByteOrder);

impl<'a> Reader<'a> {
    fn u32(&self, at: usize) -> Option<u32> {
        let octets = *self.0.get(at..)?.first_chunk()?;
        Some(match self.1 {
            ByteOrder::Little => u32::from_le_bytes(octets),
            ByteOrder::Big => u32::from_be_bytes(octets),
        })
    }

    fn u16(&self, at: usize) -> Option<u16> {
        let octets = *self.0.get(at..)?.first_chunk()?;
        Some(match self.1 {
            ByteOrder::Little => u16::from_le_bytes(octets),
            ByteOrder::Big => u16::from_be_bytes(octets),
        })
    }

    fn octets(&self, at: usize, length: u32) -> Option<&'a [u8]> {
        self.0.get(at..at.checked_add(length as usize)?)
    }
}

fn of_pcap(file: &Reader<'_>, nanoseconds: i64) -> Vec<Recorded> {
    let link_type = file.u32(20).unwrap_or_default() as u16;
    let mut at = 24;
    std::iter::from_fn(|| {
        let [seconds, fraction, kept, original] = [0, 4, 8, 12].map(|offset| file.u32(at + offset));
        let octets = file.octets(at + 16, kept?)?;
        at += 16 + octets.len();
        Some(Recorded {
            link_type,
            interface: 0,
            time: i64::from(seconds?) * 1_000_000_000 + i64::from(fraction?) * nanoseconds,
            octets: octets.to_vec(),
            original_length: original? as usize,
        })
    })
    .collect()
}

fn of_pcapng(file: &[u8]) -> Vec<Recorded> {
    let big = file.get(8..12) == Some(&[0x1a, 0x2b, 0x3c, 0x4d]);
    let order = if big {
        ByteOrder::Big
    } else {
        ByteOrder::Little
    };
    let whole = Reader(file, order);
    let mut at = 0;
    let mut interfaces: Vec<(u16, i64)> = Vec::new();
    let mut frames = Vec::new();
    while let (Some(block_type), Some(length)) = (whole.u32(at), whole.u32(at + 4)) {
        let Some(octets) = whole.octets(at, length).filter(|block| block.len() >= 12) else {
            break;
        };
        let block = Reader(octets, order);
        match block_type {
            1 => interfaces.push((block.u16(8).unwrap_or_default(), tick(&block))),
            6 => frames.extend(enhanced(&block, &interfaces)),
            _ => {}
        }
        at += octets.len();
    }
    frames
}

/// Nanoseconds of one tick of an interface: option if_tsresol, powers of ten; else a microsecond.
fn tick(block: &Reader<'_>) -> i64 {
    let mut at = 16;
    while let (Some(code), Some(length)) = (block.u16(at), block.u16(at + 2)) {
        if code == 9 {
            let power = block.0.get(at + 4).copied().unwrap_or(6);
            return 10_i64.pow(9_u32.saturating_sub(u32::from(power)));
        }
        if code == 0 {
            break;
        }
        at += 4 + usize::from(length).next_multiple_of(4);
    }
    1000
}

fn enhanced(block: &Reader<'_>, interfaces: &[(u16, i64)]) -> Option<Recorded> {
    let interface = block.u32(8)?;
    let (link_type, tick) = *interfaces.get(interface as usize)?;
    let ticks = i64::from(block.u32(12)?) << 32 | i64::from(block.u32(16)?);
    Some(Recorded {
        link_type,
        interface,
        time: ticks * tick,
        octets: block.octets(28, block.u32(20)?)?.to_vec(),
        original_length: block.u32(24)? as usize,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::{Pcap, PcapFormat, Resolution};

    #[test]
    fn a_pcap_is_read_in_either_byte_order_and_resolution() {
        for byte_order in [ByteOrder::Little, ByteOrder::Big] {
            for resolution in [Resolution::Microseconds, Resolution::Nanoseconds] {
                let format = PcapFormat {
                    byte_order,
                    resolution,
                    snap_length: 2,
                    ..PcapFormat::new(113)
                };
                let file = Pcap::with_format(format).frame(1_700_000_000_000_001_000, b"abc");
                let frame = Recorded {
                    link_type: 113,
                    interface: 0,
                    time: 1_700_000_000_000_001_000,
                    octets: b"ab".to_vec(),
                    original_length: 3,
                };
                assert_eq!(recorded(&file.octets()), [frame]);
            }
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let frame = |interface, link_type, time| Recorded {
            link_type,
            interface,
            time,
            octets: vec![7; 5],
            original_length: 90,
        };
        let frames = [frame(0, 1, 5), frame(1, 113, 1 << 40), frame(0, 1, 1 << 41)];
        assert_eq!(recorded(&written(&frames)), frames);
        assert!(recorded(b"no capture").is_empty());
    }
}
