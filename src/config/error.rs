//! Why a configuration is refused.

use std::fmt;

/// Why a source of configuration is refused, with the place where that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The source: the name of its [`Text`](super::Text).
    pub source_name: String,
    /// Line and column, from 1.
    pub position: Option<(usize, usize)>,
    /// What is wrong, with the path of the field.
    pub message: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source_name)?;
        if let Some((line, column)) = self.position {
            write!(f, ":{line}:{column}")?;
        }
        write!(f, ": {}", self.message)
    }
}

impl std::error::Error for ConfigError {}
