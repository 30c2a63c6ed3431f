//! The texts that configuration is read from, and where in them a fault is.

use std::borrow::Cow;

use outrigger_json::Value;
use outrigger_yaml::parse_with;

use super::{
    ConfigError, Fault, Text,
    field::FieldError,
    locate::{Locate, Place},
};

/// Where a text stands that is part of another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The name of the source. Where lines do not count from its head, the part follows in parentheses.
    pub source_name: String,
    /// The lines before the text's first.
    pub lines: usize,
    /// The columns before each of its lines.
    pub columns: usize,
}

impl Origin {
    fn new(name: &str) -> Self {
        Self {
            source_name: name.to_owned(),
            ..Self::default()
        }
    }

    /// The place in the source that a line and a column of the text are at, all from 1.
    pub const fn position(&self, line: usize, column: usize) -> (usize, usize) {
        (line + self.lines, column + self.columns)
    }

    /// A line of the text as it stands in the source, from 1.
    pub fn line(&self, text: &str, line: usize) -> Option<String> {
        let line = text.lines().nth(line.checked_sub(1)?)?;
        Some(format!("{}{}", " ".repeat(self.columns), line.trim_end()))
    }
}

/// A text, or the part of one that a key of a ConfigMap holds.
#[derive(Clone, Debug)]
pub(super) struct Source<'t> {
    text: Cow<'t, str>,
    origin: Origin,
}

/// An object of a stream.
pub(super) struct Item<'s> {
    pub(super) tree: Value<'static>,
    document: Source<'s>,
    /// The keys that lead to it in its document.
    path: Vec<String>,
}

impl Item<'_> {
    /// An error about the object as a whole.
    pub(super) fn error(&self, message: impl Into<String>) -> ConfigError {
        self.document.error_at(&self.path, message)
    }

    /// An error about a field of the object, whose name comes before it.
    pub(super) fn field_error(&self, name: &str, error: &FieldError) -> ConfigError {
        let path = [&*self.path, &*error.path].concat();
        self.document.error_at(&path, format!("{name}: {error}"))
    }

    /// A doubt about a field of the object.
    pub(super) fn doubt(&self, name: &str, doubt: &FieldError) -> ConfigError {
        ConfigError {
            fault: Fault::Doubt,
            ..self.field_error(name, doubt)
        }
    }
}

impl<'t> Source<'t> {
    pub(super) fn new(text: &'t Text) -> Self {
        Self::built_in(&text.name, &text.text)
    }

    pub(super) fn built_in(name: &str, text: &'t str) -> Self {
        Self {
            text: Cow::Borrowed(text),
            origin: Origin::new(name),
        }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Where the text stands.
    pub(super) const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Reads the text as one YAML document.
    pub(super) fn parse(&self) -> Result<Value<'static>, ConfigError> {
        outrigger_yaml::parse(&self.text).map_err(|e| self.yaml_error(&e))
    }

    /// Reads the text as a stream of objects; those of a `List` are taken out of it.
    pub(super) fn objects(&self) -> Result<Vec<Item<'_>>, ConfigError> {
        let mut objects = Vec::new();
        for document in outrigger_yaml::documents(&self.text) {
            let document = document.map_err(|e| self.yaml_error(&e))?;
            let mut object = document.parse().map_err(|e| self.yaml_error(&e))?;
            let source = || {
                let mut origin = self.origin.clone();
                origin.lines += document.line - 1;
                Source {
                    text: Cow::Borrowed(document.text),
                    origin,
                }
            };
            let kind = object.get("kind").and_then(Value::as_str).unwrap_or("");
            if kind.ends_with("List") {
                let items = object.get_mut("items").and_then(Value::as_array_mut);
                let items = items.map(std::mem::take).unwrap_or_default();
                let item = |(i, tree)| Item {
                    tree,
                    document: source(),
                    path: vec!["items".into(), format!("[{i}]")],
                };
                objects.extend(items.into_iter().enumerate().map(item));
            } else if !object.is_null() {
                objects.push(Item {
                    tree: object,
                    document: source(),
                    path: Vec::new(),
                });
            }
        }
        Ok(objects)
    }

    fn yaml_error(&self, error: &outrigger_yaml::Error) -> ConfigError {
        let place = Some((error.line(), error.column()));
        self.error(Fault::Syntax, place, error.message())
    }

    /// An error of this source at a place of its text.
    pub(super) fn error(
        &self,
        fault: Fault,
        position: Option<(usize, usize)>,
        message: impl Into<String>,
    ) -> ConfigError {
        ConfigError {
            source_name: self.origin.source_name.clone(),
            position: position.map(|(line, column)| self.origin.position(line, column)),
            fault,
            message: message.into(),
            excerpt: position.and_then(|(line, _)| self.origin.line(&self.text, line)),
        }
    }

    /// An error about a field, whose place is looked up in the text.
    pub(super) fn field_error(&self, error: &FieldError) -> ConfigError {
        self.error_at(&error.path, error.to_string())
    }

    /// A doubt about a field.
    pub(super) fn doubt(&self, doubt: &FieldError) -> ConfigError {
        ConfigError {
            fault: Fault::Doubt,
            ..self.field_error(doubt)
        }
    }

    fn error_at(&self, path: &[String], message: impl Into<String>) -> ConfigError {
        // Of a path that leads further than the text does, the part that the text has.
        let known = (0..=path.len()).rev().find_map(|n| self.place(&path[..n]));
        self.error(Fault::Type, known.map(|p| (p.line, p.column)), message)
    }

    fn place(&self, path: &[String]) -> Option<Place> {
        parse_with(&self.text, &mut Locate).ok()?.find(path)
    }

    /// If the text is a ConfigMap, the part under each of `keys` that it has.
    pub(super) fn config_map_parts(&self, tree: &Value<'_>, keys: &[&str]) -> Vec<Option<Self>> {
        let part = |key: &&str| {
            let text = tree.at(&["data", key])?.as_str()?;
            let path = ["data".into(), (*key).into()];
            Some(Self {
                origin: self.origin_of(&path, text, &format!("key {key}")),
                text: Cow::Owned(text.to_owned()),
            })
        };
        keys.iter().map(part).collect()
    }

    /// Where the string at a path stands, whose contents are `text`; `what` is what messages call it.
    pub(super) fn origin_of(&self, path: &[String], text: &str, what: &str) -> Origin {
        let place = self.place(path);
        let offset = place.and_then(|place| self.block_offset(&place, text));
        offset.map_or_else(
            || Origin::new(&format!("{} ({what})", self.origin.source_name)),
            |(lines, columns)| Origin {
                source_name: self.origin.source_name.clone(),
                lines: self.origin.lines + lines,
                columns: self.origin.columns + columns,
            },
        )
    }

    /// How far the contents of a block scalar are from the head of the text: its lines follow the `|`.
    fn block_offset(&self, place: &Place, contents: &str) -> Option<(usize, usize)> {
        if !place.block {
            return None;
        }
        let (blank, bare) = contents
            .lines()
            .enumerate()
            .find(|(_, line)| !line.trim().is_empty())?;
        // The parser may give the place of the `|` or that of the first line after it that is not blank.
        let head = place.line.saturating_sub(1);
        let mut lines = self.text.lines().enumerate().skip(head).take(blank + 2);
        let (number, indent) = lines.find_map(|(number, line)| {
            let indent = line.strip_suffix(bare)?;
            let is_blank = indent.bytes().all(|b| b == b' ');
            is_blank.then_some((number, indent.len()))
        })?;
        Some((number.checked_sub(blank)?, indent))
    }
}

