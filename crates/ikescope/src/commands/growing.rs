//! Octets that are still being written: read on a thread of their own, so that Ctrl-C ends them.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use ikescope::Source;
use ikescope_capture::CaptureError;

use crate::commands::STDIN;

/// What the thread that reads hands on, and what ends it.
enum Piece {
    Octets(Vec<u8>),
    Failed(io::Error),
    End,
}

/// The other end of that thread.
struct Growing {
    pieces: Receiver<Piece>,
    /// What of the newest piece is still to be read.
    left: Vec<u8>,
    from: usize,
    /// Something came since the last pause.
    is_awake: bool,
    ended: bool,
}

/// Pieces on their way.
const PIECES: usize = 16;
/// Octets read at once.
const PIECE: usize = 64 * 1024;
/// A file that has no more is asked again after this time ...
const AGAIN: Duration = Duration::from_millis(100);
/// ... and what has not come for this long counts as a pause.
const PAUSE: Duration = Duration::from_millis(200);

/// The input that is to be followed: `-` is standard input, a file is read on as it grows. Ctrl-C ends
/// it.
pub(super) fn open(path: &Path) -> anyhow::Result<Source> {
    let (name, reader, grows): (String, Box<dyn Read + Send>, bool) = if path.as_os_str() == STDIN {
        ("stdin".to_owned(), Box::new(io::stdin()), false)
    } else {
        let name = path.display().to_string();
        let opened = File::open(path).and_then(|file| Ok((file.metadata()?.is_file(), file)));
        match opened {
            Ok((is_file, file)) => (name, Box::new(file), is_file),
            Err(source) => return Err(CaptureError::Open { name, source }.into()),
        }
    };
    let (sender, pieces) = mpsc::sync_channel(PIECES);
    let interrupt = sender.clone();
    // Whoever has hung up has ended already.
    let end = move || drop(interrupt.send(Piece::End));
    ctrlc::set_handler(end).context("cannot listen for Ctrl-C")?;
    thread::spawn(move || pump(reader, grows, &sender));
    let growing = Growing {
        pieces,
        left: Vec::new(),
        from: 0,
        is_awake: false,
        ended: false,
    };
    Ok(Source::reader(name, growing))
}

/// Hands on what can be read, until the end or until nobody listens.
fn pump(mut reader: Box<dyn Read + Send>, grows: bool, sender: &SyncSender<Piece>) {
    loop {
        let mut octets = vec![0; PIECE];
        let piece = match reader.read(&mut octets) {
            Ok(0) if grows => {
                thread::sleep(AGAIN);
                continue;
            }
            Ok(0) => Piece::End,
            Ok(count) => {
                octets.truncate(count);
                Piece::Octets(octets)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => Piece::Failed(error),
        };
        let is_last = !matches!(piece, Piece::Octets(_));
        if sender.send(piece).is_err() || is_last {
            return;
        }
    }
}

impl Growing {
    /// Waits for the next piece; an error of the kind that means a pause if there is none for now.
    fn next_piece(&mut self) -> io::Result<Piece> {
        if !self.is_awake {
            return Ok(self.pieces.recv().unwrap_or(Piece::End));
        }
        match self.pieces.recv_timeout(PAUSE) {
            Ok(piece) => Ok(piece),
            Err(RecvTimeoutError::Disconnected) => Ok(Piece::End),
            Err(RecvTimeoutError::Timeout) => {
                self.is_awake = false;
                Err(io::ErrorKind::TimedOut.into())
            }
        }
    }
}

impl Read for Growing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.from == self.left.len() && !self.ended {
            match self.next_piece()? {
                Piece::Octets(octets) => {
                    self.left = octets;
                    self.from = 0;
                    self.is_awake = true;
                }
                Piece::Failed(error) => {
                    self.ended = true;
                    return Err(error);
                }
                Piece::End => self.ended = true,
            }
        }
        let count = self
            .left
            .get(self.from..)
            .unwrap_or_default()
            .read(buffer)?;
        self.from += count;
        Ok(count)
    }
}
