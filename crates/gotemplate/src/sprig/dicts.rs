//! sprig's functions on maps with string keys.
//!
//! | function | gives |
//! |---|---|
//! | `dict` | a map of the arguments, key and value in turn |
//! | `get` `hasKey` `dig` `pluck` | what is under a key, or under a path of keys, or in several maps |
//! | `set` `unset` | the map, changed for all who hold it |
//! | `keys` `values` | lists; Go's order is random, here it is the keys' |
//! | `pick` `omit` | a map with some of the keys |
//! | `merge` `mergeOverwrite` | the first map, with what the others have and it lacks, or with all they have |
//! | `deepCopy` | a copy that shares nothing |

use std::borrow::Cow;

use super::convert::{is_untyped_nil, to_text};
use super::semver;
use crate::collection::{List, Map};
use crate::function::{Args, CallError, Context, Functions};
use crate::types::{Kind, Type};
use crate::value::Value;

const S: Type = Type::String;
const MAP: Type = Type::MAP;

pub(super) fn add_to(f: &mut Functions) {
    f.variadic("dict", &[Type::Any], |_, a| {
        let pairs = a.rest(0).chunks(2).map(|pair| {
            let value = pair.get(1).cloned().unwrap_or_else(|| "".into());
            (
                pair.first()
                    .map_or(Cow::Borrowed(""), |key| to_text(key).into_cow()),
                value,
            )
        });
        Ok(Value::map(pairs))
    });
    f.add("get", &[MAP, S], |_, a| {
        Ok(a.value(0).get(a.str(1)).unwrap_or_else(|| "".into()))
    });
    f.add("hasKey", &[MAP, S], |_, a| {
        Ok(a.value(0).get(a.str(1)).is_some().into())
    });
    f.add("set", &[MAP, S, Type::Any], |context, a| {
        let (key, value) = (a.text(1).into_cow(), a.take(2));
        context.set(writable(a.value(0))?, key, value)?;
        Ok(a.take(0))
    });
    f.add("unset", &[MAP, S], |_, a| {
        if let Ok(map) = writable(a.value(0)) {
            map.remove(a.str(1));
        } else if a.value(0).len().unwrap_or(0) > 0 {
            writable(a.value(0))?;
        }
        Ok(a.take(0))
    });
    f.variadic("pluck", &[S, MAP], |_, a| {
        let found = a.rest(1).iter().filter_map(|map| map.get(a.str(0)));
        Ok(Value::list(found))
    });
    f.variadic("keys", &[MAP], |context, a| {
        let mut keys = Vec::new();
        for map in a.rest(0) {
            let entries = map.entries().unwrap_or_default();
            context.spend(entries.len() as u64)?;
            keys.extend(entries.into_iter().map(|(key, _)| key));
        }
        Ok(Value::strings(keys))
    });
    f.add("values", &[MAP], |context, a| {
        let entries = a.value(0).entries().unwrap_or_default();
        context.spend(entries.len() as u64)?;
        Ok(Value::list(entries.into_iter().map(|(_, value)| value)))
    });
    f.variadic("pick", &[MAP, S], |_, a| {
        let keys = a.rest(1).iter().filter_map(Value::as_text);
        let pairs = keys.filter_map(|key| Some((key.clone().into_cow(), a.value(0).get(key)?)));
        Ok(Value::map(pairs))
    });
    f.variadic("omit", &[MAP, S], |context, a| {
        let entries = a.value(0).entries().unwrap_or_default();
        context.spend(entries.len() as u64)?;
        let left_out = |key: &str| {
            a.rest(1)
                .iter()
                .any(|out| out.as_str().as_deref() == Some(key))
        };
        Ok(Value::map(
            entries.into_iter().filter(|(key, _)| !left_out(key)),
        ))
    });
    for (name, overwrite) in [
        ("merge", false),
        ("mustMerge", false),
        ("mergeOverwrite", true),
        ("mustMergeOverwrite", true),
    ] {
        f.variadic(name, &[MAP, MAP], move |context, a| {
            let target = match a.take(0) {
                // A nil map becomes one that can be written to, as soon as there is something to write.
                Value::NilOf(_) if a.rest(1).iter().any(|map| !map.is_nil()) => {
                    Value::Map(Map::new(Type::Any, Vec::<(String, _)>::new()))
                }
                target => target,
            };
            for source in a.rest(1) {
                if !source.is_nil() {
                    merge(context, writable(&target)?, source, overwrite, 0)?;
                }
            }
            Ok(target)
        });
    }
    f.variadic("dig", &[Type::Any], dig);
    f.add("deepCopy", &[Type::Any], |context, a| {
        if is_untyped_nil(a.value(0)) {
            return Err("reflect: call of reflect.Value.Type on zero Value".into());
        }
        deep_copy(context, a.value(0), 0)
    });
    f.alias("mustDeepCopy", "deepCopy");
}

