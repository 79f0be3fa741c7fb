//! `--redact`: the report again, with nobody in it to be known.
//!
//! Addresses, names and SPIs get stand-ins, the same for the same and by the rules of `anonymize`;
//! frames, times, sizes, ports and verdicts stay. Each type is taken apart field by field and without
//! `..`, so that a field that is new does not compile before somebody has said whom it tells of.

mod decrypted;
mod text;

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};

use ikescope::report::{
    Endpoint, Esp, Evidence, Finding, Implementations, Input, Inside, Log, LogLine, Nat, NatHash,
    Negotiation, Probe, Report, Tunnel, Verdict,
};
use ikescope::{Event, Happening};
use ikescope_wire::{Message, VendorIdentity};

use crate::anonymize::ike;
use crate::anonymize::nat::Ends;
use crate::anonymize::stand_ins::StandIns;

/// What stands for what, so far.
#[derive(Debug, Default)]
pub(crate) struct Redactor {
    stand_ins: StandIns,
    /// SPIs and what is shown of NAT detection hashes: octets, and those that stand for them.
    octets: HashMap<Vec<u8>, Vec<u8>>,
    /// Names of inputs, the longest first.
    files: Vec<(String, String)>,
}

impl Redactor {
    /// Redacts a whole report.
    pub(crate) fn report(&mut self, report: &mut Report) {
        let Report {
            schema: _,
            inputs,
            tunnels,
            probes,
            findings,
        } = report;
        for (index, input) in inputs.iter().enumerate() {
            self.file(&input.path, &stand_in_of(input, index + 1));
        }
        // Who is who is settled first, so that it does not depend on what is told of them.
        for tunnel in tunnels.iter() {
            self.meet(tunnel);
        }
        for input in inputs {
            self.input(input);
        }
        for tunnel in tunnels {
            self.tunnel(tunnel);
        }
        for probe in probes {
            let Probe {
                kind: _,
                target,
                sources: _,
                attempts: _,
                first_time: _,
                last_time: _,
            } = probe;
            self.address(target);
        }
        self.findings(findings);
    }

    /// Redacts a tunnel.
    pub(crate) fn tunnel(&mut self, tunnel: &mut Tunnel) {
        self.meet(tunnel);
        let Tunnel {
            a,
            b,
            a_port: _,
            b_port: _,
            aliases,
            verdict,
            decisive: _,
            negotiations,
            esp,
            findings,
            keepalives: _,
            negotiations_dropped: _,
        } = tunnel;
        self.address(a);
        self.address(b);
        for alias in aliases {
            self.address(alias);
        }
        for negotiation in negotiations {
            self.negotiation(negotiation);
        }
        for flow in esp {
            self.flow(flow);
        }
        self.verdict(verdict);
        self.findings(findings);
    }

    /// Redacts an event.
    pub(crate) fn event(&mut self, event: &mut Event) {
        let Event {
            time: _,
            source,
            destination,
            spi_i,
            what,
            verdict,
        } = event;
        for end in [source, destination] {
            *end = SocketAddr::new(self.stand_ins.address(end.ip()), end.port());
        }
        if let Some(spi) = spi_i {
            self.spi(spi);
        }
        match what {
            Happening::Flow(flow) => self.flow(flow),
            Happening::Message { .. } | Happening::Repeat { .. } | Happening::Verdict => {}
        }
        if let Some(verdict) = verdict {
            self.verdict(verdict);
        }
    }

    /// Redacts an IKE message and hands back what stands for its ends. What was encrypted stays so.
    pub(crate) fn message(&mut self, octets: &mut [u8], ends: Ends) -> Ends {
        let known: Vec<(usize, Vec<u8>)> = [8, 4]
            .into_iter()
            .flat_map(|length| octets.windows(length).enumerate())
            .filter_map(|(place, window)| Some((place, self.octets.get(window)?.clone())))
            .collect();
        ike::blank(octets, ends, &mut self.stand_ins);
        blank_unknown_vendor_ids(octets);
        for (place, stand_in) in known {
            if let Some(window) = octets.get_mut(place..place + stand_in.len()) {
                window.copy_from_slice(&stand_in);
            }
        }
        let mut of =
            |end: SocketAddr| SocketAddr::new(self.stand_ins.address(end.ip()), end.port());
        Ends {
            source: of(ends.source),
            destination: of(ends.destination),
        }
    }

