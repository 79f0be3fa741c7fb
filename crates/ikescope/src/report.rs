//! The report: the types that JSON is made of, in the words of the report contract, version 1.
//!
//! All times are seconds since the Unix epoch as decimal strings with nine decimals, durations
//! likewise; SPIs are lower-case hex; frames are numbers as Wireshark shows them, counted from 1.
//! What was never seen is `None`. Fields may be added within a version; none changes its meaning.

mod decrypted;

use std::net::IpAddr;

use ikescope_wire::header::HEADER_LENGTH;
use serde::Serialize;

pub use decrypted::{
    Assigned, Authentication, Certificate, ChildExchange, Credentials, Eap, Identity, Selectors,
};

/// The words of the contract's `outcome` table, the one to look at first in front.
pub const OUTCOMES: [&str; 8] = [
    "stalled",
    "rejected",
    "lost",
    "one_way",
    "no_traffic",
    "incomplete",
    "probe",
    "established",
];

/// The words of the contract's `stage` lists.
pub const STAGES: [&str; 15] = [
    "none",
    "sa_init",
    "intermediate",
    "auth",
    "child_sa",
    "rekey",
    "informational",
    "esp",
    "main_mode_sa",
    "main_mode_ke",
    "main_mode_id",
    "aggressive",
    "xauth",
    "mode_config",
    "quick_mode",
];

/// The words of `confidence`, the surest first.
pub const CONFIDENCES: [&str; 3] = ["stated", "implied", "suspected"];

/// The words of `severity`, the worst first.
pub const SEVERITIES: [&str; 3] = ["error", "warning", "info"];

/// The words of `act`.
pub const ACTS: [&str; 5] = ["initiator", "responder", "path", "both", "unknown"];

/// The words of `mode`.
pub const MODES: [&str; 5] = ["ikev2", "main", "aggressive", "quick-only", "unknown"];

/// A whole report.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Report {
    /// Always `ikescope.report/1`.
    pub schema: &'static str,
    /// What was read.
    pub inputs: Vec<Input>,
    /// One per pair of peers.
    pub tunnels: Vec<Tunnel>,
    /// Scans and floods, never listed as tunnels.
    pub probes: Vec<Probe>,
    /// About the capture as a whole.
    pub findings: Vec<Finding>,
}

/// One input.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Input {
    /// As it was given.
    pub path: String,
    /// `pcap`, `pcapng`, or a text of a FortiGate: `fortigate-sniffer`, `fortigate-ike-debug`,
    /// `fortigate-vpn-list`, and `fortigate-console` where packets and logs stand in one.
    pub format: &'static str,
    /// `gzip`, `zstd` or none.
    pub compression: Option<&'static str>,
    /// Frames of any kind.
    pub frames: u64,
    /// IKE messages, repeats and copies included.
    pub ike_messages: u64,
    /// ESP and AH packets.
    pub esp_packets: u64,
    /// IKE messages that could not be decoded whole, and frames whose headers contradict themselves.
    pub malformed: u64,
    /// IKE messages that the snap length cut.
    pub truncated: u64,
    /// Time of the first frame.
    pub first_time: Option<String>,
    /// Time of the last frame.
    pub last_time: Option<String>,
    /// One per thing that could not be read or was left out: nothing is skipped silently.
    pub notes: Vec<String>,
    /// What the frames were that are no IKE and no ESP: protocol and count, most first.
    pub other: Vec<(String, u64)>,
}

