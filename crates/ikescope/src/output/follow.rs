//! `--follow`: one line per event, its columns the same from line to line.

use std::io::{self, Write};

use ikescope::report::{Message, Verdict};
use ikescope::{Event, Happening};

use crate::args::TimeKind;
use crate::output::clock::Utc;
use crate::output::line::Line;
use crate::output::rows;
use crate::output::screen::{Role, Screen};
use crate::output::words::{code, duration, mark, role, seconds, stage};

/// Writes events; the ends take as many columns as the longest so far.
pub(crate) struct Lines {
    screen: Screen,
    time: TimeKind,
    ends: usize,
}

/// Columns between the ends and what stands beside an event.
const WHAT: usize = 28;

/// Fewest columns for what stands beside an event; where there are fewer, an event takes two lines.
const LEAST_NOTE: usize = 18;
/// Where the second of them begins: below the ends.
const BELOW: usize = 15;

/// What is told of an event: what happened, what stands beside it, and how both are painted.
struct Told {
    what: (Role, String),
    note: (Role, String),
}

impl Lines {
    /// Lines for this screen. Times are those of the day unless seconds since 1970 are wanted.
    pub(crate) const fn new(screen: Screen, time: TimeKind) -> Self {
        Self {
            screen,
            time,
            ends: 0,
        }
    }

    /// Writes an event.
    pub(crate) fn write(&mut self, out: &mut dyn Write, event: &Event) -> io::Result<()> {
        let ends = format!("{} > {}", event.source.ip(), event.destination.ip());
        self.ends = self.ends.max(ends.chars().count());
        let (role, sign) = match &event.verdict {
            Some(verdict) => (role(verdict.outcome), mark(verdict.outcome)),
            None => (Role::Plain, " "),
        };
        let line = Line::new()
            .text(format!("{} ", self.clock(event)))
            .painted(role, self.screen.drawn(sign))
            .text(" ");
        let from = line.width() + self.ends + 2;
        let Told { what, note } = told(event);
        let mut line = line.text(ends);
        let width = self.screen.width;
        let column = if from + WHAT + LEAST_NOTE <= width {
            from
        } else {
            line.write(out, &self.screen)?;
            line = Line::new();
            BELOW
        };
        line = line.to(column).painted(what.0, what.1);
        let beside = (line.width() + 2).max(column + WHAT);
        if beside + note.1.chars().count() > width {
            line.write(out, &self.screen)?;
            line = Line::new().to(column + 2);
        } else {
            line = line.to(beside);
        }
        line.painted(note.0, note.1).write(out, &self.screen)
    }

    fn clock(&self, event: &Event) -> String {
        match self.time {
            TimeKind::Epoch => event.time.to_string(),
            TimeKind::Relative | TimeKind::Utc => Utc::new(event.time, 3).parts().1,
        }
    }
}

fn told(event: &Event) -> Told {
    let (what, note) = match &event.what {
        Happening::Message { .. } => message(event).unwrap_or_default(),
        Happening::Repeat {
            sent,
            interval,
            schedule,
        } => {
            let schedule = schedule.map_or_else(String::new, |name| format!("  like {name}"));
            (
                format!("  again, {} copy", ordinal(*sent)),
                format!("+{} s{schedule}", seconds(*interval)),
            )
        }
        Happening::Flow(flow) => {
            let protocol = if flow.encapsulation == "ah" {
                "AH"
            } else {
                "ESP"
            };
            let what = format!("{protocol} {} first packet", flow.spi);
            (what, String::new())
        }
        Happening::Verdict => (String::new(), String::new()),
    };
    let plain = |text| (Role::Plain, text);
    match (&event.what, &event.verdict) {
        (Happening::Verdict, Some(verdict)) => Told {
            what: (role(verdict.outcome), outcome(verdict)),
            note: plain(cause(verdict)),
        },
        (_, Some(verdict)) => Told {
            what: plain(what),
            note: (role(verdict.outcome), outcome(verdict)),
        },
        (_, None) => Told {
            what: plain(what),
            note: plain(note),
        },
    }
}

/// "STALLED in IKE_SA_INIT".
fn outcome(verdict: &Verdict) -> String {
    let outcome = verdict.outcome.to_uppercase();
    match stage(verdict.stage).filter(|_| outcome != "ONE_WAY" && outcome != "NO_TRAFFIC") {
        Some(stage) => format!("{outcome} in {stage}"),
        None => outcome,
    }
}

/// "IKE101 suspected".
fn cause(verdict: &Verdict) -> String {
    let words = code(verdict.cause).into_iter().chain([verdict.confidence]);
    words.collect::<Vec<_>>().join(" ")
}

fn message(event: &Event) -> Option<(String, String)> {
    let Happening::Message {
        exchange,
        ike_version,
        is_response,
        attempt,
        is_full_size,
    } = &event.what
    else {
        return None;
    };
    let is_ikev2 = *ike_version != 1;
    let message = match is_response {
        true => exchange.response.as_ref()?,
        false => exchange.request.as_ref()?,
    };
    let label = rows::label(exchange, message, *is_response, is_ikev2);
    let mut note = Vec::new();
    if let (Some(attempt), Some(spi)) =
        (attempt, event.spi_i.as_deref().and_then(|spi| spi.get(..8)))
    {
        note.push(format!("{spi} attempt {attempt}"));
    }
    if tells(message) {
        let size = if *is_full_size { " full size" } else { "" };
        note.push(format!("{}{size}", rows::content(message, is_ikev2)));
    }
    note.extend(rows::damage(message));
    let took = exchange.response_time.as_deref().filter(|_| *is_response);
    note.extend(
        took.and_then(crate::output::clock::parse)
            .map(|took| duration(took.0)),
    );
    Some((format!("{}  {}", label.long, label.size), note.join(", ")))
}

/// Whether the payloads of a message say more than its name: what is encrypted, and errors.
fn tells(message: &Message) -> bool {
    let is_notice = !message.notifies.is_empty() && message.payloads.iter().all(|it| *it == "N");
    message.first_inner.is_some() || message.decrypted.is_some() || is_notice
}

/// "2nd", "11th".
fn ordinal(number: u32) -> String {
    let ending = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

#[cfg(test)]
mod tests {
    use super::ordinal;

    #[test]
    fn counts_as_people_do() {
        let counted = [2, 3, 4, 11, 12, 13, 21, 22, 112].map(ordinal);
        let expected = [
            "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "22nd", "112th",
        ];
        assert_eq!(counted, expected);
    }
}
