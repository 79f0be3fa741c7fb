//! Builds IKE messages, frames and captures for tests: octets only, valid or deliberately broken.
//!
//! Nothing here depends on a crate of ikescope, so what it builds is an independent witness: it
//! renders the RFCs a second time, in the other direction.
//!
//! * [`message`]: IKEv2 and IKEv1 messages, each length and next-payload field overridable.
//! * [`frame`]: IP packets with right checksums, fragments, link layers.
//! * [`capture`]: pcap and pcapng files as octets.
//! * [`dialogue`]: two peers that talk in virtual time, whole scenarios in a few lines.
//! * [`sniffer`]: FortiGate sniffer text.
//! * [`mutate`]: damage, for tests that must not panic.
//! * [`testdata_dir`], [`shared_dir`] and [`fuzz_inputs`]: where tests find files; [`tool`]: programs.
//!
//! Randomness is [`random::Xorshift`] with a fixed seed: the same calls give the same octets.
#![forbid(unsafe_code)]

pub mod capture;
pub mod dialogue;
pub mod frame;
pub mod message;
pub mod mutate;
mod places;
pub mod random;
pub mod sniffer;

pub use places::{fuzz_inputs, shared_dir, testdata_dir, tool};
