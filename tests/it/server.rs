//! The server over real TLS: certificates that change under load, draining, and clients that dawdle.

use std::{
    io,
    net::SocketAddr,
    path::Path,
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    body::Body,
    http::{Request, header::CONTENT_TYPE},
};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use http_body_util::BodyExt as _;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use outrigger::{
    pki::{self, Authority, Issued, Name, Pair},
    server::{Certificate, Limits, Options, Server, Shared, TlsVersion},
};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::oneshot,
    task::JoinHandle,
    time,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::standin::{Standin, review};

/// After this long a condition is taken to never come true.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a running server is reached and stopped by.
struct Running {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

async fn start(options: Options) -> Running {
    let server = Server::bind(options, Box::new(Standin)).await.unwrap();
    let (stop, stopped) = oneshot::channel();
    Running {
        address: server.address().unwrap(),
        shared: server.shared(),
        stop,
        task: tokio::spawn(server.run(async {
            let _ = stopped.await;
        })),
    }
}

fn options(certificate: Certificate) -> Options {
    Options {
        listen: ([127, 0, 0, 1], 0).into(),
        health_listen: None,
        certificate,
        tls_min_version: TlsVersion::default(),
        drain_delay: Duration::ZERO,
        limits: Limits::default(),
    }
}

fn given(issued: &Issued) -> Certificate {
    let pair = Pair::from_pem(issued.certificate.as_bytes(), issued.key.as_bytes());
    Certificate::Given(Box::new(pair.unwrap()))
}

/// An authority and a certificate of it for the loopback address.
fn issue() -> (Authority, Issued) {
    let authority = Authority::new("test").unwrap();
    let issued = authority.issue(&[Name::Ip([127, 0, 0, 1].into())]).unwrap();
    (authority, issued)
}

/// A client that trusts `authorities` and speaks the protocol `alpn`.
fn client(authorities: &[&Authority], alpn: &str) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    for authority in authorities {
        let pem = authority.certificate();
        roots
            .add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap())
            .unwrap();
    }
    let mut config = ClientConfig::builder_with_provider(pki::provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![alpn.as_bytes().to_vec()];
    config.resumption = rustls::client::Resumption::disabled();
    TlsConnector::from(Arc::new(config))
}

async fn connect(client: &TlsConnector, address: SocketAddr) -> io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(address).await?;
    client.connect(ServerName::from(address.ip()), stream).await
}

/// The certificate that the server shows now, as DER.
async fn shown(client: &TlsConnector, address: SocketAddr) -> Vec<u8> {
    let stream = connect(client, address).await.unwrap();
    stream.get_ref().1.peer_certificates().unwrap()[0].to_vec()
}

fn der(issued: &Issued) -> Vec<u8> {
    CertificateDer::from_pem_slice(issued.certificate.as_bytes())
        .unwrap()
        .to_vec()
}

fn call(body: impl Into<Body>) -> Request<Body> {
    Request::post("https://127.0.0.1/inject")
        .header(CONTENT_TYPE, "application/json")
        .body(body.into())
        .unwrap()
}

/// Waits until `condition` holds.
async fn until(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !condition().await {
            time::sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(time::timeout(PATIENCE, waiting).await.is_ok(), "{what}");
}

/// Writes a pair as Secret volumes do: into a new folder, to which the symbolic link `..data` is swung in one step.
fn publish(dir: &Path, revision: &str, certificate: &str, key: &str) {
    let folder = dir.join(revision);
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("tls.crt"), certificate).unwrap();
    std::fs::write(folder.join("tls.key"), key).unwrap();
    std::os::unix::fs::symlink(revision, dir.join("..data_tmp")).unwrap();
    std::fs::rename(dir.join("..data_tmp"), dir.join("..data")).unwrap();
}

/// A folder like a Secret volume, and the certificate that is read from it every few milliseconds.
fn volume(issued: &Issued) -> (TempDir, Certificate) {
    let dir = tempfile::tempdir().unwrap();
    publish(dir.path(), "first", &issued.certificate, &issued.key);
    let link = |name: &str| {
        let link = dir.path().join(name);
        std::os::unix::fs::symlink(Path::new("..data").join(name), &link).unwrap();
        link
    };
    let certificate = Certificate::Files {
        certificate: link("tls.crt"),
        key: link("tls.key"),
        interval: Duration::from_millis(5),
    };
    (dir, certificate)
}