    fn meet(&mut self, tunnel: &Tunnel) {
        let attempts = tunnel.negotiations.iter();
        let ends = attempts.flat_map(|it| [it.initiator.address, it.responder.address]);
        let pair = [tunnel.a, tunnel.b];
        for address in pair.iter().chain(&tunnel.aliases).copied().chain(ends) {
            self.stand_ins.address(address);
        }
        for negotiation in &tunnel.negotiations {
            for spi in [&negotiation.spi_i].into_iter().chain(&negotiation.spi_r) {
                self.hex(spi);
            }
        }
    }

    fn input(&mut self, input: &mut Input) {
        let Input {
            path,
            format: _,
            compression: _,
            frames: _,
            ike_messages: _,
            esp_packets: _,
            malformed: _,
            truncated: _,
            first_time: _,
            last_time: _,
            notes,
            other: _,
        } = input;
        self.text(path);
        for note in notes {
            self.text(note);
        }
    }

    fn verdict(&mut self, verdict: &mut Verdict) {
        let Verdict {
            outcome: _,
            stage: _,
            cause: _,
            confidence: _,
            summary,
            act: _,
            cleared: _,
        } = verdict;
        self.text(summary);
    }

    fn negotiation(&mut self, negotiation: &mut Negotiation) {
        let Negotiation {
            id: _,
            ike_version: _,
            mode: _,
            initiator,
            responder,
            spi_i,
            spi_r,
            rekeyed,
            verdict,
            closed_by: _,
            first_time: _,
            last_time: _,
            attempts: _,
            attempt_times: _,
            // Names of registries, numbers, times.
            exchanges: _,
            exchanges_dropped: _,
            proposals: _,
            authentication,
            child_exchanges,
            nat,
            implementations,
            child_sas: _,
            esp,
            log,
            findings,
        } = negotiation;
        for Endpoint { address, port: _ } in [initiator, responder] {
            self.address(address);
        }
        self.spi(spi_i);
        if let Some(spi) = spi_r {
            self.spi(spi);
        }
        for spis in rekeyed {
            self.text(spis);
        }
        self.nat(nat);
        let Implementations {
            initiator,
            responder,
        } = implementations;
        for name in [initiator, responder].into_iter().flatten() {
            vendor_id(name);
        }
        for flow in esp {
            self.flow(flow);
        }
        // The connection's name first: lines and reasons repeat it.
        if let Some(log) = log {
            self.log(log);
        }
        if let Some(authentication) = authentication {
            self.authentication(authentication);
        }
        for exchange in child_exchanges {
            self.child_exchange(exchange);
        }
        self.verdict(verdict);
        self.findings(findings);
    }

    fn nat(&mut self, nat: &mut Nat) {
        let Nat {
            initiator_behind_nat: _,
            responder_behind_nat: _,
            floated_to_4500: _,
            hashes,
            inside,
        } = nat;
        for hash in hashes {
            let NatHash {
                input: _,
                frame: _,
                octets: _,
                from: _,
                of: _,
                address,
                sent,
                computed,
                fits: _,
            } = hash;
            self.text(address);
            self.spi(sent);
            self.spi(computed);
        }
        if let Some(Inside {
            of: _,
            address: Some(address),
            tried: _,
        }) = inside
        {
            self.text(address);
        }
    }

    fn flow(&mut self, flow: &mut Esp) {
        let Esp {
            spi,
            from,
            to,
            from_port: _,
            to_port: _,
            packets: _,
            bytes: _,
            first_time: _,
            last_time: _,
            lost: _,
            replayed: _,
            encapsulation: _,
            input: _,
            first_frame: _,
            last_frame: _,
            carried: _,
            activity: _,
        } = flow;
        self.spi(spi);
        self.address(from);
        self.address(to);
    }

    fn log(&mut self, log: &mut Log) {
        let Log {
            connection,
            lines,
            lines_dropped: _,
            offers: _,
        } = log;
        self.name(connection);
        for line in lines {
            let LogLine {
                input: _,
                line: _,
                frame: _,
                time: _,
                by: _,
                text,
            } = line;
            *text = self.foreign(text);
        }
    }

