//! "Transform Type 13 - Key Wrap Algorithm Transform IDs" (RFC 9838).

wire_enum! {
    /// Key Wrap Algorithm (KWA) of G-IKEv2.
    pub struct KeyWrapAlgorithm(u16) {
        KW_5649_128 = 1,
        KW_5649_192 = 2,
        KW_5649_256 = 3,
        KW_ARX = 4,
    }
    ranges { 0 => Reserved, 5..=1023 => Unassigned, 1024..=65535 => PrivateUse }
}
