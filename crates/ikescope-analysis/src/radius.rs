//! RADIUS beside IKE: the questions that an edge device asks about a user, and what it is told.

use std::collections::VecDeque;
use std::net::SocketAddr;

use ikescope_wire::iana::ExchangeType;
use ikescope_wire::observed::{Datagram, FrameId, Sighting, Timestamp, Transport};
use ikescope_wire::radius::{OLD_RADIUS_PORT, RADIUS_PORT};
use ikescope_wire::{RadiusCode, RadiusHeader};

use crate::attempt::Attempt;
use crate::negotiation::{Exchange, Negotiation, Role};
use crate::standing::{Outcome, SECOND};

/// Exchanges kept, the newest.
const KEPT: usize = 4096;
/// An answer belongs to one of so many newest requests.
const OPEN: usize = 256;

/// A request about a user, its repeats, and the answer.
#[derive(Clone, Copy, Debug)]
pub struct RadiusExchange {
    /// Who asks.
    pub client: SocketAddr,
    /// Who is asked.
    pub server: SocketAddr,
    /// Frame of the request.
    pub frame: FrameId,
    /// When it was first sent.
    pub time: Timestamp,
    /// How often it was sent.
    pub sent: u32,
    /// The answer, its frame and when it came.
    pub answer: Option<(RadiusCode, FrameId, Timestamp)>,
    identifier: u8,
    authenticator: [u8; 16],
}

/// RADIUS exchanges as they are seen.
#[derive(Clone, Debug, Default)]
pub(crate) struct RadiusLog {
    exchanges: VecDeque<RadiusExchange>,
}

/// Reads a datagram on a port of RADIUS.
pub(crate) fn read(datagram: &Datagram<'_>) -> Option<RadiusHeader> {
    let Sighting {
        source,
        destination,
        ..
    } = datagram.sighting;
    let is_radius = |end: SocketAddr| matches!(end.port(), RADIUS_PORT | OLD_RADIUS_PORT);
    if datagram.transport != Transport::Udp || !(is_radius(source) || is_radius(destination)) {
        return None;
    }
    RadiusHeader::decode(datagram.octets).ok()
}

impl RadiusLog {
    pub(crate) fn file(&mut self, sighting: &Sighting, header: &RadiusHeader) {
        match header.code {
            RadiusCode::ACCESS_REQUEST => self.request(sighting, header),
            RadiusCode::ACCESS_ACCEPT
            | RadiusCode::ACCESS_REJECT
            | RadiusCode::ACCESS_CHALLENGE => self.answer(sighting, header),
            _ => {}
        }
    }

    fn request(&mut self, sighting: &Sighting, header: &RadiusHeader) {
        let again = self.newest(sighting.source, sighting.destination, header.identifier);
        if let Some(again) = again
            && again.authenticator == header.authenticator
        {
            again.sent += 1;
            return;
        }
        if self.exchanges.len() == KEPT {
            self.exchanges.pop_front();
        }
        self.exchanges.push_back(RadiusExchange {
            client: sighting.source,
            server: sighting.destination,
            frame: sighting.frame,
            time: sighting.time,
            sent: 1,
            answer: None,
            identifier: header.identifier,
            authenticator: header.authenticator,
        });
    }

    fn answer(&mut self, sighting: &Sighting, header: &RadiusHeader) {
        let asked = self.newest(sighting.destination, sighting.source, header.identifier);
        if let Some(asked) = asked {
            let answer = (header.code, sighting.frame, sighting.time);
            asked.answer.get_or_insert(answer);
        }
    }

    fn newest(
        &mut self,
        client: SocketAddr,
        server: SocketAddr,
        identifier: u8,
    ) -> Option<&mut RadiusExchange> {
        self.exchanges.iter_mut().rev().take(OPEN).find(|exchange| {
            (exchange.client, exchange.server, exchange.identifier) == (client, server, identifier)
        })
    }

    pub(crate) fn into_exchanges(self) -> Vec<RadiusExchange> {
        self.exchanges.into()
    }
}

/// So long after the last message of user authentication a question may still belong to it.
const BEHIND: i64 = 10 * SECOND;
/// Exchanges looked at for one negotiation.
const MEANWHILE: usize = 32;

/// What was asked of RADIUS while a user was being authenticated.
pub(crate) fn during(negotiation: &Negotiation, all: &[RadiusExchange]) -> Vec<RadiusExchange> {
    let rounds = || {
        let exchanges = negotiation.exchanges.iter();
        exchanges.filter(|exchange| is_of_user(exchange))
    };
    let first = rounds().map(Exchange::first_time).min();
    let last = rounds().map(Exchange::last_time).max();
    let (Some(first), Some(last)) = (first, last) else {
        return Vec::new();
    };
    let until = Timestamp(last.0.saturating_add(BEHIND));
    let meanwhile = |exchange: &&RadiusExchange| (first..=until).contains(&exchange.time);
    let found = all.iter().filter(meanwhile);
    found.take(MEANWHILE).copied().collect()
}

/// The same of an attempt that failed.
pub(crate) fn beside<'a>(attempt: &'a Attempt<'_>) -> impl Iterator<Item = &'a RadiusExchange> {
    let failed = matches!(
        attempt.standing.outcome,
        Outcome::Stalled | Outcome::Rejected
    );
    attempt.radius.iter().filter(move |_| failed)
}

/// A round of EAP, or XAUTH.
fn is_of_user(exchange: &Exchange) -> bool {
    match exchange.exchange_type {
        ExchangeType::IKE_AUTH => exchange.message_id.0 > 1,
        ExchangeType::TRANSACTION => exchange.from == Role::Responder,
        _ => false,
    }
}
