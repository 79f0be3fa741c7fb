//! The tracker: observations in, [`History`] out. No I/O, no clock: time is what the packets say.

use ikescope_wire::observed::{
    Datagram, IcmpError, IncompleteDatagram, Observation, Timestamp, Transport,
};
use ikescope_wire::{AhHeader, Encapsulation, EspHeader};

use crate::esp::Packet;
use crate::filing::{Filing, IkeDatagram};
use crate::history::{Coverage, History, Tunnel};
use crate::order::{self, OrderWindow, Seen, What};
use crate::ports::Ports;

/// What bounds the tracker's memory. The defaults suit a hub with thousands of peers.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Observations that wait to be put in time order.
    pub order_window: usize,
    /// Negotiations followed at once; beyond it the one idle for longest is concluded.
    pub live_negotiations: usize,
    /// Negotiations kept whole per tunnel; others that ended are counted only.
    pub negotiations_per_tunnel: usize,
    /// ESP and AH flows kept.
    pub flows: usize,
    /// Tunnels kept; beyond it new pairs of peers are counted only.
    pub tunnels: usize,
    /// UDP ports that carry IKE besides 500, 4500 and 848. Odd ports are often found anyway: by a
    /// header whose version, exchange and length fit.
    pub ike_ports: Vec<u16>,
    /// How long after its last packet a negotiation counts as finished for [`Tracker::poll`], in
    /// nanoseconds of packet time.
    pub idle: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            order_window: 65_536,
            live_negotiations: 50_000,
            negotiations_per_tunnel: 24,
            flows: 200_000,
            tunnels: 200_000,
            ike_ports: Vec::new(),
            idle: 120 * 1_000_000_000,
        }
    }
}

/// Follows negotiations.
///
/// ```
/// use ikescope_analysis::{Limits, Tracker};
///
/// let tracker = Tracker::new(Limits::default());
/// let history = tracker.finish(&[]);
/// assert!(history.tunnels.is_empty());
/// ```
pub struct Tracker {
    window: OrderWindow,
    ports: Ports,
    filing: Filing,
}

impl Tracker {
    /// A tracker that has seen nothing.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            window: OrderWindow::new(limits.order_window),
            ports: Ports::new(&limits.ike_ports),
            filing: Filing::new(limits),
        }
    }

    /// Takes what an observer saw. Octets are copied only where the observation is of IKE.
    pub fn observe(&mut self, observation: &Observation<'_>) {
        let sighting = *observation.sighting();
        let what = match observation {
            Observation::Datagram(datagram) => classify(&mut self.ports, datagram),
            Observation::IcmpError(error) => Some(own_icmp(error)),
            Observation::TcpSignal(signal) => Some(What::Tcp(signal.kind)),
            Observation::Incomplete(incomplete) => own_incomplete(&self.ports, incomplete),
            _ => None,
        };
        let Some(what) = what else {
            self.filing.count_unrelated();
            return;
        };
        self.window.push(Seen { sighting, what });
        self.file(None);
    }

    /// Files everything up to `now` and hands over a finished negotiation, as a tunnel that holds
    /// this one and its flows: idle, ESP included, for longer than [`Limits::idle`]. For embedders
    /// with a live tap; call it until it returns `None`.
    pub fn poll(&mut self, now: Timestamp) -> Option<Tunnel> {
        self.file(Some(now));
        self.filing.take_finished(now)
    }

    /// Files what leaves the window: what it has no room for, and what is not after `until`.
    fn file(&mut self, until: Option<Timestamp>) {
        while let Some(seen) = self.window.pop(until) {
            file(&mut self.filing, seen);
        }
    }

    /// Ends the observation and returns what happened. `coverage` says, input by input, from when
    /// to when the capture ran: silence counts only where somebody listened.
    #[must_use]
    pub fn finish(mut self, coverage: &[Coverage]) -> History {
        self.file(Some(Timestamp(i64::MAX)));
        self.filing
            .into_history(coverage, self.window.out_of_order())
    }
}

