//! Packet captures to what an IPsec negotiation left in them: datagrams, ICMP errors, TCP signals.
//!
//! A [`Capture`] reads pcap, pcapng or the text of a FortiGate's console, plain or packed with gzip or
//! zstd, from a file or any reader, once and in constant memory. For each frame it takes off the link layer and the tunnels, puts
//! IP fragments and TCP segments together and hands up
//! [`Observation`](ikescope_wire::observed::Observation)s. It knows files and IP, nothing of IKE.
//!
//! Nothing is skipped silently: frames that cannot be followed are counted in
//! [`Capture::losses`], damage of the file is told in [`Capture::notes`], and
//! [`Capture::summary`] says what else there was.
//!
//! ```
//! use ikescope_capture::{Capture, Options};
//! use ikescope_wire::observed::Observation;
//!
//! // A pcap header (raw IPv4) and one record: 192.0.2.1:500 sends one octet to 192.0.2.2:500.
//! let file = [
//!     0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 228, 0, 0, 0, //
//!     1, 0, 0, 0, 2, 0, 0, 0, 29, 0, 0, 0, 29, 0, 0, 0, //
//!     0x45, 0, 0, 29, 0, 7, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2, //
//!     1, 0xf4, 1, 0xf4, 0, 9, 0, 0, 0xff,
//! ];
//! let mut capture = Capture::from_reader("example", std::io::Cursor::new(file), 0, &Options::default())?;
//! let mut seen = Vec::new();
//! while let Some(frame) = capture.next_frame(&mut |observation| {
//!     if let Observation::Datagram(datagram) = observation {
//!         seen.push((datagram.sighting.source.to_string(), datagram.octets.to_vec()));
//!     }
//! }) {
//!     assert_eq!((frame.number, frame.time.to_string().as_str()), (1, "1.000002000"));
//! }
//! assert_eq!(seen, [("192.0.2.1:500".to_owned(), vec![0xff])]);
//! # Ok::<(), ikescope_capture::CaptureError>(())
//! ```
#![forbid(unsafe_code)]
#![warn(clippy::indexing_slicing, clippy::panic, clippy::expect_used)]

mod alignment;
mod capture;
mod census;
mod comments;
mod error;
mod format;
mod fragments;
mod frame;
mod frames;
mod icmp;
mod ip;
mod layers;
mod link;
mod note;
mod octets;
pub mod place;
mod tcp;
mod text;
mod tunnel;
mod unpack;
mod window;
pub mod write;

pub use alignment::Alignment;
pub use capture::{Capture, FrameInfo, Options, Summary};
pub use census::{Census, Protocol};
pub use comments::Comments;
pub use error::{CaptureError, Foreign};
pub use format::Format;
pub use format::interface::Interface;
pub use format::pcapng::OtherBlocks;
pub use frame::{Direction, Frame, LinkType};
pub use frames::Frames;
pub use note::{Note, NoteKind};
pub use text::{
    Condition, Damage, LostReason, Outcome, SkippedKind, TextCensus, TextDamage, TextFrame,
    TextOptions, TimeBase,
};
pub use unpack::Compression;

/// Keeps the code of the README compiling.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
