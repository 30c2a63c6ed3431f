//! Writes values as Go's `encoding/json` does.

use std::fmt::Write;

use crate::function::{CallError, Context};
use crate::sprig::convert::{bytes, check_size};
use crate::sprig::encoding::base64;
use crate::types::{Kind, Type};
use crate::value::{Number, Value};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// On one line, with `<`, `>` and `&` escaped for HTML.
    Escaped,
    /// The same with line breaks and two spaces a level.
    Pretty,
    /// On one line, without escapes for HTML.
    Raw,
}

pub(super) fn encode(
    context: &Context<'_>,
    value: &Value<'_>,
    style: Style,
) -> Result<String, CallError> {
    let mut encoder = Encoder {
        context,
        style,
        out: String::new(),
    };
    encoder.value(value, 0)?;
    Ok(encoder.out)
}

struct Encoder<'c, 'l> {
    context: &'c Context<'l>,
    style: Style,
    out: String,
}

impl Encoder<'_, '_> {
    fn value(&mut self, value: &Value<'_>, depth: usize) -> Result<(), CallError> {
        self.context.check_depth(depth)?;
        self.context.spend(1)?;
        check_size(self.context, self.out.len())?;
        if value.is_nil() {
            self.out.push_str("null");
            return Ok(());
        }
        match value {
            Value::Bool(b) => self.out.push_str(if *b { "true" } else { "false" }),
            Value::Float(f) => self.float(*f, f.abs(), &format!("{f:e}"), &format!("{f}"))?,
            Value::Number(Number::Float32(f)) => {
                self.float(
                    (*f).into(),
                    f64::from(f.abs()),
                    &format!("{f:e}"),
                    &format!("{f}"),
                )?;
            }
            Value::Number(Number::Uint(n) | Number::Uint64(n)) => {
                let _ = write!(self.out, "{n}");
            }
            Value::Func(_) | Value::Number(Number::Complex128(..)) => {
                return Err(unsupported_type(value));
            }
            Value::Int(_) | Value::Number(_) => {
                let _ = write!(self.out, "{}", value.as_i64().unwrap_or(0));
            }
            Value::String(text) => self.string(text),
            Value::Object(object) if object.write_json(&mut self.out) => {}
            _ => self.container(value, depth)?,
        }
        Ok(())
    }

    fn container(&mut self, value: &Value<'_>, depth: usize) -> Result<(), CallError> {
        match (value.kind(), value) {
            (Kind::Slice, _) if value.elem() == Some(Type::Uint8) => {
                let text = base64(&bytes(value));
                self.string(&text);
                Ok(())
            }
            (Kind::Slice, _) => {
                let items = value.items().unwrap_or_default();
                self.sequence('[', ']', depth, items.iter(), |encoder, item| {
                    encoder.value(item, depth + 1)
                })
            }
            (Kind::Map, _) => {
                let entries = value.entries().unwrap_or_default();
                self.sequence('{', '}', depth, entries.iter(), |encoder, (key, item)| {
                    encoder.pair(key, item, depth)
                })
            }
            (Kind::Struct | Kind::Ptr, Value::Object(object)) => {
                let entries = object.entries();
                self.sequence('{', '}', depth, entries.iter(), |encoder, (key, item)| {
                    encoder.pair(key, item, depth)
                })
            }
            (_, Value::Object(object)) => self.value(&object.scalar(), depth + 1),
            _ => Err(unsupported_type(value)),
        }
    }

    fn pair(&mut self, key: &str, item: &Value<'_>, depth: usize) -> Result<(), CallError> {
        self.string(key);
        self.out.push(':');
        if self.style == Style::Pretty {
            self.out.push(' ');
        }
        self.value(item, depth + 1)
    }

    fn sequence<T>(
        &mut self,
        open: char,
        close: char,
        depth: usize,
        items: impl ExactSizeIterator<Item = T>,
        write: impl Fn(&mut Self, T) -> Result<(), CallError>,
    ) -> Result<(), CallError> {
        let empty = items.len() == 0;
        self.out.push(open);
        for (i, item) in items.enumerate() {
            if i > 0 {
                self.out.push(',');
            }
            self.line_break(depth + 1);
            write(self, item)?;
        }
        if !empty {
            self.line_break(depth);
        }
        self.out.push(close);
        Ok(())
    }

    fn line_break(&mut self, depth: usize) {
        if self.style == Style::Pretty {
            self.out.push('\n');
            self.out.extend(std::iter::repeat_n("  ", depth));
        }
    }

    /// `exponential` and `plain` are the float's shortest digits in Rust's two forms.
    fn float(
        &mut self,
        f: f64,
        magnitude: f64,
        exponential: &str,
        plain: &str,
    ) -> Result<(), CallError> {
        if !f.is_finite() {
            let name = match f {
                f if f.is_nan() => "NaN",
                f if f > 0.0 => "+Inf",
                _ => "-Inf",
            };
            return Err(format!("json: unsupported value: {name}").into());
        }
        if magnitude != 0.0 && !(1e-6..1e21).contains(&magnitude) {
            match exponential.split_once('e') {
                Some((digits, exponent)) if magnitude > 1.0 => {
                    let _ = write!(self.out, "{digits}e+{exponent}");
                }
                _ => self.out.push_str(exponential),
            }
        } else {
            self.out.push_str(plain);
        }
        Ok(())
    }

    fn string(&mut self, text: &str) {
        self.out.push('"');
        for c in text.chars() {
            match c {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\n' => self.out.push_str("\\n"),
                '\r' => self.out.push_str("\\r"),
                '\t' => self.out.push_str("\\t"),
                '\u{8}' => self.out.push_str("\\b"),
                '\u{c}' => self.out.push_str("\\f"),
                '<' | '>' | '&' if self.style != Style::Raw => self.escape(c),
                '\0'..='\u{1f}' | '\u{2028}' | '\u{2029}' => self.escape(c),
                _ => self.out.push(c),
            }
        }
        self.out.push('"');
    }

    fn escape(&mut self, c: char) {
        let _ = write!(self.out, "\\u{:04x}", u32::from(c));
    }
}

fn unsupported_type(value: &Value<'_>) -> CallError {
    format!("json: unsupported type: {}", value.type_name()).into()
}
