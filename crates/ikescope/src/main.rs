//! The program: arguments in, a report and an exit status out.
#![forbid(unsafe_code)]

mod anonymize;
mod args;
mod commands;
mod complaint;
mod exit;
mod fgt2eth;
mod help;
mod nearest;
mod output;
mod redact;
mod text_times;

use std::process::ExitCode;
use std::{env, io};

use clap::{CommandFactory as _, FromArgMatches as _};

use crate::args::Arguments;
use crate::exit::Exit;

fn main() -> ExitCode {
    let arguments = arguments();
    let exit = match commands::run(&arguments) {
        Ok(exit) => exit,
        // Whoever closes the pipe has read enough.
        Err(error) if is_closed_pipe(&error) => Exit::Written,
        Err(error) => {
            complaint::error(&error);
            Exit::Unusable
        }
    };
    exit.into()
}

/// What the command line says; help, and what is wrong with it, end the program here.
fn arguments() -> Arguments {
    let command = Arguments::command();
    let said = fgt2eth::translated(env::args_os());
    let wants_short_help = said.iter().any(|argument| argument == "-h");
    let command = if wants_short_help {
        help::shortened(command)
    } else {
        command
    };
    let matches = command.get_matches_from(said);
    Arguments::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}
