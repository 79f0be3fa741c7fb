//! Values of the rarer phase 2 attributes: ECN Tunnel, Extended Sequence Number, Signature Encoding
//! Algorithm, Address Preservation and SA Direction.

wire_enum! {
    /// Value of the attribute ECN Tunnel (RFC 3168 §9.2.1).
    pub struct EcnTunnel(u16) {
        ALLOWED = 1 => "Allowed",
        FORBIDDEN = 2 => "Forbidden",
    }
    ranges { 0 => Reserved, 3..=61439 => Unassigned, 61440..=65535 => PrivateUse }
}

wire_enum! {
    /// Value of the attribute Extended (64-bit) Sequence Number (RFC 4304).
    pub struct ExtendedSequenceNumber(u16) {
        BITS_64 = 1 => "64-bit Sequence Number",
    }
    ranges { 0 => Reserved }
}

wire_enum! {
    /// Value of the attribute Signature Encoding Algorithm (RFC 4359).
    pub struct SignatureEncoding(u16) {
        RSASSA_PKCS1_V1_5 = 1 => "RSASSA-PKCS1-v1_5",
        RSASSA_PSS = 2 => "RSASSA-PSS",
    }
    ranges { 0 => Reserved, 3..=61439 => Unassigned, 61440..=65535 => PrivateUse }
}

wire_enum! {
    /// Value of the attribute Address Preservation (RFC 6407 §5.5.1).
    pub struct AddressPreservation(u16) {
        NONE = 1 => "None",
        SOURCE_ONLY = 2 => "Source-Only",
        DESTINATION_ONLY = 3 => "Destination-Only",
        SOURCE_AND_DESTINATION = 4 => "Source-and-Destination",
    }
    ranges { 0 => Reserved, 5..=61439 => Unassigned, 61440..=65535 => PrivateUse }
}

wire_enum! {
    /// Value of the attribute SA Direction (RFC 6407 §5.5.1).
    pub struct SaDirection(u16) {
        SENDER_ONLY = 1 => "Sender-Only",
        RECEIVER_ONLY = 2 => "Receiver-Only",
        SYMMETRIC = 3 => "Symmetric",
    }
    ranges { 0 => Reserved, 4..=61439 => Unassigned, 61440..=65535 => PrivateUse }
}
