//! Captures written, frame by frame, to anything that takes octets.
//!
//! pcap-parser can serialise blocks, but copies every frame into a block of its own with the options
//! as a list; what is written here is few enough kinds of block to lay them out by hand.

mod pcap;
mod pcapng;

use std::io;

use ikescope_wire::observed::Timestamp;
use thiserror::Error;

pub use self::pcap::PcapWriter;
pub use self::pcapng::{InterfaceHead, InterfaceId, PcapngWriter};
use crate::frame::Direction;

/// A frame that is to be written. What a format has no place for is left out by its writer.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    /// When it was captured.
    pub time: Timestamp,
    /// Octets it had on the wire; never written as less than there are in `octets`.
    pub original: u32,
    /// What there is of it.
    pub octets: &'a [u8],
    /// Which way it went through the interface.
    pub direction: Option<Direction>,
    /// What is to stand beside it. Of a comment longer than 65,535 octets the beginning is written.
    pub comments: &'a [&'a str],
}

/// What the times of a file count. Finer times are cut to it.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum TimeUnit {
    /// 10⁻⁶ seconds.
    Microseconds,
    /// 10⁻⁹ seconds.
    #[default]
    Nanoseconds,
}

impl TimeUnit {
    pub(crate) const fn nanoseconds(self) -> i64 {
        match self {
            Self::Microseconds => 1000,
            Self::Nanoseconds => 1,
        }
    }
}

/// A frame was not written. After the last two the file is as it was, and the next one may follow.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The octets could not be written.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The format counts from 1970, in 32 bits of seconds if it is pcap.
    #[error("the format cannot say the time {0}")]
    Time(Timestamp),
    /// The frame is longer than the format allows.
    #[error("the frame has {octets} octets, {limit} is the most that the format takes")]
    Length {
        /// Octets of the frame.
        octets: usize,
        /// The most there may be.
        limit: usize,
    },
}

/// The length as the field that both formats write, if it does not go beyond `limit`.
fn bounded(octets: &[u8], limit: usize) -> Result<u32, WriteError> {
    let length = u32::try_from(octets.len())
        .ok()
        .filter(|_| octets.len() <= limit);
    length.ok_or(WriteError::Length {
        octets: octets.len(),
        limit,
    })
}
