//! What there was in a text, counted.

use std::fmt;

use ikescope_wire::observed::Timestamp;

/// What there was in a text input, as far as it was read.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct TextCensus {
    /// Lines read, in all.
    pub lines: u64,
    /// Captures that the text holds one after another.
    pub captures: u64,
    /// Packets by the verbosity that they were printed with, 1 to 6; verbosity 1 and 4 print none
    /// of their octets.
    pub verbosity: [u64; 7],
    /// Packets whose octets are as printed.
    pub as_printed: u64,
    /// Packets with damage that was repaired.
    pub repaired: u64,
    /// Packets that are kept up to a damage.
    pub damaged: u64,
    /// Whole packets whose checksum or header does not fit.
    pub doubtful: u64,
    /// Packets of which fewer octets were printed than their IP header announces, undamaged.
    pub cut: u64,
    /// Lines that were repaired.
    pub repaired_lines: u64,
    /// Packets that the capturing device says its filter received.
    pub received: u64,
    /// Packets that the capturing device says it dropped.
    pub dropped: u64,
    /// Packets whose time is absolute.
    pub absolute_times: u64,
    /// Packets whose time counts from the beginning of their capture.
    pub relative_times: u64,
    /// Packets whose time is that of a day, without its date.
    pub times_of_day: u64,
    /// What relative times and times of a day were counted from at first; `None` without such.
    pub time_base: Option<TimeBase>,
    /// Whether the text says of all absolute times that they are UTC.
    pub utc_stated: bool,
    lost: [u64; LostReason::ALL.len()],
    skipped: [u64; SkippedKind::ALL.len()],
}

impl TextCensus {
    /// Packets that the text tells of and no octets could be had of, by reason; none that is 0.
    pub fn lost(&self) -> impl Iterator<Item = (LostReason, u64)> + '_ {
        counted(&LostReason::ALL, &self.lost)
    }

    /// Lines that hold nothing of a packet, by kind; none that is 0. Empty lines do not count.
    pub fn skipped(&self) -> impl Iterator<Item = (SkippedKind, u64)> + '_ {
        counted(&SkippedKind::ALL, &self.skipped)
    }

    pub(crate) fn lose(&mut self, reason: LostReason) {
        if let Some(count) = self.lost.get_mut(reason as usize) {
            *count += 1;
        }
    }

    pub(crate) fn skip(&mut self, kind: SkippedKind) {
        if let Some(count) = self.skipped.get_mut(kind as usize) {
            *count += 1;
        }
    }
}

fn counted<'a, K: Copy>(kinds: &'a [K], counts: &'a [u64]) -> impl Iterator<Item = (K, u64)> + 'a {
    let all = kinds.iter().copied().zip(counts.iter().copied());
    all.filter(|&(_, count)| count > 0)
}

/// What times were counted from that say no date themselves.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum TimeBase {
    /// A date that was given beside the text.
    Given(Timestamp),
    /// A line of the text that tells when it was made.
    Line {
        /// Its number.
        line: u64,
        /// The time that it tells.
        time: Timestamp,
    },
    /// The end of an earlier capture of the same text.
    EarlierCapture(Timestamp),
    /// Nothing told: 1970-01-01.
    Unknown,
}

/// Why a packet is lost that the text tells of.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum LostReason {
    /// A header with no octets behind it.
    NoOctets,
    /// Not one octet of it could be read.
    Unreadable,
}

impl LostReason {
    pub(crate) const ALL: [Self; 2] = [Self::NoOctets, Self::Unreadable];
}

impl fmt::Display for LostReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoOctets => "headers without octets",
            Self::Unreadable => "packets whose first octet could not be read",
        })
    }
}

/// What a line is that holds nothing of a packet.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum SkippedKind {
    /// Debug output of the IKE daemon.
    IkeDebug,
    /// Debug output of other daemons.
    OtherDebug,
    /// A prompt, with what was typed behind it.
    Prompt,
    /// What the sniffer itself says before and after its packets.
    Sniffer,
    /// Anything else.
    Other,
}

impl SkippedKind {
    pub(crate) const ALL: [Self; 5] = [
        Self::IkeDebug,
        Self::OtherDebug,
        Self::Prompt,
        Self::Sniffer,
        Self::Other,
    ];
}

impl fmt::Display for SkippedKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::IkeDebug => "IKE debug",
            Self::OtherDebug => "other debug",
            Self::Prompt => "prompts",
            Self::Sniffer => "sniffer messages",
            Self::Other => "other lines",
        })
    }
}
