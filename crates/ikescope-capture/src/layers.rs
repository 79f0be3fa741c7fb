//! The way of one frame upwards: link layer, IP, what stands above it, and again where that is a
//! tunnel. What is found is handed up; what cannot be followed is counted.

use std::net::SocketAddr;

use ikescope_wire::AhHeader;
use ikescope_wire::observed::{
    Datagram, FrameId, Losses, Observation, Sighting, Timestamp, Transport,
};

use crate::capture::Options;
use crate::census::{Census, Protocol};
use crate::fragments::{Fragments, Open, Outcome};
use crate::frame::Frame;
use crate::ip::{self, Packet};
use crate::link::{self, Carried, Loss};
use crate::octets::{be_u16, length};
use crate::tcp::Streams;
use crate::{icmp, tunnel};

/// Who gets the observations.
pub(crate) type Sink<'s> = &'s mut dyn FnMut(Observation<'_>);

/// All that is remembered from frame to frame.
pub(crate) struct Layers {
    input: u16,
    fragments: Fragments,
    streams: Streams,
    losses: Losses,
    census: Census,
    /// What the current frame is, as far as it was followed.
    innermost: Option<Protocol>,
}

/// Which frame is being read, and how deep.
#[derive(Clone, Copy)]
struct Place {
    frame: FrameId,
    time: Timestamp,
    interface: u32,
    /// Tunnels that were entered.
    depth: u8,
}

/// What stands above an IP header, whole or put together.
struct Upper<'a> {
    place: Place,
    /// Ports are 0.
    sighting: Sighting,
    protocol: u8,
    octets: &'a [u8],
    missing: u32,
    ip_fragments: &'a [u64],
    dont_fragment: bool,
}

impl Layers {
    pub(crate) fn new(input: u16, options: &Options) -> Self {
        Self {
            input,
            fragments: Fragments::new(),
            streams: Streams::new(&options.ike_ports),
            losses: Losses::default(),
            census: Census::new(),
            innermost: None,
        }
    }

    pub(crate) const fn losses(&self) -> Losses {
        self.losses
    }

    pub(crate) const fn census(&self) -> &Census {
        &self.census
    }

    /// Reads one frame; false if its link type is not known.
    pub(crate) fn frame(&mut self, frame: &Frame<'_>, sink: Sink<'_>) -> bool {
        self.expire(frame.time, sink);
        // Only messages of a log have it, and they are whole datagrams.
        let told: Sink<'_> = &mut |observation: Observation<'_>| match observation {
            Observation::Datagram(datagram) => sink(Observation::Datagram(Datagram {
                plaintext: frame.plaintext,
                ..datagram
            })),
            other => sink(other),
        };
        let sink = if frame.plaintext.is_some() {
            told
        } else {
            sink
        };
        let place = Place {
            frame: FrameId {
                input: self.input,
                number: frame.number,
            },
            time: frame.time,
            interface: frame.interface,
            depth: 0,
        };
        self.innermost = None;
        let read = link::carried(frame.link, frame.octets)
            .and_then(|carried| self.carried(place, carried, sink));
        let cut = length(frame.octets.len()) < frame.original;
        match (read, self.innermost) {
            (Ok(()), Some(protocol)) => self.census.add(protocol),
            (Ok(()), None) => {}
            (Err(Loss::UnknownLink), _) => self.losses.unknown_link += 1,
            (Err(Loss::Truncated), _) if cut => self.losses.truncated += 1,
            (Err(Loss::Truncated | Loss::Malformed), _) => self.losses.malformed += 1,
        }
        read != Err(Loss::UnknownLink)
    }

    /// Hands up what is still incomplete.
    pub(crate) fn finish(&mut self, sink: Sink<'_>) {
        let losses = &mut self.losses;
        self.fragments
            .finish(&mut |open| incomplete(losses, open, sink));
        self.streams.finish(losses, sink);
    }

    fn expire(&mut self, now: Timestamp, sink: Sink<'_>) {
        let losses = &mut self.losses;
        self.fragments
            .expire(now, &mut |open| incomplete(losses, open, sink));
    }

    fn carried(&mut self, place: Place, carried: Carried<'_>, sink: Sink<'_>) -> Result<(), Loss> {
        match carried {
            Carried::Ip(octets) => self.ip(place, octets, sink),
            Carried::Other(protocol) => {
                self.innermost = Some(protocol);
                Ok(())
            }
        }
    }

    fn ip(&mut self, place: Place, octets: &[u8], sink: Sink<'_>) -> Result<(), Loss> {
        let packet = ip::packet(octets)?;
        self.innermost = Some(Protocol::Ip(packet.protocol));
        let sighting = place.sighting(&packet);
        let Some(fragment) = packet.fragment else {
            let upper = Upper {
                place,
                sighting,
                protocol: packet.protocol,
                octets: packet.payload,
                missing: packet.missing,
                ip_fragments: &[],
                dont_fragment: packet.dont_fragment,
            };
            return self.upper(&upper, sink);
        };
        let losses = &mut self.losses;
        let outcome = self
            .fragments
            .add(&sighting, &packet, fragment, &mut |open| {
                losses.fragments_evicted += open.fragments();
                incomplete(losses, open, sink);
            });
        let whole = match outcome {
            Outcome::Waits => return Ok(()),
            Outcome::Malformed => return Err(Loss::Malformed),
            Outcome::Whole(whole) => whole,
        };
        let upper = Upper {
            place,
            sighting: Sighting {
                ip_length: whole.ip_length,
                ..sighting
            },
            protocol: whole.protocol,
            octets: whole.octets(),
            missing: whole.missing,
            ip_fragments: &whole.frames,
            dont_fragment: packet.dont_fragment,
        };
        let read = self.upper(&upper, sink);
        self.fragments.recycle(whole);
        read
    }

