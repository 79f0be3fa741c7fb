//! The pace of an ESP flow: runs of large packets of one size, sent one by one, and silences. A path
//! that drops large packets shows a run on one side and a silence on the other.

use crate::few::push_tight;
use ikescope_wire::observed::{FrameId, Sighting, Timestamp};

/// Packets from this size on count as large, octets: what the smallest path of IPv4 must take
/// (RFC 791) is passed everywhere.
const LARGE: u32 = 576;
/// Packets that follow each other faster are a stream, not repeats.
const ONE_BY_ONE: i64 = 50_000_000;
/// Silences from this on are kept.
const SILENCE: i64 = 500_000_000;
/// Runs need so many packets to be kept.
const RUN: u32 = 3;
/// Runs and silences kept of one flow, the newest.
const KEPT: usize = 8;

/// Large packets of one size that followed each other, one by one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Run {
    /// Size of each, octets.
    pub octets: u32,
    /// How many.
    pub packets: u32,
    /// The first.
    pub first_frame: FrameId,
    /// Time of the first.
    pub first_time: Timestamp,
    /// The last.
    pub last_frame: FrameId,
    /// Time of the last.
    pub last_time: Timestamp,
}

/// Runs and silences of one flow.
#[derive(Clone, Debug, Default)]
pub struct Pace {
    current: Option<Run>,
    runs: Vec<Run>,
    silences: Vec<(Timestamp, Timestamp)>,
}

impl Pace {
    pub(crate) fn new(sighting: &Sighting, octets: u32) -> Self {
        Self {
            current: begin(sighting, octets),
            ..Self::default()
        }
    }

    pub(crate) fn add(&mut self, sighting: &Sighting, octets: u32, last: Timestamp) {
        if sighting.time.since(last) >= SILENCE {
            keep(&mut self.silences, (last, sighting.time));
        }
        match &mut self.current {
            Some(run)
                if run.octets == octets && sighting.time.since(run.last_time) >= ONE_BY_ONE =>
            {
                run.packets += 1;
                run.last_frame = sighting.frame;
                run.last_time = sighting.time;
            }
            _ => {
                let ended = self.current.take().filter(|run| run.packets >= RUN);
                if let Some(run) = ended {
                    keep(&mut self.runs, run);
                }
                self.current = begin(sighting, octets);
            }
        }
    }

    /// The newest runs of three packets or more, oldest first.
    pub fn runs(&self) -> impl Iterator<Item = &Run> {
        let current = self.current.iter().filter(|run| run.packets >= RUN);
        self.runs.iter().chain(current)
    }

    /// Whether a kept silence covers this time.
    #[must_use]
    pub fn was_silent(&self, from: Timestamp, to: Timestamp) -> bool {
        self.silences
            .iter()
            .any(|(start, end)| *start <= from && to <= *end)
    }
}

fn begin(sighting: &Sighting, octets: u32) -> Option<Run> {
    (octets >= LARGE).then_some(Run {
        octets,
        packets: 1,
        first_frame: sighting.frame,
        first_time: sighting.time,
        last_frame: sighting.frame,
        last_time: sighting.time,
    })
}

fn keep<T>(kept: &mut Vec<T>, newest: T) {
    if kept.len() >= KEPT {
        kept.remove(0);
    }
    push_tight(kept, newest);
}
