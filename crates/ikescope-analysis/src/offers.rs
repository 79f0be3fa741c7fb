//! The proposals of both ends beside each other: what each offers, and where they do not meet.

use ikescope_wire::iana::TransformType;
use ikescope_wire::observed::FrameId;
use ikescope_wire::statement::{List, Subject};

use crate::negotiation::{Negotiation, Role};
use crate::proposal::{Kind, Transform};

/// What the list of a responder is made of.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Source {
    /// Its choice from this very offer.
    Chosen,
    /// What it offered itself in another attempt.
    Offered,
    /// Suites that it accepted in other attempts.
    Accepted,
    /// What it would take, by its own log.
    Logged,
}

impl Source {
    /// The word of the report.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Chosen => "chosen",
            Self::Offered => "offered",
            Self::Accepted => "accepted",
            Self::Logged => "logged",
        }
    }
}

/// Where the list of a responder is known from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Known {
    /// The message that shows it.
    pub frame: FrameId,
    /// Octets of its SA payload.
    pub octets: Option<(u32, u32)>,
    /// What it is made of.
    pub source: Source,
    /// Whether that was with the same peer.
    pub same_peer: bool,
}

/// The lists of both ends.
#[derive(Clone, Debug)]
pub struct Compared {
    /// Where that of the responder is known from; `None` if nothing of it was seen.
    pub known: Option<Known>,
    /// One row per kind of transform.
    pub rows: Vec<Row>,
}

/// What both ends offer of one kind, in their order, each once.
#[derive(Clone, Debug)]
pub struct Row {
    /// The kind.
    pub kind: Kind,
    /// Those of the initiator.
    pub initiator: Vec<Transform>,
    /// Those of the responder.
    pub responder: Vec<Transform>,
}

impl Compared {
    /// The offer of a negotiation beside what its responder chose from it, in clear.
    #[must_use]
    pub fn with_choice(negotiation: &Negotiation) -> Option<Self> {
        let with_transforms = |role| {
            let mut flights = negotiation.flights_of(role);
            flights.find(|flight| !flight.facts.transforms.is_empty())
        };
        let offer = with_transforms(Role::Initiator)?;
        let choice = with_transforms(Role::Responder)?;
        let known = Known {
            frame: choice.first().frame,
            octets: choice.facts.sa_octets,
            source: Source::Chosen,
            same_peer: true,
        };
        let list = choice.facts.transforms.clone();
        Some(Self::new(&offer.facts.transforms, Some((known, list))))
    }

    /// The two lists in the log of the end that refuses: what came, and what it would take itself.
    #[must_use]
    pub fn by_log(negotiation: &Negotiation, subject: Subject) -> Option<Self> {
        let log = negotiation.log.as_deref()?;
        let incoming = log.offer(List::Incoming, subject)?;
        let own = log.offer(List::Own, subject)?;
        let known = Known {
            frame: own.frame,
            octets: None,
            source: Source::Logged,
            same_peer: true,
        };
        let list = own.transforms.clone();
        Some(Self::new(&incoming.transforms, Some((known, list))))
    }

    pub(crate) fn new(initiator: &[Transform], known: Option<(Known, Vec<Transform>)>) -> Self {
        let (known, responder) =
            known.map_or((None, Vec::new()), |(known, list)| (Some(known), list));
        let mut kinds: Vec<Kind> = initiator.iter().map(|transform| transform.kind).collect();
        kinds.sort_unstable_by_key(|kind| order(*kind));
        kinds.dedup();
        // A kind that only the other end names is no part of the offer: AEAD has no integrity.
        let rows = kinds.into_iter().map(|kind| Row {
            kind,
            initiator: of_kind(initiator, kind),
            responder: of_kind(&responder, kind),
        });
        Self {
            known,
            rows: rows.collect(),
        }
    }

    /// The rows in which the lists do not meet, if both are known.
    pub fn apart(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| row.is_apart())
    }
}

impl Row {
    /// What both have, in the initiator's order.
    pub fn common(&self) -> impl Iterator<Item = &Transform> {
        let has = |one: &&Transform| self.responder.iter().any(|other| one.is_like(other));
        self.initiator.iter().filter(has)
    }

