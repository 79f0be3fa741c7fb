//! The IPsec SA is refused for its proposal, and the peer says so.

use crate::attempt::Attempt;
use crate::finding::Finding;
use crate::log::Told;
use crate::said;
use crate::silence::child_refused_for;
use crate::standing::Stage;
use ikescope_wire::iana::{NotifyType, ikev1 as v1};
use ikescope_wire::statement::Subject;

declare_rule! {
    /// ## What it means
    /// The IKE SA stands, and the peer refuses the IPsec SA because none of the offered ESP or AH
    /// proposals is acceptable.
    /// ## Why it happens
    /// The transforms have nothing in common, or the PFS groups differ.
    /// ## How to confirm
    /// Compare encryption, integrity and PFS group of phase 2 on both sides.
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
    let title = "refused every ESP proposal";
    Some(
        child_refused_for(
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
            title,
        )?
        .next("Compare encryption, integrity and PFS group of phase 2 on both sides."),
    )
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
