//! What restoring by rule would get wrong of a Pod, kept in its status annotation.
//!
//! Most of an injection can be told from the Pod itself. Some cannot: whether a label that injection would have set was
//! the author's already, or which name a probe's port had. The record holds just that, as a JSON merge patch (RFC 7396)
//! from the Pod that the rules give to the author's. Lists of named items stand in it as objects by name, so that it
//! still fits a Pod to which others have added items; `$order` tells their order where it differs.

use std::collections::HashMap;

use outrigger_json::{Object, Value};

use super::pod;

/// The lists of a Pod whose items are patched by name.
const NAMED: [&str; 4] = [
    "containers",
    "initContainers",
    "volumes",
    "imagePullSecrets",
];
const ORDER: &str = "$order";

/// The patch from one tree to another; `None` if they are the same.
pub(crate) fn difference(from: &Value<'_>, to: &Value<'_>) -> Option<Value<'static>> {
    let (Value::Object(from), Value::Object(to)) = (from, to) else {
        return (from != to).then(|| to.clone().into_owned());
    };
    let mut patch = Object::new();
    for (key, after) in to.iter().filter(|(_, v)| !v.is_null()) {
        let changed = match from.get(key) {
            None => Some(after.clone().into_owned()),
            Some(before) if NAMED.contains(&key) => named_difference(before, after),
            Some(before) => difference(before, after),
        };
        patch.extend(changed.map(|value| (key.to_owned(), value)));
    }
    let gone = from
        .iter()
        .filter(|(key, v)| !v.is_null() && to.get(key).is_none_or(Value::is_null));
    patch.extend(gone.map(|(key, _)| (key.to_owned(), Value::Null)));
    (!patch.is_empty()).then(|| patch.into())
}

fn named_difference(from: &Value<'_>, to: &Value<'_>) -> Option<Value<'static>> {
    let whole = || (from != to).then(|| to.clone().into_owned());
    let (Some(before), Some(after)) = (by_name(from), by_name(to)) else {
        return whole();
    };
    let mut patch = Object::new();
    let names = |list: &Value<'_>| -> Vec<String> {
        list.as_array()
            .unwrap_or_default()
            .iter()
            .map(|i| pod::name(i).to_owned())
            .collect()
    };
    let (old_names, new_names) = (names(from), names(to));
    for name in &new_names {
        let Some(item) = after.get(name.as_str()) else {
            continue;
        };
        let changed = match before.get(name.as_str()) {
            None => Some((*item).clone().into_owned()),
            Some(old) => difference(old, item),
        };
        patch.extend(changed.map(|value| (name.clone(), value)));
    }
    let gone = old_names
        .iter()
        .filter(|name| !after.contains_key(name.as_str()));
    patch.extend(gone.map(|name| (name.clone(), Value::Null)));
    let kept = old_names
        .iter()
        .filter(|name| after.contains_key(name.as_str()));
    let added = new_names
        .iter()
        .filter(|name| !before.contains_key(name.as_str()));
    if !kept.chain(added).eq(&new_names) {
        patch.push(
            ORDER,
            new_names.into_iter().map(Value::from).collect::<Vec<_>>(),
        );
    }
    (!patch.is_empty()).then(|| patch.into())
}

/// The items of a list by name, if each has one of its own that is no directive.
fn by_name<'v, 'a>(list: &'v Value<'a>) -> Option<HashMap<&'v str, &'v Value<'a>>> {
    let items = list.as_array()?;
    let named: HashMap<_, _> = items
        .iter()
        .map(|i| (pod::name(i), i))
        .filter(|(n, _)| !n.is_empty() && *n != ORDER)
        .collect();
    (named.len() == items.len()).then_some(named)
}

/// Applies a patch that [`difference`] made; what it does not fit stays as it is.
pub(crate) fn apply(tree: &mut Value<'_>, patch: &Value<'_>) {
    let Some(patch) = patch.as_object() else {
        *tree = patch.clone().into_owned();
        return;
    };
    if !matches!(tree, Value::Object(_)) {
        *tree = Object::new().into();
    }
    let Some(object) = tree.as_object_mut() else {
        return;
    };
    for (key, change) in patch.iter() {
        if change.is_null() {
            object.remove(key);
        } else if let (true, Some(names)) = (NAMED.contains(&key), change.as_object()) {
            apply_named(object.entry(key.to_owned(), || Vec::new().into()), names);
        } else {
            apply(object.entry(key.to_owned(), || Value::Null), change);
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
            (None, false) => items.push(change.clone().into_owned()),
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
            ("{}", "{}", None),
            (r#"{"a":null}"#, "{}", None),
            (
                r#"{"a":1,"b":{"c":1}}"#,
                r#"{"b":{"c":2}}"#,
                Some(r#"{"b":{"c":2},"a":null}"#),
            ),
            (
                r#"{"volumes":[{"name":"a"},{"name":"b","x":1}]}"#,
                r#"{"volumes":[{"name":"c"},{"name":"b","x":2}]}"#,
                Some(r#"{"volumes":{"c":{"name":"c"},"b":{"x":2},"a":null,"$order":["c","b"]}}"#),
            ),
            (
                r#"{"args":["a"]}"#,
                r#"{"args":["b"]}"#,
                Some(r#"{"args":["b"]}"#),
            ),
        ] {
            let (from, to) = (
                Value::parse(from.as_bytes()).unwrap(),
                Value::parse(to.as_bytes()).unwrap(),
            );
            assert_eq!(
                difference(&from, &to).map(|p| p.to_string()).as_deref(),
                want,
                "{from} -> {to}"
            );
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

    fn pod_like() -> impl Strategy<Value = serde_json::Value> {
        let map = || prop::collection::btree_map("[a-c]", "[x-z]", 0..3);
        let item = (map(), map())
            .prop_map(|(env, probe)| serde_json::json!({"env": [env], "probe": probe}));
        let list = || prop::collection::btree_map("[a-d]", item.clone(), 0..4);
        (map(), list(), list(), any::<bool>()).prop_map(|(labels, containers, volumes, reverse)| {
            let named = |items: std::collections::BTreeMap<String, serde_json::Value>| {
                let mut items: Vec<_> = items
                    .into_iter()
                    .map(|(name, mut item)| {
                        item["name"] = name.into();
                        item
                    })
                    .collect();
                if reverse {
                    items.reverse();
                }
                items
            };
            serde_json::json!({"labels": labels, "containers": named(containers), "volumes": named(volumes)})
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn applying_the_difference_gives_the_other(from in pod_like(), to in pod_like()) {
            let (a, b) = (from.to_string(), to.to_string());
            let (mut tree, to) = (Value::parse(a.as_bytes()).unwrap(), Value::parse(b.as_bytes()).unwrap());
            if let Some(patch) = difference(&tree, &to) {
                apply(&mut tree, &patch);
            }
            prop_assert_eq!(tree, to);
        }
    }
}
