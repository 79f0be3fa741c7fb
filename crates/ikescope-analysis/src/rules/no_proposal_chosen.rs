//! The responder refuses every proposal for the IKE SA.

use std::cmp::Reverse;

use ikescope_wire::iana::{NotifyType, Requirement};
use ikescope_wire::statement::Subject;

use crate::advice::{self, Need, Target, Vendor, makers};
use crate::attempt::{Attempt, Scene};
use crate::finding::{Confidence, Evidence, Finding, evidence};
use crate::log::Told;
use crate::negotiation::Role;
use crate::offers::{Compared, Row, Source, kind_word};
use crate::proposal::Transform;
use crate::rule::Placed;
use crate::said;
use crate::situation::{no_proposal_chosen, offer_of};
use crate::standard::{retired, worth};
use crate::standing::Stage;
use crate::words::{octets, repeats, sent};

declare_rule! {
    /// ## What it means
    /// The responder answered NO_PROPOSAL_CHOSEN in clear. It found no proposal acceptable; many
    /// devices say the same when they have no configuration for this peer at all.
    /// ## Why it happens
    /// The encryption, integrity, PRF or group lists have nothing in common; or the responder knows
    /// no peer with this address, or not with this IKE version.
    /// ## How to confirm
    /// Compare the offered proposals with the responder's configuration; read the responder's log
    /// at that second.
    /// ## How to fix
    /// Configure one common proposal on both sides, and make sure that the responder has this peer.
    /// ## References
    /// RFC 7296 §2.7, §3.3; RFC 2408 §5.4, §5.5.
    "IKE201" "no-proposal-chosen": Error, since "0.1.0",
    "NO_PROPOSAL_CHOSEN in clear: the IKE SA's proposal was refused",
    Tunnel(check)
}

fn check(scene: &Scene<'_>) -> Vec<Placed> {
    let attempts = scene.attempts.iter().enumerate();
    attempts
        .filter_map(|(index, attempt)| Some((Some(index), refused(scene, attempt)?)))
        .collect()
}

fn refused(scene: &Scene<'_>, attempt: &Attempt<'_>) -> Option<Finding> {
    let Some((flight, notify)) = no_proposal_chosen(attempt) else {
        return by_log(scene, attempt);
    };
    let responder = attempt.name(Role::Responder);
    let compared = scene.compared(attempt);
    let place = octets(
        flight,
        notify.octets(),
        "NO_PROPOSAL_CHOSEN, in clear, not authenticated",
    );
    let offer = offer_of(attempt);
    let finding = Finding::new(
        &RULE,
        Confidence::Stated,
        title(attempt, compared.as_ref()),
        place,
    )
    .and_maybe(offer.map(|offer| sent(offer, "the offer")))
    .and_maybe(
        compared
            .as_ref()
            .and_then(|compared| known_list(attempt, compared)),
    )
    .and_maybe(repeats(flight, "refused again"))
    .and_maybe(said::beside(attempt, is_about_proposals));
    let finding = match compared.filter(|compared| compared.known.is_some()) {
        Some(compared) => beside_its_list(attempt, finding, &compared),
        None => finding
            .because(format!(
                "{responder} says so itself. Peers that have no configuration for this address, or not \
                 for this IKE version, say the same."
            ))
            .unless(
                "peer-not-configured",
                format!(
                    "if {responder} accepts this very proposal from another peer, or has none of \
                     it configured"
                ),
            )
            .next(format!(
                "Compare the offered proposals with those configured at {responder}: encryption, \
                 integrity, PRF and group must each have one value in common."
            )),
    };
    Some(finding.next(advice::read_log(
        attempt,
        Role::Responder,
        flight.first().time,
        ": does it name the connection, or say that none matches?",
    )))
}

