//! What the log of one of the ends says of a negotiation, beside its messages. Captures have none of
//! it, so a negotiation holds no more than a pointer to it.

use ikescope_wire::SpiPair;
use ikescope_wire::iana::{NotifyType, ProtocolId};
use ikescope_wire::observed::{FrameId, Sighting, Timestamp};
use ikescope_wire::statement::{
    List, Listed, Said, StatedKind, StatedTransform, Statement, Subject,
};

use crate::listed::ListedLine;
use crate::negotiation::Role;
use crate::proposal::{Kind, Transform};

/// Lines kept of one negotiation; more are counted.
const LINES_KEPT: usize = 64;
/// Lists of proposals kept of one negotiation.
const OFFERS_KEPT: usize = 8;
/// Octets kept of the text of a line.
const TEXT_KEPT: usize = 200;

/// What a log says of one negotiation.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// The lines that state something, in order.
    pub lines: Vec<LogLine>,
    /// Lines that were counted and not kept.
    pub lines_dropped: u64,
    /// The lists of proposals that it shows.
    pub offers: Vec<StatedOffer>,
    /// Name of the connection in the configuration of the device; empty if no line has it.
    pub connection: String,
    /// Number by which the log tells this IKE SA from others.
    pub(crate) serial: Option<u64>,
}

/// One line.
#[derive(Clone, Debug)]
pub struct LogLine {
    /// The message that stands before it in the log; number 0 if there is none.
    pub frame: FrameId,
    /// Number of the line, counted from 1.
    pub line: u64,
    /// When.
    pub time: Timestamp,
    /// Whose log it is.
    pub by: Role,
    /// The line without its prefix.
    pub text: String,
    /// What it says.
    pub told: Told,
}

/// What a line says, as far as rules ask.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Told {
    /// No proposal of the peer is acceptable.
    NoProposalChosen(Subject),
    /// The peer has another pre-shared key.
    OtherSharedKey,
    /// The peer could not be authenticated.
    AuthenticationFailed,
    /// The peer's identity is not the one expected.
    IdentityRefused,
    /// No connection, or no policy, for the peer.
    NotConfigured,
    /// The traffic selectors do not match.
    SelectorsMismatch,
    /// The peer reported an error.
    PeerNotify(NotifyType),
    /// The device gave up waiting.
    GivenUp,
    /// The peer answers no liveness check.
    PeerDead,
    /// No route to the peer.
    NoRoute,
    /// It failed, and this line does not say why.
    Failed(Subject),
    /// The SA is up.
    Established(Subject),
    /// Something to know and to judge nothing by: an identity, selectors.
    Circumstance,
}

impl Told {
    /// Whether this ends an attempt.
    #[must_use]
    pub fn is_failure(self) -> bool {
        match self {
            // Asking for another group is part of a negotiation that goes on (RFC 7296 §1.3).
            Self::PeerNotify(notify) => notify != NotifyType::INVALID_KE_PAYLOAD,
            Self::Established(_) | Self::Circumstance => false,
            _ => true,
        }
    }

    fn of(said: &Said<'_>) -> Self {
        match *said {
            Said::NoProposalChosen(subject) => Self::NoProposalChosen(subject),
            Said::OtherSharedKey => Self::OtherSharedKey,
            Said::AuthenticationFailed => Self::AuthenticationFailed,
            Said::IdentityRefused => Self::IdentityRefused,
            Said::NotConfigured => Self::NotConfigured,
            Said::SelectorsMismatch => Self::SelectorsMismatch,
            Said::PeerNotify(notify) => Self::PeerNotify(notify),
            Said::GivenUp => Self::GivenUp,
            Said::PeerDead => Self::PeerDead,
            Said::NoRoute => Self::NoRoute,
            Said::Failed(subject) => Self::Failed(subject),
            Said::Established(subject) => Self::Established(subject),
            _ => Self::Circumstance,
        }
    }

    /// Whose log says so, where nothing but the line tells: who judges a proposal or a proof is the
    /// responder, who waits is the initiator.
    const fn usual_speaker(self) -> Role {
        match self {
            Self::PeerNotify(_) | Self::GivenUp | Self::NoRoute => Role::Initiator,
            _ => Role::Responder,
        }
    }
}

/// A list of proposals in a log.
#[derive(Clone, Debug)]
pub struct StatedOffer {
    /// The message that stands before it in the log; number 0 if there is none.
    pub frame: FrameId,
    /// Number of the line of its heading.
    pub line: u64,
    /// Whose log shows it.
    pub by: Role,
    /// Whether it is what came, or what the device itself would take.
    pub list: List,
    /// What it is for.
    pub subject: Subject,
    /// Its transforms, in order.
    pub transforms: Vec<Transform>,
}

