//! Random Pods and workloads as people write them.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

fn any_of(values: &[Json]) -> impl Strategy<Value = Json> + Clone + use<> {
    prop::sample::select(values.to_vec())
}

/// An object with some of these entries.
fn some_of(entries: &[(&str, &[Json])]) -> BoxedStrategy<Json> {
    let entries: Vec<_> = entries
        .iter()
        .map(|(key, values)| {
            let key = (*key).to_owned();
            let value = prop::option::weighted(0.3, any_of(values));
            value.prop_map(move |value| value.map(|value| (key.clone(), value)))
        })
        .collect();
    entries
        .prop_map(|entries| Json::Object(entries.into_iter().flatten().collect()))
        .boxed()
}

fn container(names: &[&str]) -> BoxedStrategy<Json> {
    let ports = [json!("http"), json!(8080), json!(9090), json!("nowhere")];
    let requests = ports.iter().flat_map(|port| {
        [
            json!({"httpGet": {"path": "/x", "port": port, "scheme": "HTTPS"}, "timeoutSeconds": 2}),
            json!({"httpGet": {"port": port, "host": "h", "httpHeaders": [{"name": "a", "value": "<"}]}}),
            json!({"tcpSocket": {"port": port}, "periodSeconds": 3}),
        ]
    });
    let mut probes: Vec<Json> = requests.collect();
    probes.extend([
        json!({"grpc": {"port": 8080}}),
        json!({"grpc": {"port": 8080, "service": "s"}, "initialDelaySeconds": 0}),
        json!({"exec": {"command": ["true"]}}),
        json!({"httpGet": {"path": "/app-health/app/livez", "port": 15020}}),
        Json::Null,
    ]);
    let hooks = [
        json!({"preStop": {"httpGet": {"path": "/stop", "port": "http"}}}),
        json!({"postStart": {"tcpSocket": {"port": 8080}}, "preStop": {"exec": {"command": ["a"]}}}),
        json!({}),
    ];
    let names: Vec<Json> = names.iter().map(|n| json!(n)).collect();
    let fields = some_of(&[
        ("image", &[json!("auto"), json!("app:1")]),
        (
            "ports",
            &[
                json!([{"name": "http", "containerPort": 8080}]),
                json!([{"containerPort": 9090, "name": "http"}, {"containerPort": 8080}]),
                json!([]),
            ],
        ),
        ("readinessProbe", &probes),
        ("livenessProbe", &probes),
        ("startupProbe", &probes),
        ("lifecycle", &hooks),
        (
            "env",
            &[
                json!([{"name": "A", "value": ""}]),
                json!([{"name": "ISTIO_META_NETWORK", "value": "n"}, {"name": "B", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}]),
                Json::Null,
            ],
        ),
        (
            "resources",
            &[
                json!({}),
                json!({"limits": {"cpu": "1000m", "memory": "1024Mi"}}),
                json!({"requests": {"cpu": 0.5}}),
            ],
        ),
        (
            "securityContext",
            &[
                json!({"runAsUser": 1000, "runAsGroup": 2000}),
                json!({"runAsUser": 0}),
                json!({}),
            ],
        ),
        (
            "volumeMounts",
            &[json!([{"name": "data", "mountPath": "/d", "readOnly": false}])],
        ),
        ("restartPolicy", &[json!("Always")]),
        ("tty", &[json!(false)]),
        ("args", &[json!([]), json!(["a", ""])]),
    ]);
    (any_of(&names), fields)
        .prop_map(|(name, mut container)| {
            container["name"] = name;
            container
        })
        .boxed()
}

fn containers(
    names: &'static [&'static str],
    count: std::ops::Range<usize>,
) -> BoxedStrategy<Json> {
    prop::collection::vec(container(names), count)
        .prop_map(|mut containers| {
            let mut seen = Vec::new();
            containers.retain(|c| {
                let is_new = !seen.contains(&c["name"]);
                seen.push(c["name"].clone());
                is_new
            });
            containers.into()
        })
        .boxed()
}