fn title(attempt: &Attempt<'_>, compared: Option<&Compared>) -> String {
    let (initiator, responder) = (attempt.name(Role::Initiator), attempt.name(Role::Responder));
    let apart: Vec<&str> = compared
        .iter()
        .flat_map(|compared| compared.apart())
        .map(|row| kind_word(row.kind))
        .collect();
    let proposals = offer_of(attempt).map_or(0, |offer| {
        let transforms = &offer.facts.transforms;
        transforms
            .chunk_by(|one, other| one.proposal == other.proposal)
            .count()
    });
    let what = match proposals {
        0 => format!("every IKE proposal of {initiator}"),
        1 => format!("the only IKE proposal of {initiator}"),
        count => format!("all {count} IKE proposals"),
    };
    match apart.as_slice() {
        [] => format!("{responder} refused {what}."),
        kinds => format!(
            "{responder} refused {what}; no {} in common.",
            kinds.join(", no ")
        ),
    }
}

/// Evidence for what the responder itself offers or takes.
fn known_list(attempt: &Attempt<'_>, compared: &Compared) -> Option<Evidence> {
    let known = compared.known?;
    let label = match (known.source, makers(attempt, Role::Responder).as_slice()) {
        (Source::Offered, [Vendor::Azure]) => {
            "what the refusing side offers: the Azure default list"
        }
        (Source::Offered, _) => "what the refusing side offers itself",
        (Source::Logged, _) => "what the refusing side takes, by its own log",
        _ => "a suite that the refusing side accepted from somebody else",
    };
    Some(evidence(known.frame, known.octets, label))
}

/// The refusing side showed a list of its own: where do the two meet, and who can do what?
fn beside_its_list(attempt: &Attempt<'_>, finding: Finding, compared: &Compared) -> Finding {
    let responder = attempt.name(Role::Responder);
    let apart: Vec<&Row> = compared.apart().collect();
    let finding = match apart.as_slice() {
        [] => finding.because(
            "Each row has values in common, but no proposal of one side as a whole is one of the \
             other.",
        ),
        rows => finding.because(reason(compared, rows)),
    };
    let known = compared
        .known
        .filter(|known| known.source == Source::Offered && known.same_peer);
    let is_logged = compared
        .known
        .is_some_and(|known| known.source == Source::Logged);
    let finding = match known {
        // Its log shows the list of the very connection.
        None if is_logged => finding,
        Some(known) => finding.unless(
            "peer-not-configured",
            format!(
                "unlikely, since #{} calls this very peer",
                known.frame.number
            ),
        ),
        None => finding.unless(
            "peer-not-configured",
            format!("if {responder} has no connection for this address"),
        ),
    };
    meeting_points(attempt, compared)
        .into_iter()
        .fold(finding, Finding::next)
}

fn reason(compared: &Compared, rows: &[&Row]) -> String {
    let kinds: Vec<&str> = rows.iter().map(|row| kind_word(row.kind)).collect();
    let rests = compared
        .known
        .is_some_and(|known| matches!(known.source, Source::Offered | Source::Logged));
    let how = if rests { "implied" } else { "suspected" };
    match kinds.as_slice() {
        [kind] => {
            format!("The lists meet in every row but the {kind}, so that row is the reason: {how}.")
        }
        kinds => format!(
            "The lists do not meet in {}; one of these is the reason: {how}.",
            kinds.join(" and ")
        ),
    }
}

/// First the better of the two ways to meet, then the other one.
fn meeting_points(attempt: &Attempt<'_>, compared: &Compared) -> Vec<String> {
    let mut ways: Vec<Way<'_>> = [Role::Initiator, Role::Responder]
        .into_iter()
        .filter_map(|role| Way::at(role, compared))
        .collect();
    ways.sort_by_key(|way| Reverse(way.worth()));
    let stopgap = |way: &Way<'_>, index: usize| match index {
        0 => "Best",
        _ if way.retired().is_some() => "Stopgap",
        _ => "Or",
    };
    ways.iter()
        .enumerate()
        .map(|(index, way)| way.step(attempt, compared, stopgap(way, index)))
        .collect()
}

