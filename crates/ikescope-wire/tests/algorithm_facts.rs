//! Sizes and requirement levels of algorithms are those of the shared tables.
#![expect(
    clippy::unwrap_used,
    reason = "a table that cannot be read fails the test"
)]

mod tables;

use ikescope_wire::iana::ikev1::{self, EspTransform};
use ikescope_wire::iana::{
    AuthMethod, Encr, HashAlgorithm, Integ, KeyExchangeMethod, KeyLengthAttribute, Prf, Requirement,
};
use tables::{Row, directory, rows};

/// Calls `check` with each row of a table that is about one number.
fn each(file: &str, mut check: impl FnMut(u16, &Row)) {
    let Some(directory) = directory() else { return };
    for row in rows(&directory, file) {
        let values = row.values().unwrap();
        if values.start() == values.end() {
            check(u16::try_from(*values.start()).unwrap(), &row);
        }
    }
}

/// A size; none where the cell is empty.
fn size<T: std::str::FromStr>(row: &Row, column: &str) -> Option<T> {
    row.cell(column).parse().ok()
}

/// The level without the conditions behind it; none where it is nothing but conditions.
fn level(row: &Row, column: &str) -> Option<String> {
    let level = row.cell(column).split(" (").next().unwrap();
    (!level.is_empty() && !level.contains("with")).then(|| level.to_owned())
}

fn spelled(requirement: Option<Requirement>) -> Option<String> {
    requirement.map(|requirement| requirement.to_string())
}

fn key_length_rule(row: &Row) -> Option<KeyLengthAttribute> {
    match row.cell("key_length_attr").split(' ').next().unwrap() {
        "required" => Some(KeyLengthAttribute::Required),
        "optional" => Some(KeyLengthAttribute::Optional),
        "forbidden" => Some(KeyLengthAttribute::Forbidden),
        _ => None,
    }
}

#[test]
fn ciphers_have_the_sizes_and_levels_of_the_table() {
    each("ikev2_encr.tsv", |value, row| {
        let encr = Encr(value);
        assert_eq!(encr.block_octets(), size(row, "block_bytes"), "{encr:?}");
        assert_eq!(encr.iv_octets(), size(row, "iv_bytes"), "{encr:?}");
        // ENCR_3IDEA was never specified, but it is no AEAD.
        let icv_octets = size(row, "icv_bytes").or_else(|| (value == 8).then_some(0));
        assert_eq!(encr.icv_octets(), icv_octets, "{encr:?}");
        assert_eq!(
            encr.is_aead(),
            row.cell("kind").contains("aead"),
            "{encr:?}"
        );
        assert_eq!(
            encr.key_length_attribute(),
            key_length_rule(row),
            "{encr:?}"
        );
        assert_eq!(
            spelled(encr.ike_requirement()),
            level(row, "ike_level_rfc8247")
        );
        assert_eq!(
            spelled(encr.esp_requirement()),
            level(row, "esp_level_rfc8221")
        );
    });
}

#[test]
fn pseudorandom_functions_have_the_sizes_and_levels_of_the_table() {
    each("ikev2_prf.tsv", |value, row| {
        let prf = Prf(value);
        assert_eq!(prf.output_octets(), size(row, "output_bytes"), "{prf:?}");
        assert_eq!(
            spelled(prf.ike_requirement()),
            level(row, "ike_level_rfc8247")
        );
    });
}

#[test]
fn integrity_algorithms_have_the_sizes_and_levels_of_the_table() {
    each("ikev2_integ.tsv", |value, row| {
        let integ = Integ(value);
        assert_eq!(integ.icv_octets(), size(row, "icv_bytes"), "{integ:?}");
        assert_eq!(
            spelled(integ.ike_requirement()),
            level(row, "ike_level_rfc8247")
        );
        assert_eq!(
            spelled(integ.esp_requirement()),
            level(row, "esp_ah_level_rfc8221")
        );
    });
}

#[test]
fn key_exchange_methods_have_the_sizes_and_levels_of_the_table() {
    each("ikev2_ke.tsv", |value, row| {
        let method = KeyExchangeMethod(value);
        let octets = method.public_value_octets();
        assert_eq!(method.short_name(), Some(row.cell("short")), "{method:?}");
        assert_eq!(method.bits(), size(row, "bits"), "{method:?}");
        assert_eq!(
            octets.map(|octets| octets.initiator),
            size(row, "initiator_ke_bytes")
        );
        assert_eq!(
            octets.map(|octets| octets.responder),
            size(row, "responder_ke_bytes")
        );
        assert_eq!(
            spelled(method.ike_requirement()),
            level(row, "ike_level_rfc8247")
        );
    });
}

#[test]
fn authentication_methods_and_their_hashes_have_the_levels_of_the_table() {
    each("ikev2_auth_methods.tsv", |value, row| {
        let method = AuthMethod(u8::try_from(value).unwrap());
        assert_eq!(
            spelled(method.ike_requirement()),
            level(row, "ike_level_rfc8247")
        );
    });
    each("ikev2_hash_algorithms.tsv", |value, row| {
        let required = HashAlgorithm(value).ike_requirement();
        assert_eq!(
            spelled(required),
            level(row, "digital_signature_level_rfc8247")
        );
    });
}

#[test]
fn algorithms_of_ikev1_have_the_sizes_of_the_table() {
    each("ikev1_groups.tsv", |value, row| {
        let method = ikev1::Group(value).key_exchange_method();
        let octets = method.and_then(KeyExchangeMethod::public_value_octets);
        assert_eq!(
            octets.map(|octets| octets.initiator),
            size(row, "ke_bytes"),
            "{value}"
        );
    });
    each("ikev1_hash.tsv", |value, row| {
        let octets = ikev1::HashAlgorithm(value).output_octets();
        assert_eq!(octets, size(row, "output_bytes"), "{value}");
    });
    each("ikev1_auth_algorithms.tsv", |value, row| {
        let octets = ikev1::AuthAlgorithm(value).icv_octets();
        assert_eq!(octets, size(row, "icv_bytes"), "{value}");
    });
}

#[test]
fn ciphers_of_ikev1_are_those_of_ikev2() {
    each("ikev1_encryption.tsv", |value, row| {
        if let Some(encr) = ikev1::EncryptionAlgorithm(value).encr() {
            assert_eq!(
                encr.key_length_attribute(),
                key_length_rule(row),
                "{encr:?}"
            );
        }
    });
    each("ikev1_esp_transforms.tsv", |value, row| {
        let transform = EspTransform(u8::try_from(value).unwrap());
        if let Some(encr) = transform.encr() {
            let expected = transform
                .name()
                .unwrap()
                .replace('-', "_")
                .replace("ESP_", "");
            let expected = expected.split(' ').next().unwrap();
            assert!(
                encr.name().unwrap().contains(expected),
                "{transform:?} {encr:?}"
            );
            assert!(
                key_length_rule(row)
                    .is_none_or(|rule| { encr.key_length_attribute() == Some(rule) })
            );
        }
    });
}
