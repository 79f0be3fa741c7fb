//! Who the ends are and what they want of an IPsec SA, in the types of the report.

use ikescope_analysis as analysis;
use ikescope_analysis::{
    ChildRequest, EapRounds, Flight, Negotiation, Presented, Role, SettingKind,
};
use ikescope_wire::iana::{EapCode, ExchangeType, ikev1};

use crate::report::{
    Assigned, Authentication, Certificate, ChildExchange, Credentials, Eap, Identity, Selectors,
};

/// What the ends say of themselves; `None` if nothing of it can be read.
pub(crate) fn authentication(negotiation: &Negotiation) -> Option<Authentication> {
    let rounds = EapRounds::of(negotiation);
    let mut initiator = credentials(negotiation, Role::Initiator);
    if rounds.is_some() && initiator.method.is_some() {
        // Its AUTH is made with the key that EAP gave, and has the method of a shared key
        // (RFC 7296 §2.16).
        initiator.method = Some("EAP".to_owned());
    }
    let told = Authentication {
        initiator,
        responder: credentials(negotiation, Role::Responder),
        eap: rounds.as_ref().map(eap),
        assigned: assigned(negotiation),
    };
    let says = |end: &Credentials| {
        end.identity.is_some() || end.method.is_some() || !end.certificates.is_empty()
    };
    let is_something = says(&told.initiator)
        || says(&told.responder)
        || told.eap.is_some()
        || told.assigned.is_some();
    is_something.then_some(told)
}

fn credentials(negotiation: &Negotiation, role: Role) -> Credentials {
    let presented = Presented::of(negotiation, role);
    let method = match presented.proof {
        Some((_, proof)) => Some(proof.name()),
        None => proof_v1(negotiation, role),
    };
    let certificates = presented.certificates.map_or(&[][..], |(_, sent)| sent);
    Credentials {
        identity: presented.identity.map(identity),
        expects: presented.wanted.map(identity),
        method,
        certificates: certificates.iter().map(certificate).collect(),
    }
}

/// IKEv1 has no payload that names the method: it was chosen with the suite.
fn proof_v1(negotiation: &Negotiation, role: Role) -> Option<String> {
    let proves = |payload: &u8| {
        [ikev1::PayloadType::HASH.0, ikev1::PayloadType::SIGNATURE.0].contains(payload)
    };
    let is_proof = |flight: &Flight| {
        let inner = flight.facts.inner().map(|inner| &inner.payloads);
        let mut payloads = flight
            .facts
            .payloads
            .iter()
            .chain(inner.into_iter().flatten());
        payloads.any(proves)
    };
    let phase_1 = |exchange_type| {
        matches!(
            exchange_type,
            ExchangeType::IDENTITY_PROTECTION | ExchangeType::AGGRESSIVE
        )
    };
    let mut own = negotiation.flights().filter(|(exchange, is_response, _)| {
        exchange.sender(*is_response) == role && phase_1(exchange.exchange_type)
    });
    own.any(|(_, _, flight)| is_proof(flight))
        .then(|| analysis::chosen_method(negotiation))
        .flatten()
}

fn identity((flight, identity): (&Flight, &analysis::Identity)) -> Identity {
    let frame = flight.first().frame;
    Identity {
        kind: identity.kind.to_string(),
        value: identity.value.to_string(),
        input: frame.input,
        frame: frame.number,
        octets: identity.octets,
    }
}

fn certificate(certificate: &analysis::Certificate) -> Certificate {
    let purposes = certificate.purposes.as_ref();
    Certificate {
        subject: certificate.subject.to_string(),
        issuer: certificate.issuer.to_string(),
        names: certificate.names.iter().map(ToString::to_string).collect(),
        not_before: second(certificate.not_before),
        not_after: second(certificate.not_after),
        extended_key_usage: purposes.map(|purposes| {
            let names = purposes.iter().map(analysis::Purpose::name);
            names.map(str::to_owned).collect()
        }),
        is_authority: certificate.is_authority,
        key_hash: hex::encode(certificate.key_hash),
    }
}

