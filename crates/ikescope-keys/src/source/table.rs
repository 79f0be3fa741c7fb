//! Wireshark's tables of keys, which are CSV with quotes, and so what strongSwan's save-keys plugin
//! writes.
//!
//! ```text
//! ikev2_decryption_table  SPIi,SPIr,SK_ei,SK_er,"encryption",SK_ai,SK_ar,"integrity"
//! ikev1_decryption_table  initiator cookie,encryption key
//! esp_sa                  "IPv4","source","destination","0xSPI","encryption","0xkey","authentication","0xkey"
//! ```

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ikescope_wire::{Spi, SpiPair};

use super::Intake;
use crate::algorithm::Encryption;
use crate::secret::Secret;
use crate::store::{AddressPattern, EspKeys, Ikev1Keys, Ikev2Keys, Origin};
use crate::text::Line;
use crate::wireshark;

/// Which table.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Table {
    Ikev2,
    Ikev1,
    Esp,
}

impl Table {
    /// The table that this row belongs to, if it looks like one.
    pub(super) fn sniff(row: &str) -> Option<Self> {
        match fields(row).as_slice() {
            ["IPv4" | "IPv6", _, _, _, _, ..] => Some(Self::Esp),
            [spi_i, spi_r, _, _, _, _, _, _] if is_spi(spi_i) && is_spi(spi_r) => Some(Self::Ikev2),
            [cookie, key] if is_spi(cookie) && Secret::from_hex(key).is_ok() => Some(Self::Ikev1),
            _ => None,
        }
    }

    /// Reads a row.
    pub(super) fn row(self, line: &Line, intake: &mut Intake<'_>) {
        let fields = fields(&line.text);
        let origin = intake.origin(line.number);
        let read = match self {
            Self::Ikev2 => ikev2(&fields, origin).map(|keys| intake.ikev2(keys)),
            Self::Ikev1 => ikev1(&fields, origin).map(|keys| intake.ikev1(keys)),
            Self::Esp => esp(&fields, origin).map(|keys| intake.esp(keys)),
        };
        if let Err(reason) = read {
            intake.problem(line.number, reason);
        }
    }
}

/// Fields between commas outside of quotes, without the quotes.
fn fields(row: &str) -> Vec<&str> {
    let mut quoted = false;
    row.split(|character| {
        quoted ^= character == '"';
        character == ',' && !quoted
    })
    .map(|field| field.trim().trim_matches('"').trim())
    .collect()
}

fn is_spi(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|octet| octet.is_ascii_hexdigit())
}

fn ikev2(fields: &[&str], origin: Origin) -> Result<Ikev2Keys, String> {
    let [
        spi_i,
        spi_r,
        sk_ei,
        sk_er,
        encryption,
        sk_ai,
        sk_ar,
        integrity,
    ] = fields
    else {
        return Err(wrong_count(8, fields));
    };
    let encryption = wireshark::ikev2_encryption(encryption)
        .ok_or_else(|| format!("unknown encryption algorithm {encryption:?}"))?;
    let integrity = wireshark::ikev2_integrity(integrity)
        .ok_or_else(|| format!("unknown integrity algorithm {integrity:?}"))?;
    let keys = Ikev2Keys {
        spis: SpiPair {
            initiator: spi("initiator SPI", spi_i)?,
            responder: spi("responder SPI", spi_r)?,
        },
        sk_ei: hex("SK_ei", sk_ei)?,
        sk_er: hex("SK_er", sk_er)?,
        sk_ai: hex("SK_ai", sk_ai)?,
        sk_ar: hex("SK_ar", sk_ar)?,
        sk_d: None,
        sk_pi: None,
        sk_pr: None,
        encryption: Some(encryption),
        integrity: Some(integrity),
        origin,
    };
    fits("SK_ei", &keys.sk_ei, encryption)?;
    fits("SK_er", &keys.sk_er, encryption)?;
    Ok(keys)
}

fn ikev1(fields: &[&str], origin: Origin) -> Result<Ikev1Keys, String> {
    let [cookie, key] = fields else {
        return Err(wrong_count(2, fields));
    };
    Ok(Ikev1Keys {
        cookie_i: spi("initiator cookie", cookie)?,
        cookie_r: None,
        encryption_key: hex("encryption key", key)?,
        skeyid: None,
        skeyid_d: None,
        skeyid_a: None,
        skeyid_e: None,
        encryption: None,
        hash: None,
        origin,
    })
}

