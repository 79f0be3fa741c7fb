//! Several inputs read as one, in the order of their times; each keeps its own order.

use std::io;
use std::path::PathBuf;

use anyhow::bail;
use ikescope_capture::{CaptureError, Frame, Frames, LinkType, TextOptions};
use ikescope_wire::observed::Timestamp;

use super::held::Held;
use crate::commands::STDIN;
use crate::exit::Exit;
use crate::output::progress::Progress;

/// Inputs that advance together.
pub(crate) struct Merged {
    inputs: Vec<Input>,
    /// The one whose frame it is the turn of.
    current: Option<usize>,
    /// Why others could not be opened.
    pub(crate) failed: Vec<CaptureError>,
}

/// An input, one frame ahead.
pub(crate) struct Input {
    /// Where it was opened.
    pub(crate) path: PathBuf,
    pub(crate) frames: Frames,
    /// The frame that is read and not passed.
    pub(crate) frame: Held,
    ended: bool,
}

impl Merged {
    /// Opens what can be opened.
    pub(crate) fn open(paths: &[PathBuf], text: &TextOptions, progress: &Progress) -> Self {
        let (mut inputs, mut failed) = (Vec::new(), Vec::new());
        for path in paths {
            let name = path.display().to_string();
            let opened = if path.as_os_str() == STDIN {
                Frames::from_reader("stdin", io::stdin(), text)
            } else if let Some(file) = progress.watched(path) {
                Frames::from_reader(name, file, text)
            } else {
                Frames::open(path, text)
            };
            match opened {
                Ok(frames) => inputs.push(Input::new(path.clone(), frames)),
                Err(error) => failed.push(error),
            }
        }
        Self {
            inputs,
            current: None,
            failed,
        }
    }

    /// How a command ends for which there is no packet. If no input could be opened, that was said
    /// before.
    pub(crate) fn nothing_to(&self, done: &str) -> anyhow::Result<Exit> {
        if !self.inputs.is_empty() {
            bail!("there is no packet to {done}");
        }
        Ok(Exit::Unusable)
    }

    /// The inputs that could be opened, in the order given.
    pub(crate) fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// Goes on to the earliest of the frames that come next and tells which input it is of.
    pub(crate) fn advance(&mut self) -> Option<usize> {
        if let Some(current) = self.current {
            self.inputs[current].advance();
        }
        let open = self.inputs.iter().enumerate();
        let next = open.filter(|(_, input)| !input.ended);
        self.current = next
            .min_by_key(|(_, input)| input.frame.time)
            .map(|(index, _)| index);
        self.current
    }
}

impl Input {
    fn new(path: PathBuf, frames: Frames) -> Self {
        let mut input = Self {
            path,
            frames,
            frame: Held::empty(),
            ended: false,
        };
        input.advance();
        input
    }

    fn advance(&mut self) {
        match self.frames.next_frame() {
            Some(frame) => self.frame.hold(&frame),
            None => self.ended = true,
        }
    }
}

impl Held {
    const fn empty() -> Self {
        Self {
            number: 0,
            time: Timestamp(0),
            interface: 0,
            link: LinkType::ETHERNET,
            original: 0,
            octets: Vec::new(),
            direction: None,
            comments: Vec::new(),
            text: None,
        }
    }

    fn hold(&mut self, frame: &Frame<'_>) {
        self.number = frame.number;
        self.time = frame.time;
        self.interface = frame.interface;
        self.link = frame.link;
        self.original = frame.original;
        self.octets.clear();
        self.octets.extend_from_slice(frame.octets);
        self.direction = frame.direction;
        self.comments.clear();
        self.comments.extend(frame.comments.iter().map(Into::into));
        self.text = frame.text;
    }
}
