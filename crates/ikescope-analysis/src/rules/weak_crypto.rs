//! An algorithm that should not be in use any more.

use crate::attempt::Attempt;
use crate::finding::{Confidence, Finding};
use crate::negotiation::{Flight, Role};
use crate::standard::retired;
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
    let (role, does, (flight, weak)) = match weak_of(attempt, Role::Responder) {
        Some(chosen) => (Role::Responder, "chose", chosen),
        None => (
            Role::Initiator,
            "offers",
            weak_of(attempt, Role::Initiator)?,
        ),
    };
    let title = format!(
        "{} {does} what is retired: {}.",
        attempt.name(role),
        weak.join(", ")
    );
    let primary = match flight.facts.sa_octets {
        Some(place) => octets(flight, place, weak.join(", ")),
        None => sent(flight, weak.join(", ")),
    };
    Some(
        Finding::new(&RULE, Confidence::Stated, title, primary)
            .because(
                "RFC 8247, RFC 8221 and RFC 9395 say which algorithms are not to be used any more.",
            )
            .next(
                "Configure AES-GCM, or AES-CBC with SHA2, and group 14, 19, 20 or 31 on both \
                 sides.",
            ),
    )
}

/// The first SA in clear of this end and the names of what is retired in it, each with what says so.
fn weak_of<'a>(attempt: &Attempt<'a>, role: Role) -> Option<(&'a Flight, Vec<String>)> {
    let flight = attempt
        .negotiation
        .flights_of(role)
        .find(|flight| !flight.facts.transforms.is_empty())?;
    let mut names: Vec<String> = Vec::new();
    for transform in &flight.facts.transforms {
        let Some(why) = retired(transform) else {
            continue;
        };
        let group = if transform.is_group() { "group " } else { "" };
        let name = format!("{group}{} ({why})", transform.plain_name());
        if !names.contains(&name) {
            names.push(name);
        }
    }
    (!names.is_empty()).then_some((flight, names))
}
