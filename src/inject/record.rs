//! What restoring by rule would get wrong of a tree.
//!
//! Most of an injection can be told from the Pod itself. Some cannot: whether a label that injection would have set was
//! the author's already, or which name a probe's port had. The record holds just that, as a JSON merge patch (RFC 7396)
//! from what the rules give to what the author wrote, with three additions. Lists of named items stand in it as objects
//! by name, so that it still fits a Pod to which others have added items, and the items of a List as an object by place.
//! `$set` holds what a merge patch cannot say, above all null. `$order` tells the order of items where it differs.

use std::collections::HashMap;

use outrigger_json::{Object, Value};

use super::{pod, status::LISTS};

/// A list whose items are patched by place.
const NUMBERED: &str = "items";
const SET: &str = "$set";
const ORDER: &str = "$order";
/// Says that the record leads to what rules had made of a Pod that was injected before: not all of it may be known.
const UNCERTAIN: &str = "$uncertain";

/// The patch from one object to another; empty if they are the same.
pub(crate) fn difference(from: &Value<'_>, to: &Value<'_>) -> Value<'static> {
    changed(from, to).unwrap_or_else(|| Object::new().into())
}

/// The record as it is left for those who restore: one that says nothing is left only where that says that all is known.
pub(crate) fn marked(mut record: Value<'static>, is_certain: bool) -> Option<Value<'static>> {
    if is_certain {
        return Some(record);
    }
    let object = record.as_object_mut().filter(|r| !r.is_empty())?;
    object.insert(UNCERTAIN, true);
    Some(record)
}

/// Whether what the record leads to is what the author wrote.
pub(crate) fn is_certain(record: &Value<'_>) -> bool {
    record.get(UNCERTAIN).is_none()
}

fn changed(from: &Value<'_>, to: &Value<'_>) -> Option<Value<'static>> {
    if from == to {
        return None;
    }
    let (Value::Object(from), Value::Object(after)) = (from, to) else {
        return Some(stated(to));
    };
    if from
        .keys()
        .chain(after.keys())
        .any(|key| key.starts_with('$'))
    {
        return Some(set(to));
    }
    let mut patch = Object::new();
    for (key, after) in after.iter() {
        let change = match from.get(key) {
            None if is_list(key) && after.as_object().is_some() => Some(set(after)),
            None => Some(stated(after)),
            Some(before) if LISTS.contains(&key) => named_difference(before, after),
            Some(before) if key == NUMBERED => numbered_difference(before, after),
            Some(before) => changed(before, after),
        };
        patch.extend(change.map(|value| (key.to_owned(), value)));
    }
    let gone = from.keys().filter(|key| !after.contains_key(key));
    patch.extend(gone.map(|key| (key.to_owned(), Value::Null)));
    Some(sorted(patch))
}

