//! The routes, in process: every way that a call can be right or wrong before it comes to a Pod.

use std::{io, sync::Arc};

use axum::{
    Router,
    body::Body,
    http::{
        Method, Request, StatusCode,
        header::{CONTENT_LENGTH, CONTENT_TYPE, EXPECT},
    },
};
use bytes::Bytes;
use futures_util::stream;
use http_body_util::BodyExt as _;
use outrigger::server::{Limits, Shared, health_router, webhook_router};
use serde_json::Value;
use tower::ServiceExt as _;

use crate::standin::{Standin, review};

const JSON: &str = "application/json";

fn shared() -> Arc<Shared> {
    Shared::new(Box::new(Standin), Limits::default())
}

fn request(
    method: &Method,
    path: &str,
    content_type: &str,
    body: impl Into<Body>,
) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    if !content_type.is_empty() {
        request = request.header(CONTENT_TYPE, content_type);
    }
    request.body(body.into()).unwrap()
}

async fn call(router: &Router, request: Request<Body>) -> (StatusCode, String) {
    let response = router.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

async fn post(router: &Router, path: &str, body: impl Into<Body>) -> (StatusCode, String) {
    call(router, request(&Method::POST, path, JSON, body)).await
}

#[tokio::test]
async fn calls_that_are_not_answered_with_a_review() {
    let (get, post, put) = (Method::GET, Method::POST, Method::PUT);
    let pod = || Body::from(review("web", 0));
    let table = [
        (&get, "/inject", JSON, Body::empty(), 405, ""),
        (&put, "/inject", JSON, pod(), 405, ""),
        (&post, "/", JSON, pod(), 404, ""),
        (&post, "/injected", JSON, pod(), 404, ""),
        (
            &post,
            "/inject",
            JSON,
            Body::empty(),
            400,
            "the body is empty",
        ),
        (
            &post,
            "/inject",
            "",
            Body::empty(),
            400,
            "the body is empty",
        ),
        (&post, "/inject", "", pod(), 415, "application/json"),
        (
            &post,
            "/inject",
            "text/json",
            pod(),
            415,
            "application/json",
        ),
        (
            &post,
            "/inject",
            "application/jsonp",
            pod(),
            415,
            "application/json",
        ),
        (
            &post,
            "/inject",
            "application/json-patch+json",
            pod(),
            415,
            "application/json",
        ),
        (
            &post,
            "/inject",
            JSON,
            Body::from(vec![b' '; 9 << 20]),
            413,
            "8388608",
        ),
        (
            &post,
            "/inject",
            "",
            Body::from(vec![b' '; 9 << 20]),
            413,
            "8388608",
        ),
        (
            &post,
            "/inject",
            JSON,
            Body::from(review("panic", 0)),
            500,
            "log",
        ),
        (
            &post,
            "/inject",
            JSON,
            Body::from(review("panic", 300 << 10)),
            500,
            "log",
        ),
    ];
    let router = webhook_router(shared());
    for (method, path, content_type, body, expected, part) in table {
        let what = format!("{method} {path} {content_type:?} {expected}");
        let (status, text) = call(&router, request(method, path, content_type, body)).await;
        assert_eq!(status, expected, "{what}");
        assert!(text.contains(part), "{what}: {text}");
    }
    let (status, _) = self::post(&router, "/inject", pod()).await;
    assert_eq!(status, 200, "the server lives on");
}

#[tokio::test]
async fn reviews_are_answered_whatever_is_in_them() {
    let router = webhook_router(shared());
    for content_type in [
        JSON,
        "application/json; charset=utf-8",
        "Application/JSON ;charset=utf-8",
    ] {
        let request = request(&Method::POST, "/inject", content_type, review("web", 0));
        let (status, text) = call(&router, request).await;
        assert_eq!(status, 200, "{content_type}");
        let answer: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(answer["response"]["uid"], "u-1");
        assert_eq!(answer["response"]["patchType"], "JSONPatch");
    }
    let review = String::from_utf8(review("web", 0)).unwrap();
    let deep = format!("{}{}", "[".repeat(3 << 20), "]".repeat(3 << 20));
    let table = [
        ("not json".to_owned(), false),
        ("{}".to_owned(), false),
        ("\u{0}".to_owned(), false),
        (
            r#"{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1"}"#.to_owned(),
            false,
        ),
        (
            review.replace(r#""kind":"Pod""#, r#""kind":"ConfigMap""#),
            true,
        ),
        (review.replace(r#""shop""#, "null"), true),
        (review.replace(r#""shop""#, "7"), false),
        (review.replace(r#""web""#, &deep), false),
        (review.replace(r#""web""#, &"9".repeat(40)), true),
        (review.replace(r#""web""#, &"9".repeat(400)), false),
        (deep, false),
    ];
    for (body, allowed) in table {
        let what = body.chars().take(200).collect::<String>();
        let (status, text) = post(&router, "/inject", body).await;
        assert_eq!(status, 200, "{what}");
        let answer: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(answer["response"]["allowed"], allowed, "{what}: {answer}");
    }
    let invalid = review.replace("web", "?").into_bytes();
    let invalid: Vec<u8> = invalid
        .into_iter()
        .map(|b| if b == b'?' { 0xff } else { b })
        .collect();
    let (status, text) = post(&router, "/inject", invalid).await;
    assert_eq!(status, 200);
    assert!(text.contains(r#""allowed":false"#), "{text}");
}

#[tokio::test]
async fn a_body_in_pieces_is_put_together_and_measured() {
    let pieces = |pieces: Vec<Bytes>| {
        Body::from_stream(stream::iter(pieces.into_iter().map(Ok::<_, io::Error>)))
    };
    let router = webhook_router(shared());
    let whole = Bytes::from(review("web", 300 << 10));
    let split = (0..whole.len())
        .step_by(1000)
        .map(|at| whole.slice(at..whole.len().min(at + 1000)));
    let (status, text) = post(&router, "/inject", pieces(split.collect())).await;
    assert_eq!(status, 200);
    assert!(text.contains(r#""allowed":true"#), "{text}");

    let (status, text) = post(
        &router,
        "/inject",
        pieces(vec![Bytes::from(vec![b' '; 1 << 20]); 9]),
    )
    .await;
    assert_eq!(status, 413);
    assert!(text.contains("8388608"), "{text}");
    let (status, _) = post(
        &router,
        "/inject",
        pieces(vec![Bytes::from(vec![b' '; 1 << 20]); 100]),
    )
    .await;
    assert_eq!(status, 413, "more than is thrown away");

    let broken = stream::iter([Ok(Bytes::from_static(b"{")), Err(io::Error::other("gone"))]);
    let (status, text) = post(&router, "/inject", Body::from_stream(broken)).await;
    assert_eq!(status, 400);
    assert!(text.contains("before it was complete"), "{text}");
}

#[tokio::test]
async fn a_client_that_asks_first_is_told_before_it_sends() {
    let request = Request::post("/inject")
        .header(CONTENT_TYPE, JSON)
        .header(CONTENT_LENGTH, 9 << 20)
        .header(EXPECT, "100-continue")
        .body(Body::from_stream(stream::pending::<io::Result<Bytes>>()))
        .unwrap();
    let (status, text) = call(&webhook_router(shared()), request).await;
    assert_eq!(status, 413);
    assert!(text.contains("8388608"), "{text}");
}

#[tokio::test]
async fn variables_of_the_path_reach_the_core() {
    let router = webhook_router(shared());
    for (path, expected) in [
        ("/inject?timeout=10s", "[]"),
        ("/inject/", "[]"),
        (
            "/inject/cluster/c%201/net/n1/?timeout=10s",
            r#"[("ISTIO_META_CLUSTER_ID", "c 1"), ("ISTIO_META_NETWORK", "n1")]"#,
        ),
        (
            "/inject/:ENV:cluster=c2:ENV:rootpage=/foo",
            r#"[("ISTIO_META_CLUSTER_ID", "c2"), ("ROOTPAGE", "/foo")]"#,
        ),
        ("/inject//net//n1", r#"[("ISTIO_META_NETWORK", "n1")]"#),
    ] {
        let (status, text) = post(&router, path, review("web", 0)).await;
        assert_eq!(status, 200, "{path}");
        let answer: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(answer["response"]["warnings"][0], expected, "{path}");
    }
}

#[tokio::test]
async fn health_is_on_both_ports_and_metrics_on_one() {
    let shared = shared();
    let (webhook, health) = (
        webhook_router(shared.clone()),
        health_router(shared.clone()),
    );
    let get = |path: &str| request(&Method::GET, path, "", Body::empty());
    for router in [&webhook, &health] {
        for path in ["/healthz", "/livez", "/readyz"] {
            let (status, text) = call(router, get(path)).await;
            assert_eq!((status, &*text), (StatusCode::OK, "ok\n"), "{path}");
        }
        let (_, text) = call(router, get("/readyz?verbose")).await;
        assert_eq!(text, "[+]shutdown ok\nreadyz check passed\n");
    }
    assert_eq!(call(&webhook, get("/metrics")).await.0, 404);
    post(&webhook, "/inject", review("web", 0)).await;
    post(&webhook, "/inject", "{").await;
    post(&webhook, "/inject", "").await;
    let (status, text) = call(&health, get("/metrics")).await;
    assert_eq!(status, 200);
    for line in [
        "sidecar_injection_requests_total 3",
        "sidecar_injection_success_total 1",
        "sidecar_injection_failure_total 2",
        "outrigger_injections_total{decision=\"injected\",reason=\"injected\"} 1",
        "outrigger_injections_total{decision=\"failed\",reason=\"failed:unreadable\"} 1",
        "outrigger_calls_in_flight 0",
    ] {
        assert!(text.lines().any(|l| l == line), "{line}\n{text}");
    }

    shared.health.drain();
    assert_eq!(call(&health, get("/readyz")).await.0, 503);
    assert_eq!(call(&health, get("/livez")).await.0, 200);
    assert_eq!(post(&webhook, "/inject", review("web", 0)).await.0, 200);
}
