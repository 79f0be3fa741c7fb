//! Circumstances that several rules and the report need: who is behind NAT, who refused.

use std::net::SocketAddr;

use ikescope_wire::encapsulation::NAT_T_PORT;
use ikescope_wire::iana::ikev1::{self, AuthMethod};
use ikescope_wire::iana::{ExchangeType, NotifyType};
use ikescope_wire::observed::Transport;

use crate::attempt::Attempt;
use crate::nat::Comparison;
use crate::negotiation::{Ends, Exchange, Flight, Negotiation, Role};
use crate::opener::SharedKeyProof;
use crate::proposal::Kind;
use crate::record::{Facts, Notify};
use crate::standing::Halt;

/// What the NAT detection hashes of a negotiation say.
#[derive(Clone, Debug, Default)]
pub struct Nat<'a> {
    initiator: End<'a>,
    responder: End<'a>,
}

#[derive(Clone, Debug, Default)]
struct End<'a> {
    behind: Option<bool>,
    proofs: Vec<Proof<'a>>,
}

/// A hash that does not fit.
#[derive(Clone, Copy, Debug)]
pub struct Proof<'a> {
    /// The message.
    pub flight: &'a Flight,
    /// The comparison.
    pub comparison: Comparison,
    /// The address and port that the hash should have been made over.
    pub address: SocketAddr,
}

impl Proof<'_> {
    /// Whether the hash is that of its own sender's address, and not of the one it aims at.
    #[must_use]
    pub fn is_of_sender(&self) -> bool {
        self.address == self.flight.ends.source
    }
}

impl<'a> Nat<'a> {
    /// Whether this end is behind NAT; `None` if nothing tells.
    #[must_use]
    pub const fn behind(&self, role: Role) -> Option<bool> {
        self.end(role).behind
    }

    /// The hashes that say so.
    #[must_use]
    pub fn proofs(&self, role: Role) -> &[Proof<'a>] {
        &self.end(role).proofs
    }

    const fn end(&self, role: Role) -> &End<'a> {
        match role {
            Role::Initiator => &self.initiator,
            Role::Responder => &self.responder,
        }
    }
}

/// The message in which an end proves its pre-shared key, and what that says of the keys that were given;
/// of several the newest.
pub(crate) fn proof_of(
    negotiation: &Negotiation,
    role: Role,
) -> Option<(&Flight, &SharedKeyProof)> {
    let flights = negotiation.flights_of(role);
    flights
        .filter_map(|flight| Some((flight, flight.facts.proof()?)))
        .last()
}

/// Reads the hashes of every message in clear. An end is behind NAT if its own hash does not fit
/// the address it was seen with, or if the other end aims at an address that is not the one seen.
#[must_use]
pub fn nat(negotiation: &Negotiation) -> Nat<'_> {
    let mut nat = Nat::default();
    for (exchange, is_response, flight) in negotiation.flights() {
        let Some(claim) = flight.facts.nat else {
            continue;
        };
        let sender = exchange.sender(is_response);
        let Ends {
            source,
            destination,
        } = flight.ends;
        for (role, comparison, address) in [
            (sender, claim.source, source),
            (sender.other(), claim.destination, destination),
        ] {
            let Some(comparison) = comparison else {
                continue;
            };
            let end = match role {
                Role::Initiator => &mut nat.initiator,
                Role::Responder => &mut nat.responder,
            };
            end.behind = Some(end.behind.unwrap_or(false) || !comparison.fits);
            if !comparison.fits {
                end.proofs.push(Proof {
                    flight,
                    comparison,
                    address,
                });
            }
        }
    }
    nat
}

/// The message and the notification, read in clear or decrypted, with which an exchange was refused. In IKEv2 it is
/// the response; in IKEv1 an informational of its own.
#[must_use]
pub fn refusal(exchange: &Exchange) -> Option<(&Flight, &Notify)> {
    let [response, request] =
        [&exchange.response, &exchange.request].map(|flight| flight.as_deref());
    let told = |flight: &&Flight| flight.facts.error_notify().is_some();
    let flight = response.filter(told).or(request)?;
    Some((flight, flight.facts.error_notify()?))
}

