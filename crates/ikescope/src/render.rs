//! History and diagnosis to the report's types: renaming and formatting, no judgement.

mod decrypted;
mod log;

use ikescope_analysis as analysis;
use ikescope_analysis::{AttemptDiagnosis, Flight, Role, TunnelDiagnosis};
use ikescope_capture::Capture;
use ikescope_wire::VendorIdentity;
use ikescope_wire::encapsulation::NAT_T_PORT;
use ikescope_wire::iana::{ExchangeType, NotifyType, PayloadType, TransformType, ikev1};
use ikescope_wire::observed::{Timestamp, Transport};

use crate::detail::Whole;
use crate::report::{
    Activity, Carried, CarriedProtocol, ChildSa, Cleared, Compared, ComparedRow, Endpoint, Esp,
    Evidence, Exchange, Finding, Implementations, Input, Inside, KnownAs, Message, Nat, NatHash,
    Negotiation, Probe, Proposal, Proposals, Transform, Tunnel, Verdict,
};

pub(crate) fn input(capture: &Capture, history: &analysis::History, index: usize) -> Input {
    let summary = capture.summary();
    let of = |counts: &[u64]| counts.get(index).copied().unwrap_or_default();
    Input {
        path: capture.name().to_owned(),
        format: summary.format.name(),
        compression: summary.compression.name(),
        frames: summary.frames,
        ike_messages: of(&history.ike_messages),
        esp_packets: of(&history.esp_packets),
        malformed: of(&history.malformed) + capture.losses().malformed,
        truncated: of(&history.truncated),
        first_time: summary.first_time.map(|time| time.to_string()),
        last_time: summary.last_time.map(|time| time.to_string()),
        notes: capture.notes().iter().map(ToString::to_string).collect(),
        other: summary
            .census
            .protocols()
            .into_iter()
            .map(|(protocol, count)| (protocol.to_string(), count))
            .collect(),
    }
}

pub(crate) fn tunnel(
    tunnel: &analysis::Tunnel,
    diagnosis: &TunnelDiagnosis,
    told: Whole,
) -> Tunnel {
    let negotiations: Vec<Negotiation> = tunnel
        .negotiations
        .iter()
        .zip(&diagnosis.attempts)
        .enumerate()
        .map(|(index, (negotiation, judged))| {
            let decisive = diagnosis.decisive == Some(index);
            let whole = told == Whole::Every || (told == Whole::Decisive && decisive);
            self::negotiation(tunnel, negotiation, judged, whole)
        })
        .collect();
    let shown = diagnosis
        .decisive
        .and_then(|index| tunnel.negotiations.get(index));
    let owned = |index: &usize| {
        diagnosis
            .attempts
            .iter()
            .any(|attempt| attempt.flows.contains(index))
    };
    let port = |role| shown.map_or(0, |negotiation| newest_port(negotiation, role));
    Tunnel {
        a: tunnel.a,
        b: tunnel.b,
        a_port: port(Role::Initiator),
        b_port: port(Role::Responder),
        aliases: tunnel.aliases.clone(),
        verdict: verdict(&diagnosis.verdict),
        decisive: diagnosis.decisive,
        negotiations,
        esp: (0..tunnel.flows.len())
            .filter(|index| !owned(index))
            .filter_map(|index| tunnel.flows.get(index))
            .map(esp)
            .collect(),
        findings: diagnosis.findings.iter().map(finding).collect(),
        keepalives: tunnel.keepalives.0 + tunnel.keepalives.1,
        negotiations_dropped: tunnel.negotiations_dropped,
    }
}

pub(crate) fn probe(probe: &analysis::Probe) -> Probe {
    Probe {
        kind: probe.kind.as_str(),
        target: probe.target,
        sources: probe.sources,
        attempts: probe.attempts,
        first_time: probe.first_time.to_string(),
        last_time: probe.last_time.to_string(),
    }
}

fn newest_port(negotiation: &analysis::Negotiation, role: Role) -> u16 {
    negotiation
        .flights()
        .max_by_key(|(_, _, flight)| flight.last().time)
        .map_or(0, |(exchange, is_response, flight)| {
            if exchange.sender(is_response) == role {
                flight.ends_of(flight.last()).source.port()
            } else {
                flight.ends_of(flight.last()).destination.port()
            }
        })
}

