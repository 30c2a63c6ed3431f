//! The arguments of a call, as a function asks for them.

use crate::collection::{List, Map};
use crate::text::Text;
use crate::value::Value;

/// The arguments of one call, whose number and types were checked against the function's parameters.
///
/// The typed getters do not fail: past the last argument, or where the parameter was declared of another type, they
/// give the type's zero value.
#[derive(Debug)]
pub struct Args<'s, 'a> {
    values: &'s mut [Value<'a>],
}

impl<'s, 'a> Args<'s, 'a> {
    pub(super) fn new(values: &'s mut [Value<'a>]) -> Self {
        Self { values }
    }
}

impl<'a> Args<'_, 'a> {
    /// The number of arguments given.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The argument at a position, [`Value::Nil`] past the last.
    pub fn value(&self, position: usize) -> &Value<'a> {
        self.values.get(position).unwrap_or(&Value::Nil)
    }

    /// Moves the argument at a position out, which saves a clone.
    pub fn take(&mut self, position: usize) -> Value<'a> {
        self.values
            .get_mut(position)
            .map_or(Value::Nil, |value| std::mem::replace(value, Value::Nil))
    }

    /// All arguments from a position on.
    pub fn rest(&self, from: usize) -> &[Value<'a>] {
        self.values.get(from..).unwrap_or(&[])
    }

    /// The characters of a string argument.
    pub fn str(&self, position: usize) -> &str {
        self.value(position).as_text().map_or("", Text::as_str)
    }

    /// A string argument with its origin.
    pub fn text(&self, position: usize) -> Text<'a> {
        self.value(position)
            .as_text()
            .cloned()
            .unwrap_or_else(|| Text::plain(""))
    }

    /// An integer argument of any kind.
    pub fn int(&self, position: usize) -> i64 {
        self.value(position).as_i64().unwrap_or(0)
    }

    /// A floating-point argument.
    pub fn float(&self, position: usize) -> f64 {
        self.value(position).as_f64().unwrap_or(0.0)
    }

    /// A boolean argument.
    pub fn bool(&self, position: usize) -> bool {
        matches!(self.value(position), Value::Bool(true))
    }

    /// A list argument that was made by a function or the caller; see [`Value::items`] for the host's as well.
    pub fn list(&self, position: usize) -> Option<&List<'a>> {
        match self.value(position) {
            Value::List(list) => Some(list),
            _ => None,
        }
    }

    /// A map argument that was made by a function or the caller; `None` for a nil map and for the host's, which
    /// [`Value::get`] and [`Value::entries`] read.
    pub fn map(&self, position: usize) -> Option<&Map<'a>> {
        match self.value(position) {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }
}
