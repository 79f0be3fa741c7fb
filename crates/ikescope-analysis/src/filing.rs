//! Files each datagram under its negotiation, its exchange, its flow.

mod live;

use core::hint::black_box;
use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};

use foldhash::HashMap;
use ikescope_wire::iana::{ExchangeType, PayloadType};
use ikescope_wire::observed::{Sighting, TcpSignalKind, Timestamp};
use ikescope_wire::statement::Listed;
use ikescope_wire::{Header, SpiPair};

use crate::archive::{Archive, Ended, Leaving};
use crate::conversation::{self, Envelope};
use crate::esp::{Flow, FlowKey, Packet};
use crate::few::{Few, push_tight};
use crate::history::{Coverage, Disorder, History, Tunnel};
use crate::intake::{Arrival, Icmp, Ike, Incomplete, Inside, What};
use crate::listed::{LINES_KEPT, ListedLine};
use crate::log::{Stated, Told};
use crate::negotiation::{Mode, Negotiation, Role, TcpReport};
use crate::opener::Opener;
use crate::radius::RadiusLog;
use crate::record::Facts;
use crate::roster::{Roster, Slot};
use crate::tracker::{Limits, TOGETHER};

/// ICMP errors kept per negotiation and per tunnel.
const ICMP_KEPT: usize = 16;
/// Incomplete datagrams and TCP signals kept per tunnel.
const REPORTS_KEPT: usize = 32;
/// Negotiations concluded at once when everything ends.
const CLOSED_AT_ONCE: usize = 512;
/// Addresses and ports kept of one end.
const VALUES_KEPT: usize = 16;

/// What an arrival was filed under: for those who want to know at once.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Filed {
    /// A negotiation: a message, or a part of one.
    Message(Slot),
    /// A negotiation: what the log of an end says came of it.
    Stated(Slot),
    /// A flow: the tunnel, and its index there.
    Packet(usize, usize),
    /// None of them.
    Elsewhere,
}

impl Filed {
    fn message(slot: Option<Slot>) -> Self {
        slot.map_or(Self::Elsewhere, Self::Message)
    }
}

struct TunnelRecord {
    tunnel: Tunnel,
    live: Vec<Slot>,
    /// Whether a negotiation of it has gone to the archive.
    has_ended: bool,
}

/// Counters per input.
#[derive(Default)]
struct Counts {
    ike: Vec<u64>,
    esp: Vec<u64>,
    malformed: Vec<u64>,
    truncated: Vec<u64>,
}

fn count(counter: &mut Vec<u64>, input: u16) {
    let index = usize::from(input);
    if counter.len() <= index {
        counter.resize(index + 1, 0);
    }
    counter[index] += 1;
}

/// Everything that is alive.
pub(crate) struct Filing {
    limits: Limits,
    opener: Option<Box<dyn Opener>>,
    roster: Roster,
    /// What is still alive at the end, in order of appearance.
    closing: Option<VecDeque<Slot>>,
    /// Concluded and to be handed over to an archive, and the room that it gives back.
    ended: Ended,
    /// Concluded and to be handed over, where somebody takes them as they finish.
    finished: Option<VecDeque<Leaving>>,
    pairs: HashMap<(IpAddr, IpAddr), usize>,
    tunnels: Vec<TunnelRecord>,
    /// Tunnel of a flow, and its index there.
    flows: HashMap<FlowKey, (usize, usize)>,
    next_id: u32,
    counts: Counts,
    radius: RadiusLog,
    tunnels_dropped: u64,
    flows_dropped: u64,
}

impl Filing {
    pub(crate) fn new(limits: Limits, opener: Option<Box<dyn Opener>>) -> Self {
        Self {
            limits,
            opener,
            roster: Roster::default(),
            closing: None,
            ended: Ended::default(),
            finished: None,
            pairs: HashMap::default(),
            tunnels: Vec::new(),
            flows: HashMap::default(),
            next_id: 1,
            counts: Counts::default(),
            radius: RadiusLog::default(),
            tunnels_dropped: 0,
            flows_dropped: 0,
        }
    }

