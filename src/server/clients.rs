//! Which clients may call: those with a certificate of a given authority and, if names are given, with one of these.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use arc_swap::ArcSwap;
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, RootCertStore,
    SignatureScheme,
    client::danger::HandshakeSignatureValid,
    pki_types::{CertificateDer, UnixTime, pem::PemObject as _},
    server::{
        WebPkiClientVerifier,
        danger::{ClientCertVerified, ClientCertVerifier},
    },
};
use tokio::time::{self, MissedTickBehavior};
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

use crate::pki;

use super::{ServerError, Shared};

/// The name of the clients' authority in the health report.
const PART: &str = "client-ca";

/// What clients must show.
#[derive(Clone, Debug)]
pub struct ClientCertificates {
    /// The authorities that sign clients' certificates, PEM; read again when it changes.
    pub authorities: PathBuf,
    /// Common names and DNS names that are let in; none: all that the authorities have signed.
    pub names: Vec<String>,
    /// How often the file is looked at.
    pub interval: Duration,
}

/// Verifies clients, by authorities that may be replaced while serving.
#[derive(Debug)]
pub(super) struct Clients {
    by_authority: ArcSwap<Arc<dyn ClientCertVerifier>>,
    allowed: ClientCertificates,
}

impl Clients {
    pub(super) async fn new(allowed: ClientCertificates) -> Result<Self, ServerError> {
        let text = read(&allowed.authorities).await?;
        Ok(Self {
            by_authority: ArcSwap::from_pointee(verifier(&allowed.authorities, &text)?),
            allowed,
        })
    }

    /// Looks at the file for ever. What cannot be used leaves the authorities before in place.
    pub(super) async fn keep(&self, shared: &Shared) {
        let path = &self.allowed.authorities;
        let mut ticks = time::interval(self.allowed.interval);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut last = None;
        loop {
            ticks.tick().await;
            let text = read(path).await.map_err(|error| error.to_string());
            if Some(&text) == last.as_ref() {
                continue;
            }
            let used = text
                .clone()
                .and_then(|text| verifier(path, &text).map_err(|error| error.to_string()));
            match used {
                Ok(verifier) => {
                    self.by_authority.store(Arc::new(verifier));
                    shared.health.report(PART, None);
                }
                Err(error) => {
                    tracing::error!(error, "client authorities not reloaded");
                    let fault = format!("not reloaded, those before stay: {error}");
                    shared.health.report(PART, Some(fault));
                }
            }
            last = Some(text);
        }
    }

    fn lets_in(&self, certificate: &CertificateDer<'_>) -> bool {
        let names = &self.allowed.names;
        names.is_empty()
            || X509Certificate::from_der(certificate)
                .is_ok_and(|(_, parsed)| has_name(&parsed, names))
    }
}

impl ClientCertVerifier for Clients {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        // Clients have one certificate to show.
        &[]
    }

    fn verify_client_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let verified =
            self.by_authority
                .load()
                .verify_client_cert(certificate, intermediates, now)?;
        if self.lets_in(certificate) {
            Ok(verified)
        } else {
            let refused = CertificateError::ApplicationVerificationFailure;
            Err(Error::InvalidCertificate(refused))
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let verifier = self.by_authority.load();
        verifier.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let verifier = self.by_authority.load();
        verifier.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.by_authority.load().supported_verify_schemes()
    }
}

fn has_name(certificate: &X509Certificate<'_>, names: &[String]) -> bool {
    let is_allowed = |name: &str| names.iter().any(|allowed| allowed == name);
    let mut common = certificate.subject().iter_common_name();
    let others = certificate.subject_alternative_name().ok().flatten();
    common.any(|name| name.as_str().is_ok_and(is_allowed))
        || others.is_some_and(|others| {
            others.value.general_names.iter().any(|name| match name {
                GeneralName::DNSName(name) => is_allowed(name),
                _ => false,
            })
        })
}

async fn read(path: &Path) -> Result<Vec<u8>, ServerError> {
    tokio::fs::read(path)
        .await
        .map_err(|source| ServerError::Read {
            path: path.to_owned(),
            source,
        })
}

fn verifier(path: &Path, text: &[u8]) -> Result<Arc<dyn ClientCertVerifier>, ServerError> {
    let failed = || ServerError::ClientAuthorities {
        path: path.to_owned(),
    };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(text) {
        let certificate = certificate.map_err(|_| failed())?;
        roots.add(certificate).map_err(|_| failed())?;
    }
    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), pki::provider())
        .build()
        .map_err(|_| failed())
}
