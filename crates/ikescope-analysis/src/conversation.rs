//! Which exchange a message belongs to, and whether it is new, a repeat, or a copy.

use ikescope_wire::header::HEADER_LENGTH;
use ikescope_wire::iana::{ExchangeType, PayloadType, ikev1};
use ikescope_wire::observed::Sighting;
use ikescope_wire::{Header, MessageId};

use crate::filing::direction;
use crate::intake::Ike;
use crate::negotiation::{Ends, Exchange, Flight, Mode, Negotiation, Part, Role, Sending};
use crate::record::Facts;
use crate::spares::Spares;

/// Same packet, same IP identification: within this time it is one packet seen twice.
const COPY_WITHIN: i64 = 1_000_000_000;
/// Without an IP identification to compare (Linux sends 0 with DF), copies are this close.
const BARE_COPY_WITHIN: i64 = 20_000_000;
/// A packet of a capture and its line in a log are this close, once the clocks are compared.
const LOGGED_WITHIN: i64 = 1_000_000_000;

/// Fragments kept of one message.
const PARTS_KEPT: usize = 64;

/// A message on its way into a negotiation.
pub(crate) struct Envelope<'a> {
    pub(crate) message: Ike,
    pub(crate) sender: Role,
    pub(crate) sighting: &'a Sighting,
}

impl Envelope<'_> {
    const fn header(&self) -> &Header {
        &self.message.header
    }

    const fn facts(&self) -> &Facts {
        &self.message.facts
    }

    const fn ends(&self) -> Ends {
        Ends::of(self.sighting)
    }

    const fn sending(&self) -> Sending {
        Sending::of(self.sighting, self.message.incomplete)
    }
}

/// Who sent the first message seen of a negotiation, by its header alone.
pub(crate) fn opening_sender(header: &Header) -> Role {
    let initiator = match header.version.major() {
        2 => header.flags.is_initiator(),
        // IKEv1 has no such flag. A zero cookie is the first message; a main mode message in clear
        // with an SA and both cookies is the second; anything else is a guess.
        1 => {
            header.spis.responder.is_zero()
                || !(header.exchange_type == ExchangeType::IDENTITY_PROTECTION
                    && header.next_payload == ikev1::PayloadType::SA.0
                    && !header.flags.is_encrypted())
        }
        _ => true,
    };
    if initiator {
        Role::Initiator
    } else {
        Role::Responder
    }
}

/// The mode that the first message seen tells.
pub(crate) fn mode(header: &Header) -> Mode {
    if header.version.major() == 2 {
        return Mode::Ikev2;
    }
    match header.exchange_type {
        ExchangeType::IDENTITY_PROTECTION => Mode::Main,
        ExchangeType::AGGRESSIVE => Mode::Aggressive,
        ExchangeType::QUICK_MODE | ExchangeType::INFORMATIONAL_V1 | ExchangeType::TRANSACTION => {
            Mode::QuickOnly
        }
        _ => Mode::Unknown,
    }
}

/// Which end sent a message: by the addresses where they tell, else by the flag.
pub(crate) fn sender(negotiation: &Negotiation, header: &Header, sighting: &Sighting) -> Role {
    let (source, destination) = (sighting.source, sighting.destination);
    if let Some(role) = direction(negotiation, source, destination) {
        return role;
    }
    if negotiation.responder == destination || negotiation.initiator == source {
        return Role::Initiator;
    }
    if negotiation.initiator == destination || negotiation.responder == source {
        return Role::Responder;
    }
    let knows = |role: Role, address| negotiation.addresses(role).contains(&address);
    if knows(Role::Responder, destination.ip()) || knows(Role::Initiator, source.ip()) {
        return Role::Initiator;
    }
    if knows(Role::Initiator, destination.ip()) || knows(Role::Responder, source.ip()) {
        return Role::Responder;
    }
    opening_sender(header)
}