pub(crate) fn verdict(verdict: &analysis::Verdict) -> Verdict {
    Verdict {
        outcome: verdict.outcome.as_str(),
        stage: verdict.stage.as_str(),
        cause: verdict.cause.map(|rule| rule.name),
        confidence: verdict.confidence.as_str(),
        summary: verdict.summary.clone(),
        act: verdict.duty.map(|duty| duty.act.as_str()),
        cleared: verdict.duty.and_then(|duty| duty.cleared).map(cleared),
    }
}

fn cleared(cleared: analysis::Cleared) -> Cleared {
    Cleared {
        side: cleared.side(),
        input: cleared.frame.input,
        frame: cleared.frame.number,
        by: cleared.by,
    }
}

/// A negotiation; only its headline unless `whole`.
fn negotiation(
    tunnel: &analysis::Tunnel,
    negotiation: &analysis::Negotiation,
    judged: &AttemptDiagnosis,
    whole: bool,
) -> Negotiation {
    let ikev2 = negotiation.ike_version != 1;
    let told = if whole { usize::MAX } else { 0 };
    Negotiation {
        id: negotiation.id,
        ike_version: negotiation.ike_version,
        mode: negotiation.mode.as_str(),
        initiator: endpoint(negotiation, Role::Initiator),
        responder: endpoint(negotiation, Role::Responder),
        spi_i: negotiation.spis.initiator.to_string(),
        spi_r: (!negotiation.spis.responder.is_zero())
            .then(|| negotiation.spis.responder.to_string()),
        rekeyed: negotiation
            .successors
            .iter()
            .map(ToString::to_string)
            .collect(),
        verdict: verdict(&judged.verdict),
        closed_by: judged.closed_by.map(Role::as_str),
        first_time: negotiation.first_time.to_string(),
        last_time: negotiation.last_time.to_string(),
        attempts: negotiation.attempts,
        attempt_times: (negotiation.attempt_times.iter())
            .take(told)
            .map(ToString::to_string)
            .collect(),
        exchanges: (negotiation.exchanges.iter())
            .take(told)
            .map(|exchange| self::exchange(exchange, ikev2))
            .collect(),
        exchanges_dropped: negotiation.exchanges_dropped,
        proposals: if whole {
            Proposals {
                compared: match &judged.compared {
                    Some(refused) => Some(compared(refused)),
                    None => analysis::Compared::with_choice(negotiation)
                        .as_ref()
                        .map(compared),
                },
                ..proposals(negotiation)
            }
        } else {
            Proposals::default()
        },
        authentication: whole
            .then(|| decrypted::authentication(negotiation))
            .flatten(),
        child_exchanges: (negotiation.exchanges.iter())
            .take(told)
            .filter_map(|exchange| decrypted::child_exchange(tunnel, negotiation, exchange))
            .collect(),
        nat: if whole {
            Nat {
                inside: judged.inside.map(inside),
                ..nat(negotiation)
            }
        } else {
            Nat::default()
        },
        implementations: if whole {
            implementations(negotiation)
        } else {
            Implementations::default()
        },
        child_sas: (judged.child_sas.iter())
            .map(|made| child_sa(negotiation, *made))
            .collect(),
        esp: told_flows(tunnel, judged, whole).map(esp).collect(),
        log: (negotiation.log.as_deref()).filter(|_| whole).map(log::log),
        findings: judged.findings.iter().take(told).map(finding).collect(),
    }
}

/// The flows of an attempt; in a headline the newest one, which tells when it was last alive.
fn told_flows<'a>(
    tunnel: &'a analysis::Tunnel,
    judged: &AttemptDiagnosis,
    whole: bool,
) -> impl Iterator<Item = &'a analysis::Flow> {
    let flows = judged
        .flows
        .iter()
        .filter_map(|index| tunnel.flows.get(*index));
    let newest = flows
        .clone()
        .max_by_key(|flow| flow.last_time)
        .filter(|_| !whole);
    let all = flows.filter(|_| whole).collect::<Vec<_>>();
    all.into_iter().chain(newest)
}

