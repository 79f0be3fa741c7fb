//! What was read inside an encrypted message, by whoever had the keys.

use core::ops::Deref;
use std::net::IpAddr;

use ikescope_wire::iana::{ConfigurationType, EapCode, EapMethod, NotifyType};
use ikescope_wire::ms_chap_error::MsChapError;

use crate::opener::SharedKeyProof;
use crate::record::{Content, Notify};
use crate::selector::Selectors;

/// Payloads that were encrypted. The part that they have in common with payloads in clear is reached
/// by dereferencing.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Inner {
    pub(crate) content: Content,
    /// The EAP message, if there is one.
    pub eap: Option<Eap>,
    /// Protocols of the SAs that are deleted, in the registry of the version.
    pub deleted: Vec<u8>,
    /// What it says of the pre-shared keys that were given.
    pub(crate) proof: Option<SharedKeyProof>,
    /// SPIs that the sender chose for IPsec SAs.
    pub child_spis: Vec<u32>,
    /// The traffic that an IPsec SA is for.
    pub selectors: Selectors,
    /// Lifetimes of an IPsec SA (IKEv1).
    pub lifetimes: Vec<Lifetime>,
    /// Lifetimes that the responder sets instead (RESPONDER-LIFETIME, RFC 2407 §4.6.3.1).
    pub changed_lifetimes: Vec<Lifetime>,
    /// What the configuration payload or the transaction sets.
    pub configuration: Option<Configuration>,
}

impl Inner {
    /// Whether a payload of this type is in it.
    #[must_use]
    pub fn has(&self, payload_type: u8) -> bool {
        self.payloads.contains(&payload_type)
    }

    /// The first notification that reports an error, in either version's numbering.
    #[must_use]
    pub fn error_notify(&self) -> Option<&Notify> {
        self.notifies
            .iter()
            .find(|notify| NotifyType(notify.notify_type).is_error())
    }
}

impl Deref for Inner {
    type Target = Content;

    fn deref(&self) -> &Content {
        &self.content
    }
}

/// What an EAP message says of itself (RFC 3748 §4).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Eap {
    /// Request, response, success or failure.
    pub code: EapCode,
    /// The method; success and failure have none.
    pub method: Option<EapMethod>,
    /// Who the user claims to be, in an Identity response; control characters are escaped.
    pub user: Option<Box<str>>,
    /// Why MS-CHAP-V2 turns the user away.
    pub error: Option<MsChapError>,
    /// Methods that the user would rather have (Legacy Nak).
    pub desired: Vec<EapMethod>,
}

/// For how long an SA may be used (RFC 2407 §4.5).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Lifetime {
    /// Seconds.
    Seconds(u64),
    /// Kilobytes.
    Kilobytes(u64),
}

/// Addresses that one end asks for or gives (RFC 7296 §3.15).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Configuration {
    /// Request, reply, set, acknowledgement.
    pub cfg_type: ConfigurationType,
    /// The attributes that hold an address.
    pub settings: Vec<Setting>,
    /// What XAUTH_STATUS says of the user (draft-beaulieu-ike-xauth-02 §6.2).
    pub user_accepted: Option<bool>,
}

/// One attribute with an address.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Setting {
    /// The attribute.
    pub kind: SettingKind,
    /// The address, or the first of the network.
    pub address: IpAddr,
    /// Prefix length, where it is a network.
    pub prefix: Option<u8>,
}

/// What an address is given for.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum SettingKind {
    /// INTERNAL_IP4_ADDRESS, INTERNAL_IP6_ADDRESS: the address of the client inside.
    Address,
    /// INTERNAL_IP4_DNS, INTERNAL_IP6_DNS.
    Dns,
    /// INTERNAL_IP4_SUBNET, INTERNAL_IP6_SUBNET: a network behind the gateway.
    Subnet,
}

impl Configuration {
    /// Whether it gives an address instead of asking for one or acknowledging it.
    #[must_use]
    pub fn gives_address(&self) -> bool {
        matches!(
            self.cfg_type,
            ConfigurationType::CFG_REPLY | ConfigurationType::CFG_SET
        ) && self
            .settings
            .iter()
            .any(|setting| setting.kind == SettingKind::Address)
    }
}

impl core::fmt::Display for Setting {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.prefix {
            Some(prefix) => write!(f, "{}/{prefix}", self.address),
            None => self.address.fmt(f),
        }
    }
}

impl core::fmt::Display for Lifetime {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Seconds(count) => write!(f, "{count} s"),
            Self::Kilobytes(count) => write!(f, "{count} kB"),
        }
    }
}
