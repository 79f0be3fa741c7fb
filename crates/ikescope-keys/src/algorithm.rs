//! Which algorithm a key is for, as far as its source says.

use std::fmt;

use ikescope_wire::iana::{Encr, Integ};

/// A cipher with the length of its key.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Encryption {
    /// Cipher and, for an AEAD, the length of its ICV.
    pub algorithm: Encr,
    /// Bits of the key as it is stored, parity bits of DES included, salt excluded: 64 for DES, 192
    /// for 3DES, 0 for NULL.
    pub key_bits: u16,
}

impl Encryption {
    /// The cipher for that many octets of keying material, the salt included.
    ///
    /// `None` where the material is shorter than the salt, or longer than any key.
    #[must_use]
    pub fn of_material(algorithm: Encr, octets: usize) -> Option<Self> {
        let key = octets.checked_sub(salt_octets(algorithm))?;
        let key_bits = key.checked_mul(8)?.try_into().ok()?;
        Some(Self {
            algorithm,
            key_bits,
        })
    }

    /// Octets that follow the key in the keying material and begin the nonce (RFC 5282 §7.1, RFC
    /// 5930 §2, RFC 4309 §7.1, RFC 7634 §2): 3 for CCM, 4 for GCM, CTR and ChaCha20-Poly1305, else 0.
    #[must_use]
    pub const fn salt_octets(self) -> usize {
        salt_octets(self.algorithm)
    }

    /// Octets of keying material: key and salt.
    #[must_use]
    pub fn material_octets(self) -> usize {
        usize::from(self.key_bits / 8) + self.salt_octets()
    }
}

impl fmt::Display for Encryption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} with {} bits", self.algorithm, self.key_bits)
    }
}

/// See [`Encryption::salt_octets`].
pub(crate) const fn salt_octets(algorithm: Encr) -> usize {
    match algorithm {
        Encr::ENCR_AES_CTR
        | Encr::ENCR_AES_GCM_8
        | Encr::ENCR_AES_GCM_12
        | Encr::ENCR_AES_GCM_16
        | Encr::ENCR_AES_GCM_16_IIV
        | Encr::ENCR_NULL_AUTH_AES_GMAC
        | Encr::ENCR_CAMELLIA_CTR
        | Encr::ENCR_CHACHA20_POLY1305
        | Encr::ENCR_CHACHA20_POLY1305_IIV => 4,
        Encr::ENCR_AES_CCM_8
        | Encr::ENCR_AES_CCM_12
        | Encr::ENCR_AES_CCM_16
        | Encr::ENCR_AES_CCM_8_IIV
        | Encr::ENCR_CAMELLIA_CCM_8
        | Encr::ENCR_CAMELLIA_CCM_12
        | Encr::ENCR_CAMELLIA_CCM_16 => 3,
        _ => 0,
    }
}

/// How a message or packet is authenticated.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Integrity {
    /// An algorithm of the registry; [`Integ::NONE`] beside an AEAD.
    Registered(Integ),
    /// HMAC-SHA-256 cut to 96 bits, as draft-ietf-ipsec-ciph-sha-256-00 had it and old kernels do it.
    HmacSha256_96,
    /// HMAC-RIPEMD-160 cut to 96 bits (RFC 2857), which only IKEv1 can negotiate.
    HmacRipemd160_96,
    /// An ICV of so many octets that is skipped and not checked: the source has no key for it.
    Unchecked {
        /// Octets of the ICV.
        icv_octets: u8,
    },
}

impl Integrity {
    /// No ICV of its own: beside an AEAD, or no authentication at all.
    pub const NONE: Self = Self::Registered(Integ::NONE);

    /// Octets of the ICV, as truncated.
    #[must_use]
    pub const fn icv_octets(self) -> Option<usize> {
        match self {
            Self::Registered(integ) => integ.icv_octets(),
            Self::HmacSha256_96 | Self::HmacRipemd160_96 => Some(12),
            Self::Unchecked { icv_octets } => Some(icv_octets as usize),
        }
    }
}

impl fmt::Display for Integrity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Registered(integ) => fmt::Display::fmt(integ, f),
            Self::HmacSha256_96 => f.write_str("HMAC-SHA-256 cut to 96 bits"),
            Self::HmacRipemd160_96 => f.write_str("HMAC-RIPEMD-160 cut to 96 bits"),
            Self::Unchecked { icv_octets } => write!(f, "unchecked, {icv_octets} octets"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keying_material_is_key_and_salt() {
        // RFC 5282 §7.1: AES-GCM takes four octets more than the key, AES-CCM three.
        for (algorithm, octets, key_bits) in [
            (Encr::ENCR_AES_CBC, 32, 256),
            (Encr::ENCR_AES_GCM_16, 36, 256),
            (Encr::ENCR_AES_CCM_12, 19, 128),
            (Encr::ENCR_CHACHA20_POLY1305, 36, 256),
            (Encr::ENCR_3DES, 24, 192),
            (Encr::ENCR_NULL, 0, 0),
        ] {
            let encryption = Encryption::of_material(algorithm, octets).unwrap();
            assert_eq!(encryption.key_bits, key_bits, "{algorithm}");
            assert_eq!(encryption.material_octets(), octets, "{algorithm}");
        }
        assert_eq!(Encryption::of_material(Encr::ENCR_AES_GCM_16, 3), None);
    }
}
