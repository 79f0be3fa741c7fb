//! Why an end may not accept the other's credentials: what certificates and identities that were
//! decrypted say, held against the capture's clock, each other, and what was asked for.

use ikescope_wire::iana::ExchangeType;

use crate::advice::{Vendor, vendors};
use crate::attempt::Attempt;
use crate::certificate::{Certificate, Purpose, Validity};
use crate::credentials::{Authority, Identity, Presented};
use crate::finding::{Evidence, Finding, Severity};
use crate::negotiation::{Flight, Role};
use crate::standing::{Halt, Outcome, Stage};
use crate::words::{day, octets};

/// The certificates of an end, its own first, and the message that brought them.
pub(crate) struct Shown<'a> {
    /// Whose they are.
    pub(crate) role: Role,
    /// The message.
    pub(crate) flight: &'a Flight,
    /// Its own.
    pub(crate) own: &'a Certificate,
    all: &'a [Certificate],
    presented: Presented<'a>,
    /// What the other end said of itself, and of what it expects.
    verifier: Presented<'a>,
}

/// The end whose credentials were not accepted, as far as the standing tells: the other one refused,
/// gave up, or said nothing more right after them.
pub(crate) fn turned_away(attempt: &Attempt<'_>) -> Option<Role> {
    match attempt.standing.halt {
        Halt::IdentificationRefused(_) | Halt::RefusedInside(_) => Some(Role::Initiator),
        Halt::Refused(_) if attempt.standing.stage == Stage::Auth => Some(Role::Initiator),
        Halt::GivenUpByInitiator(_) | Halt::StartedAnew(_) => Some(Role::Responder),
        Halt::UserRefused(exchange)
            if exchange.exchange_type == ExchangeType::INFORMATIONAL
                && exchange.from == Role::Initiator =>
        {
            Some(Role::Responder)
        }
        Halt::UserRefused(_) if attempt.standing.outcome == Outcome::Stalled => {
            Some(Role::Responder)
        }
        _ => None,
    }
}

/// Whether anything of it was decrypted. A storm's many attempts are asked this alone.
pub(crate) fn is_opened(attempt: &Attempt<'_>) -> bool {
    let mut flights = attempt.negotiation.flights();
    flights.any(|(_, _, flight)| flight.facts.inner().is_some())
}

/// The certificates of an end, if any were read.
pub(crate) fn shown<'a>(attempt: &Attempt<'a>, role: Role) -> Option<Shown<'a>> {
    let presented = Presented::of(attempt.negotiation, role);
    let (flight, all) = presented.certificates?;
    Some(Shown {
        role,
        flight,
        own: all.first()?,
        all,
        presented,
        verifier: Presented::of(attempt.negotiation, role.other()),
    })
}

/// The certificates of the end that was turned away.
pub(crate) fn suspect<'a>(attempt: &Attempt<'a>) -> Option<Shown<'a>> {
    let role = turned_away(attempt).filter(|_| is_opened(attempt))?;
    shown(attempt, role)
}

impl<'a> Shown<'a> {
    /// Its own certificate as evidence. What others have said stands between quotes.
    pub(crate) fn evidence(&self, label: impl core::fmt::Display) -> Evidence {
        let subject = &self.own.subject;
        let label = format!("{label}: \"{subject}\"");
        octets(self.flight, self.own.octets, label)
    }

    /// Its own certificate's validity when it was sent.
    pub(crate) fn validity(&self) -> Validity {
        let sent = self.flight.first().time;
        self.own.validity(sent.0.div_euclid(1_000_000_000))
    }

    /// "expired on 2025-01-31", if it was not valid.
    pub(crate) fn lapse(&self) -> Option<String> {
        match self.validity() {
            Validity::Expired => Some(format!("expired on {}", day(self.own.not_after))),
            Validity::NotYet => Some(format!(
                "is valid only from {} on",
                day(self.own.not_before)
            )),
            Validity::Valid => None,
        }
    }

    /// Whether the end that has to accept it is Windows, by its Vendor IDs.
    pub(crate) fn is_for_windows(&self, attempt: &Attempt<'_>) -> bool {
        vendors(attempt, self.role.other()).as_slice() == [Vendor::Windows]
    }

    /// The usages it has instead of one for gateways. Windows insists on its own.
    pub(crate) fn wrong_purposes(&self, attempt: &Attempt<'_>) -> Option<String> {
        let purposes = self.own.purposes.as_ref()?;
        let suits_windows =
            |purpose: &Purpose| matches!(purpose, Purpose::Any | Purpose::ServerAuth);
        let suits = if self.is_for_windows(attempt) {
            purposes.iter().any(suits_windows)
        } else {
            self.own.is_for_servers()
        };
        let names: Vec<&str> = purposes.iter().map(Purpose::name).collect();
        (!suits && self.role == Role::Responder).then(|| names.join(", "))
    }

