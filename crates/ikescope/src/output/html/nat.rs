//! Who is behind NAT, as a picture: the two ends, the tap between them, and a NAT where a hash does
//! not fit what the tap saw.

use ikescope::report::{NatHash, Negotiation};
use maud::{Markup, html};

pub(super) fn details(shown: &Negotiation) -> Markup {
    let hashes = &shown.nat.hashes;
    html! {
        @if !hashes.is_empty() {
            details {
                summary { "NAT picture: " (summary(shown)) }
                div.scroll tabindex="0" role="group" aria-label="NAT picture" { (picture(shown)) }
                (table(hashes))
            }
        }
    }
}

fn summary(shown: &Negotiation) -> String {
    let behind = |who: &str, is: Option<bool>| match is {
        Some(true) => format!("{who} behind NAT"),
        Some(false) => format!("no NAT at the {who}"),
        None => format!("{who} unknown"),
    };
    let nat = &shown.nat;
    format!(
        "{}, {}",
        behind("initiator", nat.initiator_behind_nat),
        behind("responder", nat.responder_behind_nat)
    )
}

/// One end of the picture, from what it hashed into its own messages.
struct End<'a> {
    role: &'static str,
    /// What the tap saw of it.
    seen: String,
    /// What it believes its own address to be, and the other's.
    own: Option<&'a NatHash>,
    other: Option<&'a NatHash>,
}

impl<'a> End<'a> {
    fn new(shown: &'a Negotiation, role: &'static str) -> Self {
        let hash = |of: &str| {
            let hashes = shown.nat.hashes.iter();
            let mut of_role = hashes.filter(|hash| hash.from == role && hash.of == of);
            // With several hashes of a kind one that fits settles it (RFC 7296 2.23).
            of_role
                .clone()
                .find(|hash| hash.fits)
                .or_else(|| of_role.next())
        };
        let endpoint = if role == "initiator" {
            &shown.initiator
        } else {
            &shown.responder
        };
        let own = hash("source");
        let seen = own.map(|hash| hash.address.clone());
        Self {
            role,
            seen: seen.unwrap_or_else(|| format!("{}:{}", endpoint.address, endpoint.port)),
            own,
            other: hash("destination"),
        }
    }

    /// Whether its messages are translated before they reach the tap.
    fn translated(&self) -> bool {
        [self.own, self.other]
            .iter()
            .flatten()
            .any(|hash| !hash.fits)
    }

    fn belief(&self, hash: Option<&NatHash>, what: &str) -> String {
        match hash {
            Some(hash) if hash.fits => format!("{what} {}", hash.address),
            Some(hash) => format!("{what} ? ({} sent)", hash.sent),
            None => format!("{what} not told"),
        }
    }
}

fn picture(shown: &Negotiation) -> Markup {
    let ends = [End::new(shown, "initiator"), End::new(shown, "responder")];
    let [left, right] = &ends;
    html! {
        svg.nat viewBox="0 0 960 132" role="img" aria-label=(summary(shown)) {
            path.wire d="M190 38H770" {}
            (boxed(0, left.role, &left.seen))
            @if left.translated() { (translator(262)) }
            (tap())
            @if right.translated() { (translator(618)) }
            (boxed(770, right.role, &right.seen))
            @for (x, end) in [(95, left), (865, right)] {
                text.mid.note x=(x) y="86" { "believes to be" }
                text.mid.(belief_class(end.own)) x=(x) y="102" { (end.belief(end.own, "").trim()) }
                text.mid.(belief_class(end.other)) x=(x) y="120" { (end.belief(end.other, "peer")) }
            }
            @for (x, end) in [(226, left), (734, right)] {
                @if end.translated() { text.mid.bad x=(if x < 480 { 302 } else { 658 }) y="86" {
                    "hashes do not fit"
                } }
            }
        }
    }
}

fn belief_class(hash: Option<&NatHash>) -> &'static str {
    match hash {
        Some(hash) if hash.fits => "good",
        Some(_) => "bad",
        None => "note",
    }
}

fn boxed(x: u32, role: &str, seen: &str) -> Markup {
    html! {
        rect.box x=(x + 1) y="10" width="188" height="56" rx="6" {}
        text.mid.role x=(x + 95) y="30" { (role) }
        text.mid.head x=(x + 95) y="50" { (seen) }
    }
}

fn translator(x: u32) -> Markup {
    html! {
        rect.box.doubt x=(x) y="20" width="80" height="36" rx="6" {}
        text.mid.head x=(x + 40) y="43" { "NAT" }
    }
}

fn tap() -> Markup {
    html! {
        circle.tap cx="480" cy="38" r="7" {}
        text.mid.note x="480" y="64" { "tap" }
    }
}

fn table(hashes: &[NatHash]) -> Markup {
    html! {
        div.scroll {
            table.plain {
                thead { tr {
                    th scope="col" { "frame" } th scope="col" { "sent by" }
                    th scope="col" { "of its" } th scope="col" { "the tap saw" }
                    th scope="col" { "hash sent" } th scope="col" { "hash of that" }
                    th scope="col" { "fits" }
                } }
                tbody {
                    @for hash in hashes {
                        tr {
                            td { "#" (hash.frame) " @" (hash.octets.0) "-" (hash.octets.1.saturating_sub(1)) }
                            td { (hash.from) }
                            td { (hash.of) }
                            td { (hash.address) }
                            td.hex { (hash.sent) }
                            td.hex { (hash.computed) }
                            @if hash.fits { td.good { "yes" } } @else { td.bad { "no" } }
                        }
                    }
                }
            }
        }
    }
}
