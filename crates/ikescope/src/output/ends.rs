//! Who the ends are and which networks they ask for, line by line: the same words for text, Markdown
//! and HTML.

use ikescope::report::{
    Authentication, Certificate, ChildExchange, Credentials, Identity, Negotiation, Selectors,
};
use ikescope_wire::observed::Timestamp;

use crate::output::clock::Utc;
use crate::output::story::{Seen, Story};

impl<'a> Story<'a> {
    /// Identity and proof of both ends, their user, what was assigned.
    pub(crate) fn ends(&self) -> Vec<Seen<'a>> {
        let Some(shown) = self.shown() else {
            return Vec::new();
        };
        let Some(told) = &shown.authentication else {
            return Vec::new();
        };
        let names = if shown.ike_version == 1 {
            ["IDii", "IDir"]
        } else {
            ["IDi", "IDr"]
        };
        let mut lines = Vec::new();
        for (end, [own, other]) in [
            (&told.initiator, names),
            (&told.responder, [names[1], names[0]]),
        ] {
            lines.extend(self.credentials(end, own, other));
            lines.extend(end.certificates.first().map(|own| Seen {
                place: String::new(),
                text: certificate(own).into(),
            }));
        }
        lines.extend(self.user(told));
        lines
    }

    fn credentials(&self, end: &Credentials, own: &str, other: &str) -> Option<Seen<'a>> {
        let said = end.identity.as_ref().or(end.expects.as_ref());
        let place = said.map_or_else(String::new, |said| self.frame(said.input, said.frame));
        let own = end.identity.as_ref().map(|id| named(own, id));
        let proof = end.method.as_ref().map(|method| format!("AUTH={method}"));
        let wants = end
            .expects
            .as_ref()
            .map(|id| format!("expects {}", named(other, id)));
        let parts: Vec<String> = own.into_iter().chain(proof).chain(wants).collect();
        (!parts.is_empty()).then(|| Seen {
            place,
            text: parts.join(", ").into(),
        })
    }

    fn user(&self, told: &Authentication) -> Vec<Seen<'a>> {
        let line = |text: String| Seen {
            place: String::new(),
            text: text.into(),
        };
        let eap = told.eap.as_ref().map(|eap| {
            let user = eap.user.as_deref().unwrap_or("unnamed");
            let methods = eap.methods.join(", ");
            let by = if methods.is_empty() { "EAP" } else { &methods };
            let error = eap.error.map(|error| match eap.error_name {
                Some(name) => format!("error {error} ({name})"),
                None => format!("error {error}"),
            });
            let result = eap.result.map(str::to_owned);
            let ends = error.or(result).unwrap_or_else(|| "no result".to_owned());
            line(format!("user {user}, {by}: {ends}"))
        });
        let assigned = told.assigned.as_ref().map(|assigned| {
            let of = |what: &str, of: &[String]| {
                (!of.is_empty()).then(|| format!(", {what} {}", of.join(" ")))
            };
            let dns = of("DNS", &assigned.dns).unwrap_or_default();
            let subnets = of("networks", &assigned.subnets).unwrap_or_default();
            let addresses = assigned.addresses.join(" ");
            line(format!("was given {addresses}{dns}{subnets}"))
        });
        eap.into_iter().chain(assigned).collect()
    }

    /// The networks that were asked for, and what became of that; what was asked alike is told once.
    pub(crate) fn networks(&self) -> Vec<Seen<'a>> {
        let exchanges = self.shown().map_or(&[][..], |shown| &shown.child_exchanges);
        let mut lines: Vec<Seen<'a>> = Vec::new();
        for exchange in exchanges {
            let Some(text) = self.shown().and_then(|shown| traffic(shown, exchange)) else {
                continue;
            };
            if lines.iter().all(|line| line.text != text) {
                let input = self.input_of(exchange.frame);
                lines.push(Seen {
                    place: self.frame(input, exchange.frame),
                    text: text.into(),
                });
            }
        }
        let skipped = lines.len().saturating_sub(NETWORKS_SHOWN);
        lines.split_off(skipped)
    }

    /// The input of a request of the negotiation shown.
    fn input_of(&self, frame: u64) -> u16 {
        let exchanges = self.shown().map_or(&[][..], |shown| &shown.exchanges);
        let mut of_frame = exchanges
            .iter()
            .filter(|exchange| exchange.requests.first() == Some(&frame));
        let request = of_frame.next().and_then(|found| found.request.as_ref());
        request.map_or(0, |request| request.input)
    }
}

/// `IDi=vpn.example.com (FQDN)`.
fn named(name: &str, identity: &Identity) -> String {
    let value = if identity.value.is_empty() {
        "nothing"
    } else {
        &identity.value
    };
    format!("{name}={value} ({})", identity.kind)
}

fn certificate(certificate: &Certificate) -> String {
    let day = |decimal: &str| {
        let second = decimal.split('.').next().and_then(|it| it.parse().ok());
        // Beyond what nanoseconds in 64 bits can count.
        let second = second.filter(|second: &i64| second.abs() < i64::MAX / 1_000_000_000);
        second.map_or_else(
            || "ever".to_owned(),
            |second| Utc::new(Timestamp::new(second, 0), 0).parts().0,
        )
    };
    let names = if certificate.names.is_empty() {
        String::new()
    } else {
        format!(" [{}]", certificate.names.join(" "))
    };
    format!(
        "certificate {}{names}, of {}, {} to {}",
        certificate.subject,
        certificate.issuer,
        day(&certificate.not_before),
        day(&certificate.not_after)
    )
}

/// `TSi 10.1.0.0/24, TSr 10.2.0.0/24: granted`.
fn traffic(shown: &Negotiation, exchange: &ChildExchange) -> Option<String> {
    let [initiator, responder] = if shown.ike_version == 1 {
        ["IDci", "IDcr"]
    } else {
        ["TSi", "TSr"]
    };
    let both = |selectors: &Selectors| {
        format!(
            "{initiator} {}, {responder} {}",
            selectors.initiator.join(" "),
            selectors.responder.join(" ")
        )
    };
    let asked = both(exchange.asked.as_ref()?);
    Some(match &exchange.granted {
        Some(granted) if exchange.narrowed => format!("{asked}; narrowed to {}", both(granted)),
        Some(_) => format!("{asked}: granted"),
        None if exchange.refused => format!("{asked}: no SA came of it"),
        None => asked,
    })
}

/// Networks listed, the newest.
const NETWORKS_SHOWN: usize = 6;