/// The map, if it may be changed.
fn writable<'v, 'a>(value: &'v Value<'a>) -> Result<&'v Map<'a>, CallError> {
    match value {
        Value::Map(map) => Ok(map),
        other if other.is_nil() => Err("assignment to entry in nil map".into()),
        _ => Err(CallError::new("this map is read-only")
            .with_hint("change a copy of it: deepCopy gives one")),
    }
}

/// Copies into `target` what it lacks or has empty, maps within maps likewise; with `overwrite` all but nothing.
fn merge<'a>(
    context: &Context<'_>,
    target: &Map<'a>,
    source: &Value<'a>,
    overwrite: bool,
    depth: usize,
) -> Result<(), CallError> {
    context.check_depth(depth)?;
    for (key, new) in source.entries().unwrap_or_default() {
        context.spend(1)?;
        if is_untyped_nil(&new) {
            if overwrite {
                context.set(target, key, new)?;
            }
            continue;
        }
        let old = target.get(&key);
        let old_is_empty = old.as_ref().is_none_or(is_zero);
        if new.kind() == Kind::Map
            && let Some(old @ Value::Map(old_map)) = &old
        {
            merge(context, old_map, &new, overwrite, depth + 1)?;
            if !is_zero(old) {
                continue;
            }
        }
        if old_is_empty || overwrite {
            context.set(target, key, new)?;
        }
    }
    Ok(())
}

/// Whether merging takes the value as not set; unlike `empty`, structs and complex numbers never are.
fn is_zero(value: &Value<'_>) -> bool {
    match value.kind() {
        Kind::Complex128 | Kind::Struct => false,
        _ => !value.truth(),
    }
}

/// `dig KEY… DEFAULT MAP`: what is under the path of keys, or the default where a key is missing.
fn dig<'a>(_: &Context<'_>, a: &mut Args<'_, 'a>) -> Result<Value<'a>, CallError> {
    let [keys @ .., default, map] = a.rest(0) else {
        return Err("dig needs at least three arguments".into());
    };
    if keys.is_empty() {
        return Err("dig needs at least three arguments".into());
    }
    let conversion = |value: &Value<'_>, wanted: &str| {
        let got = if is_untyped_nil(value) {
            "nil".into()
        } else {
            value.type_name()
        };
        CallError::from(format!(
            "interface conversion: interface {{}} is {got}, not {wanted}"
        ))
    };
    let is_map = |value: &Value<'_>| {
        value.kind() == Kind::Map && value.type_name() == "map[string]interface {}"
    };
    if !is_map(map) {
        return Err(conversion(map, "map[string]interface {}"));
    }
    if let Some(key) = keys.iter().find(|key| key.as_text().is_none()) {
        return Err(conversion(key, "string"));
    }
    let mut at = map.clone();
    for (i, key) in keys.iter().filter_map(Value::as_text).enumerate() {
        if i > 0 && !is_map(&at) {
            return Err(conversion(&at, "map[string]interface {}"));
        }
        let Some(next) = at.get(key) else {
            return Ok(default.clone());
        };
        at = next;
    }
    Ok(at)
}

fn deep_copy<'a>(
    context: &Context<'_>,
    value: &Value<'a>,
    depth: usize,
) -> Result<Value<'a>, CallError> {
    context.check_depth(depth)?;
    context.spend(1)?;
    if value.is_nil() {
        return Ok(value.clone());
    }
    let elem = value.elem().unwrap_or(Type::Any);
    if let Some(items) = value.items() {
        let copies: Result<Vec<_>, _> = items
            .iter()
            .map(|item| deep_copy(context, item, depth + 1))
            .collect();
        return Ok(List::new(elem, copies?).into());
    }
    if let Some(entries) = value.entries() {
        let mut copies = Vec::with_capacity(entries.len());
        for (key, item) in entries {
            copies.push((key, deep_copy(context, &item, depth + 1)?));
        }
        return Ok(Map::new(elem, copies).into());
    }
    Ok(match value.type_name().as_ref() {
        "*semver.Version" => semver::copy(),
        _ => value.clone(),
    })
}
