//! What must hold of any observations whatever; the fuzz target and the replay of its finds share it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use arbitrary::{Result, Unstructured};
use ikescope_analysis::{
    Coverage, Diagnosis, Finding, Hints, History, Limits, Outcome, Severity, Tracker,
    TunnelDiagnosis, diagnose, diagnose_tunnel,
};
use ikescope_wire::observed::{
    Datagram, FrameId, IcmpError, IncompleteDatagram, Losses, Observation, Sighting, TcpSignal,
    TcpSignalKind, Timestamp, Transport,
};

/// Octets as a script of observations and polls. Addresses, ports and SPIs come from tables as
/// small as they can be, so that what was seen before is met again.
pub fn tracker(octets: &[u8]) {
    let mut script = Unstructured::new(octets);
    let Ok(small) = script.arbitrary() else {
        return;
    };
    let mut tap = Tap::new(if small { tight() } else { Limits::default() });
    while !script.is_empty() && tap.step(&mut script).is_ok() {}
    tap.finish();
}

/// Limits that a short script runs into.
fn tight() -> Limits {
    Limits {
        order_window: 4,
        live_negotiations: 3,
        negotiations_per_tunnel: 2,
        flows: 3,
        tunnels: 2,
        ..Limits::default()
    }
}

/// Who sees the observations: they come in two inputs, and time may go back.
struct Tap {
    limits: Limits,
    tracker: Tracker,
    time: i64,
    first: i64,
    last: i64,
    frames: u64,
}

impl Tap {
    fn new(limits: Limits) -> Self {
        Self {
            tracker: Tracker::new(limits.clone()),
            limits,
            time: START,
            first: START,
            last: START,
            frames: 0,
        }
    }

    fn step(&mut self, script: &mut Unstructured<'_>) -> Result<()> {
        let what = script.int_in_range(0..=7u8)?;
        let sighting = self.sighting(script)?;
        match what {
            0..=3 => self.datagram(what, sighting, script),
            4 => self.icmp_error(sighting, script),
            5 => self.tcp_signal(sighting, script),
            6 => self.incomplete(sighting, script),
            _ => {
                self.poll();
                Ok(())
            }
        }
    }

    fn sighting(&mut self, script: &mut Unstructured<'_>) -> Result<Sighting> {
        self.time = self.time.saturating_add(*script.choose(&GAPS)?);
        self.first = self.first.min(self.time);
        self.last = self.last.max(self.time);
        self.frames += 1;
        let (source, destination) = (endpoint(script)?, endpoint(script)?);
        let bits: u8 = script.arbitrary()?;
        Ok(Sighting {
            frame: FrameId {
                input: u16::from(bits & 1),
                number: self.frames,
            },
            time: Timestamp(self.time),
            source,
            destination,
            hop_limit: 60 + (bits >> 6),
            ip_id: Some(u32::from(bits >> 4)),
            interface: u32::from(bits >> 1 & 1),
            ip_length: 600,
        })
    }

    fn datagram(
        &mut self,
        what: u8,
        sighting: Sighting,
        script: &mut Unstructured<'_>,
    ) -> Result<()> {
        let octets = content(script)?;
        self.tracker.observe(&Observation::Datagram(Datagram {
            sighting,
            transport: TRANSPORTS[usize::from(what)],
            octets: &octets,
            missing: u32::from(script.ratio(1, 8)?) * 40,
            ip_fragments: if script.ratio(1, 8)? { &[1, 1] } else { &[] },
            dont_fragment: false,
            plaintext: None,
        }));
        Ok(())
    }

    fn icmp_error(&mut self, sighting: Sighting, script: &mut Unstructured<'_>) -> Result<()> {
        let quoted = content(script)?;
        self.tracker.observe(&Observation::IcmpError(IcmpError {
            sighting,
            version: *script.choose(&[4, 6])?,
            icmp_type: *script.choose(&[3, 11, 1, 2])?,
            code: script.int_in_range(0..=13)?,
            mtu: script.arbitrary()?,
            quoted_source: sighting.destination,
            quoted_destination: endpoint(script)?,
            quoted_transport: *script.choose(&TRANSPORTS)?,
            quoted_ip_length: script.arbitrary()?,
            quoted_ip_id: None,
            quoted_octets: &quoted,
        }));
        Ok(())
    }

    fn tcp_signal(&mut self, sighting: Sighting, script: &mut Unstructured<'_>) -> Result<()> {
        use TcpSignalKind::{Accept, Close, Open, Reset};
        let kind = *script.choose(&[Open, Accept, Reset, Close])?;
        let signal = TcpSignal { sighting, kind };
        self.tracker.observe(&Observation::TcpSignal(signal));
        Ok(())
    }

    fn incomplete(&mut self, sighting: Sighting, script: &mut Unstructured<'_>) -> Result<()> {
        let octets = content(script)?;
        let observation = Observation::Incomplete(IncompleteDatagram {
            sighting,
            protocol: *script.choose(&[17, 50, 51, 6])?,
            fragments: &[sighting.frame.number],
            first_seen: script.arbitrary()?,
            last_seen: script.arbitrary()?,
            octets_seen: u32::try_from(octets.len()).unwrap_or(u32::MAX),
            octets: &octets,
        });
        self.tracker.observe(&observation);
        Ok(())
    }

    fn poll(&mut self) {
        while let Some(tunnel) = self.tracker.poll(Timestamp(self.time)) {
            let history = History {
                coverage: self.coverage(),
                ..History::default()
            };
            self.check_tunnel(&diagnose_tunnel(&tunnel, &history, &Hints::default()));
        }
    }