/// Newer versions of Wireshark add columns for the sequence number; they say nothing about keys.
fn esp(fields: &[&str], origin: Origin) -> Result<EspKeys, String> {
    let [
        family,
        source,
        destination,
        spi,
        cipher,
        key,
        auth,
        auth_key,
        ..,
    ] = fields
    else {
        return Err(wrong_count(8, fields));
    };
    let (algorithm, integrity) = wireshark::esp_algorithms(cipher, auth);
    let algorithm = algorithm
        .ok_or_else(|| format!("unknown encryption algorithm {cipher:?} with {auth:?}"))?;
    let integrity =
        integrity.ok_or_else(|| format!("unknown authentication algorithm {auth:?}"))?;
    let encryption_key = esp_key("encryption key", key)?;
    let encryption = Encryption::of_material(algorithm, encryption_key.len())
        .ok_or("the encryption key is shorter than its salt")?;
    Ok(EspKeys {
        source: address(family, source)?,
        destination: address(family, destination)?,
        spi: esp_spi(spi)?,
        encryption_key,
        integrity_key: esp_key("authentication key", auth_key)?,
        encryption: Some(encryption),
        integrity: Some(integrity),
        extended_sequence_numbers: None,
        origin,
    })
}

fn wrong_count(expected: usize, fields: &[&str]) -> String {
    format!("expected {expected} fields, found {}", fields.len())
}

fn hex(field: &str, digits: &str) -> Result<Secret, String> {
    Secret::from_hex(digits).map_err(|error| format!("{field}: {error}"))
}

fn spi(field: &str, digits: &str) -> Result<Spi, String> {
    super::spi(digits).ok_or_else(|| format!("{field}: expected 16 hex digits, found {digits:?}"))
}

fn fits(field: &str, secret: &Secret, encryption: Encryption) -> Result<(), String> {
    let (expected, found) = (encryption.material_octets(), secret.len());
    if expected == found {
        return Ok(());
    }
    Err(format!(
        "{field}: {encryption} takes {expected} octets, found {found}"
    ))
}

/// A key of `esp_sa`: hex behind `0x`, where an odd number of digits lacks a zero in front; else the
/// characters themselves.
fn esp_key(field: &str, text: &str) -> Result<Secret, String> {
    let Some(digits) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) else {
        return Ok(Secret::new(text.as_bytes().to_vec()));
    };
    if digits.len().is_multiple_of(2) {
        hex(field, digits)
    } else {
        hex(field, &zeroize::Zeroizing::new(format!("0{digits}")))
    }
}

fn esp_spi(text: &str) -> Result<Option<u32>, String> {
    if text == "*" {
        return Ok(None);
    }
    let number = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => text.parse(),
    };
    match number {
        Ok(number) => Ok(Some(number)),
        Err(_) => Err(format!("SPI: expected 0x and hex digits, found {text:?}")),
    }
}

/// `*`, an address, a prefix such as `192.0.2.0/24`, or an IPv4 address that ends in stars.
fn address(family: &str, text: &str) -> Result<AddressPattern, String> {
    let wrong = || format!("expected an address, a prefix or *, found {text:?}");
    if text == "*" || text.is_empty() {
        let address = match family {
            "IPv6" => IpAddr::from(Ipv6Addr::UNSPECIFIED),
            _ => IpAddr::from(Ipv4Addr::UNSPECIFIED),
        };
        return Ok(AddressPattern::Prefix { address, bits: 0 });
    }
    if let Some((head, _)) = text.split_once(".*") {
        let given = head.split('.').count();
        let padded = format!("{head}{}", ".0".repeat(4_usize.saturating_sub(given)));
        let address = padded.parse().map_err(|_| wrong())?;
        let bits = u8::try_from(given.saturating_mul(8)).map_err(|_| wrong())?;
        return Ok(AddressPattern::Prefix { address, bits });
    }
    let (address, bits) = text
        .split_once('/')
        .map_or((text, None), |(address, bits)| (address, Some(bits)));
    let address: IpAddr = address.parse().map_err(|_| wrong())?;
    let Some(bits) = bits else {
        return Ok(AddressPattern::exactly(address));
    };
    let bits = bits.parse().map_err(|_| wrong())?;
    Ok(AddressPattern::Prefix { address, bits })
}