    /// Whether both name something and nothing in common.
    #[must_use]
    pub fn is_apart(&self) -> bool {
        !self.responder.is_empty() && self.common().next().is_none()
    }
}

/// Encryption, integrity, PRF, group, as people list them; IKEv1 in the order of its attributes.
const fn order(kind: Kind) -> (u8, u8) {
    match kind {
        Kind::V2(TransformType::ENCR) | Kind::V1Encryption => (0, 0),
        Kind::V2(TransformType::INTEG) | Kind::V1Hash => (1, 0),
        Kind::V2(TransformType::PRF) | Kind::V1Authentication => (2, 0),
        Kind::V2(TransformType::KE) | Kind::V1Group => (3, 0),
        Kind::V1Transform => (0, 1),
        Kind::V1Integrity => (1, 1),
        Kind::V2(other) => (4, other.0),
    }
}

fn of_kind(list: &[Transform], kind: Kind) -> Vec<Transform> {
    let mut found: Vec<Transform> = Vec::new();
    for transform in list.iter().filter(|transform| transform.kind == kind) {
        if !found.iter().any(|known| known.is_like(transform)) {
            found.push(*transform);
        }
    }
    found
}

/// The kind in the words of people.
pub(crate) const fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::V2(TransformType::ENCR) | Kind::V1Encryption => "encryption",
        Kind::V2(TransformType::INTEG) | Kind::V1Integrity => "integrity",
        Kind::V2(TransformType::PRF) => "PRF",
        Kind::V2(TransformType::KE) | Kind::V1Group => "DH group",
        Kind::V1Hash => "hash",
        Kind::V1Authentication => "authentication method",
        Kind::V2(_) | Kind::V1Transform => "transform",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(of: &[(TransformType, u16)]) -> Vec<Transform> {
        let transform = |(kind, id): &(TransformType, u16)| Transform {
            proposal: 1,
            protocol_id: 1,
            kind: Kind::V2(*kind),
            id: *id,
            key_length: None,
        };
        of.iter().map(transform).collect()
    }

    /// FortiGate's groups 14 and 5 against Azure's group 2: they meet in everything else.
    #[test]
    fn finds_the_row_in_which_two_lists_do_not_meet() {
        use TransformType as Type;
        let fortigate = list(&[
            (Type::KE, 14),
            (Type::KE, 5),
            (Type::ENCR, 12),
            (Type::PRF, 2),
        ]);
        let azure = list(&[
            (Type::ENCR, 12),
            (Type::ENCR, 3),
            (Type::PRF, 2),
            (Type::KE, 2),
        ]);
        let known = Known {
            frame: FrameId::default(),
            octets: None,
            source: Source::Offered,
            same_peer: true,
        };
        let compared = Compared::new(&fortigate, Some((known, azure)));
        let kinds: Vec<Kind> = compared.rows.iter().map(|row| row.kind).collect();
        assert_eq!(kinds, [Type::ENCR, Type::PRF, Type::KE].map(Kind::V2));
        let apart: Vec<Kind> = compared.apart().map(|row| row.kind).collect();
        assert_eq!(apart, [Kind::V2(Type::KE)]);
        assert_eq!(Compared::new(&fortigate, None).apart().count(), 0);
    }

    /// An AEAD cipher names no integrity: that row belongs to the other end alone.
    #[test]
    fn a_kind_that_one_end_leaves_out_is_no_reason() {
        use TransformType as Type;
        let gcm = list(&[(Type::ENCR, 20), (Type::PRF, 5)]);
        let cbc = list(&[(Type::ENCR, 12), (Type::INTEG, 12), (Type::PRF, 5)]);
        let known = Known {
            frame: FrameId::default(),
            octets: None,
            source: Source::Offered,
            same_peer: true,
        };
        for (ours, theirs) in [(&gcm, &cbc), (&cbc, &gcm)] {
            let compared = Compared::new(ours, Some((known, theirs.clone())));
            let apart: Vec<Kind> = compared.apart().map(|row| row.kind).collect();
            assert_eq!(apart, [Kind::V2(Type::ENCR)]);
        }
    }
}
