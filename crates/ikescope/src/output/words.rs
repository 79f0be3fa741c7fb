//! The contract's words as people read them: marks, stages, sizes, durations.

use ikescope_analysis::find_rule;

use crate::output::screen::Role;

/// The mark of an outcome, in ASCII.
pub(crate) fn mark(outcome: &str) -> &'static str {
    match outcome {
        "stalled" | "rejected" | "lost" => "x",
        "one_way" | "no_traffic" => "!",
        "established" => "+",
        "probe" => "-",
        _ => "?",
    }
}

/// How an outcome is painted.
pub(crate) fn role(outcome: &str) -> Role {
    match outcome {
        "stalled" | "rejected" | "lost" => Role::Bad,
        "established" => Role::Good,
        "probe" => Role::Note,
        _ => Role::Doubt,
    }
}

/// The code of the finding with this name.
pub(crate) fn code(cause: Option<&str>) -> Option<&'static str> {
    Some(find_rule(cause?)?.code)
}
