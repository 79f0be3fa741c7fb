//! The message is so large that it travels in fragments, and they do not all arrive.

use ikescope_wire::iana::ExchangeType;

use crate::advice::{self, Need};
use crate::attempt::Attempt;
use crate::finding::{Confidence, Evidence, Finding, evidence};
use crate::history::Tunnel;
use crate::negotiation::{Flight, IncompleteReport, Negotiation, Role};
use crate::situation::is_first_on_4500;
use crate::standing::{Halt, Outcome, Stage};
use crate::vantage::Vantage;
use crate::words::{repeats, sent, times};

declare_rule! {
    /// ## What it means
    /// An IKE message too large for one packet travels as IP fragments, or as fragments of RFC 7383 (of
    /// IKEv1, as payload 132), and some of them do not arrive: either they are missing here, or all leave and only this large
    /// message finds no answer.
    /// ## Why it happens
    /// Filters, NAT and home routers drop IP fragments behind the first, because those carry no
    /// ports. Certificates and long lists of certificate authorities make IKE_AUTH that large.
    /// ## How to confirm
    /// Capture at the other end: which fragments arrive there?
    /// ## How to fix
    /// Enable IKEv2 fragmentation on both sides, with fragments of at most 1280 octets; use smaller
    /// certificates (ECDSA) and fewer certificate requests; let fragments through.
    /// ## References
    /// RFC 7383 §1, §2.5, §2.6; RFC 7296 §2.
    "IKE108" "fragments-dropped": Error, since "0.1.0",
    "the message travels as fragments, and some are missing or none is answered",
    Attempt(check), over [
        "auth-unanswered", "udp-4500-blocked", "auth-never-sent", "auth-answer-not-received",
        "auth-answer-rejected", "sa-init-unanswered", "psk-mismatch", "rekey-unanswered",
    ]
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    if !matches!(attempt.standing.outcome, Outcome::Stalled | Outcome::Lost) {
        return None;
    }
    let finding = match attempt.standing.halt {
        Halt::Unanswered(exchange) => {
            let request = exchange.request.as_deref()?;
            let may_only_be_large = exchange.exchange_type != ExchangeType::IKE_SA_INIT
                && attempt.vantage != Vantage::Beside(exchange.from.other())
                && (!request.ip_fragments.is_empty() || !is_first_on_4500(attempt, exchange));
            incomplete(attempt, request, exchange.from)
                .or_else(|| unseen(attempt, exchange.from.other(), request))
                .or_else(|| large(attempt, request, exchange.from).filter(|_| may_only_be_large))?
        }
        Halt::AnswerNotHeard(exchange) => incomplete(
            attempt,
            exchange.response.as_deref()?,
            exchange.from.other(),
        )?,
        Halt::NextMissing(exchange)
            if matches!(attempt.standing.stage, Stage::Auth | Stage::MainModeId) =>
        {
            unseen(attempt, exchange.from, exchange.response.as_deref()?)?
        }
        _ => return None,
    };
    let finding = finding.unless(
        "auth-unanswered",
        "if every fragment arrives at the other end",
    );
    // Whoever sends IKE fragments already has no need to be told of them.
    let in_parts = |flight: &Flight| !flight.parts.is_empty();
    if attempt
        .negotiation
        .flights()
        .any(|(_, _, flight)| in_parts(flight))
    {
        return Some(
            finding
                .next("Capture at the other end: which fragments arrive there?")
                .next("Lower the size of IKE fragments, or use smaller certificates."),
        );
    }
    Some(
        finding
            .next(advice::step(
                attempt,
                Role::Initiator,
                &Need::FragmentIke,
                "Enable IKEv2 fragmentation (RFC 7383) on both sides, 1280 octets at most.",
            ))
            .next("Let IP fragments through filters and NAT; smaller certificates help too."),
    )
}