/// Two peers.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Tunnel {
    /// Address of one peer; the initiator of the newest attempt.
    pub a: IpAddr,
    /// Address of the other.
    pub b: IpAddr,
    /// Port of `a` as newest seen; 0 if only ESP without UDP was seen.
    pub a_port: u16,
    /// Port of `b`.
    pub b_port: u16,
    /// Other addresses of the same tunnel: the other side of a NAT, MOBIKE moves.
    pub aliases: Vec<IpAddr>,
    /// Of the newest attempt that tells anything; of several alive, of the one with traffic.
    pub verdict: Verdict,
    /// Index of the negotiation that the verdict is of.
    pub decisive: Option<usize>,
    /// The attempts, in order of appearance.
    pub negotiations: Vec<Negotiation>,
    /// ESP and AH flows that belong to no negotiation seen.
    pub esp: Vec<Esp>,
    /// About the tunnel and none of its negotiations: a connection that was refused.
    pub findings: Vec<Finding>,
    /// NAT keepalives.
    pub keepalives: u64,
    /// Attempts that were counted and not kept.
    pub negotiations_dropped: u64,
}

/// What became of an attempt.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Verdict {
    /// A word of the contract's `outcome` table.
    pub outcome: &'static str,
    /// A word of the contract's `stage` table.
    pub stage: &'static str,
    /// Name of the finding that explains the outcome.
    pub cause: Option<&'static str>,
    /// `stated`, `implied` or `suspected`.
    pub confidence: &'static str,
    /// One sentence; outcome and stage stand before it where it is printed.
    pub summary: String,
    /// Who has to act on a failure: `initiator`, `responder`, `path`, `both` (they have to agree) or
    /// `unknown`; none where nothing failed.
    pub act: Option<&'static str>,
    /// Who need not look, and the frame that shows it.
    pub cleared: Option<Cleared>,
}

/// A side of which a frame shows that it did its part.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Cleared {
    /// `initiator`, `responder` or `path`.
    pub side: &'static str,
    /// Index of the input.
    pub input: u16,
    /// Frame number.
    pub frame: u64,
    /// What the frame shows.
    pub by: &'static str,
}

/// One attempt, or several that ended alike.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Negotiation {
    /// Number of the attempt in the input, counted from 1.
    pub id: u32,
    /// Major version that the headers claim.
    pub ike_version: u8,
    /// `ikev2`, `main`, `aggressive`, `quick-only` or `unknown`.
    pub mode: &'static str,
    /// Who asked first.
    pub initiator: Endpoint,
    /// Who answered.
    pub responder: Endpoint,
    /// The initiator's SPI (IKEv1: cookie).
    pub spi_i: String,
    /// The responder's; none while it has not answered.
    pub spi_r: Option<String>,
    /// SPI pairs of the IKE SAs that followed by rekeying.
    pub rekeyed: Vec<String>,
    /// What became of it.
    pub verdict: Verdict,
    /// Who deleted the IKE SA, if that ended it.
    pub closed_by: Option<&'static str>,
    /// Time of the first message (of the attempt shown).
    pub first_time: String,
    /// Time of the newest message.
    pub last_time: String,
    /// How many attempts this record stands for.
    pub attempts: u32,
    /// Start times of those attempts, the newest 64.
    pub attempt_times: Vec<String>,
    /// The exchanges.
    pub exchanges: Vec<Exchange>,
    /// Answered exchanges that were counted and not kept.
    pub exchanges_dropped: u64,
    /// Proposals in clear.
    pub proposals: Proposals,
    /// Who the ends say they are, as far as that was in clear or decrypted.
    pub authentication: Option<Authentication>,
    /// What was asked and granted for IPsec SAs, as far as it was decrypted.
    pub child_exchanges: Vec<ChildExchange>,
    /// What the NAT detection hashes say.
    pub nat: Nat,
    /// What the Vendor IDs say.
    pub implementations: Implementations,
    /// IPsec SAs that were made or replaced.
    pub child_sas: Vec<ChildSa>,
    /// ESP and AH flows that began under it.
    pub esp: Vec<Esp>,
    /// What the log of an end says of it, if an input is one.
    pub log: Option<Log>,
    /// The findings, the cause first.
    pub findings: Vec<Finding>,
}

/// What the log of an end says of a negotiation.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Log {
    /// Name of the connection in the configuration of the device; empty if no line has it.
    pub connection: String,
    /// The lines that state something, in order.
    pub lines: Vec<LogLine>,
    /// Lines that were counted and not kept.
    pub lines_dropped: u64,
    /// The lists of proposals in it.
    pub offers: Vec<LogOffer>,
}

