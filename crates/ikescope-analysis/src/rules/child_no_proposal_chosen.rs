//! The IPsec SA is refused for its proposal, and the peer says so.

use ikescope_wire::iana::{NotifyType, ikev1 as v1};
use ikescope_wire::statement::Subject;

use crate::attempt::Attempt;
use crate::child::{self, ChildRequest, child_compared, proposals};
use crate::finding::{Finding, evidence};
use crate::log::Told;
use crate::offers::{Compared, Row, Source, kind_word};
use crate::proposal::Transform;
use crate::said;
use crate::silence::{child_refusal, child_refused_for};
use crate::standing::Stage;

declare_rule! {
    /// ## What it means
    /// The IKE SA stands, and the peer refuses the IPsec SA because none of the offered ESP or AH
    /// proposals is acceptable.
    /// ## Why it happens
    /// The transforms have nothing in common, or the PFS groups differ.
    /// ## How to confirm
    /// Compare encryption, integrity and PFS group of phase 2 on both sides. With keys this report holds
    /// the offer against what the refusing side chose or offered elsewhere.
    /// ## How to fix
    /// Configure one proposal alike on both sides, PFS group included.
    /// ## References
    /// RFC 7296 §2.7, §3.10.1; RFC 2409 §5.5; RFC 2408 §5.4.
    "IKE401" "child-no-proposal-chosen": Error, since "0.1.0",
    "NO_PROPOSAL_CHOSEN for the Child SA, readable",
    Attempt(check), over ["quick-mode-refused", "child-refused", "rekey-refused"]
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    if let Some(finding) = by_log(attempt) {
        return Some(finding);
    }
    let finding = child_refused_for(
        &RULE,
        attempt,
        (
            &[
                v1::NotifyType::NO_PROPOSAL_CHOSEN,
                v1::NotifyType::BAD_PROPOSAL_SYNTAX,
                v1::NotifyType::ATTRIBUTES_NOT_SUPPORTED,
            ],
            &[
                NotifyType::NO_PROPOSAL_CHOSEN,
                NotifyType::INVALID_KE_PAYLOAD,
            ],
        ),
        "refused every ESP proposal",
        |request| proposals(request.asked),
    )?;
    Some(
        beside(attempt, finding)
            .next("Compare encryption, integrity and PFS group of phase 2 on both sides."),
    )
}

/// Holds the offer against what the refusing end chose or offers for other IPsec SAs.
fn beside(attempt: &Attempt<'_>, finding: Finding) -> Finding {
    let Some(request) = child_refusal(attempt)
        .and_then(|(exchange, ..)| ChildRequest::of(attempt.negotiation, exchange))
    else {
        return finding;
    };
    let Some(compared) = child_compared(attempt.tunnel, attempt.negotiation, &request) else {
        return finding;
    };
    let Some(known) = compared.known else {
        return finding;
    };
    let refuser = attempt.name(request.exchange.from.other());
    let showed = match known.source {
        Source::Offered => format!("{refuser} offers for its own part"),
        _ => format!("{refuser} chose for another IPsec SA"),
    };
    let frame = known.frame.number;
    let why = match differences(&compared) {
        Differences::Apart(kinds) => {
            format!("It does not meet what {showed} (frame {frame}) in {kinds}.")
        }
        Differences::GroupAlone(groups) => format!(
            "All but PFS group {groups} is what {showed} (frame {frame}): the group is what is left \
             to refuse."
        ),
        Differences::None => return finding,
    };
    let label = format!("what {showed}: {}", values(&compared));
    let because = format!("{} {why}", finding.explanation);
    finding
        .and(evidence(known.frame, None, label))
        .because(because)
}

/// In what an offer differs from what is known to be acceptable.
enum Differences {
    /// These kinds have no value in common.
    Apart(String),
    /// All kinds meet but the group, of which nothing is known.
    GroupAlone(String),
    /// Nothing that could be told.
    None,
}

fn differences(compared: &Compared) -> Differences {
    let apart: Vec<&str> = compared.apart().map(|row| kind_word(row.kind)).collect();
    if !apart.is_empty() {
        return Differences::Apart(apart.join(" and "));
    }
    let is_open = |row: &&Row| row.responder.is_empty();
    let open: Vec<&Row> = compared.rows.iter().filter(is_open).collect();
    match open.as_slice() {
        [row] if row.initiator.iter().all(Transform::is_group) => {
            let groups = row.initiator.iter().map(Transform::plain_name);
            Differences::GroupAlone(groups.collect::<Vec<_>>().join(" or "))
        }
        _ => Differences::None,
    }
}

/// What the other end has of the kinds that are compared.
fn values(compared: &Compared) -> String {
    let all = compared.rows.iter().flat_map(|row| &row.responder);
    let known = all.filter(|transform| child::is_told(transform));
    known
        .map(Transform::plain_name)
        .collect::<Vec<_>>()
        .join(", ")
}

fn by_log(attempt: &Attempt<'_>) -> Option<Finding> {
    let line = said::cause(attempt)?;
    let is_child = matches!(attempt.standing.stage, Stage::ChildSa | Stage::QuickMode);
    let refuses = match line.told {
        Told::NoProposalChosen(Subject::ChildSa) => true,
        Told::PeerNotify(NotifyType::NO_PROPOSAL_CHOSEN) if is_child => false,
        _ => return None,
    };
    let finding = said::stated(&RULE, attempt, line, |by, peer| {
        let (refuser, refused) = if refuses { (by, peer) } else { (peer, by) };
        format!("{refuser} refused every ESP proposal of {refused}.")
    });
    Some(
        said::apart(attempt, finding)
            .next("Compare encryption, integrity and PFS group of phase 2 on both sides."),
    )
}
