//! What was asked for an IPsec SA and what came of it, as far as it was decrypted; and what the end
//! that refuses showed elsewhere of what it would take.

use ikescope_wire::iana::{ExchangeType, TransformType};

use crate::history::Tunnel;
use crate::inner::Inner;
use crate::negotiation::{Exchange, Flight, Negotiation};
use crate::offers::{Compared, Known, Source};
use crate::proposal::{Kind, Transform};
use crate::selector::Selectors;

/// Protocol of proposals for the IKE SA, in both versions.
const IKE: u8 = 1;

/// An exchange that asks for an IPsec SA, or for another in its place.
#[derive(Clone, Copy, Debug)]
pub struct ChildRequest<'a> {
    /// The exchange.
    pub exchange: &'a Exchange,
    /// The message that asks.
    pub request: &'a Flight,
    /// What it says.
    pub asked: &'a Inner,
    /// The message that decides and what it says: with EAP the last of IKE_AUTH (RFC 7296 §2.16).
    pub answer: Option<(&'a Flight, &'a Inner)>,
}

impl<'a> ChildRequest<'a> {
    /// Reads an exchange of this negotiation; `None` if nothing in it asks for an IPsec SA.
    #[must_use]
    pub fn of(negotiation: &'a Negotiation, exchange: &'a Exchange) -> Option<Self> {
        let request = exchange.request.as_deref()?;
        let asked = request.facts.inner()?;
        let is_child = |transform: &Transform| transform.protocol_id != IKE;
        if asked.selectors.is_empty() && !asked.transforms.first().is_some_and(is_child) {
            return None;
        }
        let decides = match exchange.exchange_type {
            ExchangeType::IKE_AUTH => negotiation.newest(ExchangeType::IKE_AUTH)?,
            _ => exchange,
        };
        let answer = decides.response.as_deref();
        let answer = answer.or_else(|| refusal_of_quick_mode(negotiation, exchange, request));
        Some(Self {
            exchange,
            request,
            asked,
            answer: answer.and_then(|flight| Some((flight, flight.facts.inner()?))),
        })
    }

    /// The traffic that was granted, if any was.
    #[must_use]
    pub fn granted(&self) -> Option<&'a Selectors> {
        let (_, answer) = self.answer?;
        (!answer.selectors.is_empty()).then_some(&answer.selectors)
    }

    /// Whether less was granted than asked for (RFC 7296 §2.9).
    #[must_use]
    pub fn is_narrowed(&self) -> bool {
        let asked = &self.asked.selectors;
        self.granted().is_some_and(|granted| !granted.cover(asked))
    }

    /// Whether the answer was read and says no.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        let no = |(_, answer): (_, &Inner)| answer.error_notify().is_some();
        self.granted().is_none() && self.answer.is_some_and(no)
    }
}

/// IKEv1 refuses by an informational of its own.
fn refusal_of_quick_mode<'a>(
    negotiation: &'a Negotiation,
    exchange: &Exchange,
    request: &Flight,
) -> Option<&'a Flight> {
    if exchange.exchange_type != ExchangeType::QUICK_MODE {
        return None;
    }
    let answers = negotiation
        .of_type(ExchangeType::INFORMATIONAL_V1)
        .filter(|answer| answer.from == exchange.from.other())
        .filter_map(|answer| answer.request.as_deref());
    let mut errors = answers.filter(|flight| flight.facts.error_notify().is_some());
    errors.find(|flight| flight.first().time >= request.first().time)
}

/// Every request for an IPsec SA between two peers.
fn requests<'a>(tunnel: &'a Tunnel) -> impl Iterator<Item = (&'a Negotiation, ChildRequest<'a>)> {
    tunnel.negotiations.iter().flat_map(|negotiation| {
        let exchanges = negotiation.exchanges.iter();
        exchanges.filter_map(move |exchange| {
            Some((negotiation, ChildRequest::of(negotiation, exchange)?))
        })
    })
}

/// Traffic that an end showed itself willing to protect, as the exchange that it refused would have
/// to ask for it.
#[derive(Clone, Debug)]
pub(crate) struct Willing<'a> {
    /// The message that shows it.
    pub(crate) flight: &'a Flight,
    /// Whether it asked for it itself, or else granted it.
    pub(crate) asked_itself: bool,
    /// The traffic.
    pub(crate) selectors: Selectors,
}

/// What the end that refuses `refused` asked for or granted elsewhere, the nearest to what it
/// refuses.
pub(crate) fn willing<'a>(
    tunnel: &'a Tunnel,
    negotiation: &Negotiation,
    refused: &ChildRequest<'_>,
) -> Option<Willing<'a>> {
    let refuser = negotiation.end(refused.exchange.from.other()).ip();
    let shown = requests(tunnel).filter_map(|(negotiation, request)| {
        let asker = negotiation.end(request.exchange.from).ip();
        if asker == refuser {
            return Some(Willing {
                flight: request.request,
                asked_itself: true,
                selectors: request.asked.selectors.turned(),
            });
        }
        Some(Willing {
            flight: request.answer?.0,
            asked_itself: false,
            selectors: request.granted()?.clone(),
        })
    });
    let wanted = &refused.asked.selectors;
    let alike = |willing: &Willing<'_>| {
        u8::from(willing.selectors.initiator == wanted.initiator)
            + u8::from(willing.selectors.responder == wanted.responder)
    };
    shown.max_by_key(alike)
}

/// The proposals of a request that was refused beside what the refusing end chose or offered for
/// other IPsec SAs with the same peer.
#[must_use]
pub fn child_compared(
    tunnel: &Tunnel,
    negotiation: &Negotiation,
    refused: &ChildRequest<'_>,
) -> Option<Compared> {
    let refuser = negotiation.end(refused.exchange.from.other()).ip();
    let mut best: Option<(Known, &[Transform])> = None;
    for (negotiation, request) in requests(tunnel) {
        let (flight, inner, source) = if negotiation.end(request.exchange.from).ip() == refuser {
            (request.request, request.asked, Source::Offered)
        } else {
            let Some((flight, answer)) = request.answer else {
                continue;
            };
            (flight, answer, Source::Accepted)
        };
        // What it offers says more than what it once chose.
        let is_better = best
            .as_ref()
            .is_none_or(|(known, _)| known.source == Source::Accepted && source == Source::Offered);
        if is_better && !inner.transforms.is_empty() {
            let known = Known {
                frame: flight.first().frame,
                octets: None,
                source,
                same_peer: true,
            };
            best = Some((known, &inner.transforms));
        }
    }
    let (known, list) = best?;
    let known = (known, list.to_vec());
    Some(Compared::new(&refused.asked.transforms, Some(known)))
}

/// "AES-CBC-128, HMAC-SHA1-96, PFS group 14": the proposals of a request, each value once.
pub(crate) fn proposals(asked: &Inner) -> String {
    let mut names: Vec<String> = Vec::new();
    for transform in asked.transforms.iter().filter(|one| is_told(one)) {
        let name = match transform.plain_name() {
            group if transform.is_group() => format!("PFS group {group}"),
            name => name,
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if !asked
        .transforms
        .iter()
        .any(|one| one.is_group() && one.id != 0)
    {
        names.push("no PFS".to_owned());
    }
    names.join(", ")
}

/// Sequence numbers differ between no two peers, and the group NONE is no group.
pub(crate) const fn is_told(transform: &Transform) -> bool {
    match transform.kind {
        Kind::V2(TransformType::KE) => transform.id != 0,
        Kind::V2(kind) => matches!(kind, TransformType::ENCR | TransformType::INTEG),
        _ => true,
    }
}
