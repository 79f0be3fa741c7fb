//! Why MS-CHAP-V2 turns a user away: the number behind `E=` in its failure message (RFC 2759 §6), which
//! Windows shows its user.

wire_enum! {
    /// Error of MS-CHAP-V2.
    pub struct MsChapError(u32) {
        ERROR_RESTRICTED_LOGON_HOURS = 646,
        ERROR_ACCT_DISABLED = 647,
        ERROR_PASSWD_EXPIRED = 648,
        ERROR_NO_DIALIN_PERMISSION = 649,
        ERROR_AUTHENTICATION_FAILURE = 691,
        ERROR_CHANGING_PASSWORD = 709,
    }
}
