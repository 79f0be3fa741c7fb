//! Requirement levels for algorithms (RFC 2119, RFC 8247 §1.1).

use core::fmt;

/// How strongly an RFC asks for an algorithm, the least wanted first.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Requirement {
    /// MUST NOT.
    MustNot,
    /// SHOULD NOT.
    ShouldNot,
    /// MAY.
    May,
    /// SHOULD.
    Should,
    /// SHOULD+: expected to become a MUST.
    ShouldPlus,
    /// MUST-: expected to lose the MUST.
    MustMinus,
    /// MUST.
    Must,
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::MustNot => "MUST NOT",
            Self::ShouldNot => "SHOULD NOT",
            Self::May => "MAY",
            Self::Should => "SHOULD",
            Self::ShouldPlus => "SHOULD+",
            Self::MustMinus => "MUST-",
            Self::Must => "MUST",
        })
    }
}
