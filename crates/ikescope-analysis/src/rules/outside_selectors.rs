//! A tunnel carries packets that it was not made for.

use ikescope_wire::iana::ExchangeType;

use crate::attempt::Attempt;
use crate::carried::Pair;
use crate::esp::Flow;
use crate::finding::{Confidence, Finding, evidence};
use crate::inner::Inner;
use crate::negotiation::{Exchange, Flight};
use crate::record::Facts;
use crate::selector::{Selector, Selectors, listed};
use crate::words::{counted, sent};

declare_rule! {
    /// ## What it means
    /// With keys: packets inside of ESP have addresses or a protocol that the traffic selectors of
    /// their IPsec SA leave out. A receiver that checks them, as it has to, drops them.
    /// ## Why it happens
    /// The sender is route-based and its routes lead more into the tunnel than was negotiated; a rule
    /// for NAT before the tunnel is missing; one SA is used for the traffic of another.
    /// ## How to confirm
    /// ikescope decrypt --keys FILE writes the packets; compare their addresses with TSi and TSr.
    /// ## How to fix
    /// Negotiate selectors for these networks too, or keep such packets out of the tunnel by routes or
    /// NAT.
    /// ## References
    /// RFC 4301 §5.2; RFC 7296 §2.9; RFC 2409 §5.5.
    "IKE606" "outside-selectors": Warning, since "0.1.0",
    "packets inside of ESP are outside of the negotiated traffic selectors",
    Attempt(check)
}

/// Pairs of addresses told one by one.
const TOLD: usize = 4;

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    children(attempt).find_map(|child| {
        let flows = attempt.flows.iter().copied();
        flows.filter_map(|flow| child.outside(attempt, flow)).next()
    })
}

/// An IPsec SA whose negotiation can be read.
struct Child<'a> {
    exchange: &'a Exchange,
    asked: &'a Inner,
    answered: &'a Inner,
    selectors: &'a Selectors,
    /// The message that names them.
    named_in: &'a Flight,
}

fn children<'a>(attempt: &'a Attempt<'_>) -> impl Iterator<Item = Child<'a>> {
    attempt.negotiation.exchanges.iter().filter_map(|exchange| {
        let asked = exchange.asked().and_then(Facts::inner)?;
        let answered = exchange.answered().and_then(Facts::inner)?;
        // A responder of IKEv2 narrows what it was asked for; one of IKEv1 repeats it.
        let flight = if exchange.exchange_type == ExchangeType::QUICK_MODE {
            exchange.request.as_deref()?
        } else {
            exchange.response.as_deref()?
        };
        let selectors = &flight.facts.inner()?.selectors;
        let is_whole = !selectors.initiator.is_empty() && !selectors.responder.is_empty();
        is_whole.then_some(Child {
            exchange,
            asked,
            answered,
            selectors,
            named_in: flight,
        })
    })
}

impl Child<'_> {
    /// What a flow of this SA carries that is not of its selectors.
    fn outside(&self, attempt: &Attempt<'_>, flow: &Flow) -> Option<Finding> {
        let carried = flow.carried.as_deref()?;
        let (asker, other) = (self.exchange.from, self.exchange.from.other());
        let goes_to = |role| {
            let addresses = attempt.negotiation.addresses(role);
            addresses.contains(&flow.destination.ip())
        };
        // Each end chose the SPI of what it receives.
        let Selectors {
            initiator,
            responder,
        } = self.selectors;
        let (from, to) = if self.answered.child_spis.contains(&flow.spi) && goes_to(other) {
            (initiator, responder)
        } else if self.asked.child_spis.contains(&flow.spi) && goes_to(asker) {
            (responder, initiator)
        } else {
            return None;
        };
        let is_outside =
            |pair: &&Pair| !(has(from, pair, pair.source) && has(to, pair, pair.destination));
        let outside: Vec<&Pair> = carried.pairs.iter().filter(is_outside).collect();
        let packets = outside.iter().map(|pair| pair.packets).sum();
        let mut told = outside.iter().take(TOLD).map(|pair| {
            let count = counted(pair.packets, "packet");
            let (source, destination, protocol) = (pair.source, pair.destination, pair.protocol);
            let label =
                format!("{source} to {destination}, IP protocol {protocol}, {count}, decrypted");
            evidence(pair.first_frame, None, label)
        });
        let sender = flow.source.ip();
        let title = format!(
            "{sender} sends {} through SPI {:08x} that its selectors leave out.",
            counted(packets, "packet"),
            flow.spi
        );
        let agreed = format!("{} to {}", listed(from), listed(to));
        Some(
            Finding::new(&RULE, Confidence::Stated, title, told.next()?)
                .and_maybe(told)
                .and(sent(self.named_in, format!("the SA is for {agreed}")))
                .because(format!(
                    "The SA carries {agreed} and nothing else: {} has to drop what is not of it.",
                    flow.destination.ip()
                ))
                .next("Compare the routes into the tunnel with its selectors, and look for missing NAT."),
        )
    }
}

/// Whether an address and the protocol of its packets are of one of the selectors. Ports are not
/// compared: fragments have none.
fn has(selectors: &[Selector], pair: &Pair, address: std::net::IpAddr) -> bool {
    selectors.iter().any(|selector| {
        selector.first <= address
            && address <= selector.last
            && selector.first.is_ipv4() == address.is_ipv4()
            && (selector.protocol == 0 || selector.protocol == pair.protocol)
    })
}
