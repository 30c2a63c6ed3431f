//! Every label and annotation that Outrigger reads or writes: its name, its parser, its documentation.

pub mod names;

use std::fmt;

/// An annotation whose value is not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// The annotation's name.
    pub name: String,
    /// The value that it has.
    pub value: String,
    /// What is wrong with it.
    pub cause: String,
    /// The values that are accepted, in words.
    pub accepted: &'static str,
}

/// All the annotations of a Pod whose values are not accepted, in the order of their names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidAnnotations(pub Vec<Invalid>);

impl fmt::Display for InvalidAnnotations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} error(s) occurred:", self.0.len())
    }
}

impl std::error::Error for InvalidAnnotations {}
