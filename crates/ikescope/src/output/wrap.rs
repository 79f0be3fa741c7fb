//! Text broken into lines.

/// Breaks text at blanks into lines of at most `width` characters. A word that is longer stands
/// alone on its line, whole: commands and hex are never cut.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    let mut length = 0;
    for word in words(text) {
        let word_length = word.chars().count();
        if length > 0 && length + 1 + word_length > width {
            lines.push(std::mem::take(&mut line));
            length = 0;
        }
        if length > 0 {
            line.push(' ');
            length += 1;
        }
        line.push_str(&word);
        length += word_length;
    }
    if length > 0 || lines.is_empty() {
        lines.push(line);
    }
    lines
}

/// The words of a text; a number keeps its unit, and what is counted its count (`N x3`).
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        match words.last_mut().filter(|last| belongs(last, word)) {
            Some(last) => {
                last.push(' ');
                last.push_str(word);
            }
            None => words.push(word.to_owned()),
        }
    }
    words
}

/// Whether a word says nothing apart from the one before it.
fn belongs(before: &str, word: &str) -> bool {
    let bare = word.trim_end_matches(['.', ',', ';', ')', '}']);
    let is_digit = |c: char| c.is_ascii_digit();
    let is_unit = UNITS.contains(&bare) && before.ends_with(is_digit);
    let count = bare.strip_prefix(['x', '\u{d7}']);
    is_unit || count.is_some_and(|count| !count.is_empty() && count.chars().all(is_digit))
}

const UNITS: [&str; 6] = ["s", "ms", "B", "kB", "MB", "GB"];

/// The same for remarks that stand two blanks or more apart: a line breaks between remarks if it
/// can, and inside of one only if that alone is too long.
pub(crate) fn wrap_remarks(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = text.trim_end();
    while rest.chars().count() > width {
        let end = rest
            .char_indices()
            .nth(width + 2)
            .map_or(rest.len(), |(index, _)| index);
        let head = rest.get(..end).unwrap_or(rest);
        let gap = head
            .rfind("  ")
            .or_else(|| rest.find("  "))
            .unwrap_or(rest.len());
        let (line, more) = rest.split_at(gap);
        let line = line.trim_end();
        if line.chars().count() <= width {
            lines.push(line.to_owned());
        } else {
            lines.extend(wrap(line, width));
        }
        rest = more.trim_start();
    }
    if !rest.is_empty() || lines.is_empty() {
        lines.push(rest.to_owned());
    }
    lines
}

/// Breaks a line that is laid out in columns; what does not fit goes on below, from column `indent`.
pub(crate) fn hang(line: &str, width: usize, indent: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = line.to_owned();
    while rest.chars().count() > width {
        let end = rest
            .char_indices()
            .nth(width + 1)
            .map_or(rest.len(), |(index, _)| index);
        let start = rest
            .char_indices()
            .nth(indent)
            .map_or(0, |(index, _)| index);
        let blank = |range: &str| range.rfind(' ');
        let inside = rest.get(start..end).and_then(blank).map(|gap| start + gap);
        // A word that is too long stays whole.
        let behind = || Some(end + rest.get(end..)?.find(' ')?);
        let Some(gap) = inside.filter(|gap| *gap > start).or_else(behind) else {
            break;
        };
        let (head, tail) = rest.split_at(gap);
        lines.push(head.trim_end().to_owned());
        rest = format!("{:indent$}{}", "", tail.trim_start());
    }
    lines.push(rest);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breaks_at_blanks_and_never_inside_a_word() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("a 0123456789 b", 5), ["a", "0123456789", "b"]);
        assert_eq!(wrap("", 5), [""]);
    }

    #[test]
    fn a_number_keeps_its_unit() {
        assert_eq!(
            wrap("after 3.0 6.0 s, then", 14),
            ["after 3.0", "6.0 s, then"]
        );
        assert_eq!(wrap("an s", 3), ["an", "s"]);
        assert_eq!(wrap("SA KE N x3", 9), ["SA KE", "N x3"]);
    }

    #[test]
    fn columns_stay_and_the_rest_hangs_below() {
        let line = "  @28   SA   one two three four";
        assert_eq!(
            hang(line, 24, 13),
            ["  @28   SA   one two", "             three four"]
        );
        assert_eq!(hang("short", 24, 13), ["short"]);
        let word = format!("  @28   SA   {}", "ab".repeat(20));
        assert_eq!(hang(&word, 24, 13), [word.as_str()]);
        assert_eq!(
            hang(&format!("{word} next"), 24, 13),
            [word.as_str(), "             next"]
        );
    }

    #[test]
    fn remarks_stay_apart() {
        assert_eq!(
            wrap_remarks("UDP 500   SA KE  21 ms", 15),
            ["UDP 500   SA KE", "21 ms"]
        );
        assert_eq!(
            wrap_remarks("UDP 500   SA KE  21 ms", 30),
            ["UDP 500   SA KE  21 ms"]
        );
        assert_eq!(
            wrap_remarks("one two three  x", 7),
            ["one two", "three", "x"]
        );
        assert_eq!(wrap_remarks("one two three", 7), ["one two", "three"]);
    }
}
