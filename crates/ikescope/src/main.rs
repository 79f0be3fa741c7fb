//! The program: arguments in, a report and an exit status out.
#![forbid(unsafe_code)]

mod args;
mod commands;
mod complaint;
mod exit;
mod fgt2eth;
mod nearest;
mod output;

use std::process::ExitCode;
use std::{env, io};

use clap::Parser as _;

use crate::args::Arguments;
use crate::exit::Exit;

fn main() -> ExitCode {
    let arguments = Arguments::parse_from(fgt2eth::translated(env::args_os()));
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

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}
