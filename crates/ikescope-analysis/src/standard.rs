//! What the standards say of an algorithm: RFC 8247 for IKE, RFC 8221 for ESP, RFC 9395 for what is
//! deprecated altogether.

use ikescope_wire::iana::ikev1::{EncryptionAlgorithm, Group, HashAlgorithm};
use ikescope_wire::iana::{Encr, Integ, KeyExchangeMethod, Prf, Requirement, TransformType};

use crate::proposal::{Kind, Transform};

/// The number of an algorithm in the registries of IKEv2, whichever version offers it: the levels
/// are those of IKEv2.
enum Algorithm {
    Encr(Encr),
    Prf(Prf),
    Integ(Integ),
    Group(KeyExchangeMethod),
}

impl Algorithm {
    fn of(transform: &Transform) -> Option<Self> {
        let id = transform.id;
        Some(match transform.kind {
            Kind::V2(TransformType::ENCR) => Self::Encr(Encr(id)),
            Kind::V2(TransformType::PRF) => Self::Prf(Prf(id)),
            // A choice of no integrity stands beside an AEAD cipher (RFC 7296 §3.3.3).
            Kind::V2(TransformType::INTEG) if id != 0 => Self::Integ(Integ(id)),
            Kind::V2(TransformType::KE) => Self::Group(KeyExchangeMethod(id)),
            Kind::V1Encryption => Self::Encr(EncryptionAlgorithm(id).encr()?),
            Kind::V1Hash => Self::Prf(match HashAlgorithm(id) {
                HashAlgorithm::MD5 => Prf::PRF_HMAC_MD5,
                HashAlgorithm::SHA => Prf::PRF_HMAC_SHA1,
                HashAlgorithm::TIGER => Prf::PRF_HMAC_TIGER,
                HashAlgorithm::SHA2_256 => Prf::PRF_HMAC_SHA2_256,
                HashAlgorithm::SHA2_384 => Prf::PRF_HMAC_SHA2_384,
                HashAlgorithm::SHA2_512 => Prf::PRF_HMAC_SHA2_512,
                _ => return None,
            }),
            Kind::V1Group => Self::Group(Group(id).key_exchange_method()?),
            _ => return None,
        })
    }

    const fn ike_requirement(&self) -> Option<Requirement> {
        match self {
            Self::Encr(encr) => encr.ike_requirement(),
            Self::Prf(prf) => prf.ike_requirement(),
            Self::Integ(integ) => integ.ike_requirement(),
            Self::Group(group) => group.ike_requirement(),
        }
    }

    const fn esp_requirement(&self) -> Option<Requirement> {
        match self {
            Self::Encr(encr) => encr.esp_requirement(),
            _ => None,
        }
    }

    const fn deprecated_by(&self) -> Option<&'static str> {
        match self {
            Self::Encr(encr) => encr.deprecated_by(),
            Self::Prf(prf) => prf.deprecated_by(),
            Self::Integ(integ) => integ.deprecated_by(),
            Self::Group(group) => group.deprecated_by(),
        }
    }
}

/// Why an algorithm is not to be used any more: "MUST NOT, RFC 8247"; `None` if nothing says so.
pub(crate) fn retired(transform: &Transform) -> Option<String> {
    let algorithm = Algorithm::of(transform)?;
    let refused = |level: &Requirement| *level <= Requirement::ShouldNot;
    let levels = [
        (algorithm.ike_requirement(), "RFC 8247"),
        (algorithm.esp_requirement(), "RFC 8221"),
    ];
    let told = levels
        .into_iter()
        .find_map(|(level, rfc)| Some(format!("{}, {rfc}", level.filter(refused)?)));
    told.or_else(|| Some(format!("deprecated, {}", algorithm.deprecated_by()?)))
}

/// How much an algorithm is to be wanted beside others of its kind, the most wanted last. What no
/// RFC speaks of counts as a MAY.
pub(crate) fn worth(transform: &Transform) -> (bool, Requirement, u16) {
    let level = Algorithm::of(transform).and_then(|algorithm| algorithm.ike_requirement());
    (
        retired(transform).is_none(),
        level.unwrap_or(Requirement::May),
        transform.key_length.unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transform(kind: Kind, id: u16) -> Transform {
        Transform {
            proposal: 1,
            protocol_id: 1,
            kind,
            id,
            key_length: None,
        }
    }

    /// RFC 8247 §2.1 to §2.4, RFC 8221 §5, RFC 9395 §4 (the registries' columns).
    #[test]
    fn names_the_level_and_the_rfc() {
        let why = |kind, id| retired(&transform(kind, id));
        let v2 = Kind::V2;
        assert_eq!(
            why(v2(TransformType::KE), 2).as_deref(),
            Some("SHOULD NOT, RFC 8247")
        );
        assert_eq!(
            why(v2(TransformType::KE), 22).as_deref(),
            Some("MUST NOT, RFC 8247")
        );
        assert_eq!(
            why(v2(TransformType::ENCR), 2).as_deref(),
            Some("MUST NOT, RFC 8247")
        );
        // 3DES is a MAY for IKE and a SHOULD NOT for ESP.
        assert_eq!(
            why(v2(TransformType::ENCR), 3).as_deref(),
            Some("SHOULD NOT, RFC 8221")
        );
        assert_eq!(why(Kind::V1Encryption, 5), why(v2(TransformType::ENCR), 3));
        assert_eq!(
            why(v2(TransformType::INTEG), 1).as_deref(),
            Some("MUST NOT, RFC 8247")
        );
        for (kind, id) in [(TransformType::KE, 14), (TransformType::PRF, 2)] {
            assert_eq!(why(v2(kind), id), None);
        }
        assert_eq!(why(v2(TransformType::INTEG), 0), None);
    }

    #[test]
    fn wants_what_is_not_retired() {
        let group = |id| worth(&transform(Kind::V2(TransformType::KE), id));
        assert!(group(14) > group(19) && group(19) > group(5) && group(5) > group(1));
        assert!(group(20) > group(2));
    }
}
