//! `ip xfrm state`: the kernel's own ESP SAs, keys included, whatever daemon negotiated them.
//!
//! ```text
//! src 192.0.2.10 dst 198.51.100.20
//!         proto esp spi 0x2fec8bbf reqid 16389 mode tunnel
//!         replay-window 0 flag af-unspec esn
//!         auth-trunc hmac(sha256) 0x5adda1c5... 128
//!         enc cbc(aes) 0x65545139...
//!         aead rfc4106(gcm(aes)) 0x... 128        (instead of auth-trunc and enc)
//! ```

use std::net::IpAddr;

use ikescope_wire::iana::{Encr, Integ};

use super::Intake;
use crate::algorithm::{Encryption, Integrity};
use crate::secret::Secret;
use crate::store::{AddressPattern, EspKeys};
use crate::text::Line;

/// Reads the list SA by SA.
#[derive(Default)]
pub(super) struct Reader {
    addresses: Option<(IpAddr, IpAddr)>,
    sa: Option<Sa>,
}

/// An SA as far as its lines were read.
struct Sa {
    line: u64,
    spi: u32,
    addresses: (IpAddr, IpAddr),
    encryption: Option<(Encr, Secret)>,
    integrity: Option<(Integrity, Secret)>,
    has_esn: bool,
}

impl Reader {
    pub(super) fn line(&mut self, line: &Line, intake: &mut Intake<'_>) {
        let words: Vec<&str> = line.text.split_whitespace().collect();
        match words.as_slice() {
            ["src", source, "dst", destination, ..] => {
                self.end(intake);
                self.addresses = source.parse().ok().zip(destination.parse().ok());
            }
            ["proto", "esp", "spi", spi, ..] => self.begin(line.number, spi),
            ["enc", cipher, key, ..] => self.cipher(cipher, key),
            ["aead", cipher, key, icv_bits, ..] => {
                self.cipher(&format!("{cipher} {icv_bits}"), key);
                self.auth(Some(Integrity::NONE), "");
            }
            ["auth-trunc", name, key, icv_bits, ..] => self.auth(integrity(name, icv_bits), key),
            ["auth", name, key, ..] => self.auth(integrity(name, "96"), key),
            ["replay-window", _, ..] | ["anti-replay", ..] => {
                if let Some(sa) = &mut self.sa {
                    sa.has_esn |= words.contains(&"esn");
                }
            }
            _ => {}
        }
    }

    pub(super) fn finish(mut self, intake: &mut Intake<'_>) {
        self.end(intake);
    }

    fn begin(&mut self, line: u64, spi: &str) {
        let digits = spi.strip_prefix("0x").unwrap_or(spi);
        if let (Some(addresses), Ok(spi)) = (self.addresses.take(), u32::from_str_radix(digits, 16))
        {
            self.sa = Some(Sa {
                line,
                spi,
                addresses,
                encryption: None,
                integrity: None,
                has_esn: false,
            });
        }
    }

    fn cipher(&mut self, name: &str, key: &str) {
        if let (Some(sa), Some(encr), Ok(key)) = (&mut self.sa, encr(name), Secret::from_hex(key)) {
            sa.encryption = Some((encr, key));
        }
    }

    fn auth(&mut self, integrity: Option<Integrity>, key: &str) {
        if let (Some(sa), Some(integrity), Ok(key)) =
            (&mut self.sa, integrity, Secret::from_hex(key))
        {
            sa.integrity = Some((integrity, key));
        }
    }

    fn end(&mut self, intake: &mut Intake<'_>) {
        let Some(sa) = self.sa.take() else {
            return;
        };
        let Some((algorithm, encryption_key)) = sa.encryption else {
            intake.problem(
                sa.line,
                format!("ESP SA {:08x}: no key of a known cipher", sa.spi),
            );
            return;
        };
        let (integrity, integrity_key) = match sa.integrity {
            Some((integrity, key)) => (Some(integrity), key),
            None => (None, Secret::default()),
        };
        intake.esp(EspKeys {
            source: AddressPattern::exactly(sa.addresses.0),
            destination: AddressPattern::exactly(sa.addresses.1),
            spi: Some(sa.spi),
            encryption: Encryption::of_material(algorithm, encryption_key.len()),
            encryption_key,
            integrity_key,
            integrity,
            extended_sequence_numbers: Some(sa.has_esn),
            origin: intake.origin(sa.line),
        });
    }
}

/// The kernel's name of a cipher; those of an AEAD with the bits of the ICV behind.
fn encr(name: &str) -> Option<Encr> {
    Some(match name {
        "cbc(aes)" => Encr::ENCR_AES_CBC,
        "rfc3686(ctr(aes))" => Encr::ENCR_AES_CTR,
        "cbc(des3_ede)" => Encr::ENCR_3DES,
        "cbc(des)" => Encr::ENCR_DES,
        "cbc(cast5)" => Encr::ENCR_CAST,
        "cbc(blowfish)" => Encr::ENCR_BLOWFISH,
        "cbc(camellia)" => Encr::ENCR_CAMELLIA_CBC,
        "cbc(serpent)" => Encr::SERPENT_CBC,
        "cbc(twofish)" => Encr::TWOFISH_CBC,
        "ecb(cipher_null)" | "cipher_null" => Encr::ENCR_NULL,
        "rfc4106(gcm(aes)) 64" => Encr::ENCR_AES_GCM_8,
        "rfc4106(gcm(aes)) 96" => Encr::ENCR_AES_GCM_12,
        "rfc4106(gcm(aes)) 128" => Encr::ENCR_AES_GCM_16,
        "rfc4309(ccm(aes)) 64" => Encr::ENCR_AES_CCM_8,
        "rfc4309(ccm(aes)) 96" => Encr::ENCR_AES_CCM_12,
        "rfc4309(ccm(aes)) 128" => Encr::ENCR_AES_CCM_16,
        "rfc4543(gcm(aes)) 128" => Encr::ENCR_NULL_AUTH_AES_GMAC,
        "rfc7539esp(chacha20,poly1305) 128" => Encr::ENCR_CHACHA20_POLY1305,
        _ => return None,
    })
}

fn integrity(name: &str, icv_bits: &str) -> Option<Integrity> {
    Some(match (name, icv_bits) {
        ("hmac(md5)", "96") => Integrity::Registered(Integ::AUTH_HMAC_MD5_96),
        ("hmac(md5)", "128") => Integrity::Registered(Integ::AUTH_HMAC_MD5_128),
        ("hmac(sha1)", "96") => Integrity::Registered(Integ::AUTH_HMAC_SHA1_96),
        ("hmac(sha1)", "160") => Integrity::Registered(Integ::AUTH_HMAC_SHA1_160),
        ("hmac(sha256)", "96") => Integrity::HmacSha256_96,
        ("hmac(sha256)", "128") => Integrity::Registered(Integ::AUTH_HMAC_SHA2_256_128),
        ("hmac(sha384)", "192") => Integrity::Registered(Integ::AUTH_HMAC_SHA2_384_192),
        ("hmac(sha512)", "256") => Integrity::Registered(Integ::AUTH_HMAC_SHA2_512_256),
        ("hmac(rmd160)", "96") => Integrity::HmacRipemd160_96,
        ("xcbc(aes)", "96") => Integrity::Registered(Integ::AUTH_AES_XCBC_96),
        ("cmac(aes)", "96") => Integrity::Registered(Integ::AUTH_AES_CMAC_96),
        ("digest_null", _) => Integrity::NONE,
        _ => return None,
    })
}
