//! "IKEv2 Post-quantum Preshared Key ID Types" (RFC 8784 §5.1): in PPK_IDENTITY.

wire_enum! {
    /// PPK_ID Type.
    pub struct PpkIdType(u8) {
        PPK_ID_OPAQUE = 1,
        PPK_ID_FIXED = 2,
    }
    ranges { 0 => Reserved, 3..=127 => Unassigned, 128..=255 => PrivateUse }
}