/// Whether an error of IKEv1 says that the message it answers could not be read (RFC 2408 §5.4).
pub(crate) fn says_unreadable(notify: &Notify) -> bool {
    matches!(
        ikev1::NotifyType(notify.notify_type),
        ikev1::NotifyType::INVALID_PAYLOAD_TYPE
            | ikev1::NotifyType::PAYLOAD_MALFORMED
            | ikev1::NotifyType::UNEQUAL_PAYLOAD_LENGTHS
    )
}

/// Whether the answer of this exchange was decrypted, so that nothing about it need be implied.
#[must_use]
pub(crate) fn is_read(exchange: &Exchange) -> bool {
    exchange.answered().and_then(Facts::inner).is_some()
}

/// The refusal of every proposal for the IKE SA, in clear. NO_PROPOSAL_CHOSEN has the number 14 in
/// both versions.
pub(crate) fn no_proposal_chosen<'a>(attempt: &Attempt<'a>) -> Option<(&'a Flight, &'a Notify)> {
    let Halt::Refused(exchange) = attempt.standing.halt else {
        return None;
    };
    refusal(exchange).filter(|(_, notify)| notify.notify_type == NotifyType::NO_PROPOSAL_CHOSEN.0)
}

/// The initiator's message that offers proposals for the IKE SA.
pub(crate) fn offer_of<'a>(attempt: &Attempt<'a>) -> Option<&'a Flight> {
    attempt
        .negotiation
        .flights_of(Role::Initiator)
        .find(|flight| flight.facts.sa_octets.is_some())
}

/// IKE_AUTH, or the IKE_INTERMEDIATE that stands before it (RFC 9242).
pub(crate) fn is_of_authentication(exchange: &Exchange) -> bool {
    matches!(
        exchange.exchange_type,
        ExchangeType::IKE_AUTH | ExchangeType::IKE_INTERMEDIATE
    )
}

/// Message 5 of main mode, in which the initiator proves who it is.
pub(crate) fn is_identification(exchange: &Exchange) -> bool {
    exchange.exchange_type == ExchangeType::IDENTITY_PROTECTION && exchange.step == 5
}

/// What the request of an authentication exchange is called.
pub(crate) fn name_of_request(exchange: &Exchange) -> &'static str {
    match exchange.exchange_type {
        ExchangeType::IKE_INTERMEDIATE => "the IKE_INTERMEDIATE request",
        ExchangeType::IDENTITY_PROTECTION => "main mode message 5",
        _ => "the IKE_AUTH request",
    }
}

/// Whether a request left for UDP 4500, where nothing of the peer was ever seen.
pub(crate) fn is_first_on_4500(attempt: &Attempt<'_>, exchange: &Exchange) -> bool {
    let Some(request) = exchange.request.as_deref() else {
        return false;
    };
    let carries = is_of_authentication(exchange)
        || matches!(
            exchange.exchange_type,
            ExchangeType::IDENTITY_PROTECTION | ExchangeType::AGGRESSIVE
        );
    let mut heard = attempt
        .negotiation
        .flights_of(exchange.from.other())
        .filter(|flight| flight.is_on_port(NAT_T_PORT));
    carries
        && heard.next().is_none()
        && request.transport == Transport::Udp
        && request.is_on_port(NAT_T_PORT)
}

/// Whether the responder of an IKEv1 negotiation chose authentication by a pre-shared key, XAUTH
/// included; `None` if the choice was not seen or has no name.
pub(crate) fn uses_shared_key(negotiation: &Negotiation) -> Option<bool> {
    let chosen = negotiation
        .flights_of(Role::Responder)
        .flat_map(|flight| flight.facts.transforms.iter())
        .find(|transform| transform.kind == Kind::V1Authentication)?;
    let name = AuthMethod(chosen.id).name()?;
    Some(chosen.id == AuthMethod::PRE_SHARED_KEY.0 || name.contains("PreShared"))
}
