//! Names of algorithms as programs spell them.

use ikescope_wire::iana::ikev1::HashAlgorithm;
use ikescope_wire::iana::{Encr, Integ};

/// The cipher of this name in any of the spellings of IANA, strongSwan, libreswan and FortiOS:
/// `ENCR_AES_CBC`, `AES_GCM_16`, `3DES_CBC`.
pub(crate) fn encr(name: &str) -> Option<Encr> {
    let name = name.trim().to_ascii_uppercase().replace('-', "_");
    let bare = name
        .strip_prefix("ENCR_")
        .or_else(|| name.strip_prefix("ESP_"))
        .unwrap_or(&name);
    match bare {
        "DES_CBC" => return Some(Encr::ENCR_DES),
        "3DES_CBC" => return Some(Encr::ENCR_3DES),
        "AES" => return Some(Encr::ENCR_AES_CBC),
        "AES_GCM" => return Some(Encr::ENCR_AES_GCM_16),
        "CAST_CBC" | "CAST5_CBC" => return Some(Encr::ENCR_CAST),
        "BLOWFISH_CBC" => return Some(Encr::ENCR_BLOWFISH),
        "CHACHA20POLY1305" => return Some(Encr::ENCR_CHACHA20_POLY1305),
        _ => {}
    }
    let known = Encr::KNOWN
        .iter()
        .find(|(_, known)| known.strip_prefix("ENCR_").unwrap_or(known) == bare);
    known.map(|(encr, _)| *encr)
}

/// The integrity algorithm of this name, likewise: `AUTH_HMAC_SHA2_256_128`, `HMAC_SHA1_96`, `SHA`.
pub(crate) fn integ(name: &str) -> Option<Integ> {
    let name = name.trim().to_ascii_uppercase().replace('-', "_");
    let bare = name.strip_prefix("AUTH_").unwrap_or(&name);
    match bare {
        "NULL" => return Some(Integ::NONE),
        "MD5" | "HMAC_MD5" => return Some(Integ::AUTH_HMAC_MD5_96),
        "SHA" | "SHA1" | "HMAC_SHA" | "HMAC_SHA1" | "HMAC_SHA_96" => {
            return Some(Integ::AUTH_HMAC_SHA1_96);
        }
        "SHA256" | "SHA2_256" | "HMAC_SHA2_256" => return Some(Integ::AUTH_HMAC_SHA2_256_128),
        "SHA384" | "SHA2_384" | "HMAC_SHA2_384" => return Some(Integ::AUTH_HMAC_SHA2_384_192),
        "SHA512" | "SHA2_512" | "HMAC_SHA2_512" => return Some(Integ::AUTH_HMAC_SHA2_512_256),
        _ => {}
    }
    let known = Integ::KNOWN
        .iter()
        .find(|(_, known)| known.strip_prefix("AUTH_").unwrap_or(known) == bare);
    known.map(|(integ, _)| *integ)
}

/// The hash of IKEv1 of this name: `SHA2_256`, `sha256`, `MD5`.
pub(crate) fn hash(name: &str) -> Option<HashAlgorithm> {
    match name
        .trim()
        .to_ascii_uppercase()
        .replace(['-', '_'], "")
        .as_str()
    {
        "MD5" => Some(HashAlgorithm::MD5),
        "SHA" | "SHA1" => Some(HashAlgorithm::SHA),
        "SHA256" | "SHA2256" => Some(HashAlgorithm::SHA2_256),
        "SHA384" | "SHA2384" => Some(HashAlgorithm::SHA2_384),
        "SHA512" | "SHA2512" => Some(HashAlgorithm::SHA2_512),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_every_name_of_the_registries() {
        for (number, name) in Encr::KNOWN {
            assert_eq!(encr(name), Some(*number), "{name}");
        }
        for (number, name) in Integ::KNOWN {
            assert_eq!(integ(name), Some(*number), "{name}");
        }
    }

    #[test]
    fn knows_the_spellings_of_logs() {
        assert_eq!(encr("3DES_CBC"), Some(Encr::ENCR_3DES));
        assert_eq!(encr("aes-gcm"), Some(Encr::ENCR_AES_GCM_16));
        assert_eq!(encr("ESP_AES_CBC"), Some(Encr::ENCR_AES_CBC));
        assert_eq!(integ("AUTH_HMAC_SHA_96"), Some(Integ::AUTH_HMAC_SHA1_96));
        assert_eq!(integ("SHA2_512"), Some(Integ::AUTH_HMAC_SHA2_512_256));
        assert_eq!(hash("SHA2_256"), Some(HashAlgorithm::SHA2_256));
        assert_eq!(
            (encr("rot13"), integ("crc"), hash("crc")),
            (None, None, None)
        );
    }
}
