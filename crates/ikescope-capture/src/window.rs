//! A window over a stream that knows its offset and keeps the error that ended it.

use std::io;

use crate::unpack::Source;

/// A window over a stream: what is in it stays until it is taken.
pub(crate) struct Window {
    source: Source,
    octets: Vec<u8>,
    start: usize,
    end: usize,
    /// Offset in the stream of the octet at `start`.
    offset: u64,
    exhausted: bool,
    /// The source has nothing for now.
    paused: bool,
    error: Option<io::Error>,
}

impl Window {
    pub(crate) fn new(source: Source) -> Self {
        Self {
            source,
            octets: vec![0; WINDOW],
            start: 0,
            end: 0,
            offset: 0,
            exhausted: false,
            paused: false,
            error: None,
        }
    }

    /// Offset of the next octet in the unpacked data.
    pub(crate) const fn offset(&self) -> u64 {
        self.offset
    }

    /// What ended the stream, if it was not its end.
    pub(crate) const fn take_error(&mut self) -> Option<io::Error> {
        self.error.take()
    }

    /// What is in the window now.
    pub(crate) fn ahead(&self) -> &[u8] {
        self.octets.get(self.start..self.end).unwrap_or_default()
    }

    /// Reads until `wanted` octets are in the window; false if the stream ends before.
    ///
    /// A stream that fails counts as ended; [`Self::take_error`] tells.
    pub(crate) fn fill(&mut self, wanted: usize) -> bool {
        while self.end - self.start < wanted {
            if self.exhausted {
                return false;
            }
            self.make_room(wanted);
            self.read_some();
        }
        true
    }

    /// The same, but gives up where the source has nothing for now; [`Self::is_paused`] tells that
    /// from its end.
    pub(crate) fn fill_for_now(&mut self, wanted: usize) -> bool {
        self.paused = false;
        while self.end - self.start < wanted {
            if self.exhausted || self.paused {
                return false;
            }
            self.make_room(wanted);
            self.read_some();
        }
        true
    }

    /// Whether the source said, when it was last asked, that it has nothing for now.
    pub(crate) const fn is_paused(&self) -> bool {
        self.paused
    }

    /// Moves over `count` octets of the window and lends them.
    pub(crate) fn take(&mut self, count: usize) -> &[u8] {
        let from = self.start;
        let count = count.min(self.end - self.start);
        self.start += count;
        self.offset += count as u64;
        self.octets.get(from..from + count).unwrap_or_default()
    }

    /// Moves over `count` octets, in the window or not; false if the stream ends before.
    pub(crate) fn skip(&mut self, mut count: u64) -> bool {
        while count > 0 {
            if !self.fill(1) {
                return false;
            }
            let step = usize::try_from(count).unwrap_or(usize::MAX);
            count -= self.take(step).len() as u64;
        }
        true
    }

    /// Room grows with what has arrived, so a length that lies costs no memory.
    fn make_room(&mut self, wanted: usize) {
        if self.start > 0 {
            self.octets.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.end == self.octets.len() {
            let grown = self.octets.len().saturating_mul(2).min(wanted.max(WINDOW));
            self.octets.resize(grown.max(self.end + 1), 0);
        }
    }

    fn read_some(&mut self) {
        let room = self.octets.get_mut(self.end..).unwrap_or_default();
        match self.source.read(room) {
            Ok(0) => self.exhausted = true,
            Ok(count) => self.end += count.min(room.len()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == PAUSE => self.paused = true,
            Err(error) => {
                self.exhausted = true;
                self.error = Some(error);
            }
        }
    }
}

const WINDOW: usize = 256 * 1024;

/// How a source says that it has nothing for now and may be asked again.
pub(crate) const PAUSE: io::ErrorKind = io::ErrorKind::TimedOut;

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};

    use super::*;

    /// Gives one octet per read, as a slow pipe may.
    struct Dripping(Cursor<Vec<u8>>);

    impl Read for Dripping {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let one = buffer.len().min(1);
            self.0.read(&mut buffer[..one])
        }
    }

    #[test]
    fn fills_from_a_source_that_drips() {
        let mut window = Window::new(Box::new(Dripping(Cursor::new(vec![1, 2, 3]))));
        assert!(window.fill(3));
        assert_eq!(window.take(2), [1, 2]);
        assert!(!window.fill(2));
        assert_eq!((window.offset(), window.ahead()), (2, &[3][..]));
    }

    #[test]
    fn grows_for_more_than_its_first_size() {
        let content: Vec<u8> = (0..=255).cycle().take(3 * WINDOW + 5).collect();
        let mut window = Window::new(Box::new(Cursor::new(content.clone())));
        assert!(window.skip(5));
        assert!(window.fill(3 * WINDOW));
        assert_eq!(window.take(3 * WINDOW), &content[5..]);
    }

    #[test]
    fn does_not_allocate_what_a_lying_length_announces() {
        let mut window = Window::new(Box::new(Cursor::new(vec![0; 10])));
        assert!(!window.fill(usize::MAX));
        assert!(window.octets.len() <= 2 * WINDOW);
    }

    #[test]
    fn a_pause_is_neither_an_end_nor_an_error() {
        struct Pausing(Vec<Option<u8>>);
        impl Read for Pausing {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                match self.0.pop() {
                    Some(Some(octet)) => {
                        buffer[0] = octet;
                        Ok(1)
                    }
                    Some(None) => Err(PAUSE.into()),
                    None => Ok(0),
                }
            }
        }
        let script = vec![Some(3), None, Some(2), None, Some(1)];
        let mut window = Window::new(Box::new(Pausing(script)));
        assert!(!window.fill_for_now(2) && window.is_paused());
        assert_eq!(window.ahead(), [1]);
        assert!(window.fill(3));
        assert_eq!(window.ahead(), [1, 2, 3]);
        assert!(!window.fill_for_now(4) && !window.is_paused());
        assert!(window.take_error().is_none());
    }

    #[test]
    fn keeps_the_error_that_ended_the_stream() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("bad sector"))
            }
        }
        let mut window = Window::new(Box::new(Broken));
        assert!(!window.fill(1));
        assert_eq!(window.take_error().unwrap().to_string(), "bad sector");
    }
}
