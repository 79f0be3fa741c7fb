//! What a tap tells the tracker about a dialogue, and what comes of it. No capture file in between:
//! the packets of the testkit are read here, so these tests stand on the analysis crate alone.

#![allow(dead_code, reason = "each test file uses what it needs of it")]

pub(crate) mod certificates;
pub(crate) mod keys;
pub(crate) mod scenarios;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use ikescope_analysis::{
    AttemptDiagnosis, CapturePoint, Coverage, Diagnosis, Finding, Hints, History, Keyring, Limits,
    Negotiation, Tracker, TunnelDiagnosis, diagnose_with,
};
use ikescope_testkit::dialogue::{Dialogue, Sent};
use ikescope_testkit::frame::{Content, Packet, TcpFlags};
use ikescope_wire::observed::{
    Datagram, FrameId, IcmpError, IncompleteDatagram, Losses, Observation, Sighting, TcpSignal,
    TcpSignalKind, Timestamp, Transport,
};
use ikescope_wire::statement::{Listed, Said, Statement};

/// What was seen and what it means.
pub(crate) struct Told {
    pub(crate) history: History,
    pub(crate) diagnosis: Diagnosis,
    tap: Seen,
}

/// What the tap was given, so that it can be told again.
struct Seen {
    sent: Vec<(u64, Sent)>,
    end: i64,
    conditions: Conditions,
}

/// Under which the tap listens.
#[derive(Clone)]
struct Conditions {
    limits: Limits,
    keys: Option<Arc<dyn Keyring>>,
    drops_later_fragments: bool,
    drops_first_fragments: bool,
    snaplen: usize,
    hints: Hints,
    dropped: u64,
    /// What a list of the device says of a tunnel.
    list: Vec<Listed>,
}

/// A capture of one dialogue that ends when the dialogue's clock does.
pub(crate) fn told(dialogue: &Dialogue) -> Told {
    told_of(dialogue.sent(), dialogue.now())
}

/// A capture of these packets that ends at `end`.
pub(crate) fn told_of(sent: &[Sent], end: i64) -> Told {
    let mut tap = Tap::new();
    for one in sent {
        tap.see(one);
    }
    tap.finish(end)
}

/// A capture of several dialogues at one tap.
pub(crate) fn told_together(dialogues: &[&Dialogue]) -> Told {
    let mut sent: Vec<Sent> = dialogues
        .iter()
        .flat_map(|one| one.sent().to_vec())
        .collect();
    sent.sort_by_key(|one| one.time);
    let end = dialogues.iter().map(|one| one.now()).max();
    told_of(&sent, end.expect("a dialogue"))
}

impl Told {
    pub(crate) fn tunnel(&self) -> &TunnelDiagnosis {
        &self.diagnosis.tunnels[0]
    }

    /// Outcome and stage of the first tunnel.
    pub(crate) fn ended(&self) -> (&'static str, &'static str) {
        let verdict = &self.tunnel().verdict;
        (verdict.outcome.as_str(), verdict.stage.as_str())
    }

