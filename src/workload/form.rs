//! The fields around a Pod that Kubernetes' own types always write, and those that they never write.
//!
//! Istio's tool decodes a workload into those types and encodes it again; what pipelines compare its output with has
//! their zero values. They mean the same as nothing at all.

use outrigger_json::{Object, Value};

use super::{LIST, Reference};

/// Counters of a status that are written even where they are zero.
fn counters(kind: &str) -> &'static [&'static str] {
    match kind {
        "DaemonSet" => &[
            "currentNumberScheduled",
            "desiredNumberScheduled",
            "numberMisscheduled",
            "numberReady",
        ],
        "DeploymentConfig" => &[
            "availableReplicas",
            "latestVersion",
            "observedGeneration",
            "replicas",
            "unavailableReplicas",
            "updatedReplicas",
        ],
        "ReplicaSet" | "ReplicationController" => &["replicas"],
        "StatefulSet" => &["availableReplicas", "replicas"],
        _ => &[],
    }
}

/// Gives the objects whose Pods were changed the form of Kubernetes' types; `changed` names them, in Lists too.
pub fn complete(object: &mut Value<'_>, changed: &dyn Fn(&Reference) -> bool) -> bool {
    let reference = Reference::of(object);
    if reference.kind == LIST {
        let items = object.get_mut("items").and_then(Value::as_array_mut);
        let completed = items
            .into_iter()
            .flatten()
            .map(|item| complete(item, changed));
        let any = completed.fold(false, |any, one| any | one);
        if any {
            ensure(object, &["metadata"]);
        }
        return any;
    }
    if !changed(&reference) {
        return false;
    }
    for counter in counters(&reference.kind) {
        if let Some(status) = ensure(object, &["status"]) {
            status.entry(*counter, || 0.into());
        }
    }
    match reference.kind.as_str() {
        "CronJob" => drop(ensure(
            object,
            &["spec", "jobTemplate", "spec", "template", "metadata"],
        )),
        "DeploymentConfig" => {
            if let Some(spec) = ensure(object, &["spec"]) {
                spec.entry("test", || false.into());
                spec.retain(|key, value| match key {
                    "paused" => value.as_bool() != Some(false),
                    "minReadySeconds" => value.as_i64() != Some(0),
                    _ => true,
                });
            }
        }
        _ => {}
    }
    true
}

/// The object at a path, made where it is missing.
fn ensure<'o, 'v>(object: &'o mut Value<'v>, path: &[&'static str]) -> Option<&'o mut Object<'v>> {
    path.iter()
        .try_fold(object.as_object_mut()?, |object, key| {
            let value = object.entry(*key, || Object::new().into());
            if value.is_null() {
                *value = Object::new().into();
            }
            value.as_object_mut()
        })
}

/// Takes out what [`complete`] adds, where it still has its zero value.
pub fn reduce(object: &mut Value<'_>, changed: &dyn Fn(&Reference) -> bool) -> bool {
    let reference = Reference::of(object);
    if reference.kind == LIST {
        let items = object.get_mut("items").and_then(Value::as_array_mut);
        let reduced = items
            .into_iter()
            .flatten()
            .map(|item| reduce(item, changed));
        let any = reduced.fold(false, |any, one| any | one);
        if any {
            drop_empty(object, &[], "metadata");
        }
        return any;
    }
    if !changed(&reference) {
        return false;
    }
    let counters = counters(&reference.kind);
    if let Some(status) = object.get_mut("status").and_then(Value::as_object_mut) {
        status.retain(|key, value| !(counters.contains(&key) && value.as_i64() == Some(0)));
    }
    drop_empty(object, &[], "status");
    match reference.kind.as_str() {
        "CronJob" => drop_empty(
            object,
            &["spec", "jobTemplate", "spec", "template"],
            "metadata",
        ),
        "DeploymentConfig" => {
            if let Some(spec) = object.get_mut("spec").and_then(Value::as_object_mut) {
                spec.retain(|key, value| key != "test" || value.as_bool() != Some(false));
            }
        }
        _ => {}
    }
    true
}

fn drop_empty(object: &mut Value<'_>, path: &[&str], key: &str) {
    if let Some(parent) = object.at_mut(path).and_then(Value::as_object_mut)
        && parent
            .get(key)
            .and_then(Value::as_object)
            .is_some_and(Object::is_empty)
    {
        parent.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn completed_and_reduced() {
        for (object, want) in [
            (
                r#"{"kind":"Deployment","spec":{}}"#,
                r#"{"kind":"Deployment","spec":{}}"#,
            ),
            (
                r#"{"kind":"ReplicaSet"}"#,
                r#"{"kind":"ReplicaSet","status":{"replicas":0}}"#,
            ),
            (
                r#"{"kind":"ReplicaSet","status":{"replicas":2}}"#,
                r#"{"kind":"ReplicaSet","status":{"replicas":2}}"#,
            ),
            (
                r#"{"kind":"CronJob","spec":{"jobTemplate":{"spec":{"template":{"spec":{}}}}}}"#,
                r#"{"kind":"CronJob","spec":{"jobTemplate":{"spec":{"template":{"spec":{},"metadata":{}}}}}}"#,
            ),
            (
                r#"{"kind":"List","items":[{"kind":"Service"},{"kind":"Job"}]}"#,
                r#"{"kind":"List","items":[{"kind":"Service"},{"kind":"Job"}],"metadata":{}}"#,
            ),
            (
                r#"{"kind":"List","items":[{"kind":"Service"}]}"#,
                r#"{"kind":"List","items":[{"kind":"Service"}]}"#,
            ),
        ] {
            let changed = |r: &Reference| r.kind != "Service";
            let mut tree = Value::parse(object.as_bytes()).unwrap();
            complete(&mut tree, &changed);
            assert_eq!(tree.to_string(), want);
            reduce(&mut tree, &changed);
            assert_eq!(tree.to_string(), object);
        }
    }

    #[test]
    fn a_deployment_config_loses_what_says_nothing() {
        let text = br#"{"kind":"DeploymentConfig","spec":{"paused":false,"minReadySeconds":0,"replicas":0}}"#;
        let mut tree = Value::parse(text).unwrap();
        complete(&mut tree, &|_| true);
        let spec = tree.get("spec").map(ToString::to_string);
        assert_eq!(spec.as_deref(), Some(r#"{"replicas":0,"test":false}"#));
    }
}
