//! Who owns a Pod: the workload that its author wrote, derived from the Pod alone, without a look-up.

use outrigger_json::Value;

use crate::inject::{Owner, pod};

/// Derives the owner of `pod` in `namespace`.
///
/// Only a Pod that was made from a template (`generateName`) has an owner other than itself. What stands between the
/// Pod and the author's object is seen through: a Deployment's ReplicaSet by the template hash in its name, a
/// Rollout's likewise, a `CronJob`'s Job by the time in its name.
pub(crate) fn derive<'a>(pod: &'a Value<'a>, namespace: &'a str) -> Owner<'a> {
    let metadata = |key| {
        pod.at(&["metadata", key])
            .and_then(Value::as_str)
            .filter(|s| !s.is_empty())
    };
    let own_name = metadata("name").unwrap_or_default();
    let itself = Owner {
        api_version: "v1",
        kind: "Pod",
        name: own_name,
        namespace: pod::namespace(pod, namespace),
    };
    if metadata("generateName").is_none() {
        return itself;
    }
    let references = pod
        .at(&["metadata", "ownerReferences"])
        .and_then(Value::as_array)
        .unwrap_or_default();
    let Some(owner) = references
        .iter()
        .find(|r| r.get("controller").and_then(Value::as_bool) == Some(true))
    else {
        return itself;
    };
    let of = |key| owner.get(key).and_then(Value::as_str).unwrap_or_default();
    let (api_version, kind, name) = (of("apiVersion"), of("kind"), of("name"));
    let hashless = |label| {
        let hash = pod::label(pod, label).filter(|h| !h.is_empty())?;
        let rest = name.strip_suffix(hash)?;
        Some(rest.strip_suffix('-').unwrap_or(name))
    };
    let (api_version, kind, name) = match kind {
        "ReplicaSet" => match (
            hashless("pod-template-hash"),
            hashless("rollouts-pod-template-hash"),
        ) {
            (Some(name), _) => (api_version, "Deployment", name),
            (None, Some(name)) => ("v1alpha1", "Rollout", name),
            (None, None) => (api_version, kind, name),
        },
        "ReplicationController" => {
            match pod::label(pod, "deploymentconfig").filter(|l| !l.is_empty()) {
                Some(name) => (api_version, "DeploymentConfig", name),
                None => (api_version, kind, name),
            }
        }
        "Job" => match cron_job(name) {
            Some(name) => ("batch/v1", "CronJob", name),
            None => (api_version, kind, name),
        },
        _ => (api_version, kind, name),
    };
    Owner {
        api_version,
        kind,
        name: if name.is_empty() { own_name } else { name },
        ..itself
    }
}

/// The name of the `CronJob` that made a Job of this name: a Job of a `CronJob` ends with `-` and 8 to 10 digits.
fn cron_job(job: &str) -> Option<&str> {
    let (name, time) = job.rsplit_once('-')?;
    let is_time = (8..=10).contains(&time.len()) && time.bytes().all(|b| b.is_ascii_digit());
    (is_time && !name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owners() {
        // generateName, owner kind, owner name, label, its value, want kind, want apiVersion, want name
        for (generate, kind, name, label, value, want) in [
            (
                "x-",
                "ReplicaSet",
                "web-abc",
                "pod-template-hash",
                "abc",
                ("Deployment", "apps/v1", "web"),
            ),
            (
                "x-",
                "ReplicaSet",
                "web-abc",
                "pod-template-hash",
                "xyz",
                ("ReplicaSet", "apps/v1", "web-abc"),
            ),
            (
                "x-",
                "ReplicaSet",
                "web-abc",
                "rollouts-pod-template-hash",
                "abc",
                ("Rollout", "v1alpha1", "web"),
            ),
            (
                "x-",
                "ReplicationController",
                "web-1",
                "deploymentconfig",
                "web",
                ("DeploymentConfig", "apps/v1", "web"),
            ),
            (
                "x-",
                "Job",
                "cj-1234567",
                "a",
                "b",
                ("Job", "apps/v1", "cj-1234567"),
            ),
            (
                "x-",
                "Job",
                "cj-28012345-12345678",
                "a",
                "b",
                ("CronJob", "batch/v1", "cj-28012345"),
            ),
            (
                "x-",
                "Custom",
                "thing",
                "a",
                "b",
                ("Custom", "apps/v1", "thing"),
            ),
            (
                "",
                "ReplicaSet",
                "web-abc",
                "pod-template-hash",
                "abc",
                ("Pod", "v1", "own"),
            ),
        ] {
            let text = format!(
                r#"{{"metadata": {{"name": "own", "generateName": "{generate}", "labels": {{"{label}": "{value}"}},
                "ownerReferences": [{{"kind": "Other", "name": "o"}},
                    {{"apiVersion": "apps/v1", "kind": "{kind}", "name": "{name}", "controller": true}}]}}}}"#
            );
            let pod = Value::parse(text.as_bytes()).unwrap();
            let owner = derive(&pod, "ns");
            assert_eq!(
                (owner.kind, owner.api_version, owner.name),
                want,
                "{kind} {name}"
            );
            assert_eq!(owner.namespace, "ns");
        }
    }
}
