//! From YAML to the JSON tree.

use std::borrow::Cow;

use outrigger_json::{Object, Value};

use crate::{Build, Error, Scalar, parse_with};

/// Reads the first document of `text`; a text without a document is null.
///
/// # Errors
/// The text is not YAML, or has no form in JSON: see [`Error`].
pub fn parse(text: &str) -> Result<Value<'static>, Error> {
    parse_with(text, &mut Tree)
}

struct Tree;

impl Build for Tree {
    type Node = Value<'static>;
    type Key = Cow<'static, str>;

    fn scalar(&mut self, scalar: Scalar) -> Result<Self::Node, String> {
        scalar.value()
    }

    fn key(&mut self, scalar: Scalar) -> Result<Self::Key, String> {
        scalar.key()
    }

    fn sequence(&mut self, items: Vec<Self::Node>) -> Self::Node {
        items.into()
    }

    fn mapping(&mut self, entries: Vec<(Self::Key, Self::Node)>) -> Self::Node {
        Value::Object(entries.into_iter().collect::<Object<'_>>())
    }

    fn entries(&mut self, node: Self::Node) -> Option<Vec<(Self::Key, Self::Node)>> {
        match node {
            Value::Object(object) => Some(object.into_iter().collect()),
            _ => None,
        }
    }
}
