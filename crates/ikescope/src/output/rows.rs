//! What a negotiation did, row by row: the content of its ladder.

use std::net::IpAddr;

use ikescope::report::{Carried, Esp, Exchange, Message, Negotiation};
use ikescope_wire::encapsulation::{IKE_PORT, NAT_T_PORT};
use ikescope_wire::observed::Timestamp;

use crate::output::clock;
use crate::output::words::{duration, folded, intervals, seconds, size};

/// One row.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Row {
    /// Where it is sorted in.
    order: Timestamp,
    /// When; nothing where nothing was seen.
    pub(crate) time: Option<Timestamp>,
    /// When the last of what it tells was seen.
    pub(crate) until: Option<Timestamp>,
    /// How many repeats it stands for; 0 where it is one message.
    pub(crate) again: u32,
    /// Whether it goes over UDP 4500.
    pub(crate) floated: bool,
    /// First and last frame.
    pub(crate) frames: Option<(u64, u64)>,
    /// Index of the input that the frames are of.
    pub(crate) input: u16,
    /// Whether it goes from the initiator to the responder.
    pub(crate) rightward: bool,
    /// How the arrow is drawn.
    pub(crate) stroke: Stroke,
    /// What stands on the arrow.
    pub(crate) label: Label,
    /// What stands beside it.
    pub(crate) note: String,
}

impl Row {
    /// What stands beside it without the transport, if that is the transport of the row above.
    pub(crate) fn note_below(&self, above: &Self) -> Option<&str> {
        let parts = |row: &Self| row.note.split_once("  ").map(|parts| parts.0.to_owned());
        let (transport, rest) = self.note.split_once("  ")?;
        let is_same = parts(above).is_some_and(|above| above == transport);
        (is_same && self.stroke == Stroke::Ike && self.again == 0).then(|| rest.trim_start())
    }
}

/// How an arrow is drawn.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Stroke {
    /// An IKE message.
    Ike,
    /// ESP or AH packets.
    Esp,
    /// Expected and not seen.
    Unseen,
}

/// What stands on an arrow: the long words, the short words for narrow screens, and a size that
/// moves beside the arrow where there is no room.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Label {
    pub(crate) long: String,
    pub(crate) short: String,
    pub(crate) size: String,
}

impl Label {
    fn plain(text: impl Into<String>) -> Self {
        let long: String = text.into();
        Self {
            short: long.clone(),
            long,
            size: String::new(),
        }
    }
}

/// The rows of a negotiation in order of time. `end` is until when silence was listened to; `whole`
/// shows each repeat by itself.
pub(crate) fn of_negotiation(negotiation: &Negotiation, end: Timestamp, whole: bool) -> Vec<Row> {
    let exchanges = negotiation.exchanges.iter();
    let mut rows: Vec<Row> = exchanges
        .flat_map(|exchange| {
            Told {
                negotiation,
                exchange,
                end,
                whole,
            }
            .rows()
        })
        .collect();
    rows.extend(missing_step(negotiation));
    rows.extend(traffic(
        &negotiation.esp,
        negotiation.initiator.address,
        negotiation,
    ));
    rows.extend(missing_traffic(negotiation, end));
    rows.sort_by_key(|row| row.order);
    if whole { rows } else { merged(rows) }
}

/// The rows of ESP without a negotiation, seen from `left`.
pub(crate) fn of_flows(flows: &[Esp], left: IpAddr) -> Vec<Row> {
    let mut rows: Vec<Row> = flows
        .iter()
        .map(|flow| flow_row(flow, flow.from == left))
        .collect();
    rows.sort_by_key(|row| row.order);
    rows
}

/// An exchange that is being told.
struct Told<'a> {
    negotiation: &'a Negotiation,
    exchange: &'a Exchange,
    end: Timestamp,
    whole: bool,
}

