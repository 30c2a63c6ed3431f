//! The shipped templates: what they make of Pods.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::Path,
};

use outrigger::{
    config::{NativeSidecars, Settings, Snapshot, Sources},
    inject::{Injector, Request, Way},
};
use outrigger_json::Value;

/// A Pod as the API server sends it, with annotations beside its own.
fn pod(annotations: &[(&str, &str)]) -> Value<'static> {
    let text = r#"{"apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "shop", "namespace": "trade", "labels": {"app": "shop", "version": "v2"}, "annotations": {}},
        "spec": {"serviceAccountName": "shop", "containers": [
            {"name": "shop", "image": "shop:2", "resources": {}, "ports": [{"name": "http", "containerPort": 8080}],
             "readinessProbe": {"httpGet": {"path": "/ready", "port": "http"}}},
            {"name": "cache", "image": "cache:7", "resources": {}}]}}"#;
    let mut pod = Value::parse(text.as_bytes()).unwrap().into_owned();
    let notes = pod
        .at_mut(&["metadata", "annotations"])
        .unwrap()
        .as_object_mut()
        .unwrap();
    for (name, value) in annotations {
        notes.insert((*name).to_owned(), (*value).to_owned());
    }
    pod
}

fn inject(injector: &Injector, pod: &Value<'_>) -> Result<Value<'static>, String> {
    let request = Request {
        pod,
        namespace: "",
        owner: None,
        variables: &[],
        way: Way::Webhook,
    };
    let outcome = injector.apply(&request);
    match outcome.result {
        Some(pod) => Ok(pod),
        None => Err(format!("{}: {}", outcome.reason.code(), outcome.detail)),
    }
}

/// An injector whose values differ from the built-in ones by `values`, in YAML.
fn injector(values: &str, settings: Settings) -> Injector {
    let mut snapshot = Snapshot::build(&Sources::default(), settings).unwrap();
    let changes = outrigger_yaml::parse(values).unwrap().into_owned();
    change(&mut snapshot.values.document, changes);
    Injector::new(snapshot).unwrap()
}

fn change(document: &mut Value<'static>, changes: Value<'static>) {
    match changes {
        Value::Object(changes) if document.as_object().is_some() => {
            for (key, value) in changes {
                let object = document.as_object_mut().unwrap();
                change(object.entry(key, Value::default), value);
            }
        }
        value => *document = value,
    }
}

/// A tree's leaves as JSON by their path. An item of a list stands by its name; a container has the same path in every
/// list, and its list as a leaf of its own.
fn leaves(value: &Value<'_>, path: &str, found: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(object) if !object.is_empty() => {
            for (key, value) in object.iter() {
                leaves(value, &format!("{path}/{key}"), found);
            }
        }
        Value::Array(items) if items.iter().any(|item| item.as_object().is_some()) => {
            let list = path
                .strip_suffix("/containers")
                .or_else(|| path.strip_suffix("/initContainers"));
            for (at, item) in items.iter().enumerate() {
                let name = ["mountPath", "name"]
                    .iter()
                    .find_map(|key| item.get(key)?.as_str());
                let name = name.map_or_else(|| at.to_string(), |name| format!("[{name}]"));
                let place = format!("{}/{name}", list.unwrap_or(path));
                if list.is_some() {
                    found.insert(
                        place.clone(),
                        format!("in {}", path.trim_start_matches("/spec/")),
                    );
                }
                leaves(item, &place, found);
            }
        }
        leaf => {
            found.insert(path.to_owned(), leaf.to_string());
        }
    }
}

fn leaves_of(value: &Value<'_>) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    leaves(value, "", &mut found);
    found
}

