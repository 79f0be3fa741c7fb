//! IKEv2 answers that were decrypted: they say themselves what the others betray by their size.

use ikescope_wire::iana::{EapCode, NotifyType, PayloadType};

use super::v2::{begins_anew, given_up_at_once};
use super::{Halt, Outcome, Stage, Standing, View};
use crate::inner::Inner;
use crate::negotiation::Exchange;

/// Where IKE_AUTH stands by the last answer, if that tells; `None` if both SAs are up by it.
pub(super) fn after_auth<'a>(
    view: &View<'a, '_>,
    auth: &'a Exchange,
    answer: &Inner,
) -> Option<Standing<'a>> {
    let rejected = |stage, halt| Some(Standing::halted(Outcome::Rejected, stage, halt));
    if let Some(error) = answer.error_notify().filter(|_| is_refusal(answer)) {
        let is_accepted = answer.has(PayloadType::IDR.0) || answer.has(PayloadType::AUTH.0);
        return if is_accepted || is_about_child(NotifyType(error.notify_type)) {
            rejected(Stage::ChildSa, Halt::ChildRefusedInside(auth))
        } else {
            rejected(Stage::Auth, Halt::RefusedInside(auth))
        };
    }
    if let Some(exchange) = given_up_at_once(view, auth) {
        let halt = if answer.eap.is_some() {
            Halt::UserRefused(exchange)
        } else {
            Halt::GivenUpByInitiator(exchange)
        };
        return rejected(Stage::Auth, halt);
    }
    match answer.eap.as_ref().map(|eap| eap.code) {
        Some(EapCode::FAILURE) => rejected(Stage::Auth, Halt::UserRefused(auth)),
        Some(_) => Some(eap_open(view, auth)),
        None => begins_anew(view, auth)
            .then(|| Standing::halted(Outcome::Stalled, Stage::Auth, Halt::StartedAnew(auth))),
    }
}

/// EAP goes on, if the capture does.
fn eap_open<'a>(view: &View<'a, '_>, auth: &'a Exchange) -> Standing<'a> {
    let is_over = auth
        .response
        .as_deref()
        .is_some_and(|response| view.outlasts(response) && view.unseen.is_none());
    if is_over {
        Standing::halted(Outcome::Stalled, Stage::Auth, Halt::UserRefused(auth))
    } else {
        Standing::halted(Outcome::Incomplete, Stage::Auth, Halt::NextMissing(auth))
    }
}

/// An error, and no SA that would stand in spite of it.
pub(super) fn is_refusal(answer: &Inner) -> bool {
    answer.error_notify().is_some() && !answer.has(PayloadType::SA.0)
}

/// Errors that are about the Child SA alone, although some peers leave out IDr and AUTH beside them
/// (RFC 7296 §1.2).
const fn is_about_child(error: NotifyType) -> bool {
    matches!(
        error,
        NotifyType::NO_PROPOSAL_CHOSEN
            | NotifyType::TS_UNACCEPTABLE
            | NotifyType::SINGLE_PAIR_REQUIRED
            | NotifyType::INTERNAL_ADDRESS_FAILURE
            | NotifyType::FAILED_CP_REQUIRED
    )
}
