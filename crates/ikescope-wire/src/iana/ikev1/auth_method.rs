//! "IPSEC Authentication Methods" (RFC 2409 appendix A), hybrid authentication and XAUTH.

wire_enum! {
    /// Value of the attribute Authentication Method.
    ///
    /// `Init` and `Resp` tell which side is the XAUTH client. 65001 is also what Windows
    /// sends for Kerberos by GSS-API.
    pub struct AuthMethod(u16) {
        PRE_SHARED_KEY = 1 => "pre-shared key",
        DSS_SIGNATURES = 2 => "DSS signatures",
        RSA_SIGNATURES = 3 => "RSA signatures",
        RSA_ENCRYPTION = 4 => "Encryption with RSA",
        REVISED_RSA_ENCRYPTION = 5 => "Revised encryption with RSA",
        ECDSA_SHA_256_P_256 = 9 => "ECDSA with SHA-256 on the P-256 curve",
        ECDSA_SHA_384_P_384 = 10 => "ECDSA with SHA-384 on the P-384 curve",
        ECDSA_SHA_512_P_521 = 11 => "ECDSA with SHA-512 on the P-521 curve",
        HYBRID_INIT_RSA = 64221 => "HybridInitRSA",
        HYBRID_RESP_RSA = 64222 => "HybridRespRSA",
        HYBRID_INIT_DSS = 64223 => "HybridInitDSS",
        HYBRID_RESP_DSS = 64224 => "HybridRespDSS",
        XAUTH_INIT_PRE_SHARED = 65001 => "XAUTHInitPreShared",
        XAUTH_RESP_PRE_SHARED = 65002 => "XAUTHRespPreShared",
        XAUTH_INIT_DSS = 65003 => "XAUTHInitDSS",
        XAUTH_RESP_DSS = 65004 => "XAUTHRespDSS",
        XAUTH_INIT_RSA = 65005 => "XAUTHInitRSA",
        XAUTH_RESP_RSA = 65006 => "XAUTHRespRSA",
        XAUTH_INIT_RSA_ENCRYPTION = 65007 => "XAUTHInitRSAEncryption",
        XAUTH_RESP_RSA_ENCRYPTION = 65008 => "XAUTHRespRSAEncryption",
        XAUTH_INIT_RSA_REVISED_ENCRYPTION = 65009 => "XAUTHInitRSARevisedEncryption",
        XAUTH_RESP_RSA_REVISED_ENCRYPTION = 65010 => "XAUTHRespRSARevisedEncryption",
    }
    ranges { 0 | 6..=8 => Reserved, 12..=65000 => Unassigned, 65001..=65535 => PrivateUse }
}
