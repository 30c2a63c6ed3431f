//! The webhook's server: listens, terminates TLS, routes, holds limits, reloads certificates, drains.
//!
//! Two ports: the webhook over HTTPS, and health and metrics over plain HTTP, which kubelets and scrapers read
//! without knowing the webhook's authority.

mod body;
mod certificate;
mod clients;
pub mod configuration;
mod connections;
mod files;
mod health;
mod lingering;
mod metrics;
mod places;
mod reload;
mod routes;
mod starting;
mod tls;
mod traces;

use std::{
    io,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, OnceLock},
    time::Duration,
};

use arc_swap::ArcSwapOption;
use tokio::{
    net::TcpListener,
    sync::{mpsc, watch},
};
use tokio_rustls::TlsAcceptor;

use crate::{
    admission::{Core, Notice},
    pki::{Pair, PairError},
    telemetry::LogLevel,
};

pub use certificate::{CERTIFICATE_PART, ServingCertificate};
pub use clients::ClientCertificates;
pub use configuration::Configuration;
pub use health::Health;
pub use metrics::Metrics;
pub use routes::{health_router, webhook_router};
pub use starting::Starting;
pub use tls::TlsVersion;
pub use traces::{Traces, TracesError};

/// What a server is started with.
#[derive(Debug)]
pub struct Options {
    /// Where the webhook listens.
    pub listen: SocketAddr,
    /// Where health and metrics are, over plain HTTP; `None`: health is on the webhook's port alone.
    pub health_listen: Option<SocketAddr>,
    /// What the webhook shows its clients.
    pub certificate: Certificate,
    /// What clients must show; `None`: nothing.
    pub clients: Option<ClientCertificates>,
    /// The oldest version of TLS that clients may speak.
    pub tls_min_version: TlsVersion,
    /// How long calls are still taken after the server says that it is not ready: the time that it takes until no
    /// client is sent here any more.
    pub drain_delay: Duration,
    /// What clients are allowed.
    pub limits: Limits,
}

/// Where the serving certificate is from.
#[derive(Debug)]
pub enum Certificate {
    /// It is read from files and read again when they change.
    Files {
        /// A chain of certificates as PEM.
        certificate: PathBuf,
        /// The key of the chain's first certificate as PEM.
        key: PathBuf,
        /// How often the files are looked at.
        interval: Duration,
    },
    /// It is given, and stays unless it is [replaced](Server::certificate).
    Given(Box<Pair>),
}

/// What clients are allowed. The defaults fit API servers, whose longest timeout of a webhook is 30 seconds.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The largest body, in bytes. A review holds at most two objects of 3 MiB.
    pub body: usize,
    /// The time to send a body.
    pub body_time: Duration,
    /// The time for a TLS handshake.
    pub handshake_time: Duration,
    /// The time to send a request's head; over HTTP/1.1 a connection may be idle as long, too.
    pub header_time: Duration,
    /// The time that a connection may be idle over HTTP/2; it is closed at twice this time at the latest.
    pub idle_time: Duration,
    /// The age at which a connection is closed, so that clients see new certificates and other replicas.
    pub connection_age: Duration,
    /// The most connections at a time on each port; for a further one the one makes room that is needed least.
    pub connections: usize,
    /// The time that calls get to end when a connection closes, at its age or when the server stops.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 8 << 20,
            body_time: Duration::from_secs(10),
            handshake_time: Duration::from_secs(10),
            header_time: Duration::from_secs(30),
            idle_time: Duration::from_secs(90),
            connection_age: Duration::from_secs(600),
            connections: 1024,
            grace: Duration::from_secs(15),
        }
    }
}

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The address is taken, not ours, or not allowed.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The cause.
        source: io::Error,
    },
    /// The certificate or the key cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The certificate and the key are no pair.
    #[error("cannot serve {}", path.display())]
    Pair {
        /// The certificate's file.
        path: PathBuf,
        /// The cause.
        source: PairError,
    },
    /// The file holds no certificates of authorities.
    #[error("{} holds no certificates of authorities, or something else besides", path.display())]
    ClientAuthorities {
        /// The file.
        path: PathBuf,
    },
    /// The provider of cryptography does not do what is asked.
    #[error("cannot set up TLS")]
    Tls(#[source] rustls::Error),
}

/// What every call and every reload shares.
pub struct Shared {
    /// What decides; replaced as a whole when the configuration changes. `None` while the server starts.
    pub core: ArcSwapOption<Box<dyn Core>>,
    /// Whether the server is ready, and what is amiss.
    pub health: Health,
    /// What is counted.
    pub metrics: Metrics,
    /// What clients are allowed.
    pub limits: Limits,
    /// How much is logged, where that can be changed.
    pub log_level: OnceLock<LogLevel>,
    /// Where calls are traced, if anywhere.
    pub traces: OnceLock<Traces>,
    /// Where the owners of Pods are told of decisions, if anywhere.
    notices: OnceLock<mpsc::Sender<Notice>>,
}

