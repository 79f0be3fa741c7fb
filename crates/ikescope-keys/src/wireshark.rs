//! The names of algorithms in Wireshark's tables, exactly as `epan/dissectors/packet-isakmp.c` and
//! `packet-ipsec.c` spell them: a row with any other name makes Wireshark refuse the table.

use ikescope_wire::iana::{Encr, Integ};

use crate::algorithm::{Encryption, Integrity};

/// File of IKEv2 keys in a profile directory.
pub(crate) const IKEV2_TABLE: &str = "ikev2_decryption_table";
/// File of IKEv1 keys.
pub(crate) const IKEV1_TABLE: &str = "ikev1_decryption_table";
/// File of ESP keys.
pub(crate) const ESP_TABLE: &str = "esp_sa";

/// The name that ESP's AES-GCM had before Wireshark 3.x; the ICV's length stands beside it, as an
/// unchecked authentication.
const OLD_GCM: &str = "AES-GCM [RFC4106]";

const IKEV2_ENCRYPTION: [(&str, Encr, u16); 26] = [
    ("3DES [RFC2451]", Encr::ENCR_3DES, 192),
    ("AES-CBC-128 [RFC3602]", Encr::ENCR_AES_CBC, 128),
    ("AES-CBC-192 [RFC3602]", Encr::ENCR_AES_CBC, 192),
    ("AES-CBC-256 [RFC3602]", Encr::ENCR_AES_CBC, 256),
    ("NULL [RFC2410]", Encr::ENCR_NULL, 0),
    ("AES-CTR-128 [RFC5930]", Encr::ENCR_AES_CTR, 128),
    ("AES-CTR-192 [RFC5930]", Encr::ENCR_AES_CTR, 192),
    ("AES-CTR-256 [RFC5930]", Encr::ENCR_AES_CTR, 256),
    (
        "AES-CCM-128 with 8 octet ICV [RFC5282]",
        Encr::ENCR_AES_CCM_8,
        128,
    ),
    (
        "AES-CCM-128 with 12 octet ICV [RFC5282]",
        Encr::ENCR_AES_CCM_12,
        128,
    ),
    (
        "AES-CCM-128 with 16 octet ICV [RFC5282]",
        Encr::ENCR_AES_CCM_16,
        128,
    ),
    (
        "AES-CCM-192 with 8 octet ICV [RFC5282]",
        Encr::ENCR_AES_CCM_8,
        192,
    ),
    (
        "AES-CCM-192 with 12 octet ICV [RFC5282]",
        Encr::ENCR_AES_CCM_12,
        192,
    ),
    (
        "AES-CCM-192 with 16 octet ICV [RFC5282]",
        Encr::ENCR_AES_CCM_16,
        192,
    ),
    (
        "AES-CCM-256 with 8 octet ICV [RFC5282]",
        Encr::ENCR_AES_CCM_8,
        256,
    ),
    (
        "AES-CCM-256 with 12 octet ICV [RFC5282]",
        Encr::ENCR_AES_CCM_12,
        256,
    ),
    (
        "AES-CCM-256 with 16 octet ICV [RFC5282]",
        Encr::ENCR_AES_CCM_16,
        256,
    ),
    (
        "AES-GCM-128 with 8 octet ICV [RFC5282]",
        Encr::ENCR_AES_GCM_8,
        128,
    ),
    (
        "AES-GCM-128 with 12 octet ICV [RFC5282]",
        Encr::ENCR_AES_GCM_12,
        128,
    ),
    (
        "AES-GCM-128 with 16 octet ICV [RFC5282]",
        Encr::ENCR_AES_GCM_16,
        128,
    ),
    (
        "AES-GCM-192 with 8 octet ICV [RFC5282]",
        Encr::ENCR_AES_GCM_8,
        192,
    ),
    (
        "AES-GCM-192 with 12 octet ICV [RFC5282]",
        Encr::ENCR_AES_GCM_12,
        192,
    ),
    (
        "AES-GCM-192 with 16 octet ICV [RFC5282]",
        Encr::ENCR_AES_GCM_16,
        192,
    ),
    (
        "AES-GCM-256 with 8 octet ICV [RFC5282]",
        Encr::ENCR_AES_GCM_8,
        256,
    ),
    (
        "AES-GCM-256 with 12 octet ICV [RFC5282]",
        Encr::ENCR_AES_GCM_12,
        256,
    ),
    (
        "AES-GCM-256 with 16 octet ICV [RFC5282]",
        Encr::ENCR_AES_GCM_16,
        256,
    ),
];

