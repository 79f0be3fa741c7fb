//! Payloads whose body is one run of octets.

opaque! {
    /// Nonce (RFC 7296 §3.9): 16 to 256 octets of nonce data.
    Nonce => "nonce_data",
    /// Vendor ID (RFC 7296 §3.12): often a hash of the implementation's name.
    VendorId => "vendor_id",
}