impl Told<'_> {
    fn rows(&self) -> Vec<Row> {
        if let Some(row) = self.in_one_row() {
            return vec![row];
        }
        let mut rows = Vec::new();
        let (request, response) = (&self.exchange.request, &self.exchange.response);
        if let Some(request) = request {
            rows.extend(self.sendings(request, false));
        }
        if let Some(response) = response {
            rows.extend(self.sendings(response, true));
        } else if let Some(request) = request {
            rows.extend(self.silence(request));
        }
        rows
    }

    const fn is_ikev2(&self) -> bool {
        self.negotiation.ike_version != 1
    }

    fn rightward(&self, is_response: bool) -> bool {
        (self.exchange.from == "initiator") != is_response
    }

    /// Exchanges behind the handshake take one row: request and answer at once.
    fn in_one_row(&self) -> Option<Row> {
        let routine = matches!(
            self.exchange.exchange_type.as_str(),
            "INFORMATIONAL" | "CREATE_CHILD_SA"
        );
        let (request, response) = (
            self.exchange.request.as_ref()?,
            self.exchange.response.as_ref()?,
        );
        if self.whole || !routine || request.sent > 1 || response.sent > 1 {
            return None;
        }
        let mut row = self.sending(request, false, 0)?;
        row.frames = Some((
            *self.exchange.requests.first()?,
            *self.exchange.responses.first()?,
        ));
        row.until = clock::parse(response.times.first()?);
        let took = self
            .took()
            .map_or_else(String::new, |took| format!(" in {took}"));
        let alive = request.first_inner == Some("") && request.payloads.len() == 1;
        row.note = if alive {
            format!("SK() alive? answered{took}")
        } else {
            format!(
                "{}, answered {}{took}",
                content(request, self.is_ikev2()),
                content(response, self.is_ikev2())
            )
        };
        Some(row)
    }

    fn sendings(&self, message: &Message, is_response: bool) -> Vec<Row> {
        let mut rows: Vec<Row> = self.sending(message, is_response, 0).into_iter().collect();
        if self.whole {
            let again = 1..message.times.len();
            rows.extend(again.filter_map(|index| self.sending(message, is_response, index)));
        } else if message.sent > 1 {
            rows.extend(self.repeats(message, is_response));
        }
        rows
    }

    fn sending(&self, message: &Message, is_response: bool, index: usize) -> Option<Row> {
        let time = clock::parse(message.times.get(index)?)?;
        let frames = if is_response {
            &self.exchange.responses
        } else {
            &self.exchange.requests
        };
        let frame = *frames.get(index)?;
        let mut note = vec![format!("{:8}", carrier(message))];
        if index == 0 {
            note.push(
                self.new_spi(is_response)
                    .unwrap_or_else(|| content(message, self.is_ikev2())),
            );
            note.extend(damage(message));
            note.extend(self.took().filter(|_| is_response));
        } else {
            note.push("again".to_owned());
        }
        note.retain(|part| !part.is_empty());
        Some(Row {
            order: time,
            time: Some(time),
            until: Some(time),
            again: 0,
            floated: is_floated([message.source_port, message.destination_port]),
            frames: Some((frame, frame)),
            input: message.input,
            rightward: self.rightward(is_response),
            stroke: Stroke::Ike,
            label: self.label(message, is_response),
            note: note.join("  "),
        })
    }

    /// An attempt that finds no answer at all is known by its initiator's SPI.
    fn new_spi(&self, is_response: bool) -> Option<String> {
        let spi = self.negotiation.spi_i.get(..8)?;
        (self.negotiation.spi_r.is_none() && !is_response).then(|| format!("spi {spi}"))
    }

    fn repeats(&self, message: &Message, is_response: bool) -> Option<Row> {
        let times: Vec<Timestamp> = message
            .times
            .iter()
            .filter_map(|t| clock::parse(t))
            .collect();
        let frames = if is_response {
            &self.exchange.responses
        } else {
            &self.exchange.requests
        };
        let (first, last) = (frames.get(1)?, frames.last()?);
        let what = if is_response {
            "same answer again"
        } else {
            "same octets again"
        };
        let count = message.sent - 1;
        Some(Row {
            order: *times.get(1)?,
            time: times.get(1).copied(),
            until: times.last().copied(),
            again: count,
            floated: is_floated([message.source_port, message.destination_port]),
            frames: Some((*first, *last)),
            input: message.input,
            rightward: self.rightward(is_response),
            stroke: Stroke::Ike,
            label: Label::plain(format!("{what}, x{count}")),
            note: match times.as_slice() {
                [first, .., last] if last.since(*first) < MILLISECOND => String::new(),
                times => intervals(times),
            },
        })
    }

    /// The answer that was expected, where it was waited for.
    fn silence(&self, request: &Message) -> Option<Row> {
        let expects = self.is_ikev2()
            || matches!(
                (self.exchange.exchange_type.as_str(), self.exchange.step),
                (
                    "Identity Protection" | "Aggressive" | "Quick Mode" | "Transaction",
                    1
                ) | ("Identity Protection", 3 | 5)
            );
        let first = clock::parse(request.times.first()?)?;
        let last = clock::parse(request.times.last()?)?;
        let waited = self.end.since(first);
        if !expects || (request.sent == 1 && waited < PATIENCE) {
            return None;
        }
        Some(unseen(
            Timestamp(last.0.saturating_add(1)),
            !self.rightward(false),
            // Where lines have no times, they are a moment apart.
            if waited < MILLISECOND {
                "no answer".to_owned()
            } else {
                format!("no answer in {} s", seconds(waited))
            },
            String::new(),
        ))
    }

    fn took(&self) -> Option<String> {
        let took = clock::parse(self.exchange.response_time.as_deref()?)?;
        Some(duration(took.0))
    }

    fn label(&self, message: &Message, is_response: bool) -> Label {
        label(self.exchange, message, is_response, self.is_ikev2())
    }
}

