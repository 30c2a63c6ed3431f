//! The fields around a Pod that Kubernetes' own types always write, and those that they never write.
//!
//! Istio's tool decodes a workload into those types and encodes it again; what pipelines compare its output with has
//! their zero values. They mean the same as nothing at all.

use outrigger_json::{Object, Value};

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

/// What becomes of the fields around Pods that were changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// They stay as they are.
    Kept,
    /// They become those of Kubernetes' types.
    Completed,
    /// What completing adds is taken out, where it still has its zero value.
    Reduced,
}

impl Form {
    /// Gives an object that holds a changed Pod its form.
    pub(super) fn shape(self, object: &mut Value<'_>, kind: &str) {
        match self {
            Self::Kept => {}
            Self::Completed => complete(object, kind),
            Self::Reduced => reduce(object, kind),
        }
    }

    /// Gives a List that holds a changed Pod its form.
    pub(super) fn shape_list(self, list: &mut Value<'_>) {
        match self {
            Self::Kept => {}
            Self::Completed => drop(ensure(list, &["metadata"])),
            Self::Reduced => drop_empty(list, &[], "metadata"),
        }
    }
}

fn complete(object: &mut Value<'_>, kind: &str) {
    for counter in counters(kind) {
        if let Some(status) = ensure(object, &["status"]) {
            status.entry(*counter, || 0.into());
        }
    }
    match kind {
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

fn reduce(object: &mut Value<'_>, kind: &str) {
    let counters = counters(kind);
    if let Some(status) = object.get_mut("status").and_then(Value::as_object_mut) {
        let is_zero =
            |key: &str, value: &Value<'_>| counters.contains(&key) && value.as_i64() == Some(0);
        // A status that says something is a cluster's, which writes the zeros too.
        if status.iter().all(|(key, value)| is_zero(key, value)) {
            *status = Object::new();
        }
    }
    drop_empty(object, &[], "status");
    match kind {
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
        ] {
            let mut tree = Value::parse(object.as_bytes()).unwrap();
            let kind = tree.get("kind").and_then(Value::as_str).unwrap().to_owned();
            Form::Completed.shape(&mut tree, &kind);
            assert_eq!(tree.to_string(), want);
            Form::Reduced.shape(&mut tree, &kind);
            assert_eq!(tree.to_string(), object);
        }
    }

    #[test]
    fn a_clusters_status_stays() {
        let text = r#"{"status":{"replicas":0,"observedGeneration":3}}"#;
        let mut tree = Value::parse(text.as_bytes()).unwrap();
        Form::Reduced.shape(&mut tree, "ReplicaSet");
        assert_eq!(tree.to_string(), text);
    }

    #[test]
    fn a_deployment_config_loses_what_says_nothing() {
        let text = br#"{"kind":"DeploymentConfig","spec":{"paused":false,"minReadySeconds":0,"replicas":0}}"#;
        let mut tree = Value::parse(text).unwrap();
        Form::Completed.shape(&mut tree, "DeploymentConfig");
        let spec = tree.get("spec").map(ToString::to_string);
        assert_eq!(spec.as_deref(), Some(r#"{"replicas":0,"test":false}"#));
    }
}