const IKEV2_INTEGRITY: [(&str, Integrity); 15] = [
    ("NONE [RFC4306]", Integrity::NONE),
    (
        "HMAC_MD5_96 [RFC2403]",
        Integrity::Registered(Integ::AUTH_HMAC_MD5_96),
    ),
    (
        "HMAC_SHA1_96 [RFC2404]",
        Integrity::Registered(Integ::AUTH_HMAC_SHA1_96),
    ),
    (
        "HMAC_MD5_128 [RFC4595]",
        Integrity::Registered(Integ::AUTH_HMAC_MD5_128),
    ),
    (
        "HMAC_SHA1_160 [RFC4595]",
        Integrity::Registered(Integ::AUTH_HMAC_SHA1_160),
    ),
    (
        "HMAC_SHA2_256_128 [RFC4868]",
        Integrity::Registered(Integ::AUTH_HMAC_SHA2_256_128),
    ),
    (
        "HMAC_SHA2_384_192 [RFC4868]",
        Integrity::Registered(Integ::AUTH_HMAC_SHA2_384_192),
    ),
    (
        "HMAC_SHA2_512_256 [RFC4868]",
        Integrity::Registered(Integ::AUTH_HMAC_SHA2_512_256),
    ),
    (
        "HMAC_SHA2_256_96 [draft-ietf-ipsec-ciph-sha-256-00]",
        Integrity::HmacSha256_96,
    ),
    (
        "ANY 64-bits of Authentication [No Checking]",
        Integrity::Unchecked { icv_octets: 8 },
    ),
    (
        "ANY 96-bits of Authentication [No Checking]",
        Integrity::Unchecked { icv_octets: 12 },
    ),
    (
        "ANY 128-bits of Authentication [No Checking]",
        Integrity::Unchecked { icv_octets: 16 },
    ),
    (
        "ANY 160-bits of Authentication [No Checking]",
        Integrity::Unchecked { icv_octets: 20 },
    ),
    (
        "ANY 192-bits of Authentication [No Checking]",
        Integrity::Unchecked { icv_octets: 24 },
    ),
    (
        "ANY 256-bits of Authentication [No Checking]",
        Integrity::Unchecked { icv_octets: 32 },
    ),
];

const ESP_ENCRYPTION: [(&str, Encr); 11] = [
    ("NULL", Encr::ENCR_NULL),
    ("TripleDES-CBC [RFC2451]", Encr::ENCR_3DES),
    ("AES-CBC [RFC3602]", Encr::ENCR_AES_CBC),
    ("AES-CTR [RFC3686]", Encr::ENCR_AES_CTR),
    ("DES-CBC [RFC2405]", Encr::ENCR_DES),
    ("CAST5-CBC [RFC2144]", Encr::ENCR_CAST),
    ("BLOWFISH-CBC [RFC2451]", Encr::ENCR_BLOWFISH),
    ("TWOFISH-CBC", Encr::TWOFISH_CBC),
    ("AES-GCM with 8 octet ICV [RFC4106]", Encr::ENCR_AES_GCM_8),
    ("AES-GCM with 12 octet ICV [RFC4106]", Encr::ENCR_AES_GCM_12),
    ("AES-GCM with 16 octet ICV [RFC4106]", Encr::ENCR_AES_GCM_16),
];

const ESP_INTEGRITY: [(&str, Integrity); 13] = [
    ("NULL", Integrity::NONE),
    (
        "HMAC-SHA-1-96 [RFC2404]",
        Integrity::Registered(Integ::AUTH_HMAC_SHA1_96),
    ),
    (
        "HMAC-SHA-256-96 [draft-ietf-ipsec-ciph-sha-256-00]",
        Integrity::HmacSha256_96,
    ),
    (
        "HMAC-SHA-256-128 [RFC4868]",
        Integrity::Registered(Integ::AUTH_HMAC_SHA2_256_128),
    ),
    (
        "HMAC-SHA-384-192 [RFC4868]",
        Integrity::Registered(Integ::AUTH_HMAC_SHA2_384_192),
    ),
    (
        "HMAC-SHA-512-256 [RFC4868]",
        Integrity::Registered(Integ::AUTH_HMAC_SHA2_512_256),
    ),
    (
        "HMAC-MD5-96 [RFC2403]",
        Integrity::Registered(Integ::AUTH_HMAC_MD5_96),
    ),
    ("MAC-RIPEMD-160-96 [RFC2857]", Integrity::HmacRipemd160_96),
    (
        "ANY 64 bit authentication [no checking]",
        Integrity::Unchecked { icv_octets: 8 },
    ),
    (
        "ANY 96 bit authentication [no checking]",
        Integrity::Unchecked { icv_octets: 12 },
    ),
    (
        "ANY 128 bit authentication [no checking]",
        Integrity::Unchecked { icv_octets: 16 },
    ),
    (
        "ANY 192 bit authentication [no checking]",
        Integrity::Unchecked { icv_octets: 24 },
    ),
    (
        "ANY 256 bit authentication [no checking]",
        Integrity::Unchecked { icv_octets: 32 },
    ),
];

