//! Exchange types of both versions: the ISAKMP registry ends where "IKEv2 Exchange Types" begins.

wire_enum! {
    /// Exchange Type (RFC 7296 §3.1, RFC 2408 §3.1, RFC 2409 §5).
    ///
    /// IKEv1's IPsec DOI and GDOI (RFC 6407 §3.2: GROUPKEY-PULL, GROUPKEY-PUSH) both use 32 and 33.
    pub struct ExchangeType(u8) {
        NONE = 0,
        BASE = 1 => "Base",
        IDENTITY_PROTECTION = 2 => "Identity Protection",
        AUTHENTICATION_ONLY = 3 => "Authentication Only",
        AGGRESSIVE = 4 => "Aggressive",
        INFORMATIONAL_V1 = 5 => "Informational",
        TRANSACTION = 6 => "Transaction",
        QUICK_MODE = 32 => "Quick Mode",
        NEW_GROUP_MODE = 33 => "New Group Mode",
        IKE_SA_INIT = 34,
        IKE_AUTH = 35,
        CREATE_CHILD_SA = 36,
        INFORMATIONAL = 37,
        IKE_SESSION_RESUME = 38,
        GSA_AUTH = 39,
        GSA_REGISTRATION = 40,
        GSA_REKEY = 41,
        GSA_INBAND_REKEY = 42,
        IKE_INTERMEDIATE = 43,
        IKE_FOLLOWUP_KE = 44,
    }
    ranges { 7..=31 => Reserved, 45..=239 => Unassigned, 240..=255 => PrivateUse }
}
