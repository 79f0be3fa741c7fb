//! Builds IKE messages, frames and captures for tests.
