//! Protocol buffer messages without generated code: a table of fields, and messages that follow it.

/// A message of one of the table's types.
#[derive(Clone, Debug, Default)]
pub struct Message {}

impl Message {
    /// The string of a field by its JSON name; empty where it is not set.
    pub fn str(&self, name: &str) -> &str {
        let _ = name;
        ""
    }

    /// The boolean of a field by its JSON name, where it is set.
    pub fn bool(&self, name: &str) -> Option<bool> {
        let _ = name;
        None
    }
}
