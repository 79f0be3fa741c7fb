//! Where the columns of a line of octets are.

/// How octets are grouped.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Groups {
    /// Two to a group, as a FortiGate and tcpdump print them.
    Pairs,
    /// One by one, as FortiMail prints them.
    Single,
}

/// The columns of a line, counted from 0.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Geometry {
    /// Where the first octet stands.
    pub(super) body: usize,
    /// Where the ASCII column begins.
    pub(super) ascii: usize,
    pub(super) groups: Groups,
    /// Whether a colon stands behind the offset, as tcpdump prints it.
    pub(super) colon: bool,
}

impl Geometry {
    /// The layout of the FortiGate itself.
    pub(super) const FORTIGATE: Self = Self {
        body: 8,
        ascii: 48,
        groups: Groups::Pairs,
        colon: false,
    };

    /// The column of an octet's first digit.
    pub(super) const fn column(self, index: usize) -> usize {
        match self.groups {
            Groups::Pairs => self.body + index * 2 + index / 2,
            Groups::Single => self.body + index * 3,
        }
    }

    /// Whether both are written by the same program, wherever their columns are.
    pub(super) fn is_like(self, other: Self) -> bool {
        self.groups == other.groups && self.colon == other.colon
    }

    /// Whether a column holds a digit of one of the first `count` octets.
    pub(super) fn is_digit(self, column: usize, count: usize) -> bool {
        (0..count).any(|index| {
            let first = self.column(index);
            column == first || column == first + 1
        })
    }
}