    fn upper(&mut self, upper: &Upper<'_>, sink: Sink<'_>) -> Result<(), Loss> {
        self.innermost = Some(Protocol::Ip(upper.protocol));
        match upper.protocol {
            UDP => self.udp(upper, sink),
            TCP => {
                let segment = upper.datagram(Transport::Tcp);
                self.streams.segment(&segment, &mut self.losses, sink)
            }
            ESP => {
                sink(Observation::Datagram(upper.datagram(Transport::Esp)));
                Ok(())
            }
            AH => self.ah(upper, sink),
            IPV4_IN_IP | IPV6_IN_IP => self.inner(upper, Ok(Carried::Ip(upper.octets)), sink),
            MPLS_IN_IP => self.inner(upper, link::mpls(upper.octets), sink),
            GRE => self.inner(upper, tunnel::gre(upper.octets), sink),
            ICMP => icmp_error(4, upper, sink),
            ICMPV6 => icmp_error(6, upper, sink),
            _ => Ok(()),
        }
    }

    /// UDP (RFC 768), whatever the ports: the tracker knows what it waits for.
    fn udp(&mut self, upper: &Upper<'_>, sink: Sink<'_>) -> Result<(), Loss> {
        let header = (
            be_u16(upper.octets, 0),
            be_u16(upper.octets, 2),
            be_u16(upper.octets, 4),
        );
        let (Some(source), Some(destination), Some(announced)) = header else {
            return Err(Loss::Truncated);
        };
        let present = upper.octets.get(UDP_HEADER..).ok_or(Loss::Truncated)?;
        let there = length(present.len()).saturating_add(upper.missing);
        let announced = match u32::from(announced).checked_sub(UDP_HEADER as u32) {
            Some(announced) => announced,
            // Segmentation offload leaves the field empty.
            None if announced == 0 => there,
            None => return Err(Loss::Malformed),
        };
        let octets = present.get(..announced as usize).unwrap_or(present);
        if let Some(packet) = tunnel::in_udp(destination, octets) {
            return self.inner(upper, Ok(Carried::Ip(packet)), sink);
        }
        self.census.add_udp_port(source.min(destination));
        let mut datagram = upper.datagram(Transport::Udp);
        datagram.sighting.source.set_port(source);
        datagram.sighting.destination.set_port(destination);
        datagram.octets = octets;
        datagram.missing = announced.saturating_sub(length(octets.len()));
        sink(Observation::Datagram(datagram));
        Ok(())
    }

    /// AH (RFC 4302) hides nothing: what it protects is read as well.
    fn ah(&mut self, upper: &Upper<'_>, sink: Sink<'_>) -> Result<(), Loss> {
        let header = AhHeader::decode(upper.octets).map_err(|_| Loss::Truncated)?;
        sink(Observation::Datagram(upper.datagram(Transport::Ah)));
        let Some(octets) = upper.octets.get(header.length.into()..) else {
            return Ok(());
        };
        let inner = Upper {
            protocol: header.next_header,
            octets,
            place: upper.place.deeper()?,
            ..*upper
        };
        self.upper(&inner, sink)
    }

    /// Goes on with the packet that a tunnel carries.
    fn inner(
        &mut self,
        upper: &Upper<'_>,
        carried: Result<Carried<'_>, Loss>,
        sink: Sink<'_>,
    ) -> Result<(), Loss> {
        self.carried(upper.place.deeper()?, carried?, sink)
    }
}

impl Place {
    const fn sighting(&self, packet: &Packet<'_>) -> Sighting {
        Sighting {
            frame: self.frame,
            time: self.time,
            source: SocketAddr::new(packet.source, 0),
            destination: SocketAddr::new(packet.destination, 0),
            hop_limit: packet.hop_limit,
            ip_id: packet.identification,
            interface: self.interface,
            ip_length: packet.length,
        }
    }

    const fn deeper(mut self) -> Result<Self, Loss> {
        if self.depth >= MAX_DEPTH {
            return Err(Loss::Malformed);
        }
        self.depth += 1;
        Ok(self)
    }
}

impl<'a> Upper<'a> {
    const fn datagram(&self, transport: Transport) -> Datagram<'a> {
        Datagram {
            sighting: self.sighting,
            transport,
            octets: self.octets,
            missing: self.missing,
            ip_fragments: self.ip_fragments,
            dont_fragment: self.dont_fragment,
            plaintext: None,
        }
    }
}

fn icmp_error(version: u8, upper: &Upper<'_>, sink: Sink<'_>) -> Result<(), Loss> {
    if let Some(error) = icmp::error(version, upper.sighting, upper.octets)? {
        sink(Observation::IcmpError(error));
    }
    Ok(())
}

fn incomplete(losses: &mut Losses, open: &Open, sink: Sink<'_>) {
    losses.datagrams_incomplete += 1;
    sink(Observation::Incomplete(open.incomplete()));
}

const ICMP: u8 = 1;
const IPV4_IN_IP: u8 = 4;
const TCP: u8 = 6;
const UDP: u8 = 17;
const IPV6_IN_IP: u8 = 41;
const GRE: u8 = 47;
const ESP: u8 = 50;
const AH: u8 = 51;
const ICMPV6: u8 = 58;
const MPLS_IN_IP: u8 = 137;
const UDP_HEADER: usize = 8;
/// Tunnels in tunnels that are followed.
const MAX_DEPTH: u8 = 8;