/// What a message is called, and its size.
pub(crate) fn label(
    exchange: &Exchange,
    message: &Message,
    is_response: bool,
    is_ikev2: bool,
) -> Label {
    let (long, short) = if is_ikev2 {
        let direction = if is_response { "resp" } else { "req" };
        let name = exchange.exchange_type.as_str();
        let id = exchange.message_id;
        (
            format!("{name} {direction} {id}"),
            format!("{} {direction} {id}", short_name(name)),
        )
    } else {
        let name = name_v1(exchange, is_response);
        (name.clone(), name)
    };
    Label {
        long,
        short,
        size: format!("{} B", message.length),
    }
}

/// "Main 3 KE", "Quick 2", "Informational".
fn name_v1(exchange: &Exchange, is_response: bool) -> String {
    let number = exchange.step + u8::from(is_response);
    match exchange.exchange_type.as_str() {
        "Identity Protection" => {
            let what = match number {
                1 | 2 => " SA",
                3 | 4 => " KE",
                5 | 6 => " ID",
                _ => "",
            };
            format!("Main {number}{what}")
        }
        "Aggressive" => format!("Aggressive {number}"),
        "Quick Mode" => format!("Quick {number}"),
        other => other.to_owned(),
    }
}

/// Names that fit narrow screens.
fn short_name(exchange: &str) -> &str {
    match exchange {
        "IKE_SA_INIT" => "SA_INIT",
        "IKE_INTERMEDIATE" => "INTERMED",
        "IKE_AUTH" => "AUTH",
        "CREATE_CHILD_SA" => "CHILD_SA",
        "INFORMATIONAL" => "INFO",
        "IKE_SESSION_RESUME" => "RESUME",
        "IKE_FOLLOWUP_KE" => "FOLLOWUP",
        other => other,
    }
}

const fn is_floated([source, destination]: [u16; 2]) -> bool {
    source == NAT_T_PORT || destination == NAT_T_PORT
}

fn carrier(message: &Message) -> String {
    let transport = if message.transport == "tcp" {
        "TCP"
    } else {
        "UDP"
    };
    ports(transport, [message.source_port, message.destination_port])
}

/// "UDP 500"; both ports where neither is one of IKE's.
fn ports(transport: &str, [source, destination]: [u16; 2]) -> String {
    let known = [NAT_T_PORT, IKE_PORT]
        .into_iter()
        .find(|port| [source, destination].contains(port));
    match known {
        Some(port) => format!("{transport} {port}"),
        None => format!("{transport} {source}-{destination}"),
    }
}