/// Calls over one connection after the other until told to stop; every call must be answered.
async fn keep_calling(
    client: TlsConnector,
    http2: bool,
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    connections: Arc<AtomicUsize>,
) {
    let io = async || TokioIo::new(connect(&client, address).await.unwrap());
    while !stop.load(Ordering::Relaxed) {
        connections.fetch_add(1, Ordering::Relaxed);
        if http2 {
            let (mut sender, connection) = http2::handshake(TokioExecutor::new(), io().await)
                .await
                .unwrap();
            tokio::spawn(connection);
            while sender.ready().await.is_ok() && !stop.load(Ordering::Relaxed) {
                let answer = match sender.try_send_request(call(review("web", 0))).await {
                    Ok(answer) => answer,
                    // The server said meanwhile that it takes no more; then nothing was sent.
                    Err(mut error) => {
                        assert!(error.take_message().is_some(), "{error:?}");
                        break;
                    }
                };
                assert_eq!(answer.status(), 200);
                answer.into_body().collect().await.unwrap();
            }
        } else {
            let (mut sender, connection) = http1::handshake(io().await).await.unwrap();
            tokio::spawn(connection);
            while sender.ready().await.is_ok() && !stop.load(Ordering::Relaxed) {
                let answer = sender.send_request(call(review("web", 0))).await.unwrap();
                assert_eq!(answer.status(), 200);
                let last = answer
                    .headers()
                    .get("connection")
                    .is_some_and(|v| v == "close");
                answer.into_body().collect().await.unwrap();
                if last {
                    break;
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn certificates_change_under_load_and_no_call_fails() {
    let ((first_authority, first), (second_authority, second)) = (issue(), issue());
    let (dir, certificate) = volume(&first);
    let server = start(Options {
        limits: Limits {
            connection_age: Duration::from_millis(20),
            ..Limits::default()
        },
        ..options(certificate)
    })
    .await;
    let both = [&first_authority, &second_authority];
    let stop = Arc::new(AtomicBool::new(false));
    let connections = [(); 2].map(|()| Arc::new(AtomicUsize::new(0)));
    let load: Vec<_> = [true, false]
        .into_iter()
        .zip(&connections)
        .map(|(http2, connections)| {
            let client = client(&both, if http2 { "h2" } else { "http/1.1" });
            tokio::spawn(keep_calling(
                client,
                http2,
                server.address,
                stop.clone(),
                connections.clone(),
            ))
        })
        .collect();

    let probe = client(&both, "h2");
    assert_eq!(shown(&probe, server.address).await, der(&first));
    publish(dir.path(), "second", &second.certificate, &second.key);
    until("the second certificate is shown", async || {
        shown(&probe, server.address).await == der(&second)
    })
    .await;
    let before = connections.each_ref().map(|n| n.load(Ordering::Relaxed));
    until("the clients connect anew", async || {
        let after = connections.each_ref().map(|n| n.load(Ordering::Relaxed));
        after
            .iter()
            .zip(before)
            .all(|(after, before)| *after > before + 1)
    })
    .await;
    stop.store(true, Ordering::Relaxed);
    for client in load {
        client.await.unwrap();
    }
    server.stop.send(()).unwrap();
    time::timeout(PATIENCE, server.task).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_pair_that_does_not_fit_leaves_the_one_before() {
    let ((authority, first), (_, second)) = (issue(), issue());
    let (dir, certificate) = volume(&first);
    let server = start(options(certificate)).await;
    let failures = || server.shared.metrics.certificate_reload_failures.get();
    let report = || server.shared.health.report_text();

    publish(dir.path(), "mismatched", &second.certificate, &first.key);
    until("the mismatch is noticed", async || failures() == 1).await;
    assert!(
        report().contains("[!]certificate not reloaded"),
        "{}",
        report()
    );
    assert!(
        report().contains("the private key does not fit the certificate"),
        "{}",
        report()
    );
    assert!(server.shared.health.is_ready());
    let probe = client(&[&authority], "h2");
    assert_eq!(shown(&probe, server.address).await, der(&first));

    std::fs::remove_file(dir.path().join("..data")).unwrap();
    until("the missing file is noticed", async || failures() == 2).await;
    assert_eq!(shown(&probe, server.address).await, der(&first));

    let renewed = authority.issue(&[Name::Ip([127, 0, 0, 1].into())]).unwrap();
    publish(dir.path(), "mended", &renewed.certificate, &renewed.key);
    until("the mended pair is shown", async || {
        shown(&probe, server.address).await == der(&renewed)
    })
    .await;
    assert!(report().contains("[+]certificate ok"), "{}", report());
    assert_eq!(failures(), 2);
}

#[tokio::test]
async fn files_that_are_no_pair_are_refused_at_the_start() {
    let ((_, first), (_, second)) = (issue(), issue());
    let (_dir, certificate) = volume(&Issued {
        certificate: first.certificate,
        key: second.key,
    });
    let error = Server::bind(options(certificate), Box::new(Standin)).await;
    let error = format!("{:#}", anyhow::Error::from(error.err().unwrap()));
    assert!(
        error.contains("tls.crt: the private key does not fit the certificate"),
        "{error}"
    );
}

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

#[tokio::test]
async fn connections_beyond_the_limit_wait() {
    let (authority, issued) = issue();
    let server = start(Options {
        limits: Limits {
            connections: 1,
            ..Limits::default()
        },
        ..options(given(&issued))
    })
    .await;
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
async fn a_client_that_does_not_trust_the_certificate_is_counted() {
    let ((_, issued), (stranger, _)) = (issue(), issue());
    let server = start(options(given(&issued))).await;
    let refused = connect(&client(&[&stranger], "h2"), server.address).await;
    assert!(refused.is_err());
    until("the refusal is counted", async || {
        server.shared.metrics.tls_refusals.get() == 1
    })
    .await;
}

#[tokio::test]
async fn old_versions_of_tls_are_spoken_when_asked() {
    let (authority, issued) = issue();
    for (min, accepted) in [(TlsVersion::V1_3, false), (TlsVersion::V1_2, true)] {
        let server = start(Options {
            tls_min_version: min,
            ..options(given(&issued))
        })
        .await;
        let mut roots = RootCertStore::empty();
        let pem = authority.certificate();
        roots
            .add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap())
            .unwrap();
        let config = ClientConfig::builder_with_provider(pki::provider())
            .with_protocol_versions(&[&rustls::version::TLS12])
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = TlsConnector::from(Arc::new(config));
        assert_eq!(
            connect(&client, server.address).await.is_ok(),
            accepted,
            "{min:?}"
        );
    }
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
