//! From captures to a report: files, readers, or packet by packet from a live tap.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::thread;

use ikescope_analysis::{
    Arrival, Coverage, Desk, Diagnosis, Ended, Hints, History, Keyring, Limits, Tracker, diagnose,
    diagnose_tunnel, diagnose_with,
};
use ikescope_capture::{Capture, CaptureError, Options, TextOptions};
use ikescope_wire::observed::{Observation, Timestamp};

use crate::align::align;
use crate::begun::Begun;
use crate::detail::{Detail, Told, Wanted, Whole, is_tunnel};
use crate::render;
use crate::report::{Report, Tunnel};

/// The schema that [`Report`] follows.
pub const SCHEMA: &str = "ikescope.report/1";

/// Something to read.
#[non_exhaustive]
pub enum Source {
    /// A file.
    Path(PathBuf),
    /// Anything that can be read once, and what to call it.
    Reader {
        /// The name in the report.
        name: String,
        /// The octets of a capture, packed or not.
        reader: Box<dyn Read + Send>,
    },
}

impl Source {
    /// A reader with a name, for example standard input.
    pub fn reader(name: impl Into<String>, reader: impl Read + Send + 'static) -> Self {
        Self::Reader {
            name: name.into(),
            reader: Box::new(reader),
        }
    }

    fn open(self, index: u16, options: &Options) -> Result<Capture, CaptureError> {
        match self {
            Self::Path(path) => Capture::open(path, index, options),
            Self::Reader { name, reader } => Capture::from_reader(name, reader, index, options),
        }
    }
}

impl From<&Path> for Source {
    fn from(path: &Path) -> Self {
        Self::Path(path.to_owned())
    }
}

impl From<PathBuf> for Source {
    fn from(path: PathBuf) -> Self {
        Self::Path(path)
    }
}

impl From<&str> for Source {
    fn from(path: &str) -> Self {
        Self::Path(path.into())
    }
}

/// What came of reading several inputs.
#[derive(Debug)]
pub struct Analyzed {
    /// The report on those that could be read.
    pub report: Report,
    /// Why the others could not.
    pub failed: Vec<CaptureError>,
    /// What the report was made from. After a storm it takes longer to free than a report to
    /// print: who is about to end forgets it.
    _sources: Option<Box<(History, Diagnosis)>>,
}

/// How captures are read.
#[derive(Clone, Default)]
pub struct Settings {
    /// What bounds memory, and which ports carry IKE.
    pub limits: Limits,
    /// Opens what is encrypted, where its keys are known.
    pub keyring: Option<Arc<dyn Keyring>>,
    /// What text inputs do not say of their times.
    pub text: TextOptions,
}

impl From<Limits> for Settings {
    fn from(limits: Limits) -> Self {
        Self {
            limits,
            keyring: None,
            text: TextOptions::default(),
        }
    }
}

impl Settings {
    pub(crate) fn options(&self) -> Options {
        let mut options = Options::default();
        options.ike_ports.clone_from(&self.limits.ike_ports);
        options.text = self.text;
        options
    }

    fn tracker(self) -> Tracker {
        match self.keyring {
            Some(keyring) => Tracker::with_keys(self.limits, keyring),
            None => Tracker::new(self.limits),
        }
    }
}

/// Reads one capture and reports on it.
///
/// # Errors
/// [`CaptureError`] if it cannot be opened or is no capture. Damage further on is no error: what
/// was read before it stands, and a note says where it is.
pub fn analyze(source: impl Into<Source>) -> Result<Report, CaptureError> {
    let mut analyzed = analyze_all([source.into()], Limits::default());
    match analyzed.failed.pop() {
        Some(error) => Err(error),
        None => Ok(analyzed.report),
    }
}

/// Reads several captures as one, in time order.
pub fn analyze_all(
    sources: impl IntoIterator<Item = Source>,
    settings: impl Into<Settings>,
) -> Analyzed {
    analyze_with(sources, settings, &Wanted::default(), &mut |_| {})
}

