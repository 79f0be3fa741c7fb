//! "Transform Type 2 - Pseudorandom Function Transform IDs" (RFC 7296 §3.3.2): names and sizes.

wire_enum! {
    /// Pseudorandom function.
    pub struct Prf(u16) {
        PRF_HMAC_MD5 = 1,
        PRF_HMAC_SHA1 = 2,
        PRF_HMAC_TIGER = 3,
        PRF_AES128_XCBC = 4,
        PRF_HMAC_SHA2_256 = 5,
        PRF_HMAC_SHA2_384 = 6,
        PRF_HMAC_SHA2_512 = 7,
        PRF_AES128_CMAC = 8,
        PRF_HMAC_STREEBOG_512 = 9,
    }
    ranges { 0 => Reserved, 10..=1023 => Unassigned, 1024..=65535 => PrivateUse }
}