/// One line of a log.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LogLine {
    /// Index of the input.
    pub input: u16,
    /// Number of the line, counted from 1.
    pub line: u64,
    /// The message that stands before it in the log; 0 if there is none.
    pub frame: u64,
    /// Time of the line.
    pub time: String,
    /// `initiator` or `responder`: whose log it is.
    pub by: &'static str,
    /// The line without its prefix.
    pub text: String,
}

/// A list of proposals in a log.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LogOffer {
    /// Number of the line of its heading.
    pub line: u64,
    /// `initiator` or `responder`: whose log it is.
    pub by: &'static str,
    /// `incoming`, or `own`: what the device itself would take.
    pub list: &'static str,
    /// `ike_sa` or `child_sa`.
    pub subject: &'static str,
    /// The proposals.
    pub proposals: Vec<Proposal>,
}

/// Address and port.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Endpoint {
    /// IP address.
    pub address: IpAddr,
    /// UDP or TCP port.
    pub port: u16,
}

/// A request and its response.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Exchange {
    /// Name of the exchange type.
    #[serde(rename = "type")]
    pub exchange_type: String,
    /// Message ID.
    pub message_id: u32,
    /// `initiator` or `responder`: who asked.
    pub from: &'static str,
    /// Position in an IKEv1 mode: 1, 3 or 5; 0 in IKEv2.
    pub step: u8,
    /// Frames of the request and its repeats.
    pub requests: Vec<u64>,
    /// Frames of the response and its repeats.
    pub responses: Vec<u64>,
    /// How often the request was sent again.
    pub retransmits: u32,
    /// Time of the first message.
    pub first_time: String,
    /// From the newest request before the response to the response.
    pub response_time: Option<String>,
    /// The request.
    pub request: Option<Message>,
    /// The response.
    pub response: Option<Message>,
}

/// One message and its sendings.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Message {
    /// Length of the IKE message, octets.
    pub length: u32,
    /// Octets of it that the capture kept.
    pub captured: u32,
    /// `udp`, `tcp`.
    pub transport: &'static str,
    /// Sender's port.
    pub source_port: u16,
    /// Receiver's port.
    pub destination_port: u16,
    /// Payloads in clear, by short name.
    pub payloads: Vec<&'static str>,
    /// First payload inside SK, read from the SK header.
    pub first_inner: Option<&'static str>,
    /// Notifications in clear.
    pub notifies: Vec<String>,
    /// Payloads that were decrypted, by short name, an error with its own: `N(TS_UNACCEPTABLE)`; null
    /// if none were.
    pub decrypted: Option<Vec<String>>,
    /// Times of the sendings, the first 48.
    pub times: Vec<String>,
    /// Input of the first sending.
    pub input: u16,
    /// How often it was sent.
    pub sent: u32,
    /// Copies made by the capture.
    pub duplicates: u32,
    /// Frames of the IP fragments of the first sending.
    pub ip_fragments: Vec<u64>,
    /// IKE fragments seen, each with number and total; the total is 0 where the last fragment of an IKEv1
    /// message, which says it, was not seen.
    pub fragments: Vec<(u16, u16)>,
    /// TTL or hop limit of the first sending; 0 where it is not known.
    pub hop_limit: u8,
}

impl Message {
    /// Whether nothing but a line of a log tells of it: its header is known, and no octet behind it.
    #[must_use]
    pub const fn is_told_by_log(&self) -> bool {
        self.hop_limit == 0
            && self.captured as usize == HEADER_LENGTH
            && self.length > self.captured
    }
}

/// Proposals in clear.
#[derive(Clone, Debug, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Proposals {
    /// What the initiator offered.
    pub offered: Vec<Proposal>,
    /// What the responder chose.
    pub chosen: Option<Proposal>,
    /// Both ends' lists beside each other.
    pub compared: Option<Compared>,
}

