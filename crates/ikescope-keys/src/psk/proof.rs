//! What a message that proves a pre-shared key says of those that were given.

use std::sync::Arc;

use super::PreSharedKey;

/// Whether the sender of a message used one of the pre-shared keys that were given.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Proof {
    /// It did.
    pub fits: bool,
    /// Where the key was read that it used; if it used none of them, where they all were.
    pub source: Arc<str>,
}

impl Proof {
    /// Holds each key against a message; `None` if there are none, or if nothing can be said.
    pub(crate) fn of(
        keys: &[PreSharedKey],
        fits: impl Fn(&PreSharedKey) -> Option<bool>,
    ) -> Option<Self> {
        let mut sources = Vec::new();
        for key in keys {
            let source = key.source();
            if fits(key)? {
                return Some(Self {
                    fits: true,
                    source: source.into(),
                });
            }
            sources.push(source);
        }
        (!sources.is_empty()).then(|| Self {
            fits: false,
            source: sources.join(", ").into(),
        })
    }
}
