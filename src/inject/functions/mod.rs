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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const DOCUMENT: &str = include_str!("../../../docs/templates.md");

    /// What stands between back-quotes.
    fn quoted(text: &str) -> BTreeSet<&str> {
        text.split('`').skip(1).step_by(2).collect()
    }

    /// `tests/it/template_docs.rs` runs the examples.
    #[test]
    fn every_function_has_an_example() {
        let (_, tables) = DOCUMENT.split_once("## Functions").unwrap();
        let rows = tables.lines().filter(|line| line.starts_with("| `"));
        let names = rows
            .filter_map(|row| row.split('|').nth(1))
            .flat_map(quoted);
        let documented: Vec<&str> = names.collect();
        let table = table(&BTreeMap::new());
        let mut sorted = documented.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, table.names());
    }

    #[test]
    fn what_sprig_has_besides_is_named() {
        let all = include_str!("../../../crates/gotemplate/tests/data/sprig.names");
        let table = table(&BTreeMap::new());
        let missing = all
            .split_whitespace()
            .filter(|name| table.get(name).is_none());
        let (_, section) = DOCUMENT.split_once("### What there is not").unwrap();
        let mut documented = quoted(section);
        documented.remove("env");
        assert_eq!(documented, missing.collect());
    }

    #[test]
    fn what_makes_structure_is_named() {
        let table = table(&BTreeMap::new());
        let row = DOCUMENT
            .lines()
            .find(|line| line.contains("since `toYaml`"));
        let (_, cell) = row.unwrap().rsplit_once("since ").unwrap();
        let (functions, _) = cell.split_once(" make YAML").unwrap();
        let names = table.names().into_iter();
        let structured = names.filter(|name| table.get(name).is_some_and(|f| f.is_structured()));
        assert_eq!(quoted(functions), structured.collect());
    }
}
