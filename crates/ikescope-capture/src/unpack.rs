//! The octets of a file, unpacked: its compression is told by its first octets.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use flate2::bufread::MultiGzDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use crate::window::PAUSE;

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
    Patient(&mut source)
        .take(MAGIC_LENGTH as u64)
        .read_to_end(&mut magic)?;
    let compression = Compression::sniff(&magic);
    let whole = Cursor::new(magic).chain(source);
    let unpacked: Source = match compression {
        Compression::None => Box::new(whole),
        Compression::Gzip => Box::new(MultiGzDecoder::new(BufReader::with_capacity(
            PACKED_BUFFER,
            Patient(whole),
        ))),
        Compression::Zstd => {
            let patient = BufReader::with_capacity(PACKED_BUFFER, Patient(whole));
            Box::new(Zstd::new(patient))
        }
    };
    Ok((compression, unpacked))
}

/// Waits where the source has nothing for now: decoders take that for an error.
struct Patient<R>(R);

impl<R: Read> Read for Patient<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.0.read(buffer) {
                Err(error) if error.kind() == PAUSE => {}
                read => return read,
            }
        }
    }
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

const MAGIC_LENGTH: usize = 8;
const PACKED_BUFFER: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

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
