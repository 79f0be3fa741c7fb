//! `--since` and `--until`: the part of the time that is told.

use anyhow::bail;
use ikescope::report::{Esp, Negotiation};
use ikescope_wire::observed::Timestamp;

use crate::args::{ChoosingArgs, Moment};
use crate::output::clock::{self, Utc};
use crate::output::words::counted;

/// From when and until when; without one of them, all that there is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Window {
    since: Option<Timestamp>,
    until: Option<Timestamp>,
}

impl Window {
    /// The one that was asked for, in an input that begins at `start`.
    pub(crate) fn new(args: &ChoosingArgs, start: Timestamp) -> Self {
        let since = args.since.map(|since| since.in_input(start, start));
        let from = since.unwrap_or(start);
        let until = args.until.map(|until| until.in_input(start, from));
        Self { since, until }
    }

    /// The same where nobody knows yet when the input begins.
    ///
    /// # Errors
    /// If a time was asked for that counts from there.
    pub(crate) fn of_stream(args: &ChoosingArgs) -> anyhow::Result<Self> {
        let [since, until] = [args.since, args.until].map(|asked| match asked {
            None => Ok(None),
            Some(Moment::At(time)) => Ok(Some(time)),
            Some(_) => bail!(
                "with ndjson and with --follow, --since and --until want a date too: \
                 2026-03-14T02:40:00Z"
            ),
        });
        Ok(Self {
            since: since?,
            until: until?,
        })
    }

    /// Whether a moment lies in it.
    pub(crate) fn holds(self, time: Timestamp) -> bool {
        self.touches(time, time)
    }

    /// Whether any attempt that the record stands for was going on in it, or its traffic.
    pub(crate) fn meets(self, negotiation: &Negotiation) -> bool {
        let attempts = negotiation.attempt_times.iter().map(String::as_str);
        let begun = attempts.chain([negotiation.first_time.as_str()]);
        let first = begun.filter_map(clock::parse).min().unwrap_or_default();
        let last = clock::parse(&negotiation.last_time).unwrap_or(first);
        self.touches(first, last) || negotiation.esp.iter().any(|flow| self.meets_flow(flow))
    }

    /// Whether packets of a flow may lie in it.
    pub(crate) fn meets_flow(self, flow: &Esp) -> bool {
        let [first, last] = [&flow.first_time, &flow.last_time].map(|time| clock::parse(time));
        first
            .zip(last)
            .is_none_or(|(first, last)| self.touches(first, last))
    }

    fn touches(self, first: Timestamp, last: Timestamp) -> bool {
        self.since.is_none_or(|since| last >= since)
            && self.until.is_none_or(|until| first <= until)
    }

    /// What is told, and how much is not: attempts and tunnels that are left out whole; nothing if
    /// there is no window.
    pub(crate) fn told(self, attempts: u64, tunnels: u64) -> Option<String> {
        let [since, until] = [("from ", self.since), ("until ", self.until)].map(|(word, time)| {
            let utc = |time| format!("{word}{} UTC", Utc::new(time, 0));
            time.map_or_else(String::new, utc)
        });
        let times = [since, until].into_iter().filter(|text| !text.is_empty());
        let times = times.collect::<Vec<_>>().join(" ");
        let outside = counted(attempts, "attempt");
        let left = match (attempts, tunnels) {
            (0, _) => "nothing is left out".to_owned(),
            (_, 0) => format!("{outside} left out"),
            _ => format!(
                "{outside} left out, and so {} whole",
                counted(tunnels, "tunnel")
            ),
        };
        (!times.is_empty()).then(|| format!("only what was going on {times}: {left}"))
    }
}