fn implementations(negotiation: &analysis::Negotiation) -> Implementations {
    Implementations {
        initiator: implementation(negotiation, Role::Initiator),
        responder: implementation(negotiation, Role::Responder),
    }
}

fn endpoint(negotiation: &analysis::Negotiation, role: Role) -> Endpoint {
    let end = negotiation.end(role);
    Endpoint {
        address: end.ip(),
        port: end.port(),
    }
}

pub(crate) fn exchange(exchange: &analysis::Exchange, ikev2: bool) -> Exchange {
    let frames = |flight: &Option<Box<Flight>>| {
        flight
            .iter()
            .flat_map(|flight| flight.sendings.iter().map(|sending| sending.frame.number))
            .collect()
    };
    Exchange {
        exchange_type: exchange.exchange_type.to_string(),
        message_id: exchange.message_id.0,
        from: exchange.from.as_str(),
        step: exchange.step,
        requests: frames(&exchange.request),
        responses: frames(&exchange.response),
        retransmits: exchange.request.as_deref().map_or(0, Flight::repeats),
        first_time: exchange.first_time().to_string(),
        response_time: exchange
            .response_time()
            .map(|took| Timestamp(took).to_string()),
        request: exchange
            .request
            .as_deref()
            .map(|flight| message(flight, ikev2)),
        response: exchange
            .response
            .as_deref()
            .map(|flight| message(flight, ikev2)),
    }
}

fn message(flight: &Flight, ikev2: bool) -> Message {
    let facts = &flight.facts;
    let notify_name = |notify_type: u16| {
        let name = if ikev2 {
            NotifyType(notify_type).name()
        } else {
            ikev1::NotifyType(notify_type).name()
        };
        name.map_or_else(|| notify_type.to_string(), str::to_owned)
    };
    Message {
        length: facts.length,
        captured: facts.captured,
        transport: if flight.transport == Transport::Tcp {
            "tcp"
        } else {
            "udp"
        },
        source_port: flight.ends.source.port(),
        destination_port: flight.ends.destination.port(),
        payloads: facts
            .payloads
            .iter()
            .map(|payload| analysis::payload_name(ikev2, *payload))
            .collect(),
        first_inner: facts.first_inner().map(|first| {
            if first == PayloadType::NONE {
                ""
            } else {
                first.name().unwrap_or("?")
            }
        }),
        notifies: facts
            .notifies
            .iter()
            .map(|notify| notify_name(notify.notify_type))
            .collect(),
        decrypted: facts.inner().map(|inner| {
            let mut errors = inner.notifies.iter().map(|notify| {
                let is_error = NotifyType(notify.notify_type).is_error();
                let code = notify.win32_error();
                let code = code.map_or_else(String::new, |code| format!(" {}", code.0));
                is_error.then(|| format!("N({}{code})", notify_name(notify.notify_type)))
            });
            let names = inner.payloads.iter().map(|payload| {
                let name = analysis::payload_name(ikev2, *payload);
                let error = (name == "N").then(|| errors.next()).flatten().flatten();
                error.unwrap_or_else(|| name.to_owned())
            });
            names.collect()
        }),
        times: flight
            .sendings
            .iter()
            .map(|sending| sending.time.to_string())
            .collect(),
        input: flight.first().frame.input,
        sent: flight.sent,
        duplicates: flight.duplicates,
        ip_fragments: flight.ip_fragments.to_vec(),
        fragments: flight
            .parts
            .iter()
            .map(|part| {
                let in_all = flight.parts_in_all().filter(|_| part.total == 0);
                (part.number, in_all.unwrap_or(part.total))
            })
            .collect(),
        hop_limit: flight.first().hop_limit,
    }
}

