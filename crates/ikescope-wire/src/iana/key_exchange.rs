//! "Transform Type 4 - Key Exchange Method Transform IDs" (RFC 7296 §3.3.2, RFC 9370): names and
//! sizes. IKEv1 group numbers 1, 2, 5 and 14 to 30 are the same.

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
}
