//! What a rule is, and how one is declared.

use crate::attempt::{Attempt, Scene};
use crate::finding::{Finding, Severity};
use crate::history::History;
use crate::probe::Probe;

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
    /// Names of the rules whose findings give way to one of this rule, because it explains the
    /// same observation better.
    pub over: &'static [&'static str],
}

/// A finding, and the index of the attempt it belongs to; none if it is about the whole tunnel.
pub type Placed = (Option<usize>, Finding);

/// What a rule looks at.
#[derive(Clone, Copy)]
pub enum Check {
    /// One attempt.
    Attempt(fn(&Attempt<'_>) -> Option<Finding>),
    /// All attempts of one tunnel.
    Tunnel(fn(&Scene<'_>) -> Vec<Placed>),
    /// The capture as a whole, and the floods and scans found in it.
    Capture(fn(&History, &[Probe]) -> Vec<Finding>),
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

/// The names of a rule's `over`: a list, or the path of one that several rules share.
macro_rules! over {
    () => {
        &[]
    };
    ([$($lesser:literal),+ $(,)?]) => {
        &[$($lesser),+]
    };
    ($shared:path) => {
        $shared
    };
}

/// Declares a rule; its doc comment is the text of `explain`.
///
/// ```text
/// declare_rule! {
///     /// ## What it means
///     /// ...
///     "IKE111" "port-unreachable": Error, since "0.1.0",
///     "ICMP port unreachable quotes the IKE message",
///     Attempt(check), over ["sa-init-unanswered"]
/// }
/// ```
/// expands to `pub(crate) static RULE: Rule`, with the doc comment as `documentation`.
macro_rules! declare_rule {
    (
        $(#[doc = $doc:literal])*
        $code:literal $name:literal: $severity:ident, since $since:literal,
        $tell_tale:literal,
        $kind:ident($check:path) $(, over $($lesser:tt)+)?
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
            over: over!($($($lesser)+)?),
        };
    };
}
