//! Random Pods and workloads, injected with one configuration, then with another.

use std::{fs, path::Path, process::Command, sync::LazyLock};

use outrigger::{
    config::{NativeSidecars, Settings, Snapshot, Sources, Text},
    inject::{self, Injector, Owner, Request, Way},
};
use outrigger_json::Value;
use proptest::{
    prelude::*,
    strategy::ValueTree as _,
    test_runner::{TestRng, TestRunner},
};
use serde_json::{Value as Json, json};

use super::unlisted;

/// A configuration: what differs from the built-in values, the MeshConfig, the injector's configuration, settings.
struct Config {
    values: &'static str,
    mesh: &'static str,
    injector: &'static str,
    native: bool,
    openshift: bool,
}

const CONFIGS: [Config; 9] = [
    Config {
        values: "{}",
        mesh: "{}",
        injector: "{}",
        native: true,
        openshift: false,
    },
    Config {
        values: "{global: {proxy: {holdApplicationUntilProxyStarts: true}, imagePullSecrets: [a, fresh]}}",
        mesh: "{}",
        injector: "{}",
        native: false,
        openshift: false,
    },
    Config {
        values: "{pilot: {cni: {enabled: true, provider: multus}}, global: {network: net-1, proxy: {includeIPRanges: 10.0.0.0/8, excludeInboundPorts: '81'}}}",
        mesh: "{}",
        injector: "{}",
        native: true,
        openshift: false,
    },
    Config {
        values: "{pilot: {cni: {enabled: true}}, sidecarInjectorWebhook: {rewriteAppHTTPProbe: false}}",
        mesh: "{}",
        injector: "{}",
        native: false,
        openshift: true,
    },
    Config {
        values: "{}",
        mesh: "{enablePrometheusMerge: false, defaultConfig: {interceptionMode: TPROXY, proxyMetadata: {ISTIO_META_ENABLE_HBONE: 'true'}}}",
        injector: "{}",
        native: true,
        openshift: false,
    },
    Config {
        values: "{}",
        mesh: "{}",
        injector: r#"
defaultTemplates: [sidecar, own]
injectedAnnotations: {example.com/injected: "yes", example.com/note: ours}
templates:
  own: |
    metadata:
      labels: {team: ours, app: other}
      annotations: {example.com/own: "1", prometheus.istio.io/merge-metrics: "false", sidecar.istio.io/rewriteAppHTTPProbers: "false"}
    spec:
      dnsConfig: {searches: [example.com]}
      terminationGracePeriodSeconds: 77
      initContainers:
      - {name: first, image: own}
      containers:
      - {name: extra, image: own, env: [{name: A, value: own}]}
      {{- range .Spec.Containers }}
      - name: {{ .Name }}
        env: [{name: OWN, value: "1"}]
        securityContext: {runAsUser: 7}
      {{- end }}
      volumes:
      - {name: scratch, emptyDir: {}}
      - {name: data, hostPath: null}
"#,
        native: false,
        openshift: false,
    },
    Config {
        values: "{}",
        mesh: "{}",
        injector: "{defaultTemplates: [gateway]}",
        native: true,
        openshift: false,
    },
    Config {
        values: "{}",
        mesh: "{}",
        injector: "{defaultTemplates: [grpc-agent]}",
        native: true,
        openshift: false,
    },
    Config {
        values: "{}",
        mesh: "{}",
        injector: "{defaultTemplates: [grpc-simple]}",
        native: false,
        openshift: false,
    },
];

impl Config {
    /// The built-in values with those that differ.
    fn values(&self) -> String {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/config/defaults/values.yaml");
        let mut values = outrigger_yaml::parse(&fs::read_to_string(path).unwrap()).unwrap();
        change(&mut values, outrigger_yaml::parse(self.values).unwrap());
        values.to_string()
    }

    fn injector(&self) -> Injector {
        let text = |text: String| {
            Some(Text {
                name: "a test".to_owned(),
                text,
            })
        };
        let sources = Sources {
            injector: text(self.injector.to_owned()),
            values: text(self.values()),
            mesh: text(self.mesh.to_owned()),
            ..Sources::default()
        };
        let settings = Settings {
            native_sidecars: if self.native {
                NativeSidecars::On
            } else {
                NativeSidecars::Off
            },
            openshift: self.openshift,
            ..Settings::default()
        };
        Injector::new(Snapshot::build(&sources, settings).unwrap()).unwrap()
    }

    /// The same for the program.
    fn options(&self, folder: &Path, name: &str) -> Vec<String> {
        let mut options = Vec::new();
        for (option, text) in [
            ("--values", self.values()),
            ("--mesh-config", self.mesh.to_owned()),
            ("--injector-config", self.injector.to_owned()),
        ] {
            let path = folder.join(format!("{name}{option}"));
            fs::write(&path, text).unwrap();
            options.extend([option.to_owned(), path.display().to_string()]);
        }
        options.extend(["--native-sidecars".to_owned(), self.native.to_string()]);
        if self.openshift {
            options.extend(["--platform", "openshift"].map(str::to_owned));
        }
        options
    }
}

