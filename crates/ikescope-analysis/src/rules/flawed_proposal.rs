//! A proposal that standards forbid, or that peers stumble over.

use ikescope_wire::iana::ikev1::EncryptionAlgorithm;
use ikescope_wire::iana::{Encr, KeyExchangeMethod, KeyLengthAttribute, TransformType};

use crate::attempt::Attempt;
use crate::finding::{Confidence, Finding, Severity};
use crate::negotiation::{Flight, Role};
use crate::proposal::{Kind, Transform};
use crate::record::KeyExchange;
use crate::words::{octets, sent};

declare_rule! {
    /// ## What it means
    /// A proposal for the IKE SA breaks a rule of its standard, so that strict peers refuse it or the
    /// whole list; or the list is so long that some peers do not read to its end.
    /// ## Why it happens
    /// A cipher of several key lengths is configured without one; an integrity algorithm stands
    /// beside an AEAD cipher; integrity or PRF was left out; every algorithm that there is was
    /// switched on; or the public value has another size than its group has.
    /// ## How to confirm
    /// Read the proposal in the message named as evidence.
    /// ## How to fix
    /// Configure one or two whole suites, for example AES-GCM-256 with PRF SHA2-256 and group 19, or
    /// AES-CBC-256 with SHA2-256 and group 14.
    /// ## References
    /// RFC 7296 §3.3, §3.3.3, §3.3.5, §3.4; RFC 5282 §8; RFC 3602 §5.1.
    "IKE212" "flawed-proposal": Warning, since "0.1.0",
    "AES without key length, AEAD with integrity, more than 8 proposals, and the like",
    Attempt(check)
}

/// Some peers look at so many proposals and no further.
const READ_EVERYWHERE: usize = 8;

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    [Role::Initiator, Role::Responder]
        .into_iter()
        .find_map(|role| flawed(attempt, role))
}

fn flawed(attempt: &Attempt<'_>, role: Role) -> Option<Finding> {
    let flight = attempt
        .negotiation
        .flights_of(role)
        .find(|flight| !flight.facts.transforms.is_empty())?;
    let facts = &flight.facts;
    if facts.captured < facts.length || !facts.errors.is_empty() {
        return None;
    }
    let proposals: Vec<&[Transform]> = facts
        .transforms
        .chunk_by(|one, other| one.proposal == other.proposal)
        .collect();
    let mut flaws: Vec<String> = Vec::new();
    for proposal in &proposals {
        for flaw in flaws_of(proposal) {
            if !flaws.contains(&flaw) {
                flaws.push(flaw);
            }
        }
    }
    flaws.extend(facts.key_exchange.and_then(|value| wrong_size(value, role)));
    let severity = if flaws.is_empty() {
        Severity::Info
    } else {
        Severity::Warning
    };
    // What IKEv1 lists are the transforms of one proposal.
    if attempt.negotiation.ike_version != 1 && proposals.len() > READ_EVERYWHERE {
        flaws.push(format!(
            "{} proposals, of which some peers read {READ_EVERYWHERE}",
            proposals.len()
        ));
    }
    (!flaws.is_empty()).then(|| told(attempt, role, flight, &flaws).severity(severity))
}

fn told(attempt: &Attempt<'_>, role: Role, flight: &Flight, flaws: &[String]) -> Finding {
    let name = attempt.name(role);
    let title = format!("the proposal of {name} is unusual: {}.", flaws.join("; "));
    let primary = match flight.facts.sa_octets {
        Some(place) => octets(flight, place, flaws.join("; ")),
        None => sent(flight, flaws.join("; ")),
    };
    Finding::new(&RULE, Confidence::Stated, title, primary)
        .because("Strict peers refuse what the standard forbids, and say NO_PROPOSAL_CHOSEN.")
        .next(format!("Configure one or two whole suites at {name}."))
}

/// What is wrong with one proposal.
fn flaws_of(proposal: &[Transform]) -> Vec<String> {
    let mut flaws = Vec::new();
    for transform in proposal {
        let needs_length = cipher(transform).and_then(Encr::key_length_attribute)
            == Some(KeyLengthAttribute::Required);
        if needs_length && transform.key_length.is_none() {
            flaws.push(format!("{} without a key length", transform.plain_name()));
        }
    }
    let of = |kind| {
        proposal
            .iter()
            .filter(move |one| one.kind == Kind::V2(kind))
    };
    let ciphers = || of(TransformType::ENCR).map(|one| Encr(one.id));
    if ciphers().next().is_none() {
        return flaws;
    }
    let has_integrity = of(TransformType::INTEG).any(|one| one.id != 0);
    if has_integrity && ciphers().any(Encr::is_aead) {
        flaws.push("an AEAD cipher beside integrity".to_owned());
    }
    if !has_integrity && ciphers().any(|encr| !encr.is_aead()) {
        flaws.push("a cipher without integrity".to_owned());
    }
    if of(TransformType::PRF).next().is_none() {
        flaws.push("no PRF".to_owned());
    }
    flaws
}

/// The cipher in the registry of IKEv2.
fn cipher(transform: &Transform) -> Option<Encr> {
    match transform.kind {
        Kind::V2(TransformType::ENCR) => Some(Encr(transform.id)),
        Kind::V1Encryption => EncryptionAlgorithm(transform.id).encr(),
        _ => None,
    }
}

/// A public value that does not have the size of its group.
fn wrong_size(value: KeyExchange, role: Role) -> Option<String> {
    let group = value.group?;
    let sizes = KeyExchangeMethod(group).public_value_octets()?;
    let expected = match role {
        Role::Initiator => sizes.initiator,
        Role::Responder => sizes.responder,
    };
    (usize::from(value.octets) != expected)
        .then(|| format!("{} octets of public value for group {group}", value.octets))
}
