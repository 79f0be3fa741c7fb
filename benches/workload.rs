//! A workload as a pcap file on Ethernet, written frame by frame.

use std::io::{self, Write};

use ikescope_testkit::capture::PcapFormat;
use ikescope_testkit::dialogue::Sent;
use ikescope_testkit::frame::Link;

/// What was written.
#[derive(Clone, Copy)]
pub(crate) struct Written {
    /// Frames.
    pub(crate) frames: u64,
    /// Octets of the file.
    pub(crate) octets: u64,
}

/// Writes the file; `out` should be buffered.
///
/// # Errors
/// Whatever `out` says.
pub(crate) fn write(
    mut out: impl Write,
    packets: impl Iterator<Item = Sent>,
) -> io::Result<Written> {
    let format = PcapFormat::new(Link::Ethernet.link_type());
    let file_header = format.file_header();
    out.write_all(&file_header)?;
    let mut written = Written {
        frames: 0,
        octets: file_header.len() as u64,
    };
    for sent in packets {
        for packet in sent.packets() {
            let frame = Link::Ethernet.frame(&packet);
            let (header, kept) = format.record_header(sent.time, frame.len());
            out.write_all(&header)?;
            out.write_all(&frame[..kept])?;
            written.frames += 1;
            written.octets += (header.len() + kept) as u64;
        }
    }
    out.flush()?;
    Ok(written)
}
