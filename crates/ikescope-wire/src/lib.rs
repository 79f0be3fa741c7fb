//! Decoder for IKEv2 (RFC 7296) and IKEv1/ISAKMP (RFC 2408, RFC 2409), NAT traversal and ESP framing.
//!
//! Everything here borrows the octets it was given: no allocation, no panic, no clock. There are
//! two floors:
//!
//! * **framing**: [`Header`] and [`Payloads`] walk the chain of generic payload headers. A broken
//!   chain is reported once, with the octet where it broke, and then the walk ends.
//! * **meaning**: [`ikev2::Payload::decode`] and [`ikev1::Payload::decode`] read one body. A bad
//!   body is that payload's own error; its neighbours are not touched.
//!
//! Unknown numbers are values, never errors: every registry in [`iana`] is an open newtype.
//!
//! ```
//! use ikescope_wire::{Message, ikev2};
//!
//! // An IKE_SA_INIT response that holds a single Notify, NO_PROPOSAL_CHOSEN.
//! let octets = [
//!     0x6f, 0x1c, 0x22, 0xd9, 0x0b, 0x47, 0x11, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, // SPIs
//!     41, 0x20, 34, 0x20, 0, 0, 0, 0, 0, 0, 0, 36, // N, version 2.0, IKE_SA_INIT, response
//!     0, 0, 0, 8, 0, 0, 0, 14,
//! ];
//! let message = Message::decode(&octets)?;
//! assert_eq!(message.header().length, 36);
//! for payload in message.payloads() {
//!     if let ikev2::Payload::Notify(notify) = ikev2::Payload::decode(payload?)? {
//!         assert_eq!(notify.notify_type.name(), Some("NO_PROPOSAL_CHOSEN"));
//!     }
//! }
//! # Ok::<(), ikescope_wire::DecodeError>(())
//! ```
#![no_std]
#![forbid(unsafe_code)]
#![warn(
    clippy::alloc_instead_of_core,
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::std_instead_of_core
)]
#![cfg_attr(
    test,
    allow(
        clippy::arithmetic_side_effects,
        reason = "tests add up lengths of octets that they made themselves"
    )
)]

#[cfg(test)]
extern crate std;

#[macro_use]
mod macros;

pub mod asn1;
pub mod attribute;
pub mod configuration;
pub mod describe;
pub mod display;
pub mod encapsulation;
pub mod error;
pub mod esp;
pub mod header;
pub mod iana;
pub mod identity;
pub mod ikev1;
pub mod ikev2;
pub mod input;
pub mod message;
pub mod ms_chap_error;
pub mod observed;
pub mod payload;
pub mod radius;
pub mod statement;
pub mod vendor_id;
pub mod win32_error;

pub use attribute::AttributeValue;
pub use configuration::ConfigurationValue;
pub use encapsulation::Encapsulation;
pub use error::{DecodeError, DecodeErrorKind, Structure};
pub use esp::{AhHeader, EspHeader};
pub use header::{Flags, Header, MessageId, Spi, SpiPair, Version};
pub use identity::Identity;
pub use message::Message;
pub use payload::{Payloads, RawPayload};
pub use radius::{RadiusCode, RadiusHeader};
pub use statement::{Said, Statement};
pub use vendor_id::VendorIdentity;

/// Keeps the code of the README compiling.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