    /// Reads what filing these arrivals will need. One by one each would wait for memory; here the
    /// waits run side by side. Nothing else comes of it.
    pub(crate) fn prepare(&mut self, batch: &[Arrival]) {
        // By the first of them: between it and the last, minutes may lie, and who speaks in between is
        // not idle.
        if let Some(first) = batch.first() {
            self.retire_idle(first.sighting.time);
        }
        let spis = batch.iter().filter_map(|arrival| match &arrival.what {
            What::Ike(ike) => Some(ike.header.spis.initiator),
            _ => None,
        });
        self.roster
            .warm(spis.filter_map(|spi| self.roster.with_spi(spi).next()));
        self.ended.spares.warm(batch.len() / 2);
    }

    pub(crate) fn file(&mut self, arrival: Arrival) -> Filed {
        let Arrival { sighting, what } = arrival;
        match what {
            What::Ike(message) => return Filed::message(self.ike(&sighting, message)),
            What::Malformed => {
                count(&mut self.counts.ike, sighting.frame.input);
                count(&mut self.counts.malformed, sighting.frame.input);
            }
            What::Esp(packet) => return self.esp(&sighting, packet),
            What::Carried(inside) => self.carried(&sighting, &inside),
            What::NatKeepalive => self.keepalive(&sighting),
            What::Icmp(error) => self.icmp(*error),
            What::Tcp(kind) => self.tcp(&sighting, kind),
            What::Radius(header) => self.radius.file(&sighting, &header),
            What::Incomplete(incomplete) => {
                return Filed::message(self.incomplete(&sighting, *incomplete));
            }
            What::Stated(stated) => return self.stated(&sighting, *stated),
        }
        Filed::Elsewhere
    }

    fn ike(&mut self, sighting: &Sighting, mut message: Ike) -> Option<Slot> {
        if let Some(opener) = &mut self.opener {
            message.facts.open(opener.as_mut());
        }
        if !message.reassembled {
            count(&mut self.counts.ike, sighting.frame.input);
        }
        // A log that tells no octets cuts nothing: there was nothing to keep.
        let cut = message.missing > 0 && sighting.hop_limit > 0;
        if cut {
            count(&mut self.counts.truncated, sighting.frame.input);
        } else if message.missing == 0 && !message.incomplete && !message.facts.errors.is_empty() {
            count(&mut self.counts.malformed, sighting.frame.input);
        }
        let header = message.header;
        let found = self.find(&header, sighting, message.facts.digest);
        let Some(slot) = found.or_else(|| self.open(&header, sighting)) else {
            self.tunnels_dropped += 1;
            return None;
        };
        let sender = self.learn_addresses(slot, sighting, &header)?;
        conversation::file(
            self.roster.get_mut(slot)?,
            Envelope {
                message,
                sender,
                sighting,
            },
            &mut self.ended.spares,
        );
        Some(slot)
    }

    /// The negotiation this message belongs to: by its SPIs, then by the addresses.
    fn find(&mut self, header: &Header, sighting: &Sighting, digest: u64) -> Option<Slot> {
        let roster = &self.roster;
        let fits = |slot: &Slot| {
            roster.get(*slot).is_some_and(|negotiation| {
                conversation::belongs(negotiation, header, sighting, digest)
            })
        };
        let found = roster.with_spi(header.spis.initiator).find(fits);
        found.or_else(|| self.find_rekeyed(header, sighting))
    }

