//! A suite for the IKE SA that both ends can be given, in the spellings of several vendors.

use ikescope_wire::iana::ikev1::EncryptionAlgorithm;
use ikescope_wire::iana::{Encr, Integ, KeyExchangeMethod, Prf, TransformType};

use crate::proposal::{Kind, Transform};

/// A cipher, a hash and a group: what a policy of any vendor consists of.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Target {
    /// Whether the cipher is AES-GCM with a checksum of 16 octets, and not AES-CBC.
    pub(crate) gcm: bool,
    /// Key length of AES, bits.
    pub(crate) bits: u16,
    /// The hash of integrity and PRF: 1 for SHA-1, else the bits of SHA-2.
    pub(crate) hash: u16,
    /// Key exchange group.
    pub(crate) group: u16,
}

impl Target {
    /// AES-CBC with 256 bits, SHA2-256 and group 14: a MUST of RFC 8247 each, and configurable on
    /// every device.
    pub(crate) const USUAL: Self = Self {
        gcm: false,
        bits: 256,
        hash: 256,
        group: 14,
    };

    /// The same with what these transforms name instead; `None` if one of them is neither AES nor SHA:
    /// a command with something else in its place would be wrong.
    pub(crate) fn with<'a>(
        mut self,
        transforms: impl IntoIterator<Item = &'a Transform>,
    ) -> Option<Self> {
        for transform in transforms {
            match (transform.kind, transform.id) {
                (Kind::V2(TransformType::ENCR), id) => {
                    self.gcm = match Encr(id) {
                        Encr::ENCR_AES_GCM_16 => true,
                        Encr::ENCR_AES_CBC => false,
                        _ => return None,
                    };
                    self.bits = transform.key_length.unwrap_or(self.bits);
                }
                (Kind::V1Encryption, id) => {
                    if EncryptionAlgorithm(id) != EncryptionAlgorithm::AES_CBC {
                        return None;
                    }
                    self.bits = transform.key_length.unwrap_or(self.bits);
                }
                (Kind::V2(TransformType::PRF), id) => self.hash = of_prf(id)?,
                (Kind::V2(TransformType::INTEG), id) => self.hash = of_integrity(id)?,
                (Kind::V1Hash, id) => self.hash = of_ikev1(id)?,
                (Kind::V2(TransformType::KE) | Kind::V1Group, id) => self.group = id,
                _ => {}
            }
        }
        Some(self)
    }

    /// The hash as most configurations write it: `sha256`, `sha1`.
    pub(crate) fn hash_name(self) -> String {
        format!("sha{}", self.hash)
    }

    /// The group as strongSwan and Libreswan write it: `modp2048`.
    pub(crate) fn group_name(self) -> Option<&'static str> {
        KeyExchangeMethod(self.group).short_name()
    }
}

const fn of_prf(id: u16) -> Option<u16> {
    match Prf(id) {
        Prf::PRF_HMAC_SHA1 => Some(1),
        Prf::PRF_HMAC_SHA2_256 => Some(256),
        Prf::PRF_HMAC_SHA2_384 => Some(384),
        Prf::PRF_HMAC_SHA2_512 => Some(512),
        _ => None,
    }
}

const fn of_integrity(id: u16) -> Option<u16> {
    match Integ(id) {
        Integ::AUTH_HMAC_SHA1_96 => Some(1),
        Integ::AUTH_HMAC_SHA2_256_128 => Some(256),
        Integ::AUTH_HMAC_SHA2_384_192 => Some(384),
        Integ::AUTH_HMAC_SHA2_512_256 => Some(512),
        _ => None,
    }
}

const fn of_ikev1(id: u16) -> Option<u16> {
    match id {
        2 => Some(1),
        4 => Some(256),
        5 => Some(384),
        6 => Some(512),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encryption(id: Encr, key_length: Option<u16>) -> Transform {
        Transform {
            proposal: 1,
            protocol_id: 1,
            kind: Kind::V2(TransformType::ENCR),
            id: id.0,
            key_length,
        }
    }

    #[test]
    fn puts_nothing_in_the_place_of_what_it_cannot_say() {
        let aes = encryption(Encr::ENCR_AES_CBC, Some(128));
        let des = encryption(Encr::ENCR_DES, None);
        assert_eq!(
            Target::USUAL.with([&aes]).map(|suite| suite.bits),
            Some(128)
        );
        assert_eq!(Target::USUAL.with([&aes, &des]), None);
    }
}
