//! The classic pcap format (<https://datatracker.ietf.org/doc/draft-ietf-opsawg-pcap/>), little-endian.

use std::io::Write;

use super::{Packet, TimeUnit, WriteError, bounded};
use crate::frame::LinkType;

/// Writes pcap: one link type, and neither interfaces nor comments.
#[derive(Debug)]
pub struct PcapWriter<W> {
    out: W,
    unit: TimeUnit,
}

impl<W: Write> PcapWriter<W> {
    /// Begins the file.
    ///
    /// # Errors
    /// [`WriteError::Io`] if it cannot be written.
    pub fn new(mut out: W, link: LinkType, unit: TimeUnit) -> Result<Self, WriteError> {
        let magic: u32 = match unit {
            TimeUnit::Microseconds => 0xa1b2_c3d4,
            TimeUnit::Nanoseconds => 0xa1b2_3c4d,
        };
        let mut header = Vec::with_capacity(24);
        header.extend(magic.to_le_bytes());
        header.extend(MAJOR.to_le_bytes());
        header.extend(MINOR.to_le_bytes());
        // Reserved: once a time zone and its accuracy.
        header.extend([0; 8]);
        header.extend(SNAP_LENGTH.to_le_bytes());
        header.extend(u32::from(link.0).to_le_bytes());
        out.write_all(&header)?;
        Ok(Self { out, unit })
    }

    /// Writes a frame. Its interface, direction and comments have no place in pcap.
    ///
    /// # Errors
    /// [`WriteError`]: the medium's, or because pcap cannot hold such a frame.
    pub fn packet(&mut self, packet: &Packet<'_>) -> Result<(), WriteError> {
        let captured = bounded(packet.octets, SNAP_LENGTH as usize)?;
        let nanoseconds = packet.time.0.rem_euclid(SECOND);
        let seconds = u32::try_from(packet.time.0.div_euclid(SECOND))
            .map_err(|_| WriteError::Time(packet.time))?;
        let fraction = u32::try_from(nanoseconds / self.unit.nanoseconds()).unwrap_or_default();
        let fields = [seconds, fraction, captured, packet.original.max(captured)];
        let mut header = [0; 16];
        for (place, field) in header.chunks_exact_mut(4).zip(fields) {
            place.copy_from_slice(&field.to_le_bytes());
        }
        self.out.write_all(&header)?;
        self.out.write_all(packet.octets)?;
        Ok(())
    }

    /// Ends the file.
    ///
    /// # Errors
    /// [`WriteError::Io`] if what was written cannot be passed on.
    pub fn finish(mut self) -> Result<W, WriteError> {
        self.out.flush()?;
        Ok(self.out)
    }
}

const MAJOR: u16 = 2;
const MINOR: u16 = 4;
/// What libpcap and Wireshark take of any link type.
const SNAP_LENGTH: u32 = 262_144;
const SECOND: i64 = 1_000_000_000;
