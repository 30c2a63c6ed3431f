//! The Pods that templates are tried with.
//!
//! One of each kind of workload, from `samples.yaml`, the shipped examples, and one for each value that is told apart of
//! each annotation.

use outrigger_json::{Object, Value};

use crate::{
    annotations::{Rule, Site, TABLE, names},
    inject::Owner,
    workload::{self, Form},
};

/// A Pod, and what messages call it.
#[derive(Debug)]
pub(super) struct Sample {
    /// For example `Deployment shop`, or `Pod with sidecar.istio.io/logLevel: "debug"`.
    pub(super) name: String,
    pub(super) pod: Value<'static>,
    owner: Option<[String; 4]>,
}

const WORKLOADS: &str = include_str!("samples.yaml");

const EXAMPLES: [&str; 4] = [
    include_str!("../../examples/cronjob.yaml"),
    include_str!("../../examples/deployment.yaml"),
    include_str!("../../examples/gateway.yaml"),
    include_str!("../../examples/pod.yaml"),
];

/// Values of annotations that have no rule, by name: what templates tell apart.
const VALUES: &[(&str, &[&str])] = &[
    (names::NATIVE_SIDECAR, &["true", "false"]),
    ("apm.datadoghq.com/env", &[r#"{"DD_ENV":"test"}"#]),
    ("istio.io/rev", &["canary"]),
    (
        "k8s.v1.cni.cncf.io/networks",
        &["storage", r#"[{"name":"storage"}]"#],
    ),
    ("kubectl.kubernetes.io/default-container", &["app"]),
    ("kubectl.kubernetes.io/default-logs-container", &["app"]),
    ("prometheus.istio.io/scrape-targets", &["9090,9091:/stats"]),
    ("prometheus.istio.io/secure-port", &["15443"]),
    ("prometheus.io/scrape", &["false"]),
    ("resource.opentelemetry.io/service.namespace", &["shop"]),
    ("resource.opentelemetry.io/service.version", &["1"]),
    ("sidecar.istio.io/agentLogLevel", &["default:debug"]),
    ("sidecar.istio.io/bootstrapOverride", &["bootstrap"]),
    ("sidecar.istio.io/capNetBindService", &["true", "false"]),
    ("sidecar.istio.io/componentLogLevel", &["misc:error"]),
    (
        "sidecar.istio.io/discoveryAddress",
        &["istiod.istio-system.svc:15012"],
    ),
    ("sidecar.istio.io/extraStatTags", &["shop"]),
    ("sidecar.istio.io/logLevel", &["debug"]),
    ("sidecar.istio.io/proxyCPU", &["100m"]),
    ("sidecar.istio.io/proxyCPULimit", &["2000m"]),
    ("sidecar.istio.io/proxyMemory", &["128Mi"]),
    ("sidecar.istio.io/proxyMemoryLimit", &["1Gi"]),
    ("sidecar.istio.io/proxyImage", &["registry.test/proxy:1"]),
    (
        "sidecar.istio.io/proxyImageType",
        &["distroless", "default"],
    ),
    ("sidecar.istio.io/rewriteAppHTTPProbers", &["true", "false"]),
    ("sidecar.istio.io/statsInclusionPrefixes", &["http"]),
    (
        "sidecar.istio.io/userVolume",
        &[r#"{"user":{"emptyDir":{}}}"#],
    ),
    (
        "traffic.sidecar.istio.io/includeOutboundPorts",
        &["443", ""],
    ),
];

/// An annotation that does nothing without another.
const TOGETHER: &[(&str, &str, &str)] = &[(
    "sidecar.istio.io/userVolumeMount",
    r#"{"user":{"mountPath":"/user"}}"#,
    "sidecar.istio.io/userVolume",
)];

/// All samples.
pub(super) fn all() -> Vec<Sample> {
    let mut samples = workloads(WORKLOADS);
    samples.extend(EXAMPLES.into_iter().flat_map(workloads));
    for entry in TABLE.iter().filter(|e| e.site == Site::Annotation) {
        let by_name = VALUES.iter().find(|(name, _)| *name == entry.name);
        for value in by_name.map_or_else(|| of_rule(entry.rule), |(_, values)| values) {
            samples.push(annotated(entry.name, value));
        }
    }
    for (name, value, with) in TOGETHER {
        let values = VALUES.iter().find(|(name, _)| name == with);
        let other = values.and_then(|(_, values)| values.first());
        let mut sample = annotated(name, value);
        annotate(&mut sample.pod, with, other.unwrap_or(&""));
        samples.push(sample);
    }
    samples
}

/// The values of a rule that are told apart.
const fn of_rule(rule: Rule) -> &'static [&'static str] {
    match rule {
        Rule::Free => &[],
        Rule::Boolean => &["true", "false"],
        Rule::InterceptionMode => &["REDIRECT", "TPROXY", "NONE"],
        Rule::Uint32 => &["0", "30"],
        Rule::Port => &["15020", "0"],
        Rule::Ports(_, true) => &["80,443", "", "*"],
        Rule::Ports(_, false) => &["80,443", ""],
        Rule::Ranges(_, true) => &["10.0.0.0/8,192.168.0.0/16", "", "*"],
        Rule::Ranges(_, false) => &["10.0.0.0/8,192.168.0.0/16", ""],
        Rule::Interfaces => &["eth1,eth2"],
        Rule::Quantity => &["1"],
        Rule::ProxyConfig => &[
            "holdApplicationUntilProxyStarts: true",
            "proxyMetadata: {A: b, IPTABLES_TRACE_LOGGING: \"true\"}",
            "interceptionMode: TPROXY",
            "concurrency: 2\nimage: {imageType: distroless}\ntracing: {}",
        ],
    }
}

/// The Pods of the workloads in manifests.
fn workloads(manifests: &str) -> Vec<Sample> {
    let mut samples = Vec::new();
    for document in outrigger_yaml::documents(manifests).flatten() {
        // A test holds that all of them are read.
        let Ok(mut object) = document.parse() else {
            continue;
        };
        let visited =
            workload::each_pod::<workload::Error>(&mut object, Form::Kept, &mut |found| {
                let owner = found.owner().map(|owner| {
                    [owner.api_version, owner.kind, owner.name, owner.namespace].map(str::to_owned)
                });
                samples.push(Sample {
                    name: found.object.to_string(),
                    pod: found.pod.clone(),
                    owner,
                });
                Ok(None)
            });
        drop(visited);
    }
    samples
}

/// A plain Pod with an annotation.
fn annotated(name: &str, value: &str) -> Sample {
    let app = Object::from_iter([("name", "app"), ("image", "registry.test/app:1")]);
    let containers = Object::from_iter([("containers", vec![Value::from(app)])]);
    let metadata = Object::from_iter([("name", "annotated")]);
    let mut pod = Value::from(Object::from_iter([
        ("metadata", metadata),
        ("spec", containers),
    ]));
    annotate(&mut pod, name, value);
    Sample {
        name: format!("Pod with {name}: {value:?}"),
        pod,
        owner: None,
    }
}

fn annotate(pod: &mut Value<'static>, name: &str, value: &str) {
    let metadata = pod
        .as_object_mut()
        .map(|pod| pod.entry("metadata", || Object::new().into()));
    let annotations = metadata
        .and_then(Value::as_object_mut)
        .map(|metadata| metadata.entry("annotations", || Object::new().into()));
    if let Some(annotations) = annotations.and_then(Value::as_object_mut) {
        annotations.insert(name.to_owned(), value.to_owned());
    }
}

impl Sample {
    /// The owner, where it is not derived from the Pod.
    pub(super) fn owner(&self) -> Option<Owner<'_>> {
        let [api_version, kind, name, namespace] = self.owner.as_ref()?;
        Some(Owner {
            api_version,
            kind,
            name,
            namespace,
        })
    }

    /// Whether the Pod has no container but the proxy.
    pub(super) fn is_gateway(&self) -> bool {
        let containers = self
            .pod
            .at(&["spec", "containers"])
            .and_then(Value::as_array);
        let name = |c: &Value<'_>| c.get("name").and_then(Value::as_str) == Some("istio-proxy");
        containers.unwrap_or_default().iter().all(name)
    }

    /// The Pod, asking for these templates.
    pub(super) fn asking_for(&self, templates: &str) -> Value<'static> {
        let mut pod = self.pod.clone();
        annotate(&mut pod, names::TEMPLATES, templates);
        pod
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check;

    #[test]
    fn all_documents_are_samples_and_nothing_is_wrong_with_any() {
        assert_eq!(
            workloads(WORKLOADS).len(),
            outrigger_yaml::documents(WORKLOADS).count()
        );
        for example in EXAMPLES {
            assert!(!workloads(example).is_empty(), "{example}");
        }
        for sample in all() {
            assert_eq!(check::pod(&sample.pod), [], "{}", sample.name);
        }
    }

    #[test]
    fn values_are_of_known_annotations() {
        let known = |name: &str| TABLE.iter().any(|e| e.name == name);
        for (name, _) in VALUES {
            assert!(known(name), "{name}");
        }
        for (name, _, with) in TOGETHER {
            assert!(known(name) && known(with), "{name}");
        }
    }
}