/// The offer beside what the responder chose, offers or accepts itself.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Compared {
    /// What the responder's list is made of: its choice (`chosen`); where it refused, what it
    /// `offered` itself or `accepted` from others, anywhere in the input, or what it would take by its
    /// own log (`logged`); none if nothing was seen.
    pub responder_list: Option<&'static str>,
    /// Input of the message that shows it.
    pub input: Option<u16>,
    /// Frame of that message.
    pub frame: Option<u64>,
    /// One row per type of transform.
    pub rows: Vec<ComparedRow>,
}

/// What both ends have of one type.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ComparedRow {
    /// `ENCR`, `PRF`, `INTEG`, `KE`; in IKEv1 `Encryption`, `Hash`, `Authentication`, `Group`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What the initiator offers, each once.
    pub initiator: Vec<Transform>,
    /// What the responder offers or accepts.
    pub responder: Vec<Transform>,
    /// What both have.
    pub common: Vec<Transform>,
    /// Whether both name something and nothing in common.
    pub apart: bool,
}

/// One proposal.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Proposal {
    /// Its number; in IKEv1 that of the transform payload, which is a whole suite.
    pub number: u8,
    /// Protocol ID.
    pub protocol_id: u8,
    /// Its transforms.
    pub transforms: Vec<Transform>,
}

/// One transform.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Transform {
    /// `ENCR`, `PRF`, `INTEG`, `KE`, ...; in IKEv1 `Encryption`, `Hash`, `Authentication`, `Group`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Transform ID.
    pub id: u16,
    /// Its name, key length appended.
    pub name: String,
    /// Key length in bits.
    pub key_length: Option<u16>,
}

/// Who is behind NAT.
#[derive(Clone, Debug, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Nat {
    /// Whether the initiator is.
    pub initiator_behind_nat: Option<bool>,
    /// Whether the responder is.
    pub responder_behind_nat: Option<bool>,
    /// Whether the negotiation moved to UDP 4500.
    pub floated_to_4500: bool,
    /// Every hash compared.
    pub hashes: Vec<NatHash>,
    /// The address and port that a NAT hides, where it was searched for and found by its hash.
    pub inside: Option<Inside>,
}

/// An address behind NAT.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Inside {
    /// `initiator` or `responder`: who has it.
    pub of: &'static str,
    /// The address and port; none if no private address has the hash that was sent.
    pub address: Option<String>,
    /// How many addresses were to be tried.
    pub tried: u32,
}

/// A NAT detection hash beside the one that the visible address gives.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NatHash {
    /// Input of the message.
    pub input: u16,
    /// Frame of the message.
    pub frame: u64,
    /// Octets of the payload, from and to (exclusive), counted from the IKE header.
    pub octets: (u32, u32),
    /// `initiator` or `responder`: who sent the hash.
    pub from: &'static str,
    /// `source` or `destination`: whose address it is of.
    pub of: &'static str,
    /// The visible address and port.
    pub address: String,
    /// First four octets of the hash sent.
    pub sent: String,
    /// First four octets of the hash computed.
    pub computed: String,
    /// Whether they are equal.
    pub fits: bool,
}

/// What is known of the two implementations.
#[derive(Clone, Debug, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Implementations {
    /// The initiator's Vendor IDs by name, and whose habits it has.
    pub initiator: Vec<String>,
    /// The responder's.
    pub responder: Vec<String>,
}

/// An exchange that made or replaced an IPsec SA, by every visible sign.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChildSa {
    /// The exchange that made it.
    pub created_by: String,
    /// Its message ID.
    pub message_id: u32,
    /// Frame of the answer.
    pub frame: u64,
    /// Time of the answer.
    pub time: String,
}

