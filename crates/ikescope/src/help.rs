//! Short help and long help: the same list, `-h` with the first sentence of each entry.

use clap::{Arg, Command};

/// The command line of a program whose help is short.
pub(crate) fn shortened(command: Command) -> Command {
    command
        .after_help("")
        .mut_args(first_sentence_of)
        .mut_subcommands(shortened)
}

fn first_sentence_of(argument: Arg) -> Arg {
    let Some(help) = argument.get_help().map(ToString::to_string) else {
        return argument;
    };
    let short = first_sentence(&help).to_owned();
    argument.help(short)
}

/// Up to the first full stop that a blank follows.
fn first_sentence(text: &str) -> &str {
    let (sentence, _) = text.split_once(". ").unwrap_or((text, ""));
    sentence.trim_end_matches('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_ends_before_a_blank() {
        assert_eq!(
            first_sentence("Write there, as .html. Or not."),
            "Write there, as .html"
        );
        assert_eq!(first_sentence("One line."), "One line");
    }
}