/// Certificates may be valid beyond what nanoseconds in 64 bits can count.
fn second(second: i64) -> String {
    format!("{second}.000000000")
}

fn eap(rounds: &EapRounds<'_>) -> Eap {
    let desired = rounds.desired.map_or(&[][..], |(_, desired)| desired);
    Eap {
        user: rounds.user.map(|(_, user)| user.to_owned()),
        methods: (rounds.methods.iter())
            .map(|(_, method)| analysis::eap_method_name(*method))
            .collect(),
        desired: desired
            .iter()
            .copied()
            .map(analysis::eap_method_name)
            .collect(),
        error: rounds.error.map(|(_, error)| error.0),
        error_name: rounds.error.and_then(|(_, error)| error.name()),
        result: rounds.result.and_then(|(_, code)| match code {
            EapCode::SUCCESS => Some("success"),
            EapCode::FAILURE => Some("failure"),
            _ => None,
        }),
    }
}

/// The newest configuration that gives an address: a reply, or what the responder sets (IKEv1).
fn assigned(negotiation: &Negotiation) -> Option<Assigned> {
    let given = negotiation.flights().filter_map(|(_, _, flight)| {
        let configuration = flight.facts.inner()?.configuration.as_ref()?;
        let gives = configuration.gives_address();
        gives.then_some((flight, configuration))
    });
    let (flight, configuration) = given.last()?;
    let of = |kind: SettingKind| {
        let settings = configuration.settings.iter();
        let of_kind = settings.filter(|setting| setting.kind == kind);
        of_kind.map(ToString::to_string).collect()
    };
    Some(Assigned {
        frame: flight.first().frame.number,
        addresses: of(SettingKind::Address),
        dns: of(SettingKind::Dns),
        subnets: of(SettingKind::Subnet),
    })
}

/// What an exchange asks and grants for an IPsec SA; `None` if its request tells nothing of it.
pub(crate) fn child_exchange(
    tunnel: &analysis::Tunnel,
    negotiation: &Negotiation,
    exchange: &analysis::Exchange,
) -> Option<ChildExchange> {
    let child = ChildRequest::of(negotiation, exchange)?;
    let (asked, answer) = (child.asked, child.answer.map(|(_, answer)| answer));
    let chosen = answer.map(|answer| super::group(&answer.transforms));
    let lifetimes = |inner: &analysis::Inner| {
        let all = inner.lifetimes.iter();
        all.map(ToString::to_string).collect()
    };
    let compared = child
        .is_refused()
        .then(|| analysis::child_compared(tunnel, negotiation, &child))
        .flatten();
    Some(ChildExchange {
        exchange_type: exchange.exchange_type.to_string(),
        message_id: exchange.message_id.0,
        from: exchange.from.as_str(),
        frame: child.request.first().frame.number,
        asked: (!asked.selectors.is_empty()).then(|| selectors(&asked.selectors)),
        granted: child.granted().map(selectors),
        narrowed: child.is_narrowed(),
        refused: child.is_refused(),
        offered: super::group(&asked.transforms),
        chosen: chosen.and_then(|chosen| chosen.into_iter().next()),
        compared: compared.as_ref().map(super::compared),
        pfs: asked.key_exchange.is_some(),
        lifetimes: lifetimes(asked),
        granted_lifetimes: answer.map_or_else(Vec::new, |answer| {
            let changed = answer.changed_lifetimes.iter();
            let changed: Vec<String> = changed.map(ToString::to_string).collect();
            if changed.is_empty() {
                lifetimes(answer)
            } else {
                changed
            }
        }),
    })
}

fn selectors(selectors: &analysis::Selectors) -> Selectors {
    let listed = |side: &[analysis::Selector]| side.iter().map(ToString::to_string).collect();
    Selectors {
        initiator: listed(&selectors.initiator),
        responder: listed(&selectors.responder),
    }
}
