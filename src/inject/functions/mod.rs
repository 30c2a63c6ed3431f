//! The functions that injection templates have besides Go's own and sprig's.
//!
//! Where one has the name of a sprig function it replaces that: `indent` leaves the first line alone, `contains` and
//! `env` take their arguments otherwise. To add one, write it in the fitting file and add a line to its table.

mod json;
mod maps;
mod otel;
mod ports;
mod text;

use std::collections::BTreeMap;

use outrigger_gotemplate::{Functions, Value, sprig};

/// The function whose result has whatever structure its text has.
pub(crate) const RAW: &str = "rawYaml";

/// Everything that a template may call. `environment` is what `env` sees.
pub(crate) fn table(environment: &BTreeMap<String, String>) -> Functions {
    let mut functions = Functions::builtins();
    sprig::add_to(&mut functions);
    text::add_to(&mut functions, environment);
    ports::add_to(&mut functions);
    maps::add_to(&mut functions);
    json::add_to(&mut functions);
    otel::add_to(&mut functions);
    functions
}

/// A field of a struct, or a key of a map.
fn member<'a>(value: &Value<'a>, name: &str) -> Value<'a> {
    match value {
        Value::Object(object) => object
            .field(name)
            .or_else(|| object.get(name))
            .unwrap_or(Value::Nil),
        other => other.get(name).unwrap_or(Value::Nil),
    }
}

/// A string member; empty where there is none.
fn string(value: &Value<'_>, name: &str) -> String {
    member(value, name)
        .as_str()
        .map(std::borrow::Cow::into_owned)
        .unwrap_or_default()
}
