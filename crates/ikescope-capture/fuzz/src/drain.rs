//! What the targets make of their input; the tests that replay finds use the same.

use std::io::Cursor;

use ikescope_capture::{Capture, Options};

/// Reads octets as a capture file, whatever they are, to their end. Gives the number of observations.
pub(crate) fn drain(file: &[u8]) -> usize {
    let input = Cursor::new(file.to_vec());
    let Ok(mut capture) = Capture::from_reader("fuzz", input, 0, &Options::default()) else {
        return 0;
    };
    let mut observations = 0;
    while capture.next_frame(&mut |_| observations += 1).is_some() {}
    for note in capture.notes() {
        assert!(!note.to_string().is_empty());
    }
    observations
}
