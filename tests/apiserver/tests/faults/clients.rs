//! Clients that no server wants: large ones, slow ones, idle ones.

use std::{
    net::Ipv4Addr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use kube::{Client, Config};
use outrigger::pki;
use outrigger_apiserver_tests::eventually;
use rustls::{
    ClientConfig, RootCertStore,
    client::Resumption,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpStream,
    time::{sleep, timeout},
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::scene::Scene;

/// How many clients connect to each replica and do nothing.
pub(crate) const IDLE: usize = 2000;

/// The same where a replica may have few files open, and how many those are.
pub(crate) const FILES: usize = 300;
const FEW_FILES: usize = 128;

/// How many clients of each kind dawdle at each replica.
const DAWDLERS: usize = 100;

/// How long an idle client whose connection was closed waits until it comes again.
const AGAIN: Duration = Duration::from_secs(30);

/// How long a client waits for the server to speak TLS with it.
const HANDSHAKE: Duration = Duration::from_secs(5);

const REVIEW: &str = include_str!("../../../../benches/data/review.json");

/// A client that trusts these authorities, PEM, and speaks this protocol.
pub(crate) fn trusting(bundle: &[u8], alpn: &str) -> Result<TlsConnector> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(bundle) {
        roots.add(certificate?)?;
    }
    let mut config = ClientConfig::builder_with_provider(pki::provider())
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![alpn.as_bytes().to_vec()];
    config.resumption = Resumption::disabled();
    Ok(TlsConnector::from(Arc::new(config)))
}

/// The first certificate of a PEM text.
pub(crate) fn first_certificate(text: &[u8]) -> Result<CertificateDer<'static>> {
    Ok(CertificateDer::from_pem_slice(text)?)
}

pub(crate) async fn connect(client: &TlsConnector, port: u16) -> Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    let name = ServerName::from(std::net::IpAddr::from(Ipv4Addr::LOCALHOST));
    Ok(client.connect(name, stream).await?)
}

/// The command that lets a program have few files open.
pub(crate) fn few_files() -> Vec<String> {
    let limit = format!("--nofile={FEW_FILES}:{FEW_FILES}");
    vec!["prlimit".to_owned(), limit]
}

/// Has so many clients connect to each replica, and stay.
pub(crate) async fn connect_idle(scene: &mut Scene, count: usize) -> Result<()> {
    let stored = scene.secret().stored().await.unwrap_or_default();
    let client = trusting(stored.bundle.as_bytes(), "h2")?;
    let tried = Arc::new(AtomicUsize::new(0));
    for replica in &scene.replicas {
        for _ in 0..count {
            let (client, port, tried) = (client.clone(), replica.port(), tried.clone());
            scene.beside.spawn(async move {
                let mut first = true;
                loop {
                    let connected = timeout(HANDSHAKE, connect(&client, port)).await;
                    if std::mem::take(&mut first) {
                        tried.fetch_add(1, Ordering::Relaxed);
                    }
                    if let Ok(Ok(mut stream)) = connected {
                        read_to_end(&mut stream).await;
                    }
                    sleep(AGAIN).await;
                }
            });
        }
    }
    let all = count * scene.replicas.len();
    eventually("they have connected", async || {
        tried.load(Ordering::Relaxed) == all
    })
    .await
}

/// What a client sends that dawdles, byte after byte, after what it sends at once.
#[derive(Clone, Copy)]
enum Dawdler {
    /// Not even a handshake.
    Silent,
    Head,
    Body,
}

/// Has clients dawdle.
pub(crate) async fn dawdle(scene: &mut Scene) -> Result<()> {
    let stored = scene.secret().stored().await.unwrap_or_default();
    let client = trusting(stored.bundle.as_bytes(), "http/1.1")?;
    for replica in &scene.replicas {
        for dawdler in [Dawdler::Silent, Dawdler::Head, Dawdler::Body] {
            for _ in 0..DAWDLERS {
                let (client, port) = (client.clone(), replica.port());
                scene.beside.spawn(async move {
                    loop {
                        // That the server has none of it is what is wanted.
                        let _ = dawdler.call(&client, port).await;
                        sleep(Duration::from_secs(1)).await;
                    }
                });
            }
        }
    }
    Ok(())
}

impl Dawdler {
    async fn call(self, client: &TlsConnector, port: u16) -> Result<()> {
        let start = match self {
            Self::Silent => {
                let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
                read_to_end(&mut stream).await;
                return Ok(());
            }
            Self::Head => "POST /inject HTTP/1.1\r\nhost: a\r\nx-slow: ",
            Self::Body => {
                "POST /inject HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 1000000\r\n\r\n{"
            }
        };
        let mut stream = connect(client, port).await?;
        stream.write_all(start.as_bytes()).await?;
        loop {
            sleep(Duration::from_secs(1)).await;
            stream.write_all(b" ").await?;
            stream.flush().await?;
        }
    }
}

/// Reads until the server closes the connection.
async fn read_to_end(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) {
    let mut buffer = [0; 256];
    while stream.read(&mut buffer).await.is_ok_and(|read| read > 0) {}
}

/// Posts reviews of almost 8 MiB, and larger ones, one after the other.
pub(crate) async fn post_large(scene: &mut Scene, until: Instant) -> Result<()> {
    let url = format!("https://127.0.0.1:{}", scene.service.port());
    let (fits, too_large) = (review((8 << 20) - 16_384)?, review(9 << 20)?);
    let mut posted = 0;
    while Instant::now() < until || posted == 0 {
        scene.wait_until(Instant::now()).await?;
        let answer = post(&url, &fits).await?;
        ensure!(answer["response"]["patch"].is_string(), "no patch");
        match post(&url, &too_large).await {
            Err(error) if error.to_string().contains("8388608") => {}
            other => bail!("a body of 9 MiB is answered with {other:?}"),
        }
        posted += 1;
    }
    Ok(())
}

/// A review of a Pod with an annotation of this size.
fn review(size: usize) -> Result<String> {
    let mut review: Value = serde_json::from_str(REVIEW)?;
    let metadata = review.pointer_mut("/request/object/metadata");
    let large = json!({"example.com/large": "x".repeat(size)});
    metadata.context("metadata")?["annotations"] = large;
    Ok(review.to_string())
}

/// Posts a review over a connection of its own.
async fn post(url: &str, review: &str) -> Result<Value> {
    let mut config = Config::new(url.parse()?);
    config.accept_invalid_certs = true;
    config.default_retry = false;
    let request = http::Request::post("/inject").header("content-type", "application/json");
    let request = request.body(review.as_bytes().to_vec())?;
    Ok(Client::try_from(config)?.request(request).await?)
}
