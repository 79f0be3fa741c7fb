//! What `ikescope compare --format json` is made of: two captures of the same negotiations, and what
//! left the one and reached the other. The forms are those of [`report`](crate::report).

use ikescope_analysis::Role;
use ikescope_analysis::crossing::{self, Crossing, Fate, Tap, ToldBy, Witness};
use ikescope_wire::observed::Timestamp;
use serde::Serialize;

/// Value of [`Comparison::schema`].
pub const COMPARISON_SCHEMA: &str = "ikescope.comparison/1";

/// The words of [`Comparison::outcome`].
pub const COMPARISON_OUTCOMES: [&str; 4] = ["lost", "nothing_lost", "nothing_in_common", "no_ike"];

/// The words of [`Sending::fate`].
pub const FATES: [&str; 5] = ["arrived", "in_parts", "lost", "not_covered", "only_behind"];

/// Two captures beside each other.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Comparison {
    /// Always `ikescope.comparison/1`.
    pub schema: &'static str,
    /// `lost`: something left one capture and did not reach the other, which was listening;
    /// `nothing_lost`, `nothing_in_common` or `no_ike`.
    pub outcome: &'static str,
    /// The captures, A first.
    pub captures: Vec<Capture>,
    /// Ends as A saw them and as B did, where they differ: a NAT stands between.
    pub rewritten: Vec<Rewritten>,
    /// The negotiations, in order of time.
    pub negotiations: Vec<Negotiation>,
    /// ESP and AH flows seen by either.
    pub esp: Vec<Flow>,
}

/// One of the two captures.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Capture {
    /// `A` or `B`.
    pub letter: &'static str,
    /// Name of the file.
    pub name: String,
    /// Time of the first frame, by its own clock.
    pub first_time: Option<String>,
    /// Time of the last frame, by its own clock.
    pub last_time: Option<String>,
    /// IKE messages in it, repeats included.
    pub ike_messages: u64,
    /// Messages that were too many to compare.
    pub left_out: u64,
}

/// Address and port of one end.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Rewritten {
    /// As A saw it.
    pub a: String,
    /// As B saw it.
    pub b: String,
}

/// The messages with one initiator SPI.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Negotiation {
    /// The initiator's SPI.
    pub spi_i: String,
    /// `A` or `B`: the capture nearer to the initiator; none where nothing tells.
    pub near_initiator: Option<&'static str>,
    /// How that was told: `hop_limits`, `round_trips` or `fresh_packets`.
    pub told_by: Option<&'static str>,
    /// How B's clock stands to A's; none without a message in common.
    pub clock: Option<Clock>,
    /// Sendings that were lost between the captures, whole or in part.
    pub lost: u64,
    /// Name of the finding of the capture that saw the first of them leave.
    pub cause: Option<&'static str>,
    /// The messages, in the order in which they were first seen.
    pub messages: Vec<Message>,
}

/// One clock by another.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Clock {
    /// By how much B is ahead of A, seconds.
    pub ahead: String,
    /// How far that may be wrong, seconds; none if messages of one direction alone tell it.
    pub within: Option<String>,
    /// Round trips that tell it; 0 where it was told on the command line.
    pub round_trips: u64,
}

/// One message, by its octets.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Message {
    /// Name of the exchange type.
    #[serde(rename = "type")]
    pub exchange_type: String,
    /// Message ID.
    pub message_id: u32,
    /// `initiator` or `responder`: who sent it.
    pub from: &'static str,
    /// Whether it answers one.
    pub is_response: bool,
    /// Length of the IKE message, octets.
    pub length: u32,
    /// How often it was sent, and what became of each.
    pub sendings: Vec<Sending>,
}

/// One sending of a message.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Sending {
    /// Where A saw it.
    pub a: Option<Seen>,
    /// Where B saw it.
    pub b: Option<Seen>,
    /// `arrived`; `in_parts`: only some of its IP fragments did; `lost`; `not_covered`: the capture
    /// behind did not run; `only_behind`: the one nearer to the sender does not have it.
    pub fate: &'static str,
    /// From one capture to the other by the corrected clock, seconds.
    pub transit: Option<String>,
}

/// Where a capture has it.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Seen {
    /// Frame number.
    pub frame: u64,
    /// Time of the frame, by the capture's own clock.
    pub time: String,
    /// Sender's address and port there.
    pub source: String,
    /// Receiver's.
    pub destination: String,
}

/// ESP or AH packets of one SPI.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Flow {
    /// SPI.
    pub spi: String,
    /// `A` or `B`: the capture nearer to the sender.
    pub from: Option<&'static str>,
    /// Packets that A saw.
    pub packets_a: u64,
    /// Packets that B saw.
    pub packets_b: u64,
    /// Packets that both saw.
    pub packets_both: u64,
    /// Packets between the first and the last that both saw, which one alone did.
    pub lost: u64,
}

