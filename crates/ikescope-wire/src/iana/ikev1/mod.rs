//! The registries of IKEv1: ISAKMP (RFC 2408), IKE (RFC 2409), the IPsec DOI (RFC 2407), GDOI, NAT
//! traversal, mode-config and XAUTH. Exchange types are in [`super::ExchangeType`].

mod attribute_value;
mod auth_algorithm;
mod auth_method;
mod cert_type;
mod configuration;
mod doi;
mod encapsulation_mode;
mod encryption;
pub mod gdoi;
mod group;
mod hash;
mod id_type;
mod ike_attribute;
mod ipsec_attribute;
mod life_type;
mod notify_type;
mod payload_type;
mod protocol_id;
mod transform;

pub use attribute_value::{
    AddressPreservation, EcnTunnel, ExtendedSequenceNumber, SaDirection, SignatureEncoding,
};
pub use auth_algorithm::AuthAlgorithm;
pub use auth_method::AuthMethod;
pub use cert_type::CertEncoding;
pub use configuration::{ConfigurationAttributeType, ConfigurationType, XauthType};
pub use doi::{Doi, LabeledDomain, Situation};
pub use encapsulation_mode::EncapsulationMode;
pub use encryption::EncryptionAlgorithm;
pub use group::{Group, GroupType};
pub use hash::HashAlgorithm;
pub use id_type::IdType;
pub use ike_attribute::IkeAttribute;
pub use ipsec_attribute::IpsecAttribute;
pub use life_type::{LifeType, SaLifeType};
pub use notify_type::NotifyType;
pub use payload_type::PayloadType;
pub use protocol_id::ProtocolId;
pub use transform::{AhTransform, EspTransform, IpcompTransform, IsakmpTransform};