    /// A pair of SPIs without an IKE_SA_INIT of its own comes from CREATE_CHILD_SA between the
    /// same peers (RFC 7296 §1.3.2).
    fn find_rekeyed(&mut self, header: &Header, sighting: &Sighting) -> Option<Slot> {
        if header.version.major() != 2
            || matches!(
                header.exchange_type,
                ExchangeType::IKE_SA_INIT
                    | ExchangeType::IKE_SESSION_RESUME
                    | ExchangeType::IKE_AUTH
            )
        {
            return None;
        }
        let tunnel = *self.pairs.get(&pair(sighting))?;
        let slot = self.tunnels[tunnel]
            .live
            .iter()
            .rev()
            .copied()
            .find(|slot| {
                self.roster
                    .get(*slot)
                    .and_then(|negotiation| negotiation.newest(ExchangeType::CREATE_CHILD_SA))
                    .is_some_and(|exchange| exchange.is_answered() || exchange.request.is_none())
            })?;
        self.roster.get_mut(slot)?.successors.push(header.spis);
        self.roster.add_successor(slot, header.spis.initiator);
        Some(slot)
    }

    fn open(&mut self, header: &Header, sighting: &Sighting) -> Option<Slot> {
        let sender = conversation::opening_sender(header);
        let (initiator, responder) = match sender {
            Role::Initiator => (sighting.source, sighting.destination),
            Role::Responder => (sighting.destination, sighting.source),
        };
        let from_start = header.spis.responder.is_zero() && sender == Role::Initiator;
        self.insert(
            header.version.major(),
            conversation::mode(header),
            (initiator, responder),
            header.spis,
            from_start,
            sighting,
        )
    }

    fn insert(
        &mut self,
        ike_version: u8,
        mode: Mode,
        (initiator, responder): (SocketAddr, SocketAddr),
        spis: SpiPair,
        seen_from_start: bool,
        sighting: &Sighting,
    ) -> Option<Slot> {
        let tunnel = self.tunnel(initiator.ip(), responder.ip())?;
        let negotiation = Negotiation {
            id: self.next_id,
            ike_version,
            mode,
            initiator,
            responder,
            spis,
            successors: Vec::new(),
            exchanges: Vec::new(),
            exchanges_dropped: 0,
            seen_from_start,
            initiator_addresses: Few::one(initiator.ip()),
            responder_addresses: Few::one(responder.ip()),
            initiator_ports: Few::one(initiator.port()),
            icmp: Vec::new(),
            log: None,
            first_time: sighting.time,
            last_time: sighting.time,
            attempts: 1,
            attempts_since: sighting.time,
            attempt_times: Few::one(sighting.time),
            first_frame: sighting.frame,
        };
        self.next_id += 1;
        let negotiation = self.ended.spares.negotiation(negotiation);
        let slot = self.roster.insert(negotiation, tunnel);
        self.tunnels[tunnel].live.push(slot);
        Some(slot)
    }

    fn tunnel(&mut self, initiator: IpAddr, responder: IpAddr) -> Option<usize> {
        let key = ordered(initiator, responder);
        if let Some(index) = self.pairs.get(&key) {
            return Some(*index);
        }
        if self.tunnels.len() >= self.limits.tunnels {
            return None;
        }
        self.tunnels.push(TunnelRecord {
            tunnel: Tunnel::new(initiator, responder),
            live: Vec::new(),
            has_ended: false,
        });
        self.pairs.insert(key, self.tunnels.len() - 1);
        Some(self.tunnels.len() - 1)
    }

    /// Who sent it. A known negotiation seen with new addresses is the other side of a NAT, a
    /// rebinding, MOBIKE.
    fn learn_addresses(
        &mut self,
        slot: Slot,
        sighting: &Sighting,
        header: &Header,
    ) -> Option<Role> {
        let tunnel = self.roster.tunnel(slot)?;
        let negotiation = self.roster.get_mut(slot)?;
        let sender = conversation::sender(negotiation, header, sighting);
        let (initiator, responder) = match sender {
            Role::Initiator => (sighting.source, sighting.destination),
            Role::Responder => (sighting.destination, sighting.source),
        };
        negotiation.last_time = negotiation.last_time.max(sighting.time);
        remember(&mut negotiation.initiator_ports, initiator.port());
        let moved = remember(&mut negotiation.initiator_addresses, initiator.ip())
            | remember(&mut negotiation.responder_addresses, responder.ip());
        if moved {
            self.join_pair(ordered(initiator.ip(), responder.ip()), tunnel);
        }
        Some(sender)
    }

