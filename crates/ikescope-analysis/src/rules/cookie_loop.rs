//! The responder asks for a cookie again and again.

use ikescope_wire::iana::{ExchangeType, NotifyType};

use crate::attempt::Attempt;
use crate::finding::{Confidence, Finding};
use crate::negotiation::{Exchange, Role};
use crate::standing::{Halt, Outcome};
use crate::words::{octets, sent};

declare_rule! {
    /// ## What it means
    /// The responder asks for a cookie, the initiator sends it, and the responder asks for another:
    /// the negotiation never gets further.
    /// ## Why it happens
    /// The cookie is bound to the source address and port, and a NAT changes them between two tries;
    /// the initiator puts the cookie in the wrong place or changes the request; the responder changes
    /// its secret too fast, or several machines answer in turn.
    /// ## How to confirm
    /// Compare source address and port of the two requests; read the responder's log.
    /// ## How to fix
    /// Keep the NAT mapping stable; pin the initiator to one machine of a cluster; lower the load
    /// that makes the responder ask.
    /// ## References
    /// RFC 7296 §2.6, §2.6.1.
    "IKE206" "cookie-loop": Error, since "0.1.0",
    "a cookie is given and never accepted",
    Attempt(check), over ["cookie-required"]
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    let Halt::NextMissing(halted) = attempt.standing.halt else {
        return None;
    };
    let has_cookie = |facts: Option<&crate::record::Facts>| {
        facts.is_some_and(|facts| facts.notify(NotifyType::COOKIE).is_some())
    };
    if attempt.standing.outcome != Outcome::Stalled || !has_cookie(halted.answered()) {
        return None;
    }
    let turned_down =
        |exchange: &&Exchange| has_cookie(exchange.asked()) && has_cookie(exchange.answered());
    let exchange = attempt
        .negotiation
        .of_type(ExchangeType::IKE_SA_INIT)
        .rfind(turned_down)?;
    let (request, response) = (exchange.request.as_deref()?, exchange.response.as_deref()?);
    let notify = response.facts.notify(NotifyType::COOKIE)?;
    let responder = attempt.name(Role::Responder);
    let title = format!("{responder} asks for a cookie again and again and accepts none.");
    Some(
        Finding::new(
            &RULE,
            Confidence::Stated,
            title,
            octets(response, notify.octets(), "COOKIE, asked for again"),
        )
        .and(sent(request, "the request with a cookie"))
        .because(
            "A request with the right cookie is processed; this one was answered by a new COOKIE.",
        )
        .next("Do source address and port stay the same between the tries?")
        .next(format!(
            "Read the log of {responder}; is it one machine, or several behind one address?"
        )),
    )
}
