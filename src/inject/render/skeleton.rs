//! A skeleton, parsed: the structure of a template's output with places for values.

use outrigger_json::{Number, Value};
use outrigger_yaml::{Build, Error, Scalar, Style, parse_with};

use super::marker::{Part, Shape, parts};

/// A parsed skeleton.
#[derive(Debug)]
pub(super) struct Skeleton {
    pub(super) root: Node,
    /// The values whose own structure is asked for.
    pub(super) structures: Vec<usize>,
}

impl Skeleton {
    pub(super) fn parse(text: &str) -> Result<Self, Error> {
        let mut builder = Builder {
            structures: Vec::new(),
        };
        let root = parse_with(text, &mut builder)?;
        Ok(Self {
            root,
            structures: builder.structures,
        })
    }
}

/// A node of a skeleton.
#[derive(Clone, Debug)]
pub(super) enum Node {
    Null,
    Bool(bool),
    Number(Number<'static>),
    Text(Box<str>),
    /// A string with values in it.
    Mixed(Vec<Part>),
    /// The same, written as a block whose lines are kept.
    Block(Vec<Part>),
    /// A plain scalar that is nothing but a value.
    Value(usize),
    /// The items of a value stand here among others.
    Items(usize),
    Sequence(Vec<Self>),
    Mapping(Vec<(Key, Self)>),
}

/// A key of a skeleton's mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Text(Box<str>),
    Mixed(Vec<Part>),
    Value(usize),
    /// The entries of a value stand here among others.
    Entries(usize),
}

struct Builder {
    structures: Vec<usize>,
}

impl Build for Builder {
    type Node = Node;
    type Key = Key;

    fn scalar(&mut self, scalar: Scalar) -> Result<Node, String> {
        let plain = scalar.style == Style::Plain && scalar.tag.is_none();
        let mixed = match scalar.style {
            Style::Literal => Node::Block,
            _ => Node::Mixed,
        };
        match parts(&scalar.text) {
            Err((Shape::Scalar, value)) if plain => {
                self.structures.push(value);
                Ok(Node::Value(value))
            }
            Err((Shape::Sequence, value)) if plain => {
                self.structures.push(value);
                Ok(Node::Items(value))
            }
            Err((_, value)) => Ok(mixed(vec![Part::Value(value)])),
            Ok(parts) if parts.iter().any(|p| matches!(p, Part::Value(_))) => Ok(mixed(parts)),
            Ok(_) => Ok(match scalar.value()? {
                Value::Bool(b) => Node::Bool(b),
                Value::Number(number) => Node::Number(number),
                Value::String(text) => Node::Text(text.into()),
                // A scalar is neither list nor object.
                Value::Null | Value::Array(_) | Value::Object(_) => Node::Null,
            }),
        }
    }

    fn key(&mut self, scalar: Scalar) -> Result<Key, String> {
        match parts(&scalar.text) {
            Err((Shape::Mapping, value)) if scalar.style == Style::Plain => {
                self.structures.push(value);
                Ok(Key::Entries(value))
            }
            Err((Shape::Scalar, value)) if scalar.style == Style::Plain => Ok(Key::Value(value)),
            Err((_, value)) => Ok(Key::Mixed(vec![Part::Value(value)])),
            Ok(parts) if parts.iter().any(|p| matches!(p, Part::Value(_))) => Ok(Key::Mixed(parts)),
            Ok(_) => Ok(Key::Text(scalar.key()?.into())),
        }
    }

    fn sequence(&mut self, items: Vec<Node>) -> Node {
        Node::Sequence(items)
    }

    fn mapping(&mut self, entries: Vec<(Key, Node)>) -> Node {
        Node::Mapping(entries)
    }

    fn entries(&mut self, node: Node) -> Option<Vec<(Key, Node)>> {
        if let Node::Mapping(entries) = node {
            Some(entries)
        } else {
            None
        }
    }
}
