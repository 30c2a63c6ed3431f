//! Reading typed fields of a tree, with errors that name the field's path.

use std::{collections::BTreeMap, fmt};

use outrigger_json::Value;

/// A value that is not acceptable where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The keys that lead there, items of lists as `[3]`; empty for the whole document.
    pub path: Vec<String>,
    /// What is wrong.
    pub message: String,
}

impl FieldError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            path: Vec::new(),
            message: message.into(),
        }
    }

    /// Something else was found than what is wanted.
    pub(super) fn wanted(what: &str, found: &Value<'_>) -> Self {
        Self::new(match found {
            Value::String(_) | Value::Number(_) | Value::Bool(_) => {
                format!("want {what}, found {} {found}", found.kind())
            }
            _ => format!("want {what}, found {}", found.kind()),
        })
    }

    /// The same error seen from one level up.
    pub(super) fn within(mut self, segment: impl Into<String>) -> Self {
        self.path.insert(0, segment.into());
        self
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, segment) in self.path.iter().enumerate() {
            if i > 0 && !segment.starts_with('[') {
                f.write_str(".")?;
            }
            f.write_str(segment)?;
        }
        if !self.path.is_empty() {
            f.write_str(": ")?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for FieldError {}

/// Follows a path of keys; `None` where a key is absent or null, an error where something on the way is no object.
pub(super) fn at<'v, 'a>(
    tree: &'v Value<'a>,
    path: &[&str],
) -> Result<Option<&'v Value<'a>>, FieldError> {
    let mut value = tree;
    for (i, key) in path.iter().enumerate() {
        let object = match value {
            Value::Object(object) => object,
            Value::Null => return Ok(None),
            other => {
                let error = FieldError::wanted("an object", other);
                return Err(located(error, &path[..i]));
            }
        };
        match object.get(key) {
            Some(Value::Null) | None => return Ok(None),
            Some(next) => value = next,
        }
    }
    Ok(Some(value))
}

/// Reads the value at a path with `read`; what is absent or null is `None`.
pub(super) fn read<'v, 'a, T>(
    tree: &'v Value<'a>,
    path: &[&str],
    read: impl FnOnce(&'v Value<'a>) -> Result<T, FieldError>,
) -> Result<Option<T>, FieldError> {
    at(tree, path)?
        .map(|value| read(value).map_err(|e| located(e, path)))
        .transpose()
}

fn located(error: FieldError, path: &[&str]) -> FieldError {
    path.iter().rev().fold(error, |e, key| e.within(*key))
}

/// A string.
pub(super) fn string(value: &Value<'_>) -> Result<String, FieldError> {
    let text = value.as_str().map(str::to_owned);
    text.ok_or_else(|| FieldError::wanted("a string", value))
}

/// A boolean.
pub(super) fn boolean(value: &Value<'_>) -> Result<bool, FieldError> {
    let boolean = value.as_bool();
    boolean.ok_or_else(|| FieldError::wanted("true or false", value))
}

/// A list of what `item` reads.
pub(super) fn list<'v, 'a, T>(
    value: &'v Value<'a>,
    item: impl Fn(&'v Value<'a>) -> Result<T, FieldError>,
) -> Result<Vec<T>, FieldError> {
    let items = value
        .as_array()
        .ok_or_else(|| FieldError::wanted("a list", value))?;
    let items = items.iter().enumerate();
    items
        .map(|(i, value)| item(value).map_err(|e| e.within(format!("[{i}]"))))
        .collect()
}

/// A map from strings to what `item` reads.
pub(super) fn map<'v, 'a, T>(
    value: &'v Value<'a>,
    item: impl Fn(&'v Value<'a>) -> Result<T, FieldError>,
) -> Result<BTreeMap<String, T>, FieldError> {
    let object = value
        .as_object()
        .ok_or_else(|| FieldError::wanted("an object", value))?;
    let entries = object.iter();
    entries
        .map(|(key, value)| Ok((key.to_owned(), item(value).map_err(|e| e.within(key))?)))
        .collect()
}
