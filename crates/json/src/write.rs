//! Writing: the tree to compact JSON, by `serde_json`.

use std::{
    borrow::Cow,
    fmt::{self, Write as _},
};

use serde::ser::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::{Number, Object, Value};

impl Value<'_> {
    /// Appends the value as compact JSON.
    pub fn write(&self, out: &mut Vec<u8>) {
        // Writing to memory cannot fail, and a tree has no keys that are not strings.
        let _ = serde_json::to_writer(out, self);
    }
}

impl fmt::Display for Value<'_> {
    /// Compact JSON.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = Vec::new();
        self.write(&mut text);
        f.write_str(str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

impl Serialize for Number<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Unsigned(n) => serializer.serialize_u64(*n),
            Self::Signed(n) => serializer.serialize_i64(*n),
            Self::Text(text) => match serde_json::from_str::<&RawValue>(text) {
                Ok(raw) => raw.serialize(serializer),
                Err(_) => serializer.serialize_f64(self.as_f64()),
            },
        }
    }
}

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(b) => serializer.serialize_bool(*b),
            Self::Number(n) => n.serialize(serializer),
            Self::String(s) => serializer.serialize_str(s),
            Self::Array(items) => serializer.collect_seq(items),
            Self::Object(object) => object.serialize(serializer),
        }
    }
}

/// Escapes `<`, `>`, `&`, U+2028 and U+2029 in JSON text, as Go's encoder does.
///
/// JSON that stands in annotations and environment variables is compared as text by some tools, so it is written as
/// Kubernetes' own components write it.
pub fn escape_html(json: &str) -> Cow<'_, str> {
    const SPECIAL: [char; 5] = ['<', '>', '&', '\u{2028}', '\u{2029}'];
    if !json.contains(SPECIAL) {
        return Cow::Borrowed(json);
    }
    let mut out = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if SPECIAL.contains(&c) {
            // Writing to a string cannot fail.
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_is_escaped_as_go_does() {
        assert_eq!(
            escape_html(r#"{"a":"<&>"}"#),
            r#"{"a":"\u003c\u0026\u003e"}"#
        );
        assert!(matches!(escape_html("{}"), Cow::Borrowed(_)));
    }

    #[test]
    fn equality_ignores_the_order_of_keys() {
        let many = |keys: &mut dyn Iterator<Item = i64>| -> Value<'static> {
            keys.map(|i| (format!("k{i}"), i))
                .collect::<Object<'_>>()
                .into()
        };
        assert_eq!(many(&mut (0..50)), many(&mut (0..50).rev()));
        assert_eq!(many(&mut (0..5)), many(&mut (0..5).rev()));
        assert_ne!(many(&mut (0..50)), many(&mut (1..51)));
    }
}
