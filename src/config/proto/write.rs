//! From a message to proto3's JSON.

use std::fmt::Write as _;

use outrigger_json::{Value, escape_html};

use super::{Datum, Field, Kind, Message, Scalar};

impl Message {
    /// The message as proto3 JSON: compact, fields in the order of their declaration, keys of maps sorted, and
    /// `<`, `>` and `&` escaped as Go escapes them.
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        escape_html(out).into_owned()
    }

    fn write(&self, out: &mut String) {
        out.push('{');
        for (i, (field, datum)) in self.iter().enumerate() {
            if i > 0 {
                out.push(',');
            }
            string(&field.json, out);
            out.push(':');
            datum.write(field, out);
        }
        out.push('}');
    }
}

impl Datum {
    fn write(&self, field: &Field, out: &mut String) {
        match self {
            Self::List(items) => {
                out.push('[');
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    item.write(field, out);
                }
                out.push(']');
            }
            Self::Map(entries) => {
                out.push('{');
                for (i, (key, value)) in entries.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    string(key, out);
                    out.push(':');
                    value.write(field, out);
                }
                out.push('}');
            }
            Self::Message(message) => message.write(out),
            Self::String(s) => string(s, out),
            Self::Duration(d) => string(&d.to_proto_json(), out),
            Self::Bool(b) => _ = write!(out, "{b}"),
            Self::Int(n) if matches!(field.kind, Kind::Int64 | Kind::Wrapper(Scalar::Int64)) => {
                _ = write!(out, "\"{n}\"");
            }
            Self::Int(n) => _ = write!(out, "{n}"),
            Self::Double(n) if n.is_nan() => out.push_str("\"NaN\""),
            Self::Double(n) if n.is_infinite() => {
                out.push_str(if *n > 0.0 {
                    "\"Infinity\""
                } else {
                    "\"-Infinity\""
                });
            }
            Self::Double(n) => _ = write!(out, "{n}"),
            Self::Struct(value) => _ = write!(out, "{value}"),
            Self::Enum(n) => match field.kind.enumeration().and_then(|e| e.name_of(*n)) {
                Some(name) => string(name, out),
                None => _ = write!(out, "{n}"),
            },
        }
    }
}

fn string(text: &str, out: &mut String) {
    _ = write!(out, "{}", Value::from(text));
}
