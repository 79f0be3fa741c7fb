//! Every number of the shared tables has its name here, and every range its kind.
#![expect(
    clippy::unwrap_used,
    reason = "a table that cannot be read fails the test"
)]

mod tables;

use std::collections::BTreeSet;
use std::fs;
use std::ops::RangeInclusive;

use ikescope_wire::iana::ikev1::{self, gdoi};
use ikescope_wire::iana::{self, HeaderFlag, Range};
use ikescope_wire::vendor_id::{SeenIn, VendorIdentity};
use ikescope_wire::win32_error::Win32Error;
use tables::{Row, directory, rows};

/// How a table spells the names of a registry.
#[derive(Clone, Copy)]
enum Spelling {
    /// As we do.
    Same,
    /// With a remark in brackets behind some names.
    WithRemark,
    /// With our short notation in brackets behind the long name.
    WithNotation,
    /// With our short notation in a column of its own; the long name where that is empty.
    ShortColumn,
}

impl Spelling {
    /// Whether `ours` is what `row` calls its number.
    fn accepts(self, ours: &str, row: &Row) -> bool {
        let name = row.cell("name");
        let bracket = name
            .strip_suffix(')')
            .and_then(|name| name.rsplit_once(" ("));
        ours == name
            || match self {
                Self::Same => false,
                Self::WithRemark => bracket.is_some_and(|(before, _)| ours == before),
                Self::WithNotation => bracket.is_some_and(|(_, inside)| ours == inside),
                Self::ShortColumn => ours == row.cell("short"),
            }
    }
}

/// Names that differ from the table's by more than a [`Spelling`]: file, number, ours, why.
const RENAMED: &[(&str, u64, &str, &str)] = &[
    (
        "ikev2_payload_types.tsv",
        40,
        "Nonce",
        "one type, whoever sends it",
    ),
    (
        "ikev2_payload_types.tsv",
        132,
        "IKE fragment",
        "the table's (frag) is no name",
    ),
    (
        "ikev1_payload_types.tsv",
        15,
        "SAK",
        "assigned; NAT-D of some drafts clashes with it",
    ),
    (
        "ikev1_payload_types.tsv",
        16,
        "SAT",
        "assigned; NAT-OA of some drafts clashes with it",
    ),
    (
        "ikev1_exchange_types.tsv",
        6,
        "Transaction",
        "the remark tells its uses",
    ),
];

/// Rows that say nothing of a single number of ours: file, value, why.
const OVERRULED: &[(&str, &str, &str)] = &[
    (
        "ikev2_exchange_types.tsv",
        "0-33",
        "these are the exchange types of IKEv1",
    ),
    (
        "ikev1_exchange_types.tsv",
        "34-239",
        "these are the exchange types of IKEv2",
    ),
    (
        "ikev1_notify.tsv",
        "8192-16383",
        "divided by the rows below it",
    ),
];

/// Tables that hold no registry of wire numbers: file, why.
const EXCLUDED: &[(&str, &str)] = &[
    (
        "ports_and_markers.tsv",
        "ports and markers, see the tests of `encapsulation`",
    ),
    (
        "vendor_id_ordering.tsv",
        "orders of vendor IDs, not numbers",
    ),
    ("vendor_proposals.tsv", "default proposals of products"),
    ("windows_events.tsv", "Windows event IDs"),
    ("windows_hresults.tsv", "Windows error codes"),
    ("windows_ras_errors.tsv", "Windows error codes"),
];

/// Tables that a test of their own compares.
const ELSEWHERE: &[&str] = &[
    "ikev1_notify_ranges.tsv",
    "isakmp_header_flags.tsv",
    "vendor_ids.tsv",
    "windows_ipsec_errors.tsv",
];

/// A registry of ours and the tables that it is compared with.
struct Registry {
    type_name: &'static str,
    files: &'static [&'static str],
    spelling: Spelling,
    known: Vec<(u64, &'static str)>,
    name: fn(u64) -> Option<&'static str>,
    range: fn(u64) -> Option<Range>,
    deprecated_by: fn(u64) -> Option<&'static str>,
}