    fn findings(&mut self, findings: &mut [Finding]) {
        for finding in findings {
            let Finding {
                code: _,
                name: _,
                severity: _,
                confidence: _,
                title,
                explanation,
                evidence,
                next_steps,
                could_also_be: _,
                told_apart_by,
                known_as: _,
            } = finding;
            let own = [title, explanation].into_iter();
            for text in own.chain(next_steps).chain(told_apart_by) {
                self.text(text);
            }
            for evidence in evidence {
                let Evidence {
                    input: _,
                    frame: _,
                    octets: _,
                    line,
                    label,
                } = evidence;
                if line.is_some() {
                    *label = self.quoted(label);
                } else {
                    self.text(label);
                }
            }
        }
    }

    fn address(&mut self, address: &mut IpAddr) {
        *address = self.stand_ins.address(*address);
    }

    /// A name keeps its length and its shape.
    fn name(&mut self, name: &mut String) {
        let mut octets = std::mem::take(name).into_bytes();
        self.stand_ins.name(&mut octets);
        *name = String::from_utf8(octets).unwrap_or_default();
    }

    fn spi(&mut self, spi: &mut String) {
        if let Some(stand_in) = self.hex(spi) {
            *spi = stand_in;
        }
    }

    /// What stands for octets in hex, of which the first four tell them from all others. Zero means
    /// that there is none, and stays.
    fn hex(&mut self, digits: &str) -> Option<String> {
        let octets = hex::decode(digits).ok()?;
        if octets.iter().all(|octet| *octet == 0) {
            return None;
        }
        if let Some(stand_in) = self.octets.get(&octets) {
            return Some(hex::encode(stand_in));
        }
        let number = FIRST_SPI + self.octets.len() as u32;
        let mut stand_in = number.to_be_bytes().to_vec();
        stand_in.resize(octets.len().max(PREFIX), 0);
        stand_in.truncate(octets.len());
        if octets.len() > PREFIX {
            let prefix = (octets[..PREFIX].to_vec(), stand_in[..PREFIX].to_vec());
            self.octets.insert(prefix.0, prefix.1);
        }
        let told = hex::encode(&stand_in);
        self.octets.insert(octets, stand_in);
        Some(told)
    }

    fn file(&mut self, path: &str, stand_in: &str) {
        let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
        self.files.push((path.to_owned(), stand_in.to_owned()));
        self.files.push((name.to_owned(), stand_in.to_owned()));
        self.files
            .sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    }
}

/// A Vendor ID that nobody knows is in hex, and may be a name.
fn vendor_id(name: &mut String) {
    let is_hex = !name.is_empty() && name.bytes().all(|octet| octet.is_ascii_hexdigit());
    if is_hex {
        *name = format!("unknown, {} octets", name.len() / 2);
    }
}

/// The same in a message.
fn blank_unknown_vendor_ids(octets: &mut [u8]) {
    let Ok(message) = Message::decode(octets) else {
        return;
    };
    let unknown = message.payloads().filter_map(Result::ok).filter(|payload| {
        let is_vendor_id = matches!(payload.payload_type, VENDOR_ID | V1_VENDOR_ID);
        is_vendor_id && VendorIdentity::of(payload.body.octets()).is_none()
    });
    let places = unknown.map(|it| it.body.offset()..it.body.offset() + it.body.len());
    for place in places.collect::<Vec<_>>() {
        octets[place].fill(0);
    }
}

/// What an input is called: its number, and its format by the usual ending.
fn stand_in_of(input: &Input, number: usize) -> String {
    if input.path == "stdin" {
        return input.path.clone();
    }
    let format = match input.format {
        format @ ("pcap" | "pcapng") => format,
        _ => "txt",
    };
    let packed = match input.compression {
        Some("gzip") => ".gz",
        Some("zstd") => ".zst",
        _ => "",
    };
    format!("input{number}.{format}{packed}")
}

/// Vendor ID payload of IKEv2.
const VENDOR_ID: u8 = 43;
/// Vendor ID payload of IKEv1.
const V1_VENDOR_ID: u8 = 13;
/// SPIs below 256 are reserved (RFC 4303 2.1).
const FIRST_SPI: u32 = 0x1000_0001;
/// Octets of an SPI that reports show where there is no room for all.
const PREFIX: usize = 4;