    /// The identity that its certificate does not name: its own, or the one that the other end
    /// expects.
    pub(crate) fn unnamed(&self) -> Option<(&'a Flight, &'a Identity)> {
        let is_unnamed = |(_, identity): &(&Flight, &Identity)| {
            self.own.is_of(&identity.kind, &identity.value) == Some(false)
                && !names_in_subject(&self.own.subject, &identity.value)
        };
        let own = self.presented.identity.filter(is_unnamed);
        own.or_else(|| self.verifier.wanted.filter(is_unnamed))
    }

    /// The request for other authorities than those in its chain, and whether the chain is whole: an
    /// authority that was not sent may be the one that was asked for. Of a chain that is not, the last
    /// issuer is known by name alone.
    pub(crate) fn foreign_authority(&self) -> Option<(&'a Flight, bool)> {
        let (request, authorities) = self.verifier.authorities?;
        let mut top = self.own;
        let mut met = vec![top];
        while let Some(next) = self.all.iter().find(|one| {
            one.subject == top.issuer && !met.iter().any(|known| known.key_hash == one.key_hash)
        }) {
            met.push(next);
            top = next;
        }
        let is_asked = |certificate: &&Certificate| {
            authorities.iter().any(|authority| match authority {
                Authority::KeyHash(hash) => *hash == certificate.key_hash,
                Authority::Name(name) => {
                    [&certificate.issuer, &certificate.subject].contains(&name)
                }
            })
        };
        let by_name = authorities
            .iter()
            .all(|authority| matches!(authority, Authority::Name(_)));
        let is_whole = top.subject == top.issuer;
        let told = is_whole || by_name;
        (told && !met.iter().any(is_asked)).then_some((request, is_whole))
    }
}

/// Old implementations look for the name in the subject.
fn names_in_subject(subject: &str, name: &str) -> bool {
    let mut parts = subject.split(", ");
    parts.any(|part| {
        part.split_once('=')
            .is_some_and(|(_, value)| value.eq_ignore_ascii_case(name))
    })
}

/// What speaks against the credentials of the end that was turned away, sentence by sentence.
pub(crate) fn doubts(attempt: &Attempt<'_>) -> Vec<String> {
    let Some(role) = turned_away(attempt) else {
        return Vec::new();
    };
    let name = attempt.name(role);
    let mut doubts = Vec::new();
    doubts.extend(other_identity(attempt, role));
    if let Some(shown) = shown(attempt, role) {
        doubts.extend(
            shown
                .lapse()
                .map(|lapse| format!("The certificate of {name} {lapse}.")),
        );
        let purposes = shown.wrong_purposes(attempt);
        doubts.extend(purposes.map(|_| format!("The certificate of {name} is not for servers.")));
        let unnamed = shown.unnamed();
        doubts.extend(
            unnamed.map(|_| format!("The certificate of {name} lacks the name in its ID.")),
        );
        let foreign = shown.foreign_authority();
        doubts.extend(foreign.map(|(_, is_whole)| {
            if is_whole {
                format!("The certificate of {name} is of no authority that was asked for.")
            } else {
                format!("The issuer of the certificate of {name} was not asked for.")
            }
        }));
    }
    doubts
}

/// The responder is not who the initiator asked for (RFC 7296 §2.6: it may answer as another).
fn other_identity(attempt: &Attempt<'_>, role: Role) -> Option<String> {
    let (_, is) = Presented::of(attempt.negotiation, role).identity?;
    let (_, wanted) = Presented::of(attempt.negotiation, role.other()).wanted?;
    let differs = (&is.kind, &is.value) != (&wanted.kind, &wanted.value);
    let (asker, name) = (attempt.name(role.other()), attempt.name(role));
    let (wanted, is) = (&wanted.value, &is.value);
    differs.then(|| format!("{asker} asked for \"{wanted}\", and {name} answers as \"{is}\"."))
}

/// Severity of what is wrong with a certificate: an error where its end was turned away.
pub(crate) fn severity(attempt: &Attempt<'_>, role: Role) -> Severity {
    if turned_away(attempt) == Some(role) {
        Severity::Error
    } else {
        Severity::Warning
    }
}

/// Tells what speaks against the credentials behind what a finding says already, and how to mend it
/// before anything else.
pub(crate) fn told(attempt: &Attempt<'_>, finding: Finding) -> Finding {
    let doubts = doubts(attempt);
    if doubts.is_empty() {
        return finding;
    }
    let because = format!("{} {}", finding.explanation, doubts.join(" "));
    let finding = finding.because(because);
    let lapsed = turned_away(attempt)
        .and_then(|role| shown(attempt, role))
        .filter(|shown| shown.lapse().is_some());
    match lapsed {
        Some(shown) => finding.next(format!(
            "Renew the certificate of {}, and select the new one for this connection.",
            attempt.name(shown.role)
        )),
        None => finding,
    }
}