macro_rules! registries {
    ($( $spelling:ident $($segment:ident)::+ [$($file:literal),*] )*) => {
        vec![$( registries!(@one $spelling, ($($segment)::+), [$($file),*]) ),*]
    };
    (@one $spelling:ident, ($($segment:ident)::+), [$($file:literal),*]) => {
        Registry {
            type_name: stringify!($($segment)::+),
            files: &[$($file),*],
            spelling: Spelling::$spelling,
            known: $($segment)::+::KNOWN.iter().map(|(known, name)| (known.0.into(), *name)).collect(),
            name: |value| $($segment)::+(value.try_into().unwrap()).name(),
            range: |value| $($segment)::+(value.try_into().unwrap()).range(),
            deprecated_by: |value| $($segment)::+(value.try_into().unwrap()).deprecated_by(),
        }
    };
}

fn registries() -> Vec<Registry> {
    registries! {
        Same iana::AuthMethod ["ikev2_auth_methods.tsv"]
        Same iana::CertEncoding ["ikev2_cert_encodings.tsv"]
        Same iana::ConfigurationType ["ikev2_cfg_types.tsv"]
        WithRemark iana::ConfigurationAttributeType ["ikev2_cfg_attrs.tsv"]
        Same iana::EapCode ["eap_codes.tsv"]
        Same iana::EapMethod ["eap_methods.tsv"]
        WithRemark iana::Encr ["ikev2_encr.tsv"]
        Same iana::ExchangeType ["ikev2_exchange_types.tsv", "ikev1_exchange_types.tsv"]
        Same iana::GatewayIdType ["ikev2_gateway_id_types.tsv"]
        Same iana::GroupControllerAuth ["ikev2_gcauth.tsv"]
        Same iana::GroupKeyBagAttributeType ["ikev2_group_key_bag_attrs.tsv"]
        Same iana::GsaAttributeType ["ikev2_gsa_attrs.tsv"]
        Same iana::GwpAttributeType ["ikev2_gwp_attrs.tsv"]
        Same iana::HashAlgorithm ["ikev2_hash_algorithms.tsv"]
        Same iana::IdType ["ikev2_id_types.tsv"]
        Same iana::Integ ["ikev2_integ.tsv"]
        Same iana::IpcompTransform ["ikev2_ipcomp.tsv"]
        Same iana::KeyExchangeMethod ["ikev2_ke.tsv"]
        Same iana::KeyWrapAlgorithm ["ikev2_kwa.tsv"]
        Same iana::MemberKeyBagAttributeType ["ikev2_member_key_bag_attrs.tsv"]
        Same iana::NotifyType [
            "ikev2_notify_error.tsv", "ikev2_notify_status.tsv", "ikev2_notify_private.tsv"
        ]
        ShortColumn iana::PayloadType ["ikev2_payload_types.tsv"]
        Same iana::PpkIdType ["ikev2_ppk_id_types.tsv"]
        Same iana::Prf ["ikev2_prf.tsv"]
        Same iana::ProtocolId ["ikev2_protocol_ids.tsv"]
        WithNotation iana::RohcAttributeType ["ikev2_rohc_attrs.tsv"]
        Same iana::RohcProfile ["rohc_profiles.tsv"]
        Same iana::SecurePasswordMethod ["ikev2_secure_password_methods.tsv"]
        Same iana::SequenceNumbers ["ikev2_sn.tsv"]
        ShortColumn iana::TransformType ["ikev2_transform_types.tsv"]
        Same iana::AttributeType ["ikev2_transform_attributes.tsv"]
        Same iana::TsType ["ikev2_ts_types.tsv"]
        Same HeaderFlag []
        Same ikev1::AddressPreservation ["ikev1_address_preservation.tsv"]
        Same ikev1::AhTransform ["ikev1_ah_transforms.tsv"]
        Same ikev1::AuthAlgorithm ["ikev1_auth_algorithms.tsv"]
        Same ikev1::AuthMethod ["ikev1_auth_methods.tsv"]
        Same ikev1::CertEncoding ["ikev1_cert_types.tsv"]
        WithRemark ikev1::ConfigurationAttributeType ["ikev1_modecfg_attrs.tsv"]
        Same ikev1::ConfigurationType ["ikev1_modecfg_types.tsv"]
        Same ikev1::Doi ["ikev1_doi.tsv"]
        Same ikev1::EcnTunnel ["ikev1_ecn_tunnel.tsv"]
        Same ikev1::EncapsulationMode ["ikev1_encap_modes.tsv"]
        Same ikev1::EncryptionAlgorithm ["ikev1_encryption.tsv"]
        Same ikev1::EspTransform ["ikev1_esp_transforms.tsv"]
        Same ikev1::ExtendedSequenceNumber ["ikev1_esn.tsv"]
        Same ikev1::Group ["ikev1_groups.tsv"]
        Same ikev1::GroupType ["ikev1_group_types.tsv"]
        Same ikev1::HashAlgorithm ["ikev1_hash.tsv"]
        Same ikev1::IdType ["ikev1_id_types.tsv"]
        WithRemark ikev1::IkeAttribute ["ikev1_attr_classes.tsv"]
        Same ikev1::IpcompTransform ["ikev1_ipcomp_transforms.tsv"]
        WithRemark ikev1::IpsecAttribute ["ikev1_ipsec_attrs.tsv"]
        Same ikev1::IsakmpTransform ["ikev1_isakmp_transforms.tsv"]
        Same ikev1::LabeledDomain ["ikev1_labeled_domains.tsv"]
        Same ikev1::LifeType ["ikev1_life_types.tsv"]
        WithRemark ikev1::NotifyType ["ikev1_notify.tsv"]
        WithNotation ikev1::PayloadType ["ikev1_payload_types.tsv"]
        Same ikev1::ProtocolId ["ikev1_protocol_ids.tsv"]
        Same ikev1::SaDirection ["ikev1_sa_direction.tsv"]
        Same ikev1::SaLifeType ["ikev1_sa_life_types.tsv"]
        Same ikev1::SignatureEncoding ["ikev1_signature_encoding.tsv"]
        Same ikev1::Situation ["ipsec_situation.tsv"]
        Same ikev1::XauthType ["ikev1_xauth_types.tsv"]
        Same gdoi::GapAttribute []
        Same gdoi::KekAckRequested []
        Same gdoi::KekAlgorithm []
        Same gdoi::KekAttribute []
        Same gdoi::KekKeyAttribute []
        Same gdoi::KekManagementAlgorithm []
        Same gdoi::KeyDownloadType []
        Same gdoi::LkhKeyAttribute []
        Same gdoi::PopAlgorithm []
        Same gdoi::SidKeyAttribute []
        Same gdoi::SigAlgorithm []
        Same gdoi::SigHashAlgorithm []
        Same gdoi::TekAttribute []
        Same gdoi::TekKeyAttribute []
        Same gdoi::TekProtocolId []
    }
}

