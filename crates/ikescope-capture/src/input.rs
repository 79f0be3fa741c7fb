//! The octets of a file, unpacked: compression told by its magic, and a window over the stream
//! that knows its offset and keeps the error that ended it.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use flate2::bufread::MultiGzDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

/// How a capture file is packed, by its first octets.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Compression {
    /// Not at all.
    #[default]
    None,
    /// gzip (RFC 1952), one or several members.
    Gzip,
    /// Zstandard (RFC 8878), one or several frames.
    Zstd,
}

impl Compression {
    /// The word of the report contract; `None` if the file is not packed.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Gzip => Some("gzip"),
            Self::Zstd => Some("zstd"),
        }
    }

    fn sniff(octets: &[u8]) -> Self {
        match octets {
            [0x1f, 0x8b, 8, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Zstd,
            // A skippable frame (RFC 8878 §3.1.2) may stand first.
            [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            _ => Self::None,
        }
    }
}

/// What is read from.
pub(crate) type Source = Box<dyn Read + Send>;

/// Tells the compression of `source` and puts the decoder in front of it.
pub(crate) fn unpack(mut source: Source) -> io::Result<(Compression, Source)> {
    let mut magic = Vec::with_capacity(MAGIC_LENGTH);
    source
        .by_ref()
        .take(MAGIC_LENGTH as u64)
        .read_to_end(&mut magic)?;
    let compression = Compression::sniff(&magic);
    let whole = Cursor::new(magic).chain(source);
    let unpacked: Source = match compression {
        Compression::None => Box::new(whole),
        Compression::Gzip => Box::new(MultiGzDecoder::new(BufReader::with_capacity(
            PACKED_BUFFER,
            whole,
        ))),
        Compression::Zstd => Box::new(Zstd::new(BufReader::with_capacity(PACKED_BUFFER, whole))),
    };
    Ok((compression, unpacked))
}

/// All frames of a zstd file, one after another, as `zstd -d` reads them.
struct Zstd<R> {
    source: R,
    decoder: FrameDecoder,
    inside_frame: bool,
}

impl<R: BufRead> Zstd<R> {
    fn new(source: R) -> Self {
        Self {
            source,
            decoder: FrameDecoder::new(),
            inside_frame: false,
        }
    }

    /// Begins the next frame; false at the end of the file.
    fn next_frame(&mut self) -> io::Result<bool> {
        loop {
            if self.source.fill_buf()?.is_empty() {
                return Ok(false);
            }
            match self.decoder.reset(&mut self.source) {
                Ok(()) => return Ok(true),
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    let mut skippable = self.source.by_ref().take(length.into());
                    io::copy(&mut skippable, &mut io::sink())?;
                }
                Err(error) => return Err(io::Error::other(error)),
            }
        }
    }
}

impl<R: BufRead> Read for Zstd<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.inside_frame && self.decoder.can_collect() > 0 {
                return self.decoder.read(buffer);
            }
            if self.inside_frame && !self.decoder.is_finished() {
                self.decoder
                    .decode_blocks(&mut self.source, BlockDecodingStrategy::UptoBlocks(1))
                    .map_err(io::Error::other)?;
                continue;
            }
            self.inside_frame = self.next_frame()?;
            if !self.inside_frame {
                return Ok(0);
            }
        }
    }
}

/// A window over a stream: what is in it stays until it is taken.
pub(crate) struct Window {
    source: Source,
    octets: Vec<u8>,
    start: usize,
    end: usize,
    /// Offset in the stream of the octet at `start`.
    offset: u64,
    exhausted: bool,
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
            Err(error) => {
                self.exhausted = true;
                self.error = Some(error);
            }
        }
    }
}

const MAGIC_LENGTH: usize = 8;
const PACKED_BUFFER: usize = 64 * 1024;
const WINDOW: usize = 256 * 1024;

#[cfg(test)]
mod tests {
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

    #[test]
    fn reads_zstd_frames_with_a_skippable_one_between() {
        // "zstd" of the two texts: raw blocks, as the format description (RFC 8878 §3.1.1) lays out.
        let frame = |text: &[u8]| {
            let size = u8::try_from(text.len()).unwrap();
            let mut octets = vec![0x28, 0xb5, 0x2f, 0xfd, 0x20, size, (size << 3) | 1, 0, 0];
            octets.extend_from_slice(text);
            octets
        };
        let mut file = frame(b"ike");
        file.extend([0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 9, 9]);
        file.extend(frame(b"scope"));
        let (compression, mut source) = unpack(Box::new(Cursor::new(file))).unwrap();
        let mut text = String::new();
        source.read_to_string(&mut text).unwrap();
        assert_eq!(
            (compression, text.as_str()),
            (Compression::Zstd, "ikescope")
        );
    }
}
