//! What a page, or `-vv`, shows beside the report is read from the inputs a second time: the messages of the
//! tunnels that it tells whole, and a digest of each file, so that others know which one it was.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use ikescope::report::Report;
use ikescope_analysis::Ports;
use ikescope_capture::Capture;
use ikescope_wire::observed::{Observation, Sighting};
use sha2::{Digest as _, Sha256};

use crate::anonymize::nat::Ends;
use crate::args::ReportArgs;
use crate::commands::STDIN;
use crate::commands::dissect::{self, Decryption, Found};
use crate::output::html::{Extras, Messages, shown_frames};
use crate::output::message_text::{self, Look};
use crate::output::screen::Screen;
use crate::redact::Redactor;

/// Reads the inputs again.
pub(crate) struct SecondLook<'a> {
    args: &'a ReportArgs,
    redactor: &'a mut Redactor,
    screen: Screen,
    wanted: BTreeSet<(u16, u64)>,
    decryption: Option<Decryption>,
    messages: Messages,
}

impl<'a> SecondLook<'a> {
    /// `redactor` knows what stands for what in the report; `screen` shows the messages.
    ///
    /// # Errors
    /// If keys were given that cannot be read.
    pub(crate) fn new(
        args: &'a ReportArgs,
        redactor: &'a mut Redactor,
        screen: Screen,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            args,
            redactor,
            screen,
            wanted: BTreeSet::new(),
            decryption: Decryption::new(&args.decryption)?,
            messages: Messages::new(),
        })
    }

    /// Reads what there is to add from the inputs at these paths. One that cannot be read twice adds
    /// nothing.
    pub(crate) fn extras(self, report: &Report, paths: &[String]) -> Extras {
        let digests = paths.iter().map(Path::new);
        let digests = digests.map(|path| digest(path).ok().filter(|_| self.is_file(path)));
        Extras {
            digests: digests.collect(),
            messages: self.messages(shown_frames(report), paths),
        }
    }

    /// The messages in these frames of the inputs at these paths.
    pub(crate) fn messages(
        mut self,
        frames: impl IntoIterator<Item = (u16, u64)>,
        paths: &[String],
    ) -> Messages {
        self.wanted = frames.into_iter().collect();
        for (index, path) in paths.iter().map(Path::new).enumerate() {
            if self.is_file(path) {
                self.read(path, u16::try_from(index).unwrap_or(u16::MAX));
            }
        }
        self.messages
    }

    fn is_file(&self, path: &Path) -> bool {
        let mut given = self.args.inputs.iter();
        given.any(|given| given == path && given.as_os_str() != STDIN)
    }

    /// Reads the wanted messages of one input, as far as the last of them.
    fn read(&mut self, path: &Path, input: u16) {
        let last = self
            .wanted
            .range((input, 0)..=(input, u64::MAX))
            .next_back();
        let Some(last) = last.map(|place| place.1) else {
            return;
        };
        let options = super::options(&self.args.reading);
        let Ok(mut capture) = Capture::open(path, input, &options) else {
            return;
        };
        let mut ports = Ports::new(&self.args.reading.ike_ports);
        let mut take = |observation: Observation<'_>| {
            if let Some(found) = dissect::message_in(&observation, &mut ports) {
                self.keep(found, input);
            }
        };
        while let Some(frame) = capture.next_frame(&mut take) {
            if frame.number >= last {
                break;
            }
        }
    }

    fn keep(&mut self, found: Found<'_>, input: u16) {
        // What is not wanted is opened all the same: later messages may depend on it.
        let keys = self.decryption.as_mut();
        let opened = keys.and_then(|keys| keys.open(found.octets));
        let number = found.sighting.map_or(0, |sighting| sighting.frame.number);
        if !self.wanted.contains(&(input, number)) {
            return;
        }
        let mut octets = found.octets.to_vec();
        let redact = self.args.writing.redact;
        let sighting = found.sighting.map(|sighting| match redact {
            true => self.redacted(&mut octets, sighting),
            false => sighting,
        });
        let found = Found {
            sighting,
            octets: &octets,
            opened: opened.as_ref().filter(|_| !redact),
            ..found
        };
        let mut text = Vec::new();
        if message_text::tree(&mut text, &self.screen, &found, LOOK).is_ok() {
            let text = String::from_utf8_lossy(&text).trim_end().to_owned();
            self.messages.insert((input, number), text);
        }
    }

    fn redacted(&mut self, octets: &mut [u8], sighting: Sighting) -> Sighting {
        let ends = Ends {
            source: sighting.source,
            destination: sighting.destination,
        };
        let Ends {
            source,
            destination,
        } = self.redactor.message(octets, ends);
        Sighting {
            source,
            destination,
            ..sighting
        }
    }
}

fn digest(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(hex::encode(hash.finalize()));
        }
        hash.update(buffer.get(..read).unwrap_or_default());
    }
}

/// Trees in a page: wide, and nothing in them acts on a terminal.
pub(crate) const PAGE: Screen = Screen {
    color: false,
    utf8: true,
    width: 120,
};
/// Reports are handed on: no value whole, no secret.
const LOOK: Look = Look {
    whole: false,
    show_secrets: false,
};
