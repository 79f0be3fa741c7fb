//! Refused with an error that has no rule of its own.

use ikescope_wire::iana::{NotifyType, ikev1};

use crate::attempt::Attempt;
use crate::finding::{Confidence, Finding};
use crate::log::Told;
use crate::negotiation::Role;
use crate::said;
use crate::situation::{refusal, says_unreadable, uses_shared_key};
use crate::standing::Halt;
use crate::words::{name_of, octets, repeats};

declare_rule! {
    /// ## What it means
    /// The peer refused with an error that can be read and that no other rule explains; the notification
    /// names it.
    /// ## Why it happens
    /// It depends on the notification: a syntax that the peer does not accept, a payload it does not
    /// know, a state it is not in, a setting it does not allow.
    /// ## How to confirm
    /// Read the peer's log at that second.
    /// ## How to fix
    /// Correct what the log complains of; update both sides where they disagree on the protocol.
    /// ## References
    /// RFC 7296 §2.21, §3.10.1; RFC 2408 §3.14.1.
    "IKE210" "refused-for-other-reason": Error, since "0.1.0",
    "an error notification that no other rule explains",
    Attempt(check)
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    let (Halt::Refused(exchange)
    | Halt::RefusedInside(exchange)
    | Halt::IdentificationRefused(exchange)) = attempt.standing.halt
    else {
        return by_log(attempt);
    };
    let (flight, notify) = refusal(exchange)?;
    let name = if attempt.negotiation.ike_version == 1 {
        let kind = ikev1::NotifyType(notify.notify_type);
        let explained = matches!(
            kind,
            ikev1::NotifyType::NO_PROPOSAL_CHOSEN
                | ikev1::NotifyType::INVALID_MAJOR_VERSION
                | ikev1::NotifyType::AUTHENTICATION_FAILED
        );
        let is_mine =
            notify.decrypted || !matches!(attempt.standing.halt, Halt::IdentificationRefused(_));
        // What was encrypted with a shared key in it and cannot be read tells of another key.
        let is_of_key = says_unreadable(notify)
            && matches!(attempt.standing.halt, Halt::IdentificationRefused(_))
            && uses_shared_key(attempt.negotiation) != Some(false);
        (!explained && !is_of_key && is_mine).then(|| name_of(attempt, notify))
    } else {
        let kind = NotifyType(notify.notify_type);
        let explained = matches!(
            kind,
            NotifyType::NO_PROPOSAL_CHOSEN
                | NotifyType::INVALID_MAJOR_VERSION
                | NotifyType::AUTHENTICATION_FAILED
        );
        (!explained).then(|| name_of(attempt, notify))
    }?;
    let responder = attempt.name(Role::Responder);
    let title = format!(
        "{responder} refused {} with {name}.",
        attempt.name(Role::Initiator)
    );
    Some(
        Finding::new(
            &RULE,
            Confidence::Stated,
            title,
            octets(
                flight,
                notify.octets(),
                format!("{name}, {}", notify.legibility()),
            ),
        )
        .and_maybe(repeats(flight, "again"))
        .because(if notify.decrypted {
            format!("{responder} says so itself, in a message that was decrypted.")
        } else {
            format!("{responder} says so itself, in a message that is not authenticated.")
        })
        .next(format!("Read the log of {responder} at that second.")),
    )
}

/// An error of the peer that no other rule explains, or a failure whose log does not say why.
fn by_log(attempt: &Attempt<'_>) -> Option<Finding> {
    let line = said::cause(attempt)?;
    let (by, peer) = said::ends(attempt, line);
    match line.told {
        Told::PeerNotify(
            NotifyType::NO_PROPOSAL_CHOSEN
            | NotifyType::AUTHENTICATION_FAILED
            | NotifyType::TS_UNACCEPTABLE,
        ) => None,
        Told::PeerNotify(notify) => Some(
            said::stated(&RULE, attempt, line, |by, peer| {
                format!("{peer} refused {by} with {notify}.")
            })
            .next(format!("Read the log of {peer} at that second.")),
        ),
        Told::Failed(_) => Some(
            said::stated(&RULE, attempt, line, |by, peer| {
                format!(
                    "{by} ended the negotiation with {peer}; this part of its log does not say why."
                )
            })
            .next(format!("Read the log of {by} from before that line on.")),
        ),
        _ => None,
    }
}