/// Fragments of this message are missing here.
fn incomplete(attempt: &Attempt<'_>, flight: &Flight, sender: Role) -> Option<Finding> {
    let name = attempt.name(sender);
    let (title, label) = if flight.lacks_parts() {
        let seen: Vec<String> = flight
            .parts
            .iter()
            .map(|part| part.number.to_string())
            .collect();
        let of = match flight.parts_in_all() {
            Some(total) => format!("{} of {total}", seen.join(" and ")),
            None => seen.join(" and "),
        };
        (
            format!("only fragment {of} of {name} arrives here."),
            format!("IKE fragment {of}; the others never come"),
        )
    } else if flight.sendings.iter().all(|sending| sending.incomplete) {
        (
            format!("IP fragments of the message of {name} are missing here."),
            "the first IP fragment; the rest never comes".to_owned(),
        )
    } else {
        return None;
    };
    Some(
        Finding::new(&RULE, Confidence::Implied, title, sent(flight, label))
            .and_maybe(repeats(flight, "again incomplete"))
            .because("Without all fragments the message cannot be read, so nobody answers it."),
    )
}

/// Datagrams of this end of which not even the first fragment was seen, since this message.
fn unseen(attempt: &Attempt<'_>, sender: Role, since: &Flight) -> Option<Finding> {
    let reports: Vec<&IncompleteReport> = since_of(attempt.tunnel, attempt.negotiation, sender)
        .filter(|report| report.time >= since.first().time)
        .collect();
    let first = reports.first()?;
    let label = |report: &IncompleteReport| match (report.first_seen, report.last_seen) {
        (true, _) => "the first fragment without the rest",
        (false, true) => "the last fragment without the first",
        (false, false) => "a fragment without first and last",
    };
    let name = attempt.name(sender);
    let title = format!(
        "IP fragments of {name} are missing here {}.",
        times(reports.len() as u32)
    );
    let others = reports.iter().skip(1).take(7);
    Some(
        Finding::new(
            &RULE,
            Confidence::Implied,
            title,
            evidence(first.frame, None, label(first)),
        )
        .and_maybe(others.map(|report| evidence(report.frame, None, label(report))))
        .and(sent(since, "the message before"))
        .because("Without all fragments the message cannot be read, so nobody answers it."),
    )
}

fn since_of<'a>(
    tunnel: &'a Tunnel,
    negotiation: &'a Negotiation,
    sender: Role,
) -> impl Iterator<Item = &'a IncompleteReport> {
    tunnel
        .incomplete
        .iter()
        .filter(move |report| negotiation.addresses(sender).contains(&report.source))
}

/// All fragments leave, and no answer is seen.
fn large(attempt: &Attempt<'_>, request: &Flight, sender: Role) -> Option<Finding> {
    let (count, kind) = if request.ip_fragments.is_empty() {
        (request.parts.len(), "IKE")
    } else {
        (request.ip_fragments.len(), "IP")
    };
    if count < 2 {
        return None;
    }
    let title = format!(
        "the message of {} leaves in {count} {kind} fragments and finds no answer.",
        attempt.name(sender)
    );
    let label = format!("{count} {kind} fragments, {} octets", request.facts.length);
    Some(
        Finding::new(&RULE, Confidence::Suspected, title, sent(request, label))
            .and_maybe(fragments(request))
            .and_maybe(repeats(request, "again in fragments"))
            .because(
                "Smaller messages of the same peers were answered; only this one is in fragments.",
            ),
    )
}

fn fragments(request: &Flight) -> impl Iterator<Item = Evidence> + '_ {
    let input = request.first().frame.input;
    let by_ip = request.ip_fragments.iter().map(move |number| {
        let frame = ikescope_wire::observed::FrameId {
            input,
            number: *number,
        };
        evidence(frame, None, "IP fragment")
    });
    let by_ike = request.parts.iter().map(|part| {
        evidence(
            part.frame,
            None,
            match request.parts_in_all() {
                Some(total) => format!("IKE fragment {} of {total}", part.number),
                None => format!("IKE fragment {}", part.number),
            },
        )
    });
    by_ip.chain(by_ike).take(8)
}
