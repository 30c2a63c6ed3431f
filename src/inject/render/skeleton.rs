//! A skeleton, parsed: the structure of a template's output with places for values.

use std::borrow::Cow;

use outrigger_json::{Array, Object, Value};
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
    /// What is the same whatever the values are: trees that are filled borrow it.
    Fixed(Value<'static>),
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

impl Node {
    fn fixed(self) -> Option<Value<'static>> {
        match self {
            Self::Fixed(value) => Some(value),
            _ => None,
        }
    }
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
            Ok(_) => scalar.value().map(Node::Fixed),
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
        if items.iter().all(|item| matches!(item, Node::Fixed(_))) {
            let fixed = items.into_iter().filter_map(Node::fixed);
            return Node::Fixed(Value::Array(fixed.collect::<Array<'_>>()));
        }
        Node::Sequence(items)
    }

    fn mapping(&mut self, entries: Vec<(Key, Node)>) -> Node {
        let is_fixed = |entry: &(Key, Node)| matches!(entry, (Key::Text(_), Node::Fixed(_)));
        if entries.iter().all(is_fixed) {
            let fixed = entries.into_iter().filter_map(|(key, node)| match key {
                Key::Text(key) => Some((key.into_string(), node.fixed()?)),
                _ => None,
            });
            return Node::Fixed(fixed.collect::<Object<'_>>().into());
        }
        Node::Mapping(entries)
    }

    fn entries(&mut self, node: Node) -> Option<Vec<(Key, Node)>> {
        match node {
            Node::Mapping(entries) => Some(entries),
            Node::Fixed(Value::Object(object)) => {
                let entry = |(key, value): (Cow<'static, str>, _)| {
                    (Key::Text(key.into()), Node::Fixed(value))
                };
                Some(object.into_iter().map(entry).collect())
            }
            _ => None,
        }
    }
}
