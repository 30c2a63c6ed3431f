//! Reading: `serde_json` reads the text, this builds the tree.
//!
//! `serde_json` hands fractions and integers beyond 64 bits over as `f64`. Where a document has such a number, the
//! tree's numbers are matched once more, in document order, with the number tokens of the text.

use std::{
    borrow::Cow,
    cell::{Cell, RefCell},
    fmt,
};

use serde::de::{
    DeserializeSeed, Deserializer, Error as Fault, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::de::{Read, SliceRead, StrRead};

use crate::{Number, Object, Value};

/// How deeply lists and objects may be nested in a text that is read: 127, the limit of `serde_json`.
pub const MAX_DEPTH: usize = 127;

/// Why a text is not JSON, with line and column.
#[derive(Debug)]
pub struct Error(serde_json::Error);

impl Error {
    /// The line of the fault, from 1.
    pub fn line(&self) -> usize {
        self.0.line()
    }

    /// The column of the fault, in bytes, from 1; 0 where the text ends too early at a line's start.
    pub fn column(&self) -> usize {
        self.0.column()
    }

    /// Whether the text ended before the value did.
    pub fn is_eof(&self) -> bool {
        self.0.is_eof()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Error {}

impl<'a> Value<'a> {
    /// Reads one JSON value; strings without escapes are borrowed. Of entries with one key the last counts.
    ///
    /// # Errors
    /// The text is not one JSON value (RFC 8259), not UTF-8, or nested deeper than [`MAX_DEPTH`].
    pub fn parse(text: &'a [u8]) -> Result<Self, Error> {
        Self::parse_without(text, &[])
    }

    /// Reads one JSON value, but for what is at the end of a path of keys, which is left out: a part that is large and
    /// of no use to the reader.
    ///
    /// # Errors
    /// As of [`Value::parse`].
    pub fn parse_without(text: &'a [u8], path: &[&str]) -> Result<Self, Error> {
        // Text that is known to be UTF-8 is read without a look at each string of it.
        match str::from_utf8(text) {
            Ok(text) => read(StrRead::new(text), text.as_bytes(), path),
            Err(_) => read(SliceRead::new(text), text, path),
        }
    }

    /// Reads a value that is part of a larger text, in the same pass, but for what is at the end of `path`.
    ///
    /// # Errors
    /// As of [`Value::parse`]; and where a number has to be kept as it is written, which takes the value's own text.
    pub fn deserialize_without<D: Deserializer<'a>>(
        deserializer: D,
        path: &[&str],
    ) -> Result<Self, D::Error> {
        let seen = Seen::default();
        let tree = Tree {
            seen: &seen,
            without: path,
        };
        let mut value = tree.deserialize(deserializer)?;
        if seen.inexact.get() {
            return Err(Fault::custom(
                "a number that has to be kept as it is written",
            ));
        }
        if seen.duplicates.get() {
            drop_duplicates(&mut value);
        }
        Ok(value)
    }
}

fn read<'a>(reader: impl Read<'a>, text: &'a [u8], path: &[&str]) -> Result<Value<'a>, Error> {
    let seen = Seen::default();
    let mut reader = serde_json::Deserializer::new(reader);
    let tree = Tree {
        seen: &seen,
        without: path,
    };
    let mut value = tree.deserialize(&mut reader).map_err(Error)?;
    reader.end().map_err(Error)?;
    if seen.inexact.get() {
        if !path.is_empty() {
            // Numbers that are left out must not be counted; such texts are rare.
            return read(SliceRead::new(text), text, &[]).map(|mut value| {
                remove(&mut value, path);
                value
            });
        }
        keep_as_written(&mut value, &mut number_tokens(text));
    }
    if seen.duplicates.get() {
        drop_duplicates(&mut value);
    }
    Ok(value)
}

fn remove(value: &mut Value<'_>, path: &[&str]) {
    if let Some((last, parents)) = path.split_last()
        && let Some(parent) = value.at_mut(parents).and_then(Value::as_object_mut)
    {
        parent.remove(last);
    }
}

/// What a pass over the text came across that needs a second look, and room to collect in: lists and objects are made
/// as large as they are, not larger.
#[derive(Default)]
struct Seen<'de> {
    inexact: Cell<bool>,
    duplicates: Cell<bool>,
    items: RefCell<Vec<Value<'de>>>,
    entries: RefCell<Vec<(Cow<'de, str>, Value<'de>)>>,
}

#[derive(Clone, Copy)]
struct Tree<'s, 'de> {
    seen: &'s Seen<'de>,
    /// The path from here to what is left out; empty where nothing is.
    without: &'s [&'s str],
}

