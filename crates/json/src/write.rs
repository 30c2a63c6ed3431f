//! Writing: the tree to compact JSON.

use std::{
    borrow::Cow,
    fmt::{self, Write as _},
    io::Write as _,
};

use serde::ser::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::{Number, Object, Value, string};

impl Value<'_> {
    /// Appends the value as compact JSON, as `serde_json` would write it.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Null => out.extend_from_slice(b"null"),
            Self::Bool(true) => out.extend_from_slice(b"true"),
            Self::Bool(false) => out.extend_from_slice(b"false"),
            Self::Number(number) => {
                // Writing to memory cannot fail.
                let _ = serde_json::to_writer(out, number);
            }
            Self::String(text) => write_text(text, out),
            Self::Array(items) => {
                out.push(b'[');
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        out.push(b',');
                    }
                    item.write(out);
                }
                out.push(b']');
            }
            Self::Object(object) => {
                out.push(b'{');
                for (i, (key, value)) in object.iter().enumerate() {
                    if i > 0 {
                        out.push(b',');
                    }
                    write_text(key, out);
                    out.push(b':');
                    value.write(out);
                }
                out.push(b'}');
            }
        }
    }
}

/// Appends a text as a JSON string.
pub fn write_text(text: &str, out: &mut Vec<u8>) {
    out.reserve(text.len() + 2);
    out.push(b'"');
    let bytes = text.as_bytes();
    if string::is_plain(bytes) {
        out.extend_from_slice(bytes);
        out.push(b'"');
        return;
    }
    let mut at = 0;
    loop {
        let end = at + string::plain(bytes, at);
        out.extend_from_slice(bytes.get(at..end).unwrap_or_default());
        let Some(escaped) = bytes.get(end).copied() else {
            break;
        };
        let short = match escaped {
            b'"' | b'\\' => escaped,
            0x08 => b'b',
            0x09 => b't',
            0x0a => b'n',
            0x0c => b'f',
            0x0d => b'r',
            _ => 0,
        };
        if short == 0 {
            // Writing to memory cannot fail.
            let _ = write!(out, "\\u{escaped:04x}");
        } else {
            out.extend_from_slice(&[b'\\', short]);
        }
        at = end + 1;
    }
    out.push(b'"');
}

impl fmt::Display for Value<'_> {
    /// Compact JSON.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = Vec::with_capacity(512);
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
pub fn escape_html<'a>(json: impl Into<Cow<'a, str>>) -> Cow<'a, str> {
    const SPECIAL: [char; 5] = ['<', '>', '&', '\u{2028}', '\u{2029}'];
    let json = json.into();
    // U+2028 and U+2029 begin with the byte 0xe2.
    let may_be = |b: u8| matches!(b, b'<' | b'>' | b'&' | 0xe2);
    if !json.bytes().fold(false, |any, b| any | may_be(b)) {
        return json;
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
    fn texts_are_written_as_serde_json_does() {
        let every: String = (0..0x100).filter_map(char::from_u32).collect();
        for text in ["", "plain", "é\u{2028}", &every, &every.repeat(2)[1..]] {
            for start in text.char_indices().map(|(at, _)| at).take(40) {
                let text = &text[start..];
                let mut out = Vec::new();
                write_text(text, &mut out);
                assert_eq!(out, serde_json::to_vec(text).unwrap(), "{text:?}");
            }
        }
    }

    #[test]
    fn what_is_escaped_is_found_wherever_it_stands() {
        for special in ['"', '\\', '\n', '\u{1f}', 'é', '~'] {
            for length in 0..20 {
                for at in 0..=length {
                    let mut text = "x".repeat(length);
                    text.insert(at, special);
                    let mut out = Vec::new();
                    write_text(&text, &mut out);
                    assert_eq!(out, serde_json::to_vec(&text).unwrap(), "{text:?}");
                }
            }
        }
    }

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
