//! No value of a Pod can add a container, a field or a list item, and each arrives as it was written.

use std::sync::LazyLock;

use outrigger::{
    config::{NativeSidecars, Settings, Snapshot, Sources, Text},
    inject::{Injector, Reason, Request, Way},
};
use outrigger_json::{Object, Value};
use proptest::{prelude::*, sample::select};

/// A template that prints one annotation in every place that YAML has.
const EVERYWHERE: &str = r#"
{{- $v := annotation .ObjectMeta "example.com/v" "" }}
metadata:
  annotations:
    quoted: "{{ $v }}" # a comment with {{ $v }} in it
    single: '{{ $v }}'
    escaped: {{ $v | quote }}
    "key {{ $v }}": value
    beside: before {{ $v }} after
    block: |
      first
      {{ $v }}
    folded: >-
      {{ $v }}
    several: "one
      {{ $v }}
      three"
spec:
  nodeSelector: {flow: "{{ $v }}", plain: {{ $v | quote }}}
  containers:
  - name: istio-proxy
    image: example.com/proxy
    args: [one, "{{ $v }}", {{ printf "%s" $v | quote }}, --x={{ $v }}]
    env:
    - {name: V, value: "{{ $v }}"}
"#;

/// An injector under which most of what an author may write is read.
fn injector(templates: &[(&str, &str)]) -> Injector {
    let templates: Object<'_> = templates.iter().copied().collect();
    let config: Object<'_> = [("templates", Value::from(templates))]
        .into_iter()
        .collect();
    let sources = Sources {
        injector: Some(Text {
            name: "config".into(),
            text: Value::from(config).to_string(),
        }),
        ..Sources::default()
    };
    let settings = Settings {
        native_sidecars: NativeSidecars::On,
        ..Settings::default()
    };
    let mut snapshot = Snapshot::build(&sources, settings).unwrap();
    let cni = r#"{"enabled": true, "provider": "multus"}"#;
    for (path, key, value) in [
        (&["pilot"] as &[_], "cni", cni),
        (&["global"], "mountMtlsCerts", "true"),
    ] {
        let parent = snapshot.values.document.at_mut(path).unwrap();
        let value = Value::parse(value.as_bytes()).unwrap().into_owned();
        parent.as_object_mut().unwrap().insert(key, value);
    }
    Injector::new(snapshot).unwrap()
}

static SHIPPED: LazyLock<Injector> = LazyLock::new(|| injector(&[]));
static CUSTOM: LazyLock<Injector> = LazyLock::new(|| injector(&[("everywhere", EVERYWHERE)]));