/// An ESP or AH flow.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Esp {
    /// SPI.
    pub spi: String,
    /// Sender.
    pub from: IpAddr,
    /// Receiver.
    pub to: IpAddr,
    /// Sender's UDP or TCP port as newest seen; 0 without either.
    pub from_port: u16,
    /// Receiver's port.
    pub to_port: u16,
    /// Packets.
    pub packets: u64,
    /// Octets from the ESP header to the integrity check value.
    pub bytes: u64,
    /// Time of the first packet.
    pub first_time: String,
    /// Time of the newest packet.
    pub last_time: String,
    /// Sequence numbers that were skipped.
    pub lost: u64,
    /// Sequence numbers seen again.
    pub replayed: u64,
    /// `esp`, `udp`, `tcp` or `ah`.
    pub encapsulation: &'static str,
    /// Input of the first packet.
    pub input: u16,
    /// Frame of the first packet.
    pub first_frame: u64,
    /// Frame of the newest packet.
    pub last_frame: u64,
    /// What was inside, where its keys are known.
    pub carried: Option<Carried>,
    /// When it carried packets. For pictures: JSON leaves it out.
    #[serde(skip)]
    pub activity: Activity,
}

/// What the packets of a flow carried.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Carried {
    /// Packets that were opened.
    pub packets: u64,
    /// Protocols in order of appearance.
    pub protocols: Vec<CarriedProtocol>,
    /// Octets of the largest IP packet inside; none in transport mode.
    pub largest: Option<u32>,
    /// Least and greatest MSS that a SYN announced, octets.
    pub mss: Option<(u16, u16)>,
}

/// Packets of one protocol.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CarriedProtocol {
    /// IP protocol number.
    pub number: u8,
    /// Its name, where it is a common one.
    pub name: Option<&'static str>,
    /// Packets.
    pub packets: u64,
}

/// Packets over time, in stretches of equal length. All stretches are whole multiples of their length
/// since the epoch, so those of several flows line up.
#[derive(Clone, Debug, Default)]
pub struct Activity {
    /// Length of a stretch, seconds.
    pub width: u32,
    /// Start of the first, seconds since the epoch.
    pub start: i64,
    /// Packets in each.
    pub packets: Vec<u32>,
    /// Sequence numbers skipped in each.
    pub lost: Vec<u32>,
}

/// One claim.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Finding {
    /// `IKE` and three digits.
    pub code: &'static str,
    /// Kebab-case name.
    pub name: &'static str,
    /// `error`, `warning` or `info`: of this finding here.
    pub severity: &'static str,
    /// `stated`, `implied` or `suspected`.
    pub confidence: &'static str,
    /// One sentence.
    pub title: String,
    /// Why.
    pub explanation: String,
    /// The frames that carry it, the primary one first; never empty.
    pub evidence: Vec<Evidence>,
    /// What to do.
    pub next_steps: Vec<String>,
    /// What else would look the same.
    pub could_also_be: Vec<&'static str>,
    /// For each of them, what would tell it apart.
    pub told_apart_by: Vec<String>,
    /// The error codes under which users of the products at its ends know it.
    pub known_as: Vec<KnownAs>,
}

/// An error code of a product.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct KnownAs {
    /// `Windows` for what a client shows its user, `Azure` for what a gateway logs.
    pub product: &'static str,
    /// The number.
    pub code: u32,
    /// Its name in winerror.h, if it has one there.
    pub name: Option<&'static str>,
}

/// A place in the capture.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Evidence {
    /// Index of the input.
    pub input: u16,
    /// Frame number; of a log the number of the message in it.
    pub frame: u64,
    /// Octets of the IKE message, from and to (exclusive).
    pub octets: Option<(u32, u32)>,
    /// Line of an input that is a log; `frame` is then the message that stands before it, 0 if there
    /// is none.
    pub line: Option<u64>,
    /// What is to be seen there.
    pub label: String,
}

/// A scan or a flood.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Probe {
    /// `half-open-flood` or `scan`.
    pub kind: &'static str,
    /// Who was aimed at.
    pub target: IpAddr,
    /// How many sources.
    pub sources: u64,
    /// How many attempts.
    pub attempts: u64,
    /// First message.
    pub first_time: String,
    /// Newest message.
    pub last_time: String,
}
