//! Functions between values, JSON and YAML.

use std::borrow::Cow;

use outrigger_gotemplate::{CallError, Context, Functions, Kind, Number, Type, Value};
use outrigger_json as json;

pub(super) fn add_to(functions: &mut Functions) {
    functions
        .add("structToJSON", &[Type::Any], |context, args| {
            to_json(context, args.value(0))
        })
        .structured();
    functions
        .add("protoToJSON", &[Type::Any], |context, args| {
            to_json(context, args.value(0))
        })
        .structured();
    functions
        .add("toYaml", &[Type::Any], |context, args| {
            let tree = to_tree(context, args.value(0), 0)?;
            Ok(outrigger_yaml::to_string_sorted(&tree).into())
        })
        .structured();
    functions.add("fromJSON", &[Type::String], |_, args| {
        // Unparsable text gives the text of an empty object, not an object: so does the reference.
        Ok(json::Value::parse(args.str(0).as_bytes())
            .map_or_else(|_| "{}".into(), |tree| from_tree(tree.into_owned())))
    });
    functions.add("omitNil", &[Type::Any], |context, args| {
        let tree = to_tree(context, args.value(0), 0)?;
        Ok(without_null(tree).map_or(Value::Nil, from_tree))
    });
}

fn to_json<'a>(context: &Context<'_>, value: &Value<'a>) -> Result<Value<'a>, CallError> {
    if value.is_nil() {
        return Ok("{}".into());
    }
    if let Value::Object(object) = value {
        let mut text = String::new();
        if object.write_json(&mut text) {
            return Ok(text.into());
        }
    }
    let text = to_tree(context, value, 0)?.to_string();
    Ok(json::escape_html(text).into_owned().into())
}

/// A template's value as JSON.
fn to_tree(
    context: &Context<'_>,
    value: &Value<'_>,
    depth: usize,
) -> Result<json::Value<'static>, CallError> {
    context.check_depth(depth)?;
    context.spend(1)?;
    Ok(match value {
        Value::Bool(b) => (*b).into(),
        Value::Float(number) => float(*number),
        Value::Number(Number::Float32(number)) => float(f64::from(*number)),
        Value::Object(object) => {
            let mut text = String::new();
            if object.write_json(&mut text) {
                return Ok(json::Value::parse(text.as_bytes())
                    .map(json::Value::into_owned)
                    .unwrap_or_default());
            }
            match object.kind() {
                _ if object.is_nil() => json::Value::Null,
                Kind::Struct | Kind::Ptr | Kind::Map | Kind::Slice => {
                    collection(context, value, depth)?
                }
                _ => to_tree(context, &object.scalar(), depth + 1)?,
            }
        }
        _ => match (value.as_str(), value.as_i64(), value.as_u64()) {
            (Some(text), ..) => text.into_owned().into(),
            (_, Some(number), _) => number.into(),
            (_, _, Some(number)) => json::Value::Number(json::Number::Unsigned(number)),
            _ => collection(context, value, depth)?,
        },
    })
}

fn collection(
    context: &Context<'_>,
    value: &Value<'_>,
    depth: usize,
) -> Result<json::Value<'static>, CallError> {
    if let Some(items) = value.items() {
        let items: Result<Vec<_>, _> = items
            .iter()
            .map(|item| to_tree(context, item, depth + 1))
            .collect();
        return Ok(items?.into());
    }
    let entries = match value {
        Value::Object(object) if matches!(object.kind(), Kind::Struct | Kind::Ptr) => {
            Some(object.entries())
        }
        other => other.entries(),
    };
    let Some(entries) = entries else {
        return Ok(json::Value::Null);
    };
    let mut object = json::Object::with_capacity(entries.len());
    for (key, item) in entries {
        object.push(key.into_owned(), to_tree(context, &item, depth + 1)?);
    }
    Ok(object.into())
}

/// A number as Go's JSON writes a float64: whole numbers without a fraction.
fn float(number: f64) -> json::Value<'static> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "checked to be whole and within 2^53"
    )]
    if number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0 {
        return (number as i64).into();
    }
    json::Value::Number(json::Number::Text(Cow::Owned(number.to_string())))
}

/// JSON as a template's value, its numbers float64 as Go's decoder makes them.
fn from_tree<'a>(tree: json::Value<'static>) -> Value<'a> {
    match tree {
        json::Value::Null => Value::Nil,
        json::Value::Bool(b) => b.into(),
        json::Value::Number(number) => number.as_f64().into(),
        json::Value::String(text) => text.into(),
        json::Value::Array(items) => Value::list(items.into_iter().map(from_tree)),
        json::Value::Object(object) => {
            Value::map(object.into_iter().map(|(k, v)| (k, from_tree(v))))
        }
    }
}

/// Takes nulls out, and with them what holds nothing else.
fn without_null(tree: json::Value<'static>) -> Option<json::Value<'static>> {
    match tree {
        json::Value::Null => None,
        json::Value::Array(items) if !items.is_empty() => {
            let items: Vec<_> = items.into_iter().filter_map(without_null).collect();
            (!items.is_empty()).then(|| items.into())
        }
        json::Value::Object(object) if !object.is_empty() => {
            let object: json::Object<'_> = object
                .into_iter()
                .filter_map(|(k, v)| Some((k, without_null(v)?)))
                .collect();
            (!object.is_empty()).then(|| object.into())
        }
        other => Some(other),
    }
}
