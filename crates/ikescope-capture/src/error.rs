//! Why a capture could not be opened. What goes wrong later is a [`Note`](crate::Note).
//!
//! | kind | who can help |
//! | --- | --- |
//! | `Open`, `Read` | the system: the `io::Error` is kept |
//! | `Empty`, `CutHeader` | whoever wrote the file: it is not all there |
//! | `Unknown` | a converter, where the format is a known one: [`CaptureError::help`] |

use std::fmt;
use std::io;

use thiserror::Error;

use crate::note::Grouped;

/// A capture could not be opened.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CaptureError {
    /// The file could not be opened.
    #[error("cannot open {name}")]
    Open {
        /// Name of the input.
        name: String,
        /// What the system said.
        source: io::Error,
    },
    /// The first octets could not be read.
    #[error("cannot read {name} at offset {offset}")]
    Read {
        /// Name of the input.
        name: String,
        /// Offset in the unpacked data.
        offset: u64,
        /// What the system or the unpacker said.
        source: io::Error,
    },
    /// There is nothing in it.
    #[error("{name} is empty (0 octets); was the capture stopped before its buffer was written?")]
    Empty {
        /// Name of the input.
        name: String,
    },
    /// The file begins like a capture and ends before its header does.
    #[error("{name} ends inside its file header: {expected} octets expected, {found} found")]
    CutHeader {
        /// Name of the input.
        name: String,
        /// Octets of the header.
        expected: u64,
        /// Octets in the file.
        found: u64,
    },
    /// The text tells of packets, and holds none of their octets.
    #[error(
        "{name} holds {} FortiGate sniffer headers and no packet data (verbosity {verbosity}); use\n    \
         diagnose sniffer packet any 'udp port 500 or udp port 4500 or esp' 6 0 a",
        Grouped(*headers)
    )]
    HeadersOnly {
        /// Name of the input.
        name: String,
        /// Headers in it.
        headers: u64,
        /// The verbosity that it was captured with: 1 or 4.
        verbosity: u8,
    },
    /// The file is no capture, or none of a kind that is read here.
    #[error("{name} is no capture: offset {offset} holds {}{}", Hex(found), Named(*foreign))]
    Unknown {
        /// Name of the input.
        name: String,
        /// Offset in the unpacked data of what was looked at.
        offset: u64,
        /// The octets there, at most eight; pcap or pcapng magic was expected.
        found: Vec<u8>,
        /// What they are, if that is known.
        foreign: Option<Foreign>,
    },
}

impl CaptureError {
    /// What to type or do, if that is known; lines that begin with four blanks are commands.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        let Self::Unknown { name, foreign, .. } = self else {
            return None;
        };
        let help = foreign.map_or(KNOWN, Foreign::help);
        Some(help.replace("FILE", &quoted(name)))
    }
}

/// A file name as a shell takes it for one word.
fn quoted(name: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "._-/:\\".contains(c);
    let folder = if name.starts_with('-') { "./" } else { "" };
    if name.chars().all(plain) {
        format!("{folder}{name}")
    } else {
        format!("'{folder}{}'", name.replace('\'', "'\\''"))
    }
}

/// Formats that are met instead of a capture, told by their first octets.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Foreign {
    /// zip, as the archives of support portals.
    Zip,
    /// 7-Zip.
    SevenZip,
    /// RAR.
    Rar,
    /// docx, xlsx, odt and their like, doc and xls, PDF.
    Document,
    /// bzip2.
    Bzip2,
    /// xz.
    Xz,
    /// lz4 frame format.
    Lz4,
    /// gzip or zstd inside of gzip or zstd.
    PackedTwice,
    /// Sun snoop (RFC 1761).
    Snoop,
    /// Microsoft Network Monitor 1 and 2.
    NetMon,
    /// Windows event trace, as `netsh trace` and `pktmon` write.
    Etl,
    /// pcapng or pcap whose line ends were translated, as FTP does in text mode.
    Mangled,
    /// Text.
    Text,
}

