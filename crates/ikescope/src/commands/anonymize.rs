//! `ikescope anonymize`: the capture again, with nobody in it to be known.

use crate::anonymize::Anonymizer;
use crate::args::AnonymizeArgs;
use crate::commands::recapture::merge::Merged;
use crate::commands::recapture::sink::Sink;
use crate::complaint;
use crate::exit::Exit;
use crate::output::conversion;
use crate::output::progress::Progress;
use crate::output::screen::Screen;

/// Runs the command.
pub(crate) fn run(args: &AnonymizeArgs) -> anyhow::Result<Exit> {
    let format = args.format.format(args.output.as_deref());
    let mut sink = Sink::new(args.output.as_deref(), &args.inputs, format)?.nameless();
    let progress = Progress::of(&args.inputs);
    let mut merged = Merged::open(&args.inputs, &args.reading.text.options(), &progress);
    for error in &merged.failed {
        complaint::unreadable(error);
    }
    let mut anonymizer = Anonymizer::new(&args.reading.ike_ports);
    loop {
        let next = merged.advance();
        match next {
            Some(index) => anonymizer.push(index, merged.inputs()[index].frame.clone()),
            None => anonymizer.settle(),
        }
        while let Some((index, frame)) = anonymizer.pop() {
            sink.write(merged.inputs(), index, &frame, &[])?;
        }
        if next.is_none() {
            break;
        }
    }
    sink.finish(merged.inputs())?;
    drop(progress);
    for input in merged.inputs() {
        complaint::notes(input.frames.notes());
    }
    if sink.written.packets == 0 {
        return merged.nothing_to("write");
    }
    let screen = Screen::of_remarks(&args.look);
    conversion::tell_output(screen, &sink.name(), &sink.written, format);
    Ok(if sink.written.refused() > 0 {
        Exit::Lost
    } else {
        Exit::Written
    })
}
