//! What a text input says of its packets besides their octets, and what became of its lines.
//!
//! Captures that are text have been through terminals, editors and mails. Their readers account
//! for each line: it was read, repaired, lost with a packet, or skipped as something else.

mod census;
pub(crate) mod civil;
mod damage;
mod options;

pub use census::{LostReason, SkippedKind, TextCensus, TimeBase};
pub use damage::{Damage, Outcome, TextDamage};
pub use options::TextOptions;

/// What the text says of one frame.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct TextFrame {
    /// The line that its header stands in, or that of its first octets where it has none; counted
    /// from 1.
    pub line: u64,
    /// How its octets came through.
    pub condition: Condition,
    /// Octets that the frame has more than the text: 14 of an Ethernet header, made up for packets
    /// that are printed without one and are neither IPv4 nor IPv6; -2 where an internal tag of the
    /// device was taken out behind the addresses of the link layer; else 0.
    pub added: i8,
}

/// How the octets of a packet came through the text.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Condition {
    /// Nothing contradicts them.
    AsPrinted,
    /// The text was damaged, and only one reading of it fits.
    Repaired,
    /// The text was damaged and several readings fit, or none: the packet is kept up to there.
    Damaged,
    /// The packet is whole, but a checksum in it or the header in front of it does not fit: a
    /// character was changed where the ASCII column cannot tell, or the packet was broken before it
    /// was printed.
    Doubtful,
}