impl Tree<'_, '_> {
    /// The reader of what is below here, nothing of which is left out.
    const fn whole(self) -> Self {
        Self {
            seen: self.seen,
            without: &[],
        }
    }
}

impl<'de> DeserializeSeed<'de> for Tree<'_, 'de> {
    type Value = Value<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Tree<'_, 'de> {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value<'de>, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, b: bool) -> Result<Value<'de>, E> {
        Ok(Value::Bool(b))
    }

    fn visit_u64<E>(self, n: u64) -> Result<Value<'de>, E> {
        Ok(Value::Number(Number::Unsigned(n)))
    }

    fn visit_i64<E>(self, n: i64) -> Result<Value<'de>, E> {
        Ok(Value::Number(n.into()))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Value<'de>, E> {
        self.seen.inexact.set(true);
        Ok(Value::Number(Number::Unsigned(0)))
    }

    fn visit_borrowed_str<E>(self, s: &'de str) -> Result<Value<'de>, E> {
        Ok(Value::String(Cow::Borrowed(s)))
    }

    fn visit_str<E>(self, s: &str) -> Result<Value<'de>, E> {
        Ok(Value::String(Cow::Owned(s.to_owned())))
    }

    fn visit_string<E>(self, s: String) -> Result<Value<'de>, E> {
        Ok(Value::String(Cow::Owned(s)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value<'de>, A::Error> {
        let collected = &self.seen.items;
        let start = collected.borrow().len();
        while let Some(item) = items.next_element_seed(self.whole())? {
            collected.borrow_mut().push(item);
        }
        let array = collected.borrow_mut().drain(start..).collect();
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value<'de>, A::Error> {
        let collected = &self.seen.entries;
        let start = collected.borrow().len();
        while let Some(key) = entries.next_key_seed(Key)? {
            let below = match self.without {
                [last] if *last == key => {
                    entries.next_value::<IgnoredAny>()?;
                    continue;
                }
                [first, rest @ ..] if *first == key => Self {
                    without: rest,
                    ..self
                },
                _ => self.whole(),
            };
            let value = entries.next_value_seed(below)?;
            collected.borrow_mut().push((key, value));
        }
        let object = Object(collected.borrow_mut().drain(start..).collect());
        if object.has_duplicates() {
            self.seen.duplicates.set(true);
        }
        Ok(Value::Object(object))
    }
}

struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, s: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(s))
    }

    fn visit_str<E>(self, s: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(s.to_owned()))
    }
}

