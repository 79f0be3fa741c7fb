//! Findings: what is claimed, how sure that is, and the frames that carry the claim.

use ikescope_wire::observed::FrameId;

use crate::advice::KnownAs;
use crate::rule::Rule;

/// What a finding means for the tunnel, here and now.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Severity {
    /// A circumstance.
    Info,
    /// Did harm but healed, or will do harm.
    Warning,
    /// Keeps the tunnel from working when the capture ends.
    Error,
}

impl Severity {
    /// The word of the report contract.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// On what a claim stands. The order is that of certainty.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Confidence {
    /// The best explanation of a silence or a habit.
    Suspected,
    /// Follows from the protocol and what is visible.
    Implied,
    /// A peer said so, in clear, in a message decrypted with given keys, or in its log.
    Stated,
}

impl Confidence {
    /// The word of the report contract.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Suspected => "suspected",
            Self::Implied => "implied",
            Self::Stated => "stated",
        }
    }
}

/// A place in the capture that carries a claim.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Evidence {
    /// The frame.
    pub frame: FrameId,
    /// Octets of the IKE message, from and to (exclusive), counted from its header.
    pub octets: Option<(u32, u32)>,
    /// Line of a log, counted from 1; the frame is then the message that stands before it, number 0
    /// if there is none.
    pub line: Option<u64>,
    /// What is to be seen there.
    pub label: String,
}

/// Something else that would look the same from here.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Rival {
    /// Name of the rule it would be, or plain words.
    pub name: &'static str,
    /// What observation would tell them apart.
    pub tell: String,
}

/// One claim.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule that makes it.
    pub rule: &'static Rule,
    /// What it means here.
    pub severity: Severity,
    /// On what it stands.
    pub confidence: Confidence,
    /// One sentence.
    pub title: String,
    /// Why, in a few sentences.
    pub explanation: String,
    evidence: Vec<Evidence>,
    /// What to do, most likely to help first.
    pub next_steps: Vec<String>,
    /// What else it could be.
    pub rivals: Vec<Rival>,
    /// The codes under which users know it, where it is the cause of a verdict.
    pub known_as: Vec<KnownAs>,
}

impl Finding {
    /// A finding with its primary evidence: there is none without.
    #[must_use]
    pub fn new(
        rule: &'static Rule,
        confidence: Confidence,
        title: impl Into<String>,
        primary: Evidence,
    ) -> Self {
        Self {
            rule,
            severity: rule.severity,
            confidence,
            title: title.into(),
            explanation: String::new(),
            evidence: vec![primary],
            next_steps: Vec::new(),
            rivals: Vec::new(),
            known_as: Vec::new(),
        }
    }

    /// The evidence, primary first; never empty.
    #[must_use]
    pub fn evidence(&self) -> &[Evidence] {
        &self.evidence
    }

    /// Adds evidence that came later.
    pub(crate) fn learn(&mut self, evidence: Evidence) {
        self.evidence.push(evidence);
    }

    /// Sets what it means here, if not what the rule says.
    #[must_use]
    pub const fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// Says why.
    #[must_use]
    pub fn because(mut self, explanation: impl Into<String>) -> Self {
        self.explanation = explanation.into();
        self
    }

    /// Adds evidence.
    #[must_use]
    pub fn and(mut self, evidence: Evidence) -> Self {
        self.evidence.push(evidence);
        self
    }

    /// Adds evidence, if there is some.
    #[must_use]
    pub fn and_maybe(mut self, evidence: impl IntoIterator<Item = Evidence>) -> Self {
        self.evidence.extend(evidence);
        self
    }

    /// Adds a step.
    #[must_use]
    pub fn next(mut self, step: impl Into<String>) -> Self {
        self.next_steps.push(step.into());
        self
    }

    /// Names what else would look the same, and what tells them apart.
    #[must_use]
    pub fn unless(mut self, name: &'static str, tell: impl Into<String>) -> Self {
        self.rivals.push(Rival {
            name,
            tell: tell.into(),
        });
        self
    }
}

/// Evidence in one call.
#[must_use]
pub fn evidence(frame: FrameId, octets: Option<(u32, u32)>, label: impl Into<String>) -> Evidence {
    Evidence {
        frame,
        octets,
        line: None,
        label: label.into(),
    }
}
