//! Captures made of captures: what `convert`, `annotate` and `anonymize` have in common.

pub(crate) mod held;
pub(crate) mod merge;
pub(crate) mod sink;
