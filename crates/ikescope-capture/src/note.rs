//! What could not be read of a file, said with its place: file, offset, frame, expected and found.

use std::fmt;
use std::net::IpAddr;

use crate::frame::LinkType;
use crate::text::TextDamage;

/// One thing about the capture file that a reader of the report must know.
///
/// Its `Display` is a sentence that makes sense alone.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Note {
    /// Name of the input, as it was given.
    pub name: String,
    /// Offset in the unpacked data where the thing stands, in octets.
    pub offset: u64,
    /// Whether the file is packed, so that `offset` is not an offset of the file itself.
    pub unpacked: bool,
    /// The last frame that was read before it; 0 if none.
    pub frames_read: u64,
    /// What it is.
    pub kind: NoteKind,
}

/// What could not be read.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum NoteKind {
    /// The file ends inside a frame. Reading ends here.
    CutFrame {
        /// Octets the frame announces.
        announced: u64,
        /// Octets that are left.
        left: u64,
    },
    /// The file ends inside the header in front of a frame. Reading ends here.
    CutFrameHeader {
        /// Octets of that header.
        expected: u64,
        /// Octets that are left.
        left: u64,
    },
    /// The file ends inside a pcapng block that is no packet. Reading ends here.
    CutBlock {
        /// pcapng block type.
        block_type: u32,
        /// Octets the block announces.
        announced: u64,
        /// Octets that are left.
        left: u64,
    },
    /// A frame announces more octets than any capture can hold. Reading ends here.
    FrameLength {
        /// Octets the frame announces.
        announced: u64,
        /// The most that is believed.
        limit: u64,
    },
    /// A pcapng block announces an impossible length. Reading ends here.
    BlockLength {
        /// pcapng block type.
        block_type: u32,
        /// Octets the block announces.
        announced: u64,
    },
    /// A pcapng block contradicts itself; it was skipped.
    SkippedBlock {
        /// pcapng block type.
        block_type: u32,
        /// What does not fit.
        reason: &'static str,
    },
    /// The file could not be read on: an error of the medium or damage of the packed data.
    ReadFailed {
        /// The error in words.
        error: String,
    },
    /// Frames of this link type are counted, not read.
    UnknownLink {
        /// The link type.
        link: LinkType,
    },
    /// Simple packet blocks have no time; they were given that of the frame before.
    NoTime,
    /// A line of a text is damaged.
    Text(TextDamage),
    /// More lines of a text are damaged than there are notes about them.
    MoreDamage {
        /// How many more.
        count: u64,
    },
    /// Times of a text that have no date are counted from 1970-01-01.
    NoDate {
        /// The line of the first such time.
        line: u64,
    },
    /// Addresses of a log cannot be read; others stand for them.
    StandIns {
        /// What stands in the log, and what stands for it.
        given: Vec<(String, IpAddr)>,
    },
    /// The lines of a log have no times.
    LogWithoutTimes,
    /// The times of a log are those of the device's zone, which it does not say.
    LogZone,
    /// The clock of a log was set by that of another input.
    LogAligned {
        /// Nanoseconds that were added to its times; `None` if its lines have none, and got those of
        /// the other input.
        offset: Option<i64>,
        /// Messages that both have.
        messages: u64,
        /// The other input.
        reference: String,
    },
    /// A log tells of messages without their octets.
    LogWithoutOctets {
        /// How many.
        count: u64,
    },
    /// Messages in a log have fewer octets than their header announces, or more.
    LogCut {
        /// How many.
        count: u64,
    },
    /// A log names algorithms that are not known here; they are left out of its lists.
    LogNames {
        /// What they are for, and their names.
        names: Vec<String>,
    },
    /// More blocks were skipped than there are notes about them.
    MoreSkipped {
        /// How many more.
        count: u64,
    },
    /// A section announces a version that is not known; it was skipped to the next section.
    SectionVersion {
        /// Major version.
        major: u16,
    },
}

impl NoteKind {
    /// Whether the file held something that could not be read because of it: frames may be missing.
    #[must_use]
    pub const fn is_loss(&self) -> bool {
        match self {
            Self::CutFrame { .. }
            | Self::CutFrameHeader { .. }
            | Self::CutBlock { .. }
            | Self::FrameLength { .. }
            | Self::BlockLength { .. }
            | Self::SkippedBlock { .. }
            | Self::MoreSkipped { .. }
            | Self::SectionVersion { .. }
            | Self::ReadFailed { .. }
            | Self::LogWithoutOctets { .. }
            | Self::LogCut { .. } => true,
            // A text's losses are counted packet by packet in its census.
            Self::Text(_) | Self::MoreDamage { .. } => false,
            Self::UnknownLink { .. }
            | Self::NoTime
            | Self::NoDate { .. }
            | Self::StandIns { .. }
            | Self::LogWithoutTimes
            | Self::LogZone
            | Self::LogNames { .. }
            | Self::LogAligned { .. } => false,
        }
    }
}

/// The notes about one input, of bounded number.
#[derive(Debug)]
pub(crate) struct Notes {
    name: String,
    unpacked: bool,
    kept: Vec<Note>,
}

