//! Evictions: by the API that honours PodDisruptionBudgets, one after the other, and none that its owner cannot bear.

use hyper::http::Request;
use kube::{Client, core::Status};
use serde::Deserialize;
use serde_json::json;

use super::find::{Controller, Group};

/// The controllers whose Pods may be evicted, with the path of their kind.
///
/// A Pod of a `DaemonSet` has no second one on its node, one of a Job loses its work and comes to its end by itself, and
/// of others it is not known how they make Pods anew.
const EVICTABLE: [(&str, &str, &str); 3] = [
    ("apps/v1", "ReplicaSet", "/apis/apps/v1"),
    ("apps/v1", "StatefulSet", "/apis/apps/v1"),
    ("v1", "ReplicationController", "/api/v1"),
];

/// What became of an eviction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Eviction {
    /// The Pod ends.
    Evicted,
    /// The owner lacks replicas, or a `PodDisruptionBudget` does not allow it now.
    Postponed,
    /// The Pod is gone already.
    Gone,
}

/// What is read of a controller.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Scale {
    spec: Replicas,
    status: Replicas,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Replicas {
    replicas: Option<i64>,
    ready_replicas: i64,
}

/// The path of a controller whose Pods may be evicted.
fn path(namespace: &str, controller: &Controller) -> Option<String> {
    let Controller {
        api_version,
        kind,
        name,
    } = controller;
    let (_, _, group) = EVICTABLE
        .iter()
        .find(|(version, known, _)| version == api_version && known == kind)?;
    let plural = format!("{}s", kind.to_lowercase());
    Some(format!("{group}/namespaces/{namespace}/{plural}/{name}"))
}

/// Whether Pods of this controller may be evicted at all.
pub(super) fn is_evictable(group: &Group) -> bool {
    let controller = group.controller.as_ref();
    controller.is_some_and(|controller| path(&group.namespace, controller).is_some())
}

/// Evicts the group's example, unless its controller has fewer ready Pods than it wants: one that replaces an evicted Pod
/// has to be there before the next goes, with or without a `PodDisruptionBudget`.
pub(super) async fn evict(client: &Client, group: &Group) -> kube::Result<Eviction> {
    let (namespace, pod) = (&group.namespace, &group.example);
    let path = group.controller.as_ref().and_then(|c| path(namespace, c));
    let Some(path) = path else {
        return Ok(Eviction::Postponed);
    };
    let request = Request::get(path).body(Vec::new());
    let scale: Scale = match client
        .request(request.map_err(kube::Error::HttpError)?)
        .await
    {
        Err(kube::Error::Api(status)) if status.code == 404 => return Ok(Eviction::Gone),
        answer => answer?,
    };
    if scale.status.ready_replicas < scale.spec.replicas.unwrap_or(1) {
        return Ok(Eviction::Postponed);
    }

    let eviction = json!({
        "apiVersion": "policy/v1",
        "kind": "Eviction",
        "metadata": {"name": pod.name, "namespace": namespace},
        "deleteOptions": {"preconditions": {"uid": pod.uid}},
    });
    let path = format!("/api/v1/namespaces/{namespace}/pods/{}/eviction", pod.name);
    let request = Request::post(path)
        .header("content-type", "application/json")
        .body(eviction.to_string().into_bytes());
    let answer = client.request::<Status>(request.map_err(kube::Error::HttpError)?);
    match answer.await {
        Ok(_) => Ok(Eviction::Evicted),
        Err(kube::Error::Api(status)) if status.code == 429 => Ok(Eviction::Postponed),
        Err(kube::Error::Api(status)) if matches!(status.code, 404 | 409) => Ok(Eviction::Gone),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pods_that_come_back_may_be_evicted() {
        for (api_version, kind, expected) in [
            (
                "apps/v1",
                "ReplicaSet",
                Some("/apis/apps/v1/namespaces/shop/replicasets/a"),
            ),
            (
                "apps/v1",
                "StatefulSet",
                Some("/apis/apps/v1/namespaces/shop/statefulsets/a"),
            ),
            (
                "v1",
                "ReplicationController",
                Some("/api/v1/namespaces/shop/replicationcontrollers/a"),
            ),
            ("apps/v1", "DaemonSet", None),
            ("batch/v1", "Job", None),
            ("v1", "Node", None),
            ("example.com/v1", "ReplicaSet", None),
        ] {
            let controller = Controller {
                api_version: api_version.into(),
                kind: kind.into(),
                name: "a".into(),
            };
            assert_eq!(path("shop", &controller).as_deref(), expected, "{kind}");
        }
    }

    #[test]
    fn what_a_controller_does_not_say_has_its_default() {
        for (text, wanted, ready) in [
            ("{}", None, 0),
            (
                r#"{"spec": {"replicas": 3}, "status": {"replicas": 3, "readyReplicas": 2}}"#,
                Some(3),
                2,
            ),
        ] {
            let scale: Scale = serde_json::from_str(text).unwrap();
            assert_eq!(
                (scale.spec.replicas, scale.status.ready_replicas),
                (wanted, ready)
            );
        }
    }
}
