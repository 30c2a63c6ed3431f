//! What is not injection's stays as it is: fields that nobody knows yet, numbers as they are written, the order of keys.

use std::{fs, process::Command};

use outrigger::{
    config::{Settings, Snapshot, Sources},
    inject::{Injector, Request, Way},
};
use outrigger_json::Value;

/// What a Pod may hold that a round trip through typed structs, or through floating point, would lose.
const ODD: &[&str] = &[
    r#""zeta":{"later":[1e2,0.10,-0.0,12345678901234567890123,1.0],"alpha":null}"#,
    r#""activeDeadlineSeconds":9007199254740993"#,
    r#""overhead":{"cpu":0.250,"memory":"1024Mi"}"#,
    r#""schedulingHints":{"b":{},"a":[],"c":""}"#,
];

fn injected(pod: &Value<'_>, namespace: &str) -> (Value<'static>, Vec<u8>) {
    let snapshot = Snapshot::build(&Sources::default(), Settings::default()).unwrap();
    let injector = Injector::new(snapshot).unwrap();
    let request = Request {
        pod,
        namespace,
        owner: None,
        variables: &[],
        way: Way::Webhook,
    };
    let result = injector.apply(&request).result.unwrap();
    (result, injector.run(&request).result.unwrap())
}

#[test]
fn unknown_fields_and_written_numbers_survive_the_webhook() {
    let text = format!(
        r#"{{"metadata":{{"name":"p","futureMetadata":[{{"x":1.50}}]}},"spec":{{{},"containers":[
            {{"restartPolicyRules":[{{"n":1.10}}],"name":"app","image":"i","ports":[{{"containerPort":80,"newer":1e1}}]}}],
            "volumes":[{{"name":"v","future":{{"size":1.50}}}}]}},"status":{{"phase":"x","n":1.0}}}}"#,
        ODD.join(",")
    );
    let pod = Value::parse(text.as_bytes()).unwrap();
    let (result, patch) = injected(&pod, "shop");
    let written = result.to_string();
    for part in ODD.iter().copied().chain([
        r#""futureMetadata":[{"x":1.50}]"#,
        r#"{"restartPolicyRules":[{"n":1.10}],"name":"app","image":"i","ports":[{"containerPort":80,"newer":1e1}]}"#,
        r#"{"name":"v","future":{"size":1.50}}"#,
        r#""status":{"phase":"x","n":1.0}"#,
    ]) {
        assert!(written.contains(part), "{part} is not in {written}");
    }
    let patch = Value::parse(&patch).unwrap();
    let paths = patch
        .as_array()
        .unwrap()
        .iter()
        .map(|o| o.get("path").and_then(Value::as_str).unwrap());
    // The app is found by its name, wherever it stands, and is not touched; nor is the author's volume.
    assert_eq!(
        paths
            .filter(|path| !path.starts_with("/spec/volumes/"))
            .collect::<Vec<_>>(),
        [
            "/metadata/labels",
            "/metadata/annotations",
            "/spec/containers/1",
            "/spec/initContainers"
        ]
    );
}

/// The review of `examples/` is what a cluster sends; its answer says what is new, and no more.
#[test]
fn the_examples_patch_is_as_small_as_what_it_adds() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/review.json");
    let review = fs::read(path).unwrap();
    let review = Value::parse(&review).unwrap();
    let pod = review.at(&["request", "object"]).unwrap();
    let (result, patch) = injected(pod, "shop");
    let operations = Value::parse(&patch).unwrap();
    let operations: Vec<String> = operations
        .as_array()
        .unwrap()
        .iter()
        .map(|operation| {
            let text = |key| operation.get(key).and_then(Value::as_str).unwrap();
            format!("{} {}", text("op"), text("path"))
        })
        .collect();
    assert_eq!(operations, OPERATIONS);
    // An operation has its two words and their signs besides its path and its value. What is replaced comes again.
    let words: usize = operations
        .iter()
        .map(|operation| operation.len() + 40)
        .sum();
    let new = result.to_string().len() - pod.to_string().len();
    assert!(
        patch.len() <= new + words,
        "{} bytes for {new} new ones",
        patch.len()
    );
}

/// Nothing that the Pod had is written again but where its probes lead.
const OPERATIONS: &[&str] = &[
    "add /metadata/labels/security.istio.io~1tlsMode",
    "add /metadata/labels/service.istio.io~1canonical-name",
    "add /metadata/labels/service.istio.io~1canonical-revision",
    "add /metadata/annotations/istio.io~1rev",
    "add /metadata/annotations/kubectl.kubernetes.io~1default-logs-container",
    "add /metadata/annotations/kubectl.kubernetes.io~1default-container",
    "add /metadata/annotations/prometheus.io~1port",
    "add /metadata/annotations/prometheus.io~1path",
    "add /metadata/annotations/prometheus.io~1scrape",
    "add /metadata/annotations/sidecar.istio.io~1status",
    "add /spec/volumes/0",
    "add /spec/volumes/1",
    "add /spec/volumes/2",
    "add /spec/volumes/3",
    "add /spec/volumes/4",
    "add /spec/volumes/5",
    "add /spec/volumes/6",
    "add /spec/volumes/7",
    "add /spec/volumes/8",
    "replace /spec/containers/0/livenessProbe/httpGet/path",
    "replace /spec/containers/0/livenessProbe/httpGet/port",
    "replace /spec/containers/0/readinessProbe/httpGet/path",
    "replace /spec/containers/0/readinessProbe/httpGet/port",
    "add /spec/containers/1",
    "add /spec/initContainers",
];

/// A manifest's lines that injection does not change are there afterwards, in their order.
#[test]
fn unknown_fields_comments_and_written_numbers_survive_in_manifests() {
    let manifest = "\
# What a team wrote.
kind: Deployment   # first the kind
apiVersion: apps/v1
metadata:
  name: web
  annotations: {z: 'one', a: \"two\"}   # a flow
spec:
  futureStrategy: {rate: 1.50, exponent: 1e2, huge: 12345678901234567890123}
  replicas: 0x10
  template:
    spec:
      # the application
      containers:
      - image: 'web:1'
        name: web
        newerThanUs:
          ratio: 0.10   # kept
          none: ~
        args: [ -a,  \"b\" ]
      dnsPolicy: \"ClusterFirst\"
";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("web.yaml");
    fs::write(&path, manifest).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_outrigger"))
        .args(["inject", "-f"])
        .arg(&path)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let injected = String::from_utf8(output.stdout).unwrap();
    let mut rest = injected.lines();
    for line in manifest.lines() {
        assert!(
            rest.any(|l| l == line),
            "{line:?} is not where it was in\n{injected}"
        );
    }
}
