//! "IKEv2 Secure Password Methods" (RFC 6467): what SECURE_PASSWORD_METHODS lists.

wire_enum! {
    /// Secure password method.
    pub struct SecurePasswordMethod(u16) {
        PACE = 1,
        AUGPAKE = 2 => "AugPAKE",
        SECURE_PSK_AUTHENTICATION = 3 => "Secure PSK Authentication",
    }
    ranges { 0 => Reserved, 4..=1023 => Unassigned, 1024..=65535 => PrivateUse }
}
