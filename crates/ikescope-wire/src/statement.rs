//! What the log of a peer states: an observation of one of the two ends, not of the network between.
//!
//! A log that holds the octets of messages gives those as datagrams; a [`Statement`] is what it says
//! beside them. It is the word of the device whose log it is, and no more.

use crate::SpiPair;
use crate::iana::{NotifyType, TransformType};
use crate::observed::Sighting;

/// One thing that a log states.
#[derive(Clone, Copy, Debug)]
pub struct Statement<'a> {
    /// `source` is the end whose log it is, `destination` its peer; `frame` is the newest message in
    /// the log before this line, number 0 if there is none. The rest is 0: a log does not say it.
    pub sighting: Sighting,
    /// Line of the log, counted from 1.
    pub line: u64,
    /// The IKE SA it is about, as far as the log names it. The responder's SPI may be zero.
    pub spis: Option<SpiPair>,
    /// Number by which the log tells its IKE SAs apart; `None` if the line has none.
    pub serial: Option<u64>,
    /// Major version of IKE, as far as the log says.
    pub ike_version: Option<u8>,
    /// Name of the connection in the configuration of the device; empty if the line has none.
    pub connection: &'a str,
    /// The line without its prefix.
    pub text: &'a str,
    /// What it says.
    pub said: Said<'a>,
}

/// Which SA a statement is about.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Subject {
    /// The IKE SA: IKE_SA_INIT and IKE_AUTH, or phase 1.
    IkeSa,
    /// A Child SA, or phase 2.
    ChildSa,
}

/// The kinds of statements that matter to a negotiation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Said<'a> {
    /// None of the peer's proposals is acceptable.
    NoProposalChosen(Subject),
    /// The peer's proof does not fit the pre-shared key of this device.
    OtherSharedKey,
    /// The peer could not be authenticated, for a reason that is not named.
    AuthenticationFailed,
    /// The peer's identity is not the one that is expected.
    IdentityRefused,
    /// No connection of the configuration fits the peer, or none of its policies uses it.
    NotConfigured,
    /// The traffic selectors of the two do not match.
    SelectorsMismatch,
    /// The peer reported this error.
    PeerNotify(NotifyType),
    /// The device gave up waiting for an answer.
    GivenUp,
    /// The peer does not answer liveness checks.
    PeerDead,
    /// The device has no route to the peer.
    NoRoute,
    /// The negotiation failed; what says why stands before it.
    Failed(Subject),
    /// The SA is up.
    Established(Subject),
    /// The peer calls itself so: type of the identity and its value.
    PeerIdentity {
        /// Type, in the log's words.
        kind: &'a str,
        /// Value, in the log's words.
        value: &'a str,
    },
    /// Traffic selectors: the text tells whose.
    Selectors,
    /// A list of proposals.
    Offer {
        /// Whose list it is.
        list: List,
        /// What it is for.
        subject: Subject,
        /// Its transforms, in order.
        transforms: &'a [StatedTransform],
    },
    /// A line of a list of tunnels.
    Listed(Listed),
    /// The log does not give the address of the peer, or of the device itself, in a readable form:
    /// the sighting holds stand-ins, and nothing that depends on the addresses can be told.
    StandIns {
        /// Whether that of the device itself is one.
        own: bool,
        /// Whether that of its peer is one.
        peer: bool,
    },
}

/// What a list of tunnels says of one of them, line by line.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Listed {
    /// The tunnel begins; what an earlier list said of it is superseded.
    Heading,
    /// Packets through the tunnel since it is there, or through one SA of it.
    Traffic {
        /// Received.
        received: u64,
        /// Sent.
        sent: u64,
    },
    /// Liveness checks.
    Liveness {
        /// Unanswered in a row.
        unanswered: u64,
        /// How many may be.
        tolerated: u64,
    },
    /// A selector, and how many IPsec SAs it has.
    Selector {
        /// IPsec SAs, pairs counted as one.
        sas: u64,
    },
    /// An IKE SA.
    IkeSa {
        /// Whether it stands; else it is being made.
        established: bool,
    },
}

/// Whose list of proposals a log shows.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum List {
    /// What the peer offers.
    Incoming,
    /// What the device itself would take.
    Own,
}

/// One transform of one proposal, as a log states it, in the numbers of its registry.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct StatedTransform {
    /// Which proposal of the list, counted from 1. In IKEv1 each transform payload is one.
    pub proposal: u8,
    /// What is chosen.
    pub kind: StatedKind,
    /// Which one.
    pub id: u16,
    /// Key length in bits, where the log names one.
    pub key_length: Option<u16>,
}

/// What a transform in a log is about.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum StatedKind {
    /// A transform of IKEv2, by its type (RFC 7296 §3.3.2). Phase 2 of IKEv1 is told in the same
    /// numbers.
    V2(TransformType),
    /// Encryption algorithm of phase 1 (RFC 2409 appendix A).
    V1Encryption,
    /// Hash algorithm of phase 1.
    V1Hash,
    /// Authentication method of phase 1.
    V1Authentication,
    /// Group description of phase 1.
    V1Group,
}
