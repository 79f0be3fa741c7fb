//! The front of this crate: a capture that is open, read frame by frame.

use std::io::Read;
use std::path::Path;

use ikescope_wire::observed::{Losses, Observation, Timestamp};

use crate::alignment::Alignment;
use crate::census::Census;
use crate::error::CaptureError;
use crate::format::Format;
use crate::format::interface::Interface;
use crate::frame::LinkType;
use crate::frames::Frames;
use crate::layers::Layers;
use crate::note::{Note, NoteKind};
use crate::text::{TextCensus, TextFrame, TextOptions};
use crate::unpack::Compression;

/// What a reader may be told.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Options {
    /// TCP ports besides 500 and 4500 whose streams are read as RFC 9329 frames.
    pub ike_ports: Vec<u16>,
    /// What text inputs do not say of their times.
    pub text: TextOptions,
}

/// What the capture says of one frame.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct FrameInfo {
    /// Its number, counted from 1 as Wireshark does.
    pub number: u64,
    /// When it was captured.
    pub time: Timestamp,
    /// Octets that the capture kept of it.
    pub captured: u32,
    /// Octets it had on the wire.
    pub original: u32,
    /// Index of its interface among those of [`Summary::interfaces`].
    pub interface: u32,
    /// What the text says of it, where the input is text.
    pub text: Option<TextFrame>,
}

/// What there was in a capture, as far as it was read.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Summary<'a> {
    /// Format of the file.
    pub format: Format,
    /// How the file is packed.
    pub compression: Compression,
    /// Frames read.
    pub frames: u64,
    /// Frames of which the capture kept less than there was.
    pub cut_frames: u64,
    /// Time of the earliest frame; `None` before the first one.
    pub first_time: Option<Timestamp>,
    /// Time of the latest frame.
    pub last_time: Option<Timestamp>,
    /// The capture interfaces: exactly one for pcap.
    pub interfaces: &'a [Interface],
    /// Comments in the file.
    pub comments: u64,
    /// What the frames were.
    pub census: &'a Census,
    /// What there was in the text, where the input is text.
    pub text: Option<&'a TextCensus>,
}

/// A capture file that is being read.
pub struct Capture {
    frames: Frames,
    input: u16,
    layers: Layers,
    unknown_links: Vec<LinkType>,
    ended: bool,
    read: u64,
    cut_frames: u64,
    times: Option<(Timestamp, Timestamp)>,
}

impl Capture {
    /// Opens a file. `input` is its index among all inputs and stands in every frame's identity.
    ///
    /// # Errors
    /// [`CaptureError`] if there is no such file, or if it is no capture.
    pub fn open(
        path: impl AsRef<Path>,
        input: u16,
        options: &Options,
    ) -> Result<Self, CaptureError> {
        Ok(Self::new(
            Frames::open(path, &options.text)?,
            input,
            options,
        ))
    }

    /// Reads a capture from anything, for example standard input. `name` is what notes and errors
    /// call it. Short reads are fine; what is read is buffered here. A reader that has nothing for now
    /// may fail with [`std::io::ErrorKind::TimedOut`] and is asked again: until then, lines of a log
    /// that may go on are taken as they stand.
    ///
    /// # Errors
    /// [`CaptureError`] if the first octets cannot be read, or are no capture.
    pub fn from_reader(
        name: impl Into<String>,
        reader: impl Read + Send + 'static,
        input: u16,
        options: &Options,
    ) -> Result<Self, CaptureError> {
        let frames = Frames::from_reader(name, reader, &options.text)?;
        Ok(Self::new(frames, input, options))
    }

    fn new(frames: Frames, input: u16, options: &Options) -> Self {
        Self {
            frames,
            input,
            layers: Layers::new(input, options),
            unknown_links: Vec::new(),
            ended: false,
            read: 0,
            cut_frames: 0,
            times: None,
        }
    }

    /// Sets the clock of a log by that of another input, before its first frame is read; of other
    /// formats nothing.
    pub fn align(&mut self, alignment: Alignment) {
        self.frames.align(alignment);
    }

    /// Reads one frame and gives `sink` what was seen in it: none, one or several observations.
    ///
    /// `None` is the end of the capture, be it by its own end or by damage, which [`Self::notes`]
    /// tells; datagrams that are still incomplete have been handed up before.
    pub fn next_frame(&mut self, sink: &mut impl FnMut(Observation<'_>)) -> Option<FrameInfo> {
        if self.ended {
            return None;
        }
        self.frames.hear(self.input, sink);
        let Some(frame) = self.frames.next_frame() else {
            self.finish(sink);
            return None;
        };
        let info = FrameInfo {
            number: frame.number,
            time: frame.time,
            captured: crate::octets::length(frame.octets.len()),
            original: frame.original,
            interface: frame.interface,
            text: frame.text,
        };
        let link = frame.link;
        let known = self.layers.frame(&frame, sink);
        self.count(info);
        if !known {
            self.note_unknown_link(link);
        }
        Some(info)
    }

    /// Ends reading: gives `sink` the datagrams that are still incomplete. Only needed by who stops
    /// before [`Self::next_frame`] returned `None`.
    pub fn finish(&mut self, sink: &mut impl FnMut(Observation<'_>)) {
        if !self.ended {
            self.ended = true;
            self.layers.finish(sink);
        }
    }

    /// Name of the input, as it was given.
    #[must_use]
    pub fn name(&self) -> &str {
        self.frames.name()
    }

    /// What could not be followed so far.
    #[must_use]
    pub fn losses(&self) -> Losses {
        let mut losses = self.layers.losses();
        losses.dropped_by_capture = self.frames.dropped();
        losses
    }

    /// What was wrong with the file so far, in the order it was met.
    #[must_use]
    pub fn notes(&self) -> &[Note] {
        self.frames.notes()
    }

    /// What there was so far.
    #[must_use]
    pub fn summary(&self) -> Summary<'_> {
        Summary {
            format: self.frames.format(),
            compression: self.frames.compression(),
            frames: self.read,
            cut_frames: self.cut_frames,
            first_time: self.times.map(|(first, _)| first),
            last_time: self.times.map(|(_, last)| last),
            interfaces: self.frames.interfaces(),
            comments: self.frames.comments(),
            census: self.layers.census(),
            text: self.frames.text(),
        }
    }

    fn count(&mut self, info: FrameInfo) {
        self.read = info.number;
        self.cut_frames += u64::from(info.captured < info.original);
        self.times = Some(match self.times {
            None => (info.time, info.time),
            Some((first, last)) => (first.min(info.time), last.max(info.time)),
        });
    }

    fn note_unknown_link(&mut self, link: LinkType) {
        if !self.unknown_links.contains(&link) && self.unknown_links.len() < MAX_UNKNOWN_LINKS {
            self.unknown_links.push(link);
            self.frames.note(NoteKind::UnknownLink { link });
        }
    }
}

impl std::fmt::Debug for Capture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Capture")
            .field("name", &self.name())
            .field("frames", &self.read)
            .finish_non_exhaustive()
    }
}

const MAX_UNKNOWN_LINKS: usize = 100;
