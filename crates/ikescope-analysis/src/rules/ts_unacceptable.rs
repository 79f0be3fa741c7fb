//! The IPsec SA is refused for its networks, and the peer says so.

use crate::attempt::Attempt;
use crate::finding::Finding;
use crate::log::Told;
use crate::said;
use crate::silence::child_refused_for;
use ikescope_wire::iana::{NotifyType, ikev1 as v1};

declare_rule! {
    /// ## What it means
    /// The IKE SA stands, and the peer refuses the IPsec SA because of its traffic selectors (IKEv1:
    /// proxy IDs, INVALID-ID-INFORMATION).
    /// ## Why it happens
    /// The protected networks of the two sides do not mirror each other; one side is policy-based
    /// and the other route-based.
    /// ## How to confirm
    /// Compare local and remote networks of both sides, mask by mask.
    /// ## How to fix
    /// Make them mirror images, or use 0.0.0.0/0 on both sides with routes.
    /// ## References
    /// RFC 7296 §2.9, §3.10.1; RFC 2409 §5.5; RFC 2408 §3.14.1.
    "IKE402" "ts-unacceptable": Error, since "0.1.0",
    "TS_UNACCEPTABLE or INVALID-ID-INFORMATION for the Child SA, readable",
    Attempt(check), over ["quick-mode-refused", "child-refused", "rekey-refused"]
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    if let Some(finding) = by_log(attempt) {
        return Some(finding);
    }
    let title = "refused the protected networks";
    Some(
        child_refused_for(
            &RULE,
            attempt,
            (
                &[v1::NotifyType::INVALID_ID_INFORMATION],
                &[
                    NotifyType::TS_UNACCEPTABLE,
                    NotifyType::SINGLE_PAIR_REQUIRED,
                ],
            ),
            title,
        )?
        .next("Compare local and remote networks (proxy IDs) of both sides, mask by mask."),
    )
}

fn by_log(attempt: &Attempt<'_>) -> Option<Finding> {
    let line = said::cause(attempt)?;
    let refuses = match line.told {
        Told::SelectorsMismatch => true,
        Told::PeerNotify(NotifyType::TS_UNACCEPTABLE) => false,
        _ => return None,
    };
    let finding = said::stated(&RULE, attempt, line, |by, peer| {
        let (refuser, refused) = if refuses { (by, peer) } else { (peer, by) };
        format!("{refuser} refused the protected networks of {refused}.")
    });
    Some(
        finding
            .and_maybe(said::circumstances(attempt, line))
            .next("Compare local and remote networks (proxy IDs) of both sides, mask by mask."),
    )
}
