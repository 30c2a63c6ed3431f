//! Values into a skeleton.

use std::{borrow::Cow, sync::Arc};

use outrigger_gotemplate::Origin;
use outrigger_json::{Object, Value};

use super::{
    marker::{self, Datum, Part, Printed},
    skeleton::{Key, Node},
};

/// The values of one rendering, those that are structures parsed.
pub(super) struct Values<'r> {
    pub(super) printed: &'r Printed,
    /// By the value's number.
    pub(super) structures: &'r [Option<Arc<Value<'static>>>],
}

impl<'r> Values<'r> {
    /// Makes the tree; it borrows from the skeleton and the values.
    pub(super) fn fill(&self, node: &'r Node) -> Result<Value<'r>, String> {
        Ok(match node {
            Node::Fixed(value) => value.borrowed(),
            Node::Mixed(parts) => self.text(parts).into(),
            Node::Block(parts) => self.block(parts).into(),
            Node::Value(at) => self.value(*at),
            Node::Items(_) => return Err("list items stand where there is no list".to_owned()),
            Node::Sequence(nodes) => {
                let mut items = Vec::with_capacity(nodes.len());
                for node in nodes {
                    match node {
                        Node::Items(at) => match self.structure(*at) {
                            Some(Value::Array(more)) => items.extend(more),
                            Some(Value::Null) => {}
                            _ => return Err("what should be list items is no list".to_owned()),
                        },
                        node => items.push(self.fill(node)?),
                    }
                }
                items.into()
            }
            Node::Mapping(entries) => self.mapping(entries)?.into(),
        })
    }

    fn mapping(&self, entries: &'r [(Key, Node)]) -> Result<Object<'r>, String> {
        let mut object = Object::with_capacity(entries.len());
        for (key, node) in entries {
            match key {
                Key::Text(key) => {
                    object.insert(&**key, self.fill(node)?);
                }
                Key::Entries(at) => match self.structure(*at) {
                    Some(Value::Object(more)) => more.into_iter().for_each(|(key, value)| {
                        object.insert(key, value);
                    }),
                    Some(Value::Null) => {}
                    _ => return Err("what should be entries of a mapping is no mapping".to_owned()),
                },
                Key::Mixed(_) | Key::Value(_) => {
                    let key = match key {
                        Key::Mixed(parts) => self.text(parts),
                        Key::Value(at) => {
                            self.unquoted(*at).unwrap_or_else(|| self.raw(*at).into())
                        }
                        Key::Text(_) | Key::Entries(_) => continue,
                    };
                    // A value must not take the place of what the template itself says.
                    let is_taken = entries
                        .iter()
                        .any(|(other, _)| matches!(other, Key::Text(text) if **text == *key));
                    if !is_taken {
                        object.insert(key, self.fill(node)?);
                    }
                }
            }
        }
        Ok(object)
    }

    fn raw(&self, at: usize) -> &'r str {
        self.printed.get(at).map_or("", |value| value.text)
    }

    /// The parsed form of a value that is YAML by construction.
    fn structure(&self, at: usize) -> Option<Value<'r>> {
        self.structures.get(at)?.as_deref().map(Value::borrowed)
    }

    /// A scalar that is nothing but this value.
    fn value(&self, at: usize) -> Value<'r> {
        if let Some(structure) = self.structure(at) {
            return structure;
        }
        if let Some(text) = self.unquoted(at) {
            return text.into();
        }
        let text = self.raw(at);
        match outrigger_yaml::resolve(text.trim()) {
            Some(Value::String(_)) | None => text.into(),
            Some(scalar) => scalar,
        }
    }

    /// The contents of a value that is a quoted scalar.
    fn unquoted(&self, at: usize) -> Option<Cow<'r, str>> {
        let Datum { text, origin, .. } = self.printed.get(at)?;
        if origin != Origin::Quoted {
            return None;
        }
        if let Some(inner) = text.strip_prefix('\'').and_then(|t| t.strip_suffix('\'')) {
            return Some(inner.into());
        }
        let inner = text.strip_prefix('"')?.strip_suffix('"')?;
        if !inner.contains('\\') {
            return Some(inner.into());
        }
        // What escapes JSON has, YAML has as well, and they are read faster.
        let read = Value::parse(text.as_bytes())
            .ok()
            .or_else(|| outrigger_yaml::parse(text).ok());
        match read {
            Some(Value::String(text)) => Some(text),
            _ => Some(inner.into()),
        }
    }

    fn text(&self, parts: &'r [Part]) -> Cow<'r, str> {
        let part = |part: &'r Part| -> Cow<'r, str> {
            match part {
                Part::Text(text) => (&**text).into(),
                Part::Value(at) => match self.printed.get(*at) {
                    Some(value) if value.origin == Origin::Structured && value.is_indented => {
                        value.dedented(value.indent).into()
                    }
                    _ => self.raw(*at).into(),
                },
            }
        };
        match parts {
            [only] => part(only),
            parts => {
                let mut text = String::new();
                for p in parts {
                    text.push_str(&part(p));
                }
                text.into()
            }
        }
    }

    /// A literal block, whose lines have lost the block's indentation. So do those of indented values.
    fn block(&self, parts: &'r [Part]) -> String {
        let mut text = String::new();
        // Where in its line of the skeleton the block has come to, without the block's indentation.
        let mut column = 0;
        for part in parts {
            match part {
                Part::Text(part) => {
                    text.push_str(part);
                    let line = part.rsplit('\n').next().unwrap_or_default();
                    let before = if part.contains('\n') { 0 } else { column };
                    column = before + line.chars().count();
                }
                Part::Value(at) => {
                    match self.printed.get(*at) {
                        Some(value) if value.is_indented => {
                            text.push_str(&value.dedented(value.indent.saturating_sub(column)));
                        }
                        _ => text.push_str(self.raw(*at)),
                    }
                    column += marker::width(*at);
                }
            }
        }
        text
    }
}
