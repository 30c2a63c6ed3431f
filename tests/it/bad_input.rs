//! Reviews of broken and hostile Pods, through the routes to the real core: each is answered, with the fitting reason.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    http::{Request, header::CONTENT_TYPE},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http_body_util::BodyExt as _;
use json_patch::Patch;
use outrigger::{
    config::{Settings, Snapshot, Sources, Text},
    inject::Injector,
    server::{Limits, Shared, webhook_router},
};
use serde_json::{Value, json};
use tower::ServiceExt as _;

/// The webhook with the built-in configuration, to which `configuration` adds.
fn webhook(configuration: &str) -> Router {
    let sources = Sources {
        injector: Some(Text {
            name: "config".to_owned(),
            text: configuration.to_owned(),
        }),
        ..Sources::default()
    };
    let snapshot = Snapshot::build(&sources, Settings::default()).unwrap();
    let injector = Injector::new(Arc::new(snapshot)).unwrap();
    webhook_router(Shared::new(Box::new(injector), Limits::default()))
}

/// The response to the review of a Pod, given as JSON text.
async fn response(webhook: &Router, pod: &str) -> Value {
    let review = format!(
        r#"{{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{{"uid":"u-1",
        "kind":{{"group":"","version":"v1","kind":"Pod"}},"namespace":"shop","operation":"CREATE","object":{pod}}}}}"#
    );
    let request = Request::post("/inject")
        .header(CONTENT_TYPE, "application/json")
        .body(Body::from(review))
        .unwrap();
    let response = webhook.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), 200);
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let mut answer: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(answer["response"]["uid"], "u-1");
    answer["response"].take()
}

fn annotated(annotations: &Value) -> String {
    json!({
        "metadata": {"name": "web", "annotations": annotations},
        "spec": {"containers": [{"name": "web", "image": "web"}]},
    })
    .to_string()
}

fn with_spec(spec: &str) -> String {
    format!(r#"{{"metadata":{{"name":"web"}},"spec":{spec}}}"#)
}

/// Answers a Pod and holds the answer against the reason; a patch must fit the Pod that it is for.
async fn check(webhook: &Router, pod: &str, expected: &str) {
    let response = response(webhook, pod).await;
    let shown: String = pod.chars().take(120).collect();
    assert_eq!(
        response["auditAnnotations"]["reason"], expected,
        "{shown}: {response}"
    );
    if expected != "injected" {
        assert_eq!(response["allowed"], false, "{shown}");
        assert_ne!(response["status"]["message"], "", "{shown}");
        return;
    }
    let patch = STANDARD.decode(response["patch"].as_str().unwrap());
    let patch: Patch = serde_json::from_slice(&patch.unwrap()).unwrap();
    let mut pod: Value = serde_json::from_str(pod).unwrap();
    json_patch::patch(&mut pod, &patch).unwrap_or_else(|e| panic!("{shown}: {e}"));
    assert_ne!(pod["spec"]["containers"], json!(null), "{shown}");
}

#[tokio::test]
async fn pods_of_another_shape() {
    let many: Vec<_> = (0..10_000)
        .map(|i| format!(r#"{{"name":"c{i}","image":"i"}}"#))
        .collect();
    let deep = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
    let container =
        |fields: &str| with_spec(&format!(r#"{{"containers":[{{"name":"web",{fields}}}]}}"#));
    let table = [
        ("{}".to_owned(), "injected"),
        (r#"{"metadata":null,"spec":null}"#.to_owned(), "injected"),
        (
            r#"{"metadata":{"annotations":null,"labels":null}}"#.to_owned(),
            "injected",
        ),
        (with_spec("{}"), "injected"),
        (
            with_spec(r#"{"containers":null,"initContainers":null,"volumes":null}"#),
            "injected",
        ),
        (with_spec(r#"{"containers":[null]}"#), "failed:unreadable"),
        (with_spec(r#"{"containers":{}}"#), "failed:unreadable"),
        (with_spec(r#"{"containers":"web"}"#), "failed:unreadable"),
        (with_spec(r#"{"containers":[[]]}"#), "failed:unreadable"),
        (with_spec("[]"), "failed:unreadable"),
        (r#"{"metadata":7}"#.to_owned(), "failed:unreadable"),
        (
            r#"{"metadata":{"labels":{"a":7}}}"#.to_owned(),
            "failed:unreadable",
        ),
        (
            r#"{"metadata":{"annotations":["a"]}}"#.to_owned(),
            "failed:unreadable",
        ),
        (
            with_spec(&format!(r#"{{"containers":[{}]}}"#, many.join(","))),
            "injected",
        ),
        (
            container(r#""ports":[{"containerPort":99999999999999999999999999}]"#),
            "injected",
        ),
        (
            container(r#""ports":[{"containerPort":"http"}]"#),
            "injected",
        ),
        (container(r#""future":{"field":1.10}"#), "injected"),
        (container(&format!(r#""future":{}"#, deep(100))), "injected"),
        (
            container(&format!(r#""future":{}"#, deep(130))),
            "failed:unreadable",
        ),
        (container(r#""image":"a","image":"b""#), "injected"),
        (container(r#""image":"\u0000\ud83d\ude00""#), "injected"),
        (container(r#""image":"\ud83d""#), "failed:unreadable"),
    ];
    let webhook = webhook("{}");
    for (pod, expected) in table {
        check(&webhook, &pod, expected).await;
    }
}

#[tokio::test]
async fn annotations_and_templates_that_go_wrong() {
    const STATUS: &str = "sidecar.istio.io/status";
    let table = [
        (annotated(&json!({STATUS: "{"})), "injected"),
        (annotated(&json!({STATUS: "7"})), "injected"),
        (
            annotated(&json!({STATUS: r#"{"containers":7,"volumes":{}}"#})),
            "injected",
        ),
        (
            annotated(&json!({STATUS: r#"{"containers":[7]}"#})),
            "injected",
        ),
        (annotated(&json!({STATUS: 7})), "failed:unreadable"),
        (
            annotated(&json!({"inject.istio.io/templates": "nonesuch"})),
            "failed:template-unknown",
        ),
        (
            annotated(&json!({"inject.istio.io/templates": ""})),
            "failed:template-unknown",
        ),
        (
            annotated(&json!({"inject.istio.io/templates": "loops"})),
            "failed:template",
        ),
        (
            annotated(&json!({"inject.istio.io/templates": "doubles"})),
            "failed:template",
        ),
        (
            annotated(&json!({"inject.istio.io/templates": "recurs"})),
            "failed:template",
        ),
        (
            annotated(&json!({"status.sidecar.istio.io/port": "http"})),
            "failed:annotation-invalid",
        ),
        (
            annotated(&json!({"proxy.istio.io/config": "{"})),
            "failed:annotation-invalid",
        ),
    ];
    let webhook = webhook(
        r#"templates:
  loops: "{{ range 1000000 }}{{ range 1000000 }}{{ end }}{{ end }}"
  doubles: "{{ $s := \"xxxxxxxxxxxxxxxx\" }}{{ range 64 }}{{ $s = print $s $s }}{{ end }}"
  recurs: "{{ define \"again\" }}{{ template \"again\" . }}{{ end }}{{ template \"again\" . }}"
"#,
    );
    for (pod, expected) in table {
        check(&webhook, &pod, expected).await;
    }
}
