//! FortiOS names of algorithms and messages, and the numbers of their registries.

use ikescope_wire::iana::{ExchangeType, NotifyType, TransformType};
use ikescope_wire::statement::StatedKind;

/// A transform by the words of the log: what it is about, and which one it is.
pub(super) fn transform(kind: &str, value: &str) -> Option<(StatedKind, u16)> {
    let of = |kind: StatedKind, table: &[(&str, u16)]| {
        let found = table.iter().find(|(name, _)| *name == value)?;
        Some((kind, found.1))
    };
    match kind {
        "ENCR" => of(StatedKind::V2(TransformType::ENCR), ENCR),
        "trans_id" => {
            let value = value.strip_prefix("ESP_")?;
            let found = ENCR.iter().find(|(name, _)| *name == value)?;
            Some((StatedKind::V2(TransformType::ENCR), found.1))
        }
        "INTEGR" | "AUTH_ALG" => of(StatedKind::V2(TransformType::INTEG), INTEG),
        "PRF" => of(StatedKind::V2(TransformType::PRF), PRF),
        "DH_GROUP" => of(StatedKind::V2(TransformType::KE), GROUP),
        "ESN" => of(StatedKind::V2(TransformType::ESN), &[("NO", 0), ("YES", 1)]),
        "OAKLEY_ENCRYPT_ALG" => of(StatedKind::V1Encryption, V1_ENCRYPTION),
        "OAKLEY_HASH_ALG" => of(StatedKind::V1Hash, V1_HASH),
        "AUTH_METHOD" => of(StatedKind::V1Authentication, V1_AUTHENTICATION),
        "OAKLEY_GROUP" => of(StatedKind::V1Group, GROUP),
        _ => None,
    }
}

/// An IKEv2 exchange by the name that the log gives its messages, and whether it is the response.
pub(super) fn ikev2_exchange(name: &str) -> Option<(ExchangeType, bool)> {
    let name = name.strip_prefix("RETRANSMIT_").unwrap_or(name);
    let (name, is_response) = match name.strip_suffix("_RESPONSE") {
        Some(name) => (name, true),
        None => (name, false),
    };
    let exchange_type = match name {
        "SA_INIT" => ExchangeType::IKE_SA_INIT,
        "AUTH" => ExchangeType::IKE_AUTH,
        "CREATE_CHILD" => ExchangeType::CREATE_CHILD_SA,
        "INFORMATIONAL" => ExchangeType::INFORMATIONAL,
        "INTERMEDIATE" => ExchangeType::IKE_INTERMEDIATE,
        _ => return None,
    };
    Some((exchange_type, is_response))
}

/// An IKEv1 exchange by its name, or by that of a message of it.
pub(super) fn ikev1_exchange(name: &str) -> Option<ExchangeType> {
    let begins = |mark: &str| name.starts_with(mark);
    Some(match name {
        "Identity Protection" | "P1_RETRANSMIT" => ExchangeType::IDENTITY_PROTECTION,
        "Aggressive" => ExchangeType::AGGRESSIVE,
        "Informational" | "R-U-THERE" | "R-U-THERE-ACK" => ExchangeType::INFORMATIONAL_V1,
        "Quick" | "P2_RETRANSMIT" => ExchangeType::QUICK_MODE,
        "Mode config" | "Transaction" => ExchangeType::TRANSACTION,
        _ if begins("ident_") => ExchangeType::IDENTITY_PROTECTION,
        _ if begins("agg_") => ExchangeType::AGGRESSIVE,
        _ if begins("quick_") => ExchangeType::QUICK_MODE,
        _ if begins("cfg_") => ExchangeType::TRANSACTION,
        _ if name.contains("notify") || name.contains("delete") => ExchangeType::INFORMATIONAL_V1,
        _ => return None,
    })
}

/// A notification by its name, if it reports an error. IKEv1 writes dashes where IKEv2 writes lines.
pub(super) fn error_notify(name: &str) -> Option<NotifyType> {
    let is_same = |known: &str| {
        let mut pairs = known.bytes().zip(name.bytes());
        known.len() == name.len()
            && pairs.all(|(known, said)| known == said || (known, said) == (b'_', b'-'))
    };
    let mut errors = NotifyType::KNOWN
        .iter()
        .filter(|(number, _)| number.is_error());
    errors
        .find(|(_, known)| is_same(known))
        .map(|(number, _)| *number)
}

const ENCR: &[(&str, u16)] = &[
    ("DES_CBC", 2),
    ("DES", 2),
    ("3DES_CBC", 3),
    ("3DES", 3),
    ("NULL", 11),
    ("AES_CBC", 12),
    ("AES_CTR", 13),
    ("AES_GCM_8", 18),
    ("AES_GCM_12", 19),
    ("AES_GCM_16", 20),
    ("CHACHA20_POLY1305", 28),
];

const INTEG: &[(&str, u16)] = &[
    ("NULL", 0),
    ("AUTH_HMAC_MD5_96", 1),
    ("MD5", 1),
    ("AUTH_HMAC_SHA_96", 2),
    ("AUTH_HMAC_SHA1_96", 2),
    ("SHA", 2),
    ("SHA1", 2),
    ("AUTH_HMAC_SHA2_256_128", 12),
    ("SHA256", 12),
    ("SHA2_256", 12),
    ("AUTH_HMAC_SHA2_384_192", 13),
    ("SHA384", 13),
    ("SHA2_384", 13),
    ("AUTH_HMAC_SHA2_512_256", 14),
    ("SHA512", 14),
    ("SHA2_512", 14),
];

const PRF: &[(&str, u16)] = &[
    ("PRF_HMAC_MD5", 1),
    ("PRF_HMAC_SHA", 2),
    ("PRF_HMAC_SHA1", 2),
    ("PRF_AES128_XCBC", 4),
    ("PRF_HMAC_SHA2_256", 5),
    ("PRF_HMAC_SHA2_384", 6),
    ("PRF_HMAC_SHA2_512", 7),
];

/// The numbers are the same in both versions of IKE.
const GROUP: &[(&str, u16)] = &[
    ("MODP768", 1),
    ("MODP1024", 2),
    ("MODP1536", 5),
    ("MODP2048", 14),
    ("MODP3072", 15),
    ("MODP4096", 16),
    ("MODP6144", 17),
    ("MODP8192", 18),
    ("ECP256", 19),
    ("ECP384", 20),
    ("ECP521", 21),
    ("ECP224BP", 27),
    ("ECP256BP", 28),
    ("ECP384BP", 29),
    ("ECP512BP", 30),
    ("CURVE25519", 31),
    ("CURVE448", 32),
];

const V1_ENCRYPTION: &[(&str, u16)] = &[
    ("DES_CBC", 1),
    ("3DES_CBC", 5),
    ("AES_CBC", 7),
    ("CAMELLIA_CBC", 8),
];

const V1_HASH: &[(&str, u16)] = &[
    ("MD5", 1),
    ("SHA", 2),
    ("SHA1", 2),
    ("SHA2_256", 4),
    ("SHA2_384", 5),
    ("SHA2_512", 6),
];

const V1_AUTHENTICATION: &[(&str, u16)] = &[
    ("PRESHARED_KEY", 1),
    ("DSS_SIG", 2),
    ("RSA_SIG", 3),
    ("PRESHARED_KEY_XAUTH_I", 65001),
    ("PRESHARED_KEY_XAUTH_R", 65002),
    ("RSA_SIG_XAUTH_I", 65005),
    ("RSA_SIG_XAUTH_R", 65006),
];
