//! Traces, as a collector gets them from the program.

use std::{
    convert::Infallible,
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
    sync::{Arc, Mutex},
};

use axum::http::{Request, Response};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{body::Incoming, client, server, service::service_fn};
use hyper_util::rt::TokioIo;
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{AnyValue, any_value::Value},
    trace::v1::Span,
};
use prost::Message as _;
use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use tokio::net::TcpListener;

use super::{PATIENCE, call, connect};
use crate::standin::review;

/// What a collector has got: paths, content types and messages.
type Received = Arc<Mutex<Vec<(String, String, Bytes)>>>;

/// A collector on a port of its own, and what it gets.
async fn collector() -> (String, Received) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let received = Received::default();
    let kept = received.clone();
    let take = move |request: Request<Incoming>| {
        let kept = kept.clone();
        async move {
            let path = request.uri().path().to_owned();
            let kind = request.headers()["content-type"]
                .to_str()
                .unwrap()
                .to_owned();
            let body = request.into_body().collect().await.unwrap().to_bytes();
            kept.lock().unwrap().push((path, kind, body));
            Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
        }
    };
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let serving = server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service_fn(take.clone()));
            tokio::spawn(serving);
        }
    });
    (format!("http://{address}"), received)
}

fn text(span: &Span, key: &str) -> String {
    let found = span.attributes.iter().find(|a| a.key == key);
    match found.and_then(|a| a.value.as_ref()) {
        Some(AnyValue {
            value: Some(Value::StringValue(text)),
        }) => text.clone(),
        other => format!("{other:?}"),
    }
}

/// The spans in what was received, all of them of the program.
fn spans(received: &Received) -> Vec<Span> {
    let mut spans = Vec::new();
    for (path, kind, message) in received.lock().unwrap().iter() {
        assert_eq!((&**path, &**kind), ("/v1/traces", "application/x-protobuf"));
        let message = ExportTraceServiceRequest::decode(message.clone()).unwrap();
        for resource in message.resource_spans {
            let named = resource.resource.unwrap().attributes;
            assert!(
                named.iter().any(|a| a.key == "service.name"
                    && format!("{:?}", a.value).contains("\"outrigger\""))
            );
            spans.extend(
                resource
                    .scope_spans
                    .into_iter()
                    .flat_map(|scope| scope.spans),
            );
        }
    }
    spans
}

#[tokio::test]
async fn a_collector_gets_a_span_a_review_and_one_a_part() {
    let (endpoint, received) = collector().await;
    let folder = tempfile::tempdir().unwrap();
    let certs = Command::new(env!("CARGO_BIN_EXE_outrigger"))
        .args(["certs", "--ip", "127.0.0.1", "--dir"])
        .arg(folder.path())
        .output()
        .unwrap();
    assert!(certs.status.success());
    let file = |name: &str| folder.path().join(name);
    let mut program = Command::new(env!("CARGO_BIN_EXE_outrigger"))
        .args([
            "serve",
            "--standalone",
            "--listen",
            "127.0.0.1:0",
            "--log-format",
            "json",
        ])
        .args(["--otlp-endpoint", &endpoint])
        .arg("--tls-cert")
        .arg(file("tls.crt"))
        .arg("--tls-key")
        .arg(file("tls.key"))
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(program.stderr.take().unwrap()).lines();
    let listening = log.find_map(|line| {
        let line: serde_json::Value = serde_json::from_str(&line.unwrap()).unwrap();
        line["address"].as_str().map(str::to_owned)
    });
    let address = listening.unwrap().parse().unwrap();

    let trusted = CertificateDer::from_pem_file(file("ca.crt")).unwrap();
    let tls = super::trusting([trusted], "http/1.1");
    let stream = connect(&tls, address).await.unwrap();
    let (mut sender, connection) = client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .unwrap();
    tokio::spawn(connection);
    // The second is recognised, and the API server says of which trace it is.
    for parent in [
        None,
        Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
    ] {
        let mut request = call(review("web", 0));
        if let Some(parent) = parent {
            request
                .headers_mut()
                .insert("traceparent", parent.parse().unwrap());
        }
        let answer = sender.send_request(request).await.unwrap();
        assert_eq!(answer.status(), 200);
        drop(answer.into_body().collect().await.unwrap());
    }
    // What waits to be sent is sent at the end.
    let id = program.id().to_string();
    assert!(Command::new("kill").arg(&id).status().unwrap().success());
    let ended = tokio::task::spawn_blocking(move || program.wait().unwrap());
    let ended = tokio::time::timeout(PATIENCE, ended)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(ended.code(), Some(0));

    let spans = spans(&received);
    let reviews: Vec<_> = spans.iter().filter(|span| span.name == "review").collect();
    let [first, second] = &*reviews else {
        panic!("not two reviews: {spans:#?}");
    };
    let parts = |of: &Span| -> Vec<&str> {
        let mut parts: Vec<_> = spans
            .iter()
            .filter(|s| s.parent_span_id == of.span_id)
            .collect();
        parts.sort_by_key(|span| (span.start_time_unix_nano, span.end_time_unix_nano));
        for span in &parts {
            assert_eq!(span.trace_id, of.trace_id);
            assert!(of.start_time_unix_nano <= span.start_time_unix_nano);
            assert!(span.start_time_unix_nano <= span.end_time_unix_nano);
        }
        parts.iter().map(|span| &*span.name).collect()
    };
    assert_eq!(
        parts(first),
        [
            "read", "decide", "restore", "context", "render", "merge", "finish", "patch", "write"
        ]
    );
    assert_eq!(parts(second), ["read", "write"]);
    assert!(first.parent_span_id.is_empty());
    assert_eq!(
        second.parent_span_id,
        0xb7ad_6b71_6920_3331_u64.to_be_bytes()
    );
    for review in reviews {
        assert_eq!(text(review, "outrigger.uid"), "u-1");
        assert_eq!(text(review, "outrigger.reason"), "injected");
        assert_eq!(text(review, "k8s.namespace.name"), "shop");
        assert_eq!(text(review, "k8s.pod.name"), "web");
    }
}
