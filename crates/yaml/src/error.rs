//! Errors, each with its place.

use std::fmt;

use saphyr_parser::{Marker, ScanError};

/// Why a text is not YAML, or not YAML that has a form in JSON, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    line: usize,
    column: usize,
    message: String,
}

impl Error {
    pub(crate) fn new(line: usize, column: usize, message: impl Into<String>) -> Self {
        Self {
            line,
            column,
            message: message.into(),
        }
    }

    pub(crate) fn at(mark: Marker, message: impl Into<String>) -> Self {
        Self::new(mark.line(), mark.col() + 1, message)
    }

    /// The line of the fault, from 1.
    pub const fn line(&self) -> usize {
        self.line
    }

    /// The column of the fault in characters, from 1.
    pub const fn column(&self) -> usize {
        self.column
    }

    /// What is wrong, without the place.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The same error in a text that has `lines` more lines before it.
    #[must_use]
    pub fn below(mut self, lines: usize) -> Self {
        self.line += lines;
        self
    }
}

impl From<ScanError> for Error {
    fn from(error: ScanError) -> Self {
        Self::at(*error.marker(), error.info())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "line {}, column {}: {}",
            self.line, self.column, self.message
        )
    }
}

impl std::error::Error for Error {}