    fn coverage(&self) -> Vec<Coverage> {
        let coverage = Coverage {
            first: Timestamp(self.first),
            last: Timestamp(self.last),
            frames: self.frames,
            losses: Losses::default(),
            ike_only: false,
        };
        vec![coverage; 2]
    }

    fn finish(mut self) {
        let tracker = std::mem::replace(&mut self.tracker, Tracker::new(Limits::default()));
        let history = tracker.finish(&self.coverage());
        self.check_history(&history);
        let diagnosis = diagnose(&history);
        self.check_diagnosis(&diagnosis);
        assert_eq!(diagnosis.tunnels.len(), history.tunnels.len());
    }

    fn check_history(&self, history: &History) {
        // Clients behind one address are told apart within their pair of peers, by their negotiations.
        let most = self.limits.tunnels * self.limits.negotiations_per_tunnel;
        assert!(history.tunnels.len() <= most);
        let flows = history.tunnels.iter().map(|tunnel| tunnel.flows.len());
        assert!(flows.sum::<usize>() <= self.limits.flows);
        for tunnel in &history.tunnels {
            assert!(tunnel.negotiations.len() <= self.limits.negotiations_per_tunnel);
        }
    }

    fn check_diagnosis(&self, diagnosis: &Diagnosis) {
        for tunnel in &diagnosis.tunnels {
            self.check_tunnel(tunnel);
        }
        self.check_findings(&diagnosis.findings);
    }

    fn check_tunnel(&self, tunnel: &TunnelDiagnosis) {
        assert!(
            tunnel
                .decisive
                .is_none_or(|index| index < tunnel.attempts.len())
        );
        for attempt in &tunnel.attempts {
            self.check_findings(&attempt.findings);
            let verdict = &attempt.verdict;
            if verdict.outcome == Outcome::Established {
                let is_mild = |finding: &Finding| finding.severity < Severity::Error;
                assert!(attempt.findings.iter().all(is_mild));
            }
            if let Some(cause) = verdict.cause {
                let is_cause = |finding: &Finding| finding.rule.code == cause.code;
                assert!(attempt.findings.iter().any(is_cause));
            }
        }
    }

    /// Each finding points to frames that were seen.
    fn check_findings(&self, findings: &[Finding]) {
        for finding in findings {
            assert!(!finding.evidence().is_empty());
            for evidence in finding.evidence() {
                assert!((1..=self.frames).contains(&evidence.frame.number));
            }
        }
    }
}

/// Octets as they come, behind an IKE header, behind that with the non-ESP marker, behind an ESP header.
fn content(script: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let form = script.int_in_range(0..=3u8)?;
    let mut octets = match form {
        1 => ike_header(script)?,
        2 => [vec![0; 4], ike_header(script)?].concat(),
        3 => esp_header(script)?,
        _ => Vec::new(),
    };
    let length = usize::from(script.arbitrary::<u16>()? % 2048).min(script.len());
    octets.extend_from_slice(script.bytes(length)?);
    if let 1 | 2 = form {
        let at = usize::from(form - 1) * 4;
        let length = u32::try_from(octets.len() - at).unwrap_or(u32::MAX);
        octets[at + 24..at + 28].copy_from_slice(&length.to_be_bytes());
    }
    Ok(octets)
}

/// An IKE header whose length field is still to be filled in.
fn ike_header(script: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let mut octets = Vec::with_capacity(28);
    octets.extend_from_slice(script.choose(&SPIS)?);
    octets.extend_from_slice(script.choose(&SPIS)?);
    octets.push(script.arbitrary()?);
    octets.extend_from_slice(script.choose(&EXCHANGES)?);
    octets.push(script.arbitrary()?);
    octets.extend_from_slice(&[0, 0, 0, script.int_in_range(0..=3)?, 0, 0, 0, 0]);
    Ok(octets)
}

fn esp_header(script: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let (spi, sequence): (u8, u8) = (script.int_in_range(0..=3)?, script.arbitrary()?);
    Ok(vec![0xc0, 0, 0, spi, 0, 0, 0, sequence])
}

fn endpoint(script: &mut Unstructured<'_>) -> Result<SocketAddr> {
    let which: u8 = script.arbitrary()?;
    let address = ADDRESSES[usize::from(which & 3)];
    let port = PORTS[usize::from(which >> 2 & 3)];
    Ok(SocketAddr::new(address, port))
}

const START: i64 = 1_700_000_000_000_000_000;
const SECOND: i64 = 1_000_000_000;
/// Times between observations, nanoseconds.
const GAPS: [i64; 8] = [
    0,
    1_000,
    20_000_000,
    SECOND,
    4 * SECOND,
    70 * SECOND,
    300 * SECOND,
    -3 * SECOND,
];
const ADDRESSES: [IpAddr; 4] = [
    IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)),
    IpAddr::V4(Ipv4Addr::new(198, 51, 100, 7)),
    IpAddr::V4(Ipv4Addr::new(10, 0, 0, 5)),
    IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1)),
];
const PORTS: [u16; 4] = [500, 4500, 40_000, 848];
const TRANSPORTS: [Transport; 4] = [
    Transport::Udp,
    Transport::Tcp,
    Transport::Esp,
    Transport::Ah,
];
const SPIS: [[u8; 8]; 4] = [[0; 8], [0xa1; 8], [0xb2; 8], [0xc3; 8]];
/// Version and exchange type.
const EXCHANGES: [[u8; 2]; 12] = [
    [0x20, 34],
    [0x20, 35],
    [0x20, 36],
    [0x20, 37],
    [0x20, 43],
    [0x20, 44],
    [0x10, 2],
    [0x10, 4],
    [0x10, 5],
    [0x10, 6],
    [0x10, 32],
    [0x30, 34],
];