/// One end takes, in every row where they do not meet, the best that the other one has.
struct Way<'a> {
    /// The end that has to be given something.
    at: Role,
    /// What it is to be given.
    missing: Vec<&'a Transform>,
}

impl<'a> Way<'a> {
    fn at(role: Role, compared: &'a Compared) -> Option<Self> {
        let best = |row: &'a Row| list(row, role.other()).iter().max_by_key(|one| worth(one));
        let missing: Vec<&Transform> = compared.apart().filter_map(best).collect();
        (!missing.is_empty()).then_some(Self { at: role, missing })
    }

    fn worth(&self) -> Option<(bool, Requirement, u16)> {
        self.missing.iter().map(|one| worth(one)).min()
    }

    fn retired(&self) -> Option<String> {
        self.missing.iter().find_map(|one| retired(one))
    }

    fn step(&self, attempt: &Attempt<'_>, compared: &Compared, how: &str) -> String {
        let names: Vec<String> = self
            .missing
            .iter()
            .map(|one| format!("{} {}", kind_word(one.kind), one.plain_name()))
            .collect();
        let why = self
            .retired()
            .map_or_else(String::new, |why| format!(" ({why})"));
        let (end, other) = (attempt.name(self.at), attempt.name(self.at.other()));
        let sentence = format!(
            "{how}: give {end} {}{why}, as {other} has it.",
            names.join(" and ")
        );
        let common = compared
            .rows
            .iter()
            .filter_map(|row| row.common().max_by_key(|one| worth(one)));
        let wanted = common.chain(self.missing.iter().copied());
        let Some(suite) = Target::USUAL.with(wanted) else {
            return sentence;
        };
        let groups = self.groups(compared, suite);
        let need = Need::OfferSuite {
            suite,
            groups: &groups,
        };
        advice::step(attempt, self.at, &need, &sentence)
    }

    /// The groups that this end has, and the one it is to be given.
    fn groups(&self, compared: &Compared, suite: Target) -> Vec<u16> {
        let rows = compared.rows.iter();
        let mut groups: Vec<u16> = rows
            .flat_map(|row| list(row, self.at))
            .filter(|one| one.is_group())
            .map(|one| one.id)
            .collect();
        if !groups.contains(&suite.group) {
            groups.push(suite.group);
        }
        groups
    }
}

fn list(row: &Row, role: Role) -> &[Transform] {
    match role {
        Role::Initiator => &row.initiator,
        Role::Responder => &row.responder,
    }
}

const fn is_about_proposals(told: Told) -> bool {
    matches!(
        told,
        Told::NoProposalChosen(Subject::IkeSa) | Told::PeerNotify(NotifyType::NO_PROPOSAL_CHOSEN)
    )
}

/// The device that refuses says so in its log, or the one that is refused.
fn by_log(scene: &Scene<'_>, attempt: &Attempt<'_>) -> Option<Finding> {
    let line = said::cause(attempt).filter(|line| is_about_proposals(line.told))?;
    if matches!(attempt.standing.stage, Stage::ChildSa | Stage::QuickMode) {
        return None;
    }
    let refuser = match line.told {
        Told::NoProposalChosen(_) => line.by,
        _ => line.by.other(),
    };
    let compared = scene.compared(attempt);
    let finding = said::stated(&RULE, attempt, line, |by, peer| match refuser {
        Role::Responder => title(attempt, compared.as_ref()),
        Role::Initiator => format!("{by} refused every IKE proposal of {peer}."),
    })
    .and_maybe(said::lists(attempt, Subject::IkeSa));
    let finding = match compared.filter(|compared| compared.known.is_some()) {
        Some(compared) => beside_its_list(attempt, finding, &compared),
        None => finding.next(format!(
            "Compare the offered proposals with those configured at {}: encryption, integrity, PRF \
             and group must each have one value in common.",
            attempt.name(refuser)
        )),
    };
    let by = attempt.name(line.by);
    let why = format!("The log of {by} says so. {}", finding.explanation);
    Some(finding.because(why))
}