fn proposals(negotiation: &analysis::Negotiation) -> Proposals {
    let with_sa = |role| {
        let is_first = |exchange: &analysis::Exchange| {
            matches!(
                exchange.exchange_type,
                ExchangeType::IKE_SA_INIT
                    | ExchangeType::IDENTITY_PROTECTION
                    | ExchangeType::AGGRESSIVE
            )
        };
        negotiation
            .flights()
            .filter(|(exchange, is_response, _)| {
                is_first(exchange) && exchange.sender(*is_response) == role
            })
            .find(|(_, _, flight)| !flight.facts.transforms.is_empty())
            .map(|(_, _, flight)| group(&flight.facts.transforms))
    };
    Proposals {
        offered: with_sa(Role::Initiator)
            .or_else(|| log::offered(negotiation))
            .unwrap_or_default(),
        chosen: with_sa(Role::Responder).and_then(|proposals| proposals.into_iter().next()),
        compared: None,
    }
}

fn compared(compared: &analysis::Compared) -> Compared {
    let known = compared.known;
    Compared {
        responder_list: known.map(|known| known.source.as_str()),
        input: known.map(|known| known.frame.input),
        frame: known.map(|known| known.frame.number),
        rows: compared.rows.iter().map(compared_row).collect(),
    }
}

fn compared_row(row: &analysis::Row) -> ComparedRow {
    ComparedRow {
        kind: kind(row.kind),
        initiator: row.initiator.iter().map(transform).collect(),
        responder: row.responder.iter().map(transform).collect(),
        common: row.common().map(transform).collect(),
        apart: row.is_apart(),
    }
}

fn group(transforms: &[analysis::Transform]) -> Vec<Proposal> {
    transforms
        .chunk_by(|one, other| {
            (one.proposal, one.protocol_id) == (other.proposal, other.protocol_id)
        })
        .filter_map(|chunk| {
            let first = chunk.first()?;
            Some(Proposal {
                number: first.proposal,
                protocol_id: first.protocol_id,
                transforms: chunk.iter().map(transform).collect(),
            })
        })
        .collect()
}

fn transform(transform: &analysis::Transform) -> Transform {
    Transform {
        kind: kind(transform.kind),
        id: transform.id,
        name: transform.name(),
        key_length: transform.key_length,
    }
}

fn kind(kind: analysis::Kind) -> String {
    match kind {
        analysis::Kind::V2(TransformType(number)) => TransformType(number)
            .name()
            .map_or_else(|| number.to_string(), str::to_owned),
        analysis::Kind::V1Encryption => "Encryption".to_owned(),
        analysis::Kind::V1Hash => "Hash".to_owned(),
        analysis::Kind::V1Authentication => "Authentication".to_owned(),
        analysis::Kind::V1Group => "Group".to_owned(),
        analysis::Kind::V1Transform => "Transform".to_owned(),
        analysis::Kind::V1Integrity => "Integrity".to_owned(),
    }
}

fn nat(negotiation: &analysis::Negotiation) -> Nat {
    let read = analysis::nat(negotiation);
    let hashes = negotiation
        .flights()
        .filter_map(|(exchange, is_response, flight)| {
            Some((exchange.sender(is_response), flight, flight.facts.nat?))
        })
        .flat_map(|(sender, flight, claim)| {
            let ends = flight.ends;
            let compared = [
                ("source", ends.source, claim.source),
                ("destination", ends.destination, claim.destination),
            ];
            compared.into_iter().filter_map(move |(of, address, it)| {
                let comparison = it?;
                Some(NatHash {
                    input: flight.first().frame.input,
                    frame: flight.first().frame.number,
                    octets: comparison.octets(),
                    from: sender.as_str(),
                    of,
                    address: address.to_string(),
                    sent: format!("{:08x}", comparison.sent),
                    computed: format!("{:08x}", comparison.computed),
                    fits: comparison.fits,
                })
            })
        })
        .collect();
    let on = |port| {
        negotiation
            .flights()
            .any(|(_, _, flight)| flight.is_on_port(port))
    };
    Nat {
        initiator_behind_nat: read.behind(Role::Initiator),
        responder_behind_nat: read.behind(Role::Responder),
        floated_to_4500: negotiation.responder.port() != NAT_T_PORT && on(NAT_T_PORT),
        hashes,
        inside: None,
    }
}

fn inside(search: analysis::Search) -> Inside {
    Inside {
        of: search.of.as_str(),
        address: search.found.map(|address| address.to_string()),
        tried: search.tried,
    }
}

