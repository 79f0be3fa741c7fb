//! From what an observer saw to what is filed: the borrow of the capture's octets ends here.
//!
//! Messages are decoded while their octets are still at hand; what goes on is a few hundred octets
//! of facts. An intake knows nothing of negotiations, so it can run on a thread of its own.

use std::net::{IpAddr, SocketAddr};

use ikescope_wire::observed::{
    Datagram, IcmpError, IncompleteDatagram, Observation, Sighting, TcpSignalKind, Timestamp,
    Transport,
};
use ikescope_wire::{
    AhHeader, Encapsulation, EspHeader, Header, Message, RadiusHeader, Said, Spi, Statement,
};

use crate::carried::Load;
use crate::esp::Packet;
use crate::history::Disorder;
use crate::log::Stated;
use crate::negotiation::{IcmpReport, IncompleteReport};
use crate::opener::{EspOpener, Keys, Revealed};
use crate::order::OrderWindow;
use crate::ports::Ports;
use crate::radius;
use crate::reader::{NO_CERTIFICATES, Reader};
use crate::reassembly::Reassembly;
use crate::recent::{self, Recent};
use crate::record::{self, Facts};

/// Something seen that is to be filed.
#[derive(Debug)]
pub struct Arrival {
    pub(crate) sighting: Sighting,
    pub(crate) what: What,
}

/// The kinds of arrivals.
#[derive(Debug)]
pub(crate) enum What {
    Ike(Ike),
    /// On an IKE port, and not even a header could be read.
    Malformed,
    Esp(Packet),
    NatKeepalive,
    Icmp(Box<Icmp>),
    Tcp(TcpSignalKind),
    Incomplete(Box<Incomplete>),
    Stated(Box<Stated>),
    Radius(RadiusHeader),
    /// What was inside of the ESP packet before it.
    Carried(Box<Inside>),
}

/// What was inside of an ESP packet.
#[derive(Debug)]
pub(crate) struct Inside {
    pub(crate) spi: u32,
    pub(crate) sequence: u32,
    pub(crate) load: Load,
}

/// An IKE message.
#[derive(Debug)]
pub(crate) struct Ike {
    pub(crate) header: Header,
    pub(crate) facts: Facts,
    pub(crate) transport: Transport,
    pub(crate) ip_fragments: Box<[u64]>,
    /// Octets that the snap length cut off the datagram.
    pub(crate) missing: u32,
    /// Only some of the datagram's IP fragments were seen.
    pub(crate) incomplete: bool,
    /// It was put together of messages before it: fragments of IKEv1.
    pub(crate) reassembled: bool,
}

/// An ICMP error, and the initiator SPI it quotes.
#[derive(Debug)]
pub(crate) struct Icmp {
    pub(crate) report: IcmpReport,
    pub(crate) spi: Option<Spi>,
}

/// A datagram of which fragments are missing, and the message it began with.
#[derive(Debug)]
pub(crate) struct Incomplete {
    pub(crate) report: IncompleteReport,
    pub(crate) is_udp: bool,
    pub(crate) message: Option<Ike>,
}

/// Arrivals handed on at a time, where there are so many.
const BATCH: usize = 1024;

/// Takes observations as they come and hands on, in order of time, what is to be filed of them.
pub struct Intake {
    ports: Ports,
    keys: Keys,
    reader: Reader,
    /// What messages read lately say.
    recent: Recent<Facts>,
    window: OrderWindow,
    /// How many arrivals beyond the window's size are handed on at once: a small window is kept to
    /// the letter.
    batch: usize,
    unrelated: u64,
    /// Addresses that stand for others, in the inputs that are logs.
    stand_ins: Vec<IpAddr>,
    reassembly: Reassembly,
    esp_opener: Option<Box<dyn EspOpener>>,
    /// What the datagram taken last led to: the message that a fragment made whole, what was inside of a
    /// packet.
    behind: Option<What>,
}

impl Intake {
    pub(crate) fn new(ike_ports: &[u16], order_window: usize, keys: Keys) -> Self {
        let esp_opener = keys.as_ref().and_then(|keyring| keyring.esp_opener());
        Self {
            ports: Ports::new(ike_ports),
            keys,
            reader: Reader::default(),
            recent: Recent::default(),
            window: OrderWindow::new(order_window),
            batch: order_window.clamp(1, BATCH),
            unrelated: 0,
            stand_ins: Vec::new(),
            reassembly: Reassembly::default(),
            esp_opener,
            behind: None,
        }
    }

    /// Takes what an observer saw. Once the window is full it says `true`: something is ready.
    pub fn take(&mut self, observation: &Observation<'_>) -> bool {
        let what = match observation {
            Observation::Statement(statement) => match self.statement(statement) {
                Some(what) => Some(what),
                None => return false,
            },
            Observation::Datagram(datagram) => self.datagram(datagram),
            Observation::IcmpError(error) => Some(icmp(error)),
            Observation::TcpSignal(signal) => Some(What::Tcp(signal.kind)),
            Observation::Incomplete(incomplete) => self.incomplete(incomplete),
            _ => None,
        };
        match what {
            Some(what) => self.window.push(Arrival {
                sighting: *observation.sighting(),
                what,
            }),
            None => self.unrelated += 1,
        }
        if self.behind.is_some() {
            self.take_behind(observation.sighting());
        }
        self.window.surplus() >= self.batch
    }

