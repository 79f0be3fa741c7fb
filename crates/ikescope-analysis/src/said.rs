//! What rules have in common where the log of an end names the cause.

use ikescope_wire::statement::{List, Subject};

use crate::attempt::Attempt;
use crate::finding::{Confidence, Evidence, Finding, evidence};
use crate::log::{LogLine, StatedOffer, Told};
use crate::negotiation::Role;
use crate::offers::{Compared, kind_word};
use crate::rule::Rule;
use crate::standing::{Halt, Stage};
use crate::words::counted;

/// Lines named as evidence besides the first.
const LINES_NAMED: usize = 6;
/// Lines about identities and selectors, the nearest.
const CIRCUMSTANCES_NAMED: usize = 3;

/// The line that names the cause, if the attempt ended by one.
pub(crate) fn cause<'a>(attempt: &Attempt<'a>) -> Option<&'a LogLine> {
    match attempt.standing.halt {
        Halt::Stated(line) => Some(line),
        _ => None,
    }
}

/// A finding that the log of an end states. `title` is made of the two ends: whose log it is, and its
/// peer.
pub(crate) fn stated(
    rule: &'static Rule,
    attempt: &Attempt<'_>,
    line: &LogLine,
    title: impl FnOnce(&str, &str) -> String,
) -> Finding {
    let (by, peer) = ends(attempt, line);
    Finding::new(rule, Confidence::Stated, title(&by, &peer), quoted(line))
        .and_maybe(before(line))
        .and_maybe(others(attempt, line))
        .because(format!("The log of {by} says so."))
}

/// Lines of the log that say the same as the messages, as further evidence.
pub(crate) fn beside<'a>(
    attempt: &Attempt<'a>,
    fits: impl Fn(Told) -> bool + 'a,
) -> impl Iterator<Item = Evidence> + 'a {
    let log = attempt.negotiation.log.as_deref();
    let lines = log.into_iter().flat_map(|log| &log.lines);
    lines
        .filter(move |line| fits(line.told))
        .take(LINES_NAMED)
        .map(quoted)
}

/// What the log says beside the cause that helps to see it: identities, selectors.
pub(crate) fn circumstances<'a>(
    attempt: &Attempt<'a>,
    cause: &'a LogLine,
) -> impl Iterator<Item = Evidence> + 'a {
    let log = attempt.negotiation.log.as_deref();
    let lines = log.into_iter().flat_map(|log| &log.lines);
    let mut near: Vec<&LogLine> = lines
        .filter(|line| line.told == Told::Circumstance)
        .collect();
    near.sort_by_key(|line| line.line.abs_diff(cause.line));
    near.truncate(CIRCUMSTANCES_NAMED);
    near.sort_by_key(|line| line.line);
    near.into_iter().map(quoted)
}

/// The lists of proposals that the log shows.
pub(crate) fn lists<'a>(
    attempt: &Attempt<'a>,
    subject: Subject,
) -> impl Iterator<Item = Evidence> + 'a {
    let log = attempt.negotiation.log.as_deref();
    let named = [(List::Incoming, "what came"), (List::Own, "its own")];
    named.into_iter().filter_map(move |(which, whose)| {
        let offer = log?.offer(which, subject)?;
        Some(list(offer, whose))
    })
}

/// The lists for a Child SA beside each other, and in what they do not meet.
pub(crate) fn apart(attempt: &Attempt<'_>, finding: Finding) -> Finding {
    let finding = finding.and_maybe(lists(attempt, Subject::ChildSa));
    let Some(compared) = Compared::by_log(attempt.negotiation, Subject::ChildSa) else {
        return finding;
    };
    let kinds: Vec<&str> = compared.apart().map(|row| kind_word(row.kind)).collect();
    let why = match kinds.as_slice() {
        [] => "each row has values in common, but no proposal as a whole is one of the other"
            .to_owned(),
        kinds => format!("they do not meet in {}", kinds.join(" and ")),
    };
    let because = format!("{} The lists in it: {why}.", finding.explanation);
    finding.because(because)
}

fn list(offer: &StatedOffer, whose: &str) -> Evidence {
    let proposals = offer.transforms.iter().map(|transform| transform.proposal);
    let count = u64::from(proposals.max().unwrap_or(0));
    Evidence {
        line: Some(offer.line),
        ..evidence(
            offer.frame,
            None,
            format!("{whose}: {}", counted(count, "proposal")),
        )
    }
}

/// The line with which this end says that it gave up waiting.
pub(crate) fn given_up<'a>(attempt: &Attempt<'a>, role: Role) -> Option<&'a LogLine> {
    let log = attempt.negotiation.log.as_deref()?;
    let is_it = |line: &&LogLine| line.told == Told::GivenUp && line.by == role;
    log.lines.iter().find(is_it)
}

/// No message is there that found no answer, only the line that says that an end gave up waiting.
pub(crate) fn gave_up_alone(
    rule: &'static Rule,
    attempt: &Attempt<'_>,
    stage: Stage,
) -> Option<Finding> {
    let line = cause(attempt).filter(|line| line.told == Told::GivenUp)?;
    if attempt.standing.stage != stage {
        return None;
    }
    let finding = stated(rule, attempt, line, |by, peer| {
        format!("{by} gave up waiting for {peer}.")
    });
    let (by, peer) = ends(attempt, line);
    Some(
        finding
            .next(format!(
                "See whether anything of {by} arrives: capture UDP 500 at {peer}."
            ))
            .next(format!(
                "Check the peer address, and UDP 500 in filters and NAT on the way to {peer}."
            )),
    )
}

/// The device whose log it is, and its peer.
pub(crate) fn ends(attempt: &Attempt<'_>, line: &LogLine) -> (String, String) {
    let name = |role: Role| attempt.name(role).to_string();
    (name(line.by), name(line.by.other()))
}

/// A line as evidence, in its own words.
pub(crate) fn quoted(line: &LogLine) -> Evidence {
    Evidence {
        line: Some(line.line),
        ..evidence(line.frame, None, format!("\"{}\"", line.text))
    }
}

/// The message that the line stands behind.
fn before(line: &LogLine) -> Option<Evidence> {
    let label = "the newest message before that line";
    (line.frame.number > 0).then(|| evidence(line.frame, None, label))
}

/// What else the log says since: it is about the same failure.
fn others<'a>(attempt: &Attempt<'a>, first: &'a LogLine) -> impl Iterator<Item = Evidence> + 'a {
    let log = attempt.negotiation.log.as_deref();
    let lines = log.into_iter().flat_map(|log| &log.lines);
    lines
        .filter(move |line| line.line > first.line && line.told.is_failure())
        .take(LINES_NAMED)
        .map(quoted)
}
