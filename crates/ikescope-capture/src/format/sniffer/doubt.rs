//! An octet that the text does not tell for certain. A checksum may tell it, or what captures on `any`
//! print there; else the packet ends in front of it, unless it is but an address of the link layer.

use super::layer::{self, Layer};
use super::packet::{Doubt, Packet};
use super::report::Report;
use super::witness;
use crate::link::is_known_type;
use crate::octets::be_u16;
use crate::text::{Damage, Outcome};

/// Settles the doubt of a packet whose lines are all there.
pub(super) fn settle(packet: &mut Packet, like: Option<Layer>, any: bool, report: &mut Report) {
    let Some(doubt) = packet.doubt.take() else {
        return;
    };
    let Doubt {
        index,
        candidates,
        mut damage,
    } = doubt;
    let printed = packet.octets().get(index).copied();
    let is_address = is_address(packet, like, index);
    let is_told = any || packet.heading.direction.is_some();
    let vouched = fitting(packet, index, &candidates, |packet| {
        vouches(packet, like, index)
    });
    let usual = fitting(packet, index, &candidates, |packet| {
        is_address && is_told && index < 6 && is_usual(packet)
    });
    let octet = match (vouched.as_slice(), usual.as_slice(), candidates.as_slice()) {
        ([only], ..) => {
            damage.outcome = Outcome::ByChecksum;
            only
        }
        (_, [only], _) => {
            damage.outcome = Outcome::ByPlace;
            only
        }
        // What was printed is the last candidate, if it is one.
        (.., [first, .., last]) if is_address => {
            damage.outcome = Outcome::Marked;
            if damage.damage == Damage::AsciiDiffers {
                last
            } else {
                first
            }
        }
        _ => return packet.cut(index, damage, report),
    };
    let is_printed = Some(*octet) == printed && damage.damage == Damage::AsciiDiffers;
    damage.reading = match (damage.outcome, is_printed) {
        (Outcome::Marked, _) => format!("an address of the link layer, taken as {octet:02x}"),
        (_, true) => format!("the octet is {octet:02x} as printed"),
        (_, false) => format!("the octet is {octet:02x}"),
    };
    packet.set(index, *octet);
    packet.is_repaired |= damage.outcome != Outcome::Marked;
    packet.is_doubtful |= damage.outcome == Outcome::Marked;
    report.push(damage);
}

/// The candidates with which the packet passes a test.
fn fitting(
    packet: &mut Packet,
    index: usize,
    candidates: &[u8],
    test: impl Fn(&Packet) -> bool,
) -> Vec<u8> {
    let mut fitting = candidates.to_vec();
    fitting.retain(|candidate| {
        packet.set(index, *candidate);
        test(packet)
    });
    fitting
}

/// Whether a checksum vouches for the octet.
fn vouches(packet: &Packet, like: Option<Layer>, index: usize) -> bool {
    let layer = Layer::of(packet.octets(), &packet.heading.text, like);
    witness::ask(layer.link(), packet.octets()).vouches_for(index)
}

/// Whether the octet is of an address of the link layer.
fn is_address(packet: &Packet, like: Option<Layer>, index: usize) -> bool {
    let octets = packet.octets();
    let layer = Layer::of(octets, &packet.heading.text, like);
    index < 12 && layer == Layer::Ethernet && be_u16(octets, 12).is_some_and(is_known_type)
}

/// Whether the destination is what captures on `any` print for the direction.
fn is_usual(packet: &Packet) -> bool {
    let told = layer::told_direction(packet.octets());
    told.is_some()
        && packet
            .heading
            .direction
            .is_none_or(|known| told == Some(known))
}