#[test]
fn known_numbers_ascend_without_duplicates() {
    for registry in registries() {
        for pair in registry.known.windows(2) {
            assert!(pair[0].0 < pair[1].0, "{}: {:?}", registry.type_name, pair);
        }
        for (number, name) in &registry.known {
            assert_eq!((registry.name)(*number), Some(*name));
        }
    }
}

#[test]
fn every_table_is_compared_or_excluded_with_a_reason() {
    let Some(directory) = directory() else { return };
    let mut expected: BTreeSet<&str> = ELSEWHERE.iter().copied().collect();
    expected.extend(EXCLUDED.iter().map(|(file, _)| *file));
    expected.extend(registries().iter().flat_map(|registry| registry.files));
    let found: BTreeSet<String> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|file| file.ends_with(".tsv"))
        .collect();
    assert_eq!(found, expected.into_iter().map(String::from).collect());
}

#[test]
fn every_row_has_its_name_or_its_range() {
    let Some(directory) = directory() else { return };
    let mut differences = Vec::new();
    let mut compared = 0;
    for registry in registries() {
        for file in registry.files {
            for row in rows(&directory, file) {
                compared += 1;
                if let Err(difference) = compare(&registry, file, &row) {
                    differences.push(format!("{file} {}: {difference}", row.cell("value")));
                }
            }
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert!(compared > 900, "only {compared} rows");
}

fn compare(registry: &Registry, file: &str, row: &Row) -> Result<(), String> {
    let overruled = OVERRULED
        .iter()
        .any(|(table, value, _)| (*table, *value) == (file, row.cell("value")));
    // A pattern over the high octet, as ROHC profiles have it, is no range of numbers.
    let Some(values) = row.values().filter(|_| !overruled) else {
        return Ok(());
    };
    match range_of(row) {
        Some(range) => match ends(values).find(|value| (registry.range)(*value) != Some(range)) {
            Some(value) => Err(format!("{value} is not {range:?}")),
            None => Ok(()),
        },
        None => compare_name(registry, file, row, *values.start()),
    }
}

/// Every number of a range, or so many from either end that a gap would show.
fn ends(values: RangeInclusive<u64>) -> impl Iterator<Item = u64> {
    let last = *values.end();
    values.take(1 << 16).chain([last])
}

/// The range that a row declares; none if it gives a name.
fn range_of(row: &Row) -> Option<Range> {
    let name = row.cell("name").to_lowercase();
    let is_range = row.cell("value").contains('-');
    match row.cell("status") {
        "reserved" => Some(Range::Reserved),
        "unassigned" => Some(Range::Unassigned),
        "private" if is_range => Some(Range::PrivateUse),
        "" if name == "reserved" => Some(Range::Reserved),
        "" if name == "private use" => Some(Range::PrivateUse),
        _ => None,
    }
}

fn compare_name(registry: &Registry, file: &str, row: &Row, value: u64) -> Result<(), String> {
    let ours = (registry.name)(value).ok_or("no name")?;
    let renamed = RENAMED
        .iter()
        .any(|(table, number, name, _)| (*table, *number, *name) == (file, value, ours));
    if !(renamed || registry.spelling.accepts(ours, row)) {
        return Err(format!("{ours:?} is not {:?}", row.cell("name")));
    }
    let status = row.cell("status");
    let deprecated = status
        .strip_prefix("deprecated (")
        .and_then(|s| s.strip_suffix(')'));
    if deprecated.is_some() && deprecated != (registry.deprecated_by)(value) {
        return Err(format!("not {status}"));
    }
    if status == "assigned" && (registry.deprecated_by)(value).is_some() {
        return Err(String::from("not deprecated"));
    }
    Ok(())
}

#[test]
fn ikev1_notify_types_keep_to_the_division_of_their_space() {
    let Some(directory) = directory() else { return };
    for row in rows(&directory, "ikev1_notify_ranges.tsv") {
        let (first, last) = row.cell("range").split_once(" - ").unwrap();
        let meaning = row.cell("meaning");
        for end in [first, last] {
            let notify_type = ikev1::NotifyType(end.parse().unwrap());
            assert_eq!(notify_type.is_error(), meaning.contains("Error"), "{end}");
            if meaning == "Private Use" {
                assert_eq!(notify_type.range(), Some(Range::PrivateUse), "{end}");
            }
            if meaning == "RESERVED" {
                assert_eq!(notify_type.range(), Some(Range::Reserved), "{end}");
            }
        }
    }
}

#[test]
fn notify_types_for_private_use_have_their_owner_and_class() {
    let Some(directory) = directory() else { return };
    for row in rows(&directory, "ikev2_notify_private.tsv") {
        let number = u16::try_from(*row.values().unwrap().start()).unwrap();
        let notify_type = iana::NotifyType(number);
        assert_eq!(
            notify_type.owner(),
            Some(row.cell("owner")),
            "{notify_type}"
        );
        assert_eq!(
            notify_type.is_error(),
            row.cell("class") == "error",
            "{notify_type}"
        );
    }
    assert_eq!(iana::NotifyType::TS_UNACCEPTABLE.owner(), None);
    assert_eq!(iana::NotifyType(65535).owner(), None);
}

#[test]
fn transform_ids_are_named_by_the_registry_of_their_type() {
    let names = [
        (iana::TransformType::ENCR, 20, Some("ENCR_AES_GCM_16")),
        (iana::TransformType::PRF, 5, Some("PRF_HMAC_SHA2_256")),
        (
            iana::TransformType::INTEG,
            12,
            Some("AUTH_HMAC_SHA2_256_128"),
        ),
        (iana::TransformType::KE, 14, Some("2048-bit MODP Group")),
        (iana::TransformType::ADDKE7, 36, Some("ml-kem-768")),
        (
            iana::TransformType::ESN,
            0,
            Some("32-bit Sequential Numbers"),
        ),
        (iana::TransformType::KWA, 4, Some("KW_ARX")),
        (iana::TransformType::GCAUTH, 1, Some("Implicit")),
        (iana::TransformType(15), 1, None),
    ];
    for (transform_type, id, name) in names {
        assert_eq!(transform_type.id_name(id), name, "{transform_type}");
    }
}

#[test]
fn header_flags_have_their_letters() {
    let Some(directory) = directory() else { return };
    let rows = rows(&directory, "isakmp_header_flags.tsv");
    // The critical bit is one of the payload header, not of the flags octet.
    let of_header = rows.iter().filter(|row| row.cell("ike") != "v2 payload");
    let letters = of_header.map(|row| {
        let bit = row.cell("bit").strip_prefix("0x").unwrap();
        let flag = HeaderFlag(u8::from_str_radix(bit, 16).unwrap());
        assert_eq!(flag.name(), Some(row.cell("name")));
    });
    assert_eq!(letters.count(), HeaderFlag::KNOWN.len());
}

#[test]
fn every_vendor_id_is_recognised() {
    let Some(directory) = directory() else { return };
    for row in rows(&directory, "vendor_ids.tsv") {
        let octets = hex::decode(row.cell("hex")).unwrap();
        let mut body = octets.clone();
        if row.cell("match") == "prefix" {
            let announced = row.cell("total_len").parse().unwrap_or(0);
            body.resize(announced.max(octets.len() + 1), 0xee);
        }
        let identity = VendorIdentity::of(&body).unwrap();
        assert_eq!(identity.name, row.cell("name"));
        let anonymous = matches!(row.cell("vendor"), "generic" | "unknown");
        assert_eq!(identity.vendor, (!anonymous).then_some(row.cell("vendor")));
        assert_eq!(identity.trailer, &body[octets.len()..]);
        let seen_in = match row.cell("ike") {
            "v1" => SeenIn::IkeV1,
            "v2" => SeenIn::IkeV2,
            _ => SeenIn::Both,
        };
        assert_eq!(identity.seen_in, seen_in);
    }
}

#[test]
fn every_named_win32_error_of_the_table_has_its_name() {
    let Some(directory) = directory() else {
        return;
    };
    let rows = rows(&directory, "windows_ipsec_errors.tsv");
    assert!(!rows.is_empty());
    for row in rows {
        let name = row.cell("name");
        // Some codes have none, and one is a remark about Azure.
        if name.is_empty() || name.contains(' ') {
            continue;
        }
        let code: u32 = row.cell("code").parse().unwrap();
        assert_eq!(Win32Error(code).name(), Some(name), "{code}");
    }
}