/// Whether a message with the initiator SPI of this negotiation (or of a successor) is its own.
pub(crate) fn belongs(
    negotiation: &Negotiation,
    header: &Header,
    sighting: &Sighting,
    digest: u64,
) -> bool {
    let known = core::iter::once(&negotiation.spis)
        .chain(&negotiation.successors)
        .any(|spis| *spis == header.spis);
    let opening = header.spis.responder.is_zero()
        || negotiation.spis.responder.is_zero()
        || is_first_exchange(header);
    match direction(negotiation, sighting.source, sighting.destination) {
        Some(_) => known || opening,
        None => {
            // Other addresses: the same SPIs are a move or the other side of a NAT; before there
            // is a responder SPI only the same octets are.
            (known && !header.spis.responder.is_zero())
                || negotiation
                    .flights()
                    .any(|(_, _, flight)| flight.facts.digest == digest)
                || negotiation.initiator.ip() == negotiation.responder.ip()
                || (opening && is_answer_to(negotiation, sighting))
                || (opening_sender(header) == Role::Responder
                    && is_answer_from_elsewhere(negotiation, sighting))
        }
    }
}

/// The first answer comes back through the NAT that rewrote the request.
fn is_answer_to(negotiation: &Negotiation, sighting: &Sighting) -> bool {
    let back = Ends {
        source: sighting.destination,
        destination: sighting.source,
    };
    negotiation.flights_of(Role::Initiator).any(|flight| {
        let seen = flight
            .sendings
            .iter()
            .chain(flight.first_duplicate.as_deref());
        seen.map(|sending| flight.ends_of(sending))
            .any(|ends| ends == back)
    })
}

/// An answer to the first message, to where that came from, but from another address or port than it
/// went to: of a host with several, or with a NAT that knows it not.
fn is_answer_from_elsewhere(negotiation: &Negotiation, sighting: &Sighting) -> bool {
    negotiation.spis.responder.is_zero()
        && negotiation
            .flights_of(Role::Initiator)
            .any(|flight| flight.ends.source == sighting.destination)
}

fn is_first_exchange(header: &Header) -> bool {
    matches!(
        header.exchange_type,
        ExchangeType::IKE_SA_INIT | ExchangeType::IDENTITY_PROTECTION | ExchangeType::AGGRESSIVE
    ) || header.exchange_type == ExchangeType::INFORMATIONAL_V1
}

/// Where in the negotiation a message stands.
struct Place {
    message_id: MessageId,
    from: Role,
    step: u8,
    is_response: bool,
    generation: u16,
}

/// Files a message: a repeat under its first sending, anything else in its exchange.
pub(crate) fn file(negotiation: &mut Negotiation, envelope: Envelope<'_>, spares: &mut Spares) {
    if envelope.message.reassembled {
        complete(negotiation, envelope);
        return;
    }
    if is_repeat(negotiation, &envelope) {
        return;
    }
    let header = *envelope.header();
    let place = place(negotiation, &envelope);
    if place.generation == 0 && !header.spis.responder.is_zero() {
        negotiation.spis.responder = header.spis.responder;
    }
    if negotiation.mode == Mode::Unknown || negotiation.mode == Mode::QuickOnly {
        let told = mode(&header);
        if told != Mode::Unknown && told != Mode::Ikev2 {
            negotiation.mode = told;
        }
    }
    insert(negotiation, envelope, &place, spares);
    negotiation.bound_exchanges();
}

/// What the fragments of IKEv1 say together takes the place of what the first one says; its digest stays
/// that of the fragment, by which repeats are told.
fn complete(negotiation: &mut Negotiation, envelope: Envelope<'_>) {
    let step = place(negotiation, &envelope).step;
    let frame = envelope.sighting.frame;
    for exchange in negotiation.exchanges.iter_mut().rev() {
        for flight in [&mut exchange.request, &mut exchange.response]
            .into_iter()
            .flatten()
        {
            if flight.parts.last().is_some_and(|part| part.frame == frame) {
                let digest = flight.facts.digest;
                flight.facts = envelope.message.facts;
                flight.facts.digest = digest;
                if exchange.exchange_type == ExchangeType::IDENTITY_PROTECTION {
                    exchange.step = step;
                }
                return;
            }
        }
    }
}