impl Foreign {
    /// Looks at the first octets of a file.
    pub(crate) fn sniff(octets: &[u8]) -> Option<Self> {
        let etl_header = octets.get(..4) == Some(&[0, 0, 1, 0])
            || octets.get(4..8) == Some(&[0x03, 0, 0x01, 0x80]);
        Some(match octets {
            [b'%', b'P', b'D', b'F', ..] | [0xd0, 0xcf, 0x11, 0xe0, ..] => Self::Document,
            [b'P', b'K', 3, 4, ..] if is_document(octets) => Self::Document,
            [b'7', b'z', 0xbc, 0xaf, ..] => Self::SevenZip,
            [b'R', b'a', b'r', b'!', ..] => Self::Rar,
            [b'P', b'K', 3 | 5, 4 | 6, ..] => Self::Zip,
            [b'B', b'Z', b'h', ..] => Self::Bzip2,
            [0xfd, b'7', b'z', b'X', b'Z', ..] => Self::Xz,
            [0x04, 0x22, 0x4d, 0x18, ..] => Self::Lz4,
            [0x1f, 0x8b, ..] | [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::PackedTwice,
            [b's', b'n', b'o', b'o', b'p', 0, ..] => Self::Snoop,
            [b'G', b'M', b'B', b'U', ..] | [b'R', b'T', b'S', b'S', ..] => Self::NetMon,
            [0x0a, 0x0a, ..] | [0x0d, 0x0a, 0x0d, ..] => Self::Mangled,
            _ if etl_header => Self::Etl,
            _ if is_text(octets) => Self::Text,
            _ => return None,
        })
    }

    /// What the octets are, with its article.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Zip => "a zip archive",
            Self::SevenZip => "a 7-Zip archive",
            Self::Rar => "a RAR archive",
            Self::Document => "an office document",
            Self::Bzip2 => "bzip2 data",
            Self::Xz => "xz data",
            Self::Lz4 => "lz4 data",
            Self::PackedTwice => "packed data inside of packed data",
            Self::Snoop => "a snoop capture",
            Self::NetMon => "a Network Monitor capture",
            Self::Etl => "a Windows event trace",
            Self::Mangled => "pcapng with translated line ends",
            Self::Text => "text",
        }
    }

    /// The command that makes a capture of `FILE`, on a line of its own behind four blanks, or what
    /// else to do.
    #[must_use]
    pub const fn help(self) -> &'static str {
        match self {
            Self::Zip => "unpack the capture first:\n    unzip FILE",
            Self::SevenZip => "unpack the capture first:\n    7z x FILE",
            Self::Rar => "unpack the capture first:\n    unrar x FILE",
            Self::Document => {
                "a document shows packets and holds none; ask for the file of the capture itself"
            }
            Self::Bzip2 => "unpack it first:\n    bunzip2 FILE",
            Self::Xz => "unpack it first:\n    unxz FILE",
            Self::Lz4 => "unpack it first:\n    unlz4 FILE",
            Self::PackedTwice => "unpack it once, with one of:\n    gunzip FILE\n    unzstd FILE",
            Self::Snoop | Self::NetMon => {
                "convert it first, with a tool of Wireshark:\n    editcap -F pcapng FILE out.pcapng"
            }
            Self::Etl => {
                "convert it first, on Windows, with one of:\n    pktmon etl2pcap FILE --out out.pcapng\n    \
                 etl2pcapng FILE out.pcapng"
            }
            Self::Mangled => "transfer the file again, in binary mode",
            Self::Text => KNOWN,
        }
    }
}

/// Whether the first entry of a zip archive is one that office documents begin with. Its name stands
/// at offset 30 (APPNOTE.TXT 4.3.7).
fn is_document(octets: &[u8]) -> bool {
    let name = octets.get(30..).unwrap_or_default();
    let begins = |entry: &str| name.starts_with(entry.as_bytes());
    [
        "[Content_Types].xml",
        "_rels/",
        "docProps/",
        "word/",
        "xl/",
        "mimetype",
    ]
    .into_iter()
    .any(begins)
}

fn is_text(octets: &[u8]) -> bool {
    !octets.is_empty()
        && octets
            .iter()
            .all(|octet| matches!(octet, b'\t' | b'\n' | b'\r' | 0x20..=0x7e))
}

const KNOWN: &str = "known are pcap, pcapng and FortiGate sniffer text, each plain, gzip or zstd";

struct Hex<'a>(&'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, octet) in self.0.iter().take(4).enumerate() {
            let space = if index == 0 { "" } else { " " };
            write!(f, "{space}{octet:02x}")?;
        }
        Ok(())
    }
}

struct Named(Option<Foreign>);

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(foreign) => write!(f, ", {}", foreign.name()),
            None => write!(f, ", which is no format known here"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_take_a_file_name_as_one_word() {
        assert_eq!(quoted("a/b-1.zip"), "a/b-1.zip");
        assert_eq!(quoted("my file.zip"), "'my file.zip'");
        assert_eq!(quoted("-o"), "./-o");
        assert_eq!(quoted("it's; rm *"), r"'it'\''s; rm *'");
    }
}
