//! Inputs that are looked at before they are read. A file is opened again for that; of a pipe, and of
//! anything else that can be read but once, the beginning is kept.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::PathBuf;
use std::sync::Arc;

use ikescope_capture::{Capture, CaptureError, Options};

use crate::analyze::Source;

/// An input that may be looked at first.
pub(crate) enum Begun {
    /// Can be opened as often as is wanted.
    File(PathBuf),
    /// Can be read but once.
    Once {
        name: String,
        /// What was read of it.
        begin: Arc<[u8]>,
        rest: Box<dyn Read + Send>,
    },
}

impl Begun {
    /// Reads the beginning of what can be read but once.
    pub(crate) fn new(source: Source) -> Self {
        match source {
            Source::Path(path) => {
                let is_file = path.metadata().is_ok_and(|metadata| metadata.is_file());
                match File::open(&path) {
                    Ok(pipe) if !is_file => Self::once(path.display().to_string(), Box::new(pipe)),
                    // Who opens it next tells what is wrong with it.
                    _ => Self::File(path),
                }
            }
            Source::Reader { name, reader } => Self::once(name, reader),
        }
    }

    fn once(name: String, mut reader: Box<dyn Read + Send>) -> Self {
        let mut begin = Vec::new();
        let read = reader.by_ref().take(KEPT).read_to_end(&mut begin);
        let rest: Box<dyn Read + Send> = match read {
            Ok(_) => reader,
            Err(error) => Box::new(Failed(Some(error))),
        };
        let begin = begin.into();
        Self::Once { name, begin, rest }
    }

    pub(crate) fn name(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Once { name, .. } => name.clone(),
        }
    }

    /// A capture of it, as far as it is at hand, beside the one that is to be read.
    pub(crate) fn look(&self, options: &Options) -> Option<Capture> {
        match self {
            Self::File(path) => Capture::open(path, 0, options).ok(),
            Self::Once { name, begin, .. } => {
                let begin = Cursor::new(Arc::clone(begin));
                Capture::from_reader(name.clone(), begin, 0, options).ok()
            }
        }
    }

    pub(crate) fn open(self, index: u16, options: &Options) -> Result<Capture, CaptureError> {
        match self {
            Self::File(path) => Capture::open(path, index, options),
            Self::Once { name, begin, rest } => {
                let whole = Cursor::new(begin).chain(rest);
                Capture::from_reader(name, whole, index, options)
            }
        }
    }
}

/// Fails as the reader did whose beginning was kept.
struct Failed(Option<io::Error>);

impl Read for Failed {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// Octets kept of what can be read but once: room for every log of a console, and for the first hours of
/// most captures.
const KEPT: u64 = 64 * 1024 * 1024;
