//! One file per command.

pub(crate) mod dissect;
pub(crate) mod explain;
mod hex_text;
mod pasted;
mod report;
mod selection;

use std::io;
use std::path::Path;

use ikescope_capture::{Capture, CaptureError, Options};

use crate::args::{Arguments, Command};
use crate::exit::Exit;

/// Does what the command line says.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    match &arguments.command {
        Some(Command::Dissect(args)) => dissect::run(args),
        Some(Command::Explain(args)) => explain::run(args),
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
