//! How far reading has come: on standard error, on a terminal only, after a second, erased at the end.

use std::env;
use std::fs::File;
use std::io::{self, IsTerminal as _, Read, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::output::words::size;

/// The progress of reading all inputs; dropping it erases the line.
#[derive(Debug)]
pub(crate) struct Progress(Option<Arc<Mutex<State>>>);

#[derive(Debug)]
struct State {
    label: String,
    total: u64,
    read: u64,
    /// When the line is drawn next.
    due: Instant,
    drawn: bool,
}

impl Progress {
    /// Of files whose size is known; of nothing if one of them is a pipe or nobody watches.
    pub(crate) fn of(inputs: &[PathBuf]) -> Self {
        let dumb = env::var_os("TERM").is_some_and(|term| term == "dumb");
        if dumb || !io::stderr().is_terminal() {
            return Self(None);
        }
        let size = |path: &PathBuf| {
            path.metadata()
                .ok()
                .filter(|file| file.is_file())
                .map(|f| f.len())
        };
        let Some(total) = inputs.iter().map(size).sum::<Option<u64>>() else {
            return Self(None);
        };
        let label = match inputs {
            [only] => only.display().to_string(),
            several => format!("{} inputs", several.len()),
        };
        Self(Some(Arc::new(Mutex::new(State {
            label,
            total,
            read: 0,
            due: Instant::now() + PATIENCE,
            drawn: false,
        }))))
    }

    /// The file, counted while it is read; nothing if it cannot be opened or need not be counted.
    pub(crate) fn watched(&self, path: &Path) -> Option<Watched> {
        let state = Arc::clone(self.0.as_ref()?);
        let file = File::open(path).ok()?;
        Some(Watched { file, state })
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(state) = &self.0
            && state.lock().unwrap_or_else(PoisonError::into_inner).drawn
        {
            let _ = io::stderr().write_all(b"\r\x1b[K");
        }
    }
}

/// A file that tells how far it was read.
#[derive(Debug)]
pub(crate) struct Watched {
    file: File,
    state: Arc<Mutex<State>>,
}

impl Read for Watched {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(into)?;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.read += count as u64;
        let now = Instant::now();
        if now >= state.due {
            state.due = now + INTERVAL;
            state.drawn = true;
            let line = state.line();
            drop(state);
            // Nothing depends on whether it is seen.
            let _ = io::stderr().write_all(line.as_bytes());
        }
        Ok(count)
    }
}

impl State {
    fn line(&self) -> String {
        let percent = self.read.min(self.total) * 100 / self.total.max(1);
        let (read, total) = (size(self.read), size(self.total));
        let read = match (read.split_once(' '), total.split_once(' ')) {
            (Some((number, unit)), Some((_, of_total))) if unit == of_total => number.to_owned(),
            _ => read,
        };
        format!("\r\x1b[K{}  {percent}%  {read} of {total}", self.label)
    }
}

const PATIENCE: Duration = Duration::from_secs(1);
const INTERVAL: Duration = Duration::from_millis(200);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_how_much_of_how_much() {
        let state = State {
            label: "console.log".to_owned(),
            total: 16_600_000,
            read: 10_300_000,
            due: Instant::now(),
            drawn: false,
        };
        assert_eq!(state.line(), "\r\x1b[Kconsole.log  62%  10.3 of 16.6 MB");
    }
}