/// Text of what means something to YAML or to templates.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-z0-9]{1,4}",
        select(vec![
            "\"",
            "'",
            "\\",
            "\n",
            "\n- ",
            "\n  x: y",
            ": ",
            " #",
            "{",
            "}",
            "[",
            "]",
            ",",
            "&a",
            "*a",
            "!t",
            "|",
            ">",
            "-",
            "---\n",
            "%",
            "@",
            "`",
            "{{",
            "}}",
            "{{ . }}",
            "\t",
            "\r\n",
            "\u{85}",
            "\u{2028}",
            "\u{2029}",
            "\u{feff}",
            "\u{e000}0\u{e001}",
            "\u{e000}1\u{e002}:",
            "é",
            "null",
            "true",
            "0x10",
            "~",
            "<<: ",
            "\u{7f}",
            "$(X)",
            "$$",
            "?",
            " ",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

/// The tree with its scalars gone: what is left is structure. Keys that hold a value of the Pod are told by `expected`.
fn shape(value: &Value<'_>) -> String {
    match value {
        Value::Object(object) => {
            let mut keys: Vec<String> = object
                .iter()
                .map(|(k, v)| format!("{k}:{}", shape(v)))
                .collect();
            keys.sort();
            format!("{{{}}}", keys.join(","))
        }
        Value::Array(items) => format!(
            "[{}]",
            items.iter().map(shape).collect::<Vec<_>>().join(",")
        ),
        Value::Null => "null".to_owned(),
        _ => "scalar".to_owned(),
    }
}

fn inject(injector: &Injector, pod: &Value<'_>) -> Result<Value<'static>, String> {
    let request = Request {
        pod,
        namespace: "shop",
        owner: None,
        variables: &[],
        way: Way::Webhook,
    };
    let outcome = injector.apply(&request);
    match outcome.reason {
        Reason::Injected => Ok(outcome.result.unwrap()),
        reason => Err(format!("{}: {}", reason.code(), outcome.detail)),
    }
}

/// The shipped templates.
const TEMPLATES: [&str; 4] = ["sidecar", "gateway", "grpc-agent", "grpc-simple"];

/// A Pod that asks for a template and has `value` in every place that its author fills freely: annotations that no rule
/// checks, labels, the names of the Pod, of containers, ports and volumes, images, commands, variables.
fn pod_of_shipped(template: &str, value: &str) -> Value<'static> {
    let text = r#"{"metadata": {"annotations": {}, "labels": {}}, "spec": {
        "containers": [{"args": [], "command": [], "env": [{}], "ports": [{"containerPort": 80}]}],
        "initContainers": [{"env": [{}]}], "volumes": [{"emptyDir": {}}]}}"#;
    let mut pod = Value::parse(text.as_bytes()).unwrap().into_owned();
    let json = Value::from(value).to_string();
    let mut put = |path: &[&str], key: &str, text: String| {
        let place = path
            .iter()
            .fold(&mut pod, |place, step| match step.parse::<usize>() {
                Ok(at) => &mut place.as_array_mut().unwrap()[at],
                Err(_) => place.get_mut(step).unwrap(),
            });
        match place {
            Value::Array(items) => items.to_mut().push(text.into()),
            place => drop(place.as_object_mut().unwrap().insert(key.to_owned(), text)),
        }
    };
    for (name, text) in [
        (
            "sidecar.istio.io/proxyImage",
            format!("example.com/{value}"),
        ),
        ("sidecar.istio.io/proxyImageType", value.to_owned()),
        ("sidecar.istio.io/logLevel", value.to_owned()),
        ("sidecar.istio.io/componentLogLevel", value.to_owned()),
        ("sidecar.istio.io/agentLogLevel", value.to_owned()),
        ("sidecar.istio.io/bootstrapOverride", value.to_owned()),
        ("sidecar.istio.io/capNetBindService", value.to_owned()),
        ("sidecar.istio.io/rewriteAppHTTPProbers", value.to_owned()),
        (
            "sidecar.istio.io/userVolume",
            format!(r#"{{"u": {{"secret": {{"secretName": {json}}}}}}}"#),
        ),
        (
            "sidecar.istio.io/userVolumeMount",
            format!(r#"{{"u": {{"mountPath": {json}}}}}"#),
        ),
        (
            "traffic.sidecar.istio.io/includeOutboundPorts",
            value.to_owned(),
        ),
        ("k8s.v1.cni.cncf.io/networks", value.replace(']', "")),
        (
            "resource.opentelemetry.io/service.version",
            value.to_owned(),
        ),
        ("example.com/whatever", value.to_owned()),
        ("inject.istio.io/templates", template.to_owned()),
    ] {
        put(&["metadata", "annotations"], name, text);
    }
    for name in [
        "app",
        "version",
        "service.istio.io/workload-name",
        "security.istio.io/tlsMode",
        "topology.istio.io/network",
    ] {
        put(&["metadata", "labels"], name, value.to_owned());
    }
    put(&["metadata"], "name", value.to_owned());
    put(&["metadata"], "namespace", value.to_owned());
    put(&["spec"], "serviceAccountName", value.to_owned());
    put(&["spec", "volumes", "0"], "name", format!("v{value}"));
    for (list, prefix) in [("containers", 'c'), ("initContainers", 'i')] {
        put(&["spec", list, "0"], "name", format!("{prefix}{value}"));
        put(&["spec", list, "0"], "image", value.to_owned());
        put(
            &["spec", list, "0", "env", "0"],
            "name",
            format!("E{value}"),
        );
        put(&["spec", list, "0", "env", "0"], "value", value.to_owned());
    }
    put(&["spec", "containers", "0", "args"], "", value.to_owned());
    put(
        &["spec", "containers", "0", "command"],
        "",
        value.to_owned(),
    );
    put(
        &["spec", "containers", "0", "ports", "0"],
        "name",
        format!("p{value}"),
    );
    pod
}

/// The author's Pod in an injected one: everything of it that no template may change.
fn authors_own(pod: &Value<'_>) -> Vec<String> {
    let container = |list: &str, prefix: &str| {
        let all = items(pod, list).iter();
        let of_author = |c: &&Value<'_>| {
            let name = c.get("name").and_then(Value::as_str).unwrap_or_default();
            name.starts_with(prefix)
        };
        let own = all.filter(of_author).map(|c| {
            let fields =
                ["name", "image", "args", "command", "ports"].map(|key| c.get(key).cloned());
            format!(
                "{fields:?} {:?}",
                c.get("env").and_then(|env| env.as_array()?.last())
            )
        });
        own.collect::<String>()
    };
    vec![
        container("containers", "cx"),
        container("initContainers", "ix"),
    ]
}

fn items<'v>(pod: &'v Value<'_>, list: &str) -> &'v [Value<'v>] {
    pod.at(&["spec", list])
        .and_then(Value::as_array)
        .unwrap_or_default()
}

fn named<'v>(list: &'v [Value<'v>], name: &str) -> &'v Value<'v> {
    list.iter()
        .find(|i| i.get("name").and_then(Value::as_str) == Some(name))
        .unwrap()
}

fn strings(list: Option<&Value<'_>>) -> Vec<String> {
    let items = list.and_then(Value::as_array).unwrap_or_default();
    items
        .iter()
        .map(|i| i.as_str().unwrap_or("not a string").to_owned())
        .collect()
}

/// Every place that the sidecar's template fills with a value of the author's holds it as it was written.
fn arrives(pod: &Value<'_>, value: &str) -> Result<(), TestCaseError> {
    let proxy = named(items(pod, "initContainers"), "istio-proxy");
    let image = format!("example.com/{value}");
    prop_assert_eq!(proxy.get("image").and_then(Value::as_str), Some(&*image));
    let args = strings(proxy.get("args"));
    for flag in [
        "--proxyLogLevel=",
        "--proxyComponentLogLevel=",
        "--log_output_level=",
    ] {
        prop_assert!(args.contains(&format!("{flag}{value}")), "{flag}: {args:?}");
    }
    let init = strings(named(items(pod, "initContainers"), "istio-validation").get("args"));
    let at = init.iter().position(|a| a == "-q").unwrap();
    prop_assert_eq!(&init[at + 1], value);
    let volumes = items(pod, "volumes");
    let text = |volume, path: &[&str]| {
        named(volumes, volume)
            .at(path)
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    prop_assert_eq!(
        text("custom-bootstrap-volume", &["configMap", "name"]),
        Some(value.to_owned())
    );
    prop_assert_eq!(text("u", &["secret", "secretName"]), Some(value.to_owned()));
    prop_assert_eq!(
        text("istio-certs", &["secret", "secretName"]),
        Some(format!("istio.{value}"))
    );
    let mounts = proxy.get("volumeMounts").and_then(Value::as_array).unwrap();
    prop_assert_eq!(
        named(mounts, "u").get("mountPath").and_then(Value::as_str),
        Some(value)
    );
    let env = proxy.get("env").and_then(Value::as_array).unwrap();
    let env = |name| {
        named(env, name)
            .get("value")
            .and_then(Value::as_str)
            .unwrap()
            .to_owned()
    };
    prop_assert_eq!(env("ISTIO_META_WORKLOAD_NAME"), value);
    prop_assert_eq!(env("ISTIO_META_NETWORK"), value);
    prop_assert_eq!(
        env("ISTIO_META_OWNER"),
        format!("kubernetes://apis/v1/namespaces/{value}/pods/{value}")
    );
    prop_assert_eq!(env("ISTIO_META_APP_CONTAINERS"), format!("c{value}"));
    let ports = env("ISTIO_META_POD_PORTS");
    let ports = Value::parse(ports.as_bytes()).unwrap();
    let port = named(ports.as_array().unwrap(), &format!("p{value}"))
        .get("containerPort")
        .cloned();
    prop_assert_eq!(port.and_then(|p| p.as_i64()), Some(80));
    let metadata = |map, key: &str| {
        pod.at(&["metadata", map, key])
            .and_then(Value::as_str)
            .unwrap()
            .to_owned()
    };
    prop_assert_eq!(
        metadata("labels", "service.istio.io/canonical-revision"),
        value
    );
    prop_assert_eq!(
        metadata("annotations", "kubectl.kubernetes.io/default-container"),
        format!("c{value}")
    );
    prop_assert_eq!(
        metadata(
            "annotations",
            "traffic.sidecar.istio.io/includeOutboundPorts"
        ),
        value
    );
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn the_shipped_templates_give_what_they_give_for_a_harmless_value(value in hostile(), template in select(TEMPLATES.to_vec())) {
        // An empty value takes other branches, as it does in the reference.
        let value = format!("x{value}");
        let pod = inject(&SHIPPED, &pod_of_shipped(template, &value)).unwrap();
        let harmless = inject(&SHIPPED, &pod_of_shipped(template, "x")).unwrap();
        prop_assert_eq!(shape(&pod), shape(&harmless));
        prop_assert_eq!(authors_own(&pod), authors_own(&pod_of_shipped(template, &value)));
        if template == "sidecar" {
            arrives(&pod, &value)?;
        }
    }

    #[test]
    fn injecting_again_changes_nothing_and_restoring_gives_the_authors_pod(value in hostile(), template in select(TEMPLATES.to_vec())) {
        let value = format!("x{value}");
        let author = pod_of_shipped(template, &value);
        let once = inject(&SHIPPED, &author).unwrap();
        prop_assert_eq!(&inject(&SHIPPED, &once).unwrap(), &once);
        let owner = outrigger::inject::Owner { kind: "Pod", api_version: "v1", name: &value, namespace: &value };
        let restored = outrigger::inject::restore(&once, &owner).unwrap().unwrap();
        prop_assert_eq!(restored.pod, author);
    }

    #[test]
    fn a_template_that_prints_a_value_everywhere_keeps_its_structure(value in hostile()) {
        let pod = |value: &str| {
            let annotations: Object<'_> = [
                ("example.com/v", value),
                ("inject.istio.io/templates", "everywhere"),
            ].into_iter().collect();
            let metadata: Object<'_> = [("annotations", Value::from(annotations))].into_iter().collect();
            let text = Value::parse(br#"{"containers": [{"name": "app"}]}"#).unwrap();
            let pod: Object<'_> = [("metadata", metadata.into()), ("spec", text)].into_iter().collect();
            Value::from(pod).into_owned()
        };
        let injected = inject(&CUSTOM, &pod(&value)).unwrap();
        let harmless = inject(&CUSTOM, &pod("harmless")).unwrap();
        let key = format!("key {value}:");
        prop_assert_eq!(shape(&injected).replacen(&key, "key harmless:", 1), shape(&harmless));

        let annotation = |name: &str| {
            injected.at(&["metadata", "annotations", name]).and_then(Value::as_str).unwrap().to_owned()
        };
        for name in ["quoted", "single", "escaped", "folded"] {
            prop_assert_eq!(annotation(name), value.as_str(), "{}", name);
        }
        prop_assert_eq!(annotation("beside"), format!("before {value} after"));
        prop_assert_eq!(annotation("block"), format!("first\n{value}\n"));
        prop_assert_eq!(annotation("several"), format!("one {value} three"));
        prop_assert_eq!(annotation(&format!("key {value}")), "value");
        let selector = |name| injected.at(&["spec", "nodeSelector", name]).and_then(Value::as_str).unwrap();
        prop_assert_eq!((selector("flow"), selector("plain")), (&*value, &*value));
        let proxy = named(items(&injected, "containers"), "istio-proxy");
        prop_assert_eq!(
            strings(proxy.get("args")),
            ["one".to_owned(), value.clone(), value.clone(), format!("--x={value}")]
        );
    }
}