    /// Name of the cause of the first tunnel's verdict; `-` if there is none.
    pub(crate) fn cause(&self) -> &'static str {
        self.tunnel().verdict.cause.map_or("-", |rule| rule.name)
    }

    pub(crate) fn confidence(&self) -> &'static str {
        self.tunnel().verdict.confidence.as_str()
    }

    pub(crate) fn attempt(&self, index: usize) -> &AttemptDiagnosis {
        &self.tunnel().attempts[index]
    }

    pub(crate) fn negotiation(&self, index: usize) -> &Negotiation {
        &self.history.tunnels[0].negotiations[index]
    }

    /// Every finding of every tunnel and of the capture.
    pub(crate) fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.diagnosis
            .tunnels
            .iter()
            .flat_map(|tunnel| {
                let attempts = tunnel.attempts.iter().flat_map(|attempt| &attempt.findings);
                attempts.chain(&tunnel.findings)
            })
            .chain(&self.diagnosis.findings)
    }

    pub(crate) fn finding(&self, name: &str) -> Option<&Finding> {
        self.findings().find(|finding| finding.rule.name == name)
    }

    /// The same capture without the packets that carry this claim.
    pub(crate) fn without_evidence_of(&self, name: &str) -> Self {
        let of_rule = self.findings().filter(|finding| finding.rule.name == name);
        let frames: Vec<u64> = of_rule
            .flat_map(|finding| finding.evidence())
            .map(|evidence| evidence.frame.number)
            .collect();
        let mut conditions = self.tap.conditions.clone();
        conditions.list.clear();
        let mut tap = Tap::under(conditions);
        for (last_frame, sent) in &self.tap.sent {
            let first_frame = last_frame + 1 - sent.packets().len() as u64;
            if !frames
                .iter()
                .any(|frame| (first_frame..=*last_frame).contains(frame))
            {
                tap.see(sent);
            }
        }
        tap.finish(self.tap.end)
    }

    /// What the same tap makes of the packets after a change that should change no verdict.
    pub(crate) fn after(&self, change: impl Fn(&Sent) -> Vec<Sent>) -> Self {
        let mut tap = Tap::under(self.tap.conditions.clone());
        let mut end = self.tap.end;
        for (_, sent) in &self.tap.sent {
            for one in change(sent) {
                end = end.max(one.time);
                tap.see(&one);
            }
        }
        let moved = self.tap.sent.first().map_or(0, |(_, first)| {
            change(first).first().map_or(0, |one| one.time - first.time)
        });
        tap.finish(end.max(self.tap.end + moved))
    }

    /// Outcome, stage and cause of every tunnel.
    pub(crate) fn verdicts(&self) -> Vec<(&'static str, &'static str, Option<&'static str>)> {
        let verdicts = self.diagnosis.tunnels.iter().map(|tunnel| &tunnel.verdict);
        verdicts
            .map(|verdict| {
                let cause = verdict.cause.map(|rule| rule.name);
                (verdict.outcome.as_str(), verdict.stage.as_str(), cause)
            })
            .collect()
    }

    /// How many packets the tap saw.
    pub(crate) fn packets(&self) -> usize {
        self.tap.sent.len()
    }

    pub(crate) fn names(&self) -> Vec<&'static str> {
        self.findings().map(|finding| finding.rule.name).collect()
    }
}

/// Sees packets and numbers them as frames.
pub(crate) struct Tap {
    tracker: Tracker,
    frame: u64,
    sent: Vec<(u64, Sent)>,
    conditions: Conditions,
}

impl Tap {
    pub(crate) fn new() -> Self {
        Self::within(Limits::default())
    }

    pub(crate) fn within(limits: Limits) -> Self {
        Self::under(Conditions {
            limits,
            keys: None,
            drops_later_fragments: false,
            drops_first_fragments: false,
            snaplen: usize::MAX,
            hints: Hints::default(),
            dropped: 0,
            list: Vec::new(),
        })
    }

    fn under(conditions: Conditions) -> Self {
        let mut tap = Self {
            tracker: match conditions.keys.clone() {
                Some(keys) => Tracker::with_keys(conditions.limits.clone(), keys),
                None => Tracker::new(conditions.limits.clone()),
            },
            frame: 0,
            sent: Vec::new(),
            conditions,
        };
        let list = tap.conditions.list.clone();
        for (line, told) in (1..).zip(list) {
            tap.list_line(line, told);
        }
        tap
    }

    /// Beside a list that the device at 192.0.2.1 prints of its tunnel to 198.51.100.2.
    pub(crate) fn with_list(list: &[Listed]) -> Self {
        let mut conditions = Self::new().conditions;
        conditions.list = list.to_vec();
        Self::under(conditions)
    }

    /// With keys for every SA.
    pub(crate) fn with_keys(script: keys::Script) -> Self {
        let mut conditions = Self::new().conditions;
        conditions.keys = Some(Arc::new(script));
        Self::under(conditions)
    }