impl Notes {
    pub(crate) const fn new(name: String, unpacked: bool) -> Self {
        Self {
            name,
            unpacked,
            kept: Vec::new(),
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn kept(&self) -> &[Note] {
        &self.kept
    }

    /// Adds a note; what happens once or twice in a file is always kept, skipped blocks and
    /// damaged lines are not.
    pub(crate) fn add(&mut self, offset: u64, frames_read: u64, kind: NoteKind) {
        let more = match kind {
            NoteKind::SkippedBlock { .. } | NoteKind::SectionVersion { .. } => {
                NoteKind::MoreSkipped { count: 1 }
            }
            NoteKind::Text(_) => NoteKind::MoreDamage { count: 1 },
            kind => return self.push(offset, frames_read, kind),
        };
        if self.kept.len() < MAX_NOTES {
            self.push(offset, frames_read, kind);
        } else {
            self.add_more(offset, frames_read, more);
        }
    }

    /// Adds damaged lines that are not described.
    pub(crate) fn add_damage(&mut self, offset: u64, frames_read: u64, count: u64) {
        if count > 0 {
            self.add_more(offset, frames_read, NoteKind::MoreDamage { count });
        }
    }

    fn add_more(&mut self, offset: u64, frames_read: u64, more: NoteKind) {
        if !self.count_more(&more) {
            self.push(offset, frames_read, more);
        }
    }

    /// Counts more of what has a note that counts; false if there is none yet.
    fn count_more(&mut self, more: &NoteKind) -> bool {
        for note in &mut self.kept {
            match (&mut note.kind, more) {
                (NoteKind::MoreSkipped { count }, NoteKind::MoreSkipped { count: more })
                | (NoteKind::MoreDamage { count }, NoteKind::MoreDamage { count: more }) => {
                    *count += more;
                    return true;
                }
                _ => {}
            }
        }
        false
    }

    fn push(&mut self, offset: u64, frames_read: u64, kind: NoteKind) {
        self.kept.push(Note {
            name: self.name.clone(),
            offset,
            unpacked: self.unpacked,
            frames_read,
            kind,
        });
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, .. } = self;
        let next = Grouped(self.frames_read.saturating_add(1));
        let place = Place(self);
        match &self.kind {
            NoteKind::CutFrame { announced, left } => write!(
                f,
                "{name} ends inside frame {next}: {} octets announced, {} left ({place}). \
                 Copied while it was being written?{}",
                Grouped(*announced),
                Grouped(*left),
                Used(self.frames_read),
            ),
            NoteKind::CutFrameHeader { expected, left } => write!(
                f,
                "{name} ends inside the header of frame {next}: {expected} octets expected, {left} \
                 left ({place}).{}",
                Used(self.frames_read),
            ),
            NoteKind::CutBlock {
                block_type,
                announced,
                left,
            } => write!(
                f,
                "{name} ends inside a block of type {block_type:#010x}: {} octets announced, {} \
                 left ({place}).{}",
                Grouped(*announced),
                Grouped(*left),
                Used(self.frames_read),
            ),
            NoteKind::FrameLength { announced, limit } => write!(
                f,
                "{name} is damaged at frame {next}: {} octets announced, at most {} expected \
                 ({place}).{}",
                Grouped(*announced),
                Grouped(*limit),
                Used(self.frames_read),
            ),
            NoteKind::BlockLength {
                block_type,
                announced,
            } => write!(
                f,
                "{name} is damaged: a block of type {block_type:#010x} announces {} octets \
                 ({place}).{}",
                Grouped(*announced),
                Used(self.frames_read),
            ),
            NoteKind::SkippedBlock { block_type, reason } => write!(
                f,
                "{name}: a block of type {block_type:#010x} behind frame {} was skipped: {reason} \
                 ({place}).",
                Grouped(self.frames_read),
            ),
            NoteKind::ReadFailed { error } => write!(
                f,
                "{name} cannot be read on: {error} ({place}).{}",
                Used(self.frames_read),
            ),
            NoteKind::UnknownLink { link } => write!(
                f,
                "{name}: frames of link type {link} are not read, from frame {} on ({place}).",
                Grouped(self.frames_read),
            ),
            NoteKind::NoTime => write!(
                f,
                "{name}: simple packet blocks have no time, from frame {next} on ({place}).",
            ),
            NoteKind::Text(damage) => write!(
                f,
                "{name}:{}:{}: {damage}{}.",
                damage.line,
                damage.column,
                Bracketed(&damage.reading),
            ),
            NoteKind::MoreDamage { count } => write!(
                f,
                "{name}: {} more lines are damaged, from offset {} on.",
                Grouped(*count),
                Grouped(self.offset),
            ),
            NoteKind::NoDate { line } => write!(
                f,
                "{name}: times have no date, from line {} on; they are counted from 1970-01-01. \
                 --input-date tells when it began.",
                Grouped(*line),
            ),
            NoteKind::StandIns { given } => {
                write!(f, "{name}: addresses that cannot be read are called")?;
                for (index, (text, address)) in given.iter().enumerate() {
                    let comma = if index == 0 { "" } else { "," };
                    write!(f, "{comma} {address} for \"{text}\"")?;
                }
                write!(f, "; nothing is told from these addresses.")
            }
            NoteKind::LogWithoutTimes => write!(
                f,
                "{name}: this log has no clock, its lines have no time. They are told in their order, \
                 counted from its first line, a microsecond apart: the times mean nothing else.",
            ),
            NoteKind::LogZone => write!(
                f,
                "{name}: its times are local to the device, in a zone that it does not say; read as UTC.",
            ),
            NoteKind::LogAligned {
                offset: Some(offset),
                messages,
                reference,
            } => write!(
                f,
                "{name}: its clock is {} that of {reference}, by {} that both have, and was set by \
                 it.",
                Apart(*offset),
                Messages(*messages),
            ),
            NoteKind::LogAligned {
                offset: None,
                messages,
                reference,
            } => write!(
                f,
                "{name}: its lines have no time; those of {} are in {reference} too and have its \
                 times, the lines between only their order.",
                Messages(*messages),
            ),
            NoteKind::LogWithoutOctets { count } => write!(
                f,
                "{name}: of {} only a line tells, without octets: what the header says is known.",
                Messages(*count),
            ),
            NoteKind::LogCut { count } => write!(
                f,
                "{name}: the octets of {} are not as many as the header announces.",
                Messages(*count),
            ),
            NoteKind::LogNames { names } => write!(
                f,
                "{name}: algorithms of its lists are not known here and left out: {}.",
                names.join(", "),
            ),
            NoteKind::MoreSkipped { count } => write!(
                f,
                "{name}: {} more blocks were skipped, from offset {} on.",
                Grouped(*count),
                Grouped(self.offset),
            ),
            NoteKind::SectionVersion { major } => write!(
                f,
                "{name}: a section of pcapng version {major} was skipped ({place}).",
            ),
        }
    }
}

struct Place<'a>(&'a Note);

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = if self.0.unpacked {
            " of the unpacked data"
        } else {
            ""
        };
        write!(f, "offset {}{of}", Grouped(self.0.offset))
    }
}