/// A statement on its way to its negotiation: the borrow of the log ends here.
#[derive(Debug)]
pub(crate) struct Stated {
    pub(crate) spis: Option<SpiPair>,
    pub(crate) serial: Option<u64>,
    pub(crate) ike_version: Option<u8>,
    connection: String,
    line: u64,
    text: String,
    pub(crate) told: Told,
    offer: Option<(List, Subject, Vec<Transform>)>,
    /// What a list says, where it is a line of one.
    pub(crate) listed: Option<Listed>,
}

impl Stated {
    pub(crate) fn of(statement: &Statement<'_>) -> Self {
        let offer = match statement.said {
            Said::Offer {
                list,
                subject,
                transforms,
            } => {
                let of = |stated| transform(stated, subject);
                Some((list, subject, transforms.iter().map(of).collect()))
            }
            _ => None,
        };
        let text = statement.text.chars();
        Self {
            spis: statement.spis,
            serial: statement.serial,
            ike_version: statement.ike_version,
            connection: statement.connection.to_owned(),
            line: statement.line,
            text: text.take(TEXT_KEPT).collect(),
            told: Told::of(&statement.said),
            offer,
            listed: match statement.said {
                Said::Listed(listed) => Some(listed),
                _ => None,
            },
        }
    }

    /// The line of a list that says so.
    pub(crate) fn into_listed(self, told: Listed, frame: FrameId) -> ListedLine {
        ListedLine {
            frame,
            line: self.line,
            connection: self.connection,
            text: self.text,
            told,
        }
    }

    /// The role of the device whose log it is, if nothing but this statement is known of it.
    pub(crate) fn usual_speaker(&self) -> Role {
        match &self.offer {
            Some((List::Incoming | List::Own, ..)) => Role::Responder,
            None => self.told.usual_speaker(),
        }
    }
}

impl Log {
    /// Takes a statement that the log of this end makes.
    pub(crate) fn take(&mut self, stated: Stated, by: Role, sighting: &Sighting) {
        if self.connection.is_empty() {
            self.connection = stated.connection;
        }
        self.serial = self.serial.or(stated.serial);
        if let Some((list, subject, transforms)) = stated.offer {
            if self.offers.len() < OFFERS_KEPT {
                self.offers.push(StatedOffer {
                    frame: sighting.frame,
                    line: stated.line,
                    by,
                    list,
                    subject,
                    transforms,
                });
            }
            return;
        }
        if self.lines.len() >= LINES_KEPT {
            self.lines_dropped += 1;
            return;
        }
        self.lines.push(LogLine {
            frame: sighting.frame,
            line: stated.line,
            time: sighting.time,
            by,
            text: stated.text,
            told: stated.told,
        });
    }

    /// Whether it is the log of this end.
    pub(crate) fn is_of(&self, role: Role) -> bool {
        let lines = self.lines.iter().map(|line| line.by);
        lines
            .chain(self.offers.iter().map(|offer| offer.by))
            .any(|by| by == role)
    }

    /// The line that says that this SA is up, the newest.
    #[must_use]
    pub fn established(&self, subject: Subject) -> Option<&LogLine> {
        self.lines
            .iter()
            .rfind(|line| line.told == Told::Established(subject))
    }

    /// The first line that reports a failure after the newest success: those behind it say the same
    /// more generally.
    #[must_use]
    pub fn failure(&self) -> Option<&LogLine> {
        let is_success = |line: &LogLine| matches!(line.told, Told::Established(_));
        let success = self.lines.iter().rposition(is_success);
        let since = success.map_or(0, |index| index + 1);
        let mut failures = (self.lines.iter().skip(since)).filter(|line| line.told.is_failure());
        let first = failures.next()?;
        let is_vague = |line: &LogLine| matches!(line.told, Told::Failed(_));
        if is_vague(first) {
            return failures.find(|line| !is_vague(line)).or(Some(first));
        }
        Some(first)
    }

    /// The list of proposals of this kind, the newest.
    #[must_use]
    pub fn offer(&self, list: List, subject: Subject) -> Option<&StatedOffer> {
        self.offers
            .iter()
            .rfind(|offer| (offer.list, offer.subject) == (list, subject))
    }
}

fn transform(stated: &StatedTransform, subject: Subject) -> Transform {
    let kind = match stated.kind {
        StatedKind::V2(transform_type) => Kind::V2(transform_type),
        StatedKind::V1Encryption => Kind::V1Encryption,
        StatedKind::V1Hash => Kind::V1Hash,
        StatedKind::V1Authentication => Kind::V1Authentication,
        StatedKind::V1Group => Kind::V1Group,
    };
    Transform {
        proposal: stated.proposal,
        protocol_id: match subject {
            Subject::IkeSa => ProtocolId::IKE.0,
            Subject::ChildSa => ProtocolId::ESP.0,
        },
        kind,
        id: stated.id,
        key_length: stated.key_length,
    }
}