/// The payloads, as far as they can be read.
pub(crate) fn content(message: &Message, ikev2: bool) -> String {
    if let Some(inner) = &message.decrypted {
        let name = if ikev2 { "SK" } else { "encrypted" };
        return format!("{name}{{{}}}", folded(inner.iter().map(String::as_str)));
    }
    if let Some(first) = message.first_inner {
        let dots = if first.is_empty() { "" } else { "..." };
        let clear: Vec<&str> = message
            .payloads
            .iter()
            .copied()
            .filter(|p| !matches!(*p, "SK" | "SKF"))
            .collect();
        let blank = if clear.is_empty() { "" } else { " " };
        return format!("{}{blank}SK({first}{dots})", folded(clear));
    }
    if message.payloads.is_empty() {
        return if ikev2 {
            String::new()
        } else {
            "encrypted".to_owned()
        };
    }
    let notifies_only = message.payloads.iter().all(|payload| *payload == "N");
    if notifies_only && !message.notifies.is_empty() {
        return format!("N({})", message.notifies.join(", "));
    }
    folded(message.payloads.iter().copied())
}

/// What is missing of a message, or how it was cut in pieces.
pub(crate) fn damage(message: &Message) -> Vec<String> {
    let mut parts = Vec::new();
    if message.captured < message.length {
        parts.push(if message.is_told_by_log() {
            "header only".to_owned()
        } else {
            format!("cut at {} B", message.captured)
        });
    }
    if let Some((_, total)) = message.fragments.first() {
        parts.push(match (message.fragments.len(), total) {
            (1, 0) => "1 fragment, the last one missing".to_owned(),
            (seen, 0) => format!("{seen} fragments, the last one missing"),
            (seen, total) => format!("{seen} of {total} fragments"),
        });
    }
    if !message.ip_fragments.is_empty() {
        parts.push(format!("in {} IP fragments", message.ip_fragments.len()));
    }
    parts
}

/// The message that should have followed an answered exchange.
fn missing_step(negotiation: &Negotiation) -> Option<Row> {
    let verdict = &negotiation.verdict;
    let last = negotiation
        .exchanges
        .iter()
        .rfind(|exchange| exchange.response.is_some())?;
    let open = negotiation
        .exchanges
        .iter()
        .any(|exchange| exchange.response.is_none() && exchange.exchange_type != "Informational");
    let repeated = last
        .request
        .as_ref()
        .is_some_and(|request| request.sent > 1);
    if verdict.outcome != "stalled" || open || repeated {
        return None;
    }
    let expected = match (verdict.stage, last.step) {
        ("auth", 0) => "IKE_AUTH not seen",
        ("main_mode_ke", 1) => "message 3 (KE) not seen",
        ("main_mode_ke" | "main_mode_id", 3) => "message 5 (ID) not seen",
        ("quick_mode", _) => "quick mode not seen",
        _ => return None,
    };
    let behind_nat = negotiation.nat.initiator_behind_nat == Some(true)
        || negotiation.nat.responder_behind_nat == Some(true);
    let moves = behind_nat && (verdict.stage == "auth" || last.step == 3);
    let note = if moves { "expected on UDP 4500" } else { "" };
    let answered = clock::parse(last.response.as_ref()?.times.first()?)?;
    let after = Timestamp(answered.0.saturating_add(1));
    Some(unseen(after, true, expected.to_owned(), note.to_owned()))
}

fn traffic(flows: &[Esp], initiator: IpAddr, negotiation: &Negotiation) -> Vec<Row> {
    let responder = negotiation.responder.address;
    let rightward = |flow: &Esp| flow.from == initiator || flow.to == responder;
    flows
        .iter()
        .map(|flow| flow_row(flow, rightward(flow)))
        .collect()
}

/// Protocols with their packets, the largest packet, the MSS of TCP.
pub(crate) fn inside(carried: &Carried) -> String {
    let protocols = carried.protocols.iter().map(|one| {
        let name = one
            .name
            .map_or_else(|| format!("IP protocol {}", one.number), str::to_owned);
        format!("{name} x{}", one.packets)
    });
    let largest = carried.largest.map(|octets| format!("up to {octets} B"));
    let mss = carried.mss.map(|(least, greatest)| {
        if least == greatest {
            format!("MSS {least}")
        } else {
            format!("MSS {least} to {greatest}")
        }
    });
    let all: Vec<String> = protocols.chain(largest).chain(mss).collect();
    all.join(", ")
}

