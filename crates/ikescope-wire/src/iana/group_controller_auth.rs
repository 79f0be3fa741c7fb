//! "Transform Type 14 - Group Controller Authentication Method Transform IDs" (RFC 9838).

wire_enum! {
    /// Group Controller Authentication Method (GCAUTH) of G-IKEv2.
    pub struct GroupControllerAuth(u16) {
        IMPLICIT = 1 => "Implicit",
        DIGITAL_SIGNATURE = 2 => "Digital Signature",
    }
    ranges { 0 => Reserved, 3..=1023 => Unassigned, 1024..=65535 => PrivateUse }
}
