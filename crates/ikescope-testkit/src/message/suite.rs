//! What a negotiated IKE suite adds around the plaintext of a message, in octets.

/// The algorithms that protect an IKE SA, and the sizes that follow from them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Suite {
    /// Encryption algorithm (IKEv2 transform type 1).
    pub encryption: u16,
    /// Key length attribute, bits; `None` for algorithms of one key length.
    pub key_length: Option<u16>,
    /// Pseudo-random function (transform type 2).
    pub prf: u16,
    /// Integrity algorithm (transform type 3); `None` with an AEAD algorithm (RFC 5282 §8).
    pub integrity: Option<u16>,
    /// Octets of the initialization vector.
    pub iv: usize,
    /// The padded plaintext is a multiple of this.
    pub block: usize,
    /// Octets of the integrity check value.
    pub icv: usize,
}

impl Suite {
    /// AES-128-CBC, PRF-HMAC-SHA1, HMAC-SHA1-96.
    pub const AES_CBC_SHA1: Self = Self::cbc(12, Some(128), 2, 2, 16, 12);
    /// AES-256-CBC, PRF-HMAC-SHA2-256, HMAC-SHA2-256-128.
    pub const AES_CBC_SHA2_256: Self = Self::cbc(12, Some(256), 5, 12, 16, 16);
    /// AES-256-CBC, PRF-HMAC-SHA2-384, HMAC-SHA2-384-192.
    pub const AES_CBC_SHA2_384: Self = Self::cbc(12, Some(256), 6, 13, 16, 24);
    /// AES-256-CBC, PRF-HMAC-SHA2-512, HMAC-SHA2-512-256.
    pub const AES_CBC_SHA2_512: Self = Self::cbc(12, Some(256), 7, 14, 16, 32);
    /// 3DES-CBC, PRF-HMAC-SHA1, HMAC-SHA1-96.
    pub const TRIPLE_DES_SHA1: Self = Self::cbc(3, None, 2, 2, 8, 12);
    /// AES-256-GCM with a 16 octet ICV, PRF-HMAC-SHA2-256; the sender does not pad.
    pub const AES_GCM_16: Self = Self::aead(20, 16);
    /// AES-256-GCM with a 12 octet ICV, PRF-HMAC-SHA2-256; the sender does not pad.
    pub const AES_GCM_12: Self = Self::aead(19, 12);
    /// AES-256-GCM with an 8 octet ICV, PRF-HMAC-SHA2-256; the sender does not pad.
    pub const AES_GCM_8: Self = Self::aead(18, 8);

    const fn cbc(
        encryption: u16,
        key_length: Option<u16>,
        prf: u16,
        integrity: u16,
        block: usize,
        icv: usize,
    ) -> Self {
        Self {
            encryption,
            key_length,
            prf,
            integrity: Some(integrity),
            iv: block,
            block,
            icv,
        }
    }

    const fn aead(encryption: u16, icv: usize) -> Self {
        Self {
            encryption,
            key_length: Some(256),
            prf: 5,
            integrity: None,
            iv: 8,
            block: 1,
            icv,
        }
    }

    /// The same suite with a sender that pads to a multiple of `octets`, as RFC 7296 §3.14 allows.
    #[must_use]
    pub const fn padded_to(mut self, octets: usize) -> Self {
        self.block = octets;
        self
    }

    /// Octets of an SK payload's body around `inner` octets of payloads: IV, ciphertext with
    /// padding and pad length, ICV (RFC 7296 §3.14).
    #[must_use]
    pub const fn sealed_length(&self, inner: usize) -> usize {
        self.iv + (inner + 1).next_multiple_of(self.block) + self.icv
    }

    /// Octets of an encrypted IKEv1 message body around `inner` octets: padded to the block, no IV,
    /// no ICV (RFC 2409 appendix B).
    #[must_use]
    pub const fn ikev1_sealed_length(&self, inner: usize) -> usize {
        inner.next_multiple_of(self.block)
    }

    /// Octets of the AUTH data of a shared key: the output of the PRF (RFC 7296 §2.15).
    #[must_use]
    pub const fn prf_length(&self) -> usize {
        match self.prf {
            1 => 16,
            2 => 20,
            6 => 48,
            7 => 64,
            _ => 32,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Header and generic header of SK.
    const AROUND: usize = 28 + 4;

    /// Sizes seen in public captures: Wireshark's suite (GCM-16: 57 and 65, GCM-8: 49 and 57),
    /// Arkime's IKEv2.pcap (CBC and SHA2-512: 96), nDPI's VoWiFi capture (CBC and SHA1: 76).
    #[test]
    fn sizes_are_those_of_public_captures() {
        let sizes = |suite: Suite| [0, 8].map(|inner| AROUND + suite.sealed_length(inner));
        assert_eq!(sizes(Suite::AES_GCM_16), [57, 65]);
        assert_eq!(sizes(Suite::AES_GCM_8), [49, 57]);
        assert_eq!(sizes(Suite::AES_CBC_SHA2_512), [96, 96]);
        assert_eq!(sizes(Suite::AES_CBC_SHA1), [76, 76]);
        assert_eq!(sizes(Suite::AES_GCM_16.padded_to(8)), [64, 72]);
    }

    /// MM5 with an IPv4 identity and a SHA-1 hash: 76 octets in the log of cloudstack#4153.
    #[test]
    fn ikev1_bodies_carry_no_pad_length() {
        assert_eq!(28 + Suite::AES_CBC_SHA1.ikev1_sealed_length(36), 76);
    }
}
