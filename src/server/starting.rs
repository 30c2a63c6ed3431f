//! A server that answers for its health while it waits for what it is to serve.

use std::{net::SocketAddr, sync::Arc};

use tokio::{sync::watch, task::JoinHandle};
use tokio_rustls::TlsAcceptor;

use crate::admission::Core;

use super::{
    Certificate, Limits, Options, Server, ServerError, Shared, clients::Clients, connections,
    health_router, listen, reload, tls,
};

/// A server without a webhook yet: its health is there, over plain HTTP, and says that it is not ready.
pub struct Starting {
    shared: Arc<Shared>,
    health: Option<HealthPort>,
}

/// The port of health and metrics, which is served. Dropped, it closes.
pub(super) struct HealthPort {
    pub(super) address: SocketAddr,
    close: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl HealthPort {
    /// Takes no more connections, and waits for the calls under way.
    pub(super) async fn close(self) {
        self.close.send_replace(true);
        // The task ends by itself; that it panicked is logged where it happened.
        let _ = self.task.await;
    }
}

impl Starting {
    /// Serves health and metrics at an address, if one is given.
    pub async fn bind(
        health_listen: Option<SocketAddr>,
        limits: Limits,
    ) -> Result<Self, ServerError> {
        let shared = Shared::starting(limits);
        let health = match health_listen {
            None => None,
            Some(address) => {
                let listener = listen(address).await?;
                let address = listener
                    .local_addr()
                    .map_err(|source| ServerError::Listen { address, source })?;
                let (close, closes) = watch::channel(false);
                let task = tokio::spawn(connections::serve(
                    listener,
                    None,
                    health_router(shared.clone()),
                    shared.clone(),
                    closes,
                ));
                Some(HealthPort {
                    address,
                    close,
                    task,
                })
            }
        };
        Ok(Self { shared, health })
    }

    /// What the server's parts share, to report what it waits for.
    pub fn shared(&self) -> Arc<Shared> {
        self.shared.clone()
    }

    /// Where health and metrics are, if anywhere.
    pub fn health_address(&self) -> Option<SocketAddr> {
        Some(self.health.as_ref()?.address)
    }

    /// Loads the certificate and binds the webhook's port; the server is ready once it runs. Where health is, and the
    /// limits, stay as they are.
    pub async fn serve(self, options: Options, core: Box<dyn Core>) -> Result<Server, ServerError> {
        let Self { shared, health } = self;
        let (serving, reload) = match options.certificate {
            Certificate::Given(pair) => (Arc::new(tls::Serving::new(*pair)), None),
            Certificate::Files {
                certificate,
                key,
                interval,
            } => {
                let watch = reload::Watch::start(certificate, key, interval).await?;
                (watch.serving(), Some(watch))
            }
        };
        let expiry = serving.pair().not_after;
        shared.metrics.certificate_expiry.set(expiry);
        let clients = match options.clients {
            Some(allowed) => Some(Arc::new(Clients::new(allowed).await?)),
            None => None,
        };
        let config = tls::config(serving.clone(), clients.clone(), options.tls_min_version)?;
        let webhook = listen(options.listen).await?;
        shared.core.store(Some(Arc::new(core)));
        Ok(Server {
            shared,
            webhook,
            health,
            acceptor: TlsAcceptor::from(Arc::new(config)),
            serving,
            clients,
            reload,
            drain_delay: options.drain_delay,
        })
    }
}