fn file(filing: &mut Filing, seen: Seen<'_>) {
    let sighting = seen.sighting;
    match seen.what {
        What::Ike {
            transport,
            octets,
            missing,
            ip_fragments,
        } => filing.ike(IkeDatagram {
            sighting,
            transport,
            octets,
            missing,
            ip_fragments,
            incomplete: false,
        }),
        What::Esp(packet) => filing.esp(&sighting, packet),
        What::NatKeepalive => filing.keepalive(&sighting),
        What::Icmp(error) => filing.icmp(&sighting, &error),
        What::Tcp(kind) => filing.tcp(&sighting, kind),
        What::Incomplete(incomplete) => filing.incomplete(&sighting, *incomplete),
    }
}

fn classify<'a>(ports: &mut Ports, datagram: &Datagram<'a>) -> Option<What<&'a [u8]>> {
    if datagram.transport == Transport::Ah {
        return own_ah(datagram);
    }
    own(datagram, ports.read(datagram)?)
}

fn own_incomplete<'a>(
    ports: &Ports,
    incomplete: &IncompleteDatagram<'a>,
) -> Option<What<&'a [u8]>> {
    let sighting = &incomplete.sighting;
    let on_ike_port =
        ports.carries_ike(sighting.source.port()) || ports.carries_ike(sighting.destination.port());
    // Without its first fragment a datagram has no ports; filing decides by the addresses.
    if incomplete.first_seen && !on_ike_port {
        return None;
    }
    Some(What::Incomplete(Box::new(order::Incomplete {
        protocol: incomplete.protocol,
        fragments: incomplete.fragments.into(),
        first_seen: incomplete.first_seen,
        last_seen: incomplete.last_seen,
        octets: incomplete.octets.into(),
    })))
}

fn own_ah<'a>(datagram: &Datagram<'a>) -> Option<What<&'a [u8]>> {
    let header = AhHeader::decode(datagram.octets).ok()?;
    Some(What::Esp(Packet {
        transport: Transport::Ah,
        spi: header.spi,
        sequence: header.sequence,
        octets: octets_of(datagram, datagram.octets),
    }))
}

fn own<'a>(datagram: &Datagram<'a>, read: Encapsulation<'a>) -> Option<What<&'a [u8]>> {
    match read {
        Encapsulation::Ike { octets, .. } => Some(What::Ike {
            transport: datagram.transport,
            octets,
            missing: datagram.missing,
            ip_fragments: datagram.ip_fragments.into(),
        }),
        Encapsulation::Esp(octets) => own_esp(datagram, octets),
        Encapsulation::NatKeepalive => Some(What::NatKeepalive),
        Encapsulation::Unrecognized(_) => None,
    }
}

fn own_esp<'a>(datagram: &Datagram<'a>, octets: &[u8]) -> Option<What<&'a [u8]>> {
    let header = EspHeader::decode(octets).ok()?;
    Some(What::Esp(Packet {
        transport: datagram.transport,
        spi: header.spi,
        sequence: header.sequence,
        octets: octets_of(datagram, octets),
    }))
}

fn octets_of(datagram: &Datagram<'_>, octets: &[u8]) -> u32 {
    u32::try_from(octets.len())
        .unwrap_or(u32::MAX)
        .saturating_add(datagram.missing)
}

fn own_icmp<'a>(error: &IcmpError<'a>) -> What<&'a [u8]> {
    What::Icmp(Box::new(order::IcmpError {
        version: error.version,
        icmp_type: error.icmp_type,
        code: error.code,
        mtu: error.mtu,
        quoted_source: error.quoted_source,
        quoted_destination: error.quoted_destination,
        quoted_transport: error.quoted_transport,
        quoted_ip_length: error.quoted_ip_length,
        quoted_octets: error.quoted_octets.into(),
    }))
}