/// Whether a tree is a ConfigMap manifest.
pub(super) fn is_config_map(tree: &Value<'_>) -> bool {
    tree.get("kind").and_then(Value::as_str) == Some("ConfigMap")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_in_a_config_map_have_their_place_in_the_whole_file() {
        let text = Text {
            name: "istio.yaml".into(),
            text: "kind: ConfigMap\ndata:\n  mesh: |\n    a: 1\n    b:\n    - c: 2\n".into(),
        };
        let whole = Source::new(&text);
        let parts = whole.config_map_parts(&whole.parse().unwrap(), &["mesh", "other"]);
        let mesh = parts[0].as_ref().unwrap();
        let error = FieldError::new("no").within("c").within("[0]").within("b");
        assert_eq!(
            mesh.field_error(&error).to_string(),
            "istio.yaml:6:10: b[0].c: no"
        );
        assert_eq!(error_line(mesh, &error), "    - c: 2");
        assert!(parts[1].is_none());
    }

    #[test]
    fn what_is_quoted_has_a_place_of_its_own() {
        let text = Text {
            name: "istio.yaml".into(),
            text: "kind: ConfigMap\ndata:\n  mesh: \"a: 1\\nb: 2\\n\"\n".into(),
        };
        let whole = Source::new(&text);
        let parts = whole.config_map_parts(&whole.parse().unwrap(), &["mesh"]);
        let error = FieldError::new("no").within("b");
        let mesh = parts[0].as_ref().unwrap();
        assert_eq!(
            mesh.field_error(&error).to_string(),
            "istio.yaml (key mesh):2:4: b: no"
        );
        assert_eq!(error_line(mesh, &error), "b: 2");
    }

    #[test]
    fn blank_lines_at_the_head_of_a_block_count() {
        let text = Text {
            name: "f".into(),
            text: "a: |\n\n\n  x\n  y\n".into(),
        };
        let source = Source::new(&text);
        let tree = source.parse().unwrap();
        let contents = tree.get("a").and_then(Value::as_str).unwrap();
        let origin = source.origin_of(&["a".into()], contents, "a");
        assert_eq!((origin.lines, origin.columns), (1, 2), "{contents:?}");
    }

    #[test]
    fn objects_of_a_stream_have_their_places() {
        let text = Text {
            name: "f".into(),
            text: "kind: A\n---\nkind: List\nitems:\n- kind: B\n  spec:\n    x: 1\n".into(),
        };
        let source = Source::new(&text);
        let objects = source.objects().unwrap();
        assert_eq!(objects[0].error("no").to_string(), "f:1:1: no");
        let error = FieldError::new("no").within("x").within("spec");
        assert_eq!(
            objects[1].field_error("B b", &error).to_string(),
            "f:7:8: B b: spec.x: no"
        );
    }

    fn error_line(source: &Source<'_>, error: &FieldError) -> String {
        source.field_error(error).excerpt.unwrap_or_default()
    }
}
