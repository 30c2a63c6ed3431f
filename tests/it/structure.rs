//! No value of a Pod can add a container, a field or a list item, and each arrives as it was written.

use std::sync::LazyLock;

use outrigger::{
    config::{NativeSidecars, Settings, Snapshot, Sources, Text},
    inject::{Injector, Reason, Request, Way},
};
use outrigger_json::{Object, Value};
use proptest::prelude::*;

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
    Injector::new(Snapshot::build(&sources, settings).unwrap()).unwrap()
}

static SHIPPED: LazyLock<Injector> = LazyLock::new(|| injector(&[]));
static CUSTOM: LazyLock<Injector> = LazyLock::new(|| injector(&[("everywhere", EVERYWHERE)]));

/// Text of what means something to YAML or to templates.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-z0-9]{1,4}",
        prop::sample::select(vec![
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

/// A Pod that has `value` in every place from which the shipped template reads without checking it.
fn pod_of_shipped(value: &str) -> Value<'static> {
    let map = |entries: &[(&'static str, String)]| -> Value<'static> {
        entries.iter().cloned().collect::<Object<'_>>().into()
    };
    let annotations = map(&[
        (
            "sidecar.istio.io/proxyImage",
            format!("example.com/{value}"),
        ),
        ("sidecar.istio.io/logLevel", value.to_owned()),
        ("sidecar.istio.io/componentLogLevel", value.to_owned()),
        ("sidecar.istio.io/agentLogLevel", value.to_owned()),
        ("sidecar.istio.io/bootstrapOverride", value.to_owned()),
        (
            "traffic.sidecar.istio.io/includeOutboundPorts",
            value.to_owned(),
        ),
    ]);
    let labels = map(&[
        ("app", format!("a{value}")),
        ("version", format!("v{value}")),
        ("service.istio.io/workload-name", format!("w{value}")),
    ]);
    let text = r#"{"metadata": {"name": "p"}, "spec": {"containers": [
        {"name": "", "image": "", "args": [""], "env": [{"name": "E", "value": ""}], "ports": [{"name": "", "containerPort": 80}]}
    ], "serviceAccountName": ""}}"#;
    let mut pod = Value::parse(text.as_bytes()).unwrap().into_owned();
    let metadata = pod
        .get_mut("metadata")
        .and_then(Value::as_object_mut)
        .unwrap();
    metadata.insert("annotations", annotations);
    metadata.insert("labels", labels);
    let spec = pod.get_mut("spec").and_then(Value::as_object_mut).unwrap();
    spec.insert("serviceAccountName", value.to_owned());
    let container = spec
        .get_mut("containers")
        .and_then(|c| c.as_array_mut()?.first_mut()?.as_object_mut())
        .unwrap();
    container.insert("name", format!("c{value}"));
    container.insert("image", value.to_owned());
    container.insert("args", vec![Value::from(value.to_owned())]);
    let port = container
        .get_mut("ports")
        .and_then(|c| c.as_array_mut()?.first_mut()?.as_object_mut())
        .unwrap();
    port.insert("name", format!("p{value}"));
    pod
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn the_shipped_template_gives_what_it_gives_for_a_harmless_value(value in hostile()) {
        // An empty value takes other branches, as it does in the reference.
        let value = format!("x{value}");
        let pod = inject(&SHIPPED, &pod_of_shipped(&value)).unwrap();
        let harmless = inject(&SHIPPED, &pod_of_shipped("x")).unwrap();
        prop_assert_eq!(shape(&pod), shape(&harmless));

        let proxy = named(items(&pod, "initContainers"), "istio-proxy");
        let image = format!("example.com/{value}");
        prop_assert_eq!(proxy.get("image").and_then(Value::as_str), Some(&*image));
        let args = strings(proxy.get("args"));
        for flag in ["--proxyLogLevel=", "--proxyComponentLogLevel=", "--log_output_level="] {
            prop_assert!(args.contains(&format!("{flag}{value}")), "{flag}: {args:?}");
        }
        let init = strings(named(items(&pod, "initContainers"), "istio-init").get("args"));
        let at = init.iter().position(|a| a == "-q").unwrap();
        prop_assert_eq!(&init[at + 1], &value);
        let volume = named(items(&pod, "volumes"), "custom-bootstrap-volume");
        prop_assert_eq!(volume.at(&["configMap", "name"]).and_then(Value::as_str), Some(&*value));
        let env = proxy.get("env").and_then(Value::as_array).unwrap();
        let env = |name| named(env, name).get("value").and_then(Value::as_str).unwrap();
        let (workload, container, port) = (format!("w{value}"), format!("c{value}"), format!("p{value}"));
        prop_assert_eq!(env("ISTIO_META_WORKLOAD_NAME"), &workload);
        prop_assert_eq!(env("ISTIO_META_APP_CONTAINERS"), &container);
        let ports = Value::parse(env("ISTIO_META_POD_PORTS").as_bytes()).unwrap();
        prop_assert_eq!(named(ports.as_array().unwrap(), &port).get("containerPort").and_then(Value::as_i64), Some(80));
    }

    #[test]
    fn injecting_again_changes_nothing_and_restoring_gives_the_authors_pod(value in hostile()) {
        let author = pod_of_shipped(&format!("x{value}"));
        let once = inject(&SHIPPED, &author).unwrap();
        prop_assert_eq!(&inject(&SHIPPED, &once).unwrap(), &once);
        let owner = outrigger::inject::Owner { kind: "Pod", api_version: "v1", name: "p", namespace: "shop" };
        let restored = outrigger::inject::restore(&once, &owner).unwrap().unwrap().pod;
        prop_assert_eq!(restored, author);
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
