//! Certificates that change under load as Secret volumes change them, pairs that do not fit, clients that do not trust.

use std::{
    net::SocketAddr,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use http_body_util::BodyExt as _;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use outrigger::{
    pki::{self, Issued, Name},
    server::{Certificate, Limits, Options, Server, TlsVersion},
};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use tempfile::TempDir;
use tokio::time;
use tokio_rustls::TlsConnector;

use super::{PATIENCE, call, client, connect, given, issue, options, start, until};
use crate::standin::{Standin, review};

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
                    // The server said meanwhile that it takes no more. Then nothing was sent, or what was sent is
                    // past the last call that the server names, and every client sends it again (RFC 9113, 6.8).
                    Err(mut error) => {
                        let told = format!("{error:?}").contains("GoAway(b\"\", NO_ERROR, Remote)");
                        assert!(told || error.take_message().is_some(), "{error:?}");
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
