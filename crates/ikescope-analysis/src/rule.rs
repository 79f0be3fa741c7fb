//! What a rule is, and how one is declared.

use crate::attempt::{Attempt, Scene};
use crate::finding::{Finding, Severity};
use crate::history::History;

/// One entry of the catalogue.
#[derive(Debug)]
pub struct Rule {
    /// `IKE` and three digits, never reused.
    pub code: &'static str,
    /// Kebab-case name of the fault, as the report contract spells it.
    pub name: &'static str,
    /// Severity where nothing else is known.
    pub severity: Severity,
    /// Version of ikescope that had it first.
    pub since: &'static str,
    /// The tell-tale in one line.
    pub tell_tale: &'static str,
    /// The text of `explain`, in Markdown with the five headings.
    pub documentation: &'static str,
    /// What it looks at.
    pub check: Check,
}

/// What a rule looks at.
#[derive(Clone, Copy)]
pub enum Check {
    /// One attempt.
    Attempt(fn(&Attempt<'_>) -> Option<Finding>),
    /// All attempts of one tunnel; each finding names the attempt it belongs to, by its index.
    Tunnel(fn(&Scene<'_>) -> Vec<(usize, Finding)>),
    /// The capture as a whole.
    Capture(fn(&History) -> Vec<Finding>),
}

impl core::fmt::Debug for Check {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Attempt(_) => "Attempt",
            Self::Tunnel(_) => "Tunnel",
            Self::Capture(_) => "Capture",
        })
    }
}

/// Declares a rule; its doc comment is the text of `explain`.
///
/// ```text
/// declare_rule! {
///     /// ## What it means
///     /// ...
///     pub(crate) IKE101 sa-init-unanswered: Error, since "0.1.0",
///     "IKE_SA_INIT request repeated, no answer seen",
///     Attempt(check)
/// }
/// ```
/// expands to `pub(crate) static RULE: Rule`, with the doc comment as `documentation`.
macro_rules! declare_rule {
    (
        $(#[doc = $doc:literal])*
        $code:literal $name:literal: $severity:ident, since $since:literal,
        $tell_tale:literal,
        $kind:ident($check:path)
    ) => {
        $(#[doc = $doc])*
        pub(crate) static RULE: $crate::rule::Rule = $crate::rule::Rule {
            code: $code,
            name: $name,
            severity: $crate::finding::Severity::$severity,
            since: $since,
            tell_tale: $tell_tale,
            documentation: concat!($($doc, "\n"),*),
            check: $crate::rule::Check::$kind($check),
        };
    };
}