    /// From now on this pair of addresses is that tunnel. ESP may have come from there before the
    /// first IKE message did.
    fn join_pair(&mut self, key: (IpAddr, IpAddr), tunnel: usize) {
        let other = *self.pairs.entry(key).or_insert(tunnel);
        let record = &mut self.tunnels[other];
        if other != tunnel && record.live.is_empty() && !record.has_ended {
            for flow in std::mem::take(&mut record.tunnel.flows) {
                let flows = &mut self.tunnels[tunnel].tunnel.flows;
                self.flows.insert(flow.key(), (tunnel, flows.len()));
                flows.push(flow);
            }
            self.pairs.insert(key, tunnel);
        }
    }

    /// What a log says goes to its negotiation: by the SPIs, else by the number that the log gives its
    /// IKE SAs, else to the newest between the two.
    fn stated(&mut self, sighting: &Sighting, stated: Stated) -> Filed {
        if let Some(told) = stated.listed {
            self.listed(sighting, stated.into_listed(told, sighting.frame));
            return Filed::Elsewhere;
        }
        let found = match stated.spis {
            Some(spis) => self.with_spis(spis, sighting),
            None => self.with_serial(stated.serial, sighting),
        };
        let Some(slot) = found.or_else(|| self.open_by_log(&stated, sighting)) else {
            self.tunnels_dropped += 1;
            return Filed::Elsewhere;
        };
        let Some(negotiation) = self.roster.get_mut(slot) else {
            return Filed::Elsewhere;
        };
        negotiation.last_time = negotiation.last_time.max(sighting.time);
        let by = direction(negotiation, sighting.source, sighting.destination)
            .unwrap_or_else(|| stated.usual_speaker());
        let is_result = stated.told.is_failure() || matches!(stated.told, Told::Established(_));
        let log = negotiation.log.get_or_insert_default();
        log.take(stated, by, sighting);
        if is_result {
            Filed::Stated(slot)
        } else {
            Filed::Elsewhere
        }
    }

    /// A line of a list goes to the tunnel; the newest list of a connection counts.
    fn listed(&mut self, sighting: &Sighting, line: ListedLine) {
        let (own, peer) = (sighting.source.ip(), sighting.destination.ip());
        let Some(index) = self.tunnel(own, peer) else {
            self.tunnels_dropped += 1;
            return;
        };
        let lines = self.tunnels[index].tunnel.listed.get_or_insert_default();
        if line.told == Listed::Heading {
            lines.retain(|other| other.connection != line.connection);
        }
        if lines.len() < LINES_KEPT {
            lines.push(line);
        }
    }

    fn with_spis(&self, spis: SpiPair, sighting: &Sighting) -> Option<Slot> {
        self.roster.with_spi(spis.initiator).find(|slot| {
            self.roster.get(*slot).is_some_and(|negotiation| {
                let known = negotiation.spis.responder;
                let fits = known == spis.responder || known.is_zero() || spis.responder.is_zero();
                fits && direction(negotiation, sighting.source, sighting.destination).is_some()
            })
        })
    }

    fn with_serial(&self, serial: Option<u64>, sighting: &Sighting) -> Option<Slot> {
        let tunnel = *self.pairs.get(&pair(sighting))?;
        let mut live = self.tunnels[tunnel].live.iter().rev().copied();
        live.find(|slot| {
            let log = self
                .roster
                .get(*slot)
                .and_then(|found| found.log.as_deref());
            let told = log.and_then(|log| log.serial);
            serial.is_none() || told == serial
        })
    }

