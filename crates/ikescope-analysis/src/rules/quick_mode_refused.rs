//! IKEv1 phase 2 is refused, and the reason is encrypted.

use ikescope_wire::iana::ikev1::NotifyType;

use crate::advice;
use crate::attempt::Attempt;
use crate::finding::{Confidence, Finding};
use crate::silence::phase_2_refusal;
use crate::standing::{Halt, Stage};
use crate::words::{duration, octets, repeats, sent};

declare_rule! {
    /// ## What it means
    /// Phase 1 is complete, and quick mode message 1 is answered by an informational instead of
    /// message 2: the peer refuses the IPsec SA. The reason is encrypted.
    /// ## Why it happens
    /// The ESP proposals have nothing in common, the PFS groups differ, or the protected networks
    /// (proxy IDs, crypto ACLs) do not mirror each other.
    /// ## How to confirm
    /// Read the log of the peer; with keys this report names the reason.
    /// ## How to fix
    /// Make ESP transforms, PFS group and networks alike on both sides.
    /// ## References
    /// RFC 2409 §5.5; RFC 2408 §5.4, §3.14.1.
    "IKE403" "quick-mode-refused": Error, since "0.1.0",
    "IKEv1 phase 2 answered by an informational that cannot be read, or has no rule",
    Attempt(check)
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    let Halt::QuickRefused(quick) = attempt.standing.halt else {
        return None;
    };
    if attempt.standing.stage != Stage::QuickMode {
        return None;
    }
    let request = quick.request.as_deref()?;
    let answer = phase_2_refusal(attempt, quick)?;
    let peer = attempt.name(quick.from.other());
    let took = duration(answer.first().time.since(request.first().time));
    let title = format!("phase 1 is up, but {peer} refused quick mode.");
    let label = format!("an informational {took} after it, where message 2 should stand");
    let finding = match answer.facts.error_notify() {
        Some(notify) => {
            let name = NotifyType(notify.notify_type);
            let told = format!("{name}, {}", notify.legibility());
            Finding::new(
                &RULE,
                Confidence::Stated,
                title,
                octets(answer, notify.octets(), told),
            )
            .and(sent(answer, label))
        }
        None => Finding::new(&RULE, Confidence::Implied, title, sent(answer, label)),
    };
    Some(
        finding
            .and(sent(request, "quick mode message 1"))
            .and_maybe(repeats(request, "message 1 again"))
            .because(
                "Message 2 never came; an informational right behind message 1 reports the error.",
            )
            .unless(
                "child-no-proposal-chosen",
                "if the peer's log speaks of transforms or PFS",
            )
            .unless(
                "ts-unacceptable",
                "if it speaks of proxy IDs or networks (INVALID-ID-INFORMATION)",
            )
            .next(advice::read_log(
                attempt,
                quick.from.other(),
                quick.first_time(),
                ".",
            ))
            .next("Compare ESP transforms, PFS group and protected networks of both sides."),
    )
}