/// How many notices wait to be told.
const NOTICES: usize = 256;

impl Shared {
    /// The state of a server that is ready to answer by `core`.
    pub fn new(core: Box<dyn Core>, limits: Limits) -> Arc<Self> {
        let shared = Self::starting(limits);
        shared.core.store(Some(Arc::new(core)));
        shared.health.started();
        shared
    }

    /// The state of a server that waits for a core.
    fn starting(limits: Limits) -> Arc<Self> {
        Arc::new(Self {
            core: ArcSwapOption::empty(),
            health: Health::starting(),
            metrics: Metrics::new(),
            limits,
            log_level: OnceLock::new(),
            traces: OnceLock::new(),
            notices: OnceLock::new(),
        })
    }

    /// From now on gives what owners of Pods are to be told. No call waits for whoever takes it: what is too much is
    /// dropped.
    pub fn notices(&self) -> mpsc::Receiver<Notice> {
        let (sender, receiver) = mpsc::channel(NOTICES);
        // Who asks a second time is told nothing.
        let _ = self.notices.set(sender);
        receiver
    }

    /// Whether there is anybody who tells owners.
    fn tells(&self) -> bool {
        self.notices.get().is_some()
    }

    /// Has an owner told.
    fn tell(&self, notice: Notice) {
        if let Some(sender) = self.notices.get()
            && sender.try_send(notice).is_err()
        {
            self.metrics.told("dropped");
        }
    }
}

/// A server that listens, but takes no calls yet.
pub struct Server {
    shared: Arc<Shared>,
    webhook: TcpListener,
    health: Option<starting::HealthPort>,
    acceptor: TlsAcceptor,
    serving: Arc<tls::Serving>,
    clients: Option<Arc<clients::Clients>>,
    reload: Option<reload::Watch>,
    drain_delay: Duration,
}

impl Server {
    /// Loads the certificate and binds the ports.
    pub async fn bind(options: Options, core: Box<dyn Core>) -> Result<Self, ServerError> {
        let starting = Starting::bind(options.health_listen, options.limits).await?;
        starting.serve(options, core).await
    }

    /// Where the webhook listens, with the port that the system chose if none was asked for.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.webhook.local_addr()
    }

    /// Where health and metrics are over plain HTTP, if anywhere.
    pub fn health_address(&self) -> Option<SocketAddr> {
        Some(self.health.as_ref()?.address)
    }

    /// What the calls share, to replace the core and to report what is amiss.
    pub fn shared(&self) -> Arc<Shared> {
        self.shared.clone()
    }

    /// What is shown to clients, to be replaced while the server runs.
    pub fn certificate(&self) -> ServingCertificate {
        ServingCertificate::new(self.serving.clone(), self.shared.clone())
    }

    /// Takes calls until `stop` ends; then says that it is not ready, waits for the drain delay, takes no more
    /// connections, lets the calls under way end, and returns.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let (close_webhook, webhook_closes) = watch::channel(false);
        let webhook = tokio::spawn(connections::serve(
            self.webhook,
            Some(self.acceptor),
            webhook_router(self.shared.clone()),
            self.shared.clone(),
            webhook_closes,
        ));
        self.shared.health.started();
        let reload = async {
            match self.reload {
                Some(watch) => watch.run(&self.shared).await,
                None => std::future::pending().await,
            }
        };

        let clients = async {
            match &self.clients {
                Some(clients) => clients.keep(&self.shared).await,
                None => std::future::pending().await,
            }
        };

        tokio::select! {
            () = stop => {}
            () = reload => {}
            () = clients => {}
        }
        tracing::info!(delay = ?self.drain_delay, "draining");
        self.shared.health.drain();
        tokio::time::sleep(self.drain_delay).await;
        close_webhook.send_replace(true);
        // The tasks end by themselves; that one panicked is logged where it happened.
        let _ = webhook.await;
        if let Some(health) = self.health {
            health.close().await;
        }
        tracing::info!("stopped");
    }
}

/// Binds a port. Where the machine has no IPv6, "any address" is any IPv4 address.
async fn listen(address: SocketAddr) -> Result<TcpListener, ServerError> {
    let bound = match TcpListener::bind(address).await {
        Err(error)
            if address.is_ipv6()
                && address.ip().is_unspecified()
                && error.kind() != io::ErrorKind::AddrInUse =>
        {
            TcpListener::bind(SocketAddr::from(([0; 4], address.port()))).await
        }
        bound => bound,
    };
    bound.map_err(|source| ServerError::Listen { address, source })
}
