//! Why a text is not JSON.

use std::fmt;

/// Why a text is not JSON, with line and column.
#[derive(Debug)]
pub struct Error(Box<Fault>);

/// Boxed, as results that may be errors are passed on with every value that is read.
#[derive(Debug)]
struct Fault {
    what: &'static str,
    line: usize,
    column: usize,
    is_eof: bool,
}

impl Error {
    /// A fault at a byte of the text.
    #[cold]
    pub(crate) fn at(text: &[u8], at: usize, what: &'static str) -> Self {
        let before = text.get(..at).unwrap_or(text);
        let start = before
            .iter()
            .rposition(|b| *b == b'\n')
            .map_or(0, |n| n + 1);
        let is_eof = at >= text.len();
        Self(Box::new(Fault {
            what,
            line: before.split(|b| *b == b'\n').count(),
            column: before.len() - start + usize::from(!is_eof),
            is_eof,
        }))
    }

    /// The line of the fault, from 1.
    pub fn line(&self) -> usize {
        self.0.line
    }

    /// The column of the fault, in bytes, from 1; where the text ends too early that of its last byte, 0 at a line's
    /// start.
    pub fn column(&self) -> usize {
        self.0.column
    }

    /// Whether the text ended before the value did.
    pub fn is_eof(&self) -> bool {
        self.0.is_eof
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Fault {
            what,
            line,
            column,
            is_eof,
        } = &*self.0;
        let what = if *is_eof {
            "the text ends too early"
        } else {
            what
        };
        write!(f, "{what} at line {line} column {column}")
    }
}

impl std::error::Error for Error {}