impl Comparison {
    /// The comparison of two captures, A first. `cause` names what the capture that saw a message
    /// leave says of its negotiation alone.
    #[must_use]
    pub fn new(
        crossing: &Crossing,
        captures: [(&str, &Witness); 2],
        cause: &dyn Fn(&crossing::Negotiation) -> Option<&'static str>,
    ) -> Self {
        let letters = [Tap::A, Tap::B].map(letter);
        let captures = letters.into_iter().zip(captures);
        let ends = crossing.rewritten.iter();
        Self {
            schema: COMPARISON_SCHEMA,
            outcome: outcome(crossing),
            captures: captures.map(|(letter, it)| capture(letter, it)).collect(),
            rewritten: ends
                .map(|(a, b)| Rewritten {
                    a: a.to_string(),
                    b: b.to_string(),
                })
                .collect(),
            negotiations: crossing
                .negotiations
                .iter()
                .map(|it| negotiation(it, cause(it)))
                .collect(),
            esp: crossing.flows.iter().map(flow).collect(),
        }
    }
}

/// A word of [`COMPARISON_OUTCOMES`].
#[must_use]
pub fn outcome(crossing: &Crossing) -> &'static str {
    let negotiations = &crossing.negotiations;
    let messages = negotiations.iter().flat_map(|it| &it.messages);
    let mut sendings = messages.flat_map(|message| &message.sendings);
    if negotiations.is_empty() {
        "no_ike"
    } else if negotiations.iter().any(crossing::Negotiation::has_losses) {
        "lost"
    } else if sendings.any(|sending| matches!(sending.fate, Fate::Arrived(_))) {
        "nothing_lost"
    } else {
        "nothing_in_common"
    }
}

fn capture(letter: &'static str, (name, witness): (&str, &Witness)) -> Capture {
    let span = witness.span();
    Capture {
        letter,
        name: name.to_owned(),
        first_time: span.map(|(first, _)| first.to_string()),
        last_time: span.map(|(_, last)| last.to_string()),
        ike_messages: witness.messages() as u64,
        left_out: witness.left_out(),
    }
}

fn negotiation(it: &crossing::Negotiation, cause: Option<&'static str>) -> Negotiation {
    Negotiation {
        spi_i: it.spi.to_string(),
        near_initiator: it.near_initiator.map(letter),
        told_by: it.told_by.map(|told_by| match told_by {
            ToldBy::HopLimits => "hop_limits",
            ToldBy::RoundTrips => "round_trips",
            ToldBy::FreshPackets => "fresh_packets",
        }),
        clock: it.clock.map(|clock| Clock {
            ahead: seconds(clock.ahead),
            within: clock.within.map(seconds),
            round_trips: clock.round_trips as u64,
        }),
        lost: it.losses().count() as u64,
        cause: cause.filter(|_| it.has_losses()),
        messages: it.messages.iter().map(|one| message(it, one)).collect(),
    }
}

fn message(negotiation: &crossing::Negotiation, message: &crossing::Message) -> Message {
    let header = &message.header;
    let sending = |sending: &crossing::Sending| {
        let seen_at = |tap| negotiation.seen_at(sending, message, tap).map(seen);
        Sending {
            a: seen_at(Tap::A),
            b: seen_at(Tap::B),
            fate: match sending.fate {
                Fate::Arrived(_) => "arrived",
                Fate::InParts => "in_parts",
                Fate::Lost => "lost",
                Fate::NotCovered => "not_covered",
                Fate::OnlyBehind => "only_behind",
            },
            transit: match sending.fate {
                Fate::Arrived(transit) => transit.map(seconds),
                _ => None,
            },
        }
    };
    Message {
        exchange_type: header.exchange_type.to_string(),
        message_id: header.message_id.0,
        from: match message.sender {
            Role::Initiator => "initiator",
            Role::Responder => "responder",
        },
        is_response: message.is_response,
        length: header.length,
        sendings: message.sendings.iter().map(sending).collect(),
    }
}

fn seen(seen: &crossing::Seen) -> Seen {
    Seen {
        frame: seen.frame.number,
        time: seen.time.to_string(),
        source: seen.ends.source.to_string(),
        destination: seen.ends.destination.to_string(),
    }
}

fn flow(flow: &crossing::Flow) -> Flow {
    let [packets_a, packets_b, packets_both] = flow.packets;
    Flow {
        spi: format!("{:08x}", flow.spi),
        from: flow.from.map(letter),
        packets_a,
        packets_b,
        packets_both,
        lost: flow.lost,
    }
}

fn seconds(nanoseconds: i64) -> String {
    Timestamp(nanoseconds).to_string()
}

const fn letter(tap: Tap) -> &'static str {
    match tap {
        Tap::A => "A",
        Tap::B => "B",
    }
}