    /// A negotiation of which no message was seen, only what a log says of it.
    fn open_by_log(&mut self, stated: &Stated, sighting: &Sighting) -> Option<Slot> {
        if !stated.told.is_failure() {
            return None;
        }
        let (initiator, responder) = match stated.usual_speaker() {
            Role::Initiator => (sighting.source, sighting.destination),
            Role::Responder => (sighting.destination, sighting.source),
        };
        let version = stated.ike_version.unwrap_or(2);
        let mode = match version {
            1 => Mode::Unknown,
            _ => Mode::Ikev2,
        };
        let spis = stated.spis.unwrap_or_default();
        self.insert(version, mode, (initiator, responder), spis, false, sighting)
    }

    fn esp(&mut self, sighting: &Sighting, packet: Packet) -> Filed {
        count(&mut self.counts.esp, sighting.frame.input);
        let key = FlowKey {
            source: sighting.source.ip(),
            destination: sighting.destination.ip(),
            spi: packet.spi,
        };
        if let Some((tunnel, index)) = self.flows.get(&key) {
            self.tunnels[*tunnel].tunnel.flows[*index].add(sighting, packet);
            return Filed::Packet(*tunnel, *index);
        }
        let room = self.flows.len() < self.limits.flows;
        let Some(tunnel) = self.tunnel(key.source, key.destination).filter(|_| room) else {
            self.flows_dropped += 1;
            return Filed::Elsewhere;
        };
        let flows = &mut self.tunnels[tunnel].tunnel.flows;
        self.flows.insert(key, (tunnel, flows.len()));
        push_tight(flows, Flow::new(sighting, packet));
        Filed::Packet(tunnel, flows.len() - 1)
    }

    fn carried(&mut self, sighting: &Sighting, inside: &Inside) {
        let key = FlowKey {
            source: sighting.source.ip(),
            destination: sighting.destination.ip(),
            spi: inside.spi,
        };
        if let Some((tunnel, index)) = self.flows.get(&key) {
            let flow = &mut self.tunnels[*tunnel].tunnel.flows[*index];
            let carried = flow.carried.get_or_insert_default();
            carried.add(sighting, inside.sequence, &inside.load);
        }
    }

    fn keepalive(&mut self, sighting: &Sighting) {
        let Some(index) = self.pairs.get(&pair(sighting)) else {
            return;
        };
        let tunnel = &mut self.tunnels[*index].tunnel;
        if sighting.source.ip() == tunnel.a {
            tunnel.keepalives.0 += 1;
        } else {
            tunnel.keepalives.1 += 1;
        }
    }

    fn tcp(&mut self, sighting: &Sighting, kind: TcpSignalKind) {
        let (source, destination) = (sighting.source, sighting.destination);
        let Some(index) = self.tunnel(source.ip(), destination.ip()) else {
            return;
        };
        let reports = &mut self.tunnels[index].tunnel.tcp;
        if reports.len() < REPORTS_KEPT {
            reports.push(TcpReport {
                frame: sighting.frame,
                time: sighting.time,
                source,
                destination,
                kind,
            });
        }
    }

    fn icmp(&mut self, Icmp { report, spi }: Icmp) {
        let key = ordered(report.quoted_source.ip(), report.quoted_destination.ip());
        let Some(&tunnel) = self.pairs.get(&key) else {
            return;
        };
        let by_spi = spi.and_then(|spi| self.roster.with_spi(spi).next());
        let newest = || {
            self.tunnels[tunnel]
                .live
                .last()
                .copied()
                .filter(|_| report.quotes_ike)
        };
        let reports = match by_spi
            .or_else(newest)
            .and_then(|slot| self.roster.get_mut(slot))
        {
            Some(negotiation) => &mut negotiation.icmp,
            None => &mut self.tunnels[tunnel].tunnel.icmp,
        };
        if reports.len() < ICMP_KEPT {
            reports.push(report);
        }
    }

