//! `index`, `slice` and `len`.

use super::is_integer;
use crate::collection::List;
use crate::function::{Args, CallError, Context};
use crate::text::Text;
use crate::types::{Kind, Type};
use crate::value::{Number, Value};

pub(super) fn len<'a>(value: &Value<'a>) -> Result<Value<'a>, CallError> {
    match value {
        // Go's own words for what it did not foresee.
        Value::Missing => Err("reflect: call of reflect.Value.Type on zero Value".into()),
        Value::Nil => Err("len of nil pointer".into()),
        other if other.is_nil() && other.kind() == Kind::Ptr => Err("len of nil pointer".into()),
        other => match other.len() {
            Some(len) => Ok(Value::Int(i64::try_from(len).unwrap_or(i64::MAX))),
            None => Err(format!("len of type {}", pointee(&other.type_name())).into()),
        },
    }
}

/// The type that a pointer points to, as `len` and `index` follow pointers.
fn pointee(name: &str) -> &str {
    name.strip_prefix('*').unwrap_or(name)
}

pub(super) fn index<'a>(_: &Context<'_>, args: &mut Args<'_, 'a>) -> Result<Value<'a>, CallError> {
    let mut item = args.take(0);
    if let Value::Missing | Value::Nil = item {
        return Err("index of untyped nil".into());
    }
    for at in args.rest(1) {
        item = step(&item, at)?;
    }
    Ok(item)
}

fn step<'a>(item: &Value<'a>, at: &Value<'a>) -> Result<Value<'a>, CallError> {
    match item.kind() {
        Kind::Invalid => Err("index of nil pointer".into()),
        Kind::Ptr if item.is_nil() => Err("index of nil pointer".into()),
        Kind::Slice | Kind::String => {
            let len = item.len().unwrap_or(0);
            let at = position(at, len)?;
            if at >= len {
                let what = item.kind();
                return Err(format!("reflect: {what} index out of range").into());
            }
            Ok(match item.basic().as_text() {
                Some(text) => {
                    let byte = text.as_bytes().get(at).copied().unwrap_or(0);
                    Value::Number(Number::Uint8(byte))
                }
                None => item.at(at).unwrap_or(Value::Nil),
            })
        }
        Kind::Map => {
            let found = if let Value::String(key) = at {
                item.get(key)
            } else {
                let mut key = at.clone();
                super::prepare(&mut key, Type::String)?;
                key.as_text().and_then(|key| item.get(key))
            };
            Ok(found.unwrap_or_else(|| item.elem().map_or(Value::Nil, Value::zero)))
        }
        _ => Err(format!("can't index item of type {}", pointee(&item.type_name())).into()),
    }
}

/// Reads an index, which may be as large as `cap`.
fn position(at: &Value<'_>, cap: usize) -> Result<usize, CallError> {
    if let Value::Missing | Value::Nil = at {
        return Err("cannot index slice/array with nil".into());
    }
    if !is_integer(at.kind()) {
        return Err(format!("cannot index slice/array with type {}", at.type_name()).into());
    }
    let number = at
        .as_i64()
        .map(i128::from)
        .or_else(|| at.as_u64().map(i128::from))
        .unwrap_or(-1);
    match usize::try_from(number) {
        Ok(at) if at <= cap => Ok(at),
        // Go reads an unsigned index as a signed one.
        _ => Err(format!(
            "index out of range: {}",
            at.as_u64().map_or(number, |n| i128::from(n.cast_signed()))
        )
        .into()),
    }
}

pub(super) fn slice<'a>(_: &Context<'_>, args: &mut Args<'_, 'a>) -> Result<Value<'a>, CallError> {
    let item = args.take(0);
    let bounds = args.rest(1);
    if let Value::Missing = item {
        return Err("slice of untyped nil".into());
    }
    if bounds.len() > 3 {
        return Err(format!("too many slice indexes: {}", bounds.len()).into());
    }
    if item.is_nil() && item.kind() == Kind::Ptr {
        return Err("slice of nil pointer".into());
    }
    let cap = match item.kind() {
        Kind::String if bounds.len() == 3 => return Err("cannot 3-index slice a string".into()),
        Kind::String | Kind::Slice => item.len().unwrap_or(0),
        Kind::Invalid => return Err("slice of untyped nil".into()),
        _ => {
            let name = item.type_name();
            return Err(format!("can't slice item of type {}", pointee(&name)).into());
        }
    };
    let mut picked = [0, cap, cap];
    for (place, bound) in picked.iter_mut().zip(bounds) {
        *place = position(bound, cap)?;
    }
    let [from, to, most] = picked;
    if from > to {
        return Err(format!("invalid slice index: {from} > {to}").into());
    }
    if bounds.len() == 3 && to > most {
        return Err(format!("invalid slice index: {to} > {most}").into());
    }
    if let Some(text) = item.basic().as_text() {
        let bytes = text.as_bytes().get(from..to).unwrap_or(&[]);
        return Ok(Value::String(match std::str::from_utf8(bytes) {
            Ok(_) => text.narrowed(|text| text.get(from..to).unwrap_or("")),
            Err(_) => Text::plain(crate::text::from_bytes(bytes.to_vec())),
        }));
    }
    let elem = item.elem().unwrap_or(Type::Any);
    let items = item.items().unwrap_or_default();
    let part = items.get(from..to).unwrap_or(&[]).iter().cloned();
    Ok(Value::List(List::new(elem, part)))
}
