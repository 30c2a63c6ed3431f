//! The Pod that a controller makes from an object.

use outrigger_json::{Object, Value};

/// The Pod that Kubernetes makes from an object, as `metadata` and `spec`: of a `CronJob` that of its Job's template, which
/// is not where tools that inject manifests look for labels. `None` for an object that makes none.
pub fn made<'v>(object: &Value<'v>) -> Option<Value<'v>> {
    let template: &[&str] = match object.get("kind")?.as_str()? {
        "Pod" => return Some(object.clone()),
        "CronJob" => &["spec", "jobTemplate", "spec", "template"],
        "DaemonSet"
        | "Deployment"
        | "Job"
        | "ReplicaSet"
        | "ReplicationController"
        | "StatefulSet"
        | "DeploymentConfig" => &["spec", "template"],
        _ => return None,
    };
    let template = object.at(template)?.as_object()?;
    let mut pod = Object::with_capacity(2);
    for key in ["metadata", "spec"] {
        if let Some(part) = template.get(key) {
            pod.push(key, part.clone());
        }
    }
    Some(pod.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_makes_the_pod_of_its_template() {
        for (object, pod) in [
            (
                r#"{"kind": "Pod", "spec": {}}"#,
                Some(r#"{"kind":"Pod","spec":{}}"#),
            ),
            (
                r#"{"kind": "Deployment", "spec": {"template": {"metadata": {"labels": {}}, "spec": {"a": 1}}}}"#,
                Some(r#"{"metadata":{"labels":{}},"spec":{"a":1}}"#),
            ),
            (
                r#"{"kind": "CronJob", "spec": {"jobTemplate": {"metadata": {}, "spec": {"template": {"spec": {}}}}}}"#,
                Some(r#"{"spec":{}}"#),
            ),
            (r#"{"kind": "Deployment", "spec": {}}"#, None),
            (r#"{"kind": "Service", "spec": {"template": {}}}"#, None),
            ("[]", None),
        ] {
            let object = Value::parse(object.as_bytes()).unwrap();
            let made = made(&object).map(|pod| pod.to_string());
            assert_eq!(made.as_deref(), pod, "{object}");
        }
    }
}
