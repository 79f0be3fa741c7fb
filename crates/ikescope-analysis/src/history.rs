//! What happened, without judgement: tunnels, their negotiations, their flows.

use std::net::IpAddr;

use ikescope_wire::observed::{FrameId, Losses, Timestamp};

use crate::esp::Flow;
use crate::listed::ListedLine;
use crate::negotiation::{IcmpReport, IncompleteReport, Negotiation, TcpReport};
use crate::radius::RadiusExchange;

/// From when to when one input listened, and what it could not follow.
#[derive(Clone, Copy, Debug, Default)]
pub struct Coverage {
    /// Time of the first frame of any kind.
    pub first: Timestamp,
    /// Time of the last frame of any kind.
    pub last: Timestamp,
    /// How many frames of any kind it has.
    pub frames: u64,
    /// What could not be followed.
    pub losses: Losses,
    /// Whether the input shows IKE alone, as a log does: that no ESP is in it says nothing.
    pub ike_only: bool,
}

impl Coverage {
    /// Whether the capturing host dropped a thousandth of the frames or more.
    pub(crate) const fn drops_much(&self) -> bool {
        let dropped = self.losses.dropped_by_capture;
        dropped > 0 && dropped.saturating_mul(1000) >= self.frames
    }
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
    /// What was asked of RADIUS servers, the newest 4096.
    pub radius: Vec<RadiusExchange>,
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
    /// What a list of the device says of the tunnel.
    pub listed: Option<Box<Vec<ListedLine>>>,
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
            listed: None,
            negotiations_dropped: 0,
        }
    }
}

impl History {
    /// When the listening ends that this input began: its own end, or that of the files that carry
    /// it on. A file that begins behind another one, soon after its end, is the next part of the
    /// same capture; one that begins earlier is another tap.
    #[must_use]
    pub fn end_of(&self, input: u16) -> Timestamp {
        let Some(own) = self.coverage.get(usize::from(input)) else {
            return Timestamp(i64::MIN);
        };
        let mut end = own.last;
        let goes_on = |end: Timestamp| {
            let carries_on = |next: &&Coverage| {
                next.last > end && (0..=BETWEEN_PARTS).contains(&next.first.since(end))
            };
            self.coverage.iter().find(carries_on)
        };
        while let Some(next) = goes_on(end) {
            end = next.last;
        }
        end
    }
}

/// Longest time between the last frame of one part of a capture and the first of the next one,
/// nanoseconds: nothing is lost where files are changed, so it was silent.
const BETWEEN_PARTS: i64 = 60_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn end_of_first(covered: &[(i64, i64)]) -> i64 {
        let seconds = |(first, last)| Coverage {
            first: Timestamp::new(first, 0),
            last: Timestamp::new(last, 0),
            ..Coverage::default()
        };
        let history = History {
            coverage: covered.iter().copied().map(seconds).collect(),
            ..History::default()
        };
        history.end_of(0).since(Timestamp(0)) / 1_000_000_000
    }

    #[test]
    fn parts_of_one_capture_are_listened_to_through() {
        assert_eq!(end_of_first(&[(0, 10)]), 10);
        assert_eq!(end_of_first(&[(0, 10), (40, 50), (12, 38)]), 50);
    }

    #[test]
    fn another_tap_and_another_day_are_not() {
        assert_eq!(end_of_first(&[(0, 10), (5, 90)]), 10);
        assert_eq!(end_of_first(&[(0, 10), (86_400, 86_500)]), 10);
    }
}