/// The number tokens of a text that is known to be JSON, in order.
fn number_tokens(text: &[u8]) -> impl Iterator<Item = &str> {
    let mut at = 0;
    std::iter::from_fn(move || {
        while let Some(&byte) = text.get(at) {
            match byte {
                b'"' => {
                    at += 1;
                    while text.get(at).is_some_and(|b| *b != b'"') {
                        at += if text[at] == b'\\' { 2 } else { 1 };
                    }
                    at += 1;
                }
                b'-' | b'0'..=b'9' => {
                    let rest = &text[at..];
                    let length = rest
                        .iter()
                        .position(|b| !matches!(b, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E'))
                        .unwrap_or(rest.len());
                    at += length;
                    return str::from_utf8(&rest[..length]).ok();
                }
                _ => at += 1,
            }
        }
        None
    })
}

/// Gives each number of the tree the token that it was read from.
fn keep_as_written<'a>(value: &mut Value<'a>, tokens: &mut impl Iterator<Item = &'a str>) {
    match value {
        Value::Number(number) => {
            let Some(token) = tokens.next() else { return };
            *number = match token.parse() {
                Ok(n) => Number::Unsigned(n),
                Err(_) => token
                    .parse()
                    .map_or(Number::Text(Cow::Borrowed(token)), Number::Signed),
            };
            if token == "-0" {
                *number = Number::Text(Cow::Borrowed(token));
            }
        }
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| keep_as_written(item, tokens)),
        Value::Object(object) => object
            .iter_mut()
            .for_each(|(_, item)| keep_as_written(item, tokens)),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

fn drop_duplicates(value: &mut Value<'_>) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(drop_duplicates),
        Value::Object(object) => {
            if object.has_duplicates() {
                object.drop_duplicates();
            }
            object
                .iter_mut()
                .for_each(|(_, item)| drop_duplicates(item));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back_as_written() {
        for text in [
            r#"{"b":1,"a":[null,true,false,"x"],"c":{}}"#,
            r"[1.10,1e3,-0,-1,18446744073709551615,18446744073709551616,-9223372036854775808,-9223372036854775809,0.1E-7]",
            r#"{"s":"4.5 is \"no\" number","n":4.50}"#,
            r#"["é","\\","\n"]"#,
            "123456789012345678901234567890",
        ] {
            let value = Value::parse(text.as_bytes()).unwrap();
            assert_eq!(value.to_string(), text);
        }
    }

    #[test]
    fn the_last_of_two_equal_keys_counts_and_numbers_stay_in_step() {
        let value = Value::parse(br#"{"a":1.5,"b":2.5,"a":3.5,"c":4.5}"#).unwrap();
        assert_eq!(value.to_string(), r#"{"a":3.5,"b":2.5,"c":4.5}"#);
        let many: Vec<String> = (0..100).map(|i| format!("\"k{}\":{i}", i % 50)).collect();
        let text = format!("{{{},\"z\":0}}", many.join(","));
        assert_eq!(
            Value::parse(text.as_bytes())
                .unwrap()
                .as_object()
                .unwrap()
                .len(),
            51
        );
    }

    #[test]
    fn a_part_is_left_out() {
        for (text, want) in [
            (r#"{"a":{"b":[1],"c":2},"b":3}"#, r#"{"a":{"c":2},"b":3}"#),
            (
                r#"{"a":{"b":1.5,"c":2.5,"d":{"b":1}}}"#,
                r#"{"a":{"c":2.5,"d":{"b":1}}}"#,
            ),
            (r#"{"a":{"b":1,"b":2,"c":3,"c":4}}"#, r#"{"a":{"c":4}}"#),
            (r#"{"a":[{"b":1}],"b":1}"#, r#"{"a":[{"b":1}],"b":1}"#),
            ("[1.0]", "[1.0]"),
        ] {
            let value = Value::parse_without(text.as_bytes(), &["a", "b"]).unwrap();
            assert_eq!(value.to_string(), want, "{text}");
        }
        assert!(Value::parse_without(br#"{"a":{"b":nul}}"#, &["a", "b"]).is_err());
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for text in [
            "",
            "{",
            "[1,]",
            "{\"a\"}",
            "nul",
            "1 2",
            "\"\u{1}\"",
            "01",
            "NaN",
        ] {
            assert!(Value::parse(text.as_bytes()).is_err(), "{text:?}");
        }
        assert!(Value::parse(b"\"\xff\"").is_err(), "not UTF-8");
        let deep = "[".repeat(200_000);
        assert!(Value::parse(deep.as_bytes()).is_err(), "too deep");
        let fits = format!("{}{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH));
        assert!(Value::parse(fits.as_bytes()).is_ok());
    }

    #[test]
    fn strings_without_escapes_are_borrowed() {
        let value = Value::parse(br#"{"plain":"text","escaped":"a\tb"}"#).unwrap();
        assert!(matches!(
            value.get("plain"),
            Some(Value::String(Cow::Borrowed("text")))
        ));
        assert!(matches!(
            value.get("escaped"),
            Some(Value::String(Cow::Owned(_)))
        ));
    }
}
