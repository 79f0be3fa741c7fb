//! "Next Payload Types" of ISAKMP (RFC 2408 §3.1), GDOI (RFC 6407) and NAT traversal (RFC 3947).

wire_enum! {
    /// Next Payload Type of IKEv1, under its short notation.
    ///
    /// 14 is the Attributes payload of draft-dukes-ike-mode-cfg, which the registry only keeps
    /// free. Some late drafts of NAT traversal sent NAT-D and NAT-OA as 15 and 16, the numbers of
    /// GDOI's SAK and SAT.
    pub struct PayloadType(u8) {
        NONE = 0,
        SA = 1,
        PROPOSAL = 2 => "P",
        TRANSFORM = 3 => "T",
        KE = 4,
        ID = 5,
        CERT = 6,
        CERTREQ = 7 => "CR",
        HASH = 8,
        SIGNATURE = 9 => "SIG",
        NONCE = 10,
        NOTIFICATION = 11 => "N",
        DELETE = 12 => "D",
        VENDOR_ID = 13 => "VID",
        ATTR = 14,
        SAK = 15,
        SAT = 16,
        KD = 17,
        SEQ = 18,
        POP = 19,
        NAT_D = 20 => "NAT-D",
        NAT_OA = 21 => "NAT-OA",
        GAP = 22,
        NAT_D_DRAFT = 130 => "NAT-D (NAT-T drafts 00-03)",
        NAT_OA_DRAFT = 131 => "NAT-OA (NAT-T drafts 00-03)",
        IKE_FRAGMENT = 132 => "IKE fragment",
    }
    ranges { 14 => Reserved, 23..=127 => Unassigned, 128..=255 => PrivateUse }
}
