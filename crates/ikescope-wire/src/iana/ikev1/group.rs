//! "Group Description" (RFC 2409 §6, RFC 3526) and "Group Type" (RFC 2409 appendix A).

use crate::iana::KeyExchangeMethod;

wire_enum! {
    /// Value of the attribute Group Description, in phase 1 and in phase 2.
    pub struct Group(u16) {
        MODP_768 = 1 => "default 768-bit MODP group",
        MODP_1024 = 2 => "alternate 1024-bit MODP group",
        EC2N_155 = 3 => "EC2N group on GP[2^155]",
        EC2N_185 = 4 => "EC2N group on GP[2^185]",
        MODP_1536 = 5 => "1536-bit MODP group",
        EC2N_163_A = 6 => "EC2N group over GF[2^163]",
        EC2N_163_B = 7 => "EC2N group over GF[2^163]",
        EC2N_283_A = 8 => "EC2N group over GF[2^283]",
        EC2N_283_B = 9 => "EC2N group over GF[2^283]",
        EC2N_409_A = 10 => "EC2N group over GF[2^409]",
        EC2N_409_B = 11 => "EC2N group over GF[2^409]",
        EC2N_571_A = 12 => "EC2N group over GF[2^571]",
        EC2N_571_B = 13 => "EC2N group over GF[2^571]",
        MODP_2048 = 14 => "2048-bit MODP group",
        MODP_3072 = 15 => "3072-bit MODP group",
        MODP_4096 = 16 => "4096-bit MODP group",
        MODP_6144 = 17 => "6144-bit MODP group",
        MODP_8192 = 18 => "8192-bit MODP group",
        ECP_256 = 19 => "256-bit random ECP group",
        ECP_384 = 20 => "384-bit random ECP group",
        ECP_521 = 21 => "521-bit random ECP group",
        MODP_1024_S160 = 22 => "1024-bit MODP Group with 160-bit Prime Order Subgroup",
        MODP_2048_S224 = 23 => "2048-bit MODP Group with 224-bit Prime Order Subgroup",
        MODP_2048_S256 = 24 => "2048-bit MODP Group with 256-bit Prime Order Subgroup",
        ECP_192 = 25 => "192-bit Random ECP Group",
        ECP_224 = 26 => "224-bit Random ECP Group",
        BRAINPOOL_P224R1 = 27 => "224-bit Brainpool ECP group",
        BRAINPOOL_P256R1 = 28 => "256-bit Brainpool ECP group",
        BRAINPOOL_P384R1 = 29 => "384-bit Brainpool ECP group",
        BRAINPOOL_P512R1 = 30 => "512-bit Brainpool ECP group",
    }
    ranges { 0 => Reserved, 31..=32767 => Unassigned, 32768..=65535 => PrivateUse }
}

wire_enum! {
    /// Value of the attribute Group Type.
    pub struct GroupType(u16) {
        MODP = 1 => "MODP (modular exponentiation group)",
        ECP = 2 => "ECP (elliptic curve group over GF[P])",
        EC2N = 3 => "EC2N (elliptic curve group over GF[2^N])",
    }
    ranges { 0 => Reserved, 4..=65000 => Unassigned, 65001..=65535 => PrivateUse }
}

impl Group {
    /// The same group in the registry of IKEv2, which tells its sizes; the EC2N groups are not
    /// there.
    #[must_use]
    pub const fn key_exchange_method(self) -> Option<KeyExchangeMethod> {
        match self.0 {
            1 | 2 | 5 | 14..=30 => Some(KeyExchangeMethod(self.0)),
            _ => None,
        }
    }
}
