//! How much is logged, changed while the server runs.

use std::panic;

use axum::{
    body::Body,
    http::{Method, Request},
};
use http_body_util::BodyExt as _;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use outrigger::{
    server::{Limits, Starting},
    telemetry::{self, LogFormat},
};
use tokio::net::TcpStream;
use tracing::{Level, level_filters::LevelFilter};

#[tokio::test]
async fn the_level_is_changed_over_the_loopback_interface() {
    let any = Some(([127, 0, 0, 1], 0).into());
    let starting = Starting::bind(any, Limits::default()).await.unwrap();
    let address = starting.health_address().unwrap();
    // Other tests' panics are to be seen.
    let hook = panic::take_hook();
    let level = telemetry::start(LogFormat::Text, LevelFilter::OFF);
    panic::set_hook(hook);
    assert!(starting.shared().log_level.set(level.clone()).is_ok());
    let ask = async |method: &Method, body: &'static str| {
        let stream = TcpStream::connect(address).await.unwrap();
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let request = Request::builder().method(method).uri("/debug/log-level");
        let request = request.body(Body::from(body)).unwrap();
        let answer = sender.send_request(request).await.unwrap();
        let status = answer.status().as_u16();
        let text = answer.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(text.to_vec()).unwrap())
    };
    let shows = || tracing::enabled!(target: "outrigger::server", Level::DEBUG);

    assert_eq!(ask(&Method::GET, "").await, (200, "off\n".into()));
    assert!(!shows());
    assert_eq!(ask(&Method::PUT, "debug").await, (200, "debug\n".into()));
    assert!(shows());
    assert!(
        !tracing::enabled!(target: "kube", Level::DEBUG),
        "libraries stay at warn"
    );
    let (status, text) = ask(&Method::PUT, "loud").await;
    assert!(status == 400 && text.contains("warn"), "{status} {text}");
    assert_eq!(ask(&Method::POST, "info").await.0, 405);
    assert_eq!(ask(&Method::GET, "").await, (200, "debug\n".into()));
    assert_eq!(ask(&Method::PUT, "off\n").await, (200, "off\n".into()));
    assert!(!shows());
    assert_eq!(level.get(), LevelFilter::OFF);
}