/// What `other` has otherwise than `base`, a line each.
fn differences(base: &Value<'_>, other: &Value<'_>) -> String {
    let (base, other) = (leaves_of(base), leaves_of(other));
    let mut lines = Vec::new();
    for path in base.keys().chain(other.keys()).collect::<BTreeSet<_>>() {
        let (was, is) = (base.get(path), other.get(path));
        if was != is {
            lines.extend(was.map(|value| format!("- {path} {value}\n")));
            lines.extend(is.map(|value| format!("+ {path} {value}\n")));
        }
    }
    lines.concat()
}

/// Holds a result equal to the file that keeps it; `UPDATE_GOLDEN=1` writes the file anew.
fn golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/templates")
        .join(name);
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == text,
        "{} is not what is rendered now; read the difference after `UPDATE_GOLDEN=1 cargo test --test it templates`:\n{text}",
        path.display()
    );
}

/// A name, annotations of the Pod, and changes of the values.
type Case = (
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static str,
);

const CASES: &[Case] = &[
    ("no-capture", &[("sidecar.istio.io/interceptionMode", "NONE")], ""),
    (
        "classic",
        &[("sidecar.istio.io/nativeSidecar", "false")],
        "{global: {proxy: {holdApplicationUntilProxyStarts: true}}}",
    ),
    (
        "no-capture-classic",
        &[("sidecar.istio.io/interceptionMode", "NONE"), ("sidecar.istio.io/nativeSidecar", "false")],
        "",
    ),
    (
        "tproxy",
        &[("sidecar.istio.io/interceptionMode", "TPROXY"), ("sidecar.istio.io/capNetBindService", "true")],
        "",
    ),
    (
        "cni",
        &[
            ("k8s.v1.cni.cncf.io/networks", "bridge"),
            ("traffic.sidecar.istio.io/excludeOutboundIPRanges", "10.0.0.0/8"),
            ("traffic.sidecar.istio.io/excludeOutboundPorts", ""),
            ("traffic.sidecar.istio.io/excludeInterfaces", "eth1"),
            ("istio.io/reroute-virtual-interfaces", "net1"),
            ("traffic.sidecar.istio.io/kubevirtInterfaces", "net2"),
        ],
        "{pilot: {cni: {enabled: true, provider: multus}}}",
    ),
    (
        "annotated",
        &[
            ("sidecar.istio.io/proxyImage", "example.com/proxy:1"),
            ("sidecar.istio.io/proxyCPU", "250m"),
            ("sidecar.istio.io/proxyMemoryLimit", "1Gi"),
            ("sidecar.istio.io/logLevel", "debug"),
            ("sidecar.istio.io/componentLogLevel", "misc:info"),
            ("sidecar.istio.io/agentLogLevel", "default:warn"),
            ("sidecar.istio.io/bootstrapOverride", "bootstrap"),
            ("sidecar.istio.io/userVolume", r#"{"scratch": {"emptyDir": {}}}"#),
            ("sidecar.istio.io/userVolumeMount", r#"{"scratch": {"mountPath": "/scratch", "readOnly": true}}"#),
            ("readiness.status.sidecar.istio.io/periodSeconds", "5"),
            ("traffic.sidecar.istio.io/includeOutboundPorts", "80,443"),
            ("traffic.sidecar.istio.io/excludeInboundPorts", "9090"),
            ("proxy.istio.io/config", "{drainDuration: 30s, proxyMetadata: {ISTIO_META_DNS_CAPTURE: \"true\"}}"),
        ],
        "",
    ),
    ("no-status-port", &[("status.sidecar.istio.io/port", "0")], ""),
    (
        "traced",
        &[
            ("proxy.istio.io/config", "{proxyMetadata: {IPTABLES_TRACE_LOGGING: \"true\", ISTIO_META_ENABLE_HBONE: \"true\"}}"),
            ("apm.datadoghq.com/env", r#"{"DD_ENV": "prod", "DD_TRACE_RATE": 5}"#),
        ],
        "{global: {proxy: {tracer: datadog}}}",
    ),
    (
        "valued",
        &[],
        "{revision: canary, pilot: {env: {ENABLE_CLUSTER_TRUST_BUNDLE_API: true}, crlConfigMapName: crl}, global: {
           caName: GkeWorkloadCertificate, mountMtlsCerts: true, imagePullSecrets: [one, two], imagePullPolicy: Always,
           logAsJson: true, nativeNftables: true, network: net1, meshID: mesh1, trustBundleName: bundle, sts: {servicePort: 15463},
           proxy_init: {forceApplyIptables: true},
           proxy: {outlierLogPath: /dev/stdout, privileged: true, seccompProfile: {type: RuntimeDefault},
                   lifecycle: {preStop: {exec: {command: [sleep, '5']}}}, resources: {limits: null, requests: {cpu: 10m}}}}}",
    ),
    // What Istio's templates make something odd of: see docs/compatibility.md.
    (
        "tolerant",
        &[
            ("sidecar.istio.io/bootstrapOverride", ""),
            ("sidecar.istio.io/userVolume", ""),
        ],
        "{revision: null, pilot: {env: {ENABLE_CLUSTER_TRUST_BUNDLE_API: 'true'}}}",
    ),
    ("gateway", &[("inject.istio.io/templates", "gateway")], ""),
    ("grpc-agent", &[("inject.istio.io/templates", "grpc-agent")], ""),
    ("grpc-simple", &[("inject.istio.io/templates", "grpc-simple")], ""),
];

fn native() -> Settings {
    Settings {
        native_sidecars: NativeSidecars::On,
        ..Settings::default()
    }
}

#[test]
fn shipped_templates_give_these_pods() {
    let base = inject(&injector("{}", native()), &pod(&[])).unwrap();
    golden("sidecar.yaml", &outrigger_yaml::to_string(&base));
    for (name, annotations, values) in CASES {
        let injector = injector(if values.is_empty() { "{}" } else { values }, native());
        let injected =
            inject(&injector, &pod(annotations)).unwrap_or_else(|e| panic!("{name}: {e}"));
        golden(&format!("{name}.diff"), &differences(&base, &injected));
        let again = inject(&injector, &injected).unwrap_or_else(|e| panic!("{name}, again: {e}"));
        assert_eq!(
            differences(&injected, &again),
            "",
            "{name}: a second injection changes the Pod"
        );
    }
}

/// What the author says of a container that is injected too counts, after a second injection as well.
#[test]
fn what_the_author_customised_stays() {
    let mut customised = pod(&[("sidecar.istio.io/nativeSidecar", "false")]);
    let text = r#"{"name": "istio-proxy", "image": "auto", "resources": {"limits": {"cpu": "3"}},
        "env": [{"name": "MINE", "value": "1"}], "readinessProbe": {"periodSeconds": 7}}"#;
    let proxy = Value::parse(text.as_bytes()).unwrap().into_owned();
    let containers = customised.at_mut(&["spec", "containers"]).unwrap();
    containers.as_array_mut().unwrap().push(proxy);

    let injector = injector("{}", native());
    let injected = inject(&injector, &customised).unwrap();
    let given = leaves_of(&injected);
    for (path, want) in [
        (
            "/spec/[istio-proxy]/image",
            r#""registry.istio.io/testing/proxyv2:latest""#,
        ),
        ("/spec/[istio-proxy]/resources/limits/cpu", r#""3""#),
        ("/spec/[istio-proxy]/resources/limits/memory", r#""1024Mi""#),
        ("/spec/[istio-proxy]/env/[MINE]/value", r#""1""#),
        ("/spec/[istio-proxy]/readinessProbe/periodSeconds", "7"),
        ("/spec/[istio-proxy]/readinessProbe/failureThreshold", "4"),
    ] {
        assert_eq!(given.get(path).map(String::as_str), Some(want), "{path}");
    }
    let again = inject(&injector, &injected).unwrap();
    assert_eq!(differences(&injected, &again), "");
}