/// The same as it is wanted, telling `progress` the frames read so far every now and then.
pub fn analyze_with(
    sources: impl IntoIterator<Item = Source>,
    settings: impl Into<Settings>,
    wanted: &Wanted,
    progress: &mut dyn FnMut(u64),
) -> Analyzed {
    let settings = settings.into();
    let mut inputs = Inputs::open(sources, &settings.options());
    let mut history = track(&mut inputs, settings, progress);
    let diagnosis = diagnose_with(&history, &wanted.hints);
    let report = inputs.report(&mut history, &diagnosis, wanted.detail);
    Analyzed {
        report,
        failed: inputs.failed,
        _sources: Some(Box::new((history, diagnosis))),
    }
}

/// Batches of arrivals on their way from thread to thread.
const BATCHES: usize = 4;

/// Reads, decodes and puts in order on one thread, files on another, and keeps what has ended on a
/// third.
fn track(inputs: &mut Inputs, settings: Settings, progress: &mut dyn FnMut(u64)) -> History {
    let (mut intake, mut desk, mut archive) = settings.tracker().split();
    let (read, batches) = mpsc::sync_channel::<(u64, Vec<Arrival>)>(BATCHES);
    let (done, spares) = mpsc::channel::<Vec<Arrival>>();
    let (end, ending) = mpsc::sync_channel::<Ended>(BATCHES);
    let (kept, room) = mpsc::channel::<Ended>();
    thread::scope(|scope| {
        let (inputs, intake, archive) = (&mut *inputs, &mut intake, &mut archive);
        scope.spawn(move || {
            for mut ended in ending {
                archive.take(&mut ended);
                drop(kept.send(ended));
            }
        });
        scope.spawn(move || {
            let mut frames = 0;
            // The other end hangs up only when it has panicked, and then nobody is to read on.
            let send = |frames, fill: &mut dyn FnMut(&mut Vec<Arrival>) -> bool| {
                let mut batch = spares.try_recv().unwrap_or_default();
                fill(&mut batch) && read.send((frames, batch)).is_ok()
            };
            loop {
                let mut full = false;
                if !inputs.next_frame(&mut |observation| full |= intake.take(&observation)) {
                    break;
                }
                frames += 1;
                let ready = full || frames % FRAMES_PER_REPORT == 0;
                if ready
                    && !send(frames, &mut |batch| {
                        intake.ready(batch);
                        true
                    })
                {
                    return;
                }
            }
            while send(frames, &mut |batch| {
                intake.drain(Timestamp(i64::MAX), batch)
            }) {}
        });
        let archive_ended = move |desk: &mut Desk| {
            let mut ended = room.try_recv().unwrap_or_default();
            desk.hand_over(&mut ended);
            // The other end hangs up only when it has panicked, and then the scope does too.
            drop(end.send(ended));
        };
        for (frames, mut batch) in batches {
            desk.file(&mut batch);
            archive_ended(&mut desk);
            progress(frames);
            drop(done.send(batch));
        }
        while desk.close() {
            archive_ended(&mut desk);
        }
        drop(archive_ended);
    });
    desk.finish(archive, &intake, &inputs.coverage())
}

/// Reads several captures as one and hands over each negotiation once it has finished, as a tunnel
/// that holds this one and its flows: memory follows what is alive and not the files. `finished`
/// says whether to go on. The report that comes back is about the inputs and lists no tunnel.
pub fn analyze_each(
    sources: impl IntoIterator<Item = Source>,
    settings: impl Into<Settings>,
    hints: &Hints,
    finished: &mut dyn FnMut(Tunnel) -> bool,
) -> Analyzed {
    let settings = settings.into();
    let mut inputs = Inputs::open(sources, &settings.options());
    let mut tracker = settings.tracker();
    let mut go_on = true;
    let mut frames = 0u64;
    while go_on && inputs.next_frame(&mut |observation| tracker.observe(&observation)) {
        frames += 1;
        if !frames.is_multiple_of(FRAMES_PER_REPORT) {
            continue;
        }
        let coverage = inputs.coverage();
        while let Some(tunnel) = tracker.finished().filter(|_| go_on) {
            go_on = finished(judged(&tunnel, &coverage, hints));
        }
    }
    let mut history = tracker.finish(&inputs.coverage());
    let diagnosis = diagnose_with(&history, hints);
    let mut report = inputs.report(&mut history, &diagnosis, Detail::Whole);
    for tunnel in report.tunnels.drain(..) {
        go_on = go_on && finished(tunnel);
    }
    Analyzed {
        report,
        failed: inputs.failed,
        _sources: None,
    }
}

