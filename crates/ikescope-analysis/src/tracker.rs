//! The tracker: observations in, [`History`] out. No I/O, no clock: time is what the packets say.

use ikescope_wire::observed::{
    Datagram, IcmpError, IncompleteDatagram, Observation, Timestamp, Transport,
};
use ikescope_wire::{AhHeader, Encapsulation, EspHeader};

use crate::esp::Packet;
use crate::filing::{Filing, IkeDatagram};
use crate::history::{Coverage, History, Tunnel};
use crate::order::{self, OrderWindow, Owned, What};
use crate::ports::Ports;

/// What bounds the tracker's memory. The defaults suit a hub with thousands of peers.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Observations that wait to be put in time order.
    pub order_window: u64,
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
            idle: 200 * 1_000_000_000,
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
    arrivals: u64,
    ports: Ports,
    filing: Filing,
}

impl Tracker {
    /// A tracker that has seen nothing.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            window: OrderWindow::new(limits.order_window),
            arrivals: 0,
            ports: Ports::new(&limits.ike_ports),
            filing: Filing::new(limits),
        }
    }

    /// Takes what an observer saw. Octets are copied only where the observation is of IKE.
    pub fn observe(&mut self, observation: &Observation<'_>) {
        self.arrivals += 1;
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
        self.window.push(self.arrivals, Owned { sighting, what });
        while let Some(owned) = self.window.pop(self.arrivals, None) {
            file(&mut self.filing, owned);
        }
    }

    /// Files everything up to `now` and hands over a finished negotiation, as a tunnel that holds
    /// this one and its flows: idle, ESP included, for longer than [`Limits::idle`]. For embedders
    /// with a live tap; call it until it returns `None`.
    pub fn poll(&mut self, now: Timestamp) -> Option<Tunnel> {
        while let Some(owned) = self.window.pop(self.arrivals, Some(now)) {
            file(&mut self.filing, owned);
        }
        self.filing.take_finished(now)
    }

    /// Ends the observation and returns what happened. `coverage` says, input by input, from when
    /// to when the capture ran: silence counts only where somebody listened.
    #[must_use]
    pub fn finish(mut self, coverage: &[Coverage]) -> History {
        while let Some(owned) = self.window.pop(self.arrivals, Some(Timestamp(i64::MAX))) {
            file(&mut self.filing, owned);
        }
        self.filing
            .into_history(coverage, self.window.out_of_order())
    }
}

fn file(filing: &mut Filing, owned: Owned) {
    let sighting = owned.sighting;
    match owned.what {
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
        What::Esp {
            transport,
            spi,
            sequence,
            octets,
            fragmented,
        } => {
            filing.esp(
                &sighting,
                Packet {
                    spi,
                    sequence,
                    octets,
                    transport,
                },
                fragmented,
            );
        }
        What::NatKeepalive => filing.keepalive(&sighting),
        What::Icmp(error) => filing.icmp(&sighting, &error),
        What::Tcp(kind) => filing.tcp(&sighting, kind),
        What::Incomplete(incomplete) => filing.incomplete(&sighting, *incomplete),
    }
}

fn classify(ports: &mut Ports, datagram: &Datagram<'_>) -> Option<What> {
    if datagram.transport == Transport::Ah {
        return own_ah(datagram);
    }
    own(datagram, ports.read(datagram)?)
}

fn own_incomplete(ports: &Ports, incomplete: &IncompleteDatagram<'_>) -> Option<What> {
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

fn own_ah(datagram: &Datagram<'_>) -> Option<What> {
    let header = AhHeader::decode(datagram.octets).ok()?;
    Some(What::Esp {
        transport: Transport::Ah,
        spi: header.spi,
        sequence: header.sequence,
        octets: octets_of(datagram, datagram.octets),
        fragmented: !datagram.ip_fragments.is_empty(),
    })
}

fn own(datagram: &Datagram<'_>, read: Encapsulation<'_>) -> Option<What> {
    match read {
        Encapsulation::Ike { octets, .. } => Some(What::Ike {
            transport: datagram.transport,
            octets: octets.into(),
            missing: datagram.missing,
            ip_fragments: datagram.ip_fragments.into(),
        }),
        Encapsulation::Esp(octets) => own_esp(datagram, octets),
        Encapsulation::NatKeepalive => Some(What::NatKeepalive),
        Encapsulation::Unrecognized(_) => None,
    }
}

fn own_esp(datagram: &Datagram<'_>, octets: &[u8]) -> Option<What> {
    let header = EspHeader::decode(octets).ok()?;
    Some(What::Esp {
        transport: datagram.transport,
        spi: header.spi,
        sequence: header.sequence,
        octets: octets_of(datagram, octets),
        fragmented: !datagram.ip_fragments.is_empty(),
    })
}

fn octets_of(datagram: &Datagram<'_>, octets: &[u8]) -> u32 {
    u32::try_from(octets.len())
        .unwrap_or(u32::MAX)
        .saturating_add(datagram.missing)
}

fn own_icmp(error: &IcmpError<'_>) -> What {
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