/// The order of keys is not restored, so what is written must not depend on it.
pub(crate) fn sorted(object: Object<'static>) -> Value<'static> {
    let mut entries: Vec<_> = object.into_iter().collect();
    entries.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
    entries.into_iter().collect::<Object<'_>>().into()
}

/// The value with all its keys sorted.
pub(crate) fn ordered(value: &Value<'_>) -> Value<'static> {
    match value {
        Value::Object(object) => {
            let entries = object.iter().map(|(key, v)| (key.to_owned(), ordered(v)));
            sorted(entries.collect())
        }
        Value::Array(items) => items.iter().map(ordered).collect::<Vec<_>>().into(),
        other => other.clone().into_owned(),
    }
}

/// Whether an object at this key of a patch stands for a list.
fn is_list(key: &str) -> bool {
    LISTS.contains(&key) || key == NUMBERED
}

/// A value as a patch says it: bare, unless the patch would mean something else by it.
fn stated(value: &Value<'_>) -> Value<'static> {
    if means_itself(value) {
        ordered(value)
    } else {
        set(value)
    }
}

fn set(value: &Value<'_>) -> Value<'static> {
    Object::from_iter([(SET, ordered(value))]).into()
}

fn means_itself(value: &Value<'_>) -> bool {
    match value {
        Value::Null => false,
        Value::Object(object) => object.iter().all(|(key, value)| {
            !key.starts_with('$')
                && means_itself(value)
                && !(is_list(key) && value.as_object().is_some())
        }),
        _ => true,
    }
}

fn numbered_difference(from: &Value<'_>, to: &Value<'_>) -> Option<Value<'static>> {
    match (from, to) {
        (Value::Array(before), Value::Array(after)) if before.len() == after.len() => {
            let items = (0..).zip(before.iter().zip(after));
            let changes = items.filter_map(|(at, (before, after))| {
                Some((i64::to_string(&at), changed(before, after)?))
            });
            let patch: Object<'_> = changes.collect();
            (!patch.is_empty()).then(|| patch.into())
        }
        _ => whole(from, to),
    }
}

/// A list that is said as it is.
fn whole(from: &Value<'_>, to: &Value<'_>) -> Option<Value<'static>> {
    let value = || match to {
        Value::Object(_) => set(to),
        _ => stated(to),
    };
    (from != to).then(value)
}

fn named_difference(from: &Value<'_>, to: &Value<'_>) -> Option<Value<'static>> {
    if from == to {
        return None;
    }
    let (Some(before), Some(after)) = (by_name(from), by_name(to)) else {
        return whole(from, to);
    };
    let mut patch = Object::new();
    let (old_names, new_names) = (names(from), names(to));
    for name in &new_names {
        let Some(item) = after.get(name) else {
            continue;
        };
        let change = match before.get(name) {
            None => Some(stated(item)),
            Some(old) => changed(old, item),
        };
        patch.extend(change.map(|value| ((*name).to_owned(), value)));
    }
    let gone = old_names.iter().filter(|name| !after.contains_key(*name));
    patch.extend(gone.map(|name| ((*name).to_owned(), Value::Null)));
    let kept = old_names.iter().filter(|name| after.contains_key(*name));
    let added = new_names.iter().filter(|name| !before.contains_key(*name));
    // The patch's keys are sorted, so that is the order in which they are added.
    let mut added: Vec<_> = added.collect();
    added.sort_unstable();
    if !kept.chain(added).eq(&new_names) {
        patch.push(
            ORDER,
            new_names
                .into_iter()
                .map(|name| name.to_owned().into())
                .collect::<Vec<_>>(),
        );
    }
    (!patch.is_empty()).then(|| sorted(patch))
}

fn names<'v>(list: &'v Value<'_>) -> Vec<&'v str> {
    let items = list.as_array().unwrap_or_default();
    items.iter().map(pod::name).collect()
}

/// The items of a list by name, if each has one of its own that is no directive.
fn by_name<'v, 'a>(list: &'v Value<'a>) -> Option<HashMap<&'v str, &'v Value<'a>>> {
    let items = list.as_array()?;
    let named: HashMap<_, _> = items
        .iter()
        .map(|i| (pod::name(i), i))
        .filter(|(n, _)| !n.is_empty() && !n.starts_with('$'))
        .collect();
    (named.len() == items.len()).then_some(named)
}

/// Applies a patch that [`difference`] made; what it does not fit stays as it is.
pub(crate) fn apply(tree: &mut Value<'_>, patch: &Value<'_>) {
    let Some(patch) = patch.as_object() else {
        *tree = patch.clone().into_owned();
        return;
    };
    if let Some(value) = patch.get(SET) {
        *tree = value.clone().into_owned();
        return;
    }
    if !matches!(tree, Value::Object(_)) {
        *tree = Object::new().into();
    }
    let Some(object) = tree.as_object_mut() else {
        return;
    };
    for (key, change) in patch.iter().filter(|(key, _)| *key != UNCERTAIN) {
        match change.as_object().filter(|c| !c.contains_key(SET)) {
            _ if change.is_null() => drop(object.remove(key)),
            Some(items) if LISTS.contains(&key) => {
                apply_named(object.entry(key.to_owned(), || Vec::new().into()), items);
            }
            Some(items) if key == NUMBERED => {
                if let Some(list) = object.get_mut(key) {
                    apply_numbered(list, items);
                }
            }
            _ => apply(object.entry(key.to_owned(), || Value::Null), change),
        }
    }
}

fn apply_numbered(list: &mut Value<'_>, patch: &Object<'_>) {
    for (at, change) in patch.iter() {
        let item = list
            .as_array_mut()
            .and_then(|items| items.get_mut(at.parse::<usize>().ok()?));
        if let Some(item) = item {
            apply(item, change);
        }
    }
}