    /// Of a fragmented packet only the first fragment comes as far as the tap.
    pub(crate) fn behind_a_filter_of_later_fragments(mut self) -> Self {
        self.conditions.drops_later_fragments = true;
        self
    }

    /// Of a fragmented packet only the last fragments come as far as the tap.
    pub(crate) fn behind_a_filter_of_first_fragments(mut self) -> Self {
        self.conditions.drops_first_fragments = true;
        self
    }

    /// Keeps so many octets of each UDP payload.
    pub(crate) fn keeping(mut self, octets: usize) -> Self {
        self.conditions.snaplen = octets;
        self
    }

    /// Stands where its owner says.
    pub(crate) fn said_to_stand(mut self, point: CapturePoint) -> Self {
        self.conditions.hints.vantage = Some(point);
        self
    }

    /// Drops so many packets, by its own count.
    pub(crate) fn dropping(mut self, packets: u64) -> Self {
        self.conditions.dropped = packets;
        self
    }

    pub(crate) fn all(mut self, dialogue: &Dialogue) -> Told {
        for one in dialogue.sent() {
            self.see(one);
        }
        self.finish(dialogue.now())
    }

    pub(crate) fn see(&mut self, sent: &Sent) {
        let fragments: Vec<u64> = match sent.packets().len() {
            1 => Vec::new(),
            count => (self.frame + 1..=self.frame + count as u64).collect(),
        };
        self.frame += sent.packets().len() as u64;
        self.sent.push((self.frame, sent.clone()));
        let packet = &sent.packet;
        let sighting = self.sighting(sent.time, packet);
        match &packet.content {
            Content::Udp(payload)
                if !fragments.is_empty() && self.conditions.drops_later_fragments =>
            {
                self.see_incomplete(sighting, &fragments[..1], Some(payload));
            }
            Content::Udp(_) if !fragments.is_empty() && self.conditions.drops_first_fragments => {
                self.see_incomplete(sighting, &fragments[1..], None);
            }
            Content::Udp(payload) => {
                self.see_datagram(sighting, Transport::Udp, payload, &fragments);
            }
            Content::Protocol(50, octets) => {
                self.see_datagram(sighting, Transport::Esp, octets, &fragments);
            }
            Content::Protocol(protocol, _) => panic!("IP protocol {protocol} is not read here"),
            Content::Icmp {
                icmp_type,
                code,
                body,
            } => self.see_icmp(sighting, (*icmp_type, *code), body),
            Content::Tcp { flags, payload, .. } => self.see_tcp(sighting, *flags, payload),
        }
    }

    fn list_line(&mut self, line: u64, told: Listed) {
        let end = |address: &str| SocketAddr::new(address.parse().expect("an address"), 0);
        self.tracker.observe(&Observation::Statement(Statement {
            sighting: Sighting {
                frame: FrameId::default(),
                time: Timestamp(0),
                source: end("192.0.2.1"),
                destination: end("198.51.100.2"),
                hop_limit: 0,
                ip_id: None,
                interface: 0,
                ip_length: 0,
            },
            line,
            spis: None,
            serial: None,
            ike_version: None,
            connection: "branch",
            text: "a line of the list",
            said: Said::Listed(told),
        }));
    }

    pub(crate) fn finish(self, end: i64) -> Told {
        let mut losses = Losses::default();
        losses.dropped_by_capture = self.conditions.dropped;
        let coverage = Coverage {
            first: Timestamp(self.sent.first().map_or(end, |(_, sent)| sent.time)),
            last: Timestamp(end),
            frames: self.frame,
            losses,
            ..Coverage::default()
        };
        let history = self.tracker.finish(&[coverage]);
        let diagnosis = diagnose_with(&history, &self.conditions.hints);
        Told {
            history,
            diagnosis,
            tap: Seen {
                sent: self.sent,
                end,
                conditions: self.conditions,
            },
        }
    }

