//! Who must look: the side that has to act on a failure, the one that is cleared, and the frame that
//! clears it. Both follow from where the attempt stands; nothing is cleared that no frame clears.

use ikescope_wire::iana::{ExchangeType, PayloadType};
use ikescope_wire::observed::FrameId;

use crate::attempt::Attempt;
use crate::finding::Finding;
use crate::generation;
use crate::log::{LogLine, Told};
use crate::negotiation::{Exchange, Flight, Role};
use crate::record::Facts;
use crate::silence::phase_2_refusal;
use crate::standing::{Halt, Outcome};
use crate::vantage::Vantage;

/// Where a failure can be mended.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Act {
    /// At one end.
    End(Role),
    /// Between the ends.
    Path,
    /// The ends have to agree on something.
    Both,
    /// This capture does not tell.
    Unknown,
}

impl Act {
    /// The word of the report.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::End(role) => role.as_str(),
            Self::Path => "path",
            Self::Both => "both",
            Self::Unknown => "unknown",
        }
    }
}

/// A side of which a frame shows that it did its part.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Cleared {
    /// An end, or the path where there is none.
    pub end: Option<Role>,
    /// The frame.
    pub frame: FrameId,
    /// What it shows.
    pub by: &'static str,
}

impl Cleared {
    /// The word of the report for the side.
    #[must_use]
    pub fn side(&self) -> &'static str {
        self.end.map_or("path", Role::as_str)
    }
}

/// Who must look.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Duty {
    /// Where the failure can be mended.
    pub act: Act,
    /// Who need not look.
    pub cleared: Option<Cleared>,
}

/// Tells it of a failure; `None` where nothing failed, or where too little was seen.
pub(crate) fn of(attempt: &Attempt<'_>, cause: Option<&Finding>) -> Option<Duty> {
    let failed = matches!(
        attempt.standing.outcome,
        Outcome::Stalled | Outcome::Rejected | Outcome::Lost | Outcome::OneWay
    );
    if !failed {
        return None;
    }
    if let Halt::Stated(line) = attempt.standing.halt {
        return Some(by_log(line));
    }
    let by_cause = cause.and_then(|cause| by_cause(attempt, cause));
    Some(by_cause.unwrap_or_else(|| by_standing(attempt)))
}

/// Causes that say more of the sides than the standing does.
fn by_cause(attempt: &Attempt<'_>, cause: &Finding) -> Option<Duty> {
    let evidence = cause.evidence().first()?.frame;
    let exchange = exchange_of(attempt.standing.halt);
    let asker = exchange.map_or(Role::Initiator, |exchange| exchange.from);
    let opening = || first_answer(attempt).map(|frame| (Role::Responder, frame));
    Some(match cause.rule.name {
        "peer-not-configured" => Duty {
            act: Act::End(Role::Responder),
            cleared: request(exchange?, "it offers what the peer takes elsewhere"),
        },
        "udp-4500-blocked" | "fragments-dropped" => Duty {
            act: Act::Path,
            cleared: opening().map(|(role, frame)| end(role, frame, "it answers what does arrive")),
        },
        "port-unreachable" => Duty {
            act: Act::End(asker.other()),
            cleared: Some(path(evidence, "the message came as far as this host")),
        },
        "host-unreachable" | "admin-prohibited" => Duty {
            act: Act::Path,
            cleared: Some(end(asker, evidence, "the error quotes its message")),
        },
        "reflected" | "nat-mapping-expired" => Duty {
            act: Act::Path,
            cleared: None,
        },
        "ike-daemon-gone" => {
            let alive = attempt
                .flows_from(asker.other())
                .map(|flow| flow.last_frame);
            Duty {
                act: Act::End(asker.other()),
                cleared: alive
                    .last()
                    .map(|frame| path(frame, "ESP of the silent end arrives")),
            }
        }
        "esp-one-way" => one_way(attempt),
        "quick-mode-3-lost" => third_lost(attempt, exchange?),
        _ => return None,
    })
}

fn by_standing(attempt: &Attempt<'_>) -> Duty {
    match attempt.standing.halt {
        Halt::Unanswered(exchange) => unanswered(attempt, exchange),
        Halt::AnswerNotHeard(exchange) | Halt::AnswerRepeated(exchange) => {
            not_heard(attempt, exchange)
        }
        Halt::NextMissing(exchange) | Halt::StartedAnew(exchange) => {
            not_continued(attempt, exchange)
        }
        Halt::GivenUpByInitiator(exchange) => Duty {
            act: Act::End(exchange.from),
            cleared: request_frame(exchange).map(|frame| path(frame, "messages pass both ways")),
        },
        Halt::Redirected(exchange) => refused(attempt, exchange, Act::End(exchange.from)),
        Halt::StateLost(exchange) => refused(attempt, exchange, Act::End(state_loser(exchange))),
        Halt::Refused(exchange)
        | Halt::RefusedInside(exchange)
        | Halt::ChildRefusedInside(exchange)
        | Halt::GroupLoop(exchange)
        | Halt::RekeyRefused(exchange)
        | Halt::UserRefused(exchange)
        | Halt::QuickRefused(exchange)
        | Halt::IdentificationRefused(exchange) => refused(attempt, exchange, Act::Both),
        Halt::No | Halt::Stated(_) => Duty {
            act: Act::Unknown,
            cleared: None,
        },
    }
}

