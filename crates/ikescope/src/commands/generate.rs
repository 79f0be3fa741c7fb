//! `--generate`: what packagers and scripts want of the program, made from its own definition.

use std::io::{self, BufWriter, Write};

use clap::{Command, CommandFactory as _};
use clap_complete::{Shell, generate};
use clap_mangen::Man;

use crate::args::{Arguments, Generated};
use crate::exit::Exit;

/// Writes it to standard output.
pub(crate) fn run(what: Generated) -> anyhow::Result<Exit> {
    let mut out = BufWriter::new(io::stdout().lock());
    let mut command = Arguments::command();
    match what {
        Generated::Man => manual(command, &mut out)?,
        Generated::CompleteBash => generate(Shell::Bash, &mut command, NAME, &mut out),
        Generated::CompleteZsh => generate(Shell::Zsh, &mut command, NAME, &mut out),
        Generated::CompleteFish => generate(Shell::Fish, &mut command, NAME, &mut out),
        Generated::CompletePowershell => generate(Shell::PowerShell, &mut command, NAME, &mut out),
        Generated::Schema => writeln!(out, "{:#}", ikescope::schema())?,
        Generated::ComparisonSchema => writeln!(out, "{:#}", ikescope::comparison_schema())?,
    }
    out.flush()?;
    Ok(Exit::Written)
}

/// The page of the program, then one for each of its commands.
fn manual(mut command: Command, out: &mut dyn Write) -> io::Result<()> {
    command.build();
    let commands = command.get_subcommands().cloned().collect::<Vec<_>>();
    Man::new(command).render(out)?;
    for command in commands {
        Man::new(command).render(out)?;
    }
    Ok(())
}

const NAME: &str = "ikescope";