fn flow_row(flow: &Esp, rightward: bool) -> Row {
    let time = clock::parse(&flow.first_time).unwrap_or_default();
    let protocol = if flow.encapsulation == "ah" {
        "AH"
    } else {
        "ESP"
    };
    let mut note = match flow.encapsulation {
        "udp" => format!("in {}", ports("UDP", [flow.from_port, flow.to_port])),
        "tcp" => format!("in {}", ports("TCP", [flow.from_port, flow.to_port])),
        "ah" => "IP protocol 51".to_owned(),
        _ => "IP protocol 50".to_owned(),
    };
    note.push_str(&format!(", lost {}", flow.lost));
    if flow.replayed > 0 {
        note.push_str(&format!(", {} replayed", flow.replayed));
    }
    if let Some(carried) = &flow.carried {
        note.push_str(&format!(", inside {}", inside(carried)));
    }
    let label = format!("{protocol} {} x{}", flow.spi, flow.packets);
    Row {
        order: time,
        time: Some(time),
        until: clock::parse(&flow.last_time),
        again: 0,
        floated: is_floated([flow.from_port, flow.to_port]),
        frames: Some((flow.first_frame, flow.last_frame)),
        input: flow.input,
        rightward,
        stroke: Stroke::Esp,
        label: Label {
            size: size(flow.bytes),
            ..Label::plain(label)
        },
        note,
    }
}

/// The direction in which ESP should have come.
fn missing_traffic(negotiation: &Negotiation, end: Timestamp) -> Option<Row> {
    let flows = &negotiation.esp;
    match negotiation.verdict.outcome {
        "one_way" => {
            let first = flows
                .iter()
                .filter_map(|flow| clock::parse(&flow.first_time))
                .min()?;
            let rightward = traffic(flows, negotiation.initiator.address, negotiation)
                .first()
                .is_some_and(|row| row.rightward);
            let text = format!("no ESP in {} s", seconds(end.since(first)));
            Some(unseen(
                Timestamp(first.0.saturating_add(1)),
                !rightward,
                text,
                String::new(),
            ))
        }
        "no_traffic" => {
            let last = clock::parse(&negotiation.last_time)?;
            let after = Timestamp(last.0.saturating_add(1));
            Some(unseen(after, true, "no ESP seen".to_owned(), String::new()))
        }
        _ => None,
    }
}

fn unseen(order: Timestamp, rightward: bool, text: String, note: String) -> Row {
    Row {
        order,
        time: None,
        until: None,
        again: 0,
        floated: false,
        frames: None,
        input: 0,
        rightward,
        stroke: Stroke::Unseen,
        label: Label::plain(text),
        note,
    }
}

/// Folds liveness checks and encrypted informationals that follow each other into one row each.
fn merged(rows: Vec<Row>) -> Vec<Row> {
    let mut merged: Vec<(Row, u32)> = Vec::new();
    for row in rows {
        match merged.last_mut() {
            Some((last, count)) if folds(last, &row) => {
                *count += 1;
                last.until = last.until.max(row.until);
                if let (Some(kept), Some(next)) = (&mut last.frames, row.frames) {
                    kept.1 = kept.1.max(next.1);
                }
            }
            _ => merged.push((row, 1)),
        }
    }
    let told = merged.into_iter().map(|(mut row, count)| {
        if count > 1 {
            row.note = format!("{}, x{count}", row.note);
        }
        row
    });
    told.collect()
}

fn folds(one: &Row, other: &Row) -> bool {
    let alive = |row: &Row| row.note.starts_with("SK() alive?");
    let informational =
        |row: &Row| row.label.long == "Informational" && row.note.ends_with("encrypted");
    one.rightward == other.rightward
        && one.input == other.input
        && ((alive(one) && alive(other)) || (informational(one) && informational(other)))
}

/// A single request counts as unanswered after this long, nanoseconds.
/// Nanoseconds in a millisecond.
const MILLISECOND: i64 = 1_000_000;
const PATIENCE: i64 = 4_000_000_000;
