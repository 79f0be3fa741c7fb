//! Exit status, as the report contract has it.

use std::process::ExitCode;

/// How the program ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Exit {
    /// The output was written, whatever it says.
    Written,
    /// With `--exit-code`: at least one tunnel is neither established nor without traffic.
    NotAllUp,
    /// Packets were lost, or are marked damaged.
    Lost,
    /// Wrong usage, or nothing could be read.
    Unusable,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Written => 0,
            Exit::NotAllUp | Exit::Lost => 1,
            Exit::Unusable => 2,
        })
    }
}