    fn incomplete(&mut self, sighting: &Sighting, incomplete: Incomplete) -> Option<Slot> {
        let message = incomplete.message;
        let slot = message.and_then(|message| self.ike(sighting, message));
        if let Some(index) = self.pairs.get(&pair(sighting)) {
            let reports = &mut self.tunnels[*index].tunnel.incomplete;
            if incomplete.is_udp && reports.len() < REPORTS_KEPT {
                reports.push(incomplete.report);
            }
        }
        slot
    }

    /// Concludes negotiations that nobody has spoken in for long and that never came up, and, when
    /// there are too many, the ones idle for longest.
    fn retire_idle(&mut self, now: Timestamp) {
        let before = Timestamp(now.0.saturating_sub(self.limits.idle));
        let surplus = self
            .roster
            .live()
            .saturating_sub(self.limits.live_negotiations);
        let mut due: Vec<Slot> = core::iter::from_fn(|| self.roster.next_idle(before)).collect();
        let idle = due.len();
        let forced = core::iter::from_fn(|| self.roster.next_idle(Timestamp(i64::MAX)));
        due.extend(forced.take(surplus.saturating_sub(idle)));
        self.read_ahead_of_removal(&due);
        for (index, slot) in due.into_iter().enumerate() {
            let lives_on = self
                .roster
                .get(slot)
                .is_some_and(Negotiation::is_phase_1_done);
            if index < idle && lives_on {
                self.roster.keep(slot, now);
            } else {
                self.conclude(slot);
            }
        }
    }

    /// Concludes a negotiation: hands it over where somebody takes them as they finish, else leaves
    /// it to the archive.
    fn conclude(&mut self, slot: Slot) {
        let Some(leaving) = self.remove(slot) else {
            return;
        };
        match &mut self.finished {
            Some(finished) => finished.push_back(leaving),
            None => {
                self.tunnels[leaving.tunnel].has_ended = true;
                self.ended.leaving.push(leaving);
            }
        }
    }

    /// Concludes what is alive, some of it at a time; `false` once nothing is.
    pub(crate) fn close(&mut self) -> bool {
        let finished = self.finished.take().into_iter().flatten();
        self.ended.leaving.extend(finished);
        let closing = self
            .closing
            .get_or_insert_with(|| self.roster.slots().into());
        let some: Vec<Slot> = closing.drain(..closing.len().min(CLOSED_AT_ONCE)).collect();
        for slots in some.chunks(TOGETHER) {
            self.read_ahead_of_removal(slots);
            for slot in slots {
                self.conclude(*slot);
            }
        }
        !some.is_empty()
    }

    /// Gives away what was concluded, and takes back the room of what was before.
    pub(crate) fn hand_over(&mut self, ended: &mut Ended) {
        self.ended.spares.join(&mut ended.spares);
        core::mem::swap(&mut self.ended.leaving, &mut ended.leaving);
    }

    /// An archive for what is handed over.
    pub(crate) const fn archive(&self) -> Archive {
        Archive::new(self.limits.negotiations_per_tunnel)
    }

    /// Reads where these are listed: see [`warm`](crate::warm::warm).
    fn read_ahead_of_removal(&self, slots: &[Slot]) {
        self.roster.touch(slots);
        let listed = |slot: &Slot| {
            let tunnel = self.roster.tunnel(*slot)?;
            self.tunnels[tunnel].live.last().copied()
        };
        black_box(slots.iter().filter_map(listed).max());
        black_box(
            slots
                .iter()
                .filter_map(|slot| self.roster.by_spi_of(*slot))
                .max(),
        );
    }

    fn remove(&mut self, slot: Slot) -> Option<Leaving> {
        let (negotiation, tunnel) = self.roster.remove(slot)?;
        self.tunnels[tunnel].live.retain(|other| *other != slot);
        Some(Leaving {
            negotiation,
            tunnel,
        })
    }