fn implementation(negotiation: &analysis::Negotiation, role: Role) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for flight in negotiation.flights_of(role) {
        for octets in &flight.facts.vendor_ids {
            let name = match VendorIdentity::of(octets) {
                Some(identity) => identity.name.to_owned(),
                None => hex::encode(octets),
            };
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    if let Some((schedule, flight)) = analysis::schedule_of(negotiation, role) {
        let seconds = |interval: i64| format!("{:.1}", interval as f64 / 1e9);
        let intervals: Vec<String> = flight.intervals().map(seconds).collect();
        names.push(format!(
            "suspected by its repeats after {} s: {}",
            intervals.join(" "),
            schedule.name
        ));
    }
    names
}

fn child_sa(negotiation: &analysis::Negotiation, index: usize) -> ChildSa {
    let exchange = &negotiation.exchanges[index];
    let answer = exchange
        .response
        .as_deref()
        .or(exchange.request.as_deref())
        .map(|flight| flight.first());
    ChildSa {
        created_by: exchange.exchange_type.to_string(),
        message_id: exchange.message_id.0,
        frame: answer.map_or(0, |sending| sending.frame.number),
        time: answer
            .map_or(negotiation.first_time, |sending| sending.time)
            .to_string(),
    }
}

pub(crate) fn esp(flow: &analysis::Flow) -> Esp {
    Esp {
        spi: format!("{:08x}", flow.spi),
        from: flow.source.ip(),
        to: flow.destination.ip(),
        from_port: flow.source.port(),
        to_port: flow.destination.port(),
        packets: flow.packets,
        bytes: flow.bytes,
        first_time: flow.first_time.to_string(),
        last_time: flow.last_time.to_string(),
        lost: flow.lost,
        replayed: flow.replayed,
        encapsulation: flow.encapsulation.as_str(),
        input: flow.first_frame.input,
        first_frame: flow.first_frame.number,
        last_frame: flow.last_frame.number,
        carried: flow.carried.as_deref().map(carried),
        activity: activity(&flow.activity),
    }
}

fn carried(carried: &analysis::Carried) -> Carried {
    let of = |(number, packets): &(u8, u64)| CarriedProtocol {
        number: *number,
        name: protocol_name(*number),
        packets: *packets,
    };
    Carried {
        packets: carried.packets,
        protocols: carried.protocols.iter().map(of).collect(),
        largest: Some(carried.largest).filter(|octets| *octets > 0),
        mss: carried.mss,
    }
}

/// Names of the registry of protocol numbers, of those that tunnels carry every day.
const fn protocol_name(number: u8) -> Option<&'static str> {
    Some(match number {
        1 => "ICMP",
        2 => "IGMP",
        4 => "IPv4",
        6 => "TCP",
        17 => "UDP",
        41 => "IPv6",
        47 => "GRE",
        50 => "ESP",
        58 => "ICMPv6",
        89 => "OSPF",
        115 => "L2TP",
        132 => "SCTP",
        _ => return None,
    })
}

fn activity(activity: &analysis::Activity) -> Activity {
    Activity {
        width: activity.width(),
        start: activity.start(),
        packets: activity.packets().to_vec(),
        lost: activity.lost().collect(),
    }
}

pub(crate) fn finding(finding: &analysis::Finding) -> Finding {
    Finding {
        code: finding.rule.code,
        name: finding.rule.name,
        severity: finding.severity.as_str(),
        confidence: finding.confidence.as_str(),
        title: finding.title.clone(),
        explanation: finding.explanation.clone(),
        evidence: finding
            .evidence()
            .iter()
            .map(|evidence| Evidence {
                input: evidence.frame.input,
                frame: evidence.frame.number,
                octets: evidence.octets,
                line: evidence.line,
                label: evidence.label.clone(),
            })
            .collect(),
        next_steps: finding.next_steps.clone(),
        could_also_be: finding.rivals.iter().map(|rival| rival.name).collect(),
        told_apart_by: finding
            .rivals
            .iter()
            .map(|rival| rival.tell.clone())
            .collect(),
        known_as: finding.known_as.iter().map(known_as).collect(),
    }
}

fn known_as(known: &analysis::KnownAs) -> KnownAs {
    KnownAs {
        product: known.product,
        code: known.code,
        name: known.name(),
    }
}
