//! Damage of a text: where it is, what is there and what became of it.

use std::fmt;

/// One damage of a text that held, or should have held, octets of a packet.
///
/// Its `Display` is a sentence without the place: "not a hex digit; repaired, the ASCII column
/// tells the octet".
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct TextDamage {
    /// Line, counted from 1.
    pub line: u64,
    /// Column of the first character that is wrong, counted from 1, in [`Self::text`].
    pub column: u32,
    /// The line as it stands in the input, without control characters, at most 160 octets of it.
    pub text: String,
    /// What is wrong.
    pub damage: Damage,
    /// What became of the packet.
    pub outcome: Outcome,
    /// What the character was taken for and why, to stand beside a caret below it; may be empty.
    pub reading: String,
}

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Damage {
    /// Something else stands where a hex digit should be.
    NotHex,
    /// Octets and ASCII column tell different things.
    AsciiDiffers,
    /// The ASCII column has too many characters or too few.
    AsciiLength,
    /// Something else stands where blanks or tabs should be.
    Separator,
    /// The offset at the beginning is not the one that follows.
    Offset,
    /// Lines are missing: the offsets leave some out.
    MissingLines,
    /// Fewer octets than such a line holds, and more lines follow.
    ShortLine,
    /// The line stands twice.
    Repeated,
    /// Something stands in front of a header.
    HeaderPrefix,
    /// The packet has no header that could be read; its time is that of the packet before.
    NoHeader,
    /// The line end is missing; the next line stands in the same line.
    JoinedLines,
    /// The line was broken in two.
    Wrapped,
    /// A checksum of the packet does not fit; no single place of the text can be blamed.
    Checksum,
    /// An IPv4 packet stands behind an Ethernet type that is another.
    EtherType,
    /// A header does not look like one in all its parts.
    Header,
    /// The addresses or ports in the header are not those of the octets.
    HeaderDiffers,
}

/// What became of a damage.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Outcome {
    /// Repaired: the ASCII column tells the octet.
    ByAscii,
    /// Repaired: the octets tell what the ASCII column should be, and a checksum agrees with them.
    ByChecksum,
    /// Repaired: the place in the packet tells.
    ByPlace,
    /// Of no consequence for the octets.
    Harmless,
    /// The packet is kept up to there.
    Cut,
    /// The packet is kept whole, and marked.
    Marked,
}

impl fmt::Display for TextDamage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.damage, self.outcome)
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotHex => "not a hex digit",
            Self::AsciiDiffers => "octet and ASCII column differ",
            Self::AsciiLength => "the ASCII column has not one character for each octet",
            Self::Separator => "not a blank",
            Self::Offset => "the offset does not follow",
            Self::MissingLines => "lines are missing before this one",
            Self::ShortLine => "the line ends early",
            Self::Repeated => "the line stands twice",
            Self::HeaderPrefix => "something stands in front of the header",
            Self::NoHeader => "no header could be read for this packet",
            Self::JoinedLines => "a line end is missing",
            Self::Wrapped => "the line was broken in two",
            Self::Checksum => "a checksum of the packet does not fit",
            Self::EtherType => "the Ethernet type is not that of the IPv4 packet behind it",
            Self::Header => "not all of the header can be read",
            Self::HeaderDiffers => "header and octets tell different addresses or ports",
        })
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ByAscii => "repaired, the ASCII column tells the octet",
            Self::ByChecksum => "repaired, the packet's checksum tells the octet",
            Self::ByPlace => "repaired, its place tells",
            Self::Harmless => "all octets could be read",
            Self::Cut => "the packet is kept up to here",
            Self::Marked => "the packet is kept and marked",
        })
    }
}
