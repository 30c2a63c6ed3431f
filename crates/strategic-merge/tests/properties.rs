//! What holds for all documents.

use std::collections::HashSet;

use outrigger_json::{Object, Value};
use outrigger_strategic_merge::{ErrorKind, Side, merge, pod};
use proptest::prelude::*;

/// Names that mean something in a Pod or in a patch, so that random trees reach all of the code.
const NAMES: [&str; 18] = [
    "metadata",
    "spec",
    "containers",
    "volumes",
    "env",
    "ports",
    "containerPort",
    "name",
    "finalizers",
    "labels",
    "args",
    "emptyDir",
    "other",
    "$patch",
    "$retainKeys",
    "$setElementOrder/containers",
    "$deleteFromPrimitiveList/finalizers",
    "$setElementOrder",
];

fn scalar() -> impl Strategy<Value = Value<'static>> {
    prop_oneof![1 => Just(Value::Null), 3 => word()]
}

fn word() -> impl Strategy<Value = Value<'static>> {
    prop_oneof![
        any::<bool>().prop_map(Value::from),
        (0..3_i64).prop_map(Value::from),
        prop::sample::select(vec!["a", "b", "c", "replace", "delete", "name"])
            .prop_map(Value::from),
    ]
}

fn tree() -> impl Strategy<Value = Value<'static>> {
    scalar().prop_recursive(6, 64, 6, |inner| {
        let name = prop::sample::select(&NAMES[..]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((name, inner), 0..6)
                .prop_map(|entries| entries.into_iter().collect::<Object<'_>>().into()),
        ]
    })
}

fn object() -> impl Strategy<Value = Value<'static>> {
    prop::collection::vec((prop::sample::select(&NAMES[..]), tree()), 0..6)
        .prop_map(|entries| entries.into_iter().collect::<Object<'_>>().into())
}

/// A Pod whose items have keys, each once, without nulls and directives.
fn typed_pod() -> impl Strategy<Value = Value<'static>> {
    let variable = (0..4_u8, word()).prop_map(|(name, value)| named("V", name, [("value", value)]));
    let variables = prop::collection::vec(variable, 0..4).prop_map(once_each);
    let container = (0..5_u8, variables, word())
        .prop_map(|(name, env, image)| named("c", name, [("env", env), ("image", image)]));
    let containers = prop::collection::vec(container, 0..5).prop_map(once_each);
    let finalizers = prop::collection::vec(prop::sample::select(&NAMES[..4]), 0..4)
        .prop_map(|f| Value::from(f.into_iter().map(Value::from).collect::<Vec<_>>()));
    (containers, finalizers).prop_map(|(containers, finalizers)| {
        let spec = Object::from_iter([("containers", containers)]);
        let metadata = Object::from_iter([("finalizers", finalizers)]);
        Object::from_iter([("metadata", Value::from(metadata)), ("spec", spec.into())]).into()
    })
}

fn once_each(mut items: Vec<Value<'static>>) -> Value<'static> {
    let mut seen = HashSet::new();
    items.retain(|item| seen.insert(item.get("name").map(Value::to_string)));
    items.into()
}

fn named<const N: usize>(
    prefix: &str,
    number: u8,
    fields: [(&'static str, Value<'static>); N],
) -> Value<'static> {
    let mut object = Object::from_iter([("name", Value::from(format!("{prefix}{number}")))]);
    for (key, value) in fields {
        object.push(key, value);
    }
    object.into()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_empty_patch_changes_nothing(original in object()) {
        let mut merged = original.clone();
        prop_assert!(merge(&mut merged, Object::new().into(), &pod::POD).is_ok());
        prop_assert_eq!(merged, original);
    }

    #[test]
    fn any_trees_are_merged_or_refused(mut original in tree(), patch in tree()) {
        let _ = merge(&mut original, patch, &pod::POD);
    }

    #[test]
    fn a_plain_patch_twice_is_the_patch_once(original in typed_pod(), patch in typed_pod()) {
        let mut once = original;
        prop_assert!(merge(&mut once, patch.clone(), &pod::POD).is_ok());
        let mut twice = once.clone();
        prop_assert!(merge(&mut twice, patch, &pod::POD).is_ok());
        prop_assert_eq!(twice, once);
    }
}

#[test]
fn large_documents_take_linear_time() {
    const MANY: i64 = 20_000;
    let variables = |from: i64| -> Value<'static> {
        let items = (from..from + MANY).rev().map(|i| {
            let variable =
                Object::from_iter([("name", Value::from(format!("V{i}"))), ("value", i.into())]);
            Value::from(variable)
        });
        items.collect::<Vec<_>>().into()
    };
    let labels = |from: i64| -> Object<'static> {
        (from..from + MANY)
            .map(|i| (format!("l{i}"), Value::from(i)))
            .collect()
    };
    let document = |from: i64| -> Value<'static> {
        let container = named("c", 0, [("env", variables(from))]);
        let spec = Object::from_iter([("containers", Value::from(vec![container]))]);
        let metadata = Object::from_iter([("labels", Value::from(labels(from)))]);
        Object::from_iter([("metadata", Value::from(metadata)), ("spec", spec.into())]).into()
    };
    let mut merged = document(0);
    assert!(merge(&mut merged, document(MANY / 2), &pod::POD).is_ok());
    let labels = merged
        .at(&["metadata", "labels"])
        .and_then(Value::as_object)
        .map(Object::len);
    assert_eq!(labels, usize::try_from(MANY + MANY / 2).ok());
    let containers = merged.at(&["spec", "containers"]).and_then(Value::as_array);
    let env = containers
        .and_then(|c| c.first()?.get("env")?.as_array())
        .map(<[_]>::len);
    assert_eq!(env, labels);
}

#[test]
fn errors_say_where() {
    for (original, patch, side, kind, text) in [
        (
            r#"{"spec": {"containers": [{"name": "app", "env": [{"name": "A"}]}]}}"#,
            r#"{"spec": {"containers": [{"name": "app", "env": [{"name": "A"}, {"value": "1"}]}]}}"#,
            Side::Patch,
            ErrorKind::MissingMergeKey("name"),
            r#"spec.containers[name="app"].env[1]: in the patch, the item has no merge key `name`"#,
        ),
        (
            r#"{"spec": {"containers": [{"name": "app"}, "x"]}}"#,
            r#"{"spec": {"containers": []}}"#,
            Side::Original,
            ErrorKind::Item,
            "spec.containers[1]: in the original, the item is not of the kind that the list holds",
        ),
        (
            r#"{"metadata": {"finalizers": ["a"]}}"#,
            r#"{"metadata": {"$deleteFromPrimitiveList/finalizers": "a"}}"#,
            Side::Patch,
            ErrorKind::Directive("$deleteFromPrimitiveList"),
            "metadata: in the patch, `$deleteFromPrimitiveList` has a value that means nothing",
        ),
        (
            "{}",
            "[]",
            Side::Patch,
            ErrorKind::NotAnObject,
            "in the patch, the document is not an object",
        ),
    ] {
        let (mut original, patch) = (
            Value::parse(original.as_bytes()),
            Value::parse(patch.as_bytes()),
        );
        let (Ok(original), Ok(patch)) = (&mut original, patch) else {
            panic!("{original:?}");
        };
        let error = merge(original, patch, &pod::POD).err();
        assert_eq!(
            error.as_ref().map(|e| (e.side(), e.kind())),
            Some((side, kind))
        );
        assert_eq!(error.map(|e| e.to_string()).as_deref(), Some(text));
    }
}
