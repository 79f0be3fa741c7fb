//! What registries say of the numbers that they do not assign.

use core::fmt;

/// What a registry keeps an unassigned number for (RFC 8126 §4.1, §6).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Range {
    /// Not to be assigned, or only by a standard.
    Reserved,
    /// Free for a future assignment.
    Unassigned,
    /// For whoever wants it; peers have to agree, usually by a vendor ID.
    PrivateUse,
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Reserved => "Reserved",
            Self::Unassigned => "Unassigned",
            Self::PrivateUse => "Private Use",
        })
    }
}