fn apply_named(list: &mut Value<'_>, patch: &Object<'_>) {
    let Some(items) = list.as_array_mut() else {
        return;
    };
    for (name, change) in patch.iter().filter(|(name, _)| *name != ORDER) {
        let at = items.iter().position(|i| pod::name(i) == name);
        match (at, change.is_null()) {
            (Some(at), true) => drop(items.remove(at)),
            (Some(at), false) => apply(&mut items[at], change),
            (None, true) => {}
            (None, false) => {
                let mut item = Value::Null;
                apply(&mut item, change);
                items.push(item);
            }
        }
    }
    if let Some(order) = patch.get(ORDER).and_then(Value::as_array) {
        let places: HashMap<&str, usize> = order
            .iter()
            .enumerate()
            .filter_map(|(i, n)| Some((n.as_str()?, i)))
            .collect();
        // Items that came later keep to the end.
        items.sort_by_key(|item| places.get(pod::name(item)).copied().unwrap_or(usize::MAX));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn patches() {
        for (from, to, want) in [
            ("{}", "{}", "{}"),
            (r#"{"a":null}"#, "{}", r#"{"a":null}"#),
            ("{}", r#"{"a":null}"#, r#"{"a":{"$set":null}}"#),
            (
                "{}",
                r#"{"a":{"b":null,"c":[null]}}"#,
                r#"{"a":{"$set":{"b":null,"c":[null]}}}"#,
            ),
            (
                r#"{"items":[{"a":1},{"a":2}]}"#,
                r#"{"items":[{"a":1},{"a":3}]}"#,
                r#"{"items":{"1":{"a":3}}}"#,
            ),
            (
                r#"{"a":1,"b":{"c":1}}"#,
                r#"{"b":{"c":2}}"#,
                r#"{"a":null,"b":{"c":2}}"#,
            ),
            (
                r#"{"volumes":[{"name":"a"},{"name":"b","x":1}]}"#,
                r#"{"volumes":[{"name":"c"},{"name":"b","x":2}]}"#,
                r#"{"volumes":{"$order":["c","b"],"a":null,"b":{"x":2},"c":{"name":"c"}}}"#,
            ),
            (
                r#"{"args":["a"]}"#,
                r#"{"args":["b"]}"#,
                r#"{"args":["b"]}"#,
            ),
        ] {
            let (from, to) = (
                Value::parse(from.as_bytes()).unwrap(),
                Value::parse(to.as_bytes()).unwrap(),
            );
            assert_eq!(difference(&from, &to).to_string(), want, "{from} -> {to}");
        }
    }

    #[test]
    fn items_that_others_added_stay() {
        let mut pod =
            Value::parse(br#"{"containers":[{"name":"new"},{"name":"app","image":"b"}]}"#).unwrap();
        let patch = Value::parse(br#"{"containers":{"app":{"image":"a"}}}"#).unwrap();
        apply(&mut pod, &patch);
        assert_eq!(
            pod.to_string(),
            r#"{"containers":[{"name":"new"},{"name":"app","image":"a"}]}"#
        );
    }

    /// Trees whose keys and values are those that a patch treats in ways of its own.
    fn tree() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            (0..2i64).prop_map(Into::into),
            "[ab]?".prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 40, 4, |inner| {
            let key = prop::sample::select(vec![
                "a",
                "name",
                "containers",
                "volumes",
                "items",
                "0",
                "1",
                "$set",
                "$order",
                "$uncertain",
            ]);
            let object = || {
                prop::collection::btree_map(
                    key.clone().prop_map(str::to_owned),
                    inner.clone(),
                    0..4,
                )
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect()))
            };
            let named = (
                prop::sample::select(vec!["a", "b", "c", "$set", ""]),
                object(),
            )
                .prop_map(|(name, mut item)| {
                    item["name"] = name.into();
                    item
                });
            let list = prop::collection::vec(named, 0..4).prop_map(serde_json::Value::from);
            prop_oneof![
                object(),
                prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
                list.clone(),
                list.prop_map(|list| serde_json::json!({"containers": list})),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn applying_the_difference_gives_the_other(from in tree(), to in tree()) {
            let [a, b] = [from, to].map(|tree| serde_json::json!({"spec": tree}).to_string());
            let (mut tree, to) = (Value::parse(a.as_bytes()).unwrap(), Value::parse(b.as_bytes()).unwrap());
            let patch = difference(&tree, &to);
            apply(&mut tree, &patch);
            prop_assert_eq!(tree, to, "{}", patch);
        }
    }
}
