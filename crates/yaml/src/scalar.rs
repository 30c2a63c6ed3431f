//! Scalars as they stand in the text, and what they mean as values and as keys.

use std::borrow::Cow;

use outrigger_json::{Number, Value};

use crate::resolve::{float_key, is_date, resolve};

/// A scalar of the text, its quotes, escapes and folding undone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar {
    /// The contents.
    pub text: String,
    /// How it was written.
    pub style: Style,
    /// Its tag, if it has one.
    pub tag: Option<Tag>,
    /// The line on which it begins, from 1.
    pub line: usize,
    /// The column at which it begins in characters, from 1.
    pub column: usize,
}

/// How a scalar was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes: the only style whose contents decide the type.
    Plain,
    /// `'…'`
    SingleQuoted,
    /// `"…"`
    DoubleQuoted,
    /// `|`
    Literal,
    /// `>`
    Folded,
}

/// A scalar's tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag {
    /// `!!str`, `!`, and every tag that the others do not name.
    Str,
    /// `!!int`
    Int,
    /// `!!float`
    Float,
    /// `!!bool`
    Bool,
    /// `!!null`
    Null,
    /// `!!timestamp`: a date, which stays a string.
    Timestamp,
    /// `!!binary`: refused, as JSON has only strings. Kubernetes' own fields take base64 without the tag.
    Binary,
    /// `!!merge`
    Merge,
}

impl Tag {
    pub(crate) fn new(tag: &saphyr_parser::Tag) -> Self {
        if !tag.is_yaml_core_schema() {
            return Self::Str;
        }
        match tag.suffix.as_str() {
            "int" => Self::Int,
            "float" => Self::Float,
            "bool" => Self::Bool,
            "null" => Self::Null,
            "timestamp" => Self::Timestamp,
            "binary" => Self::Binary,
            "merge" => Self::Merge,
            _ => Self::Str,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Str => "!!str",
            Self::Int => "!!int",
            Self::Float => "!!float",
            Self::Bool => "!!bool",
            Self::Null => "!!null",
            Self::Timestamp => "!!timestamp",
            Self::Binary => "!!binary",
            Self::Merge => "!!merge",
        }
    }
}

impl Scalar {
    /// The scalar as a value.
    ///
    /// # Errors
    /// A sentence: the contents are not of the tag's type, or an infinity or not-a-number, which JSON does not have.
    pub fn value(self) -> Result<Value<'static>, String> {
        let tag = match (self.tag, self.style) {
            (Some(Tag::Str | Tag::Merge), _) => return Ok(self.text.into()),
            (Some(tag), _) => tag,
            (None, Style::Plain) => {
                return resolve(self.text)
                    .ok_or_else(|| "infinity and not-a-number have no form in JSON".to_owned());
            }
            (None, _) => return Ok(self.text.into()),
        };
        if tag == Tag::Timestamp && is_date(&self.text) {
            return Ok(self.text.into());
        }
        let mismatch = format!("cannot read {:?} as {}", self.text, tag.name());
        resolve(self.text)
            .filter(|value| match value {
                Value::Null => tag == Tag::Null,
                Value::Bool(_) => tag == Tag::Bool,
                Value::Number(Number::Text(text)) => {
                    tag == Tag::Float || tag == Tag::Int && !text.contains(['.', 'e', 'E'])
                }
                Value::Number(_) => matches!(tag, Tag::Int | Tag::Float),
                _ => false,
            })
            .ok_or(mismatch)
    }

    /// The scalar as a key: `yes:` is the key `true`, `0x10:` the key `16`, as Kubernetes has it.
    ///
    /// # Errors
    /// A sentence: the key is null, or an integer beyond 64 bits.
    pub fn key(self) -> Result<Cow<'static, str>, String> {
        let resolved = match (self.tag, self.style) {
            (None, Style::Plain) => resolve(Cow::Borrowed(self.text.as_str())),
            (None | Some(Tag::Str | Tag::Merge), _) => return Ok(self.text.into()),
            _ => Some(self.clone().value()?),
        };
        Ok(Cow::Owned(match resolved {
            Some(Value::String(_)) => self.text,
            Some(Value::Bool(b)) => b.to_string(),
            Some(Value::Number(Number::Text(text))) => float_key(&text),
            Some(Value::Number(Number::Unsigned(n))) if i64::try_from(n).is_err() => {
                return Err(format!(
                    "a key cannot be the integer {n}, beyond 64 bits: quote it"
                ));
            }
            Some(Value::Number(n)) => n.to_string(),
            Some(_) => return Err("a key cannot be null: quote it".to_owned()),
            None => self.text.trim_start_matches('+').to_lowercase(),
        }))
    }

    pub(crate) fn is_merge(&self) -> bool {
        self.text == "<<"
            && (self.tag == Some(Tag::Merge) || self.tag.is_none() && self.style == Style::Plain)
    }
}
