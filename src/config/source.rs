//! The texts that configuration is read from, and where in them a fault is.

use std::borrow::Cow;

use outrigger_json::Value;
use outrigger_yaml::{Build, Scalar, Style};

use super::{ConfigError, Text, field::FieldError};

/// A text, or the part of one that a key of a ConfigMap holds.
#[derive(Clone, Debug)]
pub(super) struct Source<'t> {
    name: Cow<'t, str>,
    text: Cow<'t, str>,
    /// Lines and columns before the part's first.
    offset: (usize, usize),
}

impl<'t> Source<'t> {
    pub(super) fn new(text: &'t Text) -> Self {
        Self {
            name: Cow::Borrowed(&text.name),
            text: Cow::Borrowed(&text.text),
            offset: (0, 0),
        }
    }

    pub(super) fn built_in(name: &'t str, text: &'t str) -> Self {
        Self {
            name: Cow::Borrowed(name),
            text: Cow::Borrowed(text),
            offset: (0, 0),
        }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Reads the text as one YAML document.
    pub(super) fn parse(&self) -> Result<Value<'static>, ConfigError> {
        outrigger_yaml::parse(&self.text).map_err(|e| self.yaml_error(&e))
    }

    /// Reads the text as a stream of objects; those of a `List` are taken out of it.
    pub(super) fn objects(&self) -> Result<Vec<Value<'static>>, ConfigError> {
        let mut objects = Vec::new();
        for document in outrigger_yaml::documents(&self.text) {
            let document = document.and_then(|d| d.parse());
            let mut object = document.map_err(|e| self.yaml_error(&e))?;
            let kind = object.get("kind").and_then(Value::as_str).unwrap_or("");
            if kind.ends_with("List") {
                let items = object.get_mut("items").and_then(Value::as_array_mut);
                objects.append(items.unwrap_or(&mut Vec::new()));
            } else if !object.is_null() {
                objects.push(object);
            }
        }
        Ok(objects)
    }

    fn yaml_error(&self, error: &outrigger_yaml::Error) -> ConfigError {
        self.error(Some((error.line(), error.column())), error.message())
    }

    /// An error of this source at a place of its text.
    pub(super) fn error(
        &self,
        position: Option<(usize, usize)>,
        message: impl Into<String>,
    ) -> ConfigError {
        let (lines, columns) = self.offset;
        ConfigError {
            source_name: self.name.clone().into_owned(),
            position: position.map(|(line, column)| (line + lines, column + columns)),
            message: message.into(),
        }
    }

    /// An error about a field, whose place is looked up in the text.
    pub(super) fn field_error(&self, error: &FieldError) -> ConfigError {
        let place = outrigger_yaml::parse_with(&self.text, &mut Locate).ok();
        let place = place.and_then(|node| node.find(&error.path));
        self.error(place.map(|p| (p.line, p.column)), error.to_string())
    }

    /// If the text is a ConfigMap, the part under each of `keys` that it has.
    pub(super) fn config_map_parts(&self, tree: &Value<'_>, keys: &[&str]) -> Vec<Option<Self>> {
        let located = outrigger_yaml::parse_with(&self.text, &mut Locate).ok();
        let part = |key: &&str| {
            let text = tree.at(&["data", key])?.as_str()?;
            let place = located
                .as_ref()
                .and_then(|node| node.find(&["data".into(), (*key).into()]));
            Some(Self {
                name: Cow::Owned(format!("{} (key {key})", self.name)),
                text: Cow::Owned(text.to_owned()),
                offset: place.map_or((0, 0), |p| self.block_offset(&p, text)),
            })
        };
        keys.iter().map(part).collect()
    }

    /// How far the contents of a block scalar are from the head of the text: its lines follow the `|`.
    fn block_offset(&self, place: &Place, contents: &str) -> (usize, usize) {
        if !place.block {
            return (0, 0);
        }
        // The parser may give the place of the `|` or that of the first line after it.
        let bare = contents.lines().next().unwrap_or_default();
        let lines = self
            .text
            .lines()
            .enumerate()
            .skip(place.line.saturating_sub(1))
            .take(2);
        let first = lines.filter(|(_, line)| line.ends_with(bare)).last();
        first.map_or((0, 0), |(number, line)| (number, line.len() - bare.len()))
    }
}

/// Whether a tree is a ConfigMap manifest.
pub(super) fn is_config_map(tree: &Value<'_>) -> bool {
    tree.get("kind").and_then(Value::as_str) == Some("ConfigMap")
}

/// Builds a tree of places instead of values.
struct Locate;

#[derive(Clone)]
enum Located {
    Scalar(Place),
    List(Vec<Self>),
    Map(Vec<(Key, Self)>),
}

#[derive(Clone)]
struct Place {
    line: usize,
    column: usize,
    block: bool,
}

#[derive(Clone)]
struct Key {
    text: String,
    place: Place,
}

impl Located {
    /// Where the value at the end of a path is; of lists and objects that of the key that holds them.
    fn find(&self, path: &[String]) -> Option<Place> {
        let mut node = self;
        let mut place = None;
        for segment in path {
            match node {
                Self::Map(entries) => {
                    let (key, value) = entries.iter().rfind(|(key, _)| key.text == *segment)?;
                    place = Some(key.place.clone());
                    node = value;
                }
                Self::List(items) => {
                    let index = segment.strip_prefix('[')?.strip_suffix(']')?;
                    node = items.get(index.parse::<usize>().ok()?)?;
                }
                Self::Scalar(_) => return None,
            }
        }
        match node {
            Self::Scalar(place) => Some(place.clone()),
            _ => place.or_else(|| node.first()),
        }
    }

    fn first(&self) -> Option<Place> {
        match self {
            Self::Scalar(place) => Some(place.clone()),
            Self::List(items) => items.first().and_then(Self::first),
            Self::Map(entries) => entries.first().map(|(key, _)| key.place.clone()),
        }
    }
}

impl Place {
    fn of(scalar: &Scalar) -> Self {
        Self {
            line: scalar.line,
            column: scalar.column,
            block: scalar.style == Style::Literal,
        }
    }
}

impl Build for Locate {
    type Node = Located;
    type Key = Key;

    fn scalar(&mut self, scalar: Scalar) -> Result<Located, String> {
        Ok(Located::Scalar(Place::of(&scalar)))
    }

    fn key(&mut self, scalar: Scalar) -> Result<Key, String> {
        let place = Place::of(&scalar);
        let text = scalar.key()?.into_owned();
        Ok(Key { text, place })
    }

    fn sequence(&mut self, items: Vec<Located>) -> Located {
        Located::List(items)
    }

    fn mapping(&mut self, entries: Vec<(Key, Located)>) -> Located {
        Located::Map(entries)
    }

    fn entries(&mut self, node: Located) -> Option<Vec<(Key, Located)>> {
        match node {
            Located::Map(entries) => Some(entries),
            _ => None,
        }
    }
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
            "istio.yaml (key mesh):6:10: b[0].c: no"
        );
        assert!(parts[1].is_none());
    }
}
