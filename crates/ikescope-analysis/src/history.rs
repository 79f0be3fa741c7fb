//! What happened, without judgement: tunnels, their negotiations, their flows.

use std::net::IpAddr;

use ikescope_wire::observed::{FrameId, Losses, Timestamp};

use crate::esp::Flow;
use crate::negotiation::{IcmpReport, IncompleteReport, Negotiation, TcpReport};

/// From when to when one input listened, and what it could not follow.
#[derive(Clone, Copy, Debug, Default)]
pub struct Coverage {
    /// Time of the first frame of any kind.
    pub first: Timestamp,
    /// Time of the last frame of any kind.
    pub last: Timestamp,
    /// What could not be followed.
    pub losses: Losses,
}

/// Packets that came after later ones had already been filed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Disorder {
    /// How many.
    pub packets: u64,
    /// The first of them.
    pub first: FrameId,
}

/// Everything the tracker saw.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// Pairs of peers, in order of first appearance.
    pub tunnels: Vec<Tunnel>,
    /// One per input.
    pub coverage: Vec<Coverage>,
    /// What came too late to be put in time order, if anything did.
    pub disorder: Option<Disorder>,
    /// Datagrams that are none of IKE, ESP, AH.
    pub unrelated: u64,
    /// IKE messages filed, per input.
    pub ike_messages: Vec<u64>,
    /// ESP and AH packets, per input.
    pub esp_packets: Vec<u64>,
    /// IKE messages that could not be decoded whole, per input.
    pub malformed: Vec<u64>,
    /// IKE messages that the snap length cut, per input.
    pub truncated: Vec<u64>,
    /// Pairs of peers that were not followed because too many others were.
    pub tunnels_dropped: u64,
    /// ESP and AH packets of flows that were not followed because too many others were.
    pub flows_dropped: u64,
}

/// Two peers and all that went between them.
#[derive(Clone, Debug)]
pub struct Tunnel {
    /// Address of one peer.
    pub a: IpAddr,
    /// Address of the other.
    pub b: IpAddr,
    /// Other addresses of the same tunnel.
    pub aliases: Vec<IpAddr>,
    /// Attempts in order of appearance; those that end alike are one record.
    pub negotiations: Vec<Negotiation>,
    /// ESP and AH flows in order of appearance.
    pub flows: Vec<Flow>,
    /// ICMP errors about packets between the peers that belong to no negotiation.
    pub icmp: Vec<IcmpReport>,
    /// Datagrams between the peers of which fragments are missing.
    pub incomplete: Vec<IncompleteReport>,
    /// TCP connections opened and refused.
    pub tcp: Vec<TcpReport>,
    /// NAT keepalives seen, per direction from `a` and from `b`.
    pub keepalives: (u64, u64),
    /// Attempts that were counted and not kept.
    pub negotiations_dropped: u64,
}

impl Tunnel {
    pub(crate) const fn new(a: IpAddr, b: IpAddr) -> Self {
        Self {
            a,
            b,
            aliases: Vec::new(),
            negotiations: Vec::new(),
            flows: Vec::new(),
            icmp: Vec::new(),
            incomplete: Vec::new(),
            tcp: Vec::new(),
            keepalives: (0, 0),
            negotiations_dropped: 0,
        }
    }
}

impl History {
    /// The end of the input that this frame's input index names.
    #[must_use]
    pub fn end_of(&self, input: u16) -> Timestamp {
        self.coverage
            .get(usize::from(input))
            .map_or(Timestamp(i64::MIN), |coverage| coverage.last)
    }
}
