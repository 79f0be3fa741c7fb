//! Files each datagram under its negotiation, its exchange, its flow.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};

use foldhash::HashMap;
use ikescope_wire::encapsulation::{NAT_T_PORT, NON_ESP_MARKER};
use ikescope_wire::iana::{ExchangeType, PayloadType};
use ikescope_wire::observed::{Sighting, TcpSignalKind, Timestamp, Transport};
use ikescope_wire::{Header, Message, Spi};

use crate::conversation::{self, Arrival};
use crate::esp::{Flow, FlowKey, Packet};
use crate::history::{Coverage, History, Tunnel};
use crate::negotiation::{
    IcmpReport, IncompleteReport, Mode, Negotiation, Role, Sending, TcpReport,
};
use crate::order;
use crate::record::{self, Facts};
use crate::shape::shape;
use crate::tracker::Limits;

/// ICMP errors kept per negotiation and per tunnel.
const ICMP_KEPT: usize = 16;
/// Incomplete datagrams and TCP signals kept per tunnel.
const REPORTS_KEPT: usize = 32;
/// Start times kept of attempts folded into one record.
const ATTEMPT_TIMES_KEPT: usize = 64;

/// An IKE message as it arrived, marker removed.
pub(crate) struct IkeDatagram {
    pub(crate) sighting: Sighting,
    pub(crate) transport: Transport,
    pub(crate) octets: Box<[u8]>,
    pub(crate) missing: u32,
    pub(crate) ip_fragments: Box<[u64]>,
    /// Only the first fragments of the datagram were seen.
    pub(crate) incomplete: bool,
}

struct Slot {
    negotiation: Negotiation,
    tunnel: usize,
}

struct TunnelRecord {
    tunnel: Tunnel,
    live: Vec<usize>,
    retired: Vec<(u64, Negotiation)>,
    flows: Vec<usize>,
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
    slots: Vec<Option<Slot>>,
    free: Vec<usize>,
    live: usize,
    by_spi: HashMap<Spi, Vec<usize>>,
    pairs: HashMap<(IpAddr, IpAddr), usize>,
    tunnels: Vec<TunnelRecord>,
    flows: Vec<Flow>,
    flow_index: HashMap<FlowKey, usize>,
    idle: VecDeque<(usize, u32, Timestamp)>,
    next_id: u32,
    counts: Counts,
    unrelated: u64,
    tunnels_dropped: u64,
}

