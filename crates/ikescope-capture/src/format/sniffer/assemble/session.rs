//! What is said around the packets: of the capture that they belong to, and how many there were.

use super::Assembler;
use crate::format::sniffer::header::Header;
use crate::format::sniffer::noise::{self, Noise};
use crate::format::sniffer::report::Place;
use crate::format::sniffer::time::Written;
use crate::text::SkippedKind;

/// What was said of the capture that is going on.
#[derive(Debug, Default)]
pub(super) struct Session {
    pub(super) any: bool,
    /// The interface of a capture on one alone.
    pub(super) interface: Vec<u8>,
    pub(super) utc: bool,
    pub(super) names_interfaces: bool,
    /// A time as they are written in it, and its decimals.
    pub(super) written: Option<(Written, usize)>,
}

impl Session {
    /// The name of the interface that a packet was on, with its blade; empty if nothing tells.
    pub(super) fn name(&self, header: &Header<'_>) -> Vec<u8> {
        let mut name = Vec::new();
        if let Some(blade) = header.blade {
            name.extend_from_slice(blade);
            name.push(b'/');
        }
        name.extend_from_slice(header.interface.unwrap_or(&self.interface));
        name
    }
}

impl Assembler {
    pub(super) fn noise(&mut self, place: &Place<'_>) {
        match noise::classify(place.text) {
            Noise::Interfaces(name) => {
                self.end_packet();
                self.drop_heading();
                self.report.census.captures += 1;
                self.clock.begin(self.session.utc);
                let any = name == b"any";
                self.session = Session {
                    any,
                    interface: if any { Vec::new() } else { name.to_vec() },
                    ..Session::default()
                };
                self.layout.layer = None;
            }
            Noise::Command { utc } => {
                self.session.utc = utc;
                self.report.census.skip(SkippedKind::Prompt);
            }
            Noise::Received(count) => {
                self.end_packet();
                self.drop_heading();
                self.report.census.received += count;
            }
            Noise::Dropped(count) => self.report.census.dropped += count,
            Noise::Date(civil) => {
                self.clock.tell(place.line, civil);
                self.report.census.skip(SkippedKind::Other);
            }
            Noise::Skipped(kind) => self.report.census.skip(kind),
        }
    }
}
