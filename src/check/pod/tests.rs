//! The table that the API server is held to as well, see `tests/apiserver`.

use outrigger_json::{Object, Value};

use super::*;

const POD: &str = include_str!("../../../tests/data/check/pod.yaml");
const VIOLATIONS: &str = include_str!("../../../tests/data/check/violations.yaml");

/// Puts a value at a JSON pointer; the last key may be new.
fn put(tree: &mut Value<'static>, pointer: &str, value: Value<'static>) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let mut place = tree;
    for step in parent.split('/').skip(1) {
        if !matches!(place, Value::Array(_)) && place.get(step).is_none() {
            let object = place.as_object_mut().unwrap();
            object.insert(step.to_owned(), Object::new());
        }
        place = match place {
            Value::Array(items) => &mut items[step.parse::<usize>().unwrap()],
            other => other.get_mut(step).unwrap(),
        };
    }
    match place {
        Value::Array(items) => items[key.parse::<usize>().unwrap()] = value,
        other => {
            other.as_object_mut().unwrap().insert(key.to_owned(), value);
        }
    }
}

fn said(pod_tree: &Value<'_>) -> Vec<String> {
    let say = |v: Violation| format!("{} {}: {}", v.code, v.field, v.message);
    pod(pod_tree).into_iter().map(say).collect()
}

#[test]
fn a_good_pod_has_no_violation() {
    assert_eq!(said(&outrigger_yaml::parse(POD).unwrap()), [""; 0]);
}

#[test]
fn each_violation_is_found_where_it_is() {
    let cases = outrigger_yaml::parse(VIOLATIONS).unwrap();
    let mut faults = Vec::new();
    for case in cases.as_array().unwrap() {
        let of = |key| case.get(key).and_then(Value::as_str).unwrap();
        let mut tree = outrigger_yaml::parse(POD).unwrap();
        put(&mut tree, of("at"), case.get("value").cloned().unwrap());
        let found = pod(&tree);
        let place = of("at").replace('/', ".");
        let head = place.split('.').nth(2).unwrap_or_default();
        let is_wanted = |v: &Violation| v.code == of("code") && v.field.contains(head);
        if !found.iter().any(is_wanted) || found.len() > 2 {
            faults.push(format!("{case}: {:?}", said(&tree)));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn unknown_fields_are_told_with_what_was_meant() {
    let mut tree = outrigger_yaml::parse(POD).unwrap();
    put(&mut tree, "/spec/containers/0/volumeMount", Value::Null);
    put(&mut tree, "/spec/colour", "blue".into());
    let found = pod(&tree);
    let told: Vec<_> = found
        .iter()
        .map(|v| (v.severity, &*v.field, v.help.as_deref()))
        .collect();
    let warning = Severity::Warning;
    assert_eq!(
        told,
        [
            (
                warning,
                "spec.containers[0].volumeMount",
                Some("did you mean volumeMounts?")
            ),
            (warning, "spec.colour", None),
        ]
    );
}

#[test]
fn no_tree_makes_it_panic() {
    let pod_tree = outrigger_yaml::parse(POD).unwrap();
    for wrong in ["[]", "{}", "5", "text", "[5, [], {}]", "null", "{a: []}"] {
        let wrong = outrigger_yaml::parse(wrong).unwrap();
        pod(&wrong);
        for pointer in [
            "/metadata",
            "/metadata/labels",
            "/spec",
            "/spec/volumes",
            "/spec/volumes/0/projected",
            "/spec/containers",
            "/spec/containers/0",
            "/spec/containers/0/env",
            "/spec/containers/0/env/1/valueFrom",
            "/spec/containers/0/readinessProbe",
            "/spec/containers/0/readinessProbe/httpGet",
            "/spec/containers/0/resources",
            "/spec/containers/0/resources/limits",
            "/spec/containers/0/lifecycle",
            "/spec/securityContext",
        ] {
            let mut tree = pod_tree.clone();
            put(&mut tree, pointer, wrong.clone());
            pod(&tree);
        }
    }
}
