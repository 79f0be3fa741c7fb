//! "Transform Type 4 - Key Exchange Method Transform IDs" (RFC 7296 §3.3.2, RFC 9370): names and
//! sizes. IKEv1 group numbers 1, 2, 5 and 14 to 30 are the same.

use super::Requirement;

wire_enum! {
    /// Key Exchange Method, formerly Diffie-Hellman Group; also the registry of ADDKE1 to ADDKE7.
    pub struct KeyExchangeMethod(u16) {
        NONE = 0,
        MODP_768 = 1 => "768-bit MODP Group",
        MODP_1024 = 2 => "1024-bit MODP Group",
        MODP_1536 = 5 => "1536-bit MODP Group",
        MODP_2048 = 14 => "2048-bit MODP Group",
        MODP_3072 = 15 => "3072-bit MODP Group",
        MODP_4096 = 16 => "4096-bit MODP Group",
        MODP_6144 = 17 => "6144-bit MODP Group",
        MODP_8192 = 18 => "8192-bit MODP Group",
        ECP_256 = 19 => "256-bit random ECP group",
        ECP_384 = 20 => "384-bit random ECP group",
        ECP_521 = 21 => "521-bit random ECP group",
        MODP_1024_S160 = 22 => "1024-bit MODP Group with 160-bit Prime Order Subgroup",
        MODP_2048_S224 = 23 => "2048-bit MODP Group with 224-bit Prime Order Subgroup",
        MODP_2048_S256 = 24 => "2048-bit MODP Group with 256-bit Prime Order Subgroup",
        ECP_192 = 25 => "192-bit Random ECP Group",
        ECP_224 = 26 => "224-bit Random ECP Group",
        BRAINPOOL_P224R1 = 27 => "brainpoolP224r1",
        BRAINPOOL_P256R1 = 28 => "brainpoolP256r1",
        BRAINPOOL_P384R1 = 29 => "brainpoolP384r1",
        BRAINPOOL_P512R1 = 30 => "brainpoolP512r1",
        CURVE25519 = 31 => "Curve25519",
        CURVE448 = 32 => "Curve448",
        GOST3410_2012_256 = 33,
        GOST3410_2012_512 = 34,
        ML_KEM_512 = 35 => "ml-kem-512",
        ML_KEM_768 = 36 => "ml-kem-768",
        ML_KEM_1024 = 37 => "ml-kem-1024",
    }
    ranges { 3..=4 => Reserved, 6..=13 | 38..=1023 => Unassigned, 1024..=65535 => PrivateUse }
    deprecated { 1 | 22 => "RFC 8247" }
}

/// Octets of Key Exchange Data that each side sends (RFC 7296 §3.4).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct PublicValueOctets {
    /// From the initiator of the exchange: a public value, or the public key of a KEM.
    pub initiator: usize,
    /// From its responder: a public value, or the ciphertext of a KEM.
    pub responder: usize,
}

/// Sizes are those of the RFC that defines the method (RFC 7296 appendix B, RFC 3526, RFC 5903,
/// RFC 5114, RFC 6954, RFC 8031, RFC 9385; FIPS 203 for ML-KEM).
impl KeyExchangeMethod {
    /// The short name that configurations and logs use, like `modp2048`.
    #[must_use]
    pub const fn short_name(self) -> Option<&'static str> {
        match self.facts() {
            Some(facts) => Some(facts.short_name),
            None if self.0 == 0 => Some("none"),
            None => None,
        }
    }

    /// Size of the group in bits: of the modulus or of the curve's field; the parameter set of
    /// ML-KEM.
    #[must_use]
    pub const fn bits(self) -> Option<u16> {
        match self.facts() {
            Some(facts) => Some(facts.bits),
            None => None,
        }
    }

    /// Octets of Key Exchange Data.
    #[must_use]
    pub const fn public_value_octets(self) -> Option<PublicValueOctets> {
        match self.facts() {
            Some(facts) => Some(facts.public_value),
            None => None,
        }
    }

    /// Level for IKEv2 (RFC 8247 §2.4).
    #[must_use]
    pub const fn ike_requirement(self) -> Option<Requirement> {
        match self {
            Self::MODP_768 | Self::MODP_1024_S160 => Some(Requirement::MustNot),
            Self::MODP_1024 | Self::MODP_1536 | Self::MODP_2048_S224 | Self::MODP_2048_S256 => {
                Some(Requirement::ShouldNot)
            }
            Self::ECP_256 => Some(Requirement::Should),
            Self::MODP_2048 => Some(Requirement::Must),
            _ => None,
        }
    }

    const fn facts(self) -> Option<Facts> {
        Some(match self.0 {
            1 => Facts::symmetric("modp768", 768, 96),
            2 => Facts::symmetric("modp1024", 1024, 128),
            5 => Facts::symmetric("modp1536", 1536, 192),
            14 => Facts::symmetric("modp2048", 2048, 256),
            15 => Facts::symmetric("modp3072", 3072, 384),
            16 => Facts::symmetric("modp4096", 4096, 512),
            17 => Facts::symmetric("modp6144", 6144, 768),
            18 => Facts::symmetric("modp8192", 8192, 1024),
            19 => Facts::symmetric("ecp256", 256, 64),
            20 => Facts::symmetric("ecp384", 384, 96),
            21 => Facts::symmetric("ecp521", 521, 132),
            22 => Facts::symmetric("modp1024s160", 1024, 128),
            23 => Facts::symmetric("modp2048s224", 2048, 256),
            24 => Facts::symmetric("modp2048s256", 2048, 256),
            25 => Facts::symmetric("ecp192", 192, 48),
            26 => Facts::symmetric("ecp224", 224, 56),
            27 => Facts::symmetric("ecp224bp", 224, 56),
            28 => Facts::symmetric("ecp256bp", 256, 64),
            29 => Facts::symmetric("ecp384bp", 384, 96),
            30 => Facts::symmetric("ecp512bp", 512, 128),
            31 => Facts::symmetric("curve25519", 255, 32),
            32 => Facts::symmetric("curve448", 448, 56),
            33 => Facts::symmetric("gost256", 256, 64),
            34 => Facts::symmetric("gost512", 512, 128),
            35 => Facts::kem("mlkem512", 512, 800, 768),
            36 => Facts::kem("mlkem768", 768, 1184, 1088),
            37 => Facts::kem("mlkem1024", 1024, 1568, 1568),
            _ => return None,
        })
    }
}

struct Facts {
    short_name: &'static str,
    bits: u16,
    public_value: PublicValueOctets,
}

impl Facts {
    /// Both sides send the same number of octets.
    const fn symmetric(short_name: &'static str, bits: u16, octets: usize) -> Self {
        Self::kem(short_name, bits, octets, octets)
    }

    const fn kem(
        short_name: &'static str,
        bits: u16,
        public_key: usize,
        ciphertext: usize,
    ) -> Self {
        Self {
            short_name,
            bits,
            public_value: PublicValueOctets {
                initiator: public_key,
                responder: ciphertext,
            },
        }
    }
}