/// Cipher of `ikev2_decryption_table`. Capitals do not matter here, in contrast to Wireshark:
/// strongSwan's save-keys plugin writes one name otherwise.
pub(crate) fn ikev2_encryption(name: &str) -> Option<Encryption> {
    let (_, algorithm, key_bits) = IKEV2_ENCRYPTION
        .into_iter()
        .find(|(known, ..)| known.eq_ignore_ascii_case(name))?;
    Some(Encryption {
        algorithm,
        key_bits,
    })
}

/// Integrity algorithm of `ikev2_decryption_table`.
pub(crate) fn ikev2_integrity(name: &str) -> Option<Integrity> {
    by_name(&IKEV2_INTEGRITY, name)
}

/// Cipher and integrity algorithm of `esp_sa`: the cipher's old name needs both to be understood.
pub(crate) fn esp_algorithms(cipher: &str, auth: &str) -> (Option<Encr>, Option<Integrity>) {
    let integrity = by_name(&ESP_INTEGRITY, auth);
    if !cipher.eq_ignore_ascii_case(OLD_GCM) {
        return (by_name(&ESP_ENCRYPTION, cipher), integrity);
    }
    match integrity {
        Some(Integrity::Unchecked { icv_octets: 8 }) => {
            (Some(Encr::ENCR_AES_GCM_8), Some(Integrity::NONE))
        }
        Some(Integrity::Unchecked { icv_octets: 12 }) => {
            (Some(Encr::ENCR_AES_GCM_12), Some(Integrity::NONE))
        }
        Some(Integrity::Unchecked { icv_octets: 16 } | Integrity::NONE) => {
            (Some(Encr::ENCR_AES_GCM_16), Some(Integrity::NONE))
        }
        _ => (None, integrity),
    }
}

/// What `ikev2_decryption_table` calls the cipher; `None` where Wireshark cannot decrypt it.
pub(crate) fn ikev2_encryption_name(encryption: Encryption) -> Option<&'static str> {
    IKEV2_ENCRYPTION
        .into_iter()
        .find(|(_, algorithm, key_bits)| {
            (*algorithm, *key_bits) == (encryption.algorithm, encryption.key_bits)
        })
        .map(|(name, ..)| name)
}

/// What `ikev2_decryption_table` calls the integrity algorithm.
pub(crate) fn ikev2_integrity_name(integrity: Integrity) -> Option<&'static str> {
    name_of(&IKEV2_INTEGRITY, integrity)
}

/// What `esp_sa` calls the cipher.
pub(crate) fn esp_encryption_name(algorithm: Encr) -> Option<&'static str> {
    name_of(&ESP_ENCRYPTION, algorithm)
}

/// What `esp_sa` calls the integrity algorithm.
pub(crate) fn esp_integrity_name(integrity: Integrity) -> Option<&'static str> {
    name_of(&ESP_INTEGRITY, integrity)
}

fn by_name<T: Copy>(table: &[(&str, T)], name: &str) -> Option<T> {
    table
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, value)| *value)
}

fn name_of<T: Copy + PartialEq>(table: &[(&'static str, T)], value: T) -> Option<&'static str> {
    table
        .iter()
        .find(|(_, known)| *known == value)
        .map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_and_written() {
        for (name, algorithm, key_bits) in IKEV2_ENCRYPTION {
            let encryption = Encryption {
                algorithm,
                key_bits,
            };
            assert_eq!(ikev2_encryption(name), Some(encryption));
            assert_eq!(ikev2_encryption_name(encryption), Some(name));
        }
        for (name, integrity) in IKEV2_INTEGRITY {
            assert_eq!(ikev2_integrity(name), Some(integrity));
            assert_eq!(ikev2_integrity_name(integrity), Some(name));
        }
        for (name, algorithm) in ESP_ENCRYPTION {
            assert_eq!(esp_algorithms(name, "NULL").0, Some(algorithm));
            assert_eq!(esp_encryption_name(algorithm), Some(name));
        }
        for (name, integrity) in ESP_INTEGRITY {
            assert_eq!(esp_algorithms("NULL", name).1, Some(integrity));
            assert_eq!(esp_integrity_name(integrity), Some(name));
        }
    }

    #[test]
    fn the_old_name_of_gcm_takes_its_icv_from_the_authentication() {
        // What the save-keys plugin of strongSwan 5.9 writes for aes256gcm16 and aes256gcm8.
        let sixteen = esp_algorithms(OLD_GCM, "ANY 128 bit authentication [no checking]");
        assert_eq!(
            sixteen,
            (Some(Encr::ENCR_AES_GCM_16), Some(Integrity::NONE))
        );
        let eight = esp_algorithms(OLD_GCM, "ANY 64 bit authentication [no checking]");
        assert_eq!(eight, (Some(Encr::ENCR_AES_GCM_8), Some(Integrity::NONE)));
    }

    #[test]
    fn reads_the_spelling_of_the_save_keys_plugin() {
        assert_eq!(
            esp_algorithms("TripleDes-CBC [RFC2451]", "NULL").0,
            Some(Encr::ENCR_3DES)
        );
    }
}