/// The report on a tunnel that has ended while the capture goes on.
pub(crate) fn judged(
    tunnel: &ikescope_analysis::Tunnel,
    coverage: &[Coverage],
    hints: &Hints,
) -> Tunnel {
    let history = History {
        coverage: coverage.to_vec(),
        ..History::default()
    };
    let judged = diagnose_tunnel(tunnel, &history, hints);
    render::tunnel(tunnel, &judged, Whole::Every)
}

/// How often progress is told and finished negotiations are handed over.
const FRAMES_PER_REPORT: u64 = 4096;

/// Opens inputs, and sets the clocks of logs among several by those of the others. What is still being
/// written has no beginning to be looked at, and its clock is its own.
fn open_all(sources: Vec<Source>, options: &Options) -> Vec<Result<Capture, CaptureError>> {
    let mut opened = Vec::with_capacity(sources.len());
    // The inputs that can be read are numbered, and no others.
    let number = |opened: &[Result<Capture, CaptureError>]| {
        let readable = opened.iter().filter(|opened| opened.is_ok()).count();
        u16::try_from(readable).unwrap_or(u16::MAX)
    };
    if sources.len() < 2 || options.text.live {
        for source in sources {
            opened.push(source.open(number(&opened), options));
        }
        return opened;
    }
    let inputs: Vec<Begun> = sources.into_iter().map(Begun::new).collect();
    let alignments = align(&inputs, options);
    for (input, alignment) in inputs.into_iter().zip(alignments) {
        let mut capture = input.open(number(&opened), options);
        if let (Ok(capture), Some(alignment)) = (&mut capture, alignment) {
            capture.align(alignment);
        }
        opened.push(capture);
    }
    opened
}

/// Open captures that advance together.
pub(crate) struct Inputs {
    pub(crate) captures: Vec<Capture>,
    /// Time of the newest frame of each, `None` once it has ended.
    clocks: Vec<Option<Timestamp>>,
    pub(crate) failed: Vec<CaptureError>,
}

impl Inputs {
    pub(crate) fn open(sources: impl IntoIterator<Item = Source>, options: &Options) -> Self {
        let (mut captures, mut failed) = (Vec::new(), Vec::new());
        for opened in open_all(sources.into_iter().collect(), options) {
            match opened {
                Ok(capture) => captures.push(capture),
                Err(error) => failed.push(error),
            }
        }
        let clocks = vec![Some(Timestamp(i64::MIN)); captures.len()];
        Self {
            captures,
            clocks,
            failed,
        }
    }