/// A message whose octets are known is a repeat, or a copy of the newest sending.
fn is_repeat(negotiation: &mut Negotiation, envelope: &Envelope<'_>) -> bool {
    let digest = envelope.facts().digest;
    for exchange in negotiation.exchanges.iter_mut().rev().take(32) {
        let from = exchange.from;
        for (sender, flight) in [
            (from, &mut exchange.request),
            (from.other(), &mut exchange.response),
        ] {
            let Some(flight) = flight else {
                continue;
            };
            // Small fragments of both ends may be alike: they do not get beyond the header.
            if !flight.parts.is_empty() && sender != envelope.sender {
                continue;
            }
            if flight.facts.digest == digest {
                let again = note_sending(flight, envelope);
                if let Some(part) = flight.parts.first_mut().filter(|_| again) {
                    part.sendings += 1;
                }
                return true;
            }
            if let Some(part) = flight.parts.iter_mut().find(|part| part.digest == digest) {
                part.sendings += 1;
                return true;
            }
        }
    }
    false
}

/// Notes a further sending of a message; says whether it is one, and no copy of the newest.
fn note_sending(flight: &mut Flight, envelope: &Envelope<'_>) -> bool {
    let copy = is_copy(flight, envelope);
    let mut sending = flight.note_ends(envelope.sending(), envelope.ends());
    if !copy {
        flight.send_again(sending);
        return true;
    }
    flight.duplicates += 1;
    // A whole copy of an incomplete sending makes it whole.
    if let Some(newest) = flight.sendings.last_mut() {
        newest.incomplete &= sending.incomplete;
        // A packet tells when it was sent; the line of a log may stand well before or behind it.
        let is_told_better = newest.hop_limit == 0 && sending.hop_limit != 0;
        if is_told_better && newest.moved == sending.moved {
            core::mem::swap(newest, &mut sending);
        }
    }
    flight
        .first_duplicate
        .get_or_insert_with(|| Box::new(sending));
    false
}

/// One packet seen twice: on a mirror port, on two interfaces, on both sides of a NAT, in a capture and
/// in the log of an end.
fn is_copy(flight: &Flight, envelope: &Envelope<'_>) -> bool {
    let (last, sighting) = (flight.last(), envelope.sighting);
    let apart = sighting.time.since(last.time);
    if last.hop_limit == 0 || sighting.hop_limit == 0 {
        // A log has each packet once, and the times of two clocks do not fit to the millisecond. The text
        // of a console may hold a log and packets, in one input.
        let is_one_logged = (last.hop_limit == 0) != (sighting.hop_limit == 0);
        let is_elsewhere = is_one_logged || last.frame.input != sighting.frame.input;
        return is_elsewhere && apart < LOGGED_WITHIN;
    }
    let comparable = |id: Option<u32>| id.filter(|id| *id != 0);
    match (comparable(last.ip_id), comparable(sighting.ip_id)) {
        (Some(one), Some(other)) if flight.ends_of(last) == envelope.ends() => {
            one == other && apart < COPY_WITHIN
        }
        _ => apart < BARE_COPY_WITHIN,
    }
}

