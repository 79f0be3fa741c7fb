//! The protocol numbers, one file per registry. Every number is an open newtype: unknown is a
//! value.
//!
//! Names are IANA's, as of its registries "IKEv2 Parameters" (2026-07-16), "IKE Attributes"
//! (2024-12-06), "Magic Numbers for ISAKMP Protocol" (2023-04-25), "EAP Registry" (2026-05-28),
//! "GDOI Payloads" (2017-12-26) and "ROHC Profile Identifiers" (2023-02-03). Names of numbers for
//! private use are those of the drafts, the 3GPP specifications and the public sources of the
//! programs that use them.

pub mod ikev1;

mod auth_method;
mod cert_encoding;
mod configuration;
mod eap;
mod encr;
mod exchange_type;
mod gateway_id_type;
mod group;
mod group_controller_auth;
mod hash_algorithm;
mod header_flag;
mod id_type;
mod integ;
mod ipcomp;
mod key_exchange;
mod key_wrap;
mod notify_type;
mod payload_type;
mod ppk_id_type;
mod prf;
mod protocol_id;
mod range;
mod requirement;
mod rohc;
mod secure_password_method;
mod sequence_numbers;
mod transform;
mod ts_type;

pub use auth_method::AuthMethod;
pub use cert_encoding::CertEncoding;
pub use configuration::{ConfigurationAttributeType, ConfigurationType};
pub use eap::{EapCode, EapMethod};
pub use encr::{Encr, KeyLengthAttribute};
pub use exchange_type::ExchangeType;
pub use gateway_id_type::GatewayIdType;
pub use group::{
    GroupKeyBagAttributeType, GsaAttributeType, GwpAttributeType, MemberKeyBagAttributeType,
};
pub use group_controller_auth::GroupControllerAuth;
pub use hash_algorithm::HashAlgorithm;
pub use header_flag::HeaderFlag;
pub use id_type::IdType;
pub use integ::Integ;
pub use ipcomp::IpcompTransform;
pub use key_exchange::{KeyExchangeMethod, PublicValueOctets};
pub use key_wrap::KeyWrapAlgorithm;
pub use notify_type::NotifyType;
pub use payload_type::PayloadType;
pub use ppk_id_type::PpkIdType;
pub use prf::Prf;
pub use protocol_id::ProtocolId;
pub use range::Range;
pub use requirement::Requirement;
pub use rohc::{RohcAttributeType, RohcProfile};
pub use secure_password_method::SecurePasswordMethod;
pub use sequence_numbers::SequenceNumbers;
pub use transform::{AttributeType, TransformType};
pub use ts_type::TsType;