    /// Takes what came out of the one before.
    #[cold]
    fn take_behind(&mut self, sighting: &Sighting) {
        if let Some(what) = self.behind.take() {
            let sighting = *sighting;
            self.window.push(Arrival { sighting, what });
        }
    }

    /// Hands on the earliest arrivals that the window has no room for.
    pub fn ready(&mut self, into: &mut Vec<Arrival>) {
        let surplus = self.window.surplus();
        into.extend(core::iter::from_fn(|| self.window.pop(Timestamp(i64::MAX))).take(surplus));
    }

    /// Hands on the earliest arrivals, none after `until` and not too many at once; says whether
    /// there were any.
    pub fn drain(&mut self, until: Timestamp, into: &mut Vec<Arrival>) -> bool {
        let before = into.len();
        into.extend(core::iter::from_fn(|| self.window.pop(until)).take(BATCH));
        let any = into.len() > before;
        if !any {
            self.window.release();
        }
        any
    }

    /// Time of the latest arrival that was handed on.
    #[must_use]
    pub const fn handed_on(&self) -> Timestamp {
        self.window.released()
    }

    pub(crate) const fn unrelated(&self) -> u64 {
        self.unrelated
    }

    pub(crate) const fn disorder(&self) -> Option<Disorder> {
        self.window.disorder()
    }

    fn datagram(&mut self, datagram: &Datagram<'_>) -> Option<What> {
        if datagram.transport == Transport::Ah {
            let header = AhHeader::decode(datagram.octets).ok()?;
            return Some(packet(
                datagram,
                datagram.octets,
                header.spi,
                header.sequence,
            ));
        }
        let Some(read) = self.ports.read(datagram) else {
            return radius::read(datagram).map(What::Radius);
        };
        match read {
            Encapsulation::Ike { octets, .. } => Some(self.ike(datagram, octets)),
            Encapsulation::Esp(octets) => {
                let header = EspHeader::decode(octets).ok()?;
                self.behind = self.carried(datagram, octets, header);
                Some(packet(datagram, octets, header.spi, header.sequence))
            }
            Encapsulation::NatKeepalive => Some(What::NatKeepalive),
            Encapsulation::Unrecognized(_) => None,
        }
    }

    fn ike(&mut self, datagram: &Datagram<'_>, octets: &[u8]) -> What {
        let Some((header, mut facts)) = self.message(&datagram.sighting, octets) else {
            return What::Malformed;
        };
        if let Some(plaintext) = datagram.plaintext {
            let revealed = Revealed {
                payloads: plaintext.payloads(header.version.major() == 2),
                in_place: plaintext.offset.is_some(),
                read_certificate: NO_CERTIFICATES,
            };
            facts.disclose(revealed, header.exchange_type);
        }
        if facts.fragment().is_some() && header.version.major() == 1 {
            self.behind = self.put_together(datagram, octets).map(What::Ike);
        }
        What::Ike(Ike {
            header,
            facts,
            transport: datagram.transport,
            ip_fragments: datagram.ip_fragments.into(),
            missing: datagram.missing,
            incomplete: false,
            reassembled: false,
        })
    }

    /// What is inside of an ESP packet.
    fn carried(
        &mut self,
        datagram: &Datagram<'_>,
        octets: &[u8],
        header: EspHeader,
    ) -> Option<What> {
        let opener = self.esp_opener.as_mut()?;
        let sighting = &datagram.sighting;
        let ends = [sighting.source.ip(), sighting.destination.ip()];
        let mut load = None;
        opener.open(
            ends,
            octets,
            datagram.missing,
            &mut |next_header, payload| {
                load = Load::of(next_header, payload);
            },
        );
        Some(What::Carried(Box::new(Inside {
            spi: header.spi,
            sequence: header.sequence,
            load: load?,
        })))
    }

    /// The message that this fragment of IKEv1 makes whole.
    fn put_together(&mut self, datagram: &Datagram<'_>, octets: &[u8]) -> Option<Ike> {
        let Message::V1(fragment) = Message::decode(octets).ok()? else {
            return None;
        };
        let sender = datagram.sighting.source.ip();
        let whole = self.reassembly.add(Some(sender), &fragment)?;
        let (header, facts) = self.message(&datagram.sighting, &whole)?;
        let fits = header.spis == fragment.header.spis && facts.fragment().is_none();
        fits.then(|| Ike {
            header,
            facts,
            transport: datagram.transport,
            ip_fragments: Box::default(),
            missing: 0,
            incomplete: false,
            reassembled: true,
        })
    }

