//! A packet whose lines are all there becomes a frame: its link type is told, header and octets are
//! compared, and the checksums are asked.

use super::agreement;
use super::layer::{self, Layer};
use super::packet::Packet;
use super::report::{Place, Report};
use super::witness;
use crate::frame::{Direction, LinkType};
use crate::link::IPV4;
use crate::octets::{be_u16, length};
use crate::text::{Condition, Damage, Outcome, TextFrame};

/// What a frame is besides its octets.
#[derive(Clone, Copy, Debug)]
pub(super) struct Finished {
    pub(super) layer: Layer,
    pub(super) original: u32,
    pub(super) direction: Option<Direction>,
    pub(super) text: TextFrame,
    /// Octets of the packet's room that belong to the frame.
    pub(super) from_room: usize,
}

/// Finishes a packet. `like` is what the packets before began with, `any` whether the capture is
/// one on all interfaces.
pub(super) fn finish(
    packet: &mut Packet,
    like: Option<Layer>,
    any: bool,
    report: &mut Report,
) -> Finished {
    let layer = Layer::of(packet.octets(), &packet.heading.text, like);
    if !packet.is_cut {
        question(packet, layer, report);
    }
    let direction = packet.heading.direction.or_else(|| {
        let told = any && !packet.heading.names_interface && layer == Layer::Ethernet;
        told.then(|| layer::told_direction(packet.octets()))?
    });
    let announced = announced(layer, packet.octets()).unwrap_or(0);
    let original = packet.printed.max(announced);
    let condition = condition(packet);
    let census = &mut report.census;
    census.cut += u64::from(!packet.is_cut && announced > packet.printed);
    *match condition {
        Condition::Damaged => &mut census.damaged,
        Condition::Doubtful => &mut census.doubtful,
        Condition::Repaired => &mut census.repaired,
        Condition::AsPrinted => &mut census.as_printed,
    } += 1;
    let verbosity =
        if layer.is_from_ip() { 2 } else { 3 } + if packet.heading.names_interface { 3 } else { 0 };
    if let Some(count) = census.verbosity.get_mut(verbosity) {
        *count += 1;
    }
    let added = reshape(packet, layer, direction);
    Finished {
        layer,
        original: length(original).saturating_add_signed(added.into()),
        direction,
        text: TextFrame {
            line: packet.heading.line,
            condition,
            added,
        },
        from_room: usize::try_from(added).unwrap_or(0),
    }
}

const fn condition(packet: &Packet) -> Condition {
    if packet.is_cut {
        Condition::Damaged
    } else if packet.is_doubtful {
        Condition::Doubtful
    } else if packet.is_repaired {
        Condition::Repaired
    } else {
        Condition::AsPrinted
    }
}

/// Octets of a packet by its IP header.
pub(super) fn announced(layer: Layer, octets: &[u8]) -> Option<usize> {
    let at = ip_offset(layer, octets)?;
    Some(at + witness::ip_length(octets.get(at..)?)?)
}

fn ip_offset(layer: Layer, octets: &[u8]) -> Option<usize> {
    match layer {
        Layer::Tagged => Some(16),
        Layer::Of(_) => None,
        Layer::Ethernet | Layer::Ip => witness::ip_offset(layer.link(), octets),
    }
}

/// Asks checksums and header about a packet that looks whole.
fn question(packet: &mut Packet, layer: Layer, report: &mut Report) {
    let heading_text = std::mem::take(&mut packet.heading.text);
    let place = Place {
        line: packet.heading.line,
        text: &heading_text,
    };
    let behind = packet.octets().get(14..).unwrap_or_default();
    if layer == Layer::Ethernet && be_u16(packet.octets(), 12) != Some(IPV4) && is_proven(behind) {
        report.add(&place, 0, Damage::EtherType, Outcome::Marked, String::new());
        packet.is_doubtful = true;
    }
    if let Some(at) = ip_offset(layer, packet.octets()) {
        let ip = packet.octets().get(at..).unwrap_or_default();
        let agrees = agreement::agrees(&heading_text, ip)
            || agrees_with_end(&heading_text, &packet.heading.broken_off, ip);
        let refuted = witness::ask(LinkType::RAW, ip).refuted.is_some();
        for (is_so, damage) in [
            (!agrees, Damage::HeaderDiffers),
            (refuted, Damage::Checksum),
        ] {
            if is_so {
                report.add(&place, 0, damage, Outcome::Marked, String::new());
                packet.is_doubtful = true;
            }
        }
    }
    packet.heading.text = heading_text;
}

/// Whether a header that a terminal broke in two agrees; the blank at the break may be gone.
fn agrees_with_end(text: &[u8], end: &[u8], ip: &[u8]) -> bool {
    let joined = |between: &[u8]| agreement::agrees(&[text, between, end].concat(), ip);
    !end.is_empty() && (joined(b"") || joined(b" "))
}

/// Whether octets are an IPv4 packet whose header has a right checksum.
fn is_proven(octets: &[u8]) -> bool {
    witness::ipv4_header(octets).is_some_and(witness::is_right)
}

/// Makes a frame of the octets that were printed; tells how many were added in front.
fn reshape(packet: &mut Packet, layer: Layer, direction: Option<Direction>) -> i8 {
    let octets = packet.with_room();
    match layer {
        Layer::Ethernet | Layer::Ip => 0,
        Layer::Tagged => {
            octets.drain(Packet::ROOM + 12..Packet::ROOM + 14);
            -2
        }
        Layer::Of(ether_type) => {
            let header = layer::made_up(ether_type, direction);
            for (place, octet) in octets.iter_mut().zip(header) {
                *place = octet;
            }
            14
        }
    }
}

/// Link type of a frame whose layer is known.
impl Finished {
    pub(super) const fn link(&self) -> LinkType {
        self.layer.link()
    }
}
