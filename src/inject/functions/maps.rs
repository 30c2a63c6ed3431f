//! Functions on string maps.

use std::{borrow::Cow, collections::BTreeMap};

use outrigger_gotemplate::{Functions, Type, Value};
use outrigger_json as json;

const STRINGS: Type = Type::Map(&Type::String);

pub(super) fn add_to(functions: &mut Functions) {
    functions.add("isset", &[STRINGS, Type::String], |_, args| {
        Ok(args.value(0).get(args.str(1)).is_some().into())
    });
    functions.variadic("omit", &[STRINGS, Type::String], |_, args| {
        let keys: Vec<String> = (1..args.len()).map(|i| args.str(i).to_owned()).collect();
        let entries = args.value(0).entries().unwrap_or_default();
        Ok(string_map(
            entries
                .into_iter()
                .filter(|(k, _)| !keys.iter().any(|o| o == k)),
        ))
    });
    functions.variadic("strdict", &[Type::String], |_, args| {
        let pairs = (0..args.len())
            .step_by(2)
            .map(|i| (args.str(i).to_owned(), args.str(i + 1).to_owned()));
        Ok(Value::string_map(pairs.collect::<BTreeMap<_, _>>()))
    });
    functions.variadic("mergeMaps", &[STRINGS], |_, args| {
        Ok(string_map(merged(args.rest(0))))
    });
    functions
        .variadic("toJsonMap", &[STRINGS], |_, args| {
            Ok(to_json(merged(args.rest(0))))
        })
        .structured();
    functions
        .add("toJSON", &[STRINGS], |_, args| {
            Ok(to_json(args.value(0).entries().unwrap_or_default()))
        })
        .structured();
}

type Entry<'a> = (Cow<'a, str>, Value<'a>);

/// The maps' entries; of those with one key the last counts.
fn merged<'a>(maps: &[Value<'a>]) -> BTreeMap<Cow<'a, str>, Value<'a>> {
    maps.iter()
        .flat_map(|m| m.entries().unwrap_or_default())
        .collect()
}

fn string_map<'a>(entries: impl IntoIterator<Item = Entry<'a>>) -> Value<'a> {
    Value::string_map(
        entries
            .into_iter()
            .filter_map(|(k, v)| Some((k, v.as_text()?.clone()))),
    )
}

fn to_json<'a>(entries: impl IntoIterator<Item = Entry<'a>>) -> Value<'a> {
    let text = |v: &Value<'a>| v.as_str().map(Cow::into_owned).unwrap_or_default();
    let object: json::Object<'_> = entries.into_iter().map(|(k, v)| (k, text(&v))).collect();
    json::escape_html(json::Value::from(object).to_string())
        .into_owned()
        .into()
}