impl Filing {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            slots: Vec::new(),
            free: Vec::new(),
            live: 0,
            by_spi: HashMap::default(),
            pairs: HashMap::default(),
            tunnels: Vec::new(),
            flows: Vec::new(),
            flow_index: HashMap::default(),
            idle: VecDeque::new(),
            next_id: 1,
            counts: Counts::default(),
            unrelated: 0,
            tunnels_dropped: 0,
        }
    }

    pub(crate) const fn count_unrelated(&mut self) {
        self.unrelated += 1;
    }

    pub(crate) fn ike(&mut self, datagram: IkeDatagram) {
        let input = datagram.sighting.frame.input;
        count(&mut self.counts.ike, input);
        let Ok(message) = Message::decode(&datagram.octets) else {
            count(&mut self.counts.malformed, input);
            return;
        };
        if datagram.missing > 0 {
            count(&mut self.counts.truncated, input);
        }
        let digest = record::digest(&datagram.octets);
        let header = *message.header();
        let found = self.find(&header, &datagram.sighting, digest);
        let Some(index) = found.or_else(|| self.open(&header, &datagram.sighting)) else {
            self.tunnels_dropped += 1;
            return;
        };
        self.learn_addresses(index, &datagram.sighting, &header);
        let Some(slot) = self.slots[index].as_mut() else {
            return;
        };
        let arrival = Arrival {
            header,
            sender: conversation::sender(&slot.negotiation, &header, &datagram.sighting),
            sending: Sending::of(&datagram.sighting, datagram.incomplete),
            transport: datagram.transport,
            digest,
            ip_fragments: datagram.ip_fragments,
        };
        let facts = || Facts::of(&message, &datagram.octets, &datagram.sighting);
        let malformed = conversation::file(&mut slot.negotiation, arrival, facts);
        if malformed && datagram.missing == 0 && !datagram.incomplete {
            count(&mut self.counts.malformed, input);
        }
    }

    /// The negotiation this message belongs to: by its SPIs, then by the addresses.
    fn find(&mut self, header: &Header, sighting: &Sighting, digest: u64) -> Option<usize> {
        let found = self.by_spi.get(&header.spis.initiator).and_then(|indices| {
            let fits = |index: &&usize| {
                self.slots[**index].as_ref().is_some_and(|slot| {
                    conversation::belongs(&slot.negotiation, header, sighting, digest)
                })
            };
            indices.iter().rev().find(fits).copied()
        });
        found.or_else(|| self.find_rekeyed(header, sighting))
    }

    /// A pair of SPIs without an IKE_SA_INIT of its own comes from CREATE_CHILD_SA between the
    /// same peers (RFC 7296 §1.3.2).
    fn find_rekeyed(&mut self, header: &Header, sighting: &Sighting) -> Option<usize> {
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
        let index = self.tunnels[tunnel]
            .live
            .iter()
            .rev()
            .copied()
            .find(|index| {
                self.slots[*index].as_ref().is_some_and(|slot| {
                    slot.negotiation
                        .newest(ExchangeType::CREATE_CHILD_SA)
                        .is_some_and(|exchange| {
                            exchange.is_answered() || exchange.request.is_none()
                        })
                })
            })?;
        self.slots[index]
            .as_mut()?
            .negotiation
            .successors
            .push(header.spis);
        self.by_spi
            .entry(header.spis.initiator)
            .or_default()
            .push(index);
        Some(index)
    }

    fn open(&mut self, header: &Header, sighting: &Sighting) -> Option<usize> {
        let sender = conversation::opening_sender(header);
        let (initiator, responder) = match sender {
            Role::Initiator => (sighting.source, sighting.destination),
            Role::Responder => (sighting.destination, sighting.source),
        };
        let tunnel = self.tunnel(initiator.ip(), responder.ip())?;
        self.retire_idle(tunnel, sighting.time);
        let negotiation = Negotiation {
            id: self.next_id,
            ike_version: header.version.major(),
            mode: conversation::mode(header),
            initiator,
            responder,
            spis: header.spis,
            successors: Vec::new(),
            exchanges: Vec::new(),
            exchanges_dropped: 0,
            seen_from_start: header.spis.responder.is_zero() && sender == Role::Initiator,
            initiator_addresses: vec![initiator.ip()],
            responder_addresses: vec![responder.ip()],
            initiator_ports: vec![initiator.port()],
            icmp: Vec::new(),
            first_time: sighting.time,
            last_time: sighting.time,
            attempts: 1,
            attempts_since: sighting.time,
            attempt_times: vec![sighting.time],
            first_frame: sighting.frame,
        };
        let id = self.next_id;
        self.next_id += 1;
        let slot = Some(Slot {
            negotiation,
            tunnel,
        });
        let index = match self.free.pop() {
            Some(index) => {
                self.slots[index] = slot;
                index
            }
            None => {
                self.slots.push(slot);
                self.slots.len() - 1
            }
        };
        self.live += 1;
        self.by_spi
            .entry(header.spis.initiator)
            .or_default()
            .push(index);
        self.tunnels[tunnel].live.push(index);
        self.idle.push_back((index, id, sighting.time));
        self.bound_live();
        Some(index)
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
            retired: Vec::new(),
            flows: Vec::new(),
        });
        self.pairs.insert(key, self.tunnels.len() - 1);
        Some(self.tunnels.len() - 1)
    }

    /// A known negotiation seen with new addresses: the other side of a NAT, a rebinding, MOBIKE.
    fn learn_addresses(&mut self, index: usize, sighting: &Sighting, header: &Header) {
        let Some(slot) = self.slots[index].as_mut() else {
            return;
        };
        let (source, destination) = (sighting.source, sighting.destination);
        let sender = conversation::sender(&slot.negotiation, header, sighting);
        let (initiator, responder) = match sender {
            Role::Initiator => (source, destination),
            Role::Responder => (destination, source),
        };
        let negotiation = &mut slot.negotiation;
        negotiation.last_time = negotiation.last_time.max(sighting.time);
        if !negotiation.initiator_ports.contains(&initiator.port())
            && negotiation.initiator_ports.len() < 16
        {
            negotiation.initiator_ports.push(initiator.port());
        }
        let known = negotiation.initiator_addresses.contains(&initiator.ip())
            && negotiation.responder_addresses.contains(&responder.ip());
        if known {
            return;
        }
        for (addresses, address) in [
            (&mut negotiation.initiator_addresses, initiator.ip()),
            (&mut negotiation.responder_addresses, responder.ip()),
        ] {
            if !addresses.contains(&address) && addresses.len() < 16 {
                addresses.push(address);
            }
        }
        let tunnel = slot.tunnel;
        self.pairs
            .entry(ordered(initiator.ip(), responder.ip()))
            .or_insert(tunnel);
    }

    pub(crate) fn esp(&mut self, sighting: &Sighting, packet: Packet, _fragmented: bool) {
        count(&mut self.counts.esp, sighting.frame.input);
        let key = FlowKey {
            source: sighting.source.ip(),
            destination: sighting.destination.ip(),
            spi: packet.spi,
        };
        if let Some(index) = self.flow_index.get(&key) {
            self.flows[*index].add(sighting, packet);
            return;
        }
        if self.flows.len() >= self.limits.flows {
            self.unrelated += 1;
            return;
        }
        let index = self.flows.len();
        self.flows.push(Flow::new(sighting, packet));
        self.flow_index.insert(key, index);
        if let Some(tunnel) = self.tunnel(key.source, key.destination) {
            self.tunnels[tunnel].flows.push(index);
        }
    }

    pub(crate) fn keepalive(&mut self, sighting: &Sighting) {
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

    pub(crate) fn tcp(&mut self, sighting: &Sighting, kind: TcpSignalKind) {
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

    pub(crate) fn icmp(&mut self, sighting: &Sighting, error: &order::IcmpError) {
        let message = quoted_ike(error);
        let report = IcmpReport {
            frame: sighting.frame,
            time: sighting.time,
            reporter: sighting.source.ip(),
            version: error.version,
            icmp_type: error.icmp_type,
            code: error.code,
            mtu: error.mtu,
            quoted_source: error.quoted_source,
            quoted_destination: error.quoted_destination,
            quoted_transport: error.quoted_transport,
            quoted_ip_length: error.quoted_ip_length,
            quotes_ike: message.is_some(),
        };
        let key = ordered(error.quoted_source.ip(), error.quoted_destination.ip());
        let Some(&tunnel) = self.pairs.get(&key) else {
            self.unrelated += 1;
            return;
        };
        let spi = message
            .and_then(|octets| octets.first_chunk::<8>())
            .map(|spi| Spi(*spi));
        let by_spi = spi
            .and_then(|spi| self.by_spi.get(&spi))
            .and_then(|indices| indices.last());
        let newest = || {
            self.tunnels[tunnel]
                .live
                .last()
                .filter(|_| message.is_some())
        };
        let reports = match by_spi
            .or_else(newest)
            .and_then(|index| self.slots[*index].as_mut())
        {
            Some(slot) => &mut slot.negotiation.icmp,
            None => &mut self.tunnels[tunnel].tunnel.icmp,
        };
        if reports.len() < ICMP_KEPT {
            reports.push(report);
        }
    }

    pub(crate) fn incomplete(&mut self, sighting: &Sighting, incomplete: order::Incomplete) {
        let marked = [sighting.source.port(), sighting.destination.port()].contains(&NAT_T_PORT);
        let octets = if marked {
            incomplete.octets.strip_prefix(&NON_ESP_MARKER)
        } else {
            Some(&*incomplete.octets)
        };
        if let Some(octets) =
            octets.filter(|octets| incomplete.first_seen && Message::decode(octets).is_ok())
        {
            self.ike(IkeDatagram {
                sighting: *sighting,
                transport: Transport::Udp,
                octets: octets.into(),
                missing: 0,
                ip_fragments: incomplete.fragments.clone(),
                incomplete: true,
            });
        }
        let Some(index) = self.pairs.get(&pair(sighting)) else {
            self.unrelated += 1;
            return;
        };
        let reports = &mut self.tunnels[*index].tunnel.incomplete;
        if incomplete.protocol == 17 && reports.len() < REPORTS_KEPT {
            reports.push(IncompleteReport {
                fragments: incomplete.fragments,
                frame: sighting.frame,
                time: sighting.time,
                source: sighting.source.ip(),
                destination: sighting.destination.ip(),
                first_seen: incomplete.first_seen,
                last_seen: incomplete.last_seen,
            });
        }
    }

    /// Concludes negotiations of one tunnel that nobody has spoken in for long.
    fn retire_idle(&mut self, tunnel: usize, now: Timestamp) {
        let idle = self.limits.idle;
        let quiet: Vec<usize> = self.tunnels[tunnel]
            .live
            .iter()
            .copied()
            .filter(|index| {
                self.slots[*index].as_ref().is_some_and(|slot| {
                    now.since(slot.negotiation.last_time) > idle
                        && !slot.negotiation.is_phase_1_done()
                })
            })
            .collect();
        for index in quiet {
            self.retire(index);
        }
    }

    fn bound_live(&mut self) {
        while self.live > self.limits.live_negotiations {
            let Some((index, id, seen)) = self.idle.pop_front() else {
                return;
            };
            let Some(slot) = self.slots[index]
                .as_ref()
                .filter(|slot| slot.negotiation.id == id)
            else {
                continue;
            };
            let last = slot.negotiation.last_time;
            if last > seen {
                self.idle.push_back((index, id, last));
            } else {
                self.retire(index);
            }
        }
    }

    fn remove(&mut self, index: usize) -> Option<Slot> {
        let slot = self.slots[index].take()?;
        self.free.push(index);
        self.live -= 1;
        let spis = &slot.negotiation.spis;
        for spi in core::iter::once(spis.initiator).chain(
            slot.negotiation
                .successors
                .iter()
                .map(|spis| spis.initiator),
        ) {
            if let Some(indices) = self.by_spi.get_mut(&spi) {
                indices.retain(|other| *other != index);
                if indices.is_empty() {
                    self.by_spi.remove(&spi);
                }
            }
        }
        self.tunnels[slot.tunnel]
            .live
            .retain(|other| *other != index);
        Some(slot)
    }

    /// Concludes a negotiation and folds it into an earlier one of the same shape.
    fn retire(&mut self, index: usize) {
        let Some(Slot {
            mut negotiation,
            tunnel,
        }) = self.remove(index)
        else {
            return;
        };
        let record = &mut self.tunnels[tunnel];
        let shape = shape(&negotiation);
        if let Some(position) = record.retired.iter().position(|(other, _)| *other == shape) {
            let (_, earlier) = record.retired.remove(position);
            fold(earlier, &mut negotiation);
        } else if record.retired.len() >= self.limits.negotiations_per_tunnel {
            let (_, forgotten) = record.retired.remove(0);
            record.tunnel.negotiations_dropped += u64::from(forgotten.attempts);
        }
        record.retired.push((shape, negotiation));
    }

    /// A negotiation that has ended or that nobody has spoken in for long, with its flows.
    pub(crate) fn take_finished(&mut self, now: Timestamp) -> Option<Tunnel> {
        for _ in 0..self.idle.len() {
            let (index, id, _) = self.idle.pop_front()?;
            let Some(slot) = self.slots[index]
                .as_ref()
                .filter(|slot| slot.negotiation.id == id)
            else {
                continue;
            };
            let last_esp = self.tunnels[slot.tunnel]
                .flows
                .iter()
                .map(|flow| self.flows[*flow].last_time)
                .max();
            let last = slot
                .negotiation
                .last_time
                .max(last_esp.unwrap_or(Timestamp(i64::MIN)));
            if now.since(last) <= self.limits.idle {
                self.idle.push_back((index, id, last));
                continue;
            }
            let Slot {
                negotiation,
                tunnel,
            } = self.remove(index)?;
            let record = &self.tunnels[tunnel];
            let mut finished = record.tunnel.clone();
            finished.flows = record
                .flows
                .iter()
                .map(|flow| self.flows[*flow].clone())
                .collect();
            finished.negotiations = vec![negotiation];
            return Some(finished);
        }
        None
    }

    pub(crate) fn into_history(mut self, coverage: &[Coverage], out_of_order: u64) -> History {
        let mut live: Vec<(u32, usize)> = self
            .slots
            .iter()
            .enumerate()
            .filter_map(|(index, slot)| Some((slot.as_ref()?.negotiation.id, index)))
            .collect();
        live.sort_unstable();
        for (_, index) in live {
            self.retire(index);
        }
        let mut flows: Vec<Option<Flow>> = self.flows.into_iter().map(Some).collect();
        let tunnels = self.tunnels.into_iter().filter_map(|record| {
            let mut tunnel = record.tunnel;
            tunnel.negotiations = record
                .retired
                .into_iter()
                .map(|(_, negotiation)| negotiation)
                .collect();
            tunnel
                .negotiations
                .sort_by_key(|negotiation| (negotiation.first_time, negotiation.id));
            tunnel.flows = record
                .flows
                .into_iter()
                .filter_map(|index| flows[index].take())
                .collect();
            (!tunnel.negotiations.is_empty() || !tunnel.flows.is_empty() || !tunnel.tcp.is_empty())
                .then_some(tunnel)
        });
        History {
            tunnels: tunnels.flat_map(crate::clients::settle).collect(),
            coverage: coverage.to_vec(),
            out_of_order,
            unrelated: self.unrelated,
            ike_messages: self.counts.ike,
            esp_packets: self.counts.esp,
            malformed: self.counts.malformed,
            truncated: self.counts.truncated,
            tunnels_dropped: self.tunnels_dropped,
        }
    }
}

/// The newer attempt stands for both.
fn fold(earlier: Negotiation, newer: &mut Negotiation) {
    newer.attempts += earlier.attempts;
    newer.attempts_since = earlier.attempts_since;
    newer.first_frame = earlier.first_frame;
    let mut times = earlier.attempt_times;
    times.append(&mut newer.attempt_times);
    let surplus = times.len().saturating_sub(ATTEMPT_TIMES_KEPT);
    times.drain(..surplus);
    newer.attempt_times = times;
}

/// The IKE message that an ICMP error quotes, as far as it goes; `None` if it quotes ESP.
fn quoted_ike(error: &order::IcmpError) -> Option<&[u8]> {
    match error.quoted_transport {
        Transport::Esp | Transport::Ah => None,
        _ => {
            let ports = [error.quoted_source.port(), error.quoted_destination.port()];
            if ports.contains(&NAT_T_PORT) {
                error.quoted_octets.strip_prefix(&NON_ESP_MARKER)
            } else {
                Some(&error.quoted_octets)
            }
        }
    }
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
