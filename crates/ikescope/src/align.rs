//! A log and a capture of the same negotiation hold the same octets, each with the time of its own
//! clock: that tells how far the clocks are apart, zone included.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use ikescope_capture::{Alignment, Format, Options};
use ikescope_wire::encapsulation::NON_ESP_MARKER;
use ikescope_wire::header::HEADER_LENGTH;
use ikescope_wire::observed::{Datagram, Observation, Timestamp};

use crate::begun::Begun;

/// Messages that both inputs hold, compared at most.
const COMPARED: usize = 256;
/// Messages of a log that are remembered.
const REMEMBERED: usize = 100_000;

/// When the messages of an input were seen first, and which they are in it.
type Times = HashMap<u64, (u64, Timestamp)>;

/// For each of these inputs how its clock is to be set: that of a log by that of the first capture, or of
/// the first log where there is no capture. Those that hold nothing in common stay as they are.
pub(crate) fn align(inputs: &[Begun], options: &Options) -> Vec<Option<Alignment>> {
    let is_log = |input: &Begun| {
        let capture = input.look(options)?;
        Some(capture.summary().format == Format::FortigateIkeDebug)
    };
    let logs: Vec<Option<bool>> = inputs.iter().map(is_log).collect();
    let mut alignments: Vec<Option<Alignment>> = inputs.iter().map(|_| None).collect();
    if !logs.contains(&Some(true)) {
        return alignments;
    }
    let of_kind = |wanted: bool| logs.iter().position(|is_log| *is_log == Some(wanted));
    let Some(reference) = of_kind(false).or_else(|| of_kind(true)) else {
        return alignments;
    };
    for (index, alignment) in alignments.iter_mut().enumerate() {
        if index != reference && logs[index] == Some(true) {
            *alignment = between(&inputs[index], &inputs[reference], options);
        }
    }
    alignments
}

/// How the clock of a log is to be set to be that of another input.
fn between(log: &Begun, reference: &Begun, options: &Options) -> Option<Alignment> {
    let mut logged = Times::new();
    read(log, options, &mut |number, time, digest| {
        logged.entry(digest).or_insert((number, time));
        logged.len() < REMEMBERED
    });
    let mut common: Vec<(u64, Timestamp, Timestamp)> = Vec::new();
    read(reference, options, &mut |_, time, digest| {
        // The first sending of each counts; what is sent again is a repeat in both.
        if let Some((number, logged)) = logged.remove(&digest) {
            common.push((number, logged, time));
        }
        common.len() < COMPARED && !logged.is_empty()
    });
    let mut offsets: Vec<i64> = common
        .iter()
        .map(|(_, logged, time)| time.since(*logged))
        .collect();
    offsets.sort_unstable();
    let offset = *offsets.get(offsets.len() / 2)?;
    let mut alignment = Alignment::new(offset, reference.name());
    for (number, _, time) in common {
        alignment.add(number, time);
    }
    Some(alignment)
}

/// Gives each whole IKE message with its number, time and digest, until `sink` has had enough.
fn read(input: &Begun, options: &Options, sink: &mut dyn FnMut(u64, Timestamp, u64) -> bool) {
    let Some(mut capture) = input.look(options) else {
        return;
    };
    let mut goes_on = true;
    while goes_on
        && capture
            .next_frame(&mut |observation| {
                if let Observation::Datagram(datagram) = observation
                    && let Some(digest) = digest(&datagram)
                {
                    let sighting = datagram.sighting;
                    goes_on &= sink(sighting.frame.number, sighting.time, digest);
                }
            })
            .is_some()
    {}
}

/// Of a datagram that is a whole IKE message by its Length field (RFC 7296 §3.1).
fn digest(datagram: &Datagram<'_>) -> Option<u64> {
    let octets = datagram.octets;
    let message = octets.strip_prefix(&NON_ESP_MARKER).unwrap_or(octets);
    let announced = message.get(24..HEADER_LENGTH)?.first_chunk()?;
    let announced = usize::try_from(u32::from_be_bytes(*announced)).ok();
    if announced != Some(message.len()) {
        return None;
    }
    let mut hasher = DefaultHasher::new();
    message.hash(&mut hasher);
    Some(hasher.finish())
}
