//! A frame on its way from an input to an output.

use ikescope_capture::{Direction, LinkType, TextFrame};
use ikescope_wire::observed::Timestamp;

/// A frame that was taken out of its input's window.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) number: u64,
    pub(crate) time: Timestamp,
    pub(crate) interface: u32,
    pub(crate) link: LinkType,
    pub(crate) original: u32,
    pub(crate) octets: Vec<u8>,
    pub(crate) direction: Option<Direction>,
    pub(crate) comments: Vec<String>,
    pub(crate) text: Option<TextFrame>,
}