fn place(negotiation: &Negotiation, envelope: &Envelope<'_>) -> Place {
    let (header, facts, sender) = (envelope.header(), envelope.facts(), envelope.sender);
    if header.version.major() != 1 || negotiation.mode == Mode::Ikev2 {
        let is_response = header.flags.is_response();
        let generation = negotiation
            .successors
            .iter()
            .position(|spis| *spis == header.spis)
            .map_or(0, |position| {
                u16::try_from(position + 1).unwrap_or(u16::MAX)
            });
        return Place {
            message_id: header.message_id,
            from: if is_response { sender.other() } else { sender },
            step: 0,
            is_response,
            generation,
        };
    }
    let (from, step, is_response) = match header.exchange_type {
        ExchangeType::IDENTITY_PROTECTION => (
            Role::Initiator,
            match facts.fragment() {
                Some(_) => main_mode_step_of_fragment(negotiation, sender),
                None => main_mode_step(header, facts),
            },
            sender == Role::Responder,
        ),
        ExchangeType::AGGRESSIVE => {
            let third = sender == Role::Initiator && !header.spis.responder.is_zero();
            (
                Role::Initiator,
                if third { 3 } else { 1 },
                sender == Role::Responder,
            )
        }
        ExchangeType::INFORMATIONAL_V1 => (sender, 1, false),
        _ => {
            let opened = negotiation.exchanges.iter().rev().find(|exchange| {
                exchange.message_id == header.message_id
                    && exchange.exchange_type == header.exchange_type
            });
            match opened {
                None => (sender, 1, false),
                Some(exchange) if exchange.from != sender => (exchange.from, exchange.step, true),
                Some(exchange) if facts.fragment().is_some() && is_in_parts(exchange) => {
                    (exchange.from, exchange.step, false)
                }
                Some(exchange) => (exchange.from, exchange.step + 2, false),
            }
        }
    };
    Place {
        message_id: header.message_id,
        from,
        step,
        is_response,
        generation: 0,
    }
}

/// Messages 1 and 2 carry the SA, 3 and 4 the key exchange, 5 and 6 are encrypted (RFC 2409 §5).
fn main_mode_step(header: &Header, facts: &Facts) -> u8 {
    // Of a message that a log tells without octets only the header is there.
    let begins_with = |payload_type: ikev1::PayloadType| {
        facts.has(payload_type.0) || header.next_payload == payload_type.0
    };
    if header.flags.is_encrypted() {
        5
    } else if begins_with(ikev1::PayloadType::SA) {
        1
    } else if begins_with(ikev1::PayloadType::KE) || facts.has(ikev1::PayloadType::NONCE.0) {
        3
    } else if header.spis.responder.is_zero() {
        1
    } else {
        5
    }
}

/// A fragment says nothing of the message that it is of: it is the sender's next one, or its newest as
/// long as that is not whole.
fn main_mode_step_of_fragment(negotiation: &Negotiation, sender: Role) -> u8 {
    let own = |exchange: &Exchange| {
        match sender {
            Role::Initiator => exchange.request.as_deref(),
            Role::Responder => exchange.response.as_deref(),
        }
        .map(|flight| (exchange.step, flight.facts.fragment().is_some()))
    };
    let main_mode = negotiation.of_type(ExchangeType::IDENTITY_PROTECTION);
    match main_mode.filter_map(own).max() {
        Some((step, true)) => step,
        Some((step, false)) => (step + 2).min(LAST_STEP),
        None if negotiation.seen_from_start => 1,
        None => LAST_STEP,
    }
}

/// Step of the messages 5 and 6 of main mode.
const LAST_STEP: u8 = 5;

fn is_in_parts(exchange: &Exchange) -> bool {
    let request = exchange.request.as_deref();
    request.is_some_and(|request| !request.parts.is_empty() && exchange.response.is_none())
}

