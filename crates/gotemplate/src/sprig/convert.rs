//! How sprig's functions take arguments that may be of any type: as a string, a number, or "is it empty?".

use std::borrow::Cow;

use crate::format;
use crate::function::{CallError, Context};
use crate::number;
use crate::text::{Origin, Text};
use crate::types::{Kind, Type};
use crate::value::{Number, Value};

/// What Go panics with where it follows a nil.
pub(super) const NIL_DEREFERENCE: &str =
    "runtime error: invalid memory address or nil pointer dereference";

/// The value as text: strings and bytes as they are, all else as `fmt` prints it.
pub(super) fn to_text<'a>(value: &Value<'a>) -> Text<'a> {
    match value {
        Value::String(text) => text.clone(),
        Value::List(list) if list.elem() == Type::Uint8 => Text::plain(bytes_to_string(value)),
        other => Text::plain(format::sprint(std::slice::from_ref(other))),
    }
}

/// A `[]byte` as a string.
fn bytes_to_string(value: &Value<'_>) -> String {
    String::from_utf8_lossy(&bytes(value)).into_owned()
}

/// The elements of a `[]byte`.
pub(super) fn bytes(value: &Value<'_>) -> Vec<u8> {
    let items = value.items().unwrap_or_default();
    items
        .iter()
        .filter_map(|item| u8::try_from(item.as_u64()?).ok())
        .collect()
}

/// The printable elements of a list, or any other value as a list of one; nils are left out.
pub(super) fn to_texts<'a>(value: &Value<'a>) -> Vec<Text<'a>> {
    match value.items() {
        Some(items) => items
            .iter()
            .filter(|item| !is_untyped_nil(item))
            .map(to_text)
            .collect(),
        None if is_untyped_nil(value) => Vec::new(),
        None => vec![to_text(value)],
    }
}

pub(super) fn is_untyped_nil(value: &Value<'_>) -> bool {
    matches!(value, Value::Nil | Value::Missing)
}

/// Whether sprig takes the value as not set. Structs always are set.
pub(super) fn is_empty(value: &Value<'_>) -> bool {
    match value {
        Value::Object(object) if object.kind() == Kind::Ptr => object.is_nil(),
        other => !other.truth(),
    }
}

/// The value as an `int64`, 0 where it is not a number: floats are cut, strings may be written as in Go.
pub(super) fn to_int64(value: &Value<'_>) -> i64 {
    match value {
        Value::Int(n) => *n,
        Value::Float(f) => truncate(*f),
        Value::Bool(b) => i64::from(*b),
        Value::String(text) => number::parse_int(without_zero_fraction(text)).unwrap_or(0),
        Value::Number(number) => match *number {
            Number::Float32(f) => truncate(f.into()),
            Number::Complex128(..) => 0,
            Number::Uint(n) | Number::Uint64(n) => n.cast_signed(),
            _ => value.as_i64().unwrap_or(0),
        },
        Value::Object(object) if matches!(&*object.type_name(), "time.Month" | "time.Weekday") => {
            object.scalar().as_i64().unwrap_or(0)
        }
        _ => 0,
    }
}

/// The value as a `float64`, 0 where it is not a number.
#[expect(
    clippy::cast_precision_loss,
    reason = "Go's conversion to float64 rounds too"
)]
pub(super) fn to_float64(value: &Value<'_>) -> f64 {
    match value {
        Value::Float(f) => *f,
        Value::String(text) => parse_float(text).unwrap_or(0.0),
        Value::Number(Number::Float32(f)) => (*f).into(),
        Value::Number(Number::Uint(n) | Number::Uint64(n)) => *n as f64,
        other => to_int64(other) as f64,
    }
}

/// Go's conversion of a `float64` to an `int64` on amd64: what does not fit gives the least number.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "the bounds are checked; the lower one is exact"
)]
pub(super) fn truncate(f: f64) -> i64 {
    if f >= i64::MIN as f64 && f < -(i64::MIN as f64) {
        f as i64
    } else {
        i64::MIN
    }
}

/// Cuts `.`, `.0`, `.00` and so on off the end, if there is at least one zero.
fn without_zero_fraction(text: &str) -> &str {
    match text.rsplit_once('.') {
        Some((whole, zeros)) if !zeros.is_empty() && zeros.bytes().all(|b| b == b'0') => whole,
        _ => text,
    }
}

/// Go's `strconv.ParseInt` in a base. `None` if the text is no number or out of range.
pub(super) fn parse_int(text: &str, base: u32) -> Option<i64> {
    // Rust takes the same forms.
    i64::from_str_radix(text, base).ok()
}

/// Go's `strconv.ParseFloat`: literals, and `inf`, `infinity` and `nan` in any case. `None` if the text is no number or out
/// of range.
pub(super) fn parse_float(text: &str) -> Option<f64> {
    let (sign, name) = match text.strip_prefix('-') {
        Some(name) => (-1.0, name),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    match name.to_ascii_lowercase().as_str() {
        "inf" | "infinity" => Some(sign * f64::INFINITY),
        "nan" => (name.len() == text.len()).then_some(f64::NAN),
        _ => number::parse_float(text),
    }
}

/// Checks that a string that is being made is within the bound on output; unlike `reserve` it charges nothing, and so may
/// be asked for each piece.
pub(super) fn check_size(context: &Context<'_>, bytes: usize) -> Result<(), CallError> {
    if bytes > context.limits().output_bytes {
        context.reserve(bytes)?;
    }
    Ok(())
}

/// The elements of a list, or the error with which sprig refuses anything else.
pub(super) fn items<'v, 'a>(
    value: &'v Value<'a>,
    refusal: &str,
) -> Result<Cow<'v, [Value<'a>]>, CallError> {
    if is_untyped_nil(value) {
        return Err(NIL_DEREFERENCE.into());
    }
    value
        .items()
        .ok_or_else(|| format!("{refusal} {}", value.kind()).into())
}

/// The nearest character boundary at or before a byte position.
pub(super) fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Part of a string, borrowed if the string is. The bounds move down to where characters begin.
pub(super) fn part(text: Text<'_>, start: usize, end: usize) -> Cow<'_, str> {
    let end = floor(&text, end);
    let start = floor(&text, start).min(end);
    match text.into_cow() {
        Cow::Borrowed(text) => Cow::Borrowed(&text[start..end]),
        Cow::Owned(text) if start == 0 && end == text.len() => Cow::Owned(text),
        Cow::Owned(text) => Cow::Owned(text[start..end].to_owned()),
    }
}

/// A string made of `from` by indenting or trimming it: structure stays structure.
pub(super) fn keep_structure(text: Cow<'_, str>, from: Origin) -> Value<'_> {
    let origin = match from {
        Origin::Structured => Origin::Structured,
        _ => Origin::Plain,
    };
    Value::String(Text::new(text, origin))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_read_as_go_reads_them() {
        for (text, want) in [
            ("1.5", Some(1.5)),
            (".5", Some(0.5)),
            ("0x1.8p1", Some(3.0)),
            ("-Inf", Some(f64::NEG_INFINITY)),
            ("1e400", None),
            ("", None),
            (" 1", None),
        ] {
            assert_eq!(parse_float(text), want, "{text}");
        }
    }
}
