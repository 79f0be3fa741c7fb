//! A text that was read whole.

use std::io::Cursor;

use ikescope_capture::{
    CaptureError, Direction, Frames, LinkType, TextCensus, TextFrame, TextOptions,
};

/// All there was in a text.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) packets: Vec<Packet>,
    pub(crate) census: TextCensus,
    pub(crate) notes: Vec<String>,
}

/// A packet, as the reader lent it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Packet {
    pub(crate) time: i64,
    pub(crate) interface: Option<String>,
    pub(crate) direction: Option<Direction>,
    pub(crate) link: LinkType,
    pub(crate) original: u32,
    pub(crate) octets: Vec<u8>,
    pub(crate) text: TextFrame,
}

impl Packet {
    /// The octets that were printed.
    pub(crate) fn printed(&self) -> &[u8] {
        &self.octets[usize::try_from(self.text.added).unwrap_or(0)..]
    }
}

/// Reads a text that is sniffer text.
pub(crate) fn read(text: impl Into<Vec<u8>>) -> Read {
    try_read(text, &TextOptions::default()).unwrap()
}

/// Reads any text.
pub(crate) fn try_read(
    text: impl Into<Vec<u8>>,
    options: &TextOptions,
) -> Result<Read, CaptureError> {
    let mut frames = Frames::from_reader("test", Cursor::new(text.into()), options)?;
    let mut packets = Vec::new();
    let mut numbers = Vec::new();
    while let Some(frame) = frames.next_frame() {
        assert_eq!(frame.number, packets.len() as u64 + 1);
        numbers.push(frame.interface);
        packets.push(Packet {
            time: frame.time.0,
            interface: None,
            direction: frame.direction,
            link: frame.link,
            original: frame.original,
            octets: frame.octets.to_vec(),
            text: frame.text.unwrap(),
        });
    }
    for (packet, number) in packets.iter_mut().zip(numbers) {
        let interface = &frames.interfaces()[number as usize];
        assert_eq!(interface.link, packet.link);
        packet.interface.clone_from(&interface.name);
    }
    Ok(Read {
        packets,
        census: frames.text().unwrap().clone(),
        notes: frames.notes().iter().map(ToString::to_string).collect(),
    })
}