/// What a log says that is not in the packets: a device that misses something is the one to look.
fn by_log(line: &LogLine) -> Duty {
    let act = match line.told {
        Told::NotConfigured | Told::NoRoute => Act::End(line.by),
        Told::GivenUp | Told::PeerDead | Told::Failed(_) => Act::Unknown,
        _ => Act::Both,
    };
    let judged = matches!(act, Act::Both) && line.frame.number > 0;
    Duty {
        act,
        cleared: judged.then(|| path(line.frame, "the message that was judged came through")),
    }
}

/// Nothing came back. A capture beside the one that is asked shows that the request arrives there.
fn unanswered(attempt: &Attempt<'_>, exchange: &Exchange) -> Duty {
    let (act, by) = match attempt.vantage {
        Vantage::Beside(end) if end == exchange.from.other() => {
            (Act::End(end), "its request arrives beside the peer")
        }
        _ => (Act::Unknown, "its request is here, on its way to the peer"),
    };
    Duty {
        act,
        cleared: request(exchange, by),
    }
}

/// Answered, and asked again: the answers are lost behind the capture, or not accepted.
fn not_heard(attempt: &Attempt<'_>, exchange: &Exchange) -> Duty {
    let act = match attempt.vantage {
        Vantage::Beside(end) if end == exchange.from => Act::End(end),
        Vantage::Beside(_) => Act::Path,
        _ => Act::Unknown,
    };
    Duty {
        act,
        cleared: response(exchange, "it answers"),
    }
}

/// Answered well, and the next message was not seen.
fn not_continued(attempt: &Attempt<'_>, exchange: &Exchange) -> Duty {
    let act = match attempt.vantage {
        Vantage::Beside(end) if end == exchange.from => Act::End(end),
        _ => Act::Unknown,
    };
    Duty {
        act,
        cleared: response(exchange, "it answered, and nothing more was asked of it"),
    }
}

/// Whoever is refused gets an answer: the way there and back is free.
fn refused(attempt: &Attempt<'_>, exchange: &Exchange, act: Act) -> Duty {
    let answer = match exchange.exchange_type {
        ExchangeType::QUICK_MODE => phase_2_refusal(attempt, exchange),
        // An error report of its own; the answer to it is empty.
        ExchangeType::INFORMATIONAL if exchange.answered().is_none_or(is_empty) => {
            exchange.request.as_deref()
        }
        _ => exchange.response.as_deref().or(exchange.request.as_deref()),
    };
    Duty {
        act,
        cleared: answer.map(|flight| path(flight.first().frame, "the refusal came through")),
    }
}

fn is_empty(facts: &Facts) -> bool {
    facts.first_inner() == Some(PayloadType::NONE)
}

/// Who sent the error about SPIs that it does not know.
fn state_loser(exchange: &Exchange) -> Role {
    let told = |flight: Option<&Flight>| {
        flight.is_some_and(|flight| flight.facts.error_notify().is_some())
    };
    exchange.sender(told(exchange.response.as_deref()))
}

fn one_way(attempt: &Attempt<'_>) -> Duty {
    let speaks = |role: &Role| attempt.flows_from(*role).next().is_some();
    let dead = generation::dead(attempt.negotiation, &attempt.flows, attempt.end);
    let speaker = match dead {
        Some(dead) => Some(dead.speaker),
        None => [Role::Initiator, Role::Responder].into_iter().find(speaks),
    };
    let cleared = speaker.and_then(|role| {
        let flow = attempt.flows_from(role).last()?;
        Some(end(role, flow.last_frame, "it sends ESP"))
    });
    let act = match (attempt.vantage, speaker) {
        (Vantage::Beside(silent), Some(speaker)) if silent != speaker => Act::End(silent),
        _ => Act::Unknown,
    };
    Duty { act, cleared }
}

/// Quick mode whose third message was seen leaving, or was not.
fn third_lost(attempt: &Attempt<'_>, quick: &Exchange) -> Duty {
    let third = attempt
        .negotiation
        .of_type(ExchangeType::QUICK_MODE)
        .find(|exchange| exchange.step == 3 && exchange.message_id == quick.message_id)
        .and_then(request_frame);
    match third {
        Some(frame) => Duty {
            act: Act::Path,
            cleared: Some(end(quick.from, frame, "its message 3 is here")),
        },
        None => Duty {
            act: Act::Unknown,
            cleared: response(quick, "it answers"),
        },
    }
}

/// The first answer of the responder.
fn first_answer(attempt: &Attempt<'_>) -> Option<FrameId> {
    let answers = attempt.negotiation.flights_of(Role::Responder);
    answers.map(|flight| flight.first().frame).min()
}

const fn exchange_of(halt: Halt<'_>) -> Option<&Exchange> {
    match halt {
        Halt::Unanswered(exchange)
        | Halt::AnswerNotHeard(exchange)
        | Halt::AnswerRepeated(exchange)
        | Halt::NextMissing(exchange)
        | Halt::Refused(exchange) => Some(exchange),
        _ => None,
    }
}

fn request_frame(exchange: &Exchange) -> Option<FrameId> {
    exchange
        .request
        .as_deref()
        .map(|flight| flight.first().frame)
}

fn request(exchange: &Exchange, by: &'static str) -> Option<Cleared> {
    request_frame(exchange).map(|frame| end(exchange.from, frame, by))
}

fn response(exchange: &Exchange, by: &'static str) -> Option<Cleared> {
    let flight = exchange.response.as_deref()?;
    Some(end(exchange.from.other(), flight.first().frame, by))
}

const fn end(role: Role, frame: FrameId, by: &'static str) -> Cleared {
    Cleared {
        end: Some(role),
        frame,
        by,
    }
}

const fn path(frame: FrameId, by: &'static str) -> Cleared {
    Cleared {
        end: None,
        frame,
        by,
    }
}
