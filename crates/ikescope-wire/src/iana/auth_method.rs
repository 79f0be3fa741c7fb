//! "IKEv2 Authentication Method" (RFC 7296 §3.8).

use super::Requirement;

wire_enum! {
    /// Auth Method.
    pub struct AuthMethod(u8) {
        RSA_DIGITAL_SIGNATURE = 1 => "RSA Digital Signature",
        SHARED_KEY_MIC = 2 => "Shared Key Message Integrity Code",
        DSS_DIGITAL_SIGNATURE = 3 => "DSS Digital Signature",
        ECDSA_SHA_256_P_256 = 9 => "ECDSA with SHA-256 on the P-256 curve",
        ECDSA_SHA_384_P_384 = 10 => "ECDSA with SHA-384 on the P-384 curve",
        ECDSA_SHA_512_P_521 = 11 => "ECDSA with SHA-512 on the P-521 curve",
        GSPAM = 12 => "Generic Secure Password Authentication Method",
        NULL = 13 => "NULL Authentication",
        DIGITAL_SIGNATURE = 14 => "Digital Signature",
    }
    ranges { 0 => Reserved, 4..=8 | 15..=200 => Unassigned, 201..=255 => PrivateUse }
}

impl AuthMethod {
    /// Level for IKEv2 (RFC 8247 §3.1).
    #[must_use]
    pub const fn ike_requirement(self) -> Option<Requirement> {
        match self {
            Self::DSS_DIGITAL_SIGNATURE => Some(Requirement::ShouldNot),
            Self::ECDSA_SHA_256_P_256
            | Self::ECDSA_SHA_384_P_384
            | Self::ECDSA_SHA_512_P_521
            | Self::DIGITAL_SIGNATURE => Some(Requirement::Should),
            Self::RSA_DIGITAL_SIGNATURE | Self::SHARED_KEY_MIC => Some(Requirement::Must),
            _ => None,
        }
    }
}
