//! An algorithm that should not be in use any more.

use ikescope_wire::iana::{Encr, Integ, KeyExchangeMethod, Prf, Requirement, TransformType, ikev1};

use crate::attempt::Attempt;
use crate::finding::{Confidence, Finding};
use crate::negotiation::{Flight, Role};
use crate::proposal::{Kind, Transform};
use crate::words::{octets, sent};

declare_rule! {
    /// ## What it means
    /// An algorithm is offered or chosen that an RFC retired: deprecated by RFC 9395, or MUST NOT or
    /// SHOULD NOT by RFC 8247.
    /// ## Why it happens
    /// Old defaults, or a peer that knows nothing better.
    /// ## How to confirm
    /// Read the proposals of both sides in this report.
    /// ## How to fix
    /// Configure AES-GCM or AES-CBC with SHA2, and group 14, 19, 20 or 31; take the old ones out.
    /// ## References
    /// RFC 8247 §2; RFC 9395 §4; RFC 8221 §5.
    "IKE901" "weak-crypto": Warning, since "0.1.0",
    "an algorithm that RFC 8247, 8221 or 9395 retired is offered or chosen",
    Attempt(check)
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    let (flight, weak) =
        weak_of(attempt, Role::Responder).or_else(|| weak_of(attempt, Role::Initiator))?;
    let chosen = flight.ends.source.ip() == attempt.name(Role::Responder);
    let (who, does) = if chosen {
        (attempt.name(Role::Responder), "chose")
    } else {
        (attempt.name(Role::Initiator), "offers")
    };
    let title = format!("{who} {does} what is retired: {}.", weak.join(", "));
    let primary = match flight.facts.sa_octets {
        Some(place) => octets(flight, place, weak.join(", ")),
        None => sent(flight, weak.join(", ")),
    };
    Some(
        Finding::new(&RULE, Confidence::Stated, title, primary)
            .because("RFC 8247 and RFC 9395 say which algorithms are not to be used any more.")
            .next(
                "Configure AES-GCM, or AES-CBC with SHA2, and group 14, 19, 20 or 31 on both \
                 sides.",
            ),
    )
}

/// The first SA in clear of this end and the names of what is retired in it.
fn weak_of<'a>(attempt: &Attempt<'a>, role: Role) -> Option<(&'a Flight, Vec<String>)> {
    let flight = attempt
        .negotiation
        .flights_of(role)
        .find(|flight| !flight.facts.transforms.is_empty())?;
    let mut names: Vec<String> = Vec::new();
    for transform in flight
        .facts
        .transforms
        .iter()
        .filter(|transform| is_retired(transform))
    {
        let name = transform.name();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    (!names.is_empty()).then_some((flight, names))
}

fn is_retired(transform: &Transform) -> bool {
    let id = transform.id;
    let levels = match transform.kind {
        Kind::V2(TransformType::ENCR) => [Encr(id).ike_requirement(), Encr(id).esp_requirement()],
        Kind::V2(TransformType::PRF) => [Prf(id).ike_requirement(), None],
        // A choice of no integrity stands beside an AEAD cipher (RFC 7296 §3.3.3).
        Kind::V2(TransformType::INTEG) if id != 0 => [Integ(id).ike_requirement(), None],
        Kind::V2(TransformType::KE) | Kind::V1Group => {
            [KeyExchangeMethod(id).ike_requirement(), None]
        }
        _ => [None, None],
    };
    let refused = |level| matches!(level, Some(Requirement::MustNot | Requirement::ShouldNot));
    levels.into_iter().any(refused) || is_deprecated(transform)
}

fn is_deprecated(transform: &Transform) -> bool {
    use ikev1::{EncryptionAlgorithm as Encryption, HashAlgorithm as Hash};
    let id = transform.id;
    match transform.kind {
        Kind::V2(TransformType::ENCR) => Encr(id).deprecated_by().is_some(),
        Kind::V2(TransformType::PRF) => Prf(id).deprecated_by().is_some(),
        Kind::V2(TransformType::INTEG) => Integ(id).deprecated_by().is_some(),
        // IKEv1 numbers the same ciphers anew; the levels are those of IKEv2.
        Kind::V1Encryption => matches!(
            Encryption(id),
            Encryption::DES_CBC
                | Encryption::IDEA_CBC
                | Encryption::BLOWFISH_CBC
                | Encryption::RC5_R16_B64_CBC
                | Encryption::TRIPLE_DES_CBC
                | Encryption::CAST_CBC
        ),
        Kind::V1Hash => matches!(Hash(id), Hash::MD5 | Hash::TIGER),
        _ => false,
    }
}
