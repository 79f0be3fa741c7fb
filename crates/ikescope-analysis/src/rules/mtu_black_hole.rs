//! Small packets pass the tunnel, large ones vanish.

use crate::advice::{self, Need};
use crate::attempt::Attempt;
use crate::esp::Flow;
use crate::finding::{Confidence, Finding, evidence};
use crate::negotiation::Role;
use crate::pace::Run;
use crate::standing::{Outcome, SECOND};
use crate::words::duration;

declare_rule! {
    /// ## What it means
    /// Small ESP packets are answered; large ones of one size are sent again and again, one by one,
    /// and nothing at all comes back meanwhile.
    /// ## Why it happens
    /// ESP adds to each packet; a link on the way takes less, and the ICMP error that should say so is
    /// filtered. Connections come up and hang at the first large transfer.
    /// ## How to confirm
    /// Ping through the tunnel with growing size and DF: from which size on is it silent?
    /// ## How to fix
    /// Clamp the TCP MSS (1350 is common), lower the MTU of the tunnel, or let ICMP fragmentation
    /// needed through.
    /// ## References
    /// RFC 4301 §8.2; RFC 2923 §2.1; RFC 1191 §3.
    "IKE603" "mtu-black-hole": Error, since "0.1.0",
    "small ESP packets pass, large ones vanish without a word",
    Attempt(check)
}

/// A run is that long at least.
const LASTS: i64 = SECOND / 2;
/// A silence has to go on for this long behind the run, longer than the path is.
const BEHIND: i64 = SECOND / 2;

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    if attempt.standing.outcome != Outcome::Established {
        return None;
    }
    let (role, flow, run) = [Role::Initiator, Role::Responder]
        .into_iter()
        .find_map(|role| {
            let mut flows = attempt.flows_from(role);
            flows.find_map(|flow| Some((role, flow, vanished(attempt, role, flow)?)))
        })?;
    let (from, to) = (attempt.name(role), attempt.name(role.other()));
    let title = format!(
        "large ESP packets {from} -> {to} vanish: {} of {} octets found no answer, small ones do.",
        run.packets, run.octets
    );
    let lasted = duration(run.last_time.since(run.first_time));
    let label = format!(
        "{} packets of {} octets in {lasted}, nothing back",
        run.packets, run.octets
    );
    let back = attempt
        .flows_from(role.other())
        .max_by_key(|flow| flow.packets)?;
    Some(
        Finding::new(
            &RULE,
            Confidence::Suspected,
            title,
            evidence(run.first_frame, None, label),
        )
        .and(evidence(run.last_frame, None, "the last of them"))
        .and(evidence(
            back.first_frame,
            None,
            format!("{to} does answer small packets"),
        ))
        .and(evidence(
            flow.first_frame,
            None,
            "a packet that was answered",
        ))
        .because(
            "One size, one by one, without any answer: repeats of a packet that does not arrive.",
        )
        .unless(
            "esp-one-way",
            "if small packets find no answer either at that time",
        )
        .next("Ping through the tunnel with DF and growing size to find the limit.")
        .next(advice::step(
            attempt,
            role,
            &Need::ClampMss,
            "Clamp the TCP MSS or lower the tunnel's MTU; let ICMP fragmentation needed pass.",
        )),
    )
}

/// A run during which, and for a while behind it, the other end was silent, although it speaks
/// before or after; and it never sent anything as large itself.
fn vanished<'a>(attempt: &Attempt<'a>, role: Role, flow: &'a Flow) -> Option<&'a Run> {
    let mut back = attempt.flows_from(role.other()).peekable();
    back.peek()?;
    let back: Vec<&Flow> = back.collect();
    flow.pace.runs().find(|run| {
        let until = ikescope_wire::observed::Timestamp(run.last_time.0.saturating_add(BEHIND));
        run.last_time.since(run.first_time) >= LASTS
            && attempt.end >= until
            && back.iter().all(|other| {
                let ended = other.last_time < run.first_time;
                let began_later = other.first_time > until;
                other.largest < run.octets
                    && (ended || began_later || other.pace.was_silent(run.first_time, until))
            })
            && back.iter().any(|other| other.first_time < run.first_time)
    })
}