    /// Reads one frame of the input that is furthest behind, so that the tracker's window has little
    /// left to put in order; `false` once all have ended.
    pub(crate) fn next_frame(&mut self, sink: &mut impl FnMut(Observation<'_>)) -> bool {
        let Some(index) = self.furthest_behind() else {
            return false;
        };
        let (capture, clock) = (&mut self.captures[index], &mut self.clocks[index]);
        *clock = capture.next_frame(sink).map(|frame| frame.time);
        true
    }

    fn furthest_behind(&self) -> Option<usize> {
        let open = self
            .clocks
            .iter()
            .enumerate()
            .filter_map(|(index, clock)| Some(((*clock)?, index)));
        open.min().map(|(_, index)| index)
    }

    pub(crate) fn coverage(&self) -> Vec<Coverage> {
        let of = |capture: &Capture| {
            let summary = capture.summary();
            Coverage {
                first: summary.first_time.unwrap_or_default(),
                last: summary.last_time.unwrap_or_default(),
                frames: summary.frames,
                losses: capture.losses(),
                ike_only: summary.format.is_log(),
            }
        };
        self.captures.iter().map(of).collect()
    }

    /// Where the lines of a log have no times, nothing took any time that could be told.
    fn without_made_up_times(&self, mut tunnel: Tunnel) -> Tunnel {
        let is_timed = |input: u16| {
            let capture = self.captures.get(usize::from(input));
            capture.is_none_or(|capture| {
                let summary = capture.summary();
                !summary.format.is_log() || summary.text.is_some_and(|text| text.absolute_times > 0)
            })
        };
        let exchanges = (tunnel.negotiations.iter_mut()).flat_map(|n| &mut n.exchanges);
        for exchange in exchanges {
            let mut messages = exchange.request.iter().chain(&exchange.response);
            if !messages.all(|message| is_timed(message.input)) {
                exchange.response_time = None;
            }
        }
        tunnel
    }

    /// The report takes the place of the flows in memory: on a hub's day they are most of it.
    pub(crate) fn report(
        &self,
        history: &mut History,
        diagnosis: &Diagnosis,
        detail: Detail,
    ) -> Report {
        let told = Told::choose(history, diagnosis, detail);
        let inputs = self.captures.iter().enumerate();
        let inputs = inputs.map(|(index, capture)| render::input(capture, history, index));
        Report {
            schema: SCHEMA,
            inputs: inputs.collect(),
            tunnels: (history
                .tunnels
                .iter_mut()
                .zip(&diagnosis.tunnels)
                .enumerate())
            .filter(|(_, (tunnel, judged))| is_tunnel(tunnel, judged))
            .map(|(index, (tunnel, judged))| {
                let report = render::tunnel(tunnel, judged, told.of(index));
                tunnel.flows = Vec::new();
                self.without_made_up_times(report)
            })
            .collect(),
            probes: diagnosis.probes.iter().map(render::probe).collect(),
            findings: diagnosis.findings.iter().map(render::finding).collect(),
        }
    }
}

/// An analysis that is fed packet by packet and reports negotiations as they finish.
///
/// ```
/// use ikescope::LiveAnalysis;
/// use ikescope::wire::observed::Timestamp;
///
/// let mut live = LiveAnalysis::new(ikescope::Limits::default());
/// // live.observe(&observation) for each packet of the tap, and now and then:
/// while let Some(finished) = live.poll(Timestamp::new(1_700_000_000, 0)) {
///     println!("{}: {}", finished.a, finished.verdict.summary);
/// }
/// assert!(live.finish().tunnels.is_empty());
/// ```
pub struct LiveAnalysis {
    tracker: Tracker,
    coverage: Coverage,
}

impl LiveAnalysis {
    /// An analysis that has seen nothing.
    #[must_use]
    pub fn new(settings: impl Into<Settings>) -> Self {
        Self {
            tracker: settings.into().tracker(),
            coverage: Coverage::default(),
        }
    }

    /// Takes what the tap saw.
    pub fn observe(&mut self, observation: &Observation<'_>) {
        let time = observation.sighting().time;
        if self.coverage.first == Timestamp::default() {
            self.coverage.first = time;
        }
        self.coverage.last = self.coverage.last.max(time);
        self.tracker.observe(observation);
    }

    /// A negotiation that has finished by `now`, as a tunnel that holds it and its flows; call it
    /// until it returns `None`.
    pub fn poll(&mut self, now: Timestamp) -> Option<Tunnel> {
        let tunnel = self.tracker.poll(now)?;
        let coverage = Coverage {
            last: now,
            ..self.coverage
        };
        Some(judged(&tunnel, &[coverage], &Hints::default()))
    }

    /// Ends the observation: the report on everything that has not been polled.
    #[must_use]
    pub fn finish(self) -> Report {
        let mut history = self.tracker.finish(&[self.coverage]);
        let diagnosis = diagnose(&history);
        Inputs {
            captures: Vec::new(),
            clocks: Vec::new(),
            failed: Vec::new(),
        }
        .report(&mut history, &diagnosis, Detail::Whole)
    }
}
