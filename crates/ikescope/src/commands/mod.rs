//! One file per command.

mod annotate;
mod anonymize;
mod compare;
mod convert;
mod decrypt;
pub(crate) mod dissect;
pub(crate) mod explain;
mod follow;
mod generate;
mod growing;
mod hex_text;
mod keys;
mod pasted;
mod pre_shared;
pub(crate) mod recapture;
mod report;
mod second_look;
mod selection;
mod vendor_ids;
mod window;

use std::path::{Path, PathBuf};
use std::{fs, io};

use anyhow::bail;
use ikescope::{Limits, Settings};
use ikescope_capture::{Capture, CaptureError, Options};

use crate::args::{Arguments, Command, DecryptionArgs, ReadingArgs};
use crate::exit::Exit;

/// Does what the command line says.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    if let Some(what) = arguments.generate {
        return generate::run(what);
    }
    match &arguments.command {
        Some(Command::Anonymize(args)) => anonymize::run(args),
        Some(Command::Annotate(args)) => annotate::run(args),
        Some(Command::Compare(args)) => compare::run(args),
        Some(Command::Convert(args)) => convert::run(args),
        Some(Command::Decrypt(args)) => decrypt::run(args),
        Some(Command::Dissect(args)) => dissect::run(args),
        Some(Command::Explain(args)) => explain::run(args),
        Some(Command::Keys(args)) => keys::run(args),
        None if arguments.report.following.follow => follow::run(&arguments.report),
        None => report::run(&arguments.report),
    }
}

/// What standard input is called on the command line.
const STDIN: &str = "-";

/// Opens an input; `-` is standard input.
fn open(path: &Path, input: u16, options: &Options) -> Result<Capture, CaptureError> {
    if path.as_os_str() == STDIN {
        Capture::from_reader("stdin", io::stdin(), input, options)
    } else {
        Capture::open(path, input, options)
    }
}

/// How one capture is to be read.
fn options(reading: &ReadingArgs) -> Options {
    let mut options = Options::default();
    options.ike_ports.clone_from(&reading.ike_ports);
    options.text = reading.text.options();
    options
}

/// How captures are to be read.
fn settings(reading: &ReadingArgs, decryption: &DecryptionArgs) -> anyhow::Result<Settings> {
    let limits = Limits {
        ike_ports: reading.ike_ports.clone(),
        ..Limits::default()
    };
    Ok(Settings {
        limits,
        keyring: keys::keyring(decryption)?,
        text: reading.text.options(),
    })
}

/// Complains if the output is one of the inputs: it would be gone before it is read.
fn refuse_input(output: &Path, inputs: &[PathBuf]) -> anyhow::Result<()> {
    let Ok(file) = fs::canonicalize(output) else {
        return Ok(());
    };
    let is_output = |input: &PathBuf| fs::canonicalize(input).is_ok_and(|input| input == file);
    if inputs.iter().any(is_output) {
        bail!(
            "{} is an input; choose another file for --output",
            output.display()
        );
    }
    Ok(())
}
