//! The JSON that Go's `encoding/json` writes for a viewed value: fields in Go's order, empty optional ones left out.

use outrigger_gotemplate::Value;
use outrigger_json::{Object, Value as Json, escape_html, write_text};
use outrigger_strategic_merge::schema::{Struct, Type};

use super::View;

/// What Go's `json.Marshal` makes of a host value; `None` if the value is not one.
pub fn to_go_json(value: &Value<'_>) -> Option<String> {
    let Value::Object(object) = value else {
        return None;
    };
    let mut out = String::new();
    object.write_json(&mut out).then_some(out)
}

/// Appends the JSON of a view.
pub(super) fn write(view: View<'_>, out: &mut String) {
    let mut json = Vec::with_capacity(256);
    write_plain(view, &mut json);
    // Texts are UTF-8, and so is what stands between them.
    out.push_str(&escape_html(String::from_utf8_lossy(&json)));
}

fn write_plain(view: View<'_>, out: &mut Vec<u8>) {
    match (view.of, view.json) {
        (Type::Pointer(_) | Type::List(_) | Type::Map(_) | Type::Time | Type::Raw, None) => {
            out.extend_from_slice(b"null");
        }
        (Type::Pointer(to), _) => write_plain(View { of: *to, ..view }, out),
        (Type::Bool, _) => Json::from(view.bool()).write(out),
        (Type::Int32 | Type::Int64, _) | (Type::IntOrString, None | Some(Json::Number(_))) => {
            Json::from(view.int64()).write(out);
        }
        (Type::Quantity, _) => write_text(&view.quantity(), out),
        (Type::String | Type::Time | Type::IntOrString, _) => write_text(view.text(), out),
        (Type::Raw, Some(json)) => json.write(out),
        (Type::Object(declared), _) => {
            out.push(b'{');
            write_fields(view, declared, &mut true, out);
            out.push(b'}');
        }
        (Type::List(items), Some(_)) => {
            out.push(b'[');
            for (i, item) in view.items().iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                write_plain(view.part(Some(item), *items), out);
            }
            out.push(b']');
        }
        (Type::Map(values), Some(json)) => {
            let mut entries: Vec<_> = json
                .as_object()
                .into_iter()
                .flat_map(Object::iter)
                .collect();
            entries.sort_by_key(|(key, _)| *key);
            out.push(b'{');
            for (i, (key, item)) in entries.into_iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                write_text(key, out);
                out.push(b':');
                write_plain(view.part(Some(item), *values), out);
            }
            out.push(b'}');
        }
    }
}

/// Writes the fields of a struct and of those embedded in it.
fn write_fields(view: View<'_>, declared: &'static Struct, first: &mut bool, out: &mut Vec<u8>) {
    for field in declared.fields {
        if let (Type::Object(embedded), "") = (field.of, field.json) {
            write_fields(view, embedded, first, out);
            continue;
        }
        let inner = view.of_field(field.json, field.of);
        if field.optional && is_zero(inner) {
            continue;
        }
        if !std::mem::take(first) {
            out.push(b',');
        }
        write_text(field.json, out);
        out.push(b':');
        write_plain(inner, out);
    }
}

/// Whether Go leaves an optional field with this value out.
fn is_zero(view: View<'_>) -> bool {
    let Some(json) = view.json else {
        return true;
    };
    match (view.of, json) {
        (Type::Pointer(_), _) => false,
        (_, Json::Bool(b)) => !b,
        (_, Json::String(text)) => text.is_empty(),
        (_, Json::Array(items)) => items.is_empty(),
        (Type::Map(_), Json::Object(entries)) => entries.is_empty(),
        (Type::Int32 | Type::Int64, Json::Number(_)) => view.int64() == 0,
        _ => false,
    }
}
