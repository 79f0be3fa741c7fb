//! The keys of IKE SAs and ESP SAs: where they come from and how they are held.
//!
//! A [`KeyStore`] holds [`Ikev2Keys`], [`Ikev1Keys`] and [`EspKeys`] by SPI. What is secret is a
//! [`Secret`], which never prints its octets and overwrites them when it goes.
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    warn(clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

mod algorithm;
pub mod cipher;
mod esp;
mod export;
mod ikev1;
mod ikev2;
mod names;
mod opened;
mod opener;
mod prf;
mod psk;
mod secret;
mod source;
mod store;
mod text;
mod wireshark;

pub use algorithm::{Encryption, Integrity};
pub use esp::{EspContent, EspOpener};
pub use export::{Remark, RemarkKind, WiresharkTables};
pub use opened::{Closed, Inner, Opened};
pub use opener::Opener;
pub use psk::{NoPreSharedKey, PreSharedKey, Proof};
pub use secret::{NotHex, Secret};
pub use source::{LoadError, Loaded, Problem};
pub use store::{
    AddressPattern, Conflict, EspKeys, Ikev1Keys, Ikev2Keys, KeyStore, Origin, SaId, SharedSecret,
};
