//! The frames of a capture as they stand in the file, before any layer is taken off.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use ikescope_wire::observed::Observation;

use crate::alignment::Alignment;
use crate::error::CaptureError;
use crate::format::interface::Interface;
use crate::format::pcapng::OtherBlocks;
use crate::format::{Format, Reader};
use crate::frame::Frame;
use crate::note::{Note, NoteKind, Notes};
use crate::text::{TextCensus, TextOptions};
use crate::unpack::{Compression, unpack};
use crate::window::Window;

/// A capture file that is being read frame by frame, for whoever wants the octets themselves:
/// [`Capture`](crate::Capture) tells what is in them.
pub struct Frames {
    compression: Compression,
    reader: Reader,
    notes: Notes,
    read: u64,
}

impl Frames {
    /// Opens a file. `text` tells what a text does not say of its times.
    ///
    /// # Errors
    /// [`CaptureError`] if there is no such file, or if it is no capture.
    pub fn open(path: impl AsRef<Path>, text: &TextOptions) -> Result<Self, CaptureError> {
        let path = path.as_ref();
        let name = path.display().to_string();
        match File::open(path) {
            Ok(file) => Self::from_reader(name, file, text),
            Err(source) => Err(CaptureError::Open { name, source }),
        }
    }

    /// Reads a capture from anything, for example standard input. `name` is what notes and errors
    /// call it. Short reads are fine; what is read is buffered here.
    ///
    /// # Errors
    /// [`CaptureError`] if the first octets cannot be read, or are no capture.
    pub fn from_reader(
        name: impl Into<String>,
        reader: impl Read + Send + 'static,
        text: &TextOptions,
    ) -> Result<Self, CaptureError> {
        let name = name.into();
        let (compression, source) = match unpack(Box::new(reader)) {
            Ok(unpacked) => unpacked,
            Err(source) => {
                let offset = 0;
                return Err(CaptureError::Read {
                    name,
                    offset,
                    source,
                });
            }
        };
        let reader = Reader::open(&name, Window::new(source), text)?;
        Ok(Self {
            compression,
            reader,
            notes: Notes::new(name, compression != Compression::None),
            read: 0,
        })
    }

    /// Lends the next frame; `None` is the end of the capture, be it by its own end or by damage,
    /// which [`Self::notes`] tells.
    pub fn next_frame(&mut self) -> Option<Frame<'_>> {
        let frame = self.reader.next_frame(&mut self.notes)?;
        self.read = frame.number;
        Some(frame)
    }

    pub(crate) fn align(&mut self, alignment: Alignment) {
        self.reader.align(alignment);
    }

    /// Reads on to the next frame, and gives `sink` what a log states before it; of other formats
    /// nothing.
    pub(crate) fn hear(&mut self, input: u16, sink: &mut dyn FnMut(Observation<'_>)) {
        self.reader.hear(input, &mut self.notes, sink);
    }

    /// Name of the input, as it was given.
    #[must_use]
    pub fn name(&self) -> &str {
        self.notes.name()
    }

    /// Format of the file.
    #[must_use]
    pub const fn format(&self) -> Format {
        self.reader.format()
    }

    /// How the file is packed.
    #[must_use]
    pub const fn compression(&self) -> Compression {
        self.compression
    }

    /// The capture interfaces described so far: exactly one for pcap.
    #[must_use]
    pub fn interfaces(&self) -> &[Interface] {
        self.reader.interfaces()
    }

    /// Comments in the file so far.
    #[must_use]
    pub const fn comments(&self) -> u64 {
        self.reader.comments()
    }

    /// Blocks of a pcapng that nothing was read from so far.
    #[must_use]
    pub fn other_blocks(&self) -> OtherBlocks {
        self.reader.other_blocks()
    }

    /// What there was in the text so far, where the input is text.
    #[must_use]
    pub const fn text(&self) -> Option<&TextCensus> {
        self.reader.text()
    }

    /// Frames that the capturing host says it dropped.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.reader.dropped()
    }

    /// What was wrong with the file so far, in the order it was met.
    #[must_use]
    pub fn notes(&self) -> &[Note] {
        self.notes.kept()
    }

    /// Adds a note about the frame that was read last.
    pub(crate) fn note(&mut self, kind: NoteKind) {
        self.notes.add(self.reader.offset(), self.read, kind);
    }
}

impl std::fmt::Debug for Frames {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Frames")
            .field("name", &self.name())
            .field("read", &self.read)
            .finish_non_exhaustive()
    }
}
