//! How the server treats its clients: draining, limits, and its end on a signal.

use std::{
    io,
    process::{Command, Stdio},
    time::Duration,
};

use axum::body::Body;
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use outrigger::{
    pki::Issued,
    server::{Limits, Options, Server},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::oneshot,
    time,
};

use super::{PATIENCE, call, client, connect, given, issue, options, start, until};
use crate::standin::{Standin, review};

#[tokio::test]
async fn a_call_under_way_is_answered_before_the_server_stops() {
    let (authority, issued) = issue();
    let server = start(options(given(&issued))).await;
    let client = client(&[&authority], "http/1.1");
    let (mut sender, connection) = http1::handshake(TokioIo::new(
        connect(&client, server.address).await.unwrap(),
    ))
    .await
    .unwrap();
    tokio::spawn(connection);
    let (rest, waits) = oneshot::channel::<Bytes>();
    let mut body = Bytes::from(review("web", 0));
    let tail = body.split_off(10);
    let pieces = stream::iter([Ok(body)]).chain(stream::once(async move {
        waits.await.map_err(io::Error::other)
    }));
    let answer = tokio::spawn(sender.send_request(call(Body::from_stream(pieces))));
    until("the call is under way", async || {
        server.shared.metrics.in_flight.get() == 1
    })
    .await;

    server.stop.send(()).unwrap();
    until("no connection is taken", async || {
        TcpStream::connect(server.address).await.is_err()
    })
    .await;
    assert!(!server.shared.health.is_ready());
    assert!(!server.task.is_finished());
    rest.send(tail).unwrap();
    assert_eq!(answer.await.unwrap().unwrap().status(), 200);
    time::timeout(PATIENCE, server.task).await.unwrap().unwrap();
}

#[tokio::test]
async fn while_it_drains_the_server_is_not_ready_but_answers() {
    let (authority, issued) = issue();
    let server = start(Options {
        drain_delay: Duration::from_secs(3600),
        ..options(given(&issued))
    })
    .await;
    server.stop.send(()).unwrap();
    until("the server is not ready", async || {
        !server.shared.health.is_ready()
    })
    .await;
    let client = client(&[&authority], "http/1.1");
    let stream = connect(&client, server.address).await.unwrap();
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let answer = sender.send_request(call(review("web", 0))).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(
        answer.headers()["connection"],
        "close",
        "the next call goes elsewhere"
    );
    server.task.abort();
}

/// What is short, the protocol (none: not even a handshake), what is sent, and how the answer begins.
#[tokio::test]
async fn clients_that_dawdle_are_closed() {
    type Shorten = fn(&mut Limits, Duration);
    const BODY: &str = "POST /inject HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\n{";
    let table: &[(Shorten, Option<&str>, &str, &str)] = &[
        (|limits, soon| limits.handshake_time = soon, None, "", ""),
        (
            |limits, soon| limits.handshake_time = soon,
            None,
            "\u{16}",
            "",
        ),
        (
            |limits, soon| limits.header_time = soon,
            Some("http/1.1"),
            "",
            "",
        ),
        (
            |limits, soon| limits.header_time = soon,
            Some("http/1.1"),
            "POST /inject HTT",
            "",
        ),
        (
            |limits, soon| limits.idle_time = soon,
            Some("http/1.1"),
            "",
            "",
        ),
        (
            |limits, soon| (limits.idle_time, limits.grace) = (soon, soon),
            Some("h2"),
            "",
            "",
        ),
        (
            |limits, soon| limits.body_time = soon,
            Some("http/1.1"),
            BODY,
            "HTTP/1.1 408 ",
        ),
    ];
    let (authority, issued) = issue();
    for (shorten, alpn, sent, expected) in table {
        let mut limits = Limits::default();
        shorten(&mut limits, Duration::from_millis(20));
        let server = start(Options {
            limits,
            ..options(given(&issued))
        })
        .await;
        let dawdle = async {
            let mut answer = Vec::new();
            // That the server ends the connection early is what is wanted.
            let _ = match alpn {
                None => {
                    let mut stream = TcpStream::connect(server.address).await.unwrap();
                    let _ = stream.write_all(sent.as_bytes()).await;
                    stream.read_to_end(&mut answer).await
                }
                Some(alpn) => {
                    let client = client(&[&authority], alpn);
                    let mut stream = connect(&client, server.address).await.unwrap();
                    let _ = stream.write_all(sent.as_bytes()).await;
                    stream.read_to_end(&mut answer).await
                }
            };
            String::from_utf8_lossy(&answer).into_owned()
        };
        let answer = time::timeout(PATIENCE, dawdle).await;
        let answer = answer.unwrap_or_else(|_| panic!("{alpn:?} {sent:?}: stays open"));
        if alpn.is_some_and(|alpn| alpn != "h2") {
            assert!(answer.starts_with(expected), "{sent:?}: {answer}");
        }
    }
}

fn with_one_place(issued: &Issued) -> Options {
    Options {
        limits: Limits {
            connections: 1,
            ..Limits::default()
        },
        ..options(given(issued))
    }
}

#[tokio::test]
async fn connections_beyond_the_limit_wait() {
    let (authority, issued) = issue();
    let server = start(with_one_place(&issued)).await;
    let client = client(&[&authority], "http/1.1");
    let first = connect(&client, server.address).await.unwrap();
    let second = tokio::spawn({
        let (client, address) = (client.clone(), server.address);
        async move { connect(&client, address).await.is_ok() }
    });
    assert_eq!(server.shared.metrics.connections.get(), 1);
    drop(first);
    assert!(time::timeout(PATIENCE, second).await.unwrap().unwrap());
}

#[tokio::test]
async fn a_client_that_does_nothing_makes_room() {
    let (authority, issued) = issue();
    let server = start(with_one_place(&issued)).await;
    let client = client(&[&authority], "http/1.1");
    let mut idle = connect(&client, server.address).await.unwrap();
    let call_anew = async {
        let stream = connect(&client, server.address).await.unwrap();
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        sender.send_request(call(review("web", 0))).await.unwrap()
    };
    let answer = time::timeout(PATIENCE, call_anew).await.unwrap();
    assert_eq!(answer.status(), 200);
    // It ends without a word of TLS.
    assert!(idle.read_u8().await.is_err());
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let (_, issued) = issue();
    let taken = start(options(given(&issued))).await;
    let error = Server::bind(
        Options {
            listen: taken.address,
            ..options(given(&issued))
        },
        Box::new(Standin),
    )
    .await;
    let error = error.err().unwrap().to_string();
    assert_eq!(error, format!("cannot listen on {}", taken.address));
}

#[test]
fn the_program_ends_well_on_a_signal() {
    use std::io::{BufRead as _, BufReader};

    for signal in ["TERM", "INT"] {
        let mut program = Command::new(env!("CARGO_BIN_EXE_outrigger"))
            .args(["serve", "--standalone", "--listen", "127.0.0.1:0"])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(program.stderr.take().unwrap()).lines();
        assert!(log.by_ref().any(|line| line.unwrap().contains("listening")));
        let id = program.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-s", signal, &id])
                .status()
                .unwrap()
                .success()
        );
        assert_eq!(program.wait().unwrap().code(), Some(0), "{signal}");
        assert!(log.any(|line| line.unwrap().contains("stopped")));
    }
}
