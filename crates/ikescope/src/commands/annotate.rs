//! `ikescope annotate`: the capture again, with what was found beside the frames that show it.

use std::collections::{BTreeMap, HashSet};

use anyhow::bail;
use ikescope::report::{Finding, Report};
use ikescope::{Source, analyze_all};
use ikescope_analysis::Ports;
use ikescope_capture::Capture;
use ikescope_wire::Encapsulation;
use ikescope_wire::observed::Observation;

use crate::args::{AnnotateArgs, CaptureFormat};
use crate::commands::recapture::merge::Merged;
use crate::commands::recapture::sink::Sink;
use crate::commands::{STDIN, settings};
use crate::complaint;
use crate::exit::Exit;
use crate::output::conversion;
use crate::output::progress::Progress;
use crate::output::screen::Screen;

/// Runs the command.
pub(crate) fn run(args: &AnnotateArgs) -> anyhow::Result<Exit> {
    if args.inputs.iter().any(|path| path.as_os_str() == STDIN) {
        bail!("annotate reads twice, first to judge: it takes files, not standard input");
    }
    let mut sink = Sink::new(args.output.as_deref(), &args.inputs, CaptureFormat::Pcapng)?;
    let settings = settings(&args.reading, &args.decryption)?;
    let analyzed = analyze_all(args.inputs.iter().cloned().map(Source::Path), settings);
    let remarks = Remarks::of_report(&analyzed.report);
    let progress = Progress::of(&args.inputs);
    let mut merged = Merged::open(&args.inputs, &args.reading.text.options(), &progress);
    for error in &merged.failed {
        complaint::unreadable(error);
    }
    let ike = if args.only_ike {
        Some(frames_about_ike(args, &merged)?)
    } else {
        None
    };
    let renumbered = args.only_ike || merged.inputs().len() > 1;
    let mut commented = 0;
    while let Some(index) = merged.advance() {
        let input = &merged.inputs()[index];
        let frame = (index, input.frame.number);
        let found = remarks.beside(frame);
        if found.is_empty() && ike.as_ref().is_some_and(|ike| !ike.contains(&frame)) {
            continue;
        }
        let place = format!("frame {} of {}", frame.1, input.frames.name());
        let mut comments: Vec<&str> = found.iter().map(String::as_str).collect();
        if renumbered && !comments.is_empty() {
            comments.push(&place);
        }
        commented += u64::from(!comments.is_empty());
        sink.write(merged.inputs(), index, &input.frame, &comments)?;
    }
    sink.finish(merged.inputs())?;
    drop(progress);
    for input in merged.inputs() {
        complaint::notes(input.frames.notes());
    }
    if sink.written.packets == 0 {
        return merged.nothing_to("write");
    }
    conversion::tell_annotated(
        Screen::of_remarks(&args.look),
        &sink.name(),
        &sink.written,
        commented,
        remarks.first_code,
    );
    Ok(Exit::Written)
}

/// What is to be written beside each frame.
#[derive(Default)]
struct Remarks {
    /// By input and frame.
    of_frames: BTreeMap<(usize, u64), Vec<String>>,
    /// Code of the first finding, worst tunnel first.
    first_code: Option<&'static str>,
}

impl Remarks {
    fn of_report(report: &Report) -> Self {
        let mut remarks = Self::default();
        for tunnel in &report.tunnels {
            let negotiations = tunnel.negotiations.iter();
            let findings = negotiations.flat_map(|negotiation| &negotiation.findings);
            for finding in findings.chain(&tunnel.findings) {
                remarks.add(finding);
            }
        }
        for finding in &report.findings {
            remarks.add(finding);
        }
        remarks
    }

    /// The whole sentence stands beside the frame that shows it best.
    fn add(&mut self, finding: &Finding) {
        self.first_code.get_or_insert(finding.code);
        let Finding {
            code,
            name,
            confidence,
            title,
            ..
        } = finding;
        for (index, evidence) in finding.evidence.iter().enumerate() {
            let seen = match index {
                0 => format!("{title} Seen here: {}.", evidence.label),
                _ => evidence.label.clone(),
            };
            let remark = format!("{code} {name}, {confidence}: {seen}");
            let frame = (usize::from(evidence.input), evidence.frame);
            let beside = self.of_frames.entry(frame).or_default();
            if !beside.contains(&remark) {
                beside.push(remark);
            }
        }
    }

    fn beside(&self, frame: (usize, u64)) -> &[String] {
        self.of_frames.get(&frame).map_or(&[], Vec::as_slice)
    }
}

/// Input and number of the frames that hold IKE, whole or in part, or tell of its transport.
fn frames_about_ike(args: &AnnotateArgs, merged: &Merged) -> anyhow::Result<HashSet<(usize, u64)>> {
    let options = super::options(&args.reading);
    let mut frames = HashSet::new();
    for (index, input) in merged.inputs().iter().enumerate() {
        let mut ports = Ports::new(&args.reading.ike_ports);
        let mut capture = Capture::open(&input.path, 0, &options)?;
        let mut take = |observation: Observation<'_>| {
            if is_about_ike(&observation, &mut ports) {
                let parts = match &observation {
                    Observation::Datagram(datagram) => datagram.ip_fragments,
                    Observation::Incomplete(incomplete) => incomplete.fragments,
                    _ => &[],
                };
                let number = observation.sighting().frame.number;
                frames.extend(parts.iter().chain([&number]).map(|number| (index, *number)));
            }
        };
        while capture.next_frame(&mut take).is_some() {}
    }
    Ok(frames)
}

/// ESP is not, but for what an ICMP error says of it.
fn is_about_ike(observation: &Observation<'_>, ports: &mut Ports) -> bool {
    match observation {
        Observation::Datagram(datagram) => {
            matches!(ports.read(datagram), Some(Encapsulation::Ike { .. }))
        }
        Observation::Incomplete(_) | Observation::IcmpError(_) | Observation::TcpSignal(_) => true,
        _ => false,
    }
}
