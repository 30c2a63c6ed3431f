//! TLS: the one configuration, and the certificate that it shows at each moment.

use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::{
    ServerConfig, SupportedProtocolVersion,
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
    version::{TLS12, TLS13},
};

use crate::pki::{self, Pair};

use super::{ServerError, clients::Clients};

/// A version of TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum TlsVersion {
    /// TLS 1.2
    #[value(name = "1.2")]
    V1_2,
    /// TLS 1.3
    #[default]
    #[value(name = "1.3")]
    V1_3,
}

/// The certificate that is shown to clients, and may be replaced while serving.
#[derive(Debug)]
pub(super) struct Serving(ArcSwap<Pair>);

impl Serving {
    pub(super) fn new(pair: Pair) -> Self {
        Self(ArcSwap::from_pointee(pair))
    }

    pub(super) fn pair(&self) -> Arc<Pair> {
        self.0.load_full()
    }

    pub(super) fn replace(&self, pair: Pair) {
        self.0.store(Arc::new(pair));
    }
}

impl ResolvesServerCert for Serving {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load().key.clone())
    }
}

pub(super) fn config(
    serving: Arc<Serving>,
    clients: Option<Arc<Clients>>,
    min: TlsVersion,
) -> Result<ServerConfig, ServerError> {
    let versions: &[&SupportedProtocolVersion] = match min {
        TlsVersion::V1_2 => &[&TLS13, &TLS12],
        TlsVersion::V1_3 => &[&TLS13],
    };
    let builder = ServerConfig::builder_with_provider(pki::provider())
        .with_protocol_versions(versions)
        .map_err(ServerError::Tls)?;
    let builder = match clients {
        Some(clients) => builder.with_client_cert_verifier(clients),
        None => builder.with_no_client_auth(),
    };
    let mut config = builder.with_cert_resolver(serving);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}