fn insert(
    negotiation: &mut Negotiation,
    envelope: Envelope<'_>,
    place: &Place,
    spares: &mut Spares,
) {
    let exchange_type = envelope.header().exchange_type;
    let same = |exchange: &&mut Exchange| {
        exchange.exchange_type == exchange_type
            && exchange.message_id == place.message_id
            && exchange.from == place.from
            && exchange.step == place.step
            && exchange.generation == place.generation
    };
    let mut open = negotiation.exchanges.iter_mut().rev().find(same);
    if let Some(exchange) = open.as_mut() {
        let flight = if place.is_response {
            &mut exchange.response
        } else {
            &mut exchange.request
        };
        let Some(flight) = flight else {
            *flight = Some(spares.flight(new_flight(envelope)));
            return;
        };
        if is_header_of(&flight.facts, envelope.facts())
            || is_header_of(envelope.facts(), &flight.facts)
        {
            note_sending(flight, &envelope);
            if flight.facts.captured < envelope.facts().captured {
                flight.facts = envelope.message.facts;
            }
            return;
        }
        if join(flight, &envelope, place.is_response) {
            return;
        }
    }
    let flight = Some(spares.flight(new_flight(envelope)));
    let (request, response) = if place.is_response {
        (None, flight)
    } else {
        (flight, None)
    };
    negotiation.exchanges.push(Exchange {
        exchange_type,
        message_id: place.message_id,
        from: place.from,
        generation: place.generation,
        step: place.step,
        request,
        response,
    });
}

/// Whether one of two messages in the same place is but the header of the other: a log told it without
/// its octets.
fn is_header_of(header: &Facts, message: &Facts) -> bool {
    let is_bare = usize::try_from(header.captured) == Ok(HEADER_LENGTH);
    is_bare && header.length == message.length && header.length > header.captured
}

fn new_flight(envelope: Envelope<'_>) -> Flight {
    let (sending, ends) = (envelope.sending(), envelope.ends());
    let part = part(&envelope);
    let Ike {
        facts,
        transport,
        ip_fragments,
        ..
    } = envelope.message;
    let mut flight = Flight::new(facts, transport, ends, sending, ip_fragments);
    flight.parts.extend(part);
    flight
}

fn part(envelope: &Envelope<'_>) -> Option<Part> {
    let facts = envelope.facts();
    facts.fragment().map(|(number, total)| Part {
        number,
        total,
        frame: envelope.sighting.frame,
        sendings: 1,
        digest: facts.digest,
    })
}

/// Other octets for the same place: a further fragment, or an answer of the same kind made anew.
fn join(flight: &mut Flight, envelope: &Envelope<'_>, is_response: bool) -> bool {
    let facts = envelope.facts();
    if let Some((number, total)) = facts.fragment() {
        if flight.parts.is_empty() {
            return false;
        }
        join_part(flight, envelope, number, total);
        return true;
    }
    // A responder that kept no state answers each repeat anew: other SPI, same statement.
    let same_kind = is_response
        && flight.facts.encrypted.is_none() == facts.encrypted.is_none()
        && flight.facts.length == facts.length
        && flight.facts.payloads == facts.payloads
        && statements(&flight.facts).eq(statements(facts));
    if same_kind {
        note_sending(flight, envelope);
    }
    same_kind
}

fn statements(facts: &Facts) -> impl Iterator<Item = (u16, Option<u16>)> + '_ {
    facts
        .notifies
        .iter()
        .map(|notify| (notify.notify_type, notify.wanted_group()))
}

fn join_part(flight: &mut Flight, envelope: &Envelope<'_>, number: u16, total: u16) {
    let leading = flight.parts.first().map(|part| (part.number, part.total));
    let known = flight
        .parts
        .iter_mut()
        .find(|part| (part.number, part.total) == (number, total));
    if let Some(part) = known {
        part.sendings += 1;
        if leading == Some((number, total)) {
            note_sending(flight, envelope);
        }
        return;
    }
    if flight.parts.len() >= PARTS_KEPT {
        return;
    }
    flight.parts.extend(part(envelope));
    flight.facts.complete(envelope.facts());
    // The first fragment alone tells the type of the first inner payload (RFC 7383 §2.5).
    if let (Some(kept), Some(new)) = (&mut flight.facts.encrypted, envelope.facts().encrypted)
        && kept.first_inner == PayloadType::NONE
    {
        kept.first_inner = new.first_inner;
    }
}
