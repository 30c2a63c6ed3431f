//! A container as Kubernetes' own types write it: fields in their order, zero values left out, quantities canonical.
//!
//! The annotation `proxy.istio.io/overrides` holds containers in this form. What the types do not know is kept, at the
//! end: it may be newer than the table. Its keys, and those of maps, are sorted as Go sorts them, so that a container is
//! written the same whatever the order of its keys.

use outrigger_json::{Object, Value};
use outrigger_strategic_merge::{
    pod::CONTAINER,
    schema::{Struct, Type},
};

use super::{
    record::{ordered, sorted},
    view::canonical_quantity,
};

/// The container in canonical form.
pub(crate) fn container(raw: &Value<'_>) -> Value<'static> {
    object(raw, &CONTAINER).unwrap_or_default()
}

/// Anything that has a table in canonical form; `None` if it is no object.
pub(crate) fn object(raw: &Value<'_>, declared: &'static Struct) -> Option<Value<'static>> {
    let raw = raw.as_object()?;
    let mut out = Object::with_capacity(raw.len());
    fields(raw, declared, &mut out);
    // A directive of a patch is nothing that a container has.
    let unknown = |key: &str| declared.json_field(key).is_none() && !key.starts_with('$');
    let mut rest: Vec<_> = raw.iter().filter(|(key, _)| unknown(key)).collect();
    rest.sort_unstable_by_key(|(key, _)| *key);
    for (key, value) in rest {
        out.push(key.to_owned(), ordered(value));
    }
    Some(out.into())
}

fn fields(raw: &Object<'_>, declared: &'static Struct, out: &mut Object<'static>) {
    for field in declared.fields {
        match (&field.of, raw.get(field.json)) {
            (Type::Object(embedded), _) if field.json.is_empty() => fields(raw, embedded, out),
            (of, Some(value)) => {
                let value = canonical(value, of);
                if !field.optional || !is_zero(&value, of) {
                    out.push(field.json, value);
                }
            }
            (Type::Object(_), None) if !field.optional => out.push(field.json, Object::new()),
            (Type::String, None) if !field.optional => out.push(field.json, ""),
            (_, None) => {}
        }
    }
}

fn canonical(value: &Value<'_>, of: &Type) -> Value<'static> {
    match (of, value) {
        (Type::Pointer(inner), _) => canonical(value, inner),
        (Type::Object(declared), Value::Object(_)) => object(value, declared).unwrap_or_default(),
        (Type::List(inner), Value::Array(items)) => {
            Value::Array(items.iter().map(|item| canonical(item, inner)).collect())
        }
        (Type::Map(inner), Value::Object(entries)) => {
            let entries = entries
                .iter()
                .map(|(key, item)| (key.to_owned(), canonical(item, inner)));
            sorted(entries.collect())
        }
        (Type::Quantity, Value::String(text)) => canonical_quantity(text).into_owned().into(),
        (Type::Quantity, Value::Number(number)) => {
            canonical_quantity(&number.to_string()).into_owned().into()
        }
        _ => ordered(value),
    }
}

/// Whether Go would leave an optional field of this value out. A pointer is left out only where it is nil.
fn is_zero(value: &Value<'_>, of: &Type) -> bool {
    match value {
        Value::Null => true,
        _ if matches!(of, Type::Pointer(_)) => false,
        Value::Bool(b) => !b,
        Value::Number(_) => value.as_i64() == Some(0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        // `omitempty` does not apply to structs, only to maps.
        Value::Object(object) => matches!(of, Type::Map(_)) && object.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers_take_the_form_of_the_types() {
        for (raw, want) in [
            (
                r#"{"tty":false,"image":"i","future":{"x":1e2},"name":"n","env":[{"value":"","name":"E"}]}"#,
                r#"{"name":"n","image":"i","env":[{"name":"E"}],"resources":{},"future":{"x":1e2}}"#,
            ),
            (
                r#"{"name":"n","resources":{"limits":{"memory":"1024Mi","cpu":"3000m"}},"securityContext":{"runAsUser":0}}"#,
                r#"{"name":"n","resources":{"limits":{"cpu":"3","memory":"1Gi"}},"securityContext":{"runAsUser":0}}"#,
            ),
            (
                r#"{"name":"n","livenessProbe":{"initialDelaySeconds":0,"periodSeconds":2,"httpGet":{"port":80,"path":""}}}"#,
                r#"{"name":"n","resources":{},"livenessProbe":{"httpGet":{"port":80},"periodSeconds":2}}"#,
            ),
            (
                r#"{"z":{"b":1,"a":[{"d":1,"c":2}]},"y":1,"name":"n","resources":{"limits":{"memory":"1","cpu":"2"}}}"#,
                r#"{"name":"n","resources":{"limits":{"cpu":"2","memory":"1"}},"y":1,"z":{"a":[{"c":2,"d":1}],"b":1}}"#,
            ),
        ] {
            assert_eq!(
                container(&Value::parse(raw.as_bytes()).unwrap()).to_string(),
                want
            );
        }
    }
}
