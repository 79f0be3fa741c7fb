//! Capture files as octets: pcap in all its dialects, and pcapng.
//!
//! Times are nanoseconds since the Unix epoch; a format that counts coarser drops the rest.

mod pcap;
mod pcapng;
mod recorded;

pub use pcap::{Pcap, PcapFormat, Resolution};
pub use pcapng::{Interface, Pcapng};
pub use recorded::{Recorded, recorded, written};

/// The byte order of a capture file's own fields.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum ByteOrder {
    /// As on x86.
    #[default]
    Little,
    /// As on the network.
    Big,
}

impl ByteOrder {
    /// A 16-bit field.
    pub(crate) const fn u16(self, value: u16) -> [u8; 2] {
        match self {
            Self::Little => value.to_le_bytes(),
            Self::Big => value.to_be_bytes(),
        }
    }

    /// A 32-bit field.
    pub(crate) const fn u32(self, value: u32) -> [u8; 4] {
        match self {
            Self::Little => value.to_le_bytes(),
            Self::Big => value.to_be_bytes(),
        }
    }

    /// A 64-bit field.
    pub(crate) const fn u64(self, value: u64) -> [u8; 8] {
        match self {
            Self::Little => value.to_le_bytes(),
            Self::Big => value.to_be_bytes(),
        }
    }
}