    /// A negotiation that nobody has spoken in for long, with its tunnel's flows. From the first
    /// call on nothing is folded: every negotiation is handed over.
    pub(crate) fn take_finished(&mut self, now: Timestamp) -> Option<Tunnel> {
        let before = Timestamp(now.0.saturating_sub(self.limits.idle));
        self.finished.get_or_insert_default();
        while let Some(slot) = self.roster.next_idle(before) {
            let record = &self.tunnels[self.roster.tunnel(slot)?];
            let last_esp = record.tunnel.flows.iter().map(|flow| flow.last_time).max();
            if last_esp.is_some_and(|last| last >= before) {
                self.roster.keep(slot, now);
            } else {
                self.conclude(slot);
            }
        }
        let Leaving {
            negotiation,
            tunnel,
        } = self.finished.as_mut()?.pop_front()?;
        let mut finished = self.tunnels[tunnel].tunnel.clone();
        finished.negotiations = vec![*negotiation];
        Some(finished)
    }

    pub(crate) fn into_history(
        mut self,
        mut archive: Archive,
        coverage: &[Coverage],
        disorder: Option<Disorder>,
        unrelated: u64,
    ) -> History {
        while self.close() {}
        archive.take(&mut self.ended);
        let tunnels = self.tunnels.into_iter().enumerate().filter_map(
            |(index, TunnelRecord { mut tunnel, .. })| {
                (tunnel.negotiations, tunnel.negotiations_dropped) = archive.remove(index);
                (!tunnel.negotiations.is_empty()
                    || !tunnel.flows.is_empty()
                    || tunnel.listed.is_some()
                    || !tunnel.tcp.is_empty())
                .then_some(tunnel)
            },
        );
        History {
            tunnels: tunnels.flat_map(crate::clients::settle).collect(),
            coverage: coverage.to_vec(),
            disorder,
            unrelated,
            ike_messages: self.counts.ike,
            esp_packets: self.counts.esp,
            malformed: self.counts.malformed,
            radius: self.radius.into_exchanges(),
            truncated: self.counts.truncated,
            tunnels_dropped: self.tunnels_dropped,
            flows_dropped: self.flows_dropped,
        }
    }
}

/// Adds a value to a short list of those seen; says whether it is new.
fn remember<T: Copy + PartialEq>(seen: &mut Few<T>, value: T) -> bool {
    let new = !seen.contains(&value) && seen.len() < VALUES_KEPT;
    if new {
        seen.push(value);
    }
    new
}

fn pair(sighting: &Sighting) -> (IpAddr, IpAddr) {
    ordered(sighting.source.ip(), sighting.destination.ip())
}

fn ordered(a: IpAddr, b: IpAddr) -> (IpAddr, IpAddr) {
    if a <= b { (a, b) } else { (b, a) }
}

/// Whether two ends are on addresses of a negotiation, and in which direction.
pub(crate) fn direction(
    negotiation: &Negotiation,
    source: SocketAddr,
    destination: SocketAddr,
) -> Option<Role> {
    let is = |addresses: &[IpAddr], end: SocketAddr| addresses.contains(&end.ip());
    let forward = is(&negotiation.initiator_addresses, source)
        && is(&negotiation.responder_addresses, destination);
    let back = is(&negotiation.responder_addresses, source)
        && is(&negotiation.initiator_addresses, destination);
    match (forward, back) {
        (true, false) => Some(Role::Initiator),
        (false, true) => Some(Role::Responder),
        _ => None,
    }
}

impl Negotiation {
    /// Whether an IKE SA stands by every visible sign.
    fn is_phase_1_done(&self) -> bool {
        match self.mode {
            Mode::Ikev2 => self.of_type(ExchangeType::IKE_AUTH).any(|exchange| {
                exchange
                    .answered()
                    .and_then(Facts::first_inner)
                    .is_some_and(|first| first != PayloadType::NOTIFY)
            }),
            Mode::Unknown => false,
            _ => self.of_type(ExchangeType::QUICK_MODE).next().is_some(),
        }
    }
}
