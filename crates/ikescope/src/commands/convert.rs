//! `ikescope convert`: any input as pcapng or pcap, and what became of it on standard error.

use anyhow::bail;
use ikescope_capture::{Condition, TextFrame};

use crate::args::ConvertArgs;
use crate::commands::recapture::merge::{Input, Merged};
use crate::commands::recapture::sink::Sink;
use crate::complaint;
use crate::exit::Exit;
use crate::output::conversion::{self, Tally};
use crate::output::progress::Progress;
use crate::output::screen::Screen;

/// Runs the command.
pub(crate) fn run(args: &ConvertArgs) -> anyhow::Result<Exit> {
    let format = args.format.format(args.output.as_deref());
    let mut sink = Sink::new(args.output.as_deref(), &args.inputs, format)?;
    let progress = Progress::of(&args.inputs);
    let mut merged = Merged::open(&args.inputs, &args.text.options(), &progress);
    for error in &merged.failed {
        complaint::unreadable(error);
    }
    let mut tallies = vec![Tally::default(); merged.inputs().len()];
    while let Some(index) = merged.advance() {
        let input = &merged.inputs()[index];
        let wanted = is_wanted(args, input);
        tallies[index].count(&input.frame, wanted);
        if wanted {
            let origin = input.frame.text.map(|text| origin(input, text));
            let comments: Vec<&str> = origin.iter().map(String::as_str).collect();
            sink.write(merged.inputs(), index, &input.frame, &comments)?;
        }
    }
    sink.finish(merged.inputs())?;
    drop(progress);
    let screen = Screen::of_remarks(&args.look);
    for (input, tally) in merged.inputs().iter().zip(&tallies) {
        complaint::notes(input.frames.notes());
        conversion::tell_input(screen, &input.frames, tally, format);
    }
    if tallies.iter().all(|tally| tally.read == 0) {
        return merged.nothing_to("convert");
    }
    if sink.written.packets == 0 {
        bail!("no packet was wanted or could be written; nothing is written");
    }
    conversion::tell_output(screen, &sink.name(), &sink.written, format);
    let lost = !merged.failed.is_empty()
        || sink.written.refused() > 0
        || merged
            .inputs()
            .iter()
            .any(|i| conversion::lost_any(&i.frames));
    Ok(if lost { Exit::Lost } else { Exit::Written })
}

fn is_wanted(args: &ConvertArgs, input: &Input) -> bool {
    let interface = input
        .frames
        .interfaces()
        .get(input.frame.interface as usize);
    let name = interface.and_then(|interface| interface.name.as_deref());
    args.interfaces.is_empty()
        || name.is_some_and(|name| args.interfaces.iter().any(|wanted| wanted == name))
}

/// Where a frame stands in its text, and how it came through.
fn origin(input: &Input, text: TextFrame) -> String {
    let condition = match text.condition {
        Condition::Repaired => ", repaired",
        Condition::Damaged => ", damaged: kept up to the damage",
        Condition::Doubtful => ", doubtful: its header, octets and checksums do not agree",
        _ => "",
    };
    let added = if text.added > 0 {
        ", Ethernet header made up"
    } else {
        ""
    };
    format!("{}:{}{condition}{added}", input.frames.name(), text.line)
}