fn change(tree: &mut Value<'static>, changes: Value<'static>) {
    match changes {
        Value::Object(changes) if tree.as_object().is_some() => {
            for (key, value) in changes {
                change(
                    tree.as_object_mut().unwrap().entry(key, Value::default),
                    value,
                );
            }
        }
        value => *tree = value,
    }
}

static INJECTORS: LazyLock<Vec<Injector>> =
    LazyLock::new(|| CONFIGS.iter().map(Config::injector).collect());

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
fn pod() -> impl Strategy<Value = Json> {
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
fn manifest() -> impl Strategy<Value = Json> {
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

fn apply(injector: &Injector, pod: &Value<'_>, way: Way) -> Option<Value<'static>> {
    let request = Request {
        pod,
        namespace: "shop",
        owner: Some(OWNER),
        variables: &[],
        way,
    };
    injector.apply(&request).result
}

const OWNER: Owner<'_> = Owner {
    api_version: "apps/v1",
    kind: "Deployment",
    name: "web",
    namespace: "shop",
};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn pods_come_back_whatever_the_configurations(
        pod in pod(),
        first in 0..CONFIGS.len(),
        second in 0..CONFIGS.len(),
    ) {
        let text = pod.to_string();
        let author = Value::parse(text.as_bytes()).unwrap();
        let (a, b) = (&INJECTORS[first], &INJECTORS[second]);
        let Some(injected) = apply(a, &author, Way::Webhook) else {
            return Ok(());
        };
        let restored = inject::restore(&injected, &OWNER).unwrap().unwrap();
        prop_assert!(restored.is_certain);
        prop_assert_eq!(&restored.pod, &author);
        let again = apply(a, &injected, Way::Webhook).unwrap();
        prop_assert_eq!(&again, &injected);
        if let Some(alone) = apply(b, &author, Way::Webhook) {
            prop_assert_eq!(apply(b, &injected, Way::Webhook), Some(alone));
        }

        // A manifest's Pod has no record in itself.
        let injected = apply(a, &author, Way::Offline).unwrap();
        let restored = inject::restore(&injected, &OWNER).unwrap().unwrap();
        prop_assert!(!restored.is_certain);
        // What templates and annotations of the configuration's own add is not known to be theirs; and an author's
        // proxy where the templates bring none, or among the init containers, is a thing of its own.
        let brings_proxy = |list| pod["spec"][list].to_string().contains("\"istio-proxy\"");
        let is_proxyless = CONFIGS[first].injector.contains("grpc-simple");
        if CONFIGS[first].injector.contains("templates:")
            || brings_proxy("initContainers")
            || brings_proxy("containers") && is_proxyless
        {
            return Ok(());
        }
        let doubts = inject::doubts(&injected, &restored);
        let unlisted = unlisted(&author, &restored.pod, &doubts.iter().collect::<Vec<_>>());
        prop_assert!(unlisted.is_empty(), "{:?}\n{:?}\n{}", unlisted, doubts, restored.pod);
    }
}

/// Runs the program and gives its standard output.
fn run(args: &[&[String]]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_outrigger"))
        .args(args.concat())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{told}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn manifests_come_back_whatever_the_configurations() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let mut runner = TestRunner::new_with_rng(
        ProptestConfig::default(),
        TestRng::deterministic_rng(prop::test_runner::RngAlgorithm::ChaCha),
    );
    let words = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
    let options: Vec<_> = (0..)
        .zip(&CONFIGS)
        .map(|(i, config)| config.options(folder.path(), &format!("config{i}")))
        .collect();
    let manifests: Vec<String> = (0..60)
        .map(|_| manifest().new_tree(&mut runner).unwrap().current())
        .map(|m| outrigger_yaml::to_string(&Value::parse(m.to_string().as_bytes()).unwrap()))
        .collect();
    let author = file("author.yaml", &manifests.join("---\n"));
    let injected: Vec<_> = (0..)
        .zip(&options)
        .map(|(i, options)| {
            let text = run(&[&words(&["inject", "-f", &author]), options]);
            (file(&format!("injected{i}.yaml"), &text), text)
        })
        .collect();
    for (i, (path, _)) in injected.iter().enumerate() {
        let back = run(&[&words(&["uninject", "-f", path])]);
        same(
            &back,
            &manifests.join("---\n"),
            &format!("configuration {i}"),
        );
        let next = (i + 1) % CONFIGS.len();
        let again = run(&[&words(&["inject", "-f", path]), &options[next]]);
        same(
            &again,
            &injected[next].1,
            &format!("configuration {i}, then {next}"),
        );
    }
}

/// Two streams of the same documents, up to the order of keys.
fn same(a: &str, b: &str, what: &str) {
    let parts = |stream| {
        outrigger_yaml::documents(stream)
            .map(Result::unwrap)
            .collect::<Vec<_>>()
    };
    let (a, b) = (parts(a), parts(b));
    assert_eq!(a.len(), b.len(), "{what}");
    for (a, b) in a.iter().zip(&b).filter(|(a, b)| a.text != b.text) {
        assert_eq!(a.parse(), b.parse(), "{what}:\n{}\n=>\n{}", b.text, a.text);
    }
}
