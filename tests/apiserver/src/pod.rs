//! The Pods that tests create, and what they look at in the answer.

use std::collections::BTreeMap;

use k8s_openapi::{
    api::core::v1::{Container, Pod, PodSpec},
    apimachinery::pkg::apis::meta::v1::ObjectMeta,
};

/// A Pod with one container `app`.
#[must_use]
pub fn pod(labels: &[(&str, &str)], annotations: &[(&str, &str)]) -> Pod {
    Pod {
        metadata: ObjectMeta {
            generate_name: Some("app-".into()),
            labels: Some(map(labels)),
            annotations: Some(map(annotations)),
            ..ObjectMeta::default()
        },
        spec: Some(PodSpec {
            containers: vec![Container {
                name: "app".into(),
                image: Some("registry.test/app:1".into()),
                ..Container::default()
            }],
            // The API server refuses the injected token volume without a name here; the
            // admission plugin that fills it in is off, see cluster.sh.
            service_account_name: Some("default".into()),
            ..PodSpec::default()
        }),
        ..Pod::default()
    }
}

/// The Pod of the measurements, as its controller writes it.
#[must_use]
pub fn typical() -> Pod {
    const REVIEW: &str = include_str!("../../../benches/data/review.json");
    let mut review: serde_json::Value = serde_json::from_str(REVIEW).unwrap_or_default();
    let object = review["request"]["object"].take();
    let mut pod: Pod = serde_json::from_value(object).unwrap_or_default();
    pod.metadata.managed_fields = None;
    pod
}

/// The names of a Pod's containers, in order.
#[must_use]
pub fn containers(pod: &Pod) -> Vec<&str> {
    pod.spec
        .as_ref()
        .map_or_else(Vec::new, |spec| names(&spec.containers))
}

/// The names of a Pod's init containers, in order.
#[must_use]
pub fn init_containers(pod: &Pod) -> Vec<&str> {
    let spec = pod.spec.as_ref();
    names(
        spec.and_then(|spec| spec.init_containers.as_deref())
            .unwrap_or_default(),
    )
}

/// The container or init container of this name.
#[must_use]
pub fn container<'a>(pod: &'a Pod, name: &str) -> Option<&'a Container> {
    let spec = pod.spec.as_ref()?;
    let mut all = spec
        .init_containers
        .iter()
        .flatten()
        .chain(&spec.containers);
    all.find(|container| container.name == name)
}

/// The plain value of an environment variable of `istio-proxy`.
#[must_use]
pub fn proxy_env<'a>(pod: &'a Pod, name: &str) -> Option<&'a str> {
    let env = container(pod, "istio-proxy")?.env.as_ref()?;
    env.iter().find(|var| var.name == name)?.value.as_deref()
}

/// The revision whose injector has injected the Pod, as its status annotation says.
#[must_use]
pub fn injected_by(pod: &Pod) -> Option<String> {
    let status = pod
        .metadata
        .annotations
        .as_ref()?
        .get("sidecar.istio.io/status")?;
    let status: serde_json::Value = serde_json::from_str(status).ok()?;
    status.get("revision")?.as_str().map(Into::into)
}

fn names(containers: &[Container]) -> Vec<&str> {
    containers
        .iter()
        .map(|container| container.name.as_str())
        .collect()
}

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(key, value)| ((*key).into(), (*value).into()))
        .collect()
}
