//! Types of fields, by the schema of a Pod; what is not in it is dropped by the API server.

use outrigger_json::Value;
use outrigger_strategic_merge::{
    pod::POD,
    schema::{Struct, Type},
};

use super::{Path, Report, Severity, resources};
use crate::config::nearest;

/// Checks the types of all fields.
pub(super) fn check(pod: &Value<'_>, path: &Path<'_>, report: &mut Report) {
    object(pod, &POD, path, report);
}

fn object(value: &Value<'_>, declared: &'static Struct, path: &Path<'_>, report: &mut Report) {
    let Some(fields) = value.as_object() else {
        return wrong(value, "an object", path, report);
    };
    for (key, value) in fields.iter() {
        let path = path.key(key);
        if let Some(field) = declared.json_field(key) {
            check_type(value, &field.of, &path, report);
            continue;
        }
        let help = nearest(key, json_names(declared)).map(|name| format!("did you mean {name}?"));
        let kind = declared.name.trim_start_matches("v1.");
        let message = format!("a {kind} has no field {key:?}: it is dropped");
        report.push(Severity::Warning, "pod-unknown-field", &path, message, help);
    }
}

fn json_names(declared: &'static Struct) -> Vec<&'static str> {
    let mut names = Vec::new();
    for field in declared.fields {
        match field.of {
            Type::Object(embedded) if field.json.is_empty() => names.extend(json_names(embedded)),
            _ => names.push(field.json),
        }
    }
    names
}

/// The schema's types do not contain themselves, so this ends.
fn check_type(value: &Value<'_>, of: &Type, path: &Path<'_>, report: &mut Report) {
    if value.is_null() {
        return;
    }
    match of {
        Type::Pointer(inner) => check_type(value, inner, path, report),
        Type::Object(declared) => object(value, declared, path, report),
        Type::List(inner) => match value.as_array() {
            Some(items) => {
                for (i, item) in items.iter().enumerate() {
                    check_type(item, inner, &path.item(i), report);
                }
            }
            None => wrong(value, "a list", path, report),
        },
        Type::Map(inner) => match value.as_object() {
            Some(entries) => {
                for (key, value) in entries.iter() {
                    check_type(value, inner, &path.entry(key), report);
                }
            }
            None => wrong(value, "an object", path, report),
        },
        Type::String | Type::Time => {
            if value.as_str().is_none() {
                wrong(value, "a string", path, report);
            }
        }
        Type::Bool => {
            if value.as_bool().is_none() {
                wrong(value, "true or false", path, report);
            }
        }
        Type::Int32 | Type::Int64 => {
            let fits = |n: i64| matches!(of, Type::Int64) || i32::try_from(n).is_ok();
            if !value.as_i64().is_some_and(fits) {
                wrong(value, "an integer", path, report);
            }
        }
        Type::IntOrString => {
            if value.as_str().is_none() && value.as_i64().is_none() {
                wrong(value, "an integer or a string", path, report);
            }
        }
        Type::Quantity => resources::check_quantity(value, path, report),
        Type::Raw => {}
    }
}

fn wrong(value: &Value<'_>, want: &str, path: &Path<'_>, report: &mut Report) {
    let found = match value {
        Value::Array(_) | Value::Object(_) | Value::Null => value.kind().to_owned(),
        _ => format!("{} {value}", value.kind()),
    };
    let help = match value {
        Value::String(text) if text.parse::<i64>().is_ok() && want.contains("integer") => {
            Some("leave the quotes out".to_owned())
        }
        Value::Number(_) | Value::Bool(_) if want == "a string" => {
            Some("put it in quotes, or print it with quote".to_owned())
        }
        _ => None,
    };
    let message = format!("want {want}, found {found}");
    report.push(Severity::Error, "pod-type", path, message, help);
}
