//! A line on standard error that tells how far something long has come, where that is a terminal.

use std::io::{self, IsTerminal as _, Write as _};

/// The line; it goes away when the value does.
pub(super) struct Progress {
    what: &'static str,
    is_shown: bool,
    is_written: bool,
}

impl Progress {
    /// A line about `what`, which nothing is said of yet.
    pub(super) fn new(what: &'static str) -> Self {
        Self {
            what,
            is_shown: io::stderr().is_terminal(),
            is_written: false,
        }
    }

    /// Tells that `done` of `total` are done.
    pub(super) fn set(&mut self, done: usize, total: usize) {
        if self.is_shown && done < total {
            const WIDTH: usize = 30;
            let filled = (done * WIDTH).checked_div(total).unwrap_or_default();
            let bar = format!("{:<WIDTH$}", "#".repeat(filled.min(WIDTH)));
            // A terminal that went away is nobody's fault.
            let _ = write!(io::stderr(), "\r[{bar}] {done} of {total} {}", self.what);
            self.is_written = true;
        }
    }

    /// Takes the line away.
    pub(super) fn clear(&mut self) {
        if std::mem::take(&mut self.is_written) {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}