/// A remark behind a sentence, where there is one.
struct Bracketed<'a>(&'a str);

impl fmt::Display for Bracketed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            "" => Ok(()),
            remark => write!(f, " ({remark})"),
        }
    }
}

/// Which frames stand, as the end of a sentence about where reading stopped.
struct Used(u64);

impl fmt::Display for Used {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => write!(f, " No frame could be read."),
            1 => write!(f, " Frame 1 is used."),
            last => write!(f, " Frames 1-{} are used.", Grouped(last)),
        }
    }
}

/// How far a clock is from another, by what has to be added to it.
struct Apart(i64);

impl fmt::Display for Apart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.unsigned_abs() / 1_000_000_000;
        let milliseconds = self.0.unsigned_abs() / 1_000_000 % 1000;
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
        if hours > 0 {
            write!(f, "{hours} h ")?;
        }
        if hours > 0 || minutes > 0 {
            write!(f, "{minutes} min ")?;
        }
        let side = if self.0 < 0 { "ahead of" } else { "behind" };
        write!(f, "{}.{milliseconds:03} s {side}", seconds % 60)
    }
}

/// A number of messages.
struct Messages(u64);

impl fmt::Display for Messages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.0 == 1 { "" } else { "s" };
        write!(f, "{} message{plural}", Grouped(self.0))
    }
}

/// Decimal digits in groups of three.
pub(crate) struct Grouped(pub(crate) u64);

impl fmt::Display for Grouped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (head, tail) = (self.0 / 1000, self.0 % 1000);
        if head == 0 {
            write!(f, "{tail}")
        } else {
            write!(f, "{},{tail:03}", Self(head))
        }
    }
}

const MAX_NOTES: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_where_a_cut_file_ends_as_the_report_wants_it() {
        let note = Note {
            name: "cut.pcap.gz".to_owned(),
            offset: 181_334,
            unpacked: true,
            frames_read: 211,
            kind: NoteKind::CutFrame {
                announced: 1514,
                left: 620,
            },
        };
        assert_eq!(
            note.to_string(),
            "cut.pcap.gz ends inside frame 212: 1,514 octets announced, 620 left (offset 181,334 \
             of the unpacked data). Copied while it was being written? Frames 1-211 are used."
        );
    }

    #[test]
    fn counts_skipped_blocks_beyond_a_hundred() {
        let mut notes = Notes::new("odd.pcapng".to_owned(), false);
        for offset in 0..150 {
            let reason = "it is shorter than its fields";
            let block_type = 6;
            notes.add(offset, 0, NoteKind::SkippedBlock { block_type, reason });
        }
        assert_eq!(notes.kept().len(), 101);
        assert_eq!(
            notes.kept()[100].to_string(),
            "odd.pcapng: 50 more blocks were skipped, from offset 100 on."
        );
    }

    #[test]
    fn groups_digits() {
        let texts = [0, 999, 1000, 1_234_567].map(|number| Grouped(number).to_string());
        assert_eq!(texts, ["0", "999", "1,000", "1,234,567"]);
    }
}
