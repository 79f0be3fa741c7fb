//! The classic pcap format (draft-ietf-opsawg-pcap §4 and §5).

use super::ByteOrder;

/// What one unit of a record's second time field is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Resolution {
    /// 10⁻⁶ seconds, magic number a1b2c3d4.
    Microseconds,
    /// 10⁻⁹ seconds, magic number a1b23c4d.
    #[default]
    Nanoseconds,
}

/// A dialect of pcap. Its methods give the octets piece by piece, for writers that stream.
#[derive(Clone, Copy, Debug)]
pub struct PcapFormat {
    /// LINKTYPE_ value of all frames.
    pub link_type: u16,
    /// Byte order of the file's own fields.
    pub byte_order: ByteOrder,
    /// Resolution of the times.
    pub resolution: Resolution,
    /// Frames are cut to this number of octets.
    pub snap_length: u32,
}

impl PcapFormat {
    /// Little-endian, nanoseconds, snap length 262,144 octets.
    #[must_use]
    pub const fn new(link_type: u16) -> Self {
        Self {
            link_type,
            byte_order: ByteOrder::Little,
            resolution: Resolution::Nanoseconds,
            snap_length: 262_144,
        }
    }

    /// The 24 octets in front of the first record.
    #[must_use]
    pub fn file_header(&self) -> [u8; 24] {
        let order = self.byte_order;
        let magic = match self.resolution {
            Resolution::Microseconds => 0xa1b2_c3d4,
            Resolution::Nanoseconds => 0xa1b2_3c4d,
        };
        let mut header = [0; 24];
        header[..4].copy_from_slice(&order.u32(magic));
        header[4..6].copy_from_slice(&order.u16(2));
        header[6..8].copy_from_slice(&order.u16(4));
        header[16..20].copy_from_slice(&order.u32(self.snap_length));
        header[20..].copy_from_slice(&order.u32(u32::from(self.link_type)));
        header
    }

    /// The 16 octets in front of a frame, and how many octets of the frame follow them.
    #[must_use]
    pub fn record_header(&self, time: i64, frame_length: usize) -> ([u8; 16], usize) {
        let order = self.byte_order;
        let nanoseconds = time.rem_euclid(1_000_000_000) as u32;
        let fraction = match self.resolution {
            Resolution::Microseconds => nanoseconds / 1000,
            Resolution::Nanoseconds => nanoseconds,
        };
        let kept = frame_length.min(self.snap_length as usize);
        let mut header = [0; 16];
        header[..4].copy_from_slice(&order.u32(time.div_euclid(1_000_000_000) as u32));
        header[4..8].copy_from_slice(&order.u32(fraction));
        header[8..12].copy_from_slice(&order.u32(kept as u32));
        header[12..].copy_from_slice(&order.u32(frame_length as u32));
        (header, kept)
    }
}

/// A whole pcap file in memory.
#[derive(Clone, Debug)]
pub struct Pcap {
    format: PcapFormat,
    octets: Vec<u8>,
}

impl Pcap {
    /// An empty file of the usual dialect, see [`PcapFormat::new`].
    #[must_use]
    pub fn new(link_type: u16) -> Self {
        Self::with_format(PcapFormat::new(link_type))
    }

    /// An empty file of any dialect.
    #[must_use]
    pub fn with_format(format: PcapFormat) -> Self {
        Self {
            format,
            octets: format.file_header().to_vec(),
        }
    }

    /// Appends a frame, cut to the snap length.
    #[must_use]
    pub fn frame(mut self, time: i64, frame: &[u8]) -> Self {
        self.push(time, frame);
        self
    }

    /// Appends a frame, cut to the snap length.
    pub fn push(&mut self, time: i64, frame: &[u8]) {
        let (header, kept) = self.format.record_header(time, frame.len());
        self.octets.extend_from_slice(&header);
        self.octets.extend_from_slice(&frame[..kept]);
    }

    /// The file so far.
    #[must_use]
    pub fn octets(self) -> Vec<u8> {
        self.octets
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Laid out by hand from the diagrams of the draft.
    #[test]
    fn a_big_endian_file_with_a_cut_frame() {
        let format = PcapFormat {
            byte_order: ByteOrder::Big,
            resolution: Resolution::Microseconds,
            snap_length: 2,
            ..PcapFormat::new(1)
        };
        let octets = Pcap::with_format(format)
            .frame(1_000_002_999, b"abc")
            .octets();
        #[rustfmt::skip]
        let expected = [
            0xa1, 0xb2, 0xc3, 0xd4, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 1,
            0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3, b'a', b'b',
        ];
        assert_eq!(octets, expected);
    }
}
