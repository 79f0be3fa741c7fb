//! "Transform Type 5 - Sequence Numbers Properties Transform IDs" (RFC 7296 §3.3.2, RFC 9827).

wire_enum! {
    /// Sequence Numbers; before RFC 9827 Extended Sequence Numbers (ESN).
    pub struct SequenceNumbers(u16) {
        BITS_32 = 0 => "32-bit Sequential Numbers",
        PARTIAL_BITS_64 = 1 => "Partially Transmitted 64-bit Sequential Numbers",
        BITS_32_UNSPECIFIED = 2 => "32-bit Unspecified Numbers",
    }
    ranges { 3..=1023 => Unassigned, 1024..=65535 => PrivateUse }
}
