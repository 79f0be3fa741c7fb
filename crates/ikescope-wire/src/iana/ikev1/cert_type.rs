//! Certificate encodings of ISAKMP (RFC 2408 §3.9).

wire_enum! {
    /// Certificate Encoding of IKEv1.
    pub struct CertEncoding(u8) {
        NONE = 0,
        PKCS7_X509 = 1 => "PKCS #7 wrapped X.509 certificate",
        PGP_CERTIFICATE = 2 => "PGP certificate",
        DNS_SIGNED_KEY = 3 => "DNS signed key",
        X509_SIGNATURE = 4 => "X.509 certificate - signature",
        X509_KEY_EXCHANGE = 5 => "X.509 certificate - key exchange",
        KERBEROS_TOKENS = 6 => "Kerberos tokens",
        CRL = 7 => "Certificate revocation list (CRL)",
        ARL = 8 => "Authority revocation list (ARL)",
        SPKI_CERTIFICATE = 9 => "SPKI certificate",
        X509_ATTRIBUTE = 10 => "X.509 certificate - attribute",
    }
    ranges { 11..=255 => Reserved }
}
