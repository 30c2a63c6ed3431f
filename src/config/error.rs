//! Why a configuration is refused, or doubted.

use std::fmt;

/// Why a source of configuration is refused, or what is doubtful in it, with the place where that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The source: the name of its [`Text`](super::Text). Where lines do not count from the head of that, because a
    /// part of it is a quoted string, the part follows in parentheses.
    pub source_name: String,
    /// Line and column, from 1.
    pub position: Option<(usize, usize)>,
    /// What sort of fault it is.
    pub fault: Fault,
    /// What is wrong, with the path of the field.
    pub message: String,
    /// The line at fault, as far as columns count.
    pub excerpt: Option<String>,
}

/// What sort of fault a [`ConfigError`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The text is not YAML.
    Syntax,
    /// A value is not of the type that its field has, or the object is of another kind.
    Type,
    /// The ConfigMap has not the key that is asked for.
    Missing,
    /// The value is read but does not do what its author may think.
    Doubt,
    /// The source is at fault, and left out: another one holds without it.
    LeftOut,
}

impl ConfigError {
    /// The same of a source that others hold without.
    pub(super) fn left_out(self) -> Self {
        Self {
            fault: Fault::LeftOut,
            message: format!("left out: {}", self.message),
            ..self
        }
    }
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
