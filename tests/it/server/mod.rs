//! The server over real TLS: what its tests have in common.

mod certificates;
mod clients;
mod log_level;
mod manners;
mod traces;

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    body::Body,
    http::{Request, header::CONTENT_TYPE},
};
use outrigger::{
    pki::{self, Authority, Issued, Name, Pair},
    server::{Certificate, Limits, Options, Server, Shared, TlsVersion},
};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use tokio::{net::TcpStream, sync::oneshot, task::JoinHandle, time};
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::standin::Standin;

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
        clients: None,
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
    let certificate = |authority: &&Authority| {
        CertificateDer::from_pem_slice(authority.certificate().as_bytes()).unwrap()
    };
    trusting(authorities.iter().map(certificate), alpn)
}

/// A client that trusts the authorities with these certificates.
fn trusting(
    authorities: impl IntoIterator<Item = CertificateDer<'static>>,
    alpn: &str,
) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    for authority in authorities {
        roots.add(authority).unwrap();
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