    fn sighting(&self, time: i64, packet: &Packet) -> Sighting {
        Sighting {
            frame: FrameId {
                input: 0,
                number: self.frame,
            },
            time: Timestamp(time),
            source: packet.source,
            destination: packet.destination,
            hop_limit: packet.hop_limit,
            ip_id: Some(packet.identification),
            interface: 0,
            ip_length: packet.octets().len() as u32,
        }
    }

    fn see_datagram(
        &mut self,
        sighting: Sighting,
        transport: Transport,
        octets: &[u8],
        ip_fragments: &[u64],
    ) {
        let kept = &octets[..octets.len().min(self.conditions.snaplen)];
        self.tracker.observe(&Observation::Datagram(Datagram {
            sighting,
            transport,
            octets: kept,
            missing: (octets.len() - kept.len()) as u32,
            ip_fragments,
            dont_fragment: false,
            plaintext: None,
        }));
    }

    fn see_incomplete(&mut self, mut sighting: Sighting, frames: &[u64], first: Option<&[u8]>) {
        if first.is_none() {
            sighting.source.set_port(0);
            sighting.destination.set_port(0);
        }
        let octets = first.map_or(&[][..], |payload| &payload[..payload.len().min(600)]);
        self.tracker
            .observe(&Observation::Incomplete(IncompleteDatagram {
                sighting,
                protocol: 17,
                fragments: frames,
                first_seen: first.is_some(),
                last_seen: first.is_none(),
                octets_seen: 600,
                octets,
            }));
    }

    fn see_icmp(&mut self, sighting: Sighting, (icmp_type, code): (u8, u8), body: &[u8]) {
        let (rest, quoted) = body.split_at(4);
        let address = |from: usize| {
            let octets: [u8; 4] = quoted[from..from + 4].try_into().expect("four octets");
            IpAddr::from(Ipv4Addr::from(octets))
        };
        let (protocol, above) = (quoted[9], &quoted[20..]);
        let port = |from: usize| match protocol {
            17 => u16::from_be_bytes([above[from], above[from + 1]]),
            _ => 0,
        };
        let (quoted_transport, header) = match protocol {
            17 => (Transport::Udp, 8),
            _ => (Transport::Esp, 0),
        };
        let mtu = u16::from_be_bytes([rest[2], rest[3]]);
        self.tracker.observe(&Observation::IcmpError(IcmpError {
            sighting,
            version: 4,
            icmp_type,
            code,
            mtu: (mtu > 0).then_some(mtu.into()),
            quoted_source: SocketAddr::new(address(12), port(0)),
            quoted_destination: SocketAddr::new(address(16), port(2)),
            quoted_transport,
            quoted_ip_length: u16::from_be_bytes([quoted[2], quoted[3]]).into(),
            quoted_ip_id: None,
            quoted_octets: &above[header..],
        }));
    }

    /// One segment holds whole messages here (RFC 9329 §3).
    fn see_tcp(&mut self, sighting: Sighting, flags: TcpFlags, payload: &[u8]) {
        let kind = match flags {
            TcpFlags::SYN => Some(TcpSignalKind::Open),
            TcpFlags::SYN_ACK => Some(TcpSignalKind::Accept),
            TcpFlags::RST => Some(TcpSignalKind::Reset),
            TcpFlags::FIN => Some(TcpSignalKind::Close),
            _ => None,
        };
        if let Some(kind) = kind {
            let signal = TcpSignal { sighting, kind };
            self.tracker.observe(&Observation::TcpSignal(signal));
        }
        let mut rest = payload.strip_prefix(b"IKETCP").unwrap_or(payload);
        while let [high, low, ..] = rest {
            let (message, behind) = rest.split_at(u16::from_be_bytes([*high, *low]).into());
            self.see_datagram(sighting, Transport::Tcp, &message[2..], &[]);
            rest = behind;
        }
    }
}