fn named(names: &[&str]) -> BoxedStrategy<Json> {
    let names: Vec<Json> = names.iter().map(|n| json!({"name": n})).collect();
    let lists = prop::sample::subsequence(names, 0..3).prop_map(Json::from);
    prop_oneof![4 => lists, 1 => Just(Json::Null)].boxed()
}

fn metadata() -> impl Strategy<Value = Json> {
    let texts = |texts: &[&str]| texts.iter().map(|t| json!(t)).collect::<Vec<_>>();
    let labels = some_of(&[
        (
            "app",
            &texts(&[
                "web",
                "-a-very-long-name-that-is-cut-since-labels-have-a-limit-of-63-characters",
            ]),
        ),
        ("version", &texts(&["v1", ""])),
        ("app.kubernetes.io/name", &texts(&["web", ""])),
        ("security.istio.io/tlsMode", &texts(&["istio", "disabled"])),
        (
            "service.istio.io/canonical-name",
            &texts(&["web", "other", ""]),
        ),
        (
            "service.istio.io/canonical-revision",
            &texts(&["latest", "v1"]),
        ),
        ("networking.istio.io/tunnel", &texts(&["http"])),
        ("topology.istio.io/network", &texts(&["net-1", "net-2"])),
        ("team", &texts(&["theirs", "ours"])),
    ]);
    let annotations = some_of(&[
        ("istio.io/rev", &texts(&["default", "old"])),
        (
            "kubectl.kubernetes.io/default-container",
            &texts(&["app", "b"]),
        ),
        ("prometheus.io/scrape", &texts(&["true", "false"])),
        ("prometheus.io.port", &texts(&["8080", "15020"])),
        (
            "prometheus.io/path",
            &texts(&["/stats/prometheus", "/m", ""]),
        ),
        (
            "prometheus.istio.io/scrape-targets",
            &texts(&["8080:/a, 9090", "8080"]),
        ),
        ("prometheus.istio.io/secure-port", &texts(&["15091"])),
        ("prometheus.istio.io/merge-metrics", &texts(&["false"])),
        (
            "sidecar.istio.io/rewriteAppHTTPProbers",
            &texts(&["false", "true"]),
        ),
        (
            "sidecar.istio.io/interceptionMode",
            &texts(&["REDIRECT", "TPROXY", "NONE"]),
        ),
        (
            "traffic.sidecar.istio.io/includeInboundPorts",
            &texts(&["*", "80", ""]),
        ),
        (
            "traffic.sidecar.istio.io/excludeInboundPorts",
            &texts(&["15020", "80", "80,15020", ""]),
        ),
        (
            "traffic.sidecar.istio.io/includeOutboundIPRanges",
            &texts(&["*", "10.0.0.0/8"]),
        ),
        (
            "traffic.sidecar.istio.io/excludeOutboundPorts",
            &texts(&["5"]),
        ),
        (
            "k8s.v1.cni.cncf.io/networks",
            &texts(&["a", "default/istio-cni", r#"[{"name": "a"}]"#]),
        ),
        ("status.sidecar.istio.io/port", &texts(&["0", "15055"])),
        ("sidecar.istio.io/nativeSidecar", &texts(&["true", "false"])),
        (
            "proxy.istio.io/config",
            &texts(&[
                "holdApplicationUntilProxyStarts: true",
                "proxyMetadata: {ENVOY_SECURE_MERGED_METRICS_PORT: '15091'}",
            ]),
        ),
        ("example.com/note", &texts(&["theirs"])),
    ]);
    (
        prop::option::of(labels),
        prop::option::of(annotations),
        any::<bool>(),
    )
        .prop_map(|(labels, annotations, null)| {
            let mut metadata = json!({});
            for (key, map) in [("labels", labels), ("annotations", annotations)] {
                match map {
                    Some(map) => metadata[key] = map,
                    None if null => metadata[key] = Json::Null,
                    None => {}
                }
            }
            metadata
        })
}

/// `metadata` and `spec` of a Pod as people write them, odd ones among them, none that is refused.
pub(super) fn pod() -> impl Strategy<Value = Json> {
    let spec = (
        containers(&["app", "b", "istio-proxy", "extra"], 1..4),
        prop::option::of(containers(&["first", "istio-proxy", "istio-init", "setup"], 0..3)),
        prop::option::of(named(&["data", "scratch", "istio-token", "workload-certs"])),
        prop::option::of(named(&["a", "b"])),
        some_of(&[
            ("dnsConfig", &[json!({"searches": ["a"]})]),
            ("securityContext", &[json!({}), json!({"sysctls": [{"name": "net.ipv4.ip_unprivileged_port_start", "value": "0"}]}), json!({"fsGroup": 1})]),
            ("serviceAccountName", &[json!("sa"), Json::Null]),
            ("terminationGracePeriodSeconds", &[json!(5)]),
        ]),
    )
        .prop_map(|(containers, init, volumes, secrets, mut spec)| {
            spec["containers"] = containers;
            for (key, part) in [("initContainers", init), ("volumes", volumes), ("imagePullSecrets", secrets)] {
                if let Some(part) = part {
                    spec[key] = part;
                }
            }
            spec
        });
    (prop::option::weighted(0.9, metadata()), spec).prop_map(|(metadata, spec)| match metadata {
        Some(metadata) => json!({"metadata": metadata, "spec": spec}),
        None => json!({"spec": spec}),
    })
}

/// The Pod in a workload of any kind, or in a List of two.
pub(super) fn manifest() -> impl Strategy<Value = Json> {
    const KINDS: [(&str, &str); 9] = [
        ("v1", "Pod"),
        ("apps/v1", "Deployment"),
        ("apps/v1", "DaemonSet"),
        ("apps/v1", "ReplicaSet"),
        ("apps/v1", "StatefulSet"),
        ("v1", "ReplicationController"),
        ("batch/v1", "Job"),
        ("batch/v1", "CronJob"),
        ("apps.openshift.io/v1", "DeploymentConfig"),
    ];
    let extra = some_of(&[
        ("paused", &[json!(false), json!(true)]),
        ("minReadySeconds", &[json!(0), json!(3)]),
        ("test", &[json!(false)]),
        ("replicas", &[json!(0), json!(2)]),
    ]);
    let status = prop::option::weighted(
        0.2,
        any_of(&[
            json!({}),
            json!({"replicas": 0}),
            json!({"replicas": 1}),
            Json::Null,
        ]),
    );
    let single = (prop::sample::select(KINDS.to_vec()), pod(), extra, status).prop_map(
        |((version, kind), mut pod, mut spec, status)| {
            let mut object =
                json!({"apiVersion": version, "kind": kind, "metadata": {"name": "web"}});
            match kind {
                "Pod" => {
                    pod["apiVersion"] = json!(version);
                    pod["kind"] = json!(kind);
                    object = pod;
                }
                "CronJob" => {
                    spec["jobTemplate"] = json!({"spec": {"template": {"spec": pod["spec"]}}});
                    if let Some(metadata) = pod.get("metadata") {
                        spec["jobTemplate"]["metadata"] = metadata.clone();
                    }
                    object["spec"] = spec;
                }
                _ => {
                    spec["template"] = pod;
                    object["spec"] = spec;
                }
            }
            if let Some(status) = status {
                object["status"] = status;
            }
            object
        },
    );
    let single = single.boxed();
    let list = (single.clone(), single.clone(), any::<bool>()).prop_map(|(a, b, metadata)| {
        let mut list =
            json!({"apiVersion": "v1", "kind": "List", "items": [a, {"kind": "Service"}, b]});
        if metadata {
            list["metadata"] = json!({});
        }
        list
    });
    prop_oneof![4 => single, 1 => list]
}
