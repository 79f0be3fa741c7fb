//! Domain of Interpretation (RFC 2408 §3.4), and what the IPsec DOI puts into the Situation field.

wire_enum! {
    /// Domain of Interpretation.
    pub struct Doi(u32) {
        ISAKMP = 0,
        IPSEC = 1,
        GDOI = 2,
    }
}

wire_enum! {
    /// Situation of the IPsec DOI (RFC 2407 §4.2), a set of bits; the names are those of single
    /// bits.
    pub struct Situation(u32) {
        SIT_IDENTITY_ONLY = 0x01,
        SIT_SECRECY = 0x02,
        SIT_INTEGRITY = 0x04,
    }
}

wire_enum! {
    /// Labeled Domain Identifier (RFC 2407 §4.6.1); the registry assigns none.
    pub struct LabeledDomain(u32) {
    }
    ranges { 0x00000000 => Reserved, 0x80000000..=0xffffffff => PrivateUse }
}

impl Situation {
    /// Whether every bit of `bits` is set.
    #[must_use]
    pub const fn contains(self, bits: Self) -> bool {
        self.0 & bits.0 == bits.0
    }
}