    fn message(&mut self, sighting: &Sighting, octets: &[u8]) -> Option<(Header, Facts)> {
        let message = Message::decode(octets).ok()?;
        let digest = record::digest(octets);
        let key = recent::key(digest, sighting);
        let mut facts = match self.recent.get(key) {
            Some(facts) => facts.clone(),
            None => {
                let facts = Facts::of(&message, octets, digest, sighting, &mut self.reader);
                self.recent.insert(key, facts.clone());
                facts
            }
        };
        if let Some(keyring) = &self.keys
            && keyring.wants(message.header())
        {
            facts.keep(octets);
        }
        if !self.stand_ins.is_empty() {
            self.forget_stand_ins(&mut facts, sighting);
        }
        Some((*message.header(), facts))
    }

    /// What a log states; that it holds stand-ins concerns the messages to come.
    fn statement(&mut self, statement: &Statement<'_>) -> Option<What> {
        let Said::StandIns { own, peer } = statement.said else {
            return Some(What::Stated(Box::new(Stated::of(statement))));
        };
        let (source, destination) = (statement.sighting.source, statement.sighting.destination);
        for (is_one, end) in [(own, source), (peer, destination)] {
            if is_one && !self.stand_ins.contains(&end.ip()) {
                self.stand_ins.push(end.ip());
            }
        }
        None
    }

    /// No hash can be compared with an address that stands for another.
    fn forget_stand_ins(&self, facts: &mut Facts, sighting: &Sighting) {
        let is_one = |end: SocketAddr| self.stand_ins.contains(&end.ip());
        if let Some(claim) = &mut facts.nat {
            claim.source = claim.source.filter(|_| !is_one(sighting.source));
            claim.destination = claim.destination.filter(|_| !is_one(sighting.destination));
        }
    }

    fn incomplete(&mut self, incomplete: &IncompleteDatagram<'_>) -> Option<What> {
        let sighting = &incomplete.sighting;
        let ports = [sighting.source.port(), sighting.destination.port()];
        // Without its first fragment a datagram has no ports; filing decides by the addresses.
        if incomplete.first_seen && !ports.iter().any(|port| self.ports.carries_ike(*port)) {
            return None;
        }
        let marked = ports.contains(&ikescope_wire::encapsulation::NAT_T_PORT);
        let message = match Encapsulation::of_udp(incomplete.octets, marked) {
            Encapsulation::Ike { octets, .. } => self.message(sighting, octets),
            _ => None,
        };
        Some(What::Incomplete(Box::new(Incomplete {
            report: IncompleteReport {
                fragments: incomplete.fragments.into(),
                frame: sighting.frame,
                time: sighting.time,
                source: sighting.source.ip(),
                destination: sighting.destination.ip(),
                first_seen: incomplete.first_seen,
                last_seen: incomplete.last_seen,
            },
            is_udp: incomplete.protocol == UDP,
            message: message.map(|(header, facts)| Ike {
                header,
                facts,
                transport: Transport::Udp,
                ip_fragments: incomplete.fragments.into(),
                missing: 0,
                incomplete: true,
                reassembled: false,
            }),
        })))
    }
}

/// IP protocol number of UDP.
const UDP: u8 = 17;

fn packet(datagram: &Datagram<'_>, octets: &[u8], spi: u32, sequence: u32) -> What {
    let kept = u32::try_from(octets.len()).unwrap_or(u32::MAX);
    What::Esp(Packet {
        spi,
        sequence,
        octets: kept.saturating_add(datagram.missing),
        transport: datagram.transport,
    })
}

fn icmp(error: &IcmpError<'_>) -> What {
    let message = quoted_ike(error);
    What::Icmp(Box::new(Icmp {
        report: IcmpReport {
            frame: error.sighting.frame,
            time: error.sighting.time,
            reporter: error.sighting.source.ip(),
            version: error.version,
            icmp_type: error.icmp_type,
            code: error.code,
            mtu: error.mtu,
            quoted_source: error.quoted_source,
            quoted_destination: error.quoted_destination,
            quoted_transport: error.quoted_transport,
            quoted_ip_length: error.quoted_ip_length,
            quotes_ike: message.is_some(),
        },
        spi: message
            .and_then(|octets| octets.first_chunk())
            .map(|spi| Spi(*spi)),
    }))
}

/// The IKE message that an ICMP error quotes, as far as it goes; `None` if it quotes ESP.
fn quoted_ike<'a>(error: &IcmpError<'a>) -> Option<&'a [u8]> {
    use ikescope_wire::encapsulation::{NAT_T_PORT, NON_ESP_MARKER};
    if matches!(error.quoted_transport, Transport::Esp | Transport::Ah) {
        return None;
    }
    let ports = [error.quoted_source.port(), error.quoted_destination.port()];
    if ports.contains(&NAT_T_PORT) {
        error.quoted_octets.strip_prefix(&NON_ESP_MARKER)
    } else {
        Some(error.quoted_octets)
    }
}
